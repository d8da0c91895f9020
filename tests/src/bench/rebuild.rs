//! All views made anew from a long journal. There is no floor for it: events a second.

use super::{Bench, Row, history, seconds, size_of, thousands};
use hotfix_core::desk::{Desk, Options};

/// The file with the long journal, which other measures use as well.
pub const LONG: &str = "long.hotfix";

pub fn measure(bench: &Bench) -> Vec<Row> {
    let events = bench.size(1_000_000, 50_000);
    let path = bench.fresh(LONG);
    let made = seconds(|| history::make(&path, history::Until::Events(events)));
    let desk = Desk::open(&path, Options::default()).expect("the workspace opens");
    let mut shown = 0;
    let took = seconds(|| {
        desk.rebuild(&mut |done, total| {
            let tenth = done * 10 / total.max(1);
            if tenth > shown {
                shown = tenth;
                eprintln!("bench: rebuild {} of {}", thousands(done), thousands(total));
            }
            true
        })
        .expect("the views are made anew");
    });
    drop(desk);
    vec![Row {
        measure: format!("Rebuild all views from {} events", thousands(events)),
        floor: String::new(),
        figure: format!("{took:.1} s, {} events/s", thousands((events as f64 / took) as u64)),
        ratio: None,
        aim: None,
        note: format!(
            "file of {} MB, whose journal was written in {made:.0} s",
            size_of(&path) >> 20
        ),
        command: "hotfix rebuild".into(),
    }]
}

/// The long file, as [`measure`] leaves it; made now if it did not run.
pub fn long(bench: &Bench) -> std::path::PathBuf {
    let path = bench.folder.join(LONG);
    if !path.exists() {
        history::make(&path, history::Until::Events(bench.size(1_000_000, 50_000)));
    }
    path
}
