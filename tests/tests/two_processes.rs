//! Several programs on one file: each sees what the others do within a second, and nothing is lost,
//! doubled or out of order.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{
    ground::{call, open},
    program::{agent, hotfix},
};
use serde_json::json;
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

fn workspace(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("a.hotfix");
    drop(Desk::create(&path, "Shared", Options::default()).unwrap());
    path
}

fn dump(path: &Path) -> String {
    hotfix(path, ["dump"]).expect(0).out
}

#[test]
fn four_programs_write_at_once_beside_an_agent_and_the_chain_the_keys_and_the_views_are_whole() {
    const EACH: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let _agent = agent(&path, "agent");
    let mut keys: Vec<u32> = thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let path = &path;
                scope.spawn(move || {
                    (0..EACH)
                        .map(|number| {
                            let title = format!("Writer {writer}, report {number}");
                            let made = hotfix(path, ["issue", "log", "--title", &title]).expect(0);
                            let key = made.json()["key"].as_str().unwrap().to_owned();
                            key.strip_prefix("ISS-").unwrap().parse::<u32>().unwrap()
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    keys.sort_unstable();
    assert_eq!(keys, (1..=4 * EACH as u32).collect::<Vec<_>>(), "no gap and no twin");
    assert_eq!(hotfix(&path, ["audit", "verify"]).expect(0).json()["ok"], true);
    let listed = hotfix(&path, ["issue", "list", "--all"]).expect(0).lines();
    assert_eq!(listed.len(), 4 * EACH);
    let before = dump(&path);
    hotfix(&path, ["rebuild"]).expect(0);
    assert!(before == dump(&path), "a rebuild gives the same views");
}

#[test]
fn a_running_desk_hears_of_what_a_terminal_did_within_a_second_and_the_other_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let desk = open(&path);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let _engine = desk.start_engine(runtime.handle()).unwrap();
    let mut changes = desk.subscribe();
    for number in 1..=5 {
        while changes.try_recv().is_ok() {}
        hotfix(&path, ["issue", "log", "--title", "From the terminal"]).expect(0);
        let done = Instant::now();
        let mut heard = false;
        while !heard {
            // A window that asks something in between must not make it miss the news.
            let page = call(&desk, "issue_list", json!({}));
            heard = std::iter::from_fn(|| changes.try_recv().ok())
                .any(|change| change.topics.iter().any(|topic| topic == "issue"));
            assert!(!heard || page["total"].as_u64().unwrap() <= number);
            assert!(done.elapsed() < Duration::from_secs(1), "report {number} was not heard of");
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(call(&desk, "issue_list", json!({}))["total"], number);
    }
    call(&desk, "issue_log", json!({ "text": { "title": "From the desk" } }));
    let listed = hotfix(&path, ["issue", "list"]).expect(0).lines();
    assert!(listed.iter().any(|row| row["title"] == "From the desk"));
}

#[test]
fn what_an_agent_hears_from_an_endpoint_opens_the_gate_for_a_terminal_that_asked_nobody() {
    use hotfix_tests::{
        counter::{Behaviour, Counter},
        ground::{Ground, PLANNED},
    };
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = ground.copy("terminal", &service);
    assert_eq!(hotfix(&path, ["fix", "blockers", "HF-1"]).expect(0).out, "");
    let started = hotfix(&path, ["deploy", "start", "HF-1", "--environment", "staging"]).expect(0);
    assert_eq!(started.json()["key"], PLANNED);
    let _agent = agent(&path, "agent");
    let followed = hotfix(&path, ["deploy", "follow"]).expect(0).lines();
    let last = followed.last().unwrap();
    assert_eq!((&last["key"], &last["state"]), (&json!(PLANNED), &json!("validating")));
    assert_eq!(service.received().len(), 3);
}
