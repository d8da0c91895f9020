//! The emergency: everything that is left before the next step, and what of it the policy lets go.
//!
//! Nothing is waived here. What may be overridden is overridden by name, one by one, with a reason, and
//! each opens its review; what is hard stays in the way.

use super::{Blocker, Gate, Passed, Ship, left, next_environment, rollout, start};
use crate::{
    error::Error,
    event::words::*,
    model::{
        Judge,
        deployment::{Deployment, Procedure},
        facts::Facts,
        hotfix::Hotfix,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// How long a deployment that is planned in an emergency may wait for its start.
pub const WINDOW: Duration = Duration::from_secs(2 * 3600);

/// What stands between a hot fix and its next step, if it were taken now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Emergency {
    pub hotfix: HotfixKey,
    /// `rollout` or `start`.
    pub gate: Gate,
    pub environment: Option<String>,
    /// The targets that have still to get it, where the others have it; empty for all of them.
    #[serde(default)]
    pub targets: Vec<String>,
    /// What is planned there already.
    pub deployment: Option<DeploymentKey>,
    /// It will be planned, or moved, to now.
    pub moves: bool,
    /// It becomes an emergency change: fewer approvals, and a review.
    pub declares: bool,
    /// What the policy lets go, and whoever asks may.
    pub lets_go: Vec<Blocker>,
    /// What the policy lets go, but not by whoever asks.
    pub others: Vec<Blocker>,
    /// What nobody may override.
    pub stays: Vec<Blocker>,
    pub passed: Vec<Passed>,
}

/// The steps of the procedure and the checks that apply, as a deployment takes them over. What is about
/// components comes along where the hot fix touches one of them, or where nobody has said what it touches.
pub fn checklist_items(
    facts: &Facts,
    hotfix: &Hotfix,
    environment: &str,
) -> Judge<(Vec<CheckItem>, Vec<CheckItem>)> {
    let mut all = Vec::new();
    for list in facts.checklists(hotfix, environment) {
        for item in &list.items {
            let mut item = item.clone();
            item.id = format!("{}.{}", list.id, item.id);
            all.push(item);
        }
    }
    if all.iter().any(|item| !item.components.is_empty()) {
        let touched = facts.components(hotfix)?;
        let anything = |item: &CheckItem| item.components.is_empty() || touched.is_empty();
        all.retain(|item| {
            anything(item) || item.components.iter().any(|one| touched.contains(one))
        });
    }
    Ok(all.into_iter().partition(|item| item.kind == CheckKind::Procedure))
}

/// The deployment that planning the current package for this moment would make.
pub(super) fn as_planned(facts: &Facts, hotfix: &Hotfix, environment: &str) -> Judge<Deployment> {
    let now = facts.at;
    let package = hotfix.current().map(|built| &built.package);
    let (steps, _) = checklist_items(facts, hotfix, environment)?;
    Ok(Deployment {
        hotfix: hotfix.key.clone(),
        product: hotfix.product.clone(),
        environment: environment.to_owned(),
        state: DeploymentState::Planned,
        revision: package.map_or(0, |package| package.revision),
        hash: package.map(|package| package.hash.clone()).unwrap_or_default(),
        starts_at: Some(now),
        window_ends_at: Some(now.plus(WINDOW)),
        procedures: steps
            .into_iter()
            .map(|item| Procedure { item, ticked_by: None, ticked_at: None })
            .collect(),
        ..Deployment::default()
    })
}

/// What is left, for this person, now.
pub fn emergency(
    known: &Facts,
    key: &HotfixKey,
    environment: Option<&str>,
    me: &PersonId,
) -> Judge<Emergency> {
    let now = known.at;
    let hotfix = known.hotfix(key)?;
    let policy = super::first_policy(known, hotfix)?;
    let declares = hotfix.change.kind == ChangeKind::Normal && may(known, me, &policy);
    match hotfix.phase {
        Phase::Development => {
            let mut ship = rollout(hotfix, &policy);
            // Without bytes there is nothing that could go out.
            if hotfix.current().is_none() {
                for blocker in ship.blockers.iter_mut().filter(|one| one.code == "package_missing")
                {
                    blocker.hard = true;
                    blocker.override_roles.clear();
                }
            }
            Ok(Emergency { declares, ..sorted(known, ship, None, false, me) })
        }
        Phase::Rollout => {
            let all = known.deployments(hotfix)?;
            let product = known.product(&hotfix.product)?;
            let built = hotfix.current().ok_or_else(|| {
                Error::denied(format!("{key} has no package."))
                    .hint("Return to Development and build one.")
            })?;
            let out = |id: &str| {
                let last =
                    all.iter().rfind(|one| one.environment == id && one.hash == built.package.hash);
                last.is_some_and(|one| match one.state {
                    DeploymentState::Validating => true,
                    // Not while some of its targets have still to get it.
                    DeploymentState::Done => product
                        .environment(id)
                        .is_none_or(|place| left(place, hotfix, &all).is_empty()),
                    _ => false,
                })
            };
            let environment = match environment {
                Some(named) => named.to_owned(),
                // What is out there already is not gone through: the next one is.
                None => product
                    .environments
                    .iter()
                    .map(|one| one.id.clone())
                    .find(|id| !out(id))
                    .unwrap_or_else(|| next_environment(product, hotfix, &all)),
            };
            let facts =
                known.about(&hotfix.product, &environment, hotfix.priority)?.for_hotfix(hotfix)?;
            let rest = left(&facts.environment, hotfix, &all);
            let there = all
                .iter()
                .rev()
                .find(|one| one.environment == environment && one.hash == built.package.hash)
                .filter(|one| one.state != DeploymentState::Done || rest.is_empty());
            let facts = match there {
                Some(one) => facts.for_deployment(one)?,
                None => facts.for_targets(&rest)?,
            };
            let targets = if there.is_some() { Vec::new() } else { rest };
            let planned = match there.map(|one| (one.state, one)) {
                Some((DeploymentState::Planned | DeploymentState::Missed, one)) => Some(*one),
                Some((
                    DeploymentState::Deploying
                    | DeploymentState::Validating
                    | DeploymentState::Done,
                    one,
                )) => {
                    let message =
                        format!("{} is running or done in {} already.", one.key, environment);
                    return Err(Error::denied(message).hint("Look at the deployment.").into());
                }
                _ => None,
            };
            let mut wanted = match planned {
                Some(one) => one.clone(),
                // It will be planned now: only what is said from then on tells of it.
                None => Deployment {
                    planned_at: Some(now),
                    expected: Expected {
                        notices: Some(known.usual_notices(&hotfix.product, &environment)),
                        ..Expected::default()
                    },
                    ..as_planned(known, hotfix, &environment)?
                },
            };
            let inside = wanted.state == DeploymentState::Planned
                && wanted.starts_at.is_some_and(|at| at <= now)
                && wanted.window_ends_at.is_some_and(|end| now < end);
            if !inside {
                wanted.state = DeploymentState::Planned;
                wanted.starts_at = Some(now);
                wanted.moved_at = Some(now);
                wanted.window_ends_at = Some(now.plus(WINDOW));
            }
            // Whoever may declare the emergency needs no more approvals than one wants.
            let mut hotfix = hotfix.clone();
            if declares {
                hotfix.change.kind = ChangeKind::Emergency;
            }
            let ship = start(&hotfix, &wanted, &all, &facts)?;
            let planned = planned.map(|one| one.key.clone());
            Ok(Emergency { declares, targets, ..sorted(known, ship, planned, !inside, me) })
        }
        _ => Err(Error::denied(format!("{key} is past its rollout."))
            .hint("An emergency is about what has not shipped yet.")
            .into()),
    }
}

/// Whether this person may declare an emergency.
fn may(facts: &Facts, me: &PersonId, policy: &Policy) -> bool {
    facts
        .person(me)
        .is_some_and(|person| policy.override_roles.iter().any(|role| person.roles.contains(role)))
}

fn sorted(
    facts: &Facts,
    ship: Ship,
    deployment: Option<DeploymentKey>,
    moves: bool,
    me: &PersonId,
) -> Emergency {
    let roles = facts.person(me).map_or(&[][..], |person| &person.roles);
    let mut emergency = Emergency {
        hotfix: ship.hotfix,
        gate: ship.gate,
        environment: ship.environment,
        targets: Vec::new(),
        deployment,
        moves,
        declares: false,
        lets_go: Vec::new(),
        others: Vec::new(),
        stays: Vec::new(),
        passed: ship.passed,
    };
    for blocker in ship.blockers {
        let list = if blocker.hard || blocker.override_roles.is_empty() {
            &mut emergency.stays
        } else if blocker.override_roles.iter().any(|role| roles.contains(role)) {
            &mut emergency.lets_go
        } else {
            &mut emergency.others
        };
        list.push(blocker);
    }
    emergency
}
