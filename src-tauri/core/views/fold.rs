//! Streams folded into states, from the journal in the same snapshot.

use crate::{
    error::{Error, Result},
    event::{Event, words::PersonId},
    journal::{Record, sqlite},
    model::{Folded, Meta},
};
use rusqlite::Connection;

/// An event out of a record.
pub fn decode(record: &Record) -> Result<Event> {
    let private = record.private.as_ref().map(|part| part.bytes.as_slice());
    Event::decode(&record.kind, &record.data, private).map_err(|error| {
        Error::damaged(format!("Record {} cannot be read: {}", record.seq, error.message))
            .hint("Prove the journal with `hotfix audit verify`, and restore a backup.")
            .at(record.seq.to_string())
    })
}

/// What a record says about its event.
pub fn meta(record: &Record) -> Meta {
    Meta {
        stream: record.stream.clone(),
        seq: record.seq,
        version: record.version,
        actor: PersonId(record.actor.clone()),
        at: record.recorded_at,
        occurred_at: record.occurred_at,
    }
}

/// The state of one stream as it is.
pub fn fold(db: &Connection, name: &str) -> Result<Folded> {
    fold_until(db, name, u64::MAX)
}

/// The state of one stream as it was after its `version`-th event: what a rebuild sees.
pub fn fold_until(db: &Connection, name: &str, version: u64) -> Result<Folded> {
    let mut folded = Folded::empty(name);
    for record in sqlite::read_stream(db, name, 0)? {
        if record.version > version {
            break;
        }
        folded.apply(&decode(&record)?, &meta(&record));
    }
    Ok(folded)
}
