//! Whose sign-offs a deployment wants, and how each stands.

use super::{Question, Read};
use crate::{
    error::Result,
    event::words::*,
    gates::signing::{self, WantedSignOff},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who has to sign off a deployment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskSignOffs {
    pub key: DeploymentKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SignOffsView {
    pub wanted: Vec<WantedSignOff>,
    /// Who reported the hot fix's issues, by name: whose answers are recorded most often.
    pub reporters: Vec<String>,
}

impl Question for AskSignOffs {
    type Answer = SignOffsView;

    fn ask(&self, read: &Read) -> Result<SignOffsView> {
        let now = read.now;
        read.judge(|state| {
            let facts = state.facts(now);
            let deployment = facts.deployment(&self.key)?;
            let hotfix = facts.hotfix(&deployment.hotfix)?;
            Ok(SignOffsView {
                wanted: signing::wanted(&facts, hotfix, deployment)?,
                reporters: signing::reporters(&facts, hotfix)?,
            })
        })
    }
}
