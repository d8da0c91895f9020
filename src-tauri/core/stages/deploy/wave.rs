//! Between waves: gates that end, a person who lets the next wave begin, and what the environment's
//! policy answers to a failure.

use super::{
    super::{Command, Done},
    end, running,
};
use crate::{
    error::Error,
    event::{Event, Note, words::*},
    gates::wave::{WaveStand, gate_end, stand},
    model::{
        Actor, Decide, Decided, Judge, State,
        deployment::{Deployment, Run, RunKind},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Let the next wave begin: the rest of a pause is left out, and nobody is waited for.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct LetWaveOn {
    pub key: DeploymentKey,
    #[serde(default)]
    pub reason: String,
}

impl Command for LetWaveOn {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        let run = running(deployment)?;
        if run.hold.is_some() {
            return Err(Error::denied("A decision is waiting: decide that first.").into());
        }
        let wave = between(state, deployment, run, by)?.ok_or_else(|| {
            Error::denied("No wave is pausing or waiting for a person.")
                .hint("Gates are not left out by this: a gate that fails asks.")
        })?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::WaveLetOn { run: run.number, wave, private: Note { text: self.reason.clone() } },
        ))
    }
}

/// The wave after which the run pauses or waits.
fn between(state: &State, deployment: &Deployment, run: &Run, by: &Actor) -> Judge<Option<u32>> {
    state.expect_targets(&deployment.key, &run.targets)?;
    let mut targets = BTreeMap::new();
    for target in &run.targets {
        targets.insert(target.id.clone(), state.target(&deployment.key, &target.id)?.clone());
    }
    for wave in crate::gates::wave::waves(run) {
        match stand(run, wave, &targets, by.at) {
            WaveStand::Passed => {}
            WaveStand::Pausing { .. } | WaveStand::Waits => return Ok(Some(wave)),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Journal how a gate ended, and hold the run if it is shut. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct EndGate {
    pub key: DeploymentKey,
    pub run: u32,
    pub wave: u32,
    pub gate: String,
    pub verdict: GateVerdict,
    pub measured: Measured,
    pub detail: String,
}

impl Command for EndGate {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let run = running(state.deployment(&self.key)?)?;
        let spec = run
            .rollout
            .wave(self.wave)
            .and_then(|rule| rule.gates.iter().find(|gate| gate.id == self.gate))
            .filter(|_| run.number == self.run)
            .ok_or_else(|| Error::conflict("The run has moved on."))?;
        let mut decided = Decided::new(Done {}).with(
            &self.key.0,
            Event::GateEnded {
                run: self.run,
                wave: self.wave,
                gate: self.gate.clone(),
                verdict: self.verdict,
                measured: self.measured,
                private: Note { text: self.detail.clone() },
            },
        );
        if self.verdict != GateVerdict::Passed && !spec.dry_run && run.hold.is_none() {
            decided.push(&self.key.0, held(spec, self.wave, self.verdict, &self.detail));
        }
        Ok(decided)
    }
}

fn held(gate: &HealthGate, wave: u32, verdict: GateVerdict, detail: &str) -> Event {
    let how = match verdict {
        GateVerdict::Passed | GateVerdict::Failed => "is not as it should be",
        GateVerdict::Inconclusive => "says neither yes nor no",
        GateVerdict::Error => "does not answer",
    };
    Event::DeploymentHeld {
        target: String::new(),
        unknown: false,
        gate: Some(GateRef { wave, gate: gate.id.clone() }),
        private: Note { text: format!("After wave {wave}, {} {how}: {detail}", gate.name) },
    }
}

/// Ask a person about a gate that failed while somebody was asked about something else. Only the
/// engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct HoldGate {
    pub key: DeploymentKey,
    pub wave: u32,
    pub gate: String,
}

impl Command for HoldGate {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let run = running(state.deployment(&self.key)?)?;
        let mut decided = Decided::new(Done {});
        let spec = run
            .rollout
            .wave(self.wave)
            .and_then(|rule| rule.gates.iter().find(|gate| gate.id == self.gate));
        if let (None, Some(spec), Some(end)) =
            (&run.hold, spec, gate_end(run, self.wave, &self.gate))
        {
            decided.push(&self.key.0, held(spec, self.wave, end.verdict, &end.detail));
        }
        Ok(decided)
    }
}

/// What the environment's policy answers to a hold: abort or roll back, once. Only the engine asks
/// for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AnswerHold {
    pub key: DeploymentKey,
}

impl Command for AnswerHold {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        let run = running(deployment)?;
        let hold = run
            .hold
            .as_ref()
            .filter(|hold| !hold.unknown && hold.claimed_by.is_none())
            .filter(|_| run.kind == RunKind::Deploy && run.cancelled.is_none())
            .ok_or_else(|| Error::conflict("A person decides here."))?;
        let (decision, words) = match run.rollout.on_failure {
            OnFailure::Ask => return Err(Error::conflict("A person decides here.").into()),
            OnFailure::Abort => (Decision::Stop, "Stopped by the environment's rule"),
            OnFailure::RollBack => (Decision::RollBack, "Rolled back by the environment's rule"),
        };
        let note = Note { text: format!("{words}: {}", hold.reason) };
        let mut decided = Decided::new(Done {}).with(
            &self.key.0,
            Event::DecisionMade { target: hold.target.clone(), decision, private: note.clone() },
        );
        end(&mut decided, state, deployment, decision, note)?;
        Ok(decided)
    }
}
