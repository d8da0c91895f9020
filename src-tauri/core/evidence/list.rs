//! A run's tests as they are kept: a line of JSON each, after a line that says so. What a report was
//! written in does not matter any more; comparisons and searches read this.

use super::{Case, MOST_TESTS, Report};
use crate::{
    error::{Error, Result},
    event::words::EvidenceFrom,
};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read, Write};

/// A line holds a name, a group and a message, each escaped.
const MOST_LINE: u64 = 256 << 10;
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Head {
    hotfix_tests: u32,
    from: EvidenceFrom,
    #[serde(default)]
    suite: String,
    #[serde(default)]
    millis: Option<u64>,
}

pub fn write(report: &Report, out: &mut dyn Write) -> Result<()> {
    let head = Head {
        hotfix_tests: FORMAT,
        from: report.from,
        suite: report.suite.clone(),
        millis: report.millis,
    };
    serde_json::to_writer(&mut *out, &head)?;
    for case in &report.cases {
        out.write_all(b"\n")?;
        serde_json::to_writer(&mut *out, case)?;
    }
    Ok(())
}

pub fn read(source: impl BufRead) -> Result<Report> {
    let damaged = || Error::damaged("The stored list of tests cannot be read.");
    let mut source = source;
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| -> Result<bool> {
        line.clear();
        (&mut source).take(MOST_LINE).read_until(b'\n', line)?;
        if line.len() as u64 == MOST_LINE {
            return Err(damaged());
        }
        Ok(!line.is_empty())
    };
    if !next(&mut line)? {
        return Err(damaged());
    }
    let head: Head = serde_json::from_slice(&line).map_err(|_| damaged())?;
    if head.hotfix_tests != FORMAT {
        return Err(Error::denied("The list of tests was stored by a newer program.")
            .hint("Update this one."));
    }
    let mut report = Report::new(head.from);
    (report.suite, report.millis) = (head.suite, head.millis);
    while next(&mut line)? {
        let case: Case = serde_json::from_slice(&line).map_err(|_| damaged())?;
        if report.cases.len() >= MOST_TESTS {
            return Err(damaged());
        }
        report.cases.push(case);
    }
    Ok(report)
}
