//! A recipe carried out over HTTP.

use super::{
    CALL_TIMEOUT, CallError, Endpoint, Health, Located, Logs, Package, Rollback, RolledBack,
    RunStatus, Start, Started,
    recipe::{
        CallBody, Recipe, RecipeCall, Section,
        template::{MASK, Scope, Templates},
    },
};
use crate::{
    error::{Error, Result},
    integrations::http::{AllowedHosts, Answer, Call, Http, Payload},
};
use async_trait::async_trait;
use minijinja::Value;
use std::{collections::BTreeMap, io::Read, time::Duration};

/// An endpoint that is spoken to as its recipe says.
pub struct RecipeEndpoint {
    recipe: Recipe,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    http: Http,
    templates: Templates,
}

/// A call as it was sent and its answer, for people's eyes: secrets are masked.
pub struct Tried {
    pub ok: bool,
    pub detail: String,
    pub request: String,
    pub answer: String,
    pub took: Duration,
}

/// What the calls of a section extracted.
type Extracted = BTreeMap<String, serde_json::Value>;

enum Asked {
    Found(Extracted),
    Absent,
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
        for secret in recipe.secrets.iter().filter(|secret| !secret.optional) {
            if !secrets.contains_key(&secret.name) {
                return Err(Error::offline(format!(
                    "The secret “{}” of the endpoint is not in the keychain.",
                    secret.name
                ))
                .hint("Settings, Endpoints: enter it."));
            }
        }
        let http = Http::new(allowed, None)?;
        Ok(Self { recipe, settings, secrets, http, templates: Templates::default() })
    }

    fn scope(&self, masked: bool) -> Scope {
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
            let shown = if masked && !value.is_empty() { MASK.to_owned() } else { value };
            (secret.name.clone(), Value::from(shown))
        });
        scope.set("secret", Value::from_iter(secrets));
        scope
    }

    async fn section(
        &self,
        section: &Section,
        mut scope: Scope,
        package: Option<&Package>,
        key: Option<&str>,
    ) -> Result<Asked, CallError> {
        let mut extracted = Extracted::new();
        for call in &section.calls {
            let request =
                self.request(call, section, &scope, package, key).map_err(CallError::not_sent)?;
            let answer = self.http.send(request).await?;
            if call.absent.contains(&answer.status) {
                return Ok(Asked::Absent);
            }
            if !call.success.contains(&answer.status) {
                return Err(refusal(call, &answer));
            }
            for (name, source, required) in call
                .extract
                .iter()
                .map(|(name, source)| (name, source, true))
                .chain(call.extract_optional.iter().map(|(name, source)| (name, source, false)))
            {
                match extract(&answer, source) {
                    Some(value) => {
                        scope.set(name, text(&value));
                        extracted.insert(name.clone(), value);
                    }
                    None if required => {
                        return Err(CallError::unclear(format!(
                            "The answer {} has no {name} where the recipe looks for it ({source}): {}",
                            answer.status,
                            answer.excerpt()
                        )));
                    }
                    None => {}
                }
            }
        }
        Ok(Asked::Found(extracted))
    }

    fn request(
        &self,
        call: &RecipeCall,
        section: &Section,
        scope: &Scope,
        package: Option<&Package>,
        key: Option<&str>,
    ) -> Result<Call, String> {
        let timeout = call
            .timeout_seconds
            .map_or(CALL_TIMEOUT, |seconds| Duration::from_secs(seconds.into()));
        let mut request =
            Call::new(call.method.as_str(), self.templates.url(&call.url, scope)?, timeout);
        for (name, value) in &call.headers {
            let value = self.templates.text(value, scope)?;
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        if let (Some(header), Some(key)) = (&section.idempotency_header, key) {
            request = request.header(header, key);
        }
        match &call.body {
            None => {}
            Some(CallBody::Text(template)) => {
                request.body = Payload::Bytes(self.templates.text(template, scope)?.into_bytes());
            }
            Some(CallBody::Json(template)) => {
                let value = self.templates.json(template, scope)?;
                request = request.header("Content-Type", "application/json");
                request.body =
                    Payload::Bytes(serde_json::to_vec(&value).map_err(|error| error.to_string())?);
            }
            Some(CallBody::Package) => {
                let package = package.ok_or("This call carries no package.")?;
                request = request.header("Content-Type", "application/octet-stream");
                request.body =
                    Payload::Stream { length: package.size, body: stream(package.clone())? };
            }
        }
        Ok(request)
    }

    fn run_status(section: &Section, found: &Extracted) -> Result<RunStatus, CallError> {
        let word = found.get("state").map(text).unwrap_or_default();
        let state = section.states.get(&word).ok_or_else(|| {
            CallError::unclear(format!(
                "The endpoint says “{word}”, which the recipe does not know."
            ))
        })?;
        Ok(RunStatus {
            state: *state,
            message: found.get("message").map(text).filter(|one| !one.is_empty()),
        })
    }

    /// Asks for the health, or the start of it, and shows the call.
    pub async fn try_call(&self) -> Tried {
        let Some(call) = self.recipe.health.as_ref().and_then(|section| section.calls.first())
        else {
            return Tried {
                ok: false,
                detail:
                    "The recipe says nothing about health, so there is nothing harmless to call."
                        .into(),
                request: String::new(),
                answer: String::new(),
                took: Duration::ZERO,
            };
        };
        let masked = self.scope(true);
        let shown = self.templates.url(&call.url, &masked).unwrap_or_else(|error| error);
        let mut request = format!("{} {shown}\n", call.method.as_str());
        for (name, value) in &call.headers {
            let value = self.templates.text(value, &masked).unwrap_or_else(|error| error);
            if !value.is_empty() {
                request.push_str(&format!("{name}: {value}\n"));
            }
        }
        let section = self.recipe.health.as_ref();
        let sent = match section
            .map(|section| self.request(call, section, &self.scope(false), None, None))
        {
            Some(Ok(sent)) => self.http.send(sent).await,
            Some(Err(error)) => Err(CallError::not_sent(error)),
            None => Err(CallError::not_sent("There is nothing to call.")),
        };
        match sent {
            Ok(answer) => {
                let mut text = format!("{}\n", answer.status);
                for (name, value) in &answer.headers {
                    let value = if name.to_lowercase().contains("cookie") { MASK } else { value };
                    text.push_str(&format!("{name}: {value}\n"));
                }
                text.push_str(&format!("\n{}", answer.excerpt()));
                let ok = call.success.contains(&answer.status);
                let detail = if ok {
                    "It answers.".into()
                } else {
                    format!("It answers {}.", answer.status)
                };
                Tried { ok, detail, request, answer: self.mask(text), took: answer.took }
            }
            Err(error) => Tried {
                ok: false,
                detail: self.mask(error.to_string()),
                request,
                answer: String::new(),
                took: Duration::ZERO,
            },
        }
    }

    /// An answer may echo a secret.
    fn mask(&self, text: String) -> String {
        self.secrets
            .values()
            .filter(|secret| secret.len() >= 4)
            .fold(text, |text, secret| text.replace(secret.as_str(), MASK))
    }

    fn masked(&self, error: CallError) -> CallError {
        error.map_message(|message| self.mask(message))
    }
}

/// A status that is not success. A safe method changed nothing, and 4xx says no; anything else may
/// have had its effect all the same.
fn refusal(call: &RecipeCall, answer: &Answer) -> CallError {
    let excerpt = answer.excerpt();
    let message = match answer.status {
        300..=399 => format!("It answered {}, a redirect, which is not followed.", answer.status),
        401 | 403 => format!(
            "It answered {}: the token is missing, wrong or lacks rights. {excerpt}",
            answer.status
        ),
        status => format!("It answered {status}. {excerpt}"),
    };
    if call.method.is_safe() || (300..500).contains(&answer.status) && answer.status != 408 {
        CallError::Refused { status: answer.status, message, retry_after: answer.retry_after() }
    } else {
        CallError::Unclear {
            status: Some(answer.status),
            message,
            retry_after: answer.retry_after(),
        }
    }
}

fn extract(answer: &Answer, source: &str) -> Option<serde_json::Value> {
    if source == "body" {
        return Some(answer.text().into());
    }
    if let Some(header) = source.strip_prefix("header:") {
        return answer.header(header).map(Into::into);
    }
    let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    let path = serde_json_path::JsonPath::parse(source).ok()?;
    path.query(&body).first().filter(|value| !value.is_null()).cloned()
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The package's bytes, read on a thread of their own and hashed on the way: a stream that is not
/// what was approved breaks off before its end.
fn stream(package: Package) -> Result<reqwest::Body, String> {
    use sha2::Digest as _;
    let (sender, receiver) = tokio::sync::mpsc::channel::<std::io::Result<bytes::Bytes>>(4);
    tokio::task::spawn_blocking(move || {
        let mut hasher = sha2::Sha256::new();
        let mut left = package.size;
        let sent = package.open().and_then(|mut source| {
            let mut held: Option<bytes::Bytes> = None;
            let mut buffer = vec![0; 256 << 10];
            loop {
                let count = source.read(&mut buffer)?;
                if count == 0 {
                    break;
                }
                hasher.update(&buffer[..count]);
                left = left.saturating_sub(count as u64);
                if let Some(chunk) = held.replace(bytes::Bytes::copy_from_slice(&buffer[..count]))
                    && sender.blocking_send(Ok(chunk)).is_err()
                {
                    return Ok(());
                }
            }
            // The last chunk leaves only once the whole is known to be right.
            if left != 0 || hex::encode(hasher.finalize()) != package.sha256 {
                return Err(std::io::Error::other(
                    "The package's bytes are not the approved ones.",
                ));
            }
            if let Some(chunk) = held {
                drop(sender.blocking_send(Ok(chunk)));
            }
            Ok(())
        });
        if let Err(error) = sent {
            drop(sender.blocking_send(Err(error)));
        }
    });
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    Ok(reqwest::Body::wrap_stream(stream))
}

#[async_trait]
impl Endpoint for RecipeEndpoint {
    async fn start(&self, start: &Start) -> Result<Started, CallError> {
        let mut scope = self.scope(false);
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
            Value::from_iter([
                ("name", Value::from(start.package.name.clone())),
                ("size", Value::from(start.package.size)),
                ("sha256", Value::from(start.package.sha256.clone())),
            ]),
        );
        let asked = self
            .section(&self.recipe.start, scope, Some(&start.package), Some(&start.key))
            .await
            .map_err(|error| self.masked(error))?;
        match asked {
            Asked::Found(found) => Ok(Started {
                run: found.get("run").map(text).unwrap_or_default(),
                link: found.get("link").map(text),
            }),
            Asked::Absent => {
                Err(CallError::unclear("The endpoint says that there is nothing to start."))
            }
        }
    }

    async fn locate(&self, key: &str) -> Result<Option<Located>, CallError> {
        let Some(section) = &self.recipe.locate else {
            return Err(CallError::not_sent("This endpoint cannot be asked for a run by its key."));
        };
        let mut scope = self.scope(false);
        scope.set("key", key);
        match self.section(section, scope, None, None).await.map_err(|error| self.masked(error))? {
            Asked::Absent => Ok(None),
            Asked::Found(found) => Ok(Some(Located {
                run: found.get("run").map(text).unwrap_or_default(),
                status: Self::run_status(section, &found)?,
            })),
        }
    }

    async fn poll(&self, run: &str) -> Result<RunStatus, CallError> {
        let mut scope = self.scope(false);
        scope.set("run", run);
        match self
            .section(&self.recipe.poll, scope, None, None)
            .await
            .map_err(|error| self.masked(error))?
        {
            Asked::Absent => {
                Err(CallError::unclear("The endpoint does not know the run any more."))
            }
            Asked::Found(found) => Self::run_status(&self.recipe.poll, &found),
        }
    }

    async fn cancel(&self, run: &str) -> Result<(), CallError> {
        let Some(section) = &self.recipe.cancel else {
            return Err(CallError::not_sent("This endpoint cannot cancel a run."));
        };
        let mut scope = self.scope(false);
        scope.set("run", run);
        self.section(section, scope, None, None).await.map(drop).map_err(|error| self.masked(error))
    }

    async fn logs(&self, run: &str, after: u64) -> Result<Logs, CallError> {
        let Some(section) = &self.recipe.logs else {
            return Ok(Logs { text: String::new(), next: after });
        };
        let mut scope = self.scope(false);
        scope.set("run", run);
        scope.set("after", after);
        let Asked::Found(found) =
            self.section(section, scope, None, None).await.map_err(|error| self.masked(error))?
        else {
            return Ok(Logs { text: String::new(), next: after });
        };
        let all = self.mask(found.get("text").map(text).unwrap_or_default());
        if section.only_new {
            let next = after + all.len() as u64;
            return Ok(Logs { text: all, next });
        }
        // Only whole lines: the end of the last one may still be coming.
        let end = all.rfind('\n').map_or(0, |place| place + 1);
        let start = usize::try_from(after).unwrap_or(usize::MAX).min(end);
        Ok(Logs { text: all.get(start..end).unwrap_or_default().to_owned(), next: end as u64 })
    }

    async fn rollback(&self, rollback: &Rollback) -> Result<RolledBack, CallError> {
        let Some(section) = &self.recipe.rollback else {
            return Err(CallError::not_sent("This endpoint cannot roll back."));
        };
        let mut scope = self.scope(false);
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
            .section(section, scope, None, Some(&rollback.key))
            .await
            .map_err(|error| self.masked(error))?
        {
            Asked::Found(found) => Ok(RolledBack { run: found.get("run").map(text) }),
            Asked::Absent => Ok(RolledBack { run: None }),
        }
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
        let asked = self.section(section, self.scope(false), None, None).await;
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

    fn rollback_is_idempotent(&self) -> bool {
        self.recipe.rollback.as_ref().is_some_and(|section| section.idempotency_header.is_some())
    }
}
