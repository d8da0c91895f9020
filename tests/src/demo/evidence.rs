//! Evidence of tests in the real window: a report by its path, what it says before it is recorded, what
//! newly fails, a failing test that becomes an issue, a command that is run and watched; in the light
//! and in the dark, without a finding of axe-core.

use super::{THEMES, fresh, go, look, nothing_wrong};
use crate::desktop::Desktop;
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::{path::Path, process::Command};

/// The commit that is tested before a change is recorded.
const COMMIT: &str = "4f2c9a17b6d05e83c1a4f7e2960bd358c7a1e04d";

pub fn evidence(desktop: &mut Desktop, folder: &Path) {
    let workspace = fresh(folder, "evidence.hotfix");
    let desk =
        Desk::sample(&workspace, 300, 1, Options::default()).expect("the sample can be made");
    let repository = folder.join("evidence-shop");
    repository_with_tests(&repository);
    let (key, product) = in_development(&desk);
    prepare(&desk, &product, &repository);
    drop(desk);
    let file = workspace.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", file, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1280, 900);
    let mut wrong = Vec::new();

    go(&window, &format!("#/fix/{key}"));
    window.expect_text("Tests before shipping");
    window.click("button", "test results");
    window.expect_text("It is only read");
    let first = report(folder, "first.xml", 140, &["rounds_to_cents", "keeps_the_voucher"]);
    window.fill("Report", &first);
    window.expect_text("2 failed");
    window.expect_text("cart.TotalTest::rounds_to_cents");
    wrong.extend(look(&window, "evidence-look", &THEMES));
    window.fill("Suite", "unit");
    window.fill("Commit tested", COMMIT);
    window.click("button", "Record these results");
    window.expect_text("Recorded run");

    let second = report(folder, "second.xml", 120, &["rounds_to_cents", "adds_the_tax", "case_7"]);
    window.click("button", "Add more test results");
    window.fill("Suite", "unit");
    window.fill("Report", &second);
    window.fill("Commit tested", COMMIT);
    window.expect_text("2 newly failing, 1 still failing, 1 mended, 20 did not run");
    window.click("button", "Record these results");
    window.expect_text("2 newly failing");
    window.expect_text("Newly failing 2");
    wrong.extend(look(&window, "evidence-newly", &THEMES));
    window.click("button", "Log as issue");
    window.expect_text("Logged ISS-");
    window.click("radio", "Did not run 20");
    window.expect_text("case_120");
    window.click("radio", "All");
    window.fill("Find a test of run", "voucher");
    window.expect_text("Mended");
    wrong.extend(look(&window, "evidence-found", &THEMES));

    window.click("button", "Add more test results");
    window.click("radio", "Run a command");
    window.expect_text("Programs are run from here only where the workspace allows it.");
    wrong.extend(look(&window, "evidence-not-allowed", &THEMES));
    go(&window, "#/settings");
    window.click("checkbox", "Programs of this machine may be run from here");
    window.expect_text("Programs may be run from here");
    wrong.extend(look(&window, "evidence-settings", &THEMES));
    go(&window, &format!("#/fix/{key}"));
    window.click("button", "test results");
    window.click("radio", "Run a command");
    window.click("button", "Run slow");
    window.expect_text("case 12 of 4000");
    wrong.extend(look(&window, "evidence-running", &THEMES));
    window.click("button", "Cancel");
    window.expect_text("nothing was recorded");
    window.click("button", "Run unit");
    window.expect_text("run from here");
    window.resize(1024, 640);
    wrong.extend(look(&window, "evidence-ran-small", &THEMES));
    go(&window, &format!("#/settings/products/{product}"));
    window.expect_text("Programs that can be run from a hot fix");
    window.script(
        "[...document.querySelectorAll('h3')].find((h) => h.textContent === 'Test commands')?.scrollIntoView()",
        &[],
    );
    wrong.extend(look(&window, "evidence-product", &THEMES));
    nothing_wrong(&wrong);
}

/// A hot fix that is still being developed, and its product.
fn in_development(desk: &Desk) -> (String, String) {
    let page = desk.call("fix_list", json!({ "all": true })).expect("hot fixes can be listed");
    let rows = page["rows"].as_array().expect("a page has rows");
    let one = rows.iter().find(|row| row["phase"] == "development").expect("one is in development");
    let word = |name: &str| one[name].as_str().expect("a word").to_owned();
    (word("key"), word("product"))
}

fn repository_with_tests(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).expect("target/demo can be written to");
    std::fs::write(folder.join("unit.sh"), "#!/bin/sh\nfor n in 1 2 3 4 5; do echo \"ok $n - case $n\"; done\necho 'not ok 6 - rounds up'\necho '  ---'\necho '  error: total is 1.00, not 1.01'\necho '  ...'\necho 1..6\n")
        .expect("a script can be written");
    for words in [
        ["init", "-q", "-b", "main"].as_slice(),
        &["add", "-A"],
        &["-c", "user.name=Dana", "-c", "user.email=d@acme.example", "commit", "-q", "-m", "Tests"],
    ] {
        let ran = Command::new("git").arg("-C").arg(folder).args(words).status();
        assert!(ran.is_ok_and(|status| status.success()), "git {words:?}");
    }
}

/// The product gets its repository and two commands.
fn prepare(desk: &Desk, product: &str, repository: &Path) {
    let rows = desk.call("catalog_list", json!({ "kind": "product" })).expect("products");
    let rows = rows.as_array().expect("a list").clone();
    let shop = rows.into_iter().find(|row| row["object"]["id"] == product).expect("the product");
    let mut object = shop["object"].clone();
    object["repository"] = json!(repository);
    let slow =
        "n=0; while [ $n -lt 4000 ]; do n=$((n+1)); echo \"case $n of 4000\"; sleep 0.05; done";
    object["tests"] = json!([
        { "name": "unit", "argv": ["sh", "unit.sh"], "folder": "", "report": "", "timeout_minutes": 5 },
        { "name": "slow", "argv": ["sh", "-c", slow], "folder": "", "report": "", "timeout_minutes": 5 },
    ]);
    desk.call("catalog_save", json!({ "object": object })).expect("the product can be saved");
}

/// A report of so many tests of which these fail; its path.
fn report(folder: &Path, name: &str, many: usize, failing: &[&str]) -> String {
    let mut cases = String::new();
    let names = ["rounds_to_cents", "keeps_the_voucher", "adds_the_tax"].map(String::from);
    for case in names.into_iter().chain((3..many).map(|n| format!("case_{n}"))) {
        let why = match failing.contains(&case.as_str()) {
            true => {
                "<failure message='expected 1.01 but was 1.00'>AssertionError: expected 1.01 but was 1.00\n    at com.acme.cart.TotalTest.check(TotalTest.java:41)\n    at com.acme.cart.TotalTest.run(TotalTest.java:18)</failure>"
            }
            false => "",
        };
        cases.push_str(&format!(
            "<testcase classname='cart.TotalTest' name='{case}' time='0.0{}'>{why}</testcase>\n",
            case.len()
        ));
    }
    let path = folder.join(name);
    std::fs::write(&path, format!("<testsuite name='cart'>{cases}</testsuite>"))
        .expect("target/demo can be written to");
    path.to_str().expect("the path is text").to_owned()
}
