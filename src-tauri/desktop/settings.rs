//! What the program remembers between starts, outside any workspace: the workspaces opened last, and
//! what it has said once. A convenience: losing the file loses nothing else, so no failure here is
//! an error to anybody.

use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const REMEMBERED: usize = 8;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    recent: Vec<PathBuf>,
    told_background: bool,
}

pub struct Settings {
    file: PathBuf,
    kept: Mutex<Kept>,
}

impl Settings {
    pub fn load(file: PathBuf) -> Self {
        let kept = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { file, kept: Mutex::new(kept) }
    }

    /// Workspaces opened before and still there, the last one first.
    pub fn recent(&self) -> Vec<PathBuf> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.recent.iter().filter(|path| path.is_file()).cloned().collect()
    }

    pub fn opened(&self, path: &Path) {
        self.change(|kept| {
            kept.recent.retain(|known| known != path);
            kept.recent.insert(0, path.to_owned());
            kept.recent.truncate(REMEMBERED);
        });
    }

    /// True the first time ever, so that it is said once.
    pub fn tell_background_once(&self) -> bool {
        let mut first = false;
        self.change(|kept| first = !std::mem::replace(&mut kept.told_background, true));
        first
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut kept);
        if let Err(error) = write(&self.file, &kept) {
            tracing::warn!("the settings cannot be kept: {error}");
        }
    }
}

/// Replaces the file in one step, so that a crash leaves the old or the new one.
fn write(file: &Path, kept: &Kept) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let fresh = file.with_extension("json.new");
    std::fs::write(&fresh, serde_json::to_vec_pretty(kept)?)?;
    std::fs::rename(fresh, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_workspace_comes_first_and_lost_ones_are_left_out() {
        let folder = std::env::temp_dir().join(format!("hotfix-settings-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let [a, b, lost] = ["a.hotfix", "b.hotfix", "lost.hotfix"].map(|name| folder.join(name));
        std::fs::write(&a, "").unwrap();
        std::fs::write(&b, "").unwrap();
        let settings = Settings::load(folder.join("deeper/settings.json"));
        for path in [&a, &b, &lost, &a] {
            settings.opened(path);
        }
        assert!(settings.tell_background_once());

        let again = Settings::load(folder.join("deeper/settings.json"));
        assert_eq!(again.recent(), [a, b]);
        assert!(!again.tell_background_once(), "said once, also across starts");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
