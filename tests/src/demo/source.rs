//! A calendar that is kept in step from a file of this machine: named by its path, tried, read, and what is
//! said once the file is gone.

use super::{SIZES, fresh, go, look, nothing_wrong};
use crate::desktop::Desktop;
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::path::Path;

pub fn source(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "source.hotfix");
    let desk = Desk::create(&file, "Sources", Options::default()).expect("it can be made");
    let calendar = folder.join("freezes.ics");
    std::fs::copy(crate::root().join("tests/calendars/google.ics"), &calendar)
        .expect("the calendar can be copied");
    let window =
        desktop.open(&["--workspace", file.to_str().expect("text"), "--no-engine"]).patient(30);
    window.resize(1440, 900);
    window.expect_text("Waiting for me");
    let mut wrong = Vec::new();

    go(&window, "#/settings/sources/new");
    window.fill("Name", "Freezes");
    window.choose("System", "Calendar (.ics)");
    window.fill("Address or file", calendar.to_str().expect("text"));
    window.wait_until("what a file does not have is gone", |window| {
        (window.count("textbox", "Question") == 0).then_some(())
    });
    window.click("button", "Try it");
    window.expect_text("Year end 🎄");
    wrong.extend(look(&window, "source-file", &SIZES));
    window.press("Control+Enter");
    window.wait_until("it is saved", |_| {
        let rows = desk.call("source_list", json!({})).expect("it can be asked");
        (rows.as_array().map(Vec::len) == Some(1)).then_some(())
    });
    go(&window, "#/settings/sources/freezes");
    window.click("button", "Read now");
    window.expect_text("Keeps 3 calendar entries");
    std::fs::remove_file(&calendar).expect("the calendar can be removed");
    window.click("button", "Read now");
    window.expect_text("on this machine");
    window.expect_text("as they were read");
    wrong.extend(look(&window, "source-gone", &SIZES));
    let rows = desk.call("catalog_list", json!({ "kind": "calendar" })).expect("it can be asked");
    assert_eq!(rows.as_array().map(Vec::len), Some(3), "nothing was taken away");
    nothing_wrong(&wrong);
}
