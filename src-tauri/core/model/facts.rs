//! Facts: everything beside the hot fix that a gate may look at, as one dated value.
//!
//! A gate sees the world through [`Facts`] and nothing else; what it may ask is what stands here. What comes from
//! the journal (the catalog with its policies, roles and calendars, deployments, what runs where) is as new as the
//! decision: it is part of the read set, and the append is refused if any of it has moved. What an endpoint
//! said comes from outside and grows old, so it has its own date, and a gate says when that is too long ago.

use super::{
    Judge, State,
    bookings::Bookings,
    deployment::{Deployment, TargetRun},
    hotfix::Hotfix,
    issue::Issue,
    notice,
};
use crate::{
    calendar::{BusinessHours, Span},
    clock::Instant,
    event::words::*,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

mod environment;

pub use environment::{EnvironmentFacts, Related, Shared};

/// An endpoint that was last heard longer ago than this counts as not answering.
pub const HEALTH_AGE: Duration = Duration::from_secs(10 * 60);

/// What an endpoint said when it was last asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct EndpointHealth {
    pub ok: bool,
    pub detail: String,
    pub at: Instant,
}

impl EndpointHealth {
    /// It was said too long ago to go by.
    pub fn is_old(&self, now: Instant) -> bool {
        now.since(self.at) > HEALTH_AGE
    }
}

/// A span of a calendar with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NamedSpan {
    pub id: CatalogId,
    pub name: String,
    pub purpose: CalendarKind,
    pub start: Instant,
    pub end: Instant,
    /// What it is limited to; empty is everything.
    #[serde(default)]
    pub components: Vec<String>,
    #[serde(default)]
    pub targets: Vec<String>,
    /// Who is away, or who holds it.
    #[serde(default)]
    pub people: Vec<PersonId>,
}

impl NamedSpan {
    pub fn new(entry: &CalendarEntry, span: Span) -> Self {
        Self {
            id: entry.id.clone(),
            name: entry.name.clone(),
            purpose: entry.purpose,
            start: span.start,
            end: span.end,
            components: entry.components.clone(),
            targets: entry.targets.clone(),
            people: entry.people.clone(),
        }
    }

    pub fn span(&self) -> Span {
        Span::new(self.start, self.end)
    }
}

/// What is known at one moment.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub at: Instant,
    state: &'a State,
}

impl State {
    /// What a gate may look at, as of this moment.
    pub fn facts(&self, at: Instant) -> Facts<'_> {
        Facts { at, state: self }
    }
}

impl<'a> Facts<'a> {
    /// The same about one environment. Everything it looks at becomes part of the read set.
    pub fn about(
        self,
        product: &CatalogId,
        environment: &str,
        priority: Option<Priority>,
    ) -> Judge<EnvironmentFacts<'a>> {
        EnvironmentFacts::gather(self, product, environment, priority)
    }

    // --- hot fixes, their issues and deployments ---

    pub fn hotfix(&self, key: &HotfixKey) -> Judge<&'a Hotfix> {
        self.state.hotfix(key)
    }

    pub fn issue(&self, key: &IssueKey) -> Judge<&'a Issue> {
        self.state.issue(key)
    }

    pub fn deployment(&self, key: &DeploymentKey) -> Judge<&'a Deployment> {
        self.state.deployment(key)
    }

    /// All deployments of a hot fix, in the order they were planned.
    pub fn deployments(&self, hotfix: &Hotfix) -> Judge<Vec<&'a Deployment>> {
        hotfix.deployments.iter().map(|key| self.state.deployment(key)).collect()
    }

    /// The steps of one target; empty before the first.
    pub fn target(&self, deployment: &DeploymentKey, target: &str) -> Judge<&'a TargetRun> {
        self.state.target(deployment, target)
    }

    /// Asks for the steps of many targets at once.
    pub fn expect_targets(&self, deployment: &DeploymentKey, targets: &[Target]) -> Judge<()> {
        self.state.expect_targets(deployment, targets)
    }

    /// Asks for many of them at once, by their keys.
    pub fn expect<'b>(&self, keys: impl IntoIterator<Item = &'b str>) -> Judge<()> {
        self.state.expect(keys)
    }

    /// The components that a hot fix changes: those that its issues name. None where one of them names none:
    /// then it may be any.
    pub fn components(&self, hotfix: &Hotfix) -> Judge<Vec<String>> {
        environment::components(self.state, hotfix)
    }

    // --- policy and roles ---

    pub fn product(&self, id: &CatalogId) -> Judge<&'a Product> {
        self.state.product(id)
    }

    /// What rules there.
    pub fn policy(
        &self,
        product: &CatalogId,
        environment: &str,
        priority: Option<Priority>,
    ) -> Policy {
        let policy = self.state.catalog.policy(product, environment, priority);
        self.state.object("policy", &policy.id.0);
        policy
    }

    pub fn checklist(&self, id: &CatalogId) -> Option<&'a Checklist> {
        self.state.object("checklist", &id.0);
        self.state.catalog.checklist(id)
    }

    /// Those that apply to a hot fix in an environment.
    pub fn checklists(&self, hotfix: &Hotfix, environment: &str) -> Vec<&'a Checklist> {
        let all: Vec<_> = self.state.catalog.checklists(hotfix, environment).collect();
        for list in &all {
            self.state.object("checklist", &list.id.0);
        }
        all
    }

    /// Somebody on whom the answer depends.
    pub fn person(&self, id: &PersonId) -> Option<&'a Person> {
        self.state.object("person", &id.0);
        self.state.catalog.person(id)
    }

    /// Everybody. That nobody comes or goes meanwhile is not part of the read set, nor are their roles: whose matter
    /// is asked for by [`Self::person`].
    pub fn people(&self) -> impl Iterator<Item = &'a Person> {
        self.state.catalog.people()
    }

    /// The roles of one of [`Self::people`]; none of somebody who has left.
    pub fn roles_of(&self, id: &PersonId) -> &'a [Role] {
        self.state.catalog.person(id).map_or(&[], |person| &person.roles)
    }

    /// For a sentence: a name moves no answer.
    pub fn name_of(&self, id: &PersonId) -> String {
        self.state.catalog.name_of(id)
    }

    /// For a sentence.
    pub fn audience_name(&self, id: &CatalogId) -> String {
        self.state.catalog.audience_name(id)
    }

    pub fn team(&self, id: &CatalogId) -> Option<&'a Team> {
        self.state.catalog.team(id)
    }

    /// The audiences that want to hear of deployments into an environment.
    pub fn usual_notices(&self, product: &CatalogId, environment: &str) -> Vec<NoticePlan> {
        notice::usual(self.state, product, environment)
    }

    // --- the calendar ---

    /// The answer depends on this entry.
    pub fn relies_on_calendar(&self, id: &CatalogId) {
        self.state.object("calendar", &id.0);
    }

    /// When somebody works.
    pub fn hours_of(&self, person: &Person) -> BusinessHours {
        self.state.catalog.hours_of(person)
    }

    /// When somebody is away, merged.
    pub fn away(&self, person: &PersonId, within: Span) -> Vec<Span> {
        self.state.catalog.away(person, within)
    }

    /// When somebody is on duty for a deployment.
    pub fn duties(&self, person: &PersonId) -> Judge<&'a Bookings> {
        self.state.duties(person)
    }

    /// When most people are at work on a product.
    pub fn office_hours(&self, product: &CatalogId) -> BusinessHours {
        self.state.catalog.rubric(Some(product)).hours
    }
}
