//! A package as `.zip` (APPNOTE 6.3.10), written and read in one way alone.
//!
//! Times are those of 1980, names UTF-8, entries deflated at one level and in the order of their
//! paths, with zip64 where a size, a place or a count wants it. The reader goes from the first byte
//! to the last: it makes each header and the directory at the end anew from what it has seen and
//! compares the bytes. So there is nothing that two readers could understand differently: no gaps, no
//! second directory, no name that differs between the two, no data descriptor, no encryption, no
//! link. Deliberately absent: zips that were not written this way.

use super::{
    Checklist, Each, MANIFEST, MOST_MANIFEST, Manifest, broken_off, damaged, no_manifest, parse,
    shown, through,
};
use crate::error::Result;
use miniz_oxide::{
    DataFormat, MZFlush, MZStatus,
    deflate::{
        core::{CompressionStrategy, CompressorOxide},
        stream::deflate,
    },
    inflate::stream::{InflateState, inflate},
};
use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write as _},
};

/// The deflater's level, which decides the bytes.
const LEVEL: u8 = 6;
const FULL: u32 = u32::MAX;
/// From this size on an entry's sizes are written with 64 bits; what deflate may add fits below.
const LARGE: u64 = FULL as u64 - (16 << 20);
/// UTF-8 names, and nothing else.
const FLAGS: u16 = 1 << 11;
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LONGEST_NAME: usize = 300;
const DEFLATED: u16 = 8;

/// One entry and where it lies.
struct Placed {
    path: String,
    mode: u32,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    at: u64,
}

/// Little-endian fields one after the other.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn two(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn four(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn eight(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn bytes(mut self, value: &[u8]) -> Self {
        self.0.extend(value);
        self
    }
}

impl Placed {
    fn is_large(&self) -> bool {
        self.size >= LARGE
    }

    /// Version, flags, method, time, date, checksum, sizes, name's length.
    fn common(&self, fields: Fields, large: bool) -> Fields {
        let (packed, size) = match self.is_large() {
            true => (FULL, FULL),
            // Below LARGE both fit.
            false => (self.packed as u32, self.size as u32),
        };
        fields
            .two(if large { 45 } else { 20 })
            .two(FLAGS)
            .two(self.method)
            .two(0)
            .two(0x21)
            .four(self.crc)
            .four(packed)
            .four(size)
            .two(self.path.len() as u16)
    }

    fn local(&self) -> Vec<u8> {
        let fields = self.common(Fields::default().four(LOCAL), self.is_large());
        match self.is_large() {
            false => fields.two(0).bytes(self.path.as_bytes()),
            true => fields
                .two(20)
                .bytes(self.path.as_bytes())
                .two(1)
                .two(16)
                .eight(self.size)
                .eight(self.packed),
        }
        .0
    }

    fn central(&self) -> Vec<u8> {
        let far = self.at >= u64::from(FULL);
        let mut extra = Fields::default();
        if self.is_large() {
            extra = extra.eight(self.size).eight(self.packed);
        }
        if far {
            extra = extra.eight(self.at);
        }
        let extra = match extra.0.len() {
            0 => Vec::new(),
            length => Fields::default().two(1).two(length as u16).bytes(&extra.0).0,
        };
        // Made by version 3.0 on Unix: so the mode is in the upper half of the attributes.
        let fields = Fields::default().four(CENTRAL).two((3 << 8) | 30);
        self.common(fields, !extra.is_empty())
            .two(extra.len() as u16)
            .two(0)
            .two(0)
            .two(0)
            .four((0o100_000 | self.mode) << 16)
            .four(if far { FULL } else { self.at as u32 })
            .bytes(self.path.as_bytes())
            .bytes(&extra)
            .0
    }
}

/// What follows the directory: how many entries, how long it is and where it begins.
fn end(count: u64, length: u64, at: u64) -> Vec<u8> {
    let large = count >= 0xffff || length >= u64::from(FULL) || at >= u64::from(FULL);
    let mut fields = Fields::default();
    if large {
        fields = fields
            .four(0x0606_4b50)
            .eight(44)
            .two((3 << 8) | 45)
            .two(45)
            .four(0)
            .four(0)
            .eight(count)
            .eight(count)
            .eight(length)
            .eight(at)
            .four(0x0706_4b50)
            .four(0)
            .eight(at + length)
            .four(1);
    }
    let short = if large { 0xffff } else { count as u16 };
    fields
        .four(0x0605_4b50)
        .two(0)
        .two(0)
        .two(short)
        .two(short)
        .four(if large { FULL } else { length as u32 })
        .four(if large { FULL } else { at as u32 })
        .two(0)
        .0
}

/// Packs into a file, one entry after the other, each in bounded memory.
pub struct Writer {
    file: BufWriter<File>,
    deflater: Box<CompressorOxide>,
    out: Vec<u8>,
    crc: crc32fast::Hasher,
    at: u64,
    placed: Vec<Placed>,
}

impl Writer {
    pub fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(256 << 10, file),
            deflater: deflater(),
            out: vec![0; 64 << 10],
            crc: crc32fast::Hasher::new(),
            at: 0,
            placed: Vec::new(),
        }
    }

    /// Begins an entry; as many bytes as `size` says are written to it then.
    pub fn begin(&mut self, path: &str, mode: u32, size: u64) -> Result<()> {
        self.deflater.reset();
        self.crc = crc32fast::Hasher::new();
        let placed = Placed {
            path: path.to_owned(),
            mode,
            method: DEFLATED,
            crc: 0,
            packed: 0,
            size,
            at: self.at,
        };
        // Its checksum and packed size are filled in at its end.
        self.file.write_all(&placed.local())?;
        self.placed.push(placed);
        Ok(())
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.crc.update(bytes);
        self.deflate(bytes, MZFlush::None)
    }

    fn deflate(&mut self, mut bytes: &[u8], flush: MZFlush) -> Result<()> {
        loop {
            let done = deflate(&mut self.deflater, bytes, &mut self.out, flush);
            bytes = &bytes[done.bytes_consumed..];
            self.file.write_all(&self.out[..done.bytes_written])?;
            if let Some(placed) = self.placed.last_mut() {
                placed.packed += done.bytes_written as u64;
            }
            match (done.status, flush) {
                (Ok(MZStatus::StreamEnd), _) => return Ok(()),
                (Ok(_), MZFlush::None) if bytes.is_empty() => return Ok(()),
                (Ok(_), _) => {}
                (Err(_), _) => return Err(crate::error::Error::internal("Deflating failed.")),
            }
        }
    }

    pub fn end(&mut self) -> Result<()> {
        self.deflate(&[], MZFlush::Finish)?;
        let crc = std::mem::take(&mut self.crc).finalize();
        let Some(placed) = self.placed.last_mut() else { return Ok(()) };
        placed.crc = crc;
        let header = placed.local();
        self.at = placed.at + header.len() as u64 + placed.packed;
        self.file.seek(SeekFrom::Start(placed.at))?;
        self.file.write_all(&header)?;
        self.file.seek(SeekFrom::Start(self.at))?;
        Ok(())
    }

    /// Writes the directory: the file is whole. For a zip that is no package, so needs no manifest first.
    pub fn close(self) -> Result<()> {
        let Self { mut file, placed, at, .. } = self;
        let directory: Vec<u8> = placed.iter().flat_map(Placed::central).collect();
        file.write_all(&directory)?;
        file.write_all(&end(placed.len() as u64, directory.len() as u64, at))?;
        file.flush()?;
        Ok(())
    }

    /// The manifest's entry, the file with all others, and the directory.
    pub(super) fn finish(self, manifest: &[u8]) -> Result<(Vec<u8>, File, Vec<u8>)> {
        let Self { file, placed: rest, at, .. } = self;
        let file = file.into_inner().map_err(|error| error.into_error())?;
        let mut packed: Vec<u8> = Vec::new();
        let (mut deflater, mut out, mut from) = (deflater(), vec![0; 64 << 10], manifest);
        loop {
            let done = deflate(&mut deflater, from, &mut out, MZFlush::Finish);
            from = &from[done.bytes_consumed..];
            packed.extend(&out[..done.bytes_written]);
            match done.status {
                Ok(MZStatus::StreamEnd) => break,
                Ok(_) => {}
                Err(_) => return Err(crate::error::Error::internal("Deflating failed.")),
            }
        }
        let first = Placed {
            path: MANIFEST.to_owned(),
            mode: 0o644,
            method: DEFLATED,
            crc: crc32fast::hash(manifest),
            packed: packed.len() as u64,
            size: manifest.len() as u64,
            at: 0,
        };
        let mut front = first.local();
        front.extend(packed);
        let before = front.len() as u64;
        let mut tail = first.central();
        let count = rest.len() as u64 + 1;
        for mut placed in rest {
            placed.at += before;
            tail.extend(placed.central());
        }
        let length = tail.len() as u64;
        tail.extend(end(count, length, before + at));
        Ok((front, file, tail))
    }
}

fn deflater() -> Box<CompressorOxide> {
    let strategy = CompressionStrategy::Default;
    Box::new(CompressorOxide::with_params(DataFormat::Raw, LEVEL, strategy, 15))
}

pub(super) fn read_manifest(bytes: impl Read) -> Result<Manifest> {
    let mut zip = Reader { from: BufReader::new(bytes), at: 0 };
    let signature = zip.signature()?;
    Ok(zip.manifest(signature)?.0)
}

/// Holds every entry against the manifest and hands its bytes to `each`.
pub(super) fn walk(bytes: impl Read, each: &mut Each) -> Result<Manifest> {
    let mut zip = Reader { from: BufReader::with_capacity(64 << 10, bytes), at: 0 };
    let signature = zip.signature()?;
    let (manifest, first) = zip.manifest(signature)?;
    let mut open = Checklist::new(&manifest)?;
    let mut placed = vec![first];
    let mut inflater = InflateState::new_boxed(DataFormat::Raw);
    loop {
        let signature = zip.signature()?;
        if signature != LOCAL {
            open.end()?;
            zip.directory(signature, &placed)?;
            return Ok(manifest);
        }
        let mut entry = zip.local(signature)?;
        let listed = open.take(&entry.path, entry.size)?;
        entry.mode = listed.mode;
        let mut content = Content::new(&mut zip, &entry, &mut inflater);
        through(listed, &mut content, each)?;
        content.ended()?;
        placed.push(entry);
    }
}

struct Reader<R> {
    from: BufReader<R>,
    at: u64,
}

impl<R: Read> Reader<R> {
    fn exactly(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.from.read_exact(&mut bytes).map_err(broken_off)?;
        self.at += length as u64;
        Ok(bytes)
    }

    fn signature(&mut self) -> Result<u32> {
        let bytes = self.exactly(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// An entry's header after its signature; which mode it has is not known there.
    fn local(&mut self, signature: u32) -> Result<Placed> {
        let at = self.at - 4;
        if signature != LOCAL {
            return Err(no_manifest());
        }
        let fixed = self.exactly(26)?;
        let two = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let four = |at: usize| {
            u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
        };
        let (flags, method) = (two(2), two(4));
        let (name, extra) = (usize::from(two(22)), usize::from(two(24)));
        if name > LONGEST_NAME || !matches!(extra, 0 | 20) {
            return Err(another_way());
        }
        let name = self.exactly(name)?;
        let path = String::from_utf8_lossy(&name).into_owned();
        if flags & 1 != 0 {
            return Err(damaged(format!("{} is encrypted.", shown(&path))));
        }
        if flags & 8 != 0 {
            let path = shown(&path);
            return Err(damaged(format!("{path} says its size only after its data.")));
        }
        let extra = self.exactly(extra)?;
        let eight = |at: usize| {
            let bytes = extra.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0, u64::from_le_bytes)
        };
        let (packed, size) = match extra.is_empty() {
            true => (u64::from(four(14)), u64::from(four(18))),
            false => (eight(12), eight(4)),
        };
        let entry = Placed { path, mode: 0o644, method, crc: four(10), packed, size, at };
        let mut seen = LOCAL.to_le_bytes().to_vec();
        seen.extend(fixed);
        seen.extend(name);
        seen.extend(extra);
        if entry.local() != seen || !matches!(method, 0 | DEFLATED) {
            return Err(another_way());
        }
        Ok(entry)
    }

    fn manifest(&mut self, signature: u32) -> Result<(Manifest, Placed)> {
        let entry = self.local(signature)?;
        if entry.path != MANIFEST || entry.size > MOST_MANIFEST {
            return Err(no_manifest());
        }
        let mut inflater = InflateState::new_boxed(DataFormat::Raw);
        let mut content = Content::new(self, &entry, &mut inflater);
        let mut text = Vec::new();
        content.read_to_end(&mut text).map_err(broken_off)?;
        content.ended()?;
        Ok((parse(text.as_slice())?, entry))
    }

    /// The directory must be the one that these entries have, and the last thing.
    fn directory(&mut self, signature: u32, placed: &[Placed]) -> Result<()> {
        let begin = self.at - 4;
        let mut read = signature.to_le_bytes().to_vec();
        for entry in placed {
            let wanted = entry.central();
            read.extend(self.exactly(wanted.len() - read.len())?);
            if read != wanted {
                return Err(differs(entry, &read, &wanted));
            }
            read.clear();
        }
        let wanted = end(placed.len() as u64, self.at - begin, begin);
        if self.exactly(wanted.len())? != wanted {
            return Err(damaged("The directory at the end of the zip does not match its entries."));
        }
        if !self.from.fill_buf().map_err(broken_off)?.is_empty() {
            return Err(damaged("Something follows the end of the package."));
        }
        Ok(())
    }
}

fn another_way() -> crate::error::Error {
    damaged("The zip was not written the way packages are.")
}

/// Why a line of the directory is not the one that belongs to its entry.
fn differs(entry: &Placed, read: &[u8], wanted: &[u8]) -> crate::error::Error {
    let path = &entry.path;
    let same_but_mode = read[..38] == wanted[..38] && read[42..] == wanted[42..];
    if same_but_mode {
        let kind = u16::from_le_bytes([read[40], read[41]]) & 0o170_000;
        return match kind {
            0o100_000 => damaged(format!("{path} has another mode than the manifest says.")),
            _ => damaged(format!("{path} is not a plain file.")),
        };
    }
    damaged("The directory at the end of the zip does not match its entries.")
}

/// An entry's bytes, unpacked.
struct Content<'a, R> {
    zip: &'a mut Reader<R>,
    entry: &'a Placed,
    inflater: &'a mut InflateState,
    /// Packed bytes that were not read yet.
    left: u64,
    given: u64,
    crc: crc32fast::Hasher,
    over: bool,
}

impl<'a, R: Read> Content<'a, R> {
    fn new(zip: &'a mut Reader<R>, entry: &'a Placed, inflater: &'a mut InflateState) -> Self {
        inflater.reset(DataFormat::Raw);
        let crc = crc32fast::Hasher::new();
        Self { zip, entry, inflater, left: entry.packed, given: 0, crc, over: false }
    }

    fn ended(&self) -> Result<()> {
        if self.over { Ok(()) } else { Err(damaged("An entry was not read to its end.")) }
    }

    fn wrong(&self, what: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("{} {what}", shown(&self.entry.path)))
    }

    /// At most `buffer` bytes more, or the end.
    fn unpack(&mut self, buffer: &mut [u8]) -> io::Result<(usize, bool)> {
        loop {
            let most = usize::try_from(self.left).unwrap_or(usize::MAX);
            let input = self.zip.from.fill_buf()?;
            if input.is_empty() && self.left > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let input = &input[..input.len().min(most)];
            let (consumed, written, over) = if self.entry.method == DEFLATED {
                let done = inflate(self.inflater, input, buffer, MZFlush::None);
                let over = done.status == Ok(MZStatus::StreamEnd);
                let stuck = done.bytes_consumed == 0 && done.bytes_written == 0 && !over;
                let broken = done.status.is_err_and(|error| error != miniz_oxide::MZError::Buf);
                if broken || stuck {
                    return Err(self.wrong("is not packed right"));
                }
                (done.bytes_consumed, done.bytes_written, over)
            } else {
                let count = input.len().min(buffer.len());
                buffer[..count].copy_from_slice(&input[..count]);
                (count, count, count as u64 == self.left)
            };
            self.zip.from.consume(consumed);
            self.zip.at += consumed as u64;
            self.left -= consumed as u64;
            if over && self.left > 0 {
                return Err(self.wrong("has packed bytes that belong to nothing"));
            }
            if over || written > 0 {
                return Ok((written, over));
            }
        }
    }
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.over || buffer.is_empty() {
            return Ok(0);
        }
        let (count, over) = self.unpack(buffer)?;
        self.given += count as u64;
        self.crc.update(&buffer[..count]);
        if self.given > self.entry.size {
            return Err(self.wrong("is larger than it says"));
        }
        if over {
            self.over = true;
            if self.given < self.entry.size {
                return Err(self.wrong("is smaller than it says"));
            }
            if self.crc.clone().finalize() != self.entry.crc {
                return Err(self.wrong("has another checksum than it says"));
            }
        }
        Ok(count)
    }
}
