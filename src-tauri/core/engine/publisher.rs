//! Calendars elsewhere are kept in step with the deployments: what should be there is worked out anew
//! from the journal, held against what is there, and only what differs is put or taken away. Nothing
//! is remembered of single events, so nothing can be out of step with the other side: what was deleted
//! there comes back, what somebody changed is put right, and what is not ours is not touched.
//!
//! A change of the journal is published within seconds, if it changes what should be there; everything
//! is looked at again every few minutes. What is more than a week over stays there as it is.

use super::{
    Engine, Outside,
    rhythm::{Failure, Rhythm, dice},
};
use crate::{
    calendar::ics::publish::{self as event, Published, Step, There},
    desk::Desk,
    error::{Error, Kind, Result},
    event::words::*,
    integrations::publish::{Collection, Done, PublishError},
    stages::schedule::publish::published,
    store::operational::Publishing,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use ts_rs::TS;

/// How often everything there is looked at.
const EVERY: Duration = Duration::from_secs(300);
/// How soon a change of the journal is looked at after the one before.
const LOOK: Duration = Duration::from_secs(3);
const DAY: Duration = Duration::from_secs(86_400);
/// How long after its end a deployment is kept in step, and how far ahead.
const BEHIND: u32 = 7;
const AHEAD: u32 = 366;
/// How many deployments one calendar has, those that start first.
const MOST: usize = 5_000;
/// How often something that changes under our hands is read again.
const TRIES: usize = 4;

impl From<PublishError> for Failure {
    fn from(PublishError { error, wait, lasting }: PublishError) -> Self {
        Self { error, wait, lasting }
    }
}

/// What became of a deployment's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublishedBecame {
    Added,
    Changed,
    Removed,
    /// Something that is not ours is in its place; it was left alone.
    LeftAlone,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PublishedEvent {
    pub key: DeploymentKey,
    /// "HF-12 r2 → Shop Production"; empty for what is not published any more.
    pub summary: String,
    pub became: PublishedBecame,
}

/// What became of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PublishRun {
    pub calendar: CatalogId,
    pub name: String,
    #[ts(type = "number")]
    pub added: usize,
    #[ts(type = "number")]
    pub changed: usize,
    #[ts(type = "number")]
    pub removed: usize,
    /// They say what they should.
    #[ts(type = "number")]
    pub kept: usize,
    /// What was or would be done, by deployment.
    pub events: Vec<PublishedEvent>,
}

impl PublishRun {
    fn of(calendar: &PublishedCalendar) -> Self {
        Self { calendar: calendar.id.clone(), name: calendar.name.clone(), ..Self::default() }
    }

    fn add(&mut self, key: &str, summary: &str, became: PublishedBecame) {
        match became {
            PublishedBecame::Added => self.added += 1,
            PublishedBecame::Changed => self.changed += 1,
            PublishedBecame::Removed => self.removed += 1,
            PublishedBecame::LeftAlone => {}
        }
        let (key, summary) = (DeploymentKey(key.to_owned()), summary.to_owned());
        self.events.push(PublishedEvent { key, summary, became });
    }
}

/// What a calendar is, and what publishing to it would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PublishTrial {
    /// What it is called there; empty if it does not say.
    pub name: String,
    /// None if its server does not say.
    pub may_write: Option<bool>,
    pub would: PublishRun,
}

/// Publishes to calendars; for the engine, or once, by hand.
#[derive(Clone)]
pub struct Publisher {
    desk: Desk,
    outside: Arc<dyn Outside>,
    engine: Option<Engine>,
}

/// Everything that should be there, and how far the journal was.
struct Wanted {
    events: Vec<Published>,
    seq: u64,
}

impl Wanted {
    fn digest(&self) -> Result<String> {
        let text = serde_json::to_vec(&self.events)?;
        Ok(hex::encode(&Sha256::digest(text)[..16]))
    }
}

/// Why publishing ended early.
enum Stop {
    /// The calendar, or the way to it.
    Theirs(PublishError),
    /// This workspace.
    Ours(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<PublishError> for Stop {
    fn from(error: PublishError) -> Self {
        Self::Theirs(error)
    }
}

impl Stop {
    fn error(self) -> Error {
        match self {
            Self::Theirs(failure) => failure.error,
            Self::Ours(error) => error,
        }
    }
}

impl Publisher {
    /// By hand.
    pub fn new(desk: Desk) -> Result<Self> {
        let outside = desk.outside()?;
        Ok(Self { desk, outside, engine: None })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let publisher = self.clone();
        tokio::task::spawn_blocking(move || work(&publisher))
            .await
            .map_err(|error| Error::internal(format!("Publishing a calendar broke: {error}.")))?
    }

    /// Brings a calendar into step; what stands in the way is noted, and given back.
    pub async fn publish(&self, calendar: PublishedCalendar) -> Result<PublishRun> {
        let (of, id) = (calendar.clone(), calendar.id.0.clone());
        let (version, wanted) = self
            .blocking(move |publisher| {
                Ok((version(&publisher.desk, &id)?, wanted(&publisher.desk, &of)?))
            })
            .await?;
        let (digest, seq) = (wanted.digest()?, wanted.seq);
        let came = self.reconcile(&calendar, &wanted, true, Some(version)).await;
        let (now, id) = (self.desk.now(), calendar.id.0.clone());
        let rhythm = Rhythm { every: EVERY };
        let (told, failure) = match came {
            Ok(run) => (Ok(run), None),
            Err(Stop::Ours(error)) => return Err(error),
            Err(Stop::Theirs(failure)) => (Err(failure.error.clone()), Some(failure)),
        };
        let there = told.as_ref().map_or(0, |run| run.added + run.changed + run.kept) as u64;
        self.blocking(move |publisher| {
            let mut publishing = publisher.desk.store().publishing(&id)?;
            publishing.standing.version = version;
            match failure {
                None => {
                    rhythm.after_good(&mut publishing.standing, now);
                    publishing = Publishing { events: there, digest, seq, ..publishing };
                }
                Some(failure) => {
                    rhythm.after_failure(&mut publishing.standing, failure, now, dice());
                }
            }
            publisher.note(&id, &publishing)
        })
        .await?;
        told
    }

    /// What publishing would do. Nothing is changed and nothing is noted.
    pub async fn rehearse(&self, calendar: PublishedCalendar) -> Result<PublishRun> {
        let of = calendar.clone();
        let wanted = self.blocking(move |publisher| wanted(&publisher.desk, &of)).await?;
        self.reconcile(&calendar, &wanted, false, None).await.map_err(Stop::error)
    }

    /// What a calendar is, as it is being written in a form, and what publishing to it would do.
    pub async fn try_out(&self, draft: PublishedCalendar) -> Result<PublishTrial> {
        let of = draft.clone();
        let collection = self.blocking(move |publisher| publisher.outside.calendar(&of)).await?;
        let look = collection.look().await.map_err(|failure| failure.error)?;
        let would = self.rehearse(draft).await?;
        Ok(PublishTrial { name: look.name, may_write: look.may_write, would })
    }

    /// Takes away everything of ours, also what is long over.
    pub async fn take_away(&self, calendar: PublishedCalendar) -> Result<PublishRun> {
        let id = calendar.id.0.clone();
        let none = Wanted { events: Vec::new(), seq: 0 };
        let collection = self.collection(&calendar).await.map_err(Stop::error)?;
        let work = Work { publisher: self, calendar: &calendar, collection, version: None };
        let run = work.everything(&none).await.map_err(Stop::error)?;
        self.blocking(move |publisher| {
            let mut publishing = publisher.desk.store().publishing(&id)?;
            publishing = Publishing { events: 0, digest: String::new(), ..publishing };
            publisher.note(&id, &publishing)
        })
        .await?;
        Ok(run)
    }

    fn note(&self, id: &str, publishing: &Publishing) -> Result<()> {
        self.desk.store().set_publishing(id, publishing)?;
        self.desk.announce(vec!["published".into()]);
        Ok(())
    }

    async fn collection(&self, of: &PublishedCalendar) -> Result<Arc<dyn Collection>, Stop> {
        let of = of.clone();
        // The keychain may ask for its password, or be away: that is the calendar's trouble.
        let found = self.blocking(move |publisher| publisher.outside.calendar(&of)).await;
        found.map_err(|error| {
            let lasting = error.kind == Kind::Invalid;
            Stop::Theirs(PublishError { error, wait: None, lasting })
        })
    }

    /// `version`, if given, is the calendar's: whoever changes it or takes it away ends this.
    async fn reconcile(
        &self,
        calendar: &PublishedCalendar,
        wanted: &Wanted,
        act: bool,
        version: Option<u64>,
    ) -> Result<PublishRun, Stop> {
        let collection = self.collection(calendar).await?;
        let work = Work { publisher: self, calendar, collection, version };
        let ours = work.ours().await?;
        let settled = work.settled(&ours, wanted).await?;
        work.apply(ours, wanted, &settled, act).await
    }
}

/// One calendar being brought into step.
struct Work<'a> {
    publisher: &'a Publisher,
    calendar: &'a PublishedCalendar,
    collection: Arc<dyn Collection>,
    version: Option<u64>,
}

impl Work<'_> {
    /// The names of ours that are there, by deployment.
    async fn ours(&self) -> Result<BTreeMap<String, String>, PublishError> {
        let names = self.collection.names().await?;
        let key = |name: String| Some((event::key_of(&self.calendar.mark, &name)?, name));
        Ok(names.into_iter().filter_map(key).collect())
    }

    /// Deployments that were over before the time that is kept in step: they are not even looked at.
    async fn settled(
        &self,
        ours: &BTreeMap<String, String>,
        wanted: &Wanted,
    ) -> Result<BTreeSet<String>, Stop> {
        let known: BTreeSet<&str> = wanted.events.iter().map(|one| one.key.as_str()).collect();
        let keys = ours.keys().filter(|key| !known.contains(key.as_str())).cloned().collect();
        Ok(self.publisher.blocking(move |publisher| over(&publisher.desk, keys)).await?)
    }

    /// Also what is long over.
    async fn everything(&self, wanted: &Wanted) -> Result<PublishRun, Stop> {
        self.apply(self.ours().await?, wanted, &BTreeSet::new(), true).await
    }

    async fn apply(
        &self,
        mut ours: BTreeMap<String, String>,
        wanted: &Wanted,
        settled: &BTreeSet<String>,
        act: bool,
    ) -> Result<PublishRun, Stop> {
        ours.retain(|key, _| !settled.contains(key));
        let there = self.read(&ours.values().cloned().collect::<Vec<_>>()).await?;
        let now = self.publisher.desk.now();
        let mark = &self.calendar.mark;
        let by_key: BTreeMap<&str, &Published> =
            wanted.events.iter().map(|one| (one.key.as_str(), one)).collect();
        let mut run = PublishRun::of(self.calendar);
        for (key, step) in event::plan(&wanted.events, &there, settled, mark, now) {
            let one = by_key.get(key.as_str()).copied();
            let summary = one.map_or("", |one| one.summary.as_str());
            let became =
                if act { self.carry_out(&key, one, step).await? } else { become_of(&step) };
            match became {
                Some(became) => run.add(&key, summary, became),
                None => run.kept += usize::from(ours.contains_key(&key)),
            }
        }
        Ok(run)
    }

    async fn read(&self, names: &[String]) -> Result<Vec<There>, PublishError> {
        let found = self.collection.read(names).await?;
        let there =
            found.into_iter().map(|one| There { name: one.name, etag: one.etag, text: one.text });
        Ok(there.collect())
    }

    /// Does a step; where somebody else was faster, what is there is read again, and ours put over it.
    async fn carry_out(
        &self,
        key: &str,
        wanted: Option<&Published>,
        first: Step,
    ) -> Result<Option<PublishedBecame>, Stop> {
        let mark = &self.calendar.mark;
        let name = event::name(mark, key);
        let mut step = first;
        for _ in 0..TRIES {
            self.still_wanted().await?;
            let done = match &step {
                Step::Nothing | Step::Foreign => return Ok(become_of(&step)),
                Step::Add { text } => self.collection.put(&name, text, None).await?,
                Step::Change { etag, text } => self.collection.put(&name, text, Some(etag)).await?,
                Step::Remove { etag } => self.collection.remove(&name, etag).await?,
            };
            if done == Done::Changed {
                return Ok(become_of(&step));
            }
            let there = self.read(std::slice::from_ref(&name)).await?;
            step = event::step(wanted, there.first(), key, mark, self.publisher.desk.now());
        }
        let error = Error::conflict(format!(
            "Somebody else keeps changing {key} in this calendar."
        ))
        .hint("It is tried again by itself. Does another program put its own events there?");
        Err(Stop::Theirs(PublishError { error, wait: None, lasting: false }))
    }

    /// Whoever changed the calendar here, or stopped the engine, wants nothing more of it done.
    async fn still_wanted(&self) -> Result<(), Stop> {
        if self.publisher.engine.as_ref().is_some_and(|engine| *engine.stop.borrow()) {
            return Err(Stop::Ours(Error::conflict("The engine was stopped.")));
        }
        let Some(begun) = self.version else { return Ok(()) };
        let id = self.calendar.id.0.clone();
        let now = self.publisher.blocking(move |publisher| version(&publisher.desk, &id)).await?;
        if now == begun {
            return Ok(());
        }
        Err(Stop::Ours(
            Error::conflict(format!("{} was changed meanwhile.", self.calendar.name))
                .hint("It is published again as it is now."),
        ))
    }
}

fn become_of(step: &Step) -> Option<PublishedBecame> {
    match step {
        Step::Nothing => None,
        Step::Add { .. } => Some(PublishedBecame::Added),
        Step::Change { .. } => Some(PublishedBecame::Changed),
        Step::Remove { .. } => Some(PublishedBecame::Removed),
        Step::Foreign => Some(PublishedBecame::LeftAlone),
    }
}

fn version(desk: &Desk, id: &str) -> Result<u64> {
    Ok(desk.catalog()?.entry("published_calendar", id).map_or(0, |(version, _)| version))
}

/// Everything that should be in a calendar now.
fn wanted(desk: &Desk, calendar: &PublishedCalendar) -> Result<Wanted> {
    let (now, seq) = (desk.now(), desk.seq());
    let (from, to) = (now.minus(DAY * BEHIND), now.plus(DAY * AHEAD));
    let keys: Vec<String> = {
        let db = desk.store().read()?;
        let mut statement = db.prepare_cached(
            "SELECT key FROM deployments WHERE starts_at < ?2
             AND max(window_ends_at, coalesce(ended_at, 0)) > ?1 ORDER BY starts_at LIMIT ?3",
        )?;
        let limit = i64::try_from(MOST).unwrap_or(i64::MAX);
        let rows = statement.query_map([from.micros(), to.micros(), limit], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let call = desk.as_engine(None);
    let mut events = Vec::new();
    for key in keys {
        let key = DeploymentKey(key);
        events.extend(call.judge(|state, _| published(state, calendar, &key, now))?);
    }
    Ok(Wanted { events, seq })
}

/// Those of these deployments that were over before the time that is kept in step.
fn over(desk: &Desk, keys: Vec<String>) -> Result<BTreeSet<String>> {
    let from = desk.now().minus(DAY * BEHIND).micros();
    let db = desk.store().read()?;
    let mut statement = db.prepare_cached(
        "SELECT count(*) FROM deployments WHERE num = CAST(substr(?1, 5) AS INTEGER)
         AND max(window_ends_at, coalesce(ended_at, 0)) <= ?2",
    )?;
    let mut over = BTreeSet::new();
    for key in keys {
        let count: i64 = statement.query_row(rusqlite::params![key, from], |row| row.get(0))?;
        if count > 0 {
            over.insert(key);
        }
    }
    Ok(over)
}

/// Brings every calendar into step that is due.
pub(super) async fn calendars(engine: &Engine) -> Result<()> {
    for calendar in engine.blocking(due).await? {
        let Some(busy) = engine.claim(busy_name(&calendar.id)) else { continue };
        let publisher = Publisher {
            desk: engine.desk.clone(),
            outside: Arc::clone(&engine.outside),
            engine: Some(engine.clone()),
        };
        tokio::spawn(async move {
            let _busy = busy;
            let name = calendar.id.clone();
            if let Err(error) = publisher.publish(calendar).await {
                tracing::warn!(%error, calendar = %name, "a calendar is not in step");
            }
        });
    }
    Ok(())
}

fn busy_name(id: &CatalogId) -> String {
    format!("published/{id}")
}

fn due(engine: &Engine) -> Result<Vec<PublishedCalendar>> {
    let catalog = engine.desk.catalog()?;
    let mut due = Vec::new();
    for calendar in catalog.published_calendars().filter(|calendar| !calendar.paused) {
        if engine.is_busy(&busy_name(&calendar.id)) {
            continue;
        }
        let publishing = engine.desk.store().publishing(&calendar.id.0)?;
        let version = version(&engine.desk, &calendar.id.0)?;
        if Rhythm::is_due(&publishing.standing, version, engine.desk.now())
            || news(engine, calendar, publishing)?
        {
            due.push(calendar.clone());
        }
    }
    Ok(due)
}

/// Whether the journal changed what should be there. A calendar that failed waits for its turn.
fn news(engine: &Engine, calendar: &PublishedCalendar, before: Publishing) -> Result<bool> {
    if before.standing.failures > 0
        || before.seq == engine.desk.seq()
        || !engine.is_due(&busy_name(&calendar.id), LOOK)
    {
        return Ok(false);
    }
    let wanted = wanted(&engine.desk, calendar)?;
    if wanted.digest()? != before.digest {
        return Ok(true);
    }
    let publishing = Publishing { seq: wanted.seq, ..before };
    engine.desk.store().set_publishing(&calendar.id.0, &publishing)?;
    Ok(false)
}
