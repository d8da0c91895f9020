//! Search over issues, hot fixes and messages by SQLite FTS5, with fields and keys.

mod inside;

use super::{Incoming, Question, Read, number};
use crate::{
    error::Result,
    event::{Event, stream},
    model::Folded,
};
use rusqlite::params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Words, "phrases", prefixes, keys, and fields such as `state:new product:shop priority:1`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Search {
    pub text: String,
    /// At most 100; 20 if left out.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Hit {
    pub key: String,
    /// `issue`, `hotfix` or `message`.
    pub kind: String,
    pub title: String,
    /// Plain text around the match, the words that matched between U+2068 and U+2069.
    pub snippet: String,
}

/// Keeps the index in step. A row's id is four times its number plus 1, 2 or 3 by kind.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    let num = number(&record.stream);
    let (kind, id, title, body, fresh) = match (stream::topic(&record.stream), event) {
        ("issue", Event::IssueReported { private, component, .. }) => {
            let text = private;
            let body = [
                &text.description,
                &text.steps,
                &text.actual,
                &text.expected,
                &text.workaround,
                component,
                &text.reporter.name,
            ];
            ("issue", num * 4 + 1, text.title.clone(), join(body), true)
        }
        (
            "issue",
            Event::IssueEdited { .. }
            | Event::IssueCommented { .. }
            | Event::ReporterWrote { .. }
            | Event::PersonAffected { .. }
            | Event::Redacted { .. },
        ) => {
            let Folded::Issue(issue) = incoming.state()? else {
                return Ok(());
            };
            let text = &issue.text;
            let mut body = join([
                &text.description,
                &text.steps,
                &text.actual,
                &text.expected,
                &text.workaround,
                &issue.component,
                &text.reporter.name,
            ]);
            for more in issue
                .comments
                .iter()
                .map(|comment| &comment.text)
                .chain(issue.people.iter().map(|person| &person.contact.name))
            {
                body.push('\n');
                body.push_str(more);
            }
            ("issue", num * 4 + 1, text.title.clone(), body, false)
        }
        ("hotfix", Event::HotfixStarted { private, .. }) => {
            ("hotfix", num * 4 + 2, private.title.clone(), String::new(), true)
        }
        (
            "hotfix",
            Event::CauseRecorded { .. }
            | Event::SolutionRecorded { .. }
            | Event::LessonsRecorded { .. }
            | Event::SupportNoted { .. }
            | Event::Redacted { .. },
        ) => {
            let Folded::Hotfix(hotfix) = incoming.state()? else {
                return Ok(());
            };
            let cause =
                hotfix.cause.as_ref().map(|cause| cause.text.what.clone()).unwrap_or_default();
            let solution =
                hotfix.solution.as_ref().map(|solution| solution.text.clone()).unwrap_or_default();
            let mut body = join([&cause, &solution, &hotfix.lessons]);
            for note in &hotfix.support_notes {
                body.push('\n');
                body.push_str(&note.text);
            }
            ("hotfix", num * 4 + 2, hotfix.title.clone(), body, false)
        }
        ("message", Event::MessageQueued { private, .. }) => {
            ("message", num * 4 + 3, private.subject.clone(), private.body.clone(), true)
        }
        ("message", Event::Redacted { .. }) => {
            let Folded::Message(message) = incoming.state()? else {
                return Ok(());
            };
            let text = &message.text;
            ("message", num * 4 + 3, text.subject.clone(), text.body.clone(), false)
        }
        _ => return Ok(()),
    };
    if !fresh {
        tx.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([id])?;
    }
    tx.prepare_cached(
        "INSERT INTO search (rowid, kind, key, title, body, inside) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![id, kind, record.stream, title, body, inside::spread([&title, &body])])?;
    Ok(())
}

fn join<const N: usize>(parts: [&String; N]) -> String {
    let filled: Vec<&str> =
        parts.iter().map(|part| part.as_str()).filter(|part| !part.is_empty()).collect();
    filled.join("\n")
}

/// What was typed, as an FTS5 expression and the fields beside it.
pub struct Query {
    pub text: String,
    fields: Vec<(String, String)>,
    /// Words that may be found inside others, which FTS5 cannot mark in the text.
    inside: Vec<String>,
}

/// Reads what a person typed; nothing they type is an error.
pub fn query(typed: &str) -> Query {
    let mut terms = Vec::new();
    let mut fields = Vec::new();
    let mut within = Vec::new();
    let mut rest = typed.trim();
    let ends_in_space = typed.ends_with(char::is_whitespace);
    while !rest.is_empty() {
        let (token, after) = next_token(rest);
        rest = after.trim_start();
        let field = token.split_once(':').filter(|(name, _)| {
            ["state", "product", "priority", "reporter", "owner"].contains(name)
        });
        if let Some((name, value)) = field {
            fields.push((name.to_owned(), value.trim_matches('"').to_owned()));
            continue;
        }
        let quoted = token.starts_with('"');
        let text: String = token.chars().filter(|c| *c != '"' && *c != '\0').collect();
        if !text.chars().any(char::is_alphanumeric) {
            continue;
        }
        if let Some(expression) = inside::expression(text.trim_end_matches('*')) {
            terms.push(expression);
            within.push(text);
            continue;
        }
        // The word that is still being typed matches by its beginning.
        let prefix = if !quoted && rest.is_empty() && !ends_in_space { "*" } else { "" };
        terms.push(format!("\"{}\"{prefix}", text.trim_end_matches('*')));
    }
    Query { text: terms.join(" AND "), fields, inside: within }
}

fn next_token(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (index, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            _ if character.is_whitespace() && !quoted => return text.split_at(index),
            _ => {}
        }
    }
    (text, "")
}

impl Question for Search {
    type Answer = Vec<Hit>;

    fn ask(&self, read: &Read) -> Result<Vec<Hit>> {
        let limit = super::limit(self.limit, 20, 100) as usize;
        let query = query(&self.text);
        let mut hits = Vec::new();
        let key = self.text.trim().to_uppercase();
        if ["ISS-", "HF-", "MSG-"].iter().any(|prefix| key.starts_with(prefix)) {
            hits.extend(by_key(read, &key)?);
        }
        let mut filters = vec!["1".to_owned()];
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        for (name, value) in &query.fields {
            let value = match name.as_str() {
                "priority" => format!("P{}", value.trim_start_matches(['p', 'P'])),
                _ => value.clone(),
            };
            values.push(value.into());
            filters.push(format!(
                "kind = 'issue' AND (rowid - 1) / 4 IN (SELECT num FROM issues WHERE {name} = ?{} COLLATE NOCASE)",
                values.len()
            ));
        }
        if !query.text.is_empty() {
            values.push(query.text.clone().into());
            filters.push(format!("search MATCH ?{}", values.len()));
        } else if query.fields.is_empty() {
            return Ok(hits);
        }
        let order = match query.text.is_empty() {
            true => "rowid DESC",
            false => "bm25(search, 0, 0, 5.0, 1.0)",
        };
        let snippet = if query.text.is_empty() {
            "''"
        } else if query.inside.is_empty() {
            "snippet(search, -1, char(0x2068), char(0x2069), '…', 16)"
        } else {
            "body"
        };
        let mut statement = read.db.prepare_cached(&format!(
            "SELECT key, kind, title, {snippet} FROM search WHERE {} ORDER BY {order} LIMIT {limit}",
            filters.join(" AND ")
        ))?;
        let rows = statement.query_map(rusqlite::params_from_iter(&values), |row| {
            Ok(Hit {
                key: row.get(0)?,
                kind: row.get(1)?,
                title: row.get(2)?,
                snippet: row.get(3)?,
            })
        })?;
        for hit in rows {
            let mut hit = hit?;
            if !query.inside.is_empty() {
                hit.snippet = inside::excerpt(&hit.snippet, &query.inside);
            }
            if !hits.iter().any(|known| known.key == hit.key) {
                hits.push(hit);
            }
        }
        hits.truncate(limit);
        Ok(hits)
    }
}

fn by_key(read: &Read, key: &str) -> Result<Vec<Hit>> {
    let Some(base) = number(key).checked_mul(4) else { return Ok(Vec::new()) };
    let id = base
        + if key.starts_with("ISS") {
            1
        } else if key.starts_with("HF") {
            2
        } else {
            3
        };
    let mut statement =
        read.db.prepare_cached("SELECT key, kind, title FROM search WHERE rowid = ?1")?;
    let rows = statement.query_map([id], |row| {
        Ok(Hit { key: row.get(0)?, kind: row.get(1)?, title: row.get(2)?, snippet: String::new() })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rusqlite::Connection;

    proptest! {
        #[test]
        fn nothing_a_person_types_is_a_syntax_error(typed in any::<String>()) {
            let db = Connection::open_in_memory().unwrap();
            db.execute_batch(include_str!("search.sql")).unwrap();
            let text = query(&typed).text;
            if !text.is_empty() {
                let mut statement = db.prepare("SELECT key FROM search WHERE search MATCH ?1").unwrap();
                let found: Result<Vec<String>, _> = statement.query_map([text], |row| row.get(0)).unwrap().collect();
                prop_assert!(found.is_ok());
            }
        }
    }

    #[test]
    fn a_word_is_found_inside_text_that_is_written_without_spaces() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("search.sql")).unwrap();
        let texts =
            ["検索結果が空になる", "VPN接続先を選べない", "Checkout hängt", "결제가실패합니다"];
        for (id, title) in texts.into_iter().enumerate() {
            db.execute(
                "INSERT INTO search VALUES ('issue', ?1, ?2, '', ?3)",
                params![format!("ISS-{id}"), title, inside::spread([title, ""])],
            )
            .unwrap();
        }
        let find = |typed: &str| -> Vec<String> {
            db.prepare("SELECT key FROM search WHERE search MATCH ?1 ORDER BY key")
                .unwrap()
                .query_map([query(typed).text], |row| row.get(0))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap()
        };
        for (typed, found) in [
            ("結果", "ISS-0"),
            ("空", "ISS-0"),
            ("検索結", "ISS-0"),
            ("接続", "ISS-1"),
            ("vpn 接続先", "ISS-1"),
            ("VPN接続", "ISS-1"),
            ("실패", "ISS-3"),
            ("hang", "ISS-2"),
        ] {
            assert_eq!(find(typed), [found], "{typed}");
        }
        assert!(find("結空").is_empty(), "neighbours only");
        assert!(find("索続").is_empty());
    }

    #[test]
    fn fields_phrases_and_the_word_being_typed_are_told_apart() {
        let read = query("state:new reporter:\"Ann Petrov\" \"saved card\" checko");
        assert_eq!(read.text, "\"saved card\" AND \"checko\"*");
        assert_eq!(
            read.fields,
            [("state".into(), "new".into()), ("reporter".into(), "Ann Petrov".into())]
        );
    }
}
