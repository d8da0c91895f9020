//! Real servers that sources are read from (Alertmanager, Prometheus, Dovecot), that deployments are
//! published to (Radicale) and that mails leave by (aiosmtpd), each with a configuration and folders of the test's own, on loopback, without rights, gone with the test.

pub mod mailserver;
pub mod radicale;

use crate::{
    child::{Child, dies_with_us, free_port, wait_for},
    http::Http,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

fn web() -> Http {
    Http::new(Duration::from_secs(30))
}

/// Waits until a server says that it is ready.
fn ready(name: &str, url: &str, child: &Child) {
    let http = web();
    wait_for(&format!("{name}: {}", child.log()), PATIENCE, || {
        http.get(url).ok().filter(|answer| answer.status == 200)
    });
}

/// A real Alertmanager without receivers.
pub struct Alertmanager {
    _folder: TempDir,
    _child: Child,
    address: String,
}

impl Alertmanager {
    pub fn start() -> Self {
        let folder = folder();
        let (port, config) = (free_port(), folder.path().join("alertmanager.yml"));
        let text = "route: { receiver: none, group_wait: 1s }\nreceivers: [{ name: none }]\n";
        fs::write(&config, text).expect("a configuration can be written");
        let mut command = dies_with_us("prometheus-alertmanager");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=");
        let child = Child::start("alertmanager", &mut command, folder.path(), false);
        let address = format!("http://127.0.0.1:{port}");
        ready("Alertmanager", &format!("{address}/-/ready"), &child);
        Self { _folder: folder, _child: child, address }
    }

    pub fn url(&self) -> &str {
        &self.address
    }

    /// Fires alerts, or ends them.
    pub fn post(&self, alerts: &[Value]) {
        for part in alerts.chunks(1000) {
            let posted = web().post_json(&format!("{}/api/v2/alerts", self.address), &json!(part));
            assert_eq!(posted.expect("it answers").status, 200);
        }
    }

    pub fn silence(&self, label: &str, value: &str) {
        let silence = json!({
            "matchers": [{ "name": label, "value": value, "isRegex": false, "isEqual": true }],
            "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
            "createdBy": "test", "comment": "known",
        });
        let posted = web().post_json(&format!("{}/api/v2/silences", self.address), &silence);
        let posted = posted.expect("it answers");
        assert_eq!(posted.status, 200, "{}", posted.text);
    }
}

/// A real Prometheus that scrapes one target every second.
pub struct Prometheus {
    folder: TempDir,
    _child: Child,
    address: String,
}

impl Prometheus {
    /// With a rule that fires at that Alertmanager when the target is down, if one is given.
    pub fn start(target: &str, alerts: Option<&Alertmanager>) -> Self {
        Self::open(folder(), target, alerts, None)
    }

    /// Over TLS of an authority of its own (`authority.pem`), for `rita` with the password `geheim` alone.
    pub fn behind_a_login(target: &str) -> Self {
        let folder = folder();
        certificates(folder.path());
        let web = folder.path().join("web.yml");
        let text = "tls_server_config: { cert_file: server.pem, key_file: server.key }\n\
            basic_auth_users:\n  rita: $2b$04$z6z7ltRfpo3b.6lCBCFXwexE3qnsZ6WwKQvI8UDNOs.zWAIhqy4gu\n";
        fs::write(&web, text).expect("a configuration can be written");
        Self::open(folder, target, None, Some(&web))
    }

    fn open(
        folder: TempDir,
        target: &str,
        alerts: Option<&Alertmanager>,
        web: Option<&Path>,
    ) -> Self {
        let (port, config) = (free_port(), folder.path().join("prometheus.yml"));
        let rules = folder.path().join("rules.yml");
        let alerting = alerts.map_or_else(String::new, |alerts| {
            let target = alerts.url().trim_start_matches("http://");
            format!(
                "rule_files: [\"{}\"]\nalerting:\n  alertmanagers:\n    - static_configs:\n        - targets: [\"{target}\"]\n",
                rules.display()
            )
        });
        let rule = "groups:\n  - name: shop\n    interval: 1s\n    rules:\n      - alert: TargetDown\n        \
            expr: up == 0\n        labels: { severity: critical }\n        annotations: { summary: \"{{ $labels.instance }} is down\" }\n";
        fs::write(&rules, rule).expect("rules can be written");
        let text = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\n{alerting}scrape_configs:\n  - job_name: shop\n    \
             static_configs:\n      - targets: [\"{target}\"]\n"
        );
        fs::write(&config, text).expect("a configuration can be written");
        let mut command = dies_with_us("prometheus");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        if let Some(web) = web {
            command.arg(format!("--web.config.file={}", web.display()));
        }
        let child = Child::start("prometheus", &mut command, folder.path(), false);
        let address = match web {
            None => format!("http://127.0.0.1:{port}"),
            Some(_) => format!("https://localhost:{port}"),
        };
        match web {
            None => ready("Prometheus", &format!("{address}/-/ready"), &child),
            // Whoever may ask it is the test's to say.
            Some(_) => wait_for(&format!("Prometheus: {}", child.log()), PATIENCE, || {
                TcpStream::connect(("127.0.0.1", port)).ok().map(drop)
            }),
        }
        Self { folder, _child: child, address }
    }

    pub fn url(&self) -> &str {
        &self.address
    }

    /// Who signed its certificate, as PEM.
    pub fn authority(&self) -> String {
        fs::read_to_string(self.folder.path().join("authority.pem")).expect("it was made")
    }

    /// Waits until a query finds so many series.
    pub fn until(&self, query: &str, series: usize) {
        let url = format!("{}/api/v1/query?query={}", self.address, query.replace(' ', "+"));
        wait_for(&format!("{query} to find {series}"), PATIENCE, || {
            let found = web().get(&url).ok()?.json()["data"]["result"].as_array()?.len();
            (found == series).then_some(())
        });
    }
}

/// A real Dovecot with one mailbox, whose user is `support` and whose password is `s3cret`.
pub struct Dovecot {
    folder: TempDir,
    _child: Child,
    port: u16,
    tls_port: u16,
}

pub const USER: &str = "support";
pub const PASSWORD: &str = "s3cret";

impl Dovecot {
    /// Without encryption, as on a machine that nobody else reaches.
    pub fn start() -> Self {
        Self::open("no")
    }

    /// With TLS and STARTTLS, and a certificate for localhost.
    pub fn with_certificate() -> Self {
        Self::open("yes")
    }

    fn open(ssl: &str) -> Self {
        let folder = folder();
        let (port, tls_port) = (free_port(), free_port());
        let place = folder.path().display();
        let root = rustix::process::getuid().is_root();
        // As root it would refuse to touch mail; it runs as nobody then.
        let (user, group) = match root {
            true => ("nobody".to_owned(), "nogroup".to_owned()),
            false => (named("-un"), named("-gn")),
        };
        certificates(folder.path());
        let config = folder.path().join("dovecot.conf");
        let text = format!(
            "base_dir = {place}/run\nstate_dir = {place}/state\nlog_path = {place}/dovecot.log\n\
             protocols = imap\nlisten = 127.0.0.1\nssl = {ssl}\nssl_cert = <{place}/server.pem\n\
             ssl_key = <{place}/server.key\ndisable_plaintext_auth = no\n\
             default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
             passdb {{\n  driver = static\n  args = password={PASSWORD}\n}}\n\
             userdb {{\n  driver = static\n  args = uid={user} gid={group} home={place}/home/%u\n}}\n\
             mail_location = maildir:{place}/mail/%u\nfirst_valid_uid = 1\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  \
             inet_listener imaps {{\n    port = {tls_port}\n    ssl = {ssl}\n  }}\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n"
        );
        fs::write(&config, text).expect("a configuration can be written");
        let mut command = dies_with_us("dovecot");
        if root {
            own(folder.path());
            command = Command::new("setpriv");
            command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]);
            command.args(["--pdeathsig", "TERM", "--", "dovecot"]);
        }
        command.arg("-F").arg("-c").arg(&config);
        let logs = folder.path().join("logs");
        let child = Child::start("dovecot", &mut command, &logs, false);
        wait_for("Dovecot to listen", PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { folder, _child: child, port, tls_port }
    }

    pub fn url(&self) -> String {
        format!("imap://127.0.0.1:{}", self.port)
    }

    /// By a name, for which it has a certificate.
    pub fn tls_url(&self) -> String {
        format!("imaps://localhost:{}", self.tls_port)
    }

    /// The authority that signed its certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Delivers mails into a folder.
    pub fn deliver<'a>(&self, folder: &str, mails: impl IntoIterator<Item = &'a [u8]>) {
        let mut line = Line::open(self.port);
        for mail in mails {
            line.append(folder, mail);
        }
    }

    /// One command to the mailbox.
    pub fn tell(&self, command: &str) {
        Line::open(self.port).tell(command);
    }
}

/// What `id` says of us.
fn named(what: &str) -> String {
    let said = Command::new("id").arg(what).output().expect("id runs").stdout;
    String::from_utf8_lossy(&said).trim().to_owned()
}

fn own(folder: &Path) {
    let owned = Command::new("chown").args(["-R", "nobody:nogroup"]).arg(folder).status();
    assert!(owned.expect("chown runs").success());
}

/// An authority, and a certificate of it for localhost.
pub fn certificates(folder: &Path) {
    let openssl = |words: &str| {
        let done = Command::new("openssl").args(words.split(' ')).current_dir(folder).output();
        let done = done.expect("openssl runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    fs::write(
        folder.join("extensions"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("a file can be written");
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 7 -subj /CN=Test-Authority -keyout authority.key -out authority.pem -addext keyUsage=keyCertSign",
    );
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
    );
    openssl(
        "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 7 -extfile extensions -out server.pem",
    );
}

/// A line of IMAP, as plain as a test needs it.
struct Line {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Line {
    fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("Dovecot listens");
        let copy = stream.try_clone().expect("a socket can be copied");
        let mut line = Self { stream, answers: BufReader::new(copy) };
        line.read();
        line.tell(&format!("LOGIN {USER} {PASSWORD}"));
        line
    }

    fn read(&mut self) -> String {
        let mut text = String::new();
        self.answers.read_line(&mut text).expect("Dovecot answers");
        text
    }

    fn tell(&mut self, command: &str) {
        write!(self.stream, "t {command}\r\n").expect("Dovecot listens");
        self.ends(command);
    }

    fn ends(&mut self, command: &str) {
        loop {
            let answer = self.read();
            assert!(!answer.is_empty(), "{command}: Dovecot hung up");
            if answer.starts_with("t ") {
                assert!(answer.starts_with("t OK"), "{command}: {answer}");
                return;
            }
        }
    }

    fn append(&mut self, folder: &str, mail: &[u8]) {
        write!(self.stream, "t APPEND {folder} {{{}}}\r\n", mail.len()).expect("Dovecot listens");
        let go_on = self.read();
        assert!(go_on.starts_with('+'), "{go_on}");
        self.stream
            .write_all(mail)
            .and_then(|()| self.stream.write_all(b"\r\n"))
            .expect("it reads");
        self.ends("APPEND");
    }
}
