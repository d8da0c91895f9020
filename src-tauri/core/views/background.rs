//! Something in memory beside a workspace's file: loaded in the background, and moved forward with
//! the journal by whoever asks next.
//!
//! A question never sees it older than its own snapshot of the file, whoever wrote to it: this
//! process or another. Nobody waits for it who did not ask for it.

use crate::{
    error::{Error, Result},
    store::Store,
};
use rusqlite::Connection;
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a person who types waits for what is still being loaded.
pub const PATIENCE: Duration = Duration::from_millis(250);

/// What is kept in memory.
pub trait Kept: Send + Sized + 'static {
    /// The name of the thread that loads it.
    const NAME: &'static str;

    /// Reads all of it from one snapshot.
    fn load(db: &Connection) -> Result<Self>;

    /// Takes in what was appended since; `false` if it has to be loaded anew. An older snapshot than
    /// its own is no reason to go back: what that does not hold yet is left out where rows are read.
    fn catch_up(&mut self, db: &Connection) -> Result<bool>;
}

/// One such thing, from the moment on in which somebody first wants it.
pub struct Background<T>(Arc<Inner<T>>);

struct Inner<T> {
    store: Arc<Store>,
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    Idle,
    Loading,
    Ready(Box<T>),
    /// Why it could not be loaded; the next question tries again.
    Failed(Error),
}

impl<T: Kept> Background<T> {
    pub fn new(store: Arc<Store>) -> Self {
        let state = Mutex::new(State::Idle);
        Self(Arc::new(Inner { store, state, changed: Condvar::new() }))
    }

    /// Begins to load it, unless that was done; returns at once.
    pub fn warm(&self) -> Result<()> {
        self.begin(&mut self.0.lock())
    }

    fn begin(&self, state: &mut State<T>) -> Result<()> {
        if !matches!(*state, State::Idle | State::Failed(_)) {
            return Ok(());
        }
        *state = State::Loading;
        let inner = Arc::clone(&self.0);
        let work = move || {
            let loaded = inner.store.read().and_then(|db| {
                let snapshot = rusqlite::Transaction::new_unchecked(
                    &db,
                    rusqlite::TransactionBehavior::Deferred,
                )?;
                T::load(&snapshot)
            });
            *inner.lock() = match loaded {
                Ok(loaded) => State::Ready(Box::new(loaded)),
                Err(error) => State::Failed(error),
            };
            inner.changed.notify_all();
        };
        let named = std::thread::Builder::new().name(T::NAME.into());
        if let Err(error) = named.spawn(work) {
            *state = State::Idle;
            return Err(error.into());
        }
        Ok(())
    }

    /// Uses it as it is in the snapshot `db`; nothing if it is not ready in time.
    pub fn with<R>(
        &self,
        db: &Connection,
        wait: Duration,
        work: impl FnOnce(&mut T) -> R,
    ) -> Result<Option<R>> {
        let until = Instant::now() + wait;
        let mut state = self.0.lock();
        self.begin(&mut state)?;
        loop {
            match &mut *state {
                State::Ready(kept) => {
                    if kept.catch_up(db)? {
                        return Ok(Some(work(kept)));
                    }
                    *state = State::Idle;
                    self.begin(&mut state)?;
                }
                State::Failed(error) => return Err(error.clone()),
                State::Idle | State::Loading => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Ok(None);
                    }
                    let waited = self.0.changed.wait_timeout(state, left);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Looks at it as it is by now; nothing while it is being loaded.
    pub fn peek<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        match &*self.0.lock() {
            State::Ready(kept) => Some(look(kept)),
            _ => None,
        }
    }
}

impl<T> Inner<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Whoever panicked with it left something that may be in between: load it anew.
        self.state.lock().unwrap_or_else(|poisoned| {
            let mut state = poisoned.into_inner();
            self.state.clear_poison();
            *state = State::Idle;
            state
        })
    }
}

/// The journal's place in a snapshot.
pub fn last(db: &Connection) -> Result<u64> {
    let seq: i64 = db
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM journal")?
        .query_row([], |row| row.get(0))?;
    Ok(seq.unsigned_abs())
}
