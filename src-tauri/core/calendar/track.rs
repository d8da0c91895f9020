//! Many named stretches of time, asked what overlaps a moment or where the next gap is.
//!
//! What is asked costs what is found: a tree of the latest ends lets a search pass over everything
//! that is over, and the gaps are found in the merged stretches by bisection. So a workspace with a
//! hundred thousand entries answers about as fast as one with ten thousand.

use super::span::{Span, merge};
use crate::clock::Instant;

/// Stretches in the order of their beginnings, with what each of them is.
#[derive(Clone, Debug)]
pub struct Track<T> {
    items: Vec<(Span, T)>,
    /// An implicit binary tree over the items: the latest end below each node.
    ends: Vec<Instant>,
    /// How many leaves the tree has: a power of two.
    leaves: usize,
    merged: Vec<Span>,
}

impl<T> Default for Track<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ends: Vec::new(), leaves: 0, merged: Vec::new() }
    }
}

impl<T> Track<T> {
    /// Empty stretches are dropped.
    pub fn new(mut items: Vec<(Span, T)>) -> Self {
        items.retain(|(span, _)| !span.is_empty());
        items.sort_by_key(|(span, _)| *span);
        let leaves = items.len().next_power_of_two();
        let mut ends = vec![Instant::from_micros(i64::MIN); 2 * leaves];
        for (index, (span, _)) in items.iter().enumerate() {
            ends[leaves + index] = span.end;
        }
        for node in (1..leaves).rev() {
            ends[node] = ends[2 * node].max(ends[2 * node + 1]);
        }
        let merged = merge(items.iter().map(|(span, _)| *span).collect());
        Self { items, ends, leaves, merged }
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// In the order of their beginnings.
    pub fn items(&self) -> &[(Span, T)] {
        &self.items
    }

    /// The stretches as one: in order, none touching the next.
    pub fn merged(&self) -> &[Span] {
        &self.merged
    }

    /// What overlaps, the earliest first. What only touches does not.
    pub fn overlapping(&self, wanted: Span) -> Vec<&(Span, T)> {
        let mut found = Vec::new();
        if self.is_empty() || wanted.is_empty() {
            return found;
        }
        let before = self.items.partition_point(|(span, _)| span.start < wanted.end);
        let mut open = vec![(1, 0, self.leaves)];
        while let Some((node, from, to)) = open.pop() {
            if from >= before || self.ends[node] <= wanted.start {
                continue;
            }
            if node >= self.leaves {
                found.push(&self.items[from]);
                continue;
            }
            let middle = usize::midpoint(from, to);
            open.push((2 * node + 1, middle, to));
            open.push((2 * node, from, middle));
        }
        found
    }
}

/// The gaps of `within` that none of these lists fills, the earliest first, found as they are asked
/// for. Each list must be merged.
pub fn gaps<'a>(within: Span, busy: &'a [&'a [Span]]) -> impl Iterator<Item = Span> + 'a {
    let mut cursor = within.start;
    // Where each list goes on: whoever looks for a long gap among many short ones passes thousands.
    let mut ahead: Vec<&[Span]> = busy
        .iter()
        .map(|list| &list[list.partition_point(|span| span.end <= within.start)..])
        .collect();
    std::iter::from_fn(move || {
        loop {
            let before = cursor;
            for list in &mut ahead {
                while let Some((span, rest)) = list.split_first()
                    && span.start <= cursor
                {
                    cursor = cursor.max(span.end);
                    *list = rest;
                }
            }
            if cursor >= within.end {
                return None;
            }
            if cursor == before {
                break;
            }
        }
        let next = ahead.iter().filter_map(|list| list.first()).map(|span| span.start).min();
        let end = next.map_or(within.end, |start| start.min(within.end));
        let gap = Span::new(cursor, end);
        cursor = end;
        Some(gap)
    })
}

/// The stretch of a merged list that `at` lies in.
pub fn filled(merged: &[Span], at: Instant) -> Option<Span> {
    merged
        .get(merged.partition_point(|span| span.end <= at))
        .copied()
        .filter(|span| span.start <= at)
}

/// Whether a merged list has all of `wanted` in one stretch.
pub fn holds(merged: &[Span], wanted: Span) -> bool {
    filled(merged, wanted.start).is_some_and(|span| span.covers(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(Instant::from_micros(start), Instant::from_micros(end))
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        prop::collection::vec((0i64..60, -2i64..12), 0..24).prop_map(|all| {
            all.into_iter().map(|(start, length)| span(start, start + length)).collect()
        })
    }

    proptest! {
        #[test]
        fn what_overlaps_is_what_a_walk_through_all_finds(
            all in spans(), start in -5i64..70, length in 0i64..20,
        ) {
            let wanted = span(start, start + length);
            let track = Track::new(all.iter().copied().zip(0usize..).collect());
            let found: Vec<usize> = track.overlapping(wanted).iter().map(|(_, n)| *n).collect();
            let mut by_start: Vec<(Span, usize)> = all.iter().copied().zip(0..).collect();
            by_start.sort_by_key(|(span, _)| *span);
            let walked: Vec<usize> = by_start
                .into_iter()
                .filter(|(span, _)| !span.is_empty() && span.overlaps(wanted))
                .map(|(_, n)| n)
                .collect();
            prop_assert_eq!(found, walked);
        }

        #[test]
        fn a_gap_is_where_no_list_has_anything(
            one in spans(), two in spans(), start in 0i64..20, length in 0i64..60,
        ) {
            let within = span(start, start + length);
            let (one, two) = (merge(one), merge(two));
            let lists = [one.as_slice(), two.as_slice()];
            let found: Vec<Span> = gaps(within, &lists).collect();
            for moment in -1..90 {
                let at = Instant::from_micros(moment);
                let free = within.contains(at)
                    && !one.iter().chain(&two).any(|span| span.contains(at));
                prop_assert_eq!(found.iter().any(|gap| gap.contains(at)), free);
            }
            prop_assert!(found.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
