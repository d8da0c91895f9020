//! On which branches a change is: by the commit itself, by the same patch, perhaps, or not.
//!
//! All changes and all branches are answered together, and only of what the branches do not have in
//! common: one pass over its commits and their messages, one over those that touch a path of the
//! changes. Two patches are the same as `git patch-id --stable` sees it (and change the same modes).
//! A squash merge, a pick whose conflicts were resolved and a change that was reverted are never
//! present: they are uncertain, with the reason and the commits that matter.

mod graph;
mod patch;
#[cfg(test)]
mod tests;

use super::{Git, is_hash};
use crate::error::Result;
use graph::{Graph, Mark, Messages};
use patch::{Patch, Patches};
use std::{
    collections::{BTreeSet, HashMap},
    sync::atomic::AtomicBool,
};

/// Whether a change is on a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Commit,
    PatchId,
    Uncertain,
    Missing,
}

/// Why it is uncertain, or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its lines are there, or a message names it, but no commit of its own is.
    Squashed,
    /// A pick of it is there with another patch: conflicts were resolved.
    Resolved,
    /// A pick of it changes the same lines, in other surroundings.
    Surroundings,
    Reverted,
    /// Reverted, and applied again later.
    Reapplied,
    /// A merge has it in its history and took nothing of it over.
    NotTaken,
    NoBranch,
    /// The repository does not have the commit.
    NoCommit,
    /// The clone is shallow: what is before its edge cannot be told.
    Shallow,
    /// The clone lacks what the patches are made of.
    Unreadable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub presence: Presence,
    /// The commit on the branch that is it, or might be.
    pub commit: String,
    pub doubt: Option<Doubt>,
    /// What reverted it, or the merge that took nothing of it.
    pub other: String,
}

impl Found {
    fn sure(presence: Presence, commit: &str) -> Self {
        Self { presence, commit: commit.into(), doubt: None, other: String::new() }
    }

    fn doubtful(doubt: Doubt, commit: &str, other: &str) -> Self {
        Self {
            presence: Presence::Uncertain,
            commit: commit.into(),
            doubt: Some(doubt),
            other: other.into(),
        }
    }

    fn missing(doubt: Option<Doubt>) -> Self {
        let presence = Presence::Missing;
        Self { presence, commit: String::new(), doubt, other: String::new() }
    }
}

/// Full hashes, where there is such a commit.
type Hashes = Vec<Option<String>>;

impl Git {
    /// For each change (a commit) and each branch, in this order. A branch is found by its own name,
    /// else as it was last fetched from elsewhere.
    pub fn presence(
        &self,
        changes: &[String],
        branches: &[String],
        cancelled: &AtomicBool,
    ) -> Result<Vec<Vec<Found>>> {
        let (changes, tips) = self.ends(changes, branches)?;
        let known: BTreeSet<&String> = changes.iter().flatten().collect();
        let known: Vec<String> = known.into_iter().cloned().collect();
        let mut wanted: Vec<String> = tips.iter().flatten().cloned().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let matrix = if known.is_empty() || wanted.is_empty() {
            None
        } else {
            Some(Matrix::read(self, known, &wanted, cancelled)?)
        };
        let mut rows = Vec::new();
        for change in &changes {
            let mut row = Vec::new();
            for tip in &tips {
                row.push(match (change, tip, &matrix) {
                    (Some(change), Some(tip), Some(matrix)) => matrix.judge(change, tip),
                    (None, _, _) => Found::doubtful(Doubt::NoCommit, "", ""),
                    _ => Found::missing(Some(Doubt::NoBranch)),
                });
            }
            rows.push(row);
        }
        if let Some(matrix) = matrix {
            matrix.look_at_content(self, &changes, &tips, &mut rows)?;
        }
        Ok(rows)
    }

    /// The changes and the branches as full hashes, where there is such a commit.
    fn ends(&self, changes: &[String], branches: &[String]) -> Result<(Hashes, Hashes)> {
        const PLACES: [&str; 3] = ["refs/heads/", "refs/remotes/origin/", ""];
        let plain = |name: &String| {
            !name.is_empty()
                && !name.starts_with('-')
                && !name.contains(|c: char| c.is_control() || c.is_whitespace())
        };
        let mut lines = Vec::new();
        for change in changes {
            lines.push(if plain(change) { format!("{change}^{{commit}}") } else { "-".into() });
        }
        for branch in branches {
            for place in PLACES {
                lines.push(if plain(branch) {
                    format!("{place}{branch}^{{commit}}")
                } else {
                    "-".into()
                });
            }
        }
        let answer = self.ask(&["cat-file", "--batch-check=%(objectname)"], &lines)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let mut found = answer.lines().map(|line| is_hash(line).then(|| line.to_owned()));
        let changes = found.by_ref().take(changes.len()).collect();
        let places: Vec<Option<String>> = found.collect();
        Ok((
            changes,
            places.chunks(PLACES.len()).map(|one| one.iter().flatten().next().cloned()).collect(),
        ))
    }
}

/// What is known of the changes, the branches and the commits between.
struct Matrix {
    graph: Graph,
    messages: Messages,
    changes: HashMap<String, Patch>,
    /// `None` where the clone lacks what patches are made of.
    patches: Option<Patches>,
    /// Everything that may have something to do with a change, parents before their children.
    telling: Vec<u32>,
    shallow: bool,
}

impl Matrix {
    fn read(
        git: &Git,
        known: Vec<String>,
        tips: &[String],
        cancelled: &AtomicBool,
    ) -> Result<Self> {
        let shallow = git.text(&["rev-parse", "--is-shallow-repository"])?.trim() == "true";
        let mut ends: Vec<String> = known.clone();
        ends.extend(tips.iter().cloned());
        ends.sort_unstable();
        ends.dedup();
        // All have this one and what came before it: whatever happened to a change happened later.
        let base = match ends.as_slice() {
            [only] => Some(only.clone()),
            _ => {
                let mut arguments = vec!["merge-base", "--octopus"];
                arguments.extend(ends.iter().map(String::as_str));
                git.text(&arguments).ok().map(|text| text.trim().to_owned())
            }
        };
        let mut revisions = ends;
        if let Some(base) = base.filter(|base| is_hash(base)) {
            revisions.push("--not".into());
            revisions.push(format!("{base}^@"));
        }
        std::thread::scope(|scope| {
            let patches = scope.spawn(|| Patches::read(git, &known, &revisions, cancelled));
            let (graph, messages) = graph::read(git, &known, &revisions, cancelled)?;
            let patches = patches
                .join()
                .map_err(|_| crate::error::Error::internal("Reading patches ended badly."))?;
            let (changes, patches) = match patches {
                Ok((changes, patches)) => (changes, Some(patches)),
                // A partial clone fetches nothing here: only what is there can be told.
                Err(_) if !cancelled.load(std::sync::atomic::Ordering::Relaxed) => {
                    (HashMap::new(), None)
                }
                Err(error) => return Err(error),
            };
            let alike = patches.iter().flat_map(Patches::shas).filter_map(|sha| graph.find(sha));
            let mut telling: Vec<u32> = messages.nodes().chain(alike).collect();
            telling.extend(known.iter().filter_map(|sha| graph.find(sha)));
            graph.put_in_order(&mut telling);
            Ok(Self { graph, messages, changes, patches, telling, shallow })
        })
    }

    fn judge(&self, change: &str, tip: &str) -> Found {
        let graph = &self.graph;
        let (Some(own), Some(tip)) = (graph.find(change), graph.find(tip)) else {
            return Found::doubtful(Doubt::NoCommit, "", "");
        };
        let here = graph.ancestors(tip);
        let story = self.story(change, own, &here);
        let newest = |list: &[u32]| list.last().map_or("", |one| graph.sha(*one)).to_owned();
        let all_before = |one: u32| {
            let before = graph.ancestors(one);
            story.reverts.iter().all(|revert| *revert != one && before[*revert as usize])
        };
        if story.applied.is_empty() {
            let Some((weak, doubt)) = story.weak.last() else {
                return match (&self.patches, self.shallow) {
                    (None, _) => Found::doubtful(Doubt::Unreadable, "", ""),
                    (_, true) => Found::doubtful(Doubt::Shallow, "", ""),
                    _ => Found::missing(None),
                };
            };
            return match story.reverts.last() {
                Some(_) => {
                    Found::doubtful(Doubt::Reverted, graph.sha(*weak), &newest(&story.reverts))
                }
                None => Found::doubtful(*doubt, graph.sha(*weak), ""),
            };
        }
        let stands = if story.applied.contains(&own) && all_before(own) {
            Some(own)
        } else {
            story.applied.iter().rev().copied().find(|one| all_before(*one))
        };
        match stands {
            Some(one) if one == own => Found::sure(Presence::Commit, change),
            Some(one) if !story.undone => Found::sure(Presence::PatchId, graph.sha(one)),
            Some(one) => Found::doubtful(Doubt::Reapplied, graph.sha(one), &newest(&story.reverts)),
            None => {
                let again = story.again.iter().rev().copied().find(|one| all_before(*one));
                let doubt = if again.is_some() { Doubt::Reapplied } else { Doubt::Reverted };
                let one = again.unwrap_or_else(|| story.applied[story.applied.len() - 1]);
                Found::doubtful(doubt, graph.sha(one), &newest(&story.reverts))
            }
        }
    }

    /// What happened to a change on the way to a tip, from the oldest commit to the newest.
    fn story(&self, change: &str, own: u32, here: &[bool]) -> Story {
        let graph = &self.graph;
        let patch = self.changes.get(change).filter(|patch| !patch.is_empty());
        let patch_of = |node: u32| -> Option<&Patch> {
            self.patches.as_ref()?.of(graph.sha(node)).filter(|_| patch.is_some())
        };
        let mut story = Story::default();
        // Of every commit that is one of these: what it did to the change.
        let mut did: HashMap<u32, Did> = HashMap::new();
        for node in self.telling.iter().copied().filter(|node| here[*node as usize]) {
            let marks = self.messages.of(node);
            let same = node == own
                || patch_of(node).is_some_and(|other| patch.is_some_and(|own| own.same(other)));
            if same {
                did.insert(node, Did::Applied);
                story.applied.push(node);
                continue;
            }
            let mut what = None;
            for named in marks.reverts() {
                match graph.named(named).and_then(|named| Some((named, did.get(&named)?))) {
                    Some((_, Did::Reverted)) => what = Some(Did::Again),
                    Some(_) => what = Some(Did::Reverted),
                    None if graph.named(named).is_some_and(|merge| self.brought(merge, &did)) => {
                        what = Some(Did::Reverted);
                    }
                    None => {}
                }
            }
            if what.is_none() && !did.is_empty() {
                let inverse = patch_of(node)
                    .is_some_and(|other| patch.is_some_and(|own| own.reverses(other)));
                let after = || {
                    let before = graph.ancestors(node);
                    did.iter().any(|(one, did)| *did != Did::Reverted && before[*one as usize])
                };
                let undoes = inverse || marks.has(change, Mark::RevertSubject);
                if undoes && after() {
                    what = Some(Did::Reverted);
                } else if marks.has(change, Mark::ReapplySubject) {
                    what = Some(Did::Again);
                }
            }
            match what {
                Some(Did::Reverted) => {
                    story.undone |= !story.applied.is_empty() || !story.weak.is_empty();
                    story.reverts.push(node);
                }
                Some(Did::Again) => story.again.push(node),
                _ => {
                    let near = patch_of(node)
                        .is_some_and(|other| patch.is_some_and(|own| own.near(other)));
                    let doubt = if marks.has(change, Mark::Picked) || near {
                        Some(if near { Doubt::Surroundings } else { Doubt::Resolved })
                    } else if marks.has(change, Mark::Squashed) {
                        Some(Doubt::Squashed)
                    } else {
                        None
                    };
                    let Some(doubt) = doubt else { continue };
                    story.weak.push((node, doubt));
                    what = Some(Did::Perhaps);
                }
            }
            if let Some(what) = what {
                did.insert(node, what);
            }
        }
        story
    }

    /// Whether a merge brought an application to its first parent.
    fn brought(&self, merge: u32, did: &HashMap<u32, Did>) -> bool {
        let parents = self.graph.parents(merge);
        let [first, _, ..] = parents else { return false };
        let (all, before) = (self.graph.ancestors(merge), self.graph.ancestors(*first));
        did.iter()
            .any(|(one, did)| *did != Did::Reverted && all[*one as usize] && !before[*one as usize])
    }

    /// What only the files themselves can tell: lines that are there though no commit brought them,
    /// and merges that have a change in their history and nothing of it in their files.
    fn look_at_content(
        &self,
        git: &Git,
        changes: &[Option<String>],
        tips: &[Option<String>],
        rows: &mut [Vec<Found>],
    ) -> Result<()> {
        let Some(patches) = &self.patches else { return Ok(()) };
        let mut absent = Vec::new();
        let mut merged = Vec::new();
        for (row, change) in changes.iter().enumerate() {
            let Some(change) = change else { continue };
            let Some(patch) = self.changes.get(change).filter(|patch| !patch.is_empty()) else {
                continue;
            };
            for (column, tip) in tips.iter().enumerate() {
                let Some(tip) = tip else { continue };
                let found = &rows[row][column];
                if found.doubt.is_none() && found.commit.is_empty() {
                    absent.push((row, column, tip.clone(), patch));
                } else if found.doubt.is_none()
                    && let Some(merge) = self.graph.brought_by(&found.commit, tip)
                {
                    merged.push((row, column, merge, tip.clone(), patch));
                }
            }
        }
        let questions: Vec<(String, &Patch)> =
            absent.iter().map(|(_, _, tip, patch)| (tip.clone(), *patch)).collect();
        for ((row, column, tip, patch), holds) in
            absent.iter().zip(patch::are_held(git, &questions)?)
        {
            if holds {
                // The newest commit there that touches the same path is the likeliest.
                let likely = self.graph.find(tip).and_then(|tip| {
                    let here = self.graph.ancestors(tip);
                    let mut touching = patches.touching(patch);
                    touching
                        .find(|sha| self.graph.find(sha).is_some_and(|node| here[node as usize]))
                });
                rows[*row][*column] =
                    Found::doubtful(Doubt::Squashed, likely.unwrap_or_default(), "");
            }
        }
        let pairs: Vec<(String, String, &Patch)> = merged
            .iter()
            .map(|(_, _, (merge, first), _, patch)| (merge.clone(), first.clone(), *patch))
            .collect();
        let kept_out = patch::are_untouched(git, &pairs)?;
        let suspects: Vec<_> = merged
            .iter()
            .zip(kept_out)
            .filter(|(_, untouched)| *untouched)
            .map(|(one, _)| one)
            .collect();
        let questions: Vec<(String, &Patch)> =
            suspects.iter().map(|(_, _, _, tip, patch)| (tip.clone(), *patch)).collect();
        for ((row, column, (merge, _), ..), holds) in
            suspects.iter().zip(patch::are_held(git, &questions)?)
        {
            if !holds {
                let commit = rows[*row][*column].commit.clone();
                rows[*row][*column] = Found::doubtful(Doubt::NotTaken, &commit, merge);
            }
        }
        Ok(())
    }
}

/// What a commit did to a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Did {
    Applied,
    /// It may be the change, by its message or its lines.
    Perhaps,
    Reverted,
    /// It reverted the revert.
    Again,
}

/// Everything that happened to a change on a branch, each from the oldest to the newest.
#[derive(Default)]
struct Story {
    applied: Vec<u32>,
    weak: Vec<(u32, Doubt)>,
    reverts: Vec<u32>,
    again: Vec<u32>,
    /// A revert came after an application.
    undone: bool,
}
