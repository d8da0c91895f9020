//! Deploying to one target: start a run, find it again, follow it, stop it, put back what ran.
//!
//! Every endpoint tells three failures apart ([`CallError`]): never sent, refused, unclear. The
//! engine may repeat the first, and the second where a recipe says so ([`RetryRule`]); after the third it asks
//! [`Endpoint::locate`] before anything else. Deliberately absent: retries, waiting and decisions, which are the
//! engine's.

pub mod command;
pub mod http;
pub mod recipe;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, io, path::PathBuf, sync::Arc, time::Duration};
use ts_rs::TS;

pub use super::http::CallError;
pub use recipe::RetryRule;

/// How a run stands, in the words every system is mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// What to start. `key` is the idempotency key: the same key must never make two runs.
#[derive(Clone, Debug)]
pub struct Start {
    pub key: String,
    pub product: String,
    pub hotfix: String,
    pub environment: String,
    pub target: String,
    pub package: Package,
    /// Further values that a recipe's templates may name.
    pub variables: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The run as the endpoint names it.
    pub run: String,
    /// Where a person can look at it.
    pub link: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub run: String,
    pub status: RunStatus,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStatus {
    pub state: RunState,
    pub message: Option<String>,
}

/// A piece of a run's log: whole lines beyond what was had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    pub text: String,
    /// Where it ends: the `after` of the next question.
    pub next: u64,
    /// More of it is there already.
    pub more: bool,
}

impl Logs {
    fn none(after: u64) -> Self {
        Self { text: String::new(), next: after, more: false }
    }
}

/// Put back what ran before. `to` is the hash of that package; None if nothing of ours did.
#[derive(Clone, Debug)]
pub struct Rollback {
    pub key: String,
    pub product: String,
    pub hotfix: String,
    pub environment: String,
    pub target: String,
    /// The run that is undone, if it is known.
    pub run: Option<String>,
    pub to: Option<String>,
    pub variables: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// A run to follow with [`Endpoint::poll`]; None when the answer was the end of it.
    pub run: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Health {
    pub ok: bool,
    pub detail: String,
    #[ts(type = "number")]
    pub milliseconds: u64,
}

/// What an endpoint says that runs at a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldVersion {
    pub version: String,
    /// The commit it was made from.
    pub commit: Option<String>,
    /// The SHA-256 of the package that was delivered.
    pub package: Option<String>,
}

/// A target by its names.
#[derive(Clone, Debug)]
pub struct Place {
    pub product: String,
    pub environment: String,
    pub target: String,
}

/// A system that deploys. Implemented by [`http::RecipeEndpoint`] for everything that speaks HTTP.
#[async_trait]
pub trait Endpoint: Send + Sync {
    async fn start(&self, start: &Start) -> Result<Started, CallError>;

    /// The run that an earlier [`Endpoint::start`] with this key made; None means it certainly
    /// made none.
    async fn locate(&self, key: &str) -> Result<Option<Located>, CallError>;

    async fn poll(&self, run: &str) -> Result<RunStatus, CallError>;

    /// Asks for the run to stop. That it did is told by [`Endpoint::poll`].
    async fn cancel(&self, run: &str) -> Result<(), CallError>;

    /// `after` is 0, or where the piece before ended. Once the run has `ended`, its last line counts as whole.
    async fn logs(&self, run: &str, after: u64, ended: bool) -> Result<Logs, CallError>;

    async fn rollback(&self, rollback: &Rollback) -> Result<RolledBack, CallError>;

    /// Which version runs at the target; None if it cannot be asked, or does not know.
    async fn version(&self, place: &Place) -> Result<Option<ToldVersion>, CallError>;

    /// Unhealthy is an answer; an error is that there was none.
    async fn health(&self) -> Result<Health, CallError>;

    /// Without this an unclear start can only become Unknown, and a person decides.
    fn can_locate(&self) -> bool;

    fn can_cancel(&self) -> bool;

    fn can_roll_back(&self) -> bool;

    /// Whether [`Endpoint::start`] repeated with the same key makes no second run.
    fn start_is_idempotent(&self) -> bool {
        false
    }

    /// When a refused [`Endpoint::start`] may be made again without asking anybody.
    fn retry_start(&self) -> Option<RetryRule> {
        None
    }

    /// The same for [`Endpoint::rollback`].
    fn retry_rollback(&self) -> Option<RetryRule> {
        None
    }

    /// Whether [`Endpoint::rollback`] repeated with the same key cannot do harm.
    fn rollback_is_idempotent(&self) -> bool {
        false
    }
}

type Open = dyn Fn() -> io::Result<Box<dyn io::Read + Send>> + Send + Sync;

/// The bytes that are delivered. They are hashed again while they are sent, and a stream that is
/// not what was approved is cut before its last byte.
#[derive(Clone)]
pub struct Package {
    pub name: String,
    pub size: u64,
    /// In lower-case hexadecimal.
    pub sha256: String,
    open: Arc<Open>,
}

impl Package {
    /// `open` is called once per delivery, on a thread that may block.
    pub fn new(
        name: impl Into<String>,
        size: u64,
        sha256: impl Into<String>,
        open: impl Fn() -> io::Result<Box<dyn io::Read + Send>> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), size, sha256: sha256.into(), open: Arc::new(open) }
    }

    pub fn from_file(
        name: impl Into<String>,
        path: impl Into<PathBuf>,
        size: u64,
        sha256: impl Into<String>,
    ) -> Self {
        let path = path.into();
        Self::new(name, size, sha256, move || Ok(Box::new(std::fs::File::open(&path)?)))
    }

    pub(crate) fn open(&self) -> io::Result<Box<dyn io::Read + Send>> {
        (self.open)()
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Package")
            .field("name", &self.name)
            .field("size", &self.size)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// How long one call may take when a recipe does not say.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);
