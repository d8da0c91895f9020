//! WRITE: a file per stage with its requests and its decisions.
//!
//! A decision is pure: it sees the state, the catalog and dated facts through [`State`], and answers
//! with events or a refusal. No I/O, no clock, no SQL, and no stage imports its sibling.

pub mod announce;
pub mod approve;
pub mod close;
pub mod configure;
pub mod deploy;
pub mod develop;
pub mod monitor;
pub mod package;
pub mod redact;
pub mod report;
pub mod schedule;
pub mod triage;
pub mod validate;

use crate::{
    error::{Error, Result},
    event::words::*,
    model::{Actor, Decide, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ts_rs::TS;

/// A request that changes something, and the decision about it.
pub trait Command: DeserializeOwned {
    type Answer: Serialize + DeserializeOwned;

    /// Events, or a refusal with its remedy. Runs again when a stream it looked at has moved.
    fn decide(&self, state: &State, by: &Actor) -> Decide<Self::Answer>;
}

/// The answer of a command that has nothing more to say than that it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Done {}

/// A key for what was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Made {
    pub key: String,
}

impl Made {
    fn new(key: impl ToString) -> Self {
        Self { key: key.to_string() }
    }
}

/// A text that must hold more than white space.
fn required(field: &str, text: &str, what: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::field(field, format!("{what} is missing.")));
    }
    Ok(())
}

/// An edit that names the version it is based on is refused once somebody else changed the thing.
fn unchanged(base: Option<u64>, version: u64, what: &str) -> Result<()> {
    match base {
        Some(base) if base != version => Err(Error::conflict(format!(
            "{what} was changed by somebody else while you were editing."
        ))
        .hint("Look at both texts, then save again.")
        .at("version")),
        _ => Ok(()),
    }
}

fn phase_is(hotfix: &crate::model::hotfix::Hotfix, allowed: &[Phase], what: &str) -> Result<()> {
    if allowed.contains(&hotfix.phase) {
        return Ok(());
    }
    Err(Error::denied(format!("{} is {}: {what}.", hotfix.key, phase_name(hotfix.phase))))
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Development => "in Development",
        Phase::Rollout => "in Rollout",
        Phase::Monitoring => "in Monitoring",
        Phase::Closed => "closed",
        Phase::Cancelled => "cancelled",
    }
}
