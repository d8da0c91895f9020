//! How quick the index of similar issues is, how much memory it takes and how soon it is back, on
//! made-up reports whose words are as common as those of a language (Zipf's law).

use super::{Bench, Row, thousands};
use hotfix_core::{
    desk::{Desk, Options},
    views::similar::{
        index::{Index, Report, Scratch},
        rank::{self, Query},
    },
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Words of a title and of a description, in the middle: as in the public data.
const TITLE: usize = 7;
const BODY: usize = 70;
const QUERIES: usize = 300;
/// Issues that are logged through the product to see how soon their index is back.
const LOGGED: usize = 10_000;

/// SplitMix64: the same numbers for ever.
pub(super) struct Dice(pub u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// The rank of a word: the r-th is 1/r as common as the first, stop words left out.
    pub(super) fn rank(&mut self, words: usize) -> u32 {
        let even = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let least = 12.0_f64;
        (least * ((words as f64 + least) / least).powf(even) - least) as u32
    }

    fn words(&mut self, count: usize, vocabulary: usize) -> Vec<u32> {
        (0..count).map(|_| self.rank(vocabulary).wrapping_mul(0x9E37_79B1)).collect()
    }

    fn report(&mut self, number: u32, vocabulary: usize) -> Report {
        let (title, body) = (3 + self.below(2 * TITLE - 5), self.below(2 * BODY));
        Report {
            title: self.words(title, vocabulary),
            body: self.words(body, vocabulary),
            component: self.below(20) as u32,
            at: i64::from(number) * 60,
            original: number,
            fixed: self.below(50) == 0,
        }
    }
}

/// The lines of the table: the time of a question at two sizes, and of a start.
pub fn measure(bench: &Bench) -> Vec<Row> {
    let row = |measure: String, figure: String, note: String| Row {
        measure,
        floor: String::new(),
        figure,
        ratio: None,
        aim: None,
        note,
        command: "cargo run --release -p hotfix-tests --bin similar -- --bench".into(),
    };
    let sizes = [bench.size(100_000, 10_000), bench.size(1_000_000, 100_000)];
    let mut rows: Vec<Row> = sizes
        .into_iter()
        .map(|issues| {
            let taken = at(issues as usize);
            let figure = format!(
                "p50 {:.1} ms, p95 {:.1} ms",
                taken["p50_ms"].as_f64().unwrap_or_default(),
                taken["p95_ms"].as_f64().unwrap_or_default()
            );
            let note =
                format!("{:.0} MB in memory", taken["memory_mb"].as_f64().unwrap_or_default());
            row(format!("Similar issues among {}", thousands(issues)), figure, note)
        })
        .collect();
    let start = start_up();
    rows.push(row(
        "The index of similar issues after a start".into(),
        format!("{:.2} s for 100,000", start["seconds_per_100_000"].as_f64().unwrap_or_default()),
        format!(
            "warm-up returns after {:.1} ms",
            start["warm_up_returns_ms"].as_f64().unwrap_or_default()
        ),
    ));
    rows
}

/// Latency, memory and start-up at so many issues, as one JSON value. The vocabulary grows with the
/// square root of the text (Heaps' law).
pub fn at(issues: usize) -> Value {
    let vocabulary = (40.0 * ((issues * (TITLE + BODY)) as f64).sqrt()) as usize;
    let mut dice = Dice(7);
    let (mut index, mut restored) = (Index::default(), Duration::ZERO);
    let mut kept = Vec::new();
    for number in 0..issues as u32 {
        let report = dice.report(number, vocabulary);
        let begun = Instant::now();
        index.put(number, &report);
        restored += begun.elapsed();
        if (number as usize).is_multiple_of((issues / QUERIES).max(1)) {
            kept.push(report);
        }
    }
    let mut scratch = Scratch::default();
    let mut times = Vec::new();
    for report in &kept {
        // Half of the words of a known report, and as many others: what a twin looks like.
        let half = |dice: &mut Dice, words: &[u32]| {
            let mut some: Vec<u32> = words.iter().step_by(2).copied().collect();
            some.extend(dice.words(words.len() / 2, vocabulary));
            some
        };
        let query = Query {
            title: half(&mut dice, &report.title),
            body: half(&mut dice, &report.body),
            component: report.component,
            at: issues as i64 * 60,
            except: None,
        };
        let begun = Instant::now();
        let ranked = rank::rank(&index, &query, &mut scratch);
        times.push(begun.elapsed());
        assert!(!ranked.known.is_empty(), "a twin finds something");
    }
    times.sort_unstable();
    let ms = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    json!({
        "issues": issues,
        "p50_ms": ms(50),
        "p95_ms": ms(95),
        "worst_ms": ms(100),
        "memory_mb": index.bytes() as f64 / 1e6,
        "built_s": restored.as_secs_f64(),
    })
}

/// How long the index of a workspace needs to be back after a start, in seconds for each 100,000
/// issues, from [`LOGGED`] of them that were logged through the product.
pub fn start_up() -> Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("start.hotfix");
    let mut dice = Dice(9);
    let desk = Desk::create(&file, "Start", Options::default()).expect("a workspace");
    for _ in 0..LOGGED {
        let text = |words: Vec<u32>| {
            words.iter().map(|word| format!("w{word:x}")).collect::<Vec<_>>().join(" ")
        };
        let (title, body) = (dice.words(TITLE, 20_000), dice.words(BODY, 20_000));
        let request = json!({ "text": { "title": text(title), "description": text(body) } });
        desk.call("issue_log", request).expect("an issue is logged");
    }
    drop(desk);
    let begun = Instant::now();
    let desk = Desk::open(&file, Options::default()).expect("the workspace opens");
    let opened = begun.elapsed();
    let begun = Instant::now();
    desk.warm_up().expect("the index is loaded");
    let at_once = begun.elapsed();
    while desk.similar_size().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let loaded = begun.elapsed();
    json!({
        "logged": LOGGED,
        "opened_ms": opened.as_secs_f64() * 1e3,
        "warm_up_returns_ms": at_once.as_secs_f64() * 1e3,
        "seconds_per_100_000": loaded.as_secs_f64() * 100_000.0 / LOGGED as f64,
    })
}
