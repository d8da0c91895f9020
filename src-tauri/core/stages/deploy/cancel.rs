//! A person wants a run to stop where it is: nothing new begins, what is under way is asked to stop at its
//! endpoint and followed to its end, and then the run holds for a decision.

use super::{
    super::{Command, Done, required},
    running,
};
use crate::{
    error::Error,
    event::{Event, Note, words::*},
    model::{Actor, Decide, Decided, State, deployment::RunKind},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Stop what runs at the endpoints, begin nothing more, and ask what becomes of it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelRun {
    pub key: DeploymentKey,
    pub reason: String,
}

impl Command for CancelRun {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let run = running(state.deployment(&self.key)?)?;
        required("reason", &self.reason, "The reason")?;
        if run.kind == RunKind::Rollback {
            return Err(Error::denied("This is the rollback: half of it would help nobody.")
                .hint("Pause it, or wait until it ends or asks.")
                .into());
        }
        if run.cancelled.is_some() {
            return Err(
                Error::denied("It is cancelled already, and ends what is under way.").into()
            );
        }
        if run.hold.is_some() {
            return Err(Error::denied("A decision is waiting: nothing begins meanwhile.")
                .hint("Decide to stop, to roll back, or to go on.")
                .into());
        }
        let private = Note { text: self.reason.clone() };
        Ok(Decided::new(Done {}).with(&self.key.0, Event::RunCancelled { private }))
    }
}
