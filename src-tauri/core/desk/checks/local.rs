//! Checks that this machine answers: a command that runs here, a report that lies here or is given. One after
//! the other, because two commands may work in the same folder.

use super::{Found, Job, WRONG, allow::granted, printable};
use crate::{
    clock::Instant,
    desk::{
        Call,
        evidence::{self as ev, Files, log},
    },
    error::{Error, Result},
    event::words::*,
    evidence::{Case, Outcome, Report},
    integrations::command::{self, Around, End, Printed},
    model::deployment::{Check, Deployment},
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::mpsc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Lines of what a command printed that stand in the evidence, and letters of each.
const SHOWN_LINES: usize = 12;
const SHOWN_LETTERS: usize = 240;
/// Tests that failed and are named.
const SHOWN_TESTS: usize = 10;

/// What a check on this machine is about.
#[derive(Default)]
pub struct About {
    pub product: Option<CatalogId>,
    /// What a command sees beside its surroundings.
    pub variables: Vec<(String, OsString)>,
    /// A report that was written before says nothing about these bytes.
    pub since: Option<Instant>,
    /// A report that a person gives.
    pub file: Option<String>,
    pub stored: Vec<Attachment>,
}

impl About {
    pub fn of(deployment: &Deployment) -> Self {
        let variable = |name: &str, value: &str| (format!("HOTFIX_{name}"), OsString::from(value));
        Self {
            product: Some(deployment.product.clone()),
            variables: vec![
                variable("KEY", &deployment.hotfix.0),
                variable("DEPLOYMENT", &deployment.key.0),
                variable("ENVIRONMENT", &deployment.environment),
                variable("REVISION", &deployment.revision.to_string()),
                variable("HASH", &deployment.hash.0),
            ],
            since: deployment.deployed_at,
            file: None,
            stored: Vec::new(),
        }
    }

    fn gives(&self) -> bool {
        self.file.is_some() || !self.stored.is_empty()
    }
}

/// What is kept beside the evidence's text.
pub enum Kept {
    Output(Vec<u8>),
    Report(Files),
}

impl Kept {
    pub fn store(&self, call: &Call) -> Result<Attachment> {
        match self {
            Self::Output(bytes) => log::keep(call, bytes),
            Self::Report(files) => files.keep(call),
        }
    }
}

pub fn is_local(how: &CheckHow) -> bool {
    matches!(how, CheckHow::Command(_) | CheckHow::Junit(_))
}

/// Answers those that are for this machine, and tells each outcome, until somebody stops it.
pub fn run_all(
    call: &Call,
    checks: &[Check],
    around: &About,
    job: &Job,
    tell: &mpsc::Sender<(usize, Result<Found>)>,
) {
    for (place, check) in checks.iter().enumerate().filter(|(_, one)| is_local(&one.item.how)) {
        if job.is_cancelled() {
            return;
        }
        let found = find(call, &check.item.how, around, &|| job.is_cancelled());
        if job.is_cancelled() || tell.send((place, found)).is_err() {
            return;
        }
    }
}

/// Answers one. An error means that nothing was found out.
pub fn find(call: &Call, how: &CheckHow, around: &About, stop: &dyn Fn() -> bool) -> Result<Found> {
    match how {
        CheckHow::Command(command) => run(call, command, around, stop),
        CheckHow::Junit(wanted) => read(call, wanted, around),
        _ => Err(Error::internal("This check is not for this machine.")),
    }
}

/// Below the product's repository, unless it says where it begins.
pub fn folder(call: &Call, product: Option<&CatalogId>, own: &str) -> Result<PathBuf> {
    let product = match product {
        Some(id) => Some(call.judge(|state, _| Ok(state.product(id)?.clone()))?),
        None => None,
    };
    let folder = Path::new(own.trim());
    match product {
        Some(product) => ev::folder_of(own, &product),
        None if folder.is_absolute() && folder.is_dir() => Ok(folder.to_path_buf()),
        None if folder.is_absolute() => {
            Err(Error::field("folder", format!("There is no folder {}.", folder.display())))
        }
        None => Err(Error::field("folder", "A list for every product knows no repository.")
            .hint("Name the whole folder: /srv/checks.")),
    }
}

/// Whether a text is among what comes in pieces.
struct Search {
    text: Vec<u8>,
    /// The end of what was printed, and printed as an error: the text may begin there.
    open: [Vec<u8>; 2],
    found: bool,
}

impl Search {
    fn new(text: &str) -> Self {
        Self { text: text.as_bytes().to_vec(), open: Default::default(), found: text.is_empty() }
    }

    fn take_in(&mut self, place: Printed, piece: &[u8]) {
        if self.found {
            return;
        }
        let open = &mut self.open[usize::from(place == Printed::Error)];
        open.extend_from_slice(piece);
        self.found = memchr::memmem::find(open, &self.text).is_some();
        let done = open.len().saturating_sub(self.text.len() - 1);
        open.drain(..done);
    }
}

fn run(
    call: &Call,
    wanted: &CheckCommand,
    around: &About,
    stop: &dyn Fn() -> bool,
) -> Result<Found> {
    let folder = folder(call, around.product.as_ref(), &wanted.folder)?;
    granted(call.desk(), &wanted.argv, &folder)?;
    let report = wanted.report.as_ref().map(|report| folder.join(report.path.trim()));
    let before = report.and_then(|path| stamp(&path));
    // Files are dated more coarsely than that on some systems.
    #[expect(clippy::disallowed_methods, reason = "files are dated by the machine's clock")]
    let began = SystemTime::now() - Duration::from_secs(1);
    let started = std::time::Instant::now();
    let mut printed = log::Log::default();
    let mut search = Search::new(&wanted.contains);
    let end = command::run_with(
        &wanted.argv,
        &folder,
        Duration::from_secs(u64::from(wanted.timeout_minutes) * 60),
        Around { variables: around.variables.clone(), begun: None },
        &mut |place, piece| {
            search.take_in(place, piece);
            printed.take_in(piece);
            Ok(())
        },
        stop,
    )?;
    let ended = ended(end, wanted.timeout_minutes);
    let words = short(&wanted.argv.join(" "));
    let mut said = format!("{words} {ended} after {:.1} s", started.elapsed().as_secs_f64());
    let mut wrong = Vec::new();
    let mut kept = Vec::new();
    match (end, &wanted.report) {
        (End::Cancelled, _) => {
            return Err(Error::conflict("The command was cancelled.").at("cancelled"));
        }
        (End::Signal(_) | End::TooLong, _) => wrong.push(format!("it {ended}")),
        (End::Exit(_), Some(report)) => {
            let path = folder.join(report.path.trim());
            let files = written(call, &path, before, began).map_err(|error| {
                let message = format!("{words} {ended} and left no report: {}", error.message);
                Error::offline(message).hint("The check stays open. Look at the path it writes to.")
            })?;
            let (line, bad) = judged(&files, report)?;
            said.push_str(&format!("\n{line}"));
            wrong.extend(bad);
            kept.push(Kept::Report(files));
        }
        (End::Exit(code), None) if !wanted.exits.contains(&code) => {
            let fine: Vec<String> = wanted.exits.iter().map(i32::to_string).collect();
            wrong.push(format!("it {ended} instead of {}", fine.join(" or ")));
        }
        (End::Exit(_), None) => {}
    }
    if !search.found {
        wrong.push(format!("“{}” is not in what it printed", short(&wanted.contains)));
    }
    tell(&mut said, &wrong);
    let printed = printed.into_bytes();
    if excerpt(&printed, &mut said) {
        kept.push(Kept::Output(printed));
    }
    Ok(Found { passed: wrong.is_empty(), said: printable(&said), kept })
}

fn ended(end: End, minutes: u32) -> String {
    match end {
        End::Exit(code) => format!("ended with {code}"),
        End::Signal(signal) => format!("was ended by signal {signal}"),
        End::TooLong => format!("took more than {minutes} min and was stopped"),
        End::Cancelled => "was cancelled".into(),
    }
}

fn tell(said: &mut String, wrong: &[String]) {
    for one in wrong {
        said.push_str(&format!("\n{WRONG}{one}"));
    }
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_LETTERS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Adds the last lines of what was printed; says whether that is not all of it.
fn excerpt(printed: &[u8], said: &mut String) -> bool {
    let lines: Vec<String> = printed
        .split(|byte| *byte == b'\n')
        .map(log::line)
        .filter(|line| !line.trim().is_empty())
        .collect();
    if lines.is_empty() {
        return false;
    }
    let from = lines.len().saturating_sub(SHOWN_LINES);
    said.push_str(&match from {
        0 => "\nIt printed:".to_owned(),
        _ => format!("\nThe end of the {} lines that it printed:", lines.len()),
    });
    let cut: Vec<String> = lines[from..].iter().map(|line| cut(line)).collect();
    let whole = from == 0 && cut == lines;
    for line in cut {
        said.push_str(&format!("\n{line}"));
    }
    !whole
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(SHOWN_LETTERS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

fn read(call: &Call, wanted: &CheckReport, around: &About) -> Result<Found> {
    let files = if around.gives() {
        let paths: Vec<String> = around.file.iter().cloned().collect();
        Files::open(call, &ev::Job::default(), &paths, &around.stored)?
    } else if wanted.path.trim().is_empty() {
        return Err(Error::field("path", "Its report is given when it is answered.")
            .hint("Name a path to have it read from there."));
    } else {
        let since =
            around.since.map(|at| UNIX_EPOCH + Duration::from_micros(at.micros().unsigned_abs()));
        newer(call, &place(call, around, wanted.path.trim())?, since)?
    };
    let (mut said, wrong) = judged(&files, wanted)?;
    tell(&mut said, &wrong);
    let passed = wrong.is_empty();
    Ok(Found { passed, said: printable(&said), kept: vec![Kept::Report(files)] })
}

/// Where a report lies: what has no beginning is below the product's repository.
fn place(call: &Call, around: &About, path: &str) -> Result<PathBuf> {
    if Path::new(path).is_absolute() {
        return Ok(PathBuf::from(path));
    }
    Ok(folder(call, around.product.as_ref(), "").map_err(|error| error.at("path"))?.join(path))
}

/// What changes of a file when it is written.
fn stamp(path: &Path) -> Option<(SystemTime, u64, u64)> {
    let about = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some((about.modified().ok()?, about.len(), std::os::unix::fs::MetadataExt::ino(&about)))
}

/// The report that a run wrote, and not one that was there before it.
fn written(
    call: &Call,
    path: &Path,
    before: Option<(SystemTime, u64, u64)>,
    began: SystemTime,
) -> Result<Files> {
    if before.is_some() && stamp(path) == before {
        return Err(Error::offline(format!("{} is of an earlier run.", path.display())));
    }
    newer(call, path, Some(began))
}

/// A report, or a folder of them, that was written since a moment.
fn newer(call: &Call, path: &Path, since: Option<SystemTime>) -> Result<Files> {
    let shown = path.display();
    let about = std::fs::metadata(path).map_err(|_| {
        Error::offline(format!("There is no report {shown}."))
            .hint("The check stays open. Look whether it was written, and where.")
    })?;
    // A pipe would be waited for without an end.
    if !about.is_file() && !about.is_dir() {
        return Err(Error::offline(format!("{shown} is neither a file nor a folder.")));
    }
    let old = since.is_some_and(|since| about.modified().is_ok_and(|written| written < since));
    if old && about.is_file() {
        return Err(Error::offline(format!(
            "{shown} was written before this was deployed, so it says nothing about it."
        ))
        .hint("The check stays open. Have the report written anew."));
    }
    Files::newer(call, &ev::Job::default(), &[shown.to_string()], &[], since)
}

/// What a report says, in a line, and what of it is not as expected.
fn judged(files: &Files, wanted: &CheckReport) -> Result<(String, Vec<String>)> {
    let (report, _) = files.read(&ev::Job::default())?;
    Ok(judge(&report, &files.name(), wanted))
}

fn judge(report: &Report, name: &str, wanted: &CheckReport) -> (String, Vec<String>) {
    let only = wanted.only.trim().to_lowercase();
    let meant = |case: &&Case| only.is_empty() || case.id().to_lowercase().contains(&only);
    let count =
        |outcome| report.cases.iter().filter(meant).filter(|one| one.outcome == outcome).count();
    let (passed, failed) = (count(Outcome::Passed), count(Outcome::Failed));
    let mut line =
        format!("{name}: {passed} passed, {failed} failed, {} skipped", count(Outcome::Skipped));
    if !only.is_empty() {
        line.push_str(&format!(", of those with “{}” in their names", short(&wanted.only)));
    }
    let mut wrong = Vec::new();
    if passed + failed < wanted.at_least as usize {
        wrong.push(format!("{} ran, {} at least should", tests(passed + failed), wanted.at_least));
    }
    let bad = report.cases.iter().filter(meant).filter(|one| one.outcome == Outcome::Failed);
    wrong.extend(bad.take(SHOWN_TESTS).map(|case| match case.message.lines().next() {
        Some(why) if !why.trim().is_empty() => format!("{}: {}", short(&case.id()), short(why)),
        _ => short(&case.id()),
    }));
    if failed > SHOWN_TESTS {
        wrong.push(format!("{} more failed", failed - SHOWN_TESTS));
    }
    (line, wrong)
}

fn tests(number: usize) -> String {
    if number == 1 { "1 test".into() } else { format!("{number} tests") }
}

#[cfg(test)]
mod judged {
    use super::*;
    use proptest::prelude::*;

    fn report(cases: &[(&str, &str, Outcome)]) -> Report {
        let mut report = Report::default();
        for (group, name, outcome) in cases {
            let (group, name) = ((*group).to_owned(), (*name).to_owned());
            let message = format!("why {name}\nmore");
            report.push(Case { group, name, outcome: *outcome, millis: None, message }).unwrap();
        }
        report
    }

    fn wanted(at_least: u32, only: &str) -> CheckReport {
        CheckReport { path: String::new(), at_least, only: only.into() }
    }

    #[test]
    fn it_passes_when_enough_ran_and_none_failed() {
        let cases = [
            ("shop.Cart", "adds", Outcome::Passed),
            ("shop.Cart", "removes", Outcome::Skipped),
            ("shop.Pay", "pays", Outcome::Failed),
        ];
        let report = report(&cases);
        let (line, wrong) = judge(&report, "r.xml", &wanted(1, ""));
        assert_eq!(line, "r.xml: 1 passed, 1 failed, 1 skipped");
        assert_eq!(wrong, ["shop.Pay::pays: why pays"]);
        assert!(
            judge(&report, "r.xml", &wanted(1, "CART")).1.is_empty(),
            "the others do not matter"
        );
        assert_eq!(
            judge(&report, "r.xml", &wanted(2, "cart")).1,
            ["1 test ran, 2 at least should"]
        );
        assert_eq!(judge(&report, "r.xml", &wanted(1, "nothing")).1.len(), 1);
    }

    #[test]
    fn of_many_that_fail_the_first_are_named_and_the_others_counted() {
        let many = vec![("s", "t", Outcome::Failed); 1_000];
        let (_, wrong) = judge(&report(&many), "r.xml", &wanted(1, ""));
        assert_eq!(wrong.len(), SHOWN_TESTS + 1);
        assert_eq!(wrong.last().unwrap(), "990 more failed");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// However what is printed is cut into pieces, the text is found if and only if it is there.
        #[test]
        fn a_text_is_found_across_pieces(printed in "[ab]{0,40}", text in "[ab]{1,5}", cuts in prop::collection::vec(0usize..40, 0..6)) {
            let mut search = Search::new(&text);
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= printed.len()).collect();
            cuts.extend([0, printed.len()]);
            cuts.sort_unstable();
            for pair in cuts.windows(2) {
                search.take_in(Printed::Out, &printed.as_bytes()[pair[0]..pair[1]]);
            }
            prop_assert_eq!(search.found, printed.contains(&text));
        }
    }
}
