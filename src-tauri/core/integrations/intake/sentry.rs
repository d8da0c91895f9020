//! Issues of a Sentry project, by its web API 0.
//!
//! `address` is https://sentry.io (or a region's, or one's own server); `query` is
//! `organization/project`, and may go on with a search of Sentry's (`is:unresolved
//! environment:production`). Sentry groups events itself and counts them.
//!
//! Its list begins with what was seen last, so a reading goes on until it comes to what the reading
//! before had begun with. What is seen anew meanwhile comes first in the next one.

use super::{
    Access, Item, Page, PollError, Seen, Source, instant, read_cursor, shortened,
    web::{Sign, Web, next_link},
    write_cursor,
};
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const EXAMPLE: &str = "https://sentry.io";

#[derive(Debug)]
pub struct Sentry {
    web: Web,
    organization: String,
    project: String,
    search: String,
    since: Option<Instant>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// What the last whole reading began with: everything seen later is new.
    until: Option<Instant>,
    /// What the reading that is under way began with.
    newest: Option<Instant>,
    /// Its next page.
    page: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    id: String,
    #[serde(default)]
    permalink: Option<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    culprit: Option<String>,
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    count: Count,
    #[serde(default)]
    lifetime: Option<Lifetime>,
    #[serde(default)]
    user_count: u64,
    first_seen: String,
    last_seen: Instant,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    filename: Option<String>,
}

#[derive(Deserialize)]
struct Lifetime {
    #[serde(default)]
    count: Count,
}

/// A number, which Sentry writes as text.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(from = "serde_json::Value")]
struct Count(u64);

impl From<serde_json::Value> for Count {
    fn from(value: serde_json::Value) -> Self {
        let text = value.as_str().and_then(|text| text.parse().ok());
        Self(text.or_else(|| value.as_u64()).unwrap_or_default())
    }
}

impl Sentry {
    pub fn new(access: &Access) -> Result<Self> {
        let wrong = || {
            Error::field("query", "The project cannot be read.")
                .hint("Write it like acme/shop; a search may follow: is:unresolved.")
        };
        let query = access.query.trim();
        let (place, search) = query.split_once(char::is_whitespace).unwrap_or((query, ""));
        let (organization, project) = place.trim_matches('/').split_once('/').ok_or_else(wrong)?;
        let slug = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if !slug(organization) || !slug(project) {
            return Err(wrong());
        }
        let web = Web::new(access, Sign::Authorization, "Sentry", EXAMPLE)?;
        Ok(Self {
            web,
            organization: organization.to_owned(),
            project: project.to_owned(),
            search: search.trim().to_owned(),
            since: access.since,
        })
    }

    fn list(&self) -> Result<String, PollError> {
        let search = if self.search.is_empty() { "is:unresolved" } else { &self.search };
        let path = format!("/api/0/projects/{}/{}/issues/", self.organization, self.project);
        self.web.url(&path, &[("query", search), ("sort", "date"), ("limit", "100")])
    }
}

#[async_trait]
impl Source for Sentry {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        let mut cursor: Cursor = read_cursor(cursor);
        let page = cursor.page.take().filter(|page| self.web.is_ours(page));
        if page.is_none() {
            // A reading whose place is lost begins again; what it gave is given again.
            cursor.newest = None;
        }
        let asked = match &page {
            Some(page) => self.web.get(page, &[]).await,
            None => self.web.get(&self.list()?, &[]).await,
        };
        let answer = match asked {
            Err(error) if page.is_some() && error.lasting => {
                cursor.newest = None;
                self.web.get(&self.list()?, &[]).await?
            }
            other => other?,
        };
        let Some(answer) = answer else { return Ok(Page::default()) };
        let issues: Vec<Issue> = self.web.json(&answer)?;
        cursor.newest = cursor.newest.or_else(|| issues.first().map(|issue| issue.last_seen));
        let from = cursor.until.max(self.since);
        let old = |issue: &Issue| from.is_some_and(|from| issue.last_seen < from);
        let reached = issues.iter().any(old);
        let next = next_link(&answer).filter(|next| !next.empty && !reached && !issues.is_empty());
        let more = next.is_some();
        match next {
            Some(next) => cursor.page = Some(next.url),
            None => cursor.until = cursor.newest.take().max(cursor.until),
        }
        let items = issues.into_iter().filter(|issue| !old(issue)).map(Item::from).collect();
        Ok(Page { items, cursor: write_cursor(&cursor)?, more, ..Page::default() })
    }
}

impl From<Issue> for Item {
    fn from(issue: Issue) -> Self {
        let lifetime = issue.lifetime.map(|lifetime| lifetime.count.0).unwrap_or_default();
        let mut lines = Vec::new();
        for (name, value) in [
            ("", issue.metadata.value),
            ("In", issue.culprit.clone()),
            ("File", issue.metadata.filename),
            ("Level", issue.level.clone()),
        ] {
            match value.filter(|value| !value.trim().is_empty()) {
                Some(value) if name.is_empty() => lines.push(format!("{value}\n")),
                Some(value) => lines.push(format!("{name}: {value}")),
                None => {}
            }
        }
        if issue.user_count > 0 {
            lines.push(format!("Users: {}", issue.user_count));
        }
        let labels = [("level", issue.level), ("culprit", issue.culprit)];
        Self {
            id: issue.id,
            url: issue.permalink.unwrap_or_default(),
            title: match issue.title.trim() {
                "" => "An error without a title".into(),
                title => shortened(title, 300),
            },
            text: lines.join("\n"),
            at: instant(&issue.first_seen),
            labels: labels
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect::<BTreeMap<_, _>>(),
            seen: Seen::Total {
                times: lifetime.max(issue.count.0).max(1),
                last: Some(issue.last_seen),
            },
            held: matches!(issue.status.as_str(), "ignored" | "muted"),
            over: (issue.status == "resolved").then(|| "Resolved in Sentry.".to_owned()),
            ..Self::default()
        }
    }
}
