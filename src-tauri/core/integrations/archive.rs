//! The deployment package: a deterministic `.tar.zst` with its manifest first.
//!
//! The same entries give the same bytes on any machine and day: paths are sorted, times and owners
//! are zero, modes are 0644 or 0755, and the compressor's settings are fixed. The package *is* the
//! SHA-256 of these bytes.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

pub const MANIFEST: &str = "MANIFEST.json";
const FORMAT: u32 = 1;
const LEVEL: i32 = 3;
/// What may follow the last entry: tar's own zeros, which fill a record of 10 KiB at most.
const MOST_PADDING: u64 = 64 << 10;
/// Larger manifests are refused: they would be read into memory.
const MOST_MANIFEST: u64 = 64 << 20;

/// Where an entry's bytes come from.
#[derive(Clone, Debug)]
pub enum Source {
    Bytes(Vec<u8>),
    File(PathBuf),
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

/// Built bytes.
#[derive(Debug)]
pub struct Built {
    pub sha256: String,
    pub size: u64,
    pub manifest: Manifest,
    /// Gone when dropped.
    pub file: tempfile::NamedTempFile,
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

/// Builds the package into a temporary file. `progress(bytes)` may answer `false` to stop.
pub fn build(
    product: &str,
    hotfix: &str,
    mut entries: Vec<Entry>,
    install_notes: &str,
    rollback_notes: &str,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Built> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for entry in &entries {
        check_path(&entry.path)?;
        if !seen.insert(entry.path.clone()) {
            return Err(Error::field(
                "from",
                format!("Two sources give the same file {}.", entry.path),
            ));
        }
        let (sha256, size) = hash(&mut open(&entry.source)?)?;
        files.push(Listed {
            path: entry.path.clone(),
            mode: mode(entry),
            size,
            sha256,
            role: entry.role.clone(),
            source_commit: entry.source_commit.clone(),
        });
    }
    check_tree(files.iter().map(|file| file.path.as_str()))?;
    let manifest = Manifest {
        format: FORMAT,
        product: product.into(),
        hotfix: hotfix.into(),
        files,
        install_notes: install_notes.into(),
        rollback_notes: rollback_notes.into(),
    };
    let file = tempfile::NamedTempFile::new()?;
    let hashing = Hashing { inner: io::BufWriter::new(file), hasher: Sha256::new(), size: 0 };
    let mut encoder = zstd::Encoder::new(hashing, LEVEL)?;
    encoder.include_contentsize(false)?;
    encoder.include_checksum(true)?;
    let mut archive = tar::Builder::new(encoder);
    archive.mode(tar::HeaderMode::Deterministic);
    let text = serde_json::to_vec_pretty(&manifest)?;
    append(&mut archive, MANIFEST, 0o644, text.len() as u64, &mut text.as_slice())?;
    let mut done = 0;
    for (entry, listed) in entries.iter().zip(&manifest.files) {
        let mut go_on = true;
        let mut source = Hashed {
            inner: open(&entry.source)?,
            hasher: Sha256::new(),
            seen: |count: usize| {
                done += count as u64;
                go_on = progress(done);
                go_on
            },
        };
        let appended = append(&mut archive, &entry.path, listed.mode, listed.size, &mut source);
        let sha256 = hex::encode(source.hasher.finalize());
        if !go_on {
            return Err(Error::conflict("The build was cancelled; nothing was kept."));
        }
        appended?;
        if sha256 != listed.sha256 {
            let message = format!("{} changed while it was being packed.", entry.path);
            return Err(Error::conflict(message).hint("Build it again."));
        }
    }
    let hashing = archive.into_inner()?.finish()?;
    let file = hashing.inner.into_inner().map_err(|error| Error::from(error.into_error()))?;
    Ok(Built { sha256: hex::encode(hashing.hasher.finalize()), size: hashing.size, manifest, file })
}

fn mode(entry: &Entry) -> u32 {
    if entry.executable { 0o755 } else { 0o644 }
}

fn open(source: &Source) -> Result<Box<dyn Read + '_>> {
    Ok(match source {
        Source::Bytes(bytes) => Box::new(bytes.as_slice()),
        Source::File(path) => Box::new(File::open(path).map_err(|error| {
            Error::field("from", format!("{} cannot be read: {error}.", path.display()))
        })?),
    })
}

fn hash(source: &mut dyn Read) -> Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let size = io::copy(source, &mut HashWriter(&mut hasher))?;
    Ok((hex::encode(hasher.finalize()), size))
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    path: &str,
    mode: u32,
    size: u64,
    source: &mut dyn Read,
) -> Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(tar::EntryType::Regular);
    archive.append_data(&mut header, path, source.take(size))?;
    Ok(())
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Hashing<W> {
    inner: W,
    hasher: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A source that is hashed while it is read. `seen` hears how much came, and may say stop.
struct Hashed<R, F> {
    inner: R,
    hasher: Sha256,
    seen: F,
}

impl<R: Read, F: FnMut(usize) -> bool> Read for Hashed<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        if (self.seen)(count) { Ok(count) } else { Err(io::Error::other("cancelled")) }
    }
}

/// Reads an archive to its end and holds every entry against the manifest: nothing more, nothing
/// less, nothing else, no links, no path that climbs out, no entry larger than it says.
pub fn verify(bytes: impl Read) -> Result<Manifest> {
    walk(bytes, &mut |_, entry| io::copy(entry, &mut io::sink()).map(drop).map_err(broken_off))
}

/// Only the manifest, from the head of an archive. It is what the package says, not yet proved.
pub fn read_manifest(bytes: impl Read) -> Result<Manifest> {
    let decoder = zstd::Decoder::new(bytes).map_err(|_| not_a_package())?;
    let mut archive = tar::Archive::new(decoder);
    let mut entries = archive.entries().map_err(|_| not_a_package())?.raw(true);
    let mut first = entries.next().ok_or_else(not_a_package)?.map_err(|_| not_a_package())?;
    manifest(&mut first)
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
    damaged("The file is not a package.")
}

fn broken_off(error: io::Error) -> Error {
    damaged(format!("The package breaks off: {error}."))
}

/// Holds every entry against the manifest and hands its bytes to `each`, which must read them all.
fn walk(
    bytes: impl Read,
    each: &mut dyn FnMut(&Listed, &mut dyn Read) -> Result<()>,
) -> Result<Manifest> {
    let decoder = zstd::Decoder::new(bytes).map_err(|_| not_a_package())?;
    let mut archive = tar::Archive::new(decoder);
    // Raw: an extension entry is seen as what it is, and refused, instead of being read into
    // memory at whatever size it claims.
    let mut entries = archive.entries().map_err(|_| not_a_package())?.raw(true);
    let manifest = {
        let first = entries.next().ok_or_else(not_a_package)?;
        manifest(&mut first.map_err(|_| not_a_package())?)?
    };
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
    for entry in entries {
        let mut entry = entry.map_err(broken_off)?;
        let path = plain(&entry)?;
        let listed = open.remove(path.as_str()).ok_or_else(|| {
            damaged(format!(
                "{path} is not in the manifest of {}, or is there twice.",
                manifest.hotfix
            ))
        })?;
        if entry.size() != listed.size {
            return Err(damaged(format!("{path} has another size than the manifest says.")));
        }
        if entry.header().mode().ok() != Some(listed.mode) {
            return Err(damaged(format!("{path} has another mode than the manifest says.")));
        }
        let mut hashed = Hashed { inner: &mut entry, hasher: Sha256::new(), seen: |_: usize| true };
        each(listed, &mut hashed)?;
        if hex::encode(hashed.hasher.finalize()) != listed.sha256 {
            return Err(damaged(format!("{path} is not the file that the manifest names.")));
        }
    }
    if let Some(missing) = open.keys().next() {
        return Err(damaged(format!("{missing} is missing from the package.")));
    }
    let mut rest = archive.into_inner().take(MOST_PADDING + 1);
    let mut padding = Vec::new();
    rest.read_to_end(&mut padding).map_err(broken_off)?;
    if padding.len() as u64 > MOST_PADDING || padding.iter().any(|byte| *byte != 0) {
        return Err(damaged("Something follows the end of the package."));
    }
    Ok(manifest)
}

fn manifest(first: &mut tar::Entry<impl Read>) -> Result<Manifest> {
    if plain(first)? != MANIFEST || first.size() > MOST_MANIFEST {
        return Err(damaged("The package does not begin with its manifest."));
    }
    let read: Manifest = serde_json::from_reader(io::BufReader::new(first))
        .map_err(|error| damaged(format!("The manifest cannot be read: {error}.")))?;
    if read.format != FORMAT {
        let message =
            format!("The package has format {}; this program knows {FORMAT}.", read.format);
        return Err(damaged(message).hint("Install a newer Hotfix Desk."));
    }
    Ok(read)
}

/// The path of an entry that is a plain file and nothing else.
fn plain(entry: &tar::Entry<impl Read>) -> Result<String> {
    let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    if entry.header().entry_type() == tar::EntryType::Regular {
        return Ok(path);
    }
    Err(damaged(format!("{path} is not a plain file.")))
}

/// The plain files below a folder, or the one file, with paths as they go into the package. Links
/// are refused rather than followed.
pub fn collect(path: &Path) -> Result<Vec<(String, PathBuf, bool)>> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| {
        Error::field("from", format!("{} cannot be read: {error}.", path.display()))
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_link = |path: &Path| {
        Error::field("from", format!("{} is a link.", path.display()))
            .hint("A package holds plain files: put the file itself in.")
    };
    if metadata.is_symlink() {
        return Err(is_link(path));
    }
    let mut found = Vec::new();
    if metadata.is_file() {
        found.push((name, path.to_owned(), is_executable(&metadata)));
        return Ok(found);
    }
    let mut folders = vec![(path.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let message = format!("{} has a name that is not UTF-8.", entry.path().display());
                return Err(Error::field("from", message).hint("Rename it, or leave it out."));
            };
            let relative = format!("{prefix}{name}");
            if entry.file_type()?.is_symlink() {
                return Err(is_link(&entry.path()));
            }
            if metadata.is_dir() {
                if name != ".git" {
                    folders.push((entry.path(), format!("{relative}/")));
                }
            } else if metadata.is_file() {
                found.push((relative, entry.path(), is_executable(&metadata)));
            } else {
                let message = format!("{} is neither a file nor a folder.", entry.path().display());
                return Err(Error::field("from", message));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(test)]
mod tests;
