//! A tracker on loopback that keeps the contracts of GitHub's, GitLab's and Sentry's lists of issues,
//! as their documentation states them: order, filters, pages, `Link`, `ETag`, limits.
//!
//! It is a stand-in for servers that no test can run, and the documentation says so.

use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Seconds since 1970 at which the tracker's own time begins.
const BEGAN: i64 = 1_700_000_000;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Github,
    Gitlab,
    Sentry,
}

/// What it does to a request before it answers as it should.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// This status with these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// The connection ends in the middle of the answer.
    Cut,
}

#[derive(Clone, Debug)]
pub struct Issue {
    pub number: u64,
    pub title: String,
    pub closed: bool,
    /// In the tracker's own time.
    pub changed: i64,
    pub count: u64,
    pub labels: Vec<String>,
}

#[derive(Default)]
pub struct Board {
    pub issues: Vec<Issue>,
    /// What happens to the next requests, the first one first; nothing where it is none.
    pub troubles: Vec<Option<Trouble>>,
    /// An issue that is changed while each page is read.
    pub restless: bool,
    pub requests: Vec<String>,
    /// Answered with 304.
    pub unchanged: usize,
    now: i64,
}

impl Board {
    /// Adds issues, each a second later than the one before.
    pub fn add(&mut self, count: u64) {
        for _ in 0..count {
            self.now += 1;
            let number = self.issues.len() as u64 + 1;
            let (title, labels) = (format!("Report {number}"), vec!["area/cart".into()]);
            let changed = self.now;
            self.issues.push(Issue { number, title, closed: false, changed, count: 1, labels });
        }
    }

    /// Changes one: it is the newest now.
    pub fn touch(&mut self, number: u64, change: impl FnOnce(&mut Issue)) {
        self.now += 1;
        let now = self.now;
        let issue = self.issues.iter_mut().find(|one| one.number == number).expect("it is there");
        issue.changed = now;
        change(issue);
    }
}

pub struct Tracker {
    address: String,
    kind: Kind,
    board: Arc<Mutex<Board>>,
    ended: Arc<AtomicBool>,
}

impl Tracker {
    pub fn start(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let (board, ended) =
            (Arc::new(Mutex::new(Board::default())), Arc::new(AtomicBool::new(false)));
        let (state, over, own) = (Arc::clone(&board), Arc::clone(&ended), address.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (state, own) = (Arc::clone(&state), own.clone());
                thread::spawn(move || talk(stream, kind, &state, &own));
            }
        });
        Self { address, kind, board, ended }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().expect("nobody panicked")
    }

    /// The source that reads it.
    pub fn source(&self, id: &str) -> Value {
        let system = match self.kind {
            Kind::Github => "github",
            Kind::Gitlab => "gitlab",
            Kind::Sentry => "sentry",
        };
        json!({
            "kind": "source", "id": id, "name": id, "system": system, "address": self.url(),
            "query": "acme/shop", "every_seconds": 60,
            "labels": [{ "label": "area", "field": "component" }],
        })
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the listener, so that its port is free again.
        let _ = TcpStream::connect(&self.address);
    }
}

fn talk(mut stream: TcpStream, kind: Kind, board: &Mutex<Board>, own: &str) {
    let Ok(copy) = stream.try_clone() else { return };
    let mut input = BufReader::new(copy);
    let (mut line, mut etag) = (String::new(), String::new());
    if input.read_line(&mut line).is_err() {
        return;
    }
    loop {
        let mut header = String::new();
        if input.read_line(&mut header).unwrap_or_default() == 0 {
            return;
        }
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("if-none-match") {
            value.trim().clone_into(&mut etag);
        }
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut board = board.lock().expect("nobody panicked");
    board.requests.push(path.clone());
    let trouble = (!board.troubles.is_empty()).then(|| board.troubles.remove(0)).flatten();
    let (status, headers, body) = match &trouble {
        Some(Trouble::Status(status, headers)) => {
            let own = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            (*status, own.collect(), json!({ "message": "as the test wants" }).to_string())
        }
        _ => page(kind, &mut board, &path, &etag, own),
    };
    // The tracker's clock goes with its issues, as they are what it knows of time.
    let date = date(BEGAN + board.now);
    drop(board);
    let mut text =
        format!("HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Connection: close\r\n\r\n{body}"));
    let end = if matches!(trouble, Some(Trouble::Cut)) { text.len() / 2 } else { text.len() };
    let _ = stream.write_all(&text.as_bytes()[..end]);
}

type Page = (u16, Vec<(String, String)>, String);

fn page(kind: Kind, board: &mut Board, path: &str, etag: &str, own: &str) -> Page {
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    let asked = |name: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.map(|value| value.replace("%3A", ":").replace("%2F", "/"))
    };
    let right = match kind {
        Kind::Github => "/repos/acme/shop/issues",
        Kind::Gitlab => "/api/v4/projects/acme%2Fshop/issues",
        Kind::Sentry => "/api/0/projects/acme/shop/issues/",
    };
    if place != right {
        return (404, Vec::new(), json!({ "message": "Not Found" }).to_string());
    }
    let since = asked(if kind == Kind::Gitlab { "updated_after" } else { "since" });
    let since = since.and_then(|text| seconds(&text)).unwrap_or(i64::MIN);
    let open = matches!(asked("state").as_deref(), Some("open" | "opened"));
    let mut found: Vec<Issue> = board
        .issues
        .iter()
        .filter(|one| BEGAN + one.changed >= since && !(open && one.closed))
        .cloned()
        .collect();
    found.sort_by_key(|one| one.changed);
    if kind == Kind::Sentry {
        found.reverse();
        found.retain(|one| !one.closed);
    }
    let most = 100;
    let from: usize = match kind {
        Kind::Sentry => asked("cursor").and_then(|text| text.split(':').nth(1)?.parse().ok()),
        _ => {
            asked("page").and_then(|text| text.parse::<usize>().ok()).map(|page| (page - 1) * most)
        }
    }
    .unwrap_or_default();
    let shown: Vec<Value> =
        found.iter().skip(from).take(most).map(|one| spelled(kind, one)).collect();
    let more = found.len() > from + most;
    let body = json!(shown).to_string();
    let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    if kind == Kind::Github {
        let tag = format!(
            "W/\"{:x}\"",
            body.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
        );
        if etag == tag {
            board.unchanged += 1;
            return (304, headers, String::new());
        }
        headers.push(("ETag".to_owned(), tag));
    }
    let bare: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("page=") && !pair.starts_with("cursor="))
        .collect();
    let bare = format!("http://{own}{place}?{}", bare.join("&"));
    match kind {
        Kind::Sentry => headers.push((
            "Link".to_owned(),
            format!(
                "<{bare}&cursor=0:0:1>; rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\", \
                 <{bare}&cursor=0:{next}:0>; rel=\"next\"; results=\"{more}\"; cursor=\"0:{next}:0\"",
                next = from + most
            ),
        )),
        _ if more => headers.push((
            "Link".to_owned(),
            format!("<{bare}&page={}>; rel=\"next\", <{bare}&page=99>; rel=\"last\"", from / most + 2),
        )),
        _ => {}
    }
    if board.restless && more {
        // What was on the page that was just read changes, and everything behind it moves up.
        let number = found[from].number;
        board.touch(number, |one| one.count += 1);
    }
    (200, headers, body)
}

fn spelled(kind: Kind, issue: &Issue) -> Value {
    let changed = instant(BEGAN + issue.changed);
    let began = instant(BEGAN + issue.number as i64);
    let Issue { number, title, closed, count, labels, .. } = issue;
    match kind {
        Kind::Github => json!({
            "id": 900_000 + number, "number": number, "title": title, "body": format!("Body of {number}"),
            "html_url": format!("https://github.example/acme/shop/issues/{number}"),
            "state": if *closed { "closed" } else { "open" },
            "state_reason": if *closed { json!("completed") } else { Value::Null },
            "user": { "login": "ada" },
            "labels": labels.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
            "created_at": began, "updated_at": changed,
        }),
        Kind::Gitlab => json!({
            "id": 900_000 + number, "iid": number, "title": title, "description": format!("Body of {number}"),
            "web_url": format!("https://gitlab.example/acme/shop/-/issues/{number}"),
            "state": if *closed { "closed" } else { "opened" }, "author": { "name": "Ada" },
            "labels": labels, "created_at": began, "updated_at": changed,
        }),
        Kind::Sentry => json!({
            "id": number.to_string(), "title": title, "culprit": "shop.cart in total", "level": "error",
            "permalink": format!("https://sentry.example/acme/issues/{number}/"), "status": "unresolved",
            "count": count.to_string(), "userCount": 3, "metadata": { "value": format!("Body of {number}") },
            "firstSeen": began, "lastSeen": changed,
        }),
    }
}

/// `2023-11-14T22:13:20Z`, without a calendar of our own.
fn instant(seconds: i64) -> String {
    hotfix_core::clock::Instant::from_micros(seconds * 1_000_000).to_string()
}

fn seconds(text: &str) -> Option<i64> {
    let at: hotfix_core::clock::Instant = text.parse().ok()?;
    Some(at.micros() / 1_000_000)
}

/// As `Date` spells it.
fn date(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let text = instant(seconds);
    let day = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days.rem_euclid(7) as usize];
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months[text[5..7].parse::<usize>().expect("a month") - 1];
    format!(
        "{day}, {} {month} {} {:02}:{:02}:{:02} GMT",
        &text[8..10],
        &text[..4],
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}
