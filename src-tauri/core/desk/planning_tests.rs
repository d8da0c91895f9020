//! Planning held against a grid of minutes: what the gates and the search say of a time is what a walk
//! through every minute finds, and what is offered can be started. Decided over states in memory, through
//! the same commands as everywhere.

use super::states::States;
use crate::{
    calendar::Span,
    clock::Instant,
    error::Result,
    event::{Event, Note, TitleText, stream, words::*},
    gates::{self, Conflicts, FreeSlot},
    model::{
        Folded,
        deployment::{Deployment, TargetRun},
    },
    stages::{approve, deploy, schedule},
};
use proptest::prelude::*;
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// Monday, at midnight.
const START: &str = "2026-11-23T00:00:00Z";
pub(super) const P: &str = "production";
pub(super) const MINUTE: i64 = 60_000_000;
const PEOPLE: [&str; 2] = ["ann", "ben"];

pub(super) type World = States;

pub(super) fn minute(number: i64) -> Instant {
    let start: Instant = START.parse().unwrap();
    Instant::from_micros(start.micros() + number * MINUTE)
}

pub(super) fn minutes(from: i64, length: i64) -> Span {
    Span::new(minute(from), minute(from + length))
}

pub(super) fn object(text: serde_json::Value) -> CatalogObject {
    serde_json::from_value(text).unwrap()
}

/// Nothing but the time stands in the way of a start.
pub(super) fn policy() -> Policy {
    let waived = ["endpoint_silent", "no_targets", "drops_what_runs", "predecessor_open"];
    Policy {
        approvals: 0,
        tell_before: false,
        not_applicable: waived.map(Into::into).into(),
        ..Policy::default()
    }
}

pub(super) fn environment(id: &str, production: bool) -> Environment {
    Environment {
        id: id.into(),
        name: id.into(),
        production,
        soak_minutes: 0,
        targets: Vec::new(),
        probes: Vec::new(),
        rollout: Default::default(),
    }
}

pub(super) fn product(id: &str, depends_on: Vec<CatalogId>) -> Product {
    Product {
        id: id.into(),
        name: id.into(),
        components: Vec::new(),
        versions: Vec::new(),
        branches: Vec::new(),
        repository: String::new(),
        environments: vec![environment(P, true)],
        team: None,
        tests: Vec::new(),
        checks: None,
        depends_on,
    }
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self::at(minute(0));
        for person in PEOPLE {
            world.save(object(json!({
                "kind": "person", "id": person, "name": person, "roles": ["release_manager"],
                "zone": "UTC",
            })));
        }
        world.save(CatalogObject::Policy(policy()));
        world.save(CatalogObject::Product(product("shop", Vec::new())));
        world.save(CatalogObject::Product(product("billing", vec!["shop".into()])));
        for (number, of) in [(1, "shop"), (2, "shop"), (3, "billing")] {
            world.hotfix(number, of);
        }
        world
    }

    /// In Rollout, with a package.
    pub(super) fn hotfix(&mut self, number: u64, product: &str) {
        let key = format!("HF-{number}");
        let package = Package {
            revision: 1,
            hash: Digest(format!("{number:064x}")),
            size: 1,
            files: Vec::new(),
            commits: Vec::new(),
            built_by: "ann".into(),
            built_at: self.at,
            format: PackageFormat::TarZst,
            removed: Vec::new(),
            signature: None,
        };
        let started = Event::HotfixStarted {
            issues: Vec::new(),
            product: product.into(),
            priority: Priority::P2,
            resolve_by: None,
            recurrence_of: None,
            private: TitleText { title: "x".into() },
        };
        let built = Event::PackageBuilt { package, private: crate::event::BuildNotes::default() };
        for event in [started, built, Event::RolloutStarted { revision: 1 }] {
            self.happen(&key, "ann", event);
        }
    }

    /// Once, or daily from then on.
    pub(super) fn calendar(&mut self, id: &str, purpose: CalendarKind, span: Span, daily: bool) {
        let start = jiff::tz::TimeZone::UTC.to_datetime(span.start.timestamp());
        self.save(object(json!({
            "kind": "calendar", "id": id, "name": id, "purpose": purpose,
            "rule": {
                "start": start.strftime("%Y-%m-%dT%H:%M").to_string(), "zone": "UTC",
                "duration_minutes": span.duration().as_secs() / 60,
                "rrule": daily.then_some("FREQ=DAILY"),
            },
        })));
    }

    fn away(&mut self, id: &str, who: &str, span: Span) {
        let start = jiff::tz::TimeZone::UTC.to_datetime(span.start.timestamp());
        self.save(object(json!({
            "kind": "calendar", "id": id, "name": id, "purpose": "absence", "people": [who],
            "rule": {
                "start": start.strftime("%Y-%m-%dT%H:%M").to_string(), "zone": "UTC",
                "duration_minutes": span.duration().as_secs() / 60,
            },
        })));
    }

    pub(super) fn plan(
        &mut self,
        number: u64,
        span: Span,
        expected: Expected,
    ) -> Result<DeploymentKey> {
        let request = schedule::PlanDeployment {
            key: HotfixKey(format!("HF-{number}")),
            environment: P.into(),
            targets: None,
            starts_at: span.start,
            window_ends_at: span.end,
            automatic: false,
            expected,
            note: String::new(),
        };
        Ok(DeploymentKey(self.by("ann", &request)?.key))
    }

    pub(super) fn conflicts(&self, number: u64, span: Span, expected: &Expected) -> Conflicts {
        let ask = crate::stages::AskConflicts {
            deployment: None,
            key: Some(HotfixKey(format!("HF-{number}"))),
            environment: Some(P.into()),
            targets: None,
            starts_at: span.start,
            window_ends_at: span.end,
            expected: Some(expected.clone()),
        };
        self.judge(|state| ask.judge(state, &self.actor("ann"))).unwrap()
    }

    pub(super) fn free(&self, ask: &schedule::FreeSlots) -> Vec<FreeSlot> {
        self.judge(|state| ask.judge(state, &self.actor("ann"))).unwrap()
    }

    /// A deployment with the steps of each of its targets.
    pub(super) fn stands(&self, key: &DeploymentKey) -> (Deployment, BTreeMap<String, TargetRun>) {
        let deployment = self.deployment(key);
        let targets = self.judge(|state| {
            let mut targets = BTreeMap::new();
            for target in &deployment.targets {
                targets.insert(target.id.clone(), state.target(key, &target.id)?.clone());
            }
            Ok(targets)
        });
        (deployment, targets.unwrap())
    }

    pub(super) fn deployment(&self, key: &DeploymentKey) -> Deployment {
        self.judge(|state| Ok(state.deployment(key)?.clone())).unwrap()
    }

    pub(super) fn start(&mut self, key: &DeploymentKey) -> Result<()> {
        self.by("ann", &deploy::StartDeployment { key: key.clone() }).map(drop)
    }
}

pub(super) fn ask(length: i64, count: u32, on_duty: &[&str]) -> schedule::FreeSlots {
    schedule::FreeSlots {
        product: "shop".into(),
        environment: P.into(),
        targets: None,
        minutes: length as u32,
        from: None,
        count: Some(count),
        path: false,
        hotfix: Some("HF-1".into()),
        deployment: None,
        disruption: Disruption::None,
        on_duty: on_duty.iter().map(|one| PersonId::from(*one)).collect(),
    }
}

pub(super) fn expected(length: i64, on_duty: &[&str]) -> Expected {
    Expected {
        duration_minutes: length as u32,
        disruption: Disruption::None,
        on_duty: on_duty.iter().map(|one| PersonId::from(*one)).collect(),
        remind_minutes: Vec::new(),
        notices: None,
    }
}

/// What a calendar may hold, in minutes from the start.
#[derive(Clone, Debug)]
pub(super) struct Held {
    freezes: Vec<(i64, i64)>,
    locks: Vec<(i64, i64)>,
    maintenance: Vec<(i64, i64)>,
    /// Of HF-2 in the same environment, with Ben on duty.
    booked: Option<(i64, i64)>,
    /// Of HF-3 in the product that depends on this one.
    elsewhere: Option<(i64, i64)>,
}

const DAYS: i64 = 3;
pub(super) const LAST: i64 = DAYS * 24 * 60;

pub(super) fn held() -> impl Strategy<Value = Held> {
    let stretch = || (0..LAST, 1..600i64);
    (
        prop::collection::vec(stretch(), 0..4),
        prop::collection::vec(stretch(), 0..3),
        prop::collection::vec(stretch(), 0..4),
        prop::option::of(stretch()),
        prop::option::of(stretch()),
    )
        .prop_map(|(freezes, locks, maintenance, booked, elsewhere)| Held {
            freezes,
            locks,
            maintenance,
            booked,
            elsewhere,
        })
}

pub(super) fn world(held: &Held) -> World {
    let mut world = World::new();
    for (kind, list) in [
        (CalendarKind::Freeze, &held.freezes),
        (CalendarKind::Lock, &held.locks),
        (CalendarKind::Maintenance, &held.maintenance),
    ] {
        for (index, (from, length)) in list.iter().enumerate() {
            let id = format!("{kind:?}-{index}").to_lowercase();
            world.calendar(&id, kind, minutes(*from, *length), false);
        }
    }
    // Nothing is free after the days that the grid knows.
    world.calendar("end", CalendarKind::Freeze, minutes(LAST, 200 * 24 * 60), false);
    if let Some((from, length)) = held.booked {
        world.plan(2, minutes(from, length), expected(0, &["ben"])).unwrap();
    }
    if let Some((from, length)) = held.elsewhere {
        world.plan(3, minutes(from, length), expected(0, &[])).unwrap();
    }
    world
}

/// What is in the way in one minute, for these people on duty.
fn against(held: &Held, minute: i64, on_duty: &[&str]) -> Vec<&'static str> {
    let among = |list: &[(i64, i64)]| {
        list.iter().any(|(from, long)| (*from..from + long).contains(&minute))
    };
    let one = |booked: Option<(i64, i64)>| among(booked.as_slice());
    let mut codes = Vec::new();
    if among(&held.freezes) || minute >= LAST {
        codes.push("freeze");
    }
    if among(&held.locks) {
        codes.push("lock");
    }
    if !held.maintenance.is_empty() && !among(&held.maintenance) {
        codes.push("outside_maintenance");
    }
    if one(held.booked) {
        codes.push("conflict");
        if on_duty.contains(&"ben") {
            codes.push("person_booked");
        }
    }
    if one(held.elsewhere) {
        codes.push("dependency_booked");
    }
    // From nine to five, Monday to Friday; the grid begins on a Monday.
    let (day, hour) = (minute.div_euclid(24 * 60), minute.rem_euclid(24 * 60) / 60);
    let at_work = day.rem_euclid(7) < 5 && (9..17).contains(&hour);
    if !on_duty.is_empty() && !at_work {
        codes.push("person_off_hours");
    }
    codes
}

fn duty() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::select(vec![vec![], vec!["ann"], vec!["ben"], vec!["ann", "ben"]])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn conflicts_are_those_that_a_walk_through_every_minute_finds(
        held in held(), from in 0..LAST, length in 1..300i64, on_duty in duty(),
    ) {
        let world = world(&held);
        let found = world.conflicts(1, minutes(from, length), &expected(0, &on_duty));
        let mut codes: Vec<String> = found.blockers.iter().map(|one| one.code.clone()).collect();
        codes.sort();
        let mut walked: Vec<&str> =
            (from..from + length).flat_map(|minute| against(&held, minute, &on_duty)).collect();
        walked.sort_unstable();
        walked.dedup();
        prop_assert_eq!(codes, walked);
        for blocker in &found.blockers {
            prop_assert!(!blocker.remedy.is_empty() && !blocker.message.is_empty());
        }
        // What is named as the next time is one.
        if let Some(next) = &found.next {
            let again = world.conflicts(
                1, Span::new(next.start, next.end), &expected(0, &on_duty));
            prop_assert_eq!(again.blockers, vec![]);
        }
    }

    #[test]
    fn free_slots_are_those_that_a_walk_through_every_quarter_finds(
        held in held(), length in 1..400i64, count in 1..100u32, on_duty in duty(),
    ) {
        let world = world(&held);
        let found: Vec<(Instant, Instant)> = world
            .free(&ask(length, count, &on_duty))
            .into_iter()
            .map(|slot| (slot.start, slot.end))
            .collect();
        let mut walked = Vec::new();
        let mut from = 0;
        while from + length <= LAST && walked.len() < count as usize {
            let free = (from..from + length).all(|at| against(&held, at, &on_duty).is_empty());
            if free {
                walked.push((minute(from), minute(from + length)));
                from = (from + length + 14) / 15 * 15;
            } else {
                from += 15;
            }
        }
        prop_assert_eq!(found, walked);
    }

    #[test]
    fn what_disturbs_least_comes_first_and_the_earliest_is_always_offered(
        held in held(), length in 1..240i64,
    ) {
        let world = world(&Held { maintenance: Vec::new(), ..held });
        let ranked = schedule::FreeSlots { disruption: Disruption::Outage, ..ask(length, 8, &[]) };
        let found = world.free(&ranked);
        let first = world.free(&ask(length, 1, &[]));
        let ranked = found
            .windows(2)
            .all(|two| (two[0].time, two[0].start) <= (two[1].time, two[1].start));
        prop_assert!(ranked);
        prop_assert!(first.iter().all(|slot| found.iter().any(|one| one.start == slot.start)));
        for (index, one) in found.iter().enumerate() {
            let span = Span::new(one.start, one.end);
            let apart = found[index + 1..]
                .iter()
                .all(|other| !Span::new(other.start, other.end).overlaps(span));
            prop_assert!(apart);
        }
    }
}

#[test]
fn every_offered_slot_can_be_started_at_its_instant() {
    let mut world = World::new();
    world.calendar("lunch", CalendarKind::Freeze, minutes(12 * 60, 60), true);
    world.calendar("lock", CalendarKind::Lock, minutes(30 * 60, 90), false);
    world.calendar("day", CalendarKind::Maintenance, minutes(8 * 60, 9 * 60), true);
    world.plan(2, minutes(34 * 60, 120), expected(30, &["ben"])).unwrap();
    world.plan(3, minutes(58 * 60, 120), expected(30, &[])).unwrap();
    for disruption in [Disruption::None, Disruption::Outage] {
        let ask = schedule::FreeSlots { disruption, ..ask(45, 100, &["ann", "ben"]) };
        let slots = world.free(&ask);
        assert_eq!(slots.len(), 100);
        for slot in slots {
            let mut then = world.clone();
            let span = Span::new(slot.start, slot.end);
            let key = then.plan(1, span, expected(45, &["ann", "ben"])).unwrap();
            then.at = slot.start;
            then.start(&key).unwrap_or_else(|error| panic!("{}: {error}", slot.start));
        }
    }
}

#[test]
fn a_path_leads_through_staging_its_soak_and_the_quietest_time_in_production() {
    let mut world = World::new();
    let mut shop = product("shop", Vec::new());
    shop.environments = vec![environment("staging", false), environment(P, true)];
    shop.environments[0].soak_minutes = 30;
    world.save(CatalogObject::Product(shop));
    world.save(CatalogObject::Policy(Policy { soak_minutes: 120, ..policy() }));
    world.calendar("night", CalendarKind::Maintenance, minutes(26 * 60, 120), true);
    let whole = schedule::FreeSlots {
        path: true,
        environment: String::new(),
        disruption: Disruption::Outage,
        ..ask(60, 3, &[])
    };
    let slots = world.free(&whole);
    assert_eq!(slots.len(), 3);
    for slot in &slots {
        let [staging, production] = slot.parts.as_slice() else { panic!("{slot:?}") };
        assert_eq!((staging.environment.as_str(), production.environment.as_str()), ("staging", P));
        // The policy asks for longer than the environment.
        assert!(production.start >= staging.end.plus(Duration::from_secs(120 * 60)), "{slot:?}");
        assert_eq!((slot.start, slot.end), (staging.start, production.end));
        assert!(slot.why.contains("Soaks in staging for 120 minutes"), "{}", slot.why);
    }
}

#[test]
fn it_soaks_as_long_as_the_environment_or_the_policy_asks_whichever_is_longer() {
    let mut world = World::new();
    let mut shop = product("shop", Vec::new());
    shop.environments = vec![environment("staging", false), environment(P, true)];
    shop.environments[0].soak_minutes = 30;
    world.save(CatalogObject::Product(shop));
    let mut strict = Policy { soak_minutes: 120, ..policy() };
    strict.not_applicable.retain(|code| code != "predecessor_open");
    world.save(CatalogObject::Policy(strict));
    let there = "DEP-1";
    world.happen(
        there,
        "ann",
        Event::DeploymentPlanned {
            hotfix: "HF-1".into(),
            product: "shop".into(),
            environment: "staging".into(),
            production: false,
            revision: 1,
            hash: Digest(format!("{:064x}", 1)),
            starts_at: minute(0),
            window_ends_at: minute(60),
            automatic: false,
            targets: Vec::new(),
            left_out: Vec::new(),
            procedures: Vec::new(),
            checks: Vec::new(),
            sign_offs: 0,
            sign_off_by: Default::default(),
            expected: Expected::default(),
            private: Note::default(),
        },
    );
    world.happen("HF-1", "ann", Event::DeploymentAdded { deployment: there.into() });
    let codes = |world: &World, from: i64| -> Vec<String> {
        let found = world.conflicts(1, minutes(from, 30), &Expected::default());
        found.blockers.into_iter().map(|one| one.code).collect()
    };
    assert_eq!(codes(&world, 200), ["predecessor_open"]);
    world.happen(there, "ann", Event::DeploymentValidated {});
    assert_eq!(codes(&world, 119), ["soaking"]);
    assert_eq!(codes(&world, 120), [""; 0]);
    // A plan for after the soak may be made while it soaks.
    assert!(world.plan(1, minutes(60, 30), Expected::default()).is_err());
    world.plan(1, minutes(120, 30), Expected::default()).unwrap();
}

#[test]
fn who_is_on_duty_elsewhere_is_named_with_who_could_take_over() {
    let mut world = World::new();
    let mut shop = product("shop", Vec::new());
    shop.team = Some("release".into());
    world.save(CatalogObject::Product(shop));
    world.save(CatalogObject::Team(Team {
        id: "release".into(),
        name: "Release".into(),
        members: PEOPLE.map(Into::into).into(),
    }));
    let ten = 10 * 60;
    let key = world.plan(3, minutes(ten, 60), expected(60, &["ben"])).unwrap();
    world.save(CatalogObject::Product(product("billing", Vec::new())));
    let found = world.conflicts(1, minutes(ten + 30, 60), &expected(0, &["ben"]));
    let [booked] = found.blockers.as_slice() else { panic!("{found:?}") };
    assert_eq!(booked.message, format!("ben is on duty for {key}."));
    assert_eq!(booked.remedy, "Move it, or put ann on duty.");
    assert_eq!(booked.until, Some(minute(ten + 60)));
    // Called off, he is free.
    let off = schedule::CancelDeployment { key, reason: "not today".into() };
    world.by("ann", &off).unwrap();
    let found = world.conflicts(1, minutes(ten + 30, 60), &expected(0, &["ben"]));
    assert_eq!(found.blockers, []);
}

#[test]
fn an_approval_that_ends_before_the_start_is_said() {
    let mut world = World::new();
    world.save(CatalogObject::Policy(Policy {
        approvals: 1,
        approver_roles: vec![Role::ReleaseManager],
        approval_hours: 4,
        authors_may_approve: true,
        ..policy()
    }));
    let yes = approve::Approve {
        key: "HF-1".into(),
        environment: P.into(),
        hash: None,
        note: String::new(),
    };
    world.by("ben", &yes).unwrap();
    let codes = |from: i64| -> Vec<String> {
        let found = world.conflicts(1, minutes(from, 30), &Expected::default());
        found.blockers.into_iter().map(|one| one.code).collect()
    };
    assert_eq!(codes(3 * 60), [""; 0]);
    assert_eq!(codes(5 * 60), ["approval_expires"]);
}

#[test]
fn a_stakeholder_who_says_not_now_stops_this_start_and_no_other() {
    let mut world = World::new();
    let key = world.plan(1, minutes(60, 60), Expected::default()).unwrap();
    let answer = |world: &mut World, name: &str, answer: TimeAnswer, text: &str| {
        let request = schedule::AnswerTime {
            key: key.clone(),
            person: None,
            name: name.into(),
            answer,
            text: text.into(),
        };
        world.by("ann", &request).map(drop)
    };
    let refused = answer(&mut world, "Karim", TimeAnswer::NotNow, " ").unwrap_err();
    assert_eq!(refused.location.as_deref(), Some("text"));
    answer(&mut world, "Karim", TimeAnswer::NotNow, "Payroll runs").unwrap();
    answer(&mut world, "Greta", TimeAnswer::Confirmed, "By telephone").unwrap();
    world.at = minute(61);
    let stopped = world.start(&key).unwrap_err();
    assert_eq!(stopped.message, "Not now, says Karim: “Payroll runs”.");
    // Who agrees after all is no longer in the way.
    answer(&mut world, "Karim", TimeAnswer::Confirmed, "It is through").unwrap();
    answer(&mut world, "Greta", TimeAnswer::NotNow, "A customer is here").unwrap();
    assert!(world.start(&key).unwrap_err().message.contains("Greta"));
    // Another time is another question.
    let moved = schedule::MoveDeployment {
        key: key.clone(),
        starts_at: minute(62),
        window_ends_at: minute(120),
        automatic: false,
        expected: None,
        note: String::new(),
    };
    world.by("ann", &moved).unwrap();
    world.at = minute(62);
    world.start(&key).unwrap();
    assert!(answer(&mut world, "Karim", TimeAnswer::Confirmed, "x").is_err(), "it runs already");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whenever this program is awake: each reminder is said once, none late if an earlier one would
    /// do, none for a start that has passed, and all of them again after a move.
    #[test]
    fn each_reminder_is_said_once_whenever_somebody_is_awake(
        remind in prop::collection::btree_set(1u32..200, 0..5),
        mut looks in prop::collection::vec(0i64..300, 1..12),
        moved in prop::option::of(100i64..400),
    ) {
        let mut world = World::new();
        let start = 200;
        let plan = Expected {
            remind_minutes: remind.iter().copied().collect(),
            ..expected(10, &["ann"])
        };
        let key = world.plan(1, minutes(start, 60), plan).unwrap();
        if let Some(to) = moved {
            let moved = schedule::MoveDeployment {
                key: key.clone(),
                starts_at: minute(to),
                window_ends_at: minute(to + 60),
                automatic: false,
                expected: None,
                note: String::new(),
            };
            world.by("ann", &moved).unwrap();
        }
        let start = moved.unwrap_or(start);
        looks.sort_unstable();
        let mut before = -1;
        for look in looks {
            world.at = minute(look);
            let due = world.deployment(&key).reminders_due(world.at);
            let passed = |at: i64| {
                remind.iter().filter(|one| start - i64::from(**one) <= at).count()
            };
            let new = passed(look) - if before < 0 { 0 } else { passed(before) };
            prop_assert_eq!(due.len(), new, "at {}", look);
            let told = world.streams.keys().filter(|name| name.starts_with("MSG-")).count();
            let request = schedule::remind::RemindOfDeployments { keys: vec![key.clone()] };
            world.by("ann", &request).unwrap();
            let now = world.streams.keys().filter(|name| name.starts_with("MSG-")).count();
            prop_assert_eq!(now - told, usize::from(new > 0 && look < start), "at {}", look);
            prop_assert_eq!(world.deployment(&key).reminders_due(world.at).len(), 0);
            before = look;
        }
    }
}

/// Marsaglia's xorshift: the same seed, the same sequence.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    pub(super) fn minutes(&mut self, most: u64) -> i64 {
        i64::try_from(self.roll(most)).unwrap()
    }
}

/// An entry of the calendar in a random sequence; an absence is somebody's.
struct Entered {
    id: String,
    purpose: CalendarKind,
    span: Span,
    who: &'static str,
}

/// What a stakeholder said last of a deployment, and of which start.
type Said = BTreeMap<DeploymentKey, (TimeAnswer, Option<Instant>)>;

/// Whether these hold all of a time between them.
fn covered(spans: &[Span], whole: Span) -> bool {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let mut until = whole.start;
    for span in spans.iter().filter(|span| span.end > whole.start) {
        if span.start <= until {
            until = until.max(span.end);
        }
    }
    until >= whole.end
}

/// Why a start at this moment is wrong, found without the gates.
fn wrong(world: &World, key: &DeploymentKey, entered: &[Entered], said: &Said) -> Vec<String> {
    let one = world.deployment(key);
    let lasts = Duration::from_secs(u64::from(one.expected.duration_minutes) * 60);
    let span = Span::lasting(world.at, lasts.max(Duration::from_micros(1)));
    let hotfix = world.judge(|state| Ok(state.hotfix(&one.hotfix)?.clone())).unwrap();
    let over = |code: &str, about: &str| {
        hotfix.overrides.iter().any(|by| {
            by.blocker == code
                && by.environment.as_deref() == Some(P)
                && by.hash.as_ref() == Some(&one.hash)
                && (by.about.is_empty() || by.about.iter().any(|id| id == about))
        })
    };
    let mut found = Vec::new();
    let inside = one.starts_at.unwrap() <= world.at && world.at < one.window_ends_at.unwrap();
    if (!inside || one.state == DeploymentState::Missed) && !over("outside_window", "") {
        found.push("outside_window".into());
    }
    let of = |purpose| entered.iter().filter(move |entry| entry.purpose == purpose);
    for (purpose, code) in [(CalendarKind::Freeze, "freeze"), (CalendarKind::Lock, "lock")] {
        if of(purpose).any(|entry| entry.span.overlaps(span) && !over(code, &entry.id)) {
            found.push(code.into());
        }
    }
    let windows: Vec<Span> = of(CalendarKind::Maintenance).map(|entry| entry.span).collect();
    if !windows.is_empty() && !covered(&windows, span) {
        // Who goes through it says for which time; that and the windows have to hold the whole plan.
        let said = hotfix.overrides.iter().filter(|by| {
            by.blocker == "outside_maintenance" && by.hash.as_ref() == Some(&one.hash)
        });
        let said = said.flat_map(|by| &by.about).filter_map(|text| {
            let (start, end) = text.strip_prefix("shop/production ")?.split_once('/')?;
            Some(Span::new(start.parse().ok()?, end.parse().ok()?))
        });
        let said: Vec<Span> = said.collect();
        let (first, last) = (one.starts_at.unwrap(), one.window_ends_at.unwrap());
        let plan = match world.at < last {
            true => Span::new(first.max(world.at), last.max(first.plus(lasts))),
            false => span,
        };
        if said.is_empty() || !covered(&[windows, said].concat(), plan) {
            found.push("outside_maintenance".into());
        }
    }
    let (away, here): (Vec<_>, Vec<_>) = one.expected.on_duty.iter().partition(|who| {
        of(CalendarKind::Absence).any(|entry| entry.who == who.0 && entry.span.overlaps(span))
    });
    if away.iter().any(|who| !over("person_absent", who.as_str())) {
        found.push("person_absent".into());
    }
    if said.get(key) == Some(&(TimeAnswer::NotNow, one.starts_at))
        && !over("stakeholder_objects", "")
    {
        found.push("stakeholder_objects".into());
    }
    for (name, other) in &world.streams {
        let Folded::Deployment(other) = other else { continue };
        if name == &key.0 {
            continue;
        }
        let took = gates::time::taken(
            other.starts_at.unwrap(),
            other.window_ends_at.unwrap(),
            &other.expected,
        );
        let planned = other.state == DeploymentState::Planned;
        let busy = planned || other.state == DeploymentState::Deploying;
        if busy && took.overlaps(span) {
            if other.product == one.product {
                if !over("conflict", name) {
                    found.push(format!("conflict {name}"));
                }
            } else if !over("dependency_booked", name) {
                found.push(format!("dependency {name}"));
            }
            let shared =
                one.expected.on_duty.iter().any(|who| other.expected.on_duty.contains(who));
            if shared && !over("person_booked", name) {
                found.push(format!("person_booked {name}"));
            }
        }
        if other.state == DeploymentState::Deploying && other.product == one.product {
            found.push(format!("busy {name}"));
        }
    }
    let clock = |at: Instant| jiff::tz::TimeZone::UTC.to_datetime(at.timestamp());
    let at_work = |at: Instant| {
        let there = clock(at);
        there.weekday().to_monday_zero_offset() < 5 && (9..17).contains(&there.hour())
    };
    let last = Instant::from_micros(span.end.micros() - 1);
    let whole =
        at_work(span.start) && at_work(last) && clock(span.start).date() == clock(last).date();
    // All of them work the same hours.
    if !whole && here.iter().any(|who| !over("person_off_hours", who.as_str())) {
        found.push("person_off_hours".into());
    }
    found
}

#[test]
fn a_thousand_random_sequences_of_planning_start_only_what_may_start() {
    let base: u64 = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    println!("seed {base}: run it again with SEED={base}");
    let mut started = 0;
    let mut refused = 0;
    for sequence in base..base + 1000 {
        let mut dice = Dice(sequence.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut world = World::new();
        let mut entered: Vec<Entered> = Vec::new();
        let mut answers = Said::new();
        let mut keys: Vec<DeploymentKey> = Vec::new();
        world.at = minute(9 * 60 + dice.minutes(120));
        for step in 0..28 {
            let said = |what: &str| format!("seed {sequence}, step {step}: {what}");
            let now = (world.at.micros() - minute(0).micros()) / MINUTE;
            let from = now - 30 + dice.minutes(240);
            let who: &[&str] =
                [&[][..], &["ann"], &["ben"], &["ann", "ben"]][dice.roll(4) as usize];
            let planned = |dice: &mut Dice| {
                (!keys.is_empty()).then(|| keys[dice.roll(keys.len() as u64) as usize].clone())
            };
            match dice.roll(11) {
                0 | 1 => {
                    let number = 1 + dice.roll(3);
                    let (long, lasts) = (1 + dice.minutes(120), dice.minutes(60));
                    if let Ok(key) = world.plan(number, minutes(from, long), expected(lasts, who)) {
                        keys.push(key);
                    }
                }
                2 => {
                    if let Some(key) = planned(&mut dice) {
                        let span = minutes(from, 1 + dice.minutes(120));
                        let fresh = (dice.roll(2) == 0).then(|| expected(dice.minutes(60), who));
                        let moved = schedule::MoveDeployment {
                            key,
                            starts_at: span.start,
                            window_ends_at: span.end,
                            automatic: false,
                            expected: fresh,
                            note: String::new(),
                        };
                        drop(world.by("ann", &moved));
                    }
                }
                3 => {
                    let id = format!("entry-{}", entered.len());
                    let span = minutes(from, 1 + dice.minutes(90));
                    let purpose = match dice.roll(8) {
                        0..4 => CalendarKind::Freeze,
                        4 | 5 => CalendarKind::Lock,
                        6 => CalendarKind::Absence,
                        _ => CalendarKind::Maintenance,
                    };
                    let who = PEOPLE[dice.roll(2) as usize];
                    if purpose == CalendarKind::Absence {
                        world.away(&id, who, span);
                    } else {
                        world.calendar(&id, purpose, span, false);
                    }
                    entered.push(Entered { id, purpose, span, who });
                }
                4 => {
                    if let Some(Entered { id, .. }) = entered.pop() {
                        let stream = stream::catalog("calendar", &id);
                        world.happen(&stream, "ann", Event::CatalogRetired { id });
                    }
                }
                5 => {
                    if let Some(key) = planned(&mut dice) {
                        let one = world.deployment(&key);
                        let codes = [
                            "freeze",
                            "conflict",
                            "outside_window",
                            "person_booked",
                            "person_off_hours",
                            "dependency_booked",
                            "lock",
                            "outside_maintenance",
                            "person_absent",
                            "stakeholder_objects",
                        ];
                        let over = approve::OverrideBlocker {
                            key: one.hotfix,
                            gate: "start".into(),
                            blocker: codes[dice.roll(10) as usize].into(),
                            environment: Some(P.into()),
                            time: None,
                            about: Vec::new(),
                            reason: "it burns".into(),
                        };
                        drop(world.by("ann", &over));
                    }
                }
                6 => world.at = world.at.plus(Duration::from_secs(60 * (1 + dice.roll(90)))),
                7 => {
                    // What runs comes to its end.
                    let running = keys
                        .iter()
                        .find(|key| world.deployment(key).state == DeploymentState::Deploying);
                    if let Some(key) = running.cloned() {
                        let one = world.deployment(&key);
                        let failed = Event::DeploymentFailed { private: Note::default() };
                        world.happen(&key.0, "engine", failed);
                        let place = stream::environment(&one.product, P);
                        world.happen(
                            &place,
                            "engine",
                            Event::EnvironmentReleased { deployment: key },
                        );
                    }
                    for key in &keys {
                        world.by("engine", &schedule::MissDeployment { key: key.clone() }).unwrap();
                    }
                }
                8 => {
                    // Rarely, so that enough is left to be started.
                    if let Some(key) = planned(&mut dice).filter(|_| dice.roll(3) == 0) {
                        let off = schedule::CancelDeployment { key, reason: "not today".into() };
                        drop(world.by("ann", &off));
                    }
                }
                9 => {
                    if let Some(key) = planned(&mut dice) {
                        let answer =
                            [TimeAnswer::NotNow, TimeAnswer::Confirmed][dice.roll(2) as usize];
                        let starts_at = world.deployment(&key).starts_at;
                        let told = schedule::AnswerTime {
                            key: key.clone(),
                            person: None,
                            name: "Karim".into(),
                            answer,
                            text: "By telephone".into(),
                        };
                        if world.by("ann", &told).is_ok() {
                            answers.insert(key, (answer, starts_at));
                        }
                    }
                }
                _ => {
                    if let Some(key) = planned(&mut dice) {
                        let state = world.deployment(&key).state;
                        if !matches!(state, DeploymentState::Planned | DeploymentState::Missed) {
                            continue;
                        }
                        let wrong = wrong(&world, &key, &entered, &answers);
                        match world.start(&key) {
                            Ok(()) => {
                                assert_eq!(wrong, [""; 0], "{}", said("it started all the same"));
                                started += 1;
                            }
                            Err(error) => {
                                assert_ne!(wrong, [""; 0], "{}", said(&error.to_string()));
                                refused += 1;
                            }
                        }
                    }
                }
            }
            for product in ["shop", "billing"] {
                let of_here = keys
                    .iter()
                    .map(|key| world.deployment(key))
                    .filter(|one| one.product.0 == product);
                let running = of_here.filter(|one| one.state == DeploymentState::Deploying);
                assert!(running.count() <= 1, "{}", said("two run at once"));
            }
            for key in &keys {
                let one = world.deployment(key);
                let place = world
                    .judge(|state| Ok(state.environment(&one.product, P)?.slots.clone()))
                    .unwrap();
                let slots = place.all().iter().filter(|slot| &slot.deployment == key).count();
                // What was missed and started all the same has given its time back before.
                let (least, most) = match one.state {
                    DeploymentState::Planned => (1, 1),
                    DeploymentState::Deploying => (0, 1),
                    _ => (0, 0),
                };
                assert!((least..=most).contains(&slots), "{}", said("its booking"));
                for person in PEOPLE {
                    let duties = world
                        .judge(|state| Ok(state.duties(&person.into())?.all().to_vec()))
                        .unwrap();
                    let mine = duties.iter().filter(|slot| &slot.deployment == key).count();
                    let wanted = usize::from(one.expected.on_duty.contains(&person.into()));
                    if one.state == DeploymentState::Planned {
                        assert_eq!(mine, wanted, "{}", said("its people"));
                    }
                    assert!(mine <= wanted, "{}", said("people that it does not want"));
                }
            }
        }
    }
    println!("{started} started, {refused} refused");
    assert!(started > 100 && refused > 100, "{started} started, {refused} refused");
}
