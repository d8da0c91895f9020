//! A note from one shift to the next, in memory.

use super::states::States;
use crate::{
    event::{Event, HandOverText, stream, words::*},
    stages::{
        Command,
        schedule::handover::{HandOver, ReadHandOver},
    },
};

const NOW: &str = "2026-11-24T12:00:00Z";

fn world() -> States {
    let mut states = States::at(NOW.parse().unwrap());
    for id in ["mara", "tom", "rita"] {
        let roles = vec![Role::Support];
        let person = Person { id: id.into(), name: id.into(), roles, ..Person::default() };
        states.save(CatalogObject::Person(person));
    }
    let created = Event::WorkspaceCreated { name: "Ours".into(), zone: "UTC".into() };
    states.happen(stream::WORKSPACE, "mara", created);
    states
}

fn on_duty(states: &mut States, person: &str, start: &str) {
    let entry = serde_json::json!({
        "kind": "calendar", "id": person, "name": person, "purpose": "duty",
        "people": [person],
        "rule": { "start": start, "zone": "UTC", "duration_minutes": 10_080,
                  "rrule": "FREQ=WEEKLY;INTERVAL=2" },
    });
    states.save(serde_json::from_value(entry).unwrap());
}

fn note(text: &str) -> HandOver {
    HandOver { text: text.into(), ..HandOver::default() }
}

fn refused(states: &mut States, by: &str, command: &impl Command) -> String {
    let Err(error) = states.by(by, command) else { panic!("it is refused") };
    error.location.unwrap_or_default()
}

#[test]
fn it_is_for_whoever_comes_next_until_they_have_read_it() {
    let mut states = world();
    on_duty(&mut states, "mara", "2026-11-23T09:00");
    on_duty(&mut states, "tom", "2026-11-30T09:00");
    let key = states.by("mara", &note("引き継ぎ: HF-3 を見てください")).unwrap().key;
    assert_eq!(key, "HO-1");
    let read = ReadHandOver { key: HandOverKey(key.clone()) };
    assert!(states.by("rita", &read).is_err(), "it is not for her");
    states.by("tom", &read).unwrap();
    states.by("tom", &read).unwrap();
    let kept = states.judge(|state| Ok(state.hand_over(&read.key)?.clone())).unwrap();
    assert_eq!((kept.from.0.as_str(), kept.to.0.as_str(), kept.version), ("mara", "tom", 2));
    assert!(kept.read_at.is_some() && kept.text.text.contains("引き継ぎ"));
}

#[test]
fn without_a_rota_or_with_two_it_has_to_be_said_whom_it_is_for() {
    let mut states = world();
    assert_eq!(refused(&mut states, "mara", &note("x")), "to");
    on_duty(&mut states, "tom", "2026-11-30T09:00");
    on_duty(&mut states, "rita", "2026-11-30T09:00");
    assert_eq!(refused(&mut states, "mara", &note("x")), "to");
    // Of two, the one who is left when one of them writes.
    states.by("rita", &note("x")).unwrap();
    let own = HandOver { to: Some("mara".into()), ..note("x") };
    assert_eq!(refused(&mut states, "mara", &own), "to");
}

#[test]
fn an_empty_note_and_one_that_is_too_long_are_refused() {
    let mut states = world();
    let to = |text: &str| HandOver { to: Some("tom".into()), ..note(text) };
    assert_eq!(refused(&mut states, "mara", &to("  ")), "text");
    assert_eq!(refused(&mut states, "mara", &to(&"字".repeat(100_001))), "text");
    states.by("mara", &to(&"字".repeat(100_000))).unwrap();
}

#[test]
fn what_it_says_is_kept_apart_so_that_it_can_be_erased() {
    let event = Event::DutyHandedOver {
        to: "tom".into(),
        products: Vec::new(),
        private: HandOverText {
            text: "Call Ms Novak".into(),
            under_way: vec![UnderWay { title: "Novak waits".into(), ..UnderWay::default() }],
        },
    };
    let encoded = event.encode().unwrap();
    assert!(!String::from_utf8_lossy(&encoded.data).contains("Novak"));
    let erased = Event::decode(&encoded.kind, &encoded.data, None).unwrap();
    let Event::DutyHandedOver { private, .. } = erased else { panic!("another event") };
    assert_eq!(private, HandOverText::default());
}
