//! `hotfix message …`: what people are told.

use super::{done, found};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Subcommand)]
pub enum Message {
    /// List messages, the newest first.
    List,
    /// Show what would be said and to whom, on one channel or on each there is.
    Preview {
        #[command(flatten)]
        about: About,
        #[arg(long, value_parser = CHANNELS)]
        channel: Option<String>,
    },
    /// Queue a message from its template; it leaves after ten seconds.
    Send {
        #[command(flatten)]
        about: About,
        #[arg(long, value_parser = CHANNELS, default_value = "desktop")]
        channel: String,
        /// Show it, and send nothing.
        #[arg(long)]
        preview: bool,
    },
    /// Try a failed message again.
    Retry { key: String },
}

const CHANNELS: [&str; 3] = ["desktop", "clipboard", "mail_draft"];

/// What a message is about, and to whom it goes.
#[derive(Args)]
pub struct About {
    /// The hot fix: HF-2.
    key: String,
    #[arg(long, value_parser = [
        "known_issue", "scheduled", "in_progress", "fixed", "delayed", "rolled_back", "closed",
        "feedback", "deployed", "called_off",
    ])]
    purpose: String,
    /// An audience by its key; the affected people if left out.
    #[arg(long)]
    audience: Option<String>,
    /// A template, by its key or name; the first of the purpose if left out.
    #[arg(long)]
    template: Option<String>,
    /// The deployment it is about: DEP-3.
    #[arg(long)]
    deployment: Option<String>,
}

impl About {
    /// What is said on a channel, with the template's words for it.
    fn preview(&self, context: &Context, channel: &str) -> Result<Value, Failure> {
        let template = match &self.template {
            None => None,
            Some(name) => match found(context, "template", name)? {
                Some(row) => Some(row["object"]["id"].clone()),
                // The core names what is missing.
                None => Some(json!(name)),
            },
        };
        let request = json!({
            "hotfix": self.key, "purpose": self.purpose, "audience": self.audience,
            "template": template, "deployment": self.deployment, "channel": channel,
        });
        context.call("message_preview", request)
    }
}

/// What would be said on a channel, and how many would hear it.
pub(super) fn show(context: &Context, channel: &str, said: &Value) -> Result<u8, Failure> {
    context.print.done(&shown(channel, said), &document(channel, said))
}

fn document(channel: &str, said: &Value) -> Value {
    let mut document = said.clone();
    if let Some(fields) = document.as_object_mut() {
        fields.insert("channel".into(), json!(channel));
    }
    document
}

fn shown(channel: &str, said: &Value) -> String {
    let own = said["own"].as_array().is_some_and(|own| own.iter().any(|one| one == channel));
    format!(
        "{channel}{}, to {}:\n{}\n\n{}\n",
        if own { " (its own words)" } else { "" },
        match said["recipients"].as_array().map_or(0, Vec::len) {
            1 => "1 person".to_owned(),
            count => format!("{count} people"),
        },
        text(&said["subject"]),
        text(&said["body"]),
    )
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
        Message::Preview { about, channel: Some(channel) } => {
            show(context, &channel, &about.preview(context, &channel)?)
        }
        Message::Preview { about, channel: None } => {
            let said = CHANNELS
                .iter()
                .map(|channel| Ok(document(channel, &about.preview(context, channel)?)))
                .collect::<Result<Vec<_>, Failure>>()?;
            context.print.list(&Value::Array(said), |one| shown(&text(&one["channel"]), one))
        }
        Message::Send { about, channel, preview } => {
            let said = about.preview(context, &channel)?;
            if preview {
                return context.print.document(&document(&channel, &said));
            }
            let request = json!({
                "hotfix": about.key, "purpose": about.purpose, "channel": channel,
                "audience": about.audience, "subject": said["subject"], "body": said["body"],
            });
            done(context, "message_send", request)
        }
        Message::Retry { key } => done(context, "message_retry", json!({ "key": key })),
    }
}
