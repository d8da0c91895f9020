//! The workspace: one SQLite file with the journal, the views, blobs, telemetry and operational
//! state.
//!
//! It promises that a file that is not ours, newer than we are, damaged or not writable is named in
//! a clear sentence and left untouched. One connection writes, a few read; every commit is synced
//! (WAL, synchronous=FULL) and deleted bytes are overwritten (secure_delete).

pub mod blob;
pub mod operational;
mod schema;
pub mod telemetry;
pub mod view;

use crate::{
    clock::Instant,
    error::{Error, Result},
};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::{
    fs,
    io::Read as _,
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// The first bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// `HFDX` as SQLite's application id.
const APPLICATION: i32 = 0x4846_4458;
const MOST_READERS: usize = 4;

/// An open workspace file.
pub struct Store {
    path: PathBuf,
    id: Uuid,
    /// Why the file may only be read, if so.
    read_only: Option<String>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    seen: Mutex<i64>,
}

/// A reader's connection, handed back when dropped.
pub struct Reader<'a> {
    store: &'a Store,
    connection: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        // Taken only by `drop`, so it is there as long as anybody can ask.
        self.connection.as_ref().unwrap_or_else(|| unreachable!("a reader without its connection"))
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let mut readers = lock(&self.store.readers);
            if readers.len() < MOST_READERS {
                readers.push(connection);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held rolled its transaction back: what it guards is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Makes a new workspace; refuses an existing file.
    pub fn create(path: &Path, now: Instant) -> Result<Self> {
        if path.exists() {
            return Err(Error::invalid(format!(
                "{} exists already; nothing was changed.",
                path.display()
            ))
            .hint("Choose another name, or open it.")
            .at("path"));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
            && !folder.is_dir()
        {
            return Err(Error::invalid(format!("The folder {} does not exist.", folder.display()))
                .at("path"));
        }
        let connection = Connection::open(path).map_err(|error| cannot_open(path, error))?;
        let made = configure(&connection, false)
            .and_then(|()| schema::create(&connection, APPLICATION, now));
        if let Err(error) = made {
            drop(connection);
            for ending in ["", "-wal", "-shm"] {
                let leftover = PathBuf::from(format!("{}{ending}", path.display()));
                if let Err(failure) = fs::remove_file(&leftover)
                    && failure.kind() != std::io::ErrorKind::NotFound
                {
                    tracing::warn!(file = %leftover.display(), %failure, "a half-made workspace stays");
                }
            }
            return Err(error);
        }
        Self::from_connection(path, connection, None)
    }

    /// Opens a workspace. A newer program's file, or one that cannot be written, opens for reading.
    pub fn open(path: &Path) -> Result<Self> {
        inspect(path)?;
        let writable = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        );
        let connection = writable.map_err(|error| cannot_open(path, error))?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let application: i32 = connection
            .pragma_query_value(None, "application_id", |row| row.get(0))
            .map_err(|error| cannot_open(path, error))?;
        if application != APPLICATION {
            return Err(foreign(path));
        }
        let mut reason = None;
        if fs::metadata(path)?.permissions().readonly() || connection.is_readonly("main")? {
            reason = Some("The file may only be read.".to_owned());
        }
        let oldest = schema::oldest_reader(&connection)?;
        if oldest > schema::EPOCH {
            return Err(Error::offline(format!(
                "{} was written by a newer Hotfix Desk and cannot be read by this one; it was left untouched.",
                path.display()
            ))
            .hint("Install the newer version."));
        }
        if schema::epoch(&connection)? > schema::EPOCH {
            reason =
                Some("A newer Hotfix Desk wrote this file: this version may only read it.".into());
        }
        configure(&connection, reason.is_some())?;
        if reason.is_none() {
            schema::migrate(&connection)?;
        }
        Self::from_connection(path, connection, reason)
    }

    fn from_connection(path: &Path, writer: Connection, read_only: Option<String>) -> Result<Self> {
        let id: String = writer.query_row("SELECT id FROM workspace", [], |row| row.get(0))?;
        let id = Uuid::parse_str(&id)
            .map_err(|_| Error::damaged("The workspace's own id is damaged.").at("workspace.id"))?;
        let store = Self {
            path: path.to_owned(),
            id,
            read_only,
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            seen: Mutex::new(0),
        };
        store.changed_by_others()?;
        Ok(store)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn id(&self) -> Uuid {
        self.id
    }

    pub fn read_only(&self) -> Option<&str> {
        self.read_only.as_deref()
    }

    /// Runs `work` in one `BEGIN IMMEDIATE` transaction; an error rolls everything back.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        if let Some(reason) = &self.read_only {
            return Err(Error::offline(reason.clone()).hint("Open a copy of it to go on working."));
        }
        let mut connection = lock(&self.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        schema::check_epoch(&transaction)?;
        let answer = work(&transaction)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// A connection that only reads. What it sees is a snapshot from its first statement in a
    /// transaction on.
    pub fn read(&self) -> Result<Reader<'_>> {
        let pooled = lock(&self.readers).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => {
                let connection = Connection::open_with_flags(
                    &self.path,
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
                )?;
                connection.busy_timeout(Duration::from_secs(5))?;
                connection.execute_batch("PRAGMA query_only=ON; PRAGMA cache_size=-16000;")?;
                connection.set_prepared_statement_cache_capacity(128);
                connection
            }
        };
        Ok(Reader { store: self, connection: Some(connection) })
    }

    /// Whether another program wrote to the file since this was last asked.
    pub fn changed_by_others(&self) -> Result<bool> {
        let version: i64 =
            lock(&self.writer).pragma_query_value(None, "data_version", |row| row.get(0))?;
        let mut seen = lock(&self.seen);
        Ok(std::mem::replace(&mut *seen, version) != version)
    }

    /// Writes a copy to a new file with SQLite's online backup; the copy is synced before it gets
    /// its name.
    pub fn backup(&self, to: &Path, mut progress: impl FnMut(u64, u64)) -> Result<()> {
        if to.exists() {
            return Err(Error::invalid(format!(
                "{} exists already; nothing was changed.",
                to.display()
            ))
            .at("path"));
        }
        let folder =
            to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let partial = tempfile::NamedTempFile::new_in(folder)?;
        {
            let source = self.read()?;
            let mut target = Connection::open(partial.path())?;
            let backup = rusqlite::backup::Backup::new(&source, &mut target)?;
            loop {
                let step = backup.step(2048)?;
                let done = backup.progress();
                progress(
                    (done.pagecount - done.remaining).unsigned_abs().into(),
                    done.pagecount.unsigned_abs().into(),
                );
                match step {
                    rusqlite::backup::StepResult::Done => break,
                    rusqlite::backup::StepResult::More => {}
                    _ => std::thread::sleep(Duration::from_millis(20)),
                }
            }
        }
        partial.as_file().sync_all()?;
        partial.persist_noclobber(to).map_err(|error| Error::from(error.error))?;
        Ok(())
    }
}

/// What the file is, told from its first bytes, before SQLite may touch it.
fn inspect(path: &Path) -> Result<()> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::invalid(format!("There is no file {}.", path.display()))
                .hint("`hotfix init` makes a workspace.")
                .at("path")
        }
        _ => Error::offline(format!("{} cannot be opened: {error}.", path.display())).at("path"),
    })?;
    if metadata.is_dir() {
        return Err(
            Error::invalid(format!("{} is a folder, not a workspace.", path.display())).at("path")
        );
    }
    let mut start = [0; 16];
    let read =
        fs::File::open(path).and_then(|mut file| file.read(&mut start)).map_err(|error| {
            Error::offline(format!("{} cannot be read: {error}.", path.display())).at("path")
        })?;
    if read < MAGIC.len() || &start != MAGIC {
        return Err(foreign(path));
    }
    Ok(())
}

fn foreign(path: &Path) -> Error {
    Error::damaged(format!(
        "{} is not a Hotfix Desk workspace; it was left untouched.",
        path.display()
    ))
    .at("path")
}

fn cannot_open(path: &Path, error: rusqlite::Error) -> Error {
    let known = Error::from(error);
    Error { message: format!("{}: {}", path.display(), known.message), ..known }.at("path")
}

fn configure(connection: &Connection, read_only: bool) -> Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    if read_only {
        connection.execute_batch("PRAGMA query_only=ON;")?;
        return Ok(());
    }
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;
         PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000; PRAGMA wal_autocheckpoint=2000;",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    /// The sentence for a file, which must stay as it was to the byte.
    fn refused(path: &Path) -> String {
        let before = fs::read(path).unwrap();
        let Err(error) = Store::open(path) else { panic!("{} opened", path.display()) };
        assert_eq!(fs::read(path).unwrap(), before);
        error.message
    }

    #[test]
    fn a_file_that_is_no_workspace_is_named_and_left_untouched() {
        let folder = folder();
        for (name, bytes) in [
            ("empty", &b""[..]),
            ("text", b"hello, this is a letter, not a database"),
            ("short", b"SQLite"),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            assert!(refused(&path).contains("not a Hotfix Desk workspace"), "{name}");
        }
        let other = folder.path().join("other.db");
        Connection::open(&other)
            .unwrap()
            .execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES (1);")
            .unwrap();
        assert!(refused(&other).contains("not a Hotfix Desk workspace"));
    }

    #[test]
    fn a_truncated_workspace_is_refused_as_damaged() {
        let folder = folder();
        let path = folder.path().join("a.hotfix");
        drop(Store::create(&path, Instant::from_micros(1)).unwrap());
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..5000]).unwrap();
        let error = Store::open(&path).err().unwrap();
        assert_eq!(error.kind, crate::error::Kind::Damaged, "{error}");
    }

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let folder = folder();
        let path = folder.path().join("a.hotfix");
        fs::write(&path, "precious").unwrap();
        assert!(Store::create(&path, Instant::from_micros(1)).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[test]
    fn a_newer_programs_file_opens_for_reading_and_says_so() {
        let folder = folder();
        let path = folder.path().join("a.hotfix");
        drop(Store::create(&path, Instant::from_micros(1)).unwrap());
        Connection::open(&path)
            .unwrap()
            .execute("UPDATE workspace SET epoch = epoch + 1", [])
            .unwrap();
        let store = Store::open(&path).unwrap();
        assert!(store.read_only().unwrap().contains("newer"));
        assert!(store.write(|_| Ok(())).is_err());
    }

    #[test]
    fn another_connections_write_is_noticed() {
        let folder = folder();
        let path = folder.path().join("a.hotfix");
        let one = Store::create(&path, Instant::from_micros(1)).unwrap();
        let two = Store::open(&path).unwrap();
        assert!(!one.changed_by_others().unwrap());
        two.write(|tx| Ok(tx.execute("INSERT INTO setting VALUES ('a', 'b')", [])?)).unwrap();
        assert!(one.changed_by_others().unwrap());
        assert!(!one.changed_by_others().unwrap());
    }
}
