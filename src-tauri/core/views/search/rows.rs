//! What is searched of each thing, kept in step with the journal: one row with the text as it was
//! entered, and one in the full-text index with its words and fields.
//!
//! A thing that has changed is written once for all the events of an append that touched it, from
//! its folded state; a rebuild writes it once for all events that lie near each other.

use super::{fields::Field, text};
use crate::{
    clock::Instant,
    error::Result,
    event::{Event, stream, words::*},
    model::{
        Folded,
        deployment::Message,
        hotfix::{Hotfix, PublicWords},
        issue::Issue,
    },
    views::{
        Incoming,
        fold::{Folds, fold},
        number, word,
    },
};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeSet;

/// Things that wait to be written before they are; their states are still remembered then.
const MOST: usize = 1_000;

const KIND_BITS: u32 = 40;
/// Above every issue's id. The others have kinds in the bits from here on.
pub const ISSUES_END: i64 = (1 << KIND_BITS) - 1;

/// Stands between the parts of a body.
pub const BETWEEN: char = '\u{1F}';

/// What a row is about. The numbers are in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Issue = 0,
    Message = 1,
    Hotfix = 2,
    /// The documentation of a hot fix, from the day on which it was closed.
    Report = 3,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Issue, Self::Message, Self::Hotfix, Self::Report];

    pub fn id(self, num: i64) -> i64 {
        ((self as i64) << KIND_BITS) + num
    }

    /// What has this id.
    pub fn of(id: i64) -> Self {
        match id >> KIND_BITS {
            0 => Self::Issue,
            1 => Self::Message,
            2 => Self::Hotfix,
            _ => Self::Report,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Message => "message",
            Self::Hotfix => "hotfix",
            Self::Report => "report",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Issue => "ISS",
            Self::Message => "MSG",
            Self::Hotfix | Self::Report => "HF",
        }
    }
}

/// The key of what has this id.
pub fn key(id: i64) -> String {
    format!("{}-{}", Kind::of(id).prefix(), id & ISSUES_END)
}

/// The ids of what a key names: a hot fix and its report have the same. `ISS-12`, `iss 12`, `hf7`.
pub fn ids(key: &str) -> Option<Vec<i64>> {
    let key = key.trim();
    let digits = key.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = key.get(..key.len() - digits.len())?.to_ascii_uppercase();
    let digits = digits.trim_start_matches(['-', ' ']);
    let num: i64 = digits.parse().ok().filter(|num| (1..=ISSUES_END).contains(num))?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let of = Kind::ALL.into_iter().filter(|kind| kind.prefix() == prefix);
    let ids: Vec<i64> = of.map(|kind| kind.id(num)).collect();
    (plain && !ids.is_empty()).then_some(ids)
}

/// Streams whose rows have to be written.
pub type Dirty = BTreeSet<String>;

/// Notes what a record changes.
pub fn apply(incoming: &mut Incoming, dirty: &mut Dirty) -> Result<()> {
    if !matches!(stream::topic(&incoming.record.stream), "issue" | "hotfix" | "message") {
        return Ok(());
    }
    let nothing_to_find = matches!(
        incoming.event,
        Event::NotTheSame { .. }
            | Event::IssueSeenAgain { .. }
            | Event::MentionSeen { .. }
            | Event::OwnerReminded { .. }
            | Event::DuplicateCounted { .. }
            | Event::DuplicateReleased { .. }
            | Event::PeopleTold { .. }
            | Event::UpdateReminded { .. }
            | Event::DeploymentAdded { .. }
            | Event::CallBackDone { .. }
            | Event::ReviewDone { .. }
    );
    if nothing_to_find {
        return Ok(());
    }
    incoming.state()?;
    dirty.insert(incoming.record.stream.clone());
    if dirty.len() >= MOST {
        flush(incoming.tx, incoming.folds, dirty)?;
    }
    Ok(())
}

/// Writes what was noted.
pub fn flush(tx: &Connection, folds: &Folds, dirty: &mut Dirty) -> Result<()> {
    for name in std::mem::take(dirty) {
        let folded;
        let state = match folds.known(&name) {
            Some(state) => state,
            None => {
                folded = fold(tx, &name)?;
                &folded
            }
        };
        match state {
            Folded::Issue(issue) => put(tx, Kind::Issue, &name, &of_issue(issue))?,
            Folded::Message(message) => put(tx, Kind::Message, &name, &of_message(message))?,
            Folded::Hotfix(hotfix) => {
                put(tx, Kind::Hotfix, &name, &of_hotfix(hotfix))?;
                if hotfix.phase == Phase::Closed {
                    put(tx, Kind::Report, &name, &of_report(hotfix))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[derive(Default, PartialEq)]
struct Row {
    open: bool,
    at: i64,
    state: String,
    priority: Option<String>,
    product: Option<String>,
    title: String,
    fields: String,
    body: String,
}

fn put(tx: &Connection, kind: Kind, name: &str, row: &Row) -> Result<()> {
    let id = kind.id(number(name));
    let mut before = tx.prepare_cached(
        "SELECT open, at, state, priority, product, title, fields, body
         FROM search_rows JOIN search_texts USING (id) WHERE id = ?1",
    )?;
    let before = before
        .query_row([id], |found| {
            Ok(Row {
                open: found.get(0)?,
                at: found.get(1)?,
                state: found.get(2)?,
                priority: found.get(3)?,
                product: found.get(4)?,
                title: found.get(5)?,
                fields: found.get(6)?,
                body: found.get(7)?,
            })
        })
        .optional()?;
    if before.as_ref() == Some(row) {
        return Ok(());
    }
    if before.is_some() {
        tx.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([id])?;
    }
    tx.prepare_cached("REPLACE INTO search_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![id, row.open, row.at, row.state, row.priority, row.product, row.title])?;
    tx.prepare_cached("REPLACE INTO search_texts VALUES (?1, ?2, ?3)")?
        .execute(params![id, row.fields, row.body])?;
    tx.prepare_cached("INSERT INTO search (rowid, title, body, fields) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, text::indexed(&row.title), text::indexed(&row.body), row.fields])?;
    Ok(())
}

/// Parts of a text, one after the other.
#[derive(Default)]
struct Parts(String);

impl Parts {
    fn add(&mut self, text: &str) {
        if !text.is_empty() {
            if !self.0.is_empty() {
                self.0.push(BETWEEN);
            }
            self.0.push_str(text);
        }
    }
}

/// Words of fields, as the index holds them.
#[derive(Default)]
struct Words(String);

impl Words {
    fn add(&mut self, field: Field, value: &str) {
        if value.is_empty() {
            return;
        }
        for word in field.words(value) {
            self.0.push_str(&word);
            self.0.push(' ');
        }
        if field == Field::Reporter {
            // Another name follows: no phrase reaches over this.
            self.0.push(text::PRIVATE);
            self.0.push(' ');
        }
    }

    /// The same for what all rows have: kind, state, day.
    fn of(kind: Kind, state: &str, open: bool, at: Option<Instant>) -> Self {
        let mut words = Self::default();
        words.add(Field::Kind, kind.name());
        words.add(Field::State, state);
        if open {
            words.add(Field::State, "open");
        }
        if let Some(at) = at {
            let day = at.timestamp().strftime("%Y%m%d").to_string();
            for length in [4, 6, 8] {
                words.add(Field::Day, day.get(..length).unwrap_or_default());
            }
        }
        words
    }
}

fn of_issue(issue: &Issue) -> Row {
    let (state, text) = (word(issue.state), &issue.text);
    let mut words = Words::of(Kind::Issue, &state, issue.is_open(), issue.reported_at);
    let mut body = Parts::default();
    for part in [&text.description, &text.steps, &text.actual, &text.expected, &text.workaround] {
        body.add(part);
    }
    for comment in &issue.comments {
        body.add(&comment.text);
    }
    for person in &issue.people {
        body.add(&person.said);
    }
    body.add(&issue.reason);
    for attachment in &issue.attachments {
        body.add(&attachment.name);
    }
    if let Some(origin) = &issue.origin {
        body.add(&origin.id);
        body.add(&origin.url);
    }
    body.add(&issue.component);
    let mut names = BTreeSet::from([text.reporter.name.as_str()]);
    names.extend(issue.people.iter().map(|person| person.contact.name.as_str()));
    for name in names {
        body.add(name);
        words.add(Field::Reporter, name);
    }
    for person in &issue.people {
        body.add(&person.contact.reach);
    }
    let priority = issue.priority().map(word);
    words.add(Field::Priority, priority.as_deref().unwrap_or("none"));
    words.add(Field::Product, issue.product.as_ref().map_or("none", CatalogId::as_str));
    words.add(Field::Component, &issue.component);
    words.add(Field::Version, &issue.product_version);
    words.add(Field::Environment, &issue.environment);
    words.add(Field::Owner, issue.owner.as_ref().map_or("none", PersonId::as_str));
    words.add(Field::Team, issue.team.as_ref().map_or("none", CatalogId::as_str));
    words.add(Field::Channel, &word(issue.channel));
    Row {
        open: issue.is_open(),
        at: micros(issue.reported_at),
        state,
        priority,
        product: issue.product.as_ref().map(|id| id.0.clone()),
        title: text.title.clone(),
        fields: words.0,
        body: body.0,
    }
}

fn of_hotfix(hotfix: &Hotfix) -> Row {
    let mut row = about(hotfix, Kind::Hotfix, hotfix.started_at);
    let mut body = Parts::default();
    if let Some(cause) = &hotfix.cause {
        body.add(&cause.text.what);
    }
    if let Some(solution) = &hotfix.solution {
        body.add(&solution.text);
    }
    body.add(&hotfix.lessons);
    for one in &hotfix.configurations {
        for text in [&one.text.name, &one.text.note, &one.text.before, &one.text.after] {
            body.add(text);
        }
    }
    for note in &hotfix.support_notes {
        body.add(&note.text);
        body.add(&note.answer);
        body.add(&note.from.name);
    }
    if let Some(PublicWords { text, .. }) = &hotfix.public {
        for part in [&text.title, &text.what, &text.instructions] {
            body.add(part);
        }
    }
    row.body = body.0;
    row
}

/// What the documentation says beside what the hot fix itself is found by.
fn of_report(hotfix: &Hotfix) -> Row {
    let mut row = about(hotfix, Kind::Report, hotfix.closed_at);
    let mut body = Parts::default();
    if let Some(risk) = &hotfix.risk {
        body.add(&risk.text);
    }
    body.add(&hotfix.rollback_plan);
    for recorded in &hotfix.changes {
        body.add(&recorded.text.subject);
        body.add(&recorded.text.message);
        body.add(&recorded.change.commit);
        body.add(&recorded.text.pull_request_text);
    }
    for approval in &hotfix.approvals {
        body.add(&approval.note);
    }
    for gone_through in &hotfix.overrides {
        body.add(&gone_through.reason);
        body.add(&gone_through.review);
    }
    for breach in &hotfix.breaches {
        body.add(&breach.detail);
        body.add(&breach.resolution);
    }
    for feedback in &hotfix.feedback {
        body.add(&feedback.text);
    }
    body.add(&hotfix.reason);
    row.body = body.0;
    row
}

fn about(hotfix: &Hotfix, kind: Kind, at: Option<Instant>) -> Row {
    let (state, priority) = (word(hotfix.phase), hotfix.priority.map(word));
    let mut words = Words::of(kind, &state, hotfix.is_open(), at);
    words.add(Field::Priority, priority.as_deref().unwrap_or("none"));
    words.add(Field::Product, hotfix.product.as_str());
    words.add(Field::Owner, hotfix.owner.as_ref().map_or("none", PersonId::as_str));
    words.add(Field::Team, hotfix.team.as_ref().map_or("none", CatalogId::as_str));
    if let Some(cause) = &hotfix.cause {
        words.add(Field::Version, &cause.since_version);
    }
    Row {
        open: hotfix.is_open(),
        at: micros(at),
        state,
        priority,
        product: Some(hotfix.product.0.clone()),
        title: hotfix.title.clone(),
        fields: words.0,
        body: String::new(),
    }
}

fn of_message(message: &Message) -> Row {
    let (state, open) = (word(message.state), message.state == MessageState::Queued);
    let mut words = Words::of(Kind::Message, &state, open, message.queued_at);
    words.add(Field::Channel, &message.channel.map(word).unwrap_or_default());
    let mut body = Parts::default();
    body.add(&message.text.body);
    body.add(&message.error);
    Row {
        open,
        at: micros(message.queued_at),
        state,
        title: message.text.subject.clone(),
        fields: words.0,
        body: body.0,
        ..Row::default()
    }
}

fn micros(at: Option<Instant>) -> i64 {
    at.map_or(0, Instant::micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_however_they_are_typed() {
        assert_eq!(ids("ISS-12"), Some(vec![12]));
        assert_eq!(ids(" iss12 "), Some(vec![12]));
        assert_eq!(ids("hf 7"), Some(vec![Kind::Hotfix.id(7), Kind::Report.id(7)]));
        assert_eq!(ids("MSG-3"), Some(vec![Kind::Message.id(3)]));
        for text in [
            "",
            "ISS-",
            "ISS-0",
            "12",
            "ISS-12x",
            "XY-1",
            "ISS-+1",
            "é1",
            "ISS-99999999999999999999",
        ] {
            assert_eq!(ids(text), None, "{text}");
        }
        for id in [12, Kind::Hotfix.id(7), Kind::Report.id(7), Kind::Message.id(3)] {
            assert!(ids(&key(id)).unwrap().contains(&id));
        }
    }
}
