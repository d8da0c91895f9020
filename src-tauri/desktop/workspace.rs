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
use tokio::sync::watch;

/// What the commands share.
pub struct Shell {
    open: RwLock<Option<Arc<Open>>>,
    /// Held while one workspace gives way to another, so that two openings cannot interleave.
    switching: Mutex<()>,
    /// Whether the start has found out what is open.
    decided: watch::Sender<bool>,
    /// What the first screen will ask for, answered while the webview came up; good for one page.
    first: Mutex<Vec<Answer>>,
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
    /// Answers of the core's list that the page would ask for next.
    pub first: Vec<Answer>,
}

/// What a request of the core's list, without parameters, was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    name: &'static str,
    answer: serde_json::Value,
}

/// What the first screen asks for.
const FIRST: [&str; 2] = ["workspace_show", "waiting"];

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
        Self {
            open: RwLock::new(None),
            switching: Mutex::new(()),
            decided: watch::Sender::new(false),
            first: Mutex::default(),
            engine,
            settings,
        }
    }

    fn current(&self) -> Option<Arc<Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the start has found out what is open: the page asks before that.
    pub async fn decided(&self) -> &Self {
        // An error would mean that the sender is gone, and it lives as long as this.
        drop(self.decided.subscribe().wait_for(|decided| *decided).await);
        self
    }

    fn answer_first(&self) {
        let Ok(desk) = self.desk() else { return };
        // What cannot be answered now is asked again by the page, and then it says why.
        let answers = FIRST.into_iter().filter_map(|name| {
            let answer = desk.call(name, serde_json::json!({})).ok()?;
            Some(Answer { name, answer })
        });
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = answers.collect();
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
            first: Vec::new(),
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
        let engine = match self.engine && desk.read_only().is_none() {
            true => Some(desk.start_engine(tauri::async_runtime::handle().inner())?),
            false => None,
        };
        let feed = feed::start(app.clone(), &desk);
        self.replace(Some(Arc::new(Open { desk, engine: Mutex::new(engine), feed })));
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
    pub fn tell(&self, app: &AppHandle) {
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

/// Opens what the start asked for, else the last one, on a thread of its own: the webview needs as
/// long to come up.
pub fn begin(app: &AppHandle, asked: Option<PathBuf>) {
    let app = app.clone();
    std::thread::spawn(move || {
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            open_first(&app, asked.as_deref())?;
            app.state::<Shell>().answer_first();
            Ok::<_, Error>(())
        }));
        // The window comes up all the same, and its welcome screen opens another.
        match opened {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("the workspace was not opened: {error}"),
            Err(_) => tracing::error!("the workspace was not opened: it failed within"),
        }
        app.state::<Shell>().decided.send_replace(true);
    });
}

/// Opens what was asked for, else the last one. Blocking.
pub fn open_first(app: &AppHandle, asked: Option<&Path>) -> Result<()> {
    let shell = app.state::<Shell>();
    match asked {
        Some(path) => shell.switch(app, || Desk::open(path, Options::of_this_machine())),
        None => match shell.settings.recent().first() {
            Some(path) => shell.switch(app, || Desk::open(path, Options::of_this_machine())),
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
        shell.tell(&app);
        Ok(shell.status(&app))
    })
    .await
    .map_err(|error| Error::internal(format!("Opening the workspace failed: {error}.")))?
}

#[tauri::command]
pub async fn workspace_status(app: AppHandle, shell: State<'_, Shell>) -> Result<Status> {
    let status = shell.decided().await.status(&app);
    let first = std::mem::take(&mut *shell.first.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Status { first, ..status })
}

#[tauri::command]
pub async fn workspace_create(app: AppHandle, path: PathBuf, name: String) -> Result<Status> {
    let path = absolute(path)?;
    switch(app, move || Desk::create(&path, &name, Options::of_this_machine())).await
}

#[tauri::command]
pub async fn workspace_open(app: AppHandle, path: PathBuf) -> Result<Status> {
    let path = absolute(path)?;
    switch(app, move || Desk::open(&path, Options::of_this_machine())).await
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
    switch(app, move || Desk::sample(&path, issues, seed, Options::of_this_machine())).await
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
