//! Time as people agree on it: windows that recur, office hours, what collides, what is free, and
//! how much of a promise is left.
//!
//! Everything here is pure. There is no clock (the caller says what time it is), no I/O, no SQL and
//! no model: a freeze or a booking arrives as a name and a [`Span`]. Inside, time is UTC; zones
//! exist only where a rule is read (`recurrence`, `hours`, `ics`), and always as IANA names, so that a
//! change of the clock moves the instant and not the appointment.

pub mod conflicts;
pub mod hours;
pub mod ics;
pub mod recurrence;
pub mod sla;
pub mod slots;
mod span;

pub use conflicts::{Conflict, ConflictKind, Named, Occupancy, conflicts};
pub use hours::{BusinessHours, OpenHours};
pub use recurrence::Rule;
pub use sla::{Sla, SlaState, Terms};
pub use slots::{Slot, SlotSearch, free_slots};
pub use span::{Span, merge};
