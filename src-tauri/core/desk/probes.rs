//! Probes made ready: a line for each kind, and the two permissions that a command wants. And a probe that is
//! being written, asked once.

use super::{
    Call, Desk, access,
    actions::Action,
    reach::commands::{self, Words},
};
use crate::{
    error::{Error, Kind, Result},
    event::words::*,
    integrations::monitor::{
        Masked, Probe, alertmanager::AlertmanagerProbe, certificate::CertificateProbe,
        command::CommandProbe, expect::Expect, http::HttpProbe, prometheus::PrometheusProbe,
    },
    model::probe,
    stages::Done,
    views::monitoring::SampleResult,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use ts_rs::TS;

/// A probe ready to be asked. Errors are at the fields of the probe.
pub fn ready(desk: &Desk, spec: &ProbeSpec) -> Result<Arc<dyn Probe>> {
    let reach = access::reach(desk, spec.reached_by())?;
    let probe: Box<dyn Probe> = match spec.by {
        Measure::Http => Box::new(HttpProbe::new(
            &spec.method,
            &spec.url,
            &spec.body,
            Expect::of_probe(spec.expect_status, &spec.expect_text, spec.max_millis),
            &reach,
        )?),
        Measure::Prometheus => Box::new(PrometheusProbe::new(
            &spec.url,
            &spec.query,
            spec.at_least,
            spec.at_most,
            &reach,
        )?),
        Measure::Alertmanager => {
            Box::new(AlertmanagerProbe::new(&spec.url, &spec.query, spec.alerts(), &reach)?)
        }
        Measure::Certificate => {
            Box::new(CertificateProbe::new(&spec.url, spec.days(), !spec.unverified, &reach.way)?)
        }
        Measure::Command => Box::new(command(desk, spec)?),
        Measure::Endpoint => {
            return Err(Error::internal("An endpoint is asked for its own health."));
        }
    };
    Ok(Arc::new(Masked { probe, mask: reach.mask }))
}

fn words(spec: &ProbeSpec) -> Words<'_> {
    Words { what: "probe", argv: &spec.argv, folder: spec.folder.trim() }
}

/// The command of a probe, refused unless workspace and machine have allowed it.
fn command(desk: &Desk, spec: &ProbeSpec) -> Result<CommandProbe> {
    let hint = "Look at its words in Settings, Products, and allow it there, or with `hotfix monitor \
                allow`.";
    commands::allowed(desk, &words(spec).mark()?, &format!("probe {}", spec.name), hint)
        .map_err(|error| error.at("argv"))?;
    Ok(CommandProbe {
        argv: spec.argv.clone(),
        folder: spec.folder.trim().into(),
        patience: Duration::from_secs(spec.timeout_seconds.into()),
        at_least: spec.at_least,
        at_most: spec.at_most,
    })
}

/// Ask a probe as it is being written.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryProbe {
    pub spec: ProbeSpec,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriedProbe {
    pub result: SampleResult,
    /// Milliseconds until the answer, or the number that was measured.
    pub value: Option<f64>,
    pub detail: String,
}

impl Action for TryProbe {
    type Answer = TriedProbe;

    fn run(self, call: &Call) -> Result<TriedProbe> {
        let tried = probe::check(&self.spec).and_then(|()| ready(call.desk(), &self.spec));
        let ready = tried.map_err(|error| match error.kind {
            Kind::Internal => error,
            _ => error.within("spec"),
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sample = runtime.block_on(ready.sample());
        Ok(TriedProbe {
            result: SampleResult::named(sample.result.name()),
            value: sample.value,
            detail: sample.detail,
        })
    }
}

/// Whether the command of a probe may run here: its words, as they are written.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskProbeCommand {
    pub argv: Vec<String>,
    #[serde(default)]
    pub folder: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ProbeCommandView {
    /// The workspace lets programs of this machine be run.
    pub workspace: bool,
    /// This machine lets these very words be run.
    pub machine: bool,
}

/// Let these words be run on this machine by probes, or not any more.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AllowProbeCommand {
    pub argv: Vec<String>,
    #[serde(default)]
    pub folder: String,
    pub on: bool,
}

fn mark(argv: &[String], folder: &str) -> Result<String> {
    Words { what: "probe", argv, folder: folder.trim() }.mark()
}

impl Action for AskProbeCommand {
    type Answer = ProbeCommandView;

    fn run(self, call: &Call) -> Result<ProbeCommandView> {
        Ok(ProbeCommandView {
            workspace: commands::runs_programs(call.desk())?,
            machine: commands::is_allowed(call.desk(), &mark(&self.argv, &self.folder)?)?,
        })
    }
}

impl Action for AllowProbeCommand {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        if self.argv.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(Error::field("argv", "There is no program to allow."));
        }
        commands::allow(call.desk(), mark(&self.argv, &self.folder)?, self.on)?;
        Ok(Done {})
    }
}
