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
use hotfix_core::error::Error;
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
        /// The report of tests that answers it (JUnit XML or TAP).
        #[arg(long, value_name = "FILE", requires = "check")]
        file: Option<PathBuf>,
    },
    /// Let the command of a check run on this machine, as it is written.
    Allow {
        key: String,
        /// As `list` names it.
        check: String,
        /// Not any more.
        #[arg(long)]
        off: bool,
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
        /// How the program answers it, as JSON: '{"by":"command","argv":["./smoke"]}'. By hand, if left out.
        #[arg(long, value_name = "JSON")]
        how: Option<String>,
    },
    /// Checks that this one does not have and that are worth doing: they failed before, or belong to what it touches.
    Suggest { key: String },
    /// Who has to sign off, and who has.
    SignOffs { key: String },
    /// Somebody says that it is over for them, or with --refuse that it is not.
    SignOff {
        key: String,
        /// Somebody of the catalog; left out, --name says who.
        #[arg(long)]
        person: Option<String>,
        #[arg(long, default_value = "")]
        name: String,
        /// What they said; why not.
        #[arg(long, default_value = "")]
        text: String,
        /// How it reached us; of oneself it is here.
        #[arg(long, value_parser = ["app", "mail", "call", "chat", "in_person"])]
        source: Option<String>,
        #[arg(long, default_value = "")]
        link: String,
        /// A file that shows it; may be said several times.
        #[arg(long, value_name = "FILE")]
        attach: Vec<PathBuf>,
        /// They do not sign; --text says why.
        #[arg(long)]
        refuse: bool,
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
            let request = json!({
                "key": key, "check": check, "result": result,
                "evidence": { "text": text, "link": link },
                "attachments": stored(context, attach)?,
            });
            done(context, "validate_check", request)
        }
        Validate::Run { key, check, file } => {
            let request = json!({ "key": deployment(context, key)?, "check": check, "file": file });
            run(context, &context.call("validate_run", request)?)
        }
        Validate::Allow { key, check, off } => allow(context, key, &check, !off),
        Validate::Add { key, text: what, kind, expected, optional, how } => {
            let how: Value = match how {
                Some(how) => serde_json::from_str(&how).map_err(|error| {
                    Error::field("how", format!("This is no JSON: {error}."))
                        .hint("`hotfix schema validate_add` shows what it takes.")
                })?,
                None => json!({ "by": "manual" }),
            };
            let request = json!({
                "key": deployment(context, key)?, "text": what, "kind": kind,
                "expected": expected, "required": !optional, "how": how,
            });
            let added = context.call("validate_add", request)?;
            context.print.done(&text(&added["check"]), &added)
        }
        Validate::Suggest { key } => {
            let key = deployment(context, key)?;
            let found = context.call("validate_suggest", json!({ "key": key }))?;
            context.print.list(&found, suggested)
        }
        Validate::SignOffs { key } => {
            let key = deployment(context, key)?;
            let found = context.call("validate_sign_offs", json!({ "key": key }))?;
            context.print.list(&found["wanted"], wanted)
        }
        Validate::SignOff { key, person, name, text, source, link, attach, refuse } => {
            let request = json!({
                "key": deployment(context, key)?, "person": person, "name": name, "text": text,
                "source": source, "link": link, "refused": refuse,
                "attachments": stored(context, attach)?,
            });
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

fn stored(context: &Context, paths: Vec<PathBuf>) -> Result<Vec<Value>, Failure> {
    paths.into_iter().map(|path| context.call("blob_put_file", json!({ "path": path }))).collect()
}

fn allow(context: &Context, key: String, check: &str, on: bool) -> Result<u8, Failure> {
    let key = deployment(context, key)?;
    let shown = context.call("deploy_show", json!({ "key": key }))?;
    let deployment = &shown["deployment"];
    let all = deployment["checks"].as_array().into_iter().flatten();
    let how = all.map(|one| &one["item"]).find(|item| item["id"] == check).map(|item| &item["how"]);
    let how = how.ok_or_else(|| {
        Error::field("check", format!("There is no check “{check}”."))
            .hint(format!("`hotfix fix validate list {key}` names them."))
    })?;
    let request = json!({ "how": how, "product": deployment["product"], "on": on });
    done(context, "validate_command_allow", request)
}

fn wanted(row: &Value) -> String {
    let state = text(&row["state"]);
    let by = text(&row["by"]);
    let said = match (by.is_empty(), row["before"].as_u64()) {
        (false, _) => format!(" by {by}"),
        (true, Some(before)) => format!(" (signed r{before})"),
        (true, None) => String::new(),
    };
    format!("{:<28} {state}{said}", text(&row["who"]))
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
    format!("{} ({})", text(&row["text"]), text(&row["why"]))
}
