//! Whoever has a hot fix is reminded when affected people have waited long enough for a word: once for each
//! wait, because what was said and the message that says it are one append.

use crate::{
    event::{Event, words::*},
    model::{Actor, Decide, Decided, State},
    stages::{Command, Done, reminder},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// Remind of the hot fixes of which people wait to hear. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RemindOfUpdates {
    pub keys: Vec<HotfixKey>,
}

impl Command for RemindOfUpdates {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        state.expect(self.keys.iter().map(HotfixKey::as_str))?;
        let mut people = BTreeSet::new();
        let mut about = Vec::new();
        for key in &self.keys {
            let hotfix = state.hotfix(key)?;
            let Some(due) = state.word_unsaid(hotfix, by.at)? else { continue };
            decided.push(&key.0, Event::UpdateReminded { due });
            people.extend(hotfix.answers(&state.catalog));
            about.push(hotfix);
        }
        if people.is_empty() {
            return Ok(decided);
        }
        let (subject, body) = match about.as_slice() {
            [one] => (format!("{}: people wait for a word", one.key), one.title.clone()),
            several => (
                format!("{} hot fixes: people wait for a word", several.len()),
                several
                    .iter()
                    .map(|one| format!("{} {}", one.key, one.title))
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
        };
        let most = about.iter().filter_map(|hotfix| hotfix.priority).min();
        let at = state.quiet_until(&Quiet::Workspace, most, by.at)?.unwrap_or(by.at);
        let event = reminder(state, at, &people, subject, body);
        decided.push(&state.next_message()?.0, event);
        Ok(decided)
    }
}
