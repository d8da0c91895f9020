//! Search over issues, hot fixes and messages by SQLite FTS5, with fields and keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Words, "phrases", prefixes, keys, and fields such as `state:new product:shop priority:1`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Search {
    pub text: String,
    /// At most 100; 20 if left out.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Hit {
    pub key: String,
    /// `issue`, `hotfix` or `message`.
    pub kind: String,
    pub title: String,
    /// Plain text around the match, the words that matched between U+2068 and U+2069.
    pub snippet: String,
}
