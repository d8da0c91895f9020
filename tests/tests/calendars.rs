//! Calendars held against others: what the command line says of generated and of real ones is what
//! recurring_ical_events and python-dateutil say.
//!
//! Each run draws calendars of its own; what fails names its seed, and HOTFIX_SEED draws it again.

use hotfix_tests::{
    program::{self, hotfix, run},
    root,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, process::Command};

const DRAWN: &str = "60";

fn seed() -> u64 {
    match std::env::var("HOTFIX_SEED") {
        Ok(seed) => seed.parse().expect("HOTFIX_SEED is a number"),
        Err(_) => hotfix_core::clock::now().micros().unsigned_abs() / 1_000_000,
    }
}

/// The answers of others, a case each.
fn others(words: &[&str]) -> Vec<Value> {
    let packages = root().join("target/tools/python");
    assert!(packages.exists(), "run scripts/setup.sh --test first: {}", packages.display());
    let mut command = Command::new("python3");
    command.arg(root().join("tests/calendars/generate.py")).args(words);
    command.env("PYTHONPATH", packages).env("PYTHONWARNINGS", "ignore");
    let done = command.output().expect("python3 runs");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Our own answer, in the same order.
fn ours(file: &Path, case: &Value) -> Value {
    let mut command = Command::new(program::path());
    command.args(["--json", "calendar", "expand"]).arg(file);
    command.args(["--from", case["from"].as_str().unwrap(), "--to", case["to"].as_str().unwrap()]);
    let mut rows = run(&mut command, "").expect(0).lines();
    rows.sort_by_key(|row| ["start", "end", "uid"].map(|name| row[name].to_string()));
    json!(rows)
}

fn agree(words: &[&str], seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    for (index, case) in others(words).iter().enumerate() {
        let file = folder.path().join("case.ics");
        let text = case["ics"].as_str().unwrap();
        std::fs::write(&file, text).unwrap();
        let found = ours(&file, case);
        assert_eq!(found, case["expected"], "seed {seed}, case {index}, {words:?}:\n{text}");
    }
}

#[test]
fn generated_calendars_expand_as_recurring_ical_events_expands_them() {
    let seed = seed();
    agree(&[DRAWN, &seed.to_string()], seed);
}

#[test]
fn rules_expand_as_python_dateutil_expands_them_in_every_zone() {
    let seed = seed();
    agree(&["rules", DRAWN, &seed.to_string()], seed);
}

/// Without what one of the two cannot say: rules finer than daily, clocks that nobody knows.
const REAL: [(&str, &[&str]); 3] =
    [("google", &["hourly@google.com"]), ("outlook", &["unknown-clock"]), ("apple", &[])];

#[test]
fn calendars_of_google_outlook_and_apple_expand_as_recurring_ical_events_expands_them() {
    for (name, without) in REAL {
        let file = root().join(format!("tests/calendars/{name}.ics"));
        let mut words = vec!["file", file.to_str().unwrap()];
        words.extend(["2026-01-01T00:00:00Z", "2028-04-01T00:00:00Z"]);
        words.extend(without);
        let case = &others(&words)[0];
        assert!(case["expected"].as_array().is_some_and(|rows| rows.len() > 5), "{name}");
        assert_eq!(ours(&file, case), case["expected"], "{name}");
    }
}

#[test]
fn a_calendar_is_taken_in_once_written_out_and_taken_in_elsewhere_as_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = |name: &str| {
        let path = folder.path().join(name);
        hotfix(&path, ["init"]).expect(0);
        path
    };
    let (one, other) = (workspace("one.hotfix"), workspace("other.hotfix"));
    let file = root().join("tests/calendars/google.ics");
    let file = file.to_str().unwrap();
    let import = |path: &Path, file: &str, more: &[&str]| {
        let words = ["calendar", "import", file].into_iter().chain(more.iter().copied());
        hotfix(path, words).expect(0)
    };
    let counts = |answer: &Value| {
        ["added", "changed", "known", "retired"].map(|name| answer[name].as_u64().unwrap())
    };
    let tried = import(&one, file, &["--dry-run", "--environment", "production"]);
    assert_eq!(counts(&tried.json()), [3, 0, 0, 0]);
    let list = |path: &Path| {
        hotfix(path, ["call", "catalog_list", r#"{"kind":"calendar"}"#]).expect(0).json()
    };
    assert_eq!(list(&one), json!([]), "a trial keeps nothing");
    let made = import(&one, file, &["--environment", "production"]);
    assert_eq!(counts(&made.json()), [3, 0, 0, 0]);
    assert!(made.error()["where"].as_str().unwrap().starts_with("line "));
    assert!(made.error()["message"].as_str().unwrap().contains("hours repeat and vanish"));
    assert_eq!(counts(&import(&one, file, &[]).json()), [0, 0, 3, 0]);
    for row in list(&one).as_array().unwrap() {
        assert_eq!(row["object"]["environments"], json!(["production"]));
    }

    let out = folder.path().join("out.ics");
    hotfix(&one, ["calendar", "export", out.to_str().unwrap()]).expect(0);
    let out = out.to_str().unwrap();
    assert_eq!(hotfix(&one, ["calendar", "export", out]).expect(2).error()["where"], "path");
    assert_eq!(
        counts(&import(&one, out, &[]).json())[0],
        0,
        "its own entries come back as they are"
    );
    assert_eq!(counts(&import(&other, out, &["--kind", "lock"]).json()), [3, 0, 0, 0]);
    // What the file says of itself goes before what was asked for, and it takes place at the same times.
    for row in list(&other).as_array().unwrap() {
        assert_eq!(row["object"]["purpose"], "freeze");
        assert_eq!(row["object"]["environments"], json!(["production"]));
    }
    let text = std::fs::read_to_string(out).unwrap();
    let times = json!({ "from": "2026-01-01T00:00:00Z", "to": "2027-12-31T00:00:00Z" });
    let known = |rows: Value| -> Vec<(String, String)> {
        let rows = rows.as_array().unwrap().clone();
        let rows =
            rows.iter().filter(|row| row["uid"] != "hourly@google.com" && row["all_day"] == false);
        rows.map(|row| (row["start"].to_string(), row["end"].to_string())).collect()
    };
    let before = known(ours(Path::new(file), &times));
    let mut after = known(ours(Path::new(out), &times));
    // Days are written as what they are on the clock of the workspace.
    after.retain(|span| before.contains(span));
    assert_eq!(after, before, "{text}");
}

#[test]
fn holidays_of_a_file_are_added_to_business_hours_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.hotfix");
    hotfix(&path, ["init"]).expect(0);
    let day = json!([{ "open": "09:00", "close": "17:00" }]);
    let calendar = json!({ "object": {
        "kind": "business_calendar", "id": "berlin", "name": "Berlin",
        "hours": { "zone": "Europe/Berlin", "days": [day, day, day, day, day, [], []],
                   "holidays": ["12-24 Christmas Eve"] },
    } });
    hotfix(&path, ["call", "catalog_save", &calendar.to_string()]).expect(0);
    let file = folder.path().join("holidays.ics");
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Erster Mai\nDTSTART;VALUE=DATE:20200501\n\
        RRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n";
    std::fs::write(&file, text).unwrap();
    let words = ["calendar", "import", file.to_str().unwrap(), "--holidays-of", "Berlin"];
    let added = hotfix(&path, words).expect(0).json();
    assert_eq!(added["added"].as_array().unwrap().len(), 5, "{added}");
    assert_eq!(hotfix(&path, words).expect(0).json()["added"], json!([]));
    // A rubric that counts in it cannot be left without it.
    let rubric = hotfix(&path, ["call", "catalog_list", r#"{"kind":"business_calendar"}"#]);
    let holidays = &rubric.expect(0).json()[0]["object"]["hours"]["holidays"];
    assert_eq!(holidays.as_array().unwrap().len(), 6);
}

/// Calendars of others that we read otherwise on purpose, by what their name ends in: what is not
/// understood there is told with its line, and the rest is as they say.
const LEFT_OUT: [(&str, &str); 13] = [
    ("issue_1633_rdate_with_dates.ics", "periods between two days, which RFC 5545 does not have"),
    ("issue_1633_rdate_with_dates_and_tzid.ics", "the same"),
    ("issue_526_calendar_with_different_events.ics", "a zone that nobody knows or describes"),
    ("issue_526_calendar_with_event_subset.ics", "the same"),
    ("issue_526_calendar_with_events.ics", "the same"),
    ("issue_526_calendar_with_shuffeled_events.ics", "the same"),
    ("issue_722_missing_VTIMEZONE_custom.ics", "the same"),
    ("multiple_calendar_components.ics", "lines that were folded and then parted by empty ones"),
    ("end_before_start_event.ics", "an end before the start"),
    ("issue_128_only_first_event.ics", "a rule with COUNT and UNTIL"),
    ("issue_132_swapped_start_and_end.ics", "an end before the start"),
    ("issue_201_mixed_datetime_and_date.ics", "a start with a time and an end without"),
    ("issue_201_test_matrix.ics", "the same"),
];

/// What both understand, and take for something else.
const OTHERWISE: [(&str, &str); 1] =
    [("issue_75_range_parameter.ics", "UNTIL is a day, and counts in full")];

fn among(list: &[(&'static str, &str)], name: &str) -> Option<&'static str> {
    list.iter().map(|(ending, _)| *ending).find(|ending| name.ends_with(&format!("/{ending}")))
}

#[test]
fn what_others_sent_in_because_it_gave_trouble_expands_as_theirs_or_is_told_by_line() {
    let (from, to) = ("1990-01-01T00:00:00Z", "2031-01-01T00:00:00Z");
    let key = |row: &Value| ["start", "end", "uid"].map(|name| row[name].to_string());
    let (mut agreed, mut occurrences) = (0, 0);
    let mut wrong = Vec::new();
    let mut differ: BTreeSet<&str> =
        LEFT_OUT.iter().chain(&OTHERWISE).map(|(name, _)| *name).collect();
    for case in others(&["packages", from, to]) {
        let (file, name) = (case["file"].as_str().unwrap(), case["name"].as_str().unwrap());
        let mut command = Command::new(program::path());
        command.args(["--json", "calendar", "expand", file, "--from", from, "--to", to]);
        let answer = run(&mut command, "").expect(0);
        let mut ours = answer.lines();
        ours.sort_by_key(key);
        // Each thing that is left out is told with its line and a sentence.
        let told: Vec<Value> =
            answer.errors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for one in &told {
            let line = one["where"].as_str().and_then(|place| place.strip_prefix("line "));
            assert!(line.is_some_and(|line| line.parse::<u32>().is_ok()), "{name}: {one}");
            assert!(
                one["message"].as_str().is_some_and(|said| said.ends_with('.')),
                "{name}: {one}"
            );
        }
        let Some(theirs) = case["expected"].as_array() else {
            // They refuse all of it; here only what is wrong is left out.
            if ours.is_empty() && told.is_empty() {
                wrong.push(format!("{name}: nothing comes of it, and nothing is told"));
            }
            continue;
        };
        let mut theirs = theirs.clone();
        theirs.sort_by_key(key);
        if ours == theirs {
            (agreed, occurrences) = (agreed + 1, occurrences + ours.len());
        } else if let Some(known) = among(&LEFT_OUT, name) {
            differ.remove(known);
            let strange = ours.iter().find(|row| !theirs.contains(row));
            if told.is_empty() || strange.is_some() {
                wrong.push(format!("{name}: {strange:?}, told: {told:?}"));
            }
        } else if let Some(known) = among(&OTHERWISE, name) {
            differ.remove(known);
        } else {
            let missing: Vec<_> = theirs.iter().filter(|row| !ours.contains(row)).take(3).collect();
            let strange: Vec<_> = ours.iter().filter(|row| !theirs.contains(row)).take(3).collect();
            wrong
                .push(format!("{name}: missing {missing:?}, too many {strange:?}, told: {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(differ.is_empty(), "these agree by now: {differ:?}");
    println!("{agreed} calendars agree in {occurrences} occurrences");
    assert!(agreed >= 120 && occurrences > 5_000, "{agreed} calendars, {occurrences} occurrences");
}

#[test]
fn what_others_sent_in_is_imported_once_with_what_is_not_understood_by_line() {
    let ground = tempfile::tempdir().unwrap();
    let desk = hotfix_core::desk::Desk::create(
        &ground.path().join("a.hotfix"),
        "Calendars",
        hotfix_core::desk::Options::default(),
    )
    .unwrap();
    let import = |file: &str, dry_run: bool| {
        let request = json!({ "path": file, "dry_run": dry_run, "scope": { "purpose": "freeze" } });
        desk.call("calendar_import", request)
    };
    let (mut kept, mut over, mut skipped) = (0, 0, 0);
    for case in others(&["packages", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]) {
        let (file, name) = (case["file"].as_str().unwrap(), case["name"].as_str().unwrap());
        let count = |answer: &Value, word: &str| answer[word].as_u64().unwrap();
        let taken = match import(file, false) {
            Ok(taken) => taken,
            // A file that ends before its end is refused whole: what is missing cannot be told.
            Err(error) => {
                assert!(error.kind == hotfix_core::error::Kind::Invalid, "{name}: {error}");
                assert_eq!(error.location.as_deref(), Some("path"), "{name}: {error}");
                assert!(error.message.contains("has no end"), "{name}: {error}");
                continue;
            }
        };
        let lines = taken["skipped"].as_array().unwrap();
        assert!(lines.iter().all(|one| one["line"].as_u64() > Some(0)), "{name}: {lines:?}");
        let fresh = count(&taken, "added");
        assert!(
            fresh + count(&taken, "over") + count(&taken, "changed") + count(&taken, "known") > 0
                || !lines.is_empty(),
            "{name}: nothing came of it, and nothing is told: {taken}"
        );
        kept += fresh;
        over += count(&taken, "over");
        skipped += lines.len();
        let again = import(file, true).unwrap();
        assert_eq!(count(&again, "added"), 0, "{name}: {again}");
    }
    println!("{kept} entries kept, {over} over already, {skipped} places told");
    assert!(kept >= 20 && over >= 200, "{kept} kept, {over} over");
    assert_eq!(desk.call("audit_verify", json!({})).unwrap()["ok"], true);
}
