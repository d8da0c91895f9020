//! Deployments published to a real CalDAV server (Radicale): what is planned stands there, moves and is
//! called off with the plan; what others put there is not touched; nothing is lost when it is away.

use hotfix_core::{
    clock::{Instant, now},
    desk::Desk,
};
use hotfix_tests::{
    child::wait_for,
    counter::{Behaviour, Counter},
    ground::{Ground, PLANNED, call, open},
    program::{self, hotfix, run},
    servers::radicale::{Event, PASSWORD, Radicale},
};
use serde_json::{Value, json};
use std::{path::PathBuf, process::Command, time::Duration};

const MARK: &str = "0a1b2c3d4e5f";

struct Stage {
    _ground: Ground,
    _service: Counter,
    path: PathBuf,
    desk: Desk,
    radicale: Radicale,
}

impl Stage {
    /// DEP-1 is planned into staging, and Radicale is up.
    fn new() -> Self {
        let ground = Ground::make();
        let service = Counter::start(Behaviour::default());
        let path = ground.copy("published", &service);
        let desk = open(&path);
        let stage =
            Self { _ground: ground, _service: service, path, desk, radicale: Radicale::start() };
        stage.save(json!({}));
        stage.give(PASSWORD);
        stage
    }

    fn draft(&self, with: Value) -> Value {
        let mut object = json!({
            "kind": "published_calendar", "id": "team", "name": "Team calendar",
            "address": self.radicale.url(), "user": "rita", "mark": MARK,
        });
        for (name, value) in with.as_object().unwrap() {
            object[name] = value.clone();
        }
        object
    }

    fn save(&self, with: Value) {
        call(&self.desk, "catalog_save", json!({ "object": self.draft(with) }));
    }

    fn give(&self, password: &str) {
        let request = json!({
            "mark": MARK, "address": self.radicale.url(), "value": password, "session": true,
        });
        call(&self.desk, "calendar_password_set", request);
    }

    /// Added, changed, removed, as they should be.
    fn publish(&self) -> [u64; 4] {
        let outcome = call(&self.desk, "calendar_publish", json!({}))[0].clone();
        assert_eq!(outcome["error"], Value::Null);
        counts(&outcome["run"])
    }

    fn refused(&self) -> String {
        let outcome = call(&self.desk, "calendar_publish", json!({}))[0].clone();
        assert_eq!(self.row()["error"], outcome["error"]);
        outcome["error"]["message"].as_str().expect("it is refused").to_owned()
    }

    fn row(&self) -> Value {
        call(&self.desk, "calendar_published", json!({}))[0].clone()
    }

    fn event(&self) -> Event {
        self.radicale.event(&name()).expect("it is published")
    }

    fn window(&self, hours: u64) -> (Instant, Instant) {
        let start = now().plus(Duration::from_secs(hours * 3600));
        (start, start.plus(Duration::from_secs(7200)))
    }

    fn move_to(&self, hours: u64, minutes: u32) -> Instant {
        let (start, end) = self.window(hours);
        let expected = json!({
            "duration_minutes": minutes, "disruption": "degraded", "on_duty": ["dana"],
        });
        let request = json!({
            "key": PLANNED, "starts_at": start, "window_ends_at": end, "expected": expected,
        });
        call(&self.desk, "deploy_move", request);
        start
    }
}

fn name() -> String {
    format!("hotfix-{MARK}-{PLANNED}.ics")
}

fn counts(run: &Value) -> [u64; 4] {
    ["added", "changed", "removed", "kept"].map(|name| run[name].as_u64().unwrap())
}

fn stamp(at: Instant) -> String {
    at.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn birthday() -> String {
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X//Y//EN\r\nBEGIN:VEVENT\r\nUID:birthday\r\nDTSTAMP:20261101T000000Z\r\n\
     DTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:Birthday\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        .into()
}

#[test]
fn what_is_planned_stands_there_moves_is_called_off_and_comes_back_when_deleted_there() {
    let stage = Stage::new();
    stage.radicale.put("birthday.ics", &birthday());
    let before = stage.radicale.text("birthday.ics");
    let rehearsed = call(&stage.desk, "calendar_publish", json!({ "dry_run": true }));
    assert_eq!(counts(&rehearsed[0]["run"]), [1, 0, 0, 0]);
    assert_eq!(stage.radicale.names(), ["birthday.ics"], "nothing was done");

    assert_eq!(stage.publish(), [1, 0, 0, 0]);
    let event = stage.event();
    assert_eq!(event["UID"], format!("{PLANNED}.{MARK}@hotfix-desk"));
    assert_eq!(event["SUMMARY"], "HF-1 r1 → Shop staging");
    assert_eq!((event["LOCATION"].as_str(), event["STATUS"].as_str()), ("staging", "CONFIRMED"));
    assert!(event["DESCRIPTION"].starts_with("Checkout answers 500\\nState: planned and approved"));
    assert_eq!(stage.publish(), [0, 0, 0, 1], "nothing new");
    let sequence: u64 = event["SEQUENCE"].parse().unwrap();

    let start = stage.move_to(30, 40);
    assert_eq!(stage.publish(), [0, 1, 0, 0]);
    let event = stage.event();
    assert_eq!(event["DTSTART"], stamp(start));
    assert_eq!(event["DTEND"], stamp(start.plus(Duration::from_secs(2400))));
    assert!(event["SEQUENCE"].parse::<u64>().unwrap() > sequence);
    assert!(event["DESCRIPTION"].contains("On duty: Dana Novak\\nDisruption: degraded"));
    assert_eq!(stage.radicale.names(), ["birthday.ics".to_owned(), name()], "it is the same one");

    // Deleted there, and changed there.
    stage.radicale.delete(&name());
    assert_eq!(stage.publish(), [1, 0, 0, 0]);
    let by_hand = stage.radicale.text(&name()).replace("SUMMARY:HF-1", "SUMMARY:Lunch, not HF-1");
    stage.radicale.put(&name(), &by_hand);
    assert_eq!(stage.publish(), [0, 1, 0, 0]);
    assert_eq!(stage.event()["SUMMARY"], "HF-1 r1 → Shop staging");

    // Approval is wanted all of a sudden.
    let policy = json!({
        "kind": "policy", "id": "quick", "name": "Quick", "approvals": 1,
        "approver_roles": ["owner"], "approval_hours": 24, "monitoring_minutes": 0,
        "tell_before": false, "override_roles": ["owner"],
    });
    call(&stage.desk, "catalog_save", json!({ "object": policy }));
    assert_eq!(stage.publish(), [0, 1, 0, 0]);
    assert_eq!(stage.event()["STATUS"], "TENTATIVE");

    call(&stage.desk, "deploy_call_off", json!({ "key": PLANNED, "reason": "Not needed" }));
    assert_eq!(stage.publish(), [0, 1, 0, 0]);
    assert_eq!(stage.event()["STATUS"], "CANCELLED");
    assert_eq!(stage.publish(), [0, 0, 0, 1]);
    assert_eq!(stage.row()["events"], 1);
    assert_eq!(stage.radicale.text("birthday.ics"), before, "others' are as they were");
}

#[test]
fn what_leaves_the_scope_goes_and_what_was_published_is_taken_away_on_request() {
    let stage = Stage::new();
    stage.radicale.put("birthday.ics", &birthday());
    assert_eq!(stage.publish(), [1, 0, 0, 0]);
    stage.save(json!({ "production_only": true }));
    assert_eq!(stage.publish(), [0, 0, 1, 0]);
    assert_eq!(stage.radicale.names(), ["birthday.ics"]);
    stage.save(json!({ "environments": ["staging"] }));
    assert_eq!(stage.publish(), [1, 0, 0, 0]);

    let refused = stage.desk.call("calendar_take_away", json!({ "calendar": "team" })).unwrap_err();
    assert!(refused.hint.unwrap().contains("Pause it first"));
    stage.save(json!({ "paused": true }));
    assert_eq!(call(&stage.desk, "calendar_publish", json!({})), json!([]), "it is off");
    let taken = call(&stage.desk, "calendar_take_away", json!({ "calendar": "team" }));
    assert_eq!(counts(&taken), [0, 0, 1, 0]);
    assert_eq!(stage.radicale.names(), ["birthday.ics"]);
    assert_eq!(stage.row()["events"], 0);
}

#[test]
fn trying_it_says_what_it_is_and_what_is_wrong_before_anything_is_saved() {
    let stage = Stage::new();
    let try_out = |with: Value| {
        stage.desk.call("calendar_publish_try", json!({ "draft": stage.draft(with) }))
    };
    let found = try_out(json!({ "id": "new" })).unwrap();
    assert_eq!((&found["name"], &found["may_write"]), (&json!("Team releases"), &json!(true)));
    assert_eq!(counts(&found["would"]), [1, 0, 0, 0]);
    assert!(stage.radicale.names().is_empty(), "nothing was done");
    for (path, words) in
        [("people/", "not a calendar"), ("", "not a calendar"), ("nowhere/", "nothing at")]
    {
        let refused = try_out(json!({ "address": stage.radicale.place(path) })).unwrap_err();
        let message = refused.message.replace("a folder at this address, and ", "");
        assert!(message.contains(words), "{path}: {refused}");
    }
    stage.give("wrong");
    let refused = try_out(json!({})).unwrap_err();
    assert!(refused.message.contains("does not accept this user with this password"), "{refused}");
    let open = try_out(json!({ "address": "http://dav.example.com/cal/" })).unwrap_err();
    assert!(open.message.contains("Without https://"), "{open}");
    let unsafe_one =
        json!({ "object": stage.draft(json!({ "address": "http://dav.example.com/" })) });
    let refused = stage.desk.call("catalog_save", unsafe_one).unwrap_err();
    assert!(refused.message.contains("https://"), "{refused}");
}

#[test]
fn a_wrong_password_and_a_server_that_is_away_are_told_and_nothing_is_lost() {
    let mut stage = Stage::new();
    assert_eq!(stage.publish(), [1, 0, 0, 0]);
    let good_at = stage.row()["good_at"].clone();
    stage.give("wrong");
    assert!(stage.refused().contains("password (401)"));
    assert_eq!((&stage.row()["lasting"], &stage.row()["good_at"]), (&json!(true), &good_at));
    let waits = || {
        let items = call(&stage.desk, "waiting", json!({}));
        let of = |one: &&Value| one["kind"] == "published" && one["key"] == "team";
        items.as_array().unwrap().iter().filter(of).count()
    };
    assert_eq!(waits(), 1, "it waits for whoever looks after the settings");
    stage.give(PASSWORD);
    let start = stage.move_to(40, 30);
    stage.radicale.down();
    assert!(stage.refused().contains("could not be reached"));
    assert_eq!(stage.row()["lasting"], false);
    stage.radicale.up();
    assert_eq!(stage.publish(), [0, 1, 0, 0], "it catches up");
    assert_eq!(stage.event()["DTSTART"], stamp(start));
    assert_eq!(stage.row()["error"], Value::Null);
    assert_eq!(waits(), 0);
    // Nothing of it stands in the journal but the calendar itself, and no password anywhere.
    drop(stage.desk);
    let bytes = std::fs::read(&stage.path).unwrap();
    let password = PASSWORD.as_bytes();
    assert!(!bytes.windows(password.len()).any(|part| part == password));
}

#[test]
fn the_engine_publishes_by_itself_what_changes_within_seconds() {
    let stage = Stage::new();
    // So that it does not start meanwhile.
    stage.move_to(20, 30);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = stage.desk.start_engine(runtime.handle()).unwrap();
    let patience = Duration::from_secs(30);
    wait_for("the event", patience, || stage.radicale.event(&name()));
    let start = stamp(stage.move_to(60, 30));
    wait_for("the move", patience, || (stage.event()["DTSTART"] == start).then_some(()));
    stage.save(json!({ "products": ["shop"], "production_only": true }));
    wait_for("the removal", patience, || stage.radicale.names().is_empty().then_some(()));
    engine.stop();
}

#[test]
fn the_terminal_publishes_and_says_what_it_did() {
    let stage = Stage::new();
    let words = ["calendar", "publish", "Team calendar", "--dry-run"];
    // The other program's session has no password, and a test has no keychain.
    let lacks = hotfix(&stage.path, words).expect(3).error();
    assert!(!lacks["message"].as_str().unwrap().contains(PASSWORD), "{lacks}");
    let unknown = hotfix(&stage.path, ["calendar", "publish", "Nobody"]).expect(2).error();
    assert!(unknown["message"].as_str().unwrap().contains("Nobody"));

    let server = stage.radicale.url();
    let server = server.trim_start_matches("http://").split('/').next().unwrap();
    let credentials = tempfile::tempdir().unwrap();
    std::fs::write(credentials.path().join(format!("publish+{MARK}.{server}")), PASSWORD).unwrap();
    let publish = |words: &[&str]| {
        let mut command = Command::new(program::path());
        command.env("CREDENTIALS_DIRECTORY", credentials.path());
        command.arg("-W").arg(&stage.path).args(["calendar", "publish"]).args(words);
        run(&mut command, "").expect(0)
    };
    let would = publish(&["Team calendar", "--dry-run", "--json"]).json();
    assert_eq!((counts(&would["run"]), &would["error"]), ([1, 0, 0, 0], &Value::Null));
    assert!(stage.radicale.names().is_empty());
    let out = publish(&[]).out;
    assert!(out.starts_with("added      DEP-1    HF-1 r1 → Shop staging\n"), "{out}");
    assert!(
        out.ends_with("Team calendar: 1 added, 0 changed, 0 removed; 0 as they should be.\n"),
        "{out}"
    );
    assert_eq!(stage.event()["LOCATION"], "staging");
}
