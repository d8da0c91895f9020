//! `hotfix metrics`: what all of it comes to, for a person, a script or a spreadsheet.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, ValueEnum};
use hotfix_core::desk::Instant;
use serde_json::{Value, json};
use std::io::Write as _;

#[derive(Args)]
pub struct Metrics {
    /// The first instant of the period; ninety days before its end, if left out.
    #[arg(long)]
    from: Option<Instant>,
    /// The end of the period, which is not part of it; now, if left out.
    #[arg(long)]
    to: Option<Instant>,
    #[arg(long)]
    product: Option<String>,
    #[arg(long)]
    team: Option<String>,
    /// What the series are made of; months where the period is longer than half a year.
    #[arg(long)]
    by: Option<By>,
    /// The rows behind one measure instead, the newest first: `lead_time`, `change_fail_rate`, …
    #[arg(long, value_name = "MEASURE")]
    rows: Option<String>,
    /// Of those rows only the ones of a part: a score from 1 to 5, a cause such as `rolled_back`.
    #[arg(long, requires = "rows")]
    part: Option<String>,
    /// As CSV.
    #[arg(long)]
    csv: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum By {
    Week,
    Month,
}

pub fn metrics(context: &Context, asked: Metrics) -> Result<u8, Failure> {
    let every = asked.by.map(|by| match by {
        By::Week => "week",
        By::Month => "month",
    });
    let mut request = json!({
        "from": asked.from, "to": asked.to, "every": every,
        "product": asked.product, "team": asked.team,
    });
    if asked.csv {
        let request = json!({ "metrics": request, "rows_of": asked.rows, "part": asked.part });
        let csv = context.call("metrics_csv", request)?;
        let csv = csv["text"].as_str().unwrap_or_default();
        return match std::io::stdout().write_all(csv.as_bytes()) {
            // `hotfix … | head` closes the pipe; that is not our failure.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
            other => Ok(other.map(|()| 0)?),
        };
    }
    if let Some(measure) = asked.rows {
        request["part"] = json!(asked.part);
        return rows(context, request, &measure);
    }
    let metrics = context.call("metrics", request)?;
    if context.print.json {
        return context.print.document(&metrics);
    }
    let period = ["from", "to"].map(|end| text(&metrics[end]));
    context.print.line(&format!("{} until {}", period[0], period[1]))?;
    context.print.list(&metrics["figures"], |one| {
        let unit = one["unit"].as_str().unwrap_or_default();
        let of = match one["part"].as_u64() {
            Some(part) => format!("{part} of {}", one["of"]),
            None => format!("of {}", one["of"]),
        };
        let before = shown(&one["before"], unit);
        let name = text(&one["name"]);
        format!("{name:<26}{:>16}  {of:<14}  before: {before}", shown(&one["value"], unit))
    })
}

fn rows(context: &Context, mut request: Value, measure: &str) -> Result<u8, Failure> {
    request["measure"] = json!(measure);
    request["limit"] = json!(500);
    loop {
        let page = context.call("metric_rows", request.clone())?;
        if !context.print.json && request["after"].is_null() {
            spread(context, &page["parts"])?;
        }
        context.print.list(&page["rows"], |row| {
            let counts = if row["counts"] == true { "*" } else { " " };
            let took = shown(&row["seconds"], "seconds");
            let why = row["why"].as_str().unwrap_or_default();
            format!(
                "{counts} {:<10}{}  {took:>14}  {}  {why}",
                text(&row["key"]),
                text(&row["at"]),
                text(&row["title"])
            )
        })?;
        if page["next"].is_null() {
            return Ok(0);
        }
        request["after"] = page["next"].clone();
    }
}

/// How the rows spread, in a line before them: "5 of 5: 8, 4 of 5: 2".
fn spread(context: &Context, parts: &Value) -> Result<(), Failure> {
    let parts = parts.as_array().map(Vec::as_slice).unwrap_or_default();
    let said = parts.iter().map(|part| format!("{}: {}", text(&part["name"]), part["of"]));
    match said.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => Ok(()),
        line => context.print.line(&line).map(drop),
    }
}

/// A value as a person reads it: "4 h 30 min", "2.0 a week", "75 %", "3.7"; a dash where there is none.
fn shown(value: &Value, unit: &str) -> String {
    let Some(value) = value.as_f64() else { return "–".into() };
    match unit {
        "seconds" => duration(value),
        "per_week" => format!("{value:.1} a week"),
        "share" => format!("{:.0} %", value * 100.0),
        _ => format!("{value:.1}"),
    }
}

/// Two units at most, the smaller one rounded down.
fn duration(seconds: f64) -> String {
    let whole = seconds as u64;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let first = units.iter().position(|(size, _)| whole >= *size).unwrap_or(3);
    let (mut rest, mut words) = (whole, Vec::new());
    for (size, name) in units.iter().skip(first).take(2) {
        if rest / size > 0 || words.is_empty() {
            words.push(format!("{} {name}", rest / size));
        }
        rest %= size;
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_in_their_unit_and_none_as_a_dash() {
        let said = |value: Value, unit: &str| shown(&value, unit);
        assert_eq!(said(json!(16_200.0), "seconds"), "4 h 30 min");
        assert_eq!(said(json!(90_061.0), "seconds"), "1 d 1 h");
        assert_eq!(said(json!(0.4), "seconds"), "0 s");
        assert_eq!(said(json!(0.285_714), "share"), "29 %");
        assert_eq!(said(json!(2.0), "per_week"), "2.0 a week");
        assert_eq!(said(Value::Null, "share"), "–");
    }
}
