//! Issues of a GitLab project, by its REST API v4.
//!
//! `address` is https://gitlab.com or one's own server; `query` is the project's path, groups
//! included, and may go on with `labels=bug,production`.

use super::{
    Access, Item, Page, PollError, Sender, Source, instant, label,
    sweep::{self, Changed, Tracker},
    web::{Sign, Web},
};
use crate::{clock::Instant, error::Result, integrations::http::Answer};
use async_trait::async_trait;
use serde::Deserialize;

const EXAMPLE: &str = "https://gitlab.example.com";

#[derive(Debug)]
pub struct Gitlab {
    web: Web,
    project: String,
    labels: String,
    since: Option<Instant>,
}

#[derive(Deserialize)]
struct Issue {
    /// What people, links and exports call it.
    iid: u64,
    #[serde(default)]
    web_url: String,
    title: String,
    description: Option<String>,
    state: String,
    author: Option<Author>,
    #[serde(default)]
    labels: Vec<String>,
    created_at: String,
    updated_at: Instant,
}

#[derive(Deserialize)]
struct Author {
    name: String,
}

impl Gitlab {
    pub fn new(access: &Access) -> Result<Self> {
        let (project, labels) = sweep::project(&access.query, "acme/web/shop")?;
        let project = url::form_urlencoded::byte_serialize(project.as_bytes()).collect();
        let web = Web::new(access, Sign::Header("PRIVATE-TOKEN"), "GitLab", EXAMPLE)?;
        Ok(Self { web, project, labels, since: access.since })
    }
}

#[async_trait]
impl Source for Gitlab {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        sweep::poll(self, cursor).await
    }
}

impl Tracker for Gitlab {
    fn web(&self) -> &Web {
        &self.web
    }

    fn from(&self) -> Option<Instant> {
        self.since
    }

    fn list(&self, since: Option<Instant>, closed_too: bool) -> Result<String, PollError> {
        let since = since.map(|at| at.to_string());
        let mut query = vec![
            ("scope", "all"),
            ("state", if closed_too { "all" } else { "opened" }),
            ("order_by", "updated_at"),
            ("sort", "asc"),
            ("per_page", "100"),
        ];
        query.extend(since.as_deref().map(|since| ("updated_after", since)));
        if !self.labels.is_empty() {
            query.push(("labels", &self.labels));
        }
        self.web.url(&format!("/api/v4/projects/{}/issues", self.project), &query)
    }

    fn read(&self, answer: &Answer) -> Result<Vec<Changed>, PollError> {
        let issues: Vec<Issue> = self.web.json(answer)?;
        Ok(issues.into_iter().map(Changed::from).collect())
    }
}

impl From<Issue> for Changed {
    fn from(issue: Issue) -> Self {
        let id = issue.iid.to_string();
        let item = Item {
            id: id.clone(),
            url: issue.web_url,
            title: issue.title,
            text: issue.description.unwrap_or_default(),
            from: Sender {
                name: issue.author.map(|author| author.name).unwrap_or_default(),
                ..Sender::default()
            },
            at: instant(&issue.created_at),
            labels: issue.labels.iter().map(|name| label(name)).collect(),
            over: (issue.state == "closed").then(|| "Closed on GitLab.".to_owned()),
            ..Item::default()
        };
        Self { at: issue.updated_at, item: Some(item), id }
    }
}
