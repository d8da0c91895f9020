//! Approval by people other than the author, bound to the package's hash and to an environment.
//!
//! A new revision voids what stood, because its hash is another. In one's own file this is honest
//! book-keeping; in a team the database enforces it (ServiceNow's and Samson's rule of four eyes).

use super::{Command, Done, phase_is, required};
use crate::{
    clock::Instant,
    error::Error,
    event::{Event, Note, words::*},
    gates,
    model::{Actor, Decide, Decided, Judge, State, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// Ask for approval of the current revision for an environment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RequestApproval {
    pub key: HotfixKey,
    pub environment: String,
    #[serde(default)]
    pub note: String,
}

/// The current revision's hash, which must be the one that the caller has seen, if named.
fn current(hotfix: &Hotfix, seen: Option<&Digest>) -> Result<Digest, Error> {
    let current = hotfix.current().map(|built| built.package.hash.clone()).ok_or_else(|| {
        Error::denied(format!("{} has no package yet.", hotfix.key)).hint("Build it first.")
    })?;
    match seen {
        Some(seen) if seen != &current => Err(Error::conflict(format!(
            "You looked at {}, and the package is {} by now.",
            seen.short(),
            current.short()
        ))
        .hint("Look at the new revision, then decide.")
        .at("hash")),
        _ => Ok(current),
    }
}

fn known_environment<'a>(
    state: &'a State,
    hotfix: &Hotfix,
    environment: &str,
) -> Judge<(&'a Product, Policy)> {
    let product = state.product(&hotfix.product)?;
    if product.environment(environment).is_none() {
        return Err(Error::field(
            "environment",
            format!("{} has no environment “{environment}”.", product.name),
        )
        .into());
    }
    let policy = state.catalog.policy(&product.id, environment, hotfix.priority);
    state.object("policy", &policy.id.0);
    Ok((product, policy))
}

impl Command for RequestApproval {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "there is nothing to approve")?;
        let hash = current(hotfix, None)?;
        known_environment(state, hotfix, &self.environment)?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::ApprovalRequested {
                environment: self.environment.clone(),
                hash,
                private: Note { text: self.note.clone() },
            },
        ))
    }
}

/// Approve the revision one has looked at for an environment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Approve {
    pub key: HotfixKey,
    pub environment: String,
    /// The hash one has looked at; refused if the package has changed since.
    #[serde(default)]
    pub hash: Option<Digest>,
    #[serde(default)]
    pub note: String,
}

/// Until when an approval holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Approved {
    pub expires_at: Instant,
}

/// An author cannot approve, nor somebody without one of the policy's roles.
fn may_approve(state: &State, hotfix: &Hotfix, policy: &Policy, by: &Actor) -> Judge<()> {
    let person = state.person(&by.person)?;
    if hotfix.authors.contains(&by.person) {
        return Err(Error::denied(format!("{} is an author of {}.", person.name, hotfix.key))
            .hint("Ask somebody who did not write the change, the solution or the package.")
            .into());
    }
    if !policy.approver_roles.iter().any(|role| person.roles.contains(role)) {
        return Err(Error::denied(format!(
            "{} has none of the roles that may approve.",
            person.name
        ))
        .hint(format!(
            "The policy “{}” wants: {}.",
            policy.name,
            gates::roles(&policy.approver_roles)
        ))
        .into());
    }
    Ok(())
}

impl Command for Approve {
    type Answer = Approved;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Approved> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "there is nothing to approve")?;
        let hash = current(hotfix, self.hash.as_ref())?;
        let (_, policy) = known_environment(state, hotfix, &self.environment)?;
        may_approve(state, hotfix, &policy, by)?;
        let expires_at =
            by.at.plus(Duration::from_secs(u64::from(policy.approval_hours.max(1)) * 3600));
        Ok(Decided::new(Approved { expires_at }).with(
            &self.key.0,
            Event::Approved {
                environment: self.environment.clone(),
                hash,
                expires_at,
                private: Note { text: self.note.clone() },
            },
        ))
    }
}

/// Say no, with the reason. It stands until the same person approves, or the package changes.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Decline {
    pub key: HotfixKey,
    pub environment: String,
    #[serde(default)]
    pub hash: Option<Digest>,
    pub reason: String,
}

impl Command for Decline {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("reason", &self.reason, "The reason")?;
        let hash = current(hotfix, self.hash.as_ref())?;
        let (_, policy) = known_environment(state, hotfix, &self.environment)?;
        may_approve(state, hotfix, &policy, by)?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::ApprovalDeclined {
                environment: self.environment.clone(),
                hash,
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

/// Go through a shut gate with a reason. A review opens and stays visible until it is done.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct OverrideBlocker {
    pub key: HotfixKey,
    pub gate: String,
    pub blocker: String,
    #[serde(default)]
    pub environment: Option<String>,
    pub reason: String,
}

impl Command for OverrideBlocker {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("reason", &self.reason, "The reason")?;
        let ship = gates::ship(state, &self.key, self.environment.as_deref(), by.at)?;
        let blocker =
            ship.blockers.iter().find(|one| one.code == self.blocker).ok_or_else(|| {
                Error::field("blocker", format!("Nothing called “{}” is in the way.", self.blocker))
            })?;
        if blocker.hard {
            return Err(Error::denied("The policy lets nobody override this.")
                .hint(blocker.remedy.clone())
                .into());
        }
        let person = state.person(&by.person)?;
        if !blocker.override_roles.iter().any(|role| person.roles.contains(role)) {
            return Err(Error::denied(format!("{} may not override this.", person.name))
                .hint(format!("Ask: {}.", gates::roles(&blocker.override_roles)))
                .into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::GateOverridden {
                gate: ship.gate.name().into(),
                blocker: self.blocker.clone(),
                environment: ship.environment.clone(),
                hash: hotfix.current().map(|built| built.package.hash.clone()),
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

/// Look back at an override. Whoever overrode cannot review it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Review {
    pub key: HotfixKey,
    #[ts(type = "number")]
    pub seq: u64,
    pub finding: String,
}

impl Command for Review {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("finding", &self.finding, "What the review found")?;
        let review = hotfix
            .overrides
            .iter()
            .find(|one| one.seq == self.seq)
            .ok_or_else(|| Error::field("seq", "There is no such override."))?;
        if review.reviewed_at.is_some() {
            return Err(Error::denied("This override has been reviewed.").into());
        }
        if review.by == by.person {
            return Err(Error::denied("Whoever overrode cannot review it.")
                .hint("Ask somebody else.")
                .into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::ReviewDone {
                override_seq: self.seq,
                private: Note { text: self.finding.clone() },
            },
        ))
    }
}
