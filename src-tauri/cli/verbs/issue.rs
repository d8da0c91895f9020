//! `hotfix issue …`: report and triage.

use super::{LEVELS, done};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use hotfix_core::desk::Instant;
use serde_json::{Value, json};
use std::{io::Read as _, path::PathBuf};

#[derive(Subcommand)]
pub enum Issue {
    /// Log an issue.
    Log(Box<Log>),
    /// Import issues from a file: CSV, JSON lines, an export of GitHub, GitLab, Jira or Zendesk, or
    /// the failing tests of a report (JUnit XML, TAP).
    Import(Box<super::import::Import>),
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
        /// When it is reported, if not now.
        #[arg(long)]
        at: Option<String>,
        #[arg(long)]
        top: Option<u32>,
    },
    /// Shipped hot fixes that mended something like a report.
    FixedBefore {
        #[arg(long)]
        title: String,
        #[arg(long, default_value = "")]
        description: String,
        #[arg(long, default_value = "")]
        component: String,
        #[arg(long)]
        product: Option<String>,
        #[arg(long, default_value = "")]
        version: String,
        #[arg(long)]
        top: Option<u32>,
    },
    /// Triage by impact and urgency.
    Triage(Triage),
    /// Correct what an issue says; what is not named stays. An empty text takes it away.
    Edit(Box<Edit>),
    /// Close issues by hand.
    Close {
        #[arg(required = true)]
        keys: Vec<String>,
        #[arg(long)]
        reason: String,
    },
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
    /// Erase a text, or a passage of it, wherever it was recorded. It cannot be undone.
    Redact(Redact),
    /// Erase a person's name and address wherever they were recorded. It cannot be undone.
    ErasePerson {
        /// The issue that knows the person.
        #[arg(required_unless_present = "catalog")]
        key: Option<String>,
        /// "Name <mail>", as `issue show` gives it.
        #[arg(long = "person", required_unless_present = "catalog")]
        contact: Option<String>,
        /// The id of a person of the catalog, instead.
        #[arg(long, conflicts_with_all = ["key", "contact"])]
        catalog: Option<String>,
        #[arg(long)]
        reason: String,
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
pub struct Edit {
    key: String,
    #[arg(long)]
    title: Option<String>,
    /// The text, or - for standard input.
    #[arg(long)]
    description: Option<String>,
    #[arg(long)]
    steps: Option<String>,
    #[arg(long)]
    expected: Option<String>,
    #[arg(long)]
    actual: Option<String>,
    #[arg(long)]
    workaround: Option<String>,
    #[arg(long)]
    tell_caller: Option<String>,
    #[arg(long)]
    product: Option<String>,
    #[arg(long)]
    component: Option<String>,
    #[arg(long = "version", value_name = "VERSION")]
    product_version: Option<String>,
    #[arg(long)]
    environment: Option<String>,
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

#[derive(Args)]
pub struct Redact {
    key: String,
    /// The passage to erase, or - for standard input; without it, the whole of the named text.
    #[arg(long)]
    text: Option<String>,
    /// The part of the report it stands in.
    #[arg(long, value_parser = ["title", "description", "steps", "expected", "actual", "workaround", "tell_caller"])]
    field: Option<String>,
    /// The comment it stands in, counted from 0.
    #[arg(long, conflicts_with = "field")]
    comment: Option<u32>,
    /// The affected person, counted from 0, who said it.
    #[arg(long, conflicts_with_all = ["field", "comment"])]
    said: Option<u32>,
    /// The SHA-256 of an attachment to erase.
    #[arg(long, conflicts_with_all = ["field", "comment", "said", "text"])]
    attachment: Option<String>,
    /// What is read in its place.
    #[arg(long, default_value = "")]
    replacement: String,
    #[arg(long)]
    reason: String,
}

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
        Issue::Import(import) => super::import::import(context, *import),
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
        Issue::FixedBefore { title, description, component, product, version, top } => {
            let request = json!({
                "title": title, "description": description, "component": component,
                "product": product, "version": version, "top": top, "wait": true,
            });
            let found = context.call("issue_fixed_before", request)?;
            context.print.list(&found, |one| {
                let [key, title, label] = ["hotfix", "title", "label"].map(|name| text(&one[name]));
                let solved = [("Cause", "cause"), ("Solution", "solution"), ("Lesson", "lessons")]
                    .map(|(label, name)| match text(&one[name]) {
                        said if said.is_empty() => said,
                        said => format!("\n    {label}: {said}"),
                    });
                format!("{key}  {title}  ({label}){}", solved.concat())
            })
        }
        Issue::Similar { title, description, component, at, top } => {
            let request = json!({
                "title": title, "description": description, "component": component,
                "at": at, "top": top, "wait": true,
            });
            let found = context.call("issue_similar", request)?;
            context.print.list(&found, |one| {
                format!("{}  {}  ({})", text(&one["key"]), text(&one["title"]), text(&one["why"]))
            })
        }
        Issue::Triage(triage) => {
            let parts = [&triage.impact_system, &triage.impact_users, &triage.impact_business];
            if triage.impact.is_none() && parts.iter().all(|part| part.is_none()) {
                return Err(Failure::usage(
                    "--impact",
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
        Issue::Edit(edit) => edit_issue(context, *edit),
        Issue::Close { keys, reason } => {
            done(context, "issue_close", json!({ "keys": keys, "reason": reason }))
        }
        Issue::Comment { key, text, internal } => done(
            context,
            "issue_comment",
            json!({ "key": key, "text": text, "internal": internal }),
        ),
        Issue::Merge { keys, into } => {
            done(context, "issue_merge", json!({ "keys": keys, "into": into }))
        }
        Issue::Redact(redact) => {
            let passage = match redact.text.as_deref() {
                Some("-") => {
                    let mut text = String::new();
                    std::io::stdin().read_to_string(&mut text)?;
                    // What a shell puts at the end of a line is not part of the passage.
                    text.strip_suffix('\n').unwrap_or(&text).to_owned()
                }
                other => other.unwrap_or_default().to_owned(),
            };
            let place = if let Some(field) = redact.field {
                json!({ "of": field })
            } else if let Some(index) = redact.comment {
                json!({ "of": "comment", "index": index })
            } else if let Some(index) = redact.said {
                json!({ "of": "said", "index": index })
            } else if let Some(hash) = redact.attachment {
                json!({ "of": "attachment", "hash": hash })
            } else if passage.is_empty() {
                return Err(Failure::usage(
                    "--text",
                    "What is to be erased is missing.",
                    "Use --text PASSAGE, --field, --comment, --said or --attachment.",
                ));
            } else {
                json!({ "of": "anywhere" })
            };
            let request = json!({
                "key": redact.key, "place": place, "passage": passage,
                "replacement": redact.replacement, "reason": redact.reason,
            });
            erased(context, "issue_redact", request)
        }
        Issue::ErasePerson { key, contact: named, catalog, reason } => {
            let contact = named.as_deref().map_or(json!({}), contact);
            let request =
                json!({ "key": key, "contact": contact, "person": catalog, "reason": reason });
            erased(context, "person_erase", request)
        }
        Issue::Reopen { key, reason } => {
            done(context, "issue_reopen", json!({ "keys": [key], "reason": reason }))
        }
    }
}

/// Says what was erased, and what was not.
fn erased(context: &Context, name: &str, request: Value) -> Result<u8, Failure> {
    let answer = context.call(name, request)?;
    let list = |field: &str| -> Vec<String> {
        answer[field].as_array().into_iter().flatten().map(text).collect()
    };
    let mut sentence = format!("Erased, in {}.", list("places").join(", "));
    for stays in list("stays") {
        sentence.push('\n');
        sentence.push_str(&stays);
    }
    if answer["clean"] == false {
        sentence.push_str(
            "\nThe file is in use and could not be written anew: free parts of it may hold copies.",
        );
    }
    context.print.done(&sentence, &answer)
}

/// What is not named stays as it is. The version that was read goes with the edit, so that nothing
/// somebody else writes in between is lost.
fn edit_issue(context: &Context, edit: Edit) -> Result<u8, Failure> {
    let description = match edit.description.as_deref() {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            Some(text)
        }
        _ => edit.description,
    };
    let texts = [
        ("title", edit.title),
        ("description", description),
        ("steps", edit.steps),
        ("expected", edit.expected),
        ("actual", edit.actual),
        ("workaround", edit.workaround),
        ("tell_caller", edit.tell_caller),
    ];
    let about = [
        ("component", edit.component),
        ("product_version", edit.product_version),
        ("environment", edit.environment),
    ];
    let named = |all: &[(&str, Option<String>)]| all.iter().any(|(_, value)| value.is_some());
    if !named(&texts) && !named(&about) && edit.product.is_none() {
        return Err(Failure::usage(
            "issue edit",
            "What is to be changed is missing.",
            "Use --title, --description, --product, --version or another; `hotfix issue edit --help` \
             names all of them.",
        ));
    }
    let mut issue = context.call("issue_show", json!({ "key": edit.key }))?["issue"].take();
    for (field, value) in texts {
        if let Some(value) = value {
            issue["text"][field] = value.into();
        }
    }
    for (field, value) in about {
        if let Some(value) = value {
            issue[field] = value.into();
        }
    }
    if let Some(product) = edit.product {
        issue["product"] = match product.trim() {
            "" => Value::Null,
            id => id.into(),
        };
    }
    let request = json!({
        "key": edit.key, "base": issue["version"], "text": issue["text"], "product": issue["product"],
        "component": issue["component"], "version": issue["product_version"],
        "environment": issue["environment"],
    });
    done(context, "issue_edit", request)
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
