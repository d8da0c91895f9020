//! One page of a table whose rows are numbered: the newest first, from where the last page ended.
//!
//! Pages go by key, so the hundredth costs as much as the first. Absent: lists in another order,
//! which the inbox alone has.

use super::{Page, Read, limit, place};
use crate::error::Result;
use rusqlite::{Row, types::Value};

/// What a list is narrowed to, and the values that go with it.
pub struct Filter {
    sql: Vec<String>,
    values: Vec<Value>,
}

/// Which table the pages are of.
pub struct Numbered {
    /// The table, joined to what its rows show.
    pub from: &'static str,
    /// The column with the number.
    pub num: &'static str,
    pub columns: &'static str,
}

impl Filter {
    pub fn none() -> Self {
        Self { sql: vec!["1".to_owned()], values: Vec::new() }
    }

    /// Only rows for which this holds.
    #[must_use]
    pub fn when(mut self, wanted: bool, sql: &str) -> Self {
        if wanted {
            self.sql.push(sql.to_owned());
        }
        self
    }

    /// Only rows whose column has this value, if one is asked for.
    #[must_use]
    pub fn equal(mut self, column: &str, value: Option<String>) -> Self {
        if let Some(value) = value {
            self.values.push(value.into());
            self.sql.push(format!("{column} = ?{}", self.values.len()));
        }
        self
    }

    /// The page after the place that the last one named. Counting stops at a thousand.
    pub fn newest<T>(
        mut self,
        read: &Read,
        table: &Numbered,
        after: Option<&str>,
        most: Option<u32>,
        row: fn(&Row) -> rusqlite::Result<T>,
    ) -> Result<Page<T>> {
        let most = limit(most, 100, 500) as usize;
        let Numbered { from, num, columns } = table;
        let filter = self.sql.join(" AND ");
        let total: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM {from} WHERE {filter} LIMIT 1000)"
            ))?
            .query_row(rusqlite::params_from_iter(&self.values), |row| row.get(0))?;
        let before = place(after)?.and_then(|place| place.first().copied()).unwrap_or(i64::MAX);
        self.values.push(before.into());
        let mut statement = read.db.prepare_cached(&format!(
            "SELECT {columns}, {num} AS place FROM {from} WHERE {filter} AND {num} < ?{}
             ORDER BY {num} DESC LIMIT {}",
            self.values.len(),
            most + 1
        ))?;
        let mut rows: Vec<(T, i64)> = statement
            .query_map(rusqlite::params_from_iter(&self.values), |found| {
                Ok((row(found)?, found.get("place")?))
            })?
            .collect::<Result<_, _>>()?;
        let more = rows.len() > most;
        rows.truncate(most);
        let next = rows.last().filter(|_| more).map(|(_, place)| place.to_string());
        let rows = rows.into_iter().map(|(row, _)| row).collect();
        Ok(Page { rows, next, total: total.unsigned_abs() })
    }
}
