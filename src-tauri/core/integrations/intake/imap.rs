//! Mails of a mailbox, by IMAP4rev1.
//!
//! `address` is imaps://HOST (TLS from the first byte) or imap://HOST (STARTTLS, without which only
//! a server on this very machine is spoken to); `user` and the secret log in; `query` names the
//! folder, INBOX if empty. The folder is opened for reading only: nothing is marked as seen.
//!
//! The place in a folder is its UIDVALIDITY and the last UID. Where the folder was made anew, or the
//! place is lost, it is read from the beginning (from `since` on): mails have names of their own.

use super::{
    Access, Item, Page, PollError, Source, check_address, mail, read_cursor, vendor, write_cursor,
};
use crate::{
    clock::Instant,
    error::{Error, Result},
    integrations::http::{AllowedHosts, address},
};
use async_imap::{Client, Session, types::Fetch};
use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use rustls_platform_verifier::BuilderVerifierExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, rustls};

const EXAMPLE: &str = "imaps://mail.example.com";
/// For a page, the mails' bytes included.
const TIMEOUT: Duration = Duration::from_secs(180);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How many mails a page holds.
const PAGE: usize = 25;
/// How many bytes of mails a page holds, unless the first one alone is larger.
const PAGE_BYTES: u64 = 48 << 20;
/// Of a larger mail only the headers are read.
const LARGEST: u32 = 64 << 20;

#[derive(Debug)]
pub struct Mailbox {
    host: String,
    port: u16,
    tls: Tls,
    user: String,
    secret: Option<SecretString>,
    folder: String,
    since: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tls {
    AtOnce,
    Starts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    validity: u32,
    uid: u32,
}

/// Either kind of connection.
trait Line: AsyncRead + AsyncWrite + Unpin + fmt::Debug + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + fmt::Debug + Send> Line for T {}
type Connection = Box<dyn Line>;

impl Mailbox {
    pub fn new(access: &Access) -> Result<Self> {
        let url = check_address(&access.address, &["imap", "imaps"], EXAMPLE)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let tls = if url.scheme() == "imaps" { Tls::AtOnce } else { Tls::Starts };
        let port = url.port().unwrap_or(if tls == Tls::AtOnce { 993 } else { 143 });
        if !access.hosts.is_empty() {
            let place = format!("https://{host}:{port}");
            let allowed = AllowedHosts::new(&access.hosts)?;
            allowed.check(&place).map_err(|why| Error::field("address", why))?;
        }
        if access.user.trim().is_empty() {
            return Err(Error::field("user", "The user of the mailbox is missing."));
        }
        let folder = match access.query.trim() {
            "" => "INBOX".to_owned(),
            folder => folder.to_owned(),
        };
        Ok(Self {
            host,
            port,
            tls,
            user: access.user.trim().to_owned(),
            secret: access.secret.clone(),
            folder,
            since: access.since,
        })
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    async fn connect(&self) -> Result<Client<Connection>, PollError> {
        let offline = |why: String| {
            let message = format!("The mail server {} cannot be reached: {why}.", self.place());
            PollError::passing(Error::offline(message).hint("It is tried again by itself."))
        };
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let found = address::resolve(host, self.port).await;
        let addresses = found.map_err(|error| offline(error.to_string()))?;
        let local = addresses.iter().all(|address| address.ip().is_loopback());
        let dialled = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(&addresses[..]));
        let stream = match dialled.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(offline(error.to_string())),
            Err(_) => return Err(offline("no answer".into())),
        };
        if self.tls == Tls::AtOnce {
            let mut client = Client::new(self.secure(stream).await?);
            self.greeting(&mut client).await?;
            return Ok(client);
        }
        let mut client = Client::new(stream);
        self.greeting(&mut client).await?;
        match client.run_command_and_check_ok("STARTTLS", None).await {
            Ok(()) => Ok(Client::new(self.secure(client.into_inner()).await?)),
            // What does not leave the machine needs no cover.
            Err(_) if local => Ok(Client::new(Box::new(client.into_inner()) as Connection)),
            Err(error) => Err(PollError::lasting(vendor(
                format!("{} offers no encryption ({error}).", self.place()),
                "A password is not sent in the open: use imaps://, or a server with STARTTLS.",
            ))),
        }
    }

    async fn greeting<T: AsyncRead + AsyncWrite + Unpin + fmt::Debug + Send>(
        &self,
        client: &mut Client<T>,
    ) -> Result<(), PollError> {
        match client.read_response().await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(self.broken("it hung up")),
            Err(error) => Err(self.broken(error)),
        }
    }

    async fn secure(&self, stream: TcpStream) -> Result<Connection, PollError> {
        let config = rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .and_then(|builder| Ok(builder.with_platform_verifier()?.with_no_client_auth()))
        .map_err(|error| PollError::passing(Error::internal(error.to_string())))?;
        let host = self.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = rustls::pki_types::ServerName::try_from(host)
            .map_err(|error| PollError::lasting(Error::field("address", error.to_string())))?;
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream);
        match tokio::time::timeout(CONNECT_TIMEOUT, shaken).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(PollError::lasting(vendor(
                format!("{} cannot prove who it is: {error}.", self.place()),
                "Look at the address; a certificate of one's own authority must be trusted by this \
                 machine.",
            ))),
            Err(_) => Err(self.broken("no answer")),
        }
    }

    /// The exchange ended in the middle; it will be had again.
    fn broken(&self, why: impl fmt::Display) -> PollError {
        let message = format!("The exchange with {} broke off: {why}.", self.place());
        PollError::passing(Error::offline(message).hint("It is tried again by itself."))
    }

    async fn open(&self) -> Result<(Session<Connection>, u32), PollError> {
        let Some(secret) = &self.secret else {
            return Err(PollError::lasting(
                Error::field("secret", "This machine has no password for the mailbox.")
                    .hint("Enter it in Settings, Sources."),
            ));
        };
        let client = self.connect().await?;
        let mut session = match client.login(&self.user, secret.expose_secret()).await {
            Ok(session) => session,
            Err((async_imap::error::Error::No(said) | async_imap::error::Error::Bad(said), _)) => {
                return Err(PollError::lasting(vendor(
                    format!("{} does not accept user and password: {said}.", self.place()),
                    "Enter them again in Settings, Sources; some servers want a password for apps.",
                )));
            }
            Err((error, _)) => return Err(self.broken(error)),
        };
        let folder = match session.examine(folder_name(&self.folder)).await {
            Ok(folder) => folder,
            Err(async_imap::error::Error::No(said)) => {
                return Err(PollError::lasting(vendor(
                    format!("There is no folder {} that could be read: {said}.", self.folder),
                    "Look at the query of the source: it names the folder.",
                )));
            }
            Err(error) => return Err(self.broken(error)),
        };
        Ok((session, folder.uid_validity.unwrap_or_default()))
    }

    async fn page(&self, cursor: Cursor) -> Result<Page, PollError> {
        let (mut session, validity) = self.open().await?;
        let mut cursor =
            if cursor.validity == validity { cursor } else { Cursor { validity, uid: 0 } };
        let broken = |error: async_imap::error::Error| self.broken(error);
        let mut query = format!("UID {}:*", cursor.uid.saturating_add(1));
        if let Some(since) = self.since {
            // A server compares the day by its own zone.
            let day = since.minus(Duration::from_secs(86_400)).timestamp();
            query.push_str(&day.strftime(" SINCE %-d-%b-%Y").to_string());
        }
        let found = session.uid_search(&query).await.map_err(broken)?;
        // `n:*` names the last mail even where it comes before n.
        let mut uids: Vec<u32> = found.into_iter().filter(|uid| *uid > cursor.uid).collect();
        uids.sort_unstable();
        let more_than_a_page = uids.len() > PAGE;
        uids.truncate(PAGE);
        let mut items = Vec::new();
        let mut bytes = 0;
        let mut full = false;
        for uid in uids {
            let known = fetch(&mut session, uid, "(UID INTERNALDATE RFC822.SIZE)").await;
            // It may have been moved away meanwhile.
            let Some(known) = known.map_err(broken)? else {
                cursor.uid = uid;
                continue;
            };
            let size = known.size.unwrap_or_default();
            if !items.is_empty() && bytes + u64::from(size) > PAGE_BYTES {
                full = true;
                break;
            }
            let arrived = known.internal_date();
            let arrived = arrived.map(|at| Instant::from_micros(at.timestamp_micros()));
            if self.since.is_some_and(|since| arrived.is_some_and(|at| at < since)) {
                cursor.uid = uid;
                continue;
            }
            if let Some(item) = self.mail(&mut session, uid, size, arrived).await.map_err(broken)? {
                bytes += u64::from(size);
                items.push(item);
            }
            cursor.uid = uid;
        }
        // What is read is read; whether the goodbye arrives changes nothing.
        drop(session.logout().await);
        let more = full || more_than_a_page;
        Ok(Page { items, cursor: write_cursor(&cursor)?, more, ..Page::default() })
    }

    async fn mail(
        &self,
        session: &mut Session<Connection>,
        uid: u32,
        size: u32,
        arrived: Option<Instant>,
    ) -> async_imap::error::Result<Option<Item>> {
        if size > LARGEST {
            let Some(fetched) = fetch(session, uid, "(UID BODY.PEEK[HEADER])").await? else {
                return Ok(None);
            };
            let mut item = mail::item(fetched.header().unwrap_or_default(), arrived);
            item.files.clear();
            item.text =
                format!("The mail is of {} MB and was not read; it is in the mailbox.", size >> 20);
            return Ok(Some(item));
        }
        let fetched = fetch(session, uid, "(UID BODY.PEEK[])").await?;
        Ok(fetched.map(|fetched| mail::item(fetched.body().unwrap_or_default(), arrived)))
    }
}

async fn fetch(
    session: &mut Session<Connection>,
    uid: u32,
    what: &str,
) -> async_imap::error::Result<Option<Fetch>> {
    let found: Vec<Fetch> = session.uid_fetch(uid.to_string(), what).await?.try_collect().await?;
    Ok(found.into_iter().find(|one| one.uid == Some(uid)))
}

#[async_trait]
impl Source for Mailbox {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        let page = self.page(read_cursor(cursor));
        tokio::time::timeout(TIMEOUT, page).await.unwrap_or_else(|_| {
            Err(self.broken(format!("nothing came within {} s", TIMEOUT.as_secs())))
        })
    }
}

/// A folder's name as IMAP4rev1 spells it: printable ASCII, and the rest in a base64 of its own
/// (RFC 3501, 5.1.3).
fn folder_name(name: &str) -> String {
    use base64::Engine as _;
    let mut out = String::new();
    let mut other: Vec<u8> = Vec::new();
    let flush = |other: &mut Vec<u8>, out: &mut String| {
        if !other.is_empty() {
            let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&*other);
            out.push_str(&format!("&{}-", text.replace('/', ",")));
            other.clear();
        }
    };
    for letter in name.chars() {
        if (' '..='~').contains(&letter) {
            flush(&mut other, &mut out);
            out.push(letter);
            if letter == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            other
                .extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut other, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(address: &str, user: &str) -> Result<Mailbox> {
        let access = Access { address: address.into(), user: user.into(), ..Access::default() };
        Mailbox::new(&access)
    }

    #[test]
    fn a_mailbox_says_which_field_is_wrong() {
        let at = |address, user| mailbox(address, user).unwrap_err().location;
        assert_eq!(at("https://mail.example.com", "x").as_deref(), Some("address"));
        assert_eq!(at("imaps://mail.example.com", " ").as_deref(), Some("user"));
        let found = mailbox("imaps://mail.example.com", "support").unwrap();
        assert_eq!((found.port, found.folder.as_str(), found.tls), (993, "INBOX", Tls::AtOnce));
        assert_eq!(mailbox("imap://mail.example.com", "support").unwrap().port, 143);
    }

    #[test]
    fn folders_may_be_called_as_people_like() {
        // RFC 3501's own example.
        let name = "~peter/mail/台北/日本語";
        assert_eq!(folder_name(name), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(folder_name("R&D"), "R&-D");
    }

    #[tokio::test]
    async fn nobody_there_is_tried_again_and_no_password_is_asked_of_a_person() {
        let mut nobody = mailbox("imap://127.0.0.1:1", "x").unwrap();
        let error = nobody.poll(None).await.unwrap_err();
        assert!(error.lasting && error.error.location.as_deref() == Some("secret"), "{error:?}");
        nobody.secret = Some("s3cret".to_owned().into());
        let error = nobody.poll(None).await.unwrap_err();
        assert!(!error.lasting && error.error.message.contains("127.0.0.1:1"), "{error:?}");
        assert!(!format!("{nobody:?}").contains("s3cret"));
    }
}
