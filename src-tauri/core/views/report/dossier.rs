//! All that an auditor gets of one hot fix: what its report says, what happened, which bytes prove it.

use super::{super::timeline::TimelineEntry, Document, case::Case, chapters};
use crate::{
    clock::Instant,
    error::Result,
    event::words::*,
    model::hotfix::BuiltPackage,
    views::{Question, Read, timeline},
};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

/// Read it; asked by the program alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadDossier {
    pub key: HotfixKey,
}

#[derive(Clone, Debug, Serialize)]
pub struct Dossier {
    pub key: HotfixKey,
    pub document: Document,
    /// Everything that happened, what came after the close included.
    pub timeline: Vec<TimelineEntry>,
    pub evidence: Vec<Evidence>,
    pub packages: Vec<BuiltPackage>,
    /// The streams of the hot fix, its issues, deployments and messages.
    pub streams: Vec<String>,
    /// The first record of any of them.
    pub first: u64,
    pub at: Instant,
}

/// Stored bytes, and what they belong to: `ISS-1`, `DEP-2/fixed`, `tests/1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    pub of: String,
    pub attachment: Attachment,
}

impl Question for ReadDossier {
    type Answer = Dossier;

    fn ask(&self, read: &Read) -> Result<Dossier> {
        let case = Case::load(read, &self.key)?;
        let mut streams = vec![self.key.0.clone()];
        streams.extend(case.issues.keys().map(|key| key.0.clone()));
        streams.extend(case.deployments.iter().map(|one| one.key.0.clone()));
        // The targets of deployments have streams of their own.
        for (deployment, target) in case.targets.keys() {
            streams.push(crate::event::stream::target(deployment, target));
        }
        // Those, too, that were sent after the close.
        streams.extend(timeline::messages_of(read.db, &self.key.0)?);
        let mut first = u64::MAX;
        for name in &streams {
            let seq: Option<i64> = read
                .db
                .prepare_cached("SELECT seq FROM journal WHERE stream = ?1 AND version = 1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            first = first.min(seq.map_or(u64::MAX, i64::unsigned_abs));
        }
        let mut timeline = case.timeline.clone();
        timeline.extend(case.after.iter().flatten().cloned());
        Ok(Dossier {
            key: self.key.clone(),
            document: chapters::write(&case),
            timeline,
            evidence: evidence(&case),
            packages: case.hotfix.packages.clone(),
            streams,
            first,
            at: read.now,
        })
    }
}

fn evidence(case: &Case) -> Vec<Evidence> {
    let mut all = Vec::new();
    let mut add = |of: String, attachments: &[Attachment]| {
        all.extend(
            attachments.iter().map(|one| Evidence { of: of.clone(), attachment: one.clone() }),
        );
    };
    for issue in case.issues.values() {
        add(issue.key.0.clone(), &issue.attachments);
    }
    for (at, tests) in case.hotfix.tests.iter().enumerate() {
        let evidence = &tests.evidence;
        for one in [&evidence.attachment, &evidence.list, &evidence.output].into_iter().flatten() {
            add(format!("tests/{}", at + 1), std::slice::from_ref(one));
        }
    }
    for deployment in &case.deployments {
        for check in &deployment.checks {
            add(format!("{}/{}", deployment.key, check.item.id), &check.attachments);
        }
    }
    all
}
