//! Telemetry: probe samples and deployment logs. Many and prunable; what follows from them is
//! journaled.

use super::Store;
use crate::{clock::Instant, error::Result};
use rusqlite::{Connection, params};

/// How many samples a probe keeps, and how many log lines a deployment.
const KEEP: i64 = 20_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub at: Instant,
    /// `success`, `failure` or `error`.
    pub result: String,
    /// Milliseconds until the answer.
    pub value: Option<f64>,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    pub id: i64,
    pub at: Instant,
    pub target: String,
    pub stream: String,
    pub text: String,
}

impl Store {
    /// Adds one sample of a probe of a subject (a hot fix's key and environment).
    pub fn add_sample(&self, subject: &str, probe: &str, sample: &Sample) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO sample (subject, probe, at, result, value, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![subject, probe, sample.at.micros(), sample.result, sample.value, sample.detail])?;
            let newest = tx.last_insert_rowid();
            if newest % 1000 == 0 {
                tx.execute(
                    "DELETE FROM sample WHERE subject = ?1 AND probe = ?2 AND id <= (
                        SELECT id FROM sample WHERE subject = ?1 AND probe = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)",
                    params![subject, probe, KEEP],
                )?;
            }
            Ok(())
        })
    }

    /// Adds log lines in one transaction: target, stream and text of each.
    pub fn add_log(
        &self,
        subject: &str,
        at: Instant,
        lines: &[(String, &'static str, String)],
    ) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO log (subject, target, at, stream, text) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (target, stream, text) in lines {
                insert.execute(params![subject, target, at.micros(), stream, text])?;
            }
            let newest = tx.last_insert_rowid();
            tx.prepare_cached("DELETE FROM log WHERE subject = ?1 AND id <= ?2")?
                .execute(params![subject, newest - KEEP * 10])?;
            Ok(())
        })
    }
}

/// The newest samples of a probe, the oldest first.
pub fn samples(db: &Connection, subject: &str, probe: &str, limit: u32) -> Result<Vec<Sample>> {
    let mut statement = db.prepare_cached(
        "SELECT at, result, value, detail FROM sample WHERE subject = ?1 AND probe = ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let rows = statement.query_map(params![subject, probe, limit], |row| {
        Ok(Sample {
            at: Instant::from_micros(row.get(0)?),
            result: row.get(1)?,
            value: row.get(2)?,
            detail: row.get(3)?,
        })
    })?;
    let mut samples: Vec<_> = rows.collect::<Result<_, _>>()?;
    samples.reverse();
    Ok(samples)
}

/// Log lines after a place, the oldest first, of one target or all.
pub fn log_lines(
    db: &Connection,
    subject: &str,
    target: Option<&str>,
    after: i64,
    limit: u32,
) -> Result<Vec<LogLine>> {
    let mut statement = db.prepare_cached(
        "SELECT id, at, target, stream, text FROM log
         WHERE subject = ?1 AND id > ?2 AND (?3 IS NULL OR target = ?3) ORDER BY id LIMIT ?4",
    )?;
    let rows = statement.query_map(params![subject, after, target, limit], |row| {
        Ok(LogLine {
            id: row.get(0)?,
            at: Instant::from_micros(row.get(1)?),
            target: row.get(2)?,
            stream: row.get(3)?,
            text: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
