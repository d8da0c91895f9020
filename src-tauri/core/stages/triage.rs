//! Impact × urgency gives the priority, the priority gives the deadlines; then one decision: a hot
//! fix now, the next release, a duplicate, a question to the reporter, or no.
//!
//! The matrix is ServiceNow's unless a rubric says otherwise. The highest of the three impacts
//! counts. A later change of the priority needs a note.

use super::{Command, Done, required};
use crate::{
    calendar::{BusinessHours, Span},
    clock::Instant,
    error::Error,
    event::{Event, Note, words::*},
    model::{Actor, Decide, Decided, Judge, State, issue::Issue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// Triage one or more issues with the same judgement.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TriageIssues {
    pub keys: Vec<IssueKey>,
    pub impact_system: Level,
    pub impact_users: Level,
    pub impact_business: Level,
    pub urgency: Level,
    #[serde(default)]
    pub note: String,
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
        Ok(TriagePreview { cells })
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
    let (respond_by, resolve_by) = deadlines(&rubric, issue, priority, now)?;
    Ok(Triaged {
        priority,
        reason: format!(
            "{} impact and {} urgency give {} {}.",
            level_name(impact),
            level_name(urgency).to_lowercase(),
            serde_json::to_value(priority)
                .ok()
                .and_then(|v| v.as_str().map(String::from))
                .unwrap_or_default(),
            priority.name()
        ),
        respond_by,
        resolve_by,
    })
}

/// Until when a report of this priority is to be answered and resolved. While the reporter was asked
/// the clocks stood still; a question that is still open is taken as answered now.
fn deadlines(
    rubric: &Rubric,
    issue: &Issue,
    priority: Priority,
    now: Instant,
) -> Result<(Option<Instant>, Option<Instant>), Error> {
    let Some(target) = rubric.targets.iter().find(|target| target.priority == priority) else {
        return Ok((None, None));
    };
    let start = issue.reported_at.unwrap_or(now);
    let pauses: Vec<Span> = issue
        .pauses
        .iter()
        .map(|pause| Span::new(pause.from, pause.until.unwrap_or(now)))
        .collect();
    let hours =
        if target.around_the_clock { BusinessHours::always() } else { rubric.hours.clone() };
    let by =
        |minutes: u32| hours.deadline(start, Duration::from_secs(u64::from(minutes) * 60), &pauses);
    Ok((Some(by(target.respond_minutes)?), Some(by(target.resolve_minutes)?)))
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::High => "High",
        Level::Medium => "Medium",
        Level::Low => "Low",
    }
}

impl Command for TriageIssues {
    type Answer = Triaged;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Triaged> {
        let impact = self.impact_system.max(self.impact_users).max(self.impact_business);
        let mut events = Vec::new();
        let mut answer = None;
        for key in some(&self.keys)? {
            let issue = state.issue(key)?;
            open(issue, "it can no longer be triaged")?;
            let triaged = outcome(state, issue, impact, self.urgency, by.at)?;
            if issue.priority().is_some_and(|before| before != triaged.priority)
                && self.note.trim().is_empty()
            {
                return Err(Error::field(
                    "note",
                    format!("{key} has a priority already; say why it changes."),
                )
                .into());
            }
            events.push((
                key.0.clone(),
                Event::IssueTriaged {
                    impact_system: self.impact_system,
                    impact_users: self.impact_users,
                    impact_business: self.impact_business,
                    urgency: self.urgency,
                    priority: triaged.priority,
                    respond_by: triaged.respond_by,
                    resolve_by: triaged.resolve_by,
                    private: Note { text: self.note.clone() },
                },
            ));
            // A hot fix is as urgent as the most urgent of its issues, unless a person said why not.
            if let Some(key) = &issue.hotfix {
                let hotfix = state.hotfix(key)?;
                if hotfix.priority_reason.is_empty()
                    && hotfix.priority.is_some_and(|now| triaged.priority < now)
                {
                    events.push((
                        key.0.clone(),
                        Event::PriorityChanged {
                            priority: triaged.priority,
                            private: Note::default(),
                        },
                    ));
                }
            }
            answer = Some(triaged);
        }
        let answer = answer.ok_or_else(|| Error::field("keys", "Name at least one issue."))?;
        Ok(Decided { events, ..Decided::new(answer) })
    }
}

fn some(keys: &[IssueKey]) -> Result<&[IssueKey], Error> {
    if keys.is_empty() {
        return Err(Error::field("keys", "Name at least one issue."));
    }
    Ok(keys)
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

/// Declares a decision that several issues may share: who is asked, what must hold, which event.
macro_rules! for_each_issue {
    ($(#[$doc:meta])* $name:ident { $($field:ident : $type:ty),* } |$this:ident, $issue:ident, $state:ident| $check:block => $event:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
        pub struct $name {
            pub keys: Vec<IssueKey>,
            $(#[serde(default)] pub $field: $type),*
        }

        impl Command for $name {
            type Answer = Done;

            fn decide(&self, $state: &State, _: &Actor) -> Decide<Done> {
                let $this = self;
                let mut decided = Decided::new(Done {});
                for key in some(&self.keys)? {
                    let $issue = $state.issue(key)?;
                    $check
                    decided.push(&key.0, $event);
                }
                Ok(decided)
            }
        }
    };
}

for_each_issue! {
    /// Give issues to a person or a team.
    Assign { person: Option<PersonId>, team: Option<CatalogId>, note: String }
    |this, _issue, state| {
        if let Some(person) = &this.person {
            state.person(person)?;
        }
    } => Event::IssueAssigned {
        person: this.person.clone(),
        team: this.team.clone(),
        private: Note { text: this.note.clone() },
    }
}

for_each_issue! {
    /// Not worth a hot fix: the next release will carry it.
    Defer { reason: String }
    |this, issue, _state| {
        open(issue, "it can no longer be deferred")?;
        not_in_hotfix(issue)?;
    } => Event::IssueDeferred { private: Note { text: this.reason.clone() } }
}

for_each_issue! {
    /// Not a fault, not ours, or not reproducible. The reason is what the reporter is told.
    Reject { reason: String }
    |this, issue, _state| {
        required("reason", &this.reason, "The reason, which the reporter will read,")?;
        open(issue, "it can no longer be rejected")?;
        not_in_hotfix(issue)?;
    } => Event::IssueRejected { private: Note { text: this.reason.clone() } }
}

for_each_issue! {
    /// Ask the reporter something; the clocks stand still until the answer.
    AskReporter { question: String }
    |this, issue, _state| {
        required("question", &this.question, "The question")?;
        open(issue, "the reporter need not be asked")?;
        not_in_hotfix(issue)?;
        if issue.state == IssueState::NeedsInfo {
            return Err(Error::denied(format!("{} already waits for the reporter.", issue.key)).into());
        }
    } => Event::InfoRequested { private: Note { text: this.question.clone() } }
}

/// The reporter answered: the clocks run again.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordAnswer {
    pub keys: Vec<IssueKey>,
    #[serde(default)]
    pub answer: String,
}

impl Command for RecordAnswer {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        for key in some(&self.keys)? {
            let issue = state.issue(key)?;
            if issue.state != IssueState::NeedsInfo {
                let message = format!("{} does not wait for an answer.", issue.key);
                return Err(Error::denied(message).into());
            }
            let (respond_by, resolve_by) = match issue.priority() {
                Some(priority) => {
                    let rubric = state.catalog.rubric(issue.product.as_ref());
                    deadlines(&rubric, issue, priority, by.at)?
                }
                None => (None, None),
            };
            let private = Note { text: self.answer.clone() };
            decided.push(&key.0, Event::InfoReceived { respond_by, resolve_by, private });
        }
        Ok(decided)
    }
}

for_each_issue! {
    /// Back to Triaged: it is not over after all.
    Reopen { reason: String }
    |this, issue, _state| {
        required("reason", &this.reason, "The reason")?;
        if issue.is_open() {
            return Err(Error::denied(format!("{} is open already.", issue.key)).into());
        }
    } => Event::IssueReopened { private: Note { text: this.reason.clone() } }
}

for_each_issue! {
    /// Close by hand.
    CloseIssue { reason: String }
    |this, issue, _state| {
        if issue.state == IssueState::Closed {
            return Err(Error::denied(format!("{} is closed already.", issue.key)).into());
        }
        if issue.state == IssueState::InHotFix {
            not_in_hotfix(issue)?;
        }
    } => Event::IssueClosed { private: Note { text: this.reason.clone() } }
}

/// These issues are the same as `into`: its affected people grow, and theirs are told with it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Merge {
    pub keys: Vec<IssueKey>,
    pub into: IssueKey,
    #[serde(default)]
    pub note: String,
}

impl Command for Merge {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let original = state.issue(&self.into)?;
        if let Some(of) = &original.duplicate_of {
            return Err(Error::field(
                "into",
                format!("{} is itself a duplicate of {of}.", self.into),
            )
            .hint(format!("Merge into {of}."))
            .into());
        }
        let mut decided = Decided::new(Done {});
        for key in some(&self.keys)? {
            if key == &self.into {
                return Err(Error::field(
                    "into",
                    format!("{key} cannot be a duplicate of itself."),
                )
                .into());
            }
            let issue = state.issue(key)?;
            open(issue, "it can no longer be merged")?;
            not_in_hotfix(issue)?;
            if !issue.duplicates.is_empty() {
                return Err(Error::denied(format!("{key} has duplicates of its own."))
                    .hint(format!(
                        "Merge {} into {key} instead, or undo those merges first.",
                        self.into
                    ))
                    .into());
            }
            decided.push(
                &key.0,
                Event::IssueMarkedDuplicate {
                    of: self.into.clone(),
                    private: Note { text: self.note.clone() },
                },
            );
            decided.push(
                &self.into.0,
                Event::DuplicateCounted { duplicate: key.clone(), affected: issue.affected },
            );
        }
        Ok(decided)
    }
}

/// Undo a merge.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct Unmerge {
    pub key: IssueKey,
}

impl Command for Unmerge {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let issue = state.issue(&self.key)?;
        let of = issue
            .duplicate_of
            .clone()
            .ok_or_else(|| Error::denied(format!("{} is not a duplicate.", self.key)))?;
        state.issue(&of)?;
        let note = Note { text: format!("Not the same as {of} after all.") };
        Ok(Decided::new(Done {}).with(&self.key.0, Event::IssueReopened { private: note }).with(
            of.0,
            Event::DuplicateReleased { duplicate: self.key.clone(), affected: issue.affected },
        ))
    }
}
