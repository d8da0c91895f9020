//! The journal: every decision and fact, in order, for good. The single source of truth and the
//! audit log.
//!
//! What it promises: a command's records are kept all or not at all, in one order that everybody
//! sees, chained by hash ([`record`]); they are kept only if nothing the decision looked at has
//! moved since; the same command sent twice is kept once and answered twice.
//!
//! Deliberately absent: deleting, editing, and knowing what a record means. A private part can be
//! erased ([`Append::erase`]), which leaves the chain intact.

pub mod export;
pub mod record;
pub mod sqlite;
mod verify;

use crate::{
    clock::Instant,
    error::{Error, Result},
};
pub use export::{Excerpt, excerpt, export, verify_export};
pub use record::{Digest, Private, Record};
pub use sqlite::{Many, SqliteJournal};
use uuid::Uuid;
pub(crate) use verify::verify_file;
pub use verify::{Verified, verify};

/// A record as its author knows it; the journal adds place, time and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    pub stream: String,
    /// The event's type, in snake_case.
    pub kind: String,
    /// A reader that does not know `kind` may skip it.
    pub ignorable: bool,
    /// One JSON value without surrounding white space.
    pub data: Vec<u8>,
    /// Free text and personal data, one JSON value likewise. The journal draws the salt.
    pub private: Option<Vec<u8>>,
}

/// What one command wants kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// Chosen by the sender, once per intent; repeating it repeats the answer, not the act.
    pub command: Uuid,
    /// SHA-256 of the request, to tell a repeated command from a reused id.
    pub request_digest: Digest,
    pub actor: String,
    pub device: String,
    pub occurred_at: Instant,
    pub recorded_at: Instant,
    /// Every stream the decision looked at and the version it saw; 0 = it did not exist.
    pub read_set: Vec<(String, u64)>,
    pub records: Vec<NewRecord>,
    /// Places of earlier records whose private part is dropped in the same transaction. The records
    /// of this append must say so: who, why, and the replacement text.
    pub erase: Vec<u64>,
    /// Blobs (by SHA-256) that go with them.
    pub erase_blobs: Vec<Digest>,
    /// Texts to take out of what is kept beside the journal (drafts, logs), and what takes their
    /// place.
    pub scrub: Vec<(String, String)>,
    /// A lease that must still be held, for what an engine does as its holder.
    pub fence: Option<Fence>,
    /// The JSON answer to give again if the command is repeated.
    pub answer: Vec<u8>,
}

impl Append {
    /// Something is taken away for good.
    pub fn erases(&self) -> bool {
        !(self.erase.is_empty() && self.erase_blobs.is_empty() && self.scrub.is_empty())
    }

    /// An append with nothing in it yet, for a request whose bytes are `request`.
    pub fn new(command: Uuid, request: &[u8], actor: &str, device: &str, now: Instant) -> Self {
        use sha2::Digest as _;
        Self {
            command,
            request_digest: sha2::Sha256::digest(request).into(),
            actor: actor.into(),
            device: device.into(),
            occurred_at: now,
            recorded_at: now,
            read_set: Vec::new(),
            records: Vec::new(),
            erase: Vec::new(),
            erase_blobs: Vec::new(),
            scrub: Vec::new(),
            fence: None,
            answer: b"null".to_vec(),
        }
    }
}

/// The fencing token of a lease; see `Store::acquire`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    pub lease: String,
    pub token: u64,
}

/// What became of an [`Append`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// Kept, durable, and projected into the views.
    Done(Vec<Record>),
    /// This command was done before; this was its answer. Nothing was appended.
    Repeated(Vec<u8>),
    /// A stream of the read set moved meanwhile. Nothing was appended: load again, decide again.
    Moved { stream: String, expected: u64, found: u64 },
}

/// The end of the journal: the place of the last record (0 if there is none) and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Digest,
}

/// A place that keeps records: the workspace's file, or a team's database.
pub trait Journal: Send + Sync {
    fn head(&self) -> Result<Head>;
    fn append(&self, append: Append) -> Result<Appended>;
    /// At most `limit` records after place `seq`, in order.
    fn read_after(&self, seq: u64, limit: usize) -> Result<Vec<Record>>;
}

/// What an append may carry, whichever journal keeps it.
pub(crate) fn check(append: &Append) -> Result<()> {
    if append.records.is_empty() && append.erases() {
        return Err(Error::internal("An erasure without a record that says so."));
    }
    for instant in [append.occurred_at, append.recorded_at] {
        if Instant::from(instant.timestamp()) != instant {
            return Err(Error::field(
                "occurred_at",
                "The time lies outside the years -9999 to 9999.",
            ));
        }
    }
    for record in &append.records {
        if record.stream.is_empty() || record.kind.is_empty() {
            return Err(Error::internal("A record without a stream or a type."));
        }
        for bytes in std::iter::once(&record.data).chain(&record.private) {
            check_json(bytes, &record.kind)?;
        }
    }
    Ok(())
}

/// Exports carry these bytes inside a line of JSON and must give the very same bytes back.
fn check_json(bytes: &[u8], kind: &str) -> Result<()> {
    let exact = serde_json::from_slice::<&serde_json::value::RawValue>(bytes)
        .is_ok_and(|value| value.get().len() == bytes.len() && !bytes.contains(&b'\n'));
    if exact {
        return Ok(());
    }
    Err(Error::internal("A record's data must be one line of JSON.").at(kind))
}
