//! The endpoint "a command on this machine": programs that deploy, run with fixed words.
//!
//! No shell sees them; what a deployment knows reaches them as whole words, which may not begin with
//! a dash, and secrets as variables. A run is a folder ([`run`]), so that after a crash of this program
//! [`Endpoint::locate`] tells what runs, how it ended, or that neither can be told. A second start under
//! the same key is the first one's run.
//!
//! Deliberately absent: a claim that a key which this machine has no folder of never ran anywhere.

pub mod run;
#[cfg(test)]
mod tests;

use super::{
    CallError, Endpoint, Health, Located, Logs, Package, Place, Rollback, RolledBack, RunState,
    RunStatus, Start, Started, ToldVersion,
};
use crate::{
    error::{Error, Result},
    integrations::{
        command::{self, Around, End, Printed},
        http::record::Mask,
    },
};
use async_trait::async_trait;
use run::{Ended, Run, Spec, Standing, Watching};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant as Stopwatch, SystemTime},
};

/// How long a question (health, version) may take.
const QUESTION: Duration = Duration::from_secs(60);
/// What of its answer is read.
const ANSWER: usize = 64 << 10;
/// For how long the folder of a run that has ended is kept.
const KEPT: Duration = Duration::from_secs(60 * 24 * 3600);

/// What is run, and where its runs are kept.
#[derive(Clone, Debug)]
pub struct Program {
    pub start: Vec<String>,
    pub rollback: Vec<String>,
    pub health: Vec<String>,
    pub version: Vec<String>,
    pub folder: PathBuf,
    /// Names of variables of this process that are handed on.
    pub variables: Vec<String>,
    pub patience: Duration,
    /// By name; handed on as `HOTFIX_SECRET_NAME`.
    pub secrets: BTreeMap<String, String>,
    /// A folder of this machine for this workspace's runs; made when it is first needed.
    pub runs: PathBuf,
    pub watching: Watching,
}

/// An endpoint that runs programs.
#[derive(Clone)]
pub struct CommandEndpoint(Arc<Inner>);

struct Inner {
    program: Program,
    mask: Mask,
}

/// What a secret is called among the variables of a program.
pub fn variable_of(secret: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("HOTFIX_SECRET_{}", secret.chars().map(plain).collect::<String>())
}

impl CommandEndpoint {
    pub fn new(program: Program) -> Self {
        let mask = Mask::new(program.secrets.values().map(String::as_str));
        Self(Arc::new(Inner { program, mask }))
    }

    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, CallError> + Send + 'static,
    ) -> Result<T, CallError> {
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            work(&inner).map_err(|error| error.map_message(|text| inner.mask.text(&text)))
        })
        .await
        .map_err(|_| CallError::unclear("The command's thread ended early."))?
    }
}

/// The folder of a key: readable, and of no other key.
fn name_of(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let readable: String = key.chars().map(plain).take(60).collect();
    let hash = hex::encode(Sha256::digest(key.as_bytes()));
    format!("{}-{}", readable.trim_start_matches('.'), &hash[..16])
}

/// Puts values in the places of words.
fn filled(words: &[String], values: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    let fill = |(index, word): (usize, &String)| {
        let name = word.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
        let Some(name) = name.filter(|_| index > 0) else { return Ok(word.clone()) };
        let value = values.get(name).ok_or_else(|| {
            format!("Nothing gives a value to {word}: it is a parameter of the target.")
        })?;
        if value.starts_with('-') {
            return Err(format!(
                "The value of {word}, “{value}”, begins with a dash, which a program takes for an option."
            ));
        }
        if value.contains('\0') {
            return Err(format!("The value of {word} holds a zero."));
        }
        Ok(value.clone())
    };
    words.iter().enumerate().map(fill).collect()
}

fn with_params(
    pairs: &[(&str, &str)],
    params: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, String> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    values.extend(params.iter().map(|(name, value)| (format!("param.{name}"), value.clone())));
    values
}

impl Inner {
    fn variables(&self) -> Vec<(String, OsString)> {
        let named = self.program.variables.iter();
        let mut all: Vec<(String, OsString)> =
            named.filter_map(|name| Some((name.clone(), std::env::var_os(name)?))).collect();
        let secrets = self.program.secrets.iter();
        all.extend(secrets.map(|(name, value)| (variable_of(name), value.into())));
        all
    }

    fn run(&self, name: &str) -> Option<Run> {
        let plain = !name.contains('/') && !name.starts_with('.') && !name.is_empty();
        plain.then(|| Run::open(self.program.runs.join(name))).flatten()
    }

    /// Makes a run of a key and begins it; the one that was made before, if there is one.
    fn begin(
        &self,
        key: &str,
        words: &[String],
        values: &mut BTreeMap<String, String>,
        package: Option<&Package>,
    ) -> Result<String, CallError> {
        let program = &self.program;
        let not_sent = |error: Error| CallError::not_sent(error.to_string());
        if !program.folder.is_dir() {
            return Err(CallError::not_sent(format!(
                "There is no folder {} on this machine.",
                program.folder.display()
            )));
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&program.runs)
            .map_err(|error| not_sent(error.into()))?;
        self.forget_old();
        let name = name_of(key);
        let folder = program.runs.join(&name);
        if let Some(package) = package {
            let file = file_name(&package.name);
            values
                .insert("package".into(), folder.join("package").join(file).display().to_string());
        }
        let words = filled(words, values).map_err(CallError::not_sent)?;
        let variables = self.variables();
        let spec = Spec {
            key: key.to_owned(),
            words,
            folder: program.folder.clone(),
            seconds: program.patience.as_secs(),
            variables: variables.iter().map(|(name, _)| name.clone()).collect(),
        };
        let (run, fresh) = Run::make(&folder, &spec, |folder| match package {
            Some(package) => put(package, &folder.join("package")),
            None => Ok(()),
        })
        .map_err(not_sent)?;
        if !fresh && run.standing() != Standing::NotBegun {
            return Ok(name);
        }
        match run.begin(&program.watching, &variables) {
            Ok(()) => Ok(name),
            Err(error) if run.standing() == Standing::NotBegun => Err(not_sent(error)),
            Err(error) => Err(CallError::unclear(error.to_string())),
        }
    }

    /// Folders of runs that ended long ago.
    fn forget_old(&self) {
        #[expect(clippy::disallowed_methods, reason = "files are dated by the machine's clock")]
        let now = SystemTime::now();
        let Ok(entries) = fs::read_dir(&self.program.runs) else { return };
        for entry in entries.flatten() {
            let ended = fs::metadata(entry.path().join("end.json")).and_then(|end| end.modified());
            let old = ended.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > KEPT));
            if old {
                drop(fs::remove_dir_all(entry.path()));
            }
        }
    }

    fn status(&self, run: &Run) -> Result<RunStatus, CallError> {
        let (state, message) = match run.standing() {
            Standing::Running => (RunState::Running, None),
            Standing::Ended(Ended::Exit { code: 0 }) => (RunState::Succeeded, None),
            Standing::Ended(Ended::Cancelled) => (RunState::Cancelled, None),
            Standing::Ended(Ended::Exit { code }) => {
                let said = run.last_line();
                let more = if said.is_empty() { String::new() } else { format!(": {said}") };
                (RunState::Failed, Some(format!("It ended with {code}{more}")))
            }
            Standing::Ended(Ended::Signal { signal }) => {
                (RunState::Failed, Some(format!("It was ended by the signal {signal}.")))
            }
            Standing::Ended(Ended::TooLong) => {
                let minutes = self.program.patience.as_secs().div_ceil(60);
                (
                    RunState::Failed,
                    Some(format!("It took longer than {minutes} min and was ended.")),
                )
            }
            Standing::Ended(Ended::Never { why }) => {
                (RunState::Failed, Some(format!("It never ran: {why}")))
            }
            Standing::NotBegun => {
                return Err(CallError::unclear("It was prepared and never begun."));
            }
            Standing::Lost(why) => return Err(CallError::unclear(why)),
        };
        Ok(RunStatus { state, message: message.map(|text| self.mask.text(&text)) })
    }

    /// Runs a question to its end: how it ended, and what it printed.
    fn ask(
        &self,
        words: &[String],
        values: &BTreeMap<String, String>,
    ) -> Result<(End, String, String), CallError> {
        let words = filled(words, values).map_err(CallError::not_sent)?;
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        let mut heard = |place: Printed, piece: &[u8]| {
            let into = if place == Printed::Out { &mut out } else { &mut errors };
            let room = ANSWER.saturating_sub(into.len());
            into.extend_from_slice(&piece[..piece.len().min(room)]);
            Ok(())
        };
        let around = Around { variables: self.variables(), begun: None };
        let end =
            command::run_with(&words, &self.program.folder, QUESTION, around, &mut heard, &|| {
                false
            })
            .map_err(|error| CallError::not_sent(error.to_string()))?;
        let text = |bytes: &[u8]| self.mask.text(&String::from_utf8_lossy(bytes));
        Ok((end, text(&out), text(&errors)))
    }
}

/// A name that stays below its folder.
fn file_name(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c == '/' || c.is_control() { '_' } else { c }).collect();
    match plain.trim_start_matches(['.', '-']) {
        "" => "package".into(),
        name => name.into(),
    }
}

/// Writes the package's bytes, hashed again: others than the approved ones are not left there.
fn put(package: &Package, folder: &Path) -> Result<()> {
    fs::create_dir(folder)?;
    let mut file = fs::File::create_new(folder.join(file_name(&package.name)))?;
    let mut source = package.open()?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let length = source.read(&mut piece)?;
        if length == 0 {
            break;
        }
        hasher.update(&piece[..length]);
        file.write_all(&piece[..length])?;
    }
    if hex::encode(hasher.finalize()) != package.sha256 {
        return Err(Error::damaged("The package's bytes are not those that were approved."));
    }
    Ok(file.sync_all()?)
}

fn last(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(200).collect()
}

#[async_trait]
impl Endpoint for CommandEndpoint {
    async fn start(&self, start: &Start) -> Result<Started, CallError> {
        let start = start.clone();
        let run = self
            .on_a_thread(move |inner| {
                let size = start.package.size.to_string();
                let mut values = with_params(
                    &[
                        ("key", &start.key),
                        ("product", &start.product),
                        ("hotfix", &start.hotfix),
                        ("environment", &start.environment),
                        ("target", &start.target),
                        ("package.name", &start.package.name),
                        ("package.size", &size),
                        ("package.sha256", &start.package.sha256),
                    ],
                    &start.variables,
                );
                let words = inner.program.start.clone();
                inner.begin(&start.key, &words, &mut values, Some(&start.package))
            })
            .await?;
        Ok(Started { run, link: None })
    }

    async fn locate(&self, key: &str) -> Result<Option<Located>, CallError> {
        let key = key.to_owned();
        self.on_a_thread(move |inner| {
            if !inner.program.runs.is_dir() {
                return Err(CallError::unclear(
                    "This machine keeps no runs of this workspace: it may have run on another one.",
                ));
            }
            let name = name_of(&key);
            let Some(run) = inner.run(&name) else { return Ok(None) };
            if run.standing() == Standing::NotBegun {
                return Ok(None);
            }
            Ok(Some(Located { status: inner.status(&run)?, run: name }))
        })
        .await
    }

    async fn poll(&self, run: &str) -> Result<RunStatus, CallError> {
        let name = run.to_owned();
        self.on_a_thread(move |inner| {
            let run = inner
                .run(&name)
                .ok_or_else(|| CallError::unclear("This machine has no such run any more."))?;
            inner.status(&run)
        })
        .await
    }

    async fn cancel(&self, run: &str) -> Result<(), CallError> {
        let name = run.to_owned();
        self.on_a_thread(move |inner| {
            let run = inner
                .run(&name)
                .ok_or_else(|| CallError::not_sent("This machine has no such run any more."))?;
            run.cancel().map_err(|error| CallError::not_sent(error.to_string()))
        })
        .await
    }

    /// Whether a run has ended is known here better than to whoever asks.
    async fn logs(&self, run: &str, after: u64, _: bool) -> Result<Logs, CallError> {
        let name = run.to_owned();
        self.on_a_thread(move |inner| {
            let Some(run) = inner.run(&name) else { return Ok(Logs::none(after)) };
            let (bytes, more) =
                run.output(after).map_err(|error| CallError::not_sent(error.to_string()))?;
            let text = inner.mask.text(&String::from_utf8_lossy(&bytes));
            Ok(Logs { text, next: after + bytes.len() as u64, more })
        })
        .await
    }

    async fn rollback(&self, rollback: &Rollback) -> Result<RolledBack, CallError> {
        let rollback = rollback.clone();
        let run = self
            .on_a_thread(move |inner| {
                if inner.program.rollback.is_empty() {
                    return Err(CallError::not_sent(
                        "This endpoint names no command that rolls back.",
                    ));
                }
                let mut values = with_params(
                    &[
                        ("key", &rollback.key),
                        ("product", &rollback.product),
                        ("hotfix", &rollback.hotfix),
                        ("environment", &rollback.environment),
                        ("target", &rollback.target),
                        ("to", rollback.to.as_deref().unwrap_or_default()),
                    ],
                    &rollback.variables,
                );
                let words = inner.program.rollback.clone();
                inner.begin(&rollback.key, &words, &mut values, None)
            })
            .await?;
        Ok(RolledBack { run: Some(run) })
    }

    async fn version(&self, place: &Place) -> Result<Option<ToldVersion>, CallError> {
        let place = place.clone();
        self.on_a_thread(move |inner| {
            if inner.program.version.is_empty() {
                return Ok(None);
            }
            let values = with_params(
                &[
                    ("product", &place.product),
                    ("environment", &place.environment),
                    ("target", &place.target),
                ],
                &BTreeMap::new(),
            );
            let (end, out, errors) = inner.ask(&inner.program.version, &values)?;
            let version = out.lines().next().unwrap_or_default().trim().to_owned();
            let fine = end == End::Exit(0)
                && !version.is_empty()
                && version.len() <= 200
                && !version.chars().any(char::is_control);
            if !fine {
                return Err(CallError::unclear(format!(
                    "The command says no version: {}",
                    last(if errors.trim().is_empty() { &out } else { &errors })
                )));
            }
            Ok(Some(ToldVersion { version, commit: None, package: None }))
        })
        .await
    }

    async fn health(&self) -> Result<Health, CallError> {
        self.on_a_thread(|inner| {
            let started = Stopwatch::now();
            let program = &inner.program;
            let answer = |ok: bool, detail: String| {
                let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                Ok(Health { ok, detail, milliseconds })
            };
            if !program.folder.is_dir() {
                return answer(false, format!("There is no folder {}.", program.folder.display()));
            }
            let first = program.start.first().map(String::as_str).unwrap_or_default();
            if !found(first) {
                return answer(false, format!("There is no program {first} on this machine."));
            }
            if program.health.is_empty() {
                return answer(true, format!("{first} is there; no command asks for more"));
            }
            let (end, out, errors) = inner.ask(&program.health, &BTreeMap::new())?;
            let said = last(if errors.trim().is_empty() { &out } else { &errors });
            match end {
                End::Exit(0) => {
                    answer(true, if said.is_empty() { "ends with 0".into() } else { said })
                }
                End::Exit(code) => answer(false, format!("It ends with {code}: {said}")),
                End::Signal(signal) => {
                    answer(false, format!("It was ended by the signal {signal}."))
                }
                End::TooLong | End::Cancelled => {
                    Err(CallError::unclear("It did not answer within a minute."))
                }
            }
        })
        .await
    }

    fn can_locate(&self) -> bool {
        true
    }

    fn can_cancel(&self) -> bool {
        true
    }

    fn can_roll_back(&self) -> bool {
        !self.0.program.rollback.is_empty()
    }
}

/// Whether a program is there, by its path or on the path.
fn found(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
