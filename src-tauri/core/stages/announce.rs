//! Who is told what, and that nobody is told by accident.
//!
//! A message names its recipients before it is sent, waits ten seconds in the outbox, and in a
//! dry run never leaves the building, counts as told, and says so. Delivery is at least once.
//! What it says before anybody has typed over it is in `announce/preview.rs`.

mod preview;
mod public;
pub mod remind;

pub use preview::*;
pub use public::*;

use super::{Command, Done, Made, required};
use crate::{
    clock::Instant,
    error::Error,
    event::{Event, MessageText, Note, Recipient, Refusal, RefusalText, words::*},
    model::{
        Actor, Decide, Decided, Judge, State, deployment::Deployment, hotfix::Hotfix, notice::told,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// How long a message waits, so that it can be taken back.
const GRACE: Duration = Duration::from_secs(10);

/// A deployment of this hot fix.
fn deployment_of<'a>(
    state: &'a State,
    key: &DeploymentKey,
    hotfix: &HotfixKey,
) -> Judge<&'a Deployment> {
    let deployment = state.deployment(key)?;
    if &deployment.hotfix == hotfix {
        return Ok(deployment);
    }
    Err(Error::field("deployment", format!("{key} is no deployment of {hotfix}.")).into())
}

/// An audience of the catalog; the affected people, if none is named.
fn audience_of(state: &State, id: Option<&CatalogId>) -> Judge<Audience> {
    let Some(id) = id else {
        return Ok(Audience {
            id: CatalogId::default(),
            name: "Affected people".into(),
            product: None,
            environments: Vec::new(),
            tell: Telling::default(),
            affected: true,
            people: Vec::new(),
            teams: Vec::new(),
            readers: Some(Readers::Public),
            quiet: Quiet::Workspace,
        });
    };
    match state.object("audience", &id.0) {
        Some(CatalogObject::Audience(audience)) => Ok(audience.clone()),
        _ => Err(Error::field("audience", format!("There is no audience “{id}”.")).into()),
    }
}

/// Everybody an audience means, each with the report that made them a recipient, nobody twice.
fn recipients(state: &State, hotfix: &Hotfix, audience: &Audience) -> Judge<Vec<Recipient>> {
    let mut all: Vec<Recipient> = Vec::new();
    let mut add = |recipient: Recipient| {
        let known = all.iter().any(|one| {
            let same_reach = !recipient.contact.reach.is_empty()
                && one.contact.reach.eq_ignore_ascii_case(&recipient.contact.reach);
            same_reach || one.contact == recipient.contact
        });
        if !known {
            all.push(recipient);
        }
    };
    if audience.affected {
        let mut keys = hotfix.issues.clone();
        for key in &hotfix.issues {
            keys.extend(state.issue(key)?.duplicates.iter().cloned());
        }
        for key in keys {
            for person in &state.issue(&key)?.people {
                add(Recipient {
                    contact: person.contact.clone(),
                    issue: Some(key.clone()),
                    // As the call-back list has it.
                    call_back: person.channel == Channel::Phone
                        && !person.contact.reach.contains('@'),
                });
            }
        }
    }
    let members = audience
        .teams
        .iter()
        .filter_map(|team| state.catalog.team(team))
        .flat_map(|team| team.members.iter());
    for id in audience.people.iter().chain(members) {
        if let Some(person) = state.catalog.person(id) {
            add(Recipient {
                contact: Contact { name: person.name.clone(), reach: person.mail.clone() },
                issue: None,
                call_back: false,
            });
        }
    }
    Ok(all)
}

/// Whom a channel reaches, and whom it does not: a mail wants a mail address. Every other channel says
/// one text to all.
fn apart(all: Vec<Recipient>, channel: Option<MessageChannel>) -> (Vec<Recipient>, Vec<Recipient>) {
    all.into_iter()
        .partition(|one| channel != Some(MessageChannel::Mail) || one.contact.reach.contains('@'))
}

/// The messenger by which a message leaves; `None` where its channel wants none.
fn messenger(
    state: &State,
    channel: MessageChannel,
    named: Option<&CatalogId>,
) -> Judge<Option<CatalogId>> {
    let fits = |one: &&Messenger| one.system.channel() == channel;
    if !channel.by_messenger() {
        return match named {
            None => Ok(None),
            Some(_) => {
                let message = format!("A {} leaves by no messenger.", channel.name());
                Err(Error::field("messenger", message).into())
            }
        };
    }
    if let Some(id) = named {
        return match state.catalog.messenger(id) {
            Some(one) if fits(&one) => Ok(Some(id.clone())),
            Some(one) => {
                let message = format!("{} is no messenger for {}.", one.name, channel.name());
                Err(Error::field("messenger", message).into())
            }
            None => Err(Error::field("messenger", format!("There is no messenger “{id}”."))
                .hint("Settings, Messengers lists them.")
                .into()),
        };
    }
    let all: Vec<_> = state.catalog.messengers().filter(fits).collect();
    match all.as_slice() {
        [one] => Ok(Some(one.id.clone())),
        [] => {
            Err(Error::field("channel", format!("There is no messenger for {}.", channel.name()))
                .hint("Add one in Settings, Messengers.")
                .into())
        }
        several => {
            let names: Vec<_> = several.iter().map(|one| one.id.0.as_str()).collect();
            Err(Error::field("messenger", format!("Say which: {}.", names.join(", "))).into())
        }
    }
}

/// When a message leaves that is queued now, if its audience is left alone until then. What a person hands
/// over, and what stays on this desk, leaves at any hour.
fn leaves_at(
    state: &State,
    hotfix: &Hotfix,
    audience: &Audience,
    channel: MessageChannel,
    now: Instant,
) -> Judge<Option<Instant>> {
    if !channel.by_messenger() {
        return Ok(None);
    }
    let until = state.quiet_until(&audience.quiet, hotfix.priority, now.plus(GRACE))?;
    Ok(until.filter(|until| *until > now.plus(GRACE)))
}

/// Queue a message. It leaves after ten seconds, unless it is taken back; later, where its audience is left
/// alone at this hour.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SendMessage {
    pub hotfix: HotfixKey,
    pub purpose: Purpose,
    pub channel: MessageChannel,
    /// By which messenger of the catalog, where the channel wants one; its only one if left out.
    #[serde(default)]
    pub messenger: Option<CatalogId>,
    #[serde(default)]
    pub audience: Option<CatalogId>,
    pub subject: String,
    pub body: String,
    /// The notice of a deployment that it gives.
    #[serde(default)]
    pub notice: Option<NoticeOf>,
    /// At once, also where the people are left alone at this hour.
    #[serde(default)]
    pub now: bool,
}

impl Command for SendMessage {
    type Answer = Made;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Made> {
        let hotfix = state.hotfix(&self.hotfix)?;
        required("subject", &self.subject, "The subject")?;
        required("body", &self.body, "The text")?;
        if let Some(NoticeOf { deployment, notice }) = &self.notice {
            let deployment = deployment_of(state, deployment, &self.hotfix)?;
            if told(deployment, notice).is_some() {
                let audience = state.catalog.audience_name(&notice.audience);
                return Err(Error::denied(format!("{audience} has been told of this already."))
                    .hint("Send it without the notice to say it again.")
                    .into());
            }
        }
        let messenger = messenger(state, self.channel, self.messenger.as_ref())?;
        let to = audience_of(state, self.audience.as_ref())?;
        let all = recipients(state, hotfix, &to)?;
        let (recipients, others) = apart(all, Some(self.channel));
        if self.channel == MessageChannel::Mail && recipients.is_empty() {
            let message = match others.len() {
                0 => "There is nobody in this audience.",
                _ => "Nobody in this audience has a mail address.",
            };
            return Err(Error::field("audience", message)
                .hint("Choose another audience, or another channel.")
                .into());
        }
        let dry_run = state.workspace()?.dry_run;
        let quiet = match self.now {
            true => None,
            false => leaves_at(state, hotfix, &to, self.channel, by.at)?,
        };
        let key = state.next_message()?;
        Ok(Decided::new(Made::new(&key)).with(
            &key.0,
            Event::MessageQueued {
                hotfix: Some(self.hotfix.clone()),
                purpose: self.purpose,
                channel: self.channel,
                messenger,
                audience: self.audience.clone(),
                dry_run,
                send_at: quiet.unwrap_or(by.at.plus(GRACE)),
                notice: self.notice.clone(),
                private: MessageText {
                    subject: self.subject.clone(),
                    body: self.body.clone(),
                    recipients,
                },
            },
        ))
    }
}

/// Take a queued message back.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelMessage {
    pub key: MessageKey,
}

impl Command for CancelMessage {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let message = state.message(&self.key)?;
        if message.state != MessageState::Queued {
            return Err(Error::denied(format!("{} has left already.", self.key)).into());
        }
        Ok(Decided::new(Done {}).with(&self.key.0, Event::MessageCancelled {}))
    }
}

/// Try a failed message again; or send one now that waits until its people may be written to.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RetryMessage {
    pub key: MessageKey,
}

impl Command for RetryMessage {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let message = state.message(&self.key)?;
        let waits = message.state == MessageState::Queued
            && message.send_at.is_some_and(|at| at > by.at.plus(GRACE));
        if message.state != MessageState::Failed && !waits {
            return Err(
                Error::denied("Only a message that failed, or waits, can be sent again.").into()
            );
        }
        Ok(Decided::new(Done {}).with(&self.key.0, Event::MessageRetried { send_at: by.at }))
    }
}

/// What came of sending. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct EndMessage {
    pub key: MessageKey,
    pub attempt: u32,
    /// Why it failed for good; empty when it was sent.
    #[serde(default)]
    pub error: String,
    /// Whom it did not reach, although it reached others.
    #[serde(default)]
    pub refused: Vec<Refusal>,
    /// Whom it reached, although it failed: by their place among the recipients.
    #[serde(default)]
    pub reached: Vec<u32>,
}

impl EndMessage {
    /// It left for everybody.
    pub fn sent(key: MessageKey, attempt: u32) -> Self {
        Self { key, attempt, error: String::new(), refused: Vec::new(), reached: Vec::new() }
    }

    /// It is given up.
    pub fn failed(key: MessageKey, attempt: u32, error: impl Into<String>) -> Self {
        Self { error: error.into(), ..Self::sent(key, attempt) }
    }
}

impl Command for EndMessage {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let message = state.message(&self.key)?;
        if message.state != MessageState::Queued {
            return Err(Error::conflict(format!("{} is no longer queued.", self.key)).into());
        }
        if !self.error.is_empty() {
            return Ok(Decided::new(Done {}).with(
                &self.key.0,
                Event::MessageFailed {
                    attempt: self.attempt,
                    reached: self.reached.clone(),
                    private: Note { text: self.error.clone() },
                },
            ));
        }
        let private = RefusalText { refused: self.refused.clone() };
        let sent = Event::MessageSent { attempt: self.attempt, private };
        let mut decided = Decided::new(Done {}).with(&self.key.0, sent);
        if let Some(NoticeOf { deployment, notice }) = &message.notice {
            state.deployment(deployment)?;
            decided.push(
                &deployment.0,
                Event::NoticeGiven {
                    notice: notice.clone(),
                    message: Some(self.key.clone()),
                    by: message.queued_by.clone(),
                    private: Note::default(),
                },
            );
        }
        if let (Some(hotfix), Some(purpose)) = (&message.hotfix, message.purpose) {
            let asked = state.hotfix(hotfix)?.feedback_asked_at.is_some();
            if purpose == Purpose::Feedback && !asked {
                decided.push(
                    &hotfix.0,
                    Event::FeedbackAsked { private: Note { text: message.text.subject.clone() } },
                );
            }
            decided.push(
                &hotfix.0,
                Event::PeopleTold {
                    purpose,
                    message: self.key.clone(),
                    recipients: message.text.recipients.len().saturating_sub(self.refused.len())
                        as u32,
                    dry_run: message.dry_run,
                },
            );
        }
        Ok(decided)
    }
}

/// Somebody who reported by telephone has been called back.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CallBack {
    pub issue: IssueKey,
    /// The person's place among the issue's affected people.
    pub index: u32,
    #[serde(default)]
    pub note: String,
}

impl Command for CallBack {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.issue)?;
        let person = issue
            .people
            .get(self.index as usize)
            .ok_or_else(|| Error::field("index", "There is no such person on this issue."))?;
        if person.called_back {
            return Err(Error::denied("They have been called back already.").into());
        }
        Ok(Decided::new(Done {}).with(
            &self.issue.0,
            Event::CallBackDone {
                issue: self.issue.clone(),
                index: self.index,
                private: Note { text: self.note.clone() },
            },
        ))
    }
}
