//! One hot fix from the first report to closed, through the core's own door, over real endpoints:
//! the shop's bug is real, the package is really delivered, the probe fails before and passes after.
//!
//! The window tells the same story in `make demo`; here every gate's words are looked at.

use hotfix_core::desk::{As, Desk, EngineHandle, Options};
use hotfix_tests::{
    ground::views_rebuild_to_the_same,
    shop::{Environment, Shop},
    story,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

struct Story {
    shop: Shop,
    desk: Desk,
    engine: Option<EngineHandle>,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

impl Story {
    fn begin() -> Self {
        let shop = Shop::start();
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::create(&folder.path().join("shop.hotfix"), "Lantern & Loom", Options::default())
                .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let mut story = Self { shop, desk, engine: None, runtime, folder };
        story::fill_catalog(&story.desk, &story.shop, 0);
        story.start_engine();
        story
    }

    fn start_engine(&mut self) {
        self.engine = Some(self.desk.start_engine(self.runtime.handle()).unwrap());
    }

    fn call(&self, name: &str, request: Value) -> Value {
        self.desk
            .call(name, request.clone())
            .unwrap_or_else(|error| panic!("{name} {request}: {error}"))
    }

    fn by(&self, person: &str, name: &str, request: Value) -> Value {
        let how = As { person: Some(person.into()), ..As::default() };
        self.desk
            .call_as(name, request.clone(), &how)
            .unwrap_or_else(|error| panic!("{person} {name} {request}: {error}"))
    }

    /// From a report to a hot fix with its commit, tests, risk and way back.
    fn develop(&self, title: &str, commit: &str) -> String {
        let report = json!({ "text": { "title": title, "reporter": { "name": "Ann Petrov", "reach": "ann@example.org" } }, "product": "shop" });
        let issue = self.by("sam", "issue_log", report)["key"].clone();
        let triaged = self.by("sam", "issue_triage", json!({
            "keys": [issue], "impact_system": "low", "impact_users": "high", "impact_business": "medium", "urgency": "high",
        }));
        assert_eq!(triaged["priority"], "P1", "the highest impact counts");
        let key =
            self.call("fix_new", json!({ "issues": [issue] }))["key"].as_str().unwrap().to_owned();
        self.call("fix_assign", json!({ "key": key, "person": "rita" }));
        self.by("dana", "fix_cause", json!({ "key": key, "cause": "code", "text": { "what": "A profile without vat_rate" } }));
        self.by(
            "dana",
            "fix_solution",
            json!({ "key": key, "text": { "text": "Fall back to the country's rate" } }),
        );
        self.by("dana", "fix_change_add", json!({ "key": key, "commit": commit }));
        self.by(
            "dana",
            "fix_tests_add",
            json!({ "key": key, "evidence": {
            "commit": commit, "suite": "unittest", "passed": 12, "failed": 0, "skipped": 0,
        } }),
        );
        self.by(
            "dana",
            "fix_risk",
            json!({ "key": key, "risk": "low", "text": "Touches the price of each order" }),
        );
        self.by(
            "dana",
            "fix_rollback_plan",
            json!({ "key": key, "text": "Redeploy what runs now" }),
        );
        key
    }

    /// Builds the whole tree of the newest change.
    fn build(&self, key: &str) -> Value {
        let whole = json!([{ "path": "", "from_commit": true, "role": "file" }]);
        self.by("dana", "fix_package_build", json!({ "key": key, "from": whole }))
    }

    fn blockers(&self, key: &str, environment: &str) -> Vec<String> {
        let ship = self.call("fix_blockers", json!({ "key": key, "environment": environment }));
        ship["blockers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Everything that must be true before a start, each answered by who may.
    fn prepare(&self, key: &str, environment: &str) -> String {
        let deployment = self.plan(key, environment);
        let preview =
            self.call("message_preview", json!({ "hotfix": key, "purpose": "scheduled" }));
        assert_eq!(preview["recipients"][0]["contact"]["name"], "Ann Petrov");
        self.call("message_send", json!({
            "hotfix": key, "purpose": "scheduled", "channel": "clipboard", "subject": preview["subject"], "body": preview["body"],
        }));
        self.until("the message has waited its ten seconds", || {
            !self.blockers(key, environment).contains(&"stakeholders_untold".to_owned())
        });
        deployment
    }

    /// The same, but for what people are told.
    fn plan(&self, key: &str, environment: &str) -> String {
        self.call("fix_ask_approval", json!({ "key": key, "environment": environment }));
        self.by("marc", "fix_approve", json!({ "key": key, "environment": environment }));
        let now = hotfix_core::clock::now();
        let end = now.plus(Duration::from_secs(3600));
        let deployment = self.call(
            "deploy_plan",
            json!({
                "key": key, "environment": environment, "starts_at": now, "window_ends_at": end,
            }),
        )["key"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(self.blockers(key, environment).contains(&"procedure_open".to_owned()));
        self.call("procedure_tick", json!({ "key": deployment, "item": "checks.backup" }));
        for endpoint in ["staging-agent", "production-agent"] {
            assert_eq!(self.call("endpoint_try", json!({ "endpoint": endpoint }))["ok"], true);
        }
        deployment
    }

    fn until(&self, what: &str, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(60), "waited a minute: {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn deployment(&self, key: &str) -> Value {
        self.call("deploy_show", json!({ "key": key }))
    }

    fn state(&self, key: &str) -> String {
        self.deployment(key)["deployment"]["state"].as_str().unwrap().to_owned()
    }

    fn validate(&self, deployment: &str) {
        self.by("sam", "validate_check", json!({
            "key": deployment, "check": "checks.fixed", "result": "passed", "evidence": { "text": "Paid with a saved card", "link": "" },
        }));
        self.call("validate_finish", json!({ "key": deployment }));
    }

    fn ship(&self, key: &str, place: &Environment) -> String {
        let deployment = self.prepare(key, place.name);
        self.start(key, place, &deployment);
        deployment
    }

    fn start(&self, key: &str, place: &Environment, deployment: &str) {
        assert_eq!(self.blockers(key, place.name), Vec::<String>::new());
        self.call("deploy_start", json!({ "key": deployment }));
        self.until("it is deployed", || self.state(deployment) == "validating");
    }

    /// Changes an object of the catalog by hand.
    fn change(&self, kind: &str, id: &str, change: impl Fn(&mut Value)) {
        let all = self.call("catalog_list", json!({ "kind": kind }));
        let row = all.as_array().unwrap().iter().find(|row| row["object"]["id"] == id);
        let mut object = row.unwrap()["object"].clone();
        change(&mut object);
        self.call("catalog_save", json!({ "object": object }));
    }
}

#[test]
fn one_hot_fix_is_rejected_once_shipped_and_closed_a_bad_one_is_rolled_back_and_a_stale_one_is_stopped()
 {
    let mut story = Story::begin();
    let commits = (
        story.shop.commits.fix.clone(),
        story.shop.commits.bad.clone(),
        story.shop.commits.stale.clone(),
    );
    assert_eq!(story.shop.production.checkout_as_saved_card(), 500, "the bug is real");

    // The first revision is rejected in staging.
    let fix = story.develop("Checkout answers 500 with a saved card", &commits.0);
    let r1 = story.build(&fix);
    assert_eq!(r1["revision"], 1);
    assert_eq!(story.build(&fix)["unchanged"], true, "the same bytes are the same revision");
    story.call("fix_rollout", json!({ "key": fix }));
    let refused = story.desk.call(
        "deploy_plan",
        json!({
            "key": fix, "environment": "production", "starts_at": hotfix_core::clock::now(),
            "window_ends_at": hotfix_core::clock::now().plus(Duration::from_secs(600)),
        }),
    );
    let refused = refused.unwrap_err();
    assert!(refused.message.contains("Staging"), "staging comes first: {refused}");
    let author = As { person: Some("dana".into()), ..As::default() };
    let own =
        story.desk.call_as("fix_approve", json!({ "key": fix, "environment": "staging" }), &author);
    assert!(own.unwrap_err().message.contains("author"));
    let first = story.ship(&fix, &story.shop.staging);
    assert_eq!(story.shop.staging.checkout_as_saved_card(), 200);
    story.by("sam", "validate_check", json!({
        "key": first, "check": "checks.fixed", "result": "failed", "evidence": { "text": "The total is right, its label is not", "link": "" },
    }));
    let shut = story.desk.call("validate_finish", json!({ "key": first })).unwrap_err();
    assert!(shut.message.contains("failed"), "{shut}");
    story.call("fix_return", json!({ "key": fix, "reason": "The label" }));

    // The second voids what stood for the first, and goes to production.
    let notes = json!({ "install": "Second attempt: with the label", "rollback": "" });
    let whole = json!([{ "path": "", "from_commit": true, "role": "file" }]);
    let r2 =
        story.by("dana", "fix_package_build", json!({ "key": fix, "from": whole, "notes": notes }));
    assert_eq!(r2["revision"], 2);
    story.call("fix_rollout", json!({ "key": fix }));
    for place in ["staging", "production"] {
        let place = if place == "staging" { &story.shop.staging } else { &story.shop.production };
        let deployment = story.ship(&fix, place);
        assert_eq!(place.checkout_as_saved_card(), 200);
        assert_eq!(place.running()["sha256"], r2["hash"], "the very bytes that were approved");
        story.validate(&deployment);
    }
    // The agent calls it by its new version: the same package, known from there.
    let live = || {
        let rows = story.call("runs_where", json!({}));
        let row = rows.as_array().unwrap().iter().find(|row| row["environment"] == "production");
        row.unwrap().clone()
    };
    story.until("the endpoint has told what it runs", || live()["running"]["version"] == "4.8.1");
    assert_eq!(live()["source"]["by"], "endpoint");
    assert_eq!(live()["running"]["hash"], r2["hash"]);
    assert_eq!(live()["running"]["hotfixes"][0]["hotfix"].as_str(), Some(fix.as_str()));
    let shown = story.call("fix_show", json!({ "key": fix }));
    assert_eq!(shown["hotfix"]["phase"], "monitoring");
    assert_eq!(shown["issues"][0]["state"], "resolved");

    // A bad one fails its health and is really rolled back.
    let bad = story.develop("VAT rates come from a file", &commits.1);
    story.build(&bad);
    story.call("fix_rollout", json!({ "key": bad }));
    let deployment = story.prepare(&bad, "staging");
    // It does not contain the first: stopped, with its name, and only then let through by the owner.
    if story.blockers(&bad, "staging").contains(&"drops_what_runs".to_owned()) {
        story.call("fix_override", json!({
            "key": bad, "gate": "start", "blocker": "drops_what_runs", "environment": "staging", "reason": "To see it fail",
        }));
    }
    story.call("deploy_start", json!({ "key": deployment }));
    story.until("the run holds for a person", || {
        !story.deployment(&deployment)["deployment"]["run"]["hold"].is_null()
    });
    let waiting = story.call("waiting", json!({}));
    assert_eq!(waiting[0]["kind"], "decision", "{waiting}");
    story.call("deploy_claim", json!({ "key": deployment }));
    story.call("deploy_decide", json!({ "key": deployment, "decision": "roll_back" }));
    story.until("it is rolled back", || story.state(&deployment) == "rolled_back");
    assert_eq!(story.shop.staging.checkout_as_saved_card(), 200, "the first hot fix runs again");
    assert_eq!(story.shop.staging.running()["sha256"], r2["hash"]);

    // One on the old base would remove the first: "keeps what runs" stops it.
    let stale = story.develop("The delivery banner is back", &commits.2);
    story.build(&stale);
    story.call("fix_rollout", json!({ "key": stale }));
    let planned = story.prepare(&stale, "staging");
    assert_eq!(story.blockers(&stale, "staging"), ["drops_what_runs"]);
    let stopped = story.desk.call("deploy_start", json!({ "key": planned })).unwrap_err();
    assert!(stopped.message.contains(&fix), "{stopped}");
    assert_eq!(story.shop.staging.checkout_as_saved_card(), 200);

    // People are told, the watch ends, it is closed, and the report says it all.
    story.call("message_send", json!({
        "hotfix": fix, "purpose": "fixed", "channel": "clipboard", "subject": "It is fixed", "body": "Please try again.",
    }));
    story.call("feedback_record", json!({ "key": fix, "score": 5, "from": { "name": "Ann Petrov", "reach": "" }, "text": "Works" }));
    story.call("fix_lessons", json!({ "key": fix, "text": "Test with old profiles" }));
    story.until("nothing is in the way of closing", || {
        story.blockers(&fix, "production").is_empty()
    });
    story.call("fix_close", json!({ "key": fix }));
    let report = story.call("report", json!({ "key": fix, "format": "md" }))["text"]
        .as_str()
        .unwrap()
        .to_owned();
    for part in [
        "Root cause",
        r2["hash"].as_str().unwrap(),
        "rejected the deployment",
        "Test with old profiles",
    ] {
        assert!(report.contains(part), "the report lacks {part}");
    }

    // What the endpoints counted: nothing was sent twice.
    for place in [&story.shop.staging, &story.shop.production] {
        for (key, count) in place.received().as_object().unwrap() {
            assert_eq!(count, 1, "{key} was sent {count} times");
        }
    }
    assert_eq!(story.call("audit_verify", json!({}))["ok"], true);
    story.engine = None;
    views_rebuild_to_the_same(&story.desk, "after the journey");
    let path = story.desk.path().to_owned();
    drop(story.desk);
    let reopened = Desk::open(&path, Options::default()).unwrap();
    views_rebuild_to_the_same(&reopened, "in the reopened file");
    drop(reopened);
    drop(story.folder);
}

/// It is well by its own health, and wrong as soon as somebody pays: only the watch sees it, and acts while
/// nobody looks.
#[test]
fn what_breaks_the_checkout_after_its_deployment_is_really_rolled_back_by_the_watch() {
    let mut story = Story::begin();
    story.change("policy", "standard", |policy| policy["tell_before"] = json!(false));
    let (fix, stale) = (story.shop.commits.fix.clone(), story.shop.commits.stale.clone());
    let production = &story.shop.production;
    let both = || [&story.shop.staging, production];

    let good = story.develop("Checkout answers 500 with a saved card", &fix);
    let mended = story.build(&good)["hash"].clone();
    story.call("fix_rollout", json!({ "key": good }));
    for place in both() {
        let deployment = story.plan(&good, place.name);
        story.start(&good, place, &deployment);
        story.validate(&deployment);
    }
    assert_eq!((production.checkout_as_saved_card(), production.quote()), (200, 200));

    // From now on the checkout itself is asked, as a customer asks it.
    let quote = production.quote_url();
    story.change("product", "shop", |product| {
        let probes = product["environments"][1]["probes"].as_array_mut().unwrap();
        probes.push(json!({
            "id": "checkout", "name": "Checkout", "url": quote, "every_seconds": 1,
            "failure_limit": 1, "on_breach": "roll_back",
        }));
    });
    let bad = story.develop("The delivery banner is back", &stale);
    story.build(&bad);
    story.call("fix_rollout", json!({ "key": bad }));
    let mut last = String::new();
    for place in both() {
        last = story.plan(&bad, place.name);
        story.call("fix_override", json!({
            "key": bad, "gate": "start", "blocker": "drops_what_runs", "environment": place.name, "reason": "The banner cannot wait",
        }));
        story.start(&bad, place, &last);
        assert_eq!((place.shop_health(), place.quote()), (200, 500), "its health sees nothing");
        story.validate(&last);
    }
    story.until("the watch has rolled it back", || story.state(&last) == "rolled_back");
    assert_eq!((production.checkout_as_saved_card(), production.quote()), (200, 200));
    assert_eq!(production.running()["sha256"], mended, "the very bytes of the first hot fix");
    assert_eq!(story.shop.staging.quote(), 500, "nobody asked for that in staging");
    let breach = story.call("monitor_show", json!({ "key": bad }))["breaches"][0].clone();
    assert_eq!(breach["deed"], json!({ "did": "rolled_back", "deployment": last }), "{breach}");
    assert!(breach["detail"].as_str().unwrap().contains("500"), "{breach}");
    let waiting = story.call("waiting", json!({}));
    // The first one is still watched as well, and finds that it is not what runs there.
    let told = |one: &&Value| one["kind"] == "breach" && one["hotfix"] == json!(bad);
    assert!(waiting.as_array().unwrap().iter().any(|one| told(&one)), "{waiting}");
    for (key, count) in production.received().as_object().unwrap() {
        assert_eq!(count, 1, "{key} was sent {count} times");
    }
    story.engine = None;
    views_rebuild_to_the_same(&story.desk, "after a rollback by the watch");
}
