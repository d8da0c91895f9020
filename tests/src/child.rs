//! A child process that is certainly gone when its owner is.
//!
//! Each child leads a process group of its own and the whole group is ended on drop, panics
//! included. Where a child cannot notice by itself that the test died (a closed standard input),
//! `dies_with_us` asks the kernel for it through `setpriv`; that is bound to the starting *thread*,
//! so such a child belongs to the thread that made it.

use rustix::process::{Pid, Signal, kill_process_group};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{
    atomic::{AtomicU32, Ordering},
    mpsc,
};
use std::thread;
use std::time::{Duration, Instant};

pub struct Child {
    name: String,
    child: std::process::Child,
    log: PathBuf,
    /// Held open: shop and agent end when it closes.
    stdin: Option<ChildStdin>,
}

/// A command that the kernel ends with the thread that spawns it.
pub fn dies_with_us(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

impl Child {
    /// Starts it with standard error (and standard output, unless it is piped) in `logs/NAME.log`.
    pub fn start(name: &str, command: &mut Command, logs: &Path, pipe_stdout: bool) -> Self {
        fs::create_dir_all(logs).expect("the folder of logs can be made");
        let log = logs.join(format!("{name}.log"));
        let file = File::create(&log).expect("a log can be made");
        let out = file.try_clone().expect("a file handle can be copied");
        command.stdin(Stdio::piped()).stderr(file).process_group(0);
        command.stdout(if pipe_stdout { Stdio::piped() } else { out.into() });
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{name} cannot be started ({error}); `make setup` installs what tests need")
        });
        let stdin = child.stdin.take();
        Self { name: name.to_owned(), child, log, stdin }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes to its standard input and closes it.
    pub fn tell(&mut self, text: &str) {
        if let Some(mut stdin) = self.stdin.take() {
            stdin.write_all(text.as_bytes()).expect("the child reads what it is told");
        }
    }

    /// Its first line of piped standard output. Panics with its log when none comes in time.
    pub fn first_line(&mut self, within: Duration) -> String {
        let stdout: ChildStdout = self.child.stdout.take().expect("standard output is piped");
        let (send, receive) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            let _ = send.send(lines.next().and_then(Result::ok).unwrap_or_default());
            // Read on, so that the child never blocks on a full pipe.
            for _ in lines {}
        });
        match receive.recv_timeout(within) {
            Ok(line) if !line.is_empty() => line,
            _ => panic!("{} said nothing within {within:?}:\n{}", self.name, self.log()),
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it as a power cut would: nothing in it gets to run.
    pub fn kill(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }

    /// Ends the whole group: asks first, insists after two seconds.
    pub fn stop(&mut self) {
        self.stdin = None;
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let Some(group) = group else { return };
        let _ = kill_process_group(group, Signal::TERM);
        let end = Instant::now() + Duration::from_secs(2);
        while self.alive() && Instant::now() < end {
            thread::sleep(Duration::from_millis(10));
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A loopback port that was free a moment ago, given once. It lies below those that the system gives away by
/// itself: another server's of the same moment cannot be the same.
pub fn free_port() -> u16 {
    const FIRST: u32 = 12_000;
    const COUNT: u32 = 20_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(131);
    let port = || {
        let next = start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        u16::try_from(FIRST + next).expect("a port has 16 bits")
    };
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (0..COUNT).map(|_| port()).find(is_free).expect("loopback has a free port")
}

/// Asks until there is an answer. Panics with what was waited for.
pub fn wait_for<T>(what: &str, within: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + within;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited {within:?} in vain for {what}");
        thread::sleep(Duration::from_millis(25));
    }
}
