//! Messages that really leave: through a real mail server, by the agent, over its death; and who is let in.

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::{
    child::wait_for,
    ground::call,
    program::{self, hotfix},
    servers::mailserver::{Cover, MailServer, PASSWORD, USER},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(90);

struct Ground {
    _folder: TempDir,
    path: PathBuf,
    server: MailServer,
}

impl Ground {
    /// A workspace whose messages leave by a mail server that wants no login.
    fn new(people: &[&str]) -> Self {
        let server = MailServer::start(Cover::None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.hotfix");
        let desk = Desk::sample(&path, 20, 1, Options::default()).unwrap();
        let save = |object: Value| call(&desk, "catalog_save", json!({ "object": object }));
        let ids: Vec<String> = (0..people.len()).map(|n| format!("told-{n}")).collect();
        for (id, mail) in ids.iter().zip(people) {
            save(
                json!({ "kind": "person", "id": id, "name": format!("Dr. {id}, 修复"), "mail": mail,
                "zone": "UTC", "roles": ["stakeholder"] }),
            );
        }
        save(json!({ "kind": "audience", "id": "told", "name": "Told", "people": ids }));
        save(json!({ "kind": "messenger", "id": "post", "name": "Post", "system": "mail",
            "address": server.url("smtp"), "from": "Shop <shop@example.com>" }));
        let queued = call(&desk, "message_list", json!({ "state": "queued" }));
        for row in queued["rows"].as_array().unwrap() {
            call(&desk, "message_cancel", json!({ "key": row["key"] }));
        }
        call(&desk, "dry_run_set", json!({ "on": false }));
        drop(desk);
        Self { _folder: folder, path, server }
    }

    fn send(&self) -> String {
        let words = ["--channel", "mail", "--messenger", "post"];
        let made = self.try_to_send(&words).expect(0).json();
        made["key"].as_str().unwrap().to_owned()
    }

    fn try_to_send(&self, more: &[&str]) -> program::Ended {
        let words = ["message", "send", "HF-1", "--purpose", "fixed", "--audience", "told"];
        hotfix(&self.path, words.iter().chain(more).copied())
    }

    fn message(&self, key: &str) -> Value {
        hotfix(&self.path, ["message", "show", key]).expect(0).json()["message"].clone()
    }

    fn until_ended(&self, key: &str) -> Value {
        wait_for(&format!("{key} to end"), PATIENCE, || {
            Some(self.message(key)).filter(|message| message["state"] != "queued")
        })
    }

    /// How many mails each recipient has, and under how many names.
    fn tally(&self) -> BTreeMap<String, (usize, usize)> {
        let mut by: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mail in self.server.mails() {
            by.entry(mail.to.clone()).or_default().push(mail.header("Message-ID"));
        }
        let counted = |mut names: Vec<String>| {
            let mails = names.len();
            names.sort();
            names.dedup();
            (mails, names.len())
        };
        by.into_iter().map(|(to, names)| (to, counted(names))).collect()
    }
}

#[test]
fn each_has_a_mail_of_their_own_and_what_happens_to_one_happens_to_no_other() {
    let people = [
        "ann@example.org",
        "nobody@example.org",
        "later@example.org",
        "hangup@example.org",
        "zoe@example.org",
    ];
    let ground = Ground::new(&people);
    let key = ground.send();
    let mut agent = program::agent(&ground.path, "agent");
    let message = ground.until_ended(&key);
    agent.kill();
    assert_eq!(message["state"], "sent", "{message}");
    // Who cannot be reached is named, with the server's words.
    let refused = message["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 1, "{message}");
    assert_eq!(refused[0]["place"], 1);
    assert!(refused[0]["why"].as_str().unwrap().contains("no such user"), "{message}");
    // Whose mail broke off at its very end has it twice, under one name; who was put off has it now.
    let tally = ground.tally();
    let expected = [("ann", (1, 1)), ("hangup", (2, 1)), ("later", (1, 1)), ("zoe", (1, 1))];
    let expected = expected.map(|(name, counts)| (format!("{name}@example.org"), counts));
    assert_eq!(tally, BTreeMap::from(expected));
    let mails = ground.server.mails();
    let ann = mails.iter().find(|mail| mail.to == "ann@example.org").unwrap();
    assert!(ann.header("To").contains("ann@example.org"), "{}", ann.text);
    assert!(!ann.text.contains("zoe@example.org"), "nobody sees the others: {}", ann.text);
    assert_eq!(ann.header("From"), "Shop <shop@example.com>");
    assert_eq!(ann.header("Auto-Submitted"), "auto-generated");
    assert!(ann.header("Message-ID").starts_with(&format!("<{key}.")), "{}", ann.text);
    let shown = hotfix(&ground.path, ["message", "show", &key]).expect(0).json();
    assert!(shown["attempts"].as_array().unwrap().len() > 1, "{shown}");
    hotfix(&ground.path, ["audit", "verify"]).expect(0);
}

#[test]
fn killed_in_the_middle_nobody_is_left_out_and_at_most_one_is_written_to_twice() {
    let people: Vec<String> = (0..150).map(|n| format!("person-{n}@example.org")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let ground = Ground::new(&people);
    let key = ground.send();
    let mut kills = 0;
    for after in [20, 70] {
        let mut agent = program::agent(&ground.path, "killed");
        ground.server.until(after);
        agent.kill();
        kills += 1;
    }
    assert_eq!(ground.message(&key)["state"], "queued", "killed too late to show anything");
    let mut agent = program::agent(&ground.path, "agent");
    assert_eq!(ground.until_ended(&key)["state"], "sent");
    agent.kill();
    let tally = ground.tally();
    assert_eq!(tally.len(), people.len());
    let twice = tally.values().filter(|(mails, _)| *mails > 1).count();
    assert!(twice <= kills, "{twice} were written to twice: {tally:?}");
    assert!(tally.values().all(|(_, names)| *names == 1), "{tally:?}");
}

#[test]
fn a_message_that_is_taken_back_reaches_nobody_and_a_dry_run_keeps_all_in() {
    let ground = Ground::new(&["ann@example.org"]);
    let key = ground.send();
    hotfix(&ground.path, ["message", "cancel", &key]).expect(0);
    let desk = hotfix_tests::ground::open(&ground.path);
    call(&desk, "dry_run_set", json!({ "on": true }));
    drop(desk);
    let dry = ground.send();
    let mut agent = program::agent(&ground.path, "agent");
    let message = ground.until_ended(&dry);
    agent.kill();
    assert_eq!(
        (message["state"].as_str(), message["dry_run"].as_bool()),
        (Some("sent"), Some(true))
    );
    assert_eq!(ground.message(&key)["state"], "cancelled");
    assert!(ground.server.mails().is_empty());
    hotfix(&ground.path, ["message", "cancel", &key]).expect(1);
}

/// `hotfix messenger try Post`, with a password of systemd's.
fn tried(
    file: &Path,
    place: &Path,
    password: &str,
    authority: Option<&Path>,
    to: &str,
) -> program::Ended {
    let name = fs::read_dir(place).unwrap().next();
    assert!(name.is_none(), "a folder of its own for each try");
    let desk = hotfix_tests::ground::open(file);
    let rows = call(&desk, "catalog_list", json!({ "kind": "messenger" }));
    let row = rows.as_array().unwrap().iter().find(|row| row["object"]["id"] == "post").unwrap();
    let address = row["object"]["address"].as_str().unwrap();
    let server = address.split("://").nth(1).unwrap().replace(':', "+");
    drop(desk);
    fs::write(place.join(format!("messenger+post.{server}")), password).unwrap();
    let mut command = Command::new(program::path());
    command.arg("--json").arg("-W").arg(file).args(["messenger", "try", "Post"]);
    if !to.is_empty() {
        command.args(["--to", to]);
    }
    if let Some(authority) = authority {
        command.env("SSL_CERT_FILE", authority);
    }
    program::run(command.env("CREDENTIALS_DIRECTORY", place), "")
}

#[test]
fn a_password_goes_only_to_a_server_that_proves_who_it_is_over_either_kind_of_tls() {
    for (cover, scheme) in [(Cover::AtOnce, "smtps"), (Cover::Starts, "smtp")] {
        let server = MailServer::start(cover);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tls.hotfix");
        hotfix(&file, ["init", "--name", "TLS"]).expect(0);
        let add = [
            "messenger",
            "add",
            "mail",
            "--name",
            "Post",
            "--address",
            &server.url(scheme),
            "--user",
            USER,
            "--from",
            "shop@example.com",
        ];
        hotfix(&file, add).expect(0);
        let authority = server.authority();
        let place = || tempfile::tempdir().unwrap();
        let said = |ended: &program::Ended| ended.error()["message"].as_str().unwrap().to_owned();
        let refused = tried(&file, place().path(), PASSWORD, None, "");
        assert!(said(&refused).contains("cannot prove who it is"), "{scheme}: {refused:?}");
        let wrong = tried(&file, place().path(), "wrong", Some(&authority), "");
        assert!(said(&wrong).contains("does not accept user and password"), "{scheme}: {wrong:?}");
        let good = tried(&file, place().path(), PASSWORD, Some(&authority), "").expect(0).json();
        let good = good["said"].as_str().unwrap().to_owned();
        assert!(good.contains("encrypted and accepts user and password"), "{scheme}: {good}");
        assert!(server.mails().is_empty(), "asking sends nothing");
        tried(&file, place().path(), PASSWORD, Some(&authority), "me@example.org").expect(0);
        let mails = server.mails();
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "me@example.org"));
        let nobody = tried(&file, place().path(), PASSWORD, Some(&authority), "nobody@example.org");
        assert!(said(&nobody).contains("no such user"), "{scheme}: {nobody:?}");
        // Nothing of it came into the workspace.
        assert!(!hotfix(&file, ["audit", "export"]).expect(0).out.contains(PASSWORD));
    }
}

#[test]
fn what_cannot_leave_is_said_before_it_is_queued() {
    let ground = Ground::new(&["ann@example.org"]);
    // The sample has a mail server, too.
    let which = ground.try_to_send(&["--channel", "mail"]).expect(2).error();
    assert_eq!(which["where"], "messenger");
    assert!(which["message"].as_str().unwrap().contains("post, support-mail"), "{which}");
    let none = ground.try_to_send(&["--channel", "teams"]).expect(2).error();
    assert!(none["hint"].as_str().unwrap().contains("Settings, Messengers"), "{none}");
    let other =
        ground.try_to_send(&["--channel", "slack", "--messenger", "post"]).expect(2).error();
    assert_eq!(other["where"], "messenger");
    let words =
        "message send HF-1 --purpose fixed --channel mail --messenger post --audience nobody";
    hotfix(&ground.path, words.split(' ')).expect(2);
}

#[test]
fn questions_and_public_words_are_kept_from_a_terminal_and_said_in_the_next_message() {
    let ground = Ground::new(&["ann"]);
    let run = |words: &[&str]| hotfix(&ground.path, words.iter().copied());
    let preview = ["fix", "announce", "HF-1", "--purpose", "fixed", "--preview"];
    let before = run(&preview).expect(0).json();
    assert_eq!(before["readers"], "public", "whoever is affected is outside");

    let asked = run(&["support", "ask", "HF-1", "Is my voucher lost?", "--name", "Bo"]).expect(0);
    let number = asked.json()["number"].as_u64().unwrap().to_string();
    run(&["support", "instruct", "HF-1", &number]).expect(2);
    run(&["support", "answer", "HF-1", &number, "No, enter it again."]).expect(0);
    run(&["support", "instruct", "HF-1", &number]).expect(0);
    run(&["message", "public", "HF-1", "--what", "Paying works again."]).expect(0);
    let words = run(&["message", "public", "HF-1"]).expect(0).json();
    assert_eq!(words["what"], "Paying works again.");
    assert_eq!(words["instructions"], "Is my voucher lost?\nNo, enter it again.", "kept");
    let body = run(&preview).expect(0).json()["body"].as_str().unwrap().to_owned();
    for said in ["Paying works again.", "No, enter it again."] {
        assert!(body.contains(said), "{body}");
    }
    run(&["message", "quiet", "--within", "nowhere"]).expect(2);
}
