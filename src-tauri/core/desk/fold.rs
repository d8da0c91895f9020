//! What is held in memory beside the file: the catalog, and where the journal stands.
//!
//! The catalog is small and asked for at every decision, so it is held whole and moved forward with
//! the journal.

use crate::{
    error::Result,
    event::stream,
    journal::sqlite,
    model::catalog::Catalog,
    views::fold::{catalog_as_of, decode, fill},
};
use rusqlite::Connection;
use std::sync::Arc;

/// What is held in memory, as of one place in the journal.
pub struct Folds {
    seq: u64,
    catalog: Arc<Catalog>,
    /// What has changed and was not announced yet: whoever looks at the journal first takes in
    /// what others wrote, and that may be a mere question.
    changed: Vec<String>,
}

impl Folds {
    /// Reads the catalog's streams alone: opening does not depend on the journal's length.
    pub fn load(db: &Connection) -> Result<Self> {
        let seq: i64 =
            db.query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |row| row.get(0))?;
        let catalog = catalog_as_of(db, u64::MAX)?;
        Ok(Self { seq: seq.unsigned_abs(), catalog: Arc::new(catalog), changed: Vec::new() })
    }

    /// Takes in what was appended since.
    pub fn advance(&mut self, db: &Connection) -> Result<()> {
        let mut statement =
            db.prepare_cached("SELECT seq, stream FROM journal WHERE seq > ?1 ORDER BY seq")?;
        let mut rows = statement.query([self.seq.cast_signed()])?;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            let name: String = row.get(1)?;
            self.seq = seq.unsigned_abs();
            let topic = stream::topic(&name);
            if topic == "catalog"
                && let Some(record) = sqlite::read_one(db, self.seq)?
            {
                // A redaction changes what the records before it say.
                let mut records = match record.kind.as_str() {
                    "redacted" => sqlite::read_stream(db, &name, 0, record.version)?,
                    _ => vec![record],
                };
                fill(&mut records)?;
                let catalog = Arc::make_mut(&mut self.catalog);
                for record in records {
                    catalog.apply(&name, record.version, &decode(&record)?);
                }
            }
            if !self.changed.iter().any(|known| known == topic) {
                self.changed.push(topic.to_owned());
            }
        }
        Ok(())
    }

    /// The topics that changed since this was last asked.
    pub fn take_changed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.changed)
    }

    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog)
    }

    pub fn seq(&self) -> u64 {
        self.seq
    }
}

/// The first free number of a kind of key. The append checks that its stream is still empty.
pub fn next_number(db: &Connection, prefix: &str) -> Result<u64> {
    let table = match prefix {
        "ISS" => "issues",
        "HF" => "hotfixes",
        "DEP" => "deployments",
        _ => "messages",
    };
    let last: i64 = db
        .prepare_cached(&format!("SELECT coalesce(max(num), 0) FROM {table}"))?
        .query_row([], |row| row.get(0))?;
    Ok(last.unsigned_abs() + 1)
}
