//! A local git repository, read through the git command in a fixed environment.
//!
//! Nothing here writes to a repository, runs its hooks or reaches a network. What a caller names is
//! checked before git sees it.

pub mod blobs;

use crate::{
    clock::Instant,
    error::{Error, Result},
};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);
const MOST_OUTPUT: u64 = 256 << 20;

/// A commit, as the repository tells it. Names and times are the author's claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub sha: String,
    pub author: String,
    pub mail: String,
    pub authored_at: Option<Instant>,
    pub subject: String,
    pub message: String,
    pub files: Vec<File>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub additions: u32,
    pub deletions: u32,
}

/// A unified diff, as git prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    pub text: String,
    /// False if there was more than was asked for.
    pub whole: bool,
}

/// Whether a change is on a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Commit,
    PatchId,
    Uncertain,
    Missing,
}

/// An existing repository.
pub struct Git {
    path: PathBuf,
}

impl Git {
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let git = Self { path: path.into() };
        if !git.path.is_dir() {
            return Err(Error::field(
                "repository",
                format!("There is no folder {}.", git.path.display()),
            ));
        }
        git.text(&["rev-parse", "--git-dir"]).map_err(|error| {
            if error.message.contains("dubious ownership") {
                Error::field(
                    "repository",
                    format!("{} belongs to another user.", git.path.display()),
                )
                .hint("git config --global --add safe.directory names it as trusted.")
            } else {
                Error::field(
                    "repository",
                    format!("{} is not a git repository.", git.path.display()),
                )
            }
        })?;
        Ok(git)
    }

    /// What a repository's own configuration could make git run is switched off here: hooks,
    /// external diffs, a file system monitor, a signature checker, and helpers that would fetch
    /// what a partial clone lacks.
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .arg("--no-optional-locks")
            .arg("--no-pager")
            .arg("--literal-pathspecs")
            .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
            .args(["-c", "log.showSignature=false", "-c", "diff.external="])
            .args(["-c", "core.quotePath=false", "-c", "protocol.allow=never"])
            .arg("-C")
            .arg(&self.path)
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_NO_LAZY_FETCH", "1")
            // Stronger than any protocol.NAME.allow of the repository.
            .env("GIT_ALLOW_PROTOCOL", "none");
        for name in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> Result<Vec<u8>> {
        match self.capture(arguments, input, MOST_OUTPUT)? {
            (bytes, true) => Ok(bytes),
            (_, false) => Err(Error::vendor(format!(
                "git has more to say than the {} MiB that are read.",
                MOST_OUTPUT >> 20
            ))),
        }
    }

    /// At most `limit` bytes of what git says, and whether that was all.
    fn capture(
        &self,
        arguments: &[&str],
        input: Option<&[u8]>,
        limit: u64,
    ) -> Result<(Vec<u8>, bool)> {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Error::offline(format!("git cannot be started: {error}.")).hint("Install git.")
            })?;
        let writer = child.stdin.take().zip(input).map(|(mut pipe, bytes)| {
            let bytes = bytes.to_vec();
            std::thread::spawn(move || pipe.write_all(&bytes))
        });
        let mut out = child.stdout.take().ok_or_else(|| Error::internal("git has no output."))?;
        let mut err = child.stderr.take().ok_or_else(|| Error::internal("git has no errors."))?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = out.by_ref().take(limit + 1).read_to_end(&mut bytes).map(|_| bytes);
            drop(sender.send(read));
        });
        let complaints = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            drop(err.by_ref().take(64 << 10).read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let mut bytes = match receiver.recv_timeout(PATIENCE) {
            Ok(read) => read?,
            Err(_) => {
                // It may have ended in this very moment, which is as good.
                drop(child.kill());
                child.wait()?;
                return Err(Error::offline("git took more than a minute and was stopped."));
            }
        };
        if bytes.len() as u64 > limit {
            drop(child.kill());
            child.wait()?;
            bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            return Ok((bytes, false));
        }
        let status = child.wait()?;
        if let Some(writer) = writer {
            drop(writer.join());
        }
        if status.success() {
            return Ok((bytes, true));
        }
        let text = complaints.join().unwrap_or_default();
        let line = text.lines().next().unwrap_or("it gave no reason");
        let line = line.trim_start_matches("fatal: ").trim_end_matches('.');
        Err(Error::vendor(format!("git: {line}.")))
    }

    fn text(&self, arguments: &[&str]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.run(arguments, None)?).into_owned())
    }

    /// The full hash of a commit, tag or branch.
    pub fn resolve(&self, revision: &str) -> Result<String> {
        let unknown = || {
            Error::field(
                "commit",
                format!(
                    "The repository has no commit “{}”.",
                    revision.chars().take(80).collect::<String>()
                ),
            )
        };
        if revision.is_empty()
            || revision.starts_with('-')
            || revision.contains(|c: char| c.is_control() || c == ' ')
        {
            return Err(unknown());
        }
        let text = self
            .text(&[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &format!("{revision}^{{commit}}"),
            ])
            .map_err(|_| unknown())?;
        Ok(text.trim().to_owned())
    }

    pub fn branches(&self) -> Result<Vec<String>> {
        let text = self.text(&["for-each-ref", "--format=%(refname:short)", "refs/heads"])?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// One commit with its files and their insertions and deletions.
    pub fn commit(&self, revision: &str) -> Result<Commit> {
        let sha = self.resolve(revision)?;
        let text = self.text(&[
            "show",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--first-parent",
            "-m",
            "--no-renames",
            "--numstat",
            "-z",
            "--format=%H%x00%an%x00%ae%x00%at%x00%s%x00%B%x00",
            &sha,
            "--",
        ])?;
        let mut parts = text.splitn(7, '\0');
        let mut next = || parts.next().unwrap_or_default().to_owned();
        let (sha, author, mail, seconds, subject, message, files) =
            (next(), next(), next(), next(), next(), next(), next());
        Ok(Commit {
            sha,
            author,
            mail,
            authored_at: seconds.parse::<i64>().ok().map(|at| Instant::from_micros(at * 1_000_000)),
            subject,
            message: message.trim_end().to_owned(),
            files: files
                .split('\0')
                .filter_map(|one| numstat(one.trim_start_matches('\n')))
                .collect(),
        })
    }

    /// What a commit changed, as a unified diff of at most `limit` bytes; of one path, if named.
    pub fn diff(&self, revision: &str, path: Option<&str>, limit: u64) -> Result<Diff> {
        let sha = self.resolve(revision)?;
        let mut arguments = vec![
            "show",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--first-parent",
            "-m",
            "--patch",
            "--format=",
            &sha,
            "--",
        ];
        arguments.extend(path);
        let (bytes, whole) = self.capture(&arguments, None, limit)?;
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if !whole {
            // Not in the middle of a line.
            text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
        }
        Ok(Diff { text, whole })
    }

    /// The newest commits of a branch or range, without their files.
    pub fn log(&self, range: &str, limit: u32) -> Result<Vec<Commit>> {
        let range = if range.is_empty() { "HEAD".to_owned() } else { range.to_owned() };
        for end in range.split("..").filter(|end| !end.is_empty()) {
            self.resolve(end)?;
        }
        let text = self.text(&[
            "log",
            "--no-color",
            &format!("--max-count={limit}"),
            "--format=%H%x00%an%x00%ae%x00%at%x00%s%x1e",
            "--end-of-options",
            &range,
            "--",
        ])?;
        Ok(text
            .split('\u{1e}')
            .filter_map(|entry| {
                let mut parts = entry.trim_start_matches('\n').splitn(5, '\0');
                let sha = parts.next().filter(|sha| !sha.is_empty())?.to_owned();
                let (author, mail) = (parts.next()?.to_owned(), parts.next()?.to_owned());
                let seconds: i64 = parts.next()?.parse().ok()?;
                Some(Commit {
                    sha,
                    author,
                    mail,
                    authored_at: Some(Instant::from_micros(seconds * 1_000_000)),
                    subject: parts.next().unwrap_or_default().to_owned(),
                    message: String::new(),
                    files: Vec::new(),
                })
            })
            .collect())
    }

    /// A file's bytes as they are in a commit, and whether it is executable.
    pub fn read_file(&self, commit: &str, path: &str) -> Result<(Vec<u8>, bool)> {
        let sha = self.resolve(commit)?;
        let missing = || {
            Error::field(
                "path",
                format!("The commit {} has no file {path}.", &sha[..10.min(sha.len())]),
            )
        };
        let listed = self.text(&["ls-tree", "--full-tree", &sha, "--", path])?;
        let mode = listed.split_whitespace().next().ok_or_else(missing)?;
        if !matches!(mode, "100644" | "100755") {
            return Err(Error::field("path", format!("{path} is not a plain file.")));
        }
        let bytes = self
            .run(&["cat-file", "blob", &format!("{sha}:{path}")], None)
            .map_err(|_| missing())?;
        Ok((bytes, mode == "100755"))
    }

    /// All plain files of a commit below a folder (empty for all).
    pub fn list_files(&self, commit: &str, below: &str) -> Result<Vec<String>> {
        let sha = self.resolve(commit)?;
        let text = self.text(&[
            "ls-tree",
            "--full-tree",
            "-r",
            "-z",
            "--name-only",
            &sha,
            "--",
            if below.is_empty() { "." } else { below },
        ])?;
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    /// Whether a commit is part of another's history.
    pub fn is_ancestor(&self, commit: &str, of: &str) -> Result<bool> {
        let (commit, of) = (self.resolve(commit)?, self.resolve(of)?);
        let status = self
            .command()
            .args(["merge-base", "--is-ancestor", &commit, &of])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        match status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(Error::vendor("git could not compare the two commits.")
                .hint("Is the clone complete? A shallow one lacks the history.")),
        }
    }

    /// Whether a change is on a branch: the commit itself, or a commit with the same patch-id since
    /// the two parted. A change that was reverted there is uncertain, never present.
    pub fn presence(&self, commit: &str, branch: &str) -> Result<Presence> {
        let commit = self.resolve(commit)?;
        let Ok(tip) = self.resolve(branch) else { return Ok(Presence::Missing) };
        let (found, there) = if self.is_ancestor(&commit, &tip)? {
            (Presence::Commit, commit)
        } else {
            let Some(picked) = self.picked(&commit, &tip)? else { return Ok(Presence::Missing) };
            (Presence::PatchId, picked)
        };
        let reverts = self.text(&[
            "log",
            "--no-color",
            "--format=%H",
            "--fixed-strings",
            &format!("--grep=This reverts commit {there}"),
            "--end-of-options",
            &tip,
            "--",
        ])?;
        Ok(if reverts.trim().is_empty() { found } else { Presence::Uncertain })
    }

    /// The commit with the same patch-id on a branch since the two parted.
    fn picked(&self, commit: &str, tip: &str) -> Result<Option<String>> {
        let wanted = self.patch_id(commit)?;
        if wanted.is_empty() {
            return Ok(None);
        }
        let base = self.text(&["merge-base", commit, tip]).unwrap_or_default();
        let range = match base.trim() {
            "" => tip.to_owned(),
            base => format!("{base}..{tip}"),
        };
        let patches = self.run(
            &[
                "log",
                "-p",
                "--no-color",
                "--no-ext-diff",
                "--no-textconv",
                "--no-merges",
                "--format=commit %H",
                "--end-of-options",
                &range,
                "--",
            ],
            None,
        )?;
        let ids = self.run(&["patch-id", "--stable"], Some(&patches))?;
        let ids = String::from_utf8_lossy(&ids).into_owned();
        Ok(ids
            .lines()
            .filter_map(|line| line.split_once(' '))
            .find_map(|(patch, picked)| (patch == wanted).then(|| picked.trim().to_owned())))
    }

    fn patch_id(&self, commit: &str) -> Result<String> {
        let patch = self.run(
            &[
                "show",
                "--no-color",
                "--no-ext-diff",
                "--no-textconv",
                "--format=commit %H",
                commit,
                "--",
            ],
            None,
        )?;
        let id = self.run(&["patch-id", "--stable"], Some(&patch))?;
        Ok(String::from_utf8_lossy(&id).split(' ').next().unwrap_or_default().trim().to_owned())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn numstat(line: &str) -> Option<File> {
    let mut parts = line.splitn(3, '\t');
    // Binary files have dashes for numbers.
    let additions = parts.next()?.parse().unwrap_or(0);
    let deletions = parts.next()?.parse().unwrap_or(0);
    Some(File { path: parts.next()?.to_owned(), additions, deletions })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Repository(tempfile::TempDir);

    impl Repository {
        fn new() -> Self {
            let repository = Self(tempfile::tempdir().unwrap());
            repository.git(&["init", "-q", "-b", "main"]);
            repository.commit("base.txt", "base\n", "base");
            repository
        }

        fn git(&self, arguments: &[&str]) {
            let done = Command::new("git")
                .current_dir(self.0.path())
                .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.org"])
                .args(arguments)
                .output()
                .unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }

        fn commit(&self, file: &str, text: &str, subject: &str) -> String {
            std::fs::write(self.0.path().join(file), text).unwrap();
            self.git(&["add", "."]);
            self.git(&["commit", "-q", "-m", subject]);
            self.open().resolve("HEAD").unwrap()
        }

        fn open(&self) -> Git {
            Git::open(self.0.path()).unwrap()
        }
    }

    #[test]
    fn a_commit_is_read_with_its_files_and_author() {
        let repository = Repository::new();
        let sha = repository.commit("pay ment.py", "a\nb\n", "mend the payment");
        let commit = repository.open().commit("main").unwrap();
        assert_eq!(
            (commit.sha, commit.author.as_str(), commit.subject.as_str()),
            (sha, "Dana", "mend the payment")
        );
        assert_eq!(commit.files, [File { path: "pay ment.py".into(), additions: 2, deletions: 0 }]);
        assert_eq!(repository.open().read_file("main", "pay ment.py").unwrap().0, b"a\nb\n");
    }

    #[test]
    fn a_cherry_pick_is_present_by_patch_a_revert_is_not_and_another_branch_misses_it() {
        let repository = Repository::new();
        repository.git(&["branch", "release"]);
        repository.git(&["branch", "old"]);
        let fix = repository.commit("fix.txt", "fixed\n", "fix");
        repository.git(&["checkout", "-q", "release"]);
        repository.commit("other.txt", "other\n", "other");
        repository.git(&["cherry-pick", &fix]);
        let git = repository.open();
        assert_eq!(git.presence(&fix, "main").unwrap(), Presence::Commit);
        assert_eq!(git.presence(&fix, "release").unwrap(), Presence::PatchId);
        assert_eq!(git.presence(&fix, "old").unwrap(), Presence::Missing);
        repository.git(&["checkout", "-q", "main"]);
        repository.git(&["revert", "--no-edit", &fix]);
        assert_eq!(git.presence(&fix, "main").unwrap(), Presence::Uncertain);
    }

    #[test]
    fn what_looks_like_an_option_is_no_commit() {
        let repository = Repository::new();
        for hostile in ["--output=/tmp/x", "-n1", "", "a b", "nothing"] {
            assert!(repository.open().resolve(hostile).is_err(), "{hostile}");
        }
    }

    #[test]
    fn a_folder_without_git_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Git::open(folder.path()).err().unwrap().message.contains("not a git repository"));
    }

    #[test]
    fn a_pick_that_was_reverted_on_its_branch_is_uncertain() {
        let repository = Repository::new();
        repository.git(&["branch", "release"]);
        let fix = repository.commit("fix.txt", "fixed\n", "fix");
        repository.git(&["checkout", "-q", "release"]);
        repository.commit("other.txt", "other\n", "other");
        repository.git(&["cherry-pick", &fix]);
        repository.git(&["revert", "--no-edit", "HEAD"]);
        let git = repository.open();
        assert_eq!(git.presence(&fix, "release").unwrap(), Presence::Uncertain);
        assert_eq!(git.presence(&fix, "main").unwrap(), Presence::Commit);
        assert_eq!(git.presence(&fix, "no-such-branch").unwrap(), Presence::Missing);
    }

    #[test]
    fn files_with_odd_names_and_the_files_of_a_merge_are_read_as_they_are() {
        let repository = Repository::new();
        let odd = "tab\tquote\"ä\nline.txt";
        repository.git(&["checkout", "-q", "-b", "side"]);
        repository.commit(odd, "1\n2\n", "odd");
        let named = |commit: Commit| -> Vec<(String, u32)> {
            commit.files.into_iter().map(|file| (file.path, file.additions)).collect()
        };
        assert_eq!(named(repository.open().commit("side").unwrap()), [(odd.to_owned(), 2)]);
        repository.git(&["checkout", "-q", "main"]);
        repository.commit("main.txt", "1\n", "main");
        repository.git(&["merge", "-q", "--no-edit", "side"]);
        assert_eq!(named(repository.open().commit("main").unwrap()), [(odd.to_owned(), 2)]);
        assert_eq!(repository.open().read_file("main", odd).unwrap().0, b"1\n2\n");
    }

    #[test]
    fn a_diff_is_bounded_and_says_so() {
        let repository = Repository::new();
        let text: String = (0..500).map(|n| format!("line {n}\n")).collect();
        repository.commit("a.txt", &text, "long");
        let git = repository.open();
        let all = git.diff("main", None, 1 << 20).unwrap();
        assert!(all.whole && all.text.contains("+line 499"));
        let part = git.diff("main", Some("a.txt"), 300).unwrap();
        assert!(!part.whole && part.text.len() <= 300 && part.text.ends_with('\n'));
        assert_eq!(git.diff("main", Some("b.txt"), 300).unwrap().text, "");
    }

    #[test]
    fn a_link_or_a_folder_is_no_file_to_read() {
        let repository = Repository::new();
        std::os::unix::fs::symlink("/etc/passwd", repository.0.path().join("link")).unwrap();
        std::fs::create_dir(repository.0.path().join("sub")).unwrap();
        repository.commit("sub/file", "x", "more");
        let git = repository.open();
        for path in ["link", "sub", "nothing", "../x", "*.txt", ":(top)base.txt", "--help"] {
            assert!(git.read_file("main", path).is_err(), "{path}");
        }
        assert_eq!(git.list_files("main", "sub").unwrap(), ["sub/file"]);
    }

    /// Whatever the repository's own configuration asks git to run is not run.
    #[test]
    fn a_hostile_repository_runs_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let repository = Repository::new();
        let (trap, sprung) =
            (repository.0.path().join("trap.sh"), repository.0.path().join("sprung"));
        std::fs::write(&trap, format!("#!/bin/sh\ntouch '{}'\ncat\n", sprung.display())).unwrap();
        std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
        let fix =
            repository.commit(".gitattributes", "*.txt diff=evil filter=evil\n", "attributes");
        repository.commit("base.txt", "changed\n", "change");
        // A commit that claims to be signed, so that showSignature would ask gpg.program.
        let raw = repository.open().text(&["cat-file", "commit", "HEAD"]).unwrap();
        let signed = raw.replacen(
            "\n\n",
            "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n",
            1,
        );
        let file = repository.0.path().join("signed");
        std::fs::write(&file, signed).unwrap();
        let made = Command::new("git")
            .current_dir(repository.0.path())
            .args(["hash-object", "-t", "commit", "-w", "signed"])
            .output()
            .unwrap();
        let signed = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        repository.git(&["branch", "signed", &signed]);
        let trap = trap.to_str().unwrap();
        for (name, value) in [
            ("log.showSignature", "true"),
            ("gpg.program", trap),
            ("core.fsmonitor", trap),
            ("core.pager", trap),
            ("pager.log", "true"),
            ("diff.external", trap),
            ("diff.evil.command", trap),
            ("diff.evil.textconv", trap),
            ("filter.evil.smudge", trap),
            ("core.sshCommand", trap),
            ("core.editor", trap),
        ] {
            repository.git(&["config", name, value]);
        }
        let git = repository.open();
        for branch in ["main", "signed"] {
            git.commit(branch).unwrap();
            git.log(branch, 10).unwrap();
            git.diff(branch, None, 1 << 20).unwrap();
            git.presence(&fix, branch).unwrap();
            git.read_file(branch, "base.txt").unwrap();
        }
        assert!(!sprung.exists(), "the repository's configuration was run");
    }
}
