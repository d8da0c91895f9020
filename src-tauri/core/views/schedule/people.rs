//! Who is away and who is on duty between two moments: a row for each person of whom there is something.

use crate::{
    calendar::{Span, merge, recurrence},
    clock::Instant,
    error::Result,
    event::words::*,
    model::{catalog::Catalog, duty::Duties},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// One person with what they are away for and on duty for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PersonRow {
    pub person: PersonId,
    pub name: String,
    /// The earliest first.
    pub spans: Vec<PersonSpan>,
}

/// One absence, or one duty without a break. It is not cut at the edges of what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PersonSpan {
    /// The calendar entry that says so.
    pub entry: CatalogId,
    /// Why they are away, or the rota; empty if nobody has said.
    pub name: String,
    /// `absence` or `duty`.
    pub purpose: CalendarKind,
    pub start: Instant,
    pub end: Instant,
    /// Of whole days, the first and the last of them, such as `2026-11-30`, in the zone of the entry.
    pub days: Option<[String; 2]>,
    /// They stand in for whoever the rota names then.
    pub stands_in: bool,
}

/// Sorted by name. With a product, what is limited to other products is left out.
pub fn people(
    catalog: &Catalog,
    within: Span,
    product: Option<&CatalogId>,
) -> Result<Vec<PersonRow>> {
    let mut of: BTreeMap<&PersonId, Vec<PersonSpan>> = BTreeMap::new();
    let absences = catalog.calendars().filter(|entry| {
        entry.purpose == CalendarKind::Absence
            && product
                .is_none_or(|wanted| entry.products.is_empty() || entry.products.contains(wanted))
    });
    for entry in absences {
        for span in recurrence::expand(&entry.rule, within.start, within.end)? {
            let away = told(entry, span);
            for person in &entry.people {
                of.entry(person).or_default().push(away.clone());
            }
        }
    }
    let on_duty = duties(catalog, within, product)?;
    for ((entry, person), spans) in &on_duty {
        let Some((_, CatalogObject::Calendar(entry))) = catalog.entry("calendar", &entry.0) else {
            continue;
        };
        of.entry(person).or_default().extend(spans.iter().map(|span| told(entry, *span)));
    }
    let mut rows: Vec<PersonRow> = of
        .into_iter()
        .map(|(person, mut spans)| {
            spans.sort_by(|one, other| {
                (one.start, one.end, &one.entry).cmp(&(other.start, other.end, &other.entry))
            });
            PersonRow { person: person.clone(), name: catalog.name_of(person), spans }
        })
        .collect();
    rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.person.clone()));
    Ok(rows)
}

fn told(entry: &CalendarEntry, span: Span) -> PersonSpan {
    let whole = entry.purpose == CalendarKind::Absence;
    PersonSpan {
        entry: entry.id.clone(),
        name: entry.name.clone(),
        purpose: entry.purpose,
        start: span.start,
        end: span.end,
        // A turn from midnight to midnight ends with whoever takes over, which is a time.
        days: whole.then(|| recurrence::whole_days(&entry.rule, span)).flatten(),
        stands_in: !entry.replaces.is_empty(),
    }
}

/// The turns of each duty and person. Whoever stands in for one product does so there only: without a
/// product, each scope that a duty is limited to is asked for itself, and one that none is limited to.
fn duties(
    catalog: &Catalog,
    within: Span,
    product: Option<&CatalogId>,
) -> Result<BTreeMap<(CatalogId, PersonId), Vec<Span>>> {
    let all = Duties::new(catalog.calendars(), within)?;
    let limits: BTreeSet<&CatalogId> = catalog
        .calendars()
        .filter(|entry| entry.purpose == CalendarKind::Duty)
        .flat_map(|entry| &entry.products)
        .collect();
    let of_its_own = |one: &&CatalogId| limits.contains(one);
    let known = || catalog.products().map(|one| &one.id);
    let asked: Vec<&CatalogId> = match product {
        Some(product) => vec![product],
        None => {
            let other = known().find(|one| !limits.contains(one));
            known().filter(of_its_own).chain(other).collect()
        }
    };
    let mut of: BTreeMap<(CatalogId, PersonId), Vec<Span>> = BTreeMap::new();
    let mut take = |touch: &Touch| {
        for turn in all.turns(touch) {
            of.entry((turn.entry, turn.person)).or_default().push(turn.span);
        }
    };
    for product in &asked {
        take(&Touch { product: Some(product), ..Touch::default() });
    }
    if asked.is_empty() {
        take(&Touch::default());
    }
    Ok(of.into_iter().map(|(whose, spans)| (whose, merge(spans))).collect())
}
