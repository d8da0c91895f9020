//! A long history, quickly: real records, chained and checked by the journal's own append, many to a
//! transaction.
//!
//! It begins as the sample workspace (catalog, hot fixes in every phase) and goes on with issues of
//! which support judged most, in the sample's proportions: about five events to two issues.

use hotfix_core::{
    clock::{Instant, now},
    desk::{Desk, Options},
    event::{Event, Note, ReportText, words::*},
    journal::{Append, Appended, Journal, NewRecord, SqliteJournal},
    store::Store,
};
use std::{path::Path, sync::Arc, time::Duration};
use uuid::Uuid;

const SAMPLE: u64 = 60;
/// Records to a transaction.
const BATCH: usize = 5_000;

const TROUBLES: &[(&str, &str)] = &[
    (
        "Checkout shows error 500 after “Pay”",
        "Customers with a saved card get an error page after “Pay”. The order is not created, the card is not charged.",
    ),
    (
        "Invoices carry the wrong VAT rate",
        "Invoices for customers in Portugal show 19 % instead of 23 %.",
    ),
    (
        "Password reset mail arrives twice",
        "The second mail makes the link of the first one invalid.",
    ),
    ("検索結果が空になる", "全角スペースを入れると結果が0件になります。"),
    ("Export to CSV loses the last line", "Every export lacks its last row, also with one row."),
    (
        "Coupon can be used twice within a second",
        "Two tabs, one coupon, both orders get the discount.",
    ),
    ("Rückgabe ohne Etikett möglich", "Der Knopf „Etikett drucken“ kann übersprungen werden."),
    (
        "Download of older invoices answers 404",
        "Everything before March is gone from the list’s links.",
    ),
];
const PRODUCTS: &[(&str, &str)] =
    &[("shop", "Checkout"), ("billing", "Invoices"), ("accounts", "Sign-in")];
const CALLERS: &[&str] =
    &["Ann Petrov", "João Silva", "Mia Schneider", "Omar Farouk", "Yuki Tanaka"];

/// What somebody writes when they report the `index`-th issue.
pub fn report(index: u64) -> ReportText {
    let (title, description) = TROUBLES[index as usize % TROUBLES.len()];
    let caller = CALLERS[index as usize % CALLERS.len()];
    ReportText {
        title: format!("{title} ({index})"),
        description: format!("{description} Seen in order {}.", 4_000_000 + index * 7),
        reporter: Contact { name: caller.into(), reach: format!("caller{index}@customer.example") },
        ..ReportText::default()
    }
}

/// How far a history is to go.
#[derive(Clone, Copy)]
pub enum Until {
    Issues(u64),
    Events(u64),
}

/// Makes a workspace with a history. Its views stand where the sample's ended: they catch up when
/// the workspace is opened.
pub fn make(path: &Path, until: Until) {
    drop(Desk::sample(path, SAMPLE as usize, 1, Options::default()).expect("a sample"));
    grow(path, until, true);
}

/// Lets a history go on; with `judged`, support decides about the issues.
pub fn grow(path: &Path, until: Until, judged: bool) {
    grow_with(path, until, &mut |issue, at| life(issue, at, judged));
}

/// Lets a history go on with the lives of issues that somebody else makes up.
pub fn grow_with(path: &Path, until: Until, life: &mut dyn FnMut(u64, Instant) -> Vec<Event>) {
    let store = Arc::new(Store::open(path).expect("the workspace opens"));
    let journal = SqliteJournal::new(Arc::clone(&store), Arc::new(Vec::new()));
    let mut events = journal.head().expect("the journal's head").seq;
    let mut issue = last_issue(&store);
    let mut at = now().minus(Duration::from_secs(20 * 24 * 3600));
    let mut batch = batch(at);
    loop {
        let done = match until {
            Until::Issues(most) => issue >= most,
            Until::Events(most) => events >= most,
        };
        if done || batch.records.len() >= BATCH {
            let full = std::mem::replace(&mut batch, self::batch(at));
            if !full.records.is_empty() {
                let appended = journal.append(full).expect("the journal grows");
                assert!(matches!(appended, Appended::Done(_)), "nobody else writes");
            }
        }
        if done {
            return;
        }
        issue += 1;
        at = at.plus(Duration::from_secs(1));
        let key = format!("ISS-{issue}");
        for event in life(issue, at) {
            if matches!(until, Until::Events(most) if events >= most) {
                break;
            }
            events += 1;
            let encoded = event.encode().expect("an event");
            batch.records.push(NewRecord {
                stream: key.clone(),
                kind: encoded.kind,
                ignorable: false,
                data: encoded.data,
                private: encoded.private,
            });
        }
    }
}

fn last_issue(store: &Store) -> u64 {
    let db = store.read().expect("a reader");
    let last = db.query_row(
        "SELECT max(CAST(substr(stream, 5) AS INTEGER)) FROM journal WHERE stream GLOB 'ISS-*'",
        [],
        |row| row.get::<_, i64>(0),
    );
    last.expect("the sample has issues").unsigned_abs()
}

fn batch(at: Instant) -> Append {
    Append::new(Uuid::now_v7(), b"history", "sam", "bench", at)
}

fn life(issue: u64, at: Instant, judged: bool) -> Vec<Event> {
    let (product, component) = PRODUCTS[issue as usize % PRODUCTS.len()];
    let reported = Event::IssueReported {
        channel: Channel::Mail,
        product: Some(product.into()),
        component: component.into(),
        version: "4.8.1".into(),
        environment: "production".into(),
        affected: 1 + (issue % 12) as u32,
        attachments: Vec::new(),
        origin: None,
        private: report(issue),
    };
    let note = |text: &str| Note { text: text.into() };
    let triaged = || Event::IssueTriaged {
        impact_system: Level::Medium,
        impact_users: Level::Medium,
        impact_business: Level::Low,
        urgency: if issue.is_multiple_of(3) { Level::High } else { Level::Medium },
        priority: if issue.is_multiple_of(3) { Priority::P2 } else { Priority::P3 },
        respond_by: Some(at.plus(Duration::from_secs(4 * 3600))),
        resolve_by: Some(at.plus(Duration::from_secs(40 * 24 * 3600))),
        respond_risk_at: None,
        resolve_risk_at: None,
        unsure: Vec::new(),
        private: Note::default(),
    };
    let mut life = vec![reported];
    match issue % 10 {
        _ if !judged => {}
        0 => life.push(Event::InfoRequested { private: note("Which browser was it?") }),
        1 => life.push(Event::IssueRejected { private: note("Works as described.") }),
        2..=3 => life.extend([
            triaged(),
            Event::IssueDeferred { private: note("The next release is near.") },
        ]),
        4..=6 => life
            .extend([triaged(), Event::IssueClosed { private: note("Solved on the telephone.") }]),
        _ => life.push(triaged()),
    }
    life
}
