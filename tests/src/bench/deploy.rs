//! A run over a thousand targets, a hundred at once, each step journaled, beside `curl` sending the same
//! requests to a service of the same latency; and the agent's memory over a run that prints a gigabyte.

use super::{Bench, Row, median, milliseconds, peak_memory, seconds, thousands};
use crate::{
    counter::{Asked, Behaviour, Counter, LOG_LINE},
    ground::{Ground, PLANNED, call, open},
    program,
};
use hotfix_core::desk::Desk;
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const AT_ONCE: usize = 100;
const LATENCY: Duration = Duration::from_millis(50);

pub fn measure(bench: &Bench) -> Vec<Row> {
    let targets = bench.size(1_000, 200);
    let ground = Ground::make();
    let (mut floors, mut all_ours, mut requests) = (Vec::new(), Vec::new(), 0);
    for turn in 0..bench.size(5, 3) {
        let service = service();
        let (took, records) = run(&ground, turn, &service, targets);
        assert!(records >= 4 * targets, "every step is journaled: {records}");
        let asked = service.asked();
        requests = asked.len();
        floors.push(curl(&bench.fresh("deploy-floor.curl"), &asked));
        all_ours.push(took);
    }
    let (floor, ours) = (median(floors), median(all_ours));
    let time = Row {
        measure: format!("Deploy to {} targets, {AT_ONCE} at once", thousands(targets)),
        floor: format!(
            "{} curl, the same {} requests",
            milliseconds(floor),
            thousands(requests as u64)
        ),
        figure: milliseconds(ours),
        ratio: Some(ours / floor),
        aim: Some(2.0),
        note: format!("{} ms latency; every step journaled, durably", LATENCY.as_millis()),
        command: "hotfix deploy start".into(),
    };
    vec![time, logs(bench, &ground)]
}

/// The peak of the agent's memory over a run with a long log, beside one with a log of one percent of that.
fn logs(bench: &Bench, ground: &Ground) -> Row {
    let bytes = bench.size(1 << 30, 100 << 20);
    let peak = |name: &str, bytes: u64| {
        let service =
            Counter::start(Behaviour { log_lines: bytes / LOG_LINE, ..Behaviour::default() });
        let path = ground.copy(name, &service);
        let desk = open(&path);
        let agent = program::agent(&path, "bench-agent");
        call(&desk, "deploy_start", json!({ "key": PLANNED }));
        ends_well(&desk, &json!(PLANNED));
        peak_memory(agent.id())
    };
    // Three targets print it, one third each.
    let (floor, ours) = (peak("short-log", bytes / 300), peak("long-log", bytes / 3));
    let megabytes = |bytes: u64| format!("{:.0} MB", bytes as f64 / 1e6);
    Row {
        measure: format!("The agent's memory, {} of logs", megabytes(bytes)),
        floor: format!("{} with {}", megabytes(floor), megabytes(bytes / 100)),
        figure: megabytes(ours),
        ratio: Some(ours as f64 / floor as f64),
        aim: Some(1.3),
        note: "peak of the process (VmHWM); three targets".into(),
        command: "hotfix agent".into(),
    }
}

fn ends_well(desk: &Desk, key: &Value) {
    let until = Instant::now() + Duration::from_secs(300);
    loop {
        let list = call(desk, "deploy_list", json!({ "limit": 10 }));
        let row = list["rows"].as_array().into_iter().flatten().find(|row| row["key"] == *key);
        let state = row.map(|row| row["state"].clone()).unwrap_or_default();
        if state != "deploying" {
            assert_eq!(state, "validating", "the run ends well");
            return;
        }
        assert!(Instant::now() < until, "the run comes to an end");
        thread::sleep(Duration::from_millis(5));
    }
}

fn service() -> Counter {
    Counter::start(Behaviour { latency: LATENCY, ..Behaviour::default() })
}

/// From the start to the end of a run, in seconds, and how many records the journal grew by.
fn run(ground: &Ground, turn: u64, service: &Counter, targets: u64) -> (f64, u64) {
    let path = ground.copy(&format!("deploy-{turn}"), service);
    let desk = open(&path);
    call(&desk, "deploy_call_off", json!({ "key": PLANNED, "reason": "More targets" }));
    let ids = (0..targets)
        .map(|id| json!({ "id": format!("t{id:04}"), "wave": 1, "endpoint": "service" }));
    let product = json!({
        "kind": "product", "id": "shop", "name": "Shop", "components": ["Checkout"],
        "versions": ["1.0"], "branches": [], "repository": "",
        "environments": [{
            "id": "staging", "name": "staging", "production": false, "soak_minutes": 0,
            "rollout": { "at_once": AT_ONCE }, "targets": ids.collect::<Vec<_>>(), "probes": [],
        }],
    });
    call(&desk, "catalog_save", json!({ "object": product }));
    let now = hotfix_core::clock::now();
    let plan = json!({
        "key": "HF-1", "environment": "staging", "starts_at": now,
        "window_ends_at": now.plus(Duration::from_secs(3600)),
    });
    let key = call(&desk, "deploy_plan", plan)["key"].clone();
    let agent = program::agent(&path, "bench-agent");
    let before = records(&path);
    let took = seconds(|| {
        call(&desk, "deploy_start", json!({ "key": key }));
        ends_well(&desk, &key);
    });
    drop(agent);
    (took, records(&path) - before)
}

fn records(path: &Path) -> u64 {
    let db = rusqlite::Connection::open(path).expect("the file opens");
    db.query_row("SELECT max(seq) FROM journal", [], |row| row.get::<_, i64>(0))
        .expect("the journal has records")
        .unsigned_abs()
}

/// The same requests to a service of their own, in seconds.
fn curl(config: &Path, asked: &[Asked]) -> f64 {
    let service = service();
    let mut text = String::new();
    for (number, one) in asked.iter().enumerate() {
        if number > 0 {
            text.push_str("next\n");
        }
        let _ = write!(
            text,
            "url = \"{}{}\"\nno-progress-meter\nrequest = \"{}\"\noutput = \"/dev/null\"\n",
            service.url(),
            one.path,
            one.method
        );
        if !one.key.is_empty() {
            let _ = writeln!(text, "header = \"Idempotency-Key: {}\"", one.key);
        }
        if one.length > 0 {
            let _ = writeln!(
                text,
                "data = \"{}\"",
                "x".repeat(usize::try_from(one.length).unwrap_or(0))
            );
        }
    }
    std::fs::write(config, text).expect("the list can be written");
    let took = seconds(|| {
        let most = AT_ONCE.to_string();
        let status = Command::new("curl")
            .args([
                "--silent",
                "--parallel",
                "--parallel-immediate",
                "--parallel-max",
                &most,
                "--config",
            ])
            .arg(config)
            .stdout(Stdio::null())
            .status()
            .expect("curl is there");
        assert!(status.success(), "{status}");
    });
    assert_eq!(service.asked().len(), asked.len(), "curl asks the same");
    took
}
