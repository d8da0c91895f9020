//! A calendar of a CalDAV server (RFC 4791): Radicale, Nextcloud, Baïkal, Fastmail, iCloud and others.
//!
//! Names of resources are those that we gave: no address that a server answers with is ever called.
//! Redirects are not followed, and a password goes over https, or to this very machine. Deliberately
//! absent: finding calendars by a user's address, Digest, what a server would do by itself (invitations,
//! synchronisation tokens).

use super::{
    Access, Collection, Done, Look, PublishError, Resource,
    multistatus::{self, Response},
};
use crate::{
    error::{Error, Kind, Result},
    integrations::http::{AllowedHosts, Answer, Call, Http, Payload, authorization, without_query},
    web::is_private,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use std::{fmt, fmt::Write as _, time::Duration};
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(30);
/// The names of some fifty thousand events, or the texts of a hundred long ones.
const ANSWER_LIMIT: usize = 16 << 20;
/// How many texts are asked for at once.
const AT_ONCE: usize = 100;
/// Nobody is left alone for longer than this.
const LONGEST_WAIT: u64 = 86_400;
const WHERE: &str = "Settings, Published calendars";

const LOOK: &str = r#"<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><resourcetype/><displayname/><current-user-privilege-set/><C:supported-calendar-component-set/></prop></propfind>"#;
const NAMES: &str = r#"<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>"#;

/// A calendar at its address.
pub struct Calendar {
    http: Http,
    /// Ends in a slash.
    base: Url,
    authorization: Option<SecretString>,
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calendar").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Calendar {
    pub fn new(access: &Access) -> Result<Self> {
        let base = base(&access.address, access.password.is_some())?;
        let allowed = AllowedHosts::of_url(base.as_str()).map_err(|error| error.at("address"))?;
        allowed.check(base.as_str()).map_err(|why| Error::field("address", why))?;
        let authorization = access.password.as_ref().map(|password| {
            SecretString::from(authorization(access.user.trim(), password.expose_secret()))
        });
        Ok(Self { http: Http::new(allowed, None)?, base, authorization })
    }

    fn url(&self, name: &str) -> Result<Url, PublishError> {
        self.base.join(name).ok().filter(|url| !name.contains('/') && url != &self.base).ok_or_else(
            || PublishError::lasting(Error::internal(format!("“{name}” cannot be a resource."))),
        )
    }

    fn call(&self, method: &str, url: &Url) -> Call {
        let mut call = Call::new(method, url.as_str(), TIMEOUT);
        call.answer_limit = ANSWER_LIMIT;
        if let Some(authorization) = &self.authorization {
            call = call.header("Authorization", authorization.expose_secret());
        }
        call
    }

    /// A question whose answer is a multistatus.
    async fn ask(
        &self,
        method: &str,
        depth: &str,
        body: String,
    ) -> Result<Vec<Response>, PublishError> {
        let mut call = self
            .call(method, &self.base)
            .header("Depth", depth)
            .header("Content-Type", "application/xml; charset=utf-8");
        call.body = Payload::Bytes(body.into_bytes());
        let answer = self.http.send(call).await?;
        if answer.status != 207 {
            return Err(self.refusal(&self.base, &answer));
        }
        let read = std::str::from_utf8(&answer.body)
            .map_err(|error| error.to_string())
            .and_then(multistatus::read);
        read.map_err(|why| {
            PublishError::lasting(
                Error::vendor(format!("The calendar’s server answers something strange: {why}."))
                    .hint("Is the address that of a calendar on a CalDAV server?"),
            )
        })
    }

    /// What came of a change: any 2xx is good, and `moved` says that it is not as it was.
    async fn change(&self, call: Call, url: &Url, moved: &[u16]) -> Result<Done, PublishError> {
        let answer = self.http.send(call).await?;
        match answer.status {
            200..=299 => Ok(Done::Changed),
            status if moved.contains(&status) => Ok(Done::Moved),
            _ => Err(self.refusal(url, &answer)),
        }
    }

    /// What another status means, and what to do about it.
    fn refusal(&self, url: &Url, answer: &Answer) -> PublishError {
        let place = without_query(url.as_str());
        let vendor = |message: String, hint: &str| Error::new(Kind::Vendor, message).hint(hint);
        let lasting = |message: String, hint: &str| PublishError::lasting(vendor(message, hint));
        match answer.status {
            429 | 503 => {
                let seconds = answer.retry_after().unwrap_or(60).min(LONGEST_WAIT);
                let message =
                    format!("The calendar’s server wants to be left alone for {seconds} s.");
                let error = vendor(message, "It is asked again by itself.");
                PublishError { error, wait: Some(Duration::from_secs(seconds)), lasting: false }
            }
            401 if self.authorization.is_none() => lasting(
                format!("The server at {place} wants a user and a password (401)."),
                &format!("Enter them in {WHERE}."),
            ),
            401 => lasting(
                "The server does not accept this user with this password (401).".into(),
                &format!(
                    "Enter both again in {WHERE}. Some servers want a password of its own for each program."
                ),
            ),
            403 => lasting(
                format!("This user may not do that at {place} (403)."),
                "Give the user the right to write to this calendar there, or take another calendar.",
            ),
            404 | 410 => lasting(
                format!("There is nothing at {place} ({}).", answer.status),
                "Make the calendar there first, and copy its address from the server.",
            ),
            405 | 501 => lasting(
                format!(
                    "What is at {place} is no calendar: it knows no CalDAV ({}).",
                    answer.status
                ),
                "Copy the address of the calendar from its server; the page that shows it is another.",
            ),
            status @ (301 | 302 | 303 | 307 | 308) => lasting(
                format!(
                    "{place} has moved to {} ({status}).",
                    self.moved_to(answer.header("location").unwrap_or_default())
                ),
                &format!(
                    "No redirection is followed with a password: enter the new address in {WHERE}."
                ),
            ),
            507 => lasting(
                "The calendar’s server has no room left (507).".into(),
                "Make room there; publishing goes on by itself.",
            ),
            status @ 400..=499 => lasting(
                format!("The calendar’s server refuses {place} ({status}). {}", answer.excerpt()),
                "Look at the address, and at what its server says.",
            ),
            status => PublishError::passing(vendor(
                format!("The calendar’s server answers {status}. {}", answer.excerpt()),
                "It is tried again by itself.",
            )),
        }
    }

    fn moved_to(&self, location: &str) -> String {
        self.base.join(location).map(|url| without_query(url.as_str())).unwrap_or_default()
    }
}

/// The address of a collection, ending in a slash; refused where a password would go in the open.
pub fn base(address: &str, password: bool) -> Result<Url> {
    let mut base = Url::parse(address.trim()).map_err(|_| {
        Error::field("address", "This is no address of a calendar.")
            .hint("Write it like https://dav.example.com/calendars/team/releases/.")
    })?;
    if password && !is_private(&base) {
        return Err(Error::field(
            "address",
            "Without https:// the password could be read on its way.",
        )
        .hint("Use https://, or a server on this very machine."));
    }
    if !base.path().ends_with('/') {
        let path = format!("{}/", base.path());
        base.set_path(&path);
    }
    Ok(base)
}

/// Why a place is no calendar that events can be put into.
fn not_a_calendar(found: &Response) -> Option<String> {
    if !found.is_calendar {
        return Some(match found.is_collection {
            true => "There is a folder at this address, and not a calendar.".into(),
            false => "What is at this address is not a calendar.".into(),
        });
    }
    let events = found
        .components
        .as_ref()
        .is_none_or(|all| all.is_empty() || all.iter().any(|one| one == "VEVENT"));
    (!events).then(|| "This calendar holds tasks, and no events.".into())
}

/// Whether what one may do lets one put events there (RFC 3744, 3).
fn lets_write(privileges: &[String]) -> bool {
    privileges.iter().any(|one| ["all", "write", "write-content", "bind"].contains(&one.as_str()))
}

#[async_trait]
impl Collection for Calendar {
    async fn look(&self) -> Result<Look, PublishError> {
        let found = self.ask("PROPFIND", "0", LOOK.into()).await?;
        let found = found.into_iter().next().unwrap_or_default();
        if let Some(why) = not_a_calendar(&found) {
            return Err(PublishError::lasting(
                Error::vendor(why).hint(
                    "Copy the address of one calendar from its server; it often ends in the calendar’s name.",
                ),
            ));
        }
        let may_write = found.privileges.as_deref().map(lets_write);
        Ok(Look { name: found.display_name, may_write })
    }

    async fn names(&self) -> Result<Vec<String>, PublishError> {
        let found = self.ask("PROPFIND", "1", NAMES.into()).await?;
        Ok(found.into_iter().filter(|one| !one.missing).map(|one| one.name).collect())
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Resource>, PublishError> {
        let mut all = Vec::new();
        for part in names.chunks(AT_ONCE) {
            let mut body = String::from(
                r#"<?xml version="1.0" encoding="utf-8"?><C:calendar-multiget xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>"#,
            );
            for name in part {
                let url = self.url(name)?;
                let path = quick_xml::escape::escape(url.path()).into_owned();
                let _ = write!(body, "<href>{path}</href>");
            }
            body.push_str("</C:calendar-multiget>");
            for one in self.ask("REPORT", "1", body).await? {
                if !one.missing && !one.calendar_data.is_empty() && part.contains(&one.name) {
                    let Response { name, etag, calendar_data: text, .. } = one;
                    all.push(Resource { name, etag, text });
                }
            }
        }
        Ok(all)
    }

    async fn put(&self, name: &str, text: &str, over: Option<&str>) -> Result<Done, PublishError> {
        let url = self.url(name)?;
        let mut call =
            self.call("PUT", &url).header("Content-Type", "text/calendar; charset=utf-8");
        call = match over {
            Some(etag) => call.header("If-Match", etag),
            None => call.header("If-None-Match", "*"),
        };
        call.body = Payload::Bytes(text.as_bytes().to_vec());
        self.change(call, &url, &[412]).await
    }

    async fn remove(&self, name: &str, etag: &str) -> Result<Done, PublishError> {
        let url = self.url(name)?;
        let call = self.call("DELETE", &url).header("If-Match", etag);
        self.change(call, &url, &[404, 410, 412]).await
    }
}

#[cfg(test)]
mod tests;
