//! Each measure against a journal whose numbers were worked out by hand.

use super::{Desk, Options};
use crate::{
    clock::{Instant, ManualClock},
    event::Event,
    journal::{Append, Journal as _, NewRecord, SqliteJournal},
    store::Store,
    views,
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const DAY: f64 = 86_400.0;
const HOUR: f64 = 3600.0;
const MINUTE: f64 = 60.0;

/// A workspace in which things happened at times of one's choice, and the desk that opens it later.
struct Past {
    folder: tempfile::TempDir,
    journal: SqliteJournal,
}

impl Past {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.hotfix");
        let options = Options { clock: clock("2026-08-01T00:00:00Z"), ..Options::default() };
        drop(Desk::create_in_zone(&path, "Measured", "UTC", options).unwrap());
        let store = Arc::new(Store::open(&path).unwrap());
        let views = Arc::new(views::all());
        store.prepare_views(&views).unwrap();
        let past = Self { folder, journal: SqliteJournal::new(store, views) };
        let place = |id: &str, production: bool| json!({ "id": id, "name": id, "production": production, "soak_minutes": 0, "targets": [] });
        let product = json!({
            "kind": "product", "id": "shop", "name": "Shop", "team": "web",
            "environments": [place("staging", false), place("production", true)],
        });
        past.on(
            "08-01 00:00",
            "catalog/product/shop",
            "catalog_saved",
            json!({ "object": product }),
        );
        past
    }

    /// Something happened in 2026: "09-07 18:00".
    fn on(&self, when: &str, stream: &str, kind: &str, mut body: Value) {
        if body.get("private").is_none() {
            body["private"] = json!({});
        }
        let event: Event = serde_json::from_value(json!({ "type": kind, "body": body }))
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        let mut append = Append::new(Uuid::now_v7(), b"", "sam", "desk", at(when));
        let encoded = event.encode().unwrap();
        append.records.push(NewRecord {
            stream: stream.into(),
            kind: encoded.kind,
            ignorable: false,
            data: encoded.data,
            private: encoded.private,
        });
        self.journal.append(append).unwrap();
    }

    fn reported(&self, when: &str, issue: &str, channel: &str, environment: &str) {
        let body = json!({
            "channel": channel, "product": "shop", "component": "", "version": "4.8.1",
            "environment": environment, "affected": 1, "attachments": [],
            "private": { "title": format!("Title of {issue}") },
        });
        self.on(when, issue, "issue_reported", body);
    }

    fn triaged(&self, when: &str, issue: &str, respond_by: &str, resolve_by: &str) {
        let body = json!({
            "impact_system": "low", "impact_users": "high", "impact_business": "low",
            "urgency": "high", "priority": "P1",
            "respond_by": at(respond_by), "resolve_by": at(resolve_by),
        });
        self.on(when, issue, "issue_triaged", body);
    }

    fn started(&self, when: &str, hotfix: &str, issue: &str, recurrence_of: Option<&str>) {
        let body = json!({
            "issues": [issue], "product": "shop", "priority": "P1", "resolve_by": null,
            "recurrence_of": recurrence_of, "private": { "title": format!("Title of {hotfix}") },
        });
        self.on(when, hotfix, "hotfix_started", body);
    }

    fn committed(&self, when: &str, hotfix: &str, authored: Option<&str>) {
        let change = json!({
            "commit": format!("{hotfix}{authored:?}"), "branch": "main", "files": [],
            "authored_at": authored.map(at),
        });
        self.on(when, hotfix, "change_added", json!({ "change": change }));
    }

    fn planned(&self, when: &str, deployment: &str, hotfix: &str, environment: &str) {
        let body = json!({
            "hotfix": hotfix, "product": "shop", "environment": environment,
            "production": environment == "production", "revision": 1, "hash": "00".repeat(32),
            "starts_at": at(when), "window_ends_at": at(when), "automatic": false,
            "targets": [], "procedures": [], "checks": [], "sign_offs": 0,
        });
        self.on(when, deployment, "deployment_planned", body);
    }

    /// A deployment that goes as far as it is deployed.
    fn deployed(&self, when: &str, deployment: &str, hotfix: &str, environment: &str) {
        self.planned(when, deployment, hotfix, environment);
        self.on(when, deployment, "deployment_deployed", json!({}));
    }

    fn rolled_back(&self, from: &str, until: &str, deployment: &str) {
        let body = json!({ "run": 2, "to": null, "targets": [] });
        self.on(from, deployment, "rollback_started", body);
        self.on(until, deployment, "deployment_rolled_back", json!({}));
    }

    fn released(&self, when: &str, version: &str) {
        let running = json!({ "version": version, "hotfixes": [], "since": at(when) });
        let body = json!({ "running": running, "deployment": null });
        self.on(when, "env/shop/production", "running_changed", body);
    }

    fn desk(&self, now: &str) -> Desk {
        let clock = clock(&at(now).to_string());
        let path = self.folder.path().join("a.hotfix");
        Desk::open(&path, Options { clock, ..Options::default() }).unwrap()
    }
}

fn clock(now: &str) -> Arc<ManualClock> {
    Arc::new(ManualClock::at(now.parse().unwrap()))
}

fn at(when: &str) -> Instant {
    format!("2026-{}:00Z", when.replace(' ', "T")).parse().unwrap()
}

/// Two weeks, the first of which begins on a Monday.
fn fortnight() -> Value {
    json!({ "from": at("09-07 00:00"), "to": at("09-21 00:00") })
}

fn figure(desk: &Desk, measure: &str, asked: &Value) -> Value {
    let metrics = desk.call("metrics", asked.clone()).unwrap();
    let figures = metrics["figures"].as_array().unwrap();
    figures.iter().find(|one| one["measure"] == measure).unwrap().clone()
}

/// Value, of how many, and how many had none.
fn whole(desk: &Desk, measure: &str, asked: &Value) -> (Option<f64>, u64, u64) {
    let one = figure(desk, measure, asked);
    let rounded = one["value"].as_f64().map(|value| (value * 1e6).round() / 1e6);
    (rounded, one["of"].as_u64().unwrap(), one["without"].as_u64().unwrap())
}

fn series(desk: &Desk, measure: &str, asked: &Value) -> Vec<Option<f64>> {
    let one = figure(desk, measure, asked);
    one["points"].as_array().unwrap().iter().map(|point| point["value"].as_f64()).collect()
}

fn keys(desk: &Desk, mut asked: Value, measure: &str) -> Vec<String> {
    asked["measure"] = json!(measure);
    let found = desk.call("metric_rows", asked).unwrap();
    let rows = found["rows"].as_array().unwrap();
    rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
}

/// Three hot fixes, five issues, five deployments and two releases:
///
/// - HF-1 (ISS-1, from production) is deployed on Monday and comes back in the second week as HF-3.
/// - HF-2 (ISS-2, found by a test) has no commit, fails its validation and is rolled back.
/// - HF-3 is deployed, and a second deployment of it fails before it is.
fn story() -> Past {
    let past = Past::begin();
    past.released("09-01 06:00", "4.8.0");
    past.reported("09-07 09:00", "ISS-1", "phone", "production");
    past.triaged("09-07 09:20", "ISS-1", "09-07 10:00", "09-08 12:00");
    let person = json!({ "affected": 1, "channel": "phone" });
    past.on("09-07 09:30", "ISS-1", "person_affected", person.clone());
    past.started("09-07 10:00", "HF-1", "ISS-1", None);
    past.on("09-07 10:00", "ISS-1", "issue_taken_into_hotfix", json!({ "hotfix": "HF-1" }));
    past.committed("09-07 13:00", "HF-1", Some("09-07 12:00"));
    past.committed("09-07 14:30", "HF-1", Some("09-07 14:00"));
    past.deployed("09-07 15:00", "DEP-1", "HF-1", "staging");
    past.deployed("09-07 18:00", "DEP-2", "HF-1", "production");
    past.on("09-07 20:00", "ISS-1", "issue_resolved", json!({ "hotfix": "HF-1" }));

    past.reported("09-08 08:00", "ISS-2", "testing", "production");
    past.started("09-08 08:50", "HF-2", "ISS-2", None);
    past.on("09-08 08:50", "ISS-2", "issue_taken_into_hotfix", json!({ "hotfix": "HF-2" }));
    past.committed("09-08 09:00", "HF-2", None);
    past.deployed("09-09 10:00", "DEP-3", "HF-2", "production");
    past.on("09-09 11:00", "DEP-3", "validation_failed", json!({}));
    past.rolled_back("09-09 11:10", "09-09 11:40", "DEP-3");

    past.reported("09-10 00:00", "ISS-3", "mail", "");
    past.reported("09-11 10:00", "ISS-4", "mail", "production");
    past.triaged("09-11 11:30", "ISS-4", "09-11 11:00", "09-12 11:00");
    past.on("09-11 13:00", "ISS-4", "issue_deferred", json!({}));
    past.reported("09-11 12:00", "ISS-5", "mail", "production");
    past.triaged("09-11 12:10", "ISS-5", "09-11 13:00", "09-13 12:00");
    past.on("09-11 12:30", "ISS-5", "info_requested", json!({}));

    past.on("09-14 09:00", "ISS-1", "person_affected", person);
    past.released("09-15 06:00", "4.8.1");
    past.started("09-16 09:00", "HF-3", "ISS-1", Some("HF-1"));
    past.committed("09-16 11:00", "HF-3", Some("09-16 10:00"));
    past.deployed("09-16 13:00", "DEP-4", "HF-3", "production");
    past.planned("09-17 09:00", "DEP-5", "HF-3", "production");
    past.on("09-17 10:00", "DEP-5", "deployment_failed", json!({}));
    for (score, day) in [(5, "09-10 12:00"), (4, "09-18 12:00"), (2, "09-18 13:00")] {
        past.on(day, "HF-1", "feedback_recorded", json!({ "score": score }));
    }
    past
}

#[test]
fn every_measure_is_what_was_worked_out_by_hand() {
    let past = story();
    let desk = past.desk("09-21 00:00");
    let asked = fortnight();
    let is = |measure: &str, value: f64, of: u64, without: u64| {
        assert_eq!(whole(&desk, measure, &asked), (Some(value), of, without), "{measure}");
    };
    // DEP-2: 18:00 − 12:00 = 6 h; DEP-4: 13:00 − 10:00 = 3 h; DEP-3 has no commit. Median 4.5 h.
    is("lead_time", 4.5 * HOUR, 2, 1);
    // DEP-2, DEP-3, DEP-4 and release 4.8.1 in two weeks; DEP-5 never got there, DEP-1 is staging.
    is("deployment_frequency", 2.0, 4, 0);
    // DEP-2 (HF-3 followed), DEP-3 (validation) and DEP-5 (failed) of DEP-2, 3, 4, 5.
    is("change_fail_rate", 0.75, 4, 0);
    // DEP-3: 11:00 to the end of its rollback at 11:40; DEP-2: from HF-3's start at 09:00 until HF-3 was
    // there at 13:00. DEP-5 has not recovered. Median of 40 min and 4 h: 2 h 20 min.
    is("recovery_time", 140.0 * MINUTE, 2, 1);
    // DEP-2 and DEP-4 of the four: HF-2 came from a test, 4.8.1 is no hot fix.
    is("rework_rate", 0.5, 4, 0);
    // ISS-1 20, ISS-2 50 (taken without triage), ISS-4 90, ISS-5 10 min; ISS-3 waits. Median 35 min.
    is("acknowledge_time", 35.0 * MINUTE, 4, 1);
    // Due: ISS-1 respond and resolve (kept), ISS-4 respond (30 min late), ISS-5 respond (kept). Not due:
    // ISS-4 resolve (deferred the day before), ISS-5 resolve (the reporter was asked).
    is("sla_kept", 0.75, 4, 0);
    // HF-1 came back; HF-2 and HF-3 did not.
    is("recurrence_rate", 0.333_333, 3, 0);
    // Two more people of ISS-1, and five issues.
    is("first_contact_duplicates", 0.285_714, 7, 0);
    // (5 + 4 + 2) ÷ 3.
    is("feedback", 3.666_667, 3, 0);
}

#[test]
fn a_series_has_a_gap_where_nothing_happened_and_the_period_before_is_beside_it() {
    let past = story();
    let desk = past.desk("09-21 00:00");
    let asked = fortnight();
    assert_eq!(series(&desk, "lead_time", &asked), [Some(6.0 * HOUR), Some(3.0 * HOUR)]);
    // A bar is a count: DEP-2 and DEP-3, then 4.8.1 and DEP-4.
    assert_eq!(series(&desk, "deployment_frequency", &asked), [Some(2.0), Some(2.0)]);
    // Both recoveries: DEP-3 failed in the first week, DEP-2 in the second although it is of the first.
    assert_eq!(series(&desk, "recovery_time", &asked), [Some(40.0 * MINUTE), Some(4.0 * HOUR)]);
    assert_eq!(series(&desk, "change_fail_rate", &asked), [Some(1.0), Some(0.5)]);
    // Nothing was reported anew in the second week, only one more person; nothing fell due in it.
    assert_eq!(series(&desk, "acknowledge_time", &asked), [Some(35.0 * MINUTE), None]);
    assert_eq!(series(&desk, "sla_kept", &asked), [Some(0.75), None]);
    assert_eq!(series(&desk, "first_contact_duplicates", &asked)[1], Some(1.0));
    // In the two weeks before there was the release 4.8.0 and nothing else.
    let frequency = figure(&desk, "deployment_frequency", &asked);
    assert_eq!((&frequency["before"], &frequency["before_of"]), (&json!(0.5), &json!(1)));
    assert_eq!(figure(&desk, "lead_time", &asked)["before"], Value::Null);
    assert_eq!(figure(&desk, "change_fail_rate", &asked)["before"], Value::Null);
    // Before the workspace was made nothing was written down: that is not zero a week.
    let early = json!({ "from": at("06-01 00:00"), "to": at("07-01 00:00") });
    assert_eq!(whole(&desk, "deployment_frequency", &early), (None, 0, 0));
    // A period in which nothing happened has no figures but one: nothing was deployed.
    let quiet = json!({ "from": at("08-02 00:00"), "to": at("08-16 00:00") });
    for one in desk.call("metrics", quiet).unwrap()["figures"].as_array().unwrap() {
        let nothing =
            if one["measure"] == "deployment_frequency" { json!(0.0) } else { Value::Null };
        assert_eq!((&one["value"], &one["of"]), (&nothing, &json!(0)), "{}", one["measure"]);
    }
}

#[test]
fn a_period_begins_with_its_first_instant_and_ends_before_its_last() {
    let past = story();
    let desk = past.desk("09-21 00:00");
    let exact = json!({ "from": at("09-07 18:00"), "to": at("09-16 13:00") });
    // DEP-2 was deployed at its very start, DEP-4 at its very end.
    assert_eq!(keys(&desk, exact.clone(), "lead_time"), ["DEP-3", "DEP-2"]);
    assert_eq!(whole(&desk, "lead_time", &exact), (Some(6.0 * HOUR), 1, 1));
    // What lies ahead of now is not due, nor does it count for the rate: 2 in 5 days.
    let desk = past.desk("09-12 00:00");
    let frequency = whole(&desk, "deployment_frequency", &fortnight());
    assert_eq!(frequency, (Some((2.0 * 7.0 / 5.0 * 1e6_f64).round() / 1e6), 2, 0));
    for (from, to, place) in
        [("09-07 00:00", "09-07 00:00", "to"), ("09-08 00:00", "09-07 00:00", "to")]
    {
        let asked = json!({ "from": at(from), "to": at(to) });
        assert_eq!(desk.call("metrics", asked).unwrap_err().location.unwrap(), place);
    }
}

#[test]
fn rows_are_paged_named_and_say_why() {
    let past = story();
    let desk = past.desk("09-21 00:00");
    let mut asked = fortnight();
    asked["counting"] = json!(true);
    assert_eq!(keys(&desk, asked.clone(), "change_fail_rate"), ["DEP-5", "DEP-3", "DEP-2"]);
    asked["measure"] = json!("change_fail_rate");
    asked["limit"] = json!(2);
    let first = desk.call("metric_rows", asked.clone()).unwrap();
    assert_eq!(first["total"], 3);
    let why = |page: &Value, row: usize| page["rows"][row]["why"].as_str().unwrap().to_owned();
    assert_eq!(why(&first, 1), "Its validation failed");
    asked["after"] = first["next"].clone();
    let last = desk.call("metric_rows", asked).unwrap();
    assert_eq!((last["rows"][0]["key"].as_str(), &last["next"]), (Some("DEP-2"), &Value::Null));
    assert_eq!(why(&last, 0), "Followed by HF-3");
    assert_eq!(last["rows"][0]["title"], "Title of HF-1");
    let mut asked = fortnight();
    asked["measure"] = json!("sla_kept");
    let due = desk.call("metric_rows", asked).unwrap();
    let due: Vec<_> = due["rows"].as_array().unwrap().iter().map(|row| &row["counts"]).collect();
    assert_eq!(due, [true, false, true, true]);
    assert_eq!(
        keys(&desk, fortnight(), "deployment_frequency"),
        ["DEP-4", "4.8.1", "DEP-3", "DEP-2"]
    );
    let csv = desk.call("metrics_csv", json!({ "metrics": fortnight() })).unwrap();
    let text = csv["text"].as_str().unwrap();
    assert!(
        text.contains("lead_time,whole,2026-09-07T00:00:00Z,2026-09-21T00:00:00Z,16200,seconds,2,")
    );
    assert!(
        text.contains(
            "acknowledge_time,week,2026-09-14T00:00:00Z,2026-09-21T00:00:00Z,,seconds,0,"
        )
    );
    let asked = json!({ "metrics": fortnight(), "rows_of": "recovery_time" });
    let csv = desk.call("metrics_csv", asked).unwrap();
    assert!(csv["text"].as_str().unwrap().contains(
        "DEP-2,HF-1,,Title of HF-1,shop,,2026-09-16T09:00:00Z,2026-09-16T13:00:00Z,14400,1,"
    ));
}

#[test]
fn scores_and_causes_are_counted_and_each_opens_its_own_rows() {
    let desk = story().desk("09-21 00:00");
    let found = |measure: &str, part: Option<&str>| {
        let mut asked = fortnight();
        asked["measure"] = json!(measure);
        asked["part"] = json!(part);
        desk.call("metric_rows", asked)
    };
    let parts = |page: &Value| {
        let one = |part: &Value| (part["name"].as_str().unwrap().to_owned(), part["of"].clone());
        page["parts"].as_array().unwrap().iter().map(one).collect::<Vec<_>>()
    };
    let counted = |all: &[(&str, u64)]| {
        all.iter().map(|(name, of)| ((*name).to_owned(), json!(of))).collect::<Vec<_>>()
    };
    let scores =
        counted(&[("5 of 5", 1), ("4 of 5", 1), ("3 of 5", 0), ("2 of 5", 1), ("1 of 5", 0)]);
    assert_eq!(parts(&found("feedback", None).unwrap()), scores);
    let fours = found("feedback", Some("4")).unwrap();
    assert_eq!((parts(&fours), &fours["total"]), (scores, &json!(1)));
    assert_eq!(fours["rows"][0]["why"], "4");
    let asked = json!({ "metrics": fortnight(), "rows_of": "feedback", "part": "4" });
    let csv = desk.call("metrics_csv", asked).unwrap();
    assert_eq!(csv["text"].as_str().unwrap().lines().count(), 2, "its names and one row: {csv}");

    let causes = [
        ("The deployment failed", 1),
        ("Another hot fix followed", 1),
        ("Its validation failed", 1),
    ];
    assert_eq!(parts(&found("change_fail_rate", None).unwrap()), counted(&causes));
    let followed = found("change_fail_rate", Some("followed")).unwrap();
    assert_eq!((&followed["rows"][0]["key"], &followed["total"]), (&json!("DEP-2"), &json!(1)));
    assert_eq!(found("change_fail_rate", Some("came_back")).unwrap()["total"], 0);
    assert_eq!(parts(&found("lead_time", None).unwrap()), []);
    assert_eq!(found("lead_time", Some("5")).unwrap_err().location.as_deref(), Some("part"));
}

#[test]
fn what_was_given_to_no_team_is_its_products_and_what_was_given_is_not() {
    let past = story();
    past.on("09-20 00:00", "HF-3", "hotfix_assigned", json!({ "person": null, "team": "core" }));
    past.on("09-20 00:00", "ISS-5", "issue_assigned", json!({ "person": null, "team": "core" }));
    let desk = past.desk("09-21 00:00");
    let of = |field: &str, value: &str, measure: &str| {
        let mut asked = fortnight();
        asked[field] = json!(value);
        whole(&desk, measure, &asked).1
    };
    assert_eq!([of("team", "web", "lead_time"), of("team", "core", "lead_time")], [1, 1]);
    assert_eq!([of("team", "web", "acknowledge_time"), of("team", "core", "sla_kept")], [3, 1]);
    assert_eq!([of("product", "shop", "feedback"), of("product", "other", "feedback")], [3, 0]);
    let both = json!({ "from": at("09-07 00:00"), "to": at("09-21 00:00"), "product": "shop", "team": "core" });
    assert_eq!(whole(&desk, "recurrence_rate", &both), (Some(0.0), 1, 0));
}

#[test]
fn the_same_deployment_tried_again_is_one_and_recovers_when_it_is_there() {
    let past = Past::begin();
    past.reported("09-07 08:00", "ISS-1", "phone", "Staging");
    past.started("09-07 08:00", "HF-1", "ISS-1", None);
    past.planned("09-07 09:00", "DEP-1", "HF-1", "production");
    past.on("09-07 10:00", "DEP-1", "deployment_failed", json!({}));
    past.on("09-07 11:30", "DEP-1", "deployment_deployed", json!({}));
    let desk = past.desk("09-14 00:00");
    let asked = json!({ "from": at("09-07 00:00"), "to": at("09-14 00:00") });
    assert_eq!(whole(&desk, "deployment_frequency", &asked), (Some(1.0), 1, 0));
    assert_eq!(whole(&desk, "change_fail_rate", &asked), (Some(1.0), 1, 0));
    assert_eq!(whole(&desk, "recovery_time", &asked), (Some(1.5 * HOUR), 1, 0));
    // Its only issue was seen in staging, whatever the case of the word.
    assert_eq!(whole(&desk, "rework_rate", &asked), (Some(0.0), 1, 0));
}

#[test]
fn a_fix_whose_issue_is_opened_again_has_failed_unless_that_was_taken_back() {
    let past = Past::begin();
    past.reported("09-07 08:00", "ISS-1", "phone", "production");
    past.triaged("09-07 08:10", "ISS-1", "09-07 09:00", "09-08 08:00");
    past.started("09-07 08:20", "HF-1", "ISS-1", None);
    past.on("09-07 08:20", "ISS-1", "issue_taken_into_hotfix", json!({ "hotfix": "HF-1" }));
    past.deployed("09-07 12:00", "DEP-1", "HF-1", "production");
    past.on("09-07 13:00", "ISS-1", "issue_resolved", json!({ "hotfix": "HF-1" }));
    past.on("09-08 13:00", "ISS-1", "issue_reopened", json!({}));
    let asked = json!({ "from": at("09-07 00:00"), "to": at("09-14 00:00") });
    let mut counting = asked.clone();
    counting["measure"] = json!("change_fail_rate");
    let desk = past.desk("09-14 00:00");
    assert_eq!(whole(&desk, "change_fail_rate", &asked), (Some(1.0), 1, 0));
    let rows = desk.call("metric_rows", counting).unwrap();
    assert_eq!(rows["rows"][0]["why"], "Opened again: ISS-1");
    // Both promises had been kept by then, and stay so.
    assert_eq!(whole(&desk, "sla_kept", &asked), (Some(1.0), 2, 0));
    drop(desk);
    let before = json!({
        "state": "resolved", "judged": null, "owner": null, "team": null, "hotfix": "HF-1",
        "former_hotfixes": [], "duplicate_of": null, "reopened": 0, "responded_at": at("09-07 08:10"),
        "resolved_at": at("09-07 13:00"), "pauses": [],
    });
    past.on("09-08 13:05", "ISS-1", "decision_undone", json!({ "before": before }));
    let desk = past.desk("09-14 00:00");
    assert_eq!(whole(&desk, "change_fail_rate", &asked), (Some(0.0), 1, 0));
}

#[test]
fn a_confirmed_recurrence_is_one_failure_of_the_last_deployment_and_of_no_earlier_one() {
    let past = Past::begin();
    past.reported("09-07 08:00", "ISS-1", "phone", "production");
    past.started("09-07 08:20", "HF-1", "ISS-1", None);
    past.deployed("09-07 12:00", "DEP-1", "HF-1", "production");
    past.deployed("09-07 14:00", "DEP-2", "HF-1", "production");
    let again = json!({ "issue": "ISS-1", "hotfix": "HF-1" });
    past.on("09-08 08:00", "HF-1", "recurrence_confirmed", again);
    past.started("09-08 09:00", "HF-2", "ISS-1", Some("HF-1"));
    past.started("09-08 09:00", "HF-3", "ISS-1", Some("HF-2"));
    // The third of them mends what the first had broken: they are one chain.
    past.deployed("09-09 08:00", "DEP-3", "HF-3", "production");
    let desk = past.desk("09-14 00:00");
    let asked = json!({ "from": at("09-07 00:00"), "to": at("09-14 00:00") });
    assert_eq!(whole(&desk, "change_fail_rate", &asked), (Some(0.333_333), 3, 0));
    assert_eq!(whole(&desk, "recovery_time", &asked), (Some(DAY), 1, 0));
    // HF-1 came back; HF-2, which HF-3 followed, never reached production.
    assert_eq!(whole(&desk, "recurrence_rate", &asked), (Some(0.5), 2, 0));
}

#[test]
fn the_tables_are_made_anew_as_they_were() {
    let past = story();
    let desk = past.desk("09-21 00:00");
    let dump = || {
        let mut out = Vec::new();
        desk.dump(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let followed = dump();
    assert!(followed.contains("metric_deployments"), "they are part of the dump");
    desk.rebuild(&mut |_, _| true).unwrap();
    assert!(dump() == followed);
}
