//! Proof that tests ran on a commit, before anything ships.
//!
//! A run in which no test ran proves nothing. Names in the event are few; every test, with what it
//! said, lies in the stored list beside it, which can be erased.

use super::super::{Command, Done, phase_is};
use crate::{
    error::{Error, Result},
    event::{Event, TestText, words::*},
    model::{Actor, Decide, Decided, State, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many failing tests an event names, and how many bytes their names have together.
pub const MOST_NAMES: usize = 500;
pub const MOST_NAME_BYTES: usize = 48 << 10;

/// The fewest digits that tell a commit.
const SHORTEST: usize = 7;

/// Proof that tests ran on a commit.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordTests {
    pub key: HotfixKey,
    /// The version of the hot fix that the edit is based on.
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub base: Option<u64>,
    pub evidence: TestEvidence,
    #[serde(default)]
    pub log: String,
    /// The command that was run, if one was, and where.
    #[serde(default)]
    pub argv: Vec<String>,
    #[serde(default)]
    pub folder: String,
}

impl Command for RecordTests {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "this can no longer be changed")?;
        let mut evidence = self.evidence.clone();
        if evidence.passed == 0 && evidence.failed == 0 {
            return Err(Error::field(
                "evidence.passed",
                "A run in which no test ran proves nothing.",
            )
            .into());
        }
        evidence.commit = commit(hotfix, evidence.commit.trim())?;
        let newly = evidence.compared.iter().flat_map(|compared| &compared.newly_failing);
        let names = || evidence.failing.iter().chain(newly.clone());
        let bytes: usize = names().map(String::len).sum();
        if names().count() > 2 * MOST_NAMES || bytes > 2 * MOST_NAME_BYTES {
            return Err(Error::field(
                "evidence.failing",
                format!("An event names at most {MOST_NAMES} failing tests."),
            )
            .hint("Give the report itself: it is kept whole.")
            .into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::TestsRecorded {
                evidence,
                private: TestText {
                    log: self.log.clone(),
                    argv: self.argv.clone(),
                    folder: self.folder.clone(),
                },
            },
        ))
    }
}

/// The commit, or the package's hash, that was tested. A short one becomes the whole one.
pub fn commit(hotfix: &Hotfix, given: &str) -> Result<String> {
    let wrong = |message: &str| Err(Error::field("evidence.commit", message));
    if given.is_empty() {
        return wrong("Say which commit was tested.");
    }
    if given.chars().count() > 200 {
        return wrong("A commit is told by its hash.");
    }
    if given.len() < SHORTEST {
        return Ok(given.to_owned());
    }
    let packages = hotfix.packages.iter().map(|built| built.package.hash.0.as_str());
    let mut known = hotfix.commits().chain(packages).filter(|hash| hash.starts_with(given));
    Ok(match (known.next(), known.next()) {
        (Some(one), None) => one.to_owned(),
        _ => given.to_owned(),
    })
}
