//! From nothing to a first workspace, and a look at every screen full of realistic data, in the
//! light at 1440 by 900 and in the dark at 1024 by 640
//! and at twice the size, each without a finding of axe-core and none wider than the window.

use super::{fresh, go, nothing_wrong, picture};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{Desk, Options};
use std::path::Path;

/// Each screen: the name of its picture, its address, and a text that shows it has arrived.
const SCREENS: &[(&str, &str, &str)] = &[
    ("home", "#/", "Waiting for me"),
    ("search", "#/search", "by their words"),
    ("search-found", "#/search/chekcout%20state%3Aopen%20state%3Aburning", "Also shown for"),
    ("inbox", "#/inbox", "Inbox"),
    ("storm", "#/inbox/ISS-297", "seen 10,000 times"),
    ("hot-fixes", "#/fixes", "Hot fixes"),
    ("hot-fix", "#/fix/HF-13", "HF-13"),
    ("timeline", "#/fix/HF-13/timeline", "HF-13"),
    ("schedule", "#/schedule", "Schedule"),
    ("deployments", "#/deployments", "Deployments"),
    ("messages", "#/messages", "Messages"),
    ("tell-people", "#/messages/new?hotfix=HF-13", "Tell people"),
    ("call-backs", "#/messages/calls", "To call back"),
    ("monitoring", "#/monitoring", "Monitoring"),
    ("watch", "#/monitoring/HF-8", "HF-8"),
    ("insights", "#/insights", "Change fail rate"),
    ("settings", "#/settings", "honest book-keeping"),
    ("settings-product", "#/settings/products/shop", "Living branches"),
    ("settings-rubric", "#/settings/rubrics/standard", "High urgency"),
    ("settings-endpoint", "#/settings/endpoints/deploy-agent", "Hosts that may be reached"),
    ("settings-calendar", "#/settings/calendars/friday", "Takes place next"),
    ("settings-absence", "#/settings/calendars/ines-away", "Who is away"),
    ("settings-hours", "#/settings/business-hours/berlin", "Nobody yet: choose it in a rubric"),
    ("settings-person", "#/settings/people/ines", "New absence"),
    ("calendar-import", "#/settings/calendars?dialog=import", "Calendar file"),
    ("settings-source", "#/settings/sources/alerts", "Matchers"),
    ("quick-report", "#/quick", "What is wrong?"),
];

pub fn tour(desktop: &mut Desktop, folder: &Path) {
    first_start(desktop);
    let file = fresh(folder, "sample.hotfix");
    drop(Desk::sample(&file, 300, 1, Options::default()).expect("the sample can be made"));
    let path = file.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", path, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = walk(&window, "light");
    window.script("document.documentElement.dataset.theme = 'dark'", &[]);
    window.resize(1024, 640);
    wrong.extend(walk(&window, "dark-small"));
    window.resize(1440, 900);
    for _ in 0..5 {
        window.press("Control+=");
    }
    window.wait_until("everything is twice as large", |window| {
        (window.script("return innerWidth", &[]).as_u64()? <= 720).then_some(())
    });
    wrong.extend(walk(&window, "twice"));
    nothing_wrong(&wrong);
}

/// Takes a picture of every screen; answers what axe-core finds wrong on them.
fn walk(window: &Window, how: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, address, text) in SCREENS {
        go(window, address);
        window.expect_text(text);
        wrong.extend(picture(window, &format!("tour-{name}-{how}")));
    }
    wrong
}

/// From nothing: a workspace is made, the catalog gets its first team, and it can be saved again.
fn first_start(desktop: &mut Desktop) {
    let window = desktop.open(&["--no-engine"]).patient(30);
    window.expect_text("A workspace is one file.");
    window.shot("first-welcome");
    window.fill("Name of the workspace", "First steps");
    window.click("button", "Create workspace");
    window.expect_text("Waiting for me");
    window.shot("first-home");
    go(&window, "#/settings/teams");
    window.expect_text("No team yet");
    window.shot("first-settings");
    go(&window, "#/settings/teams/new");
    window.fill("Name", "Support");
    window.click("button", "Save team");
    window.expect_text("All changes saved");
    window.fill("Name", "Support and service");
    window.click("button", "Save team");
    window.expect("link", "Support and service");
    window.expect_text("All changes saved");
    window.shot("first-team");
}
