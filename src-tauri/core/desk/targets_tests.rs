//! A deployment for some of an environment's targets: what stands in its way, what runs afterwards, and
//! when the path goes on. Decided over states in memory, through the same commands as everywhere.

use super::planning_tests::{World, minute, minutes, policy};
use crate::{
    error::Result,
    event::{stream, words::*},
    gates,
    model::{Folded, deployment::EnvironmentState},
    stages::{AskConflicts, deploy, schedule, validate},
};
use serde_json::json;

const STAGING: &str = "staging";
const P: &str = "production";

/// Two targets in each environment; nothing but the path and the calendars is in the way.
fn world() -> World {
    let mut world = World::new();
    let waived = ["endpoint_silent", "endpoint_missing", "drops_what_runs"];
    world.save(CatalogObject::Policy(Policy {
        not_applicable: waived.map(Into::into).into(),
        sign_offs: 0,
        sign_off_by: Default::default(),
        ..policy()
    }));
    let target = |id: &str| json!({ "id": id, "wave": 1, "endpoint": "agent" });
    let place = |id: &str| {
        json!({
            "id": id, "name": id, "production": id == P, "soak_minutes": 0,
            "targets": [target("eu"), target("us")],
        })
    };
    let product = json!({
        "kind": "product", "id": "shop", "name": "Shop", "components": [], "versions": [],
        "branches": [], "repository": "", "environments": [place(STAGING), place(P)],
    });
    world.save(serde_json::from_value(product).unwrap());
    world
}

fn plan(world: &mut World, environment: &str, targets: &[&str]) -> Result<DeploymentKey> {
    let from = world.at;
    let request = schedule::PlanDeployment {
        key: "HF-1".into(),
        environment: environment.into(),
        targets: Some(targets.iter().map(|one| (*one).to_owned()).collect()),
        starts_at: from,
        window_ends_at: from.plus(std::time::Duration::from_secs(3600)),
        automatic: false,
        expected: Expected::default(),
        note: String::new(),
    };
    Ok(DeploymentKey(world.by("ann", &request)?.key))
}

/// Starts it and lets every target of the run succeed.
fn ship(world: &mut World, key: &DeploymentKey) {
    world.by("ann", &deploy::StartDeployment { key: key.clone() }).unwrap();
    finish_run(world, key, "health");
}

fn finish_run(world: &mut World, key: &DeploymentKey, step: &str) {
    let run = world.deployment(key).run.unwrap();
    for target in &run.targets {
        let intend = deploy::IntendStep {
            key: key.clone(),
            target: target.id.clone(),
            run: run.number,
            step: step.into(),
            attempt: 1,
        };
        let sent = world.by("engine", &intend).unwrap().key;
        let end = deploy::EndStep {
            deployment: key.clone(),
            target: target.id.clone(),
            key: sent,
            result: StepOutcome::Succeeded,
            hold: None,
        };
        world.by("engine", &end).unwrap();
    }
    world.by("engine", &deploy::FinishRun { key: key.clone() }).unwrap();
}

fn validate(world: &mut World, key: &DeploymentKey) {
    world.by("ann", &validate::FinishValidation { key: key.clone() }).unwrap();
}

fn there(world: &World, environment: &str) -> EnvironmentState {
    match world.streams.get(&stream::environment(&"shop".into(), environment)) {
        Some(Folded::Environment(known)) => known.clone(),
        other => panic!("{other:?}"),
    }
}

fn phase(world: &World) -> Phase {
    world.judge(|state| Ok(state.hotfix(&"HF-1".into())?.phase)).unwrap()
}

#[test]
fn an_unknown_target_and_none_at_all_are_refused_at_their_field() {
    let mut world = world();
    let unknown = plan(&mut world, STAGING, &["eu", "asia"]).unwrap_err();
    assert_eq!(unknown.location.as_deref(), Some("targets.1"));
    assert!(unknown.message.contains("“asia”"), "{unknown}");
    assert_eq!(unknown.hint.as_deref(), Some("It has: eu, us."));
    let none = plan(&mut world, STAGING, &[]).unwrap_err();
    assert_eq!(none.location.as_deref(), Some("targets"));
    let key = plan(&mut world, STAGING, &["us"]).unwrap();
    let planned = world.deployment(&key);
    assert_eq!(planned.targets.len(), 1);
    assert_eq!(planned.left_out, ["eu"]);
}

#[test]
fn a_freeze_of_one_target_is_in_the_way_of_that_one_only() {
    let mut world = world();
    world.save(
        serde_json::from_value(json!({
            "kind": "calendar", "id": "audit", "name": "Audit", "purpose": "freeze",
            "targets": ["eu"],
            "rule": { "start": "2026-11-23T00:00", "zone": "UTC", "duration_minutes": 600 },
        }))
        .unwrap(),
    );
    world.at = minute(10);
    let codes = |world: &World, targets: Option<&[&str]>| {
        let span = minutes(10, 30);
        let ask = AskConflicts {
            deployment: None,
            key: Some("HF-1".into()),
            environment: Some(STAGING.into()),
            targets: targets.map(|all| all.iter().map(|one| (*one).to_owned()).collect()),
            starts_at: span.start,
            window_ends_at: span.end,
            expected: None,
        };
        let actor = world.actor("ann");
        let found = world.judge(|state| ask.judge(state, &actor)).unwrap();
        found.blockers.into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&world, None), ["freeze"]);
    assert_eq!(codes(&world, Some(&["eu"])), ["freeze"]);
    assert_eq!(codes(&world, Some(&["us"])), [""; 0]);
    let key = plan(&mut world, STAGING, &["us"]).unwrap();
    let shown = world
        .judge(|state| gates::ship(&state.facts(minute(10)), &"HF-1".into(), Some(STAGING)))
        .unwrap();
    assert!(shown.blockers.is_empty(), "{:?}", shown.blockers);
    ship(&mut world, &key);
}

#[test]
fn the_path_goes_on_once_every_target_has_it() {
    let mut world = world();
    let first = plan(&mut world, STAGING, &["eu"]).unwrap();
    ship(&mut world, &first);
    let running = there(&world, STAGING).running.unwrap();
    assert_eq!(running.hotfix, Some("HF-1".into()));
    assert_eq!(running.left_out, ["us"], "what ran before still runs there");
    validate(&mut world, &first);

    let refused = plan(&mut world, P, &["eu", "us"]).unwrap_err();
    assert!(refused.message.contains("us of staging"), "{refused}");
    let next =
        world.judge(|state| gates::ship(&state.facts(minute(0)), &"HF-1".into(), None)).unwrap();
    assert_eq!(next.environment.as_deref(), Some(STAGING), "the rest is still wanted");

    let rest = plan(&mut world, STAGING, &["us"]).unwrap();
    ship(&mut world, &rest);
    assert_eq!(there(&world, STAGING).running.unwrap().left_out, [""; 0]);
    validate(&mut world, &rest);

    let half = plan(&mut world, P, &["us"]).unwrap();
    ship(&mut world, &half);
    validate(&mut world, &half);
    assert_eq!(phase(&world), Phase::Rollout, "eu has not got it");
    let other = plan(&mut world, P, &["eu"]).unwrap();
    ship(&mut world, &other);
    validate(&mut world, &other);
    assert_eq!(phase(&world), Phase::Monitoring);
}

#[test]
fn taken_back_from_one_target_it_still_runs_on_the_other() {
    let mut world = world();
    for target in ["eu", "us"] {
        let key = plan(&mut world, STAGING, &[target]).unwrap();
        ship(&mut world, &key);
        if target == "eu" {
            validate(&mut world, &key);
            continue;
        }
        let back = deploy::RollBack { key: key.clone(), reason: "It is slow there".into() };
        world.by("ann", &back).unwrap();
        finish_run(&mut world, &key, "rollback_health");
    }
    let running = there(&world, STAGING).running.unwrap();
    assert_eq!(running.hotfix, Some("HF-1".into()), "eu has it still");
    assert_eq!(running.left_out, ["us"]);
}

/// A freeze of one target of staging.
fn frozen(world: &mut World, target: &str) {
    let text = json!({
        "kind": "calendar", "id": "audit", "name": "Audit", "purpose": "freeze",
        "targets": [target], "environments": [STAGING],
        "rule": { "start": "2026-11-23T00:00", "zone": "UTC", "duration_minutes": 600 },
    });
    world.save(serde_json::from_value(text).unwrap());
}

#[test]
fn what_comes_next_is_judged_for_the_targets_that_are_left() {
    let mut world = world();
    let first = plan(&mut world, STAGING, &["eu"]).unwrap();
    ship(&mut world, &first);
    validate(&mut world, &first);
    let path = |world: &World| {
        let ask = schedule::FreeSlots {
            environment: String::new(),
            path: true,
            ..super::planning_tests::ask(30, 1, &[])
        };
        let slots = world.free(&ask);
        let parts = slots[0].parts.iter();
        parts.map(|part| (part.environment.clone(), part.start)).collect::<Vec<_>>()
    };
    for (target, in_the_way, start) in [("eu", false, minute(0)), ("us", true, minute(600))] {
        frozen(&mut world, target);
        let whole = world
            .judge(|state| gates::whole(&state.facts(world.at), &"HF-1".into(), None))
            .unwrap();
        assert_eq!(whole.environment.as_deref(), Some(STAGING));
        let mut all = whole.blockers.iter().chain(whole.later.iter().flat_map(|one| &one.blockers));
        assert_eq!(all.any(|one| one.code == "freeze"), in_the_way, "{target}: {whole:?}");
        let next = minute(if in_the_way { 630 } else { 30 });
        assert_eq!(
            path(&world),
            [(STAGING.to_owned(), start), (P.to_owned(), next)],
            "a freeze of {target}"
        );
        let left = world
            .judge(|state| {
                gates::emergency(&state.facts(world.at), &"HF-1".into(), None, &"ann".into())
            })
            .unwrap();
        assert_eq!(left.environment.as_deref(), Some(STAGING), "us has not got it");
        assert_eq!(left.targets, ["us"]);
        let mut all = left.lets_go.iter().chain(&left.stays);
        assert_eq!(all.any(|one| one.code == "freeze"), in_the_way, "{target}: {left:?}");
    }
    // A part that is planned and moved is judged for what it is planned for.
    let rest = plan(&mut world, STAGING, &["us"]).unwrap();
    frozen(&mut world, "eu");
    let ask = schedule::FreeSlots {
        environment: String::new(),
        path: true,
        deployment: Some(rest),
        ..super::planning_tests::ask(30, 1, &[])
    };
    assert_eq!(world.free(&ask)[0].parts[0].start, minute(0));
}
