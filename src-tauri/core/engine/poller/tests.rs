//! The rhythm, and readings of a source that is scripted page by page.

use super::*;
use crate::{
    clock::{Clock, ManualClock},
    desk::Options,
    engine::scripted::Outer,
    integrations::intake,
    store::operational::Standing,
};
use async_trait::async_trait;
use serde_json::json;
use std::sync::Mutex;

fn failed(wait: Option<u64>) -> PollError {
    let error = Error::offline("Nobody is there.");
    PollError { error, wait: wait.map(Duration::from_secs), lasting: false }
}

fn at(seconds: i64) -> Instant {
    Instant::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

#[test]
fn failures_make_it_patient_and_a_good_reading_makes_it_regular_again() {
    let rhythm = Rhythm { every: Duration::from_secs(60) };
    let mut standing = Standing::default();
    let mut pauses = Vec::new();
    for _ in 0..9 {
        rhythm.after_failure(&mut standing, failed(None), at(0), 0.5);
        pauses.push(standing.next_at.unwrap().since(at(0)).as_secs());
    }
    assert_eq!(pauses, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);
    assert!(!Rhythm::is_due(&standing, 0, at(3599)) && Rhythm::is_due(&standing, 0, at(3600)));
    assert!(Rhythm::is_due(&standing, 1, at(0)), "a person changed it");
    rhythm.after_good(&mut standing, at(0));
    assert_eq!(standing.next_at, Some(at(60)));
    assert_eq!((standing.failures, standing.error.clone()), (0, None));
    // What the other side wants counts, and the dice spread the rest.
    rhythm.after_failure(&mut standing, failed(Some(900)), at(0), 0.0);
    assert_eq!(standing.next_at, Some(at(900)));
    rhythm.after_good(&mut standing, at(0));
    rhythm.after_failure(&mut standing, failed(None), at(0), 0.0);
    assert_eq!(standing.next_at, Some(at(45)));
}

#[test]
fn a_rare_source_is_not_asked_more_often_because_it_fails() {
    let rhythm = Rhythm { every: Duration::from_secs(86_400) };
    let mut standing = Standing::default();
    rhythm.after_failure(&mut standing, failed(None), at(0), 0.5);
    assert_eq!(standing.next_at, Some(at(86_400)));
}

/// What the source has, and what goes wrong with it.
#[derive(Default)]
struct Script {
    items: Vec<Item>,
    page: usize,
    whole: bool,
    /// The page (from 0) at which it breaks.
    breaks_at: Option<usize>,
    polls: usize,
}

struct Scripted(Arc<Mutex<Script>>);

#[async_trait]
impl intake::Source for Scripted {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        let mut script = self.0.lock().unwrap();
        script.polls += 1;
        let from: usize = cursor.and_then(|text| text.parse().ok()).unwrap_or_default();
        if script.breaks_at.is_some_and(|page| from >= page * script.page) {
            return Err(failed(None));
        }
        let until = (from + script.page).min(script.items.len());
        Ok(Page {
            items: script.items[from.min(until)..until].to_vec(),
            cursor: until.to_string(),
            more: until < script.items.len(),
            whole: script.whole,
            ..Page::default()
        })
    }
}

struct Ground {
    _folder: tempfile::TempDir,
    desk: Desk,
    clock: Arc<ManualClock>,
    script: Arc<Mutex<Script>>,
    source: Source,
}

impl Ground {
    fn new(system: SourceSystem) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(at(0)));
        let options = Options {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            device: "test".into(),
            ..Options::default()
        };
        let desk = Desk::create(&folder.path().join("a.hotfix"), "Test", options).unwrap();
        let mut source = Source {
            id: "prod".into(),
            name: "Production".into(),
            system,
            address: "https://x.example.com".into(),
            query: "acme/shop".into(),
            user: "support@example.org".into(),
            every_seconds: 60,
            ..Source::default()
        };
        if system == SourceSystem::Imap {
            source.address = "imaps://x.example.com".into();
        }
        let object = CatalogObject::Source(source.clone());
        desk.call("catalog_save", json!({ "object": object })).unwrap();
        let script = Arc::new(Mutex::new(Script { page: 100, ..Script::default() }));
        Self { _folder: folder, desk, clock, script, source }
    }

    fn reader(&self) -> Reader {
        let source = Arc::new(Scripted(Arc::clone(&self.script)));
        let outside = Arc::new(Outer { source: Some(source), ..Outer::default() });
        Reader { desk: self.desk.clone(), outside, engine: None }
    }

    fn read(&self) -> Result<SourceRun> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.reader().read(self.source.clone()))
    }

    fn total(&self) -> u64 {
        self.desk.call("issue_list", json!({ "all": true })).unwrap()["total"].as_u64().unwrap()
    }

    fn row(&self) -> serde_json::Value {
        self.desk.call("source_list", json!({})).unwrap()[0].clone()
    }

    fn issue(&self, key: &str) -> serde_json::Value {
        self.desk.call("issue_show", json!({ "key": key })).unwrap()["issue"].clone()
    }
}

fn report(number: usize) -> Item {
    let title = format!("Report {number}");
    Item { id: number.to_string(), title, ..Item::default() }
}

#[test]
fn a_reading_that_breaks_in_the_middle_goes_on_where_it_broke() {
    let ground = Ground::new(SourceSystem::Github);
    {
        let mut script = ground.script.lock().unwrap();
        script.items = (0..250).map(report).collect();
        script.breaks_at = Some(1);
    }
    assert_eq!(ground.read().unwrap_err().message, "Nobody is there.");
    assert_eq!(ground.total(), 100);
    let row = ground.row();
    assert_eq!(
        (row["error"]["message"].as_str(), row["lasting"].as_bool()),
        (Some("Nobody is there."), Some(false))
    );
    ground.script.lock().unwrap().breaks_at = None;
    ground.clock.advance(Duration::from_secs(3600));
    let tally = ground.read().unwrap();
    assert_eq!((tally.logged, tally.known), (150, 0), "nothing is asked twice");
    assert_eq!(ground.total(), 250);
    assert!(ground.row()["error"].is_null());
    assert_eq!(ground.row()["logged"], 250);
}

#[test]
fn a_place_that_is_lost_or_behind_what_was_committed_makes_no_twins() {
    let ground = Ground::new(SourceSystem::Github);
    ground.script.lock().unwrap().items = (0..150).map(report).collect();
    ground.read().unwrap();
    // As after a crash between a page's commands and its cursor, and as after a loss of it all.
    for cursor in [Some("50".to_owned()), None] {
        let mut standing = ground.desk.store().standing("prod").unwrap();
        standing.cursor = cursor;
        ground.desk.store().set_standing("prod", &standing).unwrap();
        assert_eq!(ground.read().unwrap().logged, 0);
        assert_eq!(ground.total(), 150);
    }
    ground.desk.store().set_setting("source/prod", "not even JSON").unwrap();
    assert_eq!(ground.read().unwrap().known, 150);
    // Another question begins at the beginning.
    let mut standing = ground.desk.store().standing("prod").unwrap();
    standing.asked = "something else".into();
    ground.desk.store().set_standing("prod", &standing).unwrap();
    assert_eq!(ground.read().unwrap().known, 150);
    assert_eq!(ground.total(), 150);
}

#[test]
fn two_that_read_the_same_at_once_make_no_twins() {
    let ground = Ground::new(SourceSystem::Github);
    ground.script.lock().unwrap().items = (0..60).map(report).collect();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| ground.read().unwrap())).collect();
        let tallies: Vec<_> = readers.into_iter().map(|one| one.join().unwrap()).collect();
        assert_eq!(tallies.iter().map(|tally| tally.logged).sum::<u64>(), 60);
    });
    assert_eq!(ground.total(), 60);
}

fn storm(marks: std::ops::Range<u32>) -> Item {
    let marks = marks.map(|n| n.to_string()).collect();
    Item { seen: Happened::Now { marks, last: Some(at(0)) }, ..report(1) }
}

#[test]
fn a_storm_of_ten_thousand_is_one_append_however_often_it_is_read_and_its_end_is_noted() {
    let ground = Ground::new(SourceSystem::Alertmanager);
    {
        let mut script = ground.script.lock().unwrap();
        script.items = vec![storm(0..10_000)];
        script.whole = true;
    }
    ground.read().unwrap();
    let head = ground.desk.seq();
    for _ in 0..3 {
        ground.desk.store().set_setting("source/prod", "").unwrap();
        ground.read().unwrap();
    }
    assert_eq!(ground.desk.seq(), head, "nothing is journaled that is not new");
    assert_eq!(ground.total(), 1);
    assert_eq!(ground.issue("ISS-1")["seen_again"], 9_999);
    assert_eq!(ground.row()["going_on"], 1);
    // It is gone from the source altogether.
    ground.script.lock().unwrap().items.clear();
    assert_eq!(ground.read().unwrap().noted, 1);
    assert_eq!(ground.read().unwrap(), SourceRun::default());
    assert_eq!(ground.row()["going_on"], 0);
    let comments = ground.issue("ISS-1")["comments"].clone();
    assert_eq!(comments.as_array().unwrap().len(), 1);
    assert_eq!(comments[0]["text"], "It is over: the last 10000 alerts have ended.");
    // And a rebuild knows the same.
    ground.desk.rebuild(&mut |_, _| true).unwrap();
    assert_eq!(ground.read().unwrap(), SourceRun::default());
}

#[test]
fn labels_fill_the_fields_and_what_is_missing_comes_from_the_source() {
    let mut ground = Ground::new(SourceSystem::Github);
    let product = json!({ "kind": "product", "id": "shop", "name": "Web Shop", "environments":
        [{ "id": "p", "name": "P", "production": true, "soak_minutes": 0, "targets": [] }] });
    ground.desk.call("catalog_save", json!({ "object": product })).unwrap();
    let rule = |label: &str, field| LabelRule { label: label.into(), field };
    ground.source.labels = vec![
        rule("team", LabelField::Product),
        rule("area", LabelField::Component),
        rule("version", LabelField::Version),
    ];
    ground.source.component = "unknown".into();
    let labels = [("team", "web shop"), ("area", "cart")];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    ground.script.lock().unwrap().items = vec![Item { labels, ..report(1) }, report(2)];
    ground.read().unwrap();
    let (first, second) = (ground.issue("ISS-1"), ground.issue("ISS-2"));
    assert_eq!((&first["product"], &first["component"]), (&json!("shop"), &json!("cart")));
    assert_eq!((&second["product"], &second["component"]), (&json!(null), &json!("unknown")));
    assert_eq!(first["origin"]["source"], "github:x.example.com/acme/shop");
}

#[test]
fn an_answer_makes_the_clocks_of_who_waits_for_it_run_again() {
    let ground = Ground::new(SourceSystem::Imap);
    ground.script.lock().unwrap().items = vec![report(1)];
    ground.read().unwrap();
    ground.desk.call("issue_ask", json!({ "keys": ["ISS-1"], "question": "Which?" })).unwrap();
    ground.clock.advance(Duration::from_secs(3600));
    let file =
        intake::File { name: "shot.png".into(), media: "image/png".into(), bytes: b"png".to_vec() };
    let away = Item { answers: vec!["1".into()], automatic: true, ..report(2) };
    let answer = Item { answers: vec!["1".into()], files: vec![file], ..report(3) };
    ground.script.lock().unwrap().items.push(away);
    ground.read().unwrap();
    assert_eq!(ground.issue("ISS-1")["state"], "needs_info");
    ground.script.lock().unwrap().items.push(answer);
    let tally = ground.read().unwrap();
    assert_eq!(tally.answered, 1);
    let issue = ground.issue("ISS-1");
    assert_eq!(issue["state"], "new");
    assert!(!issue["pauses"][0]["until"].is_null());
    assert_eq!(issue["attachments"][0]["name"], "shot.png");
    let answer = issue["comments"].as_array().unwrap().last().unwrap();
    assert_eq!(answer["attachments"][0], issue["attachments"][0]["hash"]);
    assert_eq!(issue["comments"].as_array().unwrap().len(), 2);
}

#[test]
fn trying_a_source_out_shows_what_would_be_and_keeps_nothing() {
    let ground = Ground::new(SourceSystem::Github);
    ground.script.lock().unwrap().items = (0..30).map(report).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let head = ground.desk.seq();
    let shown = runtime.block_on(ground.reader().try_out(ground.source.clone(), 10)).unwrap();
    assert_eq!(shown.len(), 10);
    assert!(shown.iter().all(|(_, became)| *became == Became::Issue));
    assert_eq!((ground.desk.seq(), ground.total()), (head, 0));
    assert_eq!(ground.desk.store().standing("prod").unwrap(), Standing::default());
}

#[test]
fn a_source_that_stays_silent_waits_for_whoever_looks_after_the_catalog_until_it_is_paused() {
    let ground = Ground::new(SourceSystem::Github);
    ground.script.lock().unwrap().breaks_at = Some(0);
    let waits = || {
        let waiting = ground.desk.call("waiting", json!({})).unwrap();
        let items = waiting.as_array().unwrap().iter();
        items.filter(|item| item["kind"] == "source").cloned().collect::<Vec<_>>()
    };
    for times in 1..=3 {
        assert_eq!(waits(), Vec::<serde_json::Value>::new(), "after {} failures", times - 1);
        ground.read().unwrap_err();
    }
    assert_eq!(waits()[0]["what"], "Cannot be read: Nobody is there.");
    let mut object = serde_json::to_value(CatalogObject::Source(ground.source.clone())).unwrap();
    object["paused"] = true.into();
    ground.desk.call("catalog_save", json!({ "object": object })).unwrap();
    assert!(waits().is_empty());
}
