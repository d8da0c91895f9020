//! Diffs to look at: made once, kept in a file that goes away with the program, read by lines.
//!
//! A diff may have millions of lines. It is read from git on a thread of its own; what has come is
//! shown while the rest comes, and whoever closes it stops that.

use super::{Call, actions::Action};
use crate::{
    error::{Error, Result},
    event::words::*,
    integrations::vcs::{
        git::Git,
        unified::{self, Index, Kind},
    },
    model::difference,
    stages::Done,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    io::Write as _,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use ts_rs::TS;

/// Diffs that are kept at once.
const KEPT: usize = 8;
/// More is not read of one: nobody looks at it, and a window cannot scroll through it.
const MOST_LINES: u64 = 1_500_000;
const MOST_BYTES: u64 = 512 << 20;
const MOST_IN_A_PAGE: u32 = 2_000;
/// What is made sooner is answered whole.
const AT_ONCE: Duration = Duration::from_millis(250);

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum DiffOf {
    /// What a commit changed; or everything since another one.
    Commit {
        repository: String,
        commit: String,
        #[serde(default)]
        from: Option<String>,
    },
    /// A recorded change.
    Change { key: HotfixKey, commit: String },
    /// A recorded change of configuration.
    Configuration { key: HotfixKey, id: String },
}

/// Open a diff, or look how far it is.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct OpenDiff {
    pub diff: DiffOf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DiffView {
    pub files: Vec<DiffFile>,
    /// How many lines have come.
    #[ts(type = "number")]
    pub lines: u64,
    /// All that will come has come.
    pub done: bool,
    /// There is more than is shown.
    pub cut: bool,
}

/// One file of a diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DiffFile {
    pub path: String,
    /// What it was called before.
    pub before: Option<String>,
    pub status: FileStatus,
    /// No text.
    pub binary: bool,
    pub additions: u32,
    pub deletions: u32,
    /// The line on which it begins, once it has come.
    #[ts(type = "number | null")]
    pub line: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    Added,
    Deleted,
    Changed,
    Renamed,
    Copied,
    /// A file became a link, or the other way round.
    Turned,
    /// Only who may do what with it.
    Mode,
}

/// Some lines of a diff that was opened.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadDiff {
    pub diff: DiffOf,
    #[ts(type = "number")]
    pub from: u64,
    pub count: u32,
    /// What is taken for the encoding of bytes that are no UTF-8; windows-1252 if left out.
    #[serde(default)]
    pub encoding: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DiffPage {
    pub lines: Vec<DiffLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DiffLine {
    pub kind: DiffLineKind,
    #[ts(type = "number | null")]
    pub old: Option<u64>,
    #[ts(type = "number | null")]
    pub new: Option<u64>,
    pub text: String,
    /// How many bytes of a long line are left out.
    #[ts(type = "number")]
    pub cut: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiffLineKind {
    File,
    About,
    Hunk,
    Context,
    Added,
    Removed,
    Note,
}

/// The next place of a diff that was changed, before or after a line.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FindHunk {
    pub diff: DiffOf,
    #[ts(type = "number")]
    pub line: u64,
    /// Before the line instead of after it.
    #[serde(default)]
    pub back: bool,
}

/// The line on which it begins; none beyond the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FoundHunk {
    #[ts(type = "number | null")]
    pub line: Option<u64>,
}

/// Stop reading a diff and forget it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CloseDiff {
    pub diff: DiffOf,
}

/// The diffs that are open, the one last looked at in front.
#[derive(Default)]
pub struct Shelf(Mutex<Vec<Arc<Opened>>>);

struct Opened {
    of: DiffOf,
    file: tempfile::NamedTempFile,
    files: Vec<DiffFile>,
    /// How many parts of the diff each file has.
    parts: Vec<usize>,
    state: Mutex<State>,
    moved: Condvar,
    cancelled: AtomicBool,
}

#[derive(Default)]
struct State {
    index: Index,
    done: bool,
    cut: bool,
    error: Option<Error>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Shelf {
    fn find(&self, of: &DiffOf) -> Option<Arc<Opened>> {
        let mut all = lock(&self.0);
        let at = all.iter().position(|one| &one.of == of)?;
        let found = all.remove(at);
        // One that failed is tried anew.
        let failed = lock(&found.state).error.is_some();
        if failed {
            return None;
        }
        all.insert(0, Arc::clone(&found));
        Some(found)
    }

    fn put(&self, opened: &Arc<Opened>) {
        let mut all = lock(&self.0);
        all.insert(0, Arc::clone(opened));
        let kept = KEPT.min(all.len());
        for old in all.drain(kept..) {
            old.cancelled.store(true, Ordering::Relaxed);
        }
    }

    fn close(&self, of: &DiffOf) {
        lock(&self.0).retain(|one| {
            let closed = &one.of == of;
            if closed {
                one.cancelled.store(true, Ordering::Relaxed);
            }
            !closed
        });
    }
}

/// What a diff is made of.
enum Source {
    Git { git: Git, from: Option<String>, commit: String },
    Text(String),
}

impl Opened {
    fn find_or_make(call: &Call, of: &DiffOf) -> Result<Arc<Self>> {
        let shelf = call.desk().diffs();
        if let Some(known) = shelf.find(of) {
            return Ok(known);
        }
        let (source, files, parts) = made_of(call, of)?;
        let opened = Arc::new(Self {
            of: of.clone(),
            file: tempfile::NamedTempFile::new()?,
            files,
            parts,
            state: Mutex::default(),
            moved: Condvar::new(),
            cancelled: AtomicBool::new(false),
        });
        let reading = Arc::clone(&opened);
        std::thread::Builder::new().name("diff".into()).spawn(move || reading.fill(&source))?;
        shelf.put(&opened);
        Ok(opened)
    }

    fn fill(&self, source: &Source) {
        let ended = self.read(source);
        let mut state = lock(&self.state);
        state.index.finish();
        state.error = ended.err();
        state.done = true;
        self.moved.notify_all();
    }

    fn read(&self, source: &Source) -> Result<()> {
        let mut out = self.file.reopen()?;
        let mut take = |chunk: &[u8]| -> Result<bool> {
            out.write_all(chunk)?;
            let mut state = lock(&self.state);
            state.index.feed(chunk);
            state.cut = state.index.lines() >= MOST_LINES || state.index.bytes() >= MOST_BYTES;
            Ok(!state.cut)
        };
        match source {
            Source::Text(text) => take(text.as_bytes()).map(|_| ()),
            Source::Git { git, from, commit } => {
                git.diff(from.as_deref(), commit, &self.cancelled, &mut take)
            }
        }
    }

    fn view(&self) -> Result<DiffView> {
        let state = lock(&self.state);
        if let Some(error) = &state.error {
            return Err(error.clone());
        }
        let begins = state.index.files();
        let mut files = self.files.clone();
        let mut part = 0;
        for (file, parts) in files.iter_mut().zip(&self.parts) {
            file.line = begins.get(part).copied();
            part += parts;
        }
        Ok(DiffView { files, lines: state.index.lines(), done: state.done, cut: state.cut })
    }
}

/// Where the diff comes from, its files, and of how many parts each of them is.
fn made_of(call: &Call, of: &DiffOf) -> Result<(Source, Vec<DiffFile>, Vec<usize>)> {
    let (repository, from, commit) = match of {
        DiffOf::Commit { repository, commit, from } => {
            (repository.clone(), from.clone(), commit.clone())
        }
        DiffOf::Change { key, commit } => {
            let repository = call.judge(|state, _| {
                let hotfix = state.hotfix(key)?;
                let found = hotfix.changes.iter().find(|one| &one.change.commit == commit);
                let found = found.ok_or_else(|| {
                    Error::field("commit", "This commit is not among the changes.")
                })?;
                Ok(found.text.repository.clone())
            })?;
            if repository.is_empty() {
                return Err(Error::denied("It is not recorded in which repository the commit is.")
                    .hint("Remove the change, and add it again from its repository."));
            }
            (repository, None, commit.clone())
        }
        DiffOf::Configuration { key, id } => {
            let text = call.judge(|state, _| {
                let hotfix = state.hotfix(key)?;
                let found = hotfix.configurations.iter().find(|one| &one.id == id);
                let found = found.ok_or_else(|| {
                    Error::field("id", format!("{key} has no configuration change {id}."))
                })?;
                Ok(found.text.clone())
            })?;
            let (additions, deletions) = difference::counts(&text.before, &text.after);
            let file = DiffFile {
                path: text.name.clone(),
                before: None,
                status: match (text.before.is_empty(), text.after.is_empty()) {
                    (true, _) => FileStatus::Added,
                    (_, true) => FileStatus::Deleted,
                    _ => FileStatus::Changed,
                },
                binary: false,
                additions,
                deletions,
                line: None,
            };
            let diff = difference::unified(&text.name, &text.before, &text.after);
            return Ok((Source::Text(diff), vec![file], vec![1]));
        }
    };
    let git = Git::open(&repository)?;
    let changed = git.changed_files(from.as_deref(), &commit)?;
    let parts = changed.iter().map(crate::integrations::vcs::git::FileChange::parts).collect();
    let files = changed
        .into_iter()
        .map(|file| DiffFile {
            status: match file.status {
                'A' => FileStatus::Added,
                'D' => FileStatus::Deleted,
                'R' => FileStatus::Renamed,
                'C' => FileStatus::Copied,
                'T' => FileStatus::Turned,
                _ if file.modes.0 != file.modes.1
                    && file.additions == Some(0)
                    && file.deletions == Some(0) =>
                {
                    FileStatus::Mode
                }
                _ => FileStatus::Changed,
            },
            binary: file.additions.is_none(),
            additions: file.additions.unwrap_or_default(),
            deletions: file.deletions.unwrap_or_default(),
            path: file.path,
            before: file.before,
            line: None,
        })
        .collect();
    Ok((Source::Git { git, from, commit }, files, parts))
}

impl Action for OpenDiff {
    type Answer = DiffView;

    fn run(self, call: &Call) -> Result<DiffView> {
        let opened = Opened::find_or_make(call, &self.diff)?;
        let state = lock(&opened.state);
        let waited = opened.moved.wait_timeout_while(state, AT_ONCE, |state| !state.done);
        drop(waited);
        opened.view()
    }
}

impl Action for ReadDiff {
    type Answer = DiffPage;

    fn run(self, call: &Call) -> Result<DiffPage> {
        let encoding = match &self.encoding {
            None => None,
            Some(label) => Some(unified::encoding(label)?),
        };
        let opened = Opened::find_or_make(call, &self.diff)?;
        let count = self.count.min(MOST_IN_A_PAGE).into();
        let mut state = lock(&opened.state);
        // One that was forgotten meanwhile is made again up to here.
        while !state.done && state.index.lines() < self.from.saturating_add(count) {
            let waited = opened.moved.wait_timeout(state, Duration::from_millis(20));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some(error) = &state.error {
            return Err(error.clone());
        }
        let lines = state.index.read(&opened.file.reopen()?, self.from, count, encoding)?;
        Ok(DiffPage { lines: lines.into_iter().map(DiffLine::from).collect() })
    }
}

impl Action for FindHunk {
    type Answer = FoundHunk;

    fn run(self, call: &Call) -> Result<FoundHunk> {
        let opened = Opened::find_or_make(call, &self.diff)?;
        let (after, before) = lock(&opened.state).index.hunks_around(self.line);
        Ok(FoundHunk { line: if self.back { before } else { after } })
    }
}

impl From<unified::Line> for DiffLine {
    fn from(line: unified::Line) -> Self {
        let unified::Line { kind, old, new, text, cut } = line;
        let kind = match kind {
            Kind::File => DiffLineKind::File,
            Kind::About => DiffLineKind::About,
            Kind::Hunk => DiffLineKind::Hunk,
            Kind::Context => DiffLineKind::Context,
            Kind::Added => DiffLineKind::Added,
            Kind::Removed => DiffLineKind::Removed,
            Kind::Note => DiffLineKind::Note,
        };
        Self { kind, old, new, text, cut }
    }
}

impl Action for CloseDiff {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().diffs().close(&self.diff);
        Ok(Done {})
    }
}

/// Writes a diff as it is, for a terminal.
pub fn write(call: &Call, of: &DiffOf, out: &mut dyn std::io::Write) -> Result<()> {
    match made_of(call, of)?.0 {
        Source::Text(text) => out.write_all(text.as_bytes())?,
        Source::Git { git, from, commit } => {
            let never = AtomicBool::new(false);
            git.diff(from.as_deref(), &commit, &never, &mut |chunk| match out.write_all(chunk) {
                Ok(()) => Ok(true),
                // Whoever reads has seen enough.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
                Err(error) => Err(error.into()),
            })?;
        }
    }
    Ok(())
}
