//! A number of a real Prometheus is watched: the probe is described by hand in the settings, refused where it lacks
//! something, tried, and held against what it was before the deployment. Then it says neither yes nor no, and a person
//! says that it is well; at last its breach rolls the environment back by itself.

use super::{SIZES, THEMES, go, look, nothing_wrong};
use crate::{
    child::wait_for,
    counter::{Behaviour, Counter},
    desktop::Desktop,
    ground::{Ground, PLANNED, call, open},
    servers::Prometheus,
};
use serde_json::json;
use std::{cell::RefCell, path::Path, time::Duration};

pub fn watch(desktop: &mut Desktop, _: &Path) {
    let server = Prometheus::start("127.0.0.1:9", None);
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = ground.copy("watch", &service);
    let release = json!({ "product": "shop", "environment": "staging", "version": "1.0" });
    call(&open(&path), "deploy_record", release);
    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let wrong = RefCell::new(Vec::new());

    go(&window, "#/settings/products/shop");
    let probes = window.within("group", "Probes of staging");
    probes.click("button", "Add probe");
    probes.fill("Probe", "Errors a second");
    probes.choose("By", "Prometheus");
    probes.fill("Prometheus server", server.url());
    probes.fill("Query", "vector(0.02)");
    probes.fill("Every", "1");
    let to_the_probe = "document.querySelector('.probe').scrollIntoView({ block: 'center' })";
    // A number without a limit is held against nothing.
    window.click("button", "Save product");
    window.expect_text("has no limit");
    window.script(to_the_probe, &[]);
    wrong.borrow_mut().extend(look(&window, "watch-refused", &THEMES));
    probes.fill("Above before by at most", "20");
    probes.click("button", "Try it: Errors a second");
    window.expect_text("As expected");
    window.click("button", "Save product");
    window.expect_text("Saved");
    window.script(to_the_probe, &[]);
    wrong.borrow_mut().extend(look(&window, "watch-settings", &THEMES));

    let probe =
        || call(&open(&path), "monitor_show", json!({ "key": "HF-1" }))["probes"][0].clone();
    let until = |what: &str, so: &dyn Fn(&serde_json::Value) -> bool| {
        wait_for(what, Duration::from_secs(60), || so(&probe()).then_some(()));
    };
    until("measured before", &|one| one["samples"].as_array().is_some_and(|all| all.len() > 5));
    call(&open(&path), "deploy_start", json!({ "key": PLANNED }));
    until("deployed", &|one| {
        one["limit"].as_f64().is_some_and(|limit| (limit - 0.024).abs() < 1e-6)
    });
    go(&window, "#/monitoring/HF-1");
    window.expect_text("at most 20 % above before");
    go(&window, "#/settings/products/shop");
    window.within("group", "Probes of staging").fill("Query", "vector(0.03)");
    window.click("button", "Save product");
    window.expect_text("Saved");
    until("risen", &|one| one["last"]["result"] == "failure");
    go(&window, "#/monitoring/HF-1");
    window.expect_text("0.030 is more than 20 % above 0.020");
    window.expect_text("limit 0.024");
    wrong.borrow_mut().extend(look(&window, "watch-risen", &SIZES));

    // In Monitoring it counts. A query that finds nothing asks a person.
    call(&open(&path), "validate_finish", json!({ "key": PLANNED }));
    let settings = |fill: &dyn Fn()| {
        go(&window, "#/settings/products/shop");
        window.expect_text("Probes");
        window.script("document.querySelector('.probe details').open = true", &[]);
        fill();
        window.click("button", "Save product");
        window.expect_text("Saved");
    };
    let in_form = || window.within("group", "Probes of staging");
    settings(&|| {
        in_form().fill("Query", "no_such_metric");
        in_form().fill("Neither yes nor no, allowed", "0");
    });
    until("asked", &|one| one["counted"]["inconclusive"].as_u64() > Some(0));
    go(&window, "#/monitoring/HF-1");
    window.expect_text("It is well…");
    desktop.expect_notification("HF-1: Errors a second says neither yes nor no");
    wrong.borrow_mut().extend(look(&window, "watch-doubt", &SIZES));
    window.click("button", "It is well…");
    window.fill("What was found", "The metric is exported again in a minute.");
    window.click("button", "It is well");
    window.expect_text("It counts as well");
    settings(&|| {
        in_form().fill("Query", "vector(0.05)");
        in_form().choose("A breach", "Rolls back");
        window.expect_text("A breach rolls staging back by itself");
        window.script(to_the_probe, &[]);
        wrong.borrow_mut().extend(look(&window, "watch-rolls-back", &SIZES));
    });
    go(&window, "#/monitoring/HF-1");
    window.expect_text("Rolled staging back by itself (DEP-1).");
    // A real notification daemon has shown what it did, once.
    desktop.expect_notification("HF-1: Errors a second is over its limit");
    desktop.expect_notification("is being rolled back (DEP-1)");
    wrong.borrow_mut().extend(look(&window, "watch-rolled-back", &SIZES));
    go(&window, "#/");
    window.expect_text("Errors a second is over its limit");
    nothing_wrong(&wrong.borrow());
}
