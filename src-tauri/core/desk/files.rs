//! Attachments, reports, exports: bytes between this machine's files and the workspace.

use super::{
    Call,
    actions::{Action, Backup, ExportAudit, PutFile, Restore, SaveLog, SaveMetrics},
    erasures::{Restored, restore},
};
use crate::{
    calendar::ics::{self, Expansion},
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    integrations::deploy::{
        command::run,
        recipe::{BUILT_IN, Recipe},
    },
    journal,
    stages::Done,
    store::{self, Store},
    views::deployments::ReadLog,
};
use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

/// A path as it was typed: `~/` is the home folder.
pub fn typed(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

/// Writes a new file whole or not at all; an existing one is never overwritten. Until it is whole it
/// has no name, so that nothing of it stays, whatever ends the program.
pub fn write_new(path: &str, write: impl FnOnce(&mut fs::File) -> Result<()>) -> Result<()> {
    if path.trim().is_empty() {
        let message = "The name of the file is missing.";
        return Err(Error::field("path", message).hint("Say where it is to be written."));
    }
    let path = typed(path);
    let exists = || {
        let message = format!("{} exists already; nothing was changed.", path.display());
        Error::field("path", message).hint("Choose another name.")
    };
    if path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let cannot = |error: std::io::Error| {
        Error::field("path", format!("{} cannot be written to: {error}.", folder.display()))
            .hint("Choose a folder that is there and may be written to.")
    };
    let mut nameless = match nameless(folder) {
        Ok(file) => file,
        // Not every file system has files without a name.
        Err(_) => {
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
            write(file.as_file_mut())?;
            file.as_file().sync_all()?;
            return file.persist_noclobber(&path).map(drop).map_err(|error| {
                match error.error.kind() {
                    std::io::ErrorKind::AlreadyExists => exists(),
                    _ => cannot(error.error),
                }
            });
        }
    };
    write(&mut nameless)?;
    nameless.sync_all()?;
    name(&nameless, &path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(),
        _ => cannot(error),
    })
}

fn nameless(folder: &Path) -> std::io::Result<fs::File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    Ok(fs::File::from(open(folder, flags, Mode::from_raw_mode(0o600))?))
}

/// Gives a nameless file its name, unless there is one of that name.
fn name(file: &fs::File, path: &Path) -> std::io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd as _;
    let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, itself.as_str(), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
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

impl Action for SaveMetrics {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let csv = call.ask(&self.csv)?;
        write_new(&self.path, |file| Ok(file.write_all(csv.text.as_bytes())?))?;
        Ok(Done {})
    }
}

impl Action for SaveLog {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.judge(|state, _| Ok(state.deployment(&self.key)?.key.clone()))?;
        let mut after = 0;
        write_new(&self.path, |file| {
            let mut out = std::io::BufWriter::new(file);
            loop {
                let page = ReadLog {
                    key: self.key.clone(),
                    target: None,
                    after: Some(after),
                    limit: Some(10_000),
                    text: None,
                };
                let lines = call.ask(&page)?;
                let Some(last) = lines.last() else { break };
                after = last.id;
                for line in &lines {
                    writeln!(out, "{}\t{}\t{}\t{}", line.at, line.target, line.stream, line.text)?;
                }
            }
            Ok(out.flush()?)
        })?;
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
        let of = Store::open_with(backup, read_only).map_err(|error| error.at("backup"))?.id();
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

/// Where this program was started to watch a command of an endpoint, and nothing else: carries the run
/// out to its end. None if it was started for something else.
pub fn watched(words: impl IntoIterator<Item = std::ffi::OsString>) -> Option<Result<()>> {
    let words: Vec<_> = words.into_iter().collect();
    match words.as_slice() {
        [_, word, folder] if word.as_os_str() == run::WATCH => Some(run::watch(Path::new(folder))),
        _ => None,
    }
}

/// Every system that an endpoint can be.
pub fn systems() -> Result<serde_json::Value> {
    Ok(serde_json::to_value(super::reach::systems())?)
}

/// The text of a recipe that ships, to begin one of one's own with.
pub fn recipe_text(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
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
