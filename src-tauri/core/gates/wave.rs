//! How a wave of a run stands: its targets, then its pause, then its gates, then the word of a person.
//! Pure, and asked by the engine, the window and the command line alike.

use crate::{
    clock::Instant,
    event::words::*,
    model::deployment::{GateEnd, Run, TargetRun},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum WaveStand {
    /// Targets of it are open.
    Open,
    /// Its targets are done; nothing happens before `until`.
    Pausing {
        until: Instant,
    },
    /// These gates have to be measured.
    Measuring {
        gates: Vec<String>,
    },
    /// A gate has failed, and nobody has decided about it.
    Failed {
        gate: String,
    },
    /// Everything is well, and a person lets the next wave begin.
    Waits,
    Passed,
}

/// Whether a target of a run is done or was left out by a person.
pub fn is_over(run: &Run, target: &str, steps: &TargetRun) -> bool {
    let skipped = run.decisions.iter().any(|made| {
        made.target == target && made.gate.is_none() && made.decision == Decision::Skip
    });
    skipped || super::start::target_is_done(steps, run)
}

/// The waves of a run, the first first.
pub fn waves(run: &Run) -> Vec<u32> {
    let mut waves: Vec<u32> = run.targets.iter().map(|target| target.wave).collect();
    waves.sort_unstable();
    waves.dedup();
    waves
}

pub fn stand(
    run: &Run,
    wave: u32,
    targets: &BTreeMap<String, TargetRun>,
    now: Instant,
) -> WaveStand {
    let empty = TargetRun::default();
    let mut done_at = run.started_at;
    for target in run.targets.iter().filter(|target| target.wave == wave) {
        let steps = targets.get(&target.id).unwrap_or(&empty);
        if !is_over(run, &target.id, steps) {
            return WaveStand::Open;
        }
        let ended = steps.last(run.number).and_then(|step| step.ended_at);
        let decided = run.decisions.iter().filter(|made| made.target == target.id);
        let ends = ended.into_iter().chain(decided.map(|made| made.at));
        done_at = ends.fold(done_at, Instant::max);
    }
    let Some(rule) = run.rollout.wave(wave) else { return WaveStand::Passed };
    let let_on = run.let_on.iter().any(|one| one.wave == wave);
    let until = done_at.plus(Duration::from_secs(u64::from(rule.pause_minutes) * 60));
    if now < until && !let_on {
        return WaveStand::Pausing { until };
    }
    let mut open = Vec::new();
    for gate in &rule.gates {
        match gate_stand(run, wave, gate) {
            GateStand::Passed => {}
            GateStand::Open => open.push(gate.id.clone()),
            GateStand::Failed => return WaveStand::Failed { gate: gate.id.clone() },
        }
    }
    if !open.is_empty() {
        WaveStand::Measuring { gates: open }
    } else if rule.wait && !let_on && waves(run).last() != Some(&wave) {
        WaveStand::Waits
    } else {
        WaveStand::Passed
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GateStand {
    Open,
    Failed,
    Passed,
}

/// The end of a gate that counts: the last one.
pub fn gate_end<'a>(run: &'a Run, wave: u32, gate: &str) -> Option<&'a GateEnd> {
    run.gates.iter().rev().find(|end| end.wave == wave && end.gate == gate)
}

fn gate_stand(run: &Run, wave: u32, gate: &HealthGate) -> GateStand {
    let Some(end) = gate_end(run, wave, &gate.id) else { return GateStand::Open };
    if end.verdict == GateVerdict::Passed || gate.dry_run {
        return GateStand::Passed;
    }
    let place = GateRef { wave, gate: gate.id.clone() };
    let decided = |wanted: Decision| {
        run.decisions
            .iter()
            .filter(|made| made.gate.as_ref() == Some(&place) && made.decision == wanted)
            .count()
    };
    let ends = run.gates.iter().filter(|end| end.wave == wave && end.gate == gate.id).count();
    if decided(Decision::Skip) > 0 {
        GateStand::Passed
    } else if decided(Decision::Retry) >= ends {
        // Each end that was not good is measured again once a person wants it.
        GateStand::Open
    } else {
        GateStand::Failed
    }
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Good,
    Failure,
    Inconclusive,
    Error,
}

impl Seen {
    /// Of the word under which a sample is kept.
    pub fn of(result: &str) -> Self {
        match result {
            "success" => Self::Good,
            "failure" => Self::Failure,
            "inconclusive" => Self::Inconclusive,
            _ => Self::Error,
        }
    }
}

/// Counts measurements until they decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    pub measured: Measured,
    errors_in_a_row: u32,
}

impl Counter {
    /// The verdict, once there is one.
    pub fn count(&mut self, gate: &HealthGate, seen: Seen) -> Option<GateVerdict> {
        let measured = &mut self.measured;
        match seen {
            Seen::Good => measured.good += 1,
            Seen::Failure => measured.failures += 1,
            Seen::Inconclusive => measured.inconclusive += 1,
            Seen::Error => measured.errors += 1,
        }
        self.errors_in_a_row = if seen == Seen::Error { self.errors_in_a_row + 1 } else { 0 };
        if measured.failures > gate.failure_limit {
            Some(GateVerdict::Failed)
        } else if measured.inconclusive > gate.inconclusive_limit {
            Some(GateVerdict::Inconclusive)
        } else if self.errors_in_a_row > gate.error_limit {
            Some(GateVerdict::Error)
        } else if measured.good >= gate.good.max(1) {
            Some(GateVerdict::Passed)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(gate: &HealthGate, seen: &[Seen]) -> Option<GateVerdict> {
        let mut counter = Counter::default();
        seen.iter().find_map(|one| counter.count(gate, *one))
    }

    #[test]
    fn limits_are_crossed_when_strictly_exceeded() {
        use Seen::*;
        let gate = HealthGate { good: 2, inconclusive_limit: 1, ..HealthGate::default() };
        assert_eq!(verdict(&gate, &[Failure, Failure]), None);
        assert_eq!(verdict(&gate, &[Failure, Good, Failure, Failure]), Some(GateVerdict::Failed));
        assert_eq!(verdict(&gate, &[Error, Error, Error, Error]), None);
        assert_eq!(verdict(&gate, &[Error; 5]), Some(GateVerdict::Error));
        assert_eq!(
            verdict(&gate, &[Error, Error, Error, Error, Failure, Error, Error]),
            None,
            "errors count in a row"
        );
        assert_eq!(verdict(&gate, &[Inconclusive]), None);
        assert_eq!(verdict(&gate, &[Inconclusive, Inconclusive]), Some(GateVerdict::Inconclusive));
    }

    #[test]
    fn only_good_measurements_pass() {
        use Seen::*;
        let gate = HealthGate { good: 3, ..HealthGate::default() };
        assert_eq!(verdict(&gate, &[Good, Failure, Good]), None);
        assert_eq!(verdict(&gate, &[Good, Failure, Good, Good]), Some(GateVerdict::Passed));
        let none = HealthGate { good: 0, ..HealthGate::default() };
        assert_eq!(verdict(&none, &[Good]), Some(GateVerdict::Passed));
    }
}
