//! Reports and bundles as others read them: poppler for a PDF, Python for a bundle.

use crate::program::{Ended, run};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// What a report says, whatever its format.
pub fn said(file: &Path) -> String {
    match file.extension().is_some_and(|ending| ending == "pdf") {
        false => fs::read_to_string(file).expect("the report was written"),
        true => run(Command::new("pdftotext").arg("-layout").arg(file).arg("-"), "").expect(0).out,
    }
}

/// How many pages a PDF has.
pub fn pages(file: &Path) -> usize {
    let about = run(Command::new("pdfinfo").arg(file), "").expect(0).out;
    let line = about.lines().find_map(|line| line.strip_prefix("Pages:")).expect("it says so");
    line.trim().parse().expect("a number")
}

/// Unpacks a bundle into a new folder.
pub fn unpacked(bundle: &Path, folder: &Path) -> PathBuf {
    let to = folder.join("unpacked");
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(bundle).arg(&to), "").expect(0);
    to
}

/// Runs a bundle's own check on an unpacked folder or a zip.
pub fn verified(check: &Path, what: &Path) -> Ended {
    run(Command::new("python3").arg("-B").arg(check).arg(what), "")
}
