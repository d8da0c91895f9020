//! Five hundred probes of a watched hot fix, each asked every ten seconds of a real server by the agent, beside a
//! bare client that sends the same requests and keeps nothing. What counts is processor time. And what three days
//! of samples take in the file, beside the same samples kept one by one.

use super::{Bench, Row, processor_of, thousands};
use crate::{
    answers::Answers,
    counter::{Behaviour, Counter},
    ground::{Ground, call, open, watched},
    program,
};
use hotfix_core::{
    clock::Instant as Moment,
    desk::{Desk, Options},
    store::{Store, telemetry::Sample},
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

const PROBES: u64 = 500;
const EVERY: u64 = 10;
/// Of one core, in per cent.
const AIM: f64 = 2.0;

pub fn measure(bench: &Bench) -> Vec<Row> {
    let seconds = bench.size(60, 20);
    let path = bench.fresh("probes.hotfix");
    let server = Answers::start(200);
    prepare(&path, &server.url);
    let mut agent = program::agent(&path, "probes");
    // Its start is measured elsewhere, and the floor's is not either.
    thread::sleep(Duration::from_secs(EVERY + 5));
    let db = Connection::open(&path).expect("the file opens");
    let samples = || -> u64 {
        let sql = "SELECT count(*) FROM sample WHERE result = 'success'";
        db.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a count").unsigned_abs()
    };
    let (used, kept, began) = (processor_of(&agent.id().to_string()), samples(), Instant::now());
    let floor = thread::scope(|scope| {
        let url = &server.url;
        let floor = scope.spawn(move || bare(url, seconds));
        thread::sleep(Duration::from_secs(seconds));
        floor.join().expect("the bare client ends")
    });
    let took = began.elapsed().as_secs_f64();
    let ours = (processor_of(&agent.id().to_string()) - used).as_secs_f64() * 100.0 / took;
    let kept = samples() - kept;
    agent.kill();
    let wanted = PROBES * seconds / EVERY;
    assert!(kept * 10 >= wanted * 9, "{kept} of {wanted} samples were kept");
    let asked = Row {
        measure: format!("{PROBES} probes every {EVERY} s, for {seconds} s"),
        floor: format!("{floor:.2} % of a core, a bare client"),
        figure: format!("{ours:.2} % of a core, {} samples kept", thousands(kept)),
        ratio: Some(ours / AIM),
        aim: Some(1.0),
        note: format!(
            "the ratio is to {AIM} % of a core; to the bare client it is {:.1}",
            ours / floor
        ),
        command: "hotfix agent".into(),
    };
    vec![asked, three_days(bench)]
}

/// How long a hot fix of the highest priority is watched by default.
const WATCHED_HOURS: u64 = 72;

/// The file after three days of some probes, rolled up hourly (oftener in the application), beside the same
/// samples kept one by one.
fn three_days(bench: &Bench) -> Row {
    let probes = bench.size(20, 4);
    let grown = |name: &str, rolled: bool| -> u64 {
        let path = bench.fresh(name);
        drop(Desk::create(&path, "Watched", Options::default()).expect("a workspace"));
        let store = Store::open(&path).expect("the workspace opens");
        let names: Vec<String> = (0..probes).map(|number| format!("p{number}")).collect();
        let pages = || -> u64 {
            let sql = "SELECT (page_count - freelist_count) * page_size
                       FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
            let db = Connection::open(&path).expect("the file opens");
            db.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a size").unsigned_abs()
        };
        let (before, start) = (pages(), 1_790_000_000_000_000_i64);
        for hour in 0..WATCHED_HOURS {
            let samples: Vec<(&str, Sample)> = (0..3600 / EVERY)
                .flat_map(|place| names.iter().map(move |name| (name.as_str(), place)))
                .map(|(name, place)| (name, sample(start, hour * 3600 + place * EVERY)))
                .collect();
            let all = samples.iter().map(|(name, sample)| ("HF-1/production", *name, sample));
            store.add_all(all).expect("samples are kept");
            if rolled {
                let now = Moment::from_micros(start).plus(Duration::from_secs((hour + 1) * 3600));
                store.roll_up(now, &|_| Ok(Vec::new())).expect("they are put together");
            }
        }
        pages() - before
    };
    let (floor, ours) = (grown("one-by-one.hotfix", false), grown("rolled-up.hotfix", true));
    let each = |bytes: u64| format!("{} kB a probe", thousands(bytes / probes / 1000));
    Row {
        measure: format!("{WATCHED_HOURS} hours of a probe every {EVERY} s, in the file"),
        floor: format!("{}, each sample kept", each(floor)),
        figure: each(ours),
        ratio: Some(ours as f64 / floor as f64),
        aim: None,
        note: format!("{probes} probes; six hours one by one, before that in five minutes"),
        command: "ls -l FILE".into(),
    }
}

fn sample(start: i64, second: u64) -> Sample {
    let millis = 80.0 + (second % 97) as f64;
    Sample {
        at: Moment::from_micros(start).plus(Duration::from_secs(second)),
        result: "success".into(),
        value: Some(millis),
        detail: format!("200 in {millis:.0} ms"),
    }
}

/// A workspace with a hot fix in Monitoring that so many probes watch.
fn prepare(path: &Path, url: &str) {
    let service = Counter::start(Behaviour::default());
    let ground = Ground::make();
    let made = ground.copy("probes", &service);
    watched(&made);
    std::fs::copy(&made, path).expect("it can be copied");
    let desk = open(path);
    let probes: Vec<Value> = (0..PROBES)
        .map(|number| {
            json!({
                "id": format!("p{number}"), "name": format!("Probe {number}"), "url": url,
                "expect_text": "ok", "every_seconds": EVERY,
            })
        })
        .collect();
    call(&desk, "catalog_save", json!({ "object": crate::ground::product(&json!(probes)) }));
}

/// The same requests by nothing but the client, on one thread: its share of a core, in per cent.
fn bare(url: &str, seconds: u64) -> f64 {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .expect("a client can be made");
        let began = Instant::now();
        let used = processor_of("thread-self");
        let pause = Duration::from_millis(EVERY * 1000 / PROBES);
        let mut next = began;
        while began.elapsed() < Duration::from_secs(seconds) {
            let answer = client.get(url).send().await.expect("the server answers");
            assert_eq!(answer.text().await.expect("a body"), "ok");
            next += pause;
            tokio::time::sleep(next.saturating_duration_since(Instant::now())).await;
        }
        (processor_of("thread-self") - used).as_secs_f64() * 100.0 / began.elapsed().as_secs_f64()
    })
}
