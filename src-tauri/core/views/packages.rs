//! The revisions of a hot fix's package, and the files of one, a page at a time: a package may have a
//! hundred thousand.

use super::{Question, Read};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    model::hotfix::Hotfix,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Files that go along with a hot fix itself; the others are asked for by page.
pub const SHOWN: usize = 200;
const MOST_FILES: usize = 2_000;

/// The revisions, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListRevisions {
    pub key: HotfixKey,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RevisionRow {
    pub revision: u32,
    pub hash: Digest,
    #[ts(type = "number")]
    pub size: u64,
    pub format: PackageFormat,
    #[ts(type = "number")]
    pub files: u64,
    #[ts(type = "number")]
    pub removed: u64,
    pub built_by: PersonId,
    pub built_at: Instant,
    /// The number of the key that it is signed with.
    pub signed: Option<String>,
    /// What is signed with the bytes.
    pub comment: Option<String>,
    /// It is the newest; the others are void.
    pub current: bool,
    /// The environments in which it runs now, by name.
    pub running: Vec<String>,
}

/// The files of a revision by path, from an offset on.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct ListPackageFiles {
    pub key: HotfixKey,
    /// The newest, if left out.
    #[serde(default)]
    pub revision: Option<u32>,
    #[serde(default)]
    #[ts(type = "number")]
    pub offset: u64,
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only paths with this in them.
    #[serde(default)]
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackageFiles {
    pub revision: u32,
    pub files: Vec<PackagedFile>,
    /// How many there are of those that are wanted.
    #[ts(type = "number")]
    pub total: u64,
    pub removed: Vec<String>,
}

impl Question for ListRevisions {
    type Answer = Vec<RevisionRow>;

    fn ask(&self, read: &Read) -> Result<Vec<RevisionRow>> {
        read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let product = state.product(&hotfix.product)?;
            let mut running: Vec<(Digest, String)> = Vec::new();
            for environment in &product.environments {
                let now = &state.environment(&product.id, &environment.id)?.running;
                if let Some(hash) = now.as_ref().and_then(|now| now.hash.clone()) {
                    running.push((hash, environment.name.clone()));
                }
            }
            let current = hotfix.current().map(|built| built.package.revision);
            let rows = hotfix.packages.iter().rev().map(|built| {
                let package = &built.package;
                let here = running.iter().filter(|(hash, _)| hash == &package.hash);
                RevisionRow {
                    revision: package.revision,
                    hash: package.hash.clone(),
                    size: package.size,
                    format: package.format,
                    files: package.files.len() as u64,
                    removed: package.removed.len() as u64,
                    built_by: package.built_by.clone(),
                    built_at: package.built_at,
                    signed: package.signature.as_ref().map(|signature| signature.key.clone()),
                    comment: package.signature.as_ref().and_then(comment),
                    current: current == Some(package.revision),
                    running: here.map(|(_, name)| name.clone()).collect(),
                }
            });
            Ok(rows.collect())
        })
    }
}

/// The signed comment stands on the third line of a signature.
fn comment(signature: &PackageSignature) -> Option<String> {
    let line = signature.text.lines().nth(2)?;
    Some(line.strip_prefix("trusted comment: ")?.replace('\t', " "))
}

impl Question for ListPackageFiles {
    type Answer = PackageFiles;

    fn ask(&self, read: &Read) -> Result<PackageFiles> {
        let text = self.text.trim().to_lowercase();
        read.judge(|state| {
            let hotfix = state.hotfix(&self.key)?;
            let built = match self.revision {
                None => hotfix.current(),
                Some(wanted) => {
                    hotfix.packages.iter().find(|built| built.package.revision == wanted)
                }
            };
            let package = &built
                .ok_or_else(|| {
                    Error::field("revision", format!("{} has no such package.", self.key))
                })?
                .package;
            let wanted =
                |file: &&PackagedFile| text.is_empty() || file.path.to_lowercase().contains(&text);
            let limit = self.limit.map_or(MOST_FILES, |limit| (limit as usize).min(MOST_FILES));
            let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
            Ok(PackageFiles {
                revision: package.revision,
                files: package
                    .files
                    .iter()
                    .filter(wanted)
                    .skip(offset)
                    .take(limit)
                    .cloned()
                    .collect(),
                total: package.files.iter().filter(wanted).count() as u64,
                removed: package.removed.clone(),
            })
        })
    }
}

/// A hot fix without the files that its page does not show.
pub(super) fn shortened(hotfix: &Hotfix) -> Hotfix {
    let mut hotfix = hotfix.clone();
    for built in &mut hotfix.packages {
        built.package.files.truncate(SHOWN);
    }
    hotfix
}
