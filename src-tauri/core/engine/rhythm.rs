//! When something that is asked again and again is asked next, and after a failure. Pure.

use crate::{clock::Instant, error::Error, store::operational::Standing};
use std::time::Duration;

/// After failures it is asked less and less often, down to this.
const SLOWEST: Duration = Duration::from_secs(3600);

/// When it is asked next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rhythm {
    pub every: Duration,
}

/// Why it did not go well.
pub(super) struct Failure {
    pub error: Error,
    /// How long the other side wants to be left alone.
    pub wait: Option<Duration>,
    /// It will not pass by itself.
    pub lasting: bool,
}

impl Rhythm {
    /// Whether it is time. Whoever changed it wants to see what comes of it.
    pub fn is_due(standing: &Standing, version: u64, now: Instant) -> bool {
        standing.version != version || standing.next_at.is_none_or(|at| at <= now)
    }

    pub fn after_good(self, standing: &mut Standing, now: Instant) {
        standing.last_at = Some(now);
        standing.good_at = Some(now);
        standing.next_at = Some(now.plus(self.every));
        standing.failures = 0;
        standing.error = None;
        standing.lasting = false;
    }

    /// Twice as long after each failure, never shorter than the other side wants. `dice` in 0..1
    /// spreads it, so that what failed together does not come back together.
    pub fn after_failure(
        self,
        standing: &mut Standing,
        failure: impl Into<Failure>,
        now: Instant,
        dice: f64,
    ) {
        let failure = failure.into();
        let doublings = standing.failures.min(16);
        let slowest = SLOWEST.max(self.every);
        let pause = self.every.saturating_mul(1 << doublings).min(slowest);
        let pause = pause.mul_f64(0.75 + dice / 2.0).max(failure.wait.unwrap_or_default());
        standing.last_at = Some(now);
        standing.next_at = Some(now.plus(pause));
        standing.failures = standing.failures.saturating_add(1);
        standing.error = Some(failure.error);
        standing.lasting = failure.lasting;
    }
}

/// In 0..1.
pub(super) fn dice() -> f64 {
    let mut bytes = [0; 4];
    // Without dice the pauses are merely all alike.
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
