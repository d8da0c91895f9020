//! What runs where as endpoints tell it: against the shop's own agents, by hand and by the engine.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{ground::views_rebuild_to_the_same, program::hotfix, shop::Shop, story};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn row(desk: &Desk, environment: &str) -> Value {
    let rows = desk.call("runs_where", json!({})).unwrap();
    let found = rows.as_array().unwrap().iter().find(|row| row["environment"] == environment);
    found.unwrap().clone()
}

fn ask(desk: &Desk, environment: &str) -> Value {
    desk.call("runs_where_ask", json!({ "product": "shop", "environment": environment })).unwrap()
}

#[test]
fn an_endpoint_tells_what_runs_and_a_difference_is_a_release_that_names_its_source() {
    let shop = Shop::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.hotfix");
    let desk = Desk::create(&path, "Lantern & Loom", Options::default()).unwrap();
    story::fill_catalog(&desk, &shop, 0);
    assert!(row(&desk, "staging")["running"].is_null());

    // Nothing was known: what it tells is recorded, once.
    let first = ask(&desk, "staging");
    assert_eq!(first["heard"], "recorded");
    assert_eq!(first["targets"][0]["version"], "4.8.0");
    assert_eq!(ask(&desk, "staging")["heard"], "as_known");
    let known = row(&desk, "staging");
    assert_eq!(known["running"]["version"], "4.8.0");
    assert_eq!(known["source"], json!({ "by": "endpoint", "who": "staging-agent" }));
    assert_eq!(known["told"]["targets"][0]["target"], "staging-1");

    // Somebody says otherwise, with a hot fix in it; the endpoint does not know of hot fixes.
    let issue = desk.call("issue_log", json!({ "text": { "title": "x" }, "product": "shop" }));
    let triage = json!({
        "keys": [issue.unwrap()["key"]], "impact_system": "low", "impact_users": "low",
        "impact_business": "low", "urgency": "low",
    });
    desk.call("issue_triage", triage).unwrap();
    desk.call("fix_new", json!({ "issues": ["ISS-1"] })).unwrap();
    let by_hand = json!({
        "product": "shop", "environment": "staging", "version": "4.7.9", "contains": ["HF-1"],
    });
    desk.call("deploy_record", by_hand).unwrap();
    assert_eq!(row(&desk, "staging")["source"], json!({ "by": "person", "who": "rita" }));
    assert_eq!(ask(&desk, "staging")["heard"], "recorded");
    let now = row(&desk, "staging");
    assert_eq!(now["running"]["version"], "4.8.0");
    assert_eq!(now["running"]["hotfixes"][0]["hotfix"], "HF-1", "until somebody says otherwise");

    // An endpoint that does not answer changes nothing, and says so.
    let before = row(&desk, "production")["running"].clone();
    let gone = json!({
        "kind": "endpoint", "id": "production-agent", "name": "Gone", "recipe": "generic-http",
        "base_url": "http://127.0.0.1:9",
    });
    desk.call("catalog_save", json!({ "object": gone })).unwrap();
    let unclear = ask(&desk, "production");
    assert_eq!(unclear["heard"], "unclear", "{unclear}");
    assert!(!unclear["targets"][0]["error"].as_str().unwrap().is_empty());
    assert_eq!(row(&desk, "production")["running"], before);
    let refused = desk.call("runs_where_ask", json!({ "product": "shop", "environment": "moon" }));
    assert_eq!(refused.unwrap_err().location.as_deref(), Some("environment"));
    views_rebuild_to_the_same(&desk, "after asking");
    drop(desk);

    // The same from a terminal: what is unclear ends with 3.
    let told = hotfix(&path, ["deploy", "runs-where", "--ask"]).expect(3).lines();
    let staging = told.iter().find(|row| row["environment"] == "staging").unwrap();
    assert_eq!(staging["running"]["version"], "4.8.0");
    assert_eq!(staging["source"]["by"], "endpoint");
    hotfix(&path, ["deploy", "runs-where"]).expect(0);
}

#[test]
fn the_engine_asks_by_itself() {
    let shop = Shop::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.hotfix");
    let desk = Desk::create(&path, "Lantern & Loom", Options::default()).unwrap();
    story::fill_catalog(&desk, &shop, 0);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = desk.start_engine(runtime.handle()).unwrap();
    let begun = Instant::now();
    for environment in ["staging", "production"] {
        while row(&desk, environment)["running"]["version"] != "4.8.0" {
            assert!(begun.elapsed() < Duration::from_secs(30), "{environment} was not asked");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    engine.stop();
}
