//! Facts: everything beside the hot fix that a gate may look at, as one dated value.

use super::{
    Judge, State,
    deployment::{EnvironmentState, Slot},
};
use crate::{
    calendar::{Span, recurrence::expand},
    clock::Instant,
    event::words::*,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use ts_rs::TS;

/// How far ahead calendars are expanded: the horizon of free slots.
const HORIZON: Duration = Duration::from_secs(91 * 24 * 3600);
/// An endpoint that was last heard longer ago than this counts as not answering.
pub const HEALTH_AGE: Duration = Duration::from_secs(10 * 60);

/// What an endpoint said when it was last asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct EndpointHealth {
    pub ok: bool,
    pub detail: String,
    pub at: Instant,
}

/// A span of a calendar with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NamedSpan {
    pub id: CatalogId,
    pub name: String,
    pub purpose: CalendarKind,
    pub start: Instant,
    pub end: Instant,
}

/// The facts about one environment at one moment.
#[derive(Clone, Debug)]
pub struct Facts {
    pub at: Instant,
    pub product: Product,
    pub environment: Environment,
    /// The environment before this one on the path.
    pub predecessor: Option<Environment>,
    pub policy: Policy,
    pub spans: Vec<NamedSpan>,
    pub slots: Vec<Slot>,
    pub held_by: Option<DeploymentKey>,
    pub running: Option<Running>,
    /// The files that each hot fix shipped which runs here, as its package lists them; none for one
    /// that came with an ordinary release.
    pub shipped: BTreeMap<HotfixKey, Vec<PackagedFile>>,
    /// The health of each endpoint the environment's targets use; `None` if never asked.
    pub endpoints: Vec<(Endpoint, Option<EndpointHealth>)>,
    /// Endpoints that targets name and the catalog lacks.
    pub missing_endpoints: Vec<CatalogId>,
}

impl Facts {
    /// Gathers the facts. Everything it looks at becomes part of the state's read set.
    pub fn gather(
        state: &State,
        product: &CatalogId,
        environment: &str,
        priority: Option<Priority>,
        at: Instant,
    ) -> Judge<Self> {
        let product = state.product(product)?.clone();
        let index =
            product.environments.iter().position(|one| one.id == environment).ok_or_else(|| {
                crate::error::Error::field(
                    "environment",
                    format!("{} has no environment “{environment}”.", product.name),
                )
                .hint(format!(
                    "It has: {}.",
                    product
                        .environments
                        .iter()
                        .map(|one| one.id.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
            })?;
        let environment = product.environments[index].clone();
        let predecessor = index.checked_sub(1).map(|before| product.environments[before].clone());
        let policy = state.catalog.policy(&product.id, &environment.id, priority);
        state.object("policy", &policy.id.0);
        let mut spans = Vec::new();
        for entry in state.catalog.calendars() {
            if !entry.covers(&product.id, &environment.id) {
                continue;
            }
            state.object("calendar", &entry.id.0);
            for Span { start, end } in
                expand(&entry.rule, at.minus(Duration::from_secs(86_400)), at.plus(HORIZON))?
            {
                spans.push(NamedSpan {
                    id: entry.id.clone(),
                    name: entry.name.clone(),
                    purpose: entry.purpose,
                    start,
                    end,
                });
            }
        }
        spans.sort_by_key(|span| (span.start, span.end));
        let EnvironmentState { slots, held_by, running, .. } =
            state.environment(&product.id, &environment.id)?.clone();
        let mut shipped = BTreeMap::new();
        for other in running.iter().flat_map(|running| &running.hotfixes) {
            let built = state.hotfix(&other.hotfix)?;
            let built = built.packages.iter().find(|one| one.package.revision == other.revision);
            if let Some(built) = built.filter(|_| !other.files.is_empty()) {
                shipped.insert(other.hotfix.clone(), built.package.files.clone());
            }
        }
        let mut endpoints: Vec<(Endpoint, Option<EndpointHealth>)> = Vec::new();
        let mut missing_endpoints = Vec::new();
        for target in &environment.targets {
            if endpoints.iter().any(|(known, _)| known.id == target.endpoint) {
                continue;
            }
            match state.catalog.endpoint(&target.endpoint) {
                Some(endpoint) => {
                    let health = state.health.get(&endpoint.id).cloned();
                    endpoints.push((endpoint.clone(), health));
                }
                None => missing_endpoints.push(target.endpoint.clone()),
            }
        }
        Ok(Self {
            at,
            product,
            environment,
            predecessor,
            policy,
            spans,
            slots,
            held_by,
            running,
            shipped,
            endpoints,
            missing_endpoints,
        })
    }
}
