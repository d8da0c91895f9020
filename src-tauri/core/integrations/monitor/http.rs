//! An HTTP probe: status, text and time of one request.

use super::{Outcome, Probe, Sample};
use crate::{
    error::{Error, Result},
    integrations::http::{AllowedHosts, Call, Http, Payload},
};
use async_trait::async_trait;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of applications are larger than answers of deployment systems.
const PAGE_LIMIT: usize = 8 << 20;

pub struct HttpProbe {
    http: Http,
    pub method: String,
    pub url: String,
    pub body: String,
    pub expect_status: u16,
    /// Text that the answer must contain; empty for any.
    pub expect_text: String,
    pub max_millis: Option<u32>,
}

impl HttpProbe {
    /// A probe of one URL; no other host is reached.
    pub fn new(
        method: &str,
        url: &str,
        body: &str,
        expect_status: u16,
        expect_text: &str,
        max_millis: Option<u32>,
    ) -> Result<Self> {
        let allowed = AllowedHosts::of_url(url)?;
        allowed.check(url).map_err(|why| Error::field("url", why))?;
        Ok(Self {
            http: Http::new(allowed, None)?,
            method: method.into(),
            url: url.into(),
            body: body.into(),
            expect_status,
            expect_text: expect_text.into(),
            max_millis,
        })
    }
}

#[async_trait]
impl Probe for HttpProbe {
    async fn sample(&self) -> Sample {
        let mut call = Call::new(&self.method, &self.url, TIMEOUT);
        call.answer_limit = PAGE_LIMIT;
        if !self.body.is_empty() {
            call = call.header("Content-Type", "application/json");
            call.body = Payload::Bytes(self.body.clone().into_bytes());
        }
        let answer = match self.http.send(call).await {
            Ok(answer) => answer,
            Err(error) => {
                return Sample { result: Outcome::Error, value: None, detail: error.to_string() };
            }
        };
        let millis = answer.took.as_secs_f64() * 1000.0;
        let wrong = if answer.status != self.expect_status {
            Some(format!("answers {} instead of {}", answer.status, self.expect_status))
        } else if !self.expect_text.is_empty() && !answer.text().contains(&self.expect_text) {
            Some(format!("the answer lacks “{}”", self.expect_text))
        } else if self.max_millis.is_some_and(|most| millis > f64::from(most)) {
            Some(format!("took {millis:.0} ms"))
        } else {
            None
        };
        match wrong {
            Some(detail) => Sample { result: Outcome::Failure, value: Some(millis), detail },
            None => Sample {
                result: Outcome::Success,
                value: Some(millis),
                detail: format!("{} in {millis:.0} ms", answer.status),
            },
        }
    }
}

#[cfg(test)]
mod tests;
