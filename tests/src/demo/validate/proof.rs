//! A command and a report of tests answer checks, allowed where they run; people sign off by name, and one of
//! them does not.

use super::{SIZES, deploy, go, look};
use crate::{
    desktop::Window,
    ground::{call, open},
};
use serde_json::{Value, json};
use std::path::Path;

const REPORT: &str = r#"<testsuite name="shop">
    <testcase classname="shop.Cart" name="adds"/><testcase classname="shop.Cart" name="removes"/>
    <testcase classname="shop.Pay" name="pays"><failure message="12.50 is not 0"/></testcase>
    </testsuite>"#;

pub fn proof(window: &Window, path: &Path, wrong: &mut Vec<String>) {
    let desk = open(path);
    let folder = path.parent().expect("it lies in a folder");
    let step = |id: &str, text: &str, kind: &str, how: Value| json!({ "id": id, "kind": kind, "text": text, "required": true, "how": how });
    let manual = json!({ "by": "manual" });
    let checklist = json!({
        "kind": "checklist", "id": "proof", "name": "Proof", "product": "shop", "items": [
            step("smoke", "The smoke test is green", "functional", manual.clone()),
            step("suite", "The suite of the cart passes", "regression", json!({ "by": "junit", "at_least": 2, "only": "cart" })),
            step("receipt", "A receipt is printed", "acceptance", manual),
        ],
    });
    call(&desk, "catalog_save", json!({ "object": checklist }));
    written(window, folder, wrong);
    signers(window, &desk, wrong);

    let key = deploy(&desk);
    go(window, &format!("#/deployment/{key}"));
    window.expect_text("0 of 3 answered");
    window.expect_text("You are asked to sign off.");
    wrong.extend(look(window, "validate-proof", &SIZES));
    go(window, "#/");
    window.expect_text("Sign off r1 in staging, or say why not");
    wrong.extend(look(window, "validate-proof-home", &SIZES));
    go(window, &format!("#/deployment/{key}"));
    window.expect_text("0 of 3 answered");
    window.script("document.querySelector('li[data-check]').focus()", &[]);
    window.press("r");
    window.expect_text("1 of 3 answered · 1 failed");
    window.expect_text("it ended with 3 instead of 0");
    let report = folder.join("cart.xml");
    std::fs::write(&report, REPORT).expect("it can be written");
    window.click("button", "Give the report: The suite of the cart passes");
    let given = window.within("group", "Report for: The suite of the cart passes");
    given.fill("Report of tests: path", report.to_str().expect("the path is text"));
    given.click("button", "Attach");
    window.expect_text("cart.xml ·");
    wrong.extend(look(window, "validate-report-given", &SIZES));
    given.click("button", "Let it answer");
    window.expect_text("2 of 3 answered · 1 failed");
    window.expect_text("cart.xml: 2 passed, 0 failed, 0 skipped");
    wrong.extend(look(window, "validate-proof-ran", &SIZES));

    window.click("button", "Add a check");
    let form = window.within("form", "A check of its own");
    form.fill("What is checked", "Prices have two digits");
    form.click("radio", "HTTP request");
    form.fill("Address", "https://shop.example.org/prices");
    show(window, "form[aria-label='A check of its own']");
    wrong.extend(look(window, "validate-add-kinds", &SIZES));
    form.click("button", "Cancel");

    window.click("button", "Record the answer of: Dana Novak");
    let form = window.within("form", "Sign-off");
    form.click("radio", "Does not sign off");
    form.click("radio", "Mail");
    form.fill("Why not", "The totals of two carts are off by a cent");
    show(window, "form[aria-label='Sign-off']");
    wrong.extend(look(window, "validate-sign-off-form", &SIZES));
    window.press("Control+Enter");
    window.expect_text("Dana Novak does not sign off");
    window.click("button", "Sign off…");
    window.expect("form", "Sign-off");
    window.press("Control+Enter");
    window.expect_no_text("Has not signed off.");
    show(window, &format!("#part-sign-off-{key}"));
    wrong.extend(look(window, "validate-signed", &SIZES));
    go(window, "#/fix/HF-1/validate");
    window.expect_text("The totals of two carts are off by a cent.");
    wrong.extend(look(window, "validate-refused", &SIZES));

    // The rest of the walk goes on without them.
    let quick = json!({ "people": [], "teams": [], "roles": [], "reporters": false });
    policy(&desk, &quick);
    call(&desk, "catalog_retire", json!({ "kind": "checklist", "id": "proof" }));
    call(&desk, "validate_fail", json!({ "key": key, "reason": "The totals are off" }));
}

/// The command is written, allowed where it runs, and tried.
fn written(window: &Window, folder: &Path, wrong: &mut Vec<String>) {
    go(window, "#/settings/checklists/proof");
    window.expect("radiogroup", "Answered: The smoke test is green");
    let answered = window.within("radiogroup", "Answered: The smoke test is green");
    answered.click("radio", "Command");
    // Not below the bar at the foot.
    show(window, ".asked .try");
    let asked = window.within("group", "What is asked: The smoke test is green");
    asked.fill("Program and its words", "sh");
    for word in ["-c", "echo on the way; echo prices are 0; exit 3"] {
        window.press("Enter");
        window.type_text(word);
    }
    asked.fill("Folder", folder.to_str().expect("the path is text"));
    window.expect_text("The workspace allows no programs");
    show(window, ".asked .try");
    wrong.extend(look(window, "validate-command", &SIZES));
    window.click("button", "Save checklist");
    window.expect_text("Saved Proof");
    window.click("button", "Allow it here");
    window.expect_text("This machine allows it");
}

/// Who has to sign off is chosen in the policy.
fn signers(window: &Window, desk: &hotfix_core::desk::Desk, wrong: &mut Vec<String>) {
    let by = json!({ "people": ["dana", "owner"], "teams": [], "roles": [], "reporters": false });
    policy(desk, &by);
    call(desk, "tests_allow", json!({ "on": true }));
    go(window, "#/settings/policies/quick");
    window.expect_text("Signed off by whoever reported it");
    let script = "[...document.querySelectorAll('label')].find((one) => one.textContent.includes('Signed off by each of')).scrollIntoView()";
    window.script(script, &[]);
    wrong.extend(look(window, "validate-policy", &SIZES));
}

fn policy(desk: &hotfix_core::desk::Desk, by: &Value) {
    for row in
        call(desk, "catalog_list", json!({ "kind": "policy" })).as_array().into_iter().flatten()
    {
        let mut object = row["object"].clone();
        object["sign_off_by"] = by.clone();
        call(desk, "catalog_save", json!({ "object": object }));
    }
}

fn show(window: &Window, css: &str) {
    let script = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })";
    window.script(script, &[json!(css)]);
}
