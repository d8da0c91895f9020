//! Ranks the duplicates of a file of reports through the product's own path, or measures how long
//! that takes: `similar DATA.jsonl[.gz] RANKING.jsonl`, `similar --bench [ISSUES]…`.

use hotfix_tests::{bench::similar, reports};
use std::{io::Write, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--bench", ref sizes @ ..] => bench(sizes),
        [data, ranking] => rank(Path::new(data), Path::new(ranking)),
        _ => {
            eprintln!("usage: similar DATA.jsonl[.gz] RANKING.jsonl | similar --bench [ISSUES]…");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("similar: {error}");
            ExitCode::from(3)
        }
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;

fn rank(data: &Path, ranking: &Path) -> Done {
    let all = reports::read(data)?;
    let folder = tempfile::tempdir()?;
    let mut out = std::io::BufWriter::new(std::fs::File::create(ranking)?);
    let mut times = Vec::new();
    let mut failed = None;
    reports::replay(&all, &folder.path().join("replay.hotfix"), &mut |found, took| {
        times.push(took);
        if let Err(error) = writeln!(out, "{}", reports::line(&found)) {
            failed = Some(error);
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    out.flush()?;
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    eprintln!("{} queries, p50 {:.1?}, p95 {:.1?}", times.len(), at(50), at(95));
    Ok(())
}

fn bench(sizes: &[&str]) -> Done {
    let sizes: Vec<usize> = match sizes {
        [] => vec![100_000, 1_000_000],
        some => some.iter().map(|size| size.parse()).collect::<Result<_, _>>()?,
    };
    for size in sizes {
        println!("{}", similar::at(size));
    }
    println!("{}", similar::start_up());
    Ok(())
}
