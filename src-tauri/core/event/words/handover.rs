//! What one shift tells the next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a thing under way is, when a shift hands over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnderWayKind {
    /// A deployment that runs, is being validated or waits for a decision.
    #[default]
    Deployment,
    /// A deployment that starts within the next shift.
    Starts,
    /// A hot fix under watch.
    Monitoring,
    /// An open issue of priority 1 or 2.
    Issue,
    /// Somebody waits for a call.
    CallBack,
}

/// A thing that was under way when a shift handed over, as it stood then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct UnderWay {
    pub kind: UnderWayKind,
    /// ISS-, HF- or DEP-.
    pub key: String,
    pub title: String,
    /// Where it stands: "P1, in hot fix".
    pub what: String,
}
