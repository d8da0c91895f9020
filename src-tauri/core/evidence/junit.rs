//! JUnit XML, as pytest, cargo-nextest, Maven Surefire, jest-junit, gotestsum and others write it.
//!
//! There is no standard; this reads what they agree on. A test that failed and passed when it was run
//! again (`flakyFailure`) has passed. Failures that a suite counts and does not list become a
//! failing test of their own, so that none gets lost.

use super::{Case, Outcome, Report, trim::Trim};
use crate::{
    error::{Error, Result},
    event::words::EvidenceFrom,
};
use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};
use std::io::Read;

/// How deep elements may stand in one another.
const MOST_DEPTH: usize = 100;
/// How many attributes one element may have.
const MOST_ATTRIBUTES: usize = 256;
/// Text of one message that is collected before it is cut.
const MOST_TEXT: usize = 64 << 10;

/// What an element is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Suites,
    Suite,
    Case,
    /// A failure or an error: of the case around it, else of the suite.
    Failure,
    Skip,
    Other,
}

#[derive(Default)]
struct Suite {
    name: String,
    /// How many of its tests failed, by its own count.
    claimed: u64,
    failed: u64,
    nested: bool,
    millis: Option<u64>,
}

struct Reading {
    report: Report,
    open: Vec<Open>,
    suites: Vec<Suite>,
    case: Option<Case>,
    /// The text of the failure that is open.
    text: Option<String>,
    /// Something stands in it beside its attributes.
    said: bool,
    /// The case is known not to work yet: that it fails is no failure.
    planned: bool,
    /// What the outermost element says it took, and the suites in it together.
    whole: Option<u64>,
    together: Option<u64>,
}

pub fn read(source: impl Read) -> Result<Report> {
    let mut reader = Reader::from_reader(Trim::new(source));
    reader.config_mut().allow_dangling_amp = true;
    let mut reading = Reading {
        report: Report::new(EvidenceFrom::Junit),
        open: Vec::new(),
        suites: Vec::new(),
        case: None,
        text: None,
        said: false,
        planned: false,
        whole: None,
        together: None,
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(error) => {
                let trim = reader.get_ref();
                return Err(match trim.refusal.clone() {
                    Some(refusal) => refusal,
                    None => malformed(&error.to_string()).at(format!("line {}", trim.line())),
                });
            }
        };
        let step = match &event {
            Event::Start(tag) => reading.start(tag),
            Event::Empty(tag) => reading.start(tag).and_then(|()| reading.end()),
            Event::End(_) => reading.end(),
            Event::Text(text) => reading.say(&unescape(text).unwrap_or_else(|_| (&**text).into())),
            Event::CData(text) => reading.say(text),
            Event::GeneralRef(name) => {
                let known = format!("&{};", &**name);
                reading.say(&unescape(&known).unwrap_or_else(|_| known.as_str().into()))
            }
            Event::Eof => break,
            _ => Ok(()),
        };
        if let Err(error) = step {
            let line = reader.get_ref().line();
            return Err(match error.location {
                None => error.at(format!("line {line}")),
                Some(_) => error,
            });
        }
    }
    if !reading.open.is_empty() {
        let line = reader.get_ref().line();
        return Err(malformed("it ends in the middle of an element").at(format!("line {line}")));
    }
    reading.finish()
}

fn malformed(why: &str) -> Error {
    Error::invalid(format!("The report is not well-formed XML: {}.", why.trim_end_matches('.')))
        .hint("Write it again, or look whether it was cut.")
}

/// An attribute's value, entities resolved where they are the usual five.
fn attribute(tag: &BytesStart, name: &str) -> String {
    let found = tag.attributes().with_checks(false).flatten().find(|one| one.key.0 == name);
    let value = found.map(|one| one.value).unwrap_or_default();
    unescape(&value).map(|text| text.into_owned()).unwrap_or_else(|_| value.into_owned())
}

/// Seconds as milliseconds. Some write 1,234.5.
fn millis(text: &str) -> Option<u64> {
    let seconds: f64 = text.trim().replace(',', "").parse().ok()?;
    let fine = seconds.is_finite() && (0.0..1e9).contains(&seconds);
    fine.then(|| (seconds * 1000.0).round() as u64)
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (a, b) => a.or(b),
    }
}

impl Reading {
    fn start(&mut self, tag: &BytesStart) -> Result<()> {
        if self.open.len() >= MOST_DEPTH {
            return Err(Error::invalid(format!(
                "The report's elements stand more than {MOST_DEPTH} deep in one another."
            ))
            .hint("A test runner writes no such thing."));
        }
        if tag.attributes().with_checks(false).take(MOST_ATTRIBUTES + 1).count() > MOST_ATTRIBUTES {
            return Err(Error::invalid(format!(
                "An element of the report has more than {MOST_ATTRIBUTES} attributes."
            ))
            .hint("A test runner writes no such thing."));
        }
        let name = tag.local_name();
        let what = match name.as_ref() {
            "testsuites" => Open::Suites,
            "testsuite" => Open::Suite,
            "testcase" => Open::Case,
            "failure" | "error" => Open::Failure,
            "skipped" | "ignored" | "disabled" => Open::Skip,
            _ => Open::Other,
        };
        if self.open.is_empty() && !matches!(what, Open::Suites | Open::Suite) {
            let named: String = name.as_ref().chars().take(40).collect();
            return Err(Error::invalid(format!("This is <{named}>, not JUnit XML."))
                .hint("JUnit XML begins with <testsuites> or <testsuite>."));
        }
        match what {
            Open::Suites => {
                if self.open.is_empty() {
                    self.report.suite = attribute(tag, "name");
                    self.whole = millis(&attribute(tag, "time"));
                }
            }
            Open::Suite => self.start_suite(tag),
            Open::Case if self.case.is_none() => self.start_case(tag),
            Open::Failure | Open::Skip => self.start_outcome(tag, what),
            Open::Case | Open::Other => {}
        }
        self.open.push(what);
        Ok(())
    }

    fn start_suite(&mut self, tag: &BytesStart) {
        let count = |name: &str| attribute(tag, name).trim().parse::<u64>().unwrap_or(0);
        let suite = Suite {
            name: attribute(tag, "name"),
            claimed: count("failures").saturating_add(count("errors")),
            millis: millis(&attribute(tag, "time")),
            ..Suite::default()
        };
        if self.report.suite.is_empty() {
            self.report.suite.clone_from(&suite.name);
        }
        if self.suites.is_empty() {
            self.together = sum(self.together, suite.millis);
        }
        if let Some(parent) = self.suites.last_mut() {
            parent.nested = true;
        }
        self.suites.push(suite);
    }

    fn start_case(&mut self, tag: &BytesStart) {
        let name = attribute(tag, "name");
        let class = attribute(tag, "classname");
        let suite = self.suites.last().map(|suite| suite.name.clone()).unwrap_or_default();
        // Some say the name twice; where it stands tells more then.
        let group = if class.trim().is_empty() || class == name { suite } else { class };
        let said = [attribute(tag, "status"), attribute(tag, "result")];
        let is = |words: &[&str]| said.iter().any(|word| words.contains(&word.as_str()));
        let outcome = if is(&["failed", "failure", "error"]) {
            Outcome::Failed
        } else if is(&["skipped", "ignored", "notrun", "disabled", "pending"]) {
            Outcome::Skipped
        } else {
            Outcome::Passed
        };
        let millis = millis(&attribute(tag, "time"));
        self.case = Some(Case { group, name, outcome, millis, message: String::new() });
    }

    fn start_outcome(&mut self, tag: &BytesStart, what: Open) {
        match (&mut self.case, what) {
            (Some(case), Open::Failure) => case.outcome = Outcome::Failed,
            (Some(case), _) if case.outcome == Outcome::Passed => case.outcome = Outcome::Skipped,
            // A suite that was skipped whole lists nothing that failed.
            (None, Open::Skip) => return,
            _ => {}
        }
        self.planned |= what == Open::Skip && attribute(tag, "type").eq_ignore_ascii_case("todo");
        let message = attribute(tag, "message");
        self.text = Some(if message.is_empty() { attribute(tag, "type") } else { message });
        self.said = false;
    }

    fn say(&mut self, text: &str) -> Result<()> {
        if let (Some(collected), Some(Open::Failure | Open::Skip)) =
            (&mut self.text, self.open.last())
            && collected.len() < MOST_TEXT
            && (self.said || !text.trim().is_empty())
        {
            if !std::mem::replace(&mut self.said, true) && !collected.is_empty() {
                // What stands in the text often repeats the attribute.
                if text.trim_start().starts_with(collected.as_str()) {
                    collected.clear();
                } else {
                    collected.push('\n');
                }
            }
            collected.push_str(text);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        match self.open.pop() {
            Some(Open::Failure | Open::Skip) => self.end_outcome()?,
            Some(Open::Case) if !self.open.contains(&Open::Case) => {
                let planned = std::mem::take(&mut self.planned);
                if let Some(mut case) = self.case.take() {
                    if planned {
                        case.outcome = Outcome::Skipped;
                    }
                    self.push(case)?;
                }
            }
            Some(Open::Suite) => self.end_suite()?,
            _ => {}
        }
        Ok(())
    }

    fn end_outcome(&mut self) -> Result<()> {
        let Some(text) = self.text.take() else { return Ok(()) };
        match &mut self.case {
            Some(case) => {
                if !case.message.is_empty() {
                    case.message.push_str("\n\n");
                }
                case.message.push_str(text.trim());
                Ok(())
            }
            None => {
                let group = self.suites.last().map(|suite| suite.name.clone()).unwrap_or_default();
                let name = "(the suite itself)".into();
                self.push(Case {
                    group,
                    name,
                    outcome: Outcome::Failed,
                    millis: None,
                    message: text,
                })
            }
        }
    }

    fn end_suite(&mut self) -> Result<()> {
        let Some(suite) = self.suites.last() else { return Ok(()) };
        if suite.claimed > 0 && suite.failed == 0 && !suite.nested {
            let message =
                format!("The suite counts {} that failed, and lists none of them.", suite.claimed);
            let (group, name) = (suite.name.clone(), "(a test that is not listed)".into());
            self.push(Case { group, name, outcome: Outcome::Failed, millis: None, message })?;
        }
        self.suites.pop();
        Ok(())
    }

    fn push(&mut self, case: Case) -> Result<()> {
        if case.outcome == Outcome::Failed
            && let Some(suite) = self.suites.last_mut()
        {
            suite.failed += 1;
        }
        self.report.push(case)
    }

    fn finish(mut self) -> Result<Report> {
        let listed = || self.report.cases.iter().fold(None, |all, case| sum(all, case.millis));
        self.report.millis = self.whole.or(self.together).or_else(listed);
        Ok(self.report)
    }
}
