//! The shop and its agents behave as the scenario says; otherwise the demo would prove nothing.

use hotfix_tests::shop::{Environment, Package, Shop};
use serde_json::json;

fn deploy_to_the_end(environment: &Environment, package: &Package, key: &str) -> serde_json::Value {
    let answer = environment.deploy(package, key).expect("the agent answers");
    assert_eq!(answer.status, 202, "{}", answer.text);
    environment.finished(answer.json()["run"].as_str().expect("a run has an id"))
}

/// One start of the shop serves the whole story: processes are slow to start, and each chapter
/// leaves the environment as the next one wants it.
#[test]
fn the_bug_is_real_the_fix_repairs_it_and_rolling_back_brings_it_back() {
    let shop = Shop::start();
    let staging = &shop.staging;
    assert_eq!(staging.checkout_as_saved_card(), 500, "the bug must be there at the start");
    assert_eq!(staging.quote(), 500, "a probe of the checkout sees it");
    assert_eq!(staging.shop_health(), 200, "a probe of the health does not");
    assert_eq!(staging.checkout("anna"), 200, "a profile with a rate pays as ever");
    assert_eq!(staging.version(), "4.8.0");
    let base = staging.running()["sha256"].as_str().expect("the base has an identity").to_owned();

    let fix = shop.package(&shop.commits.fix, &[]);
    let run = deploy_to_the_end(staging, &fix, "fix-1");
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(staging.checkout_as_saved_card(), 200);
    assert_eq!(staging.quote(), 200);
    assert_eq!(staging.version(), "4.8.1");
    assert_eq!(staging.running()["sha256"], fix.sha256);
    assert_eq!(shop.production.checkout_as_saved_card(), 500, "production was not touched");

    let run = staging.roll_back(&base).expect("the agent answers").json();
    let end = staging.finished(run["run"].as_str().expect("a run has an id"));
    assert_eq!(end["state"], "succeeded", "{end}");
    assert_eq!(staging.checkout_as_saved_card(), 500);
    assert_eq!(staging.running()["sha256"], base);
}

#[test]
fn a_bad_fix_passes_its_units_and_fails_its_deployment() {
    let shop = Shop::start();
    for commit in [&shop.commits.base, &shop.commits.fix, &shop.commits.bad, &shop.commits.stale] {
        assert!(shop.units_pass(commit), "the units of {commit} fail");
    }
    let run = deploy_to_the_end(&shop.staging, &shop.package(&shop.commits.bad, &[]), "bad");
    assert_eq!(run["state"], "failed", "{run}");
    assert!(run["message"].as_str().is_some_and(|text| text.contains("500 on /healthz")), "{run}");
    assert_eq!(shop.staging.shop_health(), 500, "the bad release is live until a person decides");

    // Only the repaired file: laid over what runs, the rest is kept.
    let patch = shop.package(&shop.commits.fix, &["pricing.py"]);
    let run = deploy_to_the_end(&shop.staging, &patch, "patch");
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(shop.staging.checkout_as_saved_card(), 200);

    let stale = shop.package(&shop.commits.stale, &[]);
    let run = deploy_to_the_end(&shop.staging, &stale, "stale");
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(shop.staging.checkout_as_saved_card(), 500, "the stale release lacks the fix");
}

#[test]
fn the_same_key_deploys_once_even_when_the_answer_was_cut() {
    let shop = Shop::start();
    let agent = &shop.production;
    let fix = shop.package(&shop.commits.fix, &[]);
    assert_eq!(agent.ask("/deployments?key=k-1").status, 404, "a key never seen cannot be located");

    agent.fault(&json!({ "cut_before": 1 }));
    agent.deploy(&fix, "k-1").expect_err("the connection was cut");
    assert_eq!(agent.ask("/deployments?key=k-1").status, 404, "nothing was accepted");

    agent.fault(&json!({ "cut_after": 1 }));
    agent.deploy(&fix, "k-1").expect_err("the connection was cut");
    let found = agent.ask("/deployments?key=k-1");
    assert_eq!(found.status, 200, "the accepted run can be located");
    let run = found.json()["run"].as_str().expect("a run has an id").to_owned();
    assert_eq!(agent.finished(&run)["state"], "succeeded");

    let again = agent.deploy(&fix, "k-1").expect("the agent answers");
    assert_eq!(again.json()["run"], json!(run), "the same key is the same run");
    assert_eq!(agent.received(), json!({ "k-1": 2 }));
    let logs = agent.ask(&format!("/deployments/{run}/logs")).text;
    assert_eq!(logs.matches("switching").count(), 1, "{logs}");
    let read = logs.lines().count();
    let rest = agent.ask(&format!("/deployments/{run}/logs?after={read}")).text;
    assert_eq!(rest, "", "lines already read are not sent again");
}

#[test]
fn damage_and_faults_leave_what_runs_alone() {
    let shop = Shop::start();
    let agent = &shop.staging;
    let base = agent.running();
    let fix = shop.package(&shop.commits.fix, &[]);

    let other = Package { bytes: fix.bytes[..100].to_vec(), sha256: fix.sha256.clone() };
    assert_eq!(agent.deploy(&other, "cut-short").expect("it answers").status, 422);

    agent.fault(&json!({ "refuse": 503 }));
    assert_eq!(agent.deploy(&fix, "refused").expect("it answers").status, 503);

    agent.fault(&json!({ "fail_unpack": true }));
    let run = deploy_to_the_end(agent, &fix, "unpack");
    assert_eq!(run["state"], "failed", "{run}");

    agent.fault(&json!({ "fail_unpack": false, "hang": true }));
    let answer = agent.deploy(&fix, "hanging").expect("it answers").json();
    let run = answer["run"].as_str().expect("a run has an id");
    assert_eq!(agent.deploy(&fix, "second").expect("it answers").status, 409, "one at a time");
    assert_eq!(agent.cancel(run).status, 202);
    assert_eq!(agent.finished(run)["state"], "cancelled");
    assert_eq!(agent.running(), base);
}
