//! Deployment systems as their documentation describes them, on loopback: what each recipe is held
//! against. They deploy nothing; a run is a phase that the test sets.
//!
//! Each system is one entry of [`ALL`]: what its recipe is set up with, its words, and a function
//! from request to answer. Faults (a lost answer, a refusal, a rate limit) are the server's and the
//! same for all. They are not the systems themselves: which recipe was proved against the real one
//! stands in docs/endpoints.md.

mod builders;
mod forges;
mod operators;

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// One system and the recipe that speaks to it.
pub struct Contract {
    pub recipe: &'static str,
    /// The settings that have no default, base_url aside.
    pub settings: &'static [(&'static str, &'static str)],
    pub secrets: &'static [(&'static str, &'static str)],
    /// The header that signs in, and its value; anything else is answered 401.
    pub sign_in: (&'static str, &'static str),
    /// A run's phases in its words: waiting, running, succeeded, failed, cancelled, and one that
    /// the recipe cannot know.
    pub words: [&'static str; 6],
    /// It can tell that a key never arrived.
    pub certain: bool,
    /// A key makes one run, however often it arrives.
    pub one_run_a_key: bool,
    pub answer: fn(&mut World, &Request) -> Reply,
}

/// All of them. A recipe that ships and is not here fails the suite.
pub const ALL: &[Contract] = &[
    operators::GENERIC,
    operators::REFERENCE,
    operators::ARGO,
    operators::AWX,
    builders::AZURE,
    builders::BUILDBOT,
    forges::GITHUB,
    forges::GITHUB_BY_NAME,
    forges::GITHUB_DEPLOYMENTS,
    forges::GITLAB,
    forges::GITLAB_TRIGGER,
    builders::JENKINS,
    operators::OCTOPUS,
    operators::RUNDECK,
    operators::SALT,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Waiting,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Strange,
}

#[derive(Clone, Debug)]
pub struct Run {
    pub id: u64,
    pub key: String,
    pub phase: Phase,
}

/// What goes wrong with every request for which the test asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What changes something is carried out, and its answer never arrives.
    AnswerLost,
    /// What changes something is answered so, with this status and a Retry-After of 7 seconds.
    Changes(u16),
    /// Everything is.
    Everything(u16),
}

pub struct World {
    words: [&'static str; 6],
    pub runs: Vec<Run>,
    pub fault: Option<Fault>,
    pub requests: Vec<Request>,
    /// What else a system remembers.
    pub notes: BTreeMap<String, Value>,
}

impl World {
    pub fn begin(&mut self, key: &Value) -> Run {
        let id = 41 + self.runs.len() as u64;
        let key = key.as_str().unwrap_or_default().to_owned();
        let run = Run { id, key, phase: Phase::Waiting };
        self.runs.push(run.clone());
        run
    }

    pub fn with_id(&mut self, id: &str) -> Option<&mut Run> {
        let id: u64 = id.parse().ok()?;
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// The run's phase in the system's words.
    pub fn word(&self, run: &Run) -> &'static str {
        self.words[run.phase as usize]
    }

    /// For systems with a status and a result: the result is null until there is one.
    pub fn two_words(&self, run: &Run) -> (Value, Value) {
        match self.word(run).split_once(' ') {
            Some((status, result)) => (json!(status), json!(result)),
            None => (json!(self.word(run)), Value::Null),
        }
    }

    /// An answer about the run with this id; 404 without one.
    pub fn about(&mut self, id: &str, answer: impl Fn(&World, &Run) -> Value) -> Reply {
        match self.with_id(id).cloned() {
            Some(run) => Reply::json(200, answer(self, &run)),
            None => Reply::missing(),
        }
    }

    /// Newest first.
    pub fn list(&self, answer: impl Fn(&World, &Run) -> Value) -> Value {
        self.runs.iter().rev().map(|run| answer(self, run)).collect()
    }

    pub fn cancel(&mut self, id: &str, status: u16) -> Reply {
        match self.with_id(id) {
            Some(run) => {
                run.phase = Phase::Cancelled;
                Reply::json(status, json!({}))
            }
            None => Reply::missing(),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The fields of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        text.split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (plain(name), plain(value)))
            .collect()
    }

    /// A value of the query.
    pub fn asked(&self, name: &str) -> String {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| plain(value))
            .next()
            .unwrap_or_default()
    }

    pub fn parts(&self) -> Vec<&str> {
        self.path.trim_matches('/').split('/').collect()
    }
}

/// Without percent-encoding.
fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    pub fn text(body: impl Into<String>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
    }

    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub fn missing() -> Self {
        Self::json(404, json!({ "message": "Not Found" }))
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A running system. It ends on drop.
pub struct System {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    contract: &'static Contract,
    world: Mutex<World>,
    ended: AtomicBool,
}

impl System {
    pub fn start(contract: &'static Contract) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let world = World {
            words: contract.words,
            runs: Vec::new(),
            fault: None,
            requests: Vec::new(),
            notes: BTreeMap::new(),
        };
        let shared = Arc::new(Shared { contract, world: world.into(), ended: false.into() });
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

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().expect("nobody panicked")
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes the listener, so that its port is free again.
        let _ = TcpStream::connect(&self.address);
    }
}

impl Shared {
    fn talk(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let Ok(copy) = stream.try_clone() else { return };
        let Some(request) = read(&mut BufReader::new(copy)) else { return };
        let Some(reply) = self.answer(&request) else { return };
        let mut text = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status);
        for (name, value) in &reply.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if reply.status != 204 {
            text += &format!("Content-Length: {}\r\n", reply.body.len());
        }
        let _ = stream.write_all(format!("{text}\r\n{}", reply.body).as_bytes());
    }

    /// None: the connection is cut without an answer.
    fn answer(&self, request: &Request) -> Option<Reply> {
        let mut world = self.world.lock().expect("nobody panicked");
        world.requests.push(request.clone());
        let changes = request.method != "GET" && !operators::only_asks(request);
        let refused = match world.fault {
            Some(Fault::Everything(status)) => Some(status),
            Some(Fault::Changes(status)) if changes => Some(status),
            _ => None,
        };
        if let Some(status) = refused {
            let busy = Reply::json(status, json!({ "message": "not now" }));
            return Some(busy.header("Retry-After", "7"));
        }
        let (name, value) = self.contract.sign_in;
        let answer = if !name.is_empty() && request.header(name) != value {
            Reply::json(401, json!({ "message": "Bad credentials" }))
        } else {
            (self.contract.answer)(&mut world, request)
        };
        (!changes || world.fault != Some(Fault::AnswerLost)).then_some(answer)
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method, path: path.into(), query: query.into(), ..Request::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = request.header("content-length").parse().unwrap_or(0_u64);
    reader.take(length).read_to_end(&mut request.body).ok()?;
    (request.body.len() as u64 == length).then_some(request)
}
