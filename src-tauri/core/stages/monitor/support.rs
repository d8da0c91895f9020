//! The support log of a hot fix: what people ask about it, and what they are answered. An answer that many
//! want becomes an instruction (`announce/public.rs`).

use crate::{
    error::Error,
    event::{Event, Note, SupportText, words::*},
    model::{Actor, Decide, Decided, State},
    stages::{Command, Done, required},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A question that reached support, and its answer if there is one yet.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct NoteSupport {
    pub key: HotfixKey,
    /// The question.
    pub text: String,
    #[serde(default)]
    pub answer: String,
    /// Who asked.
    #[serde(default)]
    pub from: Contact,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NotedQuestion {
    /// Its place in the log, from 1.
    pub number: u32,
}

impl Command for NoteSupport {
    type Answer = NotedQuestion;

    fn decide(&self, state: &State, _: &Actor) -> Decide<NotedQuestion> {
        let hotfix = state.hotfix(&self.key)?;
        required("text", &self.text, "The question")?;
        let number = u32::try_from(hotfix.support_notes.len() + 1).unwrap_or(u32::MAX);
        Ok(Decided::new(NotedQuestion { number }).with(
            &self.key.0,
            Event::SupportAsked {
                answered: !self.answer.trim().is_empty(),
                private: SupportText {
                    question: self.text.trim().into(),
                    answer: self.answer.trim().into(),
                    from: self.from.clone(),
                },
            },
        ))
    }
}

/// Answer a question of the support log, or answer it better.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AnswerSupport {
    pub key: HotfixKey,
    /// Its place in the log, from 1.
    pub number: u32,
    pub answer: String,
}

impl Command for AnswerSupport {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("answer", &self.answer, "The answer")?;
        if hotfix.question(self.number).is_none() {
            let message = format!("{} has no question {}.", self.key, self.number);
            return Err(Error::field("number", message).into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::SupportAnswered {
                number: self.number,
                private: Note { text: self.answer.trim().into() },
            },
        ))
    }
}
