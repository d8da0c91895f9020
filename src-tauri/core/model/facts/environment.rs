//! The facts about one environment: its policy and calendars, what is booked, what runs there, how its endpoints are.

use super::{EndpointHealth, Facts};
use crate::{
    calendar::Span,
    clock::Instant,
    error::Error,
    event::{stream, words::*},
    model::{
        Judge, State,
        agenda::Agenda,
        bookings::{Bookings, Slot},
        deployment::Deployment,
        hotfix::Hotfix,
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// Why what is booked elsewhere matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Both deploy to this target.
    Target(String),
    /// Both change these components.
    Component(Vec<String>),
    /// One of the two products needs the other while it runs.
    Dependency,
}

impl Shared {
    /// The blocker that a booking there is.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Target(_) => "target_booked",
            Self::Component(_) => "component_booked",
            Self::Dependency => "dependency_booked",
        }
    }
}

/// Another environment that must not change while this one does.
#[derive(Clone, Debug)]
pub struct Related {
    pub shared: Shared,
    /// The environment's stream.
    place: String,
    /// "Billing · Production".
    pub name: String,
    pub slots: Bookings,
}

/// The facts with those about one environment in front.
#[derive(Clone)]
pub struct EnvironmentFacts<'a> {
    all: Facts<'a>,
    pub product: Product,
    pub environment: Environment,
    /// The environment before this one on the path.
    pub predecessor: Option<Environment>,
    pub policy: Policy,
    /// Freezes, maintenance windows and locks that touch the environment or one of its targets.
    pub agenda: Arc<Agenda>,
    /// What the hot fix changes; empty where nobody has said, and then it may be anything.
    pub components: Vec<String>,
    /// The targets it is about; empty for all of the environment's.
    pub targets: Vec<String>,
    pub slots: Bookings,
    /// Each booking elsewhere with its nearest reason: the target before the component before the
    /// dependency.
    pub related: Vec<Related>,
    /// What is booked elsewhere for hot fixes that change the same components.
    of_components: Vec<Related>,
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

/// Whoever knows the environment may ask for the rest as well.
impl<'a> std::ops::Deref for EnvironmentFacts<'a> {
    type Target = Facts<'a>;

    fn deref(&self) -> &Facts<'a> {
        &self.all
    }
}

impl<'a> EnvironmentFacts<'a> {
    pub(super) fn gather(
        all: Facts<'a>,
        product: &CatalogId,
        environment: &str,
        priority: Option<Priority>,
    ) -> Judge<Self> {
        let Facts { at, state } = all;
        let product = state.product(product)?.clone();
        let index =
            product.environments.iter().position(|one| one.id == environment).ok_or_else(|| {
                Error::field(
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
        let policy = all.policy(&product.id, &environment.id, priority);
        let agenda = state.catalog.agenda(&product.id, &environment.id, at)?;
        let related = related(state, &product, &environment)?;
        let known = state.environment(&product.id, &environment.id)?;
        let (slots, held_by, running) =
            (known.slots.clone(), known.held_by.clone(), known.running.clone());
        let mut shipped = BTreeMap::new();
        for other in running.iter().flat_map(|running| &running.hotfixes) {
            let built = state.hotfix(&other.hotfix)?;
            let built = built.packages.iter().find(|one| one.package.revision == other.revision);
            if let Some(built) = built.filter(|_| !other.files.is_empty()) {
                shipped.insert(other.hotfix.clone(), built.package.files.clone());
            }
        }
        let (endpoints, missing_endpoints) = endpoints(state, &environment);
        Ok(Self {
            all,
            product,
            environment,
            predecessor,
            policy,
            agenda,
            components: Vec::new(),
            targets: Vec::new(),
            slots,
            related,
            of_components: Vec::new(),
            held_by,
            running,
            shipped,
            endpoints,
            missing_endpoints,
        })
    }

    /// The same for one hot fix: what is limited to components that it does not change is left out, and
    /// what other products change of those that it does is in the way.
    pub fn for_hotfix(mut self, hotfix: &Hotfix) -> Judge<Self> {
        let state = self.all.state;
        let sharing = sharing(state, &self.product, &self.environment);
        if !self.agenda.names_components() && sharing.is_empty() {
            return Ok(self);
        }
        self.components = components(state, hotfix)?;
        self.agenda = Agenda::limited_to(&self.agenda, &self.components, &self.targets);
        self.of_components = of_components(state, &sharing, &self.components, self.all.at)?;
        self.related = nearest(self.related, &self.of_components);
        Ok(self)
    }

    /// The same for some of the environment's targets: `environment`, its endpoints, its calendars and
    /// what else is booked are about those alone. Nothing changes if these are all of them, or if the
    /// environment has none of them any more.
    pub fn for_targets(mut self, targets: &[String]) -> Judge<Self> {
        let wanted = |target: &Target| targets.contains(&target.id);
        let all = &self.environment.targets;
        if all.iter().all(wanted) || !all.iter().any(wanted) {
            return Ok(self);
        }
        self.environment.targets.retain(wanted);
        self.targets = self.environment.targets.iter().map(|one| one.id.clone()).collect();
        (self.endpoints, self.missing_endpoints) = endpoints(self.all.state, &self.environment);
        let related = related(self.all.state, &self.product, &self.environment)?;
        self.related = nearest(related, &self.of_components);
        self.agenda = Agenda::limited_to(&self.agenda, &self.components, &self.targets);
        Ok(self)
    }

    /// The same for what a deployment is planned for.
    pub fn for_deployment(self, deployment: &Deployment) -> Judge<Self> {
        if deployment.left_out.is_empty() {
            return Ok(self);
        }
        let targets: Vec<String> = deployment.targets.iter().map(|one| one.id.clone()).collect();
        self.for_targets(&targets)
    }

    /// What the calendars say of this time: it may lie further ahead than what is at hand.
    pub fn agenda_of(&self, wanted: Span) -> Judge<Arc<Agenda>> {
        if self.agenda.knows(wanted) {
            return Ok(Arc::clone(&self.agenda));
        }
        let catalog = &self.all.state.catalog;
        let all = catalog.agenda(&self.product.id, &self.environment.id, wanted.start)?;
        Ok(Agenda::limited_to(&all, &self.components, &self.targets))
    }
}

type Endpoints = (Vec<(Endpoint, Option<EndpointHealth>)>, Vec<CatalogId>);

/// Those that the targets use, once each, and those that they name and the catalog lacks.
fn endpoints(state: &State, environment: &Environment) -> Endpoints {
    let (mut found, mut missing) = Endpoints::default();
    for target in &environment.targets {
        if found.iter().any(|(known, _)| known.id == target.endpoint) {
            continue;
        }
        match state.catalog.endpoint(&target.endpoint) {
            Some(endpoint) => {
                let health = state.health.get(&endpoint.id).cloned();
                found.push((endpoint.clone(), health));
            }
            None => missing.push(target.endpoint.clone()),
        }
    }
    (found, missing)
}

/// The environments of other products that share a target with this one or depend on it.
fn related(state: &State, product: &Product, environment: &Environment) -> Judge<Vec<Related>> {
    let mut found = Vec::new();
    for other in state.catalog.products() {
        let depends = other.id != product.id
            && (product.depends_on.contains(&other.id) || other.depends_on.contains(&product.id));
        for place in &other.environments {
            if other.id == product.id && place.id == environment.id {
                continue;
            }
            let target = place.targets.iter().find(|target| {
                environment.targets.iter().any(|own| {
                    own.id == target.id
                        && own.endpoint == target.endpoint
                        && own.params == target.params
                })
            });
            let shared = match target {
                Some(target) => Shared::Target(target.id.clone()),
                None if depends && alike(other, place, environment) => Shared::Dependency,
                None => continue,
            };
            state.object("product", &other.id.0);
            found.push((shared, other, place));
        }
    }
    let names: Vec<String> =
        found.iter().map(|(_, other, place)| stream::environment(&other.id, &place.id)).collect();
    state.expect(names.iter().map(String::as_str))?;
    found
        .into_iter()
        .map(|(shared, other, place)| {
            Ok(Related {
                shared,
                place: stream::environment(&other.id, &place.id),
                name: format!("{} · {}", other.name, place.name),
                slots: state.environment(&other.id, &place.id)?.slots.clone(),
            })
        })
        .collect()
}

/// Whether a place of another product is what this environment is there.
fn alike(other: &Product, place: &Environment, environment: &Environment) -> bool {
    place.id == environment.id
        || (other.environment(&environment.id).is_none()
            && place.production == environment.production)
}

/// The components that a hot fix changes, sorted: those that its issues name. None if one of them names
/// none: then it may change any.
pub(super) fn components(state: &State, hotfix: &Hotfix) -> Judge<Vec<String>> {
    state.expect(hotfix.issues.iter().map(|issue| issue.0.as_str()))?;
    let mut found = Vec::new();
    for issue in &hotfix.issues {
        let component = &state.issue(issue)?.component;
        if component.is_empty() {
            return Ok(Vec::new());
        }
        found.push(component.clone());
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Another product that has components of the same names, the same environment of it, and those names.
type Sharing<'a> = (&'a Product, &'a Environment, Vec<&'a String>);

fn sharing<'a>(state: &'a State, product: &Product, environment: &Environment) -> Vec<Sharing<'a>> {
    let mut found = Vec::new();
    if product.components.is_empty() {
        return found;
    }
    for other in state.catalog.products().filter(|other| other.id != product.id) {
        let common: Vec<&String> =
            other.components.iter().filter(|name| product.components.contains(name)).collect();
        if common.is_empty() {
            continue;
        }
        state.object("product", &other.id.0);
        let places = other.environments.iter().filter(|place| alike(other, place, environment));
        found.extend(places.map(|place| (other, place, common.clone())));
    }
    found
}

/// What is booked there, and not over, for hot fixes that change components which this one changes too.
fn of_components(
    state: &State,
    sharing: &[Sharing],
    changed: &[String],
    at: Instant,
) -> Judge<Vec<Related>> {
    let names: Vec<String> =
        sharing.iter().map(|(other, place, _)| stream::environment(&other.id, &place.id)).collect();
    state.expect(names.iter().map(String::as_str))?;
    let mut found = Vec::new();
    for ((other, place, common), stream) in sharing.iter().zip(names) {
        let ours: Vec<&String> = common
            .iter()
            .copied()
            .filter(|name| changed.is_empty() || changed.contains(name))
            .collect();
        if ours.is_empty() {
            continue;
        }
        let slots = &state.environment(&other.id, &place.id)?.slots;
        let ahead: Vec<&Slot> = slots.all().iter().filter(|slot| at < slot.ends_at).collect();
        state.expect(ahead.iter().map(|slot| slot.hotfix.as_str()))?;
        let mut by_names: BTreeMap<Vec<String>, Vec<Slot>> = BTreeMap::new();
        for slot in ahead {
            let theirs = components(state, state.hotfix(&slot.hotfix)?)?;
            let both = |name: &&&String| theirs.is_empty() || theirs.contains(name);
            let both: Vec<String> = ours.iter().filter(both).map(|name| (*name).clone()).collect();
            if !both.is_empty() {
                by_names.entry(both).or_default().push(slot.clone());
            }
        }
        found.extend(by_names.into_iter().map(|(names, slots)| Related {
            shared: Shared::Component(names),
            place: stream.clone(),
            name: format!("{} · {}", other.name, place.name),
            slots: slots.into(),
        }));
    }
    Ok(found)
}

/// Both together, so that each booking is said once: where a target is shared, all of that place is in the
/// way; what shares a component is not said again as a dependency.
fn nearest(places: Vec<Related>, of_components: &[Related]) -> Vec<Related> {
    let mut found = places;
    found.retain(|one| !matches!(one.shared, Shared::Component(_)));
    for sharing in of_components {
        match found.iter_mut().find(|one| one.place == sharing.place) {
            Some(one) if matches!(one.shared, Shared::Target(_)) => continue,
            Some(one) => one.slots.keep(|slot| sharing.slots.of(&slot.deployment).is_none()),
            None => {}
        }
        found.push(sharing.clone());
    }
    found
}
