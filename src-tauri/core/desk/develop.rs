//! What development needs of a repository before it can be decided: which commit is meant.

use super::{Call, actions::Action};
use crate::{
    clock::Instant,
    error::Result,
    event::{CauseText, words::*},
    integrations::vcs::git::Git,
    stages::develop::RecordCause,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Record the root cause. A commit since when it happens is looked up in the product's repository, if
/// it has one, and recorded in full.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveCause {
    pub key: HotfixKey,
    /// The version of the hot fix that the edit is based on.
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub base: Option<u64>,
    pub cause: CauseKind,
    #[serde(default)]
    pub since_version: String,
    /// A commit, tag or branch.
    #[serde(default)]
    pub since_commit: String,
    pub text: CauseText,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CauseSaved {
    /// In full where it was found; as it was typed where there is no repository to look into.
    pub since_commit: String,
}

/// Which commit of a product's repository a hash, tag or branch means.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FindCommit {
    pub product: CatalogId,
    pub revision: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FoundCommit {
    pub commit: String,
    pub subject: String,
    /// As git claims.
    pub author: String,
    pub authored_at: Option<Instant>,
}

impl Action for SaveCause {
    type Answer = CauseSaved;

    fn run(self, call: &Call) -> Result<CauseSaved> {
        let typed = self.since_commit.trim();
        let repository = call.judge(|state, _| {
            let hotfix = state.hotfix(&self.key)?;
            Ok(state.product(&hotfix.product)?.repository.clone())
        })?;
        // A repository that is not there today must not keep anybody from writing the cause down.
        let git = Some(repository).filter(|path| !path.is_empty() && !typed.is_empty());
        let since_commit = match git.and_then(|path| Git::open(path).ok()) {
            Some(git) => git.resolve(typed).map_err(|error| error.at("since_commit"))?,
            None => typed.to_owned(),
        };
        call.command(&RecordCause {
            key: self.key,
            base: self.base,
            cause: self.cause,
            since_version: self.since_version.trim().to_owned(),
            since_commit: since_commit.clone(),
            text: self.text,
        })?;
        Ok(CauseSaved { since_commit })
    }
}

impl Action for FindCommit {
    type Answer = FoundCommit;

    fn run(self, call: &Call) -> Result<FoundCommit> {
        let repository =
            call.judge(|state, _| Ok(state.product(&self.product)?.repository.clone()))?;
        let git = Git::open(repository)?;
        let commit = git.resolve(self.revision.trim()).map_err(|error| error.at("revision"))?;
        let found = git.log(&commit, "", 0, 1)?.into_iter().next();
        Ok(found.map_or_else(
            || FoundCommit { commit: commit.clone(), ..FoundCommit::default() },
            |found| FoundCommit {
                commit: found.sha,
                subject: found.subject,
                author: found.author,
                authored_at: found.authored_at,
            },
        ))
    }
}
