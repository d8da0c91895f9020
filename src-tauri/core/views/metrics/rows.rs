//! The rows behind a figure or a point of its series, the newest first.

use super::{AskMetrics, Asked, Formula, Metric, MetricUnit, fold::CAUSES};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    views::{Question, Read, limit, place},
};
use rusqlite::{Row, types::Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The rows of one measure in a period.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskMetricRows {
    pub measure: Metric,
    #[serde(default)]
    pub from: Option<Instant>,
    #[serde(default)]
    pub to: Option<Instant>,
    #[serde(default)]
    pub product: Option<CatalogId>,
    #[serde(default)]
    pub team: Option<CatalogId>,
    /// Of a share only those that count.
    #[serde(default)]
    pub counting: bool,
    /// Only those of this part, by its `id`.
    #[serde(default)]
    pub part: Option<String>,
    #[serde(default)]
    pub after: Option<String>,
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MetricRows {
    pub measure: Metric,
    pub name: String,
    pub unit: super::MetricUnit,
    /// What the two milestones are called; empty where there is none.
    pub began: String,
    pub ended: String,
    /// How the rows of the period spread, whichever part is asked for; empty where the measure has no parts,
    /// and on every page but the first.
    pub parts: Vec<MetricPart>,
    pub rows: Vec<MetricRow>,
    /// The place to go on from; absent at the end.
    pub next: Option<String>,
    /// How many there are in all, counted up to ten thousand.
    #[ts(type = "number")]
    pub total: u64,
}

/// Of feedback a score, from the best to the worst; of what failed a cause, the most frequent first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MetricPart {
    pub id: String,
    pub name: String,
    #[ts(type = "number")]
    pub of: u64,
}

/// One deployment, release, issue or hot fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MetricRow {
    /// `DEP-3`, `ISS-12` or `HF-2`; of a release its version.
    pub key: String,
    pub hotfix: Option<HotfixKey>,
    pub issue: Option<IssueKey>,
    pub title: String,
    pub product: Option<CatalogId>,
    pub team: Option<CatalogId>,
    /// By which it belongs to the period.
    pub at: Instant,
    pub began_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    /// Of a duration.
    pub seconds: Option<f64>,
    /// Whether it has a value, or counts in the share.
    pub counts: bool,
    /// Of what fails or comes back, why; of a deadline which one; of feedback the score.
    pub why: String,
}

/// What of a table a row shows, in SQL.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    /// A number that no other row has.
    pub id: &'static str,
    pub key: &'static str,
    pub hotfix: &'static str,
    pub issue: &'static str,
    pub began: &'static str,
    pub ended: &'static str,
    pub why: &'static str,
}

pub(super) const DEPLOYMENT: Columns = Columns {
    id: "num",
    key: "coalesce(version, 'DEP-' || num)",
    hotfix: "hotfix",
    issue: "NULL",
    began: "NULL",
    ended: "NULL",
    why: "NULL",
};
pub(super) const HOTFIX: Columns = Columns { key: "'HF-' || num", hotfix: "num", ..DEPLOYMENT };
pub(super) const ISSUE: Columns =
    Columns { id: "seq", key: "'ISS-' || issue", hotfix: "NULL", issue: "issue", ..DEPLOYMENT };
/// Why a deployment failed: the cause, and the key that says so.
pub(super) const WHY: &str = "coalesce(cause || ' ' || because, cause)";

/// Counting stops here.
const MOST: u32 = 10_000;

impl AskMetricRows {
    /// Whose and when, as the figure was asked.
    pub(super) fn metrics(&self) -> AskMetrics {
        AskMetrics {
            from: self.from,
            to: self.to,
            product: self.product.clone(),
            team: self.team.clone(),
            every: None,
        }
    }
}

impl Question for AskMetricRows {
    type Answer = MetricRows;

    fn ask(&self, read: &Read) -> Result<MetricRows> {
        let asked = Asked::new(&self.metrics(), read)?;
        let formula = self.measure.formula();
        let Formula { from, at, only, value, unit, rows: columns, .. } = &formula;
        let Columns { id, key, hotfix, issue, began, ended, why } = columns;
        let counts = match unit {
            MetricUnit::Seconds => format!("coalesce({value} >= 0, 0)"),
            MetricUnit::Share => (*value).to_owned(),
            MetricUnit::PerWeek | MetricUnit::Score => "1".to_owned(),
        };
        let mut filter = format!("{only} AND {at} >= ?1 AND {at} < ?2{}", asked.filter);
        if self.counting {
            filter.push_str(&format!(" AND {counts}"));
        }
        let mut values = asked.bounds(asked.within, read);
        let parts = match formula.parts {
            Some(column) if self.after.is_none() => {
                parts(read, &formula, column, &filter, &values)?
            }
            _ => Vec::new(),
        };
        if let Some(part) = &self.part {
            let Some(column) = formula.parts else {
                return Err(Error::field("part", format!("{} has no parts.", formula.name))
                    .hint("Leave it out."));
            };
            values.push(part.clone().into());
            filter.push_str(&format!(" AND CAST({column} AS TEXT) = ?{}", values.len()));
        }
        let total: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM {from} WHERE {filter} LIMIT {MOST})"
            ))?
            .query_row(rusqlite::params_from_iter(&values), |row| row.get(0))?;
        if let Some([before, last]) = place(self.after.as_deref())?.as_deref() {
            let (first, second) = (values.len() + 1, values.len() + 2);
            values.extend([Value::from(*before), Value::from(*last)]);
            filter.push_str(&format!(
                " AND {at} <= ?{first} AND ({at} < ?{first} OR {id} < ?{second})"
            ));
        }
        let most = limit(self.limit, 100, 500) as usize;
        let mut statement = read.db.prepare_cached(&format!(
            "SELECT {at} AS at_, {id} AS id_, {key} AS key_, {hotfix} AS hotfix_, {issue} AS issue_,
                {began} AS began_, {ended} AS ended_, {why} AS why_, {counts} AS counts_, product, team
             FROM {from} WHERE {filter} ORDER BY {at} DESC, {id} DESC LIMIT {}",
            most + 1
        ))?;
        let timed = *unit == MetricUnit::Seconds;
        let mut found: Vec<(MetricRow, String)> = statement
            .query_map(rusqlite::params_from_iter(&values), |found| row(found, timed))?
            .collect::<Result<_, _>>()?;
        let more = found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| more).map(|(_, place)| place.clone());
        let mut rows: Vec<MetricRow> = found.into_iter().map(|(row, _)| row).collect();
        for one in &mut rows {
            one.title = title(read, one)?;
        }
        Ok(MetricRows {
            measure: self.measure,
            name: formula.name.into(),
            unit: *unit,
            began: formula.began.into(),
            ended: formula.ended.into(),
            parts,
            rows,
            next,
            total: total.unsigned_abs(),
        })
    }
}

fn row(row: &Row, timed: bool) -> rusqlite::Result<(MetricRow, String)> {
    let instant = |column: &str| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Instant::from_micros))
    };
    let (began_at, ended_at) = (instant("began_")?, instant("ended_")?);
    let took = began_at.zip(ended_at).map(|(began, ended)| ended.micros() - began.micros());
    let (at, id): (i64, i64) = (row.get("at_")?, row.get("id_")?);
    let why = match row.get::<_, Value>("why_")? {
        Value::Text(text) => said(&text),
        Value::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    let found = MetricRow {
        key: row.get("key_")?,
        hotfix: row.get::<_, Option<i64>>("hotfix_")?.map(|num| HotfixKey(format!("HF-{num}"))),
        issue: row.get::<_, Option<i64>>("issue_")?.map(|num| IssueKey(format!("ISS-{num}"))),
        title: String::new(),
        product: row.get::<_, Option<String>>("product")?.map(CatalogId),
        team: row.get::<_, Option<String>>("team")?.map(CatalogId),
        at: Instant::from_micros(at),
        began_at,
        ended_at,
        seconds: took.filter(|took| timed && *took >= 0).map(|took| took as f64 / 1e6),
        counts: row.get("counts_")?,
        why,
    };
    Ok((found, format!("{at}.{id}")))
}

/// How many rows of the period each part has.
fn parts(
    read: &Read,
    formula: &Formula,
    column: &str,
    filter: &str,
    values: &[Value],
) -> Result<Vec<MetricPart>> {
    let mut statement = read.db.prepare_cached(&format!(
        "SELECT CAST({column} AS TEXT), count(*) FROM {} WHERE {filter} AND {column} IS NOT NULL
         GROUP BY 1 ORDER BY 2 DESC, 1",
        formula.from
    ))?;
    let found = statement.query_map(rusqlite::params_from_iter(values), |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    let found: Vec<(String, u64)> = found.collect::<Result<_, _>>()?;
    if formula.unit != MetricUnit::Score {
        let part = |(id, of): (String, u64)| MetricPart { name: said(&id), id, of };
        return Ok(found.into_iter().map(part).collect());
    }
    // A score that nobody gave says something too.
    let score = |score: u8| {
        let id = score.to_string();
        let of = found.iter().find(|(one, _)| *one == id).map_or(0, |(_, of)| *of);
        MetricPart { name: format!("{score} of {}", SCORES.end()), id, of }
    };
    Ok(SCORES.rev().map(score).collect())
}

/// A cause in words, with the key it is about.
fn said(text: &str) -> String {
    let (first, key) = text.split_once(' ').unwrap_or((text, ""));
    match CAUSES.iter().find(|(cause, ..)| *cause == first) {
        Some((_, words, _)) if key.is_empty() => (*words).to_owned(),
        Some((.., before)) => format!("{before} {key}").trim_start().to_owned(),
        None => text.to_owned(),
    }
}

/// What a row is about; a release is called by its version.
fn title(read: &Read, row: &MetricRow) -> Result<String> {
    let (table, key) = match (&row.issue, &row.hotfix) {
        (Some(issue), _) => ("issues", &issue.0),
        (None, Some(hotfix)) => ("hotfixes", &hotfix.0),
        (None, None) => return Ok(format!("Release {}", row.key)),
    };
    let mut statement =
        read.db.prepare_cached(&format!("SELECT title FROM {table} WHERE num = ?1"))?;
    let mut titles = statement.query_map([crate::views::number(key)], |row| row.get(0))?;
    Ok(titles.next().transpose()?.unwrap_or_default())
}
