//! `hotfix calendar …`: when there is room.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use hotfix_core::desk::Instant;
use serde_json::json;

#[derive(Subcommand)]
pub enum Calendar {
    /// The next free slots.
    Free {
        /// May be left out while a single product has such an environment.
        #[arg(long)]
        product: Option<String>,
        #[arg(long)]
        environment: String,
        #[arg(long)]
        minutes: u32,
        #[arg(long)]
        from: Option<Instant>,
        #[arg(long)]
        count: Option<u32>,
    },
}

pub fn calendar(context: &Context, verb: Calendar) -> Result<u8, Failure> {
    let Calendar::Free { product, environment, minutes, from, count } = verb;
    let product = match product {
        Some(product) => product,
        None => product_with(context, &environment)?,
    };
    let request = json!({ "product": product, "environment": environment, "minutes": minutes, "from": from, "count": count });
    let slots = context.call("calendar_free", request)?;
    context.print.list(&slots, |slot| {
        format!("{} – {}  {}", text(&slot["start"]), text(&slot["end"]), text(&slot["why"]))
    })
}

fn product_with(context: &Context, environment: &str) -> Result<String, Failure> {
    let rows = context.call("catalog_list", json!({ "kind": "product" }))?;
    let mut found = Vec::new();
    for row in rows.as_array().into_iter().flatten() {
        let product = &row["object"];
        let environments = product["environments"].as_array();
        if environments.into_iter().flatten().any(|one| one["id"] == environment) {
            found.push(text(&product["id"]));
        }
    }
    if let [only] = found.as_slice() {
        return Ok(only.clone());
    }
    if found.is_empty() {
        let message = format!("No product has an environment “{environment}”.");
        return Err(Failure::usage(message, "`hotfix deploy runs-where` lists them."));
    }
    Err(Failure::usage(
        format!("Several products have an environment “{environment}”."),
        &format!("Add --product: {}.", found.join(", ")),
    ))
}
