//! Where a wall clock hangs: zones known by name, and those that only the file itself describes.
//!
//! A TZID is looked for as an IANA name, at the end of a path (`/vendor/version/Europe/Berlin`), as
//! a Windows name, in X-LIC-LOCATION, and only then is the VTIMEZONE followed literally. A name that
//! is nowhere is no zone: whatever refers to it is left out.

use super::{
    Skipped,
    event::{basic, day, rule},
    lines::{Component, Property},
    windows,
};
use crate::clock::Instant;
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use std::{collections::BTreeMap, rc::Rc};

/// How far a zone of the file's own is followed.
const LAST_YEAR: i16 = 2200;
/// Until when it must agree with a zone of the database to be the same: as far as that one tells
/// each change by itself.
const LAST_TOLD: i16 = 2037;
/// Zones that are looked at before all others, because their names say most to most.
const USUAL: [&str; 12] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Australia/Sydney",
];

#[derive(Clone, Debug)]
pub enum Zone {
    Known(TimeZone),
    Own(Rc<[Change]>),
}

/// The clock goes from one offset (seconds east of UTC) to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    at: i64,
    before: i64,
    after: i64,
}

impl Zone {
    /// The instant at which the clock shows `wall`: later in the gap, the first in the fold.
    pub fn instant(&self, wall: civil::DateTime) -> Option<Instant> {
        match self {
            Self::Known(zone) => zone.to_timestamp(wall).ok().map(Instant::from),
            Self::Own(changes) => {
                let local = seconds(wall)?;
                let offsets = changes.iter().flat_map(|change| [change.before, change.after]);
                let first = offsets
                    .map(|offset| (local - offset, offset))
                    .filter(|(at, offset)| offset_at(changes, *at) == *offset)
                    .map(|(at, _)| at)
                    .min();
                let in_the_gap = || {
                    let gap = changes.iter().find(|change| {
                        (change.at + change.before..change.at + change.after).contains(&local)
                    });
                    gap.map(|change| local - change.before)
                };
                let at = first.or_else(in_the_gap)?;
                Timestamp::from_second(at).ok().map(Instant::from)
            }
        }
    }

    /// What the clock shows at an instant.
    pub fn wall(&self, at: Instant) -> Option<civil::DateTime> {
        match self {
            Self::Known(zone) => Some(zone.to_datetime(at.timestamp())),
            Self::Own(changes) => {
                let at = at.timestamp().as_second();
                let local = Timestamp::from_second(at + offset_at(changes, at)).ok()?;
                Some(TimeZone::UTC.to_datetime(local))
            }
        }
    }

    /// The name of the IANA zone whose clock agrees with it from then on, the preferred one first.
    pub fn twin(&self, preferred: &Self, from: Instant) -> Option<String> {
        let Self::Own(changes) = self else { return None };
        let last = TimeZone::UTC.to_timestamp(civil::date(LAST_TOLD, 1, 1).at(0, 0, 0, 0)).ok()?;
        let from = from.timestamp();
        let mut offset = offset_at(changes, from.as_second());
        let first = offset;
        let mut own = Vec::new();
        for change in changes.iter().filter(|one| one.at > from.as_second()) {
            if change.at < last.as_second() && change.after != offset {
                own.push((change.at, change.after));
            }
            offset = change.after;
        }
        let agrees = |zone: &TimeZone| {
            if i64::from(zone.to_offset(from).seconds()) != first {
                return false;
            }
            let mut before = first;
            let mut own = own.iter().copied();
            for change in zone.following(from).take_while(|one| one.timestamp() < last) {
                let after = i64::from(change.offset().seconds());
                if after == before {
                    continue;
                }
                before = after;
                if own.next() != Some((change.timestamp().as_second(), after)) {
                    return false;
                }
            }
            own.next().is_none()
        };
        let preferred = match preferred {
            Self::Known(zone) => Some(zone.clone()),
            Self::Own(_) => None,
        };
        let usual = USUAL.iter().filter_map(|name| TimeZone::get(name).ok());
        let database = jiff::tz::db();
        let others = database
            .available()
            .filter(|name| name.as_str().contains('/'))
            .filter_map(|name| TimeZone::get(name.as_str()).ok());
        let mut all = preferred.into_iter().chain(usual).chain(others);
        let found = all.find(|zone| zone.iana_name().is_some() && agrees(zone))?;
        found.iana_name().map(str::to_owned)
    }

    /// Whether both are one zone, so that walls can be subtracted.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(one), Self::Known(other)) => one == other,
            (Self::Own(one), Self::Own(other)) => one == other,
            _ => false,
        }
    }
}

/// The zone that a calendar says its times are of (X-WR-TIMEZONE, which Apple and Google write), if it
/// is one that is known.
pub fn own(calendar: &Component) -> Option<TimeZone> {
    by_name(calendar.all("X-WR-TIMEZONE").next()?.value.trim())
}

fn seconds(wall: civil::DateTime) -> Option<i64> {
    TimeZone::UTC.to_timestamp(wall).ok().map(Timestamp::as_second)
}

fn offset_at(changes: &[Change], at: i64) -> i64 {
    let passed = changes.partition_point(|change| change.at <= at);
    match passed.checked_sub(1).and_then(|last| changes.get(last)) {
        Some(last) => last.after,
        None => changes.first().map_or(0, |first| first.before),
    }
}

/// The zones of a file.
pub struct Zones {
    /// What a day means.
    pub floating: Zone,
    /// What a time without a zone means.
    pub local: Zone,
    described: BTreeMap<String, Component>,
    found: BTreeMap<String, Result<Zone, String>>,
}

impl Zones {
    pub fn new(floating: TimeZone, components: &[Component], skipped: &mut Vec<Skipped>) -> Self {
        let mut described = BTreeMap::new();
        for component in components.iter().filter(|component| component.name == "VTIMEZONE") {
            match component.one("TZID") {
                Ok(Some(id)) => {
                    described.insert(id.value.trim().to_owned(), component.clone());
                }
                Ok(None) => {
                    let message = "The VTIMEZONE has no TZID.".into();
                    skipped.push(Skipped { line: component.line, message });
                }
                Err(twice) => skipped.push(twice),
            }
        }
        let floating = Zone::Known(floating);
        Self { local: floating.clone(), floating, described, found: BTreeMap::new() }
    }

    /// The zone that a property names.
    pub fn named(&mut self, id: &str, property: &Property) -> Result<Zone, Skipped> {
        let id = id.trim();
        let found = match self.found.get(id) {
            Some(found) => found.clone(),
            None => {
                let found = self.look_up(id);
                self.found.insert(id.to_owned(), found.clone());
                found
            }
        };
        found.map_err(|why| property.refused(why))
    }

    fn look_up(&self, id: &str) -> Result<Zone, String> {
        if let Some(zone) = by_name(id) {
            return Ok(Zone::Known(zone));
        }
        let Some(described) = self.described.get(id) else {
            return Err(format!(
                "“{id}” is not a known time zone, and the file does not describe it."
            ));
        };
        if let Some(zone) = described.all("X-LIC-LOCATION").find_map(|one| by_name(&one.value)) {
            return Ok(Zone::Known(zone));
        }
        let mut changes = Vec::new();
        for part in &described.parts {
            observance(part, &mut changes).map_err(|why| {
                format!(
                    "The time zone “{id}” cannot be followed (line {}): {}",
                    why.line, why.message
                )
            })?;
        }
        if changes.is_empty() {
            return Err(format!("The time zone “{id}” is described without an offset."));
        }
        changes.sort_unstable();
        changes.dedup();
        Ok(Zone::Own(changes.into()))
    }
}

fn by_name(id: &str) -> Option<TimeZone> {
    let id = id.trim();
    if let Ok(zone) = TimeZone::get(id) {
        return Some(zone);
    }
    if let Some(zone) = windows::iana(id).and_then(|name| TimeZone::get(name).ok()) {
        return Some(zone);
    }
    // Private names end in a public one, of two parts or of three (America/Argentina/Salta).
    let parts: Vec<&str> = id.split('/').filter(|part| !part.is_empty()).collect();
    if !id.starts_with('/') {
        return None;
    }
    [3, 2]
        .into_iter()
        .filter(|count| parts.len() >= *count)
        .find_map(|count| TimeZone::get(&parts[parts.len() - count..].join("/")).ok())
}

/// The changes of a STANDARD or DAYLIGHT part.
fn observance(part: &Component, changes: &mut Vec<Change>) -> Result<(), Skipped> {
    let needed = |name: &'static str| {
        part.one(name)?.ok_or_else(|| Skipped {
            line: part.line,
            message: format!("{} has no {name}.", part.name),
        })
    };
    let (from, to) = (needed("TZOFFSETFROM")?, needed("TZOFFSETTO")?);
    let offset = |property: &Property| {
        offset(&property.value).ok_or_else(|| property.refused("It is no offset, such as +0100."))
    };
    let (before, after) = (offset(from)?, offset(to)?);
    let begin = needed("DTSTART")?;
    // A day instead of a time (VALUE=DATE) begins at midnight.
    let midnight = |text: &str| day(text).map(|day| day.at(0, 0, 0, 0));
    let first = basic(begin.value.trim())
        .or_else(|| midnight(begin.value.trim()))
        .ok_or_else(|| begin.refused("It is not a local date and time."))?;
    let mut walls = vec![first];
    for property in part.all("RDATE") {
        for text in property.value.split(',') {
            let wall = basic(text.trim())
                .ok_or_else(|| property.refused("It is not a local date and time."))?;
            walls.push(wall);
        }
    }
    for property in part.all("RRULE") {
        let (set, until) = rule(property, first)?;
        let zone = TimeZone::fixed(
            jiff::tz::Offset::from_seconds(
                i32::try_from(before).map_err(|_| from.refused("It is no offset."))?,
            )
            .map_err(|_| from.refused("It is no offset."))?,
        );
        let last = match until {
            Some(until) => Some(
                until
                    .last(&Zone::Known(zone.clone()))
                    .ok_or_else(|| property.refused("Its UNTIL is not a date or a time."))?,
            ),
            None => None,
        };
        for wall in set {
            if wall.year() > LAST_YEAR {
                break;
            }
            let at = zone.to_timestamp(wall).map(Instant::from).ok();
            if last.is_some_and(|last| at.is_none_or(|at| at > last)) {
                break;
            }
            walls.push(wall);
        }
    }
    for wall in walls {
        if let Some(local) = seconds(wall) {
            changes.push(Change { at: local - before, before, after });
        }
    }
    Ok(())
}

/// `+0100` or `-033000`, in seconds.
fn offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if ![4, 6].contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |two| two.parse::<i64>().ok());
    let size = SignedDuration::from_secs(part(0)? * 3600 + part(2)? * 60 + part(4)?).as_secs();
    (size < 86_400).then_some(if text.starts_with('-') { -size } else { size })
}
