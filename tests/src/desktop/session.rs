//! The part of W3C WebDriver that the tests use, over blocking HTTP. No waiting and no judgement:
//! those are the window's.

use crate::http::Http;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// The key under which the standard passes an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Session {
    http: Http,
    url: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element(pub String);

#[derive(Debug)]
pub enum WireError {
    /// The driver is not there, or went away.
    NoAnswer(String),
    /// The driver's error code (`no such element`, `stale element reference`, …) and message.
    Said(String, String),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(text) => write!(f, "the driver does not answer: {text}"),
            Self::Said(code, text) => write!(f, "{code}: {text}"),
        }
    }
}

type Result<T, E = WireError> = std::result::Result<T, E>;

impl Element {
    pub fn json(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }

    pub fn from_json(value: &Value) -> Option<Self> {
        value[ELEMENT].as_str().map(|id| Self(id.to_owned()))
    }
}

impl Session {
    pub fn open(port: u16, program: &Path, args: &[&str]) -> Result<Self> {
        let http = Http::new(Duration::from_secs(90));
        let server = format!("http://127.0.0.1:{port}/session");
        let wanted = json!({ "tauri:options": { "application": program, "args": args } });
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let value = said(http.post_json(&server, &body))?;
        let id = value["sessionId"].as_str().unwrap_or_default();
        let session = Self { http, url: format!("{server}/{id}") };
        session
            .post("timeouts", &json!({ "script": 60_000, "pageLoad": 60_000, "implicit": 0 }))?;
        Ok(session)
    }

    /// Runs a function body; elements are passed with [`Element::json`].
    pub fn execute(&self, body: &str, args: &[Value]) -> Result<Value> {
        self.post("execute/sync", &json!({ "script": body, "args": args }))
    }

    /// The same, with a callback as the last argument.
    pub fn execute_async(&self, body: &str, args: &[Value]) -> Result<Value> {
        self.post("execute/async", &json!({ "script": body, "args": args }))
    }

    pub fn find_css(&self, css: &str) -> Result<Vec<Element>> {
        let found = self.post("elements", &json!({ "using": "css selector", "value": css }))?;
        Ok(found.as_array().into_iter().flatten().filter_map(Element::from_json).collect())
    }

    pub fn click(&self, element: &Element) -> Result<()> {
        self.post(&format!("element/{}/click", element.0), &json!({})).map(drop)
    }

    pub fn clear(&self, element: &Element) -> Result<()> {
        self.post(&format!("element/{}/clear", element.0), &json!({})).map(drop)
    }

    pub fn send_keys(&self, element: &Element, text: &str) -> Result<()> {
        self.post(&format!("element/{}/value", element.0), &json!({ "text": text })).map(drop)
    }

    /// Role and label as the engine's accessibility tree has them.
    pub fn spoken(&self, element: &Element) -> Result<(String, String)> {
        let role = self.get(&format!("element/{}/computedrole", element.0))?;
        let label = self.get(&format!("element/{}/computedlabel", element.0))?;
        let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
        Ok((text(role), text(label)))
    }

    pub fn actions(&self, actions: &Value) -> Result<()> {
        self.post("actions", &json!({ "actions": actions })).map(drop)
    }

    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        self.post("window/rect", &json!({ "width": width, "height": height })).map(drop)
    }

    /// The view as a PNG.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        // WebKit takes it of the next frame that is painted, and a page that stands still paints
        // none: a dot in a corner flickers meanwhile.
        let flicker =
            "const dot = document.documentElement.appendChild(document.createElement('i'));
            dot.id = 'flickers';
            dot.inert = true;
            dot.style.cssText = 'position:fixed;inset:0 auto auto 0;width:1px;height:1px';
            let on = false;
            const turn = () => {
              if (!dot.isConnected) return;
              dot.style.background = (on = !on) ? '#888' : '#999';
              setTimeout(turn, 16);
            };
            turn();";
        self.execute(flicker, &[])?;
        let taken = self.get("screenshot");
        self.execute("document.getElementById('flickers')?.remove()", &[])?;
        let value = taken?;
        let text = value.as_str().unwrap_or_default();
        BASE64_STANDARD.decode(text).map_err(|error| WireError::NoAnswer(error.to_string()))
    }

    pub fn go(&self, url: &str) -> Result<()> {
        self.post("url", &json!({ "url": url })).map(drop)
    }

    pub fn title(&self) -> Result<String> {
        Ok(self.get("title")?.as_str().unwrap_or_default().to_owned())
    }

    fn get(&self, path: &str) -> Result<Value> {
        said(self.http.get(&format!("{}/{path}", self.url)))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        said(self.http.post_json(&format!("{}/{path}", self.url), body))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.http.delete(&self.url);
    }
}

fn said(answer: Result<crate::http::Answer, crate::http::NoAnswer>) -> Result<Value> {
    let answer = answer.map_err(|error| WireError::NoAnswer(error.0))?;
    let mut body = answer.json();
    if answer.status == 200 {
        return Ok(body["value"].take());
    }
    let text = |name: &str| body["value"][name].as_str().unwrap_or_default().to_owned();
    match text("error") {
        // tauri-driver answers so while its native driver is still starting.
        code if code.is_empty() => {
            Err(WireError::NoAnswer(format!("{} {}", answer.status, answer.text)))
        }
        code => Err(WireError::Said(code, text("message"))),
    }
}
