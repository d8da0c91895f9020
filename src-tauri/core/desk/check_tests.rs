//! Automatic checks as decisions: what is run, what the program may say, and what its word is about.

use super::planning_tests::{World, expected, minute, minutes, object};
use crate::{
    clock::Instant,
    error::{Error, Kind},
    event::{BuildNotes, Event, EvidenceText, words::*},
    stages::{configure, deploy as deploy_stage, validate},
};
use serde_json::{Value, json};

fn http() -> Value {
    json!({
        "by": "http", "url": "https://shop.example.com/healthz",
        "assertions": [{ "on": "status", "is": 200 }],
    })
}

fn item(id: &str, kind: &str, how: Value) -> Value {
    json!({ "id": id, "kind": kind, "text": format!("Look at {id}"), "required": true, "how": how })
}

fn list(items: &[Value]) -> CatalogObject {
    object(json!({ "kind": "checklist", "id": "smoke", "name": "Smoke", "items": items }))
}

/// HF-1 in production, deployed, with a check by hand and an automatic one.
fn validating() -> (World, DeploymentKey) {
    let mut world = World::new();
    let manual = json!({ "id": "pays", "kind": "functional", "text": "Pay", "required": true });
    world.save(list(&[item("health", "functional", http()), manual]));
    let key = deploy(&mut world, 0);
    (world, key)
}

pub(super) fn deploy(world: &mut World, from: i64) -> DeploymentKey {
    let span = minutes(from, 30);
    let key = world.plan(1, span, expected(0, &[])).unwrap();
    world.at = minute(from);
    world.start(&key).unwrap();
    world.by("engine", &deploy_stage::FinishRun { key: key.clone() }).unwrap();
    key
}

fn run(
    key: &DeploymentKey,
    check: &str,
    passed: bool,
    seen: Option<Instant>,
) -> validate::RecordRun {
    let evidence = EvidenceText { text: "GET … answered 200".into(), link: String::new() };
    validate::RecordRun {
        key: key.clone(),
        check: check.into(),
        passed,
        evidence,
        attachments: Vec::new(),
        seen,
    }
}

fn by_hand(key: &DeploymentKey, check: &str) -> validate::RecordCheck {
    validate::RecordCheck {
        key: key.clone(),
        check: check.into(),
        result: CheckResult::Passed,
        evidence: EvidenceText::default(),
        attachments: Vec::new(),
    }
}

fn to_run(world: &World, key: &DeploymentKey, named: Option<&str>) -> Result<Vec<String>, Error> {
    let checks = validate::to_run(&world.deployment(key), named, false)?;
    Ok(checks.into_iter().map(|check| check.item.id).collect())
}

#[test]
fn a_record_from_before_is_a_check_by_hand() {
    let old = json!({ "id": "a", "kind": "functional", "text": "A", "required": true });
    let item: CheckItem = serde_json::from_value(old).unwrap();
    assert!(!item.how.is_automatic());
}

#[test]
fn what_is_open_is_run_and_what_is_answered_only_when_it_is_named() {
    let (mut world, key) = validating();
    assert_eq!(to_run(&world, &key, None).unwrap(), ["smoke.health"]);
    world.by("ben", &run(&key, "smoke.health", false, None)).unwrap();
    let check = world.deployment(&key).checks[0].clone();
    assert_eq!((check.result, check.by_machine), (Some(CheckResult::Failed), true));
    assert_eq!(check.by.unwrap().0, "ben", "whoever made it run");
    assert_eq!(to_run(&world, &key, None).unwrap(), [""; 0]);
    assert_eq!(to_run(&world, &key, Some("smoke.health")).unwrap(), ["smoke.health"]);
    // A person's word goes before the program's, and is no machine's.
    world.by("ann", &by_hand(&key, "smoke.health")).unwrap();
    let check = world.deployment(&key).checks[0].clone();
    assert_eq!((check.result, check.by_machine), (Some(CheckResult::Passed), false));
}

#[test]
fn what_a_person_could_not_answer_is_not_run() {
    let (mut world, key) = validating();
    let named = |world: &World, check| to_run(world, &key, Some(check)).unwrap_err();
    assert_eq!(named(&world, "smoke.gone").location.as_deref(), Some("check"));
    assert_eq!(named(&world, "smoke.pays").kind, Kind::Denied, "answered by hand");
    let wrong = world.by("ann", &run(&key, "smoke.pays", true, None)).unwrap_err();
    assert!(wrong.message.contains("by hand"), "{wrong}");
    let fail = validate::FailValidation { key: key.clone(), reason: "No".into() };
    world.by("ann", &fail).unwrap();
    let over = named(&world, "smoke.health");
    assert_eq!((over.kind, over.message.contains("not being validated")), (Kind::Denied, true));
    let over = world.by("ann", &run(&key, "smoke.health", true, None)).unwrap_err();
    assert_eq!(over.kind, Kind::Denied, "not even what was asked before");
}

#[test]
fn without_an_automatic_check_it_says_where_one_comes_from() {
    let mut world = World::new();
    let key = deploy(&mut world, 0);
    let none = to_run(&world, &key, None).unwrap_err();
    assert_eq!(none.kind, Kind::Denied);
    assert!(none.hint.unwrap().contains("Settings, Checklists"));
}

#[test]
fn an_answer_that_was_given_while_it_was_run_stays() {
    let (mut world, key) = validating();
    let blocked = validate::RecordCheck {
        result: CheckResult::Blocked,
        evidence: EvidenceText { text: "No network".into(), link: String::new() },
        ..by_hand(&key, "smoke.health")
    };
    world.by("ann", &blocked).unwrap();
    let late = world.by("ann", &run(&key, "smoke.health", true, None)).unwrap_err();
    assert_eq!(late.kind, Kind::Conflict);
    assert_eq!(world.deployment(&key).checks[0].result, Some(CheckResult::Blocked));
    let seen = world.deployment(&key).checks[0].at;
    world.by("ann", &run(&key, "smoke.health", true, seen)).unwrap();
    assert_eq!(world.deployment(&key).checks[0].result, Some(CheckResult::Passed));
}

#[test]
fn a_new_revision_voids_what_was_run_and_its_checks_begin_open() {
    let (mut world, key) = validating();
    world.by("ann", &run(&key, "smoke.health", true, None)).unwrap();
    let fail = validate::FailValidation { key: key.clone(), reason: "Prices".into() };
    world.by("ann", &fail).unwrap();
    let mut package = {
        let hotfix = world.judge(|state| Ok(state.hotfix(&"HF-1".into())?.clone())).unwrap();
        hotfix.current().unwrap().package.clone()
    };
    (package.revision, package.hash) = (2, Digest("2".repeat(64)));
    world.happen("HF-1", "ann", Event::PackageBuilt { package, private: BuildNotes::default() });
    let again = deploy(&mut world, 120);
    let (before, now) = (world.deployment(&key), world.deployment(&again));
    assert_ne!(before.hash, now.hash);
    assert!(now.checks.iter().all(|check| check.result.is_none()), "nothing is taken over");
    assert_eq!(to_run(&world, &again, None).unwrap(), ["smoke.health"]);
    // What was found is about the bytes it was found on: it does not stand for others.
    let old = &before.checks[0];
    assert!(old.stands(&before) && !old.stands(&now));
    let mut mixed = now.clone();
    mixed.checks[0] = old.clone();
    assert_eq!(validate::to_run(&mixed, None, false).unwrap().len(), 1, "void is as good as open");
}

#[test]
fn a_checklist_is_refused_where_a_check_cannot_be_asked() {
    let mut world = World::new();
    let refused = |world: &mut World, items: &[Value]| {
        let error = world
            .by("ann", &configure::SaveObject { object: list(items), base: None })
            .unwrap_err();
        error.location.unwrap()
    };
    let fine = item("fine", "functional", http());
    let mut path = http();
    path["assertions"] = json!([{ "on": "json", "path": "ok", "equals": "true" }]);
    let path = item("path", "regression", path);
    let place = refused(&mut world, &[fine.clone(), fine.clone(), path.clone()]);
    assert_eq!(place, "items.1.id", "as before");
    assert_eq!(refused(&mut world, &[fine.clone(), path]), "items.1.how.assertions.0.path");
    let before = item("before", "procedure", http());
    assert_eq!(refused(&mut world, &[before]), "items.0.how");
    world.by("ann", &configure::SaveObject { object: list(&[fine]), base: None }).unwrap();
}

#[test]
fn a_check_that_is_added_may_be_automatic_and_is_refused_at_its_field() {
    let (mut world, key) = validating();
    let add = |how: Value| validate::AddCheck {
        key: key.clone(),
        kind: CheckKind::Regression,
        text: "The price list answers".into(),
        expected: String::new(),
        required: true,
        how: serde_json::from_value(how).unwrap(),
    };
    let wrong = world.by("ann", &add(json!({ "by": "http", "url": "shop" }))).unwrap_err();
    assert_eq!(wrong.location.as_deref(), Some("how.url"));
    world.by("ann", &add(http())).unwrap();
    assert_eq!(to_run(&world, &key, None).unwrap(), ["smoke.health", "added.3"]);
}

#[test]
fn an_edit_of_the_checklist_does_not_reach_what_is_planned() {
    let (mut world, key) = validating();
    let mut other = http();
    other["url"] = json!("https://other.example.com/");
    world.save(list(&[item("health", "functional", other)]));
    let CheckHow::Http { url, .. } = world.deployment(&key).checks[0].item.how.clone() else {
        panic!("it is as it was planned")
    };
    assert_eq!(url, "https://shop.example.com/healthz");
}
