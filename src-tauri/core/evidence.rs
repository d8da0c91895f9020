//! What a test run left: JUnit XML or TAP, read as a list of tests with their outcomes; and two such
//! lists compared. Pure.
//!
//! What is read was written by others and may be hostile. A report is read in pieces of 8 KiB; texts
//! beyond a bound are cut while they are read, so that no element, attribute or line is ever held
//! whole, and entities of a document's own are refused before they mean anything.
//!
//! Deliberately absent: what a test printed when it passed, and properties of suites.

mod compare;
mod junit;
pub mod list;
mod tap;
mod trim;

#[cfg(test)]
mod tests;

pub use compare::{Comparison, compare};

use crate::{
    error::{Error, Result},
    event::words::EvidenceFrom,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use ts_rs::TS;

/// The longest report that is read: what an attachment may have.
pub const MOST_BYTES: u64 = 100 << 20;
/// The most tests of one run.
pub const MOST_TESTS: usize = 200_000;
/// Letters of a group or a name.
const MOST_NAME: usize = 500;
/// Bytes of one failure's message, and of all of them.
const MOST_MESSAGE: usize = 8 << 10;
const MOST_MESSAGES: usize = 32 << 20;

/// How a test ended.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    TS,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did not run, or was expected to fail.
    Skipped,
    #[default]
    Passed,
    Failed,
}

/// One test of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its class, module, package or suite; may be empty.
    #[serde(rename = "g", default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    #[serde(rename = "n")]
    pub name: String,
    #[serde(rename = "o")]
    pub outcome: Outcome,
    #[serde(rename = "ms", default, skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    /// Why it failed, or was skipped.
    #[serde(rename = "m", default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Case {
    /// What tells the test from all others of its product: `shop.CartTest::adds`.
    pub fn id(&self) -> String {
        if self.group.is_empty() {
            self.name.clone()
        } else {
            format!("{}::{}", self.group, self.name)
        }
    }
}

/// A run as its report tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub from: EvidenceFrom,
    /// What the report calls itself.
    pub suite: String,
    pub cases: Vec<Case>,
    pub millis: Option<u64>,
    messages: usize,
}

impl Report {
    pub fn new(from: EvidenceFrom) -> Self {
        Self { from, ..Self::default() }
    }

    pub fn count(&self, outcome: Outcome) -> u32 {
        let found = self.cases.iter().filter(|case| case.outcome == outcome).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    }

    /// Adds a test; names and messages are cut to what is kept.
    pub fn push(&mut self, mut case: Case) -> Result<()> {
        if self.cases.len() >= MOST_TESTS {
            return Err(Error::invalid(format!("A run may have at most {MOST_TESTS} tests."))
                .hint("Record the suites one by one."));
        }
        case.group = cut_name(case.group.trim());
        case.name = cut_name(case.name.trim());
        if case.name.is_empty() {
            case.name = "(a test without a name)".into();
        }
        let room = MOST_MESSAGE.min(MOST_MESSAGES.saturating_sub(self.messages));
        case.message = cut_message(case.message.trim(), room);
        self.messages += case.message.len();
        self.cases.push(case);
        Ok(())
    }

    /// Takes another file's tests in: one run may leave many files.
    pub fn add(&mut self, other: Self) -> Result<()> {
        if self.cases.is_empty() {
            self.from = other.from;
        }
        if self.suite.is_empty() {
            self.suite = other.suite;
        }
        self.millis = match (self.millis, other.millis) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        for case in other.cases {
            self.push(case)?;
        }
        Ok(())
    }
}

/// Reads a report to its end.
pub fn read(mut source: impl Read) -> Result<Report> {
    let mut start = Vec::new();
    source.by_ref().take(64 << 10).read_to_end(&mut start)?;
    let whole = start.as_slice().chain(source);
    if trim::is_xml(&start) {
        return junit::read(whole);
    }
    if tap::looks_so(&start) {
        return tap::read(whole, EvidenceFrom::Tap);
    }
    Err(Error::invalid("This is neither JUnit XML nor TAP.").hint(
        "A test runner writes JUnit XML with --junitxml, --reporter junit or the like; other \
         results are recorded as numbers, with the log.",
    ))
}

/// Reads what a command printed, of which only the lines of TAP count; nothing if there are none.
pub fn read_output(mut source: impl Read) -> Result<Option<Report>> {
    let mut start = Vec::new();
    source.by_ref().take(1 << 20).read_to_end(&mut start)?;
    if !tap::looks_so(&start) {
        return Ok(None);
    }
    tap::read(start.as_slice().chain(source), EvidenceFrom::Command).map(Some)
}

/// A name that is kept whole, or so far that it is still told from others that begin like it.
fn cut_name(name: &str) -> String {
    let line = name.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_NAME) {
        None => line,
        Some((at, _)) => {
            let mark = hex::encode(&Sha256::digest(&line)[..4]);
            format!("{}… {mark}", &line[..at])
        }
    }
}

fn cut_message(message: &str, most: usize) -> String {
    if message.len() <= most {
        return message.to_owned();
    }
    let mut at = most;
    while !message.is_char_boundary(at) {
        at -= 1;
    }
    if at == 0 { String::new() } else { format!("{}…", &message[..at]) }
}
