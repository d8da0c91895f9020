//! An outside of which a test makes what it needs; the rest is not there.

use super::*;
use crate::event::words::{Digest, PublishedCalendar, Source};

#[derive(Default)]
pub struct Outer {
    pub source: Option<Arc<dyn intake::Source>>,
    /// Desktop and every messenger.
    pub channel: Option<Arc<dyn message::Channel>>,
}

fn absent<T>() -> Result<T> {
    Err(Error::internal("not here"))
}

impl Outside for Outer {
    fn endpoint(&self, _: &Target) -> Result<Arc<dyn deploy::Endpoint>> {
        absent()
    }
    fn named_endpoint(&self, _: &Endpoint) -> Result<Arc<dyn deploy::Endpoint>> {
        absent()
    }
    fn package(&self, _: &Digest) -> Result<deploy::Package> {
        absent()
    }
    fn probe(&self, _: &ProbeSpec) -> Result<Arc<dyn monitor::Probe>> {
        absent()
    }
    fn source(&self, _: &Source) -> Result<Arc<dyn intake::Source>> {
        self.source.clone().map_or_else(absent, Ok)
    }
    fn calendar(&self, _: &PublishedCalendar) -> Result<Arc<dyn publish::Collection>> {
        absent()
    }
    fn desktop(&self) -> Arc<dyn message::Channel> {
        self.channel.clone().expect("a test that shows notifications says where")
    }
    fn messenger(&self, _: &Messenger) -> Result<Arc<dyn message::Channel>> {
        self.channel.clone().map_or_else(absent, Ok)
    }
}
