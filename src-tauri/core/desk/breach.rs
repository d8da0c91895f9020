//! A breach with what it does by itself, as one decision: a rollback is the very one that a person asks for, and
//! what is refused is said on the breach. All of it is one append, so it happens once, or not at all.

use crate::{
    event::words::*,
    model::{Actor, Decide, Decided, State, Stop},
    stages::{
        Command, Done, deploy,
        monitor::{self, Opening},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A probe crossed its limit: open the breach, and do what the probe has it do.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
#[serde(transparent)]
pub struct ActOnBreach(pub monitor::OpenBreach);

impl Command for ActOnBreach {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let request = &self.0;
        let (deed, events) = match request.opening(state)? {
            Opening::Open => return Ok(Decided::new(Done {})),
            Opening::Does(deed, events) => (deed, events),
            Opening::RollsBack { deployment, reason } => {
                let back = deploy::RollBack { key: deployment.clone(), reason };
                match back.decide(state, by) {
                    Ok(decided) => (BreachDeed::RolledBack { deployment }, decided.events),
                    Err(Stop::Refuse(refusal)) => {
                        let wanted = OnBreach::RollBack;
                        (BreachDeed::Refused { wanted, why: refusal.message }, Vec::new())
                    }
                    Err(need) => return Err(need),
                }
            }
        };
        let mut decided = Decided::new(Done {}).with(&request.key.0, request.opened(state, deed)?);
        decided.events.extend(events);
        Ok(decided)
    }
}
