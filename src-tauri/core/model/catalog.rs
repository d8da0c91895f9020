//! The catalog: the settings every stage reads, held whole in memory. No rules beyond look-up.

use super::{
    agenda::{Agenda, Agendas},
    hotfix::Hotfix,
};
use crate::{
    calendar::{BusinessHours, Span, subtract},
    clock::Instant,
    error::Result,
    event::{Event, words::*},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// All catalog objects that are not retired, by kind and id, with the version of their stream.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    objects: BTreeMap<(String, String), (u64, CatalogObject)>,
    agendas: Agendas,
}

impl Catalog {
    /// Applies an event of a `catalog/KIND/ID` stream; others leave it as it is.
    pub fn apply(&mut self, stream: &str, version: u64, event: &Event) {
        // Which of them touch an environment depends on its targets.
        if stream.starts_with("catalog/calendar/") || stream.starts_with("catalog/product/") {
            self.agendas.forget();
        }
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
        // They lie together: what comes before and after them is not walked through.
        self.objects
            .range((kind.to_owned(), String::new())..)
            .take_while(move |((of, _), _)| of == kind)
            .map(|(_, (_, object))| object)
    }

    /// What the calendars say of an environment around a moment.
    pub fn agenda(
        &self,
        product: &CatalogId,
        environment: &str,
        at: Instant,
    ) -> Result<Arc<Agenda>> {
        let place = self.product(product).and_then(|known| known.environment(environment));
        let targets: Vec<String> = place
            .map(|place| place.targets.iter().map(|target| target.id.clone()).collect())
            .unwrap_or_default();
        self.agendas.of(product, environment, at, &targets, self.calendars())
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

    pub fn audiences(&self) -> impl Iterator<Item = &Audience> {
        self.of_kind("audience").filter_map(|object| match object {
            CatalogObject::Audience(audience) => Some(audience),
            _ => None,
        })
    }

    /// What an audience is called; its id, where it is gone.
    pub fn audience_name(&self, id: &CatalogId) -> String {
        self.audience(id).map_or_else(|| id.0.clone(), |audience| audience.name.clone())
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

    pub fn business_calendar(&self, id: &CatalogId) -> Option<&BusinessCalendar> {
        match self.entry("business_calendar", &id.0)?.1 {
            CatalogObject::BusinessCalendar(calendar) => Some(calendar),
            _ => None,
        }
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

    pub fn published_calendar(&self, id: &CatalogId) -> Option<&PublishedCalendar> {
        match self.entry("published_calendar", &id.0)?.1 {
            CatalogObject::PublishedCalendar(calendar) => Some(calendar),
            _ => None,
        }
    }

    pub fn published_calendars(&self) -> impl Iterator<Item = &PublishedCalendar> {
        self.of_kind("published_calendar").filter_map(|object| match object {
            CatalogObject::PublishedCalendar(calendar) => Some(calendar),
            _ => None,
        })
    }

    pub fn messenger(&self, id: &CatalogId) -> Option<&Messenger> {
        match self.entry("messenger", &id.0)?.1 {
            CatalogObject::Messenger(messenger) => Some(messenger),
            _ => None,
        }
    }

    pub fn messengers(&self) -> impl Iterator<Item = &Messenger> {
        self.of_kind("messenger").filter_map(|object| match object {
            CatalogObject::Messenger(messenger) => Some(messenger),
            _ => None,
        })
    }

    pub fn access(&self, id: &CatalogId) -> Option<&Access> {
        match self.entry("access", &id.0)?.1 {
            CatalogObject::Access(access) => Some(access),
            _ => None,
        }
    }

    pub fn accesses(&self) -> impl Iterator<Item = &Access> {
        self.of_kind("access").filter_map(|object| match object {
            CatalogObject::Access(access) => Some(access),
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

    /// When somebody is there: their own hours, else those of their business calendar, else the
    /// workspace's days and hours (those that its deadlines are counted in) on the clock of their
    /// own zone. Absences are apart.
    pub fn hours_of(&self, person: &Person) -> BusinessHours {
        if let Some(hours) = &person.hours {
            return (**hours).clone();
        }
        match person.calendar.as_ref().and_then(|id| self.business_calendar(id)) {
            Some(calendar) => calendar.hours.clone(),
            None => {
                let mut hours = self.rubric(None).hours;
                hours.zone.clone_from(&person.zone);
                hours
            }
        }
    }

    /// When somebody is away within a time, merged.
    pub fn away(&self, person: &PersonId, within: Span) -> Vec<Span> {
        self.agendas.away(person, within, self.calendars())
    }

    /// The stretch in which somebody is there at `at`, or next: their hours without their absences.
    /// None if that is not within a year.
    pub fn next_there(&self, person: &Person, at: Instant) -> Option<Span> {
        let hours = self.hours_of(person);
        let year = Span::lasting(at, Duration::from_secs(366 * 86_400));
        let away = self.away(&person.id, year);
        if away.is_empty() {
            return hours.next(at).ok().flatten();
        }
        let free = subtract(year, &away);
        free.into_iter().find_map(|free| {
            let open = hours.next(free.start).ok().flatten()?;
            open.intersection(free)
        })
    }

    /// The teams that somebody is in.
    pub fn teams_of<'a>(&'a self, person: &'a PersonId) -> impl Iterator<Item = &'a Team> {
        self.teams().filter(move |team| team.members.contains(person))
    }

    /// Who answers for something: whoever has it in person, else everybody of the team that has it.
    pub fn answers(&self, owner: Option<&PersonId>, team: Option<&CatalogId>) -> Vec<PersonId> {
        match (owner, team.and_then(|team| self.team(team))) {
            (Some(owner), _) => vec![owner.clone()],
            (None, Some(team)) => team.members.clone(),
            (None, None) => Vec::new(),
        }
    }

    pub fn rubrics(&self) -> impl Iterator<Item = &Rubric> {
        self.of_kind("rubric").filter_map(|object| match object {
            CatalogObject::Rubric(rubric) => Some(rubric),
            _ => None,
        })
    }

    /// The rubric of a product, else the one that names no product, else ServiceNow's default; with
    /// the hours of the business calendar that it names.
    pub fn rubric(&self, product: Option<&CatalogId>) -> Rubric {
        let mut rubric = self
            .rubrics()
            .find(|rubric| product.is_some() && rubric.product.as_ref() == product)
            .or_else(|| self.rubrics().find(|rubric| rubric.product.is_none()))
            .cloned()
            .unwrap_or_default();
        let calendar = rubric.calendar.as_ref().and_then(|id| self.business_calendar(id));
        if let Some(calendar) = calendar {
            rubric.hours.clone_from(&calendar.hours);
        }
        rubric
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

    pub fn checklist(&self, id: &CatalogId) -> Option<&Checklist> {
        self.every_checklist().find(|list| &list.id == id)
    }

    /// Every checklist that a hot fix follows in an environment, in the order of their keys: of those
    /// of standard changes only the one that it names.
    pub fn checklists(
        &self,
        hotfix: &Hotfix,
        environment: &str,
    ) -> impl Iterator<Item = &Checklist> {
        self.every_checklist()
            .filter(|list| list.product.as_ref().is_none_or(|id| id == &hotfix.product))
            .filter(move |list| list.environment.as_deref().is_none_or(|id| id == environment))
            .filter(|list| {
                list.priorities.is_empty()
                    || hotfix.priority.is_some_and(|one| list.priorities.contains(&one))
            })
            .filter(|list| {
                list.standard.is_none()
                    || hotfix.change.kind == ChangeKind::Standard
                        && hotfix.change.template.as_ref() == Some(&list.id)
            })
    }

    /// Each of them, whatever it applies to.
    pub fn every_checklist(&self) -> impl Iterator<Item = &Checklist> {
        self.of_kind("checklist").filter_map(|object| match object {
            CatalogObject::Checklist(checklist) => Some(checklist),
            _ => None,
        })
    }
}

impl Default for Rubric {
    /// ServiceNow's matrix; targets as many support contracts have them.
    fn default() -> Self {
        use Priority::{P1, P2, P3, P4, P5};
        let target = |priority, minutes: [u32; 3], around_the_clock| {
            let [respond_minutes, resolve_minutes, update_minutes] = minutes;
            SlaTarget {
                priority,
                respond_minutes,
                resolve_minutes,
                update_minutes,
                around_the_clock,
            }
        };
        Self {
            id: "default".into(),
            name: "Default".into(),
            product: None,
            matrix: [[P1, P2, P3], [P2, P3, P4], [P3, P4, P5]],
            targets: vec![
                target(P1, [15, 4 * 60, 60], true),
                target(P2, [60, 8 * 60, 4 * 60], true),
                target(P3, [4 * 60, 24 * 60, 0], false),
                target(P4, [8 * 60, 40 * 60, 0], false),
                target(P5, [16 * 60, 80 * 60, 0], false),
            ],
            hours: BusinessHours::office("UTC"),
            calendar: None,
            guide: Box::default(),
        }
    }
}

impl Policy {
    /// How many minutes a hot fix of this priority is watched.
    pub fn watch_minutes(&self, priority: Option<Priority>) -> u32 {
        let own = priority.and_then(|one| self.monitoring_by_priority.get(&one));
        own.copied().unwrap_or(self.monitoring_minutes)
    }
}

impl Default for Policy {
    /// One approval by somebody else within a day, three days of watching for what was critical and two
    /// for the rest, nothing waived.
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
            monitoring_by_priority: [(Priority::P1, 72 * 60)].into(),
            tell_before: true,
            emergency_approvals: None,
            sign_offs: 0,
            sign_off_by: SignOffBy::default(),
            soak_minutes: 0,
            hard: Vec::new(),
            not_applicable: Vec::new(),
            override_roles: vec![Role::ReleaseManager, Role::Owner],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::recurrence;

    fn catalog(objects: Vec<CatalogObject>) -> Catalog {
        let mut catalog = Catalog::default();
        for object in objects {
            let private = crate::event::PersonText::default();
            catalog.apply("catalog", 1, &Event::CatalogSaved { object, private });
        }
        catalog
    }

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn absence(person: &str, start: &str, days: u32) -> CatalogObject {
        CatalogObject::Calendar(CalendarEntry {
            id: "away".into(),
            name: "Holiday".into(),
            purpose: CalendarKind::Absence,
            products: Vec::new(),
            environments: Vec::new(),
            components: Vec::new(),
            targets: Vec::new(),
            people: vec![person.into()],
            replaces: Vec::new(),
            rule: recurrence::Rule {
                start: start.into(),
                zone: "Europe/Berlin".into(),
                duration_minutes: days * 1440,
                wall_clock: true,
                ..recurrence::Rule::default()
            },
            note: String::new(),
            origin: None,
        })
    }

    #[test]
    fn a_watch_is_as_long_as_its_priority_has_it() {
        let usual = Policy::default();
        assert_eq!(usual.watch_minutes(Some(Priority::P1)), 72 * 60);
        assert_eq!(usual.watch_minutes(Some(Priority::P3)), 48 * 60);
        assert_eq!(usual.watch_minutes(None), 48 * 60);
        let old = r#"{"id":"p","name":"P","approvals":0,"approver_roles":[],"approval_hours":1,
            "monitoring_minutes":5,"tell_before":false,"override_roles":[]}"#;
        let old: Policy = serde_json::from_str(old).unwrap();
        assert_eq!(old.watch_minutes(Some(Priority::P1)), 5, "as it was written");
    }

    #[test]
    fn hours_come_from_the_business_calendar_that_is_named() {
        let holidays = vec!["12-24 Christmas Eve".into()];
        let hours = BusinessHours { holidays, ..BusinessHours::office("Europe/Berlin") };
        let berlin = BusinessCalendar { id: "berlin".into(), name: "Berlin".into(), hours };
        let rubric = Rubric { calendar: Some("berlin".into()), ..Rubric::default() };
        let known = catalog(vec![
            CatalogObject::BusinessCalendar(berlin.clone()),
            CatalogObject::Rubric(rubric.clone()),
        ]);
        assert_eq!(known.rubric(None).hours, berlin.hours);
        let person = Person { calendar: Some("berlin".into()), ..Person::default() };
        assert_eq!(known.hours_of(&person), berlin.hours);
        let own = BusinessHours::always();
        let person = Person { hours: Some(Box::new(own.clone())), ..person };
        assert_eq!(known.hours_of(&person), own);
        // A calendar that is gone leaves the rubric the hours of its own.
        assert_eq!(catalog(vec![CatalogObject::Rubric(rubric.clone())]).rubric(None), rubric);
    }

    #[test]
    fn whoever_is_away_is_there_again_in_the_first_open_hour_after_it() {
        let known = catalog(vec![absence("rita", "2026-12-23T00:00", 5)]);
        let of =
            |id: &str| Person { id: id.into(), zone: "Europe/Berlin".into(), ..Person::default() };
        // Wednesday noon: away until Monday, whose hours begin at nine.
        let noon = at("2026-12-23T11:00:00Z");
        assert_eq!(known.next_there(&of("rita"), noon).unwrap().start, at("2026-12-28T08:00:00Z"));
        assert!(known.next_there(&of("marc"), noon).unwrap().contains(noon));
        // The evening before: there until the end of the day.
        let before = at("2026-12-22T15:00:00Z");
        assert_eq!(known.next_there(&of("rita"), before).unwrap().end, at("2026-12-22T16:00:00Z"));
    }
}
