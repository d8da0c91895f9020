//! Which workspace is open. One at a time; opening another closes the first with its engine and its
//! feed. Absent: what is in it.

use crate::{feed, settings::Settings};
use hotfix_core::{
    desk::{Desk, EngineHandle, Options},
    error::{Error, Result},
};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};
use tauri::{AppHandle, Emitter as _, Manager as _, State, async_runtime::JoinHandle};

/// What the commands share.
pub struct Shell {
    open: RwLock<Option<Arc<Open>>>,
    /// Held while one workspace gives way to another, so that two openings cannot interleave.
    switching: Mutex<()>,
    engine: bool,
    pub settings: Settings,
}

struct Open {
    desk: Desk,
    engine: Mutex<Option<EngineHandle>>,
    feed: JoinHandle<()>,
}

impl Open {
    fn close(&self) {
        self.feed.abort();
        if let Some(engine) = self.engine.lock().unwrap_or_else(PoisonError::into_inner).take() {
            engine.stop();
        }
    }
}

/// What the window has to know before it can ask for anything else.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    pub open: Option<Workspace>,
    pub recent: Vec<Workspace>,
    /// Whether this program carries out deployments, messages and probes (`--no-engine` says no).
    pub engine: bool,
    /// The folder in which a new workspace is suggested.
    pub folder: PathBuf,
    pub version: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct Workspace {
    pub path: PathBuf,
    pub name: String,
}

impl Workspace {
    fn at(path: PathBuf) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { path, name }
    }
}

impl Shell {
    pub fn new(settings: Settings, engine: bool) -> Self {
        Self { open: RwLock::new(None), switching: Mutex::new(()), engine, settings }
    }

    fn current(&self) -> Option<Arc<Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The open workspace, or what to do about there being none.
    pub fn desk(&self) -> Result<Desk> {
        self.current().map(|open| open.desk.clone()).ok_or_else(|| {
            Error::invalid("No workspace is open.").hint("Open one, or make a new one.")
        })
    }

    /// Whether the engine is in the middle of something that should not be left.
    pub fn busy(&self) -> bool {
        self.current().is_some_and(|open| {
            let engine = open.engine.lock().unwrap_or_else(PoisonError::into_inner);
            // Between two steps nothing is being done, and the run is not over all the same.
            engine.as_ref().is_some_and(EngineHandle::busy)
                || engine.is_some() && running(&open.desk)
        })
    }

    pub fn status(&self, app: &AppHandle) -> Status {
        let open = self
            .current()
            .map(|open| Workspace { path: open.desk.path().to_owned(), name: open.desk.name() });
        let folder = app.path().document_dir().or_else(|_| app.path().home_dir());
        Status {
            open,
            recent: self.settings.recent().into_iter().map(Workspace::at).collect(),
            engine: self.engine,
            folder: folder.unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Lets the open workspace give way to the one that `make` answers. Blocking. The old one stays
    /// if the new one cannot be opened.
    pub fn switch(&self, app: &AppHandle, make: impl FnOnce() -> Result<Desk>) -> Result<()> {
        let _one_at_a_time = self.switching.lock().unwrap_or_else(PoisonError::into_inner);
        if self.busy() {
            return Err(Error::denied("A deployment of the open workspace is not over.")
                .hint("Wait for its end, or stop it, before another workspace is opened."));
        }
        let desk = make()?;
        self.settings.opened(desk.path());
        if let Err(error) = desk.warm_up() {
            // The first who types asks for it again.
            tracing::warn!("the index of similar issues was not begun: {error}");
        }
        let engine = match self.engine && desk.read_only().is_none() {
            true => Some(desk.start_engine(tauri::async_runtime::handle().inner())?),
            false => None,
        };
        let feed = feed::start(app.clone(), &desk);
        self.replace(Some(Arc::new(Open { desk, engine: Mutex::new(engine), feed })));
        self.tell(app);
        Ok(())
    }

    pub fn close(&self) {
        self.replace(None);
    }

    fn replace(&self, next: Option<Arc<Open>>) {
        let last = std::mem::replace(
            &mut *self.open.write().unwrap_or_else(PoisonError::into_inner),
            next,
        );
        if let Some(last) = last {
            last.close();
        }
    }

    /// Every window hears that it shows another workspace now.
    fn tell(&self, app: &AppHandle) {
        if let Err(error) = app.emit("workspace", self.status(app)) {
            tracing::warn!("the windows were not told of the workspace: {error}");
        }
    }
}

/// A run goes on that waits for nobody.
fn running(desk: &Desk) -> bool {
    let request = serde_json::json!({ "state": "deploying" });
    let Ok(page) = desk.call("deploy_list", request) else { return false };
    page["rows"].as_array().is_some_and(|rows| rows.iter().any(|row| row["held"] == false))
}

/// Opens what the start asked for, else the last one. Blocking.
pub fn open_first(app: &AppHandle, asked: Option<&Path>) -> Result<()> {
    let shell = app.state::<Shell>();
    match asked {
        Some(path) => shell.switch(app, || Desk::open(path, Options::default())),
        None => match shell.settings.recent().first() {
            Some(path) => shell.switch(app, || Desk::open(path, Options::default())),
            None => Ok(()),
        },
    }
}

async fn switch(
    app: AppHandle,
    make: impl FnOnce() -> Result<Desk> + Send + 'static,
) -> Result<Status> {
    tauri::async_runtime::spawn_blocking(move || {
        let shell = app.state::<Shell>();
        shell.switch(&app, make)?;
        Ok(shell.status(&app))
    })
    .await
    .map_err(|error| Error::internal(format!("Opening the workspace failed: {error}.")))?
}

#[tauri::command]
pub async fn workspace_status(app: AppHandle, shell: State<'_, Shell>) -> Result<Status> {
    Ok(shell.status(&app))
}

#[tauri::command]
pub async fn workspace_create(app: AppHandle, path: PathBuf, name: String) -> Result<Status> {
    let path = absolute(path)?;
    switch(app, move || Desk::create(&path, &name, Options::default())).await
}

#[tauri::command]
pub async fn workspace_open(app: AppHandle, path: PathBuf) -> Result<Status> {
    let path = absolute(path)?;
    switch(app, move || Desk::open(&path, Options::default())).await
}

#[tauri::command]
pub async fn workspace_sample(
    app: AppHandle,
    path: PathBuf,
    issues: Option<usize>,
    seed: Option<u64>,
) -> Result<Status> {
    let path = absolute(path)?;
    let (issues, seed) = (issues.unwrap_or(300), seed.unwrap_or(1));
    switch(app, move || Desk::sample(&path, issues, seed, Options::default())).await
}

#[tauri::command]
pub async fn workspace_close(app: AppHandle, shell: State<'_, Shell>) -> Result<Status> {
    if shell.busy() {
        return Err(Error::denied("A deployment of this workspace is not over."));
    }
    shell.close();
    shell.tell(&app);
    Ok(shell.status(&app))
}

/// A typed path may begin with `~/`; a relative one would mean wherever the program was started.
fn absolute(path: PathBuf) -> Result<PathBuf> {
    let path = match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    };
    if path.is_absolute() {
        return Ok(path);
    }
    Err(Error::field("path", "The path has to begin at the root (/…) or at home (~/…)."))
}
