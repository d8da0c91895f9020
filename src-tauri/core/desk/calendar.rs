//! Calendars in and out: a file or an address taken in, the entries written down for others, the days
//! of a calendar of holidays.

use super::{Call, actions::Action, files::write_new};
use crate::{
    calendar::ics::{
        entries::{self, entries, shifts},
        write,
    },
    engine::poller::Reader,
    error::{Error, Result},
    event::words::*,
    integrations::intake::file,
    stages::{
        Command as _,
        configure::calendar::{TakeCalendar, TakenCalendar, mark_of, written},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{io::Write as _, time::Duration};
use ts_rs::TS;

/// How far ahead days off are looked for: business hours list each of them.
const HOLIDAYS: Duration = Duration::from_secs(5 * 366 * 86_400);

/// Take in the events of a calendar file.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ImportCalendar {
    pub path: String,
    /// What they become.
    #[serde(default)]
    pub scope: CalendarScope,
    /// Find out what would happen, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// Show what a calendar at an address would bring. Nothing is kept.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryCalendar {
    /// A source as it is being written.
    pub draft: Source,
}

/// Write calendar entries to a new file that other programs read.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExportCalendar {
    pub path: String,
    /// Only of these kinds; none named means all.
    #[serde(default)]
    pub purposes: Vec<CalendarKind>,
    /// Only what concerns this product.
    #[serde(default)]
    pub product: Option<CatalogId>,
}

/// The text of a calendar, for a terminal.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct WriteCalendar {
    pub purposes: Vec<CalendarKind>,
    pub product: Option<CatalogId>,
}

/// What was written, and the names of what never takes place and so was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ExportedCalendar {
    #[ts(type = "number")]
    pub entries: usize,
    pub never: Vec<String>,
    /// The calendar, if it was not written to a file.
    pub text: String,
}

/// The days off in a calendar file, as business hours list them.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadHolidays {
    pub path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HolidaysRead {
    /// Such as `2026-12-25 Christmas Day`.
    pub days: Vec<String>,
    pub skipped: Vec<SkippedLine>,
}

fn read(path: &str) -> Result<Vec<u8>> {
    let path = super::files::typed(path);
    file::read(&path, entries::MOST_BYTES).map_err(|why| why.told(&path).at("path"))
}

fn zone(call: &Call) -> Result<String> {
    call.judge(|state, _| Ok(state.workspace()?.zone.clone()))
}

impl Action for ImportCalendar {
    type Answer = TakenCalendar;

    fn run(self, call: &Call) -> Result<TakenCalendar> {
        let refused = |error: Error| {
            if error.location.as_deref() == Some("file") { error.at("path") } else { error }
        };
        let understand = if self.scope.purpose == CalendarKind::Duty { shifts } else { entries };
        let found =
            understand(&read(&self.path)?, &zone(call)?, call.desk().now()).map_err(refused)?;
        let request = TakeCalendar { entries: found, scope: self.scope, source: None };
        if self.dry_run {
            return Ok(call.judge(|state, by| request.decide(state, by))?.answer);
        }
        call.command(&request)
    }
}

impl Action for TryCalendar {
    type Answer = TakenCalendar;

    fn run(self, call: &Call) -> Result<TakenCalendar> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(Reader::new(call.desk().clone())?.try_calendar(self.draft))
    }
}

fn export(
    call: &Call,
    purposes: &[CalendarKind],
    product: Option<&CatalogId>,
) -> Result<ExportedCalendar> {
    let catalog = call.desk().catalog()?;
    let (name, zone, mark) = call.judge(|state, _| {
        let workspace = state.workspace()?;
        Ok((workspace.name.clone(), workspace.zone.clone(), mark_of(state)?))
    })?;
    let wanted: Vec<&CalendarEntry> = catalog
        .calendars()
        .filter(|entry| purposes.is_empty() || purposes.contains(&entry.purpose))
        .filter(|entry| {
            let products = &entry.products;
            product.is_none_or(|one| products.is_empty() || products.contains(one))
        })
        .collect();
    let entries: Vec<_> = wanted.iter().map(|entry| written(entry, &mark, &catalog)).collect();
    let (text, never) = write::write(&entries, &name, &zone, call.desk().now())?;
    Ok(ExportedCalendar {
        entries: wanted.len() - never.len(),
        never: never.into_iter().map(|index| wanted[index].name.clone()).collect(),
        text,
    })
}

impl Action for ExportCalendar {
    type Answer = ExportedCalendar;

    fn run(self, call: &Call) -> Result<ExportedCalendar> {
        let made = export(call, &self.purposes, self.product.as_ref())?;
        write_new(&self.path, |file| Ok(file.write_all(made.text.as_bytes())?))?;
        Ok(ExportedCalendar { text: String::new(), ..made })
    }
}

impl Action for WriteCalendar {
    type Answer = ExportedCalendar;

    fn run(self, call: &Call) -> Result<ExportedCalendar> {
        export(call, &self.purposes, self.product.as_ref())
    }
}

impl Action for ReadHolidays {
    type Answer = HolidaysRead;

    fn run(self, call: &Call) -> Result<HolidaysRead> {
        let now = call.desk().now();
        let read = entries::holidays(&read(&self.path)?, &zone(call)?, now, now.plus(HOLIDAYS))?;
        Ok(HolidaysRead {
            days: read.days,
            skipped: read.skipped.into_iter().map(SkippedLine::from).collect(),
        })
    }
}
