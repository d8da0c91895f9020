//! Ways to reach hosts: which there are, which of them are for an address, and who uses them.

use super::{Question, Read};
use crate::{error::Result, event::words::*, model::reached};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

/// List them by name; those that are for an address first, where one is given.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListAccess {
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AccessRow {
    pub access: CatalogId,
    pub name: String,
    pub hosts: Vec<String>,
    pub login: AccessLogin,
    /// It names the address's host; false where no address is given.
    pub covers: bool,
    /// "The probe “Health” of Shop, Staging".
    pub used_by: Vec<String>,
}

impl Question for ListAccess {
    type Answer = Vec<AccessRow>;

    fn ask(&self, read: &Read) -> Result<Vec<AccessRow>> {
        let url = self.url.as_deref().and_then(|url| Url::parse(url.trim()).ok());
        let row = |access: &Access| AccessRow {
            access: access.id.clone(),
            name: access.name.clone(),
            hosts: access.hosts.clone(),
            login: access.login.clone(),
            covers: url.as_ref().is_some_and(|url| reached::covers(access, url)),
            used_by: reached::uses(&read.catalog, &access.id.0).map(|used| used.whose).collect(),
        };
        let mut rows: Vec<AccessRow> = read.catalog.accesses().map(row).collect();
        rows.sort_by_cached_key(|row| (!row.covers, row.name.to_lowercase()));
        Ok(rows)
    }
}
