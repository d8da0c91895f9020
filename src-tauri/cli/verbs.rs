//! Verbs that become requests, a file per noun, and what they share.

pub mod calendar;
pub mod deploy;
pub mod endpoint;
pub mod fix;
pub mod issue;
pub mod message;
pub mod monitor;
mod package;
pub mod source;

use crate::{Context, answer::Failure};
use serde_json::{Value, json};

const LEVELS: [&str; 3] = ["high", "medium", "low"];

/// Makes a request whose answer is a key, or nothing.
fn done(context: &Context, name: &str, request: Value) -> Result<u8, Failure> {
    let answer = context.call(name, request)?;
    match answer["key"].as_str() {
        Some(key) => context.print.done(key, &answer),
        None => context.print.done("Done.", &answer),
    }
}

/// The row of a catalog object that is called so, by its id or its name.
fn found(context: &Context, kind: &str, name: &str) -> Result<Option<Value>, Failure> {
    let rows = context.call("catalog_list", json!({ "kind": kind }))?;
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |field: &str| rows.iter().find(|row| row["object"][field] == name);
    Ok(named("id").or_else(|| named("name")).cloned())
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
