//! The tables that are not views, and how an older file becomes a current one.

use crate::{
    clock::Instant,
    error::{Error, Kind, Result},
    journal::record::genesis,
};
use rusqlite::{Connection, TransactionBehavior, params};
use uuid::Uuid;

/// The format this program writes. A file of a later epoch is only read.
pub const EPOCH: i64 = 1;

/// Step `n` brings a file from `user_version` n to n + 1.
const STEPS: &[&str] = &[
    "
    CREATE TABLE workspace (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        id TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        oldest_reader INTEGER NOT NULL CHECK (oldest_reader <= epoch),
        created_at INTEGER NOT NULL,
        -- The end of the journal, noted with each append, so that a lost tail is noticed.
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;

    CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        id BLOB NOT NULL CHECK (length(id) = 16),
        stream TEXT NOT NULL,
        version INTEGER NOT NULL,
        kind TEXT NOT NULL,
        ignorable INTEGER NOT NULL CHECK (ignorable IN (0, 1)),
        actor TEXT NOT NULL,
        device TEXT NOT NULL,
        command BLOB NOT NULL CHECK (length(command) = 16),
        occurred_at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        data BLOB NOT NULL,
        salt BLOB CHECK (length(salt) = 32),
        private BLOB,
        private_digest BLOB NOT NULL CHECK (length(private_digest) = 32),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        CHECK ((salt IS NULL) = (private IS NULL))
    ) STRICT;
    CREATE UNIQUE INDEX journal_stream ON journal(stream, version);

    -- Also what keeps INSERT OR REPLACE from replacing: it deletes without asking a DELETE trigger.
    CREATE TRIGGER journal_grows BEFORE INSERT ON journal
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM journal)
        OR NEW.version IS NOT
            (SELECT coalesce(max(version), 0) + 1 FROM journal WHERE stream = NEW.stream)
    BEGIN SELECT RAISE(ABORT, 'the journal grows at its end only'); END;

    CREATE TRIGGER journal_stays BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

    -- The one permitted change: a private part and its salt are dropped together.
    CREATE TRIGGER journal_erases BEFORE UPDATE ON journal
    WHEN NOT (NEW.private IS NULL AND NEW.salt IS NULL
        AND OLD.seq = NEW.seq AND OLD.id = NEW.id AND OLD.stream = NEW.stream
        AND OLD.version = NEW.version AND OLD.kind = NEW.kind AND OLD.ignorable = NEW.ignorable
        AND OLD.actor = NEW.actor AND OLD.device = NEW.device AND OLD.command = NEW.command
        AND OLD.occurred_at = NEW.occurred_at AND OLD.recorded_at = NEW.recorded_at
        AND OLD.data = NEW.data AND OLD.private_digest = NEW.private_digest
        AND OLD.hash = NEW.hash)
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

    -- How far each view has followed the journal; `tables` (a JSON array) is what to drop when
    -- another version of it takes its place.
    CREATE TABLE view_meta (
        name TEXT PRIMARY KEY, version INTEGER NOT NULL, seq INTEGER NOT NULL, tables TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- A blob exists from the moment that it has a row here; its chunks keep the upload's id, so
    -- publishing moves no bytes.
    CREATE TABLE blob (
        hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
        size INTEGER NOT NULL,
        upload BLOB NOT NULL UNIQUE CHECK (length(upload) = 16)
    ) STRICT;
    CREATE TABLE blob_chunk (
        upload BLOB NOT NULL, part INTEGER NOT NULL,
        bytes BLOB NOT NULL CHECK (length(bytes) <= 4194304),
        PRIMARY KEY (upload, part)
    ) STRICT;

    CREATE TABLE answer (
        command BLOB PRIMARY KEY, digest BLOB NOT NULL, answer BLOB NOT NULL, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE draft (
        profile TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (profile, name)
    ) STRICT;
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE lease (
        name TEXT PRIMARY KEY, holder TEXT NOT NULL, token INTEGER NOT NULL, until INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE attempt (
        message TEXT NOT NULL, attempt INTEGER NOT NULL, at INTEGER NOT NULL,
        outcome TEXT NOT NULL, detail TEXT NOT NULL, next_at INTEGER,
        PRIMARY KEY (message, attempt)
    ) STRICT;

    CREATE TABLE sample (
        id INTEGER PRIMARY KEY, subject TEXT NOT NULL, probe TEXT NOT NULL, at INTEGER NOT NULL,
        result TEXT NOT NULL, value REAL, detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX sample_probe ON sample(subject, probe, id);
    CREATE TABLE log (
        id INTEGER PRIMARY KEY, subject TEXT NOT NULL, target TEXT NOT NULL, at INTEGER NOT NULL,
        stream TEXT NOT NULL, text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX log_subject ON log(subject, id);
",
    "
    -- What became of each recipient of a message, by the place in its list; `refused` is why not.
    CREATE TABLE delivery (
        message TEXT NOT NULL, place INTEGER NOT NULL, at INTEGER NOT NULL, refused TEXT,
        PRIMARY KEY (message, place)
    ) STRICT, WITHOUT ROWID;
",
    "
    -- Samples of a stretch of time put together; a sample is in one of the two tables.
    CREATE TABLE stretch (
        subject TEXT NOT NULL, probe TEXT NOT NULL, at INTEGER NOT NULL,
        count INTEGER NOT NULL, failures INTEGER NOT NULL, inconclusive INTEGER NOT NULL,
        errors INTEGER NOT NULL, valued INTEGER NOT NULL, total REAL NOT NULL,
        low REAL, high REAL, good INTEGER NOT NULL, good_total REAL NOT NULL,
        PRIMARY KEY (subject, probe, at)
    ) STRICT, WITHOUT ROWID;
    DROP INDEX sample_probe;
    CREATE INDEX sample_at ON sample(subject, probe, at);
",
];

/// Makes the tables of a new file in one transaction.
pub fn create(connection: &Connection, application: i32, now: Instant) -> Result<()> {
    let transaction =
        rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.pragma_update(None, "application_id", application)?;
    for step in STEPS {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", STEPS.len() as i64)?;
    let id = Uuid::now_v7();
    transaction.execute(
        "INSERT INTO workspace (only, id, epoch, oldest_reader, created_at, seq, hash)
         VALUES (1, ?1, ?2, ?2, ?3, 0, ?4)",
        params![id.to_string(), EPOCH, now.micros(), genesis(&id)],
    )?;
    transaction.commit()?;
    Ok(())
}

/// Brings an older file up to date, each step in a transaction of its own.
pub fn migrate(connection: &Connection) -> Result<()> {
    let version: usize =
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? as usize;
    if version >= STEPS.len() {
        return Ok(());
    }
    loop {
        let transaction =
            rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let version: u32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let Some(step) = STEPS.get(version as usize) else { return Ok(()) };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
}

/// What a file says about itself.
pub struct Described {
    pub id: Uuid,
    pub epoch: i64,
    pub oldest_reader: i64,
}

pub fn describe(connection: &Connection) -> Result<Described> {
    let lost = || {
        Error::damaged(
            "The file says that it is a workspace, but does not hold one; it was left untouched.",
        )
        .hint("Restore a backup: `hotfix restore`.")
    };
    let (id, epoch, oldest_reader) = connection
        .query_row("SELECT id, epoch, oldest_reader FROM workspace", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
        })
        .map_err(|error| match Error::from(error) {
            error if error.kind == Kind::Internal => lost(),
            error => error,
        })?;
    let id = Uuid::parse_str(&id).map_err(|_| lost())?;
    Ok(Described { id, epoch, oldest_reader })
}

/// Asked inside every write: a newer program may have taken the file over meanwhile.
pub fn check_epoch(connection: &Connection) -> Result<()> {
    if connection
        .prepare_cached("SELECT epoch FROM workspace")?
        .query_row([], |row| row.get::<_, i64>(0))?
        > EPOCH
    {
        return Err(Error::offline(
            "A newer Hotfix Desk has taken this file over: this version may only read it.",
        )
        .hint("Install the newer version."));
    }
    Ok(())
}
