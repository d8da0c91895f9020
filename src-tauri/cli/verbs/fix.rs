//! `hotfix fix …`: one hot fix from its issues to its end.

use super::{LEVELS, calendar, change, done, evidence, message, monitor, package, validate};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use hotfix_core::{desk::Instant, error::Error};
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
    /// Plan the current revision into an environment, or move what is planned there.
    Schedule {
        key: String,
        #[arg(long)]
        environment: String,
        /// Only for this target of the environment; may be said several times. All, if left out.
        #[arg(long, value_name = "TARGET")]
        target: Vec<String>,
        /// When it may start; the next free slot, if left out.
        #[arg(long)]
        from: Option<Instant>,
        /// How long it may wait for its start.
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        /// Start by itself as soon as nothing is in the way.
        #[arg(long)]
        automatic: bool,
        #[command(flatten)]
        expected: calendar::Expected,
        #[arg(long, default_value = "")]
        note: String,
    },
    /// How the change is authorised: pre-approved by a checklist, by itself, or as an emergency.
    Classify {
        key: String,
        #[arg(value_parser = ["standard", "normal", "emergency"])]
        change: String,
        /// The checklist of the standard change.
        #[arg(long, value_name = "CHECKLIST")]
        template: Option<String>,
        /// Why an emergency cannot wait.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// What is left before the next step. With --reason: override all that may go, and take it.
    Emergency {
        key: String,
        #[arg(long)]
        environment: Option<String>,
        #[arg(long)]
        reason: Option<String>,
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
    #[command(subcommand)]
    Validate(validate::Validate),
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
        /// What stands against a start at this time, instead of what shuts the gate now.
        #[arg(long, requires = "environment")]
        from: Option<Instant>,
        /// How long it may wait for its start.
        #[arg(long, default_value_t = 60, requires = "from")]
        minutes: u32,
        #[command(flatten)]
        expected: calendar::Expected,
        #[arg(long)]
        reason: String,
    },
    /// Everything that happened.
    Timeline {
        key: String,
    },
    /// Tell people about it: what the template says for them.
    Announce(message::Announce),
    /// The watch after it: period, probes, breaches, questions, feedback.
    Monitor {
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
            blockers(context, &ship)?;
            Ok(u8::from(ship["blockers"].as_array().is_some_and(|blockers| !blockers.is_empty())))
        }
        Fix::Schedule { key, environment, target, from, minutes, automatic, expected, note } => {
            let targets = (!target.is_empty()).then_some(target);
            let wanted = json!({
                "key": key, "environment": environment, "targets": targets, "from": from, "minutes": minutes,
                "automatic": automatic, "note": note,
            });
            schedule(context, &wanted, &expected)
        }
        Fix::Classify { key, change, template, reason } => {
            let request =
                json!({ "key": key, "change": change, "template": template, "reason": reason });
            done(context, "fix_classify", request)
        }
        Fix::Emergency { key, environment, reason } => {
            emergency(context, &key, environment.as_deref(), reason.as_deref())
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
        Fix::Validate(verb) => validate::validate(context, verb),
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
        Fix::Override { key, blocker, environment, from, minutes, expected, reason } => {
            let mut request = json!({ "key": key, "gate": "", "blocker": blocker, "environment": environment, "reason": reason });
            if let Some(from) = from {
                let shown = context.call("fix_show", json!({ "key": key }))?;
                let planned = planned_in(&shown, &request["environment"]);
                request["time"] = json!({
                    "key": key, "environment": environment, "starts_at": from,
                    "window_ends_at": from.plus(std::time::Duration::from_secs(u64::from(minutes) * 60)),
                    "deployment": planned.map(|one| one["key"].clone()),
                    "expected": expected.over(planned.map(|one| &one["expected"])),
                });
            }
            done(context, "fix_override", request)
        }
        Fix::Timeline { key } => {
            let entries = context.call("timeline", json!({ "key": key }))?;
            context.print.list(&entries, |one| {
                format!("{}  {} {}", text(&one["at"]), text(&one["actor_name"]), text(&one["text"]))
            })
        }
        Fix::Announce(verb) => message::announce(context, &verb),
        Fix::Monitor { key } => monitor::show(context, &key),
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

/// Plans it, or moves what is planned there; what stands against the time is printed, and does not
/// hinder the plan: the gates judge again at the start.
/// What shuts the gate now, then what the gates after it would ask. With `--json` only the former,
/// since the list is one of blockers; `call fix_blockers` has both.
fn blockers(context: &Context, ship: &Value) -> Result<u8, Failure> {
    let code = calendar::blockers(context, ship)?;
    if !context.print.json {
        for later in ship["later"].as_array().into_iter().flatten() {
            context.print.line(&format!(
                "Later, before {} in {}:",
                if later["gate"] == "plan" { "it is planned" } else { "it starts" },
                text(&later["environment"])
            ))?;
            calendar::blockers(context, later)?;
        }
    }
    Ok(code)
}

/// What is planned there already.
fn planned_in<'a>(shown: &'a Value, environment: &Value) -> Option<&'a Value> {
    shown["deployments"].as_array().into_iter().flatten().rfind(|one| {
        &one["environment"] == environment
            && matches!(one["state"].as_str(), Some("planned" | "missed"))
    })
}

fn schedule(
    context: &Context,
    wanted: &Value,
    expected: &calendar::Expected,
) -> Result<u8, Failure> {
    let shown = context.call("fix_show", json!({ "key": wanted["key"] }))?;
    let planned = planned_in(&shown, &wanted["environment"]);
    if let (Some(planned), true) = (planned, wanted["targets"].is_array()) {
        let message = format!("{} is planned there already.", text(&planned["key"]));
        return Err(Error::field("target", message)
            .hint("Call it off first: a move does not change for which targets it is.")
            .into());
    }
    let all = expected.over(planned.map(|one| &one["expected"]));
    let start = match wanted["from"].as_str() {
        Some(_) => wanted["from"].clone(),
        None => {
            let minutes = wanted["minutes"].as_u64().max(all["duration_minutes"].as_u64());
            let slots = context.call(
                "calendar_free",
                json!({
                    "product": shown["hotfix"]["product"], "environment": wanted["environment"],
                    "minutes": minutes, "count": 1, "hotfix": wanted["key"],
                    "deployment": planned.map(|one| one["key"].clone()),
                    "targets": wanted["targets"],
                    "disruption": all["disruption"], "on_duty": all["on_duty"],
                }),
            )?;
            match slots[0]["start"].as_str() {
                Some(start) => start.into(),
                None => {
                    return Err(Error::denied("Nothing is free within ninety days.")
                        .hint("Name a time with --from; `calendar conflicts` says what is in its way.")
                        .into());
                }
            }
        }
    };
    let from: Instant = serde_json::from_value(start).map_err(Error::from)?;
    let minutes = wanted["minutes"].as_u64().unwrap_or_default();
    let end = from.plus(std::time::Duration::from_secs(minutes * 60));
    let mut request = json!({
        "starts_at": from, "window_ends_at": end, "automatic": wanted["automatic"],
        "note": wanted["note"],
    });
    let key = if let Some(planned) = planned {
        request["key"] = planned["key"].clone();
        request["expected"] = if expected.is_said() { all } else { Value::Null };
        context.call("deploy_move", request)?;
        planned["key"].clone()
    } else {
        request["key"] = wanted["key"].clone();
        request["environment"] = wanted["environment"].clone();
        request["targets"] = wanted["targets"].clone();
        request["expected"] = all;
        context.call("deploy_plan", request)?["key"].clone()
    };
    let against = context.call(
        "deploy_conflicts",
        json!({ "deployment": key, "starts_at": from, "window_ends_at": end }),
    )?;
    let document = json!({
        "key": key, "starts_at": from, "window_ends_at": end, "conflicts": against["blockers"],
    });
    context.print.done(&format!("{} {from} – {end}", text(&key)), &document)?;
    if context.print.json { Ok(0) } else { calendar::blockers(context, &against) }
}

fn emergency(
    context: &Context,
    key: &str,
    environment: Option<&str>,
    reason: Option<&str>,
) -> Result<u8, Failure> {
    let place = json!({ "key": key, "environment": environment });
    let found = context.call("fix_emergency", place)?;
    let of = |list: &str| found[list].as_array().cloned().unwrap_or_default();
    let Some(reason) = reason else {
        if context.print.json {
            context.print.document(&found)?;
        } else {
            for (list, word) in
                [("stays", "stays"), ("others", "not yours to override"), ("lets_go", "may go")]
            {
                for one in of(list) {
                    context.print.done(
                        &format!("{word}: {}: {}", text(&one["code"]), text(&one["message"])),
                        &one,
                    )?;
                }
            }
        }
        let any = ["stays", "others", "lets_go"].iter().any(|list| !of(list).is_empty());
        return Ok(u8::from(any));
    };
    let codes: Vec<Value> = of("lets_go").iter().map(|one| one["code"].clone()).collect();
    let went = context.call(
        "fix_go_through",
        json!({ "key": key, "environment": environment, "reason": reason, "blockers": codes }),
    )?;
    let what = match (went["done"] == true, went["deployment"].as_str()) {
        (true, Some(deployment)) => format!("{deployment} has started."),
        (true, None) => format!("{key} is in Rollout."),
        (false, deployment) => format!("{} has not started.", deployment.unwrap_or(key)),
    };
    let reviews = match went["overridden"].as_array().map_or(0, Vec::len) {
        0 => String::new(),
        1 => " 1 override; its review is open.".into(),
        many => format!(" {many} overrides; the review of each is open."),
    };
    context.print.done(&format!("{what}{reviews}"), &went)?;
    if !context.print.json {
        calendar::blockers(context, &json!({ "blockers": went["left"] }))?;
    }
    Ok(u8::from(went["done"] != true))
}
