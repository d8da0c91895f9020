//! Deadlines that are at risk or have passed: who answers for the issue is reminded once each. What
//! was said is in the journal together with the message, so a restart says nothing twice.

use super::Engine;
use crate::{error::Result, event::words::IssueKey, stages::triage::RemindOwners};

/// How many issues one reminder is about at most; the next look takes the others.
const MOST: u32 = 500;

/// Reminds of what is due.
pub(super) async fn reminders(engine: &Engine) -> Result<()> {
    engine
        .blocking(|engine| {
            let keys: Vec<IssueKey> = {
                let db = engine.desk.store().read()?;
                let mut statement = db.prepare_cached(
                    "SELECT 'ISS-' || num FROM issues WHERE remind_at <= ?1
                     ORDER BY remind_at LIMIT ?2",
                )?;
                let rows = statement
                    .query_map(rusqlite::params![engine.desk.now().micros(), MOST], |row| {
                        row.get(0).map(IssueKey)
                    })?;
                rows.collect::<Result<_, _>>()?
            };
            if keys.is_empty() {
                return Ok(());
            }
            engine.desk.as_engine(engine.fence()).command(&RemindOwners { keys }).map(drop)
        })
        .await
}
