//! A product's test command, run from here: allowed for the workspace, shown before, watched, kept.
//!
//! One at a time in this program. It runs on the commit that its folder stands at, and only if
//! nothing there differs from that commit: otherwise what passed would be something else.

use super::{
    super::Call,
    About, Files, TestsAdded,
    log::{self, Log, MOST_LINE, line},
    record,
};
use crate::{
    clock::Instant,
    desk::{actions::Action, lock},
    error::{Error, Result},
    event::words::*,
    evidence::{self, Case, MOST_BYTES, Outcome, Report},
    integrations::{
        command::{self, End, Printed},
        vcs::git::Git,
    },
    stages::Done,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    fs::File,
    io::{Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};
use ts_rs::TS;

/// Lines that can still be asked for while it runs.
const MOST_LINES: usize = 5_000;

/// What can be run for a hot fix, and where.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListTestCommands {
    pub key: HotfixKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestCommandView {
    pub name: String,
    pub argv: Vec<String>,
    pub folder: String,
    pub report: String,
    pub timeout_minutes: u32,
    /// The workspace allows it.
    pub allowed: bool,
    /// The commit that the folder stands at.
    pub commit: Option<String>,
    /// Why it cannot be run.
    pub problem: Option<String>,
}

/// Run a product's test command and record what comes of it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RunTests {
    pub key: HotfixKey,
    /// The suite; the only one if left out.
    #[serde(default)]
    pub command: Option<String>,
    /// What its folder must stand at; where it is no repository, what was tested.
    #[serde(default)]
    pub commit: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestsRan {
    pub added: TestsAdded,
    pub exit: Option<i32>,
    /// How it ended, in words.
    pub ended: String,
}

/// How far the command is, and what it printed since.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskTestRun {
    /// The last line that is known.
    #[ts(type = "number")]
    pub after: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestRun {
    pub running: bool,
    pub key: Option<HotfixKey>,
    pub name: String,
    pub argv: Vec<String>,
    pub folder: String,
    pub started_at: Option<Instant>,
    pub lines: Vec<OutputLine>,
    /// Lines that were gone before they were asked for.
    #[ts(type = "number")]
    pub dropped: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct OutputLine {
    #[ts(type = "number")]
    pub id: u64,
    pub text: String,
    /// It was printed as an error.
    pub error: bool,
}

/// Stop the command that runs, and whatever it started.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelTestRun {}

/// The command that runs.
#[derive(Default)]
pub struct UnderWay {
    run: Mutex<Watched>,
    running: AtomicBool,
    cancelled: AtomicBool,
}

#[derive(Default)]
struct Watched {
    run: TestRun,
    lines: VecDeque<OutputLine>,
    last: u64,
}

/// Frees the place when the run is over, however it ends.
struct Place<'a>(&'a UnderWay);

impl<'a> Place<'a> {
    fn take(way: &'a UnderWay, run: TestRun) -> Result<Self> {
        if way.running.swap(true, Ordering::SeqCst) {
            return Err(Error::conflict("Another test command runs.")
                .hint("Wait for its end, or cancel it."));
        }
        way.cancelled.store(false, Ordering::SeqCst);
        let mut watched = lock(&way.run);
        let last = watched.last;
        *watched = Watched { run, lines: VecDeque::new(), last };
        Ok(Self(way))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.0.run).run.running = false;
        self.0.running.store(false, Ordering::SeqCst);
    }
}

/// Where a command runs: its own folder, else the product's repository.
pub fn folder_of(own: &str, product: &Product) -> Result<PathBuf> {
    let own = own.trim();
    let folder = if own.is_empty() { product.repository.trim() } else { own };
    if folder.is_empty() {
        return Err(Error::denied(format!("{} has no repository to run it in.", product.name))
            .hint("Name the repository, or a folder for the command, in Settings, Products."));
    }
    let folder = Path::new(folder);
    // A folder that is named from the repository is below it.
    let folder = match folder.is_absolute() || product.repository.trim().is_empty() {
        true => folder.to_path_buf(),
        false => Path::new(product.repository.trim()).join(folder),
    };
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(Error::denied(format!("There is no folder {}.", folder.display()))
        .hint("Name another one in Settings, Products."))
}

fn product_of(call: &Call, key: &HotfixKey) -> Result<(Product, bool)> {
    call.judge(|state, _| {
        let product = state.product(&state.hotfix(key)?.product)?.clone();
        Ok((product, state.workspace()?.test_commands))
    })
}

impl Action for ListTestCommands {
    type Answer = Vec<TestCommandView>;

    fn run(self, call: &Call) -> Result<Vec<TestCommandView>> {
        let (product, allowed) = product_of(call, &self.key)?;
        let view = |command: &TestCommand| {
            let folder = folder_of(&command.folder, &product);
            let commit = folder.as_ref().ok().and_then(|folder| standing_at(folder));
            let problem = folder.as_ref().err().map(|error| error.message.clone());
            TestCommandView {
                name: command.name.clone(),
                argv: command.argv.clone(),
                folder: match folder {
                    Ok(folder) => folder.display().to_string(),
                    Err(_) => command.folder.clone(),
                },
                report: command.report.clone(),
                timeout_minutes: command.timeout_minutes,
                allowed,
                commit,
                problem,
            }
        };
        Ok(product.tests.iter().map(view).collect())
    }
}

/// The commit that a folder stands at, if it is part of a repository.
fn standing_at(folder: &Path) -> Option<String> {
    Git::open(folder).ok()?.resolve("HEAD").ok()
}

impl RunTests {
    fn command<'a>(&self, product: &'a Product) -> Result<&'a TestCommand> {
        let known = || {
            let names: Vec<&str> = product.tests.iter().map(|one| one.name.as_str()).collect();
            names.join(", ")
        };
        match (&self.command, product.tests.as_slice()) {
            (_, []) => Err(Error::denied(format!("{} has no test command.", product.name))
                .hint("Add one in Settings, Products.")),
            (None, [only]) => Ok(only),
            (None, _) => Err(Error::field("command", "Say which suite is to be run.")
                .hint(format!("There are: {}.", known()))),
            (Some(name), all) => {
                all.iter().find(|one| one.name.trim() == name.trim()).ok_or_else(|| {
                    Error::field("command", "There is no such suite.")
                        .hint(format!("There are: {}.", known()))
                })
            }
        }
    }

    /// The commit that will have been tested.
    fn commit(&self, call: &Call, folder: &Path) -> Result<String> {
        let given = self.commit.trim();
        let Ok(git) = Git::open(folder) else {
            return super::commit_of(call, &self.key, given);
        };
        let head = git.resolve("HEAD")?;
        if !given.is_empty() && git.resolve(given)? != head {
            return Err(Error::denied(format!(
                "{} stands at {}, not at {}.",
                folder.display(),
                short(&head),
                short(given)
            ))
            .hint("Check that commit out there first."));
        }
        if !git.is_clean()? {
            return Err(Error::denied(format!(
                "{} has changes that are in no commit, so the run would prove nothing about one.",
                folder.display()
            ))
            .hint("Commit them, or put them aside."));
        }
        Ok(head)
    }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

impl Action for RunTests {
    type Answer = TestsRan;

    fn run(self, call: &Call) -> Result<TestsRan> {
        call.desk().writable()?;
        let (product, allowed) = product_of(call, &self.key)?;
        if !allowed {
            return Err(Error::denied("This workspace does not allow test commands.").hint(
                "Allow them in Settings, Workspace, or with `hotfix call tests_allow '{\"on\":true}'`: \
                 they are programs that run with your rights.",
            ));
        }
        let command = self.command(&product)?;
        let folder = folder_of(&command.folder, &product)?;
        let commit = self.commit(call, &folder)?;
        let way = &call.desk().0.tests.running;
        let place = Place::take(
            way,
            TestRun {
                running: true,
                key: Some(self.key.clone()),
                name: command.name.clone(),
                argv: command.argv.clone(),
                folder: folder.display().to_string(),
                started_at: Some(call.desk().now()),
                ..TestRun::default()
            },
        )?;
        // Files are dated more coarsely than that on some systems.
        #[expect(clippy::disallowed_methods, reason = "files are dated by the machine's clock")]
        let began = SystemTime::now() - Duration::from_secs(1);
        let patience = Duration::from_secs(u64::from(command.timeout_minutes) * 60);
        let started = std::time::Instant::now();
        let mut heard = Heard::new(way)?;
        let end = command::run(
            &command.argv,
            &folder,
            patience,
            &mut |place, piece| heard.take_in(place, piece),
            &|| way.cancelled.load(Ordering::Relaxed),
        )?;
        heard.finish();
        let millis = u64::try_from(started.elapsed().as_millis()).ok();
        if end == End::Cancelled {
            return Err(Error::conflict("The test command was cancelled; nothing was recorded.")
                .at("cancelled"));
        }
        let (mut report, attachment) = heard.report(call, command, &folder, began)?;
        report.millis = millis;
        report.from = EvidenceFrom::Command;
        let ended = judge(&mut report, command, end)?;
        let exit = match end {
            End::Exit(code) => Some(code),
            _ => None,
        };
        let added = record(
            call,
            &self.key,
            &report,
            About {
                commit,
                suite: command.name.trim().to_owned(),
                argv: command.argv.clone(),
                folder: folder.display().to_string(),
                attachment,
                output: heard.keep(call)?,
                exit,
                ..About::default()
            },
        )?;
        drop(place);
        Ok(TestsRan { added, exit, ended })
    }
}

/// How it ended, which counts as a test of its own where the report does not tell it.
fn judge(report: &mut Report, command: &TestCommand, end: End) -> Result<String> {
    let (bad, ended) = match end {
        End::Exit(0) => (false, "It ended with 0.".to_owned()),
        End::Exit(code) => (true, format!("It ended with {code}.")),
        End::Signal(signal) => (true, format!("It was ended by signal {signal}.")),
        End::TooLong => {
            (true, format!("It took more than {} min and was stopped.", command.timeout_minutes))
        }
        End::Cancelled => (true, "It was cancelled.".to_owned()),
    };
    let told = report.cases.iter().any(|case| case.outcome == Outcome::Failed);
    let unfinished = matches!(end, End::TooLong | End::Signal(_));
    if report.cases.is_empty() || (bad && (!told || unfinished)) {
        let outcome = if bad { Outcome::Failed } else { Outcome::Passed };
        report.push(Case {
            group: String::new(),
            name: "(the command)".into(),
            outcome,
            millis: None,
            message: if bad { ended.clone() } else { String::new() },
        })?;
    }
    Ok(ended)
}

/// What a command prints: lines for who watches, a bounded log, and its standard output for TAP.
struct Heard<'a> {
    way: &'a UnderWay,
    out: File,
    out_bytes: u64,
    log: Log,
    /// Lines that have not ended, of the output and of errors.
    open: [Vec<u8>; 2],
}

impl<'a> Heard<'a> {
    fn new(way: &'a UnderWay) -> Result<Self> {
        Ok(Self {
            way,
            out: tempfile::tempfile()?,
            out_bytes: 0,
            log: Log::default(),
            open: [Vec::new(), Vec::new()],
        })
    }

    fn take_in(&mut self, place: Printed, piece: &[u8]) -> Result<()> {
        if place == Printed::Out && self.out_bytes < MOST_BYTES {
            self.out.write_all(piece)?;
            self.out_bytes += piece.len() as u64;
        }
        self.log.take_in(piece);
        let which = usize::from(place == Printed::Error);
        let mut lines = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            let open = &mut self.open[which];
            let space = (MOST_LINE * 4).saturating_sub(open.len()).min(part.len());
            open.extend_from_slice(&part[..space]);
            if part.ends_with(b"\n") {
                lines.push(line(&std::mem::take(open)));
            }
        }
        self.show(lines, which == 1);
        Ok(())
    }

    fn finish(&mut self) {
        for which in [0, 1] {
            if !self.open[which].is_empty() {
                let last = line(&std::mem::take(&mut self.open[which]));
                self.show(vec![last], which == 1);
            }
        }
    }

    fn show(&self, lines: Vec<String>, error: bool) {
        if lines.is_empty() {
            return;
        }
        let mut watched = lock(&self.way.run);
        for text in lines {
            watched.last += 1;
            let id = watched.last;
            watched.lines.push_back(OutputLine { id, text, error });
        }
        let over = watched.lines.len().saturating_sub(MOST_LINES);
        watched.lines.drain(..over);
    }

    /// The output as it is kept; nothing if there was none.
    fn keep(&mut self, call: &Call) -> Result<Option<Attachment>> {
        let bytes = std::mem::take(&mut self.log).into_bytes();
        if bytes.is_empty() { Ok(None) } else { log::keep(call, &bytes).map(Some) }
    }

    /// What it says about tests: its report, else TAP, else nothing.
    fn report(
        &mut self,
        call: &Call,
        command: &TestCommand,
        folder: &Path,
        began: SystemTime,
    ) -> Result<(Report, Option<Attachment>)> {
        let path = command.report.trim();
        if !path.is_empty() {
            let paths = [folder.join(path).display().to_string()];
            let missing = |why: String| {
                let message = format!("The report {path} was not written by this run: {why}");
                let mut report = Report::new(EvidenceFrom::Command);
                report.push(Case {
                    name: "(the report)".into(),
                    outcome: Outcome::Failed,
                    message,
                    ..Case::default()
                })?;
                Ok((report, None))
            };
            // Part of the run: who stops that, stops this.
            let job = super::reading::Job::default();
            let files = match Files::newer(call, &job, &paths, &[], Some(began)) {
                Ok(files) => files,
                Err(error) => return missing(error.message),
            };
            return match files.read(&job) {
                Ok((report, _)) => Ok((report, Some(files.keep(call)?))),
                Err(error) => missing(error.message),
            };
        }
        self.out.rewind()?;
        let report = evidence::read_output(&self.out)?;
        Ok((report.unwrap_or_else(|| Report::new(EvidenceFrom::Command)), None))
    }
}

impl Action for AskTestRun {
    type Answer = TestRun;

    fn run(self, call: &Call) -> Result<TestRun> {
        let way = &call.desk().0.tests.running;
        let watched = lock(&way.run);
        let first = watched.lines.front().map_or(watched.last + 1, |line| line.id);
        let lines: Vec<OutputLine> =
            watched.lines.iter().filter(|line| line.id > self.after).cloned().collect();
        let dropped = match self.after {
            0 => 0,
            after => first.saturating_sub(after + 1),
        };
        let running = way.running.load(Ordering::SeqCst);
        Ok(TestRun { running, lines, dropped, ..watched.run.clone() })
    }
}

impl Action for CancelTestRun {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().0.tests.running.cancelled.store(true, Ordering::SeqCst);
        Ok(Done {})
    }
}
