//! Many commands in one transaction: all of them, or none.
//!
//! Each decision sees what the ones before it did, and nobody else can write in between: so none has
//! to be made again.

use super::{Call, load_within};
use crate::{
    clock::Instant,
    error::{Error, Result},
    journal::{self, Appended},
    model::{State, catalog::Catalog},
    stages::Command,
};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// A transaction in which commands follow one another. Their decisions see no endpoint's health.
pub(crate) struct Many<'a, 'b> {
    call: &'a Call<'a>,
    journal: &'a mut journal::Many<'b>,
    id: Uuid,
    catalog: Arc<Catalog>,
}

impl Call<'_> {
    /// Runs `work`, whose commands are kept together or not at all.
    pub(crate) fn many<T>(&self, work: impl FnOnce(&mut Many) -> Result<T>) -> Result<T> {
        let answer = self.desk.0.journal.append_many(|journal| {
            let id = self.command.unwrap_or_else(Uuid::now_v7);
            // Asked within the transaction: nobody changes it until the end.
            let catalog = self.desk.catalog()?;
            work(&mut Many { call: self, journal, id, catalog })
        })?;
        self.desk.advance()?;
        Ok(answer)
    }
}

impl Many<'_, '_> {
    /// Decides and appends, as of `occurred_at` if that is claimed.
    pub fn command<C: Command>(
        &mut self,
        request: &C,
        occurred_at: Option<Instant>,
    ) -> Result<C::Answer> {
        let actor = self.call.actor();
        let mut state = State::new(Arc::clone(&self.catalog), BTreeMap::new());
        let decided = loop {
            match request.decide(&state, &actor) {
                Ok(decided) => break decided,
                Err(stop) => load_within(self.journal.db(), &mut state, stop)?,
            }
        };
        if decided.events.is_empty() {
            return Ok(decided.answer);
        }
        let mut append = self.call.append(self.id, &actor, &state, &decided)?;
        append.occurred_at = occurred_at.unwrap_or(append.occurred_at);
        match self.journal.append(&append)? {
            Appended::Done(_) => Ok(decided.answer),
            Appended::Moved { .. } | Appended::Repeated(_) => {
                Err(Error::internal("A stream moved within a transaction of our own."))
            }
        }
    }
}
