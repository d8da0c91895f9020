//! Who is on duty, from a terminal: a rota made, taken in from what other programs write, and handed over.
//!
//! The files imitate what PagerDuty ("On Call - NAME - SCHEDULE", with an ATTENDEE), Opsgenie (an address or
//! a name as the title), Grafana OnCall ("[L1] NAME", weekly rules) and Google Calendar (guests, and one
//! instance of a series with another guest) publish.

use hotfix_tests::{
    program::{self, hotfix, run},
    root,
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Mara, who sits here, and Tom.
fn workspace(folder: &Path) -> PathBuf {
    let path = folder.join("duty.hotfix");
    hotfix(&path, ["init"]).expect(0);
    for (id, name) in [("mara", "Mara Kovac"), ("tom", "Tom Reed")] {
        let mail = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let person = json!({ "object": {
            "kind": "person", "id": id, "name": name, "mail": mail, "roles": ["owner"],
            "zone": "UTC",
        } });
        hotfix(&path, ["call", "catalog_save", &person.to_string()]).expect(0);
    }
    hotfix(&path, ["call", "profile_choose", r#"{"person":"mara"}"#]).expect(0);
    path
}

fn import(path: &Path, name: &str, more: &[&str]) -> Value {
    let file = root().join(format!("tests/calendars/duty/{name}.ics"));
    let words = ["calendar", "import", file.to_str().unwrap(), "--kind", "duty"];
    hotfix(path, words.into_iter().chain(more.iter().copied())).expect(0).json()
}

fn who(path: &Path, at: &str) -> Vec<String> {
    let ended = hotfix(path, ["calendar", "duty", "--at", at]);
    let view = ended.json();
    let rows = view["rows"].as_array().unwrap().clone();
    let all = rows.iter().flat_map(|row| row["now"].as_array().unwrap());
    let people: Vec<String> = all.map(|one| one["person"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ended.code, i32::from(people.is_empty()));
    people
}

/// Whose each event became, and how that was found out; `line message` of what is nobody's.
fn told(taken: &Value) -> (Vec<String>, Vec<String>) {
    let events = taken["events"].as_array().unwrap().iter().map(|event| {
        format!(
            "{} by {}",
            event["people"][0].as_str().unwrap(),
            event["matched"].as_str().unwrap()
        )
    });
    let skipped = taken["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["line"], one["message"].as_str().unwrap()));
    (events.collect(), skipped.collect())
}

#[test]
fn what_pagerduty_publishes_is_matched_by_mail_then_by_name_and_never_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let tried = import(&path, "pagerduty", &["--dry-run"]);
    let (events, skipped) = told(&tried);
    assert_eq!(events, ["mara by mail", "tom by name"]);
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].starts_with("25 ") && skipped[0].contains("pat@example.org"), "{skipped:?}");
    assert_eq!(who(&path, "2031-01-08T00:00:00Z"), Vec::<String>::new(), "a trial keeps nothing");
    import(&path, "pagerduty", &[]);
    assert_eq!(who(&path, "2031-01-08T00:00:00Z"), ["mara"]);
    assert_eq!(who(&path, "2031-01-13T08:00:00Z"), ["tom"]);
    assert_eq!(who(&path, "2031-01-20T08:00:00Z"), Vec::<String>::new());
    let again = import(&path, "pagerduty", &[]);
    assert_eq!((&again["added"], &again["known"]), (&json!(0), &json!(2)));
}

#[test]
fn what_opsgenie_and_grafana_publish_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let (events, skipped) = told(&import(&path, "opsgenie", &[]));
    assert_eq!(events, ["mara by mail", "tom by name"]);
    assert!(skipped[0].contains("Mara Kovac and Tom Reed"), "{skipped:?}");
    let (events, skipped) = told(&import(&path, "grafana-oncall", &[]));
    assert_eq!((events, skipped.len()), (vec!["mara by name".into(), "tom by name".into()], 0));
    assert_eq!(who(&path, "2031-03-17T08:00:00Z"), ["mara"]);
    assert_eq!(who(&path, "2031-03-24T07:59:59Z"), ["mara"]);
    assert_eq!(who(&path, "2031-03-24T08:00:00Z"), ["tom"]);
}

#[test]
fn an_instance_with_another_guest_is_somebody_elses_shift_here_and_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let (events, skipped) = told(&import(&path, "google", &[]));
    assert_eq!(events, ["mara by mail", "tom by mail", "tom by mail"]);
    assert_eq!(skipped, Vec::<String>::new());
    assert_eq!(who(&path, "2031-04-03T10:00:00Z"), ["mara"]);
    assert_eq!(who(&path, "2031-04-05T10:00:00Z"), ["tom"], "she has declined");
    assert_eq!(who(&path, "2031-04-07T10:00:00Z"), ["mara"]);
    // Written out and taken in elsewhere, it is the same.
    let out = folder.path().join("out.ics");
    hotfix(&path, ["calendar", "export", out.to_str().unwrap(), "--kind", "duty"]).expect(0);
    std::fs::create_dir(folder.path().join("other")).unwrap();
    let other = workspace(&folder.path().join("other"));
    hotfix(&other, ["calendar", "import", out.to_str().unwrap()]).expect(0);
    for at in ["2031-04-03T10:00:00Z", "2031-04-05T10:00:00Z", "2031-04-06T10:00:00Z"] {
        assert_eq!(who(&other, at), who(&path, at), "{at}");
    }
}

#[test]
fn a_shift_that_is_given_to_somebody_unknown_is_nobodys_until_they_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let shift = |mail: &str| {
        let file = folder.path().join("shift.ics");
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Shift\nDTSTART:20310106T080000Z\n\
             DTEND:20310107T080000Z\nATTENDEE:mailto:{mail}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        std::fs::write(&file, text).unwrap();
        let words = ["calendar", "import", file.to_str().unwrap(), "--kind", "duty"];
        hotfix(&path, words).expect(0).json()
    };
    shift("mara.kovac@example.org");
    assert_eq!(who(&path, "2031-01-06T12:00:00Z"), ["mara"]);
    let changed = shift("tom.reed@example.org");
    assert_eq!(changed["changed"], 1);
    assert_eq!(who(&path, "2031-01-06T12:00:00Z"), ["tom"]);
    let gone = shift("new@example.org");
    assert_eq!((&gone["retired"], gone["skipped"].as_array().unwrap().len()), (&json!(1), 1));
    assert_eq!(who(&path, "2031-01-06T12:00:00Z"), Vec::<String>::new());
    shift("mara.kovac@example.org");
    assert_eq!(who(&path, "2031-01-06T12:00:00Z"), ["mara"]);
}

#[test]
fn a_rota_is_made_taken_over_and_handed_over_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let rota = ["calendar", "rota", "--name", "Shop", "--people", "mara,tom", "--zone", "UTC"];
    let rota = [&rota[..], &["--start", "2026-01-05T09:00", "--days", "1"]].concat();
    let tried = hotfix(&path, [&rota[..], &["--dry-run"]].concat()).expect(0).lines();
    assert_eq!(tried.len(), 6);
    let nobody = hotfix(&path, ["calendar", "duty"]).expect(1).json();
    assert_eq!(nobody["rows"][0]["has_rota"], false);
    hotfix(&path, &rota).expect(0);
    let view = hotfix(&path, ["calendar", "duty"]).expect(0).json();
    let row = &view["rows"][0];
    let now = row["now"][0]["person"].as_str().unwrap().to_owned();
    let next = row["next"][0]["person"].as_str().unwrap().to_owned();
    assert_ne!(now, next);
    assert_eq!(row["now"][0]["until"], row["next"][0]["from"]);
    assert_eq!((&row["all_gaps"], &row["clashes"]), (&json!(0), &json!([])));
    let said =
        run(Command::new(program::path()).arg("-W").arg(&path).args(["calendar", "duty"]), "");
    assert!(said.out.contains("until") && said.out.contains("next: "), "{said:?}");

    // Tom takes the 6th of January 2031 from Mara, whose day it is (or the other way round).
    let day = "2031-01-06T12:00:00Z";
    let before = who(&path, day);
    let other = if before == ["mara"] { "tom" } else { "mara" };
    let take = ["calendar", "take", "--person", other, "--from", "2031-01-06T10:00:00Z"];
    let take = [&take[..], &["--to", "2031-01-06T14:00:00Z"]].concat();
    let taken = hotfix(&path, &take).expect(0).json();
    assert_eq!(who(&path, day), [other]);
    assert_eq!(who(&path, "2031-01-06T14:00:00Z"), before);
    assert!(taken["key"].as_str().unwrap().starts_with(other));

    let hand = ["calendar", "handover", "--to", "tom", "--text", "Слежу за HF-3. 请留意。"];
    let made = hotfix(&path, hand).expect(0).json();
    assert_eq!(made["key"], "HO-1");
    let hand = ["calendar", "handover", "--to", "mara", "--text", "x"];
    assert_eq!(hotfix(&path, hand).expect(2).error()["where"], "to");
    let notes = hotfix(&path, ["calendar", "handovers"]).expect(0).lines();
    assert_eq!(notes[0]["read_at"], Value::Null);
    assert_eq!(notes[0]["excerpt"], "Слежу за HF-3. 请留意。");
    // It is for Tom, so Mara cannot say that it is read.
    hotfix(&path, ["calendar", "handover", "--read", "HO-1"]).expect(1);
    assert_eq!(hotfix(&path, ["calendar", "handovers", "--waiting"]).expect(0).lines().len(), 0);
    hotfix(&path, ["call", "profile_choose", r#"{"person":"tom"}"#]).expect(0);
    assert_eq!(hotfix(&path, ["calendar", "handovers", "--waiting"]).expect(0).lines().len(), 1);
    hotfix(&path, ["calendar", "handover", "--read", "HO-1"]).expect(0);
    assert_eq!(hotfix(&path, ["calendar", "handovers", "--waiting"]).expect(0).lines().len(), 0);
    let notes = hotfix(&path, ["calendar", "handovers"]).expect(0).lines();
    assert!(notes[0]["read_at"].is_string());

    // Tom asks to be forgotten: the note loses his name, and the views follow.
    let note = ["calendar", "handover", "--to", "mara", "--text", "Ask Tom Reed about the phone."];
    hotfix(&path, note).expect(0);
    let erase = json!({ "person": "tom", "reason": "He asked for it." }).to_string();
    hotfix(&path, ["call", "person_erase", &erase]).expect(0);
    let notes = hotfix(&path, ["calendar", "handovers"]).expect(0);
    assert!(!notes.out.contains("Tom Reed"), "{notes:?}");
    let entries = hotfix(&path, ["call", "catalog_list", r#"{"kind":"calendar"}"#]).expect(0);
    assert!(!entries.out.contains("Tom Reed"), "{entries:?}");
    hotfix(&path, ["audit", "verify"]).expect(0);
    hotfix(&path, ["rebuild"]).expect(0);
    assert!(!hotfix(&path, ["calendar", "handovers"]).expect(0).out.contains("Tom Reed"));
}
