//! Packages, attachments, exports: bytes between this machine's files and the workspace.

use super::{
    Call,
    actions::{
        Action, Backup, BuildPackage, ExportAudit, ExportPackage, PackageSource, PutFile, Restore,
        SaveReport,
    },
    change::{self, Running},
    erasures::{Restored, restore},
};
use crate::{
    calendar::ics::{self, Expansion},
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    integrations::{
        archive::{self, Entry, Source},
        deploy::recipe::Recipe,
        vcs::git::Git,
    },
    journal,
    model::hotfix::Hotfix,
    stages::{
        Done,
        package::{RecordPackage, Revision},
    },
    store::{self, Store},
    views::report::AskReport,
};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    path::Path,
};

/// Writes a new file whole or not at all; an existing one is never overwritten.
pub fn write_new(path: &str, write: impl FnOnce(&mut fs::File) -> Result<()>) -> Result<()> {
    let path = Path::new(path);
    if path.exists() {
        return Err(Error::field(
            "path",
            format!("{} exists already; nothing was changed.", path.display()),
        ));
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| {
        Error::field("path", format!("{} cannot be written to: {error}.", folder.display()))
    })?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| Error::from(error.error))?;
    Ok(())
}

/// Everything a build needs to know, read before any file is opened.
struct Plan {
    hotfix: Hotfix,
    product: Product,
}

fn plan(call: &Call, key: &HotfixKey) -> Result<Plan> {
    call.judge(|state, _| {
        let hotfix = state.hotfix(key)?.clone();
        let product = state.product(&hotfix.product)?.clone();
        Ok(Plan { hotfix, product })
    })
}

impl Action for BuildPackage {
    type Answer = Revision;

    fn run(self, call: &Call) -> Result<Revision> {
        let Plan { hotfix, product } = plan(call, &self.key)?;
        let newest = hotfix.changes.last().map(|recorded| recorded.change.commit.clone());
        let repository = hotfix.changes.last().map(|recorded| recorded.text.repository.clone());
        let git = match (&newest, &repository) {
            (Some(_), Some(path)) if !path.is_empty() => Some(Git::open(path)?),
            _ => None,
        };
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let sources = if self.from.is_empty() { of_the_changes(&hotfix) } else { self.from };
        for source in sources {
            for entry in expand(&source, git.as_ref(), newest.as_deref())? {
                archive::check_path(&entry.path)?;
                if let Some(double) = entries.insert(entry.path.clone(), entry) {
                    return Err(Error::field(
                        "from",
                        format!("Two sources give the same file {}.", double.path),
                    ));
                }
            }
        }
        // The hot fix's own changes, and those of others that the source commit contains: what
        // "keeps what runs" is judged by.
        let mut commits: Vec<String> = hotfix.commits().map(str::to_owned).collect();
        if let (Some(git), Some(source)) = (&git, &newest) {
            let Running { commits: others, releases } = Running::of(call, &product)?;
            for other in change::contained(git, source, &others, &releases)? {
                if !commits.contains(&other) {
                    commits.push(other);
                }
            }
        }
        let built = archive::build(
            &product.id.0,
            &self.key.0,
            entries.into_values().collect(),
            &self.notes.install,
            &self.notes.rollback,
            &mut |_| true,
        )?;
        let (hash, size) = call.desk().put_blob(built.file.reopen()?)?;
        if hash.0 != built.sha256 || size != built.size {
            return Err(Error::damaged("The package changed while it was being stored.")
                .hint("Build it again."));
        }
        call.command(&RecordPackage {
            key: self.key,
            hash,
            size,
            files: built.manifest.files.into_iter().map(packaged).collect(),
            commits,
            notes: self.notes,
        })
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

/// The files that the changes touched, as they are in the newest of them.
fn of_the_changes(hotfix: &Hotfix) -> Vec<PackageSource> {
    let mut paths: Vec<_> = hotfix
        .changes
        .iter()
        .flat_map(|recorded| &recorded.change.files)
        .map(|file| file.path.clone())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
        .into_iter()
        .map(|path| PackageSource { path, from_commit: true, role: FileRole::File })
        .collect()
}

fn expand(source: &PackageSource, git: Option<&Git>, commit: Option<&str>) -> Result<Vec<Entry>> {
    let role = match source.role {
        FileRole::File => "file",
        FileRole::Script => "script",
        FileRole::Configuration => "configuration",
    };
    if source.from_commit {
        let (git, commit) = git.zip(commit).ok_or_else(|| {
            Error::field("from", "There is no change with a repository to take files from.")
                .hint("Add the commit first, or name files on this machine.")
        })?;
        let paths = git.list_files(commit, source.path.trim_matches('/'))?;
        if paths.is_empty() {
            return Err(Error::field("from", format!("The commit has no file {}.", source.path)));
        }
        return paths
            .into_iter()
            .map(|path| {
                let (bytes, executable) = git.read_file(commit, &path)?;
                Ok(Entry {
                    executable: executable || source.role == FileRole::Script,
                    role: role.into(),
                    source: Source::Bytes(bytes),
                    source_commit: Some(commit.to_owned()),
                    path,
                })
            })
            .collect();
    }
    let found = archive::collect(Path::new(&source.path))?;
    Ok(found
        .into_iter()
        .map(|(path, file, executable)| Entry {
            path,
            executable: executable || source.role == FileRole::Script,
            role: role.into(),
            source: Source::File(file),
            source_commit: None,
        })
        .collect())
}

impl Action for ExportPackage {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let hash = call.judge(|state, _| {
            let hotfix = state.hotfix(&self.key)?;
            let built = match self.revision {
                None => hotfix.current(),
                Some(wanted) => {
                    hotfix.packages.iter().find(|built| built.package.revision == wanted)
                }
            };
            let built = built.ok_or_else(|| {
                Error::field("revision", format!("{} has no such package.", self.key))
            })?;
            Ok(built.package.hash.clone())
        })?;
        let mut source = call.desk().blob(&hash)?;
        write_new(&self.path, |file| {
            std::io::copy(&mut source, file)?;
            Ok(())
        })?;
        Ok(Done {})
    }
}

impl Action for PutFile {
    type Answer = Attachment;

    fn run(self, call: &Call) -> Result<Attachment> {
        let path = Path::new(&self.path);
        let file = fs::File::open(path).map_err(|error| {
            Error::field("path", format!("{} cannot be read: {error}.", path.display()))
        })?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(Error::field("path", format!("{} is not a file.", path.display())));
        }
        if about.len() > LARGEST_FILE {
            return Err(Error::field("path", "A file may have at most 100 MiB.")
                .hint("Put it where others reach it, and say in the text where that is."));
        }
        let (hash, size) = call.desk().put_blob(file)?;
        let name =
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Attachment { hash, size, media: media(&name).into(), name })
    }
}

/// What one attached file may have.
const LARGEST_FILE: u64 = 100 << 20;

/// A guess by the ending, for display alone.
fn media(name: &str) -> &'static str {
    match name.rsplit('.').next().map(str::to_lowercase).as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("txt" | "log" | "md") => "text/plain",
        Some("json") => "application/json",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

impl Action for SaveReport {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let report = call.ask(&AskReport { key: self.key, format: self.format })?;
        write_new(&self.path, |file| Ok(file.write_all(report.text.as_bytes())?))?;
        Ok(Done {})
    }
}

impl Action for ExportAudit {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        write_new(&self.path, |file| {
            let mut out = std::io::BufWriter::new(file);
            journal::export(call.desk().store(), &mut out)?;
            Ok(out.flush()?)
        })?;
        Ok(Done {})
    }
}

impl Action for Restore {
    type Answer = Restored;

    fn run(self, call: &Call) -> Result<Restored> {
        let backup = Path::new(&self.backup);
        let read_only = store::OpenOptions { read_only: true, ..Default::default() };
        let of = Store::open_with(backup, read_only)?.id();
        // What is open here is a later file of the same workspace, if it is the same.
        let later = (of == call.desk().store().id()).then(|| call.desk().path());
        restore(backup, Path::new(&self.path), later, call.desk().options())
    }
}

impl Action for Backup {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().store().backup(Path::new(&self.path), |_, _| {})?;
        Ok(Done {})
    }
}

/// The occurrences in a calendar file that overlap `[from, to)`: `{"occurrences", "skipped"}`.
pub fn expand_calendar(path: &Path, from: Instant, to: Instant, zone: &str) -> Result<Expansion> {
    let refused = |error: std::io::Error| {
        Error::invalid(format!("{} cannot be read: {error}.", path.display())).at("file")
    };
    let mut bytes = Vec::new();
    // A byte more than is accepted, so that what is too large is refused and not cut.
    let file = fs::File::open(path).map_err(refused)?;
    file.take(ics::MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(refused)?;
    ics::expand(&bytes, from, to, zone)
}

/// Holds every byte of a package file against its manifest, which is returned.
pub fn verify_package(path: &Path) -> Result<serde_json::Value> {
    let file = fs::File::open(path).map_err(|error| {
        Error::invalid(format!("{} cannot be read: {error}.", path.display())).at("file")
    })?;
    Ok(serde_json::to_value(archive::verify(std::io::BufReader::new(file))?)?)
}

/// What two package files differ in, each verified: `[{"change", "path", "before", "after"}]` with
/// the files' hashes, `change` being `added`, `removed` or `changed` (its mode alone, perhaps).
pub fn diff_packages(before: &Path, after: &Path) -> Result<serde_json::Value> {
    let files = |path: &Path| -> Result<BTreeMap<String, archive::Listed>> {
        let file = fs::File::open(path).map_err(|error| {
            Error::invalid(format!("{} cannot be read: {error}.", path.display())).at("file")
        })?;
        let manifest = archive::verify(std::io::BufReader::new(file))
            .map_err(|error| error.at(path.display().to_string()))?;
        Ok(manifest.files.into_iter().map(|file| (file.path.clone(), file)).collect())
    };
    let (before, after) = (files(before)?, files(after)?);
    let mut changes = Vec::new();
    for path in before.keys().chain(after.keys().filter(|path| !before.contains_key(*path))) {
        let (old, new) = (before.get(path), after.get(path));
        let change = match (old, new) {
            (Some(old), Some(new)) if (&old.sha256, old.mode) == (&new.sha256, new.mode) => {
                continue;
            }
            (Some(_), Some(_)) => "changed",
            (None, _) => "added",
            (_, None) => "removed",
        };
        let hash = |file: Option<&archive::Listed>| file.map(|file| file.sha256.clone());
        changes.push(serde_json::json!({
            "change": change, "path": path, "before": hash(old), "after": hash(new),
        }));
    }
    Ok(changes.into())
}

/// Whether a recipe of this name ships with the program.
pub fn ships_recipe(name: &str) -> bool {
    Recipe::built_in(name).is_some()
}

/// Every mistake in a recipe's file: `[{"line", "message"}]`.
pub fn check_recipe(path: &Path) -> Result<serde_json::Value> {
    let text = fs::read_to_string(path).map_err(|error| {
        Error::invalid(format!("{} cannot be read: {error}.", path.display())).at("file")
    })?;
    Ok(serde_json::to_value(Recipe::check(&text))?)
}

/// Proves an exported journal without a workspace.
pub fn verify_export(path: &Path) -> Result<serde_json::Value> {
    let file = fs::File::open(path).map_err(|error| {
        Error::invalid(format!("{} cannot be read: {error}.", path.display())).at("file")
    })?;
    let verified = journal::verify_export(std::io::BufReader::new(file))?;
    Ok(serde_json::to_value(super::actions::AuditResult::from(verified))?)
}

/// Proves a workspace's journal without reading what its records say.
pub fn verify_workspace(path: &Path) -> Result<serde_json::Value> {
    let store = Store::open(path)?;
    let verified = journal::verify(&store, &mut |_, _| true)?;
    Ok(serde_json::to_value(super::actions::AuditResult::from(verified))?)
}
