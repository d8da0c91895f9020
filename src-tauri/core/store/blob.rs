//! Blobs: attachments, packages and evidence, addressed by their SHA-256.
//!
//! Bytes are written in chunks of at most 4 MiB, each in a short transaction, and published last:
//! an interrupted upload leaves nothing that can be read.

use super::Store;
use crate::{
    error::{Error, Result},
    event::words::Digest,
};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};
use uuid::Uuid;

const CHUNK: usize = 4 << 20;

impl Store {
    /// Stores everything that `source` gives and returns its hash and size.
    pub fn put_blob(&self, mut source: impl Read) -> Result<(Digest, u64)> {
        let upload = Uuid::now_v7().to_string();
        let stored = self.put_chunks(&mut source, &upload);
        if stored.is_err() {
            // Best effort: chunks without a blob are also swept when the file is opened.
            if let Err(error) = self.drop_chunks(&upload) {
                tracing::warn!(%error, "chunks of an interrupted upload stay until the next start");
            }
        }
        stored
    }

    fn put_chunks(&self, source: &mut impl Read, upload: &str) -> Result<(Digest, u64)> {
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
                tx.prepare_cached("INSERT INTO blob_chunk VALUES (?1, ?2, ?3)")?
                    .execute(params![upload, part, buffer])?;
                Ok(())
            })?;
            part += 1;
        }
        let hash = hasher.finalize();
        self.write(|tx| {
            let known: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM blob WHERE hash = ?1)",
                [hash.as_slice()],
                |row| row.get(0),
            )?;
            if known {
                tx.execute("DELETE FROM blob_chunk WHERE upload = ?1", [upload])?;
            } else {
                tx.execute(
                    "UPDATE blob_chunk SET upload = ?2 WHERE upload = ?1",
                    params![upload, hex::encode(hash)],
                )?;
                tx.execute(
                    "INSERT INTO blob VALUES (?1, ?2)",
                    params![hash.as_slice(), size as i64],
                )?;
            }
            Ok(())
        })?;
        Ok((Digest(hex::encode(hash)), size))
    }

    fn drop_chunks(&self, upload: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute("DELETE FROM blob_chunk WHERE upload = ?1", [upload])?;
            Ok(())
        })
    }

    /// The size of a stored blob.
    pub fn blob_size(&self, hash: &Digest) -> Result<Option<u64>> {
        let bytes = hex::decode(&hash.0).unwrap_or_default();
        let size: Option<i64> = self
            .read()?
            .query_row("SELECT size FROM blob WHERE hash = ?1", [bytes], |row| row.get(0))
            .optional()?;
        Ok(size.map(i64::unsigned_abs))
    }

    /// Streams a blob's bytes.
    pub fn blob(&self, hash: &Digest) -> Result<BlobReader<'_>> {
        if self.blob_size(hash)?.is_none() {
            return Err(Error::damaged(format!(
                "The bytes {} are not in the workspace.",
                hash.short()
            ))
            .hint("They may have been erased."));
        }
        Ok(BlobReader { store: self, upload: hash.0.clone(), part: 0, chunk: Vec::new(), at: 0 })
    }

    /// Removes a blob's bytes for good.
    pub fn erase_blob(&self, hash: &Digest) -> Result<()> {
        let bytes = hex::decode(&hash.0).unwrap_or_default();
        self.write(|tx| {
            tx.execute("DELETE FROM blob WHERE hash = ?1", [bytes])?;
            tx.execute("DELETE FROM blob_chunk WHERE upload = ?1", [&hash.0])?;
            Ok(())
        })
    }
}

/// Reads a blob a chunk at a time, whatever its size.
pub struct BlobReader<'a> {
    store: &'a Store,
    upload: String,
    part: i64,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for BlobReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            let chunk: Option<Vec<u8>> = self
                .store
                .read()
                .and_then(|reader| {
                    Ok(reader
                        .prepare_cached(
                            "SELECT bytes FROM blob_chunk WHERE upload = ?1 AND part = ?2",
                        )?
                        .query_row(params![self.upload, self.part], |row| row.get(0))
                        .optional()?)
                })
                .map_err(io::Error::other)?;
            let Some(chunk) = chunk else { return Ok(0) };
            self.chunk = chunk;
            self.at = 0;
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
    use crate::clock::Instant;

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
}
