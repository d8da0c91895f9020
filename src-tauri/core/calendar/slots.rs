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
