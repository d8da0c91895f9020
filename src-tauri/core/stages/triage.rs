//! Impact × urgency gives the priority, the priority gives the deadlines; then one decision: a hot
//! fix now, the next release, a duplicate, a question to the reporter, or no.
//!
//! The matrix is ServiceNow's unless a rubric says otherwise. The highest of the three impacts
//! counts, and where a person wavers between two levels the higher one does. A later change of the
//! priority needs a note. The decisions are in `triage/decide.rs`, taking one back in
//! `triage/undo.rs`, reminders in `triage/remind.rs`.

mod decide;
mod question;
mod remind;
mod undo;

pub use decide::*;
pub use question::{AskedReporter, QuestionPreview};
pub use remind::RemindOwners;
pub use undo::UndoDecision;

use super::{Changed, Command, Events, Left, changed, each};
use crate::{
    calendar::{BusinessHours, Span},
    clock::Instant,
    error::Error,
    event::{Event, Note, words::*},
    model::{Actor, Decide, Decided, Judge, State, issue::Issue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use ts_rs::TS;

/// Triage one or more issues with the same judgement.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriageIssues {
    pub keys: Vec<IssueKey>,
    pub impact_system: Level,
    pub impact_users: Level,
    pub impact_business: Level,
    pub urgency: Level,
    /// Where one wavers between the named level and the next: the higher counts.
    #[serde(default)]
    pub unsure: Vec<Scale>,
    #[serde(default)]
    pub note: String,
    /// Leave and name those that cannot be triaged, instead of refusing all of it.
    #[serde(default)]
    pub partly: bool,
}

/// What a triage of several issues gave; the priority is that of the last one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriagedIssues {
    #[serde(flatten)]
    #[ts(flatten)]
    pub given: Triaged,
    pub changed: Vec<Changed>,
    pub left: Vec<Left>,
}

/// What a triage gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Triaged {
    pub priority: Priority,
    /// Why, in words.
    pub reason: String,
    pub respond_by: Option<Instant>,
    pub resolve_by: Option<Instant>,
}

/// The priority and deadlines a judgement would give, before anything is decided.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PreviewTriage {
    pub key: IssueKey,
}

/// The matrix as it applies to one issue: rows impact H, M, L; columns urgency H, M, L.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriagePreview {
    pub cells: Vec<Vec<Triaged>>,
    /// Words for each level, of the product's own rubric.
    pub guide: Guide,
}

impl PreviewTriage {
    /// Every cell of the matrix with the deadlines it would give this issue.
    pub fn judge(&self, state: &State, by: &Actor) -> Judge<TriagePreview> {
        let issue = state.issue(&self.key)?;
        let scale = [Level::High, Level::Medium, Level::Low];
        let cells = scale
            .iter()
            .map(|impact| {
                scale
                    .iter()
                    .map(|urgency| outcome(state, issue, *impact, *urgency, by.at))
                    .collect()
            })
            .collect::<Result<_, Error>>()?;
        let guide = *state.catalog.rubric(issue.product.as_ref()).guide;
        Ok(TriagePreview { cells, guide })
    }
}

fn outcome(
    state: &State,
    issue: &Issue,
    impact: Level,
    urgency: Level,
    now: Instant,
) -> Result<Triaged, Error> {
    let rubric = state.catalog.rubric(issue.product.as_ref());
    let row = 2 - impact as usize;
    let column = 2 - urgency as usize;
    let priority = rubric.matrix[row][column];
    let due = deadlines(&rubric, issue, priority, now)?;
    Ok(Triaged {
        priority,
        reason: format!(
            "{} impact × {} urgency = {priority:?} {} by the rubric “{}”.",
            level_name(impact),
            level_name(urgency).to_lowercase(),
            priority.name(),
            rubric.name
        ),
        respond_by: due.respond_by,
        resolve_by: due.resolve_by,
    })
}

/// The instants that a priority promises, and from when on each is at risk.
#[derive(Clone, Copy, Default)]
struct Deadlines {
    respond_by: Option<Instant>,
    resolve_by: Option<Instant>,
    respond_risk_at: Option<Instant>,
    resolve_risk_at: Option<Instant>,
}

/// Until when a report of this priority is to be answered and resolved. While the reporter was asked
/// the clocks stood still; a question that is still open is taken as answered now.
fn deadlines(
    rubric: &Rubric,
    issue: &Issue,
    priority: Priority,
    now: Instant,
) -> Result<Deadlines, Error> {
    let Some(target) = rubric.targets.iter().find(|target| target.priority == priority) else {
        return Ok(Deadlines::default());
    };
    let start = issue.reported_at.unwrap_or(now);
    let pauses: Vec<Span> = issue
        .pauses
        .iter()
        .map(|pause| Span::new(pause.from, pause.until.unwrap_or(now)))
        .collect();
    let hours =
        if target.around_the_clock { BusinessHours::always() } else { rubric.hours.clone() };
    let by = |minutes: u32| {
        let open = Duration::from_secs(u64::from(minutes) * 60);
        hours.deadline(start, open, &pauses)
    };
    // Four fifths of the open time, not of the time on the wall: a weekend is no risk.
    let risk =
        |minutes: u32| hours.deadline(start, Duration::from_secs(u64::from(minutes) * 48), &pauses);
    Ok(Deadlines {
        respond_by: Some(by(target.respond_minutes)?),
        resolve_by: Some(by(target.resolve_minutes)?),
        respond_risk_at: Some(risk(target.respond_minutes)?),
        resolve_risk_at: Some(risk(target.resolve_minutes)?),
    })
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::High => "High",
        Level::Medium => "Medium",
        Level::Low => "Low",
    }
}

impl TriageIssues {
    /// The level that counts: the next higher one where the person was unsure.
    fn level(&self, scale: Scale) -> Level {
        let said = match scale {
            Scale::System => self.impact_system,
            Scale::Users => self.impact_users,
            Scale::Business => self.impact_business,
            Scale::Urgency => self.urgency,
        };
        if self.unsure.contains(&scale) { said.higher() } else { said }
    }
}

impl Command for TriageIssues {
    type Answer = TriagedIssues;

    fn decide(&self, state: &State, by: &Actor) -> Decide<TriagedIssues> {
        let [system, users, business, urgency] =
            [Scale::System, Scale::Users, Scale::Business, Scale::Urgency]
                .map(|scale| self.level(scale));
        let impact = system.max(users).max(business);
        let (mut events, left) = each(state, &self.keys, self.partly, |issue| {
            open(issue, "it can no longer be triaged")?;
            let triaged = outcome(state, issue, impact, urgency, by.at)?;
            if issue.priority().is_some_and(|before| before != triaged.priority)
                && self.note.trim().is_empty()
            {
                return Err(Error::field(
                    "note",
                    format!("{} has a priority already; say why it changes.", issue.key),
                )
                .into());
            }
            let rubric = state.catalog.rubric(issue.product.as_ref());
            let due = deadlines(&rubric, issue, triaged.priority, by.at)?;
            let event = Event::IssueTriaged {
                impact_system: system,
                impact_users: users,
                impact_business: business,
                urgency,
                priority: triaged.priority,
                respond_by: due.respond_by,
                resolve_by: due.resolve_by,
                respond_risk_at: due.respond_risk_at,
                resolve_risk_at: due.resolve_risk_at,
                unsure: self.unsure.clone(),
                private: Note { text: self.note.clone() },
            };
            Ok(vec![(issue.key.0.clone(), event)])
        })?;
        let changed = changed(state, &events)?;
        let last =
            changed.last().ok_or_else(|| Error::field("keys", "Name at least one issue."))?;
        let given = outcome(state, state.issue(&last.key)?, impact, urgency, by.at)?;
        events.extend(raise(state, &events)?);
        let answer = TriagedIssues { given, changed, left };
        Ok(Decided { events, ..Decided::new(answer) })
    }
}

/// A hot fix is as urgent as the most urgent of its issues, unless a person said why not.
fn raise(state: &State, triaged: &[(String, Event)]) -> Judge<Events> {
    let mut wanted: BTreeMap<HotfixKey, Priority> = BTreeMap::new();
    for (stream, event) in triaged {
        if let Event::IssueTriaged { priority, .. } = event
            && let Some(hotfix) = &state.issue(&IssueKey(stream.clone()))?.hotfix
        {
            let known = wanted.entry(hotfix.clone()).or_insert(*priority);
            *known = (*known).min(*priority);
        }
    }
    let mut events = Vec::new();
    for (key, priority) in wanted {
        let hotfix = state.hotfix(&key)?;
        if hotfix.priority_reason.is_empty() && hotfix.priority.is_some_and(|now| priority < now) {
            events.push((key.0, Event::PriorityChanged { priority, private: Note::default() }));
        }
    }
    Ok(events)
}

fn open(issue: &Issue, otherwise: &str) -> Result<(), Error> {
    if issue.is_open() {
        return Ok(());
    }
    Err(Error::denied(format!("{} is {}: {otherwise}.", issue.key, state_name(issue.state)))
        .hint("Reopen it first."))
}

fn not_in_hotfix(issue: &Issue) -> Result<(), Error> {
    match &issue.hotfix {
        Some(hotfix) => Err(Error::denied(format!("{} is being fixed in {hotfix}.", issue.key))
            .hint(format!("Cancel {hotfix}, or wait until it ships."))),
        None => Ok(()),
    }
}

fn state_name(state: IssueState) -> &'static str {
    match state {
        IssueState::New => "new",
        IssueState::NeedsInfo => "waiting for the reporter",
        IssueState::Triaged => "triaged",
        IssueState::InHotFix => "in a hot fix",
        IssueState::Resolved => "resolved",
        IssueState::Closed => "closed",
        IssueState::Deferred => "deferred to the next release",
        IssueState::Duplicate => "a duplicate",
        IssueState::Rejected => "rejected",
    }
}
