//! `hotfix message …`: what people are told.

use super::done;
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::{Map, Value, json};

#[derive(Subcommand)]
pub enum Message {
    /// List messages, the newest first.
    List,
    /// Queue a message from its template; it leaves after ten seconds.
    Send {
        key: String,
        #[arg(long, value_parser = ["known_issue", "scheduled", "in_progress", "fixed", "delayed", "rolled_back", "closed", "feedback"])]
        purpose: String,
        #[arg(long, value_parser = ["desktop", "clipboard", "mail_draft"], default_value = "desktop")]
        channel: String,
        #[arg(long)]
        audience: Option<String>,
        /// Show it, and send nothing.
        #[arg(long)]
        preview: bool,
    },
    /// Try a failed message again.
    Retry { key: String },
}

pub fn message(context: &Context, verb: Message) -> Result<u8, Failure> {
    match verb {
        Message::List => {
            let page = context.call("message_list", json!({ "limit": 500 }))?;
            context.print.list(&page["rows"], |row| {
                format!(
                    "{:<7} {:<9} {}",
                    text(&row["key"]),
                    text(&row["state"]),
                    text(&row["subject"])
                )
            })
        }
        Message::Send { key, purpose, channel, audience, preview } => {
            let shown = context.call(
                "message_preview",
                json!({ "hotfix": key, "purpose": purpose, "audience": audience }),
            )?;
            if preview {
                return context.print.document(&shown);
            }
            let mut request = Map::new();
            for (name, value) in [
                ("hotfix", json!(key)),
                ("purpose", json!(purpose)),
                ("channel", json!(channel)),
                ("audience", json!(audience)),
            ] {
                request.insert(name.into(), value);
            }
            for name in ["subject", "body"] {
                request.insert(name.into(), shown[name].clone());
            }
            done(context, "message_send", Value::Object(request))
        }
        Message::Retry { key } => done(context, "message_retry", json!({ "key": key })),
    }
}
