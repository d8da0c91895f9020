//! When it ships: a window in an environment, the procedure to tick, the slot that is taken.
//!
//! Checklists and targets are copied onto the deployment when it is planned; later edits of the
//! templates do not change it. A missed start expires and asks; it never runs late.

pub mod handover;
mod notice;
pub mod publish;
pub mod remind;
mod stakeholder;
mod targets;

pub use notice::{AskAudiences, AskNotices, SkipNotice};
pub use stakeholder::AnswerTime;

use super::{Command, Done, Made, check_length, check_window, phase_is, reminder, required};
use crate::{
    calendar::Span,
    clock::Instant,
    error::{Error, Result},
    event::{Event, Note, stream, words::*},
    gates,
    model::{
        Actor, Decide, Decided, Judge, State, deployment::Deployment, hotfix::Hotfix, notice::usual,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// Plan the current revision into an environment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PlanDeployment {
    pub key: HotfixKey,
    pub environment: String,
    /// The environment's targets that it is for; all of them, if left out.
    #[serde(default)]
    pub targets: Option<Vec<String>>,
    pub starts_at: Instant,
    /// The last moment at which it may start.
    pub window_ends_at: Instant,
    /// Start by itself as soon as the window begins and nothing is in the way.
    #[serde(default)]
    pub automatic: bool,
    #[serde(default)]
    pub expected: Expected,
    #[serde(default)]
    pub note: String,
}

/// What is expected can be held against the catalog; everybody on duty is named once, and who is told is
/// written down.
fn check_expected(
    state: &State,
    expected: &Expected,
    product: &CatalogId,
    environment: &str,
) -> Judge<Expected> {
    check_length(expected)?;
    let mut expected = expected.clone();
    expected.notices = Some(match &expected.notices {
        Some(plans) => notice::check(state, plans)?,
        None => usual(state, product, environment),
    });
    expected.remind_minutes.sort_unstable_by(|one, other| other.cmp(one));
    expected.remind_minutes.dedup();
    let mut seen = std::collections::BTreeSet::new();
    for (index, person) in expected.on_duty.iter().enumerate() {
        state.person(person).map_err(|stop| stop.at(format!("expected.on_duty.{index}")))?;
        seen.insert(person.clone());
    }
    expected.on_duty.retain(|person| seen.remove(person));
    Ok(expected)
}

/// Puts people on duty for the time that a plan takes, and frees who is no longer needed.
fn put_on_duty<T>(
    decided: &mut Decided<T>,
    state: &State,
    deployment: &DeploymentKey,
    hotfix: &HotfixKey,
    before: &[PersonId],
    now: &[PersonId],
    taken: Span,
) -> Judge<()> {
    for person in before.iter().filter(|person| !now.contains(person)) {
        release_duty(decided, state, deployment, person)?;
    }
    for person in now {
        state.duties(person)?;
        decided.push(
            stream::duty(person),
            Event::DutyTaken {
                deployment: deployment.clone(),
                hotfix: hotfix.clone(),
                starts_at: taken.start,
                ends_at: taken.end,
            },
        );
    }
    Ok(())
}

fn release_duty<T>(
    decided: &mut Decided<T>,
    state: &State,
    deployment: &DeploymentKey,
    person: &PersonId,
) -> Judge<()> {
    if state.duties(person)?.of(deployment).is_some() {
        decided.push(stream::duty(person), Event::DutyReleased { deployment: deployment.clone() });
    }
    Ok(())
}

impl Command for PlanDeployment {
    type Answer = Made;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Made> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Rollout], "only a hot fix in Rollout can be planned")?;
        check_window(self.starts_at, self.window_ends_at, by.at)?;
        let built = hotfix
            .current()
            .ok_or_else(|| Error::denied(format!("{} has no package.", self.key)))?;
        let facts =
            state.facts(by.at).about(&hotfix.product, &self.environment, hotfix.priority)?;
        let deployments = facts.deployments(hotfix)?;
        if let Some(open) = deployments.iter().find(|deployment| {
            deployment.environment == self.environment
                && deployment.hash == built.package.hash
                && (!deployment.state.is_over() || deployment.state == DeploymentState::Missed)
        }) {
            return Err(Error::denied(format!(
                "{} is planned or running there already ({}).",
                self.key, open.key
            ))
            .hint("Move it, or cancel it first.")
            .into());
        }
        gates::plan(hotfix, &deployments, &facts, self.starts_at.max(by.at)).pass()?;
        let (targets, left_out) = targets::choose(&facts.environment, self.targets.as_deref())?;
        let expected = check_expected(state, &self.expected, &hotfix.product, &self.environment)?;
        let taken = gates::time::taken(self.starts_at, self.window_ends_at, &expected);
        let key = state.next_deployment()?;
        let (procedures, checks) = gates::checklist_items(&facts, hotfix, &self.environment)?;
        let slot = stream::environment(&hotfix.product, &self.environment);
        let on_duty = expected.on_duty.clone();
        let mut decided = Decided::new(Made::new(&key))
            .with(
                &key.0,
                Event::DeploymentPlanned {
                    hotfix: self.key.clone(),
                    product: hotfix.product.clone(),
                    environment: self.environment.clone(),
                    production: facts.environment.production,
                    revision: built.package.revision,
                    hash: built.package.hash.clone(),
                    starts_at: self.starts_at,
                    window_ends_at: self.window_ends_at,
                    automatic: self.automatic,
                    targets,
                    left_out,
                    procedures,
                    checks,
                    sign_offs: facts.policy.sign_offs,
                    sign_off_by: facts.policy.sign_off_by.clone(),
                    expected,
                    private: Note { text: self.note.clone() },
                },
            )
            .with(&self.key.0, Event::DeploymentAdded { deployment: key.clone() })
            .with(
                slot,
                Event::SlotTaken {
                    deployment: key.clone(),
                    hotfix: self.key.clone(),
                    starts_at: taken.start,
                    ends_at: taken.end,
                },
            );
        put_on_duty(&mut decided, state, &key, &self.key, &[], &on_duty, taken)?;
        Ok(decided)
    }
}

/// Move a deployment that has not started, or was missed.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct MoveDeployment {
    pub key: DeploymentKey,
    pub starts_at: Instant,
    pub window_ends_at: Instant,
    #[serde(default)]
    pub automatic: bool,
    /// As before, if left out.
    #[serde(default)]
    pub expected: Option<Expected>,
    #[serde(default)]
    pub note: String,
}

impl Command for MoveDeployment {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        not_started(deployment.state, &self.key)?;
        check_window(self.starts_at, self.window_ends_at, by.at)?;
        state.environment(&deployment.product, &deployment.environment)?;
        let changed = match &self.expected {
            Some(expected) => {
                let product = &deployment.product;
                Some(check_expected(state, expected, product, &deployment.environment)?)
            }
            None => None,
        };
        let expected = changed.as_ref().unwrap_or(&deployment.expected);
        let taken = gates::time::taken(self.starts_at, self.window_ends_at, expected);
        let mut decided = Decided::new(Done {});
        let before = &deployment.expected.on_duty;
        let now = &expected.on_duty;
        put_on_duty(&mut decided, state, &self.key, &deployment.hotfix, before, now, taken)?;
        Ok(decided
            .with(
                &self.key.0,
                Event::DeploymentMoved {
                    starts_at: self.starts_at,
                    window_ends_at: self.window_ends_at,
                    automatic: self.automatic,
                    expected: changed,
                    private: Note { text: self.note.clone() },
                },
            )
            .with(
                stream::environment(&deployment.product, &deployment.environment),
                Event::SlotTaken {
                    deployment: self.key.clone(),
                    hotfix: deployment.hotfix.clone(),
                    starts_at: taken.start,
                    ends_at: taken.end,
                },
            ))
    }
}

fn not_started(state: DeploymentState, key: &DeploymentKey) -> Result<()> {
    if matches!(state, DeploymentState::Planned | DeploymentState::Missed) {
        return Ok(());
    }
    Err(Error::denied(format!("{key} has started or is over.")))
}

/// Call a planned deployment off.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelDeployment {
    pub key: DeploymentKey,
    pub reason: String,
}

impl Command for CancelDeployment {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        not_started(deployment.state, &self.key)?;
        required("reason", &self.reason, "The reason")?;
        state.environment(&deployment.product, &deployment.environment)?;
        let mut decided = Decided::new(Done {});
        for person in &deployment.expected.on_duty {
            release_duty(&mut decided, state, &self.key, person)?;
        }
        Ok(decided
            .with(
                &self.key.0,
                Event::DeploymentCancelled { private: Note { text: self.reason.clone() } },
            )
            .with(
                stream::environment(&deployment.product, &deployment.environment),
                Event::SlotReleased { deployment: self.key.clone() },
            ))
    }
}

/// Its window has passed. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct MissDeployment {
    pub key: DeploymentKey,
}

impl Command for MissDeployment {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        let passed = deployment.window_ends_at.is_some_and(|end| end <= by.at);
        let mut decided = Decided::new(Done {});
        if deployment.state == DeploymentState::Planned && passed {
            state.environment(&deployment.product, &deployment.environment)?;
            decided.push(&self.key.0, Event::DeploymentMissed {});
            decided.push(
                stream::environment(&deployment.product, &deployment.environment),
                Event::SlotReleased { deployment: self.key.clone() },
            );
            for person in &deployment.expected.on_duty {
                release_duty(&mut decided, state, &self.key, person)?;
            }
            // In the same append as the fact: it is said once, whoever looks first.
            decided.push(&state.next_message()?.0, missed(state, by, deployment)?);
        }
        Ok(decided)
    }
}

/// Says on this desktop that a start did not come: to whoever stands by for it, or to who planned it.
fn missed(state: &State, by: &Actor, deployment: &Deployment) -> Judge<Event> {
    let hotfix = state.hotfix(&deployment.hotfix)?;
    let mut people: BTreeSet<_> = hotfix.owner.iter().chain(&deployment.expected.on_duty).collect();
    if people.is_empty() {
        people.insert(&deployment.planned_by);
    }
    let subject = format!("{} was not started in time", deployment.key);
    let body = format!(
        "{} r{} into {}: {}. Its window has passed: plan a new one.",
        deployment.hotfix, deployment.revision, deployment.environment, hotfix.title
    );
    Ok(reminder(state, by.at, people, subject, body))
}

/// Tick a step of the procedure, or take the tick back.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TickProcedure {
    pub key: DeploymentKey,
    pub item: String,
    #[serde(default = "yes")]
    pub ticked: bool,
}

fn yes() -> bool {
    true
}

impl Command for TickProcedure {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        not_started(deployment.state, &self.key)?;
        let step = deployment.procedures.iter().find(|step| step.item.id == self.item).ok_or_else(
            || Error::field("item", format!("The procedure has no step “{}”.", self.item)),
        )?;
        let mut decided = Decided::new(Done {});
        if step.ticked_at.is_some() != self.ticked {
            decided.push(
                &self.key.0,
                Event::ProcedureTicked { item: self.item.clone(), ticked: self.ticked },
            );
        }
        Ok(decided)
    }
}

/// The next slots in which nothing is in the way of a deployment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FreeSlots {
    pub product: CatalogId,
    /// Left out with `path`: all of them, one after the other.
    #[serde(default)]
    pub environment: String,
    /// For these targets of the environment; for all, if left out.
    #[serde(default)]
    pub targets: Option<Vec<String>>,
    pub minutes: u32,
    #[serde(default)]
    pub from: Option<Instant>,
    #[serde(default)]
    pub count: Option<u32>,
    /// Slots for the rest of the path: each environment, what it has to soak, and the next.
    #[serde(default)]
    pub path: bool,
    /// The hot fix they are for: what it overrode is not in its way.
    #[serde(default)]
    pub hotfix: Option<HotfixKey>,
    /// The deployment that is moved.
    #[serde(default)]
    pub deployment: Option<DeploymentKey>,
    #[serde(default)]
    pub disruption: Disruption,
    #[serde(default)]
    pub on_duty: Vec<PersonId>,
}

impl FreeSlots {
    /// Up to a hundred slots within ninety days, those that disturb least first.
    pub fn judge(&self, state: &State, by: &Actor) -> Judge<Vec<gates::FreeSlot>> {
        let nobody = Hotfix::default();
        let hotfix = match &self.hotfix {
            Some(key) => state.hotfix(key)?,
            None => &nobody,
        };
        let known = state.facts(by.at);
        let deployments = known.deployments(hotfix)?;
        for (index, person) in self.on_duty.iter().enumerate() {
            state.person(person).map_err(|stop| stop.at(format!("on_duty.{index}")))?;
        }
        let search = gates::free::Search {
            from: self.from.unwrap_or(by.at).max(by.at),
            minutes: self.minutes,
            count: self.count.unwrap_or(5),
            disruption: self.disruption,
            on_duty: self.on_duty.clone(),
            own: self.deployment.clone(),
        };
        let priority = hotfix.priority;
        if self.path {
            let product = state.product(&self.product)?;
            return gates::free_path(&known, hotfix, &deployments, product, priority, &search);
        }
        let mut facts =
            known.about(&self.product, &self.environment, priority)?.for_hotfix(hotfix)?;
        if let Some(targets) = &self.targets {
            facts = facts.for_targets(targets)?;
        } else if let Some(moved) = &self.deployment {
            facts = facts.for_deployment(state.deployment(moved)?)?;
        }
        gates::free::free(hotfix, &deployments, &facts, &search)
    }
}
