//! What a queued message does next. Pure: from when it may leave, and what was tried.

use crate::{clock::Instant, store::operational::Attempt};
use std::time::Duration;

/// Pauses after failed attempts, as in Standard Webhooks 1.0: four days in all.
const PAUSES: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It leaves now, as attempt number so and so.
    Send {
        attempt: u32,
    },
    Wait {
        until: Instant,
    },
    /// It has left; whoever sent it died before saying so.
    Sent {
        attempt: u32,
    },
    /// It was tried often enough; whoever tried it last died before saying so.
    GiveUp {
        attempt: u32,
    },
}

/// `send_at` is when it was queued, or tried again by hand: what failed before that does not count.
pub fn next(attempts: &[Attempt], send_at: Option<Instant>, now: Instant) -> Next {
    let last = attempts.last().filter(|last| Some(last.at) >= send_at);
    let attempt = attempts.len() as u32;
    match last {
        None => match send_at.filter(|at| *at > now) {
            Some(until) => Next::Wait { until },
            None => Next::Send { attempt: attempt + 1 },
        },
        Some(last) if last.outcome == "sent" => Next::Sent { attempt },
        Some(last) => match last.next_at {
            None => Next::GiveUp { attempt },
            Some(until) if until > now => Next::Wait { until },
            Some(_) => Next::Send { attempt: attempt + 1 },
        },
    }
}

/// How long is waited after a failure; `None` if it was the last. `failures` counts since `send_at`, this one
/// included; `wait` is what the other side asks for; `dice` in 0..1 spreads it.
pub fn pause(failures: usize, wait: Option<Duration>, dice: f64) -> Option<Duration> {
    let seconds = *PAUSES.get(failures.saturating_sub(1))?;
    let pause = Duration::from_secs(seconds).mul_f64(0.9 + dice / 5.0);
    Some(pause.max(wait.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    fn tried(attempt: u32, second: i64, outcome: &str, next: Option<i64>) -> Attempt {
        Attempt {
            attempt,
            at: at(second),
            outcome: outcome.into(),
            detail: String::new(),
            next_at: next.map(at),
        }
    }

    #[test]
    fn it_leaves_when_it_may_and_again_when_its_pause_is_over() {
        assert_eq!(next(&[], Some(at(10)), at(9)), Next::Wait { until: at(10) });
        assert_eq!(next(&[], Some(at(10)), at(10)), Next::Send { attempt: 1 });
        let failed = [tried(1, 10, "failed", Some(15))];
        assert_eq!(next(&failed, Some(at(10)), at(14)), Next::Wait { until: at(15) });
        assert_eq!(next(&failed, Some(at(10)), at(15)), Next::Send { attempt: 2 });
    }

    #[test]
    fn what_was_sent_or_given_up_by_who_died_is_ended_and_not_tried_again() {
        let sent = [tried(1, 10, "failed", Some(15)), tried(2, 15, "sent", None)];
        assert_eq!(next(&sent, Some(at(10)), at(99)), Next::Sent { attempt: 2 });
        let last = [tried(1, 10, "failed", None)];
        assert_eq!(next(&last, Some(at(10)), at(99)), Next::GiveUp { attempt: 1 });
        // Tried again by hand, it begins anew.
        assert_eq!(next(&last, Some(at(50)), at(50)), Next::Send { attempt: 2 });
    }

    #[test]
    fn ten_failures_are_enough_and_nobody_is_asked_sooner_than_wanted() {
        let all: Vec<_> = (1..=10).map(|failures| pause(failures, None, 0.5)).collect();
        assert!(all[..9].iter().all(Option::is_some) && all[9].is_none(), "{all:?}");
        assert!(all[..9].is_sorted());
        assert_eq!(pause(1, None, 0.5), Some(Duration::from_secs(5)));
        assert_eq!(pause(1, Some(Duration::from_secs(60)), 0.0), Some(Duration::from_secs(60)));
        assert_eq!(pause(10, Some(Duration::from_secs(60)), 0.0), None);
        assert!(pause(2, None, 0.0) < pause(2, None, 1.0));
    }
}
