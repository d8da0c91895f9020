//! `hotfix calendar …`: when there is room, and what a calendar file says.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use hotfix_core::{
    desk::{Instant, expand_calendar},
    error::Error,
};
use serde_json::json;
use std::path::{Path, PathBuf};

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
    /// The occurrences in an .ics file that overlap a time; needs no workspace.
    Expand {
        file: PathBuf,
        #[arg(long)]
        from: Instant,
        #[arg(long)]
        to: Instant,
        /// What times without a zone, and days, mean.
        #[arg(long, default_value = "UTC")]
        zone: String,
    },
}

pub fn calendar(context: &Context, verb: Calendar) -> Result<u8, Failure> {
    let (product, environment, minutes, from, count) = match verb {
        Calendar::Expand { file, from, to, zone } => {
            return expand(context, &file, from, to, &zone);
        }
        Calendar::Free { product, environment, minutes, from, count } => {
            (product, environment, minutes, from, count)
        }
    };
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

fn expand(
    context: &Context,
    file: &Path,
    from: Instant,
    to: Instant,
    zone: &str,
) -> Result<u8, Failure> {
    let expansion = expand_calendar(file, from, to, zone)?;
    for left_out in &expansion.skipped {
        let error = Error::invalid(&*left_out.message).at(format!("line {}", left_out.line));
        // The exit code is that of the answer: what was understood is complete in itself.
        Failure::from(error).report(&context.print);
    }
    let rows = serde_json::to_value(expansion.occurrences).map_err(Error::from)?;
    context.print.list(&rows, |row| {
        format!("{} – {}  {}", text(&row["start"]), text(&row["end"]), text(&row["uid"]))
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
