//! Sources, read from real servers (Alertmanager, Prometheus, Dovecot) and from a tracker that keeps
//! the contracts of GitHub, GitLab and Sentry: nothing becomes two issues, and nothing is lost.

mod calendars;
mod files;
mod mailbox;
mod monitoring;
mod trackers;

use hotfix_core::desk::{Desk, Options};
use hotfix_tests::ground::call;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

struct Workspace {
    _folder: TempDir,
    path: PathBuf,
    desk: Desk,
}

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.hotfix");
        let desk = Desk::create(&path, "Sources", Options::default()).unwrap();
        Self { _folder: folder, path, desk }
    }

    fn with(source: Value) -> Self {
        let ground = Self::new();
        ground.save(source);
        ground
    }

    fn save(&self, source: Value) {
        call(&self.desk, "catalog_save", json!({ "object": source }));
    }

    fn run(&self, source: &str) -> Value {
        call(&self.desk, "source_run", json!({ "source": source }))
    }

    /// A reading that fails, and how the source stands then.
    fn fail(&self, source: &str) -> (hotfix_core::error::Error, Value) {
        let error = self.desk.call("source_run", json!({ "source": source })).unwrap_err();
        let row = self.row();
        assert_eq!(row["error"]["message"], error.message);
        (error, row)
    }

    fn row(&self) -> Value {
        call(&self.desk, "source_list", json!({}))[0].clone()
    }

    fn total(&self) -> u64 {
        call(&self.desk, "issue_list", json!({ "all": true }))["total"].as_u64().unwrap()
    }

    fn issue(&self, key: &str) -> Value {
        call(&self.desk, "issue_show", json!({ "key": key }))["issue"].clone()
    }

    /// As after the loss of all that is not in the journal.
    fn forget(&self) {
        let db = rusqlite::Connection::open(&self.path).unwrap();
        db.execute("DELETE FROM setting WHERE name LIKE 'source/%'", []).unwrap();
    }

    /// The chain holds, and the views are what the journal makes of them.
    fn whole(&self) {
        assert_eq!(call(&self.desk, "audit_verify", json!({}))["ok"], true);
        hotfix_tests::ground::views_rebuild_to_the_same(&self.desk, "sources");
    }
}

fn counts(ran: &Value) -> [u64; 5] {
    ["logged", "counted", "answered", "noted", "known"].map(|name| ran[name].as_u64().unwrap())
}
