//! Calendar weeks and months, as a zone's clock has them: what a series over time is made of.

use super::{Span, recurrence};
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use jiff::{ToSpan as _, civil};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// From Monday to Monday (ISO 8601).
    Week,
    Month,
}

/// More points than that are no picture any more.
const MOST: usize = 1_500;

/// The weeks or months that lie in a span, in order and without gaps: the first begins and the last
/// ends where the span does, all others at midnight in `zone`. Refused are an empty span, more than
/// 1,500 of them, and years that no calendar has.
pub fn periods(within: Span, every: Every, zone: &str) -> Result<Vec<Span>> {
    if within.is_empty() {
        let message = "The period ends before it begins.";
        return Err(Error::field("to", message).hint("Name an end that is later than the start."));
    }
    let outside = |_| Error::field("from", "The period lies outside the years of the calendar.");
    let zone = recurrence::zone(zone, "zone")?;
    let day = zone.to_datetime(within.start.timestamp()).date();
    let mut first = match every {
        Every::Week => day
            .checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
            .map_err(outside)?,
        Every::Month => day.first_of_month(),
    };
    let mut all = Vec::new();
    loop {
        let next = match every {
            Every::Week => first.checked_add(1.week()),
            Every::Month => first.checked_add(1.month()),
        }
        .map_err(outside)?;
        let end = recurrence::place(next.to_datetime(civil::Time::midnight()), &zone)?;
        let start = all.last().map_or(within.start, |last: &Span| last.end);
        all.push(Span::new(start, end.min(within.end)));
        if end >= within.end {
            return Ok(all);
        }
        if all.len() == MOST {
            let message = format!("The period has more than {MOST} {}s.", word(every));
            return Err(Error::field("from", message).hint("Ask for months, or for a shorter one."));
        }
        first = next;
    }
}

fn word(every: Every) -> &'static str {
    match every {
        Every::Week => "week",
        Every::Month => "month",
    }
}

/// How many weeks a span is long.
pub fn weeks(span: Span) -> f64 {
    span.duration().as_secs_f64() / (7.0 * 86_400.0)
}

/// The span of the same length right before: what a figure is compared with.
pub fn before(span: Span) -> Span {
    let length = span.end.micros().saturating_sub(span.start.micros());
    Span::new(Instant::from_micros(span.start.micros().saturating_sub(length)), span.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(from: &str, to: &str, every: Every, zone: &str) -> Vec<String> {
        let span = Span::new(from.parse().unwrap(), to.parse().unwrap());
        let found = periods(span, every, zone).unwrap();
        assert!(found.windows(2).all(|two| two[0].end == two[1].start), "without gaps");
        found.iter().map(|one| one.start.to_string()).collect()
    }

    #[test]
    fn weeks_begin_on_monday_at_midnight_of_the_zone_also_when_the_clock_changes() {
        // The clocks of Berlin go back on 25 October 2026: midnight is 22:00, then 23:00 in UTC.
        let found =
            cut("2026-10-15T10:00:00Z", "2026-11-03T00:00:00Z", Every::Week, "Europe/Berlin");
        assert_eq!(
            found,
            [
                "2026-10-15T10:00:00Z",
                "2026-10-18T22:00:00Z",
                "2026-10-25T23:00:00Z",
                "2026-11-01T23:00:00Z"
            ]
        );
    }

    #[test]
    fn a_span_that_ends_at_midnight_has_no_empty_month_at_its_end() {
        let found = cut("2026-01-31T12:00:00Z", "2026-04-01T00:00:00Z", Every::Month, "UTC");
        assert_eq!(found, ["2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]);
    }

    #[test]
    fn a_span_without_length_and_one_of_a_thousand_years_are_refused() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let now = at("2026-11-30T00:00:00Z");
        let place = |span, every| periods(span, every, "UTC").unwrap_err().location.unwrap();
        assert_eq!(place(Span::new(now, now), Every::Week), "to");
        let long = Span::new(at("1026-11-30T00:00:00Z"), now);
        assert_eq!(place(long, Every::Week), "from");
        assert_eq!(place(long, Every::Month), "from");
        let ends = Span::new(now, Instant::from_micros(i64::MAX));
        assert!(periods(ends, Every::Month, "UTC").is_err());
    }
}
