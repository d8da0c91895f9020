//! The wide model: conflicts and free slots beside a walk through every minute, with absences, shared
//! targets, scopes, entries that recur across a change of the clock, people in several zones, a soak and an
//! approval that ends. And the path: each part of each offer starts at its instant.

use super::{
    planning_tests::{Dice, P, World, ask, environment, expected, object, policy, product},
    scope_tests::{about, endpoint, target},
};
use crate::{
    calendar::Span,
    clock::Instant,
    event::{Event, Note, stream, words::*},
    stages::{approve, schedule},
};
use jiff::{civil, tz::TimeZone};
use proptest::prelude::*;
use serde_json::json;
use std::{collections::HashMap, sync::LazyLock, time::Duration};

/// Midnight in UTC before the clock goes back in Berlin, before it goes forward, and an ordinary Monday.
const SEASONS: [&str; 3] = ["2026-10-23T00:00:00Z", "2027-03-26T00:00:00Z", "2026-11-23T00:00:00Z"];
const ZONES: [&str; 3] = ["Europe/Berlin", "America/New_York", "UTC"];
/// Who is on duty: each works in the zone of the same place in the list.
const PEOPLE: [&str; 2] = ["ann", "ben"];
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60;
const LAST: i64 = 4 * DAY;

/// An entry of the calendar, in minutes from the start of the season.
#[derive(Clone, Debug)]
struct Entry {
    kind: &'static str,
    from: i64,
    length: i64,
    rrule: Option<&'static str>,
    zone: usize,
    wall_clock: bool,
    scope: (&'static str, &'static str),
    /// Who is away, for an absence.
    who: usize,
}

#[derive(Clone, Debug)]
struct Case {
    season: usize,
    entries: Vec<Entry>,
    /// Of HF-2 in the same environment, with Ben on duty.
    booked: Option<(i64, i64)>,
    /// Of HF-3 in another product, with Ann on duty.
    elsewhere: Option<(i64, i64)>,
    /// The other product deploys to the same target; else it depends on this one.
    shared: bool,
    /// The component that the hot fix changes; nobody has said, if none.
    component: Option<&'static str>,
    /// How long it soaks, from the start of the season.
    soak: Option<i64>,
    /// For how many hours from then on it is approved.
    approved: Option<i64>,
}

/// A minute of a stretch, often one in the night in which Berlin's clock is changed.
fn around_the_change(from: i64, until: i64) -> impl Strategy<Value = i64> {
    prop_oneof![2 => from..until, 1 => 2 * DAY - 180..2 * DAY + 240]
}

fn entry() -> impl Strategy<Value = Entry> {
    let kinds = vec!["freeze", "freeze", "lock", "maintenance", "absence", "absence"];
    let scopes = vec![
        ("", ""),
        ("", ""),
        ("", ""),
        ("components", "Checkout"),
        ("components", "Billing"),
        ("targets", "db"),
        ("targets", "cache"),
        ("environments", "staging"),
    ];
    (
        prop::sample::select(kinds),
        around_the_change(-DAY, LAST),
        1..600i64,
        prop::sample::select(vec![None, None, Some("FREQ=DAILY"), Some("FREQ=WEEKLY;BYDAY=SA,SU")]),
        0..ZONES.len(),
        any::<bool>(),
        prop::sample::select(scopes),
        0..PEOPLE.len(),
    )
        .prop_map(|(kind, from, length, rrule, zone, wall_clock, scope, who)| Entry {
            kind,
            from,
            length,
            rrule,
            zone,
            wall_clock,
            scope,
            who,
        })
}

fn case() -> impl Strategy<Value = Case> {
    let stretch = || prop::option::of((0..LAST, 1..600i64));
    (
        0..SEASONS.len(),
        prop::collection::vec(entry(), 0..5),
        stretch(),
        stretch(),
        any::<bool>(),
        prop::sample::select(vec![None, Some("Checkout"), Some("Search")]),
        prop::option::of(0..DAY),
        prop::option::of(1..90i64),
    )
        .prop_map(|(season, entries, booked, elsewhere, shared, component, soak, approved)| {
            Case { season, entries, booked, elsewhere, shared, component, soak, approved }
        })
}

fn instant(season: usize, minute: i64) -> Instant {
    let start: Instant = SEASONS[season].parse().unwrap();
    Instant::from_micros(start.micros() + minute * MINUTE)
}

impl Case {
    fn at(&self, minute: i64) -> Instant {
        instant(self.season, minute)
    }

    fn span(&self, from: i64, length: i64) -> Span {
        Span::new(self.at(from), self.at(from + length))
    }

    fn number(&self) -> u64 {
        if self.component.is_some() { 10 } else { 1 }
    }

    fn key(&self) -> HotfixKey {
        HotfixKey(format!("HF-{}", self.number()))
    }

    fn clock(&self, zone: usize, minute: i64) -> civil::DateTime {
        WALKED[self.season][zone].shown[(minute - FIRST) as usize]
    }

    fn world(&self) -> World {
        let mut world = World::new();
        world.at = self.at(0);
        for (id, zone) in PEOPLE.into_iter().zip(ZONES) {
            world.save(object(json!({
                "kind": "person", "id": id, "name": id, "roles": ["release_manager"], "zone": zone,
            })));
        }
        endpoint(&mut world, "agent");
        let mut shop = product("shop", Vec::new());
        shop.environments = vec![environment("staging", false), environment(P, true)];
        shop.environments[0].soak_minutes = self.soak.unwrap_or(0) as u32;
        shop.environments[1].targets = vec![target("db", "agent", "blue")];
        world.save(CatalogObject::Product(shop));
        let mut billing = product("billing", vec!["shop".into()]);
        let slot = if self.shared { "blue" } else { "green" };
        billing.environments[0].targets = vec![target("db", "agent", slot)];
        world.save(CatalogObject::Product(billing));
        if let Some(component) = self.component {
            about(&mut world, 10, &[component]);
        }
        for (index, one) in self.entries.iter().enumerate() {
            let mut text = json!({
                "kind": "calendar", "id": format!("entry-{index}"), "name": "x", "purpose": one.kind,
                "rule": {
                    "start": self.clock(one.zone, one.from).strftime("%Y-%m-%dT%H:%M").to_string(),
                    "zone": ZONES[one.zone], "duration_minutes": one.length,
                    "wall_clock": one.wall_clock, "rrule": one.rrule,
                },
            });
            if one.kind == "absence" {
                text["people"] = json!([PEOPLE[one.who]]);
            } else if !one.scope.0.is_empty() {
                text[one.scope.0] = json!([one.scope.1]);
            }
            world.save(object(text));
        }
        // Nothing is free after the days that the grid knows.
        let end = self.clock(UTC, LAST).strftime("%Y-%m-%dT%H:%M").to_string();
        world.save(object(json!({
            "kind": "calendar", "id": "the-end", "name": "x", "purpose": "freeze",
            "rule": { "start": end, "zone": "UTC", "duration_minutes": 200 * DAY },
        })));
        if self.soak.is_some() {
            soaks(&mut world, self.number());
        }
        if let Some((from, length)) = self.booked {
            world.plan(2, self.span(from, length), expected(0, &["ben"])).unwrap();
        }
        if let Some((from, length)) = self.elsewhere {
            world.plan(3, self.span(from, length), expected(0, &["ann"])).unwrap();
        }
        if let Some(hours) = self.approved {
            world.save(CatalogObject::Policy(Policy {
                approvals: 1,
                approver_roles: vec![Role::ReleaseManager],
                approval_hours: hours as u32,
                authors_may_approve: true,
                ..policy()
            }));
            let yes = approve::Approve {
                key: self.key(),
                environment: P.into(),
                hash: None,
                note: String::new(),
            };
            world.by("ben", &yes).unwrap();
        }
        world
    }
}

/// The hot fix is done in staging at this moment.
fn soaks(world: &mut World, number: u64) {
    let (start, end) = (world.at, world.at.plus(Duration::from_secs(3600)));
    let planned = Event::DeploymentPlanned {
        hotfix: HotfixKey(format!("HF-{number}")),
        product: "shop".into(),
        environment: "staging".into(),
        production: false,
        revision: 1,
        hash: Digest(format!("{number:064x}")),
        starts_at: start,
        window_ends_at: end,
        automatic: false,
        targets: Vec::new(),
        left_out: Vec::new(),
        procedures: Vec::new(),
        checks: Vec::new(),
        sign_offs: 0,
        sign_off_by: Default::default(),
        expected: Expected::default(),
        private: Note::default(),
    };
    world.happen("DEP-1", "ann", planned);
    world.happen("DEP-1", "ann", Event::DeploymentValidated {});
    let added = Event::DeploymentAdded { deployment: "DEP-1".into() };
    world.happen(&format!("HF-{number}"), "ann", added);
}

/// What holds in each minute, found by walking: no rule is expanded and no stretch is merged here.
struct Grid<'a> {
    case: &'a Case,
    freeze: Vec<bool>,
    lock: Vec<bool>,
    maintenance: Option<Vec<bool>>,
    away: [Vec<bool>; 2],
    works: [Vec<bool>; 2],
}

const UTC: usize = 2;
/// Clocks are walked from this minute to the end of the grid and as far beyond it.
const FIRST: i64 = -4 * DAY;

/// What a zone's clock shows in each minute, and the first minute in which it shows it.
struct Clock {
    shown: Vec<civil::DateTime>,
    first: HashMap<civil::DateTime, i64>,
}

/// By season and zone.
static WALKED: LazyLock<[[Clock; 3]; 3]> =
    LazyLock::new(|| [0, 1, 2].map(|season| ZONES.map(|zone| Clock::new(season, zone))));

impl Clock {
    fn new(season: usize, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let minutes = FIRST..LAST - FIRST;
        let shown: Vec<_> = minutes
            .clone()
            .map(|minute| zone.to_datetime(instant(season, minute).timestamp()))
            .collect();
        let mut first = HashMap::new();
        for (minute, wall) in minutes.zip(&shown) {
            first.entry(*wall).or_insert(minute);
        }
        Self { shown, first }
    }

    /// A time that the clock leaves out comes an hour later.
    fn minute(&self, wall: civil::DateTime) -> Option<i64> {
        let later = wall.saturating_add(jiff::Span::new().hours(1));
        self.first.get(&wall).or_else(|| self.first.get(&later)).copied()
    }
}

impl<'a> Grid<'a> {
    fn new(case: &'a Case) -> Self {
        let nothing = || vec![false; LAST as usize];
        let works = [0, 1].map(|zone| {
            let at_work = |minute| {
                let there = case.clock(zone, minute);
                there.weekday().to_monday_zero_offset() < 5 && (9..17).contains(&there.hour())
            };
            (0..LAST).map(at_work).collect()
        });
        let mut grid = Self {
            case,
            freeze: nothing(),
            lock: nothing(),
            maintenance: None,
            away: [nothing(), nothing()],
            works,
        };
        for one in &case.entries {
            let held = match one.scope {
                _ if one.kind == "absence" => true,
                ("components", only) => case.component.is_none_or(|component| component == only),
                ("targets", only) => only == "db",
                ("environments", only) => only == P,
                _ => true,
            };
            if !held {
                continue;
            }
            let minutes = match one.kind {
                "freeze" => &mut grid.freeze,
                "lock" => &mut grid.lock,
                "maintenance" => grid.maintenance.get_or_insert_with(nothing),
                _ => &mut grid.away[one.who],
            };
            for (from, until) in stretches(case, one) {
                for minute in from.max(0)..until.min(LAST) {
                    minutes[minute as usize] = true;
                }
            }
        }
        grid
    }

    /// The codes of all that is in the way of a time, in order.
    fn against(&self, from: i64, length: i64, on_duty: &[&str]) -> Vec<&'static str> {
        let span = from as usize..(from + length).min(LAST) as usize;
        let any = |minutes: &[bool]| minutes[span.clone()].contains(&true);
        let meets = |stretch: Option<(i64, i64)>| {
            stretch.is_some_and(|(start, long)| start < from + length && from < start + long)
        };
        let case = self.case;
        let past = from + length > LAST;
        let mut codes = Vec::new();
        if any(&self.freeze) || past {
            codes.push("freeze");
        }
        if any(&self.lock) {
            codes.push("lock");
        }
        if self.maintenance.as_ref().is_some_and(|minutes| minutes[span.clone()].contains(&false)) {
            codes.push("outside_maintenance");
        }
        if meets(case.booked) {
            codes.push("conflict");
        }
        if meets(case.elsewhere) {
            codes.push(if case.shared { "target_booked" } else { "dependency_booked" });
        }
        if case.soak.is_some_and(|soak| from < soak) {
            codes.push("soaking");
        }
        if case.approved.is_some_and(|hours| from > 0 && from >= hours * 60) {
            codes.push("approval_expires");
        }
        for person in on_duty {
            let index = usize::from(*person == "ben");
            if any(&self.away[index]) {
                codes.push("person_absent");
            } else if self.works[index][span.clone()].contains(&false) {
                codes.push("person_off_hours");
            }
            if meets(if index == 1 { case.booked } else { case.elsewhere }) {
                codes.push("person_booked");
            }
        }
        codes.sort_unstable();
        codes.dedup();
        codes
    }
}

/// When an entry takes place, as minutes from and until.
fn stretches(case: &Case, one: &Entry) -> Vec<(i64, i64)> {
    let clock = &WALKED[case.season][one.zone];
    let first = case.clock(one.zone, one.from);
    let mut all = Vec::new();
    for day in 0..10 {
        let wall = first.saturating_add(jiff::Span::new().days(day));
        let takes_place = match one.rrule {
            None => day == 0,
            Some("FREQ=DAILY") => true,
            Some(_) => wall.weekday().to_monday_zero_offset() >= 5,
        };
        let Some(start) = clock.minute(wall).filter(|_| takes_place) else { continue };
        let passing = start + one.length;
        let read = clock.minute(wall.saturating_add(jiff::Span::new().minutes(one.length)));
        let end = read.filter(|end| one.wall_clock && *end > start).unwrap_or(passing);
        all.push((start, end));
    }
    all
}

fn duty() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::select(vec![vec![], vec!["ann"], vec!["ben"], vec!["ann", "ben"]])
}

fn quarter_from(minute: i64) -> i64 {
    (minute + 14).div_euclid(15) * 15
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn in_any_zone_and_season_conflicts_are_what_a_walk_finds(
        case in case(), from in around_the_change(0, LAST - 300), length in 1..300i64, on_duty in duty(),
    ) {
        let world = case.world();
        let grid = Grid::new(&case);
        let plan = expected(0, &on_duty);
        let found = world.conflicts(case.number(), case.span(from, length), &plan);
        let mut codes: Vec<&str> = found.blockers.iter().map(|one| one.code.as_str()).collect();
        codes.sort_unstable();
        prop_assert_eq!(codes, grid.against(from, length, &on_duty));
        if let Some(next) = &found.next {
            let span = Span::new(next.start, next.end);
            let again = world.conflicts(case.number(), span, &plan);
            let left = again.blockers.iter().find(|one| one.code != "approval_expires");
            prop_assert_eq!(left, None);
        }
    }

    #[test]
    fn in_any_zone_and_season_free_slots_are_what_a_walk_finds_and_they_start(
        case in case(), length in 1..400i64, count in 1..60u32, on_duty in duty(),
    ) {
        // What approves is asked of the start, not of the search.
        let case = Case { approved: None, ..case };
        let world = case.world();
        let grid = Grid::new(&case);
        let ask = schedule::FreeSlots { hotfix: Some(case.key()), ..ask(length, count, &on_duty) };
        let slots = world.free(&ask);
        let found: Vec<_> = slots.iter().map(|slot| (slot.start, slot.end)).collect();
        let mut walked = Vec::new();
        let mut from = quarter_from(case.soak.unwrap_or(0));
        while from + length <= LAST && walked.len() < count as usize {
            if grid.against(from, length, &on_duty).is_empty() {
                walked.push((case.at(from), case.at(from + length)));
                from = quarter_from(from + length);
            } else {
                from += 15;
            }
        }
        prop_assert_eq!(found, walked);
        for slot in slots.iter().take(1).chain(slots.iter().skip(1).last()) {
            let mut then = world.clone();
            let span = Span::new(slot.start, slot.end);
            let key = then.plan(case.number(), span, expected(length, &on_duty)).unwrap();
            then.at = slot.start;
            let started = then.start(&key);
            prop_assert!(started.is_ok(), "{}: {:?}", slot.start, started);
        }
    }
}

#[test]
fn each_part_of_each_offered_path_starts_at_its_instant() {
    let base: u64 = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    println!("seed {base}: run it again with SEED={base}");
    let mut started = 0;
    for seed in base..base + 60 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let case = Case {
            season: dice.roll(3) as usize,
            entries: Vec::new(),
            booked: None,
            elsewhere: None,
            shared: dice.roll(2) == 0,
            component: None,
            soak: None,
            approved: None,
        };
        let mut world = case.world();
        let mut shop = product("shop", Vec::new());
        shop.environments = ["staging", "canary", P].map(|id| environment(id, id == P)).into();
        for place in &mut shop.environments {
            place.soak_minutes = dice.roll(200) as u32;
        }
        world.save(CatalogObject::Product(shop));
        let mut strict = Policy { soak_minutes: dice.roll(120) as u32, ..policy() };
        strict.not_applicable.retain(|code| code != "predecessor_open");
        world.save(CatalogObject::Policy(strict));
        for index in 0..dice.roll(8) {
            let from = case.at(dice.minutes(DAY as u64));
            let start = TimeZone::UTC.to_datetime(from.timestamp());
            let place = ["staging", "canary", P][dice.roll(3) as usize];
            let purpose = ["freeze", "lock", "maintenance"][dice.roll(3) as usize];
            let length = 120 + dice.roll(300);
            world.save(object(json!({
                "kind": "calendar", "id": format!("entry-{index}"), "name": "x",
                "purpose": purpose, "environments": [place],
                "rule": {
                    "start": start.strftime("%Y-%m-%dT%H:%M").to_string(), "zone": "Europe/Berlin",
                    "duration_minutes": length, "rrule": "FREQ=DAILY",
                },
            })));
        }
        let duties: [&[&str]; 3] = [&[], &["ann"], &["ben"]];
        let on_duty = duties[dice.roll(3) as usize];
        let length = 15 + dice.minutes(60);
        let whole = schedule::FreeSlots {
            path: true,
            environment: String::new(),
            disruption: [Disruption::None, Disruption::Outage][dice.roll(2) as usize],
            ..ask(length, 3, on_duty)
        };
        // The end of the grid is none of the path's.
        let end = stream::catalog("calendar", "the-end");
        world.happen(&end, "ann", Event::CatalogRetired { id: "the-end".into() });
        for slot in world.free(&whole) {
            assert_eq!(slot.parts.len(), 3, "seed {seed}: {slot:?}");
            let mut then = world.clone();
            for part in &slot.parts {
                let plan = schedule::PlanDeployment {
                    key: "HF-1".into(),
                    environment: part.environment.clone(),
                    targets: None,
                    starts_at: part.start,
                    window_ends_at: part.end,
                    automatic: false,
                    expected: expected(length, on_duty),
                    note: String::new(),
                };
                let place = format!("seed {seed}, {} at {}", part.environment, part.start);
                let planned =
                    then.by("ann", &plan).unwrap_or_else(|error| panic!("{place}: {error}"));
                let key = DeploymentKey(planned.key);
                then.at = part.start;
                then.start(&key).unwrap_or_else(|error| panic!("{place}: {error}"));
                then.at = part.end;
                then.happen(&key.0, "engine", Event::DeploymentValidated {});
                let environment = stream::environment(&"shop".into(), &part.environment);
                then.happen(&environment, "engine", Event::EnvironmentReleased { deployment: key });
                started += 1;
            }
        }
    }
    println!("{started} parts started");
    assert!(started > 100, "{started} parts started");
}
