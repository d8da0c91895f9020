//! Which checks are worth adding to a deployment: those that failed before, at hot fixes of the same product, and
//! regression checks of its checklists about components that this one touches.
//!
//! The nearer a hot fix is to this one, the more its failed checks matter: it changes the same file, is about the
//! same component, changes files of the same folders, or only the same product.

use super::{Question, Read};
use crate::{
    error::Result,
    event::words::*,
    model::{
        deployment::{Check, Deployment},
        hotfix::Hotfix,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};
use ts_rs::TS;

/// So many of a product's newest deployments are looked at.
const LOOKED_AT: u32 = 200;
/// More would be a checklist of its own.
const MOST: usize = 8;

/// Which checks are worth doing at this deployment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SuggestChecks {
    pub key: DeploymentKey,
}

/// What a hot fix has in common with this one, the nearest first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Nearness {
    File,
    Component,
    Folder,
    Product,
}

/// A check that this deployment does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SuggestedCheck {
    pub kind: CheckKind,
    pub text: String,
    pub expected: String,
    pub how: CheckHow,
    pub near: Nearness,
    /// Why, in a few words: "cart/total.py, also in HF-7, where it failed".
    pub why: String,
    /// At how many deployments it was not good; 0 for one of a checklist that never failed.
    pub times: u32,
    /// Where it failed nearest and last, and its hot fix.
    pub deployment: Option<DeploymentKey>,
    pub hotfix: Option<HotfixKey>,
    /// What it and this hot fix both touch; empty if nothing is known to be.
    pub components: Vec<String>,
}

/// What a hot fix touches.
struct Touched {
    files: BTreeSet<String>,
    components: BTreeSet<String>,
}

impl Touched {
    fn by(read: &Read, key: &HotfixKey) -> Result<Self> {
        let (hotfix, components) = read.judge(|state| {
            let hotfix = state.hotfix(key)?;
            state.expect(hotfix.issues.iter().map(|issue| issue.0.as_str()))?;
            let mut components = BTreeSet::new();
            for key in &hotfix.issues {
                components.insert(state.issue(key)?.component.clone());
            }
            Ok((hotfix.clone(), components))
        })?;
        Ok(Self {
            files: files(&hotfix),
            components: components.into_iter().filter(|one| !one.is_empty()).collect(),
        })
    }

    /// What both have in common, in words, and how near that is.
    fn common(&self, other: &Self) -> (Nearness, String, Vec<String>) {
        let components: Vec<String> =
            self.components.intersection(&other.components).cloned().collect();
        if let Some(what) = few(self.files.intersection(&other.files).cloned().collect()) {
            return (Nearness::File, what, components);
        }
        if !components.is_empty() {
            return (Nearness::Component, components.join(", "), components);
        }
        let (ours, theirs) = (folders(&self.files), folders(&other.files));
        let shared = ours.iter().filter(|one| theirs.iter().any(|other| meet(one, other)));
        match few(shared.map(|folder| format!("{folder}/")).collect()) {
            Some(what) => (Nearness::Folder, what, components),
            None => (Nearness::Product, String::new(), components),
        }
    }
}

fn files(hotfix: &Hotfix) -> BTreeSet<String> {
    let changes = hotfix.changes.iter().flat_map(|one| &one.change.files);
    changes.map(|file| file.path.clone()).collect()
}

/// The folders that files lie in; those at the top lie in none.
fn folders(files: &BTreeSet<String>) -> BTreeSet<&str> {
    files.iter().filter_map(|path| path.rsplit_once('/')).map(|(folder, _)| folder).collect()
}

/// The same folder, or one that lies in the other.
fn meet(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

/// "cart/total.py", "cart/total.py and 2 more"; nothing of nothing.
fn few(names: Vec<String>) -> Option<String> {
    let first = names.first()?;
    Some(match names.len() {
        1 => first.clone(),
        many => format!("{first} and {} more", many - 1),
    })
}

impl Question for SuggestChecks {
    type Answer = Vec<SuggestedCheck>;

    /// First what is nearest, then what failed most often, then what failed last.
    fn ask(&self, read: &Read) -> Result<Vec<SuggestedCheck>> {
        let one = read.judge(|state| Ok(state.deployment(&self.key)?.clone()))?;
        let touched = Touched::by(read, &one.hotfix)?;
        let known: BTreeSet<String> =
            one.checks.iter().map(|check| name(&check.item.text)).collect();
        let mut found = failed_before(read, &one, &touched, &known)?;
        for (order, suggested) in (LOOKED_AT..).zip(of_checklists(read, &one, &touched)?) {
            let name = name(&suggested.text);
            if !known.contains(&name) {
                found.entry(name).or_insert((order, suggested));
            }
        }
        let mut all: Vec<(u32, SuggestedCheck)> = found.into_values().collect();
        all.sort_by_key(|(order, one)| (one.near, Reverse(one.times), *order));
        Ok(all.into_iter().map(|(_, one)| one).take(MOST).collect())
    }
}

/// By their texts, those that were not good at other deployments, each with when it was last so.
fn failed_before(
    read: &Read,
    one: &Deployment,
    touched: &Touched,
    known: &BTreeSet<String>,
) -> Result<BTreeMap<String, (u32, SuggestedCheck)>> {
    let mut found: BTreeMap<String, (u32, SuggestedCheck)> = BTreeMap::new();
    let mut theirs: BTreeMap<HotfixKey, Touched> = BTreeMap::new();
    for (order, key) in (0_u32..).zip(earlier(read, one)?) {
        let other = read.judge(|state| Ok(state.deployment(&key)?.clone()))?;
        let bad = |check: &&Check| {
            matches!(check.result, Some(CheckResult::Failed | CheckResult::Blocked))
        };
        for check in other.checks.iter().filter(bad) {
            let name = name(&check.item.text);
            if known.contains(&name) {
                continue;
            }
            if !theirs.contains_key(&other.hotfix) {
                theirs.insert(other.hotfix.clone(), Touched::by(read, &other.hotfix)?);
            }
            let (near, what, components) = match theirs.get(&other.hotfix) {
                // It is the same change, whatever it touches.
                Some(_) if other.hotfix == one.hotfix => {
                    (Nearness::File, String::new(), touched.components.iter().cloned().collect())
                }
                Some(theirs) => touched.common(theirs),
                None => continue,
            };
            let why = match (near, other.hotfix == one.hotfix) {
                (_, true) => format!("failed at this hot fix before, in {key}"),
                (Nearness::Product, _) => format!("failed in {}", other.hotfix),
                _ => format!("{what}, also in {}, where it failed", other.hotfix),
            };
            let times = found.get(&name).map_or(0, |(_, before)| before.times) + 1;
            if let Some((_, before)) =
                found.get_mut(&name).filter(|(_, before)| before.near <= near)
            {
                before.times = times;
                continue;
            }
            let suggested = SuggestedCheck {
                kind: check.item.kind,
                text: check.item.text.clone(),
                expected: check.item.expected.clone(),
                how: check.item.how.clone(),
                near,
                why,
                times,
                deployment: Some(key.clone()),
                hotfix: Some(other.hotfix.clone()),
                components,
            };
            found.insert(name, (order, suggested));
        }
    }
    Ok(found)
}

/// Regression checks of the product's checklists that are about a component which this hot fix touches.
fn of_checklists(read: &Read, one: &Deployment, touched: &Touched) -> Result<Vec<SuggestedCheck>> {
    let mut found = Vec::new();
    let lists = read.catalog.every_checklist().filter(|list| {
        list.standard.is_none() && list.product.as_ref().is_none_or(|id| id == &one.product)
    });
    for list in lists {
        for item in list.items.iter().filter(|item| item.kind == CheckKind::Regression) {
            let components: Vec<String> = item
                .components
                .iter()
                .filter(|component| touched.components.contains(*component))
                .cloned()
                .collect();
            if components.is_empty() {
                continue;
            }
            found.push(SuggestedCheck {
                kind: item.kind,
                text: item.text.clone(),
                expected: item.expected.clone(),
                how: item.how.clone(),
                near: Nearness::Component,
                why: format!("{}, of the checklist {}", components.join(", "), list.name),
                times: 0,
                deployment: None,
                hotfix: None,
                components,
            });
        }
    }
    Ok(found)
}

/// The same check again, whoever wrote it.
fn name(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The product's other deployments that have been checked, the newest first.
fn earlier(read: &Read, one: &Deployment) -> Result<Vec<DeploymentKey>> {
    let mut statement = read.db.prepare_cached(
        "SELECT key FROM deployments WHERE product = ?1 AND key <> ?2 AND state IN ('validating', 'done', 'failed', 'rolled_back')
         ORDER BY num DESC LIMIT ?3",
    )?;
    let keys = statement
        .query_map(rusqlite::params![one.product.0, one.key.0, LOOKED_AT], |row| row.get(0))?;
    Ok(keys.map(|key| key.map(DeploymentKey)).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(files: &[&str], components: &[&str]) -> Touched {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Touched { files: all(files), components: all(components) }
    }

    #[test]
    fn the_same_file_is_nearer_than_the_component_and_that_than_the_folder() {
        let ours = touched(&["cart/total.py", "readme"], &["Cart"]);
        let common = |files: &[&str], components: &[&str]| {
            let (near, what, _) = ours.common(&touched(files, components));
            (near, what)
        };
        let file = (Nearness::File, "cart/total.py".to_owned());
        assert_eq!(common(&["cart/total.py", "cart/tax.py"], &["Cart"]), file);
        assert_eq!(common(&["cart/tax.py"], &["Cart"]), (Nearness::Component, "Cart".to_owned()));
        assert_eq!(common(&["cart/tax.py"], &[]), (Nearness::Folder, "cart/".to_owned()));
        assert_eq!(common(&["cart/api/a.py"], &[]), (Nearness::Folder, "cart/".to_owned()));
        // A folder that only begins alike is another one, and files at the top lie in none.
        assert_eq!(
            common(&["cartridge/a.py", "license"], &["Pay"]),
            (Nearness::Product, String::new())
        );
    }
}
