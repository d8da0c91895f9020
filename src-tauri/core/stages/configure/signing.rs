//! Which key packages are signed with. Here only its public half is known.

use super::super::{Command, Done};
use crate::{
    error::Error,
    event::{Event, stream, words::Role},
    model::{Actor, Decide, Decided, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Sign packages with this key from now on. Packages signed before stay known by their own key.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChooseSigningKey {
    /// The key's number: sixteen hexadecimal digits.
    pub id: String,
    /// The line that names the key in minisign's format.
    pub public_key: String,
}

impl Command for ChooseSigningKey {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let number = self.id.len() == 16 && self.id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !number || self.public_key.len() != 56 || !self.public_key.starts_with("RW") {
            return Err(Error::field("public_key", "This is no public key of minisign.").into());
        }
        let person = state.person(&by.person)?;
        if !person.roles.iter().any(|role| matches!(role, Role::Owner | Role::ReleaseManager)) {
            return Err(Error::denied("Only an owner or a release manager chooses the key.").into());
        }
        let mut decided = Decided::new(Done {});
        let present = state.workspace()?.signing_keys.last();
        if present.is_none_or(|key| key.public_key != self.public_key) {
            decided.push(
                stream::WORKSPACE,
                Event::SigningKeyChosen {
                    id: self.id.clone(),
                    public_key: self.public_key.clone(),
                },
            );
        }
        Ok(decided)
    }
}
