//! The schedule: deployments, freezes, maintenance windows and locks between two moments, and who is away or
//! on duty then.

mod people;

use super::deployments::DeploymentRow;
use super::{Question, Read, deployments};
use crate::{
    calendar::{Span, recurrence::expand},
    error::{Error, Result},
};
use crate::{clock::Instant, event::words::*, model::facts::NamedSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use people::{PersonRow, PersonSpan};

/// Everything on the calendar that overlaps [from, to).
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskSchedule {
    pub from: Instant,
    pub to: Instant,
    #[serde(default)]
    pub product: Option<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Schedule {
    pub zone: String,
    pub rows: Vec<ScheduleRow>,
    /// Everybody who is away or on duty in this time, by name.
    pub people: Vec<PersonRow>,
}

/// One environment of one product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ScheduleRow {
    pub product: CatalogId,
    pub product_name: String,
    pub environment: String,
    pub environment_name: String,
    pub deployments: Vec<DeploymentRow>,
    pub spans: Vec<NamedSpan>,
}

impl Question for AskSchedule {
    type Answer = Schedule;

    fn ask(&self, read: &Read) -> Result<Schedule> {
        if self.to <= self.from {
            return Err(Error::field("to", "The end lies before the beginning."));
        }
        let zone = read.judge(|state| Ok(state.workspace()?.zone.clone()))?;
        let planned = deployments::between(read, self.from, self.to)?;
        let mut spans = Vec::new();
        // What is of people covers no environment: it stands with them.
        for entry in read.catalog.calendars().filter(|entry| !entry.purpose.is_of_people()) {
            for span in expand(&entry.rule, self.from, self.to)? {
                spans.push((entry, NamedSpan::new(entry, span)));
            }
        }
        let mut rows = Vec::new();
        for product in read.catalog.products() {
            if self.product.as_ref().is_some_and(|wanted| wanted != &product.id) {
                continue;
            }
            for environment in &product.environments {
                rows.push(ScheduleRow {
                    product: product.id.clone(),
                    product_name: product.name.clone(),
                    environment: environment.id.clone(),
                    environment_name: environment.name.clone(),
                    deployments: planned
                        .iter()
                        .filter(|one| {
                            one.product == product.id && one.environment == environment.id
                        })
                        .cloned()
                        .collect(),
                    spans: spans
                        .iter()
                        .filter(|(entry, _)| entry.covers(&product.id, &environment.id))
                        .map(|(_, span)| span.clone())
                        .collect(),
                });
            }
        }
        let within = Span::new(self.from, self.to);
        let people = people::people(&read.catalog, within, self.product.as_ref())?;
        Ok(Schedule { zone, rows, people })
    }
}
