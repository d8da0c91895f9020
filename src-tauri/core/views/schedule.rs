//! The schedule: deployments, freezes, maintenance windows and locks between two moments.

use super::deployments::DeploymentRow;
use crate::{clock::Instant, event::words::*, model::facts::NamedSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

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
