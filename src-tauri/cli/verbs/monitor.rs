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
        Monitor::Stop { key, reason } => {
            let until = now();
            done(context, "monitor_extend", json!({ "key": key, "until": until, "reason": reason }))
        }
    }
}
