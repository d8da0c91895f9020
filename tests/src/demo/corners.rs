//! The screens of a change, its evidence, its package and its approval where they are seldom looked at:
//! empty, in the smallest window, full of the sample; then a diff, a package and a test report by keys
//! alone. In the light and in the dark, without a finding of axe-core.

use super::{
    NARROW,
    change::{make_repository, prepare},
    fresh, go,
    keyboard::Hands,
    look, nothing_wrong,
};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{Desk, Options};
use serde_json::{Value, json};
use std::path::Path;

pub fn corners(desktop: &mut Desktop, folder: &Path) {
    let mut wrong = Vec::new();
    empty(desktop, folder, &mut wrong);
    full(desktop, folder, &mut wrong);
    by_keys(desktop, folder);
    nothing_wrong(&wrong);
}

/// A hot fix of which nothing is known yet.
fn empty(desktop: &mut Desktop, folder: &Path, wrong: &mut Vec<String>) {
    let file = fresh(folder, "corners-empty.hotfix");
    prepare(&file, Path::new(""));
    let window = open(desktop, &file);
    go(&window, "#/fix/HF-1");
    window.expect_text("What ran on this very commit");
    wrong.extend(look(&window, "corners-empty", &NARROW));
    for (part, button, form, name) in [
        ("change", "Record a change", "Change", "change"),
        ("tests", "test results", "Test report", "report"),
        ("package", "Build a package", "Package", "build"),
    ] {
        window.click("button", button);
        window.expect("form", form);
        let to = format!("document.getElementById('part-{part}')?.scrollIntoView()");
        window.script(&to, &[]);
        wrong.extend(look(&window, &format!("corners-empty-{name}"), &NARROW));
    }
    for (way, text) in [
        ("Run a command", "has no test command yet"),
        ("From CI", "The checks that GitHub or GitLab keeps"),
        ("By hand", "Commit tested"),
    ] {
        window.click("radio", way);
        window.expect_text(text);
    }
    window.script("document.getElementById('part-tests')?.scrollIntoView()", &[]);
    wrong.extend(look(&window, "corners-empty-by-hand", &NARROW));
    go(&window, "#/fix/HF-1/approve");
    window.expect_text("Build a package first.");
    wrong.extend(look(&window, "corners-empty-approve", &NARROW));
    runs_where(&window);
    window.expect_text("not known");
    wrong.extend(look(&window, "corners-empty-runs-where", &NARROW));
}

/// The sample, with its doubtful branches, runs of tests and settings.
fn full(desktop: &mut Desktop, folder: &Path, wrong: &mut Vec<String>) {
    let file = fresh(folder, "corners-full.hotfix");
    let desk = Desk::sample(&file, 300, 1, Options::default()).expect("the sample can be made");
    let page = desk.call("fix_list", json!({ "all": true })).expect("they can be listed");
    let rows = page["rows"].as_array().expect("a list");
    let key = |title: &str| -> String {
        let of = |row: &&Value| row["title"].as_str().is_some_and(|t| t.starts_with(title));
        rows.iter().find(of).and_then(|row| row["key"].as_str()).expect(title).to_owned()
    };
    let (burning, watched, next) =
        (key("Cart is lost"), key("Invoices to Portugal"), key("Payments with Apple Pay"));
    drop(desk);
    let window = open(desktop, &file);
    for (name, key, part, text) in [
        ("branches", &burning, "change", "Perhaps squashed there"),
        ("missing", &watched, "change", "missing"),
        ("tests", &next, "tests", "Tests before shipping"),
        ("package", &next, "package", "SHA-256"),
    ] {
        go(&window, &format!("#/fix/{key}"));
        window.expect_text(text);
        if name == "tests" {
            // The newest run, and what differs from the one before it.
            window.script("document.querySelector('#part-tests button.run').click()", &[]);
            window.expect_text("mended");
        }
        window.script(&format!("document.getElementById('part-{part}')?.scrollIntoView()"), &[]);
        wrong.extend(look(&window, &format!("corners-{name}"), &NARROW));
    }
    go(&window, &format!("#/fix/{next}"));
    window.click("button", "Diff of checkout.toml");
    window.expect_text("keep_minutes = 60");
    wrong.extend(look(&window, "corners-setting-diff", &NARROW));
    window.press("Escape");
    runs_where(&window);
    window.expect_text("recorded by Rita Marsh");
    wrong.extend(look(&window, "corners-runs-where", &NARROW));
    window.click("button", "Ask the endpoint of Shop · Staging");
    window.expect_text("unclear; nothing was recorded");
    go(&window, "#/inbox");
    window.expect_text("Inbox");
    window.press("j");
    window.press("a");
    window.expect_text("Note");
    wrong.extend(look(&window, "corners-assign-issue", &NARROW));
}

/// From the palette to a recorded run of tests, without a mouse.
fn by_keys(desktop: &mut Desktop, folder: &Path) {
    let shop = tempfile::tempdir().expect("a temporary folder can be made");
    let repository = shop.path().join("lantern-loom");
    make_repository(&repository);
    let file = fresh(folder, "corners-keys.hotfix");
    prepare(&file, &repository);
    let report = folder.join("corners-keys.xml");
    let cases = (0..40).map(|n| format!("<testcase classname='shop.Total' name='case_{n}'/>"));
    let text = format!("<testsuite name='unit'>{}</testsuite>", cases.collect::<String>());
    std::fs::write(&report, text).expect("target/demo can be written to");
    let hands = Hands { window: open(desktop, &file).patient(20) };

    hands.palette("HF-1");
    hands.window.expect_text("Can I ship now?");
    hands.press("s");
    hands.tab_to("Go to change");
    hands.press("Enter");
    hands.window.expect("button", "Import the price list");
    hands.tab_to("Import the price list");
    hands.press("Enter");
    hands.press("Control+Enter");
    hands.window.expect_text("Living branches");
    hands.press("d");
    hands.window.expect_text("file 1 of 5");
    hands.expect_focus("listbox Lines of");
    for (keys, text) in [("n", "file 2 of 5"), ("]", "file 2 of 5"), ("p", "file 2 of 5")] {
        hands.press(keys);
        hands.window.expect_text(text);
    }
    hands.press("f");
    hands.expect_focus("listbox Files of");
    hands.press("j");
    hands.window.expect_text("file 3 of 5");
    hands.window.press("?");
    hands.window.expect_text("Previous hunk");
    hands.press("Escape");
    hands.closed("Keys on this screen");
    hands.window.press("Escape");
    hands.window.wait_until("the diff closes", |window| {
        (window.count("listbox", "Lines of") == 0).then_some(())
    });

    hands.window.press("e");
    hands.expect_focus("Report");
    hands.type_text(&report.to_string_lossy());
    hands.window.expect_text("40 passed");
    hands.press("Control+Enter");
    hands.window.expect_text("Recorded run 1");
    hands.window.shot("corners-keys-tests");

    hands.window.press("b");
    hands.window.expect("form", "Package");
    hands.focused("the form opened");
    hands.window.expect_text("prices.csv");
    hands.press("Control+Enter");
    hands.window.expect_text("Built r1");
    hands.window.shot("corners-keys-package");
}

fn open(desktop: &mut Desktop, file: &Path) -> Window {
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1280, 800);
    window
}

fn runs_where(window: &Window) {
    go(window, "#/schedule/runs");
    window.expect_text("Record release");
}
