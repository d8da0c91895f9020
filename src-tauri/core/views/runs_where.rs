//! What runs where: version and hot fixes in each environment, ordinary releases included.

use super::{Question, Read};
use crate::error::Result;
use crate::event::words::*;
use crate::model::{
    bookings::Slot,
    deployment::{LastTold, RunningSource},
};
use crate::store::operational::TOLD;
use rusqlite::OptionalExtension as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What runs in every environment of every product.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskRunsWhere {
    pub product: Option<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RunsWhereRow {
    pub product: CatalogId,
    pub product_name: String,
    pub environment: String,
    pub environment_name: String,
    pub production: bool,
    pub running: Option<Running>,
    /// How that is known.
    pub source: Option<RunningSource>,
    /// What its endpoints said when they were last asked what runs there.
    pub told: Option<LastTold>,
    /// It has targets, so somebody can be asked.
    pub targets: u32,
    pub held_by: Option<DeploymentKey>,
    pub slots: Vec<Slot>,
}

impl Question for AskRunsWhere {
    type Answer = Vec<RunsWhereRow>;

    fn ask(&self, read: &Read) -> Result<Vec<RunsWhereRow>> {
        let mut rows = Vec::new();
        for product in read.catalog.products() {
            if self.product.as_ref().is_some_and(|wanted| wanted != &product.id) {
                continue;
            }
            for environment in &product.environments {
                let state = read
                    .judge(|state| Ok(state.environment(&product.id, &environment.id)?.clone()))?;
                let told: Option<String> = read
                    .db
                    .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
                    .query_row([format!("{TOLD}{}/{}", product.id, environment.id)], |row| {
                        row.get(0)
                    })
                    .optional()?;
                rows.push(RunsWhereRow {
                    product: product.id.clone(),
                    product_name: product.name.clone(),
                    environment: environment.id.clone(),
                    environment_name: environment.name.clone(),
                    production: environment.production,
                    running: state.running,
                    source: state.source,
                    told: told.and_then(|told| serde_json::from_str(&told).ok()),
                    targets: u32::try_from(environment.targets.len()).unwrap_or(u32::MAX),
                    held_by: state.held_by,
                    slots: state.slots.into(),
                });
            }
        }
        Ok(rows)
    }
}
