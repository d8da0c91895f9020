//! Deployments: the list, and one live with its waves, targets and steps.

use crate::{
    clock::Instant,
    event::words::*,
    model::deployment::{Deployment, Step},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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
    /// From earlier runs into this environment; absent without any.
    pub expected_end: Option<Instant>,
    /// What a rollback would bring back, in words.
    pub rolls_back_to: String,
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
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LogLine {
    #[ts(type = "number")]
    pub id: i64,
    pub at: Instant,
    pub target: String,
    /// `call`, `endpoint`, `health` or `error`.
    pub stream: String,
    pub text: String,
}
