//! What people outside are told of a hot fix: words of their own, so that what colleagues write for each
//! other is never said to a customer.

use crate::{
    error::Error,
    event::{Event, PublicText, words::*},
    model::{Actor, Decide, Decided, State},
    stages::{Command, Done, not_moved, phase_is},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Write what people outside are told: what it is called, what was wrong and is right now, and what they
/// have to do.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct WritePublicWords {
    pub key: HotfixKey,
    pub text: PublicText,
    /// Questions of the support log, by their place from 1, whose answers the instructions give.
    #[serde(default)]
    pub answers: Vec<u32>,
    /// The version of the hot fix that the edit is based on.
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub base: Option<u64>,
}

impl Command for WritePublicWords {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(
            hotfix,
            &[Phase::Development, Phase::Rollout, Phase::Monitoring, Phase::Closed],
            "nobody is told of it any more",
        )?;
        let all = |text: &PublicText| {
            let mut parts = vec![text.title.trim(), text.what.trim(), text.instructions.trim()];
            parts.retain(|part| !part.is_empty());
            parts.join(" · ")
        };
        let there = hotfix.public.as_ref().map(|public| all(&public.text)).unwrap_or_default();
        let mine = all(&self.text);
        if mine.is_empty() && there.is_empty() {
            return Err(Error::field("text.what", "There is nothing to tell yet.")
                .hint("What was wrong for them, and what is right now.")
                .into());
        }
        not_moved(self.base, hotfix.moved.public, "What people are told", &there, &mine)?;
        for number in &self.answers {
            hotfix.answered_question(*number)?;
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::PublicWordsWritten { answers: self.answers.clone(), private: self.text.clone() },
        ))
    }
}
