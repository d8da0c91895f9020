//! How quick the search is among 100,000 and a million issues, by kind of question, beside a bare
//! FTS5 `MATCH … LIMIT 20` of the same words in a plain table of the same texts.
//!
//! The issues are made up of words that are as common as those of a language (Zipf's law), with
//! Japanese in every tenth; they went through the journal, and the product made its own views of
//! them. A question is a whole call: what was typed is read, planned, asked, weighed and shown.

use super::{Bench, Row, history, milliseconds, seconds, similar::Dice, thousands};
use hotfix_core::{
    clock::Instant,
    desk::{Desk, Options},
    event::{Event, Note, ReportText, words::*},
};
use rusqlite::Connection;
use serde_json::json;
use std::{path::Path, time::Duration};

/// Questions of each kind.
const EACH: usize = 60;
/// A tenth of a second is instant; a sixtieth is a frame.
const AIM: f64 = 0.016;

const SYLLABLES: &[&str] = &[
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va",
    "we", "zi", "bo", "cu", "da", "fe", "gi", "ho", "ju", "ka", "le", "mi", "no", "pu", "ra", "se",
    "ti", "vo", "wu", "za", "bro", "cla", "dre", "fli", "gru", "plo", "sta", "tri",
];

/// What is made of how common a word is: always the same word, of four to eleven letters.
fn spelled(rank: u32) -> String {
    let mut dice = Dice(u64::from(rank) + 1);
    let count = 2 + dice.below(3);
    (0..count).map(|_| SYLLABLES[dice.below(SYLLABLES.len())]).collect()
}

/// Two characters that stand for a Japanese word.
fn kanji(dice: &mut Dice) -> String {
    let mut one = || char::from_u32(0x4E00 + (dice.rank(120)) * 7).unwrap_or('検');
    [one(), one()].into_iter().collect()
}

struct Issue {
    title: String,
    body: String,
}

fn issue(number: u64, vocabulary: usize) -> Issue {
    let mut dice = Dice(number);
    let mut words = |count: usize| -> Vec<String> {
        (0..count).map(|_| spelled(dice.rank(vocabulary))).collect()
    };
    let (title, body) = (words(3 + (number % 9) as usize), words((number * 37 % 140) as usize));
    let mut body = body.join(" ");
    if number.is_multiple_of(10) {
        let japanese: String = (0..12).map(|_| kanji(&mut dice)).collect();
        body = format!("{body} {japanese}が空になる");
    }
    Issue { title: title.join(" "), body }
}

const PRODUCTS: [&str; 3] = ["shop", "billing", "accounts"];
const COMPONENTS: [&str; 6] = ["Checkout", "Invoices", "Sign-in", "Search", "Returns", "Stock"];

fn life(number: u64, at: Instant, vocabulary: usize) -> Vec<Event> {
    let made = issue(number, vocabulary);
    let note = || Note { text: String::new() };
    let mut life = vec![Event::IssueReported {
        channel: Channel::Mail,
        product: Some(PRODUCTS[number as usize % 3].into()),
        component: COMPONENTS[number as usize % 6].into(),
        version: format!("4.{}.{}", number / 50_000, number % 10),
        environment: "production".into(),
        affected: 1,
        attachments: Vec::new(),
        origin: None,
        private: ReportText {
            title: made.title,
            description: made.body,
            reporter: Contact {
                name: format!(
                    "{} {}",
                    spelled(number as u32 % 500),
                    spelled(9_000_000 + number as u32 % 700)
                ),
                reach: String::new(),
            },
            ..ReportText::default()
        },
    }];
    if !number.is_multiple_of(3) {
        let priority = Priority::ALL[(number % 100).min(4) as usize];
        life.push(Event::IssueTriaged {
            impact_system: Level::Medium,
            impact_users: Level::Medium,
            impact_business: Level::Low,
            urgency: Level::Medium,
            priority,
            respond_by: Some(at.plus(Duration::from_secs(4 * 3600))),
            resolve_by: Some(at.plus(Duration::from_secs(40 * 24 * 3600))),
            respond_risk_at: None,
            resolve_risk_at: None,
            unsure: Vec::new(),
            private: note(),
        });
        if !number.is_multiple_of(40) {
            life.push(Event::IssueClosed { private: note() });
        }
    }
    life
}

/// The words grow with the square root of the text (Heaps' law).
fn vocabulary(issues: u64) -> usize {
    (40.0 * ((issues * 77) as f64).sqrt()) as usize
}

/// What is typed, and the same for the bare table.
struct Question {
    typed: String,
    bare: String,
}

const KINDS: [&str; 9] = [
    "common words",
    "words",
    "rare words",
    "two words",
    "phrases",
    "beginnings",
    "typos",
    "fields",
    "Japanese",
];

fn question(kind: &str, issues: u64, dice: &mut Dice) -> Question {
    let vocabulary = vocabulary(issues);
    let quoted = |text: &str| format!("\"{text}\"");
    let of = |rank: usize| spelled(rank as u32);
    let some = issue(1 + dice.next() % issues, vocabulary);
    let title: Vec<&str> = some.title.split(' ').collect();
    let plain = |word: String| Question { typed: format!("{word} "), bare: quoted(&word) };
    match kind {
        "common words" => plain(of(dice.below(20))),
        "words" => plain(of(100 + dice.below(5_000))),
        "rare words" => plain(of(vocabulary / 3 + dice.below(vocabulary / 2))),
        "two words" => Question {
            typed: format!("{} {} ", title[0], title[2]),
            bare: format!("{} AND {}", quoted(title[0]), quoted(title[2])),
        },
        "phrases" => {
            let text = title[..2].join(" ");
            Question { typed: quoted(&text), bare: quoted(&text) }
        }
        "beginnings" => {
            let word = of(dice.below(5_000));
            let part = &word[..(1 + dice.below(6)).min(word.len())];
            Question { typed: part.into(), bare: format!("{}*", quoted(part)) }
        }
        "typos" => {
            let word = loop {
                let word = of(dice.below(5_000));
                if word.len() >= 5 {
                    break word;
                }
            };
            let at = 1 + dice.below(word.len() - 2);
            let wrong = format!("{}x{}", &word[..at], &word[at + 1..]);
            Question { typed: format!("{wrong} "), bare: quoted(&word) }
        }
        "fields" => {
            let word = of(dice.below(2_000));
            let field = [
                "state:open",
                "priority:1",
                "product:shop component:checkout",
                "after:2026-01",
                "version:4.1",
                "-state:closed",
                "owner:none",
                "reporter:ba",
            ][dice.below(8)];
            Question { typed: format!("{field} {word} "), bare: quoted(&word) }
        }
        _ => {
            let word = kanji(dice);
            Question { typed: word.clone(), bare: format!("{}*", quoted(&word)) }
        }
    }
}

/// The time at which so many of all were done, in seconds.
fn share(times: &[f64], percent: usize) -> f64 {
    times[(times.len() - 1) * percent / 100]
}

fn shown(times: &mut [f64]) -> String {
    times.sort_by(f64::total_cmp);
    format!("p50 {}, p95 {}", milliseconds(share(times, 50)), milliseconds(share(times, 95)))
}

fn at(bench: &Bench, issues: u64) -> Vec<Row> {
    let path = bench.fresh("search.hotfix");
    drop(Desk::sample(&path, 60, 1, Options::default()).expect("a sample"));
    let words = vocabulary(issues);
    history::grow_with(&path, history::Until::Issues(issues), &mut |number, at| {
        life(number, at, words)
    });
    eprintln!("bench: the views take in {} issues", thousands(issues));
    let views = seconds(|| drop(Desk::open(&path, Options::default()).expect("the views follow")));
    let plain = floor(&bench.fresh("search-floor.sqlite"), issues, words);
    let desk = Desk::open(&path, Options::default()).expect("the workspace opens");
    let loaded = seconds(|| {
        desk.call("search", json!({ "text": "nothing", "wait": true })).expect("an answer");
    });
    let (known, bytes) = desk.vocabulary_size().unwrap_or_default();
    let mut asked = plain
        .prepare("SELECT rowid, title FROM plain WHERE plain MATCH ?1 LIMIT 20")
        .expect("a bare question");
    // Both files as they are while somebody works with them: in the machine's memory.
    for kind in KINDS {
        let mut dice = Dice(5);
        for _ in 0..EACH {
            let question = question(kind, issues, &mut dice);
            desk.call("search", json!({ "text": question.typed })).expect("an answer");
            let rows = asked.query_map([&question.bare], |row| row.get::<_, String>(1));
            rows.expect("bare rows").for_each(drop);
        }
    }
    let mut rows = Vec::new();
    let (mut all, mut all_bare) = (Vec::new(), Vec::new());
    for kind in KINDS {
        let mut dice = Dice(11);
        let (mut ours, mut bare, mut found) = (Vec::new(), Vec::new(), 0);
        for _ in 0..EACH {
            let question = question(kind, issues, &mut dice);
            bare.push(seconds(|| {
                let rows = asked.query_map([&question.bare], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                });
                rows.expect("bare rows").for_each(drop);
            }));
            let request = json!({ "text": question.typed });
            let mut answer = json!(null);
            ours.push(seconds(|| answer = desk.call("search", request).expect("an answer")));
            found += usize::from(answer["hits"].as_array().is_some_and(|hits| !hits.is_empty()));
        }
        all.extend_from_slice(&ours);
        all_bare.extend_from_slice(&bare);
        rows.push(Row {
            measure: format!("… of them {kind}"),
            floor: shown(&mut bare),
            figure: shown(&mut ours),
            ratio: None,
            aim: None,
            note: format!("{found} of {EACH} found something"),
            command: String::new(),
        });
    }
    let (floor, figure) = (shown(&mut all_bare), shown(&mut all));
    let met = if share(&all, 95) <= AIM { "met" } else { "missed" };
    rows.insert(0, Row {
        measure: format!("Search among {} issues", thousands(issues)),
        floor,
        figure,
        ratio: None,
        aim: None,
        note: format!(
            "aim p95 ≤ 16 ms: {met}; {} words known after {loaded:.1} s in {} MB; views made in {views:.0} s; file {} MB",
            thousands(known as u64),
            bytes >> 20,
            super::size_of(&path) >> 20
        ),
        command: "bench search".into(),
    });
    rows
}

/// A plain table of the same texts.
fn floor(path: &Path, issues: u64, vocabulary: usize) -> Connection {
    let db = Connection::open(path).expect("a bare file");
    db.execute_batch(
        "PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA cache_size=-16000;
         CREATE VIRTUAL TABLE plain USING fts5(title, body); BEGIN;",
    )
    .expect("a bare table");
    {
        let mut insert = db
            .prepare("INSERT INTO plain (rowid, title, body) VALUES (?1, ?2, ?3)")
            .expect("an insert");
        for number in 1..=issues {
            let made = issue(number, vocabulary);
            insert.execute((number as i64, made.title, made.body)).expect("a bare row");
        }
    }
    db.execute_batch("COMMIT").expect("the rows are kept");
    db
}

/// The lines of the table, for both sizes.
pub fn measure(bench: &Bench) -> Vec<Row> {
    let mut rows = at(bench, bench.size(100_000, 2_000));
    rows.extend(at(bench, bench.size(1_000_000, 20_000)));
    for name in ["search.hotfix", "search-floor.sqlite"] {
        bench.fresh(name);
    }
    rows
}
