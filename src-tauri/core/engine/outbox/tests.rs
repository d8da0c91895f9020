//! The outbox on a real file, with a clock moved by hand and a channel that does what it is told: nothing is
//! lost and nobody is sent to twice, whatever dies in between.

use super::*;
use crate::{
    clock::{Clock, ManualClock},
    desk::{Desk, Options},
    engine::{LEASE, scripted::Outer},
    integrations::message::Channel,
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

/// What happens to one sending: who is taken, who is refused, and how it ends.
#[derive(Clone, Default)]
struct Turn {
    taken: Vec<u32>,
    refused: Vec<u32>,
    error: Option<SendError>,
}

/// Whatever is not scripted is taken by all.
#[derive(Default)]
struct Scripted {
    turns: Mutex<VecDeque<Turn>>,
    /// Each sending: the name, and the places it was for.
    seen: Mutex<Vec<(String, Vec<u32>)>>,
    /// Messages whose sending never ends.
    hangs: Mutex<Vec<String>>,
}

#[async_trait]
impl Channel for Scripted {
    async fn send(&self, outgoing: &Outgoing, told: &dyn Told) -> Result<(), SendError> {
        let places: Vec<u32> = outgoing.recipients.iter().map(|one| one.place).collect();
        self.seen.lock().unwrap().push((outgoing.id.clone(), places.clone()));
        let hangs = self.hangs.lock().unwrap().contains(&outgoing.subject);
        if hangs {
            std::future::pending::<()>().await;
        }
        let turn = self.turns.lock().unwrap().pop_front();
        let turn = turn.unwrap_or_else(|| Turn { taken: places, ..Turn::default() });
        for place in turn.taken {
            told.told(place, None).await?;
        }
        for place in turn.refused {
            told.told(place, Some("550 unknown".into())).await?;
        }
        turn.error.map_or(Ok(()), Err)
    }
}

struct Ground {
    _folder: tempfile::TempDir,
    desk: Desk,
    clock: Arc<ManualClock>,
    channel: Arc<Scripted>,
    engine: Engine,
    runtime: tokio::runtime::Runtime,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Instant::from_micros(1_790_000_000_000_000)));
        let options = Options {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            device: "test".into(),
            ..Options::default()
        };
        let desk = Desk::sample(&folder.path().join("a.hotfix"), 20, 7, options).unwrap();
        for (id, name) in [("ada", "Ada"), ("bob", "Bob"), ("cem", "Cem")] {
            let object = json!({ "kind": "person", "id": id, "name": name, "zone": "UTC",
                "mail": format!("{id}@example.com"), "roles": ["stakeholder"] });
            desk.call("catalog_save", json!({ "object": object })).unwrap();
        }
        for object in [
            json!({ "kind": "audience", "id": "three", "name": "Three",
                "people": ["ada", "bob", "cem"] }),
            json!({ "kind": "messenger", "id": "post", "name": "Post", "system": "mail",
                "address": "smtps://mail.example.com", "from": "support@example.com" }),
            json!({ "kind": "messenger", "id": "hook", "name": "Hook", "system": "webhook",
                "address": "https://hooks.example.com/in" }),
        ] {
            desk.call("catalog_save", json!({ "object": object })).unwrap();
        }
        // What the sample has queued itself is out of the way.
        for row in desk.call("message_list", json!({ "state": "queued" })).unwrap()["rows"]
            .as_array()
            .unwrap()
        {
            desk.call("message_cancel", json!({ "key": row["key"] })).unwrap();
        }
        desk.call("dry_run_set", json!({ "on": false })).unwrap();
        let channel = Arc::new(Scripted::default());
        let outside =
            Outer { channel: Some(Arc::clone(&channel) as Arc<dyn Channel>), ..Outer::default() };
        let engine = engine(&desk, Arc::new(outside));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        Self { _folder: folder, desk, clock, channel, engine, runtime }
    }

    fn queue(&self, messenger: &str, subject: &str) -> MessageKey {
        let channel = if messenger == "post" { "mail" } else { "webhook" };
        let request = json!({ "hotfix": "HF-1", "purpose": "fixed", "channel": channel,
            "messenger": messenger, "audience": "three", "subject": subject, "body": "Reload." });
        let made = self.desk.call("message_send", request).unwrap();
        MessageKey(made["key"].as_str().unwrap().into())
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// One look of the engine, and what it began, to its end.
    fn look(&self) {
        self.runtime.block_on(async {
            messages(&self.engine).await.unwrap();
            let hanging = self.channel.hangs.lock().unwrap().len().min(AT_ONCE);
            while self.under_way() > hanging {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }

    /// How many lines are at work.
    fn under_way(&self) -> usize {
        let busy = self.engine.busy.lock().unwrap();
        busy.iter().filter(|name| name.starts_with("messenger/")).count()
    }

    fn turn(&self, turn: Turn) {
        self.channel.turns.lock().unwrap().push_back(turn);
    }

    fn fails(&self, error: SendError) {
        self.turn(Turn { error: Some(error), ..Turn::default() });
    }

    fn seen(&self) -> Vec<Vec<u32>> {
        self.channel.seen.lock().unwrap().iter().map(|(_, places)| places.clone()).collect()
    }

    fn message(&self, key: &MessageKey) -> Value {
        self.desk.call("message_show", json!({ "key": key })).unwrap()["message"].clone()
    }

    fn state(&self, key: &MessageKey) -> String {
        self.message(key)["state"].as_str().unwrap().to_owned()
    }
}

fn engine(desk: &Desk, outside: Arc<Outer>) -> Engine {
    let ttl = Duration::from_secs(3600);
    let token = desk.store().acquire(LEASE, desk.process(), ttl, desk.now()).unwrap();
    Engine {
        desk: desk.clone(),
        outside,
        token: Arc::new(Mutex::new(Some(token.unwrap()))),
        busy: Arc::default(),
        cancelled: Arc::default(),
        last: Arc::default(),
        stop: tokio::sync::watch::channel(false).1,
    }
}

#[test]
fn after_a_break_only_those_are_sent_to_of_whom_nothing_is_known_under_the_same_name() {
    let ground = Ground::new();
    let key = ground.queue("post", "Fixed");
    ground.look();
    assert!(ground.seen().is_empty(), "it waits its ten seconds");
    ground.pass(10);
    let error = Some(SendError::passing("The exchange broke off."));
    ground.turn(Turn { taken: vec![0], refused: vec![1], error });
    ground.look();
    assert_eq!(ground.state(&key), "queued");
    ground.pass(60);
    ground.look();
    assert_eq!(ground.seen(), [vec![0, 1, 2], vec![2]]);
    let message = ground.message(&key);
    assert_eq!(message["state"], "sent");
    assert_eq!(message["refused"], json!([{ "place": 1, "why": "550 unknown" }]));
    let names = ground.channel.seen.lock().unwrap().clone();
    assert_eq!(names[0].0, names[1].0);
    let workspace = ground.desk.store().id().to_string();
    assert!(names[0].0.starts_with("MSG-") && names[0].0.ends_with(&workspace), "{names:?}");
    // Two of three count as told.
    let told = ground.desk.call("fix_show", json!({ "key": "HF-1" })).unwrap();
    let told = told["hotfix"]["told"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((told["message"].as_str(), told["recipients"].as_u64()), (Some(&*key.0), Some(2)));
}

#[test]
fn what_left_just_before_the_program_died_is_ended_and_not_sent_again() {
    let ground = Ground::new();
    let (first, second) = (ground.queue("post", "One"), ground.queue("post", "Two"));
    ground.pass(10);
    // As after a death between the note of the attempt and the event.
    let record = |outcome: &str, detail: &str| Attempt {
        attempt: 1,
        at: ground.desk.now(),
        outcome: outcome.into(),
        detail: detail.into(),
        next_at: None,
    };
    let store = ground.desk.store();
    store.record_attempt(&first.0, &record("sent", "")).unwrap();
    store.record_attempt(&second.0, &record("failed", "No such user.")).unwrap();
    ground.look();
    assert_eq!((ground.state(&first).as_str(), ground.state(&second).as_str()), ("sent", "failed"));
    assert_eq!(ground.message(&second)["error"], "No such user.");
    // As after a death between the last recipient and the note of the attempt.
    let third = ground.queue("post", "Three");
    ground.pass(10);
    for place in 0..3 {
        let one = Delivery { place, at: ground.desk.now(), refused: None };
        store.record_delivery(&third.0, &one).unwrap();
    }
    ground.look();
    assert_eq!(ground.state(&third), "sent");
    assert!(ground.seen().is_empty(), "nobody was sent to again");
}

#[test]
fn a_hundred_that_wait_for_their_next_attempt_do_not_hold_up_a_new_one() {
    let ground = Ground::new();
    let waiting: Vec<_> = (0..100).map(|n| ground.queue("post", &format!("Late {n}"))).collect();
    ground.pass(10);
    for key in &waiting {
        let record = Attempt {
            attempt: 1,
            at: ground.desk.now(),
            outcome: "failed".into(),
            detail: "Nobody answers.".into(),
            next_at: Some(ground.desk.now().plus(Duration::from_secs(300))),
        };
        ground.desk.store().record_attempt(&key.0, &record).unwrap();
    }
    let new = ground.queue("post", "New");
    ground.pass(10);
    ground.look();
    assert_eq!(ground.state(&new), "sent");
    ground.pass(300);
    ground.look();
    assert!(waiting.iter().all(|key| ground.state(key) == "sent"));
    assert_eq!(ground.seen().len(), 101, "each once");
}

#[test]
fn a_server_that_never_answers_holds_up_no_other_messenger() {
    let ground = Ground::new();
    for n in 0..8 {
        let subject = format!("Stuck {n}");
        ground.channel.hangs.lock().unwrap().push(subject.clone());
        ground.queue("hook", &subject);
    }
    let good = ground.queue("post", "Good");
    ground.pass(10);
    ground.look();
    assert_eq!(ground.state(&good), "sent");
    assert_eq!(ground.under_way(), AT_ONCE, "no more than that many at a server");
}

#[test]
fn after_a_week_asleep_it_leaves_once() {
    let ground = Ground::new();
    let key = ground.queue("post", "Fixed");
    ground.pass(7 * 86_400);
    ground.look();
    ground.look();
    assert_eq!(ground.state(&key), "sent");
    assert_eq!(ground.seen().len(), 1);
}

#[test]
fn ten_failures_make_a_dead_letter_and_a_retry_by_hand_begins_anew() {
    let ground = Ground::new();
    let key = ground.queue("post", "Fixed");
    ground.pass(10);
    let mut looks = 0;
    while ground.state(&key) == "queued" && looks < 50 {
        ground.fails(SendError::passing("Nobody answers."));
        ground.look();
        ground.pass(110_000);
        looks += 1;
    }
    assert_eq!((ground.state(&key).as_str(), looks), ("failed", 10));
    assert_eq!(ground.message(&key)["error"], "Nobody answers.");
    ground.desk.call("message_retry", json!({ "key": key })).unwrap();
    ground.channel.turns.lock().unwrap().clear();
    ground.fails(SendError::passing("Still nobody."));
    ground.look();
    assert_eq!(ground.state(&key), "queued", "one more failure is not the end");
    ground.pass(6);
    ground.look();
    assert_eq!(ground.state(&key), "sent");
}

#[test]
fn one_that_is_given_up_in_between_says_whom_it_reached_and_a_retry_leaves_them_out() {
    let ground = Ground::new();
    let key = ground.queue("post", "Fixed");
    let whole = || ground.desk.call("message_show", json!({ "key": key })).unwrap();
    ground.pass(10);
    let error = Some(SendError::lasting("The account is locked."));
    ground.turn(Turn { taken: vec![0, 2], refused: vec![1], error });
    ground.look();
    assert_eq!(ground.state(&key), "failed");
    let shown = whole();
    assert_eq!(shown["message"]["reached"], json!([0, 2]));
    let names: Vec<&str> = shown["message"]["text"]["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["contact"]["name"].as_str().unwrap())
        .collect();
    let sentence = format!("It reached {} and {}, and not {}.", names[0], names[2], names[1]);
    assert_eq!(shown["reach"], sentence);
    ground.pass(60);
    ground.desk.call("message_retry", json!({ "key": key })).unwrap();
    ground.look();
    assert_eq!(ground.state(&key), "sent");
    assert_eq!(ground.seen(), [vec![0, 1, 2], vec![1]]);
    assert_eq!(whole()["reach"], Value::Null, "it reached all");
}

#[test]
fn what_a_person_must_look_at_is_a_dead_letter_at_once() {
    let ground = Ground::new();
    let (lasting, refused) = (ground.queue("post", "One"), ground.queue("post", "Two"));
    ground.pass(10);
    ground.fails(SendError::lasting("It does not accept user and password."));
    ground.turn(Turn { refused: vec![0, 1, 2], ..Turn::default() });
    // One after the other, whichever is first.
    ground.look();
    assert_eq!(
        (ground.state(&lasting).as_str(), ground.state(&refused).as_str()),
        ("failed", "failed")
    );
    let errors =
        [ground.message(&lasting), ground.message(&refused)].map(|one| one["error"].clone());
    assert!(errors.contains(&json!("It does not accept user and password.")), "{errors:?}");
    assert!(
        errors.contains(&json!("All 3 recipients were refused, the first: 550 unknown.")),
        "{errors:?}"
    );
    // Who was refused is tried again when a person wants it.
    ground.pass(60);
    for key in [&lasting, &refused] {
        ground.desk.call("message_retry", json!({ "key": key })).unwrap();
    }
    ground.look();
    assert_eq!(ground.state(&refused), "sent");
    assert_eq!(ground.message(&refused)["refused"], json!([]));
}

#[test]
fn a_dry_run_keeps_everything_in_and_counts_as_told() {
    let ground = Ground::new();
    ground.desk.call("dry_run_set", json!({ "on": true })).unwrap();
    let key = ground.queue("post", "Fixed");
    ground.pass(10);
    ground.look();
    assert_eq!(ground.state(&key), "sent");
    assert!(ground.seen().is_empty());
}
