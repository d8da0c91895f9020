//! Who answers a check: a person, or the program, which asks something and holds the answer against what
//! is expected of it.

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
        /// PromQL that gives numbers of one moment.
        query: String,
        #[serde(default)]
        at_least: Option<f64>,
        #[serde(default)]
        at_most: Option<f64>,
    },
}

impl CheckHow {
    /// The program answers it, when it is asked to.
    pub fn is_automatic(&self) -> bool {
        *self != Self::Manual
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
