//! One HTTP request, and its answer held against what is expected: a probe, or an automatic check.

use super::{
    Outcome, Probe, Sample,
    expect::{Expect, judge},
};
use crate::{
    error::Result,
    integrations::http::{Call, CallError, Http, Payload, Reach},
};
use async_trait::async_trait;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of applications are larger than answers of deployment systems.
const PAGE_LIMIT: usize = 8 << 20;

pub struct HttpProbe {
    http: Http,
    method: String,
    url: String,
    body: String,
    expects: Vec<Expect>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    pub status: u16,
    /// Until the end of the answer.
    pub millis: f64,
    /// The beginning of the body, on one line.
    pub begins: String,
    /// What is not as expected, a few words each, in the order of what is expected. None: all is well.
    pub wrong: Vec<String>,
}

impl HttpProbe {
    /// A probe of one URL; no other host is reached. `body` is JSON, or empty.
    pub fn new(
        method: &str,
        url: &str,
        body: &str,
        expects: Vec<Expect>,
        reach: &Reach,
    ) -> Result<Self> {
        Ok(Self {
            http: reach.client(url)?,
            method: method.into(),
            url: url.into(),
            body: body.into(),
            expects,
        })
    }

    /// Asks once. An error means that there was no whole answer within ten seconds and 8 MiB.
    pub async fn look(&self) -> Result<Look, CallError> {
        let mut call = Call::new(&self.method, &self.url, TIMEOUT);
        call.answer_limit = PAGE_LIMIT;
        if !self.body.is_empty() {
            call = call.header("Content-Type", "application/json");
            call.body = Payload::Bytes(self.body.clone().into_bytes());
        }
        let answer = self.http.send(call).await?;
        Ok(Look {
            status: answer.status,
            millis: answer.took.as_secs_f64() * 1000.0,
            begins: answer.excerpt(),
            wrong: judge(&self.expects, &answer),
        })
    }
}

#[async_trait]
impl Probe for HttpProbe {
    async fn sample(&self) -> Sample {
        let look = match self.look().await {
            Ok(look) => look,
            Err(error) => {
                return Sample { result: Outcome::Error, value: None, detail: error.to_string() };
            }
        };
        let value = Some(look.millis);
        match look.wrong.into_iter().next() {
            Some(detail) => Sample { result: Outcome::Failure, value, detail },
            None => Sample {
                result: Outcome::Success,
                value,
                detail: format!("{} in {:.0} ms", look.status, look.millis),
            },
        }
    }
}

#[cfg(test)]
mod tests;
