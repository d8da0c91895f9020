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
    /// The newest up to 500 samples, the oldest first.
    pub samples: Vec<Sample>,
    pub last: Option<Sample>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Sample {
    pub at: Instant,
    pub result: SampleResult,
    /// Milliseconds until the answer.
    pub millis: Option<f64>,
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SampleResult {
    Success,
    Failure,
    Error,
}

impl Question for ShowMonitoring {
    type Answer = MonitoringView;

    fn ask(&self, read: &Read) -> Result<MonitoringView> {
        let (hotfix, product, deployed_at) = read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let mut deployed_at = None;
            for key in &hotfix.deployments {
                let deployment = state.deployment(key)?;
                if deployment.production {
                    deployed_at = deployment.deployed_at.or(deployed_at);
                }
            }
            Ok((hotfix.clone(), state.catalog.product(&hotfix.product).cloned(), deployed_at))
        })?;
        let mut probes = Vec::new();
        for environment in product.map(|product| product.environments).unwrap_or_default() {
            for spec in environment.probes {
                let subject = format!("{}/{}", self.key, environment.id);
                let samples: Vec<Sample> = telemetry::samples(read.db, &subject, &spec.id, 500)?
                    .into_iter()
                    .map(|sample| Sample {
                        at: sample.at,
                        result: unword(&sample.result).unwrap_or(SampleResult::Error),
                        millis: sample.value,
                        detail: sample.detail,
                    })
                    .collect();
                probes.push(ProbeView {
                    last: samples.last().cloned(),
                    spec,
                    environment: environment.id.clone(),
                    samples,
                });
            }
        }
        Ok(MonitoringView {
            hotfix: self.key.clone(),
            title: hotfix.title,
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

impl Question for ListMonitoring {
    type Answer = Vec<MonitoringView>;

    fn ask(&self, read: &Read) -> Result<Vec<MonitoringView>> {
        super::board::keys(read, "phase = 'monitoring'")?
            .into_iter()
            .map(|key| ShowMonitoring { key }.ask(read))
            .collect()
    }
}
