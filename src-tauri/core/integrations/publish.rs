//! Calendars elsewhere that something is put into. A file each under `publish/`.
//!
//! A collection is asked what is in it and told what to put or take away, one resource at a time and
//! only over the very state that was seen (its ETag). What belongs there, and what is left alone, is
//! decided by who asks. Deliberately absent: sharing, invitations, free/busy.

pub mod caldav;
mod multistatus;

use crate::{error::Error, integrations::http::CallError};
use async_trait::async_trait;
use std::time::Duration;

/// A calendar that others read.
#[async_trait]
pub trait Collection: Send + Sync {
    /// What it is, and what one may do there.
    async fn look(&self) -> Result<Look, PublishError>;

    /// The names of everything in it.
    async fn names(&self) -> Result<Vec<String>, PublishError>;

    /// What is under these names; what is not there is left out.
    async fn read(&self, names: &[String]) -> Result<Vec<Resource>, PublishError>;

    /// Puts a text under a name: over the state with this ETag, or where nothing is.
    async fn put(&self, name: &str, text: &str, over: Option<&str>) -> Result<Done, PublishError>;

    /// Takes away what has this ETag.
    async fn remove(&self, name: &str, etag: &str) -> Result<Done, PublishError>;
}

/// Where a collection is, and who asks.
#[derive(Clone, Default)]
pub struct Access {
    pub address: String,
    pub user: String,
    pub password: Option<secrecy::SecretString>,
}

/// A calendar as it presents itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What it is called there; empty if it does not say.
    pub name: String,
    /// Whether one may write there; none if it does not say.
    pub may_write: Option<bool>,
}

/// One thing in a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub name: String,
    pub etag: String,
    pub text: String,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Changed,
    /// It is not as it was when it was seen: somebody else changed it meanwhile.
    Moved,
}

/// Why a collection was not asked or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishError {
    pub error: Error,
    /// How long the server wants to be left alone.
    pub wait: Option<Duration>,
    /// It will not pass by itself: a person has to change something.
    pub lasting: bool,
}

impl PublishError {
    fn passing(error: Error) -> Self {
        Self { error, wait: None, lasting: false }
    }

    fn lasting(error: Error) -> Self {
        Self { error, wait: None, lasting: true }
    }
}

impl From<CallError> for PublishError {
    fn from(error: CallError) -> Self {
        Self::passing(Error::from(error).hint("It is tried again by itself."))
    }
}
