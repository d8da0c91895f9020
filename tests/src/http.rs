//! Plain blocking HTTP for tests: every status is an answer, and JSON is what most bodies are.

use serde_json::Value;
use std::time::Duration;
use ureq::Agent;

#[derive(Clone)]
pub struct Http(Agent);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is not.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

/// No answer came: refused, cut or timed out, in the client's words.
#[derive(Debug)]
pub struct NoAnswer(pub String);

impl Http {
    pub fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .build();
        Self(config.into())
    }

    pub fn get(&self, url: &str) -> Result<Answer, NoAnswer> {
        read(self.0.get(url).call())
    }

    pub fn delete(&self, url: &str) -> Result<Answer, NoAnswer> {
        read(self.0.delete(url).call())
    }

    /// A request of any standard method with a body.
    pub fn ask(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, NoAnswer> {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_vec()).map_err(|error| NoAnswer(error.to_string()))?;
        let agent = self.0.configure_request(request).allow_non_standard_methods(true).build();
        read(self.0.run(agent))
    }

    pub fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, NoAnswer> {
        let request = self.0.post(url);
        read(
            headers
                .iter()
                .fold(request, |request, (name, value)| request.header(*name, *value))
                .send(body),
        )
    }

    /// Streams the body in chunks without announcing its length.
    pub fn post_chunked(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, NoAnswer> {
        let request = headers
            .iter()
            .fold(self.0.post(url), |request, (name, value)| request.header(*name, *value));
        let mut body = body;
        read(request.send(ureq::SendBody::from_reader(&mut body)))
    }

    pub fn post_json(&self, url: &str, body: &Value) -> Result<Answer, NoAnswer> {
        self.post(url, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    pub fn post_form(&self, url: &str, body: &str) -> Result<Answer, NoAnswer> {
        self.post(url, &[("Content-Type", "application/x-www-form-urlencoded")], body.as_bytes())
    }
}

fn read(
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Answer, NoAnswer> {
    let mut response = response.map_err(|error| NoAnswer(error.to_string()))?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(256 << 20);
    let text = body.lossy_utf8(true).read_to_string();
    Ok(Answer { status, text: text.map_err(|error| NoAnswer(error.to_string()))? })
}
