//! Taking a decision back: each issue stands again as it stood before, by events of its own; nothing
//! is deleted. What a duplicate's original counted, and a hot fix took in, goes back with it.
//!
//! An issue that was decided about again meanwhile is left as it is and named. What was merely said
//! or added meanwhile (comments, people, files) is no decision, and stays.

use crate::{
    error::Error,
    event::{Event, Note, StandingText, words::*},
    model::{Actor, Decide, Decided, Judge, State, Stop, issue::Issue},
    stages::{Changed, Command, DecidedIssues, Events, Left, changed, named},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Take a decision about issues back, as its answer named them. Taking that back in its turn does
/// it again, except that a hot fix that was cancelled stays so.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct UndoDecision {
    pub issues: Vec<Changed>,
}

impl Command for UndoDecision {
    type Answer = DecidedIssues;

    fn decide(&self, state: &State, _: &Actor) -> Decide<DecidedIssues> {
        let keys: Vec<IssueKey> = self.issues.iter().map(|one| one.key.clone()).collect();
        named(state, "issues", &keys)?;
        state.expect_past(
            self.issues
                .iter()
                .flat_map(|one| [(one.key.as_str(), one.before), (one.key.as_str(), one.after)]),
        )?;
        let mut seen = BTreeSet::new();
        let mut left = Vec::new();
        let mut back: Vec<(&Issue, Standing, StandingText)> = Vec::new();
        for one in self.issues.iter().filter(|one| seen.insert(&one.key)) {
            match decided_last(state, one) {
                Ok(Some(pair)) => back.push(pair),
                Ok(None) => {}
                Err(Stop::Refuse(error)) => {
                    left.push(Left { key: one.key.clone(), why: error.message });
                }
                Err(stop) => return Err(stop),
            }
        }
        let (hotfixes, stuck) = release(state, &back)?;
        left.extend(stuck);
        let mut events = Vec::new();
        for (now, before, private) in back {
            if left.iter().any(|one| one.key == now.key) {
                continue;
            }
            events.extend(recount(state, now, &before)?);
            events.push((now.key.0.clone(), Event::DecisionUndone { before, private }));
        }
        events.extend(hotfixes);
        if events.is_empty()
            && let Some(first) = left.first()
        {
            return Err(Error::conflict(first.why.clone()).hint("Decide about it anew.").into());
        }
        let changed = changed(state, &events)?;
        Ok(Decided { events, ..Decided::new(DecidedIssues { changed, left }) })
    }
}

/// The issue now and how it stood before, if nothing else was decided since; nothing if the decision
/// did not change how it stands.
fn decided_last<'a>(
    state: &'a State,
    one: &Changed,
) -> Judge<Option<(&'a Issue, Standing, StandingText)>> {
    let now = state.issue(&one.key)?;
    let (mut before, text) = state.issue_at(&one.key, one.before)?.standing();
    let (mut after, text_after) = state.issue_at(&one.key, one.after)?.standing();
    if (&before, &text) == (&after, &text_after) {
        return Ok(None);
    }
    let (standing, text_now) = now.standing();
    // Whoever wrote to the reporter meanwhile has responded, which no undo takes back.
    if after.responded_at.is_none() && standing.responded_at.is_some() {
        after.responded_at = standing.responded_at;
        before.responded_at = standing.responded_at;
    }
    if (&after, &text_after) != (&standing, &text_now) {
        return Err(
            Error::conflict(format!("{} was decided about again meanwhile.", one.key)).into()
        );
    }
    Ok(Some((now, before, text)))
}

/// What the originals of duplicates count, as it was.
fn recount(state: &State, now: &Issue, before: &Standing) -> Judge<Events> {
    if now.duplicate_of == before.duplicate_of {
        return Ok(Vec::new());
    }
    let (duplicate, affected) = (now.key.clone(), now.affected);
    let mut events = Vec::new();
    if let Some(of) = &now.duplicate_of {
        state.issue(of)?;
        let event = Event::DuplicateReleased { duplicate: duplicate.clone(), affected };
        events.push((of.0.clone(), event));
    }
    if let Some(of) = &before.duplicate_of {
        state.issue(of)?;
        events.push((of.0.clone(), Event::DuplicateCounted { duplicate, affected }));
    }
    Ok(events)
}

/// Takes issues out of the hot fixes they came into, and names those that cannot leave any more.
fn release(state: &State, back: &[(&Issue, Standing, StandingText)]) -> Judge<(Events, Vec<Left>)> {
    let mut leaving: BTreeMap<&HotfixKey, Vec<&IssueKey>> = BTreeMap::new();
    let (mut events, mut left) = (Events::new(), Vec::new());
    for (now, before, _) in back.iter().filter(|(now, before, _)| now.hotfix != before.hotfix) {
        match (&now.hotfix, &before.hotfix) {
            (Some(hotfix), None) => leaving.entry(hotfix).or_default().push(&now.key),
            (_, Some(hotfix)) => left.push(Left {
                key: now.key.clone(),
                why: format!("{} has left {hotfix}; let it join anew.", now.key),
            }),
            (None, None) => {}
        }
    }
    for (key, issues) in leaving {
        let hotfix = state.hotfix(key)?;
        let stay: Vec<&IssueKey> =
            hotfix.issues.iter().filter(|one| !issues.contains(one)).collect();
        let cancelled = Event::HotfixCancelled {
            private: Note { text: "The decision was taken back.".into() },
        };
        // Version 1: nobody has done anything with it since it was started.
        if stay.is_empty() && hotfix.version == 1 {
            events.push((key.0.clone(), cancelled));
        } else if stay.is_empty() || !matches!(hotfix.phase, Phase::Development | Phase::Rollout) {
            left.extend(issues.into_iter().map(|issue| Left {
                key: issue.clone(),
                why: format!("{issue} is worked on in {key} by now."),
            }));
        } else {
            let mut priority = hotfix.priority.unwrap_or(Priority::P5);
            if hotfix.priority_reason.is_empty() {
                priority = Priority::P5;
                for issue in stay {
                    priority = priority.min(state.issue(issue)?.priority().unwrap_or(priority));
                }
            }
            for issue in issues {
                let released = Event::IssueReleased { issue: issue.clone(), priority };
                events.push((key.0.clone(), released));
            }
        }
    }
    Ok((events, left))
}
