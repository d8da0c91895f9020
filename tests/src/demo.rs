//! What `make demo` shows, without a hand: the whole journey of one hot fix in the real window over
//! the real shop, every screen of the sample workspace, a day's work without a mouse, an intake of
//! thirty new issues, issues out of a file, changes out of a repository, evidence of tests, a package, a hot fix
//! from who takes it to who approves it, its time on the schedule, and the corners of all that, empty and by keys alone.

pub mod change;
pub mod corners;
pub mod develop;
pub mod duty;
pub mod evidence;
pub mod import;
pub mod intake;
pub mod journey;
pub mod keyboard;
pub mod package;
pub mod schedule;
pub mod tour;

use crate::desktop::Window;
use std::path::{Path, PathBuf};

/// A workspace file that is not there yet: what an earlier demo left is removed.
pub fn fresh(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    for ending in ["", "-wal", "-shm"] {
        let old = PathBuf::from(format!("{}{ending}", file.display()));
        if old.exists() {
            std::fs::remove_file(&old).expect("the last demo can be removed");
        }
    }
    file
}

/// As a link in the window would.
pub fn go(window: &Window, address: &str) {
    window.script("location.hash = arguments[0]", &[address.into()]);
}
