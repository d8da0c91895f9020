//! Sources are read every so often: one page after the other, each committed by commands before the
//! place where it ended is noted. A crash in between reads that page again, which changes nothing:
//! every thing in it has a stream of its own.
//!
//! When a source is due, and when it is asked again after a failure, is pure (`rhythm`); the rest
//! reads, stores what came with an item, and calls [`TakeIn`].

use super::{
    Engine, Outside,
    rhythm::{Failure, Rhythm, dice},
};
use crate::{
    calendar::ics::entries::{entries, shifts},
    clock::Instant,
    desk::{Desk, Fence},
    error::{Error, Kind, Result},
    event::{ReportText, words::*},
    integrations::intake::{Item, Page, PollError, Seen as Happened},
    model::catalog::Catalog,
    stages::{
        configure::calendar::{TakeCalendar, TakenCalendar},
        report::{
            LogIssue,
            elsewhere::{Became, Seen, TakeIn, TakenIn, answered},
        },
        triage::RecordAnswer,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{collections::HashSet, io::Cursor, sync::Arc, time::Duration};
use ts_rs::TS;

/// A reading that takes longer than this many pages goes on at its next turn.
const MOST_PAGES: usize = 10_000;
/// A file that could not be read is looked at again after this, or earlier.
const FILE_AGAIN: Duration = Duration::from_secs(60);
/// Places of a calendar that are told as not understood, at most.
const TOLD: usize = 50;

impl From<PollError> for Failure {
    fn from(PollError { error, wait, lasting }: PollError) -> Self {
        Self { error, wait, lasting }
    }
}

/// What became of what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SourceRun {
    /// New issues.
    #[ts(type = "number")]
    pub logged: u64,
    /// Known troubles that happened again.
    #[ts(type = "number")]
    pub counted: u64,
    /// Answers of reporters.
    #[ts(type = "number")]
    pub answered: u64,
    /// Notes on known issues: over there, or open again.
    #[ts(type = "number")]
    pub noted: u64,
    /// Nothing new.
    #[ts(type = "number")]
    pub known: u64,
    /// Of a calendar: new entries.
    #[ts(type = "number")]
    pub added: u64,
    #[ts(type = "number")]
    pub changed: u64,
    /// Called off, or gone.
    #[ts(type = "number")]
    pub retired: u64,
    /// Not understood, and left out.
    #[ts(type = "number")]
    pub skipped: u64,
}

impl SourceRun {
    fn add(&mut self, became: Became) {
        match became {
            Became::Issue => self.logged += 1,
            Became::Comment => self.answered += 1,
            Became::Count => self.counted += 1,
            Became::Note => self.noted += 1,
            Became::Known | Became::Nothing => self.known += 1,
        }
    }
}

/// Reads sources into a workspace; for the engine, or once, by hand.
#[derive(Clone)]
pub struct Reader {
    desk: Desk,
    outside: Arc<dyn Outside>,
    engine: Option<Engine>,
}

impl Reader {
    /// By hand.
    pub fn new(desk: Desk) -> Result<Self> {
        let outside = desk.outside()?;
        Ok(Self { desk, outside, engine: None })
    }

    fn fence(&self) -> Option<Fence> {
        self.engine.as_ref().and_then(Engine::fence)
    }

    fn stopped(&self) -> bool {
        self.engine.as_ref().is_some_and(|engine| *engine.stop.borrow())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let reader = self.clone();
        tokio::task::spawn_blocking(move || work(&reader))
            .await
            .map_err(|error| Error::internal(format!("Reading a source broke: {error}.")))?
    }

    /// Reads a source to its end; what stands in the way is noted, and given back.
    pub async fn read(&self, source: Source) -> Result<SourceRun> {
        let rhythm = Rhythm { every: Duration::from_secs(source.every_seconds.max(1).into()) };
        let mut tally = SourceRun::default();
        let came = self.pages(&source, &mut tally).await;
        let (now, id, file) = (self.desk.now(), source.id.0.clone(), source.file().is_some());
        let failure = match came {
            Ok(()) => None,
            // Not the source's fault, and no reason to ask it less often.
            Err(Stop::Ours(error)) => return Err(error),
            Err(Stop::Theirs(failure)) => Some(failure),
        };
        let told = failure.as_ref().map(|failure| failure.error.clone());
        self.blocking(move |reader| {
            let version = reader.version(&id)?;
            let mut standing = reader.desk.store().standing(&id)?;
            standing.version = version;
            match failure {
                None => rhythm.after_good(&mut standing, now),
                Some(failure) => {
                    rhythm.after_failure(&mut standing, failure, now, dice());
                    // Nobody is spared by looking at a file of this machine less and less often.
                    if file {
                        standing.next_at = Some(now.plus(rhythm.every.min(FILE_AGAIN)));
                    }
                }
            }
            reader.desk.store().set_standing(&id, &standing)?;
            reader.desk.announce(vec!["source".into()]);
            Ok(())
        })
        .await?;
        told.map_or(Ok(tally), Err)
    }

    fn version(&self, id: &str) -> Result<u64> {
        Ok(self.desk.catalog()?.entry("source", id).map_or(0, |(version, _)| version))
    }

    async fn pages(&self, source: &Source, tally: &mut SourceRun) -> Result<(), Stop> {
        let asked = asked(source);
        let (id, digest) = (source.id.0.clone(), asked.clone());
        let wanted = source.clone();
        let (place, from) = self
            .blocking(move |reader| {
                let standing = reader.desk.store().standing(&id)?;
                let cursor = standing.cursor.filter(|_| standing.asked == digest);
                // The keychain may ask for its password, or be away: that is the source's trouble.
                Ok((cursor, reader.outside.source(&wanted)))
            })
            .await?;
        let (mut cursor, from) = (place, from.map_err(|error| Stop::Theirs(set_up(error)))?);
        for _ in 0..MOST_PAGES {
            let Page { items, cursor: next, more, whole, calendar } =
                from.poll(cursor.as_deref()).await.map_err(Stop::Theirs)?;
            if let Some(bytes) = calendar {
                self.calendar(source, bytes, tally).await?;
            }
            let (of, place, digest) = (source.clone(), next.clone(), asked.clone());
            let page = self
                .blocking(move |reader| {
                    let page = reader.take(&of, items, whole)?;
                    let mut standing = reader.desk.store().standing(&of.id.0)?;
                    standing.asked = digest;
                    standing.cursor = Some(place).filter(|place| !place.is_empty());
                    standing.logged += page.logged;
                    standing.counted += page.counted;
                    standing.answered += page.answered;
                    reader.desk.store().set_standing(&of.id.0, &standing)?;
                    Ok(page)
                })
                .await?;
            tally.logged += page.logged;
            tally.counted += page.counted;
            tally.answered += page.answered;
            tally.noted += page.noted;
            tally.known += page.known;
            if !more || self.stopped() {
                return Ok(());
            }
            cursor = Some(next);
        }
        Ok(())
    }

    /// Commits a calendar, whole. What is wrong with it is its own trouble.
    async fn calendar(
        &self,
        source: &Source,
        bytes: Vec<u8>,
        tally: &mut SourceRun,
    ) -> Result<(), Stop> {
        let of = source.clone();
        let taken = self
            .blocking(move |reader| {
                let taken = reader
                    .calendar_of(&of, &bytes)
                    .and_then(|request| reader.desk.as_engine(reader.fence()).command(&request));
                if let Ok(taken) = &taken {
                    let mut standing = reader.desk.store().standing(&of.id.0)?;
                    standing.skipped.clone_from(&taken.skipped);
                    standing.skipped.truncate(TOLD);
                    reader.desk.store().set_standing(&of.id.0, &standing)?;
                }
                Ok(taken)
            })
            .await?;
        let taken = taken.map_err(|error| match error.kind {
            Kind::Invalid => Stop::Theirs(set_up(error)),
            _ => Stop::Ours(error),
        })?;
        tally.added += taken.added as u64;
        tally.changed += taken.changed as u64;
        tally.retired += taken.retired as u64;
        tally.known += (taken.known + taken.over) as u64;
        tally.skipped += taken.skipped.len() as u64;
        Ok(())
    }

    fn calendar_of(&self, source: &Source, bytes: &[u8]) -> Result<TakeCalendar> {
        let zone = self
            .desk
            .as_engine(self.fence())
            .judge(|state, _| Ok(state.workspace()?.zone.clone()))?;
        let understand =
            if source.calendar.purpose == CalendarKind::Duty { shifts } else { entries };
        Ok(TakeCalendar {
            entries: understand(bytes, &zone, self.desk.now())?,
            scope: (*source.calendar).clone(),
            source: Some(source.id.clone()),
        })
    }

    /// What a calendar would bring. Nothing is kept.
    pub async fn try_calendar(&self, source: Source) -> Result<TakenCalendar> {
        let wanted = source.clone();
        let from = self.blocking(move |reader| reader.outside.source(&wanted)).await?;
        let page = from.poll(None).await.map_err(|failure| failure.error)?;
        self.blocking(move |reader| {
            let request = reader.calendar_of(&source, &page.calendar.unwrap_or_default())?;
            let decided = reader
                .desk
                .as_engine(None)
                .judge(|state, by| crate::stages::Command::decide(&request, state, by))?;
            Ok(decided.answer)
        })
        .await
    }

    /// Commits a page, item by item.
    fn take(&self, source: &Source, items: Vec<Item>, whole: bool) -> Result<SourceRun> {
        let catalog = self.desk.catalog()?;
        let mut tally = SourceRun::default();
        let mut here = HashSet::new();
        for item in items {
            here.insert(item.id.clone());
            tally.add(self.take_one(source, &catalog, item)?.became);
        }
        if whole {
            for id in self.going_on(source)?.into_iter().filter(|id| !here.contains(id)) {
                let origin = Origin { source: source.place(), id, url: String::new() };
                let report = LogIssue { origin: Some(origin), ..LogIssue::default() };
                let seen = Seen::Now { marks: Vec::new(), last_at: None };
                tally
                    .add(self.command(&TakeIn { report, seen, ..TakeIn::default() }, None)?.became);
            }
        }
        Ok(tally)
    }

    /// What went on there when it was read last.
    fn going_on(&self, source: &Source) -> Result<Vec<String>> {
        let db = self.desk.store().read()?;
        let mut statement = db.prepare_cached(
            "SELECT id FROM origins WHERE source = ?1 AND going_on > 0 ORDER BY id",
        )?;
        let ids = statement.query_map([source.place()], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    fn take_one(&self, source: &Source, catalog: &Catalog, mut item: Item) -> Result<TakenIn> {
        let files = std::mem::take(&mut item.files);
        let at = item.at;
        let mut request = request(source, catalog, item);
        // Bytes that are here already are not stored again, nor is anything asked about them.
        let origin = request.report.origin.clone().unwrap_or_default();
        let known = self
            .desk
            .as_engine(self.fence())
            .judge(|state, _| Ok(state.taken(&origin)?.is_some()))?;
        if !known {
            for file in files {
                let (hash, size) = self.desk.put_blob(Cursor::new(file.bytes))?;
                let (name, media) = (file.name, file.media);
                request.report.attachments.push(Attachment { hash, size, name, media });
            }
            self.go_on(&request)?;
        }
        self.command(&request, at)
    }

    /// Whoever was asked has answered: the clocks run again. A step of its own before the answer is
    /// taken in; should it be the last one before a crash, the next reading finds it done.
    fn go_on(&self, request: &TakeIn) -> Result<()> {
        if request.automatic {
            return Ok(());
        }
        let waiting = self.desk.as_engine(self.fence()).judge(|state, _| {
            let Some(key) = answered(state, request)? else { return Ok(None) };
            let waits = state.issue(&key)?.state == IssueState::NeedsInfo;
            Ok(waits.then_some(key))
        })?;
        let Some(key) = waiting else { return Ok(()) };
        let answer = RecordAnswer { keys: vec![key], answer: String::new(), partly: false };
        match self.desk.as_engine(self.fence()).command(&answer) {
            // Somebody else said so at this very moment.
            Err(error) if error.kind == Kind::Denied => Ok(()),
            other => other.map(drop),
        }
    }

    fn command(&self, request: &TakeIn, at: Option<Instant>) -> Result<TakenIn> {
        let at = at.map(|at| at.min(self.desk.now()));
        self.desk.as_engine(self.fence()).claiming(at).command(request)
    }

    /// The first page, and what would become of it. Nothing is kept.
    pub async fn try_out(&self, source: Source, most: usize) -> Result<Vec<(TakeIn, Became)>> {
        let wanted = source.clone();
        let from = self.blocking(move |reader| reader.outside.source(&wanted)).await?;
        let page = from.poll(None).await.map_err(|failure| failure.error)?;
        self.blocking(move |reader| {
            let catalog = reader.desk.catalog()?;
            let would = |item: Item| {
                let request = request(&source, &catalog, item);
                let decided = reader
                    .desk
                    .as_engine(None)
                    .judge(|state, by| crate::stages::Command::decide(&request, state, by))?;
                Ok((request, decided.answer.became))
            };
            page.items.into_iter().take(most).map(would).collect()
        })
        .await
    }
}

/// Why a reading ended early.
enum Stop {
    /// The source, or the way to it.
    Theirs(PollError),
    /// This workspace.
    Ours(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// A source that cannot even be asked: a person set it up so, or the keychain is away.
fn set_up(error: Error) -> PollError {
    let lasting = error.kind == Kind::Invalid;
    PollError { error, wait: None, lasting }
}

/// What is asked where, in a digest.
fn asked(source: &Source) -> String {
    let Source { system, address, query, user, since, .. } = source;
    hex::encode(&Sha256::digest(format!("{system:?}\n{address}\n{query}\n{user}\n{since:?}"))[..16])
}

/// An item in our own words.
fn request(source: &Source, catalog: &Catalog, item: Item) -> TakeIn {
    let mut report = LogIssue {
        text: ReportText {
            title: item.title,
            description: item.text,
            reporter: Contact { name: item.from.name, reach: item.from.reach },
            ..ReportText::default()
        },
        channel: match source.system {
            SourceSystem::Imap => Channel::Mail,
            SourceSystem::Github | SourceSystem::Gitlab | SourceSystem::Ics => Channel::Import,
            SourceSystem::Alertmanager | SourceSystem::Prometheus | SourceSystem::Sentry => {
                Channel::Monitoring
            }
        },
        product: source.product.clone(),
        component: source.component.clone(),
        environment: source.environment.clone(),
        origin: Some(Origin { source: source.place(), id: short(item.id), url: item.url }),
        ..LogIssue::default()
    };
    for rule in &source.labels {
        let value = item.labels.get(rule.label.trim()).map(|value| value.trim());
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        match rule.field {
            LabelField::Component => value.clone_into(&mut report.component),
            LabelField::Version => value.clone_into(&mut report.version),
            LabelField::Environment => value.clone_into(&mut report.environment),
            LabelField::Product => {
                let named = |product: &&Product| {
                    product.id.0 == value || product.name.eq_ignore_ascii_case(value)
                };
                if let Some(product) = catalog.products().find(named) {
                    report.product = Some(product.id.clone());
                }
            }
        }
    }
    let old = source.since.is_some_and(|since| item.at.is_some_and(|at| at < since));
    // What goes on now is news however long it has.
    let going_on = matches!(item.seen, Happened::Now { .. } | Happened::Total { .. });
    TakeIn {
        report,
        quoted: item.quoted,
        seen: match item.seen {
            Happened::Once => Seen::Once,
            Happened::Total { times, last } => Seen::Total { times, last_at: last },
            Happened::Now { marks, last } => Seen::Now { marks, last_at: last },
        },
        answers: item.answers,
        automatic: item.automatic,
        passed_over: item.held || (old && !going_on),
        over: item.over,
    }
}

/// A name that an origin can hold; a longer one ends in a digest of itself.
fn short(id: String) -> String {
    const MOST: usize = 900;
    match id.char_indices().nth(MOST) {
        None => id,
        Some((at, _)) => {
            format!("{}#{}", &id[..at], hex::encode(&Sha256::digest(id.as_bytes())[..16]))
        }
    }
}

/// Reads every source that is due.
pub(super) async fn sources(engine: &Engine) -> Result<()> {
    let due = engine.blocking(due).await?;
    for source in due {
        let Some(busy) = engine.claim(format!("source/{}", source.id)) else { continue };
        let reader = Reader {
            desk: engine.desk.clone(),
            outside: Arc::clone(&engine.outside),
            engine: Some(engine.clone()),
        };
        tokio::spawn(async move {
            let _busy = busy;
            let name = source.id.clone();
            if let Err(error) = reader.read(source).await {
                tracing::warn!(%error, source = %name, "a source was not read to its end");
            }
        });
    }
    Ok(())
}

fn due(engine: &Engine) -> Result<Vec<Source>> {
    let catalog = engine.desk.catalog()?;
    let now = engine.desk.now();
    let mut due = Vec::new();
    for source in catalog.sources().filter(|source| !source.paused) {
        if engine.is_busy(&format!("source/{}", source.id)) {
            continue;
        }
        let standing = engine.desk.store().standing(&source.id.0)?;
        let version = catalog.entry("source", &source.id.0).map_or(0, |(version, _)| version);
        if Rhythm::is_due(&standing, version, now) {
            due.push(source.clone());
        }
    }
    Ok(due)
}

#[cfg(test)]
mod tests;
