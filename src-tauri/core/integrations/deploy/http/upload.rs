//! The package as the body of a request: read on a blocking thread, hashed on its way out.

use crate::integrations::deploy::Package;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use tokio::sync::mpsc;

const CHUNK: usize = 64 * 1024;

/// The last chunk is held back until the hash of everything is known to be right, so that other
/// bytes than the approved ones never arrive as a whole.
pub(super) fn body(package: &Package) -> reqwest::Body {
    let (sender, receiver) = mpsc::channel(2);
    let package = package.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(error) = pump(&package, &sender) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    reqwest::Body::wrap_stream(futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|item| (item, receiver))
    }))
}

fn pump(package: &Package, sender: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let mut reader = package.open()?;
    let mut hasher = Sha256::new();
    let mut held: Option<Bytes> = None;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        reader.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        hasher.update(&chunk);
        // A closed channel means that the request has ended; there is nobody left to tell.
        if let Some(ready) = held.replace(chunk.into())
            && sender.blocking_send(Ok(ready)).is_err()
        {
            return Ok(());
        }
    }
    if hex::encode(hasher.finalize()) != package.sha256 {
        return Err(io::Error::other("the package is not the one that was approved"));
    }
    if let Some(last) = held {
        let _ = sender.blocking_send(Ok(last));
    }
    Ok(())
}
