//! What needs the outside before anything can be decided: files, git, endpoints, the keychain.
//!
//! An action does its I/O through `integrations` and `store`, then calls commands like anybody else:
//! nothing here decides.

use super::{Call, outside};
use crate::{
    engine::versions,
    error::{Error, Result},
    event::words::*,
    integrations::{
        checks::{SYSTEMS, System, TOKEN},
        deploy::recipe::{BUILT_IN, Problem, Recipe, SecretName, Setting, SettingKind},
    },
    journal,
    model::{
        deployment::{LastTold, TargetTold},
        facts::EndpointHealth,
    },
    stages::{Done, configure, deploy::Heard},
    views::{Question, Read},
};
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
    /// Whether test commands may be run from here.
    pub test_commands: bool,
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

/// Keep a secret in the keychain. An empty value removes it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetSecret {
    pub endpoint: CatalogId,
    pub name: String,
    pub value: String,
    /// Keep it until the program ends, and not in the keychain.
    #[serde(default)]
    pub session: bool,
}

/// Which of an endpoint's secrets this machine has. Their values never come here.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListSecrets {
    pub endpoint: CatalogId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SecretRow {
    pub name: String,
    pub kept: bool,
}

/// The recipes that ship with the program.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListRecipes {}

/// Read a recipe that is being written.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CheckRecipe {
    pub text: String,
}

/// What a recipe asks of whoever sets an endpoint up, and what is wrong with its text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecipeView {
    pub name: String,
    pub title: String,
    pub description: String,
    pub settings: Vec<Setting>,
    pub secrets: Vec<SecretName>,
    pub problems: Vec<Problem>,
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

impl Action for TryEndpoint {
    type Answer = Tried;

    fn run(self, call: &Call) -> Result<Tried> {
        let catalog = call.desk().catalog()?;
        let endpoint = catalog.endpoint(&self.endpoint).ok_or_else(|| {
            Error::field("endpoint", format!("There is no endpoint “{}”.", self.endpoint))
        })?;
        if let Some((system, place)) = super::evidence::check_place(call.desk(), endpoint, "")? {
            return Ok(super::evidence::checks_tried(system, &place));
        }
        let ready = outside::recipe_endpoint(call.desk(), endpoint, &self.params)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let tried = runtime.block_on(ready.try_call());
        let health =
            EndpointHealth { ok: tried.ok, detail: tried.detail.clone(), at: call.desk().now() };
        call.desk().set_health(endpoint.id.clone(), health);
        Ok(Tried {
            ok: tried.ok,
            detail: tried.detail,
            request: tried.request,
            answer: tried.answer,
            millis: tried.took.as_millis() as u32,
        })
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

impl Action for SetSecret {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        if self.session {
            call.desk().secrets().set_for_session(&self.endpoint.0, &self.name, &self.value);
        } else {
            call.desk().secrets().set(&self.endpoint.0, &self.name, &self.value)?;
        }
        Ok(Done {})
    }
}

impl Action for ListSecrets {
    type Answer = Vec<SecretRow>;

    fn run(self, call: &Call) -> Result<Vec<SecretRow>> {
        let catalog = call.desk().catalog()?;
        let endpoint = catalog.endpoint(&self.endpoint).ok_or_else(|| {
            Error::field("endpoint", format!("There is no endpoint “{}”.", self.endpoint))
        })?;
        let secrets = call.desk().secrets();
        let row = |name: &String| {
            let kept = secrets.get(&endpoint.id.0, name)?.is_some();
            Ok(SecretRow { name: name.clone(), kept })
        };
        endpoint.secrets.iter().map(row).collect()
    }
}

impl Action for ListRecipes {
    type Answer = Vec<RecipeView>;

    fn run(self, _: &Call) -> Result<Vec<RecipeView>> {
        let names = BUILT_IN.iter().map(|(name, _)| *name);
        let mut all: Vec<RecipeView> =
            names.filter_map(Recipe::built_in).map(RecipeView::from).collect();
        all.extend(SYSTEMS.iter().map(RecipeView::from));
        Ok(all)
    }
}

impl Action for CheckRecipe {
    type Answer = RecipeView;

    fn run(self, _: &Call) -> Result<RecipeView> {
        let problems = Recipe::check(&self.text);
        if !problems.is_empty() {
            return Ok(RecipeView { problems, ..RecipeView::default() });
        }
        Recipe::parse(&self.text).map(RecipeView::from)
    }
}

/// What is asked for checks is set up as a recipe is.
impl From<&System> for RecipeView {
    fn from(system: &System) -> Self {
        Self {
            name: system.recipe.into(),
            title: system.title.into(),
            description: system.description.into(),
            settings: vec![Setting {
                name: "base_url".into(),
                label: format!("Address ({})", system.address),
                kind: SettingKind::Url,
                default: Some(system.address.into()),
                optional: false,
            }],
            secrets: vec![SecretName {
                name: TOKEN.into(),
                label: "Token with the right to read".into(),
                optional: true,
            }],
            problems: Vec::new(),
        }
    }
}

impl From<Recipe> for RecipeView {
    fn from(recipe: Recipe) -> Self {
        let Recipe { name, title, description, settings, secrets, .. } = recipe;
        Self { name, title, description, settings, secrets, problems: Vec::new() }
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
