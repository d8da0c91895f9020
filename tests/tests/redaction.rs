//! What was erased is gone: from every answer, and from every byte of the file and its log.

use hotfix_core::desk::{As, Desk, Options};
use hotfix_tests::program::{self, hotfix, run};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn new(folder: &Path) -> PathBuf {
    let path = folder.join("a.hotfix");
    drop(Desk::create(&path, "Words", Options::default()).unwrap());
    path
}

/// Where these bytes lie in the workspace's files, as they are and as JSON spells them.
fn traces(folder: &Path, text: &str) -> Vec<String> {
    let quoted = serde_json::to_string(text).unwrap();
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for needle in [text, &quoted[1..quoted.len() - 1], &text.to_lowercase()] {
            if bytes.windows(needle.len()).any(|window| window == needle.as_bytes()) {
                found.push(format!("{needle:.20} in {}", path.display()));
            }
        }
    }
    found
}

/// The views, and the same after they were made anew.
fn same_after_rebuild(path: &Path) -> String {
    let desk = Desk::open(path, Options::default()).unwrap();
    let dump = || {
        let mut out = Vec::new();
        desk.dump(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let before = dump();
    desk.rebuild(&mut |_, _| true).unwrap();
    assert!(dump() == before, "a rebuild gives other views");
    before
}

fn log(path: &Path, description: &str) {
    let mut command = Command::new(program::path());
    command.arg("--json").arg("-W").arg(path).args(["issue", "log", "--title", "Cannot log in"]);
    command.args(["--reporter", "Ann O'Neil <ann@example.org>", "--description", "-"]);
    run(&mut command, description).expect(0);
}

#[test]
fn a_pasted_password_leaves_no_byte_behind_wherever_it_was_written() {
    let long = format!("{}{}", "Zürich 🦊 ".repeat(11_000), "Kennwort-lang");
    for secret in
        ["hunter2Zebra", "пароль💥🔑", "كلمة-السر-السرية", "two\nlines \"and\\quotes", &long]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = new(folder.path());
        log(&path, &format!("My word is {secret} and it fails."));
        log(&path, "Another issue that says nothing of it.");
        let desk = Desk::open(&path, Options::default()).unwrap();
        let call = |name: &str, request: Value| desk.call(name, request).unwrap();
        for turn in 0..40 {
            call(
                "issue_comment",
                json!({ "key": "ISS-1", "text": format!("{turn}: {secret}?"), "internal": true }),
            );
        }
        // Edited away before: its words are in no row any more, and still in the index.
        let text = json!({ "title": "Cannot log in", "description": "My word fails." });
        call("issue_edit", json!({ "key": "ISS-1", "text": text }));
        call(
            "draft_save",
            json!({ "name": "quick", "text": json!({ "steps": secret }).to_string() }),
        );
        drop(desk);
        // A long text lies scattered over pages: it is looked for by its pieces.
        let pieces = match secret.len() > 1_000 {
            true => vec!["Kennwort-lang", "kennwort", "Zürich 🦊 Zürich", "zurich"],
            false => vec![secret],
        };
        let left = || -> Vec<String> {
            pieces.iter().flat_map(|piece| traces(folder.path(), piece)).collect()
        };
        assert!(left().len() >= pieces.len());

        let mut command = Command::new(program::path());
        command
            .arg("--json")
            .arg("-W")
            .arg(&path)
            .args(["issue", "redact", "ISS-1", "--text", "-"]);
        command.args(["--replacement", "[a password]", "--reason", "pasted by mistake"]);
        let answer = run(&mut command, secret).expect(0).json();
        assert_eq!(answer["clean"], true, "{answer}");
        assert_eq!(answer["places"], json!(["ISS-1"]));
        assert!(answer["stays"][0].as_str().unwrap().contains("Backups"), "{answer}");

        assert_eq!(left(), Vec::<String>::new());
        assert_eq!(hotfix(&path, ["audit", "verify"]).expect(0).json()["ok"], true);
        let shown = hotfix(&path, ["issue", "show", "ISS-1"]).expect(0).json();
        assert_eq!(shown["comments"][39]["text"], "39: [a password]?");
        assert_eq!(shown["text"]["description"], "My word fails.");
        same_after_rebuild(&path);
        assert_eq!(left(), Vec::<String>::new());
        assert_eq!(hotfix(&path, ["audit", "verify"]).expect(0).json()["ok"], true);

        let desk = Desk::open(&path, Options::default()).unwrap();
        let entries = desk.call("timeline", json!({ "key": "ISS-1" })).unwrap();
        assert_eq!(entries[0]["kind"], "redacted");
        assert_eq!(entries[0]["note"], "pasted by mistake");
    }
}

#[test]
fn a_text_is_redacted_twice_and_what_else_was_said_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    log(&path, "First alpha-secret then beta-secret and the rest.");
    let redact = |text: &str| {
        let words = ["issue", "redact", "ISS-1", "--text", text, "--reason", "private"];
        hotfix(&path, words)
    };
    redact("alpha-secret").expect(0);
    redact("beta-secret").expect(0);
    let shown = hotfix(&path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!(shown["text"]["description"], "First redacted then redacted and the rest.");
    assert_eq!(shown["text"]["reporter"]["name"], "Ann O'Neil");
    for secret in ["alpha-secret", "beta-secret"] {
        assert_eq!(traces(folder.path(), secret), Vec::<String>::new());
    }
    same_after_rebuild(&path);
    assert!(
        redact("alpha-secret").expect(2).error()["message"].as_str().unwrap().contains("ISS-1")
    );

    let whole = ["issue", "redact", "ISS-1", "--field", "description", "--reason", "private"];
    hotfix(&path, whole).expect(0);
    let shown = hotfix(&path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!(shown["text"]["description"], "redacted");
    assert_eq!(traces(folder.path(), "and the rest."), Vec::<String>::new());
    same_after_rebuild(&path);
}

#[test]
fn an_erased_person_is_known_nowhere_and_the_count_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    log(&path, "Ann O'Neil cannot log in.");
    log(&path, "Call ann@example.org.");
    let desk = Desk::open(&path, Options::default()).unwrap();
    let bob = json!({ "name": "Bob", "reach": "+41 44 555 0101" });
    desk.call("issue_add_person", json!({ "key": "ISS-1", "contact": bob })).unwrap();
    drop(desk);
    let words = ["issue", "erase-person", "ISS-1", "--person", "Ann O'Neil <ann@example.org>"];
    let answer =
        hotfix(&path, words.into_iter().chain(["--reason", "asked us to"])).expect(0).json();
    assert_eq!(answer["places"], json!(["ISS-1", "ISS-2"]), "{answer}");
    for secret in ["Ann O'Neil", "ann@example.org", "o'neil"] {
        assert_eq!(traces(folder.path(), secret), Vec::<String>::new());
    }
    let shown = hotfix(&path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!(shown["affected"], 2);
    assert_eq!(shown["people"][0]["contact"], json!({ "name": "redacted", "reach": "" }));
    assert_eq!(shown["people"][1]["contact"], bob);
    assert_eq!(shown["text"]["description"], "redacted cannot log in.");
    same_after_rebuild(&path);
    assert_eq!(hotfix(&path, ["audit", "verify"]).expect(0).json()["ok"], true);
}

#[test]
fn what_was_erased_is_in_no_index_of_words_and_is_not_suggested_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let desk = Desk::open(&path, Options::default()).unwrap();
    for title in ["Quetzalcoatl fails", "Another thing"] {
        let text = json!({ "title": title, "reporter": { "name": "Zebulon Quartermain", "reach": "zeb@example.org" } });
        desk.call("issue_log", json!({ "text": text })).unwrap();
    }
    let find = |text: &str| desk.call("search", json!({ "text": text, "wait": true })).unwrap();
    // The known words are in memory now, and as words of the title and of a field in the file.
    assert_eq!(find("quetzalcoatk ")["instead"][0]["shown"], json!(["quetzalcoatl"]));
    assert_eq!(find("reporter:quartermain")["hits"].as_array().unwrap().len(), 2);
    // A word of the index is stored from where it differs from the one before it.
    let pieces = ["tzalcoatl", "uartermain", "bulon"];
    assert!(pieces.iter().all(|piece| !traces(folder.path(), piece).is_empty()));
    let request = json!({ "key": "ISS-1", "place": { "of": "anywhere" }, "passage": "Quetzalcoatl", "reason": "a code name" });
    assert_eq!(desk.call("issue_redact", request).unwrap()["clean"], true);
    let words = json!({ "key": "ISS-1", "contact": { "name": "Zebulon Quartermain", "reach": "zeb@example.org" }, "reason": "asked us to" });
    let erased = desk.call("person_erase", words).unwrap();
    assert_eq!((&erased["clean"], &erased["places"]), (&json!(true), &json!(["ISS-1", "ISS-2"])));
    for piece in pieces {
        assert_eq!(traces(folder.path(), piece), Vec::<String>::new());
    }
    let found = find("quetzalcoatk ");
    assert_eq!((&found["hits"], &found["instead"]), (&json!([]), &json!([])), "{found}");
    assert_eq!(find("quetzal")["hits"], json!([]));
    let found = find("reporter:quartermain");
    assert_eq!(found["filters"][0]["left_out"], true, "{found}");
    assert_eq!(find("fails")["hits"][0]["key"], "ISS-1");
    drop(desk);
    same_after_rebuild(&path);
}

#[test]
fn a_person_of_the_catalog_keeps_an_id_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let desk = Desk::open(&path, Options::default()).unwrap();
    let person = json!({ "kind": "person", "id": "p7", "name": "Tomás Ödegård", "mail": "tomas@example.org", "roles": ["developer"], "zone": "UTC" });
    desk.call("catalog_save", json!({ "object": person })).unwrap();
    drop(desk);
    let words = ["issue", "erase-person", "--catalog", "p7", "--reason", "left us"];
    hotfix(&path, words).expect(0);
    for secret in ["Tomás Ödegård", "tomas@example.org"] {
        assert_eq!(traces(folder.path(), secret), Vec::<String>::new());
    }
    let desk = Desk::open(&path, Options::default()).unwrap();
    let people = desk.call("catalog_list", json!({ "kind": "person" })).unwrap();
    let erased = people.as_array().unwrap().iter().find(|row| row["object"]["id"] == "p7").unwrap();
    assert_eq!(erased["object"]["name"], "");
    assert_eq!(erased["object"]["roles"], json!(["developer"]));
}

#[test]
fn an_erased_attachment_is_gone_with_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let desk = Desk::open(&path, Options::default()).unwrap();
    let bytes = "a private screenshot ".repeat(400_000);
    let (hash, size) = desk.put_blob(bytes.as_bytes()).unwrap();
    let attachment = json!({ "hash": hash, "size": size, "name": "s.txt", "media": "text/plain" });
    let text = json!({ "title": "See the picture" });
    desk.call("issue_log", json!({ "text": text, "attachments": [attachment] })).unwrap();
    drop(desk);
    let words = ["issue", "redact", "ISS-1", "--attachment", &hash.0, "--reason", "private"];
    hotfix(&path, words).expect(0);
    let shown = hotfix(&path, ["issue", "show", "ISS-1"]).expect(0).json();
    assert_eq!(shown["attachments"], json!([]));
    assert_eq!(traces(folder.path(), "a private screenshot"), Vec::<String>::new());
    let left: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM blob_chunk", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn files_that_may_still_hold_a_text_are_named_because_nobody_looks_into_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    let desk = Desk::open(&path, Options::default()).unwrap();
    let (hash, size) = desk.put_blob(&b"user hunter2 logged in"[..]).unwrap();
    let file =
        |name: &str| json!({ "hash": hash, "size": size, "name": name, "media": "text/plain" });
    let text = json!({ "title": "My word is hunter2" });
    let request = json!({ "text": text, "attachments": [file("shop.log"), file("web.log")] });
    desk.call("issue_log", request).unwrap();
    desk.call("issue_log", json!({ "text": { "title": "hunter2 again" } })).unwrap();
    let request = json!({ "key": "ISS-1", "place": { "of": "anywhere" }, "passage": "hunter2", "reason": "private" });
    let stays = desk.call("issue_redact", request).unwrap()["stays"].to_string();
    assert!(stays.contains("“shop.log” and 1 more of ISS-1"), "{stays}");
    assert!(!stays.contains("ISS-2"), "it has no files: {stays}");
}

#[test]
fn only_an_owner_or_a_release_manager_erases_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    log(&path, "My word is hunter2.");
    let desk = Desk::open(&path, Options::default()).unwrap();
    let person = json!({ "kind": "person", "id": "dev", "name": "Dev", "mail": "", "roles": ["developer"], "zone": "UTC" });
    desk.call("catalog_save", json!({ "object": person })).unwrap();
    let request = json!({ "key": "ISS-1", "place": { "of": "anywhere" }, "passage": "hunter2", "reason": "private" });
    let how = As { person: Some("dev".into()), ..As::default() };
    let refused = desk.call_as("issue_redact", request.clone(), &how).unwrap_err();
    assert!(refused.message.contains("owner or a release manager"), "{refused}");
    let mut repeats = request;
    repeats["reason"] = "hunter2 is private".into();
    assert!(desk.call("issue_redact", repeats).unwrap_err().message.contains("must not repeat"));
    drop(desk);
    let words = ["issue", "redact", "ISS-1", "--text", "hunter2", "--reason", " "];
    assert_eq!(hotfix(&path, words).expect(2).error()["where"], "reason");
    hotfix(&path, ["issue", "redact", "ISS-1", "--reason", "private"]).expect(2);
}

/// A workspace whose only issue says a word twice, a backup of it, and then the word was erased.
struct BackedUp {
    folder: tempfile::TempDir,
    path: PathBuf,
    backup: PathBuf,
}

impl BackedUp {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("live")).unwrap();
        let path = new(&folder.path().join("live"));
        log(&path, "My word is hunter2Zebra and it fails on Tuesdays.");
        let backup = folder.path().join("a.backup");
        let made = Self { folder, path, backup };
        let draft = json!({ "name": "quick", "text": "hunter2Zebra" }).to_string();
        made.hotfix(&made.path, &["call", "draft_save", &draft]);
        made.hotfix(&made.path, &["backup", &made.backup.display().to_string()]);
        let words = ["issue", "redact", "ISS-1", "--text", "hunter2Zebra", "--reason", "pasted"];
        made.hotfix(&made.path, &words);
        made
    }

    /// On a machine whose list of erasures lies in this folder.
    fn hotfix(&self, workspace: &Path, words: &[&str]) -> Value {
        let mut command = Command::new(program::path());
        command.env("XDG_DATA_HOME", self.folder.path().join("data"));
        command.arg("--json").arg("-W").arg(workspace).args(words);
        run(&mut command, "").expect(0).json()
    }

    /// Restored into a folder of its own, with the words given.
    fn restore(&self, name: &str, words: &[&str]) -> (PathBuf, Value) {
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("restored.hotfix");
        let backup = self.backup.display().to_string();
        let answer = self.hotfix(&path, &[&["restore", &backup], words].concat());
        (path, answer)
    }
}

#[test]
fn a_restored_backup_loses_again_what_was_erased_since() {
    let made = BackedUp::new();
    let backup = std::fs::read(&made.backup).unwrap();
    assert!(backup.windows(12).any(|window| window == b"hunter2Zebra"), "the backup holds it");

    // The list of this machine knows places only: all of that text goes.
    let (path, answer) = made.restore("by-list", &[]);
    assert_eq!(answer["erased_again"], 1, "{answer}");
    assert_eq!(traces(path.parent().unwrap(), "hunter2Zebra"), Vec::<String>::new());
    assert_eq!(made.hotfix(&path, &["audit", "verify"])["ok"], true);
    let shown = made.hotfix(&path, &["issue", "show", "ISS-1"]);
    assert_eq!(shown["text"]["description"], "redacted");
    same_after_rebuild(&path);

    // A later file knows what was left of it.
    let later = made.path.display().to_string();
    let (path, answer) = made.restore("by-file", &["--later", &later]);
    assert_eq!(answer["erased_again"], 1, "{answer}");
    assert_eq!(traces(path.parent().unwrap(), "hunter2Zebra"), Vec::<String>::new());
    let shown = made.hotfix(&path, &["issue", "show", "ISS-1"]);
    assert_eq!(shown["text"]["description"], "My word is redacted and it fails on Tuesdays.");

    // Who restores in the window has the later file open.
    let desk = Desk::open(&made.path, Options::default()).unwrap();
    let to = made.folder.path().join("in-the-window.hotfix");
    let answer = desk.call("restore", json!({ "backup": made.backup, "path": to })).unwrap();
    assert_eq!(answer["erased_again"], 1, "{answer}");
    let restored = Desk::open(&to, Options::default()).unwrap();
    let shown = restored.call("issue_show", json!({ "key": "ISS-1" })).unwrap();
    let description = &shown["issue"]["text"]["description"];
    assert_eq!(description, "My word is redacted and it fails on Tuesdays.");

    // What is erased in a restored file is noted as well, though its journal went another way.
    let restored = made.folder.path().join("by-list/restored.hotfix");
    let second = made.folder.path().join("second.backup").display().to_string();
    made.hotfix(&restored, &["issue", "comment", "ISS-1", "and swordfish1"]);
    made.hotfix(&restored, &["backup", &second]);
    let words = ["issue", "redact", "ISS-1", "--text", "swordfish1", "--reason", "again"];
    made.hotfix(&restored, &words);
    let to = made.folder.path().join("third.hotfix");
    let answer = made.hotfix(&to, &["restore", &second]);
    assert_eq!(answer["erased_again"], 1, "{answer}");
}

#[test]
fn a_list_of_erasures_that_cannot_be_written_is_said_and_keeps_nothing_from_being_restored() {
    let made = BackedUp::new();
    // A folder that can neither be found nor made.
    let data = made.folder.path().join("data");
    std::fs::remove_dir_all(&data).unwrap();
    std::os::unix::fs::symlink(made.folder.path().join("nowhere"), &data).unwrap();
    let later = made.path.display().to_string();
    let (path, answer) = made.restore("unlisted", &["--later", &later]);
    assert_eq!(answer["erased_again"], 1, "{answer}");
    let notes = answer["notes"].to_string();
    assert!(notes.contains("list of erasures could not be written"), "{notes}");
    assert_eq!(traces(path.parent().unwrap(), "hunter2Zebra"), Vec::<String>::new());
}

#[test]
fn a_backup_with_nothing_erased_since_is_restored_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = new(folder.path());
    log(&path, "Nothing to hide.");
    let (backup, to) = (folder.path().join("b"), folder.path().join("c.hotfix"));
    hotfix(&path, ["backup", backup.to_str().unwrap()]).expect(0);
    let answer = hotfix(&to, ["restore", backup.to_str().unwrap()]).expect(0).json();
    assert_eq!(answer["erased_again"], 0);
    assert_eq!(answer["notes"], json!([]));
    let head = |path: &Path| hotfix(path, ["audit", "verify"]).expect(0).json()["head"].clone();
    assert_eq!(head(&path), head(&to));
    let error = hotfix(&to, ["restore", backup.to_str().unwrap()]).expect(2).error();
    assert!(error["message"].as_str().unwrap().contains("exists already"), "{error}");
    // Another workspace's file knows nothing of this one.
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = new(elsewhere.path());
    let words = ["restore", backup.to_str().unwrap(), "--later", stranger.to_str().unwrap()];
    let error = hotfix(&folder.path().join("d.hotfix"), words).expect(2).error();
    assert_eq!(error["where"], "later");
}
