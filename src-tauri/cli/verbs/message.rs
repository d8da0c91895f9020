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
        /// By which messenger, where there are several for the channel: `hotfix messenger list`.
        #[arg(long, value_name = "ID")]
        messenger: Option<String>,
        /// At once, also where they are left alone at this hour.
        #[arg(long)]
        now: bool,
        /// Show it, and send nothing.
        #[arg(long)]
        preview: bool,
    },
    /// What people outside are told of a hot fix; without a text, show it.
    Public {
        key: String,
        /// What they know it as; the hot fix's title, if never said.
        #[arg(long)]
        title: Option<String>,
        /// What is right now, without names, systems and causes.
        #[arg(long)]
        what: Option<String>,
        /// What they have to do.
        #[arg(long)]
        instructions: Option<String>,
    },
    /// When people are left alone; without a calendar, show it.
    Quiet {
        /// The business calendar within whose hours messages leave.
        #[arg(long, value_name = "CALENDAR")]
        within: Option<String>,
        /// What leaves at any hour: hot fixes of this priority, or a higher one.
        #[arg(long, value_parser = ["P1", "P2", "P3", "P4", "P5"], requires = "within")]
        except: Option<String>,
        /// Never.
        #[arg(long, conflicts_with = "within")]
        off: bool,
    },
    /// Show one: who gets it, what was tried, what became of it.
    Show { key: String },
    /// Take a message back before it leaves.
    Cancel { key: String },
    /// Try a failed message again, or send one now that waits for its hour.
    Retry { key: String },
}

const CHANNELS: [&str; 9] = [
    "desktop",
    "clipboard",
    "mail_draft",
    "mail",
    "slack",
    "teams",
    "mattermost",
    "discord",
    "webhook",
];

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

fn people(recipients: &Value) -> String {
    match recipients.as_array().map_or(0, Vec::len) {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
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
        people(&said["recipients"]),
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
            // Those that a message can leave by here, and those that the template has words for.
            let messengers = context.call("catalog_list", json!({ "kind": "messenger" }))?;
            let messengers = messengers.as_array().map(Vec::as_slice).unwrap_or_default();
            let own = about.preview(context, CHANNELS[0])?["own"].clone();
            let own = own.as_array().map(Vec::as_slice).unwrap_or_default();
            let said = CHANNELS
                .iter()
                .filter(|channel| {
                    ["desktop", "clipboard", "mail_draft"].contains(channel)
                        || own.iter().any(|one| one == **channel)
                        || messengers.iter().any(|row| row["object"]["system"] == **channel)
                })
                .map(|channel| Ok(document(channel, &about.preview(context, channel)?)))
                .collect::<Result<Vec<_>, Failure>>()?;
            context.print.list(&Value::Array(said), |one| shown(&text(&one["channel"]), one))
        }
        Message::Send { about, channel, messenger, now, preview } => {
            send(context, &about, &channel, messenger.as_deref(), now, preview)
        }
        Message::Public { key, title, what, instructions } => {
            public(context, &key, [title, what, instructions])
        }
        Message::Quiet { within, except, off } => {
            if within.is_none() && !off {
                let shown = context.call("workspace_show", json!({}))?;
                return context.print.document(&shown["quiet"]);
            }
            let quiet = within.map(|calendar| json!({ "calendar": calendar, "except": except }));
            done(context, "quiet_hours_set", json!({ "quiet": quiet }))
        }
        Message::Show { key } => {
            let shown = context.call("message_show", json!({ "key": key }))?;
            context.print.document(&shown)
        }
        Message::Cancel { key } => done(context, "message_cancel", json!({ "key": key })),
        Message::Retry { key } => done(context, "message_retry", json!({ "key": key })),
    }
}

/// Queues what the template says, or shows it.
fn send(
    context: &Context,
    about: &About,
    channel: &str,
    messenger: Option<&str>,
    now: bool,
    preview: bool,
) -> Result<u8, Failure> {
    let said = about.preview(context, channel)?;
    if preview {
        return context.print.document(&document(channel, &said));
    }
    let request = json!({
        "hotfix": about.key, "purpose": about.purpose, "channel": channel,
        "audience": about.audience, "subject": said["subject"], "body": said["body"],
        "messenger": messenger, "now": now,
    });
    let made = context.call("message_send", request)?;
    let key = text(&made["key"]);
    let who = people(&said["recipients"]);
    let dry = if said["dry_run"] == true { "a dry run; counts as told" } else { "leaves" };
    let when = match said["quiet_until"].as_str().filter(|_| !now) {
        Some(until) => format!("at {until}, when they may be written to"),
        None => "in ten seconds".to_owned(),
    };
    let sentence = format!(
        "{key}\n{channel} to {who}; {dry} {when}. `hotfix message cancel {key}` takes it back."
    );
    context.print.done(&sentence, &made)
}

/// Writes the parts that are given and keeps the others; shows all without any.
fn public(context: &Context, key: &str, parts: [Option<String>; 3]) -> Result<u8, Failure> {
    let shown = context.call("fix_show", json!({ "key": key }))?;
    let hotfix = &shown["hotfix"];
    if parts.iter().all(Option::is_none) {
        return context.print.document(&hotfix["public"]["text"]);
    }
    let kept = |name: &str| hotfix["public"]["text"][name].as_str().unwrap_or_default().to_owned();
    let [title, what, instructions] = parts;
    let request = json!({
        "key": key, "base": hotfix["moved"]["public"],
        "text": {
            "title": title.unwrap_or_else(|| kept("title")),
            "what": what.unwrap_or_else(|| kept("what")),
            "instructions": instructions.unwrap_or_else(|| kept("instructions")),
        },
    });
    done(context, "public_words_write", request)
}

/// `hotfix fix announce …`: a message about one hot fix.
#[derive(Args)]
pub struct Announce {
    #[command(flatten)]
    about: About,
    #[arg(long, value_parser = CHANNELS, default_value = "clipboard")]
    channel: String,
    #[arg(long, value_name = "ID")]
    messenger: Option<String>,
    /// At once, also where they are left alone at this hour.
    #[arg(long)]
    now: bool,
    /// Show it, and send nothing.
    #[arg(long)]
    preview: bool,
}

pub fn announce(context: &Context, verb: &Announce) -> Result<u8, Failure> {
    let Announce { about, channel, messenger, now, preview } = verb;
    send(context, about, channel, messenger.as_deref(), *now, *preview)
}
