//! Verbs that become requests, a file per noun, and what they share.

pub mod calendar;
pub mod deploy;
pub mod endpoint;
pub mod fix;
pub mod issue;
pub mod message;
pub mod monitor;
mod package;

use crate::{Context, answer::Failure};
use serde_json::Value;

const LEVELS: [&str; 3] = ["high", "medium", "low"];

/// Makes a request whose answer is a key, or nothing.
fn done(context: &Context, name: &str, request: Value) -> Result<u8, Failure> {
    let answer = context.call(name, request)?;
    match answer["key"].as_str() {
        Some(key) => context.print.done(key, &answer),
        None => context.print.done("Done.", &answer),
    }
}
