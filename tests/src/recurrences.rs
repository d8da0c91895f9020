//! How good the suspicion is that a shipped hot fix has come back, on real reports: those of the first half of a
//! file are logged, a part of them mended by hot fixes that shipped; then new reports come in, half of which are
//! duplicates of what was mended, half of which are like nothing before.

use crate::{ground, reports::Reported};
use hotfix_core::{
    desk::{Desk, Options},
    event::{Event, Note, ReportText, TitleText, words::*},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// One new report: what was suspected, best first, and what is true.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The hot fix that mended it before; none for what is new.
    pub mended: Option<String>,
    /// The best that is likely and possible, and how probable it is said to be.
    pub best: Option<(String, f64)>,
    /// The product asks a person about it.
    pub suspected: Option<String>,
}

/// Of all that were suspected, how many rightly; of all that came back, how many were suspected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub precision: f64,
    pub recall: f64,
}

/// Judges by the product's own word, or from a probability on.
pub fn found(asked: &[Asked], from: Option<f64>) -> Found {
    let word = |one: &Asked| match from {
        None => one.suspected.clone(),
        Some(least) => {
            one.best.clone().filter(|(_, score)| *score >= least).map(|(hotfix, _)| hotfix)
        }
    };
    let suspected = asked.iter().filter(|one| word(one).is_some()).count();
    let right = asked.iter().filter(|one| one.mended.is_some() && word(one) == one.mended).count();
    let back = asked.iter().filter(|one| one.mended.is_some()).count();
    let share = |of: usize| right as f64 / of.max(1) as f64;
    Found { precision: share(suspected), recall: share(back) }
}

/// Asks about so many new reports of each kind (fewer where there are not so many), in turns.
pub fn ask(
    reports: &[Reported],
    file: &Path,
    each: usize,
) -> hotfix_core::error::Result<Vec<Asked>> {
    let mut originals: HashMap<&str, &str> = HashMap::new();
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for report in reports {
        let of = report.duplicate_of.as_deref().and_then(|of| originals.get(of).copied());
        let original = of.unwrap_or(&report.id);
        originals.insert(&report.id, original);
        *sizes.entry(original).or_default() += 1;
    }
    let (before, after) = reports.split_at(reports.len() / 2);
    let known: HashSet<&str> = before.iter().map(|one| one.id.as_str()).collect();
    let original = |one: &Reported| originals[one.id.as_str()];
    let back: Vec<&Reported> = after
        .iter()
        .filter(|one| original(one) != one.id && known.contains(original(one)))
        .take(each)
        .collect();
    let fresh: Vec<&Reported> = after.iter().filter(|one| sizes[original(one)] == 1).collect();
    let step = (fresh.len() / back.len().max(1)).max(1);
    let fresh = fresh.into_iter().step_by(step).take(back.len());

    let mended: HashSet<&str> = back.iter().map(|one| original(one)).collect();
    let hotfixes = log(before, &originals, &mended, file)?;
    let desk = Desk::open(file, Options::default())?;
    let mut asked = Vec::new();
    for (was, new) in back.into_iter().zip(fresh) {
        for report in [was, new] {
            asked.push(Asked {
                mended: hotfixes.get(original(report)).cloned(),
                ..judge(&desk, report)?
            });
        }
    }
    Ok(asked)
}

fn judge(desk: &Desk, report: &Reported) -> hotfix_core::error::Result<Asked> {
    let request = json!({
        "title": report.title, "description": report.description.as_deref().unwrap_or_default(),
        "component": report.component.as_deref().unwrap_or_default(), "product": "it",
        "likely": true, "top": 10, "wait": true,
    });
    let fixes = desk.call("issue_fixed_before", request)?;
    let fixes = fixes.as_array().cloned().unwrap_or_default();
    let name = |fix: &Value| fix["hotfix"].as_str().unwrap_or_default().to_owned();
    Ok(Asked {
        mended: None,
        best: fixes.first().map(|fix| (name(fix), fix["score"].as_f64().unwrap_or_default())),
        suspected: fixes.iter().find(|fix| fix["suspected"] == true).map(name),
    })
}

/// Logs the reports; every fourth original, and those in `mended`, are mended by a hot fix that shipped. Gives the
/// hot fix of each original that has one.
fn log<'a>(
    reports: &'a [Reported],
    originals: &HashMap<&'a str, &'a str>,
    mended: &HashSet<&str>,
    file: &Path,
) -> hotfix_core::error::Result<HashMap<&'a str, String>> {
    drop(Desk::create(file, "Recurrences", Options::default())?);
    let mut keys: HashMap<&str, IssueKey> = HashMap::new();
    let mut hotfixes = HashMap::new();
    let mut events: Vec<(String, Event)> = Vec::new();
    for (index, report) in reports.iter().enumerate() {
        let key = IssueKey(format!("ISS-{}", index + 1));
        let title = if report.title.trim().is_empty() { "(no title)" } else { &report.title };
        let private = ReportText {
            title: title.into(),
            description: report.description.clone().unwrap_or_default(),
            ..ReportText::default()
        };
        let reported = Event::IssueReported {
            channel: Channel::Import,
            product: Some("it".into()),
            component: report.component.clone().unwrap_or_default(),
            version: String::new(),
            environment: String::new(),
            affected: 1,
            attachments: Vec::new(),
            origin: None,
            private,
        };
        events.push((key.0.clone(), reported));
        let original = originals[report.id.as_str()];
        if original != report.id {
            let of = keys[original].clone();
            let duplicate = Event::IssueMarkedDuplicate { of, private: Note::default() };
            events.push((key.0.clone(), duplicate));
        } else if index % 4 == 0 || mended.contains(original) {
            let hotfix = HotfixKey(format!("HF-{}", hotfixes.len() + 1));
            let started = Event::HotfixStarted {
                issues: vec![key.clone()],
                product: "it".into(),
                priority: Priority::P3,
                resolve_by: None,
                recurrence_of: None,
                private: TitleText { title: title.into() },
            };
            events.push((hotfix.0.clone(), started));
            let taken = Event::IssueTakenIntoHotfix { hotfix: hotfix.clone() };
            let resolved = Event::IssueResolved { hotfix: Some(hotfix.clone()) };
            events.extend([(key.0.clone(), taken), (key.0.clone(), resolved)]);
            hotfixes.insert(original, hotfix.0);
        }
        keys.insert(&report.id, key);
    }
    ground::append(file, events);
    Ok(hotfixes)
}
