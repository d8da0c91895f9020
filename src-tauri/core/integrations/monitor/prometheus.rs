//! One number of a Prometheus server, held against limits.
//!
//! A query that finds nothing, or a number that is none, says neither yes nor no. Several series
//! are a question that was not asked precisely enough: every one of them has to be within the limits.

use super::{Outcome, Probe, Sample};
use crate::{
    error::{Error, Result},
    integrations::http::{Call, CallError, Http, Reach},
};
use async_trait::async_trait;
use serde_json::Value;
use std::time::Duration;
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(10);
/// One number is asked for.
const ANSWER_LIMIT: usize = 1 << 20;

pub struct PrometheusProbe {
    http: Http,
    url: Url,
    at_least: Option<f64>,
    at_most: Option<f64>,
}

impl PrometheusProbe {
    /// `address` is that of the server; no other host is reached.
    pub fn new(
        address: &str,
        query: &str,
        at_least: Option<f64>,
        at_most: Option<f64>,
        reach: &Reach,
    ) -> Result<Self> {
        let http = reach.client(address)?;
        let base = format!("{}/api/v1/query", address.trim_end_matches('/'));
        let mut url = Url::parse(&base)
            .map_err(|error| Error::field("url", format!("{address} is no address: {error}.")))?;
        url.query_pairs_mut().append_pair("query", query);
        Ok(Self { http, url, at_least, at_most })
    }

    /// Asks once. An error means that there was no whole answer within ten seconds and 1 MiB.
    pub async fn ask(&self) -> Result<Sample, CallError> {
        let mut call = Call::new("GET", self.url.as_str(), TIMEOUT);
        call.answer_limit = ANSWER_LIMIT;
        let answer = self.http.send(call).await?;
        let found = numbers(&answer.text());
        let value = found.as_ref().ok().and_then(|found| self.worst(found));
        let (result, detail) = match found {
            Ok(found) if answer.status == 200 => self.judge(&found),
            // A server that refuses the query has not measured anything.
            Err(why) => (Outcome::Error, format!("{}: {why}", answer.status)),
            Ok(_) => (Outcome::Error, format!("answers {}", answer.status)),
        };
        Ok(Sample { result, value, detail })
    }

    /// The number that is nearest to a limit, or beyond it: of several series the one that decides.
    fn worst(&self, numbers: &[f64]) -> Option<f64> {
        let real = numbers.iter().copied().filter(|number| number.is_finite());
        match self.at_most {
            Some(_) => real.reduce(f64::max),
            None => real.reduce(f64::min),
        }
    }

    fn judge(&self, numbers: &[f64]) -> (Outcome, String) {
        if numbers.is_empty() {
            return (Outcome::Inconclusive, "the query finds nothing".into());
        }
        if numbers.iter().any(|number| number.is_nan()) {
            return (Outcome::Inconclusive, "the answer is not a number".into());
        }
        for number in numbers {
            if let Some(least) = self.at_least.filter(|least| number < least) {
                return (Outcome::Failure, format!("{number} is less than {least}"));
            }
            if let Some(most) = self.at_most.filter(|most| number > most) {
                return (Outcome::Failure, format!("{number} is more than {most}"));
            }
        }
        let shown: Vec<String> = numbers.iter().take(5).map(f64::to_string).collect();
        (Outcome::Success, shown.join(", "))
    }
}

/// The numbers of an answer: a vector's, or a scalar.
fn numbers(answer: &str) -> Result<Vec<f64>, String> {
    let answer: Value =
        serde_json::from_str(answer).map_err(|_| "the answer is not Prometheus' own".to_owned())?;
    if answer["status"] != "success" {
        let why = answer["error"].as_str().unwrap_or("it does not say why");
        return Err(format!("the query is refused: {why}"));
    }
    let result = &answer["data"]["result"];
    let number = |value: &Value| {
        let text = value.get(1).and_then(Value::as_str);
        text.and_then(|text| text.parse::<f64>().ok())
            .ok_or_else(|| "the answer holds no numbers".to_owned())
    };
    match answer["data"]["resultType"].as_str() {
        Some("vector") => {
            result.as_array().into_iter().flatten().map(|row| number(&row["value"])).collect()
        }
        Some("scalar") => Ok(vec![number(result)?]),
        _ => Err("the query gives no numbers of one moment".into()),
    }
}

#[async_trait]
impl Probe for PrometheusProbe {
    async fn sample(&self) -> Sample {
        Sample::of(self.ask().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_held_against_the_limits_and_none_is_inconclusive() {
        let of = |most| {
            PrometheusProbe::new("http://127.0.0.1:9", "up", Some(0.5), most, &Reach::default())
                .unwrap()
        };
        let probe = of(Some(2.0));
        assert_eq!(probe.url.as_str(), "http://127.0.0.1:9/api/v1/query?query=up");
        let judged = |numbers: &[f64]| probe.judge(numbers).0;
        assert_eq!(judged(&[1.0, 2.0]), Outcome::Success);
        assert_eq!(judged(&[1.0, 2.1]), Outcome::Failure);
        assert_eq!(judged(&[0.4]), Outcome::Failure);
        assert_eq!(judged(&[]), Outcome::Inconclusive);
        assert_eq!(judged(&[f64::NAN]), Outcome::Inconclusive);
        assert_eq!(probe.worst(&[1.0, 2.1, f64::NAN]), Some(2.1));
        assert_eq!(probe.worst(&[]), None);
        let least = of(None);
        assert_eq!(least.worst(&[1.0, 0.2]), Some(0.2));
    }

    #[test]
    fn answers_are_read_or_refused_with_the_reason() {
        let vector = r#"{"status":"success","data":{"resultType":"vector",
            "result":[{"metric":{},"value":[1700000000.1,"0.25"]}]}}"#;
        assert_eq!(numbers(vector).unwrap(), [0.25]);
        let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"3"]}}"#;
        assert_eq!(numbers(scalar).unwrap(), [3.0]);
        let refused = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        assert_eq!(numbers(refused).unwrap_err(), "the query is refused: parse error");
        let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
        assert!(numbers(matrix).unwrap_err().contains("no numbers of one moment"));
        for bad in [
            "",
            "<html>",
            r#"{"status":"success","data":{"resultType":"vector","result":[{"value":[1]}]}}"#,
        ] {
            assert!(numbers(bad).is_err(), "{bad}");
        }
    }
}
