//! What a message says, and who gets it, before it is sent: the words of a template, of the catalog or
//! built in, filled in with what is known. Strict: a name without a value is a mistake, not a gap.

use super::{apart, audience_of, deployment_of, leaves_at, recipients};
use crate::{
    calendar,
    clock::Instant,
    error::{Error, Result},
    event::{PublicText, Recipient, words::*},
    model::{
        Actor, Judge, State,
        deployment::Deployment,
        hotfix::Hotfix,
        template::{Values, example, names, own, said},
    },
};
use minijinja::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

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
    /// How it will leave; without one the template's main words are shown.
    #[serde(default)]
    pub channel: Option<MessageChannel>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessagePreview {
    pub subject: String,
    pub body: String,
    pub recipients: Vec<Recipient>,
    /// Who is meant, and is not reached by this channel.
    pub out_of_reach: Vec<Recipient>,
    pub dry_run: bool,
    pub template: Option<CatalogId>,
    /// The channels for which the template has words of their own.
    pub own: Vec<MessageChannel>,
    /// Whose words they read.
    pub readers: Readers,
    /// What is written for people outside, if anything is.
    pub public: Option<PublicText>,
    /// When it leaves, if the people are left alone until then.
    pub quiet_until: Option<Instant>,
}

impl PreviewMessage {
    /// Renders the template strictly: a name it uses and that has no value is an error.
    pub fn judge(&self, state: &State, by: &Actor) -> Judge<MessagePreview> {
        let hotfix = state.hotfix(&self.hotfix)?;
        let audience = audience_of(state, self.audience.as_ref())?;
        let readers = audience.readers();
        let template = match &self.template {
            Some(id) => {
                state.catalog.templates().find(|template| &template.id == id).ok_or_else(|| {
                    Error::field("template", format!("There is no template “{id}”."))
                })?
            }
            None => match written_for(state, self.purpose, readers) {
                Some(template) => template,
                None => &default_template(self.purpose, readers),
            },
        };
        if let Some(theirs) = template.readers.filter(|theirs| *theirs != readers) {
            let (theirs, here) = (theirs.name(), readers.name());
            let message = format!("“{}” is for {theirs} readers.", template.name);
            return Err(Error::field("template", message)
                .hint(format!("{} reads {here} words: choose another template.", audience.name))
                .into());
        }
        let deployment = match &self.deployment {
            Some(key) => Some(deployment_of(state, key, &self.hotfix)?),
            None => None,
        };
        let values = values(state, hotfix, deployment, readers)?;
        let said = said(template, self.channel, &values)?;
        let all = recipients(state, hotfix, &audience)?;
        let (recipients, out_of_reach) = apart(all, self.channel);
        Ok(MessagePreview {
            subject: said.subject,
            body: said.body,
            recipients,
            out_of_reach,
            dry_run: state.workspace()?.dry_run,
            template: (!template.id.0.is_empty()).then(|| template.id.clone()),
            own: MessageChannel::ALL
                .into_iter()
                .filter(|channel| own(template, *channel).is_some())
                .collect(),
            readers,
            public: hotfix.public.as_ref().map(|public| public.text.clone()),
            quiet_until: match self.channel {
                Some(channel) => leaves_at(state, hotfix, &audience, channel, by.at)?,
                None => None,
            },
        })
    }
}

/// The template of the catalog that is usual for a purpose: the first for these readers alone, else the
/// first for whomever.
fn written_for(state: &State, purpose: Purpose, readers: Readers) -> Option<&Template> {
    let all = || state.catalog.templates().filter(|one| one.purpose == purpose);
    all()
        .find(|one| one.readers == Some(readers))
        .or_else(|| all().find(|one| one.readers.is_none()))
}

/// Try a template while it is being written: filled in for a hot fix and its newest deployment, or
/// for a made-up one.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryTemplate {
    pub subject: String,
    pub body: String,
    #[serde(default)]
    pub texts: BTreeMap<MessageChannel, ChannelText>,
    #[serde(default)]
    pub hotfix: Option<HotfixKey>,
    /// For whom it is written; for whomever, as internal readers see it.
    #[serde(default)]
    pub readers: Option<Readers>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TemplateTrial {
    pub subject: String,
    pub body: String,
    /// What is said on each channel there is.
    pub channels: Vec<ChannelTrial>,
    /// The names a template may use.
    pub names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChannelTrial {
    pub channel: MessageChannel,
    pub subject: String,
    pub body: String,
    /// The template has words of its own for it.
    pub own: bool,
}

impl TryTemplate {
    pub fn judge(&self, state: &State, _: &Actor) -> Judge<TemplateTrial> {
        let readers = self.readers.unwrap_or(Readers::Internal);
        let values = match &self.hotfix {
            Some(key) => {
                let hotfix = state.hotfix(key)?;
                let newest = hotfix.deployments.last();
                let deployment = newest.map(|key| state.deployment(key)).transpose()?;
                values(state, hotfix, deployment, readers)?
            }
            None => example(readers),
        };
        let template = Template {
            id: CatalogId::default(),
            name: String::new(),
            purpose: Purpose::Fixed,
            readers: self.readers,
            subject: self.subject.clone(),
            body: self.body.clone(),
            texts: self.texts.clone(),
        };
        let main = said(&template, None, &values)?;
        let channels = MessageChannel::ALL.into_iter().map(|channel| {
            let said = said(&template, Some(channel), &values)?;
            Ok(ChannelTrial {
                channel,
                subject: said.subject,
                body: said.body,
                own: own(&template, channel).is_some(),
            })
        });
        Ok(TemplateTrial {
            subject: main.subject,
            body: main.body,
            channels: channels.collect::<Result<_>>()?,
            names: names(self.readers).map(str::to_owned).collect(),
        })
    }
}

/// What is said where the catalog has no words for it.
fn default_template(purpose: Purpose, readers: Readers) -> Template {
    let public = readers == Readers::Public;
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
        Purpose::Fixed if public => (
            "Fixed: {{ title }}",
            "“{{ title }}” is fixed in {{ product }} ({{ key }}).\n\n{% if solution %}{{ solution }}\n\n{% endif %}{% if instructions %}{{ instructions }}\n\n{% endif %}Please tell us if you still see it.",
        ),
        Purpose::Fixed => (
            "Fixed: {{ title }}",
            "“{{ title }}” is fixed in {{ product }} ({{ key }}, revision {{ revision }}).\n\n{{ solution }}\n{% if public or instructions %}\nTo whoever asks: {{ public }} {{ instructions }}\n{% endif %}\nPlease tell us if you still see it.",
        ),
        Purpose::Delayed => (
            "Delayed: {{ title }}",
            "The fix for “{{ title }}” ({{ key }}) takes longer than we said.{% if starts %} It is planned for {{ starts }} now.{% endif %} We are sorry and keep you posted.",
        ),
        Purpose::Deployed if public => (
            "Deployed: {{ title }}",
            "The fix for “{{ title }}” ({{ key }}) runs in {{ product }}{% if environment %}, {{ environment }}{% endif %}.\n\n{% if solution %}{{ solution }}\n\n{% endif %}{{ instructions }}",
        ),
        Purpose::Deployed => (
            "Deployed: {{ title }}",
            "The fix for “{{ title }}” ({{ key }}, revision {{ revision }}) runs in {{ product }}{% if environment %}, {{ environment }}{% endif %}.\n\n{{ solution }}",
        ),
        Purpose::CalledOff if public => (
            "Called off: {{ title }}",
            "The deployment of “{{ title }}” ({{ key }}) to {{ product }}{% if environment %}, {{ environment }}{% endif %} was called off. Nothing changes for now.",
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
        readers: Some(readers),
        subject: subject.into(),
        body: body.into(),
        texts: BTreeMap::new(),
    }
}

/// A value for each of [`template::NAMES`](crate::model::template::NAMES).
///
/// In a public text the title and the solution are the public ones: what colleagues wrote for each other
/// is not there to be said. Only the title stands for itself where nobody has written another.
fn values(
    state: &State,
    hotfix: &Hotfix,
    deployment: Option<&Deployment>,
    readers: Readers,
) -> Judge<Values> {
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
    let public = hotfix.public.as_ref().map(|public| public.text.clone()).unwrap_or_default();
    let solution =
        || hotfix.solution.as_ref().map(|solution| solution.text.clone()).unwrap_or_default();
    let (title, solution) = match readers {
        Readers::Public if public.title.is_empty() => (hotfix.title.clone(), public.what.clone()),
        Readers::Public => (public.title, public.what.clone()),
        Readers::Internal => (hotfix.title.clone(), solution()),
    };
    let issues: Vec<String> = hotfix.issues.iter().map(|key| key.0.clone()).collect();
    let owner = hotfix.owner.as_ref().map(|owner| state.catalog.name_of(owner));
    let cause = hotfix.cause.as_ref().map(|cause| cause.text.what.clone());
    let priority = hotfix.priority.map(Priority::name);
    let text = |name, text: String| (name, Value::from(text));
    Ok(Values::new(
        BTreeMap::from([
            text("deployment", about.deployment),
            text("environment", about.environment),
            text("starts", about.starts),
            text("duration", about.duration),
            text("disruption", about.disruption.to_owned()),
            text("reason", about.reason),
            ("on_duty", Value::from(about.on_duty)),
            text("key", hotfix.key.0.clone()),
            text("title", title),
            text("product", state.product(&hotfix.product)?.name.clone()),
            text("priority", priority.unwrap_or_default().to_owned()),
            ("issues", Value::from(issues)),
            ("affected", Value::from(affected)),
            text("workaround", workaround),
            text("cause", cause.unwrap_or_default()),
            text("solution", solution),
            text("public", public.what),
            text("instructions", public.instructions),
            ("revision", Value::from(hotfix.current().map_or(0, |built| built.package.revision))),
            text("owner", owner.unwrap_or_default()),
        ]),
        readers,
    ))
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
