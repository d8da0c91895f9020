//! A deployment in waves in the real window: its rules in the settings, what will run before it starts, a gate
//! that fails and asks, measured again, a wave that waits for a person, and the earlier runs; in the light, in
//! the dark and narrow, without a finding of axe-core.

use super::{SIZES, go, look, nothing_wrong};
use crate::{
    answers::Answers,
    counter::{Behaviour, Counter},
    desktop::Desktop,
    ground::{Ground, PLANNED, call, open},
};
use hotfix_core::integrations::deploy::recipe::BUILT_IN;
use serde_json::json;
use std::{path::Path, time::Duration};

pub fn rollout(desktop: &mut Desktop, _: &Path) {
    in_waves(desktop);
    cancelled(desktop);
    refused(desktop);
}

/// What a busy service refuses is sent again by itself, where the recipe says that this is safe: the window says
/// when, and nobody is asked. And a service that does not say how a run stands is shown as silent.
fn refused(desktop: &mut Desktop) {
    let service =
        Counter::start(Behaviour { busy: 2, again: 45, mute: 60, ..Behaviour::default() });
    let ground = Ground::make();
    let path = ground.copy("refused", &service);
    let (_, generic) = BUILT_IN.iter().find(|(name, _)| *name == "generic-http").expect("it ships");
    let rule = "retry = { statuses = [503], times = 3, minutes = 5 }\nidempotency_header";
    let object = json!({
        "kind": "endpoint", "id": "service", "name": "Service", "recipe": "custom",
        "recipe_text": generic.replacen("idempotency_header", rule, 1), "base_url": service.url(),
    });
    call(&open(&path), "catalog_save", json!({ "object": object }));
    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();
    go(&window, "#/settings/endpoints/service");
    window.expect_text("Service");
    wrong.extend(look(&window, "refused-recipe", &SIZES));
    go(&window, &format!("#/deployment/{PLANNED}"));
    window.click("button", "Deploy…");
    window.within("dialog", "Deploy HF-1").click("button", "Deploy");
    window.expect_text("again in");
    window.expect_text("It may be sent again in 45 s");
    window.expect_no_text("A decision is waiting");
    wrong.extend(look(&window, "refused-again", &SIZES));
    let window = window.patient(90);
    window.expect_text("no answer for");
    wrong.extend(look(&window, "refused-silent", &SIZES));
    window.expect_text("Finish validation");
    wrong.extend(look(&window, "refused-done", &SIZES));
    nothing_wrong(&wrong);
}

/// By keys alone: a run under way is cancelled with a reason, it is shown what was heard of it, and stopped.
fn cancelled(desktop: &mut Desktop) {
    let behaviour = Behaviour { takes: Duration::from_secs(600), ..Behaviour::default() };
    let service = Counter::start(behaviour);
    let ground = Ground::make();
    let path = ground.copy("cancelled", &service);
    call(&open(&path), "deploy_start", json!({ "key": PLANNED }));
    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();
    go(&window, &format!("#/deployment/{PLANNED}"));
    window.expect_text("accepted as run");
    window.press("x");
    window.expect_text("Nothing more begins.");
    window.type_text("The wrong package");
    wrong.extend(look(&window, "cancel-dialog", &SIZES));
    window.press("Enter");
    window.expect_text("Owner has cancelled the run");
    window.expect_text("“The wrong package”");
    window.expect_text("asked to stop run");
    wrong.extend(look(&window, "cancel-held", &SIZES));
    window.press("a");
    window.expect_text("You have claimed this decision.");
    window.press(".");
    window.expect("dialog", "Stop");
    window.type_text("It is built anew");
    wrong.extend(look(&window, "cancel-stop", &SIZES));
    window.press("Enter");
    window.wait_until("the run has ended", |_| {
        let shown = call(&open(&path), "deploy_show", json!({ "key": PLANNED }));
        (shown["deployment"]["state"] == "failed").then_some(())
    });
    wrong.extend(look(&window, "cancel-stopped", &SIZES));
    nothing_wrong(&wrong);
}

fn in_waves(desktop: &mut Desktop) {
    let behaviour = Behaviour { takes: Duration::from_millis(300), ..Behaviour::default() };
    let service = Counter::start(behaviour);
    let health = Answers::start(503);
    let ground = Ground::make();
    let path = ground.copy("rollout", &service);
    let target = |id: &str, wave: u32| json!({ "id": id, "wave": wave, "endpoint": "service" });
    let gate = |id: &str, name: &str, dry_run: bool| {
        json!({
            "id": id, "name": name, "by": "http", "url": health.url, "every_seconds": 1,
            "failure_limit": 1, "good": 2, "dry_run": dry_run,
        })
    };
    let gates = [gate("shop", "The shop answers", false), gate("carts", "Carts are kept", true)];
    let product = json!({
        "kind": "product", "id": "shop", "name": "Shop", "components": ["Checkout"],
        "versions": ["1.0"], "branches": [], "repository": "",
        "environments": [{
            "id": "staging", "name": "Staging", "production": false, "soak_minutes": 0,
            "rollout": {
                "waves": [{ "wave": 1, "name": "Canary", "wait": true, "gates": gates }],
                "at_once": 2, "health_seconds": 1,
            },
            "targets": [target("t1", 1), target("t2", 1), target("t3", 2)], "probes": [],
        }],
    });
    call(&open(&path), "catalog_save", json!({ "object": product }));
    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();

    go(&window, "#/settings/products/shop");
    window.expect_text("Targets at once");
    window.script("document.querySelector('.rollout').scrollIntoView()", &[]);
    wrong.extend(look(&window, "rollout-settings", &SIZES));

    go(&window, &format!("#/deployment/{PLANNED}"));
    window.expect_text("Wave 1 · Canary");
    window.click("button", "Deploy…");
    window.expect_text("gate “The shop answers”");
    wrong.extend(look(&window, "rollout-confirm", &SIZES));
    window.within("dialog", "Deploy HF-1").click("button", "Deploy");
    window.expect_text("The shop answers is not well after wave 1");
    // The log is the whole one: a gate is of no target.
    window.expect_text("accepted as run");
    wrong.extend(look(&window, "rollout-gate", &SIZES));
    health.with(200);
    window.click("button", "Measure again");
    window.expect_text("The next begins when a person says so.");
    wrong.extend(look(&window, "rollout-waits", &SIZES));
    window.press("g");
    window.expect_text("Finish validation");
    window.fill("Search the log", "dry run");
    window.expect_text("Carts are kept");
    window.expect_no_text("accepted as run");
    wrong.extend(look(&window, "rollout-done", &SIZES));
    nothing_wrong(&wrong);
}
