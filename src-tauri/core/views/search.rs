//! Search over everything: issues, hot fixes, the reports of closed ones, messages.
//!
//! What was typed is read into words and fields (`typed.rs`, `fields.rs`), made into one expression
//! with the help of all known words (`plan.rs`, `vocabulary.rs`), asked of SQLite's full-text index
//! from the newest row on and weighed (`rank.rs`). Every answer says what it did not take literally.
//! Absent: an error for anything that is typed.

mod excerpt;
mod fields;
mod plan;
mod rank;
mod rows;
pub mod suggest;
mod text;
mod typed;
mod vocabulary;

use super::{Question, Read, background, unword};
use crate::{clock::Instant, error::Result, event::words::*};
pub use plan::{Filter, Instead};
use plan::{Place, Plan};
use rank::Candidate;
pub(super) use rows::{Dirty, ISSUES_END, apply, flush};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};
use ts_rs::TS;

/// All words of a workspace, beside its file.
pub type Memory = background::Background<vocabulary::Vocabulary>;

/// Words, "phrases", beginnings (`word*`), what must not be there (`-word`), keys, and fields such as
/// `state:new product:shop priority:1 reporter:"a name" after:2026-11`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Search {
    pub text: String,
    /// At most 100; 20 if left out.
    pub limit: Option<u32>,
    /// Wait for the known words to be loaded, however long it takes: until they are, nothing
    /// misspelt is forgiven.
    pub wait: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// There are more than these.
    pub more: bool,
    /// Words that nothing has, and what was shown for them.
    pub instead: Vec<Instead>,
    /// The fields that were typed.
    pub filters: Vec<Filter>,
    /// What was not understood, each with what would be.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Hit {
    pub key: String,
    /// `issue`, `hotfix`, `report` (of a closed hot fix) or `message`.
    pub kind: String,
    pub title: String,
    /// Parts of the title that match, as they stand there.
    pub marks: Vec<String>,
    /// Plain text around the match, the words that matched between U+2068 and U+2069.
    pub snippet: String,
    /// Of an issue or a message its state, of a hot fix its phase.
    pub state: String,
    pub priority: Option<Priority>,
    pub product: Option<CatalogId>,
    /// When it was reported, started, closed or queued.
    pub at: Instant,
}

impl Search {
    fn plan(&self, read: &Read) -> Result<Plan> {
        let patience = match self.wait {
            true => Duration::from_secs(3600),
            false => background::PATIENCE,
        };
        let plan = |vocabulary: Option<&vocabulary::Vocabulary>| {
            let place = Place { catalog: &read.catalog, me: &read.me, now: read.now, vocabulary };
            Plan::new(&self.text, &place)
        };
        let planned = read.vocabulary.with(read.db, patience, |words| plan(Some(&*words)))?;
        Ok(planned.unwrap_or_else(|| plan(None)))
    }
}

impl Question for Search {
    type Answer = Found;

    fn ask(&self, read: &Read) -> Result<Found> {
        let limit = super::limit(self.limit, 20, 100) as usize;
        let plan = self.plan(read)?;
        let mut found = Found::default();
        let mut candidates = Vec::new();
        for id in rows::ids(&self.text).unwrap_or_default() {
            candidates.extend(rank::one(read.db, id)?);
        }
        if !plan.is_empty() {
            let (best, more) = rank::best(read.db, &plan, read.now)?;
            found.more = more;
            candidates.extend(best);
        }
        let mut seen = BTreeSet::new();
        // A hot fix and its report have one key: the better of both is shown.
        candidates.retain(|one| seen.insert(rows::key(one.id)));
        found.more |= candidates.len() > limit;
        candidates.truncate(limit);
        for candidate in candidates {
            found.hits.push(hit(read, candidate, &plan)?);
        }
        found.filters = plan.filters;
        found.notes = plan.notes;
        if !found.hits.is_empty() {
            found.instead = plan.instead;
        }
        Ok(found)
    }
}

fn hit(read: &Read, row: Candidate, plan: &Plan) -> Result<Hit> {
    let body: String = read
        .db
        .prepare_cached("SELECT body FROM search_texts WHERE id = ?1")?
        .query_row([row.id], |found| found.get(0))?;
    Ok(Hit {
        key: rows::key(row.id),
        kind: rows::Kind::of(row.id).name().into(),
        marks: excerpt::marks(&row.title, &plan.groups),
        snippet: excerpt::excerpt(&body, &plan.groups),
        title: row.title,
        state: row.state,
        priority: row.priority.as_deref().and_then(unword),
        product: row.product.map(CatalogId),
        at: Instant::from_micros(row.at),
    })
}

/// The issues that a text finds, as a condition on their number `num` with the value of its `?`;
/// nothing if there is nothing in it to look for.
pub fn condition(read: &Read, text: &str) -> Result<Option<(String, String)>> {
    let search = Search { text: text.into(), ..Search::default() };
    let plan = search.plan(read)?;
    if plan.is_empty() {
        return Ok(None);
    }
    let list = |ids: &mut dyn Iterator<Item = i64>| {
        let ids: Vec<String> =
            ids.filter(|id| *id <= ISSUES_END).map(|id| id.to_string()).collect();
        ids.join(", ")
    };
    let only = match &plan.ids {
        Some(ids) => format!(" AND rowid IN ({})", list(&mut ids.iter().copied())),
        None => String::new(),
    };
    let named = list(&mut rows::ids(text).unwrap_or_default().into_iter());
    let found = format!(
        "(num IN ({named}) OR num IN (SELECT rowid FROM search WHERE search MATCH ? AND rowid <= {ISSUES_END}{only}))"
    );
    Ok(Some((found, plan.expression(false))))
}

/// Any of the words of a text, as an expression for the index; nothing if it has none.
pub fn any_of(text: &str) -> Option<String> {
    let words: BTreeSet<String> = text::typed(text).into_iter().collect();
    let words: Vec<String> = words.into_iter().map(|word| format!("\"{word}\"")).collect();
    (!words.is_empty()).then(|| words.join(" OR "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::Catalog;
    use background::Kept as _;
    use proptest::prelude::*;
    use rusqlite::{Connection, params};

    fn index(titles: &[&str]) -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("search.sql")).unwrap();
        db.execute_batch("CREATE TABLE journal (seq INTEGER PRIMARY KEY)").unwrap();
        for (title, id) in titles.iter().zip(1..) {
            db.execute(
                "INSERT INTO search_rows VALUES (?1, 1, 0, 'new', NULL, NULL, ?2)",
                params![id, title],
            )
            .unwrap();
            db.execute(
                "INSERT INTO search (rowid, title, body, fields) VALUES (?1, ?2, '', '')",
                params![id, text::indexed(title)],
            )
            .unwrap();
        }
        db
    }

    fn find(db: &Connection, typed: &str, vocabulary: Option<&vocabulary::Vocabulary>) -> Vec<i64> {
        let (catalog, me) = (Catalog::default(), PersonId("me".into()));
        let now = Instant::from_micros(1);
        let plan = Plan::new(typed, &Place { catalog: &catalog, me: &me, now, vocabulary });
        for in_title in [false, true] {
            let expression = plan.expression(in_title);
            let mut asked = db.prepare("SELECT rowid FROM search WHERE search MATCH ?1").unwrap();
            let ids: Result<Vec<i64>, _> =
                asked.query_map([&expression], |row| row.get(0)).unwrap().collect();
            ids.unwrap_or_else(|error| panic!("{error} in {expression}"));
        }
        if plan.is_empty() {
            return Vec::new();
        }
        let (best, _) = rank::best(db, &plan, now).unwrap();
        best.into_iter().map(|one| one.id).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn nothing_a_person_types_is_a_syntax_error(
            typed in prop_oneof![
                any::<String>(),
                // What means something to the search or to FTS5, in any order.
                proptest::collection::vec(prop_oneof![
                    Just("\"".to_owned()), Just("-".into()), Just("*".into()), Just("(".into()),
                    Just(")".into()), Just(":".into()), Just("^".into()), Just("+".into()),
                    Just(" AND ".into()), Just(" OR ".into()), Just(" NOT ".into()), Just("NEAR(".into()),
                    Just("state:".into()), Just("before:2026".into()), Just("title:".into()),
                    Just("\0".into()), Just(" ".into()), Just("空".into()), Just("🦊".into()),
                    Just("\u{F0001}".into()), Just("reporter:\"".into()), "[a-z]{1,9}", any::<String>(),
                ], 0..12).prop_map(|parts| parts.concat()),
            ]
        ) {
            let db = index(&["checkout hangs", "card refused"]);
            let words = vocabulary::Vocabulary::load(&db).unwrap();
            find(&db, &typed, None);
            find(&db, &typed, Some(&words));
        }
    }

    #[test]
    fn a_word_is_found_in_any_script_with_or_without_the_known_words() {
        let titles = [
            "検索結果が空になる",
            "VPN接続先を選べない",
            "Checkout hängt",
            "결제가실패합니다",
            "كَتَبَ رسالةً",
            "ชำระเงินไม่ได้",
            "ship it 🚀",
            "Thanh toán thất bại",
            "भुगतान विफल",
        ];
        let db = index(&titles);
        let words = vocabulary::Vocabulary::load(&db).unwrap();
        for (typed, found) in [
            ("結果", 1),
            ("空", 1),
            ("検索結", 1),
            ("空になる", 1),
            ("接続", 2),
            ("vpn 接続先", 2),
            ("VPN接続", 2),
            ("hang", 3),
            ("hangt ", 3),
            ("실패", 4),
            ("رسالة", 5),
            ("كتب", 5),
            ("คินไม่", 0),
            ("เงิน", 6),
            ("🚀", 7),
            ("toan that", 8),
            ("TOÁN", 8),
            ("भुगतान", 9),
            ("भुग", 9),
        ] {
            let wanted: Vec<i64> = if found == 0 { vec![] } else { vec![found] };
            assert_eq!(find(&db, typed, None), wanted, "{typed}");
            assert_eq!(find(&db, typed, Some(&words)), wanted, "{typed}, with the known words");
        }
        assert!(find(&db, "結空", Some(&words)).is_empty(), "neighbours only");
        assert!(find(&db, "索続", Some(&words)).is_empty());
    }

    #[test]
    fn what_must_not_be_there_is_left_out() {
        let db = index(&["checkout slow", "checkout hangs", "card slow"]);
        let words = vocabulary::Vocabulary::load(&db).unwrap();
        assert_eq!(find(&db, "checkout -slow", Some(&words)), [2]);
        assert_eq!(find(&db, "\"checkout slow\"", Some(&words)), [1]);
        assert_eq!(find(&db, "chekout slow", Some(&words)), [1]);
        assert_eq!(find(&db, "chekout slow", None), [0; 0]);
    }

    #[test]
    fn a_beginning_is_found_even_where_it_is_long_or_short() {
        let db = index(&["invoice", "invoices sent", "involved", "i"]);
        let words = vocabulary::Vocabulary::load(&db).unwrap();
        for known in [None, Some(&words)] {
            assert_eq!(find(&db, "invoic", known).len(), 2);
            assert_eq!(find(&db, "inv", known).len(), 3);
            assert_eq!(find(&db, "i", known).len(), 4);
            assert_eq!(find(&db, "invoice ", known), [1]);
            assert_eq!(find(&db, "invo* sent", known), [2]);
        }
    }
}
