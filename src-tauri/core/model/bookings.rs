//! What is booked in one place or by one person, asked what meets a time.
//!
//! A copy shares what it holds, and the order that questions need is made once for all copies: each
//! judgement copies the bookings of every environment it looks at, and a search for a free slot asks
//! them for each place it tries.

use crate::{
    calendar::{Span, Track, merge},
    clock::Instant,
    event::words::*,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};
use ts_rs::TS;

/// A time that a deployment has taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Slot {
    pub deployment: DeploymentKey,
    pub hotfix: HotfixKey,
    pub starts_at: Instant,
    pub ends_at: Instant,
}

impl Slot {
    pub fn span(&self) -> Span {
        Span::new(self.starts_at, self.ends_at)
    }
}

/// At most one slot a deployment, in the order they were taken.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Slot>", into = "Vec<Slot>")]
pub struct Bookings {
    all: Arc<Vec<Slot>>,
    /// Places in `all`, made when first asked for.
    by_time: Arc<OnceLock<Track<usize>>>,
}

impl From<Vec<Slot>> for Bookings {
    fn from(all: Vec<Slot>) -> Self {
        Self { all: Arc::new(all), by_time: Arc::default() }
    }
}

impl From<Bookings> for Vec<Slot> {
    fn from(bookings: Bookings) -> Self {
        Arc::unwrap_or_clone(bookings.all)
    }
}

impl PartialEq for Bookings {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Bookings {
    pub fn all(&self) -> &[Slot] {
        &self.all
    }

    pub fn of(&self, deployment: &DeploymentKey) -> Option<&Slot> {
        self.all.iter().find(|slot| &slot.deployment == deployment)
    }

    /// What overlaps `wanted` and is not `own`, the earliest first.
    pub fn meeting(&self, wanted: Span, own: Option<&DeploymentKey>) -> Vec<&Slot> {
        let found = self.by_time().overlapping(wanted).into_iter().map(|(_, at)| &self.all[*at]);
        found.filter(|slot| Some(&slot.deployment) != own).collect()
    }

    /// When it is taken by others than these deployments, merged.
    pub fn taken(&self, without: &[&str]) -> Cow<'_, [Span]> {
        let without = |slot: &&Slot| !without.contains(&slot.deployment.as_str());
        if self.all.iter().all(|slot| without(&slot)) {
            return Cow::Borrowed(self.by_time().merged());
        }
        Cow::Owned(merge(self.all.iter().filter(without).map(Slot::span).collect()))
    }

    /// Takes a time for a deployment, instead of the one it had.
    pub(super) fn take(&mut self, slot: Slot) {
        self.keep(|one| one.deployment != slot.deployment);
        Arc::make_mut(&mut self.all).push(slot);
        self.by_time = Arc::default();
    }

    pub(super) fn release(&mut self, deployment: &DeploymentKey) {
        self.keep(|one| &one.deployment != deployment);
    }

    /// Only those of which this is true.
    pub(super) fn keep(&mut self, wanted: impl Fn(&Slot) -> bool) {
        if !self.all.iter().all(&wanted) {
            Arc::make_mut(&mut self.all).retain(wanted);
            self.by_time = Arc::default();
        }
    }

    fn by_time(&self) -> &Track<usize> {
        self.by_time.get_or_init(|| Track::new(self.all.iter().map(Slot::span).zip(0..).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slot(number: u64, start: i64, length: i64) -> Slot {
        Slot {
            deployment: DeploymentKey(format!("DEP-{number}")),
            hotfix: HotfixKey("HF-1".into()),
            starts_at: Instant::from_micros(start),
            ends_at: Instant::from_micros(start + length),
        }
    }

    proptest! {
        #[test]
        fn taking_and_releasing_leaves_what_a_plain_list_would_hold(
            deeds in prop::collection::vec((0u64..6, 0i64..40, 0i64..9, any::<bool>()), 0..30),
            start in 0i64..40, length in 1i64..20, own in 0u64..8,
        ) {
            let wanted = Span::new(Instant::from_micros(start), Instant::from_micros(start + length));
            let own = DeploymentKey(format!("DEP-{own}"));
            let mut bookings = Bookings::default();
            let mut plain: Vec<Slot> = Vec::new();
            for (number, from, lasts, take) in deeds {
                let slot = slot(number, from, lasts);
                plain.retain(|one| one.deployment != slot.deployment);
                if take {
                    plain.push(slot.clone());
                    bookings.take(slot);
                } else {
                    bookings.release(&slot.deployment);
                }
                // Asked in between, so that what was made for an earlier question is not kept.
                let mut met = bookings.meeting(wanted, Some(&own));
                let mut expected: Vec<&Slot> = plain
                    .iter()
                    .filter(|one| one.deployment != own && one.span().overlaps(wanted))
                    .collect();
                met.sort_by_key(|one| one.deployment.0.clone());
                expected.sort_by_key(|one| one.deployment.0.clone());
                prop_assert_eq!(met, expected);
                let others = plain.iter().filter(|one| one.deployment != own).map(Slot::span);
                prop_assert_eq!(bookings.taken(&[own.as_str()]).into_owned(), merge(others.collect()));
                prop_assert_eq!(bookings.taken(&[]).into_owned(), merge(plain.iter().map(Slot::span).collect()));
            }
            prop_assert_eq!(bookings.all(), plain.as_slice());
            let kept: Bookings =
                serde_json::from_str(&serde_json::to_string(&bookings).unwrap()).unwrap();
            prop_assert_eq!(kept, bookings);
        }
    }
}
