//! Channels by which a message leaves. A file each under `message/`.

pub mod chat;
pub mod desktop;
pub mod mail;
pub mod webhook;

use crate::integrations::http::{Answer, CallError};
use async_trait::async_trait;
use std::time::Duration;

/// For a whole call to a chat system or a webhook; Standard Webhooks wants 15 to 30 s.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What is sent.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// Stable over attempts and unlike any other workspace's, so that a receiver can tell a repetition.
    pub id: String,
    pub subject: String,
    pub body: String,
    /// What it is about (`HF-3`), and what is said of it (`fixed`); empty where it is about none.
    pub hotfix: String,
    pub purpose: String,
    /// When it was queued, in RFC 3339.
    pub queued_at: String,
    pub recipients: Vec<Recipient>,
}

/// Somebody whom a message has not been sent to yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The place in the message's list, the same in every attempt.
    pub place: u32,
    pub name: String,
    pub reach: String,
}

/// Why it was not sent, and whether trying again may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendError {
    pub message: String,
    pub retryable: bool,
    /// How long the other side asks to be left alone.
    pub wait: Option<Duration>,
}

impl SendError {
    /// It may pass by itself.
    pub fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), retryable: true, wait: None }
    }

    /// A person has to do something about it.
    pub fn lasting(message: impl Into<String>) -> Self {
        Self { message: message.into(), retryable: false, wait: None }
    }
}

/// Hears what became of each recipient, where a channel tells them apart. What it has heard is kept: whoever
/// was sent to is not sent to again.
#[async_trait]
pub trait Told: Send + Sync {
    /// `refused`: why the message will never reach them.
    async fn told(&self, place: u32, refused: Option<String>) -> Result<(), SendError>;
}

#[async_trait]
pub trait Channel: Send + Sync {
    /// Sends it to all. Whoever `told` has been told of is done; the others are had in the next attempt.
    async fn send(&self, outgoing: &Outgoing, told: &dyn Told) -> Result<(), SendError>;

    /// Nothing more is to be sent for now: what was kept open for it is closed.
    async fn rest(&self) {}
}

/// For channels that say one thing to all.
pub struct Nobody;

#[async_trait]
impl Told for Nobody {
    async fn told(&self, _: u32, _: Option<String>) -> Result<(), SendError> {
        Ok(())
    }
}

/// What an answer over HTTP means: any 2xx is good. `lasting` are the statuses that a person must look at.
fn answered(answer: Result<Answer, CallError>, lasting: fn(u16) -> bool) -> Result<(), SendError> {
    let answer = answer.map_err(|error| SendError::passing(error.message()))?;
    let status = answer.status;
    if (200..300).contains(&status) {
        return Ok(());
    }
    let said = match answer.excerpt() {
        said if said.is_empty() => String::new(),
        said => format!(": {}", said.trim_end_matches('.')),
    };
    Err(SendError {
        message: format!("It was refused with {status}{said}."),
        retryable: !lasting(status),
        wait: answer.retry_after().map(|seconds| Duration::from_secs(seconds.min(86_400))),
    })
}

/// At most so many characters, with a sign that there was more.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        assert_eq!(cut("grün", 4), "grün");
        assert_eq!(cut("grünes", 4), "grü…");
    }
}
