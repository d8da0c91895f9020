//! In which reports a shipped hot fix may have come back: found from its issues, and judged as whoever reads
//! the report would see it (`fixed.rs`).

use super::{
    Question, Read, Typed, apart,
    fixed::{FindFixed, FixedBefore, Recurrence},
    number, ranked,
};
use crate::{clock::Instant, error::Result, event::words::*};
use rusqlite::{Connection, OptionalExtension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many reports that are like an issue of the hot fix are judged one by one.
const LOOKED_AT: usize = 20;
/// How many of its issues are compared.
const ISSUES: usize = 20;

/// Reports since it shipped that look as if it came back, and that nobody has decided about.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListSuspects {
    pub key: HotfixKey,
    /// Wait for the index to be loaded, however long it takes.
    #[serde(default)]
    pub wait: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Suspect {
    pub issue: IssueKey,
    pub title: String,
    pub reported_at: Instant,
    pub state: IssueState,
    /// Between 0 and 1.
    pub score: f64,
    /// The issue of the hot fix which it is like.
    pub like: IssueKey,
    /// Words that both have, as they stand in the title of the report.
    pub shared: Vec<String>,
    pub recurrence: Recurrence,
    /// The same in words.
    pub label: String,
}

/// A report as it is now.
struct Report {
    title: String,
    state: IssueState,
    hotfix: Option<String>,
    reported_at: Instant,
}

impl Question for ListSuspects {
    type Answer = Vec<Suspect>;

    fn ask(&self, read: &Read) -> Result<Vec<Suspect>> {
        let (issues, recurrences) = read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let texts = hotfix.issues.iter().take(ISSUES).map(|key| state.issue(key).cloned());
            Ok((texts.collect::<Result<Vec<_>, _>>()?, hotfix.recurrences.clone()))
        })?;
        let Some(shipped) = first_shipped(read.db, &self.key)? else { return Ok(Vec::new()) };
        let mut found: Vec<Suspect> = Vec::new();
        for issue in &issues {
            let typed = Typed::new(&issue.text.title, &issue.text.description);
            let query = typed.query(&issue.component, read.now, Some(&issue.key));
            let (ranked, _) = ranked(read, &typed, &query, self.wait)?;
            let apart = apart(read.db, Some(&issue.key))?;
            let mut looked = 0;
            for scored in ranked.known {
                let key = IssueKey(format!("ISS-{}", scored.original));
                let known = found.iter().any(|one| one.issue == key)
                    || recurrences.contains(&key)
                    || issues.iter().any(|one| one.key == key);
                if known || apart.contains(&scored.original) {
                    continue;
                }
                let Some(report) = report(read.db, &key)? else { continue };
                let decided = report.hotfix.is_some()
                    || matches!(report.state, IssueState::Rejected | IssueState::Duplicate);
                if decided || report.reported_at <= shipped {
                    continue;
                }
                looked += 1;
                if looked > LOOKED_AT {
                    break;
                }
                if let Some(fix) = self.suspected(read, &key)? {
                    found.push(Suspect {
                        issue: key,
                        shared: super::marked(&report.title, &scored.shared),
                        title: report.title,
                        reported_at: report.reported_at,
                        state: report.state,
                        score: fix.score,
                        like: fix.issue,
                        recurrence: fix.recurrence,
                        label: fix.label,
                    });
                }
            }
        }
        found.sort_by(|one, other| other.score.total_cmp(&one.score));
        Ok(found)
    }
}

impl ListSuspects {
    /// What whoever reads the report is told about this hot fix, if they are asked about it.
    fn suspected(&self, read: &Read, key: &IssueKey) -> Result<Option<FixedBefore>> {
        let issue = read.judge(|state| Ok(state.issue(key)?.clone()))?;
        let asked = FindFixed {
            title: issue.text.title,
            description: issue.text.description,
            component: issue.component,
            product: issue.product,
            version: issue.product_version,
            environment: issue.environment,
            except: Some(key.clone()),
            top: Some(10),
            likely: true,
            wait: self.wait,
        };
        let fixes = asked.ask(read)?;
        Ok(fixes.into_iter().find(|fix| fix.hotfix == self.key && fix.suspected))
    }
}

fn report(db: &Connection, key: &IssueKey) -> Result<Option<Report>> {
    let mut statement =
        db.prepare_cached("SELECT title, state, hotfix, reported_at FROM issues WHERE num = ?1")?;
    let row = statement
        .query_row([number(&key.0)], |row| {
            Ok(Report {
                title: row.get(0)?,
                state: super::unword(&row.get::<_, String>(1)?).unwrap_or_default(),
                hotfix: row.get(2)?,
                reported_at: Instant::from_micros(row.get(3)?),
            })
        })
        .optional()?;
    Ok(row)
}

/// When it first was somewhere.
fn first_shipped(db: &Connection, hotfix: &HotfixKey) -> Result<Option<Instant>> {
    let at: Option<i64> = db
        .prepare_cached(
            "SELECT min(ended_at) FROM deployments WHERE hotfix = ?1 AND state = 'done'",
        )?
        .query_row([hotfix.as_str()], |row| row.get(0))?;
    Ok(at.map(Instant::from_micros))
}
