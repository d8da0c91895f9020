//! The support log of a hot fix, read for what people outside are told.

use super::{Question, Read};
use crate::{
    error::Result,
    event::{PublicText, words::*},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The public words with the answers to some questions as instructions, for a person to read and save.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskInstructions {
    pub key: HotfixKey,
    /// Questions of the support log, by their place from 1.
    pub answers: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Instructions {
    pub text: PublicText,
    /// The version of the hot fix that they are based on; none where nothing was written yet.
    #[ts(type = "number | null")]
    pub base: Option<u64>,
}

impl Question for AskInstructions {
    type Answer = Instructions;

    fn ask(&self, read: &Read) -> Result<Instructions> {
        read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let there = hotfix.public.as_ref().map(|public| public.text.clone());
            Ok(Instructions {
                text: PublicText {
                    instructions: hotfix.instructions_with(&self.answers)?,
                    ..there.unwrap_or_default()
                },
                base: Some(hotfix.moved.public).filter(|version| *version > 0),
            })
        })
    }
}
