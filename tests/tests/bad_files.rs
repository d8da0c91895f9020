//! Files that are not ours, not for us, not whole or not writable: each is told in a sentence with
//! its exit code, and stays as it was to the byte.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::program::{self, Ended, hotfix, run};
use rusqlite::Connection;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

const READS: [&[&str]; 3] =
    [&["issue", "list", "--all"], &["issue", "show", "ISS-1"], &["audit", "verify"]];
const LOG: [&str; 4] = ["issue", "log", "--title", "One more"];

fn workspace(folder: &Path) -> PathBuf {
    let path = folder.join("a.hotfix");
    let desk = Desk::create(&path, "Bad files", Options::default()).unwrap();
    let title = serde_json::json!({ "text": { "title": "It is broken" } });
    desk.call("issue_log", title).unwrap();
    path
}

/// Every file of a folder with its bytes; SQLite's own index, and its log while it is empty, say
/// nothing about the workspace.
fn bytes_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file() && path.extension().is_none_or(|end| end != "hotfix-shm"))
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .filter(|(path, bytes)| {
            !bytes.is_empty() || path.extension().is_none_or(|end| end != "hotfix-wal")
        })
        .collect()
}

/// Runs a verb that must fail so, and leave everything in the folder as it was.
fn refused(path: &Path, words: &[&str], code: i32, sentence: &str) -> Value {
    let folder = path.parent().unwrap();
    let before = bytes_of(folder);
    let error = hotfix(path, words).expect(code).error();
    assert!(error["message"].as_str().unwrap().contains(sentence), "{words:?}: {error}");
    let after = bytes_of(folder);
    assert!(before == after, "{words:?} changed {:?}", after.keys().collect::<Vec<_>>());
    error
}

#[test]
fn a_file_that_is_no_workspace_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let noise: Vec<u8> =
        (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("noise", &noise),
        ("letter", b"Dear Sir or Madam"),
        ("cut", b"SQLite f"),
    ] {
        let place = folder.path().join(format!("of-{name}"));
        fs::create_dir(&place).unwrap();
        let path = place.join(name);
        fs::write(&path, bytes).unwrap();
        for words in READS.iter().chain([&&LOG[..], &&["rebuild"][..], &&["agent"][..]]) {
            refused(&path, words, 4, "is not a Hotfix Desk workspace");
        }
    }
    let place = folder.path().join("of-other");
    fs::create_dir(&place).unwrap();
    let other = place.join("other.sqlite");
    Connection::open(&other)
        .unwrap()
        .execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE journal (x); INSERT INTO journal VALUES (1)",
        )
        .unwrap();
    for words in READS.iter().chain([&&LOG[..]]) {
        refused(&other, words, 4, "is not a Hotfix Desk workspace");
    }
    refused(&place, &LOG, 2, "is a folder");
    let mut restore = vec!["restore"];
    let shown = other.display().to_string();
    restore.push(&shown);
    refused(&place.join("new.hotfix"), &restore, 4, "is not a Hotfix Desk workspace");
}

#[test]
fn a_workspace_that_is_cut_off_is_damaged_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(workspace(folder.path())).unwrap();
    for length in [16, 50, 100, 4096, whole.len() / 3, whole.len() - 4096, whole.len() - 1] {
        let place = folder.path().join(format!("of-{length}"));
        fs::create_dir(&place).unwrap();
        let path = place.join("a.hotfix");
        fs::write(&path, &whole[..length]).unwrap();
        for words in READS.iter().chain([&&LOG[..]]) {
            let error = refused(&path, words, 4, "is cut off");
            assert!(error["hint"].as_str().unwrap().contains("restore"), "{error}");
        }
    }
}

#[test]
fn a_newer_programs_workspace_is_read_if_it_may_be_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let file = Connection::open(&path).unwrap();
    file.execute("UPDATE workspace SET epoch = epoch + 1", []).unwrap();
    drop(file);
    let before = fs::read(&path).unwrap();
    for words in READS {
        hotfix(&path, words).expect(0);
    }
    for words in [&LOG[..], &["rebuild"], &["agent"]] {
        let error = hotfix(&path, words).expect(3).error();
        assert!(error["message"].as_str().unwrap().contains("newer"), "{words:?}: {error}");
        assert_eq!(error["hint"], "Install the newer version.");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    let file = Connection::open(&path).unwrap();
    file.execute("UPDATE workspace SET oldest_reader = epoch", []).unwrap();
    drop(file);
    for words in READS.iter().chain([&&LOG[..]]) {
        let error = refused(&path, words, 3, "newer");
        assert!(error["hint"].as_str().unwrap().contains("newer version"), "{error}");
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_write_protected_file_or_folder_is_read_and_a_write_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    for protects in ["file", "folder"] {
        let place = folder.path().join(protects);
        fs::create_dir(&place).unwrap();
        let path = workspace(&place);
        let (protected, was) = if protects == "file" { (&path, 0o444) } else { (&place, 0o555) };
        mode(protected, was);
        for words in READS {
            hotfix(&path, words).expect(0);
        }
        for words in [&LOG[..], &["rebuild"], &["agent"]] {
            let error = refused(&path, words, 3, "may only be read");
            assert!(error["hint"].as_str().unwrap().contains("copy"), "{error}");
        }
        mode(protected, 0o755);
        assert_eq!(bytes_of(&place).len(), 1, "nothing is left beside it");
    }
}

/// Runs a shell in mount and user namespaces of its own, or says that this machine does not allow it.
fn unshared(script: &str, path: &Path, place: &Path) -> Option<Ended> {
    let allowed = Command::new("unshare").args(["-rm", "true"]).output();
    if !allowed.is_ok_and(|tried| tried.status.success()) {
        eprintln!("no namespaces here: read-only and full disks were not tried");
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-eu", "-c", script]);
    command.env("HOTFIX", program::path()).env("FILE", path).env("PLACE", place);
    Some(run(&mut command, ""))
}

#[test]
fn a_read_only_disk_is_read_and_a_write_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let place = folder.path().join("disk");
    fs::create_dir(&place).unwrap();
    let script = r#"
        mount -t tmpfs tmpfs "$PLACE"; cp "$FILE" "$PLACE/a"; mount -o remount,ro "$PLACE"
        "$HOTFIX" --json -W "$PLACE/a" issue list
        "$HOTFIX" --json -W "$PLACE/a" audit verify
        cmp "$FILE" "$PLACE/a"; test "$(ls "$PLACE")" = a
        exec "$HOTFIX" --json -W "$PLACE/a" issue log --title x"#;
    let Some(ended) = unshared(script, &path, &place) else { return };
    let ended = ended.expect(3);
    assert!(ended.out.contains("It is broken"), "{ended:?}");
    let error = ended.error();
    assert!(error["message"].as_str().unwrap().contains("read"), "{error}");
    assert!(error["hint"].is_string(), "{error}");
}

#[test]
fn a_full_disk_is_told_and_what_was_there_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let place = folder.path().join("disk");
    fs::create_dir(&place).unwrap();
    let script = r#"
        mount -t tmpfs -o size=3m tmpfs "$PLACE"; cp "$FILE" "$PLACE/a"
        "$HOTFIX" --json -W "$PLACE/a" issue log --title "Before it was full" > /dev/null
        cat /dev/zero > "$PLACE/filler" 2> /dev/null || true
        code=0; "$HOTFIX" --json -W "$PLACE/a" issue log --title x > "$PLACE.out" || code=$?
        rm "$PLACE/filler"
        "$HOTFIX" --json -W "$PLACE/a" audit verify
        "$HOTFIX" --json -W "$PLACE/a" issue list --all
        exit $code"#;
    let Some(ended) = unshared(script, &path, &place) else { return };
    let ended = ended.expect(3);
    let error = ended.error();
    assert!(error["message"].as_str().unwrap().contains("disk is full"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("Free some space"), "{error}");
    let lines = ended.lines();
    assert_eq!(lines[0]["ok"], true);
    assert_eq!(lines.len(), 3, "the two issues from before, and none of the one that did not fit");
}

#[test]
fn a_file_that_may_not_grow_any_more_is_told_and_what_was_there_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let before = fs::read(&path).unwrap();
    // The signal is ignored, so that the write fails as on a quota instead of ending the program.
    let script =
        r#"trap '' XFSZ; ulimit -f 1; exec "$HOTFIX" --json -W "$FILE" issue log --title x"#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("HOTFIX", program::path()).env("FILE", &path);
    let error = run(&mut command, "").expect(3).error();
    assert!(error["message"].as_str().unwrap().contains("disk"), "{error}");
    hotfix(&path, ["audit", "verify"]).expect(0);
    assert_eq!(hotfix(&path, ["issue", "list"]).expect(0).lines().len(), 1);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_another_program_holds_is_read_and_a_write_says_who_has_to_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = workspace(folder.path());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let before = fs::read(&path).unwrap();
    for words in READS {
        hotfix(&path, words).expect(0);
    }
    let error = hotfix(&path, LOG).expect(3).error();
    assert!(error["message"].as_str().unwrap().contains("in use by another program"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("Close"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    other.execute_batch("ROLLBACK; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    other.execute_batch("UPDATE workspace SET only = 1").unwrap();
    let error = hotfix(&path, READS[0]).expect(3).error();
    assert!(error["message"].as_str().unwrap().contains("in use by another program"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    hotfix(&path, LOG).expect(0);
    assert_eq!(hotfix(&path, READS[0]).expect(0).lines().len(), 2);
}
