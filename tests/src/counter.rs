//! A deployment service on loopback that counts what reaches it and deploys nothing.
//!
//! It speaks the `generic-http` recipe and keeps its one promise: a key makes one run, however
//! often it arrives. A request that broke off before its end has not arrived. It ends on drop.

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub struct Counter {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    seen: Mutex<BTreeMap<String, Arrived>>,
    /// Everything that it was asked, as it came.
    asked: Mutex<Vec<Asked>>,
    behaviour: Behaviour,
    refused: AtomicU32,
    muted: AtomicU32,
    ended: AtomicBool,
}

/// How it behaves for as long as it lives.
#[derive(Clone, Default)]
pub struct Behaviour {
    /// How long a run takes.
    pub takes: Duration,
    /// Runs fail whose key contains this.
    pub fails: Option<&'static str>,
    /// It has no memory: asked for a key, it answers 500.
    pub forgets: bool,
    /// How long each answer is on its way.
    pub latency: Duration,
    /// So many starts are refused before one is taken: 503, and to come again in a while.
    pub busy: u32,
    /// That while, in seconds.
    pub again: u32,
    /// How many lines each run prints, [`LOG_LINE`] bytes long.
    pub log_lines: u64,
    /// So often it answers 502 when it is asked how a run stands.
    pub mute: u32,
    /// Asked for a log, it answers 500.
    pub no_logs: bool,
    /// It sends a whole log where a part of it was asked for.
    pub no_parts: bool,
}

/// The bytes of a line that a run prints, its end included.
pub const LOG_LINE: u64 = 64;

/// A line that a run prints, from 0.
pub fn log_line(number: u64) -> String {
    format!("{number:011} a line of what a deployment prints while it goes on")
}

struct Arrived {
    times: u32,
    run: String,
    began: Instant,
    cancelled: bool,
}

/// What it was asked: enough to ask it again.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub key: String,
    /// Bytes in the body.
    pub length: u64,
    /// The first and the last byte of the part that is wanted.
    range: Option<(u64, u64)>,
}

impl Counter {
    pub fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            asked: Mutex::default(),
            behaviour,
            refused: 0.into(),
            muted: 0.into(),
            ended: false.into(),
        });
        let door = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if door.ended.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&door);
                thread::spawn(move || shared.talk(stream));
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes it know a call that reached it before, and the run that came of it.
    pub fn remember(&self, key: &str, run: &str) {
        let arrived =
            Arrived { times: 1, run: run.into(), began: Instant::now(), cancelled: false };
        self.shared.seen.lock().expect("nobody panicked").insert(key.into(), arrived);
    }

    /// Everything that it was asked until now.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("nobody panicked").clone()
    }

    /// How often each key arrived.
    pub fn received(&self) -> BTreeMap<String, u32> {
        let seen = self.shared.seen.lock().expect("nobody panicked");
        seen.iter().map(|(key, arrived)| (key.clone(), arrived.times)).collect()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes the listener, so that its port is free again.
        let _ = TcpStream::connect(&self.address);
    }
}

impl Shared {
    fn talk(&self, stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let Ok(copy) = stream.try_clone() else { return };
        let Some(request) = read(&mut BufReader::new(copy)) else { return };
        self.asked.lock().expect("nobody panicked").push(request.clone());
        let mut stream = stream;
        if request.method == "GET" && request.path.ends_with("/logs") {
            // Whoever has enough hangs up.
            let _ = self.print(&mut stream, request.range);
            return;
        }
        if request.method == "POST"
            && request.path == "/deployments"
            && self.refused.fetch_add(1, Ordering::Relaxed) < self.behaviour.busy
        {
            let _ = write!(
                stream,
                "HTTP/1.1 503 X\r\nRetry-After: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                self.behaviour.again
            );
            return;
        }
        let (status, body) = self.answer(&request);
        thread::sleep(self.behaviour.latency);
        // A client that was killed meanwhile does not mind.
        let _ = write!(
            stream,
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    }

    /// Sends the log, or a part of it.
    fn print(&self, stream: &mut TcpStream, range: Option<(u64, u64)>) -> std::io::Result<()> {
        let whole = self.behaviour.log_lines * LOG_LINE;
        if self.behaviour.no_logs {
            return stream.write_all(
                b"HTTP/1.1 500 X\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops",
            );
        }
        let (status, first, end) = match range.filter(|_| !self.behaviour.no_parts) {
            None => ("200 OK".to_owned(), 0, whole),
            Some((first, _)) if first >= whole => {
                (format!("416 X\r\nContent-Range: bytes */{whole}"), 0, 0)
            }
            Some((first, last)) => {
                let end = whole.min(last + 1);
                let range = format!("206 X\r\nContent-Range: bytes {first}-{}/{whole}", end - 1);
                (range, first, end)
            }
        };
        thread::sleep(self.behaviour.latency);
        let mut out = std::io::BufWriter::with_capacity(1 << 18, stream);
        write!(
            out,
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            end - first
        )?;
        let mut at = first;
        while at < end {
            let line = format!("{}\n", log_line(at / LOG_LINE));
            let from = (at % LOG_LINE) as usize;
            let most = usize::try_from(end - at).unwrap_or(usize::MAX).min(line.len() - from);
            out.write_all(&line.as_bytes()[from..from + most])?;
            at += most as u64;
        }
        out.flush()
    }

    fn answer(&self, request: &Asked) -> (u16, String) {
        let mut seen = self.seen.lock().expect("nobody panicked");
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let missing = || (404, json!({ "error": "there is no such thing" }).to_string());
        match (request.method.as_str(), path) {
            ("GET", "/healthz") => (200, json!({ "ok": true }).to_string()),
            ("POST", "/deployments" | "/rollback") => {
                let arrived = seen.entry(request.key.clone()).or_insert_with(|| Arrived {
                    times: 0,
                    run: format!("run-{}", request.key),
                    began: Instant::now(),
                    cancelled: false,
                });
                arrived.times += 1;
                (202, json!({ "run": arrived.run }).to_string())
            }
            ("POST", path) if path.ends_with("/cancel") => {
                let wanted = path.trim_start_matches("/deployments/").trim_end_matches("/cancel");
                match seen.values_mut().find(|arrived| arrived.run == wanted) {
                    Some(arrived) => {
                        arrived.cancelled = true;
                        (202, "{}".into())
                    }
                    None => missing(),
                }
            }
            ("GET", "/deployments") if self.behaviour.forgets => (500, "{}".into()),
            ("GET", "/deployments") => {
                let key = query.strip_prefix("key=").unwrap_or_default();
                seen.get(key).map_or_else(missing, |arrived| (200, self.run(key, arrived)))
            }
            ("GET", _) if self.muted.fetch_add(1, Ordering::Relaxed) < self.behaviour.mute => {
                (502, "{}".into())
            }
            ("GET", path) => {
                let wanted = path.strip_prefix("/deployments/").unwrap_or_default();
                let found = seen.iter().find(|(_, arrived)| arrived.run == wanted);
                found.map_or_else(missing, |(key, arrived)| (200, self.run(key, arrived)))
            }
            _ => missing(),
        }
    }

    fn run(&self, key: &str, arrived: &Arrived) -> String {
        let state = match self.behaviour.fails {
            _ if arrived.cancelled => "cancelled",
            _ if arrived.began.elapsed() < self.behaviour.takes => "running",
            Some(part) if key.contains(part) => "failed",
            _ => "succeeded",
        };
        let answer: Value = json!({ "run": arrived.run, "state": state, "message": state });
        answer.to_string()
    }
}

/// A whole request, or none.
fn read(input: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    input.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut key, mut length, mut chunked, mut range) = (String::new(), 0_u64, false, None);
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = value.trim().to_owned(),
            "content-length" => length = value.trim().parse().ok()?,
            "range" => {
                let (first, last) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
                range = Some((first.parse().ok()?, last.parse().ok()?));
            }
            "transfer-encoding" => chunked = value.contains("chunked"),
            _ => {}
        }
    }
    if chunked {
        loop {
            let mut size = String::new();
            input.read_line(&mut size).ok()?;
            let size = u64::from_str_radix(size.trim(), 16).ok()?;
            skip(input, size + 2)?;
            length += size;
            if size == 0 {
                break;
            }
        }
    } else {
        skip(input, length)?;
    }
    Some(Asked { method, path, key, length, range })
}

fn skip(input: &mut impl Read, bytes: u64) -> Option<()> {
    let read = std::io::copy(&mut input.take(bytes), &mut std::io::sink()).ok()?;
    (read == bytes).then_some(())
}
