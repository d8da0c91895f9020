//! A calendar that somebody publishes: an .ics file at an address (RFC 5545), such as the secret
//! address of a Google calendar, a published Outlook or Apple calendar, or a file on a web server.
//!
//! `address` may begin with webcal://, which is https://; `query` is what stands after its question
//! mark. Where a part of either is itself the secret, `{secret}` stands for it: it comes from the
//! keychain and is in no event and no sentence. The calendar is asked for only if it has changed since
//! (ETag, Last-Modified), and comes whole.

use super::{
    Access, Page, PollError, Source, read_cursor, vendor,
    web::{Sign, Web},
    write_cursor,
};
use crate::error::{Error, Result};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

const EXAMPLE: &str = "https://calendar.example.com/holidays.ics";

#[derive(Debug)]
pub struct Calendar {
    web: Web,
    question: Option<String>,
    /// What stands in the address for `{secret}`.
    hidden: Option<SecretString>,
}

const PLACE: &str = "{secret}";

/// What the server said of the answer before.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    etag: Option<String>,
    modified: Option<String>,
}

impl Calendar {
    pub fn new(access: &Access) -> Result<Self> {
        let mut access = access.clone();
        if let Some(rest) = access.address.strip_prefix("webcal://") {
            access.address = format!("https://{rest}");
        }
        let mut hidden = None;
        if access.address.contains(PLACE) || access.query.contains(PLACE) {
            // It is sent nowhere else.
            hidden = access.secret.take();
            if let Some(secret) = &hidden {
                let secret = secret.expose_secret().trim();
                access.address = access.address.replace(PLACE, secret);
                access.query = access.query.replace(PLACE, secret);
            }
        }
        let question = access.query.trim().trim_start_matches('?');
        if question.chars().any(|letter| letter.is_whitespace() || letter == '#') {
            return Err(Error::field("query", "This cannot stand in an address.")
                .hint("Write what stands after its question mark, such as export."));
        }
        let question = (!question.is_empty()).then(|| question.to_owned());
        let web = Web::new(&access, Sign::Authorization, "The calendar", EXAMPLE)?
            .accepting("text/calendar, text/plain;q=0.5, */*;q=0.1");
        Ok(Self { web, question, hidden })
    }

    /// An error without the secret part of the address.
    fn masked(&self, mut error: PollError) -> PollError {
        if let Some(secret) = self.hidden.as_ref().map(|one| one.expose_secret().trim())
            && !secret.is_empty()
        {
            error.error.message = error.error.message.replace(secret, PLACE);
            error.error.hint = error.error.hint.map(|hint| hint.replace(secret, PLACE));
        }
        error
    }
}

/// Refuses what is no calendar, and what ends before its end. `name` begins the sentence.
pub(super) fn uncut(bytes: &[u8], name: &str) -> Result<(), PollError> {
    let lines = |text: &[u8]| {
        bytes.split(|byte| *byte == b'\n').filter(|line| line.trim_ascii() == text).count()
    };
    if !bytes.windows(BEGIN.len()).any(|part| part == BEGIN) {
        return Err(PollError::strange(name, "no BEGIN:VCALENDAR is in it"));
    }
    // There may be several in one file; what a text quotes is indented and ends none.
    let ended = lines(END);
    if ended == 0 || ended < lines(BEGIN) {
        return Err(PollError::passing(vendor(
            format!("{name} was cut off: it has no END:VCALENDAR."),
            "It is tried again by itself; nothing was changed.",
        )));
    }
    Ok(())
}

const BEGIN: &[u8] = b"BEGIN:VCALENDAR";
const END: &[u8] = b"END:VCALENDAR";

#[async_trait]
impl Source for Calendar {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        let known: Cursor = read_cursor(cursor);
        let mut url = self.web.url("", &[])?;
        if let Some(question) = &self.question {
            url = format!("{url}?{question}");
        }
        let mut asked = Vec::new();
        if let Some(etag) = &known.etag {
            asked.push(("If-None-Match", etag.as_str()));
        } else if let Some(modified) = &known.modified {
            asked.push(("If-Modified-Since", modified.as_str()));
        }
        let answer = self.web.get(&url, &asked).await.map_err(|error| self.masked(error))?;
        let Some(answer) = answer else {
            let cursor = cursor.unwrap_or_default().to_owned();
            return Ok(Page { cursor, ..Page::default() });
        };
        uncut(&answer.body, "The calendar")?;
        let header = |name: &str| answer.header(name).map(str::to_owned);
        let cursor = Cursor { etag: header("etag"), modified: header("last-modified") };
        Ok(Page {
            calendar: Some(answer.body.to_vec()),
            cursor: write_cursor(&cursor)?,
            ..Page::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::http::loopback::{Loopback, Reply, answer};

    const EMPTY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";

    fn calendar(server: &Loopback) -> Calendar {
        let address = format!("{}/team.ics", server.url());
        let access = Access { address, query: "?export".into(), ..Access::default() };
        Calendar::new(&access).unwrap()
    }

    fn with_etag(etag: &str) -> Reply {
        let headers = vec![("ETag", etag.to_owned()), ("Content-Type", "text/calendar".into())];
        Reply::Answer { status: 200, headers, body: EMPTY.into() }
    }

    #[tokio::test]
    async fn it_comes_whole_and_again_only_when_it_has_changed() {
        let not_modified = Reply::Answer { status: 304, headers: Vec::new(), body: String::new() };
        let server = Loopback::new([with_etag("\"one\""), not_modified, with_etag("\"two\"")]);
        let source = calendar(&server);
        let first = source.poll(None).await.unwrap();
        assert_eq!(first.calendar.as_deref(), Some(EMPTY.as_bytes()));
        let second = source.poll(Some(&first.cursor)).await.unwrap();
        assert_eq!((second.calendar, &second.cursor), (None, &first.cursor));
        let third = source.poll(Some(&second.cursor)).await.unwrap();
        assert!(third.calendar.is_some() && third.cursor != first.cursor);
        let asked = server.requests();
        assert_eq!(asked[0].line, "GET /team.ics?export");
        assert_eq!(asked[0].header("if-none-match"), None);
        assert!(asked[0].header("accept").unwrap().starts_with("text/calendar"));
        assert_eq!(asked[1].header("if-none-match"), Some("\"one\""));
        assert_eq!(asked[2].header("if-none-match"), Some("\"one\""));
    }

    #[tokio::test]
    async fn what_is_no_calendar_or_was_cut_off_is_told_and_is_no_empty_one() {
        let login = answer(200, "<html>Please sign in</html>");
        let cut = answer(200, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a");
        let server = Loopback::new([login, cut, answer(404, "gone")]);
        let source = calendar(&server);
        let page = source.poll(None).await.unwrap_err();
        assert!(page.lasting && page.error.message.contains("VCALENDAR"), "{}", page.error);
        let page = source.poll(None).await.unwrap_err();
        assert!(!page.lasting && page.error.message.contains("cut off"), "{}", page.error);
        assert!(source.poll(None).await.unwrap_err().lasting);
    }

    #[tokio::test]
    async fn the_secret_part_of_an_address_is_sent_and_never_told() {
        let server = Loopback::new([answer(404, "no private-abc here")]);
        let access = Access {
            address: format!("{}/ical/{{secret}}/basic.ics", server.url()),
            secret: Some("private-abc".to_owned().into()),
            ..Access::default()
        };
        let source = Calendar::new(&access).unwrap();
        let error = source.poll(None).await.unwrap_err().error;
        let asked = server.requests();
        assert_eq!(asked[0].line, "GET /ical/private-abc/basic.ics");
        assert_eq!(asked[0].header("authorization"), None, "it is sent nowhere else");
        let told = format!("{error} {error:?} {source:?}");
        assert!(told.contains("/ical/{secret}/") && !told.contains("private-abc"), "{told}");
    }

    #[test]
    fn an_address_may_begin_as_calendars_do() {
        let address = "webcal://p01-caldav.icloud.com/published/2/MTIz".to_owned();
        assert!(Calendar::new(&Access { address, ..Access::default() }).is_ok());
        let address = "https://cloud.example.com/calendars/x".to_owned();
        let query = "export now".to_owned();
        let error = Calendar::new(&Access { address, query, ..Access::default() }).unwrap_err();
        assert_eq!(error.location.as_deref(), Some("query"));
    }
}
