//! For which of an environment's targets a deployment is planned: all, unless somebody chooses.

use crate::{
    error::{Error, Result},
    event::words::*,
};

/// The targets that were chosen, in the environment's order, and the ids of the rest.
pub(super) fn choose(
    place: &Environment,
    chosen: Option<&[String]>,
) -> Result<(Vec<Target>, Vec<String>)> {
    let Some(chosen) = chosen else { return Ok((place.targets.clone(), Vec::new())) };
    let ids: Vec<&str> = place.targets.iter().map(|one| one.id.as_str()).collect();
    let there = || match ids.as_slice() {
        [] => "Settings, Products: add a target to it.".to_owned(),
        ids => format!("It has: {}.", ids.join(", ")),
    };
    if let Some(index) = chosen.iter().position(|one| !ids.contains(&one.as_str())) {
        let message = format!("{} has no target “{}”.", place.name, chosen[index]);
        return Err(Error::field(format!("targets.{index}"), message).hint(there()));
    }
    if chosen.is_empty() && !ids.is_empty() {
        let message = format!("Choose at least one target of {}.", place.name);
        return Err(Error::field("targets", message).hint(there()));
    }
    let (taken, left): (Vec<Target>, Vec<Target>) =
        place.targets.iter().cloned().partition(|one| chosen.contains(&one.id));
    Ok((taken, left.into_iter().map(|one| one.id).collect()))
}
