//! The engine's promise: killed at any moment of a deployment and started again, it comes to the
//! same end as without the kill, with no step sent twice; or to Unknown, and a person is asked.
//!
//! Exactly: the journal of a finished run is cut after every record, with the endpoint as it was at
//! that moment. Really: the agent is killed with SIGKILL after every record, and again and again at
//! random moments (`kills`).

mod kills;

use hotfix_core::desk::{Desk, EngineHandle};
use hotfix_tests::{
    child::wait_for,
    counter::{Behaviour, Counter},
    ground::{Ground, PLANNED, call, open, open_ahead, point_at, views_rebuild_to_the_same},
    program::{self, agent},
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// A lease has run out by then.
const LATER: Duration = Duration::from_secs(60);

/// What a deployment meets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Story {
    /// It ends well.
    Good,
    /// It is rolled back because a target fails.
    RolledBack,
    /// The endpoint has no memory of the calls it got: what was open when an agent died is asked about.
    Forgets,
    /// The endpoint makes a run of every call it gets, and can be asked for it.
    RunsAll,
}

impl Story {
    fn behaviour(self) -> Behaviour {
        let fails = (self == Self::RolledBack).then_some(".t2.start");
        let forgets = self == Self::Forgets;
        Behaviour { takes: Duration::from_millis(60), fails, forgets, ..Behaviour::default() }
    }

    fn end(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled_back",
            _ => "validating",
        }
    }

    /// A workspace of its own over a service that behaves so, with the deployment started.
    fn begin(self, ground: &Ground, name: &str) -> (Counter, PathBuf, Desk) {
        let (service, path, desk) = self.plan(ground, name);
        call(&desk, "deploy_start", json!({ "key": PLANNED }));
        (service, path, desk)
    }

    fn plan(self, ground: &Ground, name: &str) -> (Counter, PathBuf, Desk) {
        let service = Counter::start(self.behaviour());
        let path = ground.copy(name, &service);
        let desk = open(&path);
        if self == Self::RunsAll {
            runs_whatever_it_gets(&desk, &service);
        }
        (service, path, desk)
    }
}

/// Makes the endpoint one that is told the key but does not make one run of it.
fn runs_whatever_it_gets(desk: &Desk, service: &Counter) {
    let shipped = "src-tauri/core/integrations/deploy/recipes/generic-http.toml";
    let recipe = std::fs::read_to_string(hotfix_tests::root().join(shipped)).unwrap();
    let without = recipe.replace("idempotency_header = \"Idempotency-Key\"\n", "");
    let headers = "[start.calls.headers]\n";
    let told = without.replace(headers, &format!("{headers}Idempotency-Key = \"{{{{key}}}}\"\n"));
    assert!(recipe != without && told != without);
    let endpoint = json!({
        "kind": "endpoint", "id": "service", "name": "Service", "recipe": "custom",
        "recipe_text": told, "base_url": service.url(),
    });
    call(desk, "catalog_save", json!({ "object": endpoint }));
    assert_eq!(call(desk, "endpoint_try", json!({ "endpoint": "service" }))["ok"], true);
}

struct Engine {
    desk: Desk,
    handle: EngineHandle,
    runtime: tokio::runtime::Runtime,
}

impl Engine {
    fn start(desk: Desk) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let handle = desk.start_engine(runtime.handle()).unwrap();
        Self { desk, handle, runtime }
    }

    /// Ends it so that nothing of it writes any more.
    fn end(self) -> Desk {
        self.handle.stop();
        self.runtime.shutdown_timeout(Duration::from_secs(5));
        self.desk
    }
}

fn shown(desk: &Desk) -> Value {
    call(desk, "deploy_show", json!({ "key": PLANNED }))
}

/// How it stands: its end, or why nobody knows; `None` while it goes on. Takes the one decision that the
/// story has.
fn look(desk: &Desk, story: Story, place: &str) -> Option<Result<(), String>> {
    let deployment = shown(desk)["deployment"].clone();
    if deployment["state"] == story.end() {
        return Some(Ok(()));
    }
    let hold = &deployment["run"]["hold"];
    if hold["unknown"] == true {
        return Some(Err(hold["reason"].to_string()));
    }
    if !hold.is_null() {
        assert_eq!(story, Story::RolledBack, "{place}: a person is asked: {hold}");
        // Refused while another target is still under way, and asked again.
        drop(desk.call("deploy_decide", json!({ "key": PLANNED, "decision": "roll_back" })));
    }
    None
}

/// Waits for the end. `Err` when it became Unknown.
fn come_to_the_end(desk: &Desk, story: Story, place: &str) -> Result<(), String> {
    let until = Instant::now() + Duration::from_secs(90);
    loop {
        if let Some(end) = look(desk, story, place) {
            return end;
        }
        assert!(Instant::now() < until, "{place}: it does not end: {}", shown(desk)["deployment"]);
        thread::sleep(Duration::from_millis(50));
    }
}

/// What must be the same, whatever happened in between.
fn summary(desk: &Desk) -> Value {
    let shown = shown(desk);
    let steps: Vec<Value> = shown["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| {
            let of = |step: &Value| json!([step["step"], step["attempt"], step["result"]]);
            let steps: Vec<_> = target["steps"].as_array().unwrap().iter().map(of).collect();
            json!({ "id": target["id"], "state": target["state"], "steps": steps })
        })
        .collect();
    let place = call(desk, "runs_where", json!({}))[0].clone();
    json!({
        "state": shown["deployment"]["state"], "targets": steps,
        "held_by": place["held_by"], "hash": place["running"]["hash"],
    })
}

fn audit(desk: &Desk, place: &str) {
    let verified = call(desk, "audit_verify", json!({}));
    assert_eq!(verified["ok"], true, "{place}: {verified}");
    views_rebuild_to_the_same(desk, place);
}

/// The undisturbed run: its file, closed, and what came of it.
struct Undisturbed {
    path: PathBuf,
    first: u64,
    last: u64,
    took: Duration,
    summary: Value,
    received: BTreeMap<String, u32>,
}

fn undisturbed(ground: &Ground, story: Story) -> Undisturbed {
    let (service, path, desk) = story.begin(ground, &format!("undisturbed-{story:?}"));
    let first = started_at(&path);
    let begun = Instant::now();
    let engine = Engine::start(desk);
    come_to_the_end(&engine.desk, story, "undisturbed").unwrap();
    let took = begun.elapsed();
    let desk = engine.end();
    let received = service.received();
    assert!(received.values().all(|times| *times == 1), "{received:?}");
    let (summary, last) = (summary(&desk), records(&desk));
    audit(&desk, "undisturbed");
    drop(desk);
    Undisturbed { path, first, last, took, summary, received }
}

/// The first record of the start.
fn started_at(path: &Path) -> u64 {
    let file = Connection::open(path).unwrap();
    let started = "SELECT min(seq) FROM journal WHERE command =
        (SELECT command FROM journal WHERE kind = 'deployment_started')";
    file.query_row(started, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
}

fn records(desk: &Desk) -> u64 {
    call(desk, "workspace_show", json!({}))["records"].as_u64().unwrap()
}

/// The file as it was when record `seq` was its last: nothing behind it, views included.
fn cut_after(whole: &Path, seq: u64, to: &Path) {
    std::fs::copy(whole, to).unwrap();
    let file = Connection::open(to).unwrap();
    let dropped: Vec<String> = file
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
        .unwrap()
        .map(|row| {
            let (name, sql) = row.unwrap();
            file.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
            sql
        })
        .collect();
    file.execute_batch(&format!(
        "DELETE FROM answer WHERE command IN (SELECT command FROM journal WHERE seq > {seq});
         DELETE FROM journal WHERE seq > {seq};
         UPDATE workspace SET seq = {seq}, hash = (SELECT hash FROM journal WHERE seq = {seq});
         UPDATE view_meta SET version = -1;"
    ))
    .unwrap();
    dropped.iter().for_each(|sql| file.execute_batch(sql).unwrap());
}

/// The records after which a crash can leave the journal: a command's records are kept together.
fn ends(whole: &Path, from: u64) -> Vec<u64> {
    let file = Connection::open(whole).unwrap();
    let mut statement = file
        .prepare("SELECT max(seq) FROM journal WHERE seq >= ?1 GROUP BY command ORDER BY 1")
        .unwrap();
    let ends = statement.query_map([from.cast_signed()], |row| row.get::<_, i64>(0)).unwrap();
    ends.map(|seq| seq.unwrap().unsigned_abs()).collect()
}

/// The steps that were intended up to a place: their keys, and the run that was accepted, if it was.
fn intended(whole: &Path, seq: u64) -> Vec<(String, Option<String>)> {
    let file = Connection::open(whole).unwrap();
    let mut statement = file
        .prepare(
            "SELECT kind, data FROM journal WHERE seq <= ?1 AND stream LIKE 'DEP-%' ORDER BY seq",
        )
        .unwrap();
    let rows = statement
        .query_map([seq.cast_signed()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .unwrap();
    let mut steps: Vec<(String, Option<String>)> = Vec::new();
    for row in rows {
        let (kind, data) = row.unwrap();
        let data: Value = serde_json::from_slice(&data).unwrap();
        let key = data["key"].as_str().unwrap_or_default().to_owned();
        let called = !data["step"].as_str().unwrap_or_default().ends_with("health");
        match kind.as_str() {
            "step_intended" if called => steps.push((key, None)),
            "step_ended" => {
                if let (Some(step), Some(run)) = (
                    steps.iter_mut().find(|(known, _)| *known == key),
                    data["result"]["run"].as_str(),
                ) {
                    step.1 = Some(run.to_owned());
                }
            }
            _ => {}
        }
    }
    steps
}

/// Goes on from a cut journal and holds the end against the undisturbed one. `sent` says whether
/// calls whose outcome is not in the journal had reached the endpoint.
fn go_on(ground: &Undisturbed, story: Story, seq: u64, sent: bool, folder: &Path) {
    let place = format!("{story:?} cut after record {seq}, open calls sent: {sent}");
    let service = Counter::start(story.behaviour());
    for (number, (key, run)) in intended(&ground.path, seq).into_iter().enumerate() {
        match run {
            Some(run) => service.remember(&key, &run),
            None if sent => service.remember(&key, &format!("open-{number}")),
            None => {}
        }
    }
    let path = folder.join(format!("{story:?}-{seq}-{sent}.hotfix"));
    cut_after(&ground.path, seq, &path);
    let desk = open_ahead(&path, LATER);
    point_at(&desk, &service);
    let engine = Engine::start(desk);
    if let Err(unknown) = come_to_the_end(&engine.desk, story, &place) {
        panic!("{place}: this endpoint can tell, yet it became unknown: {unknown}");
    }
    let desk = engine.end();
    assert_eq!(summary(&desk), ground.summary, "{place}");
    assert_eq!(service.received(), ground.received, "{place}");
    audit(&desk, &place);
}

/// Works a list off on a few threads: what is done here is mostly waiting.
fn side_by_side<T: Sync>(threads: usize, work: &[T], each: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    each(one);
                }
            });
        }
    });
}

#[test]
fn from_every_prefix_of_the_journal_it_comes_to_the_same_end_with_no_step_sent_twice() {
    let ground = Ground::make();
    let folder = tempfile::tempdir().unwrap();
    for story in [Story::Good, Story::RolledBack] {
        let whole = undisturbed(&ground, story);
        let mut work = Vec::new();
        for seq in ends(&whole.path, whole.first) {
            let open = intended(&whole.path, seq).iter().any(|(_, run)| run.is_none());
            work.push((seq, false));
            if open {
                work.push((seq, true));
            }
        }
        assert!(work.len() > 20, "the run has its records: {work:?}");
        side_by_side(12, &work, |(seq, sent)| go_on(&whole, story, *seq, *sent, folder.path()));
    }
}

#[test]
fn an_endpoint_that_cannot_tell_makes_an_open_step_unknown_and_a_person_goes_on_from_there() {
    let ground = Ground::make();
    let whole = undisturbed(&ground, Story::Good);
    let folder = tempfile::tempdir().unwrap();
    let place = ends(&whole.path, whole.first)
        .into_iter()
        .find(|seq| intended(&whole.path, *seq).iter().any(|(_, run)| run.is_none()))
        .unwrap();
    let keys = intended(&whole.path, place);
    let forgetful = Counter::start(Behaviour { forgets: true, ..Story::Good.behaviour() });
    keys.iter().for_each(|(key, _)| forgetful.remember(key, "run-open"));
    let path = folder.path().join("a.hotfix");
    cut_after(&whole.path, place, &path);
    let desk = open_ahead(&path, LATER);
    point_at(&desk, &forgetful);
    let engine = Engine::start(desk);
    let unknown = come_to_the_end(&engine.desk, Story::Good, "forgetful");
    assert!(unknown.is_err_and(|reason| reason.contains("does not say what became of it")));
    assert!(forgetful.received().values().all(|times| *times == 1));
    let retry = json!({ "key": PLANNED, "decision": "retry" });
    let refused = engine.desk.call("deploy_decide", retry).unwrap_err();
    assert!(refused.message.contains("could run it twice"), "{refused}");
    // A script that follows the run hears that nobody knows.
    let followed = program::hotfix(&path, ["deploy", "follow"]).expect(3).lines();
    assert_eq!(followed.last().unwrap()["held"]["unknown"], true);

    // The endpoint is itself again: looking once more finds the run, and the rest follows.
    let sound = Counter::start(Story::Good.behaviour());
    forgetful.received().keys().for_each(|key| sound.remember(key, &format!("found-{key}")));
    point_at(&engine.desk, &sound);
    loop {
        let look = json!({ "key": PLANNED, "decision": "look_again" });
        call(&engine.desk, "deploy_decide", look);
        if come_to_the_end(&engine.desk, Story::Good, "looked again").is_ok() {
            break;
        }
    }
    let desk = engine.end();
    assert_eq!(summary(&desk)["state"], "validating");
    assert_eq!(sound.received(), whole.received);
    audit(&desk, "looked again");
}

#[test]
fn what_never_arrived_is_not_sent_by_itself_to_an_endpoint_that_runs_whatever_it_gets() {
    let ground = Ground::make();
    let whole = undisturbed(&ground, Story::Good);
    let folder = tempfile::tempdir().unwrap();
    let place = ends(&whole.path, whole.first)
        .into_iter()
        .find(|seq| intended(&whole.path, *seq).iter().any(|(_, run)| run.is_none()))
        .unwrap();
    let path = folder.path().join("a.hotfix");
    cut_after(&whole.path, place, &path);
    let desk = open_ahead(&path, LATER);
    let service = Counter::start(Story::Good.behaviour());
    runs_whatever_it_gets(&desk, &service);
    let open = intended(&whole.path, place);
    let engine = Engine::start(desk);
    let unknown = come_to_the_end(&engine.desk, Story::Good, "no keys").unwrap_err();
    assert!(unknown.contains("not sent again by itself"), "{unknown}");
    let desk = engine.end();
    let steps = summary(&desk)["targets"].clone();
    let begun = steps.as_array().unwrap().iter().filter(|target| target["steps"] != json!([]));
    assert!(begun.count() <= open.len() + 1, "nothing new begins while a person is asked: {steps}");
    audit(&desk, "no keys");
}

/// An agent that sleeps for longer than its lease lasts, as a laptop does, and wakes up while
/// another goes on with its work.
#[test]
fn an_agent_that_slept_through_its_lease_neither_sends_again_nor_writes_over_the_other() {
    let ground = Ground::make();
    let behaviour = Behaviour { takes: Duration::from_secs(4), ..Behaviour::default() };
    let service = Counter::start(behaviour);
    let path = ground.copy("sleeper", &service);
    let desk = open(&path);
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    let sleeper = agent(&path, "agent-sleeper");
    wait_for("the first wave", Duration::from_secs(30), || {
        (service.received().len() == 2).then_some(())
    });
    // One that sleeps in the middle of a write keeps everybody from writing: it is left the time to
    // journal what it was told.
    thread::sleep(Duration::from_secs(1));
    let pid = rustix::process::Pid::from_raw(i32::try_from(sleeper.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let _other = agent(&path, "agent-other");
    let asleep = records(&desk);
    wait_for("the other to take over", Duration::from_secs(30), || {
        (records(&desk) > asleep).then_some(())
    });
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    come_to_the_end(&desk, Story::Good, "slept").unwrap();
    thread::sleep(Duration::from_secs(2));
    let received = service.received();
    assert_eq!(received.len(), 3);
    assert!(received.values().all(|times| *times == 1), "{received:?}");
    audit(&desk, "slept");
}

/// An agent that falls asleep when it has journaled what it will call, and before the call leaves, wakes
/// up when another has gone on with it.
#[test]
fn an_agent_that_slept_between_intent_and_call_leaves_the_call_to_who_took_over() {
    let ground = Ground::make();
    side_by_side(2, &[Story::Good, Story::RunsAll], |story| {
        let awake = (0..20).find(|attempt| sleep_before_the_call(&ground, *story, *attempt));
        assert!(awake.is_some(), "{story:?}: it was never caught between the two");
    });
}

/// Whether it was caught in time: the file is kept from being written as soon as the intent is there, and an
/// agent writes once more before it calls.
fn sleep_before_the_call(ground: &Ground, story: Story, attempt: u32) -> bool {
    let name = format!("asleep-{story:?}-{attempt}");
    let (service, path, desk) = story.plan(ground, &name);
    let sleeper = agent(&path, &format!("{name}-sleeper"));
    let file = Connection::open(&path).unwrap();
    file.busy_timeout(Duration::from_secs(10)).unwrap();
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    let intents = || -> i64 {
        let count = "SELECT count(*) FROM journal WHERE kind = 'step_intended'";
        file.query_row(count, [], |row| row.get(0)).unwrap()
    };
    let until = Instant::now() + Duration::from_secs(30);
    while intents() == 0 && Instant::now() < until {}
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    // A call that has left by now arrives.
    thread::sleep(Duration::from_millis(300));
    let meant = intended(&path, records(&desk));
    if !service.received().is_empty() || meant.is_empty() {
        file.execute_batch("ROLLBACK").unwrap();
        return false;
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(sleeper.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    file.execute_batch("ROLLBACK").unwrap();
    let _other = agent(&path, &format!("{name}-other"));
    let end = come_to_the_end(&desk, story, &name);
    let before = service.received();
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(service.received(), before, "{name}: it sent what another had gone on with");
    match end {
        Ok(()) => assert!(before.values().all(|times| *times == 1), "{before:?}"),
        Err(unknown) => {
            assert_eq!(story, Story::RunsAll, "{unknown}");
            assert!(meant.iter().all(|(key, _)| !before.contains_key(key)), "{before:?}");
        }
    }
    audit(&desk, &name);
    true
}

/// Kills the agent as soon as a record is seen; another takes over when the lease has run out.
fn kill_and_go_on(ground: &Ground, seq: u64, whole: &Undisturbed) {
    let place = format!("killed at record {seq}");
    let (service, path, desk) = Story::Good.begin(ground, &format!("killed-{seq}"));
    let mut first = agent(&path, &format!("agent-{seq}-first"));
    let until = Instant::now() + Duration::from_secs(60);
    while records(&desk) < seq && Instant::now() < until {
        thread::sleep(Duration::from_millis(1));
    }
    first.kill();
    let second = agent(&path, &format!("agent-{seq}-second"));
    come_to_the_end(&desk, Story::Good, &place).unwrap();
    drop(second);
    assert_eq!(service.received(), whole.received, "{place}: each step once");
    assert_eq!(summary(&desk), whole.summary, "{place}");
    audit(&desk, &place);
}

#[test]
fn an_agent_killed_at_any_record_comes_to_the_same_end_when_it_is_started_again() {
    let ground = Ground::make();
    let whole = undisturbed(&ground, Story::Good);
    let kills: Vec<u64> = (whole.first..=whole.last).collect();
    side_by_side(16, &kills, |seq| kill_and_go_on(&ground, *seq, &whole));
}
