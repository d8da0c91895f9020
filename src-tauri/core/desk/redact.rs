//! Erasing: what a redaction needs to see of the journal, and the cleaning of the file after it.
//!
//! The erasure itself is one append. Only then is the file written anew, so that no free page keeps
//! a copy; should that fail, the erasure stands and the answer says that the file is not clean yet.

use super::{Call, actions::Action, erasures};
use crate::{
    error::{Error, Result},
    event::words::Digest,
    journal::sqlite,
    model::{History, Mentions, Past},
    stages::{
        Command,
        redact::{ErasePerson, RedactIssue, Redacted},
    },
};
use rusqlite::Connection;
use serde_json::Value;

/// A stream's records as they are stored.
pub(super) fn history(db: &Connection, name: &str) -> Result<History> {
    let mut history = History::default();
    for record in sqlite::read_stream(db, name, 0, u64::MAX)? {
        let private = match &record.private {
            Some(part) => serde_json::from_slice(&part.bytes)?,
            None => Value::Null,
        };
        history.version = record.version;
        history.records.push(Past { seq: record.seq, kind: record.kind, private });
    }
    Ok(history)
}

/// Where a text stands, as JSON spells it.
pub(super) fn mentions(db: &Connection, text: &str) -> Result<Mentions> {
    let quoted = serde_json::to_string(text)?;
    let (streams, fixed) = sqlite::mentions(db, &quoted.as_bytes()[1..quoted.len() - 1])?;
    Ok(Mentions { streams, fixed })
}

/// A blob's hash as the journal names it.
pub(super) fn bytes(hash: &Digest) -> Result<[u8; 32]> {
    hex::decode(&hash.0)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Error::field("hash", "This is not the SHA-256 of stored bytes."))
}

fn erase(call: &Call, request: &impl Command<Answer = Redacted>) -> Result<Redacted> {
    let mut answer = call.command(request)?;
    answer.clean = call.desk().store().scour().unwrap_or_else(|error| {
        tracing::warn!(%error, "old copies of erased text may stay in free pages of the file");
        false
    });
    if let Err(error) = erasures::note(call.desk()) {
        tracing::warn!(%error, "the list of erasures could not be written");
        answer.stays.push(format!(
            "This machine could not note it for backups that are restored: {}",
            error.message
        ));
    }
    Ok(answer)
}

impl Action for RedactIssue {
    type Answer = Redacted;

    fn run(self, call: &Call) -> Result<Redacted> {
        erase(call, &self)
    }
}

impl Action for ErasePerson {
    type Answer = Redacted;

    fn run(self, call: &Call) -> Result<Redacted> {
        erase(call, &self)
    }
}
