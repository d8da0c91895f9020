//! What the people who are concerned say of a planned time: it suits them, or not now.

use crate::{
    error::Error,
    event::{Event, SignOffText, words::*},
    model::{Actor, Decide, Decided, State},
    stages::{Command, Done, required},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A stakeholder's answer to the time of a deployment, in person or through whoever records it. It is about
/// this start: after a move they are asked again.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AnswerTime {
    pub key: DeploymentKey,
    /// Somebody of the catalog; empty for somebody else.
    #[serde(default)]
    pub person: Option<PersonId>,
    #[serde(default)]
    pub name: String,
    pub answer: TimeAnswer,
    /// What they said, and how it reached us.
    #[serde(default)]
    pub text: String,
}

impl Command for AnswerTime {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        let Some(starts_at) =
            deployment.starts_at.filter(|_| deployment.state == DeploymentState::Planned)
        else {
            return Err(Error::denied(format!("{} is not planned any more.", self.key))
                .hint("Only the time of what is still to come can be answered.")
                .into());
        };
        let name = match &self.person {
            Some(person) => state.person(person)?.name.clone(),
            None => self.name.trim().to_owned(),
        };
        required("name", &name, "The name of who answers")?;
        if self.answer == TimeAnswer::NotNow {
            required("text", &self.text, "Why not now")?;
        } else if self.person.as_ref() != Some(&by.person) {
            required("text", &self.text, "How the answer reached you")?;
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::TimeAnswered {
                person: self.person.clone(),
                answer: self.answer,
                starts_at,
                private: SignOffText { name, text: self.text.clone() },
            },
        ))
    }
}
