//! Reports and case bundles as files: written one at a time, with how far it is and the way to stop it.

mod bundle;

use super::{Call, Desk, actions::Action, files::write_new, under_way::UnderWay};
use crate::{
    error::{Error, Result},
    event::words::*,
    stages::Done,
    views::report::{self, ReadDossier, ReportFormat},
};
pub use bundle::{Bundled, SaveBundle};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use ts_rs::TS;

/// Write a hot fix's report to a new file.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveReport {
    pub key: HotfixKey,
    pub format: ReportFormat,
    pub path: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportStep {
    #[default]
    Reading,
    /// The pages of a PDF.
    Setting,
    /// The files of a bundle.
    Packing,
}

/// How far it is that this program writes a report or a bundle.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskReporting {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Reporting {
    pub subject: String,
    pub doing: ReportStep,
    /// Nothing is under way (any more).
    pub done: bool,
    #[ts(type = "number")]
    pub at: u64,
    /// Zero while it is not known.
    #[ts(type = "number")]
    pub of: u64,
}

/// Stop it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelReporting {}

/// What is under way.
pub type Work = UnderWay<Reporting>;

/// One file that is being written.
struct Run<'a>(&'a Work);

impl<'a> Run<'a> {
    fn begin(desk: &'a Desk, subject: &str) -> Result<Self> {
        let work = &desk.0.report;
        if !work.begin(Reporting { subject: subject.into(), ..Reporting::default() }) {
            return Err(Error::conflict("Another report is being written.")
                .hint("Wait for its end, or cancel it."));
        }
        Ok(Self(work))
    }

    /// False once somebody wants it to stop.
    fn step(&self, doing: ReportStep, at: u64, of: u64) -> bool {
        // A step within a step only asks whether it is to stop.
        if of > 0 {
            self.0.update(|progress| (progress.doing, progress.at, progress.of) = (doing, at, of));
        }
        !self.0.is_cancelled()
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.0.update(|progress| progress.done = true);
        self.0.end();
    }
}

impl Action for SaveReport {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let run = Run::begin(call.desk(), &self.path)?;
        let dossier = call.ask(&ReadDossier { key: self.key })?;
        write_new(&self.path, |file| {
            let mut step = |at, of| run.step(ReportStep::Setting, at, of);
            let bytes = report::file(&dossier.document, self.format, &mut step)?;
            Ok(file.write_all(&bytes)?)
        })?;
        Ok(Done {})
    }
}

impl Action for AskReporting {
    type Answer = Reporting;

    fn run(self, call: &Call) -> Result<Reporting> {
        let work = &call.desk().0.report;
        Ok(Reporting { done: !work.is_running(), ..work.progress() })
    }
}

impl Action for CancelReporting {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        call.desk().0.report.cancel();
        Ok(Done {})
    }
}
