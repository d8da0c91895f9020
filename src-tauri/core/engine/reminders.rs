//! Deadlines that are at risk or have passed, and deployments that start soon: who answers for them is
//! reminded once each. What was said is in the journal together with the message, so a restart says
//! nothing twice.

use super::Engine;
use crate::{
    error::Result,
    event::words::{DeploymentKey, IssueKey},
    stages::{schedule::remind::RemindOfDeployments, triage::RemindOwners},
};

/// How many issues one reminder is about at most; the next look takes the others.
const MOST: u32 = 500;

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
