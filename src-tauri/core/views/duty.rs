//! Who is on duty: now or then, until when, who comes next, and what is wrong with the weeks ahead.

use super::{Question, Read};
use crate::{
    calendar::Span,
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    model::duty::{self, Duties, DutyClash, OnDuty, Turn},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// How far ahead is looked for the end of a turn, the next one, gaps and clashes.
const AHEAD: Duration = Duration::from_secs(56 * 86_400);
/// Asked about a time of its own, at most so long.
const MOST: Duration = Duration::from_secs(366 * 86_400);
/// So many gaps and clashes are told one by one.
const MOST_TOLD: usize = 20;

/// Who is on duty at a time; now, if none is named.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskDuty {
    pub at: Option<Instant>,
    /// Until when turns are told; eight weeks after `at` if left out.
    pub to: Option<Instant>,
    pub product: Option<CatalogId>,
}

/// Who is on duty, a row for each set of products that have the same people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DutyView {
    pub at: Instant,
    /// The workspace's zone.
    pub zone: String,
    pub rows: Vec<DutyRow>,
}

/// Products with the same people on duty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DutyRow {
    /// None of them named: all there are, or there is none.
    pub products: Vec<CatalogId>,
    /// "Shop, Billing"; empty if it holds for everything.
    pub name: String,
    /// Somebody is on duty for it at some time; else nobody has made a rota for it.
    pub has_rota: bool,
    pub now: Vec<OnDuty>,
    /// Everybody who comes on duty at the next time that anybody does.
    pub next: Vec<OnDuty>,
    /// The turns up to `to`, the earliest first.
    pub turns: Vec<Turn>,
    /// When nobody is on duty in the weeks ahead; none where there is no rota.
    pub gaps: Vec<Span>,
    /// How many there are in all.
    #[ts(type = "number")]
    pub all_gaps: usize,
    /// Who is on duty and away at once.
    pub clashes: Vec<DutyClash>,
}

impl Question for AskDuty {
    type Answer = DutyView;

    fn ask(&self, read: &Read) -> Result<DutyView> {
        let at = self.at.unwrap_or(read.now);
        let to = self.to.unwrap_or_else(|| at.plus(AHEAD));
        if to <= at {
            return Err(Error::field("to", "The end lies before the beginning."));
        }
        if to.since(at) > MOST {
            return Err(Error::field("to", "At most a year is told at once."));
        }
        if let Some(product) = &self.product
            && read.catalog.product(product).is_none()
        {
            return Err(Error::field("product", format!("There is no product “{product}”."))
                .hint("Settings, Products lists them."));
        }
        let zone = read.judge(|state| Ok(state.workspace()?.zone.clone()))?;
        let asked = Span::new(at, to);
        let looked_at = Span::new(at, to.max(at.plus(AHEAD)));
        let duties = Duties::new(read.catalog.calendars(), looked_at)?;
        let mut rows: Vec<DutyRow> = Vec::new();
        for product in read.catalog.products() {
            if self.product.as_ref().is_some_and(|wanted| wanted != &product.id) {
                continue;
            }
            let row = row_of(read, &duties, Some(product), asked, looked_at);
            match rows.iter_mut().find(|other| same(other, &row)) {
                Some(other) => {
                    other.products.extend(row.products);
                    other.name = format!("{}, {}", other.name, row.name);
                }
                None => rows.push(row),
            }
        }
        if rows.is_empty() {
            rows.push(row_of(read, &duties, None, asked, looked_at));
        }
        if let ([row], None) = (rows.as_mut_slice(), &self.product) {
            row.name.clear();
        }
        Ok(DutyView { at, zone, rows })
    }
}

fn same(one: &DutyRow, other: &DutyRow) -> bool {
    (one.has_rota, &one.turns, &one.now, &one.next)
        == (other.has_rota, &other.turns, &other.now, &other.next)
}

fn row_of(
    read: &Read,
    duties: &Duties,
    product: Option<&Product>,
    asked: Span,
    looked_at: Span,
) -> DutyRow {
    let touch = Touch { product: product.map(|product| &product.id), ..Touch::default() };
    let has_rota = duties.cover(&touch);
    let ahead = Span::lasting(asked.start, AHEAD);
    let all = duties.turns(&touch);
    let gaps = if has_rota { duty::gaps(&all, ahead) } else { Vec::new() };
    let mut clashes =
        duty::clashes(&all, ahead, |person, within| read.catalog.away(person, within));
    clashes.truncate(MOST_TOLD);
    DutyRow {
        products: product.map(|product| product.id.clone()).into_iter().collect(),
        name: product.map(|product| product.name.clone()).unwrap_or_default(),
        has_rota,
        now: duty::at(&all, asked.start, looked_at.end),
        next: duty::next(&all, asked.start, looked_at.end),
        turns: all.into_iter().filter(|turn| turn.span.overlaps(asked)).collect(),
        all_gaps: gaps.len(),
        gaps: gaps.into_iter().take(MOST_TOLD).collect(),
        clashes,
    }
}
