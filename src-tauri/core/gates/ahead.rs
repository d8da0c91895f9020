//! What later gates will ask: so that nobody builds and plans for a day, and only then hears of the
//! freeze, the approval that is missing, or the endpoint that is silent.

use super::{
    Blocker, Gate, Ship, emergency::as_planned, left, next_environment, plan, ship, start,
};
use crate::{
    event::words::*,
    model::{Judge, facts::Facts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a gate after the present one would ask now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Later {
    pub gate: Gate,
    pub environment: String,
    pub blockers: Vec<Blocker>,
}

/// The gate that a hot fix stands before, and everything that the gates between it and the start of
/// a deployment would ask now: in `environment`, or else in the next one on its path.
pub fn whole(known: &Facts, key: &HotfixKey, environment: Option<&str>) -> Judge<Ship> {
    let mut ship = ship(known, key, environment)?;
    if !matches!(ship.gate, Gate::Rollout | Gate::Plan) {
        return Ok(ship);
    }
    let hotfix = known.hotfix(key)?;
    let all = known.deployments(hotfix)?;
    let product = known.product(&hotfix.product)?;
    let environment = match environment.or(ship.environment.as_deref()) {
        Some(named) => named.to_owned(),
        None => next_environment(product, hotfix, &all),
    };
    if product.environments.is_empty() {
        return Ok(ship);
    }
    let facts = known.about(&hotfix.product, &environment, hotfix.priority)?.for_hotfix(hotfix)?;
    let rest = left(&facts.environment, hotfix, &all);
    let facts = facts.for_targets(&rest)?;
    let mut later = Vec::new();
    if ship.gate == Gate::Rollout {
        later.push((Gate::Plan, plan(hotfix, &all, &facts, known.at).blockers));
    }
    // As if it were planned for this very moment: its window is not what is missing.
    let wanted = as_planned(known, hotfix, &environment)?;
    later.push((Gate::Start, start(hotfix, &wanted, &all, &facts)?.blockers));
    let mut known = ship.blockers.clone();
    for (gate, mut blockers) in later {
        blockers.retain(|one| {
            !known.iter().any(|before| before.code == one.code && before.message == one.message)
        });
        known.extend_from_slice(&blockers);
        if !blockers.is_empty() {
            ship.later.push(Later { gate, environment: environment.clone(), blockers });
        }
    }
    Ok(ship)
}
