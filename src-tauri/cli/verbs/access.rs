//! `hotfix access …`: how hosts are reached by probes, gates and checks.

use super::{done, found, secret_line, slug};
use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Access {
    /// Add an access; one of that name is changed.
    Add(Box<Add>),
    /// Which there are, for which hosts, and who uses them.
    List {
        /// Those that are for this address first.
        #[arg(long)]
        url: Option<String>,
    },
    /// Whether this machine has its secret, and where; with --secret - it is kept.
    Secret {
        /// Its name or its id.
        name: String,
        /// `-`: the first line of standard input, kept in the keychain; an empty one is refused.
        #[arg(long, value_name = "-", conflicts_with = "forget")]
        secret: Option<String>,
        /// Take it out of the keychain.
        #[arg(long)]
        forget: bool,
    },
}

#[derive(Args)]
pub struct Add {
    #[arg(long)]
    name: String,
    /// host or host:port that it is for; nothing of it goes to any other.
    #[arg(long, required = true)]
    host: Vec<String>,
    /// NAME=VALUE: a header that is sent along, and is no secret.
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
    /// Asked with a token.
    #[arg(long, conflicts_with_all = ["user", "secret_header"])]
    bearer: bool,
    /// Asked as this user, with a password.
    #[arg(long, conflicts_with = "secret_header")]
    user: Option<String>,
    /// Asked with a secret that is the whole value of this header.
    #[arg(long, value_name = "NAME")]
    secret_header: Option<String>,
    /// `-`: the token, password or secret; the first line of standard input, kept in the keychain.
    #[arg(long, value_name = "-")]
    secret: Option<String>,
    /// A file with the certificates (PEM) of the authorities that alone are trusted there.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// http://host:port
    #[arg(long, default_value = "")]
    proxy: String,
}

pub fn access(context: &Context, verb: Access) -> Result<u8, Failure> {
    match verb {
        Access::Add(wanted) => add(context, *wanted),
        Access::List { url } => {
            let rows = context.call("access_list", json!({ "url": url }))?;
            context.print.list(&rows, |row| {
                let hosts: Vec<_> =
                    row["hosts"].as_array().into_iter().flatten().map(text).collect();
                let used = row["used_by"].as_array().map_or(0, Vec::len);
                format!(
                    "{:<20} {:<7} {}  (used {used} times)",
                    text(&row["access"]),
                    text(&row["login"]["by"]),
                    hosts.join(", ")
                )
            })
        }
        Access::Secret { name, secret, forget } => {
            let row = found(context, "access", &name)?.ok_or_else(|| {
                Failure::usage(
                    "NAME",
                    format!("There is no access “{name}”."),
                    "`hotfix access list` names them.",
                )
            })?;
            let id = &row["object"]["id"];
            let value = if forget { Some(String::new()) } else { secret_line(secret.as_deref())? };
            if let Some(value) = value {
                let request = json!({ "access": id, "value": value });
                return done(context, "access_secret_set", request);
            }
            let kept = context.call("access_secret", json!({ "access": id }))?;
            let sentence = match kept["place"].as_str() {
                Some(place) => format!("Kept here ({place})."),
                None => "Not on this machine.".into(),
            };
            context.print.done(&sentence, &kept)?;
            Ok(u8::from(kept["kept"] != true))
        }
    }
}

fn add(context: &Context, wanted: Add) -> Result<u8, Failure> {
    let id = slug(&wanted.name);
    if id.is_empty() {
        return Err(Failure::usage("--name", "The name is missing.", "Use --name “Inside”."));
    }
    let header = |one: &String| match one.split_once('=') {
        Some((name, value)) => Ok(json!({ "name": name.trim(), "value": value.trim() })),
        None => Err(Failure::usage(
            "--header",
            format!("“{one}” is no header."),
            "Write it like --header X-Tenant=shop.",
        )),
    };
    let headers = wanted.header.iter().map(header).collect::<Result<Vec<Value>, Failure>>()?;
    let login = match (wanted.bearer, wanted.user, wanted.secret_header) {
        (true, ..) => json!({ "by": "bearer" }),
        (_, Some(user), _) => json!({ "by": "basic", "user": user }),
        (.., Some(name)) => json!({ "by": "header", "name": name }),
        _ => json!({ "by": "nobody" }),
    };
    if wanted.secret.is_some() && login["by"] == "nobody" {
        return Err(Failure::usage(
            "--secret",
            "Nobody logs in, so no secret is sent.",
            "Add --bearer, --user NAME or --secret-header NAME.",
        ));
    }
    let ca = match &wanted.ca {
        None => String::new(),
        Some(file) => std::fs::read_to_string(file).map_err(|error| {
            Failure::usage(
                "--ca",
                format!("{} cannot be read: {error}.", file.display()),
                "Name a file of PEM.",
            )
        })?,
    };
    let value = secret_line(wanted.secret.as_deref())?;
    let object = json!({
        "kind": "access", "id": id, "name": wanted.name, "hosts": wanted.host,
        "headers": headers, "login": login, "ca": ca, "proxy": wanted.proxy,
    });
    done(context, "catalog_save", json!({ "object": object }))?;
    if let Some(value) = value {
        context.call("access_secret_set", json!({ "access": id, "value": value }))?;
    }
    Ok(0)
}
