//! After the fix: breaches, recurrences, questions and feedback, until nobody thinks of it any more.

mod support;

pub use support::*;

use super::{Command, Done, Events, begin, phase_is, required};
use crate::{
    clock::Instant,
    error::Error,
    event::{Event, FeedbackText, Note, words::*},
    model::{Actor, Decide, Decided, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Watch longer, or end the watch earlier, with the reason.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExtendMonitoring {
    pub key: HotfixKey,
    pub until: Instant,
    pub reason: String,
}

impl Command for ExtendMonitoring {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        phase_is(state.hotfix(&self.key)?, &[Phase::Monitoring], "it is not being watched")?;
        required("reason", &self.reason, "The reason")?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::MonitoringExtended {
                until: self.until,
                private: Note { text: self.reason.clone() },
            },
        ))
    }
}

/// A probe crossed its limit. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct OpenBreach {
    pub key: HotfixKey,
    pub probe: String,
    pub environment: String,
    pub detail: String,
}

impl Command for OpenBreach {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Monitoring], "it is not being watched")?;
        let open = hotfix.breaches.iter().any(|breach| {
            breach.probe == self.probe
                && breach.environment == self.environment
                && breach.closed_at.is_none()
        });
        let mut decided = Decided::new(Done {});
        if !open {
            decided.push(
                &self.key.0,
                Event::BreachOpened {
                    breach: format!("{}-{}", self.probe, hotfix.breaches.len() + 1),
                    probe: self.probe.clone(),
                    environment: self.environment.clone(),
                    private: Note { text: self.detail.clone() },
                },
            );
        }
        Ok(decided)
    }
}

/// Close a breach with what was found.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CloseBreach {
    pub key: HotfixKey,
    pub breach: String,
    pub finding: String,
}

impl Command for CloseBreach {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        required("finding", &self.finding, "What was found")?;
        let open =
            hotfix.breaches.iter().any(|one| one.id == self.breach && one.closed_at.is_none());
        if !open {
            return Err(Error::field("breach", "There is no such open breach.").into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::BreachClosed {
                breach: self.breach.clone(),
                private: Note { text: self.finding.clone() },
            },
        ))
    }
}

/// It came back: the issue is reopened if it was over, and a new hot fix, linked to this one, begins from it as
/// soon as it is triaged; at once, where it is.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ConfirmRecurrence {
    pub key: HotfixKey,
    /// The issue in which it came back: one of its own, or a new report.
    pub issue: IssueKey,
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Recurred {
    /// The new hot fix, or the one that the issue is in already; none while it has to be triaged first.
    pub hotfix: Option<HotfixKey>,
}

impl Command for ConfirmRecurrence {
    type Answer = Recurred;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Recurred> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Monitoring, Phase::Closed], "it has not shipped")?;
        required("reason", &self.reason, "The reason")?;
        let issue = state.issue(&self.issue)?;
        let key = &issue.key;
        if hotfix.recurrences.contains(key) && issue.is_open() {
            let message = format!("{key} is recorded as a recurrence already.");
            return Err(Error::denied(message).into());
        }
        if let Some(original) = &issue.duplicate_of {
            let message = format!("{key} is a duplicate of {original}.");
            return Err(Error::field("issue", message).hint(format!("Name {original}.")).into());
        }
        if let Some(other) = issue.product.as_ref().filter(|one| **one != hotfix.product) {
            let message = format!("{key} is about {other}, not {}.", hotfix.product);
            return Err(Error::field("issue", message)
                .hint("Correct the product of the report first, if it is wrong.")
                .into());
        }
        let note = Note { text: self.reason.clone() };
        let mut events: Events = vec![(
            self.key.0.clone(),
            Event::RecurrenceConfirmed {
                issue: key.clone(),
                hotfix: self.key.clone(),
                private: note.clone(),
            },
        )];
        if !issue.is_open() {
            events.push((key.0.clone(), Event::IssueReopened { private: note }));
        }
        events.push((key.0.clone(), Event::IssueCameBack { of: self.key.clone() }));
        // As it will stand once these have happened.
        let running = issue.hotfix.clone().filter(|_| issue.is_open());
        let triaged = match issue.is_open() {
            true => issue.state == IssueState::Triaged,
            false => issue.triage.is_some(),
        };
        let began = match (running, triaged) {
            (Some(running), _) => Some(running),
            (None, false) => None,
            (None, true) => {
                let new = state.next_hotfix()?;
                let title = issue.text.title.clone();
                let (issues, product) = (vec![key.clone()], hotfix.product.clone());
                let of = Some(self.key.clone());
                events.extend(begin(state, &new, issues, product, title, of)?);
                Some(new)
            }
        };
        let mut decided = Decided::new(Recurred { hotfix: began });
        decided.events.extend(events);
        Ok(decided)
    }
}

/// The people who were told have been asked how it went.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskFeedback {
    pub key: HotfixKey,
    #[serde(default)]
    pub note: String,
}

impl Command for AskFeedback {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        phase_is(
            state.hotfix(&self.key)?,
            &[Phase::Monitoring],
            "feedback is asked for while it is watched",
        )?;
        Ok(Decided::new(Done {})
            .with(&self.key.0, Event::FeedbackAsked { private: Note { text: self.note.clone() } }))
    }
}

/// What somebody said about the fix: 1 (useless) to 5 (perfect).
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordFeedback {
    pub key: HotfixKey,
    pub score: u8,
    #[serde(default)]
    pub from: Contact,
    #[serde(default)]
    pub text: String,
}

impl Command for RecordFeedback {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        phase_is(
            state.hotfix(&self.key)?,
            &[Phase::Monitoring, Phase::Closed],
            "feedback follows the fix",
        )?;
        if !(1..=5).contains(&self.score) {
            return Err(
                Error::field("score", "The mark goes from 1 (useless) to 5 (perfect).").into()
            );
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::FeedbackRecorded {
                score: self.score,
                private: FeedbackText { from: self.from.clone(), text: self.text.clone() },
            },
        ))
    }
}
