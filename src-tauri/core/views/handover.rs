//! Hand-over notes: the list, those that wait for somebody, and what a new one would say is under way.
//!
//! The table holds no text: what a note says is read from its stream, so an erased one is erased here.

use super::{
    Incoming, Page, Question, Read, board, deployments, inbox, messages, number,
    page::{Filter, Numbered},
};
use crate::{
    calendar::{self, Span},
    clock::Instant,
    error::Result,
    event::{stream, words::*},
    model::{Folded, duty, handover::HandOverNote},
};
use rusqlite::{Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};
use ts_rs::TS;

/// How much of a note a list shows, in characters.
const EXCERPT: usize = 400;
/// How far ahead is looked for the next shift.
const AHEAD: Duration = Duration::from_secs(56 * 86_400);
/// A shift that nobody has planned is taken to be so long.
const USUAL: Duration = Duration::from_secs(24 * 3600);
/// Of each kind that is under way, so many are offered.
const MOST: u32 = 50;

/// List hand-over notes, the newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListHandOvers {
    /// Only those for me that I have not read.
    pub waiting: bool,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// One note, whole.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowHandOver {
    pub key: HandOverKey,
}

/// A note as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HandOverRow {
    pub key: HandOverKey,
    pub from: PersonId,
    pub from_name: String,
    pub to: PersonId,
    pub to_name: String,
    pub at: Instant,
    pub read_at: Option<Instant>,
    pub products: Vec<CatalogId>,
    /// How it begins.
    pub excerpt: String,
    /// It goes on after that.
    pub more: bool,
    #[ts(type = "number")]
    pub under_way: usize,
}

/// What a new note would begin with.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct AskHandOver {
    /// What it is about; everything where none is named.
    pub products: Vec<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HandOverDraft {
    /// Who comes on duty next, without who asks.
    pub next: Vec<PersonId>,
    /// When the next shift is, if anybody has planned it.
    pub shift: Option<Span>,
    pub under_way: Vec<UnderWay>,
}

/// Keeps the table in step with the events of hand-overs.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record) = (incoming.tx, incoming.record);
    if stream::topic(&record.stream) != "hand_over" {
        return Ok(());
    }
    let Folded::HandOver(note) = incoming.state()? else { return Ok(()) };
    tx.prepare_cached("INSERT OR REPLACE INTO hand_overs VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            number(&record.stream),
            record.stream,
            note.from.0,
            note.to.0,
            note.at.unwrap_or(record.recorded_at).micros(),
            note.read_at.map(Instant::micros),
        ])?;
    Ok(())
}

const NOTES: Numbered = Numbered { from: "hand_overs", num: "num", columns: "key" };

fn key(row: &Row) -> rusqlite::Result<HandOverKey> {
    Ok(HandOverKey(row.get(0)?))
}

impl Question for ListHandOvers {
    type Answer = Page<HandOverRow>;

    fn ask(&self, read: &Read) -> Result<Page<HandOverRow>> {
        let keys = Filter::none()
            .equal("recipient", self.waiting.then(|| read.me.0.clone()))
            .when(self.waiting, "read_at IS NULL")
            .newest(read, &NOTES, self.after.as_deref(), self.limit, key)?;
        let rows = keys.rows.iter().map(|key| {
            let note = read.judge(|state| Ok(state.hand_over(key)?.clone()))?;
            Ok(row_of(read, note))
        });
        Ok(Page { rows: rows.collect::<Result<_>>()?, next: keys.next, total: keys.total })
    }
}

fn row_of(read: &Read, note: HandOverNote) -> HandOverRow {
    let text = &note.text.text;
    let cut = text.char_indices().nth(EXCERPT).map(|(at, _)| at);
    HandOverRow {
        from_name: read.catalog.name_of(&note.from),
        to_name: read.catalog.name_of(&note.to),
        at: note.at.unwrap_or(read.now),
        read_at: note.read_at,
        excerpt: text[..cut.unwrap_or(text.len())].to_owned(),
        more: cut.is_some(),
        under_way: note.text.under_way.len(),
        products: note.products,
        key: note.key,
        from: note.from,
        to: note.to,
    }
}

impl Question for ShowHandOver {
    type Answer = HandOverNote;

    fn ask(&self, read: &Read) -> Result<HandOverNote> {
        read.judge(|state| Ok(state.hand_over(&self.key)?.clone()))
    }
}

impl Question for AskHandOver {
    type Answer = HandOverDraft;

    fn ask(&self, read: &Read) -> Result<HandOverDraft> {
        let (next, shift) = self.shift(read)?;
        let until = shift.map_or_else(|| read.now.plus(USUAL), |shift| shift.end);
        let mut under_way = Vec::new();
        self.deployments(read, until, &mut under_way)?;
        self.watched(read, &mut under_way)?;
        self.issues(read, &mut under_way)?;
        self.call_backs(read, &mut under_way)?;
        Ok(HandOverDraft { next, shift, under_way })
    }
}

impl AskHandOver {
    fn about(&self, product: Option<&CatalogId>) -> bool {
        self.products.is_empty() || product.is_some_and(|one| self.products.contains(one))
    }

    /// Who comes next, and when they go again.
    fn shift(&self, read: &Read) -> Result<(Vec<PersonId>, Option<Span>)> {
        let within = Span::lasting(read.now, AHEAD);
        let products: Vec<Option<&CatalogId>> = match self.products.is_empty() {
            true => vec![None],
            false => self.products.iter().map(Some).collect(),
        };
        let mut people = BTreeSet::new();
        let mut shift: Option<Span> = None;
        for product in products {
            let asked = Touch { product, ..Touch::default() };
            let turns = duty::turns(read.catalog.calendars(), &asked, within)?;
            for one in duty::next(&turns, read.now, within.end) {
                let own = Span::new(one.from, one.until.unwrap_or(within.end));
                shift =
                    Some(shift.map_or(own, |all| {
                        Span::new(all.start.min(own.start), all.end.max(own.end))
                    }));
                people.insert(one.person);
            }
        }
        people.remove(&read.me);
        Ok((people.into_iter().collect(), shift))
    }

    fn deployments(&self, read: &Read, until: Instant, all: &mut Vec<UnderWay>) -> Result<()> {
        let open = deployments::ListDeployments {
            open: true,
            limit: Some(500),
            ..deployments::ListDeployments::default()
        };
        for row in open.ask(read)?.rows {
            let planned = row.state == DeploymentState::Planned;
            if !self.about(Some(&row.product)) || (planned && row.starts_at > until) {
                continue;
            }
            let state = match row.state {
                DeploymentState::Planned => {
                    format!("starts {}", on_the_clock(read, row.starts_at)?)
                }
                DeploymentState::Deploying if row.held => "waits for a decision".into(),
                DeploymentState::Deploying => "runs".into(),
                DeploymentState::Validating => "is being validated".into(),
                _ => "missed its window".into(),
            };
            let kind = if planned { UnderWayKind::Starts } else { UnderWayKind::Deployment };
            let what = format!("{} r{}, {}: {state}", row.hotfix, row.revision, row.environment);
            all.push(UnderWay { kind, key: row.key.0, title: row.title, what });
        }
        // What runs stands before what will.
        all.sort_by_key(|one| one.kind == UnderWayKind::Starts);
        Ok(())
    }

    fn watched(&self, read: &Read, all: &mut Vec<UnderWay>) -> Result<()> {
        for key in board::keys(read, "phase = 'monitoring'")?.into_iter().take(MOST as usize) {
            let hotfix = read.judge(|state| Ok(state.hotfix(&key)?.clone()))?;
            if !self.about(Some(&hotfix.product)) {
                continue;
            }
            let breaches = hotfix.breaches.iter().filter(|one| one.closed_at.is_none()).count();
            let what = match breaches {
                0 => "watched, nothing over its limit".to_owned(),
                1 => "watched, one probe over its limit".to_owned(),
                more => format!("watched, {more} probes over their limits"),
            };
            let kind = UnderWayKind::Monitoring;
            all.push(UnderWay { kind, key: key.0, title: hotfix.title.clone(), what });
        }
        Ok(())
    }

    fn issues(&self, read: &Read, all: &mut Vec<UnderWay>) -> Result<()> {
        for priority in [Priority::P1, Priority::P2] {
            let open = inbox::ListIssues {
                priority: Some(priority),
                limit: Some(MOST),
                ..inbox::ListIssues::default()
            };
            for row in open.ask(read)?.rows {
                if !self.about(row.product.as_ref()) {
                    continue;
                }
                let state = super::word(row.state).replace('_', " ");
                let what = format!("{}, {state}", super::word(priority));
                let kind = UnderWayKind::Issue;
                all.push(UnderWay { kind, key: row.key.0, title: row.title, what });
            }
        }
        Ok(())
    }

    fn call_backs(&self, read: &Read, all: &mut Vec<UnderWay>) -> Result<()> {
        let owed = (messages::ListCallBacks { hotfix: None }).ask(read)?;
        for row in owed.into_iter().filter(|row| !row.done).take(MOST as usize) {
            let product = read.judge(|state| Ok(state.hotfix(&row.hotfix)?.product.clone()))?;
            if self.about(Some(&product)) {
                let what = format!("{} waits for a call", row.contact.name);
                let kind = UnderWayKind::CallBack;
                all.push(UnderWay { kind, key: row.issue.0, title: row.title, what });
            }
        }
        Ok(())
    }
}

/// "Mon, 30 Nov 2026, 09:00 CET", on the clock of the workspace.
fn on_the_clock(read: &Read, at: Instant) -> Result<String> {
    let zone = read.judge(|state| Ok(state.workspace()?.zone.clone()))?;
    calendar::spoken(at, &zone)
}
