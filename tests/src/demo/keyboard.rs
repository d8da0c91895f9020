//! A release manager in a hurry, without a mouse: from the first look to a told and taken-back message by
//! keys alone, over the sample workspace. No step clicks, fills an element or sets an address; scripts
//! only read where the focus is. After every step the focus stands somewhere, and nothing that matters
//! is further than fifteen Tabs away.

use super::fresh;
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{Desk, Options};
use std::path::Path;

/// A step that needs more is not reachable, only possible.
const MOST_TABS: usize = 15;

pub(super) struct Hands {
    pub window: Window,
}

pub fn keyboard(desktop: &mut Desktop, folder: &Path) {
    let file = fresh(folder, "keyboard.hotfix");
    drop(Desk::sample(&file, 300, 1, Options::default()).expect("the sample can be made"));
    let window = desktop.open(&["--workspace", &file.to_string_lossy(), "--no-engine"]).patient(30);
    window.resize(1440, 900);
    window.expect_text("Waiting for me");
    let hands = Hands { window: window.patient(10) };
    hands.look_around();
    hands.log_an_issue();
    let hotfix = hands.triage();
    hands.answer_blockers(&hotfix);
    hands.jump();
    hands.mend_a_team();
    hands.tell_and_take_back();
    hands.sit_elsewhere();
}

impl Hands {
    /// From home to the inbox, down the list, and to one issue by its words.
    fn look_around(&self) {
        self.press("j");
        self.expect_focus("a");
        self.press("k");
        self.go("g i", "Untriaged");
        self.press("j");
        self.press("j");
        self.press("k");
        self.press("/");
        self.type_text("umlauts");
        self.window.within("listbox", "Issues").wait_until("only those are listed", |list| {
            let all = list.count("option", "");
            (all > 0 && all == list.count("option", "umlauts")).then_some(())
        });
        self.press("Enter");
        self.expect_focus("listbox Issues");
        self.press("/");
        self.press("Escape");
        assert_ne!(self.focus(), "searchbox Find in the inbox", "Escape leaves the field");
        self.press("?");
        self.window.expect_text("Keys on this screen");
        self.window.shot("keyboard-keys");
        self.press("Escape");
        self.window.expect_no_text("Keys on this screen");
    }

    /// Support writes down a call: Tab through the fields, Ctrl+Enter.
    fn log_an_issue(&self) {
        self.press("c");
        self.expect_focus("What is wrong?");
        self.type_text("Gift cards are refused after midnight");
        self.tab_to("Product");
        self.press("Enter");
        self.window.expect("option", "Billing");
        self.type_text("Bill");
        self.press("Enter");
        self.tab_to("What happens");
        self.type_text("The till says that the card is unknown.");
        self.tab_to("Caller name");
        self.type_text("Ann Petrov");
        self.window.shot("keyboard-report");
        self.press("Control+Enter");
        self.window.expect_text("logged");
        self.closed("Log issue");
        // The note offers to open it.
        self.press("z");
        self.window.expect("heading", "Gift cards are refused after midnight");
    }

    /// The matrix by arrows, then one key for the priority and one for the hot fix.
    fn triage(&self) -> String {
        self.press("p");
        self.expect_focus("Impact");
        for key in ["ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowRight"] {
            self.press(key);
        }
        self.press("Enter");
        self.window.shot("keyboard-matrix");
        self.press("t");
        self.window.expect_text("triaged as P2 High");
        self.press("f");
        self.window.expect_text("Can I ship now?");
        self.window.expect_text("started from");
        let key = self.window.script("return location.hash.split('/').at(-1)", &[]);
        key.as_str().expect("a key").to_owned()
    }

    /// Every reason why not leads to the form that clears it.
    fn answer_blockers(&self, hotfix: &str) {
        self.answer("root cause", "What happened", "The day of the till ends an hour early");
        self.answer("solution", "What was changed", "Ask for the day of the shop");
        self.answer("risk", "What could go wrong", "It touches every payment");
        self.window.shot("keyboard-blockers");
        self.press("2");
        self.window.expect_text("recorded the root cause");
        self.press("1");
        self.press("Escape");
        self.window.expect("heading", "Hot fixes");
        self.palette(hotfix);
        self.window.expect_text("Can I ship now?");
    }

    fn answer(&self, what: &str, field: &str, text: &str) {
        self.press("s");
        self.tab_to(&format!("Go to {what}"));
        self.press("Enter");
        self.tab_to(field);
        self.type_text(text);
        self.press("Control+Enter");
        self.window.expect_text(text);
        self.window.wait_until("the form closes", |window| {
            (window.count("textbox", field) == 0).then_some(())
        });
        self.focused("the form closed");
    }

    /// The palette: a key, a command, and away again.
    fn jump(&self) {
        self.palette("ISS-8");
        self.window.expect_text("ISS-8");
        self.palette("Go to Schedule");
        self.window.expect("heading", "Schedule");
        for (keys, heading) in [("g d", "Deployments"), ("g o", "Monitoring"), ("g h", "Waiting")] {
            self.go(keys, heading);
        }
        self.press("Control+k");
        self.press("Escape");
        self.focused("the palette was closed");
    }

    fn mend_a_team(&self) {
        self.palette("Settings: Teams");
        self.window.within("navigation", "Settings").expect("link", "Teams");
        self.press("j");
        self.window.expect_text("All changes saved");
        self.press("Enter");
        self.expect_focus("Name");
        self.press("End");
        self.type_text(" and friends");
        self.window.expect_text("Unsaved changes");
        self.press("Control+Enter");
        self.window.expect_text("All changes saved");
        self.window.shot("keyboard-team");
        self.press("Escape");
        self.expect_focus("and friends");
    }

    fn tell_and_take_back(&self) {
        // Faster than the screen comes: what is typed meanwhile is its own.
        for key in ["g", "m", "n"] {
            self.window.press(key);
        }
        self.window.expect("heading", "Tell people");
        self.tab_to("Hot fix");
        self.type_text("HF-13");
        self.window.expect("option", "HF-13");
        self.press("Enter");
        self.window.expect("textbox", "Subject");
        self.tab_to("Subject");
        self.press("End");
        self.type_text(" (soon)");
        self.press("Escape");
        self.window.expect_text("Changed by hand");
        self.press("Control+Enter");
        self.window.expect_text("in ten seconds");
        self.window.expect("button", "Take back");
        self.press("u");
        self.window.expect_text("It reached nobody");
        self.window.shot("keyboard-taken-back");
    }

    /// Another profile and another theme, both by the palette.
    fn sit_elsewhere(&self) {
        self.palette("Be Sam Okafor");
        self.window.expect("button", "Profile: Sam Okafor");
        self.palette("Theme: dark");
        self.window.wait_until("it is dark", |window| {
            let theme = window.script("return document.documentElement.dataset.theme", &[]);
            (theme == "dark").then_some(())
        });
        self.window.shot("keyboard-dark");
    }

    // --- below the steps ---------------------------------------------------------------------------

    pub fn press(&self, chord: &str) {
        self.window.press(chord);
        self.focused(chord);
    }

    pub fn type_text(&self, text: &str) {
        self.window.type_text(text);
        self.focused(text);
    }

    /// Two keys after each other, to a screen with this heading or text.
    pub fn go(&self, keys: &str, text: &str) {
        for key in keys.split(' ') {
            self.window.press(key);
        }
        self.window.expect_text(text);
        self.focused(keys);
    }

    pub fn palette(&self, words: &str) {
        self.press("Control+k");
        self.expect_focus("Command, key or words");
        self.type_text(words);
        // What carries it out comes before the search for its words.
        self.window.wait_until(&format!("“{words}” is offered"), |window| {
            (window.count("option", words) > 0).then_some(())
        });
        self.press("Enter");
        self.closed("Command palette");
        self.focused(words);
    }

    pub fn closed(&self, dialog: &str) {
        self.window.wait_until(&format!("{dialog} closes"), |window| {
            (window.count("dialog", dialog) == 0).then_some(())
        });
    }

    /// Tab until what has the focus is called so.
    pub fn tab_to(&self, name: &str) {
        let mut passed = vec![self.focus()];
        while !passed.last().is_some_and(|here| here.contains(name)) {
            assert!(passed.len() <= MOST_TABS, "“{name}” is too far: {}", passed.join(" → "));
            self.press("Tab");
            passed.push(self.focus());
        }
    }

    pub fn expect_focus(&self, name: &str) {
        self.window
            .wait_until(&format!("the focus stands on “{name}”, not {}", self.focus()), |_| {
                self.focus().contains(name).then_some(())
            });
    }

    /// The focus is never on nothing: the next Tab would begin at the top of the window.
    pub fn focused(&self, after: &str) {
        self.window.wait_until(&format!("find the focus somewhere after {after}"), |_| {
            (self.focus() != "body").then_some(())
        });
    }

    /// What has the focus: its kind, and what it is called.
    pub fn focus(&self) -> String {
        let read = "const it = document.activeElement;
            if (!it || it === document.body) return 'body';
            const kind = it.getAttribute('role') ?? it.localName;
            const name = it.getAttribute('aria-label') ?? it.labels?.[0]?.innerText ??
              document.getElementById(it.getAttribute('aria-labelledby'))?.innerText ??
              (it.matches('a, button') ? it.innerText : '');
            return `${kind} ${name.trim().slice(0, 60)}`;";
        self.window.script(read, &[]).as_str().unwrap_or("body").to_owned()
    }
}
