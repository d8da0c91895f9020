//! Which reports say the same thing, while one of them is still being typed; and which hot fix has
//! mended it before.
//!
//! An inverted index in memory finds candidates and a learned weighing of some thirty features puts
//! them in order (`similar/rank.rs`). What issues are known to be the same, and which ones are known
//! not to be, counts from the next keystroke on. Until the index is loaded, SQLite's full-text
//! search finds the candidates, and the answer says so.

pub mod fixed;
pub mod index;
mod memory;
pub mod rank;
mod ships;
pub mod suspects;
pub mod words;

use super::{Incoming, Question, Read, number, unword};
use crate::{
    clock::Instant,
    error::Result,
    event::{Event, ReportText, stream, words::*},
    model::Folded,
};
pub use memory::{Memory, Size};
use rank::{Query, Ranked, Scored};
use rusqlite::{Connection, OptionalExtension, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use ships::Ships;
use std::time::Duration;
use ts_rs::TS;

/// The issues most like a report that is being typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct FindSimilar {
    pub title: String,
    pub description: String,
    pub component: String,
    /// Leave this one out (it is the one being looked at), and what is known not to be the same.
    pub except: Option<IssueKey>,
    /// At most 20; 5 if left out.
    pub top: Option<u32>,
    /// When it is reported; now if left out.
    pub at: Option<Instant>,
    /// Only what a person would look at twice, even if nothing is left.
    pub likely: bool,
    /// Wait for the index to be loaded, however long it takes.
    pub wait: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SimilarIssue {
    pub key: IssueKey,
    pub title: String,
    /// Between 0 and 1: how probable it is that both are the same, judged by other projects.
    pub score: f64,
    /// Why it is suggested, in words.
    pub why: String,
    /// Words that both have, as they stand in the title of this one.
    pub shared: Vec<String>,
    pub state: IssueState,
    pub priority: Option<Priority>,
    pub affected: u32,
    pub hotfix: Option<HotfixKey>,
    /// When that hot fix ships, or shipped, to production; none where nothing is planned.
    pub ships: Option<Ships>,
    pub workaround: String,
    /// When the last report of it came in.
    pub last_reported_at: Instant,
    /// The index was not loaded yet: better ones may appear in a moment.
    pub provisional: bool,
}

/// Keeps the table in step. The words are worked out here, once, so that loading them is quick.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    if stream::topic(&record.stream) != "issue" {
        return Ok(());
    }
    let num = number(&record.stream);
    match event {
        Event::IssueReported { private, .. } => {
            tx.prepare_cached("INSERT INTO similar VALUES (?1, ?1, ?2)")?
                .execute(params![num, packed(private)])?;
        }
        Event::IssueEdited { .. } | Event::Redacted { .. } => {
            let Folded::Issue(issue) = incoming.state()? else { return Ok(()) };
            let words = packed(&issue.text);
            tx.prepare_cached("UPDATE similar SET words = ?2 WHERE num = ?1")?
                .execute(params![num, words])?;
        }
        Event::IssueMarkedDuplicate { of, .. } => same_as(tx, num, number(&of.0))?,
        Event::IssueReopened { .. } => same_as(tx, num, num)?,
        Event::DecisionUndone { before, .. } => {
            let of = before.duplicate_of.as_ref().map_or(num, |of| number(&of.0));
            same_as(tx, num, of)?;
        }
        Event::NotTheSame { other } => {
            tx.prepare_cached("INSERT OR IGNORE INTO apart VALUES (?1, ?2), (?2, ?1)")?
                .execute([num, number(&other.0)])?;
        }
        _ => {}
    }
    Ok(())
}

fn same_as(tx: &Connection, num: i64, original: i64) -> Result<()> {
    tx.prepare_cached("UPDATE similar SET original = ?2 WHERE num = ?1")?
        .execute([num, original])?;
    Ok(())
}

fn packed(text: &ReportText) -> Vec<u8> {
    let body = [&text.description, &text.steps, &text.actual, &text.expected];
    let filled: Vec<&str> =
        body.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    memory::pack(&text.title, &filled.join("\n"))
}

/// What was typed, as words and where they stand.
struct Typed<'a> {
    title: &'a str,
    description: &'a str,
    words: Vec<words::Found>,
    in_title: usize,
}

impl<'a> Typed<'a> {
    fn new(title: &'a str, description: &'a str) -> Self {
        let mut words = words::words(title, words::TITLE);
        let in_title = words.len();
        words.extend(words::words(description, words::BODY));
        Self { title, description, words, in_title }
    }

    fn query(&self, component: &str, at: Instant, except: Option<&IssueKey>) -> Query {
        let words = |found: &[words::Found]| found.iter().map(|one| one.word).collect();
        let (title, body) = self.words.split_at(self.in_title);
        Query {
            title: words(title),
            body: words(body),
            component: words::name(component),
            at: at.micros().div_euclid(1_000_000),
            except: except.map(|key| memory::number(&key.0)),
        }
    }

    /// The words as they were typed, in the order given, each text once.
    fn spelled(&self, shared: &[words::Word], most: usize) -> Vec<&'a str> {
        let mut texts: Vec<&str> = Vec::new();
        for word in shared {
            let Some(place) = self.words.iter().position(|found| found.word == *word) else {
                continue;
            };
            let whole = if place < self.in_title { self.title } else { self.description };
            let Some(text) = whole.get(self.words[place].at.clone()) else { continue };
            // A part of an identifier says nothing beside the whole.
            let known =
                texts.iter().any(|known| known.to_lowercase().contains(&text.to_lowercase()));
            if !known {
                texts.push(text);
            }
            if texts.len() == most {
                break;
            }
        }
        texts
    }
}

/// The places of a text that say what is shared, as they stand there; neighbours are one place.
fn marked(text: &str, shared: &[words::Word]) -> Vec<String> {
    let mut marks: Vec<String> = Vec::new();
    let mut end = 0;
    let mut places: Vec<_> = words::words(text, words::TITLE)
        .into_iter()
        .filter(|found| shared.contains(&found.word))
        .map(|found| found.at)
        .collect();
    places.sort_by_key(|at| (at.start, std::cmp::Reverse(at.end)));
    for at in places {
        if at.start >= end
            && let Some(part) = text.get(at.clone())
        {
            end = at.end;
            if !marks.iter().any(|mark| mark == part) {
                marks.push(part.to_owned());
            }
        }
    }
    marks
}

/// From the weighing to a probability, fitted on the first three suggestions for every report of
/// the public data.
fn probability(score: f32) -> f64 {
    1.0 / (1.0 + (5.8 - 0.376 * f64::from(score)).exp())
}

/// A single word in common is chance, unless the title has no more.
fn is_likely(found: &Scored, query: &Query) -> bool {
    let enough = query.title.len().min(2);
    found.shared.len() >= enough && found.covered >= 0.2
}

/// Ranks by the index, or by what full-text search finds while the index is being loaded.
fn ranked(read: &Read, typed: &Typed, query: &Query, wait: bool) -> Result<(Ranked, bool)> {
    let patience = if wait { Duration::from_secs(3600) } else { super::background::PATIENCE };
    if let Some(ranked) = read.similar.rank(read.db, query, patience)? {
        return Ok((ranked, false));
    }
    let Some(terms) = super::search::any_of(typed.title) else {
        return Ok((Ranked::default(), true));
    };
    let mut statement = read.db.prepare_cached(
        "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid <= ?2
         ORDER BY bm25(search, 5.0, 1.0, 0.0) LIMIT 100",
    )?;
    let numbers: Vec<i64> = statement
        .query_map(params![terms, super::search::ISSUES_END], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok((memory::rank_among(read.db, &numbers, query)?, true))
}

/// Those that the looked-at issue is known not to be the same as.
fn apart(db: &Connection, except: Option<&IssueKey>) -> Result<Vec<u32>> {
    let Some(key) = except else { return Ok(Vec::new()) };
    let mut statement = db.prepare_cached("SELECT other FROM apart WHERE one = ?1")?;
    let numbers = statement.query_map([number(&key.0)], |row| row.get(0))?;
    Ok(numbers.collect::<Result<_, _>>()?)
}

/// How long ago, as one says it.
fn activity(last: i64, now: Instant) -> Option<&'static str> {
    let days = (now.micros().div_euclid(1_000_000) - last) / 86_400;
    match days {
        ..1 => Some("active today"),
        1..7 => Some("active this week"),
        _ => None,
    }
}

impl Question for FindSimilar {
    type Answer = Vec<SimilarIssue>;

    fn ask(&self, read: &Read) -> Result<Vec<SimilarIssue>> {
        let typed = Typed::new(&self.title, &self.description);
        let at = self.at.unwrap_or(read.now);
        let query = typed.query(&self.component, at, self.except.as_ref());
        let (ranked, provisional) = ranked(read, &typed, &query, self.wait)?;
        let apart = apart(read.db, self.except.as_ref())?;
        let top = super::limit(self.top, 5, 20) as usize;
        let mut found = Vec::new();
        for scored in ranked.known {
            let different = apart.contains(&scored.original) || apart.contains(&scored.number);
            let itself = query.except == Some(scored.original);
            if different || itself || self.likely && !is_likely(&scored, &query) {
                continue;
            }
            if let Some(issue) = suggestion(read, &typed, &scored, at, provisional)? {
                found.push(issue);
            }
            if found.len() == top {
                break;
            }
        }
        Ok(found)
    }
}

/// The original of a group with the reasons why; nothing for what was rejected, or is not in this
/// snapshot.
fn suggestion(
    read: &Read,
    typed: &Typed,
    scored: &Scored,
    now: Instant,
    provisional: bool,
) -> Result<Option<SimilarIssue>> {
    let mut statement = read.db.prepare_cached(
        "SELECT title, state, priority, affected, hotfix, workaround FROM issues
         WHERE num = ?1 AND state <> 'rejected'",
    )?;
    let issue = statement
        .query_row([scored.original], |row| {
            let title: String = row.get(0)?;
            Ok(SimilarIssue {
                key: IssueKey(format!("ISS-{}", scored.original)),
                shared: marked(&title, &scored.shared),
                title,
                score: probability(scored.score),
                why: why(typed, scored, now),
                state: unword(&row.get::<_, String>(1)?).unwrap_or_default(),
                priority: row.get::<_, Option<String>>(2)?.as_deref().and_then(unword),
                affected: row.get(3)?,
                hotfix: row.get::<_, Option<String>>(4)?.map(HotfixKey),
                ships: None,
                workaround: row.get(5)?,
                last_reported_at: Instant::from_micros(scored.last.saturating_mul(1_000_000)),
                provisional,
            })
        })
        .optional()?;
    let Some(mut issue) = issue else { return Ok(None) };
    if let Some(hotfix) = &issue.hotfix {
        issue.ships = ships::ships(read, hotfix)?;
    }
    Ok(Some(issue))
}

fn why(typed: &Typed, scored: &Scored, now: Instant) -> String {
    let mut reasons = Vec::new();
    let words = typed.spelled(&scored.shared, 4);
    if !words.is_empty() {
        reasons.push(format!("shares {}", words.join(", ")));
    }
    if scored.number != scored.original {
        reasons.push(format!("by its duplicate ISS-{}", scored.number));
    }
    if scored.same_component {
        reasons.push("same component".into());
    }
    reasons.extend(activity(scored.last, now).map(String::from));
    reasons.join(" · ")
}
