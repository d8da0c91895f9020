//! Reaching out: endpoints made ready with their recipe, way and secrets; saved only if they can be
//! made ready; and tried, with what was sent and what came back.

pub mod commands;
pub mod secrets;

use super::{Call, Desk, actions::Action};
use crate::{
    error::{Error, Result},
    event::words::*,
    integrations::{
        checks::{SYSTEMS, System, TOKEN},
        deploy::{
            self, CallError, Place, RunState,
            http::RecipeEndpoint,
            recipe::{BUILT_IN, Problem, Recipe, SecretName, Setting, SettingKind},
        },
        http::{
            AllowedHosts, Http, Way,
            record::{Exchange, Mask, Record},
        },
    },
    model::{catalog::Catalog, facts::EndpointHealth},
    stages::{Done, configure::SaveObject},
};
use schemars::JsonSchema;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Instant as Stopwatch};
use ts_rs::TS;

/// Ask an endpoint a question that changes nothing over there.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryEndpoint {
    pub endpoint: CatalogId,
    /// What a target would give: its parameters, and `product`, `environment`, `target`; for `locate`
    /// also `key`, for `poll` and `logs` `run`.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// `health` (the usual one), `version`, `locate`, `poll` or `logs`.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub question: Option<String>,
}

/// What came of it: in words, and call by call. Secrets are masked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Tried {
    pub ok: bool,
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The last call, as text.
    pub request: String,
    pub answer: String,
    pub millis: u32,
    pub calls: Vec<TriedCall>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriedCall {
    pub method: String,
    pub address: String,
    pub headers: Vec<TriedHeader>,
    pub body: String,
    /// None if there was no answer.
    pub status: Option<u16>,
    pub answer_headers: Vec<TriedHeader>,
    pub answer_body: String,
    pub millis: u32,
    /// Why there was no answer.
    pub failure: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriedHeader {
    pub name: String,
    pub value: String,
}

/// The systems that an endpoint can be.
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
    /// What can be asked to try it.
    pub questions: Vec<String>,
    /// Its text, to start one of one's own from; empty where it is no recipe's.
    pub text: String,
    pub problems: Vec<Problem>,
}

pub(super) fn endpoint<'a>(catalog: &'a Catalog, id: &CatalogId) -> Result<&'a Endpoint> {
    catalog
        .endpoint(id)
        .ok_or_else(|| Error::field("endpoint", format!("There is no endpoint “{id}”.")))
}

fn no_secret(name: &str) -> Error {
    Error::offline(format!("The secret “{name}” of the endpoint is not on this machine."))
        .hint("Settings, Endpoints: enter it.")
        .at("secrets")
}

/// The recipe that an endpoint follows. Errors are at `recipe` or `recipe_text`.
fn recipe_of(endpoint: &Endpoint) -> Result<Recipe> {
    if endpoint.recipe == CUSTOM {
        return Recipe::parse(&endpoint.recipe_text).map_err(|error| {
            let line = error.location.clone().unwrap_or_default();
            let message = format!("{}: {}", line, error.message);
            Error::field("recipe_text", message.trim_start_matches(": "))
                .hint("`hotfix endpoint check FILE` explains every mistake by its line.")
        });
    }
    Recipe::built_in(&endpoint.recipe).ok_or_else(|| {
        let message = match System::find(&endpoint.recipe) {
            Some(_) => format!("{} is asked for checks; it deploys nothing.", endpoint.name),
            None => format!("There is no recipe “{}”.", endpoint.recipe),
        };
        Error::invalid(message)
            .at("recipe")
            .hint("`hotfix endpoint systems` lists those that ship.")
    })
}

/// The values of a recipe's settings: a target's own before the endpoint's.
fn settings_of(endpoint: &Endpoint, params: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut settings = endpoint.settings.clone();
    if !endpoint.base_url.trim().is_empty() {
        settings.insert("base_url".into(), endpoint.base_url.clone());
    }
    settings.extend(params.iter().map(|(name, value)| (name.clone(), value.clone())));
    settings.retain(|_, value| !value.trim().is_empty());
    settings
}

/// Where its calls may go: the hosts it lists, or those of its addresses.
fn hosts_of(
    endpoint: &Endpoint,
    recipe: &Recipe,
    settings: &BTreeMap<String, String>,
) -> Result<AllowedHosts> {
    if !endpoint.hosts.is_empty() {
        return AllowedHosts::new(&endpoint.hosts);
    }
    let mut hosts = Vec::new();
    for setting in recipe.settings.iter().filter(|setting| setting.kind == SettingKind::Url) {
        let Some(text) = settings.get(&setting.name).or(setting.default.as_ref()) else { continue };
        let at = if setting.name == "base_url" {
            "base_url".to_owned()
        } else {
            format!("settings.{}", setting.name)
        };
        let url = url::Url::parse(text.trim()).ok();
        let host = url
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
        hosts.push(host.ok_or_else(|| {
            Error::field(at, format!("“{text}” is not an address of a web server."))
                .hint("Write it like https://deploy.example.com.")
        })?);
    }
    AllowedHosts::new(hosts)
}

fn way_of(endpoint: &Endpoint) -> Way {
    Way { proxy: endpoint.proxy.clone(), ca: endpoint.ca.clone() }
}

fn secrets_of(desk: &Desk, endpoint: &Endpoint) -> Result<BTreeMap<String, String>> {
    let mut secrets = BTreeMap::new();
    for name in &endpoint.secrets {
        if let Some(secret) = desk.0.secrets.get(&endpoint.id.0, name)? {
            secrets.insert(name.clone(), secret.expose_secret().to_owned());
        }
    }
    Ok(secrets)
}

/// Whom an endpoint is made ready for.
pub enum For<'a> {
    /// A target, with its parameters.
    Target(&'a BTreeMap<String, String>),
    /// A question that may need none of them, with what is known of them.
    Question(&'a BTreeMap<String, String>),
}

struct Ready {
    endpoint: Arc<dyn deploy::Endpoint>,
    record: Record,
    mask: Mask,
}

fn ready(desk: &Desk, endpoint: &Endpoint, whom: &For, record: bool) -> Result<Ready> {
    let noted = Record::default();
    if endpoint.recipe == COMMAND {
        let secrets = secrets_of(desk, endpoint)?;
        let mask = Mask::new(secrets.values().map(String::as_str));
        let made = commands::ready(desk, endpoint, secrets)?;
        return Ok(Ready { endpoint: Arc::new(made), record: noted, mask });
    }
    let mut recipe = recipe_of(endpoint)?;
    let params = match whom {
        For::Target(params) | For::Question(params) => params,
    };
    let settings = settings_of(endpoint, params);
    if matches!(whom, For::Question(_)) {
        // What only a target gives is missed where it is used, not before.
        recipe.settings.retain(|setting| {
            setting.optional
                || setting.default.is_some()
                || settings.contains_key(&setting.name)
                || setting.kind == SettingKind::Url
        });
    }
    let mut http = Http::by(hosts_of(endpoint, &recipe, &settings)?, &way_of(endpoint))?;
    if record {
        http = http.recorded(noted.clone());
    }
    let secrets = secrets_of(desk, endpoint)?;
    let mask = Mask::new(secrets.values().map(String::as_str));
    let made = RecipeEndpoint::over(http, recipe, settings, secrets)?;
    Ok(Ready { endpoint: Arc::new(made), record: noted, mask })
}

/// An endpoint ready to be called.
pub fn endpoint_for(
    desk: &Desk,
    endpoint: &Endpoint,
    whom: &For,
) -> Result<Arc<dyn deploy::Endpoint>> {
    Ok(ready(desk, endpoint, whom, false)?.endpoint)
}

/// What would keep an endpoint from being made ready, whatever its targets give; at the field.
fn check(endpoint: &Endpoint) -> Result<()> {
    if endpoint.recipe == COMMAND {
        return Ok(());
    }
    way_of(endpoint).proxy()?;
    AllowedHosts::new(&endpoint.hosts)?;
    let settings = settings_of(endpoint, &BTreeMap::new());
    if let Some(system) = System::find(&endpoint.recipe) {
        if !settings.contains_key("base_url") {
            return Err(Error::field("base_url", "Say where it is.")
                .hint(format!("It looks like {}.", system.address)));
        }
        if !endpoint.ca.trim().is_empty() || !endpoint.proxy.trim().is_empty() {
            let field = if endpoint.proxy.trim().is_empty() { "ca" } else { "proxy" };
            return Err(Error::field(
                field,
                "Checks are read directly, and trust what this machine trusts.",
            )
            .hint("Leave it empty."));
        }
        return Ok(());
    }
    let recipe = recipe_of(endpoint)?;
    for name in endpoint.settings.keys() {
        if !recipe.settings.iter().any(|setting| &setting.name == name) {
            let known: Vec<&str> =
                recipe.settings.iter().map(|setting| setting.name.as_str()).collect();
            return Err(Error::field(
                format!("settings.{name}"),
                format!("{} has no setting “{name}”.", recipe.title),
            )
            .hint(match known.is_empty() {
                true => "It has none at all.".into(),
                false => format!("It has: {}.", known.join(", ")),
            }));
        }
    }
    for setting in recipe.settings.iter().filter(|setting| setting.kind == SettingKind::Url) {
        let given = settings.contains_key(&setting.name);
        if !given && !setting.optional && setting.default.is_none() {
            let at = if setting.name == "base_url" {
                "base_url".to_owned()
            } else {
                format!("settings.{}", setting.name)
            };
            return Err(Error::field(at, format!("“{}” is missing.", setting.label))
                .hint("It looks like https://deploy.example.org."));
        }
    }
    for secret in recipe.secrets.iter().filter(|secret| !secret.optional) {
        if !endpoint.secrets.contains(&secret.name) {
            return Err(Error::field(
                "secrets",
                format!("{} needs the secret “{}” ({}).", recipe.title, secret.name, secret.label),
            )
            .hint("Name it here; its value stays in the keychain."));
        }
    }
    let hosts = hosts_of(endpoint, &recipe, &settings)?;
    Http::by(hosts, &way_of(endpoint)).map(drop)
}

/// An endpoint that could not be made ready is refused before the rules of its stage are asked.
impl Action for SaveObject {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        if let CatalogObject::Endpoint(endpoint) = &self.object {
            // What the stage refuses it explains better.
            crate::stages::configure::check_endpoint(endpoint)?;
            check(endpoint)?;
        }
        if let CatalogObject::Access(access) = &self.object {
            super::access::check(access)?;
        }
        call.command(&self)
    }
}

impl Action for TryEndpoint {
    type Answer = Tried;

    fn run(self, call: &Call) -> Result<Tried> {
        let catalog = call.desk().catalog()?;
        let endpoint = endpoint(&catalog, &self.endpoint)?;
        if let Some((system, place)) = super::evidence::check_place(call.desk(), endpoint, "")? {
            return Ok(super::evidence::checks_tried(system, &place));
        }
        let question = self.question.as_deref().unwrap_or("health");
        let asked = match endpoint.recipe == COMMAND {
            true => vec!["health", "version", "locate", "poll", "logs"],
            false => recipe_of(endpoint)?.harmless(),
        };
        if !asked.contains(&question) && question != "health" {
            return Err(Error::field("question", format!("It cannot be asked for “{question}”."))
                .hint(format!("It can be asked for: {}.", asked.join(", "))));
        }
        let made = ready(call.desk(), endpoint, &For::Question(&self.params), true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let started = Stopwatch::now();
        let said = runtime.block_on(self.ask(question, made.endpoint.as_ref()));
        let millis = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let calls: Vec<TriedCall> =
            made.record.shown(&made.mask).into_iter().map(TriedCall::from).collect();
        let (ok, detail) = match &said {
            Ok((ok, detail)) => (*ok, made.mask.text(detail)),
            Err(error) => (false, made.mask.text(error.message())),
        };
        if question == "health" {
            let health = EndpointHealth { ok, detail: detail.clone(), at: call.desk().now() };
            call.desk().set_health(endpoint.id.clone(), health);
        }
        let hint = if ok { None } else { remedy(said.err().as_ref(), &calls) };
        let (request, answer) =
            calls.last().map_or_else(Default::default, |last| (last.sent(), last.answered()));
        Ok(Tried { ok, detail, hint, request, answer, millis, calls })
    }
}

impl TryEndpoint {
    fn param(&self, name: &str) -> String {
        self.params.get(name).map(|value| value.trim().to_owned()).unwrap_or_default()
    }

    async fn ask(
        &self,
        question: &str,
        endpoint: &dyn deploy::Endpoint,
    ) -> Result<(bool, String), CallError> {
        let needed = |name: &str| match self.param(name) {
            empty if empty.is_empty() => {
                Err(CallError::not_sent(format!("Say which {name} it is to be asked for.")))
            }
            given => Ok(given),
        };
        let word = |state: RunState| match state {
            RunState::Running => "runs",
            RunState::Succeeded => "has succeeded",
            RunState::Failed => "has failed",
            RunState::Cancelled => "was cancelled",
        };
        Ok(match question {
            "version" => {
                let place = Place {
                    product: self.param("product"),
                    environment: self.param("environment"),
                    target: self.param("target"),
                };
                match endpoint.version(&place).await? {
                    None => (true, "It does not say which version runs.".into()),
                    Some(told) => (true, format!("{} runs there.", told.version)),
                }
            }
            "locate" => match endpoint.locate(&needed("key")?).await? {
                None => (true, "It knows no run of this key.".into()),
                Some(found) => (true, format!("Run {} {}.", found.run, word(found.status.state))),
            },
            "poll" => {
                let status = endpoint.poll(&needed("run")?).await?;
                let more = status.message.map(|text| format!(": {text}")).unwrap_or_default();
                (true, format!("It {}{more}", word(status.state)))
            }
            "logs" => {
                let logs = endpoint.logs(&needed("run")?, 0, false).await?;
                (true, format!("{} lines.", logs.text.lines().count()))
            }
            _ => {
                let health = endpoint.health().await?;
                (health.ok, if health.ok { "It answers.".into() } else { health.detail })
            }
        })
    }
}

/// What to do about an endpoint that does not answer as it should.
fn remedy(error: Option<&CallError>, calls: &[TriedCall]) -> Option<String> {
    let status = calls.last().and_then(|call| call.status);
    let hint = match (status, error) {
        (Some(401 | 403), _) => "Give the secret a new value, and see that it may do this.",
        (Some(404), _) => "Look at the address: is a path missing, or one too many?",
        (Some(407), _) => "The proxy wants a password, which is not supported.",
        (Some(300..=399), _) => "Write the address to which it points, if you trust it.",
        (Some(500..=599), _) => "It has trouble of its own; its log says more.",
        (None, Some(CallError::NotSent { message })) if message.contains("Settings") => {
            return None;
        }
        (None, Some(CallError::NotSent { message }))
            if message.contains("could not be reached") =>
        {
            "Look at the address, at the network, and whether it is reached through a proxy only."
        }
        (None, Some(CallError::NotSent { message })) if message.contains("undefined value") => {
            "The recipe uses a value that is not given: a setting, or a parameter of the target."
        }
        (None, Some(CallError::Unclear { .. })) => {
            "Try again; if it stays so, look whether something stands between."
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

impl From<Exchange> for TriedCall {
    fn from(one: Exchange) -> Self {
        let headers = |all: Vec<(String, String)>| {
            all.into_iter().map(|(name, value)| TriedHeader { name, value }).collect()
        };
        Self {
            method: one.method,
            address: one.address,
            headers: headers(one.headers),
            body: one.body,
            status: one.status,
            answer_headers: headers(one.answer_headers),
            answer_body: one.answer_body,
            millis: u32::try_from(one.took.as_millis()).unwrap_or(u32::MAX),
            failure: one.failure,
        }
    }
}

impl TriedCall {
    fn sent(&self) -> String {
        format!("{} {}\n{}", self.method, self.address, lines(&self.headers, &self.body))
    }

    fn answered(&self) -> String {
        match self.status {
            Some(status) => format!("{status}\n{}", lines(&self.answer_headers, &self.answer_body)),
            None => String::new(),
        }
    }
}

fn lines(headers: &[TriedHeader], body: &str) -> String {
    let mut text: String =
        headers.iter().map(|one| format!("{}: {}\n", one.name, one.value)).collect();
    if !body.is_empty() {
        text.push('\n');
        text.push_str(body);
    }
    text
}

impl Action for ListRecipes {
    type Answer = Vec<RecipeView>;

    fn run(self, _: &Call) -> Result<Vec<RecipeView>> {
        Ok(systems())
    }
}

/// Every system that an endpoint can be, as its recipe names it.
pub fn systems() -> Vec<RecipeView> {
    let shipped = BUILT_IN.iter().filter_map(|(name, text)| {
        Some(RecipeView { text: (*text).into(), ..RecipeView::from(Recipe::built_in(name)?) })
    });
    let mut all: Vec<RecipeView> = shipped.collect();
    all.push(RecipeView {
        name: COMMAND.into(),
        title: "A command on this machine".into(),
        description: "Runs a program with fixed words, never through a shell. Both this workspace \
                      and this machine have to allow it."
            .into(),
        questions: vec!["health".into(), "version".into()],
        ..RecipeView::default()
    });
    all.extend(SYSTEMS.iter().map(RecipeView::from));
    all
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
                label: "Address".into(),
                kind: SettingKind::Url,
                default: Some(system.address.into()),
                optional: false,
            }],
            secrets: vec![SecretName {
                name: TOKEN.into(),
                label: "Token with the right to read".into(),
                optional: true,
            }],
            questions: vec!["health".into()],
            ..Self::default()
        }
    }
}

impl From<Recipe> for RecipeView {
    fn from(recipe: Recipe) -> Self {
        let questions = recipe.harmless().into_iter().map(str::to_owned).collect();
        let Recipe { name, title, description, settings, secrets, .. } = recipe;
        Self { name, title, description, settings, secrets, questions, ..Self::default() }
    }
}
