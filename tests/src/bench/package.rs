//! A package of source-like files beside `tar | zstd -T0` at the same level: hashing of every file, of
//! the whole and storing it are ours to pay. And its peak of memory at two sizes, in one process each.

use super::{Bench, Row, paired, peak_memory, seconds};
use crate::program;
use hotfix_core::{
    desk::{Desk, Options},
    integrations::archive::{self, Entry, Plan, Source},
};
use serde_json::json;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The level of both.
const LEVEL: i32 = archive::build::LEVEL;

pub fn measure(bench: &Bench) -> Vec<Row> {
    let large = bench.size(1024, 64);
    let folder = files(bench, "package-files", large);
    let out = bench.folder.join("package-out");
    let entries = entries(&folder);
    let pair = paired(
        bench.size(5, 2),
        || seconds(|| floor(&folder, &out)),
        || {
            let plan = Plan {
                product: "shop".into(),
                hotfix: "HF-1".into(),
                entries: entries.clone(),
                ..Plan::default()
            };
            seconds(|| {
                let built = archive::build(plan, &mut (), Some(&bench.folder), &mut |_| true)
                    .expect("a package");
                assert_eq!(built.manifest.files.len(), entries.len());
            })
        },
    );
    let build = Row {
        measure: format!("Package of {large} MiB"),
        floor: format!("{:.2} s, tar | zstd -T0 -{LEVEL}", pair.floor),
        figure: format!("{:.2} s", pair.ours),
        ratio: Some(pair.ratio()),
        aim: Some(1.3),
        note: format!("{} files; each hashed, and the whole", entries.len()),
        command: "hotfix fix package build HF-1 --from FOLDER".into(),
    };
    let whole = paired(
        bench.size(3, 1),
        || seconds(|| floor(&folder, &out)),
        || {
            seconds(|| {
                command(bench, &folder);
            })
        },
    );
    let whole = Row {
        measure: format!("hotfix fix package build, {large} MiB"),
        floor: format!("{:.2} s, tar | zstd -T0 -{LEVEL}", whole.floor),
        figure: format!("{:.2} s", whole.ours),
        ratio: Some(whole.ratio()),
        aim: None,
        note: "the whole command: looked at, packed, hashed, stored in the workspace, recorded"
            .into(),
        command: "hotfix fix package build HF-1 --from FOLDER".into(),
    };
    let small = bench.size(64, 16);
    let little = files(bench, "package-few", small);
    let (few, many) = (command(bench, &little), command(bench, &folder));
    let memory = Row {
        measure: "Peak memory of a build".into(),
        floor: format!("{} MiB for {small} MiB", few >> 20),
        figure: format!("{} MiB for {large} MiB", many >> 20),
        ratio: Some(many as f64 / few as f64),
        aim: Some(1.3),
        note: "of the whole process; its sources are read as streams".into(),
        command: "command time -v hotfix fix package build HF-1 --from FOLDER".into(),
    };
    for folder in [folder, little] {
        fs::remove_dir_all(folder).expect("the files can be removed");
    }
    drop(fs::remove_file(out));
    vec![build, whole, memory]
}

/// Files as a product has them: mostly small texts, some large, a few that do not compress.
fn files(bench: &Bench, name: &str, mebibytes: u64) -> PathBuf {
    let folder = bench.folder.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("what an earlier run left can be removed");
    }
    let (mut left, mut number, mut state) = (mebibytes << 20, 0_u64, 0x9e37_79b9_7f4a_7c15_u64);
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    while left > 0 {
        let size = left.min(match number % 50 {
            0 => 16 << 20,
            1..=5 => 2 << 20,
            _ => 4 << 10 << (random() % 5),
        });
        let bytes = if number % 50 == 1 {
            (0..size / 8).flat_map(|_| random().to_le_bytes()).collect::<Vec<u8>>()
        } else {
            let mut text = String::with_capacity(size as usize + 64);
            while (text.len() as u64) < size {
                let (a, b) = (random() % 900, random() % 12);
                let _ = writeln!(
                    text,
                    "{:b$}let value_{a} = price(order_{}, {a});",
                    "",
                    random() % 90,
                    b = b as usize
                );
            }
            text.into_bytes()
        };
        let path = folder.join(format!("part{}/file{number}.rs", number % 37));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
        (left, number) = (left - size, number + 1);
    }
    folder
}

fn entries(folder: &Path) -> Vec<Entry> {
    let choice = archive::choose::Choice::default();
    let found = archive::collect::collect(folder, &choice, &mut |_| true).expect("the files");
    found
        .into_iter()
        .map(|one| Entry {
            path: one.path,
            executable: false,
            role: "file".into(),
            source: Source::File(one.file),
            source_commit: None,
        })
        .collect()
}

fn floor(folder: &Path, out: &Path) {
    let mut tar = Command::new("tar")
        .args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "-cf", "-", "-C"])
        .arg(folder)
        .arg(".")
        .stdout(Stdio::piped())
        .spawn()
        .expect("tar starts");
    let from = tar.stdout.take().expect("tar's output is piped");
    let zstd = Command::new("zstd")
        .args([&format!("-{LEVEL}"), "-T0", "-q", "-f", "-o"])
        .arg(out)
        .stdin(from)
        .status();
    assert!(zstd.expect("zstd starts").success() && tar.wait().expect("tar ends").success());
}

/// Builds in a workspace of its own, and gives the peak of the process's memory in bytes.
fn command(bench: &Bench, folder: &Path) -> u64 {
    let path = bench.fresh("package.hotfix");
    let desk = Desk::create(&path, "Package", Options::default()).expect("a workspace");
    let call = |name: &str, request: serde_json::Value| desk.call(name, request).expect(name);
    let product = json!({
        "kind": "product", "id": "shop", "name": "Shop", "components": [], "versions": [],
        "branches": [], "repository": "", "environments": [{ "id": "staging", "name": "Staging", "production": false, "soak_minutes": 0, "targets": [] }],
    });
    call("catalog_save", json!({ "object": product }));
    let issue = call("issue_log", json!({ "text": { "title": "x" }, "product": "shop" }));
    let triage = json!({
        "keys": [issue["key"]], "impact_system": "high", "impact_users": "high",
        "impact_business": "high", "urgency": "high",
    });
    call("issue_triage", triage);
    call("fix_new", json!({ "issues": [issue["key"]] }));
    drop(desk);
    let mut child = Command::new(program::path())
        .arg("-W")
        .arg(&path)
        .args(["fix", "package", "build", "HF-1", "--from"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("hotfix is built beside the bench");
    let mut peak = 0;
    loop {
        peak = peak.max(peak_memory(child.id()));
        if let Some(ended) = child.try_wait().expect("it can be asked") {
            assert!(ended.success(), "{ended}");
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
