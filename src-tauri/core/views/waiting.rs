//! Waiting for me: everything one person can clear, the most urgent first.

use crate::{clock::Instant, event::words::*};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything I can clear.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskWaiting {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    Decision,
    Breach,
    Approval,
    Missed,
    Check,
    Blocker,
    Start,
    Triage,
    CallBack,
    Review,
    Failed,
    Close,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WaitingItem {
    pub kind: WaitingKind,
    /// The thing it is about: ISS-, HF-, DEP- or MSG-.
    pub key: String,
    pub hotfix: Option<HotfixKey>,
    pub priority: Option<Priority>,
    pub title: String,
    /// What is to be done.
    pub what: String,
    /// The section of the hot fix's page, as in a blocker.
    pub section: String,
    pub due: Option<Instant>,
    pub since: Option<Instant>,
}
