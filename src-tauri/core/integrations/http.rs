//! The guarded HTTP client that every integration uses.
//!
//! It goes only to the hosts an endpoint lists. Link-local addresses and the metadata services of
//! clouds are refused whatever the list says, as literals in a URL and as what a name resolves to;
//! the resolved addresses that were checked are the very ones that are dialled. Private and
//! loopback hosts are legitimate when listed: in-house CI lives there.
//!
//! Deliberately absent: redirects, retries, cookies, a proxy taken from the environment, and
//! connections kept for the next call (a reused connection cannot tell "never sent" from "cut").

pub mod address;
mod clients;
#[cfg(test)]
pub(crate) mod loopback;
pub mod reach;
pub mod record;
pub mod sign;

use crate::error::{Error, Kind};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{error::Error as StdError, fmt, time::Duration, time::Instant as Stopwatch};
use ts_rs::TS;
use url::Url;

pub use address::AllowedHosts;
pub use reach::{Reach, Way};

/// How long a connection may take to be made, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of an answer's body is read when a call does not say otherwise.
pub const ANSWER_LIMIT: usize = 1 << 20;
/// How much of a long body is read at a time.
pub const PIECE: usize = 1 << 20;

/// Why a call gave no usable answer. The three cases decide whether the call may be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum CallError {
    /// The request certainly never reached the other side; repeating it is safe.
    NotSent { message: String },
    /// The other side answered, and said no; nothing was started.
    Refused {
        status: u16,
        message: String,
        /// Seconds the other side asks to be left alone (`Retry-After`).
        #[ts(optional, type = "number")]
        retry_after: Option<u64>,
    },
    /// It was sent, or may have been, and what came of it is not known.
    Unclear {
        #[ts(optional)]
        status: Option<u16>,
        message: String,
        #[ts(optional, type = "number")]
        retry_after: Option<u64>,
    },
}

impl CallError {
    pub fn not_sent(message: impl Into<String>) -> Self {
        Self::NotSent { message: message.into() }
    }

    pub fn unclear(message: impl Into<String>) -> Self {
        Self::Unclear { status: None, message: message.into(), retry_after: None }
    }

    pub fn message(&self) -> &str {
        match self {
            Self::NotSent { message }
            | Self::Refused { message, .. }
            | Self::Unclear { message, .. } => message,
        }
    }

    pub(crate) fn map_message(self, map: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::NotSent { message } => Self::NotSent { message: map(message) },
            Self::Refused { status, message, retry_after } => {
                Self::Refused { status, message: map(message), retry_after }
            }
            Self::Unclear { status, message, retry_after } => {
                Self::Unclear { status, message: map(message), retry_after }
            }
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl StdError for CallError {}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        let kind = match error {
            CallError::Refused { .. } => Kind::Vendor,
            CallError::NotSent { .. } | CallError::Unclear { .. } => Kind::Offline,
        };
        Error::new(kind, error.message())
    }
}

/// One request. Its `Debug` names the headers and shows none of their values.
pub struct Call {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Payload,
    /// For the whole exchange, the answer's body included.
    pub timeout: Duration,
    pub answer_limit: usize,
    /// The body is long, and a piece of it is wanted, from this byte on. Asked for as a range (RFC 9110, 14);
    /// of a server that sends everything all the same, what comes before is passed over.
    from: Option<u64>,
}

impl Call {
    pub fn new(method: impl Into<String>, url: impl Into<String>, timeout: Duration) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Payload::Empty,
            timeout,
            answer_limit: ANSWER_LIMIT,
            from: None,
        }
    }

    /// Reads a piece of a long body, from a byte on, at most [`PIECE`].
    #[must_use]
    pub fn piece(mut self, from: u64) -> Self {
        let last = from.saturating_add(PIECE as u64 - 1);
        self.from = Some(from);
        self.answer_limit = PIECE;
        self.header("Range", format!("bytes={from}-{last}"))
    }

    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("url", &without_query(&self.url))
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// What a request carries.
pub enum Payload {
    Empty,
    Bytes(Vec<u8>),
    /// A body of known length that is read while it is sent.
    Stream {
        length: u64,
        body: reqwest::Body,
    },
}

/// What the other side said, whatever its status.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// There is more of it than was read. Only of a piece.
    pub more: bool,
    pub took: Duration,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The seconds of `Retry-After`. The form with a date is not counted: it would need a clock
    /// that agrees with the server's.
    pub fn retry_after(&self) -> Option<u64> {
        self.header("retry-after")?.trim().parse().ok()
    }

    /// The beginning of the body on one line, for a sentence.
    pub fn excerpt(&self) -> String {
        let head = &self.body[..self.body.len().min(600)];
        let text = String::from_utf8_lossy(head);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(200).collect()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("took", &self.took)
            .finish_non_exhaustive()
    }
}

/// A client that reaches the listed hosts and nothing else. Cheap to clone.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    allowed: AllowedHosts,
    record: Option<record::Record>,
    along: Option<reach::Along>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl Http {
    /// `proxy` is used only when given; the environment's is not looked at. Behind a proxy names
    /// are resolved by it, so that only the host list and literal addresses can be checked here.
    pub fn new(allowed: AllowedHosts, proxy: Option<&Url>) -> Result<Self, Error> {
        let proxy = proxy.map(Url::to_string).unwrap_or_default();
        Self::by(allowed, &Way { proxy, ca: String::new() })
    }

    /// By a way of the endpoint's own.
    pub fn by(allowed: AllowedHosts, way: &Way) -> Result<Self, Error> {
        Ok(Self { client: clients::by(way)?, allowed, record: None, along: None })
    }

    /// Sends these headers with every call, and to no host but those.
    #[must_use]
    fn sending(mut self, along: reach::Along) -> Self {
        self.along = Some(along);
        self
    }

    /// Notes everything that is sent from here on.
    #[must_use]
    pub fn recorded(mut self, record: record::Record) -> Self {
        self.record = Some(record);
        self
    }

    /// Sends one request and reads the answer. Any status is an answer here.
    pub async fn send(&self, call: Call) -> Result<Answer, CallError> {
        let Some(record) = self.record.clone() else { return self.exchange(call).await };
        let mut noted = record::Exchange {
            method: call.method.clone(),
            address: call.url.clone(),
            headers: call.headers.clone(),
            body: match &call.body {
                Payload::Empty => String::new(),
                Payload::Bytes(bytes) => record::excerpt(bytes),
                Payload::Stream { length, .. } => format!("({length} bytes)"),
            },
            ..record::Exchange::default()
        };
        let started = Stopwatch::now();
        let answer = self.exchange(call).await;
        noted.took = started.elapsed();
        match &answer {
            Ok(answer) => {
                noted.status = Some(answer.status);
                noted.answer_headers.clone_from(&answer.headers);
                noted.answer_body = record::excerpt(&answer.body);
            }
            Err(error) => noted.failure = Some(error.to_string()),
        }
        record.add(noted);
        answer
    }

    async fn exchange(&self, call: Call) -> Result<Answer, CallError> {
        let url = self.allowed.check(&call.url).map_err(CallError::not_sent)?;
        let place = place(&url);
        let method = reqwest::Method::from_bytes(call.method.as_bytes())
            .map_err(|_| CallError::not_sent("The method of the call is not an HTTP method."))?;
        let mut headers = headers(&call.headers)?;
        if let Some(along) = &self.along {
            along.hosts.check(&call.url).map_err(CallError::not_sent)?;
            headers.extend(self::headers(&along.headers)?);
        }
        let mut request = self.client.request(method, url).timeout(call.timeout);
        request = match call.body {
            Payload::Empty => request,
            Payload::Bytes(bytes) => request.body(bytes),
            Payload::Stream { length, body } => {
                headers.insert(reqwest::header::CONTENT_LENGTH, HeaderValue::from(length));
                request.body(body)
            }
        };
        let started = Stopwatch::now();
        let sent = request.headers(headers).send().await;
        let mut response = sent.map_err(|error| failure(&error, &place, call.timeout))?;
        let status = response.status().as_u16();
        let cut = |message: String| CallError::Unclear {
            status: Some(status),
            message,
            retry_after: None,
        };
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let (mut body, mut more) = (Vec::new(), false);
        let mut before = match (call.from, status) {
            (Some(from), 206) => {
                let range = ContentRange::of(&headers).filter(|range| range.first == from);
                let range = range.ok_or_else(|| {
                    cut(format!("{place} answered with another part than it was asked for."))
                })?;
                more = range.goes_on();
                0
            }
            (Some(from), 200) => from,
            _ => 0,
        };
        loop {
            let chunk = response.chunk().await.map_err(|error| {
                cut(format!("{place} answered {status}, and was then cut: {}.", root_cause(&error)))
            })?;
            let Some(chunk) = chunk else { break };
            let passed = usize::try_from(before).map_or(chunk.len(), |left| left.min(chunk.len()));
            before -= passed as u64;
            let chunk = &chunk[passed..];
            let room = call.answer_limit - body.len();
            if chunk.len() > room && call.from.is_some() {
                // The rest is asked for anew, or never.
                body.extend_from_slice(&chunk[..room]);
                more = true;
                break;
            }
            if chunk.len() > room {
                return Err(cut(format!(
                    "{place} answered {status} with more than {} bytes, which is not read.",
                    call.answer_limit
                )));
            }
            body.extend_from_slice(chunk);
        }
        Ok(Answer { status, headers, body: body.into(), more, took: started.elapsed() })
    }
}

/// `Content-Range: bytes FIRST-LAST/WHOLE`, where the whole may be unknown.
struct ContentRange {
    first: u64,
    last: u64,
    whole: Option<u64>,
}

impl ContentRange {
    fn of(headers: &[(String, String)]) -> Option<Self> {
        let (_, value) = headers.iter().find(|(name, _)| name == "content-range")?;
        let (range, whole) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first <= last).then_some(Self { first, last, whole: whole.trim().parse().ok() })
    }

    /// Whether there is more behind it. Where the whole is not told: whether all was sent that was asked for.
    fn goes_on(&self) -> bool {
        let end = self.last.saturating_add(1);
        self.whole.map_or(end - self.first >= PIECE as u64, |whole| end < whole)
    }
}

/// The value of `Authorization`: Bearer (RFC 6750), or Basic (RFC 7617) where there is a user.
pub fn authorization(user: &str, secret: &str) -> String {
    if user.is_empty() {
        return format!("Bearer {secret}");
    }
    format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
}

/// The part of a URL that may be shown: no user, no password, no query.
pub fn without_query(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => format!("{}{}", place(&url), url.path()),
        Err(_) => "(an unreadable address)".into(),
    }
}

fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

fn headers(given: &[(String, String)]) -> Result<HeaderMap, CallError> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| CallError::not_sent(format!("“{name}” is not a header's name.")))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            CallError::not_sent(format!(
                "The value for the header {name} has a character that headers cannot carry."
            ))
        })?;
        value.set_sensitive(true);
        headers.append(key, value);
    }
    Ok(headers)
}

/// Sorts a failed exchange. Anything but a failed connection may have reached the other side.
fn failure(error: &reqwest::Error, place: &str, timeout: Duration) -> CallError {
    if let Some(refusal) = find::<address::Refusal>(error) {
        return CallError::not_sent(refusal.to_string());
    }
    let cause = root_cause(error);
    if error.is_connect() && cause.starts_with("invalid peer certificate") {
        return CallError::not_sent(format!(
            "{place} shows a certificate that is not trusted here ({cause}). If its authority is \
             your own, give that authority's certificate in Settings, Endpoints (for a probe or a \
             check: in Settings, Access)."
        ));
    }
    if error.is_connect() {
        return CallError::not_sent(if error.is_timeout() {
            format!("{place} could not be reached within {} s.", CONNECT_TIMEOUT.as_secs())
        } else {
            format!("{place} could not be reached: {cause}.")
        });
    }
    if error.is_builder() {
        return CallError::not_sent(format!("The call to {place} could not be made: {cause}."));
    }
    CallError::unclear(if error.is_timeout() {
        format!("{place} did not answer within {} s.", timeout.as_secs_f32())
    } else {
        format!("The exchange with {place} broke off before there was an answer: {cause}.")
    })
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut causes = vec![error];
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}

fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).into_iter().find_map(|error| error.downcast_ref())
}

/// The innermost cause: the outer layers repeat the URL, whose query may hold a secret.
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let cause = chain(error).last().map(ToString::to_string).unwrap_or_default();
    cause.trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests;
