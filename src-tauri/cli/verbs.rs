//! Verbs that become requests, a file per noun, and what they share.

pub mod access;
pub mod calendar;
pub mod catalog;
mod change;
pub mod deploy;
pub mod endpoint;
mod evidence;
pub mod fix;
pub mod import;
pub mod issue;
pub mod message;
pub mod messenger;
pub mod metrics;
pub mod monitor;
pub mod package;
pub mod report;
pub mod source;
pub mod support;
mod validate;

use crate::{
    Context,
    answer::{self, Failure},
};
use serde_json::{Value, json};
use std::io::{BufRead as _, Write as _};

const LEVELS: [&str; 3] = ["high", "medium", "low"];

/// Makes a request whose answer is a key, or nothing.
fn done(context: &Context, name: &str, request: Value) -> Result<u8, Failure> {
    let answer = context.call(name, request)?;
    match answer["key"].as_str() {
        Some(key) => context.print.done(key, &answer),
        None => context.print.done("Done.", &answer),
    }
}

/// Prints what was found, a line each; what was not taken literally goes to standard error.
pub fn search(context: &Context, text: &str, limit: Option<u32>) -> Result<u8, Failure> {
    let ask =
        |wait: bool| context.call("search", json!({ "text": text, "limit": limit, "wait": wait }));
    // In a large workspace it takes seconds to know all words: only what is not found needs them.
    let mut found = ask(false)?;
    if found["hits"].as_array().is_none_or(Vec::is_empty) {
        found = ask(true)?;
    }
    let mut aside: Vec<String> = Vec::new();
    for one in found["instead"].as_array().into_iter().flatten() {
        let shown = one["shown"].as_array().into_iter().flatten().map(answer::text);
        let typed = answer::text(&one["typed"]);
        aside.push(format!("Also shown for “{typed}”: {}.", shown.collect::<Vec<_>>().join(", ")));
    }
    aside.extend(found["notes"].as_array().into_iter().flatten().map(answer::text));
    for sentence in aside {
        // Nobody left to tell is no reason to end.
        drop(writeln!(std::io::stderr(), "hotfix: {sentence}"));
    }
    context.print.list(&found["hits"], |hit| {
        let snippet = answer::text(&hit["snippet"]).replace(['\u{2068}', '\u{2069}'], "");
        format!("{}  {}\n    {snippet}", answer::text(&hit["key"]), answer::text(&hit["title"]))
    })
}

/// The row of a catalog object that is called so, by its id or its name.
fn found(context: &Context, kind: &str, name: &str) -> Result<Option<Value>, Failure> {
    let rows = context.call("catalog_list", json!({ "kind": kind }))?;
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |field: &str| rows.iter().find(|row| row["object"][field] == name);
    Ok(named("id").or_else(|| named("name")).cloned())
}

/// The next line of standard input, which is what a flag asks for.
fn piped(
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    flag: &str,
    what: &str,
) -> Result<String, Failure> {
    lines.next().transpose()?.filter(|line| !line.is_empty()).ok_or_else(|| {
        Failure::usage(flag, format!("Standard input has no line for {what}."), "Pipe it in.")
    })
}

/// The secret that `--secret -` asks for: the first line of standard input. Anything else would stand in the
/// shell's history and in every list of processes.
fn secret_line(flag: Option<&str>) -> Result<Option<String>, Failure> {
    match flag {
        None => Ok(None),
        Some("-") => {
            piped(&mut std::io::stdin().lock().lines(), "--secret", "the secret").map(Some)
        }
        Some(_) => Err(Failure::usage(
            "--secret",
            "A secret is read from standard input only.",
            "Write --secret - and pipe it in.",
        )),
    }
}

/// An id made of a name.
fn slug(name: &str) -> String {
    let dashed: String = name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    dashed.trim_matches('-').to_owned()
}
