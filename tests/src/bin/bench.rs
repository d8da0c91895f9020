//! `make bench`: every measure beside its floor, in one table. `bench [--quick] [NAME…]`; the names
//! are start, log, import, rebuild, metrics, verify, inbox, scroll, similar, search, branches,
//! package, calendar, deploy and outbox. It wants a release build.

use hotfix_tests::bench::{
    Bench, Row, branches, calendar, deploy, import, inbox, log, metrics, outbox, package, probes,
    rebuild, scroll, search, similar, start, verify,
};
use std::process::ExitCode;

type Measure = fn(&Bench) -> Vec<Row>;

/// In an order that makes each long file once. `start` is first: it wants a machine that is cold.
const MEASURES: &[(&str, Measure)] = &[
    ("start", start::measure),
    ("log", log::measure),
    ("import", import::measure),
    ("rebuild", rebuild::measure),
    ("metrics", metrics::measure),
    ("verify", verify::measure),
    ("inbox", inbox::measure),
    ("scroll", scroll::measure),
    ("similar", similar::measure),
    ("search", search::measure),
    ("package", package::measure),
    ("branches", branches::measure),
    ("calendar", calendar::measure),
    ("deploy", deploy::measure),
    ("outbox", outbox::measure),
    ("probes", probes::measure),
];

fn main() -> ExitCode {
    let (flags, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.starts_with('-'));
    let unknown = flags
        .iter()
        .find(|flag| *flag != "--quick")
        .or_else(|| names.iter().find(|name| MEASURES.iter().all(|(known, _)| known != name)));
    if let Some(word) = unknown {
        let names: Vec<_> = MEASURES.iter().map(|(name, _)| *name).collect();
        eprintln!("bench: “{word}” is none of: --quick, {}", names.join(", "));
        return ExitCode::from(2);
    }
    if cfg!(debug_assertions) {
        eprintln!("bench: this is a debug build; its figures mean nothing (`make bench`)");
    }
    let bench =
        Bench { folder: hotfix_tests::built().join("bench-files"), quick: !flags.is_empty() };
    std::fs::create_dir_all(&bench.folder).expect("a folder can be made beside the programs");
    bench.fresh(rebuild::LONG);
    let mut rows = Vec::new();
    for (name, measure) in MEASURES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            eprintln!("bench: {name}");
            rows.extend(measure(&bench));
        }
    }
    Row::print(&rows);
    ExitCode::SUCCESS
}
