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
        reason: "Why not?".into(),
    };
    assert_eq!(world.by("ann", &other).unwrap_err().location.as_deref(), Some("time.key"));
    assert_eq!(world.conflicts(2, wanted, &expected(30, &[])).blockers.len(), 1);
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
