//! Reports on this machine or in the workspace: opened once, bounded, read, kept.

use super::{super::Call, reading::Job};
use crate::{
    error::{Error, Kind, Result},
    event::words::*,
    evidence::{self, MOST_BYTES, Report},
};
use std::{
    fs::{self, File},
    io::{Read, Seek as _},
    path::{Path, PathBuf},
};

/// Files of one run, and how deep folders are looked into.
const MOST_FILES: usize = 5_000;
const DEEPEST: usize = 12;

/// One report, copied aside: what is read is what is kept, whatever happens to the file.
struct One {
    name: String,
    file: File,
    size: u64,
    /// It was found in a folder, where other files lie too.
    found: bool,
    stored: Option<Attachment>,
}

pub struct Files {
    all: Vec<One>,
}

impl Files {
    pub fn open(call: &Call, job: &Job, paths: &[String], stored: &[Attachment]) -> Result<Self> {
        Self::newer(call, job, paths, stored, None)
    }

    /// Files that were written since a moment; of all of them without one.
    pub fn newer(
        call: &Call,
        job: &Job,
        paths: &[String],
        stored: &[Attachment],
        since: Option<std::time::SystemTime>,
    ) -> Result<Self> {
        let mut files = Self { all: Vec::new() };
        let mut left = MOST_BYTES;
        for path in paths.iter().map(|path| path.trim()).filter(|path| !path.is_empty()) {
            let path = home(path);
            let about = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
            if about.is_dir() {
                let mut found = Vec::new();
                collect(&path, DEEPEST, &mut found)?;
                found.sort();
                for file in found {
                    let name = file.strip_prefix(&path).unwrap_or(&file);
                    let name = name.to_string_lossy().into_owned();
                    if is_newer(&file, since) {
                        files.take(job, &file, name, true, &mut left)?;
                    }
                }
            } else if is_newer(&path, since) {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                files.take(job, &path, name.unwrap_or_default(), false, &mut left)?;
            }
        }
        for attachment in stored {
            let size = call.desk().store().blob_size(&attachment.hash)?.ok_or_else(|| {
                Error::field("stored", format!("{} is not in the workspace.", attachment.name))
                    .hint("Drop it again.")
            })?;
            let source = call.desk().blob(&attachment.hash)?;
            let file = spool(job, source, size, &attachment.name, &mut left)?;
            let (name, stored) = (attachment.name.clone(), Some(attachment.clone()));
            files.all.push(One { name, file, size, found: false, stored });
        }
        if files.all.is_empty() {
            return Err(Error::field("paths", "There is no report to read.")
                .hint("Name a file, or a folder with files that end in .xml or .tap."));
        }
        Ok(files)
    }

    fn take(
        &mut self,
        job: &Job,
        path: &Path,
        name: String,
        found: bool,
        left: &mut u64,
    ) -> Result<()> {
        if self.all.len() >= MOST_FILES {
            return Err(Error::field("paths", format!("There are more than {MOST_FILES} files."))
                .hint("Name the folder that holds the reports alone."));
        }
        let source = File::open(path).map_err(|error| unreadable(path, &error))?;
        let about = source.metadata().map_err(|error| unreadable(path, &error))?;
        // A pipe tells its size when it has been read.
        let size = if about.is_file() { about.len() } else { 0 };
        let file = spool(job, source, size, &name, left)?;
        let size = file.metadata()?.len();
        self.all.push(One { name, file, size, found, stored: None });
        Ok(())
    }

    pub fn count(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }

    /// The file's name; of several how many there are.
    pub fn name(&self) -> String {
        match self.all.as_slice() {
            [one] => one.name.clone(),
            many => format!("{} reports", many.len()),
        }
    }

    /// The first file's name without its ending.
    pub fn stem(&self) -> String {
        let first = self.all.first().map(|one| one.name.as_str()).unwrap_or_default();
        let name = first.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default().chars().take(200).collect()
    }

    /// All of them as one run, and which of a folder were no reports.
    pub fn read(&self, job: &Job) -> Result<(Report, Vec<String>)> {
        job.expect(self.all.iter().map(|one| one.size).sum());
        let mut whole: Option<Report> = None;
        let mut left_out = Vec::new();
        let mut first = None;
        for one in &self.all {
            let mut file = &one.file;
            file.rewind()?;
            let read = evidence::read(job.watch(file, true));
            // Whatever the reader made of it.
            job.go_on()?;
            match read {
                Ok(report) => match &mut whole {
                    Some(all) => all.add(report)?,
                    None => whole = Some(report),
                },
                Err(error) if one.found && error.kind == Kind::Invalid => {
                    left_out.push(one.name.clone());
                    first.get_or_insert(error);
                }
                Err(error) => {
                    let place = match &error.location {
                        Some(line) => format!("{}, {line}", one.name),
                        None => one.name.clone(),
                    };
                    return Err(error.at(place));
                }
            }
        }
        match (whole, first) {
            (Some(report), _) => Ok((report, left_out)),
            (None, Some(error)) => Err(error.at(left_out.swap_remove(0))),
            (None, None) => Err(Error::field("paths", "There is no report to read.")),
        }
    }

    /// Keeps them as they were written: several in one archive.
    pub fn keep(&self, call: &Call) -> Result<Attachment> {
        if let [one] = self.all.as_slice() {
            if let Some(stored) = &one.stored {
                return Ok(stored.clone());
            }
            let mut file = &one.file;
            file.rewind()?;
            let (hash, size) = call.desk().put_blob(file)?;
            let name = one.name.rsplit('/').next().unwrap_or_default().to_owned();
            let media = if name.ends_with(".xml") { "application/xml" } else { "text/plain" };
            return Ok(Attachment { hash, size, name, media: media.into() });
        }
        let packed = zstd::Encoder::new(tempfile::tempfile()?, 3)?;
        let mut archive = tar::Builder::new(packed);
        for (number, one) in self.all.iter().enumerate() {
            let mut file = &one.file;
            file.rewind()?;
            let mut header = tar::Header::new_ustar();
            header.set_size(one.size);
            header.set_mode(0o644);
            // Two folders may hold files of one name.
            let name = format!("{number:04}-{}", one.name.replace(['/', '\\'], "-"));
            let name: String =
                name.chars().rev().take(90).collect::<Vec<_>>().into_iter().rev().collect();
            archive.append_data(&mut header, name, file)?;
        }
        let mut file = archive.into_inner()?.finish()?;
        file.rewind()?;
        let (hash, size) = call.desk().put_blob(file)?;
        let (name, media) = ("reports.tar.zst".into(), "application/zstd".into());
        Ok(Attachment { hash, size, name, media })
    }
}

/// `~/` is the reader's home.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        std::io::ErrorKind::NotFound => Error::field("paths", format!("There is no file {path}.")),
        _ => Error::offline(format!("{path} cannot be read: {error}.")).at("paths"),
    }
}

fn is_newer(path: &Path, since: Option<std::time::SystemTime>) -> bool {
    let Some(since) = since else { return true };
    fs::metadata(path).and_then(|about| about.modified()).is_ok_and(|written| written >= since)
}

/// Files of a folder that may be reports. Links are not followed: they could lead anywhere.
fn collect(folder: &Path, deeper: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
        if kind.is_dir() && deeper > 0 {
            collect(&path, deeper - 1, found)?;
        } else if kind.is_file() && ["xml", "tap"].contains(&ending.as_deref().unwrap_or("")) {
            found.push(path);
            if found.len() > MOST_FILES {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Copies a report aside, as far as there is room for it.
fn spool(job: &Job, source: impl Read, size: u64, name: &str, left: &mut u64) -> Result<File> {
    let too_large = || {
        let most = MOST_BYTES >> 20;
        Error::invalid(format!("{name}: the reports of a run may have at most {most} MiB."))
            .hint("Record the suites one by one, without what the tests printed.")
            .at("paths")
    };
    if size > *left {
        return Err(too_large());
    }
    let mut file = tempfile::tempfile()?;
    let copied = std::io::copy(&mut job.watch(source, false).take(*left + 1), &mut file);
    job.go_on()?;
    let copied = copied?;
    if copied > *left {
        return Err(too_large());
    }
    *left -= copied;
    file.rewind()?;
    Ok(file)
}
