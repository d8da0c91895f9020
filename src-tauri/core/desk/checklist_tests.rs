//! Checklists are copied when a deployment is planned: which ones apply, and that a later edit changes
//! nothing that is planned already.

use super::planning_tests::{P, World, environment, expected, minute, minutes, object, product};
use crate::{
    event::words::*,
    model::deployment::Deployment,
    stages::{schedule, validate},
};
use serde_json::{Value, json};

fn list(id: &str, limits: Value, items: &[(&str, &str)]) -> CatalogObject {
    let items: Vec<Value> = items
        .iter()
        .map(|(item, kind)| {
            json!({ "id": item, "kind": kind, "text": format!("Do {item}"), "required": true })
        })
        .collect();
    let mut text = json!({ "kind": "checklist", "id": id, "name": id, "items": items });
    for (name, value) in limits.as_object().into_iter().flatten() {
        text[name] = value.clone();
    }
    object(text)
}

fn world() -> World {
    let mut world = World::new();
    let mut shop = product("shop", Vec::new());
    shop.environments = vec![environment("staging", false), environment(P, true)];
    world.save(CatalogObject::Product(shop));
    world
}

fn plan(world: &mut World, number: u64, place: &str, from: i64) -> Deployment {
    let request = schedule::PlanDeployment {
        key: HotfixKey(format!("HF-{number}")),
        environment: place.into(),
        starts_at: minute(from),
        window_ends_at: minute(from + 60),
        automatic: false,
        expected: expected(0, &[]),
        note: String::new(),
        targets: None,
    };
    let key = DeploymentKey(world.by("ann", &request).unwrap().key);
    world.deployment(&key)
}

fn procedures(one: &Deployment) -> Vec<(&str, &str)> {
    one.procedures.iter().map(|step| (step.item.id.as_str(), step.item.text.as_str())).collect()
}

fn checks(one: &Deployment) -> Vec<&str> {
    one.checks.iter().map(|check| check.item.id.as_str()).collect()
}

#[test]
fn a_step_keeps_the_instructions_that_it_was_planned_with() {
    let mut world = world();
    let save = |world: &mut World, instructions: &str| {
        let step = |id: &str, kind: &str| {
            json!({
                "id": id, "kind": kind, "text": "Do it", "required": true,
                "instructions": instructions,
            })
        };
        world.save(object(json!({
            "kind": "checklist", "id": "usual", "name": "Usual",
            "items": [step("backup", "procedure"), step("pays", "functional")],
        })));
    };
    save(&mut world, "See https://wiki.example/old");
    let key = plan(&mut world, 1, P, 60).key;
    save(&mut world, "See https://wiki.example/new");
    let said = |world: &World, key: &DeploymentKey| {
        let one = world.deployment(key);
        [one.procedures[0].item.instructions.clone(), one.checks[0].item.instructions.clone()]
    };
    assert_eq!(said(&world, &key), ["See https://wiki.example/old"; 2]);
    let after = plan(&mut world, 2, P, 300).key;
    assert_eq!(said(&world, &after), ["See https://wiki.example/new"; 2]);
}

#[test]
fn a_later_edit_of_a_checklist_changes_nothing_that_is_planned() {
    let mut world = world();
    let items = [("backup", "procedure"), ("pays", "functional")];
    world.save(list("usual", json!({}), &items));
    let before = plan(&mut world, 1, P, 60);
    assert_eq!(procedures(&before), [("usual.backup", "Do backup")]);
    assert_eq!(checks(&before), ["usual.pays"]);

    world.save(list("usual", json!({}), &[("call", "procedure"), ("drain", "procedure")]));
    assert_eq!(world.deployment(&before.key).procedures, before.procedures);
    assert_eq!(world.deployment(&before.key).checks, before.checks);
    // Not even when it is moved.
    let moved = schedule::MoveDeployment {
        key: before.key.clone(),
        starts_at: minute(120),
        window_ends_at: minute(180),
        automatic: false,
        expected: None,
        note: String::new(),
    };
    world.by("ann", &moved).unwrap();
    assert_eq!(world.deployment(&before.key).procedures, before.procedures);
    // The start asks for the steps that it was planned with.
    world.at = minute(120);
    assert!(world.start(&before.key).unwrap_err().message.contains("procedure"));
    let tick = schedule::TickProcedure {
        key: before.key.clone(),
        item: "usual.backup".into(),
        ticked: true,
    };
    world.by("ann", &tick).unwrap();
    world.start(&before.key).unwrap();
    // What is planned from now on has the new ones.
    let after = plan(&mut world, 2, P, 300);
    assert_eq!(procedures(&after), [("usual.call", "Do call"), ("usual.drain", "Do drain")]);
    assert_eq!(checks(&after), [""; 0]);
}

#[test]
fn a_check_is_added_for_one_deployment_until_that_is_over() {
    let mut world = world();
    world.save(list("usual", json!({}), &[("pays", "functional")]));
    let key = plan(&mut world, 1, P, 60).key;
    let add = |text: &str, kind| validate::AddCheck {
        key: key.clone(),
        kind,
        text: text.into(),
        expected: " A receipt ".into(),
        required: true,
        how: CheckHow::Manual,
    };
    let added = world.by("ann", &add(" Refunds work ", CheckKind::Regression)).unwrap();
    assert_eq!(added.check, "added.2");
    let one = world.deployment(&key);
    let last = &one.checks[1];
    assert_eq!(
        (last.item.text.as_str(), last.item.expected.as_str()),
        ("Refunds work", "A receipt")
    );
    assert_eq!((last.item.required, last.result), (true, None));
    let refused = |world: &mut World, request: &validate::AddCheck| {
        world.by("ann", request).unwrap_err().location.unwrap_or_default()
    };
    assert_eq!(refused(&mut world, &add("refunds WORK", CheckKind::Functional)), "text");
    assert_eq!(refused(&mut world, &add("do pays", CheckKind::Functional)), "text");
    assert_eq!(refused(&mut world, &add(" ", CheckKind::Functional)), "text");
    assert_eq!(refused(&mut world, &add("Back it up", CheckKind::Procedure)), "kind");
    world
        .by("ann", &schedule::CancelDeployment { key: key.clone(), reason: "Not today".into() })
        .unwrap();
    let over = world.by("ann", &add("Too late", CheckKind::Functional)).unwrap_err();
    assert!(over.message.contains("is over"), "{over}");
}

#[test]
fn a_checklist_applies_by_product_environment_and_priority() {
    let mut world = world();
    let one = [("x", "procedure")];
    world.save(list("a-all", json!({}), &one));
    world.save(list("b-production", json!({ "environment": P }), &one));
    world.save(list("c-staging", json!({ "environment": "staging" }), &one));
    world.save(list("d-urgent", json!({ "priorities": ["P1"] }), &one));
    world.save(list("e-second", json!({ "priorities": ["P2", "P3"], "environment": P }), &one));
    world.save(list("f-billing", json!({ "product": "billing" }), &one));
    world.save(list(
        "g-standard",
        json!({ "standard": { "covers": "x", "most_risk": "low" } }),
        &one,
    ));
    // Every hot fix here is a P2.
    let names = |one: &Deployment| {
        one.procedures.iter().map(|step| step.item.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&plan(&mut world, 1, "staging", 60)), ["a-all.x", "c-staging.x"]);
    assert_eq!(names(&plan(&mut world, 1, P, 60)), ["a-all.x", "b-production.x", "e-second.x"]);
    assert_eq!(
        names(&plan(&mut world, 3, P, 60)),
        ["a-all.x", "b-production.x", "e-second.x", "f-billing.x"]
    );
    let key = world.plan(2, minutes(200, 60), expected(0, &[])).unwrap();
    assert_eq!(names(&world.deployment(&key)), ["a-all.x", "b-production.x", "e-second.x"]);
}
