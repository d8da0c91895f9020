//! `hotfix`: every command and query of the desk from a terminal, and the engine without a window.
//!
//! It only adapts: each verb becomes a request of `api.rs`, the answer is printed, and the kind of
//! an error becomes an exit code (see `answer`). No rule lives here.

mod answer;
mod files;
mod verbs;

use answer::{Failure, Printer};
use clap::{Parser, Subcommand};
use hotfix_core::{
    desk::{As, Desk, Options},
    error::Error,
};
use std::{path::PathBuf, process::ExitCode};

/// Take a hot fix from the first report to the day nobody thinks of it any more.
#[derive(Parser)]
#[command(name = "hotfix", version, max_term_width = 100)]
struct Cli {
    /// The workspace file.
    #[arg(short = 'W', long, env = "HOTFIX_WORKSPACE", global = true)]
    workspace: Option<PathBuf>,
    /// One JSON document, lists as JSON lines.
    #[arg(long, global = true)]
    json: bool,
    /// Act as this person of the catalog.
    #[arg(long = "as", value_name = "PERSON", global = true)]
    person: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make a new workspace.
    Init {
        /// The workspace's name; the file's, if left out.
        #[arg(long)]
        name: Option<String>,
    },
    /// Make a realistic workspace: the same seed gives the same content.
    Sample {
        #[arg(long)]
        out: PathBuf,
        #[arg(long, default_value_t = 300)]
        issues: usize,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    #[command(subcommand)]
    Issue(verbs::issue::Issue),
    #[command(subcommand)]
    Fix(Box<verbs::fix::Fix>),
    #[command(subcommand)]
    Deploy(verbs::deploy::Deploy),
    #[command(subcommand)]
    Message(verbs::message::Message),
    #[command(subcommand)]
    Monitor(verbs::monitor::Monitor),
    #[command(subcommand)]
    Calendar(verbs::calendar::Calendar),
    #[command(subcommand)]
    Endpoint(verbs::endpoint::Endpoint),
    #[command(subcommand)]
    Source(verbs::source::Source),
    /// The key that packages are signed with.
    #[command(subcommand)]
    Key(verbs::package::Key),
    /// Search over everything.
    Search {
        text: String,
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Everything I can clear.
    Waiting,
    /// Write a hot fix's report to a new file.
    Report {
        key: String,
        #[arg(long, value_parser = ["md", "html"], default_value = "md")]
        format: String,
        #[arg(long)]
        out: PathBuf,
    },
    #[command(subcommand)]
    Audit(files::Audit),
    /// Make all views anew from the journal.
    Rebuild,
    /// Write the views' rows in a fixed order, to compare two files.
    Dump,
    /// Write a verified copy to a new file.
    Backup { file: PathBuf },
    /// Make the workspace out of a verified backup, without what was erased since; refuses an
    /// existing file.
    Restore {
        file: PathBuf,
        /// A later file of the same workspace: it knows what was left of each text that was erased.
        #[arg(long)]
        later: Option<PathBuf>,
    },
    /// Call a command or query of the api by name.
    Call {
        name: String,
        #[arg(default_value = "{}")]
        request: String,
    },
    /// Show every command and query, or one, with its request and answer.
    Schema { name: Option<String> },
    /// Run deployments, messages and probes without a window.
    Agent,
}

/// What a verb needs.
struct Context {
    workspace: Option<PathBuf>,
    how: As,
    print: Printer,
}

impl Context {
    fn path(&self) -> Result<&PathBuf, Failure> {
        self.workspace.as_ref().ok_or_else(|| {
            Failure::usage(
                "No workspace is named.",
                "Use --workspace FILE, or set HOTFIX_WORKSPACE.",
            )
        })
    }

    fn desk(&self) -> Result<Desk, Failure> {
        Ok(Desk::open(self.path()?, Options::of_this_machine())?)
    }

    /// Calls an entry of the api in the workspace.
    fn call(&self, name: &str, request: serde_json::Value) -> Result<serde_json::Value, Failure> {
        Ok(self.desk()?.call_as(name, request, &self.how)?)
    }
}

fn main() -> ExitCode {
    // A command of an endpoint is watched by a process of its own, which outlives whoever started it.
    if let Some(watched) = hotfix_core::desk::watched(std::env::args_os()) {
        return if watched.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own errors are wrong use (2); help and version are not errors.
            if error.use_stderr() && std::env::args_os().any(|word| word == "--json") {
                return wrong_use(&error).report(&Printer { json: true });
            }
            let code = if error.use_stderr() { 2 } else { 0 };
            if error.print().is_err() {
                return ExitCode::from(3);
            }
            return ExitCode::from(code);
        }
    };
    let print = Printer { json: cli.json };
    let how = As { person: cli.person, ..As::default() };
    let context = Context { workspace: cli.workspace, how, print };
    match run(&context, cli.verb) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(&context.print),
    }
}

/// clap's sentence and its advice, for a reader that is a program.
fn wrong_use(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or("The command line cannot be read.");
    let advice: Vec<&str> = lines.collect();
    Failure::usage(message.trim_start_matches("error: "), &advice.join(" "))
}

fn run(context: &Context, verb: Verb) -> Result<u8, Failure> {
    match verb {
        Verb::Init { name } => files::init(context, name),
        Verb::Sample { out, issues, seed } => files::sample(context, &out, issues, seed),
        Verb::Issue(verb) => verbs::issue::issue(context, verb),
        Verb::Fix(verb) => verbs::fix::fix(context, *verb),
        Verb::Deploy(verb) => verbs::deploy::deploy(context, verb),
        Verb::Message(verb) => verbs::message::message(context, verb),
        Verb::Monitor(verb) => verbs::monitor::monitor(context, verb),
        Verb::Calendar(verb) => verbs::calendar::calendar(context, verb),
        Verb::Endpoint(verb) => verbs::endpoint::endpoint(context, verb),
        Verb::Source(verb) => verbs::source::source(context, verb),
        Verb::Key(verb) => verbs::package::key(context, verb),
        Verb::Search { text, limit } => verbs::search(context, &text, limit),
        Verb::Waiting => {
            let items = context.call("waiting", serde_json::json!({}))?;
            context.print.list(&items, |item| {
                format!(
                    "{}  {}  {}",
                    answer::text(&item["key"]),
                    answer::text(&item["what"]),
                    answer::text(&item["title"])
                )
            })
        }
        Verb::Report { key, format, out } => {
            let request = serde_json::json!({ "key": key, "format": format, "path": out });
            context.call("report_save", request)?;
            context
                .print
                .done(&format!("Written: {}", out.display()), &serde_json::json!({ "path": out }))
        }
        Verb::Audit(verb) => files::audit(context, verb),
        Verb::Rebuild => {
            let rebuilt = context.call("rebuild", serde_json::json!({}))?;
            context
                .print
                .done(&format!("{} events, {} s", rebuilt["events"], rebuilt["seconds"]), &rebuilt)
        }
        Verb::Dump => {
            context.desk()?.dump(&mut std::io::stdout().lock())?;
            Ok(0)
        }
        Verb::Backup { file } => {
            context.call("backup", serde_json::json!({ "path": file }))?;
            context.print.done(
                &format!("Written and verified: {}", file.display()),
                &serde_json::json!({ "path": file }),
            )
        }
        Verb::Restore { file, later } => files::restore(context, &file, later.as_deref()),
        Verb::Call { name, request } => {
            let request = serde_json::from_str(&request).map_err(|error| {
                Failure::usage(
                    format!("The request is not JSON: {error}."),
                    "Quote it as one argument.",
                )
            })?;
            context.print.document(&context.call(&name, request)?)
        }
        Verb::Schema { name } => schema(context, name.as_deref()),
        Verb::Agent => files::agent(context),
    }
}

fn schema(context: &Context, name: Option<&str>) -> Result<u8, Failure> {
    let all = hotfix_core::api::schema();
    let Some(name) = name else { return context.print.document(&all) };
    let entry = all["entries"]
        .as_array()
        .and_then(|entries| entries.iter().find(|entry| entry["name"] == name))
        .ok_or_else(|| {
            Error::invalid(format!("There is no command or query “{name}”."))
                .hint("`hotfix schema` lists them.")
        })?;
    context.print.document(&serde_json::json!({ "entry": entry, "$defs": all["$defs"] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_verbs_and_flags_are_consistent() {
        Cli::command().debug_assert();
    }
}
