//! What commits change, file by file and line by line.

use super::Git;
use crate::error::Result;
use std::sync::atomic::AtomicBool;

/// One file of a diff, in the order in which the diff shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub path: String,
    /// What it was called before, if it was renamed or copied.
    pub before: Option<String>,
    /// As git writes it: A, C, D, M, R or T.
    pub status: char,
    /// `None` for what is no text.
    pub additions: Option<u32>,
    pub deletions: Option<u32>,
    pub modes: (String, String),
}

impl FileChange {
    /// How many parts of the diff are about it: a change of its type is a removal and an addition.
    pub fn parts(&self) -> usize {
        if self.status == 'T' { 2 } else { 1 }
    }
}

const HOW: [&str; 8] = [
    "diff-tree",
    "-r",
    "--root",
    "--no-commit-id",
    "--diff-merges=first-parent",
    "--find-renames",
    "--no-ext-diff",
    "--no-textconv",
];

impl Git {
    /// The files that a commit changes; between two, if another is named to begin with.
    pub fn changed_files(&self, from: Option<&str>, commit: &str) -> Result<Vec<FileChange>> {
        let ends = self.ends_of(from, commit)?;
        let mut arguments = HOW.to_vec();
        arguments.extend(["--raw", "--numstat", "-z"]);
        arguments.extend(ends.iter().map(String::as_str));
        arguments.push("--");
        let bytes = self.run(&arguments, None)?;
        Ok(files(&bytes))
    }

    /// The diff itself as it comes, until `each` has enough of it.
    pub fn diff(
        &self,
        from: Option<&str>,
        commit: &str,
        cancelled: &AtomicBool,
        each: &mut dyn FnMut(&[u8]) -> Result<bool>,
    ) -> Result<()> {
        let ends = self.ends_of(from, commit)?;
        let mut arguments = HOW.to_vec();
        arguments.extend(["-p", "--no-color", "--src-prefix=a/", "--dst-prefix=b/"]);
        arguments.extend(ends.iter().map(String::as_str));
        arguments.push("--");
        self.stream(&arguments, Vec::new(), cancelled, each)
    }

    fn ends_of(&self, from: Option<&str>, commit: &str) -> Result<Vec<String>> {
        from.into_iter().chain([commit]).map(|end| self.resolve(end)).collect()
    }
}

/// Reads `--raw --numstat -z`: all files with what became of them, then all with their numbers.
fn files(bytes: &[u8]) -> Vec<FileChange> {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('\0');
    let mut files: Vec<FileChange> = Vec::new();
    let mut counted = 0;
    while let Some(part) = parts.next() {
        if let Some(head) = part.strip_prefix(':') {
            let words: Vec<&str> = head.split(' ').collect();
            let [old, new, _, _, status] = words.as_slice() else { continue };
            let status = status.chars().next().unwrap_or('M');
            let first = parts.next().unwrap_or_default().to_owned();
            let second = matches!(status, 'R' | 'C').then(|| parts.next()).flatten();
            let (path, before) = match second {
                Some(path) => (path.to_owned(), Some(first)),
                None => (first, None),
            };
            files.push(FileChange {
                path,
                before,
                status,
                additions: None,
                deletions: None,
                modes: ((*old).to_owned(), (*new).to_owned()),
            });
        } else if let Some((additions, rest)) = part.split_once('\t') {
            let (deletions, path) = rest.split_once('\t').unwrap_or((rest, ""));
            if path.is_empty() {
                // A renamed file has both of its names behind.
                parts.next();
                parts.next();
            }
            if let Some(file) = files.get_mut(counted) {
                // Binary files have dashes for numbers.
                (file.additions, file.deletions) = (additions.parse().ok(), deletions.parse().ok());
            }
            counted += 1;
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::vcs::{
        git::testing::Repository,
        unified::{Index, Kind},
    };

    fn diff(git: &Git, commit: &str) -> String {
        let mut bytes = Vec::new();
        git.diff(None, commit, &AtomicBool::new(false), &mut |chunk| {
            bytes.extend_from_slice(chunk);
            Ok(true)
        })
        .unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn renames_binary_files_modes_and_odd_names_are_told_in_the_order_of_the_diff() {
        use std::os::unix::fs::PermissionsExt as _;
        let repository = Repository::new();
        let long: String = (0..40).map(|n| format!("line {n}\n")).collect();
        repository.write("old name.txt", &long);
        repository.write("run.sh", "#!/bin/sh\n");
        repository.write("turned", "a file\n");
        repository.commit("bin.dat", "\0\u{1}\0", "before");
        repository.git(&["mv", "old name.txt", "new\tname.txt"]);
        repository.write("new\tname.txt", &long.replace("line 7\n", "line seven\n"));
        repository.write("bin.dat", "\0\u{2}\0");
        let script = repository.path().join("run.sh");
        std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::remove_file(repository.path().join("turned")).unwrap();
        std::os::unix::fs::symlink("base.txt", repository.path().join("turned")).unwrap();
        repository.commit("zuletzt ä.txt", "no end", "after");
        let git = repository.open();
        let files = git.changed_files(None, "HEAD").unwrap();
        let told: Vec<_> = files
            .iter()
            .map(|file| (file.path.as_str(), file.status, file.additions, file.before.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("bin.dat", 'M', None, None),
                ("new\tname.txt", 'R', Some(1), Some("old name.txt")),
                ("run.sh", 'M', Some(0), None),
                ("turned", 'T', Some(1), None),
                ("zuletzt ä.txt", 'A', Some(1), None),
            ]
        );
        assert_eq!(files[2].modes, ("100644".into(), "100755".into()));
        let text = diff(&git, "HEAD");
        let mut index = Index::default();
        index.feed(text.as_bytes());
        let parts: usize = files.iter().map(FileChange::parts).sum();
        assert_eq!(index.files().len(), parts, "{text}");
        assert!(text.contains("\\ No newline at end of file"));
        let between = git.changed_files(Some("HEAD~2"), "HEAD").unwrap();
        assert!(between.iter().any(|file| file.path == "new\tname.txt" && file.status == 'A'));
    }

    #[test]
    fn a_merge_shows_what_it_brought_and_the_first_commit_all_of_itself() {
        let repository = Repository::new();
        repository.git(&["checkout", "-q", "-b", "side"]);
        repository.commit("side.txt", "1\n", "side");
        repository.git(&["checkout", "-q", "main"]);
        repository.commit("main.txt", "1\n", "main");
        repository.git(&["merge", "-q", "--no-edit", "side"]);
        let git = repository.open();
        let paths = |commit: &str| -> Vec<String> {
            git.changed_files(None, commit).unwrap().into_iter().map(|file| file.path).collect()
        };
        assert_eq!(paths("HEAD"), ["side.txt"]);
        assert_eq!(paths("HEAD~2"), ["base.txt"]);
        assert!(diff(&git, "HEAD").contains("+1"));
    }

    #[test]
    fn a_diff_is_read_only_as_far_as_it_is_wanted_and_can_be_cancelled() {
        let repository = Repository::new();
        let long: String = (0..400_000).map(|n| format!("line {n}\n")).collect();
        repository.commit("long.txt", &long, "long");
        let git = repository.open();
        let mut seen = 0;
        git.diff(None, "HEAD", &AtomicBool::new(false), &mut |chunk| {
            seen += chunk.len();
            Ok(seen < 100_000)
        })
        .unwrap();
        assert!((100_000..1_000_000).contains(&seen), "{seen}");
        let cancelled = AtomicBool::new(false);
        let error = git
            .diff(None, "HEAD", &cancelled, &mut |_| {
                cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
                std::thread::sleep(std::time::Duration::from_millis(2));
                Ok(true)
            })
            .unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Denied);
        let mut kinds = std::collections::HashMap::new();
        let mut index = Index::default();
        let mut file = tempfile::tempfile().unwrap();
        git.diff(None, "HEAD", &AtomicBool::new(false), &mut |chunk| {
            std::io::Write::write_all(&mut file, chunk)?;
            index.feed(chunk);
            Ok(true)
        })
        .unwrap();
        for line in index.read(&file, 399_990, 20, None).unwrap() {
            *kinds.entry(format!("{:?}", line.kind)).or_insert(0) += 1;
        }
        assert_eq!(kinds.remove(&format!("{:?}", Kind::Added)), Some(16), "{kinds:?}");
    }
}
