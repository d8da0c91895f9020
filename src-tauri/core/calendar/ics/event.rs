//! One VEVENT, read: when it starts, how long it is, how it recurs, what it replaces.
//!
//! An event of which one of these cannot be understood is refused as a whole, at the line that is the
//! reason; a value among several (of RDATE or EXDATE) is refused alone.

use super::{
    super::recurrence,
    Skipped,
    lines::{Component, Property, unescape},
    zone::{Zone, Zones},
};
use crate::clock::Instant;
use jiff::{civil, tz::TimeZone};

/// A value of DTSTART and its like.
#[derive(Clone, Debug)]
pub enum When {
    Day(civil::Date),
    Time { wall: civil::DateTime, zone: Zone },
}

impl When {
    /// As a wall clock, which for a day is its midnight.
    pub fn wall(&self) -> civil::DateTime {
        match self {
            Self::Day(day) => day.at(0, 0, 0, 0),
            Self::Time { wall, .. } => *wall,
        }
    }

    pub fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    pub fn instant(&self, floating: &Zone) -> Option<Instant> {
        match self {
            Self::Day(_) => floating.instant(self.wall()),
            Self::Time { wall, zone } => zone.instant(*wall),
        }
    }
}

/// How long each occurrence is.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// From DTEND in the zone of the start: the end is as far on the wall clock, each time anew.
    Wall(i64),
    /// From DURATION: days on the calendar, then seconds that really pass (RFC 5545, 3.3.6).
    Nominal { days: i64, seconds: i64 },
    /// From an end in another zone: seconds that really pass.
    Exact(i64),
}

/// UNTIL in its three spellings.
#[derive(Clone, Debug)]
pub enum Until {
    At(Instant),
    Wall(civil::DateTime),
    /// The day counts in full.
    Day(civil::Date),
}

impl Until {
    pub fn last(&self, zone: &Zone) -> Option<Instant> {
        match self {
            Self::At(at) => Some(*at),
            Self::Wall(wall) => zone.instant(*wall),
            Self::Day(day) => zone.instant(day.at(23, 59, 59, 0)),
        }
    }
}

/// The instance that an event stands for instead (RECURRENCE-ID).
#[derive(Clone, Debug)]
pub struct Replaces {
    pub when: When,
    /// RANGE=THISANDFUTURE.
    pub later_too: bool,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub line: usize,
    pub uid: Option<String>,
    pub sequence: i64,
    pub cancelled: bool,
    pub start: When,
    pub length: Length,
    pub rules: Vec<Property>,
    pub rdates: Vec<(When, Option<Length>)>,
    pub exdates: Vec<When>,
    pub replaces: Option<Replaces>,
}

pub fn read(
    component: &Component,
    zones: &mut Zones,
    skipped: &mut Vec<Skipped>,
) -> Result<Event, Skipped> {
    let uid = component.one("UID")?.map(|uid| unescape(&uid.value).trim().to_owned());
    let status = component.one("STATUS")?;
    let start = component.one("DTSTART")?.ok_or_else(|| Skipped {
        line: component.line,
        message: "The event has no DTSTART.".into(),
    })?;
    let begin = single(start, zones)?;
    let length = length(component, &begin, zones)?;
    if let Some(other) = component.all("EXRULE").next() {
        return Err(
            other.refused("Rules that exclude are not followed (RFC 5545 has dropped them).")
        );
    }
    // Some write the property wherever it could stand, also where nothing recurs.
    let says = |one: &&Property| !one.value.trim().is_empty();
    let rules: Vec<Property> = component.all("RRULE").filter(says).cloned().collect();
    for property in &rules {
        rule(property, begin.wall()).map(drop)?;
    }
    let replaces = match component.one("RECURRENCE-ID")? {
        None => None,
        Some(property) => {
            let later_too = match property.parameter("RANGE") {
                None => false,
                Some(range) if range.eq_ignore_ascii_case("THISANDFUTURE") => true,
                Some(range) => return Err(property.refused(format!("RANGE={range} is not known."))),
            };
            Some(Replaces { when: single(property, zones)?, later_too })
        }
    };
    let mut event = Event {
        line: component.line,
        uid: uid.filter(|uid| !uid.is_empty()),
        sequence: component
            .all("SEQUENCE")
            .next()
            .map_or(-1, |one| one.value.trim().parse().unwrap_or(-1)),
        cancelled: status.is_some_and(|one| one.value.trim().eq_ignore_ascii_case("CANCELLED")),
        start: begin,
        length,
        rules,
        rdates: Vec::new(),
        exdates: Vec::new(),
        replaces,
    };
    for (name, adds) in [("RDATE", true), ("EXDATE", false)] {
        for property in component.all(name) {
            for text in property.value.split(',').map(str::trim).filter(|text| !text.is_empty()) {
                let read = if adds {
                    extra(property, text, &event.start, zones).map(|found| event.rdates.push(found))
                } else {
                    excluded(property, text, &event.start, zones)
                        .map(|found| event.exdates.push(found))
                };
                if let Err(why) = read
                    && skipped.len() < super::lines::MOST_TOLD
                {
                    skipped.push(why);
                }
            }
        }
    }
    Ok(event)
}

fn single(property: &Property, zones: &mut Zones) -> Result<When, Skipped> {
    when(property, property.value.trim(), zones)
}

fn when(property: &Property, text: &str, zones: &mut Zones) -> Result<When, Skipped> {
    let bad = || property.refused(format!("“{text}” is neither a date nor a time."));
    if !text.contains(['T', 't']) {
        return day(text).map(When::Day).ok_or_else(bad);
    }
    if property.parameter("VALUE").is_some_and(|value| value.eq_ignore_ascii_case("DATE")) {
        return Err(property.refused(format!("“{text}” is called a date and has a time.")));
    }
    if let Some(utc) = text.strip_suffix(['Z', 'z']) {
        let wall = basic(utc).ok_or_else(bad)?;
        return Ok(When::Time { wall, zone: Zone::Known(TimeZone::UTC) });
    }
    let wall = basic(text).ok_or_else(bad)?;
    let zone = match property.parameter("TZID") {
        Some(id) => zones.named(id, property)?,
        None => zones.local.clone(),
    };
    zone.instant(wall).ok_or_else(|| property.refused("It lies outside the years handled."))?;
    Ok(When::Time { wall, zone })
}

pub fn day(text: &str) -> Option<civil::Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    civil::Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?)
        .ok()
        .filter(|day| (1..=9000).contains(&day.year()))
}

/// `20260329T013000`, a wall clock without a zone.
pub fn basic(text: &str) -> Option<civil::DateTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    if time.len() != 6 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let time = civil::Time::new(
        time[..2].parse().ok()?,
        time[2..4].parse().ok()?,
        // A leap second is the end of the minute before.
        time[4..].parse::<i8>().ok()?.min(if &time[4..] == "60" { 59 } else { 60 }),
        0,
    );
    Some(day(date)?.to_datetime(time.ok()?))
}

fn length(component: &Component, start: &When, zones: &mut Zones) -> Result<Length, Skipped> {
    let (end, duration) = (component.one("DTEND")?, component.one("DURATION")?);
    // Thunderbird has written events with an end and a duration of nothing (PT0S): the end counts.
    if let (Some(_), Some(both)) = (end, duration)
        && self::duration(both.value.trim()) != Some((0, 0))
    {
        return Err(both.refused("An event has DTEND or DURATION, not both."));
    }
    if let Some(property) = end {
        let end = single(property, zones)?;
        return between(property, start, &end, zones);
    }
    if let Some(property) = duration {
        return lasting(property, property.value.trim(), start);
    }
    // RFC 5545, 3.6.1: a day lasts a day, a moment no time.
    Ok(Length::Nominal { days: i64::from(start.is_day()), seconds: 0 })
}

fn between(
    property: &Property,
    start: &When,
    end: &When,
    zones: &Zones,
) -> Result<Length, Skipped> {
    let before = || property.refused("The end lies before the start.");
    if start.is_day() != end.is_day() {
        return Err(property.refused("One of start and end is a day, the other a time."));
    }
    let (from, to) = start
        .instant(&zones.floating)
        .zip(end.instant(&zones.floating))
        .ok_or_else(|| property.refused("It lies outside the years handled."))?;
    let wall = start.wall().duration_until(end.wall()).as_secs();
    let exact = (to.micros() - from.micros()).div_euclid(1_000_000);
    match (start, end) {
        // RFC 5545 wants an end after the start. A day that ends on itself is meant as that day: it is
        // none that lasts no time.
        (When::Day(_), When::Day(_)) if wall >= 0 => {
            Ok(Length::Nominal { days: (wall / 86_400).max(1), seconds: 0 })
        }
        (When::Time { zone, .. }, When::Time { zone: other, .. }) if exact >= 0 => {
            Ok(if zone.same(other) && wall >= 0 {
                Length::Wall(wall)
            } else {
                Length::Exact(exact)
            })
        }
        _ => Err(before()),
    }
}

fn lasting(property: &Property, text: &str, start: &When) -> Result<Length, Skipped> {
    let (days, seconds) = duration(text)
        .ok_or_else(|| property.refused(format!("“{text}” is no duration, such as P1DT2H.")))?;
    if days < 0 || seconds < 0 {
        return Err(property.refused("The duration is negative."));
    }
    if start.is_day() && seconds != 0 {
        return Err(property.refused("What begins on a day lasts whole days."));
    }
    Ok(Length::Nominal { days, seconds })
}

/// Days and seconds of an RFC 5545 duration.
fn duration(text: &str) -> Option<(i64, i64)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut rest = unsigned.strip_prefix('P')?;
    let (mut days, mut seconds, mut in_time, mut parts) = (0_i64, 0_i64, false, 0);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T').filter(|_| !in_time) {
            (rest, in_time) = (time, true);
            continue;
        }
        let (digits, unit) = rest.split_at(rest.find(|letter: char| !letter.is_ascii_digit())?);
        let number: i64 = digits.parse().ok().filter(|number| *number <= 10_000_000_000)?;
        // A unit is a letter of ASCII; anything else may be longer than a byte.
        let (unit, after) = unit.split_at_checked(1)?;
        match (unit, in_time) {
            ("W", false) => days += number * 7,
            ("D", false) => days += number,
            ("H", true) => seconds += number * 3600,
            ("M", true) => seconds += number * 60,
            ("S", true) => seconds += number,
            _ => return None,
        }
        parts += 1;
        rest = after;
    }
    let known = parts > 0 && days <= 3_000_000 && seconds <= 300_000_000_000;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    known.then_some((days * sign, seconds * sign))
}

fn extra(
    property: &Property,
    text: &str,
    start: &When,
    zones: &mut Zones,
) -> Result<(When, Option<Length>), Skipped> {
    let (begin, end) = match text.split_once('/') {
        Some((begin, end)) => (begin, Some(end)),
        None => (text, None),
    };
    let begin = when(property, begin, zones)?;
    if begin.is_day() != start.is_day() {
        return Err(property.refused(format!("“{text}” and the start are not of one kind.")));
    }
    let length = match end {
        None => None,
        Some(end) if end.starts_with(['P', '+', '-']) => Some(lasting(property, end, &begin)?),
        Some(end) => {
            let end = when(property, end, zones)?;
            Some(between(property, &begin, &end, zones)?)
        }
    };
    Ok((begin, length))
}

fn excluded(
    property: &Property,
    text: &str,
    start: &When,
    zones: &mut Zones,
) -> Result<When, Skipped> {
    match when(property, text, zones)? {
        When::Time { wall, .. } if start.is_day() => {
            if wall.time() == civil::Time::midnight() {
                return Ok(When::Day(wall.date()));
            }
            Err(property.refused(format!("“{text}” has a time, the event has days.")))
        }
        found => Ok(found),
    }
}

/// The starts a rule gives on the wall clock, without end perhaps, and its UNTIL.
pub fn rule(
    property: &Property,
    start: civil::DateTime,
) -> Result<(impl Iterator<Item = civil::DateTime> + use<>, Option<Until>), Skipped> {
    let mut until = None;
    let mut rest = Vec::new();
    let text = property.value.trim().trim_end_matches(';').to_ascii_uppercase();
    let mut counted = false;
    for part in text.split(';') {
        match part.split_once('=') {
            Some(("UNTIL", value)) => until = Some(until_of(property, value.trim())?),
            Some((name, _)) => {
                counted |= name == "COUNT";
                rest.push(part);
            }
            None => rest.push(part),
        }
    }
    if counted && until.is_some() {
        return Err(property.refused("UNTIL and COUNT exclude each other (RFC 5545)."));
    }
    let (set, _) = recurrence::occurrences(&rest.join(";"), start, &TimeZone::UTC)
        .map_err(|error| property.refused(error.message))?;
    Ok((recurrence::wall_starts(set), until))
}

pub fn until_of(property: &Property, text: &str) -> Result<Until, Skipped> {
    let read = || {
        if let Some(utc) = text.strip_suffix('Z') {
            let wall = basic(utc)?;
            return Zone::Known(TimeZone::UTC).instant(wall).map(Until::At);
        }
        if text.contains('T') { basic(text).map(Until::Wall) } else { day(text).map(Until::Day) }
    };
    read().ok_or_else(|| property.refused(format!("UNTIL={text} is neither a date nor a time.")))
}
