//! A server of one's own authority and a proxy, both real, on loopback.

use super::*;
use crate::integrations::http::{
    Answer, Call, CallError, Http,
    loopback::{Loopback, answer},
};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(5);

async fn get(allowed: &[&str], url: &str, way: &Way) -> Result<Answer, CallError> {
    let http = Http::by(AllowedHosts::new(allowed).unwrap(), way).unwrap();
    http.send(Call::new("GET", url, PATIENCE)).await
}

fn openssl(folder: &Path, words: &[&str]) {
    let done = Command::new("openssl").args(words).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// An authority called `name`, and a certificate of it for 127.0.0.1.
fn authority(folder: &Path, name: &str) -> String {
    let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
    let subject = format!("/CN={name}");
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            &subject,
            "-keyout",
            &key,
            "-out",
            &pem,
            "-addext",
            "basicConstraints=critical,CA:TRUE",
        ],
    );
    std::fs::read_to_string(folder.join(pem)).unwrap()
}

fn certificate(folder: &Path, name: &str) {
    openssl(
        folder,
        &[
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=deploy",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
        ],
    );
    std::fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\n").unwrap();
    let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            "server.csr",
            "-CA",
            &pem,
            "-CAkey",
            &key,
            "-CAcreateserial",
            "-extfile",
            "san",
            "-out",
            "server.pem",
        ],
    );
}

struct Server(Child, u16);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A web server that shows the folder's `server.pem`.
fn serve(folder: &Path) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new("openssl")
        .args(["s_server", "-cert", "server.pem", "-key", "server.key", "-www", "-quiet"])
        .args(["-accept", &format!("127.0.0.1:{port}")])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child, port);
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return server;
        }
        thread::sleep(Duration::from_millis(25));
    }
    panic!("the server does not listen");
}

#[tokio::test]
async fn only_the_endpoints_own_authority_is_trusted_where_it_names_one() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (authority(folder.path(), "ours"), authority(folder.path(), "other"));
    certificate(folder.path(), "ours");
    let server = serve(folder.path());
    let (host, url) =
        (format!("127.0.0.1:{}", server.1), format!("https://127.0.0.1:{}/", server.1));
    let way = |ca: &str| Way { ca: ca.into(), proxy: String::new() };
    let answered = get(&[&host], &url, &way(&ours)).await.unwrap();
    assert_eq!(answered.status, 200);
    // A chain pasted with another one in it is as good.
    assert!(get(&[&host], &url, &way(&format!("{other}\n{ours}"))).await.is_ok());
    for wrong in [way(&other), way("")] {
        let refused = get(&[&host], &url, &wrong).await;
        assert!(
            matches!(&refused, Err(CallError::NotSent { message })
                if message.contains("not trusted") && message.contains("Settings, Endpoints")),
            "{refused:?}"
        );
    }
    // The right authority does not make it another host.
    let name = format!("localhost:{}", server.1);
    let refused = get(&[&name], &format!("https://{name}/"), &way(&ours)).await;
    assert!(matches!(refused, Err(CallError::NotSent { .. })), "{refused:?}");
}

#[test]
fn what_is_no_authority_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let ours = authority(folder.path(), "ours");
    let key = std::fs::read_to_string(folder.path().join("ours.key")).unwrap();
    let refusal = |ca: &str| {
        let way = Way { ca: ca.into(), proxy: String::new() };
        Http::by(AllowedHosts::default(), &way).unwrap_err()
    };
    let broken = ours.replacen("MII", "M*I", 1);
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (ca, why) in [
        ("hello", "no certificate in it"),
        (key.as_str(), "private key"),
        (broken.as_str(), ""),
        (garbage, ""),
    ] {
        let error = refusal(ca);
        assert_eq!(error.location.as_deref(), Some("ca"), "{error}");
        assert!(error.message.contains(why) && error.hint.is_some(), "{error}");
    }
}

/// A small proxy: it notes what it is asked, connects tunnels, and answers the rest itself.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let log = Arc::clone(&log);
            thread::spawn(move || through(stream, &log));
        }
    });
    (url, seen)
}

fn through(mut stream: TcpStream, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(first.trim().to_owned());
    let Some(place) = first.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nproxied");
        return;
    };
    let mut there = TcpStream::connect(place).unwrap();
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
    let (mut back, mut here) = (there.try_clone().unwrap(), stream.try_clone().unwrap());
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = back.read(&mut piece) {
            if here.write_all(&piece[..length]).is_err() {
                return;
            }
        }
        let _ = here.shutdown(std::net::Shutdown::Both);
    });
    let _ = std::io::copy(&mut reader, &mut there);
}

#[tokio::test]
async fn a_proxy_that_is_named_sees_every_call_and_tunnels_are_verified_to_their_end() {
    let (url, seen) = proxy();
    let way = Way { proxy: url, ca: String::new() };
    let name = "deploy.example.test";
    let answered = get(&[name], "http://deploy.example.test/health", &way).await.unwrap();
    assert_eq!(answered.text(), "proxied");
    assert_eq!(seen.lock().unwrap()[0], "GET http://deploy.example.test/health HTTP/1.1");
    // What is not listed, and what is never called, does not get as far as the proxy.
    for host in ["other.example.test", "169.254.169.254"] {
        let refused = get(&[name], &format!("http://{host}/"), &way).await;
        assert!(matches!(refused, Err(CallError::NotSent { .. })), "{refused:?}");
    }
    assert_eq!(seen.lock().unwrap().len(), 1);

    let folder = tempfile::tempdir().unwrap();
    let ca = authority(folder.path(), "ours");
    certificate(folder.path(), "ours");
    let server = serve(folder.path());
    let host = format!("127.0.0.1:{}", server.1);
    let both = Way { ca, ..way };
    let answered = get(&[&host], &format!("https://{host}/"), &both).await.unwrap();
    assert_eq!(answered.status, 200);
    assert_eq!(seen.lock().unwrap()[1], format!("CONNECT {host} HTTP/1.1"));
}

/// Runs itself again with a proxy in the environment, because this process has threads that read it.
#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    if let Ok(server) = std::env::var("HOTFIX_TEST_DIRECT") {
        let answered =
            get(&[&server], &format!("http://{server}/"), &Way::default()).await.unwrap();
        assert_eq!(answered.text(), "direct");
        return;
    }
    let server = Loopback::new([answer(200, "direct")]);
    let (url, seen) = proxy();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again
        .args(["--exact", "--nocapture"])
        .arg("integrations::http::reach::tests::a_proxy_of_the_environment_is_not_used");
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
        again.env(name, &url);
    }
    let done = again.env("HOTFIX_TEST_DIRECT", server.host()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_proxys_address_is_refused_with_its_reason() {
    for (proxy, why) in [
        ("proxy.example.com:3128", "not http"),
        ("socks5://proxy.example.com", "not http"),
        ("http://rita:pw@proxy.example.com", "password"),
        ("http://proxy.example.com/x", "after the port"),
        ("http://169.254.169.254:80", "never called"),
        ("not an address", "cannot be used"),
    ] {
        let error = Way { proxy: proxy.into(), ca: String::new() }.proxy().unwrap_err();
        assert_eq!(error.location.as_deref(), Some("proxy"));
        assert!(error.message.contains(why) && error.hint.is_some(), "{proxy}: {error}");
    }
    let fine = Way { proxy: " http://proxy.example.com:3128 ".into(), ca: String::new() };
    assert_eq!(fine.proxy().unwrap().unwrap().as_str(), "http://proxy.example.com:3128/");
}

#[tokio::test]
async fn what_is_sent_along_goes_to_the_hosts_that_it_is_for_and_to_no_other() {
    let (ours, other) =
        (Loopback::new([answer(200, "in")]), Loopback::new([answer(200, "nothing")]));
    let reach = |hosts: &str| Reach {
        along: Some(Along {
            hosts: AllowedHosts::new([hosts]).unwrap(),
            headers: vec![("Authorization".into(), "Bearer s3cret".into())],
        }),
        ..Reach::default()
    };
    let mine = reach(&ours.host());
    let http = mine.client(&ours.url()).unwrap();
    http.send(Call::new("GET", ours.url(), PATIENCE)).await.unwrap();
    assert_eq!(ours.requests()[0].header("authorization"), Some("Bearer s3cret"));
    let refused = mine.client(&other.url()).err().unwrap();
    assert_eq!(refused.location.as_deref(), Some("url"), "{refused}");
    // Whoever may reach both hosts sends it to one alone.
    let both = AllowedHosts::new([ours.host(), other.host()]).unwrap();
    let http = Http::by(both, &Way::default()).unwrap().sending(mine.along.unwrap());
    let refused = http.send(Call::new("GET", other.url(), PATIENCE)).await;
    assert!(matches!(refused, Err(CallError::NotSent { .. })), "{refused:?}");
    assert!(other.requests().is_empty());
}
