//! `hotfix source …`: where others keep what becomes issues.

use super::{done, found, secret_line, slug};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use hotfix_core::desk::Instant;
use serde_json::{Value, json};

const SYSTEMS: [&str; 7] =
    ["alertmanager", "imap", "github", "gitlab", "sentry", "prometheus", "ics"];
const FIELDS: [&str; 4] = ["product", "component", "version", "environment"];

#[derive(Subcommand)]
pub enum Source {
    /// Add a source; one of that name is changed.
    Add(Box<Add>),
    /// What is read, when next, and what is wrong.
    List,
    /// Read it now, to its end.
    Run {
        /// Its name or its id.
        name: String,
    },
    /// Show the first it would bring; nothing is logged.
    Try { name: String },
    /// Read it no more, until it is resumed.
    Pause { name: String },
    /// Read it again.
    Resume { name: String },
}

#[derive(Args)]
pub struct Add {
    #[arg(value_parser = SYSTEMS)]
    system: String,
    #[arg(long)]
    name: String,
    /// https://alerts.example.com, imaps://mail.example.com; of a calendar (ics) also a file of this
    /// machine, which is read again when it has changed.
    #[arg(long)]
    address: String,
    /// What is read there: acme/shop (and labels=bug), a folder, matchers, PromQL.
    #[arg(long, default_value = "")]
    query: String,
    /// Who logs in, where a password is wanted.
    #[arg(long, default_value = "")]
    user: String,
    /// `-`: a token or password, the first line of standard input; kept in the keychain.
    #[arg(long, value_name = "-")]
    secret: Option<String>,
    /// host or host:port that may be reached, if not the address's own alone.
    #[arg(long)]
    host: Vec<String>,
    #[arg(long)]
    product: Option<String>,
    #[arg(long, default_value = "")]
    component: String,
    #[arg(long, default_value = "")]
    environment: String,
    /// LABEL=FIELD: which label gives the product, component, version or environment.
    #[arg(long, value_name = "LABEL=FIELD")]
    label: Vec<String>,
    /// Alerts that agree in this label are one trouble.
    #[arg(long, value_name = "LABEL")]
    group_by: Vec<String>,
    /// Seconds between two readings.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    every: u32,
    /// Leave what began before (RFC 3339); for a mailbox now, if left out.
    #[arg(long)]
    since: Option<Instant>,
    #[arg(long)]
    paused: bool,
    /// Of a calendar (ics): what its events become; freezes if left out. The environment counts,
    /// and the product.
    #[arg(long = "kind", value_name = "KIND",
        value_parser = ["freeze", "maintenance", "lock", "absence", "duty"])]
    kind: Option<String>,
    /// Of a calendar of absences: who is away. Of a rota whose every shift is theirs: who is on duty.
    #[arg(long = "person", value_name = "PERSON")]
    people: Vec<String>,
}

pub fn source(context: &Context, verb: Source) -> Result<u8, Failure> {
    match verb {
        Source::Add(wanted) => add(context, *wanted),
        Source::List => {
            let rows = context.call("source_list", json!({}))?;
            context.print.list(&rows, |row| {
                let source = &row["source"];
                let stands = match (&row["error"], source["paused"] == true) {
                    (_, true) => "paused".into(),
                    (Value::Null, false) => format!("next {}", text(&row["next_at"])),
                    (error, false) => format!(
                        "{} {} Next {}",
                        text(&error["message"]),
                        error["hint"].as_str().unwrap_or_default(),
                        text(&row["next_at"])
                    ),
                };
                let (id, system) = (text(&source["id"]), text(&source["system"]));
                if system != "ics" {
                    return format!("{id:<16} {system:<13} {:>6} logged  {stands}", row["logged"]);
                }
                let since = match (&row["error"], &row["good_at"]) {
                    (Value::Null, _) => String::new(),
                    (_, Value::Null) => "; never read yet".into(),
                    (_, good) => format!("; as it was read at {}", text(good)),
                };
                let skipped = match row["skipped"].as_array().map_or(0, Vec::len) {
                    0 => String::new(),
                    some => format!(", {some} not understood"),
                };
                format!(
                    "{id:<16} {system:<13} {:>6} entries{skipped}  {stands}{since}",
                    row["entries"]
                )
            })
        }
        Source::Run { name } => {
            let request = json!({ "source": id(context, &name)? });
            let ran = context.call("source_run", request)?;
            if ran["added"] != 0
                || ran["changed"] != 0
                || ran["retired"] != 0
                || ran["skipped"] != 0
            {
                let sentence = format!(
                    "{} added, {} changed, {} retired, {} known, {} not understood",
                    ran["added"], ran["changed"], ran["retired"], ran["known"], ran["skipped"]
                );
                return context.print.done(&sentence, &ran);
            }
            let sentence = format!(
                "{} logged, {} counted, {} answered, {} noted, {} known",
                ran["logged"], ran["counted"], ran["answered"], ran["noted"], ran["known"]
            );
            context.print.done(&sentence, &ran)
        }
        Source::Try { name } => {
            let (id, object, _) = find(context, &name)?;
            if object["system"] == "ics" {
                let answer = context.call("calendar_try", json!({ "draft": object }))?;
                return super::calendar::taken(context, &answer, true);
            }
            let rows = context.call("source_try", json!({ "source": id }))?;
            context.print.list(&rows, |row| {
                let times = match row["times"].as_u64() {
                    Some(1) | None => String::new(),
                    Some(times) => format!(" (seen {times} times)"),
                };
                format!("{:<8} {}{times}", text(&row["became"]), text(&row["title"]))
            })
        }
        Source::Pause { name } => pause(context, &name, true),
        Source::Resume { name } => pause(context, &name, false),
    }
}

fn id(context: &Context, name: &str) -> Result<String, Failure> {
    Ok(find(context, name)?.0)
}

/// The id, the object and the version of a source.
fn find(context: &Context, name: &str) -> Result<(String, Value, Value), Failure> {
    let row = found(context, "source", name)?.ok_or_else(|| {
        Failure::usage(
            "NAME",
            format!("There is no source “{name}”."),
            "`hotfix source list` names them.",
        )
    })?;
    Ok((text(&row["object"]["id"]), row["object"].clone(), row["version"].clone()))
}

fn pause(context: &Context, name: &str, paused: bool) -> Result<u8, Failure> {
    let (_, mut object, base) = find(context, name)?;
    object["paused"] = paused.into();
    done(context, "catalog_save", json!({ "object": object, "base": base }))
}

/// A path as typed here means the same wherever the engine runs; an address stays as it is.
fn whole_path(address: &str) -> Result<String, Failure> {
    if address.is_empty() || address.contains("://") || address.starts_with("~/") {
        return Ok(address.to_owned());
    }
    let path = std::path::absolute(address)?;
    path.into_os_string().into_string().map_err(|_| {
        Failure::usage(
            "--address",
            "The file's name is not text.",
            "Rename it: other machines read it too.",
        )
    })
}

fn add(context: &Context, wanted: Add) -> Result<u8, Failure> {
    let id = slug(&wanted.name);
    if id.is_empty() {
        return Err(Failure::usage(
            "--name",
            "The name is missing.",
            "Use --name “Production alerts”.",
        ));
    }
    let address = match wanted.system.as_str() {
        "ics" => whole_path(&wanted.address)?,
        _ => wanted.address.clone(),
    };
    let mut labels = Vec::new();
    for rule in &wanted.label {
        let (label, field) =
            rule.rsplit_once('=').filter(|(_, field)| FIELDS.contains(field)).ok_or_else(|| {
                Failure::usage(
                    "--label",
                    format!("“{rule}” is no LABEL=FIELD."),
                    "Write --label service=component; fields are product, component, version, \
                     environment.",
                )
            })?;
        labels.push(json!({ "label": label, "field": field }));
    }
    let value = secret_line(wanted.secret.as_deref())?;
    // A mailbox has a past that nobody wants as new issues.
    let since = wanted.since.or_else(|| (wanted.system == "imap").then(hotfix_core::desk::now));
    // A calendar has no issues that a product or an environment could be a default for.
    let scope = json!({
        "purpose": wanted.kind.as_deref().unwrap_or("freeze"), "people": wanted.people,
        "products": wanted.product.iter().collect::<Vec<_>>(),
        "environments": Some(&wanted.environment).filter(|one| !one.is_empty())
            .into_iter().collect::<Vec<_>>(),
        "components": Some(&wanted.component).filter(|one| !one.is_empty())
            .into_iter().collect::<Vec<_>>(),
    });
    let object = json!({
        "kind": "source", "id": id, "name": wanted.name, "system": wanted.system,
        "address": address, "query": wanted.query, "user": wanted.user,
        "secret": value.is_some() || wanted.system == "imap", "hosts": wanted.host,
        "product": wanted.product, "component": wanted.component,
        "environment": wanted.environment, "labels": labels, "group_by": wanted.group_by,
        "every_seconds": wanted.every, "since": since, "paused": wanted.paused,
        "calendar": scope,
    });
    if let Some(value) = value {
        context.call("source_secret_set", json!({ "source": id, "value": value }))?;
    }
    context.call("catalog_save", json!({ "object": object }))?;
    context.print.done(&id, &json!({ "id": id }))
}
