//! What was erased does not come back with an older backup.
//!
//! A backup cannot know what was erased after it was made. Two others do: a later file of the same
//! workspace, which still holds what was left of each text, and the list that this machine keeps of
//! erasures: places and hashes, never a text. A restored copy gets its name only after both were
//! asked and what they name was erased in it again, by a redaction like any other.
//!
//! Where only the list knows of it, all of the record's private part goes.

use super::{Desk, Options, redact};
use crate::{
    error::{Error, Result},
    event::{Event, words::Digest},
    journal::{Record, sqlite},
    stages::redact::{Again, EraseAgain},
    store::{OpenOptions, Store},
    views,
};
use rusqlite::{Connection, OptionalExtension as _, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};
use ts_rs::TS;

/// What a restored workspace is not as it was in the backup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Restored {
    /// Records from which something was erased after the backup was made, and now again.
    pub erased_again: u32,
    /// What follows from that, in sentences.
    pub notes: Vec<String>,
}

/// Where this machine keeps what must not come and go with a workspace's file.
pub(super) fn data_of_this_machine() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let data = match named("XDG_DATA_HOME") {
        Some(data) => PathBuf::from(data),
        None => PathBuf::from(named("HOME")?).join(".local/share"),
    };
    data.is_absolute().then(|| data.join("hotfix-desk"))
}

/// One entry of a list: what was erased up to a place of the journal, and the hash there, by which
/// a file that has gone another way since is known.
#[derive(Default, Serialize, Deserialize)]
struct Noted {
    until: u64,
    head: String,
    /// Records, each with its hash.
    records: Vec<(u64, String)>,
    /// Bytes that belonged to something, by its stream.
    blobs: Vec<(String, Digest)>,
}

fn list_of(folder: &Path, workspace: &uuid::Uuid) -> PathBuf {
    folder.join(format!("{workspace}.jsonl"))
}

fn read_list(folder: &Path, workspace: &uuid::Uuid) -> Result<Vec<Noted>> {
    let path = list_of(folder, workspace);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Error::offline(format!("{} cannot be read: {error}.", path.display()))
                .hint("It tells what must not come back with a backup."));
        }
    };
    // A line that a full disk cut off names nothing that the next look would not name again.
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Adds to this machine's list what the workspace has erased since it was last noted.
pub(super) fn note(desk: &Desk) -> Result<()> {
    let Some(folder) = &desk.0.erasures else { return Ok(()) };
    let store = desk.store();
    let db = store.read()?;
    let end = sqlite::noted_head(&db)?;
    let before = read_list(folder, &store.id())?;
    let ends: Vec<u64> = before.iter().map(|noted| noted.until).collect();
    let there = sqlite::read_places(&db, &ends)?;
    let is_ours = |noted: &&Noted| {
        there.get(&noted.until).is_some_and(|record| hex::encode(record.hash) == noted.head)
    };
    let from = before.iter().rev().find(is_ours).map_or(0, |noted| noted.until);
    let mut noted = Noted { until: end.seq, head: hex::encode(end.hash), ..Noted::default() };
    let erased = erasures(&db, from)?;
    let there = sqlite::read_places(&db, &places(&erased))?;
    for erasure in erased {
        for seq in erasure.records {
            if let Some(record) = there.get(&seq) {
                noted.records.push((seq, hex::encode(record.hash)));
            }
        }
        noted.blobs.extend(erasure.blobs.into_iter().map(|hash| (erasure.stream.clone(), hash)));
    }
    if noted.records.is_empty() && noted.blobs.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let mut list =
        fs::OpenOptions::new().create(true).append(true).open(list_of(folder, &store.id()))?;
    // One write, so that two programs do not mix their lines.
    list.write_all(format!("{}\n", serde_json::to_string(&noted)?).as_bytes())?;
    list.sync_all()?;
    Ok(())
}

struct Erasure {
    stream: String,
    records: Vec<u64>,
    blobs: Vec<Digest>,
}

/// What the redactions after a place erased.
fn erasures(db: &Connection, after: u64) -> Result<Vec<Erasure>> {
    let mut found = Vec::new();
    for record in sqlite::read_kind(db, "redacted", after)? {
        if let Event::Redacted { records, attachments, .. } = views::fold::decode(&record)? {
            found.push(Erasure { stream: record.stream, records, blobs: attachments });
        }
    }
    Ok(found)
}

fn places(erasures: &[Erasure]) -> Vec<u64> {
    erasures.iter().flat_map(|erasure| erasure.records.iter().copied()).collect()
}

/// Makes a workspace out of a backup, without what has been erased since; refuses an existing file.
///
/// `later` is another file of the same workspace, if there is one.
pub fn restore(
    backup: &Path,
    to: &Path,
    later: Option<&Path>,
    options: Options,
) -> Result<Restored> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if to.symlink_metadata().is_ok() {
        // Said by the one place that says it.
        return Store::restore(backup, to, |_, _| {}).map(|()| Restored::default());
    }
    if !folder.is_dir() {
        let message = format!("The folder {} does not exist.", folder.display());
        return Err(Error::invalid(message).at("path"));
    }
    let beside = tempfile::Builder::new().prefix(".hotfix-restoring-").tempdir_in(folder)?;
    let copy = beside.path().join("workspace");
    Store::restore(backup, &copy, |_, _| {})?;
    let restored = erase_again(&copy, later, options)?;
    fs::hard_link(&copy, to).or_else(|_| rename_new(&copy, to))?;
    fs::File::open(folder)?.sync_all()?;
    Ok(restored)
}

/// Where a file system has no links; the name was free a moment ago.
fn rename_new(from: &Path, to: &Path) -> Result<()> {
    if to.symlink_metadata().is_ok() {
        let message = format!("{} exists already; nothing was changed.", to.display());
        return Err(Error::invalid(message).at("path"));
    }
    Ok(fs::rename(from, to)?)
}

fn erase_again(copy: &Path, later: Option<&Path>, options: Options) -> Result<Restored> {
    let list = options.erasures.clone();
    let store = Store::open_with(copy, OpenOptions::default())?;
    let id = store.id();
    drop(store);
    let mut restored = Restored::default();
    let later = match later {
        Some(path) => {
            let read_only = OpenOptions { read_only: true, ..OpenOptions::default() };
            let store = Store::open_with(path, read_only).map_err(|error| error.at("later"))?;
            if store.id() != id {
                return Err(Error::field(
                    "later",
                    format!("{} is another workspace.", path.display()),
                )
                .hint("Name a later file of the one that the backup was made of."));
            }
            Some(store)
        }
        None => None,
    };
    let noted = match &list {
        Some(folder) => read_list(folder, &id)?,
        None => Vec::new(),
    };
    let desk = Desk::open(copy, options)?;
    let mut wanted = Wanted::default();
    {
        let db = desk.store().read()?;
        if let Some(later) = &later {
            wanted.by_file(&db, &*later.read()?)?;
        }
        wanted.by_list(&db, &noted)?;
        wanted
            .blobs
            .retain(|(_, hash)| desk.store().blob_size(hash).is_ok_and(|size| size.is_some()));
    }
    if wanted.records.is_empty() && wanted.blobs.is_empty() {
        return Ok(restored);
    }
    let blind = wanted.records.values().filter(|again| again.left.is_none()).count();
    restored.erased_again = wanted.records.len() as u32;
    restored.notes.push(match wanted.records.len() + wanted.blobs.len() {
        1 => "A text or file that was erased after the backup was made was erased again.".into(),
        several => format!(
            "{several} texts or files that were erased after the backup was made were erased again."
        ),
    });
    if blind > 0 {
        restored.notes.push(format!(
            "Of {blind} of them only this machine's list of erasures knew, which holds no texts: \
             what else was said there went with them. A later file of the workspace would have it."
        ));
    }
    let request =
        EraseAgain { records: wanted.records.into_values().collect(), blobs: wanted.blobs };
    desk.me()?.command(&request)?;
    desk.store().write(|tx| {
        // What was typed and never sent may hold what was erased, and nothing tells whether.
        tx.execute("DELETE FROM draft", [])?;
        Ok(())
    })?;
    restored.notes.push("Drafts in the backup were dropped: they may have held it, too.".into());
    clean_logs(&desk, later.as_ref())?;
    if later.is_none() {
        let emptied = "Logs of deployments in the backup were emptied for the same reason.";
        restored.notes.push(emptied.into());
    }
    desk.store().scour()?;
    // What was erased is erased; only a later restore would not know of it.
    if let Err(error) = note(&desk) {
        restored.notes.push(format!(
            "This machine's list of erasures could not be written: {} A backup that is restored \
             here without a later file would bring it back.",
            error.message
        ));
    }
    Ok(restored)
}

/// Records of the restored file that are to be erased, by place.
#[derive(Default)]
struct Wanted {
    records: BTreeMap<u64, Again>,
    blobs: Vec<(String, Digest)>,
}

impl Wanted {
    /// What a later file erased, with what it left.
    fn by_file(&mut self, db: &Connection, later: &Connection) -> Result<()> {
        let erased = erasures(later, 0)?;
        let all = places(&erased);
        let (theirs, ours) = (sqlite::read_places(later, &all)?, sqlite::read_places(db, &all)?);
        for erasure in erased {
            let mut left: BTreeMap<u64, Record> = BTreeMap::new();
            for seq in erasure.records {
                let Some(there) = theirs.get(&seq) else { continue };
                let Some(here) = still_there(&ours, seq, &there.hash) else { continue };
                if !left.contains_key(&seq) {
                    let mut stream = sqlite::read_stream(later, &there.stream, 0, u64::MAX)?;
                    views::fold::fill(&mut stream)?;
                    left.extend(stream.into_iter().map(|record| (record.seq, record)));
                }
                let kept = left.get(&seq).and_then(|record| record.private.as_ref());
                let kept = kept.map(|part| serde_json::from_slice(&part.bytes)).transpose()?;
                self.records.insert(seq, Again { seq, stream: here.stream.clone(), left: kept });
            }
            let of = |hash| (erasure.stream.clone(), hash);
            self.blobs.extend(erasure.blobs.into_iter().map(of));
        }
        Ok(())
    }

    /// What this machine's list names beside that.
    fn by_list(&mut self, db: &Connection, list: &[Noted]) -> Result<()> {
        let named = list.iter().flat_map(|noted| noted.records.iter().map(|(seq, _)| *seq));
        let ours = sqlite::read_places(db, &named.collect::<Vec<_>>())?;
        for noted in list {
            for (seq, hash) in &noted.records {
                let Ok(hash) = redact::bytes(&Digest(hash.clone())) else { continue };
                if self.records.contains_key(seq) {
                    continue;
                }
                if let Some(here) = still_there(&ours, *seq, &hash) {
                    let again = Again { seq: *seq, stream: here.stream.clone(), left: None };
                    self.records.insert(*seq, again);
                }
            }
            for one in &noted.blobs {
                if !self.blobs.contains(one) {
                    self.blobs.push(one.clone());
                }
            }
        }
        Ok(())
    }
}

/// The very record, if it still has its private part.
fn still_there<'a>(
    ours: &'a BTreeMap<u64, Record>,
    seq: u64,
    hash: &[u8; 32],
) -> Option<&'a Record> {
    ours.get(&seq).filter(|record| &record.hash == hash && record.private.is_some())
}

/// Empties logs that may hold what was erased; what a later file still has of them, it has cleaned.
fn clean_logs(desk: &Desk, later: Option<&Store>) -> Result<()> {
    let later = later.map(Store::read).transpose()?;
    desk.store().write(|tx| {
        for (table, column) in [("log", "text"), ("sample", "detail"), ("attempt", "detail")] {
            let Some(later) = &later else {
                tx.execute(&format!("UPDATE {table} SET {column} = ''"), [])?;
                continue;
            };
            let mut ours = tx.prepare(&format!("SELECT rowid, at, {column} FROM {table}"))?;
            let mut theirs = later
                .prepare(&format!("SELECT {column} FROM {table} WHERE rowid = ?1 AND at = ?2"))?;
            let mut put =
                tx.prepare(&format!("UPDATE {table} SET {column} = ?2 WHERE rowid = ?1"))?;
            let mut rows = ours.query([])?;
            let mut changed = Vec::new();
            while let Some(row) = rows.next()? {
                let (id, at, text): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let cleaned: Option<String> =
                    theirs.query_row([id, at], |row| row.get(0)).optional()?;
                let cleaned = cleaned.unwrap_or_default();
                if cleaned != text {
                    changed.push((id, cleaned));
                }
            }
            for (id, text) in changed {
                put.execute(params![id, text])?;
            }
        }
        Ok(())
    })
}
