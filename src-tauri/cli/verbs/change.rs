//! `hotfix fix change …`: commits and configuration that mend it, and where they are.

use super::done;
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

#[derive(Subcommand)]
pub enum Change {
    /// Read commits from a repository and record them.
    Add {
        key: String,
        /// A commit, tag, branch, or a range A..B. May be repeated.
        #[arg(long, required = true)]
        commit: Vec<String>,
        /// The product's repository, if left out.
        #[arg(long)]
        repository: Option<PathBuf>,
        /// Where the fix was made.
        #[arg(long, default_value = "")]
        branch: String,
        /// A link to where it was reviewed.
        #[arg(long, default_value = "", value_name = "URL")]
        pull_request: String,
        /// What was written there: a file, or - for standard input.
        #[arg(long, value_name = "FILE")]
        pull_request_text: Option<PathBuf>,
    },
    /// The changes, with what their texts say of risks and issues.
    List { key: String },
    /// The diff of a change: a commit, or the id of a configuration change. All, if left out.
    Diff { key: String, change: Option<String> },
    /// A commit that does not belong to it after all.
    Remove { key: String, commit: String },
    /// Where a change was reviewed, and what was written there.
    Review {
        key: String,
        commit: String,
        #[arg(long, default_value = "")]
        link: String,
        /// A file, or - for standard input.
        #[arg(long)]
        text: Option<PathBuf>,
    },
    /// Look on which living branches the changes are. Exit 1 unless each is on each of them.
    Branches { key: String },
    #[command(subcommand)]
    Config(Configuration),
}

#[derive(Subcommand)]
pub enum Configuration {
    /// Record a setting that is in no repository, as it was and as it is to be.
    Add {
        key: String,
        #[arg(long)]
        name: String,
        /// A file with the setting as it was; none if it is new. - is standard input.
        #[arg(long)]
        before: Option<PathBuf>,
        /// A file with the setting as it is to be; none if it goes away.
        #[arg(long)]
        after: Option<PathBuf>,
        #[arg(long, default_value = "")]
        environment: String,
        #[arg(long, default_value = "")]
        note: String,
        /// Replaces what was recorded under this id.
        #[arg(long)]
        id: Option<String>,
    },
    List {
        key: String,
    },
    Remove {
        key: String,
        id: String,
    },
}

pub fn change(context: &Context, verb: Change) -> Result<u8, Failure> {
    match verb {
        Change::Add { key, commit, repository, branch, pull_request, pull_request_text } => {
            let added = context.call(
                "fix_change_add",
                json!({
                    "key": key, "commits": commit, "repository": repository, "branch": branch,
                    "pull_request": pull_request,
                    "pull_request_text": read(pull_request_text.as_deref())?,
                }),
            )?;
            let count = added["added"].as_array().map_or(0, Vec::len);
            let known = added["known"].as_u64().unwrap_or_default();
            let mut sentence = format!("{count} added");
            if known > 0 {
                sentence.push_str(&format!(", {known} known already"));
            }
            context.print.done(&sentence, &added)
        }
        Change::List { key } => {
            let shown = context.call("fix_show", json!({ "key": key }))?;
            let readings = shown["readings"].as_array().cloned().unwrap_or_default();
            let changes = shown["hotfix"]["changes"].as_array().cloned().unwrap_or_default();
            let rows: Vec<Value> =
                changes.iter().zip(&readings).map(|(one, reading)| row(one, reading)).collect();
            context.print.list(&rows.into(), |row| {
                format!(
                    "{}  {}  +{} -{}  {}",
                    text(&row["commit"]).get(..10).unwrap_or_default(),
                    text(&row["subject"]),
                    row["additions"],
                    row["deletions"],
                    text(&row["author"]),
                )
            })
        }
        Change::Diff { key, change } => diff(context, &key, change),
        Change::Remove { key, commit } => {
            let commit = full(context, &key, &commit)?;
            done(context, "fix_change_remove", json!({ "key": key, "commit": commit }))
        }
        Change::Review { key, commit, link, text } => {
            let commit = full(context, &key, &commit)?;
            let request = json!({
                "key": key, "commit": commit, "link": link, "text": read(text.as_deref())?,
            });
            done(context, "fix_change_review", request)
        }
        Change::Branches { key } => {
            let matrix = context.call("fix_branches_check", json!({ "key": key }))?;
            context.print.list(&matrix["rows"], |one| {
                format!(
                    "{}  {}: {}. {}",
                    text(&one["commit"]).get(..10).unwrap_or_default(),
                    text(&one["branch"]),
                    text(&one["presence"]),
                    text(&one["why"])
                )
            })?;
            for one in matrix["unread"].as_array().into_iter().flatten() {
                // Nobody left to tell is no reason to end.
                drop(writeln!(std::io::stderr(), "hotfix: {}", text(&one["why"])));
            }
            Ok(u8::from(matrix["complete"] != true))
        }
        Change::Config(verb) => configuration(context, verb),
    }
}

fn configuration(context: &Context, verb: Configuration) -> Result<u8, Failure> {
    match verb {
        Configuration::Add { key, name, before, after, environment, note, id } => {
            let request = json!({
                "key": key, "id": id, "environment": environment,
                "text": {
                    "name": name, "note": note,
                    "before": read(before.as_deref())?, "after": read(after.as_deref())?,
                },
            });
            let made = context.call("fix_configuration", request)?;
            context.print.done(&text(&made["id"]), &made)
        }
        Configuration::List { key } => {
            let shown = context.call("fix_show", json!({ "key": key }))?;
            context.print.list(&shown["hotfix"]["configurations"], |one| {
                format!(
                    "{}  {}  {}",
                    text(&one["id"]),
                    text(&one["text"]["name"]),
                    text(&one["environment"])
                )
            })
        }
        Configuration::Remove { key, id } => {
            done(context, "fix_configuration_remove", json!({ "key": key, "id": id }))
        }
    }
}

/// A change as a line tells it.
fn row(one: &Value, reading: &Value) -> Value {
    let sum = |what: &str| -> u64 {
        let files = one["change"]["files"].as_array().into_iter().flatten();
        files.filter_map(|file| file[what].as_u64()).sum()
    };
    json!({
        "commit": one["change"]["commit"],
        "subject": one["text"]["subject"],
        "author": one["text"]["author"]["name"],
        "repository": one["text"]["repository"],
        "pull_request": one["text"]["pull_request"],
        "files": one["change"]["files"],
        "additions": sum("additions"),
        "deletions": sum("deletions"),
        "branches": one["change"]["branches"],
        "looked_at": one["looked_at"],
        "risks": reading["risks"],
        "issues": reading["keys"],
    })
}

/// The full hash of a recorded change that was named by its beginning.
fn full(context: &Context, key: &str, named: &str) -> Result<String, Failure> {
    let shown = context.call("fix_show", json!({ "key": key }))?;
    let changes = shown["hotfix"]["changes"].as_array().cloned().unwrap_or_default();
    let all = changes.iter().filter_map(|one| one["change"]["commit"].as_str());
    let fit: Vec<&str> = all.filter(|commit| commit.starts_with(named)).collect();
    match fit.as_slice() {
        [only] if !named.is_empty() => Ok((*only).to_owned()),
        [] => Err(Failure::usage(
            "change",
            format!("“{named}” is not among the changes of {key}."),
            "`hotfix fix change list` shows them.",
        )),
        _ => Err(Failure::usage(
            "change",
            format!("More than one change begins with “{named}”."),
            "Write more of the hash.",
        )),
    }
}

fn diff(context: &Context, key: &str, change: Option<String>) -> Result<u8, Failure> {
    let shown = context.call("fix_show", json!({ "key": key }))?;
    let ids = |list: &Value, id: fn(&Value) -> &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|one| text(id(one))).collect()
    };
    let settings = ids(&shown["hotfix"]["configurations"], |one| &one["id"]);
    let setting = |id: &String| json!({ "of": "configuration", "key": key, "id": id });
    let commit = |commit: &String| json!({ "of": "change", "key": key, "commit": commit });
    let wanted: Vec<Value> = match change {
        Some(id) if settings.contains(&id) => vec![setting(&id)],
        Some(named) => vec![commit(&full(context, key, &named)?)],
        None => {
            let commits = ids(&shown["hotfix"]["changes"], |one| &one["change"]["commit"]);
            commits.iter().map(commit).chain(settings.iter().map(setting)).collect()
        }
    };
    let desk = context.desk()?;
    for one in wanted {
        if context.print.json {
            let view = desk.call_as("diff_open", json!({ "diff": one }), &context.how)?;
            context.print.list(&view["files"], |_| String::new())?;
        } else {
            desk.write_diff(one, &mut std::io::stdout().lock())?;
        }
    }
    Ok(0)
}

/// The text of a file, or of standard input; nothing if none is named.
fn read(path: Option<&Path>) -> Result<String, Failure> {
    let Some(path) = path else { return Ok(String::new()) };
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    let place = path.display();
    read.map_err(|error| {
        Failure::usage(
            "file",
            format!("{place} cannot be read: {error}."),
            "Name a file that is there.",
        )
    })?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::usage("file", format!("{place} is not text in UTF-8."), "Convert it first.")
    })
}
