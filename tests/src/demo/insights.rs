//! What all of it comes to, in the real window: the cards of a month, a formula, the rows behind a point and
//! behind a card by keys alone, one product, own dates, a CSV file, and a workspace with nothing to measure.

use super::{SIZES, THEMES, fresh, go, look, nothing_wrong};
use crate::desktop::{Desktop, Window};
use hotfix_core::{
    clock::now,
    desk::{Desk, Options},
};
use serde_json::json;
use std::{path::Path, time::Duration};

pub fn insights(desktop: &mut Desktop, folder: &Path) {
    let workspace = fresh(folder, "insights.hotfix");
    drop(Desk::sample(&workspace, 300, 1, Options::default()).expect("the sample can be made"));
    let file = workspace.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", file, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    window.press("g");
    window.press("n");
    window.expect_text("Change fail rate");
    let mut wrong = look(&window, "insights", &SIZES);

    window.click("button", "How lead time is measured");
    window.expect_text("From the earliest commit");
    wrong.extend(look(&window, "insights-formula", &THEMES));
    window.click("button", "How lead time is measured");

    window.click("button", "Rows of change fail rate");
    window.expect_text("Only those that count");
    wrong.extend(look(&window, "insights-rows", &SIZES));
    // From the whole to those of one score, and back to all.
    window.click("button", "Rows of feedback");
    let scores = window.within("list", "Feedback by score");
    scores.click("button", "5 of 5");
    window.expect_text("90 days · 5 of 5");
    wrong.extend(look(&window, "insights-scores", &SIZES));
    scores.click("button", "5 of 5");
    window.expect_no_text("90 days · 5 of 5");
    point_by_keys(&window);
    wrong.extend(look(&window, "insights-point", &THEMES));

    let csv = desktop.home().join("rows.csv");
    window.click("button", "Save these rows…");
    window.fill("Write to", csv.to_str().expect("the path is text"));
    wrong.extend(look(&window, "insights-save", &THEMES));
    window.click("button", "Save CSV");
    window.expect_text("Wrote the rows to");
    let text = std::fs::read_to_string(&csv).expect("the file is there");
    assert!(
        text.starts_with("key,hotfix,issue,title,product,team,reported,acknowledged"),
        "{text}"
    );

    // On the page of one hot fix, where several people have said something.
    let desk = Desk::open(&workspace, Options::default()).expect("it opens beside the window");
    let watched = desk.call("monitor_list", json!({})).expect("what is watched")[0].clone();
    for (score, name) in [(5, "Ann Petrov"), (4, "Bo Lind"), (5, "Cy Adler"), (2, "Dee Ivey")] {
        let said = json!({ "key": watched["hotfix"], "score": score, "from": { "name": name, "reach": "" },
            "text": "It works again." });
        desk.call("feedback_record", said).expect("feedback is recorded");
    }
    drop(desk);
    let key = watched["hotfix"].as_str().expect("a key");
    go(&window, &format!("#/fix/{key}/monitor"));
    window.expect("list", "Feedback by score");
    window.script(
        "document.querySelector('[aria-label=\"Feedback by score\"]').scrollIntoView({ block: 'center' })",
        &[],
    );
    wrong.extend(look(&window, "insights-feedback", &SIZES));
    go(&window, "#/insights");
    window.expect_text("Change fail rate");

    window.click("radio", "12 months");
    window.choose("Product", "Shop");
    wrong.extend(look(&window, "insights-year", &SIZES));
    window.click("radio", "Own dates");
    // Two weeks of the sample's four: the others are what they are compared with.
    let half = now().minus(Duration::from_secs(14 * 86_400)).to_string();
    window.fill("From", &format!("{} 00:00", &half[..10]));
    window.choose("Product", "All products");
    window.expect_text("better, was");
    wrong.extend(look(&window, "insights-own", &THEMES));

    let empty = fresh(folder, "insights-empty.hotfix");
    drop(Desk::create(&empty, "Nothing yet", Options::default()).expect("a workspace"));
    let file = empty.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", file, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    go(&window, "#/insights");
    window.expect_text("Nothing to measure yet");
    wrong.extend(look(&window, "insights-empty", &THEMES));
    nothing_wrong(&wrong);
}

/// Without the mouse: along the weeks of a chart, and into one of them.
fn point_by_keys(window: &Window) {
    window.script(
        "document.querySelector('[aria-label=\"Time to acknowledge by week\"] [tabindex=\"0\"]').focus()",
        &[],
    );
    window.press("ArrowLeft");
    window.press("Enter");
    window.expect_text("Acknowledged");
}
