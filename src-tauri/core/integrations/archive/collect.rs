//! What lies below a folder, as it would go into a package, or why it stays out.
//!
//! Links are never followed: one that is not excluded is refused at the build. A repository's own
//! folder stays out.

use super::choose::Choice;
use crate::error::{Error, Result};
use std::{
    fs::Metadata,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// More files than this are no package, but a folder named by mistake.
pub const MOST_FILES: usize = 1_000_000;

/// A file, or a folder that stays out whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// As it goes into the package; a folder ends with `/`.
    pub path: String,
    pub file: PathBuf,
    pub size: u64,
    pub executable: bool,
    pub out: Option<Out>,
}

/// Why something does not go in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// It was not wanted.
    Left(String),
    /// It cannot go in, and nobody said to leave it out.
    Refused(String),
}

/// The plain files below a folder, or the one file, by path. `seen(count)` may answer `false` to
/// stop.
pub fn collect(
    path: &Path,
    choice: &Choice,
    seen: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<Found>> {
    let unreadable = |path: &Path, error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::field("from", format!("There is no file or folder {}.", path.display()))
        }
        _ => Error::field("from", format!("{} cannot be read: {error}.", path.display())),
    };
    let metadata = std::fs::symlink_metadata(path).map_err(|error| unreadable(path, &error))?;
    let mut found = Vec::new();
    if !metadata.is_dir() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.push(look(name, path.to_owned(), &metadata, choice));
        return Ok(found);
    }
    let root = path;
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let file = entry.path();
            // Not of what a link points to.
            let metadata = entry.metadata().map_err(|error| unreadable(&file, &error))?;
            let name = entry.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            if metadata.is_dir() && name.to_str().is_some() {
                let out = match name.to_str() {
                    Some(".git") => Some("a repository's own folder".to_owned()),
                    _ => choice.folder_out(&path),
                };
                let path = format!("{path}/");
                match out {
                    None => folders.push((file, path)),
                    Some(why) => found.push(Found {
                        path,
                        file,
                        size: 0,
                        executable: false,
                        out: Some(Out::Left(why)),
                    }),
                }
            } else {
                let mut one = look(path, file, &metadata, choice);
                if name.to_str().is_none() && !matches!(one.out, Some(Out::Left(_))) {
                    one.out = Some(Out::Refused("its name is not UTF-8".into()));
                }
                found.push(one);
            }
            if found.len() > MOST_FILES {
                let message = format!("{} holds more than a million files.", root.display());
                return Err(Error::field("from", message).hint("Name a narrower folder."));
            }
            if found.len().is_multiple_of(1000) && !seen(found.len()) {
                return Err(super::build::cancelled());
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn look(path: String, file: PathBuf, metadata: &Metadata, choice: &Choice) -> Found {
    let refused = |why: &str| Some(Out::Refused(why.to_owned()));
    let out = match choice.out(&path) {
        Some(why) => Some(Out::Left(why)),
        None if metadata.is_symlink() => refused("it is a link"),
        None if !metadata.is_file() => refused("it is neither a file nor a folder"),
        None => None,
    };
    Found {
        path,
        file,
        size: if metadata.is_file() { metadata.len() } else { 0 },
        executable: metadata.permissions().mode() & 0o111 != 0,
        out,
    }
}
