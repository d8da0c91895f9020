//! What audiences are told of a deployment, from the command line to the agent that lets the message leave.

use hotfix_core::{
    clock::now,
    desk::{Desk, Options},
};
use hotfix_tests::program::{self, hotfix};
use serde_json::json;
use std::{
    thread::sleep,
    time::{Duration, Instant},
};

const HOUR: u64 = 3600;

/// The sample's stakeholders hear of production a day and an hour before, and of another time.
#[test]
fn a_due_notice_is_told_once_and_a_new_time_is_told_to_who_had_heard() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notices.hotfix");
    let desk = Desk::sample(&file, 60, 1, Options::default()).unwrap();
    let call = |name: &str, request| desk.call(name, request).unwrap();
    let open = call("deploy_list", json!({ "open": true, "limit": 100 }));
    let planned = open["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["state"] == "planned" && row["environment"] == "production");
    let key = planned.unwrap()["key"].as_str().unwrap().to_owned();
    let moved = |hours: u64| {
        let start = now().plus(Duration::from_secs(hours * HOUR));
        let end = start.plus(Duration::from_secs(HOUR));
        call("deploy_move", json!({ "key": key, "starts_at": start, "window_ends_at": end }));
    };
    let notices = |code| hotfix(&file, ["deploy", "notices", &key, "--json"]).expect(code).lines();
    let states = |code| {
        notices(code)
            .iter()
            .map(|one| {
                let notice = &one["notice"];
                let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
                (
                    word(&notice["occasion"]),
                    notice["minutes"].as_u64().unwrap(),
                    word(&one["state"]),
                )
            })
            .collect::<Vec<_>>()
    };
    moved(30);
    assert_eq!(
        states(0)[..2],
        [("before".into(), 1440, "coming".into()), ("before".into(), 60, "coming".into()),]
    );
    let tell = ["deploy", "tell", &key, "--audience", "stakeholders", "--json"];
    let refused = hotfix(&file, tell).expect(1).error();
    assert!(refused["message"].as_str().unwrap().contains("due"), "{refused}");

    moved(20);
    assert_eq!(states(1)[0], ("before".into(), 1440, "due".into()));
    let sent = hotfix(&file, tell).expect(0).json();
    assert!(sent["body"].as_str().unwrap().contains("Production:"), "{sent}");
    assert!(!sent["recipients"].as_array().unwrap().is_empty());
    // It waits its ten seconds for whoever would take it back; then the agent lets it leave.
    let mut agent = program::agent(&file, "engine");
    let end = Instant::now() + Duration::from_secs(60);
    let listed = || hotfix(&file, ["deploy", "notices", &key, "--json"]).lines();
    while !listed().iter().any(|one| one["state"] == "told") {
        assert!(Instant::now() < end, "the message did not leave");
        sleep(Duration::from_millis(300));
    }
    agent.kill();
    hotfix(&file, tell).expect(1);

    moved(40);
    let delayed = notices(1).into_iter().find(|one| one["state"] == "due").unwrap();
    assert_eq!(delayed["notice"]["occasion"], "delay");
    assert_eq!(delayed["purpose"], "delayed");
    let skip = ["deploy", "tell", &key, "--audience", "stakeholders", "--skip", "They know"];
    hotfix(&file, skip).expect(0);
    assert!(states(0).iter().any(|(what, _, state)| what == "delay" && state == "skipped"));
    hotfix(&file, ["audit", "verify"]).expect(0);
}
