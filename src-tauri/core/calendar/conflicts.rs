//! What stands in the way of a wanted window: freezes, other bookings, locks, and being outside the
//! maintenance windows. It says what collides; whether that forbids anything is the policy's to say.

use super::span::{Span, merge};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A stretch of time and what a person calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Named {
    pub name: String,
    pub span: Span,
}

impl Named {
    pub fn new(name: impl Into<String>, span: Span) -> Self {
        Self { name: name.into(), span }
    }
}

/// Everything that is known about an environment's time, expanded around the wanted window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Occupancy {
    pub freezes: Vec<Named>,
    /// `None` where the environment defines no maintenance; an empty list where it does, and none
    /// of it is near.
    #[serde(default)]
    pub maintenance: Option<Vec<Named>>,
    pub bookings: Vec<Named>,
    /// A lock without an end is [`Span::open_ended`].
    pub locks: Vec<Named>,
}

impl Occupancy {
    /// Everything that must not overlap, with its kind.
    pub(super) fn busy(&self) -> impl Iterator<Item = (ConflictKind, &Named)> {
        let freezes = self.freezes.iter().map(|named| (ConflictKind::Freeze, named));
        let locks = self.locks.iter().map(|named| (ConflictKind::Lock, named));
        let bookings = self.bookings.iter().map(|named| (ConflictKind::Booking, named));
        freezes.chain(locks).chain(bookings)
    }

    pub(super) fn maintenance(&self) -> &[Named] {
        self.maintenance.as_deref().unwrap_or_default()
    }
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    Freeze,
    Lock,
    Booking,
    OutsideMaintenance,
}

/// One reason against the wanted window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Conflict {
    pub kind: ConflictKind,
    /// What it collides with; for `outside_maintenance` the next maintenance window, or the last
    /// one if none follows, or nothing if none is near.
    pub name: String,
    /// The time of what is named, whole; the wanted time itself if nothing is.
    pub span: Span,
}

/// Every reason against `wanted`, freezes first, then locks, bookings and maintenance. Windows that
/// only touch do not collide, and maintenance windows that touch count as one.
pub fn conflicts(wanted: Span, occupancy: &Occupancy) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = occupancy
        .busy()
        .filter(|(_, named)| named.span.overlaps(wanted))
        .map(|(kind, named)| Conflict { kind, name: named.name.clone(), span: named.span })
        .collect();
    found.sort_by_key(|conflict| (conflict.kind, conflict.span));
    if let Some(maintenance) = &occupancy.maintenance {
        let merged = merge(maintenance.iter().map(|named| named.span).collect());
        if !merged.iter().any(|window| window.covers(wanted)) {
            let next = maintenance
                .iter()
                .filter(|named| wanted.start <= named.span.start)
                .min_by_key(|named| named.span)
                .or_else(|| maintenance.iter().max_by_key(|named| named.span));
            found.push(Conflict {
                kind: ConflictKind::OutsideMaintenance,
                name: next.map(|named| named.name.clone()).unwrap_or_default(),
                span: next.map_or(wanted, |named| named.span),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    fn hours(from: i64, to: i64) -> Span {
        let at = |hour: i64| Instant::from_micros(hour * 3_600_000_000);
        Span::new(at(from), at(to))
    }

    fn kinds(wanted: Span, occupancy: &Occupancy) -> Vec<(ConflictKind, String)> {
        let found = conflicts(wanted, occupancy);
        found.into_iter().map(|conflict| (conflict.kind, conflict.name)).collect()
    }

    #[test]
    fn an_empty_calendar_has_nothing_against_it() {
        assert_eq!(conflicts(hours(0, 1), &Occupancy::default()), []);
    }

    #[test]
    fn everything_in_the_way_is_named_freezes_first() {
        let occupancy = Occupancy {
            freezes: vec![Named::new("Year end", hours(5, 9))],
            bookings: vec![Named::new("HF-3", hours(3, 6)), Named::new("HF-4", hours(8, 9))],
            locks: vec![Named::new("Ana", Span::open_ended(hours(0, 1).start))],
            maintenance: None,
        };
        assert_eq!(
            kinds(hours(4, 8), &occupancy),
            [
                (ConflictKind::Freeze, "Year end".into()),
                (ConflictKind::Lock, "Ana".into()),
                (ConflictKind::Booking, "HF-3".into()),
            ]
        );
    }

    #[test]
    fn a_window_right_after_a_freeze_is_free() {
        let freezes = vec![Named::new("Year end", hours(0, 4))];
        assert_eq!(kinds(hours(4, 5), &Occupancy { freezes, ..Default::default() }), []);
    }

    #[test]
    fn maintenance_must_hold_the_whole_window_and_touching_windows_hold_it_together() {
        let windows = vec![Named::new("Early", hours(0, 2)), Named::new("Late", hours(2, 4))];
        let occupancy = Occupancy { maintenance: Some(windows), ..Default::default() };
        assert_eq!(kinds(hours(1, 3), &occupancy), []);
        let outside = |name: &str| [(ConflictKind::OutsideMaintenance, name.to_owned())];
        assert_eq!(kinds(hours(3, 5), &occupancy), outside("Late"));
        assert_eq!(kinds(hours(-2, 1), &occupancy), outside("Early"));
        // Defined, but none near: outside, and nothing to name.
        let none_near = Occupancy { maintenance: Some(Vec::new()), ..Default::default() };
        assert_eq!(kinds(hours(0, 1), &none_near), outside(""));
    }
}
