//! When a hot fix reaches production: what a caller whose trouble is known wants to hear.

use super::Read;
use crate::{
    clock::Instant,
    error::Result,
    event::words::{CatalogId, HotfixKey, Product},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Ships {
    /// When the next deployment to production starts; or, once done, when the last one was.
    pub at: Instant,
    pub done: bool,
    /// The environment's name.
    pub environment: String,
}

/// The next deployment to production that is planned or under way, else the last that is done. One
/// that failed, was missed or taken back promises nothing.
pub(super) fn ships(read: &Read, hotfix: &HotfixKey) -> Result<Option<Ships>> {
    let mut statement = read.db.prepare_cached(
        "SELECT product, environment, state = 'done', starts_at, ended_at FROM deployments
         WHERE hotfix = ?1 AND state IN ('planned', 'deploying', 'validating', 'done')",
    )?;
    let mut rows = statement.query([hotfix.as_str()])?;
    let (mut next, mut last): (Option<Ships>, Option<Ships>) = (None, None);
    while let Some(row) = rows.next()? {
        let (product, environment): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(product) = read.catalog.product(&CatalogId(product)) else { continue };
        let Some(environment) = production(product, &environment) else { continue };
        let done: bool = row.get(2)?;
        let at: Option<i64> = row.get(if done { 4 } else { 3 })?;
        let Some(at) = at.map(Instant::from_micros) else { continue };
        let one = Ships { at, done, environment };
        if done && last.as_ref().is_none_or(|kept| kept.at < at) {
            last = Some(one);
        } else if !done && next.as_ref().is_none_or(|kept| at < kept.at) {
            next = Some(one);
        }
    }
    Ok(next.or(last))
}

/// The name of an environment, if it is one for the users: marked so, or the last of a path on which
/// none is.
fn production(product: &Product, id: &str) -> Option<String> {
    let path = &product.environments;
    let (at, environment) = path.iter().enumerate().find(|(_, one)| one.id == id)?;
    let marked = path.iter().any(|one| one.production);
    let is_it = if marked { environment.production } else { at + 1 == path.len() };
    is_it.then(|| environment.name.clone())
}
