//! Time as people agree on it: windows that recur, office hours, what collides, what is free, and
//! how much of a promise is left.
//!
//! Everything here is pure. There is no clock (the caller says what time it is), no I/O, no SQL and
//! no model: a freeze or a booking arrives as a name and a [`Span`]. Inside, time is UTC; zones
//! exist only where a rule is read (`recurrence`, `hours`, `ics`), and always as IANA names, so that a
//! change of the clock moves the instant and not the appointment.

pub mod hours;
pub mod ics;
pub mod recurrence;
pub mod sla;
mod span;
pub mod track;

pub use hours::{BusinessHours, OpenHours};
pub use recurrence::{MovedInstance, Rule};
pub use sla::{Sla, SlaState, Terms};
pub use span::{Span, merge, subtract};
pub use track::Track;
