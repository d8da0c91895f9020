//! What `make demo` shows, without a hand: the whole journey of one hot fix in the real window over
//! the real shop, every screen of the sample workspace, a day's work without a mouse, an intake of
//! thirty new issues, what an issue lacked, issues out of a file, changes out of a repository, evidence of tests, a package, what all of it comes to, the report and its bundle, a hot fix
//! from who takes it to who approves it, its time on the schedule, the calendars that stand against it, the file itself with what can be wrong with one, and the corners of all that, empty and by keys alone.

pub mod access;
pub mod calendar;
pub mod change;
pub mod corners;
pub mod corrections;
pub mod develop;
pub mod duty;
pub mod evidence;
pub mod import;
pub mod insights;
pub mod intake;
pub mod journey;
pub mod keyboard;
pub mod messenger;
pub mod package;
pub mod reach;
pub mod recurrence;
pub mod report;
pub mod rollout;
pub mod schedule;
pub mod source;
pub mod telling;
pub mod tour;
pub mod validate;
pub mod watch;
pub mod workspace;

use crate::desktop::Window;
use hotfix_core::event::{Event, words::CatalogObject};
use serde_json::Value;
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

/// That an object of the catalog was saved.
fn saved(object: Value) -> (String, Event) {
    let object: CatalogObject = serde_json::from_value(object).expect("an object");
    let stream = format!("catalog/{}/{}", object.kind(), object.id());
    (stream, Event::CatalogSaved { object, private: Default::default() })
}

/// As a link in the window would.
pub fn go(window: &Window, address: &str) {
    window.script("location.hash = arguments[0]", &[address.into()]);
}

/// A way to look at a screen: what it is called in the picture's name, the theme, and the window's size.
pub struct Way(pub &'static str, pub &'static str, pub Option<(u32, u32)>);

/// In the light and in the dark, as large as it is.
pub const THEMES: [Way; 2] = [Way("light", "light", None), Way("dark", "dark", None)];

/// In the light and in the dark, and in the smallest window.
pub const SIZES: [Way; 3] = [
    Way("light", "light", Some((1280, 900))),
    Way("dark", "dark", Some((1280, 900))),
    Way("dark-small", "dark", Some((1024, 640))),
];

/// In the dark of a small window, and in the light.
pub const NARROW: [Way; 2] =
    [Way("dark-small", "dark", Some((1024, 640))), Way("light", "light", Some((1280, 800)))];

/// Takes pictures of a screen in these ways, and answers what is wrong on them. Afterwards it is light, at the
/// usual size where it was another.
pub fn look(window: &Window, name: &str, ways: &[Way]) -> Vec<String> {
    let theme = "document.documentElement.dataset.theme = arguments[0]";
    let mut wrong = Vec::new();
    for Way(called, scheme, size) in ways {
        window.script(theme, &[(*scheme).into()]);
        if let Some((width, height)) = size {
            window.resize(*width, *height);
        }
        wrong.extend(picture(window, &format!("{name}-{called}")));
    }
    window.script(theme, &["light".into()]);
    if ways.iter().any(|way| way.2.is_some()) {
        window.resize(1440, 900);
    }
    wrong
}

/// A picture of what the window shows now, and what is wrong on it: what axe-core finds, and what does not fit.
pub fn picture(window: &Window, name: &str) -> Vec<String> {
    window.shot(name);
    let mut wrong = window.accessibility_problems();
    if window.script("return document.documentElement.scrollWidth > innerWidth", &[]) == true {
        wrong.push("wider than the window".into());
    }
    wrong.into_iter().map(|one| format!("{name}: {one}")).collect()
}

/// Fails with all that is wrong, if anything is.
pub fn nothing_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "not accessible to everybody:\n{}", wrong.join("\n"));
}
