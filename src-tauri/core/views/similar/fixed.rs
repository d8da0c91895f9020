//! What a hot fix has mended before, as a list of its own: ranked without regard to time, because a
//! fault that comes back has often been away for a year, and labelled by versions.

use super::{Question, Read, Typed, apart, is_likely, marked, number, ranked};
use crate::{
    clock::Instant,
    error::Result,
    event::words::*,
    model::{Judge, State, hotfix::Hotfix, issue::Issue},
};
use rusqlite::{Connection, OptionalExtension};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use ts_rs::TS;

/// Shipped hot fixes that mended something like a report that is being typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct FindFixed {
    pub title: String,
    pub description: String,
    pub component: String,
    pub product: Option<CatalogId>,
    /// The version in which it is seen now.
    pub version: String,
    /// The environment in which it is seen, by id or name.
    pub environment: String,
    /// The issue being looked at; its own hot fix is left out.
    pub except: Option<IssueKey>,
    /// At most 10; 3 if left out.
    pub top: Option<u32>,
    /// Only what a person would look at twice.
    pub likely: bool,
    /// Wait for the index to be loaded, however long it takes.
    pub wait: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct FixedBefore {
    pub hotfix: HotfixKey,
    pub title: String,
    /// The issue of that hot fix which is most like the report.
    pub issue: IssueKey,
    pub issue_title: String,
    /// How probable it is that it is the same, 0 to 1, judged by other projects.
    pub score: f64,
    /// Words that both have, as they stand in the title of that issue.
    pub shared: Vec<String>,
    /// When it was last put into production, so far as is recorded.
    pub shipped_at: Option<Instant>,
    /// The newest version in which it was seen then; empty if nobody said.
    pub seen_in: String,
    pub recurrence: Recurrence,
    /// The same in words.
    pub label: String,
    /// Like enough, and where the fix should be: a person is asked whether it came back.
    pub suspected: bool,
    /// How it was solved that time, as far as it was written down.
    pub cause: String,
    pub solution: String,
    pub lessons: String,
}

/// From this probability on a person is asked: a glance costs less than a fault that nobody notices is back.
/// `bin/recurrence` says what that means on real reports.
const SUSPECTED: f64 = 0.4;

/// Whether it may be the same fault again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// In an environment or a version that has the fix: the one that was mended, or a newer one.
    Possible,
    /// In a newer version whose branch has no trace of the fix.
    NotCarriedOver,
    /// In an older version: the fix was never there.
    OlderVersion,
    /// In an environment that has not got the fix yet.
    NotThereYet,
    /// Nobody said in which version.
    Unknown,
    /// In another product.
    OtherProduct,
}

impl Recurrence {
    /// The fix is there, or may be.
    pub fn is_possible(self) -> bool {
        matches!(self, Self::Possible | Self::NotCarriedOver | Self::Unknown)
    }
}

impl Question for FindFixed {
    type Answer = Vec<FixedBefore>;

    fn ask(&self, read: &Read) -> Result<Vec<FixedBefore>> {
        let typed = Typed::new(&self.title, &self.description);
        let query = typed.query(&self.component, read.now, self.except.as_ref());
        let (ranked, _) = ranked(read, &typed, &query, self.wait)?;
        let apart = apart(read.db, self.except.as_ref())?;
        let own = own_hotfix(read.db, self.except.as_ref())?;
        let top = crate::views::limit(self.top, 3, 10) as usize;
        let mut found: Vec<FixedBefore> = Vec::new();
        for scored in ranked.fixed {
            let different = apart.contains(&scored.original) || apart.contains(&scored.number);
            if different || self.likely && !is_likely(&scored, &query) {
                continue;
            }
            let Some((issue_title, hotfix)) = mended(read.db, scored.original)? else { continue };
            if own.as_ref() == Some(&hotfix) || found.iter().any(|one| one.hotfix == hotfix) {
                continue;
            }
            let shipped_at = shipped(read.db, &hotfix)?;
            let (fix, seen_in, recurrence, label) = read.judge(|state| {
                let fix = state.hotfix(&hotfix)?;
                let seen_in = seen_in(state, fix)?;
                let place = self.place(state, fix)?;
                let (recurrence, label) = self.judge(fix, &seen_in, place.as_ref());
                Ok((fix.clone(), seen_in, recurrence, label))
            })?;
            found.push(FixedBefore {
                suspected: recurrence.is_possible()
                    && is_likely(&scored, &query)
                    && f64::from(scored.same) >= SUSPECTED,
                shared: marked(&issue_title, &scored.shared),
                issue: IssueKey(format!("ISS-{}", scored.original)),
                issue_title,
                score: f64::from(scored.same),
                hotfix,
                title: fix.title,
                cause: fix.cause.map(|cause| cause.text.what).unwrap_or_default(),
                solution: fix.solution.map(|solution| solution.text).unwrap_or_default(),
                lessons: fix.lessons,
                shipped_at,
                seen_in,
                recurrence,
                label,
            });
            if found.len() == top {
                break;
            }
        }
        Ok(found)
    }
}

/// What runs where it is seen.
struct Place {
    name: String,
    version: String,
    has_the_fix: bool,
}

impl FindFixed {
    /// What is known to run in the environment of the report.
    fn place(&self, state: &State, fix: &Hotfix) -> Judge<Option<Place>> {
        let wanted = self.environment.trim().to_lowercase();
        let Some(product) = state.catalog.product(&fix.product) else { return Ok(None) };
        let named = |one: &&Environment| {
            one.id.to_lowercase() == wanted || one.name.to_lowercase() == wanted
        };
        let Some(environment) = product.environments.iter().find(named) else { return Ok(None) };
        let Some(running) = &state.environment(&product.id, &environment.id)?.running else {
            return Ok(None);
        };
        Ok(Some(Place {
            name: environment.name.clone(),
            version: running.version.clone(),
            has_the_fix: running.hotfixes.iter().any(|one| one.hotfix == fix.key),
        }))
    }

    /// What runs in the environment says most; where that is not known, versions do.
    fn judge(&self, fix: &Hotfix, seen_in: &str, place: Option<&Place>) -> (Recurrence, String) {
        if self.product.as_ref().is_some_and(|product| *product != fix.product) {
            return (Recurrence::OtherProduct, "in another product".into());
        }
        let key = &fix.key;
        if let Some(Place { name, .. }) = place.filter(|place| place.has_the_fix) {
            return (Recurrence::Possible, format!("possible recurrence: {name} has {key}"));
        }
        let mut now = self.version.trim();
        if let Some(place) = place {
            now = if now.is_empty() { place.version.trim() } else { now };
            // A newer release may carry the fix without being called a hot fix.
            if now.is_empty() || seen_in.is_empty() || compare(now, seen_in).is_le() {
                let label = format!("already fixed in {key}, not yet in {}", place.name);
                return (Recurrence::NotThereYet, label);
            }
        }
        if now.is_empty() || seen_in.is_empty() {
            return (Recurrence::Unknown, "possible recurrence, if the version has the fix".into());
        }
        match compare(now, seen_in) {
            Ordering::Less => {
                (Recurrence::OlderVersion, format!("already fixed in {key}, not yet in {now}"))
            }
            Ordering::Equal => (Recurrence::Possible, format!("possible recurrence in {now}")),
            Ordering::Greater => match without(fix, now) {
                Some(branch) => (
                    Recurrence::NotCarriedOver,
                    format!("possible recurrence: {branch} has not got the fix"),
                ),
                None => (Recurrence::Possible, format!("possible recurrence in newer {now}")),
            },
        }
    }
}

/// The newest version in which an issue of the hot fix was seen.
fn seen_in(state: &State, fix: &Hotfix) -> Judge<String> {
    let mut newest = String::new();
    for key in &fix.issues {
        let issue: &Issue = state.issue(key)?;
        let version = issue.product_version.trim();
        if !version.is_empty() && (newest.is_empty() || compare(version, &newest).is_gt()) {
            newest = version.to_owned();
        }
    }
    Ok(newest)
}

/// The branch of this version, if a change of the hot fix was looked for there and not found.
fn without<'a>(fix: &'a Hotfix, version: &str) -> Option<&'a str> {
    fix.changes
        .iter()
        .flat_map(|recorded| &recorded.change.branches)
        .find(|one| one.presence == Presence::Missing && belongs(&one.branch, version))
        .map(|one| one.branch.as_str())
}

/// `release/4.8` is the branch of 4.8 and of 4.8.1.
fn belongs(branch: &str, version: &str) -> bool {
    let name = branch.rsplit('/').next().unwrap_or(branch);
    let name = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let mut wanted = parts(name);
    while wanted.last() == Some(&u64::MAX) {
        wanted.pop();
    }
    !wanted.is_empty() && parts(version).starts_with(&wanted)
}

/// Versions by their numbers; `4.10` comes after `4.9`, and 4.8 is 4.8.0.
fn compare(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (parts(one), parts(other));
    let most = one.len().max(other.len());
    one.resize(most, 0);
    other.resize(most, 0);
    one.cmp(&other)
}

/// The numbers of a version up to its first letter; `x` stands for any.
fn parts(version: &str) -> Vec<u64> {
    version
        .trim_start_matches(['v', 'V'])
        .split('.')
        .map_while(|part| match part {
            "x" | "X" | "*" => Some(u64::MAX),
            _ => {
                let end = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
                part.get(..end)?.parse().ok()
            }
        })
        .collect()
}

fn own_hotfix(db: &Connection, except: Option<&IssueKey>) -> Result<Option<HotfixKey>> {
    let Some(key) = except else { return Ok(None) };
    let own: Option<Option<String>> = db
        .prepare_cached("SELECT hotfix FROM issues WHERE num = ?1")?
        .query_row([number(&key.0)], |row| row.get(0))
        .optional()?;
    Ok(own.flatten().map(HotfixKey))
}

/// The title of a mended issue, and the hot fix that mended it.
fn mended(db: &Connection, number: u32) -> Result<Option<(String, HotfixKey)>> {
    let mut statement = db.prepare_cached(
        "SELECT title, hotfix FROM issues
         WHERE num = ?1 AND hotfix IS NOT NULL AND state IN ('resolved', 'closed')",
    )?;
    let row = statement
        .query_row([number], |row| Ok((row.get(0)?, HotfixKey(row.get(1)?))))
        .optional()?;
    Ok(row)
}

fn shipped(db: &Connection, hotfix: &HotfixKey) -> Result<Option<Instant>> {
    let at: Option<i64> = db
        .prepare_cached(
            "SELECT max(ended_at) FROM deployments WHERE hotfix = ?1 AND state = 'done'",
        )?
        .query_row([hotfix.as_str()], |row| row.get(0))?;
    Ok(at.map(Instant::from_micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(branch: &str, presence: Presence) -> Hotfix {
        let presence = BranchPresence {
            branch: branch.into(),
            presence,
            commit: String::new(),
            doubt: None,
            other: String::new(),
        };
        let change = Change {
            commit: "c0ffee".into(),
            branch: "main".into(),
            authored_at: None,
            files: Vec::new(),
            branches: vec![presence],
        };
        let recorded = crate::model::hotfix::RecordedChange {
            change,
            text: ChangeText::default(),
            by: PersonId::default(),
            at: Instant::from_micros(0),
            looked_at: None,
        };
        Hotfix {
            key: HotfixKey("HF-7".into()),
            product: CatalogId("shop".into()),
            changes: vec![recorded],
            ..Hotfix::default()
        }
    }

    fn in_place(version: &str, seen_in: &str, has_the_fix: bool) -> (Recurrence, String) {
        let place = Place { name: "Staging".into(), version: "4.8.1".into(), has_the_fix };
        let asked = FindFixed { version: version.into(), ..FindFixed::default() };
        asked.judge(&fix("release/4.8", Presence::PatchId), seen_in, Some(&place))
    }

    fn judged(version: &str, seen_in: &str, fix: &Hotfix) -> (Recurrence, String) {
        FindFixed { version: version.into(), ..FindFixed::default() }.judge(fix, seen_in, None)
    }

    #[test]
    fn a_newer_version_whose_branch_lacks_the_fix_says_so() {
        let fix = fix("release/4.8", Presence::Missing);
        let (recurrence, label) = judged("4.8.1", "4.7.9", &fix);
        assert_eq!(recurrence, Recurrence::NotCarriedOver);
        assert_eq!(label, "possible recurrence: release/4.8 has not got the fix");
        assert_eq!(judged("4.9", "4.7.9", &fix).0, Recurrence::Possible);
    }

    #[test]
    fn the_mended_version_may_have_it_again_an_older_one_never_had_the_fix() {
        let fix = fix("release/4.8", Presence::PatchId);
        assert_eq!(judged("4.8.1", "4.8.1", &fix).0, Recurrence::Possible);
        assert_eq!(judged("4.8.2", "4.8.1", &fix).0, Recurrence::Possible);
        assert_eq!(judged("4.7.9", "4.8.1", &fix).0, Recurrence::OlderVersion);
        assert_eq!(judged("", "4.8.1", &fix).0, Recurrence::Unknown);
        let elsewhere =
            FindFixed { product: Some(CatalogId("billing".into())), ..FindFixed::default() };
        assert_eq!(elsewhere.judge(&fix, "4.8.1", None).0, Recurrence::OtherProduct);
    }

    #[test]
    fn an_environment_that_runs_the_fix_has_it_again_one_that_does_not_waits_for_it() {
        let (recurrence, label) = in_place("", "4.8.1", true);
        assert_eq!(recurrence, Recurrence::Possible);
        assert_eq!(label, "possible recurrence: Staging has HF-7");
        let (recurrence, label) = in_place("4.8.1", "4.8.1", false);
        assert_eq!(recurrence, Recurrence::NotThereYet);
        assert_eq!(label, "already fixed in HF-7, not yet in Staging");
        assert_eq!(in_place("", "", false).0, Recurrence::NotThereYet);
        assert_eq!(in_place("4.9.0", "4.8.1", false).0, Recurrence::Possible, "a newer release");
    }

    #[test]
    fn an_older_version_is_told_where_it_is_fixed() {
        let (recurrence, label) = judged("4.7.9", "4.8.1", &fix("release/4.8", Presence::PatchId));
        assert_eq!(recurrence, Recurrence::OlderVersion);
        assert_eq!(label, "already fixed in HF-7, not yet in 4.7.9");
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert_eq!(compare("4.10", "4.9"), Ordering::Greater);
        assert_eq!(compare("v4.8", "4.8.0"), Ordering::Equal);
        assert_eq!(compare("2.3-rc1", "2.3"), Ordering::Equal);
        assert!(belongs("release/4.8.x", "4.8.1"));
        assert!(belongs("release-4", "4.8.1"));
        assert!(!belongs("release/4.8", "4.80"));
        assert!(!belongs("main", "4.8"));
    }
}
