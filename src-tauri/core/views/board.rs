//! Hot fixes by stage, and one hot fix with everything its page shows.

use super::inbox::IssueRow;
use crate::{
    clock::Instant,
    event::words::*,
    gates::Ship,
    model::{deployment::Deployment, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// List hot fixes, open ones unless `all`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListHotfixes {
    pub phase: Option<Phase>,
    pub product: Option<CatalogId>,
    pub all: bool,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HotfixRow {
    pub key: HotfixKey,
    pub title: String,
    pub phase: Phase,
    /// The environment it is in or goes to next; empty in Development.
    pub environment: String,
    pub priority: Option<Priority>,
    pub product: CatalogId,
    pub owner: Option<PersonId>,
    pub revision: Option<u32>,
    pub affected: u32,
    #[ts(type = "number")]
    pub issues: u64,
    pub started_at: Instant,
    pub resolve_by: Option<Instant>,
    /// What its gate lacks, in words; empty when it may go on.
    pub blockers: Vec<String>,
    /// Somebody has to decide now: a run holds, or a breach is open.
    pub waits: bool,
}

/// One hot fix.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowHotfix {
    pub key: HotfixKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HotfixView {
    pub hotfix: Hotfix,
    pub product: Product,
    pub issues: Vec<IssueRow>,
    pub deployments: Vec<Deployment>,
    pub affected: u32,
    pub ship: Ship,
    /// The stations of the rail, in order.
    pub rail: Vec<Station>,
    /// Whom the policy lets approve, other than the authors.
    pub approvers: Vec<PersonId>,
}

/// One station of the rail: Development, each environment, Monitoring, Closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Station {
    pub id: String,
    pub name: String,
    pub state: StationState,
    /// One line under the name: "deployed 15:31 · 9 of 9 checks".
    pub detail: String,
    /// How much it still lacks.
    #[ts(type = "number")]
    pub lacks: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StationState {
    Done,
    Now,
    Ahead,
    Failed,
}

/// "Can I ship now?" for one hot fix, for an environment if one is named.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskBlockers {
    pub key: HotfixKey,
    #[serde(default)]
    pub environment: Option<String>,
}
