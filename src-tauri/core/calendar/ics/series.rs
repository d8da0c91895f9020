//! All events of one UID: the occurrences of the series, with single ones moved, changed or called off.
//!
//! As with recurring_ical_events, DTSTART is an occurrence even if its own rule does not match it, of
//! several events that claim one place the highest SEQUENCE counts, and a change for an instance
//! the series does not have stands for itself.

use super::{
    Occurrence, Skipped,
    event::{Event, Length, Replaces, Until, When, rule},
    zone::Zone,
};
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use jiff::{Span, civil};
use std::collections::{BTreeMap, HashSet};

/// What is asked for, and what is left of the work that one call may do.
pub struct Window {
    pub from: Instant,
    pub to: Instant,
    pub floating: Zone,
    pub steps: usize,
}

/// The series itself, and what replaces instances of it; of several that claim one place the one that
/// counts.
pub fn sorted_out(
    events: Vec<Event>,
    floating: &Zone,
    skipped: &mut Vec<Skipped>,
) -> (Option<Event>, Vec<Event>) {
    let mut core: Option<Event> = None;
    let mut changes: Vec<Event> = Vec::new();
    for event in events {
        let rival = match &event.replaces {
            None => core.as_mut(),
            Some(replaces) => changes.iter_mut().find(|other| {
                other.replaces.as_ref().is_some_and(|one| same(one, replaces, floating))
            }),
        };
        match rival {
            Some(rival) => {
                let older = if event.sequence > rival.sequence {
                    std::mem::replace(rival, event)
                } else {
                    event
                };
                let message = "Another event of this UID stands for the same, with a SEQUENCE as high \
                    or higher; that one counts.";
                skipped.push(Skipped { line: older.line, message: message.into() });
            }
            None if event.replaces.is_some() => changes.push(event),
            None => core = Some(event),
        }
    }
    (core, changes)
}

pub fn expand(
    events: Vec<Event>,
    window: &mut Window,
    found: &mut Vec<Occurrence>,
    skipped: &mut Vec<Skipped>,
) -> Result<()> {
    let (core, changes) = sorted_out(events, &window.floating, skipped);
    let mut used = HashSet::new();
    if let Some(core) = &core {
        starts(core, &changes, &mut used, window, found)?;
    }
    for (index, change) in changes.iter().enumerate() {
        let excluded =
            core.as_ref().zip(change.replaces.as_ref()).is_some_and(|(core, replaces)| {
                core.exdates.iter().any(|one| {
                    one.is_day() == replaces.when.is_day()
                        && meets(&replaces.when, one, &window.floating)
                })
            });
        // A later edition of the series has ended before it: what it changes was taken out with that.
        let overtaken = core
            .as_ref()
            .is_some_and(|core| !change.rules.is_empty() && change.sequence < core.sequence);
        if !excluded && !overtaken && !used.contains(&index) && !change.cancelled {
            add(change, change.start.wall(), change.length, &change.start, window, found);
        }
    }
    Ok(())
}

/// The occurrences of the series itself; `used` are the changes that took the place of one.
fn starts(
    core: &Event,
    changes: &[Event],
    used: &mut HashSet<usize>,
    window: &mut Window,
    found: &mut Vec<Occurrence>,
) -> Result<()> {
    let zone = zone_of(&core.start, window);
    let mut later: Vec<(Instant, &Event)> = changes
        .iter()
        .filter_map(|change| {
            let replaces = change.replaces.as_ref().filter(|replaces| replaces.later_too)?;
            Some((replaces.when.instant(&window.floating)?, change))
        })
        .collect();
    later.sort_by_key(|(at, _)| *at);
    // Wall clocks trail UTC by less than two days; changed instances may have been moved back.
    let furthest = later.iter().map(|(_, change)| moved(change).abs()).max().unwrap_or(0);
    let reach = Span::new().days(2 + furthest / 86_400);
    let stop = Zone::Known(jiff::tz::TimeZone::UTC)
        .wall(window.to)
        .unwrap_or(civil::DateTime::MAX)
        .saturating_add(reach);
    let mut walls: BTreeMap<civil::DateTime, Option<Length>> = BTreeMap::new();
    // The start counts, unless every rule has ended before it.
    let mut begins = core.rules.is_empty();
    for property in &core.rules {
        let Ok((set, until)) = rule(property, core.start.wall()) else { continue };
        let ended = |wall: civil::DateTime| match (&until, &core.start) {
            (None, _) => false,
            (Some(Until::Day(day)), When::Day(_)) => wall.date() > *day,
            (Some(Until::Wall(last)), When::Day(_)) => wall.date() > last.date(),
            (Some(Until::At(at)), When::Day(_)) => {
                let utc = Zone::Known(jiff::tz::TimeZone::UTC);
                utc.wall(*at).is_none_or(|last| wall.date() > last.date())
            }
            (Some(until), When::Time { .. }) => {
                zone.instant(wall).is_none_or(|at| until.last(&zone).is_none_or(|last| at > last))
            }
        };
        begins |= !ended(core.start.wall());
        for wall in set.take_while(|wall| *wall < stop && !ended(*wall)) {
            window.steps = window.steps.checked_sub(1).ok_or_else(|| {
                Error::invalid("The rules of this calendar give too many occurrences.")
                    .at(format!("line {}", property.line))
                    .hint("Ask about an earlier time, or split the file.")
            })?;
            walls.insert(wall, None);
        }
    }
    if begins {
        walls.insert(core.start.wall(), None);
    }
    for (when, length) in &core.rdates {
        let wall = if core.start.is_day() {
            Some(when.wall())
        } else {
            when.instant(&window.floating).and_then(|at| zone.wall(at))
        };
        if let Some(wall) = wall {
            let given = walls.entry(wall).or_default();
            *given = length.or(*given);
        }
    }
    for (wall, length) in walls {
        let id = match &core.start {
            When::Day(_) => When::Day(wall.date()),
            When::Time { .. } => When::Time { wall, zone: zone.clone() },
        };
        if core.exdates.iter().any(|one| meets(&id, one, &window.floating)) {
            continue;
        }
        let change = changes.iter().position(|change| {
            change.replaces.as_ref().is_some_and(|one| meets(&id, &one.when, &window.floating))
        });
        if let Some(index) = change {
            if used.insert(index) && !changes[index].cancelled {
                let change = &changes[index];
                add(change, change.start.wall(), change.length, &change.start, window, found);
            }
            continue;
        }
        let at = id.instant(&window.floating);
        let base = later.iter().rev().find(|(from, _)| at.is_some_and(|at| *from < at));
        match base {
            Some((_, change)) if !change.cancelled => {
                let wall = wall.saturating_add(Span::new().seconds(moved(change)));
                add(change, wall, length.unwrap_or(change.length), &core.start, window, found);
            }
            None if !core.cancelled => {
                add(core, wall, length.unwrap_or(core.length), &core.start, window, found);
            }
            _ => {}
        }
    }
    Ok(())
}

fn zone_of(start: &When, window: &Window) -> Zone {
    match start {
        When::Day(_) => window.floating.clone(),
        When::Time { zone, .. } => zone.clone(),
    }
}

/// By how many seconds of the wall clock a change moves what it replaces.
fn moved(change: &Event) -> i64 {
    let Some(replaces) = &change.replaces else { return 0 };
    let original = match (&change.start, &replaces.when) {
        (When::Time { zone, .. }, When::Time { wall, zone: other }) if !zone.same(other) => {
            other.instant(*wall).and_then(|at| zone.wall(at)).unwrap_or(*wall)
        }
        (_, when) => when.wall(),
    };
    original.duration_until(change.start.wall()).as_secs()
}

fn same(one: &Replaces, other: &Replaces, floating: &Zone) -> bool {
    one.when.is_day() == other.when.is_day() && meets(&one.when, &other.when, floating)
}

/// Whether `named` (of EXDATE or RECURRENCE-ID) means the occurrence `id`. A day means whatever
/// begins on it.
fn meets(id: &When, named: &When, floating: &Zone) -> bool {
    match (id, named) {
        (_, When::Day(day)) => id.wall().date() == *day,
        (When::Day(day), When::Time { wall, .. }) => *day == wall.date(),
        (When::Time { .. }, When::Time { .. }) => id.instant(floating) == named.instant(floating),
    }
}

fn add(
    event: &Event,
    wall: civil::DateTime,
    length: Length,
    kind: &When,
    window: &Window,
    found: &mut Vec<Occurrence>,
) {
    let zone = zone_of(kind, window);
    let Some((start, end, last)) = ends(&zone, wall, length) else { return };
    let meets = if start == end {
        window.from <= start && start < window.to
    } else {
        start < window.to && window.from < end
    };
    if meets {
        found.push(Occurrence {
            uid: event.uid.clone().unwrap_or_default(),
            begins: start,
            ends: end,
            days: kind.is_day().then(|| (wall.date(), last.date())),
        });
    }
}

/// The instants of start and end, and the end on the wall clock.
pub fn ends(
    zone: &Zone,
    wall: civil::DateTime,
    length: Length,
) -> Option<(Instant, Instant, civil::DateTime)> {
    let start = zone.instant(wall)?;
    let later = |seconds: i64| Some(Instant::from_micros(start.micros() + seconds * 1_000_000));
    let (end, last) = match length {
        Length::Exact(seconds) => (later(seconds)?, wall),
        Length::Nominal { days, seconds } => {
            let day = wall.checked_add(Span::new().try_days(days).ok()?).ok()?;
            let end = zone.instant(day)?;
            (Instant::from_micros(end.micros() + seconds * 1_000_000), day)
        }
        Length::Wall(seconds) => {
            let last = wall.checked_add(Span::new().try_seconds(seconds).ok()?).ok()?;
            let end = zone.instant(last)?;
            // A start that the gap has moved past its end keeps its length.
            if end <= start && seconds > 0 { (later(seconds)?, last) } else { (end, last) }
        }
    };
    Some((start, end, last))
}
