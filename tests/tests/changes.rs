//! Changes, from a real repository to the gates: through the command line and the core's own door.

use hotfix_core::desk::{As, Desk, Options};
use hotfix_tests::program::{self, hotfix, run};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A repository whose `main` has a fix in two commits, `release/2.4` a pick of the first, and
/// `release/2.3` nothing of it.
struct Ground {
    folder: tempfile::TempDir,
    first: String,
    second: String,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ground = Self { folder, first: String::new(), second: String::new() };
        std::fs::create_dir(ground.repository()).unwrap();
        ground.git(&["init", "-q", "-b", "main"]);
        ground.commit("shop.py", "price = 1\n", "The shop");
        ground.git(&["branch", "release/2.3"]);
        ground.git(&["branch", "release/2.4"]);
        ground.git(&["checkout", "-q", "-b", "fix"]);
        let message = "Round the price half up\n\nISS-1 and ISS-2, see #77.\n\n## Risks\n\nEach order's total.\n";
        ground.first = ground.commit("shop.py", "price = 2\n", message);
        ground.second = ground.commit("test.py", "assert True\n", "Test the price\n\nRisk: none\n");
        ground.git(&["checkout", "-q", "main"]);
        ground.git(&["merge", "-q", "--ff-only", "fix"]);
        ground.git(&["checkout", "-q", "release/2.4"]);
        let first = ground.first.clone();
        ground.commit("other.py", "x = 1\n", "Only on 2.4");
        ground.git(&["cherry-pick", &first]);
        ground.git(&["checkout", "-q", "main"]);
        let desk = Desk::create(&ground.file(), "Shop", Options::default()).unwrap();
        let call = |name: &str, request: Value| call(&desk, name, request);
        call(
            "catalog_save",
            json!({ "object": {
            "kind": "product", "id": "shop", "name": "Shop",
            "branches": ["main", "release/2.4", "release/2.3"],
            "repository": ground.repository(),
            "environments": [{
                "id": "production", "name": "Production", "production": true, "soak_minutes": 0,
                "targets": [],
            }],
        } }),
        );
        for title in ["The price is wrong", "The total is wrong"] {
            let report = json!({ "text": { "title": title }, "product": "shop" });
            let key = call("issue_log", report)["key"].clone();
            let judged = json!({
                "keys": [key], "impact_system": "high", "impact_users": "high",
                "impact_business": "high", "urgency": "high",
            });
            call("issue_triage", judged);
        }
        call("fix_new", json!({ "issues": ["ISS-1"] }));
        ground
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("shop.hotfix")
    }

    fn desk(&self) -> Desk {
        Desk::open(&self.file(), Options::default()).unwrap()
    }

    fn git(&self, words: &[&str]) -> String {
        let done = Command::new("git")
            .current_dir(self.repository())
            .args(["-c", "user.name=Dana Novak", "-c", "user.email=dana@example.org"])
            .args(words)
            .output()
            .unwrap();
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, file: &str, text: &str, message: &str) -> String {
        std::fs::write(self.repository().join(file), text).unwrap();
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

fn call(desk: &Desk, name: &str, request: Value) -> Value {
    desk.call(name, request.clone()).unwrap_or_else(|error| panic!("{name} {request}: {error}"))
}

fn blockers(desk: &Desk) -> Vec<(String, String)> {
    let ship = call(desk, "fix_blockers", json!({ "key": "HF-1" }));
    let told = |one: &Value| {
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        (text("code"), text("message"))
    };
    ship["blockers"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn a_range_is_read_with_its_files_and_its_texts_are_understood() {
    let ground = Ground::new();
    let file = ground.file();
    let add = ["fix", "change", "add", "HF-1", "--commit", "release/2.3..fix"];
    let added = hotfix(&file, add).expect(0).json();
    assert_eq!(added["added"], json!([ground.first, ground.second]), "the oldest first");
    assert_eq!(hotfix(&file, add).expect(0).json()["known"], 2);

    let changes = hotfix(&file, ["fix", "change", "list", "HF-1"]).expect(0).lines();
    assert_eq!(changes[0]["subject"], "Round the price half up");
    assert_eq!(changes[0]["author"], "Dana Novak");
    assert_eq!((&changes[0]["additions"], &changes[0]["deletions"]), (&json!(1), &json!(1)));
    assert_eq!(changes[0]["risks"], json!({ "is": "told", "text": "Each order's total." }));
    assert_eq!(changes[1]["risks"], json!({ "is": "none", "text": "none" }));
    let issues = &changes[0]["issues"];
    assert_eq!(
        issues[0],
        json!({ "key": "ISS-1", "known": true, "joined": true, "joinable": false })
    );
    assert_eq!(
        issues[1],
        json!({ "key": "ISS-2", "known": true, "joined": false, "joinable": true })
    );
    assert_eq!(
        issues[2],
        json!({ "key": "#77", "known": false, "joined": false, "joinable": false })
    );

    let mut review = Command::new(program::path());
    review.arg("--json").arg("-W").arg(&file);
    review.args(["fix", "change", "review", "HF-1", &ground.second[..8]]);
    review.args(["--link", "https://git.example.org/shop/pulls/9", "--text", "-"]);
    run(&mut review, "## Risks\nThe cache may be stale\n").expect(0);
    let changes = hotfix(&file, ["fix", "change", "list", "HF-1"]).expect(0).lines();
    assert_eq!(changes[1]["risks"]["text"], "The cache may be stale", "what says more counts");
    assert_eq!(changes[1]["pull_request"], "https://git.example.org/shop/pulls/9");
    let bad = ["fix", "change", "review", "HF-1", &ground.second, "--link", "javascript:alert(1)"];
    assert_eq!(hotfix(&file, bad).expect(2).error()["where"], "link");

    let mut diff = Command::new(program::path());
    diff.arg("-W").arg(&file).args(["fix", "change", "diff", "HF-1", &ground.first[..9]]);
    let diff = run(&mut diff, "").expect(0).out;
    assert!(diff.contains("-price = 1\n+price = 2\n"), "{diff}");
    let files = hotfix(&file, ["fix", "change", "diff", "HF-1"]).expect(0).lines();
    assert_eq!(
        (files[0]["path"].clone(), files[1]["status"].clone()),
        (json!("shop.py"), json!("added"))
    );

    hotfix(&file, ["fix", "change", "remove", "HF-1", &ground.second]).expect(0);
    assert_eq!(hotfix(&file, ["fix", "change", "list", "HF-1"]).expect(0).lines().len(), 1);
    for wrong in ["nothing", "a..b", "--all", "main..fix"] {
        let words = ["fix", "change", "add", "HF-1", &format!("--commit={wrong}")];
        assert_eq!(hotfix(&file, words).expect(2).error()["where"], "commit", "{wrong}");
    }
}

#[test]
fn where_a_change_is_missing_is_exit_1_and_keeps_the_hot_fix_from_closing_by_name() {
    let ground = Ground::new();
    let file = ground.file();
    hotfix(&file, ["fix", "change", "add", "HF-1", "--commit", &ground.first]).expect(0);
    let looked = hotfix(&file, ["fix", "change", "branches", "HF-1"]).expect(1).lines();
    let told: Vec<_> = looked.iter().map(|row| (&row["branch"], &row["presence"])).collect();
    assert_eq!(
        told,
        [
            (&json!("main"), &json!("commit")),
            (&json!("release/2.4"), &json!("patch_id")),
            (&json!("release/2.3"), &json!("missing")),
        ]
    );
    assert_eq!(looked[1]["there"], ground.git(&["rev-parse", "release/2.4"]));
    let desk = ground.desk();
    let shown = call(&desk, "fix_show", json!({ "key": "HF-1" }));
    assert!(!shown["hotfix"]["changes"][0]["looked_at"].is_null());
    drop(desk);

    // Resolved by hand: it may be there, and nobody can be sure.
    ground.git(&["checkout", "-q", "release/2.3"]);
    ground.commit(
        "shop.py",
        "price = 2 # as on main\n",
        &format!("Round it\n\n(cherry picked from commit {})", ground.first),
    );
    ground.git(&["checkout", "-q", "main"]);
    let looked = hotfix(&file, ["fix", "change", "branches", "HF-1"]).expect(1).lines();
    assert_eq!(
        (&looked[2]["presence"], &looked[2]["doubt"]),
        (&json!("uncertain"), &json!("resolved"))
    );

    // The same blocker for who closes it, with the branch and the commit.
    let desk = ground.desk();
    let key = json!({ "key": "HF-1" });
    let hotfix_view = call(&desk, "fix_show", key)["hotfix"].clone();
    assert_eq!(hotfix_view["phase"], "development");
    let report = call(&desk, "report", json!({ "key": "HF-1", "format": "md" }));
    let text = report["text"].as_str().unwrap();
    assert!(text.contains("uncertain") && text.contains("release"), "{text}");
    drop(desk);

    ground.git(&["checkout", "-q", "release/2.3"]);
    ground.git(&["reset", "-q", "--hard", "HEAD~1"]);
    ground.git(&["cherry-pick", &ground.first]);
    let looked = hotfix(&file, ["fix", "change", "branches", "HF-1"]).expect(0).lines();
    assert!(looked.iter().all(|row| row["doubt"].is_null()), "{looked:?}");
}

#[test]
fn a_hot_fix_may_be_a_change_of_configuration_alone_and_its_texts_can_be_redacted() {
    let ground = Ground::new();
    let file = ground.file();
    assert!(blockers(&ground.desk()).iter().any(|(code, _)| code == "change_missing"));
    let write = |name: &str, text: &str| {
        let path = ground.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let before = write("before", "timeout = 5\nkey = hunter2-secret\n");
    let after = write("after", "timeout = 30\nkey = hunter2-secret\n");
    let words = [
        "fix",
        "change",
        "config",
        "add",
        "HF-1",
        "--name",
        "limits.toml",
        "--before",
        &before,
        "--after",
        &after,
        "--environment",
        "production",
        "--note",
        "By the operators",
    ];
    assert_eq!(hotfix(&file, words).expect(0).json()["id"], "C1");
    let desk = ground.desk();
    assert!(!blockers(&desk).iter().any(|(code, _)| code == "change_missing"));
    let of = json!({ "of": "configuration", "key": "HF-1", "id": "C1" });
    let opened = call(&desk, "diff_open", json!({ "diff": of }));
    assert_eq!(opened["done"], true);
    let page = call(&desk, "diff_read", json!({ "diff": of, "from": 0, "count": 100 }));
    let signed: Vec<_> = page["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["kind"] == "added" || line["kind"] == "removed")
        .map(|line| (line["kind"].as_str().unwrap(), line["text"].as_str().unwrap()))
        .collect();
    assert_eq!(signed, [("removed", "timeout = 5"), ("added", "timeout = 30")]);
    let text = |desk: &Desk| {
        call(desk, "report", json!({ "key": "HF-1" }))["text"].as_str().unwrap().to_owned()
    };
    assert!(text(&desk).contains("    -timeout = 5\n    +timeout = 30\n"), "{}", text(&desk));
    let entries = call(&desk, "timeline", json!({ "key": "HF-1" }));
    assert!(entries.to_string().contains("configuration change “limits.toml”"));

    let found = call(&desk, "search", json!({ "text": "hunter2" }));
    assert_eq!(found["hits"][0]["key"], "HF-1", "{found}");

    // Pasted by mistake: it goes out of the hot fix as out of everything else.
    call(
        &desk,
        "issue_comment",
        json!({ "key": "ISS-1", "text": "hunter2-secret", "internal": true }),
    );
    drop(desk);
    let redact = ["issue", "redact", "ISS-1", "--text", "hunter2-secret", "--reason", "pasted"];
    let answer = hotfix(&file, redact).expect(0).json();
    assert!(answer["places"].as_array().unwrap().contains(&json!("HF-1")), "{answer}");
    assert!(!text(&ground.desk()).contains("hunter2"));
    assert_eq!(hotfix(&file, ["audit", "verify"]).expect(0).json()["ok"], true);

    let same = [
        "fix", "change", "config", "add", "HF-1", "--name", "x", "--before", &before, "--after",
        &before,
    ];
    assert_eq!(hotfix(&file, same).expect(2).error()["where"], "text.after");
    let edit = [
        "fix",
        "change",
        "config",
        "add",
        "HF-1",
        "--name",
        "limits.toml",
        "--after",
        &after,
        "--id",
        "C1",
    ];
    assert_eq!(hotfix(&file, edit).expect(0).json()["id"], "C1");
    assert_eq!(
        hotfix(&file, ["fix", "change", "config", "list", "HF-1"]).expect(0).lines().len(),
        1
    );
    hotfix(&file, ["fix", "change", "config", "remove", "HF-1", "C1"]).expect(0);
    let words = ["fix", "change", "config", "add", "HF-1", "--name", "y", "--after", &after];
    assert_eq!(hotfix(&file, words).expect(0).json()["id"], "C2", "an id is not given twice");
}

#[test]
fn a_release_or_a_hot_fix_that_came_after_the_package_is_kept_once_it_was_compared_again() {
    let ground = Ground::new();
    let file = ground.file();
    let release = ground.git(&["rev-parse", "release/2.3"]);
    let later = ground.git(&["rev-parse", "release/2.4"]);
    hotfix(&file, ["fix", "change", "add", "HF-1", "--commit", &ground.first]).expect(0);
    let desk = ground.desk();
    let as_dana = As::default();
    let whole = json!([{ "path": "", "from_commit": true, "role": "file" }]);
    desk.call_as("fix_package_build", json!({ "key": "HF-1", "from": whole }), &as_dana).unwrap();
    drop(desk);
    let record = |version: &str, commit: &str| {
        let words = [
            "deploy",
            "record",
            "--product",
            "shop",
            "--environment",
            "production",
            "--version",
            version,
            "--commit",
            commit,
        ];
        hotfix(&file, words)
    };
    assert_eq!(record("2.3", "not-a-hash").expect(2).error()["where"], "commit");
    record("2.3.0", &release[..12]).expect(0);
    let found = hotfix(&file, ["fix", "compare", "HF-1"]).expect(0).json();
    assert_eq!(found, json!({ "found": [release[..12]], "lacking": [] }));
    record("2.4.0", &later).expect(0);
    let found = hotfix(&file, ["fix", "compare", "HF-1"]).expect(1).json();
    assert_eq!(found["lacking"], json!([later]));
    let shown = hotfix(&file, ["deploy", "runs-where"]).expect(0).lines();
    assert_eq!(shown[0]["running"]["commit"], later);
}

#[test]
fn a_repository_that_is_gone_keeps_what_was_known() {
    let ground = Ground::new();
    let file = ground.file();
    hotfix(&file, ["fix", "change", "add", "HF-1", "--commit", &ground.first]).expect(0);
    std::fs::rename(ground.repository(), ground.folder.path().join("moved")).unwrap();
    let error = hotfix(&file, ["fix", "change", "branches", "HF-1"]).expect(2).error();
    assert_eq!(error["where"], "repository");
    let changes = hotfix(&file, ["fix", "change", "list", "HF-1"]).expect(0).lines();
    assert_eq!(changes[0]["branches"][0]["presence"], "commit");
    let missing = |path: &Path| !path.exists();
    assert!(missing(&ground.repository()));
}

#[test]
fn a_diff_of_more_than_100_000_lines_is_read_by_pages_from_any_place() {
    let ground = Ground::new();
    let long: String = (0..120_000).map(|n| format!("line {n}\n")).collect();
    std::fs::write(ground.repository().join("latin.txt"), b"caf\xe9\n").unwrap();
    let commit = ground.commit("long.txt", &long, "A long list");
    let desk = ground.desk();
    let diff = json!({ "of": "commit", "repository": ground.repository(), "commit": commit });
    let opened = || call(&desk, "diff_open", json!({ "diff": diff }));
    let whole = loop {
        let now = opened();
        if now["done"] == true {
            break now;
        }
    };
    assert_eq!(whole["lines"], 120_000 + 6 + 6 + 1);
    assert_eq!(whole["files"][1]["path"], "long.txt");
    assert_eq!(whole["files"][1]["additions"], 120_000);
    let read = |from: u64, count: u32, encoding: Option<&str>| {
        let request = json!({ "diff": diff, "from": from, "count": count, "encoding": encoding });
        call(&desk, "diff_read", request)["lines"].clone()
    };
    let begin = whole["files"][1]["line"].as_u64().unwrap();
    let last = read(begin + 6 + 119_999, 10, None);
    assert_eq!(last.as_array().unwrap().len(), 1, "{last}");
    assert_eq!((&last[0]["text"], &last[0]["new"]), (&json!("line 119999"), &json!(120_000)));
    assert_eq!(read(6, 1, None)[0]["text"], "café");
    assert_eq!(read(6, 1, Some("koi8-r"))[0]["text"], "cafИ");
    let request = json!({ "diff": diff, "from": 0, "count": 1, "encoding": "klingon" });
    assert_eq!(desk.call("diff_read", request).unwrap_err().location.as_deref(), Some("encoding"));
    call(&desk, "diff_close", json!({ "diff": diff }));
    assert_eq!(read(7, 1, None)[0]["kind"], "file", "it is made again for who asks");
}
