//! Stretches hold what the samples in them said, however often they are put together.

use super::*;
use crate::store::telemetry::{Sample, samples};
use proptest::prelude::*;

const SUBJECT: &str = "HF-1/production";
/// A moment at a full hour.
const NOW: i64 = 3600 * 500_000 * 1_000_000;

fn second(n: i64) -> Instant {
    Instant::from_micros(n * 1_000_000)
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("a.hotfix"), second(1)).unwrap();
    (folder, store)
}

fn sample(at: Instant, result: &str, value: Option<f64>) -> Sample {
    Sample { at, result: result.into(), value, detail: String::new() }
}

fn all_of(store: &Store, from: Instant, until: Instant, most: u32) -> Vec<Stretch> {
    stretches(&store.read().unwrap(), SUBJECT, "front", (from, until), most).unwrap()
}

fn rows(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    store.read().unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_long_watch_is_put_together_without_losing_its_worst_moment() {
    let (_folder, store) = store();
    let all: Vec<_> = (0..1000)
        .map(|n| {
            let result = if n == 700 { "failure" } else { "success" };
            sample(second(n), result, Some(if n == 701 { 900.0 } else { 100.0 }))
        })
        .collect();
    store.add_samples(SUBJECT, "front", &all).unwrap();
    let shown = all_of(&store, second(0), second(1000), 100);
    assert!(shown.len() <= 100, "{}", shown.len());
    assert_eq!(shown.iter().map(|one| one.count).sum::<u32>(), 1000);
    assert_eq!(shown.iter().map(|one| one.failures).sum::<u32>(), 1);
    assert!(shown.iter().any(|one| one.high == Some(900.0)));
    let before = all_of(&store, second(0), second(500), 1);
    assert_eq!((before.len(), before[0].count, before[0].mean), (1, 500, Some(100.0)));
    assert_eq!(all_of(&store, second(2000), second(3000), 1), Vec::new());
}

#[test]
fn what_was_usual_before_a_deployment_outlives_the_samples() {
    let (_folder, store) = store();
    let now = Instant::from_micros(NOW);
    // In the midst of five minutes: nothing of after it may count for before it.
    let deployed = now.minus(Duration::from_secs(30 * 3600 + 77));
    let mut all = Vec::new();
    let mut at = deployed.minus(Duration::from_secs(7200));
    while at < now {
        let value = if at < deployed { 2.0 } else { 50.0 };
        all.push(sample(at, "success", Some(value)));
        at = at.plus(Duration::from_secs(10));
    }
    store.add_samples(SUBJECT, "front", &all).unwrap();
    let usual = || before(&store.read().unwrap(), SUBJECT, "front", deployed).unwrap();
    assert_eq!(usual(), Some(2.0));
    assert!(store.roll_up(now, &|_| Ok(vec![deployed])).unwrap() > 0);
    assert_eq!(usual(), Some(2.0));
    let much_later = now.plus(Duration::from_secs(9 * 86_400));
    store.roll_up(much_later, &|_| Ok(vec![deployed])).unwrap();
    assert_eq!(usual(), Some(2.0));
}

#[test]
fn three_days_with_a_sample_every_ten_seconds_stay_small() {
    let (_folder, store) = store();
    let size = || -> i64 {
        let db = store.read().unwrap();
        let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let (pages, free) = (pragma("page_count").unwrap(), pragma("freelist_count").unwrap());
        (pages - free) * pragma("page_size").unwrap()
    };
    let empty = size();
    let now = Instant::from_micros(NOW);
    let hours = 72;
    for hour in 0..hours {
        let from = now.minus(Duration::from_secs((hours - hour) * 3600));
        let all: Vec<_> = (0..360)
            .map(|n| {
                let at = from.plus(Duration::from_secs(n * 10));
                Sample { detail: "200 in 31 ms".into(), ..sample(at, "success", Some(31.4)) }
            })
            .collect();
        store.add_samples(SUBJECT, "front", &all).unwrap();
        store.roll_up(from.plus(Duration::from_secs(3600)), &|_| Ok(Vec::new())).unwrap();
    }
    assert_eq!((rows(&store, "sample"), rows(&store, "stretch")), (6 * 360, 66 * 12));
    let taken = size() - empty;
    assert!(taken < 600 << 10, "{taken} bytes");
    println!("72 h at 10 s: {taken} bytes");
}

#[test]
fn the_newest_hundred_stay_one_by_one_however_old() {
    let (_folder, store) = store();
    let now = Instant::from_micros(NOW);
    let hour = Duration::from_secs(3600);
    let all: Vec<_> =
        (1..=150).rev().map(|n| sample(now.minus(hour * n), "success", Some(1.0))).collect();
    store.add_samples(SUBJECT, "front", &all).unwrap();
    assert_eq!(store.roll_up(now, &|_| Ok(Vec::new())).unwrap(), 50);
    let kept = samples(&store.read().unwrap(), SUBJECT, "front", 200).unwrap();
    assert_eq!(kept.len(), 100);
    assert_eq!(kept[99].at, now.minus(hour));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever is put together, and in however many steps, it says what the samples said.
    #[test]
    fn put_together_they_say_what_the_samples_said(
        seen in prop::collection::vec((0_i64..40_000_000, 0_u8..6, prop::option::of(-50_i32..50)), 1..200),
        steps in prop::collection::vec(0_u64..20 * 86_400, 0..4),
        cut in 0_i64..40_000,
    ) {
        let (_folder, store) = store();
        let from = Instant::from_micros(NOW - 40_000 * 1_000_000);
        let mut all: Vec<Sample> = seen.iter().map(|(at, result, value)| {
            let result = ["success", "success", "success", "failure", "inconclusive", "error"]
                [usize::from(*result)];
            let at = Instant::from_micros(from.micros() + at * 1000);
            sample(at, result, value.map(f64::from))
        }).collect();
        all.sort_by_key(|one| one.at);
        store.add_samples(SUBJECT, "front", &all).unwrap();
        let cut = from.plus(Duration::from_secs(cut.unsigned_abs()));
        let until = Instant::from_micros(NOW + 1);
        let look = || {
            let whole = all_of(&store, from.minus(COARSE), until, 1);
            let parts = [(from.minus(COARSE), cut), (cut, until)].map(|(a, b)| {
                all_of(&store, a, b, 1).pop().map(|one| (
                    one.count, one.failures, one.inconclusive, one.errors, one.low, one.high,
                    one.mean.map(|mean| (mean * 1e6).round()),
                ))
            });
            let usual = before(&store.read().unwrap(), SUBJECT, "front", cut).unwrap();
            (whole[0].count, parts, usual.map(|usual| (usual * 1e6).round()))
        };
        let raw = look();
        prop_assert_eq!(raw.0 as usize, all.len());
        let mut steps = steps;
        steps.sort_unstable();
        for step in steps {
            let now = Instant::from_micros(NOW).plus(Duration::from_secs(step));
            store.roll_up(now, &|_| Ok(vec![cut])).unwrap();
            prop_assert_eq!(&look(), &raw);
        }
    }
}
