//! Which reports say the same thing: SQLite FTS5 finds candidates, shared words of the titles rank them.

use super::{Question, Read, unword};
use crate::error::Result;
use crate::event::words::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The issues most like a report that is being typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct FindSimilar {
    pub title: String,
    pub description: String,
    pub component: String,
    /// Leave this one out (it is the one being looked at).
    pub except: Option<IssueKey>,
    /// At most 20; 5 if left out.
    pub top: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SimilarIssue {
    pub key: IssueKey,
    pub title: String,
    pub score: f64,
    /// Why it is suggested, in words.
    pub why: String,
    /// Words of the title that both have.
    pub shared: Vec<String>,
    pub state: IssueState,
    pub priority: Option<Priority>,
    pub affected: u32,
    pub hotfix: Option<HotfixKey>,
    pub workaround: String,
}

/// Words too common to tell two reports apart.
const STOP: &[&str] = &[
    "the", "and", "for", "with", "after", "when", "not", "does", "from", "that", "this", "are",
    "was", "has", "have", "can", "cannot", "but", "you", "all", "error", "shows", "show", "der",
    "die", "das", "und", "ein",
];

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= 2 && !STOP.contains(&word.as_str()))
        .collect();
    words.sort_unstable();
    words.dedup();
    words.truncate(40);
    words
}

impl Question for FindSimilar {
    type Answer = Vec<SimilarIssue>;

    fn ask(&self, read: &Read) -> Result<Vec<SimilarIssue>> {
        let title = words(&self.title);
        let mut all = title.clone();
        all.extend(
            words(&self.description).into_iter().filter(|word| !title.contains(word)).take(20),
        );
        if title.is_empty() {
            return Ok(Vec::new());
        }
        let terms: Vec<String> = all.iter().map(|word| format!("\"{word}\"")).collect();
        let mut statement = read.db.prepare_cached(
            "SELECT i.num, s.title, -bm25(search, 0, 0, 5.0, 1.0), i.state, i.priority, i.affected, i.hotfix,
                i.workaround, i.component
             FROM search s JOIN issues i ON i.num = (s.rowid - 1) / 4
             WHERE search MATCH ?1 AND s.kind = 'issue' AND i.state NOT IN ('rejected')
             ORDER BY bm25(search, 0, 0, 5.0, 1.0) LIMIT 60",
        )?;
        let rows = statement.query_map([terms.join(" OR ")], |row| {
            let component: String = row.get(8)?;
            Ok((
                SimilarIssue {
                    key: IssueKey(format!("ISS-{}", row.get::<_, i64>(0)?)),
                    title: row.get(1)?,
                    score: row.get(2)?,
                    why: String::new(),
                    shared: Vec::new(),
                    state: unword(&row.get::<_, String>(3)?).unwrap_or_default(),
                    priority: row.get::<_, Option<String>>(4)?.as_deref().and_then(unword),
                    affected: row.get(5)?,
                    hotfix: row.get::<_, Option<String>>(6)?.map(HotfixKey),
                    workaround: row.get(7)?,
                },
                component,
            ))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (mut issue, component) = row?;
            if self.except.as_ref() == Some(&issue.key) || issue.state == IssueState::Duplicate {
                continue;
            }
            let theirs = words(&issue.title);
            issue.shared = title.iter().filter(|word| theirs.contains(word)).cloned().collect();
            // One common word alone is chance.
            if issue.shared.is_empty() || (issue.shared.len() < 2 && title.len() > 2) {
                continue;
            }
            let same =
                !self.component.is_empty() && component.eq_ignore_ascii_case(&self.component);
            issue.score *= 1.0 + issue.shared.len() as f64 / title.len().max(theirs.len()) as f64;
            if same {
                issue.score *= 1.2;
            }
            issue.why = format!(
                "shares {}{}",
                issue.shared.join(", "),
                if same { ", same component" } else { "" }
            );
            found.push(issue);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(super::limit(self.top, 5, 20) as usize);
        Ok(found)
    }
}
