//! Packing: sources are read once, hashed as they are packed, and the manifest is put before them.
//!
//! What is packed goes into a file without a name, so that whatever ends the program leaves nothing.
//! A package is three pieces: the manifest (`front`), which is known last; the files (`body`); and
//! what a zip has at its end (`tail`). For `.tar.zst` the front is a compressed frame of its own,
//! and frames that follow one another are one stream.
//!
//! The body is compressed by as many threads as there are processors, which changes no byte: the
//! stream is cut into jobs of a fixed size, whoever compresses them.

use super::{
    Entry, FORMAT, Format, Listed, MANIFEST, Manifest, Source, check_path, check_removed,
    check_tree, zip,
};
use crate::error::{Error, Result};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::FileExt as _,
    path::Path,
};

/// The compressor's level. It is what a package in a hurry can afford, and never changes.
pub const LEVEL: i32 = 3;
/// How much one thread compresses at a time, in bytes. It decides which bytes come out.
const JOB: u32 = 4 << 20;
/// More threads than this would wait for the one that reads and hashes.
const MOST_THREADS: usize = 6;
/// How much is read at once.
const PIECE: usize = 256 << 10;

/// Bytes that lie neither in memory nor in a file of their own, asked for in the order of the
/// packed paths.
pub trait Blobs {
    /// The bytes of one, and how many there are.
    fn open<'a>(&'a mut self, name: &str) -> Result<(Box<dyn Read + 'a>, u64)>;
}

/// For packages of files and bytes alone.
impl Blobs for () {
    fn open<'a>(&'a mut self, name: &str) -> Result<(Box<dyn Read + 'a>, u64)> {
        Err(Error::internal(format!("There is no source for {name}.")))
    }
}

/// Everything that a package is made of. Nothing else reaches its bytes.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub product: String,
    pub hotfix: String,
    pub entries: Vec<Entry>,
    pub removed: Vec<String>,
    pub install_notes: String,
    pub rollback_notes: String,
    pub format: Format,
}

/// Built bytes. They are gone when this is dropped.
#[derive(Debug)]
pub struct Built {
    pub sha256: String,
    pub size: u64,
    pub manifest: Manifest,
    front: Vec<u8>,
    body: File,
    tail: Vec<u8>,
}

impl Built {
    /// The package's bytes, from the first on; any number may read at once.
    pub fn reader(&self) -> impl Read + '_ {
        let body = Body { file: &self.body, at: 0 };
        self.front.as_slice().chain(body).chain(self.tail.as_slice())
    }
}

struct Body<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// How many threads compress on this machine.
pub fn threads() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| count.get().min(MOST_THREADS)) as u32
}

/// Packs into a nameless file in `folder`, or among the temporary ones if that cannot be.
/// `progress(bytes of the sources)` may answer `false` to stop.
pub fn build(
    plan: Plan,
    blobs: &mut dyn Blobs,
    folder: Option<&Path>,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Built> {
    build_with(plan, blobs, folder, threads(), progress)
}

pub(super) fn build_with(
    mut plan: Plan,
    blobs: &mut dyn Blobs,
    folder: Option<&Path>,
    threads: u32,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Built> {
    arrange(&mut plan)?;
    let spool = match folder {
        Some(folder) => tempfile::tempfile_in(folder).or_else(|_| tempfile::tempfile())?,
        None => tempfile::tempfile()?,
    };
    let mut packer = match plan.format {
        Format::TarZst => Packer::Tar(encoder(spool, Some(threads))?),
        Format::Zip => Packer::Zip(Box::new(zip::Writer::new(spool))),
    };
    let mut files = Vec::with_capacity(plan.entries.len());
    let mut done = 0;
    let mut buffer = vec![0; PIECE];
    for entry in &plan.entries {
        files.push(pack(&mut packer, entry, blobs, &mut buffer, &mut done, progress)?);
    }
    let manifest = Manifest {
        format: FORMAT,
        product: plan.product,
        hotfix: plan.hotfix,
        files,
        removed: plan.removed,
        install_notes: plan.install_notes,
        rollback_notes: plan.rollback_notes,
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    let (front, body, tail) = match packer {
        Packer::Tar(mut body) => {
            body.write_all(&[0; 1024])?;
            let mut front = encoder(Vec::new(), None)?;
            header(&mut front, MANIFEST, 0o644, text.len() as u64)?;
            front.write_all(&text)?;
            pad(&mut front, text.len() as u64)?;
            (front.finish()?, body.finish()?, Vec::new())
        }
        Packer::Zip(writer) => writer.finish(&text)?,
    };
    let mut built = Built { sha256: String::new(), size: 0, manifest, front, body, tail };
    let (sha256, size) = hash(built.reader(), &mut buffer)?;
    (built.sha256, built.size) = (sha256, size);
    Ok(built)
}

/// Sorts, and refuses what cannot be a package.
fn arrange(plan: &mut Plan) -> Result<()> {
    plan.entries.sort_by(|a, b| a.path.cmp(&b.path));
    for entry in &plan.entries {
        check_path(&entry.path)?;
    }
    for pair in plan.entries.windows(2) {
        if pair[0].path == pair[1].path {
            let message = format!("Two sources give the same file {}.", pair[0].path);
            return Err(Error::field("from", message));
        }
    }
    check_tree(plan.entries.iter().map(|entry| entry.path.as_str()))?;
    let removed: BTreeSet<String> = plan.removed.drain(..).collect();
    for path in &removed {
        check_removed(path)?;
    }
    let there = |path: &String| {
        plan.entries.binary_search_by(|entry| entry.path.as_str().cmp(path.as_str())).is_ok()
    };
    // What a source puts back is not taken away.
    plan.removed = removed.into_iter().filter(|path| !there(path)).collect();
    Ok(())
}

type Zstd<W> = zstd::Encoder<'static, W>;

fn encoder<W: Write>(to: W, threads: Option<u32>) -> Result<Zstd<W>> {
    let mut encoder = zstd::Encoder::new(to, LEVEL)?;
    encoder.include_contentsize(false)?;
    encoder.include_checksum(true)?;
    if let Some(threads) = threads {
        // One thread of its own at least: without any, other bytes would come out.
        encoder.multithread(threads.max(1))?;
        encoder.set_parameter(zstd::zstd_safe::CParameter::JobSize(JOB))?;
    }
    Ok(encoder)
}

enum Packer {
    Tar(Zstd<File>),
    Zip(Box<zip::Writer>),
}

/// Packs one entry while hashing it.
fn pack(
    packer: &mut Packer,
    entry: &Entry,
    blobs: &mut dyn Blobs,
    buffer: &mut [u8],
    done: &mut u64,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Listed> {
    let (mut source, size, file) = open(entry, blobs)?;
    let mode = if entry.executable { 0o755 } else { 0o644 };
    match packer {
        Packer::Tar(to) => header(to, &entry.path, mode, size)?,
        Packer::Zip(to) => to.begin(&entry.path, mode, size)?,
    }
    let mut hasher = Sha256::new();
    let mut left = size;
    loop {
        let count = source.read(buffer).map_err(|error| cannot_be_read(entry, &error))?;
        if count as u64 > left || (count == 0 && left > 0) {
            return Err(changed(entry));
        }
        if count == 0 {
            break;
        }
        left -= count as u64;
        hasher.update(&buffer[..count]);
        match packer {
            Packer::Tar(to) => to.write_all(&buffer[..count])?,
            Packer::Zip(to) => to.write(&buffer[..count])?,
        }
        *done += count as u64;
        if !progress(*done) {
            return Err(cancelled());
        }
    }
    drop(source);
    // A file that somebody writes to meanwhile would be packed half old and half new.
    if let Some((file, before)) = file
        && stamp(&file)? != before
    {
        return Err(changed(entry));
    }
    match packer {
        Packer::Tar(to) => pad(to, size)?,
        Packer::Zip(to) => to.end()?,
    }
    Ok(Listed {
        path: entry.path.clone(),
        mode,
        size,
        sha256: hex::encode(hasher.finalize()),
        role: entry.role.clone(),
        source_commit: entry.source_commit.clone(),
    })
}

/// What a build that was told to stop ends with.
pub fn cancelled() -> Error {
    Error::conflict("The build was cancelled; nothing was kept.").at("cancelled")
}

fn changed(entry: &Entry) -> Error {
    Error::conflict(format!("{} changed while it was being packed.", entry.path))
        .hint("Build it again.")
}

fn cannot_be_read(entry: &Entry, error: &io::Error) -> Error {
    let name = match &entry.source {
        Source::File(path) => path.display().to_string(),
        _ => entry.path.clone(),
    };
    Error::field("from", format!("{name} cannot be read: {error}."))
}

type Stamp = (u64, std::time::SystemTime);

fn stamp(file: &File) -> Result<Stamp> {
    let about = file.metadata()?;
    Ok((about.len(), about.modified()?))
}

type Opened<'a> = (Box<dyn Read + 'a>, u64, Option<(File, Stamp)>);

fn open<'a>(entry: &'a Entry, blobs: &'a mut dyn Blobs) -> Result<Opened<'a>> {
    Ok(match &entry.source {
        Source::Bytes(bytes) => (Box::new(bytes.as_slice()), bytes.len() as u64, None),
        Source::Blob(name) => {
            let (source, size) = blobs.open(name)?;
            (source, size, None)
        }
        Source::File(path) => {
            let told = |error: io::Error| cannot_be_read(entry, &error);
            let file = File::open(path).map_err(told)?;
            let before = stamp(&file)?;
            let again = file.try_clone().map_err(told)?;
            (Box::new(file), before.0, Some((again, before)))
        }
    })
}

fn hash(mut source: impl Read, buffer: &mut [u8]) -> Result<(String, u64)> {
    let (mut hasher, mut size) = (Sha256::new(), 0);
    loop {
        let count = source.read(buffer)?;
        if count == 0 {
            return Ok((hex::encode(hasher.finalize()), size));
        }
        hasher.update(&buffer[..count]);
        size += count as u64;
    }
}

/// A plain (ustar) header: the same for the same file, whatever its owner and times are.
pub(super) fn header(to: &mut impl Write, path: &str, mode: u32, size: u64) -> Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_path(path)?;
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(to.write_all(header.as_bytes())?)
}

/// Entries begin at multiples of 512 bytes.
fn pad(to: &mut impl Write, size: u64) -> Result<()> {
    let over = (size % 512) as usize;
    Ok(to.write_all(&[0; 512][..(512 - over) % 512])?)
}
