//! Sixty checks are answered by keys alone within two minutes; some fail, some are waived. The validation fails,
//! and a person decides on the same page what follows. A check that the program answers is written and tried in
//! Settings, run by a key, fails, is stopped, and passes. `validate/proof.rs`: commands, reports and sign-offs.

mod proof;

use super::{SIZES, go, look, nothing_wrong};
use crate::{
    answers::Answers,
    counter::{Behaviour, Counter},
    desktop::{Desktop, Window},
    ground::{Ground, PLANNED, call, open},
};
use hotfix_core::desk::Desk;
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

const CHECKS: usize = 60;
/// The last of each twenty fails.
const FAILS: usize = 19;

pub fn validate(desktop: &mut Desktop, _: &Path) {
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = ground.copy("validate", &service);
    let desk = open(&path);
    let checklist = json!({
        "kind": "checklist", "id": "sixty", "name": "Sixty", "product": "shop", "items": items(),
    });
    call(&desk, "catalog_save", json!({ "object": checklist }));
    call(&desk, "deploy_call_off", json!({ "key": PLANNED, "reason": "With a checklist" }));
    let key = deploy(&desk);
    let shown = || call(&open(&path), "deploy_show", json!({ "key": key }))["deployment"].clone();

    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();
    go(&window, "#/fix/HF-1/validate");
    window.expect_text("0 of 60 answered");
    wrong.extend(look(&window, "validate-open", &SIZES));

    // The first has the focus, as Tab would give it.
    window.script("document.querySelector('li[data-check]').focus()", &[]);
    let begun = Instant::now();
    for check in 0..CHECKS {
        let focus = "return document.activeElement.getAttribute('aria-label')";
        let at = window.wait_until("the next check has the focus", |window| {
            let label = window.script(focus, &[]);
            label.as_str().is_some_and(|label| label == text(check)).then_some(label)
        });
        assert_eq!(at, json!(text(check)));
        match check % 20 {
            FAILS => {
                window.press("f");
                window.type_text("The page stays white");
                window.press("Control+Enter");
            }
            0 if check > 0 => {
                window.press("w");
                window.type_text("Not part of this shop");
                window.press("Control+Enter");
            }
            _ => window.press("p"),
        }
    }
    window.expect_text("60 of 60 answered · 3 failed · 2 waived");
    let took = begun.elapsed();
    eprintln!("validate: {CHECKS} checks by keys in {:.1} s", took.as_secs_f64());
    assert!(took < Duration::from_secs(120), "sixty checks in two minutes: {took:?}");
    let answered = shown();
    let results: Vec<&Value> =
        answered["checks"].as_array().into_iter().flatten().map(|one| &one["result"]).collect();
    let expected = (0..CHECKS).map(|check| match check % 20 {
        FAILS => json!("failed"),
        0 if check > 0 => json!("waived"),
        _ => json!("passed"),
    });
    assert_eq!(results, expected.collect::<Vec<_>>().iter().collect::<Vec<_>>());
    window.script("document.querySelector('li[data-check]').scrollIntoView()", &[]);
    wrong.extend(look(&window, "validate-answered", &SIZES));

    window.click("button", "It is not good");
    window.type_text("Three pages stay white");
    window.press("Enter");
    window.expect("group", "What follows");
    window.expect("button", "Back to Development");
    window.expect("link", "Deploy r1 again");
    window.script("document.querySelector('.follows').scrollIntoView({ block: 'center' })", &[]);
    wrong.extend(look(&window, "validate-failed", &SIZES));
    again(&window, &path, &mut wrong);
    automatic(&window, &path, &mut wrong);
    proof::proof(&window, &path, &mut wrong);
    go(&window, &format!("#/deployment/{key}"));
    window.expect("button", "Roll back to");
    wrong.extend(look(&window, "validate-failed-live", &SIZES));
    window.click("button", "Back to Development");
    window.expect_text("A new revision voids its approvals and checks.");
    window.type_text("The pages stay white");
    window.press("Enter");
    window.wait_until("it is developed again", |_| {
        let fix = call(&open(&path), "fix_show", json!({ "key": "HF-1" }));
        (fix["hotfix"]["phase"] == "development").then_some(())
    });
    assert_eq!(shown()["state"], "failed");
    nothing_wrong(&wrong);
}

/// Deployed once more, with no checklist at all: what failed before is offered, one is typed.
fn again(window: &Window, path: &Path, wrong: &mut Vec<String>) {
    let desk = open(path);
    call(&desk, "catalog_retire", json!({ "kind": "checklist", "id": "sixty" }));
    let key = deploy(&desk);
    go(window, &format!("#/deployment/{key}"));
    window.expect_text("Worth checking too, by what the hot fix touches");
    wrong.extend(look(window, "validate-suggested", &SIZES));
    window.click("button", "Add: Old page 20 is as it should be");
    window.expect_text("0 of 1 answered");
    window.click("button", "Add a check");
    let form = window.within("form", "A check of its own");
    form.fill("What is checked", "Prices have two digits");
    window.press("Control+Enter");
    window.expect_text("0 of 2 answered");
    wrong.extend(look(window, "validate-added", &SIZES));
    window.click("button", "It is not good");
    window.type_text("Still white");
    window.press("Enter");
    window.expect("group", "What follows");
}

/// A check that the program answers, from the form that it is written in to the day it passes.
fn automatic(window: &Window, path: &Path, wrong: &mut Vec<String>) {
    let prices = Answers::start(200);
    prices.says(r#"{"price":0,"currency":"EUR"}"#);
    // Takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let silent = (format!("http://{}/", silent.local_addr().expect("it is bound")), silent);
    let step = |id: &str, text: &str, how: Value| json!({ "id": id, "kind": "functional", "text": text, "required": true, "how": how });
    let slow = json!({
        "by": "http", "url": silent.0, "assertions": [{ "on": "status", "is": 200 }],
    });
    let errors = json!({
        "by": "prometheus", "url": "http://127.0.0.1:9", "at_most": 0.01,
        "query": "sum(rate(http_errors_total[5m]))",
    });
    let desk = open(path);
    let checklist = json!({
        "kind": "checklist", "id": "smoke", "name": "Smoke test", "product": "shop", "items": [
            step("price", "The price list answers", json!({ "by": "manual" })),
            step("refund", "A refund prints a receipt", json!({ "by": "manual" })),
            step("errors", "No more errors than usual", errors),
            step("search", "The search answers", slow),
        ],
    });
    call(&desk, "catalog_save", json!({ "object": checklist }));

    go(window, "#/settings/checklists/smoke");
    window.expect("button", "Try it: No more errors than usual");
    let answered = window.within("radiogroup", "Answered: The price list answers");
    answered.click("radio", "HTTP request");
    let asked = window.within("group", "What is asked: The price list answers");
    asked.fill("Address", &prices.url);
    asked.click("button", "Add assertion");
    asked.fill("JSONPath, assertion 2", "price");
    asked.fill("Value, assertion 2", "12.50");
    window.click("button", "Save checklist");
    window.expect_text("“price” is no JSONPath");
    let show = |css: &str| {
        let script = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
        window.script(script, &[json!(css)]);
    };
    show(".how [aria-invalid=true]");
    wrong.extend(look(window, "validate-how-refused", &SIZES));
    asked.fill("JSONPath, assertion 2", "$.price");
    window.click("button", "Try it: The price list answers");
    window.expect_text("Would fail");
    window.expect_text("$.price is 0 instead of 12.50");
    show(".how .found");
    wrong.extend(look(window, "validate-how-tried", &SIZES));
    window.click("button", "Save checklist");
    window.expect_text("Saved Smoke test");

    let key = deploy(&desk);
    go(window, &format!("#/deployment/{key}"));
    window.expect_text("0 of 4 answered");
    wrong.extend(look(window, "validate-automatic", &SIZES));
    window.script("document.querySelector('li[data-check]').focus()", &[]);
    window.press("Shift+R");
    window.expect_text("Running, 2 of 3 done");
    window.shot("validate-automatic-running");
    window.click("button", "Cancel");
    window.expect("button", "Run all automatic");
    window.expect_text("1 of 4 answered · 1 failed");
    window.expect_text("$.price is 0 instead of 12.50");
    window.expect_text("Not run: http://127.0.0.1:9 could not be reached");
    wrong.extend(look(window, "validate-automatic-failed", &SIZES));
    prices.says(r#"{"price":12.5,"currency":"EUR"}"#);
    window.script("document.querySelector('li[data-check]').focus()", &[]);
    window.press("r");
    window.expect_no_text("1 failed");
    window.expect_text("1 of 4 answered");
    wrong.extend(look(window, "validate-automatic-passed", &SIZES));
    call(&desk, "catalog_retire", json!({ "kind": "checklist", "id": "smoke" }));
    window.click("button", "It is not good");
    window.type_text("The search is silent");
    window.press("Enter");
    window.expect("group", "What follows");
}

/// Plans the hot fix into staging and starts it; the engine is that of the window.
fn deploy(desk: &Desk) -> String {
    let now = hotfix_core::clock::now();
    let plan = json!({
        "key": "HF-1", "environment": "staging", "starts_at": now,
        "window_ends_at": now.plus(Duration::from_secs(3600)),
    });
    let key = call(desk, "deploy_plan", plan)["key"].as_str().expect("it has a key").to_owned();
    call(desk, "deploy_start", json!({ "key": key }));
    key
}

fn text(check: usize) -> String {
    format!(
        "{} {} is as it should be",
        ["Page", "Old page", "Customer’s page"][check / 20],
        check % 20 + 1
    )
}

fn items() -> Vec<Value> {
    let kinds = ["functional", "regression", "acceptance"];
    let item = |check: usize| {
        json!({
            "id": format!("c{check:02}"), "kind": kinds[check / 20], "text": text(check),
            "expected": "It is shown within a second", "required": true,
        })
    };
    (0..CHECKS).map(item).collect()
}
