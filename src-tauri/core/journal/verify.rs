//! Proof of the chain: every record is read as it is stored and hashed again.
//!
//! Each record is checked against the stored hash of the one before it, so ranges are checked side
//! by side, a thread each. Deliberately absent: who could have rewritten the whole chain. A chain
//! proves order and wholeness only against a head that is kept elsewhere.

use super::{
    record::{Digest, Fields, genesis, private_digest_in},
    sqlite::{self, COLUMNS},
};
use crate::{
    error::{Error, Kind, Result},
    store::Store,
};
use rusqlite::{Connection, OptionalExtension as _, Row, types::ValueRef};
use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
};
use uuid::Uuid;

/// Records that one thread checks before it takes the next ones.
const RANGE: u64 = 10_000;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Records found whole, from the first.
    pub records: u64,
    /// Those of them whose private part was erased on purpose.
    pub erased: u64,
    /// The hash of the last whole record: anchor it elsewhere, since a chain proves order alone.
    pub head: Digest,
    /// The first damaged record and what is wrong with it.
    pub damaged: Option<(u64, String)>,
}

/// The end of the journal as the file notes it, and the hash that stands before record 1.
struct Ends {
    start: Digest,
    seq: u64,
    hash: Digest,
}

/// A range's records found whole, how many of those are erased, and what is wrong with the next.
struct Checked {
    whole: u64,
    erased: u64,
    damage: Option<String>,
}

/// Verifies the whole journal. `progress(done, total)` may answer `false` to stop.
pub fn verify(store: &Store, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<Verified> {
    let ends = ends(&*store.read()?, &store.id())?;
    let ranges = ends.seq.div_ceil(RANGE);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64).min(ranges);
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (report, reports) = mpsc::channel();
    let mut found: Vec<(u64, Checked)> = Vec::new();
    std::thread::scope(|scope| -> Result<()> {
        for _ in 0..threads {
            let report = report.clone();
            let (next, stop, ends) = (&next, &stop, &ends);
            scope.spawn(move || {
                // Ranges are taken in order, so those left undone lie behind the damaged one.
                while !stop.load(Ordering::Relaxed) {
                    let after = next.fetch_add(RANGE, Ordering::Relaxed);
                    if after >= ends.seq {
                        return;
                    }
                    let to = ends.seq.min(after + RANGE);
                    let checked = store.read().and_then(|db| check(&db, ends, after, to));
                    if !checked.as_ref().is_ok_and(|checked| checked.damage.is_none()) {
                        stop.store(true, Ordering::Relaxed);
                    }
                    if report.send((after, checked)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(report);
        let mut done = 0;
        let mut failure = None;
        for (after, checked) in reports {
            match checked {
                Ok(checked) => {
                    done += checked.whole;
                    found.push((after, checked));
                }
                Err(error) => failure = Some(error),
            }
            if !progress(done, ends.seq) {
                stop.store(true, Ordering::Relaxed);
                failure = Some(Error::conflict("The verification was cancelled."));
            }
        }
        failure.map_or(Ok(()), Err)
    })?;
    found.sort_unstable_by_key(|(after, _)| *after);
    conclude(&*store.read()?, &ends, found)
}

/// As [`verify`], for a file that is not open as a workspace.
pub(crate) fn verify_file(db: &Connection, workspace: &Uuid) -> Result<Verified> {
    let ends = ends(db, workspace)?;
    let checked = check(db, &ends, 0, ends.seq)?;
    conclude(db, &ends, vec![(0, checked)])
}

fn ends(db: &Connection, workspace: &Uuid) -> Result<Ends> {
    let head = sqlite::noted_head(db)?;
    Ok(Ends { start: genesis(workspace), seq: head.seq, hash: head.hash })
}

/// Puts the ranges together, and adds what no single record shows: a lost tail, a gap in a stream.
fn conclude(db: &Connection, ends: &Ends, found: Vec<(u64, Checked)>) -> Result<Verified> {
    let mut verified = Verified { records: 0, erased: 0, head: ends.start, damaged: None };
    for (_, checked) in found {
        verified.records += checked.whole;
        verified.erased += checked.erased;
        if let Some(what) = checked.damage {
            verified.damaged = Some((verified.records + 1, what));
            break;
        }
    }
    if verified.records > 0 {
        verified.head = stored_hash(db, verified.records)?.unwrap_or(ends.start);
    }
    if verified.damaged.is_some() {
        return Ok(verified);
    }
    if verified.head != ends.hash {
        verified.damaged = Some((ends.seq, "it is not the end that the file has noted".into()));
    } else if let Some((seq, what)) = first_gap(db, ends.seq)? {
        verified.damaged = Some((seq, what));
    } else if let Some(seq) = beyond(db, ends.seq)? {
        verified.damaged = Some((seq, "it lies beyond the end that the file had noted".into()));
    }
    Ok(verified)
}

fn stored_hash(db: &Connection, seq: u64) -> Result<Option<Digest>> {
    let hash =
        db.query_row("SELECT hash FROM journal WHERE seq = ?1", [seq.cast_signed()], |row| {
            row.get(0)
        });
    Ok(hash.optional()?)
}

/// A record behind the noted end, if the end has not moved on meanwhile.
fn beyond(db: &Connection, seq: u64) -> Result<Option<u64>> {
    let extra: Option<i64> = db
        .query_row(
            "SELECT seq FROM journal
             WHERE seq > ?1 AND (SELECT workspace.seq FROM workspace) = ?1 ORDER BY seq LIMIT 1",
            [seq.cast_signed()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(extra.map(i64::unsigned_abs))
}

/// The first record whose place in its stream is wrong. The index alone tells whether there is one.
fn first_gap(db: &Connection, to: u64) -> Result<Option<(u64, String)>> {
    let gaps = db
        .prepare(
            "SELECT 1 FROM journal INDEXED BY journal_stream GROUP BY stream
             HAVING min(version) <> 1 OR max(version) <> count(*) LIMIT 1",
        )?
        .exists([])?;
    let indexed: i64 =
        db.query_row("SELECT count(*) FROM journal INDEXED BY journal_stream", [], |row| {
            row.get(0)
        })?;
    if !gaps && indexed.unsigned_abs() >= to {
        return Ok(None);
    }
    let mut versions: HashMap<String, i64> = HashMap::new();
    let mut query =
        db.prepare("SELECT seq, stream, version FROM journal NOT INDEXED ORDER BY seq")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, version): (i64, i64) = (row.get(0)?, row.get(2)?);
        let last = versions.entry(row.get(1)?).or_default();
        *last += 1;
        if *last != version {
            return Ok(Some((seq.unsigned_abs(), "its place in its stream is wrong".into())));
        }
    }
    // The records are whole; only the index over them is not.
    Ok(Some((1, "the index over the streams does not match the records".into())))
}

/// Checks the records `after < seq <= to`. What SQLite itself cannot read is damage of the record
/// that should have come.
fn check(db: &Connection, ends: &Ends, after: u64, to: u64) -> Result<Checked> {
    let mut checked = Checked { whole: 0, erased: 0, damage: None };
    match check_rows(db, ends, after, to, &mut checked) {
        Ok(()) if checked.damage.is_none() && checked.whole < to - after => {
            checked.damage = Some("the record is missing".into());
        }
        Ok(()) => {}
        Err(error) => match Error::from(error) {
            error if error.kind == Kind::Damaged => {
                checked.damage = Some("the file is broken here".into());
            }
            error => return Err(error),
        },
    }
    Ok(checked)
}

fn check_rows(
    db: &Connection,
    ends: &Ends,
    after: u64,
    to: u64,
    checked: &mut Checked,
) -> rusqlite::Result<()> {
    let mut previous = ends.start;
    if after > 0 {
        let found = db
            .prepare_cached("SELECT hash FROM journal WHERE seq = ?1")?
            .query_row([after.cast_signed()], |row| {
                Ok(row.get_ref(0)?.as_blob().ok().and_then(|hash| Digest::try_from(hash).ok()))
            })
            .optional()?
            .flatten();
        let Some(hash) = found else {
            // The range before finds the same, and names the right record.
            checked.damage = Some("the record before it cannot be read".into());
            return Ok(());
        };
        previous = hash;
    }
    let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq > ?1 AND seq <= ?2 ORDER BY seq");
    let mut query = db.prepare_cached(&sql)?;
    let mut rows = query.query([after.cast_signed(), to.cast_signed()])?;
    let mut image = Vec::new();
    while let Some(row) = rows.next()? {
        match check_row(row, after + checked.whole + 1, &previous, &mut image) {
            Ok((hash, erased)) => {
                previous = hash;
                checked.whole += 1;
                checked.erased += u64::from(erased);
            }
            Err(what) => {
                checked.damage = Some(what.into());
                break;
            }
        }
    }
    Ok(())
}

/// The record's hash and whether it is erased, or what is wrong with it.
fn check_row(
    row: &Row,
    seq: u64,
    previous: &Digest,
    image: &mut Vec<u8>,
) -> std::result::Result<(Digest, bool), &'static str> {
    // Types are part of the proof: a flipped bit can turn a blob into a text of the same bytes.
    const TYPE: &str = "a field is not of its type";
    let number = |column| row.get_ref(column).ok().and_then(|v| v.as_i64().ok()).ok_or(TYPE);
    let text = |column| match row.get_ref(column) {
        Ok(ValueRef::Text(text)) => Ok(text),
        _ => Err(TYPE),
    };
    let blob = |column| match row.get_ref(column) {
        Ok(ValueRef::Blob(blob)) => Ok(blob),
        _ => Err(TYPE),
    };
    if number(0)? != seq.cast_signed() {
        return Err("the record is missing");
    }
    let digest = blob(14)?;
    let ignorable = match number(5)? {
        0 => false,
        1 => true,
        _ => return Err(TYPE),
    };
    let fields = Fields {
        seq: seq.cast_signed(),
        id: blob(1)?,
        stream: text(2)?,
        version: number(3)?,
        kind: text(4)?,
        ignorable,
        actor: text(6)?,
        device: text(7)?,
        command: blob(8)?,
        occurred_at: number(9)?,
        recorded_at: number(10)?,
        data: blob(11)?,
        private_digest: digest,
    };
    let hash = fields.hash(previous, image);
    if blob(15)? != hash {
        return Err("its bytes do not give its hash");
    }
    let erased = match (row.get_ref(12), row.get_ref(13)) {
        (Ok(ValueRef::Null), Ok(ValueRef::Null)) => digest != [0; 32],
        (Ok(ValueRef::Blob(salt)), Ok(ValueRef::Blob(private))) => {
            if private_digest_in(salt, private, image) != digest {
                return Err("its private part is not the one that was recorded");
            }
            false
        }
        _ => return Err(TYPE),
    };
    Ok((hash, erased))
}
