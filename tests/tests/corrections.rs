//! What was reported is corrected: by whom was quicker, with nothing lost; and the program that has no
//! product yet gets one.

use hotfix_core::{
    desk::{Desk, Options},
    error::Kind,
};
use hotfix_tests::program::hotfix;
use serde_json::{Value, json};
use std::path::PathBuf;

struct Ground {
    _folder: tempfile::TempDir,
    path: PathBuf,
    desk: Desk,
}

fn ground() -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.hotfix");
    let desk = Desk::create(&path, "Corrections", Options::default()).unwrap();
    for id in ["shop", "billing"] {
        let environment =
            json!({ "id": "p", "name": "P", "production": true, "soak_minutes": 0, "targets": [] });
        let product =
            json!({ "kind": "product", "id": id, "name": id, "environments": [environment] });
        desk.call("catalog_save", json!({ "object": product })).unwrap();
    }
    let text = json!({ "title": "Paying fails", "description": "Since noon.",
        "reporter": { "name": "Ann", "reach": "ann@example.org" } });
    desk.call("issue_log", json!({ "text": text })).unwrap();
    Ground { _folder: folder, path, desk }
}

impl Ground {
    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    fn issue(&self) -> Value {
        self.call("issue_show", json!({ "key": "ISS-1" }))["issue"].clone()
    }

    /// The issue's report with these parts changed, based on what was read then.
    fn edit(&self, read: &Value, text: &Value, product: Option<&str>) -> Value {
        let mut whole = read["text"].clone();
        for (field, value) in text.as_object().unwrap() {
            whole[field] = value.clone();
        }
        json!({ "key": "ISS-1", "base": read["version"], "text": whole, "product": product,
            "component": read["component"], "version": read["product_version"],
            "environment": read["environment"] })
    }
}

#[test]
fn an_edit_is_refused_with_both_texts_only_where_the_report_was_written_since() {
    let ground = ground();
    let read = ground.issue();
    // What else happens to the issue is in nobody's way.
    ground.call("issue_comment", json!({ "key": "ISS-1", "text": "Looking.", "internal": true }));
    let first = ground.edit(&read, &json!({ "title": "Paying by card fails" }), None);
    ground.call("issue_edit", first.clone());
    let late = ground.edit(&read, &json!({ "title": "Paying fails on the telephone" }), None);
    let refused = ground.desk.call("issue_edit", late).unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    let hint = refused.hint.clone().unwrap_or_default();
    assert!(hint.contains("Paying by card fails") && hint.contains("on the telephone"), "{hint}");
    assert_eq!(ground.issue()["text"]["title"], "Paying by card fails");
    // Who writes the same is let through, and nothing is recorded twice.
    let before = ground.issue()["version"].clone();
    ground.call("issue_edit", first);
    assert_eq!(ground.issue()["version"], before);
    assert_eq!(ground.issue()["people"][0]["contact"]["name"], "Ann");
}

#[test]
fn an_edit_from_before_a_redaction_does_not_bring_the_text_back() {
    let ground = ground();
    let read = ground.issue();
    let redact = json!({ "key": "ISS-1", "place": { "of": "description" }, "reason": "private" });
    ground.call("issue_redact", redact);
    let late = ground.edit(&read, &json!({ "title": "Paying is slow" }), None);
    assert_eq!(ground.desk.call("issue_edit", late).unwrap_err().kind, Kind::Conflict);
    assert_eq!(ground.issue()["text"]["description"], "redacted");
}

#[test]
fn an_issue_without_a_product_is_given_one_and_becomes_a_hot_fix_which_then_holds_it() {
    let ground = ground();
    let triage = ["issue", "triage", "ISS-1", "--impact", "high", "--urgency", "high"];
    hotfix(&ground.path, triage).expect(0);
    assert_eq!(
        hotfix(&ground.path, ["fix", "new", "--issues", "ISS-1"]).expect(2).error()["where"],
        "product"
    );
    hotfix(&ground.path, ["issue", "edit", "ISS-1"]).expect(2);
    hotfix(&ground.path, ["issue", "edit", "ISS-1", "--product", "nowhere"]).expect(2);
    let words = [
        "issue",
        "edit",
        "ISS-1",
        "--product",
        "shop",
        "--workaround",
        "Pay by invoice.",
        "--version",
        "4.8",
    ];
    hotfix(&ground.path, words).expect(0);
    let shown = hotfix(&ground.path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!((&shown["product"], &shown["product_version"]), (&json!("shop"), &json!("4.8")));
    assert_eq!(shown["text"]["workaround"], "Pay by invoice.");
    assert_eq!(shown["text"]["description"], "Since noon.", "what was not named stays");
    hotfix(&ground.path, ["fix", "new", "--issues", "ISS-1"]).expect(0);
    let refused =
        hotfix(&ground.path, ["issue", "edit", "ISS-1", "--product", "billing"]).expect(2).error();
    assert!(refused["message"].as_str().unwrap().contains("HF-1"), "{refused}");
    hotfix(&ground.path, ["issue", "close", "ISS-1", "--reason", "Gone."]).expect(1);
}

#[test]
fn an_issue_is_closed_by_hand_with_a_reason_and_only_with_one() {
    let ground = ground();
    hotfix(&ground.path, ["issue", "close", "ISS-1", "--reason", " "]).expect(2);
    hotfix(&ground.path, ["issue", "close", "ISS-1", "--reason", "The caller found it."]).expect(0);
    let shown = hotfix(&ground.path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!(
        (&shown["state"], &shown["reason"]),
        (&json!("closed"), &json!("The caller found it."))
    );
    hotfix(&ground.path, ["issue", "close", "ISS-1", "--reason", "Again."]).expect(1);
}
