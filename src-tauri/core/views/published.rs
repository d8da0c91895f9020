//! Calendars that deployments are published to: how the last time went, and when the next one is.

use super::{Question, Read, sources};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    store::operational::{PUBLISHED, Publishing},
};
use rusqlite::OptionalExtension as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// List what is published to, or one of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListPublished {
    pub calendar: Option<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PublishedRow {
    pub calendar: PublishedCalendar,
    #[ts(type = "number")]
    pub version: u64,
    /// When publishing last came to its end, well or not.
    pub last_at: Option<Instant>,
    /// When it last ended well.
    pub good_at: Option<Instant>,
    /// None while it is paused.
    pub next_at: Option<Instant>,
    /// Why the last time failed, and what to do.
    pub error: Option<Error>,
    /// It will not pass by itself.
    pub lasting: bool,
    /// How often in a row it failed.
    pub failures: u32,
    /// How many events of ours are there.
    #[ts(type = "number")]
    pub events: u64,
    /// Whether some program publishes by itself just now.
    pub published_here: bool,
}

/// What asks for whoever looks after the catalog: what will not pass by itself, or does not.
pub(super) fn failing(read: &Read) -> Result<Vec<PublishedRow>> {
    if !sources::looks_after_catalog(read) {
        return Ok(Vec::new());
    }
    let mut rows = ListPublished::default().ask(read)?;
    rows.retain(|row| {
        let asks = row.lasting || row.failures >= sources::PATIENCE;
        !row.calendar.paused && row.error.is_some() && asks
    });
    Ok(rows)
}

impl Question for ListPublished {
    type Answer = Vec<PublishedRow>;

    fn ask(&self, read: &Read) -> Result<Vec<PublishedRow>> {
        let mut rows = Vec::new();
        for calendar in read.catalog.published_calendars() {
            if self.calendar.as_ref().is_some_and(|wanted| wanted != &calendar.id) {
                continue;
            }
            let known = read.catalog.entry("published_calendar", &calendar.id.0);
            let text: Option<String> = read
                .db
                .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
                .query_row([format!("{PUBLISHED}{}", calendar.id)], |row| row.get(0))
                .optional()?;
            let publishing: Publishing =
                text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            let standing = publishing.standing;
            rows.push(PublishedRow {
                calendar: calendar.clone(),
                version: known.map_or(0, |(version, _)| version),
                last_at: standing.last_at,
                good_at: standing.good_at,
                next_at: standing.next_at.filter(|_| !calendar.paused),
                error: standing.error,
                lasting: standing.lasting,
                failures: standing.failures,
                events: publishing.events,
                published_here: read.surroundings.runs_engine(),
            });
        }
        rows.sort_by_cached_key(|row| row.calendar.name.to_lowercase());
        Ok(rows)
    }
}
