//! From "who takes it" to an approval, in the real window and mostly by keys: whom to give it to, a root
//! cause with its whys, two people writing one text, what an approver looks at, an answer taken back, and
//! what went without. Every screen in the light and in the dark, without a finding of axe-core.

use super::{NARROW, fresh, go, look, nothing_wrong};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{As, Desk, Options};
use serde_json::{Value, json};
use std::path::Path;

pub fn develop(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "develop.hotfix");
    let desk = Desk::sample(&file, 300, 1, Options::default()).expect("the sample can be made");
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);
    window.resize(1280, 800);
    window.expect_text("Waiting for me");
    let walk = Walk { window: window.patient(15), desk };
    let fresh = walk.hotfix("Sign-in with Microsoft");
    walk.take(&fresh);
    walk.find_the_cause(&fresh);
    walk.write_at_once(&fresh);
    walk.approve(&walk.hotfix("Saved address in Norway"));
    walk.look_at_what_stands();
    walk.settings();
}

struct Walk {
    window: Window,
    desk: Desk,
}

impl Walk {
    /// The key of the hot fix whose title begins so.
    fn hotfix(&self, title: &str) -> String {
        let page = self.desk.call("fix_list", json!({ "all": true })).expect("they can be listed");
        let rows = page["rows"].as_array().expect("a list");
        let found =
            rows.iter().find(|row| row["title"].as_str().is_some_and(|t| t.starts_with(title)));
        found.and_then(|row| row["key"].as_str()).expect(title).to_owned()
    }

    fn by(&self, person: &str, name: &str, request: Value) -> Value {
        let how = As { person: Some(person.into()), ..As::default() };
        self.desk.call_as(name, request, &how).expect(name)
    }

    /// Lena sees that her team has it, takes it with one key, and gives it on with a note.
    fn take(&self, key: &str) {
        self.sit("Lena Fritz");
        go(&self.window, "#/");
        self.window.expect_text("Identity has it, and nobody in person");
        self.look("waiting");
        go(&self.window, &format!("#/fix/{key}"));
        self.window.expect("button", "Team: Identity");
        self.window.press("a");
        self.window.expect("option", "Dana Novak");
        self.look("assign");
        self.window.press("Escape");
        self.window.press("i");
        self.window.expect_text(&format!("You take {key}"));
        self.window.expect("button", "Owner: Lena Fritz");
        self.window.press("a");
        self.window.type_text("sam");
        self.window.press("ArrowDown");
        self.window.press("Control+Enter");
        self.window.expect_text("Lena Fritz has it already.");
        self.look("assign-note");
        self.window.fill("Note", "I am away until Tuesday.");
        self.window.press("Control+Enter");
        self.window.expect_text(&format!("Sam Okafor takes {key}"));
        self.window.expect("button", "Owner: Sam Okafor");
    }

    /// Why, and why that: lines are added, put in order and taken away by keys.
    fn find_the_cause(&self, key: &str) {
        self.window.press("s");
        self.window.click("button", "Go to root cause");
        self.window.expect("textbox", "What happened");
        self.window.type_text("The answer of the provider has no issuer any more");
        self.window.click("radio", "Dependency");
        self.window.click("textbox", "Why 1");
        for (text, key) in [
            ("We compare the issuer with our list", "Enter"),
            ("The provider changed it without a word", "Enter"),
            ("Nobody reads their notices", "Alt+ArrowUp"),
        ] {
            self.window.type_text(text);
            self.window.press(key);
        }
        self.window.wait_until("the third line became the second", |window| {
            let read =
                "return [...document.querySelectorAll('form ol input')].map((i) => i.value)[1]";
            (window.script(read, &[]) == "Nobody reads their notices").then_some(())
        });
        self.window.click("button", "7.0");
        self.look("cause");
        self.window.press("Control+Enter");
        self.window.expect_text("Nobody reads their notices");
        self.window.expect("button", "Edit root cause");
        let shown = self.desk.call("fix_show", json!({ "key": key })).expect("it is shown");
        let cause = &shown["hotfix"]["cause"];
        assert_eq!(cause["kind"], "dependency");
        assert_eq!(cause["text"]["whys"][1], "Nobody reads their notices");
        assert_eq!(cause["since_version"], "7.0");
    }

    /// Somebody else saved while one typed: it is refused, both texts stand side by side, none is lost.
    fn write_at_once(&self, key: &str) {
        self.window.click("button", "Record solution");
        let form = self.window.within("form", "Solution");
        form.fill("What was changed", "Ask the provider for its issuer");
        let theirs = json!({ "text": "Add the new issuer to the list", "alternatives": "" });
        self.by("dana", "fix_solution", json!({ "key": key, "text": theirs }));
        form.click("button", "Save solution");
        self.window.expect_text("Somebody else changed this while you were editing");
        self.window.expect_text("Add the new issuer to the list");
        self.window.expect_text("Ask the provider for its issuer");
        self.look("both-texts");
        form.click("button", "Keep mine");
        form.click("button", "Save solution");
        self.window.expect("button", "Edit solution");
        let shown = self.desk.call("fix_show", json!({ "key": key })).expect("it is shown");
        assert_eq!(shown["hotfix"]["solution"]["text"], "Ask the provider for its issuer");
    }

    /// Inês was asked by name; she looks, approves with one key, and takes it back.
    fn approve(&self, key: &str) {
        self.sit("Inês Duarte");
        go(&self.window, &format!("#/fix/{key}/approve"));
        self.window.expect_text("honest book-keeping");
        self.window.expect_text("the package is r2 by now");
        self.look("approvals");
        self.window.press("y");
        self.window.expect_text("different from r1");
        self.look("approve");
        self.window.press("Control+Enter");
        self.window.expect_text("Approved r2 for Production until");
        self.window.click("button", "Take my answer for Production back");
        self.window.type_text("The wrong one, sorry");
        self.window.press("Control+Enter");
        self.window.expect_text("took it back: The wrong one, sorry");
        self.look("taken-back");
    }

    fn look_at_what_stands(&self) {
        self.sit("Rita Marsh");
        let expired = self.hotfix("Payments by Klarna");
        go(&self.window, &format!("#/fix/{expired}/approve"));
        self.window.expect_text("It has expired.");
        self.look("expired");
        let glass = self.hotfix("Cart is lost in Safari");
        go(&self.window, &format!("#/fix/{glass}/review"));
        self.window.expect_text("neither approver answers the telephone");
        self.window.expect_text("Review open");
        self.look("review");
        let critical = self.hotfix("Payments with Apple Pay");
        go(&self.window, &format!("#/fix/{critical}/approve"));
        self.window.expect_text("one each by");
        self.look("critical");
    }

    fn settings(&self) {
        for (name, address, text) in [
            ("person", "#/settings/people/dana", "Other hours than the workspace"),
            ("policy", "#/settings/policies/production-critical", "Authors may approve"),
            ("team", "#/settings/teams/identity", "Members"),
        ] {
            go(&self.window, address);
            self.window.expect_text(text);
            self.look(name);
        }
    }

    /// A picture in the light, and one in the dark of a small window; nothing wrong in either.
    fn look(&self, name: &str) {
        // A note that fades away while it is looked at has too little contrast, and stands before
        // what is looked at.
        let notes = "document.querySelectorAll('[data-sonner-toaster]').forEach((one) => {
            one.style.display = arguments[0]; });";
        self.window.script(notes, &["none".into()]);
        let wrong = look(&self.window, &format!("develop-{name}"), &NARROW);
        self.window.script(notes, &["".into()]);
        nothing_wrong(&wrong);
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
