//! Who is away, what deploys to the same target, and what a calendar entry is limited to: as the plan form,
//! the search of free slots and the gate of the start see it.

use super::planning_tests::{
    P, World, ask, environment, expected, minute, minutes, object, product,
};
use crate::{
    calendar::Span,
    event::{Event, ReportText, TitleText, stream, words::*},
    stages::schedule,
};
use serde_json::{Value, json};

/// From ten to eleven on the first Monday.
const TEN: i64 = 10 * 60;

fn entry(id: &str, purpose: &str, span: Span, more: Value) -> CatalogObject {
    let start = jiff::tz::TimeZone::UTC.to_datetime(span.start.timestamp());
    let mut text = json!({
        "kind": "calendar", "id": id, "name": id, "purpose": purpose,
        "rule": {
            "start": start.strftime("%Y-%m-%dT%H:%M").to_string(), "zone": "UTC",
            "duration_minutes": span.duration().as_secs() / 60,
        },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        text[name] = value.clone();
    }
    object(text)
}

pub(super) fn target(id: &str, endpoint: &str, slot: &str) -> Target {
    Target {
        id: id.into(),
        wave: 1,
        endpoint: endpoint.into(),
        params: [("slot".to_owned(), slot.to_owned())].into(),
    }
}

/// A product with these targets in production.
fn with_targets(id: &str, targets: &[Target], depends_on: &[&str]) -> CatalogObject {
    let mut made = product(id, depends_on.iter().map(|one| CatalogId::from(*one)).collect());
    made.environments[0].targets = targets.to_vec();
    CatalogObject::Product(made)
}

pub(super) fn endpoint(world: &mut World, id: &str) {
    world.save(object(json!({
        "kind": "endpoint", "id": id, "name": id, "recipe": "generic-http",
        "base_url": "http://127.0.0.1:9",
    })));
}

/// What is in the way of a hot fix, with the sentences.
fn against(world: &World, number: u64, span: Span, on_duty: &[&str]) -> Vec<(String, String)> {
    let found = world.conflicts(number, span, &expected(0, on_duty));
    found.blockers.into_iter().map(|one| (one.code, one.message)).collect()
}

fn codes(world: &World, number: u64, span: Span) -> Vec<String> {
    against(world, number, span, &[]).into_iter().map(|(code, _)| code).collect()
}

/// A hot fix of the shop whose issues name these components.
pub(super) fn about(world: &mut World, number: u64, components: &[&str]) {
    changing(world, number, "shop", components);
}

/// The same of any product.
fn changing(world: &mut World, number: u64, product: &str, components: &[&str]) {
    let mut issues = Vec::new();
    for (index, component) in components.iter().enumerate() {
        let key = IssueKey(format!("ISS-{number}{index}"));
        let reported = Event::IssueReported {
            channel: Channel::default(),
            product: Some(product.into()),
            component: (*component).into(),
            version: String::new(),
            environment: String::new(),
            affected: 1,
            attachments: Vec::new(),
            origin: None,
            private: ReportText { title: "x".into(), ..ReportText::default() },
        };
        world.happen(&key.0, "ann", reported);
        issues.push(key);
    }
    let key = format!("HF-{number}");
    let started = Event::HotfixStarted {
        issues,
        product: product.into(),
        priority: Priority::P2,
        resolve_by: None,
        recurrence_of: None,
        private: TitleText { title: "x".into() },
    };
    let package = Package {
        revision: 1,
        hash: Digest(format!("{number:064x}")),
        size: 1,
        files: Vec::new(),
        commits: Vec::new(),
        built_by: "ann".into(),
        built_at: world.at,
        format: PackageFormat::TarZst,
        removed: Vec::new(),
        signature: None,
    };
    let built = Event::PackageBuilt { package, private: crate::event::BuildNotes::default() };
    for event in [started, built, Event::RolloutStarted { revision: 1 }] {
        world.happen(&key, "ann", event);
    }
}

#[test]
fn who_is_away_is_named_with_who_could_stand_in_and_cannot_start() {
    let mut world = World::new();
    let mut shop = product("shop", Vec::new());
    shop.team = Some("release".into());
    world.save(CatalogObject::Product(shop));
    world.save(object(json!({
        "kind": "team", "id": "release", "name": "Release", "members": ["ann", "ben"],
    })));
    let key = world.plan(1, minutes(TEN, 60), expected(30, &["ben"])).unwrap();
    let away = entry("leave", "absence", minutes(TEN + 20, 600), json!({ "people": ["ben"] }));
    world.save(away);
    let found = world.conflicts(1, minutes(TEN, 60), &expected(0, &["ben"]));
    let named: Vec<_> = found.blockers.iter().map(|one| one.code.as_str()).collect();
    // DEP-1 itself is in the way of another plan; whoever is away is not told to work longer as well.
    assert_eq!(named, ["conflict", "person_absent", "person_booked"]);
    assert_eq!(found.blockers[1].message, "ben is away.");
    assert_eq!(found.blockers[1].remedy, "Move it, or put ann on duty.");
    assert_eq!(against(&world, 1, minutes(TEN + 61, 60), &["ann"]), []);

    // It would end while he is away; an hour that is over before is none of that.
    world.at = minute(TEN);
    let refused = world.start(&key).unwrap_err();
    assert!(refused.message.contains("ben is away."), "{refused}");
    let offered =
        world.free(&schedule::FreeSlots { deployment: Some(key.clone()), ..ask(30, 3, &["ben"]) });
    let tomorrow = minute(24 * 60 + 9 * 60);
    assert!(offered.iter().all(|slot| slot.start >= tomorrow), "{offered:?}");
    // Back earlier than planned, he may.
    let stream = stream::catalog("calendar", "leave");
    world.happen(&stream, "ann", Event::CatalogRetired { id: "leave".into() });
    world.start(&key).unwrap();
}

#[test]
fn who_has_left_the_catalog_is_on_duty_for_nothing() {
    let mut world = World::new();
    let key = world.plan(1, minutes(TEN, 60), expected(30, &["ben"])).unwrap();
    world.happen(
        &stream::catalog("person", "ben"),
        "ann",
        Event::CatalogRetired { id: "ben".into() },
    );
    world.at = minute(TEN);
    let refused = world.start(&key).unwrap_err();
    assert!(refused.message.contains("ben is no longer in the catalog."), "{refused}");
}

#[test]
fn two_products_that_deploy_to_one_target_are_not_changed_at_once() {
    let mut world = World::new();
    endpoint(&mut world, "agent");
    world.save(with_targets("shop", &[target("db", "agent", "blue")], &[]));
    world.save(with_targets("billing", &[target("db", "agent", "blue")], &["shop"]));
    let theirs = world.plan(3, minutes(TEN, 60), expected(30, &[])).unwrap();
    let said = "DEP-1 of HF-3 in billing · production is booked for this time, which deploys to db as well.";
    assert_eq!(
        against(&world, 1, minutes(TEN + 30, 60), &[]),
        [("target_booked".to_owned(), said.to_owned())],
        "the target is nearer than the dependency, and said once"
    );
    assert_eq!(codes(&world, 1, minutes(TEN + 60, 60)), [""; 0], "it ends before");
    let first = &world.free(&ask(60, 1, &[]))[0];
    assert_eq!(first.start, minute(0));
    let from = schedule::FreeSlots { from: Some(minute(TEN - 30)), ..ask(60, 1, &[]) };
    assert_eq!(world.free(&from)[0].start, minute(TEN + 60));

    // The gate of the start says the same, whoever planned first.
    let ours = world.plan(1, minutes(TEN + 30, 60), expected(10, &[])).unwrap();
    world.at = minute(TEN + 30);
    assert!(world.start(&ours).unwrap_err().message.contains(said));
    let off = schedule::CancelDeployment { key: theirs, reason: "not today".into() };
    world.by("ann", &off).unwrap();
    world.start(&ours).unwrap();
}

#[test]
fn a_target_is_shared_only_where_endpoint_and_parameters_are_the_same_as_well() {
    for (theirs, shared) in [
        (target("db", "agent", "blue"), true),
        (target("db", "agent", "green"), false),
        (target("db", "other", "blue"), false),
        (target("web", "agent", "blue"), false),
    ] {
        let mut world = World::new();
        endpoint(&mut world, "agent");
        endpoint(&mut world, "other");
        world.save(with_targets("shop", &[target("db", "agent", "blue")], &[]));
        world.save(with_targets("billing", std::slice::from_ref(&theirs), &[]));
        world.plan(3, minutes(TEN, 60), expected(30, &[])).unwrap();
        let found = codes(&world, 1, minutes(TEN, 60));
        assert_eq!(found.contains(&"target_booked".to_owned()), shared, "{theirs:?}: {found:?}");
    }
}

#[test]
fn two_environments_of_one_product_share_a_target_too() {
    let mut world = World::new();
    endpoint(&mut world, "agent");
    let mut shop = product("shop", Vec::new());
    shop.environments = vec![environment("canary", false), environment(P, true)];
    for place in &mut shop.environments {
        place.targets = vec![target("db", "agent", "blue")];
    }
    world.save(CatalogObject::Product(shop));
    let canary = schedule::PlanDeployment {
        key: "HF-2".into(),
        environment: "canary".into(),
        starts_at: minute(TEN),
        window_ends_at: minute(TEN + 60),
        automatic: false,
        expected: expected(10, &[]),
        note: String::new(),
        targets: None,
    };
    world.by("ann", &canary).unwrap();
    assert_eq!(codes(&world, 1, minutes(TEN, 60)), ["target_booked"]);
}

#[test]
fn a_freeze_of_a_component_stops_hot_fixes_of_it_and_those_that_may_be_about_it() {
    let mut world = World::new();
    about(&mut world, 10, &["Checkout"]);
    about(&mut world, 11, &["Search"]);
    about(&mut world, 12, &["Search", "Checkout"]);
    about(&mut world, 13, &["Search", ""]);
    about(&mut world, 14, &[]);
    let only = json!({ "components": ["Checkout", "Billing"] });
    world.save(entry("audit", "freeze", minutes(TEN, 120), only));
    let span = minutes(TEN + 30, 30);
    for (number, frozen) in [(10, true), (11, false), (12, true), (13, true), (14, true)] {
        let found = codes(&world, number, span);
        assert_eq!(found == ["freeze"], frozen, "HF-{number}: {found:?}");
        let ask = schedule::FreeSlots {
            hotfix: Some(HotfixKey(format!("HF-{number}"))),
            from: Some(minute(TEN + 30)),
            ..ask(30, 1, &[])
        };
        let next = minute(if frozen { TEN + 120 } else { TEN + 30 });
        assert_eq!(world.free(&ask)[0].start, next, "HF-{number}");
        let mut then = world.clone();
        let key = then.plan(number, span, expected(10, &[])).unwrap();
        then.at = span.start;
        match then.start(&key) {
            Ok(()) => assert!(!frozen, "HF-{number} started"),
            Err(error) => {
                assert!(frozen && error.message.contains("audit"), "HF-{number}: {error}");
            }
        }
    }
}

#[test]
fn maintenance_of_a_component_confines_only_hot_fixes_of_it() {
    let mut world = World::new();
    about(&mut world, 10, &["Checkout"]);
    about(&mut world, 11, &["Search"]);
    world.save(entry(
        "night",
        "maintenance",
        minutes(TEN, 60),
        json!({ "components": ["Checkout"] }),
    ));
    assert_eq!(codes(&world, 10, minutes(TEN + 90, 30)), ["outside_maintenance"]);
    assert_eq!(codes(&world, 10, minutes(TEN, 30)), [""; 0]);
    assert_eq!(codes(&world, 11, minutes(TEN + 90, 30)), [""; 0]);
}

#[test]
fn an_entry_for_a_target_an_environment_or_a_product_holds_just_those() {
    let mut world = World::new();
    endpoint(&mut world, "agent");
    world.save(with_targets("shop", &[target("db", "agent", "blue")], &[]));
    world.save(with_targets("billing", &[target("web", "agent", "blue")], &[]));
    let span = minutes(TEN, 60);
    for (more, shop, billing) in [
        (json!({ "targets": ["db"] }), true, false),
        (json!({ "targets": ["web", "db"] }), true, true),
        (json!({ "targets": ["cache"] }), false, false),
        (json!({ "environments": ["staging"] }), false, false),
        (json!({ "environments": [P] }), true, true),
        (json!({ "products": ["billing"] }), false, true),
        (json!({ "products": ["billing"], "targets": ["db"] }), false, false),
    ] {
        world.save(entry("held", "lock", span, more.clone()));
        assert_eq!(codes(&world, 1, span) == ["lock"], shop, "shop: {more}");
        assert_eq!(codes(&world, 3, span) == ["lock"], billing, "billing: {more}");
    }
    // A target that the environment gets later is held from then on.
    world.save(entry("held", "lock", span, json!({ "targets": ["cache"] })));
    let two = [target("db", "agent", "blue"), target("cache", "agent", "blue")];
    world.save(with_targets("shop", &two, &[]));
    assert_eq!(codes(&world, 1, span), ["lock"]);
}

/// Two products, of which both have a checkout.
fn with_components(depends_on: &[&str]) -> World {
    let mut world = World::new();
    for (id, components, needs) in [
        ("shop", ["Checkout", "Search"], &[][..]),
        ("billing", ["Invoices", "Checkout"], depends_on),
    ] {
        let mut made = product(id, needs.iter().map(|one| CatalogId::from(*one)).collect());
        made.components = components.map(str::to_owned).to_vec();
        world.save(CatalogObject::Product(made));
    }
    world
}

#[test]
fn two_products_do_not_change_one_component_at_once() {
    let ours = [(10, &["Checkout"][..]), (11, &["Search"]), (12, &[]), (13, &["Search", ""])];
    for (theirs, meets) in [
        (&["Checkout"][..], [10, 12, 13].as_slice()),
        (&["Invoices"], &[]),
        (&["Invoices", "Checkout"], &[10, 12, 13]),
        // Nobody has said: it may be any.
        (&[], &[10, 12, 13]),
    ] {
        let mut world = with_components(&[]);
        for (number, components) in ours {
            about(&mut world, number, components);
        }
        changing(&mut world, 20, "billing", theirs);
        let other = world.plan(20, minutes(TEN, 60), expected(30, &[])).unwrap();
        let said = "DEP-1 of HF-20 in billing · production is booked for this time, which changes \
            Checkout as well.";
        for (number, _) in ours {
            let span = minutes(TEN + 30, 30);
            let found = against(&world, number, span, &[]);
            let asked = meets.contains(&number);
            let wanted = asked.then(|| ("component_booked".to_owned(), said.to_owned()));
            assert_eq!(found, Vec::from_iter(wanted), "HF-{number} beside {theirs:?}");
            let ask = schedule::FreeSlots {
                hotfix: Some(HotfixKey(format!("HF-{number}"))),
                from: Some(span.start),
                ..ask(30, 1, &[])
            };
            let next = minute(if asked { TEN + 60 } else { TEN + 30 });
            assert_eq!(world.free(&ask)[0].start, next, "HF-{number} beside {theirs:?}");
            let mut then = world.clone();
            let key = then.plan(number, span, expected(10, &[])).unwrap();
            then.at = span.start;
            let started = then.start(&key);
            assert_eq!(started.is_err(), asked, "HF-{number} beside {theirs:?}");
            if let Err(refused) = started {
                assert!(refused.message.contains(said), "{refused}");
                assert!(refused.hint.unwrap().contains("Move one of them."));
                let off = schedule::CancelDeployment { key: other.clone(), reason: "no".into() };
                then.by("ann", &off).unwrap();
                then.start(&key).unwrap();
            }
        }
    }
}

#[test]
fn what_shares_a_component_and_depends_is_said_once_and_the_rest_as_a_dependency() {
    let mut world = with_components(&["shop"]);
    about(&mut world, 10, &["Checkout"]);
    changing(&mut world, 20, "billing", &["Checkout"]);
    changing(&mut world, 21, "billing", &["Invoices"]);
    world.plan(20, minutes(TEN, 30), expected(0, &[])).unwrap();
    world.plan(21, minutes(TEN + 30, 30), expected(0, &[])).unwrap();
    assert_eq!(codes(&world, 10, minutes(TEN, 60)), ["component_booked", "dependency_booked"]);
    assert_eq!(codes(&world, 10, minutes(TEN, 30)), ["component_booked"]);
    assert_eq!(codes(&world, 10, minutes(TEN + 30, 30)), ["dependency_booked"]);
    let mut other = product("shop", Vec::new());
    other.components = vec!["Checkout".into()];
    other.environments = vec![environment("canary", false)];
    world.save(CatalogObject::Product(other));
    let elsewhere = crate::stages::AskConflicts {
        deployment: None,
        key: Some("HF-10".into()),
        environment: Some("canary".into()),
        targets: None,
        starts_at: minute(TEN),
        window_ends_at: minute(TEN + 60),
        expected: None,
    };
    let found = world.judge(|state| elsewhere.judge(state, &world.actor("ann"))).unwrap();
    assert_eq!(found.blockers, [], "in another environment it is another component");
}

#[test]
fn where_a_target_is_shared_the_component_is_not_said_again() {
    let mut world = with_components(&[]);
    endpoint(&mut world, "agent");
    for id in ["shop", "billing"] {
        let mut made = product(id, Vec::new());
        made.components = vec!["Checkout".into()];
        made.environments[0].targets = vec![target("db", "agent", "blue"), target(id, "agent", id)];
        world.save(CatalogObject::Product(made));
    }
    about(&mut world, 10, &["Checkout"]);
    changing(&mut world, 20, "billing", &["Checkout"]);
    world.plan(20, minutes(TEN, 60), expected(0, &[])).unwrap();
    assert_eq!(codes(&world, 10, minutes(TEN, 60)), ["target_booked"]);
    // Planned for a target of its own, the two still change one component.
    let ask = crate::stages::AskConflicts {
        deployment: None,
        key: Some("HF-10".into()),
        environment: Some(P.into()),
        targets: Some(vec!["shop".into()]),
        starts_at: minute(TEN),
        window_ends_at: minute(TEN + 60),
        expected: None,
    };
    let found = world.judge(|state| ask.judge(state, &world.actor("ann"))).unwrap();
    let found: Vec<_> = found.blockers.into_iter().map(|one| one.code).collect();
    assert_eq!(found, ["component_booked"]);
}
