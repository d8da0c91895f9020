//! Blobs: attachments, packages and evidence, addressed by their SHA-256.
//!
//! Bytes are written in chunks of at most 4 MiB, each in a short transaction, and published last:
//! an interrupted upload leaves nothing that can be read.

use super::{Store, process};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::Digest,
};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use uuid::Uuid;

const CHUNK: usize = 4 << 20;
/// Settings of this name and an upload's id hold who is at it, until it is published.
const UPLOAD: &str = "upload/";

impl Store {
    /// Stores everything that `source` gives and returns its hash and size.
    pub fn put_blob(&self, mut source: impl Read) -> Result<(Digest, u64)> {
        let upload = Uuid::now_v7();
        let stored = self.put_chunks(&mut source, &upload);
        // Best effort: what stays behind without a blob is swept later.
        if stored.is_err()
            && let Err(error) = self.drop_chunks(&upload)
        {
            tracing::warn!(%error, "chunks of an interrupted upload stay until they are swept");
        }
        stored
    }

    fn put_chunks(&self, source: &mut impl Read, upload: &Uuid) -> Result<(Digest, u64)> {
        let mut hasher = Sha256::new();
        let (mut size, mut part) = (0_u64, 0_i64);
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            source.by_ref().take(CHUNK as u64).read_to_end(&mut buffer)?;
            if buffer.is_empty() {
                break;
            }
            hasher.update(&buffer);
            size += buffer.len() as u64;
            self.write(|tx| {
                if part == 0 {
                    tx.prepare_cached("INSERT INTO setting VALUES (?1, ?2)")?
                        .execute(params![format!("{UPLOAD}{upload}"), process::mark()])?;
                }
                tx.prepare_cached("INSERT INTO blob_chunk VALUES (?1, ?2, ?3)")?
                    .execute(params![upload.as_bytes(), part, buffer])?;
                Ok(())
            })?;
            part += 1;
        }
        let hash: [u8; 32] = hasher.finalize().into();
        let fresh = self.write(|tx| {
            let kept: i64 = tx.query_row(
                "SELECT count(*) FROM blob_chunk WHERE upload = ?1",
                [upload.as_bytes()],
                |row| row.get(0),
            )?;
            if kept != part {
                return Err(Error::conflict("The upload took too long and was swept away.")
                    .hint("Try again."));
            }
            let inserted = tx.execute(
                "INSERT INTO blob (hash, size, upload) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING",
                params![hash, size.cast_signed(), upload.as_bytes()],
            )?;
            if inserted == 1 {
                tx.execute("DELETE FROM setting WHERE name = ?1", [format!("{UPLOAD}{upload}")])?;
            }
            Ok(inserted == 1)
        })?;
        if !fresh {
            self.drop_chunks(upload)?;
        }
        Ok((Digest(hex::encode(hash)), size))
    }

    /// A few chunks a transaction, so that nobody waits long.
    fn drop_chunks(&self, upload: &Uuid) -> Result<()> {
        let sql = "DELETE FROM blob_chunk WHERE rowid IN
            (SELECT rowid FROM blob_chunk WHERE upload = ?1 LIMIT 4)";
        while self.write(|tx| Ok(tx.execute(sql, [upload.as_bytes()])?))? > 0 {}
        self.drop_setting(&format!("{UPLOAD}{upload}"))
    }

    /// Takes away chunks of uploads that never became a blob, where the process that was at it has
    /// ended or (if that cannot be told) it began before `before`; gives how many uploads there were.
    pub fn sweep_uploads(&self, before: Instant) -> Result<usize> {
        let stray: Vec<Vec<u8>> = self
            .read()?
            .prepare(
                "SELECT DISTINCT upload FROM blob_chunk
                 WHERE NOT EXISTS (SELECT 1 FROM blob WHERE blob.upload = blob_chunk.upload)",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut swept = 0;
        for upload in stray.iter().filter_map(|bytes| Uuid::from_slice(bytes).ok()) {
            // An upload's id is a UUIDv7: it carries when the upload began.
            let began = upload.get_timestamp().map_or(0, |at| at.to_unix().0);
            let late = began.saturating_mul(1_000_000).cast_signed() < before.micros();
            let mark = self.setting(&format!("{UPLOAD}{upload}"))?;
            if late || mark.is_some_and(|mark| process::is_dead(&mark)) {
                self.drop_chunks(&upload)?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// The size of a stored blob.
    pub fn blob_size(&self, hash: &Digest) -> Result<Option<u64>> {
        Ok(self.find_blob(hash)?.map(|(_, size)| size))
    }

    fn find_blob(&self, hash: &Digest) -> Result<Option<(Uuid, u64)>> {
        let key = hex::decode(&hash.0).unwrap_or_default();
        let found: Option<(Vec<u8>, i64)> = self
            .read()?
            .prepare_cached("SELECT upload, size FROM blob WHERE hash = ?1")?
            .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((upload, size)) = found else { return Ok(None) };
        let upload = Uuid::from_slice(&upload)
            .map_err(|_| Error::damaged("A stored file's id is damaged."))?;
        Ok(Some((upload, size.unsigned_abs())))
    }

    /// Streams a blob's bytes. The last read fails if they are not what the hash says.
    pub fn blob(&self, hash: &Digest) -> Result<BlobReader<'_>> {
        let Some((upload, _)) = self.find_blob(hash)? else {
            return Err(Error::damaged(format!(
                "The bytes {} are not in the workspace.",
                hash.short()
            ))
            .hint("They may have been erased."));
        };
        let expected = hash.0.to_ascii_lowercase();
        let hasher = Some(Sha256::new());
        Ok(BlobReader { store: self, upload, expected, hasher, part: 0, chunk: Vec::new(), at: 0 })
    }

    /// Removes a blob's bytes for good.
    pub fn erase_blob(&self, hash: &Digest) -> Result<()> {
        let key = hex::decode(&hash.0).unwrap_or_default();
        let upload: Option<Vec<u8>> = self.write(|tx| {
            let mut delete = tx.prepare("DELETE FROM blob WHERE hash = ?1 RETURNING upload")?;
            Ok(delete.query_row([key], |row| row.get(0)).optional()?)
        })?;
        if let Some(upload) = upload.and_then(|bytes| Uuid::from_slice(&bytes).ok()) {
            self.drop_chunks(&upload)?;
            self.settle()?;
        }
        Ok(())
    }
}

/// Removes a blob's bytes within a transaction.
pub fn erase(tx: &rusqlite::Connection, hash: &[u8; 32]) -> Result<()> {
    let chunks = "DELETE FROM blob_chunk WHERE upload IN (SELECT upload FROM blob WHERE hash = ?1)";
    tx.execute(chunks, [hash])?;
    tx.execute("DELETE FROM blob WHERE hash = ?1", [hash])?;
    Ok(())
}

/// Reads a blob a chunk at a time, whatever its size.
pub struct BlobReader<'a> {
    store: &'a Store,
    upload: Uuid,
    expected: String,
    /// None once the end was reached.
    hasher: Option<Sha256>,
    part: i64,
    chunk: Vec<u8>,
    at: usize,
}

impl BlobReader<'_> {
    fn next_chunk(&self) -> Result<Option<Vec<u8>>> {
        let reader = self.store.read()?;
        let mut query = reader
            .prepare_cached("SELECT bytes FROM blob_chunk WHERE upload = ?1 AND part = ?2")?;
        let key = params![self.upload.as_bytes(), self.part];
        Ok(query.query_row(key, |row| row.get(0)).optional()?)
    }
}

impl Read for BlobReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            let Some(mut hasher) = self.hasher.take() else { return Ok(0) };
            self.chunk = self.next_chunk().map_err(io::Error::other)?.unwrap_or_default();
            self.at = 0;
            if self.chunk.is_empty() {
                if hex::encode(hasher.finalize()) == self.expected {
                    return Ok(0);
                }
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the stored bytes are damaged, or were erased while being read",
                ));
            }
            hasher.update(&self.chunk);
            self.hasher = Some(hasher);
            self.part += 1;
        }
        let count = buffer.len().min(self.chunk.len() - self.at);
        buffer[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::create(&folder.path().join("a.hotfix"), Instant::from_micros(1)).unwrap();
        (folder, store)
    }

    #[test]
    fn nine_mebibytes_come_back_as_they_went_in_and_are_kept_once() {
        let (_folder, store) = store();
        let bytes: Vec<u8> = (0..9 << 20).map(|index| (index % 251) as u8).collect();
        let (hash, size) = store.put_blob(bytes.as_slice()).unwrap();
        assert_eq!(size, bytes.len() as u64);
        assert_eq!(store.put_blob(bytes.as_slice()).unwrap().0, hash);
        let mut back = Vec::new();
        store.blob(&hash).unwrap().read_to_end(&mut back).unwrap();
        assert!(back == bytes);
        let chunks: i64 = store
            .read()
            .unwrap()
            .query_row("SELECT count(*) FROM blob_chunk", [], |row| row.get(0))
            .unwrap();
        assert_eq!(chunks, 3);
    }

    #[test]
    fn an_interrupted_upload_leaves_nothing() {
        struct Breaks(usize);
        impl Read for Breaks {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0 == 0 {
                    return Err(io::Error::other("the cable was pulled"));
                }
                let count = self.0.min(buffer.len());
                self.0 -= count;
                Ok(count)
            }
        }
        let (_folder, store) = store();
        assert!(store.put_blob(Breaks(5 << 20)).is_err());
        let chunks: i64 = store
            .read()
            .unwrap()
            .query_row("SELECT count(*) FROM blob_chunk", [], |row| row.get(0))
            .unwrap();
        assert_eq!(chunks, 0);
    }

    #[test]
    fn an_erased_blob_is_gone() {
        let (_folder, store) = store();
        let (hash, _) = store.put_blob(&b"secret"[..]).unwrap();
        store.erase_blob(&hash).unwrap();
        assert!(store.blob(&hash).is_err());
    }

    #[test]
    fn damaged_bytes_are_never_handed_out_as_whole() {
        let (_folder, store) = store();
        let (hash, _) = store.put_blob(&b"a package"[..]).unwrap();
        store
            .write(|tx| {
                Ok(tx.execute("UPDATE blob_chunk SET bytes = CAST('b package' AS BLOB)", [])?)
            })
            .unwrap();
        let error = store.blob(&hash).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn what_a_crash_left_of_an_upload_is_swept_and_blobs_stay() {
        let (_folder, store) = store();
        let (hash, _) = store.put_blob(&b"kept"[..]).unwrap();
        let stray = Uuid::now_v7();
        store
            .write(|tx| {
                Ok(tx.execute("INSERT INTO blob_chunk VALUES (?1, 0, x'00')", [stray.as_bytes()])?)
            })
            .unwrap();
        assert_eq!(store.sweep_uploads(Instant::from_micros(1)).unwrap(), 0);
        assert_eq!(store.sweep_uploads(Instant::from_micros(i64::MAX)).unwrap(), 1);
        assert_eq!(store.blob_size(&hash).unwrap(), Some(4));
        let chunks: i64 = store
            .read()
            .unwrap()
            .query_row("SELECT count(*) FROM blob_chunk", [], |row| row.get(0))
            .unwrap();
        assert_eq!(chunks, 1);
    }
}
