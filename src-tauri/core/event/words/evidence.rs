//! Proof that tests ran: numbers in the event, every test in a stored list beside it.

use super::{Attachment, HotfixKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How it became known that tests ran.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceFrom {
    /// Somebody typed the numbers.
    #[default]
    Hand,
    Junit,
    Tap,
    /// A CI system was asked for the checks of the commit.
    CheckRuns,
    /// The command was run from here.
    Command,
}

/// Proof that tests ran on a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestEvidence {
    pub commit: String,
    pub suite: String,
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
    /// The report as it was written.
    #[serde(default)]
    pub attachment: Option<Attachment>,
    #[serde(default)]
    pub from: EvidenceFrom,
    #[serde(default)]
    #[ts(type = "number | null")]
    pub millis: Option<u64>,
    /// The tests that failed, as far as they are few; `list` has them all, with their messages.
    #[serde(default)]
    pub failing: Vec<String>,
    /// How many failed beyond those.
    #[serde(default)]
    pub failing_more: u32,
    /// Every test with its outcome, compressed.
    #[serde(default)]
    pub list: Option<Attachment>,
    /// What a command printed.
    #[serde(default)]
    pub output: Option<Attachment>,
    /// With what a command ended; nothing if it was not a command, or was killed.
    #[serde(default)]
    pub exit: Option<i32>,
    #[serde(default)]
    pub compared: Option<Compared>,
}

/// How a run differs from the one of the same suite before it, test by test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Compared {
    /// The run before: of this hot fix, else of the newest one of the same product.
    pub hotfix: HotfixKey,
    /// From 1, in the order they were recorded.
    pub run: u32,
    /// They fail, and did not fail before.
    pub newly: u32,
    pub still: u32,
    /// They failed before, and pass.
    pub mended: u32,
    /// They ran before, and did not run now.
    pub missing: u32,
    /// The first of those that newly fail.
    pub newly_failing: Vec<String>,
}

/// How the tests of a product are run: a program with its arguments, never through a shell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct TestCommand {
    /// The suite that it is.
    pub name: String,
    pub argv: Vec<String>,
    /// Where it runs; the product's repository if empty.
    pub folder: String,
    /// The report that it writes (a file or a folder, seen from there); without one, TAP on its
    /// standard output, else how it ends.
    pub report: String,
    pub timeout_minutes: u32,
}

/// Where check runs of a product's commits are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ChecksPlace {
    /// An endpoint of the recipe `github-checks` or `gitlab-checks`.
    pub endpoint: super::CatalogId,
    /// `owner/name`; for GitLab the project's path, groups included.
    pub project: String,
}
