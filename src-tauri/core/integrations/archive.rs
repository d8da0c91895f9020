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
const LEVEL: i32 = 3;
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
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if fine {
        return Ok(());
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
    let manifest = Manifest {
        format: 1,
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
        let mut source = Hashed { inner: open(&entry.source)?, hasher: Sha256::new() };
        append(&mut archive, &entry.path, listed.mode, listed.size, &mut source)?;
        if hex::encode(source.hasher.finalize()) != listed.sha256 {
            return Err(Error::conflict(format!(
                "{} changed while it was being packed.",
                entry.path
            ))
            .hint("Build it again."));
        }
        done += listed.size;
        if !progress(done) {
            return Err(Error::conflict("The build was cancelled; nothing was kept."));
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

struct Hashed<R> {
    inner: R,
    hasher: Sha256,
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
    let damaged = |what: String| Error::damaged(what).hint("Do not install it.");
    let decoder =
        zstd::Decoder::new(bytes).map_err(|_| damaged("The file is not a package.".into()))?;
    let mut archive = tar::Archive::new(decoder);
    let mut manifest: Option<Manifest> = None;
    let mut open: BTreeMap<String, Listed> = BTreeMap::new();
    for entry in archive.entries().map_err(|_| damaged("The file is not a package.".into()))? {
        let mut entry =
            entry.map_err(|error| damaged(format!("The package breaks off: {error}.")))?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(damaged(format!("{path} is not a plain file.")));
        }
        let Some(manifest) = &manifest else {
            if path != MANIFEST || entry.size() > MOST_MANIFEST {
                return Err(damaged("The package does not begin with its manifest.".into()));
            }
            let read: Manifest = serde_json::from_reader(&mut entry)
                .map_err(|error| damaged(format!("The manifest cannot be read: {error}.")))?;
            for listed in &read.files {
                check_path(&listed.path).map_err(|error| damaged(error.message))?;
                open.insert(listed.path.clone(), listed.clone());
            }
            manifest = Some(read);
            continue;
        };
        let listed = open.remove(&path).ok_or_else(|| {
            damaged(format!("{path} is not in the manifest of {}.", manifest.hotfix))
        })?;
        if entry.size() != listed.size {
            return Err(damaged(format!("{path} has another size than the manifest says.")));
        }
        let (sha256, _) = hash(&mut entry)?;
        if sha256 != listed.sha256 {
            return Err(damaged(format!("{path} is not the file that the manifest names.")));
        }
    }
    // To the very end: the compressor's checksum stands there.
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink())
        .map_err(|error| damaged(format!("The package breaks off: {error}.")))?;
    if let Some(missing) = open.keys().next() {
        return Err(damaged(format!("{missing} is missing from the package.")));
    }
    manifest.ok_or_else(|| damaged("The file is not a package.".into()))
}

/// The plain files below a folder, or the one file, with paths as they go into the package. Links
/// are refused rather than followed.
pub fn collect(path: &Path) -> Result<Vec<(String, PathBuf, bool)>> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| {
        Error::field("from", format!("{} cannot be read: {error}.", path.display()))
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
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
            let relative = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_symlink() {
                return Err(Error::field("from", format!("{} is a link.", entry.path().display()))
                    .hint("A package holds plain files: put the file itself in."));
            }
            if metadata.is_dir() {
                if entry.file_name() != ".git" {
                    folders.push((entry.path(), format!("{relative}/")));
                }
            } else if metadata.is_file() {
                found.push((relative, entry.path(), is_executable(&metadata)));
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
mod tests {
    use super::*;

    fn entry(path: &str, bytes: &[u8]) -> Entry {
        Entry {
            path: path.into(),
            executable: path.ends_with(".sh"),
            role: "file".into(),
            source: Source::Bytes(bytes.to_vec()),
            source_commit: Some("abc".into()),
        }
    }

    fn bytes(entries: Vec<Entry>) -> Vec<u8> {
        let built = build("shop", "HF-1", entries, "restart", "redeploy", &mut |_| true).unwrap();
        let bytes = std::fs::read(built.file.path()).unwrap();
        assert_eq!(hex::encode(Sha256::digest(&bytes)), built.sha256);
        assert_eq!(bytes.len() as u64, built.size);
        bytes
    }

    #[test]
    fn the_same_files_in_any_order_give_the_same_bytes() {
        let one = bytes(vec![entry("a/x.py", b"1"), entry("run.sh", b"2")]);
        let two = bytes(vec![entry("run.sh", b"2"), entry("a/x.py", b"1")]);
        assert_eq!(one, two);
        let manifest = verify(one.as_slice()).unwrap();
        assert_eq!(manifest.files[0].path, "a/x.py");
        assert_eq!(manifest.files[1].mode, 0o755);
    }

    #[test]
    fn a_changed_package_does_not_verify() {
        let good = bytes(vec![entry("a", &[7; 10_000])]);
        for place in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[place] ^= 0x55;
            assert!(verify(bad.as_slice()).is_err(), "byte {place}");
        }
        assert!(verify(&good[..good.len() / 2]).is_err());
    }

    #[test]
    fn paths_that_climb_out_and_doubles_are_refused() {
        for path in
            ["../x", "/etc/passwd", "a/../../b", "", "a/", "MANIFEST.json", "a\\b", "./a/./../b"]
        {
            assert!(check_path(path).is_err(), "{path}");
        }
        let twice = vec![entry("a", b"1"), entry("a", b"2")];
        assert!(build("shop", "HF-1", twice, "", "", &mut |_| true).is_err());
    }

    #[test]
    fn a_cancelled_build_leaves_nothing() {
        let error =
            build("shop", "HF-1", vec![entry("a", b"1")], "", "", &mut |_| false).unwrap_err();
        assert!(error.message.contains("cancelled"));
    }
}
