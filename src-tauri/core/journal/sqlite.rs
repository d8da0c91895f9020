//! The journal in the workspace's own file: one `BEGIN IMMEDIATE` checks, inserts and projects.

use super::{
    Append, Appended, Head, Journal, check,
    record::{Digest, Private, Record, genesis, private_digest},
};
use crate::{
    clock::Instant,
    error::{Error, Result},
    store::{
        Store, blob, operational,
        together::Together,
        view::{self, View},
    },
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

pub(super) const COLUMNS: &str = "seq, id, stream, version, kind, ignorable, actor, device, command, \
    occurred_at, recorded_at, data, salt, private, private_digest, hash";

/// The journal of one file, with the views that follow it.
pub struct SqliteJournal {
    store: Arc<Store>,
    views: Arc<Vec<Box<dyn View>>>,
    together: Together<Append, Appended>,
}

impl SqliteJournal {
    pub fn new(store: Arc<Store>, views: Arc<Vec<Box<dyn View>>>) -> Self {
        Self { store, views, together: Together::default() }
    }

    /// Appends that came at the same moment, in one transaction; what one of them is refused for leaves nothing
    /// of it, and does not touch the others.
    fn all(&self, all: &[Append]) -> Result<Vec<Result<Appended>>> {
        self.store.write(|tx| {
            if let [alone] = all {
                return Ok(vec![Ok(self.one(tx, alone)?)]);
            }
            let mut done = Vec::new();
            for append in all {
                tx.prepare_cached("SAVEPOINT one")?.execute([])?;
                let appended = self.one(tx, append);
                if let Err(error) = &appended {
                    // A full disk ends the transaction: what followed would stand in none.
                    if tx.is_autocommit() {
                        return Err(error.clone());
                    }
                    tx.prepare_cached("ROLLBACK TO one")?.execute([])?;
                }
                tx.prepare_cached("RELEASE one")?.execute([])?;
                done.push(appended);
            }
            Ok(done)
        })
    }

    fn one(&self, tx: &Connection, append: &Append) -> Result<Appended> {
        if let Some(answer) = answered(tx, append)? {
            return Ok(Appended::Repeated(answer));
        }
        if let Some(fence) = &append.fence {
            operational::check_fence(tx, &fence.lease, fence.token)?;
        }
        if let Some(moved) = moved(tx, append)? {
            return Ok(moved);
        }
        let mut end = proved_end(tx, &self.store.id())?;
        let records = insert(tx, append, &mut end)?;
        note_end(tx, end)?;
        view::follow(tx, &self.views, &records)?;
        if append.erases() {
            for hash in &append.erase_blobs {
                blob::erase(tx, hash)?;
            }
            for (text, replacement) in &append.scrub {
                operational::scrub(tx, text, replacement)?;
            }
            for view in self.views.iter() {
                view.purge(tx)?;
            }
        }
        tx.prepare_cached("INSERT INTO answer VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            append.command.as_bytes().as_slice(),
            append.request_digest.as_slice(),
            append.answer,
            append.recorded_at.micros()
        ])?;
        Ok(Appended::Done(records))
    }

    /// Appends many times in one transaction: an error of `work`, or the end of the process, leaves
    /// nothing of it. Everybody else waits for its end before they write.
    ///
    /// The answers of these commands are not kept: what `work` appends must be recognised by what
    /// it looks at, should it be done again.
    pub fn append_many<T>(&self, work: impl FnOnce(&mut Many) -> Result<T>) -> Result<T> {
        self.store.write_much(|tx| {
            let end = proved_end(tx, &self.store.id())?;
            let follow = view::Following::begin(tx, &self.views, end.seq)?;
            let mut many = Many { tx, end, follow };
            let answer = work(&mut many)?;
            note_end(tx, many.end)?;
            many.follow.finish(many.end.seq)?;
            Ok(answer)
        })
    }
}

/// A transaction in which appends follow one another.
pub struct Many<'a> {
    tx: &'a Connection,
    end: Head,
    follow: view::Following<'a>,
}

impl Many<'_> {
    /// The file as it is after what was appended so far.
    pub fn db(&self) -> &Connection {
        self.tx
    }

    /// Keeps one append more; it erases nothing and stands under no lease.
    pub fn append(&mut self, append: &Append) -> Result<Appended> {
        check(append)?;
        if append.erases() || append.fence.is_some() {
            return Err(Error::internal(
                "An erasure, or an act of the engine, among many appends.",
            ));
        }
        if let Some(moved) = moved(self.tx, append)? {
            return Ok(moved);
        }
        let records = insert(self.tx, append, &mut self.end)?;
        self.follow.apply(&records)?;
        Ok(Appended::Done(records))
    }
}

impl Journal for SqliteJournal {
    fn head(&self) -> Result<Head> {
        head(&*self.store.read()?, &self.store.id())
    }

    fn append(&self, append: Append) -> Result<Appended> {
        check(&append)?;
        if !append.erases() {
            return self.together.run(append, |all| self.all(all));
        }
        let appended = self.store.write(|tx| self.one(tx, &append))?;
        if !self.store.settle()? {
            // The erasure stands. A reader keeps the log from being emptied right now; the next
            // checkpoint without one empties it.
            tracing::info!("erased text stays in the write-ahead log until readers let go");
        }
        Ok(appended)
    }

    fn read_after(&self, seq: u64, limit: usize) -> Result<Vec<Record>> {
        read_after(&*self.store.read()?, seq, limit)
    }
}

fn answered(tx: &Connection, append: &Append) -> Result<Option<Vec<u8>>> {
    let known: Option<(Vec<u8>, Vec<u8>)> = tx
        .prepare_cached("SELECT digest, answer FROM answer WHERE command = ?1")?
        .query_row([append.command.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        None => Ok(None),
        Some((digest, answer)) if digest == append.request_digest => Ok(Some(answer)),
        Some(_) => Err(Error::invalid("This command id was used for another request.")
            .hint("Choose a new id for each request.")
            .at("command")),
    }
}

/// The stream of the read set that is not as it was, if any.
fn moved(tx: &Connection, append: &Append) -> Result<Option<Appended>> {
    for (stream, expected) in &append.read_set {
        let found = version(tx, stream)?;
        if found != *expected {
            let (stream, expected) = (stream.clone(), *expected);
            return Ok(Some(Appended::Moved { stream, expected, found }));
        }
    }
    Ok(None)
}

/// The end of the journal, which must be where the file has noted it.
fn proved_end(tx: &Connection, workspace: &Uuid) -> Result<Head> {
    let end = head(tx, workspace)?;
    if noted_head(tx)? != end {
        return Err(Error::damaged("The journal does not end where the file has noted its end.")
            .hint("Prove it with `hotfix audit verify`, and restore a backup."));
    }
    Ok(end)
}

fn note_end(tx: &Connection, end: Head) -> Result<()> {
    tx.prepare_cached("UPDATE workspace SET seq = ?1, hash = ?2")?
        .execute(params![end.seq.cast_signed(), end.hash])?;
    Ok(())
}

/// Chains the records of an append to the end, and moves it.
fn insert(tx: &Connection, append: &Append, end: &mut Head) -> Result<Vec<Record>> {
    let Head { mut seq, mut hash } = *end;
    let mut records = Vec::with_capacity(append.records.len());
    let mut versions = std::collections::HashMap::new();
    let mut statement = tx.prepare_cached(&format!(
        "INSERT INTO journal ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    ))?;
    for new in &append.records {
        seq += 1;
        let before = match versions.get(&new.stream) {
            Some(version) => *version,
            None => version(tx, &new.stream)?,
        };
        versions.insert(&new.stream, before + 1);
        let private = match &new.private {
            Some(bytes) => {
                let mut salt = [0; 32];
                getrandom::fill(&mut salt).map_err(|error| {
                    Error::internal(format!("The system gives no random numbers: {error}."))
                })?;
                Some(Private { salt, bytes: bytes.clone() })
            }
            None => None,
        };
        let mut record = Record {
            seq,
            id: Uuid::now_v7(),
            stream: new.stream.clone(),
            version: before + 1,
            kind: new.kind.clone(),
            ignorable: new.ignorable,
            actor: append.actor.clone(),
            device: append.device.clone(),
            command: append.command,
            occurred_at: append.occurred_at,
            recorded_at: append.recorded_at,
            data: new.data.clone(),
            private_digest: private
                .as_ref()
                .map_or([0; 32], |part| private_digest(&part.salt, &part.bytes)),
            private,
            hash: [0; 32],
        };
        record.hash = record.expected_hash(&hash);
        hash = record.hash;
        statement.execute(params![
            record.seq.cast_signed(),
            record.id.as_bytes().as_slice(),
            record.stream,
            record.version.cast_signed(),
            record.kind,
            record.ignorable,
            record.actor,
            record.device,
            record.command.as_bytes().as_slice(),
            record.occurred_at.micros(),
            record.recorded_at.micros(),
            record.data,
            record.private.as_ref().map(|part| part.salt.as_slice()),
            record.private.as_ref().map(|part| part.bytes.as_slice()),
            record.private_digest.as_slice(),
            record.hash.as_slice(),
        ])?;
        records.push(record);
    }
    for place in &append.erase {
        let sql = "UPDATE journal SET salt = NULL, private = NULL WHERE seq = ?1";
        if tx.execute(sql, [place.cast_signed()])? == 0 {
            return Err(Error::invalid(format!("There is no record {place} to erase from.")));
        }
    }
    *end = Head { seq, hash };
    Ok(records)
}

/// The end of the journal in this snapshot.
pub fn head(db: &Connection, workspace: &Uuid) -> Result<Head> {
    let last: Option<(i64, Vec<u8>)> = db
        .prepare_cached("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match last {
        None => Ok(Head { seq: 0, hash: genesis(workspace) }),
        Some((seq, hash)) => Ok(Head { seq: seq.unsigned_abs(), hash: digest(&hash, seq)? }),
    }
}

/// The end of the journal as the file has noted it, which shows a lost tail.
pub(crate) fn noted_head(db: &Connection) -> Result<Head> {
    let (seq, hash): (i64, Vec<u8>) = db
        .prepare_cached("SELECT seq, hash FROM workspace")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Head { seq: seq.unsigned_abs(), hash: digest(&hash, seq)? })
}

/// The streams with a record whose private part holds these bytes, and the places of records that
/// hold them where nothing can be erased.
pub fn mentions(db: &Connection, bytes: &[u8]) -> Result<(Vec<String>, Vec<u64>)> {
    let streams = db
        .prepare_cached("SELECT DISTINCT stream FROM journal WHERE instr(private, ?1) ORDER BY 1")?
        .query_map([bytes], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let fixed = db
        .prepare_cached("SELECT seq FROM journal WHERE instr(data, ?1) ORDER BY seq")?
        .query_map([bytes], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))?
        .collect::<Result<_, _>>()?;
    Ok((streams, fixed))
}

/// How many records a stream has.
pub fn version(db: &Connection, stream: &str) -> Result<u64> {
    let version: Option<i64> = db
        .prepare_cached("SELECT max(version) FROM journal WHERE stream = ?1")?
        .query_row([stream], |row| row.get(0))?;
    Ok(version.unwrap_or(0).unsigned_abs())
}

/// Records after a place, in order.
pub fn read_after(db: &Connection, seq: u64, limit: usize) -> Result<Vec<Record>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2"
    ))?;
    let rows = statement.query_and_then(params![seq.cast_signed(), limit as i64], record)?;
    rows.collect()
}

/// One record by its place.
pub fn read_one(db: &Connection, seq: u64) -> Result<Option<Record>> {
    Ok(read_after(db, seq.saturating_sub(1), 1)?.into_iter().find(|record| record.seq == seq))
}

/// The records at these places, as far as they are there, by one query.
pub fn read_places(db: &Connection, places: &[u64]) -> Result<BTreeMap<u64, Record>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal WHERE seq IN (SELECT value FROM json_each(?1))"
    ))?;
    let rows = statement.query_and_then([serde_json::to_string(places)?], record)?;
    rows.map(|record| record.map(|record| (record.seq, record))).collect()
}

/// The records of one kind after a place, in order of the journal.
pub fn read_kind(db: &Connection, kind: &str, after: u64) -> Result<Vec<Record>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal WHERE seq > ?1 AND kind = ?2 ORDER BY seq"
    ))?;
    let rows = statement.query_and_then(params![after.cast_signed(), kind], record)?;
    rows.collect()
}

/// The records of one stream after a version and up to another, in order.
pub fn read_stream(db: &Connection, stream: &str, after: u64, to: u64) -> Result<Vec<Record>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal WHERE stream = ?1 AND version > ?2 AND version <= ?3
         ORDER BY version"
    ))?;
    let bound = |version: u64| i64::try_from(version).unwrap_or(i64::MAX);
    let rows = statement.query_and_then(params![stream, bound(after), bound(to)], record)?;
    rows.collect()
}

/// The records of all streams whose name begins so, in order of the journal.
pub fn read_prefix(db: &Connection, prefix: &str) -> Result<Vec<Record>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM journal WHERE stream >= ?1 AND stream < ?2 ORDER BY seq"
    ))?;
    let end = format!("{prefix}\u{10FFFF}");
    let rows = statement.query_and_then(params![prefix, end], record)?;
    rows.collect()
}

fn record(row: &Row) -> Result<Record> {
    let seq: i64 = row.get(0)?;
    let bytes = |column: usize| -> Result<Vec<u8>> { Ok(row.get(column)?) };
    let uuid = |column: usize| -> Result<Uuid> {
        Uuid::from_slice(&bytes(column)?).map_err(|_| damaged(seq, "an id of the wrong length"))
    };
    let salt: Option<Vec<u8>> = row.get(12)?;
    let private: Option<Vec<u8>> = row.get(13)?;
    let private = match (salt, private) {
        (Some(salt), Some(bytes)) => Some(Private { salt: digest(&salt, seq)?, bytes }),
        _ => None,
    };
    Ok(Record {
        seq: seq.unsigned_abs(),
        id: uuid(1)?,
        stream: row.get(2)?,
        version: row.get::<_, i64>(3)?.unsigned_abs(),
        kind: row.get(4)?,
        ignorable: row.get(5)?,
        actor: row.get(6)?,
        device: row.get(7)?,
        command: uuid(8)?,
        occurred_at: Instant::from_micros(row.get(9)?),
        recorded_at: Instant::from_micros(row.get(10)?),
        data: bytes(11)?,
        private,
        private_digest: digest(&bytes(14)?, seq)?,
        hash: digest(&bytes(15)?, seq)?,
    })
}

fn digest(bytes: &[u8], seq: i64) -> Result<Digest> {
    bytes.try_into().map_err(|_| damaged(seq, "a hash of the wrong length"))
}

fn damaged(seq: i64, what: &str) -> Error {
    Error::damaged(format!("Record {seq} is damaged: {what}."))
        .hint("Restore a backup.")
        .at(seq.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{NewRecord, verify};

    fn file() -> (tempfile::TempDir, Arc<Store>, SqliteJournal) {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(
            Store::create(&folder.path().join("a.hotfix"), Instant::from_micros(1)).unwrap(),
        );
        let journal = SqliteJournal::new(Arc::clone(&store), Arc::new(Vec::new()));
        (folder, store, journal)
    }

    fn append(stream: &str, text: &str) -> Append {
        let mut append =
            Append::new(Uuid::now_v7(), text.as_bytes(), "rita", "desk", Instant::from_micros(5));
        append.records.push(NewRecord {
            stream: stream.into(),
            kind: "noted".into(),
            ignorable: false,
            data: b"{\"n\":1}".to_vec(),
            private: Some(serde_json::to_vec(text).unwrap()),
        });
        append
    }

    #[test]
    fn what_was_appended_reads_back_and_verifies() {
        let (_folder, store, journal) = file();
        for text in ["one", "two", "three"] {
            assert!(matches!(journal.append(append("s", text)).unwrap(), Appended::Done(_)));
        }
        let records = journal.read_after(0, 10).unwrap();
        assert_eq!(records.iter().map(|record| record.version).collect::<Vec<_>>(), [1, 2, 3]);
        let verified = verify(&store, &mut |_, _| true).unwrap();
        assert_eq!(verified.damaged, None);
        assert_eq!(verified.records, 3);
    }

    #[test]
    fn a_decision_on_a_stream_that_moved_is_not_appended() {
        let (_folder, _store, journal) = file();
        journal.append(append("s", "one")).unwrap();
        let mut late = append("s", "two");
        late.read_set.push(("s".into(), 0));
        assert_eq!(
            journal.append(late).unwrap(),
            Appended::Moved { stream: "s".into(), expected: 0, found: 1 }
        );
        assert_eq!(journal.head().unwrap().seq, 1);
    }

    #[test]
    fn the_same_command_twice_is_kept_once_and_another_request_under_its_id_is_refused() {
        let (_folder, _store, journal) = file();
        let mut once = append("s", "one");
        once.answer = b"\"first\"".to_vec();
        journal.append(once.clone()).unwrap();
        assert_eq!(
            journal.append(once.clone()).unwrap(),
            Appended::Repeated(b"\"first\"".to_vec())
        );
        once.request_digest = [1; 32];
        assert!(journal.append(once).is_err());
        assert_eq!(journal.head().unwrap().seq, 1);
    }

    #[test]
    fn appends_that_share_a_transaction_are_refused_each_for_itself() {
        let (_folder, store, journal) = file();
        let mut late = append("s", "late");
        late.read_set.push(("s".into(), 7));
        let mut used = append("s", "used");
        journal.append(used.clone()).unwrap();
        used.request_digest = [1; 32];
        let all = [append("s", "one"), late, used, append("s", "two")];
        let done = journal.all(&all).unwrap();
        assert!(matches!(done[0], Ok(Appended::Done(_))));
        assert!(matches!(done[1], Ok(Appended::Moved { found: 2, .. })));
        assert!(done[2].is_err());
        assert!(matches!(done[3], Ok(Appended::Done(_))));
        assert_eq!(journal.head().unwrap().seq, 3);
        assert_eq!(verify(&store, &mut |_, _| true).unwrap().damaged, None);
    }

    #[test]
    fn one_changed_byte_is_found_and_the_first_damaged_record_named() {
        let (folder, store, journal) = file();
        for index in 0..20 {
            journal.append(append("s", &format!("text number {index}"))).unwrap();
        }
        let path = folder.path().join("a.hotfix");
        drop((journal, store));
        Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let needle = b"text number 13";
        let place = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
        bytes[place] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let store = Store::open(&path).unwrap();
        let (seq, _) = verify(&store, &mut |_, _| true).unwrap().damaged.unwrap();
        assert_eq!(seq, 14);
    }

    #[test]
    fn plain_sql_can_neither_change_nor_delete_a_record() {
        let (_folder, store, journal) = file();
        journal.append(append("s", "one")).unwrap();
        for sql in [
            "DELETE FROM journal",
            "UPDATE journal SET actor = 'mallory'",
            "UPDATE journal SET data = x'00', private = NULL, salt = NULL",
            "UPDATE journal SET private = x'00'",
        ] {
            assert!(store.write(|tx| Ok(tx.execute(sql, [])?)).is_err(), "{sql}");
        }
    }

    #[test]
    fn erased_text_leaves_the_file_and_the_chain_stays_whole() {
        let (folder, store, journal) = file();
        journal.append(append("s", "hunter2-is-the-password")).unwrap();
        let mut erase = append("s", "redacted");
        erase.erase.push(1);
        journal.append(erase).unwrap();
        assert_eq!(verify(&store, &mut |_, _| true).unwrap().damaged, None);
        assert!(journal.read_after(0, 1).unwrap()[0].is_erased());
        let path = folder.path().join("a.hotfix");
        // At once, in the file and in its log, while the workspace is still open.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(std::fs::read(folder.path().join("a.hotfix-wal")).unwrap());
        assert!(!bytes.windows(7).any(|window| window == b"hunter2"));
    }

    #[test]
    fn two_programs_appending_at_once_lose_nothing() {
        let (folder, store, _) = file();
        let path = folder.path().join("a.hotfix");
        drop(store);
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let path = path.clone();
                std::thread::spawn(move || {
                    let journal = SqliteJournal::new(
                        Arc::new(Store::open(&path).unwrap()),
                        Arc::new(Vec::new()),
                    );
                    for index in 0..25 {
                        journal.append(append(&format!("s{thread}"), &format!("{index}"))).unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let store = Store::open(&path).unwrap();
        let verified = verify(&store, &mut |_, _| true).unwrap();
        assert_eq!((verified.records, verified.damaged), (100, None));
    }

    fn raw_file(folder: &tempfile::TempDir) -> (std::path::PathBuf, Vec<u8>) {
        let path = folder.path().join("a.hotfix");
        Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let bytes = std::fs::read(&path).unwrap();
        (path, bytes)
    }

    /// A bit of every byte of the page that holds the records, one at a time. Either the proof finds it, or it lay
    /// where no record is and every record reads as before.
    #[test]
    fn no_flipped_bit_of_the_journals_page_goes_unnoticed() {
        let (folder, store, journal) = file();
        for index in 0..12 {
            journal.append(append("s", &format!("text number {index}"))).unwrap();
        }
        let before = journal.read_after(0, 100).unwrap();
        drop((journal, store));
        let (path, bytes) = raw_file(&folder);
        let id = Store::open(&path).unwrap().id();
        let root: u32 = Connection::open(&path)
            .unwrap()
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'journal'", [], |row| {
                row.get(0)
            })
            .unwrap();
        let root = root as usize;
        // Ids, salt and hashes alone; the rest of a record comes on top.
        let least = before.len() * (16 + 16 + 32 + 32 + 32);
        let copy = folder.path().join("b.hotfix");
        let (mut found, mut harmless) = (0, 0);
        for place in (root - 1) * 4096..root * 4096 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << (place % 8);
            std::fs::write(&copy, &flipped).unwrap();
            let db = Connection::open(&copy).unwrap();
            match crate::journal::verify_file(&db, &id) {
                Ok(verified) if verified.damaged.is_none() => {
                    let after = read_after(&db, 0, 100).unwrap();
                    assert_eq!(after, before, "byte {place}");
                    harmless += 1;
                }
                Ok(verified) => {
                    assert!(verified.damaged.unwrap().0 <= 13);
                    found += 1;
                }
                Err(error) => panic!("byte {place}: {error}"),
            }
        }
        assert!(found > least, "{found} found, {harmless} harmless");
    }

    #[test]
    fn a_lost_tail_is_noticed_and_nothing_is_appended_to_the_rest() {
        let (folder, store, journal) = file();
        for text in ["one", "two", "three"] {
            journal.append(append("s", text)).unwrap();
        }
        drop((journal, store));
        let path = folder.path().join("a.hotfix");
        Connection::open(&path)
            .unwrap()
            .execute_batch("DROP TRIGGER journal_stays; DELETE FROM journal WHERE seq = 3")
            .unwrap();
        let store = Arc::new(Store::open(&path).unwrap());
        assert_eq!(verify(&store, &mut |_, _| true).unwrap().damaged.unwrap().0, 3);
        let journal = SqliteJournal::new(Arc::clone(&store), Arc::new(Vec::new()));
        assert_eq!(
            journal.append(append("s", "four")).unwrap_err().kind,
            crate::error::Kind::Damaged
        );
    }

    #[test]
    fn many_records_are_proved_by_several_threads_and_the_first_damage_is_named() {
        let (folder, store, journal) = file();
        for _ in 0..6 {
            let mut many = append("s", "a");
            many.records = vec![many.records[0].clone(); 5000];
            journal.append(many).unwrap();
        }
        let mut last = (0, 0);
        let verified = verify(&store, &mut |done, total| {
            last = (done, total);
            true
        })
        .unwrap();
        assert_eq!((verified.records, verified.damaged, last), (30_000, None, (30_000, 30_000)));
        assert_eq!(verified.head, journal.head().unwrap().hash);
        assert!(verify(&store, &mut |_, _| false).is_err());
        drop((journal, store));
        let path = folder.path().join("a.hotfix");
        Connection::open(&path)
            .unwrap()
            .execute_batch(
                "DROP TRIGGER journal_erases; UPDATE journal SET actor = 'mallory' WHERE seq IN (12345, 25000)",
            )
            .unwrap();
        let store = Store::open(&path).unwrap();
        let verified = verify(&store, &mut |_, _| true).unwrap();
        assert_eq!((verified.records, verified.damaged.unwrap().0), (12_344, 12_345));
    }

    #[test]
    fn replacing_a_record_is_refused_like_any_other_change() {
        let (folder, _store, journal) = file();
        journal.append(append("s", "one")).unwrap();
        // As a program would that knows nothing of ours.
        let db = Connection::open(folder.path().join("a.hotfix")).unwrap();
        for sql in [
            "INSERT OR REPLACE INTO journal SELECT * FROM journal",
            "UPDATE OR REPLACE journal SET stream = 't'",
            "INSERT INTO journal SELECT 9, id, stream, 2, kind, ignorable, actor, device, command,
                occurred_at, recorded_at, data, salt, private, private_digest, hash FROM journal",
        ] {
            assert!(db.execute(sql, []).is_err(), "{sql}");
        }
        assert_eq!(journal.read_after(0, 9).unwrap().len(), 1);
    }

    #[test]
    fn many_appends_are_kept_together_or_not_at_all() {
        let (_folder, store, journal) = file();
        journal.append(append("s", "zero")).unwrap();
        let seen = journal.append_many(|many| {
            for text in ["one", "two"] {
                many.append(&append("s", text))?;
            }
            version(many.db(), "s")
        });
        assert_eq!(seen.unwrap(), 3, "each sees what those before it appended");
        let refused: Result<()> = journal.append_many(|many| {
            many.append(&append("s", "three"))?;
            Err(Error::denied("no"))
        });
        assert!(refused.is_err());
        let late = Append { read_set: vec![("s".into(), 1)], ..append("s", "late") };
        let moved = journal.append_many(|many| many.append(&late)).unwrap();
        assert_eq!(moved, Appended::Moved { stream: "s".into(), expected: 1, found: 3 });
        assert_eq!(journal.head().unwrap().seq, 3);
        assert_eq!(verify(&store, &mut |_, _| true).unwrap().damaged, None);
    }

    #[test]
    fn who_lost_the_lease_can_append_nothing() {
        let (_folder, store, journal) = file();
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000);
        let ttl = std::time::Duration::from_secs(10);
        let old = store.acquire("engine", "one", ttl, at(0)).unwrap().unwrap();
        store.acquire("engine", "two", ttl, at(60)).unwrap().unwrap();
        let mut late = append("s", "one");
        late.fence = Some(crate::journal::Fence { lease: "engine".into(), token: old });
        assert!(journal.append(late).is_err());
        assert_eq!(journal.head().unwrap().seq, 0);
    }

    #[test]
    fn erasing_from_a_record_that_does_not_exist_appends_nothing() {
        let (_folder, _store, journal) = file();
        let mut erase = append("s", "redacted");
        erase.erase.push(7);
        assert!(journal.append(erase).is_err());
        assert_eq!(journal.head().unwrap().seq, 0);
    }
}
