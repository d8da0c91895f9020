//! The one error type that crosses module borders: what went wrong, where, and what to do about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// What a caller can do about an error. A kind exists only where somebody branches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request itself is wrong: an unknown key, a missing field, a value out of range.
    Invalid,
    /// A rule or a gate refuses it.
    Denied,
    /// Somebody else changed the same thing first.
    Conflict,
    /// The outside did not answer, the file is locked, the disk is full.
    Offline,
    /// The outside answered, and what it said was no.
    Vendor,
    /// Stored bytes are not what they must be.
    Damaged,
    /// Our own fault.
    Internal,
}

/// An error a person can act on. `message` says what is wrong, `hint` what to do, `location` which
/// field, line or record is meant (a form puts the sentence beside that field).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Error {
    pub kind: Kind,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hint: Option<String>,
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub location: Option<String>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, location: None }
    }

    /// A field of a request that cannot be accepted, named as the request names it.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message).at(field)
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(Kind::Denied, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    pub fn offline(message: impl Into<String>) -> Self {
        Self::new(Kind::Offline, message)
    }

    pub fn vendor(message: impl Into<String>) -> Self {
        Self::new(Kind::Vendor, message)
    }

    pub fn damaged(message: impl Into<String>) -> Self {
        Self::new(Kind::Damaged, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The refusal of a part, at its place in the whole: `url` within `items.0.how` is `items.0.how.url`.
    #[must_use]
    pub fn within(self, part: &str) -> Self {
        match self.location.clone() {
            Some(field) => self.at(format!("{part}.{field}")),
            None => self.at(part),
        }
    }

    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(location) = &self.location {
            write!(f, " ({location})")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::offline(format!("The operating system refused: {error}."))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!("A value could not be read or written as JSON: {error}."))
    }
}

/// SQLite's own words, translated into what the person at the desk can do.
impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => {
                Self::offline("The workspace is in use by another program that has not let go.")
                    .hint("Close other programs that hold the file, or try again.")
            }
            Some(Code::DiskFull) => Self::offline("The disk is full; nothing was changed.")
                .hint("Free some space and try again."),
            Some(Code::ReadOnly) => Self::offline(
                "The workspace cannot be written: the file or its folder is read-only.",
            )
            .hint("Change its permissions, or open a copy of it."),
            Some(Code::DatabaseCorrupt) => Self::damaged(format!("The file is damaged: {error}."))
                .hint("Restore a backup: `hotfix restore`."),
            Some(Code::NotADatabase) => {
                Self::damaged("The file is not a Hotfix Desk workspace; it was left untouched.")
            }
            Some(Code::CannotOpen) => Self::offline("The file cannot be opened.")
                .hint("Look at its permissions and those of its folder."),
            // SQLite could not make its index beside the file as large as it must be.
            Some(Code::SystemIoFailure)
                if error.sqlite_error().is_some_and(|failure| {
                    failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
                }) =>
            {
                Self::offline("The disk is full; nothing was changed.")
                    .hint("Free some space and try again.")
            }
            Some(Code::SystemIoFailure) => {
                Self::offline(format!("The disk reported an error: {error}."))
                    .hint("Look at the disk and its free space, and try again.")
            }
            _ => Self::internal(format!("SQLite: {error}.")),
        }
    }
}
