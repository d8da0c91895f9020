//! A real CalDAV server with one user and an empty calendar, and the calendar as anybody else sees it.

use super::{PATIENCE, folder};
use crate::{
    child::{Child, dies_with_us, free_port, wait_for},
    http::{Answer, Http},
};
use base64::Engine as _;
use std::{collections::BTreeMap, fs, path::Path, time::Duration};
use tempfile::TempDir;

/// A real Radicale, whose user is `rita` and whose password is `s3cret`.
pub struct Radicale {
    folder: TempDir,
    child: Option<Child>,
    port: u16,
}

pub const USER: &str = "rita";
pub const PASSWORD: &str = "s3cret";

/// An event as somebody else's program reads it: its lines by name, unfolded.
pub type Event = BTreeMap<String, String>;

impl Radicale {
    pub fn start() -> Self {
        let folder = folder();
        let calendar = |name: &str, tag: &str| {
            let place = folder.path().join(format!("data/collection-root/{USER}/{name}"));
            fs::create_dir_all(&place).expect("a folder can be made");
            let props = format!("{{\"tag\": \"{tag}\", \"D:displayname\": \"Team {name}\"}}");
            fs::write(place.join(".Radicale.props"), props).expect("a file can be written");
        };
        calendar("releases", "VCALENDAR");
        calendar("people", "VADDRESSBOOK");
        fs::write(folder.path().join("users"), format!("{USER}:{PASSWORD}\n"))
            .expect("a file can be written");
        let mut radicale = Self { port: free_port(), child: None, folder };
        radicale.up();
        radicale
    }

    /// Starts it (again), where it was, with what it had.
    pub fn up(&mut self) {
        let place = self.folder.path();
        let config = place.join("config");
        let text = format!(
            "[server]\nhosts = 127.0.0.1:{}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {}\n\
             htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {}\n",
            self.port,
            place.join("users").display(),
            place.join("data").display()
        );
        fs::write(&config, text).expect("a configuration can be written");
        let mut command = dies_with_us("radicale");
        command.arg("--config").arg(&config);
        let child = Child::start("radicale", &mut command, place, false);
        let url = format!("http://127.0.0.1:{}/", self.port);
        wait_for(&format!("Radicale: {}", child.log()), PATIENCE, || {
            Http::new(Duration::from_secs(5)).get(&url).ok()
        });
        self.child = Some(child);
    }

    pub fn down(&mut self) {
        self.child = None;
    }

    /// The calendar's address.
    pub fn url(&self) -> String {
        self.place("releases/")
    }

    /// Of something else of the same user: `people/` is an address book, `` is no collection of its own.
    pub fn place(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{USER}/{path}", self.port)
    }

    fn ask(&self, method: &str, name: &str, body: &[u8]) -> Answer {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let headers = [("Authorization", format!("Basic {pair}"))];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(a, b)| (*a, b.as_str())).collect();
        let url = format!("{}{name}", self.url());
        let http = Http::new(Duration::from_secs(10));
        http.ask(method, &url, &headers, body).expect("Radicale answers")
    }

    /// What is under a name; none if nothing is.
    pub fn event(&self, name: &str) -> Option<Event> {
        let answer = self.ask("GET", name, b"");
        (answer.status == 200).then(|| lines(&answer.text))
    }

    /// The bytes under a name.
    pub fn text(&self, name: &str) -> String {
        self.ask("GET", name, b"").text
    }

    pub fn put(&self, name: &str, text: &str) {
        let status = self.ask("PUT", name, text.as_bytes()).status;
        assert!((200..300).contains(&status), "PUT {name}: {status}");
    }

    pub fn delete(&self, name: &str) {
        let status = self.ask("DELETE", name, b"").status;
        assert!((200..300).contains(&status), "DELETE {name}: {status}");
    }

    /// The names of all that is in the calendar, as they lie on its disk.
    pub fn names(&self) -> Vec<String> {
        names(&self.folder.path().join(format!("data/collection-root/{USER}/releases")))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the calendar has a folder");
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn lines(text: &str) -> Event {
    let unfolded = text.replace("\r\n ", "").replace("\n ", "");
    let lines = unfolded.lines().filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
