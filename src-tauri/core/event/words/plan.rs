//! What is expected of a deployment when it is planned.

use super::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What people will notice of a deployment while it runs.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Disruption {
    /// Nobody has said yet.
    #[default]
    Unsaid,
    /// Nobody notices: instances change one after the other, and no request is lost.
    None,
    /// Some requests fail or are slow, for seconds.
    Brief,
    /// One function is away or slow, for minutes.
    Degraded,
    /// The whole service is away.
    Outage,
}

/// How long it will take, what will be noticed of it, and who is there for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Expected {
    /// From the start to the end of the run; 0 where nobody has said.
    pub duration_minutes: u32,
    pub disruption: Disruption,
    /// Who is on duty while it runs.
    pub on_duty: Vec<PersonId>,
    /// How many minutes before the start those are reminded who own, approve or stand by for it.
    pub remind_minutes: Vec<u32>,
}

/// What a stakeholder says of the time of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeAnswer {
    Confirmed,
    NotNow,
}
