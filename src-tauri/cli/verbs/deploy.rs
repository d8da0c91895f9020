//! `hotfix deploy …`: planned, started, followed to its end.

use super::done;
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use hotfix_core::{
    desk::{Instant, now},
    error::Error,
};
use serde_json::{Value, json};

#[derive(Subcommand)]
pub enum Deploy {
    /// Plan the current revision into an environment.
    Plan {
        key: String,
        #[arg(long)]
        environment: String,
        /// Now, if left out.
        #[arg(long)]
        from: Option<Instant>,
        #[arg(long, default_value_t = 120)]
        minutes: u32,
        #[arg(long)]
        automatic: bool,
    },
    /// Start what is planned for an environment.
    Start {
        key: String,
        #[arg(long)]
        environment: String,
    },
    /// A stakeholder's answer to the planned time.
    Answer {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        #[arg(value_parser = ["confirmed", "not_now"])]
        answer: String,
        /// Somebody of the catalog.
        #[arg(long, conflicts_with = "name", required_unless_present = "name")]
        person: Option<String>,
        /// Somebody else.
        #[arg(long, default_value = "")]
        name: String,
        /// What they said, and how it reached you.
        #[arg(long, default_value = "")]
        text: String,
    },
    /// What is to be told of a deployment and to whom, and what was. 1 when something is due.
    Notices {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
    },
    /// Give a due notice: its text, filled in, is printed and counts as told; or leave it out.
    Tell {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        #[arg(long)]
        audience: String,
        #[arg(long, value_parser = ["clipboard", "mail_draft", "desktop"], default_value = "clipboard")]
        channel: String,
        /// Show what would be said on the channel, and tell nobody.
        #[arg(long)]
        preview: bool,
        /// Tell nobody, for this reason.
        #[arg(long, value_name = "REASON", conflicts_with_all = ["channel", "preview"])]
        skip: Option<String>,
    },
    /// The steps before the start and the checks after it, each with its instructions. Ends with 1
    /// while a required step is open.
    Checklist {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
    },
    /// Tick a step before the start.
    Tick {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        /// The step's key, as `deploy checklist` lists it.
        step: String,
        /// Take the tick back.
        #[arg(long)]
        undo: bool,
    },
    /// Stream the log until the run ends or asks.
    Follow {
        /// DEP-3, or HF-2 for its newest deployment; what runs now, if left out.
        key: Option<String>,
    },
    /// The log that was kept, or the lines of it that contain a text.
    Log {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        /// Only lines that contain this, whatever the case.
        #[arg(long)]
        text: Option<String>,
        /// Only those of one target.
        #[arg(long)]
        target: Option<String>,
    },
    /// Begin no further target.
    Pause {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
    },
    /// Go on after a pause that somebody made.
    Resume {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
    },
    /// Let the next wave begin: no more pause, no more waiting.
    #[command(name = "go-on")]
    GoOn {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Say that one takes the decision.
    Claim {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
    },
    /// Decide what becomes of a run that holds.
    Decide {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        #[arg(value_parser = ["retry", "skip", "roll_back", "stop", "look_again", "it_worked", "it_did_not"])]
        decision: String,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Call a planned deployment off; stop what runs of one that runs, and ask what becomes of it.
    Cancel {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        #[arg(long)]
        reason: String,
    },
    /// Put back what ran before.
    Rollback {
        /// DEP-3, or HF-2 for its newest deployment.
        key: String,
        #[arg(long)]
        reason: String,
    },
    /// Record an ordinary release.
    Record {
        #[arg(long)]
        product: String,
        #[arg(long)]
        environment: String,
        #[arg(long = "version", value_name = "VERSION")]
        product_version: String,
        /// The commit it was released from: a package that contains it keeps what it brought.
        #[arg(long, default_value = "")]
        commit: String,
        /// Hot fixes whose changes are part of it: HF-1,HF-2 …
        #[arg(long, value_delimiter = ',')]
        contains: Vec<String>,
    },
    /// List deployments, the newest first.
    List,
    /// What runs where, and how that is known.
    RunsWhere {
        /// Ask the endpoints first, and record what differs. 3 if what they say is unclear.
        #[arg(long)]
        ask: bool,
    },
}

pub fn deploy(context: &Context, verb: Deploy) -> Result<u8, Failure> {
    match verb {
        Deploy::Plan { key, environment, from, minutes, automatic } => {
            let start = from.unwrap_or_else(now);
            let end = start.plus(std::time::Duration::from_secs(u64::from(minutes) * 60));
            let request = json!({
                "key": key, "environment": environment, "starts_at": start, "window_ends_at": end, "automatic": automatic,
            });
            done(context, "deploy_plan", request)
        }
        Deploy::Start { key, environment } => {
            // Asked for first, so that a key that does not exist is named as such.
            context.call("fix_show", json!({ "key": key }))?;
            let of_it = json!({ "hotfix": key, "environment": environment, "limit": 500 });
            let shown = context.call("deploy_list", of_it)?;
            let rows = shown["rows"].as_array().into_iter().flatten();
            // One that was missed can be started, too; the gate says what it then needs.
            let planned = rows
                .into_iter()
                .find(|row| row["state"] == "planned" || row["state"] == "missed")
                .ok_or_else(|| {
                    Error::denied(format!("Nothing of {key} is planned for {environment}."))
                        .hint("`hotfix deploy plan` first.")
                })?;
            context.call("deploy_start", json!({ "key": planned["key"] }))?;
            context.print.done(&text(&planned["key"]), &json!({ "key": planned["key"] }))
        }
        Deploy::Follow { key } => {
            let key = match key {
                Some(key) => deployment(context, key)?,
                None => running_now(context)?,
            };
            follow(context, &key)
        }
        Deploy::Log { key, text, target } => {
            let key = deployment(context, key)?;
            log(context, &key, text.as_deref(), target.as_deref())
        }
        Deploy::Pause { key } => {
            let key = deployment(context, key)?;
            done(context, "deploy_pause", json!({ "key": key }))
        }
        Deploy::Resume { key } => {
            let key = deployment(context, key)?;
            done(context, "deploy_resume", json!({ "key": key }))
        }
        Deploy::GoOn { key, reason } => {
            let key = deployment(context, key)?;
            done(context, "deploy_let_on", json!({ "key": key, "reason": reason }))
        }
        Deploy::Claim { key } => {
            let key = deployment(context, key)?;
            done(context, "deploy_claim", json!({ "key": key }))
        }
        Deploy::Notices { key } => {
            let key = deployment(context, key)?;
            notices(context, &key)
        }
        Deploy::Tell { key, audience, channel, preview, skip } => {
            let key = deployment(context, key)?;
            tell(context, &key, &audience, &channel, preview, skip)
        }
        Deploy::Checklist { key } => {
            let key = deployment(context, key)?;
            checklist(context, &key)
        }
        Deploy::Tick { key, step, undo } => {
            let key = deployment(context, key)?;
            let request = json!({ "key": key, "item": step, "ticked": !undo });
            done(context, "procedure_tick", request)
        }
        Deploy::Decide { key, decision, reason } => {
            let key = deployment(context, key)?;
            let request = json!({ "key": key, "decision": decision, "reason": reason });
            done(context, "deploy_decide", request)
        }
        Deploy::Answer { key, answer, person, name, text } => {
            let key = deployment(context, key)?;
            let request = json!({
                "key": key, "answer": answer, "person": person, "name": name, "text": text,
            });
            done(context, "deploy_answer", request)
        }
        Deploy::Cancel { key, reason } => {
            let key = deployment(context, key)?;
            let shown = context.call("deploy_show", json!({ "key": key }))?;
            let verb = match shown["deployment"]["state"].as_str() {
                Some("deploying") => "deploy_cancel",
                _ => "deploy_call_off",
            };
            done(context, verb, json!({ "key": key, "reason": reason }))
        }
        Deploy::Rollback { key, reason } => {
            let key = deployment(context, key)?;
            done(context, "deploy_rollback", json!({ "key": key, "reason": reason }))
        }
        Deploy::Record { product, environment, product_version, commit, contains } => {
            let request = json!({
                "product": product, "environment": environment, "version": product_version,
                "commit": commit, "contains": contains,
            });
            done(context, "deploy_record", request)
        }
        Deploy::List => {
            let page = context.call("deploy_list", json!({ "limit": 500 }))?;
            context.print.list(&page["rows"], |row| {
                format!(
                    "{:<7} {:<7} r{:<3} {:<12} {}",
                    text(&row["key"]),
                    text(&row["hotfix"]),
                    text(&row["revision"]),
                    text(&row["state"]),
                    text(&row["environment"])
                )
            })
        }
        Deploy::RunsWhere { ask } => runs_where(context, ask),
    }
}

fn notices(context: &Context, key: &str) -> Result<u8, Failure> {
    let stands = context.call("notice_list", json!({ "key": key }))?;
    context.print.list(&stands, |one| {
        let notice = &one["notice"];
        let ahead = match notice["minutes"].as_u64() {
            Some(minutes @ 1..) => format!(" {minutes} min"),
            _ => String::new(),
        };
        let how = match (text(&one["told"]["message"]), text(&one["told"]["reason"])) {
            (_, reason) if !reason.is_empty() => reason,
            (message, _) => message,
        };
        let what = format!("{}{ahead}", text(&notice["occasion"]));
        format!("{:<8} {:<20} {what:<14} {how}", text(&one["state"]), text(&notice["audience"]))
    })?;
    let due = stands.as_array().into_iter().flatten().any(|one| one["state"] == "due");
    Ok(u8::from(due))
}

pub(super) fn checklist(context: &Context, key: &str) -> Result<u8, Failure> {
    let shown = context.call("deploy_show", json!({ "key": key }))?;
    let one = &shown["deployment"];
    let rows = |list: &str| one[list].as_array().cloned().unwrap_or_default();
    let (procedures, checks) = (rows("procedures"), rows("checks"));
    let open = procedures
        .iter()
        .any(|step| step["item"]["required"] == true && step["ticked_at"].is_null());
    let line = |row: &Value| {
        let item = &row["item"];
        let state = match (&row["ticked_at"], &row["result"]) {
            (Value::String(_), _) => "ticked",
            (_, Value::String(result)) => result.as_str(),
            _ => "open",
        };
        json!({
            "step": item["id"], "kind": item["kind"], "state": state, "text": item["text"],
            "expected": item["expected"], "required": item["required"],
            "instructions": item["instructions"], "how": item["how"],
            "by": row.get("ticked_by").or(row.get("by")),
            "by_machine": row["by_machine"] == true,
            "at": row.get("ticked_at").or(row.get("at")),
        })
    };
    let all: Vec<Value> = procedures.iter().chain(&checks).map(line).collect();
    context.print.list(&Value::Array(all), |row| {
        let mut lines = format!(
            "{:<24} {:<11} {:<8} {}{}",
            text(&row["step"]),
            text(&row["kind"]),
            text(&row["state"]),
            text(&row["text"]),
            if row["required"] == true { "" } else { " (optional)" },
        );
        for instruction in row["instructions"].as_str().unwrap_or_default().lines() {
            lines.push_str("\n    ");
            lines.push_str(instruction);
        }
        lines
    })?;
    Ok(u8::from(open))
}

/// Gives what is due for an audience, or leaves it out.
fn tell(
    context: &Context,
    key: &str,
    audience: &str,
    channel: &str,
    preview: bool,
    skip: Option<String>,
) -> Result<u8, Failure> {
    let stands = context.call("notice_list", json!({ "key": key }))?;
    let due = stands
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["state"] == "due" && one["notice"]["audience"] == audience)
        .ok_or_else(|| {
            Error::denied(format!("Nothing of {key} is due for “{audience}”."))
                .hint(format!("`hotfix deploy notices {key}` lists what is."))
        })?;
    if let Some(reason) = skip {
        let request = json!({ "key": key, "notice": due["notice"], "reason": reason });
        return done(context, "notice_skip", request);
    }
    let shown = context.call("deploy_show", json!({ "key": key }))?;
    let hotfix = &shown["deployment"]["hotfix"];
    let about = json!({
        "hotfix": hotfix, "purpose": due["purpose"], "audience": audience, "deployment": key,
        "channel": channel,
    });
    let message = context.call("message_preview", about)?;
    if preview {
        return super::message::show(context, channel, &message);
    }
    let send = json!({
        "hotfix": hotfix, "purpose": due["purpose"], "channel": channel, "audience": audience,
        "subject": message["subject"], "body": message["body"],
        "notice": { "deployment": key, "notice": due["notice"] },
    });
    let sent = context.call("message_send", send)?;
    let document = json!({
        "key": sent["key"], "subject": message["subject"], "body": message["body"],
        "recipients": message["recipients"],
    });
    context.print.done(
        &format!(
            "{}: {}\n\n{}",
            text(&sent["key"]),
            text(&message["subject"]),
            text(&message["body"])
        ),
        &document,
    )
}

fn runs_where(context: &Context, ask: bool) -> Result<u8, Failure> {
    let mut unclear = false;
    if ask {
        let rows = context.call("runs_where", json!({}))?;
        for row in rows.as_array().into_iter().flatten().filter(|row| row["targets"] != 0) {
            let place = json!({ "product": row["product"], "environment": row["environment"] });
            let asked = context.call("runs_where_ask", place)?;
            unclear |= asked["heard"] == "unclear";
        }
    }
    let rows = context.call("runs_where", json!({}))?;
    context.print.list(&rows, |row| {
        let running = &row["running"];
        let hotfixes: Vec<String> = running["hotfixes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| text(&one["hotfix"]))
            .collect();
        let how = match text(&row["source"]["by"]).as_str() {
            "deployment" => format!(" (deployed, {})", text(&row["source"]["who"])),
            "endpoint" => format!(" (told by {})", text(&row["source"]["who"])),
            "person" => format!(" (recorded by {})", text(&row["source"]["who"])),
            _ => String::new(),
        };
        let said: Vec<String> = row["told"]["targets"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|_| ask)
            .map(|one| match (text(&one["version"]), text(&one["error"])) {
                (version, _) if !version.is_empty() => {
                    format!("\n  {}: {version}", text(&one["target"]))
                }
                (_, error) if !error.is_empty() => {
                    format!("\n  {}: did not answer: {error}", text(&one["target"]))
                }
                _ => format!("\n  {}: cannot be asked", text(&one["target"])),
            })
            .collect();
        format!(
            "{} {}: {} {}{how}{}",
            text(&row["product"]),
            text(&row["environment"]),
            text(&running["version"]),
            hotfixes.join(" "),
            said.concat()
        )
    })?;
    Ok(if unclear { 3 } else { 0 })
}

/// A deployment by its own key, or by that of its hot fix.
pub(super) fn deployment(context: &Context, key: String) -> Result<String, Failure> {
    if !key.starts_with("HF-") {
        return Ok(key);
    }
    context.call("fix_show", json!({ "key": key }))?;
    let shown = context.call("deploy_list", json!({ "hotfix": key, "limit": 1 }))?;
    match shown["rows"][0]["key"].as_str() {
        Some(newest) => Ok(newest.to_owned()),
        None => Err(Error::denied(format!("{key} has no deployment.")).into()),
    }
}

fn running_now(context: &Context) -> Result<String, Failure> {
    let shown = context.call("deploy_list", json!({ "state": "deploying", "limit": 500 }))?;
    let rows = shown["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    match rows {
        [one] => Ok(text(&one["key"])),
        [] => Err(Failure::usage("KEY", "Nothing is being deployed.", "Name a deployment: DEP-3.")),
        several => {
            let keys: Vec<String> = several.iter().map(|row| text(&row["key"])).collect();
            Err(Failure::usage(
                "KEY",
                "Several deployments run.",
                &format!("Name one: {}.", keys.join(", ")),
            ))
        }
    }
}

/// All of what was kept, page by page.
fn log(
    context: &Context,
    key: &str,
    wanted: Option<&str>,
    target: Option<&str>,
) -> Result<u8, Failure> {
    context.call("deploy_show", json!({ "key": key }))?;
    let mut after = 0;
    loop {
        let request = json!({
            "key": key, "after": after, "limit": 10_000, "text": wanted, "target": target,
        });
        let lines = context.call("deploy_log", request)?;
        context.print.list(&lines, |line| {
            format!("{}  {:<12} {}", text(&line["at"]), text(&line["target"]), text(&line["text"]))
        })?;
        match lines.as_array().and_then(|lines| lines.last()).and_then(|line| line["id"].as_i64()) {
            Some(last) => after = last,
            None => return Ok(0),
        }
    }
}

/// 0 when the run succeeded, 1 when it failed, was rolled back or asks, 3 when it is unknown.
fn follow(context: &Context, key: &str) -> Result<u8, Failure> {
    let desk = context.desk()?;
    let mut after = 0;
    loop {
        // The state first: what was logged until the end is then among the lines.
        let shown = desk.call_as("deploy_show", json!({ "key": key }), &context.how)?;
        let lines =
            desk.call_as("deploy_log", json!({ "key": key, "after": after }), &context.how)?;
        context.print.list(&lines, |line| {
            format!("{}  {:<12} {}", text(&line["at"]), text(&line["target"]), text(&line["text"]))
        })?;
        if let Some(last) = lines.as_array().and_then(|lines| lines.last()) {
            after = last["id"].as_i64().unwrap_or(after);
            // A page is full of lines, so there may be more behind it.
            continue;
        }
        let deployment = &shown["deployment"];
        let state = text(&deployment["state"]);
        if let Some(hold) = deployment["run"]["hold"].as_object() {
            let unknown = hold.get("unknown") == Some(&Value::Bool(true));
            let reason = text(&deployment["run"]["hold"]["reason"]);
            context.print.done(
                &format!("Held: {reason} Decide with `hotfix deploy decide {key}`."),
                &json!({ "key": key, "state": state, "held": hold }),
            )?;
            return Ok(if unknown { 3 } else { 1 });
        }
        if !matches!(state.as_str(), "planned" | "deploying") {
            context.print.done(
                &format!("{key} {state}"),
                &json!({ "key": key, "state": state, "reason": deployment["reason"] }),
            )?;
            return Ok(u8::from(!matches!(state.as_str(), "validating" | "done")));
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
}
