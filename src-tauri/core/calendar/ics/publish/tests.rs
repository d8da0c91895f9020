//! What becomes of our events and of others', by examples and by what always holds.

use super::*;
use proptest::prelude::*;

const MARK: &str = "0a1b2c3d4e5f";

fn now() -> Instant {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn event(key: &str) -> Published {
    Published {
        key: key.into(),
        version: 3,
        start: "2026-12-01T20:00:00Z".parse().unwrap(),
        end: "2026-12-01T20:40:00Z".parse().unwrap(),
        summary: "HF-12 r2 → Shop Production".into(),
        description: "Prices are wrong; in the cart,\nand in mails\nState: planned".into(),
        location: "Production".into(),
        status: Status::Tentative,
    }
}

fn there(key: &str, text: &str) -> There {
    There { name: name(MARK, key), etag: "\"1\"".into(), text: text.into() }
}

fn added(one: &Published) -> String {
    match step(Some(one), None, &one.key, MARK, now()) {
        Step::Add { text } => text,
        other => panic!("{other:?}"),
    }
}

fn changed(one: &Published, before: &str) -> String {
    match step(Some(one), Some(&there(&one.key, before)), &one.key, MARK, now()) {
        Step::Change { etag, text } => {
            assert_eq!(etag, "\"1\"");
            text
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_one_is_one_event_in_utc_that_says_what_it_is() {
    let text = added(&event("DEP-5"));
    for line in [
        "UID:DEP-5.0a1b2c3d4e5f@hotfix-desk",
        "DTSTART:20261201T200000Z",
        "DTEND:20261201T204000Z",
        "SUMMARY:HF-12 r2 → Shop Production",
        "LOCATION:Production",
        "STATUS:TENTATIVE",
        "SEQUENCE:3",
        "LAST-MODIFIED:20261124T120000Z",
    ] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
    }
    assert!(text.contains("in the cart\\,\\nand in mails"), "{text}");
    assert!(!text.contains("VALARM"));
}

#[test]
fn what_moves_is_the_same_event_at_another_time_with_a_higher_sequence() {
    let before = added(&event("DEP-5"));
    let later = Published {
        start: "2026-12-02T20:00:00Z".parse().unwrap(),
        end: "2026-12-02T20:40:00Z".parse().unwrap(),
        ..event("DEP-5")
    };
    let text = changed(&later, &before);
    assert!(text.contains("UID:DEP-5.0a1b2c3d4e5f@hotfix-desk\r\n"));
    assert!(text.contains("DTSTART:20261202T200000Z") && text.contains("SEQUENCE:4"), "{text}");
    // Twice in the same second, it is later all the same.
    assert!(text.contains("LAST-MODIFIED:20261124T120001Z"), "{text}");
}

#[test]
fn what_was_called_off_says_so_where_it_is_known_and_is_no_news_elsewhere() {
    let before = added(&event("DEP-5"));
    let off = Published { status: Status::Cancelled, ..event("DEP-5") };
    assert!(changed(&off, &before).contains("STATUS:CANCELLED"));
    assert_eq!(step(Some(&off), None, "DEP-5", MARK, now()), Step::Nothing);
}

#[test]
fn what_others_put_there_is_left_alone_even_under_our_name() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:birthday\r\nDTSTART:20261201T200000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let others = There { name: "birthday.ics".into(), etag: "\"2\"".into(), text: text.into() };
    let ours = there("DEP-5", text);
    let one = event("DEP-5");
    let steps = plan(std::slice::from_ref(&one), &[others, ours], &BTreeSet::new(), MARK, now());
    assert_eq!(steps.into_iter().collect::<Vec<_>>(), [("DEP-5".to_owned(), Step::Foreign)]);
    // Another workspace, or another published calendar of this one.
    let theirs = there("DEP-5", &added(&one).replace(MARK, "ffffffffffff"));
    assert_eq!(step(None, Some(&theirs), "DEP-5", MARK, now()), Step::Foreign);
    assert_eq!(key_of("ffffffffffff", &name(MARK, "DEP-5")), None);
    for odd in ["hotfix-0a1b2c3d4e5f-DEP-.ics", "hotfix-0a1b2c3d4e5f-DEP-5", "DEP-5.ics"] {
        assert_eq!(key_of(MARK, odd), None, "{odd}");
    }
}

#[test]
fn what_left_the_scope_is_removed_and_what_is_long_over_stays() {
    let (five, six) = (event("DEP-5"), event("DEP-6"));
    let both = [there("DEP-5", &added(&five)), there("DEP-6", &added(&six))];
    let steps = plan(&[], &both, &BTreeSet::from(["DEP-6".to_owned()]), MARK, now());
    let removed = ("DEP-5".to_owned(), Step::Remove { etag: "\"1\"".into() });
    assert_eq!(steps.into_iter().collect::<Vec<_>>(), [removed]);
}

#[test]
fn a_reminder_that_somebody_added_and_a_server_that_writes_anew_are_no_changes() {
    let one = event("DEP-5");
    let text = added(&one)
        .replace("END:VEVENT", "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nACTION:DISPLAY\r\nDESCRIPTION:soon\r\nEND:VALARM\r\nX-APPLE-TRAVEL:1\r\nEND:VEVENT")
        .replace("DTSTART:20261201T200000Z", "DTSTART;TZID=Europe/Berlin:20261201T210000")
        .replace("\r\n ", "");
    assert_eq!(step(Some(&one), Some(&there("DEP-5", &text)), "DEP-5", MARK, now()), Step::Nothing);
    for (from, to) in [
        ("SUMMARY:HF-12", "SUMMARY:Lunch"),
        ("STATUS:TENTATIVE", "STATUS:CONFIRMED"),
        ("DTEND:20261201T204000Z", "DTEND:20261201T214000Z"),
        ("LOCATION:", "RRULE:FREQ=DAILY\r\nLOCATION:"),
    ] {
        let by_hand = added(&one).replacen(from, to, 1);
        changed(&one, &by_hand);
    }
}

prop_compose! {
    fn any_event()(
        number in 1u32..20,
        version in 0u64..5,
        start in 0i64..2_000_000,
        minutes in 1u64..5_000,
        texts in prop::array::uniform3("\\PC{0,80}|[a-z;,\\\\ \n\r\t]{0,120}"),
        status in prop::sample::select(vec![Status::Tentative, Status::Confirmed, Status::Cancelled]),
    ) -> Published {
        let start = Instant::from_micros(1_795_000_000_000_000 + start * 777_777);
        let [summary, description, location] = texts;
        let end = start.plus(Duration::from_secs(minutes * 60));
        Published { key: format!("DEP-{number}"), version, start, end, summary, description, location, status }
    }
}

/// Each deployment once.
fn any_events() -> impl Strategy<Value = Vec<Published>> {
    prop::collection::vec(any_event(), 0..12).prop_map(|all| {
        let by_key: BTreeMap<String, Published> =
            all.into_iter().map(|one| (one.key.clone(), one)).collect();
        by_key.into_values().collect()
    })
}

/// A calendar after the steps.
fn after(there: &[There], steps: &BTreeMap<String, Step>) -> Vec<There> {
    let mut all: BTreeMap<String, There> =
        there.iter().map(|one| (one.name.clone(), one.clone())).collect();
    for (key, step) in steps {
        let name = name(MARK, key);
        match step {
            Step::Add { text } => {
                let etag = "\"new\"".into();
                let before = all.insert(name.clone(), There { name, etag, text: text.clone() });
                assert_eq!(before, None, "nothing is put over what is there");
            }
            Step::Change { etag, text } => {
                let one = all.get_mut(&name).expect("it is there");
                assert_eq!(&one.etag, etag);
                one.text.clone_from(text);
            }
            Step::Remove { etag } => assert_eq!(&all.remove(&name).expect("there").etag, etag),
            Step::Nothing | Step::Foreign => {}
        }
    }
    all.into_values().collect()
}

proptest! {
    #[test]
    fn what_was_done_once_need_not_be_done_again(
        first in any_events(),
        second in any_events(),
        foreign in "[a-z]{1,8}",
    ) {
        let birthday = There { name: format!("{foreign}.ics"), etag: "\"f\"".into(), text: "BEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n".into() };
        let none = BTreeSet::new();
        let mut calendar = vec![birthday.clone()];
        for wanted in [&first, &second, &first] {
            let steps = plan(wanted, &calendar, &none, MARK, now());
            calendar = after(&calendar, &steps);
            let again = plan(wanted, &calendar, &none, MARK, now());
            prop_assert!(again.values().all(|step| *step == Step::Nothing), "{again:?}");
            prop_assert!(calendar.contains(&birthday));
            let live = wanted.iter().filter(|one| one.status != Status::Cancelled);
            let all: BTreeSet<_> = calendar.iter().map(|one| one.name.clone()).collect();
            for one in live {
                prop_assert!(all.contains(&name(MARK, &one.key)));
            }
            prop_assert!(all.len() <= wanted.len() + 1, "nothing of ours is left behind");
        }
    }

    #[test]
    fn sequence_and_modification_grow_with_each_change(all in prop::collection::vec(any_event(), 2..8)) {
        let mut text: Option<String> = None;
        for one in all {
            let one = Published { key: "DEP-1".into(), ..one };
            let before = text.as_deref().map(|text| there("DEP-1", text));
            let next = match step(Some(&one), before.as_ref(), "DEP-1", MARK, now()) {
                Step::Add { text } | Step::Change { text, .. } => text,
                _ => continue,
            };
            if let Some(before) = text {
                let (old, new) = (Said::read(&before), Said::read(&next));
                prop_assert!(new.sequence > old.sequence);
                prop_assert!(new.modified > old.modified);
            }
            for each in next.split("\r\n") {
                prop_assert!(each.len() <= 75);
            }
            text = Some(next);
        }
    }

    #[test]
    fn any_text_that_is_there_is_taken_apart_without_harm(text in "\\PC{0,400}|(BEGIN:VEVENT|END:VEVENT|UID:a|DTSTART:|\n|;|:){0,40}") {
        let one = event("DEP-5");
        step(Some(&one), Some(&there("DEP-5", &text)), "DEP-5", MARK, now());
    }
}
