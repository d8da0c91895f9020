//! `hotfix`: every command and query of the desk from a terminal, and the engine without a window.
//!
//! It only adapts: each verb becomes a request of `api.rs`, the answer is printed, and the kind of
//! an error becomes an exit code (see `answer`). No rule lives here.

mod answer;
mod files;
mod verbs;

use answer::{Failure, Printer};
use clap::{CommandFactory as _, Parser, Subcommand, error::ContextKind};
use hotfix_core::{
    desk::{As, Desk, Options},
    error::Error,
};
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

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
    acting: Option<String>,
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
    /// Issues: log, triage, answer, merge.
    #[command(subcommand)]
    Issue(verbs::issue::Issue),
    /// Hot fixes: from the cause to the package, approval and closing.
    #[command(subcommand)]
    Fix(Box<verbs::fix::Fix>),
    /// Deployments: plan, start, follow, decide, roll back.
    #[command(subcommand)]
    Deploy(verbs::deploy::Deploy),
    /// What people are told.
    #[command(subcommand)]
    Message(verbs::message::Message),
    /// Mail servers, chat channels and webhooks by which messages leave.
    #[command(subcommand)]
    Messenger(verbs::messenger::Messenger),
    /// Probes of a shipped hot fix.
    #[command(subcommand)]
    Monitor(verbs::monitor::Monitor),
    /// Questions about a fix, their answers, and what people think of it.
    #[command(subcommand)]
    Support(verbs::support::Support),
    /// Freezes, windows, duty; free slots and conflicts.
    #[command(subcommand)]
    Calendar(verbs::calendar::Calendar),
    /// The systems that deploy.
    #[command(subcommand)]
    Endpoint(verbs::endpoint::Endpoint),
    /// People, products, policies, templates and all else that Settings keeps, as text.
    #[command(subcommand)]
    Catalog(verbs::catalog::Catalog),
    /// How hosts are reached by probes, gates and checks: logins, headers, authorities, proxies.
    #[command(subcommand)]
    Access(verbs::access::Access),
    /// Where issues come from by themselves.
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
    /// Lead time, deployment frequency, change fail rate and the other measures of a period.
    Metrics(verbs::metrics::Metrics),
    /// A hot fix's report, to a new file or (Markdown and HTML) to standard output.
    Report(verbs::report::Report),
    /// Everything about a hot fix in a new zip that an auditor can check offline.
    Bundle(verbs::report::Bundle),
    /// The proof that nothing of the journal was changed.
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
                "--workspace",
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
    match carry_out(cli) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.or_hint(|| help(std::env::args_os())).report(&print),
    }
}

fn carry_out(cli: Cli) -> Result<u8, Failure> {
    let how = As { person: cli.acting, ..As::default() };
    let print = Printer { json: cli.json };
    run(&Context { workspace: cli.workspace, how, print }, cli.verb)
}

/// The way to what the verb of these words takes.
fn help(words: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> String {
    let mut verb = String::from("hotfix");
    let Ok(matches) = Cli::command().try_get_matches_from(words) else {
        return format!("`{verb} --help` shows the verbs.");
    };
    let mut at = &matches;
    while let Some((name, below)) = at.subcommand() {
        if let (0, "call", Ok(Some(entry))) =
            (verb.matches(' ').count(), name, below.try_get_one::<String>("name"))
        {
            return format!("`hotfix schema {entry}` shows what it takes.");
        }
        verb = format!("{verb} {name}");
        at = below;
    }
    format!("`{verb} --help` shows what it takes.")
}

/// clap's sentence, the word it is about and its advice, for a reader that is a program.
fn wrong_use(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or("The command line cannot be read.");
    let advice: Vec<&str> = lines.collect();
    let about = [ContextKind::InvalidArg, ContextKind::InvalidSubcommand]
        .into_iter()
        .find_map(|kind| error.get(kind).map(ToString::to_string));
    // A verb that is missing altogether has no name, nor has a word that is empty.
    let place = about.filter(|about| !about.is_empty()).unwrap_or_else(|| "VERB".into());
    Failure::usage(&place, message.trim_start_matches("error: "), &advice.join(" "))
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
        Verb::Support(verb) => verbs::support::support(context, verb),
        Verb::Calendar(verb) => verbs::calendar::calendar(context, verb),
        Verb::Endpoint(verb) => verbs::endpoint::endpoint(context, verb),
        Verb::Catalog(verb) => verbs::catalog::catalog(context, verb),
        Verb::Access(verb) => verbs::access::access(context, verb),
        Verb::Source(verb) => verbs::source::source(context, verb),
        Verb::Messenger(verb) => verbs::messenger::messenger(context, verb),
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
        Verb::Metrics(asked) => verbs::metrics::metrics(context, asked),
        Verb::Report(asked) => verbs::report::report(context, asked),
        Verb::Bundle(asked) => verbs::report::bundle(context, &asked),
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
                    "REQUEST",
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
            Error::field("name", format!("There is no command or query “{name}”."))
                .hint("`hotfix schema` lists them.")
        })?;
    context.print.document(&serde_json::json!({ "entry": entry, "$defs": all["$defs"] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{ArgAction, Command};
    use hotfix_core::error::Kind;
    use std::collections::BTreeMap;

    #[test]
    fn the_verbs_and_flags_are_consistent() {
        Cli::command().debug_assert();
    }

    /// Neither a key, an id, a number nor a time, and no file can be written there.
    const NONSENSE: &str = "/no/such/folder/x";

    /// The verbs that can be carried out, by the words that lead to them.
    fn verbs(command: &Command, words: &[String], all: &mut Vec<(Vec<String>, Command)>) {
        let below: Vec<_> =
            command.get_subcommands().filter(|one| one.get_name() != "help").collect();
        if below.is_empty() {
            all.push((words.to_vec(), command.clone()));
        }
        for one in below {
            verbs(one, &[words, &[one.get_name().to_owned()]].concat(), all);
        }
    }

    /// How an argument is written with this value.
    fn written(argument: &clap::Arg, value: &str) -> Vec<String> {
        let flag = argument.get_long().map(|name| format!("--{name}"));
        let flag = flag.or_else(|| argument.get_short().map(|letter| format!("-{letter}")));
        match flag {
            Some(flag) if !argument.get_action().takes_values() => vec![flag],
            Some(flag) => vec![format!("{flag}={value}")],
            None => vec![value.to_owned()],
        }
    }

    /// A value that can be read, whatever comes of it.
    fn readable(argument: &clap::Arg) -> String {
        let first = argument.get_possible_values().first().map(|one| one.get_name().to_owned());
        first.unwrap_or_else(|| NONSENSE.into())
    }

    /// What is wrong with how it was refused, if it was.
    fn unclear(words: &[String]) -> Option<String> {
        let answer = match Cli::try_parse_from(words) {
            Ok(cli) => carry_out(cli).map_err(|failure| failure.or_hint(|| help(words))),
            Err(error) if error.use_stderr() => Err(wrong_use(&error)),
            Err(_) => return None,
        };
        let error = answer.err()?.told();
        let lacks =
            |part: &Option<String>| part.as_deref().is_none_or(|text| text.trim().is_empty());
        let mut wrong = Vec::new();
        if error.message.trim().len() < 8 {
            wrong.push("no sentence");
        }
        if error.kind == Kind::Internal {
            wrong.push("our own fault");
        }
        if error.kind == Kind::Invalid && lacks(&error.location) {
            wrong.push("no place");
        }
        if error.kind == Kind::Damaged && lacks(&error.location) {
            wrong.push("no place of the damage");
        }
        if lacks(&error.hint) {
            wrong.push("no remedy");
        }
        (!wrong.is_empty()).then(|| format!("{}: {}: {error:?}", words.join(" "), wrong.join(", ")))
    }

    #[test]
    fn every_verb_refuses_with_the_place_the_reason_and_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.hotfix");
        drop(Desk::create(&file, "Refusals", Options::default()).unwrap());
        // What a verb writes to a file with such a name is written there.
        std::env::set_current_dir(folder.path()).unwrap();
        let mut all = Vec::new();
        verbs(&Cli::command(), &[], &mut all);
        assert!(all.len() > 80, "{}", all.len());
        let mut tried: BTreeMap<String, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        for (path, verb) in &all {
            let start: Vec<String> =
                ["hotfix", "--json", "-W", file.to_str().unwrap()].map(str::to_owned).to_vec();
            let start = [start, path.clone()].concat();
            let own: Vec<_> = verb
                .get_arguments()
                .filter(|one| !one.is_global_set())
                .filter(|one| !matches!(one.get_action(), ArgAction::Help | ArgAction::Version))
                .collect();
            let required: Vec<_> = own.iter().filter(|one| one.is_required_set()).collect();
            let whole: Vec<String> =
                required.iter().flat_map(|one| written(one, &readable(one))).collect();
            let mut attempts = vec![vec!["--no-such-flag".to_owned()]];
            // The engine would run, and keep the test from ending.
            if path.first().is_some_and(|first| first == "agent") {
                wrong.extend(unclear(&[start, attempts.remove(0)].concat()));
                continue;
            }
            attempts.push(Vec::new());
            attempts.push(whole.clone());
            attempts.push([whole.clone(), vec!["--".into(), NONSENSE.into()]].concat());
            for one in &own {
                if one.is_required_set() {
                    for value in ["", NONSENSE, "-1"] {
                        let others = required.iter().filter(|other| other.get_id() != one.get_id());
                        let others = others.flat_map(|other| written(other, &readable(other)));
                        attempts.push(written(one, value).into_iter().chain(others).collect());
                    }
                } else {
                    for value in ["", NONSENSE, "-1", "99999999999999999999"] {
                        attempts.push([whole.clone(), written(one, value)].concat());
                    }
                    let known = one.get_possible_values();
                    let known = known.iter().map(|value| written(one, value.get_name()));
                    attempts.extend(known.map(|words| [whole.clone(), words].concat()));
                }
            }
            for attempt in attempts {
                // What is read from standard input is another matter.
                if attempt.iter().any(|word| word == "-" || word.ends_with("=-")) {
                    continue;
                }
                *tried.entry(path.join(" ")).or_default() += 1;
                wrong.extend(unclear(&[start.clone(), attempt].concat()));
            }
        }
        let attempts: usize = tried.values().sum();
        eprintln!("{attempts} wrong command lines of {} verbs", tried.len());
        assert!(wrong.is_empty(), "{} of {attempts}:\n{}", wrong.len(), wrong.join("\n"));
    }
}
