//! `hotfix calendar …`: when there is room, what a calendar file says, and the entries in and out.

mod duty;

use super::{found, piped};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use hotfix_core::{
    desk::{Instant, expand_calendar, now},
    error::Error,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Subcommand)]
pub enum Calendar {
    /// The next free slots within ninety days, those that disturb least first.
    Free {
        /// May be left out while a single product has such an environment.
        #[arg(long)]
        product: Option<String>,
        /// Left out with --path, which takes all of them.
        #[arg(long, required_unless_present = "path")]
        environment: Option<String>,
        #[arg(long)]
        minutes: u32,
        #[arg(long)]
        from: Option<Instant>,
        /// At most 100; 5 if left out.
        #[arg(long)]
        count: Option<u32>,
        /// The rest of the path: each environment, what it has to soak, and the next.
        #[arg(long)]
        path: bool,
        /// The hot fix it is for: what was overridden for it is not in its way.
        #[arg(long)]
        hotfix: Option<String>,
        #[command(flatten)]
        expected: Expected,
    },
    /// What stands against a time, with each remedy. Exit 1 when something does.
    Conflicts {
        /// DEP-3 to move it, or HF-2 to plan it.
        key: String,
        /// With a hot fix: where to.
        #[arg(long)]
        environment: Option<String>,
        /// Now, if left out.
        #[arg(long)]
        from: Option<Instant>,
        /// How long it may wait for its start.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        #[command(flatten)]
        expected: Expected,
    },
    /// Take in the events of an .ics file; the same file twice makes no twins.
    Import(Box<Import>),
    /// The entries as an .ics file, on standard output if no file is named.
    Export {
        file: Option<PathBuf>,
        /// freeze, maintenance, lock, absence, duty; may be repeated, all if left out.
        #[arg(long = "kind", value_parser = KINDS)]
        kinds: Vec<String>,
        /// Only what concerns this product.
        #[arg(long)]
        product: Option<String>,
    },
    /// Publish the deployments to the calendars elsewhere that Settings names. Exit 3 when one fails.
    Publish {
        /// Only to this one, by its name or its id; also if it is paused.
        name: Option<String>,
        /// `-`: keep its password first, the first line of standard input, in the keychain.
        #[arg(long, value_name = "-", value_parser = ["-"], requires = "name")]
        password: Option<String>,
        /// Say what would be done, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Who is on duty, until when, and who comes next. Exit 1 when nobody is.
    Duty(duty::Duty),
    /// Put people on duty one after the other.
    Rota(Box<duty::Rota>),
    /// Put somebody on duty for a while, in place of whoever the rota names then.
    Take(duty::Take),
    /// Hand over to the next shift, or say with --read HO-3 that one has read a note.
    Handover(duty::Handover),
    /// The hand-over notes, the newest first.
    Handovers(duty::Handovers),
    /// The occurrences in an .ics file that overlap a time; needs no workspace.
    Expand {
        file: PathBuf,
        #[arg(long)]
        from: Instant,
        #[arg(long)]
        to: Instant,
        /// What days, and times without a zone, mean; of times the file's own zone goes before it.
        #[arg(long, default_value = "UTC")]
        zone: String,
    },
}

const KINDS: [&str; 5] = ["freeze", "maintenance", "lock", "absence", "duty"];

#[derive(Args)]
pub struct Import {
    /// The file, or - for standard input.
    file: PathBuf,
    /// What its events become, unless they say it themselves.
    #[arg(long, value_name = "KIND", value_parser = KINDS, default_value = "freeze")]
    kind: String,
    /// Only for these products, environments, components, targets; all where none is named.
    #[arg(long = "product", value_name = "PRODUCT")]
    products: Vec<String>,
    #[arg(long = "environment", value_name = "ENVIRONMENT")]
    environments: Vec<String>,
    #[arg(long = "component", value_name = "COMPONENT")]
    components: Vec<String>,
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// Of absences, who is away; of locks, who holds it; of duties, whose they all are, if their
    /// events do not say so themselves.
    #[arg(long = "person", value_name = "PERSON")]
    people: Vec<String>,
    /// Put its days into the holidays of this business calendar instead.
    #[arg(long, value_name = "BUSINESS_CALENDAR", conflicts_with_all = ["kind", "products",
        "environments", "components", "targets", "people"])]
    holidays_of: Option<String>,
    /// Say what would happen, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What is expected of a deployment.
#[derive(clap::Args)]
pub struct Expected {
    /// Minutes from the start to the end of the run.
    #[arg(long)]
    duration: Option<u32>,
    /// none: nobody notices, no request is lost; brief: some requests fail or are slow, for seconds;
    /// degraded: one function is away or slow, for minutes; outage: the whole service is away.
    #[arg(long, value_parser = ["none", "brief", "degraded", "outage"])]
    disruption: Option<String>,
    /// Who is on duty while it runs: rita,dana; - for nobody.
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    on_duty: Vec<String>,
    /// Minutes before the start at which those are reminded who own, approve or stand by for it: 1440,15.
    #[arg(long, value_delimiter = ',')]
    remind: Vec<u32>,
}

impl Expected {
    pub fn is_said(&self) -> bool {
        self.duration.is_some()
            || self.disruption.is_some()
            || !self.on_duty.is_empty()
            || !self.remind.is_empty()
    }

    /// What was planned before, if anything was, with what is said now.
    pub fn over(&self, before: Option<&Value>) -> Value {
        let nothing = json!({ "duration_minutes": 0, "disruption": "unsaid", "on_duty": [] });
        let mut all = before.cloned().unwrap_or(nothing);
        if let Some(minutes) = self.duration {
            all["duration_minutes"] = minutes.into();
        }
        if let Some(word) = &self.disruption {
            all["disruption"] = word.as_str().into();
        }
        if !self.on_duty.is_empty() {
            all["on_duty"] = json!(self.people());
        }
        if !self.remind.is_empty() {
            all["remind_minutes"] = json!(self.remind);
        }
        all
    }

    fn people(&self) -> &[String] {
        match self.on_duty.as_slice() {
            [nobody] if nobody == "-" => &[],
            people => people,
        }
    }
}

pub fn calendar(context: &Context, verb: Calendar) -> Result<u8, Failure> {
    match verb {
        Calendar::Expand { file, from, to, zone } => expand(context, &file, from, to, &zone),
        Calendar::Conflicts { key, environment, from, minutes, expected } => {
            let start = from.unwrap_or_else(now);
            let end = start.plus(Duration::from_secs(u64::from(minutes) * 60));
            let named = if key.starts_with("DEP-") { "deployment" } else { "key" };
            let mut request = json!({
                "environment": environment, "starts_at": start, "window_ends_at": end,
            });
            if expected.is_said() {
                let planned = match named {
                    "deployment" => context.call("deploy_show", json!({ "key": key }))?,
                    _ => Value::Null,
                };
                let before = planned.get("deployment").map(|one| &one["expected"]);
                request["expected"] = expected.over(before);
            }
            request[named] = key.into();
            let found = context.call("deploy_conflicts", request)?;
            blockers(context, &found)?;
            if let (Some(next), false) = (found["next"].as_object(), context.print.json) {
                context.print.done(
                    &format!("Free from {}: {}", text(&next["start"]), text(&next["why"])),
                    &found["next"],
                )?;
            }
            Ok(u8::from(found["blockers"].as_array().is_some_and(|all| !all.is_empty())))
        }
        Calendar::Publish { name, password, dry_run } => {
            publish(context, name.as_deref(), password.is_some(), dry_run)
        }
        Calendar::Import(wanted) => import(context, *wanted),
        Calendar::Duty(asked) => duty::duty(context, asked),
        Calendar::Rota(wanted) => duty::rota(context, *wanted),
        Calendar::Take(wanted) => duty::take(context, wanted),
        Calendar::Handover(wanted) => duty::handover(context, wanted),
        Calendar::Handovers(asked) => duty::handovers(context, asked),
        Calendar::Export { file, kinds, product } => {
            export(context, file.as_deref(), &kinds, product)
        }
        Calendar::Free { product, environment, minutes, from, count, path, hotfix, expected } => {
            let product = match (product, &hotfix, &environment) {
                (Some(product), _, _) => product,
                (None, Some(key), _) => {
                    text(&context.call("fix_show", json!({ "key": key }))?["hotfix"]["product"])
                }
                (None, None, Some(environment)) => product_with(context, environment)?,
                (None, None, None) => {
                    return Err(Failure::usage(
                        "--product",
                        "Which product’s path is not said.",
                        "Add --product or --hotfix.",
                    ));
                }
            };
            let request = json!({
                "product": product, "environment": environment.unwrap_or_default(),
                "minutes": minutes.max(expected.duration.unwrap_or(0)), "from": from, "count": count, "path": path, "hotfix": hotfix,
                "disruption": expected.disruption.as_deref().unwrap_or("unsaid"),
                "on_duty": expected.people(),
            });
            let slots = context.call("calendar_free", request)?;
            context.print.list(&slots, |slot| {
                let parts = slot["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
                let line = |place: &Value, name: &str| {
                    format!("{} – {}  {name}", text(&place["start"]), text(&place["end"]))
                };
                if parts.is_empty() {
                    return line(slot, &text(&slot["why"]));
                }
                let each = parts.iter().map(|part| line(part, &text(&part["environment"])));
                format!("{}\n    {}", each.collect::<Vec<_>>().join("\n"), text(&slot["why"]))
            })
        }
    }
}

/// Prints what is in the way, a line each.
pub fn blockers(context: &Context, of: &Value) -> Result<u8, Failure> {
    context.print.list(&of["blockers"], |one| {
        format!("{}: {} {}", text(&one["code"]), text(&one["message"]), text(&one["remedy"]))
    })
}

fn expand(
    context: &Context,
    file: &Path,
    from: Instant,
    to: Instant,
    zone: &str,
) -> Result<u8, Failure> {
    let expansion = expand_calendar(file, from, to, zone)?;
    for left_out in &expansion.skipped {
        let error = Error::invalid(&*left_out.message).at(format!("line {}", left_out.line));
        // The exit code is that of the answer: what was understood is complete in itself.
        Failure::from(error).report(&context.print);
    }
    let rows = serde_json::to_value(expansion.occurrences).map_err(Error::from)?;
    context.print.list(&rows, |row| {
        format!("{} – {}  {}", text(&row["start"]), text(&row["end"]), text(&row["uid"]))
    })
}

fn import(context: &Context, wanted: Import) -> Result<u8, Failure> {
    // A pipe (`<(curl …)`) is read here, where somebody can end it: the workspace waits for none.
    let is_pipe = std::fs::metadata(&wanted.file)
        .is_ok_and(|kind| std::os::unix::fs::FileTypeExt::is_fifo(&kind.file_type()));
    let spooled = match wanted.file.to_str() {
        Some("-") => Some(hotfix_core::desk::import::spool(&mut std::io::stdin().lock())?),
        _ if is_pipe => {
            let mut pipe = std::fs::File::open(&wanted.file)?;
            Some(hotfix_core::desk::import::spool(&mut pipe)?)
        }
        _ => None,
    };
    let path = spooled.as_deref().unwrap_or(&wanted.file);
    let path = path.to_str().ok_or_else(|| {
        Failure::usage(
            "FILE",
            "The file's name is not text.",
            "Rename it, or use - for standard input.",
        )
    })?;
    if let Some(calendar) = &wanted.holidays_of {
        return holidays(context, path, calendar, wanted.dry_run);
    }
    let answer = context.call(
        "calendar_import",
        json!({
            "path": path, "dry_run": wanted.dry_run,
            "scope": {
                "purpose": wanted.kind, "products": wanted.products,
                "environments": wanted.environments, "components": wanted.components,
                "targets": wanted.targets, "people": wanted.people,
            },
        }),
    )?;
    taken(context, &answer, wanted.dry_run)
}

/// What a calendar brought, or would.
pub(super) fn taken(context: &Context, answer: &Value, only_looked: bool) -> Result<u8, Failure> {
    tell_skipped(context, &answer["skipped"]);
    let mut lines = Vec::new();
    for event in answer["events"].as_array().into_iter().flatten() {
        let next = match &event["next"]["start"] {
            Value::Null => String::new(),
            start => format!("  next {}", text(start)),
        };
        let (became, id) = (text(&event["became"]), text(&event["id"]));
        let whose = duty::matched(event);
        lines.push(format!("{became:<8} {id:<32} {}{whose}{next}", text(&event["name"])));
    }
    let would = if only_looked { "Would be" } else { "Done" };
    lines.push(format!(
        "{would}: {} added, {} changed, {} known, {} retired; {} over already, {} not understood.",
        answer["added"],
        answer["changed"],
        answer["known"],
        answer["retired"],
        answer["over"],
        answer["skipped"].as_array().map_or(0, Vec::len)
    ));
    context.print.done(&lines.join("\n"), answer)
}

fn publish(
    context: &Context,
    name: Option<&str>,
    password: bool,
    dry_run: bool,
) -> Result<u8, Failure> {
    let mut id = Value::Null;
    if let Some(name) = name {
        let row = found(context, "published_calendar", name)?.ok_or_else(|| {
            Failure::usage(
                "NAME",
                format!("Nothing is published to a calendar “{name}”."),
                "`hotfix call catalog_list '{\"kind\":\"published_calendar\"}'` lists them.",
            )
        })?;
        id = row["object"]["id"].clone();
        if password {
            let mut lines = std::io::stdin().lock().lines();
            let value = piped(&mut lines, "--password", "the password")?;
            let (mark, address) = (&row["object"]["mark"], &row["object"]["address"]);
            let request = json!({ "mark": mark, "address": address, "value": value });
            context.call("calendar_password_set", request)?;
        }
    }
    let outcomes =
        context.call("calendar_publish", json!({ "calendar": id, "dry_run": dry_run }))?;
    let would = if dry_run { "would be " } else { "" };
    context.print.list(&outcomes, |outcome| {
        let run = &outcome["run"];
        let events = run["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut lines: Vec<String> = events
            .iter()
            .map(|one| {
                let (became, key) = (text(&one["became"]), text(&one["key"]));
                format!("{became:<10} {key:<8} {}", text(&one["summary"])).trim_end().to_owned()
            })
            .collect();
        lines.push(match outcome["error"].is_null() {
            true => format!(
                "{}: {would}{} added, {} changed, {} removed; {} as they should be.",
                text(&run["name"]),
                run["added"],
                run["changed"],
                run["removed"],
                run["kept"]
            ),
            false => format!("{}: not published.", text(&run["name"])),
        });
        lines.join("\n")
    })?;
    let mut code = 0;
    for outcome in outcomes.as_array().into_iter().flatten() {
        if let Ok(error) = serde_json::from_value::<Error>(outcome["error"].clone()) {
            Failure::from(error).report(&context.print);
            code = 3;
        }
    }
    Ok(code)
}

/// What was left out goes to standard error; what was understood is complete in itself.
fn tell_skipped(context: &Context, skipped: &Value) {
    for one in skipped.as_array().into_iter().flatten() {
        let error = Error::invalid(text(&one["message"])).at(format!("line {}", one["line"]));
        Failure::from(error).report(&context.print);
    }
}

fn holidays(context: &Context, path: &str, calendar: &str, dry_run: bool) -> Result<u8, Failure> {
    let row = found(context, "business_calendar", calendar)?.ok_or_else(|| {
        Failure::usage(
            "--holidays-of",
            format!("There is no business calendar “{calendar}”."),
            "`hotfix call catalog_list '{\"kind\":\"business_calendar\"}'` lists them.",
        )
    })?;
    let answer = context.call("calendar_holidays", json!({ "path": path }))?;
    tell_skipped(context, &answer["skipped"]);
    let mut object = row["object"].clone();
    let mut days: Vec<Value> = object["hours"]["holidays"].as_array().cloned().unwrap_or_default();
    let day = |text: &Value| text.as_str().unwrap_or_default().split(' ').next().map(str::to_owned);
    let before = days.len();
    for found in answer["days"].as_array().into_iter().flatten() {
        if !days.iter().any(|known| day(known) == day(found)) {
            days.push(found.clone());
        }
    }
    let added = days[before..].to_vec();
    if !dry_run && !added.is_empty() {
        object["hours"]["holidays"] = days.into();
        context.call("catalog_save", json!({ "object": object, "base": row["version"] }))?;
    }
    let lines: Vec<String> = added.iter().map(text).collect();
    let would = if dry_run { "Would be" } else { "Done" };
    let sentence = format!("{}\n{would}: {} holidays added.", lines.join("\n"), added.len());
    let answer = json!({ "added": added, "skipped": answer["skipped"], "dry_run": dry_run });
    context.print.done(sentence.trim_start(), &answer)
}

fn export(
    context: &Context,
    file: Option<&Path>,
    kinds: &[String],
    product: Option<String>,
) -> Result<u8, Failure> {
    let mut request = json!({ "purposes": kinds, "product": product });
    let Some(file) = file else {
        let answer = context.call("calendar_write", request)?;
        std::io::stdout().lock().write_all(text(&answer["text"]).as_bytes())?;
        return Ok(0);
    };
    request["path"] = json!(file);
    let answer = context.call("calendar_export", request)?;
    let sentence = format!("Written: {} ({} entries)", file.display(), answer["entries"]);
    context.print.done(&sentence, &answer)
}

fn product_with(context: &Context, environment: &str) -> Result<String, Failure> {
    let rows = context.call("catalog_list", json!({ "kind": "product" }))?;
    let mut found = Vec::new();
    for row in rows.as_array().into_iter().flatten() {
        let product = &row["object"];
        let environments = product["environments"].as_array();
        if environments.into_iter().flatten().any(|one| one["id"] == environment) {
            found.push(text(&product["id"]));
        }
    }
    if let [only] = found.as_slice() {
        return Ok(only.clone());
    }
    if found.is_empty() {
        let message = format!("No product has an environment “{environment}”.");
        return Err(Failure::usage(
            "environment",
            message,
            "`hotfix deploy runs-where` lists them.",
        ));
    }
    Err(Failure::usage(
        "--product",
        format!("Several products have an environment “{environment}”."),
        &format!("Add --product: {}.", found.join(", ")),
    ))
}
