//! When it ships: a window in an environment, the procedure to tick, the slot that is taken.
//!
//! Checklists and targets are copied onto the deployment when it is planned; later edits of the
//! templates do not change it. A missed start expires and asks; it never runs late.

use super::{Command, Done, Made, phase_is, required};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{Event, Note, stream, words::*},
    gates,
    model::{Actor, Decide, Decided, Judge, State, facts::Facts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// The longest window: what is planned for longer is forgotten rather than watched.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// Plan the current revision into an environment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PlanDeployment {
    pub key: HotfixKey,
    pub environment: String,
    pub starts_at: Instant,
    /// The last moment at which it may start.
    pub window_ends_at: Instant,
    /// Start by itself as soon as the window begins and nothing is in the way.
    #[serde(default)]
    pub automatic: bool,
    #[serde(default)]
    pub note: String,
}

fn check_window(starts_at: Instant, ends_at: Instant, now: Instant) -> Result<()> {
    if ends_at <= starts_at {
        return Err(Error::field("window_ends_at", "The window ends before it begins."));
    }
    if ends_at <= now {
        return Err(Error::field("window_ends_at", "The window lies in the past."));
    }
    if ends_at.since(starts_at) > LONGEST {
        return Err(Error::field(
            "window_ends_at",
            "A window of more than seven days is no window.",
        ));
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
        let deployments = gates::deployments(state, hotfix)?;
        let facts =
            Facts::gather(state, &hotfix.product, &self.environment, hotfix.priority, by.at)?;
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
        gates::plan(hotfix, &deployments, &facts).pass()?;
        let key = state.next_deployment()?;
        let mut procedures = Vec::new();
        let mut checks = Vec::new();
        for list in state.catalog.checklists(&hotfix.product, &self.environment) {
            state.object("checklist", &list.id.0);
            for item in &list.items {
                let mut item = item.clone();
                item.id = format!("{}.{}", list.id, item.id);
                if item.kind == CheckKind::Procedure {
                    procedures.push(item);
                } else {
                    checks.push(item);
                }
            }
        }
        let slot = stream::environment(&hotfix.product, &self.environment);
        Ok(Decided::new(Made::new(&key))
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
                    targets: facts.environment.targets.clone(),
                    procedures,
                    checks,
                    sign_offs: facts.policy.sign_offs,
                    private: Note { text: self.note.clone() },
                },
            )
            .with(&self.key.0, Event::DeploymentAdded { deployment: key.clone() })
            .with(
                slot,
                Event::SlotTaken {
                    deployment: key,
                    hotfix: self.key.clone(),
                    starts_at: self.starts_at,
                    ends_at: self.window_ends_at,
                },
            ))
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
        Ok(Decided::new(Done {})
            .with(
                &self.key.0,
                Event::DeploymentMoved {
                    starts_at: self.starts_at,
                    window_ends_at: self.window_ends_at,
                    automatic: self.automatic,
                    private: Note { text: self.note.clone() },
                },
            )
            .with(
                stream::environment(&deployment.product, &deployment.environment),
                Event::SlotTaken {
                    deployment: self.key.clone(),
                    hotfix: deployment.hotfix.clone(),
                    starts_at: self.starts_at,
                    ends_at: self.window_ends_at,
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
        Ok(Decided::new(Done {})
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
        }
        Ok(decided)
    }
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
    pub environment: String,
    pub minutes: u32,
    #[serde(default)]
    pub from: Option<Instant>,
    #[serde(default)]
    pub count: Option<u32>,
}

impl FreeSlots {
    /// Up to a hundred slots within ninety days, the earliest first.
    pub fn judge(&self, state: &State, by: &Actor) -> Judge<Vec<gates::FreeSlot>> {
        let facts = Facts::gather(state, &self.product, &self.environment, None, by.at)?;
        let from = self.from.unwrap_or(by.at).max(by.at);
        Ok(gates::next_slots(
            &facts,
            None,
            from,
            self.minutes,
            self.count.unwrap_or(5).clamp(1, 100),
        )?)
    }
}
