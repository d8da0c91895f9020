//! `hotfix fix package …`: the bytes that are shipped. `hotfix key …`: what they are signed with.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::{Args, Subcommand};
use hotfix_core::desk::{self, Desk};
use serde_json::{Value, json};
use std::{
    io::{IsTerminal as _, Read as _, Write as _},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

#[derive(Subcommand)]
pub enum Package {
    /// Build the next revision; without --from out of the files the changes touched.
    Build {
        #[command(flatten)]
        wish: Wish,
        /// Notes for whoever installs it.
        #[arg(long, default_value = "")]
        install: String,
        /// Notes for whoever takes it back.
        #[arg(long, default_value = "")]
        rollback: String,
        /// Also write the package (and its signature beside it) to this new file.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// What would go in, and what would not and why; a line a file. Exit 1 when something cannot.
    Preview {
        #[command(flatten)]
        wish: Wish,
    },
    /// The revisions, the newest first.
    List { key: String },
    /// Write a revision (and its signature beside it) to a new file.
    Export {
        key: String,
        /// The newest, if left out.
        #[arg(long)]
        revision: Option<u32>,
        #[arg(long)]
        out: PathBuf,
    },
    /// Hold every byte of a package file against its manifest, and its signature against a key.
    Verify {
        file: PathBuf,
        /// The public key that must have signed it; the workspace's own keys, if left out.
        #[arg(long)]
        key: Option<PathBuf>,
    },
    /// What the second package has that the first has not, file by file. Each is a file, which is
    /// verified, or HF-1, HF-1:r2, HF-1:ENVIRONMENT (what runs there) of the workspace.
    Diff {
        before: String,
        after: String,
        /// Compare small texts line by line, too.
        #[arg(long)]
        text: bool,
    },
}

/// What goes into a package.
#[derive(Args)]
pub struct Wish {
    key: String,
    /// Files and folders of this machine.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    from: Vec<PathBuf>,
    /// Take files of this commit instead of the newest change.
    #[arg(long)]
    commit: Option<String>,
    /// The files that the changes (or --commit) touched, besides --from.
    #[arg(long, conflicts_with = "all")]
    changed: bool,
    /// Every file of the commit, besides --from.
    #[arg(long)]
    all: bool,
    /// Only paths like this, as in a .gitignore; may be repeated.
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// No paths like this; wins over --include.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    #[arg(long, value_parser = ["tar.zst", "zip"], default_value = "tar.zst")]
    format: String,
}

impl Wish {
    fn request(&self, install: &str, rollback: &str) -> Value {
        let from = self.from.iter();
        let from: Vec<Value> =
            from.map(|path| json!({ "path": path, "from_commit": false })).collect();
        let take = match (self.all, self.changed || (self.commit.is_some() && from.is_empty())) {
            (true, _) => Some("all"),
            (false, true) => Some("changed"),
            (false, false) => None,
        };
        json!({
            "key": self.key, "from": from, "take": take, "commit": self.commit,
            "include": self.include, "exclude": self.exclude,
            "format": self.format.replace('.', "_"),
            "notes": { "install": install, "rollback": rollback },
        })
    }
}

pub fn package(context: &Context, verb: Package) -> Result<u8, Failure> {
    match verb {
        Package::Build { wish, install, rollback, out } => {
            let desk = context.desk()?;
            let built = watched(context, &desk, || {
                desk.call_as("fix_package_build", wish.request(&install, &rollback), &context.how)
            })?;
            if let Some(out) = out {
                let request = json!({
                    "key": wish.key, "revision": built["revision"], "path": out,
                });
                watched(context, &desk, || {
                    desk.call_as("fix_package_export", request, &context.how)
                })?;
            }
            let signed = match built["signed"].as_str() {
                Some(key) => format!("signed with {key}"),
                None => format!("not signed: {}", text(&built["unsigned"])),
            };
            let sentence = format!("r{} {}\n{signed}", built["revision"], text(&built["hash"]));
            context.print.done(&sentence, &built)
        }
        Package::Preview { wish } => preview(context, &wish),
        Package::List { key } => {
            let rows = context.call("fix_package_list", json!({ "key": key }))?;
            context.print.list(&rows, |row| {
                let signed = row["signed"]
                    .as_str()
                    .map_or("unsigned".into(), |key| format!("signed with {key}"));
                format!(
                    "r{:<3} {} {:>12} bytes {:>7} files  {} {signed}",
                    row["revision"],
                    text(&row["hash"]),
                    row["size"],
                    row["files"],
                    text(&row["built_at"]),
                )
            })
        }
        Package::Export { key, revision, out } => {
            let desk = context.desk()?;
            let request = json!({ "key": key, "revision": revision, "path": out });
            let written = watched(context, &desk, || {
                desk.call_as("fix_package_export", request, &context.how)
            })?;
            let beside = match written["signature"].as_str() {
                Some(signature) => format!("\nSignature: {signature}"),
                None => String::new(),
            };
            context.print.done(&format!("Written: {}{beside}", text(&written["path"])), &written)
        }
        Package::Verify { file, key } => {
            // A package can be verified anywhere; a workspace only knows more keys.
            let desk = match (&key, &context.workspace) {
                (None, Some(_)) => Some(context.desk()?),
                _ => None,
            };
            let told = desk::verify_package(&file, key.as_deref(), desk.as_ref())?;
            if !context.print.json {
                let signature = &told["signature"];
                let sentence = match signature["state"].as_str() {
                    Some("valid") => format!(
                        "signed with {}, {}: {}",
                        text(&signature["key"]),
                        text(&signature["who"]),
                        text(&signature["comment"]).replace('\t', " ")
                    ),
                    Some("unknown") => format!(
                        "signed with {}, which is not known here: name it with --key",
                        text(&signature["key"])
                    ),
                    _ => "not signed".into(),
                };
                // Nobody left to tell is no reason to end.
                drop(writeln!(std::io::stderr(), "hotfix: whole; {sentence}"));
            }
            context.print.document(&told)
        }
        Package::Diff { before, after, text: texts } => {
            let desk = match context.workspace {
                Some(_) => Some(context.desk()?),
                None => None,
            };
            let changes = desk::diff_packages(&before, &after, desk.as_ref(), texts)?;
            context.print.list(&changes, |one| {
                let line = format!("{:<8} {}", text(&one["change"]), text(&one["path"]));
                match one["diff"].as_str().filter(|diff| !diff.is_empty()) {
                    Some(diff) => format!("{line}\n{}", diff.trim_end()),
                    None => line,
                }
            })
        }
    }
}

fn preview(context: &Context, wish: &Wish) -> Result<u8, Failure> {
    let desk = context.desk()?;
    let build = wish.request("", "");
    let mut offset = 0;
    loop {
        let request = json!({ "build": build, "offset": offset, "limit": 2000 });
        let page = desk.call_as("fix_package_preview", request, &context.how)?;
        let rows = page["rows"].as_array().map_or(0, Vec::len) as u64;
        context.print.list(&page["rows"], |row| {
            let why = match text(&row["why"]).as_str() {
                "" => String::new(),
                why => format!("  ({why})"),
            };
            format!("{:<8} {:>12} {}{why}", text(&row["fate"]), row["size"], text(&row["path"]))
        })?;
        offset += rows;
        if rows == 0 || offset >= page["total"].as_u64().unwrap_or(0) {
            let sentence = format!(
                "{} files, {} bytes; {} stay out, {} removed, {} cannot go in.",
                page["files"], page["bytes"], page["left_out"], page["removed"], page["refused"]
            );
            if !context.print.json {
                drop(writeln!(std::io::stderr(), "hotfix: {sentence}"));
            }
            return Ok(u8::from(page["refused"] != 0));
        }
    }
}

/// Does what takes its time: Ctrl+C stops it cleanly, and a terminal is told how far it is.
fn watched<T>(
    context: &Context,
    desk: &Desk,
    work: impl FnOnce() -> hotfix_core::error::Result<T>,
) -> Result<T, Failure> {
    let ended = AtomicBool::new(false);
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| until_interrupted(desk, &ended));
        if !context.print.json && std::io::stderr().is_terminal() {
            scope.spawn(|| tell(desk, &ended));
        }
        let answer = work();
        ended.store(true, Ordering::SeqCst);
        answer
    });
    Ok(answer?)
}

fn until_interrupted(desk: &Desk, ended: &AtomicBool) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    runtime.block_on(async {
        let Ok(mut term) =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            return;
        };
        let interrupted = async {
            tokio::select! {
                _ = term.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            drop(desk.call("fix_package_cancel", json!({})));
        };
        let over = async {
            while !ended.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            () = interrupted => {}
            () = over => {}
        }
    });
}

/// How far it is, on one line that is written over.
fn tell(desk: &Desk, ended: &AtomicBool) {
    while !ended.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(200));
        let Ok(far) = desk.call("fix_package_progress", json!({})) else { return };
        if far["done"] == true {
            continue;
        }
        let number = |name: &str| far[name].as_u64().unwrap_or(0);
        let line = match number("of_bytes") {
            0 => format!("{} files", far["files"]),
            all => format!("{} %", number("bytes") * 100 / all),
        };
        // Nobody who looks is no reason to stop.
        drop(write!(std::io::stderr(), "\r{} {line}   ", text(&far["doing"])));
    }
    drop(write!(std::io::stderr(), "\r\x1b[K"));
}

#[derive(Subcommand)]
pub enum Key {
    /// The keys of this workspace, and whether this machine can sign.
    Show,
    /// Make a key and keep its secret half in the keychain; the key before it signs no more.
    Make,
    /// Sign with a key that was made elsewhere (minisign -G): the file with its public half.
    Adopt { file: PathBuf },
    /// Keep the key's secret half in this machine's keychain: a file, or - for standard input.
    Give { file: PathBuf },
    /// Write the public key to a new file, for `minisign -V -p`.
    Export { file: PathBuf },
}

pub fn key(context: &Context, verb: Key) -> Result<u8, Failure> {
    let shown = |view: Value| {
        let keys = view["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut lines: Vec<String> = keys
            .iter()
            .rev()
            .enumerate()
            .map(|(number, key)| {
                let mark = if number == 0 { "*" } else { " " };
                format!("{mark} {}  {}", text(&key["id"]), text(&key["public_key"]))
            })
            .collect();
        lines.push(match view["here"] == true {
            true => "This machine signs.".into(),
            false => format!("This machine does not sign. {}", text(&view["why"])),
        });
        context.print.done(&lines.join("\n"), &view)
    };
    match verb {
        Key::Show => shown(context.call("signing_key_show", json!({}))?),
        Key::Make => shown(context.call("signing_key_make", json!({}))?),
        Key::Adopt { file } => {
            let public = read(&file)?;
            shown(context.call("signing_key_adopt", json!({ "public_key": public }))?)
        }
        Key::Give { file } => {
            let secret = read(&file)?;
            shown(context.call("signing_key_give", json!({ "secret": secret }))?)
        }
        Key::Export { file } => {
            context.call("signing_key_export", json!({ "path": file }))?;
            let written = format!("Written: {}", file.display());
            context.print.done(&written, &json!({ "path": file }))
        }
    }
}

/// A key's text, which is short.
fn read(file: &PathBuf) -> Result<String, Failure> {
    let mut text = String::new();
    let most = 64 << 10;
    let read = match file.to_str() {
        Some("-") => std::io::stdin().take(most).read_to_string(&mut text),
        _ => std::fs::File::open(file).and_then(|file| file.take(most).read_to_string(&mut text)),
    };
    read.map_err(|error| {
        Failure::usage(
            "--key",
            format!("{} cannot be read: {error}.", file.display()),
            "Name a key's file.",
        )
    })?;
    Ok(text)
}
