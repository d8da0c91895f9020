//! A report becomes an issue: what was seen, by whom, how many are affected, what to do meanwhile.
//!
//! Only the one sentence is required; everything else may follow. A second report of the same thing
//! adds a person to the issue instead of making a new one.

mod edit;
pub mod elsewhere;

pub use edit::EditIssue;

use super::{Command, Done, required};
use crate::{
    clock::Instant,
    error::Error,
    event::{ContactNote, Event, Note, ReportText, stream, words::*},
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
    /// Where it comes from. What was taken in before is not logged again.
    pub origin: Option<Origin>,
}

/// The issue that a report is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Logged {
    pub key: String,
    /// It was taken in before, and nothing was logged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub known: bool,
}

impl Command for LogIssue {
    type Answer = Logged;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Logged> {
        if let Some(origin) = &self.origin {
            from_elsewhere(origin)?;
            if let Some(issue) = state.taken(origin)? {
                return Ok(Decided::new(Logged { key: issue.0.clone(), known: true }));
            }
        }
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
        let mut decided = Decided::new(Logged { key: key.0.clone(), known: false });
        if let Some(origin) = &self.origin {
            let taken = Event::OriginTaken { origin: origin.clone(), issue: key.clone() };
            decided.push(stream::origin(origin), taken);
        }
        Ok(decided.with(
            key.0,
            Event::IssueReported {
                channel: self.channel,
                product: self.product.clone(),
                component: self.component.trim().to_owned(),
                version: self.version.trim().to_owned(),
                environment: self.environment.trim().to_owned(),
                affected: self.affected.unwrap_or(1),
                attachments: self.attachments.clone(),
                origin: self.origin.clone(),
                private: self.text.clone(),
            },
        ))
    }
}

fn from_elsewhere(origin: &Origin) -> Result<(), Error> {
    let long = |text: &str| text.chars().count() > 1000;
    if origin.source.trim().is_empty() || long(&origin.source) {
        return Err(Error::field("origin.source", "Name the source, in at most 1,000 characters."));
    }
    if origin.id.trim().is_empty() || long(&origin.id) {
        return Err(Error::field(
            "origin.id",
            "Say what it is called there, in at most 1,000 characters.",
        ));
    }
    Ok(())
}

/// The same trouble was seen again by a machine.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SeeAgain {
    pub key: IssueKey,
    /// How often; at least once.
    pub times: u32,
    pub last_at: Instant,
}

impl Command for SeeAgain {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        if self.times == 0 {
            return Err(Error::field("times", "Seen how often? At least once.").into());
        }
        // What a duplicate sees happens to the original.
        let key = issue.duplicate_of.clone().unwrap_or_else(|| self.key.clone());
        state.issue(&key)?;
        let again = Event::IssueSeenAgain { times: self.times, last_at: self.last_at };
        Ok(Decided::new(Done {}).with(key.0, again))
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

/// Say something on an issue: to the reporter, or among ourselves. `@rita` in the text tells the
/// person of that key.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddComment {
    pub key: IssueKey,
    pub text: String,
    #[serde(default)]
    pub internal: bool,
    /// Stored bytes (see `blob_put_file`) that go with it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

impl Command for AddComment {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        if self.attachments.is_empty() {
            required("text", &self.text, "The text")?;
        }
        let mut decided = Decided::new(Done {});
        for attachment in &self.attachments {
            if !issue.attachments.contains(attachment) {
                decided.push(&self.key.0, Event::IssueAttached { attachment: attachment.clone() });
            }
        }
        let mentions = mentioned(&self.text, state)
            .into_iter()
            .filter(|person| person != &by.person)
            .collect();
        decided.push(
            &self.key.0,
            Event::IssueCommented {
                internal: self.internal,
                mentions,
                attachments: self.attachments.iter().map(|one| one.hash.clone()).collect(),
                private: Note { text: self.text.clone() },
            },
        );
        Ok(decided)
    }
}

/// The people of the catalog whose keys stand behind an @ in a text, each once. What stands before
/// the @ tells a mention from a mail address.
fn mentioned(text: &str, state: &State) -> Vec<PersonId> {
    let mut found = Vec::new();
    for (place, _) in text.match_indices('@') {
        if text[..place].chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let word: String = text[place + 1..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            .collect();
        // A full stop may end the sentence, not the key.
        let id = PersonId(word.trim_end_matches('.').to_owned());
        if state.catalog.person(&id).is_some() && !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// Say that one has read where one was mentioned.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadMention {
    pub key: IssueKey,
}

impl Command for ReadMention {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        if state.issue(&self.key)?.mentions.iter().any(|one| one.person == by.person) {
            decided.push(&self.key.0, Event::MentionSeen {});
        }
        Ok(decided)
    }
}

/// Attach stored bytes (see `blob_put_file`) to an issue.
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
