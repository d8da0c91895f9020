//! Who has to say that it is over for them, and how it reached us.

use super::{CatalogId, PersonId, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whose sign-offs are wanted, beside the number of them. One signature counts for everything that it fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct SignOffBy {
    /// Each of them.
    pub people: Vec<PersonId>,
    /// Somebody of each.
    pub teams: Vec<CatalogId>,
    /// Somebody with each.
    pub roles: Vec<Role>,
    /// Somebody who reported one of the hot fix's issues.
    pub reporters: bool,
}

impl SignOffBy {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How somebody's answer reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignOffSource {
    /// They said it here themselves.
    App,
    Mail,
    Call,
    Chat,
    InPerson,
}

impl SignOffSource {
    /// "by mail"
    pub fn words(self) -> &'static str {
        match self {
            Self::App => "here",
            Self::Mail => "by mail",
            Self::Call => "on the telephone",
            Self::Chat => "in a chat",
            Self::InPerson => "in person",
        }
    }
}
