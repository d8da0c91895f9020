//! A time that somebody wants for a deployment, and what stands against it: asked by the plan form,
//! and by whoever overrides something of it before it is planned.

use super::check_leads;
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    gates,
    model::{Actor, Judge, State, deployment::Deployment},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// The longest window: what is planned for longer is forgotten rather than watched.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// The longest that a deployment may be expected to take, in minutes.
const LONGEST_RUN: u32 = 7 * 24 * 60;

/// What stands against a time, for a deployment that is planned or moved.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskConflicts {
    /// What is moved; else `key` and `environment` say what is planned.
    #[serde(default)]
    pub deployment: Option<DeploymentKey>,
    #[serde(default)]
    pub key: Option<HotfixKey>,
    #[serde(default)]
    pub environment: Option<String>,
    /// For these targets; as planned, or for all, if left out.
    #[serde(default)]
    pub targets: Option<Vec<String>>,
    pub starts_at: Instant,
    pub window_ends_at: Instant,
    /// As planned, if left out.
    #[serde(default)]
    pub expected: Option<Expected>,
}

pub(super) struct Place<'a> {
    pub moved: Option<&'a Deployment>,
    pub hotfix: &'a HotfixKey,
    pub environment: &'a str,
}

impl AskConflicts {
    /// What is moved, which hot fix it is about, and where.
    pub(super) fn place<'a>(&'a self, state: &'a State) -> Judge<Place<'a>> {
        let moved = match &self.deployment {
            Some(key) => Some(state.deployment(key)?),
            None => None,
        };
        let hotfix = moved.map(|one| &one.hotfix).or(self.key.as_ref()).ok_or_else(|| {
            Error::field("key", "Say which hot fix or which deployment it is about.")
        })?;
        let environment = moved
            .map(|one| one.environment.as_str())
            .or(self.environment.as_deref())
            .ok_or_else(|| Error::field("environment", "Say which environment it is for."))?;
        Ok(Place { moved, hotfix, environment })
    }

    pub fn judge(&self, state: &State, by: &Actor) -> Judge<gates::Conflicts> {
        let Place { moved, hotfix, environment } = self.place(state)?;
        let hotfix = state.hotfix(hotfix)?;
        check_window(self.starts_at, self.window_ends_at, by.at)?;
        let expected = self
            .expected
            .clone()
            .or_else(|| moved.map(|one| one.expected.clone()))
            .unwrap_or_default();
        check_length(&expected)?;
        let mut facts = state
            .facts(by.at)
            .about(&hotfix.product, environment, hotfix.priority)?
            .for_hotfix(hotfix)?;
        let deployments = facts.deployments(hotfix)?;
        if let Some(moved) = moved {
            facts = facts.for_deployment(moved)?;
        } else if let Some(targets) = &self.targets {
            facts = facts.for_targets(targets)?;
        }
        let wanted = gates::time::Wanted {
            span: gates::time::taken(self.starts_at.max(by.at), self.window_ends_at, &expected),
            own: moved.map(|one| &one.key),
            on_duty: &expected.on_duty,
            planned: None,
        };
        gates::conflicts(hotfix, &deployments, &facts, &wanted)
    }
}

/// How long it lasts, and when somebody is reminded of it.
pub(super) fn check_length(expected: &Expected) -> Result<()> {
    if expected.duration_minutes > LONGEST_RUN {
        let message = "A deployment may take seven days at most.";
        return Err(Error::field("expected.duration_minutes", message));
    }
    check_leads("expected.remind_minutes", &expected.remind_minutes)
}

/// A window that can still be used.
pub(super) fn check_window(starts_at: Instant, ends_at: Instant, now: Instant) -> Result<()> {
    if ends_at <= starts_at {
        return Err(Error::field("window_ends_at", "The window ends before it begins."));
    }
    if ends_at <= now {
        return Err(Error::field("window_ends_at", "The window lies in the past."));
    }
    if ends_at.since(starts_at) > LONGEST {
        return Err(Error::field("window_ends_at", "A window may last seven days at most."));
    }
    Ok(())
}
