//! A real mailbox of Dovecot's.

use super::{Workspace, counts};
use hotfix_core::error::Kind;
use hotfix_tests::{
    child::Child,
    ground::call,
    program::{self, hotfix},
    servers::{Dovecot, PASSWORD, USER},
};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

fn source(address: &str, query: &str) -> Value {
    json!({
        "kind": "source", "id": "support", "name": "Support", "system": "imap", "address": address,
        "user": USER, "query": query, "secret": true, "every_seconds": 60,
    })
}

fn open(server: &Dovecot, query: &str) -> Workspace {
    let ground = Workspace::with(source(&server.url(), query));
    password(&ground, PASSWORD);
    ground
}

fn password(ground: &Workspace, value: &str) {
    let secret = json!({ "source": "support", "value": value, "session": true });
    call(&ground.desk, "source_secret_set", secret);
}

fn mail(id: &str, more: &str, text: &str) -> Vec<u8> {
    format!(
        "From: Ada Lovelace <ada@example.org>\nTo: support@example.org\nSubject: Mail {id}\n\
         Message-ID: <{id}@example.org>\n{more}\n{text}\n"
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

#[test]
fn a_mail_is_an_issue_and_its_answer_a_comment_that_makes_the_clocks_run_again() {
    let server = Dovecot::start();
    let ground = open(&server, "");
    let first = "Content-Type: multipart/mixed; boundary=q\nMIME-Version: 1.0\n";
    let text = "--q\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
        <script>steal()</script><p>Zahlung h=E4ngt</p>\n--q\nContent-Type: image/png\n\
        Content-Disposition: attachment; filename=shot.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--q--";
    server.deliver("INBOX", [&mail("one", first, text)[..]]);
    assert_eq!(counts(&ground.run("support")), [1, 0, 0, 0, 0]);
    let issue = ground.issue("ISS-1");
    assert_eq!(
        (&issue["text"]["title"], &issue["text"]["description"]),
        (&json!("Mail one"), &json!("Zahlung hängt"))
    );
    assert_eq!(
        issue["text"]["reporter"],
        json!({ "name": "Ada Lovelace", "reach": "ada@example.org" })
    );
    assert_eq!(
        (&issue["channel"], &issue["attachments"][0]["name"]),
        (&json!("mail"), &json!("shot.png"))
    );
    let bytes = ground.desk.blob_bytes(issue["attachments"][0]["hash"].as_str().unwrap()).unwrap();
    assert_eq!(bytes, b"\x89PNG\r\n\x1a\n");
    call(&ground.desk, "issue_ask", json!({ "keys": ["ISS-1"], "question": "Which card?" }));
    let answer = "In-Reply-To: <one@example.org>\nReferences: <one@example.org>\n";
    let text = "The blue one.\n\nOn 24 Nov 2026, Support wrote:\n> Which card?";
    let away = "In-Reply-To: <one@example.org>\nAuto-Submitted: auto-replied\n";
    server.deliver("INBOX", [&mail("away", away, "I am away.")[..]]);
    ground.run("support");
    assert_eq!(ground.issue("ISS-1")["state"], "needs_info", "a machine's answer wakes nobody");
    server.deliver("INBOX", [&mail("two", answer, text)[..]]);
    assert_eq!(counts(&ground.run("support")), [0, 0, 1, 0, 0]);
    let issue = ground.issue("ISS-1");
    assert_eq!(issue["state"], "new");
    let comment = issue["comments"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&comment["text"], &comment["from"]["name"]),
        (&json!("The blue one."), &json!("Ada Lovelace"))
    );
    assert!(comment["quoted"].as_str().unwrap().ends_with("> Which card?"));
    // An answer to the answer, which names only that one.
    let third = "In-Reply-To: <two@example.org>\n";
    server.deliver("INBOX", [&mail("three", third, "And the red one.")[..]]);
    assert_eq!(counts(&ground.run("support")), [0, 0, 1, 0, 0]);
    assert_eq!(ground.total(), 1);
    ground.whole();
}

#[test]
fn a_reading_goes_on_where_it_stopped_and_a_place_that_is_lost_makes_no_twins() {
    let server = Dovecot::start();
    server.tell("CREATE Support");
    let ground = open(&server, "Support");
    let mails: Vec<_> = (0..60).map(|n| mail(&format!("m{n}"), "", "Help.")).collect();
    server.deliver("Support", mails.iter().map(Vec::as_slice));
    assert_eq!(counts(&ground.run("support"))[0], 60, "three pages");
    // Nothing was marked as seen, or it would be the mailbox's owner who misses it.
    assert_eq!(counts(&ground.run("support")), [0; 5]);
    ground.forget();
    assert_eq!(counts(&ground.run("support")), [0, 0, 0, 0, 60]);
    // The folder is made anew: its numbers mean other mails now.
    server.tell("DELETE Support");
    server.tell("CREATE Support");
    server.deliver("Support", mails.iter().skip(30).map(Vec::as_slice));
    server.deliver("Support", [&mail("new", "", "Help.")[..]]);
    assert_eq!(counts(&ground.run("support")), [1, 0, 0, 0, 30]);
    assert_eq!(ground.total(), 61);
    ground.whole();
}

/// How many records the file holds, whoever wrote them.
fn records(ground: &Workspace) -> i64 {
    let db = rusqlite::Connection::open(&ground.path).unwrap();
    db.query_row("SELECT max(seq) FROM journal", [], |row| row.get(0)).unwrap()
}

/// The command line, which reads as an agent does: its password from systemd.
fn reading(ground: &Workspace, credentials: &Path) -> Command {
    std::fs::write(credentials.join("source+support.secret"), PASSWORD).unwrap();
    let mut command = Command::new(program::path());
    command.arg("--json").arg("-W").arg(&ground.path).args(["source", "run", "Support"]);
    command.env("CREDENTIALS_DIRECTORY", credentials).env_remove("HOTFIX_WORKSPACE");
    command
}

#[test]
fn a_reading_killed_between_two_mails_of_a_page_makes_no_twin_and_loses_none() {
    const MAILS: usize = 40;
    let server = Dovecot::start();
    let ground = Workspace::with(source(&server.url(), ""));
    // Every fourth answers the one before it; each carries a file of its own.
    let mails: Vec<_> = (0..MAILS)
        .map(|n| {
            let answers = match n % 4 {
                3 => format!("In-Reply-To: <m{}@example.org>\n", n - 1),
                _ => String::new(),
            };
            let head =
                format!("{answers}Content-Type: multipart/mixed; boundary=q\nMIME-Version: 1.0\n");
            let text = format!(
                "--q\nContent-Type: text/plain\n\nHelp {n}.\n--q\nContent-Type: text/plain\n\
                 Content-Disposition: attachment; filename=log-{n}.txt\n\nline {n}\n--q--"
            );
            mail(&format!("m{n}"), &head, &text)
        })
        .collect();
    server.deliver("INBOX", mails.iter().map(Vec::as_slice));
    let credentials = tempfile::tempdir().unwrap();
    let logs = tempfile::tempdir().unwrap();
    let mut killed = 0;
    for round in 0.. {
        assert!(round <= MAILS, "no reading gets any further");
        let before = records(&ground);
        let mut command = reading(&ground, credentials.path());
        let mut child = Child::start("reading", &mut command, logs.path(), false);
        while child.alive() && records(&ground) == before {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let ended = !child.alive();
        child.kill();
        if ended {
            break;
        }
        killed += 1;
    }
    assert!(killed > 0, "it was too quick to be killed");
    let last = program::run(&mut reading(&ground, credentials.path()), "").expect(0).json();
    assert_eq!(last["logged"], 0, "the last one came to its end: {last}");
    assert_eq!(ground.total(), 30, "killed {killed} times");
    let mut found = Vec::new();
    for number in 1..=30 {
        let issue = ground.issue(&format!("ISS-{number}"));
        found.push(issue["text"]["description"].as_str().unwrap().to_owned());
        let comments = issue["comments"].as_array().unwrap();
        assert!(comments.len() <= 1, "{comments:?}");
        found.extend(comments.iter().map(|one| one["text"].as_str().unwrap().to_owned()));
        assert_eq!(issue["attachments"].as_array().unwrap().len(), 1 + comments.len());
    }
    found.sort();
    let mut sent: Vec<_> = (0..MAILS).map(|n| format!("Help {n}.")).collect();
    sent.sort();
    assert_eq!(found, sent);
    ground.whole();
}

#[test]
fn what_came_before_the_source_was_set_up_is_left_in_the_mailbox() {
    let server = Dovecot::start();
    server.deliver("INBOX", [&mail("old", "", "Long ago.")[..]]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let mut wanted = source(&server.url(), "");
    wanted["since"] = json!(hotfix_core::desk::now());
    let ground = Workspace::with(wanted);
    password(&ground, PASSWORD);
    // The server counts in whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    server.deliver("INBOX", [&mail("new", "", "Now.")[..]]);
    assert_eq!(counts(&ground.run("support"))[0], 1);
    assert_eq!(ground.issue("ISS-1")["text"]["title"], "Mail new");
}

#[test]
fn a_wrong_password_or_folder_is_a_persons_to_mend_and_says_how() {
    let server = Dovecot::start();
    let ground = Workspace::with(source(&server.url(), ""));
    password(&ground, "wrong");
    let (error, row) = ground.fail("support");
    assert!(error.message.contains("does not accept") && row["lasting"] == true, "{error}");
    assert_eq!(error.kind, Kind::Vendor);
    password(&ground, PASSWORD);
    assert!(ground.row()["next_at"].is_null(), "a new secret is tried at once");
    ground.save(source(&server.url(), "Nowhere"));
    let (error, row) = ground.fail("support");
    assert!(error.message.contains("Nowhere") && row["lasting"] == true, "{error}");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_and_one_of_a_trusted_authority_is_not() {
    let server = Dovecot::with_certificate();
    server.deliver("INBOX", [&mail("one", "", "Hello.")[..]]);
    let ground = Workspace::with(source(&server.tls_url(), ""));
    password(&ground, PASSWORD);
    let (error, row) = ground.fail("support");
    assert!(error.message.contains("cannot prove who it is") && row["lasting"] == true, "{error}");
    // Its authorities from the machine.
    let credentials = tempfile::tempdir().unwrap();
    let run = |address: &str, authority: bool| {
        ground.save(source(address, ""));
        let mut command = reading(&ground, credentials.path());
        if authority {
            command.env("SSL_CERT_FILE", server.authority());
        }
        program::run(&mut command, "")
    };
    assert_eq!(run(&server.tls_url(), true).expect(0).json()["logged"], 1);
    // STARTTLS is held to the same.
    let by_name = server.url().replace("127.0.0.1", "localhost");
    let refused = run(&by_name, false).expect(3).error();
    assert!(refused["message"].as_str().unwrap().contains("prove"), "{refused}");
    assert_eq!(run(&by_name, true).expect(0).json()["known"], 0);
    assert!(!hotfix(&ground.path, ["audit", "export"]).expect(0).out.contains(PASSWORD));
}
