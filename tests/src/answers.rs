//! Something on loopback that answers every request with the status and the body it is told: what a health
//! gate or an automatic check asks.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
};

pub struct Answers {
    pub url: String,
    status: Arc<AtomicU16>,
    body: Arc<Mutex<String>>,
}

impl Answers {
    pub fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let status = Arc::new(AtomicU16::new(status));
        let body = Arc::new(Mutex::new("ok".to_owned()));
        let (told, says) = (Arc::clone(&status), Arc::clone(&body));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                // Whoever hangs up early has had its answer, or wants none.
                drop(stream.read(&mut request));
                let status = told.load(Ordering::Relaxed);
                let body = says.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nX-Version: 4.8.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        Self { url: format!("http://{address}/healthz"), status, body }
    }

    pub fn with(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    pub fn says(&self, body: &str) {
        body.clone_into(&mut self.body.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
