//! What commits change, so that two can be told to change the same.
//!
//! A patch is held against another as `git patch-id --stable` does it: what is added, removed and
//! around it, without white space and line numbers. Modes and the bytes of binary files count too.

use super::graph::lines;
use crate::{
    error::Result,
    integrations::vcs::{
        git::{Git, is_hash},
        unified::{Cursor, Kind},
    },
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{HashMap, HashSet},
    sync::atomic::AtomicBool,
};

/// What is kept of the lines of a change, to look for them where no commit brought them.
const KEPT: usize = 4 << 20;
/// Files of a change that are looked for there, and bytes that are read for it.
const MOST_FILES: usize = 500;
const MOST_READ: u64 = 64 << 20;

/// One file of a commit, as git's raw format tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    path: String,
    modes: (String, String),
    blobs: (String, String),
    /// `A`, `D`, `M` or `T`.
    status: u8,
    /// What each hunk leaves, and what it found.
    hunks: Vec<(Vec<String>, Vec<String>)>,
}

/// What a commit changes.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    entries: Vec<Entry>,
    forward: [u8; 32],
    backward: [u8; 32],
    /// Without what is around.
    bare: [u8; 32],
    /// All lines were kept.
    whole: bool,
    /// The path by which it is looked for.
    rarest: String,
}

impl Patch {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn same(&self, other: &Self) -> bool {
        self.forward == other.forward
    }

    pub fn reverses(&self, other: &Self) -> bool {
        self.backward == other.forward
    }

    /// It adds and removes the same lines, in other surroundings.
    pub fn near(&self, other: &Self) -> bool {
        self.bare == other.bare && !self.same(other)
    }
}

/// The patches of those commits that change the same paths as one of the changes.
pub struct Patches {
    of: HashMap<String, Patch>,
    /// By such a path: the commits that touch it, the newest first.
    touching: HashMap<String, Vec<String>>,
}

impl Patches {
    pub fn of(&self, sha: &str) -> Option<&Patch> {
        self.of.get(sha)
    }

    pub fn shas(&self) -> impl Iterator<Item = &str> {
        self.of.keys().map(String::as_str)
    }

    /// The commits that touch a path of this change, the newest first.
    pub fn touching(&self, patch: &Patch) -> impl Iterator<Item = &str> {
        self.touching.get(&patch.rarest).into_iter().flatten().map(String::as_str)
    }

    /// The patches of the changes, and those of everything in the revisions that may be one of them.
    pub fn read(
        git: &Git,
        changes: &[String],
        revisions: &[String],
        cancelled: &AtomicBool,
    ) -> Result<(HashMap<String, Patch>, Self)> {
        let mut own: HashMap<String, Patch> = HashMap::new();
        for (sha, entries) in raw(git, changes, cancelled)? {
            let rarest = rarest(&entries);
            own.insert(sha, Patch { entries, rarest, ..Patch::default() });
        }
        let mut paths: Vec<&str> = own.values().map(|patch| patch.rarest.as_str()).collect();
        paths.retain(|path| !path.is_empty());
        paths.sort_unstable();
        paths.dedup();
        let mut candidates = Vec::new();
        if !paths.is_empty() {
            // Whatever has the same patch touches this path: one of each change is enough.
            let mut arguments = vec!["rev-list", "--stdin", "--no-merges", "--full-history", "--"];
            arguments.extend(&paths);
            let mut text = Vec::new();
            git.stream(&arguments, lines(revisions), cancelled, &mut |chunk| {
                text.extend_from_slice(chunk);
                Ok(true)
            })?;
            candidates = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
        }
        let shapes: HashSet<Vec<&str>> = own.values().map(|patch| shape(&patch.entries)).collect();
        let mut touching: HashMap<String, Vec<String>> = HashMap::new();
        let mut alike = Vec::new();
        for (sha, entries) in raw(git, &candidates, cancelled)? {
            for path in entries.iter().map(|entry| entry.path.as_str()) {
                if paths.binary_search(&path).is_ok() {
                    touching.entry(path.to_owned()).or_default().push(sha.clone());
                }
            }
            if shapes.contains(&shape(&entries)) && !own.contains_key(&sha) {
                alike.push(sha);
            }
        }
        read_patches(git, changes, cancelled, &mut |sha, reading| {
            if let Some(patch) = own.get_mut(sha) {
                reading.into_patch(patch);
            }
        })?;
        let mut of = HashMap::new();
        read_patches(git, &alike, cancelled, &mut |sha, reading| {
            let mut patch = Patch::default();
            reading.into_patch(&mut patch);
            of.insert(sha.to_owned(), patch);
        })?;
        // A change may itself be another change's pick.
        for (sha, patch) in &own {
            if !patch.is_empty() {
                of.insert(sha.clone(), Patch { entries: Vec::new(), ..patch.clone() });
            }
        }
        Ok((own, Self { of, touching }))
    }
}

fn shape(entries: &[Entry]) -> Vec<&str> {
    let mut paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    paths.sort_unstable();
    paths
}

/// The path that the fewest other commits will touch: deep ones rather than lists at the top.
fn rarest(entries: &[Entry]) -> String {
    let paths = entries.iter().map(|entry| entry.path.as_str());
    let listing = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        ["change", "lock", "version", "package.", "pom.xml"].iter().any(|word| name.contains(word))
    };
    paths
        .max_by_key(|path| (!listing(path), path.matches('/').count(), path.len()))
        .unwrap_or_default()
        .to_owned()
}

const WITHOUT_LAZINESS: [&str; 9] = [
    "diff-tree",
    "--stdin",
    "-r",
    "--root",
    "--diff-merges=first-parent",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--full-index",
];

/// The files of commits, in the order in which they are named.
fn raw(git: &Git, shas: &[String], cancelled: &AtomicBool) -> Result<Vec<(String, Vec<Entry>)>> {
    let mut commits: Vec<(String, Vec<Entry>)> = Vec::new();
    if shas.is_empty() {
        return Ok(commits);
    }
    let mut head: Option<Vec<String>> = None;
    let mut take = |token: &[u8]| {
        let token = String::from_utf8_lossy(token);
        if let Some(words) = head.take() {
            let [old, new, before, after, status] = words.as_slice() else { return };
            if let Some((_, entries)) = commits.last_mut() {
                entries.push(Entry {
                    path: token.into_owned(),
                    modes: (old.clone(), new.clone()),
                    blobs: (before.clone(), after.clone()),
                    status: status.bytes().next().unwrap_or(b'M'),
                    hunks: Vec::new(),
                });
            }
        } else if let Some(words) = token.strip_prefix(':') {
            head = Some(words.split(' ').map(str::to_owned).collect());
        } else if is_hash(&token) {
            commits.push((token.into_owned(), Vec::new()));
        }
    };
    let mut arguments = WITHOUT_LAZINESS.to_vec();
    arguments.extend(["--raw", "-z", "--no-abbrev"]);
    let mut rest: Vec<u8> = Vec::new();
    git.stream(&arguments, lines(shas), cancelled, &mut |chunk| {
        rest.extend_from_slice(chunk);
        let mut begin = 0;
        while let Some(length) = memchr::memchr(0, &rest[begin..]) {
            take(&rest[begin..begin + length]);
            begin += length + 1;
        }
        rest.drain(..begin);
        Ok(true)
    })?;
    Ok(commits)
}

/// A patch while its lines come.
struct Reading {
    cursor: Cursor,
    forward: Sha256,
    backward: Sha256,
    bare: Sha256,
    removed: Vec<Vec<u8>>,
    added: Vec<Vec<u8>>,
    /// For each file its hunks.
    files: Vec<Vec<(Vec<String>, Vec<String>)>>,
    /// Of the file that is being read.
    blobs: (String, String),
    kept: usize,
}

impl Reading {
    fn new() -> Self {
        Self {
            cursor: Cursor::default(),
            forward: Sha256::new(),
            backward: Sha256::new(),
            bare: Sha256::new(),
            removed: Vec::new(),
            added: Vec::new(),
            files: Vec::new(),
            blobs: Default::default(),
            kept: 0,
        }
    }

    fn line(&mut self, line: &[u8]) {
        let (kind, ..) = self.cursor.step(line);
        if !matches!(kind, Kind::Added | Kind::Removed | Kind::Note) {
            self.turn();
        }
        let text = line.get(1..).unwrap_or_default();
        match kind {
            Kind::File => {
                for hash in [&mut self.forward, &mut self.backward, &mut self.bare] {
                    put(hash, b"file", line);
                }
                self.files.push(Vec::new());
            }
            Kind::About => self.about(line),
            Kind::Hunk => {
                if let Some(hunks) = self.files.last_mut() {
                    hunks.push((Vec::new(), Vec::new()));
                }
            }
            Kind::Context => {
                put(&mut self.forward, b" ", &bare(text));
                put(&mut self.backward, b" ", &bare(text));
                self.keep(text, true, true);
            }
            Kind::Added => {
                self.added.push(bare(text));
                self.keep(text, true, false);
            }
            Kind::Removed => {
                self.removed.push(bare(text));
                self.keep(text, false, true);
            }
            Kind::Note => {}
        }
    }

    /// Lines that stand together: removed ones first, on the way back as well.
    fn turn(&mut self) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        for line in &removed {
            put(&mut self.forward, b"-", line);
            put(&mut self.bare, b"-", line);
        }
        for line in &added {
            put(&mut self.forward, b"+", line);
            put(&mut self.bare, b"+", line);
            put(&mut self.backward, b"-", line);
        }
        for line in &removed {
            put(&mut self.backward, b"+", line);
        }
    }

    /// Modes count, and of binary files their bytes.
    fn about(&mut self, line: &[u8]) {
        let swapped: &[(&[u8], &[u8])] = &[
            (b"old mode ", b"new mode "),
            (b"new mode ", b"old mode "),
            (b"new file mode ", b"deleted file mode "),
            (b"deleted file mode ", b"new file mode "),
        ];
        for (name, other) in swapped {
            if let Some(mode) = line.strip_prefix(*name) {
                put(&mut self.forward, name, mode);
                put(&mut self.bare, name, mode);
                put(&mut self.backward, other, mode);
            }
        }
        if let Some(blobs) = line.strip_prefix(b"index ") {
            let blobs = String::from_utf8_lossy(blobs);
            let blobs = blobs.split(' ').next().unwrap_or_default();
            let (before, after) = blobs.split_once("..").unwrap_or_default();
            self.blobs = (before.to_owned(), after.to_owned());
        } else if line.starts_with(b"Binary files ") {
            let (before, after) = std::mem::take(&mut self.blobs);
            for hash in [&mut self.forward, &mut self.bare] {
                put(hash, b"from", before.as_bytes());
                put(hash, b"to", after.as_bytes());
            }
            put(&mut self.backward, b"from", after.as_bytes());
            put(&mut self.backward, b"to", before.as_bytes());
        }
    }

    fn keep(&mut self, text: &[u8], after: bool, before: bool) {
        self.kept += text.len();
        if self.kept > KEPT {
            return;
        }
        let text = trimmed(text);
        if let Some((left, found)) = self.files.last_mut().and_then(|hunks| hunks.last_mut()) {
            if after {
                left.push(text.clone());
            }
            if before {
                found.push(text);
            }
        }
    }
}

impl Reading {
    fn into_patch(mut self, patch: &mut Patch) {
        self.turn();
        patch.whole = self.kept <= KEPT;
        // A file whose type changes has two parts, its removal and its addition.
        let mut parts = self.files.into_iter();
        for entry in &mut patch.entries {
            entry.hunks = parts.next().unwrap_or_default();
            if entry.status == b'T' {
                entry.hunks.extend(parts.next().unwrap_or_default());
            }
        }
        patch.forward = self.forward.finalize().into();
        patch.backward = self.backward.finalize().into();
        patch.bare = self.bare.finalize().into();
    }
}

fn put(hash: &mut Sha256, what: &[u8], text: &[u8]) {
    hash.update(what);
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}

fn bare(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

fn trimmed(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim_end().to_owned()
}

/// Reads the patches of some commits, and hands each on when it is whole.
fn read_patches(
    git: &Git,
    shas: &[String],
    cancelled: &AtomicBool,
    each: &mut dyn FnMut(&str, Reading),
) -> Result<()> {
    if shas.is_empty() {
        return Ok(());
    }
    let mut arguments = WITHOUT_LAZINESS.to_vec();
    arguments.extend(["-p", "--unified=3", "--no-color", "--src-prefix=a/", "--dst-prefix=b/"]);
    let mut current: Option<(String, Reading)> = None;
    let mut line: Vec<u8> = Vec::new();
    let mut take = |line: &[u8]| {
        let inside = current.as_ref().is_some_and(|(_, reading)| reading.cursor.is_inside());
        if !inside
            && let Ok(sha) = std::str::from_utf8(line)
            && is_hash(sha)
        {
            if let Some((sha, reading)) = current.replace((sha.to_owned(), Reading::new())) {
                each(&sha, reading);
            }
        } else if let Some((_, reading)) = &mut current {
            reading.line(line);
        }
    };
    git.stream(&arguments, lines(shas), cancelled, &mut |mut chunk| {
        while let Some(end) = memchr::memchr(b'\n', chunk) {
            line.extend_from_slice(&chunk[..end]);
            take(&line);
            line.clear();
            chunk = &chunk[end + 1..];
        }
        line.extend_from_slice(chunk);
        Ok(true)
    })?;
    take(&line);
    if let Some((sha, reading)) = current {
        each(&sha, reading);
    }
    Ok(())
}

/// What `git cat-file --batch-check` says of names: the blob and its size, or that there is none.
fn blobs(git: &Git, names: &[String]) -> Result<Vec<Option<(String, u64)>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let check = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"];
    let answer = git.ask(&check, names)?;
    Ok(String::from_utf8_lossy(&answer)
        .lines()
        .map(|line| {
            let mut words = line.rsplitn(3, ' ');
            let size: u64 = words.next()?.parse().ok()?;
            let kind = words.next()?;
            let name = words.next()?;
            (kind == "blob" && is_hash(name)).then(|| (name.to_owned(), size))
        })
        .collect())
}

/// The bytes of blobs by their names.
fn contents(git: &Git, wanted: &[String]) -> Result<HashMap<String, Vec<u8>>> {
    let mut found = HashMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let answer = git.ask(&["cat-file", "--batch"], wanted)?;
    let mut rest = answer.as_slice();
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 1..];
        let mut words = head.split(' ');
        let (Some(name), Some(_), Some(size)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let Ok(size) = size.parse::<usize>() else { continue };
        let Some(bytes) = rest.get(..size) else { break };
        found.insert(name.to_owned(), bytes.to_vec());
        rest = rest.get(size + 1..).unwrap_or_default();
    }
    Ok(found)
}

/// Whether `cat-file` can be asked for it: a name is a line.
fn can_be_asked(patch: &Patch) -> bool {
    patch.entries.len() <= MOST_FILES
        && patch.entries.iter().all(|entry| !entry.path.contains('\n'))
}

/// For each commit and change, whether the commit's files hold what the change left, every line.
pub fn are_held(git: &Git, questions: &[(String, &Patch)]) -> Result<Vec<bool>> {
    let asked = |patch: &Patch| patch.whole && !patch.is_empty() && can_be_asked(patch);
    let names: Vec<String> = questions
        .iter()
        .filter(|(_, patch)| asked(patch))
        .flat_map(|(commit, patch)| {
            patch.entries.iter().map(move |entry| format!("{commit}:{}", entry.path))
        })
        .collect();
    let answers = blobs(git, &names)?;
    let mut wanted: Vec<String> = Vec::new();
    let mut left = MOST_READ;
    let mut at = answers.iter();
    for (_, patch) in questions.iter().filter(|(_, patch)| asked(patch)) {
        for entry in &patch.entries {
            if let Some(Some((blob, size))) = at.next()
                && *blob != entry.blobs.1
                && !entry.hunks.is_empty()
                && *size <= left
            {
                left -= size;
                wanted.push(blob.clone());
            }
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    let contents = contents(git, &wanted)?;
    let mut at = answers.iter();
    Ok(questions
        .iter()
        .map(|(_, patch)| {
            if !asked(patch) {
                return false;
            }
            let mut holds = true;
            for entry in &patch.entries {
                let there = at.next().and_then(Option::as_ref).map(|(blob, _)| blob);
                holds &= match there {
                    None => entry.status == b'D',
                    Some(_) if entry.status == b'D' => false,
                    Some(blob) if *blob == entry.blobs.1 => entry.blobs.0 != entry.blobs.1,
                    Some(blob) => contents.get(blob).is_some_and(|bytes| entry.is_in(bytes)),
                };
            }
            holds
        })
        .collect())
}

impl Entry {
    /// Every hunk's lines stand in the file as the change left them, and none as it found them.
    fn is_in(&self, bytes: &[u8]) -> bool {
        let lines: Vec<String> = bytes.split(|byte| *byte == b'\n').map(trimmed).collect();
        let has = |block: &[String]| {
            block.is_empty() || lines.windows(block.len()).any(|window| window == block)
        };
        !self.hunks.is_empty()
            && self.modes.1 != "160000"
            && self.hunks.iter().all(|(left, found)| {
                !left.is_empty() && has(left) && (left.len() > found.len() || !has(found))
            })
    }
}

/// For each merge, its first parent and a change: whether the merge left all files of the change as
/// they were in that parent.
pub fn are_untouched(git: &Git, questions: &[(String, String, &Patch)]) -> Result<Vec<bool>> {
    let names: Vec<String> = questions
        .iter()
        .filter(|(.., patch)| can_be_asked(patch))
        .flat_map(|(merge, first, patch)| {
            patch.entries.iter().flat_map(move |entry| {
                [format!("{merge}:{}", entry.path), format!("{first}:{}", entry.path)]
            })
        })
        .collect();
    let answers = blobs(git, &names)?;
    let mut pairs = answers.chunks(2);
    Ok(questions
        .iter()
        .map(|(.., patch)| {
            can_be_asked(patch)
                && patch.entries.iter().fold(true, |same, _| {
                    same & pairs.next().is_some_and(|pair| pair[0] == pair[1])
                })
        })
        .collect())
}
