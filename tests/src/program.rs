//! The program `hotfix` as a terminal runs it.

use crate::child::{Child, dies_with_us};
use serde_json::Value;
use std::{
    ffi::OsStr,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// After that a call counts as hanging, and is ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a call printed and how it ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub errors: String,
}

impl Ended {
    /// The document on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The lines on standard output, each a document.
    pub fn lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {self:?}"));
        self.out.lines().map(line).collect()
    }

    /// The error that it told, which has the four words and nothing else.
    pub fn error(&self) -> Value {
        let error: Value = serde_json::from_str(&self.errors)
            .unwrap_or_else(|error| panic!("standard error is no JSON: {error} in {self:?}"));
        let words: Vec<_> = error.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(words, ["hint", "kind", "message", "where"], "{error}");
        error
    }

    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

pub fn path() -> PathBuf {
    crate::built().join("hotfix")
}

/// Runs `hotfix --json -W FILE WORDS…`.
pub fn hotfix<W: AsRef<OsStr>>(workspace: &Path, words: impl IntoIterator<Item = W>) -> Ended {
    run(Command::new(path()).arg("--json").arg("-W").arg(workspace).args(words), "")
}

/// Runs a command to its end, telling it this on standard input.
pub fn run(command: &mut Command, input: &str) -> Ended {
    command.env_remove("HOTFIX_WORKSPACE").stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`cargo build` made the program");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    // One that reads nothing may have ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let id = rustix::process::Pid::from_child(&child);
    let (over, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
        }
    });
    let output = child.wait_with_output().expect("it ends");
    drop(over);
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The engine without a window on this workspace, once it runs; its log lies beside the file.
pub fn agent(workspace: &Path, name: &str) -> Child {
    let mut command = dies_with_us(path());
    command.arg("-W").arg(workspace).arg("agent");
    let logs = workspace.parent().expect("a workspace lies in a folder");
    let mut agent = Child::start(name, &mut command, logs, true);
    agent.first_line(PATIENCE);
    agent
}
