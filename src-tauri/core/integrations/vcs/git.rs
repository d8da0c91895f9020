//! A local git repository, read through the git command in a fixed environment.
//!
//! Nothing here writes to a repository, runs its hooks or reaches a network. What a caller names is
//! checked before git sees it.

pub mod blobs;
mod diff;
pub mod presence;
#[cfg(test)]
mod testing;

pub use diff::FileChange;

use crate::{
    clock::Instant,
    error::{Error, Result},
};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant as Moment},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// For what is read as it comes, and can be cancelled.
const LONG_PATIENCE: Duration = Duration::from_secs(15 * 60);
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
    /// How many parents it has: a merge has several, the first commit none.
    pub parents: u32,
    pub files: Vec<File>,
}

/// A branch and the commit it ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub name: String,
    pub tip: String,
    /// Known from another repository (`origin/main`), as it was when it was last fetched.
    pub remote: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub additions: u32,
    pub deletions: u32,
}

/// An existing repository.
#[derive(Clone)]
pub struct Git {
    path: PathBuf,
}

impl Git {
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let mut git = Self { path: path.into() };
        if !git.path.is_dir() {
            return Err(Error::field(
                "repository",
                format!("There is no folder {}.", git.path.display()),
            ));
        }
        let up = git.text(&["rev-parse", "--show-cdup"]).map_err(|error| {
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
        // A folder inside the repository stands for all of it: paths are told from its top.
        let up = up.trim_end_matches('\n');
        if !up.is_empty() {
            git.path.push(up);
        }
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
        Err(complaint(&complaints.join().unwrap_or_default()))
    }

    /// Hands on what git says as it comes, until `each` has enough of it or `cancelled` is set.
    fn stream(
        &self,
        arguments: &[&str],
        input: Vec<u8>,
        cancelled: &AtomicBool,
        each: &mut dyn FnMut(&[u8]) -> Result<bool>,
    ) -> Result<()> {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Error::offline(format!("git cannot be started: {error}.")).hint("Install git.")
            })?;
        let mut out = child.stdout.take().ok_or_else(|| Error::internal("git has no output."))?;
        let mut err = child.stderr.take().ok_or_else(|| Error::internal("git has no errors."))?;
        let to_child = child.stdin.take();
        let child = Mutex::new(child);
        let kill = |child: &mut Child| drop(child.kill());
        let (over, ended) = mpsc::channel::<()>();
        let begun = Moment::now();
        let (kill, watched) = (&kill, &child);
        let watch = move || {
            loop {
                match ended.recv_timeout(Duration::from_millis(50)) {
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    _ => return false,
                }
                if cancelled.load(Ordering::Relaxed) || begun.elapsed() > LONG_PATIENCE {
                    kill(&mut watched.lock().unwrap_or_else(PoisonError::into_inner));
                    return true;
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(move || to_child.map(|mut pipe| pipe.write_all(&input)));
            let complaints = scope.spawn(move || {
                let mut bytes = Vec::new();
                drop(err.by_ref().take(64 << 10).read_to_end(&mut bytes));
                drop(std::io::copy(&mut err, &mut std::io::sink()));
                String::from_utf8_lossy(&bytes).into_owned()
            });
            let watch = scope.spawn(watch);
            let mut buffer = vec![0; 64 << 10];
            let mut enough = false;
            let read = loop {
                match out.read(&mut buffer) {
                    Ok(0) => break Ok(()),
                    Ok(length) => match each(&buffer[..length]) {
                        Ok(true) => {}
                        Ok(false) => {
                            enough = true;
                            break Ok(());
                        }
                        Err(error) => break Err(error),
                    },
                    Err(error) => break Err(error.into()),
                }
            };
            drop(over);
            let stopped = watch.join().unwrap_or_default();
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            if enough || read.is_err() {
                kill(&mut child);
            }
            drop(out);
            let status = child.wait()?;
            let text = complaints.join().unwrap_or_default();
            read?;
            if cancelled.load(Ordering::Relaxed) {
                return Err(Error::denied("It was cancelled."));
            }
            if stopped {
                return Err(Error::offline(
                    "git took more than a quarter of an hour and was stopped.",
                ));
            }
            if enough || status.success() { Ok(()) } else { Err(complaint(&text)) }
        })
    }

    /// Like `run`, with lines for git to read.
    fn ask(&self, arguments: &[&str], lines: &[String]) -> Result<Vec<u8>> {
        let mut input = lines.join("\n");
        input.push('\n');
        self.run(arguments, Some(input.as_bytes()))
    }

    fn text(&self, arguments: &[&str]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.run(arguments, None)?).into_owned())
    }

    /// Whether every tracked file is as the commit that is checked out has it. Filters that the
    /// repository's own configuration names may run for it.
    pub fn is_clean(&self) -> Result<bool> {
        let changed = self.text(&["status", "--porcelain", "--untracked-files=no"])?;
        Ok(changed.trim().is_empty())
    }

    /// The full hash of a commit, tag or branch.
    pub fn resolve(&self, revision: &str) -> Result<String> {
        let unknown = || {
            if revision == "HEAD" {
                return Error::field("commit", "The repository has no commit yet.");
            }
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

    /// Every branch, its own first, each with its tip; the newest first.
    pub fn branches(&self) -> Result<Vec<Branch>> {
        let text = self.text(&[
            "for-each-ref",
            "--sort=-committerdate",
            "--format=%(refname)%00%(objectname)%00%(symref)",
            "refs/heads",
            "refs/remotes",
        ])?;
        let mut branches: Vec<Branch> = text
            .lines()
            .filter_map(|line| {
                let mut parts = line.split('\0');
                let (name, tip) = (parts.next()?, parts.next()?.to_owned());
                // `origin/HEAD` is another name of a branch that is listed itself.
                if parts.next().is_some_and(|symbolic| !symbolic.is_empty()) {
                    return None;
                }
                let own = name.strip_prefix("refs/heads/");
                let name = own.or_else(|| name.strip_prefix("refs/remotes/"))?.to_owned();
                Some(Branch { name, tip, remote: own.is_none() })
            })
            .collect();
        branches.sort_by_key(|branch| branch.remote);
        Ok(branches)
    }

    /// One commit with its files and their insertions and deletions; of a merge, what it brought to
    /// its first parent.
    pub fn commit(&self, revision: &str) -> Result<Commit> {
        let sha = self.resolve(revision)?;
        self.commits(std::slice::from_ref(&sha))?
            .pop()
            .ok_or_else(|| Error::vendor(format!("git shows nothing of {sha}.")))
    }

    /// Commits with their files, in the order they are named.
    fn commits(&self, shas: &[String]) -> Result<Vec<Commit>> {
        if shas.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = self.ask(
            &[
                "log",
                "--no-color",
                "--no-walk=unsorted",
                "--stdin",
                "--no-ext-diff",
                "--no-textconv",
                "--diff-merges=first-parent",
                "--root",
                "--no-renames",
                "--numstat",
                "-z",
                "--encoding=UTF-8",
                FORMAT,
            ],
            shas,
        )?;
        Ok(commits_of(&bytes))
    }

    /// Commits as they were written, without their files.
    fn messages(&self, shas: &[String]) -> Result<Vec<Commit>> {
        if shas.is_empty() {
            return Ok(Vec::new());
        }
        let arguments =
            ["rev-list", "--no-walk=unsorted", "--stdin", "--no-commit-header", "--encoding=UTF-8"];
        let bytes = self.ask(&[arguments.as_slice(), &[FORMAT]].concat(), shas)?;
        Ok(commits_of(&bytes))
    }

    /// The commits that a range names (`A..B`), without merges, the oldest first, with their files.
    /// More than `most` are refused.
    pub fn range(&self, range: &str, most: usize) -> Result<Vec<Commit>> {
        let (from, to) =
            range.split_once("..").filter(|(_, to)| !to.starts_with('.')).ok_or_else(|| {
                Error::field("commit", format!("“{range}” is no range; one looks like main..fix."))
            })?;
        let end = |name: &str| self.resolve(if name.is_empty() { "HEAD" } else { name });
        let (from, to) = (end(from)?, end(to)?);
        let limit = format!("--max-count={}", most + 1);
        let range = format!("{from}..{to}");
        let text = self.text(&["rev-list", "--no-merges", "--topo-order", &limit, &range, "--"])?;
        let mut shas: Vec<String> = text.lines().map(str::to_owned).collect();
        if shas.is_empty() {
            return Err(Error::field(
                "commit",
                format!("There is no commit between {from} and {to}."),
            )
            .hint("A range A..B holds what is in B and not in A; merges are not counted."));
        }
        if shas.len() > most {
            return Err(Error::field("commit", format!("The range has more than {most} commits."))
                .hint("Name a shorter range."));
        }
        shas.reverse();
        self.commits(&shas)
    }

    /// The newest commits of a branch or range, with their files; `skip` of them are left out. Only
    /// those whose message or author has the text, if one is given.
    pub fn log(&self, range: &str, text: &str, skip: u32, limit: u32) -> Result<Vec<Commit>> {
        let range = if range.is_empty() { "HEAD" } else { range };
        let mut ends = Vec::new();
        let two = range.split_once("..").filter(|(_, to)| !to.starts_with('.'));
        for end in two.map_or_else(|| vec![range], |(from, to)| vec![from, to]) {
            ends.push(self.resolve(if end.is_empty() { "HEAD" } else { end })?);
        }
        let (limit, skip) = (format!("--max-count={limit}"), format!("--skip={skip}"));
        let range = ends.join("..");
        let mut arguments = vec!["rev-list", &*limit, &*skip];
        let wanted = format!("--grep={text}");
        if !text.is_empty() {
            arguments.extend(["--fixed-strings", "--regexp-ignore-case", &*wanted]);
        }
        arguments.extend([range.as_str(), "--"]);
        let shas: Vec<String> = self.text(&arguments)?.lines().map(str::to_owned).collect();
        self.commits(&shas)
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

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Each field ends with a zero, which no message can hold.
const FORMAT: &str = "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%s%x00%B%x00";

/// Reads what `FORMAT` and `--numstat -z` write.
fn commits_of(bytes: &[u8]) -> Vec<Commit> {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('\0').peekable();
    let mut commits: Vec<Commit> = Vec::new();
    while let Some(part) = parts.next() {
        let part = part.trim_start_matches('\n');
        if part.contains('\t') {
            if let (Some(file), Some(last)) = (numstat(part), commits.last_mut()) {
                last.files.push(file);
            }
        } else if is_hash(part) {
            let mut next = || parts.next().unwrap_or_default().to_owned();
            let (parents, author, mail, seconds, subject, message) =
                (next(), next(), next(), next(), next(), next());
            commits.push(Commit {
                sha: part.to_owned(),
                parents: parents.split_whitespace().count() as u32,
                author,
                mail,
                authored_at: moment(&seconds),
                subject,
                message: message.trim_end().to_owned(),
                files: Vec::new(),
            });
        }
    }
    commits
}

fn moment(seconds: &str) -> Option<Instant> {
    let seconds: i64 = seconds.trim().parse().ok()?;
    Some(Instant::from_micros(seconds.checked_mul(1_000_000)?))
}

/// A full hash, of SHA-1 or SHA-256.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// git's first sentence of complaint.
fn complaint(text: &str) -> Error {
    let line = text.lines().next().unwrap_or("it gave no reason");
    let line = line.trim_start_matches("fatal: ").trim_end_matches('.');
    Error::vendor(format!("git: {line}."))
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
    use super::{testing::Repository, *};

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
    }

    /// Whatever the repository's own configuration asks git to run is not run.
    #[test]
    fn a_hostile_repository_runs_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let repository = Repository::new();
        let (trap, sprung) = (repository.path().join("trap.sh"), repository.path().join("sprung"));
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
        let file = repository.path().join("signed");
        std::fs::write(&file, signed).unwrap();
        let made = Command::new("git")
            .current_dir(repository.path())
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
            git.log(branch, "", 0, 10).unwrap();
            git.branches().unwrap();
            git.changed_files(None, branch).unwrap();
            git.diff(None, branch, &AtomicBool::new(false), &mut |_| Ok(true)).unwrap();
            let (fixes, branches) = ([fix.clone()], [branch.to_owned(), "old".to_owned()]);
            git.presence(&fixes, &branches, &AtomicBool::new(false)).unwrap();
            let tree = git.tree(branch).unwrap();
            let mut blobs = git.blobs(tree.iter().map(|file| file.blob.clone()).collect()).unwrap();
            for file in &tree {
                let (mut bytes, size) = blobs.next(&file.blob).unwrap();
                assert_eq!(std::io::copy(&mut bytes, &mut std::io::sink()).unwrap(), size);
            }
        }
        assert!(!sprung.exists(), "the repository's configuration was run");
    }
}
