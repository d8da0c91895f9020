//! The journal as JSON lines, and the proof of such a file without the program's database.

use super::{
    Verified,
    record::{Private, Record, genesis, private_digest},
    sqlite,
};
use crate::{
    clock::Instant,
    error::{Error, Result},
    store::Store,
};
use rusqlite::{Transaction, TransactionBehavior};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{
    collections::HashMap,
    io::{BufRead, Write},
};
use uuid::Uuid;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    workspace: Uuid,
    records: u64,
    /// The hash of the last record.
    head: String,
}

/// One record. `data` and `private` are the very bytes that were hashed.
#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    id: Uuid,
    stream: String,
    version: u64,
    kind: String,
    ignorable: bool,
    actor: String,
    device: String,
    command: Uuid,
    /// Microseconds since 1970, as hashed.
    occurred_at: i64,
    recorded_at: i64,
    data: Box<RawValue>,
    salt: Option<String>,
    private: Option<Box<RawValue>>,
    private_digest: String,
    hash: String,
}

const FORMAT: &str = "hotfix-desk/journal/1";

/// Writes the whole journal, a record a line.
pub fn export(store: &Store, out: &mut dyn Write) -> Result<u64> {
    let raw = |bytes: Vec<u8>| -> Result<Box<RawValue>> {
        Ok(RawValue::from_string(
            String::from_utf8(bytes).map_err(|_| Error::damaged("A record is not text."))?,
        )?)
    };
    let db = store.read()?;
    // One snapshot, so that the first line names the last one whatever is appended meanwhile.
    let db = Transaction::new_unchecked(&db, TransactionBehavior::Deferred)?;
    let end = sqlite::noted_head(&db)?;
    let (records, head) = (end.seq, hex::encode(end.hash));
    let header = Header { format: FORMAT.into(), workspace: store.id(), records, head };
    serde_json::to_writer(&mut *out, &header)?;
    writeln!(out)?;
    let mut seq = 0;
    loop {
        let records = sqlite::read_after(&db, seq, 1000)?;
        let Some(last) = records.last() else {
            out.flush()?;
            return Ok(seq);
        };
        seq = last.seq;
        for record in records {
            let (salt, private) = match record.private {
                Some(part) => (Some(hex::encode(part.salt)), Some(raw(part.bytes)?)),
                None => (None, None),
            };
            let line = Line {
                seq: record.seq,
                id: record.id,
                stream: record.stream,
                version: record.version,
                kind: record.kind,
                ignorable: record.ignorable,
                actor: record.actor,
                device: record.device,
                command: record.command,
                occurred_at: record.occurred_at.micros(),
                recorded_at: record.recorded_at.micros(),
                data: raw(record.data)?,
                salt,
                private,
                private_digest: hex::encode(record.private_digest),
                hash: hex::encode(record.hash),
            };
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
    }
}

/// One record as an auditor gets it. `data` and `private` are texts: the very bytes that were hashed.
#[derive(Serialize)]
struct ExcerptLine<'a> {
    seq: u64,
    /// It is of the case; else its private part is left out.
    own: bool,
    id: Uuid,
    stream: &'a str,
    version: u64,
    kind: &'a str,
    ignorable: bool,
    actor: &'a str,
    device: &'a str,
    command: Uuid,
    /// Microseconds since 1970, as hashed.
    occurred_at: i64,
    recorded_at: i64,
    data: &'a str,
    salt: Option<String>,
    private: Option<&'a str>,
    private_digest: String,
    hash: String,
}

/// A part of the journal, from one record to the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    pub first: u64,
    /// The hash that stands before the first record given, in hexadecimal.
    pub before: String,
    pub seq: u64,
    /// The hash of the last record.
    pub head: String,
    /// How many records are of the case, and how many are not.
    pub own: u64,
    pub others: u64,
}

/// Writes the journal from a record to the head, a record a line: those that are `own` whole, all others
/// with what is hashed of them and never with their private part. `step(done, of)` may answer `false`.
pub fn excerpt(
    store: &Store,
    first: u64,
    own: &dyn Fn(&str) -> bool,
    out: &mut dyn Write,
    step: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Excerpt> {
    let db = store.read()?;
    let db = Transaction::new_unchecked(&db, TransactionBehavior::Deferred)?;
    let end = sqlite::noted_head(&db)?;
    let before = match first {
        0 | 1 => genesis(&store.id()),
        _ => {
            let record = sqlite::read_one(&db, first - 1)?;
            record.ok_or_else(|| Error::damaged("A record is missing.").at(first.to_string()))?.hash
        }
    };
    let mut excerpt = Excerpt {
        first,
        before: hex::encode(before),
        seq: end.seq,
        head: hex::encode(end.hash),
        own: 0,
        others: 0,
    };
    let mut seq = first.saturating_sub(1);
    while seq < end.seq {
        if !step(seq + 1 - first.max(1), end.seq + 1 - first.max(1)) {
            return Err(Error::conflict("It was cancelled; nothing was written."));
        }
        let records = sqlite::read_after(&db, seq, 1000)?;
        let Some(last) = records.last() else { break };
        seq = last.seq;
        for record in &records {
            let own = own(&record.stream);
            *if own { &mut excerpt.own } else { &mut excerpt.others } += 1;
            let private = record.private.as_ref().filter(|_| own);
            let line = ExcerptLine {
                seq: record.seq,
                own,
                id: record.id,
                stream: &record.stream,
                version: record.version,
                kind: &record.kind,
                ignorable: record.ignorable,
                actor: &record.actor,
                device: &record.device,
                command: record.command,
                occurred_at: record.occurred_at.micros(),
                recorded_at: record.recorded_at.micros(),
                data: utf8(&record.data)?,
                salt: private.map(|part| hex::encode(part.salt)),
                private: private.map(|part| utf8(&part.bytes)).transpose()?,
                private_digest: hex::encode(record.private_digest),
                hash: hex::encode(record.hash),
            };
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(excerpt)
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| Error::damaged("A record is not text."))
}

/// A line, or none where what stands there is no text.
fn text(line: std::io::Result<String>) -> Result<Option<String>> {
    match line {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(None),
        other => Ok(Some(other?)),
    }
}

/// Proves an exported journal from its own lines.
pub fn verify_export(input: impl BufRead) -> Result<Verified> {
    let mut lines = input.lines().map(text);
    let first = lines.next().transpose()?.flatten();
    let header: Header = first
        .and_then(|first| serde_json::from_str(&first).ok())
        .filter(|header: &Header| header.format == FORMAT)
        .ok_or_else(|| {
            Error::damaged("The file is not an exported journal.")
                .hint("Name one that `hotfix audit export` wrote.")
                .at("line 1")
        })?;
    let mut verified =
        Verified { records: 0, erased: 0, head: genesis(&header.workspace), damaged: None };
    let mut versions: HashMap<String, u64> = HashMap::new();
    for line in lines {
        let seq = verified.records + 1;
        let damaged = |what: &str| Some((seq, what.to_owned()));
        let Some(record) =
            line?.and_then(|line| serde_json::from_str::<Line>(&line).ok()).and_then(parse)
        else {
            verified.damaged = damaged("the line cannot be read");
            break;
        };
        let expected = record.expected_hash(&verified.head);
        if record.seq != seq {
            verified.damaged = damaged("the record is missing");
        } else if expected != record.hash {
            verified.damaged = damaged("its bytes do not give its hash");
        } else if record
            .private
            .as_ref()
            .is_some_and(|part| private_digest(&part.salt, &part.bytes) != record.private_digest)
        {
            verified.damaged = damaged("its private part is not the one that was recorded");
        }
        let erased = record.is_erased();
        let version = versions.entry(record.stream).or_default();
        *version += 1;
        if *version != record.version && verified.damaged.is_none() {
            verified.damaged = damaged("its place in its stream is wrong");
        }
        if verified.damaged.is_some() {
            break;
        }
        verified.records = seq;
        verified.erased += u64::from(erased);
        verified.head = expected;
    }
    if verified.damaged.is_none()
        && (verified.records, hex::encode(verified.head)) != (header.records, header.head)
    {
        let what = "the file does not end where its first line says".to_owned();
        verified.damaged = Some((verified.records + 1, what));
    }
    Ok(verified)
}

fn parse(line: Line) -> Option<Record> {
    let digest = |text: &str| -> Option<[u8; 32]> { hex::decode(text).ok()?.try_into().ok() };
    let private = match (&line.salt, line.private) {
        (Some(salt), Some(private)) => {
            Some(Private { salt: digest(salt)?, bytes: private.get().as_bytes().to_vec() })
        }
        // Optional fields read the JSON value null as none; with a salt it was the value.
        (Some(salt), None) => Some(Private { salt: digest(salt)?, bytes: b"null".to_vec() }),
        (None, None) => None,
        (None, Some(_)) => return None,
    };
    Some(Record {
        seq: line.seq,
        id: line.id,
        stream: line.stream,
        version: line.version,
        kind: line.kind,
        ignorable: line.ignorable,
        actor: line.actor,
        device: line.device,
        command: line.command,
        occurred_at: Instant::from_micros(line.occurred_at),
        recorded_at: Instant::from_micros(line.recorded_at),
        data: line.data.get().as_bytes().to_vec(),
        private,
        private_digest: digest(&line.private_digest)?,
        hash: digest(&line.hash)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Append, Journal, NewRecord, SqliteJournal};
    use std::sync::Arc;

    #[test]
    fn an_export_proves_itself_and_a_changed_word_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(
            Store::create(&folder.path().join("a.hotfix"), Instant::from_micros(1)).unwrap(),
        );
        let journal = SqliteJournal::new(Arc::clone(&store), Arc::new(Vec::new()));
        for index in 0..3 {
            let mut append =
                Append::new(Uuid::now_v7(), b"", "rita", "desk", Instant::from_micros(5));
            append.records.push(NewRecord {
                stream: "s".into(),
                kind: "noted".into(),
                ignorable: false,
                data: format!("{{\"n\":{index}}}").into_bytes(),
                private: Some(b"{\"text\":\"a \\u00e4\"}".to_vec()),
            });
            journal.append(append).unwrap();
        }
        let mut out = Vec::new();
        assert_eq!(export(&store, &mut out).unwrap(), 3);
        assert_eq!(verify_export(out.as_slice()).unwrap().damaged, None);
        let whole = String::from_utf8(out).unwrap();
        let forged = whole.replace("\"n\":1", "\"n\":7");
        assert_eq!(verify_export(forged.as_bytes()).unwrap().damaged.unwrap().0, 2);
        let cut = whole.lines().take(3).collect::<Vec<_>>().join("\n");
        assert_eq!(verify_export(cut.as_bytes()).unwrap().damaged.unwrap().0, 3);
    }
}
