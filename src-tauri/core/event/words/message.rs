//! Words of messages: what they are about, who reads them, when they may leave.

use super::{CatalogId, PersonId, Priority, Telling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a message is about; templates and the "was told" gates go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    KnownIssue,
    Scheduled,
    InProgress,
    Fixed,
    Delayed,
    RolledBack,
    Closed,
    Feedback,
    /// A deployment is done.
    Deployed,
    /// A deployment was called off.
    CalledOff,
    /// A question to the reporter, before anything is decided.
    Question,
    /// A deadline is near, or was missed; to whoever owns the issue.
    Reminder,
}

/// Subjects and texts are minijinja templates in strict mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Template {
    pub id: CatalogId,
    pub name: String,
    pub purpose: Purpose,
    /// Whom it may be said to; to whomever, where nothing is said.
    #[serde(default)]
    pub readers: Option<Readers>,
    pub subject: String,
    pub body: String,
    /// The words of a channel that has its own; every other channel says subject and body.
    #[serde(default)]
    pub texts: BTreeMap<MessageChannel, ChannelText>,
}

/// What a template says on one channel. An empty part is the template's main one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ChannelText {
    pub subject: String,
    pub text: String,
}

/// Who a message goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Audience {
    pub id: CatalogId,
    pub name: String,
    #[serde(default)]
    pub product: Option<CatalogId>,
    /// Only of these environments; none named means all.
    #[serde(default)]
    pub environments: Vec<String>,
    /// What they are told of each deployment.
    #[serde(default)]
    pub tell: Telling,
    /// Everybody who reported or was added to the hot fix's issues.
    #[serde(default)]
    pub affected: bool,
    #[serde(default)]
    pub people: Vec<PersonId>,
    #[serde(default)]
    pub teams: Vec<CatalogId>,
    /// Who they are; left out, whoever is affected reads public words, everybody else internal ones.
    #[serde(default)]
    pub readers: Option<Readers>,
    #[serde(default)]
    pub quiet: Quiet,
}

impl Audience {
    /// Whose words they read.
    pub fn readers(&self) -> Readers {
        self.readers.unwrap_or(match self.affected {
            true => Readers::Public,
            false => Readers::Internal,
        })
    }
}

/// Who reads a text. What is written for the one is never said to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Readers {
    /// Customers and users: what was wrong for them and what they have to do.
    Public,
    /// Colleagues: the cause, the solution and the people behind it, too.
    Internal,
}

impl Readers {
    /// As JSON and a sentence have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
        }
    }
}

/// When an audience is left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum Quiet {
    /// As the workspace has it.
    #[default]
    Workspace,
    /// They are written to at any hour.
    Never,
    /// At hours of their own.
    Own(QuietHours),
}

/// Hours outside which nobody is written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct QuietHours {
    /// The business calendar within whose hours messages leave.
    pub calendar: CatalogId,
    /// Of a hot fix this urgent, or more urgent, people hear at any hour.
    #[serde(default)]
    pub except: Option<Priority>,
}

/// How a message leaves the building.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MessageChannel {
    /// A notification on this desktop.
    Desktop,
    /// Text to copy; told by the person who copies it.
    Clipboard,
    /// A draft in the person's own mail program; told by whoever sends it there.
    MailDraft,
    /// A mail to each, through a mail server of Settings.
    Mail,
    Slack,
    Teams,
    Mattermost,
    Discord,
    Webhook,
}

impl MessageChannel {
    pub const ALL: [Self; 9] = [
        Self::Desktop,
        Self::Clipboard,
        Self::MailDraft,
        Self::Mail,
        Self::Slack,
        Self::Teams,
        Self::Mattermost,
        Self::Discord,
        Self::Webhook,
    ];

    /// Whether it leaves by a messenger of Settings.
    pub fn by_messenger(self) -> bool {
        !matches!(self, Self::Desktop | Self::Clipboard | Self::MailDraft)
    }

    /// As JSON and the terminal spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Clipboard => "clipboard",
            Self::MailDraft => "mail_draft",
            Self::Mail => "mail",
            Self::Slack => "slack",
            Self::Teams => "teams",
            Self::Mattermost => "mattermost",
            Self::Discord => "discord",
            Self::Webhook => "webhook",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Waiting its ten seconds, or for the next attempt.
    #[default]
    Queued,
    Sent,
    Failed,
    Cancelled,
}
