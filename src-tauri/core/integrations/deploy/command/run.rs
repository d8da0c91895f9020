//! One run of a command, as a folder: what was to be run, who watches it, what it printed, how it ended.
//!
//! A process of its own watches the command ([`watch`]), so that a run outlives the program that
//! started it, its time is kept and its end is written down. Everything that can be asked about a run
//! is read from its folder and from the machine's list of processes; what neither can tell is
//! [`Standing::Lost`], never a guess. Values of secrets are in no file: they are handed on as variables.

use crate::{
    error::{Error, Result},
    integrations::command::{self, Around, End, Printed},
};
use rustix::process::{Pid, Signal, kill_process_group, setsid};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    ffi::OsString,
    fs,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant as Stopwatch},
};

/// How much of an end is looked at for the last line.
const TAIL: u64 = 4096;
/// What of a run's output is kept.
const MOST_OUTPUT: u64 = 16 << 20;
/// What of it is read at once.
const MOST_READ: u64 = 256 << 10;
/// How long the watching process may take until it has written that it is there.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);
/// The word with which a program of ours is told to watch a run.
pub const WATCH: &str = "watch-run";

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    pub key: String,
    pub words: Vec<String>,
    pub folder: PathBuf,
    pub seconds: u64,
    /// Names of the variables that are handed on.
    pub variables: Vec<String>,
}

/// A process, told from a later one that has its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Process {
    pid: u32,
    /// In ticks since the machine started, as `/proc` has it.
    begun: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Watcher {
    process: Process,
    /// This start of the machine.
    boot: String,
}

/// How a run ended, as it was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum Ended {
    Exit {
        code: i32,
    },
    Signal {
        signal: i32,
    },
    TooLong,
    Cancelled,
    /// It never ran.
    Never {
        why: String,
    },
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Prepared; certainly nothing was started.
    NotBegun,
    Running,
    Ended(Ended),
    /// It was begun, nobody watches it any more, and how it ended was not written down.
    Lost(String),
}

/// The program that watches, and the words it is told to do so with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watching {
    pub program: PathBuf,
    pub words: Vec<OsString>,
}

impl Watching {
    /// This very program, or the command line that lies beside it or above it.
    pub fn of_this_program() -> Result<Self> {
        let this = std::env::current_exe()?;
        let name = this.file_name().map(|name| name.to_string_lossy().into_owned());
        let ours = ["hotfix", "hotfix-desk"];
        let beside = this.parent().into_iter().flat_map(|folder| {
            [Some(folder), folder.parent()].into_iter().flatten().map(|at| at.join("hotfix"))
        });
        let found = match name.is_some_and(|name| ours.contains(&name.as_str())) {
            true => Some(this.clone()),
            false => beside.into_iter().find(|path| path.is_file()),
        };
        let program = found.ok_or_else(|| {
            Error::offline("The program that watches commands was not found.")
                .hint("`hotfix` has to lie beside this program.")
        })?;
        Ok(Self { program, words: vec![WATCH.into()] })
    }
}

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct Run(PathBuf);

impl Run {
    /// The run of that name; None if it was never made.
    pub fn open(folder: PathBuf) -> Option<Self> {
        folder.join("spec.json").is_file().then_some(Self(folder))
    }

    /// Makes the folder, whole or not at all. False if there is one: then this one was made before.
    /// `fill` puts further files beside.
    pub fn make(
        folder: &Path,
        spec: &Spec,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<(Self, bool)> {
        let root = folder.parent().ok_or_else(|| Error::internal("A run has no folder."))?;
        let made = tempfile::Builder::new().prefix(".making-").tempdir_in(root)?;
        fill(made.path())?;
        write(made.path(), "spec.json", spec)?;
        // A folder that is not empty is never replaced, so that only one of two makes it.
        match fs::rename(made.path(), folder) {
            Ok(()) => {
                drop(made.keep());
                Ok((Self(folder.to_path_buf()), true))
            }
            Err(_) if folder.join("spec.json").is_file() => Ok((Self(folder.to_path_buf()), false)),
            Err(error) => Err(error.into()),
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Starts the process that starts the command, and waits until it is there. An error says that
    /// certainly nothing runs, unless [`Run::standing`] says otherwise.
    pub fn begin(&self, watching: &Watching, variables: &[(String, OsString)]) -> Result<()> {
        // From here on it may have begun.
        write(&self.0, "begun.json", &())?;
        let mut command = Command::new(&watching.program);
        command::clean(&mut command);
        command.args(&watching.words).arg(&self.0).envs(variables.iter().cloned());
        command.current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| {
            drop(fs::remove_file(self.0.join("begun.json")));
            Error::offline(format!("{} cannot be started: {error}.", watching.program.display()))
        })?;
        // Waited for, or its number would never be free again while this program lives.
        std::thread::spawn(move || drop(child.wait()));
        let started = Stopwatch::now();
        while started.elapsed() < BEGINS_WITHIN {
            if self.0.join("watcher.json").is_file() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(Error::offline("The process that watches the command does not say that it is there."))
    }

    pub fn standing(&self) -> Standing {
        if let Some(ended) = self.read::<Ended>("end.json") {
            return Standing::Ended(ended);
        }
        if !self.0.join("begun.json").is_file() {
            return Standing::NotBegun;
        }
        let Some(watcher) = self.read::<Watcher>("watcher.json") else {
            return Standing::Lost(
                "It was to be started, and nothing says whether it was.".to_owned(),
            );
        };
        let same = watcher.boot == boot();
        if same && alive(watcher.process) {
            return Standing::Running;
        }
        // It may have ended between the two looks.
        if let Some(ended) = self.read::<Ended>("end.json") {
            return Standing::Ended(ended);
        }
        Standing::Lost(match self.child() {
            _ if !same => {
                "The machine was started again, or is another one, while the command ran.".into()
            }
            Some(child) => format!(
                "The process that watched the command was ended; the command still runs as process \
                 {}. Cancel ends it.",
                child.pid
            ),
            None => {
                "The process that watched the command was ended, and so is the command; how it \
                ended was not written down."
                    .into()
            }
        })
    }

    /// The command's own process, if it is still there and nobody watches it.
    fn child(&self) -> Option<Process> {
        let child = self.read::<Process>("command.json")?;
        let watcher = self.read::<Watcher>("watcher.json")?;
        (watcher.boot == boot() && alive(child)).then_some(child)
    }

    /// Asks for the end of the command and of all that it started.
    pub fn cancel(&self) -> Result<()> {
        match self.standing() {
            Standing::Running => Ok(fs::write(self.0.join("cancel"), b"")?),
            Standing::Ended(_) => Ok(()),
            Standing::NotBegun | Standing::Lost(_) => {
                let child = self.child().and_then(|child| i32::try_from(child.pid).ok());
                let Some(group) = child.and_then(Pid::from_raw) else {
                    return Err(Error::offline("There is no process that could be ended."));
                };
                kill_process_group(group, Signal::KILL).map_err(std::io::Error::from)?;
                write(&self.0, "end.json", &Ended::Cancelled)
            }
        }
    }

    /// What it printed beyond `after` bytes, as far as lines are whole (or it has ended), and whether there is
    /// more already.
    pub fn output(&self, after: u64) -> Result<(Vec<u8>, bool)> {
        let over = matches!(self.standing(), Standing::Ended(_) | Standing::Lost(_));
        let mut file = match fs::File::open(self.0.join("output")) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok((Vec::new(), false));
            }
            Err(error) => return Err(error.into()),
        };
        file.seek(SeekFrom::Start(after))?;
        let mut bytes = Vec::new();
        file.take(MOST_READ).read_to_end(&mut bytes)?;
        let full = bytes.len() as u64 == MOST_READ;
        let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(place) if full || !over => place + 1,
            None if !full && !over => 0,
            _ => bytes.len(),
        };
        bytes.truncate(whole);
        Ok((bytes, full))
    }

    /// The last line that it printed.
    pub fn last_line(&self) -> String {
        let within = self.read::<(u64, u64)>("complaint.json");
        self.last_line_within(within).unwrap_or_default()
    }

    /// None if nothing is there, or only blanks.
    fn last_line_within(&self, within: Option<(u64, u64)>) -> Option<String> {
        let mut file = fs::File::open(self.0.join("output")).ok()?;
        let (start, end) = within.unwrap_or((0, file.metadata().ok()?.len()));
        file.seek(SeekFrom::Start(start.max(end.saturating_sub(TAIL)))).ok()?;
        let mut bytes = Vec::new();
        file.take(end.saturating_sub(start).min(TAIL)).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let last = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
        Some(last.chars().take(300).collect())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_slice(&fs::read(self.0.join(name)).ok()?).ok()
    }
}

/// Writes a file so that it is seen whole or not at all.
fn write<T: Serialize>(folder: &Path, name: &str, value: &T) -> Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name)).map_err(|error| error.error)?;
    Ok(())
}

/// Which start of the machine this is.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// When a process began; None if there is none, or it has ended and only its number is left.
fn begun(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Its name may hold anything, a bracket too.
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn alive(process: Process) -> bool {
    begun(process.pid) == Some(process.begun)
}

fn process(pid: u32) -> Process {
    Process { pid, begun: begun(pid).unwrap_or_default() }
}

/// Carries a run out and writes down how it ends: what the watching process does. Blocks until then.
pub fn watch(folder: &Path) -> Result<()> {
    // A terminal that closes must not end it; it fails for whoever leads a session already.
    let _ = setsid();
    let run = Run::open(folder.to_path_buf())
        .ok_or_else(|| Error::invalid(format!("{} is no run.", folder.display())))?;
    let spec: Spec =
        run.read("spec.json").ok_or_else(|| Error::damaged("The run cannot be read."))?;
    // Whoever made this file carries the run out: it happens once, whoever is told to watch it.
    fs::File::create_new(folder.join("taken"))?;
    let mut output = fs::File::create(folder.join("output"))?;
    let watcher = Watcher { process: process(std::process::id()), boot: boot() };
    write(folder, "watcher.json", &watcher)?;
    let variables = spec
        .variables
        .iter()
        .filter_map(|name| Some((name.clone(), std::env::var_os(name)?)))
        .collect();
    let mut kept = 0_u64;
    // Where in the output the program last complained: two pipes have no order between them, and why
    // it failed stands in this one.
    let mut complaint: Option<(u64, u64)> = None;
    let mut heard = |from: Printed, piece: &[u8]| {
        let room = usize::try_from(MOST_OUTPUT.saturating_sub(kept)).unwrap_or(usize::MAX);
        let part = &piece[..piece.len().min(room)];
        if matches!(from, Printed::Error) && !part.trim_ascii().is_empty() {
            let begun = complaint.filter(|(_, end)| *end == kept).map_or(kept, |(start, _)| start);
            complaint = Some((begun, kept + part.len() as u64));
        }
        kept += part.len() as u64;
        // A disk that is full must not end a deployment.
        let _ = output.write_all(part);
        if part.len() < piece.len() && room > 0 {
            let _ = output.write_all(b"\n(What it printed beyond 16 MiB is not kept.)\n");
        }
        Ok(())
    };
    let mut begun = |pid: u32| {
        let _ = write(folder, "command.json", &process(pid));
    };
    let around = Around { variables, begun: Some(&mut begun) };
    let ended = command::run_with(
        &spec.words,
        &spec.folder,
        Duration::from_secs(spec.seconds),
        around,
        &mut heard,
        &|| folder.join("cancel").exists(),
    );
    let ended = match ended {
        Ok(End::Exit(code)) => Ended::Exit { code },
        Ok(End::Signal(signal)) => Ended::Signal { signal },
        Ok(End::TooLong) => Ended::TooLong,
        Ok(End::Cancelled) => Ended::Cancelled,
        Err(error) => Ended::Never { why: error.to_string() },
    };
    drop(output.sync_all());
    if let Some(complaint) = complaint {
        write(folder, "complaint.json", &complaint)?;
    }
    write(folder, "end.json", &ended)?;
    drop(fs::remove_dir_all(folder.join("package")));
    Ok(())
}
