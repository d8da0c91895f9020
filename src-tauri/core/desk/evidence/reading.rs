//! Reports while they are read: how far it is, and the way to stop it.
//!
//! A report that is only looked at gives way to the next one that is looked at; one that is recorded
//! is stopped by nobody but a person.

use super::super::{Call, actions::Action};
use crate::{
    error::{Error, Result},
    stages::Done,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    io::{self, Read},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use ts_rs::TS;

/// How far the report is that is read now.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskReading {}

/// Stop reading it. Nothing of it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelReading {}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadingProgress {
    pub running: bool,
    #[ts(type = "number")]
    pub bytes: u64,
    #[ts(type = "number")]
    pub of_bytes: u64,
}

/// What is read now, the newest last.
#[derive(Default)]
pub struct Reading(Mutex<Vec<Arc<Job>>>);

/// One reading; over when dropped by whoever began it.
#[derive(Default)]
pub struct Job {
    bytes: AtomicU64,
    of_bytes: AtomicU64,
    cancelled: AtomicBool,
    only_a_look: bool,
}

/// A reading under way.
pub struct Begun<'a> {
    reading: &'a Reading,
    job: Arc<Job>,
}

impl Reading {
    /// A report is looked at: whatever else is, gives way.
    pub fn look(&self) -> Begun<'_> {
        self.begin(true)
    }

    /// A report is read to be kept.
    pub fn keep(&self) -> Begun<'_> {
        self.begin(false)
    }

    fn begin(&self, only_a_look: bool) -> Begun<'_> {
        let job = Arc::new(Job { only_a_look, ..Job::default() });
        let mut all = super::super::lock(&self.0);
        for before in all.iter().filter(|before| before.only_a_look && only_a_look) {
            before.cancelled.store(true, Ordering::Relaxed);
        }
        all.push(Arc::clone(&job));
        drop(all);
        Begun { reading: self, job }
    }

    fn now(&self) -> Option<Arc<Job>> {
        super::super::lock(&self.0).last().cloned()
    }
}

impl std::ops::Deref for Begun<'_> {
    type Target = Job;

    fn deref(&self) -> &Job {
        &self.job
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        super::super::lock(&self.reading.0).retain(|one| !Arc::ptr_eq(one, &self.job));
    }
}

impl Job {
    /// So much is to be read.
    pub fn expect(&self, bytes: u64) {
        self.of_bytes.store(bytes, Ordering::Relaxed);
    }

    /// An error if somebody has had enough.
    pub fn go_on(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::conflict("Reading the report was cancelled.").at("cancelled"));
        }
        Ok(())
    }

    /// Reads no further once it is cancelled; with `counted`, what is read is told.
    pub fn watch<R: Read>(&self, inner: R, counted: bool) -> Watched<'_, R> {
        Watched { job: self, inner, counted }
    }
}

pub struct Watched<'a, R> {
    job: &'a Job,
    inner: R,
    counted: bool,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.job.cancelled.load(Ordering::Relaxed) {
            return Err(io::Error::other("cancelled"));
        }
        let read = self.inner.read(buffer)?;
        if self.counted {
            self.job.bytes.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

impl Action for AskReading {
    type Answer = ReadingProgress;

    fn run(self, call: &Call) -> Result<ReadingProgress> {
        Ok(call.desk().0.tests.reading.now().map_or_else(ReadingProgress::default, |job| {
            ReadingProgress {
                running: true,
                bytes: job.bytes.load(Ordering::Relaxed),
                of_bytes: job.of_bytes.load(Ordering::Relaxed),
            }
        }))
    }
}

impl Action for CancelReading {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        if let Some(job) = call.desk().0.tests.reading.now() {
            job.cancelled.store(true, Ordering::Relaxed);
        }
        Ok(Done {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cancelled_is_read_no_further_and_says_so() {
        let reading = Reading::default();
        let job = reading.keep();
        job.expect(8);
        let mut watched = job.watch(&b"12345678"[..], true);
        let mut four = [0; 4];
        watched.read_exact(&mut four).unwrap();
        assert_eq!(job.bytes.load(Ordering::Relaxed), 4);
        reading.now().unwrap().cancelled.store(true, Ordering::Relaxed);
        assert!(watched.read_exact(&mut four).is_err());
        assert_eq!(job.go_on().unwrap_err().location.as_deref(), Some("cancelled"));
        drop(job);
        assert!(reading.now().is_none());
    }

    #[test]
    fn a_look_gives_way_to_the_next_look_and_what_is_kept_to_nobody() {
        let reading = Reading::default();
        let (kept, first) = (reading.keep(), reading.look());
        let second = reading.look();
        assert!(kept.go_on().is_ok() && second.go_on().is_ok());
        assert!(first.go_on().is_err());
        drop(first);
        assert!(reading.now().is_some(), "the second goes on");
        let again = reading.keep();
        assert!(second.go_on().is_ok() && again.go_on().is_ok());
    }
}
