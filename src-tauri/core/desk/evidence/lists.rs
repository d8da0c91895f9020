//! A run looked through: its tests by what became of them, found by their words, a page at a time.

use super::{super::Call, load, run_of};
use crate::{
    desk::actions::Action,
    error::Result,
    event::words::*,
    evidence::{Case, Comparison, Outcome, Report, compare},
    model::{State, hotfix::RecordedTests},
    views::evidence::{FindRunBefore, RunBefore},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};
use ts_rs::TS;

const PAGE: u32 = 100;
const MOST_PAGE: u32 = 500;
/// Letters of a message that a row has.
const SHOWN_LETTERS: usize = 4_000;

/// Which tests of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestFilter {
    #[default]
    All,
    Failed,
    Passed,
    Skipped,
    /// They fail, and did not fail in the run before.
    Newly,
    Still,
    Mended,
    /// They ran before, and did not run now.
    Missing,
}

/// The tests of a run, those that fail first.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListTests {
    pub key: HotfixKey,
    /// From 1; the newest if left out.
    #[serde(default)]
    pub run: Option<u32>,
    #[serde(default)]
    pub which: TestFilter,
    /// Words that its name or message holds.
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub offset: u32,
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestRows {
    pub rows: Vec<TestRow>,
    #[ts(type = "number")]
    pub total: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestRow {
    /// What tells it from all others of its product.
    pub id: String,
    pub group: String,
    pub name: String,
    pub outcome: Outcome,
    #[ts(type = "number | null")]
    pub millis: Option<u64>,
    /// The beginning of why it failed.
    pub message: String,
    /// Newly failing, still failing, mended or missing; nothing if neither.
    pub change: Option<TestFilter>,
    /// The issue that it became.
    pub issue: Option<IssueKey>,
}

/// One run with its numbers, and how it differs from the one before.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowTests {
    pub key: HotfixKey,
    #[serde(default)]
    pub run: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestsView {
    pub run: u32,
    pub recorded: RecordedTests,
    /// Its tests can be listed.
    pub listed: bool,
}

impl TestRow {
    pub fn of(case: &Case) -> Self {
        Self {
            id: case.id(),
            group: case.group.clone(),
            name: case.name.clone(),
            outcome: case.outcome,
            millis: case.millis,
            message: case.message.chars().take(SHOWN_LETTERS).collect(),
            change: None,
            issue: None,
        }
    }
}

/// What tells a failing test from everything else that may become an issue.
pub fn origin(product: Option<&CatalogId>, test: &str) -> Origin {
    let source = product.map_or_else(|| "tests".into(), |product| format!("tests:{product}"));
    let id: String = test.chars().take(1_000).collect();
    Origin { source, id, url: String::new() }
}

impl Action for ShowTests {
    type Answer = TestsView;

    fn run(self, call: &Call) -> Result<TestsView> {
        let (run, recorded) = run_of(call, &self.key, self.run)?;
        let listed = match &recorded.evidence.list {
            Some(list) => call.desk().store().blob_size(&list.hash)?.is_some(),
            None => false,
        };
        Ok(TestsView { run, recorded, listed })
    }
}

/// A run's tests with those of the run that it was compared with.
struct Both {
    now: Arc<Report>,
    before: Option<Arc<Report>>,
    found: Comparison,
}

impl Both {
    fn of(call: &Call, key: &HotfixKey, run: u32, evidence: &TestEvidence) -> Result<Option<Self>> {
        let Some(list) = &evidence.list else { return Ok(None) };
        let now = load(call, &list.hash)?;
        let before = match &evidence.compared {
            None => None,
            Some(_) => {
                let suite = evidence.suite.clone();
                let earlier =
                    call.ask(&FindRunBefore { key: key.clone(), suite, run: Some(run) })?;
                earlier.and_then(|RunBefore { list, .. }| load(call, &list).ok())
            }
        };
        let found =
            before.as_ref().map(|before| compare(&before.cases, &now.cases)).unwrap_or_default();
        Ok(Some(Self { now, before, found }))
    }

    /// The tests that are asked for, in order, with what changed about each.
    fn rows(&self, which: TestFilter) -> Vec<(&Case, Option<TestFilter>)> {
        let mut changes: HashMap<usize, TestFilter> = HashMap::new();
        for (places, change) in [
            (&self.found.newly, TestFilter::Newly),
            (&self.found.still, TestFilter::Still),
            (&self.found.mended, TestFilter::Mended),
        ] {
            changes.extend(places.iter().map(|place| (*place, change)));
        }
        if which == TestFilter::Missing {
            let Some(before) = &self.before else { return Vec::new() };
            let places = self.found.missing.iter();
            return places
                .map(|place| (&before.cases[*place], Some(TestFilter::Missing)))
                .collect();
        }
        let mut rows: Vec<(&Case, Option<TestFilter>)> = self
            .now
            .cases
            .iter()
            .enumerate()
            .map(|(place, case)| (case, changes.get(&place).copied()))
            .filter(|(case, change)| match which {
                TestFilter::All | TestFilter::Missing => true,
                TestFilter::Failed => case.outcome == Outcome::Failed,
                TestFilter::Passed => case.outcome == Outcome::Passed,
                TestFilter::Skipped => case.outcome == Outcome::Skipped,
                wanted => *change == Some(wanted),
            })
            .collect();
        rows.sort_by_key(|(case, change)| match (case.outcome, change) {
            (Outcome::Failed, Some(TestFilter::Newly)) => 0,
            (Outcome::Failed, _) => 1,
            (_, Some(TestFilter::Mended)) => 2,
            _ => 3,
        });
        rows
    }
}

impl Action for ListTests {
    type Answer = TestRows;

    fn run(self, call: &Call) -> Result<TestRows> {
        let (run, recorded) = run_of(call, &self.key, self.run)?;
        let Some(both) = Both::of(call, &self.key, run, &recorded.evidence)? else {
            return Ok(TestRows::default());
        };
        let words: Vec<String> = self.text.split_whitespace().map(str::to_lowercase).collect();
        let holds = |case: &Case| {
            words.is_empty() || {
                let text = format!("{} {}", case.id(), case.message).to_lowercase();
                words.iter().all(|word| text.contains(word))
            }
        };
        let found: Vec<_> =
            both.rows(self.which).into_iter().filter(|(case, _)| holds(case)).collect();
        let limit = self.limit.unwrap_or(PAGE).clamp(1, MOST_PAGE) as usize;
        let page = found.iter().skip(self.offset as usize).take(limit);
        let mut rows: Vec<TestRow> =
            page.map(|(case, change)| TestRow { change: *change, ..TestRow::of(case) }).collect();
        let product = call.judge(|state, _| Ok(state.hotfix(&self.key)?.product.clone()))?;
        mark_issues(call, &product, &mut rows)?;
        Ok(TestRows { rows, total: found.len() as u64 })
    }
}

/// Notes which failing tests are issues.
fn mark_issues(call: &Call, product: &CatalogId, rows: &mut [TestRow]) -> Result<()> {
    let failing: Vec<usize> = (0..rows.len())
        .filter(|place| rows[*place].outcome == Outcome::Failed || rows[*place].change.is_some())
        .collect();
    let origins: Vec<Origin> =
        failing.iter().map(|place| origin(Some(product), &rows[*place].id)).collect();
    let issues = call.judge(|state: &State, _| {
        let names: Vec<String> = origins.iter().map(crate::event::stream::origin).collect();
        state.expect(names.iter().map(String::as_str))?;
        origins.iter().map(|origin| Ok(state.taken(origin)?.cloned())).collect()
    });
    let issues: Vec<Option<IssueKey>> = issues?;
    for (place, issue) in failing.into_iter().zip(issues) {
        rows[place].issue = issue;
    }
    Ok(())
}
