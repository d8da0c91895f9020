//! Which reports say the same thing: an index in memory beside SQLite, updated as issues are logged.

use crate::event::words::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The issues most like a report that is being typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct FindSimilar {
    pub title: String,
    pub description: String,
    pub component: String,
    /// Leave this one out (it is the one being looked at).
    pub except: Option<IssueKey>,
    /// At most 20; 5 if left out.
    pub top: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SimilarIssue {
    pub key: IssueKey,
    pub title: String,
    pub score: f64,
    /// Why it is suggested, in words.
    pub why: String,
    /// Words of the title that both have.
    pub shared: Vec<String>,
    pub state: IssueState,
    pub priority: Option<Priority>,
    pub affected: u32,
    pub hotfix: Option<HotfixKey>,
    pub workaround: String,
}
