//! Similar issues through the product's own path: what a person who types sees, and how good the
//! order is on real duplicates.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{recurrences, reports, root};
use serde_json::{Value, json};

fn desk() -> (tempfile::TempDir, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::create(&folder.path().join("a.hotfix"), "Test", Options::default()).unwrap();
    (folder, desk)
}

fn log(desk: &Desk, title: &str) -> String {
    let made = desk.call("issue_log", json!({ "text": { "title": title } })).unwrap();
    made["key"].as_str().unwrap().to_owned()
}

fn ask(desk: &Desk, request: Value) -> Vec<Value> {
    let mut request = request;
    request["wait"] = true.into();
    desk.call("issue_similar", request).unwrap().as_array().unwrap().clone()
}

fn keys(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["key"].as_str().unwrap()).collect()
}

#[test]
fn real_duplicates_of_hadoop_are_met_again() {
    let data = reports::read(&root().join("tests/data/hadoop.jsonl.gz")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut rankings = Vec::new();
    reports::replay(&data, &folder.path().join("a.hotfix"), &mut |ranking, _| {
        rankings.push(ranking);
    })
    .unwrap();
    assert_eq!(rankings.len(), 65);
    let (first, ten) =
        (reports::recall(&data, &rankings, 1), reports::recall(&data, &rankings, 10));
    assert!(first >= 0.83 && ten >= 0.92, "R@1 {first:.3}, R@10 {ten:.3}");
}

#[test]
fn what_is_back_is_suspected_and_what_is_new_mostly_is_not() {
    let data = reports::read(&root().join("tests/data/hadoop.jsonl.gz")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let asked = recurrences::ask(&data, &folder.path().join("back.hotfix"), 100).unwrap();
    assert_eq!(asked.len(), 18);
    let found = recurrences::found(&asked, None);
    assert!(found.precision >= 0.65 && found.recall >= 0.75, "{found:?}");
}

#[test]
fn an_issue_is_known_at_the_next_keystroke_and_says_why() {
    let (_folder, desk) = desk();
    assert!(ask(&desk, json!({ "title": "Checkout shows error 500" })).is_empty());
    let key = log(&desk, "Checkout shows error 500 after paying with a saved card");
    log(&desk, "Typo on the returns page");
    let found = ask(&desk, json!({ "title": "error 500 at checkout, saved cards" }));
    assert_eq!(found[0]["key"], key);
    let why = found[0]["why"].as_str().unwrap();
    assert!(why.contains("500") && why.contains("active today"), "{why}");
    let shared = found[0]["shared"].to_string();
    assert!(shared.contains("Checkout") && shared.contains("card"), "{shared}");
    assert_eq!(found[0]["provisional"], false);
}

#[test]
fn what_was_edited_is_found_by_its_new_words_only() {
    let (_folder, desk) = desk();
    let key = log(&desk, "Printer jams on tray two");
    ask(&desk, json!({ "title": "printer" }));
    let edit = json!({ "key": key, "text": { "title": "Scanner blinks orange" } });
    desk.call("issue_edit", edit).unwrap();
    assert!(ask(&desk, json!({ "title": "Printer jams" })).is_empty());
    assert_eq!(keys(&ask(&desk, json!({ "title": "scanner blinking" }))), [key]);
}

#[test]
fn a_merged_issue_speaks_for_its_original_until_the_merge_is_undone() {
    let (_folder, desk) = desk();
    let original = log(&desk, "Invoices carry the wrong VAT");
    let other = log(&desk, "Tax rate of nineteen percent printed twice");
    desk.call("issue_merge", json!({ "keys": [other], "into": original })).unwrap();
    let request = json!({ "title": "tax rate printed twice" });
    assert_eq!(keys(&ask(&desk, request.clone())), [original.as_str()]);
    desk.call("issue_unmerge", json!({ "key": other })).unwrap();
    assert_eq!(keys(&ask(&desk, request)), [other]);
}

#[test]
fn not_the_same_is_remembered_from_both_sides() {
    let (_folder, desk) = desk();
    let one = log(&desk, "Password reset mail arrives twice");
    let other = log(&desk, "Password reset mail arrives late");
    let asked = |except: &str| {
        ask(&desk, json!({ "title": "Password reset mail arrives", "except": except }))
    };
    assert_eq!(keys(&asked(&one)), [other.as_str()]);
    desk.call("issue_not_same", json!({ "key": one, "other": other })).unwrap();
    assert!(asked(&one).is_empty());
    assert!(asked(&other).is_empty());
}

#[test]
fn reports_in_chinese_meet_without_spaces_between_words() {
    let (_folder, desk) = desk();
    let key = log(&desk, "使用已保存的银行卡支付失败");
    log(&desk, "退货页面有错别字");
    assert_eq!(ask(&desk, json!({ "title": "银行卡支付失败了" }))[0]["key"], key);
}

#[test]
fn another_programs_issues_are_found_and_the_index_is_the_same_after_a_start() {
    let (folder, one) = desk();
    ask(&one, json!({ "title": "anything" }));
    let two = Desk::open(&folder.path().join("a.hotfix"), Options::default()).unwrap();
    for title in ["Coupon used twice", "Coupon code is refused", "Coupon expired too soon"] {
        log(&two, title);
    }
    let request = json!({ "title": "coupon refused", "at": "2030-01-01T00:00:00Z", "top": 20 });
    let moved = ask(&one, request.clone());
    drop((one, two));
    let fresh = Desk::open(&folder.path().join("a.hotfix"), Options::default()).unwrap();
    assert_eq!(moved.len(), 3);
    assert_eq!(keys(&ask(&fresh, request.clone())), keys(&moved));
    fresh.rebuild(&mut |_, _| true).unwrap();
    assert_eq!(keys(&ask(&fresh, request)), keys(&moved));
}

#[test]
fn only_what_is_likely_is_shown_to_who_wants_that() {
    let (_folder, desk) = desk();
    log(&desk, "Checkout is slow on Mondays");
    let request =
        |likely| json!({ "title": "Checkout page shows the wrong logo", "likely": likely });
    assert_eq!(ask(&desk, request(false)).len(), 1);
    assert!(ask(&desk, request(true)).is_empty());
}

#[test]
fn a_shipped_hot_fix_is_found_by_what_it_mended() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::sample(&folder.path().join("s.hotfix"), 60, 7, Options::default()).unwrap();
    let page = desk.call("issue_list", json!({ "all": true, "limit": 500 })).unwrap();
    let mended = page["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| {
            !row["hotfix"].is_null() && ["resolved", "closed"].iter().any(|s| row["state"] == *s)
        })
        .expect("the sample has a mended issue");
    let request = json!({
        "title": mended["title"], "product": mended["product"], "version": mended["version"],
        "wait": true,
    });
    let found = desk.call("issue_fixed_before", request).unwrap();
    let fix = found.as_array().unwrap().iter().find(|fix| fix["hotfix"] == mended["hotfix"]);
    let fix = fix.unwrap_or_else(|| panic!("{} among {found}", mended["hotfix"]));
    assert_eq!(fix["recurrence"], "possible", "{fix}");
    assert!(fix["shipped_at"].is_string(), "{fix}");
}

#[test]
fn a_fix_that_has_not_reached_the_environment_is_no_recurrence() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::sample(&folder.path().join("s.hotfix"), 60, 7, Options::default()).unwrap();
    let places = desk.call("runs_where", json!({})).unwrap();
    let page = desk.call("issue_list", json!({ "all": true, "limit": 500 })).unwrap();
    let mended = |key: &Value| {
        page["rows"].as_array().unwrap().iter().find(|row| {
            row["hotfix"] == *key
                && ["resolved", "closed"].iter().any(|state| row["state"] == *state)
        })
    };
    // A hot fix that runs in one environment of its product, by what is recorded there.
    let (place, fix, issue) = places
        .as_array()
        .unwrap()
        .iter()
        .find_map(|place| {
            let running = place["running"]["hotfixes"].as_array()?;
            let key = &running.iter().find(|one| mended(&one["hotfix"]).is_some())?["hotfix"];
            Some((place, key, mended(key)?))
        })
        .expect("a mended issue whose fix runs somewhere");
    let judged = |environment: &Value| -> Value {
        let request = json!({
            "title": issue["title"], "product": issue["product"], "environment": environment,
            "wait": true,
        });
        let found = desk.call("issue_fixed_before", request).unwrap();
        found.as_array().unwrap().iter().find(|one| one["hotfix"] == *fix).unwrap().clone()
    };
    let there = judged(&place["environment"]);
    assert_eq!(there["recurrence"], "possible", "{there}");
    let label = there["label"].as_str().unwrap();
    assert!(label.contains(place["environment_name"].as_str().unwrap()), "{label}");
    // An ordinary release without it replaces what runs there.
    let request = json!({ "product": place["product"], "environment": place["environment"], "version": "0.1" });
    desk.call("deploy_record", request).unwrap();
    let gone = judged(&place["environment"]);
    assert_eq!(gone["recurrence"], "not_there_yet", "{gone}");
    assert!(gone["label"].as_str().unwrap().starts_with("already fixed in "), "{gone}");
}

#[test]
fn a_known_issue_says_when_its_fix_ships_or_has_shipped_to_production() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::sample(&folder.path().join("s.hotfix"), 120, 7, Options::default()).unwrap();
    let catalog = desk.call("catalog_list", json!({ "kind": "product" })).unwrap();
    let production = |deployment: &Value| {
        let all = catalog.as_array().unwrap().iter().map(|row| &row["object"]);
        let product = all.clone().find(|one| one["id"] == deployment["product"]).unwrap();
        let mut path = product["environments"].as_array().unwrap().iter();
        path.any(|one| one["id"] == deployment["environment"] && one["production"] == true)
    };
    let page = desk.call("issue_list", json!({ "all": true, "limit": 500 })).unwrap();
    let (mut coming, mut shipped) = (0, 0);
    for row in page["rows"].as_array().unwrap().iter().filter(|row| row["hotfix"].is_string()) {
        let request = json!({ "hotfix": row["hotfix"], "limit": 500 });
        let deployments = desk.call("deploy_list", request).unwrap()["rows"].clone();
        let times = |states: &[&str], field: &str| {
            let mut times: Vec<String> = deployments
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| production(one) && states.iter().any(|state| one["state"] == *state))
                .map(|one| one[field].as_str().unwrap().to_owned())
                .collect();
            times.sort();
            times
        };
        let next = times(&["planned", "deploying", "validating"], "starts_at");
        let last = times(&["done"], "ended_at");
        let expected = next.first().map(|at| (at, false)).or(last.last().map(|at| (at, true)));
        let found = ask(&desk, json!({ "title": row["title"], "top": 20 }));
        let Some(known) = found.iter().find(|one| one["key"] == row["key"]) else { continue };
        match expected {
            None => assert!(known["ships"].is_null(), "{known}"),
            Some((at, done)) => {
                assert_eq!(known["ships"]["at"], *at, "{known}");
                assert_eq!(known["ships"]["done"], done, "{known}");
                if done { shipped += 1 } else { coming += 1 }
            }
        }
    }
    assert!(shipped > 0, "the sample has shipped fixes: {coming} coming, {shipped} shipped");
}

/// The sample's hot fix that is being watched, an issue of it, and the workspace.
fn watched(desk: &Desk) -> (String, Value) {
    let watched = desk.call("monitor_list", json!({})).unwrap();
    let hotfix = watched[0]["hotfix"].as_str().unwrap().to_owned();
    let shown = desk.call("fix_show", json!({ "key": hotfix })).unwrap();
    let issue = shown["hotfix"]["issues"][0].clone();
    let issue = desk.call("issue_show", json!({ "key": issue })).unwrap()["issue"].clone();
    (hotfix, issue)
}

#[test]
fn a_report_after_the_fix_is_offered_as_a_recurrence_until_somebody_answers() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::sample(&folder.path().join("s.hotfix"), 60, 7, Options::default()).unwrap();
    let (hotfix, issue) = watched(&desk);
    let report = |title: &str, version: &str| {
        let request = json!({ "text": { "title": title }, "product": issue["product"],
            "component": issue["component"], "version": version });
        desk.call("issue_log", request).unwrap()["key"].as_str().unwrap().to_owned()
    };
    let suspects = || {
        let asked = desk.call("recurrence_suspects", json!({ "key": hotfix, "wait": true }));
        let rows = asked.unwrap().as_array().unwrap().clone();
        rows.iter().map(|row| row["issue"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // The sample has some of its own; they are set aside.
    for one in suspects() {
        desk.call("issue_not_same", json!({ "key": one, "other": issue["key"] })).unwrap();
    }
    assert!(suspects().is_empty());
    let title = issue["text"]["title"].as_str().unwrap();
    let again = report(title, issue["product_version"].as_str().unwrap());
    // In a version that never had the fix it does not count, and another fault does not either.
    report(title, "0.0.1");
    report("The imprint has a typo", "");
    assert_eq!(suspects(), [again.as_str()]);
    let other = json!({ "key": again, "other": issue["key"] });
    desk.call("issue_not_same", other).unwrap();
    assert!(suspects().is_empty(), "somebody has said that it is another fault");

    let third = report(title, "");
    assert_eq!(suspects(), [third.as_str()]);
    let confirm = |issue: &Value| {
        let request = json!({ "key": hotfix, "issue": issue, "reason": "Seen by the customer" });
        desk.call("recurrence_confirm", request)
    };
    // A new report has to be triaged first; its hot fix is linked by itself then.
    assert!(confirm(&json!(third)).unwrap()["hotfix"].is_null());
    assert!(suspects().is_empty());
    let refused = confirm(&json!(third)).unwrap_err();
    assert!(refused.message.contains("already"), "{refused:?}");
    let triage = json!({ "keys": [third], "impact_system": "high", "impact_users": "high",
        "impact_business": "high", "urgency": "high" });
    desk.call("issue_triage", triage).unwrap();
    let made = desk.call("fix_new", json!({ "issues": [third] })).unwrap();
    let made = desk.call("fix_show", json!({ "key": made["key"] })).unwrap();
    assert_eq!(made["hotfix"]["recurrence_of"], hotfix.as_str());
    // Until that is mended, the first is not over.
    let blockers = || {
        let ship = desk.call("fix_blockers", json!({ "key": hotfix })).unwrap();
        ship.to_string().contains(&format!("It came back: {third}"))
    };
    assert!(blockers());
    // One of its own issues, mended and back: it is reopened, and a linked hot fix begins at once.
    let began = confirm(&issue["key"]).unwrap()["hotfix"].as_str().unwrap().to_owned();
    let began = desk.call("fix_show", json!({ "key": began })).unwrap();
    assert_eq!(began["hotfix"]["recurrence_of"], hotfix.as_str());
    assert_eq!(began["hotfix"]["issues"], json!([issue["key"]]));
    let now = desk.call("issue_show", json!({ "key": issue["key"] })).unwrap();
    assert_eq!(now["issue"]["state"], "in_hot_fix");
    assert_eq!(now["issue"]["reopened"], 1);
    hotfix_tests::ground::views_rebuild_to_the_same(&desk, "a recurrence");
}
