//! Who answers a check: a person, or the program, which asks something, runs something or reads a report,
//! and holds what it finds against what is expected.

use super::{CatalogId, Reached};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a check is answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum CheckHow {
    /// A person does it and says what came of it.
    #[default]
    Manual,
    /// One HTTP request; it passes if the answer is as every assertion has it.
    Http {
        #[serde(default = "get")]
        method: String,
        /// http:// or https://, without a user or a password.
        url: String,
        /// How its host is reached; absent, as this machine reaches it.
        #[serde(default)]
        access: Option<CatalogId>,
        /// JSON that is sent; empty for none.
        #[serde(default)]
        body: String,
        #[serde(default)]
        assertions: Vec<Assertion>,
    },
    /// One query of a Prometheus server; it passes if every number it gives is within the limits.
    Prometheus {
        /// That of the server.
        url: String,
        /// How its host is reached; absent, as this machine reaches it.
        #[serde(default)]
        access: Option<CatalogId>,
        /// PromQL that gives numbers of one moment.
        query: String,
        #[serde(default)]
        at_least: Option<f64>,
        #[serde(default)]
        at_most: Option<f64>,
    },
    /// A program of this machine, without a shell. It passes by how it ends and what it prints, or by the
    /// report that it writes.
    Command(CheckCommand),
    /// A report of tests (JUnit XML or TAP); it passes if enough of them ran and none failed.
    Junit(CheckReport),
}

impl CheckHow {
    /// The program answers it, when it is asked to.
    pub fn is_automatic(&self) -> bool {
        *self != Self::Manual
    }

    /// By which access which address is asked, where it names one.
    pub fn reached_by(&self) -> Option<Reached<'_>> {
        match self {
            Self::Http { url, access, .. } | Self::Prometheus { url, access, .. } => {
                Some(Reached { access: access.as_ref()?, url, directly: false })
            }
            Self::Manual | Self::Command(_) | Self::Junit(_) => None,
        }
    }

    /// Only with a file that somebody gives.
    pub fn waits_for_a_file(&self) -> bool {
        matches!(self, Self::Junit(report) if report.path.trim().is_empty())
    }
}

/// A program with its words, and what it has to do to pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CheckCommand {
    /// The program and its words, as they are.
    #[serde(default)]
    pub argv: Vec<String>,
    /// Where it runs: absolute, or below the product's repository, which it is if empty.
    #[serde(default)]
    pub folder: String,
    /// What it may end with.
    #[serde(default = "CheckCommand::zero")]
    pub exits: Vec<i32>,
    /// What has to be among what it prints; empty for anything.
    #[serde(default)]
    pub contains: String,
    /// Then it is stopped, and has failed.
    #[serde(default = "CheckCommand::minutes")]
    pub timeout_minutes: u32,
    /// The report that it writes, below its folder: that judges then, and not how the program ends.
    #[serde(default)]
    pub report: Option<CheckReport>,
}

impl CheckCommand {
    fn zero() -> Vec<i32> {
        vec![0]
    }

    fn minutes() -> u32 {
        5
    }
}

/// Which report of tests it is, and what it has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CheckReport {
    /// A file or a folder: absolute, or below the product's repository. Empty: a person gives the file.
    #[serde(default)]
    pub path: String,
    /// So many tests have to have passed or failed; skipped ones did not run.
    #[serde(default = "CheckReport::one")]
    pub at_least: u32,
    /// Only tests whose suite or name has this in it, in small or capital letters; empty for all.
    #[serde(default)]
    pub only: String,
}

impl CheckReport {
    fn one() -> u32 {
        1
    }
}

fn get() -> String {
    "GET".into()
}

/// One thing that is expected of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "on")]
pub enum Assertion {
    Status {
        is: u16,
    },
    /// Of several headers of that name, one is enough.
    Header {
        /// In small or capital letters.
        name: String,
        #[serde(default)]
        like: Like,
        value: String,
    },
    /// Everything that the path finds, and something has to be found.
    Json {
        /// JSONPath (RFC 9535): `$.items[0].price`.
        path: String,
        /// A text by itself, or any value as JSON has it: `shipped`, `42`, `true`, `null`, `"42"`.
        equals: String,
    },
    /// Anywhere in the answer's body.
    Text {
        contains: String,
    },
    /// How long the whole answer may take, in milliseconds.
    Millis {
        at_most: u32,
    },
}

/// How a value is held against another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Like {
    #[default]
    Is,
    Contains,
}
