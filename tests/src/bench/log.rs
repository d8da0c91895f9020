//! Logging one issue, durably: decision, journal, views and search index, beside one bare insert of
//! the same bytes into a SQLite file of the same kind.

use super::{Bench, Row, history, milliseconds, paired, processor, seconds};
use hotfix_core::{
    desk::{Desk, Options},
    journal::sqlite::read_after,
    store::Store,
};
use rusqlite::Connection;
use serde_json::json;
use std::cell::{Cell, RefCell};

/// Inserts in each turn: long enough that checkpoints and the index's merges are in it.
const EACH: u64 = 100;

pub fn measure(bench: &Bench) -> Vec<Row> {
    let turns = bench.size(14, 4);
    let path = bench.fresh("log.hotfix");
    history::make(&path, history::Until::Issues(bench.size(10_000, 1_000)));
    let desk = Desk::open(&path, Options::default()).expect("the workspace opens");
    let bare_path = bench.fresh("log-floor.sqlite");
    let bare = Connection::open(&bare_path).expect("a bare file");
    bare.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;
         PRAGMA cache_size=-32000; PRAGMA wal_autocheckpoint=2000;
         CREATE TABLE bare (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
    )
    .expect("a bare table");
    let index = Cell::new(10_000_000);
    let log = || {
        index.set(index.get() + 1);
        let text = history::report(index.get());
        let request =
            json!({ "text": text, "product": "shop", "component": "Checkout", "channel": "mail" });
        desk.call("issue_log", request).expect("an issue is logged");
    };
    log();
    let bytes = last_record(&path);
    let insert = || {
        bare.prepare_cached("INSERT INTO bare (bytes) VALUES (?1)")
            .and_then(|mut insert| insert.execute([&bytes]))
            .expect("a bare insert");
    };
    // A file that already has its first pages, as the workspace has.
    (0..200).for_each(|_| insert());
    let spent = RefCell::new((Vec::new(), Vec::new()));
    let timed = |work: &dyn Fn()| {
        let before = processor();
        let wall = seconds(|| (0..EACH).for_each(|_| work())) / EACH as f64;
        (wall, (processor() - before).as_secs_f64() / EACH as f64)
    };
    let pair = paired(
        turns,
        || {
            let (wall, cpu) = timed(&insert);
            spent.borrow_mut().0.push(cpu);
            wall
        },
        || {
            let (wall, cpu) = timed(&log);
            spent.borrow_mut().1.push(cpu);
            wall
        },
    );
    let (floor, ours) = spent.into_inner();
    vec![Row {
        measure: "Log one issue, durably".into(),
        floor: format!("{} a bare insert of {} bytes", milliseconds(pair.floor), bytes.len()),
        figure: milliseconds(pair.ours),
        ratio: Some(pair.ratio()),
        aim: Some(1.5),
        note: format!(
            "processor: {} and {}; {turns} × {EACH} each, in turns",
            milliseconds(super::median(floor)),
            milliseconds(super::median(ours))
        ),
        command: "hotfix call issue_log".into(),
    }]
}

/// All that the journal keeps of the issue that was just logged, in a row.
fn last_record(path: &std::path::Path) -> Vec<u8> {
    let store = Store::open(path).expect("the workspace opens");
    let db = store.read().expect("a reader");
    let seq: i64 = db
        .query_row("SELECT max(seq) FROM journal", [], |row| row.get(0))
        .expect("the journal has records");
    let last = read_after(&db, seq.unsigned_abs() - 1, 1).expect("the last record").remove(0);
    super::verify::bytes_of(&last)
}
