//! Verbs that become one request each.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use hotfix_core::{
    desk::{Instant, now},
    error::Error,
};
use serde_json::{Map, Value, json};
use std::{io::Read as _, path::PathBuf};

#[derive(Subcommand)]
pub enum Issue {
    /// Log an issue.
    Log(Box<Log>),
    /// List issues; the open ones, unless --all or --state.
    List {
        #[arg(long)]
        state: Option<String>,
        #[arg(long)]
        priority: Option<String>,
        #[arg(long)]
        text: Option<String>,
        #[arg(long)]
        all: bool,
        #[arg(long)]
        limit: Option<u32>,
    },
    /// One issue, exactly as it was entered.
    Show { key: String },
    /// The issues most like a report.
    Similar {
        #[arg(long)]
        title: String,
        #[arg(long, default_value = "")]
        description: String,
        #[arg(long, default_value = "")]
        component: String,
        #[arg(long)]
        top: Option<u32>,
    },
    /// Triage by impact and urgency.
    Triage(Triage),
    /// Say something to the reporter, or among ourselves.
    Comment {
        key: String,
        text: String,
        #[arg(long)]
        internal: bool,
    },
    /// Mark issues as the same as another.
    Merge {
        #[arg(required = true)]
        keys: Vec<String>,
        #[arg(long)]
        into: String,
    },
    /// It is not over after all.
    Reopen {
        key: String,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Args)]
pub struct Log {
    #[arg(long)]
    title: String,
    /// The text, or - for standard input.
    #[arg(long, default_value = "")]
    description: String,
    #[arg(long)]
    product: Option<String>,
    #[arg(long, default_value = "")]
    component: String,
    #[arg(long = "version", value_name = "VERSION", default_value = "")]
    product_version: String,
    #[arg(long, default_value = "")]
    environment: String,
    /// "Name <mail>"
    #[arg(long, default_value = "")]
    reporter: String,
    #[arg(long)]
    affected: Option<u32>,
    /// When it was reported (RFC 3339).
    #[arg(long)]
    at: Option<Instant>,
    #[arg(long)]
    attach: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Triage {
    key: String,
    #[arg(long, value_parser = LEVELS)]
    impact: Option<String>,
    #[arg(long, value_parser = LEVELS)]
    impact_system: Option<String>,
    #[arg(long, value_parser = LEVELS)]
    impact_users: Option<String>,
    #[arg(long, value_parser = LEVELS)]
    impact_business: Option<String>,
    #[arg(long, value_parser = LEVELS)]
    urgency: String,
    #[arg(long, default_value = "")]
    note: String,
}

const LEVELS: [&str; 3] = ["high", "medium", "low"];

/// "Name <mail>", a name, or a mail address.
fn contact(text: &str) -> Value {
    let text = text.trim();
    if let Some((name, rest)) = text.split_once('<') {
        return json!({ "name": name.trim(), "reach": rest.trim_end_matches('>').trim() });
    }
    if text.contains('@') {
        json!({ "name": "", "reach": text })
    } else {
        json!({ "name": text, "reach": "" })
    }
}

pub fn issue(context: &Context, verb: Issue) -> Result<u8, Failure> {
    match verb {
        Issue::Log(log) => log_issue(context, *log),
        Issue::List { state, priority, text: words, all, limit } => {
            let mut request = json!({
                "state": state, "priority": priority, "text": words.unwrap_or_default(), "all": all,
                "limit": limit.map(|limit| limit.min(500)),
            });
            // Pages are fetched until the limit: a list has no end that is not said.
            let mut left = limit.unwrap_or(u32::MAX);
            loop {
                let page = context.call("issue_list", request.clone())?;
                let rows: Vec<Value> = page["rows"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .take(left as usize)
                    .cloned()
                    .collect();
                left = left.saturating_sub(rows.len() as u32);
                context.print.list(&Value::Array(rows), |row| {
                    format!(
                        "{:<9} {:<3} {:<10} {}",
                        text(&row["key"]),
                        text(&row["priority"]),
                        text(&row["state"]),
                        text(&row["title"])
                    )
                })?;
                if page["next"].is_null() || left == 0 {
                    return Ok(0);
                }
                request["after"] = page["next"].clone();
            }
        }
        Issue::Show { key } => {
            let shown = context.call("issue_show", json!({ "key": key }))?;
            context.print.document(&shown["issue"])
        }
        Issue::Similar { title, description, component, top } => {
            let request = json!({ "title": title, "description": description, "component": component, "top": top });
            let found = context.call("issue_similar", request)?;
            context.print.list(&found, |one| {
                format!("{}  {}  ({})", text(&one["key"]), text(&one["title"]), text(&one["why"]))
            })
        }
        Issue::Triage(triage) => {
            let parts = [&triage.impact_system, &triage.impact_users, &triage.impact_business];
            if triage.impact.is_none() && parts.iter().all(|part| part.is_none()) {
                return Err(Failure::usage(
                    "The impact is missing.",
                    "Use --impact high|medium|low.",
                ));
            }
            let level = |part: &Option<String>| {
                part.clone().or_else(|| triage.impact.clone()).unwrap_or_else(|| "low".into())
            };
            let request = json!({
                "keys": [triage.key], "impact_system": level(&triage.impact_system),
                "impact_users": level(&triage.impact_users), "impact_business": level(&triage.impact_business),
                "urgency": triage.urgency, "note": triage.note,
            });
            let given = context.call("issue_triage", request)?;
            context.print.done(&text(&given["reason"]), &given)
        }
        Issue::Comment { key, text, internal } => done(
            context,
            "issue_comment",
            json!({ "key": key, "text": text, "internal": internal }),
        ),
        Issue::Merge { keys, into } => {
            done(context, "issue_merge", json!({ "keys": keys, "into": into }))
        }
        Issue::Reopen { key, reason } => {
            done(context, "issue_reopen", json!({ "keys": [key], "reason": reason }))
        }
    }
}

fn log_issue(context: &Context, log: Log) -> Result<u8, Failure> {
    let description = if log.description == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        log.description
    };
    let desk = context.desk()?;
    let mut attachments = Vec::new();
    for path in log.attach {
        attachments.push(desk.call_as("blob_put_file", json!({ "path": path }), &context.how)?);
    }
    let request = json!({
        "text": { "title": log.title, "description": description, "reporter": contact(&log.reporter) },
        "channel": "import", "product": log.product, "component": log.component,
        "version": log.product_version, "environment": log.environment, "affected": log.affected,
        "attachments": attachments,
    });
    let how = hotfix_core::desk::As { at: log.at, ..context.how.clone() };
    let made = desk.call_as("issue_log", request, &how)?;
    context.print.done(&text(&made["key"]), &made)
}

fn done(context: &Context, name: &str, request: Value) -> Result<u8, Failure> {
    let answer = context.call(name, request)?;
    match answer["key"].as_str() {
        Some(key) => context.print.done(key, &answer),
        None => context.print.done("Done.", &answer),
    }
}

#[derive(Subcommand)]
pub enum Fix {
    /// Start a hot fix from issues.
    New {
        /// ISS-1,ISS-2 …
        #[arg(long, value_delimiter = ',', required = true)]
        issues: Vec<String>,
        #[arg(long, default_value = "")]
        title: String,
        #[arg(long)]
        product: Option<String>,
    },
    /// List hot fixes; the open ones, unless --all.
    List {
        #[arg(long)]
        all: bool,
    },
    /// One hot fix with its deployments and its gate.
    Show {
        key: String,
    },
    /// Can I ship now? Exit 1 when something is in the way.
    Blockers {
        key: String,
        #[arg(long)]
        environment: Option<String>,
    },
    Assign {
        key: String,
        #[arg(long)]
        person: Option<String>,
        #[arg(long)]
        team: Option<String>,
    },
    /// Record the root cause.
    Cause {
        key: String,
        #[arg(long, value_parser = ["code", "configuration", "data", "dependency", "infrastructure", "process"])]
        kind: String,
        #[arg(long)]
        what: String,
        #[arg(long)]
        why: Vec<String>,
    },
    Solution {
        key: String,
        text: String,
    },
    Risk {
        key: String,
        #[arg(long, value_parser = LEVELS)]
        level: String,
        text: String,
    },
    RollbackPlan {
        key: String,
        text: String,
    },
    #[command(subcommand)]
    Change(Change),
    #[command(subcommand)]
    Evidence(Evidence),
    #[command(subcommand)]
    Package(Package),
    /// Development to Rollout.
    Rollout {
        key: String,
    },
    /// Back to Development.
    Return {
        key: String,
        #[arg(long)]
        reason: String,
    },
    AskApproval {
        key: String,
        #[arg(long)]
        environment: String,
    },
    Approve {
        key: String,
        #[arg(long)]
        environment: String,
        #[arg(long, default_value = "")]
        note: String,
    },
    Decline {
        key: String,
        #[arg(long)]
        environment: String,
        #[arg(long)]
        reason: String,
    },
    /// Go through a shut gate with a reason; a review opens.
    Override {
        key: String,
        #[arg(long)]
        blocker: String,
        #[arg(long)]
        environment: Option<String>,
        #[arg(long)]
        reason: String,
    },
    /// Everything that happened.
    Timeline {
        key: String,
    },
    Lessons {
        key: String,
        text: String,
    },
    Close {
        key: String,
    },
    Cancel {
        key: String,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Subcommand)]
pub enum Change {
    /// Read a commit from a repository and record it.
    Add {
        key: String,
        #[arg(long)]
        commit: String,
        #[arg(long)]
        repository: Option<PathBuf>,
    },
    /// Look on which living branches the changes are.
    Branches { key: String },
}

#[derive(Subcommand)]
pub enum Evidence {
    /// Record proof that tests ran.
    Add {
        key: String,
        #[arg(long)]
        commit: String,
        #[arg(long)]
        passed: u32,
        #[arg(long, default_value_t = 0)]
        failed: u32,
        #[arg(long, default_value_t = 0)]
        skipped: u32,
        #[arg(long, default_value = "")]
        suite: String,
    },
}

#[derive(Subcommand)]
pub enum Package {
    /// Build the next revision; without --from out of the files the changes touched.
    Build {
        key: String,
        #[arg(long)]
        from: Vec<PathBuf>,
        /// Also write the package to this new file.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Hold every byte of a package file against its manifest.
    Verify { file: PathBuf },
}

pub fn fix(context: &Context, verb: Fix) -> Result<u8, Failure> {
    match verb {
        Fix::New { issues, title, product } => done(
            context,
            "fix_new",
            json!({ "issues": issues, "title": title, "product": product }),
        ),
        Fix::List { all } => {
            let page = context.call("fix_list", json!({ "all": all, "limit": 500 }))?;
            context.print.list(&page["rows"], |row| {
                format!(
                    "{:<7} {:<3} {:<12} {}",
                    text(&row["key"]),
                    text(&row["priority"]),
                    text(&row["phase"]),
                    text(&row["title"])
                )
            })
        }
        Fix::Show { key } => {
            let shown = context.call("fix_show", json!({ "key": key }))?;
            context.print.document(&shown)
        }
        Fix::Blockers { key, environment } => {
            let ship =
                context.call("fix_blockers", json!({ "key": key, "environment": environment }))?;
            context.print.list(&ship["blockers"], |one| {
                format!(
                    "{}: {} {}",
                    text(&one["code"]),
                    text(&one["message"]),
                    text(&one["remedy"])
                )
            })?;
            Ok(u8::from(ship["blockers"].as_array().is_some_and(|blockers| !blockers.is_empty())))
        }
        Fix::Assign { key, person, team } => {
            done(context, "fix_assign", json!({ "key": key, "person": person, "team": team }))
        }
        Fix::Cause { key, kind, what, why } => done(
            context,
            "fix_cause",
            json!({ "key": key, "cause": kind, "text": { "what": what, "whys": why } }),
        ),
        Fix::Solution { key, text } => {
            done(context, "fix_solution", json!({ "key": key, "text": { "text": text } }))
        }
        Fix::Risk { key, level, text } => {
            done(context, "fix_risk", json!({ "key": key, "risk": level, "text": text }))
        }
        Fix::RollbackPlan { key, text } => {
            done(context, "fix_rollback_plan", json!({ "key": key, "text": text }))
        }
        Fix::Change(Change::Add { key, commit, repository }) => done(
            context,
            "fix_change_add",
            json!({ "key": key, "commit": commit, "repository": repository }),
        ),
        Fix::Change(Change::Branches { key }) => {
            context.call("fix_branches_check", json!({ "key": key }))?;
            let shown = context.call("fix_show", json!({ "key": key }))?;
            for change in shown["hotfix"]["changes"].as_array().into_iter().flatten() {
                context.print.list(&change["change"]["branches"], |one| {
                    format!("{}: {}", text(&one["branch"]), text(&one["presence"]))
                })?;
            }
            Ok(0)
        }
        Fix::Evidence(Evidence::Add { key, commit, passed, failed, skipped, suite }) => {
            let evidence = json!({ "commit": commit, "suite": suite, "passed": passed, "failed": failed, "skipped": skipped });
            done(context, "fix_tests_add", json!({ "key": key, "evidence": evidence }))
        }
        Fix::Package(verb) => package(context, verb),
        Fix::Rollout { key } => done(context, "fix_rollout", json!({ "key": key })),
        Fix::Return { key, reason } => {
            done(context, "fix_return", json!({ "key": key, "reason": reason }))
        }
        Fix::AskApproval { key, environment } => {
            done(context, "fix_ask_approval", json!({ "key": key, "environment": environment }))
        }
        Fix::Approve { key, environment, note } => {
            let given = context.call(
                "fix_approve",
                json!({ "key": key, "environment": environment, "note": note }),
            )?;
            context.print.done(&format!("Approved until {}", text(&given["expires_at"])), &given)
        }
        Fix::Decline { key, environment, reason } => done(
            context,
            "fix_decline",
            json!({ "key": key, "environment": environment, "reason": reason }),
        ),
        Fix::Override { key, blocker, environment, reason } => {
            let request = json!({ "key": key, "gate": "", "blocker": blocker, "environment": environment, "reason": reason });
            done(context, "fix_override", request)
        }
        Fix::Timeline { key } => {
            let entries = context.call("timeline", json!({ "key": key }))?;
            context.print.list(&entries, |one| {
                format!("{}  {} {}", text(&one["at"]), text(&one["actor_name"]), text(&one["text"]))
            })
        }
        Fix::Lessons { key, text } => {
            done(context, "fix_lessons", json!({ "key": key, "text": text }))
        }
        Fix::Close { key } => done(context, "fix_close", json!({ "key": key })),
        Fix::Cancel { key, reason } => {
            done(context, "fix_cancel", json!({ "key": key, "reason": reason }))
        }
    }
}

fn package(context: &Context, verb: Package) -> Result<u8, Failure> {
    match verb {
        Package::Build { key, from, out } => {
            let from: Vec<Value> = from
                .iter()
                .map(|path| json!({ "path": path, "from_commit": false, "role": "file" }))
                .collect();
            let desk = context.desk()?;
            let built = desk.call_as(
                "fix_package_build",
                json!({ "key": key, "from": from }),
                &context.how,
            )?;
            if let Some(out) = out {
                let request = json!({ "key": key, "revision": built["revision"], "path": out });
                desk.call_as("fix_package_export", request, &context.how)?;
            }
            context.print.done(&format!("r{} {}", built["revision"], text(&built["hash"])), &built)
        }
        Package::Verify { file } => {
            let manifest = hotfix_core::desk::verify_package(&file)?;
            context.print.document(&manifest)
        }
    }
}

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
    /// Stream the log until the run ends or asks.
    Follow { key: String },
    /// Decide what becomes of a run that holds.
    Decide {
        key: String,
        #[arg(value_parser = ["retry", "skip", "roll_back", "stop", "look_again", "it_worked", "it_did_not"])]
        decision: String,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Call a planned deployment off.
    Cancel {
        key: String,
        #[arg(long)]
        reason: String,
    },
    Rollback {
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
    },
    /// List deployments, the newest first.
    List,
    /// What runs where.
    RunsWhere,
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
            let shown = context.call(
                "deploy_list",
                json!({ "hotfix": key, "environment": environment, "open": true }),
            )?;
            let planned =
                shown["rows"].as_array().and_then(|rows| rows.first()).ok_or_else(|| {
                    Error::invalid(format!("Nothing of {key} is planned for {environment}."))
                        .hint("`hotfix deploy plan` first.")
                })?;
            context.call("deploy_start", json!({ "key": planned["key"] }))?;
            context.print.done(&text(&planned["key"]), &json!({ "key": planned["key"] }))
        }
        Deploy::Follow { key } => follow(context, &key),
        Deploy::Decide { key, decision, reason } => done(
            context,
            "deploy_decide",
            json!({ "key": key, "decision": decision, "reason": reason }),
        ),
        Deploy::Cancel { key, reason } => {
            done(context, "deploy_call_off", json!({ "key": key, "reason": reason }))
        }
        Deploy::Rollback { key, reason } => {
            done(context, "deploy_rollback", json!({ "key": key, "reason": reason }))
        }
        Deploy::Record { product, environment, product_version } => {
            let request = json!({ "product": product, "environment": environment, "version": product_version });
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
        Deploy::RunsWhere => {
            let rows = context.call("runs_where", json!({}))?;
            context.print.list(&rows, |row| {
                let running = &row["running"];
                let hotfixes: Vec<String> = running["hotfixes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|one| text(&one["hotfix"]))
                    .collect();
                format!(
                    "{} {}: {} {}",
                    text(&row["product"]),
                    text(&row["environment"]),
                    text(&running["version"]),
                    hotfixes.join(" ")
                )
            })
        }
    }
}

/// 0 when the run succeeded, 1 when it failed, was rolled back or asks, 3 when it is unknown.
fn follow(context: &Context, key: &str) -> Result<u8, Failure> {
    let desk = context.desk()?;
    let mut after = 0;
    loop {
        let lines =
            desk.call_as("deploy_log", json!({ "key": key, "after": after }), &context.how)?;
        context.print.list(&lines, |line| {
            format!("{}  {:<12} {}", text(&line["at"]), text(&line["target"]), text(&line["text"]))
        })?;
        after = lines
            .as_array()
            .and_then(|lines| lines.last())
            .and_then(|line| line["id"].as_i64())
            .unwrap_or(after);
        let shown = desk.call_as("deploy_show", json!({ "key": key }), &context.how)?;
        let deployment = &shown["deployment"];
        if let Some(hold) = deployment["run"]["hold"].as_object() {
            let unknown = hold.get("unknown") == Some(&Value::Bool(true));
            context.print.done(
                &format!("Held: {}", text(&deployment["run"]["hold"]["reason"])),
                &json!({ "held": hold }),
            )?;
            return Ok(if unknown { 3 } else { 1 });
        }
        match deployment["state"].as_str() {
            Some("planned" | "deploying") => {}
            Some("validating" | "done") => return Ok(0),
            _ => return Ok(1),
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
}

#[derive(Subcommand)]
pub enum Message {
    /// List messages, the newest first.
    List,
    /// Queue a message from its template; it leaves after ten seconds.
    Send {
        key: String,
        #[arg(long, value_parser = ["known_issue", "scheduled", "in_progress", "fixed", "delayed", "rolled_back", "closed", "feedback"])]
        purpose: String,
        #[arg(long, value_parser = ["desktop", "clipboard"], default_value = "desktop")]
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

#[derive(Subcommand)]
pub enum Monitor {
    /// What is being watched.
    List,
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
        Monitor::Stop { key, reason } => {
            let now = now();
            done(context, "monitor_extend", json!({ "key": key, "until": now, "reason": reason }))
        }
    }
}

#[derive(Subcommand)]
pub enum Calendar {
    /// The next free slots.
    Free {
        #[arg(long)]
        product: String,
        #[arg(long)]
        environment: String,
        #[arg(long)]
        minutes: u32,
        #[arg(long)]
        from: Option<Instant>,
        #[arg(long)]
        count: Option<u32>,
    },
}

pub fn calendar(context: &Context, verb: Calendar) -> Result<u8, Failure> {
    let Calendar::Free { product, environment, minutes, from, count } = verb;
    let request = json!({ "product": product, "environment": environment, "minutes": minutes, "from": from, "count": count });
    let slots = context.call("calendar_free", request)?;
    context.print.list(&slots, |slot| {
        format!("{} – {}  {}", text(&slot["start"]), text(&slot["end"]), text(&slot["why"]))
    })
}

#[derive(Subcommand)]
pub enum Endpoint {
    /// Explain every mistake in a recipe, by line.
    Check { file: PathBuf },
    /// Add an endpoint, from a recipe that ships or from a file.
    Add {
        /// `generic-http`, or a recipe's file.
        recipe: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        base_url: String,
    },
    /// Ask it whether it answers, and show the call.
    Try { name: String },
}

pub fn endpoint(context: &Context, verb: Endpoint) -> Result<u8, Failure> {
    match verb {
        Endpoint::Check { file } => {
            let problems = hotfix_core::desk::check_recipe(&file)?;
            let count = problems.as_array().map_or(0, Vec::len);
            context.print.list(&problems, |one| {
                format!("line {}: {}", one["line"], text(&one["message"]))
            })?;
            Ok(u8::from(count > 0))
        }
        Endpoint::Add { recipe, name, base_url } => {
            let (recipe, recipe_text) = match std::fs::read_to_string(&recipe) {
                Ok(text) => ("custom".to_owned(), text),
                Err(_) => (recipe, String::new()),
            };
            let id: String = name
                .to_lowercase()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect();
            let object = json!({
                "kind": "endpoint", "id": id, "name": name, "recipe": recipe, "recipe_text": recipe_text, "base_url": base_url,
            });
            context.call("catalog_save", json!({ "object": object }))?;
            context.print.done(&id, &json!({ "id": id }))
        }
        Endpoint::Try { name } => {
            let tried = context.call("endpoint_try", json!({ "endpoint": name }))?;
            context.print.document(&tried)?;
            Ok(if tried["ok"] == true { 0 } else { 3 })
        }
    }
}
