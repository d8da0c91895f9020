//! From "who takes it" to an approval, over a real file: load and presence, whom something waits for, a
//! commit found in a real repository, and git's authors.

use hotfix_core::desk::{As, Desk, Options};
use hotfix_tests::program::hotfix;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

struct Bench {
    folder: tempfile::TempDir,
    desk: Desk,
}

/// Around the clock, and on one day of the week only.
fn hours(days: [bool; 7]) -> Value {
    let days = days
        .map(|open| if open { json!([{ "open": "00:00", "close": "24:00" }]) } else { json!([]) });
    json!({ "zone": "UTC", "days": days, "holidays": [] })
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::create(&folder.path().join("a.hotfix"), "Test", Options::default()).unwrap();
    let bench = Bench { folder, desk };
    // Two days ahead, whatever day it is.
    let now = hotfix_core::desk::now().timestamp();
    let today = now.strftime("%u").to_string().parse::<usize>().unwrap() - 1;
    let mut later = [false; 7];
    later[(today + 2) % 7] = true;
    for (id, roles, open) in [
        ("rita", json!(["release_manager", "owner"]), [true; 7]),
        ("dana", json!(["developer", "approver"]), [true; 7]),
        ("marc", json!(["approver"]), later),
    ] {
        bench.save(json!({
            "kind": "person", "id": id, "name": id, "mail": format!("{id}@example.org"),
            "roles": roles, "zone": "UTC", "hours": hours(open),
        }));
    }
    bench.save(json!({ "kind": "team", "id": "web", "name": "Web", "members": ["dana", "marc"] }));
    let environment = json!({ "id": "production", "name": "P", "production": true, "soak_minutes": 0, "targets": [] });
    bench.save(json!({
        "kind": "product", "id": "shop", "name": "Shop", "environments": [environment], "team": "web",
    }));
    bench
}

impl Bench {
    fn path(&self) -> PathBuf {
        self.folder.path().join("a.hotfix")
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    fn by(&self, person: &str, name: &str, request: Value) -> Value {
        let how = As { person: Some(person.into()), ..As::default() };
        self.desk.call_as(name, request, &how).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    fn save(&self, object: Value) {
        self.call("catalog_save", json!({ "object": object }));
    }

    fn issue(&self, owner: Option<&str>) -> String {
        let text = json!({ "title": "Checkout answers 500" });
        let made = self.call("issue_log", json!({ "text": text, "product": "shop" }));
        let key = made["key"].as_str().unwrap().to_owned();
        self.call(
            "issue_triage",
            json!({ "keys": [key], "impact_system": "high", "impact_users": "high",
                "impact_business": "high", "urgency": "high" }),
        );
        if owner.is_some() {
            self.call("issue_assign", json!({ "keys": [key], "person": owner }));
        }
        key
    }

    fn fix(&self) -> String {
        let issue = self.issue(None);
        self.call("fix_new", json!({ "issues": [issue] }))["key"].as_str().unwrap().to_owned()
    }

    /// What waits for somebody about hot fixes, as kinds.
    fn waits(&self, person: &str) -> Vec<String> {
        let items = self.by(person, "waiting", json!({}));
        let items = items.as_array().unwrap();
        let about = items.iter().filter(|item| item["key"].as_str().unwrap().starts_with("HF-"));
        about.map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
    }

    fn package(&self, key: &str, content: &str) {
        let file = self.folder.path().join("shop.txt");
        std::fs::write(&file, content).unwrap();
        let from = json!([{ "path": file, "from_commit": false, "role": "file" }]);
        self.by("rita", "fix_package_build", json!({ "key": key, "from": from }));
    }
}

#[test]
fn a_load_counts_what_each_has_and_knows_who_is_there() {
    let bench = bench();
    for owner in ["dana", "dana", "marc"] {
        bench.issue(Some(owner));
    }
    bench.call("issue_assign", json!({ "keys": [bench.issue(None)], "team": "web" }));
    let key = bench.fix();
    bench.call("fix_assign", json!({ "key": key, "person": "dana", "team": "web" }));
    let load = bench.call("load", json!({}));
    let of = |id: &str| {
        let people = load["people"].as_array().unwrap();
        people.iter().find(|one| one["person"] == id).unwrap().clone()
    };
    let dana = of("dana");
    assert_eq!((&dana["hotfixes"], &dana["issues"]), (&json!(1), &json!(2)), "{dana}");
    assert_eq!(dana["waiting"], 1, "the gate of her hot fix");
    assert_eq!((&dana["there"], &dana["until"]), (&json!(true), &Value::Null));
    let marc = of("marc");
    assert_eq!((&marc["there"], &marc["issues"]), (&json!(false), &json!(1)));
    let now = hotfix_core::desk::now();
    let back: hotfix_core::desk::Instant = marc["back_at"].as_str().unwrap().parse().unwrap();
    let hours = back.since(now).as_secs() / 3600;
    assert!((24..48).contains(&hours), "{marc}");
    let web = &load["teams"][0];
    assert_eq!(
        (&web["issues"], &web["hotfixes"], &web["there"]),
        (&json!(1), &json!(0), &json!(1))
    );
    let people = load["people"].as_array().unwrap();
    let last = people.last().unwrap();
    assert_eq!(last["person"], "marc", "who is away comes last");
}

#[test]
fn what_a_team_has_and_nobody_in_person_waits_for_its_members() {
    let bench = bench();
    let key = bench.fix();
    // Without a team it is for the product's, and for who manages releases.
    assert_eq!(bench.waits("dana"), ["unassigned", "blocker"]);
    assert_eq!(bench.waits("rita"), ["unassigned", "blocker"]);
    bench.save(json!({ "kind": "team", "id": "ops", "name": "Ops", "members": ["marc"] }));
    bench.call("fix_assign", json!({ "key": key, "team": "ops" }));
    assert_eq!(bench.waits("marc"), ["unassigned", "blocker"]);
    assert!(bench.waits("dana").is_empty() && bench.waits("rita").is_empty());
    bench.call("fix_assign", json!({ "key": key, "person": "marc", "team": "ops" }));
    assert_eq!(bench.waits("marc"), ["blocker"]);
}

#[test]
fn an_approval_that_was_asked_for_waits_for_who_was_named_and_reminds_who_has_it() {
    let bench = bench();
    let key = bench.fix();
    bench.call("fix_assign", json!({ "key": key, "person": "rita" }));
    bench.package(&key, "one");
    let request = json!({ "key": key, "environment": "production", "people": ["marc"] });
    bench.call("fix_ask_approval", request);
    assert_eq!(bench.waits("marc"), ["approval"]);
    assert!(bench.waits("dana").is_empty(), "she was not named");
    assert_eq!(bench.waits("rita"), ["approval", "blocker"], "she is reminded to ask again");
    let approve = json!({ "key": key, "environment": "production" });
    bench.by("dana", "fix_approve", approve);
    assert!(bench.waits("marc").is_empty());
    bench.by("dana", "fix_withdraw", json!({ "key": key, "environment": "production" }));
    assert_eq!(bench.waits("marc"), ["approval"]);
}

fn git(at: &Path, author: &str, arguments: &[&str]) -> String {
    let ran = Command::new("git")
        .arg("-C")
        .arg(at)
        .args(["-c", "user.name=x", "-c", &format!("user.email={author}")])
        .args(["-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).trim().to_owned()
}

#[test]
fn a_commit_is_found_in_the_repository_and_who_git_says_wrote_it_cannot_approve() {
    let bench = bench();
    let repository = bench.folder.path().join("repository");
    std::fs::create_dir(&repository).unwrap();
    git(&repository, "Dana@Example.org", &["init", "-q"]);
    std::fs::write(repository.join("a"), "1").unwrap();
    git(&repository, "Dana@Example.org", &["add", "."]);
    git(&repository, "Dana@Example.org", &["commit", "-qm", "checkout: a typo"]);
    let full = git(&repository, "x", &["rev-parse", "HEAD"]);
    let environment = json!({ "id": "production", "name": "P", "production": true,
        "soak_minutes": 0, "targets": [] });
    bench.save(json!({
        "kind": "product", "id": "shop", "name": "Shop", "environments": [environment],
        "repository": repository,
    }));
    let key = bench.fix();
    let found = bench.call("commit_find", json!({ "product": "shop", "revision": &full[..8] }));
    assert_eq!((&found["commit"], &found["subject"]), (&json!(full), &json!("checkout: a typo")));
    let cause = |since: &str| json!({ "key": key, "cause": "code", "since_commit": since, "text": { "what": "A typo" } });
    let saved = bench.call("fix_cause", cause("main"));
    assert_eq!(saved["since_commit"], json!(full));
    let error = bench.desk.call("fix_cause", cause("no-such-branch")).unwrap_err();
    assert_eq!(error.location.as_deref(), Some("since_commit"));
    // Who cannot look does not lose the word.
    std::fs::rename(&repository, bench.folder.path().join("elsewhere")).unwrap();
    assert_eq!(bench.call("fix_cause", cause("main"))["since_commit"], "main");
    std::fs::rename(bench.folder.path().join("elsewhere"), &repository).unwrap();

    // Rita records the commit; git says that it is Dana's.
    bench.by("rita", "fix_change_add", json!({ "key": key, "commit": full }));
    bench.package(&key, "one");
    let how = As { person: Some("dana".into()), ..As::default() };
    let approve = json!({ "key": key, "environment": "production" });
    let error = bench.desk.call_as("fix_approve", approve, &how).unwrap_err();
    assert!(error.message.contains("by git’s claim"), "{error:?}");
    let shown = bench.call("fix_approvals", json!({ "key": key }));
    let authors = shown["authors"].as_array().unwrap();
    let claimed: Vec<_> =
        authors.iter().map(|one| (one["person"].as_str().unwrap(), &one["claimed"])).collect();
    assert_eq!(claimed, [("rita", &json!(false)), ("dana", &json!(true))]);
}

#[test]
fn the_terminal_assigns_approves_and_takes_back_with_its_exit_codes() {
    let bench = bench();
    let key = bench.fix();
    let path = bench.path();
    hotfix(&path, ["fix", "assign", &key, "--person", "dana"]).expect(0);
    let error = hotfix(&path, ["fix", "assign", &key, "--person", "marc"]).expect(2).error();
    assert_eq!(error["where"], "note");
    hotfix(&path, ["fix", "assign", &key, "--person", "marc", "--note", "Dana is away"]).expect(0);
    let people = hotfix(&path, ["fix", "load"]).expect(0).lines();
    assert!(people.iter().any(|one| one["person"] == "marc" && one["hotfixes"] == 1), "{people:?}");
    let base =
        hotfix(&path, ["fix", "show", &key]).expect(0).json()["hotfix"]["version"].to_string();
    let plan = |text: &str| hotfix(&path, ["fix", "rollback-plan", &key, text, "--base", &base]);
    plan("Put back what ran").expect(0);
    let error = plan("Something else").expect(1).error();
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("Put back what ran") && hint.contains("Something else"), "{hint}");
    let solution = ["fix", "solution", &key, "Without it", "--alternatives", "Wait"];
    hotfix(&path, solution).expect(0);
    let cause =
        ["fix", "cause", &key, "--kind", "data", "--what", "x", "--why", "y", "--next", "z"];
    hotfix(&path, cause).expect(0);
    bench.package(&key, "one");

    let at = ["--environment", "production"];
    let fix = |verb: &str, person: &str, more: &[&str]| {
        let mut words = vec!["--as", person, "fix", verb, &key];
        words.extend(at);
        words.extend(more);
        hotfix(&path, words)
    };
    fix("request", "rita", &["--of", "dana,marc", "--note", "please"]).expect(0);
    assert_eq!(fix("request", "rita", &["--of", "rita"]).expect(1).error()["where"], "people.0");
    fix("approve", "rita", &[]).expect(1);
    fix("approve", "marc", &["--hash", &"0".repeat(64)]).expect(1);
    let given = fix("approve", "marc", &[]).expect(0).json();
    assert!(given["expires_at"].is_string());
    fix("approvals", "marc", &[]).expect(0);
    fix("withdraw", "marc", &["--reason", "I looked at the wrong one"]).expect(0);
    let shown = fix("approvals", "marc", &[]).expect(1).json();
    assert_eq!(shown["environments"][0]["answers"][0]["state"], "withdrawn");
    fix("withdraw", "marc", &[]).expect(1);
    fix("decline", "dana", &["--reason", "Not today"]).expect(0);
    fix("break-glass", "dana", &["--reason", "It burns"]).expect(1);
    fix("break-glass", "rita", &["--reason", "It burns"]).expect(0);
    let open = hotfix(&path, ["fix", "review", &key]).expect(0).lines();
    let seq = open[0]["seq"].to_string();
    let review = ["fix", "review", &key, "--seq", &seq, "--finding", "Fine"];
    hotfix(&path, ["--as", "rita"].into_iter().chain(review)).expect(1);
    hotfix(&path, ["--as", "marc"].into_iter().chain(review)).expect(0);
    assert!(hotfix(&path, ["fix", "review", &key]).expect(0).lines().is_empty());
}
