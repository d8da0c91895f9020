//! A commit's files for a package: which there are, which of them an archive leaves out, and their
//! bytes, streamed from one git process however many they are.
//!
//! What an archive leaves out is what `git archive` does: `export-ignore` in the commit's own
//! .gitattributes (and the repository's info/attributes). The bytes are those of the commit itself:
//! no filter runs, no line ending changes, no `$Format$` is filled in. An index that git needs to
//! read attributes of a commit is a temporary file of ours; the repository is not written to.

use super::Git;
use crate::error::{Error, Result};
use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, Read, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// How long git may take to read a commit's attributes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an entry of a commit's tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeKind {
    File { executable: bool },
    Link,
    Submodule,
}

/// One entry of a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// With a sign in place of bytes that are not UTF-8, if `named` is false.
    pub path: String,
    pub named: bool,
    pub kind: TreeKind,
    pub blob: String,
    pub size: u64,
    /// `export-ignore`: of the file itself or of a folder above it.
    pub ignored: bool,
    /// `export-subst`: git archive would fill in `$Format$`, and this does not.
    pub substituted: bool,
    /// `filter=lfs`: the commit has only a pointer.
    pub lfs: bool,
}

impl Git {
    /// Everything in a commit, by path, with what its attributes say.
    pub fn tree(&self, commit: &str) -> Result<Vec<TreeFile>> {
        let sha = self.resolve(commit)?;
        let listed = self.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", &sha], None)?;
        let mut files: Vec<TreeFile> =
            listed.split(|byte| *byte == 0).filter_map(tree_file).collect();
        let here = files.iter().any(|file| file.path.rsplit('/').next() == Some(".gitattributes"));
        let info = self.text(&["rev-parse", "--git-path", "info/attributes"])?;
        if here || self.path.join(info.trim_end_matches('\n')).exists() {
            self.attribute(&sha, &mut files)?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    fn attribute(&self, sha: &str, files: &mut [TreeFile]) -> Result<()> {
        let place = tempfile::tempdir()?;
        let command = |git: &Self| {
            let mut command = git.command();
            command
                .args(["-c", "core.splitIndex=false", "-c", "core.attributesFile=/dev/null"])
                .env("GIT_INDEX_FILE", place.path().join("index"));
            command
        };
        // Attributes are asked by paths from the top.
        let up = self.text(&["rev-parse", "--show-cdup"])?;
        let top = Self { path: self.path.join(up.trim_end_matches('\n')) };
        finish(command(&top).args(["read-tree", sha]), None)?;
        let mut asked: Vec<u8> = Vec::new();
        let mut last = "";
        for file in files.iter().filter(|file| file.named) {
            // Each folder above it, once.
            for (at, _) in file.path.match_indices('/') {
                let folder = &file.path[..=at];
                if !last.starts_with(folder) {
                    asked.extend(folder.as_bytes());
                    asked.push(0);
                }
            }
            last = &file.path;
            asked.extend(file.path.as_bytes());
            asked.push(0);
        }
        let words = ["check-attr", "--cached", "-z", "--stdin", "export-ignore", "export-subst"];
        let told = finish(command(&top).args(words).arg("filter"), Some(&asked))?;
        let mut set: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut words = told.split(|byte| *byte == 0).map(std::str::from_utf8);
        while let (Some(Ok(path)), Some(Ok(name)), Some(Ok(value))) =
            (words.next(), words.next(), words.next())
        {
            let on = match name {
                "filter" => value == "lfs",
                _ => value == "set",
            };
            if on {
                set.entry(path.to_owned()).or_default().push(match name {
                    "filter" => "filter",
                    "export-subst" => "export-subst",
                    _ => "export-ignore",
                });
            }
        }
        let has = |path: &str, name: &str| set.get(path).is_some_and(|on| on.contains(&name));
        for file in files.iter_mut() {
            let path = &file.path;
            file.ignored = has(path, "export-ignore")
                || path.match_indices('/').any(|(at, _)| has(&path[..=at], "export-ignore"));
            file.substituted = has(path, "export-subst");
            file.lfs = has(path, "filter");
        }
        Ok(())
    }

    /// Streams these blobs, in this order.
    pub fn blobs(&self, names: Vec<String>) -> Result<BlobStream> {
        let mut child = self
            .command()
            .args(["cat-file", "--batch", "--buffer"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                Error::offline(format!("git cannot be started: {error}.")).hint("Install git.")
            })?;
        let mut input = child.stdin.take().ok_or_else(|| Error::internal("git has no input."))?;
        let output = child.stdout.take().ok_or_else(|| Error::internal("git has no output."))?;
        // On a thread of its own: git answers while it is still being asked. When the stream is
        // dropped git ends, and the pipe with it.
        std::thread::spawn(move || {
            let asked: Vec<u8> =
                names.iter().flat_map(|name| name.bytes().chain(std::iter::once(b'\n'))).collect();
            input.write_all(&asked)
        });
        Ok(BlobStream { child, output: BufReader::with_capacity(256 << 10, output), left: None })
    }
}

fn tree_file(line: &[u8]) -> Option<TreeFile> {
    // MODE SP TYPE SP HASH SP* SIZE TAB PATH
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let about = std::str::from_utf8(&line[..tab]).ok()?;
    let mut words = about.split_ascii_whitespace();
    let (mode, _, blob, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let path = &line[tab + 1..];
    Some(TreeFile {
        path: String::from_utf8_lossy(path).into_owned(),
        named: std::str::from_utf8(path).is_ok(),
        kind: match mode {
            "120000" => TreeKind::Link,
            "160000" => TreeKind::Submodule,
            _ => TreeKind::File { executable: mode == "100755" },
        },
        blob: blob.to_owned(),
        size: size.parse().unwrap_or(0),
        ignored: false,
        substituted: false,
        lfs: false,
    })
}

/// Runs git to its end with files in place of pipes, so that nothing can stand in its way.
fn finish(command: &mut Command, input: Option<&[u8]>) -> Result<Vec<u8>> {
    use std::io::Seek as _;
    let (mut from, mut to) = (tempfile::tempfile()?, tempfile::tempfile()?);
    from.write_all(input.unwrap_or_default())?;
    from.rewind()?;
    let mut child =
        command.stdin(from).stdout(to.try_clone()?).stderr(Stdio::null()).spawn().map_err(
            |error| Error::offline(format!("git cannot be started: {error}.")).hint("Install git."),
        )?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() > PATIENCE {
            drop(child.kill());
            child.wait()?;
            return Err(Error::offline("git took more than a minute and was stopped."));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    if !status.success() {
        return Err(Error::vendor("git could not read the commit's attributes."));
    }
    to.rewind()?;
    let mut bytes = Vec::new();
    to.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Blobs, one after the other.
pub struct BlobStream {
    child: Child,
    output: BufReader<ChildStdout>,
    /// What is unread of the present one.
    left: Option<u64>,
}

impl BlobStream {
    /// The next blob, which must be this one, and how many bytes it has.
    pub fn next<'a>(&'a mut self, name: &str) -> Result<(impl Read + use<'a>, u64)> {
        let broken = |error: io::Error| Error::vendor(format!("git broke off: {error}."));
        if let Some(left) = self.left.take() {
            // Its rest, and the line's end behind it.
            let rest = io::copy(&mut (&mut self.output).take(left + 1), &mut io::sink());
            rest.map_err(broken)?;
        }
        let mut line = Vec::new();
        (&mut self.output).take(256).read_until(b'\n', &mut line).map_err(broken)?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let mut words = line.split_ascii_whitespace();
        let (found, kind, size) = (words.next(), words.next(), words.next());
        let size = size.and_then(|size| size.parse::<u64>().ok());
        match (found, kind, size) {
            (Some(found), Some("blob"), Some(size)) if found == name => {
                self.left = Some(size);
                Ok((Rest { output: &mut self.output, left: &mut self.left }, size))
            }
            _ => Err(Error::vendor(format!(
                "The repository does not have the content {}.",
                name.chars().take(12).collect::<String>()
            ))
            .hint("Is the clone complete? A partial one lacks contents.")),
        }
    }
}

struct Rest<'a> {
    output: &'a mut BufReader<ChildStdout>,
    left: &'a mut Option<u64>,
}

impl Read for Rest<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.left.as_mut().filter(|left| **left > 0) else { return Ok(0) };
        let most = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.output.read(&mut buffer[..most])?;
        if count == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *left -= count as u64;
        Ok(count)
    }
}

impl Drop for BlobStream {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{path::Path, process::Command};

    fn git(folder: &Path, words: &[&str]) -> String {
        let done = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(words)
            .output()
            .unwrap();
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q", "-b", "main"]);
        for (path, text) in files {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-qm", "all"]);
        folder
    }

    /// Held against the program whose rule it is.
    #[test]
    fn what_an_archive_leaves_out_is_what_git_archive_leaves_out() {
        let folder = repository(&[
            (
                ".gitattributes",
                "docs export-ignore\n*.log export-ignore\n/only/top.txt export-ignore\n\
                 VERSION export-subst\n*.bin filter=lfs\nbuild/ export-ignore\n",
            ),
            ("sub/.gitattributes", "secret export-ignore\nkept.log -export-ignore\n"),
            ("docs/a/b.txt", "x"),
            ("app/docs/c.txt", "x"),
            ("build/x", "x"),
            ("lib/build", "x"),
            ("a.log", "x"),
            ("sub/secret", "x"),
            ("sub/kept.log", "x"),
            ("sub/secret2", "x"),
            ("only/top.txt", "x"),
            ("deep/only/top.txt", "x"),
            ("VERSION", "$Format:%H$"),
            ("data.bin", "x"),
            ("ä ö/ü\".txt", "x"),
        ]);
        let tar = Command::new("git")
            .arg("-C")
            .arg(folder.path())
            .args(["archive", "--format=tar", "main"])
            .output()
            .unwrap();
        let mut archive = tar::Archive::new(tar.stdout.as_slice());
        let mut theirs: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.header().entry_type().is_file())
            .map(|entry| entry.path().unwrap().to_str().unwrap().to_owned())
            .collect();
        theirs.sort();
        // From a folder inside it, too.
        for place in [folder.path().to_owned(), folder.path().join("sub")] {
            let tree = Git::open(place).unwrap().tree("main").unwrap();
            let ours: Vec<String> =
                tree.iter().filter(|file| !file.ignored).map(|file| file.path.clone()).collect();
            assert_eq!(ours, theirs);
            let marked = |path: &str| tree.iter().find(|file| file.path == path).unwrap().clone();
            assert!(marked("VERSION").substituted && !marked("data.bin").substituted);
            assert!(marked("data.bin").lfs && !marked("VERSION").lfs);
        }
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
    }

    #[test]
    fn blobs_come_in_order_whole_or_skipped_from_one_process() {
        let large = "line\n".repeat(200_000);
        let folder = repository(&[("a", "one"), ("b", &large), ("c", ""), ("d", "four")]);
        std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-qm", "link"]);
        let git = Git::open(folder.path()).unwrap();
        let tree = git.tree("main").unwrap();
        assert_eq!(tree.last().unwrap().kind, TreeKind::Link);
        let names: Vec<String> = tree.iter().map(|file| file.blob.clone()).collect();
        let mut stream = git.blobs(names.clone()).unwrap();
        let mut text = String::new();
        stream.next(&names[0]).unwrap().0.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one");
        {
            // Only its beginning.
            let (mut source, size) = stream.next(&names[1]).unwrap();
            assert_eq!(size, large.len() as u64);
            source.read_exact(&mut [0; 10]).unwrap();
        }
        assert_eq!(stream.next(&names[2]).unwrap().1, 0);
        text.clear();
        stream.next(&names[3]).unwrap().0.read_to_string(&mut text).unwrap();
        assert_eq!(text, "four");
        let missing = "0".repeat(40);
        let error = git.blobs(vec![missing.clone()]).unwrap().next(&missing).err().unwrap();
        assert!(error.message.contains("does not have"), "{error}");
    }
}
