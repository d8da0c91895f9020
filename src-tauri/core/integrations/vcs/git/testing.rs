//! Real repositories, made in a test.

use super::Git;
use std::{cell::Cell, path::Path, process::Command};

/// On `main`, with one commit in it. A second passes with every command: what is picked or committed
/// anew is never by chance the very commit.
pub struct Repository(tempfile::TempDir, Cell<u32>);

impl Repository {
    pub fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap(), Cell::new(0));
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit("base.txt", "base\n", "base");
        repository
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn git(&self, arguments: &[&str]) {
        assert!(self.tries(arguments), "git {arguments:?}");
    }

    /// Whether git did it; a conflict is a no.
    pub fn tries(&self, arguments: &[&str]) -> bool {
        self.1.set(self.1.get() + 1);
        let date = format!("@{} +0000", 1_790_000_000 + self.1.get());
        let done = Command::new("git")
            .current_dir(self.path())
            .env("GIT_COMMITTER_DATE", date)
            .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.org"])
            .args(["-c", "core.editor=true", "-c", "merge.conflictStyle=merge"])
            .args(arguments)
            .output()
            .unwrap();
        done.status.success()
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn commit(&self, file: &str, text: &str, message: &str) -> String {
        self.write(file, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.head()
    }

    pub fn head(&self) -> String {
        self.open().resolve("HEAD").unwrap()
    }

    pub fn open(&self) -> Git {
        Git::open(self.path()).unwrap()
    }
}
