//! A tracker that keeps the contracts of GitHub, GitLab and Sentry; `hotfix source`; and an agent that
//! is killed while it reads.

use super::{Workspace, counts};
use hotfix_core::error::Kind;
use hotfix_tests::{
    child::wait_for,
    program::{self, agent, hotfix},
    tracker::{Kind as Of, Tracker, Trouble},
};
use serde_json::{Value, json};
use std::{process::Command, thread, time::Duration};

const ALL: [Of; 3] = [Of::Github, Of::Gitlab, Of::Sentry];

fn open(kind: Of, issues: u64) -> (Tracker, Workspace) {
    let tracker = Tracker::start(kind);
    tracker.board().add(issues);
    let ground = Workspace::with(tracker.source("shop"));
    (tracker, ground)
}

#[test]
fn every_issue_is_read_once_with_its_fields_and_its_link() {
    for kind in ALL {
        let (_tracker, ground) = open(kind, 250);
        assert_eq!(counts(&ground.run("shop"))[0], 250, "{kind:?}");
        assert_eq!(ground.total(), 250);
        let issue = ground.issue("ISS-7");
        assert!(issue["text"]["description"].as_str().unwrap().contains("Body of "), "{kind:?}");
        assert!(issue["origin"]["url"].as_str().unwrap().starts_with("https://"), "{kind:?}");
        if kind != Of::Sentry {
            assert_eq!(issue["component"], "cart", "{kind:?}");
        }
        assert_eq!(counts(&ground.run("shop"))[0], 0);
        ground.forget();
        assert_eq!(counts(&ground.run("shop"))[..2], [0, 0], "{kind:?}: a lost place");
        assert_eq!(ground.total(), 250);
    }
}

#[test]
fn what_changes_while_it_is_read_hides_nothing() {
    for kind in ALL {
        let (tracker, ground) = open(kind, 450);
        tracker.board().restless = true;
        ground.run("shop");
        tracker.board().restless = false;
        ground.run("shop");
        assert_eq!(ground.total(), 450, "{kind:?}");
        let mut titles: Vec<String> = (1..=450)
            .map(|n| ground.issue(&format!("ISS-{n}"))["text"]["title"].to_string())
            .collect();
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), 450, "{kind:?}");
    }
}

#[test]
fn more_changes_at_one_moment_than_a_page_holds_are_all_read() {
    for kind in [Of::Github, Of::Gitlab] {
        let (tracker, ground) = open(kind, 350);
        for issue in &mut tracker.board().issues {
            issue.changed = 5;
        }
        assert_eq!(counts(&ground.run("shop"))[0], 350, "{kind:?}");
    }
}

#[test]
fn a_storm_of_ten_thousand_is_ten_thousand_issues_or_one_with_a_count_as_the_tracker_says() {
    let (_tracker, ground) = open(Of::Github, 10_000);
    assert_eq!(counts(&ground.run("shop"))[0], 10_000);
    assert_eq!(ground.total(), 10_000);
    // Sentry groups by itself.
    let (tracker, ground) = open(Of::Sentry, 3);
    ground.run("shop");
    tracker.board().touch(2, |issue| issue.count = 10_000);
    assert_eq!(counts(&ground.run("shop"))[1], 1);
    assert_eq!(counts(&ground.run("shop"))[1], 0);
    let seen: Vec<u64> = (1..=3)
        .map(|n| ground.issue(&format!("ISS-{n}"))["seen_again"].as_u64().unwrap())
        .collect();
    assert_eq!(seen.iter().sum::<u64>(), 9_999, "{seen:?}");
}

#[test]
fn closed_there_is_noted_here_and_what_was_closed_before_is_not_logged() {
    for kind in [Of::Github, Of::Gitlab] {
        let (tracker, ground) = open(kind, 3);
        tracker.board().touch(3, |issue| issue.closed = true);
        assert_eq!(counts(&ground.run("shop"))[0], 2, "{kind:?}");
        tracker.board().touch(1, |issue| issue.closed = true);
        let ran = ground.run("shop");
        assert_eq!((&ran["logged"], &ran["noted"]), (&json!(0), &json!(1)), "{kind:?}");
        assert_eq!(ground.run("shop")["noted"], 0);
        let note = ground.issue("ISS-1")["comments"][0]["text"].to_string();
        assert!(note.contains("Closed on Git"), "{note}");
        tracker.board().touch(1, |issue| issue.closed = false);
        assert_eq!(ground.run("shop")["noted"], 1, "{kind:?}: opened again");
    }
}

#[test]
fn a_quiet_tracker_is_asked_without_cost() {
    let (tracker, ground) = open(Of::Github, 5);
    for _ in 0..4 {
        ground.run("shop");
    }
    assert!(tracker.board().unchanged >= 1, "ETag is used once nothing changes");
    tracker.board().add(1);
    assert_eq!(ground.run("shop")["logged"], 1);
}

#[test]
fn a_reading_that_breaks_at_any_page_goes_on_there() {
    for kind in ALL {
        for trouble in [Trouble::Status(500, Vec::new()), Trouble::Cut] {
            let (tracker, ground) = open(kind, 250);
            // The first page is well, the second is not, and then the third is not.
            tracker.board().troubles = vec![None, Some(trouble.clone())];
            let (error, row) = ground.fail("shop");
            assert!(row["lasting"] == false && !row["next_at"].is_null(), "{kind:?}: {error}");
            assert_eq!(ground.total(), 100, "{kind:?} {trouble:?}: the first page is committed");
            tracker.board().troubles = vec![None, Some(trouble.clone())];
            ground.fail("shop");
            // A page begins at the moment at which the one before ended, and may give that again.
            let there = ground.total();
            assert!((199..=200).contains(&there), "{kind:?} {trouble:?}: {there}");
            assert_eq!(counts(&ground.run("shop"))[0], 250 - there, "{kind:?} {trouble:?}");
        }
    }
}

#[test]
fn who_limits_is_left_alone_for_as_long_as_it_says() {
    let limits = [
        (
            403,
            vec![
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-reset", "1700003600".to_owned()),
            ],
        ),
        (403, vec![("retry-after", "3600".to_owned())]),
        (429, vec![("retry-after", "3600".to_owned())]),
    ];
    for (status, headers) in limits {
        let (tracker, ground) = open(Of::Github, 0);
        tracker.board().troubles = vec![Some(Trouble::Status(status, headers.clone()))];
        let (error, row) = ground.fail("shop");
        assert!(error.message.contains("left alone"), "{error}");
        let last: hotfix_core::desk::Instant = row["last_at"].as_str().unwrap().parse().unwrap();
        let next: hotfix_core::desk::Instant = row["next_at"].as_str().unwrap().parse().unwrap();
        let pause = next.since(last).as_secs();
        assert!((3500..=3700).contains(&pause), "{status} {headers:?}: {pause}");
        assert_eq!(row["lasting"], false);
    }
}

#[test]
fn what_a_person_has_to_mend_is_said_to_be_so() {
    for (status, said) in
        [(401, "does not accept"), (403, "does not let"), (404, "nothing at"), (422, "refuses")]
    {
        let (tracker, ground) = open(Of::Gitlab, 1);
        tracker.board().troubles = vec![Some(Trouble::Status(status, Vec::new()))];
        let (error, row) = ground.fail("shop");
        assert!(error.message.contains(said) && error.hint.is_some(), "{status}: {error}");
        assert_eq!((error.kind, &row["lasting"]), (Kind::Vendor, &json!(true)), "{status}");
        assert_eq!(ground.run("shop")["logged"], 1, "it is mended");
        assert!(ground.row()["error"].is_null());
    }
    let (tracker, ground) = open(Of::Github, 1);
    let moved = vec![("location", "https://evil.example/x?token=1".to_owned())];
    tracker.board().troubles = vec![Some(Trouble::Status(301, moved))];
    let (error, _) = ground.fail("shop");
    assert!(error.message.contains("moved to https://evil.example/x ("), "{error}");
}

#[test]
fn an_agent_that_is_killed_while_it_reads_loses_nothing_and_logs_nothing_twice() {
    const ISSUES: u64 = 1500;
    for kind in [Of::Github, Of::Sentry] {
        let (tracker, ground) = open(kind, ISSUES);
        let mut kills = 0;
        for delay in [150, 400, 900] {
            let mut running = agent(&ground.path, &format!("agent-{delay}"));
            thread::sleep(Duration::from_millis(delay));
            let before = listed(&ground);
            running.kill();
            kills += u32::from(before < ISSUES);
            // Its lease runs out by itself.
            thread::sleep(Duration::from_millis(100));
        }
        assert!(kills > 0, "it was never killed in the middle");
        let _running = agent(&ground.path, "agent-at-last");
        wait_for("everything to be read", Duration::from_secs(120), || {
            (listed(&ground) == ISSUES).then_some(())
        });
        // One more reading, and still each once.
        tracker.board().add(1);
        hotfix(&ground.path, ["source", "run", "shop"]).expect(0);
        assert_eq!(listed(&ground), ISSUES + 1, "{kind:?}");
        assert_eq!(hotfix(&ground.path, ["audit", "verify"]).expect(0).json()["ok"], true);
    }
}

fn listed(ground: &Workspace) -> u64 {
    let _ = ground.desk.catch_up();
    ground.total()
}

#[test]
fn sources_are_added_tried_read_paused_and_resumed_in_the_terminal() {
    let tracker = Tracker::start(Of::Github);
    tracker.board().add(30);
    let ground = Workspace::new();
    let path = &ground.path;
    let (url, label) = (tracker.url(), "area=component");
    let add = [
        "source",
        "add",
        "github",
        "--name",
        "Web Shop",
        "--address",
        &url,
        "--query",
        "acme/shop",
    ];
    let added = hotfix(path, add.into_iter().chain(["--label", label, "--every", "300"])).expect(0);
    assert_eq!(added.json(), json!({ "id": "web-shop" }));
    let tried = hotfix(path, ["source", "try", "Web Shop"]).expect(0).lines();
    assert_eq!(tried.len(), 10);
    assert_eq!(
        (&tried[0]["became"], &tried[0]["title"], &tried[0]["component"]),
        (&json!("issue"), &json!("Report 1"), &json!("cart"))
    );
    assert_eq!(listed(&ground), 0, "trying logs nothing");
    let ran = hotfix(path, ["source", "run", "web-shop"]).expect(0).json();
    assert_eq!(counts(&ran), [30, 0, 0, 0, 0]);
    let again = hotfix(path, ["source", "try", "web-shop"]).expect(0).lines();
    assert!(again.iter().all(|row| row["became"] == "known"));
    hotfix(path, ["source", "pause", "web-shop"]).expect(0);
    let row = hotfix(path, ["source", "list"]).expect(0).lines()[0].clone();
    assert_eq!(
        (&row["source"]["paused"], &row["next_at"], &row["logged"]),
        (&json!(true), &Value::Null, &json!(30))
    );
    hotfix(path, ["source", "resume", "web-shop"]).expect(0);
    assert_eq!(hotfix(path, ["source", "list"]).expect(0).lines()[0]["source"]["paused"], false);
    // Wrong use, the outside, and no key at all.
    assert_eq!(hotfix(path, ["source", "run", "nowhere"]).expect(2).error()["kind"], "invalid");
    hotfix(path, ["source", "add", "jira", "--name", "x", "--address", &url]).expect(2);
    let bad = hotfix(
        path,
        ["source", "add", "github", "--name", "x", "--address", "nonsense", "--query", "a/b"],
    );
    assert_eq!(bad.expect(2).error()["where"], "address");
    let secret = hotfix(
        path,
        [
            "source",
            "add",
            "github",
            "--name",
            "x",
            "--address",
            &url,
            "--query",
            "a/b",
            "--secret",
            "s3cret",
        ],
    );
    assert!(!secret.expect(2).errors.contains("s3cret"));
    drop(tracker);
    let gone = hotfix(path, ["source", "run", "web-shop"]).expect(3).error();
    assert_eq!(gone["kind"], "offline");
    let mut shown = Command::new(program::path());
    shown.arg("-W").arg(path).args(["source", "list"]);
    assert!(program::run(&mut shown, "").expect(0).out.contains("could not be reached"));
}

#[test]
fn a_source_that_is_paused_is_not_read_by_the_agent() {
    let (tracker, ground) = open(Of::Github, 3);
    hotfix(&ground.path, ["source", "pause", "shop"]).expect(0);
    let _running = agent(&ground.path, "agent");
    thread::sleep(Duration::from_secs(3));
    assert_eq!((tracker.board().requests.len(), listed(&ground)), (0, 0));
    hotfix(&ground.path, ["source", "resume", "shop"]).expect(0);
    wait_for("it to be read", Duration::from_secs(30), || (listed(&ground) == 3).then_some(()));
}
