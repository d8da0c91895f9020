//! Office hours: how much open time lies between two moments, and when a promise made in open time
//! falls due.
//!
//! Hours are read on the wall clock of their zone, day by day, so a change of the clock lengthens or
//! shortens the day it happens on and no other. A deadline is the first moment at which the promised
//! open time has passed: an hour promised at 16:00 with doors closing at 17:00 is due at 17:00, not
//! the next morning. Deliberately absent: which calendar belongs to whom (the catalog says).

use super::{
    recurrence::{place, zone},
    span::{Span, merge, subtract},
};
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use jiff::{civil, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, time::Duration};
use ts_rs::TS;

/// How far ahead a deadline is looked for. Beyond it the calendar has no use, or the target no sense.
const HORIZON_DAYS: usize = 20 * 366;

/// One stretch of a day, on the wall clock: from `open` (`09:00`) to `close` (`17:00`, at most
/// `24:00`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct OpenHours {
    pub open: String,
    pub close: String,
}

impl OpenHours {
    pub fn new(open: impl Into<String>, close: impl Into<String>) -> Self {
        Self { open: open.into(), close: close.into() }
    }
}

/// When a team is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BusinessHours {
    /// An IANA name, such as `Europe/Berlin`.
    pub zone: String,
    /// Monday first; a closed day is an empty list.
    pub days: [Vec<OpenHours>; 7],
    /// Days on which nobody is there, such as `2026-12-25`.
    #[serde(default)]
    pub holidays: Vec<String>,
}

impl BusinessHours {
    /// Around the clock, every day.
    pub fn always() -> Self {
        Self {
            zone: "UTC".into(),
            days: std::array::from_fn(|_| vec![OpenHours::new("00:00", "24:00")]),
            holidays: Vec::new(),
        }
    }

    /// Monday to Friday, 09:00 to 17:00.
    pub fn office(zone: impl Into<String>) -> Self {
        Self {
            zone: zone.into(),
            days: std::array::from_fn(|day| match day {
                0..5 => vec![OpenHours::new("09:00", "17:00")],
                _ => Vec::new(),
            }),
            holidays: Vec::new(),
        }
    }

    /// Refuses hours that cannot be counted in, naming the field.
    pub fn check(&self) -> Result<()> {
        Week::new(self).map(|_| ())
    }

    /// The first moment, not before `start`, at which `duration` of open time has passed.
    pub fn add(&self, start: Instant, duration: Duration) -> Result<Instant> {
        self.deadline(start, duration, &[])
    }

    /// The open time from `a` to `b`; zero if `b` lies before `a`.
    pub fn between(&self, a: Instant, b: Instant) -> Result<Duration> {
        self.elapsed(a, b, &[])
    }

    /// As [`add`](Self::add), while nothing counts during `pauses`, in whatever order they come.
    pub fn deadline(&self, start: Instant, target: Duration, pauses: &[Span]) -> Result<Instant> {
        if target.is_zero() {
            return Ok(start);
        }
        let pauses = merge(pauses.to_vec());
        let mut left = target;
        for open in Week::new(self)?.open_from(start) {
            for part in subtract(open, &pauses) {
                if left <= part.duration() {
                    return Ok(part.start.plus(left));
                }
                left -= part.duration();
            }
        }
        Err(Error::invalid(format!(
            "A target from {start} falls due more than twenty years later."
        ))
        .hint("Check the target, the holidays and the pauses."))
    }

    /// As [`between`](Self::between), without the open time inside `pauses`.
    pub fn elapsed(&self, start: Instant, now: Instant, pauses: &[Span]) -> Result<Duration> {
        let asked = Span::new(start, now);
        let pauses = merge(pauses.to_vec());
        Ok(Week::new(self)?
            .open_from(start)
            .take_while(|open| open.start < now)
            .filter_map(|open| open.intersection(asked))
            .flat_map(|open| subtract(open, &pauses))
            .map(Span::duration)
            .sum())
    }

    /// The open stretches that overlap `[from, to)`, cut to it and merged; for painting a calendar.
    pub fn open(&self, from: Instant, to: Instant) -> Result<Vec<Span>> {
        let asked = Span::new(from, to);
        let week = Week::new(self)?;
        let open = week.open_from(from).take_while(|open| open.start < to);
        Ok(merge(open.filter_map(|open| open.intersection(asked)).collect()))
    }
}

/// The hours, read once.
struct Week {
    zone: TimeZone,
    /// Minutes of the day from open to close, in order and apart; 1440 is the next midnight.
    days: [Vec<(i16, i16)>; 7],
    holidays: HashSet<civil::Date>,
}

impl Week {
    fn new(hours: &BusinessHours) -> Result<Self> {
        let mut days: [Vec<(i16, i16)>; 7] = Default::default();
        for (day, stretches) in hours.days.iter().enumerate() {
            let mut before = 0;
            for (index, stretch) in stretches.iter().enumerate() {
                let at = |name: &str| format!("days[{day}][{index}].{name}");
                let open = minute(&stretch.open, &at("open"))?;
                let close = minute(&stretch.close, &at("close"))?;
                if close <= open {
                    let message = format!(
                        "It closes at {} although it opens at {}.",
                        stretch.close, stretch.open
                    );
                    return Err(Error::field(at("close"), message)
                        .hint("Hours across midnight are two entries, the first until 24:00."));
                }
                if open < before {
                    let message = format!("{} lies inside the hours before it.", stretch.open);
                    return Err(Error::field(at("open"), message)
                        .hint("List the hours of a day in order and without overlap."));
                }
                before = close;
                days[day].push((open, close));
            }
        }
        if days.iter().all(Vec::is_empty) {
            return Err(Error::field("days", "It is never open.").hint("Open at least one day."));
        }
        let mut holidays = HashSet::new();
        for (index, text) in hours.holidays.iter().enumerate() {
            let date: civil::Date = text.parse().map_err(|_| {
                let message = format!("“{text}” is not a date.");
                Error::field(format!("holidays[{index}]"), message).hint("Write it as 2026-12-25.")
            })?;
            holidays.insert(date);
        }
        Ok(Self { zone: zone(&hours.zone, "zone")?, days, holidays })
    }

    /// The open stretches from `start` on, in order and apart, the first cut to begin no earlier.
    fn open_from(&self, start: Instant) -> impl Iterator<Item = Span> {
        // Without a closed minute there is nothing to look up, and no need to walk through years.
        let always = self.holidays.is_empty() && self.days.iter().all(|day| *day == [(0, 1440)]);
        let whole = always.then(|| Span::open_ended(start));
        let first = self.zone.to_datetime(start.timestamp()).date();
        // From the day before: a start in a fold may belong to hours that began yesterday.
        let days = first.yesterday().unwrap_or(first).series(jiff::Span::new().days(1));
        let mut free_from = start;
        whole.into_iter().chain(
            days.take(if always { 0 } else { HORIZON_DAYS })
                .flat_map(|date| self.open_on(date))
                // A gap can push the end of one stretch past the beginning of the next.
                .filter_map(move |open| {
                    let open = Span::new(open.start.max(free_from), open.end);
                    free_from = free_from.max(open.end);
                    (!open.is_empty()).then_some(open)
                }),
        )
    }

    fn open_on(&self, date: civil::Date) -> impl Iterator<Item = Span> {
        let closed = self.holidays.contains(&date);
        let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.days[day].iter().filter(move |_| !closed).filter_map(move |(open, close)| {
            let start = self.at(date, *open)?;
            // A day that the zone skipped (Samoa, 30 December 2011) has no hours.
            (self.zone.to_datetime(start.timestamp()).date() == date)
                .then_some(Span::new(start, self.at(date, *close)?))
        })
    }

    fn at(&self, date: civil::Date, minute: i16) -> Option<Instant> {
        let wall = match minute {
            1440 => date.tomorrow().ok()?.at(0, 0, 0, 0),
            _ => date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0),
        };
        place(wall, &self.zone).ok()
    }
}

/// `HH:MM` as the minute of the day.
fn minute(text: &str, field: &str) -> Result<i16> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hour) || !digits(minute) {
            return None;
        }
        let (hour, minute): (i16, i16) = (hour.parse().ok()?, minute.parse().ok()?);
        let total = hour * 60 + minute;
        (minute < 60 && total <= 1440).then_some(total)
    };
    read().ok_or_else(|| {
        Error::field(field, format!("“{text}” is not a time of day."))
            .hint("Write it as 09:00; a day ends at 24:00.")
    })
}
