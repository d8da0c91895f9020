//! From "who takes it" to a tested change: the hot fix, its owner, cause, solution, changes, tests.
//!
//! A hot fix starts from issues. Its priority is the highest of theirs unless somebody says why not.

pub mod evidence;

pub use evidence::RecordTests;

use super::{
    Command, DecidedIssues, Done, Events, MadeHotfix, begin, changed, each, named, not_moved,
    phase_is, required,
};
use crate::{
    error::Error,
    event::{CauseText, Event, Note, SolutionText, stream, words::*},
    model::{Actor, Decide, Decided, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Start a hot fix from one or more issues of one product.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct StartHotfix {
    pub issues: Vec<IssueKey>,
    /// The first issue's sentence, if left empty.
    #[serde(default)]
    pub title: String,
    /// Needed only where no issue names a product.
    #[serde(default)]
    pub product: Option<CatalogId>,
}

impl Command for StartHotfix {
    type Answer = MadeHotfix;

    fn decide(&self, state: &State, _: &Actor) -> Decide<MadeHotfix> {
        let key = state.next_hotfix()?;
        let issues: Vec<IssueKey> =
            named(state, "issues", &self.issues)?.into_iter().cloned().collect();
        let first =
            issues.first().ok_or_else(|| Error::field("issues", "Name at least one issue."))?;
        let mut product = self.product.clone();
        let mut recurrence_of = None;
        for issue in &issues {
            let issue = state.issue(issue)?;
            if issue.state != IssueState::Triaged {
                let what = match (issue.state, &issue.hotfix) {
                    (IssueState::InHotFix, Some(hotfix)) => {
                        format!("{} is in {hotfix} already.", issue.key)
                    }
                    (IssueState::New | IssueState::NeedsInfo, _) => {
                        format!("{} is not triaged yet.", issue.key)
                    }
                    _ => format!("{} is no longer open.", issue.key),
                };
                return Err(Error::denied(what)
                    .hint("Only a triaged issue can be taken into a hot fix.")
                    .at("issues")
                    .into());
            }
            match (&product, &issue.product) {
                (None, Some(_)) => product.clone_from(&issue.product),
                (Some(one), Some(other)) if one != other => {
                    return Err(Error::field(
                        "issues",
                        format!("{} is about {other}, not {one}.", issue.key),
                    )
                    .hint("A hot fix changes one product; start another for the other.")
                    .into());
                }
                _ => {}
            }
            for former in issue.former_hotfixes.iter().rev() {
                let shipped = [Phase::Monitoring, Phase::Closed];
                if recurrence_of.is_none() && shipped.contains(&state.hotfix(former)?.phase) {
                    recurrence_of = Some(former.clone());
                }
            }
        }
        let product = product.ok_or_else(|| {
            Error::field("product", "None of the issues names a product.")
                .hint("Say which product is to be fixed.")
        })?;
        state.product(&product)?;
        let title = if self.title.trim().is_empty() {
            state.issue(first)?.text.title.clone()
        } else {
            self.title.clone()
        };
        let begun = begin(state, &key, issues, product, title, recurrence_of)?;
        let taken: Events = begun[1..].to_vec();
        let changed = changed(state, &taken)?;
        let mut decided = Decided::new(MadeHotfix { key, changed });
        decided.events.extend(begun);
        Ok(decided)
    }
}

/// Take more issues into a hot fix that has not shipped yet.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct JoinIssues {
    pub key: HotfixKey,
    #[serde(alias = "issues")]
    pub keys: Vec<IssueKey>,
    /// Leave and name those that cannot join, instead of refusing all of it.
    #[serde(default)]
    pub partly: bool,
}

impl Command for JoinIssues {
    type Answer = DecidedIssues;

    fn decide(&self, state: &State, _: &Actor) -> Decide<DecidedIssues> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "no issue can join it any more")?;
        let (taken, left) = each(state, &self.keys, self.partly, |issue| {
            if issue.state != IssueState::Triaged {
                return Err(Error::denied(format!("{} is not in the state Triaged.", issue.key))
                    .at("keys")
                    .into());
            }
            if issue.product.as_ref().is_some_and(|product| product != &hotfix.product) {
                let message = format!("{} is about another product.", issue.key);
                return Err(Error::field("keys", message).into());
            }
            let event = Event::IssueTakenIntoHotfix { hotfix: self.key.clone() };
            Ok(vec![(issue.key.0.clone(), event)])
        })?;
        let changed = changed(state, &taken)?;
        let mut decided = Decided::new(DecidedIssues { changed, left });
        let mut priority = hotfix.priority.unwrap_or(Priority::P5);
        for (issue, event) in taken {
            let key = IssueKey(issue.clone());
            priority = priority.min(state.issue(&key)?.priority().unwrap_or(Priority::P5));
            decided.push(&self.key.0, Event::IssueJoined { issue: key, priority });
            decided.push(issue, event);
        }
        Ok(decided)
    }
}

/// Declares a request that records something on an open hot fix.
macro_rules! on_hotfix {
    ($(#[$doc:meta])* $name:ident { $($(#[$meta:meta])* $field:ident : $type:ty),* $(,)? }
     [$($phase:ident),*] |$this:ident, $hotfix:ident, $state:ident| $check:block => $event:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
        pub struct $name {
            pub key: HotfixKey,
            /// The version of the hot fix that the edit is based on.
            #[serde(default)]
            #[ts(type = "number | null", optional)]
            pub base: Option<u64>,
            $($(#[$meta])* pub $field: $type),*
        }

        impl Command for $name {
            type Answer = Done;

            fn decide(&self, $state: &State, _: &Actor) -> Decide<Done> {
                let $this = self;
                let $hotfix = $state.hotfix(&self.key)?;
                phase_is($hotfix, &[$(Phase::$phase),*], "this can no longer be changed")?;
                $check
                Ok(Decided::new(Done {}).with(&self.key.0, $event))
            }
        }
    };
}

mod change;

pub use change::{
    ComparePackage, LinkReview, NewChange, RecordBranches, RecordChange, RecordChanges,
    RecordConfiguration, RecordedConfiguration, RemoveChange, RemoveConfiguration,
};

/// Who has it from now on: a person, a team, somebody of a team, or nobody. Taking it from a person or
/// a team that had it needs a note for them.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AssignHotfix {
    pub key: HotfixKey,
    #[serde(default)]
    pub person: Option<PersonId>,
    #[serde(default)]
    pub team: Option<CatalogId>,
    #[serde(default)]
    pub note: String,
}

impl Command for AssignHotfix {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(
            hotfix,
            &[Phase::Development, Phase::Rollout, Phase::Monitoring],
            "nobody takes it any more",
        )?;
        if let Some(person) = &self.person {
            state.person(person)?;
        }
        if let Some(team) = &self.team {
            state.team(team)?;
        }
        if (&hotfix.owner, &hotfix.team) == (&self.person, &self.team) {
            return Ok(Decided::new(Done {}));
        }
        let loses = match (&hotfix.owner, &hotfix.team) {
            (Some(had), _) if self.person.as_ref() != Some(had) => Some(state.catalog.name_of(had)),
            // Within the team that has it, somebody takes it without a word.
            (None, Some(had)) if self.team.as_ref() != Some(had) => {
                let known = state.catalog.team(had);
                let member = self
                    .person
                    .as_ref()
                    .is_some_and(|person| known.is_some_and(|team| team.members.contains(person)));
                let name = known.map_or_else(|| had.0.clone(), |team| team.name.clone());
                (!member).then_some(name)
            }
            _ => None,
        };
        if let Some(had) = loses.filter(|_| self.note.trim().is_empty()) {
            return Err(Error::field("note", format!("{had} has it already."))
                .hint("Say in a note why it goes to somebody else.")
                .into());
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::HotfixAssigned {
                person: self.person.clone(),
                team: self.team.clone(),
                private: Note { text: self.note.clone() },
            },
        ))
    }
}

on_hotfix! {
    /// Change the priority by hand, with the reason.
    ChangePriority { priority: Priority, reason: String }
    [Development, Rollout, Monitoring]
    |this, _hotfix, _state| {
        required("reason", &this.reason, "The reason")?;
    } => Event::PriorityChanged { priority: this.priority, private: Note { text: this.reason.clone() } }
}

on_hotfix! {
    /// The root cause: what kind, since when, what happened, why, and where it may happen next.
    RecordCause { cause: CauseKind, #[serde(default)] since_version: String, #[serde(default)] since_commit: String, text: CauseText }
    [Development, Rollout]
    |this, hotfix, _state| {
        required("text.what", &this.text.what, "What happened")?;
        if let Some(there) = &hotfix.cause {
            let all = |kind: CauseKind, version: &str, commit: &str, text: &CauseText| {
                let since = [version, commit].join(" ");
                let mut parts = vec![kind.name(), &text.what];
                parts.extend(text.whys.iter().map(String::as_str));
                parts.extend([text.next.as_str(), since.trim()]);
                parts.retain(|part| !part.is_empty());
                parts.join(" · ")
            };
            not_moved(
                this.base,
                hotfix.moved.cause,
                "The root cause",
                &all(there.kind, &there.since_version, &there.since_commit, &there.text),
                &all(this.cause, &this.since_version, &this.since_commit, &this.text),
            )?;
        }
    } => Event::CauseRecorded {
        cause: this.cause,
        since_version: this.since_version.clone(),
        since_commit: this.since_commit.clone(),
        private: this.text.clone(),
    }
}

on_hotfix! {
    /// What was changed to mend it, and what else was considered.
    RecordSolution { text: SolutionText }
    [Development, Rollout]
    |this, hotfix, _state| {
        required("text.text", &this.text.text, "The solution")?;
        let all = |text: &SolutionText| [text.text.as_str(), &text.alternatives].join(" · ");
        let there = hotfix.solution.as_ref().map(all).unwrap_or_default();
        not_moved(this.base, hotfix.moved.solution, "The solution", &there, &all(&this.text))?;
    } => Event::SolutionRecorded { private: this.text.clone() }
}

on_hotfix! {
    /// What shipping it may break, and how likely.
    RecordRisk { risk: Level, text: String }
    [Development, Rollout]
    |this, hotfix, _state| {
        required("text", &this.text, "What could go wrong")?;
        let all = |level: Level, text: &str| format!("{}: {text}", level.name());
        let there = hotfix.risk.as_ref().map(|one| all(one.level, &one.text)).unwrap_or_default();
        not_moved(this.base, hotfix.moved.risk, "The risk", &there, &all(this.risk, &this.text))?;
    } => Event::RiskRecorded { risk: this.risk, private: Note { text: this.text.clone() } }
}

on_hotfix! {
    /// The way back.
    RecordRollbackPlan { text: String }
    [Development, Rollout]
    |this, hotfix, _state| {
        required("text", &this.text, "The way back")?;
        let there = &hotfix.rollback_plan;
        not_moved(this.base, hotfix.moved.rollback_plan, "The way back", there, &this.text)?;
    } => Event::RollbackPlanRecorded { private: Note { text: this.text.clone() } }
}

/// Back to Development: what was planned for the old revision is cancelled.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReturnToDevelopment {
    pub key: HotfixKey,
    pub reason: String,
}

impl Command for ReturnToDevelopment {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Rollout], "only a hot fix in Rollout can go back")?;
        required("reason", &self.reason, "The reason")?;
        let mut decided = Decided::new(Done {});
        release_plans(&mut decided, state, hotfix, "The hot fix went back to Development.")?;
        decided.push(
            &self.key.0,
            Event::ReturnedToDevelopment { private: Note { text: self.reason.clone() } },
        );
        Ok(decided)
    }
}

/// Give a hot fix up. Its issues return to Triaged.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct CancelHotfix {
    pub key: HotfixKey,
    pub reason: String,
}

impl Command for CancelHotfix {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let hotfix = state.hotfix(&self.key)?;
        phase_is(hotfix, &[Phase::Development, Phase::Rollout], "it can no longer be cancelled")?;
        required("reason", &self.reason, "The reason")?;
        let mut decided = Decided::new(Done {});
        release_plans(&mut decided, state, hotfix, "The hot fix was cancelled.")?;
        decided.push(
            &self.key.0,
            Event::HotfixCancelled { private: Note { text: self.reason.clone() } },
        );
        for issue in &hotfix.issues {
            if state.issue(issue)?.hotfix.as_ref() == Some(&self.key) {
                decided.push(&issue.0, Event::IssueLeftHotfix { hotfix: self.key.clone() });
            }
        }
        Ok(decided)
    }
}

/// Cancels what is planned and frees its slots. A deployment that runs must be ended first.
fn release_plans(
    decided: &mut Decided<Done>,
    state: &State,
    hotfix: &crate::model::hotfix::Hotfix,
    why: &str,
) -> Result<(), crate::model::Stop> {
    for key in &hotfix.deployments {
        let deployment = state.deployment(key)?;
        match deployment.state {
            DeploymentState::Deploying => {
                return Err(Error::denied(format!(
                    "{key} is deploying to {}.",
                    deployment.environment
                ))
                .hint("Wait until it ends, or stop it.")
                .into());
            }
            DeploymentState::Planned | DeploymentState::Missed => {
                let environment = stream::environment(&deployment.product, &deployment.environment);
                state.environment(&deployment.product, &deployment.environment)?;
                decided.push(
                    &key.0,
                    Event::DeploymentCancelled { private: Note { text: why.into() } },
                );
                decided.push(environment, Event::SlotReleased { deployment: key.clone() });
                for person in &deployment.expected.on_duty {
                    if state.duties(person)?.of(key).is_some() {
                        let free = Event::DutyReleased { deployment: key.clone() };
                        decided.push(stream::duty(person), free);
                    }
                }
            }
            DeploymentState::Validating => {
                decided
                    .push(&key.0, Event::ValidationFailed { private: Note { text: why.into() } });
            }
            _ => {}
        }
    }
    Ok(())
}
