//! Scrolling through 100,000 rows of the inbox in the real window: what the longest frames take.
//!
//! The list is moved on in every frame, faster than a hand on a wheel would, from the first row to the
//! last; pages are fetched on the way as they are for a person. A frame is what lies between two
//! calls of `requestAnimationFrame`, so the floor is the display's own rhythm, counted in the same
//! window at rest.

use super::{Bench, Row, history, milliseconds, thousands};
use crate::{child::wait_for, desktop::Desktop};
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::time::Duration;

/// Rows that each frame moves on by.
const ROWS_A_FRAME: u64 = 40;

/// Leaves `{ frames: [milliseconds…], row }` behind when it has come to the last row.
const SCROLL: &str = r#"
    const [step, last] = arguments;
    const list = document.querySelector('[role=listbox]');
    const height = list.querySelector('[role=option]').offsetHeight;
    const frames = [];
    window.scrolled = null;
    let before = null;
    const turn = (now) => {
        if (before !== null) frames.push(now - before);
        before = now;
        list.scrollTop += step * height;
        const end = list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
        const all = Math.round(list.scrollHeight / height);
        if (end && all >= last) window.scrolled = { frames, rows: all };
        else requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
"#;

/// The same at rest.
const REST: &str = r"
    const done = arguments[arguments.length - 1];
    const frames = [];
    let before = null;
    const turn = (now) => {
        if (before !== null) frames.push(now - before);
        before = now;
        if (frames.length < 60) requestAnimationFrame(turn);
        else done(frames);
    };
    requestAnimationFrame(turn);
";

pub fn measure(bench: &Bench) -> Vec<Row> {
    let issues = bench.size(100_000, 5_000);
    let file = bench.fresh("scroll.hotfix");
    drop(Desk::sample(&file, 60, 1, Options::default()).expect("a sample"));
    history::grow(&file, history::Until::Issues(issues), false);
    let desk = Desk::open(&file, Options::default()).expect("the views take it in");
    let open = desk.call("count_all", json!({})).expect("the counts")["open"].as_u64().unwrap_or(0);
    drop(desk);
    let mut desktop = Desktop::start("bench-scroll");
    let program = crate::built().join("hotfix-desk");
    let words = ["--workspace", file.to_str().expect("the path is text")];
    let window = desktop.open_program(&program, &words);
    window.script("location.hash = '#/inbox';", &[]);
    wait_for("the first rows", Duration::from_secs(60), || {
        window.script("return document.querySelector('[role=option]') ? true : null", &[]).as_bool()
    });
    let rest = frames(&window.script_async(REST));
    window.script(SCROLL, &[json!(ROWS_A_FRAME), json!(open)]);
    let scrolled = wait_for("the last row", Duration::from_secs(600), || {
        let seen = window.script("return window.scrolled", &[]);
        (!seen.is_null()).then_some(seen)
    });
    let moving = frames(&scrolled["frames"]);
    let long = moving.iter().filter(|frame| **frame > 50.0).count();
    let at = |frames: &[f64], percent: usize| {
        milliseconds(frames[(frames.len() - 1) * percent / 100] / 1e3)
    };
    vec![Row {
        measure: format!("Scroll through {} rows of the inbox", thousands(open)),
        floor: format!("p50 {}, longest {} at rest", at(&rest, 50), at(&rest, 100)),
        figure: format!(
            "p50 {}, p99 {}, longest {}",
            at(&moving, 50),
            at(&moving, 99),
            at(&moving, 100)
        ),
        ratio: None,
        aim: None,
        note: format!(
            "aim no frame over 50 ms: {} of {} frames; {ROWS_A_FRAME} rows a frame",
            long,
            thousands(moving.len() as u64)
        ),
        command: "bench scroll".into(),
    }]
}

/// In order, the shortest first.
fn frames(list: &serde_json::Value) -> Vec<f64> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut frames: Vec<f64> = list.iter().filter_map(serde_json::Value::as_f64).collect();
    assert!(!frames.is_empty(), "the window drew nothing");
    frames.sort_by(f64::total_cmp);
    frames
}
