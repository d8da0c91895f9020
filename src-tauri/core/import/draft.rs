//! A row made into a draft of an issue.

use super::{Bad, FileFormat, ImportField as F, Shape, json, table, times, words};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{ReportText, words::*},
};
use jiff::tz::TimeZone;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;

/// An issue as the file tells it. Whether it can be logged is for others to decide.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub text: ReportText,
    pub channel: Channel,
    /// As the file calls it.
    pub product: String,
    pub component: String,
    pub version: String,
    pub environment: String,
    pub affected: Option<u32>,
    pub at: Option<Instant>,
    /// It is over there; what its state is called.
    pub closed: Option<String>,
    pub source: String,
    /// Empty if the row names none.
    pub id: String,
    pub url: String,
    /// Of all that stands in the row: what it is known by if it has no name.
    pub content: [u8; 16],
    /// It is no issue at all: a pull request, say.
    pub other: Option<&'static str>,
}

/// How rows of one file are read.
pub struct Reading {
    format: FileFormat,
    columns: Vec<(F, Vec<String>)>,
    /// For a table: the places of those columns.
    places: Vec<Vec<usize>>,
    zone: TimeZone,
    day_first: bool,
}

/// One row.
pub enum Cells<'a> {
    Record(table::Record<'a>, &'a Reading),
    Item(&'a Value, &'a Reading),
}

impl Reading {
    pub fn new(shape: &Shape, zone: &str) -> Result<Self> {
        // GitLab's table says UTC only in the names of its columns.
        let zone = if shape.format == FileFormat::Gitlab { "UTC" } else { zone };
        let zone = TimeZone::get(zone)
            .map_err(|_| Error::field("zone", format!("There is no time zone “{zone}”.")))?;
        Ok(Self {
            format: shape.format,
            columns: shape.mapping.clone().into_iter().collect(),
            places: Vec::new(),
            zone,
            day_first: shape.day_first,
        })
    }

    /// Finds the columns in a table's header.
    pub fn resolve(&mut self, header: &[String]) {
        self.places = self
            .columns
            .iter()
            .map(|(_, columns)| {
                columns.iter().flat_map(|column| table::places(header, column)).collect()
            })
            .collect();
    }

    pub fn draft(&self, cells: &Cells) -> Result<Draft, Bad> {
        let of = |field| cells.field(field);
        let id = of(F::Id).into_owned();
        let (url, source) = self.place(&of(F::Url), &id);
        let mut draft = Draft {
            channel: channel(&of(F::Channel)),
            product: of(F::Product).trim().to_owned(),
            component: of(F::Component).into_owned(),
            version: of(F::Version).into_owned(),
            environment: of(F::Environment).into_owned(),
            affected: affected(&of(F::Affected))?,
            at: self.time(&of(F::At), "at")?,
            source,
            id: id.trim().to_owned(),
            url,
            content: cells.content(),
            other: self.other(cells),
            text: ReportText {
                title: of(F::Title).into_owned(),
                description: of(F::Description).into_owned(),
                steps: of(F::Steps).into_owned(),
                expected: of(F::Expected).into_owned(),
                actual: of(F::Actual).into_owned(),
                workaround: of(F::Workaround).into_owned(),
                tell_caller: of(F::TellCaller).into_owned(),
                reporter: contact(&of(F::Reporter), &of(F::Reach)),
            },
            closed: None,
        };
        let state = of(F::State);
        let since = of(F::ClosedAt);
        if words::is_over(&state) || !since.trim().is_empty() && !still_open(&state) {
            let state = state.trim();
            draft.closed = Some(if state.is_empty() { "closed".into() } else { state.to_owned() });
        }
        // A chat that became a ticket has no subject.
        if self.format == FileFormat::Zendesk && draft.text.title.trim().is_empty() {
            let first = draft.text.description.trim_start().lines().next().unwrap_or_default();
            draft.text.title = table::excerpt(first);
        }
        if draft.component.trim().is_empty() {
            draft.component = self.component(&cells.all(F::Labels)).unwrap_or_default();
        }
        Ok(draft)
    }

    fn time(&self, text: &str, field: &str) -> Result<Option<Instant>, Bad> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        times::parse(text, &self.zone, self.day_first).map(Some).ok_or_else(|| {
            Bad::new(format!(
                "“{}” is not a time that can be read. Write it as 2026-11-23T17:30:00Z, or do not \
                 map “{field}”.",
                table::excerpt(text)
            ))
        })
    }

    /// Where a person can look at it, and what names things uniquely there.
    fn place(&self, url: &str, id: &str) -> (String, String) {
        let url = if url.starts_with("https://") || url.starts_with("http://") { url } else { "" };
        // The name of a project, between the host and the word that its issues stand under.
        let project = |word: &str| {
            let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
            path.and_then(|(_, path)| path.split_once(word)).map(|(project, _)| project.to_owned())
        };
        match self.format {
            FileFormat::Csv => (url.to_owned(), "csv".into()),
            FileFormat::Jsonl => (url.to_owned(), "json".into()),
            FileFormat::Github => {
                let project = project("/issues/").or_else(|| project("/pull/"));
                let project = project.map(|path| path.trim_start_matches("repos/").to_owned());
                let public = ["api.github.com", "github.com"];
                (url.to_owned(), named("github", &public, url, project))
            }
            FileFormat::Gitlab => {
                let project = project("/-/").or_else(|| project("/issues/"));
                (url.to_owned(), named("gitlab", &["gitlab.com"], url, project))
            }
            FileFormat::Jira => {
                // The address of the interface is none for people.
                let host =
                    url.split_once("/rest/api/").map(|(host, _)| format!("{host}/browse/{id}"));
                (host.unwrap_or_else(|| url.to_owned()), "jira".into())
            }
            FileFormat::Zendesk => {
                let host = url
                    .split_once("/api/v2/")
                    .map(|(host, _)| format!("{host}/agent/tickets/{id}"));
                (host.unwrap_or_else(|| url.to_owned()), "zendesk".into())
            }
        }
    }

    /// GitHub lists pull requests among issues.
    fn other(&self, cells: &Cells) -> Option<&'static str> {
        match cells {
            Cells::Item(value, _) if self.format == FileFormat::Github => {
                let pull = value.get("pull_request").is_some_and(|pull| !pull.is_null());
                pull.then_some("a pull request")
            }
            _ => None,
        }
    }

    /// A label that says what it is of (`component: checkout`, `area/checkout`), or, where labels
    /// are few and chosen, the first that is not about the kind or urgency of an issue.
    fn component(&self, labels: &[Cow<str>]) -> Option<String> {
        let split: Vec<&str> = labels
            .iter()
            .flat_map(|all| all.split(','))
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .collect();
        for label in &split {
            let Some((kind, name)) = label.split_once([':', '/']) else { continue };
            let kind = kind.trim().to_lowercase();
            let name = name.trim_start_matches(':').trim();
            let says = ["component", "comp", "area", "module", "package", "team", "service"];
            if says.contains(&kind.as_str()) && !name.is_empty() {
                return Some(name.to_owned());
            }
        }
        if !matches!(self.format, FileFormat::Github | FileFormat::Gitlab) {
            return None;
        }
        split.into_iter().find(|label| !is_general(label)).map(str::to_owned)
    }
}

/// As a source that is polled calls the same place: a server of one's own is part of the name.
fn named(system: &str, public: &[&str], url: &str, project: Option<String>) -> String {
    let host = url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
    match project.filter(|name| !name.is_empty()) {
        Some(project) if public.contains(&host) => format!("{system}:{project}"),
        Some(project) => format!("{system}:{host}/{project}"),
        None => system.to_owned(),
    }
}

/// A label about what kind of thing an issue is or how urgent, not about a part of the product.
fn is_general(label: &str) -> bool {
    const GENERAL: &[&str] = &[
        "bug",
        "defect",
        "enhancement",
        "feature",
        "feature request",
        "question",
        "duplicate",
        "wontfix",
        "invalid",
        "help wanted",
        "good first issue",
        "documentation",
        "confirmed",
        "needs info",
        "needs triage",
        "triage",
        "regression",
        "blocked",
        "stale",
        "critical",
        "urgent",
        "high",
        "medium",
        "low",
        "doing",
        "to do",
        "support",
        "incident",
        "discussion",
        "suggestion",
    ];
    let label = label.to_lowercase();
    let about =
        ["priority", "severity", "status", "type", "kind", "p0", "p1", "p2", "p3", "p4", "p5"];
    GENERAL.contains(&label.as_str())
        || about.iter().any(|word| label.split([':', '/', ' ', '-']).next() == Some(word))
}

/// It was closed once and is open again.
fn still_open(state: &str) -> bool {
    let state = state.trim().to_lowercase();
    ["open", "opened", "reopened", "new", "pending"].contains(&state.as_str())
}

fn affected(text: &str) -> Result<Option<u32>, Bad> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Bad::new(format!(
            "“{}” is not a number of affected people. Write it in digits, or do not map “affected”.",
            table::excerpt(text)
        ))
    })
}

fn channel(text: &str) -> Channel {
    match text.trim().to_lowercase().as_str() {
        "mail" | "email" | "e-mail" => Channel::Mail,
        "phone" | "voice" | "telephone" | "call" => Channel::Phone,
        "chat" | "messaging" | "native_messaging" => Channel::Chat,
        "in_person" | "in person" => Channel::InPerson,
        "monitoring" | "alert" => Channel::Monitoring,
        "testing" | "test" => Channel::Testing,
        _ => Channel::Import,
    }
}

/// “Name <address>” is both.
fn contact(name: &str, reach: &str) -> Contact {
    if reach.is_empty()
        && let Some((name, rest)) = name.split_once('<')
        && let Some(reach) = rest.strip_suffix('>').filter(|reach| reach.contains('@'))
    {
        return Contact { name: name.trim().to_owned(), reach: reach.trim().to_owned() };
    }
    if reach.is_empty() && name.contains('@') && !name.contains(char::is_whitespace) {
        return Contact { name: String::new(), reach: name.to_owned() };
    }
    Contact { name: name.to_owned(), reach: reach.to_owned() }
}

impl<'a> Cells<'a> {
    /// All that stands in the columns of a field.
    fn all(&self, field: F) -> Vec<Cow<'a, str>> {
        match self {
            Self::Record(record, reading) => {
                let Some(index) = reading.columns.iter().position(|(of, _)| *of == field) else {
                    return Vec::new();
                };
                let places = reading.places.get(index).map_or(&[][..], Vec::as_slice);
                let cells = places.iter().map(|place| record.cell(*place));
                cells.filter(|cell| !cell.is_empty()).map(Cow::Borrowed).collect()
            }
            Self::Item(value, reading) => {
                let columns = reading.columns.iter().find(|(of, _)| *of == field);
                let columns = columns.map_or(&[][..], |(_, columns)| columns.as_slice());
                let texts = columns.iter().flat_map(|column| json::pick(value, column));
                texts.filter(|text| !text.is_empty()).map(Cow::Owned).collect()
            }
        }
    }

    /// What a field says: the first column that is filled, or all of them if it is a list.
    fn field(&self, field: F) -> Cow<'a, str> {
        let mut all = self.all(field);
        match all.len() {
            0 => Cow::Borrowed(""),
            1 => all.swap_remove(0),
            _ if field.is_list() => Cow::Owned(all.join(", ")),
            _ => all.swap_remove(0),
        }
    }

    fn content(&self) -> [u8; 16] {
        let mut hash = Sha256::new();
        match self {
            Self::Record(record, _) => {
                for cell in record.cells() {
                    hash.update((cell.len() as u64).to_be_bytes());
                    hash.update(cell);
                }
            }
            // Its names are in order, however they were written.
            Self::Item(value, _) => hash.update(value.to_string()),
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        short
    }
}
