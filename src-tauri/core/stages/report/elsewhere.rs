//! What a source tells becomes an issue, a comment on one, a count, a note, or nothing.
//!
//! A thing from elsewhere has a stream of its own that knows the issue it became and what of it has
//! been counted, so that telling the same again changes nothing: a source may be read twice, from
//! the beginning, by two programs at once. Whatever is decided is one append.

use super::{Command, LogIssue, Logged};
use crate::{
    clock::Instant,
    error::Error,
    event::{AnswerText, Event, Note, ReportText, stream, words::*},
    model::{Actor, Decide, Decided, Judge, State, origin::Taken},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// Take in what a source tells of one thing. The engine's; a person tries a source instead.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct TakeIn {
    /// The issue that it becomes if it is new. Its origin names the thing.
    pub report: LogIssue,
    /// What it repeats of earlier messages.
    pub quoted: String,
    pub seen: Seen,
    /// What it may be an answer to: names at the same place, the nearest first.
    pub answers: Vec<String>,
    /// A machine wrote it in answer.
    pub automatic: bool,
    /// It is not to become an issue: silenced there, or older than what is of interest.
    pub passed_over: bool,
    /// It is over there, in the source's words.
    pub over: Option<String>,
}

/// How often it happened, as the source tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Seen {
    #[default]
    Once,
    /// Counted by the source from the beginning.
    Total { times: u64, last_at: Option<Instant> },
    /// All of it that goes on now, each with a name of its own.
    Now { marks: Vec<String>, last_at: Option<Instant> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TakenIn {
    pub key: Option<IssueKey>,
    pub became: Became,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// A new issue.
    Issue,
    /// A comment of the reporter on a known one.
    Comment,
    /// Further happenings of a known one.
    Count,
    /// A note on a known one: it is over there, or open again.
    Note,
    /// It is known, and nothing is new about it.
    Known,
    /// It is not to be an issue.
    Nothing,
}

impl Command for TakeIn {
    type Answer = TakenIn;

    fn decide(&self, state: &State, by: &Actor) -> Decide<TakenIn> {
        let origin = self.origin()?;
        let known = state.origin(origin)?;
        match &known.issue {
            Some(issue) => self.again(state, by, origin, known, issue),
            None => self.first(state, by, origin),
        }
    }
}

/// The issue that an answer belongs to, if it is one: asked before it is taken in, because what
/// waits for the reporter goes on then.
pub fn answered(state: &State, request: &TakeIn) -> Judge<Option<IssueKey>> {
    let origin = request.origin()?;
    if state.origin(origin)?.issue.is_some() {
        return Ok(None);
    }
    for id in &request.answers {
        let earlier = Origin { id: id.clone(), ..origin.clone() };
        if let Some(key) = state.taken(&earlier)? {
            return original(state, key).map(Some);
        }
    }
    Ok(None)
}

/// What happens to a duplicate happens to the original.
fn original(state: &State, key: &IssueKey) -> Judge<IssueKey> {
    let issue = state.issue(key)?;
    let key = issue.duplicate_of.clone().unwrap_or_else(|| key.clone());
    state.issue(&key)?;
    Ok(key)
}

fn nothing(became: Became, key: Option<IssueKey>) -> Decided<TakenIn> {
    Decided::new(TakenIn { key, became })
}

impl TakeIn {
    fn origin(&self) -> Result<&Origin, Error> {
        self.report.origin.as_ref().ok_or_else(|| {
            Error::field("report.origin", "What comes from elsewhere has a name there.")
        })
    }

    fn first(&self, state: &State, by: &Actor, origin: &Origin) -> Decide<TakenIn> {
        if let Some(key) = answered(state, self)? {
            return self.answer(state, origin, key);
        }
        if self.passed_over || self.over.is_some() {
            return Ok(nothing(Became::Nothing, None));
        }
        let mut report = self.report.clone();
        if !self.quoted.is_empty() {
            // Of a conversation that is not known here, what it quotes is all there is to read.
            let text = &mut report.text.description;
            let gap = if text.is_empty() { "" } else { "\n\n" };
            text.push_str(&format!("{gap}{}", self.quoted));
        }
        // The catalog may have changed since the source was set up; a report is not lost for it.
        if let Some(product) = &report.product
            && state.object("product", &product.0).is_none()
        {
            report.product = None;
        }
        let Decided { events, answer: Logged { key, .. }, erase } = report.decide(state, by)?;
        let key = IssueKey(key);
        let answer = TakenIn { key: Some(key.clone()), became: Became::Issue };
        let mut decided = Decided { events, answer, erase };
        self.count(&mut decided, by, origin, &Taken::default(), &key);
        Ok(decided)
    }

    fn answer(&self, state: &State, origin: &Origin, key: IssueKey) -> Decide<TakenIn> {
        let mut decided = nothing(Became::Comment, Some(key.clone()));
        let taken = Event::OriginTaken { origin: origin.clone(), issue: key.clone() };
        decided.push(stream::origin(origin), taken);
        for attachment in &self.report.attachments {
            decided.push(&key.0, Event::IssueAttached { attachment: attachment.clone() });
        }
        let ReportText { description, reporter, title, .. } = &self.report.text;
        if self.automatic {
            let text = format!("An automatic answer came, “{title}”:\n\n{description}");
            decided.push(&key.0, noted(text));
            return Ok(decided);
        }
        let private = AnswerText {
            from: reporter.clone(),
            text: description.clone(),
            quoted: self.quoted.clone(),
        };
        let attachments = self.report.attachments.iter().map(|one| one.hash.clone()).collect();
        decided.push(&key.0, Event::ReporterWrote { attachments, private });
        let issue = state.issue(&key)?;
        if matches!(issue.state, IssueState::Closed | IssueState::Rejected) {
            let private = Note { text: "The reporter wrote again.".into() };
            decided.push(&key.0, Event::IssueReopened { private });
        }
        Ok(decided)
    }

    fn again(
        &self,
        state: &State,
        by: &Actor,
        origin: &Origin,
        known: &Taken,
        key: &IssueKey,
    ) -> Decide<TakenIn> {
        let key = original(state, key)?;
        let mut decided = nothing(Became::Known, Some(key.clone()));
        let counted = self.count(&mut decided, by, origin, known, &key);
        let open_again =
            self.over.is_none() && known.over && !matches!(self.seen, Seen::Now { .. });
        let over = self.over.as_ref().filter(|_| !known.over);
        if let Some(why) = over {
            decided.push(&key.0, noted(why.clone()));
        } else if open_again {
            decided.push(&key.0, noted("It was opened again where it came from.".into()));
        }
        let closed = state.issue(&key)?.state == IssueState::Closed;
        if closed && (counted > 0 || open_again) {
            let private = Note { text: "It happens again where it came from.".into() };
            decided.push(&key.0, Event::IssueReopened { private });
        }
        decided.answer.became = match decided.events.is_empty() {
            true => Became::Known,
            false if counted > 0 => Became::Count,
            false => Became::Note,
        };
        Ok(decided)
    }

    /// Counts what is new of it; says how much that was.
    fn count(
        &self,
        decided: &mut Decided<TakenIn>,
        by: &Actor,
        origin: &Origin,
        known: &Taken,
        key: &IssueKey,
    ) -> u64 {
        let is_new = known.issue.is_none();
        let (mut began, mut ended, mut total, mut last_at) = (Vec::new(), Vec::new(), 0, None);
        let mut times = 0;
        match &self.seen {
            Seen::Once => {}
            Seen::Total { times: counted, last_at: last } => {
                total = (*counted).max(known.total);
                times = total - known.total;
                last_at = *last;
            }
            Seen::Now { marks, last_at: last } => {
                let now: BTreeSet<&String> = marks.iter().collect();
                ended = known.going_on.iter().filter(|mark| !now.contains(mark)).cloned().collect();
                began = now
                    .into_iter()
                    .filter(|mark| !known.going_on.contains(*mark))
                    .cloned()
                    .collect();
                times = began.len() as u64;
                last_at = *last;
                if marks.is_empty() && !ended.is_empty() {
                    let text = match ended.len() {
                        1 => "It is over: the last alert has ended.".to_owned(),
                        n => format!("It is over: the last {n} alerts have ended."),
                    };
                    decided.push(&key.0, noted(text));
                }
            }
        }
        let over = self.over.is_some();
        let over = (over != known.over && !matches!(self.seen, Seen::Now { .. })).then_some(over);
        if !began.is_empty() || !ended.is_empty() || total != known.total || over.is_some() {
            let seen = Event::OriginSeen { began, ended, total, over };
            decided.push(stream::origin(origin), seen);
        }
        // The report itself is the first time.
        let again = if is_new { times.saturating_sub(1) } else { times };
        if again > 0 {
            let times = u32::try_from(again).unwrap_or(u32::MAX);
            let last_at = last_at.unwrap_or(by.at).min(by.at);
            decided.push(&key.0, Event::IssueSeenAgain { times, last_at });
        }
        again
    }
}

fn noted(text: String) -> Event {
    Event::IssueCommented {
        internal: true,
        mentions: Vec::new(),
        attachments: Vec::new(),
        private: Note { text },
    }
}

#[cfg(test)]
mod tests;
