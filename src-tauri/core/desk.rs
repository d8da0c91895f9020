//! The façade that shells hold: open a workspace, call by name, subscribe to changes.
//!
//! The only composition root: here the journal meets the views, decisions meet loaded state, and
//! the engine meets the endpoints. Everything is synchronous; a shell with an event loop calls it
//! from a thread of its own.

pub mod access;
pub mod actions;
pub mod breach;
pub mod calendar;
pub mod change;
pub mod checks;
pub mod develop;
pub mod diff;
pub mod emergency;
pub mod erasures;
pub mod evidence;
mod files;
mod fold;
pub mod import;
mod many;
pub mod messengers;
mod outside;
pub mod package;
pub mod probes;
pub mod publish;
pub mod reach;
pub mod redact;
pub mod report;
mod sample;
pub mod signing;
pub mod sources;
mod under_way;

pub(crate) use crate::journal::Fence;
pub use crate::{
    clock::{Instant, now},
    engine::EngineHandle,
};
pub use erasures::restore;
pub use files::{
    check_recipe, expand_calendar, recipe_text, systems, verify_export, verify_workspace, watched,
};
pub use package::{check::verify_package, compare::diff_packages};

use crate::{
    api,
    clock::{Clock, SystemClock},
    engine,
    error::{Error, Result},
    event::words::*,
    journal::{Append, Appended, Journal, NewRecord, SqliteJournal},
    model::{Actor, Decided, Folded, Judge, State, Stop, facts::EndpointHealth},
    secrets::Secrets,
    stages::{Command, configure},
    store::{Store, view::View},
    views::{self, Question, Read},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::broadcast;
use uuid::Uuid;

/// How often a decision is made again because a stream it looked at has moved.
const MOST_RETRIES: usize = 20;

/// Settings of this name and an endpoint's id hold what it said when it was last asked.
const HEALTH: &str = "health/";

/// Who acts until somebody has said who sits here.
const OWNER: &str = "owner";

/// How a desk is opened.
#[derive(Clone)]
pub struct Options {
    pub clock: Arc<dyn Clock>,
    /// The machine's name in the journal.
    pub device: String,
    /// Where this machine keeps its lists of what was erased, for backups that are restored; none if
    /// it keeps none.
    pub erasures: Option<PathBuf>,
    /// Where this machine keeps which commands it may run for endpoints, and their runs; none if it
    /// runs none.
    pub commands: Option<PathBuf>,
}

impl Options {
    /// As programs open it that people use.
    pub fn of_this_machine() -> Self {
        let data = erasures::data_of_this_machine();
        let below = |name: &str| data.as_ref().map(|data| data.join(name));
        Self { erasures: below("erasures"), commands: below("commands"), ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        let device = std::env::var("HOSTNAME")
            .ok()
            .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "desk".into());
        Self { clock: Arc::new(SystemClock), device, erasures: None, commands: None }
    }
}

/// How a call is made, where it differs from the usual.
#[derive(Clone, Debug, Default)]
pub struct As {
    /// Somebody of the catalog, instead of who sits here.
    pub person: Option<String>,
    /// When it happened, as claimed.
    pub at: Option<Instant>,
    /// The same id again repeats the answer, not the act.
    pub command: Option<Uuid>,
}

/// Something changed: what to read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    pub seq: u64,
    pub topics: Vec<String>,
}

/// An open workspace. Cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    journal: SqliteJournal,
    views: Arc<Vec<Box<dyn View>>>,
    folds: Mutex<fold::Folds>,
    states: views::fold::Held,
    health: Mutex<BTreeMap<CatalogId, EndpointHealth>>,
    similar: views::similar::Memory,
    vocabulary: views::search::Memory,
    changes: broadcast::Sender<Change>,
    clock: Arc<dyn Clock>,
    device: String,
    erasures: Option<PathBuf>,
    commands: Option<PathBuf>,
    /// This process, as a holder of leases.
    process: String,
    secrets: Secrets,
    runs_engine: std::sync::atomic::AtomicBool,
    import: import::UnderWay,
    package: package::Work,
    report: report::Work,
    looking: change::Looking,
    diffs: diff::Shelf,
    tests: evidence::Held,
    checks: checks::Held,
}

/// One call: who asks, through which desk.
pub struct Call<'a> {
    desk: &'a Desk,
    person: PersonId,
    fence: Option<Fence>,
    command: Option<Uuid>,
    occurred_at: Option<Instant>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Makes a new workspace; refuses an existing file.
    pub fn create(path: &Path, name: &str, options: Options) -> Result<Self> {
        let zone = jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned();
        let desk = Self::create_in_zone(path, name, &zone, options)?;
        // Somebody must be able to fill the catalog: whoever made the file owns it.
        let owner = Person {
            id: OWNER.into(),
            name: "Owner".into(),
            mail: String::new(),
            roles: vec![Role::Owner, Role::ReleaseManager, Role::Developer, Role::Support],
            zone,
            hours: None,
            calendar: None,
        };
        let object = CatalogObject::Person(owner);
        desk.as_person(&OWNER.into()).command(&configure::SaveObject { object, base: None })?;
        Ok(desk)
    }

    fn create_in_zone(path: &Path, name: &str, zone: &str, options: Options) -> Result<Self> {
        if name.trim().is_empty() {
            return Err(Error::field("name", "The workspace needs a name."));
        }
        let store = Store::create(path, options.clock.now())?;
        let desk = Self::assemble(store, options)?;
        let first = configure::CreateWorkspace { name: name.into(), zone: zone.into() };
        desk.as_person(&OWNER.into()).command(&first)?;
        Ok(desk)
    }

    /// Opens a workspace.
    pub fn open(path: &Path, options: Options) -> Result<Self> {
        Self::assemble(Store::open(path)?, options)
    }

    /// Makes the sample workspace: the same seed gives the same content.
    pub fn sample(path: &Path, issues: usize, seed: u64, options: Options) -> Result<Self> {
        sample::make(path, issues, seed, options)
    }

    fn assemble(store: Store, options: Options) -> Result<Self> {
        let store = Arc::new(store);
        let views = Arc::new(views::all());
        if store.read_only().is_none() {
            store.prepare_views(&views)?;
        }
        let journal = SqliteJournal::new(Arc::clone(&store), Arc::clone(&views));
        let folds = Mutex::new(fold::Folds::load(&*store.read()?)?);
        let secrets = Secrets::new(store.id().to_string());
        let desk = Self(Arc::new(Inner {
            journal,
            views,
            folds,
            states: views::fold::Held::default(),
            health: Mutex::default(),
            similar: views::similar::Memory::new(Arc::clone(&store)),
            vocabulary: views::search::Memory::new(Arc::clone(&store)),
            changes: broadcast::channel(1024).0,
            clock: options.clock,
            device: options.device,
            erasures: options.erasures,
            commands: options.commands,
            process: Uuid::now_v7().to_string(),
            secrets,
            runs_engine: false.into(),
            import: import::UnderWay::default(),
            package: package::Work::default(),
            report: report::Work::default(),
            looking: change::Looking::default(),
            diffs: diff::Shelf::default(),
            tests: evidence::Held::default(),
            checks: checks::Held::default(),
            store,
        }));
        desk.load_health()?;
        if desk.read_only().is_none() {
            desk.sweep()?;
        }
        Ok(desk)
    }

    /// Takes away what a program left that was killed while it stored bytes.
    fn sweep(&self) -> Result<()> {
        // A day is longer than any upload that is still under way on another machine.
        self.0.store.sweep_uploads(self.now().minus(Duration::from_secs(86_400)))?;
        package::sweep(self)
    }

    /// Calls an entry of `api.rs` as the person who sits here. Blocks; never call it on an event
    /// loop.
    pub fn call(&self, name: &str, request: serde_json::Value) -> Result<serde_json::Value> {
        self.call_as(name, request, &As::default())
    }

    /// Calls an entry as somebody else, for an earlier time, or under a command id of one's own.
    pub fn call_as(
        &self,
        name: &str,
        request: serde_json::Value,
        how: &As,
    ) -> Result<serde_json::Value> {
        let entry = api::entry(name)?;
        if entry.who == api::For::Engine {
            return Err(Error::denied(format!("Only the engine may call “{name}”."))
                .hint("It does so by itself: in an open window, or as `hotfix agent`."));
        }
        let mut call = match &how.person {
            None => self.me()?,
            Some(person) => {
                let person = PersonId(person.clone());
                if self.catalog()?.person(&person).is_none() {
                    return Err(Error::field("as", format!("There is no person “{person}”.")));
                }
                self.as_person(&person)
            }
        };
        call.occurred_at = how.at;
        call.command = how.command;
        (entry.run)(&call, request)
    }

    /// Runs deployments, messages and probes until the handle is stopped or dropped.
    pub fn start_engine(&self, runtime: &tokio::runtime::Handle) -> Result<engine::EngineHandle> {
        engine::start(self.clone(), runtime)
    }

    /// Every change from now on, whoever made it.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.changes.subscribe()
    }

    pub fn path(&self) -> &Path {
        self.0.store.path()
    }

    /// The workspace's own name; the file's, should the name be unreadable.
    pub fn name(&self) -> String {
        self.as_person(&PersonId::default())
            .judge(|state, _| Ok(state.workspace()?.name.clone()))
            .unwrap_or_else(|_| self.path().display().to_string())
    }

    /// Why the file may only be read, if so.
    pub fn read_only(&self) -> Option<String> {
        self.0.store.read_only().map(String::from)
    }

    /// Refuses, with the reason and the remedy, when the file may only be read.
    pub fn writable(&self) -> Result<()> {
        self.0.store.writable()
    }

    /// Stores the bytes of an attachment, a package or a piece of evidence.
    pub fn put_blob(&self, source: impl std::io::Read) -> Result<(Digest, u64)> {
        self.0.store.put_blob(source)
    }

    /// Stores bytes that are in memory already, and returns their hash.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<String> {
        Ok(self.put_blob(bytes)?.0.0)
    }

    /// A blob's bytes, for what is small enough to be shown; larger ones are refused.
    pub fn blob_bytes(&self, hash: &str) -> Result<Vec<u8>> {
        const MOST: u64 = 64 << 20;
        let hash = Digest(hash.to_owned());
        if self.0.store.blob_size(&hash)?.is_some_and(|size| size > MOST) {
            return Err(
                Error::denied("It is too large to be shown here.").hint("Save it to a file.")
            );
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut self.blob(&hash)?, &mut bytes)?;
        Ok(bytes)
    }

    /// The first bytes of a blob, and how many it has in all.
    pub fn blob_start(&self, hash: &str, most: usize) -> Result<(Vec<u8>, u64)> {
        let hash = Digest(hash.to_owned());
        let size = self.0.store.blob_size(&hash)?.unwrap_or_default();
        let mut bytes = Vec::new();
        // A look at the start proves nothing about the rest, so the hash is not compared here.
        std::io::Read::read_to_end(
            &mut std::io::Read::take(self.blob(&hash)?, most as u64),
            &mut bytes,
        )?;
        Ok((bytes, size))
    }

    /// Streams stored bytes.
    pub fn blob(&self, hash: &Digest) -> Result<crate::store::blob::BlobReader<'_>> {
        self.0.store.blob(hash)
    }

    /// Takes in what other programs wrote to the same file; true if there was anything.
    pub fn catch_up(&self) -> Result<bool> {
        if !self.0.store.changed_by_others()? {
            return Ok(false);
        }
        self.advance()?;
        self.load_health()?;
        Ok(true)
    }

    /// Begins to load the index of similar issues and the words of the search, so that they are
    /// there when somebody types. Returns at once.
    pub fn warm_up(&self) -> Result<()> {
        self.0.similar.warm()?;
        self.0.vocabulary.warm()
    }

    /// How many words the search knows and the bytes they take; nothing until they are loaded.
    pub fn vocabulary_size(&self) -> Option<(usize, usize)> {
        self.0.vocabulary.peek(|words| (words.count(), words.bytes()))
    }

    /// How large the index of similar issues is; nothing until it is loaded.
    pub fn similar_size(&self) -> Option<views::similar::Size> {
        self.0.similar.size()
    }

    /// Takes in what was appended, by whomever, and tells subscribers.
    fn advance(&self) -> Result<Arc<crate::model::catalog::Catalog>> {
        let (catalog, changed) = {
            let mut folds = lock(&self.0.folds);
            folds.advance(&*self.0.store.read()?)?;
            (folds.catalog(), folds.take_changed())
        };
        if !changed.is_empty() {
            self.announce(changed);
        }
        Ok(catalog)
    }

    /// Tells subscribers about a change that is not in the journal (samples, logs, health).
    pub(crate) fn announce(&self, topics: Vec<String>) {
        let seq = lock(&self.0.folds).seq();
        // Nobody listening is no error.
        drop(self.0.changes.send(Change { seq, topics }));
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// As this one was opened.
    pub(crate) fn options(&self) -> Options {
        Options {
            clock: Arc::clone(&self.0.clock),
            device: self.0.device.clone(),
            erasures: self.0.erasures.clone(),
            commands: self.0.commands.clone(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The last place of the journal that this desk has seen.
    pub(crate) fn seq(&self) -> u64 {
        lock(&self.0.folds).seq()
    }

    pub(crate) fn set_runs_engine(&self, runs: bool) {
        self.0.runs_engine.store(runs, std::sync::atomic::Ordering::Relaxed);
    }

    pub(crate) fn runs_engine(&self) -> bool {
        self.0.runs_engine.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// The outside, wired to this workspace's endpoints, packages and secrets.
    pub(crate) fn outside(&self) -> Result<Arc<dyn engine::Outside>> {
        Ok(Arc::new(outside::Wired::new(self.clone())))
    }

    pub(crate) fn looking(&self) -> &change::Looking {
        &self.0.looking
    }

    pub(crate) fn diffs(&self) -> &diff::Shelf {
        &self.0.diffs
    }

    /// Writes a diff as it is, whatever its length.
    pub fn write_diff(&self, of: serde_json::Value, out: &mut dyn std::io::Write) -> Result<()> {
        diff::write(&self.me()?, &serde_json::from_value(of)?, out)
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    /// Makes all views anew. `progress(done, total)` may answer `false` to stop.
    pub fn rebuild(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Result<u64> {
        self.0.store.rebuild(&self.0.views, progress)
    }

    /// Every view's rows in a fixed order: two files with the same journal give the same dump.
    pub fn dump(&self, out: &mut dyn std::io::Write) -> Result<()> {
        self.0.store.dump(&self.0.views, out)
    }

    /// Writes the journal as JSON lines.
    pub fn export(&self, out: &mut dyn std::io::Write) -> Result<u64> {
        crate::journal::export(&self.0.store, out)
    }

    pub(crate) fn process(&self) -> &str {
        &self.0.process
    }

    /// Notes what an endpoint said, in the file as well: a gate is asked by programs that do not
    /// ask endpoints themselves.
    pub(crate) fn set_health(&self, endpoint: CatalogId, health: EndpointHealth) {
        if self.read_only().is_none() {
            let noted = serde_json::to_string(&health)
                .map_err(Error::from)
                .and_then(|text| self.0.store.set_setting(&format!("{HEALTH}{endpoint}"), &text));
            if let Err(error) = noted {
                tracing::warn!(%error, "only this program knows how {endpoint} is");
            }
        }
        self.hear_health(endpoint, health);
    }

    fn hear_health(&self, endpoint: CatalogId, health: EndpointHealth) {
        let mut known = lock(&self.0.health);
        let before = known.get(&endpoint);
        if before.is_some_and(|before| before.at >= health.at) {
            return;
        }
        let changed =
            before.is_none_or(|before| before.ok != health.ok || before.detail != health.detail);
        known.insert(endpoint, health);
        drop(known);
        if changed {
            self.announce(vec!["health".into()]);
        }
    }

    /// What other programs heard from endpoints.
    fn load_health(&self) -> Result<()> {
        for (endpoint, text) in self.0.store.settings(HEALTH)? {
            if let Ok(health) = serde_json::from_str(&text) {
                self.hear_health(CatalogId(endpoint), health);
            }
        }
        Ok(())
    }

    pub(crate) fn catalog(&self) -> Result<Arc<crate::model::catalog::Catalog>> {
        self.advance()
    }

    /// The person who sits here, as chosen on this machine.
    pub(crate) fn me(&self) -> Result<Call<'_>> {
        let person = self.0.store.setting("profile")?.unwrap_or_else(|| OWNER.into());
        Ok(self.as_person(&PersonId(person)))
    }

    pub(crate) fn as_person(&self, person: &PersonId) -> Call<'_> {
        Call { desk: self, person: person.clone(), fence: None, command: None, occurred_at: None }
    }

    /// A call by the engine, refused once another process holds the lease.
    pub(crate) fn as_engine(&self, fence: Option<Fence>) -> Call<'_> {
        Call { fence, ..self.as_person(&PersonId("engine".into())) }
    }
}

impl views::Surroundings for Desk {
    fn read_only(&self) -> Option<String> {
        Self::read_only(self)
    }

    fn runs_engine(&self) -> bool {
        Self::runs_engine(self)
    }

    fn draft(&self, person: &PersonId, name: &str) -> Result<String> {
        self.0.store.draft(&person.0, name)
    }
}

impl Call<'_> {
    /// For something that is claimed to have happened then.
    pub(crate) fn claiming(self, occurred_at: Option<Instant>) -> Self {
        Self { occurred_at, ..self }
    }

    pub(crate) fn desk(&self) -> &Desk {
        self.desk
    }

    pub(crate) fn person(&self) -> &PersonId {
        &self.person
    }

    fn actor(&self) -> Actor {
        Actor {
            person: self.person.clone(),
            device: self.desk.0.device.clone(),
            at: self.desk.now(),
        }
    }

    fn state(&self) -> Result<State> {
        let catalog = self.desk.catalog()?;
        let health = lock(&self.desk.0.health).clone();
        Ok(State::new(catalog, health))
    }

    /// Decides and appends; decides again when a stream it looked at has moved meanwhile.
    pub(crate) fn command<C: Command>(&self, request: &C) -> Result<C::Answer> {
        let id = self.command.unwrap_or_else(Uuid::now_v7);
        for _ in 0..MOST_RETRIES {
            let actor = self.actor();
            let mut state = self.state()?;
            let decided = loop {
                match request.decide(&state, &actor) {
                    Ok(decided) => break decided,
                    Err(stop) => self.load(&mut state, stop)?,
                }
            };
            if decided.events.is_empty() {
                return Ok(decided.answer);
            }
            let append = self.append(id, &actor, &state, &decided)?;
            match self.desk.0.journal.append(append)? {
                Appended::Done(_) => {
                    // Only this desk's own look at the journal tells it where the journal stands.
                    self.desk.advance()?;
                    return Ok(decided.answer);
                }
                Appended::Repeated(answer) => return Ok(serde_json::from_slice(&answer)?),
                Appended::Moved { .. } => {}
            }
        }
        Err(Error::conflict("Too many others change the same thing at this moment.")
            .hint("Try again."))
    }

    /// What a decision wants kept.
    fn append<T: Serialize>(
        &self,
        id: Uuid,
        actor: &Actor,
        state: &State,
        decided: &Decided<T>,
    ) -> Result<Append> {
        let mut append = Append::new(id, &[], &self.person.0, &actor.device, actor.at);
        append.occurred_at = self.occurred_at.unwrap_or(actor.at);
        append.read_set = state.read_set();
        append.fence.clone_from(&self.fence);
        append.erase.clone_from(&decided.erase.records);
        append.erase_blobs =
            decided.erase.blobs.iter().map(redact::bytes).collect::<Result<_>>()?;
        append.scrub.clone_from(&decided.erase.texts);
        append.answer = serde_json::to_vec(&decided.answer)?;
        for (name, event) in &decided.events {
            let encoded = event.encode()?;
            append.records.push(NewRecord {
                stream: name.clone(),
                kind: encoded.kind,
                ignorable: false,
                data: encoded.data,
                private: encoded.private,
            });
        }
        Ok(append)
    }

    /// Runs a pure function over folded states.
    pub(crate) fn judge<T>(&self, judge: impl Fn(&State, &Actor) -> Judge<T>) -> Result<T> {
        let actor = self.actor();
        let mut state = self.state()?;
        loop {
            match judge(&state, &actor) {
                Ok(answer) => return Ok(answer),
                Err(stop) => self.load(&mut state, stop)?,
            }
        }
    }

    fn load(&self, state: &mut State, stop: Stop) -> Result<()> {
        let desk = &self.desk.0;
        let db = desk.store.read()?;
        load(&db, &|name| desk.states.fold(&db, name), state, stop)
    }

    /// Reads views in one snapshot of the file.
    pub(crate) fn ask<Q: Question>(&self, question: &Q) -> Result<Q::Answer> {
        let catalog = self.desk.catalog()?;
        let health = lock(&self.desk.0.health).clone();
        let db = self.desk.0.store.read()?;
        let snapshot =
            rusqlite::Transaction::new_unchecked(&db, rusqlite::TransactionBehavior::Deferred)?;
        let read = Read {
            db: &snapshot,
            catalog,
            health,
            now: self.desk.now(),
            me: self.person.clone(),
            surroundings: self.desk,
            similar: &self.desk.0.similar,
            vocabulary: &self.desk.0.vocabulary,
            fold: &|name| self.desk.0.states.fold(&snapshot, name),
        };
        question.ask(&read)
    }
}

/// The same inside a transaction that may yet be taken back: nothing of it is remembered.
fn load_within(db: &rusqlite::Connection, state: &mut State, stop: Stop) -> Result<()> {
    load(db, &|name| Ok(Arc::new(views::fold::fold(db, name)?)), state, stop)
}

/// Loads what a decision stopped for, or ends with its refusal.
fn load(
    db: &rusqlite::Connection,
    fold_one: &dyn Fn(&str) -> Result<Arc<Folded>>,
    state: &mut State,
    stop: Stop,
) -> Result<()> {
    match stop {
        Stop::Refuse(error) => return Err(error),
        Stop::Need(name) => {
            let folded = fold_one(&name)?;
            state.load(name, folded);
        }
        Stop::NeedAll(names) => {
            for name in names {
                let folded = fold_one(&name)?;
                state.load(name, folded);
            }
        }
        Stop::NeedPast(wanted) => {
            for (name, version) in wanted {
                let folded = views::fold::fold_until(db, &name, version)?;
                state.load_past(name, version, folded);
            }
        }
        Stop::NeedHistory(name) => {
            let history = redact::history(db, &name)?;
            state.load_history(name, history);
        }
        Stop::NeedMentions(text) => {
            let mentions = redact::mentions(db, &text)?;
            state.load_mentions(text, mentions);
        }
        Stop::NeedNumber(prefix) => state.load_number(prefix, fold::next_number(db, prefix)?),
    }
    Ok(())
}

#[cfg(test)]
mod approve_tests;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod checklist_tests;
#[cfg(test)]
mod grid_tests;
#[cfg(test)]
mod handover_tests;
#[cfg(test)]
mod metrics_tests;
#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod notice_tests;
#[cfg(test)]
mod override_tests;
#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod planning_tests;
#[cfg(test)]
mod rota_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod scope_tests;
#[cfg(test)]
mod sign_tests;
#[cfg(test)]
mod states;
#[cfg(test)]
mod targets_tests;
#[cfg(test)]
mod telling_tests;
#[cfg(test)]
mod triage_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn desk() -> (tempfile::TempDir, Desk) {
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::create(&folder.path().join("a.hotfix"), "Test", Options::default()).unwrap();
        (folder, desk)
    }

    #[test]
    fn a_new_workspace_has_an_owner_who_can_fill_the_catalog() {
        let (_folder, desk) = desk();
        assert_eq!(desk.call("workspace_show", json!({})).unwrap()["me"]["id"], "owner");
        let team =
            json!({ "kind": "team", "id": "support", "name": "Support", "members": ["owner"] });
        desk.call("catalog_save", json!({ "object": team })).unwrap();
        let rows = desk.call("catalog_list", json!({})).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), 2);
        let again = desk.call("catalog_save", json!({ "object": team, "base": 0 })).unwrap_err();
        assert_eq!(again.kind, crate::error::Kind::Conflict);
    }

    #[test]
    fn an_issue_that_is_logged_is_in_the_inbox_the_search_and_the_timeline_exactly_as_entered() {
        let (_folder, desk) = desk();
        let title = "Zahlung hängt 💥 <script>alert(1)</script> العربية";
        let made = desk.call("issue_log", json!({ "text": { "title": title } })).unwrap();
        assert_eq!(made["key"], "ISS-1");
        let page = desk.call("issue_list", json!({})).unwrap();
        assert_eq!(page["rows"][0]["title"], title);
        assert_eq!(page["total"], 1);
        assert_eq!(
            desk.call("search", json!({ "text": "zahlung" })).unwrap()["hits"][0]["key"],
            "ISS-1"
        );
        let shown = desk.call("issue_show", json!({ "key": "ISS-1" })).unwrap();
        assert_eq!(shown["issue"]["text"]["title"], title);
        let entries = desk.call("timeline", json!({ "key": "ISS-1" })).unwrap();
        assert_eq!(entries.as_array().unwrap().len(), 1);
    }

    #[test]
    fn the_sample_has_hot_fixes_in_every_phase_and_a_rebuild_gives_the_same_views() {
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::sample(&folder.path().join("s.hotfix"), 60, 7, Options::default()).unwrap();
        let page = desk.call("fix_list", json!({ "all": true })).unwrap();
        let phases: std::collections::BTreeSet<_> = page["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["phase"].as_str().unwrap())
            .collect();
        assert!(
            ["development", "rollout", "monitoring", "closed"]
                .iter()
                .all(|phase| phases.contains(phase)),
            "{phases:?}"
        );
        let dump = || {
            let mut out = Vec::new();
            desk.dump(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let before = dump();
        desk.rebuild(&mut |_, _| true).unwrap();
        assert!(before == dump());
        assert_eq!(desk.call("audit_verify", json!({})).unwrap()["ok"], true);
        assert!(!desk.call("waiting", json!({})).unwrap().as_array().unwrap().is_empty());
        let asked = json!({ "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z" });
        let schedule = desk.call("schedule", asked).unwrap();
        let freezes = schedule["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| !row["spans"].as_array().unwrap().is_empty());
        assert!(freezes.count() > 0, "the sample's freezes are on the schedule");
        for row in page["rows"].as_array().unwrap() {
            let report =
                desk.call("report", json!({ "key": row["key"], "format": "html" })).unwrap();
            assert!(report["text"].as_str().unwrap().contains("Everything that happened"));
            desk.call("fix_show", json!({ "key": row["key"] })).unwrap();
        }
    }

    #[test]
    fn the_sample_shows_messages_in_every_state_and_what_is_watched_before_and_after_its_fix() {
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::sample(&folder.path().join("s.hotfix"), 60, 7, Options::default()).unwrap();
        for state in ["sent", "failed", "cancelled"] {
            let page = desk.call("message_list", json!({ "state": state })).unwrap();
            assert_ne!(page["total"], 0, "{state}");
        }
        let failed = desk.call("message_list", json!({ "state": "failed" })).unwrap();
        let key = failed["rows"][0]["key"].clone();
        let shown = desk.call("message_show", json!({ "key": key })).unwrap();
        let tries = shown["attempts"].as_array().unwrap();
        assert!(tries.len() > 1 && tries.last().unwrap()["next_at"].is_null());
        let watched = desk.call("monitor_list", json!({})).unwrap();
        let watched = watched.as_array().unwrap();
        assert_eq!(watched.len(), 2);
        for one in watched {
            let probes = one["probes"].as_array().unwrap();
            assert!(probes.iter().all(|probe| {
                probe["before"]["count"].as_u64() > Some(0)
                    && probe["after"]["count"].as_u64() > Some(0)
                    && !probe["chart"].as_array().unwrap().is_empty()
            }));
        }
        let open = |one: &serde_json::Value| {
            let breaches = one["breaches"].as_array().unwrap();
            breaches.iter().filter(|breach| breach["closed_at"].is_null()).count()
        };
        assert_eq!(watched.iter().map(open).sum::<usize>(), 1);
    }

    #[test]
    fn who_is_to_be_called_is_told_what_the_others_were_told_in_writing() {
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::sample(&folder.path().join("s.hotfix"), 60, 7, Options::default()).unwrap();
        let rows = desk.call("call_back_list", json!({})).unwrap();
        let waits = |rows: &serde_json::Value| {
            rows.as_array().unwrap().iter().filter(|row| row["done"] == false).count()
        };
        let before = waits(&rows);
        let greta = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["contact"]["name"] == "Greta Lindqvist")
            .unwrap()
            .clone();
        assert!(greta["say"].as_str().unwrap().starts_with("Good news"), "{greta}");
        assert!(greta["said"].as_str().unwrap().contains("call me"));
        let done = json!({ "issue": greta["issue"], "index": greta["index"], "note": "Glad." });
        desk.call("call_back", done.clone()).unwrap();
        assert_eq!(waits(&desk.call("call_back_list", json!({})).unwrap()), before - 1);
        assert_eq!(desk.call("call_back", done).unwrap_err().kind, crate::error::Kind::Denied);
    }

    #[test]
    fn asking_for_feedback_in_a_message_counts_as_asked_once_it_has_left() {
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::sample(&folder.path().join("s.hotfix"), 60, 7, Options::default()).unwrap();
        let watched = desk.call("monitor_list", json!({})).unwrap();
        let key = watched[0]["hotfix"].clone();
        let asked = || {
            desk.call("monitor_show", json!({ "key": key })).unwrap()["feedback_asked_at"].clone()
        };
        assert!(asked().is_null());
        let send = json!({ "hotfix": key, "purpose": "feedback", "channel": "clipboard",
            "subject": "How did it go?", "body": "A line helps us." });
        let made = desk.call("message_send", send).unwrap();
        assert!(asked().is_null(), "a message that still waits has asked nobody");
        let key = MessageKey(made["key"].as_str().unwrap().into());
        let end = crate::stages::announce::EndMessage::sent(key, 1);
        desk.as_engine(None).command(&end).unwrap();
        assert!(!asked().is_null());
    }

    #[test]
    fn two_desks_on_one_file_see_each_others_changes_and_number_without_a_gap() {
        let (folder, one) = desk();
        let two = Desk::open(&folder.path().join("a.hotfix"), Options::default()).unwrap();
        let threads: Vec<_> = [one.clone(), two.clone()]
            .into_iter()
            .map(|desk| {
                std::thread::spawn(move || {
                    for _ in 0..20 {
                        desk.call("issue_log", json!({ "text": { "title": "x" } })).unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(one.catch_up().unwrap());
        let page = one.call("issue_list", json!({ "sort": "newest" })).unwrap();
        assert_eq!(page["total"], 40);
        assert_eq!(page["rows"][0]["key"], "ISS-40");
    }

    #[test]
    fn a_command_id_used_again_repeats_the_answer_and_not_the_act() {
        let (_folder, desk) = desk();
        let how = As { command: Some(Uuid::now_v7()), ..As::default() };
        let log =
            || desk.call_as("issue_log", json!({ "text": { "title": "once" } }), &how).unwrap();
        assert_eq!(log(), log());
        assert_eq!(desk.call("issue_list", json!({})).unwrap()["total"], 1);
    }

    #[test]
    fn what_came_from_elsewhere_is_one_issue_however_often_and_by_whomever_it_is_taken_in() {
        let (folder, one) = desk();
        let two = Desk::open(&folder.path().join("a.hotfix"), Options::default()).unwrap();
        let threads: Vec<_> = [one.clone(), two]
            .into_iter()
            .map(|desk| {
                std::thread::spawn(move || {
                    let take = |number: u32| {
                        let id = number.to_string();
                        let origin = json!({ "source": "github:acme/shop", "id": id });
                        let report = json!({ "text": { "title": id }, "origin": origin });
                        let logged = desk.call("issue_log", report).unwrap();
                        (logged["key"].to_string(), logged["known"] == true)
                    };
                    (0..20).map(take).collect::<Vec<_>>()
                })
            })
            .collect();
        let taken: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        for (mine, theirs) in taken[0].iter().zip(&taken[1]) {
            assert_eq!(mine.0, theirs.0);
            assert!(mine.1 != theirs.1, "one of the two logged it");
        }
        assert_eq!(one.call("issue_list", json!({})).unwrap()["total"], 20);
        // Nor does a rebuild, or the next number, take an origin for an issue.
        one.rebuild(&mut |_, _| true).unwrap();
        let next = one.call("issue_log", json!({ "text": { "title": "x" } })).unwrap();
        assert_eq!(next, json!({ "key": "ISS-21" }));
    }

    #[test]
    fn a_machine_that_sees_the_same_again_is_counted() {
        let (_folder, desk) = desk();
        desk.call("issue_log", json!({ "text": { "title": "x" } })).unwrap();
        let again = json!({ "key": "ISS-1", "times": 9999, "last_at": "2026-03-01T00:00:00Z" });
        desk.call("issue_seen", again).unwrap();
        let shown = desk.call("issue_show", json!({ "key": "ISS-1" })).unwrap()["issue"].clone();
        assert_eq!(shown["seen_again"], 9999);
        assert_eq!(shown["affected"], 1, "an alert is not a person");
        let error = desk.call(
            "issue_seen",
            json!({ "key": "ISS-1", "times": 0, "last_at": "2026-03-01T00:00:00Z" }),
        );
        assert_eq!(error.unwrap_err().location.as_deref(), Some("times"));
    }

    #[test]
    fn a_refusal_names_the_field_and_changes_nothing() {
        let (_folder, desk) = desk();
        let error = desk.call("issue_log", json!({ "text": { "title": "  " } })).unwrap_err();
        assert_eq!(error.location.as_deref(), Some("text.title"));
        let error = desk.call("issue_log", json!({ "affected": "many" })).unwrap_err();
        assert_eq!(error.location.as_deref(), Some("affected"));
        assert_eq!(desk.call("issue_list", json!({})).unwrap()["total"], 0);
    }

    #[test]
    fn what_only_the_engine_may_do_is_refused_to_everybody_else() {
        let (_folder, desk) = desk();
        let error = desk.call("run_finish", json!({ "key": "DEP-1" })).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Denied);
    }

    #[test]
    fn the_time_a_reporter_takes_to_answer_moves_the_deadline_in_the_inbox() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(crate::clock::ManualClock::at(now()));
        let options = Options {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            device: "d".into(),
            ..Options::default()
        };
        let desk = Desk::create(&folder.path().join("a.hotfix"), "Test", options).unwrap();
        desk.call("issue_log", json!({ "text": { "title": "x" } })).unwrap();
        let judged = json!({
            "keys": ["ISS-1"], "impact_system": "high", "impact_users": "high",
            "impact_business": "high", "urgency": "high",
        });
        let first = desk.call("issue_triage", judged.clone()).unwrap();
        let due =
            |clock: &serde_json::Value| -> Instant { clock.as_str().unwrap().parse().unwrap() };
        let ask_and_answer = || {
            desk.call("issue_ask", json!({ "keys": ["ISS-1"], "question": "Which?" })).unwrap();
            clock.advance(Duration::from_secs(7200));
            desk.call("issue_answer", json!({ "keys": ["ISS-1"], "answer": "This." })).unwrap();
        };
        ask_and_answer();
        clock.advance(Duration::from_secs(60));
        ask_and_answer();
        let row = desk.call("issue_list", json!({})).unwrap()["rows"][0]["clock"].clone();
        let late = due(&first["resolve_by"]).plus(Duration::from_secs(2 * 7200));
        assert_eq!(due(&row["due"]), late);
        assert_eq!(row["state"], "on_track");
        // Judging it again forgets none of it.
        let again = desk.call("issue_triage", judged).unwrap();
        assert_eq!(due(&again["resolve_by"]), late);
    }

    #[test]
    fn pages_of_the_inbox_hold_every_issue_once_in_every_order() {
        let folder = tempfile::tempdir().unwrap();
        let desk =
            Desk::sample(&folder.path().join("s.hotfix"), 50, 3, Options::default()).unwrap();
        for sort in ["clock", "newest", "priority", "oldest", "affected", "changed"] {
            let mut keys = Vec::new();
            let mut after = serde_json::Value::Null;
            loop {
                let page = desk
                    .call(
                        "issue_list",
                        json!({ "all": true, "sort": sort, "limit": 7, "after": after }),
                    )
                    .unwrap();
                keys.extend(
                    page["rows"].as_array().unwrap().iter().map(|row| row["key"].to_string()),
                );
                after = page["next"].clone();
                if after.is_null() {
                    break;
                }
            }
            let count = keys.len();
            keys.sort();
            keys.dedup();
            assert_eq!((count, keys.len()), (50, 50), "{sort}");
        }
    }
}
