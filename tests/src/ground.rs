//! A workspace with one hot fix that is ready to be deployed, and copies of it to play with.

use crate::{child::wait_for, counter::Counter};
use hotfix_core::{
    clock::{Clock, Instant, now},
    desk::{As, Desk, Options},
    event::Event,
    journal::{Append, Appended, Journal as _, NewRecord, SqliteJournal},
    store::Store,
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use uuid::Uuid;

/// The deployment that is planned in it: into staging, two targets at once and then a third.
pub const PLANNED: &str = "DEP-1";

/// A closed workspace file, made once and copied for each test.
pub struct Ground {
    folder: TempDir,
}

/// A clock that is ahead, as after a crash that took its time: leases have run out.
pub struct Ahead(pub Duration);

impl Clock for Ahead {
    fn now(&self) -> Instant {
        hotfix_core::clock::now().plus(self.0)
    }
}

/// A clock that goes as the machine's does, and is set further ahead while a program runs: a laptop that
/// slept.
#[derive(Default)]
pub struct Sleeping(AtomicU64);

impl Sleeping {
    /// Lets so much time pass at once.
    pub fn sleep(&self, minutes: u64) {
        self.0.fetch_add(minutes * 60, Ordering::SeqCst);
    }
}

impl Clock for Sleeping {
    fn now(&self) -> Instant {
        hotfix_core::clock::now().plus(Duration::from_secs(self.0.load(Ordering::SeqCst)))
    }
}

/// Opens a desk whose clock is ahead.
pub fn open_ahead(path: &Path, by: Duration) -> Desk {
    let options =
        Options { clock: Arc::new(Ahead(by)), device: "test".into(), ..Options::default() };
    Desk::open(path, options).expect("the workspace opens")
}

pub fn open(path: &Path) -> Desk {
    open_ahead(path, Duration::ZERO)
}

/// A call that must succeed.
/// Puts events, each with its stream, into a closed workspace at once, as thousands of commands would have.
pub fn append(path: &Path, events: impl IntoIterator<Item = (String, Event)>) {
    let store = Arc::new(Store::open(path).expect("the workspace opens"));
    let journal = SqliteJournal::new(store, Arc::new(Vec::new()));
    let mut append = Append::new(Uuid::now_v7(), b"many", "owner", "demo", now());
    append.records.extend(events.into_iter().map(|(stream, event)| {
        let encoded = event.encode().expect("an event");
        NewRecord {
            stream,
            kind: encoded.kind,
            ignorable: false,
            data: encoded.data,
            private: encoded.private,
        }
    }));
    let appended = journal.append(append).expect("the journal grows");
    assert!(matches!(appended, Appended::Done(_)), "nobody else writes");
}

pub fn call(desk: &Desk, name: &str, request: Value) -> Value {
    desk.call(name, request.clone()).unwrap_or_else(|error| panic!("{name} {request}: {error}"))
}

impl Ground {
    pub fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("ground.hotfix");
        let options = Options { device: "test".into(), ..Options::default() };
        let desk = Desk::create(&path, "Ground", options).expect("a workspace can be made");
        catalog(&desk);
        develop(&desk, folder.path());
        drop(desk);
        Self { folder }
    }

    /// A copy of its own whose endpoint is this service, known to answer.
    pub fn copy(&self, name: &str, service: &Counter) -> PathBuf {
        let path = self.folder.path().join(format!("{name}.hotfix"));
        std::fs::copy(self.folder.path().join("ground.hotfix"), &path).expect("it can be copied");
        point_at(&open(&path), service);
        path
    }
}

/// Makes the endpoint of a workspace this service, and asks it whether it answers.
pub fn point_at(desk: &Desk, service: &Counter) {
    let endpoint = json!({
        "kind": "endpoint", "id": "service", "name": "Service", "recipe": "generic-http",
        "base_url": service.url(),
    });
    call(desk, "catalog_save", json!({ "object": endpoint }));
    assert_eq!(call(desk, "endpoint_try", json!({ "endpoint": "service" }))["ok"], true);
}

fn catalog(desk: &Desk) {
    let save = |object: Value| call(desk, "catalog_save", json!({ "object": object }));
    save(json!({
        "kind": "person", "id": "dana", "name": "Dana Novak", "mail": "dana@example.org",
        "roles": ["developer"], "zone": "UTC",
    }));
    save(json!({
        "kind": "endpoint", "id": "service", "name": "Service", "recipe": "generic-http",
        "base_url": "http://127.0.0.1:9",
    }));
    let target = |id: &str, wave: u32| json!({ "id": id, "wave": wave, "endpoint": "service" });
    save(json!({
        "kind": "product", "id": "shop", "name": "Shop", "components": ["Checkout"],
        "versions": ["1.0"], "branches": [], "repository": "",
        "environments": [{
            "id": "staging", "name": "staging", "production": false, "soak_minutes": 0,
            "rollout": { "health_seconds": 2 },
            "targets": [target("t1", 1), target("t2", 1), target("t3", 2)], "probes": [],
        }],
    }));
    save(json!({
        "kind": "policy", "id": "quick", "name": "Quick", "approvals": 0, "approver_roles": [],
        "approval_hours": 24, "monitoring_minutes": 0, "tell_before": false,
        "override_roles": ["owner"],
    }));
}

fn develop(desk: &Desk, folder: &Path) {
    let issue = json!({
        "text": { "title": "Checkout answers 500" }, "product": "shop", "component": "Checkout",
    });
    let issue = call(desk, "issue_log", issue)["key"].clone();
    let triage = json!({
        "keys": [issue], "impact_system": "high", "impact_users": "high",
        "impact_business": "high", "urgency": "high",
    });
    call(desk, "issue_triage", triage);
    let key = call(desk, "fix_new", json!({ "issues": [issue] }))["key"].clone();
    let dana = As { person: Some("dana".into()), ..As::default() };
    let by_dana = |name: &str, request: Value| {
        desk.call_as(name, request.clone(), &dana)
            .unwrap_or_else(|error| panic!("{name} {request}: {error}"))
    };
    let commit = "a".repeat(40);
    by_dana("fix_cause", json!({ "key": key, "cause": "code", "text": { "what": "A typo" } }));
    by_dana("fix_solution", json!({ "key": key, "text": { "text": "Without it" } }));
    let change = json!({
        "key": key,
        "change": { "commit": commit, "branch": "fix", "authored_at": null, "files": [] },
        "text": {
            "repository": "", "subject": "checkout: no typo", "message": "",
            "author": { "name": "Dana Novak", "reach": "dana@example.org" },
        },
    });
    by_dana("fix_change_record", change);
    let evidence =
        json!({ "commit": commit, "suite": "unit", "passed": 3, "failed": 0, "skipped": 0 });
    by_dana("fix_tests_add", json!({ "key": key, "evidence": evidence }));
    by_dana("fix_risk", json!({ "key": key, "risk": "low", "text": "None that is known" }));
    by_dana("fix_rollback_plan", json!({ "key": key, "text": "Put back what ran" }));
    let file = folder.join("shop.txt");
    std::fs::write(&file, "the repaired shop").expect("a file can be written");
    let from = json!([{ "path": file, "from_commit": false, "role": "file" }]);
    by_dana("fix_package_build", json!({ "key": key, "from": from }));
    call(desk, "fix_rollout", json!({ "key": key }));
    let now = hotfix_core::clock::now();
    let plan = json!({
        "key": key, "environment": "staging", "starts_at": now,
        "window_ends_at": now.plus(Duration::from_secs(3600)),
    });
    assert_eq!(call(desk, "deploy_plan", plan)["key"], PLANNED);
}

/// The product with these probes of its one environment.
pub fn product(probes: &Value) -> Value {
    let target = |id: &str, wave: u32| json!({ "id": id, "wave": wave, "endpoint": "service" });
    json!({
        "kind": "product", "id": "shop", "name": "Shop", "components": ["Checkout"],
        "versions": ["1.0"], "branches": [], "repository": "",
        "environments": [{
            "id": "staging", "name": "staging", "production": false, "soak_minutes": 0,
            "rollout": { "health_seconds": 1 },
            "targets": [target("t1", 1), target("t2", 1), target("t3", 2)], "probes": probes,
        }],
    })
}

/// Brings the hot fix of a closed workspace into Monitoring: deployed where a release ran before, and done.
pub fn watched(path: &Path) {
    let desk = open(path);
    let release = json!({ "product": "shop", "environment": "staging", "version": "1.0" });
    call(&desk, "deploy_record", release);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    let engine = desk.start_engine(runtime.handle()).expect("the engine starts");
    call(&desk, "deploy_start", json!({ "key": PLANNED }));
    wait_for("the deployment", Duration::from_secs(60), || {
        let shown = call(&desk, "deploy_show", json!({ "key": PLANNED }));
        (shown["deployment"]["state"] == "validating").then_some(())
    });
    engine.stop();
    call(&desk, "validate_finish", json!({ "key": PLANNED }));
    let shown = call(&desk, "monitor_show", json!({ "key": "HF-1" }));
    assert_eq!(shown["phase"], "monitoring", "{shown}");
}

/// Makes all views anew and holds them against those that followed the journal as it grew.
pub fn views_rebuild_to_the_same(desk: &Desk, place: &str) {
    let dump = || {
        let mut out = Vec::new();
        desk.dump(&mut out).expect("the views can be written");
        String::from_utf8(out).expect("a dump is text")
    };
    let before = dump();
    assert!(before.lines().count() > 3, "{place}: there is something to compare");
    desk.rebuild(&mut |_, _| true).expect("the views can be made anew");
    assert!(before == dump(), "{place}: a rebuild gives other views");
}
