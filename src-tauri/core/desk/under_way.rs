//! Work that takes longer than a moment: how far it is, and the way to stop it. One at a time of a
//! kind; who comes later finds how the last one ended.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// One kind of work, and how its present or last run stands.
#[derive(Default)]
pub struct UnderWay<P> {
    progress: Mutex<P>,
    running: AtomicBool,
    cancelled: AtomicBool,
}

impl<P: Clone> UnderWay<P> {
    /// False if another run is under way.
    pub fn begin(&self, first: P) -> bool {
        if self.running.swap(true, Ordering::SeqCst) {
            return false;
        }
        self.cancelled.store(false, Ordering::SeqCst);
        self.update(|progress| *progress = first);
        true
    }

    pub fn update(&self, change: impl FnOnce(&mut P)) {
        change(&mut self.progress.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn progress(&self) -> P {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    /// Asks the run to stop; it does at its next step.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub fn end(&self) {
        self.running.store(false, Ordering::SeqCst);
    }
}
