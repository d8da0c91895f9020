//! What the table of hot fixes finds due is what each folded hot fix says, whatever has happened.

use super::*;
use crate::{
    clock::{Clock, ManualClock},
    desk::Options,
    event::words::MessageKey,
    stages::announce::EndMessage,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

struct Ground {
    _folder: tempfile::TempDir,
    desk: Desk,
    clock: Arc<ManualClock>,
    issues: u32,
    hotfixes: u32,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-11-23T12:00:00Z".parse().unwrap()));
        let options = Options { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Options::default() };
        let desk = Desk::create(&folder.path().join("a.hotfix"), "Test", options).unwrap();
        let mut ground = Self { _folder: folder, desk, clock, issues: 0, hotfixes: 0 };
        ground.save(json!({ "kind": "person", "id": "rita", "name": "Rita", "zone": "UTC",
            "roles": ["release_manager"] }));
        ground.call("profile_choose", json!({ "person": "rita" }));
        for id in ["shop", "till"] {
            ground.save(json!({ "kind": "product", "id": id, "name": id, "environments": [
                { "id": "production", "name": "Production", "production": true,
                  "soak_minutes": 0, "targets": [] }] }));
            ground.begin(id, true);
        }
        assert_eq!((ground.issues, ground.hotfixes), (2, 2));
        ground
    }

    /// What a history asks for may be refused: it is random.
    fn call(&self, name: &str, request: Value) -> Option<Value> {
        self.desk.call(name, request).ok()
    }

    fn save(&self, object: Value) {
        self.call("catalog_save", json!({ "object": object })).unwrap();
    }

    fn report(&mut self, product: &str, named: bool) -> Option<String> {
        let reporter = match named {
            true => json!({ "name": "Ann", "reach": "ann@example.com" }),
            false => json!({}),
        };
        self.call(
            "issue_log",
            json!({ "product": product, "text": { "title": "Pay fails", "reporter": reporter } }),
        )?;
        self.issues += 1;
        let key = format!("ISS-{}", self.issues);
        self.call(
            "issue_triage",
            json!({ "keys": [&key], "impact_system": "high", "impact_users": "high",
                "impact_business": "high", "urgency": "high" }),
        )?;
        Some(key)
    }

    fn begin(&mut self, product: &str, named: bool) {
        let Some(issue) = self.report(product, named) else { return };
        if self.call("fix_new", json!({ "issues": [issue] })).is_some() {
            self.hotfixes += 1;
        }
    }

    fn keys(&self) -> Vec<HotfixKey> {
        (1..=self.hotfixes).map(|n| HotfixKey(format!("HF-{n}"))).collect()
    }

    /// What the engine finds, and what folding all of them finds.
    fn both(&self) -> (Vec<HotfixKey>, Vec<HotfixKey>) {
        let mut looked = without_a_word(&self.desk).unwrap();
        looked.sort();
        let now = self.desk.now();
        let is_due = |key: &HotfixKey| {
            let call = self.desk.as_engine(None);
            let due = call.judge(|state, _| state.word_unsaid(state.hotfix(key)?, now));
            due.unwrap().is_some()
        };
        let mut folded = self.keys();
        folded.retain(is_due);
        folded.sort();
        (looked, folded)
    }

    fn happens(&mut self, what: u8, which: u16) {
        let key = format!("HF-{}", u32::from(which) % self.hotfixes + 1);
        let issue = format!("ISS-{}", u32::from(which) % self.issues + 1);
        let product = ["shop", "till"][usize::from(which) % 2];
        let named = !which.is_multiple_of(3);
        match what {
            0..=4 => self.clock.advance(Duration::from_secs(u64::from(which) * 20)),
            5 if self.hotfixes < 6 => self.begin(product, named),
            6 => {
                if let Some(joins) = self.report(product, named) {
                    self.call("fix_join", json!({ "key": key, "keys": [joins] }));
                }
            }
            7 => {
                let contact = json!({ "name": "Bo", "reach": "bo@example.com" });
                self.call("issue_add_person", json!({ "key": issue, "contact": contact }));
            }
            8 => {
                let purpose = ["known_issue", "feedback", "delayed"][usize::from(which) % 3];
                let sent = self.call(
                    "message_send",
                    json!({ "hotfix": key, "purpose": purpose, "channel": "clipboard",
                        "subject": "Known", "body": "We are at it." }),
                );
                if let Some(sent) = sent {
                    let key = MessageKey(sent["key"].as_str().unwrap().into());
                    self.desk.as_engine(None).command(&EndMessage::sent(key, 1)).unwrap();
                }
            }
            9 => {
                let priority = format!("P{}", which % 5 + 1);
                self.call(
                    "fix_priority",
                    json!({ "key": key, "priority": priority, "reason": "So it is." }),
                );
            }
            10 => {
                let targets: Vec<Value> = (1..=5)
                    .map(|n| {
                        json!({ "priority": format!("P{n}"), "respond_minutes": 15,
                            "resolve_minutes": 240, "update_minutes": (which / n) % 400,
                            "around_the_clock": which.is_multiple_of(2) })
                    })
                    .collect();
                let mut rubric =
                    serde_json::to_value(crate::event::words::Rubric::default()).unwrap();
                rubric["kind"] = json!("rubric");
                rubric["id"] = json!(product);
                rubric["product"] = if named { json!(product) } else { Value::Null };
                rubric["targets"] = json!(targets);
                self.call("catalog_save", json!({ "object": rubric }));
            }
            11 => {
                let keys = without_a_word(&self.desk).unwrap();
                if !keys.is_empty() {
                    let remind = RemindOfUpdates { keys };
                    self.desk.as_engine(None).command(&remind).unwrap();
                }
            }
            12 if which.is_multiple_of(4) => {
                self.call("fix_cancel", json!({ "key": key, "reason": "Not worth it." }));
            }
            13 => {
                let ann = json!({ "name": "Ann", "reach": "ann@example.com" });
                self.call(
                    "person_erase",
                    json!({ "key": issue, "contact": ann, "reason": "GDPR" }),
                );
            }
            _ => {}
        }
    }
}

#[test]
fn once_reminded_it_is_found_no_more_and_a_mended_rubric_counts_at_once() {
    let mut ground = Ground::new();
    let found = |ground: &Ground| without_a_word(&ground.desk).unwrap().len();
    ground.clock.advance(Duration::from_secs(59 * 60));
    assert_eq!(found(&ground), 0);
    ground.clock.advance(Duration::from_secs(60));
    assert_eq!(found(&ground), 2, "an hour is what P1 promises");
    ground.happens(11, 0);
    assert_eq!(found(&ground), 0);
    // A rubric for one of them promises a word every five minutes: what was reminded of was another wait.
    let mut rubric = serde_json::to_value(crate::event::words::Rubric::default()).unwrap();
    rubric["kind"] = json!("rubric");
    rubric["id"] = json!("till");
    rubric["product"] = json!("till");
    rubric["targets"][0]["update_minutes"] = json!(5);
    ground.save(rubric);
    assert_eq!(without_a_word(&ground.desk).unwrap(), [HotfixKey::from("HF-2")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn what_is_looked_up_is_what_folding_all_finds(
        history in prop::collection::vec((0_u8..14, any::<u16>()), 1..60),
    ) {
        let mut ground = Ground::new();
        for (what, which) in history {
            ground.happens(what, which);
            let (looked, folded) = ground.both();
            prop_assert_eq!(looked, folded);
        }
        let (before, _) = ground.both();
        ground.desk.call("rebuild", json!({})).unwrap();
        let (after, folded) = ground.both();
        prop_assert_eq!(&before, &after);
        prop_assert_eq!(&after, &folded);
    }
}
