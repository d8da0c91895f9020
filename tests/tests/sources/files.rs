//! A calendar kept in step from a file of this machine: what changes in it changes here, and whatever
//! becomes of the file, nothing is taken away that it does not take away itself.

use super::{
    Workspace,
    calendars::{counts, entries},
    call,
};
use hotfix_tests::{
    child::wait_for,
    program::{self, hotfix, run},
    root,
};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};
use std::{fs, path::PathBuf, process::Command, time::Duration};

fn google() -> String {
    fs::read_to_string(root().join("tests/calendars/google.ics")).unwrap()
}

/// Without the event that has this line.
fn without(text: &str, line: &str) -> String {
    let parts = text.split_inclusive("END:VEVENT\r\n");
    let parts = parts.map(|part| match part.split_once("BEGIN:VEVENT\r\n") {
        Some((before, event)) if event.contains(line) => before,
        _ => part,
    });
    parts.collect()
}

struct Kept {
    ground: Workspace,
    file: PathBuf,
}

impl Kept {
    fn new(text: &str) -> Self {
        let ground = Workspace::new();
        let file = ground.path.with_file_name("team.ics");
        fs::write(&file, text).unwrap();
        ground.save(source(file.to_str().unwrap()));
        Self { ground, file }
    }

    fn run(&self) -> [u64; 5] {
        counts(&self.ground.run("team"))
    }

    /// What is said of a file that cannot be read, while all that came from it stays.
    fn kept(&self, lasting: bool) -> String {
        let before = entries(&self.ground);
        let good = self.ground.row()["good_at"].clone();
        let (error, row) = self.ground.fail("team");
        assert_eq!(entries(&self.ground), before);
        assert_eq!((&row["lasting"], &row["good_at"]), (&json!(lasting), &good), "{error}");
        assert_eq!(row["entries"], json!(before.len()));
        assert_eq!(error.location.as_deref().unwrap_or("address"), "address");
        error.message
    }
}

fn source(address: &str) -> Value {
    json!({
        "kind": "source", "id": "team", "name": "Team calendar", "system": "ics",
        "address": address, "every_seconds": 5,
        "calendar": { "purpose": "freeze", "environments": ["production"] },
    })
}

#[test]
fn what_changes_in_a_file_changes_here_and_what_is_gone_goes() {
    let text = google();
    let kept = Kept::new(&text);
    let draft = source(kept.file.to_str().unwrap());
    let tried = call(&kept.ground.desk, "calendar_try", json!({ "draft": draft }));
    assert_eq!((&tried["added"], entries(&kept.ground).len()), (&json!(3), 0));
    assert_eq!(kept.run(), [3, 0, 0, 0, 1]);
    let skipped = &kept.ground.row()["skipped"][0];
    assert!(skipped["message"].as_str().unwrap().contains("hours repeat and vanish"), "{skipped}");
    assert!(skipped["line"].as_u64().unwrap() > 1);
    assert_eq!(kept.run(), [0; 5], "it is as it was");
    fs::write(&kept.file, &text).unwrap();
    assert_eq!(kept.run(), [0; 5], "written again with the same bytes");
    kept.ground.forget();
    assert_eq!(kept.run(), [0, 0, 0, 3, 1], "read again, it is known");

    let longer = text.replace("DTEND;VALUE=DATE:20270104", "DTEND;VALUE=DATE:20270111");
    fs::write(&kept.file, &longer).unwrap();
    assert_eq!(kept.run(), [0, 1, 0, 2, 1]);
    let find = |name: &str| entries(&kept.ground).into_iter().find(|one| one["name"] == name);
    assert_eq!(find("Year end 🎄").unwrap()["rule"]["duration_minutes"], 21 * 1440);
    // As editors and `mv` put a new file in its place.
    let aside = kept.file.with_extension("new");
    fs::write(&aside, without(&longer, "SUMMARY:End of the quarter")).unwrap();
    fs::rename(&aside, &kept.file).unwrap();
    assert_eq!(kept.run(), [0, 0, 1, 2, 1]);
    assert!(find("End of the quarter").is_none() && find("Year end 🎄").is_some());
    for title in ["Prices are wrong", "Nothing can be paid"] {
        call(&kept.ground.desk, "issue_log", json!({ "text": { "title": title } }));
    }
    kept.ground.whole();
}

#[test]
fn whatever_becomes_of_the_file_what_came_from_it_stays() {
    let text = google();
    let kept = Kept::new(&text);
    assert_eq!(kept.run(), [3, 0, 0, 0, 1]);
    let path = kept.file.display().to_string();

    fs::remove_file(&kept.file).unwrap();
    let gone = kept.kept(false);
    assert!(gone.starts_with(&format!("There is no file {path} on this machine (")), "{gone}");
    fs::create_dir(&kept.file).unwrap();
    assert_eq!(kept.kept(true), format!("{path} is a folder, not a file."));
    fs::remove_dir(&kept.file).unwrap();
    mknodat(CWD, &kept.file, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(kept.kept(true), format!("{path} is a pipe, not a file."));
    fs::remove_file(&kept.file).unwrap();
    fs::File::create(&kept.file).unwrap().set_len((16 << 20) + 1).unwrap();
    assert_eq!(kept.kept(true), format!("{path} is larger than 16 MiB."));
    fs::write(&kept.file, "").unwrap();
    assert_eq!(kept.kept(false), format!("{path} is empty."));
    fs::write(&kept.file, &text[..text.len() / 2]).unwrap();
    assert!(kept.kept(false).starts_with(&format!("{path} was cut off")));
    fs::write(&kept.file, "<html>Please sign in</html>").unwrap();
    assert!(kept.kept(true).contains("no BEGIN:VCALENDAR"));
    // An event that has no end takes nothing away, and is told with its line.
    let ids = || entries(&kept.ground).iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    let before = ids();
    fs::write(&kept.file, text.replacen("END:VEVENT\r\n", "", 1)).unwrap();
    assert_eq!(kept.run()[2], 0);
    assert!(before.iter().all(|id| ids().contains(id)), "{before:?} {:?}", ids());
    let skipped = &kept.ground.row()["skipped"];
    assert!(skipped[0]["line"].as_u64().unwrap() > 1, "{skipped}");

    fs::write(&kept.file, &text).unwrap();
    assert_eq!(kept.run()[4], 1);
    assert_eq!(ids(), before);
    assert!(kept.ground.row()["error"].is_null(), "whole again, nothing is wrong any more");
}

#[test]
fn a_workspace_that_is_opened_on_another_machine_says_so_and_loses_nothing() {
    let kept = Kept::new(&google());
    assert_eq!(kept.run(), [3, 0, 0, 0, 1]);
    let Kept { ground, file } = kept;
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("a.hotfix");
    call(&ground.desk, "backup", json!({ "path": copy.to_str().unwrap() }));
    fs::rename(&file, file.with_extension("there")).unwrap();
    let failed = run(
        Command::new(program::path())
            .arg("--json")
            .arg("-W")
            .arg(&copy)
            .args(["source", "run", "team"])
            .env("HOSTNAME", "mara-laptop"),
        "",
    );
    let error = failed.error();
    let said = error["message"].as_str().unwrap();
    assert!(said.contains(file.to_str().unwrap()) && said.contains("(mara-laptop)"), "{said}");
    assert!(error["hint"].as_str().unwrap().contains("stays as it is"), "{error}");
    let list = hotfix(&copy, ["source", "list"]).expect(0).lines();
    assert_eq!(list[0]["entries"], json!(3), "{list:?}");
    assert!(list[0]["good_at"].is_string() && list[0]["error"]["message"] == said, "{list:?}");
    let mut table = Command::new(program::path());
    let table = run(table.arg("-W").arg(&copy).args(["source", "list"]), "").expect(0).out;
    assert!(table.contains("3 entries, 1 not understood"), "{table}");
    assert!(table.contains("; as it was read at 20"), "{table}");
}

#[test]
fn the_engine_looks_at_a_file_by_itself_also_after_it_was_gone() {
    let text = google();
    let kept = Kept::new(&text);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let _engine = kept.ground.desk.start_engine(runtime.handle()).unwrap();
    let patience = Duration::from_secs(60);
    let wait = |what: &str, holds: &dyn Fn() -> bool| {
        wait_for(what, patience, || holds().then_some(()));
    };
    wait("the entries", &|| entries(&kept.ground).len() == 3);
    fs::remove_file(&kept.file).unwrap();
    wait("that it is told", &|| {
        kept.ground.row()["error"]["message"].as_str().is_some_and(|said| said.contains("no file"))
    });
    // More than once in a row, and yet it is looked at as often as before.
    wait("a second time", &|| kept.ground.row()["failures"].as_u64() >= Some(3));
    assert_eq!(entries(&kept.ground).len(), 3);
    fs::write(&kept.file, without(&text, "SUMMARY:End of the quarter")).unwrap();
    wait("the change", &|| entries(&kept.ground).len() == 2);
    // How the reading went is noted after what it brought.
    wait("that nothing is wrong any more", &|| kept.ground.row()["error"].is_null());
}

#[test]
fn a_rota_in_a_file_is_kept_in_step_from_the_command_line() {
    let ground = Workspace::new();
    let folder = ground.path.parent().unwrap();
    fs::create_dir(folder.join("our team")).unwrap();
    let file = folder.join("our team/rota.ics");
    let rota = root().join("tests/calendars/duty/pagerduty.ics");
    let text = fs::read_to_string(rota).unwrap();
    fs::write(&file, &text).unwrap();
    for (id, name) in [("mara", "Mara Kovac"), ("tom", "Tom Reed")] {
        let person = json!({
            "kind": "person", "id": id, "name": name, "roles": ["support"], "zone": "UTC",
            "mail": format!("{}@example.org", name.to_lowercase().replace(' ', ".")),
        });
        ground.save(person);
    }
    // Typed from where it lies: kept as its whole path.
    let mut add = Command::new(program::path());
    add.current_dir(folder.join("our team")).arg("--json").arg("-W").arg(&ground.path);
    add.args(["source", "add", "ics", "--name", "Rota", "--address", "rota.ics"]);
    run(add.args(["--kind", "duty", "--every", "30"]), "").expect(0);
    let saved = hotfix(&ground.path, ["source", "list"]).expect(0).lines()[0].clone();
    assert_eq!(saved["source"]["address"], file.to_str().unwrap());
    let tried = hotfix(&ground.path, ["source", "try", "Rota"]).expect(0).json();
    assert_eq!((&tried["added"], &tried["skipped"][0]["line"]), (&json!(2), &json!(25)));
    let ran = hotfix(&ground.path, ["source", "run", "Rota"]).expect(0).json();
    assert_eq!(counts(&ran), [2, 0, 0, 0, 1]);
    let who = |at: &str| {
        let view = call(&ground.desk, "calendar_duty", json!({ "at": at }));
        view["rows"][0]["now"][0]["person"].as_str().map(str::to_owned)
    };
    assert_eq!(who("2031-01-07T00:00:00Z").as_deref(), Some("mara"));
    let (from, to) = ("mailto:mara.kovac@example.org", "mailto:tom.reed@example.org");
    fs::write(&file, text.replace(from, to)).unwrap();
    assert_eq!(counts(&hotfix(&ground.path, ["source", "run", "Rota"]).expect(0).json())[1], 1);
    assert_eq!(who("2031-01-07T00:00:00Z").as_deref(), Some("tom"));
}

#[test]
fn a_path_that_is_no_whole_path_is_refused_at_the_address() {
    let ground = Workspace::new();
    for address in ["team.ics", "./team.ics", "file://server/team.ics", ""] {
        let object = source(address);
        let error = ground.desk.call("catalog_save", json!({ "object": object })).unwrap_err();
        assert_eq!(error.location.as_deref(), Some("address"), "{address}");
        assert!(error.hint.unwrap().contains("/home/me/holidays.ics"));
    }
    // Saved on a machine of another kind, and told where it is read.
    ground.save(source("C:\\Users\\me\\team.ics"));
    let (error, row) = ground.fail("team");
    assert!(error.message.contains("no path of a machine such as this one"), "{error}");
    assert_eq!(row["lasting"], true);
}

#[test]
fn a_file_that_is_imported_once_is_refused_in_the_same_words() {
    let ground = Workspace::new();
    let pipe = ground.path.with_file_name("pipe");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let import = json!({ "path": pipe.to_str().unwrap(), "scope": { "purpose": "freeze" } });
    let error = ground.desk.call("calendar_import", import).unwrap_err();
    assert!(error.message.ends_with("is a pipe, not a file."), "{error}");
    assert_eq!(error.location.as_deref(), Some("path"));
    // A shell's pipe is read by the terminal itself.
    let file = root().join("tests/calendars/google.ics");
    let line = format!(
        "'{}' --json -W '{}' calendar import <(cat '{}')",
        program::path().display(),
        ground.path.display(),
        file.display()
    );
    let done = run(Command::new("bash").args(["-c", &line]), "").expect(0).json();
    assert_eq!(done["added"], 3);
}
