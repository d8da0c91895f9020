//! A report that looks as if a mended fault is back: offered on the watch and beside the report, answered both
//! ways, and mended by a hot fix that is linked to the old one.

use super::{SIZES, THEMES, fresh, go, look, nothing_wrong};
use crate::{
    desktop::Desktop,
    ground::{call, open},
};
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::path::Path;

pub fn recurrence(desktop: &mut Desktop, place: &Path) {
    let path = fresh(place, "recurrence.hotfix");
    let desk = Desk::sample(&path, 120, 1, Options::default()).expect("a sample can be made");
    let watched = call(&desk, "monitor_list", json!({}));
    let hotfix = watched[0]["hotfix"].as_str().expect("the sample watches one").to_owned();
    let shown = call(&desk, "fix_show", json!({ "key": hotfix }));
    let issue = &shown["hotfix"]["issues"][0];
    let issue = call(&desk, "issue_show", json!({ "key": issue }))["issue"].clone();
    let title = issue["text"]["title"].as_str().expect("it has a title").to_owned();
    let log = |title: &str| {
        let made = call(
            &desk,
            "issue_log",
            json!({ "text": { "title": title, "reporter": { "name": "Lena Vogt", "reach": "lena@customer.example" } },
                "product": issue["product"], "component": issue["component"],
                "version": issue["product_version"] }),
        );
        made["key"].as_str().expect("a key").to_owned()
    };
    let (back, other) = (log(&format!("{title} again")), log(&title));
    drop(desk);

    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();

    go(&window, &format!("#/monitoring/{hotfix}"));
    window.expect_text("Another fault");
    let at = "document.querySelector('.suspects').scrollIntoView({ block: 'center' })";
    window.script(at, &[]);
    wrong.extend(look(&window, "recurrence-suspected", &THEMES));

    // Beside the report itself: another fault.
    go(&window, &format!("#/inbox/{other}"));
    window.expect("region", "Fixed before");
    // The decisions stay at the foot of the panel.
    let beside = "document.querySelector('[aria-label=\"Fixed before\"]').scrollIntoView({ block: 'center' })";
    window.script(beside, &[]);
    window.within("region", "Fixed before").click("button", "Another fault");
    window.expect_text("are kept apart");
    go(&window, &format!("#/inbox/{back}"));
    window.expect("region", "Fixed before");
    wrong.extend(look(&window, "recurrence-report", &SIZES));
    window.script(beside, &[]);
    window.within("region", "Fixed before").click("button", "It came back…");
    window.expect_text(&format!("{hotfix} came back in {back}?"));
    wrong.extend(look(&window, "recurrence-asked", &THEMES));
    window
        .within("dialog", &format!("{hotfix} came back in {back}?"))
        .click("button", "It came back");
    window.expect_text(&format!("{back} counts as a recurrence of {hotfix}"));
    window.expect_text("its hot fix is linked by itself");

    go(&window, &format!("#/monitoring/{hotfix}"));
    window.expect_text("Recurrence");
    wrong.extend(look(&window, "recurrence-confirmed", &THEMES));
    let recurred =
        call(&open(&path), "monitor_show", json!({ "key": hotfix }))["recurrences"].clone();
    assert_eq!(recurred, json!([back]));
    nothing_wrong(&wrong);
}
