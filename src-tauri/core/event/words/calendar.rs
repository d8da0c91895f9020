//! When not to deploy, when preferably, who holds what, who is away, and the hours people work.

use super::{CatalogId, PersonId};
use crate::calendar::{BusinessHours, ics::Skipped, recurrence::Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CalendarKind {
    /// When not.
    #[default]
    Freeze,
    /// When preferably.
    Maintenance,
    /// Somebody holds the environment.
    Lock,
    /// Somebody is not there.
    Absence,
    /// Somebody is on duty.
    Duty,
}

impl CalendarKind {
    /// It says something about people, not about when to deploy.
    pub const fn is_of_people(self) -> bool {
        matches!(self, Self::Absence | Self::Duty)
    }
}

/// A freeze, a maintenance window, a lock, an absence or a duty. Each list of its scope limits it to any of
/// what it names; an empty one does not limit it.
///
/// The note, and for an absence or a duty the name as well, are personal: the journal keeps them in the
/// event's private part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CalendarEntry {
    pub id: CatalogId,
    #[serde(default)]
    pub name: String,
    pub purpose: CalendarKind,
    #[serde(default)]
    pub products: Vec<CatalogId>,
    #[serde(default)]
    pub environments: Vec<String>,
    #[serde(default)]
    pub components: Vec<String>,
    #[serde(default)]
    pub targets: Vec<String>,
    /// Of an absence, who is away; of a lock, who holds it; of a duty, who is on duty.
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// Of a duty, the duties that it stands in for, for as long as it takes place.
    #[serde(default)]
    pub replaces: Vec<CatalogId>,
    pub rule: Rule,
    #[serde(default)]
    pub note: String,
    /// Where it came from, if it was not made here.
    #[serde(default)]
    pub origin: Option<CalendarOrigin>,
}

/// A place in another calendar that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema)]
pub struct SkippedLine {
    #[ts(type = "number")]
    pub line: usize,
    pub message: String,
}

impl From<Skipped> for SkippedLine {
    fn from(skipped: Skipped) -> Self {
        Self { line: skipped.line, message: skipped.message }
    }
}

/// What the events of another calendar become here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct CalendarScope {
    pub purpose: CalendarKind,
    pub products: Vec<CatalogId>,
    pub environments: Vec<String>,
    pub components: Vec<String>,
    pub targets: Vec<String>,
    pub people: Vec<PersonId>,
}

/// The event of another calendar that an entry was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CalendarOrigin {
    /// The source that keeps it in step; none if it came in a file.
    #[serde(default)]
    pub source: Option<CatalogId>,
    /// Its UID, with `#` and the RECURRENCE-ID for an instance that stands alone.
    pub uid: String,
    /// Of what the event said when it was taken in: the same again changes nothing here.
    pub digest: String,
}

/// What is asked of the calendar. Whatever is left out is not known, and so rules nothing out: a
/// freeze of one component touches a deployment of which nobody has said what it changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Touch<'a> {
    pub product: Option<&'a CatalogId>,
    pub environment: Option<&'a str>,
    pub components: &'a [String],
    pub targets: &'a [String],
    /// Whose absences count; nobody's if none is named.
    pub people: &'a [PersonId],
}

impl CalendarEntry {
    /// Whether it is about something in that environment. Absences and duties are about people alone.
    pub fn covers(&self, product: &CatalogId, environment: &str) -> bool {
        let product = Some(product);
        let environment = Some(environment);
        !self.purpose.is_of_people()
            && self.touches(&Touch { product, environment, ..Touch::default() })
    }

    pub fn touches(&self, what: &Touch) -> bool {
        if self.purpose == CalendarKind::Absence {
            return self.people.iter().any(|person| what.people.contains(person));
        }
        within(&self.products, what.product)
            && within_names(&self.environments, what.environment)
            && meets(&self.components, what.components)
            && meets(&self.targets, what.targets)
    }
}

fn within(limits: &[CatalogId], asked: Option<&CatalogId>) -> bool {
    limits.is_empty() || asked.is_none_or(|asked| limits.contains(asked))
}

fn within_names(limits: &[String], asked: Option<&str>) -> bool {
    limits.is_empty() || asked.is_none_or(|asked| limits.iter().any(|limit| limit == asked))
}

/// Whether what is asked about has one of these, or may have.
pub fn meets(limits: &[String], asked: &[String]) -> bool {
    limits.is_empty() || asked.is_empty() || limits.iter().any(|limit| asked.contains(limit))
}

/// The hours and holidays of a place or a team, under a name that rubrics and people refer to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BusinessCalendar {
    pub id: CatalogId,
    pub name: String,
    pub hours: BusinessHours,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(purpose: CalendarKind) -> CalendarEntry {
        CalendarEntry {
            id: "one".into(),
            name: "One".into(),
            purpose,
            products: Vec::new(),
            environments: Vec::new(),
            components: Vec::new(),
            targets: Vec::new(),
            people: Vec::new(),
            replaces: Vec::new(),
            rule: Rule::default(),
            note: String::new(),
            origin: None,
        }
    }

    #[test]
    fn a_scope_of_several_touches_any_of_them_and_an_empty_one_everything() {
        let shop = CatalogId::from("shop");
        let ask = Touch { product: Some(&shop), environment: Some("staging"), ..Touch::default() };
        let freeze = entry(CalendarKind::Freeze);
        assert!(freeze.touches(&ask) && freeze.touches(&Touch::default()));
        let limited = CalendarEntry {
            products: vec!["billing".into(), "shop".into()],
            environments: vec!["production".into()],
            ..freeze.clone()
        };
        assert!(!limited.touches(&ask), "another environment");
        assert!(limited.touches(&Touch { environment: Some("production"), ..ask }));
        assert!(limited.touches(&Touch { environment: None, ..ask }), "nobody said where");
        let other = CatalogId::from("wiki");
        let elsewhere = Touch { product: Some(&other), environment: Some("production"), ..ask };
        assert!(!limited.touches(&elsewhere));
    }

    #[test]
    fn a_freeze_of_a_component_touches_what_changes_it_or_does_not_say_what_it_changes() {
        let cart = ["cart".to_owned()];
        let search = ["search".to_owned(), "home".to_owned()];
        let freeze = CalendarEntry { components: cart.to_vec(), ..entry(CalendarKind::Freeze) };
        assert!(freeze.touches(&Touch { components: &cart, ..Touch::default() }));
        assert!(!freeze.touches(&Touch { components: &search, ..Touch::default() }));
        assert!(freeze.touches(&Touch::default()));
        let eu = ["eu-1".to_owned()];
        let lock = CalendarEntry { targets: eu.to_vec(), ..entry(CalendarKind::Lock) };
        assert!(lock.touches(&Touch { targets: &eu, ..Touch::default() }));
        assert!(!lock.touches(&Touch { targets: &search, ..Touch::default() }));
    }

    #[test]
    fn an_absence_touches_whoever_is_away_and_no_environment() {
        let (rita, marc) = (PersonId::from("rita"), PersonId::from("marc"));
        let away = CalendarEntry { people: vec![rita.clone()], ..entry(CalendarKind::Absence) };
        assert!(away.touches(&Touch { people: &[marc.clone(), rita], ..Touch::default() }));
        assert!(!away.touches(&Touch { people: &[marc], ..Touch::default() }));
        assert!(!away.touches(&Touch::default()));
        assert!(!away.covers(&"shop".into(), "production"));
    }

    #[test]
    fn an_entry_of_before_reads_as_it_was_meant() {
        let text = r#"{"id":"friday","name":"Friday","purpose":"freeze","products":[],
            "environments":["production"],"rule":{"start":"2026-01-02T16:00","zone":"UTC",
            "duration_minutes":480,"rrule":"FREQ=WEEKLY;BYDAY=FR","exdates":["2026-12-25"]}}"#;
        let read: CalendarEntry = serde_json::from_str(text).unwrap();
        assert!(read.covers(&"shop".into(), "production"));
        assert!(!read.covers(&"shop".into(), "staging"));
        assert_eq!((read.rule.moved.len(), read.rule.wall_clock), (0, false));
    }
}
