//! Decisions about issues as a person makes them: through the façade, over a real file.

use super::*;
use crate::{clock::ManualClock, error::Kind, stages::triage::RemindOwners};
use serde_json::{Value, json};

struct Bench {
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
    clock: Arc<ManualClock>,
    desk: Desk,
}

/// A Tuesday morning.
const START: &str = "2026-11-24T09:00:00Z";

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.hotfix");
    let clock = Arc::new(ManualClock::at(START.parse().unwrap()));
    let options = Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        device: "d".into(),
        ..Options::default()
    };
    let desk = Desk::create(&path, "Test", options).unwrap();
    let bench = Bench { _folder: folder, path, clock, desk };
    for (kind, id) in [("person", "rita"), ("person", "sam"), ("product", "shop")] {
        bench.call(
            "catalog_save",
            json!({ "object": {
                "kind": kind, "id": id, "name": id, "roles": ["support"], "zone": "UTC",
                "environments": [{ "id": "p", "name": "P", "production": true, "soak_minutes": 0,
                    "targets": [] }],
            } }),
        );
    }
    bench
}

impl Bench {
    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    fn by(&self, person: &str, name: &str, request: Value) -> Value {
        let how = As { person: Some(person.into()), ..As::default() };
        self.desk.call_as(name, request, &how).unwrap()
    }

    fn refused(&self, name: &str, request: Value) -> Error {
        self.desk.call(name, request).unwrap_err()
    }

    fn log(&self, count: usize) -> Vec<String> {
        let one = |n| {
            let request = json!({ "text": { "title": format!("Trouble {n}") }, "product": "shop" });
            self.call("issue_log", request)["key"].as_str().unwrap().to_owned()
        };
        (0..count).map(one).collect()
    }

    fn triage(&self, keys: &[String], level: &str) -> Value {
        self.call("issue_triage", judged(keys, level, ""))
    }

    fn issue(&self, key: &str) -> Value {
        self.call("issue_show", json!({ "key": key }))["issue"].clone()
    }

    /// What a decision may change, of each issue.
    fn standing(&self, keys: &[String]) -> Vec<Value> {
        let parts = [
            "state",
            "triage",
            "owner",
            "team",
            "hotfix",
            "former_hotfixes",
            "duplicate_of",
            "duplicates",
            "affected",
            "reason",
            "reopened",
            "responded_at",
            "resolved_at",
            "pauses",
        ];
        let of = |key: &String| {
            let issue = self.issue(key);
            parts.iter().map(|part| issue[part].clone()).collect()
        };
        keys.iter().map(of).collect()
    }

    fn waits(&self, kind: &str) -> Vec<Value> {
        let all = self.call("waiting", json!({}));
        let all = all.as_array().unwrap().iter();
        all.filter(|item| item["kind"] == kind).cloned().collect()
    }

    /// What the engine does when it looks.
    fn remind(&self) {
        let keys: Vec<IssueKey> = {
            let db = self.desk.store().read().unwrap();
            let mut due =
                db.prepare("SELECT 'ISS-' || num FROM issues WHERE remind_at <= ?1").unwrap();
            let rows = due.query_map([self.desk.now().micros()], |row| row.get(0)).unwrap();
            rows.map(|key| IssueKey(key.unwrap())).collect()
        };
        if !keys.is_empty() {
            self.desk.as_engine(None).command(&RemindOwners { keys }).unwrap();
        }
    }

    fn reminders(&self) -> Vec<String> {
        let rows = self.call("message_list", json!({ "limit": 100 }))["rows"].clone();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["subject"].as_str().unwrap().to_owned()).collect()
    }
}

fn judged(keys: &[String], level: &str, note: &str) -> Value {
    json!({
        "keys": keys, "impact_system": level, "impact_users": level, "impact_business": level,
        "urgency": level, "note": note,
    })
}

#[test]
fn each_decision_over_many_issues_is_one_append_and_one_undo_brings_every_one_back() {
    let bench = bench();
    let keys = bench.log(5);
    bench.triage(&keys, "medium");
    let original = bench.log(1).remove(0);
    let all: Vec<String> = keys.iter().chain([&original]).cloned().collect();
    let decisions = [
        ("issue_triage", judged(&keys, "high", "worse than thought")),
        ("issue_assign", json!({ "keys": keys, "person": "sam" })),
        ("issue_defer", json!({ "keys": keys, "reason": "It can wait." })),
        ("issue_reject", json!({ "keys": keys, "reason": "Not ours." })),
        ("issue_ask", json!({ "keys": keys, "question": "Since when?" })),
        ("issue_merge", json!({ "keys": keys, "into": original })),
        ("issue_close", json!({ "keys": keys, "reason": "Gone." })),
        ("fix_new", json!({ "issues": keys })),
    ];
    for (name, request) in decisions {
        let before = bench.standing(&all);
        let records = bench.call("workspace_show", json!({}))["records"].as_i64().unwrap();
        let answer = bench.call(name, request);
        assert_ne!(bench.standing(&all), before, "{name}");
        let commands: i64 = bench
            .desk
            .store()
            .read()
            .unwrap()
            .query_row(
                "SELECT count(DISTINCT command) FROM journal WHERE seq > ?1",
                [records],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(commands, 1, "{name}");
        bench.clock.advance(Duration::from_secs(60));
        let undone = bench.call("issue_undo", json!({ "issues": answer["changed"] }));
        assert_eq!(bench.standing(&all), before, "{name}");
        assert_eq!(undone["left"], json!([]), "{name}");
    }
    assert_eq!(bench.call("fix_show", json!({ "key": "HF-1" }))["hotfix"]["phase"], "cancelled");
    assert_eq!(bench.call("audit_verify", json!({}))["ok"], true);
}

#[test]
fn what_was_said_meanwhile_stays_and_what_was_decided_again_is_left_and_named() {
    let bench = bench();
    let keys = bench.log(3);
    let answer = bench.call("issue_reject", json!({ "keys": keys, "reason": "Not ours." }));
    bench.call("issue_comment", json!({ "key": "ISS-1", "text": "But it is!" }));
    bench.call("issue_reopen", json!({ "keys": ["ISS-2"], "reason": "It is ours." }));
    bench.call("issue_defer", json!({ "keys": ["ISS-2"], "reason": "Later." }));
    let undone = bench.call("issue_undo", json!({ "issues": answer["changed"] }));
    assert_eq!(undone["left"].as_array().unwrap().len(), 1);
    assert_eq!(undone["left"][0]["key"], "ISS-2");
    assert!(undone["left"][0]["why"].as_str().unwrap().contains("again meanwhile"));
    let states: Vec<Value> = keys.iter().map(|key| bench.issue(key)["state"].clone()).collect();
    assert_eq!(states, ["new", "deferred", "new"]);
    assert_eq!(bench.issue("ISS-1")["comments"][0]["text"], "But it is!");
    // A second time there is nothing to take back any more.
    let error = bench.refused("issue_undo", json!({ "issues": answer["changed"] }));
    assert_eq!(error.kind, Kind::Conflict);
}

#[test]
fn what_cannot_be_decided_refuses_all_or_is_named_and_left_as_was_asked() {
    let bench = bench();
    let keys = bench.log(3);
    bench.call("issue_reject", json!({ "keys": ["ISS-2"], "reason": "Not ours." }));
    let request = json!({ "keys": keys, "reason": "Later." });
    let error = bench.refused("issue_defer", request.clone());
    assert!(error.message.contains("ISS-2 is rejected"), "{error:?}");
    assert_eq!(bench.issue("ISS-1")["state"], "new");
    let mut partly = request;
    partly["partly"] = json!(true);
    let answer = bench.call("issue_defer", partly.clone());
    assert_eq!(answer["changed"].as_array().unwrap().len(), 2);
    assert_eq!(answer["left"][0]["key"], "ISS-2");
    let error = bench.refused("issue_defer", partly);
    assert!(error.message.contains("ISS-1"), "none of them could: {error:?}");
    let error = bench.refused("issue_defer", json!({ "keys": vec!["ISS-1"; 2001] }));
    assert_eq!(error.location.as_deref(), Some("keys"));
}

#[test]
fn issues_that_joined_a_hot_fix_leave_it_again_and_its_priority_with_them() {
    let bench = bench();
    let keys = bench.log(3);
    bench.triage(&keys[..1], "low");
    bench.triage(&keys[1..], "high");
    bench.call("fix_new", json!({ "issues": ["ISS-1"] }));
    let joined = bench.call("fix_join", json!({ "key": "HF-1", "keys": ["ISS-2", "ISS-3"] }));
    let hotfix = || bench.call("fix_show", json!({ "key": "HF-1" }))["hotfix"].clone();
    assert_eq!(hotfix()["priority"], "P1");
    bench.call("issue_undo", json!({ "issues": joined["changed"] }));
    assert_eq!(hotfix()["priority"], "P5");
    assert_eq!(hotfix()["issues"], json!(["ISS-1"]));
    assert_eq!(bench.issue("ISS-2")["state"], "triaged");
    // Once somebody works on a hot fix, taking back that it was started is no longer asked of it.
    let started = bench.call("fix_new", json!({ "issues": ["ISS-2"] }));
    bench.call("fix_assign", json!({ "key": "HF-2", "person": "sam" }));
    let error = bench.refused("issue_undo", json!({ "issues": started["changed"] }));
    assert!(error.message.contains("worked on in HF-2"), "{error:?}");
}

#[test]
fn an_undo_of_an_undo_does_it_again() {
    let bench = bench();
    let keys = bench.log(2);
    let merged = bench.call("issue_merge", json!({ "keys": ["ISS-2"], "into": "ISS-1" }));
    let after = bench.standing(&keys);
    let undone = bench.call("issue_undo", json!({ "issues": merged["changed"] }));
    assert_eq!(bench.issue("ISS-1")["affected"], 1);
    bench.call("issue_undo", json!({ "issues": undone["changed"] }));
    assert_eq!(bench.standing(&keys), after);
    assert_eq!(bench.issue("ISS-1")["affected"], 2);
}

#[test]
fn a_thousand_issues_are_decided_about_in_one_breath() {
    let bench = bench();
    let keys = bench.log(1000);
    let listed = bench.call("issue_keys", json!({ "filter": { "untriaged": true } }));
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1000);
    let started = std::time::Instant::now();
    let answer = bench.triage(&keys, "medium");
    let undone = bench.call("issue_undo", json!({ "issues": answer["changed"] }));
    println!("triaged 1,000 issues and took it back in {:?}", started.elapsed());
    assert_eq!(undone["changed"].as_array().unwrap().len(), 1000);
    assert_eq!(bench.call("issue_list", json!({ "untriaged": true }))["total"], 1000);
}

#[test]
fn who_wavers_gets_the_higher_level_and_the_reason_names_the_rubric() {
    let bench = bench();
    let keys = bench.log(1);
    let given = bench.call(
        "issue_triage",
        json!({
            "keys": keys, "impact_system": "low", "impact_users": "medium",
            "impact_business": "low", "urgency": "low", "unsure": ["users", "urgency"],
        }),
    );
    assert_eq!(given["priority"], "P2");
    assert_eq!(given["reason"], "High impact × medium urgency = P2 High by the rubric “Default”.");
    let triage = bench.issue("ISS-1")["triage"].clone();
    assert_eq!((&triage["impact_users"], &triage["urgency"]), (&json!("high"), &json!("medium")));
    assert_eq!(triage["unsure"], json!(["users", "urgency"]));
    let error = bench.refused("issue_triage", judged(&keys, "low", ""));
    assert_eq!(error.location.as_deref(), Some("note"), "a later change says why");
}

#[test]
fn a_product_has_words_of_its_own_for_each_level() {
    let bench = bench();
    bench.log(1);
    let words = |word: &str| json!([format!("{word} 1"), format!("{word} 2"), format!("{word} 3")]);
    let preview = || bench.call("issue_triage_preview", json!({ "key": "ISS-1" }));
    assert!(preview()["guide"]["users"][0].as_str().unwrap().contains("Most users"));
    let mut rubric = serde_json::to_value(CatalogObject::Rubric(Rubric::default())).unwrap();
    rubric["id"] = json!("shop");
    rubric["product"] = json!("shop");
    rubric["guide"] = json!({
        "system": words("s"), "users": words("u"), "business": words("b"), "urgency": words("g"),
    });
    bench.call("catalog_save", json!({ "object": rubric }));
    assert_eq!(preview()["guide"]["users"], words("u"));
    // A rubric of before has the usual words.
    rubric.as_object_mut().unwrap().remove("guide");
    bench.call("catalog_save", json!({ "object": rubric }));
    assert!(preview()["guide"]["urgency"][2].as_str().unwrap().contains("next release"));
}

#[test]
fn a_question_comes_from_a_template_and_is_filled_in_for_each_issue() {
    let bench = bench();
    let keys = bench.log(2);
    let usual = bench.call("issue_question", json!({ "key": "ISS-1" }));
    assert!(usual["text"].as_str().unwrap().starts_with("You reported “Trouble 0” (ISS-1)."));
    let template = json!({
        "kind": "template", "id": "more", "name": "More", "purpose": "question", "subject": "?",
        "body": "What else about {{ title }}?",
    });
    bench.call("catalog_save", json!({ "object": template }));
    let asked = bench.call("issue_question", json!({ "key": "ISS-1" }));
    assert_eq!(
        (&asked["text"], &asked["template"]),
        (&json!("What else about Trouble 0?"), &json!("more"))
    );
    bench.call("issue_ask", json!({ "keys": keys, "question": asked["words"], "fill": true }));
    assert_eq!(bench.issue("ISS-2")["reason"], "What else about Trouble 1?");
    assert_eq!(bench.issue("ISS-2")["state"], "needs_info");
}

#[test]
fn a_clock_is_at_risk_after_four_fifths_of_its_business_hours_and_its_owner_is_told_once_each() {
    let bench = bench();
    let keys = bench.log(1);
    // P5 is answered within 16 business hours and resolved within 80: nine to five, UTC.
    bench.triage(&keys, "low");
    bench.call("issue_assign", json!({ "keys": keys, "person": "owner" }));
    let clock = || bench.call("issue_show", json!({ "key": "ISS-1" }))["clock"].clone();
    // 64 of 80 hours: eight working days from a Tuesday, so Thursday evening a week later.
    assert_eq!(clock()["risk_at"], "2026-12-03T17:00:00Z");
    assert_eq!(clock()["state"], "on_track");
    bench.remind();
    assert!(bench.reminders().is_empty() && bench.waits("deadline").is_empty());
    bench.clock.set("2026-12-03T17:00:00Z".parse().unwrap());
    assert_eq!(clock()["state"], "at_risk");
    for _ in 0..3 {
        bench.remind();
    }
    assert_eq!(bench.reminders(), ["ISS-1: the time to resolve runs out"]);
    assert_eq!(bench.waits("deadline")[0]["what"], "The time to resolve runs out");
    // A restart reminds of nothing twice.
    let options =
        Options { clock: Arc::clone(&bench.clock) as _, device: "d".into(), ..Options::default() };
    let again = Bench {
        desk: Desk::open(&bench.path, options).unwrap(),
        path: bench.path.clone(),
        clock: Arc::clone(&bench.clock),
        _folder: tempfile::tempdir().unwrap(),
    };
    again.remind();
    assert_eq!(again.reminders().len(), 1);
    again.clock.set("2026-12-08T00:00:00Z".parse().unwrap());
    for _ in 0..3 {
        again.remind();
    }
    assert_eq!(again.reminders()[0], "ISS-1: the time to resolve is over");
    assert_eq!(again.reminders().len(), 2);
    assert_eq!(again.waits("deadline")[0]["what"], "The time to resolve is over");
    // Nobody else is bothered by it.
    assert!(!again.by("sam", "waiting", json!({})).to_string().contains("The time to resolve"));
}

#[test]
fn while_the_reporter_is_asked_nothing_is_at_risk_and_nobody_is_reminded() {
    let bench = bench();
    let keys = bench.log(1);
    bench.triage(&keys, "high");
    bench.call("issue_assign", json!({ "keys": keys, "person": "owner" }));
    bench.call("issue_ask", json!({ "keys": keys, "question": "Which?" }));
    bench.clock.advance(Duration::from_secs(7 * 24 * 3600));
    bench.remind();
    assert!(bench.reminders().is_empty() && bench.waits("deadline").is_empty());
    bench.call("issue_answer", json!({ "keys": keys, "answer": "This." }));
    bench.remind();
    assert!(bench.reminders().is_empty(), "the clock went on where it stood");
    bench.clock.advance(Duration::from_secs(4 * 3600));
    bench.remind();
    assert_eq!(bench.reminders(), ["ISS-1: the time to resolve is over"]);
}

#[test]
fn many_deadlines_at_once_are_one_message_to_each_who_answers() {
    let bench = bench();
    let keys = bench.log(12);
    bench.triage(&keys, "high");
    bench.call("issue_assign", json!({ "keys": keys[..10], "person": "owner" }));
    bench.call("issue_assign", json!({ "keys": keys[10..11], "person": "sam" }));
    bench.clock.advance(Duration::from_secs(24 * 3600));
    for _ in 0..4 {
        bench.remind();
    }
    let mut told = bench.reminders();
    told.sort();
    // The twelfth belongs to nobody: everybody sees it in the inbox, nobody is rung for it.
    assert_eq!(told, ["10 issues have missed their time", "ISS-11: the time to resolve is over"]);
}

#[test]
fn whoever_is_mentioned_finds_it_among_what_waits_until_they_looked_or_answered() {
    let bench = bench();
    bench.log(2);
    let text = "@sam, can you look? Not mail@rita.example, and @nobody.";
    bench.call("issue_comment", json!({ "key": "ISS-1", "text": text, "internal": true }));
    bench.call("issue_comment", json!({ "key": "ISS-2", "text": "@sam @rita" }));
    let waits = |who: &str| {
        let all = bench.by(who, "waiting", json!({}));
        let all = all.as_array().unwrap().iter();
        all.filter(|item| item["kind"] == "mention")
            .map(|item| item["key"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(waits("sam").len(), 2);
    assert_eq!(waits("rita"), ["ISS-2"]);
    bench.by("sam", "issue_comment", json!({ "key": "ISS-1", "text": "On it." }));
    bench.by("sam", "issue_read", json!({ "key": "ISS-2" }));
    assert!(waits("sam").is_empty());
    assert_eq!(waits("rita"), ["ISS-2"]);
}

#[test]
fn files_of_a_comment_are_evidence_of_the_issue_and_can_be_erased_with_it() {
    let bench = bench();
    bench.log(1);
    let hash = bench.desk.put_bytes(b"a picture").unwrap();
    let file = json!({ "hash": hash, "size": 9, "name": "a.png", "media": "image/png" });
    let comment = json!({ "key": "ISS-1", "text": "", "attachments": [file] });
    bench.call("issue_comment", comment);
    assert_eq!(bench.issue("ISS-1")["attachments"][0]["name"], "a.png");
    assert_eq!(bench.issue("ISS-1")["comments"][0]["attachments"], json!([hash]));
    let place = json!({ "of": "attachment", "hash": hash });
    bench.call("issue_redact", json!({ "key": "ISS-1", "place": place, "reason": "private" }));
    assert_eq!(bench.issue("ISS-1")["attachments"], json!([]));
    let error = bench.refused("issue_comment", json!({ "key": "ISS-1", "text": " " }));
    assert_eq!(error.location.as_deref(), Some("text"));
}

#[test]
fn a_report_is_offered_what_this_desk_caller_and_product_had_the_last_time() {
    let bench = bench();
    let report = |caller: &str, version: &str, component: &str| {
        bench.call(
            "issue_log",
            json!({
                "text": { "title": "x", "reporter": { "name": caller } }, "channel": "mail",
                "product": "shop", "version": version, "environment": "p", "component": component,
            }),
        );
    };
    assert_eq!(bench.call("report_defaults", json!({}))["product"], Value::Null);
    for component in ["cart", "pay", "list"] {
        report("Bo", "4.8", component);
    }
    report("Ann", "3.1", "search");
    let usual = bench.call("report_defaults", json!({}));
    assert_eq!((&usual["product"], &usual["channel"]), (&json!("shop"), &json!("mail")));
    assert_eq!((&usual["version"], &usual["environment"]), (&json!("4.8"), &json!("p")));
    assert_eq!(usual["component"], "", "it differs from report to report");
    let machine = json!({ "text": { "title": "x" }, "channel": "monitoring", "version": "9" });
    bench.call("issue_log", machine);
    assert_eq!(bench.call("report_defaults", json!({})), usual, "a machine is no caller");
    let of_ann = bench.call("report_defaults", json!({ "caller": "Ann" }));
    assert_eq!((&of_ann["version"], &of_ann["component"]), (&json!("3.1"), &json!("search")));
}

#[test]
fn the_list_has_the_most_affected_the_oldest_and_the_last_changed_first() {
    let bench = bench();
    bench.log(4);
    bench.clock.advance(Duration::from_secs(60));
    let add = json!({ "key": "ISS-2", "contact": { "name": "Bo" }, "affected": 30 });
    bench.call("issue_add_person", add);
    bench.clock.advance(Duration::from_secs(60));
    bench.triage(&["ISS-3".into()], "high");
    bench.call("issue_reject", json!({ "keys": ["ISS-4"], "reason": "no" }));
    let first = |filter: Value| bench.call("issue_list", filter)["rows"][0]["key"].clone();
    assert_eq!(first(json!({ "sort": "affected" })), "ISS-2");
    assert_eq!(first(json!({ "sort": "oldest" })), "ISS-1");
    assert_eq!(first(json!({ "sort": "changed" })), "ISS-3");
    assert_eq!(first(json!({ "sort": "priority" })), "ISS-3");
    assert_eq!(first(json!({ "sort": "newest" })), "ISS-3", "the open ones only");
    assert_eq!(first(json!({ "sort": "newest", "all": true })), "ISS-4");
    assert_eq!(first(json!({ "state": "rejected" })), "ISS-4");
}

#[test]
fn the_engine_reminds_by_itself_and_a_second_engine_says_nothing_again() {
    let bench = bench();
    let keys = bench.log(1);
    bench.triage(&keys, "high");
    bench.call("issue_assign", json!({ "keys": keys, "person": "sam" }));
    bench.clock.advance(Duration::from_secs(5 * 3600));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for _ in 0..2 {
        let engine = bench.desk.start_engine(runtime.handle()).unwrap();
        let started = std::time::Instant::now();
        while bench.reminders().is_empty() && started.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
        }
        // Time for a second look, which must find nothing to say.
        std::thread::sleep(Duration::from_millis(1500));
        assert_eq!(bench.reminders(), ["ISS-1: the time to resolve is over"]);
        engine.stop();
    }
    let timeline = bench.call("timeline", json!({ "key": "ISS-1" })).to_string();
    assert_eq!(timeline.matches("owner_reminded").count(), 1);
}

#[test]
fn who_had_an_issue_stands_on_it_with_each_note_and_an_undo_gives_it_back() {
    let bench = bench();
    let keys = bench.log(1);
    let give = |person: &str, note: &str| json!({ "keys": keys, "person": person, "note": note });
    bench.call("issue_assign", give("sam", "You know the till."));
    let answer = bench.by("sam", "issue_assign", give("rita", "I am away until Tuesday."));
    let had = |bench: &Bench| -> Vec<Value> {
        let all = bench.issue("ISS-1")["assignments"].as_array().unwrap().clone();
        all.iter().map(|one| json!([one["person"], one["by"], one["note"]])).collect()
    };
    let (first, second) = (
        json!(["sam", "owner", "You know the till."]),
        json!(["rita", "sam", "I am away until Tuesday."]),
    );
    assert_eq!(had(&bench), [first.clone(), second.clone()]);
    bench.call("issue_undo", json!({ "issues": answer["changed"] }));
    assert_eq!(bench.issue("ISS-1")["owner"], "sam");
    assert_eq!(had(&bench), [first, second, json!(["sam", "owner", ""])]);
}
