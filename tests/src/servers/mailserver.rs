//! A real SMTP server (aiosmtpd) that keeps what it takes, and does to some addresses what mail servers do.

use super::{PATIENCE, certificates, folder};
use crate::child::{Child, dies_with_us, free_port, wait_for};
use std::{fs, net::TcpStream, path::PathBuf};
use tempfile::TempDir;

/// Its user is `support`, its password `s3cret`. Recipients called `nobody@…` are refused (550), `later@…` are
/// put off at their first try (451), and after `hangup@…` was taken the line is cut before the answer.
pub struct MailServer {
    folder: TempDir,
    _child: Child,
    port: u16,
}

pub const USER: &str = "support";
pub const PASSWORD: &str = "s3cret";

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub text: String,
}

impl Mail {
    /// A header's value, unfolded; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self.text.split("\n\n").next().unwrap_or_default().replace("\n ", " ");
        let start = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&start));
        line.map_or_else(String::new, |line| line[start.len()..].trim().to_owned())
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cover {
    /// None, and nobody logs in: as on a machine that nobody else reaches.
    None,
    /// STARTTLS, and a login after it.
    Starts,
    /// From the first byte, and a login.
    AtOnce,
}

impl MailServer {
    pub fn start(cover: Cover) -> Self {
        let folder = folder();
        let port = free_port();
        certificates(folder.path());
        let program = folder.path().join("server.py");
        fs::write(&program, SERVER).expect("a file can be written");
        fs::create_dir(folder.path().join("mails")).expect("a folder can be made");
        // The system's own, for which the system's package is installed.
        let mut command = dies_with_us("/usr/bin/python3");
        command.arg(&program).arg(folder.path()).arg(port.to_string());
        command.arg(match cover {
            Cover::None => "none",
            Cover::Starts => "starts",
            Cover::AtOnce => "at-once",
        });
        let child = Child::start("aiosmtpd", &mut command, folder.path(), false);
        wait_for("the mail server to listen", PATIENCE, || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self { folder, _child: child, port }
    }

    /// By a name, for which it has a certificate.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://localhost:{}", self.port)
    }

    /// The authority that signed its certificate.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What it has taken, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        let files = fs::read_dir(self.folder.path().join("mails")).expect("the folder is there");
        let mut files: Vec<PathBuf> = files
            .map(|file| file.expect("it can be read").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .collect();
        files.sort();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(path).expect("a mail can be read").replace("\r\n", "\n");
            let (to, text) = text.split_once('\n').expect("the first line is the recipient");
            Mail { to: to.to_owned(), text: text.to_owned() }
        };
        files.into_iter().map(read).collect()
    }

    /// How many it has taken.
    pub fn count(&self) -> usize {
        let files = fs::read_dir(self.folder.path().join("mails")).expect("the folder is there");
        files
            .filter(|file| {
                file.as_ref()
                    .is_ok_and(|file| file.path().extension().is_some_and(|ending| ending == "eml"))
            })
            .count()
    }

    /// Waits until it has taken so many.
    pub fn until(&self, count: usize) -> Vec<Mail> {
        wait_for(&format!("{count} mails"), PATIENCE, || {
            let mails = self.mails();
            (mails.len() >= count).then_some(mails)
        })
    }
}

const SERVER: &str = r#"
import asyncio, os, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

place, port, cover = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{place}/server.pem", f"{place}/server.key")
seen, count = set(), 0

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 There is no such user"
        if name == "later" and address not in seen:
            seen.add(address)
            return "451 4.7.1 Greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        count += 1
        for to in envelope.rcpt_tos:
            path = f"{place}/mails/{count:06}.eml"
            with open(path + ".part", "wb") as file:
                file.write(to.encode() + b"\n" + envelope.content)
            os.rename(path + ".part", path)
            if to.startswith("hangup@") and to not in seen:
                seen.add(to)
                server.transport.abort()
        return "250 OK"

def authenticate(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"support", b"s3cret")
    return AuthResult(success=good, handled=False)

def make():
    login = dict(authenticator=authenticate, auth_required=True) if cover != "none" else {}
    tls = dict(tls_context=context, require_starttls=True) if cover == "starts" else {}
    over = dict(auth_require_tls=False) if cover == "at-once" else {}
    return SMTP(Handler(), hostname="localhost", enable_SMTPUTF8=False, **login, **tls, **over)

async def main():
    server = await asyncio.get_running_loop().create_server(
        make, "127.0.0.1", port, ssl=context if cover == "at-once" else None)
    await server.serve_forever()

asyncio.run(main())
"#;
