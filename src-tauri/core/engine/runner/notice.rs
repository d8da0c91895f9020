//! Tells once that a run waits for a person: for each hold and for each wave that waits, however often
//! something is tried meanwhile, and across restarts.

use super::super::Engine;
use crate::{
    error::Result,
    event::words::*,
    gates::wave::{self, WaveStand},
    integrations::message::Outgoing,
    model::deployment::{Deployment, TargetRun},
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
        // What the environment's own rule answers in a moment needs nobody.
        let answered = run.rollout.on_failure != OnFailure::Ask
            && run.kind == crate::model::deployment::RunKind::Deploy
            && !hold.unknown;
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
    if let (true, Some(channel)) = (fresh, engine.outside.channel(MessageChannel::Desktop)) {
        let notice = Outgoing {
            id: format!("{}-waits", deployment.key),
            subject: format!(
                "{} r{} in {}: a decision is waiting",
                deployment.hotfix, deployment.revision, deployment.environment
            ),
            body,
            recipients: Vec::new(),
        };
        tokio::spawn(async move {
            if let Err(error) = channel.send(&notice).await {
                tracing::info!(error = %error.message, "no notification was shown");
            }
        });
    }
    Ok(())
}
