//! When affected people wait for a word, and when they are left alone. Pure.

use super::{Judge, State, catalog::Catalog, hotfix::Hotfix};
use crate::{calendar::hours::BusinessHours, clock::Instant, error::Result, event::words::*};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use ts_rs::TS;

/// The next word that affected people are owed of a hot fix under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct UpdateDue {
    /// When they heard last; when it was begun, if they never did.
    pub since: Instant,
    pub told: bool,
    /// In the hours that the rubric counts in.
    pub due: Instant,
}

/// A hot fix under way of which affected people wait to hear, as its table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub key: HotfixKey,
    pub product: CatalogId,
    pub priority: Priority,
    pub since: Instant,
    /// The wait that whoever has it was reminded of last.
    pub reminded: Option<Instant>,
}

impl SlaTarget {
    /// How long affected people may be left without a word; none for as long as one likes.
    fn word_within(&self) -> Option<Duration> {
        let minutes = u64::from(self.update_minutes);
        (minutes > 0).then(|| Duration::from_secs(minutes * 60))
    }
}

impl Rubric {
    /// By when people who heard last at `since` have to hear again, in the hours that the target counts in.
    fn word_due(&self, priority: Priority, since: Instant) -> Result<Option<Instant>> {
        let target = self.targets.iter().find(|target| target.priority == priority);
        let Some((target, open)) = target.and_then(|one| Some((one, one.word_within()?))) else {
            return Ok(None);
        };
        let due = match target.around_the_clock {
            true => BusinessHours::always().add(since, open)?,
            false => self.hours.add(since, open)?,
        };
        Ok(Some(due))
    }
}

impl Catalog {
    /// The latest moment at which somebody can have heard last and be owed a word now: no rubric promises
    /// one sooner. None, where none promises any.
    pub fn word_owed_since(&self, now: Instant) -> Option<Instant> {
        let usual = Rubric::default();
        let shortest = self
            .rubrics()
            .chain([&usual])
            .flat_map(|rubric| &rubric.targets)
            .filter_map(SlaTarget::word_within)
            .min();
        // Hours that are open pass no faster than the clock does.
        shortest.map(|open| now.minus(open))
    }

    /// Those of which a word is due that nobody was reminded of yet.
    pub fn words_due(&self, waiting: Vec<Waiting>, now: Instant) -> Result<Vec<HotfixKey>> {
        let mut rubrics: BTreeMap<CatalogId, Rubric> = BTreeMap::new();
        let mut due = Vec::new();
        for one in waiting {
            let rubric =
                rubrics.entry(one.product).or_insert_with_key(|product| self.rubric(Some(product)));
            if unsaid(rubric.word_due(one.priority, one.since)?, one.reminded, now).is_some() {
                due.push(one.key);
            }
        }
        Ok(due)
    }
}

/// A word that is due now, and that nobody was reminded of yet.
fn unsaid(due: Option<Instant>, reminded: Option<Instant>, now: Instant) -> Option<Instant> {
    due.filter(|due| *due <= now && reminded != Some(*due))
}

impl Hotfix {
    /// Since when affected people have heard nothing: when it was begun, if they never did. None, unless
    /// it is under way.
    pub fn silent_since(&self) -> Option<Instant> {
        let under_way = matches!(self.phase, Phase::Development | Phase::Rollout);
        self.started_at.filter(|_| under_way).map(|started| self.last_word().unwrap_or(started))
    }

    /// When affected people were last told how it goes.
    pub fn last_word(&self) -> Option<Instant> {
        let says_how_it_goes = |purpose: Purpose| {
            !matches!(purpose, Purpose::Feedback | Purpose::Question | Purpose::Reminder)
        };
        self.told.iter().rfind(|told| says_how_it_goes(told.purpose)).map(|told| told.at)
    }
}

impl State {
    /// By when affected people have to hear how a hot fix goes, as the rubric of its product has it for its
    /// priority: none, once it has shipped, or where nobody is affected.
    pub fn update_due(&self, hotfix: &Hotfix) -> Judge<Option<UpdateDue>> {
        let (Some(priority), Some(since)) = (hotfix.priority, hotfix.silent_since()) else {
            return Ok(None);
        };
        let rubric = self.catalog.rubric(Some(&hotfix.product));
        let Some(due) = rubric.word_due(priority, since)? else { return Ok(None) };
        let mut somebody = false;
        for key in &hotfix.issues {
            somebody |= !self.issue(key)?.people.is_empty();
        }
        if !somebody {
            return Ok(None);
        }
        Ok(Some(UpdateDue { since, told: hotfix.last_word().is_some(), due }))
    }

    /// Since when a word is due that nobody was reminded of yet.
    pub fn word_unsaid(&self, hotfix: &Hotfix, now: Instant) -> Judge<Option<Instant>> {
        let due = self.update_due(hotfix)?.map(|update| update.due);
        Ok(unsaid(due, hotfix.update_reminded, now))
    }

    /// The first moment from `at` on at which people may be written to; none, if they may at any.
    pub fn quiet_until(
        &self,
        quiet: &Quiet,
        priority: Option<Priority>,
        at: Instant,
    ) -> Judge<Option<Instant>> {
        let quiet = match quiet {
            Quiet::Never => None,
            Quiet::Own(hours) => Some(hours),
            Quiet::Workspace => self.workspace()?.quiet.as_ref(),
        };
        let breaks = |hours: &QuietHours| {
            hours.except.is_some_and(|most| priority.is_some_and(|one| one <= most))
        };
        let hours = quiet
            .filter(|hours| !breaks(hours))
            .and_then(|hours| self.catalog.business_calendar(&hours.calendar));
        Ok(hours.map(|calendar| first_open(&calendar.hours, at)).transpose()?)
    }
}

/// `at` itself, if it is within the hours; else when they begin next.
fn first_open(hours: &BusinessHours, at: Instant) -> Result<Instant> {
    const TICK: Duration = Duration::from_micros(1);
    let after = hours.add(at, TICK)?;
    Ok(Instant::from_micros(after.micros() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn people_are_left_alone_until_their_office_opens() {
        let hours = BusinessHours::office("Europe/Berlin");
        let open = |now: &str| first_open(&hours, at(now)).unwrap();
        assert_eq!(open("2026-11-24T09:30:00Z"), at("2026-11-24T09:30:00Z"), "it is open");
        assert_eq!(open("2026-11-24T08:00:00Z"), at("2026-11-24T08:00:00Z"), "it opens");
        assert_eq!(open("2026-11-24T15:59:59Z"), at("2026-11-24T15:59:59Z"), "it is still open");
        assert_eq!(open("2026-11-24T16:00:00Z"), at("2026-11-25T08:00:00Z"), "it has closed");
        assert_eq!(open("2026-11-27T20:00:00Z"), at("2026-11-30T08:00:00Z"), "over the weekend");
        assert_eq!(open("2026-03-28T20:00:00Z"), at("2026-03-30T07:00:00Z"), "the clock changes");
    }

    proptest! {
        #[test]
        fn it_is_never_earlier_always_open_and_nothing_open_lies_between(
            second in 1_700_000_000_i64..1_900_000_000, zone in 0_usize..3,
        ) {
            let hours =
                BusinessHours::office(["Europe/Berlin", "America/New_York", "Asia/Kolkata"][zone]);
            let now = Instant::from_micros(second * 1_000_000);
            let open = first_open(&hours, now).unwrap();
            prop_assert!(open >= now);
            // No longer: it may be the last moment before they close.
            let tick = Duration::from_micros(1);
            prop_assert_eq!(hours.between(open, open.plus(tick)).unwrap(), tick);
            prop_assert_eq!(hours.between(now, open).unwrap(), Duration::ZERO);
        }
    }
}
