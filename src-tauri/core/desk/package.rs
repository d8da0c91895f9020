//! The package from its sources to a revision, and from a revision to a file.
//!
//! What is asked for becomes a selection (`select.rs`), which can be looked at before anything is
//! built. A build reads each source once, stores the bytes while they are signed, and records the
//! revision last: whatever ends it before leaves nothing. It runs one at a time, tells how far it is
//! and can be stopped.

pub mod check;
pub mod compare;
mod select;

use super::{
    Call, Desk,
    actions::Action,
    change::{self, Running},
    files::write_new,
    lock,
    signing::{Signer, signer},
    under_way::UnderWay,
};
use crate::{
    error::{Error, Kind, Result},
    event::{BuildNotes, words::*},
    integrations::archive::{self, Built, build::cancelled, sign},
    model::hotfix::{BuiltPackage, Hotfix},
    stages::{
        Done,
        package::{REVISION, RecordPackage, Revision, may_build},
    },
    store::process,
};
use schemars::JsonSchema;
use select::{Row, Selection};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Read, Write as _},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use ts_rs::TS;

/// Rows to a page of a preview, at most.
const MOST_ROWS: usize = 2_000;
/// Bytes after which progress is told.
const STRIDE: u64 = 4 << 20;
/// Settings of this name and a package's hash hold whose it is, until it is recorded.
const UNRECORDED: &str = "package/";
/// How often the number of the next revision is asked for again.
const MOST_TRIES: usize = 5;

/// One thing to put into a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackageSource {
    /// A file or folder on this machine; or a path inside the commit if `from_commit` (empty: all).
    pub path: String,
    #[serde(default)]
    pub from_commit: bool,
    /// Told from the file's name, if left out.
    #[serde(default)]
    pub role: Option<FileRole>,
}

/// Which files of a commit go in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommitFiles {
    Changed,
    All,
}

/// Build the package. Without sources: the files that the changes touched, as they are in the newest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BuildPackage {
    pub key: HotfixKey,
    #[serde(default)]
    pub from: Vec<PackageSource>,
    /// Files of the commit besides the sources.
    #[serde(default)]
    pub take: Option<CommitFiles>,
    /// Another commit than the newest change; `changed` then means what that commit touched.
    #[serde(default)]
    pub commit: Option<String>,
    /// Patterns as in a .gitignore, on paths in the package; all files if there are none.
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub exclude: Vec<String>,
    #[serde(default)]
    pub format: PackageFormat,
    #[serde(default)]
    pub notes: BuildNotes,
}

/// What would go into a package, and what would not and why.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PreviewPackage {
    pub build: BuildPackage,
    /// The row to begin at.
    #[serde(default)]
    #[ts(type = "number")]
    pub offset: u64,
    #[serde(default)]
    pub limit: Option<u32>,
    #[serde(default)]
    pub show: PreviewRows,
    /// Only paths with this in them.
    #[serde(default)]
    pub text: String,
    /// Look at the sources again, although the same was asked just now.
    #[serde(default)]
    pub again: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreviewRows {
    #[default]
    All,
    In,
    Out,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackagePreview {
    /// Refused ones first, then what goes in, what is removed, and what stays out; each by path.
    pub rows: Vec<PreviewRow>,
    /// How many rows there are of those that are shown.
    #[ts(type = "number")]
    pub total: u64,
    #[ts(type = "number")]
    pub files: u64,
    #[ts(type = "number")]
    pub bytes: u64,
    #[ts(type = "number")]
    pub left_out: u64,
    /// What cannot go in and nobody excluded: the build refuses.
    #[ts(type = "number")]
    pub refused: u64,
    #[ts(type = "number")]
    pub removed: u64,
    pub notes: Vec<String>,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    Refused,
    In,
    Removed,
    Out,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PreviewRow {
    pub path: String,
    pub fate: Fate,
    #[ts(type = "number")]
    pub size: u64,
    pub role: FileRole,
    pub executable: bool,
    pub commit: Option<String>,
    /// Why it does not go in.
    pub why: String,
}

/// Write a revision's bytes to a new file, and its signature beside it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExportPackage {
    pub key: HotfixKey,
    /// The newest, if left out.
    #[serde(default)]
    pub revision: Option<u32>,
    pub path: String,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Exported {
    pub path: String,
    /// The file with the signature, if the revision is signed.
    pub signature: Option<String>,
}

/// What a build, or another work on packages, does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    #[default]
    Looking,
    Packing,
    Storing,
    Verifying,
    Writing,
}

/// How far it is that this program builds, verifies or writes, or how the last one ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskPackaging {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Packaging {
    /// The hot fix, or the file.
    pub subject: String,
    pub doing: Doing,
    /// Nothing is under way (any more).
    pub done: bool,
    /// Files looked at so far.
    #[ts(type = "number")]
    pub files: u64,
    #[ts(type = "number")]
    pub bytes: u64,
    /// Zero while it is not known.
    #[ts(type = "number")]
    pub of_bytes: u64,
    pub built: Option<Revision>,
    pub error: Option<Error>,
}

/// Stop it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelPackaging {}

/// What is under way, and what was looked at last.
#[derive(Default)]
pub struct Work {
    way: UnderWay<Packaging>,
    preview: Mutex<Option<(BuildPackage, Arc<Selection>)>>,
    turn: AtomicU64,
}

/// One run of work on packages.
struct Run<'a> {
    desk: &'a Desk,
    told: u64,
}

impl<'a> Run<'a> {
    fn begin(desk: &'a Desk, subject: &str, doing: Doing) -> Result<Self> {
        let first = Packaging { subject: subject.into(), doing, ..Packaging::default() };
        if !desk.0.package.way.begin(first) {
            return Err(Error::conflict("Another package is being worked on.")
                .hint("Wait for its end, or cancel it."));
        }
        Ok(Self { desk, told: 0 })
    }

    fn way(&self) -> &'a UnderWay<Packaging> {
        &self.desk.0.package.way
    }

    fn phase(&mut self, doing: Doing, of_bytes: u64) {
        self.told = 0;
        self.way().update(|progress| {
            (progress.doing, progress.bytes, progress.of_bytes) = (doing, 0, of_bytes);
        });
    }

    /// False once somebody wants it to stop.
    fn step(&mut self, bytes: u64) -> bool {
        if bytes >= self.told + STRIDE {
            self.told = bytes;
            self.way().update(|progress| progress.bytes = bytes);
        }
        !self.way().is_cancelled()
    }

    fn end(self, ended: Result<&Revision, &Error>) {
        self.way().update(|progress| match ended {
            Ok(built) => progress.built = Some(built.clone()),
            Err(error) => progress.error = Some(error.clone()),
        });
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.way().update(|progress| progress.done = true);
        self.way().end();
    }
}

/// Bytes on their way, which can be stopped.
struct Passing<'a, 'b, R> {
    inner: R,
    run: &'a mut Run<'b>,
    bytes: u64,
}

impl<R: Read> Read for Passing<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        match self.run.step(self.bytes) {
            true => Ok(count),
            false => Err(io::Error::other("cancelled")),
        }
    }
}

/// The refusal behind a broken stream: that somebody stopped it, where that is the reason.
fn stopped(run: &Run, error: Error) -> Error {
    if run.way().is_cancelled() { cancelled() } else { error }
}

/// Everything a build needs to know, read before any file is opened.
struct About {
    hotfix: Hotfix,
    product: Product,
}

fn about(call: &Call, key: &HotfixKey) -> Result<About> {
    call.judge(|state, _| {
        let hotfix = state.hotfix(key)?.clone();
        let product = state.product(&hotfix.product)?.clone();
        Ok(About { hotfix, product })
    })
}

impl Action for PreviewPackage {
    type Answer = PackagePreview;

    fn run(self, call: &Call) -> Result<PackagePreview> {
        let work = &call.desk().0.package;
        // Notes change nothing of what goes in.
        let wish = BuildPackage { notes: BuildNotes::default(), ..self.build };
        let known = lock(&work.preview).clone();
        let selection = match known.filter(|(of, _)| !self.again && of == &wish) {
            Some((_, selection)) => selection,
            None => {
                // Who types on does not wait for what was asked before.
                let mine = work.turn.fetch_add(1, Ordering::SeqCst) + 1;
                let about = about(call, &wish.key)?;
                let mut go_on = |_: usize| work.turn.load(Ordering::Relaxed) == mine;
                let selection = Arc::new(select::select(&about, &wish, &mut go_on)?);
                *lock(&work.preview) = Some((wish, Arc::clone(&selection)));
                selection
            }
        };
        Ok(selection.page(self.show, &self.text, self.offset, self.limit))
    }
}

impl Action for BuildPackage {
    type Answer = Revision;

    fn run(self, call: &Call) -> Result<Revision> {
        call.desk().writable()?;
        call.desk().sweep()?;
        let about = about(call, &self.key)?;
        may_build(&about.hotfix)?;
        let mut run = Run::begin(call.desk(), &self.key.0, Doing::Looking)?;
        let built = self.through(call, &about, &mut run);
        run.end(built.as_ref());
        built
    }
}

impl BuildPackage {
    fn through(&self, call: &Call, about: &About, run: &mut Run) -> Result<Revision> {
        let way = run.way();
        // First: a locked keychain asks the person while there is still time.
        let signer = signer(call)?;
        let mut seen = |files: usize| {
            way.update(|progress| progress.files = files as u64);
            !way.is_cancelled()
        };
        let selection = select::select(about, self, &mut seen)?;
        selection.whole()?;
        run.phase(Doing::Packing, selection.bytes);
        let commits = commits(call, about, &selection)?;
        let (entries, removed, mut blobs) = selection.packing()?;
        let plan = archive::Plan {
            product: about.product.id.0.clone(),
            hotfix: self.key.0.clone(),
            entries,
            removed,
            install_notes: self.notes.install.clone(),
            rollback_notes: self.notes.rollback.clone(),
            format: archive_format(self.format),
        };
        // Beside the workspace: there has to be room for it there, and perhaps nowhere else.
        let folder = call.desk().path().parent().filter(|folder| folder.is_dir());
        let mut built = archive::build(plan, &mut blobs, folder, &mut |bytes| run.step(bytes))
            .map_err(|error| stopped(run, error))?;
        drop(blobs);
        let manifest = std::mem::take(&mut built.manifest.files);
        let mut record = RecordPackage {
            key: self.key.clone(),
            hash: Digest(built.sha256.clone()),
            size: built.size,
            files: manifest.into_iter().map(packaged).collect(),
            commits,
            notes: self.notes.clone(),
            format: self.format,
            removed: std::mem::take(&mut built.manifest.removed),
            signature: None,
            revision: None,
        };
        let unsigned = match &signer {
            Signer::Key { .. } => None,
            Signer::Nobody(why) => Some(why.clone()),
        };
        let answer = keep(call, run, &built, &mut record, &signer)?;
        Ok(Revision { unsigned: unsigned.filter(|_| answer.signed.is_none()), ..answer })
    }
}

/// Stores and signs the bytes, then records them. What was stored for nothing is taken away.
fn keep(
    call: &Call,
    run: &mut Run,
    built: &Built,
    record: &mut RecordPackage,
    signer: &Signer,
) -> Result<Revision> {
    let current = call.judge(|state, _| Ok(state.hotfix(&record.key)?.current().cloned()))?;
    if current.is_some_and(|built| built.package.hash == record.hash) {
        return call.command(&*record);
    }
    let store = call.desk().store();
    let fresh = store.blob_size(&record.hash)?.is_none();
    let noted = format!("{UNRECORDED}{}", record.hash.0);
    if fresh {
        store.set_setting(&noted, &format!("{}\n{}", record.key, process::mark()))?;
    }
    run.phase(Doing::Storing, built.size);
    let kept = (0..MOST_TRIES).find_map(|attempt| {
        let next = next_revision(call, &record.key);
        let stored = next.and_then(|revision| {
            let comment = comment(record, revision);
            let signed = std::thread::scope(|scope| {
                let signing = match signer {
                    Signer::Nobody(_) => None,
                    Signer::Key { secret, .. } => {
                        let comment = &comment;
                        Some(scope.spawn(move || sign::sign(secret, built.reader(), comment)))
                    }
                };
                if attempt == 0 {
                    let passing = Passing { inner: built.reader(), run: &mut *run, bytes: 0 };
                    let stored = call.desk().put_blob(passing);
                    let (hash, size) = stored.map_err(|error| stopped(run, error))?;
                    if hash.0 != built.sha256 || size != built.size {
                        let message = "The package changed while it was being stored.";
                        return Err(Error::damaged(message).hint("Build it again."));
                    }
                }
                let signed = signing.map(|thread| {
                    thread.join().unwrap_or_else(|_| Err(Error::internal("Signing fell over.")))
                });
                signed.transpose()
            })?;
            record.revision = Some(revision);
            record.signature = match (signed, signer) {
                (Some(text), Signer::Key { public, .. }) => {
                    Some(PackageSignature { key: public.id(), public_key: public.line(), text })
                }
                _ => None,
            };
            call.command(&*record)
        });
        match stored {
            // Somebody else built in between: the signature has to name another revision.
            Err(error)
                if error.kind == Kind::Conflict && error.location.as_deref() == Some(REVISION) =>
            {
                None
            }
            ended => Some(ended),
        }
    });
    let kept = kept.unwrap_or_else(|| {
        Err(Error::conflict("Too many others build this package at this moment.")
            .hint("Try again."))
    });
    if kept.is_err() && fresh && store.blob_size(&record.hash)?.is_some() {
        store.erase_blob(&record.hash)?;
    }
    if fresh {
        store.drop_setting(&noted)?;
    }
    kept
}

/// Takes away the bytes of packages that were stored and never recorded, because the process that
/// built them ended in between.
pub(super) fn sweep(desk: &Desk) -> Result<()> {
    for (hash, note) in desk.store().settings(UNRECORDED)? {
        let (key, mark) = note.split_once('\n').unwrap_or((&note, ""));
        if !process::is_dead(mark) {
            continue;
        }
        let (key, hash) = (HotfixKey(key.to_owned()), Digest(hash));
        let owner = desk.as_person(&PersonId::default());
        let Ok(recorded) = owner.judge(|state, _| Ok(state.hotfix(&key)?.package(&hash).is_some()))
        else {
            continue;
        };
        if !recorded {
            desk.store().erase_blob(&hash)?;
        }
        desk.store().drop_setting(&format!("{UNRECORDED}{}", hash.0))?;
    }
    Ok(())
}

fn next_revision(call: &Call, key: &HotfixKey) -> Result<u32> {
    call.judge(|state, _| Ok(state.hotfix(key)?.packages.len() as u32 + 1))
}

/// What is signed together with the bytes.
fn comment(record: &RecordPackage, revision: u32) -> String {
    format!("hotfix:{}\trevision:{revision}\tsha256:{}", record.key, record.hash.0)
}

/// The hot fix's own changes, and those of others that the source commits contain: what "keeps what
/// runs" is judged by.
fn commits(call: &Call, about: &About, selection: &Selection) -> Result<Vec<String>> {
    let mut commits: Vec<String> = about.hotfix.commits().map(str::to_owned).collect();
    let Running { commits: others, releases } = Running::of(call, &about.product)?;
    for repository in &selection.repositories {
        let found = change::contained(&repository.git, &repository.commit, &others, &releases)?;
        for other in found {
            if !commits.contains(&other) {
                commits.push(other);
            }
        }
    }
    Ok(commits)
}

fn archive_format(format: PackageFormat) -> archive::Format {
    match format {
        PackageFormat::TarZst => archive::Format::TarZst,
        PackageFormat::Zip => archive::Format::Zip,
    }
}

pub fn packaged(listed: archive::Listed) -> PackagedFile {
    PackagedFile {
        path: listed.path,
        mode: listed.mode,
        size: listed.size,
        sha256: Digest(listed.sha256),
        role: match listed.role.as_str() {
            "script" => FileRole::Script,
            "configuration" => FileRole::Configuration,
            _ => FileRole::File,
        },
        source_commit: listed.source_commit,
    }
}

impl Action for AskPackaging {
    type Answer = Packaging;

    fn run(self, call: &Call) -> Result<Packaging> {
        let way = &call.desk().0.package.way;
        let mut progress = way.progress();
        progress.done |= !way.is_running();
        Ok(progress)
    }
}

impl Action for CancelPackaging {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().0.package.way.cancel();
        Ok(Done {})
    }
}

/// A revision of a hot fix: the newest, if none is named.
fn revision_of(hotfix: &Hotfix, revision: Option<u32>) -> Result<&BuiltPackage> {
    let built = match revision {
        None => hotfix.current(),
        Some(wanted) => hotfix.packages.iter().find(|built| built.package.revision == wanted),
    };
    built.ok_or_else(|| Error::field("revision", format!("{} has no such package.", hotfix.key)))
}

impl Action for ExportPackage {
    type Answer = Exported;

    fn run(self, call: &Call) -> Result<Exported> {
        let package = call.judge(|state, _| {
            Ok(revision_of(state.hotfix(&self.key)?, self.revision)?.package.clone())
        })?;
        let beside = package.signature.as_ref().map(|_| format!("{}.minisig", self.path));
        if let Some(beside) = &beside
            && super::files::typed(beside).symlink_metadata().is_ok()
        {
            let message = format!("{beside} exists already; nothing was changed.");
            return Err(Error::field("path", message));
        }
        let mut run = Run::begin(call.desk(), &self.path, Doing::Writing)?;
        run.phase(Doing::Writing, package.size);
        let mut source = call.desk().blob(&package.hash)?;
        let written = write_new(&self.path, |file| {
            let mut passing = Passing { inner: &mut source, run: &mut run, bytes: 0 };
            io::copy(&mut passing, file)?;
            Ok(())
        });
        written.map_err(|error| stopped(&run, error))?;
        if let (Some(path), Some(signature)) = (&beside, &package.signature) {
            let signed = write_new(path, |file| Ok(file.write_all(signature.text.as_bytes())?));
            if signed.is_err() {
                // Half of an export would be taken for an unsigned package.
                drop(fs::remove_file(super::files::typed(&self.path)));
            }
            signed?;
        }
        Ok(Exported { path: self.path, signature: beside })
    }
}

/// The role of a file, told from its name.
fn guess(path: &str) -> FileRole {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_lowercase).as_deref() {
        Some("sh" | "bash" | "sql" | "ps1" | "bat" | "cmd") => FileRole::Script,
        Some("yaml" | "yml" | "toml" | "ini" | "conf" | "cfg" | "env" | "properties" | "json") => {
            FileRole::Configuration
        }
        _ => FileRole::File,
    }
}

/// As the manifest spells it.
fn role_word(role: FileRole) -> &'static str {
    match role {
        FileRole::File => "file",
        FileRole::Script => "script",
        FileRole::Configuration => "configuration",
    }
}

impl From<&Row> for PreviewRow {
    fn from(row: &Row) -> Self {
        Self {
            path: row.path.clone(),
            fate: row.fate,
            size: row.size,
            role: row.role,
            executable: row.executable,
            commit: row.commit.clone(),
            why: row.why.clone(),
        }
    }
}
