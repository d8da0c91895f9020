//! What sources behind HTTP have in common: who one is, what an answer means, and how long to wait.

use super::{Access, PollError, check_address, vendor};
use crate::{
    error::{Error, Result},
    integrations::http::{AllowedHosts, Answer, Call, Http, authorization, without_query},
};
use secrecy::ExposeSecret as _;
use std::{fmt, time::Duration};

const TIMEOUT: Duration = Duration::from_secs(60);
/// A page of a hundred long issues, or ten thousand alerts.
const PAGE_LIMIT: usize = 64 << 20;

/// A web server that is asked for pages.
pub struct Web {
    http: Http,
    base: String,
    headers: Vec<(String, String)>,
    /// What it is called in sentences.
    name: &'static str,
}

/// How a server wants to be told who asks.
pub enum Sign {
    /// `Authorization: Bearer …`, or Basic where there is a user.
    Authorization,
    /// A header of this name.
    Header(&'static str),
}

impl Web {
    pub fn new(access: &Access, sign: Sign, name: &'static str, example: &str) -> Result<Self> {
        let url = check_address(&access.address, &["http", "https"], example)?;
        let allowed = match access.hosts.is_empty() {
            true => AllowedHosts::of_url(url.as_str()).map_err(|error| error.at("address"))?,
            false => AllowedHosts::new(&access.hosts)?,
        };
        allowed.check(url.as_str()).map_err(|why| Error::field("address", why))?;
        let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        if let Some(secret) = &access.secret {
            let secret = secret.expose_secret();
            headers.push(match sign {
                Sign::Header(header) => (header.to_owned(), secret.to_owned()),
                Sign::Authorization => {
                    ("Authorization".to_owned(), authorization(&access.user, secret))
                }
            });
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http: Http::new(allowed, None)?, base, headers, name })
    }

    /// The same, asking for something else than JSON.
    pub fn accepting(mut self, media: &str) -> Self {
        for (name, value) in &mut self.headers {
            if name == "Accept" {
                media.clone_into(value);
            }
        }
        self
    }

    /// An address below the base, with these questions.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<String, PollError> {
        let mut url = url::Url::parse(&format!("{}{path}", self.base))
            .map_err(|error| PollError::strange(self.name, error))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url.into())
    }

    /// Whether an address that the server gave leads to the server itself.
    pub fn is_ours(&self, url: &str) -> bool {
        url.strip_prefix(&self.base).is_some_and(|rest| rest.starts_with(['/', '?']))
    }

    /// An answer of 200, or nothing for 304: it is as it was.
    pub async fn get(&self, url: &str, more: &[(&str, &str)]) -> Result<Option<Answer>, PollError> {
        let mut call = Call::new("GET", url, TIMEOUT);
        call.answer_limit = PAGE_LIMIT;
        call.headers.clone_from(&self.headers);
        for (name, value) in more {
            call = call.header(*name, *value);
        }
        let answer = self.http.send(call).await?;
        match answer.status {
            200 => Ok(Some(answer)),
            304 => Ok(None),
            _ => Err(self.refusal(url, &answer)),
        }
    }

    /// Reads an answer's JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, answer: &Answer) -> Result<T, PollError> {
        serde_json::from_slice(&answer.body).map_err(|error| PollError::strange(self.name, error))
    }

    /// What another status means, and what to do about it.
    fn refusal(&self, url: &str, answer: &Answer) -> PollError {
        let (name, place) = (self.name, without_query(url));
        let said = match answer.excerpt() {
            empty if empty.is_empty() => String::new(),
            said => format!(" It says: {said}"),
        };
        if let Some(wait) = wait(answer) {
            let message = format!("{name} wants to be left alone for {} s.", wait.as_secs());
            let error = vendor(message, "It is asked again by itself. A longer interval helps.");
            return PollError { error, wait: Some(wait), lasting: false };
        }
        let lasting = |message: String, hint: &str| PollError::lasting(vendor(message, hint));
        match answer.status {
            401 => lasting(
                format!("{name} does not accept who asks (401).{said}"),
                "Enter the secret again in Settings, Sources: it may have run out.",
            ),
            403 => lasting(
                format!("{name} does not let this secret read {place} (403).{said}"),
                "Give it the right to read, there; or enter another one in Settings, Sources.",
            ),
            404 => lasting(
                format!("There is nothing at {place} (404).{said}"),
                "Look at the address and the query of the source; without a right to read, some \
                 servers say the same.",
            ),
            301 | 302 | 307 | 308 => lasting(
                format!(
                    "{place} has moved to {} ({}).",
                    without_query(answer.header("location").unwrap_or_default()),
                    answer.status
                ),
                "Calls follow no redirection: enter the new address in Settings, Sources.",
            ),
            status @ 400..=499 => lasting(
                format!("{name} refuses the question ({status}).{said}"),
                "Look at the query of the source.",
            ),
            status => PollError::passing(vendor(
                format!("{name} answers {status}.{said}"),
                "It is tried again by itself.",
            )),
        }
    }
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How long a server asks to be left alone, if this answer says so. A moment that it names is
/// compared with the time on its own clock.
fn wait(answer: &Answer) -> Option<Duration> {
    // “NaN” is a number to the parser, and no time to wait.
    let number = |name: &str| {
        answer.header(name)?.trim().parse::<f64>().ok().filter(|number| number.is_finite())
    };
    if !matches!(answer.status, 403 | 429 | 503) {
        return None;
    }
    if let Some(seconds) = answer.retry_after() {
        return Some(Duration::from_secs(seconds.min(86_400)));
    }
    // GitHub, GitLab, Sentry.
    for prefix in ["x-ratelimit", "ratelimit", "x-sentry-rate-limit"] {
        let used_up = number(&format!("{prefix}-remaining")) == Some(0.0);
        let now = answer.header("date").and_then(http_date).filter(|_| used_up);
        if let (Some(reset), Some(now)) = (number(&format!("{prefix}-reset")), now) {
            return Some(Duration::from_secs_f64((reset - now).clamp(1.0, 86_400.0)));
        }
    }
    (answer.status == 429).then_some(Duration::from_secs(60))
}

/// Seconds since 1970 of `Tue, 24 Nov 2026 18:30:00 GMT`.
pub fn http_date(text: &str) -> Option<f64> {
    let parsed = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(parsed.timestamp().as_second() as f64)
}

/// Where `Link` says that the next page is (RFC 8288), and whether it promises anything there.
pub fn next_link(answer: &Answer) -> Option<Next> {
    let header = answer.header("link")?;
    header.split(',').find_map(|part| {
        let (target, rest) = part.trim().strip_prefix('<')?.split_once('>')?;
        let parameters: Vec<(&str, &str)> = rest
            .split(';')
            .filter_map(|one| one.trim().split_once('='))
            .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
            .collect();
        let is = |name, value| parameters.contains(&(name, value));
        // Sentry names a next page even where there is none.
        is("rel", "next").then(|| Next { url: target.to_owned(), empty: is("results", "false") })
    })
}

pub struct Next {
    pub url: String,
    pub empty: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Answer { status, headers, body: bytes::Bytes::new(), more: false, took: Duration::ZERO }
    }

    #[test]
    fn a_server_that_names_a_moment_is_waited_for_by_its_own_clock() {
        let date = ("date", "Tue, 24 Nov 2026 18:30:00 GMT");
        let reset = http_date(date.1).unwrap() + 90.0;
        let reset = format!("{reset}");
        let limited = [date, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)];
        assert_eq!(wait(&answer(403, &limited)), Some(Duration::from_secs(90)));
        assert_eq!(wait(&answer(200, &limited)), None);
        assert_eq!(wait(&answer(403, &[date])), None, "no right to read is no matter of time");
        let asked = [("retry-after", "7")];
        assert_eq!(wait(&answer(503, &asked)), Some(Duration::from_secs(7)));
        assert_eq!(wait(&answer(429, &[])), Some(Duration::from_secs(60)));
    }

    #[test]
    fn a_moment_that_is_none_or_no_clock_to_compare_it_with_means_a_minute() {
        let date = ("date", "Tue, 24 Nov 2026 18:30:00 GMT");
        let used_up = ("x-ratelimit-remaining", "0");
        for reset in ["NaN", "inf", "soon", ""] {
            let told = [date, used_up, ("x-ratelimit-reset", reset)];
            assert_eq!(wait(&answer(429, &told)), Some(Duration::from_secs(60)), "{reset}");
        }
        let no_clock = [used_up, ("x-ratelimit-reset", "1795546826")];
        assert_eq!(wait(&answer(429, &no_clock)), Some(Duration::from_secs(60)));
    }

    #[test]
    fn the_next_page_is_where_the_link_header_says() {
        let link = r#"<https://x/?page=1>; rel="prev", <https://x/?page=3>; rel="next""#;
        assert_eq!(next_link(&answer(200, &[("link", link)])).unwrap().url, "https://x/?page=3");
        let link = r#"<https://x/?c=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", <https://x/?c=0:100:0>; rel="next"; results="false"; cursor="0:100:0""#;
        assert!(next_link(&answer(200, &[("link", link)])).unwrap().empty);
        assert!(next_link(&answer(200, &[])).is_none());
    }
}
