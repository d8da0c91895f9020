//! Alerts of a Prometheus Alertmanager, by its API v2.
//!
//! `query` holds matchers as Alertmanager writes them (`severity="critical", team=~"shop.*"`).
//! Alerts that agree in the labels of `group_by` (alertname, if none are named) are one trouble,
//! however many there are. Each answer is everything that goes on, so there is nothing to remember
//! and nothing that could be missed for longer than it lasts. What is silenced or inhibited still
//! goes on, and is no news.

use super::{
    Access, Item, Page, PollError, Seen, Source, instant, mark, shortened,
    web::{Sign, Web},
};
use crate::{error::Result, integrations::matchers::matchers};
use async_trait::async_trait;
use serde::Deserialize;
use std::collections::BTreeMap;

const EXAMPLE: &str = "https://alertmanager.example.com";
/// How many alerts of one trouble are named in its text.
const NAMED: usize = 20;

#[derive(Debug)]
pub struct Alertmanager {
    web: Web,
    matchers: Vec<String>,
    group_by: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    starts_at: String,
    #[serde(default)]
    fingerprint: String,
    #[serde(default, rename = "generatorURL")]
    generator_url: String,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    state: String,
}

impl Alertmanager {
    pub fn new(access: &Access) -> Result<Self> {
        let matchers = matchers(&access.query)?;
        let mut group_by = access.group_by.clone();
        if group_by.is_empty() {
            group_by.push("alertname".into());
        }
        let web = Web::new(access, Sign::Authorization, "Alertmanager", EXAMPLE)?;
        Ok(Self { web, matchers, group_by })
    }
}

#[async_trait]
impl Source for Alertmanager {
    async fn poll(&self, _: Option<&str>) -> Result<Page, PollError> {
        let filters = self.matchers.iter().map(|matcher| ("filter", matcher.as_str()));
        let query: Vec<_> = filters.collect();
        let url = self.web.url("/api/v2/alerts", &query)?;
        let Some(answer) = self.web.get(&url, &[]).await? else { return Ok(Page::default()) };
        let alerts: Vec<Alert> = self.web.json(&answer)?;
        let mut groups: BTreeMap<Vec<String>, Vec<Alert>> = BTreeMap::new();
        for alert in alerts {
            let value = |name: &String| alert.labels.get(name).cloned().unwrap_or_default();
            groups.entry(self.group_by.iter().map(value).collect()).or_default().push(alert);
        }
        let items = groups.into_iter().map(|(values, alerts)| self.item(&values, alerts));
        Ok(Page { items: items.collect(), whole: true, ..Page::default() })
    }
}

impl Alertmanager {
    fn item(&self, values: &[String], mut alerts: Vec<Alert>) -> Item {
        // The answer's order is Alertmanager's own; the oldest comes first, always the same way.
        alerts.sort_by(|a, b| (&a.starts_at, &a.fingerprint).cmp(&(&b.starts_at, &b.fingerprint)));
        let pairs = self.group_by.iter().zip(values).map(|(name, value)| format!("{name}={value}"));
        let labels = common(alerts.iter().map(|alert| &alert.labels));
        let annotations = common(alerts.iter().map(|alert| &alert.annotations));
        let marks = alerts.iter().map(|one| mark(&[&one.fingerprint, &one.starts_at])).collect();
        let starts = alerts.iter().filter_map(|alert| instant(&alert.starts_at));
        let first = &alerts[0];
        let said = |name: &str| annotations.get(name).or_else(|| first.annotations.get(name));
        let named = values.iter().filter(|value| !value.is_empty()).cloned().collect::<Vec<_>>();
        let title = match (named.join(", "), said("summary").or_else(|| said("description"))) {
            (name, Some(summary)) if name.is_empty() => summary.clone(),
            (name, Some(summary)) => format!("{name}: {summary}"),
            (name, None) if name.is_empty() => "An alert without a name".into(),
            (name, None) => name,
        };
        Item {
            id: pairs.collect::<Vec<_>>().join(","),
            url: first.generator_url.clone(),
            title: shortened(&title.split_whitespace().collect::<Vec<_>>().join(" "), 200),
            text: text(said("description").map(String::as_str), &labels, &alerts),
            at: starts.clone().min(),
            held: alerts.iter().all(|alert| alert.status.state == "suppressed"),
            seen: Seen::Now { marks, last: starts.max() },
            labels,
            ..Item::default()
        }
    }
}

/// What all of them say alike.
fn common<'a>(
    mut all: impl Iterator<Item = &'a BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let mut common = all.next().cloned().unwrap_or_default();
    for other in all {
        common.retain(|name, value| other.get(name) == Some(value));
    }
    common
}

fn text(description: Option<&str>, labels: &BTreeMap<String, String>, alerts: &[Alert]) -> String {
    let list = |labels: &mut dyn Iterator<Item = (&String, &String)>| {
        labels.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
    };
    let mut lines = Vec::new();
    if let Some(description) = description {
        lines.push(format!("{description}\n"));
    }
    lines.push(format!("Labels: {}", list(&mut labels.iter())));
    if alerts.len() > 1 {
        lines.push(format!("\n{} alerts when it was first seen:\n", alerts.len()));
        for alert in alerts.iter().take(NAMED) {
            let own = alert.labels.iter().filter(|(name, _)| !labels.contains_key(*name));
            lines.push(format!("- {}", list(&mut { own })));
        }
        if alerts.len() > NAMED {
            lines.push(format!("- and {} more", alerts.len() - NAMED));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
