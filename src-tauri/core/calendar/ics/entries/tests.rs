//! Calendars as Google, Outlook and Apple write them, made into entries; and that an entry never takes
//! place at another time than the file says.

use super::*;
use crate::calendar::ics::{self, write};
use proptest::prelude::*;

const NOW: &str = "2026-11-24T12:00:00Z";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn read(text: &str) -> Entries {
    entries(text.as_bytes(), "Europe/Berlin", at(NOW)).unwrap()
}

fn one(lines: &str) -> Entries {
    read(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"))
}

fn rule_of(lines: &str) -> Rule {
    let found = one(lines);
    assert_eq!(found.skipped, [], "{lines}");
    found.events[0].rule.clone()
}

fn refused(lines: &str) -> (usize, String) {
    let found = one(lines);
    assert!(found.events.is_empty(), "{:?}", found.events);
    assert_eq!(found.refused.iter().map(String::as_str).collect::<Vec<_>>(), ["a"]);
    (found.skipped[0].line, found.skipped[0].message.clone())
}

fn named<'a>(found: &'a Entries, name: &str) -> &'a CalendarEvent {
    found.events.iter().find(|event| event.name == name).unwrap_or_else(|| {
        panic!("{name}: {:?} {:?}", found.events, found.skipped);
    })
}

#[test]
fn a_google_calendar_comes_with_its_moved_and_cancelled_instances() {
    let found = read(include_str!("../../../../../tests/calendars/google.ics"));
    let weekend = named(&found, "No changes before the weekend");
    assert_eq!(weekend.rule.start, "2026-01-02T16:00");
    assert_eq!(weekend.rule.rrule.as_deref(), Some("FREQ=WEEKLY;BYDAY=FR"));
    assert_eq!((weekend.rule.duration_minutes, weekend.rule.wall_clock), (480, true));
    assert_eq!(weekend.rule.exdates, ["2026-12-25T16:00", "2027-01-08T16:00"]);
    let moved = &weekend.rule.moved[0];
    assert_eq!((moved.from.as_str(), moved.to.as_str()), ("2026-12-18T16:00", "2026-12-17T15:00"));
    assert_eq!(moved.duration_minutes, None);
    assert!(
        weekend.note.starts_with("Keine Änderungen vor dem Wochenende; wer muss, fragt Rita.\n")
    );
    let year_end = named(&found, "Year end 🎄");
    assert!(year_end.all_day);
    assert_eq!(year_end.rule.zone, "Europe/Berlin");
    assert_eq!((year_end.rule.duration_minutes, year_end.rule.wall_clock), (14 * 1440, true));
    let quarter = named(&found, "End of the quarter");
    let spans =
        recurrence::expand(&quarter.rule, at("2026-01-01T00:00:00Z"), at("2029-01-01T00:00:00Z"));
    assert_eq!(spans.unwrap().len(), 8);
    assert_eq!((found.events.len(), found.skipped.len()), (3, 1));
    assert!(found.skipped[0].message.contains("hours repeat and vanish"), "{:?}", found.skipped);
    let text = include_str!("../../../../../tests/calendars/google.ics");
    let line = text.lines().nth(found.skipped[0].line - 1).unwrap();
    assert_eq!(line, "RRULE:FREQ=HOURLY;COUNT=3");
}

#[test]
fn an_outlook_calendar_comes_with_windows_names_and_zones_of_its_own() {
    let text = include_str!("../../../../../tests/calendars/outlook.ics");
    let found = read(text);
    let databases = named(&found, "Wartung der Datenbanken");
    assert_eq!(databases.rule.zone, "Europe/Berlin");
    assert_eq!(databases.rule.rrule.as_deref(), Some("FREQ=MONTHLY;BYDAY=2TU"));
    // A zone that only the file describes is the one whose clock agrees with it.
    assert_eq!(named(&found, "Patches of the east coast").rule.zone, "America/New_York");
    // Where none does, a single event is told in UTC, and a series is refused by its line.
    let once = named(&found, "Once on that clock");
    assert_eq!((once.rule.zone.as_str(), once.rule.start.as_str()), ("UTC", "2026-12-10T00:23"));
    assert!(named(&found, "Heiligabend").all_day);
    let told: Vec<_> = found.skipped.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("agrees with no zone"), "{told:?}");
    assert!(told[1].contains("Mitteleuropäische Zeit (Firma)"), "{told:?}");
    assert_eq!(
        found.refused.iter().map(String::as_str).collect::<Vec<_>>(),
        ["own-clock-weekly", "unknown-clock"]
    );
}

#[test]
fn an_apple_calendar_comes_with_added_dates_and_days_without_an_end() {
    let found = read(include_str!("../../../../../tests/calendars/apple.ics"));
    let free = named(&found, "Ines frei");
    assert_eq!((free.rule.duration_minutes, free.all_day), (1440, true));
    let school = named(&found, "Schule");
    assert_eq!(school.rule.rdates, ["2026-10-13T09:00", "2026-10-14T09:00"]);
    assert_eq!(school.rule.exdates, ["2026-10-19T09:00", "2026-11-02T09:00"]);
    let night = named(&found, "Nachtschicht");
    assert_eq!(night.rule.zone, "America/Argentina/Salta");
    assert_eq!((night.rule.duration_minutes, night.rule.wall_clock), (480, false));
    assert_eq!(found.skipped.len(), 1);
    assert!(found.skipped[0].message.contains("no end"), "{:?}", found.skipped);
    assert_eq!(found.refused.iter().map(String::as_str).collect::<Vec<_>>(), ["no-end"]);
}

#[test]
fn a_start_that_its_own_rule_does_not_name_is_one_all_the_same() {
    let rule =
        rule_of("DTSTART:20261124T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=2");
    assert_eq!(rule.rdates, ["2026-11-24T10:00"]);
    let found = recurrence::expand(&rule, at(NOW).minus(DAY), at("2027-11-24T12:00:00Z")).unwrap();
    assert_eq!(found.len(), 3);
}

#[test]
fn a_day_until_the_last_second_is_a_day() {
    let rule = rule_of("DTSTART:20261231T000000Z\nDTEND:20261231T235959Z");
    assert_eq!(rule.duration_minutes, 1440);
}

#[test]
fn what_cannot_be_kept_as_it_is_is_refused_at_its_line() {
    let start = "DTSTART;TZID=Europe/Berlin:20261201T100000\nDURATION:PT1H";
    let (line, why) = refused(&format!("{start}\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"));
    assert!(line == 7 && why.contains("second"), "{line} {why}");
    assert!(refused("DTSTART:20261201T100000Z").1.contains("no end"));
    // A day and two hours more, over a change of the clock, is neither one nor the other.
    let odd = "DTSTART;TZID=Europe/Berlin:20261201T010000\nDURATION:P1DT2H\nRRULE:FREQ=DAILY";
    assert!(refused(odd).1.contains("at other times"));
    let later = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n{start}\nRRULE:FREQ=DAILY\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\n\
         RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261203T100000\n{start}\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    let found = read(&later);
    assert!(found.events.is_empty() && found.skipped[0].message.contains("THISANDFUTURE"));
}

#[test]
fn what_is_no_calendar_or_was_cut_off_is_refused_as_a_whole() {
    for (text, word) in [
        ("", "There is no calendar"),
        ("hello", "There is no calendar"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20261201T100000Z", "no end"),
    ] {
        let error = entries(text.as_bytes(), "UTC", at(NOW)).unwrap_err();
        assert_eq!(error.location.as_deref(), Some("file"), "{text}");
        assert!(error.message.contains(word), "{text}: {error}");
    }
    assert!(entries(b"BEGIN:VCALENDAR\nEND:VCALENDAR", "UTC", at(NOW)).unwrap().whole);
}

#[test]
fn instances_without_their_series_stand_alone_and_events_without_a_uid_are_known_by_what_they_say()
{
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20261201T100000Z\nDTSTART:20261202T100000Z\n\
        DURATION:PT1H\nEND:VEVENT\nBEGIN:VEVENT\nDTSTAMP:20261101T000000Z\nSUMMARY:x\nDTSTART:20261202T100000Z\nDURATION:PT1H\n\
        END:VEVENT\nEND:VCALENDAR\n";
    let found = read(text);
    assert_eq!(found.events[0].uid, "a#2026-12-01T10:00:00");
    let again = read(&text.replace("20261101T000000Z", "20261109T000000Z"));
    assert_eq!(found.events[1].uid, again.events[1].uid);
}

#[test]
fn holidays_are_told_day_by_day_with_their_names() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x\nSUMMARY:Weihnachten\nDTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201227\n\
        RRULE:FREQ=YEARLY\nEND:VEVENT\nBEGIN:VEVENT\nUID:y\nSUMMARY:Party\nDTSTART:20261211T180000Z\nDURATION:PT4H\nEND:VEVENT\nEND:VCALENDAR\n";
    let found =
        holidays(text.as_bytes(), "Europe/Berlin", at(NOW), at("2028-01-01T12:00:00Z")).unwrap();
    assert_eq!(
        found.days,
        [
            "2026-12-25 Weihnachten",
            "2026-12-26 Weihnachten",
            "2027-12-25 Weihnachten",
            "2027-12-26 Weihnachten"
        ]
    );
    assert_eq!(found.skipped.len(), 1);
}

/// The occurrences of kept entries, and those of the file, within a time.
fn both(text: &str, from: &str, to: &str) -> (Vec<Span>, Vec<Span>, Entries) {
    let (from, to) = (at(from), at(to));
    let found = entries(text.as_bytes(), "UTC", from).unwrap();
    let mut ours = Vec::new();
    for event in &found.events {
        ours.extend(recurrence::expand(&event.rule, from, to).unwrap());
    }
    let refused = |uid: &str| found.refused.contains(uid);
    let expanded = ics::expand(text.as_bytes(), from, to, "UTC").unwrap();
    let theirs = expanded.occurrences.into_iter().filter(|one| !refused(&one.uid));
    let mut theirs: Vec<Span> = theirs.map(|one| Span::new(one.begins, one.ends)).collect();
    for spans in [&mut ours, &mut theirs] {
        spans.retain(|span| span.end > from.plus(Duration::from_secs(60)));
        spans.sort_unstable();
        spans.dedup();
    }
    (ours, theirs, found)
}

fn wrapped(case: &str) -> String {
    match case.contains("BEGIN:VCALENDAR") {
        true => case.to_owned(),
        false => format!("BEGIN:VCALENDAR\n{case}\nEND:VCALENDAR\n"),
    }
}

#[test]
fn entries_take_place_when_the_file_says_and_only_what_takes_no_time_or_splits_a_series_is_left() {
    let text = include_str!("../../../../../tests/calendars/expected.jsonl");
    let mut kept = 0;
    for (index, line) in text.lines().enumerate() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let given = |name: &str| case[name].as_str().unwrap();
        let calendar = wrapped(given("ics"));
        let (ours, theirs, found) = both(&calendar, given("from"), given("to"));
        assert_eq!(ours, theirs, "case {index}: {calendar}");
        kept += found.events.len();
        for one in &found.skipped {
            let known =
                ["takes no time", "THISANDFUTURE"].iter().any(|why| one.message.contains(why));
            assert!(known, "case {index}, line {}: {}", one.line, one.message);
        }
        // Written down and read back they are the same.
        let written: Vec<write::Written> = found
            .events
            .iter()
            .map(|event| write::Written {
                uid: event.uid.clone(),
                name: &event.name,
                note: &event.note,
                category: "freeze",
                rule: &event.rule,
                said: Vec::new(),
            })
            .collect();
        let (again, _) = write::write(&written, "Test", "UTC", at(given("from"))).unwrap();
        for line in again.split("\r\n") {
            assert!(line.len() <= 75, "{line}");
        }
        let (back, said, _) = both(&again, given("from"), given("to"));
        assert_eq!(back, said, "case {index}, written: {again}");
        assert_eq!(back, ours, "case {index}, written: {again}");
    }
    assert!(kept > 100, "{kept} kept");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever rule is kept here: other programs read it as it is, and it comes back as it was.
    #[test]
    fn what_is_written_down_is_read_back_to_the_same_times(
        hour in 0u8..24, minutes in 1u32..4000, wall_clock in any::<bool>(), day in 1u8..29,
        zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Asia/Kolkata",
            "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"]),
        text in prop::option::of(prop::sample::select(vec!["FREQ=DAILY;INTERVAL=3",
            "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=MONTHLY;BYDAY=-1SU;COUNT=5", "FREQ=DAILY;UNTIL=20260420",
            "FREQ=YEARLY;BYMONTH=3,10;BYDAY=SU", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260901T100000Z",
            "FREQ=MONTHLY;BYMONTHDAY=31"])),
        off in 0u16..200, to in 0u16..300, added in prop::option::of(0u16..300),
    ) {
        let days = |days: u16| jiff::Span::new().days(i32::from(days));
        let first = civil::date(2026, 2, day as i8).at(hour as i8, 30, 0, 0);
        let one = |days_on: u16| written(first.saturating_add(days(days_on)));
        let rule = Rule {
            start: written(first),
            zone: zone.into(),
            duration_minutes: minutes,
            wall_clock,
            rrule: text.map(Into::into),
            exdates: vec![one(off)[..10].to_owned(), one(off / 2)],
            rdates: added.map(one).into_iter().collect(),
            moved: vec![MovedInstance { from: one(off / 3), to: one(to), duration_minutes: Some(77) }],
        };
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2027-06-01T00:00:00Z"));
        let ours = recurrence::expand(&rule, from, until).unwrap();
        let entry = write::Written {
            uid: "x".into(), name: "Naïve; name, with \\ all\nof it", note: "", category: "lock",
            rule: &rule, said: vec![("PRODUCTS", vec!["a,b".into(), "c;d".into()])],
        };
        let (text, never) = write::write(&[entry], "Test", "UTC", at(NOW)).unwrap();
        if !never.is_empty() {
            prop_assert!(ours.is_empty());
            return Ok(());
        }
        let expanded = ics::expand(text.as_bytes(), from, until, "UTC").unwrap();
        prop_assert_eq!(&expanded.skipped, &[], "{}", text);
        let mut theirs: Vec<_> =
            expanded.occurrences.iter().map(|one| Span::new(one.begins, one.ends)).collect();
        theirs.sort_unstable();
        theirs.dedup();
        prop_assert_eq!(&ours, &theirs, "{}", text);
        let back = read(&text);
        if let Some(event) = back.events.first() {
            prop_assert_eq!(&event.name, "Naïve; name, with \\ all\nof it");
            prop_assert_eq!(&event.said["products"], &["a,b".to_owned(), "c;d".into()]);
            let again = recurrence::expand(&event.rule, from, until).unwrap();
            prop_assert_eq!(ours, again, "{}", text);
        } else {
            prop_assert_eq!(back.skipped.len(), 1, "{}", text);
        }
    }

    #[test]
    fn no_file_makes_it_panic(lines in prop::collection::vec(
        ("DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID|UID|STATUS|SUMMARY|X-HOTFIX-KIND",
         "20261201T100000Z?|20261201|P1DT2H|FREQ=DAILY;COUNT=3|\\PC{0,20}"), 0..8)) {
        let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261201T100000Z\n{}\nEND:VEVENT\nEND:VCALENDAR\n", lines.join("\n"));
        let _ = entries(text.as_bytes(), "Europe/Berlin", at(NOW));
        let _ = entries(lines.join("\n").as_bytes(), "Europe/Berlin", at(NOW));
    }
}
