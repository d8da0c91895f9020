//! Which checks are worth adding to a deployment: those that failed before, at hot fixes of the same product.

use super::{Question, Read};
use crate::{
    error::Result,
    event::words::*,
    model::deployment::{Check, Deployment},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// So many of a product's newest deployments are looked at.
const LOOKED_AT: u32 = 200;
/// More would be a checklist of its own.
const MOST: usize = 8;

/// Which checks of earlier deployments are worth doing again at this one.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SuggestChecks {
    pub key: DeploymentKey,
}

/// A check that failed or was blocked before, and that this deployment does not have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SuggestedCheck {
    pub kind: CheckKind,
    pub text: String,
    pub expected: String,
    pub how: CheckHow,
    /// At how many deployments it was not good.
    pub times: u32,
    /// The newest of them, and its hot fix.
    pub deployment: DeploymentKey,
    pub hotfix: HotfixKey,
    /// What that hot fix and this one both touch; empty if nothing is known to be.
    pub components: Vec<String>,
}

impl Question for SuggestChecks {
    type Answer = Vec<SuggestedCheck>;

    /// First what touches the same components, then what failed most often, then what failed last.
    fn ask(&self, read: &Read) -> Result<Vec<SuggestedCheck>> {
        let one = read.judge(|state| Ok(state.deployment(&self.key)?.clone()))?;
        let touched = components(read, &one.hotfix)?;
        let known: BTreeSet<String> = one.checks.iter().map(name).collect();
        let mut found: BTreeMap<String, (u32, SuggestedCheck)> = BTreeMap::new();
        for (order, key) in (0_u32..).zip(earlier(read, &one)?) {
            let other = read.judge(|state| Ok(state.deployment(&key)?.clone()))?;
            let bad = |check: &&Check| {
                matches!(check.result, Some(CheckResult::Failed | CheckResult::Blocked))
            };
            for check in other.checks.iter().filter(bad) {
                let name = name(check);
                if known.contains(&name) {
                    continue;
                }
                if let Some((_, before)) = found.get_mut(&name) {
                    before.times += 1;
                    continue;
                }
                let theirs = components(read, &other.hotfix)?;
                let suggested = SuggestedCheck {
                    kind: check.item.kind,
                    text: check.item.text.clone(),
                    expected: check.item.expected.clone(),
                    how: check.item.how.clone(),
                    times: 1,
                    deployment: key.clone(),
                    hotfix: other.hotfix.clone(),
                    components: touched.intersection(&theirs).cloned().collect(),
                };
                found.insert(name, (order, suggested));
            }
        }
        let mut all: Vec<(u32, SuggestedCheck)> = found.into_values().collect();
        all.sort_by_key(|(order, one)| {
            (one.components.is_empty(), std::cmp::Reverse(one.times), *order)
        });
        Ok(all.into_iter().map(|(_, one)| one).take(MOST).collect())
    }
}

/// The same check again, whoever wrote it.
fn name(check: &Check) -> String {
    check.item.text.trim().to_lowercase()
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

/// What the issues of a hot fix are about.
fn components(read: &Read, hotfix: &HotfixKey) -> Result<BTreeSet<String>> {
    let found = read.judge(|state| {
        let mut found = BTreeSet::new();
        for key in &state.hotfix(hotfix)?.issues {
            found.insert(state.issue(key)?.component.clone());
        }
        Ok(found)
    })?;
    Ok(found.into_iter().filter(|component| !component.is_empty()).collect())
}
