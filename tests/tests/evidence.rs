//! Evidence of tests through the real program: reports, comparisons, the gate, commands, issues.

mod checks;

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{
    ground::{call, open},
    program::{self, Ended, hotfix},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A workspace with a product, its repository, and a hot fix of one issue.
struct Ground {
    folder: TempDir,
    file: PathBuf,
}

fn git(folder: &Path, words: &[&str]) -> String {
    let ran = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Sam", "-c", "user.email=sam@example.org"])
        .args(words)
        .output()
        .expect("git runs");
    assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.hotfix");
        drop(Desk::create(&file, "Evidence", Options::default()).unwrap());
        let ground = Self { folder, file };
        let repository = ground.repository();
        fs::create_dir(&repository).unwrap();
        git(&repository, &["init", "-q", "-b", "main"]);
        ground.commit("cart.txt", "1.00\n");
        ground.product(json!([]), Value::Null);
        ground.fix("Totals are rounded down");
        ground
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn commit(&self, name: &str, text: &str) -> String {
        fs::write(self.repository().join(name), text).unwrap();
        git(&self.repository(), &["add", "-A"]);
        git(&self.repository(), &["commit", "-q", "-m", &format!("change {name}")]);
        git(&self.repository(), &["rev-parse", "HEAD"])
    }

    fn product(&self, tests: Value, checks: Value) {
        let repository = self.repository();
        self.ask(
            "catalog_save",
            json!({ "object": {
                "kind": "product", "id": "shop", "name": "Shop", "repository": repository,
                "environments": [{ "id": "prod", "name": "Production", "production": true,
                    "soak_minutes": 0, "targets": [] }],
                "tests": tests, "checks": checks,
            }}),
        );
    }

    /// A hot fix of a new issue; gives its key.
    fn fix(&self, title: &str) -> String {
        let logged =
            self.ask("issue_log", json!({ "text": { "title": title }, "product": "shop" }));
        let judged = json!({
            "keys": [logged["key"]], "impact_system": "high", "impact_users": "high",
            "impact_business": "high", "urgency": "high",
        });
        self.ask("issue_triage", judged);
        let made = self.ask("fix_new", json!({ "issues": [logged["key"]] }));
        let key = made["key"].as_str().unwrap().to_owned();
        let head = git(&self.repository(), &["rev-parse", "HEAD"]);
        self.ask("fix_change_add", json!({ "key": key, "commit": head }));
        key
    }

    fn desk(&self) -> Desk {
        open(&self.file)
    }

    fn ask(&self, name: &str, request: Value) -> Value {
        call(&self.desk(), name, request)
    }

    fn run(&self, words: &[&str]) -> Ended {
        hotfix(&self.file, words)
    }

    fn evidence(&self, words: &[&str]) -> Ended {
        self.run(&[&["fix", "evidence"], words].concat())
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn blockers(&self, key: &str) -> Vec<(String, String)> {
        let found = self.run(&["fix", "blockers", key]);
        let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        found.lines().iter().map(|one| (word(one, "code"), word(one, "message"))).collect()
    }
}

/// JUnit XML of tests by name, those with a `!` failing.
fn junit(suite: &str, tests: &[&str]) -> String {
    let cases: String = tests
        .iter()
        .map(|test| match test.strip_prefix('!') {
            Some(name) => format!(
                "<testcase classname='cart' name='{name}'><failure message='{name} is 1.00, not 1.01'/></testcase>"
            ),
            None => format!("<testcase classname='cart' name='{test}' time='0.01'/>"),
        })
        .collect();
    format!("<testsuite name='{suite}'>{cases}</testsuite>")
}

#[test]
fn a_report_becomes_evidence_that_is_compared_with_the_run_before_and_names_what_newly_fails() {
    let ground = Ground::new();
    let report = ground.write("r.xml", &junit("unit", &["adds", "!total", "empty", "!old"]));
    let first = ground.evidence(&["add", "HF-1", "--file", &report]).expect(0).json();
    assert_eq!(
        (&first["run"], &first["passed"], &first["failed"], &first["suite"], &first["from"]),
        (&json!(1), &json!(2), &json!(2), &json!("unit"), &json!("junit"))
    );
    assert_eq!(first["commit"].as_str().unwrap().len(), 40, "the newest change's commit");
    assert_eq!(first["compared"], Value::Null);
    let blockers = ground.blockers("HF-1");
    let failed = blockers.iter().find(|(code, _)| code == "tests_failed").unwrap();
    assert_eq!(failed.1, "2 tests fail on the newest change. cart::total; cart::old.");

    let report = ground.write("r.xml", &junit("unit", &["!adds", "total", "!old", "!fresh"]));
    let second = ground.evidence(&["add", "HF-1", "--file", &report]).expect(0).json();
    let compared = &second["compared"];
    assert_eq!(
        (&compared["newly"], &compared["still"], &compared["mended"], &compared["missing"]),
        (&json!(2), &json!(1), &json!(1), &json!(1))
    );
    assert_eq!(compared["newly_failing"], json!(["cart::adds", "cart::fresh"]));
    let failed = ground.blockers("HF-1");
    let failed = failed.iter().find(|(code, _)| code == "tests_failed").unwrap();
    assert_eq!(
        failed.1,
        "3 tests fail on the newest change. 2 newly fail: cart::adds; cart::fresh."
    );

    let shown = ground.evidence(&["show", "HF-1", "--which", "missing"]).expect(0).json();
    assert_eq!(shown["tests"][0]["id"], "cart::empty");
    let shown = ground.evidence(&["show", "HF-1", "--text", "is 1.00 fresh"]).expect(0).json();
    assert_eq!((&shown["total"], &shown["tests"][0]["change"]), (&json!(1), &json!("newly")));
    assert!(shown["tests"][0]["message"].as_str().unwrap().contains("not 1.01"));
    let runs = ground.evidence(&["list", "HF-1"]).expect(0).lines();
    assert_eq!(runs.iter().map(|run| run["run"].clone()).collect::<Vec<_>>(), [2, 1]);

    // Once the suite passes, an older failure of it does not matter any more.
    let report = ground.write("r.xml", &junit("unit", &["adds", "total", "old", "fresh"]));
    ground.evidence(&["add", "HF-1", "--file", &report]).expect(0);
    let left: Vec<_> = ground.blockers("HF-1").into_iter().map(|(code, _)| code).collect();
    assert!(!left.contains(&"tests_failed".to_owned()), "{left:?}");
    assert!(!left.contains(&"tests_missing".to_owned()), "{left:?}");
    whole(&ground);
}

/// The chain is valid, and a rebuild gives the same views.
fn whole(ground: &Ground) {
    assert_eq!(ground.run(&["audit", "verify"]).expect(0).json()["ok"], true);
    let before = ground.run(&["dump"]).expect(0).out;
    ground.run(&["rebuild"]).expect(0);
    assert!(before == ground.run(&["dump"]).expect(0).out, "a rebuild gives the same views");
}

#[test]
fn a_suite_that_fails_is_not_hidden_by_another_that_passes_nor_by_another_commit() {
    let ground = Ground::new();
    let bad = ground.write("bad.xml", &junit("unit", &["!total"]));
    let good = ground.write("good.xml", &junit("end-to-end", &["checkout"]));
    ground.evidence(&["add", "HF-1", "--file", &bad]).expect(0);
    ground.evidence(&["add", "HF-1", "--file", &good]).expect(0);
    assert!(ground.blockers("HF-1").iter().any(|(code, _)| code == "tests_failed"));
    let newer = ground.commit("cart.txt", "1.01\n");
    ground.ask("fix_change_add", json!({ "key": "HF-1", "commit": newer }));
    let codes: Vec<_> = ground.blockers("HF-1").into_iter().map(|(code, _)| code).collect();
    assert!(codes.contains(&"tests_missing".to_owned()), "what was tested is another commit");
    // A short hash of a known change is that change.
    let added = ground
        .evidence(&["add", "HF-1", "--passed", "3", "--commit", &newer[..9]])
        .expect(0)
        .json();
    assert_eq!(added["commit"], json!(newer));
    assert!(ground.blockers("HF-1").iter().all(|(code, _)| !code.starts_with("tests_")));
}

#[test]
fn another_hot_fix_of_the_product_is_what_a_first_run_is_compared_with() {
    let ground = Ground::new();
    let report = ground.write("r.xml", &junit("unit", &["adds", "total"]));
    ground.evidence(&["add", "HF-1", "--file", &report]).expect(0);
    assert_eq!(ground.fix("Voucher is lost"), "HF-2");
    let report = ground.write("r.xml", &junit("unit", &["adds", "!total"]));
    let added = ground.evidence(&["add", "HF-2", "--file", &report]).expect(0).json();
    assert_eq!(added["compared"]["hotfix"], "HF-1");
    assert_eq!(added["compared"]["newly_failing"], json!(["cart::total"]));
}

#[test]
fn a_folder_of_reports_is_one_run_and_says_what_it_left_out() {
    let ground = Ground::new();
    let folder = ground.folder.path().join("surefire-reports");
    fs::create_dir_all(folder.join("deep")).unwrap();
    fs::write(folder.join("TEST-a.xml"), junit("a", &["one"])).unwrap();
    fs::write(folder.join("deep/TEST-b.xml"), junit("b", &["two", "!three"])).unwrap();
    fs::write(folder.join("pom.xml"), "<project/>").unwrap();
    fs::write(folder.join("notes.txt"), "not a report").unwrap();
    let path = folder.to_str().unwrap();
    let added =
        ground.evidence(&["add", "HF-1", "--file", path, "--suite", "all"]).expect(0).json();
    assert_eq!((&added["passed"], &added["failed"]), (&json!(2), &json!(1)));
    assert_eq!(added["left_out"], json!(["pom.xml"]));
    let shown = ground.evidence(&["show", "HF-1"]).expect(0).json();
    assert_eq!(shown["recorded"]["evidence"]["attachment"]["name"], "reports.tar.zst");
}

#[test]
fn tap_and_numbers_are_evidence_too_and_nothing_that_ran_is_none() {
    let ground = Ground::new();
    let report =
        ground.write("out.tap", "TAP version 14\n1..3\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP\n");
    let added = ground.evidence(&["add", "HF-1", "--file", &report]).expect(0).json();
    assert_eq!((&added["from"], &added["suite"]), (&json!("tap"), &json!("out")));
    assert_eq!(added["failing"], json!(["b"]));
    let log = ground.write("log.txt", "all fine");
    ground.evidence(&["add", "HF-1", "--passed", "12", "--suite", "hand", "--log", &log]).expect(0);
    let shown = ground.evidence(&["show", "HF-1"]).expect(0).json();
    assert_eq!(shown["recorded"]["log"], "all fine");
    let nothing = ground.evidence(&["add", "HF-1", "--passed", "0"]).expect(2).error();
    assert!(nothing["message"].as_str().unwrap().contains("proves nothing"), "{nothing}");
    let skipped = ground.write("s.tap", "1..1\nok 1 # SKIP\n");
    ground.evidence(&["add", "HF-1", "--file", &skipped]).expect(1);
    assert_eq!(ground.evidence(&["list", "HF-1"]).lines().len(), 2);
}

#[test]
fn hostile_and_wrong_files_are_refused_with_their_place_and_leave_nothing() {
    let ground = Ground::new();
    let bomb = ground.write(
        "bomb.xml",
        "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY x 'xxxx'>]>\n<testsuite/>",
    );
    let error = ground.evidence(&["add", "HF-1", "--file", &bomb]).expect(2).error();
    assert_eq!(error["where"], "bomb.xml, line 2");
    let large = ground.path("large.xml");
    // Sparse: it has that size and takes no room.
    fs::File::create(&large).unwrap().set_len(200 << 20).unwrap();
    let begun = Instant::now();
    let error = ground.evidence(&["add", "HF-1", "--file", &large]).expect(2).error();
    assert!(error["message"].as_str().unwrap().contains("100 MiB"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    let missing = ground.evidence(&["add", "HF-1", "--file", "/nowhere/r.xml"]).expect(2).error();
    assert_eq!(missing["where"], "paths");
    let text = ground.write("t.txt", "12 tests passed");
    ground.evidence(&["add", "HF-1", "--file", &text]).expect(2);
    assert!(ground.evidence(&["list", "HF-1"]).lines().is_empty());
}

#[test]
fn a_hundred_thousand_tests_are_kept_compared_and_found() {
    let ground = Ground::new();
    let tests: Vec<String> = (0..100_000).map(|n| format!("case_{n}")).collect();
    let names: Vec<&str> = tests.iter().map(String::as_str).collect();
    let report = ground.write("r.xml", &junit("unit", &names));
    ground.evidence(&["add", "HF-1", "--file", &report]).expect(0);
    let bad: Vec<String> = tests.iter().map(|name| format!("!{name}")).collect();
    let names: Vec<&str> = bad.iter().map(String::as_str).collect();
    let report = ground.write("r.xml", &junit("unit", &names));
    let added = ground.evidence(&["add", "HF-1", "--file", &report]).expect(0).json();
    assert_eq!(added["compared"]["newly"], 100_000);
    let shown = ground.evidence(&["show", "HF-1", "--text", "case_99999"]).expect(0).json();
    assert_eq!(shown["total"], 1);
    // What every screen of the hot fix loads stays small.
    let whole = ground.ask("fix_show", json!({ "key": "HF-1" }));
    assert!(whole.to_string().len() < 60_000, "{}", whole.to_string().len());
    let journal = ground.run(&["audit", "export"]).expect(0).out;
    assert!(journal.len() < 400_000, "{}", journal.len());
    assert!(!journal.contains("is 1.00, not 1.01"), "what a test said is in no event");
}

#[test]
fn a_failing_test_becomes_one_issue_however_often_and_from_wherever() {
    let ground = Ground::new();
    let report = ground.write("r.xml", &junit("unit", &["adds", "!total"]));
    ground.evidence(&["add", "HF-1", "--file", &report]).expect(0);
    let made = ground.evidence(&["issue", "HF-1", "cart::total"]).expect(0).json();
    assert_eq!((&made["key"], &made["known"]), (&json!("ISS-2"), &json!(false)));
    let issue = ground.run(&["issue", "show", "ISS-2"]).expect(0).json();
    assert_eq!(issue["text"]["title"], "Test fails: total");
    assert_eq!((&issue["product"], &issue["channel"]), (&json!("shop"), &json!("testing")));
    let text = issue["text"]["description"].as_str().unwrap();
    let head = git(&ground.repository(), &["rev-parse", "HEAD"]);
    for part in ["cart::total", "Suite: unit", &head, "HF-1", "total is 1.00, not 1.01"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let again = ground.evidence(&["issue", "HF-1", "cart::total"]).expect(0).json();
    assert_eq!((&again["key"], &again["known"]), (&json!("ISS-2"), &json!(true)));
    let imported = ground.run(&["issue", "import", &report, "--product", "shop"]).expect(0).json();
    assert_eq!((&imported["imported"], &imported["known"]), (&json!(0), &json!(1)));
    let shown = ground.evidence(&["show", "HF-1"]).expect(0).json();
    assert_eq!(shown["tests"][0]["issue"], "ISS-2");
    let none = ground.evidence(&["issue", "HF-1", "cart::adds"]).expect(2).error();
    assert_eq!(none["where"], "test");

    // It failed on another commit after it was closed: it is open again, and counted.
    let closed = json!({ "keys": ["ISS-2"], "reason": "Mended." });
    ground.ask("issue_close", closed);
    let newer = ground.commit("cart.txt", "0.99\n");
    ground.ask("fix_change_add", json!({ "key": "HF-1", "commit": newer }));
    ground.evidence(&["add", "HF-1", "--file", &report]).expect(0);
    ground.evidence(&["issue", "HF-1", "cart::total"]).expect(0);
    let issue = ground.run(&["issue", "show", "ISS-2"]).expect(0).json();
    assert_ne!(issue["state"], "closed");
    assert_eq!(issue["seen_again"], 1);
}

#[test]
fn failing_tests_of_a_report_become_issues_without_a_hot_fix() {
    let ground = Ground::new();
    let report = ground.write("r.xml", &junit("unit", &["adds", "!total", "!tax"]));
    let tried = ground.run(&["issue", "import", &report, "--dry-run"]).expect(0).json();
    assert_eq!((&tried["imported"], &tried["dry_run"]), (&json!(2), &json!(true)));
    assert_eq!(ground.ask("issue_list", json!({ "all": true }))["total"], 1);
    let words = ["issue", "import", &report, "--product", "shop", "--test", "cart::tax"];
    let one = ground.run(&words).expect(0).json();
    assert_eq!((&one["imported"], &one["issues"][0]["key"]), (&json!(1), &json!("ISS-2")));
    let rest = ground.run(&["issue", "import", &report, "--product", "shop"]).expect(0).json();
    assert_eq!((&rest["imported"], &rest["known"]), (&json!(1), &json!(1)));
}

fn command(name: &str, words: &[&str]) -> Value {
    json!({ "name": name, "argv": words, "folder": "", "report": "", "timeout_minutes": 1 })
}

#[test]
fn a_command_runs_only_where_it_is_allowed_and_its_end_is_its_result() {
    let ground = Ground::new();
    ground.product(
        json!([
            command("good", &["true"]),
            command("bad", &["sh", "-c", "echo broken >&2; exit 3"])
        ]),
        Value::Null,
    );
    let refused = ground.evidence(&["run", "HF-1", "--command", "good"]).expect(1).error();
    assert!(refused["message"].as_str().unwrap().contains("does not allow"), "{refused}");
    ground.ask("tests_allow", json!({ "on": true }));
    let good = ground.evidence(&["run", "HF-1", "--command", "good"]).expect(0).json();
    assert_eq!((&good["exit"], &good["added"]["passed"]), (&json!(0), &json!(1)));
    let mut person = Command::new(program::path());
    person.arg("-W").arg(&ground.file).args(["fix", "evidence", "run", "HF-1", "--command", "bad"]);
    let ended = program::run(&mut person, "").expect(1);
    assert!(ended.errors.contains("\nbroken\n"), "what it prints is shown: {}", ended.errors);
    assert!(ended.errors.contains("\"sh\" \"-c\""), "what runs is shown: {}", ended.errors);
    assert!(ended.out.starts_with("It ended with 3. Run 2"), "{}", ended.out);
    let bad = ground.evidence(&["run", "HF-1", "--command", "bad"]).expect(1).json();
    assert_eq!((&bad["exit"], &bad["added"]["failed"]), (&json!(3), &json!(1)));
    let shown = ground.evidence(&["show", "HF-1"]).expect(0).json();
    let recorded = &shown["recorded"];
    assert_eq!(recorded["evidence"]["from"], "command");
    assert_eq!(recorded["argv"][0], "sh");
    let output = recorded["evidence"]["output"]["hash"].as_str().unwrap();
    assert_eq!(ground.desk().blob_bytes(output).unwrap(), b"broken\n");
    // What is not committed is tested nowhere.
    fs::write(ground.repository().join("cart.txt"), "dirty").unwrap();
    let refused = ground.evidence(&["run", "HF-1", "--command", "good"]).expect(1).error();
    assert!(refused["message"].as_str().unwrap().contains("in no commit"), "{refused}");
}

#[test]
fn a_commands_report_or_its_tap_is_read_and_an_old_report_is_not() {
    let ground = Ground::new();
    let write = format!("printf '%s' \"{}\" > build/report.xml", junit("x", &["adds", "!total"]));
    fs::write(ground.repository().join(".gitignore"), "build\n").unwrap();
    ground.commit("a.txt", "a");
    fs::create_dir(ground.repository().join("build")).unwrap();
    let mut xml = command("xml", &["sh", "-c", &write]);
    xml["report"] = json!("build/report.xml");
    let mut stale = command("stale", &["true"]);
    stale["report"] = json!("build/report.xml");
    let tap = command("tap", &["printf", "TAP version 13\\n1..2\\nok 1 - a\\nnot ok 2 - b\\n"]);
    ground.product(json!([xml, stale, tap]), Value::Null);
    ground.ask("tests_allow", json!({ "on": true }));
    let read = ground.evidence(&["run", "HF-1", "--command", "xml"]).expect(1).json();
    assert_eq!(read["added"]["failing"], json!(["cart::total"]));
    assert_eq!((&read["exit"], &read["added"]["passed"]), (&json!(0), &json!(1)));
    let read = ground.evidence(&["run", "HF-1", "--command", "tap"]).expect(1).json();
    assert_eq!(read["added"]["failing"], json!(["b"]));
    thread::sleep(Duration::from_millis(1_200));
    let read = ground.evidence(&["run", "HF-1", "--command", "stale"]).expect(1).json();
    assert_eq!(read["added"]["failing"], json!(["(the report)"]), "it is of an earlier run");
}

#[test]
fn a_running_command_is_watched_cancelled_with_all_it_started_and_leaves_no_evidence() {
    let ground = Ground::new();
    let mark = ground.path("alive");
    let script = format!("echo started; (sleep 3; touch '{mark}') & sleep 60");
    ground.product(json!([command("slow", &["sh", "-c", &script])]), Value::Null);
    ground.ask("tests_allow", json!({ "on": true }));
    let desk = ground.desk();
    let running = {
        let desk = desk.clone();
        thread::spawn(move || desk.call("fix_evidence_run", json!({ "key": "HF-1" })))
    };
    let begun = Instant::now();
    loop {
        let far = call(&desk, "fix_evidence_output", json!({}));
        if far["lines"][0]["text"] == "started" {
            assert_eq!((&far["running"], &far["name"]), (&json!(true), &json!("slow")));
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{far}");
        thread::sleep(Duration::from_millis(20));
    }
    let second = desk.call("fix_evidence_run", json!({ "key": "HF-1" })).unwrap_err();
    assert!(second.message.contains("Another test command"), "{second}");
    call(&desk, "fix_evidence_cancel", json!({}));
    let ended = running.join().unwrap().unwrap_err();
    assert_eq!(ended.location.as_deref(), Some("cancelled"));
    assert_eq!(call(&desk, "fix_evidence_output", json!({}))["running"], false);
    thread::sleep(Duration::from_millis(3_500));
    assert!(!Path::new(&mark).exists(), "what it started lived on");
    assert!(ground.evidence(&["list", "HF-1"]).lines().is_empty());
}
