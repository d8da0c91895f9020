//! A week of three people, with somebody who takes a Tuesday.

use super::states::States;
use crate::{
    calendar::{Span, recurrence},
    clock::Instant,
    event::{Event, stream, words::*},
    model::duty,
    stages::{
        Command,
        configure::{
            SaveObject,
            rota::{MakeRota, PreviewRota, Rota, TakeDuty},
        },
    },
};
use std::time::Duration;

const NOW: &str = "2026-11-24T12:00:00Z";

fn world() -> States {
    let mut states = States::at(NOW.parse().unwrap());
    for (id, name) in [("mara", "Mara Kovac"), ("tom", "Tom Reed"), ("rita", "Rita Marsh")] {
        let zone = "Europe/Berlin".into();
        let roles = vec![Role::Support];
        let person = Person { id: id.into(), name: name.into(), zone, roles, ..Person::default() };
        states.save(CatalogObject::Person(person));
    }
    let created = Event::WorkspaceCreated { name: "Ours".into(), zone: "Europe/Berlin".into() };
    states.happen(stream::WORKSPACE, "mara", created);
    states
}

fn weekly(people: &[&str]) -> Rota {
    Rota {
        name: "Shop".into(),
        people: people.iter().map(|one| PersonId::from(*one)).collect(),
        start: "2026-11-23T09:00".into(),
        zone: "Europe/Berlin".into(),
        days: 7,
        ..Rota::default()
    }
}

fn refused(states: &mut States, command: &impl Command) -> String {
    let Err(error) = states.by("mara", command) else { panic!("it is refused") };
    error.location.unwrap_or_default()
}

fn who(states: &States, moment: &str) -> Vec<String> {
    let moment: Instant = moment.parse().unwrap();
    let within = Span::lasting(moment, Duration::from_secs(3600));
    let turns = states
        .judge(|state| Ok(duty::turns(state.catalog.calendars(), &Touch::default(), within)?));
    let now = duty::at(&turns.unwrap(), moment, within.end);
    now.into_iter().map(|one| one.person.0).collect()
}

#[test]
fn a_rotation_is_a_duty_for_each_and_the_preview_is_what_comes_of_it() {
    let mut states = world();
    let rota = weekly(&["mara", "tom", "rita"]);
    let actor = states.actor("mara");
    let preview = PreviewRota { rota: rota.clone(), count: Some(4) };
    let turns = states.judge(|state| preview.judge(state, &actor)).unwrap();
    let people: Vec<&str> = turns.iter().map(|turn| turn.person.0.as_str()).collect();
    assert_eq!(people, ["mara", "tom", "rita", "mara"]);
    let made = states.by("mara", &MakeRota { rota: rota.clone() }).unwrap();
    let keys: Vec<&str> = made.entries.iter().map(|id| id.0.as_str()).collect();
    assert_eq!(keys, ["shop-mara", "shop-tom", "shop-rita"]);
    for turn in &turns {
        assert_eq!(who(&states, &turn.span.start.to_string()), [turn.person.0.as_str()]);
        let last = turn.span.end.minus(Duration::from_secs(1));
        assert_eq!(who(&states, &last.to_string()), [turn.person.0.as_str()]);
    }
    // The same name again makes other entries, and no entry is written over.
    let again = states.by("mara", &MakeRota { rota }).unwrap();
    assert_eq!(again.entries[0].0, "shop-mara-2");
}

#[test]
fn every_day_is_handed_over_at_the_same_hour_also_when_the_clock_changes() {
    let mut states = world();
    let rota = Rota { days: 1, start: "2027-03-27T09:00".into(), ..weekly(&["mara", "tom"]) };
    states.by("mara", &MakeRota { rota }).unwrap();
    assert_eq!(who(&states, "2027-03-28T06:59:59Z"), ["mara"]);
    assert_eq!(who(&states, "2027-03-28T07:00:00Z"), ["tom"]);
    assert_eq!(who(&states, "2027-03-29T07:00:00Z"), ["mara"]);
}

#[test]
fn a_name_in_other_letters_makes_keys_that_differ() {
    let mut states = world();
    let rota = Rota { name: "当番".into(), ..weekly(&["mara", "mara"]) };
    let made = states.by("mara", &MakeRota { rota }).unwrap();
    assert_eq!(made.entries.len(), 2);
    assert_ne!(made.entries[0], made.entries[1]);
}

#[test]
fn what_is_missing_is_named() {
    let mut states = world();
    let make = |rota| MakeRota { rota };
    assert_eq!(refused(&mut states, &make(weekly(&[]))), "rota.people");
    assert_eq!(refused(&mut states, &make(weekly(&["nobody"]))), "rota.people");
    let good = weekly(&["mara"]);
    let wrong = Rota { days: 0, ..good.clone() };
    assert_eq!(refused(&mut states, &make(wrong)), "rota.days");
    let wrong = Rota { start: "Monday".into(), ..good.clone() };
    assert_eq!(refused(&mut states, &make(wrong)), "rota.start");
    let wrong = Rota { zone: "Mars".into(), ..good.clone() };
    assert_eq!(refused(&mut states, &make(wrong)), "rota.zone");
    let wrong = Rota { name: " ".into(), ..good };
    assert_eq!(refused(&mut states, &make(wrong)), "rota.name");
}

fn tuesday(person: &str) -> TakeDuty {
    TakeDuty {
        person: person.into(),
        starts_at: "2026-12-01T08:00:00Z".parse().unwrap(),
        ends_at: "2026-12-02T08:00:00Z".parse().unwrap(),
        replaces: Vec::new(),
        product: None,
        note: String::new(),
    }
}

#[test]
fn whoever_takes_a_tuesday_is_on_duty_then_and_not_longer() {
    let mut states = world();
    states.by("mara", &MakeRota { rota: weekly(&["mara", "tom"]) }).unwrap();
    states.by("rita", &tuesday("rita")).unwrap();
    assert_eq!(who(&states, "2026-12-01T07:59:00Z"), ["tom"]);
    assert_eq!(who(&states, "2026-12-01T08:00:00Z"), ["rita"]);
    assert_eq!(who(&states, "2026-12-02T08:00:00Z"), ["tom"]);
    // Somebody else may take it from her.
    states.by("mara", &tuesday("mara")).unwrap();
    assert_eq!(who(&states, "2026-12-01T08:00:00Z"), ["mara"]);
}

#[test]
fn of_two_on_duty_at_once_the_place_has_to_be_named() {
    let mut states = world();
    states.by("mara", &MakeRota { rota: weekly(&["mara"]) }).unwrap();
    let second = Rota { name: "Second".into(), ..weekly(&["tom"]) };
    states.by("mara", &MakeRota { rota: second }).unwrap();
    assert_eq!(refused(&mut states, &tuesday("rita")), "replaces");
    let named = TakeDuty { replaces: vec!["second-tom".into()], ..tuesday("rita") };
    states.by("mara", &named).unwrap();
    assert_eq!(who(&states, "2026-12-01T12:00:00Z"), ["mara", "rita"]);
    let unknown = TakeDuty { replaces: vec!["nothing".into()], ..tuesday("rita") };
    assert_eq!(refused(&mut states, &unknown), "replaces");
}

#[test]
fn the_second_of_an_hour_that_happens_twice_is_the_one_that_is_kept() {
    let mut states = world();
    let at = |text: &str| text.parse::<Instant>().unwrap();
    for (from, to, zone) in [
        ("2027-10-31T01:30:00Z", "2027-10-31T03:30:00Z", "UTC"),
        ("2027-11-02T01:30:00Z", "2027-11-02T03:30:00Z", "Europe/Berlin"),
    ] {
        let span = Span::new(at(from), at(to));
        let take = TakeDuty { starts_at: span.start, ends_at: span.end, ..tuesday("rita") };
        let key = states.by("mara", &take).unwrap().key;
        let rule = kept(&states, &key).rule;
        assert_eq!(rule.zone, zone);
        assert_eq!(recurrence::expand(&rule, span.start, span.end).unwrap(), [span]);
    }
}

fn kept(states: &States, key: &str) -> CalendarEntry {
    let found = states.judge(|state| Ok(state.catalog.calendars().cloned().collect::<Vec<_>>()));
    found.unwrap().into_iter().find(|one| one.id.0 == key).unwrap()
}

#[test]
fn nobody_stands_in_for_themselves_by_any_way_around() {
    let mut states = world();
    states.by("mara", &MakeRota { rota: weekly(&["mara", "tom"]) }).unwrap();
    let key = states.by("rita", &tuesday("rita")).unwrap().key;
    let mut base = kept(&states, "shop-tom");
    base.replaces = vec![CatalogId(key)];
    let object = CatalogObject::Calendar(base);
    assert_eq!(refused(&mut states, &SaveObject { object, base: None }), "replaces");
}
