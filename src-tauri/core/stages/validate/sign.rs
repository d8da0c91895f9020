//! Sign-offs: somebody says that it is over for them, or that it is not; here themselves, or through whoever
//! records it and says how it came.

use super::validating;
use crate::{
    error::Error,
    event::{Event, SignedText, words::*},
    gates::signing,
    model::{Actor, Decide, Decided, State},
    stages::{Command, Done, required},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Record what somebody says of what is deployed. The newest word of each counts, for these bytes.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordSignOff {
    pub key: DeploymentKey,
    /// Somebody of the catalog; empty for a customer.
    #[serde(default)]
    pub person: Option<PersonId>,
    #[serde(default)]
    pub name: String,
    /// They do not sign.
    #[serde(default)]
    pub refused: bool,
    /// How it reached us. Of oneself it is here, if left out.
    #[serde(default)]
    pub source: Option<SignOffSource>,
    /// What they said; why not.
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub link: String,
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

impl Command for RecordSignOff {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        validating(deployment)?;
        let (name, mail) = match &self.person {
            Some(person) => {
                let person = state.person(person)?;
                (person.name.clone(), person.mail.clone())
            }
            None => (self.name.trim().to_owned(), String::new()),
        };
        required("name", &name, "The name of who signs off")?;
        let oneself = self.person.as_ref() == Some(&by.person);
        let source = match self.source {
            Some(SignOffSource::App) if !oneself => None,
            None if oneself => Some(SignOffSource::App),
            source => source,
        };
        let source = source.ok_or_else(|| {
            Error::field("source", format!("Say how the answer of {name} reached you."))
                .hint("By mail, call, chat, or in person.")
        })?;
        if self.refused {
            required("text", &self.text, "Why they do not sign off")?;
        } else if !oneself {
            required("text", &self.text, "What they said")?;
        }
        let hash = &deployment.hash;
        let there = if self.refused { &deployment.refusals } else { &deployment.sign_offs };
        if !self.refused && there.iter().any(|one| one.is_of(self.person.as_ref(), &name, hash)) {
            return Err(Error::denied(format!("{name} has signed off already.")).into());
        }
        let reporter = is_reporter(state, &deployment.hotfix, by, &name, &mail)?;
        let (person, hash) = (self.person.clone(), hash.clone());
        let attachments = self.attachments.clone();
        let private = SignedText { name, text: self.text.clone(), link: self.link.trim().into() };
        let event = match self.refused {
            false => Event::SignedOff {
                person,
                hash,
                source: Some(source),
                reporter,
                attachments,
                private,
            },
            true => Event::SignOffRefused { person, hash, source, reporter, attachments, private },
        };
        Ok(Decided::new(Done {}).with(&self.key.0, event))
    }
}

/// Whether they reported one of the hot fix's issues, by name, or by the mail address of the catalog.
fn is_reporter(
    state: &State,
    hotfix: &HotfixKey,
    by: &Actor,
    name: &str,
    mail: &str,
) -> crate::model::Judge<bool> {
    let hotfix = state.hotfix(hotfix)?;
    if signing::reporters(&state.facts(by.at), hotfix)?.iter().any(|one| signing::same(one, name)) {
        return Ok(true);
    }
    for key in &hotfix.issues {
        let reach = &state.issue(key)?.text.reporter.reach;
        if !mail.is_empty() && signing::same(reach, mail) {
            return Ok(true);
        }
    }
    Ok(false)
}
