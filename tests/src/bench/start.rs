//! From the start of the process to the first list a person can use, and the memory it takes then,
//! beside an empty Tauri window.
//!
//! Both pages set the User Timing mark `list` when what they show is in the document; the driver reads
//! it afterwards, so its own speed is not measured. Both programs are started by the same driver on the
//! same display. Memory is what the kernel accounts to the process and all below it, shared pages
//! divided among those who share them (PSS).

use super::{Bench, Pair, Row, history, median, milliseconds, thousands};
use crate::{child::wait_for, desktop::Desktop};
use hotfix_core::{
    clock,
    desk::{Desk, Options},
};
use std::{fs, path::Path, thread, time::Duration};

/// When the mark was set, as seconds since 1970; None while it is not.
const MARK: &str = "const mark = performance.getEntriesByName('list')[0];
    return mark ? (performance.timeOrigin + mark.startTime) / 1000 : null;";
/// How long memory is given to come to rest.
const REST: Duration = Duration::from_millis(1500);

pub fn measure(bench: &Bench) -> Vec<Row> {
    let issues = bench.size(100_000, 5_000);
    let file = bench.fresh("start.hotfix");
    history::make(&file, history::Until::Issues(issues));
    drop(Desk::open(&file, Options::default()).expect("the views take it in"));
    let mut desktop = Desktop::start("bench");
    let programs = crate::built();
    let empty = programs.join("examples/empty-window");
    let ours = programs.join("hotfix-desk");
    let words = ["--workspace", file.to_str().expect("the path is text")];
    let mut open = |which: usize| match which {
        0 => once(&mut desktop, &empty, &[]),
        _ => once(&mut desktop, &ours, &words),
    };
    // Both once for the page cache.
    open(0);
    open(1);
    let mut seen = [Vec::new(), Vec::new()];
    for turn in 0..bench.size(7, 3) as usize {
        for which in [turn % 2, 1 - turn % 2] {
            seen[which].push(open(which));
        }
    }
    let pair = |part: fn(&(f64, f64)) -> f64| Pair {
        floor: median(seen[0].iter().map(part).collect()),
        ours: median(seen[1].iter().map(part).collect()),
    };
    let (time, memory) = (pair(|once| once.0), pair(|once| once.1));
    let megabytes = |bytes: f64| format!("{:.0} MB", bytes / 1e6);
    let command = "hotfix-desk --workspace target/release/bench-files/start.hotfix".to_owned();
    vec![
        Row {
            measure: format!("Start to the first list, {} issues", thousands(issues)),
            floor: format!("{} an empty Tauri window", milliseconds(time.floor)),
            figure: milliseconds(time.ours),
            ratio: Some(time.ratio()),
            aim: Some(1.3),
            note: "process start to the page's mark; warm page cache".into(),
            command: command.clone(),
        },
        Row {
            measure: "… and its memory then".into(),
            floor: format!("{} an empty Tauri window", megabytes(memory.floor)),
            figure: megabytes(memory.ours),
            ratio: Some(memory.ratio()),
            aim: Some(1.3),
            note: "PSS of the process and WebKit's".into(),
            command,
        },
    ]
}

/// Seconds to the mark, and bytes of memory.
fn once(desktop: &mut Desktop, program: &Path, words: &[&str]) -> (f64, f64) {
    let window = desktop.open_program(program, words);
    let marked =
        wait_for("the first list", Duration::from_secs(60), || window.script(MARK, &[]).as_f64());
    let all = processes();
    // The youngest, should an earlier one still be on its way out.
    let process = all
        .iter()
        .filter(|one| {
            fs::read_link(format!("/proc/{}/exe", one.id)).is_ok_and(|exe| exe == program)
        })
        .max_by(|a, b| a.started.total_cmp(&b.started))
        .unwrap_or_else(|| panic!("{} does not run", program.display()));
    let seconds = marked - process.started;
    thread::sleep(REST);
    (seconds, memory_below(process.id, &processes()))
}

struct Process {
    id: u32,
    parent: u32,
    /// Seconds since 1970.
    started: f64,
}

/// All that run now, from /proc. Their start is known to a hundredth of a second.
fn processes() -> Vec<Process> {
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let up = uptime.split(' ').next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0.0);
    let booted = clock::now().micros() as f64 / 1e6 - up;
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The fields after the name in brackets, which may hold anything: from the third on.
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let ticks: f64 = fields.get(19)?.parse().ok()?;
        Some(Process { id, parent: fields.get(1)?.parse().ok()?, started: booted + ticks / 100.0 })
    })
    .collect()
}

/// Bytes of a process and of all it started.
fn memory_below(id: u32, all: &[Process]) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let own = rollup.lines().find_map(|line| {
        line.strip_prefix("Pss:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()
    });
    let below = all.iter().filter(|one| one.parent == id).map(|one| memory_below(one.id, all));
    own.unwrap_or_default() * 1024.0 + below.sum::<f64>()
}
