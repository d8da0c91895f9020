//! The inbox: issues in the order in which they burn, paged by key, counted without scanning.

use super::{Page, Question, Read};
use crate::{
    calendar::SlaState,
    clock::Instant,
    error::Result,
    event::words::*,
    model::issue::Issue,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a list of issues is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The next deadline first; untriaged ones by age.
    #[default]
    Clock,
    Newest,
    Priority,
}

/// List issues. Without a state, the open ones; with `all`, every one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListIssues {
    pub state: Option<IssueState>,
    pub priority: Option<Priority>,
    pub product: Option<CatalogId>,
    pub owner: Option<PersonId>,
    /// Words that must occur.
    pub text: String,
    /// Closed, rejected, deferred and duplicate ones too.
    pub all: bool,
    pub untriaged: bool,
    /// Only those whose clock is at risk or breached.
    pub at_risk: bool,
    pub sort: Sort,
    pub after: Option<String>,
    /// At most 500; 100 if left out.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct IssueRow {
    pub key: IssueKey,
    pub title: String,
    pub state: IssueState,
    pub priority: Option<Priority>,
    pub product: Option<CatalogId>,
    pub component: String,
    pub version: String,
    pub affected: u32,
    pub reporter: String,
    pub owner: Option<PersonId>,
    pub hotfix: Option<HotfixKey>,
    pub reported_at: Instant,
    /// The clock that runs now; none once everything was met or nothing was promised.
    pub clock: Option<ClockRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ClockRow {
    pub what: ClockWhat,
    pub state: SlaState,
    pub due: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockWhat {
    Respond,
    Resolve,
}

/// How many there are of what the navigation shows.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CountAll {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Counts {
    #[ts(type = "number")]
    pub untriaged: u64,
    #[ts(type = "number")]
    pub open: u64,
    #[ts(type = "number")]
    pub mine: u64,
    #[ts(type = "number")]
    pub at_risk: u64,
    #[ts(type = "number")]
    pub hotfixes: u64,
    #[ts(type = "number")]
    pub deployments: u64,
    #[ts(type = "number")]
    pub messages: u64,
    #[ts(type = "number")]
    pub monitoring: u64,
    #[ts(type = "number")]
    pub waiting: u64,
}

/// One issue, exactly as it was entered.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowIssue {
    pub key: IssueKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct IssueView {
    pub issue: Issue,
    pub clock: Option<ClockRow>,
    /// The description, steps and comments as sanitised HTML.
    pub description_html: String,
}
