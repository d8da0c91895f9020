//! A query of Prometheus whose answer is not empty is a finding.
//!
//! `query` is PromQL that selects what is wrong (`up == 0`, `rate(errors[5m]) > 1`). Series that
//! agree in the labels of `group_by` are one trouble; without it, everything the query finds is.

use super::{
    Access, Item, Page, PollError, Seen, Source, mark, shortened, vendor,
    web::{Sign, Web},
};
use crate::error::{Error, Result};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

const EXAMPLE: &str = "https://prometheus.example.com";
/// How many series of one trouble are named in its text.
const NAMED: usize = 20;

#[derive(Debug)]
pub struct Prometheus {
    web: Web,
    query: String,
    group_by: Vec<String>,
    address: String,
}

#[derive(Deserialize)]
struct Response {
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Value,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    /// When, and the number as text.
    value: (f64, String),
}

impl Prometheus {
    pub fn new(access: &Access) -> Result<Self> {
        let query = access.query.trim().to_owned();
        if query.is_empty() {
            return Err(Error::field("query", "The query is missing.")
                .hint("It selects what is wrong: up == 0."));
        }
        let web = Web::new(access, Sign::Authorization, "Prometheus", EXAMPLE)?;
        let address = access.address.trim_end_matches('/').to_owned();
        Ok(Self { web, query, group_by: access.group_by.clone(), address })
    }
}

#[async_trait]
impl Source for Prometheus {
    async fn poll(&self, _: Option<&str>) -> Result<Page, PollError> {
        let query = [("query", self.query.as_str()), ("timeout", "30s")];
        let url = self.web.url("/api/v1/query", &query)?;
        let Some(answer) = self.web.get(&url, &[]).await? else { return Ok(Page::default()) };
        let Response { data } = self.web.json(&answer)?;
        if data.result_type != "vector" {
            return Err(PollError::lasting(vendor(
                format!("The query gives a {}, which is always there.", data.result_type),
                "Select what is wrong, so that nothing is found when all is well: up == 0.",
            )));
        }
        let found: Vec<Series> = serde_json::from_value(data.result)
            .map_err(|error| PollError::strange("Prometheus", error))?;
        let mut groups: BTreeMap<Vec<String>, Vec<Series>> = BTreeMap::new();
        for series in found {
            let value = |name: &String| series.metric.get(name).cloned().unwrap_or_default();
            groups.entry(self.group_by.iter().map(value).collect()).or_default().push(series);
        }
        let items = groups.into_iter().map(|(values, found)| self.item(&values, found));
        Ok(Page { items: items.collect(), whole: true, ..Page::default() })
    }
}

impl Prometheus {
    fn item(&self, values: &[String], mut found: Vec<Series>) -> Item {
        found.sort_by(|a, b| a.metric.cmp(&b.metric));
        let pairs: Vec<String> = self
            .group_by
            .iter()
            .zip(values)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut labels = found[0].metric.clone();
        for series in &found {
            labels.retain(|name, value| series.metric.get(name) == Some(value));
        }
        let marks = found.iter().map(|series| {
            let parts: Vec<&str> =
                series.metric.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).collect();
            mark(&parts)
        });
        let marks = marks.collect();
        let mut text = format!("The query `{}` finds {} series:\n", self.query, found.len());
        for series in found.iter().take(NAMED) {
            let own: Vec<String> =
                series.metric.iter().map(|(name, value)| format!("{name}={value}")).collect();
            text.push_str(&format!("\n- {} = {}", own.join(", "), series.value.1));
        }
        if found.len() > NAMED {
            text.push_str(&format!("\n- and {} more", found.len() - NAMED));
        }
        let title = match pairs.is_empty() {
            true => format!("Prometheus finds: {}", self.query),
            false => format!("{}: {}", pairs.join(", "), self.query),
        };
        let graph: String = url::form_urlencoded::byte_serialize(self.query.as_bytes()).collect();
        Item {
            id: format!("query:{}", [vec![self.query.clone()], pairs].concat().join(",")),
            url: format!("{}/graph?g0.expr={graph}", self.address),
            title: shortened(&title.split_whitespace().collect::<Vec<_>>().join(" "), 200),
            text,
            seen: Seen::Now { marks, last: None },
            labels,
            ..Item::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::http::loopback::{Loopback, answer};
    use serde_json::json;

    async fn poll(status: u16, body: Value, group_by: &[&str]) -> Result<Page, PollError> {
        let server = Loopback::new([answer(status, body.to_string())]);
        let access = Access {
            address: server.url(),
            query: "up == 0".into(),
            group_by: group_by.iter().map(|name| (*name).to_owned()).collect(),
            ..Access::default()
        };
        Prometheus::new(&access).unwrap().poll(None).await
    }

    fn vector(instances: &[&str]) -> Value {
        let series = instances.iter().map(
            |name| json!({ "metric": { "job": "shop", "instance": name }, "value": [1.0, "0"] }),
        );
        let result: Vec<_> = series.collect();
        json!({ "status": "success", "data": { "resultType": "vector", "result": result } })
    }

    #[tokio::test]
    async fn everything_a_query_finds_is_one_trouble_and_nothing_found_is_none() {
        let page = poll(200, vector(&["a", "b"]), &[]).await.unwrap();
        let [item] = &page.items[..] else { panic!("{page:?}") };
        assert_eq!(item.title, "Prometheus finds: up == 0");
        assert_eq!(item.labels, BTreeMap::from([("job".to_owned(), "shop".to_owned())]));
        assert!(matches!(&item.seen, Seen::Now { marks, .. } if marks.len() == 2));
        assert!(item.text.contains("instance=b, job=shop = 0"), "{}", item.text);
        let page = poll(200, vector(&[]), &[]).await.unwrap();
        assert!(page.whole && page.items.is_empty());
        assert_eq!(poll(200, vector(&["a", "b"]), &["instance"]).await.unwrap().items.len(), 2);
    }

    #[tokio::test]
    async fn a_query_that_cannot_be_a_finding_is_refused_with_the_reason() {
        let scalar = json!({ "data": { "resultType": "scalar", "result": [1.0, "1"] } });
        let error = poll(200, scalar, &[]).await.unwrap_err();
        assert!(error.lasting && error.error.message.contains("scalar"), "{error:?}");
        let bad = json!({ "status": "error", "error": "parse error: unexpected end" });
        let error = poll(400, bad, &[]).await.unwrap_err();
        assert!(error.lasting && error.error.message.contains("unexpected end"), "{error:?}");
    }
}
