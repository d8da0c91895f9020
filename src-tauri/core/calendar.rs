//! Time as people agree on it: windows that recur, office hours, what collides, what is free, and
//! how much of a promise is left.
//!
//! Everything here is pure. There is no clock (the caller says what time it is), no I/O, no SQL and
//! no model: a freeze or a booking arrives as a name and a [`Span`]. Inside, time is UTC; zones
//! exist only where a rule is read (`recurrence`, `hours`, `ics`, `periods`), and always as IANA names, so that a
//! change of the clock moves the instant and not the appointment.

pub mod hours;
pub mod ics;
pub mod periods;
pub mod recurrence;
pub mod sla;
mod span;
pub mod track;

pub use hours::{BusinessHours, OpenHours};
pub use periods::Every;
pub use recurrence::{MovedInstance, Rule};
pub use sla::{Sla, SlaState, Terms};
pub use span::{Span, merge, subtract};
pub use track::Track;

use crate::{clock::Instant, error::Result};

/// A moment as one writes it to people, in their zone: "Tue, 1 Dec 2026, 14:00 CET".
pub fn spoken(at: Instant, zone: &str) -> Result<String> {
    let zone = recurrence::zone(zone, "zone")?;
    let wall = zone.to_datetime(at.timestamp()).strftime("%a, %-d %b %Y, %H:%M");
    Ok(format!("{wall} {}", zone.to_offset_info(at.timestamp()).abbreviation()))
}

/// "45 min", "2 h" or "1 h 30 min".
pub fn spoken_minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
