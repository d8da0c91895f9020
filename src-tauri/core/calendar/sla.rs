//! The clock of one promise: how much of its target is used up, and how that looks to a person.
//!
//! A pause stops the clock, and the deadline moves by the open time it took. What was late stays
//! late: neither a pause nor a late finish makes a breach good.

use super::{hours::BusinessHours, span::Span};
use crate::{clock::Instant, error::Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlaState {
    OnTrack,
    /// At least 80 % of the target has passed.
    AtRisk,
    /// The deadline passed unmet, or was met too late.
    Breached,
    Met,
    /// The clock stands still, and there was time left when it stopped.
    Paused,
}

/// What a promise depends on; `now` is a parameter of its own.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    pub start: Instant,
    /// Open time, not elapsed time.
    pub target: Duration,
    pub hours: &'a BusinessHours,
    /// Pauses that are over.
    pub pauses: &'a [Span],
    /// Since when the clock stands still, if it does.
    pub paused_since: Option<Instant>,
    pub met_at: Option<Instant>,
}

/// How a promise stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Sla {
    pub state: SlaState,
    /// While paused, as if work went on this very moment; it moves until it does.
    pub deadline: Instant,
    /// When it becomes a risk, or became one.
    pub at_risk_at: Instant,
    /// Open seconds left, negative once overdue; frozen when met or paused.
    #[ts(type = "number")]
    pub remaining_seconds: i64,
}

impl Terms<'_> {
    pub fn at(&self, now: Instant) -> Result<Sla> {
        // A promise that was kept is judged at that moment, for ever.
        let until = self.met_at.map_or(now, |met| met.min(now)).max(self.start);
        let mut pauses = self.pauses.to_vec();
        let paused = self.paused_since.filter(|since| *since <= until);
        pauses.extend(paused.map(|since| Span::new(since, until)));

        let deadline = self.hours.deadline(self.start, self.target, &pauses)?;
        let at_risk_at = self.hours.deadline(self.start, self.target.mul_f64(0.8), &pauses)?;
        let elapsed = self.hours.elapsed(self.start, until, &pauses)?;

        let met = self.met_at.is_some_and(|met| met <= now);
        let state = if deadline < until {
            SlaState::Breached
        } else if met {
            SlaState::Met
        } else if paused.is_some() {
            SlaState::Paused
        } else if at_risk_at <= until {
            SlaState::AtRisk
        } else {
            SlaState::OnTrack
        };
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        let remaining_seconds = match self.target.checked_sub(elapsed) {
            Some(left) => seconds(left),
            None => -seconds(elapsed - self.target),
        };
        Ok(Sla { state, deadline, at_risk_at, remaining_seconds })
    }
}
