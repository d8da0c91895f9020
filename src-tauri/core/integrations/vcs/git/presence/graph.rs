//! Commits with their parents, and what their messages say of the changes.

use crate::{
    error::Result,
    integrations::vcs::git::{Commit, Git, is_hash, moment},
};
use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::{Arc, atomic::AtomicBool},
};

const NAMES_A_REVERT: &str = "This reverts commit ";
const NAMES_A_PICK: &str = "cherry picked from commit ";
/// A shorter sentence is written twice by chance.
const TELLING: usize = 12;

/// For every commit of a graph, whether it is among some.
type Among = Rc<Vec<bool>>;

/// The commits that matter, by numbers.
pub struct Graph {
    shas: Vec<String>,
    numbers: HashMap<String, u32>,
    parents: Vec<Vec<u32>>,
    /// Where each stands when the oldest comes first.
    places: Vec<u32>,
    ancestors: RefCell<HashMap<u32, Among>>,
}

impl Graph {
    fn new(commits: Vec<(String, String)>) -> Self {
        let numbers: HashMap<String, u32> =
            commits.iter().enumerate().map(|(at, (sha, _))| (sha.clone(), at as u32)).collect();
        let parents: Vec<Vec<u32>> = commits
            .iter()
            .map(|(_, parents)| {
                parents.split_whitespace().filter_map(|sha| numbers.get(sha).copied()).collect()
            })
            .collect();
        let places = places(&parents);
        let shas = commits.into_iter().map(|(sha, _)| sha).collect();
        Self { shas, numbers, parents, places, ancestors: RefCell::default() }
    }

    pub fn find(&self, sha: &str) -> Option<u32> {
        self.numbers.get(sha).copied()
    }

    /// By a hash as a message writes it, perhaps cut.
    pub fn named(&self, written: &str) -> Option<u32> {
        if is_hash(written) {
            return self.find(written);
        }
        let mut all = self.shas.iter().enumerate().filter(|(_, sha)| sha.starts_with(written));
        let (first, more) = (all.next(), all.next());
        if more.is_some() { None } else { first.map(|(at, _)| at as u32) }
    }

    pub fn sha(&self, node: u32) -> &str {
        &self.shas[node as usize]
    }

    pub fn parents(&self, node: u32) -> &[u32] {
        &self.parents[node as usize]
    }

    /// Parents before their children.
    pub fn put_in_order(&self, nodes: &mut Vec<u32>) {
        nodes.sort_unstable_by_key(|node| self.places[*node as usize]);
        nodes.dedup();
    }

    /// For every commit, whether it is this one or an ancestor of it. What lies before the graph is
    /// an ancestor of all.
    pub fn ancestors(&self, node: u32) -> Among {
        if let Some(known) = self.ancestors.borrow().get(&node) {
            return Rc::clone(known);
        }
        let seen = Rc::new(self.behind(node));
        self.ancestors.borrow_mut().insert(node, Rc::clone(&seen));
        seen
    }

    fn behind(&self, node: u32) -> Vec<bool> {
        let mut seen = vec![false; self.shas.len()];
        let mut open = vec![node];
        seen[node as usize] = true;
        while let Some(one) = open.pop() {
            for parent in self.parents(one) {
                if !std::mem::replace(&mut seen[*parent as usize], true) {
                    open.push(*parent);
                }
            }
        }
        seen
    }

    /// The merge by which a commit came to a branch, and that merge's first parent.
    pub fn brought_by(&self, commit: &str, tip: &str) -> Option<(String, String)> {
        let (commit, mut at) = (self.find(commit)?, self.find(tip)?);
        let mut line = vec![at];
        while let Some(first) = self.parents(at).first() {
            at = *first;
            line.push(at);
        }
        // Down the branch's own line, until the commit is no longer behind it.
        let inside = line.partition_point(|one| self.behind(*one)[commit as usize]);
        let merge = *line.get(inside.checked_sub(1)?)?;
        let [first, _, ..] = self.parents(merge) else { return None };
        (merge != commit).then(|| (self.sha(merge).to_owned(), self.sha(*first).to_owned()))
    }
}

fn places(parents: &[Vec<u32>]) -> Vec<u32> {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); parents.len()];
    let mut left: Vec<usize> = parents.iter().map(Vec::len).collect();
    for (child, parents) in parents.iter().enumerate() {
        for parent in parents {
            children[*parent as usize].push(child as u32);
        }
    }
    let mut order: Vec<usize> = (0..parents.len()).filter(|at| left[*at] == 0).collect();
    let mut places = vec![0; parents.len()];
    let mut next = 0;
    while let Some(one) = order.get(next).copied() {
        places[one] = next as u32;
        next += 1;
        for child in &children[one] {
            let left = &mut left[*child as usize];
            *left -= 1;
            if *left == 0 {
                order.push(*child as usize);
            }
        }
    }
    places
}

/// What a message says of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It was picked from it, or both from a third; or it is by the same author of the same moment.
    Picked,
    /// It names it, or says the same sentence with a number, as a squash merge does.
    Squashed,
    RevertSubject,
    ReapplySubject,
}

#[derive(Default)]
pub struct Marks {
    reverts: Vec<String>,
    of: Vec<(Arc<str>, Mark)>,
}

impl Marks {
    /// The commits that it says it reverts.
    pub fn reverts(&self) -> impl Iterator<Item = &str> {
        self.reverts.iter().map(String::as_str)
    }

    pub fn has(&self, change: &str, mark: Mark) -> bool {
        self.of.iter().any(|(of, one)| &**of == change && *one == mark)
    }
}

/// What the messages say, where they say something that matters.
#[derive(Default)]
pub struct Messages {
    said: HashMap<u32, Marks>,
    nothing: Marks,
}

impl Messages {
    pub fn of(&self, node: u32) -> &Marks {
        self.said.get(&node).unwrap_or(&self.nothing)
    }

    pub fn nodes(&self) -> impl Iterator<Item = u32> {
        self.said.keys().copied()
    }
}

/// A change as messages may speak of it.
struct Spoken {
    sha: Arc<str>,
    author: String,
    authored: Option<crate::clock::Instant>,
    sentence: String,
    /// Itself, and what it says it was picked from.
    origins: Vec<String>,
}

impl Spoken {
    fn new(commit: Commit) -> Self {
        let mut origins = named_after(&commit.message, NAMES_A_PICK);
        origins.push(commit.sha.clone());
        Self {
            sha: commit.sha.into(),
            author: commit.mail,
            authored: commit.authored_at,
            sentence: sentence(&commit.subject).to_owned(),
            origins,
        }
    }

    fn marks(&self, message: &Message, reverts: &[String], picked: &[String]) -> Vec<Mark> {
        let mut marks = Vec::new();
        let says = |prefix: &str| {
            let quoted = message.subject.strip_prefix(prefix);
            let quoted = quoted.and_then(|rest| rest.strip_prefix(" \""));
            let quoted = quoted.map(|rest| sentence(rest).trim_end_matches('"'));
            quoted.is_some_and(|rest| sentence(rest) == self.sentence)
        };
        if says("Revert") {
            marks.push(Mark::RevertSubject);
        } else if says("Reapply") {
            marks.push(Mark::ReapplySubject);
        }
        let same_sentence = sentence(message.subject) == self.sentence;
        let same_author = message.author == self.author;
        let is_origin =
            |named: &String| self.origins.iter().any(|origin| origin.starts_with(named.as_str()));
        let picked = picked.iter().any(is_origin)
            || self.origins.iter().any(|origin| origin == message.sha)
            || (same_sentence && same_author && moment(message.authored) == self.authored);
        let squashed = || {
            let telling = self.sentence.len() >= TELLING;
            let item = |line: &str| {
                let line = line.trim();
                let item = line.strip_prefix("* ").or_else(|| line.strip_prefix("- "));
                sentence(item.unwrap_or(line)) == self.sentence
            };
            (message.body.contains(&*self.sha) && !reverts.iter().any(is_origin))
                || (telling && message.body.lines().skip(1).any(item))
                || (telling && same_sentence && same_author)
        };
        if picked {
            marks.push(Mark::Picked);
        } else if squashed() {
            marks.push(Mark::Squashed);
        }
        marks
    }
}

struct Message<'a> {
    sha: &'a str,
    author: &'a str,
    authored: &'a str,
    subject: &'a str,
    body: &'a str,
}

impl Message<'_> {
    fn marks(&self, spoken: &[Spoken]) -> Marks {
        let reverts = named_after(self.body, NAMES_A_REVERT);
        let picked = named_after(self.body, NAMES_A_PICK);
        let of = spoken
            .iter()
            .filter(|change| &*change.sha != self.sha)
            .flat_map(|change| {
                let marks = change.marks(self, &reverts, &picked);
                marks.into_iter().map(|mark| (Arc::clone(&change.sha), mark))
            })
            .collect();
        Marks { reverts, of }
    }
}

/// A subject without the number that a forge puts behind it: `Mend it (#12)`.
fn sentence(subject: &str) -> &str {
    let subject = subject.trim();
    match subject.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((before, number))
            if number.len() > 1
                && number.starts_with(['#', '!'])
                && number[1..].bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            sentence(before)
        }
        _ => subject,
    }
}

/// The hashes that a message writes right after some words.
fn named_after(message: &str, words: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (at, _) in message.match_indices(words) {
        let rest = &message[at + words.len()..];
        let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        if (7..=64).contains(&end) {
            named.push(rest[..end].to_ascii_lowercase());
        }
    }
    named
}

/// Reads all commits of some revisions.
pub fn read(
    git: &Git,
    changes: &[String],
    revisions: &[String],
    cancelled: &AtomicBool,
) -> Result<(Graph, Messages)> {
    let spoken: Vec<Spoken> = git.messages(changes)?.into_iter().map(Spoken::new).collect();
    let mut commits = Vec::new();
    let mut said = HashMap::new();
    let mut take = |fields: &[&[u8]; 6]| {
        let [sha, parents, author, authored, subject, body] = fields.map(String::from_utf8_lossy);
        let sha = sha.trim();
        let message =
            Message { sha, author: &author, authored: &authored, subject: &subject, body: &body };
        let marks = message.marks(&spoken);
        if !marks.reverts.is_empty() || !marks.of.is_empty() {
            said.insert(commits.len() as u32, marks);
        }
        commits.push((sha.to_owned(), parents.into_owned()));
    };
    let mut rest: Vec<u8> = Vec::new();
    git.stream(
        &[
            "rev-list",
            "--stdin",
            "--no-commit-header",
            "--encoding=UTF-8",
            "--format=%H%x00%P%x00%ae%x00%at%x00%s%x00%B%x00",
        ],
        lines(revisions),
        cancelled,
        &mut |chunk| {
            rest.extend_from_slice(chunk);
            let mut begin = 0;
            'commits: loop {
                let mut at = begin;
                let mut fields: [&[u8]; 6] = [&[]; 6];
                for field in &mut fields {
                    let Some(length) = memchr::memchr(0, &rest[at..]) else { break 'commits };
                    *field = &rest[at..at + length];
                    at += length + 1;
                }
                take(&fields);
                begin = at;
            }
            rest.drain(..begin);
            Ok(true)
        },
    )?;
    Ok((Graph::new(commits), Messages { said, nothing: Marks::default() }))
}

/// Revisions as `--stdin` reads them.
pub fn lines(revisions: &[String]) -> Vec<u8> {
    let mut text = revisions.join("\n");
    text.push('\n');
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forge_puts_numbers_behind_a_sentence() {
        assert_eq!(sentence("Mend it (#12)"), "Mend it");
        assert_eq!(sentence("Mend it (!12) (#7)"), "Mend it");
        assert_eq!(sentence("Mend it (again)"), "Mend it (again)");
        assert_eq!(sentence("(#)"), "(#)");
    }

    #[test]
    fn parents_come_before_their_children_whatever_their_dates() {
        let commit = |sha: &str, parents: &str| (sha.to_owned(), parents.to_owned());
        let graph = Graph::new(vec![
            commit("d", "b c"),
            commit("a", ""),
            commit("c", "a"),
            commit("b", "a before-the-graph"),
        ]);
        let mut order = vec![0, 1, 2, 3, 0];
        graph.put_in_order(&mut order);
        assert_eq!((order.len(), graph.sha(order[0]), graph.sha(order[3])), (4, "a", "d"));
        let behind = graph.ancestors(graph.find("c").unwrap());
        let named = |sha: &str| behind[graph.find(sha).unwrap() as usize];
        assert_eq!(["a", "b", "c", "d"].map(named), [true, false, true, false]);
        assert_eq!(graph.brought_by("c", "d"), Some(("d".into(), "b".into())));
        assert_eq!(graph.brought_by("b", "d"), None);
    }
}
