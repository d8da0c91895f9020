//! Samples of a stretch of time put together: what a chart shows, what was usual, and how samples that grow old
//! are kept.
//!
//! Six hours of a probe are kept sample by sample, and its newest hundred anyway; what is older is kept in
//! stretches of five minutes, and after a week of an hour. Each figure of a stretch is a count, a sum, a least or
//! a most, so stretches of stretches are exact. A stretch never reaches over the moment of a deployment. A
//! sample is in one of the two tables, and moves in one transaction.

use super::Store;
use crate::{clock::Instant, error::Result};
use rusqlite::{Connection, Row, params};
use std::time::Duration;

const RAW: Duration = Duration::from_secs(6 * 3600);
/// So many of the newest are kept one by one, however old they are.
const NEWEST: u32 = 100;
const FINE: Duration = Duration::from_secs(300);
const COARSE_AFTER: Duration = Duration::from_secs(7 * 86_400);
const COARSE: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Of the first sample; of what was put together before, its beginning.
    pub at: Instant,
    /// The highest value: of answers the slowest, in milliseconds.
    pub high: Option<f64>,
    pub low: Option<f64>,
    pub mean: Option<f64>,
    pub count: u32,
    pub failures: u32,
    pub inconclusive: u32,
    pub errors: u32,
}

/// How long before a deployment counts for what was usual, and how many good samples it takes.
const USUAL: Duration = Duration::from_secs(24 * 3600);
const ENOUGH: u32 = 5;

/// Everything of a probe (?1, ?2) from one instant (?3) to another (?4, left out), a row a sample or stretch.
const ALL: &str = "
    SELECT at, 1 AS count, result = 'failure' AS failures, result = 'inconclusive' AS inconclusive,
        result = 'error' AS errors, value IS NOT NULL AS valued, coalesce(value, 0.0) AS total,
        value AS low, value AS high, result = 'success' AND value IS NOT NULL AS good,
        iif(result = 'success', coalesce(value, 0.0), 0.0) AS good_total
    FROM sample WHERE subject = ?1 AND probe = ?2 AND at >= ?3 AND at < ?4";
const OLD: &str = "
    SELECT at, count, failures, inconclusive, errors, valued, total, low, high, good, good_total
    FROM stretch WHERE subject = ?1 AND probe = ?2 AND at >= ?3 AND at < ?4";

/// What a probe measured before a deployment, on the average of a day's good samples; `None` with less than
/// five.
pub fn before(
    db: &Connection,
    subject: &str,
    probe: &str,
    deployed_at: Instant,
) -> Result<Option<f64>> {
    let (count, total): (u32, f64) = db
        .prepare_cached(&format!(
            "SELECT coalesce(sum(good), 0), coalesce(sum(good_total), 0.0)
             FROM ({ALL} UNION ALL {OLD})"
        ))?
        .query_row(
            params![subject, probe, deployed_at.minus(USUAL).micros(), deployed_at.micros()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    Ok((count >= ENOUGH).then(|| total / f64::from(count)))
}

/// What a probe saw from one instant to another (the later one left out), in stretches of one
/// length, the oldest first; those without a sample are left out.
pub fn stretches(
    db: &Connection,
    subject: &str,
    probe: &str,
    (from, until): (Instant, Instant),
    most: u32,
) -> Result<Vec<Stretch>> {
    let span = until.micros().saturating_sub(from.micros()).max(1);
    let length = (span / i64::from(most.max(1))).max(1) + i64::from(most > 1);
    let mut statement = db.prepare_cached(&format!(
        "SELECT min(at), max(high), min(low), sum(total), sum(valued), sum(count), sum(failures),
            sum(inconclusive), sum(errors)
         FROM ({ALL} UNION ALL {OLD}) GROUP BY (at - ?3) / ?5 ORDER BY 1"
    ))?;
    let rows = statement.query_map(
        params![subject, probe, from.micros(), until.micros(), length],
        |row| {
            let (total, valued): (f64, u32) = (row.get(3)?, row.get(4)?);
            Ok(Stretch {
                at: Instant::from_micros(row.get(0)?),
                high: row.get(1)?,
                low: row.get(2)?,
                mean: (valued > 0).then(|| total / f64::from(valued)),
                count: row.get(5)?,
                failures: row.get(6)?,
                inconclusive: row.get(7)?,
                errors: row.get(8)?,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A row of the table, as it is written.
struct Kept {
    at: i64,
    counts: [i64; 6],
    sums: [f64; 2],
    low: Option<f64>,
    high: Option<f64>,
}

impl Kept {
    fn of(row: &Row) -> rusqlite::Result<Self> {
        Ok(Self {
            at: row.get(0)?,
            counts: [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?],
            sums: [row.get(7)?, row.get(8)?],
            low: row.get(9)?,
            high: row.get(10)?,
        })
    }
}

impl Store {
    /// Puts together what has grown old. `cuts` gives the moments of a subject that no stretch reaches over. How
    /// many samples were moved.
    pub fn roll_up(
        &self,
        now: Instant,
        cuts: &dyn Fn(&str) -> Result<Vec<Instant>>,
    ) -> Result<u64> {
        let mut moved = 0;
        for (subject, probe) in self.probes_of("sample")? {
            let newest: Option<i64> = {
                let db = self.read()?;
                let mut statement = db.prepare_cached(
                    "SELECT (SELECT at FROM sample WHERE subject = ?1 AND probe = ?2
                             ORDER BY at DESC LIMIT 1 OFFSET ?3)",
                )?;
                statement.query_row(params![subject, probe, NEWEST - 1], |row| row.get(0))?
            };
            let Some(newest) = newest else { continue };
            let until = floor(newest.min(now.minus(RAW).micros()), FINE);
            moved += self.regroup("sample", (&subject, &probe), until, FINE, cuts)?;
        }
        let until = floor(now.minus(COARSE_AFTER).micros(), COARSE);
        for (subject, probe) in self.probes_of("stretch")? {
            self.regroup("stretch", (&subject, &probe), until, COARSE, cuts)?;
        }
        Ok(moved)
    }

    /// Whose rows there are, each once; asks the index for the next one, not for all rows.
    fn probes_of(&self, table: &str) -> Result<Vec<(String, String)>> {
        let db = self.read()?;
        let mut statement = db.prepare_cached(&format!(
            "SELECT subject, probe FROM {table} WHERE (subject, probe) > (?1, ?2)
             ORDER BY subject, probe LIMIT 1"
        ))?;
        let mut all: Vec<(String, String)> = Vec::new();
        loop {
            let (subject, probe) = all.last().cloned().unwrap_or_default();
            let mut rows = statement.query([subject, probe])?;
            let Some(row) = rows.next()? else { return Ok(all) };
            all.push((row.get(0)?, row.get(1)?));
        }
    }

    /// Puts the rows of a probe before an instant into stretches of this length. How many rows there were.
    fn regroup(
        &self,
        table: &str,
        (subject, probe): (&str, &str),
        until: i64,
        length: Duration,
        cuts: &dyn Fn(&str) -> Result<Vec<Instant>>,
    ) -> Result<u64> {
        let length = micros(length);
        // What begins at a full hour, or where a deployment cut it, is as long as it gets.
        let old =
            "SELECT EXISTS (SELECT 1 FROM sample WHERE subject = ?1 AND probe = ?2 AND at < ?3
                   AND ?4 > 0)";
        let small =
            "SELECT EXISTS (SELECT 1 FROM stretch WHERE subject = ?1 AND probe = ?2 AND at < ?3
                     AND at % ?4 <> 0)";
        let is_sample = table == "sample";
        let open: bool = self
            .read()?
            .prepare_cached(if is_sample { old } else { small })?
            .query_row(params![subject, probe, until, length], |row| row.get(0))?;
        if !open {
            return Ok(0);
        }
        let cuts: Vec<i64> = cuts(subject)?.into_iter().map(Instant::micros).collect();
        let cuts = serde_json::to_string(&cuts)?;
        let rows = if is_sample { ALL } else { OLD };
        self.write(|tx| {
            let kept: Vec<Kept> = tx
                .prepare_cached(&format!(
                    "SELECT max(at - at % ?5, coalesce(
                            (SELECT max(value) FROM json_each(?6) WHERE value <= at), 0)) AS start,
                        sum(count), sum(failures), sum(inconclusive), sum(errors), sum(valued),
                        sum(good), sum(total), sum(good_total), min(low), max(high)
                     FROM ({rows}) GROUP BY start"
                ))?
                .query_map(params![subject, probe, i64::MIN, until, length, cuts], Kept::of)?
                .collect::<Result<_, _>>()?;
            let gone = tx
                .prepare_cached(&format!(
                    "DELETE FROM {table} WHERE subject = ?1 AND probe = ?2 AND at < ?3"
                ))?
                .execute(params![subject, probe, until])?;
            let mut keep = tx.prepare_cached(
                "INSERT INTO stretch (subject, probe, at, count, failures, inconclusive, errors,
                    valued, good, total, good_total, low, high)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 ON CONFLICT DO UPDATE SET count = count + excluded.count,
                    failures = failures + excluded.failures,
                    inconclusive = inconclusive + excluded.inconclusive,
                    errors = errors + excluded.errors, valued = valued + excluded.valued,
                    good = good + excluded.good, total = total + excluded.total,
                    good_total = good_total + excluded.good_total,
                    low = coalesce(min(low, excluded.low), low, excluded.low),
                    high = coalesce(max(high, excluded.high), high, excluded.high)",
            )?;
            for one in kept {
                let [count, failures, inconclusive, errors, valued, good] = one.counts;
                let [total, good_total] = one.sums;
                keep.execute(params![
                    subject,
                    probe,
                    one.at,
                    count,
                    failures,
                    inconclusive,
                    errors,
                    valued,
                    good,
                    total,
                    good_total,
                    one.low,
                    one.high
                ])?;
            }
            Ok(u64::try_from(gone).unwrap_or(u64::MAX))
        })
    }
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

fn floor(at: i64, length: Duration) -> i64 {
    at - at.rem_euclid(micros(length))
}

#[cfg(test)]
mod tests;
