//! Who is away and who is on duty, as the schedule is told.

use super::{Desk, Options};
use serde_json::{Value, json};

fn world() -> (tempfile::TempDir, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::create(&folder.path().join("a.hotfix"), "Test", Options::default()).unwrap();
    for (id, name) in [("ann", "Ann Lee"), ("tom", "Tom Reed"), ("zoe", "Zoe Abel")] {
        save(
            &desk,
            json!({ "kind": "person", "id": id, "name": name, "roles": ["support"], "zone": "Europe/Berlin" }),
        );
    }
    for id in ["shop", "billing"] {
        let production = json!({
            "id": "production", "name": "Production", "production": true, "soak_minutes": 0,
            "targets": [],
        });
        save(
            &desk,
            json!({ "kind": "product", "id": id, "name": id, "environments": [production] }),
        );
    }
    (folder, desk)
}

fn save(desk: &Desk, object: Value) {
    desk.call("catalog_save", json!({ "object": object })).unwrap();
}

/// An entry of people on the clock of Berlin, with more besides.
fn entry(desk: &Desk, id: &str, purpose: &str, people: &[&str], rule: Value, more: Value) {
    let mut object = json!({
        "kind": "calendar", "id": id, "name": id, "purpose": purpose, "people": people,
        "rule": { "zone": "Europe/Berlin" },
    });
    for (name, value) in rule.as_object().unwrap() {
        object["rule"][name] = value.clone();
    }
    for (name, value) in more.as_object().unwrap() {
        object[name] = value.clone();
    }
    save(desk, object);
}

/// "Ann Lee absence 2026-…Z 2026-…Z" of everything, in the order it is told.
fn told(desk: &Desk, from: &str, to: &str, product: Option<&str>) -> Vec<String> {
    let asked = json!({ "from": from, "to": to, "product": product });
    let schedule = desk.call("schedule", asked).unwrap();
    let rows = schedule["people"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter()
        .flat_map(|row| row["spans"].as_array().unwrap().iter().map(move |span| (row, span)))
        .map(|(row, span)| {
            let (name, purpose) = (word(&row["name"]), word(&span["purpose"]));
            format!("{name} {purpose} {} {}", word(&span["start"]), word(&span["end"]))
        })
        .collect()
}

#[test]
fn a_free_sunday_is_a_whole_day_also_when_the_clock_changes_on_it() {
    let (_folder, desk) = world();
    let weekly = |wall_clock: bool| {
        json!({
            "start": "2027-03-21T00:00", "duration_minutes": 1440, "wall_clock": wall_clock,
            "rrule": "FREQ=WEEKLY;BYDAY=SU",
        })
    };
    entry(&desk, "sundays", "absence", &["zoe", "ann"], weekly(true), json!({}));
    let [from, to] = ["2027-03-20T00:00:00Z", "2027-04-05T00:00:00Z"];
    let three = [
        "2027-03-20T23:00:00Z 2027-03-21T23:00:00Z",
        "2027-03-27T23:00:00Z 2027-03-28T22:00:00Z",
        "2027-04-03T22:00:00Z 2027-04-04T22:00:00Z",
    ];
    let of = |name: &str| three.map(|span| format!("{name} absence {span}"));
    assert_eq!(told(&desk, from, to, None), [of("Ann Lee"), of("Zoe Abel")].concat());
    let days = |number: usize| {
        let schedule = desk.call("schedule", json!({ "from": from, "to": to })).unwrap();
        schedule["people"][0]["spans"][number]["days"].clone()
    };
    assert_eq!(days(1), json!(["2027-03-28", "2027-03-28"]));
    // Of minutes that pass it is that day as well, and ends an hour later.
    entry(&desk, "sundays", "absence", &["ann"], weekly(false), json!({}));
    assert_eq!(
        told(&desk, from, to, None)[1],
        "Ann Lee absence 2027-03-27T23:00:00Z 2027-03-28T23:00:00Z"
    );
    assert_eq!(days(1), json!(["2027-03-28", "2027-03-28"]));
    // From nine to twelve it has times.
    let morning = json!({ "start": "2027-03-21T09:00", "duration_minutes": 180 });
    entry(&desk, "sundays", "absence", &["ann"], morning, json!({}));
    assert_eq!(days(0), Value::Null);
    let next_day = told(&desk, "2027-03-21T11:00:00Z", "2027-03-22T00:00:00Z", None);
    assert!(next_day.is_empty(), "over when it was asked: {next_day:?}");
}

#[test]
fn an_absence_stays_for_every_product_unless_it_is_limited_to_others() {
    let (_folder, desk) = world();
    let once = json!({ "start": "2026-11-30T00:00", "duration_minutes": 1440 });
    entry(&desk, "holiday", "absence", &["ann"], once.clone(), json!({}));
    entry(&desk, "course", "absence", &["tom"], once, json!({ "products": ["billing"] }));
    let who = |product| {
        let all = told(&desk, "2026-11-29T00:00:00Z", "2026-12-02T00:00:00Z", product);
        all.iter().map(|one| one[..7].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(who(None), ["Ann Lee", "Tom Ree"]);
    assert_eq!(who(Some("billing")), ["Ann Lee", "Tom Ree"]);
    assert_eq!(who(Some("shop")), ["Ann Lee"]);
}

#[test]
fn whoever_stands_in_for_one_product_is_on_duty_there_and_the_other_goes_on_elsewhere() {
    let (_folder, desk) = world();
    let week = json!({ "start": "2026-11-30T09:00", "duration_minutes": 7 * 1440 });
    entry(&desk, "rota", "duty", &["ann"], week, json!({}));
    let tuesday = json!({ "start": "2026-12-01T09:00", "duration_minutes": 1440 });
    let instead = json!({ "products": ["shop"], "replaces": ["rota"] });
    entry(&desk, "tuesday", "duty", &["tom"], tuesday, instead);
    let of = |product| told(&desk, "2026-11-30T00:00:00Z", "2026-12-10T00:00:00Z", product);
    let all = "Ann Lee duty 2026-11-30T08:00:00Z 2026-12-07T08:00:00Z";
    let tom = "Tom Reed duty 2026-12-01T08:00:00Z 2026-12-02T08:00:00Z";
    assert_eq!(of(None), [all, tom]);
    assert_eq!(of(Some("billing")), [all]);
    let before = "Ann Lee duty 2026-11-30T08:00:00Z 2026-12-01T08:00:00Z";
    let after = "Ann Lee duty 2026-12-02T08:00:00Z 2026-12-07T08:00:00Z";
    assert_eq!(of(Some("shop")), [before, after, tom]);
}
