//! The oddities of real calendars, the answers of recurring_ical_events, and what always holds.

use super::*;
use proptest::prelude::*;
use serde_json::Value;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn year(text: &str) -> Expansion {
    expand(text.as_bytes(), at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), "UTC").unwrap()
}

/// `start/end` of each occurrence of one event.
fn event(lines: &str) -> Vec<String> {
    let found = year(&format!("BEGIN:VEVENT\nUID:a\n{lines}\nEND:VEVENT\n"));
    assert_eq!(found.skipped, []);
    told(&found)
}

fn told(found: &Expansion) -> Vec<String> {
    let rows = serde_json::to_value(&found.occurrences).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| text(&row["start"]) + "/" + &text(&row["end"])).collect()
}

/// The line and the sentence of what is left out of one event, which then has no occurrence.
fn refused(lines: &str) -> (usize, String) {
    let found = year(&format!("BEGIN:VEVENT\nUID:a\n{lines}\nEND:VEVENT\n"));
    assert_eq!(found.occurrences, [], "{lines}");
    assert_eq!(found.skipped.len(), 1, "{lines}: {:?}", found.skipped);
    (found.skipped[0].line, found.skipped[0].message.clone())
}

#[test]
fn the_answers_are_those_of_recurring_ical_events() {
    let text = include_str!("../../../../tests/calendars/expected.jsonl");
    for (index, line) in text.lines().enumerate() {
        let case: Value = serde_json::from_str(line).unwrap();
        let given = |name: &str| case[name].as_str().unwrap();
        let found = expand(given("ics").as_bytes(), at(given("from")), at(given("to")), "UTC");
        let found = found.unwrap();
        assert_eq!(found.skipped, [], "case {index}");
        let mut rows = serde_json::to_value(&found.occurrences).unwrap();
        let key = |row: &Value| ["start", "end", "uid"].map(|name| row[name].to_string());
        rows.as_array_mut().unwrap().sort_by_key(key);
        assert_eq!(rows, case["expected"], "case {index}: {}", given("ics"));
    }
}

#[test]
fn a_rule_with_characters_that_none_has_is_skipped_and_told() {
    let text = "BEGIN:VEVENT\nUID:a\nDTSTART:20260701T120000Z\nRRULE:FREQ=MONTHLY;BYDAY=-1S\u{fffd}\nEND:VEVENT\n";
    let found =
        expand(text.as_bytes(), at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), "UTC");
    let found = found.unwrap();
    assert_eq!(found.skipped.len(), 1);
    assert!(format!("{:?}", found.skipped).contains("ASCII"), "{:?}", found.skipped);
}

#[test]
fn a_duration_with_characters_that_none_has_is_skipped_and_told() {
    let text = "BEGIN:VEVENT\nUID:a\nDTSTART:20260701T120000Z\nDURATION:P2\u{fffd}\nEND:VEVENT\n";
    let found =
        expand(text.as_bytes(), at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), "UTC");
    assert_eq!(found.unwrap().skipped.len(), 1);
}

#[test]
fn a_night_ends_on_the_wall_clock_and_hours_of_a_duration_pass() {
    let night = "DTSTART;TZID=Europe/Berlin:20260328T220000\n";
    assert_eq!(
        event(&format!("{night}DTEND;TZID=Europe/Berlin:20260329T060000")),
        ["2026-03-28T21:00:00Z/2026-03-29T04:00:00Z"]
    );
    assert_eq!(
        event(&format!("{night}DURATION:PT8H")),
        ["2026-03-28T21:00:00Z/2026-03-29T05:00:00Z"]
    );
    assert_eq!(
        event(&format!("{night}DURATION:P1D")),
        ["2026-03-28T21:00:00Z/2026-03-29T20:00:00Z"]
    );
}

#[test]
fn in_the_gap_it_is_later_and_in_the_fold_the_first() {
    let gap =
        "DTSTART;TZID=Europe/Berlin:20260329T023000\nDTEND;TZID=Europe/Berlin:20260329T033000";
    assert_eq!(event(gap), ["2026-03-29T01:30:00Z/2026-03-29T02:30:00Z"]);
    let fold = "DTSTART;TZID=Europe/Berlin:20261025T023000";
    assert_eq!(event(fold), ["2026-10-25T00:30:00Z/2026-10-25T00:30:00Z"]);
}

#[test]
fn private_and_windows_names_lead_to_their_zones_and_unknown_ones_nowhere() {
    let noon = ["2026-07-01T10:00:00Z/2026-07-01T10:00:00Z"];
    for name in
        ["W. Europe Standard Time", "/mozilla.org/20050126_1/Europe/Berlin", "\"Europe/Berlin\""]
    {
        assert_eq!(event(&format!("DTSTART;TZID={name}:20260701T120000")), noon, "{name}");
    }
    let described = |body: &str| {
        format!(
            "BEGIN:VTIMEZONE\nTZID:Here\n{body}END:VTIMEZONE\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Here:20260701T120000\nEND:VEVENT\n"
        )
    };
    assert_eq!(told(&year(&described("X-LIC-LOCATION:Europe/Berlin\n"))), noon);
    let own = "BEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\n\
        TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\n";
    assert_eq!(told(&year(&described(own))), noon);
    let (line, message) = refused("DTSTART;TZID=Nowhere:20260701T120000");
    assert_eq!((line, message.contains("“Nowhere”")), (3, true));
}

#[test]
fn what_programs_write_and_should_not_is_read_as_it_is_meant() {
    // Calendar Labs: a property without a value, and a day that ends on itself.
    let day = "DTSTART:20260701\nDTEND:20260701\nRRULE:";
    assert_eq!(event(day), ["2026-07-01/2026-07-02"]);
    // Thunderbird: an end, and a duration of nothing.
    let both = "DTSTART:20260701T120000Z\nDTEND:20260701T130000Z\nDURATION:PT0S";
    assert_eq!(event(both), ["2026-07-01T12:00:00Z/2026-07-01T13:00:00Z"]);
    let (line, message) = refused(&both.replace("PT0S", "PT2H"));
    assert_eq!((line, message.contains("not both")), (5, true));
    // A zone whose only part begins on a day.
    let zone = "BEGIN:VTIMEZONE\nTZID:UTC+11\nBEGIN:STANDARD\nDTSTART;VALUE=DATE:20170101\n\
        TZOFFSETFROM:+1100\nTZOFFSETTO:+1100\nEND:STANDARD\nEND:VTIMEZONE\n\
        BEGIN:VEVENT\nUID:a\nDTSTART;TZID=UTC+11:20260701T230000\nEND:VEVENT\n";
    assert_eq!(told(&year(zone)), ["2026-07-01T12:00:00Z/2026-07-01T12:00:00Z"]);
}

#[test]
fn times_without_a_zone_are_those_of_the_calendars_own_and_days_are_days() {
    let text = |own: &str| {
        format!(
            "BEGIN:VCALENDAR\nX-WR-TIMEZONE:{own}\nBEGIN:VEVENT\nUID:a\nDTSTART:20260701T120000\n\
            END:VEVENT\nBEGIN:VEVENT\nUID:b\nDTSTART:20260701\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    for (own, noon) in [
        ("Europe/Brussels", "2026-07-01T10:00:00Z"),
        ("Romance Standard Time", "2026-07-01T10:00:00Z"),
        ("Nowhere", "2026-07-01T12:00:00Z"),
    ] {
        let found = told(&year(&text(own)));
        assert_eq!(found, ["2026-07-01/2026-07-02".to_owned(), format!("{noon}/{noon}")], "{own}");
    }
}

#[test]
fn a_change_that_a_later_edition_of_its_series_has_left_behind_is_gone() {
    let series = |sequence: u32, rule: &str| {
        let text = format!(
            "BEGIN:VEVENT\nUID:a\nSEQUENCE:1\nRECURRENCE-ID;VALUE=DATE:20260729\n{rule}\
            DTSTART:20260729\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nSEQUENCE:{sequence}\n\
            DTSTART:20260701\nRRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20260720\nEND:VEVENT\n"
        );
        told(&year(&text)).len()
    };
    assert_eq!(series(2, "RRULE:FREQ=WEEKLY\n"), 2);
    assert_eq!(series(1, "RRULE:FREQ=WEEKLY\n"), 3, "it is as new as the series");
    assert_eq!(series(2, ""), 3, "an instance alone stands for itself");
}

#[test]
fn what_is_not_understood_is_refused_at_its_line() {
    let start = "DTSTART:20260701T120000Z";
    for (lines, line, word) in [
        ("SUMMARY:nothing", 1, "no DTSTART"),
        ("DTSTART:tomorrow", 3, "neither a date nor a time"),
        (&format!("{start}\nRRULE:FREQ=HOURLY"), 4, "daily at most"),
        (&format!("{start}\nRRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z"), 4, "exclude"),
        (&format!("{start}\nEXRULE:FREQ=DAILY"), 4, "EXRULE"),
        (&format!("{start}\nDTEND:20260701T110000Z"), 4, "before the start"),
        (&format!("{start}\nDURATION:-PT1H"), 4, "negative"),
        (&format!("{start}\nDTEND;VALUE=DATE:20260702"), 4, "a day"),
        (&format!("{start}\n{start}"), 4, "twice"),
    ] {
        let (found, message) = refused(lines);
        assert_eq!(found, line, "{lines}: {message}");
        assert!(message.contains(word), "{lines}: {message}");
    }
}

#[test]
fn a_bad_value_among_several_is_left_out_alone() {
    let text =
        "BEGIN:VEVENT\nUID:a\nDTSTART:20260701T120000Z\nRDATE:20260702T120000Z,soon\nEND:VEVENT\n";
    let found = year(text);
    assert_eq!(found.occurrences.len(), 2);
    assert_eq!(found.skipped[0].line, 4);
}

#[test]
fn an_until_that_is_a_day_counts_in_full() {
    let day = "DTSTART:20260701T120000Z\nRRULE:FREQ=DAILY;UNTIL=20260703";
    assert_eq!(event(day).len(), 3);
}

#[test]
fn a_cancelled_later_part_ends_the_series_and_a_moved_one_moves_it() {
    let series = |change: &str| {
        let text = format!(
            "BEGIN:VEVENT\nUID:a\nDTSTART:20260701T120000Z\nRRULE:FREQ=DAILY;COUNT=4\nEND:VEVENT\n\
            BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260703T120000Z\n{change}\nEND:VEVENT\n"
        );
        told(&year(&text))
    };
    assert_eq!(series("DTSTART:20260703T120000Z\nSTATUS:CANCELLED").len(), 2);
    let moved = series("DTSTART:20260703T130000Z\nDURATION:PT1H");
    assert_eq!(moved[3], "2026-07-04T13:00:00Z/2026-07-04T14:00:00Z");
}

#[test]
fn floating_times_and_days_are_those_of_the_zone() {
    let text = "BEGIN:VEVENT\nUID:a\\,b\nDTSTART:20260701T120000\nEND:VEVENT\nBEGIN:VEVENT\nUID:c\nDTSTART;VALUE=DATE:20260701\nEND:VEVENT\n";
    let (from, to) = (at("2026-06-30T22:00:00Z"), at("2026-07-01T22:00:00Z"));
    let found = expand(text.as_bytes(), from, to, "Europe/Berlin").unwrap();
    assert_eq!(
        told(&found),
        ["2026-07-01/2026-07-02", "2026-07-01T10:00:00Z/2026-07-01T10:00:00Z"]
    );
    assert_eq!(found.occurrences[1].uid, "a,b");
    assert_eq!(expand(b"", from, to, "Mars").unwrap_err().location.as_deref(), Some("zone"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn two_halves_of_a_time_are_the_whole_and_all_overlap_it(case in 0usize..100, cut in 0u64..1000) {
        let text = include_str!("../../../../tests/calendars/expected.jsonl");
        let case: Value = serde_json::from_str(text.lines().nth(case).unwrap()).unwrap();
        let bytes = case["ics"].as_str().unwrap().as_bytes();
        let (from, to) = (at("2025-01-01T00:00:00Z"), at("2026-06-01T00:00:00Z"));
        let middle = from.plus(to.since(from) / 1000 * u32::try_from(cut).unwrap());
        let all = |from, to| expand(bytes, from, to, "Europe/Berlin").unwrap().occurrences;
        let mut whole = all(from, to);
        prop_assert!(whole.is_sorted());
        for one in &whole {
            prop_assert!(one.begins < to && from <= one.ends && one.begins <= one.ends);
        }
        let mut halves = [all(from, middle), all(middle, to)].concat();
        halves.sort();
        halves.dedup();
        whole.dedup();
        prop_assert_eq!(whole, halves);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..60),
        lines in prop::collection::vec(("DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID|TZID",
            "[0-9]{8}|[0-9]{8}T[0-9]{6}Z?|P[0-9]{1,9}[WD]|PT[0-9]{1,12}H|FREQ=DAILY;UNTIL=[0-9]{8}|\\PC{0,9}"), 0..6)) {
        let (from, to) = (at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"));
        let _ = expand(&bytes, from, to, "UTC");
        let body: String = lines.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let text = format!("BEGIN:VEVENT\nDTSTART:20260101T100000Z\n{body}END:VEVENT\nBEGIN:VEVENT\n{body}END:VEVENT\n");
        let _ = expand(text.as_bytes(), from, to, "Europe/Berlin");
    }
}
