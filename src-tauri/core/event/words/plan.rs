//! What is expected of a deployment when it is planned.

use super::{CatalogId, DeploymentKey, PersonId};
use crate::clock::Instant;
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
    /// Who is told of it, and when. In a request, left out: whom the catalog's audiences name.
    pub notices: Option<Vec<NoticePlan>>,
}

/// What an audience is told of each deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Telling {
    /// Lead times, in minutes before the start.
    pub before_minutes: Vec<u32>,
    pub start: bool,
    /// Done, failed or rolled back.
    pub end: bool,
    /// Moved or missed, where they had been told of a start.
    pub delay: bool,
    /// Called off, where they had been told of a start.
    pub cancel: bool,
}

impl Telling {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whom a deployment is told to, copied onto it when it is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NoticePlan {
    pub audience: CatalogId,
    #[serde(default)]
    pub tell: Telling,
}

/// What there is to tell of a deployment.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    Before,
    Start,
    End,
    Delay,
    Cancel,
}

/// One thing to be told to one audience, about one planned start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Notice {
    pub audience: CatalogId,
    pub occasion: Occasion,
    /// How many minutes before the start; 0 for every other occasion.
    #[serde(default)]
    pub minutes: u32,
    pub starts_at: Instant,
}

/// The notice that a message gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NoticeOf {
    pub deployment: DeploymentKey,
    pub notice: Notice,
}

/// What a stakeholder says of the time of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeAnswer {
    Confirmed,
    NotNow,
}
