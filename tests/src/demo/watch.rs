//! A number of a real Prometheus is watched: the probe is described by hand in the settings, refused where it lacks
//! something, and held against what it was before the deployment.

use super::{SIZES, THEMES, go, look, nothing_wrong};
use crate::{
    child::wait_for,
    counter::{Behaviour, Counter},
    desktop::Desktop,
    ground::{Ground, PLANNED, call, open},
    servers::Prometheus,
};
use serde_json::json;
use std::{path::Path, time::Duration};

pub fn watch(desktop: &mut Desktop, _: &Path) {
    let server = Prometheus::start("127.0.0.1:9", None);
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let path = ground.copy("watch", &service);
    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();

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
    wrong.extend(look(&window, "watch-refused", &THEMES));
    probes.fill("Above before by at most", "20");
    window.click("button", "Save product");
    window.expect_text("Saved");
    window.script(to_the_probe, &[]);
    wrong.extend(look(&window, "watch-settings", &THEMES));

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
    wrong.extend(look(&window, "watch-risen", &SIZES));
    nothing_wrong(&wrong);
}
