//! When a probe's samples are too much: what counts, in a row or within the newest of them, and what
//! follows. Pure; the engine counts with it as samples come, the window and the command line over those
//! that are kept.
//!
//! The limits are Argo Rollouts': each is crossed when strictly exceeded, errors count in a row, failures
//! breach, inconclusive answers ask a person. An error between two failures says nothing about either, so
//! it ends no row of theirs; a success does.

use super::wave::Seen;
use crate::{clock::Instant, event::words::*, model::hotfix::Hotfix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use ts_rs::TS;

/// What a limit crossed leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Failures, or errors in a row, over their limit.
    Breach,
    /// Inconclusive answers over their limit: a person has to say.
    Doubt,
}

/// How many count towards each limit now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Counted {
    pub failures: u32,
    pub inconclusive: u32,
    /// In a row.
    pub errors: u32,
}

/// Counts samples, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Of a limit within the newest samples, these.
    newest: VecDeque<Seen>,
    counted: Counted,
}

impl Tally {
    /// The verdict as of this sample.
    pub fn count(&mut self, spec: &ProbeSpec, seen: Seen) -> Option<Verdict> {
        let counted = &mut self.counted;
        counted.errors = if seen == Seen::Error { counted.errors.saturating_add(1) } else { 0 };
        let Some(within) = spec.within else {
            match seen {
                Seen::Good => (counted.failures, counted.inconclusive) = (0, 0),
                Seen::Failure => counted.failures = counted.failures.saturating_add(1),
                Seen::Inconclusive => counted.inconclusive = counted.inconclusive.saturating_add(1),
                Seen::Error => {}
            }
            return self.verdict(spec);
        };
        self.newest.push_back(seen);
        while self.newest.len() > within as usize {
            self.newest.pop_front();
        }
        let of = |wanted: Seen| {
            let found = self.newest.iter().filter(|one| **one == wanted).count();
            u32::try_from(found).unwrap_or(u32::MAX)
        };
        (counted.failures, counted.inconclusive) = (of(Seen::Failure), of(Seen::Inconclusive));
        self.verdict(spec)
    }

    pub fn counted(&self) -> Counted {
        self.counted
    }

    fn verdict(&self, spec: &ProbeSpec) -> Option<Verdict> {
        let counted = self.counted;
        if counted.failures > spec.failure_limit || counted.errors > spec.error_limit {
            Some(Verdict::Breach)
        } else if counted.inconclusive > spec.inconclusive_limit {
            Some(Verdict::Doubt)
        } else {
            None
        }
    }
}

/// From when on samples of a probe count: from the beginning of the watch, and anew once somebody has said
/// what a breach or a doubt of it was. `None` before the watch: nothing counts.
pub fn since(hotfix: &Hotfix, environment: &str, probe: &str) -> Option<Instant> {
    let began = hotfix.monitoring.as_ref()?.from;
    let breaches = hotfix.breaches.iter().filter(|one| one.of(environment, probe));
    let doubts = hotfix.doubts.iter().filter(|one| one.of(environment, probe));
    let over = breaches
        .filter_map(|one| one.closed_at)
        .chain(doubts.filter_map(|one| one.settled_at))
        .max();
    Some(over.map_or(began, |over| over.max(began)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec(failures: u32, inconclusive: u32, errors: u32, within: Option<u32>) -> ProbeSpec {
        ProbeSpec {
            failure_limit: failures,
            inconclusive_limit: inconclusive,
            error_limit: errors,
            within,
            ..ProbeSpec::default()
        }
    }

    fn verdicts(spec: &ProbeSpec, seen: &[Seen]) -> Vec<Option<Verdict>> {
        let mut tally = Tally::default();
        seen.iter().map(|one| tally.count(spec, *one)).collect()
    }

    fn last(spec: &ProbeSpec, seen: &[Seen]) -> Option<Verdict> {
        verdicts(spec, seen).pop().flatten()
    }

    #[test]
    fn a_limit_is_crossed_when_strictly_exceeded_in_a_row() {
        use Seen::*;
        let usual = ProbeSpec::default();
        assert_eq!(last(&usual, &[Failure, Failure]), None);
        assert_eq!(last(&usual, &[Good, Failure, Failure, Failure]), Some(Verdict::Breach));
        assert_eq!(last(&usual, &[Failure, Failure, Good, Failure]), None);
        assert_eq!(
            last(&usual, &[Failure, Failure, Error, Failure]),
            Some(Verdict::Breach),
            "no answer in between does not make it well"
        );
        assert_eq!(last(&usual, &[Error; 4]), None);
        assert_eq!(last(&usual, &[Error; 5]), Some(Verdict::Breach));
        assert_eq!(last(&usual, &[Error, Error, Error, Error, Inconclusive, Error]), None);
    }

    #[test]
    fn what_says_neither_yes_nor_no_asks_and_breaches_nothing() {
        use Seen::*;
        let usual = ProbeSpec::default();
        assert_eq!(last(&usual, &[Inconclusive; 2]), None);
        assert_eq!(last(&usual, &[Inconclusive; 3]), Some(Verdict::Doubt));
        assert_eq!(last(&usual, &[Inconclusive, Inconclusive, Good, Inconclusive]), None);
        let argo = spec(0, 0, 4, Some(100));
        assert_eq!(last(&argo, &[Good, Inconclusive]), Some(Verdict::Doubt));
        assert_eq!(last(&argo, &[Inconclusive, Failure]), Some(Verdict::Breach));
        assert_eq!(last(&argo, &[Failure, Good, Good]), Some(Verdict::Breach), "all of them count");
    }

    #[test]
    fn within_the_newest_samples_an_old_failure_is_forgotten() {
        use Seen::*;
        let two_of_five = spec(1, 1, 4, Some(5));
        assert_eq!(last(&two_of_five, &[Failure, Good, Good, Failure]), Some(Verdict::Breach));
        assert_eq!(last(&two_of_five, &[Failure, Good, Good, Good, Good, Failure]), None);
    }

    fn any_seen() -> impl Strategy<Value = Seen> {
        prop_oneof![
            3 => Just(Seen::Good), 2 => Just(Seen::Failure),
            1 => Just(Seen::Inconclusive), 2 => Just(Seen::Error),
        ]
    }

    proptest! {
        /// The same as what is counted by hand over everything that was seen.
        #[test]
        fn counts_are_those_of_the_whole_list(
            seen in prop::collection::vec(any_seen(), 0..60),
            limits in (0_u32..4, 0_u32..4, 0_u32..4),
            within in prop::option::of(1_u32..20),
        ) {
            let spec = spec(limits.0, limits.1, limits.2, within);
            let found = verdicts(&spec, &seen);
            for end in 1..=seen.len() {
                let all = &seen[..end];
                let errors = all.iter().rev().take_while(|one| **one == Seen::Error).count();
                let part: Vec<Seen> = match within {
                    Some(within) => all[end.saturating_sub(within as usize)..].to_vec(),
                    None => all.iter().rev().take_while(|one| **one != Seen::Good).copied().collect(),
                };
                let of = |wanted| part.iter().filter(|one| **one == wanted).count() as u32;
                let wanted = if of(Seen::Failure) > limits.0 || errors as u32 > limits.2 {
                    Some(Verdict::Breach)
                } else if of(Seen::Inconclusive) > limits.1 {
                    Some(Verdict::Doubt)
                } else {
                    None
                };
                prop_assert_eq!(found[end - 1], wanted, "{:?}", all);
            }
        }

        /// With everything within, the limits are Argo's own: of all measurements, and errors in a row.
        #[test]
        fn within_everything_it_is_the_counter_of_a_gate(
            seen in prop::collection::vec(any_seen(), 0..60),
            limits in (0_u32..4, 0_u32..4, 0_u32..4),
        ) {
            let spec = spec(limits.0, limits.1, limits.2, Some(100));
            let gate = HealthGate {
                good: u32::MAX, failure_limit: limits.0, inconclusive_limit: limits.1,
                error_limit: limits.2, ..HealthGate::default()
            };
            let mut counter = super::super::wave::Counter::default();
            let first = seen.iter().find_map(|one| counter.count(&gate, *one));
            let ours = verdicts(&spec, &seen).into_iter().flatten().next();
            prop_assert_eq!(ours, first.map(|verdict| match verdict {
                GateVerdict::Inconclusive => Verdict::Doubt,
                _ => Verdict::Breach,
            }));
        }
    }
}
