//! `hotfix fix package …`: the bytes that are shipped.

use crate::{
    Context,
    answer::{Failure, text},
};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Package {
    /// Build the next revision; without --from out of the files the changes touched.
    Build {
        key: String,
        #[arg(long, num_args = 1.., value_name = "PATH")]
        from: Vec<PathBuf>,
        /// Also write the package to this new file.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Hold every byte of a package file against its manifest.
    Verify { file: PathBuf },
    /// What the second package has that the first has not, file by file. Both are verified.
    Diff { before: PathBuf, after: PathBuf },
}

pub fn package(context: &Context, verb: Package) -> Result<u8, Failure> {
    match verb {
        Package::Build { key, from, out } => {
            let from: Vec<Value> = from
                .iter()
                .map(|path| json!({ "path": path, "from_commit": false, "role": "file" }))
                .collect();
            let desk = context.desk()?;
            let built = desk.call_as(
                "fix_package_build",
                json!({ "key": key, "from": from }),
                &context.how,
            )?;
            if let Some(out) = out {
                let request = json!({ "key": key, "revision": built["revision"], "path": out });
                desk.call_as("fix_package_export", request, &context.how)?;
            }
            context.print.done(&format!("r{} {}", built["revision"], text(&built["hash"])), &built)
        }
        Package::Verify { file } => {
            let manifest = hotfix_core::desk::verify_package(&file)?;
            context.print.document(&manifest)
        }
        Package::Diff { before, after } => {
            let changes = hotfix_core::desk::diff_packages(&before, &after)?;
            context
                .print
                .list(&changes, |one| format!("{:<8} {}", text(&one["change"]), text(&one["path"])))
        }
    }
}
