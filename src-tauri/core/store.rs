//! The workspace: one SQLite file with the journal, the views, blobs, telemetry and operational
//! state.
//!
//! It promises that a file that is not ours, newer than we are, damaged or not writable is named in
//! a clear sentence and left untouched. One connection writes, a few read; every commit is synced
//! (WAL, synchronous=FULL) and deleted bytes are overwritten (secure_delete).

mod backup;
pub mod blob;
pub mod operational;
pub mod process;
mod schema;
pub mod stretch;
pub mod telemetry;
pub mod together;
pub mod view;

use crate::{
    clock::Instant,
    error::{Error, Result},
};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};
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
const NEWER: &str = "A newer Hotfix Desk wrote this file: this version may only read it.";
const INSTALL: &str = "Install the newer version.";

/// How to open a workspace.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    pub read_only: bool,
    /// How long to wait for another program that is writing.
    pub wait: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { read_only: false, wait: Duration::from_secs(5) }
    }
}

/// Kibibytes of pages that a connection keeps. What one command or question touches fits, and the system
/// keeps the rest; of more, SQLite would walk through all at the end of every transaction that has split a page.
const CACHE: i64 = 4_000;
/// The same while an import or a rebuild goes over much of the file.
const MUCH_CACHE: i64 = 64_000;

/// An open workspace file.
pub struct Store {
    path: PathBuf,
    id: Uuid,
    wait: Duration,
    immutable: bool,
    /// Why the file may only be read, if so.
    read_only: Option<String>,
    // Before the writer, so that they are closed before it: only a writer that is the last to close
    // moves the log into the file, which is then all there is to copy.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
    seen: Mutex<i64>,
    logs: together::Together<telemetry::LogLines, ()>,
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
    /// Makes a new workspace; refuses an existing file. It appears complete or not at all.
    pub fn create(path: &Path, now: Instant) -> Result<Self> {
        refuse_existing(path)?;
        let draft = draft_beside(path)?;
        let connection = Connection::open(&draft)?;
        configure(&connection, OpenOptions::default().wait)?;
        schema::create(&connection, APPLICATION, now)?;
        connection.close().map_err(|(_, error)| error)?;
        publish(draft, path)?;
        Self::open(path)
    }

    /// Opens a workspace. A newer program's file, or one that cannot be written, opens for reading.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, OpenOptions::default())
    }

    /// As [`Store::open`]. Until the file has proved to be ours and ours to write, nothing is
    /// opened that could change a byte of it: even closing a writer would move its log into it.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self> {
        let protected = inspect(path)?;
        let told = |error| cannot_open(path, error);
        let immutable = protected.is_some() && !log_is_pending(path);
        let probe = reader(path, options.wait, immutable).map_err(told)?;
        let described = schema::describe(&probe).map_err(told)?;
        if described.oldest_reader > schema::EPOCH {
            return Err(Error::offline(format!(
                "{} was written by a newer Hotfix Desk and cannot be read by this one; it was left untouched.",
                path.display()
            ))
            .hint(INSTALL)
            .at("path"));
        }
        let newer = described.epoch > schema::EPOCH;
        let mut reason = match protected {
            _ if newer => Some(NEWER.into()),
            None if options.read_only => Some("It was opened for reading only.".into()),
            protected => protected,
        };
        let mut connection = probe;
        if reason.is_none() {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            connection =
                Connection::open_with_flags(path, flags).map_err(Error::from).map_err(told)?;
            if connection.is_readonly("main")? {
                connection.busy_timeout(options.wait)?;
                reason = Some("The file may only be read.".into());
            } else {
                configure(&connection, options.wait).map_err(told)?;
                schema::migrate(&connection)?;
            }
        }
        let seen = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        Ok(Self {
            path: path.to_owned(),
            id: described.id,
            wait: options.wait,
            immutable,
            read_only: reason,
            writer: Mutex::new(connection),
            readers: Mutex::new(Vec::new()),
            seen: Mutex::new(seen),
            logs: together::Together::default(),
        })
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

    /// Refuses, with the reason, when the file may only be read.
    pub fn writable(&self) -> Result<()> {
        let Some(reason) = &self.read_only else { return Ok(()) };
        // A copy of a newer program's file would be just as new.
        let remedy = if reason == NEWER { INSTALL } else { "Open a copy of it to go on working." };
        Err(Error::offline(reason.clone()).hint(remedy))
    }

    /// Runs `work` in one `BEGIN IMMEDIATE` transaction; an error rolls everything back.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        self.writable()?;
        within(&mut lock(&self.writer), work)
    }

    /// As [`Store::write`], for a transaction that touches much of the file, and with memory for it.
    pub fn write_much<T>(&self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        self.writable()?;
        let mut connection = lock(&self.writer);
        connection.pragma_update(None, "cache_size", -MUCH_CACHE)?;
        let answer = within(&mut connection, work);
        connection.pragma_update(None, "cache_size", -CACHE)?;
        answer
    }

    /// A connection that only reads. What it sees is a snapshot from its first statement in a
    /// transaction on.
    pub fn read(&self) -> Result<Reader<'_>> {
        let pooled = lock(&self.readers).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => reader(&self.path, self.wait, self.immutable)?,
        };
        Ok(Reader { store: self, connection: Some(connection) })
    }

    /// Whether another program wrote to the file since this was last asked.
    pub fn changed_by_others(&self) -> Result<bool> {
        let mut seen = lock(&self.seen);
        let version: i64 =
            lock(&self.writer).pragma_query_value(None, "data_version", |row| row.get(0))?;
        Ok(std::mem::replace(&mut *seen, version) != version)
    }

    /// Writes the file anew, so that neither free pages nor gaps within pages hold what was erased,
    /// and empties the log. False while another program keeps that from being done.
    pub fn scour(&self) -> Result<bool> {
        self.writable()?;
        // What it builds in between is as large as the file: not in memory, as statements' own undo is.
        lock(&self.writer)
            .execute_batch("PRAGMA temp_store=FILE; VACUUM; PRAGMA temp_store=MEMORY;")?;
        self.settle()
    }

    /// Moves everything out of the write-ahead log and empties it, so that what was erased is gone
    /// from both. False while a reader still looks at the log; it can be tried again.
    pub fn settle(&self) -> Result<bool> {
        let busy: i64 =
            lock(&self.writer)
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }
}

/// What the file is, told from its bytes before SQLite may touch it. Says why it may only be read,
/// if so.
fn inspect(path: &Path) -> Result<Option<String>> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        Error::offline(format!("{shown} cannot be read: {error}.")).at("path")
    };
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::invalid(format!("There is no file {shown}."))
            .hint("`hotfix init` makes a workspace.")
            .at("path"),
        _ => unreadable(error),
    })?;
    if metadata.is_dir() {
        return Err(Error::invalid(format!("{shown} is a folder, not a workspace.")).at("path"));
    }
    let mut header = Vec::with_capacity(100);
    fs::File::open(path)
        .map_err(unreadable)?
        .take(100)
        .read_to_end(&mut header)
        .map_err(unreadable)?;
    if !header.starts_with(MAGIC) {
        return Err(foreign(path));
    }
    let word = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?))
    };
    let cut_off = || {
        Error::damaged(format!(
            "{shown} is cut off: a part of the file is missing; it was left untouched."
        ))
        .hint("Restore a backup: `hotfix restore`.")
        .at("path")
    };
    let (Some(pages), Some(application)) = (word(28), word(68)) else { return Err(cut_off()) };
    if application != APPLICATION.cast_unsigned() {
        return Err(foreign(path));
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    // While a log is pending, the file may rightly be shorter than its header says.
    if metadata.len() < u64::from(pages) * page && !log_is_pending(path) {
        return Err(cut_off());
    }
    // Modes tell even an administrator what is meant; the attempt tells of disks, owners and flags.
    let attempt = fs::OpenOptions::new().write(true).open(path);
    if metadata.permissions().readonly() || attempt.is_err_and(|error| is_forbidden(&error)) {
        return Ok(Some("The file may only be read.".into()));
    }
    let folder = folder_of(path);
    let meant = fs::metadata(folder).map_err(unreadable)?.permissions().readonly();
    // A file without a name, where the system has such; SQLite puts its log beside the workspace.
    if meant || tempfile::tempfile_in(folder).is_err_and(|error| is_forbidden(&error)) {
        return Ok(Some("The file's folder may only be read.".into()));
    }
    Ok(None)
}

fn is_forbidden(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Kind;
    matches!(error.kind(), Kind::PermissionDenied | Kind::ReadOnlyFilesystem)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Commits wait in the log beside the file.
fn log_is_pending(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

fn refuse_existing(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() {
        return Err(Error::field("path", "The name of the file is missing.")
            .hint("Say where it is to be written."));
    }
    // Asks for the link itself: a dangling one is something, too.
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Error::invalid(format!("{} exists already; nothing was changed.", path.display()))
        .hint("Choose another name, or open it.")
        .at("path"))
}

/// A new file in the same folder, which goes away unless it is published.
fn draft_beside(path: &Path) -> Result<tempfile::TempPath> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let message = format!("The folder {} does not exist.", folder.display());
        return Err(Error::field("path", message).hint("Make it, or choose another."));
    }
    let draft =
        tempfile::Builder::new().prefix(".hotfix-").tempfile_in(folder).map_err(|error| {
            Error::offline(format!("Nothing can be written to {}: {error}.", folder.display()))
                .hint("Choose a folder that may be written to.")
                .at("path")
        })?;
    Ok(draft.into_temp_path())
}

/// Gives a finished draft its name, durably, unless the name was taken meanwhile.
fn publish(draft: tempfile::TempPath, path: &Path) -> Result<()> {
    fs::File::open(&draft)?.sync_all()?;
    if let Err(refused) = draft.persist_noclobber(path) {
        refuse_existing(path)?;
        return Err(Error::from(refused.error).at("path"));
    }
    fs::File::open(folder_of(path))?.sync_all()?;
    Ok(())
}

fn foreign(path: &Path) -> Error {
    Error::damaged(format!(
        "{} is not a Hotfix Desk workspace; it was left untouched.",
        path.display()
    ))
    .hint("Choose a file that Hotfix Desk has made.")
    .at("path")
}

fn cannot_open(path: &Path, error: Error) -> Error {
    Error { message: format!("{}: {}", path.display(), error.message), ..error }.at("path")
}

/// A connection that cannot write. `immutable` is for a file in a place where not even SQLite's own
/// index can be put beside it.
fn reader(path: &Path, wait: Duration, immutable: bool) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if immutable {
        let mut url = url::Url::from_file_path(std::path::absolute(path)?)
            .map_err(|()| Error::internal("A path that is not absolute."))?;
        url.set_query(Some("immutable=1"));
        Connection::open_with_flags(url.as_str(), flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(path, flags)?
    };
    connection.busy_timeout(wait)?;
    stay_prepared(&connection)?;
    connection.execute_batch(
        "PRAGMA query_only=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;",
    )?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    Ok(connection)
}

/// Statements are planned once: SQLite would plan some of ours anew for every value that is bound.
fn stay_prepared(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn within<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction) -> Result<T>,
) -> Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    schema::check_epoch(&transaction)?;
    let answer = work(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

fn configure(connection: &Connection, wait: Duration) -> Result<()> {
    connection.busy_timeout(wait)?;
    stay_prepared(connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;
         PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA trusted_schema=OFF;
         PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=2000;
         PRAGMA journal_size_limit=67108864;",
    )?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
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
    fn a_closed_workspace_is_one_file_with_everything_in_it() {
        let folder = folder();
        let path = workspace(&folder);
        let store = Store::open(&path).unwrap();
        store.set_setting("theme", "dark").unwrap();
        assert_eq!(store.setting("theme").unwrap().as_deref(), Some("dark"));
        drop(store);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let copy = folder.path().join("copy.hotfix");
        fs::copy(&path, &copy).unwrap();
        let setting = Store::open(&copy).unwrap().setting("theme").unwrap();
        assert_eq!(setting.as_deref(), Some("dark"));
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

    /// The file as another program would leave it: ours up to the header, then changed.
    fn workspace(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("a.hotfix");
        drop(Store::create(&path, Instant::from_micros(1)).unwrap());
        path
    }

    #[test]
    fn a_workspace_cut_off_anywhere_is_refused_and_left_untouched() {
        let folder = folder();
        let path = workspace(&folder);
        let bytes = fs::read(&path).unwrap();
        for length in [16, 99, 100, 4096, 5000, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(refused(&path).contains("cut off"), "{length}");
        }
    }

    #[test]
    fn a_header_with_garbage_behind_it_is_refused_as_damaged() {
        let folder = folder();
        let path = workspace(&folder);
        let mut bytes = fs::read(&path).unwrap();
        bytes[100..].fill(0x5a);
        fs::write(&path, &bytes).unwrap();
        refused(&path);
    }

    #[test]
    fn opening_a_newer_programs_file_does_not_even_move_its_log_into_it() {
        let folder = folder();
        let path = workspace(&folder);
        let newer = Connection::open(&path).unwrap();
        newer.execute("UPDATE workspace SET epoch = epoch + 1", []).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(log_is_pending(&path));
        drop(Store::open(&path).unwrap());
        assert_eq!(fs::read(&path).unwrap(), before);
        assert!(log_is_pending(&path));
        newer.execute("UPDATE workspace SET oldest_reader = epoch", []).unwrap();
        assert!(refused(&path).contains("newer"));
    }

    #[test]
    fn a_program_that_was_overtaken_while_open_stops_writing() {
        let folder = folder();
        let path = workspace(&folder);
        let store = Store::open(&path).unwrap();
        Connection::open(&path)
            .unwrap()
            .execute("UPDATE workspace SET epoch = epoch + 1", [])
            .unwrap();
        assert!(store.write(|_| Ok(())).unwrap_err().message.contains("newer"));
    }

    #[test]
    fn a_write_protected_file_opens_for_reading_and_says_so() {
        let folder = folder();
        let path = workspace(&folder);
        let permissions = fs::metadata(&path).unwrap().permissions();
        let mut protected = permissions.clone();
        protected.set_readonly(true);
        fs::set_permissions(&path, protected).unwrap();
        let before = fs::read(&path).unwrap();
        let store = Store::open(&path).unwrap();
        assert!(store.read_only().unwrap().contains("only be read"));
        assert_eq!(store.setting("theme").unwrap(), None);
        assert!(store.set_setting("theme", "dark").is_err());
        drop(store);
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::set_permissions(&path, permissions).unwrap();
    }

    #[test]
    fn a_locked_file_says_that_another_program_uses_it() {
        let folder = folder();
        let path = workspace(&folder);
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let options = OpenOptions { wait: Duration::from_millis(20), ..OpenOptions::default() };
        let store = Store::open_with(&path, options).unwrap();
        let error = store.set_setting("theme", "dark").unwrap_err();
        assert!(error.message.contains("in use by another program"), "{error}");
        other.execute_batch("ROLLBACK").unwrap();
        drop(store);
        other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE").unwrap();
        let alone = fs::read(&path).unwrap();
        let error = Store::open_with(&path, options).err();
        assert!(error.is_none_or(|error| error.message.contains("in use by another program")));
        assert_eq!(fs::read(&path).unwrap(), alone);
    }

    #[test]
    fn a_folder_and_a_missing_file_are_named() {
        let folder = folder();
        let told = |path: &Path| Store::open(path).err().unwrap().message;
        assert!(told(folder.path()).contains("is a folder"));
        assert!(told(&folder.path().join("none")).contains("There is no file"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// `max_page_count` is a disk that is full, without one.
    #[test]
    fn a_full_disk_keeps_nothing_of_what_did_not_fit() {
        let folder = folder();
        let store = Store::open(&workspace(&folder)).unwrap();
        store.set_setting("theme", "dark").unwrap();
        lock(&store.writer).execute_batch("PRAGMA max_page_count = 60").unwrap();
        let error = store.put_blob(&vec![1; 5 << 20][..]).unwrap_err();
        assert!(error.message.contains("The disk is full"), "{error}");
        let chunks: i64 = store
            .read()
            .unwrap()
            .query_row("SELECT count(*) FROM blob_chunk", [], |row| row.get(0))
            .unwrap();
        assert_eq!(chunks, 0);
        assert_eq!(store.setting("theme").unwrap().as_deref(), Some("dark"));
    }

    #[test]
    fn creating_leaves_only_the_workspace_behind() {
        let folder = folder();
        workspace(&folder);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let path = folder.path().join("no/such/folder/a.hotfix");
        assert!(Store::create(&path, Instant::from_micros(1)).is_err());
        assert!(!folder.path().join("no").exists());
    }
}
