//! Going through what stands against a planned time, and hearing early of what a start will ask.

use super::planning_tests::{LAST, P, World, ask, expected, held, minute, minutes, world};
use crate::{
    calendar::Span,
    error::{Kind, Result},
    event::words::*,
    gates::{self, Gate, Ship},
    stages::{AskConflicts, approve},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

impl World {
    fn go_through(&mut self, number: u64, blocker: &str, span: Span) -> Result<()> {
        let key = HotfixKey(format!("HF-{number}"));
        let request = approve::OverrideBlocker {
            key: key.clone(),
            gate: "start".into(),
            blocker: blocker.into(),
            environment: None,
            time: Some(AskConflicts {
                deployment: None,
                key: Some(key),
                environment: Some(P.into()),
                targets: None,
                starts_at: span.start,
                window_ends_at: span.end,
                expected: Some(expected(30, &[])),
            }),
            about: Vec::new(),
            reason: "It cannot wait for January.".into(),
        };
        self.by("ann", &request).map(drop)
    }

    fn whole(&self, number: u64) -> Ship {
        let key = HotfixKey(format!("HF-{number}"));
        self.judge(|state| gates::whole(&state.facts(self.at), &key, None)).unwrap()
    }
}

fn codes<'a>(blockers: impl IntoIterator<Item = &'a gates::Blocker>) -> BTreeSet<String> {
    blockers.into_iter().map(|one| one.code.clone()).collect()
}

#[test]
fn a_freeze_over_a_planned_time_is_gone_through_by_name_and_a_later_freeze_is_not() {
    let mut world = World::new();
    world.calendar("year-end", CalendarKind::Freeze, minutes(600, 600), false);
    let wanted = minutes(700, 60);
    let found = world.conflicts(1, wanted, &expected(30, &[]));
    assert_eq!(codes(&found.blockers), codes(&found.blockers[..1]));
    assert_eq!(found.blockers[0].about, ["year-end"]);
    world.go_through(1, "freeze", wanted).unwrap();
    let found = world.conflicts(1, wanted, &expected(30, &[]));
    assert_eq!(found.blockers, []);
    assert!(found.overridden[0].message.contains("It cannot wait for January."));

    // What was gone through is offered as free again, to this hot fix only.
    let mut free = ask(30, 1, &[]);
    free.from = Some(minute(610));
    assert_eq!(world.free(&free)[0].start, minute(615));
    free.hotfix = Some("HF-2".into());
    assert_eq!(world.free(&free)[0].start, minute(1200));
    assert_eq!(codes(&world.conflicts(2, wanted, &expected(30, &[])).blockers).len(), 1);

    // The start finds it open, until another freeze comes into its way.
    let key = world.plan(1, wanted, expected(30, &[])).unwrap();
    world.at = minute(710);
    world.calendar("audit", CalendarKind::Freeze, minutes(720, 10), false);
    let refused = world.start(&key).unwrap_err();
    assert!(refused.message.contains("“audit”"), "{refused}");
    world.go_through(1, "freeze", minutes(710, 50)).unwrap();
    world.start(&key).unwrap();
}

#[test]
fn only_what_stands_against_the_time_of_this_hot_fix_is_gone_through() {
    let mut world = World::new();
    let wanted = minutes(700, 60);
    let error = world.go_through(1, "freeze", wanted).unwrap_err();
    assert_eq!(error.kind, Kind::Invalid, "nothing is in the way: {error}");
    world.calendar("year-end", CalendarKind::Freeze, minutes(600, 600), false);
    let other = approve::OverrideBlocker {
        key: "HF-2".into(),
        gate: String::new(),
        blocker: "freeze".into(),
        environment: None,
        time: Some(AskConflicts {
            deployment: None,
            key: Some("HF-1".into()),
            environment: Some(P.into()),
            targets: None,
            starts_at: wanted.start,
            window_ends_at: wanted.end,
            expected: None,
        }),
        about: Vec::new(),
        reason: "Why not?".into(),
    };
    assert_eq!(world.by("ann", &other).unwrap_err().location.as_deref(), Some("time.key"));
    assert_eq!(world.conflicts(2, wanted, &expected(30, &[])).blockers.len(), 1);
}

/// A window each night; what is planned by day is outside.
fn by_day() -> (World, Span) {
    let mut world = World::new();
    world.calendar("night", CalendarKind::Maintenance, minutes(0, 60), true);
    (world, minutes(600, 60))
}

#[test]
fn outside_maintenance_is_gone_through_for_a_place_and_a_time() {
    let (mut world, wanted) = by_day();
    let against = |world: &World, span: Span| {
        world.conflicts(1, span, &expected(30, &[])).blockers.into_iter().next()
    };
    let found = against(&world, wanted).unwrap();
    assert_eq!(found.code, "outside_maintenance");
    assert_eq!(found.about, ["shop/production 2026-11-23T10:00:00Z/2026-11-23T11:00:00Z"]);
    world.go_through(1, "outside_maintenance", wanted).unwrap();
    let found = world.conflicts(1, wanted, &expected(30, &[]));
    assert_eq!(found.blockers, []);
    assert!(found.overridden[0].message.contains("It cannot wait for January."));
    // A part of that time is that time; any other is asked about by its own name.
    assert_eq!(against(&world, minutes(615, 30)), None);
    let later = against(&world, minutes(630, 60)).unwrap();
    assert_eq!(later.about, ["shop/production 2026-11-23T10:30:00Z/2026-11-23T11:30:00Z"]);
    world.go_through(1, "outside_maintenance", minutes(630, 60)).unwrap();
    assert_eq!(against(&world, minutes(600, 90)), None, "the two times make one");
    assert!(against(&world, minutes(800, 60)).is_some());

    // It is offered to this hot fix, and to no other.
    let mut free = ask(30, 1, &[]);
    free.from = Some(minute(590));
    assert_eq!(world.free(&free)[0].start, minute(600));
    free.hotfix = Some("HF-2".into());
    assert_eq!(world.free(&free)[0].start, minute(24 * 60));
    assert!(!world.conflicts(2, wanted, &expected(30, &[])).blockers.is_empty());
}

#[test]
fn a_deployment_that_is_moved_out_of_the_time_that_was_gone_through_is_asked_again() {
    let (mut world, wanted) = by_day();
    world.go_through(1, "outside_maintenance", wanted).unwrap();
    let key = world.plan(1, wanted, expected(30, &[])).unwrap();
    let to = |world: &mut World, span: Span| {
        let moved = crate::stages::schedule::MoveDeployment {
            key: key.clone(),
            starts_at: span.start,
            window_ends_at: span.end,
            automatic: false,
            expected: None,
            note: String::new(),
        };
        world.by("ann", &moved).unwrap();
    };
    to(&mut world, minutes(700, 60));
    let mut then = world.clone();
    then.at = minute(710);
    let refused = then.start(&key).unwrap_err();
    assert!(refused.message.contains("outside the maintenance windows"), "{refused}");
    // Gone through as it stands now, it starts; and at the last moment of its window as well, when what
    // it takes ends after that time.
    then.at = minute(705);
    then.by(
        "ann",
        &approve::OverrideBlocker {
            key: "HF-1".into(),
            gate: "start".into(),
            blocker: "outside_maintenance".into(),
            environment: Some(P.into()),
            time: None,
            about: Vec::new(),
            reason: "It cannot wait for the night.".into(),
        },
    )
    .unwrap();
    then.at = minute(759);
    then.start(&key).unwrap();
    // Moved within what was gone through before, nobody is asked again.
    to(&mut world, minutes(610, 40));
    world.at = minute(640);
    world.start(&key).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_said_to_come_later_is_what_the_start_then_asks(
        held in held(), at in 0..LAST,
    ) {
        let mut world = world(&held);
        world.at = minute(at);
        let early = world.whole(1);
        prop_assert_eq!(early.gate, Gate::Plan);
        let foretold =
            codes(early.blockers.iter().chain(early.later.iter().flat_map(|one| &one.blockers)));
        world.plan(1, minutes(at, 60), expected(0, &[])).unwrap();
        let now = world.whole(1);
        prop_assert_eq!(now.gate, Gate::Start);
        prop_assert_eq!(now.later, vec![]);
        prop_assert_eq!(codes(&now.blockers), foretold);
    }
}
