//! The package as a terminal makes it: from real repositories and folders, signed so that Debian's
//! own minisign agrees, the same bytes elsewhere, and nothing left of what was interrupted.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{
    counter::{Behaviour, Counter},
    ground::Ground,
    program::{self, Ended, hotfix, run},
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A workspace with one hot fix in Development, and a folder beside it.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ground = Ground::make();
        let service = Counter::start(Behaviour::default());
        let copy = ground.copy("packages", &service);
        let path = folder.path().join("p.hotfix");
        // Opened and closed, it is one file.
        fs::copy(copy, &path).unwrap();
        let place = Self { folder, path };
        place.ok(&["fix", "return", "HF-1", "--reason", "more to pack"]);
        place
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn run(&self, words: &[&str]) -> Ended {
        hotfix(&self.path, words)
    }

    fn ok(&self, words: &[&str]) -> Value {
        self.run(words).expect(0).json()
    }

    /// What is in the workspace of uploads, published or not.
    fn stored(&self) -> (i64, i64) {
        drop(Desk::open(&self.path, Options::default()).unwrap());
        let file = Connection::open(&self.path).unwrap();
        let count = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        (
            count("SELECT count(*) FROM blob"),
            count("SELECT count(*) FROM blob_chunk WHERE upload NOT IN (SELECT upload FROM blob)"),
        )
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        names.sort();
        names
    }
}

fn git(folder: &Path, words: &[&str]) -> String {
    let done = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.org"])
        .args(words)
        .output()
        .unwrap();
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

/// A repository whose second commit changes a file, takes one away, and adds some.
fn repository(folder: &Path) -> String {
    fs::create_dir_all(folder.join("src")).unwrap();
    git(folder, &["init", "-q", "-b", "main"]);
    fs::write(folder.join("src/pay.py"), "before\n").unwrap();
    fs::write(folder.join("src/old.py"), "old\n").unwrap();
    fs::write(folder.join("untouched.txt"), "same\n").unwrap();
    fs::write(folder.join(".gitattributes"), "docs export-ignore\n.gitattributes export-ignore\n")
        .unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-qm", "first"]);
    fs::write(folder.join("src/pay.py"), "after\n").unwrap();
    fs::remove_file(folder.join("src/old.py")).unwrap();
    fs::create_dir_all(folder.join("docs")).unwrap();
    fs::write(folder.join("docs/notes.md"), "not shipped\n").unwrap();
    fs::write(folder.join("migrate.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(folder.join("migrate.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-qm", "fix"]);
    git(folder, &["rev-parse", "HEAD"])
}

fn paths(manifest: &Value) -> Vec<&str> {
    let files = manifest["files"].as_array().unwrap();
    files.iter().map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn a_package_from_a_commit_has_what_changed_without_what_an_archive_leaves_out() {
    let place = Place::new();
    let repo = place.folder.path().join("repo");
    let fix = repository(&repo);
    place.ok(&[
        "fix",
        "change",
        "add",
        "HF-1",
        "--commit",
        &fix,
        "--repository",
        repo.to_str().unwrap(),
    ]);
    let preview = place.run(&["fix", "package", "preview", "HF-1"]).expect(0).lines();
    let fate = |path: &str| {
        let row = preview.iter().find(|row| row["path"] == path).unwrap();
        (row["fate"].as_str().unwrap().to_owned(), row["why"].as_str().unwrap().to_owned())
    };
    assert_eq!(fate("src/pay.py").0, "in");
    assert_eq!(fate("docs/notes.md").1, "export-ignore in .gitattributes");
    assert_eq!(fate("src/old.py").0, "removed");
    assert!(preview.iter().all(|row| row["path"] != "untouched.txt"));

    // The working tree may say what it likes: the commit counts.
    fs::write(repo.join("src/pay.py"), "not committed\n").unwrap();
    let out = place.at("changed.tar.zst");
    let built = place.ok(&["fix", "package", "build", "HF-1", "--out", &out]);
    assert_eq!(built["revision"], 2);
    assert!(built["unsigned"].as_str().unwrap().contains("no signing key"), "{built}");
    let manifest = place.ok(&["fix", "package", "verify", &out]);
    assert_eq!(paths(&manifest), ["migrate.sh", "src/pay.py"]);
    assert_eq!(manifest["removed"], json!(["src/old.py"]));
    assert_eq!(manifest["files"][0]["mode"], 0o755);
    assert_eq!(manifest["files"][0]["role"], "script");
    assert_eq!(manifest["files"][1]["source_commit"], fix);
    assert_eq!(manifest["signature"]["state"], "absent");
    assert_eq!(manifest["sha256"], built["hash"]);
    let listed = Command::new("tar").args(["--zstd", "-xOf", &out, "src/pay.py"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&listed.stdout), "after\n");

    // All of it, narrowed, as a zip.
    let zip = place.at("all.zip");
    let words = [
        "fix",
        "package",
        "build",
        "HF-1",
        "--all",
        "--exclude",
        "*.sh",
        "--format",
        "zip",
        "--out",
        &zip,
    ];
    assert_eq!(place.ok(&words)["revision"], 3);
    let manifest = place.ok(&["fix", "package", "verify", &zip]);
    assert_eq!(paths(&manifest), ["src/pay.py", "untouched.txt"]);
    let changes =
        place.run(&["fix", "package", "diff", "HF-1:r2", "HF-1", "--text"]).expect(0).lines();
    let told: Vec<(&str, &str)> = changes
        .iter()
        .map(|one| (one["change"].as_str().unwrap(), one["path"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("removed", "migrate.sh"), ("added", "untouched.txt")]);
    assert!(changes[1]["diff"].as_str().unwrap().contains("+same"), "{changes:?}");
    let list = place.run(&["fix", "package", "list", "HF-1"]).expect(0).lines();
    assert_eq!(list.len(), 3);
    assert_eq!((&list[0]["format"], &list[0]["current"]), (&json!("zip"), &json!(true)));

    // An earlier commit, by name; what it touched is what changed.
    let first = git(&repo, &["rev-parse", "HEAD~1"]);
    let words = ["fix", "package", "preview", "HF-1", "--commit", &first, "--include", "src/"];
    let rows = place.run(&words).expect(0).lines();
    let going: Vec<&str> = rows
        .iter()
        .filter(|row| row["fate"] == "in")
        .map(|row| row["path"].as_str().unwrap())
        .collect();
    assert_eq!(going, ["src/old.py", "src/pay.py"]);
    // Writing over what is there is refused, whichever of the two files it is.
    for (words, left) in [(&out, "tar.zst"), (&zip, "zip")] {
        let words = ["fix", "package", "export", "HF-1", "--out", words];
        assert!(place.run(&words).expect(2).error()["message"].as_str().unwrap().contains(left));
    }
}

#[test]
fn what_cannot_go_in_is_named_before_the_build_and_refused_by_it() {
    let place = Place::new();
    let app = place.at("app");
    place.write("app/a.txt", "a");
    place.write("other/a.txt", "b");
    std::os::unix::fs::symlink("/etc/passwd", format!("{app}/link")).unwrap();
    let words = ["fix", "package", "preview", "HF-1", "--from", &app, &place.at("other")];
    let rows = place.run(&words).expect(1).lines();
    let refused: Vec<(&str, &str)> = rows
        .iter()
        .filter(|row| row["fate"] == "refused")
        .map(|row| (row["path"].as_str().unwrap(), row["why"].as_str().unwrap()))
        .collect();
    assert_eq!(refused[0].0, "a.txt");
    assert!(refused[0].1.ends_with("gives it as well"), "{refused:?}");
    assert_eq!(refused[1], ("link", "it is a link"));
    let words = ["fix", "package", "build", "HF-1", "--from", &app, "--exclude", "a.txt"];
    let error = place.run(&words).expect(2).error();
    assert_eq!(error["message"], "link cannot go in: it is a link.");
    let words = ["fix", "package", "build", "HF-1", "--from", &app, "--exclude", "*"];
    let error = place.run(&words).expect(2).error();
    assert_eq!(error["message"], "The package would be empty.");
    for wrong in [["--include", "["], ["--from", "/nowhere/at/all"], ["--format", "rar"]] {
        let words = [&["fix", "package", "build", "HF-1"][..], &wrong].concat();
        place.run(&words).expect(2).error();
    }
}

#[test]
fn the_same_files_give_the_same_bytes_on_another_machine_and_day() {
    let hash = |umask: &str, zone: &str, touched: &str, format: &str| {
        let place = Place::new();
        let app = place.at("app");
        place.write("app/b/two.txt", vec![b'x'; 300_000]);
        place.write("app/a.sh", "#!/bin/sh\n");
        place.write("app/ä.txt", "umlaut");
        fs::set_permissions(format!("{app}/a.sh"), fs::Permissions::from_mode(0o700)).unwrap();
        let touch =
            Command::new("touch").args(["-d", touched]).arg(format!("{app}/ä.txt")).status();
        assert!(touch.unwrap().success());
        let script = format!("umask {umask}; exec \"$@\"");
        let mut command = Command::new("bash");
        command.args(["-c", &script, "-"]).arg(program::path()).env("TZ", zone);
        command.args(["--json", "-W"]).arg(&place.path);
        command.args(["fix", "package", "build", "HF-1", "--from", &app, "--format", format]);
        run(&mut command, "").expect(0).json()["hash"].as_str().unwrap().to_owned()
    };
    for format in ["tar.zst", "zip"] {
        let one = hash("022", "UTC", "2001-01-01", format);
        assert_eq!(one, hash("077", "Asia/Tokyo", "2026-11-28", format), "{format}");
    }
}

/// A pair of keys as Debian's minisign makes them, and a folder of credentials with the secret one.
fn key(place: &Place, name: &str) -> (String, PathBuf) {
    let (public, secret) = (place.at(&format!("{name}.pub")), place.at(&format!("{name}.sec")));
    let made = Command::new("minisign")
        .args(["-G", "-W", "-p", &public, "-s", &secret])
        .stdin(Stdio::null())
        .output()
        .expect("scripts/setup.sh --test installs minisign");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let adopted = place.ok(&["key", "adopt", &public]);
    let id = adopted["keys"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let credentials = place.folder.path().join(format!("{name}-credentials"));
    fs::create_dir(&credentials).unwrap();
    fs::copy(&secret, credentials.join(format!("workspace+signing.{id}"))).unwrap();
    (public, credentials)
}

fn build_with(place: &Place, credentials: &Path, words: &[&str]) -> Value {
    let mut command = Command::new(program::path());
    command.env("CREDENTIALS_DIRECTORY", credentials).arg("--json").arg("-W").arg(&place.path);
    run(command.args(["fix", "package", "build", "HF-1"]).args(words), "").expect(0).json()
}

fn minisign(public: &str, file: &str) -> Result<String, String> {
    let done = Command::new("minisign").args(["-V", "-p", public, "-m", file]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
}

#[test]
fn minisign_itself_proves_a_signed_package_and_a_rotated_key_leaves_the_old_one_known() {
    let place = Place::new();
    let (public, credentials) = key(&place, "one");
    let source = place.write("shop.txt", "repaired");
    let out = place.at("p.tar.zst");
    let built = build_with(&place, &credentials, &["--from", &source, "--out", &out]);
    let signed = built["signed"].as_str().unwrap();
    let told = minisign(&public, &out).unwrap();
    let hash = built["hash"].as_str().unwrap();
    assert!(told.contains(&format!("hotfix:HF-1\trevision:2\tsha256:{hash}")), "{told}");
    let verified = place.ok(&["fix", "package", "verify", &out, "--key", &public]);
    assert_eq!(verified["signature"]["state"], "valid");
    assert_eq!(verified["signature"]["key"], signed);
    // With the workspace's own keys, and without anything.
    let verified = place.ok(&["fix", "package", "verify", &out]);
    assert!(
        verified["signature"]["who"].as_str().unwrap().starts_with("the key of this workspace")
    );
    let mut alone = Command::new(program::path());
    let verified =
        run(alone.args(["--json", "fix", "package", "verify", &out]), "").expect(0).json();
    assert_eq!(verified["signature"]["state"], "unknown");

    // Another package under this signature, a changed byte, another comment, another key.
    fs::copy(format!("{out}.minisig"), place.at("other.tar.zst.minisig")).unwrap();
    let other = place.write("other.tar.zst", fs::read(&out).unwrap());
    fs::OpenOptions::new().append(true).open(&other).unwrap().write_all(b"x").unwrap();
    assert!(minisign(&public, &other).is_err());
    place.run(&["fix", "package", "verify", &other]).expect(4);
    let text = fs::read_to_string(format!("{out}.minisig")).unwrap();
    let copy = place.write("copy.tar.zst", fs::read(&out).unwrap());
    place.write("copy.tar.zst.minisig", text.replace("revision:2", "revision:3"));
    assert!(minisign(&public, &copy).is_err());
    let error = place.run(&["fix", "package", "verify", &copy, "--key", &public]).expect(4).error();
    assert!(error["message"].as_str().unwrap().contains("does not belong"), "{error}");
    fs::remove_file(format!("{copy}.minisig")).unwrap();
    place.run(&["fix", "package", "verify", &copy, "--key", &public]).expect(1);

    let (second, others) = key(&place, "two");
    let error = place.run(&["fix", "package", "verify", &out, "--key", &second]).expect(4).error();
    assert!(error["message"].as_str().unwrap().contains(signed), "{error}");
    let verified = place.ok(&["fix", "package", "verify", &out]);
    assert!(verified["signature"]["who"].as_str().unwrap().starts_with("an earlier key"));
    // Who has only the first key builds unsigned now, and is told so.
    let more = place.write("more.txt", "more");
    let words = ["--from", &source, &more];
    let unsigned = build_with(&place, &credentials, &words);
    assert!(unsigned["signed"].is_null());
    assert!(unsigned["unsigned"].as_str().unwrap().contains("does not have the key"), "{unsigned}");
    let words = ["--from", &more, "--format", "zip", "--out", &place.at("q.zip")];
    assert!(build_with(&place, &others, &words)["signed"].is_string());
    minisign(&second, &place.at("q.zip")).unwrap();
    place.ok(&["key", "export", &place.at("exported.pub")]);
    minisign(&place.at("exported.pub"), &place.at("q.zip")).unwrap();
    // Neither half of an export is written over.
    let third = place.at("r.zip");
    place.write("r.zip.minisig", "mine");
    place.run(&["fix", "package", "export", "HF-1", "--out", &third]).expect(2);
    assert!(!Path::new(&third).exists());
}

/// What no compressor makes smaller.
fn noise(place: &Place, name: &str, mebibytes: u64) -> String {
    let path = place.at(name);
    let mut source = fs::File::open("/dev/urandom").unwrap();
    let mut file = fs::File::create(&path).unwrap();
    std::io::copy(&mut std::io::Read::take(&mut source, mebibytes << 20), &mut file).unwrap();
    path
}

/// Starts a build of noise, and answers once it stores.
fn storing(place: &Place, source: &str) -> std::process::Child {
    let mut command = Command::new(program::path());
    command.arg("-W").arg(&place.path).args(["fix", "package", "build", "HF-1", "--from", source]);
    let file = Connection::open(&place.path).unwrap();
    let chunks = "SELECT count(*) FROM blob_chunk WHERE upload NOT IN (SELECT upload FROM blob)";
    let stores = || file.query_row(chunks, [], |row| row.get::<_, i64>(0)).unwrap_or(0) > 0;
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !stores() {
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it does not store");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

#[test]
fn a_build_that_is_killed_or_interrupted_leaves_nothing() {
    let place = Place::new();
    let source = noise(&place, "noise", 200);
    let (before, names) = (place.stored(), place.names());
    for signal in ["KILL", "INT", "TERM"] {
        let mut child = storing(&place, &source);
        let id = child.id().to_string();
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success()
        );
        let ended = child.wait().unwrap();
        assert!(!ended.success(), "{signal}");
        assert_eq!(place.stored(), before, "{signal}");
        assert_eq!(place.names(), names, "{signal}");
    }
    let list = place.run(&["fix", "package", "list", "HF-1"]).expect(0).lines();
    assert_eq!(list.len(), 1, "no revision was recorded");
}

#[test]
fn a_build_for_which_there_is_no_room_says_so_and_leaves_nothing() {
    let place = Place::new();
    let source = noise(&place, "noise", 40);
    let (before, names) = (place.stored(), place.names());
    // No file may grow beyond 16 MiB: neither what is packed nor the workspace.
    let mut command = Command::new("bash");
    command.args(["-c", "trap '' XFSZ; ulimit -f 16384; exec \"$@\"", "-"]).arg(program::path());
    command.args(["--json", "-W"]).arg(&place.path);
    command.args(["fix", "package", "build", "HF-1", "--from", &source]);
    let error = run(&mut command, "").expect(3).error();
    assert_eq!(error["kind"], "offline");
    assert_eq!(place.stored(), before);
    assert_eq!(place.names(), names);
    let out = place.at("out.tar.zst");
    place.ok(&["fix", "package", "build", "HF-1", "--from", &source]);
    let words = ["fix", "package", "export", "HF-1", "--out", &out];
    let mut command = Command::new("bash");
    command.args(["-c", "trap '' XFSZ; ulimit -f 16384; exec \"$@\"", "-"]).arg(program::path());
    run(command.args(["--json", "-W"]).arg(&place.path).args(words), "").expect(3);
    assert_eq!(place.names(), names, "nothing of the export is left either");
}

#[test]
fn a_revision_is_compared_with_what_runs_there_now_down_to_the_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.hotfix");
    let mut sample = Command::new(program::path());
    sample.args(["--json", "sample", "--issues", "60", "--seed", "7", "--out"]).arg(&path);
    run(&mut sample, "").expect(0);
    let rows = hotfix(&path, ["call", "runs_where"]).expect(0).json();
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["product"] == "shop" && row["environment"] == "production");
    let running = row.unwrap()["running"].clone();
    let asked = r#"{"key":"HF-13","with":{"what":"environment","environment":"production"}}"#;
    let compared = hotfix(&path, ["call", "fix_package_diff", asked]).expect(0).json();
    assert_eq!(compared["before"]["hotfix"], running["hotfix"]);
    assert_eq!(compared["before"]["hash"], running["hash"]);
    assert_eq!(compared["after"]["hotfix"], "HF-13");
    let words = ["fix", "package", "diff", "HF-13:production", "HF-13", "--text"];
    let changes = hotfix(&path, words).expect(0).lines();
    assert_eq!(changes.len(), compared["rows"].as_array().unwrap().len());
    let changed = changes.iter().find(|one| one["change"] == "changed").unwrap();
    assert!(changed["diff"].as_str().unwrap().contains("\n@@ "), "{changed}");
    let asked = json!({
        "key": "HF-13", "with": { "what": "environment", "environment": "production" },
        "path": changed["path"],
    });
    let text = hotfix(&path, ["call", "fix_package_diff_text", &asked.to_string()]);
    assert_eq!(text.expect(0).json()["diff"], changed["diff"]);
    let error = hotfix(&path, ["fix", "package", "diff", "HF-13:moon", "HF-13"]).error();
    assert_eq!(error["where"], "environment");
}
