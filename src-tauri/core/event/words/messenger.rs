//! By what messages leave the building: a mail server, a channel of a chat system, a webhook.

use super::{CatalogId, MessageChannel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessengerSystem {
    /// A mail server that is sent through (SMTP, RFC 5321): a mail of their own for each recipient.
    #[default]
    Mail,
    /// An incoming webhook of a Slack channel.
    Slack,
    /// A Workflow of a Microsoft Teams channel, which is given an Adaptive Card.
    Teams,
    /// An incoming webhook of a Mattermost channel.
    Mattermost,
    /// A webhook of a Discord channel.
    Discord,
    /// Anything else that takes Standard Webhooks 1.0.
    Webhook,
}

impl MessengerSystem {
    /// The channel by which its messages leave.
    pub fn channel(self) -> MessageChannel {
        match self {
            Self::Mail => MessageChannel::Mail,
            Self::Slack => MessageChannel::Slack,
            Self::Teams => MessageChannel::Teams,
            Self::Mattermost => MessageChannel::Mattermost,
            Self::Discord => MessageChannel::Discord,
            Self::Webhook => MessageChannel::Webhook,
        }
    }

    /// Whoever has the address of such a channel may write to it: the address itself is the secret, and
    /// is in the keychain alone.
    pub fn address_is_secret(self) -> bool {
        !matches!(self, Self::Mail | Self::Webhook)
    }
}

/// A mail server, a chat channel or a webhook. Its secret is in the keychain alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Messenger {
    pub id: CatalogId,
    pub name: String,
    pub system: MessengerSystem,
    /// smtps://mail.example.com, smtp://mail.example.com:587 (STARTTLS), https://hooks.example.com/in; empty
    /// for a chat system.
    #[serde(default)]
    pub address: String,
    /// Who logs in at the mail server; empty where it wants nobody to.
    #[serde(default)]
    pub user: String,
    /// Whom mails come from: support@example.com, or Support <support@example.com>.
    #[serde(default)]
    pub from: String,
    /// Where answers to mails go; empty means back to `from`.
    #[serde(default)]
    pub reply_to: String,
    /// A webhook's calls are signed.
    #[serde(default)]
    pub signed: bool,
}

impl Messenger {
    /// Whether it cannot do without a secret.
    pub fn wants_secret(&self) -> bool {
        match self.system {
            MessengerSystem::Mail => !self.user.trim().is_empty(),
            MessengerSystem::Webhook => self.signed,
            _ => true,
        }
    }

    /// For what the keychain holds its secret: the server, so that it goes to no other when somebody
    /// changes the address; of a chat system, whose secret says where it goes, the system.
    pub fn secret_name(&self) -> Option<String> {
        if self.system.address_is_secret() {
            return Some(self.system.channel().name().to_owned());
        }
        let url = url::Url::parse(self.address.trim()).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?.to_lowercase();
        let server = match url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        // systemd's credentials are named so, too, and cannot have a colon.
        Some(server.replace(':', "+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_belongs_to_one_server() {
        let of = |system, address: &str| {
            Messenger { system, address: address.into(), ..Messenger::default() }.secret_name()
        };
        let mail = MessengerSystem::Mail;
        assert_eq!(of(mail, "smtps://Mail.example.com").as_deref(), Some("mail.example.com"));
        assert_eq!(of(mail, "smtp://[::1]:2525").as_deref(), Some("[++1]+2525"));
        assert_ne!(of(mail, "smtps://mail.example.com"), of(mail, "smtps://mail.example.org"));
        assert_eq!(of(mail, "mail.example.com"), None);
        let hook = of(MessengerSystem::Webhook, "https://hooks.example.com/in");
        assert_eq!(hook.as_deref(), Some("hooks.example.com+443"));
        assert_eq!(of(MessengerSystem::Slack, "").as_deref(), Some("slack"));
    }
}
