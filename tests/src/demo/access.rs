//! A host that wants a token and shows a certificate of its own authority: the access to it is described in the
//! settings, refused where it would give something away, chosen by a probe, and tried.

use super::{SIZES, THEMES, fresh, go, look, nothing_wrong};
use crate::{
    counter::{Behaviour, Counter},
    desktop::Desktop,
    ground::{Ground, call, open},
    inside::Inside,
};
use serde_json::json;
use std::path::Path;

const TOKEN: &str = "t0ken-of-the-walk";

pub fn access(desktop: &mut Desktop, place: &Path) {
    let inside = Inside::start(&format!("Bearer {TOKEN}"));
    let service = Counter::start(Behaviour::default());
    let path = fresh(place, "access.hotfix");
    std::fs::copy(Ground::make().copy("access", &service), &path).expect("it can be copied");
    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();

    go(&window, "#/settings/access");
    window.expect_text("How a host is reached by probes");
    wrong.extend(look(&window, "access-none", &THEMES));
    go(&window, "#/settings/access/new");
    window.fill("Name", "Inside");
    window.click("button", "Save access");
    window.expect_text("Name the hosts that it is for");
    window.fill("Hosts that it is for", &inside.host());
    window.press("Enter");
    window.click("radio", "Token");
    window.click("button", "Add header");
    window.fill("Header", "Authorization");
    window.fill("Value", "Bearer x");
    window.click("button", "Save access");
    window.expect_text("carries a secret");
    wrong.extend(look(&window, "access-refused", &SIZES));
    window.fill("Header", "X-Tenant");
    window.fill("Value", "shop");
    // Pasted: typed keys would lose its lines.
    let paste = "const box = document.querySelector('textarea'); box.value = arguments[0]; \
                 box.dispatchEvent(new Event('input', { bubbles: true }));";
    window.script(paste, &[inside.authority().into()]);
    window.press("Control+Enter");
    window.expect_text("Saved");
    window.expect_text("Not on this machine");
    window.fill("Give the token", TOKEN);
    window.click("checkbox", "Only until the program ends");
    window.click("button", "Keep it");
    window.expect_text("Until the program ends");
    wrong.extend(look(&window, "access-saved", &SIZES));

    go(&window, "#/settings/products/shop");
    let probes = window.within("group", "Probes of staging");
    let to_the_probe = "document.querySelector('.probe').scrollIntoView({ block: 'center' })";
    probes.click("button", "Add probe");
    probes.fill("Probe", "Inside answers");
    probes.fill("Address", &inside.url());
    window.script("document.querySelector('.probe details').open = true", &[]);
    window.script(to_the_probe, &[]);
    probes.fill("Access", "Inside");
    window.press("ArrowDown");
    window.press("Enter");
    probes.click("button", "Try it: Inside answers");
    window.expect_text("As expected");
    window.script(to_the_probe, &[]);
    wrong.extend(look(&window, "access-probe", &SIZES));
    // Another host is refused beside the choice.
    probes.fill("Address", "https://shop.example.org/");
    window.click("button", "Save product");
    window.expect_text("is not for shop.example.org");
    window.script(to_the_probe, &[]);
    wrong.extend(look(&window, "access-other-host", &SIZES));
    probes.fill("Address", &inside.url());
    window.click("button", "Save product");
    window.expect_text("Saved");
    // The same choice beside a gate's address and a check's.
    let gate = json!({ "id": "canary", "name": "Canary answers", "by": "http", "url": inside.url(),
        "access": "inside" });
    let desk = open(&path);
    let rows = call(&desk, "catalog_list", json!({ "kind": "product" }));
    let mut shop = rows[0]["object"].clone();
    shop["environments"][0]["rollout"]["waves"] = json!([{ "wave": 1, "gates": [gate] }]);
    call(&desk, "catalog_save", json!({ "object": shop }));
    let check = json!({ "id": "asks", "kind": "functional", "text": "Inside answers", "required": true,
        "how": { "by": "http", "url": inside.url(), "access": "inside",
            "assertions": [{ "on": "status", "is": 200 }] } });
    let list = json!({ "kind": "checklist", "id": "smoke", "name": "Smoke", "items": [check] });
    call(&desk, "catalog_save", json!({ "object": list }));
    drop(desk);
    for (place, name, what) in [
        ("#/settings/products/shop", "access-gate", "Canary answers"),
        ("#/settings/checklists/smoke", "access-check", "Inside answers"),
    ] {
        go(&window, place);
        window.wait_until(what, |window| {
            let shown = "const box = [...document.querySelectorAll('input')].find((one) => \
                one.value === arguments[0]); \
                box?.closest('details')?.setAttribute('open', ''); \
                box?.scrollIntoView({ block: 'center' }); return box !== undefined;";
            (window.script(shown, &[what.into()]) == true).then_some(())
        });
        wrong.extend(look(&window, name, &SIZES));
    }
    go(&window, "#/settings/access/inside");
    window.expect_text("The probe “Inside answers” of Shop");
    window.click("button", "Retire");
    window.expect_text("reaches its host by it");
    wrong.extend(look(&window, "access-used", &SIZES));
    nothing_wrong(&wrong);
}
