//! Views: tables made from the journal. Any of them can be dropped and made again.
//!
//! A view follows the journal inside the transaction of every append, as long as it stands at the
//! journal's end in this program's version. One that an older program left behind catches up at the
//! next start; so a view may be late or missing, never wrong.

use super::Store;
use crate::{
    error::{Error, Kind, Result},
    journal::{Record, sqlite},
};
use rusqlite::{Connection, OptionalExtension as _, params, types::ValueRef};
use std::io::Write;

/// A table, or a few, that follow the journal.
pub trait View: Send + Sync {
    fn name(&self) -> &'static str;
    /// Raised when `create` or `apply` changes: the view is then made anew at the next start.
    fn version(&self) -> u32;
    /// The SQL that makes its tables.
    fn create(&self) -> &'static str;
    /// Its tables, virtual ones included; dropped in this order.
    fn tables(&self) -> &'static [&'static str];
    /// Begins to follow the journal within one transaction.
    fn follow<'a>(&'a self, tx: &'a Connection) -> Box<dyn Follow + 'a>;
    /// Drops what its tables still hold of rows that are gone; asked when text was erased.
    fn purge(&self, _: &Connection) -> Result<()> {
        Ok(())
    }
    /// The query to dump, where the table's own rows depend on more than its content (a full-text
    /// index).
    fn dump(&self, table: &str) -> String {
        format!("SELECT * FROM {table}")
    }
}

/// Takes records in, in order. What it remembers of them is gone with the transaction, so it never
/// holds what was rolled back.
pub trait Follow {
    fn apply(&mut self, record: &Record) -> Result<()>;
    /// The last record of the transaction has been applied.
    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

const BATCH: usize = 10_000;

impl Store {
    /// Brings every view to the journal's end, making anew those that are missing or of another
    /// version; true if there was anything to do. Cheap if not: call it at every start.
    pub fn prepare_views(&self, views: &[Box<dyn View>]) -> Result<bool> {
        let (head, places) = {
            let db = self.read()?;
            (sqlite::noted_head(&db)?.seq, places(&db, views)?)
        };
        if places.iter().any(Option::is_none) {
            self.rebuild(views, &mut |_, _| true)?;
            return Ok(true);
        }
        if places.iter().all(|place| *place == Some(head)) {
            return Ok(false);
        }
        self.write_much(|tx| catch_up(tx, views, &mut |_, _| true))?;
        Ok(true)
    }

    /// Drops all views and makes them anew from the journal, in one transaction: until it is done,
    /// readers see the old ones, and an interruption leaves them. `progress(done, total)` may
    /// answer `false` to stop.
    pub fn rebuild(
        &self,
        views: &[Box<dyn View>],
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<u64> {
        self.write_much(|tx| {
            for view in views {
                create(tx, view.as_ref())?;
            }
            catch_up(tx, views, progress)
        })
    }

    /// Writes every view's rows in a fixed order, as JSON lines: the same journal gives the same
    /// dump, however its views came about.
    pub fn dump(&self, views: &[Box<dyn View>], out: &mut dyn Write) -> Result<()> {
        let db = self.read()?;
        for view in views {
            for table in view.tables() {
                dump_rows(&db, table, &view.dump(table), out)?;
            }
        }
        Ok(())
    }
}

/// Applies the records of one append to every view that stood right before them.
pub(crate) fn follow(tx: &Connection, views: &[Box<dyn View>], records: &[Record]) -> Result<()> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(()) };
    let mut following = Following::begin(tx, views, first.seq - 1)?;
    following.apply(records)?;
    following.finish(last.seq)
}

/// The views that follow the journal within one transaction.
pub(crate) struct Following<'a> {
    tx: &'a Connection,
    views: Vec<(&'a dyn View, Box<dyn Follow + 'a>)>,
}

impl<'a> Following<'a> {
    /// Those that stand at the journal's end.
    pub fn begin(tx: &'a Connection, views: &'a [Box<dyn View>], end: u64) -> Result<Self> {
        let places = places(tx, views)?;
        let standing = views.iter().zip(places).filter(|(_, place)| *place == Some(end));
        let views = standing.map(|(view, _)| (view.as_ref(), view.follow(tx))).collect();
        Ok(Self { tx, views })
    }

    pub fn apply(&mut self, records: &[Record]) -> Result<()> {
        for (_, following) in &mut self.views {
            for record in records {
                following.apply(record)?;
            }
        }
        Ok(())
    }

    pub fn finish(self, end: u64) -> Result<()> {
        for (view, mut following) in self.views {
            following.finish()?;
            advance(self.tx, view, end)?;
        }
        Ok(())
    }
}

fn catch_up(
    tx: &Connection,
    views: &[Box<dyn View>],
    progress: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<u64> {
    let total = sqlite::noted_head(tx)?.seq;
    let places = places(tx, views)?;
    let mut done = places.iter().flatten().copied().min().unwrap_or(total);
    let mut following: Vec<_> =
        views.iter().zip(&places).map(|(view, place)| (view.follow(tx), *place)).collect();
    while done < total {
        let records = sqlite::read_after(tx, done, BATCH)?;
        let Some(last) = records.last() else {
            return Err(Error::damaged(format!("Record {} is missing.", done + 1))
                .hint("Prove the journal with `hotfix audit verify`, and restore a backup."));
        };
        for record in &records {
            for (view, place) in &mut following {
                if place.is_some_and(|place| place < record.seq) {
                    view.apply(record)?;
                }
            }
        }
        done = last.seq;
        if !progress(done, total) {
            return Err(Error::new(
                Kind::Conflict,
                "The rebuild was cancelled; the views are as they were.",
            ));
        }
    }
    for (view, _) in &mut following {
        view.finish()?;
    }
    for (view, place) in views.iter().zip(&places) {
        if place.is_some() {
            advance(tx, view.as_ref(), total)?;
        }
    }
    Ok(total)
}

/// How far each view has followed the journal; None if there is none of this version.
fn places(db: &Connection, views: &[Box<dyn View>]) -> Result<Vec<Option<u64>>> {
    let mut query =
        db.prepare_cached("SELECT seq FROM view_meta WHERE name = ?1 AND version = ?2")?;
    let mut places = Vec::with_capacity(views.len());
    for view in views {
        let place: Option<i64> =
            query.query_row(params![view.name(), view.version()], |row| row.get(0)).optional()?;
        places.push(place.map(i64::unsigned_abs));
    }
    Ok(places)
}

fn advance(tx: &Connection, view: &dyn View, seq: u64) -> Result<()> {
    tx.prepare_cached("UPDATE view_meta SET seq = ?2 WHERE name = ?1")?
        .execute(params![view.name(), seq.cast_signed()])?;
    Ok(())
}

fn create(tx: &Connection, view: &dyn View) -> Result<()> {
    let former: Option<String> = tx
        .query_row("SELECT tables FROM view_meta WHERE name = ?1", [view.name()], |row| row.get(0))
        .optional()?;
    let former: Vec<String> =
        former.map_or(Ok(Vec::new()), |tables| serde_json::from_str(&tables))?;
    for table in former.iter().map(String::as_str).chain(view.tables().iter().copied()) {
        tx.execute_batch(&format!("DROP TABLE IF EXISTS \"{}\"", table.replace('"', "\"\"")))?;
    }
    tx.execute_batch(view.create())?;
    tx.execute(
        "INSERT INTO view_meta (name, version, seq, tables) VALUES (?1, ?2, 0, ?3)
         ON CONFLICT DO UPDATE SET version = excluded.version, seq = 0, tables = excluded.tables",
        params![view.name(), view.version(), serde_json::to_string(view.tables())?],
    )?;
    Ok(())
}

fn dump_rows(db: &Connection, table: &str, query: &str, out: &mut dyn Write) -> Result<()> {
    let columns = db.prepare(query)?.column_count();
    let order: Vec<String> = (1..=columns).map(|column| column.to_string()).collect();
    let mut sorted =
        db.prepare(&format!("SELECT * FROM ({query}) ORDER BY {}", order.join(", ")))?;
    let mut rows = sorted.query([])?;
    while let Some(row) = rows.next()? {
        let mut line = vec![serde_json::Value::from(table)];
        for column in 0..columns {
            line.push(match row.get_ref(column)? {
                ValueRef::Null => serde_json::Value::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
                ValueRef::Blob(bytes) => serde_json::json!({ "blob": hex::encode(bytes) }),
            });
        }
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Instant,
        journal::{Append, Journal, NewRecord, SqliteJournal},
    };
    use std::sync::Arc;
    use uuid::Uuid;

    /// Counts the records of each stream.
    struct Counts(u32);

    impl View for Counts {
        fn name(&self) -> &'static str {
            "counts"
        }
        fn version(&self) -> u32 {
            self.0
        }
        fn create(&self) -> &'static str {
            if self.0 == 1 {
                "CREATE TABLE counts (stream TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;"
            } else {
                "CREATE TABLE counts2 (stream TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;"
            }
        }
        fn tables(&self) -> &'static [&'static str] {
            if self.0 == 1 { &["counts"] } else { &["counts2"] }
        }
        fn follow<'a>(&'a self, tx: &'a Connection) -> Box<dyn Follow + 'a> {
            Box::new(Counting(self.tables()[0], tx))
        }
    }

    struct Counting<'a>(&'static str, &'a Connection);

    impl Follow for Counting<'_> {
        fn apply(&mut self, record: &Record) -> Result<()> {
            let Self(table, tx) = self;
            tx.prepare_cached(&format!(
                "INSERT INTO {table} VALUES (?1, 1) ON CONFLICT DO UPDATE SET n = n + 1"
            ))?
            .execute([&record.stream])?;
            Ok(())
        }
    }

    fn views(version: u32) -> Arc<Vec<Box<dyn View>>> {
        Arc::new(vec![Box::new(Counts(version))])
    }

    fn note(journal: &SqliteJournal, stream: &str) {
        let mut append = Append::new(Uuid::now_v7(), b"", "rita", "desk", Instant::from_micros(5));
        append.records.push(NewRecord {
            stream: stream.into(),
            kind: "noted".into(),
            ignorable: false,
            data: b"1".to_vec(),
            private: None,
        });
        journal.append(append).unwrap();
    }

    fn dump(store: &Store, views: &[Box<dyn View>]) -> String {
        let mut out = Vec::new();
        store.dump(views, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn file() -> (tempfile::TempDir, Arc<Store>) {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::create(&folder.path().join("a.hotfix"), Instant::from_micros(1)).unwrap();
        (folder, Arc::new(store))
    }

    #[test]
    fn a_rebuild_gives_the_same_dump_as_following_did() {
        let (_folder, store) = file();
        let views = views(1);
        assert!(store.prepare_views(&views).unwrap());
        let journal = SqliteJournal::new(Arc::clone(&store), Arc::clone(&views));
        for stream in ["b", "a", "b"] {
            note(&journal, stream);
        }
        let followed = dump(&store, &views);
        assert_eq!(followed, "[\"counts\",\"a\",1]\n[\"counts\",\"b\",2]\n");
        let mut heard = Vec::new();
        store
            .rebuild(&views, &mut |done, total| {
                heard.push((done, total));
                true
            })
            .unwrap();
        assert_eq!(dump(&store, &views), followed);
        assert_eq!(heard, [(3, 3)]);
        assert!(!store.prepare_views(&views).unwrap());
    }

    #[test]
    fn a_view_that_an_older_program_left_behind_catches_up() {
        let (_folder, store) = file();
        let views = views(1);
        store.prepare_views(&views).unwrap();
        note(&SqliteJournal::new(Arc::clone(&store), Arc::clone(&views)), "a");
        note(&SqliteJournal::new(Arc::clone(&store), Arc::new(Vec::new())), "a");
        // Behind, it does not take in what comes later without what came before.
        note(&SqliteJournal::new(Arc::clone(&store), Arc::clone(&views)), "a");
        assert_eq!(dump(&store, &views), "[\"counts\",\"a\",1]\n");
        assert!(store.prepare_views(&views).unwrap());
        assert_eq!(dump(&store, &views), "[\"counts\",\"a\",3]\n");
    }

    #[test]
    fn another_version_takes_the_place_of_the_old_tables() {
        let (_folder, store) = file();
        store.prepare_views(&views(1)).unwrap();
        note(&SqliteJournal::new(Arc::clone(&store), views(1)), "a");
        assert!(store.prepare_views(&views(2)).unwrap());
        assert_eq!(dump(&store, &views(2)), "[\"counts2\",\"a\",1]\n");
        assert!(store.read().unwrap().prepare("SELECT * FROM counts").is_err());
    }

    #[test]
    fn a_cancelled_rebuild_leaves_the_views_as_they_were() {
        let (_folder, store) = file();
        let views = views(1);
        store.prepare_views(&views).unwrap();
        note(&SqliteJournal::new(Arc::clone(&store), Arc::clone(&views)), "a");
        let before = dump(&store, &views);
        assert!(store.rebuild(&views, &mut |_, _| false).is_err());
        assert_eq!(dump(&store, &views), before);
    }
}
