//! Runs held against chance: endpoints, gates, people and crashes do what they like, on a clock that is
//! moved by hand. Decided over states in memory, through the same machine and commands as everywhere.

use super::planning_tests::{World, expected, minutes};
use crate::{
    engine::deployer::{self, Effect},
    event::words::*,
    gates::wave::{self, WaveStand},
    model::deployment::{Deployment, RunKind, TargetRun},
    stages::deploy,
};
use proptest::prelude::*;
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// xorshift: a run is what its seed makes of it.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// What the process is doing.
#[derive(Clone)]
enum Doing {
    Step { target: String, key: String, accepted: bool },
    Gate { run: u32, wave: u32, gate: String },
}

struct Sim {
    world: World,
    key: DeploymentKey,
    doing: Vec<Doing>,
    chance: Chance,
}

impl Sim {
    fn new(seed: u64, targets: u32, waves: u32, at_once: u32, on_failure: &str) -> Self {
        let mut chance = Chance(seed | 1);
        let mut world = World::new();
        let target =
            |n: u32| json!({ "id": format!("t{n}"), "wave": n % waves + 1, "endpoint": "agent" });
        let rules: Vec<_> = (1..=waves)
            .map(|wave| {
                let gates = chance.below(3);
                let gate = |n: u64| json!({ "id": format!("g{n}"), "name": "Gate", "by": "endpoint", "dry_run": n == 1 });
                json!({
                    "wave": wave, "pause_minutes": chance.below(4), "wait": chance.one_in(3),
                    "gates": (0..gates).map(gate).collect::<Vec<_>>(),
                })
            })
            .collect();
        let agent = json!({
            "kind": "endpoint", "id": "agent", "name": "Agent", "recipe": "generic-http",
            "base_url": "http://127.0.0.1:9/",
        });
        world.save(serde_json::from_value(agent).unwrap());
        let product = json!({
            "kind": "product", "id": "shop", "name": "Shop",
            "environments": [{
                "id": "production", "name": "Production", "production": true, "soak_minutes": 0,
                "targets": (0..targets).map(target).collect::<Vec<_>>(),
                "rollout": { "waves": rules, "at_once": at_once, "on_failure": on_failure },
            }],
        });
        world.save(serde_json::from_value(product).unwrap());
        let key = world.plan(1, minutes(0, 600), expected(30, &[])).unwrap();
        world.by("ann", &deploy::StartDeployment { key: key.clone() }).unwrap();
        Self { world, key, doing: Vec::new(), chance }
    }

    fn tick(&mut self) {
        self.world.at = self.world.at.plus(Duration::from_secs(1 + self.chance.below(20)));
    }

    fn stands(&self) -> (Deployment, BTreeMap<String, TargetRun>) {
        self.world.stands(&self.key)
    }

    fn engine<C: crate::stages::Command>(&mut self, command: &C) -> Option<C::Answer> {
        self.tick();
        self.world.by("engine", command).ok()
    }

    fn carry_out(&mut self, deployment: &Deployment, effect: Effect) {
        let run = deployment.run.as_ref().unwrap().number;
        let key = self.key.clone();
        let step = |target, key, accepted| Doing::Step { target, key, accepted };
        match effect {
            Effect::Begin { target, step: name, attempt } => {
                let request =
                    deploy::IntendStep { key, target: target.clone(), run, step: name, attempt };
                self.tick();
                let intended = self.world.by("engine", &request);
                let intended = intended.expect("what is begun is intended first");
                self.doing.push(step(target, intended.key, false));
            }
            Effect::Follow { target, key, .. } => self.doing.push(step(target, key, true)),
            Effect::Resume { target, key, .. }
            | Effect::LookAgain { target, key, .. }
            | Effect::CheckHealth { target, key } => self.doing.push(step(target, key, false)),
            Effect::Measure { wave, gate } => self.doing.push(Doing::Gate { run, wave, gate }),
            Effect::Hold { target, unknown, reason } => {
                self.engine(&deploy::HoldRun { key, target, unknown, reason }).unwrap();
            }
            Effect::HoldGate { wave, gate } => {
                self.engine(&deploy::HoldGate { key, wave, gate }).unwrap();
            }
            Effect::Answer { .. } => {
                self.engine(&deploy::AnswerHold { key }).unwrap();
            }
            Effect::Finish => {
                self.engine(&deploy::FinishRun { key }).expect("a run that is over can end");
            }
        }
    }

    /// Something that was being done ends, in one way or another.
    fn come_out(&mut self) {
        if self.doing.is_empty() {
            return;
        }
        let index = self.chance.below(self.doing.len() as u64) as usize;
        let reason = || "as it happens".to_owned();
        match self.doing.swap_remove(index) {
            Doing::Step { target, key, accepted, .. } => {
                let result = match self.chance.below(12) {
                    0 => StepOutcome::Unknown { reason: reason() },
                    1 | 2 => StepOutcome::Failed { reason: reason() },
                    3 => StepOutcome::Cancelled,
                    4..=6 if !accepted && !key.contains("health") => {
                        StepOutcome::Accepted { run: "r".into() }
                    }
                    _ => StepOutcome::Succeeded,
                };
                let good = matches!(result, StepOutcome::Succeeded | StepOutcome::Accepted { .. });
                let deployment = self.key.clone();
                let hold = (!good).then(reason);
                self.engine(&deploy::EndStep { deployment, target, key, result, hold });
            }
            Doing::Gate { run, wave, gate } => {
                let verdict = match self.chance.below(6) {
                    0 => GateVerdict::Failed,
                    1 => GateVerdict::Error,
                    _ => GateVerdict::Passed,
                };
                let (key, measured, detail) = (self.key.clone(), Measured::default(), reason());
                self.engine(&deploy::EndGate { key, run, wave, gate, verdict, measured, detail });
            }
        }
    }

    fn decide(&mut self, deployment: &Deployment) {
        let key = self.key.clone();
        let run = deployment.run.as_ref().unwrap();
        let Some(hold) = &run.hold else {
            let _ = self.world.by("ben", &deploy::LetWaveOn { key, reason: String::new() });
            return;
        };
        use Decision::*;
        let decision = match (hold.unknown, self.chance.below(8)) {
            (true, 0..=2) => LookAgain,
            (true, 3 | 4) => ItWorked,
            (true, 5 | 6) => ItDidNot,
            (true, _) => [Skip, RollBack, Stop][self.chance.below(3) as usize],
            (_, 0..=4) => Retry,
            (_, 5) => Skip,
            (_, 6) => RollBack,
            (_, _) => Stop,
        };
        self.tick();
        let request = deploy::DecideHold { key, decision, reason: "so".into() };
        let decided = self.world.by("ben", &request);
        if run.kind == RunKind::Rollback && decision == RollBack {
            assert!(decided.is_err(), "a rollback is not rolled back");
        }
        if hold.unknown && matches!(decision, Skip | RollBack | Stop) {
            assert!(decided.is_err(), "what is in doubt is not left behind");
        }
    }
}

/// What has to hold of the effects of a moment.
fn judge(
    sim: &Sim,
    deployment: &Deployment,
    targets: &BTreeMap<String, TargetRun>,
    due: &[Effect],
) {
    let run = deployment.run.as_ref().unwrap();
    let begins = |effect: &&Effect| matches!(effect, Effect::Begin { .. } | Effect::Measure { .. });
    if run.hold.is_some() {
        assert!(!due.iter().any(|one| begins(&one)), "a hold stops everything: {due:?}");
    }
    let working = sim.doing.iter().filter(|one| match one {
        Doing::Step { target, key, .. } => {
            targets[target].steps.iter().any(|step| &step.key == key && step.run == run.number)
        }
        Doing::Gate { .. } => false,
    });
    let begun = due.iter().filter(|one| matches!(one, Effect::Begin { .. }));
    assert!(working.count() + begun.count() <= run.rollout.at_once as usize, "too many at once");
    for effect in due {
        let Effect::Begin { target, .. } = effect else { continue };
        let mine = run.targets.iter().find(|one| &one.id == target).unwrap().wave;
        for wave in wave::waves(run).into_iter().filter(|wave| *wave < mine) {
            let stand = wave::stand(run, wave, targets, sim.world.at);
            assert_eq!(stand, WaveStand::Passed, "wave {mine} began before wave {wave} passed");
        }
    }
    let rollbacks = deployment.finished_runs.iter().chain([run]);
    let rollbacks = rollbacks.filter(|run| run.kind == RunKind::Rollback).count();
    assert!(rollbacks <= 1, "rolled back {rollbacks} times");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_run_keeps_its_limits_and_ends_or_asks(
        seed in any::<u64>(),
        targets in 1_u32..9,
        waves in 1_u32..4,
        at_once in 1_u32..4,
        on_failure in prop::sample::select(vec!["ask", "abort", "roll_back"]),
    ) {
        let mut sim = Sim::new(seed, targets, waves, at_once, on_failure);
        let mut ended = false;
        for _ in 0..3000 {
            sim.tick();
            let (deployment, steps) = sim.stands();
            if deployment.state != DeploymentState::Deploying {
                ended = true;
                break;
            }
            let doing = sim.doing.clone();
            let busy = |name: &str| doing.iter().any(|one| match one {
                Doing::Step { target, .. } => target == name,
                Doing::Gate { wave, gate, .. } => deployer::measuring(*wave, gate) == name,
            });
            let due = deployer::next(&deployment, &steps, sim.world.at, busy);
            judge(&sim, &deployment, &steps, &due);
            let idle = due.is_empty() && sim.doing.is_empty();
            for effect in due {
                sim.carry_out(&deployment, effect);
                if sim.world.deployment(&sim.key).run.as_ref().map(|run| run.number)
                    != deployment.run.as_ref().map(|run| run.number)
                {
                    break;
                }
            }
            for _ in 0..sim.chance.below(3) {
                sim.come_out();
            }
            // The process dies; what it was doing is looked up by the next one.
            if sim.chance.one_in(15) {
                sim.doing.clear();
            }
            if idle || sim.chance.one_in(6) {
                let (deployment, _) = sim.stands();
                if deployment.state == DeploymentState::Deploying {
                    sim.decide(&deployment);
                }
            }
        }
        prop_assert!(ended, "it neither ended nor asked: {:?}", sim.stands().0.run);
    }
}
