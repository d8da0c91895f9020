//! A recipe: how one deployment system is spoken to, as data.
//!
//! Each section is a linear list of HTTP calls whose texts are minijinja templates in strict mode;
//! what a call extracts, later calls may use. Deliberately absent: conditions, loops and
//! expressions between calls. What needs those is Rust behind [`super::Endpoint`].

mod check;
pub(super) mod template;

use crate::error::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

use super::{CallError, RunState};

/// The recipes that ship: name and text.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("generic-http", include_str!("recipes/generic-http.toml")),
    ("generic-http-reference", include_str!("recipes/generic-http-reference.toml")),
    ("argo-cd", include_str!("recipes/argo-cd.toml")),
    ("awx", include_str!("recipes/awx.toml")),
    ("azure-devops", include_str!("recipes/azure-devops.toml")),
    ("buildbot", include_str!("recipes/buildbot.toml")),
    ("github-actions", include_str!("recipes/github-actions.toml")),
    ("github-actions-by-name", include_str!("recipes/github-actions-by-name.toml")),
    ("github-deployments", include_str!("recipes/github-deployments.toml")),
    ("gitlab-pipeline", include_str!("recipes/gitlab-pipeline.toml")),
    ("gitlab-trigger", include_str!("recipes/gitlab-trigger.toml")),
    ("jenkins", include_str!("recipes/jenkins.toml")),
    ("octopus", include_str!("recipes/octopus.toml")),
    ("rundeck", include_str!("recipes/rundeck.toml")),
    ("salt", include_str!("recipes/salt.toml")),
];

/// One deployment system.
///
/// Names that templates may use: every setting; `secret.NAME`; `key`, `product`, `hotfix`,
/// `environment`, `target` (in start, rollback and version); `package.name`, `package.size`,
/// `package.sha256` in `start`; `run` in poll, cancel, logs and (null if unknown) rollback; `after` in logs; `to` in rollback; and what
/// earlier calls of the section extracted (null where it was optional and missing, or the call was left out).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The recipe language's version: 1.
    pub format: u32,
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub settings: Vec<Setting>,
    #[serde(default)]
    pub secrets: Vec<SecretName>,
    /// Must extract `run`.
    pub start: Section,
    /// Finds a run by `key`; must extract `run` and `state`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub locate: Option<Section>,
    /// Must extract `state`; may extract `message`.
    pub poll: Section,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cancel: Option<Section>,
    /// Must extract `text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub logs: Option<Section>,
    /// May extract `run`, which is then polled; without it the answer is the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub rollback: Option<Section>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub health: Option<Section>,
    /// Asks what runs at a target, changing nothing; must extract `version`, may extract `commit`
    /// and `package` (the SHA-256 of what was delivered).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub version: Option<Section>,
}

/// A value that whoever sets the endpoint up fills in; templates name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub kind: SettingKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub default: Option<String>,
    #[serde(default)]
    pub optional: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    #[default]
    Text,
    /// The start of an address: put into a URL as it is, where other values are escaped.
    Url,
}

/// A secret by name; its value lives in the keychain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretName {
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub optional: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub calls: Vec<RecipeCall>,
    /// What the extracted `state` means. A word that is not here is an unclear answer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, RunState>,
    /// Further values, templates over what the calls extracted: for a state that is told in two
    /// fields, or a run's number that stands within an address. A blank one is missing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// A header that carries `key`, on every call of the section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub idempotency_header: Option<String>,
    /// In start and rollback: when what was refused is sent again by itself. Without it a person is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub retry: Option<RetryRule>,
    /// For logs: the answer holds only what is new, because the call says `after`. Otherwise it
    /// holds everything so far.
    #[serde(default)]
    pub only_new: bool,
}

/// Which refusals certainly began nothing, so that the step may be sent again by itself, as a new attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryRule {
    /// The statuses that say so of this system, such as 429 or 503. What never left counts as well.
    pub statuses: Vec<u16>,
    /// Further attempts, 1 to 10.
    #[serde(default = "three")]
    pub times: u32,
    /// From the first attempt on, 1 to 60.
    #[serde(default = "ten")]
    pub minutes: u32,
}

fn three() -> u32 {
    3
}

fn ten() -> u32 {
    10
}

impl RetryRule {
    /// The seconds to wait after this error: what the endpoint asks for, else `unasked`. `None` if the error
    /// is none that may be tried again.
    pub fn wait(&self, error: &CallError, unasked: u64) -> Option<u64> {
        match error {
            CallError::NotSent { .. } => Some(unasked),
            CallError::Refused { status, retry_after, .. } => {
                self.statuses.contains(status).then(|| retry_after.unwrap_or(unasked))
            }
            CallError::Unclear { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeCall {
    pub method: Method,
    pub url: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub body: Option<CallBody>,
    /// The statuses that mean yes; any other is a refusal or an unclear answer.
    #[serde(default = "ok")]
    pub success: Vec<u16>,
    /// In locate: the statuses that mean "no such run". In version: those that mean "not known".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<u16>,
    /// Made only if an earlier call of the section extracted this name. Otherwise it is left out,
    /// and what it would extract is null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub only_with: Option<String>,
    /// Made only if no earlier call of the section extracted this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub only_without: Option<String>,
    /// How the body is signed; with a secret that is not set it is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign: Vec<Signature>,
    /// Name to source: a JSONPath (`$.run`; a `{{name}}` in it stands within quotes),
    /// `header:Location`, `cookies` (all that are set, as a Cookie header wants them), or `body`
    /// (the text as it is).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extract: BTreeMap<String, String>,
    /// The same for what may be missing or null.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extract_optional: BTreeMap<String, String>,
    /// For the whole call; 30 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub timeout_seconds: Option<u32>,
}

impl RecipeCall {
    /// The names it extracts, whether they must be there or not.
    pub(super) fn extracted(&self) -> impl Iterator<Item = &String> {
        self.extract.keys().chain(self.extract_optional.keys())
    }
}

fn ok() -> Vec<u16> {
    vec![200]
}

/// A signature over the very bytes that are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub scheme: SignatureScheme,
    /// The name of the secret that is its key.
    pub secret: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureScheme {
    /// Standard Webhooks 1.0: webhook-id, webhook-timestamp and webhook-signature; the secret is
    /// base64, with or without `whsec_`.
    StandardWebhooks,
    /// X-Hub-Signature-256, as GitHub sends it; the secret is the key as it is.
    HubSha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// It changes nothing over there, so that any answer but success is simply a refusal.
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// What a call carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallBody {
    /// A JSON value whose texts are templates. A text that is one `{{name}}` keeps the value's
    /// type, so that null and numbers stay what they are; nothing can break out of its quotes.
    Json(#[ts(type = "unknown")] serde_json::Value),
    Text(String),
    /// Names and templates, as application/x-www-form-urlencoded.
    Form(BTreeMap<String, String>),
    /// The package's bytes, as application/octet-stream.
    Package,
}

/// One mistake in a recipe's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Problem {
    /// From 1.
    pub line: u32,
    pub message: String,
}

impl Recipe {
    /// Every mistake in the text, in the order of its lines; none if it is a recipe.
    pub fn check(text: &str) -> Vec<Problem> {
        check::problems(text)
    }

    /// The recipe, or the first mistake with its line.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if let Some(problem) = Self::check(text).into_iter().next() {
            return Err(Error::invalid(problem.message).at(format!("line {}", problem.line)));
        }
        toml::from_str(text).map_err(|error| Error::invalid(error.message().to_string()))
    }

    /// A recipe that ships.
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        toml::from_str(text).ok()
    }

    /// What may be asked to try it, because its calls change nothing. Health is asked all the time.
    pub fn harmless(&self) -> Vec<&'static str> {
        let safe = |section: &Section| section.calls.iter().all(|call| call.method.is_safe());
        let asked = ["health", "version", "locate", "poll", "logs"];
        let sections = self.sections();
        let find = |name: &str| sections.iter().find(|(known, _)| *known == name);
        asked
            .into_iter()
            .filter(|name| find(name).is_some_and(|(_, one)| *name == "health" || safe(one)))
            .collect()
    }

    pub(super) fn sections(&self) -> Vec<(&'static str, &Section)> {
        let optional = [
            ("locate", &self.locate),
            ("cancel", &self.cancel),
            ("logs", &self.logs),
            ("rollback", &self.rollback),
            ("health", &self.health),
            ("version", &self.version),
        ];
        let mut all = vec![("start", &self.start), ("poll", &self.poll)];
        all.extend(optional.into_iter().filter_map(|(n, s)| Some((n, s.as_ref()?))));
        all
    }
}
