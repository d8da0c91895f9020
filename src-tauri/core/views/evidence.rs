//! Which run of a suite came before: of the same hot fix, else the newest one of its product.

use super::{Incoming, Question, Read};
use crate::{
    error::Result,
    event::{Event, words::*},
    model::Folded,
};
use rusqlite::{OptionalExtension as _, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The run that a new one of this suite is compared with; or, before a run that is recorded already,
/// the one that it was compared with.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FindRunBefore {
    pub key: HotfixKey,
    pub suite: String,
    /// Of this hot fix, from 1; the one that comes next if left out.
    #[serde(default)]
    pub run: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RunBefore {
    pub hotfix: HotfixKey,
    pub run: u32,
    /// The blob of its tests.
    pub list: Digest,
}

impl Question for FindRunBefore {
    type Answer = Option<RunBefore>;

    fn ask(&self, read: &Read) -> Result<Option<RunBefore>> {
        let product = read.judge(|state| Ok(state.hotfix(&self.key)?.product.clone()))?;
        let before: i64 = match self.run {
            None => i64::MAX,
            Some(run) => read
                .db
                .query_row(
                    "SELECT seq FROM test_runs WHERE hotfix = ?1 AND run = ?2 AND product = ?3",
                    params![self.key.0, run, product.0],
                    |row| row.get(0),
                )
                .optional()?
                .unwrap_or(i64::MAX),
        };
        let find = |own: bool| {
            let condition = if own { "AND hotfix = ?4" } else { "AND hotfix <> ?4" };
            let sql = format!(
                "SELECT hotfix, run, list FROM test_runs
                 WHERE product = ?1 AND suite = ?2 AND seq < ?3 {condition}
                 ORDER BY seq DESC LIMIT 1"
            );
            read.db
                .prepare_cached(&sql)?
                .query_row(params![product.0, self.suite.trim(), before, self.key.0], |row| {
                    Ok(RunBefore {
                        hotfix: HotfixKey(row.get(0)?),
                        run: row.get(1)?,
                        list: Digest(row.get(2)?),
                    })
                })
                .optional()
        };
        Ok(match find(true)? {
            Some(own) => Some(own),
            None => find(false)?,
        })
    }
}

pub(super) fn apply(incoming: &mut Incoming) -> Result<()> {
    let Event::TestsRecorded { evidence, .. } = incoming.event else { return Ok(()) };
    let Some(list) = &evidence.list else { return Ok(()) };
    let (tx, seq) = (incoming.tx, incoming.record.seq);
    let Folded::Hotfix(hotfix) = incoming.state()? else { return Ok(()) };
    tx.prepare_cached("INSERT OR REPLACE INTO test_runs VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            seq.cast_signed(),
            hotfix.key.0,
            u32::try_from(hotfix.tests.len()).unwrap_or(u32::MAX),
            hotfix.product.0,
            evidence.suite.trim(),
            list.hash.0,
        ])?;
    Ok(())
}
