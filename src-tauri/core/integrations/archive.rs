//! The deployment package: a deterministic `.tar.zst` or `.zip` with its manifest first.
//!
//! The same entries give the same bytes on any machine and day: paths are sorted, times and owners
//! are zero, modes are 0644 or 0755, and the compressors' settings are fixed. The package *is* the
//! SHA-256 of these bytes. Sources are read once: the files are packed while they are hashed, and the
//! manifest, which names the hashes, is put before them afterwards (`build.rs`).
//!
//! Here a package is read. Whoever made it, every entry is held against the manifest, and nothing is
//! believed that the bytes do not show: memory stays bounded by the manifest's 64 MiB.

pub mod build;
pub mod choose;
pub mod collect;
pub mod sign;
mod zip;

pub use build::{Blobs, Built, Plan, build};
pub use zip::Writer as ZipWriter;

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

pub const MANIFEST: &str = "MANIFEST.json";
/// What is written. Format 1 had no removals, and its compression was of one thread.
const FORMAT: u32 = 2;
/// What may follow the last entry: tar's own zeros, which fill a record of 10 KiB at most.
const MOST_PADDING: u64 = 64 << 10;
/// Larger manifests are refused: they would be read into memory.
const MOST_MANIFEST: u64 = 64 << 20;
/// How far back a stream may refer (8 MiB, as a power of two); ours needs 2 MiB.
const MOST_WINDOW: u32 = 23;

/// The file format of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    TarZst,
    Zip,
}

/// Where an entry's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
    /// The next one of [`Blobs`], under this name.
    Blob(String),
}

/// One file to put in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The path in the package, with `/`.
    pub path: String,
    pub executable: bool,
    /// `file`, `script` or `configuration`.
    pub role: String,
    pub source: Source,
    pub source_commit: Option<String>,
}

/// What a package says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub product: String,
    pub hotfix: String,
    pub files: Vec<Listed>,
    /// Paths that the changes took away: whoever installs the package removes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    #[serde(default)]
    pub install_notes: String,
    #[serde(default)]
    pub rollback_notes: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub path: String,
    /// 0644 or 0755, as a number.
    pub mode: u32,
    pub size: u64,
    pub sha256: String,
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_commit: Option<String>,
}

/// A path inside a package: relative, without `..`, not the manifest's.
pub fn check_path(path: &str) -> Result<()> {
    let fine = !path.is_empty()
        && path != MANIFEST
        && !path.contains(['\\', '\0'])
        && !path.ends_with('/')
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
        && path.split('/').all(|part| !matches!(part, "" | "."));
    if fine && fits_header(path) {
        return Ok(());
    }
    if fine {
        return Err(Error::field("from", format!("The path {path} is too long for a package."))
            .hint("A name has at most 100 bytes, the folders before it at most 155."));
    }
    Err(Error::field(
        "from",
        format!(
            "“{}” cannot be a path inside a package.",
            path.chars().take(100).collect::<String>()
        ),
    )
    .hint("Paths are relative and go downwards."))
}

/// A path that a change took away: any that a repository can have, as long as it goes downwards.
pub fn check_removed(path: &str) -> Result<()> {
    let fine = !path.is_empty()
        && path.len() <= 4096
        && !path.contains('\0')
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if fine {
        return Ok(());
    }
    Err(Error::field("from", format!("“{}” cannot be a path that is removed.", shown(path))))
}

/// Whether a path fits the plain (ustar) header. Longer ones would need extension entries, which
/// [`verify`] refuses: their size is announced by whoever made the archive.
fn fits_header(path: &str) -> bool {
    path.len() <= 100
        || path.match_indices('/').any(|(at, _)| at <= 155 && path.len() - at - 1 <= 100)
}

/// A path that is also the folder of another one cannot be unpacked.
fn check_tree<'a>(paths: impl Iterator<Item = &'a str>) -> Result<()> {
    let all: BTreeSet<&str> = paths.collect();
    for path in &all {
        for (at, _) in path.match_indices('/') {
            if all.contains(&path[..at]) {
                let message =
                    format!("{} is a file and the folder of {path} at once.", &path[..at]);
                return Err(Error::field("from", message));
            }
        }
    }
    Ok(())
}

/// A source that is hashed while it is read.
struct Hashed<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashed<R> {
    fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new() }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// Reads an archive to its end and holds every entry against the manifest: nothing more, nothing
/// less, nothing else, no links, no path that climbs out, no entry larger than it says.
pub fn verify(bytes: impl Read) -> Result<Manifest> {
    walk(bytes, &mut |_, entry| io::copy(entry, &mut io::sink()).map(drop).map_err(broken_off))
}

/// Only the manifest, from the head of an archive. It is what the package says, not yet proved.
pub fn read_manifest(bytes: impl Read) -> Result<Manifest> {
    let (format, bytes) = recognise(bytes)?;
    match format {
        Format::Zip => zip::read_manifest(bytes),
        Format::TarZst => {
            let mut archive = tar::Archive::new(decoder(bytes)?);
            let mut entries = archive.entries().map_err(|_| not_a_package())?.raw(true);
            let first = entries.next().ok_or_else(not_a_package)?;
            manifest(&mut first.map_err(|_| not_a_package())?)
        }
    }
}

/// The bytes of the files that are wanted and at most so large, out of an archive that is verified on
/// the way. A wanted file that is larger is left out.
pub fn contents(
    bytes: impl Read,
    wanted: &BTreeSet<String>,
    most: u64,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    walk(bytes, &mut |listed, entry| {
        if listed.size <= most && wanted.contains(&listed.path) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(broken_off)?;
            found.insert(listed.path.clone(), bytes);
        }
        io::copy(entry, &mut io::sink()).map(drop).map_err(broken_off)
    })?;
    Ok(found)
}

/// What an archive is, told from its first bytes alone.
fn recognise<R: Read>(mut bytes: R) -> Result<(Format, impl Read + use<R>)> {
    let mut head = Vec::new();
    bytes.by_ref().take(4).read_to_end(&mut head).map_err(broken_off)?;
    let format = match head.as_slice() {
        [0x28, 0xb5, 0x2f, 0xfd] => Format::TarZst,
        [b'P', b'K', 3, 4] => Format::Zip,
        _ => return Err(not_a_package()),
    };
    Ok((format, io::Cursor::new(head).chain(bytes)))
}

fn decoder<R: Read>(bytes: R) -> Result<zstd::Decoder<'static, io::BufReader<R>>> {
    let mut decoder = zstd::Decoder::new(bytes).map_err(|_| not_a_package())?;
    decoder.window_log_max(MOST_WINDOW)?;
    Ok(decoder)
}

/// Unpacks an archive into a folder that must not exist yet. It is verified on the way, and the
/// folder appears only when everything in it was right.
pub fn extract(bytes: impl Read, folder: &Path) -> Result<Manifest> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    if folder.symlink_metadata().is_ok() {
        let message = format!("{} is already there; nothing was unpacked.", folder.display());
        return Err(Error::field("to", message).hint("Name a folder that does not exist yet."));
    }
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let staging = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(parent)?;
    let root = staging.path().join("package");
    std::fs::DirBuilder::new().mode(0o755).create(&root)?;
    let manifest = walk(bytes, &mut |listed, entry| {
        // The folder is new and ours, and the paths were checked: no link can lead out of it.
        let path = root.join(&listed.path);
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder)?;
        }
        let mut options = File::options();
        let mut file = options.write(true).create_new(true).mode(listed.mode).open(&path)?;
        io::copy(entry, &mut file).map_err(broken_off)?;
        Ok(())
    })?;
    std::fs::rename(&root, folder)?;
    Ok(manifest)
}

/// What one package has that another has not, by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub path: String,
    pub before: Option<Listed>,
    pub after: Option<Listed>,
}

/// Files that were added, removed, or differ in bytes or mode. Where they came from is no
/// difference.
pub fn diff(before: &Manifest, after: &Manifest) -> Vec<Difference> {
    let by_path = |manifest: &Manifest| -> BTreeMap<String, Listed> {
        manifest.files.iter().map(|file| (file.path.clone(), file.clone())).collect()
    };
    let (before, after) = (by_path(before), by_path(after));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let same = |one: &Listed, other: &Listed| one.sha256 == other.sha256 && one.mode == other.mode;
    paths
        .into_iter()
        .map(|path| Difference {
            path: path.clone(),
            before: before.get(path).cloned(),
            after: after.get(path).cloned(),
        })
        .filter(|one| match (&one.before, &one.after) {
            (Some(before), Some(after)) => !same(before, after),
            _ => true,
        })
        .collect()
}

fn damaged(what: impl Into<String>) -> Error {
    Error::damaged(what).hint("Do not install it.")
}

fn not_a_package() -> Error {
    damaged("The file is not a package: neither .tar.zst nor .zip.")
}

fn broken_off(error: io::Error) -> Error {
    damaged(format!("The package breaks off: {error}."))
}

/// What the manifest lists and no entry has matched yet.
struct Checklist<'a> {
    hotfix: &'a str,
    open: BTreeMap<&'a str, &'a Listed>,
}

impl<'a> Checklist<'a> {
    /// Refuses a manifest that no package can have.
    fn new(manifest: &'a Manifest) -> Result<Self> {
        let mut open: BTreeMap<&str, &Listed> = BTreeMap::new();
        for listed in &manifest.files {
            check_path(&listed.path).map_err(|error| damaged(error.message))?;
            if open.insert(&listed.path, listed).is_some() {
                return Err(damaged(format!("{} is in the manifest twice.", listed.path)));
            }
            if !matches!(listed.mode, 0o644 | 0o755) {
                return Err(damaged(format!("{} has a mode that no package has.", listed.path)));
            }
        }
        check_tree(open.keys().copied()).map_err(|error| damaged(error.message))?;
        for path in &manifest.removed {
            check_removed(path).map_err(|error| damaged(error.message))?;
            if open.contains_key(path.as_str()) {
                return Err(damaged(format!("{path} is both in the package and removed by it.")));
            }
        }
        Ok(Self { hotfix: &manifest.hotfix, open })
    }

    /// The line of the manifest for an entry of this name and size.
    fn take(&mut self, path: &str, size: u64) -> Result<&'a Listed> {
        let listed = self.open.remove(path).ok_or_else(|| {
            damaged(format!(
                "{} is not in the manifest of {}, or is there twice.",
                shown(path),
                self.hotfix
            ))
        })?;
        if size != listed.size {
            return Err(damaged(format!("{path} has another size than the manifest says.")));
        }
        Ok(listed)
    }

    fn end(self) -> Result<()> {
        match self.open.keys().next() {
            Some(missing) => Err(damaged(format!("{missing} is missing from the package."))),
            None => Ok(()),
        }
    }
}

type Each<'a> = dyn FnMut(&Listed, &mut dyn Read) -> Result<()> + 'a;

/// Hands an entry's bytes to `each`, which must read them all, and compares their hash.
fn through(listed: &Listed, entry: &mut dyn Read, each: &mut Each) -> Result<()> {
    let mut hashed = Hashed::new(entry);
    each(listed, &mut hashed)?;
    if hex::encode(hashed.hasher.finalize()) != listed.sha256 {
        let path = &listed.path;
        return Err(damaged(format!("{path} is not the file that the manifest names.")));
    }
    Ok(())
}

/// Holds every entry against the manifest and hands its bytes to `each`, which must read them all.
fn walk(bytes: impl Read, each: &mut Each) -> Result<Manifest> {
    let (format, bytes) = recognise(bytes)?;
    match format {
        Format::Zip => zip::walk(bytes, each),
        Format::TarZst => walk_tar(bytes, each),
    }
}

fn walk_tar(bytes: impl Read, each: &mut Each) -> Result<Manifest> {
    let mut archive = tar::Archive::new(decoder(bytes)?);
    // Raw: an extension entry is seen as what it is, and refused, instead of being read into
    // memory at whatever size it claims.
    let mut entries = archive.entries().map_err(|_| not_a_package())?.raw(true);
    let manifest = {
        let first = entries.next().ok_or_else(not_a_package)?;
        manifest(&mut first.map_err(|_| not_a_package())?)?
    };
    let mut open = Checklist::new(&manifest)?;
    for entry in entries {
        let mut entry = entry.map_err(broken_off)?;
        let path = plain(&entry)?;
        let listed = open.take(&path, entry.size())?;
        if entry.header().mode().ok() != Some(listed.mode) {
            return Err(damaged(format!("{path} has another mode than the manifest says.")));
        }
        through(listed, &mut entry, each)?;
    }
    open.end()?;
    let mut rest = archive.into_inner().take(MOST_PADDING + 1);
    let mut padding = Vec::new();
    rest.read_to_end(&mut padding).map_err(broken_off)?;
    if padding.len() as u64 > MOST_PADDING || padding.iter().any(|byte| *byte != 0) {
        return Err(damaged("Something follows the end of the package."));
    }
    Ok(manifest)
}

/// Reads the manifest's entry, which must be the first.
fn manifest(first: &mut tar::Entry<impl Read>) -> Result<Manifest> {
    if plain(first)? != MANIFEST || first.size() > MOST_MANIFEST {
        return Err(no_manifest());
    }
    parse(first)
}

fn parse(text: impl Read) -> Result<Manifest> {
    let read: Manifest = serde_json::from_reader(io::BufReader::new(text))
        .map_err(|error| damaged(format!("The manifest cannot be read: {error}.")))?;
    if read.format == 0 || read.format > FORMAT {
        let message =
            format!("The package has format {}; this program knows {FORMAT}.", read.format);
        return Err(damaged(message).hint("Install a newer Hotfix Desk."));
    }
    Ok(read)
}

fn no_manifest() -> Error {
    damaged("The package does not begin with its manifest.")
}

/// A name of a stranger's choosing, short enough for a sentence.
fn shown(path: &str) -> String {
    path.chars().take(200).collect()
}

/// The path of an entry that is a plain file and nothing else.
fn plain(entry: &tar::Entry<impl Read>) -> Result<String> {
    let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    if entry.header().entry_type() == tar::EntryType::Regular {
        return Ok(path);
    }
    Err(damaged(format!("{} is not a plain file.", shown(&path))))
}

#[cfg(test)]
mod tests;
