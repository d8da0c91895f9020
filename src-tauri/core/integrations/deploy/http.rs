//! A recipe carried out over HTTP.

mod answered;
mod log;
mod sign;
mod upload;

use super::{
    CALL_TIMEOUT, CallError, Endpoint, Health, Located, Logs, Package, Place, Rollback, RolledBack,
    RunStatus, Start, Started, ToldVersion,
    recipe::{
        CallBody, Recipe, RecipeCall, RetryRule, Section,
        template::{Scope, Templates, percent},
    },
};
use crate::{
    error::{Error, Result},
    integrations::http::{AllowedHosts, Answer, Call, Http, Payload, record::Mask},
};
use answered::{Extracted, extract_all, half_done, refusal, text};
use async_trait::async_trait;
use log::Piece;
use minijinja::Value;
use std::{collections::BTreeMap, time::Duration};

/// An endpoint that is spoken to as its recipe says.
pub struct RecipeEndpoint {
    recipe: Recipe,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    mask: Mask,
    http: Http,
    templates: Templates,
}

/// What is longer is no version, but a page that came in its place.
const LONGEST: usize = 200;

enum Asked {
    Found(Extracted),
    Absent,
}

/// What goes with the calls of a section.
#[derive(Clone, Copy, Default)]
struct With<'a> {
    package: Option<&'a Package>,
    key: Option<&'a str>,
    /// The last call reads a piece of a log.
    log: Option<&'a Piece>,
}

impl<'a> With<'a> {
    fn key(key: &'a str) -> Self {
        Self { key: Some(key), ..Self::default() }
    }
}

impl RecipeEndpoint {
    /// `hosts` lists what may be reached; empty means the host of `base_url`.
    pub fn new(
        recipe: Recipe,
        settings: BTreeMap<String, String>,
        secrets: BTreeMap<String, String>,
        hosts: &[String],
    ) -> Result<Self> {
        let base_url = settings.get("base_url").map(String::as_str).unwrap_or_default();
        let allowed = if hosts.is_empty() {
            AllowedHosts::of_url(base_url)?
        } else {
            AllowedHosts::new(hosts)?
        };
        Self::over(Http::new(allowed, None)?, recipe, settings, secrets)
    }

    /// Over a client that was made for it.
    pub fn over(
        http: Http,
        recipe: Recipe,
        settings: BTreeMap<String, String>,
        secrets: BTreeMap<String, String>,
    ) -> Result<Self> {
        for setting in recipe.settings.iter().filter(|setting| !setting.optional) {
            let given = settings.get(&setting.name).or(setting.default.as_ref());
            if given.is_none_or(|value| value.trim().is_empty()) {
                return Err(Error::field(
                    format!("settings.{}", setting.name),
                    format!("The endpoint has no “{}”.", setting.label),
                )
                .hint("Give it in Settings, Endpoints, or as a parameter of the target."));
            }
        }
        for secret in recipe.secrets.iter().filter(|secret| !secret.optional) {
            if !secrets.contains_key(&secret.name) {
                return Err(Error::offline(format!(
                    "The secret “{}” of the endpoint is not in the keychain.",
                    secret.name
                ))
                .hint("Settings, Endpoints: enter it."));
            }
        }
        let mask = Mask::new(secrets.values().map(String::as_str));
        Ok(Self { recipe, settings, secrets, mask, http, templates: Templates::default() })
    }

    fn scope(&self) -> Scope {
        let mut scope = Scope::default();
        for setting in &self.recipe.settings {
            let value = self
                .settings
                .get(&setting.name)
                .or(setting.default.as_ref())
                .cloned()
                .unwrap_or_default();
            let value = value.trim_end_matches('/').to_owned();
            match setting.kind {
                super::recipe::SettingKind::Url => {
                    scope.set(&setting.name, Value::from_safe_string(value))
                }
                super::recipe::SettingKind::Text => scope.set(&setting.name, value),
            }
        }
        for (name, value) in &self.settings {
            if !self.recipe.settings.iter().any(|setting| &setting.name == name) {
                scope.set(name, value.clone());
            }
        }
        let secrets = self.recipe.secrets.iter().map(|secret| {
            let value = self.secrets.get(&secret.name).cloned().unwrap_or_default();
            (secret.name.clone(), Value::from(value))
        });
        scope.set("secret", Value::from_pairs(secrets));
        scope
    }

    /// Makes the calls of a section. Once one of them may have changed something over there, a
    /// later "not sent" or "refused" is true of that call and no longer of the whole.
    async fn section(
        &self,
        section: &Section,
        mut scope: Scope,
        with: With<'_>,
    ) -> Result<Asked, CallError> {
        let mut extracted = Extracted::new();
        let mut changed = false;
        for (index, call) in section.calls.iter().enumerate() {
            let last = index + 1 == section.calls.len();
            let with = With { log: with.log.filter(|_| last), ..with };
            let has = |name: &Option<String>, wanted: bool| {
                name.as_ref().is_none_or(|name| extracted.contains_key(name) == wanted)
            };
            if !has(&call.only_with, true) || !has(&call.only_without, false) {
                for name in call.extracted().filter(|name| !extracted.contains_key(*name)) {
                    scope.set(name, ());
                }
                continue;
            }
            let answer = self
                .answer(call, section, &scope, with)
                .await
                .map_err(|error| if changed { half_done(error) } else { error })?;
            let Some(answer) = answer else { return Ok(Asked::Absent) };
            changed |= !call.method.is_safe();
            let source = |source: &str| self.templates.path(source, &scope);
            let found = extract_all(call, &answer, source)?;
            for name in call.extracted() {
                match found.get(name) {
                    Some(value) => scope.set(name, Value::from(minijinja::value::Serde(value))),
                    // What an earlier call found is kept.
                    None if !extracted.contains_key(name) => scope.set(name, ()),
                    None => {}
                }
            }
            extracted.extend(found);
        }
        for (name, template) in &section.values {
            let value = self.templates.text(template, &scope).map_err(CallError::unclear)?;
            let value = value.trim();
            if !value.is_empty() {
                extracted.insert(name.clone(), value.into());
            }
        }
        Ok(Asked::Found(extracted))
    }

    /// The answer of one call, if it is a success; None if it is one of `absent`.
    async fn answer(
        &self,
        call: &RecipeCall,
        section: &Section,
        scope: &Scope,
        with: With<'_>,
    ) -> Result<Option<Answer>, CallError> {
        let mut request = self.request(call, section, scope, with).map_err(CallError::not_sent)?;
        for signature in &call.sign {
            let secret = self.secrets.get(&signature.secret).map_or("", String::as_str);
            if !secret.is_empty() {
                let headers =
                    sign::headers(signature, secret, &request.body, with.package, with.key).await;
                request.headers.extend(headers.map_err(CallError::not_sent)?);
            }
        }
        let answer = self.http.send(request).await?;
        if call.absent.contains(&answer.status) {
            return Ok(None);
        }
        let is_piece = with.log.is_some() && log::is_piece(&answer);
        if !is_piece && !call.success.contains(&answer.status) {
            return Err(refusal(call, section.retry.as_ref(), &answer));
        }
        Ok(Some(match with.log {
            Some(piece) => piece.take(answer),
            None => answer,
        }))
    }

    fn request(
        &self,
        call: &RecipeCall,
        section: &Section,
        scope: &Scope,
        with: With<'_>,
    ) -> Result<Call, String> {
        let timeout = call
            .timeout_seconds
            .map_or(CALL_TIMEOUT, |seconds| Duration::from_secs(seconds.into()));
        let mut request =
            Call::new(call.method.as_str(), self.templates.url(&call.url, scope)?, timeout);
        if let Some(piece) = with.log {
            request = request.piece(piece.from);
        }
        for (name, value) in &call.headers {
            let value = self.templates.text(value, scope)?;
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        if let (Some(header), Some(key)) = (&section.idempotency_header, with.key) {
            request = request.header(header, key);
        }
        match &call.body {
            None => {}
            Some(CallBody::Text(template)) => {
                request = with_type(request, "text/plain; charset=utf-8");
                request.body = Payload::Bytes(self.templates.text(template, scope)?.into_bytes());
            }
            Some(CallBody::Form(fields)) => {
                request = with_type(request, "application/x-www-form-urlencoded");
                let pairs = fields.iter().map(|(name, value)| {
                    let value = self.templates.text(value, scope)?;
                    Ok(format!("{}={}", percent(name), percent(&value)))
                });
                let pairs = pairs.collect::<Result<Vec<String>, String>>()?;
                request.body = Payload::Bytes(pairs.join("&").into_bytes());
            }
            Some(CallBody::Json(template)) => {
                let value = self.templates.json(template, scope)?;
                request = with_type(request, "application/json");
                request.body =
                    Payload::Bytes(serde_json::to_vec(&value).map_err(|error| error.to_string())?);
            }
            Some(CallBody::Package) => {
                let package = with.package.ok_or("This call carries no package.")?;
                request = with_type(request, "application/octet-stream");
                request.body =
                    Payload::Stream { length: package.size, body: upload::body(package) };
            }
        }
        Ok(request)
    }

    /// Without a name the run could not be followed: it may be there all the same.
    fn run_of(&self, found: &Extracted) -> Result<String, CallError> {
        found.get("run").map(text).filter(|run| !run.is_empty()).ok_or_else(|| {
            CallError::unclear("The answer does not name the run, so it cannot be followed.")
        })
    }

    fn run_status(&self, section: &Section, found: &Extracted) -> Result<RunStatus, CallError> {
        let word = found.get("state").map(text).unwrap_or_default();
        let state = section.states.get(&word).ok_or_else(|| {
            CallError::unclear(format!(
                "The endpoint says “{word}”, which the recipe does not know."
            ))
        })?;
        Ok(RunStatus {
            state: *state,
            message: found.get("message").map(text).map(|one| self.mask(one)),
        })
    }

    /// An answer may echo a secret, in the spelling it arrived in.
    fn mask(&self, text: String) -> String {
        self.mask.text(&text)
    }

    fn masked(&self, error: CallError) -> CallError {
        error.map_message(|message| self.mask(message))
    }
}

fn with_type(request: Call, kind: &str) -> Call {
    let given = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if given { request } else { request.header("Content-Type", kind) }
}

#[async_trait]
impl Endpoint for RecipeEndpoint {
    async fn start(&self, start: &Start) -> Result<Started, CallError> {
        let mut scope = self.scope();
        for (name, value) in &start.variables {
            scope.set(name, value.clone());
        }
        scope.set("key", start.key.clone());
        scope.set("product", start.product.clone());
        scope.set("hotfix", start.hotfix.clone());
        scope.set("environment", start.environment.clone());
        scope.set("target", start.target.clone());
        scope.set(
            "package",
            Value::from_pairs([
                ("name", Value::from(start.package.name.clone())),
                ("size", Value::from(start.package.size)),
                ("sha256", Value::from(start.package.sha256.clone())),
            ]),
        );
        let asked = self
            .section(
                &self.recipe.start,
                scope,
                With { package: Some(&start.package), ..With::key(&start.key) },
            )
            .await
            .map_err(|error| self.masked(error))?;
        match asked {
            Asked::Found(found) => {
                Ok(Started { run: self.run_of(&found)?, link: found.get("link").map(text) })
            }
            Asked::Absent => {
                Err(CallError::unclear("The endpoint says that there is nothing to start."))
            }
        }
    }

    async fn locate(&self, key: &str) -> Result<Option<Located>, CallError> {
        let Some(section) = &self.recipe.locate else {
            return Err(CallError::not_sent("This endpoint cannot be asked for a run by its key."));
        };
        let mut scope = self.scope();
        scope.set("key", key);
        match self
            .section(section, scope, With::default())
            .await
            .map_err(|error| self.masked(error))?
        {
            Asked::Absent => Ok(None),
            Asked::Found(found) => Ok(Some(Located {
                run: self.run_of(&found)?,
                status: self.run_status(section, &found)?,
            })),
        }
    }

    async fn poll(&self, run: &str) -> Result<RunStatus, CallError> {
        let mut scope = self.scope();
        scope.set("run", run);
        match self
            .section(&self.recipe.poll, scope, With::default())
            .await
            .map_err(|error| self.masked(error))?
        {
            Asked::Absent => {
                Err(CallError::unclear("The endpoint does not know the run any more."))
            }
            Asked::Found(found) => self.run_status(&self.recipe.poll, &found),
        }
    }

    async fn cancel(&self, run: &str) -> Result<(), CallError> {
        let Some(section) = &self.recipe.cancel else {
            return Err(CallError::not_sent("This endpoint cannot cancel a run."));
        };
        let mut scope = self.scope();
        scope.set("run", run);
        self.section(section, scope, With::default())
            .await
            .map(drop)
            .map_err(|error| self.masked(error))
    }

    async fn logs(&self, run: &str, after: u64, ended: bool) -> Result<Logs, CallError> {
        let Some(section) = &self.recipe.logs else { return Ok(Logs::none(after)) };
        let mut scope = self.scope();
        scope.set("run", run);
        scope.set("after", after);
        let piece = log::in_pieces(section).then(|| Piece::new(after, ended));
        let with = With { log: piece.as_ref(), ..With::default() };
        let asked = self.section(section, scope, with).await.map_err(|error| self.masked(error))?;
        let Asked::Found(found) = asked else { return Ok(Logs::none(after)) };
        let all = found.get("text").map(text).unwrap_or_default();
        if let Some(piece) = piece {
            let Some(read) = piece.read.get() else { return Ok(Logs::none(after)) };
            let next = after + read.bytes;
            return Ok(Logs { text: self.mask(all), next, more: read.more });
        }
        if section.only_new {
            let next = after + all.len() as u64;
            return Ok(Logs { text: self.mask(all), next, more: false });
        }
        // Only whole lines: the end of the last one may still be coming.
        let end = if ended { all.len() } else { all.rfind('\n').map_or(0, |place| place + 1) };
        let start = usize::try_from(after).unwrap_or(usize::MAX).min(end);
        let text = self.mask(all.get(start..end).unwrap_or_default().to_owned());
        Ok(Logs { text, next: end as u64, more: false })
    }

    async fn rollback(&self, rollback: &Rollback) -> Result<RolledBack, CallError> {
        let Some(section) = &self.recipe.rollback else {
            return Err(CallError::not_sent("This endpoint cannot roll back."));
        };
        let mut scope = self.scope();
        for (name, value) in &rollback.variables {
            scope.set(name, value.clone());
        }
        scope.set("key", rollback.key.clone());
        scope.set("product", rollback.product.clone());
        scope.set("hotfix", rollback.hotfix.clone());
        scope.set("environment", rollback.environment.clone());
        scope.set("target", rollback.target.clone());
        scope.set("run", rollback.run.clone().map_or(Value::from(()), Value::from));
        scope.set("to", rollback.to.clone().map_or(Value::from(()), Value::from));
        match self
            .section(section, scope, With::key(&rollback.key))
            .await
            .map_err(|error| self.masked(error))?
        {
            Asked::Found(found) => Ok(RolledBack { run: found.get("run").map(text) }),
            Asked::Absent => Ok(RolledBack { run: None }),
        }
    }

    async fn version(&self, place: &Place) -> Result<Option<ToldVersion>, CallError> {
        let Some(section) = &self.recipe.version else { return Ok(None) };
        let mut scope = self.scope();
        scope.set("product", place.product.clone());
        scope.set("environment", place.environment.clone());
        scope.set("target", place.target.clone());
        let Asked::Found(found) = self
            .section(section, scope, With::default())
            .await
            .map_err(|error| self.masked(error))?
        else {
            return Ok(None);
        };
        let word = |name: &str| -> Option<String> {
            let said = found.get(name).map(text)?.trim().to_owned();
            (!said.is_empty()).then_some(said)
        };
        let version = word("version").unwrap_or_default();
        if version.is_empty() || version.chars().any(char::is_control) || version.len() > LONGEST {
            return Err(CallError::unclear("What it says instead of a version is none."));
        }
        let short = |said: &String| said.len() <= LONGEST;
        Ok(Some(ToldVersion {
            version: self.mask(version),
            commit: word("commit").filter(short),
            package: word("package").filter(short),
        }))
    }

    async fn health(&self) -> Result<Health, CallError> {
        let Some(section) = &self.recipe.health else {
            return Ok(Health {
                ok: true,
                detail: "The recipe asks for no health.".into(),
                milliseconds: 0,
            });
        };
        let started = std::time::Instant::now();
        let asked = self.section(section, self.scope(), With::default()).await;
        let milliseconds = started.elapsed().as_millis() as u64;
        match asked {
            Ok(_) => Ok(Health {
                ok: true,
                detail: format!("answers in {milliseconds} ms"),
                milliseconds,
            }),
            Err(CallError::Refused { message, .. }) => {
                Ok(Health { ok: false, detail: self.mask(message), milliseconds })
            }
            Err(error) => Err(self.masked(error)),
        }
    }

    fn can_locate(&self) -> bool {
        self.recipe.locate.is_some()
    }

    fn can_cancel(&self) -> bool {
        self.recipe.cancel.is_some()
    }

    fn can_roll_back(&self) -> bool {
        self.recipe.rollback.is_some()
    }

    fn start_is_idempotent(&self) -> bool {
        self.recipe.start.idempotency_header.is_some()
    }

    fn retry_start(&self) -> Option<RetryRule> {
        self.recipe.start.retry.clone()
    }

    fn retry_rollback(&self) -> Option<RetryRule> {
        self.recipe.rollback.as_ref()?.retry.clone()
    }

    fn rollback_is_idempotent(&self) -> bool {
        self.recipe.rollback.as_ref().is_some_and(|section| section.idempotency_header.is_some())
    }
}

#[cfg(test)]
mod tests;
