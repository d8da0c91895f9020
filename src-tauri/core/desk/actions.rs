//! What needs the outside before anything can be decided: files, git, endpoints, the keychain.
//!
//! An action does its I/O through `integrations` and `store`, then calls commands like anybody else:
//! nothing here decides.

use super::Call;
use crate::{clock::Instant, error::Result, event::{BuildNotes, words::*}};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A request whose answer needs the outside.
pub trait Action: DeserializeOwned {
    type Answer: Serialize;

    fn run(self, call: &Call) -> Result<Self::Answer>;
}

/// The workspace, who sits here, and what it runs on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskWorkspace {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WorkspaceView {
    pub name: String,
    pub zone: String,
    pub path: String,
    pub dry_run: bool,
    pub me: Option<Person>,
    /// The file may only be read, and why.
    pub read_only: Option<String>,
    #[ts(type = "number")]
    pub records: u64,
    /// Whether this program runs deployments, messages and probes, or another one does.
    pub runs_engine: bool,
    pub program_version: String,
}

/// The catalog's objects, of one kind or all, by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListCatalog {
    pub kind: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CatalogRow {
    pub object: CatalogObject,
    #[ts(type = "number")]
    pub version: u64,
}

/// Say who sits at this desk.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChooseProfile {
    pub person: PersonId,
}

/// Read a commit from the product's repository, or from another one, and record it as a change.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddChange {
    pub key: HotfixKey,
    /// A commit, tag or branch.
    pub commit: String,
    /// The product's repository, if left out.
    #[serde(default)]
    pub repository: Option<String>,
    #[serde(default)]
    pub branch: String,
}

/// Look on which living branches the hot fix's changes are, by commit or by patch.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CheckBranches {
    pub key: HotfixKey,
}

/// The newest commits of a local repository.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadGit {
    pub repository: String,
    /// A branch or range; HEAD if left out.
    #[serde(default)]
    pub range: String,
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Commit {
    pub commit: String,
    pub subject: String,
    pub author: String,
    pub authored_at: Option<Instant>,
    pub branches: Vec<String>,
}

/// One thing to put into a package.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackageSource {
    /// A file or folder on this machine; or a path inside the commit if `from_commit`.
    pub path: String,
    #[serde(default)]
    pub from_commit: bool,
    pub role: FileRole,
}

/// Build the package. Without sources: the files that the newest change touched, as they are in
/// that commit.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct BuildPackage {
    pub key: HotfixKey,
    #[serde(default)]
    pub from: Vec<PackageSource>,
    #[serde(default)]
    pub notes: BuildNotes,
}

/// Write a revision's bytes to a new file.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExportPackage {
    pub key: HotfixKey,
    /// The newest, if left out.
    #[serde(default)]
    pub revision: Option<u32>,
    pub path: String,
}

/// Ask an endpoint whether it answers.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryEndpoint {
    pub endpoint: CatalogId,
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

/// The call as it was sent and its answer, secrets masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Tried {
    pub ok: bool,
    pub detail: String,
    pub request: String,
    pub answer: String,
    pub millis: u32,
}

/// Keep a secret in the keychain. An empty value removes it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetSecret {
    pub endpoint: CatalogId,
    pub name: String,
    pub value: String,
}

/// Keep what is being typed, for this person on this machine.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveDraft {
    pub name: String,
    /// Empty removes the draft.
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct LoadDraft {
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Draft {
    pub text: String,
}

/// Store the bytes of a file on this machine.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PutFile {
    pub path: String,
}

/// Write a hot fix's report to a new file.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveReport {
    pub key: HotfixKey,
    pub format: crate::views::report::ReportFormat,
    pub path: String,
}

/// Prove the chain.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct VerifyAudit {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AuditResult {
    pub ok: bool,
    #[ts(type = "number")]
    pub records: u64,
    /// The head's hash: anchor it elsewhere.
    pub head: String,
    /// The first damaged record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number | null", optional)]
    pub seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<String>,
}

/// Write the journal as JSON lines to a new file.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExportAudit {
    pub path: String,
}

/// Make all views anew from the journal.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct Rebuild {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Rebuilt {
    #[ts(type = "number")]
    pub events: u64,
    pub seconds: f64,
}

/// Write a verified copy of the workspace to a new file.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Backup {
    pub path: String,
}
