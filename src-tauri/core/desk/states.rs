//! States in memory, changed through the same commands as everywhere: for tests of decisions, without a file
//! and with a clock that stands where it was put.

use crate::{
    clock::Instant,
    error::Result,
    event::{Event, PersonText, stream, words::*},
    model::{Actor, Folded, Meta, State, Stop, catalog::Catalog},
    stages::Command,
};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Clone)]
pub struct States {
    pub streams: BTreeMap<String, Folded>,
    catalog: Arc<Catalog>,
    pub at: Instant,
    seq: u64,
}

impl States {
    pub fn at(at: Instant) -> Self {
        Self { streams: BTreeMap::new(), catalog: Arc::default(), at, seq: 0 }
    }

    pub fn save(&mut self, object: CatalogObject) {
        let stream = stream::catalog(object.kind(), object.id());
        self.happen(&stream, "ann", Event::CatalogSaved { object, private: PersonText::default() });
    }

    pub fn happen(&mut self, stream: &str, by: &str, event: Event) {
        self.seq += 1;
        let folded = self.streams.entry(stream.into()).or_insert_with(|| Folded::empty(stream));
        let meta = Meta {
            stream: stream.into(),
            seq: self.seq,
            version: folded.version() + 1,
            actor: by.into(),
            at: self.at,
            occurred_at: self.at,
        };
        folded.apply(&event, &meta);
        Arc::make_mut(&mut self.catalog).apply(stream, meta.version, &event);
    }

    /// What a pure function makes of them.
    pub fn judge<T>(&self, judge: impl Fn(&State) -> Result<T, Stop>) -> Result<T> {
        let mut state = State::new(Arc::clone(&self.catalog), BTreeMap::new());
        let load = |state: &mut State, name: String| {
            let folded = self.streams.get(&name).cloned();
            state.load(name.clone(), folded.unwrap_or_else(|| Folded::empty(&name)));
        };
        loop {
            match judge(&state) {
                Ok(answer) => return Ok(answer),
                Err(Stop::Refuse(error)) => return Err(error),
                Err(Stop::Need(name)) => load(&mut state, name),
                Err(Stop::NeedAll(names)) => {
                    for name in names {
                        load(&mut state, name);
                    }
                }
                Err(Stop::NeedNumber(prefix)) => {
                    let taken = self.streams.keys().filter(|name| {
                        name.starts_with(&format!("{prefix}-")) && !name.contains('/')
                    });
                    state.load_number(prefix, taken.count() as u64 + 1);
                }
                Err(other) => panic!("a decision wanted {other:?}"),
            }
        }
    }

    pub fn by<C: Command>(&mut self, person: &str, command: &C) -> Result<C::Answer> {
        let actor = self.actor(person);
        let decided = self.judge(|state| command.decide(state, &actor))?;
        for (stream, event) in decided.events {
            self.happen(&stream, person, event);
        }
        Ok(decided.answer)
    }

    pub fn actor(&self, person: &str) -> Actor {
        Actor { person: person.into(), device: "desk".into(), at: self.at }
    }
}
