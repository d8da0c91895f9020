//! A web server inside a house: of an authority of its own, and it wants a login.

use crate::{
    child::{Child, dies_with_us, free_port},
    servers::certificates,
};
use serde_json::{Value, json};
use std::{
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

/// HTTPS on loopback. It answers 200 to whoever sends the right `Authorization`, 401 to all others, tells in its
/// answer what it was sent, and writes it down.
const SERVER: &str = r#"
import http.server, json, ssl, sys
port, wanted, log = int(sys.argv[1]), sys.argv[2], sys.argv[3]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sent = self.headers.get("Authorization", "")
        with open(log, "a") as lines:
            print(sent + "|" + self.headers.get("X-Tenant", ""), file=lines)
        body = json.dumps({"sent": sent}).encode()
        self.send_response(200 if sent == wanted else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"#;

pub struct Inside {
    folder: tempfile::TempDir,
    port: u16,
    _child: Child,
}

impl Inside {
    pub fn start(wanted: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        certificates(folder.path());
        let port = free_port();
        let mut command = dies_with_us("python3");
        command.args(["-c", SERVER, &port.to_string(), wanted, "seen"]);
        command.current_dir(folder.path());
        let child = Child::start("inside", &mut command, folder.path(), false);
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the server listens");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { folder, port, _child: child }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("https://{}/healthz", self.host())
    }

    pub fn authority(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("authority.pem")).expect("it was made")
    }

    /// What it was sent: "Authorization|X-Tenant" a line.
    pub fn seen(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("seen")).unwrap_or_default()
    }

    /// An access to it, as it is saved.
    pub fn access(&self, login: &Value) -> Value {
        json!({
            "kind": "access", "id": "inside", "name": "Inside", "hosts": [self.host()],
            "headers": [{ "name": "X-Tenant", "value": "shop" }], "login": login,
            "ca": self.authority(),
        })
    }
}
