//! The measures of twelve months over a million events, beside bare statements that count the same
//! rows: what SQLite needs to walk over them once.

use super::{Bench, Row, milliseconds, paired, rebuild, seconds, thousands};
use hotfix_core::{
    clock::now,
    desk::{Desk, Options},
};
use rusqlite::{Connection, params};
use serde_json::json;
use std::time::Duration;

/// Production deployments beside the history's issues, which has only the sample's.
const DEPLOYMENTS: i64 = 20_000;
/// Their numbers, far from those that the sample gave.
const FIRST: i64 = 1 << 40;

pub fn measure(bench: &Bench) -> Vec<Row> {
    let events = bench.size(1_000_000, 50_000);
    let path = rebuild::long(bench);
    // Opening lets the views catch up.
    let desk = Desk::open(&path, Options::default()).expect("the workspace opens");
    let db = Connection::open(&path).expect("the file opens");
    // What they were made of matters little: rows over a year, a tenth of which failed.
    db.execute(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1),
            row(i, at) AS (SELECT i, unixepoch() * 1000000 - (31536000 / ?1 * i + 60) * 1000000 FROM n)
         INSERT OR REPLACE INTO metric_deployments
            (num, at, deployed_at, failed_at, recovered_at, commit_at, hotfix, root, incident, product,
             environment)
         SELECT ?2 + i, at, at, iif(i % 10 = 0, at + 3600000000, NULL),
            iif(i % 10 = 0, at + 7200000000, NULL), at - 86400000000 - i, i, i, 1, 'shop', 'production'
         FROM row",
        params![DEPLOYMENTS, FIRST],
    )
    .expect("deployments are made up");
    let (to, year) = (now(), Duration::from_secs(365 * 24 * 3600));
    let asked = json!({ "from": to.minus(year), "to": to, "every": "month" });
    // The same rows, each walked over once and its columns read.
    let floor = || {
        let count = |sql: &str| -> i64 {
            let mut statement = db.prepare_cached(sql).expect("a statement");
            let bounds = [to.minus(year).micros(), to.micros()];
            statement.query_row(bounds, |row| row.get(0)).expect("a count")
        };
        seconds(|| {
            count(
                "SELECT count(*) + sum(acknowledged_at > at) FROM metric_reports
                 WHERE at >= ?1 AND at < ?2",
            );
            count("SELECT count(*) + sum(kept) FROM metric_deadlines WHERE due >= ?1 AND due < ?2");
            count(
                "SELECT count(*) + sum(failed_at > at) FROM metric_deployments
                 WHERE at >= ?1 AND at < ?2",
            );
        })
    };
    let ours = || {
        seconds(|| {
            desk.call("metrics", asked.clone()).expect("the measures");
        })
    };
    let figures = desk.call("metrics", asked.clone()).expect("the measures");
    let of = |measure: &str| {
        let all = figures["figures"].as_array().expect("figures");
        let one = all.iter().find(|one| one["measure"] == measure).expect("the measure");
        one["of"].as_u64().unwrap_or(0)
    };
    let note = format!(
        "twelve months by month: {} reports, {} deadlines, {} deployments",
        thousands(of("first_contact_duplicates")),
        thousands(of("sla_kept")),
        thousands(of("deployment_frequency"))
    );
    floor();
    let pair = paired(bench.size(15, 5), floor, ours);
    db.execute("DELETE FROM metric_deployments WHERE num >= ?1", [FIRST]).expect("they go again");
    vec![Row {
        measure: format!("Insights over {} events", thousands(events)),
        floor: milliseconds(pair.floor),
        figure: milliseconds(pair.ours),
        ratio: Some(pair.ratio()),
        aim: Some(4.0),
        note: format!("{note}; aim: under 100 ms"),
        command: "hotfix metrics --by month".into(),
    }]
}
