//! What a run does next. Pure: from what was journaled and what this process is doing, to effects.
//!
//! Every journal prefix leads on: a step without an outcome that this process is not executing was
//! begun by a process that died, and is looked up before anything else. Only reads (health) are
//! simply repeated.

use crate::{
    clock::Instant,
    event::words::*,
    gates::wave::{self, WaveStand},
    model::deployment::{Decided, Deployment, Run, RunKind, Step, TargetRun},
};
use std::collections::BTreeMap;

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
    /// The endpoint has accepted: follow its run to the end. The step's limit counts from `since`.
    Follow { target: String, key: String, run: String, since: Instant },
    /// Look at the health again; reading twice does no harm.
    CheckHealth { target: String, key: String },
    /// Ask a person.
    Hold { target: String, unknown: bool, reason: String },
    /// Measure a gate of a wave until it passes or fails.
    Measure { wave: u32, gate: String },
    /// Ask a person about a gate that failed.
    HoldGate { wave: u32, gate: String },
    /// The environment's policy answers a failure, now that nothing is under way any more.
    Answer { decision: Decision },
    /// Every target is done or skipped, and every wave has passed.
    Finish,
}

/// The name under which a gate is being measured, beside those of targets: no target has a colon.
pub fn measuring(wave: u32, gate: &str) -> String {
    format!("gate:{wave}:{gate}")
}

/// The effects that are due. `busy` names the targets and gates this process is working on.
pub fn next(
    deployment: &Deployment,
    targets: &BTreeMap<String, TargetRun>,
    now: Instant,
    busy: impl Fn(&str) -> bool,
) -> Vec<Effect> {
    let Some(run) = deployment.run.as_ref().filter(|run| run.ended_at.is_none()) else {
        return Vec::new();
    };
    if deployment.state != DeploymentState::Deploying {
        return Vec::new();
    }
    if let Some(decision) = by_policy(run, targets, &busy) {
        return vec![Effect::Answer { decision }];
    }
    let effects = due(run, targets, now, &busy);
    if effects.is_empty() && run.hold.is_none() {
        // It stands still, and whoever cancelled it is asked how it goes on.
        return cancelled(run, targets, &busy).into_iter().collect();
    }
    effects
}

fn cancelled(
    run: &Run,
    targets: &BTreeMap<String, TargetRun>,
    busy: &impl Fn(&str) -> bool,
) -> Option<Effect> {
    let reason = &run.cancelled.as_ref()?.reason;
    if run.targets.iter().any(|target| busy(&target.id)) {
        return None;
    }
    let empty = TargetRun::default();
    let steps = |id: &str| targets.get(id).unwrap_or(&empty);
    let open = run.targets.iter().find(|one| !wave::is_over(run, &one.id, steps(&one.id)));
    // Between two waves all that has begun is over.
    let target = open.or(run.targets.last())?.id.clone();
    Some(Effect::Hold { target, unknown: false, reason: format!("It was cancelled: {reason}") })
}

fn due(
    run: &Run,
    targets: &BTreeMap<String, TargetRun>,
    now: Instant,
    busy: &impl Fn(&str) -> bool,
) -> Vec<Effect> {
    let empty = TargetRun::default();
    let steps = |id: &str| targets.get(id).unwrap_or(&empty);
    // In whichever wave it is, and whatever else is asked: it is under way already.
    let left = |target: &Target| left_behind(run, steps(&target.id));
    let mut effects: Vec<Effect> = run
        .targets
        .iter()
        .filter(|target| !busy(&target.id))
        .filter_map(|target| settle(run, &target.id, left(target)?))
        .collect();
    for wave in wave::waves(run) {
        match wave::stand(run, wave, targets, now) {
            WaveStand::Passed => continue,
            WaveStand::Open => {
                let open = run
                    .targets
                    .iter()
                    .filter(|target| target.wave == wave)
                    .map(|target| (&target.id, steps(&target.id)))
                    .filter(|(id, steps)| !wave::is_over(run, id, steps));
                for (id, steps) in open.take(run.rollout.at_once.max(1) as usize) {
                    if !busy(id) {
                        effects.extend(next_of(run, id, steps, now));
                    }
                }
                // A person is asked first: what else would have begun waits for the answer.
                if effects.iter().any(|one| matches!(one, Effect::Hold { .. })) {
                    effects.retain(|one| !matches!(one, Effect::Begin { .. }));
                }
                effects.sort_by_key(|one| !matches!(one, Effect::Hold { unknown: true, .. }));
            }
            // Nothing new begins while a person is asked or has paused the run.
            _ if run.hold.is_some() => {}
            WaveStand::Failed { gate } => effects.push(Effect::HoldGate { wave, gate }),
            WaveStand::Measuring { gates } if !run.paused && run.cancelled.is_none() => effects
                .extend(
                    gates
                        .into_iter()
                        .filter(|gate| !busy(&measuring(wave, gate)))
                        .map(|gate| Effect::Measure { wave, gate }),
                ),
            WaveStand::Measuring { .. } | WaveStand::Pausing { .. } | WaveStand::Waits => {}
        }
        return effects;
    }
    if run.hold.is_none() && run.targets.iter().all(|target| left(target).is_none()) {
        effects.push(Effect::Finish);
    }
    effects
}

/// What the run's policy answers to its hold. It waits until nothing is under way, so that nothing is
/// taken back while it is still being deployed. What is unknown is for a person, as is a decision that
/// somebody has claimed, and a rollback that fails: it happens once, and nothing follows from it.
fn by_policy(
    run: &Run,
    targets: &BTreeMap<String, TargetRun>,
    busy: &impl Fn(&str) -> bool,
) -> Option<Decision> {
    let decision = match run.rollout.on_failure {
        OnFailure::Ask => return None,
        OnFailure::Abort => Decision::Stop,
        OnFailure::RollBack => Decision::RollBack,
    };
    let hold = run.hold.as_ref()?;
    // Whoever cancels it decides, too.
    let of_a_person = hold.claimed_by.is_some() || run.cancelled.is_some();
    if run.kind == RunKind::Rollback || hold.unknown || of_a_person {
        return None;
    }
    let settled = run.targets.iter().all(|target| {
        let last = targets.get(&target.id).and_then(|steps| steps.last(run.number));
        let result = last.map(|step| &step.result);
        !busy(&target.id)
            && !matches!(
                result,
                Some(None | Some(StepOutcome::Accepted { .. } | StepOutcome::Unknown { .. }))
            )
    });
    settled.then_some(decision)
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

fn next_of(run: &Run, target: &str, steps: &TargetRun, now: Instant) -> Option<Effect> {
    let (first, last) = (first_step(run.kind), last_step(run.kind));
    let attempts = |name: &str| {
        steps.steps.iter().filter(|step| step.run == run.number && step.step == name).count() as u32
    };
    let begin = |step: &str| {
        // Nothing new begins while a person is asked or has paused the run.
        (run.hold.is_none() && !run.paused && run.cancelled.is_none()).then(|| Effect::Begin {
            target: target.into(),
            step: step.into(),
            attempt: attempts(step) + 1,
        })
    };
    if left_behind(run, steps).is_some() {
        return None;
    }
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
            since: since(run, target, step),
        }),
        Some(StepOutcome::Succeeded) if step.step == first => begin(last),
        Some(StepOutcome::Succeeded) => None,
        Some(StepOutcome::Refused { .. }) if steps.again(step).is_some() => {
            steps.again(step).filter(|at| *at <= now).and_then(|_| begin(first))
        }
        Some(outcome) => {
            let decided = decided(run, target, step);
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

/// What a person has decided about how a step ended.
fn decided(run: &Run, target: &str, step: &Step) -> Option<Decision> {
    let about = |one: &&Decided| {
        one.target == target && one.gate.is_none() && Some(one.at) >= step.ended_at
    };
    run.decisions.iter().rev().find(about).map(|one| one.decision)
}

/// What an earlier run left under way or in doubt at this target: it ends before anything is taken back.
/// Health is only read: what comes of it does not matter any more.
fn left_behind<'a>(run: &Run, steps: &'a TargetRun) -> Option<&'a Step> {
    let earlier = steps.steps.iter().rev().filter(|step| step.run < run.number);
    earlier.filter(|step| !step.step.ends_with("health")).find(|step| {
        step.ended_at.is_none() || matches!(step.result, Some(StepOutcome::Unknown { .. }))
    })
}

/// From when a step's limit counts, whoever follows it: its start, or when a person last wanted it to be
/// looked at again.
fn since(run: &Run, target: &str, step: &Step) -> Instant {
    let again = |one: &&Decided| one.target == target && one.decision == Decision::LookAgain;
    let asked = run.decisions.iter().filter(again).map(|one| one.at);
    asked.fold(step.intended_at, Instant::max)
}

/// It is followed to its end, and never sent again.
fn settle(run: &Run, target: &str, step: &Step) -> Option<Effect> {
    let (key, name) = (step.key.clone(), target.to_owned());
    match &step.result {
        Some(StepOutcome::Accepted { run: endpoint_run }) => Some(Effect::Follow {
            target: name,
            key,
            run: endpoint_run.clone(),
            since: since(run, target, step),
        }),
        Some(outcome @ StepOutcome::Unknown { .. })
            if decided(run, target, step) != Some(Decision::LookAgain) =>
        {
            hold(run, target, outcome)
        }
        _ => Some(Effect::LookAgain { target: name, key, step: step.step.clone() }),
    }
}

/// A failure that nobody has been asked about yet: another target's may have come first.
fn hold(run: &Run, target: &str, outcome: &StepOutcome) -> Option<Effect> {
    let (unknown, reason) = match outcome {
        StepOutcome::Unknown { reason } => (true, reason.clone()),
        StepOutcome::Failed { reason } | StepOutcome::Refused { reason, .. } => {
            (false, reason.clone())
        }
        _ => (false, "It was cancelled at the endpoint.".into()),
    };
    // What is unknown comes before a failure elsewhere.
    if run.hold.as_ref().is_some_and(|hold| !unknown || hold.unknown) {
        return None;
    }
    Some(Effect::Hold { target: target.into(), unknown, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

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
                rollout: Rollout::default(),
                gates: Vec::new(),
                let_on: Vec::new(),
                cancelled: None,
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
        let next = next(&deployment(&[1, 2]), &BTreeMap::new(), at(9), |_| false);
        assert_eq!(next, [Effect::Begin { target: "t0".into(), step: "start".into(), attempt: 1 }]);
    }

    #[test]
    fn a_step_begun_by_a_dead_process_is_looked_up_and_never_begun_again() {
        let state = targets(vec![("t0", vec![step("start", None)])]);
        let effects = next(&deployment(&[1]), &state, at(9), |_| false);
        assert_eq!(
            effects,
            [Effect::Resume { target: "t0".into(), key: "k-start".into(), step: "start".into() }]
        );
    }

    #[test]
    fn what_this_process_is_doing_is_left_alone() {
        let state = targets(vec![("t0", vec![step("start", None)])]);
        assert!(next(&deployment(&[1]), &state, at(9), |_| true).is_empty());
    }

    #[test]
    fn a_failed_health_check_asks_a_person_and_starts_nothing_else() {
        let failed = StepOutcome::Failed { reason: "502".into() };
        let state = targets(vec![(
            "t0",
            vec![step("start", Some(StepOutcome::Succeeded)), step("health", Some(failed))],
        )]);
        let effects = next(&deployment(&[1, 2]), &state, at(9), |_| false);
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
        assert_eq!(next(&deployment(&[1, 2]), &state, at(9), |_| false), [Effect::Finish]);
    }

    #[test]
    fn what_an_earlier_run_left_is_followed_whatever_else_is_asked() {
        let mut rollback = deployment(&[1, 2]);
        if let Some(run) = &mut rollback.run {
            (run.number, run.kind) = (2, RunKind::Rollback);
            run.hold = Some(crate::model::deployment::Hold {
                target: "t0".into(),
                unknown: false,
                gate: None,
                reason: "502".into(),
                at: at(3),
                claimed_by: None,
            });
        }
        let mut accepted = step("start", Some(StepOutcome::Accepted { run: "7".into() }));
        accepted.ended_at = None;
        let failed = StepOutcome::Failed { reason: "502".into() };
        let back = Step { run: 2, ..step("rollback", Some(failed)) };
        let state = targets(vec![("t0", vec![back]), ("t1", vec![accepted])]);
        let (target, key, run) = ("t1".into(), "k-start".into(), "7".into());
        let follow = Effect::Follow { target, key, run, since: at(1) };
        assert_eq!(next(&rollback, &state, at(9), |_| false), [follow]);
        assert!(next(&rollback, &state, at(9), |name| name == "t1").is_empty());
    }

    #[test]
    fn a_limit_counts_from_the_start_of_the_step_or_from_when_a_person_looked_again() {
        let mut accepted = step("start", Some(StepOutcome::Accepted { run: "7".into() }));
        (accepted.intended_at, accepted.ended_at) = (at(5), None);
        let state = targets(vec![("t0", vec![accepted])]);
        let mut deployment = deployment(&[1]);
        let followed_since =
            |deployment: &Deployment| match &next(deployment, &state, at(99), |_| false)[..] {
                [Effect::Follow { since, .. }] => *since,
                other => panic!("{other:?}"),
            };
        assert_eq!(followed_since(&deployment), at(5));
        deployment.run.as_mut().unwrap().decisions.push(Decided {
            target: "t0".into(),
            gate: None,
            decision: Decision::LookAgain,
            reason: String::new(),
            by: PersonId::default(),
            at: at(70),
        });
        assert_eq!(followed_since(&deployment), at(70));
    }

    #[test]
    fn a_refused_step_is_sent_again_when_it_is_time_and_so_often_and_so_long_as_its_recipe_says() {
        let second = 1_000_000;
        let refused = |attempt: u32, began: i64| Step {
            attempt,
            key: format!("k-{attempt}"),
            intended_at: at(began * second),
            ..step(
                "start",
                Some(StepOutcome::Refused {
                    reason: "503".into(),
                    again_at: at((began + 30) * second),
                    times: 2,
                    minutes: 2,
                }),
            )
        };
        let hold = Effect::Hold { target: "t0".into(), unknown: false, reason: "503".into() };
        let begin = |attempt| Effect::Begin { target: "t0".into(), step: "start".into(), attempt };
        // When each attempt began, and now.
        let due = |began: &[i64], now: i64| {
            let steps = began.iter().zip(1..).map(|(began, attempt)| refused(attempt, *began));
            let state = targets(vec![("t0", steps.collect())]);
            next(&deployment(&[1]), &state, at(now * second), |_| false)
        };
        assert_eq!(due(&[0], 29), []);
        assert_eq!(due(&[0], 30), [begin(2)]);
        assert_eq!(due(&[0, 40], 70), [begin(3)]);
        let asks = [hold];
        assert_eq!(due(&[0, 40, 80], 110), asks, "so often");
        assert_eq!(due(&[0, 100], 130), asks, "so long");
    }

    #[test]
    fn an_unknown_outcome_is_never_retried_by_itself() {
        let unknown = StepOutcome::Unknown { reason: "cut".into() };
        let state = targets(vec![("t0", vec![step("start", Some(unknown))])]);
        let effects = next(&deployment(&[1]), &state, at(9), |_| false);
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
        assert!(next(&paused, &BTreeMap::new(), at(9), |_| false).is_empty());
    }
}
