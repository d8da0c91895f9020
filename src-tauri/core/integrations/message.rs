//! Channels by which a message leaves. A file each under `message/`.

pub mod desktop;

use async_trait::async_trait;

/// What is sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Stable over attempts, so that a receiver can tell a repetition.
    pub id: String,
    pub subject: String,
    pub body: String,
    pub recipients: Vec<String>,
}

/// Why it was not sent, and whether trying again may help.
#[derive(Clone, Debug)]
pub struct SendError {
    pub message: String,
    pub retryable: bool,
    /// How long the other side asks to be left alone.
    pub wait: Option<std::time::Duration>,
}

#[async_trait]
pub trait Channel: Send + Sync {
    async fn send(&self, outgoing: &Outgoing) -> Result<(), SendError>;
}
