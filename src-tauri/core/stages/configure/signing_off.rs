//! Whose sign-offs a policy may want: people and teams that are there.

use crate::{
    error::{Error, Result},
    event::words::*,
    model::State,
};

/// Nobody could ever clear what wants somebody who is not there.
pub fn check(wanted: &SignOffBy, state: &State) -> Result<()> {
    for person in &wanted.people {
        if state.catalog.person(person).is_none() {
            let message = format!("There is no person “{person}”.");
            return Err(
                Error::field("sign_off_by.people", message).hint("Settings, People lists them.")
            );
        }
    }
    let at = "sign_off_by.teams";
    for id in &wanted.teams {
        let team = state.catalog.team(id).ok_or_else(|| {
            Error::field(at, format!("There is no team “{id}”."))
                .hint("Settings, Teams lists them.")
        })?;
        if team.members.is_empty() {
            return Err(Error::field(at, format!("{} has no members.", team.name))
                .hint("Give it some in Settings, Teams."));
        }
    }
    Ok(())
}
