//! What is printed, and with which exit code.

use hotfix_core::error::{Error, Kind};
use serde_json::{Value, json};
use std::{
    io::{self, Write as _},
    process::ExitCode,
};

/// How answers are printed.
pub struct Printer {
    pub json: bool,
}

/// An error with its exit code.
pub struct Failure {
    error: Error,
    code: u8,
}

impl Failure {
    /// Wrong use: the word of the command line it is about, what is wrong with it, what to write instead.
    pub fn usage(place: &str, message: impl Into<String>, hint: &str) -> Self {
        Self { error: Error::field(place, message).hint(hint), code: 2 }
    }

    /// Where nobody has said what to do about a wrong request, the way to find out.
    #[must_use]
    pub fn or_hint(mut self, hint: impl FnOnce() -> String) -> Self {
        if self.error.kind == Kind::Invalid && self.error.hint.is_none() {
            self.error.hint = Some(hint());
        }
        self
    }

    /// About one of several things that were read: which, and how many were done before it.
    #[must_use]
    pub fn within(mut self, place: &str, before: usize) -> Self {
        self.error.message = match before {
            0 => format!("In {place}: {}", self.error.message),
            _ => format!("In {place} ({before} saved before it): {}", self.error.message),
        };
        self
    }

    #[cfg(test)]
    pub fn told(self) -> Error {
        self.error
    }

    /// 1 not good, 2 wrong use, 3 the outside, 4 damaged, 5 our own fault.
    pub fn report(&self, print: &Printer) -> ExitCode {
        let text = if print.json {
            // All four words each time, so that a script finds what it asks for.
            let error = &self.error;
            json!({
                "kind": error.kind, "message": error.message, "hint": error.hint, "where": error.location,
            })
            .to_string()
        } else {
            format!("hotfix: {}", self.error)
        };
        // Nobody left to tell is no reason for another code.
        drop(writeln!(io::stderr(), "{text}"));
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind {
            Kind::Denied | Kind::Conflict => 1,
            Kind::Invalid => 2,
            Kind::Offline | Kind::Vendor => 3,
            Kind::Damaged => 4,
            Kind::Internal => 5,
        };
        Self { error, code }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Error::from(error).into()
    }
}

/// A value as a person reads it.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".into(),
        other => other.to_string(),
    }
}

impl Printer {
    pub fn line(&self, line: &str) -> Result<u8, Failure> {
        match writeln!(io::stdout(), "{line}") {
            // `hotfix … | head` closes the pipe; that is not our failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
            other => Ok(other.map(|()| 0)?),
        }
    }

    /// A sentence, or the document with `--json`.
    pub fn done(&self, sentence: &str, document: &Value) -> Result<u8, Failure> {
        if self.json { self.line(&document.to_string()) } else { self.line(sentence) }
    }

    /// One document: on a line with `--json`, spread out without.
    pub fn document(&self, document: &Value) -> Result<u8, Failure> {
        if self.json {
            return self.line(&document.to_string());
        }
        let text = serde_json::to_string_pretty(document).map_err(Error::from)?;
        self.line(&text)
    }

    /// One line a row.
    pub fn list(&self, rows: &Value, row: impl Fn(&Value) -> String) -> Result<u8, Failure> {
        for value in rows.as_array().into_iter().flatten() {
            self.line(&if self.json { value.to_string() } else { row(value) })?;
        }
        Ok(0)
    }
}
