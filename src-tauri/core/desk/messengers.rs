//! Actions about messengers: try one out, keep its secret; and a messenger ready to be sent by.

use super::{
    Call, Desk,
    actions::{Action, wait},
};
use crate::{
    error::{Error, Result},
    event::words::*,
    integrations::message::{
        Channel, Nobody, Outgoing, Recipient, SendError, Told,
        chat::{self, Chat},
        mail::{self, MailServer},
        webhook::Webhook,
    },
    stages::{Done, configure::check_messenger},
};
use async_trait::async_trait;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use ts_rs::TS;

/// Try a messenger out as it is being written. A mail server is asked whether it lets us in; a chat
/// channel, a webhook, and a mail server with `to`, are sent a test message, also in a dry run: it says
/// nothing of any hot fix.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryMessenger {
    pub draft: Messenger,
    /// Of a mail server: to whom a test mail goes.
    #[serde(default)]
    pub to: Option<String>,
}

/// What came of it, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessengerTrial {
    pub said: String,
}

/// Keep a messenger's secret in the keychain. An empty value removes it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetMessengerSecret {
    /// As it is saved, or about to be: the secret is kept for its server alone.
    pub messenger: Messenger,
    pub value: String,
    /// Keep it until the program ends, and not in the keychain.
    #[serde(default)]
    pub session: bool,
}

/// Whether this machine has a messenger's secret.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskMessengerSecret {
    pub messenger: Messenger,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessengerSecret {
    pub kept: bool,
}

/// Under what the keychain holds it: no endpoint can be called so.
fn secret_place(messenger: &Messenger) -> Result<(String, String)> {
    let name = messenger.secret_name().ok_or_else(|| {
        Error::field("address", "Write the address first: a secret is kept for its server.")
    })?;
    Ok((format!("messenger+{}", messenger.id), name))
}

fn secret(desk: &Desk, messenger: &Messenger) -> Result<Option<SecretString>> {
    if !messenger.wants_secret() {
        return Ok(None);
    }
    let (place, name) = secret_place(messenger)?;
    let found = desk.secrets().get(&place, &name)?;
    if found.is_none() {
        let what = match messenger.system {
            MessengerSystem::Mail => "password",
            MessengerSystem::Webhook => "secret",
            _ => "address",
        };
        return Err(Error::offline(format!("This machine has no {what} for {}.", messenger.name))
            .hint("Give it in Settings, Messengers.")
            .at("secret"));
    }
    Ok(found)
}

fn mail_server(desk: &Desk, messenger: &Messenger) -> Result<MailServer> {
    MailServer::new(&mail::Access {
        address: messenger.address.clone(),
        user: messenger.user.clone(),
        password: secret(desk, messenger)?,
        from: messenger.from.clone(),
        reply_to: messenger.reply_to.clone(),
    })
}

/// A messenger ready to be sent by.
pub fn channel(desk: &Desk, messenger: &Messenger) -> Result<Arc<dyn Channel>> {
    let system = match messenger.system {
        MessengerSystem::Mail => return Ok(Arc::new(mail_server(desk, messenger)?)),
        MessengerSystem::Webhook => {
            return Ok(Arc::new(Webhook::new(&messenger.address, secret(desk, messenger)?)?));
        }
        MessengerSystem::Slack => chat::System::Slack,
        MessengerSystem::Teams => chat::System::Teams,
        MessengerSystem::Mattermost => chat::System::Mattermost,
        MessengerSystem::Discord => chat::System::Discord,
    };
    Ok(Arc::new(Chat::new(system, secret(desk, messenger)?.unwrap_or_default())?))
}

/// Hears whether the one test mail was refused.
#[derive(Default)]
struct Heard(Mutex<Option<String>>);

#[async_trait]
impl Told for Heard {
    async fn told(&self, _: u32, refused: Option<String>) -> Result<(), SendError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        Ok(())
    }
}

/// What a channel refuses, the other side does.
async fn had<T>(asked: impl Future<Output = Result<T, SendError>>) -> Result<T> {
    asked.await.map_err(|error| Error::vendor(error.message))
}

impl Action for TryMessenger {
    type Answer = MessengerTrial;

    fn run(self, call: &Call) -> Result<MessengerTrial> {
        let (desk, messenger) = (call.desk(), &self.draft);
        check_messenger(messenger)?;
        let to = self.to.as_deref().map(str::trim).filter(|to| !to.is_empty());
        let test = |recipients: Vec<Recipient>| Outgoing {
            id: format!("test.{}", uuid::Uuid::now_v7()),
            subject: "A test from Hotfix Desk".into(),
            body: "If you read this, messages reach you here. Nothing has to be done.".into(),
            purpose: "test".into(),
            queued_at: desk.now().to_string(),
            recipients,
            ..Outgoing::default()
        };
        if messenger.system != MessengerSystem::Mail {
            wait(had(channel(desk, messenger)?.send(&test(Vec::new()), &Nobody)))?;
            return Ok(MessengerTrial {
                said: "The test was taken. Look whether it is there.".into(),
            });
        }
        let server = mail_server(desk, messenger)?;
        let Some(to) = to else {
            return Ok(MessengerTrial { said: wait(had(server.check()))? });
        };
        let heard = Heard::default();
        let one = Recipient { place: 0, name: String::new(), reach: to.to_owned() };
        wait(had(server.send(&test(vec![one]), &heard)))?;
        match heard.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(MessengerTrial { said: format!("The server took a mail to {to}.") }),
            Some(why) => Err(Error::vendor(format!("The server takes no mail to {to}: {why}."))),
        }
    }
}

impl Action for SetMessengerSecret {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let (place, name) = secret_place(&self.messenger)?;
        if self.messenger.system.address_is_secret() && !self.value.trim().is_empty() {
            // A wrong one is refused here, where it can be corrected.
            Chat::new(chat::System::Slack, SecretString::from(self.value.clone()))
                .map_err(|error| error.at("value"))?;
        }
        let secrets = call.desk().secrets();
        if self.session {
            secrets.set_for_session(&place, &name, &self.value);
        } else {
            secrets.set(&place, &name, &self.value)?;
        }
        Ok(Done {})
    }
}

impl Action for AskMessengerSecret {
    type Answer = MessengerSecret;

    fn run(self, call: &Call) -> Result<MessengerSecret> {
        let (place, name) = secret_place(&self.messenger)?;
        Ok(MessengerSecret { kept: call.desk().secrets().get(&place, &name)?.is_some() })
    }
}
