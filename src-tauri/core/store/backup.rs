//! Copies: a backup taken while the workspace is in use, and a backup made a workspace again.
//!
//! Both copy page by page out of one snapshot into a new file beside the destination, prove the
//! journal in the copy, and only then give the copy its name. Neither ever overwrites.

use super::{OpenOptions, Store, draft_beside, publish, refuse_existing};
use crate::{
    error::{Error, Result},
    journal::verify_file,
};
use rusqlite::{
    Connection, Transaction, TransactionBehavior,
    backup::{Backup, StepResult},
};
use std::path::Path;

/// Pages copied between two calls of `progress`.
const STEP: i32 = 2_048;

impl Store {
    /// Writes a verified copy to a new file. `progress` hears pages done and in all.
    pub fn backup(&self, to: &Path, mut progress: impl FnMut(u64, u64)) -> Result<()> {
        refuse_existing(to)?;
        let draft = draft_beside(to)?;
        let mut target = Connection::open(&draft)?;
        {
            let source = self.read()?;
            // Inside a snapshot, what others commit meanwhile does not restart the copy.
            let snapshot = Transaction::new_unchecked(&source, TransactionBehavior::Deferred)?;
            snapshot.query_row("SELECT seq FROM workspace", [], |_| Ok(()))?;
            let backup = Backup::new(&snapshot, &mut target)?;
            loop {
                let step = backup.step(STEP)?;
                let state = backup.progress();
                let all = u64::from(state.pagecount.unsigned_abs());
                progress(all - u64::from(state.remaining.unsigned_abs()), all);
                match step {
                    StepResult::Done => break,
                    StepResult::More => {}
                    _ => {
                        return Err(Error::offline("The workspace is in use by another program.")
                            .hint("Try again."));
                    }
                }
            }
        }
        let verified = verify_file(&target, &self.id)?;
        if let Some((seq, what)) = &verified.damaged {
            return Err(Error::damaged(format!(
                "Record {seq} is damaged: {what}; no copy was made."
            ))
            .hint("Restore an older backup.")
            .at(seq.to_string()));
        }
        target.close().map_err(|(_, error)| error)?;
        publish(draft, to)
    }

    /// Makes a workspace at `to` out of a backup, which stays as it is.
    pub fn restore(from: &Path, to: &Path, progress: impl FnMut(u64, u64)) -> Result<()> {
        let options = OpenOptions { read_only: true, ..OpenOptions::default() };
        // Which of the two files it is about.
        let source = Self::open_with(from, options).map_err(|error| error.at("backup"))?;
        source.backup(to, progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    #[test]
    fn a_backup_taken_during_writing_is_whole_and_becomes_a_workspace_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let store = Store::create(&at("a.hotfix"), Instant::from_micros(1)).unwrap();
        store.put_blob(&vec![7; 20 << 20][..]).unwrap();
        store.set_setting("theme", "dark").unwrap();
        let mut writes = 0;
        store
            .backup(&at("b.hotfix"), |_, _| {
                writes += 1;
                store.set_setting("theme", "light").unwrap();
            })
            .unwrap();
        assert!(writes > 1);
        Store::restore(&at("b.hotfix"), &at("c.hotfix"), |_, _| {}).unwrap();
        let restored = Store::open(&at("c.hotfix")).unwrap();
        assert_eq!(restored.setting("theme").unwrap().as_deref(), Some("dark"));
        assert_eq!(restored.id(), store.id());
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        drop((store, restored));
        assert!(files >= 3 && std::fs::read_dir(folder.path()).unwrap().count() <= files);
    }

    #[test]
    fn neither_copy_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let store = Store::create(&at("a.hotfix"), Instant::from_micros(1)).unwrap();
        std::fs::write(at("b.hotfix"), "precious").unwrap();
        assert!(store.backup(&at("b.hotfix"), |_, _| {}).is_err());
        assert!(Store::restore(&at("a.hotfix"), &at("b.hotfix"), |_, _| {}).is_err());
        assert_eq!(std::fs::read_to_string(at("b.hotfix")).unwrap(), "precious");
    }
}
