//! From what was typed to what the index is asked, with everything that is said beside the answer:
//! what a misspelt word was taken for, which fields were understood, what would fit.

use super::{
    fields::{self, Complete, Known, Read},
    text,
    typed::{Piece, What, pieces},
    vocabulary::Vocabulary,
};
use crate::{clock::Instant, event::words::PersonId, model::catalog::Catalog};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// So many pieces are looked for, and so many words of each: who pastes a page gets an answer.
const MOST_PIECES: usize = 24;
const MOST_WORDS: usize = 32;
/// Words that one beginning may become.
const MOST_ENDINGS: usize = 48;
/// So few, if they are in this many rows: each word more costs its own walk through the index, and
/// nobody sees the end of what one or two letters find.
const FEWEST_ENDINGS: usize = 12;
const ENOUGH_ROWS: u64 = 20_000;
/// A rare word may be a mistake itself if another, nearly the same, is so many times as common.
const FAR_MORE: u64 = 20;

/// A field that was typed, as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Filter {
    /// As it stands in what was typed.
    pub text: String,
    /// Its full name.
    pub field: String,
    pub value: String,
    /// What must not be.
    pub without: bool,
    /// It was left out because its value fits nothing; a note says what would.
    pub left_out: bool,
}

/// A word that nothing has, and the words that were shown for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Instead {
    pub typed: String,
    pub shown: Vec<String>,
}

/// A word that was looked for, or whose beginning was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub word: String,
    pub begins: bool,
}

impl Mark {
    pub fn is(&self, word: &str) -> bool {
        match self.begins {
            true => word.starts_with(&self.word),
            false => word == self.word,
        }
    }
}

/// Words of which one has to be there. The first is what was typed.
pub type Group = Vec<Mark>;

#[derive(Default)]
pub struct Plan {
    words: Vec<String>,
    fields: Vec<String>,
    without: Vec<String>,
    /// Only these, if anything was said by key.
    pub ids: Option<BTreeSet<i64>>,
    /// The share of all rows that may match; none if it is not known.
    pub share: Option<f64>,
    pub groups: Vec<Group>,
    pub instead: Vec<Instead>,
    pub filters: Vec<Filter>,
    pub notes: Vec<String>,
}

/// Where a plan is made.
pub struct Place<'a> {
    pub catalog: &'a Catalog,
    pub me: &'a PersonId,
    pub now: Instant,
    pub vocabulary: Option<&'a Vocabulary>,
}

impl Plan {
    pub fn new(typed: &str, place: &Place) -> Self {
        let mut plan = Self { share: place.vocabulary.map(|_| 1.0), ..Self::default() };
        let mut pieces = pieces(typed);
        if pieces.len() > MOST_PIECES {
            pieces.truncate(MOST_PIECES);
            plan.notes.push(format!("Only the first {MOST_PIECES} words were looked for."));
        }
        for piece in pieces {
            plan.take(typed, piece, place);
        }
        plan
    }

    /// Nothing was typed that could be looked for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
            && self.fields.is_empty()
            && self.without.is_empty()
            && self.ids.is_none()
    }

    /// What the index is asked; with `in_title`, for rows that have the words there.
    pub fn expression(&self, in_title: bool) -> String {
        let all = |parts: &[String]| format!("({})", parts.join(") AND ("));
        let mut parts = Vec::new();
        match (self.words.is_empty(), in_title) {
            (true, _) => {}
            (false, false) => parts.push(all(&self.words)),
            (false, true) => parts.push(format!("title : ({})", all(&self.words))),
        }
        parts.extend(self.fields.iter().cloned());
        if parts.is_empty() {
            let kinds = super::rows::Kind::ALL.map(|kind| {
                let word = fields::Field::Kind.words(kind.name()).concat();
                format!("\"{word}\"")
            });
            parts.push(kinds.join(" OR "));
        }
        let wanted = all(&parts);
        match self.without.is_empty() {
            true => wanted,
            false => format!("({wanted}) NOT (({}))", self.without.join(") OR (")),
        }
    }

    fn take(&mut self, typed: &str, piece: Piece, place: &Place) {
        let without = piece.without;
        match piece.what {
            What::Field { name, value, quoted } => {
                let text = typed.get(piece.at).unwrap_or_default().to_owned();
                self.field(
                    Filter { text, field: name.into(), value, without, left_out: false },
                    quoted,
                    place,
                );
            }
            What::NoField { name, text, begins } => {
                let names: Vec<&str> = fields::NAMES.iter().map(|(name, _)| *name).collect();
                self.notes.push(format!(
                    "There is no field “{name}:”, so its words were looked for. The fields are {}.",
                    names.join(", ")
                ));
                self.look_for(&text, begins && !without, false, without, place.vocabulary);
            }
            What::Words { text, begins, quoted } => {
                let begins = if without { text.ends_with('*') } else { begins };
                self.look_for(&text, begins, quoted, without, place.vocabulary);
            }
        }
    }

    fn field(&mut self, mut filter: Filter, quoted: bool, place: &Place) {
        let complete = place.vocabulary.map(|known| {
            move |word: &str, begins: bool| match begins {
                true => known.completions(word, MOST_ENDINGS).0,
                false if known.rows_with(word) > 0 => vec![word.to_owned()],
                false => Vec::new(),
            }
        });
        let known = Known {
            catalog: place.catalog,
            me: place.me,
            now: place.now,
            complete: complete.as_ref().map(|one| one as &Complete),
        };
        match fields::read(&filter.field, &filter.value, !quoted, &known) {
            Read::Expression(expression) if filter.without => self.without.push(expression),
            Read::Expression(expression) => {
                if let (Some(share), Some(words)) = (&mut self.share, place.vocabulary) {
                    *share *= share_of(words, &expression);
                }
                self.fields.push(expression);
            }
            Read::Ids(_) if filter.without => {
                self.notes.push("A key cannot be left out; the others can.".into());
                filter.left_out = true;
            }
            Read::Ids(ids) => self.ids.get_or_insert_default().extend(ids),
            Read::Wrong(sentence) => {
                self.notes.push(format!("{sentence} “{}” was left out.", filter.text));
                filter.left_out = true;
            }
        }
        self.filters.push(filter);
    }

    fn look_for(
        &mut self,
        typed: &str,
        begins: bool,
        quoted: bool,
        without: bool,
        known: Option<&Vocabulary>,
    ) {
        let mut words = text::typed(typed);
        words.truncate(MOST_WORDS);
        let Some(last) = words.pop() else { return };
        let mut first = Vec::new();
        for word in words {
            let shown = match known {
                Some(known) if !quoted && !without => self.spelt(known, &word),
                _ => word.clone(),
            };
            first.push((word, shown));
        }
        let endings = self.endings(&last, begins, quoted || without, known);
        let before: Vec<&str> = first.iter().map(|(_, shown)| shown.as_str()).collect();
        let phrase = |end: &Mark| {
            let star = if end.begins { "*" } else { "" };
            let space = if before.is_empty() { "" } else { " " };
            format!("\"{}{space}{}\"{star}", before.join(" "), end.word)
        };
        let expression = endings.iter().map(phrase).collect::<Vec<_>>().join(" OR ");
        if without {
            self.without.push(expression);
            return;
        }
        if let (Some(share), Some(known)) = (&mut self.share, known) {
            let all = known.issues().max(1) as f64;
            let rows = |mark: &Mark| match mark.begins {
                true => known.completions(&mark.word, 0).1,
                false => known.rows_with(&mark.word),
            };
            let ends: u64 = endings.iter().map(rows).sum();
            let rarest = before.iter().map(|word| known.rows_with(word)).chain([ends]).min();
            *share *= (rarest.unwrap_or(0) as f64 / all).min(1.0);
        }
        self.words.push(expression);
        for (word, shown) in first {
            let mut group = vec![Mark { word, begins: false }];
            if group[0].word != shown {
                group.push(Mark { word: shown, begins: false });
            }
            self.groups.push(group);
        }
        self.groups.push(endings);
    }

    /// A word that nothing has as the nearest that something has.
    fn spelt(&mut self, known: &Vocabulary, word: &str) -> String {
        if known.rows_with(word) > 0 {
            return word.to_owned();
        }
        let Some(near) = known.near(word, false, 1).pop() else { return word.to_owned() };
        self.instead.push(Instead { typed: word.into(), shown: vec![near.word.clone()] });
        near.word
    }

    /// What the last word may be: itself, what it begins, what was meant by it.
    fn endings(
        &mut self,
        last: &str,
        begins: bool,
        exactly: bool,
        known: Option<&Vocabulary>,
    ) -> Group {
        let length = last.chars().count();
        // A single character of a script without spaces is found in every pair that it begins.
        let dense = last.chars().all(text::is_dense);
        let begins = if dense { length == 1 } else { begins };
        let itself = Mark { word: last.into(), begins };
        let Some(known) = known else { return vec![itself] };
        let (mut words, rows) = match begins {
            true => known.completions(last, MOST_ENDINGS),
            false => (vec![last.to_owned()], known.rows_with(last)),
        };
        let mut so_far = 0;
        let enough = words.iter().position(|word| {
            so_far += known.rows_with(word);
            so_far >= ENOUGH_ROWS
        });
        words.truncate(enough.map_or(words.len(), |last| (last + 1).max(FEWEST_ENDINGS)));
        let mut group = match begins && rows > 0 {
            true => words.into_iter().map(|word| Mark { word, begins: false }).collect(),
            false => vec![itself],
        };
        if exactly || rows > 2 {
            return group;
        }
        let near = known.near(last, begins, 3);
        let best = near.first().map_or(0, |near| near.distance);
        let shown: Vec<String> = near
            .into_iter()
            .filter(|near| {
                near.distance == best && (rows == 0 || u64::from(near.rare.0) >= FAR_MORE * rows)
            })
            .map(|near| near.word)
            .filter(|word| group.iter().all(|mark| mark.word != *word))
            .collect();
        if !shown.is_empty() {
            group.extend(shown.iter().map(|word| Mark { word: word.clone(), begins: false }));
            self.instead.push(Instead { typed: last.into(), shown });
        }
        group
    }
}

/// The share of rows that a field's expression may match: the sum of its words.
fn share_of(known: &Vocabulary, expression: &str) -> f64 {
    let rows: u64 = expression
        .split(" OR ")
        .filter_map(|phrase| {
            let words = phrase.trim_matches(['"', '*']).split(' ');
            words.map(|word| known.rows_with(word)).min()
        })
        .sum();
    (rows as f64 / known.issues().max(1) as f64).min(1.0)
}
