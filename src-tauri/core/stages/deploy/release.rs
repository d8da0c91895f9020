//! What came into an environment by another way: recorded by hand, or told by its endpoints.
//!
//! An endpoint tells a version and perhaps a commit; which hot fixes are in it, it does not. So those
//! that ran there still count as running until a person says otherwise: a package that lacks one of
//! them is stopped rather than let through.

use super::super::{Command, Done, required};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{Event, stream, words::*},
    model::{Actor, Decide, Decided, State, deployment::TargetTold},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Record an ordinary release, deployed by somebody or something else.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordRelease {
    pub product: CatalogId,
    pub environment: String,
    pub version: String,
    /// Hot fixes whose changes are part of the release.
    #[serde(default)]
    pub contains: Vec<HotfixKey>,
    /// The commit it was released from, if it is known: a package that has it in its history keeps
    /// all that the release brought.
    #[serde(default)]
    pub commit: String,
}

impl Command for RecordRelease {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let product = state.product(&self.product)?;
        required("version", &self.version, "The version")?;
        has_environment(product, &self.environment)?;
        let commit = self.commit.trim().to_lowercase();
        if !commit.is_empty() && !is_commit(&commit) {
            return Err(Error::field(
                "commit",
                format!("“{}” is no hash of a commit.", self.commit),
            )
            .hint("Seven to 64 hexadecimal digits, as git prints it.")
            .into());
        }
        let environment = state.environment(&self.product, &self.environment)?;
        if let Some(other) = &environment.held_by {
            return Err(Error::denied(format!("{other} is deploying there."))
                .hint("Wait until it ends.")
                .into());
        }
        let mut hotfixes = Vec::new();
        for key in &self.contains {
            let hotfix = state.hotfix(key)?;
            hotfixes.push(RunningHotfix {
                hotfix: key.clone(),
                revision: hotfix.current().map_or(0, |built| built.package.revision),
                commits: hotfix.commits().map(String::from).collect(),
                files: Vec::new(),
            });
        }
        let running = Running {
            version: self.version.clone(),
            hotfix: None,
            revision: None,
            hash: None,
            hotfixes,
            commit,
            left_out: Vec::new(),
            since: by.at,
        };
        Ok(Decided::new(Done {}).with(
            stream::environment(&self.product, &self.environment),
            Event::RunningChanged { running, deployment: None, endpoint: None },
        ))
    }
}

fn has_environment(product: &Product, environment: &str) -> Result<()> {
    if product.environment(environment).is_some() {
        return Ok(());
    }
    let message = format!("{} has no environment “{environment}”.", product.name);
    Err(Error::field("environment", message))
}

fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What the endpoints of an environment said that runs there.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct HearVersion {
    pub product: CatalogId,
    pub environment: String,
    /// Since when that ran which was believed to run when they were asked.
    pub since: Option<Instant>,
    /// Nothing had been heard from them since then.
    pub first: bool,
    pub told: Vec<TargetTold>,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// Another version than was known: it was recorded.
    Recorded,
    AsKnown,
    /// The targets differ, or one of them did not answer.
    Unclear,
    /// No recipe of its targets says how to ask, or they do not know.
    Silent,
    /// A deployment has begun or ended meanwhile.
    MovedOn,
}

impl Command for HearVersion {
    type Answer = Heard;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Heard> {
        let product = state.product(&self.product)?;
        has_environment(product, &self.environment)?;
        let environment = state.environment(&self.product, &self.environment)?;
        let running = environment.running.as_ref();
        if environment.held_by.is_some() || running.map(|running| running.since) != self.since {
            return Ok(Decided::new(Heard::MovedOn));
        }
        if self.told.iter().all(TargetTold::is_silent) {
            return Ok(Decided::new(Heard::Silent));
        }
        let Some(told) = agreed(&self.told) else { return Ok(Decided::new(Heard::Unclear)) };
        let Some(running) = heard(running, told, self.first, by.at) else {
            return Ok(Decided::new(Heard::AsKnown));
        };
        Ok(Decided::new(Heard::Recorded).with(
            stream::environment(&self.product, &self.environment),
            Event::RunningChanged {
                running,
                deployment: None,
                endpoint: Some(told.endpoint.clone()),
            },
        ))
    }
}

/// The one answer of all targets, if it is one.
fn agreed(told: &[TargetTold]) -> Option<&TargetTold> {
    let first = told.first().filter(|one| !one.version.is_empty())?;
    told.iter().all(|one| one.says_the_same_as(first)).then_some(first)
}

/// What runs there according to its endpoints, if that differs from what is believed.
fn heard(
    believed: Option<&Running>,
    told: &TargetTold,
    first: bool,
    at: Instant,
) -> Option<Running> {
    let commit = told.commit.to_lowercase();
    let commit = if is_commit(&commit) { commit } else { String::new() };
    let named = |version: &str| version.trim() == told.version;
    if let Some(running) = believed {
        let of_ours = running.hash.as_ref().filter(|_| !told.package.is_empty());
        let same_package = of_ours.map(|hash| hash.0.eq_ignore_ascii_case(&told.package));
        // What was deployed from here, by the name it has there.
        if same_package == Some(true) || (same_package.is_none() && running.hash.is_some() && first)
        {
            // All targets say the same, so it runs on all of them.
            let everywhere = same_package == Some(true) && !running.left_out.is_empty();
            return (everywhere || !named(&running.version)).then(|| Running {
                version: told.version.clone(),
                left_out: if everywhere { Vec::new() } else { running.left_out.clone() },
                ..running.clone()
            });
        }
        let other_commit = !commit.is_empty()
            && !running.commit.is_empty()
            && !commit.starts_with(&running.commit)
            && !running.commit.starts_with(&commit);
        // Of a package of ours the commit is not that of the release below it.
        let other_commit = other_commit && running.hash.is_none();
        if same_package.is_none() && named(&running.version) && !other_commit {
            return None;
        }
    }
    Some(Running {
        version: told.version.clone(),
        hotfix: None,
        revision: None,
        hash: None,
        hotfixes: believed.map(|running| running.hotfixes.clone()).unwrap_or_default(),
        commit,
        left_out: Vec::new(),
        since: at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "0c14c14c14c14c14c14c14c14c14c14c14c14c14c14c14c14c14c14c14c14c14";
    const RELEASE: &str = "e1ea5ee1ea5e";

    fn told(version: &str, commit: &str, package: &str) -> TargetTold {
        TargetTold {
            target: "web".into(),
            endpoint: "agent".into(),
            version: version.into(),
            commit: commit.into(),
            package: package.into(),
            error: String::new(),
        }
    }

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    /// 4.8.0 of some commit, and HF-13 that came with it.
    fn release() -> Running {
        Running {
            version: "4.8.0".into(),
            hotfix: None,
            revision: None,
            hash: None,
            hotfixes: vec![RunningHotfix {
                hotfix: "HF-13".into(),
                revision: 2,
                commits: vec!["c13c13c".into()],
                files: Vec::new(),
            }],
            commit: RELEASE.into(),
            left_out: Vec::new(),
            since: at(1),
        }
    }

    /// HF-14 r1, deployed from here onto it.
    fn ours() -> Running {
        Running {
            hotfix: Some("HF-14".into()),
            revision: Some(1),
            hash: Some(Digest(OURS.into())),
            ..release()
        }
    }

    #[test]
    fn another_version_is_a_release_and_the_hot_fixes_count_until_somebody_says_otherwise() {
        let found = heard(Some(&release()), &told("4.9.0", "", ""), false, at(9)).unwrap();
        assert_eq!((found.version.as_str(), found.since), ("4.9.0", at(9)));
        assert_eq!(found.hotfixes, release().hotfixes);
        assert_eq!(found.commit, "");
        let found = heard(None, &told("4.9.0", "ABCDEF0", ""), true, at(9)).unwrap();
        assert_eq!(found.commit, "abcdef0");
        assert!(found.hotfixes.is_empty());
    }

    #[test]
    fn what_is_known_is_no_news() {
        assert_eq!(heard(Some(&release()), &told("4.8.0", "", ""), false, at(9)), None);
        let longer = format!("{RELEASE}{RELEASE}");
        assert_eq!(heard(Some(&release()), &told("4.8.0", &longer, ""), false, at(9)), None);
        assert_eq!(heard(Some(&ours()), &told("4.8.0", "abcdef0", OURS), false, at(9)), None);
        // A package can only be compared with one of ours.
        assert_eq!(heard(Some(&release()), &told("4.8.0", "", "feed"), false, at(9)), None);
    }

    #[test]
    fn the_same_version_of_another_commit_or_package_is_another_release() {
        let found = heard(Some(&release()), &told("4.8.0", "abcdef0", ""), false, at(9)).unwrap();
        assert_eq!((found.commit.as_str(), found.hash), ("abcdef0", None));
        let found = heard(Some(&ours()), &told("4.8.0", "", "feed"), true, at(9)).unwrap();
        assert_eq!((found.hotfix, found.hash), (None, None));
    }

    #[test]
    fn our_package_keeps_its_place_under_the_name_it_has_there() {
        let by_package = heard(Some(&ours()), &told("4.8.1", "", OURS), false, at(9)).unwrap();
        let by_order = heard(Some(&ours()), &told("4.8.1", "", ""), true, at(9)).unwrap();
        for found in [by_package, by_order] {
            assert_eq!(found, Running { version: "4.8.1".into(), ..ours() });
        }
        // Later, without the package's hash, another name is another release.
        let found = heard(Some(&ours()), &told("4.8.1", "", ""), false, at(9)).unwrap();
        assert_eq!((found.hotfix, found.hash), (None, None));
    }

    #[test]
    fn targets_that_differ_or_do_not_answer_agree_on_nothing() {
        let (one, other) = (told("4.8.0", "", ""), told("4.9.0", "", ""));
        let lost = TargetTold { error: "no route".into(), ..told("", "", "") };
        assert!(agreed(&[one.clone(), one.clone()]).is_some());
        assert!(agreed(&[one.clone(), other]).is_none());
        assert!(agreed(&[one.clone(), lost.clone()]).is_none());
        assert!(agreed(&[lost, one]).is_none());
        assert!(agreed(&[]).is_none());
    }
}
