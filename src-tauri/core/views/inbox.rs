//! The inbox: issues in the order in which they burn, paged by key, counted without scanning.

use super::{Incoming, Page, Question, Read, limit, number, place, unword, word};
use crate::{
    calendar::SlaState,
    clock::Instant,
    error::Result,
    event::{Event, stream, words::*},
    model::{Folded, issue::Issue},
};
use rusqlite::{OptionalExtension, Row, params, types::Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a list of issues is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The next deadline first; untriaged ones by age.
    #[default]
    Clock,
    Newest,
    Priority,
}

/// List issues. Without a state, the open ones; with `all`, every one.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ListIssues {
    pub state: Option<IssueState>,
    pub priority: Option<Priority>,
    pub product: Option<CatalogId>,
    pub owner: Option<PersonId>,
    /// Words that must occur.
    pub text: String,
    /// Closed, rejected, deferred and duplicate ones too.
    pub all: bool,
    pub untriaged: bool,
    /// Only those whose clock is at risk or breached.
    pub at_risk: bool,
    pub sort: Sort,
    pub after: Option<String>,
    /// At most 500; 100 if left out.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct IssueRow {
    pub key: IssueKey,
    pub title: String,
    pub state: IssueState,
    pub priority: Option<Priority>,
    pub product: Option<CatalogId>,
    pub component: String,
    pub version: String,
    pub affected: u32,
    pub reporter: String,
    pub owner: Option<PersonId>,
    pub hotfix: Option<HotfixKey>,
    pub reported_at: Instant,
    /// The clock that runs now; none once everything was met or nothing was promised.
    pub clock: Option<ClockRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ClockRow {
    pub what: ClockWhat,
    pub state: SlaState,
    pub due: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockWhat {
    Respond,
    Resolve,
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

const OPEN: &str = "state IN ('new', 'needs_info', 'triaged', 'in_hot_fix')";

/// Keeps the table in step with the events of issues.
pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    if stream::topic(&record.stream) != "issue" {
        return Ok(());
    }
    if let Event::IssueReported { product, component, version, affected, private, .. } = event {
        tx.prepare_cached(
            "INSERT INTO issues VALUES (?1, ?2, 'new', NULL, ?3, ?4, ?5, ?6, ?7, NULL, NULL, ?8, NULL, NULL, NULL, NULL, NULL, ?9, ?10, NULL)",
        )?
        .execute(params![
            number(&record.stream),
            private.title,
            product.as_ref().map(CatalogId::as_str),
            component,
            version,
            affected,
            private.reporter.name,
            record.occurred_at.micros(),
            private.workaround,
            AFTER_ALL_DEADLINES + record.occurred_at.micros(),
        ])?;
        return Ok(());
    }
    let Folded::Issue(issue) = incoming.state()? else {
        return Ok(());
    };
    let triage = issue.triage.as_ref();
    let due = triage.and_then(|triage| match issue.responded_at {
        None => triage.respond_by,
        Some(_) => triage.resolve_by,
    });
    let reported = issue.reported_at.unwrap_or(record.occurred_at);
    let paused = issue.pauses.last().filter(|pause| pause.until.is_none()).map(|pause| pause.from);
    tx.prepare_cached(
        "UPDATE issues SET title = ?2, state = ?3, priority = ?4, product = ?5, component = ?6, version = ?7,
            affected = ?8, owner = ?9, hotfix = ?10, respond_by = ?11, resolve_by = ?12, responded_at = ?13,
            resolved_at = ?14, paused_at = ?15, workaround = ?16, burn = ?17, risk_at = ?18 WHERE num = ?1",
    )?
    .execute(params![
        number(&record.stream),
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
        due.map_or(AFTER_ALL_DEADLINES + reported.micros(), Instant::micros),
        due.filter(|_| paused.is_none()).map(|due| at_risk(reported, due).micros()),
    ])?;
    if matches!(event, Event::Redacted { .. }) {
        tx.prepare_cached("UPDATE issues SET reporter = ?2 WHERE num = ?1")?
            .execute(params![number(&record.stream), issue.text.reporter.name])?;
    }
    Ok(())
}

const COLUMNS: &str = "num, title, state, priority, product, component, version, affected, reporter, owner, hotfix, \
    reported_at, respond_by, resolve_by, responded_at, resolved_at, paused_at, burn";

fn row(row: &Row, now: Instant) -> rusqlite::Result<(IssueRow, i64)> {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let instant = |column: usize| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Instant::from_micros))
    };
    let state: IssueState = unword(&row.get::<_, String>(2)?).unwrap_or_default();
    let reported_at = Instant::from_micros(row.get(11)?);
    let clock =
        clock(state, reported_at, instant(12)?, instant(13)?, instant(14)?, instant(16)?, now);
    let issue = IssueRow {
        key: IssueKey(format!("ISS-{}", row.get::<_, i64>(0)?)),
        title: row.get(1)?,
        state,
        priority: text(3)?.as_deref().and_then(unword),
        product: text(4)?.map(CatalogId),
        component: row.get(5)?,
        version: row.get(6)?,
        affected: row.get(7)?,
        reporter: row.get(8)?,
        owner: text(9)?.map(PersonId),
        hotfix: text(10)?.map(HotfixKey),
        reported_at,
        clock,
    };
    Ok((issue, row.get(17)?))
}

/// A deadline is at risk from four fifths of its time on.
fn at_risk(from: Instant, due: Instant) -> Instant {
    Instant::from_micros(from.micros() + (due.micros() - from.micros()) / 5 * 4)
}

/// The clock that runs: respond until somebody has, then resolve.
fn clock(
    state: IssueState,
    from: Instant,
    respond_by: Option<Instant>,
    resolve_by: Option<Instant>,
    responded_at: Option<Instant>,
    paused_at: Option<Instant>,
    now: Instant,
) -> Option<ClockRow> {
    let open = matches!(
        state,
        IssueState::New | IssueState::NeedsInfo | IssueState::Triaged | IssueState::InHotFix
    );
    let (what, due) = match responded_at {
        None => (ClockWhat::Respond, respond_by?),
        Some(_) => (ClockWhat::Resolve, resolve_by?),
    };
    if !open {
        return None;
    }
    let state = if paused_at.is_some() {
        SlaState::Paused
    } else if now > due {
        SlaState::Breached
    } else if now >= at_risk(from, due) {
        SlaState::AtRisk
    } else {
        SlaState::OnTrack
    };
    Some(ClockRow { what, state, due })
}

/// Rows of some issues by key, in the order asked for.
pub fn rows(read: &Read, keys: &[IssueKey]) -> Result<Vec<IssueRow>> {
    let mut statement =
        read.db.prepare_cached(&format!("SELECT {COLUMNS} FROM issues WHERE num = ?1"))?;
    let mut rows = Vec::new();
    for key in keys {
        let found =
            statement.query_row([number(&key.0)], |found| row(found, read.now)).optional()?;
        rows.extend(found.map(|(issue, _)| issue));
    }
    Ok(rows)
}

impl Question for ListIssues {
    type Answer = Page<IssueRow>;

    fn ask(&self, read: &Read) -> Result<Page<IssueRow>> {
        let limit = limit(self.limit, 100, 500);
        let mut filters: Vec<String> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        fn add_to(filters: &mut Vec<String>, values: &mut Vec<Value>, sql: &str, value: Value) {
            values.push(value);
            filters.push(sql.replace('?', &format!("?{}", values.len())));
        }
        macro_rules! add {
            ($sql:expr, $value:expr $(,)?) => {
                add_to(&mut filters, &mut values, $sql, $value)
            };
        }
        if let Some(state) = self.state {
            add!("state = ?", word(state).into());
        }
        if let Some(priority) = self.priority {
            add!("priority = ?", word(priority).into());
        }
        if let Some(product) = &self.product {
            add!("product = ?", product.0.clone().into());
        }
        if let Some(owner) = &self.owner {
            add!("owner = ?", owner.0.clone().into());
        }
        if !self.text.trim().is_empty() {
            // Only punctuation was typed: nothing can match it.
            let Some(query) = super::search::expression(read, &self.text)? else {
                return Ok(Page { rows: Vec::new(), next: None, total: 0 });
            };
            add!(
                &format!(
                    "num IN (SELECT rowid FROM search WHERE search MATCH ? AND rowid <= {})",
                    super::search::ISSUES_END
                ),
                query.into()
            );
        }
        if self.at_risk {
            add!("risk_at <= ?", read.now.micros().into());
        }
        let unfiltered = filters.is_empty();
        if self.untriaged {
            filters.push(format!("state = 'new' AND burn >= {AFTER_ALL_DEADLINES}"));
        }
        if !self.all && self.state.is_none() {
            filters.push(OPEN.into());
        }
        let total = if unfiltered {
            counted(read, self.all, self.untriaged)?
        } else {
            bounded_total(read, &filters.join(" AND "), &values)?
        };
        if let Some(place) = place(self.after.as_deref())? {
            let (first, num) =
                (place.first().copied().unwrap_or(0), place.last().copied().unwrap_or(0));
            match self.sort {
                Sort::Clock => {
                    add!("(burn, num) > (?, ", first.into());
                    values.push(num.into());
                    let joined = filters.pop().unwrap_or_default();
                    filters.push(format!("{joined}?{})", values.len()));
                }
                Sort::Newest => add!("num < ?", num.into()),
                Sort::Priority => {
                    add!("(coalesce(priority, 'P9'), num) > ('P' || ?, ", first.into());
                    values.push(num.into());
                    let joined = filters.pop().unwrap_or_default();
                    filters.push(format!("{joined}?{})", values.len()));
                }
            }
        }
        let order = match self.sort {
            Sort::Clock => "burn, num",
            Sort::Newest => "num DESC",
            Sort::Priority => "coalesce(priority, 'P9'), num",
        };
        let filter = if filters.is_empty() { "1".to_owned() } else { filters.join(" AND ") };
        let mut statement = read.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM issues WHERE {filter} ORDER BY {order} LIMIT {}",
            limit + 1
        ))?;
        let mut found: Vec<(IssueRow, i64)> = statement
            .query_map(rusqlite::params_from_iter(&values), |found| row(found, read.now))?
            .collect::<Result<_, _>>()?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| more).map(|(issue, burn)| {
            let first = match self.sort {
                Sort::Priority => issue.priority.map_or(9, |priority| i64::from(priority.rank())),
                _ => *burn,
            };
            format!("{first}.{}", number(&issue.key.0))
        });
        Ok(Page { rows: found.into_iter().map(|(issue, _)| issue).collect(), next, total })
    }
}

/// From the counts that triggers keep: no scan, however many issues there are.
fn counted(read: &Read, all: bool, untriaged: bool) -> Result<u64> {
    let filter = if untriaged {
        "state = 'new'"
    } else if all {
        "1"
    } else {
        OPEN
    };
    let total: i64 = read
        .db
        .prepare_cached(&format!("SELECT coalesce(sum(n), 0) FROM issue_counts WHERE {filter}"))?
        .query_row([], |row| row.get(0))?;
    Ok(total.unsigned_abs())
}

/// Counting stops at a thousand: "1,000 or more" is all that a person needs.
fn bounded_total(read: &Read, filter: &str, values: &[Value]) -> Result<u64> {
    let total: i64 = read
        .db
        .prepare_cached(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM issues WHERE {filter} LIMIT 1000)"
        ))?
        .query_row(rusqlite::params_from_iter(values), |row| row.get(0))?;
    Ok(total.unsigned_abs())
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
        let mine: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM issues WHERE {OPEN} AND owner = ?1 LIMIT 1000)"
            ))?
            .query_row([&read.me.0], |row| row.get(0))?;
        let at_risk: i64 = read
            .db
            .prepare_cached(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM issues WHERE {OPEN} AND risk_at <= ?1 LIMIT 1000)"
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
