//! Deployments: the list, and one live with its waves, targets and steps.

use super::{
    Incoming, Page, Question, Read, limit, number,
    page::{Filter, Numbered},
    unword, word,
};
use crate::{
    clock::Instant,
    event::words::*,
    model::deployment::{Deployment, Step},
};
use crate::{
    error::Result,
    event::{Event, stream},
    gates::wave::{self, WaveStand},
    model::{
        Folded,
        deployment::{GateEnd, RunKind, TargetRun},
    },
    store::telemetry,
};
use rusqlite::{Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// List deployments, the newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListDeployments {
    pub state: Option<DeploymentState>,
    pub product: Option<CatalogId>,
    pub environment: Option<String>,
    pub hotfix: Option<HotfixKey>,
    /// Only those that are planned or under way.
    pub open: bool,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DeploymentRow {
    pub key: DeploymentKey,
    pub hotfix: HotfixKey,
    pub title: String,
    pub product: CatalogId,
    pub environment: String,
    pub revision: u32,
    pub state: DeploymentState,
    pub starts_at: Instant,
    pub window_ends_at: Instant,
    /// Starts by itself.
    pub automatic: bool,
    pub expected: Expected,
    /// The run holds for a person.
    pub held: bool,
    pub started_at: Option<Instant>,
    pub ended_at: Option<Instant>,
}

/// One deployment, live.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowDeployment {
    pub key: DeploymentKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DeploymentView {
    pub deployment: Deployment,
    pub title: String,
    pub product_name: String,
    pub environment_name: String,
    pub targets: Vec<TargetView>,
    #[ts(type = "number")]
    pub done: u64,
    pub waves: Vec<WaveView>,
    /// What will hold when it starts, or what the run was started with.
    pub rollout: Rollout,
    /// From the median of earlier runs into this environment; absent without any.
    pub expected_end: Option<Instant>,
    /// That median, in seconds.
    #[ts(type = "number | null")]
    pub usual_seconds: Option<i64>,
    /// Endpoints of the targets by their names.
    pub endpoints: Vec<(CatalogId, String)>,
    /// What a rollback would bring back, in words.
    pub rolls_back_to: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WaveView {
    pub wave: u32,
    pub name: String,
    pub stand: WaveStand,
    pub gates: Vec<GateView>,
}

/// A gate of a wave, how it ended if it has, and what was measured last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct GateView {
    pub gate: HealthGate,
    pub end: Option<GateEnd>,
    /// The newest measurements, the oldest first: `success`, `failure`, `inconclusive` or `error`.
    pub samples: Vec<GateSample>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct GateSample {
    pub at: Instant,
    pub result: String,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TargetView {
    pub id: String,
    pub wave: u32,
    pub state: TargetState,
    pub detail: String,
    pub steps: Vec<Step>,
    pub started_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    /// When what was refused is sent again by itself.
    pub again_at: Option<Instant>,
    /// Since when its endpoint does not say how its run stands.
    pub silent_since: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    Waiting,
    Running,
    Done,
    Failed,
    Unknown,
    Skipped,
    RolledBack,
}

/// Log lines of a deployment after a place, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadLog {
    pub key: DeploymentKey,
    #[serde(default)]
    pub target: Option<String>,
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub after: Option<i64>,
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only lines that contain this, whatever the case.
    #[serde(default)]
    pub text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LogLine {
    #[ts(type = "number")]
    pub id: i64,
    pub at: Instant,
    pub target: String,
    /// `call`, `endpoint`, `health` or `error`; `left_out` says how many earlier ones were not kept.
    pub stream: String,
    pub text: String,
}

/// Keeps the table in step with the events of deployments; targets' streams are not shown in it.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    let quiet = matches!(
        event,
        Event::ProcedureTicked { .. }
            | Event::CheckRecorded { .. }
            | Event::CheckAdded { .. }
            | Event::SignedOff { .. }
            | Event::SignOffRefused { .. }
            | Event::TimeAnswered { .. }
    );
    if stream::topic(&record.stream) != "deployment" || record.stream.contains('/') || quiet {
        return Ok(());
    }
    let Folded::Deployment(one) = incoming.state()? else {
        return Ok(());
    };
    let first = one.finished_runs.first().or(one.run.as_ref());
    let over = one.state.is_over() || one.state == DeploymentState::Validating;
    tx.prepare_cached("INSERT OR REPLACE INTO deployments VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")?
        .execute(params![
            number(&record.stream),
            record.stream,
            one.hotfix.0,
            one.product.0,
            one.environment,
            one.revision,
            word(one.state),
            one.starts_at.map(Instant::micros),
            one.window_ends_at.map(Instant::micros),
            one.run.as_ref().is_some_and(|run| run.hold.is_some()),
            first.map(|run| run.started_at.micros()),
            one.run.as_ref().filter(|_| over).and_then(|run| run.ended_at).map(Instant::micros),
            one.automatic,
            serde_json::to_string(&one.expected)?,
            one.remind_at().map(Instant::micros),
        ])?;
    Ok(())
}

const DEPLOYMENTS: Numbered = Numbered {
    from: "deployments d LEFT JOIN hotfixes h ON h.num = CAST(substr(d.hotfix, 4) AS INTEGER)",
    num: "d.num",
    columns: "d.key, d.hotfix, coalesce(h.title, ''), d.product, d.environment, d.revision, d.state, \
        d.starts_at, d.window_ends_at, d.held, d.started_at, d.ended_at, d.automatic, d.expected",
};

fn row(row: &Row) -> rusqlite::Result<DeploymentRow> {
    let instant = |column: usize| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Instant::from_micros))
    };
    Ok(DeploymentRow {
        key: DeploymentKey(row.get(0)?),
        hotfix: HotfixKey(row.get(1)?),
        title: row.get(2)?,
        product: CatalogId(row.get(3)?),
        environment: row.get(4)?,
        revision: row.get(5)?,
        state: unword(&row.get::<_, String>(6)?).unwrap_or_default(),
        starts_at: Instant::from_micros(row.get(7)?),
        window_ends_at: Instant::from_micros(row.get(8)?),
        held: row.get(9)?,
        started_at: instant(10)?,
        ended_at: instant(11)?,
        automatic: row.get(12)?,
        expected: serde_json::from_str(&row.get::<_, String>(13)?).unwrap_or_default(),
    })
}

/// Deployments whose window or run overlaps [from, to).
pub fn between(read: &Read, from: Instant, to: Instant) -> Result<Vec<DeploymentRow>> {
    let Numbered { from: tables, columns, .. } = DEPLOYMENTS;
    let mut statement = read.db.prepare_cached(&format!(
        "SELECT {columns} FROM {tables} WHERE d.starts_at < ?2 AND max(d.window_ends_at, coalesce(d.ended_at, 0)) > ?1
         AND d.state <> 'cancelled' ORDER BY d.starts_at LIMIT 5000"
    ))?;
    let rows = statement.query_map(params![from.micros(), to.micros()], row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Question for ListDeployments {
    type Answer = Page<DeploymentRow>;

    fn ask(&self, read: &Read) -> Result<Page<DeploymentRow>> {
        Filter::none()
            .equal("d.state", self.state.map(word))
            .equal("d.product", self.product.as_ref().map(|id| id.0.clone()))
            .equal("d.environment", self.environment.clone())
            .equal("d.hotfix", self.hotfix.as_ref().map(|key| key.0.clone()))
            .when(self.open, "d.state IN ('planned', 'deploying', 'validating', 'missed')")
            .newest(read, &DEPLOYMENTS, self.after.as_deref(), self.limit, row)
    }
}

impl Question for ShowDeployment {
    type Answer = DeploymentView;

    fn ask(&self, read: &Read) -> Result<DeploymentView> {
        let one = read.judge(|state| Ok(state.deployment(&self.key)?.clone()))?;
        let usual = usual(read, &one)?;
        let mut samples = BTreeMap::new();
        if let Some(run) = &one.run {
            for rule in &run.rollout.waves {
                for gate in &rule.gates {
                    let subject = format!("{}/{}/{}", one.key, run.number, rule.wave);
                    let seen = telemetry::samples(read.db, &subject, &gate.id, SHOWN)?;
                    samples.insert((rule.wave, gate.id.clone()), seen);
                }
            }
        }
        read.judge(|state| {
            let deployment = state.deployment(&self.key)?.clone();
            let hotfix = state.hotfix(&deployment.hotfix)?;
            let product = state.catalog.product(&deployment.product);
            let environment = state.environment(&deployment.product, &deployment.environment)?;
            let mut targets = Vec::new();
            let mut all = BTreeMap::new();
            let rollout = match (&deployment.run, product) {
                (Some(run), _) => run.rollout.clone(),
                (None, Some(product)) => product
                    .environment(&deployment.environment)
                    .map(|environment| environment.rollout.clone())
                    .unwrap_or_default(),
                _ => Rollout::default(),
            };
            let planned = match &deployment.run {
                Some(run) => run.targets.clone(),
                None => rollout.spread(&deployment.targets),
            };
            let mut endpoints: Vec<(CatalogId, String)> = Vec::new();
            state.expect_targets(&deployment.key, &planned)?;
            for target in &planned {
                let steps = state.target(&deployment.key, &target.id)?;
                let mut view = target_view(&deployment, target, steps);
                if let Some(step) = view.steps.last().filter(|step| step.ended_at.is_none()) {
                    view.silent_since = telemetry::silent_since(read.db, &step.key)?;
                }
                targets.push(view);
                all.insert(target.id.clone(), steps.clone());
                if !endpoints.iter().any(|(id, _)| id == &target.endpoint) {
                    let name = state.catalog.endpoint(&target.endpoint).map(|one| one.name.clone());
                    endpoints
                        .push((target.endpoint.clone(), name.unwrap_or(target.endpoint.0.clone())));
                }
            }
            let waves = wave_views(&deployment, &rollout, &planned, &all, &samples, read.now);
            let over = |target: &&TargetView| {
                matches!(
                    target.state,
                    TargetState::Done | TargetState::Skipped | TargetState::RolledBack
                )
            };
            let running = deployment.run.as_ref().filter(|run| run.ended_at.is_none());
            let before = match &environment.running {
                Some(now) if now.hash.as_ref() == Some(&deployment.hash) => {
                    environment.history.last()
                }
                now => now.as_ref(),
            };
            let rolls_back_to = match before {
                Some(Running { hotfix: Some(key), revision: Some(revision), .. }) => {
                    format!("{key} r{revision}")
                }
                Some(Running { version, .. }) if !version.is_empty() => version.clone(),
                _ => "what ran before".into(),
            };
            Ok(DeploymentView {
                title: hotfix.title.clone(),
                product_name: product
                    .map_or_else(|| deployment.product.0.clone(), |one| one.name.clone()),
                environment_name: product
                    .and_then(|one| one.environment(&deployment.environment))
                    .map_or_else(|| deployment.environment.clone(), |one| one.name.clone()),
                done: targets.iter().filter(over).count() as u64,
                targets,
                waves,
                rollout,
                endpoints,
                usual_seconds: usual.map(|micros| micros / 1_000_000),
                expected_end: running
                    .filter(|run| run.kind == RunKind::Deploy)
                    .zip(usual)
                    .map(|(run, micros)| Instant::from_micros(run.started_at.micros() + micros)),
                rolls_back_to,
                deployment,
            })
        })
    }
}

/// How many measurements of a gate are shown.
const SHOWN: u32 = 12;

/// How long a run into this environment takes: the median of the newest that went well, in
/// microseconds. One that waited for a person all night does not move it.
fn usual(read: &Read, one: &Deployment) -> Result<Option<i64>> {
    let mut statement = read.db.prepare_cached(
        "SELECT ended_at - started_at FROM deployments WHERE product = ?1 AND environment = ?2
         AND state IN ('done', 'validating') AND ended_at IS NOT NULL AND started_at IS NOT NULL
         AND key <> ?3 ORDER BY num DESC LIMIT 21",
    )?;
    let rows = statement
        .query_map([&one.product.0, &one.environment, &one.key.0], |row| row.get::<_, i64>(0))?;
    let mut took: Vec<i64> = rows.collect::<Result<_, _>>()?;
    took.sort_unstable();
    Ok(took.get(took.len().saturating_sub(1) / 2).copied())
}

fn wave_views(
    deployment: &Deployment,
    rollout: &Rollout,
    planned: &[Target],
    targets: &BTreeMap<String, TargetRun>,
    samples: &BTreeMap<(u32, String), Vec<telemetry::Sample>>,
    now: Instant,
) -> Vec<WaveView> {
    let mut waves: Vec<u32> = planned.iter().map(|target| target.wave).collect();
    waves.sort_unstable();
    waves.dedup();
    let run = deployment.run.as_ref();
    let view = |number: u32| {
        let rule = rollout.wave(number);
        let gates = rule.map(|rule| rule.gates.as_slice()).unwrap_or_default();
        WaveView {
            wave: number,
            name: rule.map(|rule| rule.name.clone()).unwrap_or_default(),
            stand: run.map_or(WaveStand::Open, |run| wave::stand(run, number, targets, now)),
            gates: gates
                .iter()
                .map(|gate| GateView {
                    gate: gate.clone(),
                    end: run.and_then(|run| wave::gate_end(run, number, &gate.id)).cloned(),
                    samples: samples
                        .get(&(number, gate.id.clone()))
                        .into_iter()
                        .flatten()
                        .map(|seen| GateSample {
                            at: seen.at,
                            result: seen.result.clone(),
                            detail: seen.detail.clone(),
                        })
                        .collect(),
                })
                .collect(),
        }
    };
    waves.into_iter().map(view).collect()
}

fn target_view(deployment: &Deployment, target: &Target, steps: &TargetRun) -> TargetView {
    let run = deployment.run.as_ref();
    let number = run.map_or(0, |run| run.number);
    let last = steps.last(number);
    let skipped = run.is_some_and(|run| {
        run.decisions.iter().any(|one| one.target == target.id && one.decision == Decision::Skip)
    });
    let rollback = run.is_some_and(|run| run.kind == RunKind::Rollback);
    let again_at = last.and_then(|step| steps.again(step));
    let (state, detail) = match last.map(|step| (step.step.as_str(), &step.result)) {
        _ if skipped => (TargetState::Skipped, "skipped by a person".to_owned()),
        None => (TargetState::Waiting, "not started".into()),
        Some(("health", Some(StepOutcome::Succeeded))) => (TargetState::Done, "healthy".into()),
        Some(("rollback_health", Some(StepOutcome::Succeeded))) => {
            (TargetState::RolledBack, "rolled back, healthy".into())
        }
        Some((_, Some(StepOutcome::Failed { reason }))) => (TargetState::Failed, reason.clone()),
        Some((_, Some(StepOutcome::Refused { reason, .. }))) => {
            let state = if again_at.is_some() { TargetState::Running } else { TargetState::Failed };
            (state, reason.clone())
        }
        Some((_, Some(StepOutcome::Cancelled))) => {
            (TargetState::Failed, "cancelled at the endpoint".into())
        }
        Some((_, Some(StepOutcome::Unknown { reason }))) => (TargetState::Unknown, reason.clone()),
        Some(("health" | "rollback_health", _)) => {
            (TargetState::Running, "checking its health".into())
        }
        Some(_) if rollback => (TargetState::Running, "rolling back".into()),
        Some((_, Some(StepOutcome::Succeeded))) => (TargetState::Running, "deployed".into()),
        Some(_) => (TargetState::Running, "deploying".into()),
    };
    let mine: Vec<Step> = steps.steps.iter().filter(|step| step.run == number).cloned().collect();
    let over = !matches!(state, TargetState::Running | TargetState::Waiting);
    TargetView {
        id: target.id.clone(),
        wave: target.wave,
        state,
        detail,
        started_at: mine.first().map(|step| step.intended_at),
        ended_at: mine.last().filter(|_| over).and_then(|step| step.ended_at),
        again_at: again_at.filter(|_| !over),
        silent_since: None,
        steps: mine,
    }
}

impl Question for ReadLog {
    type Answer = Vec<LogLine>;

    fn ask(&self, read: &Read) -> Result<Vec<LogLine>> {
        let most = limit(self.limit, 1000, 10_000);
        let wanted = self.text.as_deref().map(str::to_lowercase).unwrap_or_default();
        let mut lines = telemetry::log_lines(
            read.db,
            &self.key.0,
            self.target.as_deref(),
            self.after.unwrap_or(0),
            // A log is bounded, so all of it can be looked through.
            if wanted.is_empty() { most } else { u32::MAX },
        )?;
        if !wanted.is_empty() {
            lines.retain(|line| line.text.to_lowercase().contains(&wanted));
            lines.truncate(most as usize);
        }
        Ok(lines
            .into_iter()
            .map(|line| LogLine {
                id: line.id,
                at: line.at,
                target: line.target,
                stream: line.stream,
                text: line.text,
            })
            .collect())
    }
}
