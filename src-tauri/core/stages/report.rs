//! A report becomes an issue: what was seen, by whom, how many are affected, what to do meanwhile.
//!
//! Only the one sentence is required; everything else may follow. A second report of the same thing
//! adds a person to the issue instead of making a new one.

use super::{Command, Done, Made, required, unchanged};
use crate::{
    error::Error,
    event::{ContactNote, Event, Note, ReportText, words::*},
    model::{Actor, Decide, Decided, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Log an issue. Everything but `text.title` is optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct LogIssue {
    pub text: ReportText,
    pub channel: Channel,
    pub product: Option<CatalogId>,
    pub component: String,
    pub version: String,
    pub environment: String,
    /// How many people are affected, as far as is known. At least one.
    pub affected: Option<u32>,
    pub attachments: Vec<Attachment>,
}

impl Command for LogIssue {
    type Answer = Made;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Made> {
        required("text.title", &self.text.title, "The sentence that says what is wrong")?;
        if let Some(product) = &self.product {
            state.product(product)?;
        }
        if self.affected == Some(0) {
            return Err(Error::field(
                "affected",
                "At least one person is affected: whoever told us.",
            )
            .into());
        }
        let key = state.next_issue()?;
        Ok(Decided::new(Made::new(&key)).with(
            key.0,
            Event::IssueReported {
                channel: self.channel,
                product: self.product.clone(),
                component: self.component.trim().to_owned(),
                version: self.version.trim().to_owned(),
                environment: self.environment.trim().to_owned(),
                affected: self.affected.unwrap_or(1),
                attachments: self.attachments.clone(),
                private: self.text.clone(),
            },
        ))
    }
}

/// Correct what an issue says. `version` is the one the edit is based on.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct EditIssue {
    pub key: IssueKey,
    #[ts(type = "number | null")]
    pub base: Option<u64>,
    pub text: ReportText,
    pub product: Option<CatalogId>,
    #[serde(default)]
    pub component: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub environment: String,
}

impl Command for EditIssue {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        unchanged(self.base, issue.version, &self.key.0)?;
        required("text.title", &self.text.title, "The sentence that says what is wrong")?;
        if let Some(product) = &self.product {
            state.product(product)?;
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::IssueEdited {
                product: self.product.clone(),
                component: self.component.clone(),
                version: self.version.clone(),
                environment: self.environment.clone(),
                private: self.text.clone(),
            },
        ))
    }
}

/// One more person has the same trouble.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddPerson {
    pub key: IssueKey,
    pub contact: Contact,
    #[serde(default)]
    pub channel: Channel,
    /// How many more are affected through this person.
    #[serde(default = "one")]
    pub affected: u32,
    #[serde(default)]
    pub said: String,
}

fn one() -> u32 {
    1
}

impl Command for AddPerson {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        if self.contact.name.trim().is_empty() && self.contact.reach.trim().is_empty() {
            return Err(
                Error::field("contact.name", "Name the person, or say how to reach them.").into()
            );
        }
        // Who is added to a duplicate is affected by the original.
        let key = issue.duplicate_of.clone().unwrap_or_else(|| self.key.clone());
        state.issue(&key)?;
        Ok(Decided::new(Done {}).with(
            key.0,
            Event::PersonAffected {
                affected: self.affected,
                channel: self.channel,
                private: ContactNote { contact: self.contact.clone(), text: self.said.clone() },
            },
        ))
    }
}

/// Say something on an issue: to the reporter, or among ourselves.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddComment {
    pub key: IssueKey,
    pub text: String,
    #[serde(default)]
    pub internal: bool,
}

impl Command for AddComment {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        state.issue(&self.key)?;
        required("text", &self.text, "The text")?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::IssueCommented {
                internal: self.internal,
                private: Note { text: self.text.clone() },
            },
        ))
    }
}

/// Attach stored bytes (see `blob_put`) to an issue.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Attach {
    pub key: IssueKey,
    pub attachment: Attachment,
}

impl Command for Attach {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        state.issue(&self.key)?;
        Ok(Decided::new(Done {})
            .with(&self.key.0, Event::IssueAttached { attachment: self.attachment.clone() }))
    }
}

/// These two look alike and are not the same: never suggest it again.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct NotTheSame {
    pub key: IssueKey,
    pub other: IssueKey,
}

impl Command for NotTheSame {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        state.issue(&self.other)?;
        let mut decided = Decided::new(Done {});
        if !issue.not_the_same.contains(&self.other) {
            decided.push(&self.key.0, Event::NotTheSame { other: self.other.clone() });
        }
        Ok(decided)
    }
}
