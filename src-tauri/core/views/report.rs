//! The documentation of a hot fix, which writes itself from the journal.

use crate::event::words::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    #[default]
    Md,
    /// One file, with its own style sheet.
    Html,
    /// The body alone, sanitised, for the window.
    Fragment,
}

/// The report of one hot fix.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskReport {
    pub key: HotfixKey,
    #[serde(default)]
    pub format: ReportFormat,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Report {
    pub key: HotfixKey,
    pub text: String,
}
