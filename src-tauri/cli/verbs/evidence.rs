//! `hotfix fix evidence …`: proof that tests ran, from reports, numbers, a CI system or a command.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use hotfix_core::desk;
use serde_json::{Value, json};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const FILTERS: [&str; 8] =
    ["all", "failed", "passed", "skipped", "newly", "still", "mended", "missing"];

#[derive(Subcommand)]
pub enum Evidence {
    /// Record proof that tests ran: a report (JUnit XML, TAP), or numbers.
    Add(Box<Add>),
    /// The runs, the newest first.
    List { key: String },
    /// One run with its failing tests; the newest, unless --run says otherwise.
    Show {
        key: String,
        #[arg(long)]
        run: Option<u32>,
        /// Which tests are listed.
        #[arg(long, value_parser = FILTERS, default_value = "failed")]
        which: String,
        /// Words that a test's name or message holds.
        #[arg(long, default_value = "")]
        text: String,
        #[arg(long)]
        limit: Option<u32>,
    },
    /// Run a test command of the product; exit 1 when tests fail. Ctrl+C stops it and all it started.
    Run {
        key: String,
        /// The suite, if the product has several.
        #[arg(long)]
        command: Option<String>,
        #[arg(long, default_value = "")]
        commit: String,
    },
    /// Ask the product's CI system how the checks of the commit stand, and record it.
    Fetch {
        key: String,
        #[arg(long, default_value = "")]
        commit: String,
        #[arg(long, default_value = "")]
        suite: String,
    },
    /// Make an issue of a test that failed; the same test is never two.
    Issue {
        key: String,
        /// As `fix evidence show` names it.
        test: String,
        #[arg(long)]
        run: Option<u32>,
    },
}

#[derive(Args)]
pub struct Add {
    key: String,
    /// A report, or a folder of reports; - is standard input. Several are one run.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The newest change's, if left out.
    #[arg(long, default_value = "")]
    commit: String,
    #[arg(long, default_value = "")]
    suite: String,
    #[arg(long, required_unless_present = "files")]
    passed: Option<u32>,
    #[arg(long, default_value_t = 0)]
    failed: u32,
    #[arg(long, default_value_t = 0)]
    skipped: u32,
    /// What the run printed: a text file.
    #[arg(long)]
    log: Option<PathBuf>,
}

pub fn evidence(context: &Context, verb: Evidence) -> Result<u8, Failure> {
    match verb {
        Evidence::Add(add) => self::add(context, *add),
        Evidence::List { key } => {
            let shown = context.call("fix_show", json!({ "key": key }))?;
            let mut runs = Vec::new();
            for (place, run) in
                shown["hotfix"]["tests"].as_array().into_iter().flatten().enumerate()
            {
                let mut run = run.clone();
                run["run"] = json!(place + 1);
                runs.insert(0, run);
            }
            context.print.list(&Value::Array(runs), |run| {
                let evidence = &run["evidence"];
                format!(
                    "{:>3}  {}  {}  {}",
                    run["run"],
                    text(&run["at"]),
                    short(&text(&evidence["commit"])),
                    counts(evidence)
                )
            })
        }
        Evidence::Show { key, run, which, text, limit } => {
            show(context, &key, run, &which, &text, limit)
        }
        Evidence::Run { key, command, commit } => self::run(context, &key, command, &commit),
        Evidence::Fetch { key, commit, suite } => {
            let request = json!({ "key": key, "commit": commit, "suite": suite });
            let added = context.call("fix_evidence_fetch", request)?;
            context.print.done(&sentence(&added), &added)
        }
        Evidence::Issue { key, test, run } => {
            let request = json!({ "key": key, "run": run, "test": test });
            let made = context.call("fix_evidence_issue", request)?;
            let known = if made["known"] == true { " (it was one already)" } else { "" };
            context.print.done(&format!("{}{known}", text(&made["key"])), &made)
        }
    }
}

fn add(context: &Context, add: Add) -> Result<u8, Failure> {
    let mut spooled = Vec::new();
    let mut paths = Vec::new();
    for file in &add.files {
        if file == Path::new("-") {
            let aside = desk::import::spool(&mut std::io::stdin().lock())?;
            paths.push(path_text(&aside)?);
            spooled.push(aside);
        } else {
            paths.push(path_text(file)?);
        }
    }
    let log = match &add.log {
        Some(path) => log_text(path)?,
        None => String::new(),
    };
    let counts = add
        .passed
        .map(|passed| json!({ "passed": passed, "failed": add.failed, "skipped": add.skipped }));
    let request = json!({
        "key": add.key, "commit": add.commit, "suite": add.suite, "paths": paths,
        "counts": counts, "log": log,
    });
    let added = context.call("fix_evidence_add", request)?;
    context.print.done(&sentence(&added), &added)
}

fn path_text(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::usage(
            "FILE",
            "The file's name is not text.",
            "Rename it, or use - for standard input.",
        )
    })
}

/// A log as text; what is no text in it is marked, and what is beyond a megabyte left out.
fn log_text(path: &Path) -> Result<String, Failure> {
    use std::io::Read as _;
    const MOST: u64 = 1 << 20;
    let file = std::fs::File::open(path).map_err(|error| {
        Failure::usage(
            "--log",
            format!("{} cannot be read: {error}.", path.display()),
            "Name the file that the run printed to.",
        )
    })?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    let cut = bytes.len() as u64 > MOST;
    bytes.truncate(MOST as usize);
    let mut log = String::from_utf8_lossy(&bytes).into_owned();
    if cut {
        log.push_str("\n[what is beyond a mebibyte was left out]");
    }
    Ok(log)
}

fn show(
    context: &Context,
    key: &str,
    run: Option<u32>,
    which: &str,
    words: &str,
    limit: Option<u32>,
) -> Result<u8, Failure> {
    let shown = context.call("fix_evidence_show", json!({ "key": key, "run": run }))?;
    let request = json!({
        "key": key, "run": shown["run"], "which": which, "text": words,
        "limit": limit.unwrap_or(100),
    });
    let tests = context.call("fix_evidence_tests", request)?;
    if context.print.json {
        let mut document = shown;
        document["tests"] = tests["rows"].clone();
        document["total"] = tests["total"].clone();
        return context.print.document(&document);
    }
    let evidence = &shown["recorded"]["evidence"];
    let mut lines = vec![format!(
        "Run {} on {}: {}",
        shown["run"],
        short(&text(&evidence["commit"])),
        counts(evidence)
    )];
    lines.extend(compared(evidence));
    for row in tests["rows"].as_array().into_iter().flatten() {
        let mark = match row["change"].as_str() {
            Some("newly") => "newly failing",
            Some("still") => "still failing",
            Some("mended") => "mended",
            Some("missing") => "did not run",
            _ => row["outcome"].as_str().unwrap_or_default(),
        };
        let issue = row["issue"].as_str().map(|key| format!("  {key}")).unwrap_or_default();
        lines.push(format!("{mark:<14} {}{issue}", text(&row["id"])));
        let message = text(&row["message"]);
        let first = message.lines().find(|line| !line.trim().is_empty());
        if let Some(line) = first.filter(|_| row["outcome"] == "failed") {
            lines.push(format!(
                "{:<14}   {}",
                "",
                line.trim().chars().take(200).collect::<String>()
            ));
        }
    }
    let told = tests["rows"].as_array().map_or(0, Vec::len) as u64;
    let more = tests["total"].as_u64().unwrap_or(0).saturating_sub(told);
    if more > 0 {
        lines.push(format!("… and {more} more; --limit and --text show others."));
    }
    context.print.done(&lines.join("\n"), &Value::Null)
}

fn run(context: &Context, key: &str, command: Option<String>, commit: &str) -> Result<u8, Failure> {
    let desk = context.desk()?;
    let known = desk.call_as("fix_evidence_commands", json!({ "key": key }), &context.how)?;
    for one in known.as_array().into_iter().flatten() {
        let name = one["name"].as_str().unwrap_or_default();
        let chosen = command.as_deref().is_none_or(|wanted| wanted.trim() == name.trim());
        if chosen && one["allowed"] == true && !context.print.json {
            let words: Vec<String> =
                one["argv"].as_array().into_iter().flatten().map(Value::to_string).collect();
            say(&format!("In {}: {}", text(&one["folder"]), words.join(" ")));
        }
    }
    let request = json!({ "key": key, "command": command, "commit": commit });
    let ended = AtomicBool::new(false);
    stop_on_signal(&desk)?;
    let answer = std::thread::scope(|scope| {
        // A program that reads the answer reads nothing else on standard error than an error.
        if !context.print.json {
            scope.spawn(|| tell(&desk, &ended));
        }
        let answer = desk.call_as("fix_evidence_run", request, &context.how);
        ended.store(true, Ordering::SeqCst);
        answer
    })?;
    let added = &answer["added"];
    context.print.done(&format!("{} {}", text(&answer["ended"]), sentence(added)), &answer)?;
    Ok(u8::from(added["failed"] != 0))
}

/// Ctrl+C and a polite end stop the command, which is in a group of its own and hears neither.
fn stop_on_signal(desk: &desk::Desk) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let desk = desk.clone();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let kind = tokio::signal::unix::SignalKind::terminate();
            let Ok(mut term) = tokio::signal::unix::signal(kind) else { return };
            loop {
                tokio::select! {
                    _ = term.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
                // Whether it could be stopped is told by how the run ends.
                drop(desk.call("fix_evidence_cancel", json!({})));
            }
        });
    });
    Ok(())
}

/// What the command prints, as it comes, on standard error: standard output is for the answer.
fn tell(desk: &desk::Desk, ended: &AtomicBool) {
    let mut after = 0;
    loop {
        let over = ended.load(Ordering::SeqCst);
        let Ok(run) = desk.call("fix_evidence_output", json!({ "after": after })) else { return };
        if run["dropped"] != 0 {
            say(&format!("[{} lines came too fast to be shown]", run["dropped"]));
        }
        for line in run["lines"].as_array().into_iter().flatten() {
            after = line["id"].as_u64().unwrap_or(after);
            say(&text(&line["text"]));
        }
        if over {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn say(line: &str) {
    // Nobody who looks is no reason to stop.
    drop(writeln!(std::io::stderr(), "{line}"));
}

fn short(commit: &str) -> String {
    commit.chars().take(10).collect()
}

fn counts(evidence: &Value) -> String {
    let mut parts = vec![format!("{} passed", evidence["passed"])];
    for (field, word) in [("failed", "failed"), ("skipped", "skipped")] {
        if evidence[field] != 0 {
            parts.push(format!("{} {word}", evidence[field]));
        }
    }
    let suite = evidence["suite"].as_str().filter(|suite| !suite.is_empty());
    format!("{}{}", suite.map(|suite| format!("{suite}: ")).unwrap_or_default(), parts.join(", "))
}

/// How the run differs from the one before, in a line.
fn compared(evidence: &Value) -> Option<String> {
    let compared = evidence.get("compared").filter(|compared| compared.is_object())?;
    let mut parts = Vec::new();
    for (field, word) in [
        ("newly", "newly failing"),
        ("still", "still failing"),
        ("mended", "mended"),
        ("missing", "not run any more"),
    ] {
        if compared[field] != 0 {
            parts.push(format!("{} {word}", compared[field]));
        }
    }
    let what = if parts.is_empty() { "no difference".to_owned() } else { parts.join(", ") };
    Some(format!("Against {} run {}: {what}", text(&compared["hotfix"]), compared["run"]))
}

fn sentence(added: &Value) -> String {
    let mut lines = vec![format!(
        "Run {} on {}: {}",
        added["run"],
        short(&text(&added["commit"])),
        counts(added)
    )];
    lines.extend(compared(added));
    let newly = &added["compared"]["newly_failing"];
    let named = match newly.as_array() {
        Some(names) if !names.is_empty() => newly,
        _ => &added["failing"],
    };
    for name in named.as_array().into_iter().flatten().take(20) {
        lines.push(format!("fails: {}", text(name)));
    }
    for file in added["left_out"].as_array().into_iter().flatten() {
        lines.push(format!("left out, as it is no report: {}", text(file)));
    }
    lines.join("\n")
}
