//! Events of a file made into rules that can be kept: one entry a series, with what of it was added,
//! left out or moved.
//!
//! A rule that is kept has one RRULE, an IANA zone and one length. What cannot be said so is refused
//! by its line, and whatever is said is held against the file's own occurrences before it is
//! believed: a rule that would take place at other times than the file says is refused as well.
//!
//! A zone that only the file describes becomes the IANA zone whose clock agrees with it from the
//! event on; for a single event UTC says the same. Without such a zone the series is refused.

use super::{
    Occurrence, Skipped,
    event::{Event, Length, Until, When, rule, until_of},
    lines::{self, Component, Property, unescape},
    series::{self, Window},
    zone::{Zone, Zones},
};
use crate::{
    calendar::{
        recurrence::{self, MovedInstance, Rule},
        span::Span,
    },
    clock::Instant,
    error::{Error, Result},
};
use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use ts_rs::TS;

/// The largest file whose events are kept.
pub const MOST_BYTES: usize = 16 << 20;
/// How many events of one file are kept.
const MOST: usize = 20_000;
/// Changes, excluded and added dates of one series.
const MOST_DATES: usize = 2_000;
/// Starts that the rules of a whole file may be followed for.
const STEPS: usize = 10_000_000;
/// Letters of a description that are kept.
const NOTE: usize = 2_000;
/// How long a series is held against what its file says: over every change of the clock.
const HELD: Duration = Duration::from_secs(400 * 86_400);
const DAY: Duration = Duration::from_secs(86_400);

/// An event of another calendar, as it can be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CalendarEvent {
    /// Its UID, with `#` and the RECURRENCE-ID for an instance whose series is not in the file.
    pub uid: String,
    #[ts(type = "number")]
    pub line: usize,
    pub name: String,
    pub note: String,
    pub rule: Rule,
    /// Whole days.
    pub all_day: bool,
    /// The mail addresses of those who take part, in small letters: not of rooms, nor of who declined.
    #[serde(default)]
    pub mails: Vec<String>,
    /// What this program said of it when it wrote the file: its kind and what it is limited to.
    pub said: BTreeMap<String, Vec<String>>,
    /// Of its name, note and rule; the same again is nothing new.
    pub digest: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    pub events: Vec<CalendarEvent>,
    /// UIDs that are called off.
    pub cancelled: BTreeSet<String>,
    /// UIDs that are there and cannot be kept.
    pub refused: BTreeSet<String>,
    pub skipped: Vec<Skipped>,
    /// The file and all that it begins came to an end: what is not in it is not there.
    pub whole: bool,
}

/// Properties in which this program writes what others have no word for.
pub const OURS: &str = "X-HOTFIX-";

/// The events of a file. Times without a zone, and days, are those of the file's own zone if it
/// names one, else of `zone`. `now` is where series are looked at closely, beside their start.
pub fn entries(bytes: &[u8], zone: &str, now: Instant) -> Result<Entries> {
    read(bytes, zone, now, false)
}

/// The same of a calendar whose events say who is on duty: an instance that names somebody else than
/// its series does is an event of its own, and its series leaves it out.
pub fn shifts(bytes: &[u8], zone: &str, now: Instant) -> Result<Entries> {
    read(bytes, zone, now, true)
}

fn read(bytes: &[u8], zone: &str, now: Instant, by_person: bool) -> Result<Entries> {
    if bytes.len() > MOST_BYTES {
        return Err(Error::field("file", "The calendar is larger than 16 MiB.").hint("Split it."));
    }
    let mut skipped = Vec::new();
    let lines::Found { components, whole } = lines::components(bytes, &mut skipped);
    let Some(calendar) = components.iter().find(|one| one.name == "VCALENDAR") else {
        return Err(match !skipped.iter().any(|one| one.message == "VCALENDAR has no end.") {
            true => Error::field("file", "There is no calendar in it (BEGIN:VCALENDAR).")
                .hint("Choose an .ics file (RFC 5545)."),
            false => Error::field("file", "The calendar has no end (END:VCALENDAR).")
                .hint("It was cut off; fetch it again."),
        });
    };
    let floating = match super::zone::own(calendar).filter(|own| own.iana_name().is_some()) {
        Some(zone) => zone,
        None => recurrence::zone(zone, "zone")?,
    };
    let mut made = Making {
        floating: Zone::Known(floating.clone()),
        zones: Zones::new(floating, &components, &mut skipped),
        now,
        by_person,
        twins: BTreeMap::new(),
        steps: Cell::new(STEPS),
        found: Entries { whole, ..Entries::default() },
    };
    let mut series: BTreeMap<String, Vec<(Event, &Component)>> = BTreeMap::new();
    for component in components.iter().filter(|one| one.name == "VEVENT") {
        let uid = uid_of(component);
        match super::event::read(component, &mut made.zones, &mut skipped) {
            Ok(event) => series.entry(uid).or_default().push((event, component)),
            Err(why) => {
                skipped.push(why);
                made.found.refused.insert(uid);
            }
        }
        if series.len() > MOST {
            return Err(Error::field("file", format!("It holds more than {MOST} events."))
                .hint("Split it, or publish less of that calendar."));
        }
    }
    for (uid, events) in series {
        // A series of which a part was not understood would not be what the file says.
        if made.found.refused.contains(&uid) {
            continue;
        }
        let dates = events.iter().map(|(one, _)| 1 + one.exdates.len() + one.rdates.len());
        if dates.sum::<usize>() > MOST_DATES {
            let message = format!("The series has more than {MOST_DATES} single dates.");
            skipped.push(Skipped { line: events[0].0.line, message });
            made.found.refused.insert(uid);
            continue;
        }
        if let Err(why) = made.series(&uid, events, &mut skipped) {
            skipped.push(why);
            made.found.refused.insert(uid);
        }
    }
    skipped.sort();
    skipped.dedup();
    let mut found = made.found;
    found.events.sort_by_key(|event| event.line);
    found.skipped = skipped;
    Ok(found)
}

/// The days of a calendar of holidays from `from` on, as business hours spell them: with its name.
pub fn holidays(bytes: &[u8], zone: &str, from: Instant, to: Instant) -> Result<Holidays> {
    let read = entries(bytes, zone, from)?;
    let mut days = BTreeSet::new();
    let mut skipped = read.skipped;
    for event in read.events {
        if !event.all_day {
            let message = "It is not a whole day, and so no holiday.".into();
            skipped.push(Skipped { line: event.line, message });
            continue;
        }
        let clock = recurrence::zone(&event.rule.zone, "zone")?;
        for span in recurrence::expand(&event.rule, from, to)? {
            let first = clock.to_datetime(span.start.timestamp()).date();
            let last = clock.to_datetime(span.end.minus(Duration::from_secs(1)).timestamp()).date();
            for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last) {
                let name = event.name.split_whitespace().collect::<Vec<_>>().join(" ");
                days.insert(format!("{day} {}", name.replace(',', ";")).trim_end().to_owned());
            }
        }
    }
    skipped.sort();
    Ok(Holidays { days: days.into_iter().collect(), skipped })
}

/// Days off, such as `2026-12-25 Christmas Day`, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    pub days: Vec<String>,
    pub skipped: Vec<Skipped>,
}

fn uid_of(component: &Component) -> String {
    let uid = component.all("UID").next().map(|uid| unescape(&uid.value).trim().to_owned());
    uid.filter(|uid| !uid.is_empty()).unwrap_or_else(|| {
        // Events without a UID have nothing in common but what they say.
        let mut hash = Sha256::new();
        for property in component.properties.iter().filter(|one| one.name != "DTSTAMP") {
            hash.update(format!("{}:{}\n", property.name, property.value));
        }
        format!("none-{}", hex::encode(&hash.finalize()[..12]))
    })
}

/// What an event says of people: its title, and who takes part.
fn names(component: &Component) -> (String, Vec<String>) {
    let title = component.all("SUMMARY").next().map(|one| unescape(&one.value));
    (title.unwrap_or_default().trim().to_owned(), mails(component))
}

/// Who takes part in an event. Some programs leave the scheme out, or have it in EMAIL (RFC 7986, 6.2).
fn mails(component: &Component) -> Vec<String> {
    let is = |property: &Property, name: &str, values: &[&str]| {
        let said = property.parameter(name).unwrap_or_default();
        values.iter().any(|value| said.eq_ignore_ascii_case(value))
    };
    let mut all = Vec::new();
    for property in component.all("ATTENDEE") {
        if is(property, "PARTSTAT", &["DECLINED"])
            || is(property, "ROLE", &["NON-PARTICIPANT"])
            || is(property, "CUTYPE", &["RESOURCE", "ROOM"])
        {
            continue;
        }
        let value = property.value.trim().to_lowercase();
        let mail = value.strip_prefix("mailto:").unwrap_or(&value).to_owned();
        let other = || Some(property.parameter("EMAIL")?.trim().to_lowercase());
        let mail = Some(mail).filter(|mail| mail.contains('@')).or_else(other);
        all.extend(mail.filter(|mail| mail.contains('@')));
    }
    all.sort_unstable();
    all.dedup();
    all
}

struct Making {
    floating: Zone,
    zones: Zones,
    now: Instant,
    /// What an instance says of people matters.
    by_person: bool,
    /// The IANA zone that agrees with one of the file's own from then on, by where that one is kept.
    twins: BTreeMap<(Instant, usize), Option<String>>,
    /// How many more starts may be followed.
    steps: Cell<usize>,
    found: Entries,
}

impl Making {
    fn series(
        &mut self,
        uid: &str,
        events: Vec<(Event, &Component)>,
        skipped: &mut Vec<Skipped>,
    ) -> Result<(), Skipped> {
        let described: BTreeMap<usize, &Component> =
            events.iter().map(|(event, component)| (event.line, *component)).collect();
        let events = events.into_iter().map(|(event, _)| event).collect();
        let (core, changes) = series::sorted_out(events, &self.floating, skipped);
        if core.as_ref().is_some_and(|core| core.cancelled) {
            self.found.cancelled.insert(uid.to_owned());
        }
        let Some(core) = core.filter(|core| !core.cancelled) else {
            // Instances whose series was not sent, or was called off, stand for themselves.
            for change in changes {
                let mark = change.replaces.as_ref().map(|one| one.when.wall().to_string());
                let uid = format!("{uid}#{}", mark.unwrap_or_default());
                if change.cancelled {
                    self.found.cancelled.insert(uid);
                    continue;
                }
                let alone = Event { replaces: None, ..change };
                let component = described[&alone.line];
                self.keep(uid, &alone, &[], component)?;
            }
            return Ok(());
        };
        let component = described[&core.line];
        let mut core = core;
        let (apart, changes): (Vec<Event>, Vec<Event>) = changes.into_iter().partition(|change| {
            let later_too = change.replaces.as_ref().is_some_and(|one| one.later_too);
            let goes_on = !change.cancelled && !later_too;
            self.by_person && goes_on && names(described[&change.line]) != names(component)
        });
        for change in apart {
            let Some(replaces) = change.replaces.clone() else { continue };
            let uid = format!("{uid}#{}", replaces.when.wall());
            core.exdates.push(replaces.when);
            let component = described[&change.line];
            self.keep(uid, &Event { replaces: None, ..change }, &[], component)?;
        }
        self.keep(uid.to_owned(), &core, &changes, component)
    }

    fn keep(
        &mut self,
        uid: String,
        core: &Event,
        changes: &[Event],
        component: &Component,
    ) -> Result<(), Skipped> {
        let rule = self.rule(core, changes)?;
        recurrence::check(&rule)
            .map_err(|error| Skipped { line: core.line, message: error.message })?;
        self.hold_against(core, changes, &rule)?;
        let text = |name: &str| {
            let value = component.all(name).next().map(|one| unescape(&one.value));
            value.unwrap_or_default().trim().to_owned()
        };
        let (name, note) = (text("SUMMARY"), text("DESCRIPTION"));
        let mut said = BTreeMap::new();
        for property in &component.properties {
            if let Some(field) = property.name.strip_prefix(OURS) {
                said.insert(field.to_lowercase(), words(property));
            }
        }
        let mut event = CalendarEvent {
            uid,
            line: core.line,
            name: if name.is_empty() { "Without a name".into() } else { shortened(&name, 200) },
            note: shortened(&note, NOTE),
            rule,
            all_day: core.start.is_day(),
            mails: mails(component),
            said,
            digest: String::new(),
        };
        let all = serde_json::to_vec(&(&event.name, &event.note, &event.rule));
        let all = all.map_err(|_| Skipped {
            line: event.line,
            message: "It cannot be written down.".into(),
        })?;
        event.digest = hex::encode(&Sha256::digest(all)[..12]);
        self.found.events.push(event);
        Ok(())
    }

    fn rule(&mut self, core: &Event, changes: &[Event]) -> Result<Rule, Skipped> {
        let at = |message: &str| Skipped { line: core.line, message: message.to_owned() };
        if let Some(second) = core.rules.get(1) {
            return Err(second.refused("An entry has one rule, and this is the second."));
        }
        for change in changes {
            if change.replaces.as_ref().is_some_and(|one| one.later_too) {
                let message = "An instance that changes all later ones (THISANDFUTURE) cannot be \
                    kept; end the series there and begin another one.";
                return Err(Skipped { line: change.line, message: message.into() });
            }
        }
        let outside = || at("It lies outside the years handled.");
        let mut start = core.start.wall();
        let (zone, clock) = match &core.start {
            When::Day(_) => self.named(&self.floating.clone()).ok_or_else(outside)?,
            When::Time { zone, .. } => match self.kept(zone, core) {
                Some(kept) => kept,
                None if core.rules.is_empty() && core.rdates.is_empty() && changes.is_empty() => {
                    let utc = Zone::Known(jiff::tz::TimeZone::UTC);
                    start = utc
                        .wall(core.start.instant(&self.floating).ok_or_else(outside)?)
                        .ok_or_else(outside)?;
                    ("UTC".to_owned(), utc)
                }
                None => {
                    return Err(at(
                        "Its time zone is described in the file alone, and agrees with no zone of \
                         the IANA database.",
                    ));
                }
            },
        };
        let (minutes, wall_clock) = minutes(core)?;
        let mut rule = Rule {
            start: written(start),
            zone,
            duration_minutes: minutes,
            wall_clock,
            rrule: None,
            exdates: Vec::new(),
            rdates: Vec::new(),
            moved: Vec::new(),
        };
        if let Some(property) = core.rules.first() {
            rule.rrule = Some(rrule(property, core)?);
            let (mut starts, until) = super::event::rule(property, core.start.wall())?;
            let begins = until.as_ref().is_none_or(|until| match (&core.start, until) {
                (When::Day(day), Until::Day(last)) => day <= last,
                _ => until
                    .last(&clock)
                    .zip(core.start.instant(&self.floating))
                    .is_none_or(|(last, first)| first <= last),
            });
            // Here a start that its own rule does not name is one all the same.
            if begins && starts.next() != Some(core.start.wall()) {
                rule.rdates.push(written(start));
            }
        }
        let wall = |when: &When| match when {
            When::Day(_) if core.start.is_day() => Some(when.wall()),
            _ => when.instant(&self.floating).and_then(|at| clock.wall(at)),
        };
        for (when, length) in &core.rdates {
            let added = written(wall(when).ok_or_else(outside)?);
            if let Some(length) = length {
                let (minutes, _) = minutes_of(core.line, *length)?;
                if minutes != rule.duration_minutes {
                    let duration_minutes = Some(minutes);
                    let (from, to) = (added.clone(), added.clone());
                    rule.moved.push(MovedInstance { from, to, duration_minutes });
                }
            }
            rule.rdates.push(added);
        }
        for when in &core.exdates {
            rule.exdates.push(match when {
                When::Day(day) => day.to_string(),
                When::Time { .. } if core.start.is_day() => when.wall().date().to_string(),
                When::Time { .. } => written(wall(when).ok_or_else(outside)?),
            });
        }
        for change in changes {
            let Some(replaces) = &change.replaces else { continue };
            // A day means whatever begins on it, which is at the time of the start.
            let from = match (&replaces.when, core.start.is_day()) {
                (When::Day(day), false) => day.to_datetime(start.time()),
                (When::Time { wall, .. }, true) => wall.date().at(0, 0, 0, 0),
                (when, _) => wall(when).ok_or_else(outside)?,
            };
            if change.cancelled {
                rule.exdates.push(written(from));
                continue;
            }
            let to = wall(&change.start).ok_or_else(outside)?;
            let kind = match &change.start {
                When::Day(_) => self.floating.clone(),
                When::Time { zone, .. } => zone.clone(),
            };
            let (begins, ends, _) =
                series::ends(&kind, change.start.wall(), change.length).ok_or_else(outside)?;
            let seconds = if rule.wall_clock {
                let last = clock.wall(ends).ok_or_else(outside)?;
                to.duration_until(last).as_secs()
            } else {
                (ends.micros() - begins.micros()).div_euclid(1_000_000)
            };
            let minutes = whole(change.line, seconds)?;
            if !self.has(core, &rule, &clock, from)? {
                // A change for an instance the series does not have stands for itself.
                rule.rdates.push(written(from));
            }
            rule.moved.push(MovedInstance {
                from: written(from),
                to: written(to),
                duration_minutes: Some(minutes).filter(|minutes| *minutes != rule.duration_minutes),
            });
        }
        Ok(rule)
    }

    /// Whether the series has a start there.
    fn has(
        &self,
        core: &Event,
        kept: &Rule,
        clock: &Zone,
        from: civil::DateTime,
    ) -> Result<bool, Skipped> {
        if core.start.wall() == from || kept.rdates.contains(&written(from)) {
            return Ok(true);
        }
        let Some(property) = core.rules.first() else { return Ok(false) };
        let (starts, until) = rule(property, core.start.wall())?;
        let last = until.and_then(|until| until.last(clock));
        if last.zip(clock.instant(from)).is_some_and(|(last, at)| last < at) {
            return Ok(false);
        }
        for wall in starts.take_while(|wall| *wall <= from) {
            let left = self.steps.get().checked_sub(1).ok_or_else(|| {
                property.refused("The rules of this file recur too often to be followed.")
            })?;
            self.steps.set(left);
            if wall == from {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Refuses what would take place at other times than the file says.
    fn hold_against(&self, core: &Event, changes: &[Event], rule: &Rule) -> Result<(), Skipped> {
        let refused = |message: String| Skipped { line: core.line, message };
        let Some(first) = core.start.instant(&self.floating) else { return Ok(()) };
        for from in [first.minus(DAY), self.now.minus(DAY)] {
            let to = from.plus(HELD);
            let mut window = Window { from, to, floating: self.floating.clone(), steps: 1_000_000 };
            let mut theirs: Vec<Occurrence> = Vec::new();
            let events = std::iter::once(core).chain(changes).cloned().collect();
            series::expand(events, &mut window, &mut theirs, &mut Vec::new())
                .map_err(|error| refused(error.message))?;
            let ours =
                recurrence::expand(rule, from, to).map_err(|error| refused(error.message))?;
            let mut theirs: Vec<Span> = theirs
                .iter()
                .map(|one| Span::new(one.begins, one.ends))
                // Of what ends at the very edge seconds decide, and those are rounded.
                .collect();
            theirs.sort_unstable();
            theirs.dedup();
            let near = |one: &Span, other: &Span| {
                one.start == other.start
                    && (one.end.micros() - other.end.micros()).abs() < 60_000_000
            };
            let inside = |spans: Vec<Span>| -> Vec<Span> {
                let edge = from.plus(Duration::from_secs(60));
                spans.into_iter().filter(|span| span.end > edge).collect()
            };
            let (ours, theirs) = (inside(ours), inside(theirs));
            let same = ours.len() == theirs.len()
                && ours.iter().zip(&theirs).all(|(one, other)| near(one, other));
            if !same {
                return Err(refused(
                    "It recurs in a way that cannot be kept: the entry would take place at other \
                     times."
                        .into(),
                ));
            }
        }
        Ok(())
    }

    fn named(&self, zone: &Zone) -> Option<(String, Zone)> {
        match zone {
            Zone::Known(known) => Some((known.iana_name()?.to_owned(), zone.clone())),
            Zone::Own(_) => None,
        }
    }

    /// The zone under which it is kept, with its name.
    fn kept(&mut self, zone: &Zone, core: &Event) -> Option<(String, Zone)> {
        if let Some(named) = self.named(zone) {
            return Some(named);
        }
        let from = core.start.instant(&self.floating)?.minus(DAY);
        let Zone::Own(changes) = zone else { return None };
        // `zones` holds it, so its address stays its own.
        let key = (from, std::rc::Rc::as_ptr(changes).cast::<u8>().addr());
        let floating = self.floating.clone();
        let twin = self.twins.entry(key).or_insert_with(|| zone.twin(&floating, from)).clone()?;
        let clock = Zone::Known(recurrence::zone(&twin, "zone").ok()?);
        Some((twin, clock))
    }
}

/// The value of the rule as it is kept: UNTIL means what it means in the file.
fn rrule(property: &Property, core: &Event) -> Result<String, Skipped> {
    let text = property.value.trim().trim_end_matches(';').to_ascii_uppercase();
    let mut parts = Vec::new();
    for part in text.split(';') {
        match part.split_once('=') {
            Some(("UNTIL", value)) if core.start.is_day() => {
                // In a series of days UNTIL is a day, whatever follows it.
                let until = until_of(property, value.trim())?;
                let day = match until {
                    Until::Day(day) => day,
                    Until::Wall(wall) => wall.date(),
                    Until::At(at) => jiff::tz::TimeZone::UTC.to_datetime(at.timestamp()).date(),
                };
                parts.push(format!("UNTIL={}", day.strftime("%Y%m%d")));
            }
            _ => parts.push(part.to_owned()),
        }
    }
    Ok(parts.join(";"))
}

fn minutes(core: &Event) -> Result<(u32, bool), Skipped> {
    minutes_of(core.line, core.length)
}

/// A length in minutes, and whether it is read off the wall clock.
fn minutes_of(line: usize, length: Length) -> Result<(u32, bool), Skipped> {
    let (seconds, wall) = match length {
        Length::Wall(seconds) => (seconds, true),
        Length::Exact(seconds) | Length::Nominal { days: 0, seconds } => (seconds, false),
        Length::Nominal { days, seconds } => (days * 86_400 + seconds, true),
    };
    Ok((whole(line, seconds)?, wall))
}

/// Whole minutes; a day until 23:59:59 is one.
fn whole(line: usize, seconds: i64) -> Result<u32, Skipped> {
    if seconds <= 0 {
        let message = "It has no end, and so takes no time.".into();
        return Err(Skipped { line, message });
    }
    u32::try_from((seconds + 59) / 60)
        .map_err(|_| Skipped { line, message: "It lasts too long.".into() })
}

/// A wall clock as rules spell it.
fn written(wall: civil::DateTime) -> String {
    let look = if wall.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
    wall.strftime(look).to_string()
}

/// A list of texts (RFC 5545, 3.3.11): commas part them, but for those that are escaped.
fn words(property: &Property) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut letters = property.value.chars();
    while let Some(letter) = letters.next() {
        let last = words.len() - 1;
        match letter {
            ',' => words.push(String::new()),
            '\\' => words[last].extend(['\\'].into_iter().chain(letters.next())),
            other => words[last].push(other),
        }
    }
    let words = words.iter().map(|word| unescape(word).trim().to_owned());
    words.filter(|word| !word.is_empty()).collect()
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{} …", text[..at].trim_end()),
    }
}

#[cfg(test)]
mod tests;
