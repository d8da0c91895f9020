//! Views: tables made from the journal. Any of them can be dropped and made again.

use super::Store;
use crate::{
    error::{Error, Kind, Result},
    journal::{Record, sqlite},
};
use rusqlite::{Connection, params};
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
    fn apply(&self, tx: &Connection, record: &Record) -> Result<()>;
    /// What to compare instead of the table itself, where its bytes depend on more than its content.
    fn dump(&self, table: &str) -> String {
        format!("SELECT * FROM {table}")
    }
}

const BATCH: usize = 10_000;

impl Store {
    /// Makes the views that are missing or of another version; true if there were any.
    pub fn prepare_views(&self, views: &[Box<dyn View>]) -> Result<bool> {
        let mut stale = false;
        {
            let db = self.read()?;
            for view in views {
                let version: Option<u32> = db
                    .query_row(
                        "SELECT version FROM view_meta WHERE name = ?1",
                        [view.name()],
                        |row| row.get(0),
                    )
                    .map(Some)
                    .or_else(|error| match error {
                        rusqlite::Error::QueryReturnedNoRows => Ok(None),
                        other => Err(other),
                    })?;
                stale |= version != Some(view.version());
            }
        }
        if stale {
            self.rebuild(views, &mut |_, _| true)?;
        }
        Ok(stale)
    }

    /// Drops all views and makes them anew from the journal, in one transaction: until it is done,
    /// readers see the old ones, and an interruption leaves them. `progress(done, total)` may
    /// answer `false` to stop.
    pub fn rebuild(
        &self,
        views: &[Box<dyn View>],
        progress: &mut dyn FnMut(u64, u64) -> bool,
    ) -> Result<u64> {
        self.write(|tx| {
            tx.execute("DELETE FROM snapshot", [])?;
            for view in views {
                for table in view.tables() {
                    tx.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
                }
                tx.execute_batch(view.create())?;
                tx.execute(
                    "INSERT OR REPLACE INTO view_meta VALUES (?1, ?2)",
                    params![view.name(), view.version()],
                )?;
            }
            let total: i64 =
                tx.query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |row| row.get(0))?;
            let total = total.unsigned_abs();
            let mut done = 0;
            while done < total {
                for record in sqlite::read_after(tx, done, BATCH)? {
                    for view in views {
                        view.apply(tx, &record)?;
                    }
                    done = record.seq;
                }
                if !progress(done, total) {
                    return Err(Error::new(
                        Kind::Conflict,
                        "The rebuild was cancelled; the views are as they were.",
                    ));
                }
            }
            Ok(total)
        })
    }

    /// Writes every view's rows in a fixed order: the same journal gives the same dump.
    pub fn dump(&self, views: &[Box<dyn View>], out: &mut dyn Write) -> Result<()> {
        let db = self.read()?;
        for view in views {
            for table in view.tables() {
                let query = view.dump(table);
                let mut statement = db.prepare(&query)?;
                let columns = statement.column_count();
                let mut lines = Vec::new();
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let mut line = String::new();
                    for column in 0..columns {
                        line.push_str(&format!("{:?}\t", row.get_ref(column)?));
                    }
                    lines.push(line);
                }
                lines.sort_unstable();
                writeln!(out, "# {table}")?;
                for line in lines {
                    writeln!(out, "{line}")?;
                }
            }
        }
        Ok(())
    }
}
