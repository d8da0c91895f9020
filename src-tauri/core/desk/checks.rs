//! Automatic checks: asked at the outside, a few at a time, beside those that this machine answers itself
//! (`checks/local.rs`), and each answered by a command as soon as its answer is there.
//!
//! What could not be had (nobody answers, it takes too long, a server refuses the query) answers nothing:
//! it is said, and the check stays open. Whoever wants it blocked says so. What was asked is told without
//! the address's query, where people put keys.

mod allow;
mod local;

pub use allow::{AllowCheckCommand, AskCheckCommand, CheckCommandView};

use super::{Call, Desk, access, actions::Action, lock};
use crate::{
    error::{Error, Kind, Result},
    event::{EvidenceText, words::*},
    integrations::{
        http::{Reach, without_query},
        monitor::{
            Outcome,
            expect::Expect,
            http::{HttpProbe, Look},
            prometheus::PrometheusProbe,
        },
    },
    model::{deployment::Check, how},
    stages::{
        Done,
        validate::{RecordRun, to_run},
    },
};
use futures_util::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};
use ts_rs::TS;

/// So many are asked at a time: more would slow down what they measure.
const AT_ONCE: usize = 4;

/// Ask what automatic checks ask, and answer them.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RunChecks {
    pub key: DeploymentKey,
    /// This one, answered or not; left out, every automatic check that is open.
    #[serde(default)]
    pub check: Option<String>,
    /// The report that answers it, a file of this machine.
    #[serde(default)]
    pub file: Option<String>,
    /// Or bytes that are stored already: dropped or pasted.
    #[serde(default)]
    pub stored: Vec<Attachment>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChecksRan {
    /// In the order of the checklist, without those that were stopped.
    pub ran: Vec<RanCheck>,
    /// Somebody stopped it; what had been answered stays.
    pub cancelled: bool,
}

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RanCheck {
    pub check: String,
    pub text: String,
    /// Passed or failed; none if nothing was recorded.
    pub result: Option<CheckResult>,
    /// What was asked and what came back: the evidence.
    pub said: String,
    /// Why nothing was recorded.
    pub problem: Option<Error>,
}

/// Run an automatic check as it is being written. It is followed and stopped as the deployment without a key.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryCheck {
    pub how: CheckHow,
    /// Whose repository a path without a beginning is below.
    #[serde(default)]
    pub product: Option<CatalogId>,
}

/// What would be recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriedCheck {
    pub passed: bool,
    pub said: String,
}

/// Which automatic checks of a deployment are being run in this program.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskChecksRunning {
    pub key: DeploymentKey,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChecksRunning {
    /// Those without an outcome yet.
    pub checks: Vec<String>,
    /// Of those that were begun together with them.
    pub done: u32,
    pub of: u32,
}

/// Stop them. What has been answered stays.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelChecks {
    pub key: DeploymentKey,
}

/// What the desk holds for it: the runs under way.
#[derive(Default)]
pub struct Held(Mutex<Vec<Arc<Job>>>);

/// Checks that were begun together.
struct Job {
    key: DeploymentKey,
    of: usize,
    open: Mutex<BTreeSet<String>>,
    cancelled: AtomicBool,
    stop: tokio::sync::Notify,
}

/// A run under way; over when dropped.
struct Begun<'a> {
    held: &'a Held,
    job: Arc<Job>,
}

impl Held {
    /// Takes up those that nobody runs already.
    fn begin(&self, key: &DeploymentKey, checks: &mut Vec<Check>) -> Begun<'_> {
        let mut all = lock(&self.0);
        checks.retain(|check| {
            !all.iter().any(|job| &job.key == key && lock(&job.open).contains(&check.item.id))
        });
        let job = Arc::new(Job {
            key: key.clone(),
            of: checks.len(),
            open: Mutex::new(checks.iter().map(|check| check.item.id.clone()).collect()),
            cancelled: AtomicBool::new(false),
            stop: tokio::sync::Notify::new(),
        });
        all.push(Arc::clone(&job));
        Begun { held: self, job }
    }

    /// Takes up something that is tried, of no deployment.
    fn attempt(&self) -> Begun<'_> {
        let job = Arc::new(Job {
            key: DeploymentKey::default(),
            of: 1,
            open: Mutex::new(BTreeSet::from([String::new()])),
            cancelled: AtomicBool::new(false),
            stop: tokio::sync::Notify::new(),
        });
        lock(&self.0).push(Arc::clone(&job));
        Begun { held: self, job }
    }

    fn of(&self, key: &DeploymentKey) -> Vec<Arc<Job>> {
        lock(&self.0).iter().filter(|job| &job.key == key).cloned().collect()
    }
}

impl Job {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        lock(&self.held.0).retain(|one| !Arc::ptr_eq(one, &self.job));
    }
}

/// What came of asking: whether it passed, what was asked and came back, and what is kept beside that.
struct Found {
    passed: bool,
    said: String,
    kept: Vec<local::Kept>,
}

fn expects(assertions: &[Assertion]) -> Result<Vec<Expect>> {
    let one = |(index, assertion): (usize, &Assertion)| {
        Ok(match assertion {
            Assertion::Status { is } => Expect::Status(*is),
            Assertion::Header { name, like, value } => Expect::Header {
                name: name.clone(),
                value: value.clone(),
                whole: *like == Like::Is,
            },
            Assertion::Json { path, equals } => Expect::json(path, equals).map_err(|error| {
                Error::field(
                    format!("assertions.{index}.path"),
                    format!("“{path}” is no JSONPath: {error}."),
                )
            })?,
            Assertion::Text { contains } => Expect::Text(contains.clone()),
            Assertion::Millis { at_most } => Expect::Millis(*at_most),
        })
    };
    assertions.iter().enumerate().map(one).collect()
}

/// Asks once. An error means that nothing was found out. What it tells holds no secret that was sent along.
async fn ask(how: &CheckHow, reach: Result<Reach>) -> Result<Found> {
    let reach = reach?;
    match look(how, &reach).await {
        Ok(found) => Ok(Found { said: reach.mask.cut(&found.said), ..found }),
        Err(mut error) => {
            error.message = reach.mask.cut(&error.message);
            Err(error)
        }
    }
}

async fn look(how: &CheckHow, reach: &Reach) -> Result<Found> {
    match how {
        CheckHow::Manual => Err(Error::field("by", "A person answers this check.")
            .hint("Choose a request, a query, a command or a report to have it run.")),
        CheckHow::Http { method, url, body, assertions, .. } => {
            let probe = HttpProbe::new(method, url, body, expects(assertions)?, reach)?;
            let look = probe.look().await?;
            let said = seen(method, url, &look);
            Ok(Found { passed: look.wrong.is_empty(), said, kept: Vec::new() })
        }
        CheckHow::Prometheus { url, query, at_least, at_most, .. } => {
            let probe = PrometheusProbe::new(url, query, *at_least, *at_most, reach)?;
            let sample = probe.ask().await?;
            let server = without_query(url);
            let passed = match sample.result {
                Outcome::Success => true,
                Outcome::Failure => false,
                Outcome::Inconclusive | Outcome::Error => {
                    let why = sample.detail.trim_end_matches('.');
                    return Err(Error::offline(format!("{server} gave no number: {why}."))
                        .hint("Look at the query; the check stays open."));
                }
            };
            let said = format!("{query} at {server}");
            let told = match passed {
                true => format!("It gives {}", sample.detail),
                false => format!("{WRONG}{}", sample.detail),
            };
            Ok(Found { passed, said: printable(&format!("{said}\n{told}")), kept: Vec::new() })
        }
        CheckHow::Command(_) | CheckHow::Junit(_) => {
            Err(Error::internal("This check is for this machine."))
        }
    }
}

/// How a line of the evidence begins that says what is wrong.
const WRONG: &str = "Not as expected: ";

/// The evidence: what was asked, what came back, what of it is not as expected, how the body begins.
fn seen(method: &str, url: &str, look: &Look) -> String {
    let mut said = format!(
        "{method} {} answered {} in {:.0} ms",
        without_query(url),
        look.status,
        look.millis
    );
    for wrong in &look.wrong {
        said.push_str(&format!("\n{WRONG}{wrong}"));
    }
    if !look.begins.is_empty() {
        said.push_str(&format!("\nThe answer begins: {}", look.begins));
    }
    printable(&said)
}

/// Lines without what no screen can show.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect()
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Asks all of them, a few at a time, and tells each outcome as it comes, until somebody stops it.
fn ask_all(
    desk: &Desk,
    checks: &[Check],
    job: &Job,
    tell: &mpsc::Sender<(usize, Result<Found>)>,
) -> Result<()> {
    // Before anything is asked: a keychain that is locked would stand in the way of what is measured.
    let ready: Vec<_> = checks
        .iter()
        .enumerate()
        .filter(|(_, check)| !local::is_local(&check.item.how))
        .map(|(place, check)| (place, check, access::reach(desk, check.item.how.reached_by())))
        .collect();
    runtime()?.block_on(async {
        let asked = ready
            .into_iter()
            .map(|(place, check, reach)| async move { (place, ask(&check.item.how, reach).await) });
        let mut asked = stream::iter(asked).buffer_unordered(AT_ONCE);
        loop {
            tokio::select! {
                biased;
                () = job.stop.notified() => return Ok(()),
                next = asked.next() => {
                    // Nobody hears it any more only when the run is over.
                    if next.is_none_or(|outcome| tell.send(outcome).is_err()) {
                        return Ok(());
                    }
                }
            }
        }
    })
}

impl Action for RunChecks {
    type Answer = ChecksRan;

    fn run(self, call: &Call) -> Result<ChecksRan> {
        call.desk().writable()?;
        let given = self.file.is_some() || !self.stored.is_empty();
        let (mut checks, about) = call.judge(|state, _| {
            let deployment = state.deployment(&self.key)?;
            let checks = to_run(deployment, self.check.as_deref(), given)?;
            Ok((checks, local::About::of(deployment)))
        })?;
        let about = local::About { file: self.file.clone(), stored: self.stored.clone(), ..about };
        let begun = call.desk().0.checks.begin(&self.key, &mut checks);
        if checks.is_empty() && self.check.is_some() {
            return Err(Error::conflict("This check is being run already.")
                .hint("Wait for its end, or cancel it."));
        }
        let job = &begun.job;
        let (tell, told) = mpsc::channel();
        let mut ran = Vec::new();
        // Asking has a thread of its own, so that writing delays no answer whose time is measured.
        std::thread::scope(|scope| {
            let (checks, about) = (&checks, &about);
            let also = tell.clone();
            scope.spawn(move || local::run_all(call, checks, about, job, &also));
            let asking = scope.spawn(move || ask_all(call.desk(), checks, job, &tell));
            for (place, found) in told {
                let check = &checks[place];
                ran.push((place, self.answer(call, check, found)));
                lock(&job.open).remove(&check.item.id);
            }
            asking.join().unwrap_or_else(|_| Err(Error::internal("Asking broke off.")))
        })?;
        ran.sort_by_key(|(place, _)| *place);
        Ok(ChecksRan {
            ran: ran.into_iter().map(|(_, one)| one).collect(),
            cancelled: job.is_cancelled(),
        })
    }
}

impl RunChecks {
    /// Journals what was found; what was not found out, or is not taken, is said instead.
    fn answer(&self, call: &Call, check: &Check, found: Result<Found>) -> RanCheck {
        let mut one = RanCheck {
            check: check.item.id.clone(),
            text: check.item.text.clone(),
            result: None,
            said: String::new(),
            problem: None,
        };
        let recorded = found.and_then(|found| {
            one.said.clone_from(&found.said);
            let stored = found.kept.iter().map(|kept| kept.store(call));
            let attachments = stored.collect::<Result<Vec<_>>>()?;
            // An id that the caller gave is for one command; here each check has one.
            call.desk().as_person(call.person()).command(&RecordRun {
                key: self.key.clone(),
                check: check.item.id.clone(),
                passed: found.passed,
                evidence: EvidenceText { text: found.said, link: String::new() },
                attachments,
                seen: check.at,
            })?;
            Ok(if found.passed { CheckResult::Passed } else { CheckResult::Failed })
        });
        match recorded {
            Ok(result) => one.result = Some(result),
            Err(error) => one.problem = Some(error),
        }
        one
    }
}

impl Action for AskChecksRunning {
    type Answer = ChecksRunning;

    fn run(self, call: &Call) -> Result<ChecksRunning> {
        let mut running = ChecksRunning::default();
        let (mut open, mut of) = (0, 0);
        for job in call.desk().0.checks.of(&self.key) {
            let checks = lock(&job.open);
            (open, of) = (open + checks.len(), of + job.of);
            running.checks.extend(checks.iter().cloned());
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (running.done, running.of) = (count(of - open), count(of));
        Ok(running)
    }
}

impl Action for CancelChecks {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        for job in call.desk().0.checks.of(&self.key) {
            job.cancelled.store(true, Ordering::Relaxed);
            job.stop.notify_one();
        }
        Ok(Done {})
    }
}

impl Action for TryCheck {
    type Answer = TriedCheck;

    fn run(self, call: &Call) -> Result<TriedCheck> {
        let tried = how::check(&self.how).and_then(|()| {
            if !local::is_local(&self.how) {
                let reach = access::reach(call.desk(), self.how.reached_by());
                return runtime()?.block_on(ask(&self.how, reach));
            }
            let begun = call.desk().0.checks.attempt();
            let about = local::About { product: self.product.clone(), ..Default::default() };
            local::find(call, &self.how, &about, &|| begun.job.is_cancelled())
        });
        let found = tried.map_err(|error| match error.kind {
            Kind::Invalid => error.within("how"),
            Kind::Offline if error.hint.is_none() => {
                error.hint("Look at the address, and whether this machine reaches it.")
            }
            _ => error,
        })?;
        Ok(TriedCheck { passed: found.passed, said: found.said })
    }
}
