//! A local git repository, read through the git command in a fixed environment.
//!
//! Nothing here writes to a repository, runs its hooks or reaches a network. What a caller names is
//! checked before git sees it.

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

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .arg("--no-optional-locks")
            .arg("--no-pager")
            .args([
                "-c",
                "core.fsmonitor=false",
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "protocol.allow=never",
            ])
            .args(["-c", "diff.external=", "-c", "core.quotePath=false"])
            .arg("-C")
            .arg(&self.path)
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> Result<Vec<u8>> {
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
        let mut err =
            child.stderr.take().ok_or_else(|| Error::internal("git has no error output."))?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = out.by_ref().take(MOST_OUTPUT).read_to_end(&mut bytes).map(|_| bytes);
            drop(sender.send(read));
        });
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            drop(err.by_ref().take(64 << 10).read_to_string(&mut text));
            text
        });
        let bytes = match receiver.recv_timeout(PATIENCE) {
            Ok(read) => read?,
            Err(_) => {
                child.kill()?;
                child.wait()?;
                return Err(Error::offline("git took more than a minute and was stopped."));
            }
        };
        let status = child.wait()?;
        if let Some(writer) = writer {
            drop(writer.join());
        }
        if status.success() {
            return Ok(bytes);
        }
        let text = complaints.join().unwrap_or_default();
        let line = text
            .lines()
            .next()
            .unwrap_or("it gave no reason")
            .trim_start_matches("fatal: ")
            .to_owned();
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
            files: files.lines().filter_map(numstat).collect(),
        })
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
        Ok(status.success())
    }

    /// Whether a change is on a branch: the commit itself, or a commit with the same patch-id since
    /// the two parted. A change that was reverted there is uncertain, never present.
    pub fn presence(&self, commit: &str, branch: &str) -> Result<Presence> {
        let commit = self.resolve(commit)?;
        let Ok(tip) = self.resolve(branch) else { return Ok(Presence::Missing) };
        let found = if self.is_ancestor(&commit, &tip)? {
            Presence::Commit
        } else {
            let wanted = self.patch_id(&commit)?;
            let base = self.text(&["merge-base", &commit, &tip]).unwrap_or_default();
            let range = if base.trim().is_empty() {
                tip.clone()
            } else {
                format!("{}..{tip}", base.trim())
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
            if !wanted.is_empty()
                && ids.lines().any(|line| line.split(' ').next() == Some(wanted.as_str()))
            {
                Presence::PatchId
            } else {
                return Ok(Presence::Missing);
            }
        };
        let reverts = self.text(&[
            "log",
            "--no-color",
            "--format=%H",
            "--fixed-strings",
            &format!("--grep=This reverts commit {commit}"),
            "--end-of-options",
            &tip,
            "--",
        ])?;
        Ok(if reverts.trim().is_empty() { found } else { Presence::Uncertain })
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
}
