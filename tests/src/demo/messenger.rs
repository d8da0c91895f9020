//! A mail server is added in the settings, tried, and a message leaves by it: who is written to is seen
//! before, who was refused after.

use super::{SIZES, THEMES, fresh, go, look, nothing_wrong};
use crate::{
    desktop::Desktop,
    ground::{call, open},
    servers::mailserver::{Cover, MailServer},
};
use hotfix_core::desk::{Desk, Options};
use serde_json::json;
use std::path::Path;

pub fn messenger(desktop: &mut Desktop, place: &Path) {
    let server = MailServer::start(Cover::None);
    let path = fresh(place, "messenger.hotfix");
    let desk = Desk::sample(&path, 120, 1, Options::default()).expect("a sample can be made");
    for (id, name, mail) in [
        ("ann-lee", "Ann Lee", "ann@example.org"),
        ("cem", "Cem Aydın", ""),
        ("old", "Old Address", "nobody@example.org"),
        ("zoe", "Zoë Brandt", "zoe@example.org"),
    ] {
        let person = json!({ "kind": "person", "id": id, "name": name, "mail": mail,
            "zone": "Europe/Berlin", "roles": ["stakeholder"] });
        call(&desk, "catalog_save", json!({ "object": person }));
    }
    let audience = json!({ "kind": "audience", "id": "branches", "name": "The branches",
        "people": ["ann-lee", "cem", "old", "zoe"] });
    call(&desk, "catalog_save", json!({ "object": audience }));
    call(&desk, "dry_run_set", json!({ "on": false }));
    drop(desk);

    let window =
        desktop.open(&["--workspace", path.to_str().expect("the path is text")]).patient(30);
    window.expect_text("Waiting for me");
    window.resize(1440, 900);
    let mut wrong = Vec::new();

    go(&window, "#/settings/messengers");
    window.expect_text("#releases");
    wrong.extend(look(&window, "messengers", &THEMES));
    go(&window, "#/settings/messengers/releases");
    window.expect_text("Incoming Webhooks");
    wrong.extend(look(&window, "messenger-slack", &THEMES));
    go(&window, "#/settings/messengers/new");
    window.fill("Name", "Branch mail");
    window.fill("Address", "mail.example.com");
    window.click("button", "Save messenger");
    window.expect_text("This is no address that messages could be sent to");
    wrong.extend(look(&window, "messenger-refused", &SIZES));
    window.fill("Address", &server.url("smtp"));
    window.fill("From", "Acme support <support@acme.example>");
    window.click("button", "Save messenger");
    window.expect_text("Saved");
    window.click("button", "Ask the server");
    window.expect_text("answers, on this machine");
    window.fill("Address for a test mail", "me@example.org");
    window.click("button", "Send a test");
    window.expect_text("The server took a mail to me@example.org");
    wrong.extend(look(&window, "messenger-tried", &SIZES));
    let test = server.until(1);
    assert!(test[0].text.contains("If you read this"), "{}", test[0].text);

    let watched = call(&open(&path), "monitor_list", json!({}));
    let hotfix = watched[0]["hotfix"].as_str().expect("the sample watches one").to_owned();
    go(&window, &format!("#/messages/new?hotfix={hotfix}&purpose=fixed"));
    window.choose("Audience", "The branches");
    window.choose("Channel", "Branch mail");
    window.expect_text("1 person without a mail address: Cem Aydın");
    window.expect_text("Tell 3 people");
    wrong.extend(look(&window, "messenger-compose", &SIZES));
    window.press("Control+Enter");
    window.expect_text("Take back");
    window.expect_text("Sent; 2 people count as told");
    window.expect_text("1 person was refused");
    window.expect_text("There is no such user");
    wrong.extend(look(&window, "messenger-sent", &SIZES));
    let told: Vec<String> = server.until(3).into_iter().map(|mail| mail.to).collect();
    assert_eq!(told, ["me@example.org", "ann@example.org", "zoe@example.org"]);

    // By a messenger whose secret this machine does not have it comes back at once, and nothing is lost.
    go(&window, &format!("#/messages/new?hotfix={hotfix}&purpose=fixed"));
    window.choose("Channel", "#releases");
    window.press("Control+Enter");
    window.expect_text("It could not be sent");
    window.expect_text("This machine has no address for #releases");
    wrong.extend(look(&window, "messenger-came-back", &THEMES));
    nothing_wrong(&wrong);
}
