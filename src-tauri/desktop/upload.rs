//! Files that are dropped or pasted into the window, part by part: none is ever whole in memory, and one
//! that breaks off leaves nothing behind. Absent: what is in them.

use crate::{blob::blocking, workspace::Shell};
use hotfix_core::{
    desk::Desk,
    error::{Error, Result},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Read},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};
use tauri::{State, ipc::InvokeBody};

/// What one file may have.
pub const LARGEST: u64 = 100 << 20;
/// What one part may have.
const LARGEST_PART: usize = 4 << 20;
/// How many files come in at the same time.
const MOST: usize = 8;
/// How long the window may say nothing before a file counts as broken off.
const SILENCE: Duration = Duration::from_secs(60);

/// The files that are on their way.
#[derive(Clone, Default)]
pub struct Uploads(Arc<Mutex<Running>>);

#[derive(Default)]
struct Running {
    last: u32,
    by_id: BTreeMap<u32, Upload>,
}

struct Upload {
    parts: SyncSender<Part>,
    size: u64,
    stored: JoinHandle<Result<Value>>,
}

enum Part {
    Bytes(Vec<u8>),
    End,
}

impl Uploads {
    fn lock(&self) -> std::sync::MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, desk: Desk) -> Result<u32> {
        let (parts, coming) = sync_channel(2);
        let mut running = self.lock();
        running.by_id.retain(|_, upload| !upload.stored.is_finished());
        if running.by_id.len() >= MOST {
            return Err(Error::denied("Many files are on their way already.")
                .hint("Wait until they have arrived."));
        }
        let stored = std::thread::Builder::new()
            .name("upload".into())
            .spawn(move || {
                let (hash, size) = desk.put_blob(Parts::of(coming))?;
                Ok(json!({ "hash": hash, "size": size }))
            })
            .map_err(|error| Error::internal(format!("The upload cannot begin: {error}.")))?;
        running.last += 1;
        let id = running.last;
        running.by_id.insert(id, Upload { parts, size: 0, stored });
        Ok(id)
    }

    /// Blocks while the part before is being written.
    fn part(&self, id: u32, bytes: Vec<u8>) -> Result<()> {
        let parts = {
            let mut running = self.lock();
            let upload = running.by_id.get_mut(&id).ok_or_else(gone)?;
            upload.size += bytes.len() as u64;
            if upload.size > LARGEST {
                running.by_id.remove(&id);
                return Err(too_large());
            }
            upload.parts.clone()
        };
        if bytes.len() > LARGEST_PART {
            return Err(Error::invalid("A part of a file has at most 4 MiB."));
        }
        parts.send(Part::Bytes(bytes)).map_err(|_| gone())
    }

    /// Blocks until all of it is stored.
    fn end(&self, id: u32) -> Result<Value> {
        let upload = self.lock().by_id.remove(&id).ok_or_else(gone)?;
        // If nobody listens any more, how it ended says why.
        let _ended = upload.parts.send(Part::End);
        drop(upload.parts);
        upload.stored.join().map_err(|_| Error::internal("The upload broke off."))?
    }
}

fn gone() -> Error {
    Error::conflict("The file is no longer on its way.").hint("Add it again.")
}

fn too_large() -> Error {
    Error::invalid("A file may have at most 100 MiB.")
        .hint("Put it where others reach it, and say in the report where that is.")
}

/// The parts as one stream. Without an end it fails, so that nothing half is kept.
struct Parts {
    coming: Receiver<Part>,
    part: Vec<u8>,
    at: usize,
    /// The end was said: whoever reads on hears it again.
    over: bool,
}

impl Parts {
    fn of(coming: Receiver<Part>) -> Self {
        Self { coming, part: Vec::new(), at: 0, over: false }
    }
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.part.len() {
            if self.over {
                return Ok(0);
            }
            match self.coming.recv_timeout(SILENCE) {
                Ok(Part::Bytes(bytes)) => (self.part, self.at) = (bytes, 0),
                Ok(Part::End) => self.over = true,
                Err(_) => {
                    let why = "the window stopped in the middle of the file";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
                }
            }
        }
        let count = into.len().min(self.part.len() - self.at);
        into[..count].copy_from_slice(&self.part[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Begins to take a file in: answers the number that its parts carry.
#[tauri::command]
pub async fn blob_begin(
    shell: State<'_, Shell>,
    uploads: State<'_, Uploads>,
    size: u64,
) -> Result<u32> {
    if size > LARGEST {
        return Err(too_large());
    }
    uploads.begin(shell.desk()?)
}

/// Takes one part, as bytes: `invoke("blob_part", bytes, { headers: { upload } })`.
#[tauri::command]
pub async fn blob_part(
    uploads: State<'_, Uploads>,
    request: tauri::ipc::Request<'_>,
) -> Result<()> {
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err(Error::invalid("An attachment travels as bytes, not as JSON."));
    };
    let id = request
        .headers()
        .get("upload")
        .and_then(|id| id.to_str().ok()?.parse().ok())
        .ok_or_else(gone)?;
    let bytes = bytes.clone();
    let uploads = uploads.inner().clone();
    blocking(move || uploads.part(id, bytes)).await
}

/// The file is whole: answers {hash, size}.
#[tauri::command]
pub async fn blob_end(uploads: State<'_, Uploads>, upload: u32) -> Result<Value> {
    let uploads = uploads.inner().clone();
    blocking(move || uploads.end(upload)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use hotfix_core::desk::Options;

    fn desk() -> (tempfile::TempDir, Desk) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.hotfix");
        let desk = Desk::create(&path, "Test", Options::default()).unwrap();
        (folder, desk)
    }

    #[test]
    fn a_file_in_parts_is_stored_as_what_it_is() {
        let (_folder, desk) = desk();
        let uploads = Uploads::default();
        let id = uploads.begin(desk.clone()).unwrap();
        for part in [vec![7; LARGEST_PART], Vec::new(), vec![8; 10]] {
            uploads.part(id, part).unwrap();
        }
        let stored = uploads.end(id).unwrap();
        assert_eq!(stored["size"], LARGEST_PART as u64 + 10);
        let bytes = desk.blob_bytes(stored["hash"].as_str().unwrap()).unwrap();
        assert!(bytes[..LARGEST_PART].iter().all(|b| *b == 7) && bytes.ends_with(&[8; 10]));
    }

    #[test]
    fn what_breaks_off_or_is_too_large_is_not_kept() {
        let (_folder, desk) = desk();
        let uploads = Uploads::default();
        let id = uploads.begin(desk.clone()).unwrap();
        uploads.part(id, vec![1; 100]).unwrap();
        // As when the window is closed: nobody will say that this was all.
        let upload = uploads.lock().by_id.remove(&id).unwrap();
        drop(upload.parts);
        assert!(upload.stored.join().unwrap().is_err());
        let id = uploads.begin(desk).unwrap();
        for _ in 0..LARGEST / LARGEST_PART as u64 {
            uploads.part(id, vec![1; LARGEST_PART]).unwrap();
        }
        assert!(uploads.part(id, vec![1]).unwrap_err().message.contains("100 MiB"));
        assert!(uploads.end(id).is_err());
    }

    #[test]
    fn only_so_many_come_in_at_once() {
        let (_folder, desk) = desk();
        let uploads = Uploads::default();
        let ids: Vec<u32> = (0..MOST).map(|_| uploads.begin(desk.clone()).unwrap()).collect();
        assert!(uploads.begin(desk.clone()).is_err());
        uploads.end(ids[0]).unwrap();
        uploads.begin(desk).unwrap();
    }
}
