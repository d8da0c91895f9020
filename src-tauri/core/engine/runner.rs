//! Carries out what the deployer says: journal the intent, call, journal the outcome.

mod gates;
mod notice;
pub mod worker;

use super::{Engine, deployer, deployer::Effect};
use crate::{
    clock::Instant,
    desk::Fence,
    error::{Error, Kind, Result},
    event::words::*,
    integrations::deploy::{Endpoint, Package},
    model::deployment::{Deployment, TargetRun},
    stages::{deploy as stage, schedule},
    store::telemetry,
};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};
use worker::{Absent, Followed, Host, Worker};

/// Everything that is planned or under way.
pub(super) async fn deployments(engine: &Engine) -> Result<()> {
    // Looked at before the file is: whoever ends meanwhile is not yet to be seen there, and would be followed
    // a second time.
    let working = super::lock(&engine.busy).clone();
    let open = engine.blocking(open_deployments).await?;
    *super::lock(&engine.cancelled) = open
        .iter()
        .filter_map(|(one, _)| Some((one, one.run.as_ref().filter(|run| run.cancelled.is_some())?)))
        .map(|(one, run)| (one.key.clone(), run.number))
        .collect();
    for (deployment, targets) in open {
        let key = deployment.key.clone();
        // What keeps one from going on is no reason to let the others wait.
        if let Err(error) = go_on(engine, deployment, &targets, &working).await {
            tracing::warn!(%error, deployment = %key, "it does not go on for now");
        }
    }
    Ok(())
}

async fn go_on(
    engine: &Engine,
    deployment: Deployment,
    targets: &BTreeMap<String, TargetRun>,
    working: &HashSet<String>,
) -> Result<()> {
    if deployment.state == DeploymentState::Planned {
        return planned(engine, deployment).await;
    }
    let deployment = Arc::new(deployment);
    let busy = |target: &str| {
        let name = format!("{}/{target}", deployment.key);
        working.contains(&name) || engine.is_busy(&name)
    };
    notice::tell(engine, &deployment, targets).await?;
    for effect in deployer::next(&deployment, targets, engine.desk.now(), busy) {
        carry_out(engine, &deployment, effect).await?;
    }
    Ok(())
}

fn open_deployments(engine: &Engine) -> Result<Vec<(Deployment, BTreeMap<String, TargetRun>)>> {
    let keys: Vec<String> = {
        let db = engine.desk.store().read()?;
        let mut statement = db.prepare_cached(
            "SELECT key FROM deployments WHERE state IN ('planned', 'deploying') ORDER BY num",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let call = engine.desk.as_engine(None);
    keys.into_iter()
        .map(|key| {
            let key = DeploymentKey(key);
            call.judge(|state, _| {
                let deployment = state.deployment(&key)?;
                if let Some(run) = &deployment.run {
                    state.expect_targets(&key, &run.targets)?;
                }
                let mut targets = BTreeMap::new();
                for target in deployment.run.iter().flat_map(|run| &run.targets) {
                    targets.insert(target.id.clone(), state.target(&key, &target.id)?.clone());
                }
                Ok((deployment.clone(), targets))
            })
        })
        .collect()
}

/// Starts what starts by itself, if every gate is open; lets what was missed expire.
async fn planned(engine: &Engine, deployment: Deployment) -> Result<()> {
    let now = engine.desk.now();
    if deployment.window_ends_at.is_some_and(|end| end <= now) {
        let request = schedule::MissDeployment { key: deployment.key };
        return engine
            .blocking(move |e| e.desk.as_engine(e.fence()).command(&request).map(drop))
            .await;
    }
    let due = deployment.automatic && deployment.starts_at.is_some_and(|start| start <= now);
    if !due || !engine.is_due(&format!("start/{}", deployment.key), Duration::from_secs(5)) {
        return Ok(());
    }
    let request = stage::StartDeployment { key: deployment.key };
    let started =
        engine.blocking(move |e| e.desk.as_engine(e.fence()).command(&request).map(drop)).await;
    match started {
        // Shut gates are shown to people as blockers; the engine asks again until the window ends.
        Err(error) if error.kind == Kind::Denied => Ok(()),
        other => other,
    }
}

async fn carry_out(engine: &Engine, deployment: &Arc<Deployment>, effect: Effect) -> Result<()> {
    let key = deployment.key.clone();
    let held = Held { engine: engine.clone(), fence: engine.fence() };
    match effect {
        Effect::Finish => {
            let request = stage::FinishRun { key };
            let finished = engine
                .blocking(move |e| e.desk.as_engine(e.fence()).command(&request).map(drop))
                .await;
            match finished {
                Err(error) if error.kind == Kind::Conflict => Ok(()),
                other => other,
            }
        }
        Effect::Hold { target, unknown, reason } => {
            let request = stage::HoldRun { key, target, unknown, reason };
            engine.blocking(move |e| e.desk.as_engine(e.fence()).command(&request).map(drop)).await
        }
        Effect::HoldGate { wave, gate } => {
            let request = stage::HoldGate { key, wave, gate };
            engine.blocking(move |e| e.desk.as_engine(e.fence()).command(&request).map(drop)).await
        }
        Effect::Answer { .. } => {
            let request = stage::AnswerHold { key };
            let answered = engine
                .blocking(move |e| e.desk.as_engine(e.fence()).command(&request).map(drop))
                .await;
            match answered {
                // Somebody has claimed or decided it in this very moment.
                Err(error) if error.kind == Kind::Conflict => Ok(()),
                other => other,
            }
        }
        Effect::Measure { wave, gate } => {
            let Some(run) = &deployment.run else { return Ok(()) };
            let rule = run.rollout.wave(wave);
            let Some(spec) = rule.and_then(|rule| rule.gates.iter().find(|one| one.id == gate))
            else {
                return Ok(());
            };
            let name = deployer::measuring(wave, &gate);
            let Some(busy) = engine.claim(format!("{key}/{name}")) else { return Ok(()) };
            let gate = gates::Gate {
                engine: engine.clone(),
                deployment: Deployment::clone(deployment),
                run: run.number,
                wave,
                spec: spec.clone(),
            };
            tokio::spawn(async move {
                let _busy = busy;
                gate.measure().await;
            });
            Ok(())
        }
        Effect::Begin { target, step, attempt } => {
            let Some(busy) = engine.claim(format!("{key}/{target}")) else { return Ok(()) };
            let run = deployment.run.as_ref().map_or(0, |run| run.number);
            let request =
                stage::IntendStep { key, target: target.clone(), run, step: step.clone(), attempt };
            let deployment = Arc::clone(deployment);
            // Not one after the other: intents that are journaled at the same moment share a transaction.
            tokio::spawn(async move {
                let _busy = busy;
                let fence = held.fence.clone();
                let intended =
                    held.engine.blocking(move |e| e.desk.as_engine(fence).command(&request)).await;
                match intended {
                    Ok(intended) => {
                        let worker = Worker::new(held, &deployment, target, intended.key);
                        worker.begin(&step).await;
                    }
                    // Somebody paused or decided in this very moment: the next look sees it.
                    Err(error) if error.kind == Kind::Conflict => {}
                    Err(error) => {
                        tracing::warn!(%error, deployment = %deployment.key, %target, "no intent, no call");
                    }
                }
            });
            Ok(())
        }
        Effect::Resume { target, key: step_key, step } => {
            let Some(busy) = engine.claim(format!("{key}/{target}")) else { return Ok(()) };
            let worker = Worker::new(held, deployment, target, step_key);
            tokio::spawn(async move {
                let _busy = busy;
                worker.locate(&step, Absent::Resume).await;
            });
            Ok(())
        }
        Effect::LookAgain { target, key: step_key, step } => {
            let Some(busy) = engine.claim(format!("{key}/{target}")) else { return Ok(()) };
            let worker = Worker::new(held, deployment, target, step_key);
            tokio::spawn(async move {
                let _busy = busy;
                worker.locate(&step, Absent::AskPerson).await;
            });
            Ok(())
        }
        Effect::Follow { target, key: step_key, run, since } => {
            let Some(busy) = engine.claim(format!("{key}/{target}")) else { return Ok(()) };
            let worker = Worker::new(held, deployment, target, step_key);
            tokio::spawn(async move {
                let _busy = busy;
                worker.follow(&run, since).await;
            });
            Ok(())
        }
        Effect::CheckHealth { target, key: step_key } => {
            let Some(busy) = engine.claim(format!("{key}/{target}")) else { return Ok(()) };
            let worker = Worker::new(held, deployment, target, step_key);
            tokio::spawn(async move {
                let _busy = busy;
                worker.health().await;
            });
            Ok(())
        }
    }
}

/// The engine as a worker has it: under the lease that its step was begun with. Should the process lose it and
/// take it again, somebody else may have gone on with the step meanwhile.
struct Held {
    engine: Engine,
    fence: Option<Fence>,
}

#[async_trait]
impl Host for Held {
    fn now(&self) -> Instant {
        self.engine.desk.now()
    }

    fn stops(&self) -> bool {
        *self.engine.stop.borrow()
    }

    async fn may_send(&self) -> Result<()> {
        let Some(fence) = self.fence.clone() else {
            return Err(Error::conflict("This program does not run the deployments."));
        };
        self.engine
            .blocking(move |engine| {
                let (store, now) = (engine.desk.store(), engine.desk.now());
                // Renewed, so that nobody takes over while the call is on its way.
                store.renew(&fence.lease, fence.token, super::LEASE_TTL, now)
            })
            .await
    }

    fn cancels(&self, deployment: &DeploymentKey, run: u32) -> bool {
        super::lock(&self.engine.cancelled).contains(&(deployment.clone(), run))
    }

    async fn endpoint(&self, target: &Target) -> Result<Arc<dyn Endpoint>> {
        let target = target.clone();
        self.engine.blocking(move |engine| engine.outside.endpoint(&target)).await
    }

    async fn package(&self, hash: &Digest) -> Result<Package> {
        let hash = hash.clone();
        self.engine.blocking(move |engine| engine.outside.package(&hash)).await
    }

    async fn log(
        &self,
        deployment: &DeploymentKey,
        target: &str,
        stream: &'static str,
        lines: Vec<String>,
    ) -> Result<()> {
        let (subject, target) = (deployment.0.clone(), target.to_owned());
        let lines: Vec<_> = lines.into_iter().map(|text| (target.clone(), stream, text)).collect();
        self.engine
            .blocking(move |engine| {
                engine.desk.store().add_log(&subject, engine.desk.now(), lines)?;
                engine.desk.announce(vec!["log".into()]);
                Ok(())
            })
            .await
    }

    async fn log_read(
        &self,
        deployment: &DeploymentKey,
        target: &str,
        step: &str,
        lines: Vec<String>,
        up_to: u64,
    ) -> Result<()> {
        let (subject, target) = (deployment.0.clone(), target.to_owned());
        let step = step.to_owned();
        let lines = lines.into_iter().map(|text| (target.clone(), "endpoint", text)).collect();
        self.engine
            .blocking(move |engine| {
                let (store, now) = (engine.desk.store(), engine.desk.now());
                store.add_read_log(&subject, now, lines, &step, up_to)?;
                engine.desk.announce(vec!["log".into()]);
                Ok(())
            })
            .await
    }

    async fn followed(&self, step: &str) -> Result<Followed> {
        let step = step.to_owned();
        self.engine
            .blocking(move |engine| {
                let store = engine.desk.store();
                let silent_since = telemetry::silent_since(&*store.read()?, &step)?;
                Ok(Followed { log_read: store.log_read(&step)?, silent_since })
            })
            .await
    }

    async fn silent(&self, step: &str, since: Option<Instant>) -> Result<()> {
        let step = step.to_owned();
        self.engine
            .blocking(move |engine| {
                engine.desk.store().set_silent(&step, since)?;
                engine.desk.announce(vec!["log".into()]);
                Ok(())
            })
            .await
    }

    async fn follow_is_over(&self, step: &str) -> Result<()> {
        let step = step.to_owned();
        self.engine.blocking(move |engine| engine.desk.store().follow_is_over(&step)).await
    }

    async fn end(&self, outcome: stage::EndStep) -> Result<()> {
        let fence = self.fence.clone();
        self.engine
            .blocking(move |engine| engine.desk.as_engine(fence).command(&outcome).map(drop))
            .await
    }
}
