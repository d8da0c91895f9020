//! `hotfix fix …`: one hot fix from its issues to its end.

use super::{LEVELS, change, done, evidence, package};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::{Value, json};

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
    /// Give it to a person, a team, or somebody of a team; to nobody with neither.
    Assign {
        key: String,
        #[arg(long)]
        person: Option<String>,
        #[arg(long)]
        team: Option<String>,
        /// Why; wanted when it is taken from somebody.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Who is busy with how much, and who is there now.
    Load {
        /// The members of one team.
        #[arg(long)]
        team: Option<String>,
    },
    /// Record the root cause.
    Cause {
        key: String,
        /// code: the program does something else than was meant; configuration: a setting or switch;
        /// data: a content nobody expected; dependency: a library or service of others;
        /// infrastructure: machines, network, certificates; process: a step that people left out.
        #[arg(long, value_parser = ["code", "configuration", "data", "dependency", "infrastructure", "process"])]
        kind: String,
        #[arg(long)]
        what: String,
        /// Why that was so, and why that; as often as it leads somewhere.
        #[arg(long)]
        why: Vec<String>,
        #[arg(long, default_value = "")]
        since_version: String,
        /// A commit, tag or branch of the product's repository.
        #[arg(long, default_value = "")]
        since_commit: String,
        /// Where it may happen next.
        #[arg(long, default_value = "")]
        next: String,
        #[command(flatten)]
        base: Base,
    },
    Solution {
        key: String,
        text: String,
        /// What else was considered, and why not.
        #[arg(long, default_value = "")]
        alternatives: String,
        #[command(flatten)]
        base: Base,
    },
    Risk {
        key: String,
        #[arg(long, value_parser = LEVELS)]
        level: String,
        text: String,
        #[command(flatten)]
        base: Base,
    },
    RollbackPlan {
        key: String,
        text: String,
        #[command(flatten)]
        base: Base,
    },
    #[command(subcommand)]
    Change(change::Change),
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    #[command(subcommand)]
    Package(package::Package),
    /// Look again which of the changes that run now the package contains. Exit 1 when it lacks one.
    Compare {
        key: String,
    },
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
    /// Ask for approval of the current revision.
    #[command(alias = "ask-approval")]
    Request {
        key: String,
        #[arg(long)]
        environment: String,
        /// Whom by name: marc,ines. Left out, everybody who may approve is asked.
        #[arg(long, value_delimiter = ',')]
        of: Vec<String>,
        #[arg(long, default_value = "")]
        note: String,
    },
    /// What is wanted, whose approvals stand, and why others do not. Exit 1 when some are missing.
    Approvals {
        key: String,
        #[arg(long)]
        environment: Option<String>,
    },
    /// Approve the current revision; it can be run later.
    Approve {
        key: String,
        #[arg(long)]
        environment: String,
        /// The SHA-256 one has looked at; refused if the package has changed since.
        #[arg(long)]
        hash: Option<String>,
        #[arg(long, default_value = "")]
        note: String,
    },
    Decline {
        key: String,
        #[arg(long)]
        environment: String,
        #[arg(long)]
        hash: Option<String>,
        #[arg(long)]
        reason: String,
    },
    /// Take one's own answer back.
    Withdraw {
        key: String,
        #[arg(long)]
        environment: String,
        #[arg(long)]
        hash: Option<String>,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Go without the wanted approvals; a review opens until somebody else has done it.
    BreakGlass {
        key: String,
        #[arg(long)]
        environment: String,
        #[arg(long)]
        hash: Option<String>,
        #[arg(long)]
        reason: String,
    },
    /// Look back at an override. Without --seq, the open ones are listed.
    Review {
        key: String,
        #[arg(long, requires = "finding")]
        seq: Option<u64>,
        #[arg(long, requires = "seq")]
        finding: Option<String>,
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

/// What an edit is based on.
#[derive(clap::Args)]
pub struct Base {
    /// The version of the hot fix that was read (`fix show`): refused, with both texts, if this text
    /// was changed since.
    #[arg(long)]
    base: Option<u64>,
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
        Fix::Assign { key, person, team, note } => done(
            context,
            "fix_assign",
            json!({ "key": key, "person": person, "team": team, "note": note }),
        ),
        Fix::Load { team } => load(context, team.as_deref()),
        Fix::Cause { key, kind, what, why, since_version, since_commit, next, base } => done(
            context,
            "fix_cause",
            json!({
                "key": key, "base": base.base, "cause": kind,
                "since_version": since_version, "since_commit": since_commit,
                "text": { "what": what, "whys": why, "next": next },
            }),
        ),
        Fix::Solution { key, text, alternatives, base } => {
            let text = json!({ "text": text, "alternatives": alternatives });
            done(context, "fix_solution", json!({ "key": key, "base": base.base, "text": text }))
        }
        Fix::Risk { key, level, text, base } => done(
            context,
            "fix_risk",
            json!({ "key": key, "base": base.base, "risk": level, "text": text }),
        ),
        Fix::RollbackPlan { key, text, base } => done(
            context,
            "fix_rollback_plan",
            json!({ "key": key, "base": base.base, "text": text }),
        ),
        Fix::Change(verb) => change::change(context, verb),
        Fix::Evidence(verb) => evidence::evidence(context, verb),
        Fix::Package(verb) => package::package(context, verb),
        Fix::Compare { key } => {
            let found = context.call("fix_package_compare", json!({ "key": key }))?;
            let lacking = found["lacking"].as_array().cloned().unwrap_or_default();
            let sentence = match lacking.as_slice() {
                [] => "It contains every change that runs.".to_owned(),
                some => {
                    let all: Vec<String> = some.iter().map(text).collect();
                    format!("It lacks {}.", all.join(", "))
                }
            };
            context.print.done(&sentence, &found)?;
            Ok(u8::from(!lacking.is_empty()))
        }
        Fix::Rollout { key } => done(context, "fix_rollout", json!({ "key": key })),
        Fix::Return { key, reason } => {
            done(context, "fix_return", json!({ "key": key, "reason": reason }))
        }
        Fix::Request { key, environment, of, note } => done(
            context,
            "fix_ask_approval",
            json!({ "key": key, "environment": environment, "people": of, "note": note }),
        ),
        Fix::Approvals { key, environment } => approvals(context, &key, environment.as_deref()),
        Fix::Approve { key, environment, hash, note } => {
            let given = context.call(
                "fix_approve",
                json!({ "key": key, "environment": environment, "hash": hash, "note": note }),
            )?;
            context.print.done(&format!("Approved until {}", text(&given["expires_at"])), &given)
        }
        Fix::Decline { key, environment, hash, reason } => done(
            context,
            "fix_decline",
            json!({ "key": key, "environment": environment, "hash": hash, "reason": reason }),
        ),
        Fix::Withdraw { key, environment, hash, reason } => done(
            context,
            "fix_withdraw",
            json!({ "key": key, "environment": environment, "hash": hash, "reason": reason }),
        ),
        Fix::BreakGlass { key, environment, hash, reason } => done(
            context,
            "fix_break_glass",
            json!({ "key": key, "environment": environment, "hash": hash, "reason": reason }),
        ),
        Fix::Review { key, seq: Some(seq), finding } => {
            done(context, "fix_review", json!({ "key": key, "seq": seq, "finding": finding }))
        }
        Fix::Review { key, seq: None, .. } => {
            let shown = context.call("fix_show", json!({ "key": key }))?;
            let all = shown["hotfix"]["overrides"].as_array().into_iter().flatten();
            let open: Vec<Value> =
                all.filter(|one| one["reviewed_at"].is_null()).cloned().collect();
            context.print.list(&Value::Array(open), |one| {
                format!(
                    "{}  {} by {}: {}",
                    one["seq"],
                    text(&one["blocker"]),
                    text(&one["by"]),
                    text(&one["reason"])
                )
            })
        }
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

/// Everybody with what they have, who is there first.
fn load(context: &Context, team: Option<&str>) -> Result<u8, Failure> {
    let load = context.call("load", json!({ "team": team }))?;
    context.print.list(&load["people"], |one| {
        let place = match (&one["there"], &one["until"], &one["back_at"]) {
            (Value::Bool(true), Value::Null, _) => "there".to_owned(),
            (Value::Bool(true), until, _) => format!("there until {}", text(until)),
            (_, _, Value::Null) => "not back for a long time".into(),
            (_, _, back) => format!("back at {}", text(back)),
        };
        let most = if one["issues"] == 1000 { "+" } else { "" };
        format!(
            "{:<12} {} hot fixes, {}{most} issues ({} at risk), {} waiting; {place}",
            text(&one["person"]),
            one["hotfixes"],
            one["issues"],
            one["at_risk"],
            one["waiting"],
        )
    })
}

/// One environment after the other: what is wanted, and each answer with how it stands.
fn approvals(context: &Context, key: &str, environment: Option<&str>) -> Result<u8, Failure> {
    let request = json!({ "key": key, "environment": environment });
    let shown = context.call("fix_approvals", request)?;
    let missing = shown["environments"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["complete"] == false));
    if context.print.json {
        context.print.document(&shown)?;
        return Ok(u8::from(missing));
    }
    context.print.list(&shown["authors"], |author| {
        let wrote: Vec<String> =
            author["wrote"].as_array().into_iter().flatten().map(text).collect();
        let claim = if author["claimed"] == true { " (git’s claim)" } else { "" };
        format!("Author: {}, {}{claim}", text(&author["person"]), wrote.join(", "))
    })?;
    context.print.list(&shown["environments"], |one| {
        let mut lines = vec![format!("{}: {}", text(&one["environment"]), text(&one["wants"]))];
        if one["missing"] != "" {
            lines.push(format!("  {}", text(&one["missing"])));
        }
        for answer in one["answers"].as_array().into_iter().flatten() {
            lines.push(format!(
                "  {} by {} r{} {} {}",
                text(&answer["state"]),
                text(&answer["by"]),
                text(&answer["revision"]),
                text(&answer["why"]),
                text(&answer["note"]),
            ));
        }
        if !one["broken"].is_null() {
            lines.push(format!(
                "  goes without approval, by {}: {}",
                text(&one["broken"]["by"]),
                text(&one["broken"]["reason"])
            ));
        }
        lines.join("\n")
    })?;
    Ok(u8::from(missing))
}
