//! The index of one workspace in memory: read from the view's table, and moved forward stream by
//! stream.

use super::{
    index::{Index, Report, Scratch},
    rank::{self, Query, Ranked},
    words,
};
use crate::{
    error::Result,
    event::stream,
    store::Store,
    views::background::{self, Background, Kept},
};
use rusqlite::{Connection, OptionalExtension, Row};
use std::{sync::Arc, time::Duration};

const COLUMNS: &str = "SELECT s.num, s.words, s.original, i.reported_at, i.component,
        o.state IN ('resolved', 'closed') AND o.hotfix IS NOT NULL
    FROM similar s JOIN issues i ON i.num = s.num JOIN issues o ON o.num = s.original";

/// The index beside a workspace's file.
pub struct Memory(Background<Loaded>);

#[derive(Default)]
struct Loaded {
    /// The place in the journal that the index stands at.
    seq: u64,
    index: Index,
    scratch: Scratch,
}

/// How large the index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub reports: usize,
    pub bytes: usize,
}

impl Memory {
    pub fn new(store: Arc<Store>) -> Self {
        Self(Background::new(store))
    }

    /// Begins to load the index, unless that was done; returns at once.
    pub fn warm(&self) -> Result<()> {
        self.0.warm()
    }

    /// Ranks what the snapshot `db` holds; nothing if the index is not ready in time.
    pub fn rank(&self, db: &Connection, query: &Query, wait: Duration) -> Result<Option<Ranked>> {
        self.0.with(db, wait, |loaded| {
            let Loaded { index, scratch, .. } = loaded;
            rank::rank(index, query, scratch)
        })
    }

    /// How large the index is by now; nothing while it is being loaded.
    pub fn size(&self) -> Option<Size> {
        self.0.peek(|loaded| Size { reports: loaded.index.count(), bytes: loaded.index.bytes() })
    }
}

impl Kept for Loaded {
    const NAME: &'static str = "similar";

    fn load(db: &Connection) -> Result<Self> {
        let mut loaded = Self { seq: background::last(db)?, ..Self::default() };
        let mut statement = db.prepare(&format!("{COLUMNS} ORDER BY s.num"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (number, report) = report(row)?;
            loaded.index.put(number, &report);
        }
        Ok(loaded)
    }

    fn catch_up(&mut self, db: &Connection) -> Result<bool> {
        let now = background::last(db)?;
        if now <= self.seq {
            return Ok(true);
        }
        let mut statement =
            db.prepare_cached("SELECT DISTINCT stream FROM journal WHERE seq > ?1")?;
        let streams = statement.query_map([self.seq.cast_signed()], |row| row.get(0))?;
        let mut numbers = Vec::new();
        for stream in streams {
            let stream: String = stream?;
            if stream::topic(&stream) == "issue" {
                let number = number(&stream);
                numbers.push(number);
                // Whether a hot fix has shipped is told by the original.
                numbers.extend(self.index.group(number).iter().filter(|other| **other != number));
            }
        }
        let mut one = db.prepare_cached(&format!("{COLUMNS} WHERE s.num = ?1"))?;
        for number in numbers {
            match one.query_row([number], |row| Ok(report(row))).optional()? {
                Some(read) => self.index.put(number, &read?.1),
                None => self.index.remove(number),
            }
        }
        self.seq = now;
        Ok(true)
    }
}

pub(super) fn number(key: &str) -> u32 {
    u32::try_from(crate::views::number(key)).unwrap_or(0)
}

fn report(row: &Row) -> Result<(u32, Report)> {
    let component: &str = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
    let words = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
    let (title, body) = unpack(words);
    let report = Report {
        title,
        body,
        component: words::name(component),
        at: row.get::<_, i64>(3)?.div_euclid(1_000_000),
        original: row.get(2)?,
        fixed: row.get(5)?,
    };
    Ok((row.get(0)?, report))
}

/// The words of a report as the table holds them: how many stand in the title, then all, four bytes
/// each.
pub(super) fn pack(title: &str, body: &str) -> Vec<u8> {
    let title = words::words(title, words::TITLE);
    let body = words::words(body, words::BODY);
    let mut bytes = Vec::with_capacity(2 + 4 * (title.len() + body.len()));
    bytes.extend((title.len() as u16).to_le_bytes());
    for found in title.iter().chain(&body) {
        bytes.extend(found.word.to_le_bytes());
    }
    bytes
}

fn unpack(bytes: &[u8]) -> (Vec<words::Word>, Vec<words::Word>) {
    let Some((count, rest)) = bytes.split_at_checked(2) else { return Default::default() };
    let count = usize::from(u16::from_le_bytes([count[0], count[1]]));
    let mut all = rest.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
    (all.by_ref().take(count).collect(), all.collect())
}

/// Ranks some reports among themselves, read from the table: for as long as there is no index.
pub(super) fn rank_among(db: &Connection, numbers: &[i64], query: &Query) -> Result<Ranked> {
    let mut one = db.prepare_cached(&format!("{COLUMNS} WHERE s.num = ?1"))?;
    let mut index = Index::default();
    for number in numbers {
        if let Some(read) = one.query_row([number], |row| Ok(report(row))).optional()? {
            let (number, report) = read?;
            index.put(number, &report);
        }
    }
    Ok(rank::rank(&index, query, &mut Scratch::default()))
}
