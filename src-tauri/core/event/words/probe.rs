//! What is watched in an environment, how often, how much of it is too much, and what happens then.

use super::{CatalogId, DeploymentKey, HotfixKey, IssueKey, Measure, Reached};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many of the newest samples a limit may be about: so many are always kept one by one.
pub const MOST_WITHIN: u32 = 100;

/// One probe. Argo Rollouts' semantics: a wrong answer is a failure, no answer an error (counted in a
/// row, and asked again soon), neither yes nor no inconclusive; a limit is crossed when strictly exceeded.
/// Other than there, failures and inconclusive answers count in a row, or within the newest samples: a
/// watch of three days that may see no failure at all would end on the first hiccup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ProbeSpec {
    pub id: String,
    pub name: String,
    /// An endpoint's own health is asked for anyway, and is no probe.
    pub by: Measure,
    /// Of an HTTP probe, the address; of a query or of alerts, that of the server; of a certificate, that of
    /// whoever presents it, such as `https://mail.example.org:993`.
    pub url: String,
    /// How its host is reached; absent, as this machine reaches it.
    pub access: Option<CatalogId>,
    /// PromQL that gives one number; or matchers of alerts, as Alertmanager writes them.
    pub query: String,
    /// Of a certificate: so many days are left.
    pub at_least: Option<f64>,
    /// Of alerts: so many may be active (0 if nothing is said).
    pub at_most: Option<f64>,
    /// By how many per cent it may be above what it was before the deployment; absent, that is not looked at.
    pub above_before: Option<u32>,
    pub method: String,
    pub body: String,
    pub expect_status: u16,
    pub expect_text: String,
    pub max_millis: Option<u32>,
    /// Who signed a certificate, and for which name, is not looked at.
    pub unverified: bool,
    /// The program and its words; no shell sees them.
    pub argv: Vec<String>,
    /// Where it runs; empty for the folder of temporary files.
    pub folder: String,
    pub timeout_seconds: u32,
    pub every_seconds: u32,
    /// How soon it is asked again after an error, where the interval is longer.
    pub retry_seconds: u32,
    pub failure_limit: u32,
    pub inconclusive_limit: u32,
    /// Errors count in a row.
    pub error_limit: u32,
    /// Failures and inconclusive answers count within so many of the newest samples; absent, in a row.
    pub within: Option<u32>,
    /// What happens by itself when a limit is crossed.
    pub on_breach: OnBreach,
    /// It is measured and shown, and decides nothing.
    pub dry_run: bool,
}

impl Default for ProbeSpec {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            by: Measure::Http,
            url: String::new(),
            access: None,
            query: String::new(),
            at_least: None,
            at_most: None,
            above_before: None,
            method: "GET".into(),
            body: String::new(),
            expect_status: 200,
            expect_text: String::new(),
            max_millis: None,
            unverified: false,
            argv: Vec::new(),
            folder: String::new(),
            timeout_seconds: 30,
            every_seconds: 60,
            retry_seconds: 10,
            failure_limit: 2,
            inconclusive_limit: 2,
            error_limit: 4,
            within: None,
            on_breach: OnBreach::Notify,
            dry_run: false,
        }
    }
}

impl ProbeSpec {
    /// By which access which address is asked, where it names one. A program goes its own way.
    pub fn reached_by(&self) -> Option<Reached<'_>> {
        let directly = match self.by {
            Measure::Command | Measure::Endpoint => return None,
            Measure::Http | Measure::Prometheus | Measure::Alertmanager => false,
            Measure::Certificate => true,
        };
        Some(Reached { access: self.access.as_ref()?, url: &self.url, directly })
    }

    /// Above this it is not as it should be: milliseconds, or the number that was measured. `before` is what it
    /// was before the deployment.
    pub fn most(&self, before: Option<f64>) -> Option<f64> {
        let limit = match self.by {
            Measure::Prometheus | Measure::Command => self.at_most,
            Measure::Alertmanager => Some(self.alerts()),
            Measure::Certificate => None,
            Measure::Http | Measure::Endpoint => self.max_millis.map(f64::from),
        };
        let risen = before.zip(self.above_before);
        let risen = risen.map(|(before, per_cent)| before * (1.0 + f64::from(per_cent) / 100.0));
        limit.into_iter().chain(risen).reduce(f64::min)
    }

    /// How many alerts may be active.
    pub fn alerts(&self) -> f64 {
        self.at_most.unwrap_or(0.0)
    }

    /// How many days a certificate has to last at least.
    pub fn days(&self) -> f64 {
        self.at_least.unwrap_or(14.0)
    }
}

/// What happens by itself when a probe crosses its limit while its hot fix is being watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnBreach {
    /// Whoever can close the breach is told.
    #[default]
    Notify,
    /// It counts as come back: its issues are opened again, and a new hot fix begins.
    Reopen,
    /// What ran before comes back, once.
    RollBack,
}

/// What was done by itself when a breach opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "did")]
pub enum BreachDeed {
    #[default]
    Notified,
    Reopened {
        issues: Vec<IssueKey>,
        /// The one that begins, or in which they are already; none while they have to be triaged first.
        hotfix: Option<HotfixKey>,
    },
    RolledBack {
        deployment: DeploymentKey,
    },
    /// It could not be done, and a person has to decide.
    Refused {
        wanted: OnBreach,
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(spec: serde_json::Value) -> ProbeSpec {
        serde_json::from_value(spec).unwrap()
    }

    #[test]
    fn the_narrower_of_its_own_limit_and_what_was_usual_counts() {
        let query = spec(json!({ "by": "prometheus", "at_most": 10, "above_before": 20 }));
        assert_eq!(query.most(None), Some(10.0));
        assert_eq!(query.most(Some(2.0)), Some(2.4));
        assert_eq!(query.most(Some(90.0)), Some(10.0));
        let http = spec(json!({ "max_millis": 500, "at_most": 1, "above_before": 20 }));
        assert_eq!(http.most(Some(2000.0)), Some(500.0), "a limit of a query is none of an answer");
        assert_eq!(spec(json!({})).most(Some(2.0)), None);
        assert_eq!(spec(json!({ "by": "alertmanager" })).most(None), Some(0.0));
    }

    #[test]
    fn what_was_written_before_there_were_choices_reads_as_one_that_notifies() {
        let old = spec(json!({
            "id": "p", "name": "P", "url": "http://p/", "method": "GET", "body": "",
            "expect_status": 204, "expect_text": "", "max_millis": null, "every_seconds": 5,
        }));
        assert_eq!((old.failure_limit, old.error_limit, old.within), (2, 4, None));
        assert_eq!((old.on_breach, old.dry_run, old.expect_status), (OnBreach::Notify, false, 204));
    }
}
