//! Opening the inbox with a thousand and with a million issues: the questions that the window asks.

use super::{Bench, Row, history, milliseconds, paired, rebuild, seconds, thousands};
use hotfix_core::desk::{Desk, Options};
use serde_json::json;

pub fn measure(bench: &Bench) -> Vec<Row> {
    let (few, many) = (1_000, bench.size(1_000_000, 50_000));
    let small = bench.fresh("inbox.hotfix");
    history::make(&small, history::Until::Issues(few));
    let large = rebuild::long(bench);
    history::grow(&large, history::Until::Issues(many), false);
    let small = Desk::open(&small, Options::default()).expect("the workspace opens");
    eprintln!("bench: the views take in {} issues", thousands(many));
    let large = Desk::open(&large, Options::default()).expect("the workspace opens");
    for desk in [&small, &large] {
        open_inbox(desk);
    }
    let each = 10;
    let timed =
        |desk: &Desk| seconds(|| (0..each).for_each(|_| open_inbox(desk))) / f64::from(each);
    let pair = paired(bench.size(15, 5), || timed(&small), || timed(&large));
    let asked = |desk: &Desk| seconds(|| (0..each).for_each(|_| ask_load(desk))) / f64::from(each);
    let load = paired(bench.size(15, 5), || asked(&small), || asked(&large));
    let opened = Row {
        measure: format!("Open the inbox at {} issues", thousands(many)),
        floor: format!("{} at {}", milliseconds(pair.floor), thousands(few)),
        figure: milliseconds(pair.ours),
        ratio: Some(pair.ratio()),
        aim: Some(1.3),
        note: "issue_list (200 rows), count_all and issue_show of the first".into(),
        command: "hotfix call issue_list '{\"limit\":200}'".into(),
    };
    let busy = Row {
        measure: format!("Who is busy with how much at {} issues", thousands(many)),
        floor: format!("{} at {}", milliseconds(load.floor), thousands(few)),
        figure: milliseconds(load.ours),
        ratio: Some(load.ratio()),
        aim: Some(1.5),
        note: "load: everybody's hot fixes, issues and what waits, counted up to a thousand".into(),
        command: "hotfix fix load".into(),
    };
    vec![opened, busy]
}

fn ask_load(desk: &Desk) {
    desk.call("load", json!({})).expect("the load");
}

fn open_inbox(desk: &Desk) {
    let page = desk.call("issue_list", json!({ "limit": 200 })).expect("a page");
    desk.call("count_all", json!({})).expect("the counts");
    let first = &page["rows"][0]["key"];
    desk.call("issue_show", json!({ "key": first })).expect("the first issue");
}
