//! The contract of the command line: exit codes, shapes of answers, errors that a program can read.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{
    counter::{Behaviour, Counter},
    ground::{Ground, PLANNED},
    program::{self, Ended, hotfix, run},
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn new(folder: &Path) -> PathBuf {
    let path = folder.join("a.hotfix");
    drop(Desk::create(&path, "Words", Options::default()).unwrap());
    path
}

fn has(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(value.get(field).is_some(), "{field} is missing in {value}");
    }
}

#[test]
fn init_makes_a_workspace_once_and_an_issue_is_shown_exactly_as_it_was_entered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.hotfix");
    hotfix(&path, ["init"]).expect(0);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(hotfix(&path, ["init"]).expect(2).error()["where"], "path");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let title = "Zahlung „hängt“ 💥 <b>&amp;</b> \u{202e}x";
    let description = "  line one\r\n\n\ttab, trailing  \n<script>alert(1)</script>\n";
    let attached = folder.path().join("schreenshot ü.txt");
    std::fs::write(&attached, "attached").unwrap();
    let mut command = Command::new(program::path());
    command.arg("--json").arg("-W").arg(&path).args(["issue", "log", "--title", title]);
    command.args(["--description", "-", "--reporter", "Ann O'Neil <ann@example.org>"]);
    command.args(["--component", "Check out", "--version", "4.8", "--environment", "production"]);
    command.args(["--affected", "12", "--at", "2026-03-29T01:30:00Z", "--attach"]).arg(&attached);
    let made = run(&mut command, description).expect(0).json();
    assert_eq!(made, json!({ "key": "ISS-1" }));

    let shown = hotfix(&path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!(shown["text"]["title"], title);
    assert_eq!(shown["text"]["description"], description);
    let reporter = json!({ "name": "Ann O'Neil", "reach": "ann@example.org" });
    assert_eq!(shown["text"]["reporter"], reporter);
    assert_eq!(shown["component"], "Check out");
    assert_eq!(shown["product_version"], "4.8");
    assert_eq!(shown["environment"], "production");
    assert_eq!(shown["affected"], 12);
    assert_eq!(shown["attachments"][0]["name"], "schreenshot ü.txt");
    assert!(shown["reported_at"].as_str().unwrap().starts_with("2026-03-29T01:30:00"), "{shown}");

    let listed = hotfix(&path, ["issue", "list"]).expect(0).lines();
    has(&listed[0], &["key", "title", "state", "priority"]);
    let found = hotfix(&path, ["search", "zahlung"]).expect(0).lines();
    has(&found[0], &["key", "kind", "title", "snippet"]);
    let similar = hotfix(&path, ["issue", "similar", "--title", "Zahlung hängt"]).expect(0).lines();
    has(&similar[0], &["key", "score", "why"]);
    let triage = ["issue", "triage", "ISS-1", "--impact-users", "high", "--urgency", "high"];
    has(&hotfix(&path, triage).expect(0).json(), &["priority"]);
}

#[test]
fn the_same_seed_gives_the_same_sample() {
    let folder = tempfile::tempdir().unwrap();
    let content = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        let words = ["sample", "--issues", "40", "--seed", seed, "--out", out.to_str().unwrap()];
        run(Command::new(program::path()).arg("--json").args(words), "").expect(0);
        assert_eq!(hotfix(&out, ["audit", "verify"]).expect(0).json()["ok"], true);
        let issues = hotfix(&out, ["issue", "list", "--all", "--limit", "1000"]).expect(0).lines();
        let fixes = hotfix(&out, ["fix", "list", "--all"]).expect(0).lines();
        let told = |row: &Value| {
            json!([row["key"], row["title"], row["state"], row["priority"], row["phase"]])
        };
        issues.iter().chain(&fixes).map(told).collect::<Vec<_>>()
    };
    let one = content("one", "7");
    assert!(one.len() > 40);
    assert_eq!(one, content("two", "7"));
    assert_ne!(one, content("three", "8"));
}

#[test]
fn wrong_use_is_2_and_refused_by_a_rule_is_1_each_with_an_error_that_a_program_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let refused = |code: i32, words: &[&str]| -> Value {
        let ended: Ended = hotfix(&path, words).expect(code);
        assert_eq!(ended.out, "", "{words:?}");
        ended.error()
    };
    for words in [
        &["issue", "show", "ISS-99"][..],
        &["fix", "show", "HF-99"],
        &["fix", "blockers", "HF-99"],
        &["deploy", "start", "HF-99", "--environment", "staging"],
        &["deploy", "follow"],
        &["deploy", "follow", "DEP-99"],
        &["report", "HF-99", "--out", "/nowhere/report.md"],
        &["issue", "log", "--title", " "],
        &["issue", "log", "--title", "x", "--affected", "many"],
        &["issue", "log", "--title", "x", "--at", "yesterday"],
        &["issue", "log", "--title", "x", "--attach", "/nowhere/at/all"],
        &["issue", "triage", "ISS-1", "--urgency", "high"],
        &["issue", "triage", "ISS-1", "--impact", "huge", "--urgency", "high"],
        &["issue", "nothing"],
        &["--flag-of-tomorrow", "issue", "list"],
        &["call", "no_such_name"],
        &["call", "issue_log", "{"],
        &["call", "issue_log", "{\"affected\":\"many\"}"],
        &["calendar", "free", "--environment", "moon", "--minutes", "30"],
        &["endpoint", "add", "no-such-recipe", "--name", "N"],
        &["endpoint", "try", "nobody"],
        &["fix", "package", "verify", "/nowhere/package"],
        &["--as", "nobody", "issue", "list"],
        &["monitor", "stop", "HF-99", "--reason", "x"],
        &["message", "retry", "MSG-99"],
    ] {
        let error = refused(2, words);
        assert_eq!(error["kind"], "invalid", "{words:?}: {error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
    let none = Path::new("/nowhere/none.hotfix");
    assert_eq!(hotfix(none, ["issue", "list"]).expect(2).error()["where"], "path");
    let unnamed = run(Command::new(program::path()).args(["--json", "issue", "list"]), "");
    assert!(unnamed.expect(2).error()["hint"].as_str().unwrap().contains("--workspace"));

    hotfix(&path, ["issue", "log", "--title", "Once"]).expect(0);
    hotfix(&path, ["fix", "new", "--issues", "ISS-1", "--title", "Fix"]).expect(1);
    let engine = refused(1, &["call", "run_finish", "{\"key\":\"DEP-1\"}"]);
    assert_eq!(engine["kind"], "denied");
    let words = ["issue", "reopen", "ISS-1", "--reason", "It is open already"];
    assert_eq!(refused(1, &words)["kind"], "denied");
    let help = run(Command::new(program::path()).args(["--json", "--help"]), "").expect(0);
    assert!(help.out.contains("Usage"));
}

#[test]
fn the_schema_and_call_reach_every_command_and_query() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let all = run(Command::new(program::path()).args(["--json", "schema"]), "").expect(0).json();
    let names: Vec<_> = all["entries"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert!(names.contains(&&json!("issue_log")) && !names.contains(&&json!("step_end")));
    let made = hotfix(&path, ["call", "issue_log", "{\"text\":{\"title\":\"By name\"}}"]);
    assert_eq!(made.expect(0).json()["key"], "ISS-1");
}

#[test]
fn blockers_are_1_until_nothing_is_in_the_way_and_a_failed_run_is_1_and_an_unknown_one_3() {
    let fails = Behaviour { fails: Some(".t1.start"), ..Behaviour::default() };
    for (name, behaviour, code, state) in
        [("good", Behaviour::default(), 0, "validating"), ("failed", fails, 1, "deploying")]
    {
        let service = Counter::start(behaviour);
        let ground = Ground::make();
        let path = ground.copy(name, &service);
        let start = ["deploy", "start", "HF-1", "--environment", "staging"];
        assert_eq!(hotfix(&path, start).expect(0).json()["key"], PLANNED);
        // What has started cannot be started again.
        assert_eq!(hotfix(&path, start).expect(1).error()["kind"], "denied");
        let _agent = program::agent(&path, "agent");
        let followed = hotfix(&path, ["deploy", "follow", "HF-1"]).expect(code).lines();
        assert_eq!(followed.last().unwrap()["state"], state);
        if code == 1 {
            let decide = ["deploy", "decide", "HF-1", "stop"];
            hotfix(&path, decide).expect(0);
            let followed = hotfix(&path, ["deploy", "follow", PLANNED]).expect(1).lines();
            assert_eq!(followed.last().unwrap()["state"], "failed");
        } else {
            let back = ["deploy", "rollback", "HF-1", "--reason", "Seen to be wrong"];
            hotfix(&path, back).expect(0);
            let followed = hotfix(&path, ["deploy", "follow", PLANNED]).expect(1).lines();
            assert_eq!(followed.last().unwrap()["state"], "rolled_back");
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let product = json!({ "object": {
        "kind": "product", "id": "shop", "name": "Shop", "components": [], "versions": [],
        "branches": [], "repository": "", "environments": [{
            "id": "staging", "name": "staging", "production": false, "soak_minutes": 0,
            "targets": [], "probes": [],
        }],
    } })
    .to_string();
    hotfix(&path, ["call", "catalog_save", &product]).expect(0);
    hotfix(&path, ["issue", "log", "--title", "Broken", "--product", "shop"]).expect(0);
    let triage = ["issue", "triage", "ISS-1", "--impact", "high", "--urgency", "low"];
    hotfix(&path, triage).expect(0);
    hotfix(&path, ["fix", "new", "--issues", "ISS-1"]).expect(0);
    let blockers = hotfix(&path, ["fix", "blockers", "HF-1"]).expect(1).lines();
    assert!(blockers.len() > 3);
    blockers.iter().for_each(|one| has(one, &["code", "message", "who", "remedy"]));
    let free = ["calendar", "free", "--environment", "staging", "--minutes", "30", "--count", "2"];
    let slots = hotfix(&path, free).expect(0).lines();
    assert_eq!(slots.len(), 2);
    has(&slots[0], &["start", "end"]);
    // A run that nobody can tell about is in `crash.rs`; its exit code is told by the same verb.
}

#[test]
fn what_is_deployed_is_proven_from_a_terminal_and_what_failed_is_suggested_again() {
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = ground.copy("validate", &service);
    let _agent = program::agent(&path, "agent");
    let deploy = || {
        let start = ["deploy", "start", "HF-1", "--environment", "staging"];
        hotfix(&path, start).expect(0);
        hotfix(&path, ["deploy", "follow", "HF-1"]).expect(0);
    };
    let validate = |words: &[&str]| hotfix(&path, ["fix", "validate"].iter().chain(words));
    deploy();
    assert_eq!(validate(&["suggest", "HF-1"]).expect(0).lines(), [Value::Null; 0]);
    let add = ["add", "HF-1", "Refunds work", "--kind", "regression", "--expected", "A receipt"];
    let check = validate(&add).expect(0).json()["check"].as_str().unwrap().to_owned();
    assert_eq!(validate(&add).expect(2).error()["where"], "text", "it is there already");
    let listed = validate(&["list", "HF-1"]).expect(0).lines();
    assert_eq!((&listed[0]["kind"], &listed[0]["state"]), (&json!("regression"), &json!("open")));
    assert_eq!(validate(&["finish", "HF-1"]).expect(1).error()["kind"], "denied");
    let untold = validate(&["check", "HF-1", &check, "failed"]).expect(2).error();
    assert_eq!(untold["where"], "evidence.text");
    let file = path.with_extension("txt");
    std::fs::write(&file, "what the till printed").unwrap();
    let told = ["--text", "No receipt", "--attach", file.to_str().unwrap()];
    validate(&[["check", "HF-1", &check, "failed"], told].concat()).expect(0);
    validate(&["fail", "HF-1", "--reason", "Refunds print nothing"]).expect(0);

    // The next attempt does not have it by itself; it is offered.
    let now = hotfix_core::clock::now().to_string();
    let plan = ["fix", "schedule", "HF-1", "--environment", "staging", "--from", &now];
    hotfix(&path, plan).expect(0);
    deploy();
    let offered = validate(&["suggest", "HF-1"]).expect(0).lines();
    assert_eq!(offered.len(), 1, "{offered:?}");
    has(&offered[0], &["kind", "text", "expected", "times", "deployment", "hotfix", "components"]);
    assert_eq!((&offered[0]["text"], &offered[0]["times"]), (&json!("Refunds work"), &json!(1)));
    assert_eq!(offered[0]["components"], json!(["Checkout"]), "it touches the same");
    validate(&add).expect(0);
    assert_eq!(validate(&["suggest", "HF-1"]).expect(0).lines(), [Value::Null; 0]);
    validate(&["check", "HF-1", "added.1", "passed"]).expect(0);
    let word = ["--name", "Ann Petrov", "--source", "call", "--text", "It is fine"];
    validate(&[&["sign-off", "HF-1"][..], &word].concat()).expect(0);
    validate(&["finish", "HF-1"]).expect(0);
    let shown = hotfix(&path, ["deploy", "list", "--json"]).out;
    assert!(shown.contains("\"done\"") && shown.contains("\"failed\""), "{shown}");
}

#[test]
fn a_time_is_looked_for_judged_taken_and_gone_through_from_a_terminal() {
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("time", &service);
    let freeze = |from: &str| {
        json!({ "object": {
            "kind": "calendar", "id": "year-end", "name": "Year end", "purpose": "freeze",
            "rule": { "start": from, "zone": "UTC", "duration_minutes": 24 * 60 },
        } })
        .to_string()
    };
    let tomorrow = hotfix_core::clock::now().plus(std::time::Duration::from_secs(86_400));
    let text = tomorrow.to_string();
    hotfix(&path, ["call", "catalog_save", &freeze(&text[..16])]).expect(0);
    let at = |hours: u64| tomorrow.plus(std::time::Duration::from_secs(hours * 3600)).to_string();

    let inside = at(2);
    let words = ["calendar", "conflicts", PLANNED, "--from", &inside, "--minutes", "60"];
    let against = hotfix(&path, words).expect(1).lines();
    assert_eq!(against[0]["code"], "freeze");
    against.iter().for_each(|one| has(one, &["code", "message", "who", "remedy"]));
    let words = ["calendar", "conflicts", "HF-1", "--environment", "staging", "--from", &inside];
    assert_eq!(hotfix(&path, words).expect(1).lines()[0]["code"], "freeze");
    let free =
        ["calendar", "free", "--path", "--hotfix", "HF-1", "--minutes", "30", "--from", &inside];
    let slots = hotfix(&path, free).expect(0).lines();
    assert_eq!(slots[0]["parts"][0]["environment"], "staging");
    let after = slots[0]["start"].as_str().unwrap().to_owned();
    assert!(after[..16] >= at(24)[..16], "{after} is after the freeze");
    let words = ["calendar", "conflicts", PLANNED, "--from", &after, "--minutes", "30"];
    assert_eq!(hotfix(&path, words).expect(0).lines().len(), 0);

    let words = [
        "fix",
        "schedule",
        "HF-1",
        "--environment",
        "staging",
        "--from",
        &inside,
        "--duration",
        "20",
        "--disruption",
        "brief",
        "--on-duty",
        "dana",
    ];
    let moved = hotfix(&path, words).expect(0).json();
    assert_eq!(moved["key"], PLANNED);
    assert!(moved["conflicts"].as_array().unwrap().iter().any(|one| one["code"] == "freeze"));
    let unknown = ["fix", "schedule", "HF-1", "--environment", "staging", "--on-duty", "nobody"];
    assert_eq!(hotfix(&path, unknown).expect(2).error()["where"], "on_duty.0");
    // Left to itself, it takes the next free slot.
    let words = ["fix", "schedule", "HF-1", "--environment", "staging", "--disruption", "none"];
    let alone = words.into_iter().chain(["--on-duty", "-"]);
    assert_eq!(hotfix(&path, alone).expect(0).json()["conflicts"], json!([]));

    let today = hotfix_core::clock::now().to_string();
    hotfix(&path, ["call", "catalog_save", &freeze(&today[..16])]).expect(0);
    assert!(hotfix(&path, ["fix", "blockers", "HF-1"]).expect(1).lines().len() > 1);
    let left = hotfix(&path, ["fix", "emergency", "HF-1"]).expect(1).json();
    assert_eq!(left["stays"], json!([]));
    assert_eq!(left["lets_go"][0]["code"], "freeze");
    let went = ["fix", "emergency", "HF-1", "--reason", "Nobody can pay"];
    let went = hotfix(&path, went).expect(0).json();
    assert_eq!((&went["done"], &went["deployment"]), (&json!(true), &json!(PLANNED)));
    assert_eq!(went["overridden"], json!(["emergency_change", "freeze"]));
    let reviews = hotfix(&path, ["fix", "review", "HF-1"]).expect(0).lines();
    let named: Vec<_> = reviews.iter().map(|one| one["blocker"].as_str().unwrap()).collect();
    assert_eq!(named, ["emergency_change", "freeze"], "never silent");
    // What has gone out is no emergency any more.
    assert_eq!(hotfix(&path, ["fix", "emergency", "HF-1"]).expect(1).error()["kind"], "denied");
}

#[test]
fn a_calendar_file_is_expanded_without_a_workspace_and_what_is_skipped_is_told_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("team.ics");
    let text = "BEGIN:VEVENT\nUID:day\nDTSTART;VALUE=DATE:20260329\nEND:VEVENT\nBEGIN:VEVENT\nUID:time\n\
        DTSTART:20260329T030000\nDURATION:PT1H\nEND:VEVENT\nBEGIN:VEVENT\nUID:no\n\
        DTSTART:20260329T030000\nRRULE:FREQ=HOURLY\nEND:VEVENT\n";
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(program::path());
    command.args(["--json", "calendar", "expand"]).arg(&file).args(["--zone", "Europe/Berlin"]);
    command.args(["--from", "2026-03-28T00:00:00Z", "--to", "2026-03-30T00:00:00Z"]);
    let ended = run(&mut command, "").expect(0);
    assert_eq!(
        ended.lines(),
        [
            json!({ "uid": "day", "start": "2026-03-29", "end": "2026-03-30", "all_day": true }),
            json!({ "uid": "time", "start": "2026-03-29T01:00:00Z", "end": "2026-03-29T02:00:00Z", "all_day": false }),
        ]
    );
    assert_eq!(ended.error()["where"], "line 13");
}

#[test]
fn packages_are_built_verified_and_compared_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::make();
    let service = Counter::start(Behaviour::default());
    let path = ground.copy("packages", &service);
    hotfix(&path, ["fix", "return", "HF-1", "--reason", "One more file"]).expect(0);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("shop.txt"), "one").unwrap();
    std::fs::write(at("gone.txt"), "gone").unwrap();
    let first = at("first.tar.zst");
    let words = ["fix", "package", "build", "HF-1", "--from", &at("shop.txt"), &at("gone.txt")];
    let built = hotfix(&path, words.into_iter().chain(["--out", &first])).expect(0).json();
    has(&built, &["revision", "hash"]);
    std::fs::write(at("shop.txt"), "two").unwrap();
    std::fs::write(at("new.txt"), "new").unwrap();
    let second = at("second.tar.zst");
    let words = ["fix", "package", "build", "HF-1", "--from", &at("shop.txt"), &at("new.txt")];
    hotfix(&path, words.into_iter().chain(["--out", &second])).expect(0);

    let manifest = hotfix(&path, ["fix", "package", "verify", &first]).expect(0).json();
    assert_eq!(manifest["files"].as_array().unwrap().len(), 2);
    let changes = hotfix(&path, ["fix", "package", "diff", &first, &second]).expect(0).lines();
    let told: Vec<_> = changes.iter().map(|one| json!([one["change"], one["path"]])).collect();
    let wanted = [["removed", "gone.txt"], ["changed", "shop.txt"], ["added", "new.txt"]];
    assert_eq!(told, wanted.map(|pair| json!(pair)));
    let mut bytes = std::fs::read(&first).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(&first, bytes).unwrap();
    let damaged = hotfix(&path, ["fix", "package", "verify", &first]).expect(4).error();
    assert_eq!(damaged["kind"], "damaged");
}

#[test]
fn the_journal_is_exported_proved_backed_up_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    hotfix(&path, ["issue", "log", "--title", "Kept"]).expect(0);
    let at = |name: &str| folder.path().join(name);
    let piped = hotfix(&path, ["audit", "export"]).expect(0).out;
    let file = at("journal.jsonl");
    hotfix(&path, ["audit", "export", file.to_str().unwrap()]).expect(0);
    assert_eq!(piped, std::fs::read_to_string(&file).unwrap());
    let proved = ["audit", "verify", "--file", file.to_str().unwrap()];
    assert_eq!(hotfix(&path, proved).expect(0).json()["ok"], true);
    std::fs::write(&file, piped.replace("Kept", "Lost")).unwrap();
    let found = hotfix(&path, proved).expect(4).json();
    assert_eq!(found["ok"], false);
    assert!(found["seq"].as_u64().unwrap() > 1);

    let copy = at("copy.hotfix");
    hotfix(&path, ["backup", copy.to_str().unwrap()]).expect(0);
    hotfix(&path, ["backup", copy.to_str().unwrap()]).expect(2).error();
    let restored = at("restored.hotfix");
    hotfix(&restored, ["restore", copy.to_str().unwrap()]).expect(0);
    let dump = |path: &Path| hotfix(path, ["dump"]).expect(0).out;
    assert_eq!(dump(&path), dump(&restored));
    hotfix(&restored, ["rebuild"]).expect(0);
    assert_eq!(dump(&path), dump(&restored), "a rebuild gives the same views in a reopened file");
}

/// Where the cells of each field of a record lie in the file, found by their own bytes.
fn places(path: &Path, bytes: &[u8]) -> Vec<(u64, &'static str, usize)> {
    let file = Connection::open(path).unwrap();
    let mut places = Vec::new();
    for field in ["id", "stream", "kind", "device", "command", "data", "salt", "private", "hash"] {
        let sql = format!("SELECT seq, CAST({field} AS BLOB) FROM journal WHERE {field} NOT NULL");
        let mut statement = file.prepare(&sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let seq: i64 = row.get(0).unwrap();
            let value: Vec<u8> = row.get(1).unwrap();
            // The record is where its id, which begins it and is nowhere else, is followed by the
            // field.
            let id: Vec<u8> = file
                .query_row("SELECT id FROM journal WHERE seq = ?1", [seq], |row| row.get(0))
                .unwrap();
            let begins = bytes.windows(16).position(|window| window == id.as_slice()).unwrap();
            let within = bytes[begins..].windows(value.len()).position(|window| window == value);
            places.push((seq.unsigned_abs(), field, begins + within.unwrap()));
        }
    }
    places
}

#[test]
fn one_flipped_byte_anywhere_in_a_record_names_the_first_damaged_one_with_exit_4() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let desk = Desk::open(&path, Options::default()).unwrap();
    for number in 1..=6 {
        let request = json!({ "text": { "title": format!("Report number {number}") } });
        desk.call("issue_log", request).unwrap();
    }
    drop(desk);
    let whole = std::fs::read(&path).unwrap();
    let places = places(&path, &whole);
    let records = hotfix(&path, ["audit", "verify"]).expect(0).json()["records"].as_u64().unwrap();
    assert!(records >= 8, "{records}");
    let last = places.iter().map(|(seq, ..)| *seq).max().unwrap();
    assert_eq!(last, records);
    let damaged = folder.path().join("damaged.hotfix");
    // Each field of the first record, of a person in the catalog, of one in the middle and the last.
    let chosen = places.iter().filter(|(seq, ..)| [1, 2, 5, last].contains(seq));
    let mut tried = 0;
    for (seq, field, place) in chosen {
        let mut bytes = whole.clone();
        bytes[*place] ^= 0x04;
        std::fs::write(&damaged, &bytes).unwrap();
        let ended = hotfix(&damaged, ["audit", "verify"]).expect(4);
        let found = ended.json();
        assert_eq!(found["ok"], false, "{field} of {seq}");
        assert_eq!(found["seq"], *seq, "{field} of {seq}: {found}");
        assert!(!found["reason"].as_str().unwrap().is_empty());
        assert_eq!(std::fs::read(&damaged).unwrap(), bytes, "{field} of {seq}: it was written to");
        tried += 1;
    }
    assert!(tried > 30, "{tried}");
    // The cell's own header: its length, its place and the types of its fields.
    let (_, _, id) = places.iter().find(|(seq, field, _)| (*seq, *field) == (5, "id")).unwrap();
    for back in 1..=20 {
        let mut bytes = whole.clone();
        bytes[id - back] ^= 0x04;
        std::fs::write(&damaged, &bytes).unwrap();
        let ended = hotfix(&damaged, ["audit", "verify"]).expect(4);
        let found = ended.json();
        assert!((5..=6).contains(&found["seq"].as_u64().unwrap()), "{back} before: {found}");
    }
    // A damaged record of the catalog keeps the workspace from opening, and says which it is.
    let (_, _, place) =
        places.iter().find(|(seq, field, _)| (*seq, *field) == (2, "data")).unwrap();
    let mut bytes = whole.clone();
    bytes[*place] ^= 0x04;
    std::fs::write(&damaged, &bytes).unwrap();
    let error = hotfix(&damaged, ["issue", "list"]).expect(4).error();
    assert_eq!((&error["kind"], &error["where"]), (&json!("damaged"), &json!("2")), "{error}");
}

#[test]
fn what_settings_keeps_is_copied_as_text_and_what_is_wrong_in_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sample = folder.path().join("sample.hotfix");
    let out = sample.to_str().unwrap();
    run(Command::new(program::path()).args(["sample", "--issues", "5", "--out", out]), "")
        .expect(0);
    let listed = |path: &Path| {
        let mut lines = hotfix(path, ["catalog", "list"]).expect(0).lines();
        // Whoever made the new workspace is in its catalog.
        lines.retain(|one| one["id"] != "owner");
        lines.sort_by_key(Value::to_string);
        lines
    };
    let save = |path: &Path, text: &str| {
        let mut command = Command::new(program::path());
        run(command.arg("--json").arg("-W").arg(path).args(["catalog", "save", "-"]), text)
    };
    let mut objects = listed(&sample);
    assert!(objects.len() > 20, "{}", objects.len());
    let lines =
        |objects: &[Value]| objects.iter().map(|one| format!("{one}\n")).collect::<String>();

    // Whatever order they come in: a product before the endpoint that it names.
    let copy = new(folder.path());
    objects.reverse();
    let answer = save(&copy, &lines(&objects)).expect(0).json();
    assert_eq!(answer["unchanged"], json!([]), "{answer}");
    objects.reverse();
    assert_eq!(listed(&copy), objects);
    let answer = save(&copy, &lines(&objects)).expect(0).json();
    assert_eq!(answer["saved"], json!([]), "what is there already makes no second version");

    // One by one: changed, wrong, out of use.
    let mut template =
        hotfix(&copy, ["catalog", "show", "template", "It is fixed"]).expect(0).json();
    template["subject"] = json!("Done: {{ title }}");
    let answer = save(&copy, &template.to_string()).expect(0).json();
    assert_eq!(answer["saved"], json!(["template/fixed"]));
    let mut other = template.clone();
    other["id"] = json!("other");
    template["body"] = json!("{{ no closing");
    let error = save(&copy, &format!("[{other}, {template}]")).expect(2).error();
    assert_eq!(error["where"], "body", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("In object 2, template/fixed (1 saved before it): "), "{message}");
    let shown = hotfix(&copy, ["catalog", "show", "template", "fixed"]).expect(0).json();
    assert_eq!(shown["subject"], "Done: {{ title }}");
    assert_ne!(shown["body"], template["body"]);
    for (text, says) in [
        ("{\"kind\": \"template\"", "This is not JSON"),
        ("{\"kind\": \"template\"}", "The id of object 1 is missing."),
        ("[{\"kind\": \"tool\", \"id\": \"x\"}]", "“tool” of object 1 is none of: person, team"),
    ] {
        let error = save(&copy, text).expect(2).error();
        assert!(error["message"].as_str().unwrap().starts_with(says), "{error}");
    }
    hotfix(&copy, ["catalog", "retire", "template", "other"]).expect(0);
    let error = hotfix(&copy, ["catalog", "show", "template", "other"]).expect(2).error();
    assert_eq!(error["message"], "There is no template “other”.");
}
