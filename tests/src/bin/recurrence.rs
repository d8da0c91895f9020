//! Says how good the suspicion of a recurrence is on a file of real reports: `recurrence DATA.jsonl[.gz]…`. The
//! first half of the reports is for choosing from which probability on a person is asked, the last half counts.

use hotfix_tests::{
    recurrences::{Asked, Found, ask, found},
    reports,
};
use std::{path::Path, process::ExitCode};

/// Of those that came back, and of those that are new.
const EACH: usize = 100;

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("usage: recurrence DATA.jsonl[.gz]…");
        return ExitCode::from(2);
    }
    for file in files {
        if let Err(error) = report(Path::new(&file)) {
            eprintln!("recurrence: {file}: {error}");
            return ExitCode::from(3);
        }
    }
    ExitCode::SUCCESS
}

fn report(data: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let all = reports::read(data)?;
    let folder = tempfile::tempdir()?;
    let asked = ask(&all, &folder.path().join("recurrences.hotfix"), EACH)?;
    let (first, last) = asked.split_at(asked.len() / 4 * 2);
    println!("{}: {} new reports, half of them of what was mended", data.display(), asked.len());
    let line = |name: &str, from: Option<f64>| {
        let show = |part: &[Asked]| {
            let Found { precision, recall } = found(part, from);
            format!("{precision:.2} / {recall:.2}")
        };
        println!("{name:<12} {:<14} {:<14} {}", show(first), show(last), show(&asked));
    };
    println!("{:<12} {:<14} {:<14} all", "from", "first half", "last half");
    for from in [0.0, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9] {
        line(&format!("{from:.2}"), Some(from));
    }
    line("as it asks", None);
    Ok(())
}
