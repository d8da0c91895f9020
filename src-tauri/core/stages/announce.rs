//! Who is told what, and that nobody is told by accident.
//!
//! A message names its recipients before it is sent, waits ten seconds in the outbox, and in a
//! dry run never leaves the building, counts as told, and says so. Delivery is at least once.

use super::{Command, Done, Made, required};
use crate::{
    calendar,
    error::Error,
    event::{Event, MessageText, Note, Recipient, words::*},
    model::{
        Actor, Decide, Decided, Judge, State,
        deployment::Deployment,
        hotfix::Hotfix,
        notice::told,
        template::{NAMES, example, render},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// How long a message waits, so that it can be taken back.
const GRACE: Duration = Duration::from_secs(10);

/// Show a message before it is sent: its text with real data, who gets it, and why.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PreviewMessage {
    pub hotfix: HotfixKey,
    pub purpose: Purpose,
    #[serde(default)]
    pub audience: Option<CatalogId>,
    /// A template of the catalog; the first for the purpose if left out.
    #[serde(default)]
    pub template: Option<CatalogId>,
    /// The deployment it is about.
    #[serde(default)]
    pub deployment: Option<DeploymentKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessagePreview {
    pub subject: String,
    pub body: String,
    pub recipients: Vec<Recipient>,
    pub dry_run: bool,
    pub template: Option<CatalogId>,
}

impl PreviewMessage {
    /// Renders the template strictly: a name it uses and that has no value is an error.
    pub fn judge(&self, state: &State, _: &Actor) -> Judge<MessagePreview> {
        let hotfix = state.hotfix(&self.hotfix)?;
        let template = match &self.template {
            Some(id) => {
                state.catalog.templates().find(|template| &template.id == id).ok_or_else(|| {
                    Error::field("template", format!("There is no template “{id}”."))
                })?
            }
            None => {
                let fits =
                    state.catalog.templates().find(|template| template.purpose == self.purpose);
                match fits {
                    Some(template) => template,
                    None => &default_template(self.purpose),
                }
            }
        };
        let deployment = match &self.deployment {
            Some(key) => Some(deployment_of(state, key, &self.hotfix)?),
            None => None,
        };
        let values = values(state, hotfix, deployment)?;
        Ok(MessagePreview {
            subject: render("subject", &template.subject, &values)?,
            body: render("body", &template.body, &values)?,
            recipients: recipients(state, hotfix, self.audience.as_ref())?,
            dry_run: state.workspace()?.dry_run,
            template: (!template.id.0.is_empty()).then(|| template.id.clone()),
        })
    }
}

/// Try a template while it is being written: filled in for a hot fix, or for a made-up one.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryTemplate {
    pub subject: String,
    pub body: String,
    #[serde(default)]
    pub hotfix: Option<HotfixKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TemplateTrial {
    pub subject: String,
    pub body: String,
    /// The names a template may use.
    pub names: Vec<String>,
}

impl TryTemplate {
    pub fn judge(&self, state: &State, _: &Actor) -> Judge<TemplateTrial> {
        let values = match &self.hotfix {
            Some(key) => values(state, &state.hotfix(key)?.clone(), None)?,
            None => example(),
        };
        Ok(TemplateTrial {
            subject: render("subject", &self.subject, &values)?,
            body: render("body", &self.body, &values)?,
            names: NAMES.map(str::to_owned).to_vec(),
        })
    }
}

fn default_template(purpose: Purpose) -> Template {
    let (subject, body) = match purpose {
        Purpose::KnownIssue => (
            "Known: {{ title }}",
            "We know about this and are working on it ({{ key }}).\n\n{% if workaround %}Meanwhile: {{ workaround }}\n{% endif %}",
        ),
        Purpose::Scheduled => (
            "Scheduled: {{ title }}",
            "A fix for “{{ title }}” ({{ key }}) is scheduled for {{ product }}{% if environment %}, {{ environment }}{% endif %}{% if starts %}: {{ starts }}{% endif %}.\n{% if duration %}It takes about {{ duration }}.\n{% endif %}{% if disruption %}What you may notice: {{ disruption }}.\n{% endif %}\n{% if workaround %}Until then: {{ workaround }}\n{% endif %}",
        ),
        Purpose::InProgress => (
            "In progress: {{ title }}",
            "The fix for “{{ title }}” ({{ key }}) is being deployed to {{ product }}{% if environment %}, {{ environment }}{% endif %} now.\n{% if duration %}It takes about {{ duration }}.\n{% endif %}{% if disruption %}What you may notice: {{ disruption }}.\n{% endif %}",
        ),
        Purpose::Fixed => (
            "Fixed: {{ title }}",
            "“{{ title }}” is fixed in {{ product }} ({{ key }}, revision {{ revision }}).\n\n{{ solution }}\n\nPlease tell us if you still see it.",
        ),
        Purpose::Delayed => (
            "Delayed: {{ title }}",
            "The fix for “{{ title }}” ({{ key }}) takes longer than we said.{% if starts %} It is planned for {{ starts }} now.{% endif %} We are sorry and keep you posted.",
        ),
        Purpose::Deployed => (
            "Deployed: {{ title }}",
            "The fix for “{{ title }}” ({{ key }}, revision {{ revision }}) runs in {{ product }}{% if environment %}, {{ environment }}{% endif %}.\n\n{{ solution }}",
        ),
        Purpose::CalledOff => (
            "Called off: {{ title }}",
            "The deployment of “{{ title }}” ({{ key }}) to {{ product }}{% if environment %}, {{ environment }}{% endif %} was called off.{% if reason %} {{ reason }}{% endif %} Nothing changes for now.",
        ),
        Purpose::RolledBack => (
            "Rolled back: {{ title }}",
            "The fix for “{{ title }}” ({{ key }}) was taken back. The earlier version runs again.",
        ),
        Purpose::Closed => (
            "Closed: {{ title }}",
            "“{{ title }}” ({{ key }}) has been quiet since the fix. We consider it closed.",
        ),
        Purpose::Feedback => (
            "How did it go? {{ title }}",
            "“{{ title }}” was fixed. Does it work for you? A line, or a mark from 1 to 5, helps us.",
        ),
        Purpose::Question => {
            ("About {{ title }}", "We need to know more about “{{ title }}” ({{ key }}).")
        }
        Purpose::Reminder => ("{{ title }}", "{{ key }} is due."),
    };
    Template {
        id: CatalogId::default(),
        name: String::new(),
        purpose,
        subject: subject.into(),
        body: body.into(),
    }
}

/// A value for each of [`template::NAMES`](crate::model::template::NAMES).
fn values(
    state: &State,
    hotfix: &Hotfix,
    deployment: Option<&Deployment>,
) -> Judge<minijinja::Value> {
    let mut affected = 0_u32;
    let mut workaround = String::new();
    for key in &hotfix.issues {
        let issue = state.issue(key)?;
        affected = affected.saturating_add(issue.affected);
        if workaround.is_empty() {
            workaround.clone_from(&issue.text.workaround);
        }
    }
    let about = About::new(state, deployment)?;
    Ok(minijinja::context! {
        deployment => about.deployment,
        environment => about.environment,
        starts => about.starts,
        duration => about.duration,
        disruption => about.disruption,
        reason => about.reason,
        on_duty => about.on_duty,
        key => hotfix.key.0.clone(),
        title => hotfix.title.clone(),
        product => state.product(&hotfix.product)?.name.clone(),
        priority => hotfix.priority.map(|priority| priority.name().to_owned()).unwrap_or_default(),
        issues => hotfix.issues.iter().map(|key| key.0.clone()).collect::<Vec<_>>(),
        affected => affected,
        workaround => workaround,
        cause => hotfix.cause.as_ref().map(|cause| cause.text.what.clone()).unwrap_or_default(),
        solution => hotfix.solution.as_ref().map(|solution| solution.text.clone()).unwrap_or_default(),
        revision => hotfix.current().map_or(0, |built| built.package.revision),
        owner => hotfix.owner.as_ref().map(|owner| state.catalog.name_of(owner)).unwrap_or_default(),
    })
}

/// What a message says of a deployment; all empty without one.
#[derive(Default)]
struct About {
    deployment: String,
    environment: String,
    starts: String,
    duration: String,
    disruption: &'static str,
    reason: String,
    on_duty: Vec<String>,
}

impl About {
    fn new(state: &State, deployment: Option<&Deployment>) -> Judge<Self> {
        let Some(one) = deployment else { return Ok(Self::default()) };
        let environment = state.product(&one.product)?.environment(&one.environment);
        let zone = &state.workspace()?.zone;
        let starts = one.starts_at.filter(|_| one.state != DeploymentState::Missed);
        let expected = &one.expected;
        Ok(Self {
            deployment: one.key.0.clone(),
            environment: environment.map_or_else(|| one.environment.clone(), |it| it.name.clone()),
            starts: starts.map(|at| calendar::spoken(at, zone)).transpose()?.unwrap_or_default(),
            duration: match expected.duration_minutes {
                0 => String::new(),
                minutes => calendar::spoken_minutes(minutes),
            },
            disruption: match expected.disruption {
                Disruption::Unsaid => "",
                Disruption::None => "nothing",
                Disruption::Brief => "some requests fail or are slow for seconds",
                Disruption::Degraded => "one function is away or slow for minutes",
                Disruption::Outage => "the whole service is away meanwhile",
            },
            reason: one.reason.clone(),
            on_duty: expected.on_duty.iter().map(|id| state.catalog.name_of(id)).collect(),
        })
    }
}

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

/// Everybody an audience means, each with the report that made them a recipient, nobody twice.
fn recipients(
    state: &State,
    hotfix: &Hotfix,
    audience: Option<&CatalogId>,
) -> Judge<Vec<Recipient>> {
    let audience = match audience {
        None => Audience {
            id: CatalogId::default(),
            name: "Affected people".into(),
            product: None,
            environments: Vec::new(),
            tell: Telling::default(),
            affected: true,
            people: Vec::new(),
            teams: Vec::new(),
        },
        Some(id) => match state.object("audience", &id.0) {
            Some(CatalogObject::Audience(audience)) => audience.clone(),
            _ => {
                return Err(
                    Error::field("audience", format!("There is no audience “{id}”.")).into()
                );
            }
        },
    };
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

/// Queue a message. It leaves after ten seconds, unless it is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SendMessage {
    pub hotfix: HotfixKey,
    pub purpose: Purpose,
    pub channel: MessageChannel,
    #[serde(default)]
    pub audience: Option<CatalogId>,
    pub subject: String,
    pub body: String,
    /// The notice of a deployment that it gives.
    #[serde(default)]
    pub notice: Option<NoticeOf>,
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
        let recipients = recipients(state, hotfix, self.audience.as_ref())?;
        let dry_run = state.workspace()?.dry_run;
        let key = state.next_message()?;
        Ok(Decided::new(Made::new(&key)).with(
            &key.0,
            Event::MessageQueued {
                hotfix: Some(self.hotfix.clone()),
                purpose: self.purpose,
                channel: self.channel,
                audience: self.audience.clone(),
                dry_run,
                send_at: by.at.plus(GRACE),
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

/// Try a failed message again.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RetryMessage {
    pub key: MessageKey,
}

impl Command for RetryMessage {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        if state.message(&self.key)?.state != MessageState::Failed {
            return Err(Error::denied("Only a failed message can be tried again.").into());
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
                    private: Note { text: self.error.clone() },
                },
            ));
        }
        let mut decided =
            Decided::new(Done {}).with(&self.key.0, Event::MessageSent { attempt: self.attempt });
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
                    recipients: message.text.recipients.len() as u32,
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
