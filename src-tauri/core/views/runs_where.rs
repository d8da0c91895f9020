//! What runs where: version and hot fixes in each environment, ordinary releases included.

use crate::event::words::*;
use crate::model::deployment::Slot;
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
    pub held_by: Option<DeploymentKey>,
    pub slots: Vec<Slot>,
}
