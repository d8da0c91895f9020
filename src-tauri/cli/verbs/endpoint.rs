//! `hotfix endpoint …`: the systems that deploy.

use super::{found, piped, slug};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use hotfix_core::desk;
use serde_json::{Map, Value, json};
use std::{
    io::{BufRead as _, Write as _},
    path::PathBuf,
};

#[derive(Subcommand)]
pub enum Endpoint {
    /// Explain every mistake in a recipe, by line.
    Check { file: PathBuf },
    /// Every system that an endpoint can be; with a name, the text of its recipe, to begin one's own with.
    Systems { name: Option<String> },
    /// Every endpoint.
    List,
    /// Add an endpoint, from a recipe that ships, from a file, or for a command of this machine.
    Add(Box<Add>),
    /// Ask it a question that changes nothing, and show the calls.
    Try {
        /// Its name or its id.
        name: String,
        /// A value that a target would give: base_url=…; for locate key=…, for poll and logs run=…
        #[arg(long, value_name = "K=V")]
        param: Vec<String>,
        /// `health`, `version`, `locate`, `poll` or `logs`.
        #[arg(long, default_value = "health")]
        question: String,
    },
    /// Let its command, as it is saved, be run on this machine; its words are shown.
    Allow {
        /// Its name or its id.
        name: String,
        /// Not any more.
        #[arg(long)]
        off: bool,
    },
}

#[derive(Args)]
pub struct Add {
    /// `generic-http` or another system, a recipe's file, or `command`.
    recipe: String,
    #[arg(long)]
    name: String,
    /// Where it is; the recipe's own address, if it has one and this is left out.
    #[arg(long, default_value = "")]
    base_url: String,
    /// A setting of the recipe.
    #[arg(long, value_name = "K=V")]
    set: Vec<String>,
    /// NAME=-: a secret of the recipe, a line of standard input each; kept in the keychain.
    #[arg(long, value_name = "NAME=-")]
    secret: Vec<String>,
    /// A host that may be reached, with its port where it is unusual; left out, those of its addresses.
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// The proxy that its calls go through.
    #[arg(long, value_name = "URL", default_value = "")]
    proxy: String,
    /// A file with the certificate (PEM) of its own authority, which alone is trusted then.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// For `command`: where it runs.
    #[arg(long, value_name = "FOLDER", default_value = "")]
    folder: String,
    /// For `command`: a variable that is handed on.
    #[arg(long, value_name = "NAME")]
    pass: Vec<String>,
    /// For `command`: after that it is ended.
    #[arg(long, default_value_t = 30)]
    timeout_minutes: u32,
    /// For `command`: a word of what rolls back, again for each.
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    rollback: Vec<String>,
    /// For `command`: a word of what asks for the health, again for each.
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    health: Vec<String>,
    /// For `command`: a word of what asks for the version, again for each.
    #[arg(long = "running", value_name = "WORD", allow_hyphen_values = true)]
    running: Vec<String>,
    /// For `command`: the program that deploys and its words, after `--`.
    #[arg(last = true)]
    words: Vec<String>,
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
        Endpoint::Systems { name: None } => {
            context.print.list(&desk::systems()?, |one| {
                format!("{:<22} {}", text(&one["name"]), text(&one["title"]))
            })?;
            Ok(0)
        }
        Endpoint::Systems { name: Some(name) } => {
            let found = desk::recipe_text(&name).ok_or_else(|| no_recipe(&name))?;
            std::io::stdout().write_all(found.as_bytes())?;
            Ok(0)
        }
        Endpoint::List => {
            let rows = context.call("catalog_list", json!({ "kind": "endpoint" }))?;
            let all = rows.as_array().into_iter().flatten().map(|row| row["object"].clone());
            context.print.list(&all.collect::<Value>(), |one| {
                let place = match one["recipe"] == "command" {
                    true => text(&one["command"]["argv"][0]),
                    false => text(&one["base_url"]),
                };
                let (id, recipe) = (text(&one["id"]), text(&one["recipe"]));
                format!("{id:<20} {recipe:<18} {place}")
            })?;
            Ok(0)
        }
        Endpoint::Add(given) => add(context, &given),
        Endpoint::Try { name, param, question } => {
            let params = pairs(&param, "--param base_url=http://…")?;
            let endpoint = find(context, &name)?;
            let request = json!({ "endpoint": endpoint, "params": params, "question": question });
            let tried = context.call("endpoint_try", request)?;
            context.print.document(&tried)?;
            Ok(if tried["ok"] == true { 0 } else { 3 })
        }
        Endpoint::Allow { name, off } => {
            let id = find(context, &name)?;
            let rows = context.call("catalog_list", json!({ "kind": "endpoint" }))?;
            let rows = rows.as_array().cloned().unwrap_or_default();
            let found = rows.iter().find(|row| row["object"]["id"] == id.as_str());
            let command = found.map_or(Value::Null, |row| row["object"]["command"].clone());
            context.call("endpoint_command_allow", json!({ "endpoint": id, "on": !off }))?;
            let words = command["argv"].as_array().into_iter().flatten().map(text);
            let line = words.collect::<Vec<_>>().join(" ");
            let said = if off { format!("{id}: not any more") } else { format!("{id}: {line}") };
            context.print.done(&said, &json!({ "id": id, "allowed": !off, "command": command }))
        }
    }
}

fn pairs(given: &[String], example: &str) -> Result<Map<String, Value>, Failure> {
    let mut all = Map::new();
    for one in given {
        let (key, value) = one.split_once('=').ok_or_else(|| {
            Failure::usage("K=V", format!("“{one}” is no K=V."), &format!("Write {example}"))
        })?;
        all.insert(key.into(), value.into());
    }
    Ok(all)
}

fn add(context: &Context, given: &Add) -> Result<u8, Failure> {
    let recipe = given.recipe.as_str();
    let path = PathBuf::from(recipe);
    let (recipe, recipe_text) = if path.is_file() {
        let problems = desk::check_recipe(&path)?;
        if let Some(first) = problems.as_array().and_then(|problems| problems.first()) {
            return Err(Failure::usage(
                "RECIPE",
                format!("{recipe}, line {}: {}", first["line"], text(&first["message"])),
                "`hotfix endpoint check` explains every mistake in it.",
            ));
        }
        ("custom", std::fs::read_to_string(&path)?)
    } else {
        let systems = desk::systems()?;
        let known =
            systems.as_array().is_some_and(|all| all.iter().any(|one| one["name"] == recipe));
        if !known {
            return Err(no_recipe(recipe));
        }
        (recipe, String::new())
    };
    let runs = recipe == "command";
    if !runs && !given.words.is_empty() {
        return Err(Failure::usage(
            "--",
            "Only a command has words after `--`.",
            "Write hotfix endpoint add command --name N --folder /srv -- PROGRAM WORD…",
        ));
    }
    let id = slug(&given.name);
    if id.is_empty() {
        return Err(Failure::usage(
            "--name",
            "The name is missing.",
            "Use --name “Staging agent”.",
        ));
    }
    let ca = match &given.ca {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(
                "--ca",
                format!("{} cannot be read: {error}.", path.display()),
                "Name a file with a certificate as PEM.",
            )
        })?,
    };
    let mut names = Vec::new();
    for one in &given.secret {
        // Anything else would stand in the shell's history and in every list of processes.
        let name = one.strip_suffix("=-").filter(|name| !name.is_empty()).ok_or_else(|| {
            Failure::usage(
                "--secret",
                "A secret is read from standard input only.",
                "Write --secret NAME=- and pipe its value in.",
            )
        })?;
        names.push(name.to_owned());
    }
    let command = runs.then(|| {
        json!({
            "argv": given.words, "rollback": given.rollback, "health": given.health,
            "version": given.running, "folder": given.folder, "environment": given.pass,
            "timeout_minutes": given.timeout_minutes,
        })
    });
    let object = json!({
        "kind": "endpoint", "id": id, "name": given.name, "recipe": recipe,
        "recipe_text": recipe_text, "base_url": given.base_url,
        "settings": pairs(&given.set, "--set project=shop")?, "secrets": names,
        "hosts": given.host, "proxy": given.proxy, "ca": ca, "command": command,
    });
    let mut lines = std::io::stdin().lock().lines();
    for name in &names {
        let value = piped(&mut lines, "--secret", name)?;
        let request = json!({ "endpoint": id, "name": name, "value": value });
        context.call("endpoint_secret_set", request)?;
    }
    context.call("catalog_save", json!({ "object": object }))?;
    context.print.done(&id, &json!({ "id": id }))
}

fn no_recipe(name: &str) -> Failure {
    Failure::usage(
        "RECIPE",
        format!("There is no recipe and no file “{name}”."),
        "`hotfix endpoint systems` lists those that ship.",
    )
}

/// The id of the endpoint that is called so.
fn find(context: &Context, name: &str) -> Result<String, Failure> {
    let row = found(context, "endpoint", name)?;
    Ok(row.map_or_else(|| name.to_owned(), |row| text(&row["object"]["id"])))
}
