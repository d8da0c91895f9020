//! A calendar kept in step from a web server: what changes there changes here, what is gone goes, and
//! nothing is asked for twice.

use super::{Workspace, call};
use hotfix_tests::{
    child::{Child, dies_with_us, free_port, wait_for},
    http::Http,
    root,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;

/// A web server of a folder, which answers 304 where nothing has changed since.
struct Published {
    folder: TempDir,
    _child: Child,
    url: String,
    /// Files change by the second there.
    now: SystemTime,
}

impl Published {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut command = dies_with_us("python3");
        command.args(["-m", "http.server", "--bind", "127.0.0.1", &port.to_string()]);
        command.arg("--directory").arg(folder.path().join("web"));
        fs::create_dir(folder.path().join("web")).unwrap();
        let child = Child::start("web", &mut command, folder.path(), false);
        let url = format!("http://127.0.0.1:{port}/team.ics");
        let now =
            UNIX_EPOCH + Duration::from_micros(hotfix_core::clock::now().micros().unsigned_abs());
        let mut published = Self { folder, _child: child, url, now };
        published.publish("waiting");
        let http = Http::new(Duration::from_secs(10));
        wait_for("the web server", Duration::from_secs(30), || {
            http.get(&published.url).ok().filter(|answer| answer.status == 200)
        });
        published
    }

    fn publish(&mut self, text: &str) {
        let path: PathBuf = self.folder.path().join("web/team.ics");
        fs::write(&path, text).unwrap();
        self.now += Duration::from_secs(10);
        fs::File::options().write(true).open(&path).unwrap().set_modified(self.now).unwrap();
    }
}

fn source(url: &str) -> Value {
    json!({
        "kind": "source", "id": "team", "name": "Team calendar", "system": "ics", "address": url,
        "every_seconds": 900,
        "calendar": { "purpose": "freeze", "environments": ["production"] },
    })
}

pub(super) fn counts(ran: &Value) -> [u64; 5] {
    ["added", "changed", "retired", "known", "skipped"].map(|name| ran[name].as_u64().unwrap())
}

pub(super) fn entries(ground: &Workspace) -> Vec<Value> {
    let rows = call(&ground.desk, "catalog_list", json!({ "kind": "calendar" }));
    rows.as_array().unwrap().iter().map(|row| row["object"].clone()).collect()
}

#[test]
fn what_changes_in_a_published_calendar_changes_here_and_what_is_gone_goes() {
    let mut web = Published::start();
    let text = fs::read_to_string(root().join("tests/calendars/google.ics")).unwrap();
    web.publish(&text);
    let ground = Workspace::with(source(&web.url));
    let tried = call(&ground.desk, "calendar_try", json!({ "draft": source(&web.url) }));
    assert_eq!((&tried["added"], entries(&ground).len()), (&json!(3), 0), "trying keeps nothing");

    assert_eq!(counts(&ground.run("team")), [3, 0, 0, 0, 1]);
    let row = ground.row();
    assert_eq!((&row["entries"], row["error"].is_null()), (&json!(3), true));
    assert!(row["skipped"][0]["message"].as_str().unwrap().contains("hours repeat and vanish"));
    assert_eq!(counts(&ground.run("team")), [0; 5], "304: it is as it was");
    ground.forget();
    assert_eq!(counts(&ground.run("team")), [0, 0, 0, 3, 1], "read again, it is known");

    // Changed here: the name stays as long as nothing else is said there.
    let mut mine = entries(&ground).into_iter().find(|one| one["name"] == "Year end 🎄").unwrap();
    mine["environments"] = json!(["staging"]);
    call(&ground.desk, "catalog_save", json!({ "object": mine }));
    let later = text.replace("DTEND;VALUE=DATE:20270104", "DTEND;VALUE=DATE:20270111");
    web.publish(&later);
    assert_eq!(counts(&ground.run("team")), [0, 1, 0, 2, 1]);
    let moved = entries(&ground).into_iter().find(|one| one["name"] == "Year end 🎄").unwrap();
    assert_eq!(moved["rule"]["duration_minutes"], 21 * 1440);
    assert_eq!(moved["environments"], json!(["staging"]), "where it applies is this side's to say");

    // What is no calendar, and what was cut off, takes nothing away.
    web.publish("<html>Please sign in</html>");
    let (error, row) = ground.fail("team");
    assert!(row["lasting"] == true && error.message.contains("VCALENDAR"), "{error}");
    web.publish(&text[..text.len() / 2]);
    assert_eq!(ground.fail("team").1["lasting"], false);
    assert_eq!(entries(&ground).len(), 3);

    let (start, end) = ("BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20260331", "END:VEVENT\r\n");
    let from = text.find(start).unwrap();
    let to = from + text[from..].find(end).unwrap() + end.len();
    web.publish(&format!("{}{}", &text[..from], &text[to..]));
    assert_eq!(counts(&ground.run("team"))[2], 1);
    assert!(entries(&ground).iter().all(|one| one["name"] != "End of the quarter"));
    assert!(ground.row()["error"].is_null());
    assert_eq!(ground.total(), 0, "a calendar makes no issues");
    for title in ["Prices are wrong", "Nothing can be paid"] {
        call(&ground.desk, "issue_log", json!({ "text": { "title": title } }));
    }
    ground.whole();
}

#[test]
fn a_source_adopts_what_came_by_file_and_leaves_alone_what_was_made_here() {
    let mut web = Published::start();
    let ics = root().join("tests/calendars/google.ics");
    let text = fs::read_to_string(&ics).unwrap();
    web.publish(&text);
    let ground = Workspace::with(source(&web.url));
    let import = json!({
        "path": ics.to_str().unwrap(), "dry_run": false,
        "scope": { "purpose": "freeze", "environments": ["production"] },
    });
    assert_eq!(call(&ground.desk, "calendar_import", import)["added"], 3);
    assert_eq!(counts(&ground.run("team")), [0, 3, 0, 0, 1], "from now on it is kept in step");
    let (start, end) = ("BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20260331", "END:VEVENT\r\n");
    let from = text.find(start).unwrap();
    let to = from + text[from..].find(end).unwrap() + end.len();
    web.publish(&format!("{}{}", &text[..from], &text[to..]));
    assert_eq!(counts(&ground.run("team"))[2], 1, "what is gone there goes here");
    // A file that lacks the end of an event takes nothing away.
    web.publish(&text.replacen("END:VEVENT\r\n", "", 1));
    assert_eq!(counts(&ground.run("team"))[2], 0);

    // Our own calendar, published and subscribed to: what is made here stays what it is here.
    let mine = json!({
        "kind": "calendar", "id": "mine", "name": "Stocktaking", "purpose": "freeze",
        "rule": { "start": "2027-01-04T08:00", "zone": "UTC", "duration_minutes": 60 },
    });
    call(&ground.desk, "catalog_save", json!({ "object": mine }));
    let out = ground.path.with_file_name("out.ics");
    let wish = json!({ "path": out.to_str().unwrap(), "purposes": [], "product": null });
    call(&ground.desk, "calendar_export", wish);
    let ours = fs::read_to_string(&out).unwrap();
    web.publish(&ours.replace("20270104T080000", "20270104T100000"));
    ground.run("team");
    let kept = entries(&ground).into_iter().find(|one| one["id"] == "mine").unwrap();
    assert_eq!(kept["rule"]["start"], "2027-01-04T08:00");
}

#[test]
fn a_rota_at_an_address_is_kept_in_step_with_whose_shift_each_is() {
    let mut web = Published::start();
    let ics = root().join("tests/calendars/duty/pagerduty.ics");
    let text = fs::read_to_string(ics).unwrap();
    web.publish(&text);
    let mut rota = source(&web.url);
    rota["calendar"] = json!({ "purpose": "duty" });
    let ground = Workspace::with(rota);
    for (id, name) in [("mara", "Mara Kovac"), ("tom", "Tom Reed")] {
        let person = json!({
            "kind": "person", "id": id, "name": name, "roles": ["support"], "zone": "UTC",
            "mail": format!("{}@example.org", name.to_lowercase().replace(' ', ".")),
        });
        call(&ground.desk, "catalog_save", json!({ "object": person }));
    }
    let who = |at: &str| {
        let view = call(&ground.desk, "calendar_duty", json!({ "at": at }));
        view["rows"][0]["now"][0]["person"].as_str().map(str::to_owned)
    };
    assert_eq!(counts(&ground.run("team")), [2, 0, 0, 0, 1]);
    let skipped = &ground.row()["skipped"][0];
    assert!(skipped["message"].as_str().unwrap().contains("pat@example.org"), "{skipped}");
    assert_eq!(who("2031-01-07T00:00:00Z").as_deref(), Some("mara"));
    // Mara's week goes to Tom there, and so here; Tom's week is gone.
    let (from, to) = ("mailto:mara.kovac@example.org", "mailto:tom.reed@example.org");
    let (start, end) = (text.find("BEGIN:VEVENT").unwrap(), "END:VEVENT\r\n");
    let first = start + text[start..].find(end).unwrap() + end.len();
    let second = first + text[first..].find(end).unwrap() + end.len();
    web.publish(&format!("{}{}", text[..first].replace(from, to), &text[second..]));
    assert_eq!(counts(&ground.run("team")), [0, 1, 1, 0, 1]);
    assert_eq!(who("2031-01-07T00:00:00Z").as_deref(), Some("tom"));
    assert_eq!(who("2031-01-14T00:00:00Z"), None);
    // Whoever was unknown is found once they are known and the calendar is read again.
    let person = json!({
        "kind": "person", "id": "pat", "name": "Pat", "roles": ["support"], "zone": "UTC",
        "mail": "PAT@example.org",
    });
    call(&ground.desk, "catalog_save", json!({ "object": person }));
    ground.forget();
    assert_eq!(counts(&ground.run("team")), [1, 0, 0, 1, 0]);
    assert_eq!(who("2031-01-21T00:00:00Z").as_deref(), Some("pat"));
}

#[test]
fn a_calendar_without_its_people_or_with_a_false_address_is_refused_at_the_field() {
    let ground = Workspace::new();
    let refused = |object: Value| {
        let error = ground.desk.call("catalog_save", json!({ "object": object })).unwrap_err();
        error.location.unwrap()
    };
    let mut absences = source("https://calendar.example.com/away.ics");
    absences["calendar"] = json!({ "purpose": "absence" });
    assert_eq!(refused(absences), "calendar.people");
    assert_eq!(refused(source("calendar.example.com")), "address");
}
