//! Calendars of others: an `.ics` file made into occurrences (RFC 5545).
//!
//! Files of Google, Outlook and Apple are read with their oddities. What is not understood is told with
//! its line and left out, never guessed. Starts are found on the wall clock and then placed in
//! their zone, as in `recurrence`: later in the gap, the first in the fold.
//!
//! Two places where programs disagree: an end given by DTEND stays on the wall clock (a night from
//! 22:00 to 06:00 ends at 06:00 when the clock changes), and an UNTIL that is a day counts in full.
//!
//! `expand` gives occurrences; `entries` gives rules that can be kept, and `write` writes such down.
//! `publish` keeps deployments in a calendar elsewhere.
//!
//! Deliberately absent: rules finer than daily, EXRULE, events that are called off, to-dos, journals.

pub mod entries;
mod event;
mod lines;
pub mod publish;
mod series;
mod windows;
pub mod write;
mod zone;

use super::recurrence;
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use jiff::civil;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::collections::BTreeMap;

/// The largest file that is read.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;
/// How many starts the rules of one file may be followed for.
const MOST_STEPS: usize = 10_000_000;
/// How many occurrences one question may give.
const MOST: usize = 1_000_000;

/// One occurrence. In JSON `uid`, `start`, `end` and `all_day`: instants in UTC, or days (the end
/// is the day after).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    pub begins: Instant,
    pub ends: Instant,
    pub uid: String,
    pub days: Option<(civil::Date, civil::Date)>,
}

impl Serialize for Occurrence {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Occurrence", 4)?;
        fields.serialize_field("uid", &self.uid)?;
        match &self.days {
            Some((first, end)) => {
                fields.serialize_field("start", first)?;
                fields.serialize_field("end", end)?;
            }
            None => {
                fields.serialize_field("start", &self.begins)?;
                fields.serialize_field("end", &self.ends)?;
            }
        }
        fields.serialize_field("all_day", &self.days.is_some())?;
        fields.end()
    }
}

/// Something of the file that was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
pub struct Skipped {
    /// The first is 1.
    pub line: usize,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expansion {
    pub occurrences: Vec<Occurrence>,
    pub skipped: Vec<Skipped>,
}

/// The occurrences that overlap `[from, to)`, ordered by start. Days are those of `zone`; times without
/// a zone are those of the file's own zone if it names one, else of `zone`.
pub fn expand(bytes: &[u8], from: Instant, to: Instant, zone: &str) -> Result<Expansion> {
    let floating = recurrence::zone(zone, "zone")?;
    if bytes.len() > MOST_BYTES {
        return Err(Error::field("file", "The calendar is larger than 64 MiB.").hint("Split it."));
    }
    if to < from {
        return Err(Error::field("to", "The end of the time lies before its start."));
    }
    let mut skipped = Vec::new();
    let components = lines::components(bytes, &mut skipped).components;
    let mut zones = zone::Zones::new(floating, &components, &mut skipped);
    if let Some(own) = components.iter().find(|one| one.name == "VCALENDAR").and_then(zone::own) {
        zones.local = zone::Zone::Known(own);
    }
    let mut series: BTreeMap<(String, usize), Vec<event::Event>> = BTreeMap::new();
    for component in components.iter().filter(|component| component.name == "VEVENT") {
        match event::read(component, &mut zones, &mut skipped) {
            Ok(event) => {
                // Events without a UID have nothing in common.
                let alone = if event.uid.is_some() { 0 } else { event.line };
                series
                    .entry((event.uid.clone().unwrap_or_default(), alone))
                    .or_default()
                    .push(event);
            }
            Err(why) => skipped.push(why),
        }
    }
    let mut window =
        series::Window { from, to, floating: zones.floating.clone(), steps: MOST_STEPS };
    let mut occurrences = Vec::new();
    for (_, events) in series {
        series::expand(events, &mut window, &mut occurrences, &mut skipped)?;
        if occurrences.len() > MOST {
            let message = format!("There are more than {MOST} occurrences in that time.");
            return Err(Error::field("to", message).hint("Ask about a shorter time."));
        }
    }
    // Not made unique: an instance may be moved to where another one is.
    occurrences.sort();
    skipped.sort();
    skipped.dedup();
    Ok(Expansion { occurrences, skipped })
}

#[cfg(test)]
mod tests;
