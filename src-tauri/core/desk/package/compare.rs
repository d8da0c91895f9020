//! What one package has that another has not: two revisions, a revision and what runs somewhere, or
//! two files. The text of a changed file is compared line by line if it is small.

use super::revision_of;
use crate::{
    desk::{Call, actions::Action, files::typed},
    error::{Error, Result},
    event::words::*,
    integrations::archive,
    model::{Judge, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufReader, Read},
    path::Path,
    time::Duration,
};
use ts_rs::TS;

/// A larger file is not compared as text.
const MOST_TEXT: u64 = 512 << 10;
/// Files whose texts are compared at once.
const MOST_TEXTS: usize = 500;
/// After this long two texts are compared roughly.
const PATIENCE: Duration = Duration::from_secs(2);
const MOST_ROWS: usize = 2_000;

/// Compare a revision with an earlier one, or with what runs in an environment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ComparePackages {
    pub key: HotfixKey,
    /// The newest, if left out.
    #[serde(default)]
    pub revision: Option<u32>,
    pub with: ComparedWith,
    #[serde(default)]
    #[ts(type = "number")]
    pub offset: u64,
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What a revision is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ComparedWith {
    Revision {
        revision: u32,
    },
    /// What is deployed there now.
    Environment {
        environment: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackageComparison {
    pub before: ComparedRevision,
    pub after: ComparedRevision,
    #[ts(type = "number")]
    pub added: u64,
    #[ts(type = "number")]
    pub removed: u64,
    #[ts(type = "number")]
    pub changed: u64,
    #[ts(type = "number")]
    pub same: u64,
    pub rows: Vec<ComparedFile>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ComparedRevision {
    pub hotfix: HotfixKey,
    pub revision: u32,
    pub hash: Digest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PackageDifference {
    Added,
    Removed,
    Changed,
    /// The same bytes with another mode.
    Mode,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ComparedFile {
    pub path: String,
    pub change: PackageDifference,
    pub before: Option<PackagedSide>,
    pub after: Option<PackagedSide>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackagedSide {
    #[ts(type = "number")]
    pub size: u64,
    pub mode: u32,
    pub sha256: Digest,
}

/// The text of one file in both packages, compared line by line.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ComparePackageText {
    pub key: HotfixKey,
    #[serde(default)]
    pub revision: Option<u32>,
    pub with: ComparedWith,
    pub path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TextDifference {
    /// A unified diff; empty if there is none to show.
    pub diff: String,
    /// Why there is none.
    pub why: String,
}

/// Both packages of a comparison, the earlier one first.
fn sides(
    state: &State,
    key: &HotfixKey,
    revision: Option<u32>,
    with: &ComparedWith,
) -> Judge<[(HotfixKey, Package); 2]> {
    let hotfix = state.hotfix(key)?;
    let after = revision_of(hotfix, revision)?.package.clone();
    let before = match with {
        ComparedWith::Revision { revision } => {
            (key.clone(), revision_of(hotfix, Some(*revision))?.package.clone())
        }
        ComparedWith::Environment { environment } => {
            let product = state.product(&hotfix.product)?;
            if product.environments.iter().all(|one| &one.id != environment) {
                let message = format!("{} has no environment “{environment}”.", product.name);
                return Err(Error::field("environment", message).into());
            }
            deployed(state, &product.id, environment)?
        }
    };
    Ok([before, (key.clone(), after)])
}

/// The package that runs in an environment now.
fn deployed(state: &State, product: &CatalogId, environment: &str) -> Judge<(HotfixKey, Package)> {
    let running = state.environment(product, environment)?.running.clone();
    let nothing = |what: String| Error::denied(what).at("environment");
    let Some(running) = running else {
        return Err(nothing(format!("Nothing is known to run in {environment}.")).into());
    };
    let (Some(key), Some(hash)) = (&running.hotfix, &running.hash) else {
        let message = format!(
            "What runs in {environment} ({}) was not deployed as a package from here.",
            running.version
        );
        return Err(nothing(message).into());
    };
    let package = state.hotfix(key)?.package(hash).map(|built| built.package.clone());
    let package = package
        .ok_or_else(|| nothing(format!("The package that runs in {environment} is not known.")))?;
    Ok((key.clone(), package))
}

fn side(file: &PackagedFile) -> PackagedSide {
    PackagedSide { size: file.size, mode: file.mode, sha256: file.sha256.clone() }
}

/// What the earlier one has, by path, then what is new.
fn compare(before: &[PackagedFile], after: &[PackagedFile]) -> Vec<ComparedFile> {
    let by_path = |files: &[PackagedFile]| -> BTreeMap<String, PackagedSide> {
        files.iter().map(|file| (file.path.clone(), side(file))).collect()
    };
    let (before, mut after) = (by_path(before), by_path(after));
    let mut rows = Vec::new();
    for (path, old) in before {
        let new = after.remove(&path);
        let change = match &new {
            None => PackageDifference::Removed,
            Some(new) if new.sha256 != old.sha256 => PackageDifference::Changed,
            Some(new) if new.mode != old.mode => PackageDifference::Mode,
            Some(_) => continue,
        };
        rows.push(ComparedFile { path, change, before: Some(old), after: new });
    }
    rows.extend(after.into_iter().map(|(path, new)| ComparedFile {
        path,
        change: PackageDifference::Added,
        before: None,
        after: Some(new),
    }));
    rows
}

impl Action for ComparePackages {
    type Answer = PackageComparison;

    fn run(self, call: &Call) -> Result<PackageComparison> {
        let [before, after] =
            call.judge(|state, _| sides(state, &self.key, self.revision, &self.with))?;
        let all = compare(&before.1.files, &after.1.files);
        let count = |these: &[PackageDifference]| {
            all.iter().filter(|row| these.contains(&row.change)).count() as u64
        };
        let (added, removed) =
            (count(&[PackageDifference::Added]), count(&[PackageDifference::Removed]));
        let changed = count(&[PackageDifference::Changed, PackageDifference::Mode]);
        let compared = |(hotfix, package): (HotfixKey, Package)| ComparedRevision {
            hotfix,
            revision: package.revision,
            hash: package.hash,
        };
        let limit = self.limit.map_or(MOST_ROWS, |limit| (limit as usize).min(MOST_ROWS));
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        Ok(PackageComparison {
            added,
            removed,
            changed,
            same: (before.1.files.len() as u64).saturating_sub(removed + changed),
            before: compared(before),
            after: compared(after),
            rows: all.into_iter().skip(offset).take(limit).collect(),
        })
    }
}

impl Action for ComparePackageText {
    type Answer = TextDifference;

    fn run(self, call: &Call) -> Result<TextDifference> {
        let [before, after] =
            call.judge(|state, _| sides(state, &self.key, self.revision, &self.with))?;
        let wanted = BTreeSet::from([self.path.clone()]);
        let read = |package: &Package| -> Result<Option<Vec<u8>>> {
            let Some(listed) = package.files.iter().find(|file| file.path == self.path) else {
                return Ok(Some(Vec::new()));
            };
            if listed.size > MOST_TEXT {
                return Ok(None);
            }
            let bytes = BufReader::new(call.desk().blob(&package.hash)?);
            Ok(archive::contents(bytes, &wanted, MOST_TEXT)?.remove(&self.path))
        };
        let (Some(old), Some(new)) = (read(&before.1)?, read(&after.1)?) else {
            let why = format!("It is larger than {} KiB.", MOST_TEXT >> 10);
            return Ok(TextDifference { diff: String::new(), why });
        };
        Ok(text(&self.path, &old, &new))
    }
}

/// Two texts, compared line by line.
fn text(path: &str, old: &[u8], new: &[u8]) -> TextDifference {
    let read = |bytes: &[u8]| match bytes.contains(&0) {
        true => None,
        false => String::from_utf8(bytes.to_vec()).ok(),
    };
    let (Some(old), Some(new)) = (read(old), read(new)) else {
        return TextDifference { diff: String::new(), why: "It is not text.".into() };
    };
    let diff = similar::TextDiff::configure().timeout(PATIENCE).diff_lines(&old, &new);
    let diff = diff.unified_diff().header(path, path).to_string();
    let why = if diff.is_empty() { "The texts are the same.".to_owned() } else { String::new() };
    TextDifference { diff, why }
}

/// One side of a comparison on the command line.
enum Named {
    File(std::path::PathBuf),
    Stored(Box<Package>),
}

impl Named {
    /// A file; or `HF-1`, `HF-1:r2`, `HF-1:ENVIRONMENT` (what runs there) in the workspace.
    fn find(name: &str, call: Option<&Call>) -> Result<Self> {
        let is_key = |key: &str| {
            key.strip_prefix("HF-").is_some_and(|number| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        };
        let (key, rest) = name.split_once(':').unwrap_or((name, ""));
        if !is_key(key) || Path::new(name).exists() {
            return Ok(Self::File(typed(name)));
        }
        let call = call.ok_or_else(|| {
            Error::field("before", format!("{name} is in a workspace, and none is named."))
                .hint("Use --workspace FILE.")
        })?;
        let key = HotfixKey(key.to_owned());
        let revision = rest.strip_prefix('r').and_then(|number| number.parse::<u32>().ok());
        let package = call.judge(|state, _| {
            let hotfix = state.hotfix(&key)?;
            if rest.is_empty() || revision.is_some() {
                return Ok(revision_of(hotfix, revision)?.package.clone());
            }
            Ok(deployed(state, &hotfix.product, rest)?.1)
        })?;
        Ok(Self::Stored(Box::new(package)))
    }

    fn open<'a>(&self, call: Option<&'a Call>) -> Result<Box<dyn Read + 'a>> {
        match (self, call) {
            (Self::Stored(package), Some(call)) => {
                Ok(Box::new(BufReader::new(call.desk().blob(&package.hash)?)))
            }
            (Self::File(path), _) => {
                let file = fs::File::open(path).map_err(|error| {
                    Error::invalid(format!("{} cannot be read: {error}.", path.display()))
                        .at("file")
                })?;
                Ok(Box::new(BufReader::new(file)))
            }
            _ => Err(Error::internal("A stored package without its workspace.")),
        }
    }

    /// What is in it; a file is verified.
    fn files(&self, call: Option<&Call>) -> Result<Vec<PackagedFile>> {
        match self {
            Self::Stored(package) => Ok(package.files.clone()),
            Self::File(path) => {
                let manifest = archive::verify(self.open(call)?)
                    .map_err(|error| error.at(path.display().to_string()))?;
                Ok(manifest.files.into_iter().map(super::packaged).collect())
            }
        }
    }
}

/// What two packages differ in, files (each verified) or revisions of a workspace:
/// `[{"change", "path", "before", "after"}]` with the files' hashes, `change` being `added`,
/// `removed` or `changed` (its mode alone, perhaps); with `texts` also `diff`, for small texts.
pub fn diff_packages(
    before: &str,
    after: &str,
    desk: Option<&crate::desk::Desk>,
    texts: bool,
) -> Result<serde_json::Value> {
    let call = desk.map(|desk| desk.me()).transpose()?;
    let call = call.as_ref();
    let (before, after) = (Named::find(before, call)?, Named::find(after, call)?);
    let rows = compare(&before.files(call)?, &after.files(call)?);
    let mut contents = [BTreeMap::new(), BTreeMap::new()];
    if texts {
        let wanted: BTreeSet<String> =
            rows.iter().take(MOST_TEXTS).map(|row| row.path.clone()).collect();
        contents = [
            archive::contents(before.open(call)?, &wanted, MOST_TEXT)?,
            archive::contents(after.open(call)?, &wanted, MOST_TEXT)?,
        ];
    }
    let changes: Vec<serde_json::Value> = rows
        .into_iter()
        .map(|row| {
            let hash =
                |side: &Option<PackagedSide>| side.as_ref().map(|side| side.sha256.0.clone());
            let change = match row.change {
                PackageDifference::Added => "added",
                PackageDifference::Removed => "removed",
                PackageDifference::Changed | PackageDifference::Mode => "changed",
            };
            let mut told = serde_json::json!({
                "change": change, "path": row.path,
                "before": hash(&row.before), "after": hash(&row.after),
            });
            let content = |index: usize, side: &Option<PackagedSide>| match side {
                None => Some(Vec::new()),
                Some(_) => contents[index].get(&row.path).cloned(),
            };
            if texts
                && let (Some(old), Some(new)) = (content(0, &row.before), content(1, &row.after))
            {
                told["diff"] = text(&row.path, &old, &new).diff.into();
            }
            told
        })
        .collect();
    Ok(changes.into())
}
