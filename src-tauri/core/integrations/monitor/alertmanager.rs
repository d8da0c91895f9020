//! How many alerts of a Prometheus Alertmanager are active, by its API v2: those that match, without what is
//! silenced or inhibited.

use super::{Outcome, Probe, Sample};
use crate::{
    error::{Error, Result},
    integrations::{
        http::{Call, CallError, Http, Reach},
        matchers::matchers,
    },
};
use async_trait::async_trait;
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: usize = 8 << 20;
/// How many alerts are named.
const NAMED: usize = 5;

pub struct AlertmanagerProbe {
    http: Http,
    url: Url,
    at_most: f64,
}

#[derive(Deserialize)]
struct Alert {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    state: String,
}

impl AlertmanagerProbe {
    /// `address` is that of the server; no other host is reached. Errors are at `url` and `query`.
    pub fn new(address: &str, query: &str, at_most: f64, reach: &Reach) -> Result<Self> {
        let http = reach.client(address)?;
        let base = format!("{}/api/v2/alerts", address.trim_end_matches('/'));
        let mut url = Url::parse(&base)
            .map_err(|error| Error::field("url", format!("{address} is no address: {error}.")))?;
        {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in [
                ("active", "true"),
                ("silenced", "false"),
                ("inhibited", "false"),
                ("unprocessed", "false"),
            ] {
                pairs.append_pair(name, value);
            }
            for matcher in matchers(query)? {
                pairs.append_pair("filter", &matcher);
            }
        }
        Ok(Self { http, url, at_most })
    }

    async fn ask(&self) -> Result<Sample, CallError> {
        let mut call = Call::new("GET", self.url.as_str(), TIMEOUT);
        call.answer_limit = ANSWER_LIMIT;
        let answer = self.http.send(call).await?;
        Ok(match answer.status {
            200 => self.judge(&answer.text()),
            status => Sample {
                result: Outcome::Error,
                value: None,
                detail: format!("answers {status}: {}", answer.excerpt()),
            },
        })
    }

    fn judge(&self, answer: &str) -> Sample {
        let Ok(alerts) = serde_json::from_str::<Vec<Alert>>(answer) else {
            let detail = "the answer is not Alertmanager's own".into();
            return Sample { result: Outcome::Error, value: None, detail };
        };
        let active: Vec<_> = alerts.iter().filter(|alert| alert.status.state == "active").collect();
        let count = active.len() as f64;
        let named = |alert: &&Alert| alert.labels.get("alertname").cloned().unwrap_or_default();
        let mut names: Vec<String> = active.iter().map(named).collect();
        names.sort_unstable();
        names.dedup();
        let mut said = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if names.len() > NAMED {
            said.push_str(&format!(" and {} more", names.len() - NAMED));
        }
        let alerts = if active.len() == 1 { "alert is" } else { "alerts are" };
        let (result, detail) = match (active.is_empty(), count > self.at_most) {
            (true, _) => (Outcome::Success, "no alert is active".into()),
            (false, false) => (Outcome::Success, format!("{count} {alerts} active: {said}")),
            (false, true) => (
                Outcome::Failure,
                format!("{count} {alerts} active, more than {}: {said}", self.at_most),
            ),
        };
        Sample { result, value: Some(count), detail }
    }
}

#[async_trait]
impl Probe for AlertmanagerProbe {
    async fn sample(&self) -> Sample {
        Sample::of(self.ask().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_active_is_counted_and_named() {
        let usual = Reach::default();
        let probe = AlertmanagerProbe::new(
            "http://127.0.0.1:9/",
            r#"severity="page", team=~"a,b""#,
            1.0,
            &usual,
        )
        .unwrap();
        let asked: Vec<_> = probe.url.query_pairs().map(|(_, value)| value.into_owned()).collect();
        assert_eq!(asked[4..], [r#"severity="page""#, r#"team=~"a,b""#]);
        assert_eq!(probe.url.path(), "/api/v2/alerts");
        let alert = |name: &str, state: &str| {
            format!(r#"{{"labels":{{"alertname":"{name}"}},"status":{{"state":"{state}"}}}}"#)
        };
        let judged = |all: &[String]| probe.judge(&format!("[{}]", all.join(",")));
        assert_eq!(judged(&[]).result, Outcome::Success);
        let one = judged(&[alert("Slow", "active"), alert("Disk", "suppressed")]);
        assert_eq!((one.result, one.value), (Outcome::Success, Some(1.0)));
        let two = judged(&[alert("Slow", "active"), alert("Disk", "active")]);
        assert_eq!(two.result, Outcome::Failure);
        assert_eq!(two.detail, "2 alerts are active, more than 1: Disk, Slow");
        assert_eq!(probe.judge("<html>").result, Outcome::Error);
        let wrong =
            AlertmanagerProbe::new("http://127.0.0.1:9", "severity", 0.0, &usual).err().unwrap();
        assert_eq!(wrong.location.as_deref(), Some("query"));
    }
}
