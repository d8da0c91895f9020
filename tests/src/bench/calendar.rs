//! What stands against a time, and where it is free next, with ten thousand objects on the calendar and with
//! ten times as many: asked as the window asks, through the desk.

use super::{Bench, Row, milliseconds, paired, seconds, thousands};
use hotfix_core::{
    clock::{Instant, now},
    desk::{Desk, Options},
    event::{Event, PersonText, stream, words::*},
    journal::{Append, Appended, Journal, NewRecord, SqliteJournal},
    store::Store,
};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};
use uuid::Uuid;

const PRODUCTS: [&str; 3] = ["shop", "billing", "accounts"];
const PLACES: [&str; 2] = ["staging", "production"];
/// Records to a transaction.
const BATCH: usize = 5_000;
/// Of ten objects one is a deployment's booking, one says that somebody is away, one that somebody is on
/// duty; the others are freezes and locks.
const TEN: u64 = 10;
const PEOPLE: [&str; 6] = ["rita", "sam", "lena", "noor", "dana", "karim"];
/// Seconds that an answer may take among however many objects.
const MOST: f64 = 0.005;
/// How much of a time each is asked for.
const ASKED: u32 = 20;

pub fn measure(bench: &Bench) -> Vec<Row> {
    let few = bench.size(10_000, 2_000);
    let many = few * 10;
    let (small, small_first) = workspace(bench, "calendar-small.hotfix", few);
    let (large, large_first) = workspace(bench, "calendar-large.hotfix", many);
    let turns = bench.size(15, 5);
    [
        ("Conflict check", "deploy_conflicts", "hotfix calendar conflicts"),
        ("Next free slot", "calendar_free", "hotfix calendar free"),
    ]
    .into_iter()
    .flat_map(|(measure, name, command)| {
        let pair = paired(turns, || each(&small, name), || each(&large, name));
        let grows = Row {
            measure: format!("{measure}, {} objects", thousands(many)),
            floor: format!("{} with {}", milliseconds(pair.floor), thousands(few)),
            figure: milliseconds(pair.ours),
            ratio: Some(pair.ratio()),
            aim: Some(2.0),
            note: format!(
                "the first after a change: {} and {}",
                milliseconds(small_first),
                milliseconds(large_first)
            ),
            command: command.into(),
        };
        // Whatever the ratio: it is asked at each key that is pressed in a plan.
        let waits = Row {
            measure: format!("{measure}, as one waits for it"),
            floor: milliseconds(MOST),
            figure: milliseconds(pair.ours),
            ratio: Some(pair.ours / MOST),
            aim: Some(1.0),
            note: String::new(),
            command: command.into(),
        };
        [grows, waits]
    })
    .collect()
}

/// Seconds that one question takes, the mean of several.
fn each(asked: &Asked, name: &str) -> f64 {
    let mut found = 0;
    let took = seconds(|| {
        for hours in 0..ASKED {
            let answer = asked.ask(name, hours);
            found += answer.as_array().map_or(1, Vec::len);
        }
    });
    assert!(found > 0, "something is answered");
    took / f64::from(ASKED)
}

struct Asked {
    desk: Desk,
    hotfix: Value,
    from: Instant,
}

impl Asked {
    fn ask(&self, name: &str, hours: u32) -> Value {
        let start = self.from.plus(Duration::from_secs(u64::from(hours) * 3600 * 7));
        let request = if name == "calendar_free" {
            json!({
                // Where no maintenance window confines it, and Rita is at work.
                "product": "shop", "environment": "staging", "minutes": 45, "from": start,
                "count": 1, "hotfix": self.hotfix, "disruption": "brief", "on_duty": ["rita"],
            })
        } else {
            json!({
                "key": self.hotfix, "environment": "production", "starts_at": start,
                "window_ends_at": start.plus(Duration::from_secs(3600)),
                "expected": { "duration_minutes": 45, "disruption": "brief", "on_duty": ["rita"] },
            })
        };
        self.desk.call(name, request).expect("it is answered")
    }
}

/// A workspace with so many objects, and what the first question in it takes.
fn workspace(bench: &Bench, name: &str, objects: u64) -> (Asked, f64) {
    let path = bench.fresh(name);
    drop(Desk::sample(&path, 60, 1, Options::default()).expect("a sample"));
    fill(&path, objects);
    let desk = Desk::open(&path, Options::default()).expect("the workspace opens");
    let list = desk.call("fix_list", json!({ "phase": "rollout" })).expect("the hot fixes");
    let rows = list["rows"].as_array().expect("a list");
    let hotfix =
        rows.iter().find(|row| row["product"] == "shop").expect("one of the shop is in it");
    let asked = Asked { hotfix: hotfix["key"].clone(), from: now(), desk };
    let first = seconds(|| {
        asked.ask("deploy_conflicts", 0);
    });
    (asked, first)
}

fn fill(path: &Path, objects: u64) {
    let store = Arc::new(Store::open(path).expect("the workspace opens"));
    let journal = SqliteJournal::new(Arc::clone(&store), Arc::new(Vec::new()));
    let at = now();
    let fresh = || Append::new(Uuid::now_v7(), b"calendar", "rita", "bench", at);
    let mut batch = fresh();
    let mut put = |stream: String, event: &Event, last: bool| {
        let encoded = event.encode().expect("an event");
        batch.records.push(NewRecord {
            stream,
            kind: encoded.kind,
            ignorable: false,
            data: encoded.data,
            private: encoded.private,
        });
        if batch.records.len() >= BATCH || last {
            let appended = journal.append(std::mem::replace(&mut batch, fresh()));
            let appended = appended.expect("the journal grows");
            assert!(matches!(appended, Appended::Done(_)), "nobody else writes");
        }
    };
    // From half a year ago until as far ahead, ten minutes each.
    let whole = 360 * 24 * 60;
    for index in 0..objects {
        let product = CatalogId::from(PRODUCTS[index as usize % 3]);
        let place = PLACES[(index / 3) as usize % 2];
        let minutes = index.wrapping_mul(7_919) * 60 / 7 % whole;
        let start =
            at.minus(Duration::from_secs(180 * 86_400)).plus(Duration::from_secs(minutes * 60));
        let last = index + 1 == objects;
        if index % TEN == 0 {
            let booked = Event::SlotTaken {
                deployment: DeploymentKey(format!("DEP-{}", 1_000_000 + index)),
                hotfix: HotfixKey("HF-1".into()),
                starts_at: start,
                ends_at: start.plus(Duration::from_secs(600)),
            };
            put(stream::environment(&product, place), &booked, last);
            continue;
        }
        let wall = start.to_string();
        let purpose = match index % TEN {
            3 => "absence",
            6 => "duty",
            _ if index % 3 == 0 => "lock",
            _ => "freeze",
        };
        let of_people = matches!(purpose, "absence" | "duty");
        let object = json!({
            "kind": "calendar", "id": format!("object-{index}"), "name": format!("Object {index}"),
            "purpose": purpose,
            "products": if of_people { vec![] } else { vec![product] },
            "environments": if of_people { vec![] } else { vec![place] },
            "people": if of_people { vec![PEOPLE[(index / TEN) as usize % 6]] } else { vec![] },
            "rule": {
                "start": wall.get(..16), "zone": "Europe/Berlin", "duration_minutes": 10,
                "rrule": (index % 50 == 1).then_some("FREQ=MONTHLY"),
            },
        });
        let object: CatalogObject = serde_json::from_value(object).expect("a calendar entry");
        let saved = Event::CatalogSaved { object, private: PersonText::default() };
        put(stream::catalog("calendar", &format!("object-{index}")), &saved, last);
    }
}
