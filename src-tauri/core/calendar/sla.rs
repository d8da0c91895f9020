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
        let at_risk_at = self.hours.deadline(self.start, self.target / 5 * 4, &pauses)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// Five open hours from Monday 10:00 in Berlin: at risk at 14:00, due at 15:00.
    fn judge(now: &str, change: impl FnOnce(&mut Terms<'_>)) -> Sla {
        let hours = BusinessHours::office("Europe/Berlin");
        let mut terms = Terms {
            start: at("2026-11-23T09:00:00Z"),
            target: Duration::from_secs(5 * 3600),
            hours: &hours,
            pauses: &[],
            paused_since: None,
            met_at: None,
        };
        change(&mut terms);
        terms.at(at(now)).unwrap()
    }

    #[test]
    fn it_is_at_risk_from_four_fifths_on_and_breached_after_its_deadline() {
        let state = |now| judge(now, |_| ()).state;
        assert_eq!(state("2026-11-23T12:59:59Z"), SlaState::OnTrack);
        assert_eq!(state("2026-11-23T13:00:00Z"), SlaState::AtRisk);
        assert_eq!(state("2026-11-23T14:00:00Z"), SlaState::AtRisk);
        assert_eq!(state("2026-11-23T14:00:01Z"), SlaState::Breached);
    }

    #[test]
    fn it_says_when_it_is_due_and_what_open_time_is_left() {
        let sla = judge("2026-11-23T11:00:00Z", |_| ());
        assert_eq!(sla.deadline, at("2026-11-23T14:00:00Z"));
        assert_eq!(sla.at_risk_at, at("2026-11-23T13:00:00Z"));
        assert_eq!(sla.remaining_seconds, 3 * 3600);
        // Overdue by two hours of Monday and one of Tuesday; the night does not count.
        assert_eq!(judge("2026-11-24T09:00:00Z", |_| ()).remaining_seconds, -3 * 3600);
    }

    #[test]
    fn met_in_time_stays_met_and_met_late_stays_breached() {
        let met = |at_: &str| judge("2026-12-24T09:00:00Z", |terms| terms.met_at = Some(at(at_)));
        assert_eq!(met("2026-11-23T14:00:00Z").state, SlaState::Met);
        assert_eq!(met("2026-11-23T10:00:00Z").remaining_seconds, 4 * 3600);
        assert_eq!(met("2026-11-23T14:00:01Z").state, SlaState::Breached);
    }

    #[test]
    fn before_it_was_met_it_stood_as_it_stood() {
        let then = judge("2026-11-23T13:30:00Z", |terms| {
            terms.met_at = Some(at("2026-11-23T13:45:00Z"));
        });
        assert_eq!(then.state, SlaState::AtRisk);
    }

    #[test]
    fn a_pause_stops_the_clock_and_moves_the_deadline() {
        let pause = |terms: &mut Terms<'_>| terms.paused_since = Some(at("2026-11-23T10:00:00Z"));
        let sla = judge("2026-11-24T09:00:00Z", pause);
        assert_eq!(sla.state, SlaState::Paused);
        assert_eq!(sla.remaining_seconds, 4 * 3600);
        assert_eq!(sla.deadline, at("2026-11-24T13:00:00Z"));
    }

    #[test]
    fn a_pause_that_is_over_is_as_good_as_time_that_did_not_pass() {
        let over = [Span::new(at("2026-11-23T10:00:00Z"), at("2026-11-23T12:00:00Z"))];
        let hours = BusinessHours::office("Europe/Berlin");
        let terms = Terms {
            start: at("2026-11-23T09:00:00Z"),
            target: Duration::from_secs(5 * 3600),
            hours: &hours,
            pauses: &over,
            paused_since: None,
            met_at: None,
        };
        let sla = terms.at(at("2026-11-23T14:30:00Z")).unwrap();
        assert_eq!((sla.state, sla.deadline), (SlaState::OnTrack, at("2026-11-23T16:00:00Z")));
    }

    #[test]
    fn pausing_too_late_does_not_undo_a_breach() {
        let sla = judge("2026-11-24T09:00:00Z", |terms| {
            terms.paused_since = Some(at("2026-11-23T15:00:00Z"));
        });
        assert_eq!(sla.state, SlaState::Breached);
    }
}
