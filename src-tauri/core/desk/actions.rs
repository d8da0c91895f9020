//! What needs the outside before anything can be decided: files, git, endpoints.
//!
//! An action does its I/O through `integrations` and `store`, then calls commands like anybody else:
//! nothing here decides.

use super::Call;
use crate::{
    engine::versions,
    error::{Error, Result},
    event::words::*,
    journal,
    model::deployment::{LastTold, TargetTold},
    stages::{Done, configure, deploy::Heard},
    views::{Question, Read},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ts_rs::TS;

/// Asks the outside to the end, on a runtime of its own: an action has a thread of its own, too.
pub(super) fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

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
    /// Whether test commands may be run from here.
    pub test_commands: bool,
    /// When people are left alone.
    pub quiet: Option<QuietHours>,
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

/// Ask the endpoints of an environment what runs there.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskVersion {
    pub product: CatalogId,
    pub environment: String,
}

/// What they said, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct VersionAsked {
    pub heard: Heard,
    pub targets: Vec<TargetTold>,
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

/// Write the measures, or the rows behind one of them, to a new CSV file.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveMetrics {
    pub csv: crate::views::metrics::AskMetricsCsv,
    pub path: String,
}

/// Write the log of a deployment that was kept to a new file, a line each: when, which target, what
/// about, and the text. Secrets are masked in it as they are in the window.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveLog {
    pub key: DeploymentKey,
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

/// Make a new workspace file out of a backup.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Restore {
    pub backup: String,
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

impl Question for AskWorkspace {
    type Answer = WorkspaceView;

    fn ask(&self, read: &Read) -> Result<WorkspaceView> {
        let workspace = read.judge(|state| Ok(state.workspace()?.clone()))?;
        let records: i64 =
            read.db.query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |row| row.get(0))?;
        Ok(WorkspaceView {
            name: workspace.name,
            zone: workspace.zone,
            path: read.db.path().unwrap_or_default().to_owned(),
            dry_run: workspace.dry_run,
            test_commands: workspace.test_commands,
            quiet: workspace.quiet,
            me: read.catalog.person(&read.me).cloned(),
            read_only: read.surroundings.read_only(),
            records: records.unsigned_abs(),
            runs_engine: read.surroundings.runs_engine(),
            program_version: env!("CARGO_PKG_VERSION").into(),
        })
    }
}

impl Question for ListCatalog {
    type Answer = Vec<CatalogRow>;

    fn ask(&self, read: &Read) -> Result<Vec<CatalogRow>> {
        let mut rows: Vec<CatalogRow> = read
            .catalog
            .all()
            .filter(|(_, object)| self.kind.as_deref().is_none_or(|kind| kind == object.kind()))
            .map(|(version, object)| CatalogRow { object: object.clone(), version })
            .collect();
        rows.sort_by_cached_key(|row| (row.object.kind(), row.object.name().to_lowercase()));
        Ok(rows)
    }
}

impl Question for LoadDraft {
    type Answer = Draft;

    fn ask(&self, read: &Read) -> Result<Draft> {
        Ok(Draft { text: read.surroundings.draft(&read.me, &self.name)? })
    }
}

impl Action for SaveDraft {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().store().save_draft(&call.person().0, &self.name, &self.text)?;
        Ok(Done {})
    }
}

impl Action for ChooseProfile {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let chosen = configure::ChooseProfile { person: self.person.clone() };
        call.desk().as_person(&self.person).command(&chosen)?;
        call.desk().store().set_setting("profile", &self.person.0)?;
        Ok(Done {})
    }
}

impl Action for AskVersion {
    type Answer = VersionAsked;

    fn run(self, call: &Call) -> Result<VersionAsked> {
        call.desk().writable()?;
        let catalog = call.desk().catalog()?;
        let product = catalog.product(&self.product).ok_or_else(|| {
            Error::field("product", format!("There is no product “{}”.", self.product))
        })?;
        let environment = product.environment(&self.environment).ok_or_else(|| {
            let message = format!("{} has no environment “{}”.", product.name, self.environment);
            Error::field("environment", message)
        })?;
        let since = call.judge(|state, _| {
            let state = state.environment(&self.product, &self.environment)?;
            Ok(state.running.as_ref().map(|running| running.since))
        })?;
        let outside = call.desk().outside()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let targets = runtime.block_on(versions::ask(&outside, &self.product, environment));
        let told = LastTold { at: call.desk().now(), since, targets: targets.clone() };
        let heard = versions::take_in(call, self.product, self.environment, told)?;
        Ok(VersionAsked { heard, targets })
    }
}

impl Action for VerifyAudit {
    type Answer = AuditResult;

    fn run(self, call: &Call) -> Result<AuditResult> {
        let verified = journal::verify(call.desk().store(), &mut |_, _| true)?;
        Ok(verified.into())
    }
}

impl From<journal::Verified> for AuditResult {
    fn from(verified: journal::Verified) -> Self {
        let (seq, reason) = verified.damaged.unzip();
        Self {
            ok: seq.is_none(),
            records: verified.records,
            head: hex::encode(verified.head),
            seq,
            reason,
        }
    }
}

impl Action for Rebuild {
    type Answer = Rebuilt;

    fn run(self, call: &Call) -> Result<Rebuilt> {
        let started = std::time::Instant::now();
        let events = call.desk().rebuild(&mut |_, _| true)?;
        Ok(Rebuilt { events, seconds: started.elapsed().as_secs_f64() })
    }
}
