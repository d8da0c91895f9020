//! Waves, gates and limits that cannot be carried out are refused where they are written.

use super::super::required;
use crate::{
    error::{Error, Result},
    event::words::*,
    model::{State, probe, reached},
};
use std::collections::BTreeSet;

/// `at` is the place of the rollout within the product.
pub(super) fn check(rollout: &Rollout, at: &str, state: &State) -> Result<()> {
    let here = |field: &str| format!("{at}.{field}");
    for (field, number, what) in [
        ("at_once", rollout.at_once, "At least one target is worked on at once."),
        ("step_minutes", rollout.step_minutes, "A step may take at least a minute."),
        ("health_seconds", rollout.health_seconds, "Health is asked for every second at most."),
    ] {
        if number == 0 {
            return Err(Error::field(here(field), what));
        }
    }
    let shares: u32 = rollout.waves.iter().map(|rule| rule.share.min(1000)).sum();
    let mut seen = BTreeSet::new();
    for (row, rule) in rollout.waves.iter().enumerate() {
        let here = |field: &str| format!("{at}.waves.{row}.{field}");
        if rule.wave == 0 {
            return Err(Error::field(here("wave"), "Waves are counted from 1."));
        }
        if !seen.insert(rule.wave) {
            let message = format!("Wave {} is described twice.", rule.wave);
            return Err(Error::field(here("wave"), message));
        }
        if shares > 100 {
            return Err(Error::field(here("share"), format!("The shares come to {shares} %."))
                .hint("Together they are 100 % or less; the last wave takes the rest."));
        }
        let mut gates = BTreeSet::new();
        for (line, gate) in rule.gates.iter().enumerate() {
            let here = |field: &str| format!("{at}.waves.{row}.gates.{line}.{field}");
            required(&here("name"), &gate.name, "The gate's name")?;
            super::check_id(&gate.id).map_err(|error| error.at(here("id")))?;
            if !gates.insert(&gate.id) {
                let message = format!("Two gates have the key “{}”.", gate.id);
                return Err(Error::field(here("id"), message));
            }
            if !matches!(gate.by, Measure::Http | Measure::Prometheus | Measure::Endpoint) {
                return Err(Error::field(here("by"), "A gate cannot measure by this.")
                    .hint("Measure by HTTP, by Prometheus, or by the endpoint itself."));
            }
            let place = format!("{at}.waves.{row}.gates.{line}");
            probe::measured(&gate.probe(), "gate")
                .and_then(|()| reached::suits(gate.reached_by(), state))
                .map_err(|error| error.within(&place))?;
            if gate.every_seconds == 0 {
                return Err(Error::field(here("every_seconds"), "A second or more."));
            }
            if gate.good == 0 {
                return Err(Error::field(here("good"), "A gate passes by a good measurement."));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(rollout: serde_json::Value) -> String {
        let rollout: Rollout = serde_json::from_value(rollout).unwrap();
        check(&rollout, "r", &State::default()).unwrap_err().location.unwrap()
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused_where_it_is_written() {
        assert_eq!(refused(json!({ "at_once": 0 })), "r.at_once");
        assert_eq!(refused(json!({ "waves": [{ "wave": 0 }] })), "r.waves.0.wave");
        assert_eq!(refused(json!({ "waves": [{ "wave": 1 }, { "wave": 1 }] })), "r.waves.1.wave");
        let shares = json!({ "waves": [{ "wave": 1, "share": 60 }, { "wave": 2, "share": 60 }] });
        assert_eq!(refused(shares), "r.waves.0.share");
        let gate = |gate: serde_json::Value| json!({ "waves": [{ "wave": 1, "gates": [gate] }] });
        let named = |field: &str| format!("r.waves.0.gates.0.{field}");
        assert_eq!(refused(gate(json!({ "id": "g" }))), named("name"));
        assert_eq!(refused(gate(json!({ "id": "g", "name": "G" }))), named("url"));
        let query = json!({ "id": "g", "name": "G", "by": "prometheus", "url": "http://p/" });
        assert_eq!(refused(gate(query)), named("query"));
        let open = json!({
            "id": "g", "name": "G", "by": "prometheus", "url": "http://p/", "query": "up",
        });
        assert_eq!(refused(gate(open)), named("at_most"));
        let never = json!({ "id": "g", "name": "G", "by": "endpoint", "every_seconds": 0 });
        assert_eq!(refused(gate(never)), named("every_seconds"));
        let command = json!({ "id": "g", "name": "G", "by": "command" });
        assert_eq!(refused(gate(command)), named("by"));
        check(&Rollout::default(), "r", &State::default()).unwrap();
    }
}
