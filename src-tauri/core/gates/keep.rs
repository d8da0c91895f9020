//! "Keeps what runs": shipping one hot fix must not quietly undo another, or a release.
//!
//! A hot fix that runs there is kept if the package was made from a commit that contains its commits.
//! What it shipped of no commit (chosen files, scripts, configuration) must be in the package with
//! the very bytes. Where one ships a file that the other shipped too, it must come from such a commit
//! or be the same bytes. What an ordinary release brought is kept if its commit is contained.

use super::{EnvironmentFacts, Ledger, Missing, owner, when};
use crate::{event::words::*, model::deployment::Deployment};
use std::collections::{BTreeMap, HashMap};

/// What still runs there after a package was shipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The hot fixes it keeps.
    pub hotfixes: Vec<RunningHotfix>,
    /// The release's commit, if the package contains it.
    pub release: String,
    /// What it would undo, each with what it lacks of it.
    pub lost: Vec<String>,
    /// Why each that is kept is.
    pub why: Vec<String>,
}

/// Holds a package against what runs in its environment.
pub fn kept(facts: &EnvironmentFacts, own: &HotfixKey, package: &Package) -> Kept {
    facts
        .running
        .as_ref()
        .map(|running| hold_against(running, &facts.shipped, own, package))
        .unwrap_or_default()
}

fn hold_against(
    running: &Running,
    shipped: &BTreeMap<HotfixKey, Vec<PackagedFile>>,
    own: &HotfixKey,
    package: &Package,
) -> Kept {
    let mut kept = Kept::default();
    let files: HashMap<&str, &PackagedFile> =
        package.files.iter().map(|file| (file.path.as_str(), file)).collect();
    let contains = |commit: &str| {
        !commit.is_empty() && package.commits.iter().any(|one| one.starts_with(commit))
    };
    let release = contains(&running.commit);
    if release {
        kept.release.clone_from(&running.commit);
        kept.why.push(format!("{} (its commit is contained)", running.version));
    } else if !running.commit.is_empty()
        && package.files.iter().any(|file| file.source_commit.is_some())
    {
        kept.lost.push(format!(
            "the release {} (commit {})",
            running.version,
            short(&running.commit)
        ));
    }
    for other in running.hotfixes.iter().filter(|other| &other.hotfix != own) {
        let shipped = shipped.get(&other.hotfix);
        // Part of the release itself, which may know it under other commits.
        let by_release = release && other.files.is_empty();
        let commit = other.commits.iter().find(|commit| !by_release && !contains(commit));
        let by_commit = commit.is_none() && (by_release || !other.commits.is_empty());
        let lacks = match commit {
            Some(commit) => Some(format!("commit {}", short(commit))),
            None => other.files.iter().find_map(|path| {
                let known = shipped.and_then(|files| files.iter().find(|file| &file.path == path));
                file_is_lost(path, known, files.get(path.as_str()).copied(), by_commit)
            }),
        };
        let name = format!("{} r{}", other.hotfix, other.revision);
        match lacks {
            Some(lacks) => kept.lost.push(format!("{name} ({lacks})")),
            None => {
                let how = match (by_release, by_commit) {
                    (true, _) => "part of the release",
                    (_, true) => "its commits are contained",
                    _ => "its very files are in it",
                };
                kept.why.push(format!("{name} ({how})"));
                kept.hotfixes.push(other.clone());
            }
        }
    }
    kept
}

/// Whether a file that was shipped would be undone, and how it is told.
fn file_is_lost(
    path: &str,
    shipped: Option<&PackagedFile>,
    file: Option<&PackagedFile>,
    by_commit: bool,
) -> Option<String> {
    // What an older record does not say is taken to come from the commits.
    let of_a_commit = shipped.is_none_or(|file| file.source_commit.is_some());
    match file {
        None if by_commit && of_a_commit => None,
        None => Some(format!("file {path}")),
        Some(file) if shipped.is_some_and(|shipped| shipped.sha256 == file.sha256) => None,
        // Taken from a commit that has all of its commits behind it.
        Some(file) if by_commit && of_a_commit && file.source_commit.is_some() => None,
        Some(_) if shipped.is_none() => None,
        Some(_) => Some(format!("file {path}, which it shipped with other bytes")),
    }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// The gate: what is lost is named, what is kept as well.
pub(super) fn keeps_what_runs(
    ledger: &mut Ledger,
    deployment: &Deployment,
    facts: &EnvironmentFacts,
) {
    let Some(built) = ledger.hotfix.package(&deployment.hash) else { return };
    let kept = kept(facts, &ledger.hotfix.key, &built.package);
    ledger.want(
        "drops_what_runs",
        when(
            kept.lost.is_empty(),
            if kept.why.is_empty() {
                "Nothing else runs there that it could undo.".to_owned()
            } else {
                format!("Keeps what runs: {}.", kept.why.join(", "))
            },
            Missing::new(
                "package",
                format!(
                    "It would undo {}, running in {}.",
                    kept.lost.join(" and "),
                    facts.environment.name
                ),
                "Build the package from a commit that contains it; if it does contain it by now, compare again.",
            )
            .who(owner(ledger.hotfix)),
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    const OURS: &str = "c14c14c14c14c14c14c14c14c14c14c14c14c14c";
    const THEIRS: &str = "c13c13c13c13c13c13c13c13c13c13c13c13c13c";
    const RELEASE: &str = "e1ea5ee1ea5ee1ea5ee1ea5ee1ea5ee1ea5ee1ea";

    fn file(path: &str, bytes: &str, of_a_commit: bool) -> PackagedFile {
        PackagedFile {
            path: path.into(),
            mode: 0o644,
            size: bytes.len() as u64,
            sha256: Digest(bytes.into()),
            role: FileRole::File,
            source_commit: of_a_commit.then(|| OURS.into()),
        }
    }

    fn package(commits: &[&str], files: &[PackagedFile]) -> Package {
        Package {
            revision: 1,
            hash: Digest("hash".into()),
            size: 1,
            files: files.to_vec(),
            commits: commits.iter().map(|commit| (*commit).to_owned()).collect(),
            built_by: "dana".into(),
            built_at: Instant::from_micros(0),
            format: PackageFormat::TarZst,
            removed: Vec::new(),
            signature: None,
        }
    }

    /// HF-13 r2 runs there, on a version of some commit.
    fn running(release: &str, commits: &[&str], files: &[&str]) -> Running {
        Running {
            version: "4.8.0".into(),
            hotfix: None,
            revision: None,
            hash: None,
            hotfixes: vec![RunningHotfix {
                hotfix: "HF-13".into(),
                revision: 2,
                commits: commits.iter().map(|commit| (*commit).to_owned()).collect(),
                files: files.iter().map(|path| (*path).to_owned()).collect(),
            }],
            commit: release.into(),
            left_out: Vec::new(),
            since: Instant::from_micros(0),
        }
    }

    fn judge(running: &Running, shipped: &[PackagedFile], package: &Package) -> Kept {
        let shipped = BTreeMap::from([(HotfixKey("HF-13".into()), shipped.to_vec())]);
        hold_against(running, &shipped, &"HF-14".into(), package)
    }

    #[test]
    fn a_package_that_lacks_a_commit_of_what_runs_is_stopped_with_its_name() {
        let files = [file("a.py", "ours", true)];
        let found = judge(&running("", &[THEIRS], &[]), &[], &package(&[OURS], &files));
        assert_eq!(found.lost, ["HF-13 r2 (commit c13c13c13c)"]);
        assert!(found.hotfixes.is_empty());
        let found = judge(&running("", &[THEIRS], &[]), &[], &package(&[OURS, THEIRS], &files));
        assert_eq!(found.lost, [""; 0]);
        assert_eq!(found.why, ["HF-13 r2 (its commits are contained)"]);
        assert_eq!(found.hotfixes.len(), 1);
    }

    #[test]
    fn its_own_earlier_revision_is_not_undone_by_a_new_one() {
        let mut now = running("", &[THEIRS], &["a.py"]);
        now.hotfixes[0].hotfix = "HF-14".into();
        assert_eq!(judge(&now, &[], &package(&[OURS], &[])), Kept::default());
    }

    #[test]
    fn a_file_of_no_commit_must_be_in_the_package_with_the_very_bytes() {
        let now = running("", &[THEIRS], &["a.py", "run.sh"]);
        let shipped = [file("a.py", "theirs", true), file("run.sh", "by hand", false)];
        let lost =
            |files: &[PackagedFile]| judge(&now, &shipped, &package(&[OURS, THEIRS], files)).lost;
        assert_eq!(lost(&[file("a.py", "ours", true)]), ["HF-13 r2 (file run.sh)"]);
        let same = file("run.sh", "by hand", false);
        // What came of a commit need not be shipped again: its commit is behind ours.
        assert_eq!(lost(std::slice::from_ref(&same)), [""; 0]);
        assert_eq!(
            lost(&[file("run.sh", "another", true)]),
            ["HF-13 r2 (file run.sh, which it shipped with other bytes)"]
        );
        // A file of ours that is theirs too, and not from the commit that has theirs behind it.
        assert_eq!(
            lost(&[same.clone(), file("a.py", "chosen", false)]),
            ["HF-13 r2 (file a.py, which it shipped with other bytes)"]
        );
        assert_eq!(lost(&[same, file("a.py", "ours", true)]), [""; 0]);
    }

    #[test]
    fn a_hot_fix_of_files_alone_is_kept_by_its_files_alone() {
        let now = running("", &[], &["run.sh"]);
        let shipped = [file("run.sh", "by hand", false)];
        let found = judge(&now, &shipped, &package(&[OURS], &[file("a.py", "ours", true)]));
        assert_eq!(found.lost, ["HF-13 r2 (file run.sh)"]);
        let found = judge(&now, &shipped, &package(&[], &shipped));
        assert_eq!(found.why, ["HF-13 r2 (its very files are in it)"]);
    }

    #[test]
    fn a_release_whose_commit_is_contained_keeps_all_it_brought_and_one_that_is_not_is_named() {
        let now = running(&RELEASE[..12], &[THEIRS], &[]);
        let files = [file("a.py", "ours", true)];
        let found = judge(&now, &[], &package(&[OURS, RELEASE], &files));
        assert_eq!(found.lost, [""; 0]);
        assert_eq!(
            found.why,
            ["4.8.0 (its commit is contained)", "HF-13 r2 (part of the release)"]
        );
        assert_eq!(found.release, &RELEASE[..12]);
        let found = judge(&now, &[], &package(&[OURS], &files));
        assert_eq!(
            found.lost,
            ["the release 4.8.0 (commit e1ea5ee1ea)", "HF-13 r2 (commit c13c13c13c)"]
        );
        // Chosen files say nothing of where they come from: they cannot undo a release as such.
        let chosen = package(&[], &[file("run.sh", "x", false)]);
        assert_eq!(judge(&now, &[], &chosen).lost, ["HF-13 r2 (commit c13c13c13c)"]);
    }

    #[test]
    fn what_an_older_record_does_not_say_is_taken_to_be_of_its_commits() {
        let now = running("", &[THEIRS], &["a.py"]);
        let bare = BTreeMap::new();
        let ours = package(&[OURS, THEIRS], &[file("b.py", "ours", true)]);
        assert_eq!(hold_against(&now, &bare, &"HF-14".into(), &ours).lost, [""; 0]);
    }
}
