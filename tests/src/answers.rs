//! Something on loopback that answers every request with the status it is told: what a health gate asks.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

pub struct Answers {
    pub url: String,
    status: Arc<AtomicU16>,
}

impl Answers {
    pub fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let status = Arc::new(AtomicU16::new(status));
        let told = Arc::clone(&status);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                // Whoever hangs up early has had its answer, or wants none.
                drop(stream.read(&mut request));
                let status = told.load(Ordering::Relaxed);
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                );
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        Self { url: format!("http://{address}/healthz"), status }
    }

    pub fn with(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }
}
