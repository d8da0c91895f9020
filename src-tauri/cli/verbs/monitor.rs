//! `hotfix monitor …`: the watch after the fix.

use super::done;
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use hotfix_core::desk::now;
use serde_json::json;
use std::time::Duration;

#[derive(Subcommand)]
pub enum Monitor {
    /// What is being watched.
    List,
    /// Watch it for so long from now on, with the reason.
    Start {
        key: String,
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
        minutes: u32,
        #[arg(long)]
        reason: String,
    },
    /// Reports in which it may have come back; exit 1 when there are any.
    Suspects { key: String },
    /// It came back in this report, and how you know; a new hot fix begins, linked to it.
    Recurred {
        key: String,
        #[arg(long, value_name = "ISS")]
        issue: String,
        #[arg(long)]
        reason: String,
    },
    /// End the watch now, with the reason.
    Stop {
        key: String,
        #[arg(long)]
        reason: String,
    },
}

pub fn monitor(context: &Context, verb: Monitor) -> Result<u8, Failure> {
    match verb {
        Monitor::List => {
            let rows = context.call("monitor_list", json!({}))?;
            context.print.list(&rows, |row| {
                format!(
                    "{}  until {}  {}",
                    text(&row["hotfix"]),
                    text(&row["period"]["until"]),
                    text(&row["title"])
                )
            })
        }
        Monitor::Start { key, minutes, reason } => {
            let until = now().plus(Duration::from_secs(u64::from(minutes) * 60));
            done(context, "monitor_extend", json!({ "key": key, "until": until, "reason": reason }))
        }
        Monitor::Suspects { key } => {
            let rows = context.call("recurrence_suspects", json!({ "key": key, "wait": true }))?;
            context.print.list(&rows, |row| {
                format!(
                    "{:<8} {:>3.0} %  {} ({})",
                    text(&row["issue"]),
                    row["score"].as_f64().unwrap_or_default() * 100.0,
                    text(&row["title"]),
                    text(&row["label"])
                )
            })?;
            Ok(u8::from(rows.as_array().is_some_and(|rows| !rows.is_empty())))
        }
        Monitor::Recurred { key, issue, reason } => {
            let request = json!({ "key": key, "issue": issue, "reason": reason });
            let recurred = context.call("recurrence_confirm", request)?;
            let sentence = match recurred["hotfix"].as_str() {
                Some(hotfix) => hotfix.to_owned(),
                None => {
                    format!("{issue} is linked to {key}. Triage it; its hot fix starts from there.")
                }
            };
            context.print.done(&sentence, &recurred)
        }
        Monitor::Stop { key, reason } => {
            let until = now();
            done(context, "monitor_extend", json!({ "key": key, "until": until, "reason": reason }))
        }
    }
}

/// One watch, whole; exit 1 where a breach is open.
pub fn show(context: &Context, key: &str) -> Result<u8, Failure> {
    let shown = context.call("monitor_show", json!({ "key": key }))?;
    context.print.document(&shown)?;
    let breaches = shown["breaches"].as_array();
    let open = breaches.is_some_and(|all| all.iter().any(|one| one["closed_at"].is_null()));
    Ok(u8::from(open))
}
