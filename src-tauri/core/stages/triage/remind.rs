//! Who answers for an issue is reminded once when a deadline is at risk and once when it has passed.
//!
//! That it was said and the message that says it are one append, so a restart says nothing twice. A
//! reminder stays on this desk: it is shown in a dry run, too.

use crate::{
    event::{Event, words::*},
    model::{
        Actor, Decide, Decided, Judge, State,
        issue::{Issue, Promise},
    },
    stages::{Command, Done, named, reminder},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// More are counted, not named: a notification is small.
const MOST_NAMED: usize = 8;

/// Remind who answers for these issues, where a reminder is due. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RemindOwners {
    pub keys: Vec<IssueKey>,
}

impl Command for RemindOwners {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        let mut by_people: BTreeMap<Vec<PersonId>, Vec<(&Issue, Promise, bool)>> = BTreeMap::new();
        for key in named(state, "keys", &self.keys)? {
            let issue = state.issue(key)?;
            let Some(promise) = issue.promise() else { continue };
            if issue.remind_at().is_none_or(|at| at > by.at) {
                continue;
            }
            let missed = by.at >= promise.due;
            let Promise { what, due, .. } = promise;
            decided.push(&key.0, Event::OwnerReminded { what, missed, due });
            by_people
                .entry(issue.answers(&state.catalog))
                .or_default()
                .push((issue, promise, missed));
        }
        let mut events = Vec::new();
        // Whom nobody answers for is seen by everybody who looks at the inbox; nobody is rung for it.
        for (people, about) in by_people.into_iter().filter(|(people, _)| !people.is_empty()) {
            // One message an append, because a number is asked for once; the engine comes again.
            if events.is_empty() {
                events.push(message(state, by, &people, &about)?);
            } else {
                let others: Vec<&str> =
                    about.iter().map(|(issue, ..)| issue.key.as_str()).collect();
                decided.events.retain(|(stream, _)| !others.contains(&stream.as_str()));
            }
        }
        decided.events.extend(events);
        Ok(decided)
    }
}

fn message(
    state: &State,
    by: &Actor,
    people: &[PersonId],
    about: &[(&Issue, Promise, bool)],
) -> Judge<(String, Event)> {
    let key = state.next_message()?;
    let missed = about.iter().filter(|(.., missed)| *missed).count();
    let subject = match about {
        [(issue, promise, missed)] => format!("{}: {}", issue.key, says(promise, *missed)),
        _ if missed == 0 => format!("{} issues are at risk", about.len()),
        _ if missed == about.len() => format!("{missed} issues have missed their time"),
        _ => {
            let [late, soon] = [(missed, "has", "have"), (about.len() - missed, "is", "are")]
                .map(|(count, one, many)| (count, if count == 1 { one } else { many }));
            let issues = if missed == 1 { "issue" } else { "issues" };
            format!("{} {issues} {} missed the time, {} {} at risk", late.0, late.1, soon.0, soon.1)
        }
    };
    let mut lines: Vec<String> = about
        .iter()
        .take(MOST_NAMED)
        .map(|(issue, promise, missed)| {
            let priority = issue.priority().map(|one| format!("{one:?} ")).unwrap_or_default();
            match about.len() {
                1 => format!("{priority}{}", issue.text.title),
                _ => format!(
                    "{priority}{} {} ({})",
                    issue.key,
                    issue.text.title,
                    says(promise, *missed)
                ),
            }
        })
        .collect();
    if about.len() > MOST_NAMED {
        lines.push(format!("and {} more", about.len() - MOST_NAMED));
    }
    let most = about.iter().filter_map(|(issue, ..)| issue.priority()).min();
    let at = state.quiet_until(&Quiet::Workspace, most, by.at)?.unwrap_or(by.at);
    let event = reminder(state, at, people, subject, lines.join("\n"));
    Ok((key.0, event))
}

fn says(promise: &Promise, missed: bool) -> &'static str {
    match (promise.what, missed) {
        (ClockWhat::Respond, false) => "the time to respond runs out",
        (ClockWhat::Respond, true) => "the time to respond is over",
        (ClockWhat::Resolve, false) => "the time to resolve runs out",
        (ClockWhat::Resolve, true) => "the time to resolve is over",
    }
}
