//! The case bundle: a zip with which an auditor checks a hot fix without us and offline.
//!
//! It is written entry by entry in bounded memory, hashed on the way, and has its name only when it is
//! whole. Of the journal it holds everything from the case's first record to the head: the case's own
//! records whole, all others without their private part. The chain is of one level, so what other records
//! say in their structured part is in it, too; that is said wherever a bundle is made.

use super::{ReportStep, Run};
use crate::{
    desk::{
        Call,
        actions::Action,
        files::{typed, write_new},
    },
    error::{Error, Result},
    event::words::*,
    integrations::archive::ZipWriter,
    journal::{self, Excerpt},
    views::report::{self, Dossier, Evidence, ReadDossier, ReportFormat},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io::{Read, Seek as _},
};
use ts_rs::TS;

const FORMAT: &str = "hotfix-desk/bundle/1";
/// Packages that are larger together are left out, unless they are asked for.
const MOST_PACKAGES: u64 = 100 << 20;
/// The longest name of a file that somebody attached, in characters.
const LONGEST_NAME: usize = 80;

/// What is said of the records that are not of the case.
const OTHERS: &str = "The journal's chain is of one level, so the bundle also holds the structured part of \
     every other record since the case began (what happened, by whom, when; ids, versions, file names), \
     never what was typed in it or who was named.";

/// Write everything about a hot fix to a new zip, for an auditor.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaveBundle {
    pub key: HotfixKey,
    pub path: String,
    /// With the packages' bytes. Left out: if they have less than 100 MiB together.
    #[serde(default)]
    pub packages: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Bundled {
    pub path: String,
    pub files: u32,
    #[ts(type = "number")]
    pub bytes: u64,
    /// The SHA-256 of the list of files in it: who keeps it knows the bundle again.
    pub manifest: String,
    pub packages: bool,
    /// What of the case is not in it, and why.
    pub absent: Vec<String>,
    /// Records of the case, and of everything else.
    #[ts(type = "number")]
    pub own: u64,
    #[ts(type = "number")]
    pub others: u64,
    /// What whoever hands it on has to know.
    pub note: String,
}

impl Action for SaveBundle {
    type Answer = Bundled;

    fn run(self, call: &Call) -> Result<Bundled> {
        let run = Run::begin(call.desk(), &self.path)?;
        let dossier = call.ask(&ReadDossier { key: self.key.clone() })?;
        let sum: u64 = dossier.packages.iter().map(|built| built.package.size).sum();
        let packages = self.packages.unwrap_or(sum <= MOST_PACKAGES);
        let mut answer = Bundled {
            path: typed(&self.path).display().to_string(),
            files: 0,
            bytes: 0,
            manifest: String::new(),
            packages,
            absent: Vec::new(),
            own: 0,
            others: 0,
            note: OTHERS.into(),
        };
        write_new(&self.path, |file| {
            let mut bundle = Bundle::new(file.try_clone()?, &run);
            bundle.reports(&dossier)?;
            bundle.journal(call, &dossier, &mut answer)?;
            bundle.evidence(call, &dossier)?;
            bundle.packages(call, &dossier, packages)?;
            bundle.guide()?;
            bundle.finish(&dossier, &mut answer)?;
            answer.bytes = file.metadata()?.len();
            Ok(())
        })?;
        Ok(answer)
    }
}

/// A zip, and what was put into it.
struct Bundle<'a> {
    zip: ZipWriter,
    run: &'a Run<'a>,
    files: Vec<Value>,
    bytes: u64,
    absent: Vec<String>,
    manifests: Vec<Value>,
}

impl<'a> Bundle<'a> {
    fn new(file: File, run: &'a Run) -> Self {
        let zip = ZipWriter::new(file);
        Self { zip, run, files: Vec::new(), bytes: 0, absent: Vec::new(), manifests: Vec::new() }
    }

    /// Puts in what `from` gives: exactly `size` bytes.
    fn add(&mut self, path: &str, size: u64, mut from: impl Read) -> Result<()> {
        self.zip.begin(path, 0o644, size)?;
        let (mut hash, mut seen) = (Sha256::new(), 0);
        let mut buffer = vec![0; 256 << 10];
        loop {
            if !self.run.step(ReportStep::Packing, 0, 0) {
                return Err(Error::conflict("The bundle was cancelled; nothing was written."));
            }
            let count = from.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            seen += count as u64;
            hash.update(&buffer[..count]);
            self.zip.write(&buffer[..count])?;
        }
        if seen != size {
            return Err(Error::damaged(format!("{path} has {seen} bytes instead of {size}.")));
        }
        self.zip.end()?;
        self.bytes += size;
        self.files.push(json!({
            "path": path, "size": size, "sha256": hex::encode(hash.finalize()),
        }));
        Ok(())
    }

    fn add_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        self.add(path, bytes.len() as u64, bytes)
    }

    /// Puts in stored bytes, or notes that they are not there any more.
    fn add_blob(&mut self, call: &Call, path: &str, hash: &Digest) -> Result<()> {
        match call.desk().store().blob_size(hash)? {
            Some(size) => self.add(path, size, call.desk().blob(hash)?),
            None => {
                self.absent.push(format!("{path}: its bytes ({hash}) are no longer stored"));
                Ok(())
            }
        }
    }

    fn reports(&mut self, dossier: &Dossier) -> Result<()> {
        let run = self.run;
        for (path, format) in [
            ("report.md", ReportFormat::Md),
            ("report.html", ReportFormat::Html),
            ("report.pdf", ReportFormat::Pdf),
        ] {
            let mut step = |at, of| run.step(ReportStep::Setting, at, of);
            let bytes = report::file(&dossier.document, format, &mut step)?;
            self.add_bytes(path, &bytes)?;
        }
        self.add_bytes("timeline.json", &serde_json::to_vec_pretty(&dossier.timeline)?)?;
        let timeline = report::text(&report::timeline(dossier), ReportFormat::Md)?;
        self.add_bytes("timeline.md", timeline.as_bytes())
    }

    fn journal(&mut self, call: &Call, dossier: &Dossier, answer: &mut Bundled) -> Result<()> {
        let own: HashSet<&str> = dossier.streams.iter().map(String::as_str).collect();
        // How many bytes it has is known only when it is written.
        let mut spool = tempfile::tempfile()?;
        let run = self.run;
        let Excerpt { first, before, seq, head, own, others } = journal::excerpt(
            call.desk().store(),
            dossier.first,
            &|stream| own.contains(stream),
            &mut std::io::BufWriter::new(&mut spool),
            &mut |at, of| run.step(ReportStep::Packing, at, of),
        )?;
        let size = spool.stream_position()?;
        spool.rewind()?;
        self.add("journal.jsonl", size, spool)?;
        (answer.own, answer.others) = (own, others);
        let proof = json!({
            "format": FORMAT,
            "case": dossier.key,
            "workspace": call.desk().store().id(),
            "first": first,
            "before": before,
            "head": { "seq": seq, "hash": head },
            "records": { "own": own, "others": others },
            "written_at": dossier.at,
            "note": OTHERS,
        });
        self.add_bytes("proof.json", &serde_json::to_vec_pretty(&proof)?)
    }

    fn evidence(&mut self, call: &Call, dossier: &Dossier) -> Result<()> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for Evidence { of, attachment } in &dossier.evidence {
            let count = counts.entry(of).or_default();
            *count += 1;
            let folder: Vec<String> = of.split('/').map(safe).collect();
            // The number makes it the only one of its name.
            let name = format!("{count:02}-{}", safe(&attachment.name));
            let path = format!("evidence/{}/{name}", folder.join("/"));
            self.add_blob(call, &path, &attachment.hash)?;
        }
        Ok(())
    }

    fn packages(&mut self, call: &Call, dossier: &Dossier, whole: bool) -> Result<()> {
        for built in &dossier.packages {
            let package = &built.package;
            let ending = package.format.ending();
            let path = format!("packages/{}-r{}.{ending}", dossier.key, package.revision);
            self.manifests.push(json!({ "path": path, "package": package, "notes": built.notes }));
            if !whole {
                let text = format!("{path}: left out; its SHA-256 is {}", package.hash);
                self.absent.push(text);
                continue;
            }
            self.add_blob(call, &path, &package.hash)?;
            if let Some(signature) = &package.signature {
                self.add_bytes(&format!("{path}.minisig"), signature.text.as_bytes())?;
                let key = format!("{}\n", signature.public_key);
                self.add_bytes(&format!("{path}.pub"), key.as_bytes())?;
            }
        }
        Ok(())
    }

    fn guide(&mut self) -> Result<()> {
        self.add_bytes("VERIFY.md", include_bytes!("VERIFY.md"))?;
        self.add_bytes("verify.py", include_bytes!("verify.py"))
    }

    fn finish(mut self, dossier: &Dossier, answer: &mut Bundled) -> Result<()> {
        let manifest = json!({
            "format": FORMAT,
            "case": dossier.key,
            "written_at": dossier.at,
            "files": self.files,
            "packages": self.manifests,
            "absent": self.absent,
        });
        let manifest = serde_json::to_vec_pretty(&manifest)?;
        let hash = hex::encode(Sha256::digest(&manifest));
        self.add_bytes("manifest.json", &manifest)?;
        self.add_bytes("manifest.sha256", format!("{hash}  manifest.json\n").as_bytes())?;
        answer.files = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        (answer.manifest, answer.absent) = (hash, std::mem::take(&mut self.absent));
        self.zip.close()
    }
}

/// A name that is one on every system, and leads nowhere.
fn safe(name: &str) -> String {
    let clean: String = name
        .chars()
        .take(LONGEST_NAME)
        .map(|one| if one.is_alphanumeric() || matches!(one, '.' | '-' | '_') { one } else { '_' })
        .collect();
    let clean = clean.trim_matches('.');
    if clean.is_empty() { "file".into() } else { clean.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn a_name_leads_nowhere() {
        for (name, made) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a b\\c:d*.png", "a_b_c_d_.png"),
            ("..", "file"),
            ("", "file"),
            ("скрин 🦊.png", "скрин__.png"),
        ] {
            assert_eq!(safe(name), made);
        }
        assert_eq!(safe(&"x".repeat(500)).len(), 80);
    }
}
