//! `hotfix report` and `hotfix bundle`: the documentation of a hot fix, for people and for auditors.

use crate::{
    Context,
    answer::{self, Failure},
};
use clap::Args;
use serde_json::json;
use std::{io::Write as _, path::PathBuf};

#[derive(Args)]
pub struct Report {
    key: String,
    #[arg(long, value_parser = ["md", "html", "pdf"], default_value = "md")]
    format: String,
    /// A new file; a PDF needs one.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Args)]
pub struct Bundle {
    key: String,
    /// A new file.
    #[arg(long)]
    out: PathBuf,
    /// With the packages' bytes, however large; left out, with them up to 100 MiB.
    #[arg(long, conflicts_with = "without_packages")]
    with_packages: bool,
    /// Only with their manifests.
    #[arg(long)]
    without_packages: bool,
}

pub fn report(context: &Context, asked: Report) -> Result<u8, Failure> {
    let mut request = json!({ "key": asked.key, "format": asked.format });
    let Some(out) = asked.out else {
        let report = context.call("report", request)?;
        return context.print.done(answer::text(&report["text"]).trim_end(), &report);
    };
    request["path"] = json!(out);
    context.call("report_save", request)?;
    context.print.done(&format!("Written: {}", out.display()), &json!({ "path": out }))
}

pub fn bundle(context: &Context, asked: &Bundle) -> Result<u8, Failure> {
    let packages = match (asked.with_packages, asked.without_packages) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let request = json!({ "key": asked.key, "path": asked.out, "packages": packages });
    let written = context.call("bundle_save", request)?;
    let mut told: Vec<String> =
        written["absent"].as_array().into_iter().flatten().map(answer::text).collect();
    told.push(answer::text(&written["note"]));
    for sentence in told {
        // Nobody left to tell is no reason to end.
        drop(writeln!(std::io::stderr(), "hotfix: {sentence}"));
    }
    let sentence = format!(
        "Written: {} ({} files; SHA-256 of its manifest {})",
        asked.out.display(),
        written["files"],
        answer::text(&written["manifest"])
    );
    context.print.done(&sentence, &written)
}
