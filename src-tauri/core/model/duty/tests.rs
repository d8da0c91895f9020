//! Rotas of a few people, and a walk through every minute that knows nothing of how they are worked out.

use super::*;
use crate::calendar::{MovedInstance, Rule};
use jiff::{Span as Days, civil, tz::TimeZone};
use proptest::prelude::*;
use std::{collections::BTreeSet, time::Duration};

const ZONE: &str = "Europe/Berlin";
const MINUTE: i64 = 60_000_000;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn duty(id: &str, person: &str, rule: Rule) -> CalendarEntry {
    CalendarEntry {
        id: id.into(),
        name: id.into(),
        purpose: CalendarKind::Duty,
        products: Vec::new(),
        environments: Vec::new(),
        components: Vec::new(),
        targets: Vec::new(),
        people: vec![person.into()],
        replaces: Vec::new(),
        rule,
        note: String::new(),
        origin: None,
    }
}

fn rule(start: &str, minutes: u32, rrule: Option<&str>) -> Rule {
    Rule {
        start: start.into(),
        zone: ZONE.into(),
        duration_minutes: minutes,
        wall_clock: true,
        rrule: rrule.map(str::to_owned),
        ..Rule::default()
    }
}

const WEEK: u32 = 7 * 24 * 60;

/// Mara and Tom, a week each, from Monday nine o'clock.
fn two() -> Vec<CalendarEntry> {
    let every = Some("FREQ=WEEKLY;INTERVAL=2");
    vec![
        duty("mara", "mara", rule("2026-11-23T09:00", WEEK, every)),
        duty("tom", "tom", rule("2026-11-30T09:00", WEEK, every)),
    ]
}

fn ahead(from: &str, days: u64) -> Span {
    Span::lasting(at(from), Duration::from_secs(days * 86_400))
}

fn names(people: &[OnDuty]) -> Vec<&str> {
    people.iter().map(|one| one.person.0.as_str()).collect()
}

#[test]
fn whoever_is_on_duty_is_so_until_the_other_one_is() {
    let within = ahead("2026-11-24T12:00:00Z", 30);
    let turns = turns(two().iter(), &Touch::default(), within).unwrap();
    let now = super::at(&turns, within.start, within.end);
    assert_eq!(names(&now), ["mara"]);
    assert_eq!(now[0].until, Some(at("2026-11-30T08:00:00Z")));
    let then = next(&turns, within.start, within.end);
    assert_eq!(names(&then), ["tom"]);
    assert_eq!(then[0].from, at("2026-11-30T08:00:00Z"));
    assert_eq!(gaps(&turns, within), []);
}

#[test]
fn who_stands_in_is_on_duty_for_that_time_and_scope_alone() {
    let mut all = two();
    all.push(CalendarEntry {
        replaces: vec!["mara".into()],
        products: vec!["shop".into()],
        ..duty("rita", "rita", rule("2026-11-25T09:00", 1440, None))
    });
    let within = ahead("2026-11-24T12:00:00Z", 30);
    let (shop, wiki) = (CatalogId::from("shop"), CatalogId::from("wiki"));
    let of = |product| {
        let asked = Touch { product: Some(product), ..Touch::default() };
        turns(all.iter(), &asked, within).unwrap()
    };
    let who = |turns: &[Turn], moment: &str| {
        let found = super::at(turns, at(moment), within.end);
        found.into_iter().map(|one| one.person.0).collect::<Vec<_>>()
    };
    let found = of(&shop);
    assert_eq!(who(&found, "2026-11-25T07:59:59Z"), ["mara"]);
    assert_eq!(who(&found, "2026-11-25T08:00:00Z"), ["rita"]);
    assert_eq!(who(&found, "2026-11-26T08:00:00Z"), ["mara"]);
    assert!(found.iter().any(|turn| turn.stands_in && turn.person.0 == "rita"));
    assert_eq!(who(&of(&wiki), "2026-11-25T08:00:00Z"), ["mara"]);
    assert_eq!(gaps(&found, within), []);
}

#[test]
fn days_that_follow_each_other_are_one_stretch_and_what_has_no_end_says_none() {
    let all = [duty("mara", "mara", rule("2026-11-23T00:00", 1440, Some("FREQ=DAILY")))];
    let within = ahead("2026-11-24T12:00:00Z", 30);
    let turns = turns(all.iter(), &Touch::default(), within).unwrap();
    assert_eq!(stretches(&turns).len(), 1);
    assert_eq!(super::at(&turns, within.start, within.end)[0].until, None);
    assert_eq!(next(&turns, within.start, within.end), []);
}

#[test]
fn gaps_and_absences_are_found() {
    let mut all = two();
    all[1].rule.exdates.push("2026-11-30".into());
    let within = ahead("2026-11-24T12:00:00Z", 30);
    let turns = turns(all.iter(), &Touch::default(), within).unwrap();
    let week = Span::new(at("2026-11-30T08:00:00Z"), at("2026-12-07T08:00:00Z"));
    assert_eq!(gaps(&turns, within), [week]);
    let holiday = Span::new(at("2026-12-08T00:00:00Z"), at("2026-12-10T00:00:00Z"));
    let found = clashes(&turns, within, |person, looked_at| match person.0.as_str() {
        "mara" => holiday.intersection(looked_at).into_iter().collect(),
        _ => Vec::new(),
    });
    assert_eq!(found, [DutyClash { person: "mara".into(), span: holiday }]);
}

#[test]
fn a_circle_of_people_who_stand_in_for_each_other_is_no_trouble() {
    let mut all = two();
    all[0].replaces = vec!["tom".into()];
    all[1].replaces = vec!["mara".into()];
    let found = turns(all.iter(), &Touch::default(), ahead("2026-11-24T12:00:00Z", 30));
    assert!(found.is_ok());
}

/// A duty as it is drawn: every so many days, from an hour on, for so many minutes.
#[derive(Clone, Debug)]
struct Drawn {
    first: i64,
    hour: i64,
    every: i64,
    minutes: i64,
    wall_clock: bool,
    left_out: Vec<i64>,
    /// Which of them takes place how many hours later.
    moved: Option<(i64, i64)>,
    /// Of the duties before it, those it stands in for.
    replaces: Vec<usize>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (
        (0i64..6, 0i64..24, 1i64..9),
        (prop::sample::select(vec![30i64, 60, 480, 720, 1440, 2880, 10_080]), any::<bool>()),
        prop::collection::vec(0i64..8, 0..3),
        prop::option::of((0i64..6, 1i64..30)),
        prop::collection::vec(0usize..5, 0..3),
    )
        .prop_map(
            |((first, hour, every), (minutes, wall_clock), left_out, moved, replaces)| Drawn {
                first,
                hour,
                every,
                minutes,
                wall_clock,
                left_out,
                moved,
                replaces,
            },
        )
}

impl Drawn {
    fn start(&self, base: civil::Date, nth: i64) -> civil::DateTime {
        let day = base.saturating_add(Days::new().days(self.first + nth * self.every));
        day.at(self.hour as i8, 30, 0, 0)
    }

    fn entry(&self, index: usize, base: civil::Date) -> CalendarEntry {
        let written = |wall: civil::DateTime| wall.strftime("%Y-%m-%dT%H:%M").to_string();
        let moved = self.moved.map(|(nth, hours)| MovedInstance {
            from: written(self.start(base, nth)),
            to: written(self.start(base, nth).saturating_add(Days::new().hours(hours))),
            duration_minutes: None,
        });
        let rule = Rule {
            start: written(self.start(base, 0)),
            zone: ZONE.into(),
            duration_minutes: self.minutes as u32,
            wall_clock: self.wall_clock,
            rrule: Some(format!("FREQ=DAILY;INTERVAL={}", self.every)),
            exdates: self.left_out.iter().map(|nth| written(self.start(base, *nth))).collect(),
            rdates: Vec::new(),
            moved: moved.into_iter().collect(),
        };
        let replaces = self.replaces.iter().filter(|other| **other < index);
        CalendarEntry {
            replaces: replaces.map(|other| CatalogId(format!("e{other}"))).collect(),
            ..duty(&format!("e{index}"), &format!("p{}", index % 3), rule)
        }
    }

    /// When it takes place, counted on the clock on the wall.
    fn spans(&self, base: civil::Date) -> Vec<(i64, i64)> {
        let zone = TimeZone::get(ZONE).unwrap();
        let place = |wall: civil::DateTime| zone.to_timestamp(wall).unwrap().as_microsecond();
        let mut all = Vec::new();
        for nth in (0..60).filter(|nth| !self.left_out.contains(nth)) {
            let mut wall = self.start(base, nth);
            if let Some((_, hours)) = self.moved.filter(|(moved, _)| *moved == nth) {
                wall = wall.saturating_add(Days::new().hours(hours));
            }
            let start = place(wall);
            let mut end = start + self.minutes * MINUTE;
            if self.wall_clock {
                let read = place(wall.saturating_add(Days::new().minutes(self.minutes)));
                end = if read > start { read } else { end };
            }
            all.push((start, end));
        }
        all
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn who_is_on_duty_is_whom_a_walk_through_every_minute_finds(
        drawn in prop::collection::vec(drawn(), 1..6), autumn in any::<bool>(),
    ) {
        // The clock changes in the second week.
        let base = if autumn { civil::date(2026, 10, 17) } else { civil::date(2026, 3, 21) };
        let entries: Vec<CalendarEntry> =
            drawn.iter().enumerate().map(|(index, one)| one.entry(index, base)).collect();
        let start = TimeZone::get(ZONE).unwrap().to_timestamp(base.at(0, 0, 0, 0)).unwrap();
        let within = Span::lasting(start.into(), Duration::from_secs(15 * 86_400));
        let turns = turns(entries.iter(), &Touch::default(), within).unwrap();
        let all = stretches(&turns);
        let spans: Vec<Vec<(i64, i64)>> = drawn.iter().map(|one| one.spans(base)).collect();
        let mut changes = Vec::new();
        let mut before: Option<BTreeSet<String>> = None;
        for minute in 0..15 * 1440 {
            let moment = within.start.micros() + minute * MINUTE;
            let there: Vec<bool> = spans
                .iter()
                .map(|all| all.iter().any(|(from, to)| (*from..*to).contains(&moment)))
                .collect();
            let mut people = BTreeSet::new();
            for (index, entry) in entries.iter().enumerate() {
                let taken = (0..entries.len())
                    .any(|other| there[other] && entries[other].replaces.contains(&entry.id));
                if there[index] && !taken {
                    people.insert(entry.people[0].0.clone());
                }
            }
            let moment = Instant::from_micros(moment);
            let found: BTreeSet<String> = all
                .iter()
                .filter(|(span, _)| span.contains(moment))
                .map(|(_, person)| person.0.clone())
                .collect();
            prop_assert_eq!(&found, &people, "at {}", moment);
            if before.as_ref() != Some(&people) {
                changes.push((moment, people.clone()));
                before = Some(people);
            }
        }
        // Between two changes the answer is the same, and its "until" and "next" are such changes.
        for (moment, people) in &changes {
            let now = super::at(&turns, *moment, within.end);
            let named: BTreeSet<String> = now.iter().map(|one| one.person.0.clone()).collect();
            prop_assert_eq!(&named, people);
            for until in now.iter().filter_map(|one| one.until) {
                prop_assert!(until >= within.end || changes.iter().any(|(at, _)| *at == until));
            }
            let comes = changes.iter().find(|(at, then)| {
                let earlier = changes.iter().rev().find(|(other, _)| other < at);
                at > moment && earlier.is_some_and(|(_, had)| !then.is_subset(had))
            });
            let next = next(&turns, *moment, within.end);
            if let Some((at, _)) = comes {
                prop_assert!(next.iter().all(|one| one.from == *at));
                prop_assert!(!next.is_empty());
            } else {
                prop_assert!(next.is_empty());
            }
        }
        for gap in gaps(&turns, within) {
            let empty = changes.iter().rev().find(|(at, _)| *at <= gap.start);
            prop_assert!(empty.is_some_and(|(_, people)| people.is_empty()));
        }
    }
}
