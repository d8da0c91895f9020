//! Checks that this machine answers: real programs, real reports, and a cancel that leaves nothing running.

use super::checks::{Stage, item};
use hotfix_core::{desk::As, error::Kind};
use hotfix_tests::{ground::call, program::hotfix};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

fn script(folder: &Path, text: &str) -> Value {
    json!({ "by": "command", "argv": ["sh", "-c", text], "folder": folder })
}

/// The same with more said of it.
fn with(mut how: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        how[name] = value.clone();
    }
    how
}

const MIXED: &str = r#"<testsuites><testsuite name="shop">
    <testcase classname="shop.Cart" name="adds"/><testcase classname="shop.Cart" name="removes"/>
    <testcase classname="shop.Pay" name="pays"><failure message="12.50 is not 0"/></testcase>
    <testcase classname="shop.Pay" name="refunds"><error message="boom"/></testcase>
    </testsuite></testsuites>"#;

fn allow(stage: &Stage, how: &Value) {
    call(&stage.desk, "tests_allow", json!({ "on": true }));
    let request = json!({ "how": how, "product": "shop", "on": true });
    call(&stage.desk, "validate_command_allow", request);
}

fn problem(ran: &Value) -> &str {
    ran["problem"]["message"].as_str().unwrap_or_else(|| panic!("{ran}"))
}

#[test]
fn a_command_runs_only_where_both_allow_it_and_sees_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let how = with(
        script(folder.path(), "env | grep ^HOTFIX_ | sort; pwd; echo all is well"),
        json!({ "contains": "all is well" }),
    );
    let stage = Stage::with(json!([item("smoke", how.clone())]));
    let before = stage.records();
    let ran = stage.run(None);
    assert!(problem(&ran[0]).contains("workspace does not allow"), "{ran:?}");
    call(&stage.desk, "tests_allow", json!({ "on": true }));
    let ran = stage.run(None);
    assert!(problem(&ran[0]).contains("not allowed on this machine"), "{ran:?}");
    assert!(ran[0]["problem"]["hint"].as_str().unwrap().contains("validate allow"));
    assert_eq!(stage.records(), before + 1, "nothing but the permission was recorded");
    allow(&stage, &how);
    let asked = |how: &Value| {
        call(&stage.desk, "validate_command", json!({ "how": how, "product": "shop" }))
    };
    assert_eq!((&asked(&how)["workspace"], &asked(&how)["machine"]), (&json!(true), &json!(true)));
    let other = script(folder.path(), "rm -rf .");
    assert_eq!(asked(&other)["machine"], false, "other words are another command");

    let ran = stage.run(None);
    assert_eq!(ran[0]["result"], "passed", "{ran:?}");
    let check = &stage.checks()[0];
    let said = check["evidence"]["text"].as_str().unwrap();
    let hash =
        call(&stage.desk, "deploy_show", json!({ "key": stage.key }))["deployment"]["hash"].clone();
    for part in [
        "HOTFIX_KEY=HF-1".to_owned(),
        format!("HOTFIX_DEPLOYMENT={}", stage.key),
        "HOTFIX_ENVIRONMENT=staging".into(),
        "HOTFIX_REVISION=1".into(),
        format!("HOTFIX_HASH={}", hash.as_str().unwrap()),
        "ended with 0 after".into(),
    ] {
        assert!(said.contains(&part), "{part} in {said}");
    }
    assert_eq!((&check["by"], &check["by_machine"]), (&json!("owner"), &json!(true)));
    assert_eq!(check["attachments"], json!([]), "the text has all of it");
}

#[test]
fn how_it_ends_and_what_it_prints_decides_and_a_long_log_is_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let ends = script(folder.path(), "echo on the way; exit 3");
    let fine = with(ends.clone(), json!({ "exits": [0, 3] }));
    let silent = with(script(folder.path(), "true"), json!({ "contains": "all is well" }));
    let long = script(folder.path(), "seq 1 5000");
    let gone = json!({ "by": "command", "argv": ["no-such-program"], "folder": folder.path() });
    let hows = [ends, fine, silent, long, gone];
    let items: Vec<Value> =
        hows.iter().enumerate().map(|(at, how)| item(&format!("c{at}"), how.clone())).collect();
    let stage = Stage::with(json!(items));
    for how in &hows {
        allow(&stage, how);
    }
    let ran = stage.run(None);
    let results: Vec<&Value> = ran.iter().map(|one| &one["result"]).collect();
    let (passed, failed) = (&json!("passed"), &json!("failed"));
    assert_eq!(results, [failed, passed, failed, passed, &Value::Null], "{ran:?}");
    let said = |at: usize| ran[at]["said"].as_str().unwrap();
    assert!(said(0).contains("Not as expected: it ended with 3 instead of 0"), "{}", said(0));
    assert!(said(0).contains("\nIt printed:\non the way"), "{}", said(0));
    assert!(said(2).contains("“all is well” is not in what it printed"), "{}", said(2));
    assert!(said(3).contains("The end of the 5000 lines") && said(3).ends_with("\n5000"));
    assert!(problem(&ran[4]).contains("cannot be started"), "nothing was found out");
    let kept = stage.checks()[3]["attachments"][0].clone();
    assert_eq!((&kept["name"], &kept["media"]), (&json!("output.log"), &json!("text/plain")));
    let whole: usize = (1..=5000).map(|number: usize| number.to_string().len() + 1).sum();
    assert_eq!(kept["size"], whole);
}

#[test]
fn where_a_command_writes_a_report_that_judges_and_none_answers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let report = |text: &str| format!("cat > r.xml <<'END'\n{text}\nEND\nexit 1");
    let only = |only: &str| json!({ "report": { "path": "r.xml", "at_least": 2, "only": only } });
    let cart = with(script(folder.path(), &report(MIXED)), only("cart"));
    let all = with(script(folder.path(), &report(MIXED)), only(""));
    // What another run left there is not this one's.
    let none = with(script(folder.path(), "sleep 1.5; true"), only(""));
    let stage = Stage::with(json!([
        item("cart", cart.clone()),
        item("all", all.clone()),
        item("none", none.clone())
    ]));
    for how in [&cart, &all, &none] {
        allow(&stage, how);
    }
    let ran = stage.run(None);
    assert_eq!(ran[0]["result"], "passed", "its end does not matter: {ran:?}");
    assert_eq!(ran[1]["result"], "failed");
    let said = ran[1]["said"].as_str().unwrap();
    for part in [
        "r.xml: 2 passed, 2 failed, 0 skipped",
        "Not as expected: shop.Pay::pays: 12.50 is not 0",
        "Not as expected: shop.Pay::refunds: boom",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(ran[2]["result"], Value::Null, "{ran:?}");
    assert!(problem(&ran[2]).contains("left no report"), "{ran:?}");
    assert!(stage.checks()[2]["result"].is_null(), "it stays open");
    assert_eq!(stage.checks()[1]["attachments"][0]["name"], "r.xml");
}

#[test]
fn a_cancelled_command_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let alive = folder.path().join("alive");
    let text = format!("touch begun; (sleep 3; touch {}) & sleep 60", alive.display());
    let how = script(folder.path(), &text);
    let stage = Stage::with(json!([item("slow", how.clone())]));
    allow(&stage, &how);
    let before = stage.records();
    std::thread::scope(|scope| {
        let begun = Instant::now();
        let running =
            scope.spawn(|| call(&stage.desk, "validate_run", json!({ "key": stage.key })));
        while !folder.path().join("begun").exists() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it begins");
            std::thread::sleep(Duration::from_millis(20));
        }
        let far = call(&stage.desk, "validate_running", json!({ "key": stage.key }));
        assert_eq!(far["checks"], json!(["smoke.slow"]));
        call(&stage.desk, "validate_run_cancel", json!({ "key": stage.key }));
        let ran = running.join().unwrap();
        assert_eq!((&ran["cancelled"], &ran["ran"]), (&json!(true), &json!([])));
    });
    std::thread::sleep(Duration::from_millis(3_500));
    assert!(!alive.exists(), "what it started lived on");
    assert_eq!(stage.records(), before, "nothing was recorded");
}

#[test]
fn a_report_that_is_given_or_lies_there_answers_and_a_hostile_or_old_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let lies = folder.path().join("lies.xml");
    let given = folder.path().join("given.xml");
    // Written before the deployment: it says nothing about it.
    std::fs::write(&lies, MIXED).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    std::fs::File::options().write(true).open(&lies).unwrap().set_modified(long_ago).unwrap();
    let stage = Stage::with(json!([
        item("given", json!({ "by": "junit", "at_least": 2, "only": "Cart" })),
        item("lies", json!({ "by": "junit", "path": lies })),
    ]));
    let ran = stage.run(None);
    assert_eq!(ran.len(), 1, "what waits for a file is not run by itself: {ran:?}");
    assert!(problem(&ran[0]).contains("written before this was deployed"), "{ran:?}");
    std::fs::write(&lies, MIXED).unwrap();
    assert_eq!(stage.run(Some("smoke.lies"))[0]["result"], "failed");

    let waits = json!({ "key": stage.key, "check": "smoke.given" });
    assert_eq!(
        stage.desk.call("validate_run", waits).unwrap_err().location.as_deref(),
        Some("file")
    );
    let run = |words: &[&str]| hotfix(&stage.path, ["fix", "validate", "run"].iter().chain(words));
    let file = given.to_str().unwrap();
    let answer = ["HF-1", "--check", "smoke.given", "--file", file];
    let hostile = [
        "<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite><testcase name='&b;'/></testsuite>",
        "<testsuite><testcase name='a'>",
        "%PDF-1.7",
    ];
    for text in hostile {
        std::fs::write(&given, text).unwrap();
        run(&answer).expect(3);
        assert!(stage.checks()[0]["result"].is_null(), "{text}");
    }
    std::fs::write(&given, MIXED).unwrap();
    let said = run(&answer).expect(0).lines();
    assert_eq!(said[0]["result"], "passed", "{said:?}");
    let check = stage.checks()[0].clone();
    assert_eq!((&check["result"], &check["by_machine"]), (&json!("passed"), &json!(true)));
    assert_eq!(check["attachments"][0]["name"], "given.xml");
    assert_eq!(check["attachments"][0]["size"], MIXED.len());
    // Bytes that were dropped are as good; they answer no other kind of check.
    let stored = call(&stage.desk, "blob_put_file", json!({ "path": given }));
    let again = json!({ "key": stage.key, "check": "smoke.given", "stored": [stored] });
    assert_eq!(call(&stage.desk, "validate_run", again)["ran"][0]["result"], "passed");
    let nameless = json!({ "key": stage.key, "file": given });
    let refused = stage.desk.call("validate_run", nameless).unwrap_err();
    assert_eq!((refused.kind, refused.location.as_deref()), (Kind::Invalid, Some("check")));
}

#[test]
fn sign_offs_are_asked_given_and_refused_from_a_terminal() {
    let stage = Stage::with_policy(json!([]), json!({ "people": ["dana"], "reporters": true }));
    let edit = json!({
        "key": "ISS-1", "product": "shop", "component": "Checkout",
        "text": { "title": "Checkout answers 500", "reporter": { "name": "Ann Petrov" } },
    });
    call(&stage.desk, "issue_edit", edit);
    let validate = |words: &[&str]| hotfix(&stage.path, ["fix", "validate"].iter().chain(words));
    let wanted = || validate(&["sign-offs", "HF-1"]).expect(0).lines();
    let open: Vec<Value> = wanted().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(open, ["open", "open"]);
    let waits = |person: &str| {
        let how = As { person: Some(person.into()), ..As::default() };
        let all = stage.desk.call_as("waiting", json!({}), &how).unwrap();
        all.as_array().unwrap().iter().any(|one| one["kind"] == "sign_off")
    };
    assert!(waits("dana") && !waits("owner"), "only whom it is asked of");
    let dana = ["sign-off", "HF-1", "--person", "dana"];
    assert_eq!(validate(&dana).expect(2).error()["where"], "source");
    let no = [&dana[..], &["--source", "chat", "--refuse", "--text", "Totals are off"]].concat();
    validate(&no).expect(0);
    assert!(!waits("dana"), "she has answered");
    let finish = validate(&["finish", "HF-1"]).expect(1).error();
    assert!(
        finish["message"].as_str().unwrap().contains("Dana Novak does not sign off"),
        "{finish}"
    );
    let note = stage.path.with_extension("eml");
    std::fs::write(&note, "It is fine.").unwrap();
    let yes = ["--source", "mail", "--text", "Fine now", "--attach", note.to_str().unwrap()];
    validate(&[&dana[..], &yes].concat()).expect(0);
    let reporter = wanted()[1]["others"][0].as_str().map(str::to_owned);
    let reporter = reporter.unwrap_or_else(|| panic!("{:?}", wanted()));
    let by_call = ["sign-off", "HF-1", "--name", &reporter, "--source", "call", "--text", "Yes"];
    validate(&by_call).expect(0);
    validate(&["finish", "HF-1"]).expect(0);
    let told = call(&stage.desk, "timeline", json!({ "key": stage.key })).to_string();
    for part in [
        "recorded that Dana Novak does not sign off, in a chat",
        "recorded the sign-off of Dana Novak, by mail",
        "on the telephone",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}
