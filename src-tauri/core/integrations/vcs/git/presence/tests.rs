//! On real repositories: merges, picks, reverts, conflicts, squashes, rebases.

use super::{Doubt, Found, Presence};
use crate::integrations::vcs::git::testing::Repository;
use std::sync::atomic::AtomicBool;

/// Ten lines, of which some can be changed without meeting.
fn lines(changed: &[(usize, &str)]) -> String {
    (0..30)
        .map(|n| {
            let changed = changed.iter().find(|(line, _)| *line == n);
            changed.map_or_else(|| format!("line {n}\n"), |(_, text)| format!("{text}\n"))
        })
        .collect()
}

fn found(repository: &Repository, change: &str, branch: &str) -> Found {
    let (changes, branches) = ([change.to_owned()], [branch.to_owned()]);
    let mut rows =
        repository.open().presence(&changes, &branches, &AtomicBool::new(false)).unwrap();
    rows.remove(0).remove(0)
}

fn told(repository: &Repository, change: &str, branch: &str) -> (Presence, Option<Doubt>) {
    let found = found(repository, change, branch);
    (found.presence, found.doubt)
}

const COMMIT: (Presence, Option<Doubt>) = (Presence::Commit, None);
const PICKED: (Presence, Option<Doubt>) = (Presence::PatchId, None);
const MISSING: (Presence, Option<Doubt>) = (Presence::Missing, None);

fn unsure(doubt: Doubt) -> (Presence, Option<Doubt>) {
    (Presence::Uncertain, Some(doubt))
}

/// `main` with the fix in a.txt, and `release`, which parted before it and went on.
fn parted() -> (Repository, String) {
    let repository = Repository::new();
    repository.commit("a.txt", &lines(&[]), "the file");
    repository.git(&["branch", "old"]);
    repository.git(&["checkout", "-q", "-b", "release"]);
    repository.commit("release.txt", "1\n", "only there");
    repository.git(&["checkout", "-q", "main"]);
    let fix = repository.commit("a.txt", &lines(&[(3, "fixed")]), "mend the price of an order");
    (repository, fix)
}

impl Repository {
    fn on(&self, branch: &str) -> &Self {
        self.git(&["checkout", "-q", branch]);
        self
    }
}

#[test]
fn the_commit_itself_a_pick_and_nothing_at_all() {
    let (repository, fix) = parted();
    repository.on("release").git(&["cherry-pick", &fix]);
    let picked = repository.head();
    repository.commit("later.txt", "1\n", "later");
    assert_eq!(told(&repository, &fix, "main"), COMMIT);
    assert_eq!(told(&repository, &fix, "release"), PICKED);
    assert_eq!(found(&repository, &fix, "release").commit, picked);
    assert_eq!(told(&repository, &fix, "old"), MISSING);
    assert_eq!(told(&repository, &fix, "none"), (Presence::Missing, Some(Doubt::NoBranch)));
    assert_eq!(told(&repository, &"e".repeat(40), "main"), unsure(Doubt::NoCommit));
    // From the side of the pick, the fix is on main by its patch.
    assert_eq!(told(&repository, &picked, "main"), PICKED);
}

#[test]
fn a_merge_brings_the_commit_and_a_merge_is_a_change_itself() {
    let (repository, _) = parted();
    repository.git(&["checkout", "-q", "-b", "topic", "old"]);
    let one = repository.commit("a.txt", &lines(&[(10, "one")]), "one of the topic");
    repository.commit("a.txt", &lines(&[(10, "one"), (20, "two")]), "two of the topic");
    repository.on("main").git(&["merge", "-q", "--no-ff", "--no-edit", "topic"]);
    let merge = repository.head();
    assert_eq!(told(&repository, &one, "main"), COMMIT);
    assert_eq!(told(&repository, &merge, "main"), COMMIT);
    assert_eq!(told(&repository, &merge, "release"), MISSING);
    repository.on("release").git(&["cherry-pick", "-m", "1", &merge]);
    assert_eq!(told(&repository, &one, "release"), unsure(Doubt::Squashed));
    // On release line 3 is as it was: only the surroundings of other hunks are the same.
    assert_eq!(told(&repository, &merge, "release"), PICKED);
}

#[test]
fn a_revert_is_told_by_its_message_by_its_patch_and_for_a_pick() {
    let (repository, fix) = parted();
    repository.on("release").git(&["cherry-pick", &fix]);
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let by = repository.head();
    assert_eq!(told(&repository, &fix, "release"), unsure(Doubt::Reverted));
    assert_eq!(found(&repository, &fix, "release").other, by);
    assert_eq!(told(&repository, &fix, "main"), COMMIT);
    // By hand, under another name.
    repository.on("main").commit("a.txt", &lines(&[]), "clean up");
    assert_eq!(told(&repository, &fix, "main"), unsure(Doubt::Reverted));
}

#[test]
fn a_revert_that_only_its_subject_tells_is_one() {
    let (repository, fix) = parted();
    repository.commit("a.txt", &lines(&[(3, "fixed"), (4, "more")]), "go on");
    let subject = "Revert \"mend the price of an order (#7)\" (#8)";
    repository.commit("a.txt", &lines(&[(4, "more")]), subject);
    assert_eq!(told(&repository, &fix, "main"), unsure(Doubt::Reverted));
}

#[test]
fn a_revert_of_the_merge_that_brought_it_is_a_revert() {
    let (repository, _) = parted();
    repository.git(&["checkout", "-q", "-b", "topic", "old"]);
    let one = repository.commit("b.txt", "1\n", "a file of the topic");
    repository.commit("c.txt", "1\n", "another file");
    repository.on("main").git(&["merge", "-q", "--no-ff", "--no-edit", "topic"]);
    assert_eq!(told(&repository, &one, "main"), COMMIT);
    repository.git(&["revert", "-m", "1", "--no-edit", "HEAD"]);
    assert_eq!(told(&repository, &one, "main"), unsure(Doubt::Reverted));
    assert_eq!(told(&repository, &one, "topic"), COMMIT);
}

#[test]
fn a_revert_of_a_revert_is_never_simply_present() {
    let (repository, fix) = parted();
    repository.git(&["revert", "--no-edit", "HEAD"]);
    repository.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(told(&repository, &fix, "main"), unsure(Doubt::Reapplied));
    repository.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(told(&repository, &fix, "main"), unsure(Doubt::Reverted));
    // Whoever names the second application as the change has it: nothing undid it after.
    let (repository, _) = parted();
    repository.git(&["revert", "--no-edit", "HEAD"]);
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let again = repository.head();
    assert_eq!(told(&repository, &again, "main"), COMMIT);
}

#[test]
fn a_fix_that_is_itself_a_revert_is_not_undone_by_what_it_reverts() {
    let repository = Repository::new();
    repository.commit("a.txt", &lines(&[]), "the file");
    repository.commit("a.txt", &lines(&[(3, "a fault")]), "bring a fault in");
    repository.git(&["branch", "release"]);
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let fix = repository.head();
    assert_eq!(told(&repository, &fix, "main"), COMMIT);
    assert_eq!(told(&repository, &fix, "release"), MISSING);
    repository.on("release").git(&["cherry-pick", &fix]);
    repository.commit("x.txt", "1\n", "later");
    assert_eq!(told(&repository, &fix, "release").0, Presence::PatchId);
}

#[test]
fn a_pick_whose_conflicts_were_resolved_is_uncertain_with_and_without_its_trailer() {
    for trailer in [true, false] {
        let (repository, fix) = parted();
        repository.on("release").commit("a.txt", &lines(&[(3, "other there")]), "differ");
        let mut words = vec!["cherry-pick", "-x", &fix];
        if !trailer {
            words.remove(1);
        }
        assert!(!repository.tries(&words), "it conflicts");
        repository.write("a.txt", &lines(&[(3, "other there, and fixed")]));
        repository.git(&["add", "-A"]);
        repository.git(&["cherry-pick", "--continue"]);
        let picked = repository.head();
        let there = found(&repository, &fix, "release");
        assert_eq!((there.presence, there.doubt), unsure(Doubt::Resolved), "{trailer}");
        assert_eq!(there.commit, picked);
        repository.git(&["revert", "--no-edit", "HEAD"]);
        assert_eq!(told(&repository, &fix, "release"), unsure(Doubt::Reverted));
    }
}

#[test]
fn a_pick_into_other_surroundings_says_so() {
    let (repository, fix) = parted();
    repository.on("release").commit("a.txt", &lines(&[(1, "other there")]), "differ");
    repository.git(&["cherry-pick", &fix]);
    assert_eq!(told(&repository, &fix, "release"), unsure(Doubt::Surroundings));
}

#[test]
fn a_squash_merge_is_uncertain_whether_its_message_names_the_commits_or_not() {
    for message in [None, Some("Everything of the topic at once")] {
        let (repository, _) = parted();
        repository.git(&["checkout", "-q", "-b", "topic", "old"]);
        let one = repository.commit("a.txt", &lines(&[(10, "one")]), "one of the topic");
        let two = repository.commit("b.txt", "two\n", "two of the topic");
        repository.on("release").git(&["merge", "-q", "--squash", "topic"]);
        match message {
            None => repository.git(&["commit", "-q", "--no-edit"]),
            Some(message) => repository.git(&["commit", "-q", "-m", message]),
        }
        let squash = repository.head();
        for change in [&one, &two] {
            let there = found(&repository, change, "release");
            assert_eq!((there.presence, there.doubt), unsure(Doubt::Squashed), "{message:?}");
            assert_eq!(there.commit, squash);
        }
        assert_eq!(told(&repository, &one, "main"), MISSING);
    }
}

#[test]
fn a_squash_as_a_forge_writes_it_is_known_though_the_lines_went_on() {
    let (repository, fix) = parted();
    let changed = [(3, "fixed"), (4, "and more")];
    repository.on("release").commit(
        "a.txt",
        &lines(&changed),
        "Mend all (#12)\n\n* mend the price of an order\n\n* more",
    );
    repository.commit("a.txt", &lines(&[(3, "quite another")]), "go on");
    assert_eq!(told(&repository, &fix, "release"), unsure(Doubt::Squashed));
}

#[test]
fn a_rebased_branch_has_it_by_its_patch() {
    let (repository, _) = parted();
    repository.git(&["checkout", "-q", "-b", "topic", "old"]);
    let one = repository.commit("b.txt", "1\n", "one");
    repository.git(&["branch", "before"]);
    repository.git(&["rebase", "-q", "release"]);
    assert_eq!(told(&repository, &one, "topic"), PICKED);
    repository.on("release").git(&["merge", "-q", "--ff-only", "topic"]);
    assert_eq!(told(&repository, &one, "release"), PICKED);
    assert_eq!(told(&repository, &one, "before"), COMMIT);
}

#[test]
fn a_merge_that_took_nothing_of_it_over_does_not_make_it_present() {
    let (repository, fix) = parted();
    repository.on("release").git(&["merge", "-q", "-s", "ours", "--no-edit", "main"]);
    let there = found(&repository, &fix, "release");
    assert_eq!((there.presence, there.doubt), unsure(Doubt::NotTaken));
    assert_eq!(there.other, repository.head());
    // One that did take it over, and one where it was there already.
    let (repository, fix) = parted();
    repository.on("release").git(&["merge", "-q", "--no-edit", "main"]);
    assert_eq!(told(&repository, &fix, "release"), COMMIT);
    let (repository, fix) = parted();
    repository.on("release").git(&["cherry-pick", &fix]);
    repository.git(&["merge", "-q", "--no-edit", "main"]);
    assert_eq!(told(&repository, &fix, "release"), COMMIT);
}

#[test]
fn modes_and_binary_files_are_part_of_a_patch() {
    use std::os::unix::fs::PermissionsExt as _;
    let repository = Repository::new();
    repository.write("run.sh", "#!/bin/sh\n");
    repository.commit("data.bin", "\0one", "the files");
    repository.git(&["branch", "release"]);
    let script = repository.path().join("run.sh");
    let mode = |bits: u32| {
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(bits)).unwrap();
    };
    mode(0o755);
    let executable = repository.commit("other.txt", "1\n", "may be run");
    let binary = repository.commit("data.bin", "\0two", "other bytes");
    assert_eq!(told(&repository, &binary, "release"), MISSING);
    repository.on("release");
    repository.git(&["cherry-pick", &binary]);
    assert_eq!(told(&repository, &binary, "release"), PICKED);
    // The same file, and the mode is left as it was.
    mode(0o644);
    repository.commit("other.txt", "1\n", "the text alone");
    assert_ne!(told(&repository, &executable, "release").0, Presence::PatchId);
}

#[test]
fn white_space_is_no_difference_as_for_git() {
    let (repository, fix) = parted();
    repository.on("release").commit("a.txt", &lines(&[(3, "  fixed ")]), "the same, indented");
    assert_eq!(told(&repository, &fix, "release"), PICKED);
}

#[test]
fn a_shallow_clone_says_that_it_does_not_know() {
    let (repository, fix) = parted();
    repository.on("release").git(&["cherry-pick", &fix]);
    for n in 0..3 {
        repository.commit("later.txt", &format!("{n}\n"), "later");
    }
    let clone = tempfile::tempdir().unwrap();
    let from = format!("file://{}", repository.path().display());
    let to = clone.path().join("clone");
    repository.git(&[
        "clone",
        "-q",
        "--depth",
        "2",
        "--no-single-branch",
        &from,
        to.to_str().unwrap(),
    ]);
    let git = super::Git::open(&to).unwrap();
    let (changes, branches) = ([fix], ["release".to_owned(), "main".to_owned()]);
    let rows = git.presence(&changes, &branches, &AtomicBool::new(false)).unwrap();
    assert_eq!((rows[0][0].presence, rows[0][0].doubt), unsure(Doubt::Shallow));
    // As it was fetched: there is no branch of its own called main in the clone.
    assert_eq!(rows[0][1].presence, Presence::Commit);
}

#[test]
fn an_empty_repository_has_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("git").args(["init", "-q"]).arg(folder.path()).status();
    assert!(made.unwrap().success());
    let git = super::Git::open(folder.path()).unwrap();
    assert!(git.branches().unwrap().is_empty());
    assert!(git.log("", "", 0, 10).unwrap_err().message.contains("no commit yet"));
    let (changes, branches) = (["a".repeat(40)], ["main".to_owned()]);
    let rows = git.presence(&changes, &branches, &AtomicBool::new(false)).unwrap();
    assert_eq!(rows[0][0].doubt, Some(Doubt::NoCommit));
}

#[test]
fn a_tag_of_the_same_name_does_not_stand_for_the_branch() {
    let (repository, fix) = parted();
    repository.git(&["tag", "old", &fix]);
    assert_eq!(told(&repository, &fix, "old"), MISSING);
    for hostile in ["--all", "a b", "", "main^{tree}"] {
        assert_eq!(told(&repository, &fix, hostile).0, Presence::Missing, "{hostile}");
        assert_eq!(told(&repository, hostile, "main").0, Presence::Uncertain, "{hostile}");
    }
}

/// What we call the same patch is what git calls the same, and the matrix of many is that of each.
#[test]
fn the_whole_matrix_says_what_git_cherry_says() {
    let repository = Repository::new();
    let mut text: Vec<(usize, String)> = Vec::new();
    let write = |text: &[(usize, String)]| {
        let changed: Vec<(usize, &str)> =
            text.iter().map(|(n, text)| (*n, text.as_str())).collect();
        lines(&changed)
    };
    repository.commit("a.txt", &lines(&[]), "the file");
    for branch in ["r1", "r2", "r3"] {
        repository.git(&["branch", branch]);
    }
    let mut fixes = Vec::new();
    for n in 0..6 {
        text.push((n * 5, format!("fixed {n}")));
        fixes.push(repository.commit("a.txt", &write(&text), &format!("mend number {n} of them")));
    }
    let branches: Vec<String> = ["r1", "r2", "r3", "main"].map(String::from).into();
    for (branch, taken) in [("r1", [0, 2, 4].as_slice()), ("r2", &[5]), ("r3", &[])] {
        repository.on(branch);
        for fix in taken {
            repository.git(&["cherry-pick", &fixes[*fix]]);
        }
    }
    let rows = repository.open().presence(&fixes, &branches, &AtomicBool::new(false)).unwrap();
    for (column, branch) in branches.iter().enumerate() {
        let cherry = std::process::Command::new("git")
            .current_dir(repository.path())
            .args(["cherry", branch, "main"])
            .output()
            .unwrap();
        let cherry = String::from_utf8(cherry.stdout).unwrap();
        for (row, fix) in fixes.iter().enumerate() {
            let there = &rows[row][column];
            let present = matches!(there.presence, Presence::Commit | Presence::PatchId);
            let by_git = branch == "main" || cherry.contains(&format!("- {fix}"));
            assert_eq!(present, by_git, "{fix} on {branch}: {there:?}\n{cherry}");
            assert_eq!(*there, found(&repository, fix, branch));
        }
    }
}
