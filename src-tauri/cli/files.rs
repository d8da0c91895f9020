//! Verbs about the file itself: made, sampled, proved, copied, restored, and run.

use crate::{Context, answer::Failure};
use clap::Subcommand;
use hotfix_core::{
    desk::{self, Desk, Options},
    error::Error,
};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Audit {
    /// Prove the chain; exit 4 names the first damaged record.
    Verify {
        /// An exported journal instead of the workspace.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Write the journal as JSON lines, to a new file or to standard output.
    Export { file: Option<PathBuf> },
}

pub fn init(context: &Context, name: Option<String>) -> Result<u8, Failure> {
    let path = context.path()?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = name.or(stem).unwrap_or_else(|| "Workspace".into());
    Desk::create(path, &name, Options::of_this_machine())?;
    context.print.done(&format!("Made: {}", path.display()), &json!({ "path": path }))
}

pub fn sample(context: &Context, out: &Path, issues: usize, seed: u64) -> Result<u8, Failure> {
    Desk::sample(out, issues, seed, Options::of_this_machine())?;
    context.print.done(
        &format!("Made: {}", out.display()),
        &json!({ "path": out, "issues": issues, "seed": seed }),
    )
}

pub fn audit(context: &Context, verb: Audit) -> Result<u8, Failure> {
    let result = match verb {
        Audit::Export { file: None } => {
            let desk = context.desk()?;
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            desk.export(&mut out)?;
            return Ok(0);
        }
        Audit::Export { file: Some(file) } => {
            context.call("audit_export", json!({ "path": file }))?;
            return context
                .print
                .done(&format!("Written: {}", file.display()), &json!({ "path": file }));
        }
        Audit::Verify { file: Some(file) } => desk::verify_export(&file)?,
        // The proof needs the records alone: opening a desk would read what they say, and a
        // damaged one could end that before it is named.
        Audit::Verify { file: None } => desk::verify_workspace(context.path()?)?,
    };
    let good = result["ok"] == true;
    let sentence = if good {
        format!(
            "{} records, whole. Head {}",
            result["records"],
            crate::answer::text(&result["head"])
        )
    } else {
        format!("Record {} is damaged: {}", result["seq"], crate::answer::text(&result["reason"]))
    };
    context.print.done(&sentence, &result)?;
    Ok(if good { 0 } else { 4 })
}

pub fn restore(context: &Context, backup: &Path, later: Option<&Path>) -> Result<u8, Failure> {
    let path = context.path()?;
    let restored = desk::restore(backup, path, later, Options::of_this_machine())?;
    let mut said = format!("Restored: {}", path.display());
    for note in &restored.notes {
        said.push('\n');
        said.push_str(note);
    }
    let answer = json!({
        "path": path, "erased_again": restored.erased_again, "notes": restored.notes,
    });
    context.print.done(&said, &answer)
}

/// Runs until it is told to stop.
pub fn agent(context: &Context) -> Result<u8, Failure> {
    let desk = context.desk()?;
    desk.writable()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let engine = desk.start_engine(runtime.handle())?;
    context.print.done(
        &format!("The agent runs on {}", desk.path().display()),
        &json!({ "running": true }),
    )?;
    runtime
        .block_on(async {
            let mut term =
                tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::select! {
                _ = term.recv() => {}
                ended = tokio::signal::ctrl_c() => ended?,
            }
            engine.stop();
            // Calls that are under way get a moment to be journaled.
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>(())
        })
        .map_err(Error::from)?;
    Ok(0)
}
