//! Deadlines that are at risk or have passed, and deployments that start soon: who answers for them is
//! reminded once each. What was said is in the journal together with the message, so a restart says
//! nothing twice.

use super::Engine;
use crate::{
    error::Result,
    event::words::{DeploymentKey, HotfixKey, IssueKey},
    stages::{
        announce::remind::{self, RemindOfUpdates},
        schedule::remind::RemindOfDeployments,
        triage::RemindOwners,
    },
};
use std::time::Duration;

/// How many issues one reminder is about at most; the next look takes the others.
const MOST: u32 = 500;

/// How often is looked whether people wait for a word; it moves with every message, so no column has it.
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
                let keys = without_a_word(engine)?;
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

/// The hot fixes under way of which people wait to hear.
fn without_a_word(engine: &Engine) -> Result<Vec<HotfixKey>> {
    let now = engine.desk.now();
    let under_way: Vec<HotfixKey> = {
        let db = engine.desk.store().read()?;
        let mut statement = db.prepare_cached(
            "SELECT key FROM hotfixes WHERE phase IN ('development', 'rollout') ORDER BY num",
        )?;
        let rows = statement.query_map([], |row| row.get(0).map(HotfixKey))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut due = Vec::new();
    for key in under_way {
        let waits = engine
            .desk
            .as_engine(None)
            .judge(|state, _| Ok(remind::due(state, state.hotfix(&key)?, now)?.is_some()))?;
        if waits && due.len() < MOST as usize {
            due.push(key);
        }
    }
    Ok(due)
}
