//! Where there is still room: the next free slots for a deployment, the least disruptive first.
//!
//! A slot begins on a quarter of an hour and does not overlap the slots offered before it, so that the
//! offers are real alternatives. Gaps are found by bisection in merged stretches, and each slot is
//! then judged as a plan and a start are (`time`): what is offered can be started.

use super::{Gate, Ledger, soak_of, time};
use crate::{
    calendar::{
        Span, Track, merge,
        track::{gaps, holds},
    },
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    model::{
        Judge,
        agenda::Noted,
        bookings::Slot,
        deployment::Deployment,
        facts::{EnvironmentFacts, Facts},
        hotfix::Hotfix,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, time::Duration};
use ts_rs::TS;

/// How far ahead one looks.
pub const HORIZON: Duration = Duration::from_secs(90 * 24 * 60 * 60);
pub const MOST_SLOTS: u32 = 100;
/// Every zone in use is a multiple of it away from UTC: a quarter in UTC is a quarter everywhere.
const QUARTER: i64 = 15 * 60 * 1_000_000;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Search {
    pub from: Instant,
    pub minutes: u32,
    /// At most 100.
    pub count: u32,
    /// If nobody notices it, the earliest comes first.
    pub disruption: Disruption,
    pub on_duty: Vec<PersonId>,
    /// What is moved: its own booking is not in the way.
    pub own: Option<DeploymentKey>,
}

/// When people would notice least, the best first.
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
pub enum SlotTime {
    /// Inside a maintenance window: it was announced.
    Maintenance,
    /// Outside the office hours of the product's rubric.
    OffHours,
    /// While most people are at work.
    #[default]
    OfficeHours,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FreeSlot {
    pub start: Instant,
    pub end: Instant,
    /// A sentence without times: those are shown in the reader's zone.
    pub why: String,
    pub time: SlotTime,
    /// One part for each environment of the path; empty for a single environment.
    #[serde(default)]
    pub parts: Vec<SlotPart>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SlotPart {
    pub environment: String,
    pub start: Instant,
    pub end: Instant,
}

fn check(search: &Search) -> Result<()> {
    if search.minutes == 0 {
        return Err(Error::field("minutes", "A slot lasts at least one minute."));
    }
    if HORIZON < length(search) {
        return Err(Error::field("minutes", "A slot may last 90 days at most."));
    }
    if !(1..=MOST_SLOTS).contains(&search.count) {
        let message = format!("Ask for between 1 and {MOST_SLOTS} slots.");
        return Err(Error::field("count", message));
    }
    Ok(())
}

fn length(search: &Search) -> Duration {
    Duration::from_secs(u64::from(search.minutes) * 60)
}

/// The best slots within ninety days; fewer than asked if there is no more room.
pub fn free(
    hotfix: &Hotfix,
    deployments: &[&Deployment],
    facts: &EnvironmentFacts,
    search: &Search,
) -> Judge<Vec<FreeSlot>> {
    check(search)?;
    let ledger = || Ledger::new(hotfix, &facts.policy, Gate::Start, Some(&facts.environment.id));
    let asked = ledger();
    // What still soaks is not offered before it has soaked.
    let soaked = soak_of(hotfix, deployments, facts)
        .filter(|_| asked.asks("soaking"))
        .and_then(|soak| soak.until);
    let from = search.from.max(soaked.unwrap_or(search.from));
    let horizon = Span::lasting(from, HORIZON);
    let agenda = facts.agenda_of(horizon)?;

    let own = search.own.as_ref();
    let mut booked = Vec::new();
    let elsewhere = facts.related.iter().map(|one| (one.shared.code(), &one.slots));
    for (code, slots) in [("conflict", &facts.slots)].into_iter().chain(elsewhere) {
        if asked.asks(code) {
            let mut without = asked.spared(code);
            without.extend(own.map(DeploymentKey::as_str));
            booked.push(slots.taken(&without));
        }
    }
    let mut taken = Vec::new();
    let spared = ["person_absent", "person_off_hours", "person_booked"].map(|it| asked.spared(it));
    let [may_be_away, may_be_off, may_be_booked] = &spared;
    for person in &search.on_duty {
        let there = time::availability(facts, person, own, horizon)?;
        if asked.asks("person_absent") && !may_be_away.contains(&person.as_str()) {
            // Whoever has left is there at no time.
            if there.gone {
                return Ok(Vec::new());
            }
            taken.extend(there.away);
        }
        if asked.asks("person_off_hours") && !may_be_off.contains(&person.as_str()) {
            taken.extend(gaps(horizon, &[&there.hours]));
        }
        if asked.asks("person_booked") {
            let others = there.slots.iter();
            let others = others.filter(|one| !may_be_booked.contains(&one.deployment.as_str()));
            taken.extend(others.map(Slot::span));
        }
    }
    let taken = merge(taken);
    let mut calendars = Vec::new();
    for (code, track) in [("freeze", &agenda.freezes), ("lock", &agenda.locks)] {
        if asked.asks(code) {
            calendars.push(without(track, &asked.spared(code)));
        }
    }
    let lists = booked.iter().chain(&calendars).map(AsRef::as_ref);
    let busy: Vec<&[Span]> = lists.chain([taken.as_slice()]).collect();

    let windows = agenda.maintenance.merged();
    let office = facts.office_hours(&facts.product.id).open(horizon.start, horizon.end)?;
    let inside: Vec<Span> = windows.iter().filter_map(|one| one.intersection(horizon)).collect();
    let quiet: Vec<Span> = gaps(horizon, &[&office]).collect();
    let whole = [horizon];
    let must = asked.asks("outside_maintenance") && !agenda.maintenance.is_empty();
    // Where somebody went through it, the time counts as if it were a window.
    let over = time::overridden_times(facts, &asked.spared("outside_maintenance"));
    let over = over.iter().filter_map(|(span, _)| span.intersection(horizon));
    let allowed = merge(inside.iter().copied().chain(over).collect());
    let orders: Vec<&[Span]> = match search.disruption {
        _ if must => vec![allowed.as_slice()],
        Disruption::None => vec![whole.as_slice()],
        _ => vec![inside.as_slice(), quiet.as_slice(), whole.as_slice()],
    };
    let mut fit = |span: Span| -> Judge<bool> {
        let mut ledger = ledger();
        let own = search.own.as_ref();
        let wanted = time::Wanted { span, own, on_duty: &search.on_duty, planned: None };
        time::ask(&mut ledger, facts, &wanted)?;
        Ok(ledger.ship.blockers.is_empty())
    };
    let count = search.count as usize;
    let mut found: Vec<Span> = Vec::new();
    // The earliest is offered whatever it disturbs: some things cannot wait.
    if count > 1 {
        fill(&mut found, orders[orders.len() - 1], &busy, length(search), 1, &mut fit)?;
    }
    for places in orders {
        fill(&mut found, places, &busy, length(search), count, &mut fit)?;
    }
    let mut slots: Vec<FreeSlot> = found
        .into_iter()
        .map(|span| {
            let time = if holds(windows, span) {
                SlotTime::Maintenance
            } else if office.iter().any(|open| open.overlaps(span)) {
                SlotTime::OfficeHours
            } else {
                SlotTime::OffHours
            };
            let why = describe(facts, &agenda, search, span, time);
            FreeSlot { start: span.start, end: span.end, why, time, parts: Vec::new() }
        })
        .collect();
    let ranked = search.disruption != Disruption::None;
    slots.sort_by_key(|slot| (ranked.then_some(slot.time), slot.start));
    Ok(slots)
}

/// The merged stretches of what is not spared.
fn without<'a>(track: &'a Track<Noted>, spared: &[&str]) -> Cow<'a, [Span]> {
    if spared.is_empty() {
        return Cow::Borrowed(track.merged());
    }
    let left = track.items().iter().filter(|(_, noted)| !spared.contains(&noted.id.0.as_str()));
    Cow::Owned(merge(left.map(|(span, _)| *span).collect()))
}

/// Puts slots into the gaps, earliest first, until there are `count`.
fn fill(
    found: &mut Vec<Span>,
    places: &[Span],
    busy: &[&[Span]],
    length: Duration,
    count: usize,
    fit: &mut impl FnMut(Span) -> Judge<bool>,
) -> Judge<()> {
    for place in places {
        let taken = merge(found.clone());
        let mut lists = busy.to_vec();
        lists.push(&taken);
        for gap in gaps(*place, &lists) {
            let mut slot = Span::lasting(quarter_from(gap.start), length);
            while found.len() < count && slot.end <= gap.end {
                if fit(slot)? {
                    found.push(slot);
                }
                slot = Span::lasting(quarter_from(slot.end), length);
            }
            if found.len() >= count {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The first quarter of an hour that is not before `instant`.
fn quarter_from(instant: Instant) -> Instant {
    let past = instant.micros().rem_euclid(QUARTER);
    let wait = if past == 0 { 0 } else { QUARTER - past };
    Instant::from_micros(instant.micros().saturating_add(wait))
}

fn describe(
    facts: &EnvironmentFacts,
    agenda: &crate::model::agenda::Agenda,
    search: &Search,
    span: Span,
    time: SlotTime,
) -> String {
    let mut why = match time {
        SlotTime::Maintenance => {
            let covering = agenda.maintenance.overlapping(span);
            match covering.iter().find(|(window, _)| window.covers(span)) {
                Some((_, noted)) => format!("Inside maintenance “{}”", noted.name),
                None => "Inside maintenance".into(),
            }
        }
        SlotTime::OffHours => "Outside office hours".into(),
        SlotTime::OfficeHours => "In office hours: people are at work".into(),
    };
    let quarter = Duration::from_micros(QUARTER.unsigned_abs());
    let just_before = Span::new(span.start.minus(quarter), span.start);
    for (what, track) in [("the freeze", &agenda.freezes), ("the lock", &agenda.locks)] {
        let ended = track.overlapping(just_before);
        if let Some((_, noted)) = ended.iter().find(|(one, _)| one.end <= span.start) {
            why.push_str(&format!("; right after {what} “{}”", noted.name));
        }
    }
    let booked = facts.slots.meeting(just_before, search.own.as_ref());
    if let Some(slot) = booked.into_iter().find(|slot| slot.ends_at <= span.start) {
        why.push_str(&format!("; right after {}", slot.deployment));
    }
    let names: Vec<String> = search.on_duty.iter().map(|person| facts.name_of(person)).collect();
    match names.as_slice() {
        [] => {}
        [one] => why.push_str(&format!("; {one} is there")),
        several => why.push_str(&format!("; {} are there", super::time::listed(several))),
    }
    why.push('.');
    why
}

/// Slots along the path: the earliest in each environment before the last, and after each the time
/// it has to soak; for the last one the slots that disturb least.
pub fn free_path(
    known: &Facts,
    hotfix: &Hotfix,
    deployments: &[&Deployment],
    product: &Product,
    priority: Option<Priority>,
    search: &Search,
) -> Judge<Vec<FreeSlot>> {
    check(search)?;
    let next = super::next_environment(product, hotfix, deployments);
    let first = product.environments.iter().position(|one| one.id == next).unwrap_or(0);
    let mut parts = Vec::new();
    let mut search = search.clone();
    let mut soaked = String::new();
    for (index, environment) in product.environments.iter().enumerate().skip(first) {
        let facts = known.about(&product.id, &environment.id, priority)?.for_hotfix(hotfix)?;
        let own = match &search.own {
            Some(own) => {
                Some(known.deployment(own)?).filter(|one| one.environment == environment.id)
            }
            None => None,
        };
        let facts = match own {
            Some(moved) => facts.for_deployment(moved)?,
            // Those of its targets that have these bytes are meant no more.
            None => facts.for_targets(&super::left(environment, hotfix, deployments))?,
        };
        if let (Some(before), Some(SlotPart { end, .. })) = (&facts.predecessor, parts.last()) {
            let minutes = before.soak_minutes.max(facts.policy.soak_minutes);
            search.from = end.plus(Duration::from_secs(u64::from(minutes) * 60));
            if minutes > 0 {
                soaked.push_str(&format!(" Soaks in {} for {minutes} minutes.", before.name));
            }
        }
        let part = |slot: &FreeSlot| SlotPart {
            environment: environment.id.clone(),
            start: slot.start,
            end: slot.end,
        };
        if index + 1 == product.environments.len() {
            let mut slots = free(hotfix, deployments, &facts, &search)?;
            for slot in &mut slots {
                let mut whole: Vec<SlotPart> = parts.clone();
                whole.push(part(slot));
                slot.start = whole.first().map_or(slot.start, |first| first.start);
                slot.why.push_str(&soaked);
                slot.parts = whole;
            }
            return Ok(slots);
        }
        let earliest = Search { count: 1, disruption: Disruption::None, ..search.clone() };
        match free(hotfix, deployments, &facts, &earliest)?.pop() {
            Some(slot) => parts.push(part(&slot)),
            None => return Ok(Vec::new()),
        }
    }
    Ok(Vec::new())
}
