//! The deployment itself: started through its gate, run step by step, held for a person on failure.
//!
//! Intent before call, outcome after it: the engine asks for [`IntendStep`] before it calls an
//! endpoint and for [`EndStep`] when it knows what came of it. What cannot be told is Unknown, and a
//! person decides. One deployment holds an environment at a time.

mod cancel;
mod partly;
mod release;
mod wave;

pub use cancel::*;
pub use release::*;
pub use wave::*;

use super::{Command, Done, required};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{Event, Note, stream, words::*},
    gates,
    model::{
        Actor, Decide, Decided, State, Stop,
        deployment::{Deployment, Hold, Run, RunKind},
        facts::EnvironmentFacts,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Start a planned deployment. Every blocker is asked again now.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct StartDeployment {
    pub key: DeploymentKey,
}

impl Command for StartDeployment {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        if !matches!(deployment.state, DeploymentState::Planned | DeploymentState::Missed) {
            return Err(Error::denied(format!("{} has started or is over.", self.key)).into());
        }
        let hotfix = state.hotfix(&deployment.hotfix)?;
        if hotfix.phase != Phase::Rollout {
            return Err(Error::denied(format!("{} is not in Rollout.", hotfix.key)).into());
        }
        if hotfix.current().is_none_or(|built| built.package.hash != deployment.hash) {
            return Err(Error::denied(format!(
                "r{} was replaced by a newer revision.",
                deployment.revision
            ))
            .hint("Plan the current revision.")
            .into());
        }
        let facts = state
            .facts(by.at)
            .about(&deployment.product, &deployment.environment, hotfix.priority)?
            .for_hotfix(hotfix)?
            .for_deployment(deployment)?;
        let all = facts.deployments(hotfix)?;
        gates::start(hotfix, deployment, &all, &facts)?.pass()?;
        let product = state.product(&deployment.product)?;
        let rollout = product
            .environment(&deployment.environment)
            .map(|environment| environment.rollout.clone())
            .unwrap_or_default();
        Ok(Decided::new(Done {})
            .with(
                &self.key.0,
                Event::DeploymentStarted {
                    run: next_run(deployment),
                    hash: deployment.hash.clone(),
                    targets: rollout.spread(&deployment.targets),
                    rollout,
                },
            )
            .with(
                stream::environment(&deployment.product, &deployment.environment),
                Event::EnvironmentHeld { deployment: self.key.clone() },
            ))
    }
}

fn next_run(deployment: &Deployment) -> u32 {
    deployment.run.as_ref().map_or(0, |run| run.number) + 1
}

/// Declares a request about the run that acts now.
macro_rules! on_run {
    ($(#[$doc:meta])* $name:ident |$run:ident, $by:ident| $check:block => $event:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
        pub struct $name {
            pub key: DeploymentKey,
        }

        impl Command for $name {
            type Answer = Done;

            fn decide(&self, state: &State, $by: &Actor) -> Decide<Done> {
                let $run = running(state.deployment(&self.key)?)?;
                $check
                Ok(Decided::new(Done {}).with(&self.key.0, $event))
            }
        }
    };
}

fn running(deployment: &Deployment) -> Result<&Run> {
    match (&deployment.run, deployment.state) {
        (Some(run), DeploymentState::Deploying) if run.ended_at.is_none() => Ok(run),
        _ => Err(Error::denied(format!("{} is not running.", deployment.key))),
    }
}

on_run! {
    /// Begin no further target until it is resumed. What is under way ends.
    PauseDeployment |run, _by| {
        if run.paused {
            return Err(Error::denied("It is paused already.").into());
        }
    } => Event::DeploymentPaused {}
}

on_run! {
    /// Go on.
    ResumeDeployment |run, _by| {
        if !run.paused {
            return Err(Error::denied("It is not paused.").into());
        }
    } => Event::DeploymentResumed {}
}

on_run! {
    /// Say that one takes the decision, so that no two people take it.
    ClaimDecision |run, by| {
        match &run.hold {
            None => return Err(Error::denied("No decision is waiting.").into()),
            Some(hold) => if let Some(person) = hold.claimed_by.as_ref().filter(|person| **person != by.person) {
                return Err(Error::conflict(format!("{person} has claimed this decision.")).into());
            }
        }
    } => Event::DecisionClaimed {}
}

/// Decide what becomes of a run that holds.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct DecideHold {
    pub key: DeploymentKey,
    pub decision: Decision,
    #[serde(default)]
    pub reason: String,
}

impl Command for DecideHold {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        let run = running(deployment)?;
        let hold = run
            .hold
            .as_ref()
            .ok_or_else(|| Error::denied("No decision is waiting: the run goes on by itself."))?;
        if let Some(person) = hold.claimed_by.as_ref().filter(|person| **person != by.person) {
            return Err(Error::conflict(format!(
                "{} has claimed this decision.",
                state.catalog.name_of(person)
            ))
            .into());
        }
        let about_unknown =
            matches!(self.decision, Decision::LookAgain | Decision::ItWorked | Decision::ItDidNot);
        if about_unknown != hold.unknown && about_unknown {
            return Err(Error::field(
                "decision",
                "The outcome is known: retry, skip, roll back or stop.",
            )
            .into());
        }
        if run.kind == RunKind::Rollback && self.decision == Decision::RollBack {
            return Err(Error::field(
                "decision",
                "This is the rollback: it happens once, and is not rolled back itself.",
            )
            .hint("Retry, skip or stop.")
            .into());
        }
        if hold.unknown && self.decision == Decision::Retry {
            return Err(Error::field(
                "decision",
                "Nobody knows whether it ran: sending it again could run it twice.",
            )
            .hint("Look again, or say whether it worked.")
            .into());
        }
        if let (true, Decision::RollBack | Decision::Stop | Decision::Skip) =
            (hold.unknown, self.decision)
        {
            return Err(Error::field(
                "decision",
                format!("Nobody knows whether it still runs at {}.", hold.target),
            )
            .hint("Look again, or say whether it worked; then roll back, skip it or stop.")
            .into());
        }
        if matches!(self.decision, Decision::Skip | Decision::ItWorked | Decision::ItDidNot) {
            required("reason", &self.reason, "The reason")?;
        }
        let note = Note { text: self.reason.clone() };
        let mut decided = Decided::new(Done {}).with(
            &self.key.0,
            Event::DecisionMade {
                target: hold.target.clone(),
                decision: self.decision,
                private: note.clone(),
            },
        );
        if hold.gate.is_some() {
            end(&mut decided, state, deployment, self.decision, note)?;
            return Ok(decided);
        }
        let steps = state.target(&self.key, &hold.target)?;
        // What a person has seen is recorded as the outcome of the step that was in doubt.
        if let (Decision::ItWorked | Decision::ItDidNot, Some(step)) =
            (self.decision, steps.in_doubt())
        {
            let result = match self.decision {
                Decision::ItWorked => StepOutcome::Succeeded,
                _ => {
                    StepOutcome::Failed { reason: "A person has seen that it did not work.".into() }
                }
            };
            decided.push(
                stream::target(&self.key, &hold.target),
                Event::StepEnded {
                    run: step.run,
                    step: step.step.clone(),
                    attempt: step.attempt,
                    key: step.key.clone(),
                    result,
                },
            );
        }
        end(&mut decided, state, deployment, self.decision, note)?;
        Ok(decided)
    }
}

/// What a decision does beyond being made.
fn end(
    decided: &mut Decided<Done>,
    state: &State,
    deployment: &Deployment,
    decision: Decision,
    note: Note,
) -> Result<(), Stop> {
    match decision {
        Decision::Stop => {
            quiet(state, deployment, decision)?;
            fail(decided, state, deployment, note)
        }
        Decision::RollBack => {
            quiet(state, deployment, decision)?;
            roll_back(decided, state, deployment, note)
        }
        _ => Ok(()),
    }
}

/// A run that ends leaves nothing behind that still changes the environment. What is under way when it
/// is rolled back is followed to its end first; what became of each target has to be known for either.
fn quiet(state: &State, deployment: &Deployment, decision: Decision) -> Result<(), Stop> {
    state.expect_targets(&deployment.key, &deployment.targets)?;
    for target in &deployment.targets {
        let steps = state.target(&deployment.key, &target.id)?;
        for step in steps.steps.iter().filter(|step| !step.step.ends_with("health")) {
            let said = match &step.result {
                Some(StepOutcome::Unknown { .. }) => "What became of it is not known at",
                None | Some(StepOutcome::Accepted { .. }) if decision == Decision::Stop => {
                    "It is still under way at"
                }
                _ => continue,
            };
            return Err(Error::conflict(format!("{said} {}.", target.id))
                .hint("Wait until that has ended or is asked about; then decide again.")
                .into());
        }
    }
    Ok(())
}

fn fail(
    decided: &mut Decided<Done>,
    state: &State,
    deployment: &Deployment,
    note: Note,
) -> Result<(), Stop> {
    state.environment(&deployment.product, &deployment.environment)?;
    decided.push(&deployment.key.0, Event::DeploymentFailed { private: note });
    decided.push(
        stream::environment(&deployment.product, &deployment.environment),
        Event::EnvironmentReleased { deployment: deployment.key.clone() },
    );
    Ok(())
}

/// A rollback is a run of its own over the targets that were touched. It happens once, with no
/// cascade: a rollback that fails holds for a person.
fn roll_back(
    decided: &mut Decided<Done>,
    state: &State,
    deployment: &Deployment,
    note: Note,
) -> Result<(), Stop> {
    let environment = state.environment(&deployment.product, &deployment.environment)?;
    // Before the switch of what runs, the previous bytes still stand as running; after it, they
    // are the last of the history.
    let before = match &environment.running {
        Some(running) if running.hash.as_ref() == Some(&deployment.hash) => {
            environment.history.last()
        }
        running => running.as_ref(),
    };
    let run = deployment.run.as_ref();
    let mut touched = Vec::new();
    let all = run.map(|run| run.targets.as_slice()).unwrap_or_default();
    state.expect_targets(&deployment.key, all)?;
    for target in all {
        if !state.target(&deployment.key, &target.id)?.steps.is_empty() {
            touched.push(target.clone());
        }
    }
    decided.push(
        &deployment.key.0,
        Event::RollbackStarted {
            run: next_run(deployment),
            to: before.and_then(|running| running.hash.clone()),
            targets: touched,
            private: note,
        },
    );
    if environment.held_by.as_ref() != Some(&deployment.key) {
        decided.push(
            stream::environment(&deployment.product, &deployment.environment),
            Event::EnvironmentHeld { deployment: deployment.key.clone() },
        );
    }
    Ok(())
}

/// Roll back a deployment that has ended: after a failed validation, or a stop.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RollBack {
    pub key: DeploymentKey,
    pub reason: String,
}

impl Command for RollBack {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        required("reason", &self.reason, "The reason")?;
        if !matches!(
            deployment.state,
            DeploymentState::Validating | DeploymentState::Failed | DeploymentState::Done
        ) || deployment.run.is_none()
        {
            return Err(Error::denied(format!("{} cannot be rolled back now.", self.key))
                .hint("While it runs, decide at its hold; a rollback happens once.")
                .into());
        }
        let environment = state.environment(&deployment.product, &deployment.environment)?;
        if let Some(other) = &environment.held_by {
            return Err(Error::denied(format!("{other} is deploying there."))
                .hint("Wait until it ends.")
                .into());
        }
        let runs_now = environment.running.as_ref().and_then(|running| running.hash.as_ref());
        if deployment.state != DeploymentState::Failed && runs_now != Some(&deployment.hash) {
            return Err(Error::denied("Something newer runs there by now.").into());
        }
        let mut decided = Decided::new(Done {});
        roll_back(&mut decided, state, deployment, Note { text: self.reason.clone() })?;
        Ok(decided)
    }
}

/// Journal the intent to call an endpoint. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct IntendStep {
    pub key: DeploymentKey,
    pub target: String,
    pub run: u32,
    pub step: String,
    pub attempt: u32,
}

/// The idempotency key under which the step is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Intended {
    pub key: String,
}

impl Command for IntendStep {
    type Answer = Intended;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Intended> {
        let deployment = state.deployment(&self.key)?;
        let run = running(deployment)?;
        let steps = state.target(&self.key, &self.target)?;
        if run.number != self.run || run.hold.is_some() || run.paused || run.cancelled.is_some() {
            return Err(Error::conflict("The run has moved on.").into());
        }
        if steps.last(self.run).is_some_and(|step| step.ended_at.is_none()) {
            return Err(Error::conflict("The step before has not ended.").into());
        }
        let key = format!(
            "{}.r{}.{}.{}.{}.{}.{}",
            deployment.hotfix,
            deployment.revision,
            self.key,
            self.run,
            self.target,
            self.step,
            self.attempt
        );
        if steps.steps.iter().any(|step| step.key == key) {
            return Err(Error::conflict("This attempt has been made.").into());
        }
        Ok(Decided::new(Intended { key: key.clone() }).with(
            stream::target(&self.key, &self.target),
            Event::StepIntended {
                run: self.run,
                step: self.step.clone(),
                attempt: self.attempt,
                key,
            },
        ))
    }
}

/// Journal what came of a call. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct EndStep {
    pub deployment: DeploymentKey,
    pub target: String,
    /// The idempotency key of the step.
    pub key: String,
    pub result: StepOutcome,
    /// Hold the run for a person, with this sentence.
    #[serde(default)]
    pub hold: Option<String>,
}

impl Command for EndStep {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.deployment)?;
        let steps = state.target(&self.deployment, &self.target)?;
        let step = steps
            .steps
            .iter()
            .find(|step| step.key == self.key)
            .ok_or_else(|| Error::conflict("This step was never begun."))?;
        if step.ended_at.is_some() && !matches!(step.result, Some(StepOutcome::Unknown { .. })) {
            return Err(Error::conflict("This step has ended.").into());
        }
        let mut decided = Decided::new(Done {}).with(
            stream::target(&self.deployment, &self.target),
            Event::StepEnded {
                run: step.run,
                step: step.step.clone(),
                attempt: step.attempt,
                key: self.key.clone(),
                result: self.result.clone(),
            },
        );
        let unknown = matches!(self.result, StepOutcome::Unknown { .. });
        let run = deployment
            .run
            .as_ref()
            .filter(|run| run.number == step.run || unknown)
            .filter(|run| holds(run.hold.as_ref(), unknown));
        if let (Some(reason), Some(_)) = (&self.hold, run) {
            decided.push(
                &self.deployment.0,
                Event::DeploymentHeld {
                    target: self.target.clone(),
                    unknown,
                    gate: None,
                    private: Note { text: reason.clone() },
                },
            );
        }
        Ok(decided)
    }
}

/// What is unknown is asked first: how a failure elsewhere goes on depends on it, and is asked again.
fn holds(before: Option<&Hold>, unknown: bool) -> bool {
    before.is_none_or(|hold| unknown && !hold.unknown)
}

/// Ask a person about a target whose failure was not asked about yet. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct HoldRun {
    pub key: DeploymentKey,
    pub target: String,
    pub unknown: bool,
    pub reason: String,
}

impl Command for HoldRun {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let run = running(state.deployment(&self.key)?)?;
        let mut decided = Decided::new(Done {});
        if holds(run.hold.as_ref(), self.unknown) {
            decided.push(
                &self.key.0,
                Event::DeploymentHeld {
                    target: self.target.clone(),
                    unknown: self.unknown,
                    gate: None,
                    private: Note { text: self.reason.clone() },
                },
            );
        }
        Ok(decided)
    }
}

/// Every target is done: what runs there changes. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FinishRun {
    pub key: DeploymentKey,
}

impl Command for FinishRun {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        let run = running(deployment)?;
        let open = gates::open_targets(&state.facts(by.at), deployment)?;
        let hotfix = state.hotfix(&deployment.hotfix)?;
        let place = stream::environment(&deployment.product, &deployment.environment);
        let environment = state.environment(&deployment.product, &deployment.environment)?;
        let mut decided = Decided::new(Done {});
        match run.kind {
            RunKind::Deploy => {
                let facts = state.facts(by.at).about(
                    &deployment.product,
                    &deployment.environment,
                    hotfix.priority,
                )?;
                gates::deployed(hotfix, &facts, deployment, &open).pass()?;
                let built = hotfix.package(&deployment.hash).ok_or_else(|| {
                    Error::damaged(format!(
                        "The package of {} is not among the revisions.",
                        self.key
                    ))
                })?;
                let running = now_running(&facts, deployment, &built.package, by.at);
                decided.push(&self.key.0, Event::DeploymentDeployed {});
                decided.push(
                    &place,
                    Event::RunningChanged {
                        running,
                        deployment: Some(self.key.clone()),
                        endpoint: None,
                    },
                );
            }
            RunKind::Rollback => {
                if !open.is_empty() {
                    return Err(Error::conflict("The rollback has not ended.").into());
                }
                decided.push(&self.key.0, Event::DeploymentRolledBack {});
                let ours = environment
                    .running
                    .as_ref()
                    .is_some_and(|running| running.hash.as_ref() == Some(&deployment.hash));
                let back = environment.running.as_ref().filter(|_| ours).and_then(|running| {
                    partly::after_rollback(running, environment.history.last(), deployment)
                });
                if let Some(back) = back {
                    let running = Running { since: by.at, ..back };
                    decided.push(
                        &place,
                        Event::RunningChanged {
                            running,
                            deployment: Some(self.key.clone()),
                            endpoint: None,
                        },
                    );
                }
            }
        }
        decided.push(place, Event::EnvironmentReleased { deployment: self.key.clone() });
        Ok(decided)
    }
}

/// What runs after this package: its own hot fix, and those others it keeps.
fn now_running(
    facts: &EnvironmentFacts,
    deployment: &Deployment,
    package: &Package,
    at: Instant,
) -> Running {
    let before = facts.running.as_ref();
    let kept = gates::kept(facts, &deployment.hotfix, package);
    let (mut hotfixes, release) = (kept.hotfixes, kept.release);
    let theirs: Vec<_> = hotfixes.iter().flat_map(|other| other.commits.clone()).collect();
    hotfixes.push(RunningHotfix {
        hotfix: deployment.hotfix.clone(),
        revision: deployment.revision,
        commits: package
            .commits
            .iter()
            .filter(|commit| !theirs.contains(commit))
            .filter(|commit| release.is_empty() || !commit.starts_with(&release))
            .cloned()
            .collect(),
        files: package.files.iter().map(|file| file.path.clone()).collect(),
    });
    Running {
        version: before.map(|running| running.version.clone()).unwrap_or_default(),
        hotfix: Some(deployment.hotfix.clone()),
        revision: Some(deployment.revision),
        hash: Some(deployment.hash.clone()),
        hotfixes,
        commit: release,
        left_out: partly::left_out(before, deployment),
        since: at,
    }
}
