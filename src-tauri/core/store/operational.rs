//! Operational state: drafts, settings, leases, attempts. Not derived, so never rebuilt: a rebuild
//! of the views sends nothing twice.

use super::Store;
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::SkippedLine,
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One try to send a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub attempt: u32,
    pub at: Instant,
    pub outcome: String,
    pub detail: String,
    pub next_at: Option<Instant>,
}

/// Settings of this name and a source's id hold how its reading stands.
pub const SOURCE: &str = "source/";

/// Settings of this name and a published calendar's id hold how publishing to it stands.
pub const PUBLISHED: &str = "published/";

/// Settings of this name, a product's id, a slash and an environment's id hold what its endpoints
/// said that runs there.
pub const TOLD: &str = "told/";

/// How the reading of a source stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// What was asked where, in a digest: the place in another answer is no place in this one.
    pub asked: String,
    /// The version of the source that was read: a person's change is tried at once.
    pub version: u64,
    /// Where the next page begins.
    pub cursor: Option<String>,
    pub last_at: Option<Instant>,
    pub good_at: Option<Instant>,
    pub next_at: Option<Instant>,
    /// How often in a row it failed.
    pub failures: u32,
    pub error: Option<Error>,
    /// It will not pass by itself.
    pub lasting: bool,
    pub logged: u64,
    pub counted: u64,
    pub answered: u64,
    /// What of a calendar was not understood when it was last read; the first of it.
    pub skipped: Vec<SkippedLine>,
}

/// How publishing to a calendar stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Publishing {
    pub standing: Standing,
    /// How many events of ours are there.
    pub events: u64,
    /// Of all that was last published: the same again needs no question.
    pub digest: String,
    /// How far the journal was when that was last looked at.
    pub seq: u64,
}

impl Store {
    /// How publishing to a calendar stands; as before the first time if that cannot be told.
    pub fn publishing(&self, calendar: &str) -> Result<Publishing> {
        let text = self.setting(&format!("{PUBLISHED}{calendar}"))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub fn set_publishing(&self, calendar: &str, publishing: &Publishing) -> Result<()> {
        self.set_setting(&format!("{PUBLISHED}{calendar}"), &serde_json::to_string(publishing)?)
    }

    /// How the reading of a source stands; as before the first if that cannot be told.
    pub fn standing(&self, source: &str) -> Result<Standing> {
        let text = self.setting(&format!("{SOURCE}{source}"))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub fn set_standing(&self, source: &str, standing: &Standing) -> Result<()> {
        self.set_setting(&format!("{SOURCE}{source}"), &serde_json::to_string(standing)?)
    }

    /// Keeps what is being typed; empty text removes it.
    pub fn save_draft(&self, profile: &str, name: &str, text: &str) -> Result<()> {
        self.write(|tx| {
            if text.is_empty() {
                tx.execute("DELETE FROM draft WHERE profile = ?1 AND name = ?2", [profile, name])?;
            } else {
                tx.execute(
                    "INSERT OR REPLACE INTO draft VALUES (?1, ?2, ?3)",
                    [profile, name, text],
                )?;
            }
            Ok(())
        })
    }

    pub fn draft(&self, profile: &str, name: &str) -> Result<String> {
        let text = self
            .read()?
            .query_row(
                "SELECT text FROM draft WHERE profile = ?1 AND name = ?2",
                [profile, name],
                |row| row.get(0),
            )
            .optional()?;
        Ok(text.unwrap_or_default())
    }

    pub fn setting(&self, name: &str) -> Result<Option<String>> {
        Ok(self
            .read()?
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// The settings whose names begin so, by the rest of their names.
    pub fn settings(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        let db = self.read()?;
        let mut statement = db.prepare_cached(
            "SELECT substr(name, length(?1) + 1), value FROM setting
             WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
        )?;
        let rows = statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn drop_setting(&self, name: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute("DELETE FROM setting WHERE name = ?1", [name])?;
            Ok(())
        })
    }

    pub fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute("INSERT OR REPLACE INTO setting VALUES (?1, ?2)", [name, value])?;
            Ok(())
        })
    }

    /// Takes a lease that nobody holds, or that has run out, or renews one's own. The token grows
    /// with each change of holder: who acts with an older one is refused.
    pub fn acquire(
        &self,
        name: &str,
        holder: &str,
        ttl: Duration,
        now: Instant,
    ) -> Result<Option<u64>> {
        self.write(|tx| {
            let current: Option<(String, i64, i64)> = tx
                .query_row(
                    "SELECT holder, token, until FROM lease WHERE name = ?1",
                    [name],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let token = match current {
                Some((other, token, _)) if other == holder => token,
                Some((_, _, until)) if until > now.micros() => return Ok(None),
                Some((_, token, _)) => token + 1,
                None => 1,
            };
            tx.execute(
                "INSERT OR REPLACE INTO lease VALUES (?1, ?2, ?3, ?4)",
                params![name, holder, token, now.plus(ttl).micros()],
            )?;
            Ok(Some(token.unsigned_abs()))
        })
    }

    /// Renews a lease, also one that has run out, as long as nobody else has taken it since. Kind Conflict
    /// when somebody has. One that holds for half its time yet is only looked at.
    pub fn renew(&self, name: &str, token: u64, ttl: Duration, now: Instant) -> Result<()> {
        let half = now.plus(ttl / 2).micros();
        let fresh: Option<bool> = self
            .read()?
            .prepare_cached("SELECT token = ?2 AND until > ?3 FROM lease WHERE name = ?1")?
            .query_row(params![name, token.cast_signed(), half], |row| row.get(0))
            .optional()?;
        if fresh == Some(true) {
            return Ok(());
        }
        self.write(|tx| {
            check_fence(tx, name, token)?;
            let until = now.plus(ttl).micros();
            tx.execute(
                "UPDATE lease SET until = max(until, ?2) WHERE name = ?1",
                params![name, until],
            )?;
            Ok(())
        })
    }

    /// Gives a lease back, so that another may take it at once.
    pub fn release(&self, name: &str, holder: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE lease SET until = 0 WHERE name = ?1 AND holder = ?2",
                [name, holder],
            )?;
            Ok(())
        })
    }

    pub fn record_attempt(&self, message: &str, attempt: &Attempt) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO attempt VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    message,
                    attempt.attempt,
                    attempt.at.micros(),
                    attempt.outcome,
                    attempt.detail,
                    attempt.next_at.map(Instant::micros)
                ],
            )?;
            Ok(())
        })
    }

    /// Notes what became of one recipient before the next is sent to.
    pub fn record_delivery(&self, message: &str, delivery: &Delivery) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO delivery VALUES (?1, ?2, ?3, ?4)",
                params![message, delivery.place, delivery.at.micros(), delivery.refused],
            )?;
            Ok(())
        })
    }
}

/// The tries to send a message, the first one first.
pub fn attempts(db: &Connection, message: &str) -> Result<Vec<Attempt>> {
    let mut statement = db.prepare_cached(
        "SELECT attempt, at, outcome, detail, next_at FROM attempt WHERE message = ?1 ORDER BY attempt",
    )?;
    let rows = statement.query_map([message], |row| {
        Ok(Attempt {
            attempt: row.get(0)?,
            at: Instant::from_micros(row.get(1)?),
            outcome: row.get(2)?,
            detail: row.get(3)?,
            next_at: row.get::<_, Option<i64>>(4)?.map(Instant::from_micros),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What became of one recipient of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The recipient's place in the message's list, from 0.
    pub place: u32,
    /// When that became known.
    pub at: Instant,
    /// Why the message will not reach them; `None` where it has left for them.
    pub refused: Option<String>,
}

/// The recipients of a message of whom it is known what became, by place.
pub fn deliveries(db: &Connection, message: &str) -> Result<Vec<Delivery>> {
    let mut statement = db.prepare_cached(
        "SELECT place, at, refused FROM delivery WHERE message = ?1 ORDER BY place",
    )?;
    let rows = statement.query_map([message], |row| {
        Ok(Delivery {
            place: row.get(0)?,
            at: Instant::from_micros(row.get(1)?),
            refused: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes a text out of drafts, logs, samples and attempts, as it is and as JSON spells it.
pub fn scrub(tx: &Connection, text: &str, replacement: &str) -> Result<()> {
    let spelled = |text: &str| -> Result<String> {
        let quoted = serde_json::to_string(text)?;
        Ok(quoted[1..quoted.len() - 1].to_owned())
    };
    let mut pairs = vec![(text.to_owned(), replacement.to_owned())];
    if spelled(text)? != text {
        pairs.push((spelled(text)?, spelled(replacement)?));
    }
    for (table, column) in [
        ("draft", "text"),
        ("attempt", "detail"),
        ("delivery", "refused"),
        ("log", "text"),
        ("sample", "detail"),
    ] {
        for (text, replacement) in &pairs {
            tx.execute(
                &format!(
                    "UPDATE {table} SET {column} = replace({column}, ?1, ?2)
                     WHERE instr({column}, ?1)"
                ),
                [text, replacement],
            )?;
        }
    }
    Ok(())
}

/// Refuses who no longer holds a lease; asked inside the transaction that acts.
pub fn check_fence(db: &Connection, name: &str, token: u64) -> Result<()> {
    let current: Option<i64> = db
        .prepare_cached("SELECT token FROM lease WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if current == Some(token.cast_signed()) {
        return Ok(());
    }
    Err(Error::conflict("Another program runs the deployments by now; this one stands back."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_lease_changes_hands_only_when_it_has_run_out_and_the_old_holder_is_fenced_off() {
        let folder = tempfile::tempdir().unwrap();
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000);
        let store = Store::create(&folder.path().join("a.hotfix"), at(0)).unwrap();
        let ttl = Duration::from_secs(10);
        assert_eq!(store.acquire("engine", "one", ttl, at(0)).unwrap(), Some(1));
        assert_eq!(store.acquire("engine", "two", ttl, at(9)).unwrap(), None);
        assert_eq!(store.acquire("engine", "one", ttl, at(9)).unwrap(), Some(1));
        store.renew("engine", 1, ttl, at(15)).unwrap();
        assert_eq!(store.acquire("engine", "two", ttl, at(24)).unwrap(), None);
        store.renew("engine", 1, ttl, at(40)).unwrap();
        assert_eq!(store.acquire("engine", "two", ttl, at(51)).unwrap(), Some(2));
        let late = store.renew("engine", 1, ttl, at(52)).unwrap_err();
        assert_eq!(late.kind, Kind::Conflict);
        let reader = store.read().unwrap();
        assert!(check_fence(&reader, "engine", 1).is_err());
        assert!(check_fence(&reader, "engine", 2).is_ok());
    }
}
