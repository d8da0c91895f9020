//! What acts as time passes: deployments, the outbox, probes, sources, published calendars, reminders,
//! what runs where.
//!
//! Pure machines say what to do next (`deployer`), one runner does it, and nothing changes but
//! through commands. The engine never guesses: an intent is journaled before a call and its outcome
//! after it; an intent without an outcome is looked up, never sent again. One process holds the
//! lease; the journal refuses who has lost it.

pub mod deployer;
mod endpoints;
mod outbox;
pub mod poller;
mod prober;
pub mod publisher;
mod reminders;
mod rhythm;
pub(crate) mod runner;
#[cfg(test)]
mod scripted;
pub mod versions;

use crate::{
    clock::Instant,
    desk::{Change, Desk},
    error::{Error, Result},
    event::words::{DeploymentKey, Endpoint, Messenger, ProbeSpec, Target},
    integrations::{deploy, intake, message, monitor, publish},
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{
    broadcast::{Receiver, error::TryRecvError},
    watch,
};

const LEASE: &str = "engine";
/// How long a lease holds without being renewed: how long a crashed runner blocks the others.
const LEASE_TTL: Duration = Duration::from_secs(8);
const LEASE_RENEWAL: Duration = Duration::from_secs(2);
/// How soon another program's write to the same file is seen. A look reads one number out of memory
/// that SQLite shares between programs.
const LOOK_AROUND: Duration = Duration::from_millis(500);
/// How often the engine looks what is due: while it does something, and while it does nothing. A
/// change of the journal wakes it at once; everything else that is due by the clock is due to the
/// second.
const AT_WORK: Duration = Duration::from_millis(200);
const AT_REST: Duration = Duration::from_secs(1);

/// The outside, as the composition root wires it. The engine sees traits alone.
pub trait Outside: Send + Sync {
    fn endpoint(&self, target: &Target) -> Result<Arc<dyn deploy::Endpoint>>;
    fn named_endpoint(&self, endpoint: &Endpoint) -> Result<Arc<dyn deploy::Endpoint>>;
    fn package(&self, hash: &crate::event::words::Digest) -> Result<deploy::Package>;
    fn probe(&self, spec: &ProbeSpec) -> Result<Arc<dyn monitor::Probe>>;
    fn source(&self, source: &crate::event::words::Source) -> Result<Arc<dyn intake::Source>>;
    fn calendar(
        &self,
        calendar: &crate::event::words::PublishedCalendar,
    ) -> Result<Arc<dyn publish::Collection>>;
    /// Notifications on this desktop.
    fn desktop(&self) -> Arc<dyn message::Channel>;
    fn messenger(&self, messenger: &Messenger) -> Result<Arc<dyn message::Channel>>;
}

/// Stops the engine when it is dropped.
pub struct EngineHandle {
    stop: watch::Sender<bool>,
    busy: Arc<Mutex<HashSet<String>>>,
}

impl EngineHandle {
    /// Whether a deployment's step is under way in this process.
    pub fn busy(&self) -> bool {
        lock(&self.busy).iter().any(|name| name.starts_with("DEP-"))
    }

    /// Begins nothing more; calls that are under way end and are journaled.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the parts of the engine share.
#[derive(Clone)]
struct Engine {
    desk: Desk,
    outside: Arc<dyn Outside>,
    token: Arc<Mutex<Option<u64>>>,
    /// What this process is doing now: `DEP-5/eu-west-1`, `MSG-3`, `endpoint/agent`, …
    busy: Arc<Mutex<HashSet<String>>>,
    /// Runs that a person has cancelled, by deployment and number: their workers ask for the end.
    cancelled: Arc<Mutex<HashSet<(DeploymentKey, u32)>>>,
    /// When each thing that recurs was last done.
    last: Arc<Mutex<std::collections::HashMap<String, Instant>>>,
    stop: watch::Receiver<bool>,
}

/// Something that is under way; over when dropped.
struct Busy {
    busy: Arc<Mutex<HashSet<String>>>,
    name: String,
}

impl Drop for Busy {
    fn drop(&mut self) {
        lock(&self.busy).remove(&self.name);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a change that may need the engine; what it measures itself does not.
async fn news(changes: &mut Receiver<Change>) {
    while let Ok(change) = changes.recv().await
        && change.topics.iter().all(|topic| topic == "sample")
    {}
    // One look sees all that has changed until now.
    while !matches!(changes.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
}

/// Starts the engine, and the watch for what other programs write to the file.
pub fn start(desk: Desk, runtime: &tokio::runtime::Handle) -> Result<EngineHandle> {
    let (stop, stopped) = watch::channel(false);
    let outside = desk.outside()?;
    let engine = Engine {
        desk,
        outside,
        token: Arc::default(),
        busy: Arc::default(),
        cancelled: Arc::default(),
        last: Arc::default(),
        stop: stopped,
    };
    let busy = Arc::clone(&engine.busy);
    runtime.spawn(engine.clone().look_around());
    runtime.spawn(prober::run(engine.clone()));
    runtime.spawn(engine.run());
    Ok(EngineHandle { stop, busy })
}

impl Engine {
    /// Marks a thing as being done; `None` if it is already.
    fn claim(&self, name: impl Into<String>) -> Option<Busy> {
        let name = name.into();
        lock(&self.busy).insert(name.clone()).then(|| Busy { busy: Arc::clone(&self.busy), name })
    }

    fn is_busy(&self, name: &str) -> bool {
        lock(&self.busy).contains(name)
    }

    /// True once every `every`; the first time at once.
    fn is_due(&self, name: &str, every: Duration) -> bool {
        let now = self.desk.now();
        let mut last = lock(&self.last);
        let due = last.get(name).is_none_or(|at| now.since(*at) >= every);
        if due {
            last.insert(name.to_owned(), now);
        }
        due
    }

    /// What every command of the engine carries. Without the lease it is a token that no holder
    /// ever has, so the journal refuses what a worker brings home after another took over.
    fn fence(&self) -> Option<crate::desk::Fence> {
        let token = (*lock(&self.token)).unwrap_or_default();
        Some(crate::desk::Fence { lease: LEASE.into(), token })
    }

    /// Runs something that reads or writes the file, off the event loop.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let engine = self.clone();
        tokio::task::spawn_blocking(move || work(&engine))
            .await
            .map_err(|error| Error::internal(format!("A task of the engine broke: {error}.")))?
    }

    /// Asks a probe once; what keeps it from being asked is an error too.
    async fn sample(&self, spec: ProbeSpec) -> monitor::Sample {
        // A keychain that is locked makes it wait.
        match self.blocking(move |engine| engine.outside.probe(&spec)).await {
            Ok(probe) => probe.sample().await,
            Err(error) => monitor::Sample::of(Err(error)),
        }
    }

    async fn look_around(self) {
        let mut stop = self.stop.clone();
        while !*stop.borrow() {
            if let Err(error) = self.blocking(|engine| engine.desk.catch_up().map(drop)).await {
                tracing::warn!(%error, "the file cannot be looked at");
            }
            tokio::select! {
                _ = tokio::time::sleep(LOOK_AROUND) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn run(self) {
        let mut stop = self.stop.clone();
        let mut changes = self.desk.subscribe();
        while !*stop.borrow() {
            if self.is_due("lease", LEASE_RENEWAL) {
                let held = self
                    .blocking(|engine| {
                        engine.desk.store().acquire(
                            LEASE,
                            engine.desk.process(),
                            LEASE_TTL,
                            engine.desk.now(),
                        )
                    })
                    .await;
                match held {
                    Ok(token) => {
                        *lock(&self.token) = token;
                        self.desk.set_runs_engine(token.is_some());
                    }
                    // It may still be ours: if it is not, the journal refuses what comes with it.
                    Err(error) => tracing::warn!(%error, "the lease cannot be renewed"),
                }
            }
            if lock(&self.token).is_some() {
                self.act().await;
            }
            let pause = if lock(&self.busy).is_empty() { AT_REST } else { AT_WORK };
            // Whatever changed may need the engine; time passing may too.
            tokio::select! {
                _ = tokio::time::sleep(pause) => {}
                () = news(&mut changes) => {}
                _ = stop.changed() => {}
            }
        }
        let released =
            self.blocking(|engine| engine.desk.store().release(LEASE, engine.desk.process())).await;
        if let Err(error) = released {
            tracing::warn!(%error, "the lease runs out by itself");
        }
        self.desk.set_runs_engine(false);
    }

    async fn act(&self) {
        for outcome in [
            runner::deployments(self).await,
            reminders::reminders(self).await,
            outbox::messages(self).await,
            endpoints::endpoints(self).await,
            versions::versions(self).await,
            poller::sources(self).await,
            publisher::calendars(self).await,
        ] {
            if let Err(error) = outcome {
                tracing::warn!(%error, "the engine goes on");
            }
        }
    }
}
