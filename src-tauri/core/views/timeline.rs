//! Everything that happened to one thing, from the journal.

use crate::{clock::Instant, event::words::*};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The events of an issue, a hot fix with its deployments and messages, or a deployment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskTimeline {
    pub key: String,
    /// Older than this sequence number.
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub before: Option<u64>,
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TimelineEntry {
    #[ts(type = "number")]
    pub seq: u64,
    pub stream: String,
    pub kind: String,
    pub at: Instant,
    pub occurred_at: Instant,
    pub actor: PersonId,
    pub actor_name: String,
    /// One sentence that says what happened.
    pub text: String,
    /// What was typed, if anything.
    pub note: String,
    /// `ok`, `bad`, `wait`, `unknown` or empty.
    pub tone: String,
}
