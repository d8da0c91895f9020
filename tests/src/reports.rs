//! Public data of real duplicate reports, and their replay through the product's own path.
//!
//! A line of such a file is `{id, created, title, description, component, duplicate_of}`, sorted by
//! time. The replay asks for the most similar issues as the window would, logs the report, and
//! merges it when the file says what it duplicates; of later lines it knows nothing.

use hotfix_core::desk::{As, Desk, Instant, Options};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    io::{self, BufRead, BufReader},
    path::Path,
};

/// One report as the data has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Reported {
    pub id: String,
    pub created: String,
    pub title: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub component: Option<String>,
    #[serde(default)]
    pub duplicate_of: Option<String>,
}

/// A query and what was found, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking {
    pub id: String,
    pub ranked: Vec<String>,
}

/// Reads JSON lines, packed or not.
pub fn read(path: &Path) -> io::Result<Vec<Reported>> {
    let file = std::fs::File::open(path)?;
    let reader: Box<dyn io::Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut reports = Vec::new();
    for (index, line) in BufReader::new(reader).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let report = serde_json::from_str(&line).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {error}", index + 1))
        })?;
        reports.push(report);
    }
    Ok(reports)
}

/// Replays reports in order in a workspace made at `file`. `hear` is told each ranking that counts
/// (the report belongs to a group with an earlier member) and how long the question took.
pub fn replay(
    reports: &[Reported],
    file: &Path,
    hear: &mut dyn FnMut(Ranking, std::time::Duration),
) -> hotfix_core::error::Result<Desk> {
    let desk = Desk::create(file, "Replay", Options::default())?;
    let mut keys: HashMap<&str, String> = HashMap::new();
    let mut ids: HashMap<String, &str> = HashMap::new();
    // The original of every report so far, by id.
    let mut originals: HashMap<&str, &str> = HashMap::new();
    for report in reports {
        let description = report.description.as_deref().unwrap_or_default();
        let component = report.component.as_deref().unwrap_or_default();
        let at = instant(&report.created);
        if at.is_none() {
            eprintln!("{}: “{}” is no time; its age counts as none", report.id, report.created);
        }
        let request = json!({
            "title": report.title, "description": description, "component": component,
            "at": at, "top": 20, "wait": true,
        });
        let begun = std::time::Instant::now();
        let found = desk.call("issue_similar", request)?;
        let took = begun.elapsed();
        let original = report.duplicate_of.as_deref().and_then(|of| originals.get(of).copied());
        if original.is_some() {
            let ranked = found
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| ids.get(one["key"].as_str()?).map(|id| (*id).to_owned()))
                .collect();
            hear(Ranking { id: report.id.clone(), ranked }, took);
        }
        let how = As { at, ..As::default() };
        // A report without a title still has to be logged.
        let title = if report.title.trim().is_empty() { "(no title)" } else { &report.title };
        let logged = desk.call_as(
            "issue_log",
            json!({ "text": { "title": title, "description": description }, "component": component }),
            &how,
        )?;
        let key = logged["key"].as_str().unwrap_or_default().to_owned();
        if let Some(original) = original {
            let into = &keys[original];
            desk.call_as("issue_merge", json!({ "keys": [key], "into": into }), &how)?;
        }
        ids.insert(key.clone(), &report.id);
        keys.insert(&report.id, key);
        originals.insert(&report.id, original.unwrap_or(&report.id));
    }
    Ok(desk)
}

/// The share of the rankings with an earlier member of the report's group among the first `most`.
pub fn recall(reports: &[Reported], rankings: &[Ranking], most: usize) -> f64 {
    let mut groups: HashMap<&str, &str> = HashMap::new();
    let mut members: HashMap<&str, HashSet<&str>> = HashMap::new();
    for report in reports {
        let of = report.duplicate_of.as_deref().and_then(|of| groups.get(of).copied());
        let group = of.unwrap_or(&report.id);
        groups.insert(&report.id, group);
        members.entry(group).or_default().insert(&report.id);
    }
    let hit = |ranking: &&Ranking| {
        let group = groups.get(ranking.id.as_str()).and_then(|group| members.get(group));
        let first = ranking.ranked.iter().take(most);
        group.is_some_and(|group| first.clone().any(|id| group.contains(id.as_str())))
    };
    rankings.iter().filter(hit).count() as f64 / rankings.len().max(1) as f64
}

/// One line of a ranking file.
pub fn line(ranking: &Ranking) -> Value {
    json!({ "id": ranking.id, "ranked": ranking.ranked })
}

/// RFC 3339, or a day or a time of day without a zone, which is taken for UTC.
fn instant(text: &str) -> Option<Instant> {
    let text = text.trim().replace(' ', "T");
    [text.clone(), format!("{text}Z"), format!("{text}T00:00:00Z")]
        .into_iter()
        .find_map(|form| serde_json::from_value(form.into()).ok())
}
