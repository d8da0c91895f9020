//! What is usual in a report: what this desk, this caller and this product had the last time. Offered
//! for what was left empty, never put over what was typed.

use crate::{
    error::Result,
    event::words::*,
    views::{Question, Read, unword},
};
use rusqlite::OptionalExtension as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What was reported last by who sits here, by this caller, on this product.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskDefaults {
    pub product: Option<CatalogId>,
    /// The caller's name, as it was given before.
    pub caller: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Defaults {
    pub product: Option<CatalogId>,
    pub version: String,
    pub environment: String,
    pub component: String,
    pub channel: Option<Channel>,
}

/// What a machine or an import brought says nothing about the next caller.
const BY_HAND: &str = "channel NOT IN ('monitoring', 'testing', 'import')";

/// How many of the last reports are asked what is most usual.
const LAST: u32 = 20;

impl Question for AskDefaults {
    type Answer = Defaults;

    fn ask(&self, read: &Read) -> Result<Defaults> {
        let caller = self.caller.trim();
        let of_caller = match caller {
            "" => None,
            name => last(read, "reporter = ?1 AND reporter <> ''", name)?,
        };
        let of_desk = last(read, &format!("reported_by = ?1 AND {BY_HAND}"), &read.me.0)?;
        let product = self.product.clone().or_else(|| {
            of_caller.as_ref().or(of_desk.as_ref()).and_then(|one| one.product.clone())
        });
        let mut usual = Defaults {
            product: product.clone(),
            channel: of_caller.as_ref().or(of_desk.as_ref()).and_then(|one| one.channel),
            ..Defaults::default()
        };
        let Some(product) = product else { return Ok(usual) };
        // Who called before is likely to use what they used then.
        if let Some(before) = of_caller.filter(|one| one.product.as_ref() == Some(&product)) {
            usual.version = before.version;
            usual.environment = before.environment;
            usual.component = before.component;
        }
        for (field, column) in [
            (&mut usual.version, "version"),
            (&mut usual.environment, "environment"),
            (&mut usual.component, "component"),
        ] {
            if field.is_empty() {
                *field = most_usual(read, column, &product)?;
            }
        }
        Ok(usual)
    }
}

fn last(read: &Read, condition: &str, of: &str) -> Result<Option<Defaults>> {
    let sql = format!(
        "SELECT product, version, environment, component, channel FROM issues
         WHERE {condition} ORDER BY num DESC LIMIT 1"
    );
    let found = read.db.prepare_cached(&sql)?.query_row([of], |row| {
        Ok(Defaults {
            product: row.get::<_, Option<String>>(0)?.map(CatalogId),
            version: row.get(1)?,
            environment: row.get(2)?,
            component: row.get(3)?,
            channel: unword(&row.get::<_, String>(4)?),
        })
    });
    Ok(found.optional()?)
}

/// What more than half of the last reports on a product said; nothing where they differ.
fn most_usual(read: &Read, column: &str, product: &CatalogId) -> Result<String> {
    let sql = format!(
        "SELECT said FROM (SELECT {column} AS said FROM issues WHERE product = ?1
             ORDER BY num DESC LIMIT {LAST})
         WHERE said <> '' GROUP BY said
         HAVING count(*) * 2 > (SELECT count(*) FROM
             (SELECT 1 FROM issues WHERE product = ?1 LIMIT {LAST}))
         LIMIT 1"
    );
    let found = read.db.prepare_cached(&sql)?.query_row([&product.0], |row| row.get(0));
    Ok(found.optional()?.unwrap_or_default())
}
