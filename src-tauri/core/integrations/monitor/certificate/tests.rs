//! Certificates that OpenSSL made: read, held against the days, and presented by a real server.

use super::*;
use base64::Engine as _;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

fn openssl(folder: &Path, words: &[&str]) {
    let done = Command::new("openssl").args(words).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A certificate for localhost that is good for so many days, and its key.
fn make(folder: &Path, days: &str) {
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
                 -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem -days";
    let words: Vec<_> = words.split_whitespace().chain([days]).collect();
    openssl(folder, &words);
}

fn der(folder: &Path) -> Vec<u8> {
    let pem = std::fs::read_to_string(folder.join("cert.pem")).unwrap();
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn serve(folder: &Path) -> (Server, u16) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new("openssl")
        .args(["s_server", "-cert", "cert.pem", "-key", "key.pem", "-quiet", "-accept"])
        .arg(port.to_string())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child);
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    (server, port)
}

fn look(port: u16, at_least: f64, verified: bool) -> Sample {
    let address = format!("https://localhost:{port}");
    let probe = CertificateProbe::new(&address, at_least, verified, &Way::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(probe.sample())
}

#[test]
fn the_end_of_a_certificate_is_read_before_and_after_2050() {
    let folder = tempfile::tempdir().unwrap();
    for days in [30_i64, 20_000] {
        make(folder.path(), &days.to_string());
        let end = good_until(&der(folder.path())).unwrap();
        let found = (end.as_second() - Timestamp::now().as_second()) as f64 / DAY;
        assert!((found - days as f64).abs() < 0.1, "{found} instead of {days}");
    }
    let bytes = der(folder.path());
    for end in 0..bytes.len() {
        assert_eq!(good_until(&bytes[..end]), None, "cut after {end} bytes");
    }
}

#[test]
fn a_server_is_asked_how_long_its_certificate_lasts_and_whether_it_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "20");
    let (_server, port) = serve(folder.path());
    let well = look(port, 14.0, false);
    assert_eq!(well.result, Outcome::Success, "{well:?}");
    assert!(matches!(well.value, Some(19.0 | 20.0)), "{well:?}");
    let soon = look(port, 30.0, false);
    assert_eq!(soon.result, Outcome::Failure);
    assert!(soon.detail.ends_with("days, 30 at least"), "{}", soon.detail);
    let unknown = look(port, 14.0, true);
    assert_eq!(unknown.result, Outcome::Failure, "{unknown:?}");
    assert!(unknown.detail.starts_with("is not trusted"), "{}", unknown.detail);
    assert!(unknown.value.is_some(), "how long it lasts is said all the same");
}

#[test]
fn who_speaks_no_tls_or_is_not_there_is_an_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"220 mail.example.org ESMTP\r\n").unwrap();
    });
    assert_eq!(look(port, 14.0, false).result, Outcome::Error);
    plain.join().unwrap();
    assert_eq!(look(port, 14.0, false).result, Outcome::Error, "nobody is there any more");
    let refused = CertificateProbe::new("https://169.254.169.254", 14.0, true, &Way::default())
        .err()
        .unwrap();
    assert_eq!(refused.location.as_deref(), Some("url"));
}
