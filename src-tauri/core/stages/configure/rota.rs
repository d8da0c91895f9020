//! Who is on duty: a rotation in one step, and somebody who takes over for a while.
//!
//! A rotation is a duty for each person, so that each can be changed with the editor that freezes and
//! absences have. Whoever takes over has a duty of their own, which stands in for what they take the
//! place of; when that is taken out of use, the rotation is as it was.

use super::{
    calendar::{check_replaces, key_words},
    check,
};
use crate::{
    calendar::{Rule, Span, recurrence},
    clock::Instant,
    error::{Error, Result},
    event::{Event, PersonText, stream, words::*},
    model::{
        Actor, Decide, Decided, Judge, State,
        duty::{self, Turn},
    },
    stages::{Command, Made, required},
};
use jiff::{civil, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, time::Duration};
use ts_rs::TS;

/// How many people may take turns.
const MOST: usize = 50;
/// How long one turn may be.
const MOST_DAYS: u32 = 366;
const DAY: Duration = Duration::from_secs(86_400);

/// People who are on duty one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Rota {
    pub name: String,
    /// In their order. Somebody may come twice.
    pub people: Vec<PersonId>,
    /// Only for these; all where none is named.
    pub products: Vec<CatalogId>,
    /// When the first turn begins on the wall clock of `zone`, such as `2026-11-30T09:00`.
    pub start: String,
    pub zone: String,
    /// How many days a turn has: 1 hands over every day, 7 every week.
    pub days: u32,
    pub note: String,
}

/// Make a rotation: a duty for each of its people.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct MakeRota {
    pub rota: Rota,
}

/// Which turns a rotation would have next, while it is being written.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct PreviewRota {
    pub rota: Rota,
    /// At most 50; 6 if left out.
    #[serde(default)]
    pub count: Option<u32>,
}

/// The duties that were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MadeRota {
    pub entries: Vec<CatalogId>,
}

/// Put somebody on duty for a while, in place of whoever the rota names then.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TakeDuty {
    pub person: PersonId,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// The duties they take the place of. None: the one that takes place then.
    #[serde(default)]
    pub replaces: Vec<CatalogId>,
    /// Only for this product.
    #[serde(default)]
    pub product: Option<CatalogId>,
    #[serde(default)]
    pub note: String,
}

impl Rota {
    /// The duties it consists of, not yet named.
    fn rules(&self) -> Result<Vec<(&PersonId, Rule)>> {
        if self.people.is_empty() {
            return Err(Error::field("rota.people", "Say who is on duty, in their order."));
        }
        if self.people.len() > MOST {
            return Err(Error::field("rota.people", format!("At most {MOST} can take turns.")));
        }
        if !(1..=MOST_DAYS).contains(&self.days) {
            let message = format!("A turn has between 1 and {MOST_DAYS} days.");
            return Err(Error::field("rota.days", message));
        }
        let first: civil::DateTime = self.start.parse().map_err(|_| {
            Error::field("rota.start", "Say when the first turn begins.")
                .hint("Write it as 2026-11-30T09:00.")
        })?;
        let round = self.days * self.people.len() as u32;
        let rrule = match round % 7 {
            0 => format!("FREQ=WEEKLY;INTERVAL={}", round / 7),
            _ => format!("FREQ=DAILY;INTERVAL={round}"),
        };
        let mut rules = Vec::new();
        for (index, person) in (0_i64..).zip(&self.people) {
            let later = jiff::Span::new().days(index * i64::from(self.days));
            let start = first.checked_add(later).map_err(|_| {
                Error::field("rota.start", "That lies outside the years that can be handled.")
            })?;
            let rule = Rule {
                start: start.strftime("%Y-%m-%dT%H:%M").to_string(),
                zone: self.zone.clone(),
                duration_minutes: self.days * 1440,
                // It is handed over at the same hour, also when the clock changes.
                wall_clock: true,
                rrule: Some(rrule.clone()),
                ..Rule::default()
            };
            recurrence::check(&rule).map_err(|error| error.within("rota"))?;
            rules.push((person, rule));
        }
        Ok(rules)
    }

    fn entries(&self, state: &State) -> Judge<Vec<CalendarEntry>> {
        let mut taken: BTreeSet<String> =
            state.catalog.calendars().map(|entry| entry.id.0.clone()).collect();
        let mut entries = Vec::new();
        for (person, rule) in self.rules()? {
            state.person(person).map_err(|stop| stop.at("rota.people"))?;
            let id = free_key(&format!("{} {person}", self.name), &taken);
            taken.insert(id.clone());
            let name = format!("{}: {}", self.name.trim(), state.catalog.name_of(person));
            let mut entry = duty_of(id, name, person, rule);
            entry.products.clone_from(&self.products);
            entry.note.clone_from(&self.note);
            entries.push(entry);
        }
        for product in &self.products {
            state.product(product).map_err(|stop| stop.at("rota.products"))?;
        }
        Ok(entries)
    }
}

impl Command for MakeRota {
    type Answer = MadeRota;

    fn decide(&self, state: &State, _: &Actor) -> Decide<MadeRota> {
        required("rota.name", &self.rota.name, "The rota's name")?;
        let mut decided = Decided::new(MadeRota::default());
        for entry in self.rota.entries(state)? {
            decided.answer.entries.push(entry.id.clone());
            save(&mut decided, state, entry)?;
        }
        Ok(decided)
    }
}

impl PreviewRota {
    /// The turns that have not ended, the earliest first.
    pub fn judge(&self, state: &State, by: &Actor) -> Judge<Vec<Turn>> {
        let count = self.count.unwrap_or(6).clamp(1, 50);
        let rota = &self.rota;
        let zone = super::check_zone("rota.zone", &rota.zone).and_then(|()| clock(&rota.zone))?;
        let entries = rota.entries(state)?;
        let begins = entries.first().and_then(|entry| entry.rule.start.parse().ok());
        let begins = begins.and_then(|wall: civil::DateTime| zone.to_timestamp(wall).ok());
        let from = begins.map_or(by.at, |begins| by.at.max(begins.into()));
        let ahead = DAY * (rota.days * (count + 1));
        let mut turns = duty::turns(entries.iter(), &Touch::default(), Span::lasting(from, ahead))?;
        turns.truncate(count as usize);
        Ok(turns)
    }
}

impl Command for TakeDuty {
    type Answer = Made;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Made> {
        state.person(&self.person)?;
        let span = Span::new(self.starts_at, self.ends_at);
        if span.is_empty() {
            return Err(Error::field("ends_at", "The end lies before the beginning.").into());
        }
        if let Some(product) = &self.product {
            state.product(product)?;
        }
        let replaces = self.replaced(state, span)?;
        let zone = state.workspace()?.zone.clone();
        let mut named: Vec<String> = Vec::new();
        for id in &replaces {
            let Some(CatalogObject::Calendar(entry)) = state.object("calendar", &id.0) else {
                let message = format!("There is no duty “{id}” in the calendar.");
                return Err(Error::field("replaces", message).into());
            };
            if entry.purpose != CalendarKind::Duty {
                let message = format!("“{}” is no duty.", entry.name);
                return Err(Error::field("replaces", message).into());
            }
            named.extend(entry.people.iter().map(|person| state.catalog.name_of(person)));
        }
        let who = state.catalog.name_of(&self.person);
        let name = match named.is_empty() {
            true => format!("{who} is on duty"),
            false => format!("{who} instead of {}", named.join(", ")),
        };
        let taken = state.catalog.calendars().map(|entry| entry.id.0.clone()).collect();
        let id = free_key(&format!("{} takes over {}", self.person, self.starts_at), &taken);
        let mut entry = duty_of(id.clone(), name, &self.person, once(span, &zone)?);
        entry.products.extend(self.product.clone());
        entry.replaces = replaces;
        entry.note.clone_from(&self.note);
        let mut decided = Decided::new(Made { key: id });
        save(&mut decided, state, entry)?;
        Ok(decided)
    }
}

impl TakeDuty {
    /// What it takes the place of: what was named, else what takes place then, of one rota.
    fn replaced(&self, state: &State, span: Span) -> Judge<Vec<CatalogId>> {
        if !self.replaces.is_empty() {
            return Ok(self.replaces.clone());
        }
        let asked = Touch { product: self.product.as_ref(), ..Touch::default() };
        let turns = duty::turns(state.catalog.calendars(), &asked, span)?;
        for turn in &turns {
            let other = turns
                .iter()
                .find(|other| other.entry != turn.entry && other.span.overlaps(turn.span));
            if let Some(other) = other {
                let names = [&turn.entry, &other.entry].map(|id| id.0.as_str()).join(" and ");
                return Err(Error::field(
                    "replaces",
                    "Several people are on duty at once then: whose place it is cannot be told.",
                )
                .hint(format!("Name the duty: {names}."))
                .into());
            }
        }
        let entries: BTreeSet<CatalogId> = turns.into_iter().map(|turn| turn.entry).collect();
        Ok(entries.into_iter().collect())
    }
}

fn save<T>(decided: &mut Decided<T>, state: &State, entry: CalendarEntry) -> Judge<()> {
    state.object("calendar", &entry.id.0);
    check_replaces(&entry, state)?;
    let object = CatalogObject::Calendar(entry);
    check(&object, state)?;
    decided.push(
        stream::catalog(object.kind(), object.id()),
        Event::CatalogSaved { object, private: PersonText::default() },
    );
    Ok(())
}

fn duty_of(id: String, name: String, person: &PersonId, rule: Rule) -> CalendarEntry {
    CalendarEntry {
        id: CatalogId(id),
        name,
        purpose: CalendarKind::Duty,
        products: Vec::new(),
        environments: Vec::new(),
        components: Vec::new(),
        targets: Vec::new(),
        people: vec![person.clone()],
        replaces: Vec::new(),
        rule,
        note: String::new(),
        origin: None,
    }
}

/// A key that no other entry has: what a key may hold of these words, else a mark of them.
fn free_key(words: &str, taken: &BTreeSet<String>) -> String {
    let mark = || format!("duty-{}", hex::encode(&Sha256::digest(words)[..5]));
    let base = Some(key_words(words)).filter(|key| !key.is_empty()).unwrap_or_else(mark);
    let others = (2..).map(|nth: u32| format!("{base}-{nth}"));
    std::iter::once(base.clone()).chain(others).find(|key| !taken.contains(key)).unwrap_or(base)
}

fn clock(zone: &str) -> Result<TimeZone> {
    TimeZone::get(zone).map_err(|_| Error::field("zone", format!("“{zone}” is not a time zone.")))
}

/// A single time as a rule, on the clock of `zone`; in UTC where that clock shows an hour twice and
/// the second is meant.
fn once(span: Span, zone: &str) -> Result<Rule> {
    let seconds = span.duration().as_secs();
    let minutes = u32::try_from(seconds.div_ceil(60)).unwrap_or(u32::MAX);
    let written = |zone: &str| -> Result<Rule> {
        let wall = clock(zone)?.to_datetime(span.start.timestamp());
        Ok(Rule {
            start: wall.strftime("%Y-%m-%dT%H:%M").to_string(),
            zone: zone.to_owned(),
            duration_minutes: minutes,
            ..Rule::default()
        })
    };
    let rule = written(zone)?;
    recurrence::check(&rule)?;
    let near = |rule: &Rule| -> Result<bool> {
        let found = recurrence::expand(rule, span.start, span.end)?;
        Ok(found.first().is_some_and(|one| span.start.since(one.start) < Duration::from_secs(60)))
    };
    if near(&rule)? { Ok(rule) } else { written("UTC") }
}
