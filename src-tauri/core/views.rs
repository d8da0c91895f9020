//! READ: a file per question. Each view has its tables, its `apply` and its queries in one file.
//!
//! Views are made from the journal and can be dropped and rebuilt. They import events, models, the
//! calendar, the gates and rusqlite; never stages or integrations.

pub mod access;
mod background;
pub mod board;
pub mod checks;
pub mod deployments;
pub mod duty;
pub mod evidence;
pub mod fold;
pub mod handover;
pub mod inbox;
pub mod load;
pub mod markdown;
pub mod messages;
pub mod metrics;
pub mod monitoring;
pub mod packages;
mod page;
pub mod published;
pub mod report;
pub mod runs_where;
pub mod schedule;
pub mod search;
pub mod signing;
pub mod similar;
pub mod sources;
pub mod support;
pub mod timeline;
pub mod waiting;

use crate::{
    clock::Instant,
    error::{Error, Kind, Result},
    event::words::*,
    model::{Folded, Judge, State, Stop, catalog::Catalog, facts::EndpointHealth},
};
use crate::{
    event::Event,
    journal::Record,
    store::view::{Follow, View},
};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, sync::Arc};
use ts_rs::TS;

/// What a query may look at: one consistent snapshot of the file, the catalog, and who asks when.
pub struct Read<'a> {
    pub db: &'a Connection,
    pub catalog: Arc<Catalog>,
    pub health: BTreeMap<CatalogId, EndpointHealth>,
    pub now: Instant,
    pub me: PersonId,
    pub surroundings: &'a dyn Surroundings,
    /// The index of similar issues.
    pub similar: &'a similar::Memory,
    /// The words that are searched for.
    pub vocabulary: &'a search::Memory,
    /// Folds one stream from its snapshot and the events since.
    pub fold: &'a dyn Fn(&str) -> Result<Arc<Folded>>,
}

/// What a query may know of the program around the file.
pub trait Surroundings {
    /// Why the file may only be read, if so.
    fn read_only(&self) -> Option<String>;
    /// Whether this process runs deployments, messages and probes.
    fn runs_engine(&self) -> bool;
    fn draft(&self, person: &PersonId, name: &str) -> Result<String>;
}

/// A request that changes nothing.
pub trait Question: DeserializeOwned {
    type Answer: Serialize;

    fn ask(&self, read: &Read) -> Result<Self::Answer>;
}

impl Read<'_> {
    /// Runs a pure function over folded states, loading what it needs.
    pub fn judge<T>(&self, judge: impl Fn(&State) -> Judge<T>) -> Result<T> {
        let mut state = State::new(Arc::clone(&self.catalog), self.health.clone());
        loop {
            match judge(&state) {
                Ok(answer) => return Ok(answer),
                Err(Stop::Refuse(error)) => return Err(error),
                Err(Stop::Need(name)) => {
                    let folded = (self.fold)(&name)?;
                    state.load(name, folded);
                }
                Err(Stop::NeedAll(names)) => {
                    for name in names {
                        let folded = (self.fold)(&name)?;
                        state.load(name, folded);
                    }
                }
                Err(Stop::NeedHistory(_) | Stop::NeedMentions(_) | Stop::NeedPast(_)) => {
                    return Err(Error::internal("A query asked for stored records."));
                }
                Err(Stop::NeedNumber(prefix)) => {
                    return Err(Error::new(
                        Kind::Internal,
                        format!("A query asked for a new {prefix} number."),
                    ));
                }
            }
        }
    }
}

/// One page of a list. `next` is the place to go on from; absent at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
    /// How many there are in all, up to a bound above which counting is not worth its time.
    #[ts(type = "number")]
    pub total: u64,
}

/// All views as one: an event is decoded once and handed to each that follows it.
struct Lists;

/// Every view, for the journal to keep up to date.
pub fn all() -> Vec<Box<dyn View>> {
    vec![Box::new(Lists)]
}

impl View for Lists {
    fn name(&self) -> &'static str {
        "lists"
    }

    fn version(&self) -> u32 {
        18
    }

    fn create(&self) -> &'static str {
        concat!(
            include_str!("views/fold.sql"),
            include_str!("views/inbox.sql"),
            include_str!("views/board.sql"),
            include_str!("views/search.sql"),
            include_str!("views/similar.sql"),
            include_str!("views/sources.sql"),
            include_str!("views/evidence.sql"),
            include_str!("views/handover.sql"),
            include_str!("views/metrics.sql"),
        )
    }

    fn tables(&self) -> &'static [&'static str] {
        &[
            "snapshots",
            "issues",
            "issue_counts",
            "mentions",
            "hotfixes",
            "deployments",
            "messages",
            "search_words",
            "search",
            "search_rows",
            "search_texts",
            "similar",
            "apart",
            "origins",
            "test_runs",
            "hand_overs",
            "metric_reports",
            "metric_deadlines",
            "metric_hotfixes",
            "metric_deployments",
            "metric_feedback",
            "metric_places",
        ]
    }

    fn follow<'a>(&'a self, tx: &'a Connection) -> Box<dyn Follow + 'a> {
        Box::new(Following {
            tx,
            folds: fold::Folds::default(),
            to_search: search::Dirty::default(),
        })
    }

    fn purge(&self, tx: &Connection) -> Result<()> {
        // The index keeps words of deleted rows until its parts are merged.
        tx.execute("INSERT INTO search (search) VALUES ('optimize')", [])?;
        Ok(())
    }

    fn dump(&self, table: &str) -> String {
        match table {
            // The index's own tables depend on how it was filled; what it was filled with does not,
            // and is all in `search_rows` and `search_texts`.
            "search" => "SELECT rowid FROM search".into(),
            "search_words" => "SELECT term FROM search_words WHERE 0".into(),
            other => format!("SELECT * FROM {other}"),
        }
    }
}

struct Following<'a> {
    tx: &'a Connection,
    folds: fold::Folds,
    to_search: search::Dirty,
}

impl Follow for Following<'_> {
    fn apply(&mut self, record: &Record) -> Result<()> {
        let event = fold::decode(record)?;
        let mut incoming = Incoming { tx: self.tx, record, event: &event, folds: &mut self.folds };
        fold::apply(&mut incoming)?;
        // Before the inbox: of an issue that is opened again it asks which hot fix it was in.
        metrics::apply(&mut incoming)?;
        inbox::apply(&mut incoming)?;
        board::apply(&mut incoming)?;
        deployments::apply(&mut incoming)?;
        messages::apply(&mut incoming)?;
        search::apply(&mut incoming, &mut self.to_search)?;
        similar::apply(&mut incoming)?;
        sources::apply(&mut incoming)?;
        evidence::apply(&mut incoming)?;
        handover::apply(&mut incoming)
    }

    fn finish(&mut self) -> Result<()> {
        search::flush(self.tx, &self.folds, &mut self.to_search)
    }
}

/// One record as the views take it in: decoded once, its stream folded once and only if one of them
/// asks.
struct Incoming<'a> {
    tx: &'a Connection,
    record: &'a Record,
    event: &'a Event,
    folds: &'a mut fold::Folds,
}

impl Incoming<'_> {
    /// The state of the record's stream right after it.
    fn state(&mut self) -> Result<&Folded> {
        self.folds.after(self.tx, self.record, self.event)
    }
}

/// The number in a key such as `ISS-12`.
fn number(key: &str) -> i64 {
    key.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A word of an enum as JSON and SQL spell it.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// An enum out of the word that a table holds.
fn unword<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

fn limit(asked: Option<u32>, usual: u32, most: u32) -> u32 {
    asked.unwrap_or(usual).clamp(1, most)
}

/// The place a page goes on from, as given back by the page before.
fn place(after: Option<&str>) -> Result<Option<Vec<i64>>> {
    let Some(text) = after else { return Ok(None) };
    let numbers: Option<Vec<i64>> = text.split('.').map(|part| part.parse().ok()).collect();
    numbers.map(Some).ok_or_else(|| Error::field("after", "This is not the place of a page."))
}
