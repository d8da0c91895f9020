//! Tells once that a run waits for a person: for each hold and for each wave that waits, however often
//! something is tried meanwhile, and across restarts.

use super::super::Engine;
use crate::{
    error::Result,
    event::words::*,
    gates::wave::{self, WaveStand},
    integrations::message::{Nobody, Outgoing},
    model::deployment::{Deployment, RunKind, TargetRun},
};
use std::collections::BTreeMap;

/// What is waited for now, under a name of its own; `None` if nobody is.
fn wanted(
    deployment: &Deployment,
    targets: &BTreeMap<String, TargetRun>,
    now: crate::clock::Instant,
) -> Option<(String, String)> {
    let run = deployment.run.as_ref().filter(|run| run.ended_at.is_none())?;
    if let Some(hold) = &run.hold {
        // What the environment's own rule answers in a moment needs nobody. It answers nothing while what
        // became of a target is unknown, of this one or of another.
        let unknown = targets.values().any(|steps| steps.in_doubt().is_some());
        let answered = run.rollout.on_failure != OnFailure::Ask
            && run.kind == RunKind::Deploy
            && run.cancelled.is_none()
            && !hold.unknown
            && !unknown;
        return (!answered).then(|| (format!("hold {}", hold.at.micros()), hold.reason.clone()));
    }
    for number in wave::waves(run) {
        match wave::stand(run, number, targets, now) {
            WaveStand::Passed => {}
            WaveStand::Waits => {
                let name = format!("wave {}.{number}", run.number);
                return Some((name, format!("Wave {number} is well. The next one waits for you.")));
            }
            _ => return None,
        }
    }
    None
}

pub(super) async fn tell(
    engine: &Engine,
    deployment: &Deployment,
    targets: &BTreeMap<String, TargetRun>,
) -> Result<()> {
    let Some((name, body)) = wanted(deployment, targets, engine.desk.now()) else { return Ok(()) };
    let setting = format!("told/{}", deployment.key);
    let fresh = engine
        .blocking(move |engine| {
            let store = engine.desk.store();
            if store.setting(&setting)?.as_deref() == Some(&name) {
                return Ok(false);
            }
            // Noted first: a notification that is lost is better than one that comes again and again.
            store.set_setting(&setting, &name)?;
            Ok(true)
        })
        .await?;
    if fresh {
        let channel = engine.outside.desktop();
        let notice = Outgoing {
            id: format!("{}-waits", deployment.key),
            subject: format!(
                "{} r{} in {}: a decision is waiting",
                deployment.hotfix, deployment.revision, deployment.environment
            ),
            body,
            ..Outgoing::default()
        };
        tokio::spawn(async move {
            if let Err(error) = channel.send(&notice, &Nobody).await {
                tracing::info!(error = %error.message, "no notification was shown");
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Instant,
        model::deployment::{Hold, Run, Step},
    };

    #[test]
    fn a_person_is_told_of_what_the_rule_cannot_answer_and_of_nothing_else() {
        let at = Instant::from_micros(1);
        let target = |id: &str| Target {
            id: id.into(),
            wave: 1,
            endpoint: "agent".into(),
            params: BTreeMap::new(),
        };
        let run = Run {
            number: 1,
            kind: RunKind::Deploy,
            hash: None,
            targets: vec![target("a"), target("b")],
            rollout: Rollout { on_failure: OnFailure::RollBack, ..Rollout::default() },
            gates: Vec::new(),
            let_on: Vec::new(),
            cancelled: None,
            started_by: PersonId::default(),
            started_at: at,
            ended_at: None,
            paused: false,
            hold: Some(Hold {
                target: "a".into(),
                unknown: false,
                gate: None,
                reason: "502".into(),
                at,
                claimed_by: None,
            }),
            decisions: Vec::new(),
        };
        let deployment = Deployment { run: Some(run), ..Deployment::default() };
        let step = |result: StepOutcome| TargetRun {
            version: 1,
            steps: vec![Step {
                run: 1,
                step: "start".into(),
                attempt: 1,
                key: "k".into(),
                intended_at: at,
                ended_at: Some(at),
                result: Some(result),
                endpoint_run: None,
            }],
        };
        let failed = || step(StepOutcome::Failed { reason: "502".into() });
        let mut targets = BTreeMap::from([("a".to_owned(), failed()), ("b".to_owned(), failed())]);
        assert_eq!(wanted(&deployment, &targets, at), None, "the rule answers it");
        targets.insert("b".into(), step(StepOutcome::Unknown { reason: "lost".into() }));
        let told = wanted(&deployment, &targets, at);
        assert_eq!(told.map(|(_, body)| body).as_deref(), Some("502"));
    }
}
