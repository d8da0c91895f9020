//! What goes into a package, and what stays out and why: files of commits, folders and single files,
//! narrowed by patterns. Nothing is read here but names, sizes and attributes.

use super::{
    About, BuildPackage, CommitFiles, Fate, MOST_ROWS, PackagePreview, PackageSource, PreviewRow,
    PreviewRows, guess, role_word,
};
use crate::{
    desk::files::typed,
    error::{Error, Result},
    event::words::*,
    integrations::{
        archive::{
            self, Entry, Source,
            choose::Choice,
            collect::{Out, collect},
        },
        vcs::git::{
            Git,
            blobs::{BlobStream, TreeFile, TreeKind},
        },
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Read,
};

/// A repository that files are taken from, at one commit.
pub(super) struct Repository {
    pub(super) git: Git,
    /// The commit's full hash.
    pub(super) commit: String,
    path: String,
    tree: Vec<TreeFile>,
    /// What the changes touched.
    changed: BTreeSet<String>,
}

/// A file and what becomes of it.
pub(super) struct Row {
    pub(super) path: String,
    pub(super) fate: Fate,
    pub(super) size: u64,
    pub(super) role: FileRole,
    pub(super) executable: bool,
    pub(super) commit: Option<String>,
    pub(super) why: String,
    source: Source,
    /// Where it comes from, for a sentence.
    place: String,
}

/// Everything that was asked for, each with its fate.
pub(super) struct Selection {
    pub(super) repositories: Vec<Repository>,
    pub(super) rows: Vec<Row>,
    pub(super) bytes: u64,
    files: u64,
    notes: Vec<String>,
}

pub(super) fn select(
    about: &About,
    wish: &BuildPackage,
    seen: &mut dyn FnMut(usize) -> bool,
) -> Result<Selection> {
    let choice = Choice::new(&wish.include, &wish.exclude)?;
    let take = match wish.take {
        None if wish.from.is_empty() => Some(CommitFiles::Changed),
        take => take,
    };
    let wants_commit = take.is_some() || wish.from.iter().any(|source| source.from_commit);
    let mut repositories = Vec::new();
    if wants_commit {
        repositories = open(about, wish.commit.as_deref())?;
        if repositories.is_empty() {
            return Err(Error::field(
                "from",
                "There is no change with a repository to take files from.",
            )
            .hint("Add the commit first, or name files on this machine."));
        }
    }
    let mut found = Finding { choice, rows: Vec::new(), substituted: 0, filtered: 0 };
    for (number, repository) in repositories.iter().enumerate() {
        match take {
            None => {}
            Some(CommitFiles::All) => {
                for file in &repository.tree {
                    found.of_commit(number, repository, file, None);
                }
                found.removals(repository);
            }
            Some(CommitFiles::Changed) => {
                let touched = |file: &&TreeFile| repository.changed.contains(&file.path);
                for file in repository.tree.iter().filter(touched) {
                    found.of_commit(number, repository, file, None);
                }
                found.removals(repository);
            }
        }
        if !seen(found.rows.len()) {
            return Err(archive::build::cancelled());
        }
    }
    for source in &wish.from {
        match repositories.last().filter(|_| source.from_commit) {
            Some(repository) => {
                found.below(repositories.len() - 1, repository, source)?;
            }
            None => found.of_machine(source, seen)?,
        }
    }
    let (substituted, filtered) = (found.substituted, found.filtered);
    let mut rows = found.rows;
    settle(&mut rows);
    let mut notes = Vec::new();
    if substituted > 0 {
        notes.push(format!(
            "{substituted} marked export-subst: what stands there goes in as it is."
        ));
    }
    if filtered > 0 {
        notes.push(format!("{filtered} kept in Git LFS: the commit has only pointers to them."));
    }
    for repository in &repositories {
        let short = repository.commit.get(..10).unwrap_or(&repository.commit);
        notes.push(format!("Files of {} as they are in {short}.", repository.path));
    }
    let going = || rows.iter().filter(|row| row.fate == Fate::In);
    Ok(Selection {
        bytes: going().map(|row| row.size).sum(),
        files: going().count() as u64,
        repositories,
        rows,
        notes,
    })
}

/// The repositories of the changes, each at the newest of them; or the one of a commit that is named.
fn open(about: &About, commit: Option<&str>) -> Result<Vec<Repository>> {
    let changes = &about.hotfix.changes;
    if let Some(commit) = commit.map(str::trim).filter(|commit| !commit.is_empty()) {
        let recorded = changes.iter().rev().map(|one| one.text.repository.as_str());
        let mut paths = recorded.chain([about.product.repository.as_str()]);
        let path = paths.find(|path| !path.is_empty()).ok_or_else(|| {
            Error::field("commit", format!("{} has no repository.", about.product.name))
                .hint("Name one in Settings, Products.")
        })?;
        let git = Git::open(path)?;
        let named = git.commit(commit)?;
        let changed = named.files.into_iter().map(|file| file.path).collect();
        let tree = git.tree(&named.sha)?;
        let path = path.to_owned();
        return Ok(vec![Repository { git, commit: named.sha, path, tree, changed }]);
    }
    // In the order in which each was last changed.
    let mut by_path: Vec<(&str, &str, BTreeSet<String>)> = Vec::new();
    for recorded in changes.iter().filter(|one| !one.text.repository.is_empty()) {
        let path = recorded.text.repository.as_str();
        let known = by_path.iter().position(|(known, ..)| *known == path);
        let mut changed = known.map(|at| by_path.remove(at).2).unwrap_or_default();
        changed.extend(recorded.change.files.iter().map(|file| file.path.clone()));
        by_path.push((path, recorded.change.commit.as_str(), changed));
    }
    by_path
        .into_iter()
        .map(|(path, commit, changed)| {
            let git = Git::open(path)?;
            let commit = git.resolve(commit)?;
            let tree = git.tree(&commit)?;
            Ok(Repository { git, commit, path: path.to_owned(), tree, changed })
        })
        .collect()
}

struct Finding {
    choice: Choice,
    rows: Vec<Row>,
    substituted: u64,
    filtered: u64,
}

impl Finding {
    fn of_commit(
        &mut self,
        number: usize,
        repository: &Repository,
        file: &TreeFile,
        role: Option<FileRole>,
    ) {
        let left = |why: &str| (Fate::Out, why.to_owned());
        let refused = |why: &str| (Fate::Refused, why.to_owned());
        let (fate, why) = match self.choice.out(&file.path) {
            Some(why) => (Fate::Out, why),
            None if file.ignored => left("export-ignore in .gitattributes"),
            None if file.kind == TreeKind::Submodule => left("a submodule"),
            None if file.kind == TreeKind::Link => refused("it is a link"),
            None if !file.named => refused("its name is not UTF-8"),
            None if file.lfs => refused("it is in Git LFS; the commit has only a pointer"),
            None => (Fate::In, String::new()),
        };
        if fate == Fate::In {
            self.substituted += u64::from(file.substituted);
        }
        self.filtered += u64::from(file.lfs && fate != Fate::Out);
        let executable = file.kind == TreeKind::File { executable: true };
        self.rows.push(Row {
            path: file.path.clone(),
            fate,
            size: file.size,
            role: role.unwrap_or_else(|| guess(&file.path)),
            executable: executable || role == Some(FileRole::Script),
            commit: Some(repository.commit.clone()),
            why,
            source: Source::Blob(format!("{number}:{}", file.blob)),
            place: format!("the commit {}", &repository.commit[..10.min(repository.commit.len())]),
        });
    }

    /// What the changes touched and the commit no longer has.
    fn removals(&mut self, repository: &Repository) {
        let there: BTreeSet<&str> = repository.tree.iter().map(|file| file.path.as_str()).collect();
        for path in repository.changed.iter().filter(|path| !there.contains(path.as_str())) {
            let (fate, why) = match self.choice.out(path) {
                Some(why) => (Fate::Out, why),
                None => (Fate::Removed, "the changes took it away".to_owned()),
            };
            self.rows.push(Row {
                path: path.clone(),
                fate,
                size: 0,
                role: guess(path),
                executable: false,
                commit: Some(repository.commit.clone()),
                why,
                source: Source::Bytes(Vec::new()),
                place: String::new(),
            });
        }
    }

    fn below(
        &mut self,
        number: usize,
        repository: &Repository,
        source: &PackageSource,
    ) -> Result<()> {
        let path = source.path.trim().trim_matches('/');
        let before = self.rows.len();
        for file in &repository.tree {
            let rest = file.path.strip_prefix(path);
            if path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            {
                self.of_commit(number, repository, file, source.role);
            }
        }
        if self.rows.len() == before {
            return Err(Error::field("from", format!("The commit has no file {}.", source.path)));
        }
        Ok(())
    }

    fn of_machine(
        &mut self,
        source: &PackageSource,
        seen: &mut dyn FnMut(usize) -> bool,
    ) -> Result<()> {
        let place = typed(source.path.trim());
        if source.path.trim().is_empty() {
            return Err(Error::field("from", "A path is empty."));
        }
        let before = self.rows.len();
        let found = collect(&place, &self.choice, &mut |count| seen(before + count))?;
        for one in found {
            let (fate, why) = match one.out {
                None => (Fate::In, String::new()),
                Some(Out::Left(why)) => (Fate::Out, why),
                Some(Out::Refused(why)) => (Fate::Refused, why),
            };
            self.rows.push(Row {
                fate,
                size: one.size,
                role: source.role.unwrap_or_else(|| guess(&one.path)),
                executable: one.executable || source.role == Some(FileRole::Script),
                commit: None,
                why,
                place: one.file.display().to_string(),
                source: Source::File(one.file),
                path: one.path,
            });
        }
        Ok(())
    }
}

/// Refuses what cannot be together in one package, drops what is said twice, and puts the rows in
/// the order in which they are shown.
fn settle(rows: &mut Vec<Row>) {
    rows.sort_by(|a, b| a.path.cmp(&b.path).then(a.fate.cmp(&b.fate)));
    // The same file by two ways (a commit's change, and its folder) is one.
    rows.dedup_by(|later, first| {
        later.path == first.path && later.fate == first.fate && later.source == first.source
    });
    let mut going: HashMap<String, String> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.fate == Fate::In) {
        if let Err(error) = archive::check_path(&row.path) {
            (row.fate, row.why) = (Fate::Refused, error.message);
        } else if let Some(other) = going.get(&row.path) {
            (row.fate, row.why) = (Fate::Refused, format!("{other} gives it as well"));
        } else {
            going.insert(row.path.clone(), row.place.clone());
        }
    }
    for row in rows.iter_mut().filter(|row| row.fate == Fate::In) {
        let above =
            row.path.match_indices('/').find(|(at, _)| going.contains_key(&row.path[..*at]));
        if let Some((at, _)) = above {
            let why = format!("{} is a file, and cannot be its folder as well", &row.path[..at]);
            (row.fate, row.why) = (Fate::Refused, why);
        }
    }
    // What another source puts in is not removed.
    rows.retain(|row| row.fate != Fate::Removed || !going.contains_key(&row.path));
    rows.sort_by(|a, b| a.fate.cmp(&b.fate).then_with(|| a.path.cmp(&b.path)));
}

type Packing = (Vec<Entry>, Vec<String>, Streams);

impl Selection {
    /// Refuses a selection that cannot be built as it is.
    pub(super) fn whole(&self) -> Result<()> {
        let refused: Vec<&Row> = self.rows.iter().filter(|row| row.fate == Fate::Refused).collect();
        if let Some(first) = refused.first() {
            let more = match refused.len() - 1 {
                0 => String::new(),
                more => format!(" ({more} more cannot go in either)"),
            };
            let message =
                format!("{} cannot go in: {}{more}.", first.path, first.why.trim_end_matches('.'));
            return Err(
                Error::field("from", message).hint("Exclude it, or put the file itself in.")
            );
        }
        if self.files == 0 {
            let hint = match self.rows.iter().filter(|row| row.fate == Fate::Out).count() {
                0 => "Name files or a folder with files.".to_owned(),
                out => format!("{out} stay out; the preview says why."),
            };
            return Err(Error::field("from", "The package would be empty.").hint(hint));
        }
        Ok(())
    }

    /// What is packed, what is removed, and where the commits' bytes come from.
    pub(super) fn packing(self) -> Result<Packing> {
        let (mut entries, mut removed) = (Vec::new(), Vec::new());
        let mut names: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        // By path within a fate, as the builder packs them.
        for row in self.rows {
            match row.fate {
                Fate::Removed => removed.push(row.path),
                Fate::In => {
                    if let Source::Blob(name) = &row.source
                        && let Some((number, blob)) = split(name)
                    {
                        names.entry(number).or_default().push(blob.to_owned());
                    }
                    entries.push(Entry {
                        path: row.path,
                        executable: row.executable,
                        role: role_word(row.role).into(),
                        source: row.source,
                        source_commit: row.commit,
                    });
                }
                Fate::Refused | Fate::Out => {}
            }
        }
        let mut streams = BTreeMap::new();
        for (number, names) in names {
            if let Some(repository) = self.repositories.get(number) {
                streams.insert(number, repository.git.blobs(names)?);
            }
        }
        Ok((entries, removed, Streams(streams)))
    }

    pub(super) fn page(
        &self,
        show: PreviewRows,
        text: &str,
        offset: u64,
        limit: Option<u32>,
    ) -> PackagePreview {
        let text = text.trim().to_lowercase();
        let shown = |row: &&Row| {
            let fits = match show {
                PreviewRows::All => true,
                PreviewRows::In => row.fate != Fate::Out,
                PreviewRows::Out => matches!(row.fate, Fate::Out | Fate::Refused),
            };
            fits && (text.is_empty() || row.path.to_lowercase().contains(&text))
        };
        let count = |fate| self.rows.iter().filter(|row| row.fate == fate).count() as u64;
        let rows = self
            .rows
            .iter()
            .filter(shown)
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(limit.map_or(MOST_ROWS, |limit| (limit as usize).min(MOST_ROWS)))
            .map(PreviewRow::from)
            .collect();
        PackagePreview {
            rows,
            total: self.rows.iter().filter(shown).count() as u64,
            files: self.files,
            bytes: self.bytes,
            left_out: count(Fate::Out),
            refused: count(Fate::Refused),
            removed: count(Fate::Removed),
            notes: self.notes.clone(),
        }
    }
}

/// `NUMBER:BLOB`: which repository, and what in it.
fn split(name: &str) -> Option<(usize, &str)> {
    let (number, blob) = name.split_once(':')?;
    Some((number.parse().ok()?, blob))
}

/// A stream of blobs for each repository.
pub(super) struct Streams(BTreeMap<usize, BlobStream>);

impl archive::Blobs for Streams {
    fn open<'a>(&'a mut self, name: &str) -> Result<(Box<dyn Read + 'a>, u64)> {
        let missing = || Error::internal(format!("There is no source for {name}."));
        let (number, blob) = split(name).ok_or_else(missing)?;
        let stream = self.0.get_mut(&number).ok_or_else(missing)?;
        let (source, size) = stream.next(blob)?;
        Ok((Box::new(source), size))
    }
}
