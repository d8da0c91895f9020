//! Any package file held against its manifest and its signature, whoever brought it.

use super::{Doing, Passing, Run, stopped};
use crate::{
    desk::{Call, Desk, actions::Action, files::typed, signing},
    error::{Error, Result},
    event::words::*,
    integrations::archive::{
        self, Manifest,
        sign::{self, Public},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, Read, Seek as _},
    path::{Path, PathBuf},
};
use ts_rs::TS;

/// Files of the manifest that are answered; all are verified.
const SHOWN: usize = 1_000;
const MOST_SIGNATURE: u64 = 64 << 10;

/// Verify a package file: its bytes, and the signature beside it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct VerifyPackage {
    pub path: String,
    /// A file with a public key, instead of the keys of this workspace.
    #[serde(default)]
    pub key: Option<String>,
}

/// What a whole package says, and who signed it. A file that is not whole is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct VerifiedPackage {
    pub product: String,
    pub hotfix: String,
    pub sha256: Digest,
    #[ts(type = "number")]
    pub size: u64,
    #[ts(type = "number")]
    pub count: u64,
    #[ts(type = "number")]
    pub bytes: u64,
    /// The first thousand.
    pub files: Vec<PackagedFile>,
    pub removed: Vec<String>,
    pub install_notes: String,
    pub rollback_notes: String,
    pub signature: SignatureCheck,
    /// The revision of this workspace that it is.
    pub known: Option<KnownRevision>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct KnownRevision {
    pub hotfix: HotfixKey,
    pub revision: u32,
    /// It is the newest, and would be deployed.
    pub current: bool,
}

/// What is known of a package's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SignatureCheck {
    pub state: SignatureState,
    /// The key's number.
    pub key: Option<String>,
    /// What was signed with the bytes: hot fix, revision and hash. Proved only if it is valid.
    pub comment: Option<String>,
    /// Whose key it is, in a sentence.
    pub who: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureState {
    Valid,
    /// There is none.
    Absent,
    /// By a key that is not known here: nothing is proved.
    Unknown,
}

/// A key that may have signed, and whose it is.
struct Known {
    public: Public,
    who: String,
}

/// The keys of a workspace.
fn known(call: &Call) -> Result<Vec<Known>> {
    let keys = signing::keys(call)?;
    let last = keys.len();
    let catalog = call.desk().catalog()?;
    keys.into_iter()
        .enumerate()
        .map(|(number, key)| {
            let of = if number + 1 == last { "the key" } else { "an earlier key" };
            let name = catalog.name_of(&key.chosen_by);
            Ok(Known {
                public: Public::parse(&key.public_key)?,
                who: format!("{of} of this workspace, chosen by {name}"),
            })
        })
        .collect()
}

fn open(path: &Path) -> Result<fs::File> {
    let told = |error: io::Error| {
        Error::invalid(format!("{} cannot be read: {error}.", path.display())).at("file")
    };
    let file = fs::File::open(path).map_err(told)?;
    if !file.metadata().map_err(told)?.is_file() {
        return Err(Error::invalid(format!("{} is not a file.", path.display())).at("file"));
    }
    Ok(file)
}

/// The text of the signature beside a file, if there is one.
fn beside(path: &Path) -> Result<Option<String>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    let path = PathBuf::from(name);
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("{} cannot be read: {error}.", path.display());
            return Err(Error::invalid(message).at("file"));
        }
    };
    let mut text = Vec::new();
    file.take(MOST_SIGNATURE).read_to_end(&mut text)?;
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

/// Reads the file twice: for what is in it, and for its signature.
fn verify(
    path: &Path,
    keys: &[Known],
    must: bool,
    around: &mut dyn FnMut(&mut dyn Read) -> Result<Manifest>,
) -> Result<(Manifest, String, u64, SignatureCheck)> {
    let mut file = open(path)?;
    let mut hashed = Whole { inner: io::BufReader::new(&file), hasher: Sha256::new(), size: 0 };
    let manifest = around(&mut hashed)?;
    // What a decompressor left unread behind its end.
    io::copy(&mut hashed, &mut io::sink())?;
    let (sha256, size) = (hex::encode(hashed.hasher.finalize()), hashed.size);
    file.rewind()?;
    let check = signature(path, &file, keys, must, &manifest, &sha256)?;
    Ok((manifest, sha256, size, check))
}

fn signature(
    path: &Path,
    file: &fs::File,
    keys: &[Known],
    must: bool,
    manifest: &Manifest,
    sha256: &str,
) -> Result<SignatureCheck> {
    let Some(text) = beside(path)? else {
        if must {
            return Err(Error::denied("There is no signature beside it.")
                .hint(format!("It would be {}.minisig.", path.display())));
        }
        return Ok(SignatureCheck {
            state: SignatureState::Absent,
            key: None,
            comment: None,
            who: String::new(),
        });
    };
    let claim = sign::claim(&text)?;
    let key = match keys.iter().find(|known| known.public.id() == claim.key) {
        Some(key) => key,
        None if must => {
            let wanted: Vec<String> = keys.iter().map(|known| known.public.id()).collect();
            let message =
                format!("It is signed with {}, not with {}.", claim.key, wanted.join(", "));
            return Err(Error::damaged(message).hint("Do not install it."));
        }
        None => {
            return Ok(SignatureCheck {
                state: SignatureState::Unknown,
                key: Some(claim.key),
                comment: Some(claim.comment),
                who: "a key that is not known here".into(),
            });
        }
    };
    let claim = sign::check(&key.public, &text, io::BufReader::new(file))?;
    // The bytes are the signed ones; that they are signed as what they say they are is checked, too.
    let said = |word: &str| {
        let mut parts = claim.comment.split('\t');
        parts.find_map(|part| part.strip_prefix(word).map(str::to_owned))
    };
    let other = said("hotfix:").is_some_and(|hotfix| hotfix != manifest.hotfix)
        || said("sha256:").is_some_and(|hash| hash != sha256);
    if other {
        return Err(Error::damaged("It is signed as another package than it says it is.")
            .hint("Do not install it."));
    }
    Ok(SignatureCheck {
        state: SignatureState::Valid,
        key: Some(claim.key),
        comment: Some(claim.comment),
        who: key.who.clone(),
    })
}

struct Whole<R> {
    inner: R,
    hasher: Sha256,
    size: u64,
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        self.size += count as u64;
        Ok(count)
    }
}

fn of_file(path: &Path) -> Result<Known> {
    let public = signing::read_key(path).map_err(|error| error.at("key"))?;
    let who = format!("the key of {}", path.display());
    Ok(Known { public, who })
}

impl Action for VerifyPackage {
    type Answer = VerifiedPackage;

    fn run(self, call: &Call) -> Result<VerifiedPackage> {
        let path = typed(self.path.trim());
        let key = self.key.as_deref().map(str::trim).filter(|key| !key.is_empty());
        let keys = match key {
            Some(key) => vec![of_file(&typed(key))?],
            None => known(call)?,
        };
        let size = open(&path)?.metadata()?.len();
        let mut run = Run::begin(call.desk(), &self.path, Doing::Verifying)?;
        run.phase(Doing::Verifying, size);
        let (manifest, sha256, size, signature) =
            verify(&path, &keys, key.is_some(), &mut |bytes| {
                let passing = Passing { inner: bytes, run: &mut run, bytes: 0 };
                archive::verify(passing).map_err(|error| stopped(&run, error))
            })?;
        let hash = Digest(sha256);
        let named = HotfixKey(manifest.hotfix.clone());
        let known = call
            .judge(|state, _| {
                let hotfix = state.hotfix(&named)?;
                Ok(hotfix.package(&hash).map(|built| KnownRevision {
                    hotfix: named.clone(),
                    revision: built.package.revision,
                    current: hotfix.current().is_some_and(|now| now.package.hash == hash),
                }))
            })
            // A hot fix that this workspace does not have is no fault of the package.
            .unwrap_or(None);
        Ok(VerifiedPackage {
            product: manifest.product,
            hotfix: manifest.hotfix,
            sha256: hash,
            size,
            count: manifest.files.len() as u64,
            bytes: manifest.files.iter().map(|file| file.size).sum(),
            files: manifest.files.into_iter().take(SHOWN).map(super::packaged).collect(),
            removed: manifest.removed,
            install_notes: manifest.install_notes,
            rollback_notes: manifest.rollback_notes,
            signature,
            known,
        })
    }
}

/// Holds every byte of a package file against its manifest, which is returned with the file's hash,
/// its size and what is known of its signature. With a key the signature must be there and be its.
pub fn verify_package(
    path: &Path,
    key: Option<&Path>,
    desk: Option<&Desk>,
) -> Result<serde_json::Value> {
    let keys = match (key, desk) {
        (Some(key), _) => vec![of_file(key)?],
        (None, Some(desk)) => known(&desk.me()?)?,
        (None, None) => Vec::new(),
    };
    let (manifest, sha256, size, signature) =
        verify(path, &keys, key.is_some(), &mut |bytes| archive::verify(bytes))?;
    let mut told = serde_json::to_value(manifest)?;
    told["sha256"] = sha256.into();
    told["size"] = size.into();
    told["signature"] = serde_json::to_value(signature)?;
    Ok(told)
}
