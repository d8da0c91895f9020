//! Automatic checks against something that answers: a real HTTP server, a real Prometheus, nobody at all.

use hotfix_core::{
    desk::{Desk, Options},
    error::Kind,
};
use hotfix_tests::{
    answers::Answers,
    child::free_port,
    counter::{Behaviour, Counter},
    ground::{Ground, PLANNED, call, open, views_rebuild_to_the_same},
    program::hotfix,
    servers::Prometheus,
};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::PathBuf,
    time::{Duration, Instant},
};

pub struct Stage {
    _ground: Ground,
    _service: Counter,
    pub path: PathBuf,
    pub desk: Desk,
    pub key: String,
}

impl Stage {
    /// Deployed into staging with these steps of a checklist, and being validated.
    pub fn with(items: Value) -> Self {
        Self::with_policy(items, json!({}))
    }

    /// The same, where these have to sign off.
    pub fn with_policy(items: Value, sign_off_by: Value) -> Self {
        let service = Counter::start(Behaviour::default());
        let ground = Ground::make();
        let path = ground.copy("checks", &service);
        // This machine keeps what may be run on it beside the file.
        let commands = Some(path.with_extension("commands"));
        let options = Options { commands, device: "test".into(), ..Options::default() };
        let desk = Desk::open(&path, options).expect("the workspace opens");
        let mut policies = call(&desk, "catalog_list", json!({ "kind": "policy" }));
        for row in policies.as_array_mut().into_iter().flatten() {
            row["object"]["sign_off_by"] = sign_off_by.clone();
            call(&desk, "catalog_save", json!({ "object": row["object"] }));
        }
        let list = json!({ "kind": "checklist", "id": "smoke", "name": "Smoke", "items": items });
        call(&desk, "catalog_save", json!({ "object": list }));
        call(&desk, "deploy_call_off", json!({ "key": PLANNED, "reason": "With a checklist" }));
        let now = hotfix_core::clock::now();
        let plan = json!({
            "key": "HF-1", "environment": "staging", "starts_at": now,
            "window_ends_at": now.plus(Duration::from_secs(3600)),
        });
        let key = call(&desk, "deploy_plan", plan)["key"].as_str().unwrap().to_owned();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let engine = desk.start_engine(runtime.handle()).unwrap();
        call(&desk, "deploy_start", json!({ "key": key }));
        let begun = Instant::now();
        while call(&desk, "deploy_show", json!({ "key": key }))["deployment"]["state"]
            != "validating"
        {
            assert!(begun.elapsed() < Duration::from_secs(60), "it is deployed in time");
            std::thread::sleep(Duration::from_millis(50));
        }
        engine.stop();
        Self { _ground: ground, _service: service, path, desk, key }
    }

    pub fn run(&self, check: Option<&str>) -> Vec<Value> {
        let ran = call(&self.desk, "validate_run", json!({ "key": self.key, "check": check }));
        ran["ran"].as_array().unwrap().clone()
    }

    pub fn checks(&self) -> Vec<Value> {
        let shown = call(&self.desk, "deploy_show", json!({ "key": self.key }));
        shown["deployment"]["checks"].as_array().unwrap().clone()
    }

    pub fn records(&self) -> u64 {
        self.desk.export(&mut std::io::sink()).unwrap()
    }
}

pub fn item(id: &str, how: Value) -> Value {
    json!({ "id": id, "kind": "functional", "text": format!("Look at {id}"), "required": true, "how": how })
}

fn price(url: &str) -> Value {
    json!({
        "by": "http", "url": url,
        "assertions": [
            { "on": "status", "is": 200 },
            { "on": "json", "path": "$.price", "equals": "12.50" },
            { "on": "header", "name": "x-version", "value": "4.8.1" },
            { "on": "millis", "at_most": 5000 },
        ],
    })
}

fn query(server: &str, query: &str, least: f64) -> Value {
    json!({ "by": "prometheus", "url": server, "query": query, "at_least": least })
}

#[test]
fn an_http_check_fails_and_passes_with_its_evidence_and_whoever_made_it_run() {
    let shop = Answers::start(200);
    shop.says(r#"{"price":0}"#);
    let manual = json!({ "id": "pays", "kind": "functional", "text": "Pay", "required": true });
    let secret = format!("{}?token=s3cret", shop.url);
    let stage = Stage::with(json!([item("price", price(&secret)), manual]));
    let ran = stage.run(None);
    assert_eq!(ran.len(), 1, "{ran:?}");
    assert_eq!((&ran[0]["check"], &ran[0]["result"]), (&json!("smoke.price"), &json!("failed")));
    let check = stage.checks()[0].clone();
    assert_eq!((&check["by"], &check["by_machine"]), (&json!("owner"), &json!(true)));
    let said = check["evidence"]["text"].as_str().unwrap();
    for part in [
        &format!("GET {} answered 200 in ", shop.url),
        "\nNot as expected: $.price is 0 instead of 12.50\n",
        "\nThe answer begins: {\"price\":0}",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("s3cret"), "{said}");
    assert!(stage.checks()[1]["result"].is_null(), "what a person answers is left alone");

    // It is answered: it is run again only when it is named.
    shop.says(r#"{"price":12.5}"#);
    assert_eq!(stage.run(None), [Value::Null; 0]);
    assert_eq!(stage.run(Some("smoke.price"))[0]["result"], "passed");
    let check = stage.checks()[0].clone();
    assert_eq!((&check["result"], &check["by_machine"]), (&json!("passed"), &json!(true)));
    let timeline = call(&stage.desk, "report", json!({ "key": "HF-1" })).to_string();
    assert!(timeline.contains("by machine"), "the report says so");
    views_rebuild_to_the_same(&stage.desk, "checks");

    // A person could not answer it any more either.
    call(&stage.desk, "validate_fail", json!({ "key": stage.key, "reason": "It is not good" }));
    let over = stage.desk.call("validate_run", json!({ "key": stage.key })).unwrap_err();
    assert_eq!(over.kind, Kind::Denied);
}

#[test]
fn a_query_of_a_real_prometheus_is_held_against_its_limit() {
    let server = Prometheus::start("127.0.0.1:9", None);
    let stage = Stage::with(json!([
        item("two", query(server.url(), "vector(2)", 2.0)),
        item("one", query(server.url(), "vector(1)", 2.0)),
        item("none", query(server.url(), "nothing_like_it", 1.0)),
        item("typo", query(server.url(), "up ==", 1.0)),
    ]));
    let before = stage.records();
    let ran = stage.run(None);
    let results: Vec<&Value> = ran.iter().map(|one| &one["result"]).collect();
    assert_eq!(results, [&json!("passed"), &json!("failed"), &Value::Null, &Value::Null]);
    assert_eq!(stage.records(), before + 2, "what could not be had is no record");
    let said = ran[1]["said"].as_str().unwrap();
    assert!(said.contains("vector(1) at http://") && said.contains("1 is less than 2"), "{said}");
    for (place, part) in [(2, "finds nothing"), (3, "parse error")] {
        let problem = &ran[place]["problem"];
        assert_eq!(problem["kind"], "offline", "{problem}");
        assert!(problem["message"].as_str().unwrap().contains(part), "{problem}");
        assert!(stage.checks()[place]["result"].is_null(), "it stays open");
    }
    // From a terminal: one that fails is 1, one that nobody knows of is 3.
    let run = |words: &[&str]| hotfix(&stage.path, ["fix", "validate", "run"].iter().chain(words));
    let again = run(&["HF-1"]).expect(3).lines();
    assert_eq!(again.len(), 2, "only what is open: {again:?}");
    run(&[&stage.key, "--check", "smoke.one"]).expect(1);
    assert_eq!(run(&["HF-1", "--check", "smoke.two"]).expect(0).lines()[0]["result"], "passed");
    assert_eq!(run(&["HF-1", "--check", "gone"]).expect(2).error()["where"], "check");
}

#[test]
fn whoever_does_not_answer_leaves_the_check_open_and_is_not_waited_for_longer_than_wanted() {
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    // Takes connections, and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    let stage =
        Stage::with(json!([item("nobody", price(&nobody)), item("silent", price(&silent))]));
    let before = stage.records();
    let ran = stage.run(Some("smoke.nobody"));
    let problem = ran[0]["problem"]["message"].as_str().unwrap();
    assert!(problem.contains("could not be reached"), "{problem}");
    std::thread::scope(|scope| {
        let begun = Instant::now();
        let running =
            scope.spawn(|| call(&stage.desk, "validate_run", json!({ "key": stage.key })));
        // One of them is over at once; the other is waited for, until somebody has had enough.
        let far = loop {
            let far = call(&stage.desk, "validate_running", json!({ "key": stage.key }));
            if far["done"] == 1 {
                break far;
            }
            assert!(begun.elapsed() < Duration::from_secs(8), "{far}");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!((&far["checks"], &far["of"]), (&json!(["smoke.silent"]), &json!(2)));
        let twice = json!({ "key": stage.key, "check": "smoke.silent" });
        assert_eq!(stage.desk.call("validate_run", twice).unwrap_err().kind, Kind::Conflict);
        call(&stage.desk, "validate_run_cancel", json!({ "key": stage.key }));
        let ran = running.join().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(9), "stopped before its time was over");
        assert_eq!(ran["cancelled"], true);
        assert_eq!(ran["ran"].as_array().unwrap().len(), 1, "{ran}");
    });
    let far = call(&stage.desk, "validate_running", json!({ "key": stage.key }));
    assert_eq!(far, json!({ "checks": [], "done": 0, "of": 0 }));
    assert_eq!(stage.records(), before, "nothing was recorded");
    assert!(stage.checks().iter().all(|check| check["result"].is_null()));
}

#[test]
fn a_draft_is_tried_without_a_record_and_refused_at_its_field() {
    let shop = Answers::start(503);
    let ground = Ground::make();
    let desk = open(&ground.copy("tried", &Counter::start(Behaviour::default())));
    let records = || desk.export(&mut std::io::sink()).unwrap();
    let before = records();
    let tried = call(&desk, "validate_try", json!({ "how": price(&shop.url) }));
    assert_eq!(tried["passed"], false);
    let said = tried["said"].as_str().unwrap();
    assert!(said.contains("answers 503 instead of 200") && said.contains("no JSON"), "{said}");
    let mut wrong = price(&shop.url);
    wrong["assertions"][1]["path"] = json!("price");
    let refused = desk.call("validate_try", json!({ "how": wrong })).unwrap_err();
    assert_eq!(refused.location.as_deref(), Some("how.assertions.1.path"));
    let by_hand = desk.call("validate_try", json!({ "how": { "by": "manual" } })).unwrap_err();
    assert_eq!(by_hand.location.as_deref(), Some("how.by"));
    let link_local = price("http://169.254.169.254/latest/meta-data");
    let never = desk.call("validate_try", json!({ "how": link_local })).unwrap_err();
    assert!(never.hint.is_some() || never.location.is_some(), "{never}");
    assert_eq!(records(), before);
}
