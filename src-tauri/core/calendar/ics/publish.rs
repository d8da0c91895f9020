//! Deployments as events of a calendar elsewhere: what one says, written down, and held against what
//! is there. Pure: who asks brings what is there and carries out what comes of it.
//!
//! One resource is one event. It is ours if its UID says so, whatever it is called; anything else is
//! left alone. What is there is compared by what it says, not by its bytes: servers write events anew
//! in their own way, and a person may have put a reminder on one. SEQUENCE and LAST-MODIFIED follow
//! what is there, so that both grow with each change without anything being remembered here.

use super::{
    lines::{self, Component, Property, unescape},
    write::{escaped, instant, line},
};
use crate::clock::Instant;
use jiff::{civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Letters of a text; what is longer is cut with a sign.
const MOST_LETTERS: usize = 2_000;
/// What ends every UID of ours, after the mark of the published calendar.
const OURS: &str = "@hotfix-desk";

/// STATUS of an event (RFC 5545, 3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Tentative,
    Confirmed,
    Cancelled,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Tentative => "TENTATIVE",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// What a deployment says in a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// `DEP-5`.
    pub key: String,
    /// Of its stream; the least SEQUENCE that it has.
    pub version: u64,
    pub start: Instant,
    pub end: Instant,
    pub summary: String,
    pub description: String,
    pub location: String,
    pub status: Status,
}

/// One resource of the calendar, as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct There {
    /// The last part of its address.
    pub name: String,
    pub etag: String,
    pub text: String,
}

/// What is to be done about one deployment there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It says what it should, or is not there and need not be.
    Nothing,
    Add {
        text: String,
    },
    /// `etag` is of what is replaced.
    Change {
        etag: String,
        text: String,
    },
    Remove {
        etag: String,
    },
    /// Something that is not ours is in its place.
    Foreign,
}

/// The UID of a deployment's event.
pub fn uid(mark: &str, key: &str) -> String {
    format!("{key}.{mark}{OURS}")
}

/// What its resource is called.
pub fn name(mark: &str, key: &str) -> String {
    format!("hotfix-{mark}-{key}.ics")
}

/// The deployment whose resource is called so, if it is one of ours.
pub fn key_of(mark: &str, name: &str) -> Option<String> {
    let key = name.strip_prefix("hotfix-")?.strip_prefix(mark)?.strip_prefix('-')?;
    let key = key.strip_suffix(".ics")?;
    let number = key.strip_prefix("DEP-")?;
    let fine = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    fine.then(|| key.to_owned())
}

/// What is to be done, by deployment, for everything of ours that should be there or is there. What
/// `settled` names is over for long, and stays as it is.
pub fn plan(
    wanted: &[Published],
    there: &[There],
    settled: &BTreeSet<String>,
    mark: &str,
    now: Instant,
) -> BTreeMap<String, Step> {
    let mut found: BTreeMap<String, &There> = BTreeMap::new();
    for one in there {
        if let Some(key) = key_of(mark, &one.name) {
            found.insert(key, one);
        }
    }
    let mut steps = BTreeMap::new();
    for one in wanted {
        let step = step(Some(one), found.remove(&one.key), &one.key, mark, now);
        steps.insert(one.key.clone(), step);
    }
    for (key, one) in found {
        if !settled.contains(&key) {
            let step = step(None, Some(one), &key, mark, now);
            steps.insert(key, step);
        }
    }
    steps
}

/// What is to be done about one deployment, which should be there as `wanted` or not at all.
pub fn step(
    wanted: Option<&Published>,
    there: Option<&There>,
    key: &str,
    mark: &str,
    now: Instant,
) -> Step {
    let Some(there) = there else {
        return match wanted {
            // What was called off before anybody saw it there is no news.
            Some(one) if one.status != Status::Cancelled => {
                Step::Add { text: write(one, mark, one.version, now) }
            }
            _ => Step::Nothing,
        };
    };
    let said = Said::read(&there.text);
    if said.uid != uid(mark, key) {
        return Step::Foreign;
    }
    let etag = there.etag.clone();
    match wanted {
        None => Step::Remove { etag },
        Some(one) if said.is(one) => Step::Nothing,
        Some(one) => {
            let sequence = one.version.max(said.sequence.saturating_add(1));
            let after = said.modified.map(|at| at.plus(Duration::from_secs(1)));
            let at = after.map_or(now, |after| after.max(now));
            Step::Change { etag, text: write(one, mark, sequence, at) }
        }
    }
}

/// The text of an event, changed at `at`.
fn write(one: &Published, mark: &str, sequence: u64, at: Instant) -> String {
    let mut out = String::new();
    let stamp = instant(at);
    for text in [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Hotfix Desk//Deployments//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", uid(mark, &one.key)),
        format!("DTSTAMP:{stamp}"),
        format!("LAST-MODIFIED:{stamp}"),
        format!("SEQUENCE:{}", sequence.min(i32::MAX as u64)),
        format!("DTSTART:{}", instant(one.start)),
        format!("DTEND:{}", instant(one.end)),
        format!("SUMMARY:{}", escaped(&cut(&one.summary))),
        format!("DESCRIPTION:{}", escaped(&cut(&one.description))),
        format!("LOCATION:{}", escaped(&cut(&one.location))),
        format!("STATUS:{}", one.status.word()),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ] {
        line(&mut out, &text);
    }
    out
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        None => text.to_owned(),
        Some((at, _)) => format!("{} …", text[..at].trim_end()),
    }
}

/// What an event there says, of what this program writes.
#[derive(Default)]
struct Said {
    uid: String,
    start: Option<Instant>,
    end: Option<Instant>,
    summary: String,
    description: String,
    location: String,
    status: String,
    sequence: u64,
    modified: Option<Instant>,
    /// It recurs, has a length of its own, or is several: nothing that we write does.
    odd: bool,
}

impl Said {
    /// Of what cannot be read as one event, only the UID counts; without any it is nobody's.
    fn read(text: &str) -> Self {
        let found = lines::components(text.as_bytes(), &mut Vec::new());
        let mut events = found.components.iter().filter(|one| one.name == "VEVENT");
        let Some(event) = events.next() else { return Self::default() };
        let repeats = ["RRULE", "RDATE", "RECURRENCE-ID", "DURATION"];
        let text = |name: &str| {
            first(event, name).map(|one| unescape(one.value.trim_end())).unwrap_or_default()
        };
        let at = |name: &str| first(event, name).and_then(moment);
        Self {
            uid: text("UID").trim().to_owned(),
            start: at("DTSTART"),
            end: at("DTEND"),
            summary: text("SUMMARY"),
            description: text("DESCRIPTION"),
            location: text("LOCATION"),
            status: text("STATUS").trim().to_ascii_uppercase(),
            sequence: text("SEQUENCE").trim().parse().unwrap_or_default(),
            modified: at("LAST-MODIFIED"),
            odd: events.next().is_some()
                || !found.whole
                || repeats.iter().any(|name| first(event, name).is_some()),
        }
    }

    fn is(&self, one: &Published) -> bool {
        let as_read = |text: &str| unescape(escaped(&cut(text)).trim_end());
        !self.odd
            && self.start == Some(whole_second(one.start))
            && self.end == Some(whole_second(one.end))
            && self.status == one.status.word()
            && self.summary == as_read(&one.summary)
            && self.description == as_read(&one.description)
            && self.location == as_read(&one.location)
    }
}

fn first<'a>(event: &'a Component, name: &str) -> Option<&'a Property> {
    event.properties.iter().find(|property| property.name == name)
}

/// A moment in UTC or in a zone that IANA knows; what else a server made of it is another.
fn moment(property: &Property) -> Option<Instant> {
    let value = property.value.trim();
    let (wall, zone) = match value.strip_suffix('Z') {
        Some(wall) => (wall, TimeZone::UTC),
        None => (value, TimeZone::get(property.parameter("TZID")?).ok()?),
    };
    let wall = civil::DateTime::strptime("%Y%m%dT%H%M%S", wall).ok()?;
    Some(zone.to_timestamp(wall).ok()?.into())
}

/// Calendars know no fractions of a second.
fn whole_second(at: Instant) -> Instant {
    Instant::from_micros(at.micros().div_euclid(1_000_000) * 1_000_000)
}

#[cfg(test)]
mod tests;
