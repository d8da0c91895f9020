//! How a deployment goes through an environment: its waves, the gates between them, its limits, and
//! what happens by itself when it fails. Copied into the run when it starts.

use super::{CatalogId, ProbeSpec, Reached, Target};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many targets are worked on at once where nobody has said.
pub const AT_ONCE: u32 = 100;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Rollout {
    /// What is said of waves, by their number. A wave that nobody says anything of has neither pause
    /// nor gate.
    pub waves: Vec<WaveRule>,
    /// The most targets that are worked on at once.
    pub at_once: u32,
    /// How long one step at an endpoint may take before its outcome counts as unknown.
    pub step_minutes: u32,
    /// Pause between two looks at the health of a target that was deployed to.
    pub health_seconds: u32,
    /// What happens by itself when a target or a gate has failed. An unknown outcome always asks.
    pub on_failure: OnFailure,
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            waves: Vec::new(),
            at_once: AT_ONCE,
            step_minutes: 60,
            health_seconds: 10,
            on_failure: OnFailure::Ask,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    #[default]
    Ask,
    /// The deployment ends as failed; what is deployed stays.
    Abort,
    /// What ran before comes back, once.
    RollBack,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WaveRule {
    pub wave: u32,
    #[serde(default)]
    pub name: String,
    /// Which share of all targets belongs to it, in per cent, in the order of the targets. Where no
    /// wave has one, each target says itself to which it belongs.
    #[serde(default)]
    pub share: u32,
    /// How long nothing happens after its targets are done, before its gates.
    #[serde(default)]
    pub pause_minutes: u32,
    /// After its gates the next wave begins only when a person says so.
    #[serde(default)]
    pub wait: bool,
    #[serde(default)]
    pub gates: Vec<HealthGate>,
}

/// What is measured after a wave. Argo Rollouts' semantics: a wrong answer is a failure, no answer an
/// error (counted in a row), neither of them inconclusive; a limit is crossed when strictly exceeded.
/// Stricter than there: it passes by good measurements alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct HealthGate {
    pub id: String,
    pub name: String,
    pub by: Measure,
    /// Of an HTTP probe, the address; of a query, that of the Prometheus server.
    pub url: String,
    /// How its host is reached; absent, as this machine reaches it.
    pub access: Option<CatalogId>,
    pub expect_status: u16,
    pub expect_text: String,
    pub max_millis: Option<u32>,
    /// PromQL that gives one number.
    pub query: String,
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
    pub every_seconds: u32,
    /// How many good measurements pass it.
    pub good: u32,
    pub failure_limit: u32,
    pub inconclusive_limit: u32,
    pub error_limit: u32,
    /// It is measured and shown, and decides nothing.
    pub dry_run: bool,
}

impl Default for HealthGate {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            by: Measure::Http,
            url: String::new(),
            access: None,
            expect_status: 200,
            expect_text: String::new(),
            max_millis: None,
            query: String::new(),
            at_least: None,
            at_most: None,
            every_seconds: 10,
            good: 1,
            failure_limit: 2,
            inconclusive_limit: 0,
            error_limit: 4,
            dry_run: false,
        }
    }
}

impl HealthGate {
    /// By which access which address is asked, where it names one.
    pub fn reached_by(&self) -> Option<Reached<'_>> {
        match self.by {
            Measure::Http | Measure::Prometheus => {
                Some(Reached { access: self.access.as_ref()?, url: &self.url, directly: false })
            }
            Measure::Endpoint | Measure::Alertmanager | Measure::Certificate | Measure::Command => {
                None
            }
        }
    }

    /// What it measures, as a probe.
    pub fn probe(&self) -> ProbeSpec {
        ProbeSpec {
            id: self.id.clone(),
            name: self.name.clone(),
            by: self.by,
            url: self.url.clone(),
            access: self.access.clone(),
            query: self.query.clone(),
            at_least: self.at_least,
            at_most: self.at_most,
            expect_status: self.expect_status,
            expect_text: self.expect_text.clone(),
            max_millis: self.max_millis,
            ..ProbeSpec::default()
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    #[default]
    Http,
    Prometheus,
    /// The endpoints of the wave's targets say themselves whether they are well. Of a gate alone.
    Endpoint,
    /// How many alerts are active. This and what follows: of a probe alone.
    Alertmanager,
    /// How many days the certificate of a server is still good for.
    Certificate,
    /// A program of this machine.
    Command,
}

/// A gate of a wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct GateRef {
    pub wave: u32,
    pub gate: String,
}

/// How a gate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    Passed,
    Failed,
    /// Nothing it measured said yes or no.
    Inconclusive,
    /// Nobody answered.
    Error,
}

/// What was measured until a gate ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Measured {
    pub good: u32,
    pub failures: u32,
    pub inconclusive: u32,
    /// All errors; the limit is about those in a row.
    pub errors: u32,
}

impl Rollout {
    pub fn wave(&self, wave: u32) -> Option<&WaveRule> {
        self.waves.iter().find(|rule| rule.wave == wave)
    }

    /// The targets with their waves: those they name, or by the waves' shares of all.
    pub fn spread(&self, targets: &[Target]) -> Vec<Target> {
        let mut spread = targets.to_vec();
        let mut rules: Vec<&WaveRule> = self.waves.iter().filter(|rule| rule.share > 0).collect();
        rules.sort_by_key(|rule| rule.wave);
        let Some(last) = rules.last().map(|rule| rule.wave) else { return spread };
        let count = spread.len();
        let (mut from, mut per_cent) = (0, 0);
        for rule in rules {
            per_cent += rule.share as usize;
            // Each wave gets one at least, so that a small canary is not lost in rounding.
            let until = (count * per_cent).div_ceil(100).max(from + 1).min(count);
            for target in &mut spread[from.min(count)..until.max(from).min(count)] {
                target.wave = rule.wave;
            }
            from = until.max(from).min(count);
        }
        for target in &mut spread[from..] {
            target.wave = last;
        }
        spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(shares: &[u32], targets: usize) -> Vec<u32> {
        let waves = shares.iter().zip(1..).map(|(share, wave)| WaveRule {
            wave,
            name: String::new(),
            share: *share,
            pause_minutes: 0,
            wait: false,
            gates: Vec::new(),
        });
        let rollout = Rollout { waves: waves.collect(), ..Rollout::default() };
        let targets: Vec<_> = (0..targets)
            .map(|n| Target {
                id: format!("t{n}"),
                wave: 7,
                endpoint: "agent".into(),
                params: Default::default(),
            })
            .collect();
        rollout.spread(&targets).iter().map(|target| target.wave).collect()
    }

    #[test]
    fn shares_take_the_targets_in_order_and_the_last_wave_takes_the_rest() {
        assert_eq!(shared(&[10, 40, 50], 10), [1, 2, 2, 2, 2, 3, 3, 3, 3, 3]);
        assert_eq!(shared(&[5, 25], 4), [1, 2, 2, 2]);
        assert_eq!(shared(&[1, 1, 98], 2), [1, 2]);
        assert_eq!(shared(&[80, 80], 3), [1, 1, 1]);
        assert_eq!(shared(&[50, 50], 0), [0; 0]);
        assert_eq!(shared(&[0, 0], 2), [7, 7], "without a share the targets say it");
    }

    #[test]
    fn what_was_written_before_rollouts_reads_as_one_that_asks() {
        let old: Rollout = serde_json::from_str("{}").unwrap();
        assert_eq!((old.at_once, old.step_minutes, old.on_failure), (100, 60, OnFailure::Ask));
        let gate: HealthGate = serde_json::from_str(r#"{"id":"g","name":"G"}"#).unwrap();
        assert_eq!((gate.every_seconds, gate.failure_limit, gate.error_limit), (10, 2, 4));
    }
}
