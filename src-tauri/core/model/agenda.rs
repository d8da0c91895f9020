//! What the catalog's calendars say of one environment, expanded once and asked many times.
//!
//! Expanding rules is what costs; so it is done for a stretch that is somewhat longer than what is
//! looked at, and done again only when a calendar changes or that stretch has passed.

use crate::{
    calendar::{Span, Track, merge, recurrence::expand},
    clock::Instant,
    error::Result,
    event::words::*,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const DAY: u64 = 24 * 3600;
/// What one looks at: the day before, and what a search for free slots and its last deployment need.
const BEHIND: Duration = Duration::from_secs(DAY);
const AHEAD: Duration = Duration::from_secs(98 * DAY);
/// How much longer it is expanded, so that it serves for a while.
const SPARE: Duration = Duration::from_secs(7 * DAY);

/// The entry of the catalog that a stretch comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    pub id: CatalogId,
    pub name: String,
    /// What it is limited to; empty is everything.
    pub components: Vec<String>,
    pub targets: Vec<String>,
}

/// The calendars of one environment.
#[derive(Clone, Debug)]
pub struct Agenda {
    expanded: Span,
    pub freezes: Track<Noted>,
    pub locks: Track<Noted>,
    pub maintenance: Track<Noted>,
    /// Something of it is limited to components.
    limited: bool,
    /// Something of it is limited to targets.
    of_targets: bool,
    /// What is left of it for these components and targets: asked for at every look at a hot fix.
    narrowed: Narrowed,
}

type Narrowed = Arc<Mutex<HashMap<(Vec<String>, Vec<String>), Arc<Agenda>>>>;

/// Of how many choices of components and targets it is kept.
const MOST_NARROWED: usize = 32;

impl Agenda {
    fn new<'a>(entries: impl Iterator<Item = &'a CalendarEntry>, at: Instant) -> Result<Self> {
        let expanded = Span::new(at.minus(BEHIND).minus(SPARE), at.plus(AHEAD).plus(SPARE));
        let (mut freezes, mut locks, mut maintenance) = (Vec::new(), Vec::new(), Vec::new());
        let (mut limited, mut of_targets) = (false, false);
        for entry in entries {
            let of_its_kind = match entry.purpose {
                CalendarKind::Freeze => &mut freezes,
                CalendarKind::Lock => &mut locks,
                CalendarKind::Maintenance => &mut maintenance,
                // Of people, and asked for with them.
                CalendarKind::Absence | CalendarKind::Duty => continue,
            };
            limited |= !entry.components.is_empty();
            of_targets |= !entry.targets.is_empty();
            for span in expand(&entry.rule, expanded.start, expanded.end)? {
                let noted = Noted {
                    id: entry.id.clone(),
                    name: entry.name.clone(),
                    components: entry.components.clone(),
                    targets: entry.targets.clone(),
                };
                of_its_kind.push((span, noted));
            }
        }
        Ok(Self {
            expanded,
            freezes: Track::new(freezes),
            locks: Track::new(locks),
            maintenance: Track::new(maintenance),
            limited,
            of_targets,
            narrowed: Arc::default(),
        })
    }

    /// Whether something of it is limited to components.
    pub fn names_components(&self) -> bool {
        self.limited
    }

    /// Without what is limited to other components or targets; none named are all.
    pub fn limited_to(this: &Arc<Self>, components: &[String], targets: &[String]) -> Arc<Self> {
        if !this.limited && (targets.is_empty() || !this.of_targets) {
            return Arc::clone(this);
        }
        let mut kept = this.narrowed.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (components.to_vec(), targets.to_vec());
        if let Some(known) = kept.get(&key) {
            return Arc::clone(known);
        }
        let limited = |track: &Track<Noted>| {
            let meant = |(_, noted): &&(Span, Noted)| {
                meets(&noted.components, components) && meets(&noted.targets, targets)
            };
            Track::new(track.items().iter().filter(meant).cloned().collect())
        };
        let made = Arc::new(Self {
            expanded: this.expanded,
            freezes: limited(&this.freezes),
            locks: limited(&this.locks),
            maintenance: limited(&this.maintenance),
            limited: this.limited,
            of_targets: this.of_targets,
            narrowed: Arc::default(),
        });
        if kept.len() >= MOST_NARROWED {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&made));
        made
    }

    /// Whether all of this time was expanded.
    pub fn knows(&self, wanted: Span) -> bool {
        self.expanded.covers(wanted)
    }

    fn serves(&self, at: Instant) -> bool {
        self.expanded.covers(Span::new(at.minus(BEHIND), at.plus(AHEAD)))
    }
}

/// How many stretches of time are kept of one environment: now, and where somebody plans ahead.
const MOST_KEPT: usize = 3;

type Places = HashMap<(CatalogId, String), Vec<Arc<Agenda>>>;

/// When people are away within a stretch of time, merged.
#[derive(Clone, Debug, Default)]
struct Absences {
    expanded: Option<Span>,
    of: HashMap<PersonId, Vec<Span>>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    places: Places,
    absences: Absences,
}

/// The agendas that were asked for, by product and environment. A copy shares what was expanded.
#[derive(Debug, Default)]
pub struct Agendas(Mutex<Kept>);

impl Clone for Agendas {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.held().clone()))
    }
}

impl Agendas {
    fn held(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A calendar has changed.
    pub(super) fn forget(&self) {
        *self.held() = Kept::default();
    }

    pub(super) fn of<'a>(
        &self,
        product: &CatalogId,
        environment: &str,
        at: Instant,
        targets: &[String],
        entries: impl Iterator<Item = &'a CalendarEntry>,
    ) -> Result<Arc<Agenda>> {
        let key = (product.clone(), environment.to_owned());
        if let Some(known) =
            self.held().places.get(&key).and_then(|kept| kept.iter().find(|known| known.serves(at)))
        {
            return Ok(Arc::clone(known));
        }
        let asked = Touch {
            product: Some(product),
            environment: Some(environment),
            targets,
            ..Touch::default()
        };
        let here = entries.filter(|entry| entry.touches(&asked));
        let made = Arc::new(Agenda::new(here, at)?);
        let mut held = self.held();
        let kept = held.places.entry(key).or_default();
        kept.insert(0, Arc::clone(&made));
        kept.truncate(MOST_KEPT);
        Ok(made)
    }

    /// When somebody is away within a time, merged. An entry that cannot be read says nothing: such
    /// are refused when they are saved.
    pub(super) fn away<'a>(
        &self,
        person: &PersonId,
        within: Span,
        entries: impl Iterator<Item = &'a CalendarEntry>,
    ) -> Vec<Span> {
        let mut held = self.held();
        let absences = &mut held.absences;
        if !absences.expanded.is_some_and(|known| known.covers(within)) {
            let expanded =
                Span::new(within.start.minus(BEHIND).minus(SPARE), within.end.plus(AHEAD));
            let mut of: HashMap<PersonId, Vec<Span>> = HashMap::new();
            for entry in entries.filter(|entry| entry.purpose == CalendarKind::Absence) {
                let spans = expand(&entry.rule, expanded.start, expanded.end).unwrap_or_default();
                for away in &entry.people {
                    of.entry(away.clone()).or_default().extend(&spans);
                }
            }
            let of = of.into_iter().map(|(person, spans)| (person, merge(spans))).collect();
            *absences = Absences { expanded: Some(expanded), of };
        }
        let known = absences.of.get(person).map(Vec::as_slice).unwrap_or_default();
        known.iter().filter_map(|span| span.intersection(within)).collect()
    }
}
