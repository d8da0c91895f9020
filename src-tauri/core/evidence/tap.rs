//! TAP, the Test Anything Protocol, versions 12 to 14: what a command prints line by line.
//!
//! What the protocol calls a failure of the whole counts as a failing test of its own: a plan that was
//! not kept, no plan at all, “Bail out!”. A subtest's own tests are counted, not the line that sums
//! them up; that line counts when it fails although all of them passed. A failing test that is
//! marked as still to be done, and a skipped one, has not failed.

use super::{Case, MOST_BYTES, MOST_MESSAGE, Outcome, Report};
use crate::{
    error::{Error, Result},
    event::words::EvidenceFrom,
};
use std::io::{BufRead, BufReader, Read};

/// Bytes of a line that are read; the others are passed over.
const MOST_LINE: usize = 16 << 10;
/// How deep subtests may stand in one another.
const MOST_DEPTH: usize = 50;
/// Lines within which a text shows that it is TAP.
const FAR: usize = 2_000;

/// Whether these lines are TAP: its version, a plan or a test is among the first.
pub fn looks_so(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let lines = start.split(|byte| *byte == b'\n').take(FAR);
    lines.map(|line| String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned()).any(
        |line| {
            let line = line.trim_end();
            let version = line.strip_prefix("TAP version ");
            version.is_some_and(|number| number.trim().parse::<u32>().is_ok())
                || plan(line).is_some()
                || point(line).is_some_and(|point| point.number.is_some() || !point.name.is_empty())
        },
    )
}

/// One line `ok` or `not ok`.
struct Point {
    ok: bool,
    number: Option<u64>,
    name: String,
    todo: bool,
    skip: bool,
    /// What stands after the directive.
    why: String,
}

/// What one level of subtests has said so far.
#[derive(Default)]
struct Level {
    name: String,
    planned: Option<u64>,
    skipped: bool,
    points: u64,
    failed: u64,
    numbers: Vec<u64>,
    /// Its tests begin there among all of them.
    from: usize,
}

struct Reading {
    report: Report,
    levels: Vec<Level>,
    /// The level that ended just now, whose sum the next line of the level above is.
    ended: Option<Level>,
    /// Names that comments gave to the subtests that begin, by their depth.
    announced: Vec<String>,
    /// The indentation of a YAML block.
    block: Option<usize>,
    bailed: bool,
}

pub fn read(source: impl Read, from: EvidenceFrom) -> Result<Report> {
    let mut source = BufReader::new(source.take(MOST_BYTES + 1));
    let mut reading = Reading {
        report: Report::new(from),
        levels: vec![Level::default()],
        ended: None,
        announced: Vec::new(),
        block: None,
        bailed: false,
    };
    let (mut bytes, mut number) = (0, 0_u64);
    let mut line = Vec::new();
    while !reading.bailed {
        line.clear();
        let length = next_line(&mut source, &mut line)?;
        if length == 0 {
            break;
        }
        (bytes, number) = (bytes + length, number + 1);
        if bytes > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return Err(Error::invalid(format!("The report has more than {most} MiB."))
                .hint("Record the suites one by one.")
                .at(format!("line {number}")));
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text).trim_end();
        reading.line(text).map_err(|error| error.at(format!("line {number}")))?;
    }
    reading.finish()
}

/// Reads a line to its end, of which only the beginning is kept; how long it was.
fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> Result<u64> {
    let mut length = 0;
    loop {
        let there = source.fill_buf()?;
        if there.is_empty() {
            return Ok(length);
        }
        let end = there.iter().position(|byte| *byte == b'\n').map_or(there.len(), |at| at + 1);
        let room = MOST_LINE.saturating_sub(line.len()).min(end);
        line.extend_from_slice(&there[..room]);
        let whole = there[end - 1] == b'\n';
        source.consume(end);
        length += end as u64;
        if whole {
            return Ok(length);
        }
    }
}

/// `1..5 # SKIP why`: how many, and why none.
fn plan(line: &str) -> Option<(u64, Option<&str>)> {
    let rest = line.strip_prefix("1..")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let count = rest[..digits].parse().ok()?;
    let after = rest[digits..].trim_start();
    match after.strip_prefix('#') {
        None if after.is_empty() => Some((count, None)),
        None => None,
        Some(directive) => {
            let directive = directive.trim_start();
            let skip = directive.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("skip"));
            Some((count, (skip || count == 0).then(|| directive.get(4..).unwrap_or("").trim())))
        }
    }
}

fn point(line: &str) -> Option<Point> {
    let (ok, rest) = match line.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok")?),
    };
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let rest = rest.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let ends = rest[digits..].chars().next().is_none_or(|c| c.is_whitespace() || c == '#');
    let number = if ends { rest[..digits].parse().ok() } else { None };
    let rest = if number.is_some() { &rest[digits..] } else { rest };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("- ").or_else(|| rest.strip_prefix('-')).unwrap_or(rest);
    let (name, directive) = split_directive(rest);
    let word = directive.split(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    let word = word.to_ascii_lowercase();
    // SKIPPED and the like are written too.
    let (skip, todo) = (word.starts_with("skip"), word == "todo");
    let why = if skip || todo {
        directive[word.len()..].trim_start_matches([':', ' ']).to_owned()
    } else {
        String::new()
    };
    let name = if skip || todo || is_time(directive) { name } else { rest };
    // A subtest that is written in braces begins here; its tests follow.
    let name = unescaped(name.trim().trim_end_matches('{').trim());
    Some(Point { ok, number, name, todo, skip, why })
}

/// `# time=12ms`, as node-tap writes it.
fn is_time(directive: &str) -> bool {
    directive.starts_with("time=") || directive.starts_with("duration_ms")
}

/// The description, and what stands behind the first `#` that is not escaped.
fn split_directive(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' => escaped = !escaped,
            '#' if !escaped && text[..at].chars().next_back().is_none_or(char::is_whitespace) => {
                return (&text[..at], text[at + 1..].trim());
            }
            _ => escaped = false,
        }
    }
    (text, "")
}

fn unescaped(text: &str) -> String {
    text.replace("\\#", "#").replace("\\\\", "\\")
}

impl Reading {
    fn line(&mut self, whole: &str) -> Result<()> {
        let text = whole.trim_start();
        let indent = whole.len() - text.len();
        if let Some(block) = self.block {
            if indent >= block && text == "..." {
                self.block = None;
            } else if indent >= block || text.is_empty() {
                self.explain(whole.get(block..).unwrap_or(text));
            } else {
                // It was never closed.
                self.block = None;
                return self.line(whole);
            }
            return Ok(());
        }
        if text == "---" && !indent.is_multiple_of(4) {
            self.block = Some(indent);
            return Ok(());
        }
        if let Some(comment) = text.strip_prefix('#') {
            if let Some(name) = comment.trim_start().strip_prefix("Subtest:") {
                let below = indent / 4 + 1;
                if below < MOST_DEPTH {
                    self.announced.resize(below, String::new());
                    self.announced.push(unescaped(name.trim()));
                }
            }
            return Ok(());
        }
        if let Some(why) = text.strip_prefix("Bail out!") {
            self.bailed = true;
            return self.protocol("Bail out!", why.trim().to_owned());
        }
        // A brace ends a subtest; so does a shallower line.
        if text == "}" {
            return Ok(());
        }
        let depth = indent / 4;
        let (planned, tested) = (plan(text), point(text));
        if planned.is_none() && tested.is_none() {
            return Ok(());
        }
        if depth >= MOST_DEPTH {
            return Err(Error::invalid(format!("Subtests stand more than {MOST_DEPTH} deep.")));
        }
        self.descend(depth)?;
        if let Some((count, skip)) = planned {
            let Some(level) = self.levels.last_mut() else { return Ok(()) };
            level.planned.get_or_insert(count);
            level.skipped |= skip.is_some();
        } else if let Some(tested) = tested {
            self.point(tested)?;
        }
        Ok(())
    }

    /// Goes to a level: those below it have ended.
    fn descend(&mut self, depth: usize) -> Result<()> {
        while self.levels.len() > depth + 1 {
            self.close()?;
        }
        if self.levels.len() <= depth {
            self.ended = None;
        }
        while self.levels.len() <= depth {
            let name = self.announced.get(self.levels.len()).cloned().unwrap_or_default();
            let from = self.report.cases.len();
            self.levels.push(Level { name, from, ..Level::default() });
        }
        Ok(())
    }

    fn group(&self) -> String {
        let names = self.levels.iter().map(|level| level.name.as_str());
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" › ")
    }

    /// The deepest level has ended.
    fn close(&mut self) -> Result<()> {
        self.check_plan()?;
        self.ended = self.levels.pop();
        Ok(())
    }

    fn check_plan(&mut self) -> Result<()> {
        let Some(level) = self.levels.last() else { return Ok(()) };
        let (points, planned) = (level.points, level.planned);
        let mut numbers = level.numbers.clone();
        numbers.sort_unstable();
        let twice = numbers.windows(2).find(|two| two[0] == two[1]).map(|two| two[0]);
        if let Some(number) = twice {
            self.protocol("(the plan)", format!("The number {number} came twice."))?;
        }
        match planned {
            Some(count) if count != points => {
                let message = format!("{count} tests were planned, and {points} ran.");
                self.protocol("(the plan)", message)
            }
            None if points > 0 => self.protocol(
                "(the plan)",
                "There is no plan: whether all tests ran cannot be told.".into(),
            ),
            _ => Ok(()),
        }
    }

    /// What the protocol calls a failure of the whole.
    fn protocol(&mut self, name: &str, message: String) -> Result<()> {
        if let Some(level) = self.levels.last_mut() {
            level.failed += 1;
        }
        let (group, name) = (self.group(), name.to_owned());
        self.report.push(Case { group, name, outcome: Outcome::Failed, millis: None, message })
    }

    fn point(&mut self, point: Point) -> Result<()> {
        let failed = !point.ok && !point.todo && !point.skip;
        let ended = self.ended.take();
        self.announced.truncate(self.levels.len());
        let group = self.group();
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        level.points += 1;
        level.failed += u64::from(failed);
        level.numbers.extend(point.number);
        let points = level.points;
        if let Some(ended) = ended.filter(|ended| ended.points > 0) {
            // It sums up the subtest before it, whose own tests are counted already.
            if ended.name.is_empty() {
                self.name_group(&group, ended.from, &point.name);
            }
            if !failed || ended.failed > 0 {
                return Ok(());
            }
        }
        let outcome = match (failed, point.skip || (point.todo && !point.ok)) {
            (true, _) => Outcome::Failed,
            (_, true) => Outcome::Skipped,
            _ => Outcome::Passed,
        };
        let name = match (point.name.is_empty(), point.number) {
            (false, _) => point.name,
            (true, Some(number)) => format!("test {number}"),
            (true, None) => format!("test {points}"),
        };
        self.report.push(Case { group, name, outcome, millis: None, message: point.why })
    }

    /// A subtest is called what the line that sums it up says, if nothing called it before.
    fn name_group(&mut self, above: &str, from: usize, name: &str) {
        for case in self.report.cases.iter_mut().skip(from).filter(|_| !name.is_empty()) {
            let inner = case.group.strip_prefix(above).unwrap_or(&case.group);
            let parts = [above, name, inner.trim_start_matches(" › ")];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            case.group = super::cut_name(&parts.join(" › "));
        }
    }

    /// A line of the block that explains the test before it.
    fn explain(&mut self, line: &str) {
        let Some(case) = self.report.cases.last_mut() else { return };
        if let Some(time) = line.trim_start().strip_prefix("duration_ms:") {
            let millis = time.trim().trim_matches(['"', '\'']).parse::<f64>().ok();
            let millis = millis.filter(|millis| millis.is_finite() && *millis >= 0.0);
            case.millis = case.millis.or(millis.map(|millis| millis.round() as u64));
        } else if case.outcome == Outcome::Failed && case.message.len() < MOST_MESSAGE {
            if !case.message.is_empty() {
                case.message.push('\n');
            }
            let room = MOST_MESSAGE - case.message.len().min(MOST_MESSAGE);
            case.message.extend(line.chars().take(room));
        }
    }

    fn finish(mut self) -> Result<Report> {
        while self.levels.len() > 1 {
            self.close()?;
        }
        let skipped = self.levels.first().is_some_and(|level| level.skipped);
        if !self.bailed {
            self.check_plan()?;
        }
        if skipped && self.report.cases.is_empty() {
            let name = "(all of it)".into();
            self.report.push(Case { name, outcome: Outcome::Skipped, ..Case::default() })?;
        }
        let millis = self.report.cases.iter().filter_map(|case| case.millis);
        let sum = millis.fold(None, |all, one| Some(one.saturating_add(all.unwrap_or(0))));
        self.report.millis = sum;
        Ok(self.report)
    }
}
