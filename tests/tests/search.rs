//! The search through the product's own path: what a person who types sees.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::program::hotfix;
use serde_json::{Value, json};
use std::path::PathBuf;

struct Ground {
    folder: tempfile::TempDir,
    desk: Desk,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::create(&folder.path().join("a.hotfix"), "Test", Options::default()).unwrap();
        Self { folder, desk }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("a.hotfix")
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk.call(name, request).unwrap()
    }

    fn log(&self, title: &str, description: &str) -> String {
        let text = json!({ "title": title, "description": description });
        self.call("issue_log", json!({ "text": text }))["key"].as_str().unwrap().to_owned()
    }

    fn find(&self, text: &str) -> Value {
        self.call("search", json!({ "text": text, "wait": true }))
    }

    fn keys(&self, text: &str) -> Vec<String> {
        keys(&self.find(text))
    }
}

fn keys(found: &Value) -> Vec<String> {
    let hits = found["hits"].as_array().unwrap();
    hits.iter().map(|hit| hit["key"].as_str().unwrap().to_owned()).collect()
}

fn sample(issues: usize) -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let desk =
        Desk::sample(&folder.path().join("a.hotfix"), issues, 7, Options::default()).unwrap();
    Ground { folder, desk }
}

#[test]
fn the_title_counts_more_than_the_text_and_an_open_issue_more_than_a_closed_one() {
    let ground = Ground::new();
    let closed = ground.log("Coupon refused", "");
    let text = ground.log("Discount is lost", "The coupon was typed by hand.");
    let open = ground.log("Coupon refused", "");
    let triage = json!({ "keys": [closed], "impact_system": "low", "impact_users": "low", "impact_business": "low", "urgency": "low" });
    ground.call("issue_triage", triage);
    ground.call("issue_close", json!({ "keys": [closed], "reason": "Solved on the telephone." }));
    assert_eq!(ground.keys("coupon"), [open.as_str(), &closed, &text]);
    assert_eq!(ground.keys("coupon state:closed"), [closed.as_str()]);
    assert_eq!(ground.keys("coupon state:open -refused"), [text.as_str()]);
    let hit = &ground.find("coupon hand")["hits"][0];
    assert_eq!(hit["snippet"], "The \u{2068}coupon\u{2069} was typed by \u{2068}hand\u{2069}.");
}

#[test]
fn a_key_comes_first_however_it_is_typed() {
    let ground = Ground::new();
    for number in 1..=12 {
        ground.log(&format!("Trouble {number}"), "Like ISS-3 it is.");
    }
    for text in ["ISS-3", "iss3", " iss 3"] {
        assert_eq!(ground.keys(text)[0], "ISS-3", "{text}");
    }
    assert!(ground.keys("ISS-3").len() > 1, "those that mention it follow");
    assert_eq!(ground.keys("key:iss-3"), ["ISS-3"]);
    assert!(ground.keys("HF-99").is_empty());
}

#[test]
fn what_is_misspelt_is_found_and_the_answer_says_so() {
    let ground = Ground::new();
    let key = ground.log("Checkout hangs after payment", "");
    let found = ground.find("chekcout paymnt ");
    assert_eq!(keys(&found), [key.as_str()]);
    assert_eq!(
        found["instead"],
        json!([{ "typed": "chekcout", "shown": ["checkout"] }, { "typed": "paymnt", "shown": ["payment"] }])
    );
    assert_eq!(ground.find("checkout ")["instead"], json!([]));
    assert!(ground.keys("\"chekcout\"").is_empty(), "what is quoted is meant");
    // A word that came after the others were loaded is known at once.
    let late = ground.log("Warehouse label is blank", "");
    assert_eq!(ground.keys("warehose "), [late.as_str()]);
}

#[test]
fn fields_narrow_what_is_found() {
    let ground = Ground::new();
    let team =
        json!({ "kind": "team", "id": "night", "name": "Night shift", "members": ["owner"] });
    ground.call("catalog_save", json!({ "object": team }));
    let report = |title: &str, reporter: &str, version: &str, component: &str| {
        let text = json!({ "title": title, "reporter": { "name": reporter, "reach": "" } });
        let request = json!({ "text": text, "version": version, "component": component, "environment": "production", "channel": "mail" });
        ground.call("issue_log", request)["key"].as_str().unwrap().to_owned()
    };
    let one = report("Card refused", "Ann Petrov", "4.8.1", "Payment gateway");
    let two = report("Card refused", "Petra Ann", "4.9.0", "Checkout");
    ground.call("issue_assign", json!({ "keys": [two], "person": "owner", "team": "night" }));
    let triage = json!({ "keys": [one], "impact_system": "high", "impact_users": "high", "impact_business": "high", "urgency": "high" });
    ground.call("issue_triage", triage);
    for (text, wanted) in [
        ("reporter:\"Ann Petrov\"", vec![&one]),
        ("reporter:petr", vec![&one, &two]),
        ("version:4.8", vec![&one]),
        ("version:4.9.0 card", vec![&two]),
        ("component:gateway", vec![&one]),
        ("component:\"payment gateway\"", vec![&one]),
        ("owner:me", vec![&two]),
        ("owner:none", vec![&one]),
        ("team:night", vec![&two]),
        ("priority:1", vec![&one]),
        ("priority:P1 state:triaged", vec![&one]),
        ("prio:none", vec![&two]),
        ("channel:mail", vec![&one, &two]),
        ("kind:issue card", vec![&one, &two]),
        ("kind:hotfix card", vec![]),
        ("env:prod -component:checkout", vec![&one]),
        ("after:today", vec![&one, &two]),
        ("before:today", vec![]),
        ("after:2026 before:2200", vec![&one, &two]),
    ] {
        let mut found = ground.keys(text);
        found.sort();
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{text}");
    }
    let filters = ground.find("card -state:closed")["filters"].clone();
    assert_eq!(filters[0]["text"], "-state:closed");
    assert_eq!((&filters[0]["field"], &filters[0]["without"]), (&json!("state"), &json!(true)));
}

#[test]
fn what_is_not_understood_is_said_with_what_would_be_and_loses_no_text() {
    let ground = Ground::new();
    let key = ground.log("Card refused with error 500", "");
    let found = ground.find("card state:burning");
    assert_eq!(keys(&found), [key.as_str()]);
    let note = found["notes"][0].as_str().unwrap();
    assert!(note.contains("“burning”") && note.contains("new, needs_info, triaged"), "{note}");
    assert_eq!(found["filters"][0]["left_out"], true);
    let found = ground.find("error:500");
    assert_eq!(keys(&found), [key.as_str()]);
    assert!(found["notes"][0].as_str().unwrap().contains("no field “error:”"));
    assert!(ground.find("reporter:nobody card")["notes"][0].as_str().unwrap().contains("“nobody”"));
    let long = "word ".repeat(20_000);
    assert!(!ground.find(&long)["notes"].as_array().unwrap().is_empty());
}

#[test]
fn hot_fixes_their_reports_and_messages_are_found_by_their_own_words() {
    let ground = sample(60);
    let closed = ground.call("fix_list", json!({ "phase": "closed", "all": true }));
    let key = closed["rows"][0]["key"].as_str().expect("the sample has a closed hot fix");
    let fix = ground.call("fix_show", json!({ "key": key }));
    let plan = fix["hotfix"]["rollback_plan"].as_str().unwrap();
    let found = ground.find(&format!("kind:report \"{plan}\""));
    assert!(keys(&found).iter().any(|one| one == key), "{found}");
    assert_eq!(found["hits"][0]["kind"], "report");
    let title = fix["hotfix"]["title"].as_str().unwrap();
    let found = ground.find(&format!("kind:hotfix state:closed \"{title}\""));
    assert!(keys(&found).iter().any(|one| one == key), "{found}");
    let messages = ground.call("message_list", json!({}));
    let subject = messages["rows"][0]["subject"].as_str().expect("the sample has a message");
    let found = ground.find(&format!("kind:message \"{subject}\""));
    assert!(!keys(&found).is_empty(), "{subject}");
    let count = ground.keys(title).iter().filter(|one| *one == key).count();
    assert!(count <= 1, "a hot fix and its report are one line");
}

#[test]
fn the_inbox_is_narrowed_by_the_same_words_fields_and_keys() {
    let ground = Ground::new();
    for title in ["Card refused", "Coupon refused", "Card is slow"] {
        ground.log(title, "");
    }
    let listed = |text: &str| -> Vec<String> {
        let page = ground.call("issue_list", json!({ "text": text, "sort": "newest" }));
        let rows = page["rows"].as_array().unwrap();
        rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("card"), ["ISS-3", "ISS-1"]);
    assert_eq!(listed("card -slow state:new"), ["ISS-1"]);
    assert_eq!(listed("iss2"), ["ISS-2"]);
    assert_eq!(listed("key:ISS-3 card"), ["ISS-3"]);
    assert_eq!(listed("key:ISS-2 card"), [""; 0]);
}

#[test]
fn a_rebuild_gives_the_same_index_word_for_word() {
    let ground = sample(60);
    ground.call("issue_comment", json!({ "key": "ISS-2", "text": "検索 later", "internal": true }));
    let words = || -> Vec<(String, i64)> {
        let db = rusqlite::Connection::open(ground.path()).unwrap();
        db.execute_batch(
            "CREATE VIRTUAL TABLE temp.places USING fts5vocab(main, search, instance)",
        )
        .unwrap();
        db.prepare("SELECT term || ' ' || col || ' ' || offset, doc FROM temp.places ORDER BY 1, 2")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    let before = words();
    assert!(before.len() > 1_000);
    ground.desk.rebuild(&mut |_, _| true).unwrap();
    assert!(before == words());
}

#[test]
fn fields_and_their_values_are_suggested_while_one_types() {
    let ground = sample(60);
    let suggest = |text: &str| -> Vec<String> {
        let found = ground.call("search_suggest", json!({ "text": text }));
        let all = found.as_array().unwrap();
        all.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    };
    assert!(suggest("").contains(&"state:".to_owned()));
    assert_eq!(suggest("checkout pri"), ["checkout priority:"]);
    assert!(suggest("state:n").contains(&"state:new ".to_owned()));
    assert_eq!(suggest("card -state:clo"), ["card -state:closed "]);
    assert_eq!(suggest("product:sh"), ["product:shop "]);
    assert!(suggest("component:").iter().any(|one| one.starts_with("component:")));
    assert_eq!(suggest("zzz"), [""; 0]);
    let reporter = ground.call("issue_list", json!({}))["rows"][0]["reporter"].clone();
    let first = reporter.as_str().unwrap().split(' ').next().unwrap().to_lowercase();
    assert!(
        suggest(&format!("reporter:{first}"))
            .iter()
            .any(|one| one.contains(reporter.as_str().unwrap()))
    );
}

#[test]
fn the_terminal_prints_a_line_a_hit_and_says_aside_what_it_took_otherwise() {
    let ground = Ground::new();
    ground.log("Checkout hangs", "After “Pay” nothing happens.");
    ground.log("Checkout is slow", "");
    let ended =
        hotfix(&ground.path(), ["search", "chekcout state:burning", "--limit", "1"]).expect(0);
    assert_eq!(ended.lines().len(), 1);
    for word in ["key", "kind", "title", "snippet"] {
        assert!(ended.lines()[0][word].is_string(), "{word}");
    }
    assert!(ended.errors.contains("Also shown for “chekcout”: checkout."), "{ended:?}");
    assert!(ended.errors.contains("There is no state “burning”"), "{ended:?}");
    assert_eq!(hotfix(&ground.path(), ["search", "nothingofthekind"]).expect(0).lines().len(), 0);
}
