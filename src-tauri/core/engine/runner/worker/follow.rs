//! Follows an accepted run to its end: asks how it stands, reads its log, asks it to stop.

use super::{Host, Worker};
use crate::{
    clock::Instant,
    event::words::*,
    integrations::deploy::{Endpoint, RunState, RunStatus},
};
use std::time::Duration;

/// How often an accepted run is asked how it stands.
const POLL: Duration = Duration::from_millis(500);
/// How long an endpoint may say nothing at all before its run counts as Unknown.
const SILENCE: Duration = Duration::from_secs(120);
/// How many pieces of a log are read between two looks at its run, and how many once the run has ended: a log
/// may have no end.
const LOG_PIECES: u32 = 32;
const LAST_LOG_PIECES: u32 = 4096;
/// How often an endpoint is asked to stop a run, until it has heard.
const ASKED: u32 = 5;

/// What is kept of a run that is followed, beside the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Up to where its log was read.
    pub log_read: u64,
    /// Since when its endpoint does not say how it stands.
    pub silent_since: Option<Instant>,
}

/// How the step ends with its run; `None` while that goes on.
fn ended(status: RunStatus) -> Option<StepOutcome> {
    match status.state {
        RunState::Running => None,
        RunState::Succeeded => Some(StepOutcome::Succeeded),
        RunState::Cancelled => Some(StepOutcome::Cancelled),
        RunState::Failed => Some(StepOutcome::Failed {
            reason: status.message.unwrap_or_else(|| "The endpoint says that it failed.".into()),
        }),
    }
}

impl<H: Host> Worker<H> {
    /// `since` is when the step began, in whichever process that was.
    pub async fn follow(&self, run: &str, since: Instant) {
        let endpoint = match self.endpoint().await {
            Ok(endpoint) => endpoint,
            Err(error) => {
                let reason = format!("The endpoint cannot be asked: {error}");
                return self.end(StepOutcome::Unknown { reason }).await;
            }
        };
        let endpoint = endpoint.as_ref();
        let longest = Duration::from_secs(u64::from(self.rollout().step_minutes.max(1)) * 60);
        let mut followed = match self.host.followed(&self.key).await {
            Ok(followed) => followed,
            Err(error) => return tracing::warn!(%error, step = %self.key, "it is followed later"),
        };
        let (mut unreadable, mut asked) = (false, 0);
        let number = self.deployment.run.as_ref().map_or(0, |run| run.number);
        loop {
            if asked < ASKED && self.host.cancels(&self.deployment.key, number) {
                asked = self.ask_to_stop(endpoint, run, asked).await;
            }
            self.read_log(endpoint, run, &mut followed, &mut unreadable, false).await;
            let status = endpoint.poll(run).await;
            let now = self.host.now();
            match status {
                Ok(status) => {
                    self.heard(&mut followed, now).await;
                    if let Some(outcome) = ended(status) {
                        // What it printed last tells most.
                        self.read_log(endpoint, run, &mut followed, &mut unreadable, true).await;
                        self.end(outcome).await;
                        return self.follow_is_over(&followed).await;
                    }
                }
                Err(error) => {
                    let silent = self.unheard(&mut followed, now, &error.to_string()).await;
                    if silent > SILENCE {
                        let reason =
                            format!("The run was accepted; since then there is no answer: {error}");
                        return self.end(StepOutcome::Unknown { reason }).await;
                    }
                }
            }
            if now.since(since) > longest {
                let minutes = longest.as_secs() / 60;
                let reason = format!("It has run for {minutes} min and is not done.");
                return self.end(StepOutcome::Unknown { reason }).await;
            }
            if self.host.stops() {
                return;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// It says how the run stands.
    async fn heard(&self, followed: &mut Followed, now: Instant) {
        let Some(since) = followed.silent_since.take() else { return };
        let seconds = now.since(since).as_secs();
        self.log("endpoint", format!("it answers again, after {seconds} s")).await;
        self.keep_silence(None).await;
    }

    /// It does not: since how long by now. What is wrong is said once, not at each try.
    async fn unheard(&self, followed: &mut Followed, now: Instant, error: &str) -> Duration {
        let since = match followed.silent_since {
            Some(since) => since,
            None => {
                followed.silent_since = Some(now);
                self.log("error", error.to_owned()).await;
                self.keep_silence(Some(now)).await;
                now
            }
        };
        now.since(since)
    }

    async fn keep_silence(&self, since: Option<Instant>) {
        if let Err(error) = self.host.silent(&self.key, since).await {
            tracing::warn!(%error, step = %self.key, "its silence is not shown");
        }
    }

    /// Asks once more; how often it was asked by now, all times if once more would change nothing. That
    /// the run has stopped is only believed when the endpoint says so of the run.
    async fn ask_to_stop(&self, endpoint: &dyn Endpoint, run: &str, asked: u32) -> u32 {
        if !endpoint.can_cancel() {
            let said = format!("run {run} cannot be stopped from here: it is followed to its end");
            self.log("error", said).await;
            return ASKED;
        }
        match endpoint.cancel(run).await {
            Ok(()) => {
                self.log("call", format!("asked to stop run {run}")).await;
                ASKED
            }
            Err(error) => {
                self.log("error", format!("run {run} could not be asked to stop: {error}")).await;
                asked + 1
            }
        }
    }

    /// Reads on in the log of a run. That it cannot be read is said once, and changes nothing for the run.
    async fn read_log(
        &self,
        endpoint: &dyn Endpoint,
        run: &str,
        followed: &mut Followed,
        unreadable: &mut bool,
        ended: bool,
    ) {
        let most = if ended { LAST_LOG_PIECES } else { LOG_PIECES };
        for piece in 1..=most {
            let logs = match endpoint.logs(run, followed.log_read, ended).await {
                Ok(logs) => logs,
                Err(error) => {
                    // While it says nothing at all, that is said.
                    if followed.silent_since.is_none() && !std::mem::replace(unreadable, true) {
                        let said = format!("The log of run {run} cannot be read: {error}");
                        self.log("error", said).await;
                    }
                    return;
                }
            };
            *unreadable = false;
            if logs.next == followed.log_read && logs.text.is_empty() {
                return;
            }
            let lines = logs.text.lines().map(str::to_owned).collect();
            let (deployment, target) = (&self.deployment.key, &self.target);
            if let Err(error) =
                self.host.log_read(deployment, target, &self.key, lines, logs.next).await
            {
                return tracing::warn!(%error, "lines of a log are read again later");
            }
            followed.log_read = logs.next;
            if !logs.more || self.host.stops() {
                return;
            }
            if ended && piece == most {
                self.log("error", format!("The log of run {run} goes on; no more is read.")).await;
            }
        }
    }

    async fn follow_is_over(&self, followed: &Followed) {
        if *followed != Followed::default()
            && let Err(error) = self.host.follow_is_over(&self.key).await
        {
            tracing::warn!(%error, "what was kept of a run that is over stays");
        }
    }
}
