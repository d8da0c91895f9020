//! The measures, or the rows behind one of them, as CSV (RFC 4180): for a spreadsheet, not for people.
//! Instants are RFC 3339 in UTC, durations seconds, shares from 0 to 1; a missing value is empty.

use super::{AskMetricRows, AskMetrics, Figure, Metric};
use crate::{
    clock::Instant,
    error::Result,
    views::{Question, Read, word},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The measures as CSV, a line for the period, one for the period before and one for each point; or
/// the rows behind one measure.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskMetricsCsv {
    pub metrics: AskMetrics,
    /// The rows behind this one.
    pub rows_of: Option<Metric>,
    /// Of a share only those that count.
    pub counting: bool,
    /// Only the rows of this part.
    pub part: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MetricsCsv {
    pub text: String,
}

impl Question for AskMetricsCsv {
    type Answer = MetricsCsv;

    fn ask(&self, read: &Read) -> Result<MetricsCsv> {
        let mut text = String::new();
        match self.rows_of {
            Some(measure) => rows(read, self, measure, &mut text)?,
            None => figures(read, &self.metrics, &mut text)?,
        }
        Ok(MetricsCsv { text })
    }
}

fn figures(read: &Read, asked: &AskMetrics, out: &mut String) -> Result<()> {
    let metrics = asked.ask(read)?;
    let every = word(metrics.every);
    line(out, &["measure", "period", "from", "to", "value", "unit", "of", "part"]);
    for figure in &metrics.figures {
        let part = figure.part.map(|part| part.to_string());
        let mut write = |period: &str, span: (Instant, Instant), value, of: u64, part| {
            period_line(out, figure, period, span, (value, of, part));
        };
        write("whole", (metrics.from, metrics.to), figure.value, figure.of, part);
        write("before", (metrics.before_from, metrics.from), figure.before, figure.before_of, None);
        for point in &figure.points {
            let part = point.part.map(|part| part.to_string());
            write(&every, (point.from, point.to), point.value, point.of, part);
        }
    }
    Ok(())
}

fn period_line(
    out: &mut String,
    figure: &Figure,
    period: &str,
    (from, to): (Instant, Instant),
    (value, of, part): (Option<f64>, u64, Option<String>),
) {
    line(
        out,
        &[
            &word(figure.measure),
            period,
            &from.to_string(),
            &to.to_string(),
            &number(value),
            &word(figure.unit),
            &of.to_string(),
            &part.unwrap_or_default(),
        ],
    );
}

fn rows(read: &Read, csv: &AskMetricsCsv, measure: Metric, out: &mut String) -> Result<()> {
    let asked = &csv.metrics;
    let mut page = AskMetricRows {
        measure,
        from: asked.from,
        to: asked.to,
        product: asked.product.clone(),
        team: asked.team.clone(),
        counting: csv.counting,
        part: csv.part.clone(),
        after: None,
        limit: Some(500),
    };
    let formula = measure.formula();
    let called = |name: &str, else_: &str| {
        if name.is_empty() { else_.to_owned() } else { name.to_lowercase().replace(' ', "_") }
    };
    line(
        out,
        &[
            "key",
            "hotfix",
            "issue",
            "title",
            "product",
            "team",
            &called(formula.began, "began"),
            &called(formula.ended, "ended"),
            "seconds",
            "counts",
            "why",
        ],
    );
    loop {
        let found = page.ask(read)?;
        for row in &found.rows {
            let instant = |at: Option<Instant>| at.map(|at| at.to_string()).unwrap_or_default();
            line(
                out,
                &[
                    &row.key,
                    row.hotfix.as_ref().map_or("", |key| &key.0),
                    row.issue.as_ref().map_or("", |key| &key.0),
                    &row.title,
                    row.product.as_ref().map_or("", |id| &id.0),
                    row.team.as_ref().map_or("", |id| &id.0),
                    &instant(row.began_at),
                    &instant(row.ended_at),
                    &number(row.seconds),
                    if row.counts { "1" } else { "0" },
                    &row.why,
                ],
            );
        }
        page.after = found.next;
        if page.after.is_none() {
            return Ok(());
        }
    }
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn line(out: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        field(out, cell);
    }
    out.push_str("\r\n");
}

/// One cell. What a person typed must not become a formula in who opens the file, so a text that
/// begins like one gets an apostrophe before it (OWASP, "CSV Injection").
fn field(out: &mut String, text: &str) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = formula || text.contains(['"', ',', '\n', '\r']);
    if !quoted {
        out.push_str(text);
        return;
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_keeps_its_text_and_is_never_a_formula() {
        let mut out = String::new();
        line(&mut out, &["a, \"b\"", "=1+1", "", "2 lines\nlong", "−5"]);
        assert_eq!(out, "\"a, \"\"b\"\"\",\"'=1+1\",,\"2 lines\nlong\",−5\r\n");
    }
}
