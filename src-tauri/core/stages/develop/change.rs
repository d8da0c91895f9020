//! What is changed: commits of repositories, and configuration that is in none.
//!
//! The desk reads repositories; here what was read is recorded. Nothing here judges whether a change
//! is on a branch: it records what was found.

use super::super::{Command, Done, not_moved, phase_is, required};
use crate::{
    error::Error,
    event::{ConfigurationText, Event, PullRequestText, words::*},
    model::{Actor, Decide, Decided, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The longest text of a setting: beyond it, a file in a repository serves better.
const LONGEST: usize = 1 << 20;

fn is_commit(commit: &str) -> Result<(), Error> {
    if matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(Error::field("commit", "A full commit hash is wanted."))
}

on_hotfix! {
    /// A commit as read from its repository (see `fix_change_add`, which reads it).
    RecordChange { change: Change, text: ChangeText }
    [Development]
    |this, _hotfix, _state| {
        is_commit(&this.change.commit)?;
    } => Event::ChangeAdded { change: this.change.clone(), private: this.text.clone() }
}

/// A commit with its texts.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct NewChange {
    pub change: Change,
    pub text: ChangeText,
}

/// Several commits at once, the oldest first (see `fix_change_add`).
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordChanges {
    pub key: HotfixKey,
    pub changes: Vec<NewChange>,
}

impl Command for RecordChanges {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development], "this can no longer be changed")?;
        let mut decided = Decided::new(Done {});
        for NewChange { change, text } in &self.changes {
            is_commit(&change.commit)?;
            decided.push(
                &self.key.0,
                Event::ChangeAdded { change: change.clone(), private: text.clone() },
            );
        }
        Ok(decided)
    }
}

on_hotfix! {
    /// A change that does not belong to it after all.
    RemoveChange { commit: String }
    [Development]
    |this, hotfix, _state| {
        if !hotfix.commits().any(|commit| commit == this.commit) {
            return Err(Error::field("commit", "This commit is not among the changes.").into());
        }
    } => Event::ChangeRemoved { commit: this.commit.clone() }
}

on_hotfix! {
    /// On which living branches a change was found (see `fix_branches_check`, which looks).
    RecordBranches { commit: String, branches: Vec<BranchPresence> }
    [Development, Rollout, Monitoring]
    |_this, _hotfix, _state| {} => Event::BranchesChecked {
        commit: _this.commit.clone(),
        branches: _this.branches.clone(),
    }
}

on_hotfix! {
    /// Where a change was reviewed, and what was written there.
    LinkReview { commit: String, #[serde(default)] link: String, #[serde(default)] text: String }
    [Development, Rollout, Monitoring]
    |this, hotfix, _state| {
        if !hotfix.commits().any(|commit| commit == this.commit) {
            return Err(Error::field("commit", "This commit is not among the changes.").into());
        }
        let link = this.link.trim();
        if !link.is_empty() && !link.starts_with("https://") && !link.starts_with("http://") {
            return Err(Error::field("link", "A link begins with https:// or http://.").into());
        }
    } => Event::ReviewLinked {
        commit: this.commit.clone(),
        private: PullRequestText { link: this.link.trim().to_owned(), text: this.text.clone() },
    }
}

/// A setting that is in no repository, as it was and as it is to be. With an id, it replaces what was
/// recorded under it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordConfiguration {
    pub key: HotfixKey,
    /// The version of the hot fix that the edit is based on.
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub base: Option<u64>,
    #[serde(default)]
    pub id: Option<String>,
    /// Empty: in every environment.
    #[serde(default)]
    pub environment: String,
    pub text: ConfigurationText,
}

/// The id under which it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordedConfiguration {
    pub id: String,
}

impl Command for RecordConfiguration {
    type Answer = RecordedConfiguration;

    fn decide(&self, state: &State, _: &Actor) -> Decide<RecordedConfiguration> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development], "this can no longer be changed")?;
        required("text.name", &self.text.name, "What is configured")?;
        if self.text.before == self.text.after {
            return Err(Error::field("text.after", "Before and after are the same.").into());
        }
        for (field, text) in [("text.before", &self.text.before), ("text.after", &self.text.after)]
        {
            if text.len() > LONGEST {
                return Err(Error::field(field, "A setting may have at most 1 MiB.")
                    .hint("Keep larger ones in a repository, and add their commit.")
                    .into());
            }
        }
        if !self.environment.is_empty() {
            let product = state.product(&hotfix.product)?;
            if product.environment(&self.environment).is_none() {
                let message =
                    format!("{} has no environment “{}”.", product.name, self.environment);
                return Err(Error::field("environment", message).into());
            }
        }
        let id = match &self.id {
            None => format!("C{}", hotfix.configured + 1),
            Some(id) => {
                let known = hotfix.configurations.iter().find(|one| &one.id == id);
                let known = known.ok_or_else(|| {
                    Error::field("id", format!("{} has no configuration change {id}.", self.key))
                })?;
                let (theirs, mine) = (&known.text.after, &self.text.after);
                not_moved(self.base, known.moved, "The configuration change", theirs, mine)?;
                id.clone()
            }
        };
        Ok(Decided::new(RecordedConfiguration { id: id.clone() }).with(
            &self.key.0,
            Event::ConfigurationRecorded {
                id,
                environment: self.environment.clone(),
                private: self.text.clone(),
            },
        ))
    }
}

on_hotfix! {
    /// A configuration change that does not belong to it after all.
    RemoveConfiguration { id: String }
    [Development]
    |this, hotfix, _state| {
        if !hotfix.configurations.iter().any(|one| one.id == this.id) {
            return Err(Error::field("id", "There is no such configuration change.").into());
        }
    } => Event::ConfigurationRemoved { id: this.id.clone() }
}

on_hotfix! {
    /// Which running commits a package contains (see `fix_package_compare`, which looks).
    ComparePackage { hash: Digest, contains: Vec<String> }
    [Development, Rollout]
    |this, hotfix, _state| {
        if hotfix.package(&this.hash).is_none() {
            return Err(Error::conflict("There is a newer package by now.").into());
        }
    } => Event::PackageCompared { hash: this.hash.clone(), contains: this.contains.clone() }
}
