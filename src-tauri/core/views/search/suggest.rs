//! Fields and their values as they are typed: what the piece at the end may become.

use super::fields::{self, Known, Value};
use super::text;
use crate::{
    error::Result,
    views::{Question, Read},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

const MOST: usize = 8;
/// Reporters are looked for among so many of the newest issues.
const RECENT: i64 = 5_000;

/// What the end of a search may become.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct SuggestFields {
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Suggestion {
    /// The whole text, if this is taken.
    pub text: String,
    /// `state:` or `New`.
    pub label: String,
    pub hint: String,
}

impl Question for SuggestFields {
    type Answer = Vec<Suggestion>;

    fn ask(&self, read: &Read) -> Result<Vec<Suggestion>> {
        let (before, piece) = split(&self.text);
        let sign = piece.chars().next().filter(|c| *c == '-').map_or("", |_| "-");
        let piece = &piece[sign.len()..];
        let taken = |end: &str| format!("{before}{sign}{end}");
        let Some((name, value)) = piece.split_once(':') else {
            let typed = piece.to_lowercase();
            return Ok(fields::NAMES
                .iter()
                .filter(|(name, _)| name.starts_with(&typed))
                .map(|(name, about)| Suggestion {
                    text: taken(&format!("{name}:")),
                    label: format!("{name}:"),
                    hint: (*about).into(),
                })
                .collect());
        };
        let Some(name) = fields::name(name) else { return Ok(Vec::new()) };
        let known = Known { catalog: &read.catalog, me: &read.me, now: read.now, complete: None };
        let values = match name {
            "reporter" => reporters(read)?,
            _ => fields::values(name, &known),
        };
        let wanted = text::typed(value);
        let fits = |one: &Value| {
            let words: Vec<String> =
                text::typed(&one.label).into_iter().chain(text::typed(&one.id)).collect();
            wanted.iter().all(|typed| words.iter().any(|word| word.starts_with(typed)))
        };
        Ok(values
            .into_iter()
            .filter(fits)
            .take(MOST)
            .map(|one| Suggestion {
                text: taken(&format!("{name}:{} ", quoted(&one))),
                hint: if one.id == one.label { String::new() } else { one.id.clone() },
                label: one.label,
            })
            .collect())
    }
}

/// The text before its last piece, and that piece.
fn split(text: &str) -> (&str, &str) {
    let mut start = 0;
    let mut in_quotes = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => in_quotes = !in_quotes,
            _ if c.is_whitespace() && !in_quotes => start = at + c.len_utf8(),
            _ => {}
        }
    }
    text.split_at(start)
}

/// A value as it is typed: its id where that is one word, else its name between quotes.
fn quoted(value: &Value) -> String {
    let simple = |text: &str| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '"' || c == ':')
    };
    if value.label == "me" {
        return value.label.clone();
    }
    match [&value.id, &value.label].into_iter().find(|text| simple(text)) {
        Some(text) => text.clone(),
        None => format!("\"{}\"", value.label.replace('"', " ")),
    }
}

fn reporters(read: &Read) -> Result<Vec<Value>> {
    let mut statement = read.db.prepare_cached(
        "SELECT reporter FROM (SELECT reporter, num FROM issues ORDER BY num DESC LIMIT ?1)
         WHERE reporter <> ''",
    )?;
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for name in statement.query_map([RECENT], |row| row.get::<_, String>(0))? {
        let name = name?;
        if seen.insert(name.clone()) {
            all.push(Value { id: name.clone(), label: name });
        }
    }
    Ok(all)
}
