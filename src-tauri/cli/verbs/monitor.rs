//! `hotfix monitor …`: the watch after the fix.

use super::done;
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use hotfix_core::desk::now;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Subcommand)]
pub enum Monitor {
    /// What is being watched.
    List,
    /// One hot fix under watch: its probes, what counts towards their limits, breaches and what they did.
    Show { key: String },
    /// Close a breach with what was found.
    CloseBreach {
        key: String,
        breach: String,
        #[arg(long)]
        finding: String,
    },
    /// Say what is behind a probe that says neither yes nor no: it is well, or it counts as a breach.
    Settle {
        key: String,
        doubt: String,
        #[arg(long)]
        finding: String,
        /// It is not well.
        #[arg(long)]
        breach: bool,
    },
    /// Ask a probe of a product once; nothing is recorded. Exit 1 unless it succeeds.
    Try { product: String, environment: String, probe: String },
    /// Let the command of a probe be run on this machine, as it is saved now.
    Allow {
        product: String,
        environment: String,
        probe: String,
        /// Not any more.
        #[arg(long)]
        off: bool,
    },
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
        Monitor::Show { key } => show(context, &key),
        Monitor::CloseBreach { key, breach, finding } => {
            let request = json!({ "key": key, "breach": breach, "finding": finding });
            done(context, "breach_close", request)
        }
        Monitor::Settle { key, doubt, finding, breach } => {
            let request =
                json!({ "key": key, "doubt": doubt, "finding": finding, "breach": breach });
            done(context, "doubt_settle", request)
        }
        Monitor::Try { product, environment, probe } => {
            let spec = spec_of(context, &product, &environment, &probe)?;
            let tried = context.call("probe_try", json!({ "spec": spec }))?;
            let sentence = format!("{}: {}", text(&tried["result"]), text(&tried["detail"]));
            context.print.done(&sentence, &tried)?;
            Ok(u8::from(tried["result"] != "success"))
        }
        Monitor::Allow { product, environment, probe, off } => {
            let spec = spec_of(context, &product, &environment, &probe)?;
            let request = json!({ "argv": spec["argv"], "folder": spec["folder"], "on": !off });
            done(context, "probe_command_allow", request)
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

/// A probe as it is saved.
fn spec_of(
    context: &Context,
    product: &str,
    environment: &str,
    probe: &str,
) -> Result<Value, Failure> {
    let rows = context.call("catalog_list", json!({ "kind": "product" }))?;
    let named = |value: &Value, field: &str, id: &str| {
        let mut list = value[field].as_array().into_iter().flatten();
        list.find(|one| one["id"] == id).cloned()
    };
    let mut all = rows.as_array().into_iter().flatten().map(|row| &row["object"]);
    all.find(|object| object["id"] == product)
        .and_then(|product| named(product, "environments", environment))
        .and_then(|environment| named(&environment, "probes", probe))
        .ok_or_else(|| {
            let message = format!("There is no probe “{probe}” in {environment} of {product}.");
            Failure::usage("probe", message, "`hotfix catalog show product ID` shows them.")
        })
}

/// One watch, whole.
pub fn show(context: &Context, key: &str) -> Result<u8, Failure> {
    let view = context.call("monitor_show", json!({ "key": key }))?;
    let mut lines = vec![format!(
        "{}  until {}  {}",
        text(&view["hotfix"]),
        text(&view["period"]["until"]),
        text(&view["title"])
    )];
    for probe in view["probes"].as_array().into_iter().flatten() {
        let (spec, last, counted) = (&probe["spec"], &probe["last"], &probe["counted"]);
        let last = if last.is_null() {
            "no sample yet".to_owned()
        } else {
            format!("{}: {}", text(&last["result"]), text(&last["detail"]))
        };
        lines.push(format!(
            "  {} {}  {last}  ({} of {} failures, {} of {} inconclusive, {} of {} errors{})",
            text(&probe["environment"]),
            text(&spec["id"]),
            counted["failures"],
            spec["failure_limit"],
            counted["inconclusive"],
            spec["inconclusive_limit"],
            counted["errors"],
            spec["error_limit"],
            if spec["dry_run"] == true { "; dry run" } else { "" },
        ));
    }
    for breach in view["breaches"].as_array().into_iter().flatten() {
        let state = if breach["closed_at"].is_null() { "open" } else { "closed" };
        let did = match text(&breach["deed"]["did"]).as_str() {
            "rolled_back" => format!(", rolls {} back", text(&breach["deed"]["deployment"])),
            "reopened" => ", its issues are open again".into(),
            "refused" => format!(", could not do more: {}", text(&breach["deed"]["why"])),
            _ => String::new(),
        };
        let (id, detail) = (text(&breach["id"]), text(&breach["detail"]));
        lines.push(format!("  breach {id}  {state}: {detail}{did}"));
    }
    for doubt in view["doubts"].as_array().into_iter().flatten() {
        let state = if doubt["settled_at"].is_null() { "open" } else { "settled" };
        lines.push(format!("  doubt {}  {state}: {}", text(&doubt["id"]), text(&doubt["detail"])));
    }
    context.print.done(&lines.join("\n"), &view)
}
