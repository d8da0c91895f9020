//! Mails through a mail server (SMTP, RFC 5321; submission, RFC 6409): one to each recipient, so that nobody
//! sees who else was written to and one wrong address stops nobody else's mail.
//!
//! `address` is smtps://HOST (TLS from the first byte) or smtp://HOST:PORT (STARTTLS, without which only a
//! server on this very machine is spoken to). A mail keeps its Message-ID over attempts: a server that
//! takes it twice can tell. Whoever was accepted is told of before the next mail leaves. A line to the server is
//! kept for the next message, until it rests.

use super::{Channel, Outgoing, Recipient, SendError, Told};
use crate::{
    error::{Error, Result},
    integrations::http::address,
};
use async_trait::async_trait;
use lettre::{
    Address, Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail as MailFrom, Noop, Rcpt, Rset},
        extension::{ClientId, Extension, MailParameter},
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use std::{fmt, time::Duration};
use tokio::sync::Mutex;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// For the login, and for one mail.
const TIMEOUT: Duration = Duration::from_secs(60);
const WHERE: &str = "Settings, Messengers";

/// How a mail server is reached.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub address: String,
    pub user: String,
    pub password: Option<SecretString>,
    pub from: String,
    pub reply_to: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tls {
    AtOnce,
    Starts,
}

pub struct MailServer {
    host: String,
    port: u16,
    tls: Tls,
    login: Option<Credentials>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    /// Kept for the next message, until it rests.
    kept: Mutex<Option<AsyncSmtpConnection>>,
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").field("place", &self.place()).finish_non_exhaustive()
    }
}

/// What became of one mail.
enum Failure {
    /// This recipient will not have it; the others may.
    Refused(String),
    /// This recipient may have it later.
    PutOff(String),
    /// The exchange itself is at its end.
    Broken(SendError),
}

impl MailServer {
    /// Errors are at the field that is wrong, with the remedy.
    pub fn new(access: &Access) -> Result<Self> {
        let wrong = || {
            Error::field("address", "This is no address of a mail server.")
                .hint("Write it like smtps://mail.example.com, or smtp://mail.example.com:587.")
        };
        let url = url::Url::parse(access.address.trim()).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let (tls, usual) = match url.scheme() {
            "smtps" => (Tls::AtOnce, 465),
            "smtp" => (Tls::Starts, 587),
            _ => return Err(wrong()),
        };
        let mailbox = |field: &str, typed: &str| {
            typed.trim().parse::<Mailbox>().map_err(|error| {
                Error::field(field, format!("“{}” is no mail address: {error}.", typed.trim()))
                    .hint("Write it like Support <support@example.com>.")
            })
        };
        let reply_to = match access.reply_to.trim() {
            "" => None,
            typed => Some(mailbox("reply_to", typed)?),
        };
        let user = access.user.trim();
        let login = match &access.password {
            Some(password) if !user.is_empty() => {
                Some(Credentials::new(user.into(), password.expose_secret().into()))
            }
            _ => None,
        };
        Ok(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port().unwrap_or(usual),
            tls,
            login,
            from: mailbox("from", &access.from)?,
            reply_to,
            kept: Mutex::default(),
        })
    }

    fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// A line to the server, covered and logged in.
    async fn open(&self) -> Result<AsyncSmtpConnection, SendError> {
        // One that was kept may have been closed by the other side meanwhile: nothing was sent by it then.
        if let Some(mut line) = self.kept.lock().await.take()
            && let Ok(Ok(_)) = tokio::time::timeout(CONNECT_TIMEOUT, line.command(Rset)).await
        {
            return Ok(line);
        }
        let opened = tokio::time::timeout(TIMEOUT, self.connect()).await;
        opened.unwrap_or_else(|_| Err(self.unreachable("no answer")))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let found = address::resolve(&self.host, self.port).await;
        let addresses = found.map_err(|error| self.unreachable(error))?;
        let local = addresses.iter().all(|address| address.ip().is_loopback());
        let hello = ClientId::default();
        let covered = || {
            TlsParameters::new(self.host.clone())
                .map_err(|error| SendError::lasting(format!("TLS cannot be had here: {error}.")))
        };
        let at_once = match self.tls {
            Tls::AtOnce => Some(covered()?),
            Tls::Starts => None,
        };
        let connected = AsyncSmtpConnection::connect_tokio1(
            &addresses[..],
            Some(CONNECT_TIMEOUT),
            &hello,
            at_once,
            None,
        );
        let mut line = connected.await.map_err(|error| self.no_line(&error))?;
        if self.tls == Tls::Starts {
            if line.can_starttls() {
                let upgraded = line.starttls(covered()?, &hello).await;
                upgraded.map_err(|error| self.no_line(&error))?;
            } else if !local {
                // What does not leave the machine needs no cover.
                return Err(SendError::lasting(format!(
                    "{} offers no encryption, and mails are not sent in the open. Use smtps://, or a server with STARTTLS.",
                    self.place()
                )));
            }
        }
        if let Some(login) = &self.login {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            line.auth(&mechanisms, login).await.map_err(|error| match said(&error) {
                Some((code, said)) if code < 500 => {
                    SendError::passing(format!("{} lets nobody log in now: {said}.", self.place()))
                }
                Some((_, said)) => SendError::lasting(format!(
                    "{} does not accept user and password: {said}. Enter them again in {WHERE}; some servers want a password for apps.",
                    self.place()
                )),
                None if error.is_client() => SendError::lasting(format!(
                    "{} offers no login with a password. Leave the user empty in {WHERE}, or use another port.",
                    self.place()
                )),
                None => self.broken(&error),
            })?;
        }
        Ok(line)
    }

    fn unreachable(&self, why: impl fmt::Display) -> SendError {
        SendError::passing(format!("The mail server {} cannot be reached: {why}.", self.place()))
    }

    fn no_line(&self, error: &lettre::transport::smtp::Error) -> SendError {
        match said(error) {
            Some((code, said)) if code >= 500 => {
                SendError::lasting(format!("{} speaks to nobody from here: {said}.", self.place()))
            }
            Some((_, said)) => SendError::passing(format!("{} is busy: {said}.", self.place())),
            None if error.is_tls() || cause(error).contains("certificate") => {
                SendError::lasting(format!(
                    "{} cannot prove who it is: {}. Look at the address; a certificate of one’s own authority must be trusted by this machine.",
                    self.place(),
                    cause(error)
                ))
            }
            None => self.unreachable(cause(error)),
        }
    }

    fn broken(&self, error: &lettre::transport::smtp::Error) -> SendError {
        let why = cause(error);
        SendError::passing(format!("The exchange with {} broke off: {why}.", self.place()))
    }

    /// Whether it answers, covers the line and lets us in. Nothing is sent.
    pub async fn check(&self) -> Result<String, SendError> {
        let mut line = self.open().await?;
        line.command(Noop).await.map_err(|error| self.broken(&error))?;
        let covered = if line.is_encrypted() { ", encrypted" } else { ", on this machine" };
        let login = match self.login {
            Some(_) => " and accepts user and password",
            None => "",
        };
        drop(tokio::time::timeout(CONNECT_TIMEOUT, line.quit()).await);
        Ok(format!("{} answers{covered}{login}.", self.place()))
    }

    /// The mail for one recipient.
    fn mail(&self, outgoing: &Outgoing, one: &Recipient) -> Result<(Address, Vec<u8>), String> {
        let address: Address = one
            .reach
            .trim()
            .parse()
            .map_err(|error| format!("“{}” is no mail address: {error}", one.reach.trim()))?;
        let name = one.name.split(char::is_control).collect::<Vec<_>>().join(" ");
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        // One line, whatever was pasted: a line break would end the header.
        let subject = outgoing.subject.split(char::is_control).collect::<Vec<_>>().join(" ");
        let id = format!("<{}.{}@{}>", outgoing.id, one.place, self.from.email.domain());
        let mut mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address.clone()))
            .subject(subject)
            .message_id(Some(id))
            .date_now()
            // RFC 3834: nobody's absence assistant answers.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ))
            .header(ContentType::TEXT_PLAIN);
        if let Some(reply_to) = &self.reply_to {
            mail = mail.reply_to(reply_to.clone());
        }
        let mail = mail.body(outgoing.body.clone()).map_err(|error| error.to_string())?;
        Ok((address, mail.formatted()))
    }

    /// Gives one mail to the server.
    async fn give(
        &self,
        line: &mut AsyncSmtpConnection,
        outgoing: &Outgoing,
        one: &Recipient,
    ) -> Result<(), Failure> {
        let (address, bytes) = self.mail(outgoing, one).map_err(Failure::Refused)?;
        let mut options = Vec::new();
        let plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !plain(&address) || !plain(&self.from.email) {
            if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::Refused(format!(
                    "{} takes no addresses with letters like these (no SMTPUTF8)",
                    self.place()
                )));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        let sender = line.command(MailFrom::new(Some(self.from.email.clone()), options)).await;
        sender.map_err(|error| match said(&error) {
            Some((code, said)) if code >= 500 => Failure::Broken(SendError::lasting(format!(
                "{} takes no mails from {}: {said}.",
                self.place(),
                self.from.email
            ))),
            _ => self.sorted(&error),
        })?;
        let steps = async {
            line.command(Rcpt::new(address, Vec::new())).await?;
            line.command(Data).await?;
            line.command(Content(&bytes)).await
        };
        steps.await.map(drop).map_err(|error| self.sorted(&error))
    }

    fn sorted(&self, error: &lettre::transport::smtp::Error) -> Failure {
        match said(error) {
            // It closes the line (RFC 5321, 3.8).
            Some((421, said)) => {
                Failure::Broken(SendError::passing(format!("{} hung up: {said}.", self.place())))
            }
            Some((code, said)) if code >= 500 => Failure::Refused(said),
            Some((_, said)) => Failure::PutOff(said),
            None => Failure::Broken(self.broken(error)),
        }
    }
}

/// A mail as it follows DATA: a dot at the beginning of a line is doubled, and one alone ends it (RFC 5321, 4.5.2).
/// Written at once, because its end alone would wait for the other side's acknowledgement (Nagle): 40 ms a mail.
struct Content<'a>(&'a [u8]);

impl fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `mail` makes is ASCII.
        let text = String::from_utf8_lossy(self.0);
        let first = if text.starts_with('.') { "." } else { "" };
        write!(f, "{first}{}\r\n.\r\n", text.replace("\r\n.", "\r\n.."))
    }
}

/// What the server answered, if it did: its code, and code and words on one line.
fn said(error: &lettre::transport::smtp::Error) -> Option<(u16, String)> {
    let code = u16::from(error.status()?);
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: String = words.chars().take(300).collect();
    Some((code, format!("{code} {}", words.trim_end_matches('.')).trim_end().to_owned()))
}

/// The innermost cause.
fn cause(error: &lettre::transport::smtp::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string().trim_end_matches('.').to_owned()
}

#[async_trait]
impl Channel for MailServer {
    async fn send(&self, outgoing: &Outgoing, told: &dyn Told) -> Result<(), SendError> {
        if outgoing.recipients.is_empty() {
            return Ok(());
        }
        let mut line = self.open().await?;
        let mut put_off = Vec::new();
        for one in &outgoing.recipients {
            let given = tokio::time::timeout(TIMEOUT, self.give(&mut line, outgoing, one)).await;
            let silent = || {
                let why =
                    format!("{} did not answer within {} s.", self.place(), TIMEOUT.as_secs());
                Err(Failure::Broken(SendError::passing(why)))
            };
            match given.unwrap_or_else(|_| silent()) {
                Ok(()) => {
                    told.told(one.place, None).await?;
                    continue;
                }
                Err(Failure::Refused(why)) => told.told(one.place, Some(why)).await?,
                Err(Failure::PutOff(why)) => put_off.push(why),
                Err(Failure::Broken(error)) => return Err(error),
            }
            line.command(Rset).await.map_err(|error| self.broken(&error))?;
        }
        *self.kept.lock().await = Some(line);
        match put_off.first() {
            None => Ok(()),
            Some(first) => Err(SendError::passing(format!(
                "{} put off {} of {} recipients: {first}.",
                self.place(),
                put_off.len(),
                outgoing.recipients.len()
            ))),
        }
    }

    async fn rest(&self) {
        if let Some(mut line) = self.kept.lock().await.take() {
            // What is sent is sent, however the goodbye goes.
            drop(tokio::time::timeout(CONNECT_TIMEOUT, line.quit()).await);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> MailServer {
        MailServer::new(&Access {
            address: "smtps://mail.example.com".into(),
            from: "Shop Support <support@example.com>".into(),
            reply_to: "help@example.com".into(),
            ..Access::default()
        })
        .unwrap()
    }

    fn one(name: &str, reach: &str) -> Recipient {
        Recipient { place: 4, name: name.into(), reach: reach.into() }
    }

    #[test]
    fn a_mail_has_a_name_of_its_own_that_stays_and_one_recipient() {
        let outgoing = Outgoing {
            id: "MSG-3.0190".into(),
            subject: "修复: it is fixed".into(),
            body: "Please reload.\n.\nThank you, grüße".into(),
            ..Outgoing::default()
        };
        let (to, bytes) = server().mail(&outgoing, &one("Ann Lee", "ann@example.org")).unwrap();
        assert_eq!(to.to_string(), "ann@example.org");
        let text = String::from_utf8(bytes).unwrap();
        for line in [
            "From: \"Shop Support\" <support@example.com>",
            "To: \"Ann Lee\" <ann@example.org>",
            "Reply-To: help@example.com",
            "Message-ID: <MSG-3.0190.4@example.com>",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let again = server().mail(&outgoing, &one("Ann Lee", "ann@example.org")).unwrap().1;
        let id = |text: &str| {
            text.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned)
        };
        assert_eq!(id(&text), id(&String::from_utf8(again).unwrap()));
        assert!(text.is_ascii(), "any server takes it");
    }

    #[test]
    fn a_line_with_a_dot_does_not_end_the_mail() {
        assert_eq!(Content(b".a\r\n.\r\n..b\r\n").to_string(), "..a\r\n..\r\n...b\r\n\r\n.\r\n");
    }

    #[test]
    fn no_text_becomes_a_header_and_a_wrong_address_is_said() {
        let outgoing = Outgoing {
            id: "MSG-3".into(),
            subject: "Fixed\r\nBcc: all@example.com".into(),
            ..Outgoing::default()
        };
        let name = "Ann\r\nBcc: all@example.com";
        let (_, bytes) = server().mail(&outgoing, &one(name, "ann@example.org")).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
        for wrong in ["ann", "ann@", "a@b\r\nRCPT TO:<c@d>", "a b@example.com"] {
            let why = server().mail(&outgoing, &one("", wrong)).unwrap_err();
            assert!(why.contains("no mail address"), "{wrong}: {why}");
        }
    }
}
