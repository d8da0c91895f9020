//! Changes, between the repositories of this machine and the workspace: read, recorded, looked for on
//! the living branches, and held against what runs.

use super::{Call, actions::Action};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    integrations::vcs::git::{
        self, Git,
        presence::{Doubt as Unsure, Found, Presence as Seen},
    },
    model::hotfix::{Hotfix, RecordedChange},
    stages::{
        Done,
        develop::{ComparePackage, NewChange, RecordBranches, RecordChanges},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};
use ts_rs::TS;

/// Commits that one range may add.
const MOST_COMMITS: usize = 500;
/// Files of a commit that are shown where it is picked.
const SHOWN_FILES: usize = 200;

/// Read commits from a repository of this machine and record them as changes.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddChange {
    pub key: HotfixKey,
    /// A commit, tag or branch; or a range `A..B`: all that is in B and not in A, without merges.
    #[serde(default)]
    pub commit: String,
    /// More of them.
    #[serde(default)]
    pub commits: Vec<String>,
    /// The product's repository, if left out.
    #[serde(default)]
    pub repository: Option<String>,
    #[serde(default)]
    pub branch: String,
    /// Where they were reviewed, and what was written there.
    #[serde(default)]
    pub pull_request: String,
    #[serde(default)]
    pub pull_request_text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddedChanges {
    /// Full hashes, the oldest first.
    pub added: Vec<String>,
    /// How many had been recorded before, and were left as they are.
    pub known: u32,
}

/// Look on which living branches the hot fix's changes are, by commit or by patch.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CheckBranches {
    pub key: HotfixKey,
}

/// Stop looking.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelBranches {}

/// Each change on each living branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BranchMatrix {
    pub rows: Vec<BranchRow>,
    /// Repositories that could not be read here; what was known of their changes stays.
    pub unread: Vec<UnreadRepository>,
    /// Every change is on every branch.
    pub complete: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BranchRow {
    pub commit: String,
    pub subject: String,
    pub repository: String,
    pub branch: String,
    pub presence: Presence,
    pub doubt: Option<Doubt>,
    /// The commit on the branch that is it, or might be.
    pub there: String,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct UnreadRepository {
    pub repository: String,
    pub why: String,
}

/// The newest commits of a local repository, with their files.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadGit {
    pub repository: String,
    /// A branch or range; HEAD if left out.
    #[serde(default)]
    pub range: String,
    /// Only commits whose message has this.
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub skip: Option<u32>,
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Commit {
    pub commit: String,
    pub subject: String,
    pub message: String,
    pub author: String,
    pub authored_at: Option<Instant>,
    /// It has several parents.
    pub merge: bool,
    pub additions: u32,
    pub deletions: u32,
    /// The first of them.
    pub files: Vec<ChangedFile>,
    pub file_count: u32,
    /// Branches that end in it.
    pub branches: Vec<String>,
}

/// The branches of a local repository.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListBranches {
    pub repository: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BranchView {
    pub name: String,
    pub commit: String,
    /// As it was when it was last fetched from elsewhere.
    pub remote: bool,
}

/// Look again which of the running changes the current package contains: something else may have been
/// deployed since it was built.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskContained {
    pub key: HotfixKey,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FoundContained {
    /// Commits that were not known to be contained.
    pub found: Vec<String>,
    /// Commits that run somewhere and are not contained.
    pub lacking: Vec<String>,
}

/// What this program looks for on branches just now.
#[derive(Default)]
pub struct Looking {
    cancelled: AtomicBool,
}

impl Looking {
    /// Begins anew; the flag stops it.
    fn begin(&self) -> &AtomicBool {
        self.cancelled.store(false, Ordering::Relaxed);
        &self.cancelled
    }
}

fn seen(branch: &str, found: Found) -> BranchPresence {
    BranchPresence {
        branch: branch.to_owned(),
        presence: match found.presence {
            Seen::Commit => Presence::Commit,
            Seen::PatchId => Presence::PatchId,
            Seen::Uncertain => Presence::Uncertain,
            Seen::Missing => Presence::Missing,
        },
        commit: found.commit,
        doubt: found.doubt.map(|doubt| match doubt {
            Unsure::Squashed => Doubt::Squashed,
            Unsure::Resolved => Doubt::Resolved,
            Unsure::Surroundings => Doubt::Surroundings,
            Unsure::Reverted => Doubt::Reverted,
            Unsure::Reapplied => Doubt::Reapplied,
            Unsure::NotTaken => Doubt::NotTaken,
            Unsure::NoBranch => Doubt::NoBranch,
            Unsure::NoCommit => Doubt::NoCommit,
            Unsure::Shallow => Doubt::Shallow,
            Unsure::Unreadable => Doubt::Unreadable,
        }),
        other: found.other,
    }
}

/// For each commit, where it is on the branches.
fn presence(
    git: &Git,
    commits: &[String],
    branches: &[String],
    cancelled: &AtomicBool,
) -> Result<Vec<Vec<BranchPresence>>> {
    if branches.is_empty() {
        return Ok(vec![Vec::new(); commits.len()]);
    }
    let matrix = git.presence(commits, branches, cancelled)?;
    Ok(matrix
        .into_iter()
        .map(|row| branches.iter().zip(row).map(|(branch, found)| seen(branch, found)).collect())
        .collect())
}

/// Which of some commits a source commit contains, itself or by the same patch. A release's commit
/// counts only as itself.
pub fn contained(
    git: &Git,
    source: &str,
    commits: &[String],
    releases: &[String],
) -> Result<Vec<String>> {
    let all: Vec<String> = commits.iter().chain(releases).cloned().collect();
    if all.is_empty() {
        return Ok(all);
    }
    let matrix = git.presence(&all, &[source.to_owned()], &AtomicBool::new(false))?;
    let found = all.iter().zip(matrix).filter(|(commit, row)| {
        row.first().is_some_and(|found| match found.presence {
            Seen::Commit => true,
            Seen::PatchId => !releases.contains(commit),
            _ => false,
        })
    });
    Ok(found.map(|(commit, _)| commit.clone()).collect())
}

/// The changes that run in one of a product's environments, and the commits of its releases.
#[derive(Clone, Debug, Default)]
pub struct Running {
    pub commits: Vec<String>,
    pub releases: Vec<String>,
}

impl Running {
    pub fn of(call: &Call, product: &Product) -> Result<Self> {
        call.judge(|state, _| {
            let mut running = Self::default();
            for environment in &product.environments {
                if let Some(now) = &state.environment(&product.id, &environment.id)?.running {
                    let others = now.hotfixes.iter().flat_map(|other| other.commits.iter());
                    running.commits.extend(others.cloned());
                    running.releases.extend((!now.commit.is_empty()).then(|| now.commit.clone()));
                }
            }
            for list in [&mut running.commits, &mut running.releases] {
                list.sort_unstable();
                list.dedup();
            }
            Ok(running)
        })
    }
}

fn hotfix_of(call: &Call, key: &HotfixKey) -> Result<(Hotfix, Product)> {
    call.judge(|state, _| {
        let hotfix = state.hotfix(key)?.clone();
        let product = state.product(&hotfix.product)?.clone();
        Ok((hotfix, product))
    })
}

impl Action for AddChange {
    type Answer = AddedChanges;

    fn run(self, call: &Call) -> Result<AddedChanges> {
        let (hotfix, product) = hotfix_of(call, &self.key)?;
        let repository =
            self.repository.filter(|path| !path.trim().is_empty()).unwrap_or(product.repository);
        if repository.is_empty() {
            return Err(Error::field("repository", format!("{} has no repository.", product.name))
                .hint("Name one here, or in Settings, Products."));
        }
        let git = Git::open(&repository)?;
        let named = std::iter::once(&self.commit).chain(&self.commits).map(|name| name.trim());
        let mut commits: Vec<git::Commit> = Vec::new();
        let mut answer = AddedChanges::default();
        for name in named.filter(|name| !name.is_empty()) {
            let more = match name.contains("..") {
                true => git.range(name, MOST_COMMITS)?,
                false => vec![git.commit(name)?],
            };
            for commit in more {
                if commits.iter().any(|one| one.sha == commit.sha) {
                    continue;
                }
                if hotfix.commits().any(|known| known == commit.sha) {
                    answer.known += 1;
                    continue;
                }
                commits.push(commit);
            }
        }
        if commits.is_empty() && answer.known == 0 {
            return Err(Error::field("commit", "Name a commit, a tag, a branch or a range."));
        }
        let shas: Vec<String> = commits.iter().map(|commit| commit.sha.clone()).collect();
        let cancelled = call.desk().looking().begin();
        let branches = presence(&git, &shas, &product.branches, cancelled)?;
        let changes: Vec<NewChange> = commits
            .into_iter()
            .zip(branches)
            .map(|(commit, branches)| NewChange {
                change: Change {
                    commit: commit.sha,
                    branch: self.branch.clone(),
                    authored_at: commit.authored_at,
                    files: commit.files.into_iter().map(changed_file).collect(),
                    branches,
                },
                text: ChangeText {
                    repository: repository.clone(),
                    subject: commit.subject,
                    message: commit.message,
                    author: Contact { name: commit.author, reach: commit.mail },
                    pull_request: self.pull_request.trim().to_owned(),
                    pull_request_text: self.pull_request_text.clone(),
                },
            })
            .collect();
        if !changes.is_empty() {
            call.command(&RecordChanges { key: self.key, changes })?;
        }
        answer.added = shas;
        Ok(answer)
    }
}

fn changed_file(file: git::File) -> ChangedFile {
    ChangedFile { path: file.path, additions: file.additions, deletions: file.deletions }
}

impl Action for CheckBranches {
    type Answer = BranchMatrix;

    fn run(self, call: &Call) -> Result<BranchMatrix> {
        let (hotfix, product) = hotfix_of(call, &self.key)?;
        let cancelled = call.desk().looking().begin();
        let mut of: BTreeMap<&str, Vec<&RecordedChange>> = BTreeMap::new();
        for recorded in &hotfix.changes {
            of.entry(&recorded.text.repository).or_default().push(recorded);
        }
        let mut matrix = BranchMatrix::default();
        let mut first = None;
        for (repository, changes) in &of {
            let shas: Vec<String> = changes.iter().map(|one| one.change.commit.clone()).collect();
            let found = Git::open(*repository)
                .and_then(|git| presence(&git, &shas, &product.branches, cancelled));
            match found {
                Ok(found) => {
                    for (commit, branches) in shas.into_iter().zip(found) {
                        call.command(&RecordBranches {
                            key: self.key.clone(),
                            base: None,
                            commit,
                            branches,
                        })?;
                    }
                }
                Err(error) if cancelled.load(Ordering::Relaxed) => return Err(error),
                Err(error) => {
                    matrix.unread.push(UnreadRepository {
                        repository: (*repository).to_owned(),
                        why: error.message.clone(),
                    });
                    first.get_or_insert(error);
                }
            }
        }
        if let Some(error) = first.filter(|_| matrix.unread.len() == of.len()) {
            return Err(error);
        }
        let changes = call.judge(|state, _| Ok(state.hotfix(&self.key)?.changes.clone()))?;
        matrix.complete = matrix.unread.is_empty();
        for recorded in changes {
            let looked = &recorded.change.branches;
            matrix.complete &= product
                .branches
                .iter()
                .all(|branch| looked.iter().any(|one| &one.branch == branch && one.is_there()));
            for one in looked {
                matrix.rows.push(BranchRow {
                    commit: recorded.change.commit.clone(),
                    subject: recorded.text.subject.clone(),
                    repository: recorded.text.repository.clone(),
                    branch: one.branch.clone(),
                    presence: one.presence,
                    doubt: one.doubt,
                    there: one.commit.clone(),
                    why: one.sentence(),
                });
            }
        }
        Ok(matrix)
    }
}

impl Action for CancelBranches {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().looking().cancelled.store(true, Ordering::Relaxed);
        Ok(Done {})
    }
}

impl Action for ReadGit {
    type Answer = Vec<Commit>;

    fn run(self, _: &Call) -> Result<Vec<Commit>> {
        let git = Git::open(&self.repository)?;
        let branches = git.branches()?;
        let limit = self.limit.unwrap_or(50).clamp(1, 500);
        let commits =
            git.log(self.range.trim(), self.text.trim(), self.skip.unwrap_or_default(), limit)?;
        let sum = |commit: &git::Commit, what: fn(&git::File) -> u32| {
            commit.files.iter().map(what).fold(0_u32, u32::saturating_add)
        };
        Ok(commits
            .into_iter()
            .map(|commit| Commit {
                branches: branches
                    .iter()
                    .filter(|branch| branch.tip == commit.sha)
                    .map(|branch| branch.name.clone())
                    .collect(),
                additions: sum(&commit, |file| file.additions),
                deletions: sum(&commit, |file| file.deletions),
                file_count: commit.files.len() as u32,
                files: commit.files.into_iter().take(SHOWN_FILES).map(changed_file).collect(),
                merge: commit.parents > 1,
                commit: commit.sha,
                subject: commit.subject,
                message: commit.message,
                author: commit.author,
                authored_at: commit.authored_at,
            })
            .collect())
    }
}

impl Action for ListBranches {
    type Answer = Vec<BranchView>;

    fn run(self, _: &Call) -> Result<Vec<BranchView>> {
        let branches = Git::open(&self.repository)?.branches()?;
        let view = |branch: git::Branch| BranchView {
            name: branch.name,
            commit: branch.tip,
            remote: branch.remote,
        };
        Ok(branches.into_iter().map(view).collect())
    }
}

impl Action for AskContained {
    type Answer = FoundContained;

    fn run(self, call: &Call) -> Result<FoundContained> {
        let (hotfix, product) = hotfix_of(call, &self.key)?;
        let built = hotfix.current().ok_or_else(|| {
            Error::denied("No package is built.").hint("Build it: then it is compared by itself.")
        })?;
        let sources: Vec<&str> =
            built.package.files.iter().filter_map(|file| file.source_commit.as_deref()).collect();
        let source =
            sources.first().copied().filter(|first| sources.iter().all(|one| one == first));
        let source = source.ok_or_else(|| {
            Error::denied("The package was not made from one commit, so there is none to look in.")
                .hint("Build it from a commit, or override the blocker with a reason.")
        })?;
        let repository = hotfix
            .changes
            .iter()
            .find(|recorded| recorded.change.commit == source)
            .map_or(product.repository.clone(), |recorded| recorded.text.repository.clone());
        let git = Git::open(&repository)?;
        let running = Running::of(call, &product)?;
        let there = contained(&git, source, &running.commits, &running.releases)?;
        let known = &built.package.commits;
        let mut answer = FoundContained::default();
        for commit in running.commits.into_iter().chain(running.releases) {
            let list = match (known.contains(&commit), there.contains(&commit)) {
                (true, _) => continue,
                (_, true) => &mut answer.found,
                _ => &mut answer.lacking,
            };
            list.push(commit);
        }
        if !answer.found.is_empty() {
            call.command(&ComparePackage {
                key: self.key,
                base: None,
                hash: built.package.hash.clone(),
                contains: answer.found.clone(),
            })?;
        }
        Ok(answer)
    }
}
