//! `hotfix catalog …`: people, products, policies, templates and all else that Settings keeps, as text:
//! what `list` writes, `save` reads, so that a workspace's settings can be kept and copied as a file.

use super::found;
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::{Value, json};
use std::{io::Read as _, path::PathBuf};

#[derive(Subcommand)]
pub enum Catalog {
    /// List the objects, of one kind or all.
    List {
        #[arg(value_parser = KINDS)]
        kind: Option<String>,
    },
    /// Show an object, as `save` reads it.
    Show {
        #[arg(value_parser = KINDS)]
        kind: String,
        /// Its name or its id.
        name: String,
    },
    /// Save objects, new or changed: one, a list, or one a line. What is saved already as it is there
    /// stays as it is.
    Save {
        /// A file of JSON; standard input if it is `-`.
        file: PathBuf,
    },
    /// Take an object out of use.
    Retire {
        #[arg(value_parser = KINDS)]
        kind: String,
        /// Its name or its id.
        name: String,
    },
}

/// `CatalogObject::kind`; a test holds them together.
const KINDS: [&str; 15] = [
    "person",
    "team",
    "product",
    "endpoint",
    "policy",
    "rubric",
    "checklist",
    "template",
    "audience",
    "calendar",
    "business_calendar",
    "source",
    "published_calendar",
    "messenger",
    "access",
];

pub fn catalog(context: &Context, verb: Catalog) -> Result<u8, Failure> {
    match verb {
        Catalog::List { kind } => {
            let rows = context.call("catalog_list", json!({ "kind": kind }))?;
            let objects: Value =
                rows.as_array().into_iter().flatten().map(|row| row["object"].clone()).collect();
            context.print.list(&objects, |one| {
                let (kind, id) = (text(&one["kind"]), text(&one["id"]));
                format!("{kind:<18} {id:<24} {}", text(&one["name"]))
            })
        }
        Catalog::Show { kind, name } => {
            context.print.document(&known(context, &kind, &name)?["object"])
        }
        Catalog::Save { file } => save(context, &file),
        Catalog::Retire { kind, name } => {
            let id = known(context, &kind, &name)?["object"]["id"].clone();
            context.call("catalog_retire", json!({ "kind": kind, "id": id }))?;
            context.print.done(&format!("Out of use: {}", text(&id)), &json!({ "id": id }))
        }
    }
}

fn known(context: &Context, kind: &str, name: &str) -> Result<Value, Failure> {
    found(context, kind, name)?.ok_or_else(|| {
        Failure::usage(
            "NAME",
            format!("There is no {kind} “{name}”."),
            &format!("`hotfix catalog list {kind}` lists them."),
        )
    })
}

/// Saves in the order of the file; what is refused, because it names what comes further down, is tried
/// again after the others. Each object is saved whole or not at all.
fn save(context: &Context, file: &PathBuf) -> Result<u8, Failure> {
    let mut objects = read(file)?;
    let rows = context.call("catalog_list", json!({}))?;
    let rows = rows.as_array().cloned().unwrap_or_default();
    let (mut saved, mut unchanged) = (Vec::new(), Vec::new());
    loop {
        let (before, mut refused) = (objects.len(), Vec::new());
        for (place, object) in objects {
            let row = rows.iter().find(|row| {
                ["kind", "id"].iter().all(|field| row["object"][field] == object[field])
            });
            let name = format!("{}/{}", text(&object["kind"]), text(&object["id"]));
            if row.is_some_and(|row| row["object"] == object) {
                unchanged.push(name);
                continue;
            }
            let base = row.map(|row| row["version"].clone());
            match context.call("catalog_save", json!({ "object": object, "base": base })) {
                Ok(_) => saved.push(name),
                Err(failure) => refused.push((place, object, failure)),
            }
        }
        if refused.is_empty() {
            break;
        }
        if refused.len() == before {
            let (place, object, failure) = refused.swap_remove(0);
            let name = format!("{}/{}", text(&object["kind"]), text(&object["id"]));
            return Err(failure.within(&format!("{place}, {name}"), saved.len()));
        }
        objects = refused.into_iter().map(|(place, object, _)| (place, object)).collect();
    }
    let said = match (saved.len(), unchanged.len()) {
        (0, 0) => "There was nothing to save.".to_owned(),
        (saved, 0) => format!("Saved: {saved}"),
        (saved, unchanged) => format!("Saved: {saved}, unchanged: {unchanged}"),
    };
    context.print.done(&said, &json!({ "saved": saved, "unchanged": unchanged }))
}

/// The objects of a file, each with the place it begins at.
fn read(file: &PathBuf) -> Result<Vec<(String, Value)>, Failure> {
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file).map_err(|error| {
            Failure::usage(
                "FILE",
                format!("{} cannot be read: {error}.", file.display()),
                "Name a file of JSON, or - for standard input.",
            )
        })?;
    }
    let wrong = |message: String| {
        let hint =
            "`hotfix --json catalog list` and `hotfix catalog show` write what is read here.";
        Failure::usage("FILE", message, hint)
    };
    let mut objects = Vec::new();
    let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    for value in values {
        let value = value.map_err(|error| wrong(format!("This is not JSON: {error}.")))?;
        match value {
            Value::Array(list) => objects.extend(list),
            one => objects.push(one),
        }
    }
    let mut placed = Vec::new();
    for (index, object) in objects.into_iter().enumerate() {
        let place = format!("object {}", index + 1);
        let lacks = ["kind", "id"].into_iter().find(|field| !object[field].is_string());
        if let Some(field) = lacks {
            return Err(wrong(format!("The {field} of {place} is missing.")));
        }
        let kind = text(&object["kind"]);
        if !KINDS.contains(&kind.as_str()) {
            return Err(wrong(format!("“{kind}” of {place} is none of: {}.", KINDS.join(", "))));
        }
        placed.push((place, object));
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn the_kinds_are_those_of_the_catalog() {
        let schema = hotfix_core::api::schema();
        let kinds: Vec<_> = schema["$defs"]["CatalogObject"]["oneOf"]
            .as_array()
            .expect("the kinds of an object")
            .iter()
            .map(|one| one["properties"]["kind"]["const"].as_str().expect("a kind"))
            .collect();
        assert_eq!(kinds, KINDS);
    }
}
