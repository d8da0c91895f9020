//! What audiences are told of a deployment, from the command line to the agent that lets the message leave.

use hotfix_core::{
    clock::now,
    desk::{Desk, Options},
};
use hotfix_tests::program::{self, hotfix};
use serde_json::json;
use std::{
    thread::sleep,
    time::{Duration, Instant},
};

const HOUR: u64 = 3600;

/// The sample's stakeholders hear of production a day and an hour before, and of another time.
#[test]
fn a_due_notice_is_told_once_and_a_new_time_is_told_to_who_had_heard() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notices.hotfix");
    let desk = Desk::sample(&file, 60, 1, Options::default()).unwrap();
    let call = |name: &str, request| desk.call(name, request).unwrap();
    let open = call("deploy_list", json!({ "open": true, "limit": 100 }));
    let planned = open["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["state"] == "planned" && row["environment"] == "production");
    let key = planned.unwrap()["key"].as_str().unwrap().to_owned();
    let moved = |hours: u64| {
        let start = now().plus(Duration::from_secs(hours * HOUR));
        let end = start.plus(Duration::from_secs(HOUR));
        call("deploy_move", json!({ "key": key, "starts_at": start, "window_ends_at": end }));
    };
    let notices = |code| hotfix(&file, ["deploy", "notices", &key, "--json"]).expect(code).lines();
    let states = |code| {
        notices(code)
            .iter()
            .map(|one| {
                let notice = &one["notice"];
                let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
                (
                    word(&notice["occasion"]),
                    notice["minutes"].as_u64().unwrap(),
                    word(&one["state"]),
                )
            })
            .collect::<Vec<_>>()
    };
    moved(30);
    assert_eq!(
        states(0)[..2],
        [("before".into(), 1440, "coming".into()), ("before".into(), 60, "coming".into()),]
    );
    let tell = ["deploy", "tell", &key, "--audience", "stakeholders", "--json"];
    let refused = hotfix(&file, tell).expect(1).error();
    assert!(refused["message"].as_str().unwrap().contains("due"), "{refused}");

    moved(20);
    assert_eq!(states(1)[0], ("before".into(), 1440, "due".into()));
    let sent = hotfix(&file, tell).expect(0).json();
    assert!(sent["body"].as_str().unwrap().contains("Production:"), "{sent}");
    assert!(!sent["recipients"].as_array().unwrap().is_empty());
    // It waits its ten seconds for whoever would take it back; then the agent lets it leave.
    let mut agent = program::agent(&file, "engine");
    let end = Instant::now() + Duration::from_secs(60);
    let listed = || hotfix(&file, ["deploy", "notices", &key, "--json"]).lines();
    while !listed().iter().any(|one| one["state"] == "told") {
        assert!(Instant::now() < end, "the message did not leave");
        sleep(Duration::from_millis(300));
    }
    agent.kill();
    hotfix(&file, tell).expect(1);

    moved(40);
    let delayed = notices(1).into_iter().find(|one| one["state"] == "due").unwrap();
    assert_eq!(delayed["notice"]["occasion"], "delay");
    assert_eq!(delayed["purpose"], "delayed");
    let skip = ["deploy", "tell", &key, "--audience", "stakeholders", "--skip", "They know"];
    hotfix(&file, skip).expect(0);
    assert!(states(0).iter().any(|(what, _, state)| what == "delay" && state == "skipped"));
    hotfix(&file, ["audit", "verify"]).expect(0);
}

/// A template has words of its own for a desktop notification, and other ones for a mail's subject.
#[test]
fn each_channel_says_its_own_words_before_and_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("words.hotfix");
    let desk = Desk::sample(&file, 60, 1, Options::default()).unwrap();
    let call = |name: &str, request| desk.call(name, request).unwrap();
    let open = call("deploy_list", json!({ "open": true, "limit": 100 }));
    let planned = open["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["state"] == "planned" && row["environment"] == "production");
    let planned = planned.unwrap();
    let (key, fix) = (planned["key"].as_str().unwrap(), planned["hotfix"].as_str().unwrap());

    let template = |desktop: &str| {
        json!({ "object": {
            "kind": "template", "id": "soon", "name": "It comes", "purpose": "scheduled",
            "subject": "Soon: {{ title }}", "body": "{{ key }} comes to {{ environment }}, {{ starts }}.",
            "texts": {
                "desktop": { "text": desktop },
                "mail_draft": { "subject": "[{{ product }}] {{ title }}" },
            },
        } })
        .to_string()
    };
    let save =
        |desktop: &str| hotfix(&file, ["call", "catalog_save", &template(desktop), "--json"]);
    let wrong = save("{{ key }}\n{{ customer }}").expect(2).error();
    assert_eq!(wrong["where"], "texts.desktop.text");
    assert!(wrong["message"].as_str().unwrap().contains("line 2"), "{wrong}");
    save("{{ key }} comes soon").expect(0);

    let about =
        ["message", "preview", fix, "--purpose", "scheduled", "--deployment", key, "--json"];
    let each = hotfix(&file, about).expect(0).lines();
    let on = |channel: &str| {
        let said = each.iter().find(|one| one["channel"] == channel).unwrap();
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        (text("subject"), text("body"))
    };
    let (main, body) = on("clipboard");
    assert!(main.starts_with("Soon: ") && body.contains(" comes to Production, "), "{body}");
    assert_eq!(on("desktop"), (main.clone(), format!("{fix} comes soon")));
    let mail = on("mail_draft");
    assert!(mail.0.starts_with('[') && mail.1 == body, "{mail:?}");
    // By its name, and on one channel.
    let one = ["message", "preview", fix, "--purpose", "scheduled", "--template", "It comes"];
    let read = hotfix(&file, one.into_iter().chain(["--channel", "desktop"])).expect(0).json();
    assert_eq!(read["own"], json!(["desktop", "mail_draft"]), "{read}");
    assert!(read["body"].as_str().unwrap().ends_with("comes soon"), "{read}");
    let none =
        hotfix(&file, one.into_iter().take(6).chain(["no such", "--json"])).expect(2).error();
    assert_eq!(none["where"], "template");

    // A message, and the notice of a deployment, say what was shown.
    let sent = |key: &str| call("message_show", json!({ "key": key }))["message"]["text"].clone();
    let send = ["message", "send", fix, "--purpose", "scheduled", "--channel", "desktop", "--json"];
    let made = hotfix(&file, send).expect(0).json();
    assert_eq!(sent(made["key"].as_str().unwrap())["body"], format!("{fix} comes soon"));
    let start = now().plus(Duration::from_secs(20 * HOUR));
    let end = start.plus(Duration::from_secs(HOUR));
    call("deploy_move", json!({ "key": key, "starts_at": start, "window_ends_at": end }));
    let tell = ["deploy", "tell", key, "--audience", "stakeholders", "--channel", "mail_draft"];
    let shown = hotfix(&file, tell.into_iter().chain(["--preview", "--json"])).expect(0).json();
    assert!(shown["subject"].as_str().unwrap().starts_with('['), "{shown}");
    assert!(call("notice_list", json!({ "key": key }))[0]["told"].is_null());
    let told = hotfix(&file, tell.into_iter().chain(["--json"])).expect(0).json();
    let text = sent(told["key"].as_str().unwrap());
    assert_eq!((&text["subject"], &text["body"]), (&shown["subject"], &shown["body"]));
}

/// The sample's procedure before production has instructions; a step is ticked and the tick taken back.
#[test]
fn a_checklist_is_read_with_its_instructions_and_ticked_in_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("steps.hotfix");
    let desk = Desk::sample(&file, 60, 1, Options::default()).unwrap();
    let call = |name: &str, request| desk.call(name, request).unwrap();
    let open = call("deploy_list", json!({ "open": true, "limit": 100 }));
    let planned = open["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["state"] == "planned" && row["environment"] == "production");
    let key = planned.unwrap()["key"].as_str().unwrap();
    let list = |code| hotfix(&file, ["deploy", "checklist", key]).expect(code).lines();
    let step = "procedure.backup";
    let stands = |rows: &[serde_json::Value]| {
        let row = rows.iter().find(|row| row["step"] == step).unwrap();
        (row["state"].as_str().unwrap().to_owned(), row["instructions"].clone())
    };
    let rows = list(1);
    let (state, instructions) = stands(&rows);
    assert_eq!(state, "open");
    assert!(instructions.as_str().unwrap().contains("](https://backup.acme.example/jobs)"));
    assert!(rows.iter().any(|row| row["kind"] == "functional"), "the checks are listed as well");
    hotfix(&file, ["deploy", "tick", key, step]).expect(0);
    assert_eq!(stands(&list(1)).0, "ticked");
    hotfix(&file, ["deploy", "tick", key, step, "--undo"]).expect(0);
    assert_eq!(stands(&list(1)).0, "open");
    for row in rows.iter().filter(|row| row["kind"] == "procedure" && row["required"] == true) {
        hotfix(&file, ["deploy", "tick", key, row["step"].as_str().unwrap()]).expect(0);
    }
    assert_eq!(stands(&list(0)).0, "ticked", "nothing that is required is open");
    let none = hotfix(&file, ["deploy", "tick", key, "no.such"]).expect(2).error();
    assert_eq!(none["where"], "item");
    // As the window shows it: links that open, and nothing that acts.
    let asked = json!({ "text": format!("{} <script>x</script>", instructions.as_str().unwrap()) });
    let read = call("markdown_read", asked);
    let html = read["html"].as_str().unwrap();
    assert!(html.contains("mailto:databases@acme.example") && !html.contains("script"), "{html}");
}
