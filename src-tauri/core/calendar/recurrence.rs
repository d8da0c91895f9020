//! Appointments that recur: an RFC 5545 rule, a wall-clock start and a zone, made into instants.
//!
//! The rule is expanded on the wall clock, where no day is short or long, and each start is then
//! placed in its zone: one that falls into the gap of spring moves forward by the gap, one that
//! happens twice in autumn is the first of the two (RFC 5545, section 3.3.5). The rrule crate is
//! never shown a zone, so its mistakes at changes of the clock (its issue 115) cannot be ours.
//!
//! Single starts may be added (`rdates`), left out (`exdates`) or moved to another time (`moved`).
//!
//! Deliberately absent: HOURLY and finer rules, EXRULE, and rules that count the start when it does
//! not match its own rule (as in python-dateutil, it is then no occurrence).

use super::span::Span;
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use jiff::{Timestamp, civil, tz::TimeZone};
use rrule::{Frequency, RRule, RRuleSet, Unvalidated};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use ts_rs::TS;

/// How many occurrences one expansion may give; more is a rule nobody meant.
const MOST: usize = 20_000;
/// A year and a day: longer than any freeze, and short enough to look back for.
const LONGEST_MINUTES: u32 = 366 * 24 * 60;

/// Single instances are moved and added up to this year: so far is followed to find them.
const LAST_YEAR: i16 = 2200;

/// When something happens, once or again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Rule {
    /// The first start on the wall clock of `zone`, such as `2026-11-24T22:00`.
    pub start: String,
    /// An IANA name, such as `Europe/Berlin`.
    pub zone: String,
    /// Time that really passes, also across a change of the clock, unless `wall_clock` says otherwise.
    pub duration_minutes: u32,
    /// The duration is read off the wall clock: a night from 22:00 to 06:00 ends at 06:00, and a day
    /// at midnight, also when the clock changes.
    #[serde(default)]
    pub wall_clock: bool,
    /// The value of an RFC 5545 RRULE, such as `FREQ=WEEKLY;BYDAY=TU,TH`; absent for once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rrule: Option<String>,
    /// Starts that do not take place, on the same wall clock; a bare date excludes that day.
    #[serde(default)]
    pub exdates: Vec<String>,
    /// Starts that take place besides, on the same wall clock.
    #[serde(default)]
    pub rdates: Vec<String>,
    /// Single instances that take place at another time, or for longer or shorter.
    #[serde(default)]
    pub moved: Vec<MovedInstance>,
}

/// One instance of a series that differs from it. A series that has no such instance (any more) is
/// as it is without this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MovedInstance {
    /// The start it would have, on the wall clock of the series.
    pub from: String,
    /// The start it has.
    pub to: String,
    /// How long it lasts, if not as long as the others.
    #[serde(default)]
    pub duration_minutes: Option<u32>,
}

/// Refuses a rule that cannot be expanded, naming the field.
pub fn check(rule: &Rule) -> Result<()> {
    Parsed::new(rule).map(|_| ())
}

/// The occurrences that overlap `[from, to)`, ordered by start.
pub fn expand(rule: &Rule, from: Instant, to: Instant) -> Result<Vec<Span>> {
    Parsed::new(rule)?.expand(from, to)
}

/// The first and the last day, such as `2026-11-30`, of an occurrence that lasts from midnight to midnight
/// on the clock of the rule's zone; none of any other. One whose minutes really pass, so that a change of
/// the clock has moved its end by an hour, is of whole days as well.
pub fn whole_days(rule: &Rule, span: Span) -> Option<[String; 2]> {
    let zone = TimeZone::get(&rule.zone).ok()?;
    let start = zone.to_datetime(span.start.timestamp());
    let end = zone.to_datetime(span.end.timestamp());
    let midnight = civil::Time::midnight();
    if start.time() != midnight || span.is_empty() {
        return None;
    }
    let by_minutes = start.checked_add(span.duration()).ok()?;
    let end = [end, by_minutes].into_iter().find(|end| end.time() == midnight)?;
    let last = end.date().yesterday().ok()?;
    Some([start.date().to_string(), last.to_string()])
}

/// The zone of that IANA name; `field` is named when there is none.
pub(super) fn zone(name: &str, field: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        Error::field(field, format!("“{name}” is not a known time zone."))
            .hint("Use an IANA name, such as Europe/Berlin or UTC.")
    })
}

/// The instant a wall clock in `zone` shows `wall`: later in the gap, the first in the fold.
pub(super) fn place(wall: civil::DateTime, zone: &TimeZone) -> Result<Instant> {
    zone.to_timestamp(wall)
        .map(Instant::from)
        .map_err(|_| Error::invalid(format!("{wall} lies outside the years that can be handled.")))
}

enum Excluded {
    Start(civil::DateTime),
    Day(civil::Date),
}

struct Parsed {
    start: civil::DateTime,
    zone: TimeZone,
    minutes: u32,
    wall_clock: bool,
    /// The rule without its UNTIL, anchored at the wall-clock start as if that were UTC.
    occurrences: Option<RRuleSet>,
    /// The last instant at which an occurrence may start.
    until: Option<Instant>,
    excluded_starts: HashSet<civil::DateTime>,
    excluded_days: HashSet<civil::Date>,
    added: Vec<civil::DateTime>,
    moved: HashMap<civil::DateTime, (civil::DateTime, u32)>,
}

impl Parsed {
    fn new(rule: &Rule) -> Result<Self> {
        let zone = zone(&rule.zone, "zone")?;
        let start = wall_clock(&rule.start).ok_or_else(|| {
            Error::field("start", format!("“{}” is not a local date and time.", rule.start)).hint(
                "Write it as 2026-11-24T22:00, without an offset; the zone is a field of its own.",
            )
        })?;
        if !(1970..=9000).contains(&start.year()) {
            return Err(Error::field("start", "The start must lie between 1970 and 9000."));
        }
        check_length("duration_minutes", rule.duration_minutes)?;
        let (occurrences, until) = match &rule.rrule {
            Some(text) => {
                let (set, until) = occurrences(text, start, &zone)?;
                (Some(set), until)
            }
            None => (None, None),
        };
        let mut parsed = Self {
            start,
            zone,
            minutes: rule.duration_minutes,
            wall_clock: rule.wall_clock,
            occurrences,
            until,
            excluded_starts: HashSet::new(),
            excluded_days: HashSet::new(),
            added: Vec::new(),
            moved: HashMap::new(),
        };
        for (index, text) in rule.exdates.iter().enumerate() {
            match excluded(text) {
                Some(Excluded::Start(start)) => parsed.excluded_starts.insert(start),
                Some(Excluded::Day(day)) => parsed.excluded_days.insert(day),
                None => {
                    let message = format!("“{text}” is neither a date nor a local date and time.");
                    return Err(Error::field(format!("exdates[{index}]"), message)
                        .hint("Write it as 2026-12-24 or 2026-12-24T22:00."));
                }
            };
        }
        for (index, text) in rule.rdates.iter().enumerate() {
            parsed.added.push(single(text, &format!("rdates[{index}]"))?);
        }
        for (index, instance) in rule.moved.iter().enumerate() {
            let at = |name: &str| format!("moved[{index}].{name}");
            let from = single(&instance.from, &at("from"))?;
            let to = single(&instance.to, &at("to"))?;
            let minutes = instance.duration_minutes.unwrap_or(rule.duration_minutes);
            check_length(&at("duration_minutes"), minutes)?;
            if parsed.moved.insert(from, (to, minutes)).is_some() {
                let message = format!("“{}” is moved twice.", instance.from);
                return Err(Error::field(at("from"), message));
            }
        }
        Ok(parsed)
    }

    fn expand(self, from: Instant, to: Instant) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        // An empty question has an empty answer, not whatever happens to surround it.
        if to <= from {
            return Ok(spans);
        }
        // Wall clocks lead or trail UTC by less than a day and a shift of the clock; two days clear
        // of `to` nothing can still begin before it. What is moved is found where it would be.
        let stop = self
            .moved
            .keys()
            .map(|from| from.saturating_add(jiff::Span::new().seconds(1)))
            .fold(place_utc(to).saturating_add(jiff::Span::new().days(2)), civil::DateTime::max);
        let starts: Box<dyn Iterator<Item = civil::DateTime>> = match &self.occurrences {
            Some(set) => Box::new(wall_starts(set.clone())),
            None => Box::new(std::iter::once(self.start)),
        };
        let ruled = starts.take_while(|wall| *wall < stop).map(|wall| (wall, true));
        for (wall, ruled) in ruled.chain(self.added.iter().map(|wall| (*wall, false))) {
            if self.excluded_starts.contains(&wall) || self.excluded_days.contains(&wall.date()) {
                continue;
            }
            if ruled
                && let Some(until) = self.until
                && place(wall, &self.zone)? > until
            {
                continue;
            }
            let (wall, minutes) = self.moved.get(&wall).copied().unwrap_or((wall, self.minutes));
            let span = self.lasting(wall, minutes)?;
            if span.end <= from || to <= span.start {
                continue;
            }
            if spans.len() == MOST {
                let message = format!("The rule gives more than {MOST} occurrences in that time.");
                return Err(Error::field("rrule", message)
                    .hint("Ask about a shorter time, or let the rule recur less often."));
            }
            spans.push(span);
        }
        // 02:30 in the gap lands after 03:00, or on another occurrence.
        spans.sort_unstable();
        spans.dedup();
        Ok(spans)
    }

    fn lasting(&self, wall: civil::DateTime, minutes: u32) -> Result<Span> {
        let start = place(wall, &self.zone)?;
        let passing = Span::lasting(start, Duration::from_secs(u64::from(minutes) * 60));
        if !self.wall_clock {
            return Ok(passing);
        }
        let end = place(wall.saturating_add(jiff::Span::new().minutes(minutes)), &self.zone)?;
        // A start that the gap has moved past its end keeps its length.
        Ok(if end <= start { passing } else { Span::new(start, end) })
    }
}

/// A rule as other programs want to be told: from its first occurrence on, which they count even where
/// the rule does not name it, and with the very starts that are excluded.
pub(super) struct Singles {
    /// None if it never takes place.
    pub first: Option<civil::DateTime>,
    /// The value of RRULE; its UNTIL is an instant.
    pub rrule: Option<String>,
    pub added: Vec<civil::DateTime>,
    pub excluded: Vec<civil::DateTime>,
    /// From where to where, and for how many minutes.
    pub moved: Vec<(civil::DateTime, civil::DateTime, u32)>,
}

pub(super) fn single_starts(rule: &Rule) -> Result<Singles> {
    let parsed = Parsed::new(rule)?;
    let ends = |wall: civil::DateTime| -> Result<bool> {
        Ok(match parsed.until {
            Some(until) => place(wall, &parsed.zone)? > until,
            None => false,
        })
    };
    let mut added: Vec<civil::DateTime> = parsed.added.clone();
    added.sort_unstable();
    added.dedup();
    let ruled = match &parsed.occurrences {
        Some(set) => wall_starts(set.clone()).next(),
        None => Some(parsed.start),
    };
    let ruled = match ruled {
        Some(wall) if ends(wall)? => None,
        other => other,
    };
    // Without a start of its own the first that was added is one.
    let first = ruled.or_else(|| added.first().copied());
    let rrule = match (&rule.rrule, ruled) {
        (Some(text), Some(_)) => {
            let value = text.trim();
            let value = value.strip_prefix("RRULE:").unwrap_or(value).trim_end_matches(';');
            let parts: Vec<String> = value
                .to_ascii_uppercase()
                .split(';')
                .map(|part| match (part.starts_with("UNTIL="), parsed.until) {
                    (true, Some(until)) => {
                        format!("UNTIL={}", place_utc(until).strftime("%Y%m%dT%H%M%SZ"))
                    }
                    _ => part.to_owned(),
                })
                .collect();
            Some(parts.join(";"))
        }
        _ => None,
    };
    added.retain(|wall| Some(*wall) != first);
    let mut excluded: Vec<civil::DateTime> = parsed.excluded_starts.iter().copied().collect();
    for day in &parsed.excluded_days {
        if let Some(set) = parsed.occurrences.as_ref().filter(|_| ruled.is_some()) {
            let starts = wall_starts(set.clone()).take_while(|wall| wall.date() <= *day);
            excluded.extend(starts.filter(|wall| wall.date() == *day));
        }
        let others = added.iter().chain(&first).filter(|wall| wall.date() == *day);
        excluded.extend(others);
    }
    excluded.sort_unstable();
    excluded.dedup();
    let mut moved = Vec::new();
    for (from, (to, minutes)) in &parsed.moved {
        let mut known = added.contains(from) || first == Some(*from);
        if let Some(set) = parsed.occurrences.as_ref().filter(|_| ruled.is_some()) {
            let mut starts = wall_starts(set.clone()).take_while(|wall| wall <= from);
            known |= starts.any(|wall| wall == *from) && !ends(*from)?;
        }
        // What the series does not have would stand for itself elsewhere.
        if known && !excluded.contains(from) {
            moved.push((*from, *to, *minutes));
        }
    }
    moved.sort_unstable();
    Ok(Singles { first, rrule, added, excluded, moved })
}

/// The starts of a rule on the wall clock, without end perhaps.
pub(super) fn wall_starts(set: RRuleSet) -> impl Iterator<Item = civil::DateTime> {
    set.limit().into_iter().filter_map(|at| {
        Timestamp::from_second(at.timestamp()).ok().map(|at| TimeZone::UTC.to_datetime(at))
    })
}

fn check_length(field: &str, minutes: u32) -> Result<()> {
    if minutes == 0 {
        return Err(Error::field(field, "It must last at least one minute."));
    }
    if minutes > LONGEST_MINUTES {
        return Err(Error::field(field, "It may last 366 days at most.")
            .hint("Several rules may follow each other."));
    }
    Ok(())
}

/// A single start among those of a series.
fn single(text: &str, field: &str) -> Result<civil::DateTime> {
    let read = wall_clock(text).ok_or_else(|| {
        Error::field(field, format!("“{text}” is not a local date and time."))
            .hint("Write it as 2026-11-24T22:00, on the clock of the series.")
    })?;
    if !(1970..=LAST_YEAR).contains(&read.year()) {
        let message = format!("Single instances lie between 1970 and {LAST_YEAR}.");
        return Err(Error::field(field, message));
    }
    Ok(read)
}

fn place_utc(instant: Instant) -> civil::DateTime {
    TimeZone::UTC.to_datetime(instant.timestamp())
}

/// A date and time without zone or offset. jiff would read past an offset and drop it, and a day
/// without a time is midnight only by accident: both are refused.
fn wall_clock(text: &str) -> Option<civil::DateTime> {
    let time = &text[text.find(['T', 't', ' '])? + 1..];
    if time.contains(['Z', 'z', '+', '-', '[']) {
        return None;
    }
    text.parse().ok()
}

fn excluded(text: &str) -> Option<Excluded> {
    if text.contains(['T', 't', ' ']) {
        wall_clock(text).map(Excluded::Start)
    } else {
        text.parse().ok().map(Excluded::Day)
    }
}

/// Reads an RRULE value; UNTIL is taken out, because it is the one part that means an instant.
pub(super) fn occurrences(
    text: &str,
    start: civil::DateTime,
    zone: &TimeZone,
) -> Result<(RRuleSet, Option<Instant>)> {
    let refuse = |message: String| Error::field("rrule", message);
    let mut until = None;
    let mut parts = Vec::new();
    let value = text.trim();
    let value = value.strip_prefix("RRULE:").unwrap_or(value).trim_end_matches(';');
    for part in value.split(';') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match name.to_ascii_uppercase().as_str() {
            "UNTIL" => until = Some(last_start(value, zone)?),
            "INTERVAL" if value.parse().is_ok_and(|interval: u16| interval == 0) => {
                return Err(refuse("INTERVAL must be at least 1.".into()));
            }
            "COUNT" if value.parse().is_ok_and(|count: u32| count == 0) => {
                return Err(refuse("COUNT must be at least 1.".into()));
            }
            _ => parts.push(part),
        }
    }
    // The reader of rules cuts them by bytes, and falls over where that is inside a character.
    if !text.is_ascii() {
        return Err(refuse(format!(
            "“{text}” is not a recurrence rule: it holds other characters than ASCII."
        ))
        .hint("Write it as in FREQ=WEEKLY;BYDAY=TU,TH (RFC 5545)."));
    }
    let rule: RRule<Unvalidated> = parts.join(";").parse().map_err(|error| {
        refuse(format!("“{text}” is not a recurrence rule: {error}."))
            .hint("Write it as in FREQ=WEEKLY;BYDAY=TU,TH (RFC 5545).")
    })?;
    if matches!(rule.get_freq(), Frequency::Hourly | Frequency::Minutely | Frequency::Secondly) {
        return Err(refuse(
            "A rule may recur daily at most: hours repeat and vanish when the clock changes."
                .into(),
        )
        .hint("Use FREQ=DAILY with BYHOUR, such as FREQ=DAILY;BYHOUR=9,17."));
    }
    if until.is_some() && rule.get_count().is_some() {
        return Err(refuse("UNTIL and COUNT exclude each other (RFC 5545).".into()));
    }
    let anchor = TimeZone::UTC
        .to_timestamp(start)
        .ok()
        .and_then(|at| chrono::DateTime::from_timestamp(at.as_second(), 0))
        .ok_or_else(|| Error::field("start", "The start lies outside the years handled."))?;
    let set = rule
        .build(anchor.with_timezone(&rrule::Tz::UTC))
        .map_err(|error| refuse(format!("“{text}” cannot be followed: {error}.")))?;
    Ok((set, until))
}

/// UNTIL in its three spellings: an instant, a local time, a day (which counts in full).
fn last_start(text: &str, zone: &TimeZone) -> Result<Instant> {
    let read = || {
        if let Some(utc) = text.strip_suffix(['Z', 'z']) {
            return place(utc.parse().ok()?, &TimeZone::UTC).ok();
        }
        let wall = if text.contains(['T', 't']) {
            text.parse().ok()?
        } else {
            text.parse::<civil::Date>().ok()?.at(23, 59, 59, 0)
        };
        place(wall, zone).ok()
    };
    read().ok_or_else(|| {
        Error::field("rrule", format!("UNTIL={text} is not a date or a time."))
            .hint("Write it as UNTIL=20261231 or UNTIL=20261231T220000Z.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn rule(start: &str, rrule: Option<&str>) -> Rule {
        Rule {
            start: start.into(),
            zone: "Europe/Berlin".into(),
            duration_minutes: 60,
            rrule: rrule.map(Into::into),
            ..Rule::default()
        }
    }

    fn starts(rule: &Rule, from: &str, to: &str) -> Vec<String> {
        let spans = expand(rule, at(from), at(to)).unwrap();
        spans.iter().map(|span| span.start.to_string()).collect()
    }

    fn field_of(rule: &Rule) -> String {
        check(rule).unwrap_err().location.unwrap()
    }

    #[test]
    fn a_weekly_window_keeps_its_wall_clock_when_the_clock_changes() {
        let weekly = rule("2026-10-20T22:00", Some("FREQ=WEEKLY;BYDAY=TU"));
        assert_eq!(
            starts(&weekly, "2026-10-20T00:00:00Z", "2026-11-04T00:00:00Z"),
            ["2026-10-20T20:00:00Z", "2026-10-27T21:00:00Z", "2026-11-03T21:00:00Z"]
        );
    }

    #[test]
    fn a_start_in_the_spring_gap_moves_forward_by_the_gap() {
        let daily = rule("2026-03-28T02:30", Some("FREQ=DAILY"));
        assert_eq!(
            starts(&daily, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"),
            ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        );
    }

    #[test]
    fn a_start_that_happens_twice_in_autumn_is_the_first() {
        let daily = rule("2026-10-24T02:30", Some("FREQ=DAILY"));
        assert_eq!(
            starts(&daily, "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z"),
            ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
    }

    #[test]
    fn two_starts_that_the_gap_pushes_together_are_one_and_in_order() {
        let twice = rule("2026-03-28T02:00", Some("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30"));
        assert_eq!(
            starts(&twice, "2026-03-29T00:30:00Z", "2026-03-29T12:00:00Z"),
            ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"]
        );
    }

    #[test]
    fn a_window_that_already_runs_overlaps_and_one_that_just_ended_does_not() {
        let once = rule("2026-06-01T12:00", None);
        assert_eq!(starts(&once, "2026-06-01T10:59:00Z", "2026-06-02T00:00:00Z").len(), 1);
        assert_eq!(starts(&once, "2026-06-01T11:00:00Z", "2026-06-02T00:00:00Z").len(), 0);
        assert_eq!(starts(&once, "2026-06-01T00:00:00Z", "2026-06-01T10:00:00Z").len(), 0);
        assert_eq!(starts(&once, "2026-06-01T10:30:00Z", "2026-06-01T10:30:00Z").len(), 0);
    }

    #[test]
    fn excluded_starts_and_days_do_not_take_place_but_count() {
        let mut daily = rule("2026-12-22T22:00", Some("FREQ=DAILY;COUNT=5"));
        daily.exdates = vec!["2026-12-23T22:00".into(), "2026-12-25".into()];
        assert_eq!(
            starts(&daily, "2026-12-01T00:00:00Z", "2027-02-01T00:00:00Z"),
            ["2026-12-22T21:00:00Z", "2026-12-24T21:00:00Z", "2026-12-26T21:00:00Z"]
        );
    }

    fn moved(from: &str, to: &str, duration_minutes: Option<u32>) -> MovedInstance {
        MovedInstance { from: from.into(), to: to.into(), duration_minutes }
    }

    #[test]
    fn a_moved_instance_takes_place_at_its_new_time_alone_however_far_it_went() {
        let mut weekly = rule("2026-11-03T22:00", Some("FREQ=WEEKLY"));
        weekly.moved = vec![
            moved("2026-11-10T22:00", "2026-11-11T20:00", Some(30)),
            moved("2026-12-01T22:00", "2026-11-05T22:00", None),
        ];
        assert_eq!(
            starts(&weekly, "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z"),
            [
                "2026-11-03T21:00:00Z",
                "2026-11-05T21:00:00Z",
                "2026-11-11T19:00:00Z",
                "2026-11-17T21:00:00Z"
            ]
        );
        assert!(starts(&weekly, "2026-12-01T00:00:00Z", "2026-12-02T12:00:00Z").is_empty());
        let found = expand(&weekly, at("2026-11-11T00:00:00Z"), at("2026-11-12T00:00:00Z"));
        assert_eq!(found.unwrap()[0].duration(), Duration::from_secs(1800));
        // An instance that the series does not have (any more) is none.
        weekly.rrule = Some("FREQ=WEEKLY;COUNT=1".into());
        assert_eq!(starts(&weekly, "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z").len(), 1);
    }

    #[test]
    fn an_added_start_takes_place_besides_and_may_be_excluded_too() {
        let mut once = rule("2026-11-03T22:00", None);
        once.rdates = vec!["2026-11-05T09:00".into(), "2026-11-06T09:00".into()];
        once.exdates = vec!["2026-11-06".into()];
        assert_eq!(
            starts(&once, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ["2026-11-03T21:00:00Z", "2026-11-05T08:00:00Z"]
        );
    }

    #[test]
    fn a_night_on_the_wall_clock_ends_at_six_and_a_day_at_midnight_when_the_clock_changes() {
        let of = |start: &str, minutes: u32| {
            let night = Rule {
                duration_minutes: minutes,
                wall_clock: true,
                ..rule(start, Some("FREQ=DAILY"))
            };
            let found = expand(&night, at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z"));
            *found.unwrap().last().unwrap()
        };
        let night = of("2026-03-20T22:00", 480);
        assert_eq!(night.end, at("2026-03-29T04:00:00Z"));
        assert_eq!(night.duration(), Duration::from_secs(7 * 3600));
        let day = of("2026-03-20T00:00", 1440);
        assert_eq!((day.start, day.duration().as_secs()), (at("2026-03-28T23:00:00Z"), 23 * 3600));
        // Where the gap swallows all of it, it keeps its length.
        let short = of("2026-03-20T02:10", 20);
        assert_eq!(short.start, at("2026-03-29T01:10:00Z"));
        assert_eq!(short.duration(), Duration::from_secs(20 * 60));
    }

    #[test]
    fn until_is_inclusive_as_instant_local_time_and_day() {
        for until in ["20261203T210000Z", "20261203T220000", "20261203"] {
            let daily = rule("2026-12-01T22:00", Some(&format!("FREQ=DAILY;UNTIL={until}")));
            let found = starts(&daily, "2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z");
            assert_eq!(found.len(), 3, "UNTIL={until}");
        }
    }

    #[test]
    fn the_last_friday_of_a_month_is_found_years_later() {
        let monthly = rule("2020-01-31T18:00", Some("RRULE:FREQ=MONTHLY;BYDAY=-1FR"));
        assert_eq!(
            starts(&monthly, "2026-11-01T00:00:00Z", "2026-12-31T00:00:00Z"),
            ["2026-11-27T17:00:00Z", "2026-12-25T17:00:00Z"]
        );
    }

    #[test]
    fn a_rule_that_never_matches_is_empty_and_comes_to_an_end() {
        let never = rule("2026-01-01T00:00", Some("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"));
        assert!(starts(&never, "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z").is_empty());
    }

    #[test]
    fn hourly_and_finer_rules_are_refused_with_the_reason() {
        for frequency in ["HOURLY", "MINUTELY", "SECONDLY"] {
            let error = check(&rule("2026-01-01T00:00", Some(&format!("FREQ={frequency}"))));
            let error = error.unwrap_err();
            assert_eq!(error.location.as_deref(), Some("rrule"));
            assert!(error.message.contains("clock changes"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_expanded_is_refused_at_its_field() {
        let good = rule("2026-01-01T10:00", None);
        assert_eq!(check(&good), Ok(()));
        assert_eq!(field_of(&Rule { zone: "Mars/Olympus".into(), ..good.clone() }), "zone");
        assert_eq!(field_of(&Rule { duration_minutes: 0, ..good.clone() }), "duration_minutes");
        assert_eq!(
            field_of(&Rule { duration_minutes: u32::MAX, ..good.clone() }),
            "duration_minutes"
        );
        for start in ["", "tomorrow", "2026-01-01", "2026-01-01T10:00Z", "2026-01-01T10:00+01:00"] {
            assert_eq!(field_of(&Rule { start: start.into(), ..good.clone() }), "start", "{start}");
        }
        let rdates = vec!["2026-01-01".into()];
        assert_eq!(field_of(&Rule { rdates, ..good.clone() }), "rdates[0]");
        let once = moved("2026-01-01T10:00", "2026-01-02T10:00", None);
        for (wrong, field) in [
            (moved("2026-01-01", "2026-01-02T10:00", None), "moved[1].from"),
            (moved("2026-01-03T10:00", "9999-01-02T10:00", None), "moved[1].to"),
            (moved("2026-01-03T10:00", "2026-01-02T10:00", Some(0)), "moved[1].duration_minutes"),
            (once.clone(), "moved[1].from"),
        ] {
            let moved = vec![once.clone(), wrong];
            assert_eq!(field_of(&Rule { moved, ..good.clone() }), field);
        }
        let exdates = vec!["2026-01-01".into(), "Christmas".into()];
        assert_eq!(field_of(&Rule { exdates, ..good.clone() }), "exdates[1]");
        for text in [
            "",
            "every tuesday",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;UNTIL=soon",
            "FREQ=DAILY;COUNT=2;UNTIL=20270101",
            "FREQ=WEEKLY;BYMONTHDAY=3",
        ] {
            let refused = Rule { rrule: Some(text.into()), ..good.clone() };
            assert_eq!(field_of(&refused), "rrule", "{text}");
        }
    }

    #[test]
    fn a_rule_that_would_flood_the_calendar_is_refused() {
        let minutes = (0..60).map(|minute| minute.to_string()).collect::<Vec<_>>().join(",");
        let hours = (0..24).map(|hour| hour.to_string()).collect::<Vec<_>>().join(",");
        let text = format!("FREQ=DAILY;BYHOUR={hours};BYMINUTE={minutes}");
        let flood = rule("2026-01-01T00:00", Some(&text));
        let error = expand(&flood, at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        assert_eq!(error.unwrap_err().location.as_deref(), Some("rrule"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Asking about a year at once, or piece by piece, gives the same occurrences.
        #[test]
        fn a_time_cut_in_two_has_the_same_occurrences(
            hour in 0u8..24, minute in 0u8..60, duration in 1u32..3000, cut in 0i64..(360 * 86_400),
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata",
                "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]),
            text in prop::sample::select(vec!["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=SA,SU",
                "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=YEARLY;BYMONTH=3,10;BYDAY=SU"]),
        ) {
            let rule = Rule {
                start: format!("2026-01-03T{hour:02}:{minute:02}"),
                zone: zone.into(),
                duration_minutes: duration,
                rrule: Some(text.into()),
                wall_clock: minute % 2 == 0,
                rdates: vec!["2026-07-05T04:30".into()],
                moved: vec![MovedInstance {
                    from: format!("2026-01-03T{hour:02}:{minute:02}"),
                    to: "2026-11-01T01:30".into(),
                    duration_minutes: Some(90),
                }],
                ..Rule::default()
            };
            let (from, to) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
            let middle = from.plus(Duration::from_secs(cut.unsigned_abs()));
            let whole = expand(&rule, from, to).unwrap();
            let mut parts = expand(&rule, from, middle).unwrap();
            parts.extend(expand(&rule, middle, to).unwrap());
            parts.sort_unstable();
            parts.dedup();
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn no_text_makes_it_panic(start in "\\PC{0,20}", zone in "\\PC{0,12}", text in "\\PC{0,30}",
            parts in prop::collection::vec(("FREQ|UNTIL|COUNT|INTERVAL|BYDAY|BYHOUR|BYSETPOS|BYMONTH",
                "DAILY|YEARLY|[-+]?[0-9]{1,6}|[-+]?[0-9]?(MO|XX)|20270101T000000Z?|"), 0..4)) {
            let joined: Vec<_> = parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
            for rrule in [text.clone(), joined.join(";"), format!("FREQ=DAILY;{}", joined.join(";"))] {
                let mut odd = rule("2026-01-01T10:00", Some(&rrule));
                let _ = expand(&odd, at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
                (odd.start, odd.zone, odd.exdates) = (start.clone(), zone.clone(), vec![text.clone()]);
                let _ = check(&odd);
            }
        }
    }
}
