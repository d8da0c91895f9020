//! What is being watched after a fix: probes with their samples, breaches, feedback.

use super::{Question, Read, unword};
use crate::{
    clock::Instant,
    event::words::*,
    model::hotfix::{Breach, Feedback, Monitoring, SupportNote},
};
use crate::{error::Result, store::telemetry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use ts_rs::TS;

/// Hot fixes that are being watched.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListMonitoring {}

/// One hot fix under watch.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowMonitoring {
    pub key: HotfixKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MonitoringView {
    pub hotfix: HotfixKey,
    pub title: String,
    pub priority: Option<Priority>,
    pub phase: Phase,
    pub product: CatalogId,
    pub period: Option<Monitoring>,
    pub deployed_at: Option<Instant>,
    pub probes: Vec<ProbeView>,
    pub breaches: Vec<Breach>,
    pub recurrences: Vec<IssueKey>,
    pub feedback_asked_at: Option<Instant>,
    pub feedback: Vec<Feedback>,
    pub support_notes: Vec<SupportNote>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ProbeView {
    pub spec: ProbeSpec,
    pub environment: String,
    /// The newest samples, the oldest first.
    pub samples: Vec<Sample>,
    pub last: Option<Sample>,
    /// The whole watch for a chart: as long before the deployment as after it (an hour at least),
    /// where there are samples.
    pub chart: Vec<Stretch>,
    /// When the hot fix came into its environment.
    pub deployed_at: Option<Instant>,
    /// Above this it is not as it should be, by its own limit or by what was usual before the deployment.
    pub limit: Option<f64>,
    /// All samples of the chart before the deployment, and all after it.
    pub before: Option<Stretch>,
    pub after: Option<Stretch>,
}

/// Samples of a stretch of time, put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Stretch {
    pub at: Instant,
    /// Milliseconds of the slowest answer, which is what a limit looks at; of a query, the highest number.
    pub slowest: Option<f64>,
    pub mean: Option<f64>,
    pub count: u32,
    /// Answers that were not as expected, and questions without an answer.
    pub bad: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Sample {
    pub at: Instant,
    pub result: SampleResult,
    /// Milliseconds until the answer; of a query, the number.
    pub value: Option<f64>,
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SampleResult {
    Success,
    Failure,
    Error,
}

/// How many samples are shown one by one, and how many points a chart has.
const NEWEST: u32 = 30;
const POINTS: u32 = 180;
const HOUR: Duration = Duration::from_secs(3600);

impl Question for ShowMonitoring {
    type Answer = MonitoringView;

    fn ask(&self, read: &Read) -> Result<MonitoringView> {
        let (hotfix, product, deployed_at, turns) = read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let mut deployed_at = None;
            let mut turns = BTreeMap::new();
            for key in &hotfix.deployments {
                let deployment = state.deployment(key)?;
                if deployment.production {
                    deployed_at = deployment.deployed_at.or(deployed_at);
                }
                if let Some(at) = deployment.deployed_at {
                    turns.insert(deployment.environment.clone(), at);
                }
            }
            let product = state.catalog.product(&hotfix.product).cloned();
            Ok((hotfix.clone(), product, deployed_at, turns))
        })?;
        let mut probes = Vec::new();
        for environment in product.map(|product| product.environments).unwrap_or_default() {
            for spec in environment.probes {
                let subject = format!("{}/{}", self.key, environment.id);
                let turn = turns.get(&environment.id).copied();
                probes.push(probe(read, &subject, environment.id.clone(), spec, turn)?);
            }
        }
        Ok(MonitoringView {
            hotfix: self.key.clone(),
            title: hotfix.title,
            priority: hotfix.priority,
            phase: hotfix.phase,
            product: hotfix.product,
            period: hotfix.monitoring,
            deployed_at,
            probes,
            breaches: hotfix.breaches,
            recurrences: hotfix.recurrences,
            feedback_asked_at: hotfix.feedback_asked_at,
            feedback: hotfix.feedback,
            support_notes: hotfix.support_notes,
        })
    }
}

fn probe(
    read: &Read,
    subject: &str,
    environment: String,
    spec: ProbeSpec,
    deployed_at: Option<Instant>,
) -> Result<ProbeView> {
    let samples: Vec<Sample> = telemetry::samples(read.db, subject, &spec.id, NEWEST)?
        .into_iter()
        .map(|sample| Sample {
            at: sample.at,
            result: unword(&sample.result).unwrap_or(SampleResult::Error),
            value: sample.value,
            detail: sample.detail,
        })
        .collect();
    let last = samples.last().cloned();
    // What was sampled last ends the chart: a closed hot fix is no longer asked about.
    let until = last.as_ref().map_or(read.now, |last| last.at.plus(Duration::from_micros(1)));
    let turn = deployed_at.map_or(until, |at| at.min(until));
    let from = turn.minus(until.since(turn).max(HOUR));
    let usual = match deployed_at {
        Some(at) => telemetry::before(read.db, subject, &spec.id, at)?,
        None => None,
    };
    let ask = |from: Instant, until: Instant, most: u32| -> Result<Vec<Stretch>> {
        let rows = telemetry::stretches(read.db, subject, &spec.id, (from, until), most)?;
        Ok(rows
            .into_iter()
            .map(|one| Stretch {
                at: one.at,
                slowest: one.slowest,
                mean: one.mean,
                count: one.count,
                bad: one.bad,
            })
            .collect())
    };
    Ok(ProbeView {
        chart: ask(from, until, POINTS)?,
        before: ask(from, turn, 1)?.pop(),
        after: ask(turn, until, 1)?.pop(),
        limit: spec.most(usual),
        deployed_at,
        samples,
        last,
        environment,
        spec,
    })
}

impl Question for ListMonitoring {
    type Answer = Vec<MonitoringView>;

    fn ask(&self, read: &Read) -> Result<Vec<MonitoringView>> {
        super::board::keys(read, "phase = 'monitoring'")?
            .into_iter()
            .map(|key| ShowMonitoring { key }.ask(read))
            .collect()
    }
}
