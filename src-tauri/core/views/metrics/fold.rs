//! The tables behind the measures, kept in step with the journal. Which milestone an event is, and
//! when it counts, is decided here; what is made of the milestones stands in `metrics.rs`.
//!
//! Rows are written once something is reached, so what never happened has no row or no instant.

use crate::{
    clock::Instant,
    error::Result,
    event::{Event, stream, words::*},
    model::{Folded, issue::Issue},
    views::{Incoming, number},
};
use rusqlite::{OptionalExtension as _, params};
use std::collections::BTreeSet;

/// Why a deployment counts as failed, as the table spells it: in words of its own, and before the key that says so.
pub(super) const CAUSES: [(&str, &str, &str); 6] = [
    ("failed", "The deployment failed", ""),
    ("not_validated", "Its validation failed", ""),
    ("rolled_back", "Rolled back", ""),
    ("came_back", "Came back", "Came back:"),
    ("reopened", "Opened again", "Opened again:"),
    ("followed", "Another hot fix followed", "Followed by"),
];

/// Keeps the tables in step. It has to see an issue's event before the inbox does.
pub(in crate::views) fn apply(incoming: &mut Incoming) -> Result<()> {
    let name = &incoming.record.stream;
    match stream::topic(name) {
        "issue" => issue(incoming),
        "hotfix" => hotfix(incoming),
        "deployment" if !name.contains('/') => deployment(incoming),
        "environment" => release(incoming),
        "catalog" => places(incoming),
        _ => Ok(()),
    }
}

fn issue(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    let (num, seq) = (number(&record.stream), record.seq.cast_signed());
    match event {
        Event::IssueReported { product, .. } => {
            tx.prepare_cached("INSERT INTO metric_reports VALUES (?1, ?2, ?3, 0, NULL, ?4, NULL)")?
                .execute(params![
                    seq,
                    num,
                    record.occurred_at.micros(),
                    product.as_ref().map(CatalogId::as_str)
                ])?;
        }
        Event::PersonAffected { .. } => {
            tx.prepare_cached(
                "INSERT INTO metric_reports
                 SELECT ?1, issue, ?3, 1, NULL, product, team FROM metric_reports
                 WHERE issue = ?2 AND known = 0",
            )?
            .execute(params![seq, num, record.occurred_at.micros()])?;
        }
        Event::IssueTriaged { .. }
        | Event::IssueDeferred { .. }
        | Event::IssueRejected { .. }
        | Event::IssueMarkedDuplicate { .. }
        | Event::InfoRequested { .. }
        | Event::IssueTakenIntoHotfix { .. } => {
            tx.prepare_cached(
                "UPDATE metric_reports SET acknowledged_at = ?2
                 WHERE issue = ?1 AND known = 0 AND acknowledged_at IS NULL",
            )?
            .execute(params![num, record.recorded_at.micros()])?;
        }
        Event::IssueReopened { .. } => {
            // The inbox has not heard of it yet: this is the hot fix that was to mend it.
            let hotfix: Option<String> = tx
                .prepare_cached("SELECT hotfix FROM issues WHERE num = ?1")?
                .query_row([num], |row| row.get(0))
                .optional()?
                .flatten();
            if let Some(hotfix) = hotfix {
                fail(incoming, number(&hotfix), "reopened", &record.stream)?;
            }
        }
        Event::DecisionUndone { .. } => {
            let Folded::Issue(issue) = incoming.state()? else { return Ok(()) };
            if let (false, Some(hotfix)) = (issue.is_open(), &issue.hotfix) {
                // It was opened again by mistake.
                tx.prepare_cached(
                    "UPDATE metric_deployments
                     SET failed_at = NULL, recovered_at = NULL, cause = NULL, because = NULL
                     WHERE hotfix = ?1 AND cause = 'reopened' AND because = ?2",
                )?
                .execute(params![number(&hotfix.0), record.stream])?;
            }
        }
        _ => {}
    }
    if matches!(
        event,
        Event::IssueEdited { .. } | Event::IssueAssigned { .. } | Event::DecisionUndone { .. }
    ) {
        whose(incoming)?;
    }
    if matches!(
        event,
        Event::IssueTriaged { .. }
            | Event::IssueDeferred { .. }
            | Event::IssueRejected { .. }
            | Event::IssueMarkedDuplicate { .. }
            | Event::InfoRequested { .. }
            | Event::InfoReceived { .. }
            | Event::IssueCommented { internal: false, .. }
            | Event::IssueResolved { .. }
            | Event::IssueClosed { .. }
            | Event::IssueReopened { .. }
            | Event::DecisionUndone { .. }
    ) {
        deadlines(incoming)?;
    }
    Ok(())
}

/// Whose an issue is, in every row of it.
fn whose(incoming: &mut Incoming) -> Result<()> {
    let (tx, num) = (incoming.tx, number(&incoming.record.stream));
    let Folded::Issue(issue) = incoming.state()? else { return Ok(()) };
    let (product, team) =
        (issue.product.as_ref().map(CatalogId::as_str), issue.team.as_ref().map(CatalogId::as_str));
    for table in ["metric_reports", "metric_deadlines"] {
        tx.prepare_cached(&format!(
            "UPDATE {table} SET product = ?2, team = ?3
             WHERE issue = ?1 AND (product IS NOT ?2 OR team IS NOT ?3)"
        ))?
        .execute(params![num, product, team])?;
    }
    Ok(())
}

/// The promises of an issue as they stand after an event.
fn deadlines(incoming: &mut Incoming) -> Result<()> {
    let (tx, record) = (incoming.tx, incoming.record);
    let undone = matches!(incoming.event, Event::DecisionUndone { .. });
    let Folded::Issue(issue) = incoming.state()? else { return Ok(()) };
    let now = record.recorded_at;
    for (what, promise) in promises(issue) {
        let key = (number(&record.stream), what);
        let before: Option<(i64, Option<i64>)> = tx
            .prepare_cached(
                "SELECT due, met_at FROM metric_deadlines WHERE issue = ?1 AND what = ?2",
            )?
            .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let forget = || -> Result<()> {
            tx.prepare_cached("DELETE FROM metric_deadlines WHERE issue = ?1 AND what = ?2")?
                .execute(key)?;
            Ok(())
        };
        let Some((due, met)) = promise else {
            forget()?;
            continue;
        };
        // What was kept stays kept when the issue is opened again: that has a measure of its own.
        let once = before.filter(|(then, _)| *then == due.micros() && !undone);
        let met = met.map(Instant::micros).or(once.and_then(|(_, met)| met));
        if met.is_some() || (issue.is_open() && !issue.paused()) {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO metric_deadlines VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                number(&record.stream),
                what,
                due.micros(),
                met,
                met.is_some_and(|met| met <= due.micros()),
                issue.product.as_ref().map(CatalogId::as_str),
                issue.team.as_ref().map(CatalogId::as_str),
            ])?;
        } else if due >= now {
            // It left, or its clock stood still, in time; what is late by now stays missed.
            forget()?;
        }
    }
    Ok(())
}

type Promised = Option<(Instant, Option<Instant>)>;

/// Until when what was promised, and when it was done.
fn promises(issue: &Issue) -> [(&'static str, Promised); 2] {
    let triage = issue.triage.as_ref();
    let respond = triage.and_then(|triage| triage.respond_by);
    let resolve = triage.and_then(|triage| triage.resolve_by);
    [
        ("respond", respond.map(|due| (due, issue.responded_at))),
        ("resolve", resolve.map(|due| (due, issue.resolved_at))),
    ]
}

fn hotfix(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    let num = number(&record.stream);
    match event {
        Event::HotfixStarted { product, recurrence_of, .. } => {
            let before = recurrence_of.as_ref().map(|key| number(&key.0));
            tx.prepare_cached(
                "INSERT INTO metric_hotfixes (num, root, product, incident)
                 VALUES (?1, coalesce((SELECT root FROM metric_hotfixes WHERE num = ?2), ?2, ?1), ?3, 0)",
            )?
            .execute(params![num, before, product.0])?;
            if let Some(before) = before {
                came_back(incoming, before, &record.stream)?;
                fail(incoming, before, "followed", &record.stream)?;
            }
            incident(incoming)
        }
        Event::IssueJoined { .. } | Event::IssueReleased { .. } => incident(incoming),
        Event::ChangeAdded { .. } | Event::ChangeRemoved { .. } => {
            let Folded::Hotfix(hotfix) = incoming.state()? else { return Ok(()) };
            let first = hotfix.changes.iter().filter_map(|one| one.change.authored_at).min();
            tx.prepare_cached("UPDATE metric_hotfixes SET commit_at = ?2 WHERE num = ?1")?
                .execute(params![num, first.map(Instant::micros)])?;
            pass_on(incoming)
        }
        Event::HotfixAssigned { team, .. } => {
            tx.prepare_cached("UPDATE metric_hotfixes SET team = ?2 WHERE num = ?1")?
                .execute(params![num, team.as_ref().map(CatalogId::as_str)])?;
            pass_on(incoming)
        }
        Event::RecurrenceConfirmed { issue, .. } => {
            came_back(incoming, num, &issue.0)?;
            fail(incoming, num, "came_back", &issue.0)
        }
        Event::FeedbackRecorded { score, .. } => {
            tx.prepare_cached("INSERT INTO metric_feedback VALUES (?1, ?2, ?3, ?4)")?.execute(
                params![record.seq.cast_signed(), num, record.recorded_at.micros(), score],
            )?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A hot fix is about an incident in production if one of its issues was not found by a test, and was
/// not said to be of another environment.
fn incident(incoming: &mut Incoming) -> Result<()> {
    let (tx, num) = (incoming.tx, number(&incoming.record.stream));
    let Folded::Hotfix(hotfix) = incoming.state()? else { return Ok(()) };
    let issues: BTreeSet<i64> = hotfix.issues.iter().map(|key| number(&key.0)).collect();
    let mut found = false;
    for issue in issues {
        found |= tx
            .prepare_cached(
                "SELECT 1 FROM issues AS i WHERE num = ?1 AND channel <> 'testing'
                 AND NOT EXISTS (SELECT 1 FROM metric_places AS p WHERE p.product = i.product
                    AND production = 0 AND i.environment COLLATE NOCASE IN (p.environment, p.name))",
            )?
            .exists([issue])?;
    }
    tx.prepare_cached("UPDATE metric_hotfixes SET incident = ?2 WHERE num = ?1")?
        .execute(params![num, found])?;
    pass_on(incoming)
}

/// What deployments copy from their hot fix, so that a measure reads one table.
fn pass_on(incoming: &Incoming) -> Result<()> {
    incoming
        .tx
        .prepare_cached(
            "UPDATE metric_deployments SET (team, commit_at, incident) =
                (SELECT team, commit_at, incident FROM metric_hotfixes WHERE num = ?1)
             WHERE hotfix = ?1",
        )?
        .execute([number(&incoming.record.stream)])?;
    Ok(())
}

/// The trouble of a hot fix is there again; the first time counts.
fn came_back(incoming: &Incoming, hotfix: i64, because: &str) -> Result<()> {
    incoming
        .tx
        .prepare_cached(
            "UPDATE metric_hotfixes SET came_back_at = ?2, because = ?3
             WHERE num = ?1 AND came_back_at IS NULL",
        )?
        .execute(params![hotfix, incoming.record.recorded_at.micros(), because])?;
    Ok(())
}

/// The last production deployment of a hot fix has not held; what failed before stays as it was.
fn fail(incoming: &Incoming, hotfix: i64, cause: &str, because: &str) -> Result<()> {
    incoming
        .tx
        .prepare_cached(
            "UPDATE metric_deployments SET failed_at = ?2, cause = ?3, because = ?4
             WHERE failed_at IS NULL AND num = (SELECT num FROM metric_deployments
                WHERE hotfix = ?1 AND deployed_at IS NOT NULL ORDER BY deployed_at DESC, num DESC LIMIT 1)",
        )?
        .execute(params![hotfix, incoming.record.recorded_at.micros(), cause, because])?;
    Ok(())
}

fn deployment(incoming: &mut Incoming) -> Result<()> {
    let (tx, record, event) = (incoming.tx, incoming.record, incoming.event);
    let failed = match event {
        Event::DeploymentDeployed {} | Event::DeploymentRolledBack {} => None,
        Event::DeploymentFailed { .. } => Some("failed"),
        Event::ValidationFailed { .. } => Some("not_validated"),
        Event::RollbackStarted { .. } => Some("rolled_back"),
        _ => return Ok(()),
    };
    let Folded::Deployment(one) = incoming.state()? else { return Ok(()) };
    if !one.production {
        return Ok(());
    }
    let (num, at) = (number(&record.stream), record.recorded_at.micros());
    let hotfix = number(&one.hotfix.0);
    tx.prepare_cached(
        "INSERT OR IGNORE INTO metric_deployments
            (num, at, hotfix, root, incident, product, environment, team, commit_at)
         SELECT ?1, ?2, ?3, coalesce(root, ?3), coalesce(incident, 0), ?4, ?5, team, commit_at
         FROM (SELECT 1) LEFT JOIN metric_hotfixes AS h ON h.num = ?3",
    )?
    .execute(params![num, at, hotfix, one.product.0, one.environment])?;
    if let Some(cause) = failed {
        tx.prepare_cached(
            "UPDATE metric_deployments SET failed_at = ?2, cause = ?3
             WHERE num = ?1 AND failed_at IS NULL",
        )?
        .execute(params![num, at, cause])?;
        return Ok(());
    }
    if matches!(event, Event::DeploymentRolledBack {}) {
        tx.prepare_cached(
            "UPDATE metric_deployments SET recovered_at = ?2
             WHERE num = ?1 AND failed_at IS NOT NULL AND recovered_at IS NULL",
        )?
        .execute(params![num, at])?;
        return Ok(());
    }
    tx.prepare_cached(
        "UPDATE metric_deployments SET deployed_at = ?2 WHERE num = ?1 AND deployed_at IS NULL",
    )?
    .execute(params![num, at])?;
    tx.prepare_cached(
        "UPDATE metric_hotfixes SET shipped_at = ?2 WHERE num = ?1 AND shipped_at IS NULL",
    )?
    .execute(params![hotfix, at])?;
    // Whatever of the same trouble had failed there is mended by this one.
    tx.prepare_cached(
        "UPDATE metric_deployments SET recovered_at = ?2
         WHERE root = (SELECT root FROM metric_deployments WHERE num = ?1)
           AND product = ?3 AND environment = ?4
           AND failed_at IS NOT NULL AND recovered_at IS NULL",
    )?
    .execute(params![num, at, one.product.0, one.environment])?;
    Ok(())
}

/// Another version runs in production, and no deployment of ours brought it there.
fn release(incoming: &Incoming) -> Result<()> {
    let (tx, record) = (incoming.tx, incoming.record);
    let Event::RunningChanged { running, deployment: None, endpoint } = incoming.event else {
        return Ok(());
    };
    // What an endpoint tells before anything was known has run there for who knows how long.
    if endpoint.is_some() && record.version == 1 {
        return Ok(());
    }
    let mut place = record.stream.splitn(3, '/').skip(1);
    let (Some(product), Some(environment)) = (place.next(), place.next()) else { return Ok(()) };
    // Said again, the same version is no other release: what is known of it was corrected.
    tx.prepare_cached(
        "INSERT INTO metric_deployments
            (num, at, deployed_at, incident, product, environment, version)
         SELECT -?1, ?2, ?2, 0, product, environment, ?5 FROM metric_places
         WHERE product = ?3 AND environment = ?4 AND production = 1
           AND ?5 IS NOT (SELECT version FROM metric_deployments
              WHERE product = ?3 AND environment = ?4 ORDER BY at DESC, num DESC LIMIT 1)",
    )?
    .execute(params![
        record.seq.cast_signed(),
        record.recorded_at.micros(),
        product,
        environment,
        running.version
    ])?;
    Ok(())
}

fn places(incoming: &Incoming) -> Result<()> {
    let Event::CatalogSaved { object: CatalogObject::Product(product), .. } = incoming.event else {
        return Ok(());
    };
    let tx = incoming.tx;
    tx.prepare_cached("DELETE FROM metric_places WHERE product = ?1")?.execute([&product.id.0])?;
    for one in &product.environments {
        tx.prepare_cached("INSERT OR REPLACE INTO metric_places VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![product.id.0, one.id, one.name, one.production])?;
    }
    Ok(())
}
