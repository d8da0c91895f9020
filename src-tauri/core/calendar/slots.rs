//! Where there is still room: the next free slots for something that takes a while.
//!
//! A slot begins on a quarter of an hour, meets no freeze, lock or booking, and does not overlap the
//! slots offered before it, so that the offers are real alternatives. It is found by sweeping the
//! merged busy time, not by trying every quarter.

use super::{
    conflicts::{ConflictKind, Named, Occupancy},
    span::{Span, merge, subtract},
};
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// How far ahead one looks, and therefore how far an [`Occupancy`] must be expanded.
pub const HORIZON: Duration = Duration::from_secs(90 * 24 * 60 * 60);
pub const MOST_SLOTS: u32 = 100;
/// Every zone in use is a multiple of it away from UTC: a quarter in UTC is a quarter everywhere.
const QUARTER: i64 = 15 * 60 * 1_000_000;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SlotSearch {
    pub from: Instant,
    pub duration_minutes: u32,
    /// At most 100.
    pub count: u32,
    /// Slots inside maintenance windows come first, however late they are.
    #[serde(default)]
    pub prefer_maintenance: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Slot {
    pub span: Span,
    pub in_maintenance: bool,
    /// A sentence without times: those are shown in the reader's zone.
    pub why: String,
}

/// The best slots within 90 days, best first; fewer than asked if there is no more room.
pub fn free_slots(search: &SlotSearch, occupancy: &Occupancy) -> Result<Vec<Slot>> {
    if search.duration_minutes == 0 {
        return Err(Error::field("duration_minutes", "A slot lasts at least one minute."));
    }
    let length = Duration::from_secs(u64::from(search.duration_minutes) * 60);
    if HORIZON < length {
        return Err(Error::field("duration_minutes", "A slot may last 90 days at most."));
    }
    if !(1..=MOST_SLOTS).contains(&search.count) {
        let message = format!("Ask for between 1 and {MOST_SLOTS} slots.");
        return Err(Error::field("count", message));
    }
    let count = search.count as usize;
    let horizon = Span::lasting(search.from, HORIZON);
    let busy = merge(occupancy.busy().map(|(_, named)| named.span).collect());
    let maintenance = merge(occupancy.maintenance().iter().map(|named| named.span).collect());

    let mut found = Vec::new();
    if search.prefer_maintenance {
        let windows = maintenance.iter().filter_map(|window| window.intersection(horizon));
        fill(&mut found, windows.flat_map(|window| subtract(window, &busy)), length, count);
    }
    let taken = merge(busy.iter().chain(&found).copied().collect());
    fill(&mut found, subtract(horizon, &taken).into_iter(), length, count);
    Ok(found.into_iter().map(|span| describe(span, occupancy, &maintenance)).collect())
}

/// Puts slots into the free stretches, earliest first, until there are `count`.
fn fill(found: &mut Vec<Span>, free: impl Iterator<Item = Span>, length: Duration, count: usize) {
    for stretch in free {
        let mut slot = Span::lasting(quarter_from(stretch.start), length);
        while found.len() < count && slot.end <= stretch.end {
            found.push(slot);
            slot = Span::lasting(quarter_from(slot.end), length);
        }
        if found.len() == count {
            return;
        }
    }
}

/// The first quarter of an hour that is not before `instant`.
fn quarter_from(instant: Instant) -> Instant {
    let past = instant.micros().rem_euclid(QUARTER);
    let wait = if past == 0 { 0 } else { QUARTER - past };
    Instant::from_micros(instant.micros().saturating_add(wait))
}

fn describe(span: Span, occupancy: &Occupancy, maintenance: &[Span]) -> Slot {
    let in_maintenance = maintenance.iter().any(|window| window.covers(span));
    let quarter = Duration::from_micros(QUARTER.unsigned_abs());
    let just_before = Span::new(span.start.minus(quarter), span.start);
    let after = occupancy
        .busy()
        .filter(|(_, named)| named.span.end <= span.start && just_before.start < named.span.end)
        .max_by_key(|(_, named)| named.span.end);
    let mut why = match covering(span, occupancy.maintenance()) {
        _ if !in_maintenance && occupancy.maintenance.is_some() => {
            "Free, outside maintenance".into()
        }
        Some(named) => format!("Free, inside maintenance “{}”", named.name),
        None if in_maintenance => "Free, inside maintenance".into(),
        None => String::from("Free"),
    };
    if let Some((kind, named)) = after {
        let what = match kind {
            ConflictKind::Freeze => "the freeze",
            ConflictKind::Lock => "the lock",
            ConflictKind::Booking | ConflictKind::OutsideMaintenance => "the booking",
        };
        why.push_str(&format!(", right after {what} “{}”", named.name));
    }
    why.push('.');
    Slot { span, in_maintenance, why }
}

fn covering(span: Span, windows: &[Named]) -> Option<&Named> {
    windows.iter().filter(|named| named.span.covers(span)).min_by_key(|named| named.span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000;

    fn minutes(from: i64, to: i64) -> Span {
        Span::new(Instant::from_micros(from * MINUTE), Instant::from_micros(to * MINUTE))
    }

    fn named(name: &str, from: i64, to: i64) -> Named {
        Named::new(name, minutes(from, to))
    }

    fn search(from: i64, duration_minutes: u32, count: u32) -> SlotSearch {
        let from = Instant::from_micros(from * MINUTE);
        SlotSearch { from, duration_minutes, count, prefer_maintenance: false }
    }

    fn spans(search: &SlotSearch, occupancy: &Occupancy) -> Vec<Span> {
        free_slots(search, occupancy).unwrap().into_iter().map(|slot| slot.span).collect()
    }

    #[test]
    fn the_first_slot_is_the_next_quarter_and_the_next_one_an_alternative() {
        let found = spans(&search(7, 20, 2), &Occupancy::default());
        assert_eq!(found, [minutes(15, 35), minutes(45, 65)]);
    }

    #[test]
    fn a_slot_never_meets_a_freeze_a_booking_or_a_lock_and_says_what_it_follows() {
        let occupancy = Occupancy {
            freezes: vec![named("Year end", 0, 50)],
            bookings: vec![named("HF-3", 120, 150)],
            locks: vec![Named::new("Ana", Span::open_ended(minutes(240, 0).start))],
            maintenance: None,
        };
        let found = free_slots(&search(0, 60, 9), &occupancy).unwrap();
        assert_eq!(
            found.iter().map(|slot| slot.span).collect::<Vec<_>>(),
            [minutes(60, 120), minutes(150, 210)]
        );
        assert_eq!(found[0].why, "Free, right after the freeze “Year end”.");
        assert_eq!(found[1].why, "Free, right after the booking “HF-3”.");
    }

    #[test]
    fn maintenance_comes_first_when_it_is_preferred() {
        let maintenance = Some(vec![named("Tuesday night", 120, 180)]);
        let occupancy = Occupancy { maintenance, ..Default::default() };
        let preferred = SlotSearch { prefer_maintenance: true, ..search(0, 60, 3) };
        let found = free_slots(&preferred, &occupancy).unwrap();
        assert_eq!(
            found.iter().map(|slot| (slot.span, slot.in_maintenance)).collect::<Vec<_>>(),
            [(minutes(120, 180), true), (minutes(0, 60), false), (minutes(60, 120), false)]
        );
        assert_eq!(found[0].why, "Free, inside maintenance “Tuesday night”.");
        assert_eq!(found[1].why, "Free, outside maintenance.");
        assert_eq!(spans(&search(0, 60, 1), &occupancy), [minutes(0, 60)]);
    }

    #[test]
    fn nothing_is_offered_beyond_ninety_days() {
        let freezes = vec![named("Long", 0, 90 * 24 * 60 - 60)];
        let occupancy = Occupancy { freezes, ..Default::default() };
        assert_eq!(spans(&search(0, 60, 100), &occupancy).len(), 1);
        assert_eq!(spans(&search(0, 75, 100), &occupancy).len(), 0);
    }

    #[test]
    fn a_search_that_cannot_be_answered_is_refused_at_its_field() {
        let field_of =
            |search| free_slots(&search, &Occupancy::default()).unwrap_err().location.unwrap();
        assert_eq!(field_of(search(0, 0, 1)), "duration_minutes");
        assert_eq!(field_of(search(0, u32::MAX, 1)), "duration_minutes");
        assert_eq!(field_of(search(0, 60, 0)), "count");
        assert_eq!(field_of(search(0, 60, 101)), "count");
    }

    /// The same by brute force: a grid of minutes, and every quarter of an hour tried in turn.
    fn by_grid(search: &SlotSearch, occupancy: &Occupancy) -> Vec<Span> {
        let start = search.from.micros().div_euclid(MINUTE);
        let end = start + 90 * 24 * 60;
        let mark = |list: &[&[Named]]| {
            let mut grid = vec![false; 90 * 24 * 60];
            for named in list.iter().flat_map(|list| list.iter()) {
                let from = (named.span.start.micros() / MINUTE).clamp(start, end);
                let to = (named.span.end.micros() / MINUTE).clamp(start, end);
                for minute in from..to {
                    grid[(minute - start) as usize] = true;
                }
            }
            grid
        };
        let mut busy = mark(&[&occupancy.freezes, &occupancy.locks, &occupancy.bookings]);
        let maintenance = mark(&[occupancy.maintenance()]);
        let length = i64::from(search.duration_minutes);
        let mut found = Vec::new();
        let passes: &[bool] = if search.prefer_maintenance { &[true, false] } else { &[false] };
        for inside in passes {
            for minute in start..=end - length {
                if minute.rem_euclid(15) != 0 || found.len() == search.count as usize {
                    continue;
                }
                let cells = (minute - start) as usize..(minute - start + length) as usize;
                if !busy[cells.clone()].contains(&true)
                    && (!inside || !maintenance[cells.clone()].contains(&false))
                {
                    busy[cells].fill(true);
                    found.push(minutes(minute, minute + length));
                }
            }
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn sweeping_agrees_with_a_grid_of_minutes(
            from in 0i64..300, duration in 1u32..500, count in 1u32..=100, prefer in any::<bool>(),
            lists in prop::array::uniform4(prop::collection::vec((0i64..6000, 0i64..900), 0..8)),
            closed_after in prop::option::of(1000i64..8000),
        ) {
            let mut lists = lists.map(|list| {
                list.iter().map(|(s, l)| named("x", *s, s + l)).collect::<Vec<_>>()
            });
            if let Some(minute) = closed_after {
                lists[2].push(Named::new("lock", Span::open_ended(minutes(minute, minute).start)));
            }
            let [freezes, bookings, locks, maintenance] = lists;
            let maintenance = Some(maintenance);
            let occupancy = Occupancy { freezes, bookings, locks, maintenance };
            let search = SlotSearch { prefer_maintenance: prefer, ..search(from, duration, count) };
            let found = free_slots(&search, &occupancy).unwrap();
            let expected = by_grid(&search, &occupancy);
            prop_assert_eq!(found.iter().map(|slot| slot.span).collect::<Vec<_>>(), expected);
            // What is offered has no conflict but, at most, being outside maintenance.
            for slot in found {
                let against = super::super::conflicts::conflicts(slot.span, &occupancy);
                prop_assert_eq!(against.is_empty(), slot.in_maintenance);
                prop_assert!(against.iter().all(|c| c.kind == ConflictKind::OutsideMaintenance));
            }
        }
    }
}
