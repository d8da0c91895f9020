//! Messages and their way: queued, sent, failed; and who waits for a call.

use crate::{clock::Instant, event::words::*, model::deployment::Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// List messages, the newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListMessages {
    pub hotfix: Option<HotfixKey>,
    pub state: Option<MessageState>,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// One message with everything about it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowMessage {
    pub key: MessageKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessageView {
    pub message: Message,
    pub attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Attempt {
    pub attempt: u32,
    pub at: Instant,
    pub outcome: String,
    pub detail: String,
    pub next_at: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MessageRow {
    pub key: MessageKey,
    pub hotfix: Option<HotfixKey>,
    pub purpose: Option<Purpose>,
    pub channel: Option<MessageChannel>,
    pub state: MessageState,
    pub subject: String,
    #[ts(type = "number")]
    pub recipients: u64,
    pub dry_run: bool,
    pub queued_at: Instant,
    pub send_at: Option<Instant>,
    pub error: String,
}

/// Who reported by telephone and waits to hear that it is over.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListCallBacks {
    pub hotfix: Option<HotfixKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CallBackRow {
    pub issue: IssueKey,
    pub index: u32,
    pub hotfix: HotfixKey,
    pub contact: Contact,
    pub title: String,
    /// What to tell them.
    pub say: String,
    pub done: bool,
}
