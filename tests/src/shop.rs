//! The shop that gets hot-fixed: a git repository with a real bug in its checkout, and staging and
//! production, each a shop process behind its deploy agent on loopback.
//!
//! Everything lives in a temporary folder and ends on drop. Nothing here knows Hotfix Desk: the
//! agents are driven over the same HTTP that the product's endpoint recipe speaks.

use crate::child::{Child, free_port, wait_for};
use crate::http::{Answer, Http, NoAnswer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// The branches that fixes are made on, in the repository.
pub const FIX_BRANCH: &str = "hotfix/saved-card-vat";
pub const BAD_BRANCH: &str = "hotfix/vat-rates-file";
pub const STALE_BRANCH: &str = "hotfix/delivery-banner";

pub struct Shop {
    pub repository: PathBuf,
    pub commits: Commits,
    pub staging: Environment,
    pub production: Environment,
    folder: TempDir,
}

/// Full commit ids.
pub struct Commits {
    /// Version 4.8.0 with the bug: on main, on release/4.8 and running everywhere at start.
    pub base: String,
    /// Repairs the checkout, with a test (4.8.1). By Mara Keller, on [`FIX_BRANCH`].
    pub fix: String,
    /// Passes its units, and makes /healthz answer 500 once deployed. On [`BAD_BRANCH`].
    pub bad: String,
    /// An innocent change on the old base, which lacks the fix. On [`STALE_BRANCH`].
    pub stale: String,
}

pub struct Environment {
    pub name: &'static str,
    /// The agent's address, as an endpoint's base URL: no slash at the end.
    pub agent_url: String,
    pub shop_url: String,
    http: Http,
    // Held for its drop: ends the agent, and the shop with it.
    agent: Child,
}

/// A package in the agent's format, made by hand so that the shop can be tested alone.
pub struct Package {
    pub bytes: Vec<u8>,
    pub sha256: String,
}

impl Shop {
    /// Makes the repository, starts both environments and waits until they answer.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let repository = folder.path().join("lantern-loom");
        let commits = make_repository(&repository);
        let logs = crate::demo_folder().join("logs");
        let open = |name| Environment::start(name, folder.path(), &logs);
        let (staging, production) = (open("staging"), open("production"));
        Self { repository, commits, staging, production, folder }
    }

    /// Runs the unit tests of a commit, as its author would before shipping.
    pub fn units_pass(&self, commit: &str) -> bool {
        let tree = self.check_out(commit);
        let run =
            Command::new("python3").args(["-B", "-m", "unittest"]).current_dir(&tree).output();
        run.expect("python3 runs").status.success()
    }

    /// The files of a commit in a folder of their own.
    pub fn check_out(&self, commit: &str) -> PathBuf {
        let tree = self.folder.path().join(format!("tree-{commit}"));
        if !tree.exists() {
            let target = tree.to_str().expect("temporary paths are text");
            git(&self.repository, &["worktree", "add", "-q", "--detach", target, commit]);
        }
        tree
    }

    /// A package of these files of a commit (all of them when `only` is empty).
    pub fn package(&self, commit: &str, only: &[&str]) -> Package {
        let listing = git(&self.repository, &["ls-tree", "-r", "--name-only", commit]);
        let wanted = |path: &&str| only.is_empty() || only.contains(path);
        let paths: Vec<&str> = listing.lines().filter(wanted).collect();
        pack(&self.check_out(commit), &paths)
    }
}

impl Environment {
    fn start(name: &'static str, folder: &Path, logs: &Path) -> Self {
        let sources = crate::root().join("tests/shop");
        let shop_port = free_port();
        let mut command = Command::new("python3");
        command.arg("-B").arg(sources.join("agent.py")).args(["--name", name, "--root"]);
        command.arg(folder.join(name)).arg("--base").arg(sources.join("release"));
        command.args(["--shop-port", &shop_port.to_string()]);
        let mut agent = Child::start(&format!("agent-{name}"), &mut command, logs, true);
        let ready: Value = serde_json::from_str(&agent.first_line(Duration::from_secs(30)))
            .expect("the agent's first line is JSON");
        Self {
            name,
            agent_url: format!("http://127.0.0.1:{}", ready["port"]),
            shop_url: format!("http://127.0.0.1:{shop_port}"),
            http: Http::new(Duration::from_secs(10)),
            agent,
        }
    }

    /// Pays as a customer whose profile has no VAT rate: 500 while the bug is there, 200 after.
    pub fn checkout_as_saved_card(&self) -> u16 {
        self.checkout("bo")
    }

    /// Pays as this customer of customers.py with the saved card.
    pub fn checkout(&self, customer: &str) -> u16 {
        let form = format!("customer={customer}&card=saved");
        self.http
            .post_form(&format!("{}/checkout", self.shop_url), &form)
            .expect("the shop answers")
            .status
    }

    /// What a probe of the checkout asks: it fails as the checkout does, and orders nothing.
    pub fn quote_url(&self) -> String {
        format!("{}/checkout/quote?customer=bo", self.shop_url)
    }

    pub fn quote(&self) -> u16 {
        self.http.get(&self.quote_url()).expect("the shop answers").status
    }

    pub fn shop_health(&self) -> u16 {
        self.http.get(&format!("{}/healthz", self.shop_url)).map_or(0, |answer| answer.status)
    }

    /// The version that the shop itself says it is.
    pub fn version(&self) -> String {
        let answer = self.http.get(&format!("{}/version", self.shop_url)).expect("it answers");
        answer.json()["version"].as_str().unwrap_or_default().to_owned()
    }

    /// `{"sha256", "version", "files": {path: sha256}}` of the release that is live.
    pub fn running(&self) -> Value {
        self.ask("/running").json()
    }

    /// How often each idempotency key arrived.
    pub fn received(&self) -> Value {
        self.ask("/received").json()
    }

    /// Sets faults of the agent by name (`Faults` in agent.py).
    pub fn fault(&self, faults: &Value) {
        let answer = self.http.post_json(&format!("{}/_fault", self.agent_url), faults);
        assert_eq!(answer.expect("the agent answers").status, 200, "unknown fault in {faults}");
    }

    pub fn ask(&self, path: &str) -> Answer {
        self.http.get(&format!("{}{path}", self.agent_url)).expect("the agent answers")
    }

    /// What an endpoint would send to deploy a package: streamed, for packages may be large.
    pub fn deploy(&self, package: &Package, key: &str) -> Result<Answer, NoAnswer> {
        let headers = [("Idempotency-Key", key), ("X-Package-SHA256", &package.sha256)];
        self.http.post_chunked(&format!("{}/deployments", self.agent_url), &headers, &package.bytes)
    }

    pub fn roll_back(&self, to: &str) -> Result<Answer, NoAnswer> {
        self.http.post_json(&format!("{}/rollback", self.agent_url), &json!({ "to": to }))
    }

    pub fn cancel(&self, run: &str) -> Answer {
        let url = format!("{}/deployments/{run}/cancel", self.agent_url);
        self.http.post_json(&url, &json!({})).expect("the agent answers")
    }

    /// Waits until a run is over: its last answer, with `state` and `message`.
    pub fn finished(&self, run: &str) -> Value {
        wait_for("the end of the run", Duration::from_secs(30), || {
            let now = self.ask(&format!("/deployments/{run}")).json();
            (now["state"] != "running").then_some(now)
        })
    }

    /// Ends agent and shop, as a machine that fell over would.
    pub fn fall_over(&mut self) {
        self.agent.stop();
    }
}

fn make_repository(at: &Path) -> Commits {
    let sources = crate::root().join("tests/shop");
    copy_tree(&sources.join("release"), at);
    git(at, &["init", "-q", "-b", "main"]);
    git(at, &["add", "-A"]);
    let ivo = "Ivo Lang <ivo@shop.example>";
    let mara = "Mara Keller <mara@shop.example>";
    let base = commit(at, "Release 4.8.0", ivo, 14 * 24 * 60);
    git(at, &["tag", "v4.8.0"]);
    git(at, &["branch", "release/4.8"]);
    apply(at, &sources, "next");
    commit(at, "catalogue: wicks cost 4.90 from 4.9 on", ivo, 3 * 24 * 60);
    let branch = |name: &str, patch: &str, message: &str, author: &str, minutes| {
        git(at, &["switch", "-q", "-c", name, "release/4.8"]);
        apply(at, &sources, patch);
        commit(at, message, author, minutes)
    };
    let stale = branch(STALE_BRANCH, "stale", "front: the banner says until when", ivo, 90);
    let bad = branch(BAD_BRANCH, "bad", "pricing: read VAT rates from a file", mara, 40);
    let message = "pricing: profiles without a VAT rate pay their country's standard rate";
    let fix = branch(FIX_BRANCH, "fix", message, mara, 20);
    git(at, &["switch", "-q", "main"]);
    Commits { base, fix, bad, stale }
}

fn apply(at: &Path, sources: &Path, patch: &str) {
    let file = sources.join("patches").join(format!("{patch}.patch"));
    git(at, &["apply", "--index", file.to_str().expect("the path is text")]);
}

fn commit(at: &Path, message: &str, author: &str, minutes_ago: u64) -> String {
    let now = hotfix_core::clock::now().micros().unsigned_abs() / 1_000_000;
    let date = format!("@{} +0000", now - minutes_ago * 60);
    let author = format!("--author={author}");
    git(at, &["commit", "-q", &author, &format!("--date={date}"), "-m", message]);
    git(at, &["rev-parse", "HEAD"]).trim().to_owned()
}

/// Runs git with a fixed identity and none of the machine's configuration.
fn git(at: &Path, words: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(at)
        .args(["-c", "user.name=Release Bot", "-c", "user.email=bot@shop.example"])
        .args(words)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the release is there").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

fn pack(tree: &Path, paths: &[&str]) -> Package {
    let scratch = tempfile::tempdir().expect("a temporary folder can be made");
    let files: Vec<Value> = paths
        .iter()
        .map(|path| {
            let bytes = fs::read(tree.join(path)).expect("a file of the commit is readable");
            let target = scratch.path().join("in").join(path);
            fs::create_dir_all(target.parent().expect("it has a folder")).expect("it can be made");
            fs::write(target, &bytes).expect("a file can be written");
            json!({ "path": path, "size": bytes.len(), "sha256": sha256(&bytes) })
        })
        .collect();
    let manifest = json!({ "format": 1, "product": "Lantern & Loom", "files": files });
    fs::write(scratch.path().join("in/MANIFEST.json"), manifest.to_string()).expect("it fits");
    let out = scratch.path().join("package.tar.zst");
    let mut tar = Command::new("tar");
    tar.args(["--zstd", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "-cf"]);
    let run = tar.arg(&out).arg("-C").arg(scratch.path().join("in")).arg("MANIFEST.json");
    let run = run.args(paths).status().expect("tar runs");
    assert!(run.success(), "tar could not pack; is zstd installed?");
    let bytes = fs::read(&out).expect("the package is readable");
    Package { sha256: sha256(&bytes), bytes }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
