//! `hotfix endpoint …`: the systems that deploy.

use super::{found, slug};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use hotfix_core::desk;
use serde_json::{Map, json};
use std::{
    io::{BufRead as _, Write as _},
    path::PathBuf,
};

#[derive(Subcommand)]
pub enum Endpoint {
    /// Explain every mistake in a recipe, by line.
    Check { file: PathBuf },
    /// The recipes that ship; with a name, the text of one, to begin one's own with.
    Recipes { name: Option<String> },
    /// Add an endpoint, from a recipe that ships or from a file.
    Add {
        /// One of `hotfix endpoint recipes`, or a recipe's file.
        recipe: String,
        #[arg(long)]
        name: String,
        /// Where it is; may be left out if each target of a product says so itself.
        #[arg(long, default_value = "")]
        base_url: String,
        /// NAME=-: a secret of the recipe, a line of standard input each; kept in the keychain.
        #[arg(long, value_name = "NAME=-")]
        secret: Vec<String>,
    },
    /// Ask it whether it answers, and show the call.
    Try {
        /// Its name or its id.
        name: String,
        /// A value that a target would give: base_url=…
        #[arg(long, value_name = "K=V")]
        param: Vec<String>,
    },
}

pub fn endpoint(context: &Context, verb: Endpoint) -> Result<u8, Failure> {
    match verb {
        Endpoint::Check { file } => {
            let problems = desk::check_recipe(&file)?;
            let count = problems.as_array().map_or(0, Vec::len);
            context.print.list(&problems, |one| {
                format!("line {}: {}", one["line"], text(&one["message"]))
            })?;
            Ok(u8::from(count > 0))
        }
        Endpoint::Recipes { name: None } => {
            context.print.list(&desk::recipes_that_ship(), |one| {
                format!("{:24} {}", text(&one["name"]), text(&one["title"]))
            })?;
            Ok(0)
        }
        Endpoint::Recipes { name: Some(name) } => {
            let found = desk::recipe_text(&name).ok_or_else(|| no_recipe(&name))?;
            std::io::stdout().write_all(found.as_bytes())?;
            Ok(0)
        }
        Endpoint::Add { recipe, name, base_url, secret } => {
            add(context, &recipe, &name, &base_url, &secret)
        }
        Endpoint::Try { name, param } => {
            let mut params = Map::new();
            for one in param {
                let (key, value) = one.split_once('=').ok_or_else(|| {
                    Failure::usage(format!("“{one}” is no K=V."), "Write --param base_url=http://…")
                })?;
                params.insert(key.into(), value.into());
            }
            let request = json!({ "endpoint": find(context, &name)?, "params": params });
            let tried = context.call("endpoint_try", request)?;
            context.print.document(&tried)?;
            Ok(if tried["ok"] == true { 0 } else { 3 })
        }
    }
}

fn add(
    context: &Context,
    recipe: &str,
    name: &str,
    base_url: &str,
    secrets: &[String],
) -> Result<u8, Failure> {
    let path = PathBuf::from(recipe);
    let (recipe, recipe_text) = if path.is_file() {
        let problems = desk::check_recipe(&path)?;
        if let Some(first) = problems.as_array().and_then(|problems| problems.first()) {
            return Err(Failure::usage(
                format!("{recipe}, line {}: {}", first["line"], text(&first["message"])),
                "`hotfix endpoint check` explains every mistake in it.",
            ));
        }
        ("custom", std::fs::read_to_string(&path)?)
    } else if desk::ships_recipe(recipe) {
        (recipe, String::new())
    } else {
        return Err(no_recipe(recipe));
    };
    let id = slug(name);
    if id.is_empty() {
        return Err(Failure::usage("The name is missing.", "Use --name “Staging agent”."));
    }
    let mut names = Vec::new();
    for one in secrets {
        // Anything else would stand in the shell's history and in every list of processes.
        let name = one.strip_suffix("=-").filter(|name| !name.is_empty()).ok_or_else(|| {
            Failure::usage(
                "A secret is read from standard input only.",
                "Write --secret NAME=- and pipe its value in.",
            )
        })?;
        names.push(name.to_owned());
    }
    let mut lines = std::io::stdin().lock().lines();
    for name in &names {
        let value = lines.next().transpose()?.filter(|line| !line.is_empty()).ok_or_else(|| {
            Failure::usage(format!("Standard input has no line for {name}."), "Pipe its value in.")
        })?;
        let request = json!({ "endpoint": id, "name": name, "value": value });
        context.call("endpoint_secret_set", request)?;
    }
    let object = json!({
        "kind": "endpoint", "id": id, "name": name, "recipe": recipe,
        "recipe_text": recipe_text, "base_url": base_url, "secrets": names,
    });
    context.call("catalog_save", json!({ "object": object }))?;
    context.print.done(&id, &json!({ "id": id }))
}

fn no_recipe(name: &str) -> Failure {
    Failure::usage(
        format!("There is no recipe and no file “{name}”."),
        "`hotfix endpoint recipes` lists those that ship.",
    )
}

/// The id of the endpoint that is called so.
fn find(context: &Context, name: &str) -> Result<String, Failure> {
    let row = found(context, "endpoint", name)?;
    Ok(row.map_or_else(|| name.to_owned(), |row| text(&row["object"]["id"])))
}
