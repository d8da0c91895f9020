//! What stands against a time: freezes, locks, maintenance, what else is booked, and who is there.
//!
//! The plan form asks it of a wanted window, the search of each slot that it offers, and the start
//! gate of the time from now until the deployment is expected to be over. So what was offered is
//! judged by the very rules that it was found by.

use super::{FreeSlot, Gate, Ledger, Missing, Passed, free, one_of, plan, when, words};
use crate::{
    calendar::{
        Span, merge,
        track::{filled, gaps, holds},
    },
    clock::Instant,
    event::words::*,
    model::{
        Judge,
        agenda::Noted,
        bookings::Slot,
        deployment::Deployment,
        facts::{EnvironmentFacts, Facts, Shared},
        hotfix::Hotfix,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// How far ahead one looks for the end of what is in the way.
const HORIZON: Duration = Duration::from_secs(90 * 24 * 3600);

/// A time that is wanted in the environment that the facts are about.
pub struct Wanted<'a> {
    pub span: Span,
    /// The deployment that it is wanted for: it is not in its own way.
    pub own: Option<&'a DeploymentKey>,
    pub on_duty: &'a [PersonId],
    /// All of the time that a plan has taken, where a part of it is asked for: what somebody overrides
    /// for a time stands for this one.
    pub planned: Option<Span>,
}

/// Everything against a planned time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Conflicts {
    /// Until when the environment and the people are taken: the last moment to start, or the
    /// expected end of a start at the first.
    pub ends_at: Instant,
    pub blockers: Vec<super::Blocker>,
    /// What is in the way and was overridden for these bytes.
    pub overridden: Vec<Passed>,
    /// The first time from then on against which nothing stands.
    pub next: Option<FreeSlot>,
}

/// What a plan takes: its window, or as long as it is expected to last from the first moment on.
pub fn taken(starts_at: Instant, window_ends_at: Instant, expected: &Expected) -> Span {
    let lasts = Duration::from_secs(u64::from(expected.duration_minutes) * 60);
    Span::new(starts_at, window_ends_at.max(starts_at.plus(lasts)))
}

/// What a start at this moment takes.
pub fn from_now(now: Instant, expected: &Expected) -> Span {
    let lasts = Duration::from_secs(u64::from(expected.duration_minutes) * 60);
    // A deployment whose length nobody knows is judged by the moment alone.
    Span::lasting(now, lasts.max(Duration::from_micros(1)))
}

/// What is left of the time that a deployment was planned for; none once it has passed.
pub fn planned(deployment: &Deployment, now: Instant) -> Option<Span> {
    let (start, last) = (deployment.starts_at?, deployment.window_ends_at?);
    let whole = taken(start, last, &deployment.expected);
    (now < last).then(|| Span::new(start.max(now), whole.end))
}

/// The calendars' "outside maintenance" has no entry that could be named: what is overridden is a time in
/// a place, `shop/production 2026-12-01T20:00:00Z/2026-12-01T21:00:00Z`.
fn timed(place: &str, span: Span) -> String {
    format!("{place} {}/{}", span.start, span.end)
}

/// The times in this place that were overridden so, each as it was said.
pub(super) fn overridden_times<'a>(
    facts: &EnvironmentFacts,
    said: &[&'a str],
) -> Vec<(Span, &'a str)> {
    let place = place_of(facts);
    let here = |said: &&'a str| {
        let (named, span) = overridden_time(said)?;
        (named == place).then_some((span, *said))
    };
    said.iter().filter_map(here).collect()
}

/// The place and the time that an override names, if it is about one.
pub fn overridden_time(said: &str) -> Option<(&str, Span)> {
    let (place, span) = said.rsplit_once(' ')?;
    let (start, end) = span.split_once('/')?;
    Some((place, Span::new(start.parse().ok()?, end.parse().ok()?)))
}

fn place_of(facts: &EnvironmentFacts) -> String {
    format!("{}/{}", facts.product.id, facts.environment.id)
}

/// Judges a time that is being planned.
pub fn conflicts(
    hotfix: &Hotfix,
    deployments: &[&Deployment],
    facts: &EnvironmentFacts,
    wanted: &Wanted,
) -> Judge<Conflicts> {
    let before = plan(hotfix, deployments, facts, wanted.span.start.max(facts.at));
    let mut ledger = Ledger::new(hotfix, &facts.policy, Gate::Start, Some(&facts.environment.id));
    approval_lasts(&mut ledger, facts, wanted)?;
    ask(&mut ledger, facts, wanted)?;
    let mut blockers = before.blockers;
    blockers.extend(ledger.ship.blockers);
    let mut overridden: Vec<Passed> = before.passed;
    overridden.extend(ledger.ship.passed);
    overridden.retain(|one| one.overridden);
    let next = if blockers.is_empty() {
        None
    } else {
        let minutes = wanted.span.duration().as_secs().div_ceil(60);
        let search = free::Search {
            from: wanted.span.start.max(facts.at),
            minutes: u32::try_from(minutes).unwrap_or(u32::MAX).max(1),
            count: 1,
            // The next one is wanted, not the quietest.
            disruption: Disruption::None,
            on_duty: wanted.on_duty.to_vec(),
            own: wanted.own.cloned(),
        };
        free::free(hotfix, deployments, facts, &search)?.pop()
    };
    Ok(Conflicts { ends_at: wanted.span.end, blockers, overridden, next })
}

/// The approvals that stand now have to stand then.
fn approval_lasts(ledger: &mut Ledger, facts: &EnvironmentFacts, wanted: &Wanted) -> Judge<()> {
    if wanted.span.start <= facts.at || ledger.hotfix.current().is_none() {
        return Ok(());
    }
    let stand = super::approvals(facts, ledger.hotfix, &facts.environment.id)?;
    let Some(until) = stand.until.filter(|_| stand.complete && stand.wanted > 0) else {
        return Ok(());
    };
    ledger.want(
        "approval_expires",
        when(
            wanted.span.start < until,
            "The approval lasts until then.",
            Missing::new(
                "approve",
                "The approval expires before the start.",
                "Have it approved again nearer to the start, or start earlier.",
            )
            .who(super::roles(&stand.roles)),
        ),
    );
    Ok(())
}

/// Asks for everything that a time has to satisfy.
pub(super) fn ask(ledger: &mut Ledger, facts: &EnvironmentFacts, wanted: &Wanted) -> Judge<()> {
    calendars(ledger, facts, wanted)?;
    bookings(ledger, facts, wanted);
    people(ledger, facts, wanted)
}

fn calendars(ledger: &mut Ledger, facts: &EnvironmentFacts, wanted: &Wanted) -> Judge<()> {
    let agenda = facts.agenda_of(wanted.span)?;
    let place = &facts.environment.name;
    let look = |hits: &[&(Span, Noted)]| {
        for (_, noted) in hits {
            facts.relies_on_calendar(&noted.id);
        }
    };
    for (code, track, there) in [
        ("freeze", &agenda.freezes, "No freeze."),
        ("lock", &agenda.locks, "Nobody holds the environment."),
    ] {
        let hits = track.overlapping(wanted.span);
        look(&hits);
        let until = (!hits.is_empty()).then(|| clears(&[track.merged()], wanted.span)).flatten();
        let named = distinct(hits.iter().map(|(_, noted)| noted.name.clone()));
        let message = words::holds(code, &named, place).unwrap_or_default();
        ledger.want(
            code,
            when(
                hits.is_empty(),
                there,
                Missing::new(
                    "schedule",
                    message,
                    "Wait until it ends, or override it with a reason.",
                )
                .who(super::roles(&facts.policy.override_roles))
                .about(hits.iter().map(|(_, noted)| &noted.id))
                .until(until),
            ),
        );
    }
    if !agenda.maintenance.is_empty() {
        look(&agenda.maintenance.overlapping(wanted.span));
        let windows = agenda.maintenance.merged();
        let from = windows.partition_point(|window| window.end <= wanted.span.start);
        let next = windows[from..]
            .iter()
            .map(|window| Span::new(window.start.max(wanted.span.start), window.end))
            .find(|window| window.duration() >= wanted.span.duration());
        // Somebody went through it for a time. That time and the windows have to hold all of the plan:
        // a deployment that is moved out of it is asked again.
        let stands_for = wanted.planned.unwrap_or(wanted.span);
        let over = overridden_times(facts, &ledger.spared("outside_maintenance"));
        let held =
            merge(windows.iter().copied().chain(over.iter().map(|(span, _)| *span)).collect());
        let about: Vec<String> = if !over.is_empty() && holds(&held, stands_for) {
            over.iter().map(|(_, said)| (*said).to_owned()).collect()
        } else {
            vec![timed(&place_of(facts), stands_for)]
        };
        ledger.want(
            "outside_maintenance",
            when(
                holds(windows, wanted.span),
                "It is inside a maintenance window.",
                Missing::new(
                    "schedule",
                    if filled(windows, wanted.span.start).is_some() {
                        format!("The maintenance window of {place} ends before it would be over.")
                    } else {
                        words::outside_maintenance("This time", place)
                    },
                    "Move it into one, or override with a reason.",
                )
                .about(about.iter())
                .until(next.map(|window| window.start)),
            ),
        );
    }
    Ok(())
}

fn bookings(ledger: &mut Ledger, facts: &EnvironmentFacts, wanted: &Wanted) {
    let busy = facts.slots.meeting(wanted.span, wanted.own);
    let until = (!busy.is_empty())
        .then(|| clears(&[&facts.slots.taken(&own(wanted))], wanted.span))
        .flatten();
    ledger.want(
        "conflict",
        when(
            busy.is_empty(),
            "No conflict.",
            Missing::new(
                "schedule",
                format!("{} booked for this time.", booked(&busy, None)),
                "Move one of the two.",
            )
            .about(busy.iter().map(|slot| &slot.deployment))
            .until(until),
        ),
    );
    // One blocker a reason, whatever the number of places: who overrides it has seen them all.
    for code in ["target_booked", "component_booked", "dependency_booked"] {
        let related = || facts.related.iter().filter(|one| one.shared.code() == code);
        let (mut said, mut about) = (Vec::new(), Vec::new());
        for related in related() {
            let busy = related.slots.meeting(wanted.span, wanted.own);
            if busy.is_empty() {
                continue;
            }
            let why = match &related.shared {
                Shared::Target(target) => format!("which deploys to {target} as well"),
                Shared::Component(names) => format!("which changes {} as well", listed(names)),
                Shared::Dependency => "on which one of the two depends".into(),
            };
            about.extend(busy.iter().map(|slot| &slot.deployment));
            let booked = booked(&busy, Some(&related.name));
            said.push(format!("{booked} booked for this time, {why}."));
        }
        if !said.is_empty() {
            let all: Vec<_> = related().map(|one| one.slots.taken(&own(wanted))).collect();
            let all: Vec<&[Span]> = all.iter().map(AsRef::as_ref).collect();
            ledger.want(
                code,
                Err(Missing::new("schedule", said.join(" "), "Move one of them.")
                    .about(about.into_iter())
                    .until(clears(&all, wanted.span))),
            );
        }
    }
}

/// What is not in its own way.
fn own<'a>(wanted: &Wanted<'a>) -> Vec<&'a str> {
    wanted.own.map(DeploymentKey::as_str).into_iter().collect()
}

/// "DEP-4 of HF-2 is", "DEP-4 of HF-2 and DEP-5 of HF-3 (Billing · Production) are".
fn booked(slots: &[&Slot], place: Option<&str>) -> String {
    let named: Vec<String> =
        slots.iter().map(|slot| format!("{} of {}", slot.deployment, slot.hotfix)).collect();
    let place = place.map(|name| format!(" in {name}")).unwrap_or_default();
    format!("{}{place} {}", listed(&named), if slots.len() == 1 { "is" } else { "are" })
}

/// The first moment from which there is room among these stretches, each list of which is merged.
fn clears(busy: &[&[Span]], wanted: Span) -> Option<Instant> {
    let ahead = Span::lasting(wanted.start, HORIZON.saturating_add(wanted.duration()));
    gaps(ahead, busy).find(|gap| gap.duration() >= wanted.duration()).map(|gap| gap.start)
}

/// Somebody's time around what is wanted.
pub(super) struct Availability {
    pub name: String,
    /// When they work, merged.
    pub hours: Vec<Span>,
    /// When they are away, merged.
    pub away: Vec<Span>,
    /// When they are on duty for something else, merged.
    pub duties: Vec<Span>,
    /// What they are on duty for.
    pub slots: Vec<Slot>,
    /// Nobody knows them any more.
    pub gone: bool,
}

/// When somebody is there within a stretch of time.
pub(super) fn availability(
    facts: &Facts,
    person: &PersonId,
    own: Option<&DeploymentKey>,
    within: Span,
) -> Judge<Availability> {
    let known = facts.person(person);
    let hours = match known {
        // Somebody who is there for less than a moment is still looked up around it.
        Some(known) => facts.hours_of(known).open(within.start, within.end)?,
        None => Vec::new(),
    };
    let near = facts.duties(person)?.meeting(within, own);
    facts.expect(near.iter().map(|slot| slot.deployment.as_str()))?;
    let mut slots = Vec::new();
    for slot in near {
        // What is over before its time leaves its people free.
        if !facts.deployment(&slot.deployment)?.state.is_over() {
            slots.push(slot.clone());
        }
    }
    Ok(Availability {
        name: facts.name_of(person),
        hours,
        away: facts.away(person, within),
        duties: crate::calendar::merge(slots.iter().map(Slot::span).collect()),
        slots,
        gone: known.is_none(),
    })
}

fn people(ledger: &mut Ledger, facts: &EnvironmentFacts, wanted: &Wanted) -> Judge<()> {
    if wanted.on_duty.is_empty() {
        return Ok(());
    }
    let (mut off, mut gone, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    let (mut who_off, mut who_gone, mut duties) = (Vec::new(), Vec::new(), Vec::new());
    let mut until = Vec::new();
    for person in wanted.on_duty {
        let time = availability(facts, person, wanted.own, wanted.span)?;
        if time.gone || !time.away.is_empty() {
            who_gone.push(person.to_string());
        }
        if time.gone {
            gone.push(format!("{} is no longer in the catalog", time.name));
        } else if !time.away.is_empty() {
            gone.push(format!("{} is away", time.name));
        } else if !holds(&time.hours, wanted.span) {
            let part = if time.hours.is_empty() { "then" } else { "for all of that time" };
            off.push(format!("{} does not work {part}", time.name));
            who_off.push(person.to_string());
        }
        for slot in time.slots.iter().filter(|slot| slot.span().overlaps(wanted.span)) {
            taken.push(format!("{} is on duty for {}", time.name, slot.deployment));
            until.push(slot.ends_at);
            duties.push(slot.deployment.to_string());
        }
    }
    let instead = if off.is_empty() && gone.is_empty() && taken.is_empty() {
        String::new()
    } else {
        instead(facts, wanted)?
    };
    for (code, found, about, there, until) in [
        ("person_absent", gone, who_gone, "Nobody on duty is away.", None),
        ("person_off_hours", off, who_off, "Everybody on duty works then.", None),
        ("person_booked", taken, duties, "Nobody on duty is booked.", until.into_iter().max()),
    ] {
        ledger.want(
            code,
            when(
                found.is_empty(),
                there,
                Missing::new(
                    "schedule",
                    format!("{}.", found.join("; ")),
                    if instead.is_empty() {
                        "Move it, or put somebody else on duty.".into()
                    } else {
                        format!("Move it, or put {instead} on duty.")
                    },
                )
                .who(super::owner(ledger.hotfix))
                .about(about.iter())
                .until(until),
            ),
        );
    }
    Ok(())
}

/// Who of the product's team is there and free for all of the time.
fn instead(facts: &EnvironmentFacts, wanted: &Wanted) -> Judge<String> {
    let Some(team) = facts.product.team.as_ref().and_then(|id| facts.team(id)) else {
        return Ok(String::new());
    };
    let mut names = Vec::new();
    for member in team.members.iter().filter(|one| !wanted.on_duty.contains(one)) {
        let time = availability(facts, member, wanted.own, wanted.span)?;
        if holds(&time.hours, wanted.span) && time.duties.is_empty() && time.away.is_empty() {
            names.push(time.name);
        }
    }
    names.truncate(3);
    Ok(if names.is_empty() { String::new() } else { one_of(&names) })
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// "a", "a and b", "a, b and 4 more".
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, more @ ..] => format!("{one}, {two} and {} more", more.len()),
    }
}
