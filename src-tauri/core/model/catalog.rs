//! The catalog: the settings every stage reads, held whole in memory. No rules beyond look-up.

use crate::event::{Event, words::*};
use std::collections::BTreeMap;

/// All catalog objects that are not retired, by kind and id, with the version of their stream.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    objects: BTreeMap<(String, String), (u64, CatalogObject)>,
}

impl Catalog {
    /// Applies an event of a `catalog/KIND/ID` stream; others leave it as it is.
    pub fn apply(&mut self, stream: &str, version: u64, event: &Event) {
        match event {
            Event::CatalogSaved { object, .. } => {
                let key = (object.kind().to_owned(), object.id().to_owned());
                self.objects.insert(key, (version, object.clone()));
            }
            Event::CatalogRetired { id } => {
                if let Some(kind) = stream.split('/').nth(1) {
                    self.objects.remove(&(kind.to_owned(), id.clone()));
                }
            }
            Event::Redacted { .. } => {
                let mut parts = stream.splitn(3, '/').skip(1).map(str::to_owned);
                if let (Some(kind), Some(id)) = (parts.next(), parts.next())
                    && let Some((known, _)) = self.objects.get_mut(&(kind, id))
                {
                    *known = version;
                }
            }
            _ => {}
        }
    }

    pub fn entry(&self, kind: &str, id: &str) -> Option<(u64, &CatalogObject)> {
        let (version, object) = self.objects.get(&(kind.to_owned(), id.to_owned()))?;
        Some((*version, object))
    }

    /// All objects of a kind, by id.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a CatalogObject> {
        self.objects.iter().filter(move |((of, _), _)| of == kind).map(|(_, (_, object))| object)
    }

    pub fn all(&self) -> impl Iterator<Item = (u64, &CatalogObject)> {
        self.objects.values().map(|(version, object)| (*version, object))
    }

    pub fn product(&self, id: &CatalogId) -> Option<&Product> {
        match self.entry("product", &id.0)?.1 {
            CatalogObject::Product(product) => Some(product),
            _ => None,
        }
    }

    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        match self.entry("person", &id.0)?.1 {
            CatalogObject::Person(person) => Some(person),
            _ => None,
        }
    }

    pub fn endpoint(&self, id: &CatalogId) -> Option<&Endpoint> {
        match self.entry("endpoint", &id.0)?.1 {
            CatalogObject::Endpoint(endpoint) => Some(endpoint),
            _ => None,
        }
    }

    pub fn audience(&self, id: &CatalogId) -> Option<&Audience> {
        match self.entry("audience", &id.0)?.1 {
            CatalogObject::Audience(audience) => Some(audience),
            _ => None,
        }
    }

    pub fn team(&self, id: &CatalogId) -> Option<&Team> {
        match self.entry("team", &id.0)?.1 {
            CatalogObject::Team(team) => Some(team),
            _ => None,
        }
    }

    pub fn teams(&self) -> impl Iterator<Item = &Team> {
        self.of_kind("team").filter_map(|object| match object {
            CatalogObject::Team(team) => Some(team),
            _ => None,
        })
    }

    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.of_kind("person").filter_map(|object| match object {
            CatalogObject::Person(person) => Some(person),
            _ => None,
        })
    }

    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.of_kind("product").filter_map(|object| match object {
            CatalogObject::Product(product) => Some(product),
            _ => None,
        })
    }

    pub fn calendars(&self) -> impl Iterator<Item = &CalendarEntry> {
        self.of_kind("calendar").filter_map(|object| match object {
            CatalogObject::Calendar(entry) => Some(entry),
            _ => None,
        })
    }

    pub fn source(&self, id: &CatalogId) -> Option<&Source> {
        match self.entry("source", &id.0)?.1 {
            CatalogObject::Source(source) => Some(source),
            _ => None,
        }
    }

    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.of_kind("source").filter_map(|object| match object {
            CatalogObject::Source(source) => Some(source),
            _ => None,
        })
    }

    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.of_kind("template").filter_map(|object| match object {
            CatalogObject::Template(template) => Some(template),
            _ => None,
        })
    }

    /// A person's name, or the key where the person is unknown or erased.
    pub fn name_of(&self, id: &PersonId) -> String {
        match self.person(id) {
            Some(person) if !person.name.is_empty() => person.name.clone(),
            _ if id.0 == "engine" => "The engine".into(),
            _ => id.0.clone(),
        }
    }

    /// When somebody is there: their own hours, or the workspace's days and hours (those that its
    /// deadlines are counted in) on the clock of their own zone.
    pub fn hours_of(&self, person: &Person) -> crate::calendar::BusinessHours {
        match &person.hours {
            Some(hours) => (**hours).clone(),
            None => {
                let mut hours = self.rubric(None).hours;
                hours.zone.clone_from(&person.zone);
                hours
            }
        }
    }

    /// The teams that somebody is in.
    pub fn teams_of<'a>(&'a self, person: &'a PersonId) -> impl Iterator<Item = &'a Team> {
        self.teams().filter(move |team| team.members.contains(person))
    }

    /// The rubric of a product, else the one that names no product, else ServiceNow's default.
    pub fn rubric(&self, product: Option<&CatalogId>) -> Rubric {
        let rubrics = || {
            self.of_kind("rubric").filter_map(|object| match object {
                CatalogObject::Rubric(rubric) => Some(rubric),
                _ => None,
            })
        };
        rubrics()
            .find(|rubric| product.is_some() && rubric.product.as_ref() == product)
            .or_else(|| rubrics().find(|rubric| rubric.product.is_none()))
            .cloned()
            .unwrap_or_default()
    }

    /// The policy for a product, environment and priority: the one that names most of the three.
    pub fn policy(
        &self,
        product: &CatalogId,
        environment: &str,
        priority: Option<Priority>,
    ) -> Policy {
        self.of_kind("policy")
            .filter_map(|object| match object {
                CatalogObject::Policy(policy) => Some(policy),
                _ => None,
            })
            .filter(|policy| policy.product.as_ref().is_none_or(|id| id == product))
            .filter(|policy| policy.environment.as_deref().is_none_or(|id| id == environment))
            .filter(|policy| {
                policy.priorities.is_empty()
                    || priority.is_some_and(|one| policy.priorities.contains(&one))
            })
            .max_by_key(|policy| {
                u8::from(policy.product.is_some()) * 4
                    + u8::from(policy.environment.is_some()) * 2
                    + u8::from(!policy.priorities.is_empty())
            })
            .cloned()
            .unwrap_or_default()
    }

    /// Every checklist that applies to a product and environment, in the order of their keys.
    pub fn checklists(&self, product: &CatalogId, environment: &str) -> Vec<&Checklist> {
        self.of_kind("checklist")
            .filter_map(|object| match object {
                CatalogObject::Checklist(checklist) => Some(checklist),
                _ => None,
            })
            .filter(|list| list.product.as_ref().is_none_or(|id| id == product))
            .filter(|list| list.environment.as_deref().is_none_or(|id| id == environment))
            .collect()
    }
}

impl Default for Rubric {
    /// ServiceNow's matrix; targets as many support contracts have them.
    fn default() -> Self {
        use Priority::{P1, P2, P3, P4, P5};
        let target = |priority, respond_minutes, resolve_minutes, around_the_clock| SlaTarget {
            priority,
            respond_minutes,
            resolve_minutes,
            around_the_clock,
        };
        Self {
            id: "default".into(),
            name: "Default".into(),
            product: None,
            matrix: [[P1, P2, P3], [P2, P3, P4], [P3, P4, P5]],
            targets: vec![
                target(P1, 15, 4 * 60, true),
                target(P2, 60, 8 * 60, true),
                target(P3, 4 * 60, 24 * 60, false),
                target(P4, 8 * 60, 40 * 60, false),
                target(P5, 16 * 60, 80 * 60, false),
            ],
            hours: crate::calendar::BusinessHours::office("UTC"),
            guide: Box::default(),
        }
    }
}

impl Default for Policy {
    /// One approval by somebody else within a day, two days of watching, nothing waived.
    fn default() -> Self {
        Self {
            id: "default".into(),
            name: "Default".into(),
            product: None,
            environment: None,
            priorities: Vec::new(),
            approvals: 1,
            approver_roles: vec![Role::Approver, Role::ReleaseManager, Role::Owner],
            each_role: Vec::new(),
            authors_may_approve: false,
            approval_hours: 24,
            monitoring_minutes: 48 * 60,
            tell_before: true,
            sign_offs: 0,
            hard: Vec::new(),
            not_applicable: Vec::new(),
            override_roles: vec![Role::ReleaseManager, Role::Owner],
        }
    }
}
