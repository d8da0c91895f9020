//! Hot fixes by stage, and one hot fix with everything its page shows.

use super::inbox::IssueRow;
use super::{
    Incoming, Page, Question, Read, number,
    page::{Filter, Numbered},
    word,
};
use crate::{
    clock::Instant,
    event::words::*,
    gates::Ship,
    model::{
        deployment::{Deployment, left_out_by_all},
        facts::Facts,
        hotfix::Hotfix,
        reading::{self, Risks},
        telling::UpdateDue,
    },
};
use crate::{
    error::Result,
    event::{Event, stream},
    gates,
    model::{Folded, Judge, State, Stop},
};
use rusqlite::params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// List hot fixes, open ones unless `all`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListHotfixes {
    pub phase: Option<Phase>,
    pub product: Option<CatalogId>,
    pub all: bool,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HotfixRow {
    pub key: HotfixKey,
    pub title: String,
    pub phase: Phase,
    /// The environment it is in or goes to next; empty in Development.
    pub environment: String,
    pub priority: Option<Priority>,
    pub product: CatalogId,
    pub owner: Option<PersonId>,
    pub revision: Option<u32>,
    pub affected: u32,
    #[ts(type = "number")]
    pub issues: u64,
    pub started_at: Instant,
    pub resolve_by: Option<Instant>,
    /// What its gate lacks, in words; empty when it may go on.
    pub blockers: Vec<String>,
    /// Somebody has to decide now: a run holds, a breach is open, or a probe says neither yes nor no.
    pub waits: bool,
}

/// One hot fix.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowHotfix {
    pub key: HotfixKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct HotfixView {
    pub hotfix: Hotfix,
    pub product: Product,
    pub issues: Vec<IssueRow>,
    pub deployments: Vec<Deployment>,
    pub affected: u32,
    pub ship: Ship,
    /// By when affected people have to hear how it goes.
    pub update_due: Option<UpdateDue>,
    /// Where the change stands, as ITIL tools call it.
    pub change_state: gates::ChangeState,
    /// The stations of the rail, in order.
    pub rail: Vec<Station>,
    /// How approval stands, an environment each.
    pub approval: ApprovalView,
    /// What the texts of each change say, in the order of the changes.
    pub readings: Vec<ChangeReading>,
}

/// How approval of a hot fix stands, in each environment or in one.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskApprovals {
    pub key: HotfixKey,
    #[serde(default)]
    pub environment: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ApprovalView {
    pub revision: Option<u32>,
    pub hash: Option<Digest>,
    pub authors: Vec<gates::approval::Author>,
    pub environments: Vec<gates::Approvals>,
}

/// What the message and the review of a change say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChangeReading {
    pub commit: String,
    pub risks: Risks,
    pub keys: Vec<NamedKey>,
}

/// The key of an issue that a change names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NamedKey {
    pub key: String,
    /// It is an issue of this workspace.
    pub known: bool,
    /// It is part of the hot fix.
    pub joined: bool,
    /// It could be taken in.
    pub joinable: bool,
}

/// One station of the rail: Development, each environment, Monitoring, Closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Station {
    pub id: String,
    pub name: String,
    pub state: StationState,
    /// One line under the name: "deployed 15:31 · 9 of 9 checks".
    pub detail: String,
    /// How much it still lacks.
    #[ts(type = "number")]
    pub lacks: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StationState {
    Done,
    Now,
    Ahead,
    Failed,
}

/// "Can I ship now?" for one hot fix, for an environment if one is named.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskBlockers {
    pub key: HotfixKey,
    #[serde(default)]
    pub environment: Option<String>,
}

/// Keeps the table in step with the events of hot fixes.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    if stream::topic(&record.stream) != "hotfix" {
        return Ok(());
    }
    // Only what the table shows is worth folding a stream for.
    let shown = matches!(
        event,
        Event::HotfixStarted { .. }
            | Event::IssueJoined { .. }
            | Event::IssueReleased { .. }
            | Event::HotfixAssigned { .. }
            | Event::PriorityChanged { .. }
            | Event::PeopleTold { .. }
            | Event::UpdateReminded { .. }
            | Event::RolloutStarted { .. }
            | Event::ReturnedToDevelopment { .. }
            | Event::MonitoringStarted { .. }
            | Event::HotfixClosed { .. }
            | Event::HotfixCancelled { .. }
            | Event::Redacted { .. }
    );
    if !shown {
        return Ok(());
    }
    let Folded::Hotfix(hotfix) = incoming.state()? else {
        return Ok(());
    };
    let issues: Vec<i64> = hotfix.issues.iter().map(|key| number(key.as_str())).collect();
    tx.prepare_cached(
        "INSERT OR REPLACE INTO hotfixes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        number(&record.stream),
        record.stream,
        hotfix.title,
        word(hotfix.phase),
        hotfix.product.0,
        hotfix.owner.as_ref().map(PersonId::as_str),
        hotfix.priority.map(word),
        hotfix.closed_at.map(Instant::micros),
        serde_json::Value::from(issues).to_string(),
        hotfix.silent_since().map(Instant::micros),
        hotfix.update_reminded.map(Instant::micros),
    ])?;
    Ok(())
}

/// Keys of hot fixes in some phases, the newest first.
pub fn keys(read: &Read, filter: &str) -> Result<Vec<HotfixKey>> {
    let mut statement = read
        .db
        .prepare_cached(&format!("SELECT key FROM hotfixes WHERE {filter} ORDER BY num DESC"))?;
    let rows = statement.query_map([], |row| Ok(HotfixKey(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub const OPEN: &str = "phase IN ('development', 'rollout', 'monitoring')";

const HOTFIXES: Numbered = Numbered { from: "hotfixes", num: "num", columns: "key" };

impl Question for ListHotfixes {
    type Answer = Page<HotfixRow>;

    fn ask(&self, read: &Read) -> Result<Page<HotfixRow>> {
        let keys = Filter::none()
            .when(!self.all && self.phase.is_none(), OPEN)
            .equal("phase", self.phase.map(word))
            .equal("product", self.product.as_ref().map(|id| id.0.clone()))
            .newest(read, &HOTFIXES, self.after.as_deref(), self.limit, |row| {
                Ok(HotfixKey(row.get(0)?))
            })?;
        let mut rows = keys
            .rows
            .iter()
            .map(|key| read.judge(|state| row(state, key, read.now)))
            .collect::<Result<Vec<_>>>()?;
        // What waits for a person comes first, then what burns most.
        rows.sort_by_key(|row| {
            (!row.waits, row.priority.map_or(9, Priority::rank), row.resolve_by)
        });
        Ok(Page { rows, next: keys.next, total: keys.total })
    }
}

fn row(state: &State, key: &HotfixKey, now: Instant) -> Judge<HotfixRow> {
    let hotfix = state.hotfix(key)?;
    let mut affected = 0_u32;
    for issue in &hotfix.issues {
        affected = affected.saturating_add(state.issue(issue)?.affected);
    }
    let facts = state.facts(now);
    let ship = hotfix.is_open().then(|| gates::ship(&facts, key, None)).transpose()?;
    let deployments = facts.deployments(hotfix)?;
    let held = deployments.iter().any(|one| one.run.as_ref().is_some_and(|run| run.hold.is_some()));
    let breached = hotfix.breaches.iter().any(|breach| breach.closed_at.is_none())
        || hotfix.doubts.iter().any(|doubt| doubt.settled_at.is_none());
    let environment = match hotfix.phase {
        Phase::Rollout => {
            ship.as_ref().and_then(|ship| ship.environment.clone()).unwrap_or_default()
        }
        _ => String::new(),
    };
    Ok(HotfixRow {
        key: key.clone(),
        title: hotfix.title.clone(),
        phase: hotfix.phase,
        environment,
        priority: hotfix.priority,
        product: hotfix.product.clone(),
        owner: hotfix.owner.clone(),
        revision: hotfix.current().map(|built| built.package.revision),
        affected,
        issues: hotfix.issues.len() as u64,
        started_at: hotfix.started_at.unwrap_or(now),
        resolve_by: hotfix.resolve_by.filter(|_| hotfix.is_open()),
        blockers: ship
            .map(|ship| ship.blockers.into_iter().map(|one| one.message).collect())
            .unwrap_or_default(),
        waits: hotfix.is_open() && (held || breached),
    })
}

impl Question for ShowHotfix {
    type Answer = HotfixView;

    fn ask(&self, read: &Read) -> Result<HotfixView> {
        let keys = read.judge(|state| Ok(state.hotfix(&self.key)?.issues.clone()))?;
        let issues = super::inbox::rows(read, &keys)?;
        read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let product = state.product(&hotfix.product)?.clone();
            let facts = state.facts(read.now);
            let deployments: Vec<Deployment> =
                facts.deployments(hotfix)?.into_iter().cloned().collect();
            let ship = gates::whole(&facts, &self.key, None)?;
            let approval = approval(&facts, hotfix, &product, None)?;
            let all: Vec<&Deployment> = deployments.iter().collect();
            let next = gates::next_environment(&product, hotfix, &all);
            let next = approval.environments.iter().find(|one| one.environment == next);
            Ok(HotfixView {
                change_state: gates::change_state(hotfix, &all, next),
                update_due: state.update_due(hotfix)?,
                affected: issues.iter().fold(0, |sum, issue| sum.saturating_add(issue.affected)),
                rail: rail(hotfix, &product, &deployments, &ship),
                hotfix: super::packages::shortened(hotfix),
                product,
                issues: issues.clone(),
                deployments,
                ship,
                approval,
                readings: readings(state, hotfix)?,
            })
        })
    }
}

fn approval(
    facts: &Facts,
    hotfix: &Hotfix,
    product: &Product,
    only: Option<&str>,
) -> Judge<ApprovalView> {
    let current = hotfix.current().map(|built| &built.package);
    Ok(ApprovalView {
        revision: current.map(|package| package.revision),
        hash: current.map(|package| package.hash.clone()),
        authors: gates::authors(facts, hotfix),
        environments: product
            .environments
            .iter()
            .filter(|environment| only.is_none_or(|id| id == environment.id))
            .map(|environment| gates::approvals(facts, hotfix, &environment.id))
            .collect::<Judge<_>>()?,
    })
}

impl Question for AskApprovals {
    type Answer = ApprovalView;

    fn ask(&self, read: &Read) -> Result<ApprovalView> {
        read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let product = state.product(&hotfix.product)?;
            if let Some(named) = &self.environment
                && product.environment(named).is_none()
            {
                let message = format!("{} has no environment “{named}”.", product.name);
                return Err(crate::error::Error::field("environment", message).into());
            }
            approval(&state.facts(read.now), hotfix, product, self.environment.as_deref())
        })
    }
}

/// What the texts of the changes say of risks and issues.
fn readings(state: &State, hotfix: &Hotfix) -> Judge<Vec<ChangeReading>> {
    let open = matches!(hotfix.phase, Phase::Development | Phase::Rollout);
    let mut readings = Vec::new();
    for recorded in &hotfix.changes {
        let text = &recorded.text;
        let written = reading::risks(&text.pull_request_text).or(reading::risks(&text.message));
        let mut keys = Vec::new();
        for key in reading::issue_keys(&format!("{}\n{}", text.message, text.pull_request_text)) {
            let own = IssueKey(key.clone());
            let joined = hotfix.issues.contains(&own);
            let issue = match key.starts_with("ISS-").then(|| state.issue(&own)) {
                Some(Ok(issue)) => Some(issue),
                Some(Err(Stop::Refuse(_))) | None => None,
                Some(Err(stop)) => return Err(stop),
            };
            let joinable = issue.is_some_and(|issue| {
                open && !joined
                    && issue.state == IssueState::Triaged
                    && issue.product.as_ref().is_none_or(|product| product == &hotfix.product)
            });
            keys.push(NamedKey { key, known: issue.is_some(), joined, joinable });
        }
        let commit = recorded.change.commit.clone();
        readings.push(ChangeReading { commit, risks: written, keys });
    }
    Ok(readings)
}

fn rail(
    hotfix: &Hotfix,
    product: &Product,
    deployments: &[Deployment],
    ship: &Ship,
) -> Vec<Station> {
    let station = |id: &str, name: &str, state, detail: String, lacks: usize| Station {
        id: id.into(),
        name: name.into(),
        state,
        detail,
        lacks: lacks as u64,
    };
    let here = ship.blockers.len();
    let package = hotfix.current();
    let mut rail = vec![match hotfix.phase {
        Phase::Development => {
            station("development", "Development", StationState::Now, lacks(here), here)
        }
        _ => {
            let detail = package
                .map(|built| format!("r{} offered", built.package.revision))
                .unwrap_or_default();
            station("development", "Development", StationState::Done, detail, 0)
        }
    }];
    let hash = package.map(|built| &built.package.hash);
    for environment in &product.environments {
        let of_here: Vec<_> =
            deployments.iter().filter(|one| one.environment == environment.id).collect();
        let current = of_here.iter().rev().find(|one| Some(&one.hash) == hash);
        let is_next =
            hotfix.phase == Phase::Rollout && ship.environment.as_deref() == Some(&environment.id);
        let done = of_here
            .iter()
            .copied()
            .filter(|one| Some(&one.hash) == hash && one.state == DeploymentState::Done);
        let left = left_out_by_all(environment, done).unwrap_or_default();
        let (state, detail) = match current.map(|one| one.state) {
            Some(DeploymentState::Done) if !left.is_empty() => {
                (StationState::Now, format!("still to come: {}", left.join(", ")))
            }
            Some(DeploymentState::Done) => {
                (StationState::Done, "deployed and validated".to_owned())
            }
            Some(DeploymentState::Failed) => (StationState::Failed, "failed".into()),
            Some(DeploymentState::RolledBack) => (StationState::Failed, "rolled back".into()),
            Some(DeploymentState::Missed) => (StationState::Now, "missed its window".into()),
            Some(DeploymentState::Planned) => (StationState::Now, "planned".into()),
            Some(DeploymentState::Deploying) => (StationState::Now, "deploying".into()),
            Some(DeploymentState::Validating) => {
                let answered = current.map_or(0, |one| {
                    one.checks.iter().filter(|check| check.hash.as_ref() == hash).count()
                });
                let all = current.map_or(0, |one| one.checks.len());
                (StationState::Now, format!("validating · {answered} of {all} checks"))
            }
            _ if is_next => (StationState::Now, lacks(here)),
            _ => (StationState::Ahead, String::new()),
        };
        rail.push(station(
            &environment.id,
            &environment.name,
            state,
            detail,
            if is_next { here } else { 0 },
        ));
    }
    let (monitoring, detail) = match hotfix.phase {
        Phase::Monitoring => (StationState::Now, lacks(here)),
        Phase::Closed => (StationState::Done, "quiet".to_owned()),
        _ => (StationState::Ahead, String::new()),
    };
    let open = if hotfix.phase == Phase::Monitoring { here } else { 0 };
    rail.push(station("monitoring", "Monitoring", monitoring, detail, open));
    let closed = match hotfix.phase {
        Phase::Closed => station("closed", "Closed", StationState::Done, String::new(), 0),
        Phase::Cancelled => station("closed", "Cancelled", StationState::Failed, String::new(), 0),
        _ => station("closed", "Closed", StationState::Ahead, String::new(), 0),
    };
    rail.push(closed);
    rail
}

fn lacks(count: usize) -> String {
    match count {
        0 => "ready".into(),
        1 => "1 blocker".into(),
        more => format!("{more} blockers"),
    }
}

impl Question for AskBlockers {
    type Answer = Ship;

    fn ask(&self, read: &Read) -> Result<Ship> {
        read.judge(|state| {
            gates::whole(&state.facts(read.now), &self.key, self.environment.as_deref())
        })
    }
}
