//! Sources: what is read from where, how the last reading went, when the next one is, and what of it
//! goes on.

use super::{Incoming, Question, Read};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{Event, words::*},
    model::Folded,
    store::operational::{SOURCE, Standing},
};
use rusqlite::{OptionalExtension as _, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// List what is read, or one of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListSources {
    pub source: Option<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SourceRow {
    pub source: Source,
    #[ts(type = "number")]
    pub version: u64,
    /// When a reading last came to its end, well or not.
    pub last_at: Option<Instant>,
    /// When one last ended well.
    pub good_at: Option<Instant>,
    /// None while it is paused.
    pub next_at: Option<Instant>,
    /// Why the last reading failed, and what to do.
    pub error: Option<Error>,
    /// It will not pass by itself.
    pub lasting: bool,
    /// How often in a row it failed.
    pub failures: u32,
    #[ts(type = "number")]
    pub logged: u64,
    #[ts(type = "number")]
    pub counted: u64,
    #[ts(type = "number")]
    pub answered: u64,
    /// How many troubles go on there at this moment, where it can be told.
    #[ts(type = "number")]
    pub going_on: u64,
    /// How many calendar entries it keeps in step.
    #[ts(type = "number")]
    pub entries: usize,
    /// What of a calendar was not understood when it was last read; the first of it.
    pub skipped: Vec<SkippedLine>,
    /// Whether some program reads sources by itself just now.
    pub read_here: bool,
}

impl Question for ListSources {
    type Answer = Vec<SourceRow>;

    fn ask(&self, read: &Read) -> Result<Vec<SourceRow>> {
        let mut rows = Vec::new();
        for source in read.catalog.sources() {
            if self.source.as_ref().is_some_and(|wanted| wanted != &source.id) {
                continue;
            }
            let version =
                read.catalog.entry("source", &source.id.0).map_or(0, |(version, _)| version);
            let text: Option<String> = read
                .db
                .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
                .query_row([format!("{SOURCE}{}", source.id)], |row| row.get(0))
                .optional()?;
            let standing: Standing =
                text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            let going_on: i64 = read
                .db
                .prepare_cached("SELECT count(*) FROM origins WHERE source = ?1 AND going_on > 0")?
                .query_row([source.place()], |row| row.get(0))?;
            rows.push(SourceRow {
                source: source.clone(),
                version,
                last_at: standing.last_at,
                good_at: standing.good_at,
                next_at: standing.next_at.filter(|_| !source.paused),
                error: standing.error,
                lasting: standing.lasting,
                failures: standing.failures,
                logged: standing.logged,
                counted: standing.counted,
                answered: standing.answered,
                going_on: going_on.unsigned_abs(),
                entries: read
                    .catalog
                    .calendars()
                    .filter(|entry| {
                        let origin = entry.origin.as_ref();
                        origin.is_some_and(|origin| origin.source.as_ref() == Some(&source.id))
                    })
                    .count(),
                skipped: standing.skipped,
                read_here: read.surroundings.runs_engine(),
            });
        }
        rows.sort_by_cached_key(|row| row.source.name.to_lowercase());
        Ok(rows)
    }
}

/// How often in a row a reading may fail before somebody is asked to look.
pub(super) const PATIENCE: u32 = 3;

pub(super) fn looks_after_catalog(read: &Read) -> bool {
    read.catalog.person(&read.me).is_some_and(|person| {
        person.roles.iter().any(|role| matches!(role, Role::Owner | Role::ReleaseManager))
    })
}

/// What asks for whoever looks after the catalog: what will not pass by itself, or does not.
pub(super) fn failing(read: &Read) -> Result<Vec<SourceRow>> {
    if !looks_after_catalog(read) {
        return Ok(Vec::new());
    }
    let mut rows = ListSources::default().ask(read)?;
    rows.retain(|row| {
        !row.source.paused && row.error.is_some() && (row.lasting || row.failures >= PATIENCE)
    });
    Ok(rows)
}

pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, stream) = (incoming.tx, &incoming.record.stream);
    match incoming.event {
        Event::OriginTaken { origin, issue } => {
            tx.prepare_cached("INSERT OR REPLACE INTO origins VALUES (?1, ?2, ?3, ?4, 0)")?
                .execute(params![stream, origin.source, origin.id, issue.0])?;
        }
        Event::OriginSeen { .. } => {
            let stream = stream.clone();
            let Folded::Origin(taken) = incoming.state()? else { return Ok(()) };
            tx.prepare_cached("UPDATE origins SET going_on = ?2 WHERE stream = ?1")?
                .execute(params![stream, taken.going_on.len() as i64])?;
        }
        _ => {}
    }
    Ok(())
}
