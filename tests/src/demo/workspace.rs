//! The file itself, by hand: a workspace is made, opened, proved, copied and restored, and the sample is looked at.
//! And files that are not ours, not for us, not whole or not writable: the window says which in a sentence at the
//! field, what was typed stands, and no byte of the file is changed.

use super::{NARROW, SIZES, THEMES, go, look, nothing_wrong, picture};
use crate::desktop::{Desktop, Window};
use hotfix_core::desk::{Desk, Options};
use rusqlite::Connection;
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

pub fn workspace(desktop: &mut Desktop, _: &Path) {
    let scratch = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = scratch.path().to_owned();
    let window = desktop.open(&["--no-engine"]).patient(30);
    window.resize(1440, 900);
    let mut walk = Walk { window, folder, wrong: Vec::new() };
    walk.first_start();
    walk.files_that_are_refused();
    walk.made();
    walk.proved_and_copied();
    walk.restored();
    walk.left_and_opened_again();
    walk.damaged();
    walk.only_to_be_read();
    walk.held_by_another();
    walk.sample();
    let Walk { mut wrong, folder, .. } = walk;
    full_disk(desktop, &folder, &mut wrong);
    nothing_wrong(&wrong);
}

struct Walk {
    window: Window,
    folder: PathBuf,
    wrong: Vec<String>,
}

impl Walk {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn look(&mut self, name: &str) {
        self.wrong.extend(look(&self.window, &format!("workspace-{name}"), &THEMES));
    }

    fn first_start(&mut self) {
        self.window.expect_text("A workspace is one file.");
        self.wrong.extend(look(&self.window, "workspace-first", &SIZES));
        self.window.click("button", "Open workspace");
        self.window.expect_text("Name the file.");
        self.window.click("button", "Create workspace");
        self.window.expect_text("The workspace needs a name.");
        self.window.fill("Existing file", "team.hotfix");
        self.window.click("button", "Open workspace");
        self.window.expect_text("begin at the root (/…) or at home (~/…)");
    }

    /// Tries to open it: this is said, what was typed stands, and every byte is as it was.
    fn refused(&self, name: &str, sentence: &str) {
        let path = self.path(name);
        let before = fs::read(&path).ok();
        self.window.fill("Existing file", &self.shown(name));
        self.window.click("button", "Open workspace");
        self.window.expect_text(sentence);
        assert!(fs::read(&path).ok() == before, "{name} was changed");
        assert_eq!(self.typed("Existing file"), self.shown(name), "what was typed stands");
    }

    fn typed(&self, label: &str) -> String {
        let script = "return [...document.querySelectorAll('label')]
            .find((one) => one.textContent.includes(arguments[0]))?.control?.value ?? ''";
        self.window.script(script, &[label.into()]).as_str().unwrap_or_default().to_owned()
    }

    fn files_that_are_refused(&mut self) {
        let ours = other_workspace(&self.path("theirs.hotfix"));
        fs::write(self.path("letter.txt"), "Dear Sir or Madam").expect("it can be written");
        self.refused("letter.txt", "is not a Hotfix Desk workspace");
        self.look("not-ours");
        fs::write(self.path("cut.hotfix"), &ours[..ours.len() / 3]).expect("it can be written");
        self.refused("cut.hotfix", "is cut off: a part of the file is missing");
        self.look("cut-off");
        let newer = self.path("newer.hotfix");
        fs::write(&newer, &ours).expect("it can be written");
        execute(&newer, "UPDATE workspace SET epoch = epoch + 1, oldest_reader = epoch + 1");
        self.refused("newer.hotfix", "was written by a newer Hotfix Desk and cannot be read");
        self.window.expect_text("Install the newer version.");
        self.look("newer");
        self.refused("nowhere.hotfix", "There is no file");
        fs::create_dir(self.path("folder")).expect("it can be made");
        self.refused("folder", "is a folder, not a workspace");
        // A new workspace is never laid over what is there.
        let letter = fs::read(self.path("letter.txt")).expect("it can be read");
        self.window.fill("Name of the workspace", "Acme Shop");
        self.window.fill("File", &self.shown("letter.txt"));
        self.window.click("button", "Create workspace");
        self.window.expect_text("exists already; nothing was changed");
        assert_eq!(fs::read(self.path("letter.txt")).expect("it can be read"), letter);
        self.window.fill("File of the sample", &self.shown("letter.txt"));
        self.window.click("button", "Open the sample workspace");
        self.window.wait_until("the sample is refused as well", |window| {
            (window.text().matches("exists already").count() == 2).then_some(())
        });
        assert_eq!(fs::read(self.path("letter.txt")).expect("it can be read"), letter);
    }

    fn made(&mut self) {
        self.window.fill("File", &self.shown("acme.hotfix"));
        self.window.click("button", "Create workspace");
        self.window.expect_text("Waiting for me");
        self.window.expect_text("Acme Shop");
        self.look("made");
        for title in ["The cart is empty", "The invoice is empty", "The page is empty"] {
            self.log(title);
        }
    }

    fn log(&self, title: &str) {
        go(&self.window, "#/inbox");
        self.window.press("c");
        self.window.expect("dialog", "Log issue");
        self.window.fill("What is wrong?", title);
        self.window.press("Control+Enter");
        self.window.expect_text("logged");
        self.window.wait_until("the form is gone", |window| {
            (window.count("dialog", "Log issue") == 0).then_some(())
        });
    }

    fn proved_and_copied(&mut self) {
        go(&self.window, "#/settings/workspace");
        self.window.click("button", "Verify the journal");
        self.window.expect_text("Whole:");
        self.window.expect_text("The hash of its head");
        self.to("Verify the journal");
        self.look("proved");
        let backup = self.window.within("region", "Backup");
        backup.click("button", "Write a backup");
        backup.expect_text("Name a file that does not exist yet.");
        let letter = fs::read(self.path("letter.txt")).expect("it can be read");
        backup.fill("New file", &self.shown("letter.txt"));
        backup.click("button", "Write a backup");
        backup.expect_text("exists already; nothing was changed");
        assert_eq!(fs::read(self.path("letter.txt")).expect("it can be read"), letter);
        self.to("Write a backup");
        self.look("backup-refused");
        backup.fill("New file", &self.shown("backup.hotfix"));
        backup.click("button", "Write a backup");
        self.window.expect_text("Copied and verified");
        assert_eq!(titles(&self.path("backup.hotfix")).len(), 3);
    }

    fn restored(&mut self) {
        self.log("After the backup");
        go(&self.window, "#/settings/workspace");
        let restore = self.window.within("region", "Restore");
        restore.click("button", "Restore and open");
        restore.expect_text("Name the backup.");
        restore.fill("Backup", &self.shown("letter.txt"));
        restore.fill("File of the new workspace", &self.shown("restored.hotfix"));
        restore.click("button", "Restore and open");
        restore.expect_text("is not a Hotfix Desk workspace");
        let wrong = "return [...document.querySelectorAll('[aria-invalid=true]')]
            .map((one) => one.labels?.[0]?.textContent.trim()).join()";
        assert_eq!(self.window.script(wrong, &[]), "Backup", "it is said at the file it is about");
        assert!(!self.path("restored.hotfix").exists(), "nothing is left of it");
        self.to("Restore and open");
        self.look("restore-refused");
        let copy = fs::read(self.path("backup.hotfix")).expect("it can be read");
        restore.fill("Backup", &self.shown("backup.hotfix"));
        restore.click("button", "Restore and open");
        self.window.expect_text("Restored, and open.");
        self.window.expect_text(&self.shown("restored.hotfix"));
        self.look("restored");
        assert_eq!(fs::read(self.path("backup.hotfix")).expect("it can be read"), copy);
        go(&self.window, "#/inbox");
        self.window.expect_text("The page is empty");
        self.window.expect_no_text("After the backup");
        assert_eq!(titles(&self.path("acme.hotfix")).len(), 4, "that one stays as it is");
    }

    fn leave(&self) {
        self.window.press("Control+k");
        self.window.type_text("Close this workspace");
        self.window.press("Enter");
        self.window.expect_text("A workspace is one file.");
    }

    /// What was open is offered again; a file that is gone meanwhile is said to be.
    fn left_and_opened_again(&mut self) {
        self.leave();
        self.look("again");
        fs::remove_file(self.path("restored.hotfix")).expect("it can be removed");
        self.window.click("button", &format!("· {}", self.shown("restored.hotfix")));
        self.window.expect_text("There is no file");
        self.window.fill("Existing file", &self.shown("acme.hotfix"));
        self.window.click("button", "Open workspace");
        self.window.expect_text("Waiting for me");
        go(&self.window, "#/inbox");
        self.window.expect_text("After the backup");
    }

    /// One flipped byte of a record: the window names it, and does not touch the file.
    fn damaged(&mut self) {
        self.leave();
        let (path, seq) = (self.path("damaged.hotfix"), 4);
        let bytes = flipped(&self.path("backup.hotfix"), seq);
        fs::write(&path, &bytes).expect("it can be written");
        self.window.fill("Existing file", &self.shown("damaged.hotfix"));
        self.window.click("button", "Open workspace");
        self.window.expect_text("Waiting for me");
        go(&self.window, "#/settings/workspace");
        self.window.click("button", "Verify the journal");
        self.window.expect_text(&format!("Record {seq} is damaged"));
        self.window.expect_text("Restore a backup from before it, below.");
        self.to("Verify the journal");
        self.look("damaged");
        self.wrong.extend(look(&self.window, "workspace-damaged", &NARROW[..1]));
    }

    /// A file that is write-protected, and one of a newer program that lets itself be read.
    fn only_to_be_read(&mut self) {
        let path = self.path("protected.hotfix");
        fs::copy(self.path("backup.hotfix"), &path).expect("it can be copied");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("it is ours");
        self.read_only("protected.hotfix", "The file may only be read.");
        let path = self.path("readable.hotfix");
        fs::copy(self.path("backup.hotfix"), &path).expect("it can be copied");
        execute(&path, "UPDATE workspace SET epoch = epoch + 1");
        self.read_only("readable.hotfix", "A newer Hotfix Desk wrote this file");
    }

    fn read_only(&mut self, name: &str, sentence: &str) {
        self.leave();
        let before = fs::read(self.path(name)).expect("it can be read");
        self.window.fill("Existing file", &self.shown(name));
        self.window.click("button", "Open workspace");
        // The window says so from the first screen on.
        self.window.within("navigation", "Main").expect_text(sentence);
        self.look(name.trim_end_matches(".hotfix"));
        go(&self.window, "#/inbox");
        self.window.expect_text("The page is empty");
        self.window.press("c");
        self.window.expect("dialog", "Log issue");
        self.window.fill("What is wrong?", "It cannot be kept");
        self.window.press("Control+Enter");
        let form = self.window.within("dialog", "Log issue");
        form.expect_text(sentence);
        self.look(&format!("{}-write", name.trim_end_matches(".hotfix")));
        assert_eq!(self.typed("What is wrong?"), "It cannot be kept");
        self.window.press("Escape");
        assert!(fs::read(self.path(name)).expect("it can be read") == before, "{name} was changed");
    }

    /// Another program holds the file: it is said who has to let go, and what was typed is sent again.
    fn held_by_another(&mut self) {
        self.leave();
        self.window.fill("Existing file", &self.shown("acme.hotfix"));
        self.window.click("button", "Open workspace");
        self.window.expect_text("Waiting for me");
        let other = Connection::open(self.path("acme.hotfix")).expect("it opens");
        other.execute_batch("BEGIN IMMEDIATE").expect("it can be held");
        go(&self.window, "#/inbox");
        self.window.press("c");
        self.window.expect("dialog", "Log issue");
        self.window.fill("What is wrong?", "While another held it");
        self.window.press("Control+Enter");
        let form = self.window.within("dialog", "Log issue").patient(40);
        form.expect_text("in use by another program");
        form.expect_text("Close other programs that hold the file, or try again.");
        self.look("held");
        assert_eq!(self.typed("What is wrong?"), "While another held it");
        other.execute_batch("ROLLBACK").expect("it can be let go");
        self.window.press("Control+Enter");
        self.window.expect_text("ISS-5 logged");
    }

    fn sample(&mut self) {
        self.leave();
        self.window.fill("File of the sample", &self.shown("sample.hotfix"));
        self.window.click("button", "Open the sample workspace");
        self.window.patient(240).expect_text("Waiting for me");
        self.look("sample");
        go(&self.window, "#/fixes");
        self.window.expect_text("HF-");
    }

    fn to(&self, button: &str) {
        let script = "[...document.querySelectorAll('button')]
            .find((one) => one.textContent.trim() === arguments[0])?.scrollIntoView({ block: 'center' })";
        self.window.script(script, &[button.into()]);
    }
}

/// The disk is full in the middle of the work: it is said, what was there is whole, and once there is room again
/// the same form is sent again.
fn full_disk(desktop: &mut Desktop, folder: &Path, wrong: &mut Vec<String>) {
    let allowed = std::process::Command::new("unshare").args(["-rm", "true"]).status();
    if !allowed.is_ok_and(|tried| tried.success()) {
        eprintln!("no namespaces here: a full disk was not tried");
        return;
    }
    let disk = folder.join("disk");
    fs::create_dir(&disk).expect("it can be made");
    let program = folder.join("on-a-small-disk");
    // The disk is seen by the program alone, so a companion of it fills it and makes room when a file asks.
    let script = format!(
        "#!/bin/sh\nexec unshare -rm sh -eu -c '
        mount -t tmpfs -o size=6m tmpfs \"{disk}\"; cp \"{folder}/backup.hotfix\" \"{disk}/small.hotfix\"
        (
          until [ -e \"{folder}/fill\" ]; do sleep 0.1; done
          cat /dev/zero > \"{disk}/filler\" 2> /dev/null || true; : > \"{folder}/filled\"
          until [ -e \"{folder}/free\" ]; do sleep 0.1; done
          rm \"{disk}/filler\"; : > \"{folder}/freed\"
        ) &
        exec \"{program}\" \"$@\"' sh \"$@\"\n",
        disk = disk.display(),
        folder = folder.display(),
        program = crate::built().join("hotfix-desk").display(),
    );
    fs::write(&program, script).expect("it can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let file = disk.join("small.hotfix");
    let words = ["--workspace", &file.to_string_lossy(), "--no-engine"];
    let window = desktop.open_program(&program, &words).patient(30);
    window.resize(1440, 900);
    window.expect_text("Waiting for me");
    let companion = |ask: &str, done: &str| {
        fs::write(folder.join(ask), "").expect("it can be written");
        window.wait_until(done, |_| folder.join(done).exists().then_some(()));
    };
    companion("fill", "filled");
    go(&window, "#/inbox");
    window.press("c");
    window.expect("dialog", "Log issue");
    // Larger than what is left of a page: it cannot slip into what is there already.
    let long = "It goes on and on. ".repeat(600);
    window.fill("What is wrong?", "It does not fit");
    let put = "const it = [...document.querySelectorAll('label')]
        .find((one) => one.textContent.includes('What happens')).control;
        it.focus(); it.value = arguments[0]; it.dispatchEvent(new Event('input', { bubbles: true }));";
    window.script(put, &[long.into()]);
    window.press("Control+Enter");
    window.within("dialog", "Log issue").expect_text("The disk is full; nothing was changed.");
    window.expect_text("Free some space and try again.");
    wrong.extend(picture(&window, "workspace-full-disk"));
    companion("free", "freed");
    window.press("Control+Enter");
    window.expect_text("ISS-4 logged");
    go(&window, "#/settings/workspace");
    window.click("button", "Verify the journal");
    window.expect_text("Whole:");
}

/// A workspace that somebody else made: its bytes.
fn other_workspace(path: &Path) -> Vec<u8> {
    let desk = Desk::create(path, "Theirs", Options::default()).expect("it can be made");
    desk.call("issue_log", json!({ "text": { "title": "It is broken" } })).expect("it is logged");
    drop(desk);
    fs::read(path).expect("it can be read")
}

fn execute(path: &Path, sql: &str) {
    let file = Connection::open(path).expect("it opens");
    file.execute_batch(sql).expect("it can be changed");
    file.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("it can be written back");
}

fn titles(path: &Path) -> Vec<String> {
    let desk = Desk::open(path, Options::default()).expect("it opens");
    let list = desk.call("issue_list", json!({})).expect("it can be listed");
    let rows = list["rows"].as_array().expect("a list").iter();
    rows.map(|row| row["title"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The file's bytes with one bit of a record's hash turned.
fn flipped(path: &Path, seq: i64) -> Vec<u8> {
    let file = Connection::open(path).expect("it opens");
    let (id, hash): (Vec<u8>, Vec<u8>) = file
        .query_row("SELECT id, hash FROM journal WHERE seq = ?1", [seq], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("the record is there");
    drop(file);
    let mut bytes = fs::read(path).expect("it can be read");
    let find = |from: usize, what: &[u8]| {
        let found = bytes[from..].windows(what.len()).position(|window| window == what);
        from + found.expect("the record is in the file")
    };
    let place = find(find(0, &id), &hash);
    bytes[place] ^= 0x04;
    bytes
}
