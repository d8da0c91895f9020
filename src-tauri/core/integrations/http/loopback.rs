//! A real server on loopback for tests: it does to each connection exactly what it was told.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What happens to one connection.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The request is read to its end and answered.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// These bytes, after the request was read to its end.
    Raw(Vec<u8>),
    /// Closed before a byte was read.
    CutUnread,
    /// Closed after the request was read to its end.
    CutAfterReading,
    /// The head of an answer of a thousand bytes, and then a byte every twenty milliseconds.
    Drip,
    /// Read, and never answered.
    Silence,
}

pub fn answer(status: u16, body: impl Into<String>) -> Reply {
    Reply::Answer { status, headers: Vec::new(), body: body.into() }
}

/// A request as it arrived. Header names are in lower case.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `POST /path?query`
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The body came to its announced end.
    pub whole: bool,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub struct Loopback {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Loopback {
    /// One reply a connection, in this order; after the last one nobody listens any more.
    pub fn new(replies: impl Into<Vec<Reply>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (replies, log) = (replies.into(), Arc::clone(&seen));
        thread::spawn(move || {
            for reply in replies {
                let Ok((stream, _)) = listener.accept() else { return };
                let log = Arc::clone(&log);
                thread::spawn(move || serve(stream, &reply, &log));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, reply: &Reply, seen: &Mutex<Vec<Request>>) {
    if matches!(reply, Reply::CutUnread) {
        seen.lock().unwrap().push(Request::default());
        return;
    }
    let Some(request) = read(&stream) else { return };
    let whole = request.whole;
    seen.lock().unwrap().push(request);
    if !whole {
        return;
    }
    match reply {
        Reply::Answer { status, headers, body } => {
            let mut text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            let _ = stream.write_all(format!("{text}\r\n{body}").as_bytes());
        }
        Reply::Raw(bytes) => {
            let _ = stream.write_all(bytes);
        }
        Reply::Drip => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n");
            while stream.write_all(b"x").is_ok() {
                thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        Reply::Silence => {
            // Until the other side hangs up.
            let _ = stream.read(&mut [0]);
        }
        Reply::CutAfterReading | Reply::CutUnread => {}
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut request = Request::default();
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    request.line = line.rsplit_once(' ')?.0.to_string();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_lowercase(), value.trim().to_string()));
    }
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let _ = reader.take(length).read_to_end(&mut request.body);
    request.whole = request.body.len() as u64 == length;
    Some(request)
}
