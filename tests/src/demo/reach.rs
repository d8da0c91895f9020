//! Endpoints in the real window: a system is found and its fields are its own, a question is asked and every
//! call is seen, a recipe's mistakes are marked at their lines, a command of this machine is allowed; in the
//! light, in the dark and narrow, without a finding of axe-core.

use super::{SIZES, fresh, go, look, nothing_wrong};
use crate::{
    counter::{Behaviour, Counter},
    desktop::Desktop,
};
use hotfix_core::desk::{Desk, Options};
use std::path::Path;

pub fn reach(desktop: &mut Desktop, folder: &Path) {
    let workspace = fresh(folder, "reach.hotfix");
    drop(Desk::sample(&workspace, 100, 1, Options::default()).expect("the sample can be made"));
    let service = Counter::start(Behaviour::default());
    let file = workspace.to_str().expect("the path is text");
    let window = desktop.open(&["--workspace", file, "--no-engine"]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1280, 900);
    let mut wrong = Vec::new();

    go(&window, "#/settings/endpoints/new");
    window.expect_text("A recipe of my own");
    wrong.extend(look(&window, "reach-systems", &SIZES));
    window.fill("Find a system", "generic");
    window.click("radio", "Generic HTTP A service that takes");
    window.fill("Name", "Staging service");
    window.fill("Address of the service", &service.url());
    window.click("button", "Use bearer token");
    window.click("button", "Save endpoint");
    window.click("button", "Give value…");
    window.fill("Value of token", "s3cret-of-staging");
    window.click("button", "Keep it");
    window.expect_text("In the keychain");
    window.click("button", "Try it");
    window.expect_text("It answers");
    window.expect_text("Bearer ••••••");
    window.expect_no_text("s3cret-of-staging");
    let down = "document.querySelector('[aria-label=\"Body of the answer\"]').scrollIntoView()";
    window.script(down, &[]);
    wrong.extend(look(&window, "reach-tried", &SIZES));

    go(&window, "#/settings/endpoints/new");
    window.expect_text("A recipe of my own");
    window.fill("Name", "Our own");
    window.click("radio", "A recipe of my own");
    window.choose("Start from a copy of", "Generic HTTP generic-http");
    window.expect_text("It can be followed");
    let spoil = "const t = document.querySelector('textarea'); \
        t.value = t.value.replace('{{run}}', '{{rum}}').replace('\"GET\"', '\"GOT\"'); \
        t.dispatchEvent(new Event('input', { bubbles: true })); t.scrollIntoView()";
    window.script(spoil, &[]);
    window.expect_text("GOT");
    window.script("document.querySelector('.problems button').click()", &[]);
    wrong.extend(look(&window, "reach-recipe", &SIZES));

    go(&window, "#/settings/endpoints/deploy-agent");
    window.expect_text("Deploy agent");
    window.click("button", "Change…");
    window.click("radio", "A command on this machine");
    window.fill("Deploys", "/bin/echo");
    window.press("Enter");
    window.type_text("{{target}}");
    window.fill("Folder", folder.to_str().expect("the path is text"));
    window.click("button", "Save endpoint");
    window.click("button", "Allow this command here");
    window.expect_text("This machine allows this command");
    wrong.extend(look(&window, "reach-command", &SIZES));
    nothing_wrong(&wrong);
}
