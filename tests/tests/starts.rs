//! What becomes of a planned start by itself: at its instant, as soon as a gate opens, or not at all once
//! its window has passed. And who is told of it on this desktop.

use hotfix_core::{
    clock::now,
    desk::{Desk, EngineHandle, Options},
};
use hotfix_tests::{
    child::{Child, dies_with_us, wait_for},
    counter::{Behaviour, Counter},
    desktop::Desktop,
    ground::{Ground, PLANNED, Sleeping, call, open, open_ahead, views_rebuild_to_the_same},
    program,
};
use serde_json::{Value, json};
use std::{path::Path, process::Command, sync::Arc, thread::sleep, time::Duration};

const SOON: Duration = Duration::from_secs(60);
const MINUTE: u64 = 60;

/// A desk with its engine, until it is dropped.
struct Running {
    desk: Desk,
    engine: EngineHandle,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Running {
    fn start(desk: Desk) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let engine = desk.start_engine(runtime.handle()).expect("the engine starts");
        Self { desk, engine, runtime: Some(runtime) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.engine.stop();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

/// Plans the deployment anew: seconds from now to its start, and how many minutes its window lasts.
fn plan(desk: &Desk, seconds: u64, minutes: u64, automatic: bool, expected: Value) {
    let start = now().plus(Duration::from_secs(seconds));
    let request = json!({
        "key": PLANNED, "starts_at": start, "automatic": automatic, "expected": expected,
        "window_ends_at": start.plus(Duration::from_secs(minutes * MINUTE)),
    });
    call(desk, "deploy_move", request);
}

fn expected(remind_minutes: &[u32], on_duty: &[&str]) -> Value {
    json!({
        "duration_minutes": 0, "disruption": "none", "on_duty": on_duty,
        "remind_minutes": remind_minutes,
    })
}

fn shown(desk: &Desk) -> Value {
    call(desk, "deploy_show", json!({ "key": PLANNED }))["deployment"].take()
}

fn comes_to(desk: &Desk, state: &str) -> Value {
    wait_for(&format!("{PLANNED} to be {state}"), SOON, || {
        let now = shown(desk);
        (now["state"] == state).then_some(now)
    })
}

fn instant(value: &Value) -> hotfix_core::clock::Instant {
    serde_json::from_value(value.clone()).expect("an instant")
}

/// The subject of each reminder, with the names of those it is for.
fn reminders(desk: &Desk) -> Vec<(String, Vec<String>)> {
    let rows = call(desk, "message_list", json!({}))["rows"].take();
    let mut all = Vec::new();
    for row in rows.as_array().expect("rows").iter().rev() {
        if row["purpose"] != "reminder" {
            continue;
        }
        let message = call(desk, "message_show", json!({ "key": row["key"] }))["message"].take();
        let names = message["text"]["recipients"].as_array().expect("recipients");
        let names = names.iter().map(|one| one["contact"]["name"].as_str().expect("a name").into());
        all.push((row["subject"].as_str().expect("a subject").into(), names.collect()));
    }
    all
}

#[test]
fn a_window_that_passes_while_the_program_is_off_expires_and_asks_and_nothing_runs_late() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("missed", &service);
    plan(&open(&path), 10 * MINUTE, 30, true, expected(&[], &["dana"]));

    let missed = (format!("{PLANNED} was not started in time"), vec!["Dana Novak".to_owned()]);
    {
        let running = Running::start(open_ahead(&path, Duration::from_secs(60 * MINUTE)));
        comes_to(&running.desk, "missed");
        let home = call(&running.desk, "waiting", json!({}));
        let asks = home.as_array().expect("a list").iter().find(|item| item["kind"] == "missed");
        let asks = asks.unwrap_or_else(|| panic!("Home asks what becomes of it: {home}"));
        assert_eq!(asks["key"], PLANNED);
        assert_eq!(asks["what"], "It missed its window in staging: plan a new one");
        assert_eq!(reminders(&running.desk), std::slice::from_ref(&missed));
        // Its people and its place are free again.
        let late = json!({ "key": PLANNED });
        let refused = running.desk.call("deploy_start", late).unwrap_err();
        assert!(refused.message.contains("window has passed"), "{refused}");
    }

    // Started once more: it is not said again, and nobody was called.
    let running = Running::start(open_ahead(&path, Duration::from_secs(61 * MINUTE)));
    sleep(Duration::from_secs(3));
    assert_eq!(shown(&running.desk)["state"], "missed");
    assert_eq!(reminders(&running.desk), [missed]);
    assert!(service.received().is_empty(), "{:?}", service.received());

    // A person plans a new window: it starts by itself after all.
    plan(&running.desk, 61 * MINUTE, 30, true, expected(&[], &[]));
    comes_to(&running.desk, "validating");
    assert_eq!(service.received().values().sum::<u32>(), 3, "{:?}", service.received());
    views_rebuild_to_the_same(&running.desk, "after a missed start");
}

#[test]
fn what_starts_by_itself_starts_at_its_instant_and_once() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("instant", &service);
    let running = Running::start(open(&path));
    plan(&running.desk, 4, 10, true, expected(&[], &[]));
    assert_eq!(shown(&running.desk)["state"], "planned");
    let done = comes_to(&running.desk, "validating");
    let (wanted, began) = (instant(&done["starts_at"]), instant(&done["run"]["started_at"]));
    assert!(began >= wanted, "it started at {began}, before {wanted}");
    assert!(began.since(wanted) < Duration::from_secs(15), "it started at {began}, not {wanted}");
    assert_eq!(done["run"]["started_by"], "engine");
    assert_eq!(service.received().values().copied().collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn what_does_not_start_by_itself_waits_for_a_person() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("by-hand", &service);
    let running = Running::start(open(&path));
    plan(&running.desk, 0, 10, false, expected(&[], &[]));
    sleep(Duration::from_secs(3));
    assert_eq!(shown(&running.desk)["state"], "planned");
    assert!(service.received().is_empty());
}

fn freeze(minutes: u64) -> Value {
    // Zones of tests differ; the wall clock of this rule is UTC.
    let start = now().minus(Duration::from_secs(MINUTE)).to_string();
    json!({ "object": {
        "kind": "calendar", "id": "stocktaking", "name": "Stocktaking", "purpose": "freeze",
        "rule": { "start": start.get(..16), "zone": "UTC", "duration_minutes": minutes },
    } })
}

#[test]
fn a_start_by_itself_waits_while_a_gate_is_shut_and_goes_once_it_opens_within_the_window() {
    let ground = Ground::make();
    for lifted in [false, true] {
        // One of its own: the keys of both copies are the same, and one key is one run.
        let service = Counter::start(Behaviour::default());
        let path = ground.copy(if lifted { "lifted" } else { "passed" }, &service);
        let clock = Arc::new(Sleeping::default());
        let options = Options { clock: clock.clone(), device: "test".into(), ..Options::default() };
        let desk = Desk::open(&path, options).unwrap();
        call(&desk, "catalog_save", freeze(90));
        plan(&desk, 0, 180, true, expected(&[], &[]));
        let running = Running::start(desk);
        sleep(Duration::from_secs(2));
        clock.sleep(60);
        sleep(Duration::from_secs(3));
        assert_eq!(shown(&running.desk)["state"], "planned");
        assert!(service.received().is_empty(), "nothing left while it was frozen");
        if lifted {
            let retire = json!({ "kind": "calendar", "id": "stocktaking" });
            call(&running.desk, "catalog_retire", retire);
        } else {
            clock.sleep(31);
        }
        // An engine that was refused asks again every five seconds of its clock.
        comes_to(&running.desk, "validating");
        assert_eq!(service.received().len(), 3);
        views_rebuild_to_the_same(&running.desk, "after a wait");
    }
}

#[test]
fn a_gate_that_stays_shut_until_the_window_is_over_makes_it_missed() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("shut", &service);
    let clock = Arc::new(Sleeping::default());
    let options = Options { clock: clock.clone(), device: "test".into(), ..Options::default() };
    let desk = Desk::open(&path, options).unwrap();
    call(&desk, "catalog_save", freeze(90));
    plan(&desk, 0, 60, true, expected(&[], &[]));
    let running = Running::start(desk);
    // The freeze and the window end while the laptop sleeps: it does not run late.
    clock.sleep(120);
    comes_to(&running.desk, "missed");
    sleep(Duration::from_secs(2));
    assert!(service.received().is_empty());
    assert_eq!(reminders(&running.desk).len(), 1);
}

fn agent(desktop: &Desktop, path: &Path, name: &str) -> Child {
    let mut command: Command = dies_with_us(program::path());
    command.arg("-W").arg(path).arg("agent");
    desktop.enter(&mut command);
    let mut agent = Child::start(name, &mut command, path.parent().unwrap(), true);
    agent.first_line(SOON);
    agent
}

#[test]
fn reminders_are_shown_on_the_desktop_once_each_and_not_again_after_a_restart() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("reminders", &service);
    let desktop = Desktop::start("reminders");
    {
        let desk = open(&path);
        let person = json!({
            "kind": "person", "id": "ivo", "name": "Ivo Lang", "roles": ["developer"], "zone": "UTC",
        });
        call(&desk, "catalog_save", json!({ "object": person }));
        call(&desk, "fix_assign", json!({ "key": "HF-1", "person": "ivo" }));
        // Two minutes before is now, one minute before is in some seconds.
        plan(&desk, 78, 10, false, expected(&[2, 1], &["dana"]));
    }
    // The daemon writes each notification down field by field.
    let times = |text: &str| {
        let shown = desktop.notifications();
        let subjects = shown.lines().filter(|line| line.trim_start().starts_with("summary:"));
        subjects.filter(|line| line.contains(text)).count()
    };
    let mut first = agent(&desktop, &path, "agent-1");
    desktop.expect_notification("DEP-1 starts in 2 min");
    // Stopped before it has written down that it was shown, the next one would show it again: what is
    // promised is at least once.
    let written = || {
        let desk = open(&path);
        let all = call(&desk, "message_list", json!({}));
        let rows = all["rows"].as_array().expect("rows");
        rows.iter().any(|row| row["state"] == "sent").then_some(())
    };
    wait_for("that it is written down", SOON, written);
    first.stop();
    let mut second = agent(&desktop, &path, "agent-2");
    wait_for("the second reminder", SOON, || (times("DEP-1 starts in 1 min") > 0).then_some(()));
    // The start that is planned now has passed a minute ago: no reminder of it, and then it is missed.
    let start = now().minus(Duration::from_secs(MINUTE));
    let moved = json!({
        "key": PLANNED, "starts_at": start, "automatic": false,
        "window_ends_at": now().plus(Duration::from_secs(2)),
    });
    let desk = open(&path);
    call(&desk, "deploy_move", moved);
    wait_for("that it was missed", SOON, || (times("DEP-1 was not started") > 0).then_some(()));
    let all_sent = || {
        let all = call(&desk, "message_list", json!({}));
        let rows = all["rows"].as_array().expect("rows");
        rows.iter().all(|row| row["state"] == "sent").then_some(())
    };
    wait_for("that all are written down", SOON, all_sent);
    second.stop();
    let mut third = agent(&desktop, &path, "agent-3");
    sleep(Duration::from_secs(3));
    third.stop();

    for said in ["DEP-1 starts in 2 min", "DEP-1 starts in 1 min", "DEP-1 was not started in time"]
    {
        assert_eq!(times(said), 1, "{said}:\n{}", desktop.notifications());
    }
    desk.catch_up().unwrap();
    // Whoever has it and whoever is on duty, not whoever sits here.
    let people = vec!["Dana Novak".to_owned(), "Ivo Lang".to_owned()];
    assert_eq!(
        reminders(&desk),
        ["DEP-1 starts in 2 min", "DEP-1 starts in 1 min", "DEP-1 was not started in time"]
            .map(|subject| (subject.to_owned(), people.clone()))
    );
    assert!(service.received().is_empty());
}
