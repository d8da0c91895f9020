//! Where others keep what may become an issue: trackers, mailboxes, monitoring; and calendars, which
//! become no issues. A file each under `intake/`.
//!
//! A source is read page by page and never written to: nothing is marked as read, answered or
//! silenced there. It says what is there and where it stopped; what of it is new, and what becomes
//! of it, is decided by who asked. Reading a page again is harmless and gives what it gave before,
//! as far as that is still so.

pub mod alertmanager;
pub mod file;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod ics;
pub mod imap;
pub mod mail;
pub mod prometheus;
pub mod sentry;
mod sweep;
mod web;

use crate::{
    clock::Instant,
    error::{Error, Kind},
    integrations::http::CallError,
};
use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, time::Duration};

/// Something that is read again and again.
#[async_trait]
pub trait Source: Send + Sync {
    /// The next page. `cursor` is what the page before gave; without it, from the beginning.
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError>;
}

/// Where a source is and what is asked of it. Which field means what, each file says.
#[derive(Clone, Default)]
pub struct Access {
    pub address: String,
    /// `host` or `host:port` that may be reached; empty means the address's own.
    pub hosts: Vec<String>,
    pub query: String,
    pub user: String,
    pub secret: Option<secrecy::SecretString>,
    /// The labels whose values make alerts one and the same trouble.
    pub group_by: Vec<String>,
    /// Nothing that began before is of interest.
    pub since: Option<Instant>,
}

/// A part of what is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub items: Vec<Item>,
    /// Where the next page begins. Opaque; kept by who asked, once the items are safe.
    pub cursor: String,
    /// There is more to be had at once.
    pub more: bool,
    /// This is all that is going on: what was going on before and is not here is over.
    pub whole: bool,
    /// A calendar, whole; none if it is as it was.
    pub calendar: Option<Vec<u8>>,
}

/// One thing that may be an issue, or may belong to one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The source's own name for it, the same for ever: two of one name are one trouble.
    pub id: String,
    /// Where a person reads it there; empty if nowhere.
    pub url: String,
    pub title: String,
    pub text: String,
    /// What a mail repeats of the mails before it.
    pub quoted: String,
    pub from: Sender,
    /// When it began, as the source claims.
    pub at: Option<Instant>,
    pub labels: BTreeMap<String, String>,
    pub files: Vec<File>,
    pub seen: Seen,
    /// The names of those it may be an answer to, the nearest first.
    pub answers: Vec<String>,
    /// A machine wrote it in answer (out of office, a bounce): it answers nothing.
    pub automatic: bool,
    /// Somebody there has silenced it: it is not news.
    pub held: bool,
    /// It is over there, in the source's words.
    pub over: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    pub name: String,
    /// A mail address, or a name at the source.
    pub reach: String,
}

/// Bytes that came with an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub media: String,
    pub bytes: Vec<u8>,
}

/// How often it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// It is what it is, once.
    #[default]
    Once,
    /// The source counts, from the beginning of time.
    Total { times: u64, last: Option<Instant> },
    /// Everything of it that is going on now, each with a short name of its own.
    Now { marks: Vec<String>, last: Option<Instant> },
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollError {
    pub error: Error,
    /// How long the source wants to be left alone.
    pub wait: Option<Duration>,
    /// It will not pass by itself: a person has to change something.
    pub lasting: bool,
}

impl PollError {
    /// It may be better next time.
    fn passing(error: Error) -> Self {
        Self { error, wait: None, lasting: false }
    }

    /// Somebody has to change something.
    fn lasting(error: Error) -> Self {
        Self { error, wait: None, lasting: true }
    }

    fn strange(place: &str, what: impl std::fmt::Display) -> Self {
        Self::lasting(
            Error::vendor(format!("{place} answers something else than it should: {what}."))
                .hint("Is the address that of the right system?"),
        )
    }
}

impl From<CallError> for PollError {
    fn from(error: CallError) -> Self {
        Self::passing(Error::from(error).hint("It is tried again by itself."))
    }
}

/// A short name for something that has a long one.
fn mark(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.finalize()[..8])
}

/// A tracker's label as a name and a value: `area/checkout`, `version: 2.4`, `bug`.
fn label(text: &str) -> (String, String) {
    let text = text.trim();
    let split = text.split_once("::").or_else(|| text.split_once([':', '/']));
    let (name, value) = split.unwrap_or((text, text));
    (name.trim().to_owned(), value.trim().to_owned())
}

/// At most so many characters, with a sign that some are missing.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{} …", text[..at].trim_end()),
    }
}

fn instant(text: &str) -> Option<Instant> {
    text.parse().ok()
}

/// What of a cursor can be read; one of another version or of another source counts as lost.
fn read_cursor<T: serde::de::DeserializeOwned + Default>(cursor: Option<&str>) -> T {
    cursor.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn write_cursor<T: serde::Serialize>(cursor: &T) -> Result<String, PollError> {
    serde_json::to_string(cursor).map_err(|error| PollError::passing(Error::from(error)))
}

/// Refuses an address that no call could go to, with the field.
fn check_address(address: &str, schemes: &[&str], example: &str) -> Result<url::Url, Error> {
    let wrong = |why: &str| {
        Error::field("address", format!("“{}” {why}.", shortened(address, 80)))
            .hint(format!("Write it like {example}."))
    };
    let url = url::Url::parse(address).map_err(|_| wrong("is not an address"))?;
    if !schemes.contains(&url.scheme()) {
        return Err(wrong("is an address of another kind"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user or a password, which have fields of their own"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has more than a path"));
    }
    Ok(url)
}

fn vendor(message: String, hint: &str) -> Error {
    Error::new(Kind::Vendor, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_name_and_a_value_however_a_tracker_spells_it() {
        for (text, name, value) in [
            ("bug", "bug", "bug"),
            ("area/checkout", "area", "checkout"),
            ("version: 2.4", "version", "2.4"),
            ("component::cart", "component", "cart"),
        ] {
            assert_eq!(label(text), (name.to_owned(), value.to_owned()));
        }
    }

    #[test]
    fn marks_tell_apart_what_differs_and_are_the_same_for_the_same() {
        assert_eq!(mark(&["a", "b"]), mark(&["a", "b"]));
        assert_ne!(mark(&["a", "b"]), mark(&["ab", ""]));
        assert_eq!(mark(&["a"]).len(), 11);
    }

    #[test]
    fn an_address_is_refused_with_what_is_wrong_in_it() {
        let check = |text| check_address(text, &["http", "https"], "https://x.example.com");
        assert!(check("https://alerts.example.com/prefix").is_ok());
        for text in ["", "alerts", "imap://x", "https://u:p@x", "https://x/?q=1", "https://x/#a"] {
            assert_eq!(check(text).unwrap_err().location.as_deref(), Some("address"), "{text}");
        }
    }
}
