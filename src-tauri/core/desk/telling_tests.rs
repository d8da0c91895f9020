//! What people outside and colleagues are told, when they are left alone, and by when they have to hear again.

use super::{Desk, Options};
use crate::{
    clock::{Clock, Instant, ManualClock},
    error::Result,
    event::words::MessageKey,
    stages::announce::{EndMessage, remind::RemindOfUpdates},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// A Monday, 13:00 in Berlin.
const START: &str = "2026-11-23T12:00:00Z";

const REMINDER: &str = "HF-1: people wait for a word";

struct Ground {
    _folder: tempfile::TempDir,
    desk: Desk,
    clock: Arc<ManualClock>,
}

impl Ground {
    /// A shop, an hour's work on a hot fix of it, and one caller who waits for it.
    fn new(priority: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(START.parse().unwrap()));
        let options = Options { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Options::default() };
        let desk = Desk::create(&folder.path().join("a.hotfix"), "Test", options).unwrap();
        let ground = Self { _folder: folder, desk, clock };
        ground.save(json!({ "kind": "person", "id": "rita", "name": "Rita", "zone": "UTC",
            "mail": "rita@example.com", "roles": ["release_manager"] }));
        ground.call("profile_choose", json!({ "person": "rita" }));
        ground.save(json!({ "kind": "product", "id": "shop", "name": "Shop", "environments": [
            { "id": "production", "name": "Production", "production": true, "soak_minutes": 0,
              "targets": [] }] }));
        let office = json!([{ "open": "09:00", "close": "17:00" }]);
        let days = json!([office, office, office, office, office, [], []]);
        ground.save(json!({ "kind": "business_calendar", "id": "office", "name": "Office",
            "hours": { "zone": "Europe/Berlin", "days": days } }));
        ground.save(json!({ "kind": "audience", "id": "staff", "name": "Staff",
            "people": ["rita"], "quiet": { "when": "never" } }));
        ground.save(json!({ "kind": "messenger", "id": "post", "name": "Post", "system": "mail",
            "address": "smtps://mail.example.com", "from": "support@example.com" }));
        ground.call(
            "issue_log",
            json!({ "product": "shop", "text": { "title": "Pay fails", "workaround": "Pay later.",
                "reporter": { "name": "Ann", "reach": "ann@example.com" } } }),
        );
        let (impact, urgency) = match priority {
            "P1" => ("high", "high"),
            "P2" => ("high", "medium"),
            _ => ("medium", "medium"),
        };
        ground.call(
            "issue_triage",
            json!({ "keys": ["ISS-1"], "impact_system": impact, "impact_users": impact,
                "impact_business": impact, "urgency": urgency }),
        );
        ground.call("fix_new", json!({ "issues": ["ISS-1"] }));
        ground.call(
            "fix_cause_record",
            json!({ "key": "HF-1", "cause": "code", "text": { "what": "Tom broke the rate table." } }),
        );
        ground.call(
            "fix_solution",
            json!({ "key": "HF-1", "text": { "text": "Look the rate up in db-7." } }),
        );
        ground
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    fn save(&self, object: Value) {
        self.call("catalog_save", json!({ "object": object }));
    }

    fn at(&self, time: &str) {
        let to: Instant = time.parse().unwrap();
        self.clock.advance(to.since(self.desk.now()));
    }

    fn preview(&self, audience: Option<&str>, more: Value) -> Result<Value> {
        let mut asked = json!({ "hotfix": "HF-1", "purpose": "fixed", "audience": audience });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.desk.call("message_preview", asked)
    }

    fn mail(&self, more: Value) -> String {
        let mut asked = json!({ "hotfix": "HF-1", "purpose": "known_issue", "channel": "mail",
            "subject": "Known", "body": "We are at it." });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.call("message_send", asked)["key"].as_str().unwrap().to_owned()
    }

    /// When it leaves.
    fn leaves(&self, key: &str) -> String {
        let shown = self.call("message_show", json!({ "key": key }));
        shown["message"]["send_at"].as_str().unwrap().to_owned()
    }

    /// It has left.
    fn left(&self, key: &str) {
        let end = EndMessage::sent(MessageKey(key.into()), 1);
        self.desk.as_engine(None).command(&end).unwrap();
    }

    fn reminders(&self) -> usize {
        let all = self.call("message_list", json!({ "limit": 100 }));
        let all = all["rows"].as_array().unwrap().iter();
        all.filter(|one| one["subject"] == REMINDER).count()
    }

    fn waiting(&self, kind: &str) -> Vec<String> {
        let all = self.call("waiting", json!({}));
        let all = all.as_array().unwrap().iter().filter(|one| one["kind"] == kind);
        all.map(|one| one["what"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn people_outside_never_read_what_colleagues_wrote_for_each_other() {
    let ground = Ground::new("P2");
    let body = |said: &Value| said["body"].as_str().unwrap().to_owned();
    let said = ground.preview(None, json!({})).unwrap();
    assert_eq!((&said["readers"], &said["public"]), (&json!("public"), &Value::Null));
    for inside in ["Tom", "db-7", "rate"] {
        assert!(!body(&said).contains(inside), "{said}");
    }
    let staff = ground.preview(Some("staff"), json!({})).unwrap();
    assert!(body(&staff).contains("db-7"), "{staff}");

    ground.call(
        "public_words_write",
        json!({ "key": "HF-1", "text": { "title": "Paying did not work",
            "what": "Paying works again.", "instructions": "Reload the page." } }),
    );
    let said = ground.preview(None, json!({})).unwrap();
    assert_eq!(said["subject"], "Fixed: Paying did not work");
    for outside in ["Paying works again.", "Reload the page."] {
        assert!(body(&said).contains(outside), "{said}");
    }
    assert!(!body(&said).contains("db-7"), "{said}");
    // Colleagues read both, so that they can answer who asks.
    let staff = body(&ground.preview(Some("staff"), json!({})).unwrap());
    assert!(staff.contains("db-7") && staff.contains("Reload the page."), "{staff}");
}

#[test]
fn a_template_for_colleagues_is_refused_for_people_outside_and_not_chosen_for_them() {
    let ground = Ground::new("P2");
    let template = |id: &str, readers: Value, body: &str| {
        ground.save(json!({ "kind": "template", "id": id, "name": id, "purpose": "fixed",
            "readers": readers, "subject": "Over", "body": body }));
    };
    template("a-inside", json!("internal"), "It was: {{ cause }}");
    template("b-any", Value::Null, "Over, said {{ owner }}.");
    template("c-outside", json!("public"), "Over: {{ solution }}");
    assert_eq!(ground.preview(None, json!({})).unwrap()["template"], "c-outside");
    assert_eq!(ground.preview(Some("staff"), json!({})).unwrap()["template"], "a-inside");
    let refused = ground.preview(None, json!({ "template": "a-inside" })).unwrap_err();
    assert_eq!(refused.location.as_deref(), Some("template"));
    // One for whomever is refused where it says what is not for them.
    let refused = ground.preview(None, json!({ "template": "b-any" })).unwrap_err();
    assert!(refused.hint.unwrap().starts_with("“owner” is for colleagues"));
    let saved = ground.desk.call(
        "catalog_save",
        json!({ "object": { "kind": "template", "id": "d", "name": "d", "purpose": "fixed",
            "readers": "public", "subject": "Over", "body": "{{ cause }}" } }),
    );
    assert_eq!(saved.unwrap_err().location.as_deref(), Some("body"));
}

#[test]
fn at_night_a_mail_waits_for_the_morning_unless_it_burns_or_somebody_says_now() {
    let ground = Ground::new("P2");
    let quiet = json!({ "quiet": { "calendar": "office", "except": "P1" } });
    ground.call("quiet_hours_set", quiet.clone());
    assert_eq!(ground.leaves(&ground.mail(json!({}))), "2026-11-23T12:00:10Z", "it is day");

    ground.at("2026-11-27T20:00:00Z");
    let shown = ground.preview(None, json!({ "channel": "mail" })).unwrap();
    assert_eq!(shown["quiet_until"], "2026-11-30T08:00:00Z");
    let held = ground.mail(json!({}));
    assert_eq!(ground.leaves(&held), "2026-11-30T08:00:00Z", "after the weekend");
    assert_eq!(ground.leaves(&ground.mail(json!({ "now": true }))), "2026-11-27T20:00:10Z");
    let colleagues = ground.mail(json!({ "audience": "staff" }));
    assert_eq!(ground.leaves(&colleagues), "2026-11-27T20:00:10Z", "they never sleep");
    let copied = json!({ "hotfix": "HF-1", "purpose": "known_issue", "channel": "clipboard",
        "subject": "Known", "body": "We are at it." });
    let copied = ground.call("message_send", copied)["key"].as_str().unwrap().to_owned();
    assert_eq!(ground.leaves(&copied), "2026-11-27T20:00:10Z", "a person hands it over");

    ground.call("message_retry", json!({ "key": held }));
    assert_eq!(ground.leaves(&held), "2026-11-27T20:00:00Z", "somebody cannot wait");
    let again = ground.desk.call("message_retry", json!({ "key": held }));
    assert!(again.is_err(), "it leaves already");

    ground.call("fix_priority", json!({ "key": "HF-1", "priority": "P1", "reason": "Burns." }));
    assert_eq!(ground.leaves(&ground.mail(json!({}))), "2026-11-27T20:00:10Z", "it burns");

    let gone =
        ground.desk.call("catalog_retire", json!({ "kind": "business_calendar", "id": "office" }));
    assert!(gone.unwrap_err().message.contains("left alone"), "who relies on it is named");
    let wrong = ground.desk.call("quiet_hours_set", json!({ "quiet": { "calendar": "gone" } }));
    assert_eq!(wrong.unwrap_err().location.as_deref(), Some("quiet.calendar"));
}

#[test]
fn whoever_has_it_is_reminded_once_for_each_wait_that_people_have_heard_nothing() {
    let ground = Ground::new("P1");
    ground.call("fix_assign", json!({ "key": "HF-1", "person": "rita" }));
    let due = || ground.call("fix_show", json!({ "key": "HF-1" }))["update_due"]["due"].clone();
    assert_eq!(due(), "2026-11-23T13:00:00Z", "an hour after it was begun");
    let look = || {
        let request = RemindOfUpdates { keys: vec!["HF-1".into()] };
        ground.desk.as_engine(None).command(&request).unwrap();
    };
    let reminders = || ground.reminders();
    ground.at("2026-11-23T12:59:00Z");
    look();
    assert_eq!((reminders(), ground.waiting("update").len()), (0, 0));
    ground.at("2026-11-23T13:00:30Z");
    look();
    assert_eq!(reminders(), 1);
    assert!(ground.waiting("update")[0].contains("they have heard nothing yet"));
    ground.at("2026-11-23T18:00:00Z");
    look();
    assert_eq!(reminders(), 1, "once");

    ground.left(&ground.mail(json!({})));
    assert!(ground.waiting("update").is_empty(), "they have heard");
    assert_eq!(due(), "2026-11-23T19:00:00Z");
    ground.at("2026-11-23T19:01:00Z");
    look();
    assert_eq!(reminders(), 2);
    // Less urgent, nobody is owed a word.
    ground.call("fix_priority", json!({ "key": "HF-1", "priority": "P4", "reason": "Calm." }));
    assert_eq!(due(), Value::Null);
}

#[test]
fn the_engine_reminds_by_itself_and_in_quiet_hours_only_of_what_burns() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (priority, shown) in [("P1", "2026-11-27T20:00:00Z"), ("P2", "2026-11-30T08:00:00Z")] {
        let ground = Ground::new(priority);
        ground
            .call("quiet_hours_set", json!({ "quiet": { "calendar": "office", "except": "P1" } }));
        ground.at("2026-11-27T20:00:00Z");
        let engine = ground.desk.start_engine(runtime.handle()).unwrap();
        let started = std::time::Instant::now();
        while ground.reminders() == 0 && started.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
        }
        engine.stop();
        assert_eq!(ground.reminders(), 1, "{priority}");
        let all = ground.call("message_list", json!({ "limit": 100 }));
        let mut all = all["rows"].as_array().unwrap().iter();
        let one = all.find(|one| one["subject"] == REMINDER).unwrap();
        assert_eq!(one["send_at"], shown, "{priority}");
    }
}

#[test]
fn a_question_is_answered_found_again_and_becomes_an_instruction() {
    let ground = Ground::new("P2");
    let asked = ground.call(
        "support_note",
        json!({ "key": "HF-1", "text": "Is my voucher lost?", "from": { "name": "Bo" } }),
    );
    assert_eq!(asked["number"], 1);
    let early = json!({ "key": "HF-1", "text": { "instructions": "x" }, "answers": [1] });
    let early = ground.desk.call("public_words_write", early).unwrap_err();
    assert!(early.message.contains("Question 1 has no answer"), "{}", early.message);
    let wrong = json!({ "key": "HF-1", "number": 2, "answer": "x" });
    let wrong = ground.desk.call("support_answer", wrong).unwrap_err();
    assert_eq!(wrong.location.as_deref(), Some("number"));

    let answer = "No, enter the voucher again.";
    ground.call("support_answer", json!({ "key": "HF-1", "number": 1, "answer": answer }));
    let found = ground.call("search", json!({ "text": "voucher" }));
    assert_eq!(found["hits"][0]["key"], "HF-1", "{found}");
    ground.call(
        "public_words_write",
        json!({ "key": "HF-1", "text": { "instructions": "Enter vouchers again." }, "answers": [1] }),
    );
    let note = &ground.call("fix_show", json!({ "key": "HF-1" }))["hotfix"]["support_notes"][0];
    assert_eq!((&note["answer"], note["instructed_at"].is_string()), (&json!(answer), true));
    let said = ground.preview(None, json!({})).unwrap();
    assert!(said["body"].as_str().unwrap().contains("Enter vouchers again."), "{said}");
}

#[test]
fn the_instructions_are_composed_by_the_core_out_of_answered_questions() {
    let ground = Ground::new("P2");
    let ask = |text: &str| {
        let asked = ground.call("support_note", json!({ "key": "HF-1", "text": text }));
        asked["number"].as_u64().unwrap()
    };
    let (lost, twice) = (ask("Is my voucher lost?"), ask("Did I pay twice?"));
    let answer = |number: u64, answer: &str| {
        ground.call("support_answer", json!({ "key": "HF-1", "number": number, "answer": answer }))
    };
    answer(lost, "No, enter it again.");
    let composed = |numbers: &[u64]| {
        let asked = json!({ "key": "HF-1", "answers": numbers });
        ground.desk.call("support_instructions", asked)
    };
    let refused = composed(&[lost, twice]).unwrap_err();
    assert_eq!(refused.location.as_deref(), Some("answers"));
    assert!(refused.message.contains("Question 2 has no answer"), "{}", refused.message);
    let said = composed(&[lost]).unwrap();
    let one = "Is my voucher lost?\nNo, enter it again.";
    assert_eq!((&said["base"], &said["text"]["instructions"]), (&Value::Null, &json!(one)));
    ground
        .call("public_words_write", json!({ "key": "HF-1", "text": said["text"], "answers": [1] }));
    answer(twice, "No.");
    let said = composed(&[twice]).unwrap();
    assert_eq!(said["text"]["instructions"], format!("{one}\n\nDid I pay twice?\nNo."));
    assert!(said["base"].is_u64(), "{said}");
}

#[test]
fn what_waits_for_an_answer_is_told_apart_from_what_was_erased() {
    let ground = Ground::new("P2");
    let ann = json!({ "name": "Ann", "reach": "ann@example.com" });
    let ask = |text: &str, answer: &str, from: Value| {
        ground.call(
            "support_note",
            json!({ "key": "HF-1", "text": text, "answer": answer, "from": from }),
        );
    };
    ask("Is my voucher lost?", "", ann.clone());
    ask("Does the till work?", "", json!({}));
    ask("Who pays me back?", "Ann, we do: ann@example.com", ann.clone());
    ask("When?", "", ann.clone());
    ground.call("support_answer", json!({ "key": "HF-1", "number": 4, "answer": "Ann, today." }));
    let waiting = || -> Vec<usize> {
        let shown = ground.call("fix_show", json!({ "key": "HF-1" }));
        let notes = shown["hotfix"]["support_notes"].as_array().unwrap().clone();
        let open = |(at, note): (usize, &Value)| note["answered_at"].is_null().then_some(at + 1);
        notes.iter().enumerate().filter_map(open).collect()
    };
    assert_eq!(waiting(), [1, 2], "with a name or without");
    ground.call("person_erase", json!({ "key": "ISS-1", "contact": ann, "reason": "She asked." }));
    assert_eq!(waiting(), [1, 2], "whoever was erased");
    let whole = json!({ "key": "ISS-1", "place": { "of": "anywhere" }, "reason": "Private.",
        "passage": "we do: " });
    ground.call("issue_redact", whole);
    assert_eq!(waiting(), [1, 2]);
    ground.call("rebuild", json!({}));
    assert_eq!(waiting(), [1, 2]);
}

#[test]
fn of_what_nobody_has_in_person_the_team_is_reminded_and_else_whoever_began_it() {
    let reminded = |team: bool| -> Vec<String> {
        let ground = Ground::new("P1");
        if team {
            ground.save(json!({ "kind": "person", "id": "tom", "name": "Tom", "zone": "UTC",
                "mail": "tom@example.com", "roles": ["developer"] }));
            ground.save(json!({ "kind": "team", "id": "pay", "name": "Pay", "members": ["tom"] }));
            ground.call("fix_assign", json!({ "key": "HF-1", "team": "pay" }));
        }
        ground.at("2026-11-23T13:00:30Z");
        let request = RemindOfUpdates { keys: vec!["HF-1".into()] };
        ground.desk.as_engine(None).command(&request).unwrap();
        let all = ground.call("message_list", json!({ "limit": 100 }));
        let rows = all["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["subject"] == REMINDER).unwrap();
        let shown = ground.call("message_show", json!({ "key": row["key"] }));
        let people = shown["message"]["text"]["recipients"].as_array().unwrap().clone();
        people.iter().map(|one| one["contact"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(reminded(true), ["Tom"]);
    assert_eq!(reminded(false), ["Rita"]);
}
