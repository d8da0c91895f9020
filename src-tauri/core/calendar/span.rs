//! A stretch of time, and what stretches make together.

use crate::clock::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// From `start` up to, and not including, `end`. Two spans that only touch do not overlap.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, JsonSchema,
)]
pub struct Span {
    pub start: Instant,
    pub end: Instant,
}

impl Span {
    pub const fn new(start: Instant, end: Instant) -> Self {
        Self { start, end }
    }

    pub fn lasting(start: Instant, duration: Duration) -> Self {
        Self::new(start, start.plus(duration))
    }

    /// For what has no end yet, a lock for example: it ends in the year 9999, which still prints.
    pub const fn open_ended(start: Instant) -> Self {
        Self::new(start, Instant::from_micros(253_370_764_800_000_000))
    }

    /// A span without length contains and meets nothing.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    pub fn duration(self) -> Duration {
        self.end.since(self.start)
    }

    pub fn contains(self, instant: Instant) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.intersection(other).is_some()
    }

    pub fn intersection(self, other: Self) -> Option<Self> {
        let common = Self::new(self.start.max(other.start), self.end.min(other.end));
        (!common.is_empty()).then_some(common)
    }
}

/// The same stretches of time in order, none touching the next; empty ones are dropped.
pub fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// What is left of `from` outside `busy`, which must be merged.
pub fn subtract(from: Span, busy: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut cursor = from.start;
    let first = busy.partition_point(|span| span.end <= from.start);
    for span in busy[first..].iter().take_while(|span| span.start < from.end) {
        if cursor < span.start {
            left.push(Span::new(cursor, span.start));
        }
        cursor = cursor.max(span.end);
    }
    if cursor < from.end {
        left.push(Span::new(cursor, from.end));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(Instant::from_micros(start), Instant::from_micros(end))
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap_but_do_merge() {
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert_eq!(merge(vec![span(10, 20), span(0, 10)]), [span(0, 20)]);
    }

    #[test]
    fn an_open_ended_span_can_be_shown_and_read_back() {
        let lock = Span::open_ended(Instant::from_micros(0));
        assert_eq!(lock.end.to_string(), "9999-01-01T00:00:00Z");
        assert_eq!(lock.end.to_string().parse(), Ok(lock.end));
    }

    proptest! {
        #[test]
        fn merging_and_subtracting_agree_with_counting_every_moment(
            spans in prop::collection::vec((0i64..40, -3i64..9), 0..12), start in 0i64..40, len in 0i64..20,
        ) {
            let spans: Vec<Span> = spans.iter().map(|(s, l)| span(*s, s + l)).collect();
            let merged = merge(spans.clone());
            let from = span(start, start + len);
            let left = subtract(from, &merged);
            for moment in -1..65 {
                let at = Instant::from_micros(moment);
                let busy = spans.iter().any(|span| span.contains(at));
                prop_assert_eq!(merged.iter().any(|span| span.contains(at)), busy);
                let free = from.contains(at) && !busy;
                prop_assert_eq!(left.iter().any(|span| span.contains(at)), free);
            }
            prop_assert!(merged.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
