//! What a run does next. Pure: from what was journaled and what this process is doing, to effects.
//!
//! Every journal prefix leads on: a step without an outcome that this process is not executing was
//! begun by a process that died, and is looked up before anything else. Only reads (health) are
//! simply repeated.

use crate::{
    event::words::*,
    model::deployment::{Deployment, Run, RunKind, TargetRun},
};
use std::collections::BTreeMap;

/// How many targets of a wave are worked on at once.
pub const CONCURRENCY: usize = 100;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Journal the intent, then call.
    Begin { target: String, step: String, attempt: u32 },
    /// The step was begun by a process that is gone: ask the endpoint what became of it, and go on
    /// from there.
    Resume { target: String, key: String, step: String },
    /// A person wants the endpoint to be asked once more what became of a step.
    LookAgain { target: String, key: String, step: String },
    /// The endpoint has accepted: follow its run to the end.
    Follow { target: String, key: String, run: String },
    /// Look at the health again; reading twice does no harm.
    CheckHealth { target: String, key: String },
    /// Ask a person.
    Hold { target: String, unknown: bool, reason: String },
    /// Every target is done or skipped.
    Finish,
}

/// The effects that are due. `busy` names the targets this process is working on.
pub fn next(
    deployment: &Deployment,
    targets: &BTreeMap<String, TargetRun>,
    busy: impl Fn(&str) -> bool,
) -> Vec<Effect> {
    let Some(run) = deployment.run.as_ref().filter(|run| run.ended_at.is_none()) else {
        return Vec::new();
    };
    if deployment.state != DeploymentState::Deploying {
        return Vec::new();
    }
    let empty = TargetRun::default();
    let mut effects = Vec::new();
    let mut waves: Vec<u32> = run.targets.iter().map(|target| target.wave).collect();
    waves.sort_unstable();
    waves.dedup();
    let mut working = 0;
    for wave in waves {
        let mut open = false;
        for target in run.targets.iter().filter(|target| target.wave == wave) {
            let steps = targets.get(&target.id).unwrap_or(&empty);
            if is_over(run, target, steps) {
                continue;
            }
            open = true;
            working += 1;
            if working > CONCURRENCY || busy(&target.id) {
                continue;
            }
            effects.extend(next_of(run, &target.id, steps));
        }
        if open {
            return effects;
        }
    }
    if run.hold.is_none() {
        effects.push(Effect::Finish);
    }
    effects
}

fn is_over(run: &Run, target: &Target, steps: &TargetRun) -> bool {
    let skipped = run
        .decisions
        .iter()
        .any(|decided| decided.target == target.id && decided.decision == Decision::Skip);
    let last = last_step(run.kind);
    let done = steps
        .last(run.number)
        .is_some_and(|step| step.step == last && step.result == Some(StepOutcome::Succeeded));
    skipped || done
}

fn first_step(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Deploy => "start",
        RunKind::Rollback => "rollback",
    }
}

fn last_step(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Deploy => "health",
        RunKind::Rollback => "rollback_health",
    }
}

fn next_of(run: &Run, target: &str, steps: &TargetRun) -> Option<Effect> {
    let (first, last) = (first_step(run.kind), last_step(run.kind));
    let attempts = |name: &str| {
        steps.steps.iter().filter(|step| step.run == run.number && step.step == name).count() as u32
    };
    let begin = |step: &str| {
        // Nothing new begins while a person is asked or has paused the run.
        (run.hold.is_none() && !run.paused).then(|| Effect::Begin {
            target: target.into(),
            step: step.into(),
            attempt: attempts(step) + 1,
        })
    };
    let Some(step) = steps.last(run.number) else { return begin(first) };
    match &step.result {
        None if step.step == last => {
            Some(Effect::CheckHealth { target: target.into(), key: step.key.clone() })
        }
        None => Some(Effect::Resume {
            target: target.into(),
            key: step.key.clone(),
            step: step.step.clone(),
        }),
        Some(StepOutcome::Accepted { run: endpoint_run }) => Some(Effect::Follow {
            target: target.into(),
            key: step.key.clone(),
            run: endpoint_run.clone(),
        }),
        Some(StepOutcome::Succeeded) if step.step == first => begin(last),
        Some(StepOutcome::Succeeded) => None,
        Some(outcome) => {
            let decided = run
                .decisions
                .iter()
                .rev()
                .find(|one| one.target == target && Some(one.at) >= step.ended_at)
                .map(|one| one.decision);
            match (decided, outcome) {
                (Some(Decision::Retry), _) => begin(first),
                (Some(Decision::LookAgain), StepOutcome::Unknown { .. }) => {
                    Some(Effect::LookAgain {
                        target: target.into(),
                        key: step.key.clone(),
                        step: step.step.clone(),
                    })
                }
                _ => hold(run, target, outcome),
            }
        }
    }
}

/// A failure that nobody has been asked about yet: another target's may have come first.
fn hold(run: &Run, target: &str, outcome: &StepOutcome) -> Option<Effect> {
    if run.hold.is_some() {
        return None;
    }
    let (unknown, reason) = match outcome {
        StepOutcome::Unknown { reason } => (true, reason.clone()),
        StepOutcome::Failed { reason } => (false, reason.clone()),
        _ => (false, "It was cancelled at the endpoint.".into()),
    };
    Some(Effect::Hold { target: target.into(), unknown, reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Instant, model::deployment::Step};

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    fn deployment(waves: &[u32]) -> Deployment {
        let targets: Vec<_> = waves
            .iter()
            .enumerate()
            .map(|(index, wave)| Target {
                id: format!("t{index}"),
                wave: *wave,
                endpoint: "agent".into(),
                params: BTreeMap::new(),
            })
            .collect();
        Deployment {
            state: DeploymentState::Deploying,
            targets: targets.clone(),
            run: Some(Run {
                number: 1,
                kind: RunKind::Deploy,
                hash: None,
                targets,
                started_by: PersonId::default(),
                started_at: at(0),
                ended_at: None,
                paused: false,
                hold: None,
                decisions: Vec::new(),
            }),
            ..Deployment::default()
        }
    }

    fn step(name: &str, result: Option<StepOutcome>) -> Step {
        Step {
            run: 1,
            step: name.into(),
            attempt: 1,
            key: format!("k-{name}"),
            intended_at: at(1),
            ended_at: result.is_some().then(|| at(2)),
            result,
            endpoint_run: None,
        }
    }

    fn targets(steps: Vec<(&str, Vec<Step>)>) -> BTreeMap<String, TargetRun> {
        steps
            .into_iter()
            .map(|(id, steps)| (id.to_owned(), TargetRun { version: 1, steps }))
            .collect()
    }

    #[test]
    fn the_second_wave_waits_for_the_first() {
        let next = next(&deployment(&[1, 2]), &BTreeMap::new(), |_| false);
        assert_eq!(next, [Effect::Begin { target: "t0".into(), step: "start".into(), attempt: 1 }]);
    }

    #[test]
    fn a_step_begun_by_a_dead_process_is_looked_up_and_never_begun_again() {
        let state = targets(vec![("t0", vec![step("start", None)])]);
        let effects = next(&deployment(&[1]), &state, |_| false);
        assert_eq!(
            effects,
            [Effect::Resume { target: "t0".into(), key: "k-start".into(), step: "start".into() }]
        );
    }

    #[test]
    fn what_this_process_is_doing_is_left_alone() {
        let state = targets(vec![("t0", vec![step("start", None)])]);
        assert!(next(&deployment(&[1]), &state, |_| true).is_empty());
    }

    #[test]
    fn a_failed_health_check_asks_a_person_and_starts_nothing_else() {
        let failed = StepOutcome::Failed { reason: "502".into() };
        let state = targets(vec![(
            "t0",
            vec![step("start", Some(StepOutcome::Succeeded)), step("health", Some(failed))],
        )]);
        let effects = next(&deployment(&[1, 2]), &state, |_| false);
        assert_eq!(
            effects,
            [Effect::Hold { target: "t0".into(), unknown: false, reason: "502".into() }]
        );
    }

    #[test]
    fn a_run_ends_when_every_target_is_healthy() {
        let done = || {
            vec![
                step("start", Some(StepOutcome::Succeeded)),
                step("health", Some(StepOutcome::Succeeded)),
            ]
        };
        let state = targets(vec![("t0", done()), ("t1", done())]);
        assert_eq!(next(&deployment(&[1, 2]), &state, |_| false), [Effect::Finish]);
    }

    #[test]
    fn an_unknown_outcome_is_never_retried_by_itself() {
        let unknown = StepOutcome::Unknown { reason: "cut".into() };
        let state = targets(vec![("t0", vec![step("start", Some(unknown))])]);
        let effects = next(&deployment(&[1]), &state, |_| false);
        assert_eq!(
            effects,
            [Effect::Hold { target: "t0".into(), unknown: true, reason: "cut".into() }]
        );
    }

    #[test]
    fn a_paused_run_begins_nothing() {
        let mut paused = deployment(&[1]);
        if let Some(run) = &mut paused.run {
            run.paused = true;
        }
        assert!(next(&paused, &BTreeMap::new(), |_| false).is_empty());
    }
}
