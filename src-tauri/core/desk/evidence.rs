//! Evidence of tests: reports read and kept, compared with the run before, looked through again; a
//! failing test made into an issue.
//!
//! Every test of a run is kept as a compressed list in a blob; the event beside it has the numbers.
//! Lists that are being looked through stay in memory, the last three of them.

mod files;
mod issues;
mod lists;
pub(super) mod log;
mod outside;
mod reading;
mod running;

pub(super) use files::Files;
pub use issues::{IssueFromTest, IssuesFromReport, TestIssue, TestIssues};
pub use lists::{ListTests, ShowTests, TestFilter, TestRow, TestRows, TestsView};
pub use outside::FetchChecks;
pub(super) use outside::{check_place, checks_tried};
pub(super) use reading::Job;
pub use reading::{AskReading, CancelReading, ReadingProgress};
pub(super) use running::folder_of;
pub use running::{
    AskTestRun, CancelTestRun, ListTestCommands, OutputLine, RunTests, TestCommandView, TestRun,
    TestsRan,
};

use super::{Call, actions::Action};
use crate::{
    error::{Error, Result},
    event::words::*,
    evidence::{Comparison, Outcome, Report, compare, list},
    stages::develop::evidence::{MOST_NAME_BYTES, MOST_NAMES, RecordTests},
    views::evidence::{FindRunBefore, RunBefore},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    io::{BufReader, Read as _},
    sync::{Arc, Mutex},
};
use ts_rs::TS;

/// Failing tests that are shown before anything is recorded.
const SHOWN: usize = 100;
/// What a stored list may unfold to.
const MOST_LIST: u64 = 512 << 20;
/// Lists that stay in memory.
const MOST_KEPT: usize = 3;

/// What the desk holds for it: the lists in memory, and the command that runs.
#[derive(Default)]
pub struct Held {
    lists: Mutex<Vec<(Digest, Arc<Report>)>>,
    running: running::UnderWay,
    reading: reading::Reading,
}

/// Look into reports before they are recorded.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct LookAtTests {
    /// Files or folders of this machine.
    pub paths: Vec<String>,
    /// Bytes that are stored already: dropped or pasted.
    pub stored: Vec<Attachment>,
    /// The hot fix that it would be compared in.
    pub key: Option<HotfixKey>,
    pub suite: String,
}

/// What reports say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestsLook {
    pub from: EvidenceFrom,
    /// What it calls itself, if no suite was given.
    pub suite: String,
    pub files: u32,
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
    #[ts(type = "number | null")]
    pub millis: Option<u64>,
    /// Files of a folder that are no reports.
    pub left_out: Vec<String>,
    /// The first that fail.
    pub failing: Vec<TestRow>,
    pub compared: Option<Compared>,
}

/// Record what reports say, or numbers and a log, as proof that tests ran on a commit.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddTests {
    pub key: HotfixKey,
    /// Or a package's hash. The newest change's commit, if left out, or the package's hash if there
    /// is no change with a commit.
    #[serde(default)]
    pub commit: String,
    #[serde(default)]
    pub suite: String,
    /// Files or folders of this machine.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Bytes that are stored already: dropped or pasted.
    #[serde(default)]
    pub stored: Vec<Attachment>,
    /// Instead of a report.
    #[serde(default)]
    pub counts: Option<TestCounts>,
    /// What the run printed.
    #[serde(default)]
    pub log: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct TestCounts {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestsAdded {
    /// Its number among the hot fix's runs.
    pub run: u32,
    pub commit: String,
    pub suite: String,
    pub from: EvidenceFrom,
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
    #[ts(type = "number | null")]
    pub millis: Option<u64>,
    pub failing: Vec<String>,
    pub failing_more: u32,
    pub compared: Option<Compared>,
    /// Files of a folder that are no reports.
    pub left_out: Vec<String>,
}

/// A run that is to be recorded, beside its report.
#[derive(Default)]
struct About {
    commit: String,
    suite: String,
    log: String,
    argv: Vec<String>,
    folder: String,
    attachment: Option<Attachment>,
    output: Option<Attachment>,
    exit: Option<i32>,
}

impl Action for LookAtTests {
    type Answer = TestsLook;

    fn run(self, call: &Call) -> Result<TestsLook> {
        let job = call.desk().0.tests.reading.look();
        let files = Files::open(call, &job, &self.paths, &self.stored)?;
        let (report, left_out) = files.read(&job)?;
        let suite = named(&self.suite, &report, &files);
        let compared = match &self.key {
            Some(key) => compared(call, key, &suite, &report)?.map(|(compared, _)| compared),
            None => None,
        };
        let rows = report.cases.iter().filter(|case| case.outcome == Outcome::Failed);
        Ok(TestsLook {
            from: report.from,
            suite,
            files: files.count(),
            passed: report.count(Outcome::Passed),
            failed: report.count(Outcome::Failed),
            skipped: report.count(Outcome::Skipped),
            millis: report.millis,
            failing: rows.take(SHOWN).map(TestRow::of).collect(),
            left_out,
            compared,
        })
    }
}

impl Action for AddTests {
    type Answer = TestsAdded;

    fn run(self, call: &Call) -> Result<TestsAdded> {
        call.desk().writable()?;
        let about = About {
            commit: commit_of(call, &self.key, &self.commit)?,
            suite: self.suite.trim().to_owned(),
            log: self.log,
            ..About::default()
        };
        if let Some(counts) = self.counts {
            return by_hand(call, self.key, about, counts, &self.paths, &self.stored);
        }
        let job = call.desk().0.tests.reading.keep();
        let files = Files::open(call, &job, &self.paths, &self.stored)?;
        let (report, left_out) = files.read(&job)?;
        let suite = named(&about.suite, &report, &files);
        let attachment = Some(files.keep(call)?);
        job.go_on()?;
        let added = record(call, &self.key, &report, About { suite, attachment, ..about })?;
        Ok(TestsAdded { left_out, ..added })
    }
}

/// Numbers that somebody typed; a file with them is kept as it is.
fn by_hand(
    call: &Call,
    key: HotfixKey,
    about: About,
    counts: TestCounts,
    paths: &[String],
    stored: &[Attachment],
) -> Result<TestsAdded> {
    let attachment = match (paths, stored) {
        ([], []) => None,
        _ => {
            let job = call.desk().0.tests.reading.keep();
            Some(Files::open(call, &job, paths, stored)?.keep(call)?)
        }
    };
    let TestCounts { passed, failed, skipped } = counts;
    let evidence = TestEvidence {
        commit: about.commit,
        suite: about.suite,
        passed,
        failed,
        skipped,
        attachment,
        ..TestEvidence::default()
    };
    keep(
        call,
        RecordTests {
            key,
            base: None,
            evidence,
            log: about.log,
            argv: Vec::new(),
            folder: String::new(),
        },
    )
}

/// What was given, else the newest change's commit, else the package's hash.
fn commit_of(call: &Call, key: &HotfixKey, given: &str) -> Result<String> {
    let given = given.trim();
    if !given.is_empty() {
        return Ok(given.to_owned());
    }
    let newest = call.judge(|state, _| Ok(state.hotfix(key)?.to_test().map(str::to_owned)))?;
    newest.ok_or_else(|| {
        Error::field(
            "commit",
            format!("{key} has neither a commit nor a package to be tested yet."),
        )
        .hint("Say which commit was tested, or record the change or build the package first.")
    })
}

fn named(given: &str, report: &Report, files: &Files) -> String {
    let given = given.trim();
    let own = report.suite.trim();
    match (given.is_empty(), own.is_empty()) {
        (false, _) => given.to_owned(),
        (true, false) => own.chars().take(200).collect(),
        (true, true) => files.stem(),
    }
}

/// Keeps a report's tests, compares them, and journals the run.
fn record(call: &Call, key: &HotfixKey, report: &Report, about: About) -> Result<TestsAdded> {
    if report.count(Outcome::Passed) == 0 && report.count(Outcome::Failed) == 0 {
        return Err(Error::denied("No test ran in it, so it proves nothing.")
            .hint("Look whether the report is that of the right run."));
    }
    let (failing, failing_more) = few(report
        .cases
        .iter()
        .filter(|case| case.outcome == Outcome::Failed)
        .map(|case| case.id()));
    let compared = compared(call, key, &about.suite, report)?.map(|(compared, _)| compared);
    let evidence = TestEvidence {
        commit: about.commit,
        suite: about.suite,
        passed: report.count(Outcome::Passed),
        failed: report.count(Outcome::Failed),
        skipped: report.count(Outcome::Skipped),
        attachment: about.attachment,
        from: report.from,
        millis: report.millis,
        failing,
        failing_more,
        list: Some(store(call, report)?),
        output: about.output,
        exit: about.exit,
        compared,
    };
    let key = key.clone();
    keep(
        call,
        RecordTests {
            key,
            base: None,
            evidence,
            log: about.log,
            argv: about.argv,
            folder: about.folder,
        },
    )
}

fn keep(call: &Call, request: RecordTests) -> Result<TestsAdded> {
    call.command(&request)?;
    let (run, evidence) = call.judge(|state, _| {
        let tests = &state.hotfix(&request.key)?.tests;
        Ok((tests.len(), tests.last().map(|newest| newest.evidence.clone())))
    })?;
    let evidence = evidence.unwrap_or_default();
    Ok(TestsAdded {
        run: u32::try_from(run).unwrap_or(u32::MAX),
        commit: evidence.commit,
        suite: evidence.suite,
        from: evidence.from,
        passed: evidence.passed,
        failed: evidence.failed,
        skipped: evidence.skipped,
        millis: evidence.millis,
        failing: evidence.failing,
        failing_more: evidence.failing_more,
        compared: evidence.compared,
        left_out: Vec::new(),
    })
}

/// As many names as an event holds, and how many more there are.
fn few(names: impl Iterator<Item = String>) -> (Vec<String>, u32) {
    let (mut kept, mut bytes, mut more) = (Vec::new(), 0, 0_u32);
    for name in names {
        bytes += name.len();
        if kept.len() < MOST_NAMES && bytes <= MOST_NAME_BYTES {
            kept.push(name);
        } else {
            more = more.saturating_add(1);
        }
    }
    (kept, more)
}

/// How a run differs from the one before it, if that one's tests are known.
fn compared(
    call: &Call,
    key: &HotfixKey,
    suite: &str,
    report: &Report,
) -> Result<Option<(Compared, Comparison)>> {
    let before =
        call.ask(&FindRunBefore { key: key.clone(), suite: suite.to_owned(), run: None })?;
    let Some((before, earlier)) = before.and_then(|one| Some((load(call, &one.list).ok()?, one)))
    else {
        return Ok(None);
    };
    let found = compare(&before.cases, &report.cases);
    Ok(Some((summed(&earlier, report, &found), found)))
}

fn summed(before: &RunBefore, report: &Report, found: &Comparison) -> Compared {
    let count = |places: &[usize]| u32::try_from(places.len()).unwrap_or(u32::MAX);
    let (newly_failing, _) = few(found.newly.iter().map(|place| report.cases[*place].id()));
    Compared {
        hotfix: before.hotfix.clone(),
        run: before.run,
        newly: count(&found.newly),
        still: count(&found.still),
        mended: count(&found.mended),
        missing: count(&found.missing),
        newly_failing,
    }
}

/// Keeps every test of a run.
fn store(call: &Call, report: &Report) -> Result<Attachment> {
    let mut packed = zstd::Encoder::new(tempfile::tempfile()?, 3)?;
    {
        let mut out = std::io::BufWriter::new(&mut packed);
        list::write(report, &mut out)?;
        std::io::Write::flush(&mut out)?;
    }
    let mut file = packed.finish()?;
    std::io::Seek::rewind(&mut file)?;
    let (hash, size) = call.desk().put_blob(file)?;
    let (name, media) = ("tests.jsonl.zst".into(), "application/zstd".into());
    Ok(Attachment { hash, size, name, media })
}

/// The tests of a stored list.
fn load(call: &Call, hash: &Digest) -> Result<Arc<Report>> {
    let kept = &call.desk().0.tests.lists;
    if let Some((_, report)) = super::lock(kept).iter().find(|(known, _)| known == hash) {
        return Ok(Arc::clone(report));
    }
    let packed = zstd::Decoder::new(call.desk().blob(hash)?)?;
    let report = Arc::new(list::read(BufReader::new(packed.take(MOST_LIST)))?);
    let mut kept = super::lock(kept);
    kept.retain(|(known, _)| known != hash);
    kept.push((hash.clone(), Arc::clone(&report)));
    if kept.len() > MOST_KEPT {
        kept.remove(0);
    }
    Ok(report)
}

/// A run of a hot fix by its number, or the newest.
fn run_of(
    call: &Call,
    key: &HotfixKey,
    run: Option<u32>,
) -> Result<(u32, crate::model::hotfix::RecordedTests)> {
    call.judge(|state, _| {
        let tests = &state.hotfix(key)?.tests;
        let number = run.map_or(tests.len(), |run| run as usize);
        match number.checked_sub(1).and_then(|place| tests.get(place)) {
            Some(found) => Ok((u32::try_from(number).unwrap_or(u32::MAX), found.clone())),
            None => {
                let message = match tests.len() {
                    0 => format!("{key} has no test results yet."),
                    many => format!("{key} has {many} runs, and no run {number}."),
                };
                Err(Error::field("run", message).into())
            }
        }
    })
}
