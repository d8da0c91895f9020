//! The best of what matches, in a time that does not grow with what is stored.
//!
//! A common word is in hundreds of thousands of rows, and nobody reads beyond the first screen. So
//! the index is read from the newest row on, in bands, until there are some hundred candidates (and
//! as many whose title has the words), and only those are weighed: the words in the title count
//! most, then whether it is open, then how recent it is.

use super::{
    plan::{Group, Plan},
    rows::{ISSUES_END, Kind},
    text,
};
use crate::{clock, error::Result};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Candidates of each sort.
const ISSUES: usize = 160;
const IN_TITLE: usize = 80;
const OTHERS: usize = 30;
/// Rows of the first band, when it is not known how many match.
const BAND: i64 = 100_000;
/// After this long the candidates that were found are enough.
const ENOUGH: Duration = Duration::from_millis(4);

pub struct Candidate {
    pub id: i64,
    pub open: bool,
    pub at: i64,
    pub state: String,
    pub priority: Option<String>,
    pub product: Option<String>,
    pub title: String,
    pub score: f64,
}

/// The best first, and whether there are more than were looked at.
pub fn best(db: &Connection, plan: &Plan, now: clock::Instant) -> Result<(Vec<Candidate>, bool)> {
    let mut ids = BTreeSet::new();
    let mut more = false;
    let expression = plan.expression(false);
    if let Some(only) = &plan.ids {
        let mut one =
            db.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 AND rowid = ?2")?;
        for id in only {
            ids.extend(
                one.query_row(params![expression, id], |row| row.get::<_, i64>(0)).optional()?,
            );
        }
    } else {
        for kind in [Kind::Report, Kind::Hotfix, Kind::Message] {
            let found = band(db, &expression, kind.id(0), kind.id(ISSUES_END), OTHERS)?;
            more |= found.len() == OTHERS;
            ids.extend(found);
        }
        let end = newest_issue(db)?;
        let (found, complete) = newest(db, &expression, end, ISSUES, plan.share, true)?;
        ids.extend(found);
        more |= !complete;
        if !complete && !plan.groups.is_empty() {
            // Of more than can be weighed, those with the words in the title are among the best.
            let (found, _) = newest(db, &plan.expression(true), end, IN_TITLE, None, false)?;
            ids.extend(found);
        }
    }
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(mut candidate) = one(db, id)? {
            candidate.score = score(&candidate, &plan.groups, now);
            all.push(candidate);
        }
    }
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.at.cmp(&a.at)).then(b.id.cmp(&a.id)));
    Ok((all, more))
}

/// What a person would rather see has more.
fn score(row: &Candidate, groups: &[Group], now: clock::Instant) -> f64 {
    let days = (now.micros() - row.at).max(0) as f64 / 86_400e6;
    let mut score = 0.8 / (1.0 + days / 60.0);
    if row.open {
        score += 0.7;
    }
    if groups.is_empty() {
        return score;
    }
    let (mut has, mut typed) = (vec![false; groups.len()], vec![false; groups.len()]);
    let (mut words, mut matched, mut in_order) = (0.0, 0.0, 0.0_f64);
    let mut before = None;
    text::each(&row.title, text::Reading::Index, |word, _| {
        words += 1.0;
        let mut here = None;
        for (index, group) in groups.iter().enumerate() {
            if let Some(mark) = group.iter().position(|mark| mark.is(word)) {
                has[index] = true;
                typed[index] |= mark == 0 && group[0].word == word;
                here = Some(index);
                if index > 0 && before == Some(index - 1) {
                    in_order += 1.0;
                }
            }
        }
        matched += f64::from(here.is_some());
        before = here;
        true
    });
    let share =
        |flags: &[bool]| flags.iter().filter(|flag| **flag).count() as f64 / flags.len() as f64;
    let all = share(&has);
    score += 3.0 * all + 0.5 * share(&typed);
    if all >= 1.0 {
        score += 1.0;
    }
    if words > 0.0 {
        score += 0.5 * matched / words;
    }
    if groups.len() > 1 {
        score += 0.5 * (in_order / (groups.len() - 1) as f64).min(1.0);
    }
    score
}

fn newest_issue(db: &Connection) -> Result<i64> {
    let last: Option<i64> = db
        .prepare_cached("SELECT max(id) FROM search_rows WHERE id <= ?1")?
        .query_row([ISSUES_END], |row| row.get(0))?;
    Ok(last.unwrap_or(0))
}

/// The newest issues that match, and whether these are all. How many is a matter of time; `surely`,
/// it goes on until it has found one, however long that takes.
fn newest(
    db: &Connection,
    expression: &str,
    end: i64,
    most: usize,
    share: Option<f64>,
    surely: bool,
) -> Result<(Vec<i64>, bool)> {
    let until = Instant::now() + ENOUGH;
    let mut found = Vec::new();
    let mut high = end;
    let mut width = match share {
        // Twice as many rows as are likely to do.
        Some(share) if share > 0.0 => (2.0 * most as f64 / share).min(1e12) as i64,
        Some(_) => end,
        None => BAND,
    }
    .max(BAND / 4);
    while high > 0 {
        let low = (high - width).max(0) + 1;
        found.extend(band(db, expression, low, high, most - found.len())?);
        let enough = Instant::now() > until && !(surely && found.is_empty());
        if found.len() >= most || enough {
            return Ok((found, false));
        }
        high = low - 1;
        width = width.saturating_mul(4);
    }
    Ok((found, true))
}

fn band(db: &Connection, expression: &str, low: i64, high: i64, most: usize) -> Result<Vec<i64>> {
    let mut statement = db.prepare_cached(
        "SELECT rowid FROM search WHERE search MATCH ?1 AND rowid BETWEEN ?2 AND ?3
         ORDER BY rowid DESC LIMIT ?4",
    )?;
    let rows =
        statement.query_map(params![expression, low, high, most as i64], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One thing by its id, if there is one.
pub fn one(db: &Connection, id: i64) -> Result<Option<Candidate>> {
    let mut row = db.prepare_cached(
        "SELECT open, at, state, priority, product, title FROM search_rows WHERE id = ?1",
    )?;
    let found = row.query_row([id], |found| {
        Ok(Candidate {
            id,
            open: found.get(0)?,
            at: found.get(1)?,
            state: found.get(2)?,
            priority: found.get(3)?,
            product: found.get(4)?,
            title: found.get(5)?,
            score: 0.0,
        })
    });
    Ok(found.optional()?)
}
