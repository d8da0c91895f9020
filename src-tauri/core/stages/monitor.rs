//! After the fix: breaches, recurrences, questions and feedback, until nobody thinks of it any more.

mod breach;
mod support;

pub use breach::*;
pub use support::*;

use super::{Command, Done, Events, begin, phase_is, required};
use crate::{
    clock::Instant,
    error::Error,
    event::{Event, FeedbackText, Note, words::*},
    model::{Actor, Decide, Decided, Judge, State, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Watch longer, or end the watch earlier, with the reason.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExtendMonitoring {
    pub key: HotfixKey,
    pub until: Instant,
    pub reason: String,
}

impl Command for ExtendMonitoring {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        phase_is(state.hotfix(&self.key)?, &[Phase::Monitoring], "it is not being watched")?;
        required("reason", &self.reason, "The reason")?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::MonitoringExtended {
                until: self.until,
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

/// It came back: the issue is reopened if it was over, and a new hot fix, linked to this one, begins from it as
/// soon as it is triaged; at once, where it is.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ConfirmRecurrence {
    pub key: HotfixKey,
    /// The issue in which it came back: one of its own, or a new report.
    pub issue: IssueKey,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Recurred {
    /// The new hot fix, or the one that the issue is in already; none while it has to be triaged first.
    pub hotfix: Option<HotfixKey>,
}

impl Command for ConfirmRecurrence {
    type Answer = Recurred;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Recurred> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Monitoring, Phase::Closed], "it has not shipped")?;
        required("reason", &self.reason, "The reason")?;
        let issue = state.issue(&self.issue)?;
        let key = &issue.key;
        if hotfix.recurrences.contains(key) && issue.is_open() {
            let message = format!("{key} is recorded as a recurrence already.");
            return Err(Error::denied(message).into());
        }
        if let Some(original) = &issue.duplicate_of {
            let message = format!("{key} is a duplicate of {original}.");
            return Err(Error::field("issue", message).hint(format!("Name {original}.")).into());
        }
        if let Some(other) = issue.product.as_ref().filter(|one| **one != hotfix.product) {
            let message = format!("{key} is about {other}, not {}.", hotfix.product);
            return Err(Error::field("issue", message)
                .hint("Correct the product of the report first, if it is wrong.")
                .into());
        }
        let (events, began) = came_back(state, hotfix, std::slice::from_ref(key), &self.reason)?;
        let mut decided = Decided::new(Recurred { hotfix: began });
        decided.events.extend(events);
        Ok(decided)
    }
}

/// What follows when a hot fix has come back in some of its issues, or in new reports: each is opened again if it
/// was over, and one hot fix begins from those that are triaged and in none. The hot fix that begins, or in which
/// one of them is already.
fn came_back(
    state: &State,
    hotfix: &Hotfix,
    issues: &[IssueKey],
    reason: &str,
) -> Judge<(Events, Option<HotfixKey>)> {
    let note = Note { text: reason.to_owned() };
    let mut events = Events::new();
    let (mut running, mut taken) = (None, Vec::new());
    for key in issues {
        let issue = state.issue(key)?;
        events.push((
            hotfix.key.0.clone(),
            Event::RecurrenceConfirmed {
                issue: key.clone(),
                hotfix: hotfix.key.clone(),
                private: note.clone(),
            },
        ));
        if !issue.is_open() {
            events.push((key.0.clone(), Event::IssueReopened { private: note.clone() }));
        }
        events.push((key.0.clone(), Event::IssueCameBack { of: hotfix.key.clone() }));
        // As it will stand once these have happened.
        let triaged = match issue.is_open() {
            true => issue.state == IssueState::Triaged,
            false => issue.triage.is_some(),
        };
        match issue.hotfix.clone().filter(|_| issue.is_open()) {
            Some(already) => running = running.or(Some(already)),
            None if triaged => taken.push(issue),
            None => {}
        }
    }
    let Some(first) = taken.first() else { return Ok((events, running)) };
    let new = state.next_hotfix()?;
    let title = first.text.title.clone();
    let taken = taken.iter().map(|issue| issue.key.clone()).collect();
    let of = Some(hotfix.key.clone());
    events.extend(begin(state, &new, taken, hotfix.product.clone(), title, of)?);
    Ok((events, Some(new)))
}

/// The people who were told have been asked how it went.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskFeedback {
    pub key: HotfixKey,
    #[serde(default)]
    pub note: String,
}

impl Command for AskFeedback {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        phase_is(
            state.hotfix(&self.key)?,
            &[Phase::Monitoring],
            "feedback is asked for while it is watched",
        )?;
        Ok(Decided::new(Done {})
            .with(&self.key.0, Event::FeedbackAsked { private: Note { text: self.note.clone() } }))
    }
}

/// What somebody said about the fix: 1 (useless) to 5 (perfect).
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordFeedback {
    pub key: HotfixKey,
    pub score: u8,
    #[serde(default)]
    pub from: Contact,
    #[serde(default)]
    pub text: String,
}

impl Command for RecordFeedback {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        phase_is(
            state.hotfix(&self.key)?,
            &[Phase::Monitoring, Phase::Closed],
            "feedback follows the fix",
        )?;
        if !SCORES.contains(&self.score) {
            return Err(
                Error::field("score", "The mark goes from 1 (useless) to 5 (perfect).").into()
            );
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::FeedbackRecorded {
                score: self.score,
                private: FeedbackText { from: self.from.clone(), text: self.text.clone() },
            },
        ))
    }
}
