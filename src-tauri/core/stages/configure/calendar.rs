//! The events of another calendar become entries of this one, each once.
//!
//! An event is known by its UID. The same again changes nothing, however often it is taken in and
//! whatever was changed here meanwhile; one that says something else now has its time, name and note
//! changed, and keeps the kind and the scope that it has here. What is called off is retired; so is
//! what a source does not have any more, once it was read to its end. What was over before it was
//! first seen is left where it is.
//!
//! An event that becomes a duty is somebody's: whose is found by `shifts`, and one that is nobody's is
//! left out and told, never guessed.

use super::{check, shifts};
use crate::{
    calendar::{
        Span,
        ics::{
            entries::{self, CalendarEvent, Entries},
            write::{self, Written},
        },
        recurrence,
    },
    clock::Instant,
    error::{Error, Result},
    event::{Event, PersonText, stream, words::*},
    model::{Actor, Decide, Decided, Judge, State, catalog::Catalog},
    stages::Command,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use ts_rs::TS;

/// How many entries one calendar may bring.
const MOST: usize = 5_000;
/// What lies further ahead is told without a day.
const AHEAD: [u64; 2] = [366, 10 * 366];

/// Take in what a calendar holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TakeCalendar {
    pub entries: Entries,
    pub scope: CalendarScope,
    /// The source that keeps them in step; none for a file.
    #[serde(default)]
    pub source: Option<CatalogId>,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TakenCalendar {
    #[ts(type = "number")]
    pub added: usize,
    #[ts(type = "number")]
    pub changed: usize,
    /// Nothing new.
    #[ts(type = "number")]
    pub known: usize,
    /// Called off, or gone.
    #[ts(type = "number")]
    pub retired: usize,
    /// They were over before they were first seen, and are left where they are.
    #[ts(type = "number")]
    pub over: usize,
    pub events: Vec<TakenEvent>,
    /// What was not understood, or cannot be kept.
    pub skipped: Vec<SkippedLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventBecame {
    Added,
    Changed,
    Known,
    Retired,
}

/// One event, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TakenEvent {
    /// The entry's key.
    pub id: CatalogId,
    /// Where it stands in the file; 0 for what is not there any more.
    #[ts(type = "number")]
    pub line: usize,
    pub name: String,
    pub purpose: CalendarKind,
    pub became: EventBecame,
    /// When it takes place next.
    pub next: Option<Span>,
    pub rrule: Option<String>,
    /// Who is away, holds it or is on duty.
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// How it was found out who is on duty; none where nothing had to be.
    #[serde(default)]
    pub matched: Option<shifts::MatchedBy>,
}

impl Command for TakeCalendar {
    type Answer = TakenCalendar;

    fn decide(&self, state: &State, by: &Actor) -> Decide<TakenCalendar> {
        check_scope(&self.scope, state).map_err(|error| error.within("scope"))?;
        let mark = mark_of(state)?;
        let done = Decided::new(TakenCalendar::default());
        let mut taken = Taking { request: self, state, by, mark, matched: None, done };
        taken.events()?;
        taken.gone();
        let mut skipped: Vec<_> = std::mem::take(&mut taken.done.answer.skipped);
        skipped.extend(self.entries.skipped.iter().cloned().map(SkippedLine::from));
        skipped.sort();
        taken.done.answer.skipped = skipped;
        Ok(taken.done)
    }
}

struct Taking<'a> {
    request: &'a TakeCalendar,
    state: &'a State,
    by: &'a Actor,
    mark: String,
    /// Of the event that is being looked at.
    matched: Option<shifts::MatchedBy>,
    done: Decided<TakenCalendar>,
}

impl Taking<'_> {
    fn events(&mut self) -> Result<()> {
        let known: BTreeMap<String, CalendarEntry> = self
            .state
            .catalog
            .calendars()
            .map(|entry| (uid_of(entry, &self.mark), entry.clone()))
            .collect();
        for event in &self.request.entries.events {
            self.matched = None;
            match known.get(&event.uid) {
                Some(entry) => self.again(entry, event)?,
                None => self.first(event, &known)?,
            }
        }
        for uid in &self.request.entries.cancelled {
            if let Some(entry) = known.get(uid).filter(|entry| !self.is_anothers(entry)) {
                self.retire(entry);
            }
        }
        if self.request.source.is_some() {
            return Ok(());
        }
        // An instance that stood alone is part of its series once that has come.
        let came: BTreeSet<&str> =
            self.request.entries.events.iter().map(|event| event.uid.as_str()).collect();
        for (uid, entry) in &known {
            let part = uid.rsplit_once('#').is_some_and(|(series, _)| came.contains(series));
            if part && !came.contains(uid.as_str()) && !self.is_anothers(entry) {
                self.retire(entry);
            }
        }
        Ok(())
    }

    /// Another source keeps it in step, or it was made here: then no source may change it.
    fn is_anothers(&self, entry: &CalendarEntry) -> bool {
        let asks = self.request.source.as_ref();
        match &entry.origin {
            None => asks.is_some(),
            Some(origin) => origin.source.as_ref().is_some_and(|other| {
                self.state.object("source", &other.0);
                asks != Some(other) && self.state.catalog.source(other).is_some()
            }),
        }
    }

    fn again(&mut self, entry: &CalendarEntry, event: &CalendarEvent) -> Result<()> {
        if self.is_anothers(entry) {
            return self.tell(entry, event, EventBecame::Known);
        }
        let digest = match &entry.origin {
            Some(origin) => origin.digest.clone(),
            // It was made here, written to a file, and comes back.
            None => digest_of(entry, &self.mark, &self.state.catalog, self.by.at)?,
        };
        let source = &self.request.source;
        let says = digest_for(event, entry.purpose);
        let same = digest == says;
        let adopted =
            source.is_some() && entry.origin.as_ref().is_some_and(|one| one.source != *source);
        if same && !adopted {
            return self.tell(entry, event, EventBecame::Known);
        }
        let mut next = entry.clone();
        if !same {
            next.name.clone_from(&event.name);
            next.note.clone_from(&event.note);
            next.rule.clone_from(&event.rule);
            if entry.purpose == CalendarKind::Duty && !event.said.contains_key("people") {
                // Whoever it was is not on duty any more, even where nobody can be told who is.
                let Some(people) = self.whose(event, &self.request.scope.people) else {
                    self.retire(entry);
                    return Ok(());
                };
                next.people = people;
            }
        }
        if let Some(origin) = &mut next.origin {
            origin.digest.clone_from(&says);
            if adopted {
                origin.source.clone_from(source);
            }
        }
        self.save(next, event, EventBecame::Changed)
    }

    /// Who is on duty in an event. One that is nobody's is told.
    fn whose(&mut self, event: &CalendarEvent, wanted: &[PersonId]) -> Option<Vec<PersonId>> {
        let mut tell = |message: String| {
            self.done.answer.skipped.push(SkippedLine { line: event.line, message });
        };
        match shifts::whose(event, wanted, &self.state.catalog) {
            Ok(found) => {
                found.left.into_iter().for_each(&mut tell);
                self.matched = Some(found.by);
                Some(found.people)
            }
            Err(why) => {
                tell(why);
                None
            }
        }
    }

    fn first(
        &mut self,
        event: &CalendarEvent,
        known: &BTreeMap<String, CalendarEntry>,
    ) -> Result<()> {
        if self.next(event)?.is_none() {
            self.done.answer.over += 1;
            return Ok(());
        }
        let mut scope = scope_of(event, &self.request.scope, self.state);
        if scope.purpose == CalendarKind::Duty {
            let Some(people) = self.whose(event, &scope.people) else { return Ok(()) };
            scope.people = people;
        }
        let replaces = replaces_of(event, known, &self.request.entries);
        let entry = CalendarEntry {
            id: key_of(event),
            name: event.name.clone(),
            purpose: scope.purpose,
            products: scope.products,
            environments: scope.environments,
            components: scope.components,
            targets: scope.targets,
            people: scope.people,
            replaces: if scope.purpose == CalendarKind::Duty { replaces } else { Vec::new() },
            rule: event.rule.clone(),
            note: event.note.clone(),
            origin: Some(CalendarOrigin {
                source: self.request.source.clone(),
                uid: event.uid.clone(),
                digest: digest_for(event, scope.purpose),
            }),
        };
        if self.done.answer.added == MOST {
            return Err(Error::field("file", format!("It brings more than {MOST} entries."))
                .hint("Publish less of that calendar, or take its parts in one by one."));
        }
        self.save(entry, event, EventBecame::Added)
    }

    fn save(
        &mut self,
        entry: CalendarEntry,
        event: &CalendarEvent,
        became: EventBecame,
    ) -> Result<()> {
        let object = CatalogObject::Calendar(entry.clone());
        if let Err(error) = check(&object, self.state) {
            self.done.answer.skipped.push(SkippedLine { line: event.line, message: error.message });
            return Ok(());
        }
        self.state.object("calendar", &entry.id.0);
        self.done.push(
            stream::catalog("calendar", &entry.id.0),
            Event::CatalogSaved { object, private: PersonText::default() },
        );
        self.tell(&entry, event, became)
    }

    fn tell(
        &mut self,
        entry: &CalendarEntry,
        event: &CalendarEvent,
        became: EventBecame,
    ) -> Result<()> {
        let next = self.next(event)?;
        let answer = &mut self.done.answer;
        match became {
            EventBecame::Added => answer.added += 1,
            EventBecame::Changed => answer.changed += 1,
            EventBecame::Known => answer.known += 1,
            EventBecame::Retired => answer.retired += 1,
        }
        answer.events.push(TakenEvent {
            id: entry.id.clone(),
            line: event.line,
            name: entry.name.clone(),
            purpose: entry.purpose,
            became,
            next,
            rrule: event.rule.rrule.clone(),
            people: entry.people.clone(),
            matched: self.matched,
        });
        Ok(())
    }

    fn next(&self, event: &CalendarEvent) -> Result<Option<Span>> {
        let now = self.by.at;
        for days in AHEAD {
            let to = now.plus(Duration::from_secs(days * 86_400));
            if let Some(span) = recurrence::expand(&event.rule, now, to)?.first() {
                return Ok(Some(*span));
            }
        }
        Ok(None)
    }

    /// What the source does not have any more.
    fn gone(&mut self) {
        let Entries { events, refused, cancelled, whole, .. } = &self.request.entries;
        if !whole || self.request.source.is_none() {
            return;
        }
        let there: BTreeSet<&str> = events
            .iter()
            .map(|event| event.uid.as_str())
            .chain(refused.iter().chain(cancelled).map(String::as_str))
            .collect();
        let catalog = std::sync::Arc::clone(&self.state.catalog);
        for entry in catalog.calendars() {
            let Some(origin) = &entry.origin else { continue };
            // An instance that stood alone is there as long as its series is.
            let series = origin.uid.split_once('#').map_or(origin.uid.as_str(), |(uid, _)| uid);
            let here = there.contains(origin.uid.as_str()) || refused.contains(series);
            if origin.source == self.request.source && !here {
                self.retire(entry);
            }
        }
    }

    fn retire(&mut self, entry: &CalendarEntry) {
        self.state.object("calendar", &entry.id.0);
        self.done.push(
            stream::catalog("calendar", &entry.id.0),
            Event::CatalogRetired { id: entry.id.0.clone() },
        );
        let answer = &mut self.done.answer;
        answer.retired += 1;
        answer.events.push(TakenEvent {
            id: entry.id.clone(),
            line: 0,
            name: entry.name.clone(),
            purpose: entry.purpose,
            became: EventBecame::Retired,
            next: None,
            rrule: entry.rule.rrule.clone(),
            people: entry.people.clone(),
            matched: None,
        });
    }
}

/// Refuses a scope in which nothing could be kept. Of duties the events themselves say whose they are.
pub fn check_scope(scope: &CalendarScope, state: &State) -> Result<()> {
    match scope.purpose {
        CalendarKind::Duty => check_known(&scope.people, state),
        purpose => check_people(purpose, &scope.people, state),
    }
}

/// People who are named are known, and an absence or a duty is somebody's.
pub fn check_people(purpose: CalendarKind, people: &[PersonId], state: &State) -> Result<()> {
    match purpose {
        CalendarKind::Absence if people.is_empty() => {
            Err(Error::field("people", "Say who is away."))
        }
        CalendarKind::Duty if people.is_empty() => {
            Err(Error::field("people", "Say who is on duty."))
        }
        _ => check_known(people, state),
    }
}

/// Only a duty stands in for duties, and never, by whatever way around, for itself.
pub fn check_replaces(entry: &CalendarEntry, state: &State) -> Result<()> {
    if entry.replaces.is_empty() {
        return Ok(());
    }
    if entry.purpose != CalendarKind::Duty {
        return Err(Error::field("replaces", "Only a duty can stand in for duties."));
    }
    let mut seen: BTreeSet<&CatalogId> = BTreeSet::new();
    let mut open: Vec<&CatalogId> = entry.replaces.iter().collect();
    while let Some(id) = open.pop() {
        if id == &entry.id {
            return Err(Error::field("replaces", "It would stand in for itself.")
                .hint("Choose the duty of the rota that it takes the place of."));
        }
        if seen.insert(id)
            && let Some((_, CatalogObject::Calendar(other))) =
                state.catalog.entry("calendar", &id.0)
        {
            open.extend(&other.replaces);
        }
    }
    Ok(())
}

fn check_known(people: &[PersonId], state: &State) -> Result<()> {
    match people.iter().find(|person| state.catalog.person(person).is_none()) {
        Some(person) => Err(Error::field("people", format!("There is no person “{person}”."))),
        None => Ok(()),
    }
}

/// What this program said of an event when it wrote it goes before what is wanted of all of them.
fn scope_of(event: &CalendarEvent, wanted: &CalendarScope, state: &State) -> CalendarScope {
    let said = |field: &str| event.said.get(field).cloned().unwrap_or_default();
    let purpose = match said("kind").first().map(String::as_str) {
        Some("freeze") => CalendarKind::Freeze,
        Some("maintenance") => CalendarKind::Maintenance,
        Some("lock") => CalendarKind::Lock,
        Some("absence") => CalendarKind::Absence,
        Some("duty") => CalendarKind::Duty,
        _ => return wanted.clone(),
    };
    let people = said("people").into_iter().map(PersonId);
    CalendarScope {
        purpose,
        products: said("products").into_iter().map(CatalogId).collect(),
        environments: said("environments"),
        components: said("components"),
        targets: said("targets"),
        people: people.filter(|person| state.catalog.person(person).is_some()).collect(),
    }
}

/// What this program said that it stands in for, as those are called here.
fn replaces_of(
    event: &CalendarEvent,
    known: &BTreeMap<String, CalendarEntry>,
    file: &Entries,
) -> Vec<CatalogId> {
    let said = event.said.get("replaces").into_iter().flatten();
    said.filter_map(|uid| match known.get(uid) {
        Some(entry) => Some(entry.id.clone()),
        None => file.events.iter().find(|one| &one.uid == uid).map(key_of),
    })
    .collect()
}

/// Of what an event says that matters here: for a duty, who takes part as well.
fn digest_for(event: &CalendarEvent, purpose: CalendarKind) -> String {
    if purpose != CalendarKind::Duty || event.mails.is_empty() {
        return event.digest.clone();
    }
    let mut hash = Sha256::new();
    hash.update(&event.digest);
    event.mails.iter().for_each(|mail| hash.update(format!("\n{mail}")));
    hex::encode(&hash.finalize()[..12])
}

/// A key that says what it is, and is the same for the same event.
fn key_of(event: &CalendarEvent) -> CatalogId {
    let words = key_words(&event.name);
    let mark = hex::encode(&Sha256::digest(event.uid.as_bytes())[..5]);
    CatalogId(if words.is_empty() { format!("event-{mark}") } else { format!("{words}-{mark}") })
}

/// What a key may hold of a name; nothing of one in other letters.
pub fn key_words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => words.push(letter),
            _ if !words.ends_with('-') => words.push('-'),
            _ => {}
        }
        if words.len() == 40 {
            break;
        }
    }
    words.trim_matches('-').to_owned()
}

/// What tells this workspace's entries from others' in calendars that hold both.
pub fn mark_of(state: &State) -> Judge<String> {
    let digest = Sha256::digest(state.workspace()?.name.as_bytes());
    Ok(format!("{}.hotfix-desk", hex::encode(&digest[..4])))
}

/// What an entry is called in other calendars: as where it came from, else by its key and the
/// workspace's mark.
pub fn uid_of(entry: &CalendarEntry, mark: &str) -> String {
    match &entry.origin {
        Some(origin) => origin.uid.clone(),
        None => format!("{}@{mark}", entry.id),
    }
}

/// An entry as it is written down for others.
pub fn written<'a>(entry: &'a CalendarEntry, mark: &str, catalog: &Catalog) -> Written<'a> {
    let kind = match entry.purpose {
        CalendarKind::Freeze => "freeze",
        CalendarKind::Maintenance => "maintenance",
        CalendarKind::Lock => "lock",
        CalendarKind::Absence => "absence",
        CalendarKind::Duty => "duty",
    };
    let ids = |list: &[CatalogId]| list.iter().map(|id| id.0.clone()).collect::<Vec<_>>();
    // What it stands in for may be gone; then nothing is said of it.
    let replaced = entry.replaces.iter().filter_map(|id| match catalog.entry("calendar", &id.0) {
        Some((_, CatalogObject::Calendar(other))) => Some(uid_of(other, mark)),
        _ => None,
    });
    let mut said = vec![
        ("KIND", vec![kind.to_owned()]),
        ("PRODUCTS", ids(&entry.products)),
        ("ENVIRONMENTS", entry.environments.clone()),
        ("COMPONENTS", entry.components.clone()),
        ("TARGETS", entry.targets.clone()),
        ("PEOPLE", entry.people.iter().map(|id| id.0.clone()).collect()),
        ("REPLACES", replaced.collect()),
    ];
    said.retain(|(_, values)| !values.is_empty());
    Written {
        uid: uid_of(entry, mark),
        name: &entry.name,
        note: &entry.note,
        category: kind,
        rule: &entry.rule,
        said,
    }
}

/// What an entry of our own would say if it were read back.
fn digest_of(entry: &CalendarEntry, mark: &str, catalog: &Catalog, now: Instant) -> Result<String> {
    let (text, _) = write::write(&[written(entry, mark, catalog)], "", "UTC", now)?;
    let read = entries::entries(text.as_bytes(), "UTC", now)?;
    Ok(read.events.first().map(|event| event.digest.clone()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const NOW: &str = "2026-11-24T12:00:00Z";

    /// A catalog that grows with what is taken in.
    #[derive(Default)]
    struct Bench {
        catalog: Catalog,
    }

    impl Bench {
        fn take(&mut self, ics: &str, source: Option<&str>) -> TakenCalendar {
            let now: Instant = NOW.parse().unwrap();
            let request = TakeCalendar {
                entries: entries::entries(ics.as_bytes(), "Europe/Berlin", now).unwrap(),
                scope: CalendarScope {
                    environments: vec!["production".into()],
                    ..CalendarScope::default()
                },
                source: source.map(Into::into),
            };
            let mut state = State::new(Arc::new(self.catalog.clone()), BTreeMap::new());
            let name = stream::WORKSPACE;
            state.load(name.into(), crate::model::Folded::empty(name));
            let by = Actor { person: "rita".into(), device: "desk".into(), at: now };
            let Ok(decided) = request.decide(&state, &by) else { panic!("it is taken in") };
            for (stream, event) in &decided.events {
                let before = self.catalog.entry("calendar", stream.rsplit('/').next().unwrap());
                let version = before.map_or(0, |(version, _)| version);
                self.catalog.apply(stream, version + 1, event);
            }
            decided.answer
        }

        fn counts(taken: &TakenCalendar) -> [usize; 5] {
            [taken.added, taken.changed, taken.known, taken.retired, taken.over]
        }
    }

    fn calendar(events: &[&str]) -> String {
        let events: String =
            events.iter().map(|lines| format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")).collect();
        format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n")
    }

    const A: &str = "UID:a\nSUMMARY:Year end\nDTSTART;TZID=Europe/Berlin:20261220T000000\nDTEND;TZID=Europe/Berlin:20270103T000000";
    const B: &str =
        "UID:b\nSUMMARY:Payroll\nDTSTART:20261128T110000Z\nDURATION:PT2H\nRRULE:FREQ=MONTHLY";

    #[test]
    fn the_same_file_twice_makes_no_twins_whatever_was_changed_here() {
        let mut bench = Bench::default();
        let text = calendar(&[A, B]);
        assert_eq!(Bench::counts(&bench.take(&text, None)), [2, 0, 0, 0, 0]);
        let mut entry = bench.catalog.calendars().next().unwrap().clone();
        entry.environments = vec!["staging".into()];
        entry.name = "Renamed here".into();
        let object = CatalogObject::Calendar(entry.clone());
        let private = PersonText::default();
        bench.catalog.apply("catalog", 2, &Event::CatalogSaved { object, private });
        assert_eq!(Bench::counts(&bench.take(&text, None)), [0, 0, 2, 0, 0]);
        assert_eq!(bench.catalog.calendars().count(), 2);
        assert!(bench.catalog.calendars().any(|one| one.name == "Renamed here"));
    }

    #[test]
    fn what_says_something_else_now_is_changed_and_keeps_its_scope() {
        let mut bench = Bench::default();
        bench.take(&calendar(&[A]), None);
        let later = A.replace("20270103", "20270110");
        assert_eq!(Bench::counts(&bench.take(&calendar(&[&later]), None)), [0, 1, 0, 0, 0]);
        let entry = bench.catalog.calendars().next().unwrap();
        assert_eq!(entry.rule.duration_minutes, 21 * 1440);
        assert_eq!(entry.environments, ["production"]);
    }

    #[test]
    fn what_a_source_has_no_more_is_retired_and_what_a_file_lacks_is_not() {
        let mut bench = Bench::default();
        bench.take(&calendar(&[A, B]), Some("company"));
        assert_eq!(Bench::counts(&bench.take(&calendar(&[B]), None)), [0, 0, 1, 0, 0]);
        let gone = bench.take(&calendar(&[B]), Some("company"));
        assert_eq!(Bench::counts(&gone), [0, 0, 1, 1, 0]);
        // What cannot be understood any more is there all the same.
        let odd = B.replace("MONTHLY", "HOURLY");
        let kept = bench.take(&calendar(&[&odd]), Some("company"));
        assert_eq!(Bench::counts(&kept), [0, 0, 0, 0, 0]);
        assert_eq!((kept.skipped.len(), bench.catalog.calendars().count()), (1, 1));
        let cancelled = format!("{B}\nSTATUS:CANCELLED");
        let off = bench.take(&calendar(&[&cancelled]), Some("company"));
        assert_eq!(Bench::counts(&off), [0, 0, 0, 1, 0]);
    }

    #[test]
    fn what_is_over_is_left_where_it_is_and_counted() {
        let over = A.replace("2026", "2019").replace("2027", "2020");
        let taken = Bench::default().take(&calendar(&[&over]), None);
        assert_eq!(Bench::counts(&taken), [0, 0, 0, 0, 1]);
    }

    #[test]
    fn an_entry_that_was_written_to_a_file_comes_back_as_itself() {
        let mut bench = Bench::default();
        let entry = CalendarEntry {
            id: "friday".into(),
            name: "No changes, before the weekend".into(),
            purpose: CalendarKind::Lock,
            products: vec!["shop".into()],
            environments: Vec::new(),
            components: vec!["cart, checkout".into()],
            targets: Vec::new(),
            people: Vec::new(),
            replaces: Vec::new(),
            rule: recurrence::Rule {
                start: "2026-01-01T16:00".into(),
                zone: "America/New_York".into(),
                duration_minutes: 480,
                rrule: Some("FREQ=WEEKLY;BYDAY=FR;UNTIL=20271231".into()),
                exdates: vec!["2026-12-25".into()],
                moved: vec![recurrence::MovedInstance {
                    from: "2026-12-18T16:00".into(),
                    to: "2026-12-17T15:30".into(),
                    duration_minutes: None,
                }],
                ..recurrence::Rule::default()
            },
            note: "Ask; Rita,\nnot Marc".into(),
            origin: None,
        };
        let object = CatalogObject::Calendar(entry.clone());
        let private = PersonText::default();
        bench.catalog.apply("catalog", 1, &Event::CatalogSaved { object, private });
        let now: Instant = NOW.parse().unwrap();
        let mut state = State::new(Arc::new(bench.catalog.clone()), BTreeMap::new());
        let name = stream::WORKSPACE;
        state.load(name.into(), crate::model::Folded::empty(name));
        let Ok(mark) = mark_of(&state) else { panic!("the workspace is loaded") };
        let (text, never) =
            write::write(&[written(&entry, &mark, &bench.catalog)], "Ours", "Europe/Berlin", now)
                .unwrap();
        assert!(never.is_empty());
        assert_eq!(Bench::counts(&bench.take(&text, None)), [0, 0, 1, 0, 0]);
        // In another workspace it is the same freeze of the same.
        let mut other = Bench::default();
        assert_eq!(Bench::counts(&other.take(&text, None)), [1, 0, 0, 0, 0]);
        let read = other.catalog.calendars().next().unwrap();
        assert_eq!((read.purpose, &read.products), (entry.purpose, &entry.products));
        assert_eq!((&read.components, &read.note), (&entry.components, &entry.note));
        let (from, to) = (
            now.minus(Duration::from_secs(400 * 86_400)),
            now.plus(Duration::from_secs(600 * 86_400)),
        );
        assert_eq!(
            recurrence::expand(&read.rule, from, to).unwrap(),
            recurrence::expand(&entry.rule, from, to).unwrap()
        );
    }
}
