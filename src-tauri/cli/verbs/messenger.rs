//! `hotfix messenger …`: by what messages leave the building.

use super::{done, found, secret_line, slug};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

const SYSTEMS: [&str; 6] = ["mail", "slack", "teams", "mattermost", "discord", "webhook"];

#[derive(Subcommand)]
pub enum Messenger {
    /// Add a messenger; one of that name is changed.
    Add(Box<Add>),
    /// What messages leave by.
    List,
    /// Ask a mail server whether it lets us in; send a test to a chat channel or a webhook.
    Try {
        /// Its name or its id.
        name: String,
        /// Of a mail server: send a test mail there.
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
    },
}

#[derive(Args)]
pub struct Add {
    #[arg(value_parser = SYSTEMS)]
    system: String,
    #[arg(long)]
    name: String,
    /// smtps://mail.example.com, smtp://mail.example.com:587, https://hooks.example.com/in. Of a chat system
    /// none: its address is the secret.
    #[arg(long, default_value = "")]
    address: String,
    /// Who logs in at the mail server.
    #[arg(long, default_value = "")]
    user: String,
    /// Whom mails come from: “Support <support@example.com>”.
    #[arg(long, default_value = "")]
    from: String,
    /// Where answers go, if not back there.
    #[arg(long, default_value = "")]
    reply_to: String,
    /// `-`: the password, what a webhook is signed with (whsec_…), or a chat channel's address; the first line
    /// of standard input, kept in the keychain.
    #[arg(long, value_name = "-")]
    secret: Option<String>,
}

pub fn messenger(context: &Context, verb: Messenger) -> Result<u8, Failure> {
    match verb {
        Messenger::Add(wanted) => add(context, *wanted),
        Messenger::List => {
            let rows = context.call("catalog_list", json!({ "kind": "messenger" }))?;
            let objects: Value =
                rows.as_array().into_iter().flatten().map(|row| row["object"].clone()).collect();
            context.print.list(&objects, |one| {
                let (id, system) = (text(&one["id"]), text(&one["system"]));
                format!("{id:<20} {system:<11} {}", text(&one["address"]))
            })
        }
        Messenger::Try { name, to } => {
            let row = found(context, "messenger", &name)?.ok_or_else(|| {
                Failure::usage(
                    "NAME",
                    format!("There is no messenger “{name}”."),
                    "`hotfix messenger list` names them.",
                )
            })?;
            let tried =
                context.call("messenger_try", json!({ "draft": row["object"], "to": to }))?;
            context.print.done(&text(&tried["said"]), &tried)
        }
    }
}

fn add(context: &Context, wanted: Add) -> Result<u8, Failure> {
    let id = slug(&wanted.name);
    if id.is_empty() {
        return Err(Failure::usage("--name", "The name is missing.", "Use --name “Support mail”."));
    }
    let value = secret_line(wanted.secret.as_deref())?;
    let messenger = json!({
        "id": id, "name": wanted.name, "system": wanted.system, "address": wanted.address,
        "user": wanted.user, "from": wanted.from, "reply_to": wanted.reply_to,
        "signed": wanted.system == "webhook" && value.is_some(),
    });
    let mut object = messenger.clone();
    object["kind"] = "messenger".into();
    done(context, "catalog_save", json!({ "object": object }))?;
    match value {
        None => Ok(0),
        Some(value) => {
            context
                .call("messenger_secret_set", json!({ "messenger": messenger, "value": value }))?;
            Ok(0)
        }
    }
}
