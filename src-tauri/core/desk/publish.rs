//! Actions about calendars that deployments are published to: publish now, try one out, take away what
//! was published, keep its password.

use super::{
    Call, Desk,
    actions::{Action, wait},
    outside::publish_secret,
};
use crate::{
    engine::publisher::{PublishRun, PublishTrial, Publisher},
    error::{Error, Result},
    event::words::*,
    stages::Done,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Publish now: to every calendar that is on, or to one, also if it is paused.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct PublishCalendars {
    pub calendar: Option<CatalogId>,
    /// Find out what would be done, and change nothing.
    pub dry_run: bool,
}

/// What became of one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PublishOutcome {
    pub run: PublishRun,
    /// Why it did not come to its end; what was done before stays done.
    pub error: Option<Error>,
}

/// Ask a calendar whether it can be published to. Nothing is changed there or here.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TryPublishing {
    /// A published calendar as it is being written.
    pub draft: PublishedCalendar,
}

/// Take everything of ours away from a calendar that is paused.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct TakeAway {
    pub calendar: CatalogId,
}

/// Keep a password in the keychain, for the server of an address alone. An empty value removes it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SetPassword {
    /// Of the published calendar, which need not be saved yet.
    pub mark: String,
    pub address: String,
    pub value: String,
    /// Keep it until the program ends, and not in the keychain.
    #[serde(default)]
    pub session: bool,
}

/// Whether this machine has a password.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskPassword {
    pub mark: String,
    pub address: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct KeptPassword {
    pub kept: bool,
}

fn find(desk: &Desk, id: &CatalogId) -> Result<PublishedCalendar> {
    desk.catalog()?.published_calendar(id).cloned().ok_or_else(|| {
        Error::field("calendar", format!("Nothing is published to a calendar “{id}”."))
            .hint("Settings, Published calendars lists them.")
    })
}

impl Action for PublishCalendars {
    type Answer = Vec<PublishOutcome>;

    fn run(self, call: &Call) -> Result<Vec<PublishOutcome>> {
        let desk = call.desk();
        if !self.dry_run {
            desk.writable()?;
        }
        let calendars = match &self.calendar {
            Some(id) => vec![find(desk, id)?],
            None => {
                let catalog = desk.catalog()?;
                catalog.published_calendars().filter(|one| !one.paused).cloned().collect()
            }
        };
        let publisher = Publisher::new(desk.clone())?;
        let one = |calendar: PublishedCalendar| {
            let nothing = PublishRun {
                calendar: calendar.id.clone(),
                name: calendar.name.clone(),
                ..PublishRun::default()
            };
            let done = match self.dry_run {
                true => wait(publisher.rehearse(calendar)),
                false => wait(publisher.publish(calendar)),
            };
            match done {
                Ok(run) => PublishOutcome { run, error: None },
                Err(error) => PublishOutcome { run: nothing, error: Some(error) },
            }
        };
        Ok(calendars.into_iter().map(one).collect())
    }
}

impl Action for TryPublishing {
    type Answer = PublishTrial;

    fn run(self, call: &Call) -> Result<PublishTrial> {
        wait(Publisher::new(call.desk().clone())?.try_out(self.draft))
    }
}

impl Action for TakeAway {
    type Answer = PublishRun;

    fn run(self, call: &Call) -> Result<PublishRun> {
        call.desk().writable()?;
        let calendar = find(call.desk(), &self.calendar)?;
        if !calendar.paused {
            return Err(Error::denied(format!("{} is being published to.", calendar.name))
                .hint("Pause it first: what is taken away would be put there again."));
        }
        wait(Publisher::new(call.desk().clone())?.take_away(calendar))
    }
}

impl Action for SetPassword {
    type Answer = Done;

    fn run(self, call: &Call) -> Result<Done> {
        let desk = call.desk();
        let (place, server) = publish_secret(&self.mark, &self.address)?;
        if self.session {
            desk.secrets().set_for_session(&place, &server, &self.value);
        } else {
            desk.secrets().set(&place, &server, &self.value)?;
        }
        // Whoever enters a password wants to see what comes of it.
        let catalog = desk.catalog()?;
        if let Some(known) = catalog.published_calendars().find(|one| one.mark == self.mark) {
            let mut publishing = desk.store().publishing(&known.id.0)?;
            if publishing.standing.next_at.take().is_some() {
                desk.store().set_publishing(&known.id.0, &publishing)?;
            }
        }
        Ok(Done {})
    }
}

impl Action for AskPassword {
    type Answer = KeptPassword;

    fn run(self, call: &Call) -> Result<KeptPassword> {
        let (place, server) = publish_secret(&self.mark, &self.address)?;
        Ok(KeptPassword { kept: call.desk().secrets().get(&place, &server)?.is_some() })
    }
}
