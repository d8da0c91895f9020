//! The whole branch matrix over a long history, beside `git log --cherry-mark` of each branch on the
//! same repository.

use super::{Bench, Row, milliseconds, paired, seconds, thousands};
use hotfix_core::integrations::vcs::git::{Git, presence::Presence};
use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::AtomicBool,
};

/// Commits that each living branch has for itself.
const OWN: u64 = 500;
const FILES: usize = 2_000;
const LINES: usize = 40;

pub fn measure(bench: &Bench) -> Vec<Row> {
    let commits = bench.size(50_000, 5_000);
    let (path, changes) = repository(bench, commits);
    let branches: Vec<String> = (0..3).map(|n| format!("release/{n}")).collect();
    let floor = || {
        seconds(|| {
            for branch in &branches {
                let out = Command::new("git")
                    .arg("-C")
                    .arg(&path)
                    .args(["log", "--cherry-mark", "--format=%m %H", &format!("main...{branch}")])
                    .output()
                    .expect("git runs");
                assert!(out.status.success());
            }
        })
    };
    let mut living = branches.clone();
    living.push("main".into());
    let ours = || {
        seconds(|| {
            let git = Git::open(&path).expect("the repository opens");
            let matrix = git
                .presence(&changes, &living, &AtomicBool::new(false))
                .expect("the branches can be looked at");
            for (change, row) in matrix.iter().enumerate() {
                let there: Vec<_> = row.iter().map(|found| found.presence).collect();
                // The first of them was picked to each branch, the last one to none.
                let wanted = match change {
                    0 => Presence::PatchId,
                    _ => Presence::Missing,
                };
                assert!(there[..3].iter().all(|one| *one == wanted), "{change}: {there:?}");
                assert_eq!(there[3], Presence::Commit);
            }
        })
    };
    let pair = paired(bench.size(5, 3), floor, ours);
    vec![Row {
        measure: format!(
            "{} changes on {} branches of {} commits",
            changes.len(),
            living.len(),
            thousands(commits + 3 * OWN)
        ),
        floor: format!("{} git log --cherry-mark of 3 branches", milliseconds(pair.floor)),
        figure: milliseconds(pair.ours),
        ratio: Some(pair.ratio()),
        aim: Some(1.2),
        note: "branches part after a fifth, half and four fifths of the history".into(),
        command: "hotfix fix change branches".into(),
    }]
}

/// `main`, and three branches that left it earlier and later. The changes are the newest of `main`;
/// the first of them is on each branch as well.
fn repository(bench: &Bench, commits: u64) -> (PathBuf, Vec<String>) {
    let path = bench.folder.join("branches");
    if path.exists() {
        std::fs::remove_dir_all(&path).expect("what an earlier run left can be removed");
    }
    git(&bench.folder, &["init", "-q", "-b", "main", "branches"]);
    let mut import = Command::new("git")
        .arg("-C")
        .arg(&path)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut history = History::new(import.stdin.take().expect("a pipe"));
    let leaves = [commits / 5, commits / 2, commits * 4 / 5];
    let mut left = Vec::new();
    for number in 0..commits {
        history.commit("main", number);
        if leaves.contains(&number) {
            left.push((history.mark, history.text.clone()));
        }
    }
    for fix in 0..5 {
        history.fix("main", fix);
    }
    for (branch, (mark, text)) in left.into_iter().enumerate() {
        let name = format!("release/{branch}");
        (history.from, history.text) = (Some(mark), text);
        for number in 0..OWN {
            history.commit(&name, commits + number);
        }
        history.fix(&name, 0);
    }
    drop(history);
    assert!(import.wait().expect("git ends").success());
    let newest = git(&path, &["log", "-5", "--reverse", "--format=%H", "main"]);
    (path, newest.lines().map(str::to_owned).collect())
}

fn git(folder: &Path, words: &[&str]) -> String {
    let out = Command::new("git").arg("-C").arg(folder).args(words).output().expect("git runs");
    assert!(out.status.success(), "{words:?}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// A history as `git fast-import` reads it; the same each time.
struct History<W: std::io::Write> {
    out: std::io::BufWriter<W>,
    text: Vec<Vec<String>>,
    mark: u64,
    /// What the next commit follows, if not the one before it.
    from: Option<u64>,
    dice: u64,
    first: bool,
}

impl<W: std::io::Write> History<W> {
    fn new(out: W) -> Self {
        let text = (0..FILES)
            .map(|file| (0..LINES).map(|line| format!("line {line} of {file}")).collect())
            .collect();
        let out = std::io::BufWriter::new(out);
        Self { out, text, mark: 0, from: None, dice: 7, first: true }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice % sides as u64) as usize
    }

    fn commit(&mut self, branch: &str, number: u64) {
        let (file, line) = (self.roll(FILES), self.roll(LINES));
        self.text[file][line] = format!("line {line} of {file} in {branch} {number}");
        let files: Vec<usize> =
            if std::mem::take(&mut self.first) { (0..FILES).collect() } else { vec![file] };
        let changed: Vec<(String, String)> =
            files.into_iter().map(|file| (path_of(file), self.text[file].join("\n"))).collect();
        self.write(branch, &format!("change {number} of {branch}"), &changed);
    }

    /// One of the fixes: a file of its own.
    fn fix(&mut self, branch: &str, number: usize) {
        let lines: String = (0..=number).map(|n| format!("fixed {n}\n")).collect();
        let file = (format!("src/fix/{number}.txt"), lines);
        self.write(branch, &format!("mend {number} of the faults"), &[file]);
    }

    fn write(&mut self, branch: &str, message: &str, files: &[(String, String)]) {
        self.mark += 1;
        let at = 1_500_000_000 + self.mark * 60;
        let mut head = String::new();
        let who = format!("A <a@example.org> {at} +0000");
        let _ = write!(
            head,
            "commit refs/heads/{branch}\nmark :{}\nauthor {who}\ncommitter {who}\ndata {}\n{message}\n",
            self.mark,
            message.len()
        );
        if let Some(from) = self.from.take() {
            let _ = writeln!(head, "from :{from}");
        }
        for (path, text) in files {
            let _ = write!(head, "M 100644 inline {path}\ndata {}\n{text}\n\n", text.len() + 1);
        }
        self.out.write_all(head.as_bytes()).expect("git reads");
        self.out.write_all(b"\n").expect("git reads");
    }
}

fn path_of(file: usize) -> String {
    format!("src/m{}/p{}/f{file}.txt", file % 40, file % 200)
}
