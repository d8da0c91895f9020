//! Times of day as others write them.

use crate::clock::Instant;
use jiff::{Timestamp, civil, tz::TimeZone};

/// Formats of whole texts, most common first. `D` and `M` stand for day and month where the order
/// is a matter of the country.
const WHOLE: &[&str] = &[
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%d/%b/%y %I:%M %p",
    "%d/%b/%Y %I:%M %p",
    "%d/%b/%y %H:%M",
    "%d/%b/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y, %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y, %I:%M %p",
    "%d %b %Y %H:%M",
    "%d %b %Y %H:%M:%S",
];
const DAYS: &[&str] =
    &["%Y-%m-%d", "%d.%m.%Y", "%d/%b/%y", "%d/%b/%Y", "%Y/%m/%d", "%b %d, %Y", "%d %b %Y"];
const SLASHED: &[&str] =
    &["%Y %H:%M:%S", "%Y %H:%M", "%Y %I:%M:%S %p", "%Y %I:%M %p", "%y %H:%M", "%y %I:%M %p"];

/// A time; one without a zone is meant in `zone`.
pub fn parse(text: &str, zone: &TimeZone, day_first: bool) -> Option<Instant> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.into());
    }
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return since_1970(text);
    }
    if let Some(universal) = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT")) {
        return parse(universal, &TimeZone::UTC, day_first);
    }
    for format in ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%z"] {
        if let Ok(timestamp) = Timestamp::strptime(format, text) {
            return Some(timestamp.into());
        }
    }
    if let Some(local) = local(text, day_first) {
        return zone.to_timestamp(local).ok().map(Instant::from);
    }
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp().into())
}

fn local(text: &str, day_first: bool) -> Option<civil::DateTime> {
    if let Ok(local) = text.parse::<civil::DateTime>() {
        return Some(local);
    }
    // 3:04 as well as 03:04, and AM in any case.
    let text = text.replace(['\u{202F}', '\u{A0}'], " ");
    if let Some(local) =
        WHOLE.iter().find_map(|format| civil::DateTime::strptime(format, &text).ok())
    {
        return Some(local);
    }
    if text.contains('/') {
        let order = if day_first { "%d/%m/" } else { "%m/%d/" };
        for rest in SLASHED {
            if let Ok(local) = civil::DateTime::strptime(format!("{order}{rest}"), &text) {
                return Some(local);
            }
        }
        for rest in ["%Y", "%y"] {
            if let Ok(day) = civil::Date::strptime(format!("{order}{rest}"), &text) {
                return Some(day.at(0, 0, 0, 0));
            }
        }
    }
    DAYS.iter()
        .find_map(|format| civil::Date::strptime(format, &text).ok())
        .map(|day| day.at(0, 0, 0, 0))
}

/// Seconds, or thousandths or millionths of them.
fn since_1970(digits: &str) -> Option<Instant> {
    let number: i64 = digits.parse().ok()?;
    let micros = match digits.len() {
        ..=10 => number.checked_mul(1_000_000)?,
        11..=13 => number.checked_mul(1000)?,
        _ => number,
    };
    Timestamp::from_microsecond(micros).ok().map(Instant::from)
}

/// What the times of a file say about the order of day and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// None of them depends on it.
    Plain,
    DayFirst,
    MonthFirst,
    /// 03/04 may be either.
    Ambiguous,
}

pub fn order<'a>(texts: impl Iterator<Item = &'a str>) -> Order {
    let mut order = Order::Plain;
    for text in texts {
        let mut parts = text.trim().split('/');
        let (Some(one), Some(two), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        match (one.parse::<u32>(), two.parse::<u32>()) {
            (Ok(13..=31), Ok(1..=12)) => return Order::DayFirst,
            (Ok(1..=12), Ok(13..=31)) => return Order::MonthFirst,
            (Ok(1..=12), Ok(1..=12)) => order = Order::Ambiguous,
            _ => {}
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, day_first: bool) -> String {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        parse(text, &zone, day_first).map_or("none".into(), |instant| instant.to_string())
    }

    #[test]
    fn times_of_every_tracker_are_read_and_one_without_a_zone_is_the_workspaces() {
        for (text, expected) in [
            ("2024-11-19T15:04:05Z", "2024-11-19T15:04:05Z"),
            ("2024-11-19T15:04:05.000+0100", "2024-11-19T14:04:05Z"),
            ("2024-11-19T15:04:05+01:00", "2024-11-19T14:04:05Z"),
            ("2024-11-19 15:04:05 UTC", "2024-11-19T15:04:05Z"),
            ("2024-11-19 15:04:05 +0100", "2024-11-19T14:04:05Z"),
            ("2024-11-19 15:04:05", "2024-11-19T14:04:05Z"),
            ("2024-11-19 15:04", "2024-11-19T14:04:00Z"),
            ("2024-07-19", "2024-07-18T22:00:00Z"),
            ("19/Nov/24 3:04 PM", "2024-11-19T14:04:00Z"),
            ("11/May/24 03:26 PM", "2024-05-11T13:26:00Z"),
            ("19.11.2024 15:04", "2024-11-19T14:04:00Z"),
            ("Tue, 19 Nov 2024 15:04:05 +0100", "2024-11-19T14:04:05Z"),
            ("1732028645", "2024-11-19T15:04:05Z"),
            ("1732028645123", "2024-11-19T15:04:05.123Z"),
        ] {
            assert_eq!(read(text, true), expected, "{text}");
        }
        for text in ["yesterday", "", "2024-13-45", "12345"] {
            assert_eq!(read(text, true), "none", "{text}");
        }
    }

    #[test]
    fn the_order_of_day_and_month_is_told_by_the_days_that_can_be_no_month() {
        assert_eq!(read("03/04/2024 10:00", true), "2024-04-03T08:00:00Z");
        assert_eq!(read("03/04/2024 10:00 PM", false), "2024-03-04T21:00:00Z");
        assert_eq!(read("6/21/2025 16:14", false), "2025-06-21T14:14:00Z");
        assert_eq!(order(["03/04/2024", "21/6/2024"].into_iter()), Order::DayFirst);
        assert_eq!(order(["03/04/2024", "6/21/2024"].into_iter()), Order::MonthFirst);
        assert_eq!(order(["03/04/2024", "2024-01-01"].into_iter()), Order::Ambiguous);
        assert_eq!(order(["19/Nov/24", "2024-01-01"].into_iter()), Order::Plain);
    }
}
