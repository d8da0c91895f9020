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
    /// Days on which nobody is there: `2026-12-25`, or `12-25` for every year; a name may follow,
    /// as in `12-25 Christmas Day`.
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

    /// The stretch of open time that `at` lies in, or the next one; none within the horizon if every
    /// day of it is a holiday. Stretches that touch at midnight are one.
    pub fn next(&self, at: Instant) -> Result<Option<Span>> {
        let week = Week::new(self)?;
        let mut open = week.open_from(at);
        let Some(mut found) = open.next() else { return Ok(None) };
        // A week around the clock is as good as an end that is not known.
        let enough = found.start.plus(Duration::from_secs(7 * 86_400));
        for after in open {
            if after.start != found.end || found.end >= enough {
                break;
            }
            found.end = after.end;
        }
        Ok(Some(found))
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
    /// Month and day of those that come every year.
    yearly: HashSet<(i8, i8)>,
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
        let mut yearly = HashSet::new();
        for (index, text) in hours.holidays.iter().enumerate() {
            match holiday(text) {
                Some(Holiday::Once(date)) => holidays.insert(date),
                Some(Holiday::Yearly(month, day)) => yearly.insert((month, day)),
                None => {
                    let message = format!("“{text}” does not begin with a date.");
                    return Err(Error::field(format!("holidays[{index}]"), message).hint(
                        "Write it as 2026-12-25, or as 12-25 for every year; a name may follow.",
                    ));
                }
            };
        }
        Ok(Self { zone: zone(&hours.zone, "zone")?, days, holidays, yearly })
    }

    /// The open stretches from `start` on, in order and apart, the first cut to begin no earlier.
    fn open_from(&self, start: Instant) -> impl Iterator<Item = Span> {
        // Without a closed minute there is nothing to look up, and no need to walk through years.
        let always = self.holidays.is_empty()
            && self.yearly.is_empty()
            && self.days.iter().all(|day| *day == [(0, 1440)]);
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
        let closed =
            self.holidays.contains(&date) || self.yearly.contains(&(date.month(), date.day()));
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

enum Holiday {
    Once(civil::Date),
    Yearly(i8, i8),
}

fn holiday(text: &str) -> Option<Holiday> {
    let day = text.split_whitespace().next()?;
    if let Ok(date) = day.parse() {
        return Some(Holiday::Once(date));
    }
    let (month, day) =
        day.split_once('-').filter(|parts| parts.0.len() == 2 && parts.1.len() == 2)?;
    // A leap year has every day.
    let date = civil::Date::new(2000, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(Holiday::Yearly(date.month(), date.day()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn berlin() -> BusinessHours {
        BusinessHours::office("Europe/Berlin")
    }

    #[test]
    fn an_hour_promised_at_half_past_four_is_due_at_half_past_nine_next_working_day() {
        // Monday 16:30 in winter, then Friday 16:30.
        let due = berlin().add(at("2026-11-23T15:30:00Z"), HOUR).unwrap();
        assert_eq!(due, at("2026-11-24T08:30:00Z"));
        let due = berlin().add(at("2026-11-27T15:30:00Z"), HOUR).unwrap();
        assert_eq!(due, at("2026-11-30T08:30:00Z"));
    }

    #[test]
    fn what_fits_before_closing_is_due_at_closing() {
        let due = berlin().add(at("2026-11-23T15:00:00Z"), HOUR).unwrap();
        assert_eq!(due, at("2026-11-23T16:00:00Z"));
    }

    #[test]
    fn a_promise_made_at_night_starts_in_the_morning_and_skips_holidays() {
        let hours = BusinessHours { holidays: vec!["2026-12-25".into()], ..berlin() };
        let due = hours.add(at("2026-12-24T22:00:00Z"), HOUR).unwrap();
        assert_eq!(due, at("2026-12-28T09:00:00Z"));
    }

    #[test]
    fn a_holiday_may_come_every_year_and_have_a_name() {
        let holidays = vec!["12-25 Christmas Day".into(), "2026-12-28 Bridge".into()];
        let hours = BusinessHours { holidays, ..berlin() };
        // Friday is Christmas, Monday the bridge; a year later Saturday is, and Monday is not.
        let due = hours.add(at("2026-12-24T22:00:00Z"), HOUR).unwrap();
        assert_eq!(due, at("2026-12-29T09:00:00Z"));
        let due = hours.add(at("2027-12-24T22:00:00Z"), HOUR).unwrap();
        assert_eq!(due, at("2027-12-27T09:00:00Z"));
        for wrong in ["", "Christmas", "13-01", "2-3", "02-30", "2026-02-29"] {
            let hours = BusinessHours { holidays: vec![wrong.into()], ..berlin() };
            let field = hours.check().unwrap_err().location;
            assert_eq!(field.as_deref(), Some("holidays[0]"), "{wrong}");
        }
    }

    #[test]
    fn a_weekend_with_a_change_of_the_clock_does_not_shift_monday() {
        let due = berlin().add(at("2026-10-23T14:30:00Z"), HOUR).unwrap();
        assert_eq!(due, at("2026-10-26T08:30:00Z"));
    }

    #[test]
    fn the_night_of_the_change_has_an_hour_less_or_more() {
        let mut hours = BusinessHours { zone: "Europe/Berlin".into(), ..BusinessHours::always() };
        hours.days[0].clear();
        let day = |from: &str, to: &str| hours.between(at(from), at(to)).unwrap();
        assert_eq!(day("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), HOUR * 23);
        assert_eq!(day("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), HOUR * 25);
    }

    #[test]
    fn a_pause_moves_the_deadline_by_the_open_time_it_took() {
        let start = at("2026-11-23T09:00:00Z");
        // From 15:00 until 10:00 next day on the wall: three open hours, overlapping pauses once.
        let pauses = [
            Span::new(at("2026-11-23T14:00:00Z"), at("2026-11-24T09:00:00Z")),
            Span::new(at("2026-11-23T15:00:00Z"), at("2026-11-23T16:00:00Z")),
        ];
        let due = berlin().deadline(start, HOUR * 6, &pauses).unwrap();
        assert_eq!(due, at("2026-11-24T10:00:00Z"));
        assert_eq!(berlin().elapsed(start, due, &pauses), Ok(HOUR * 6));
    }

    #[test]
    fn the_next_open_stretch_begins_after_the_weekend_and_goes_on_through_midnight() {
        let next = |hours: &BusinessHours, text: &str| hours.next(at(text)).unwrap().unwrap();
        // On Friday at closing time, and in the middle of Monday.
        let monday = Span::new(at("2026-11-30T08:00:00Z"), at("2026-11-30T16:00:00Z"));
        assert_eq!(next(&berlin(), "2026-11-27T16:00:00Z"), monday);
        let noon = at("2026-11-30T11:00:00Z");
        assert_eq!(next(&berlin(), "2026-11-30T11:00:00Z"), Span::new(noon, monday.end));
        let mut night = BusinessHours::office("UTC");
        night.days = Default::default();
        night.days[0] = vec![OpenHours::new("22:00", "24:00")];
        night.days[1] = vec![OpenHours::new("00:00", "06:00")];
        let shift = Span::new(at("2026-11-30T22:00:00Z"), at("2026-12-01T06:00:00Z"));
        assert_eq!(next(&night, "2026-11-28T12:00:00Z"), shift);
        let always = next(&BusinessHours::always(), "2026-11-28T12:00:00Z");
        assert!(always.duration() > HOUR * 24 * 6);
    }

    #[test]
    fn around_the_clock_is_plain_time() {
        let start = at("2026-02-28T23:00:00Z");
        let due = BusinessHours::always().add(start, HOUR * 4).unwrap();
        assert_eq!(due, at("2026-03-01T03:00:00Z"));
    }

    #[test]
    fn hours_that_cannot_be_counted_in_are_refused_at_their_field() {
        let field_of = |hours: BusinessHours| hours.check().unwrap_err().location.unwrap();
        assert_eq!(berlin().check(), Ok(()));
        assert_eq!(field_of(BusinessHours { zone: "Berlin".into(), ..berlin() }), "zone");
        assert_eq!(field_of(BusinessHours { days: Default::default(), ..berlin() }), "days");
        let holidays = vec!["Christmas".into()];
        assert_eq!(field_of(BusinessHours { holidays, ..berlin() }), "holidays[0]");
        let tuesday = |list: &[(&str, &str)]| {
            let mut hours = berlin();
            hours.days[1] =
                list.iter().map(|(open, close)| OpenHours::new(*open, *close)).collect();
            field_of(hours)
        };
        assert_eq!(tuesday(&[("9:00", "17:00")]), "days[1][0].open");
        assert_eq!(tuesday(&[("09:00", "24:01")]), "days[1][0].close");
        assert_eq!(tuesday(&[("22:00", "06:00")]), "days[1][0].close");
        assert_eq!(tuesday(&[("09:00", "12:00"), ("11:00", "17:00")]), "days[1][1].open");
    }

    #[test]
    fn a_target_of_centuries_is_refused_rather_than_guessed() {
        let far = berlin().add(at("2026-01-01T00:00:00Z"), HOUR * 24 * 366 * 200);
        assert!(far.is_err());
    }

    /// Weeks that are open somewhere, in zones that change the clock at odd hours and by odd amounts.
    fn any_hours() -> impl Strategy<Value = BusinessHours> {
        let zones =
            vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"];
        let day = prop::collection::btree_set(0u16..=48, 0..=4).prop_map(|marks| {
            let clock = |half: u16| format!("{:02}:{:02}", half / 2, half % 2 * 30);
            let marks: Vec<u16> = marks.into_iter().collect();
            marks.chunks_exact(2).map(|two| OpenHours::new(clock(two[0]), clock(two[1]))).collect()
        });
        let holidays = prop::collection::vec((1u8..=12, 1u8..=28), 0..4);
        (prop::sample::select(zones), prop::array::uniform7(day), holidays).prop_map(
            |(zone, mut days, holidays): (_, [Vec<OpenHours>; 7], _)| {
                days[2].truncate(0);
                days[2].push(OpenHours::new("01:30", "15:00"));
                let holidays =
                    holidays.iter().map(|(m, d)| format!("2026-{m:02}-{d:02}")).collect();
                BusinessHours { zone: zone.into(), days, holidays }
            },
        )
    }

    fn any_instant() -> impl Strategy<Value = Instant> {
        (0u64..365 * 86_400).prop_map(|s| at("2026-01-01T00:00:00Z").plus(Duration::from_secs(s)))
    }

    fn any_duration() -> impl Strategy<Value = Duration> {
        (0u64..200 * 3600).prop_map(Duration::from_secs)
    }

    fn any_pauses() -> impl Strategy<Value = Vec<Span>> {
        let pause = (any_instant(), any_duration()).prop_map(|(at, len)| Span::lasting(at, len));
        prop::collection::vec(pause, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn what_is_promised_is_what_passes_until_the_deadline(
            hours in any_hours(), start in any_instant(), target in any_duration(), pauses in any_pauses(),
        ) {
            let due = hours.deadline(start, target, &pauses).unwrap();
            prop_assert_eq!(hours.elapsed(start, due, &pauses), Ok(target));
            // And not a moment earlier.
            if !target.is_zero() {
                let before = due.minus(Duration::from_micros(1));
                prop_assert!(hours.elapsed(start, before, &pauses).unwrap() < target);
            }
        }

        #[test]
        fn a_later_start_or_a_longer_target_is_never_due_earlier(
            hours in any_hours(), start in any_instant(), later in any_duration(),
            target in any_duration(), more in any_duration(),
        ) {
            let due = hours.add(start, target).unwrap();
            prop_assert!(due <= hours.add(start.plus(later), target).unwrap());
            prop_assert!(due <= hours.add(start, target + more).unwrap());
        }

        #[test]
        fn open_time_adds_up(
            hours in any_hours(), a in any_instant(), first in any_duration(), second in any_duration(),
        ) {
            let (b, c) = (a.plus(first), a.plus(first + second));
            let sum = hours.between(a, b).unwrap() + hours.between(b, c).unwrap();
            prop_assert_eq!(hours.between(a, c), Ok(sum));
            prop_assert!(sum <= first + second);
            let stepwise = hours.add(hours.add(a, first).unwrap(), second);
            prop_assert_eq!(stepwise, hours.add(a, first + second));
        }

        #[test]
        fn what_is_painted_open_is_what_counts(
            hours in any_hours(), from in any_instant(), length in any_duration(),
        ) {
            let to = from.plus(length);
            let painted: Duration = hours.open(from, to).unwrap().into_iter().map(Span::duration).sum();
            prop_assert_eq!(hours.between(from, to), Ok(painted));
        }
    }
}
