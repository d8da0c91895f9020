//! Deadlines that are at risk or have passed, and deployments that start soon: who answers for them is
//! reminded once each. What was said is in the journal together with the message, so a restart says
//! nothing twice.

#[cfg(test)]
mod tests;

use super::Engine;
use crate::{
    clock::Instant,
    desk::Desk,
    error::Result,
    event::words::{CatalogId, DeploymentKey, HotfixKey, IssueKey},
    model::telling::Waiting,
    stages::{
        announce::remind::RemindOfUpdates, schedule::remind::RemindOfDeployments,
        triage::RemindOwners,
    },
};
use rusqlite::Connection;
use std::time::Duration;

/// How many issues one reminder is about at most; the next look takes the others.
const MOST: u32 = 500;

/// How often is looked whether people wait for a word. When one is due moves with the rubric and its hours, so
/// the column says since when nobody has heard.
const UPDATES: Duration = Duration::from_secs(60);

/// Reminds of what is due.
pub(super) async fn reminders(engine: &Engine) -> Result<()> {
    engine
        .blocking(|engine| {
            let issues = due(
                engine,
                "SELECT 'ISS-' || num FROM issues WHERE remind_at <= ?1 ORDER BY remind_at LIMIT ?2",
            )?;
            let deployments = due(
                engine,
                "SELECT key FROM deployments WHERE remind_at <= ?1 ORDER BY remind_at LIMIT ?2",
            )?;
            let call = || engine.desk.as_engine(engine.fence());
            if !issues.is_empty() {
                let keys = issues.into_iter().map(IssueKey).collect();
                call().command(&RemindOwners { keys })?;
            }
            if !deployments.is_empty() {
                let keys = deployments.into_iter().map(DeploymentKey).collect();
                call().command(&RemindOfDeployments { keys })?;
            }
            if engine.is_due("updates", UPDATES) {
                let keys = without_a_word(&engine.desk)?;
                if !keys.is_empty() {
                    call().command(&RemindOfUpdates { keys })?;
                }
            }
            Ok(())
        })
        .await
}

/// The keys whose reminder is due.
fn due(engine: &Engine, sql: &str) -> Result<Vec<String>> {
    let db = engine.desk.store().read()?;
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map(rusqlite::params![engine.desk.now().micros(), MOST], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The hot fixes under way of which people wait to hear, those who wait longest first. What their table has is
/// held against the rubrics of now, so that no stream is folded to find that nothing is due.
fn without_a_word(desk: &Desk) -> Result<Vec<HotfixKey>> {
    let (catalog, now) = (desk.catalog()?, desk.now());
    let Some(since) = catalog.word_owed_since(now) else { return Ok(Vec::new()) };
    let waiting = silent(&*desk.store().read()?, since)?;
    let mut due = catalog.words_due(waiting, now)?;
    due.truncate(MOST as usize);
    Ok(due)
}

/// The hot fixes under way of which somebody who is affected has heard nothing since then, or longer.
fn silent(db: &Connection, since: Instant) -> Result<Vec<Waiting>> {
    let mut statement = db.prepare_cached(
        "SELECT key, product, priority, silent_since, reminded FROM hotfixes
         WHERE silent_since <= ?1 AND priority IS NOT NULL AND EXISTS (
             SELECT 1 FROM json_each(hotfixes.issues) AS joined
             JOIN issues ON issues.num = joined.value WHERE issues.people > 0
         ) ORDER BY silent_since",
    )?;
    let rows = statement.query_map([since.micros()], |row| {
        Ok((
            HotfixKey(row.get(0)?),
            CatalogId(row.get(1)?),
            row.get::<_, String>(2)?,
            Instant::from_micros(row.get(3)?),
            row.get::<_, Option<i64>>(4)?.map(Instant::from_micros),
        ))
    })?;
    let mut waiting = Vec::new();
    for row in rows {
        let (key, product, priority, since, reminded) = row?;
        if let Ok(priority) = serde_json::from_value(priority.into()) {
            waiting.push(Waiting { key, product, priority, since, reminded });
        }
    }
    Ok(waiting)
}
