//! `hotfix issue import`: a file of issues, in one go or not at all.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Args;
use hotfix_core::desk;
use serde_json::{Value, json};
use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const FORMATS: [&str; 6] = ["csv", "jsonl", "github", "gitlab", "jira", "zendesk"];

#[derive(Args)]
pub struct Import {
    /// The file, or - for standard input.
    file: PathBuf,
    /// Which column is a field: title, description, steps, expected, actual, workaround,
    /// tell_caller, reporter, reach, product, component, version, environment, affected, at, state,
    /// closed_at, id, url, channel, labels. A column is named as in the header, as #3, or as a place
    /// in the object (fields.summary); nothing leaves the field out.
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    map: Vec<String>,
    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Keep the good rows, although there are bad ones.
    #[arg(long)]
    skip_bad: bool,
    /// What the file is, instead of what it looks like.
    #[arg(long, value_parser = FORMATS)]
    format: Option<String>,
    /// utf-8, utf-16le, windows-1252, shift_jis …
    #[arg(long)]
    encoding: Option<String>,
    /// The character between cells; `tab` for the tabulator.
    #[arg(long)]
    separator: Option<String>,
    /// Whether 03/04 is in April (day) or in March (month).
    #[arg(long, value_parser = ["day", "month"])]
    first: Option<String>,
    /// What times without a zone mean; the workspace's zone if left out.
    #[arg(long)]
    zone: Option<String>,
    /// The product of rows that name none.
    #[arg(long)]
    product: Option<String>,
    /// What names the file's ids uniquely, should files of two systems call theirs alike.
    #[arg(long)]
    source: Option<String>,
    /// Of a test report (JUnit XML, TAP): only this test, not all that failed. May be repeated.
    #[arg(long = "test", value_name = "NAME")]
    tests: Vec<String>,
    /// Of a test report: the commit that was tested.
    #[arg(long, default_value = "")]
    commit: String,
    /// What becomes of issues that are closed there.
    #[arg(long, value_parser = ["import", "skip"], default_value = "import")]
    closed: String,
}

pub fn import(context: &Context, import: Import) -> Result<u8, Failure> {
    let desk = context.desk()?;
    let spooled = match import.file.to_str() {
        Some("-") => Some(desk::import::spool(&mut std::io::stdin().lock())?),
        _ => None,
    };
    let path = spooled.as_deref().unwrap_or(&import.file);
    let path = path.to_str().ok_or_else(|| {
        Failure::usage(
            "FILE",
            "The file's name is not text.",
            "Rename it, or use - for standard input.",
        )
    })?;
    if is_report(path)? {
        return failed_tests(context, &desk, path, &import);
    }
    let separator = match import.separator.as_deref() {
        Some("tab" | "\\t") => Some("\t".to_owned()),
        other => other.map(str::to_owned),
    };
    let request = json!({
        "path": path, "skip_bad": import.skip_bad, "dry_run": import.dry_run,
        "how": {
            "format": import.format, "encoding": import.encoding, "separator": separator,
            "map": mapping(&import.map)?, "day_first": import.first.map(|first| first == "day"),
            "zone": import.zone, "product": import.product, "source": import.source,
            "closed": import.closed,
        },
    });
    let ended = AtomicBool::new(false);
    let answer = std::thread::scope(|scope| {
        if !context.print.json && std::io::stderr().is_terminal() {
            scope.spawn(|| tell(&desk, &ended));
        }
        let answer = desk.call_as("issue_import", request, &context.how);
        ended.store(true, Ordering::SeqCst);
        answer
    })?;
    context.print.done(&sentence(&answer), &answer)?;
    let refused = answer["bad"] != 0 && !import.skip_bad;
    Ok(u8::from(refused))
}

/// Whether a file is a test report: no file of issues begins as XML does, or ends in .tap.
fn is_report(path: &str) -> Result<bool, Failure> {
    use std::io::Read as _;
    if path.to_lowercase().ends_with(".tap") {
        return Ok(true);
    }
    let mut start = Vec::new();
    // What cannot be read is told by who reads it.
    let Ok(file) = std::fs::File::open(path) else { return Ok(false) };
    if !file.metadata()?.is_file() {
        return Ok(false);
    }
    file.take(512).read_to_end(&mut start)?;
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start);
    Ok(start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<'))
}

/// Each failing test of a report as an issue; one that is an issue already is none again.
fn failed_tests(
    context: &Context,
    desk: &desk::Desk,
    path: &str,
    import: &Import,
) -> Result<u8, Failure> {
    let request = json!({
        "paths": [path], "product": import.product, "commit": import.commit,
        "tests": import.tests, "dry_run": import.dry_run,
    });
    let answer = desk.call_as("issue_from_tests", request, &context.how)?;
    let mut lines = Vec::new();
    for one in answer["issues"].as_array().into_iter().flatten() {
        let known = if one["known"] == true { "  (known)" } else { "" };
        lines.push(format!("{:<9} {}{known}", text(&one["key"]), text(&one["test"])));
    }
    let would = if answer["dry_run"] == true { "would become" } else { "became" };
    lines.push(format!(
        "{} failing tests {would} issues, {} were known already.",
        answer["imported"], answer["known"]
    ));
    context.print.done(&lines.join("\n"), &answer)
}

/// `FIELD=COLUMN`, several times for a field that has several.
fn mapping(given: &[String]) -> Result<Vec<Value>, Failure> {
    let mut map: Vec<(String, Vec<String>)> = Vec::new();
    for one in given {
        let Some((field, column)) = one.split_once('=') else {
            return Err(Failure::usage(
                "--map",
                format!("“{one}” does not say which column a field is."),
                "Write it as --map title=Summary.",
            ));
        };
        let field = field.trim().to_lowercase().replace('-', "_");
        let columns = (!column.is_empty()).then(|| column.to_owned());
        match map.iter_mut().find(|(known, _)| *known == field) {
            Some((_, known)) => known.extend(columns),
            None => map.push((field, columns.into_iter().collect())),
        }
    }
    Ok(map
        .into_iter()
        .map(|(field, columns)| json!({ "field": field, "columns": columns }))
        .collect())
}

/// How far it is, on one line that is written over.
fn tell(desk: &desk::Desk, ended: &AtomicBool) {
    while !ended.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(200));
        let Ok(far) = desk.call("issue_import_progress", json!({})) else { return };
        if far["done"] == true {
            continue;
        }
        let what = if far["checking"] == true { "checked" } else { "imported" };
        let percent =
            far["bytes"].as_u64().unwrap_or(0) * 100 / far["of_bytes"].as_u64().unwrap_or(1).max(1);
        // Nobody who looks is no reason to stop.
        drop(write!(std::io::stderr(), "\r{} rows {what}, {percent} %   ", far["rows"]));
    }
    drop(write!(std::io::stderr(), "\r\x1b[K"));
}

fn sentence(answer: &Value) -> String {
    let mut lines = Vec::new();
    for bad in answer["errors"].as_array().into_iter().flatten() {
        lines.push(format!("line {}: {}", bad["line"], text(&bad["message"])));
    }
    let told = answer["errors"].as_array().map_or(0, Vec::len) as u64;
    let more = answer["bad"].as_u64().unwrap_or(0).saturating_sub(told);
    if more > 0 {
        lines.push(format!("… and {more} more."));
    }
    let would = if answer["dry_run"] == true { "would be imported" } else { "imported" };
    let mut last = format!(
        "{} {would}, {} skipped ({} of them known already), {} bad.",
        answer["imported"], answer["skipped"], answer["known"], answer["bad"]
    );
    if let (Some(first), Some(newest)) = (answer["first"].as_str(), answer["last"].as_str()) {
        last.push_str(&format!(" {first} to {newest}."));
    }
    if answer["bad"] != 0 && answer["imported"] == 0 {
        last.push_str(" Nothing was changed; --skip-bad keeps the good rows.");
    }
    lines.push(last);
    lines.join("\n")
}
