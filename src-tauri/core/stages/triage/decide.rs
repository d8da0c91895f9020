//! The decisions about issues: each may be about many, and is one append.

use super::{deadlines, not_in_hotfix, open, question::fill};
use crate::{
    error::Error,
    event::{Event, Note, words::*},
    model::{Actor, Decide, Decided, State},
    stages::{Command, DecidedIssues, Done, Events, Left, changed, each, required},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Declares a decision that several issues may share: who is asked, what must hold, which event.
macro_rules! for_each_issue {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* } |$this:ident, $issue:ident, $state:ident| $check:block => $event:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
        pub struct $name {
            pub keys: Vec<IssueKey>,
            $(#[serde(default)] pub $field: $type,)*
            /// Leave and name those that cannot be decided about, instead of refusing all of it.
            #[serde(default)]
            pub partly: bool,
        }

        impl Command for $name {
            type Answer = DecidedIssues;

            fn decide(&self, $state: &State, _: &Actor) -> Decide<DecidedIssues> {
                let $this = self;
                let (events, left) = each($state, &self.keys, self.partly, |$issue| {
                    $check
                    Ok(vec![($issue.key.0.clone(), $event)])
                })?;
                told($state, events, left)
            }
        }
    };
}

/// The answer of a decision about issues.
fn told(state: &State, events: Events, left: Vec<Left>) -> Decide<DecidedIssues> {
    let changed = changed(state, &events)?;
    Ok(Decided { events, ..Decided::new(DecidedIssues { changed, left }) })
}

for_each_issue! {
    /// Give issues to a person or a team.
    Assign { person: Option<PersonId>, team: Option<CatalogId>, note: String }
    |this, _issue, state| {
        if let Some(person) = &this.person {
            state.person(person)?;
        }
    } => Event::IssueAssigned {
        person: this.person.clone(),
        team: this.team.clone(),
        private: Note { text: this.note.clone() },
    }
}

for_each_issue! {
    /// Not worth a hot fix: the next release will carry it.
    Defer { reason: String }
    |this, issue, _state| {
        open(issue, "it can no longer be deferred")?;
        not_in_hotfix(issue)?;
    } => Event::IssueDeferred { private: Note { text: this.reason.clone() } }
}

for_each_issue! {
    /// Not a fault, not ours, or not reproducible. The reason is what the reporter is told.
    Reject { reason: String }
    |this, issue, _state| {
        required("reason", &this.reason, "The reason, which the reporter will read,")?;
        open(issue, "it can no longer be rejected")?;
        not_in_hotfix(issue)?;
    } => Event::IssueRejected { private: Note { text: this.reason.clone() } }
}

for_each_issue! {
    /// Ask the reporter something; the clocks stand still until the answer. With `fill` the question
    /// is a template, filled in for each issue.
    AskReporter { question: String, fill: bool }
    |this, issue, state| {
        required("question", &this.question, "The question")?;
        open(issue, "the reporter need not be asked")?;
        not_in_hotfix(issue)?;
        if issue.state == IssueState::NeedsInfo {
            return Err(Error::denied(format!("{} already waits for the reporter.", issue.key)).into());
        }
    } => Event::InfoRequested {
        private: Note {
            text: match this.fill {
                true => fill("question", &this.question, state, issue)?,
                false => this.question.clone(),
            },
        },
    }
}

/// The reporter answered: the clocks run again.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordAnswer {
    pub keys: Vec<IssueKey>,
    #[serde(default)]
    pub answer: String,
    #[serde(default)]
    pub partly: bool,
}

impl Command for RecordAnswer {
    type Answer = DecidedIssues;

    fn decide(&self, state: &State, by: &Actor) -> Decide<DecidedIssues> {
        let (events, left) = each(state, &self.keys, self.partly, |issue| {
            if issue.state != IssueState::NeedsInfo {
                let message = format!("{} does not wait for an answer.", issue.key);
                return Err(Error::denied(message).into());
            }
            let due = match issue.priority() {
                Some(priority) => {
                    let rubric = state.catalog.rubric(issue.product.as_ref());
                    deadlines(&rubric, issue, priority, by.at)?
                }
                None => super::Deadlines::default(),
            };
            let event = Event::InfoReceived {
                respond_by: due.respond_by,
                resolve_by: due.resolve_by,
                respond_risk_at: due.respond_risk_at,
                resolve_risk_at: due.resolve_risk_at,
                private: Note { text: self.answer.clone() },
            };
            Ok(vec![(issue.key.0.clone(), event)])
        })?;
        told(state, events, left)
    }
}

for_each_issue! {
    /// Back to Triaged: it is not over after all.
    Reopen { reason: String }
    |this, issue, _state| {
        required("reason", &this.reason, "The reason")?;
        if issue.is_open() {
            return Err(Error::denied(format!("{} is open already.", issue.key)).into());
        }
    } => Event::IssueReopened { private: Note { text: this.reason.clone() } }
}

for_each_issue! {
    /// Close by hand, with the reason.
    CloseIssue { reason: String }
    |this, issue, _state| {
        required("reason", &this.reason, "The reason")?;
        if issue.state == IssueState::Closed {
            return Err(Error::denied(format!("{} is closed already.", issue.key)).into());
        }
        if issue.state == IssueState::InHotFix {
            not_in_hotfix(issue)?;
        }
    } => Event::IssueClosed { private: Note { text: this.reason.clone() } }
}

/// These issues are the same as `into`: its affected people grow, and theirs are told with it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Merge {
    pub keys: Vec<IssueKey>,
    pub into: IssueKey,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub partly: bool,
}

impl Command for Merge {
    type Answer = DecidedIssues;

    fn decide(&self, state: &State, _: &Actor) -> Decide<DecidedIssues> {
        let original = state.issue(&self.into)?;
        if let Some(of) = &original.duplicate_of {
            return Err(Error::field(
                "into",
                format!("{} is itself a duplicate of {of}.", self.into),
            )
            .hint(format!("Merge into {of}."))
            .into());
        }
        let (events, left) = each(state, &self.keys, self.partly, |issue| {
            let key = &issue.key;
            if key == &self.into {
                let message = format!("{key} cannot be a duplicate of itself.");
                return Err(Error::field("into", message).into());
            }
            open(issue, "it can no longer be merged")?;
            not_in_hotfix(issue)?;
            if !issue.duplicates.is_empty() {
                return Err(Error::denied(format!("{key} has duplicates of its own."))
                    .hint(format!(
                        "Merge {} into {key} instead, or undo those merges first.",
                        self.into
                    ))
                    .into());
            }
            let private = Note { text: self.note.clone() };
            Ok(vec![
                (key.0.clone(), Event::IssueMarkedDuplicate { of: self.into.clone(), private }),
                (
                    self.into.0.clone(),
                    Event::DuplicateCounted { duplicate: key.clone(), affected: issue.affected },
                ),
            ])
        })?;
        told(state, events, left)
    }
}

/// Undo a merge.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Unmerge {
    pub key: IssueKey,
}

impl Command for Unmerge {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        let of = issue
            .duplicate_of
            .clone()
            .ok_or_else(|| Error::denied(format!("{} is not a duplicate.", self.key)))?;
        state.issue(&of)?;
        let note = Note { text: format!("Not the same as {of} after all.") };
        Ok(Decided::new(Done {}).with(&self.key.0, Event::IssueReopened { private: note }).with(
            of.0,
            Event::DuplicateReleased { duplicate: self.key.clone(), affected: issue.affected },
        ))
    }
}
