//! `hotfix fix …`: one hot fix from its issues to its end.

use super::{LEVELS, done, package};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

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
    Package(package::Package),
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
        Fix::Package(verb) => package::package(context, verb),
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
