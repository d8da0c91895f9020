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
