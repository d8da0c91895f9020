//! What a report is made of, as of the moment that it is about: now, or the close.
//!
//! A closed hot fix's report is frozen. Every state is folded again from the journal up to the last
//! record of the command that closed it, and so is the catalog, so names are those of then. What was
//! erased later is absent all the same, because a redaction changes what the records before it say.

use super::super::{Question as _, Read, fold, monitoring, timeline};
use crate::{
    clock::Instant,
    error::Result,
    event::words::*,
    gates,
    journal::sqlite,
    model::{
        Folded,
        catalog::Catalog,
        deployment::{Deployment, Message, Run, TargetRun},
        hotfix::Hotfix,
        issue::Issue,
    },
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

pub struct Case {
    pub hotfix: Hotfix,
    /// Those of the hot fix, and those that were counted as the same.
    pub issues: BTreeMap<IssueKey, Issue>,
    pub deployments: Vec<Deployment>,
    pub targets: HashMap<(DeploymentKey, String), TargetRun>,
    pub messages: Vec<Message>,
    pub authors: Vec<gates::approval::Author>,
    pub watch: monitoring::MonitoringView,
    pub timeline: Vec<timeline::TimelineEntry>,
    pub catalog: Arc<Catalog>,
    pub at: Instant,
    /// The record up to which it is written, and its hash.
    pub seq: u64,
    pub hash: String,
    /// Once it is closed or cancelled: what came later.
    pub after: Option<Vec<timeline::TimelineEntry>>,
}

impl Case {
    pub fn load(read: &Read, key: &HotfixKey) -> Result<Self> {
        let Some((seq, at)) = closed(read, key)? else {
            let seq: i64 =
                read.db
                    .query_row("SELECT coalesce(max(seq), 0) FROM journal", [], |row| row.get(0))?;
            return Self::as_of(read, key, seq.unsigned_abs(), None);
        };
        let known: RefCell<HashMap<String, Arc<Folded>>> = RefCell::default();
        let then = Read {
            db: read.db,
            catalog: Arc::new(fold::catalog_as_of(read.db, seq)?),
            health: BTreeMap::new(),
            now: at,
            me: read.me.clone(),
            surroundings: read.surroundings,
            similar: read.similar,
            vocabulary: read.vocabulary,
            fold: &|name| {
                if let Some(known) = known.borrow().get(name) {
                    return Ok(Arc::clone(known));
                }
                let folded = Arc::new(fold::as_of(read.db, name, seq)?);
                known.borrow_mut().insert(name.to_owned(), Arc::clone(&folded));
                Ok(folded)
            },
        };
        let issues = then.judge(|state| Ok(state.hotfix(key)?.issues.clone()))?;
        let after = timeline::since(read, key, &issues, seq)?;
        Self::as_of(&then, key, seq, Some(after))
    }

    fn as_of(
        read: &Read,
        key: &HotfixKey,
        seq: u64,
        after: Option<Vec<timeline::TimelineEntry>>,
    ) -> Result<Self> {
        let (hotfix, issues, deployments, authors) = read.judge(|state| {
            let hotfix = state.hotfix(key)?;
            let mut issues = BTreeMap::new();
            for key in &hotfix.issues {
                let issue = state.issue(key)?;
                for key in &issue.duplicates {
                    issues.insert(key.clone(), state.issue(key)?.clone());
                }
                issues.insert(key.clone(), issue.clone());
            }
            let facts = state.facts(read.now);
            let deployments: Vec<_> = facts.deployments(hotfix)?.into_iter().cloned().collect();
            Ok((hotfix.clone(), issues, deployments, gates::authors(&facts, hotfix)))
        })?;
        let mut targets = HashMap::new();
        for deployment in &deployments {
            for target in runs(deployment).flat_map(|run| &run.targets) {
                let name = crate::event::stream::target(&deployment.key, &target.id);
                if let Folded::Target(steps) = &*(read.fold)(&name)? {
                    targets.insert((deployment.key.clone(), target.id.clone()), steps.clone());
                }
            }
        }
        let mut told = Vec::new();
        for key in timeline::messages_of(read.db, &key.0)? {
            if let Folded::Message(message) = &*(read.fold)(&key)?
                && message.version > 0
            {
                told.push(Message::clone(message));
            }
        }
        let watch = monitoring::ShowMonitoring { key: key.clone() }.ask(read)?;
        let hash = sqlite::read_one(read.db, seq)?.map(|record| hex::encode(record.hash));
        Ok(Self {
            timeline: timeline::all(read, &key.0, seq)?,
            hotfix,
            issues,
            deployments,
            targets,
            messages: told,
            authors,
            watch,
            catalog: Arc::clone(&read.catalog),
            at: read.now,
            seq,
            hash: hash.unwrap_or_default(),
            after,
        })
    }
}

/// What a deployment did, from its first run to its last.
pub fn runs(deployment: &Deployment) -> impl Iterator<Item = &Run> {
    deployment.finished_runs.iter().chain(&deployment.run)
}

/// The last record of the command that closed or cancelled a hot fix, and when that was.
fn closed(read: &Read, key: &HotfixKey) -> Result<Option<(u64, Instant)>> {
    let records = sqlite::read_stream(read.db, &key.0, 0, u64::MAX)?;
    let end = records
        .iter()
        .rfind(|one| matches!(one.kind.as_str(), "hotfix_closed" | "hotfix_cancelled"));
    let Some(end) = end else { return Ok(None) };
    let mut last = end.seq;
    // Its issues close with it.
    while let Some(next) = sqlite::read_one(read.db, last + 1)?
        && next.command == end.command
    {
        last = next.seq;
    }
    Ok(Some((last, end.recorded_at)))
}
