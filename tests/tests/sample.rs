//! The sample workspace is what the first screen promises: three products, 300 issues, hot fixes in every
//! stage. The same seed makes the same.

use hotfix_core::{
    clock::{ManualClock, now},
    desk::{Desk, Options},
};
use hotfix_tests::ground::call;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

fn rows(desk: &Desk, name: &str, request: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut request = request.clone();
    loop {
        let page = call(desk, name, request.clone());
        all.extend(page["rows"].as_array().expect("rows").iter().cloned());
        if page["next"].is_null() {
            return all;
        }
        request["after"] = page["next"].clone();
    }
}

fn counted<'a>(rows: &'a [Value], by: &str) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row[by].as_str().unwrap_or_default()).or_default() += 1;
    }
    counts
}

#[test]
fn it_has_three_products_some_300_issues_and_hot_fixes_in_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::sample(&folder.path().join("s.hotfix"), 300, 1, Options::default()).unwrap();
    let products = call(&desk, "catalog_list", json!({ "kind": "product" }));
    assert_eq!(products.as_array().unwrap().len(), 3);
    let issues = rows(&desk, "issue_list", &json!({ "all": true, "limit": 100 }));
    assert!((295..=305).contains(&issues.len()), "{} issues", issues.len());
    let states = counted(&issues, "state");
    for state in [
        "new",
        "needs_info",
        "triaged",
        "in_hot_fix",
        "resolved",
        "closed",
        "deferred",
        "duplicate",
        "rejected",
    ] {
        assert!(
            states.get(state).is_some_and(|count| *count > 0),
            "no issue is {state}: {states:?}"
        );
    }
    let fixes = rows(&desk, "fix_list", &json!({ "all": true, "limit": 100 }));
    let phases = counted(&fixes, "phase");
    for phase in ["development", "rollout", "monitoring", "closed"] {
        assert!(phases.get(phase).is_some_and(|count| *count > 0), "none in {phase}: {phases:?}");
    }
    let deployments = rows(&desk, "deploy_list", &json!({ "limit": 100 }));
    let states = counted(&deployments, "state");
    for state in ["planned", "validating", "done"] {
        assert!(states.contains_key(state), "no deployment is {state}: {states:?}");
    }
    assert!(!call(&desk, "waiting", json!({})).as_array().unwrap().is_empty(), "somebody waits");
    call(&desk, "audit_verify", json!({}));
}

#[test]
fn the_same_seed_makes_the_same_and_another_seed_another() {
    let folder = tempfile::tempdir().unwrap();
    let at = now();
    let made = |name: &str, seed: u64| {
        let clock = Arc::new(ManualClock::at(at));
        let options = Options { clock, device: "test".into(), ..Options::default() };
        let desk = Desk::sample(&folder.path().join(name), 60, seed, options).unwrap();
        ["issue_list", "fix_list", "deploy_list", "message_list"]
            .map(|list| rows(&desk, list, &json!({ "all": true, "limit": 100 })))
    };
    let (one, again, other) = (made("a", 5), made("b", 5), made("c", 6));
    assert!(one.iter().all(|list| !list.is_empty()));
    for (list, (first, second)) in one.iter().zip(&again).enumerate() {
        for (row, (left, right)) in first.iter().zip(second).enumerate() {
            assert_eq!(left, right, "list {list}, row {row}");
        }
        assert_eq!(first.len(), second.len(), "list {list}");
    }
    assert!(one[0] != other[0], "another seed has other issues");
}
