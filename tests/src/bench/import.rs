//! An import of 100,000 issues beside `sqlite3 .import` of the same bytes into an FTS5 table: the
//! least that a file of searchable rows costs. Ours decides, journals, chains and projects each.

use super::{Bench, Row, history, paired, seconds, size_of, thousands};
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

pub fn measure(bench: &Bench) -> Vec<Row> {
    let rows = bench.size(100_000, 5_000);
    let file = bench.fresh("import.csv");
    std::fs::write(&file, table(rows)).expect("a table can be written");
    let shell = has_shell();
    let pair = paired(
        bench.size(4, 2),
        || {
            let path = bench.fresh("import-floor.sqlite");
            seconds(|| if shell { by_shell(&path, &file) } else { by_hand(&path, &file) })
        },
        || {
            let path = bench.fresh("import.hotfix");
            let desk = Desk::create(&path, "Import", Options::default()).expect("a workspace");
            let took = seconds(|| {
                let done = desk.call("issue_import", json!({ "path": file })).expect("an import");
                assert_eq!(done["imported"], rows, "{done}");
            });
            drop(desk);
            took
        },
    );
    let floor =
        if shell { "sqlite3 .import into FTS5" } else { "inserts into FTS5 (no sqlite3 here)" };
    vec![Row {
        measure: format!("Import {} issues", thousands(rows)),
        floor: format!("{:.2} s, {floor}", pair.floor),
        figure: format!("{:.2} s", pair.ours),
        ratio: Some(pair.ratio()),
        aim: Some(5.0),
        note: format!(
            "{} MB of CSV; checked first, then all in one transaction",
            size_of(&file) / 1_000_000
        ),
        command: "hotfix issue import FILE.csv".into(),
    }]
}

/// What a help desk exports: an id, a sentence, a paragraph, who, when, where.
fn table(rows: u64) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut table = String::from("id,title,description,reporter,created,component,version\n");
    for row in 1..=rows {
        let text = history::report(row);
        let contact = format!("{} <{}>", text.reporter.name, text.reporter.reach);
        let cells = [
            &row.to_string(),
            &quoted(&text.title),
            &quoted(&text.description),
            &quoted(&contact),
            "2026-03-04T10:20:30Z",
            "Checkout",
            "4.8.1",
        ];
        table.push_str(&cells.map(String::from).join(","));
        table.push('\n');
    }
    table
}

const TABLE: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
    CREATE VIRTUAL TABLE issues USING fts5(id, title, description, reporter, created, component, version);";

fn has_shell() -> bool {
    Command::new("sqlite3")
        .args([":memory:", "CREATE VIRTUAL TABLE t USING fts5(x)"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn by_shell(path: &Path, file: &Path) {
    let mut shell = Command::new("sqlite3")
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("sqlite3 starts");
    let words = format!("{TABLE}\n.import --csv --skip 1 \"{}\" issues\n", file.display());
    let mut input = shell.stdin.take().expect("standard input is piped");
    input.write_all(words.as_bytes()).expect("sqlite3 listens");
    drop(input);
    assert!(shell.wait().expect("sqlite3 ends").success());
}

/// The same without the shell: its rows are known beforehand, so this floor is the lower one.
fn by_hand(path: &Path, file: &Path) {
    let db = rusqlite::Connection::open(path).expect("a file");
    db.execute_batch(&format!("{TABLE} BEGIN")).expect("a table");
    let text = std::fs::read_to_string(file).expect("the table");
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.splitn(7, ',').collect();
        db.prepare_cached("INSERT INTO issues VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .and_then(|mut insert| insert.execute(rusqlite::params_from_iter(cells)))
            .expect("a row");
    }
    db.execute_batch("COMMIT").expect("kept");
}
