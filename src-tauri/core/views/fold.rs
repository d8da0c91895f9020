//! Streams folded into states, from the journal in the same snapshot of the file.
//!
//! A long stream is not read from its beginning: every so many events its state is kept, and a fold
//! reads that and what came after. So a hot fix's thousandth event costs as much as its tenth.

use super::Incoming;
use crate::{
    error::{Error, Result},
    event::{Event, stream, words::PersonId},
    journal::{Private, Record, sqlite},
    model::{Folded, Meta, catalog::Catalog},
};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Events between two snapshots of a stream.
const EVERY: u64 = 32;
/// How many states are remembered while records are taken in: a rebuild meets an issue's events
/// close to each other.
const REMEMBERED: usize = 4_096;

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
    let kept: Option<String> = db
        .prepare_cached("SELECT state FROM snapshots WHERE stream = ?1 AND version <= ?2")?
        .query_row(params![name, i64::try_from(version).unwrap_or(i64::MAX)], |row| row.get(0))
        .optional()?;
    let mut folded = match kept {
        Some(state) => serde_json::from_str(&state)?,
        None => Folded::empty(name),
    };
    go_on(db, name, &mut folded, version)?;
    Ok(folded)
}

/// The state of one stream as it was after the journal's record `seq`, without what was erased since.
pub fn as_of(db: &Connection, name: &str, seq: u64) -> Result<Folded> {
    let mut folded = Folded::empty(name);
    for record in as_of_records(sqlite::read_stream(db, name, 0, u64::MAX)?, seq)? {
        folded.apply(&decode(&record)?, &meta(&record));
    }
    Ok(folded)
}

/// The catalog as it was after the journal's record `seq`, without what was erased since.
pub fn catalog_as_of(db: &Connection, seq: u64) -> Result<Catalog> {
    let mut catalog = Catalog::default();
    for record in as_of_records(sqlite::read_prefix(db, "catalog/")?, seq)? {
        catalog.apply(&record.stream, record.version, &decode(&record)?);
    }
    Ok(catalog)
}

/// Those up to a place, and the redactions after it: what they took away is gone from the past, too.
fn as_of_records(mut records: Vec<Record>, seq: u64) -> Result<Vec<Record>> {
    fill(&mut records)?;
    records.retain(|record| record.seq <= seq || record.kind == "redacted");
    Ok(records)
}

/// Gives erased records the text that stands in their place, out of the redactions among them. The
/// newest word counts: a redaction may itself have been redacted.
pub fn fill(records: &mut [Record]) -> Result<()> {
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_unstable_by_key(|index| std::cmp::Reverse(records[*index].seq));
    let mut replaced = HashMap::new();
    for index in order {
        let record = &mut records[index];
        if record.is_erased()
            && let Some(bytes) = replaced.remove(&record.seq)
        {
            record.private = Some(Private { salt: [0; 32], bytes });
        }
        if record.kind != "redacted" {
            continue;
        }
        if let Event::Redacted { private, .. } = decode(record)? {
            for one in private.replaced {
                let bytes = serde_json::to_vec(&one.private)?;
                replaced.entry(one.seq).or_insert(bytes);
            }
        }
    }
    Ok(())
}

fn go_on(db: &Connection, name: &str, folded: &mut Folded, version: u64) -> Result<()> {
    let mut records = sqlite::read_stream(db, name, folded.version(), version)?;
    fill(&mut records)?;
    for record in records {
        folded.apply(&decode(&record)?, &meta(&record));
    }
    Ok(())
}

/// States that are kept between questions: of environments, and of who is on duty. They grow with
/// what is booked, and every judgement asks for several. Nothing in them is private, so that no
/// redaction changes them without an event of their own.
#[derive(Default)]
pub struct Held(Mutex<HashMap<String, Arc<Folded>>>);

/// How many states are held.
const HELD: usize = 1_024;

impl Held {
    /// The state of one stream as `db` has it, out of memory where it can be.
    pub fn fold(&self, db: &Connection, name: &str) -> Result<Arc<Folded>> {
        if !matches!(stream::topic(name), "environment" | "duty") {
            return Ok(Arc::new(fold(db, name)?));
        }
        let newest: Option<i64> = db
            .prepare_cached("SELECT max(version) FROM journal WHERE stream = ?1")?
            .query_row([name], |row| row.get(0))?;
        let newest = newest.unwrap_or(0).cast_unsigned();
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held().get(name).cloned();
        let folded = match known {
            Some(known) if known.version() == newest => return Ok(known),
            Some(known) if known.version() < newest => {
                let mut folded = Folded::clone(&known);
                go_on(db, name, &mut folded, newest)?;
                Arc::new(folded)
            }
            // This look at the file began before the one whose state is held.
            Some(_) => return Ok(Arc::new(fold(db, name)?)),
            None => Arc::new(fold(db, name)?),
        };
        let mut held = held();
        if held.len() >= HELD {
            held.clear();
        }
        held.insert(name.to_owned(), Arc::clone(&folded));
        Ok(folded)
    }
}

/// States met while records are taken in, in order. Older ones are forgotten, half at a time.
#[derive(Default)]
pub struct Folds {
    young: HashMap<String, Folded>,
    old: HashMap<String, Folded>,
}

impl Folds {
    /// The state of the record's stream right after it.
    pub fn after(&mut self, db: &Connection, record: &Record, event: &Event) -> Result<&Folded> {
        let name = &record.stream;
        let known = self.young.remove(name).or_else(|| self.old.remove(name));
        let folded = match known {
            Some(folded) if folded.version() >= record.version => folded,
            Some(mut folded) if folded.version() + 1 == record.version => {
                folded.apply(event, &meta(record));
                folded
            }
            Some(mut folded) => {
                go_on(db, name, &mut folded, record.version)?;
                folded
            }
            None if record.version == 1 => {
                let mut folded = Folded::empty(name);
                folded.apply(event, &meta(record));
                folded
            }
            None => fold_until(db, name, record.version)?,
        };
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        Ok(self.young.entry(name.clone()).or_insert(folded))
    }

    /// A state that is still remembered.
    pub fn known(&self, name: &str) -> Option<&Folded> {
        self.young.get(name).or_else(|| self.old.get(name))
    }

    fn forget(&mut self, name: &str) {
        self.young.remove(name);
        self.old.remove(name);
    }
}

/// Keeps the snapshots in incoming. What was erased must not live on in one.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record) = (incoming.tx, incoming.record);
    if let Event::Redacted { records, .. } = incoming.event {
        let mut streams = vec![record.stream.clone()];
        for seq in records {
            streams.extend(sqlite::read_one(tx, *seq)?.map(|erased| erased.stream));
        }
        for name in streams {
            incoming.folds.forget(&name);
            tx.prepare_cached("DELETE FROM snapshots WHERE stream = ?1")?.execute([&name])?;
        }
        return Ok(());
    }
    if !record.version.is_multiple_of(EVERY) {
        return Ok(());
    }
    let state = serde_json::to_string(incoming.state()?)?;
    tx.prepare_cached(
        "INSERT INTO snapshots VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET version = excluded.version, state = excluded.state",
    )?
    .execute(params![record.stream, record.version.cast_signed(), state])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Instant,
        event::{Note, RedactionText, ReportText, words::*},
        journal::{Append, Journal as _, NewRecord, SqliteJournal},
        store::Store,
        views,
    };
    use std::sync::Arc;
    use uuid::Uuid;

    fn file() -> (tempfile::TempDir, Arc<Store>, SqliteJournal) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.hotfix");
        let store = Arc::new(Store::create(&path, Instant::from_micros(1)).unwrap());
        let views = Arc::new(views::all());
        store.prepare_views(&views).unwrap();
        let journal = SqliteJournal::new(Arc::clone(&store), views);
        (folder, store, journal)
    }

    fn append(journal: &SqliteJournal, events: &[Event], erase: &[u64]) {
        append_to(journal, "ISS-1", events, erase);
    }

    fn append_to(journal: &SqliteJournal, stream: &str, events: &[Event], erase: &[u64]) {
        let mut append = Append::new(Uuid::now_v7(), b"", "sam", "desk", Instant::from_micros(5));
        append.erase = erase.to_vec();
        for event in events {
            let encoded = event.encode().unwrap();
            append.records.push(NewRecord {
                stream: stream.into(),
                kind: encoded.kind,
                ignorable: false,
                data: encoded.data,
                private: encoded.private,
            });
        }
        journal.append(append).unwrap();
    }

    fn reported() -> Event {
        Event::IssueReported {
            channel: Default::default(),
            product: None,
            component: String::new(),
            version: String::new(),
            environment: String::new(),
            affected: 1,
            attachments: Vec::new(),
            origin: None,
            private: ReportText { title: "Checkout hangs".into(), ..ReportText::default() },
        }
    }

    fn comment(text: String) -> Event {
        Event::IssueCommented {
            internal: true,
            mentions: Vec::new(),
            attachments: Vec::new(),
            private: Note { text },
        }
    }

    fn dump(store: &Store) -> String {
        let mut out = Vec::new();
        store.dump(&views::all(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_long_stream_folds_as_if_it_had_been_read_from_its_beginning() {
        let (_folder, store, journal) = file();
        append(&journal, &[reported()], &[]);
        for number in 0..70 {
            append(&journal, &[comment(format!("comment {number}"))], &[]);
        }
        let db = store.read().unwrap();
        let kept: i64 =
            db.query_row("SELECT version FROM snapshots", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 64);
        let mut whole = Folded::empty("ISS-1");
        go_on(&db, "ISS-1", &mut whole, u64::MAX).unwrap();
        let json = |folded| serde_json::to_value(folded).unwrap();
        assert_eq!(json(fold(&db, "ISS-1").unwrap()), json(whole));
        drop(db);
        let followed = dump(&store);
        store.rebuild(&views::all(), &mut |_, _| true).unwrap();
        assert!(dump(&store) == followed);
    }

    #[test]
    fn what_was_erased_does_not_live_on_in_a_snapshot() {
        let (_folder, store, journal) = file();
        let mut events = vec![reported(), comment("the password is hunter2".into())];
        events.extend((0..40).map(|number| comment(format!("comment {number}"))));
        append(&journal, &events, &[]);
        assert!(dump(&store).contains("hunter2"));
        let redacted = Event::Redacted {
            records: vec![2],
            attachments: Vec::new(),
            private: RedactionText::default(),
        };
        append(&journal, &[redacted], &[2]);
        assert!(!dump(&store).contains("hunter2"));
        let followed = dump(&store);
        store.rebuild(&views::all(), &mut |_, _| true).unwrap();
        assert!(dump(&store) == followed);
    }

    #[test]
    fn an_environment_that_is_held_is_what_each_look_at_the_file_sees() {
        let (_folder, store, journal) = file();
        let name = "environment/shop/production";
        let held = Held::default();
        let json = |folded: &Folded| serde_json::to_value(folded).unwrap();
        let slot = |number: i64| Event::SlotTaken {
            deployment: DeploymentKey(format!("DEP-{number}")),
            hotfix: HotfixKey("HF-1".into()),
            starts_at: Instant::from_micros(number),
            ends_at: Instant::from_micros(number + 1),
        };
        let db = store.read().unwrap();
        assert_eq!(held.fold(&db, name).unwrap().version(), 0);
        for number in 1..70 {
            append_to(&journal, name, &[slot(number)], &[]);
            assert_eq!(json(&held.fold(&db, name).unwrap()), json(&fold(&db, name).unwrap()));
        }
        let earlier = db.unchecked_transaction().unwrap();
        assert_eq!(held.fold(&earlier, name).unwrap().version(), 69);
        append_to(&journal, name, &[slot(70)], &[]);
        let now = store.read().unwrap();
        assert_eq!(held.fold(&now, name).unwrap().version(), 70);
        assert_eq!(held.fold(&earlier, name).unwrap().version(), 69, "its own moment");
        assert_eq!(held.fold(&now, name).unwrap().version(), 70);
    }
}
