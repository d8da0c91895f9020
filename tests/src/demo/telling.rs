//! What people outside and colleagues are told apart, questions that become instructions, and hours in which
//! nobody is written to.

use super::{SIZES, THEMES, fresh, go, look, nothing_wrong};
use crate::{
    desktop::Desktop,
    ground::{call, open},
};
use hotfix_core::desk::{Desk, Options, now};
use serde_json::{Value, json};
use std::path::Path;

/// Hours on one day only, which is the day after tomorrow.
fn not_today() -> Value {
    // 1970-01-01 was a Thursday, which is the fourth day from Monday.
    let today = (now().micros() / 86_400_000_000 + 3) % 7;
    let open = (today + 2) % 7;
    let days = (0..7).map(|day| match day == open {
        true => json!([{ "open": "09:00", "close": "17:00" }]),
        false => json!([]),
    });
    json!({ "zone": "UTC", "days": days.collect::<Vec<_>>() })
}

pub fn telling(desktop: &mut Desktop, place: &Path) {
    let path = fresh(place, "telling.hotfix");
    let desk = Desk::sample(&path, 120, 1, Options::default()).expect("a sample can be made");
    let hours = json!({ "kind": "business_calendar", "id": "callers", "name": "When callers are up",
        "hours": not_today() });
    call(&desk, "catalog_save", json!({ "object": hours }));
    let post = json!({ "kind": "messenger", "id": "a-post", "name": "Post", "system": "mail",
        "address": "smtp://127.0.0.1:9", "from": "support@acme.example" });
    call(&desk, "catalog_save", json!({ "object": post }));
    let watched = call(&desk, "monitor_list", json!({}));
    let hotfix = watched[0]["hotfix"].as_str().expect("the sample watches one").to_owned();
    let solution =
        call(&desk, "fix_show", json!({ "key": hotfix }))["hotfix"]["solution"]["text"].clone();
    let solution = solution.as_str().expect("it has a solution").to_owned();
    // Something like what was mended once is begun anew.
    let old = call(&desk, "fix_list", json!({ "phase": "closed", "all": true, "limit": 50 }));
    let old = &call(&desk, "fix_show", json!({ "key": old["rows"][0]["key"] }))["hotfix"];
    let issue = &call(&desk, "issue_show", json!({ "key": old["issues"][0] }))["issue"];
    let made = call(
        &desk,
        "issue_log",
        json!({ "text": { "title": issue["text"]["title"], "reporter": { "name": "Lena Vogt" } },
            "product": issue["product"], "component": issue["component"] }),
    );
    call(
        &desk,
        "issue_triage",
        json!({ "keys": [made["key"]], "impact_system": "medium", "impact_users": "medium",
            "impact_business": "low", "urgency": "medium" }),
    );
    let again = call(&desk, "fix_new", json!({ "issues": [made["key"]] }));
    let again = again["key"].as_str().expect("a key").to_owned();
    let cause = old["cause"]["text"]["what"].as_str().expect("it has a cause").to_owned();
    drop(desk);

    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();
    let centre = |part: &str| {
        let script =
            format!("document.getElementById('part-{part}').scrollIntoView({{ block: 'center' }})");
        window.script(&script, &[]);
    };

    // A question is answered, and its answer is for everybody.
    go(&window, &format!("#/fix/{hotfix}/support"));
    window.expect_text("without an answer");
    centre("support");
    wrong.extend(look(&window, "telling-questions", &THEMES));
    window.click("button", "Answer: Does it help who is still on the old app?");
    window.fill("Answer", "Yes, the old app shows it as well.");
    window.press("Control+Enter");
    window.expect_text("Yes, the old app shows it as well.");
    window.click("button", "Make it an instruction: Does it help who is still on the old app?");
    window.fill("What people have to do", "Open the cart again; the old app shows it as well.");
    wrong.extend(look(&window, "telling-instruct", &SIZES));
    window.press("Control+Enter");
    window.expect_text("in the instructions");

    // How something like it was solved the last time is beside the cause that is looked for.
    go(&window, &format!("#/fix/{again}"));
    window.click("button", "How it was solved before (1)…");
    window.expect_text(&cause);
    wrong.extend(look(&window, "telling-solved-before", &SIZES));
    window.press("Escape");

    // What people outside are told stands apart from what colleagues know.
    go(&window, "#/");
    go(&window, &format!("#/fix/{hotfix}/public"));
    window.expect_text("What people outside are told");
    centre("public");
    window.click("button", "Edit the public words");
    window.fill("Called", "The cart that forgets");
    wrong.extend(look(&window, "telling-public", &SIZES));
    window.press("Control+Enter");
    window.expect_text("The cart that forgets");
    go(&window, &format!("#/messages/new?hotfix={hotfix}&purpose=fixed"));
    window.expect_text("These are people outside");
    let body = || {
        let text = window
            .script("return [...document.querySelectorAll('form textarea')].pop().value", &[]);
        text.as_str().unwrap_or_default().to_owned()
    };
    let said = window.wait_until("the public words", |_| {
        Some(body()).filter(|text| text.contains("the old app shows it as well"))
    });
    assert!(!said.contains(&solution), "{said}");
    window.choose("Audience", "Stakeholders");
    window.expect_text("These are colleagues");
    window.wait_until("the solution", |_| Some(()).filter(|()| body().contains(&solution)));
    wrong.extend(look(&window, "telling-colleagues", &THEMES));

    // Nobody is written to today: the message waits, and can be sent all the same.
    go(&window, "#/settings/workspace");
    window.expect_text("Quiet hours");
    window.click("checkbox", "Quiet hours: people are left alone outside of office hours");
    window.expect_text("Written to within the hours of");
    window.choose("Written to within the hours of", "When callers are up");
    window.choose("What cannot wait", "Nothing: all of it waits");
    window.script(
        "document.querySelector('#workspace-quiet')?.scrollIntoView({ block: 'center' })",
        &[],
    );
    wrong.extend(look(&window, "telling-quiet-settings", &SIZES));
    window.wait_until("the setting", |_| {
        let quiet = call(&open(&path), "workspace_show", json!({}))["quiet"].clone();
        Some(()).filter(|()| quiet == json!({ "calendar": "callers", "except": null }))
    });
    go(&window, &format!("#/messages/new?hotfix={hotfix}&purpose=fixed"));
    window.choose("Audience", "Affected people and support");
    window.choose("Channel", "Post");
    window.expect_text("They are left alone at this hour");
    wrong.extend(look(&window, "telling-quiet", &SIZES));
    window.press("Control+Enter");
    window.expect_text("are left alone at this hour");
    window.expect("button", "Send it now");
    wrong.extend(look(&window, "telling-held", &SIZES));
    window.press("r");
    window.expect_text("leaves now");

    for (kind, id, expect) in [
        ("audiences", "stakeholders", "Left alone"),
        ("templates", "fixed", "Readers"),
        ("rubrics", "new", "A word every"),
    ] {
        go(&window, &format!("#/settings/{kind}/{id}"));
        window.expect_text(expect);
        wrong.extend(look(&window, &format!("telling-{kind}"), &THEMES));
    }
    nothing_wrong(&wrong);
}
