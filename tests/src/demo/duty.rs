//! Who is on duty in the real window: a rota made in one step, a turn that somebody else takes, a rota taken
//! in from a file, and a note written by one shift and read by the next; in the light and in the dark, wide
//! and narrow, without a finding of axe-core.

use super::{SIZES, fresh, go, look, nothing_wrong};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{Desk, Options};
use serde_json::{Value, json};
use std::path::Path;

pub fn duty(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "duty.hotfix");
    let desk = Desk::sample(&file, 60, 1, Options::default()).expect("the sample can be made");
    let path = file.to_str().expect("the path is text").to_owned();
    let window = desktop.open(&["--workspace", &path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut walk = Walk { window: window.patient(15), desk, wrong: Vec::new() };
    walk.hand_over();
    walk.duty();
    nothing_wrong(&walk.wrong);
}

struct Walk {
    window: Window,
    desk: Desk,
    wrong: Vec<String>,
}

impl Walk {
    /// Pictures wide and narrow, in each theme.
    fn look(&mut self, name: &str) {
        self.wrong.extend(look(&self.window, &format!("duty-{name}"), &SIZES));
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).expect(name)
    }

    /// A rota made in one step, its next turns in sight; who is on duty now, and somebody who takes a turn.
    fn duty(&mut self) {
        go(&self.window, "#/schedule");
        self.window.expect("region", "On duty now");
        self.look("on-duty");
        go(&self.window, "#/schedule/duty");
        self.window.click("button", "Make a rota");
        let dialog = self.window.within("dialog", "Make a rota");
        dialog.fill("Name", "Billing");
        self.pick(&dialog, "Products", "Billing");
        self.pick(&dialog, "People, in their order", "Dana Novak");
        self.pick(&dialog, "People, in their order", "Lena Fritz");
        dialog.click("radio", "Day");
        dialog.fill("First turn begins", "2026-01-05 09:00");
        dialog.expect_text("Dana Novak");
        self.look("rota");
        self.window.within("dialog", "Make a rota").click("button", "Make rota");
        self.window.expect_text("Billing is kept.");
        self.window.expect_text("Next turns: Billing");
        self.look("duty");
        let view = self.call("calendar_duty", json!({ "product": "billing" }));
        let turn = &view["rows"][0]["turns"][1];
        // Every turn has such a button; the first will do.
        self.window.script("document.querySelector('.turns button').click()", &[]);
        let dialog = self.window.within("dialog", "Somebody else takes over");
        dialog.choose("Who takes over", "Karim Aziz");
        self.look("take-over");
        self.window.within("dialog", "Somebody else takes over").click("button", "Take over");
        self.window.expect_text("Karim Aziz takes over.");
        assert!(turn["person"].is_string());
        go(&self.window, "#/settings/calendars?dialog=import");
        let dialog = self.window.within("dialog", "Import a calendar");
        dialog.click("radio", "Duty");
        dialog.fill("Calendar file", &{
            let file = crate::root().join("tests/calendars/duty/pagerduty.ics");
            file.to_str().expect("the path is text").to_owned()
        });
        dialog.expect_text("nobody here has the address");
        self.look("import-rota");
        self.window.press("Escape");
    }

    /// Written by Rita, read by Noor, and both see when.
    fn hand_over(&mut self) {
        go(&self.window, "#/");
        self.window.expect("article", "Hand-over from Marc Weber");
        self.look("home");
        go(&self.window, "#/schedule/duty");
        self.window.click("button", "Hand over");
        let dialog = self.window.within("dialog", "Hand over");
        dialog.fill(
            "What the next shift has to know",
            "The queue of the mail gateway grows: look at it.",
        );
        dialog.choose("For", "Noor Haddad");
        dialog.expect("list", "Under way");
        self.look("hand-over");
        self.window.within("dialog", "Hand over").click("button", "Hand over");
        self.window.expect_text("Handed over to Noor Haddad.");
        self.sit("Noor Haddad");
        go(&self.window, "#/");
        let note = self.window.within("article", "Hand-over from Rita Marsh");
        note.click("button", "Open");
        self.window.expect("dialog", "Hand-over from Rita Marsh");
        self.look("hand-over-note");
        let dialog = self.window.within("dialog", "Hand-over from Rita Marsh");
        dialog.click("button", "I have read it");
        self.window.expect_text("Rita Marsh sees that you have read it.");
        self.sit("Rita Marsh");
        let notes = self.call("hand_over_list", json!({}));
        assert!(notes["rows"][0]["read_at"].is_string(), "{notes}");
    }

    /// One more of several, typed and taken.
    fn pick(&self, dialog: &Window, label: &str, name: &str) {
        dialog.fill(label, name);
        self.window.click("option", name);
    }

    fn sit(&self, name: &str) {
        self.window.press("Control+k");
        self.window.expect("combobox", "Command, key or words");
        self.window.type_text(&format!("Be {name}"));
        self.window.expect("option", &format!("Be {name}"));
        self.window.press("Enter");
        self.window.expect("button", &format!("Profile: {name}"));
    }
}
