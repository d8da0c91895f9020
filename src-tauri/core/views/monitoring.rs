//! What is being watched after a fix: probes with their samples, breaches, feedback.

use crate::{
    clock::Instant,
    event::words::*,
    model::hotfix::{Breach, Feedback, Monitoring, SupportNote},
};
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
