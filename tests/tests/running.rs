//! What runs where as endpoints tell it: against the shop's own agents, by hand and by the engine. And
//! how a run goes through its waves, their gates, and a failure that is answered by itself.

use hotfix_core::{
    desk::{Desk, Options},
    integrations::deploy::recipe::BUILT_IN,
};
use hotfix_tests::{
    answers::Answers,
    counter::{Behaviour, Counter, log_line},
    ground::{Ground, PLANNED, call, open, views_rebuild_to_the_same},
    program::hotfix,
    servers::Prometheus,
    shop::Shop,
    story,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn row(desk: &Desk, environment: &str) -> Value {
    let rows = desk.call("runs_where", json!({})).unwrap();
    let found = rows.as_array().unwrap().iter().find(|row| row["environment"] == environment);
    found.unwrap().clone()
}

fn ask(desk: &Desk, environment: &str) -> Value {
    desk.call("runs_where_ask", json!({ "product": "shop", "environment": environment })).unwrap()
}

#[test]
fn an_endpoint_tells_what_runs_and_a_difference_is_a_release_that_names_its_source() {
    let shop = Shop::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.hotfix");
    let desk = Desk::create(&path, "Lantern & Loom", Options::default()).unwrap();
    story::fill_catalog(&desk, &shop, 0);
    assert!(row(&desk, "staging")["running"].is_null());

    // Nothing was known: what it tells is recorded, once.
    let first = ask(&desk, "staging");
    assert_eq!(first["heard"], "recorded");
    assert_eq!(first["targets"][0]["version"], "4.8.0");
    assert_eq!(ask(&desk, "staging")["heard"], "as_known");
    let known = row(&desk, "staging");
    assert_eq!(known["running"]["version"], "4.8.0");
    assert_eq!(known["source"], json!({ "by": "endpoint", "who": "staging-agent" }));
    assert_eq!(known["told"]["targets"][0]["target"], "staging-1");

    // Somebody says otherwise, with a hot fix in it; the endpoint does not know of hot fixes.
    let issue = desk.call("issue_log", json!({ "text": { "title": "x" }, "product": "shop" }));
    let triage = json!({
        "keys": [issue.unwrap()["key"]], "impact_system": "low", "impact_users": "low",
        "impact_business": "low", "urgency": "low",
    });
    desk.call("issue_triage", triage).unwrap();
    desk.call("fix_new", json!({ "issues": ["ISS-1"] })).unwrap();
    let by_hand = json!({
        "product": "shop", "environment": "staging", "version": "4.7.9", "contains": ["HF-1"],
    });
    desk.call("deploy_record", by_hand).unwrap();
    assert_eq!(row(&desk, "staging")["source"], json!({ "by": "person", "who": "rita" }));
    assert_eq!(ask(&desk, "staging")["heard"], "recorded");
    let now = row(&desk, "staging");
    assert_eq!(now["running"]["version"], "4.8.0");
    assert_eq!(now["running"]["hotfixes"][0]["hotfix"], "HF-1", "until somebody says otherwise");

    // An endpoint that does not answer changes nothing, and says so.
    let before = row(&desk, "production")["running"].clone();
    let gone = json!({
        "kind": "endpoint", "id": "production-agent", "name": "Gone", "recipe": "generic-http",
        "base_url": "http://127.0.0.1:9",
    });
    desk.call("catalog_save", json!({ "object": gone })).unwrap();
    let unclear = ask(&desk, "production");
    assert_eq!(unclear["heard"], "unclear", "{unclear}");
    assert!(!unclear["targets"][0]["error"].as_str().unwrap().is_empty());
    assert_eq!(row(&desk, "production")["running"], before);
    let refused = desk.call("runs_where_ask", json!({ "product": "shop", "environment": "moon" }));
    assert_eq!(refused.unwrap_err().location.as_deref(), Some("environment"));
    views_rebuild_to_the_same(&desk, "after asking");
    drop(desk);

    // The same from a terminal: what is unclear ends with 3.
    let told = hotfix(&path, ["deploy", "runs-where", "--ask"]).expect(3).lines();
    let staging = told.iter().find(|row| row["environment"] == "staging").unwrap();
    assert_eq!(staging["running"]["version"], "4.8.0");
    assert_eq!(staging["source"]["by"], "endpoint");
    hotfix(&path, ["deploy", "runs-where"]).expect(0);
}

#[test]
fn the_engine_asks_by_itself() {
    let shop = Shop::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.hotfix");
    let desk = Desk::create(&path, "Lantern & Loom", Options::default()).unwrap();
    story::fill_catalog(&desk, &shop, 0);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    let begun = Instant::now();
    for environment in ["staging", "production"] {
        while row(&desk, environment)["running"]["version"] != "4.8.0" {
            assert!(begun.elapsed() < Duration::from_secs(30), "{environment} was not asked");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    engine.stop();
}

/// The environment of the ground with a rollout.
fn roll_out(desk: &Desk, rollout: Value) {
    let target = |id: &str, wave: u32| json!({ "id": id, "wave": wave, "endpoint": "service" });
    let product = json!({
        "kind": "product", "id": "shop", "name": "Shop", "components": ["Checkout"],
        "versions": ["1.0"], "branches": [], "repository": "",
        "environments": [{
            "id": "staging", "name": "staging", "production": false, "soak_minutes": 0,
            "rollout": rollout,
            "targets": [target("t1", 1), target("t2", 1), target("t3", 2)], "probes": [],
        }],
    });
    call(desk, "catalog_save", json!({ "object": product }));
}

fn until(desk: &Desk, what: &str, so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let shown = call(desk, "deploy_show", json!({ "key": PLANNED }));
        if so(&shown) {
            return shown;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {shown:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn target<'a>(shown: &'a Value, id: &str) -> &'a Value {
    shown["targets"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()
}

#[test]
fn the_next_wave_waits_for_the_gate_and_then_for_a_person() {
    let service =
        Counter::start(Behaviour { takes: Duration::from_millis(60), ..Behaviour::default() });
    let ground = Ground::make();
    let path = ground.copy("waves", &service);
    let desk = open(&path);
    let health = Answers::start(503);
    let gate = |id: &str, dry_run: bool| {
        json!({
            "id": id, "name": format!("Shop answers {id}"), "by": "http", "url": health.url,
            "every_seconds": 1, "failure_limit": 1, "good": 2, "dry_run": dry_run,
        })
    };
    let wave = json!({
        "wave": 1, "name": "Canary", "wait": true, "gates": [gate("shop", false), gate("dry", true)],
    });
    roll_out(&desk, json!({ "waves": [wave], "at_once": 1, "health_seconds": 1 }));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    call(&desk, "deploy_start", json!({ "key": PLANNED }));

    // Two failures are over the limit of one: it holds about the gate, and the third target waits.
    let held = until(&desk, "held", |shown| !shown["deployment"]["run"]["hold"].is_null());
    assert_eq!(held["deployment"]["run"]["hold"]["gate"], json!({ "wave": 1, "gate": "shop" }));
    assert_eq!(target(&held, "t3")["state"], "waiting");
    assert_eq!(target(&held, "t2")["state"], "done");
    let gate = &held["waves"][0]["gates"][0];
    assert_eq!(
        (&gate["end"]["verdict"], &gate["end"]["measured"]["failures"]),
        (&json!("failed"), &json!(2))
    );
    assert_eq!(held["waves"][0]["name"], "Canary");

    // Measured again it passes; what was only measured decides nothing; then a person is waited for.
    health.with(200);
    let again = json!({ "key": PLANNED, "decision": "retry", "reason": "" });
    call(&desk, "deploy_decide", again);
    let waits = until(&desk, "waits", |shown| shown["waves"][0]["stand"]["is"] == "waits");
    assert_eq!(target(&waits, "t3")["state"], "waiting");
    // An edit of the catalog does not reach a run that has begun.
    roll_out(&desk, json!({ "on_failure": "abort" }));
    let now = call(&desk, "deploy_show", json!({ "key": PLANNED }));
    assert_eq!(now["deployment"]["run"]["rollout"]["on_failure"], "ask");
    call(&desk, "deploy_let_on", json!({ "key": PLANNED, "reason": "It looks well" }));
    until(&desk, "deployed", |shown| shown["deployment"]["state"] == "validating");
    let refused = desk.call("deploy_let_on", json!({ "key": PLANNED }));
    assert!(refused.is_err(), "it has ended");
    engine.stop();

    // The log is searched whatever the case, and written to a file.
    let found = call(&desk, "deploy_log", json!({ "key": PLANNED, "text": "SHOP ANSWERS DRY" }));
    let found = found.as_array().unwrap();
    assert!(!found.is_empty());
    assert!(found.iter().all(|line| line["text"].as_str().unwrap().contains("dry run")));
    let file = path.with_extension("log");
    call(&desk, "deploy_log_save", json!({ "key": PLANNED, "path": file }));
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("gate Shop answers shop"), "{written}");
    views_rebuild_to_the_same(&desk, "after waves");
}

#[test]
fn a_failure_is_answered_by_the_environments_rule_once() {
    let behaviour = Behaviour {
        takes: Duration::from_millis(60),
        fails: Some(".t2.start"),
        ..Behaviour::default()
    };
    for (rule, end) in [("abort", "failed"), ("roll_back", "rolled_back")] {
        let service = Counter::start(behaviour.clone());
        let ground = Ground::make();
        let path = ground.copy(rule, &service);
        let desk = open(&path);
        roll_out(&desk, json!({ "on_failure": rule, "health_seconds": 1 }));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let engine = desk.start_engine(runtime.handle()).unwrap();
        call(&desk, "deploy_start", json!({ "key": PLANNED }));
        let ended = until(&desk, rule, |shown| shown["deployment"]["state"] == end);
        engine.stop();
        let deployment = &ended["deployment"];
        let runs = deployment["finished_runs"].as_array().unwrap();
        let first = runs.first().unwrap_or(&deployment["run"]);
        assert_eq!(first["decisions"].as_array().unwrap().len(), 1, "{rule}: {first}");
        assert_eq!(first["decisions"][0]["by"], "engine");
        assert_eq!(runs.len(), usize::from(rule == "roll_back"));
        let reason = deployment["reason"].as_str().unwrap();
        assert!(reason.contains("by the environment's rule"), "{reason}");
    }
}

/// An endpoint of a recipe of one's own: the generic one, whose start says what may be sent again.
fn service_that_may_be_asked_again(desk: &Desk, service: &Counter, times: u32) {
    let (_, generic) = BUILT_IN.iter().find(|(name, _)| *name == "generic-http").unwrap();
    let rule = format!("retry = {{ statuses = [503], times = {times}, minutes = 5 }}");
    let text = generic.replacen("idempotency_header", &format!("{rule}\nidempotency_header"), 1);
    let object = json!({
        "kind": "endpoint", "id": "service", "name": "Service", "recipe": "custom",
        "recipe_text": text, "base_url": service.url(),
    });
    call(desk, "catalog_save", json!({ "object": object }));
}

#[test]
fn what_is_refused_is_sent_again_by_itself_only_where_the_recipe_says_so() {
    for (busy, times, attempts) in [(2, Some(2), 3), (2, Some(1), 2), (1, None, 1)] {
        let service = Counter::start(Behaviour { busy, again: 1, ..Behaviour::default() });
        let ground = Ground::make();
        let path = ground.copy(&format!("busy-{attempts}"), &service);
        let desk = open(&path);
        roll_out(&desk, json!({ "health_seconds": 1, "at_once": 1 }));
        if let Some(times) = times {
            service_that_may_be_asked_again(&desk, &service, times);
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let engine = desk.start_engine(runtime.handle()).unwrap();
        call(&desk, "deploy_start", json!({ "key": PLANNED }));
        let over = until(&desk, "an end or a question", |shown| {
            shown["deployment"]["state"] != "deploying"
                || !shown["deployment"]["run"]["hold"].is_null()
        });
        engine.stop();
        let starts = |id: &str| -> Vec<Value> {
            let steps = target(&over, id)["steps"].as_array().unwrap().clone();
            steps.into_iter().filter(|step| step["step"] == "start").collect()
        };
        let first = starts("t1");
        assert_eq!(first.len(), attempts, "{first:#?}");
        let begun: Vec<usize> = ["t1", "t2", "t3"].iter().map(|id| starts(id).len()).collect();
        if attempts == 3 {
            assert_eq!(over["deployment"]["state"], "validating");
            assert_eq!(begun, [3, 1, 1]);
            assert_eq!(over["deployment"]["run"]["decisions"], json!([]), "nobody was asked");
        } else {
            let hold = &over["deployment"]["run"]["hold"];
            // Without the rule anything may have happened behind a 503, and the endpoint is asked.
            let why = if times.is_some() { "503" } else { "never seen this call" };
            assert!(hold["reason"].as_str().unwrap().contains(why), "{hold}");
            assert_eq!(begun[1..], [0, 0], "the others wait for the answer");
        }
        let keys: Vec<&Value> = first.iter().map(|step| &step["key"]).collect();
        let keys: std::collections::BTreeSet<String> =
            keys.iter().map(|key| key.to_string()).collect();
        assert_eq!(keys.len(), attempts, "each attempt has a key of its own");
        assert!(service.received().values().all(|times| *times == 1));
        views_rebuild_to_the_same(&desk, "after what was refused");
    }
}

#[test]
fn a_log_of_any_length_is_read_to_its_last_line() {
    for no_parts in [false, true] {
        let lines = 150_000;
        let behaviour = Behaviour { log_lines: lines, no_parts, ..Behaviour::default() };
        let service = Counter::start(behaviour);
        let ground = Ground::make();
        let path = ground.copy(&format!("long-log-{no_parts}"), &service);
        let desk = open(&path);
        roll_out(&desk, json!({ "health_seconds": 1 }));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let engine = desk.start_engine(runtime.handle()).unwrap();
        call(&desk, "deploy_start", json!({ "key": PLANNED }));
        until(&desk, "deployed", |shown| shown["deployment"]["state"] == "validating");
        engine.stop();
        let last =
            call(&desk, "deploy_log", json!({ "key": PLANNED, "text": log_line(lines - 1) }));
        let last: Vec<&str> =
            last.as_array().unwrap().iter().filter_map(|line| line["target"].as_str()).collect();
        assert!(last.contains(&"t3"), "the last of each that is kept: {last:?}");
        assert!(
            last.iter().all(|id| last.iter().filter(|other| *other == id).count() == 1),
            "{last:?}"
        );
        let log = call(&desk, "deploy_log", json!({ "key": PLANNED, "limit": 10_000 }));
        let first = &log.as_array().unwrap()[0];
        assert_eq!(first["stream"], "left_out", "{first}");
    }
}

#[test]
fn a_number_of_prometheus_is_held_against_what_it_was_before_the_deployment() {
    let server = Prometheus::start("127.0.0.1:9", None);
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = ground.copy("usual", &service);
    let desk = open(&path);
    let measures = |query: &str| {
        let product = json!({
            "kind": "product", "id": "shop", "name": "Shop", "components": ["Checkout"],
            "versions": ["1.0"], "branches": [], "repository": "",
            "environments": [{
                "id": "staging", "name": "staging", "production": false, "soak_minutes": 0,
                "rollout": { "health_seconds": 1 },
                "targets": [{ "id": "t1", "wave": 1, "endpoint": "service" }],
                "probes": [{
                    "id": "errors", "name": "Errors", "by": "prometheus", "url": server.url(),
                    "query": query, "at_most": 10, "above_before": 20, "expect_status": 200,
                    "every_seconds": 1,
                }],
            }],
        });
        call(&desk, "catalog_save", json!({ "object": product }));
    };
    let seen = |what: &str, so: &dyn Fn(&Value) -> bool| {
        let begun = Instant::now();
        loop {
            let shown = call(&desk, "monitor_show", json!({ "key": "HF-1" }))["probes"][0].clone();
            if so(&shown) {
                return shown;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}: {shown:#}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    measures("vector(2)");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    let before = seen("measured before", &|probe| probe["samples"].as_array().unwrap().len() > 5);
    assert_eq!((&before["last"]["value"], &before["limit"]), (&json!(2.0), &json!(10.0)));
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    until(&desk, "deployed", |shown| shown["deployment"]["state"] == "validating");
    // Far below its own limit, and half as much again as before.
    measures("vector(3)");
    let risen = seen("risen", &|probe| probe["last"]["result"] == "failure");
    assert_eq!(risen["limit"], json!(2.4));
    let detail = risen["last"]["detail"].as_str().unwrap();
    assert!(detail.contains("3.000 is more than 20 % above 2.000"), "{detail}");
    measures("vector(2.2)");
    seen("well again", &|probe| probe["last"]["result"] == "success");
    measures("vector(11)");
    let over = seen("over its own limit", &|probe| probe["last"]["value"] == 11.0);
    assert_eq!(over["last"]["detail"], "11 is more than 10");
    engine.stop();
}

#[test]
fn an_endpoint_that_says_nothing_for_a_while_is_shown_and_said_once() {
    let service = Counter::start(Behaviour { mute: 8, ..Behaviour::default() });
    let ground = Ground::make();
    let path = ground.copy("mute", &service);
    let desk = open(&path);
    let one = json!({ "waves": [], "at_once": 1, "health_seconds": 1 });
    roll_out(&desk, one);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    let silent = until(&desk, "silent", |shown| !target(shown, "t1")["silent_since"].is_null());
    assert_eq!(target(&silent, "t1")["state"], "running");
    let over = until(&desk, "deployed", |shown| shown["deployment"]["state"] == "validating");
    engine.stop();
    assert!(target(&over, "t1")["silent_since"].is_null());
    let lines = |text: &str| {
        let found = call(&desk, "deploy_log", json!({ "key": PLANNED, "text": text }));
        found.as_array().unwrap().len()
    };
    assert_eq!((lines("502"), lines("it answers again")), (1, 1));
}

#[test]
fn a_log_that_cannot_be_read_is_said_once() {
    let service = Counter::start(Behaviour {
        takes: Duration::from_secs(3),
        no_logs: true,
        ..Behaviour::default()
    });
    let ground = Ground::make();
    let path = ground.copy("no-log", &service);
    let desk = open(&path);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    until(&desk, "deployed", |shown| shown["deployment"]["state"] == "validating");
    engine.stop();
    let said = call(&desk, "deploy_log", json!({ "key": PLANNED, "text": "cannot be read" }));
    assert_eq!(said.as_array().unwrap().len(), 3, "once for each target: {said:#}");
}

#[test]
fn a_run_that_is_cancelled_stops_at_its_endpoint_and_then_a_person_decides() {
    let service =
        Counter::start(Behaviour { takes: Duration::from_secs(600), ..Behaviour::default() });
    let ground = Ground::make();
    let path = ground.copy("cancelled", &service);
    let desk = open(&path);
    // Even where a rule answers failures: whoever cancels decides.
    roll_out(&desk, json!({ "on_failure": "roll_back", "at_once": 1, "health_seconds": 1 }));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    until(&desk, "accepted", |shown| !target(shown, "t1")["steps"][0]["endpoint_run"].is_null());

    let silent = desk.call("deploy_cancel", json!({ "key": PLANNED, "reason": " " }));
    assert_eq!(silent.unwrap_err().location.as_deref(), Some("reason"));
    hotfix(&path, ["deploy", "cancel", PLANNED, "--reason", "The till must not stop now"])
        .expect(0);
    let held = until(&desk, "held", |shown| !shown["deployment"]["run"]["hold"].is_null());
    let run = &held["deployment"]["run"];
    assert_eq!(run["cancelled"]["reason"], "The till must not stop now");
    assert_eq!(target(&held, "t1")["steps"][0]["result"]["outcome"], "cancelled");
    assert_eq!(target(&held, "t2")["state"], "waiting", "nothing more has begun");
    let log = call(&desk, "deploy_log", json!({ "key": PLANNED, "text": "asked to stop" }));
    assert_eq!(log.as_array().unwrap().len(), 1, "{log}");

    // It goes on after all, and is cancelled once more.
    call(&desk, "deploy_decide", json!({ "key": PLANNED, "decision": "retry", "reason": "" }));
    let again =
        until(&desk, "again", |shown| target(shown, "t1")["steps"].as_array().unwrap().len() == 2);
    assert!(again["deployment"]["run"]["cancelled"].is_null());
    call(&desk, "deploy_cancel", json!({ "key": PLANNED, "reason": "Not today" }));
    until(&desk, "held again", |shown| !shown["deployment"]["run"]["hold"].is_null());
    call(&desk, "deploy_decide", json!({ "key": PLANNED, "decision": "stop", "reason": "" }));
    let ended = until(&desk, "failed", |shown| shown["deployment"]["state"] == "failed");
    assert_eq!(target(&ended, "t3")["state"], "waiting");
    engine.stop();
    assert!(service.received().values().all(|times| *times == 1), "{:?}", service.received());
    views_rebuild_to_the_same(&desk, "after a cancelled run");
}
