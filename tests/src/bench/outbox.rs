//! Ten thousand queued mails, each to somebody else, that an agent sends through a real mail server, beside a bare
//! client that gives the same server as many over as many lines: the server's own limit.

use super::{Bench, Row, seconds, thousands};
use crate::{
    ground::{append, call, open},
    program,
    servers::mailserver::{Cover, MailServer},
};
use hotfix_core::{
    clock::now,
    desk::{Desk, Options},
    event::{Event, MessageText, Recipient, words::*},
};
use rusqlite::Connection;
use serde_json::json;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// As many as the agent uses for one messenger.
const LINES: u64 = 4;
const BODY: &str = "Good news: the checkout is fixed. Please reload the page.";

pub fn measure(bench: &Bench) -> Vec<Row> {
    let mails = bench.size(10_000, 1_000) / LINES * LINES;
    let floor = {
        let server = MailServer::start(Cover::None);
        let took = seconds(|| bare(&server, mails));
        assert_eq!(server.count() as u64, mails, "the server took them all");
        took
    };
    let server = MailServer::start(Cover::None);
    let path = bench.fresh("outbox.hotfix");
    queue(&path, &server, mails);
    let begun = Instant::now();
    let mut agent = program::agent(&path, "outbox");
    let db = Connection::open(&path).expect("the file opens");
    let queued = || -> i64 {
        let sql = "SELECT count(*) FROM messages WHERE state = 'queued'";
        db.query_row(sql, [], |row| row.get(0)).expect("a count")
    };
    while queued() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(900), "the outbox is drained");
        thread::sleep(Duration::from_millis(20));
    }
    let ours = begun.elapsed().as_secs_f64();
    agent.kill();
    assert_eq!(server.count() as u64, mails, "each left, and once");
    let rate = |took: f64| format!("{:.1} s, {:.0} a second", took, mails as f64 / took);
    vec![Row {
        measure: format!("Drain {} queued mails", thousands(mails)),
        floor: format!("{}, a bare client over {LINES} lines", rate(floor)),
        figure: rate(ours),
        ratio: Some(ours / floor),
        aim: None,
        note: "the agent's start included; each attempt, recipient and outcome kept durably".into(),
        command: "hotfix agent".into(),
    }]
}

/// Messages that are due, as if somebody had sent each of them.
fn queue(path: &Path, server: &MailServer, mails: u64) {
    drop(Desk::create(path, "Outbox", Options::default()).expect("a workspace can be made"));
    let desk = open(path);
    let messenger = json!({ "kind": "messenger", "id": "post", "name": "Post", "system": "mail",
        "address": server.url("smtp"), "from": "shop@example.com" });
    call(&desk, "catalog_save", json!({ "object": messenger }));
    drop(desk);
    let at = now();
    append(
        path,
        (1..=mails).map(|number| {
            let contact =
                Contact { name: String::new(), reach: format!("person-{number}@example.org") };
            let recipients = vec![Recipient { contact, issue: None, call_back: false }];
            let queued = Event::MessageQueued {
                hotfix: None,
                purpose: Purpose::Fixed,
                channel: MessageChannel::Mail,
                messenger: Some("post".into()),
                audience: None,
                dry_run: false,
                send_at: at,
                notice: None,
                private: MessageText { subject: "Fixed".into(), body: BODY.into(), recipients },
            };
            (format!("MSG-{number}"), queued)
        }),
    );
    // Opening lets the views catch up.
    drop(open(path));
}

/// The same mails by nothing but the protocol.
fn bare(server: &MailServer, mails: u64) {
    let address = server.url("smtp").replace("smtp://localhost", "127.0.0.1");
    thread::scope(|scope| {
        for line in 0..LINES {
            let address = &address;
            scope.spawn(move || {
                let stream = TcpStream::connect(address).expect("the server listens");
                stream.set_nodelay(true).expect("a socket can be set");
                let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
                let mut stream = stream;
                let mut say = |words: String| {
                    if !words.is_empty() {
                        stream.write_all(words.as_bytes()).expect("the server listens");
                    }
                    let mut answer = String::new();
                    // Lines but the last have a dash behind the code.
                    while answer.as_bytes().get(3) != Some(&b' ') {
                        answer.clear();
                        answers.read_line(&mut answer).expect("the server answers");
                    }
                    assert!(matches!(answer.as_bytes()[0], b'2' | b'3'), "{answer}");
                };
                say(String::new());
                say("EHLO bench\r\n".into());
                for number in (0..mails / LINES).map(|one| one * LINES + line) {
                    say("MAIL FROM:<shop@example.com>\r\n".into());
                    say(format!("RCPT TO:<person-{number}@example.org>\r\n"));
                    say("DATA\r\n".into());
                    say(format!("Subject: Fixed\r\n\r\n{BODY}\r\n.\r\n"));
                }
            });
        }
    });
}
