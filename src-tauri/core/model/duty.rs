//! Who is on duty when: what the duties of the calendar add up to for one scope.
//!
//! A duty counts while it takes place and nothing that replaces it does: somebody who stands in is on
//! duty for that time and that scope, and the rule they stand in for goes on before and after it. Whoever
//! stands in can be replaced in turn; then the first one, whose place they took, is not on duty either.
//! Stretches of one person that follow each other without a break are
//! one, whichever entries they come from, so "until" is when somebody else really has to be there.

use crate::{
    calendar::{Span, merge, recurrence::expand, subtract},
    clock::Instant,
    error::Result,
    event::words::*,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Somebody on duty for a stretch of one entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema)]
pub struct Turn {
    pub span: Span,
    pub person: PersonId,
    /// The calendar entry that says so.
    pub entry: CatalogId,
    /// They stand in for whoever the rota names then.
    pub stands_in: bool,
}

/// Somebody on duty, for as long as they are without a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct OnDuty {
    pub person: PersonId,
    pub from: Instant,
    /// None if that is further ahead than was looked.
    pub until: Option<Instant>,
}

/// Somebody is on duty and away at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DutyClash {
    pub person: PersonId,
    pub span: Span,
}

/// The duties of a calendar within a time, expanded once and asked for many scopes.
pub struct Duties<'a> {
    all: Vec<(&'a CalendarEntry, Vec<Span>)>,
    within: Span,
}

impl<'a> Duties<'a> {
    pub fn new(entries: impl Iterator<Item = &'a CalendarEntry>, within: Span) -> Result<Self> {
        let duties = entries.filter(|entry| entry.purpose == CalendarKind::Duty);
        let expanded =
            duties.map(|entry| Ok((entry, expand(&entry.rule, within.start, within.end)?)));
        Ok(Self { all: expanded.collect::<Result<_>>()?, within })
    }

    fn of<'s>(
        &'s self,
        asked: &'s Touch,
    ) -> impl Iterator<Item = &'s (&'a CalendarEntry, Vec<Span>)> {
        self.all.iter().filter(|(entry, _)| entry.touches(asked))
    }

    /// Whether anybody has made a rota for it, whenever somebody is on duty by it.
    pub fn cover(&self, asked: &Touch) -> bool {
        self.of(asked).next().is_some()
    }

    /// The turns that overlap the time, the earliest first. They are not cut at its edges.
    pub fn turns(&self, asked: &Touch) -> Vec<Turn> {
        let mut taken: BTreeMap<&CatalogId, Vec<Span>> = BTreeMap::new();
        for (entry, spans) in self.of(asked) {
            for replaced in &entry.replaces {
                taken.entry(replaced).or_default().extend(spans);
            }
        }
        let taken: BTreeMap<&CatalogId, Vec<Span>> =
            taken.into_iter().map(|(id, spans)| (id, merge(spans))).collect();
        let mut turns = Vec::new();
        for (entry, spans) in self.of(asked) {
            let taken = taken.get(&entry.id).map(Vec::as_slice).unwrap_or_default();
            let left = spans.iter().flat_map(|span| subtract(*span, taken));
            for span in left.filter(|span| span.overlaps(self.within)) {
                turns.extend(entry.people.iter().map(|person| Turn {
                    span,
                    person: person.clone(),
                    entry: entry.id.clone(),
                    stands_in: !entry.replaces.is_empty(),
                }));
            }
        }
        turns.sort_unstable();
        turns.dedup();
        turns
    }
}

/// The turns of one scope.
pub fn turns<'a>(
    entries: impl Iterator<Item = &'a CalendarEntry>,
    asked: &Touch,
    within: Span,
) -> Result<Vec<Turn>> {
    Ok(Duties::new(entries, within)?.turns(asked))
}

/// The stretches of each person without a break, in the order of their beginnings.
pub fn stretches(turns: &[Turn]) -> Vec<(Span, PersonId)> {
    let mut of: BTreeMap<&PersonId, Vec<Span>> = BTreeMap::new();
    for turn in turns {
        of.entry(&turn.person).or_default().push(turn.span);
    }
    let mut all: Vec<(Span, PersonId)> = of
        .into_iter()
        .flat_map(|(person, spans)| merge(spans).into_iter().map(|span| (span, person.clone())))
        .collect();
    all.sort_unstable();
    all
}

fn on_duty(span: Span, person: &PersonId, horizon: Instant) -> OnDuty {
    let until = (span.end < horizon).then_some(span.end);
    OnDuty { person: person.clone(), from: span.start, until }
}

/// Who is on duty at a moment, as far as the turns up to `horizon` tell.
pub fn at(turns: &[Turn], moment: Instant, horizon: Instant) -> Vec<OnDuty> {
    let all = stretches(turns);
    let now = all.iter().filter(|(span, _)| span.contains(moment));
    now.map(|(span, person)| on_duty(*span, person, horizon)).collect()
}

/// Who comes on duty next after a moment: everybody who does so at the first such time.
pub fn next(turns: &[Turn], moment: Instant, horizon: Instant) -> Vec<OnDuty> {
    let all = stretches(turns);
    let first = all.iter().map(|(span, _)| span.start).filter(|start| *start > moment).min();
    let then = all.iter().filter(|(span, _)| Some(span.start) == first);
    then.map(|(span, person)| on_duty(*span, person, horizon)).collect()
}

/// When nobody is on duty.
pub fn gaps(turns: &[Turn], within: Span) -> Vec<Span> {
    subtract(within, &merge(turns.iter().map(|turn| turn.span).collect()))
}

/// When somebody is on duty and away, the earliest first. `away` gives merged stretches.
pub fn clashes(
    turns: &[Turn],
    within: Span,
    away: impl Fn(&PersonId, Span) -> Vec<Span>,
) -> Vec<DutyClash> {
    let mut found = Vec::new();
    for (span, person) in stretches(turns) {
        let Some(looked_at) = span.intersection(within) else { continue };
        for span in away(&person, looked_at) {
            found.push(DutyClash { person: person.clone(), span });
        }
    }
    found.sort_by(|one, other| (one.span, &one.person).cmp(&(other.span, &other.person)));
    found
}

#[cfg(test)]
mod tests;
