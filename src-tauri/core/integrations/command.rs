//! A program of this machine, run with given words and watched to its end.
//!
//! No shell sees its words. It gets a small environment of its own, no input, and a process group, so
//! that whatever it started ends with it: when it is cancelled, when its time is over, and when it
//! ends itself and leaves something behind. What it prints is handed on as it comes. Blocks; call it
//! on a thread that may wait.

use crate::error::{Error, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    ffi::OsString,
    io::Read,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError, SyncSender},
    thread,
    time::{Duration, Instant as Stopwatch},
};

/// How long a group that was asked to end may take before it is ended.
const GRACE: Duration = Duration::from_secs(5);
/// How long what is still in the pipes is waited for once the program itself has ended.
const REST: Duration = Duration::from_secs(2);
const GLANCE: Duration = Duration::from_millis(50);
/// What of the surroundings is handed on; the rest is fixed.
const KEPT: [&str; 4] = ["PATH", "HOME", "USER", "TMPDIR"];
const FIXED: [(&str, &str); 5] =
    [("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("TERM", "dumb"), ("NO_COLOR", "1"), ("CI", "1")];

/// Where something was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    Out,
    Error,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exit(i32),
    /// By a signal that did not come from here.
    Signal(i32),
    TooLong,
    Cancelled,
}

/// What a program gets beside its words, and who is told that it runs.
#[derive(Default)]
pub struct Around<'a> {
    /// Further variables of its surroundings.
    pub variables: Vec<(String, OsString)>,
    /// Told the number of the process, which is its group's too, once there is one.
    pub begun: Option<&'a mut dyn FnMut(u32)>,
}

/// Runs `words` in `folder`. `heard` gets what is printed, in pieces; `cancelled` is asked again and
/// again whether it is to stop.
pub fn run(
    words: &[String],
    folder: &Path,
    patience: Duration,
    heard: &mut dyn FnMut(Printed, &[u8]) -> Result<()>,
    cancelled: &dyn Fn() -> bool,
) -> Result<End> {
    run_with(words, folder, patience, Around::default(), heard, cancelled)
}

/// The surroundings of every program: a few variables of ours, and fixed ones.
pub fn clean(command: &mut Command) {
    command.env_clear().envs(FIXED);
    for name in KEPT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
}

/// As [`run`] does, with more around it.
pub fn run_with(
    words: &[String],
    folder: &Path,
    patience: Duration,
    around: Around,
    heard: &mut dyn FnMut(Printed, &[u8]) -> Result<()>,
    cancelled: &dyn Fn() -> bool,
) -> Result<End> {
    let (program, arguments) = words
        .split_first()
        .filter(|(program, _)| !program.trim().is_empty())
        .ok_or_else(|| Error::field("argv", "There is no program to run."))?;
    if !folder.is_dir() {
        return Err(Error::field("folder", format!("There is no folder {}.", folder.display())));
    }
    let mut command = Command::new(program);
    clean(&mut command);
    command.args(arguments).current_dir(folder).envs(around.variables).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| {
        Error::offline(format!("{program} cannot be started: {error}."))
            .hint("Look whether it is installed, and at its name in Settings.")
            .at("argv")
    })?;
    if let Some(begun) = around.begun {
        begun(child.id());
    }
    let mut group = Group { child, ended: false };
    let (sender, pieces) = mpsc::sync_channel(64);
    for (pipe, place) in [
        (
            group.child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
            Printed::Out,
        ),
        (group.child.stderr.take().map(|pipe| Box::new(pipe) as _), Printed::Error),
    ] {
        let (pipe, sender) =
            (pipe.ok_or_else(|| Error::internal("A pipe is missing."))?, sender.clone());
        thread::spawn(move || pump(pipe, place, &sender));
    }
    drop(sender);
    watch(&mut group, &pieces, patience, heard, cancelled)
}

fn pump(mut pipe: Box<dyn Read + Send>, place: Printed, sender: &SyncSender<(Printed, Vec<u8>)>) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(length) = pipe.read(&mut piece) {
        if length == 0 || sender.send((place, piece[..length].to_vec())).is_err() {
            return;
        }
    }
}

/// The program and whatever it started; it does not outlive the watch.
struct Group {
    child: Child,
    ended: bool,
}

impl Group {
    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // There may be nobody left in it, which is as good.
            let _ = kill_process_group(pid, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        if !self.ended {
            drop(self.child.wait());
        }
    }
}

fn watch(
    group: &mut Group,
    pieces: &mpsc::Receiver<(Printed, Vec<u8>)>,
    patience: Duration,
    heard: &mut dyn FnMut(Printed, &[u8]) -> Result<()>,
    cancelled: &dyn Fn() -> bool,
) -> Result<End> {
    let started = Stopwatch::now();
    let mut stopped: Option<(End, Stopwatch)> = None;
    let mut status: Option<(std::process::ExitStatus, Stopwatch)> = None;
    let mut open = true;
    loop {
        match pieces.recv_timeout(GLANCE) {
            Ok((place, piece)) => heard(place, &piece)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                open = false;
                thread::sleep(GLANCE.min(Duration::from_millis(5)));
            }
        }
        if status.is_none()
            && let Some(ended) = group.child.try_wait()?
        {
            group.ended = true;
            status = Some((ended, Stopwatch::now()));
        }
        if let Some((ended, at)) = status {
            // Something in the background may hold the pipes for ever.
            if !open || at.elapsed() > REST {
                group.signal(Signal::KILL);
                return Ok(match (stopped, ended.code(), ended.signal()) {
                    (Some((end, _)), ..) => end,
                    (None, Some(code), _) => End::Exit(code),
                    (None, None, signal) => End::Signal(signal.unwrap_or(0)),
                });
            }
            continue;
        }
        match &stopped {
            None => {
                let end = match (cancelled(), started.elapsed() > patience) {
                    (true, _) => End::Cancelled,
                    (_, true) => End::TooLong,
                    _ => continue,
                };
                group.signal(Signal::TERM);
                stopped = Some((end, Stopwatch::now()));
            }
            Some((_, at)) if at.elapsed() > GRACE => group.signal(Signal::KILL),
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn ran(words: &[String], patience: Duration, cancelled: &dyn Fn() -> bool) -> (End, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut out = Vec::new();
        let end = run(
            words,
            folder.path(),
            patience,
            &mut |_, piece| {
                out.extend_from_slice(piece);
                Ok(())
            },
            cancelled,
        );
        (end.unwrap(), String::from_utf8(out).unwrap())
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn words_reach_the_program_as_they_are_and_its_end_is_told() {
        let (end, out) =
            ran(&words(&["printf", "%s|", "$HOME", "a b", "; exit 9"]), LONG, &|| false);
        assert_eq!((end, out.as_str()), (End::Exit(0), "$HOME|a b|; exit 9|"));
        assert_eq!(ran(&words(&["false"]), LONG, &|| false).0, End::Exit(1));
        let missing = run(
            &words(&["no-such-program-here"]),
            Path::new("/"),
            LONG,
            &mut |_, _| Ok(()),
            &|| false,
        );
        assert!(missing.unwrap_err().message.contains("cannot be started"));
    }

    #[test]
    fn it_sees_a_small_environment_and_none_of_ours() {
        let (_, out) = ran(&words(&["env"]), LONG, &|| false);
        let names: Vec<_> = out.lines().filter_map(|line| line.split_once('=')).collect();
        for (name, _) in &names {
            let known = KEPT.contains(name) || FIXED.iter().any(|(fixed, _)| fixed == name);
            assert!(known || ["PWD", "SHLVL", "_"].contains(name), "{name} came through");
        }
        assert!(names.contains(&("LC_ALL", "C.UTF-8")));
    }

    #[test]
    fn what_it_started_ends_with_it_when_it_is_cancelled_or_takes_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        let script = format!("(sleep 2; touch '{}') & trap '' TERM; sleep 30", alive.display());
        let begun = Stopwatch::now();
        let soon = || begun.elapsed() > Duration::from_millis(300);
        assert_eq!(ran(&words(&["sh", "-c", &script]), LONG, &soon).0, End::Cancelled);
        let short = Duration::from_millis(200);
        let (end, _) = ran(&words(&["sleep", "30"]), short, &|| false);
        assert_eq!(end, End::TooLong);
        assert!(begun.elapsed() < Duration::from_secs(15));
        thread::sleep(Duration::from_secs(2));
        assert!(!alive.exists(), "a child of the program lived on");
    }

    #[test]
    fn a_program_that_leaves_something_behind_has_ended_all_the_same() {
        let begun = Stopwatch::now();
        let (end, out) = ran(&words(&["sh", "-c", "sleep 60 & echo done"]), LONG, &|| false);
        assert_eq!((end, out.as_str()), (End::Exit(0), "done\n"));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}
