//! What each tracker writes, as data: which columns or places are which field.
//!
//! Sources: GitHub REST “List repository issues” and `gh issue list --json`; GitLab “Export issues
//! to CSV” and the Issues API; Jira's CSV export of the issue navigator and REST `search`; Zendesk's
//! “Export data to JSON, CSV” and the Tickets API.

use super::{FileColumn, FileFormat, ImportField as F, Shape, Wishes, json, words};
use crate::error::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;

type Places = &'static [(F, &'static [&'static str])];

const GITHUB: Places = &[
    (F::Title, &["title"]),
    (F::Description, &["body"]),
    (F::Reporter, &["author.name", "author.login", "user.login"]),
    (F::At, &["created_at", "createdAt"]),
    (F::State, &["state"]),
    (F::ClosedAt, &["closed_at", "closedAt"]),
    (F::Id, &["number"]),
    (F::Url, &["html_url", "url"]),
    (F::Labels, &["labels"]),
];

const GITLAB: Places = &[
    (F::Title, &["title"]),
    (F::Description, &["description"]),
    (F::Reporter, &["author.name", "author.username"]),
    (F::At, &["created_at"]),
    (F::State, &["state"]),
    (F::ClosedAt, &["closed_at"]),
    (F::Id, &["iid"]),
    (F::Url, &["web_url"]),
    (F::Labels, &["labels"]),
];

const GITLAB_TABLE: Places = &[
    (F::Title, &["Title"]),
    (F::Description, &["Description"]),
    (F::Reporter, &["Author", "Author Username"]),
    (F::At, &["Created At (UTC)", "Created At"]),
    (F::State, &["State"]),
    (F::ClosedAt, &["Closed At (UTC)", "Closed At"]),
    (F::Id, &["Issue ID"]),
    (F::Url, &["URL"]),
    (F::Labels, &["Labels"]),
];

const JIRA: Places = &[
    (F::Title, &["fields.summary"]),
    (F::Description, &["fields.description"]),
    (F::Reporter, &["fields.reporter.displayName", "fields.reporter.name"]),
    (F::Reach, &["fields.reporter.emailAddress"]),
    (F::Component, &["fields.components"]),
    (F::Version, &["fields.versions"]),
    (F::Environment, &["fields.environment"]),
    (F::At, &["fields.created"]),
    (F::State, &["fields.status.statusCategory.key", "fields.status.name"]),
    (F::ClosedAt, &["fields.resolutiondate"]),
    (F::Id, &["key"]),
    (F::Url, &["self"]),
    (F::Labels, &["fields.labels"]),
];

const JIRA_TABLE: Places = &[
    (F::Title, &["Summary"]),
    (F::Description, &["Description"]),
    (F::Reporter, &["Reporter", "Creator"]),
    (F::Component, &["Component/s", "Components"]),
    (F::Version, &["Affects Version/s", "Affects versions"]),
    (F::Environment, &["Environment"]),
    (F::At, &["Created"]),
    (F::State, &["Status Category", "Status"]),
    (F::ClosedAt, &["Resolved"]),
    (F::Id, &["Issue key", "Key"]),
    (F::Labels, &["Labels"]),
];

const ZENDESK: Places = &[
    (F::Title, &["subject", "raw_subject"]),
    (F::Description, &["description"]),
    (F::Reporter, &["requester.name"]),
    (F::Reach, &["requester.email", "via.source.from.address"]),
    (F::At, &["created_at"]),
    (F::State, &["status"]),
    (F::Id, &["id"]),
    (F::Url, &["url"]),
    (F::Channel, &["via.channel"]),
    (F::Labels, &["tags"]),
];

const ZENDESK_TABLE: Places = &[
    (F::Title, &["Subject"]),
    (F::Description, &["Description"]),
    (F::Reporter, &["Requester"]),
    (F::Reach, &["Requester email"]),
    (F::At, &["Created at"]),
    (F::State, &["Status"]),
    (F::ClosedAt, &["Solved at"]),
    (F::Id, &["Id", "ID", "Ticket ID"]),
    (F::Channel, &["Via"]),
    (F::Labels, &["Tags"]),
];

fn places(format: FileFormat, json: bool) -> Option<Places> {
    Some(match (format, json) {
        (FileFormat::Csv | FileFormat::Jsonl, _) => return None,
        (FileFormat::Github, _) => GITHUB,
        (FileFormat::Gitlab, true) => GITLAB,
        (FileFormat::Gitlab, false) => GITLAB_TABLE,
        (FileFormat::Jira, true) => JIRA,
        (FileFormat::Jira, false) => JIRA_TABLE,
        (FileFormat::Zendesk, true) => ZENDESK,
        (FileFormat::Zendesk, false) => ZENDESK_TABLE,
    })
}

/// Whose table it is, by the names of its columns.
pub fn of_header(header: &[String]) -> FileFormat {
    let has = |all: &[&str]| all.iter().all(|name| header.iter().any(|column| column == name));
    if has(&["Issue key", "Summary"]) {
        FileFormat::Jira
    } else if has(&["Title", "Issue ID", "URL", "State", "Author Username"]) {
        FileFormat::Gitlab
    } else if has(&["Subject", "Requester", "Status"])
        && (has(&["Summation column"]) || has(&["Ticket type"]) || has(&["Requester id"]))
    {
        FileFormat::Zendesk
    } else {
        FileFormat::Csv
    }
}

/// Whose objects these are, by what the first of them hold.
pub fn of_items(items: &[Value]) -> FileFormat {
    let Some(first) = items.first() else { return FileFormat::Jsonl };
    let has = |path: &str| {
        let mut value = Some(first);
        for name in path.split('.') {
            value = value.and_then(|inner| inner.get(name));
        }
        value.is_some()
    };
    if has("fields.summary") && has("key") {
        FileFormat::Jira
    } else if has("iid") && has("title") {
        FileFormat::Gitlab
    } else if has("number")
        && has("title")
        && ["html_url", "node_id", "createdAt", "repository_url", "author.login", "url"]
            .iter()
            .any(|path| has(path))
    {
        FileFormat::Github
    } else if has("subject") && (has("requester_id") || has("raw_subject") || has("requester.id")) {
        FileFormat::Zendesk
    } else {
        FileFormat::Jsonl
    }
}

/// Which columns are which field: as wished, else as the tracker names them, else as they are called.
pub fn mapping(shape: &Shape, wishes: &Wishes, json: bool) -> Result<BTreeMap<F, Vec<String>>> {
    if json && shape.columns.is_empty() {
        return Err(json::none());
    }
    let has = |name: &str| shape.columns.iter().any(|column| column.name == name);
    let mut mapping = match places(shape.format, json) {
        Some(places) => places
            .iter()
            .map(|(field, names)| {
                let found: Vec<String> =
                    names.iter().filter(|name| has(name)).map(|name| (*name).to_owned()).collect();
                (*field, found)
            })
            .filter(|(_, found)| !found.is_empty())
            .collect(),
        None => words::guess(&shape.columns),
    };
    for wish in &wishes.map {
        for column in &wish.columns {
            known(&shape.columns, column, wish.field, json)?;
        }
        mapping.insert(wish.field, wish.columns.clone());
    }
    mapping.retain(|_, columns| !columns.is_empty());
    Ok(mapping)
}

/// A column that is named must be there; the place in an object may come up later.
fn known(columns: &[FileColumn], column: &str, field: F, json: bool) -> Result<()> {
    let numbered = column
        .strip_prefix('#')
        .and_then(|number| number.parse::<usize>().ok())
        .is_some_and(|number| number > 0);
    if json || numbered || columns.iter().any(|known| known.name == column) {
        return Ok(());
    }
    let names: Vec<&str> = columns.iter().take(30).map(|column| column.name.as_str()).collect();
    Err(Error::field("map", format!("There is no column “{column}” for {}.", field.name()))
        .hint(format!("The file has: {}.", names.join(", "))))
}
