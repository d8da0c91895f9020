//! The documentation of a closed hot fix, in the real window: read, written as a PDF by keys alone, refused where
//! a file is already, and as a bundle that its own program proves.

use super::{SIZES, THEMES, fresh, go, look, nothing_wrong};
use crate::{
    desktop::Desktop,
    paper::{pages, unpacked, verified},
};
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::path::Path;

pub fn report(desktop: &mut Desktop, folder: &Path) {
    let workspace = fresh(folder, "report.hotfix");
    let desk = Desk::sample(&workspace, 60, 1, Options::default()).expect("the sample can be made");
    let asked = json!({ "all": true, "limit": 100 });
    let fixes = desk.call("fix_list", asked).expect("hot fixes");
    let mut rows = fixes["rows"].as_array().expect("rows").iter();
    let closed = rows.find(|row| row["phase"] == "closed").expect("a closed one");
    let key = closed["key"].as_str().expect("a key").to_owned();
    drop(desk);
    let file = workspace.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", file, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1280, 900);
    go(&window, &format!("#/fix/{key}"));
    window.expect_text("Root cause");
    window.press("3");
    window.expect_text("As it stood when the hot fix was closed");
    let mut wrong = look(&window, "report-read", &SIZES);

    // By keys alone: the buttons are reached, the path is typed, Ctrl+Enter writes.
    let pdf = folder.join("sample.pdf");
    drop(std::fs::remove_file(&pdf));
    window.script(
        "[...document.querySelectorAll('[role=group][aria-label=\"Save the report as\"] button')][2].focus()",
        &[],
    );
    window.press("Enter");
    let form = window.within("form", "Save the report");
    form.fill("Write to", &pdf.to_string_lossy());
    wrong.extend(look(&window, "report-pdf", &THEMES));
    window.press("Control+Enter");
    window.expect_text(&format!("Wrote the report to {}", pdf.display()));
    assert!(pages(&pdf) > 2);

    // What is there stays there, and the field says so.
    let group = window.within("group", "Save the report as");
    group.click("button", "PDF");
    form.fill("Write to", &pdf.to_string_lossy());
    form.click("button", "Save PDF");
    form.expect_text("exists already");
    wrong.extend(look(&window, "report-refused", &THEMES));
    form.click("button", "Cancel");

    let zip = folder.join("sample.zip");
    drop(std::fs::remove_file(&zip));
    group.click("button", "Bundle");
    let form = window.within("form", "Save the bundle");
    form.fill("Write to", &zip.to_string_lossy());
    form.click("radio", "All");
    form.expect_text("never what was typed in it");
    wrong.extend(look(&window, "report-bundle", &SIZES));
    form.click("button", "Save bundle");
    window.expect_text("files to");
    let to = tempfile::tempdir().expect("a folder");
    let check = unpacked(&zip, to.path()).join("verify.py");
    assert!(verified(&check, &zip).expect(0).out.starts_with("OK"));
    nothing_wrong(&wrong);
}
