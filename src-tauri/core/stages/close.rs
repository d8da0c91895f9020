//! The end: lessons written down, nothing left open, the documentation frozen.

use super::{Command, Done, phase_is, required};
use crate::{
    event::{Event, Note, words::*},
    gates,
    model::{Actor, Decide, Decided, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is to be done differently next time, for the report.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordLessons {
    pub key: HotfixKey,
    pub text: String,
}

impl Command for RecordLessons {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(
            hotfix,
            &[Phase::Development, Phase::Rollout, Phase::Monitoring],
            "its documentation is frozen",
        )?;
        required("text", &self.text, "The text")?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::LessonsRecorded { private: Note { text: self.text.clone() } },
        ))
    }
}

/// Monitoring → Closed, if nothing is left open. Its resolved issues close with it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CloseHotfix {
    pub key: HotfixKey,
    #[serde(default)]
    pub note: String,
}

impl Command for CloseHotfix {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Monitoring], "only a hot fix in Monitoring can be closed")?;
        gates::close(&state.facts(by.at), hotfix)?.pass()?;
        let mut decided = Decided::new(Done {})
            .with(&self.key.0, Event::HotfixClosed { private: Note { text: self.note.clone() } });
        for key in &hotfix.issues {
            if state.issue(key)?.state == IssueState::Resolved {
                let note = Note { text: format!("Closed with {}.", self.key) };
                decided.push(&key.0, Event::IssueClosed { private: note });
            }
        }
        Ok(decided)
    }
}
