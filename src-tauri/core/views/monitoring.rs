//! What is being watched after a fix: probes with their samples, breaches, feedback.

use super::{Question, Read, unword};
use crate::{
    clock::Instant,
    error::Result,
    event::words::*,
    gates::{
        watch::{self, Counted, Tally},
        wave,
    },
    model::hotfix::{Breach, Feedback, Hotfix, Monitoring, SupportNote, WatchDoubt},
    store::{stretch, telemetry},
};
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
    /// How long a hot fix of its priority is watched, and which policy says so.
    pub policy: WatchPolicy,
    pub breaches: Vec<Breach>,
    pub doubts: Vec<WatchDoubt>,
    pub recurrences: Vec<IssueKey>,
    pub feedback_asked_at: Option<Instant>,
    pub feedback: Vec<Feedback>,
    pub support_notes: Vec<SupportNote>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WatchPolicy {
    pub name: String,
    pub minutes: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ProbeView {
    pub spec: ProbeSpec,
    pub environment: String,
    /// The newest samples, the oldest first.
    pub samples: Vec<Sample>,
    pub last: Option<Sample>,
    /// What counts towards its limits now.
    pub counted: Counted,
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
    /// Milliseconds of the slowest answer, which is what a limit looks at; else the highest number.
    pub slowest: Option<f64>,
    pub lowest: Option<f64>,
    pub mean: Option<f64>,
    pub count: u32,
    /// Answers that were not as expected, and questions without an answer.
    pub bad: u32,
    pub failures: u32,
    pub inconclusive: u32,
    pub errors: u32,
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
    /// It says neither yes nor no.
    Inconclusive,
    Error,
}

impl SampleResult {
    /// As it is kept; what cannot be read is an error.
    pub fn named(name: &str) -> Self {
        unword(name).unwrap_or(Self::Error)
    }
}

/// How many samples are shown one by one, and how many points a chart has.
const NEWEST: usize = 30;
const POINTS: u32 = 180;
const HOUR: Duration = Duration::from_secs(3600);

impl Question for ShowMonitoring {
    type Answer = MonitoringView;

    fn ask(&self, read: &Read) -> Result<MonitoringView> {
        let (hotfix, product, turns) = read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let product = state.catalog.product(&hotfix.product).cloned();
            let mut turns = BTreeMap::new();
            for place in product.iter().flat_map(|product| &product.environments) {
                if let Some((_, at)) = state.deployed(hotfix, &place.id)? {
                    turns.insert(place.id.clone(), at);
                }
            }
            Ok((hotfix.clone(), product, turns))
        })?;
        let environments = product.map(|product| product.environments).unwrap_or_default();
        let production =
            environments.iter().rfind(|place| place.production && turns.contains_key(&place.id));
        let deployed_at = production.and_then(|place| turns.get(&place.id)).copied();
        let last = environments.last().map_or("", |last| last.id.as_str());
        let policy = read.catalog.policy(&hotfix.product, last, hotfix.priority);
        let policy =
            WatchPolicy { minutes: policy.watch_minutes(hotfix.priority), name: policy.name };
        let mut probes = Vec::new();
        for environment in environments {
            for spec in environment.probes {
                let turn = turns.get(&environment.id).copied();
                probes.push(probe(read, &hotfix, environment.id.clone(), spec, turn)?);
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
            policy,
            breaches: hotfix.breaches,
            doubts: hotfix.doubts,
            recurrences: hotfix.recurrences,
            feedback_asked_at: hotfix.feedback_asked_at,
            feedback: hotfix.feedback,
            support_notes: hotfix.support_notes,
        })
    }
}

fn probe(
    read: &Read,
    hotfix: &Hotfix,
    environment: String,
    spec: ProbeSpec,
    deployed_at: Option<Instant>,
) -> Result<ProbeView> {
    let subject = &format!("{}/{environment}", hotfix.key);
    let kept = telemetry::samples(read.db, subject, &spec.id, MOST_WITHIN)?;
    let mut tally = Tally::default();
    if let Some(since) = watch::since(hotfix, &environment, &spec.id) {
        for one in kept.iter().filter(|one| one.at >= since) {
            tally.count(&spec, wave::Seen::of(&one.result));
        }
    }
    let samples: Vec<Sample> = kept
        .into_iter()
        .map(|sample| Sample {
            at: sample.at,
            result: SampleResult::named(&sample.result),
            value: sample.value,
            detail: sample.detail,
        })
        .collect();
    let samples = samples[samples.len().saturating_sub(NEWEST)..].to_vec();
    let last = samples.last().cloned();
    // What was sampled last ends the chart: a closed hot fix is no longer asked about.
    let until = last.as_ref().map_or(read.now, |last| last.at.plus(Duration::from_micros(1)));
    let turn = deployed_at.map_or(until, |at| at.min(until));
    let from = turn.minus(until.since(turn).max(HOUR));
    let usual = match deployed_at {
        Some(at) => stretch::before(read.db, subject, &spec.id, at)?,
        None => None,
    };
    let ask = |from: Instant, until: Instant, most: u32| -> Result<Vec<Stretch>> {
        let rows = stretch::stretches(read.db, subject, &spec.id, (from, until), most)?;
        Ok(rows
            .into_iter()
            .map(|one| Stretch {
                at: one.at,
                slowest: one.high,
                lowest: one.low,
                mean: one.mean,
                count: one.count,
                bad: one.failures + one.errors,
                failures: one.failures,
                inconclusive: one.inconclusive,
                errors: one.errors,
            })
            .collect())
    };
    Ok(ProbeView {
        chart: ask(from, until, POINTS)?,
        before: ask(from, turn, 1)?.pop(),
        after: ask(turn, until, 1)?.pop(),
        limit: spec.most(usual),
        counted: tally.counted(),
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
