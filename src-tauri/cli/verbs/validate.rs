//! `hotfix fix validate …`: the checks of what is deployed, its sign-offs, and the end of it.

use super::{
    deploy::{checklist, deployment},
    done,
};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;

const KINDS: [&str; 3] = ["functional", "regression", "acceptance"];

/// KEY is a deployment (DEP-3), or a hot fix: its newest deployment.
#[derive(Subcommand)]
pub enum Validate {
    /// The steps and checks of a deployment. Exit 1 while a required step before its start is open.
    List { key: String },
    /// Answer a check, as `list` names it.
    Check {
        key: String,
        check: String,
        #[arg(value_parser = ["passed", "failed", "blocked", "waived"])]
        result: String,
        /// What was seen, or why it is waived.
        #[arg(long, default_value = "")]
        text: String,
        #[arg(long, default_value = "")]
        link: String,
        /// A file as evidence; may be said several times.
        #[arg(long, value_name = "FILE")]
        attach: Vec<PathBuf>,
    },
    /// Run the automatic checks that are open, or one of them again. Exit 1 if one fails, 3 if one could not be had.
    Run {
        key: String,
        /// This one, as `list` names it, answered or not.
        #[arg(long, value_name = "CHECK")]
        check: Option<String>,
    },
    /// Add a check that no checklist has.
    Add {
        key: String,
        text: String,
        #[arg(long, value_parser = KINDS, default_value = "functional")]
        kind: String,
        #[arg(long, default_value = "")]
        expected: String,
        /// The validation may end without an answer to it.
        #[arg(long)]
        optional: bool,
    },
    /// Checks that failed before at hot fixes of the product, and that this one does not have.
    Suggest { key: String },
    /// Somebody says that it is over for them.
    SignOff {
        key: String,
        /// Somebody of the catalog; left out, --name says who.
        #[arg(long)]
        person: Option<String>,
        #[arg(long, default_value = "")]
        name: String,
        /// What they said, and how it reached us.
        #[arg(long, default_value = "")]
        text: String,
    },
    /// It is good: the next environment, or monitoring.
    Finish { key: String },
    /// It is deployed and not good.
    Fail {
        key: String,
        #[arg(long)]
        reason: String,
    },
}

pub fn validate(context: &Context, verb: Validate) -> Result<u8, Failure> {
    match verb {
        Validate::List { key } => checklist(context, &deployment(context, key)?),
        Validate::Check { key, check, result, text, link, attach } => {
            let key = deployment(context, key)?;
            let mut attachments = Vec::new();
            for path in attach {
                attachments.push(context.call("blob_put_file", json!({ "path": path }))?);
            }
            let request = json!({
                "key": key, "check": check, "result": result,
                "evidence": { "text": text, "link": link }, "attachments": attachments,
            });
            done(context, "validate_check", request)
        }
        Validate::Run { key, check } => {
            let request = json!({ "key": deployment(context, key)?, "check": check });
            run(context, &context.call("validate_run", request)?)
        }
        Validate::Add { key, text: what, kind, expected, optional } => {
            let request = json!({
                "key": deployment(context, key)?, "text": what, "kind": kind,
                "expected": expected, "required": !optional,
            });
            let added = context.call("validate_add", request)?;
            context.print.done(&text(&added["check"]), &added)
        }
        Validate::Suggest { key } => {
            let key = deployment(context, key)?;
            let found = context.call("validate_suggest", json!({ "key": key }))?;
            context.print.list(&found, suggested)
        }
        Validate::SignOff { key, person, name, text } => {
            let key = deployment(context, key)?;
            let request = json!({ "key": key, "person": person, "name": name, "text": text });
            done(context, "validate_sign_off", request)
        }
        Validate::Finish { key } => {
            let key = deployment(context, key)?;
            done(context, "validate_finish", json!({ "key": key }))
        }
        Validate::Fail { key, reason } => {
            let key = deployment(context, key)?;
            done(context, "validate_fail", json!({ "key": key, "reason": reason }))
        }
    }
}

/// What became of each check, and the exit code of them together: one that fails counts more than one that
/// nobody knows of.
fn run(context: &Context, answer: &Value) -> Result<u8, Failure> {
    context.print.list(&answer["ran"], |row| {
        let (state, said) = match &row["problem"] {
            Value::Null => (text(&row["result"]), text(&row["said"])),
            problem => ("not run".to_owned(), text(&problem["message"])),
        };
        format!(
            "{:<24} {state:<8} {}\n    {}",
            text(&row["check"]),
            text(&row["text"]),
            said.replace('\n', "\n    ")
        )
    })?;
    let ran = answer["ran"].as_array().map(Vec::as_slice).unwrap_or_default();
    if ran.is_empty() && !context.print.json {
        context.print.line("Every automatic check is answered; --check runs one of them again.")?;
    }
    let refused =
        |row: &Value| matches!(row["problem"]["kind"].as_str(), Some("denied" | "conflict"));
    Ok(if ran.iter().any(|row| row["result"] == "failed" || refused(row)) {
        1
    } else if ran.iter().any(|row| !row["problem"].is_null()) {
        3
    } else {
        0
    })
}

fn suggested(row: &Value) -> String {
    let components: Vec<&str> =
        row["components"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let about = match components.as_slice() {
        [] => String::new(),
        all => format!(" · {}", all.join(", ")),
    };
    format!(
        "{} (failed {}×, last in {}{about})",
        text(&row["text"]),
        row["times"],
        text(&row["hotfix"])
    )
}
