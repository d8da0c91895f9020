//! What the product costs beside a floor that nothing of its kind can go below (`make bench`).
//!
//! Machines differ and are never quiet, so a figure alone says little: each measure is taken together
//! with its floor, in turns (floor, ours, floor, ours, …), and what counts is the ratio of the two
//! medians. Deliberately absent: any judgement that ends the run; a missed aim is printed, not raised.

pub mod branches;
pub mod calendar;
pub mod deploy;
pub mod history;
pub mod import;
pub mod inbox;
pub mod log;
pub mod metrics;
pub mod outbox;
pub mod package;
pub mod probes;
pub mod rebuild;
pub mod scroll;
pub mod search;
pub mod similar;
pub mod start;
pub mod verify;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Where the files are made, and how large.
pub struct Bench {
    pub folder: PathBuf,
    pub quick: bool,
}

impl Bench {
    /// One size for `make bench`, a smaller one for `--quick`.
    pub fn size(&self, full: u64, quick: u64) -> u64 {
        if self.quick { quick } else { full }
    }

    /// A file of this name that is not there any more.
    pub fn fresh(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        for ending in ["", "-wal", "-shm"] {
            let old = PathBuf::from(format!("{}{ending}", path.display()));
            if old.exists() {
                std::fs::remove_file(&old).expect("what an earlier run left can be removed");
            }
        }
        path
    }
}

/// A line of the table.
pub struct Row {
    pub measure: String,
    pub floor: String,
    pub figure: String,
    /// Ours by the floor's.
    pub ratio: Option<f64>,
    /// What the ratio should not exceed.
    pub aim: Option<f64>,
    pub note: String,
    /// What shows the same by hand.
    pub command: String,
}

impl Row {
    pub fn print(rows: &[Self]) {
        println!("\n| Measure | Floor | Ours | Ratio | Aim | Met | Note | Command |");
        println!("|---|---|---|---|---|---|---|---|");
        for row in rows {
            let met = match (row.ratio, row.aim) {
                (Some(ratio), Some(aim)) if ratio <= aim => "yes",
                (Some(_), Some(_)) => "no",
                _ => "",
            };
            println!(
                "| {} | {} | {} | {} | {} | {met} | {} | `{}` |",
                row.measure,
                row.floor,
                row.figure,
                row.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
                row.aim.map(|aim| format!("≤ {aim:.1}")).unwrap_or_default(),
                row.note,
                row.command,
            );
        }
    }
}

/// The medians of a floor and of ours.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub floor: f64,
    pub ours: f64,
}

impl Pair {
    pub fn ratio(&self) -> f64 {
        self.ours / self.floor
    }
}

/// Takes both in turns. What goes first changes from turn to turn, so that neither always finds what
/// the other left in the caches.
pub fn paired(turns: u64, mut floor: impl FnMut() -> f64, mut ours: impl FnMut() -> f64) -> Pair {
    let (mut floors, mut all_ours) = (Vec::new(), Vec::new());
    for turn in 0..turns {
        if turn.is_multiple_of(2) {
            floors.push(floor());
            all_ours.push(ours());
        } else {
            all_ours.push(ours());
            floors.push(floor());
        }
    }
    Pair { floor: median(floors), ours: median(all_ours) }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty(), "at least one run");
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// Seconds that some work takes.
pub fn seconds(work: impl FnOnce()) -> f64 {
    let from = Instant::now();
    work();
    from.elapsed().as_secs_f64()
}

/// Processor time of this process so far, all threads, to a hundredth of a second.
pub fn processor() -> Duration {
    processor_of("self")
}

/// The same of a process by its number, or of this thread: `thread-self`.
pub fn processor_of(task: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{task}/stat")).unwrap_or_default();
    // After the name in brackets: user and system time are the 14th and 15th field of all.
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ');
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// As a person writes it: `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub fn milliseconds(seconds: f64) -> String {
    match seconds * 1e3 {
        small if small < 10.0 => format!("{small:.2} ms"),
        more => format!("{more:.0} ms"),
    }
}

/// The most memory that a process has had, in bytes: the kernel keeps that mark for as long as it is there.
pub fn peak_memory(id: u32) -> u64 {
    let told = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<u64> = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0) * 1024
}

/// The bytes of a workspace's file.
pub fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_the_ratio_of_medians_and_one_outlier_does_not_move_it() {
        let mut slow = [1.0, 1.0, 50.0, 1.0, 1.0].into_iter();
        let pair = paired(5, || 2.0, || slow.next().unwrap());
        assert!((pair.ratio() - 0.5).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<_> = [7, 1_000, 1_234_567].map(thousands).into();
        assert_eq!(shown, ["7", "1,000", "1,234,567"]);
    }
}
