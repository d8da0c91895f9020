//! The package: an immutable revision that *is* its SHA-256. The same bytes are the same revision.
//!
//! The bytes are built by the desk; here the result becomes a revision, and the gate from
//! Development to Rollout opens or says what is missing.

use super::{Command, Done, phase_is};
use crate::{
    error::{Error, Result},
    event::{BuildNotes, Event, words::*},
    gates,
    model::{Actor, Decide, Decided, State, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Record built bytes as a revision (see `fix_package_build`, which builds them).
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordPackage {
    pub key: HotfixKey,
    pub hash: Digest,
    #[ts(type = "number")]
    pub size: u64,
    pub files: Vec<PackagedFile>,
    pub commits: Vec<String>,
    pub notes: BuildNotes,
    #[serde(default)]
    pub format: PackageFormat,
    #[serde(default)]
    pub removed: Vec<String>,
    /// It names the revision: refused if the next one has become another.
    #[serde(default)]
    pub signature: Option<PackageSignature>,
    /// The revision that the signature names.
    #[serde(default)]
    pub revision: Option<u32>,
}

/// Which revision the bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Revision {
    pub key: HotfixKey,
    pub revision: u32,
    pub hash: Digest,
    #[ts(type = "number")]
    pub size: u64,
    /// The very bytes were built before: nothing new was recorded.
    pub unchanged: bool,
    /// The number of the key that it is signed with.
    #[serde(default)]
    pub signed: Option<String>,
    /// Why it is not signed.
    #[serde(default)]
    pub unsigned: Option<String>,
}

/// Where a refusal says that another revision was built meanwhile.
pub const REVISION: &str = "revision";

/// Whether a package may be built now.
pub fn may_build(hotfix: &Hotfix) -> Result<()> {
    phase_is(hotfix, &[Phase::Development], "a package is built in Development")
}

impl Command for RecordPackage {
    type Answer = Revision;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Revision> {
        let hotfix = state.hotfix(&self.key)?;
        may_build(hotfix)?;
        if self.files.is_empty() {
            return Err(Error::field("from", "The package would be empty.").into());
        }
        let mut answer = Revision {
            key: self.key.clone(),
            revision: hotfix.packages.len() as u32 + 1,
            hash: self.hash.clone(),
            size: self.size,
            unchanged: false,
            signed: self.signature.as_ref().map(|signature| signature.key.clone()),
            unsigned: None,
        };
        if let Some(same) = hotfix.current().filter(|built| built.package.hash == self.hash) {
            answer.revision = same.package.revision;
            answer.unchanged = true;
            answer.signed = same.package.signature.as_ref().map(|signature| signature.key.clone());
            return Ok(Decided::new(answer));
        }
        if let Some(same) = hotfix.package(&self.hash) {
            return Err(Error::denied(format!(
                "These are the very bytes of revision r{}, which was replaced.",
                same.package.revision
            ))
            .hint("Change what goes into the package.")
            .into());
        }
        if self.revision.is_some_and(|expected| expected != answer.revision) {
            return Err(Error::conflict("Another revision was built meanwhile.")
                .hint("Build it again.")
                .at(REVISION)
                .into());
        }
        let package = Package {
            revision: answer.revision,
            hash: self.hash.clone(),
            size: self.size,
            files: self.files.clone(),
            commits: self.commits.clone(),
            built_by: by.person.clone(),
            built_at: by.at,
            format: self.format,
            removed: self.removed.clone(),
            signature: self.signature.clone(),
        };
        Ok(Decided::new(answer)
            .with(&self.key.0, Event::PackageBuilt { package, private: self.notes.clone() }))
    }
}

/// Development → Rollout, if nothing is missing.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct StartRollout {
    pub key: HotfixKey,
}

impl Command for StartRollout {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development], "Rollout starts from Development")?;
        gates::rollout(hotfix, &gates::first_policy(&state.facts(by.at), hotfix)?).pass()?;
        let revision = hotfix.current().map_or(0, |built| built.package.revision);
        Ok(Decided::new(Done {}).with(&self.key.0, Event::RolloutStarted { revision }))
    }
}
