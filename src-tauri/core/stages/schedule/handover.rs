//! The hand-over between shifts: whoever goes writes what the next one must know, with a list of what is
//! under way as it stands now; whom it is for says that they have read it, and both see when.
//!
//! Without a name it is for whoever comes on duty next. It is told by a notification on this desk, which
//! does not repeat the text.

use crate::{
    calendar::Span,
    error::{Error, Result},
    event::{Event, HandOverText, words::*},
    model::{Actor, Decide, Decided, Judge, State, duty},
    stages::{Command, Done, Made, reminder, required},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};
use ts_rs::TS;

/// How long a note may be, in characters of whatever script.
const LONGEST: usize = 100_000;
/// How many things under way it may list.
const MOST: usize = 500;
/// How far ahead is looked for who comes next.
const AHEAD: Duration = Duration::from_secs(56 * 86_400);

/// Hand over to the next shift.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct HandOver {
    pub text: String,
    /// Whom it is for; whoever comes on duty next if left out.
    pub to: Option<PersonId>,
    /// What it is about; everything where none is named.
    pub products: Vec<CatalogId>,
    pub under_way: Vec<UnderWay>,
}

/// Say that one has read a hand-over note.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ReadHandOver {
    pub key: HandOverKey,
}

impl Command for HandOver {
    type Answer = Made;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Made> {
        required("text", &self.text, "What the next shift has to know")?;
        self.check_lengths()?;
        for (index, product) in self.products.iter().enumerate() {
            state.product(product).map_err(|stop| stop.at(format!("products.{index}")))?;
        }
        let to = match &self.to {
            Some(to) => to.clone(),
            None => self.next_on_duty(state, by)?,
        };
        state.person(&to).map_err(|stop| stop.at("to"))?;
        if to == by.person {
            return Err(Error::field("to", "You cannot hand over to yourself.")
                .hint("Choose who is on duty after you.")
                .into());
        }
        let key = state.next_hand_over()?;
        let private = HandOverText { text: self.text.clone(), under_way: self.under_way.clone() };
        let products = self.products.clone();
        let handed = Event::DutyHandedOver { to: to.clone(), products, private };
        let (from, name) = (state.catalog.name_of(&by.person), state.catalog.name_of(&to));
        let subject = format!("Hand-over from {from} for {name}");
        let told =
            reminder(state, by.at, [&to], subject, "It stands on Home until it is read.".into());
        Ok(Decided::new(Made::new(&key)).with(key.0, handed).with(state.next_message()?.0, told))
    }
}

impl HandOver {
    fn check_lengths(&self) -> Result<()> {
        if self.text.chars().count() > LONGEST {
            return Err(Error::field("text", "A note has at most 100,000 characters.")
                .hint("Attach what is longer to the issue or the hot fix it is about."));
        }
        if self.under_way.len() > MOST {
            return Err(Error::field("under_way", format!("At most {MOST} things can be listed.")));
        }
        Ok(())
    }

    /// Whoever comes on duty next, if that is one person and not the one who goes.
    fn next_on_duty(&self, state: &State, by: &Actor) -> Judge<PersonId> {
        let within = Span::lasting(by.at, AHEAD);
        let products: Vec<Option<&CatalogId>> = match self.products.is_empty() {
            true => vec![None],
            false => self.products.iter().map(Some).collect(),
        };
        let mut found: BTreeSet<PersonId> = BTreeSet::new();
        for product in products {
            let asked = Touch { product, ..Touch::default() };
            let turns = duty::turns(state.catalog.calendars(), &asked, within)?;
            let next = duty::next(&turns, by.at, within.end);
            found.extend(next.into_iter().map(|one| one.person));
        }
        found.remove(&by.person);
        let names: Vec<String> = found.iter().map(|one| state.catalog.name_of(one)).collect();
        match found.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(Error::field("to", "Nobody comes on duty next that is known of.")
                .hint("Say whom it is for, or make a rota on the Schedule.")
                .into()),
            _ => Err(Error::field("to", format!("{} come on duty next.", names.join(" and ")))
                .hint("Say which of them it is for.")
                .into()),
        }
    }
}

impl Command for ReadHandOver {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let note = state.hand_over(&self.key)?;
        if note.to != by.person {
            let name = state.catalog.name_of(&note.to);
            return Err(Error::denied(format!("{} is for {name}.", self.key))
                .hint("Whom it is for says that they have read it.")
                .into());
        }
        if note.read_at.is_some() {
            return Ok(Decided::new(Done {}));
        }
        Ok(Decided::new(Done {}).with(&self.key.0, Event::HandOverRead {}))
    }
}
