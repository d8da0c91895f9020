//! A calendar in a file on this machine, read again when it has changed; and the reading of any
//! calendar file, so that what is no file (a folder, a pipe, a device) is refused before it can make a
//! program wait.
//!
//! Whether a file has changed is first asked of what the file system says of it: its number, size and
//! times, of which nothing but a change sets the last. Where that differs, or the file is too young for
//! times to tell, it is read, and the digest of its bytes decides.
//!
//! Files are read on a thread of their own, never on the runtime's: a drive that has gone away may keep
//! whoever reads from it waiting for ever. Nothing waits longer than [`PATIENCE`] then, and no second
//! thread is sent after the first.

use super::{Page, PollError, Source, ics::uncut, read_cursor, write_cursor};
use crate::{
    clock,
    error::{Error, Kind, Result},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashSet,
    fs::{Metadata, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex},
    time::Duration,
};

/// How long a file may take to be read.
const PATIENCE: Duration = Duration::from_secs(30);
/// A file that was written within this time may be being written still.
const SETTLES: Duration = Duration::from_millis(400);
/// A file that changed within this time before it was read may change again and its times stay: file
/// systems count in steps of up to two seconds.
const YOUNG: Duration = Duration::from_secs(3);

/// Why a file has not been read.
#[derive(Debug)]
pub enum Unreadable {
    Gone,
    Denied,
    /// What it is instead of a file: "a folder".
    Other(&'static str),
    /// It is larger than so many MiB.
    Large(u64),
    /// It changed while it was read.
    Changing,
    Failed(io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Gone,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::IsADirectory => Self::Other("a folder"),
            _ => Self::Failed(error),
        }
    }
}

impl Unreadable {
    /// The sentence about this file, and what to do.
    pub fn told(&self, path: &Path) -> Error {
        let shown = path.display();
        match self {
            Self::Gone => Error::invalid(format!("There is no file {shown}.")),
            Self::Denied => Error::invalid(format!("{shown} may not be read by you."))
                .hint(format!("Allow it: chmod u+r, on {shown} and the folders above it.")),
            Self::Other(what) => Error::invalid(format!("{shown} is {what}, not a file."))
                .hint("Name the .ics file itself."),
            Self::Large(most) => {
                Error::invalid(format!("{shown} is larger than {most} MiB.")).hint("Split it.")
            }
            Self::Changing => Error::offline(format!("{shown} is being written at this moment."))
                .hint("Read it again when it is done."),
            Self::Failed(error) => Error::offline(format!("{shown} cannot be read: {error}.")),
        }
    }
}

/// What the file system says of a file; another one after any change to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    device: u64,
    number: u64,
    size: u64,
    /// Seconds and nanoseconds: its contents, and anything about it.
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            number: meta.ino(),
            size: meta.size(),
            written: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }

    /// It changed so shortly ago; also if that lies ahead, as where another machine's clock wrote it.
    fn is_younger(&self, than: Duration) -> bool {
        // The file system's clock is this machine's, whatever time the workspace is shown.
        let ago = i128::from(clock::now().micros()) * 1_000 - nanoseconds(self.changed);
        ago.unsigned_abs() < than.as_nanos()
    }
}

fn nanoseconds((seconds, rest): (i64, i64)) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(rest)
}

/// What it is, if it is no file.
fn otherwise(meta: &Metadata) -> Option<&'static str> {
    let kind = meta.file_type();
    Some(match () {
        () if kind.is_file() => return None,
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    })
}

/// A file of at most `most` bytes, and how it stood when it was read. It is looked at before it is
/// opened (opening a device can move it), and again when it is open: it may be another by then.
fn read_stamped(path: &Path, most: usize) -> Result<(Vec<u8>, Stamp), Unreadable> {
    let no_file = |meta: &Metadata| match otherwise(meta) {
        Some(what) => Err(Unreadable::Other(what)),
        None => Ok(()),
    };
    no_file(&std::fs::metadata(path)?)?;
    let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path)?;
    let meta = file.metadata()?;
    no_file(&meta)?;
    let large = || Unreadable::Large(most as u64 >> 20);
    if meta.len() > most as u64 {
        return Err(large());
    }
    let before = Stamp::of(&meta);
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    // A byte more than is accepted, so that what grows meanwhile is refused and not cut.
    (&file).take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(large());
    }
    if Stamp::of(&file.metadata()?) != before {
        return Err(Unreadable::Changing);
    }
    Ok((bytes, before))
}

/// A file of at most `most` bytes, whole.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
    Ok(read_stamped(path, most)?.0)
}

/// What was read of it.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    stamp: Stamp,
    /// The stamp alone can tell that it is as it was.
    settled: bool,
    digest: String,
}

/// A calendar file that is kept in step.
#[derive(Clone, Debug)]
pub struct CalendarFile {
    path: PathBuf,
    most: usize,
    /// What this machine is called: a workspace may be opened on another.
    machine: String,
}

impl CalendarFile {
    /// Of at most `most` bytes. Errors at `address`.
    pub fn new(path: PathBuf, most: usize, machine: &str) -> Result<Self> {
        if !path.is_absolute() {
            return Err(Error::field(
                "address",
                format!("{} is no path of a machine such as this one.", path.display()),
            )
            .hint("Write the whole path, such as /home/me/freezes.ics."));
        }
        Ok(Self { path, most, machine: machine.to_owned() })
    }

    /// None if it is as it was.
    fn read(&self, known: &Cursor) -> Result<Option<(Vec<u8>, Cursor)>, Unreadable> {
        let before = Stamp::of(&std::fs::metadata(&self.path)?);
        if known.settled && before == known.stamp {
            return Ok(None);
        }
        if before.is_younger(SETTLES) {
            std::thread::sleep(SETTLES);
            if Stamp::of(&std::fs::metadata(&self.path)?) != before {
                return Err(Unreadable::Changing);
            }
        }
        let (bytes, stamp) = read_stamped(&self.path, self.most)?;
        let settled = !stamp.is_younger(YOUNG);
        let digest = hex::encode(Sha256::digest(&bytes));
        Ok(Some((bytes, Cursor { stamp, settled, digest })))
    }

    fn page(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        let known: Cursor = read_cursor(cursor);
        let Some((bytes, next)) = self.read(&known).map_err(|why| self.refusal(&why))? else {
            let cursor = cursor.unwrap_or_default().to_owned();
            return Ok(Page { cursor, ..Page::default() });
        };
        let cursor = write_cursor(&next)?;
        if next.digest == known.digest {
            return Ok(Page { cursor, ..Page::default() });
        }
        let shown = self.path.display();
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(PollError::passing(
                Error::new(Kind::Vendor, format!("{shown} is empty."))
                    .hint(format!("{KEPT} An empty calendar has BEGIN:VCALENDAR and its end.")),
            ));
        }
        uncut(&bytes, &shown.to_string())?;
        Ok(Page { calendar: Some(bytes), cursor, ..Page::default() })
    }

    fn refusal(&self, why: &Unreadable) -> PollError {
        let mut error = why.told(&self.path);
        // What a mount that has come back, or the next saving, mends by itself is no reason to call.
        let lasting = match why {
            Unreadable::Gone => {
                error.message = format!(
                    "There is no file {} on this machine ({}).",
                    self.path.display(),
                    self.machine
                );
                error.hint = Some(
                    "If it is on another machine, publish it at an address that both can read; if it \
                     was moved, write where it is now."
                        .into(),
                );
                false
            }
            Unreadable::Changing => {
                error.hint = None;
                false
            }
            Unreadable::Failed(_) => false,
            Unreadable::Denied | Unreadable::Other(_) | Unreadable::Large(_) => true,
        };
        let hint = error.hint.map_or_else(|| KEPT.to_owned(), |hint| format!("{KEPT} {hint}"));
        error.hint = Some(hint);
        PollError { error: error.at("address"), wait: None, lasting }
    }
}

/// What holds whatever is wrong with the file.
const KEPT: &str = "What came from it before stays as it is; it is looked at again by itself.";

/// Those that are being read, by whomever.
static UNDER_WAY: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// That a file is being read, as long as it lives.
struct UnderWay(PathBuf);

impl UnderWay {
    fn claim(path: &Path) -> Option<Self> {
        let mut all = UNDER_WAY.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.insert(path.to_owned()).then(|| Self(path.to_owned()))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&self.0);
    }
}

#[async_trait]
impl Source for CalendarFile {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        let slow = || {
            PollError::passing(
                Error::offline(format!("{} does not answer.", self.path.display()))
                    .hint(format!("{KEPT} Is the drive that it is on still there?")),
            )
        };
        let (done, answer) = tokio::sync::oneshot::channel();
        let (file, cursor) = (self.clone(), cursor.map(str::to_owned));
        // One who reads it already may be done in a moment, as where somebody tries it out meanwhile.
        let claimed = async {
            loop {
                match UnderWay::claim(&self.path) {
                    Some(claim) => return claim,
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        let read = async {
            let claim = claimed.await;
            // Not the runtime's threads: those are waited for when it ends.
            let work = move || {
                let page = file.page(cursor.as_deref());
                drop(claim);
                let _ = done.send(page);
            };
            std::thread::Builder::new()
                .name("calendar-file".into())
                .spawn(work)
                .map_err(|error| PollError::passing(Error::from(error)))?;
            answer.await.unwrap_or_else(|_| Err(slow()))
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| Err(slow()))
    }
}

#[cfg(test)]
mod tests;
