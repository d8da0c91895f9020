//! Probes of what is being watched. Samples are telemetry; a limit that is crossed becomes an event.
//!
//! A task of its own, because it has the most to do: it knows what is watched until the journal moves, asks each
//! probe at a time of its own (`rhythm.rs`), and judges and keeps a second's samples together (`batch.rs`).

mod batch;
mod rhythm;

use super::{AT_REST, Engine};
use crate::{
    clock::Instant,
    error::Result,
    event::words::*,
    gates::watch::{self, Tally, Verdict},
    integrations::{
        message::{Nobody, Outgoing},
        monitor::Outcome,
    },
};
use batch::{Batch, Seen};
use rhythm::Rhythm;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant as Stopwatch},
};
use tokio::sync::{Semaphore, broadcast, mpsc};

/// How many probes are asked at once: more would measure each other.
const AT_ONCE: usize = 64;
/// How often it looks what is due, while there is anything to watch.
const LOOK: Duration = Duration::from_millis(100);
/// How long samples wait for others, so that one transaction keeps them all.
const TOGETHER: Duration = Duration::from_secs(1);
/// How often samples that have grown old are put together.
const ROLL_UP: Duration = Duration::from_secs(300);
/// Changes that are no news of what is watched.
const TELEMETRY: [&str; 3] = ["sample", "log", "health"];

/// A probe of a hot fix, and what of the journal its verdict depends on.
pub(super) struct Watched {
    hotfix: HotfixKey,
    environment: String,
    /// Under which its samples are kept.
    subject: String,
    spec: ProbeSpec,
    deployed: Option<(DeploymentKey, Instant)>,
    /// From when on its samples count; `None` while they decide nothing.
    since: Option<Instant>,
    /// A breach of it is open.
    breached: bool,
    /// A person has been asked about it.
    doubted: bool,
}

/// What is remembered of a probe between two samples.
#[derive(Default)]
pub(super) struct Memory {
    /// Since when and within how many samples it has been counted, and what. Counted again when either moves.
    tally: Option<(Counting, Tally)>,
    /// What was usual before which deployment.
    usual: Option<(DeploymentKey, Option<f64>)>,
    /// A verdict that was journaled, or tried to be, and the place of the journal after it.
    told: Option<(u64, Verdict)>,
}

type Counting = (Instant, Option<u32>);

struct Line {
    watched: Arc<Watched>,
    rhythm: Rhythm,
    due: Instant,
    asked: bool,
    memory: Memory,
}

/// Watches until the engine stops.
pub(super) async fn run(engine: Engine) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut watch = Watch {
        lines: HashMap::new(),
        slots: Arc::new(Semaphore::new(AT_ONCE)),
        seed: rhythm::mark(engine.desk.process()),
        tell,
    };
    let mut changes = engine.desk.subscribe();
    let mut stop = engine.stop.clone();
    let (mut planned, mut stale) = (None::<Stopwatch>, true);
    let (mut batch, mut kept) = (Batch::default(), Stopwatch::now());
    while !*stop.borrow() {
        if super::lock(&engine.token).is_none() {
            watch.lines.clear();
            stale = true;
            tokio::select! {
                () = tokio::time::sleep(AT_REST) => {}
                _ = stop.changed() => {}
            }
            continue;
        }
        stale |= news(&mut changes);
        if stale && planned.is_none_or(|at| at.elapsed() > LOOK * 5) {
            match engine.blocking(plan).await {
                Ok(all) => {
                    watch.take(all, engine.desk.now());
                    stale = false;
                }
                Err(error) => tracing::warn!(%error, "what is watched cannot be told"),
            }
            planned = Some(Stopwatch::now());
        }
        while let Ok(seen) = told.try_recv() {
            watch.heard(&engine, seen, &mut batch);
        }
        if !batch.is_empty() && kept.elapsed() >= TOGETHER {
            keep(&engine, &mut watch, std::mem::take(&mut batch)).await;
            kept = Stopwatch::now();
        }
        watch.begin(&engine);
        if !watch.lines.is_empty() && engine.is_due("samples", ROLL_UP) {
            tokio::spawn(roll_up(engine.clone()));
        }
        let pause = if watch.lines.is_empty() { AT_REST } else { LOOK };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
    // What was seen last is not lost.
    while let Ok(seen) = told.try_recv() {
        watch.heard(&engine, seen, &mut batch);
    }
    keep(&engine, &mut watch, batch).await;
}

/// Whether anything happened that may change what is watched.
fn news(changes: &mut broadcast::Receiver<crate::desk::Change>) -> bool {
    use broadcast::error::TryRecvError;
    let mut news = false;
    loop {
        match changes.try_recv() {
            Ok(change) => {
                news |= change.topics.iter().any(|topic| !TELEMETRY.contains(&topic.as_str()));
            }
            Err(TryRecvError::Lagged(_)) => news = true,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return news,
        }
    }
}

/// What is being watched: the probes of the environments of hot fixes in Monitoring, and in
/// Rollout, so that the time before the deployment is known too.
fn plan(engine: &Engine) -> Result<Vec<Watched>> {
    let keys: Vec<HotfixKey> = {
        let db = engine.desk.store().read()?;
        let mut statement = db.prepare_cached(
            "SELECT key FROM hotfixes WHERE phase IN ('rollout', 'monitoring') ORDER BY num",
        )?;
        let rows = statement.query_map([], |row| Ok(HotfixKey(row.get(0)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    engine.desk.as_engine(None).judge(|state, _| {
        let mut all = Vec::new();
        for key in &keys {
            let hotfix = state.hotfix(key)?;
            let Some(product) = state.catalog.product(&hotfix.product) else { continue };
            for environment in &product.environments {
                let deployed = match environment.probes.is_empty() {
                    true => None,
                    false => state.deployed(hotfix, &environment.id)?,
                };
                for spec in &environment.probes {
                    let of = (environment.id.as_str(), spec.id.as_str());
                    let since = watch::since(hotfix, of.0, of.1);
                    all.push(Watched {
                        hotfix: key.clone(),
                        environment: environment.id.clone(),
                        subject: format!("{key}/{}", environment.id),
                        deployed: deployed.clone(),
                        since: since.filter(|_| hotfix.phase == Phase::Monitoring && !spec.dry_run),
                        breached: hotfix
                            .breaches
                            .iter()
                            .any(|one| one.of(of.0, of.1) && one.closed_at.is_none()),
                        doubted: hotfix
                            .doubts
                            .iter()
                            .any(|one| one.of(of.0, of.1) && one.settled_at.is_none()),
                        spec: spec.clone(),
                    });
                }
            }
        }
        Ok(all)
    })
}

struct Watch {
    lines: HashMap<String, Line>,
    slots: Arc<Semaphore>,
    seed: u64,
    tell: mpsc::UnboundedSender<Seen>,
}

impl Watch {
    /// What is watched from now on. A probe that was watched before keeps its time.
    fn take(&mut self, all: Vec<Watched>, now: Instant) {
        let mut before = std::mem::take(&mut self.lines);
        for watched in all {
            let name = format!("{}/{}", watched.subject, watched.spec.id);
            let rhythm = Rhythm::of(&name, watched.spec.every_seconds, self.seed);
            let line = match before.remove(&name) {
                Some(line) => Line {
                    due: if line.rhythm == rhythm { line.due } else { rhythm.first(now) },
                    rhythm,
                    memory: line.memory,
                    watched: Arc::new(watched),
                    asked: line.asked,
                },
                None => Line {
                    watched: Arc::new(watched),
                    due: rhythm.first(now),
                    rhythm,
                    asked: false,
                    memory: Memory::default(),
                },
            };
            self.lines.insert(name, line);
        }
    }

    /// Asks what is due, as far as there is room. What was due while nobody looked is asked once.
    fn begin(&mut self, engine: &Engine) {
        let now = engine.desk.now();
        for (name, line) in &mut self.lines {
            line.due = line.rhythm.sane(line.due, now);
            if line.asked || line.due > now {
                continue;
            }
            // Whoever finds no room is asked at the next look, and no later one instead.
            let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else { return };
            line.asked = true;
            line.due = line.rhythm.after(now);
            let (engine, name) = (engine.clone(), name.clone());
            let (watched, tell) = (Arc::clone(&line.watched), self.tell.clone());
            tokio::spawn(async move {
                let sample = engine.sample(watched.spec.clone()).await;
                drop(slot);
                let at = engine.desk.now();
                // Nobody hears it any more only when the engine has stopped.
                drop(tell.send(Seen { name, watched, at, sample }));
            });
        }
    }

    /// An answer came: it waits for others, and after an error it is asked again soon.
    fn heard(&mut self, engine: &Engine, seen: Seen, batch: &mut Batch) {
        let Some(line) = self.lines.get_mut(&seen.name) else { return };
        line.asked = false;
        if seen.sample.result == Outcome::Error {
            let spec = &line.watched.spec;
            let soon = Duration::from_secs(spec.retry_seconds.min(spec.every_seconds).into());
            line.due = line.due.min(engine.desk.now().plus(soon));
        }
        batch.add(seen, &mut line.memory);
    }
}

/// Judges what came and keeps it; tells this desktop of what crossed its limit.
async fn keep(engine: &Engine, watch: &mut Watch, batch: Batch) {
    if batch.is_empty() {
        return;
    }
    let (memories, notices) = match engine.blocking(move |engine| Ok(batch.keep(engine))).await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::warn!(%error, "samples were lost");
            return;
        }
    };
    for (name, memory) in memories {
        if let Some(line) = watch.lines.get_mut(&name) {
            line.memory = memory;
        }
    }
    for notice in notices {
        let desktop = engine.outside.desktop();
        tokio::spawn(async move {
            let notice = Outgoing {
                id: format!("{}-{}", notice.hotfix, notice.about),
                subject: format!("{}: {}", notice.hotfix, notice.title),
                body: notice.body,
                ..Outgoing::default()
            };
            if let Err(error) = desktop.send(&notice, &Nobody).await {
                tracing::info!(error = %error.message, "no notification was shown");
            }
        });
    }
}

/// Puts together what has grown old; no stretch reaches over a deployment.
async fn roll_up(engine: Engine) {
    let done = engine
        .blocking(|engine| {
            let cuts = |subject: &str| {
                let Some((key, environment)) = subject.split_once('/') else {
                    return Ok(Vec::new());
                };
                let key = HotfixKey(key.to_owned());
                engine.desk.as_engine(None).judge(|state, _| {
                    // Gates keep samples too, of deployments.
                    let hotfix = match key.0.starts_with("HF-") {
                        true => state.hotfix(&key)?,
                        false => return Ok(Vec::new()),
                    };
                    let mut cuts = Vec::new();
                    for one in &hotfix.deployments {
                        let one = state.deployment(one)?;
                        cuts.extend(one.deployed_at.filter(|_| one.environment == environment));
                    }
                    Ok(cuts)
                })
            };
            engine.desk.store().roll_up(engine.desk.now(), &cuts)
        })
        .await;
    if let Err(error) = done {
        tracing::warn!(%error, "samples grow old as they are");
    }
}
