//! Actions about sources: read one now, try one out, keep its secret.

use super::{
    Call, Desk,
    actions::{Action, wait},
    outside::{SOURCE_SECRET, source_secrets},
};
use crate::{
    engine::poller::{Reader, SourceRun},
    error::{Error, Result},
    event::words::*,
    stages::{
        Done,
        report::elsewhere::{Became, Seen},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many of the first page are shown.
const SHOWN: usize = 10;

/// Read a source now, to its end; also one that is paused.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RunSource {
    pub source: CatalogId,
}

/// Show the first that a source would bring. Nothing is logged.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TrySource {
    /// A source of the catalog.
    #[serde(default)]
    pub source: Option<CatalogId>,
    /// One that is being written.
    #[serde(default)]
    pub draft: Option<Source>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WouldBe {
    pub became: Became,
    pub id: String,
    pub url: String,
    pub title: String,
    /// The beginning of it.
    pub text: String,
    pub reporter: String,
    pub product: Option<CatalogId>,
    pub component: String,
    pub version: String,
    pub environment: String,
    /// How often it happened, as the source tells.
    #[ts(type = "number")]
    pub times: u64,
}

/// Keep a source's secret in the keychain. An empty value removes it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetSourceSecret {
    pub source: CatalogId,
    pub value: String,
    /// Keep it until the program ends, and not in the keychain.
    #[serde(default)]
    pub session: bool,
}

/// Whether this machine has a source's secret.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskSourceSecret {
    pub source: CatalogId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SourceSecret {
    pub kept: bool,
}

fn find(desk: &Desk, id: &CatalogId) -> Result<Source> {
    desk.catalog()?.source(id).cloned().ok_or_else(|| {
        Error::field("source", format!("There is no source “{id}”."))
            .hint("`hotfix source list` names them.")
    })
}

impl Action for RunSource {
    type Answer = SourceRun;

    fn run(self, call: &Call) -> Result<SourceRun> {
        call.desk().writable()?;
        let source = find(call.desk(), &self.source)?;
        wait(Reader::new(call.desk().clone())?.read(source))
    }
}

impl Action for TrySource {
    type Answer = Vec<WouldBe>;

    fn run(self, call: &Call) -> Result<Vec<WouldBe>> {
        let source = match (self.draft, &self.source) {
            (Some(draft), _) => draft,
            (None, Some(id)) => find(call.desk(), id)?,
            (None, None) => return Err(Error::field("source", "Which source? Name it.")),
        };
        let found = wait(Reader::new(call.desk().clone())?.try_out(source, SHOWN))?;
        let row = |(request, became): (crate::stages::report::elsewhere::TakeIn, Became)| {
            let report = request.report;
            let origin = report.origin.unwrap_or_default();
            let reporter = report.text.reporter;
            WouldBe {
                became,
                id: origin.id,
                url: origin.url,
                title: report.text.title,
                text: report.text.description.chars().take(500).collect(),
                reporter: if reporter.name.is_empty() { reporter.reach } else { reporter.name },
                product: report.product,
                component: report.component,
                version: report.version,
                environment: report.environment,
                times: match request.seen {
                    Seen::Once => 1,
                    Seen::Total { times, .. } => times,
                    Seen::Now { marks, .. } => marks.len() as u64,
                },
            }
        };
        Ok(found.into_iter().map(row).collect())
    }
}

impl Action for SetSourceSecret {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let secrets = call.desk().secrets();
        let name = source_secrets(&self.source);
        if self.session {
            secrets.set_for_session(&name, SOURCE_SECRET, &self.value);
        } else {
            secrets.set(&name, SOURCE_SECRET, &self.value)?;
        }
        // Whoever enters a secret wants to see what comes of it.
        let store = call.desk().store();
        let mut standing = store.standing(&self.source.0)?;
        if standing.next_at.take().is_some() {
            store.set_standing(&self.source.0, &standing)?;
        }
        Ok(Done {})
    }
}

impl Action for AskSourceSecret {
    type Answer = SourceSecret;

    fn run(self, call: &Call) -> Result<SourceSecret> {
        let kept = call.desk().secrets().get(&source_secrets(&self.source), SOURCE_SECRET)?;
        Ok(SourceSecret { kept: kept.is_some() })
    }
}
