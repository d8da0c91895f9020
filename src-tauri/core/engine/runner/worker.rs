//! Works on one step of one target: calls, waits, looks up what became of a call, and journals the outcome.
//!
//! It knows of its surroundings what [`Host`] says, so that ten thousand runs over a network that does as
//! it likes can be worked on in memory, with a clock that is moved by hand.

mod follow;

use crate::{
    clock::Instant,
    error::{Error, Kind, Result},
    event::words::*,
    integrations::deploy::{CallError, Endpoint, Located, Package, RetryRule, Rollback, Start},
    model::deployment::{Deployment, RunKind},
    stages::deploy::EndStep,
};
use async_trait::async_trait;
use std::{future::Future, sync::Arc, time::Duration};

pub use follow::Followed;

/// How often a call is made anew that certainly never left, before a person is asked.
const NOT_SENT: u32 = 2;
/// How long a refused call waits that may be made again, when the endpoint does not say.
const REFUSED_SECONDS: u64 = 10;
const HEALTH_FAILURES: u32 = 2;
const HEALTH_ERRORS: u32 = 4;

/// What a worker needs of the process that it works in.
#[async_trait]
pub trait Host: Send + Sync {
    fn now(&self) -> Instant;

    /// Whether the process begins nothing more.
    fn stops(&self) -> bool;

    /// Asked right before a call that makes a run. Kind Conflict when another process has taken over since the
    /// step was journaled, as while this one slept: then it is that one's to send.
    async fn may_send(&self) -> Result<()>;

    /// Whether a person has cancelled this run.
    fn cancels(&self, deployment: &DeploymentKey, run: u32) -> bool;

    async fn endpoint(&self, target: &Target) -> Result<Arc<dyn Endpoint>>;

    async fn package(&self, hash: &Digest) -> Result<Package>;

    /// Lines that came together are written together.
    async fn log(
        &self,
        deployment: &DeploymentKey,
        target: &str,
        stream: &'static str,
        lines: Vec<String>,
    ) -> Result<()>;

    /// Lines of a step's log, and up to where it was read, kept together.
    async fn log_read(
        &self,
        deployment: &DeploymentKey,
        target: &str,
        step: &str,
        lines: Vec<String>,
        up_to: u64,
    ) -> Result<()>;

    /// What whoever followed the run of a step before has left, in whichever process.
    async fn followed(&self, step: &str) -> Result<Followed>;

    /// The endpoint does not say how the run of a step stands, since then; or it does again.
    async fn silent(&self, step: &str, since: Option<Instant>) -> Result<()>;

    /// The step has ended: nothing of this is kept.
    async fn follow_is_over(&self, step: &str) -> Result<()>;

    /// Journals an outcome.
    async fn end(&self, outcome: EndStep) -> Result<()>;
}

/// What to do about a step that the endpoint has certainly never seen.
#[derive(Clone, Copy)]
pub enum Absent {
    /// The process that meant to send it died before it did: it is sent now, under the same key.
    Resume,
    /// Something else went wrong: a person decides whether to try again.
    AskPerson,
}

pub struct Worker<H> {
    host: H,
    deployment: Arc<Deployment>,
    target: String,
    /// The idempotency key of the step.
    key: String,
}

impl<H: Host> Worker<H> {
    pub fn new(host: H, deployment: &Arc<Deployment>, target: String, key: String) -> Self {
        Self { host, deployment: Arc::clone(deployment), target, key }
    }

    fn spec(&self) -> Result<&Target> {
        self.deployment
            .run
            .iter()
            .flat_map(|run| &run.targets)
            .find(|target| target.id == self.target)
            .ok_or_else(|| Error::damaged(format!("{} is not a target of this run.", self.target)))
    }

    async fn endpoint(&self) -> Result<Arc<dyn Endpoint>> {
        self.host.endpoint(self.spec()?).await
    }

    fn is_rollback(&self) -> bool {
        self.deployment.run.as_ref().is_some_and(|run| run.kind == RunKind::Rollback)
    }

    fn rollout(&self) -> Rollout {
        self.deployment.run.as_ref().map(|run| run.rollout.clone()).unwrap_or_default()
    }

    async fn log(&self, stream: &'static str, text: String) {
        self.log_all(stream, vec![text]).await;
    }

    async fn log_all(&self, stream: &'static str, lines: Vec<String>) {
        if let Err(error) = self.host.log(&self.deployment.key, &self.target, stream, lines).await {
            tracing::warn!(%error, "a log line was lost");
        }
    }

    /// Journals an outcome. If that fails, the step stays without one and is looked up later.
    async fn end(&self, result: StepOutcome) {
        let hold = match &result {
            StepOutcome::Failed { reason } | StepOutcome::Unknown { reason } => {
                Some(reason.clone())
            }
            StepOutcome::Cancelled => Some("It was cancelled at the endpoint.".into()),
            _ => None,
        };
        let text = match &result {
            StepOutcome::Accepted { run } => format!("accepted as run {run}"),
            StepOutcome::Succeeded => "succeeded".into(),
            StepOutcome::Failed { reason } => format!("failed: {reason}"),
            StepOutcome::Refused { reason, again_at, .. } => {
                let seconds = again_at.since(self.host.now()).as_secs_f64().round();
                format!("refused: {reason} It may be sent again in {seconds} s.")
            }
            StepOutcome::Cancelled => "cancelled".into(),
            StepOutcome::Unknown { reason } => format!("unknown: {reason}"),
        };
        let stream = if hold.is_some() { "error" } else { "endpoint" };
        self.log(stream, text).await;
        let outcome = EndStep {
            deployment: self.deployment.key.clone(),
            target: self.target.clone(),
            key: self.key.clone(),
            result,
            hold,
        };
        if let Err(error) = self.host.end(outcome).await {
            tracing::warn!(%error, step = %self.key, "an outcome could not be journaled; it will be looked up");
        }
    }

    async fn fail(&self, error: Error) {
        self.end(StepOutcome::Failed { reason: error.to_string() }).await;
    }

    /// What a call that did not end well means for the step.
    fn outcome(
        &self,
        error: CallError,
        can_locate: bool,
        retry: Option<RetryRule>,
    ) -> Result<StepOutcome, CallError> {
        if let Some((rule, seconds)) = retry.and_then(|rule| {
            let seconds = rule.wait(&error, REFUSED_SECONDS)?;
            Some((rule, seconds))
        }) {
            let again_at = self.host.now().plus(Duration::from_secs(seconds));
            let (reason, times, minutes) = (error.to_string(), rule.times, rule.minutes);
            return Ok(StepOutcome::Refused { reason, again_at, times, minutes });
        }
        match error {
            CallError::Unclear { .. } if can_locate => Err(error),
            CallError::Unclear { .. } => Ok(StepOutcome::Unknown { reason: error.to_string() }),
            error => Ok(StepOutcome::Failed { reason: error.to_string() }),
        }
    }

    pub async fn begin(&self, step: &str) {
        match step {
            "start" => self.start().await,
            "rollback" => self.roll_back().await,
            _ => self.health().await,
        }
    }

    async fn start(&self) {
        let prepared = self.prepare().await;
        let (endpoint, start) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return self.fail(error).await,
        };
        self.log("call", format!("deploy {} as {}", self.deployment.hash.short(), self.key)).await;
        let Some(started) = self.send(|| endpoint.start(&start)).await else { return };
        match started {
            Ok(started) => self.end(StepOutcome::Accepted { run: started.run }).await,
            Err(error) => {
                match self.outcome(error, endpoint.can_locate(), endpoint.retry_start()) {
                    Ok(outcome) => self.end(outcome).await,
                    Err(error) => {
                        self.log("error", error.to_string()).await;
                        self.locate("start", Absent::AskPerson).await;
                    }
                }
            }
        }
    }

    /// Makes a call that makes a run; `None` if it was not sent from here. What certainly never left is
    /// sent again, whatever the endpoint is like: nobody is asked before that was tried.
    ///
    /// A process that falls asleep between the look at its lease and the first byte can still send late. An
    /// endpoint that makes one run of a key does not mind; at any other the step is Unknown by then.
    async fn send<T, F>(&self, call: impl Fn() -> F) -> Option<Result<T, CallError>>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut attempt = 0;
        loop {
            match self.host.may_send().await {
                Ok(()) => {}
                Err(error) if error.kind == Kind::Conflict => {
                    self.log("call", format!("{} is not sent from here: {error}", self.key)).await;
                    return None;
                }
                Err(error) => {
                    self.fail(error).await;
                    return None;
                }
            }
            match call().await {
                Err(CallError::NotSent { message }) if attempt < NOT_SENT => {
                    let said = format!("it was not sent, and is tried again: {message}");
                    self.log("call", said).await;
                    tokio::time::sleep(Duration::from_secs(1 << attempt)).await;
                    attempt += 1;
                }
                outcome => return Some(outcome),
            }
        }
    }

    async fn prepare(&self) -> Result<(Arc<dyn Endpoint>, Start)> {
        let target = self.spec()?;
        let endpoint = self.host.endpoint(target).await?;
        let start = Start {
            key: self.key.clone(),
            product: self.deployment.product.0.clone(),
            hotfix: self.deployment.hotfix.0.clone(),
            environment: self.deployment.environment.clone(),
            target: target.id.clone(),
            package: self.host.package(&self.deployment.hash).await?,
            variables: target.params.clone(),
        };
        Ok((endpoint, start))
    }

    async fn roll_back(&self) {
        let target = match self.spec() {
            Ok(target) => target.clone(),
            Err(error) => return self.fail(error).await,
        };
        let endpoint = match self.host.endpoint(&target).await {
            Ok(endpoint) => endpoint,
            Err(error) => return self.fail(error).await,
        };
        let to = self.deployment.run.as_ref().and_then(|run| run.hash.clone());
        let rollback = Rollback {
            key: self.key.clone(),
            product: self.deployment.product.0.clone(),
            hotfix: self.deployment.hotfix.0.clone(),
            environment: self.deployment.environment.clone(),
            target: target.id.clone(),
            run: None,
            to: to.map(|hash| hash.0),
            variables: target.params.clone(),
        };
        self.log("call", format!("roll back as {}", self.key)).await;
        let Some(rolled) = self.send(|| endpoint.rollback(&rollback)).await else { return };
        match rolled {
            Ok(rolled) => match rolled.run {
                Some(run) => self.end(StepOutcome::Accepted { run }).await,
                None => self.end(StepOutcome::Succeeded).await,
            },
            Err(error) => {
                match self.outcome(error, endpoint.can_locate(), endpoint.retry_rollback()) {
                    Ok(outcome) => self.end(outcome).await,
                    Err(error) => {
                        self.log("error", error.to_string()).await;
                        self.locate("rollback", Absent::AskPerson).await;
                    }
                }
            }
        }
    }

    /// What became of a step whose answer was lost, or that may never have been sent.
    pub async fn locate(&self, step: &str, absent: Absent) {
        if step.ends_with("health") {
            return self.health().await;
        }
        let endpoint = match self.endpoint().await {
            Ok(endpoint) => endpoint,
            Err(error) => {
                let reason = format!("The endpoint cannot be asked: {error}");
                return self.end(StepOutcome::Unknown { reason }).await;
            }
        };
        if !endpoint.can_locate() {
            let reason =
                "The call was sent, its answer was lost, and this endpoint cannot be asked for it.";
            return self.end(StepOutcome::Unknown { reason: reason.into() }).await;
        }
        self.log("call", format!("what became of {}?", self.key)).await;
        let mut error = String::new();
        for attempt in 0..4_u32 {
            match endpoint.locate(&self.key).await {
                Ok(Some(Located { run, .. })) => {
                    return self.end(StepOutcome::Accepted { run }).await;
                }
                // The endpoint is certain that it never saw the key. A call may have reached it a
                // moment later, so it is asked twice.
                Ok(None) if attempt > 0 => {
                    return self.never_arrived(step, absent, endpoint.as_ref()).await;
                }
                Ok(None) => {}
                Err(failure) => error = failure.to_string(),
            }
            tokio::time::sleep(Duration::from_secs(1 << attempt.min(2))).await;
        }
        let reason =
            format!("The call was sent, and the endpoint does not say what became of it: {error}");
        self.end(StepOutcome::Unknown { reason }).await;
    }

    async fn never_arrived(&self, step: &str, absent: Absent, endpoint: &dyn Endpoint) {
        let one_run_a_key = match step {
            "rollback" => endpoint.rollback_is_idempotent(),
            _ => endpoint.start_is_idempotent(),
        };
        match absent {
            // Should the first one still be on its way, the endpoint makes one run of the two.
            Absent::Resume if one_run_a_key => {
                self.log("call", "it never arrived, and is sent now".into()).await;
                Box::pin(self.begin(step)).await;
            }
            Absent::Resume => {
                let reason = "The call may never have been sent: the endpoint has not seen it. It \
                    makes a run of every call it gets, so it is not sent again by itself.";
                self.end(StepOutcome::Unknown { reason: reason.into() }).await;
            }
            Absent::AskPerson => {
                let reason = "The endpoint has never seen this call: it did not run.";
                self.end(StepOutcome::Failed { reason: reason.into() }).await;
            }
        }
    }

    /// Argo Rollouts' semantics: a wrong answer is a failure, no answer an error; over the limit
    /// (strictly) it has failed; one good answer passes.
    pub async fn health(&self) {
        let endpoint = match self.endpoint().await {
            Ok(endpoint) => endpoint,
            Err(error) => return self.fail(error).await,
        };
        let pause = Duration::from_secs(self.rollout().health_seconds.max(1).into());
        let (mut failures, mut errors) = (0, 0);
        loop {
            let detail = match endpoint.health().await {
                Ok(health) if health.ok => {
                    let rollback = if self.is_rollback() { " after the rollback" } else { "" };
                    self.log("health", format!("healthy{rollback}: {}", health.detail)).await;
                    return self.end(StepOutcome::Succeeded).await;
                }
                Ok(health) => {
                    failures += 1;
                    self.log(
                        "health",
                        format!("{} ({failures} failures, limit {HEALTH_FAILURES})", health.detail),
                    )
                    .await;
                    health.detail
                }
                Err(error) => {
                    errors += 1;
                    self.log("health", format!("{error} ({errors} errors, limit {HEALTH_ERRORS})"))
                        .await;
                    error.to_string()
                }
            };
            if failures > HEALTH_FAILURES || errors > HEALTH_ERRORS {
                let reason = format!("Not healthy: {detail}");
                return self.end(StepOutcome::Failed { reason }).await;
            }
            if self.host.stops() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
    }
}
