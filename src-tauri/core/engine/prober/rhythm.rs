//! When a probe is asked: at a place of its own within its interval, so that many are never asked at once, and
//! a little late by another amount each time. Pure; times follow from the interval's number, so none drifts.

use crate::clock::Instant;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// A new probe is asked within so many seconds, however long its interval.
const SOON: i64 = 5_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// Microseconds.
    every: i64,
    /// Of its place within the interval.
    phase: i64,
    seed: u64,
}

/// A number that a name always has.
pub(super) fn mark(name: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
    u64::from_le_bytes(digest[..8].try_into().unwrap_or_default())
}

/// Spreads a number evenly (SplitMix64).
fn spread(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn below(number: u64, bound: i64) -> i64 {
    i64::try_from(number % bound.max(1).unsigned_abs()).unwrap_or(0)
}

impl Rhythm {
    /// `seed` is the process's: what is late by chance differs from one to the next.
    pub fn of(name: &str, every_seconds: u32, seed: u64) -> Self {
        let every = i64::from(every_seconds.max(1)) * 1_000_000;
        Self { every, phase: below(mark(name), every), seed: seed ^ mark(name) }
    }

    /// Within the interval of this number, late by less than a tenth of it.
    fn at(&self, number: i64) -> i64 {
        let late = spread(self.seed ^ number.unsigned_abs());
        number * self.every + self.phase + below(late, self.every / 10)
    }

    /// The first time that it is asked.
    pub fn first(&self, now: Instant) -> Instant {
        Instant::from_micros(now.micros() + self.phase % self.every.min(SOON))
    }

    /// When it is asked again after it was asked now: once, however much was missed meanwhile.
    pub fn after(&self, now: Instant) -> Instant {
        let soonest = now.micros() + self.every / 2;
        let mut number = (soonest - self.phase).div_euclid(self.every);
        while self.at(number) < soonest {
            number += 1;
        }
        Instant::from_micros(self.at(number))
    }

    /// A time to be asked at, unless the clock was put back so far that it lies too far ahead.
    pub fn sane(&self, due: Instant, now: Instant) -> Instant {
        match due.since(now) > Duration::from_micros(self.every.unsigned_abs() * 2) {
            true => self.after(now),
            false => due,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn many_probes_are_spread_over_their_interval() {
        let now = Instant::from_micros(1_790_000_000_000_000);
        let mut seconds = [0; 10];
        for number in 0..500 {
            let rhythm = Rhythm::of(&format!("HF-1/production/p{number}"), 10, 7);
            let due = rhythm.after(now);
            seconds[usize::try_from(due.micros() / 1_000_000 % 10).unwrap()] += 1;
        }
        assert!(seconds.iter().all(|count| (25..80).contains(count)), "{seconds:?}");
    }

    proptest! {
        #[test]
        fn an_interval_is_kept_to_a_tenth_and_nothing_drifts(
            every in 1_u32..4000, seed in any::<u64>(), name in "[a-z]{1,8}",
            start in 1_000_000_000_000_000_i64..2_000_000_000_000_000,
        ) {
            let rhythm = Rhythm::of(&name, every, seed);
            let length = i64::from(every) * 1_000_000;
            let first = rhythm.after(Instant::from_micros(start));
            let mut at = first;
            for step in 1..50_i64 {
                let next = rhythm.after(at);
                let pause = next.micros() - at.micros();
                prop_assert!((pause - length).abs() <= length / 10, "{} of {}", pause, length);
                let drift = next.micros() - first.micros() - step * length;
                prop_assert!(drift.abs() <= length / 10, "{} after {} steps", drift, step);
                at = next;
            }
        }

        #[test]
        fn whatever_was_slept_through_is_asked_for_once(
            every in 1_u32..4000, seed in any::<u64>(), slept in 0_i64..10_000_000_000_000,
        ) {
            let rhythm = Rhythm::of("HF-1/production/front", every, seed);
            let length = i64::from(every) * 1_000_000;
            let woke = Instant::from_micros(1_790_000_000_000_000 + slept);
            let next = rhythm.after(woke);
            let pause = next.micros() - woke.micros();
            prop_assert!(pause >= length / 2 && pause <= length * 8 / 5 + 1, "{}", pause);
            // A clock that was put back does not keep it waiting for the old time.
            let back = Instant::from_micros(woke.micros() - 90 * length);
            prop_assert!(rhythm.sane(next, back).since(back) <= Duration::from_micros(length.unsigned_abs() * 2));
            prop_assert_eq!(rhythm.sane(next, woke), next);
        }

        #[test]
        fn a_new_probe_is_asked_soon(every in 1_u32..100_000, name in "[a-z]{1,8}") {
            let now = Instant::from_micros(1_790_000_000_000_000);
            let wait = Rhythm::of(&name, every, 1).first(now).since(now);
            prop_assert!(wait <= Duration::from_secs(5).min(Duration::from_secs(every.into())));
        }
    }
}
