//! What follows from what is watched, against real servers: a breach that rolls back, one that opens issues again,
//! a probe that says neither yes nor no, and each kind of probe tried from the form and the terminal.

use hotfix_core::desk::{Desk, EngineHandle, Options};
use hotfix_tests::{
    answers::Answers,
    counter::{Behaviour, Counter},
    ground::{
        Ground, PLANNED, call, open, open_ahead, product, views_rebuild_to_the_same, watched,
    },
    program::hotfix,
    servers::{Alertmanager, Prometheus},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

fn shown(desk: &Desk) -> Value {
    call(desk, "monitor_show", json!({ "key": "HF-1" }))
}

fn until(desk: &Desk, what: &str, so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let now = shown(desk);
        if so(&now) {
            return now;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {now:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn probes(desk: &Desk, probes: Value) {
    call(desk, "catalog_save", json!({ "object": product(&probes) }));
}

/// A workspace whose hot fix is being watched.
fn place(ground: &Ground, name: &str, service: &Counter) -> PathBuf {
    let path = ground.copy(name, service);
    watched(&path);
    path
}

fn start(desk: &Desk) -> (tokio::runtime::Runtime, EngineHandle) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    (runtime, engine)
}

fn alert(name: &str) -> Value {
    json!({ "labels": { "alertname": name, "severity": "critical" } })
}

#[test]
fn an_alert_rolls_back_once_and_a_restart_does_not_do_it_again() {
    let alerts = Alertmanager::start();
    let service =
        Counter::start(Behaviour { takes: Duration::from_secs(2), ..Behaviour::default() });
    let ground = Ground::make();
    let path = place(&ground, "back", &service);
    let desk = open(&path);
    let probe = json!({
        "id": "alerts", "name": "Alerts", "by": "alertmanager", "url": alerts.url(),
        "query": "severity=\"critical\"", "every_seconds": 1, "failure_limit": 1,
        "on_breach": "roll_back",
    });
    let dry = json!({
        "id": "dry", "name": "Dry", "by": "alertmanager", "url": alerts.url(),
        "every_seconds": 1, "failure_limit": 0, "on_breach": "roll_back", "dry_run": true,
    });
    probes(&desk, json!([probe, dry]));
    let (runtime, engine) = start(&desk);
    until(&desk, "well", |now| now["probes"][0]["last"]["value"] == 0.0);
    alerts.post(&[alert("Slow")]);
    let breached = until(&desk, "breached", |now| now["breaches"][0].is_object());
    let breach = &breached["breaches"][0];
    assert_eq!(breach["deed"], json!({ "did": "rolled_back", "deployment": PLANNED }));
    assert!(breach["detail"].as_str().unwrap().contains("Slow"), "{breach}");
    let run = &call(&desk, "deploy_show", json!({ "key": PLANNED }))["deployment"]["run"];
    assert_eq!(run["kind"], "rollback", "{run}");
    // In the midst of it.
    engine.stop();
    drop((engine, desk));
    drop(runtime);
    let desk = open_ahead(&path, Duration::from_secs(30));
    let (_runtime, engine) = start(&desk);
    let begun = Instant::now();
    let state =
        || call(&desk, "deploy_show", json!({ "key": PLANNED }))["deployment"]["state"].clone();
    while state() != "rolled_back" {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", state());
        std::thread::sleep(Duration::from_millis(100));
    }
    // The alert goes on, and a person has said what it was: another breach has nothing to roll back.
    let close = json!({ "key": "HF-1", "breach": "alerts-1", "finding": "The cart was slow." });
    call(&desk, "breach_close", close);
    let again = until(&desk, "breached again", |now| now["breaches"][1].is_object());
    assert_eq!(again["breaches"][1]["deed"]["did"], "refused", "{again:#}");
    assert_eq!(again["breaches"].as_array().unwrap().len(), 2, "the dry run opens none");
    engine.stop();
    let run = call(&desk, "deploy_show", json!({ "key": PLANNED }))["deployment"]["run"].clone();
    assert_eq!((&run["kind"], &run["number"]), (&json!("rollback"), &json!(2)), "{run}");
    let times = service.received();
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let waiting = call(&desk, "waiting", json!({}));
    let told = waiting.as_array().unwrap().iter().find(|one| one["kind"] == "breach").unwrap();
    assert!(told["what"].as_str().unwrap().contains("It was not rolled back"), "{told}");
    views_rebuild_to_the_same(&desk, "after a rollback by itself");
}

#[test]
fn a_breach_opens_its_issues_again_once_and_begins_a_hot_fix_from_them() {
    let server = Answers::start(500);
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = place(&ground, "reopen", &service);
    let desk = open(&path);
    probes(
        &desk,
        json!([{
            "id": "front", "name": "Front", "url": server.url, "every_seconds": 1,
            "failure_limit": 1, "within": 5, "on_breach": "reopen",
        }]),
    );
    let (_runtime, engine) = start(&desk);
    let breached = until(&desk, "breached", |now| now["breaches"][0].is_object());
    let deed = &breached["breaches"][0]["deed"];
    assert_eq!(deed, &json!({ "did": "reopened", "issues": ["ISS-1"], "hotfix": "HF-2" }));
    assert_eq!(breached["recurrences"], json!(["ISS-1"]));
    std::thread::sleep(Duration::from_secs(3));
    engine.stop();
    let fixes = call(&desk, "fix_list", json!({}));
    let text = fixes.to_string();
    assert!(text.contains("HF-2") && !text.contains("HF-3"), "{text}");
    let ship = call(&desk, "fix_blockers", json!({ "key": "HF-1" })).to_string();
    assert!(ship.contains("breach_open") && ship.contains("It came back: ISS-1"), "{ship}");
    views_rebuild_to_the_same(&desk, "after issues were opened again");
}

#[test]
fn what_says_neither_yes_nor_no_is_its_own_result_and_asks_a_person() {
    let server = Prometheus::start("127.0.0.1:9", None);
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = place(&ground, "doubt", &service);
    let desk = open(&path);
    probes(
        &desk,
        json!([{
            "id": "errors", "name": "Errors", "by": "prometheus", "url": server.url(),
            "query": "no_such_metric", "at_most": 1, "every_seconds": 1, "inconclusive_limit": 1,
            "on_breach": "roll_back",
        }]),
    );
    let (_runtime, engine) = start(&desk);
    let asked = until(&desk, "asked", |now| now["doubts"][0].is_object());
    assert_eq!(asked["probes"][0]["last"]["result"], "inconclusive");
    assert!(asked["probes"][0]["counted"]["inconclusive"].as_u64() > Some(1), "{asked:#}");
    assert_eq!(asked["breaches"], json!([]));
    assert_eq!(asked["probes"][0]["chart"][0]["bad"], 0, "it is not bad either");
    let waiting = call(&desk, "waiting", json!({})).to_string();
    assert!(waiting.contains("Errors says neither yes nor no"), "{waiting}");
    let settle =
        ["monitor", "settle", "HF-1", "errors-1", "--breach", "--finding", "No data since."];
    hotfix(&path, settle).expect(0);
    let said = until(&desk, "settled", |now| now["breaches"][0].is_object());
    assert_eq!(said["breaches"][0]["deed"], json!({ "did": "notified" }));
    assert_eq!(
        (&said["doubts"][0]["breach"], &said["doubts"][0]["finding"]),
        (&json!(true), &json!("No data since."))
    );
    engine.stop();
    views_rebuild_to_the_same(&desk, "after a doubt");
}

fn tried(desk: &Desk, spec: Value) -> Value {
    let mut whole = json!({ "id": "p", "name": "P" });
    for (name, value) in spec.as_object().unwrap() {
        whole[name] = value.clone();
    }
    desk.call("probe_try", json!({ "spec": whole })).unwrap_or_else(|error| json!(error))
}

#[test]
fn every_kind_can_be_tried_and_a_mistake_has_its_field() {
    let (alerts, service) = (Alertmanager::start(), Counter::start(Behaviour::default()));
    let ground = Ground::make();
    let path = ground.copy("tried", &service);
    let options = Options { commands: Some(path.with_extension("allowed")), ..Options::default() };
    let desk = Desk::open(&path, options).unwrap();
    let ask = |query: &str| {
        tried(&desk, json!({ "by": "alertmanager", "url": alerts.url(), "query": query }))
    };
    assert_eq!(ask("")["result"], "success");
    alerts.post(&[alert("Slow"), alert("Known")]);
    let two = ask("severity=critical");
    assert_eq!((&two["result"], &two["value"]), (&json!("failure"), &json!(2.0)), "{two}");
    alerts.silence("alertname", "Known");
    let begun = Instant::now();
    while ask("severity=critical")["value"] != 1.0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "what is silenced is not counted");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(ask("severity")["where"], "spec.query");
    let address = json!({ "by": "certificate", "url": "http://127.0.0.1:1" });
    assert_eq!(tried(&desk, address)["where"], "spec.url");
    let local = json!({ "by": "certificate", "url": "https://169.254.169.254" });
    assert_eq!(tried(&desk, local)["where"], "spec.url");

    // A command is allowed twice.
    let words = json!(["sh", "-c", "echo 7"]);
    let run = || tried(&desk, json!({ "by": "command", "argv": words, "at_most": 5 }));
    assert_eq!(run()["where"], "spec.argv");
    call(&desk, "tests_allow", json!({ "on": true }));
    assert!(run()["message"].as_str().unwrap().contains("not allowed on this machine"));
    call(&desk, "probe_command_allow", json!({ "argv": words, "on": true }));
    let stands = call(&desk, "probe_command", json!({ "argv": words }));
    assert_eq!(stands, json!({ "workspace": true, "machine": true }));
    let seven = run();
    assert_eq!((&seven["result"], &seven["value"]), (&json!("failure"), &json!(7.0)));
    let other = json!({ "by": "command", "argv": ["sh", "-c", "echo 8"], "at_most": 5 });
    assert_eq!(tried(&desk, other)["where"], "spec.argv", "other words were not allowed");
}

#[test]
fn the_terminal_tries_a_probe_and_shows_the_watch() {
    let (server, service) = (Answers::start(200), Counter::start(Behaviour::default()));
    let ground = Ground::make();
    let path = place(&ground, "terminal", &service);
    let desk = open(&path);
    probes(&desk, json!([{ "id": "front", "name": "Front", "url": server.url }]));
    drop(desk);
    let ask = |path: &Path| hotfix(path, ["monitor", "try", "shop", "staging", "front"]);
    assert_eq!(ask(&path).expect(0).json()["result"], "success");
    server.with(503);
    let wrong = ask(&path).expect(1).json();
    assert_eq!(wrong["detail"], "answers 503 instead of 200");
    let shown = hotfix(&path, ["monitor", "show", "HF-1"]).expect(0).json();
    assert_eq!(
        shown["probes"][0]["counted"],
        json!({ "failures": 0, "inconclusive": 0, "errors": 0 })
    );
    let missing = hotfix(&path, ["monitor", "try", "shop", "staging", "none"]);
    assert_eq!(missing.error()["where"], "probe");
}
