//! Approval by people other than the author, bound to the package's hash and to an environment.
//!
//! A new revision voids what stood, because its hash is another; an approval expires, and can be taken
//! back. Approving comes first and running later: nothing here starts anything. Going without the
//! wanted approvals (breaking the glass) opens a review. In one's own file all of this is honest
//! book-keeping; in a team the database enforces it (ServiceNow's and Samson's rule of four eyes).

use super::{AskConflicts, Command, Done, phase_is, required};
use crate::{
    clock::Instant,
    error::Error,
    event::{Event, Note, words::*},
    gates::{self, approval},
    model::{Actor, Decide, Decided, Judge, State, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// Ask for approval of the current revision for an environment, of some people by name or of
/// everybody who may.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RequestApproval {
    pub key: HotfixKey,
    pub environment: String,
    #[serde(default)]
    pub people: Vec<PersonId>,
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

/// The policy of an environment that the product has.
fn policy(state: &State, hotfix: &Hotfix, environment: &str) -> Judge<Policy> {
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
    Ok(policy)
}

impl Command for RequestApproval {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "there is nothing to approve")?;
        let hash = current(hotfix, None)?;
        let policy = policy(state, hotfix, &self.environment)?;
        let facts = state.facts(by.at);
        let mut people: Vec<PersonId> = Vec::new();
        for (index, person) in self.people.iter().enumerate() {
            state.person(person).map_err(|stop| stop.at(format!("people.{index}")))?;
            if let Some((_, error)) = approval::refusal(&facts, hotfix, &policy, person) {
                return Err(error.at(format!("people.{index}")).into());
            }
            if !people.contains(person) {
                people.push(person.clone());
            }
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::ApprovalRequested {
                environment: self.environment.clone(),
                hash,
                people,
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
    state.person(&by.person)?;
    match approval::refusal(&state.facts(by.at), hotfix, policy, &by.person) {
        Some((_, error)) => Err(error.into()),
        None => Ok(()),
    }
}

impl Command for Approve {
    type Answer = Approved;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Approved> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "there is nothing to approve")?;
        let hash = current(hotfix, self.hash.as_ref())?;
        let policy = policy(state, hotfix, &self.environment)?;
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
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "there is nothing to decline")?;
        required("reason", &self.reason, "The reason")?;
        let hash = current(hotfix, self.hash.as_ref())?;
        let policy = policy(state, hotfix, &self.environment)?;
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

/// Take one's own answer back. What one said before it does not come back.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Withdraw {
    pub key: HotfixKey,
    pub environment: String,
    #[serde(default)]
    pub hash: Option<Digest>,
    #[serde(default)]
    pub reason: String,
}

impl Command for Withdraw {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "nothing can be taken back")?;
        let hash = current(hotfix, self.hash.as_ref())?;
        policy(state, hotfix, &self.environment)?;
        let mine = hotfix
            .approvals_for(&self.environment, &hash)
            .into_iter()
            .find(|one| one.by == by.person && one.withdrawn_at.is_none());
        if mine.is_none() {
            let message = format!("You have neither approved nor declined {}.", hash.short());
            return Err(Error::denied(message)
                .hint("Only one’s own answer to this revision can be taken back.")
                .into());
        }
        for key in &hotfix.deployments {
            let deployment = state.deployment(key)?;
            let went = matches!(
                deployment.state,
                DeploymentState::Deploying | DeploymentState::Validating | DeploymentState::Done
            );
            if went && deployment.environment == self.environment && deployment.hash == hash {
                return Err(Error::denied(format!("{key} went ahead on it already."))
                    .hint("Pause it or roll it back, and say why.")
                    .into());
            }
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::ApprovalWithdrawn {
                environment: self.environment.clone(),
                hash,
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

/// Break the glass: these bytes go into this environment without the approvals that are wanted. A
/// review opens and stays visible until somebody else has done it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct BreakGlass {
    pub key: HotfixKey,
    pub environment: String,
    #[serde(default)]
    pub hash: Option<Digest>,
    pub reason: String,
}

impl Command for BreakGlass {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "there is nothing to approve")?;
        required("reason", &self.reason, "The reason")?;
        let hash = current(hotfix, self.hash.as_ref())?;
        let policy = policy(state, hotfix, &self.environment)?;
        let stand = gates::approvals(&state.facts(by.at), hotfix, &self.environment)?;
        if stand.complete {
            return Err(Error::denied("Every approval that is wanted is there.").into());
        }
        let declined = stand.answers.iter().any(|one| one.state == approval::AnswerState::Declined);
        let hard = |code: &str| policy.hard.iter().any(|one| one == code);
        if (!stand.enough && hard(approval::MISSING)) || (declined && hard(approval::DECLINED)) {
            return Err(Error::denied("The policy lets nobody go without approvals.")
                .hint(format!("It wants: {}", stand.wants))
                .into());
        }
        may_override(state, by, &policy.override_roles)?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::GateOverridden {
                gate: gates::Gate::Start.name().into(),
                blocker: approval::MISSING.into(),
                environment: Some(self.environment.clone()),
                hash: Some(hash),
                about: Vec::new(),
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

fn may_override(state: &State, by: &Actor, roles: &[Role]) -> Judge<()> {
    let person = state.person(&by.person)?;
    if roles.iter().any(|role| person.roles.contains(role)) {
        return Ok(());
    }
    Err(Error::denied(format!("{} may not override this.", person.name))
        .hint(format!("Ask: {}.", gates::roles(roles)))
        .into())
}

/// Go through a shut gate with a reason. A review opens and stays visible until it is done.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct OverrideBlocker {
    pub key: HotfixKey,
    pub gate: String,
    pub blocker: String,
    #[serde(default)]
    pub environment: Option<String>,
    /// A time that is planned: what stands against it is overridden, and not what shuts the gate now.
    #[serde(default)]
    pub time: Option<AskConflicts>,
    /// Of several with this code, the one about just this; the first if left out.
    #[serde(default)]
    pub about: Vec<String>,
    pub reason: String,
}

impl OverrideBlocker {
    /// What is in the way, of which gate and where.
    fn in_the_way(
        &self,
        state: &State,
        by: &Actor,
    ) -> Judge<(gates::Gate, Option<String>, Vec<gates::Blocker>)> {
        let Some(time) = &self.time else {
            let ship = gates::ship(&state.facts(by.at), &self.key, self.environment.as_deref())?;
            return Ok((ship.gate, ship.environment, ship.blockers));
        };
        let place = time.place(state)?;
        if place.hotfix != &self.key {
            let message = format!("This time is one of {}.", place.hotfix);
            return Err(Error::field("time.key", message).into());
        }
        let found = time.judge(state, by)?;
        Ok((gates::Gate::Start, Some(place.environment.to_owned()), found.blockers))
    }
}

impl Command for OverrideBlocker {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("reason", &self.reason, "The reason")?;
        let (gate, environment, blockers) = self.in_the_way(state, by)?;
        let meant = |one: &&gates::Blocker| {
            one.code == self.blocker && (self.about.is_empty() || one.about == self.about)
        };
        let blocker = blockers.iter().find(meant).ok_or_else(|| {
            Error::field("blocker", format!("Nothing called “{}” is in the way.", self.blocker))
        })?;
        if blocker.hard {
            return Err(Error::denied("The policy lets nobody override this.")
                .hint(blocker.remedy.clone())
                .into());
        }
        may_override(state, by, &blocker.override_roles)?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::GateOverridden {
                gate: gate.name().into(),
                blocker: self.blocker.clone(),
                environment,
                hash: hotfix.current().map(|built| built.package.hash.clone()),
                about: blocker.about.clone(),
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

/// The review that an emergency change opens stands among those of the overrides.
pub const EMERGENCY: &str = "emergency_change";

/// Say how the change is authorised: `template` is the checklist of a standard one, `reason` why an
/// emergency cannot wait.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ClassifyChange {
    pub key: HotfixKey,
    pub change: ChangeKind,
    #[serde(default)]
    pub template: Option<CatalogId>,
    #[serde(default)]
    pub reason: String,
}

impl Command for ClassifyChange {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "its change is made")?;
        let template = match self.change {
            ChangeKind::Standard => Some(self.pre_approved(state, hotfix)?),
            ChangeKind::Normal | ChangeKind::Emergency => None,
        };
        let there = &hotfix.change;
        if there.kind == self.change && there.template == template {
            return Err(Error::denied(format!("{} is that already.", self.key)).into());
        }
        let classified = Event::ChangeClassified {
            change: self.change,
            template,
            private: Note { text: self.reason.clone() },
        };
        let decided = Decided::new(Done {}).with(&self.key.0, classified);
        if self.change != ChangeKind::Emergency {
            return Ok(decided);
        }
        required("reason", &self.reason, "The reason")?;
        let policy = gates::first_policy(&state.facts(by.at), hotfix)?;
        may_override(state, by, &policy.override_roles)?;
        Ok(decided.with(
            &self.key.0,
            Event::GateOverridden {
                gate: "change".into(),
                blocker: EMERGENCY.into(),
                environment: None,
                hash: hotfix.current().map(|built| built.package.hash.clone()),
                about: Vec::new(),
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

impl ClassifyChange {
    /// The template that it names, if it is one that is approved beforehand for such a hot fix.
    fn pre_approved(&self, state: &State, hotfix: &Hotfix) -> Judge<CatalogId> {
        let refuse = |message: String| Error::field("template", message);
        let Some(id) = &self.template else {
            return Err(refuse("Say which standard change it is.".into()).into());
        };
        state.object("checklist", &id.0);
        let list = state
            .catalog
            .checklist(id)
            .ok_or_else(|| refuse(format!("There is no checklist “{id}”.")))?;
        if list.standard.is_none() {
            return Err(refuse(format!("“{}” is no standard change.", list.name))
                .hint("Mark it as pre-approved in Settings, or choose another.")
                .into());
        }
        if list.product.as_ref().is_some_and(|product| product != &hotfix.product) {
            return Err(refuse(format!("“{}” is for another product.", list.name)).into());
        }
        Ok(id.clone())
    }
}

/// What is left before the next step, and what of it the policy lets go.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskEmergency {
    pub key: HotfixKey,
    #[serde(default)]
    pub environment: Option<String>,
}

impl AskEmergency {
    pub fn judge(&self, state: &State, by: &Actor) -> Judge<gates::Emergency> {
        let facts = state.facts(by.at);
        gates::emergency(&facts, &self.key, self.environment.as_deref(), &by.person)
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
