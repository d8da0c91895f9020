//! State: what the events add up to. Each type applies events; none decides anything.
//!
//! A decision sees the world through [`State`], a plain value. What it asks for and is not loaded
//! yet comes back as [`Stop::Need`]; the desk loads that stream and runs the decision again. So
//! decisions do no I/O, and the streams they looked at are their read set, with none forgotten.

pub mod agenda;
pub mod bookings;
pub mod catalog;
pub mod deployment;
pub mod difference;
pub mod duty;
pub mod facts;
pub mod handover;
pub mod hotfix;
pub mod how;
pub mod issue;
pub mod markdown;
pub mod notice;
pub mod origin;
pub mod probe;
pub mod reached;
pub mod reading;
pub mod telling;
pub mod template;

use crate::{
    clock::Instant,
    error::{Error, Kind},
    event::{Event, stream, words::*},
};
use catalog::Catalog;
use deployment::{Deployment, Duties, EnvironmentState, Message, TargetRun};
use facts::EndpointHealth;
use handover::HandOverNote;
use hotfix::Hotfix;
use issue::Issue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use ts_rs::TS;

/// What a record says about an event, beside the event.
#[derive(Clone, Debug)]
pub struct Meta {
    pub stream: String,
    pub seq: u64,
    pub version: u64,
    pub actor: PersonId,
    /// When the journal recorded it.
    pub at: Instant,
    /// When it happened, as claimed.
    pub occurred_at: Instant,
}

/// Who asks, from which machine, when. `at` is the clock's; `occurred_at` may be claimed earlier.
#[derive(Clone, Debug)]
pub struct Actor {
    pub person: PersonId,
    pub device: String,
    pub at: Instant,
}

/// The workspace itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Workspace {
    #[ts(type = "number")]
    pub version: u64,
    pub name: String,
    pub zone: String,
    /// Messages are recorded and shown, and leave the building only when this is off.
    pub dry_run: bool,
    /// Keys that packages are or were signed with, the present one last.
    #[serde(default)]
    pub signing_keys: Vec<SigningKey>,
    /// Whether test commands may be run from here.
    #[serde(default)]
    pub test_commands: bool,
    /// When people are left alone.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
}

/// One stream, folded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "of", content = "state", rename_all = "snake_case")]
pub enum Folded {
    Workspace(Workspace),
    Issue(Box<Issue>),
    Hotfix(Box<Hotfix>),
    Deployment(Box<Deployment>),
    Target(TargetRun),
    Environment(EnvironmentState),
    Duty(Duties),
    Message(Box<Message>),
    HandOver(Box<HandOverNote>),
    /// The issue that a thing from elsewhere became.
    Origin(origin::Taken),
    /// Catalog objects are held whole in [`Catalog`].
    Catalog {
        version: u64,
    },
}

impl Folded {
    /// The state of a stream to which nothing has happened.
    pub fn empty(name: &str) -> Self {
        match stream::topic(name) {
            "issue" => Self::Issue(Box::default()),
            "hotfix" => Self::Hotfix(Box::default()),
            "deployment" if name.contains('/') => Self::Target(TargetRun::default()),
            "deployment" => Self::Deployment(Box::default()),
            "environment" => Self::Environment(EnvironmentState::default()),
            "duty" => Self::Duty(Duties::default()),
            "message" => Self::Message(Box::default()),
            "hand_over" => Self::HandOver(Box::default()),
            "origin" => Self::Origin(origin::Taken::default()),
            "catalog" => Self::Catalog { version: 0 },
            _ => Self::Workspace(Workspace { dry_run: true, ..Workspace::default() }),
        }
    }

    pub fn apply(&mut self, event: &Event, meta: &Meta) {
        match self {
            Self::Workspace(state) => {
                state.version = meta.version;
                match event {
                    Event::WorkspaceCreated { name, zone } => {
                        state.name.clone_from(name);
                        state.zone.clone_from(zone);
                    }
                    Event::DryRunSet { on } => state.dry_run = *on,
                    Event::SigningKeyChosen { id, public_key } => {
                        state.signing_keys.retain(|known| &known.id != id);
                        state.signing_keys.push(SigningKey {
                            id: id.clone(),
                            public_key: public_key.clone(),
                            chosen_by: meta.actor.clone(),
                            chosen_at: meta.at,
                        });
                    }
                    Event::TestCommandsAllowed { on } => state.test_commands = *on,
                    Event::QuietHoursSet { quiet } => state.quiet.clone_from(quiet),
                    _ => {}
                }
            }
            Self::Issue(state) => state.apply(event, meta),
            Self::Hotfix(state) => state.apply(event, meta),
            Self::Deployment(state) => state.apply(event, meta),
            Self::Target(state) => state.apply(event, meta),
            Self::Environment(state) => state.apply(event, meta),
            Self::Duty(state) => state.apply(event, meta),
            Self::Message(state) => state.apply(event, meta),
            Self::HandOver(state) => state.apply(event, meta),
            Self::Origin(state) => state.apply(event, meta),
            Self::Catalog { version } => *version = meta.version,
        }
    }

    pub fn version(&self) -> u64 {
        match self {
            Self::Workspace(state) => state.version,
            Self::Issue(state) => state.version,
            Self::Hotfix(state) => state.version,
            Self::Deployment(state) => state.version,
            Self::Target(state) => state.version,
            Self::Environment(state) => state.version,
            Self::Duty(state) => state.version,
            Self::Message(state) => state.version,
            Self::HandOver(state) => state.version,
            Self::Origin(state) => state.version,
            Self::Catalog { version } => *version,
        }
    }
}

/// Why a decision stopped: it was refused, or something must be loaded first.
#[derive(Clone, Debug)]
pub enum Stop {
    Refuse(Error),
    /// The name of a stream.
    Need(String),
    /// The names of several streams: what a decision about many things looks at.
    NeedAll(Vec<String>),
    /// Streams as they were after an earlier event of theirs.
    NeedPast(Vec<(String, u64)>),
    /// Every record of a stream, with its private part as it is stored.
    NeedHistory(String),
    /// Where a text stands.
    NeedMentions(String),
    /// The next free number after this prefix (`ISS`, `HF`, `DEP`, `MSG`, `HO`).
    NeedNumber(&'static str),
}

impl Stop {
    /// A refusal at this place; what has to be loaded first stays as it is.
    #[must_use]
    pub fn at(self, location: impl Into<String>) -> Self {
        match self {
            Self::Refuse(error) => Self::Refuse(error.at(location)),
            other => other,
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refuse(error)
    }
}

/// What a decision made: events by stream, in order, and the answer for who asked.
#[derive(Clone, Debug)]
pub struct Decided<T> {
    pub events: Vec<(String, Event)>,
    pub answer: T,
    pub erase: Erase,
}

/// What a decision takes away for good; its events say so.
#[derive(Clone, Debug, Default)]
pub struct Erase {
    pub records: Vec<u64>,
    pub blobs: Vec<Digest>,
    /// Texts in drafts and logs, and what takes their place.
    pub texts: Vec<(String, String)>,
}

/// One record as a redaction sees it.
#[derive(Clone, Debug)]
pub struct Past {
    pub seq: u64,
    pub kind: String,
    /// Null if there is none, or if it was erased.
    pub private: serde_json::Value,
}

/// A stream's records.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub version: u64,
    pub records: Vec<Past>,
}

/// Where a text stands.
#[derive(Clone, Debug, Default)]
pub struct Mentions {
    pub streams: Vec<String>,
    /// Places of records that hold it where nothing can be erased.
    pub fixed: Vec<u64>,
}

impl<T> Decided<T> {
    pub fn new(answer: T) -> Self {
        Self { events: Vec::new(), answer, erase: Erase::default() }
    }

    #[must_use]
    pub fn with(mut self, stream: impl Into<String>, event: Event) -> Self {
        self.events.push((stream.into(), event));
        self
    }

    pub fn push(&mut self, stream: impl Into<String>, event: Event) {
        self.events.push((stream.into(), event));
    }
}

pub type Decide<T> = Result<Decided<T>, Stop>;
pub type Judge<T> = Result<T, Stop>;

/// The world as far as it is loaded, with every look at it noted.
#[derive(Default)]
pub struct State {
    streams: HashMap<String, Arc<Folded>>,
    numbers: HashMap<&'static str, u64>,
    histories: HashMap<String, History>,
    mentions: HashMap<String, Mentions>,
    past: HashMap<(String, u64), Folded>,
    pub catalog: Arc<Catalog>,
    pub health: BTreeMap<CatalogId, EndpointHealth>,
    looked_at: RefCell<BTreeMap<String, u64>>,
}

impl State {
    pub fn new(catalog: Arc<Catalog>, health: BTreeMap<CatalogId, EndpointHealth>) -> Self {
        Self { catalog, health, ..Self::default() }
    }

    pub fn load(&mut self, name: String, folded: impl Into<Arc<Folded>>) {
        self.streams.insert(name, folded.into());
    }

    pub fn load_number(&mut self, prefix: &'static str, next: u64) {
        self.numbers.insert(prefix, next);
    }

    pub fn load_history(&mut self, name: String, history: History) {
        self.histories.insert(name, history);
    }

    pub fn load_mentions(&mut self, text: String, mentions: Mentions) {
        self.mentions.insert(text, mentions);
    }

    pub fn load_past(&mut self, name: String, version: u64, folded: Folded) {
        self.past.insert((name, version), folded);
    }

    /// Asks for many streams at once, so that a decision about a thousand of them is not begun a
    /// thousand times.
    pub fn expect<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Judge<()> {
        let missing: Vec<String> = names
            .into_iter()
            .filter(|name| !self.streams.contains_key(*name))
            .map(str::to_owned)
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(Stop::NeedAll(missing)) }
    }

    /// Asks for the steps of many targets of a deployment at once.
    pub fn expect_targets(&self, deployment: &DeploymentKey, targets: &[Target]) -> Judge<()> {
        let names: Vec<_> = targets.iter().map(|one| stream::target(deployment, &one.id)).collect();
        self.expect(names.iter().map(String::as_str))
    }

    /// Asks for earlier states of many streams at once.
    pub fn expect_past<'a>(&self, wanted: impl IntoIterator<Item = (&'a str, u64)>) -> Judge<()> {
        let missing: Vec<(String, u64)> = wanted
            .into_iter()
            .map(|(name, version)| (name.to_owned(), version))
            .filter(|wanted| !self.past.contains_key(wanted))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(Stop::NeedPast(missing)) }
    }

    /// An issue as it was after an earlier event. What has been cannot move, so it is not part of
    /// the read set.
    pub fn issue_at(&self, key: &IssueKey, version: u64) -> Judge<&Issue> {
        check_key(&key.0, "ISS", "an issue")?;
        let wanted = (key.0.clone(), version);
        match self.past.get(&wanted) {
            None => Err(Stop::NeedPast(vec![wanted])),
            Some(Folded::Issue(state)) if state.version == version && version > 0 => Ok(state),
            Some(_) => {
                Err(Error::field("version", format!("{key} has no version {version}.")).into())
            }
        }
    }

    /// A stream's records as they are stored.
    pub fn history(&self, name: &str) -> Judge<&History> {
        let history = self.histories.get(name).ok_or_else(|| Stop::NeedHistory(name.to_owned()))?;
        self.looked_at.borrow_mut().insert(name.to_owned(), history.version);
        Ok(history)
    }

    /// Where a text stands. That nobody writes it anew meanwhile is not part of the read set.
    pub fn mentions(&self, text: &str) -> Judge<&Mentions> {
        self.mentions.get(text).ok_or_else(|| Stop::NeedMentions(text.to_owned()))
    }

    /// The streams that were looked at, with the versions they had.
    pub fn read_set(&self) -> Vec<(String, u64)> {
        self.looked_at.borrow().clone().into_iter().collect()
    }

    fn look(&self, name: &str) -> Judge<&Folded> {
        let folded = self.streams.get(name).ok_or_else(|| Stop::Need(name.to_owned()))?;
        self.looked_at.borrow_mut().insert(name.to_owned(), folded.version());
        Ok(folded)
    }

    /// The next key of a kind. That its stream is still empty becomes part of the read set.
    fn next(&self, prefix: &'static str) -> Judge<String> {
        let number = self.numbers.get(prefix).ok_or(Stop::NeedNumber(prefix))?;
        let key = format!("{prefix}-{number}");
        self.looked_at.borrow_mut().insert(key.clone(), 0);
        Ok(key)
    }

    pub fn next_issue(&self) -> Judge<IssueKey> {
        self.next("ISS").map(IssueKey)
    }
    pub fn next_hotfix(&self) -> Judge<HotfixKey> {
        self.next("HF").map(HotfixKey)
    }
    pub fn next_deployment(&self) -> Judge<DeploymentKey> {
        self.next("DEP").map(DeploymentKey)
    }
    pub fn next_message(&self) -> Judge<MessageKey> {
        self.next("MSG").map(MessageKey)
    }
    pub fn next_hand_over(&self) -> Judge<HandOverKey> {
        self.next("HO").map(HandOverKey)
    }

    pub fn workspace(&self) -> Judge<&Workspace> {
        match self.look(stream::WORKSPACE)? {
            Folded::Workspace(state) => Ok(state),
            _ => Err(wrong(stream::WORKSPACE)),
        }
    }

    pub fn issue(&self, key: &IssueKey) -> Judge<&Issue> {
        check_key(&key.0, "ISS", "an issue")?;
        match self.look(&key.0)? {
            Folded::Issue(state) if state.version > 0 => Ok(state),
            _ => Err(unknown(&key.0, "issue")),
        }
    }

    /// What is known of a thing from elsewhere; empty before it was taken in.
    pub fn origin(&self, origin: &Origin) -> Judge<&origin::Taken> {
        let name = stream::origin(origin);
        match self.look(&name)? {
            Folded::Origin(state) => Ok(state),
            _ => Err(wrong(&name)),
        }
    }

    /// The issue that a thing from elsewhere became, if it was taken in.
    pub fn taken(&self, origin: &Origin) -> Judge<Option<&IssueKey>> {
        Ok(self.origin(origin)?.issue.as_ref())
    }

    pub fn hotfix(&self, key: &HotfixKey) -> Judge<&Hotfix> {
        check_key(&key.0, "HF", "a hot fix")?;
        match self.look(&key.0)? {
            Folded::Hotfix(state) if state.version > 0 => Ok(state),
            _ => Err(unknown(&key.0, "hot fix")),
        }
    }

    /// The deployment by which a hot fix last came into an environment, and when.
    pub fn deployed(
        &self,
        hotfix: &Hotfix,
        environment: &str,
    ) -> Judge<Option<(DeploymentKey, Instant)>> {
        let mut last = None;
        for key in &hotfix.deployments {
            let deployment = self.deployment(key)?;
            if let Some(at) =
                deployment.deployed_at.filter(|_| deployment.environment == environment)
            {
                last = Some((key.clone(), at));
            }
        }
        Ok(last)
    }

    pub fn deployment(&self, key: &DeploymentKey) -> Judge<&Deployment> {
        check_key(&key.0, "DEP", "a deployment")?;
        match self.look(&key.0)? {
            Folded::Deployment(state) if state.version > 0 => Ok(state),
            _ => Err(unknown(&key.0, "deployment")),
        }
    }

    pub fn message(&self, key: &MessageKey) -> Judge<&Message> {
        check_key(&key.0, "MSG", "a message")?;
        match self.look(&key.0)? {
            Folded::Message(state) if state.version > 0 => Ok(state),
            _ => Err(unknown(&key.0, "message")),
        }
    }

    pub fn hand_over(&self, key: &HandOverKey) -> Judge<&HandOverNote> {
        check_key(&key.0, "HO", "a hand-over")?;
        match self.look(&key.0)? {
            Folded::HandOver(state) if state.version > 0 => Ok(state),
            _ => Err(unknown(&key.0, "hand-over")),
        }
    }

    /// The steps of one target; empty before the first.
    pub fn target(&self, deployment: &DeploymentKey, target: &str) -> Judge<&TargetRun> {
        let name = stream::target(deployment, target);
        match self.look(&name)? {
            Folded::Target(state) => Ok(state),
            _ => Err(wrong(&name)),
        }
    }

    /// What runs in an environment; empty before the first.
    pub fn environment(&self, product: &CatalogId, environment: &str) -> Judge<&EnvironmentState> {
        let name = stream::environment(product, environment);
        match self.look(&name)? {
            Folded::Environment(state) => Ok(state),
            _ => Err(wrong(&name)),
        }
    }

    /// When somebody is on duty; never, before the first.
    pub fn duties(&self, person: &PersonId) -> Judge<&bookings::Bookings> {
        let name = stream::duty(person);
        match self.look(&name)? {
            Folded::Duty(state) => Ok(&state.duties),
            _ => Err(wrong(&name)),
        }
    }

    /// A catalog object for a decision: its version becomes part of the read set.
    pub fn object(&self, kind: &str, id: &str) -> Option<&CatalogObject> {
        let (version, object) = self.catalog.entry(kind, id)?;
        self.looked_at.borrow_mut().insert(stream::catalog(kind, id), version);
        Some(object)
    }

    pub fn product(&self, id: &CatalogId) -> Judge<&Product> {
        match self.object("product", &id.0) {
            Some(CatalogObject::Product(product)) => Ok(product),
            _ => Err(Error::field("product", format!("There is no product “{id}”."))
                .hint("Settings, Products lists them.")
                .into()),
        }
    }

    pub fn team(&self, id: &CatalogId) -> Judge<&Team> {
        match self.object("team", &id.0) {
            Some(CatalogObject::Team(team)) => Ok(team),
            _ => Err(Error::field("team", format!("There is no team “{id}”."))
                .hint("Settings, Teams lists them.")
                .into()),
        }
    }

    pub fn person(&self, id: &PersonId) -> Judge<&Person> {
        match self.object("person", &id.0) {
            Some(CatalogObject::Person(person)) => Ok(person),
            _ => Err(Error::field("person", format!("There is no person “{id}”."))
                .hint("Settings, People lists them.")
                .into()),
        }
    }
}

fn check_key(key: &str, prefix: &str, what: &str) -> Result<(), Stop> {
    let number = key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
    if number.is_some_and(|digits| {
        digits.parse::<u64>().is_ok_and(|n| n > 0 && !digits.starts_with(['0', '+']))
    }) {
        return Ok(());
    }
    Err(Error::field(
        "key",
        format!("“{}” is not the key of {what}; one looks like {prefix}-12.", excerpt(key)),
    )
    .into())
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

fn unknown(key: &str, what: &str) -> Stop {
    Error::new(Kind::Invalid, format!("There is no {what} {key}.")).at("key").into()
}

fn wrong(name: &str) -> Stop {
    Error::damaged(format!("The stream {name} holds events of another kind.")).into()
}
