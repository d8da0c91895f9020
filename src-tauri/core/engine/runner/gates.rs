//! Measures a gate between waves until it passes or fails. Measuring reads only, so after a crash it
//! begins anew.

use super::super::Engine;
use crate::{
    clock::Instant,
    error::{Kind, Result},
    event::words::*,
    gates::wave::{Counter, Seen},
    integrations::monitor::{self, Outcome},
    model::deployment::Deployment,
    stages::deploy as stage,
    store::telemetry,
};
use std::{sync::Arc, time::Duration};

pub(super) struct Gate {
    pub engine: Engine,
    pub deployment: Deployment,
    pub run: u32,
    pub wave: u32,
    pub spec: HealthGate,
}

impl Gate {
    /// Measures until there is a verdict, and journals it. Nothing is journaled if the engine stops,
    /// or the run moves on meanwhile.
    pub async fn measure(self) {
        let every = Duration::from_secs(self.spec.every_seconds.max(1).into());
        let mut counter = Counter::default();
        loop {
            let seen = self.look().await;
            let verdict = counter.count(&self.spec, Seen::of(seen.result.name()));
            let detail = seen.detail.clone();
            if let Err(error) = self.keep(seen, &counter).await {
                tracing::warn!(%error, "a measurement was lost");
            }
            if let Some(verdict) = verdict {
                let request = stage::EndGate {
                    key: self.deployment.key.clone(),
                    run: self.run,
                    wave: self.wave,
                    gate: self.spec.id.clone(),
                    verdict,
                    measured: counter.measured,
                    detail,
                };
                let ended = self
                    .engine
                    .blocking(move |e| e.desk.as_engine(e.fence()).command(&request).map(drop))
                    .await;
                match ended {
                    Err(error) if matches!(error.kind, Kind::Conflict | Kind::Denied) => {}
                    Err(error) => tracing::warn!(%error, "a gate's end is measured again"),
                    Ok(()) => {}
                }
                return;
            }
            let mut stop = self.engine.stop.clone();
            tokio::select! {
                _ = tokio::time::sleep(every) => {}
                _ = stop.changed() => {}
            }
            if *self.engine.stop.borrow() || !self.goes_on().await {
                return;
            }
        }
    }

    /// Whether the run still wants to know: it may have been stopped, held or paused.
    async fn goes_on(&self) -> bool {
        let (key, number) = (self.deployment.key.clone(), self.run);
        let asked = self.engine.blocking(move |engine| {
            engine.desk.as_engine(None).judge(|state, _| {
                let run = state.deployment(&key)?.run.as_ref();
                Ok(run.is_some_and(|run| {
                    run.number == number
                        && run.ended_at.is_none()
                        && run.hold.is_none()
                        && !run.paused
                        && run.cancelled.is_none()
                }))
            })
        });
        asked.await.unwrap_or(true)
    }

    async fn look(&self) -> monitor::Sample {
        let error =
            |detail: String| monitor::Sample { result: Outcome::Error, value: None, detail };
        if self.spec.by != Measure::Endpoint {
            return self.engine.sample(self.spec.probe()).await;
        }
        let run = self.deployment.run.iter().flat_map(|run| &run.targets);
        let mine: Vec<&Target> = run.filter(|target| target.wave == self.wave).collect();
        for target in &mine {
            let endpoint: Result<Arc<_>> = self.engine.outside.endpoint(target);
            match endpoint {
                Ok(endpoint) => match endpoint.health().await {
                    Ok(health) if health.ok => {}
                    Ok(health) => {
                        let detail = format!("{}: {}", target.id, health.detail);
                        return monitor::Sample { result: Outcome::Failure, value: None, detail };
                    }
                    Err(why) => return error(format!("{}: {why}", target.id)),
                },
                Err(why) => return error(format!("{}: {why}", target.id)),
            }
        }
        let detail = match mine.as_slice() {
            [one] => format!("{} is well", one.id),
            all => format!("{} targets are well", all.len()),
        };
        monitor::Sample { result: Outcome::Success, value: None, detail }
    }

    /// A sample beside those of probes, and a line in the log.
    async fn keep(&self, seen: monitor::Sample, counter: &Counter) -> Result<()> {
        let result = seen.result.name();
        let stream = if seen.result == Outcome::Success { "health" } else { "error" };
        let key = self.deployment.key.0.clone();
        let subject = format!("{key}/{}/{}", self.run, self.wave);
        let gate = self.spec.id.clone();
        let counted = counter.measured;
        let text = format!(
            "gate {}{}: {} ({} good of {}, {} failures of {}, {} inconclusive of {}, {} errors)",
            self.spec.name,
            if self.spec.dry_run { " (dry run)" } else { "" },
            seen.detail,
            counted.good,
            self.spec.good.max(1),
            counted.failures,
            self.spec.failure_limit,
            counted.inconclusive,
            self.spec.inconclusive_limit,
            counted.errors,
        );
        self.engine
            .blocking(move |engine| {
                let at: Instant = engine.desk.now();
                let store = engine.desk.store();
                store.add_sample(
                    &subject,
                    &gate,
                    &telemetry::Sample {
                        at,
                        result: result.into(),
                        value: seen.value,
                        detail: seen.detail,
                    },
                )?;
                store.add_log(&key, at, vec![(String::new(), stream, text)])?;
                engine.desk.announce(vec!["log".into()]);
                Ok(())
            })
            .await
    }
}
