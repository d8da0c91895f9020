//! READ: a file per question. Each view has its tables, its `apply` and its queries in one file.
//!
//! Views are made from the journal and can be dropped and rebuilt. They import events, models, the
//! calendar, the gates and rusqlite; never stages or integrations.

pub mod board;
pub mod deployments;
pub mod inbox;
pub mod messages;
pub mod monitoring;
pub mod report;
pub mod runs_where;
pub mod schedule;
pub mod search;
pub mod similar;
pub mod timeline;
pub mod waiting;

use crate::{
    clock::Instant,
    error::{Error, Kind, Result},
    event::words::*,
    model::{Folded, Judge, State, Stop, catalog::Catalog, facts::EndpointHealth},
};
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, sync::Arc};
use ts_rs::TS;

/// What a query may look at: one consistent snapshot of the file, the catalog, and who asks when.
pub struct Read<'a> {
    pub db: &'a Connection,
    pub catalog: Arc<Catalog>,
    pub health: BTreeMap<CatalogId, EndpointHealth>,
    pub now: Instant,
    pub me: PersonId,
    /// Folds one stream from its snapshot and tail.
    pub fold: &'a dyn Fn(&str) -> Result<Folded>,
}

/// A request that changes nothing.
pub trait Question: DeserializeOwned {
    type Answer: Serialize;

    fn ask(&self, read: &Read) -> Result<Self::Answer>;
}

impl Read<'_> {
    /// Runs a pure function over folded states, loading what it needs.
    pub fn judge<T>(&self, judge: impl Fn(&State) -> Judge<T>) -> Result<T> {
        let mut state = State::new(Arc::clone(&self.catalog), self.health.clone());
        loop {
            match judge(&state) {
                Ok(answer) => return Ok(answer),
                Err(Stop::Refuse(error)) => return Err(error),
                Err(Stop::Need(name)) => {
                    let folded = (self.fold)(&name)?;
                    state.load(name, folded);
                }
                Err(Stop::NeedNumber(prefix)) => {
                    return Err(Error::new(Kind::Internal, format!("A query asked for a new {prefix} number.")));
                }
            }
        }
    }
}

/// One page of a list. `next` is the place to go on from; absent at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
    /// How many there are in all, up to a bound above which counting is not worth its time.
    #[ts(type = "number")]
    pub total: u64,
}
