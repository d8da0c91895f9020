//! Going through in an emergency: what is hard stays shut, what is not mine to override is somebody else's,
//! nothing goes that was not on the screen, and what is left after a refused start is said.

use hotfix_core::{
    clock::{Clock, Instant, now},
    desk::{As, Desk, Options},
    error::Kind,
};
use hotfix_tests::{
    counter::{Behaviour, Counter},
    ground::{Ground, PLANNED, call, open},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

fn freeze(desk: &Desk) {
    let start = now().minus(Duration::from_secs(60)).to_string();
    let object = json!({
        "kind": "calendar", "id": "stocktaking", "name": "Stocktaking", "purpose": "freeze",
        "rule": { "start": start.get(..16), "zone": "UTC", "duration_minutes": 600 },
    });
    call(desk, "catalog_save", json!({ "object": object }));
}

fn policy(desk: &Desk, hard: &[&str], override_roles: &[&str]) {
    let object = json!({
        "kind": "policy", "id": "quick", "name": "Quick", "approvals": 0, "approver_roles": [],
        "approval_hours": 24, "monitoring_minutes": 0, "tell_before": false, "hard": hard,
        "override_roles": override_roles,
    });
    call(desk, "catalog_save", json!({ "object": object }));
}

fn codes(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter().map(|one| one["code"].as_str().expect("a code")).collect()
}

fn records(desk: &Desk) -> u64 {
    desk.export(&mut std::io::sink()).expect("the journal can be read")
}

fn go(blockers: &[&str]) -> Value {
    json!({ "key": "HF-1", "reason": "Nobody can pay", "blockers": blockers })
}

/// Refused, and nothing at all was kept.
fn refused(desk: &Desk, request: Value, person: &str, kind: Kind) -> String {
    let before = records(desk);
    let how = As { person: Some(person.into()), ..As::default() };
    let error = desk.call_as("fix_go_through", request, &how).unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    assert_eq!(records(desk), before, "nothing of it was kept");
    error.message
}

#[test]
fn what_is_hard_stays_shut_whoever_asks() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let desk = open(&ground.copy("hard", &service));
    freeze(&desk);
    policy(&desk, &["freeze"], &["owner"]);
    let left = call(&desk, "fix_emergency", json!({ "key": "HF-1" }));
    assert_eq!(codes(&left["stays"]), ["freeze"]);
    assert_eq!((codes(&left["lets_go"]), codes(&left["others"])), (vec![], vec![]));
    let said = refused(&desk, go(&["freeze"]), "owner", Kind::Denied);
    assert!(said.contains("Stocktaking"), "{said}");
    let over = json!({
        "key": "HF-1", "gate": "start", "blocker": "freeze", "environment": "staging", "reason": "x",
    });
    assert_eq!(desk.call("fix_override", over).unwrap_err().kind, Kind::Denied);
}

#[test]
fn the_report_says_what_was_gone_through_as_the_gate_said_it() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let desk = open(&ground.copy("said", &service));
    policy(&desk, &[], &["owner"]);
    freeze(&desk);
    let start = now().plus(Duration::from_secs(86_400)).to_string();
    let window = json!({
        "kind": "calendar", "id": "night", "name": "Night", "purpose": "maintenance",
        "rule": { "start": start.get(..16), "zone": "UTC", "duration_minutes": 60 },
    });
    call(&desk, "catalog_save", json!({ "object": window }));
    for code in ["freeze", "outside_maintenance"] {
        let over = json!({
            "key": "HF-1", "gate": "start", "blocker": code, "environment": "staging",
            "reason": "Nobody can pay.",
        });
        call(&desk, "fix_override", over);
    }
    let report = call(&desk, "report", json!({ "key": "HF-1", "format": "md" }));
    let text = report["text"].as_str().unwrap();
    for said in [
        "overrode “Freeze” for staging",
        "Freeze “Stocktaking” holds staging.",
        "overrode “Outside maintenance” for staging",
        " UTC is outside the maintenance windows of staging.",
    ] {
        assert!(text.contains(said), "the report lacks {said}: {text}");
    }
    assert!(!text.contains("outside_maintenance") && !text.contains("shop/staging"), "{text}");
}

#[test]
fn what_others_may_let_go_is_named_with_them_and_not_gone_through() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let desk = open(&ground.copy("others", &service));
    freeze(&desk);
    let dana = As { person: Some("dana".into()), ..As::default() };
    let left = desk.call_as("fix_emergency", json!({ "key": "HF-1" }), &dana).unwrap();
    assert_eq!((codes(&left["lets_go"]), codes(&left["stays"])), (vec![], vec![]));
    assert_eq!(codes(&left["others"]), ["freeze"]);
    assert_eq!(left["others"][0]["override_roles"], json!(["owner"]));
    assert_eq!(left["declares"], false, "who may not override declares no emergency");
    refused(&desk, go(&["freeze"]), "dana", Kind::Denied);
    // The same is the owner's to let go.
    let left = call(&desk, "fix_emergency", json!({ "key": "HF-1" }));
    assert_eq!((codes(&left["lets_go"]), codes(&left["others"])), (vec!["freeze"], vec![]));
}

#[test]
fn what_was_not_on_the_screen_refuses_all_of_it_and_so_does_a_missing_reason() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let desk = open(&ground.copy("unseen", &service));
    freeze(&desk);
    let said = refused(&desk, go(&[]), "owner", Kind::Conflict);
    assert!(said.contains("Stocktaking"), "{said}");
    let silent = json!({ "key": "HF-1", "reason": " ", "blockers": ["freeze"] });
    refused(&desk, silent, "owner", Kind::Invalid);
    assert!(service.received().is_empty());
}

/// A clock that takes a leap each time it is looked at, once it is told to.
#[derive(Default)]
struct Leaping {
    leaps: AtomicBool,
    ahead: AtomicU64,
}

impl Clock for Leaping {
    fn now(&self) -> Instant {
        let by = if self.leaps.load(Ordering::SeqCst) { 6 * 60 } else { 0 };
        let ahead = self.ahead.fetch_add(by, Ordering::SeqCst) + by;
        now().plus(Duration::from_secs(ahead))
    }
}

#[test]
fn what_is_left_after_a_refused_start_is_said_and_the_overrides_stay_with_their_reviews() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("left", &service);
    let clock = Arc::new(Leaping::default());
    let options = Options { clock: clock.clone(), device: "test".into(), ..Options::default() };
    let desk = Desk::open(&path, options).unwrap();
    freeze(&desk);
    let later = now().plus(Duration::from_secs(5 * 3600));
    let moved = json!({
        "key": PLANNED, "starts_at": later,
        "window_ends_at": later.plus(Duration::from_secs(3600)),
    });
    call(&desk, "deploy_move", moved);
    call(&desk, "endpoint_try", json!({ "endpoint": "service" }));
    // The look finds an endpoint that was heard six minutes ago; by the start that is too long ago.
    clock.leaps.store(true, Ordering::SeqCst);
    let went = call(&desk, "fix_go_through", go(&["freeze"]));
    clock.leaps.store(false, Ordering::SeqCst);
    assert_eq!(went["done"], false, "{went}");
    assert_eq!(codes(&went["left"]), ["endpoint_silent"]);
    assert_eq!(went["overridden"], json!(["emergency_change", "freeze"]));
    assert_eq!(went["deployment"], PLANNED);
    let hotfix = call(&desk, "fix_show", json!({ "key": "HF-1" }))["hotfix"].take();
    let reviews = hotfix["overrides"].as_array().unwrap();
    let open: Vec<_> = reviews.iter().filter(|one| one["reviewed_at"].is_null()).collect();
    assert_eq!(open.len(), 2, "{reviews:?}");
    let shown = || call(&desk, "deploy_show", json!({ "key": PLANNED }))["deployment"].take();
    assert_eq!(shown()["state"], "planned");
    assert!(service.received().is_empty());

    // Asked again, the endpoint answers: nothing is overridden twice.
    call(&desk, "endpoint_try", json!({ "endpoint": "service" }));
    let went = call(&desk, "fix_go_through", go(&[]));
    assert_eq!((&went["done"], &went["overridden"]), (&json!(true), &json!([])), "{went}");
    assert_eq!(shown()["state"], "deploying");
}
