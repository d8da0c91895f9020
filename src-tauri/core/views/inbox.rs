//! The inbox: its table, a row of it, one issue, and the counts, without a scan. The list and its
//! orders are in `inbox/list.rs`; what is usual in a report in `inbox/defaults.rs`.

mod defaults;
mod list;

pub use defaults::{AskDefaults, Defaults};
pub use list::{Keys, ListIssues, ListKeys, Sort, at_risk_of};

use super::{Incoming, Question, Read, number, unword, word};
use crate::{
    calendar::SlaState,
    clock::Instant,
    error::Result,
    event::{Event, stream, words::*},
    model::{Folded, issue::Issue},
};
use rusqlite::{OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct IssueRow {
    pub key: IssueKey,
    pub title: String,
    pub state: IssueState,
    pub priority: Option<Priority>,
    pub product: Option<CatalogId>,
    pub component: String,
    pub version: String,
    pub environment: String,
    pub affected: u32,
    pub reporter: String,
    pub owner: Option<PersonId>,
    pub team: Option<CatalogId>,
    pub hotfix: Option<HotfixKey>,
    pub reported_at: Instant,
    pub changed_at: Instant,
    /// The clock that runs now; none once everything was met or nothing was promised.
    pub clock: Option<ClockRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ClockRow {
    pub what: ClockWhat,
    pub state: SlaState,
    pub due: Instant,
    /// When four fifths of its time are used up.
    pub risk_at: Option<Instant>,
}

/// How many there are of what the navigation shows.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct CountAll {}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Counts {
    #[ts(type = "number")]
    pub untriaged: u64,
    #[ts(type = "number")]
    pub open: u64,
    #[ts(type = "number")]
    pub mine: u64,
    #[ts(type = "number")]
    pub at_risk: u64,
    #[ts(type = "number")]
    pub hotfixes: u64,
    #[ts(type = "number")]
    pub deployments: u64,
    #[ts(type = "number")]
    pub messages: u64,
    #[ts(type = "number")]
    pub monitoring: u64,
    #[ts(type = "number")]
    pub waiting: u64,
}

/// One issue, exactly as it was entered.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ShowIssue {
    pub key: IssueKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct IssueView {
    pub issue: Issue,
    pub clock: Option<ClockRow>,
    /// The description, steps and comments as sanitised HTML.
    pub description_html: String,
}

/// Untriaged issues come after those with a deadline, the oldest first.
const AFTER_ALL_DEADLINES: i64 = 1 << 60;

/// Work is still expected on it.
const OPEN: &str = "open = 1";

/// Keeps the table in step with the events of issues.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    if stream::topic(&record.stream) != "issue" {
        return Ok(());
    }
    let num = number(&record.stream);
    if let Event::IssueReported {
        product,
        component,
        version,
        environment,
        channel,
        affected,
        private,
        ..
    } = event
    {
        tx.prepare_cached(
            "INSERT INTO issues (num, title, state, open, rank, product, component, version, environment,
                channel, affected, reporter, reported_by, reported_at, changed_at, workaround, burn, people)
             VALUES (?1, ?2, 'new', 1, 9, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            num,
            private.title,
            product.as_ref().map(CatalogId::as_str),
            component,
            version,
            environment,
            word(channel),
            affected,
            private.reporter.name,
            record.actor,
            record.occurred_at.micros(),
            record.recorded_at.micros(),
            private.workaround,
            AFTER_ALL_DEADLINES + record.occurred_at.micros(),
            !private.reporter.is_nobody(),
        ])?;
        return Ok(());
    }
    let Folded::Issue(issue) = incoming.state()? else {
        return Ok(());
    };
    let triage = issue.triage.as_ref();
    let promise = issue.promise();
    let reported = issue.reported_at.unwrap_or(record.occurred_at);
    let paused = issue.pauses.last().filter(|pause| pause.until.is_none()).map(|pause| pause.from);
    tx.prepare_cached(
        "UPDATE issues SET title = ?2, state = ?3, priority = ?4, product = ?5, component = ?6, version = ?7,
            affected = ?8, owner = ?9, hotfix = ?10, respond_by = ?11, resolve_by = ?12, responded_at = ?13,
            resolved_at = ?14, paused_at = ?15, workaround = ?16, burn = ?17, risk_at = ?18, open = ?19,
            rank = ?20, environment = ?21, team = ?22, changed_at = ?23, remind_at = ?24,
            people = ?25 WHERE num = ?1",
    )?
    .execute(params![
        num,
        issue.text.title,
        word(issue.state),
        issue.priority().map(word),
        issue.product.as_ref().map(CatalogId::as_str),
        issue.component,
        issue.product_version,
        issue.affected,
        issue.owner.as_ref().map(PersonId::as_str),
        issue.hotfix.as_ref().map(HotfixKey::as_str),
        triage.and_then(|triage| triage.respond_by).map(Instant::micros),
        triage.and_then(|triage| triage.resolve_by).map(Instant::micros),
        issue.responded_at.map(Instant::micros),
        issue.resolved_at.map(Instant::micros),
        paused.map(Instant::micros),
        issue.text.workaround,
        promise.map_or(AFTER_ALL_DEADLINES + reported.micros(), |one| one.due.micros()),
        promise.filter(|_| paused.is_none()).map(|one| one.risk_at.micros()),
        issue.is_open(),
        issue.priority().map_or(UNTRIAGED, |priority| i64::from(priority.rank())),
        issue.environment,
        issue.team.as_ref().map(CatalogId::as_str),
        record.recorded_at.micros(),
        issue.remind_at().map(Instant::micros),
        issue.people.len() as i64,
    ])?;
    match event {
        Event::Redacted { .. } => {
            tx.prepare_cached("UPDATE issues SET reporter = ?2 WHERE num = ?1")?
                .execute(params![num, issue.text.reporter.name])?;
        }
        Event::IssueCommented { .. } | Event::MentionSeen {} => {
            tx.prepare_cached("DELETE FROM mentions WHERE num = ?1")?.execute([num])?;
            for one in &issue.mentions {
                tx.prepare_cached("INSERT OR REPLACE INTO mentions VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![one.person.0, num, one.by.0, one.at.micros()])?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The rank of an issue that has no priority yet: behind all that have one.
const UNTRIAGED: i64 = 9;

const COLUMNS: &str = "num, title, state, priority, product, component, version, environment, affected, \
    reporter, owner, team, hotfix, reported_at, changed_at, respond_by, resolve_by, responded_at, paused_at, \
    risk_at";

fn row(row: &Row, now: Instant) -> rusqlite::Result<IssueRow> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let instant = |column: &str| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Instant::from_micros))
    };
    let state: IssueState = unword(&row.get::<_, String>("state")?).unwrap_or_default();
    let promised = match instant("responded_at")? {
        None => instant("respond_by")?.map(|due| (ClockWhat::Respond, due)),
        Some(_) => instant("resolve_by")?.map(|due| (ClockWhat::Resolve, due)),
    };
    let (paused, risk_at) = (instant("paused_at")?.is_some(), instant("risk_at")?);
    Ok(IssueRow {
        key: IssueKey(format!("ISS-{}", row.get::<_, i64>("num")?)),
        title: row.get("title")?,
        state,
        priority: text("priority")?.as_deref().and_then(unword),
        product: text("product")?.map(CatalogId),
        component: row.get("component")?,
        version: row.get("version")?,
        environment: row.get("environment")?,
        affected: row.get("affected")?,
        reporter: row.get("reporter")?,
        owner: text("owner")?.map(PersonId),
        team: text("team")?.map(CatalogId),
        hotfix: text("hotfix")?.map(HotfixKey),
        reported_at: Instant::from_micros(row.get("reported_at")?),
        changed_at: Instant::from_micros(row.get("changed_at")?),
        clock: promised
            .filter(|_| is_open(state))
            .map(|(what, due)| clock(what, due, risk_at, paused, now)),
    })
}

fn is_open(state: IssueState) -> bool {
    matches!(
        state,
        IssueState::New | IssueState::NeedsInfo | IssueState::Triaged | IssueState::InHotFix
    )
}

/// How the promise that runs stands.
fn clock(
    what: ClockWhat,
    due: Instant,
    risk_at: Option<Instant>,
    paused: bool,
    now: Instant,
) -> ClockRow {
    let state = if paused {
        SlaState::Paused
    } else if now > due {
        SlaState::Breached
    } else if risk_at.is_some_and(|at| now >= at) {
        SlaState::AtRisk
    } else {
        SlaState::OnTrack
    };
    ClockRow { what, state, due, risk_at }
}

/// Rows of some issues by key, in the order asked for.
pub fn rows(read: &Read, keys: &[IssueKey]) -> Result<Vec<IssueRow>> {
    let mut statement =
        read.db.prepare_cached(&format!("SELECT {COLUMNS} FROM issues WHERE num = ?1"))?;
    let mut rows = Vec::new();
    for key in keys {
        let found =
            statement.query_row([number(&key.0)], |found| row(found, read.now)).optional()?;
        rows.extend(found);
    }
    Ok(rows)
}

/// From the counts that triggers keep: no scan, however many issues there are.
fn counted(read: &Read, all: bool, untriaged: bool) -> Result<u64> {
    let filter = if untriaged {
        "state = 'new'"
    } else if all {
        "1"
    } else {
        "state IN ('new', 'needs_info', 'triaged', 'in_hot_fix')"
    };
    let total: i64 = read
        .db
        .prepare_cached(&format!("SELECT coalesce(sum(n), 0) FROM issue_counts WHERE {filter}"))?
        .query_row([], |row| row.get(0))?;
    Ok(total.unsigned_abs())
}

/// Where I was named and have not looked yet, the latest first: the issue, who named me, and when.
pub fn mentions(read: &Read, most: u32) -> Result<Vec<(IssueRow, PersonId, Instant)>> {
    let mut statement = read.db.prepare_cached(&format!(
        "SELECT {COLUMNS}, by, at FROM mentions JOIN issues USING (num)
         WHERE person = ?1 ORDER BY at DESC LIMIT {most}"
    ))?;
    let rows = statement.query_map([&read.me.0], |found| {
        let by = PersonId(found.get("by")?);
        Ok((row(found, read.now)?, by, Instant::from_micros(found.get("at")?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Question for ShowIssue {
    type Answer = IssueView;

    fn ask(&self, read: &Read) -> Result<IssueView> {
        let issue = read.judge(|state| Ok(state.issue(&self.key)?.clone()))?;
        let clock = rows(read, std::slice::from_ref(&self.key))?.pop().and_then(|row| row.clock);
        let description_html = super::report::markdown(&issue.text.description);
        Ok(IssueView { issue, clock, description_html })
    }
}

impl Question for CountAll {
    type Answer = Counts;

    fn ask(&self, read: &Read) -> Result<Counts> {
        let count = |sql: &str| -> Result<u64> {
            let n: i64 = read.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            Ok(n.unsigned_abs())
        };
        // By name: left to itself the planner walks along all that is open.
        let mine: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM issues INDEXED BY issues_owned
                 WHERE {OPEN} AND owner = ?1 LIMIT 1000)"
            ))?
            .query_row([&read.me.0], |row| row.get(0))?;
        let at_risk: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM issues INDEXED BY issues_risk
                 WHERE {OPEN} AND risk_at <= ?1 LIMIT 1000)"
            ))?
            .query_row([read.now.micros()], |row| row.get(0))?;
        Ok(Counts {
            untriaged: counted(read, false, true)?,
            open: counted(read, false, false)?,
            mine: mine.unsigned_abs(),
            at_risk: at_risk.unsigned_abs(),
            hotfixes: count(
                "SELECT count(*) FROM hotfixes WHERE phase IN ('development', 'rollout', 'monitoring')",
            )?,
            deployments: count(
                "SELECT count(*) FROM deployments WHERE state IN ('planned', 'deploying', 'validating', 'missed')",
            )?,
            messages: count("SELECT count(*) FROM messages WHERE state IN ('queued', 'failed')")?,
            monitoring: count("SELECT count(*) FROM hotfixes WHERE phase = 'monitoring'")?,
            waiting: super::waiting::AskWaiting {}.ask(read)?.len() as u64,
        })
    }
}
