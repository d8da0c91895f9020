//! Issues of a GitHub repository, by its REST API (2022-11-28).
//!
//! `address` is https://api.github.com, or https://HOST/api/v3 of one's own server; `query` is
//! `owner/name`, and may go on with `labels=bug,production`. Pull requests are left out.

use super::{
    Access, Item, Page, PollError, Sender, Source, instant, label,
    sweep::{self, Changed, Tracker},
    web::{Sign, Web},
};
use crate::{clock::Instant, error::Result, integrations::http::Answer};
use async_trait::async_trait;
use serde::Deserialize;

const EXAMPLE: &str = "https://api.github.com";

#[derive(Debug)]
pub struct Github {
    web: Web,
    project: String,
    labels: String,
    since: Option<Instant>,
}

#[derive(Deserialize)]
struct Issue {
    /// What people, links and exports call it.
    number: u64,
    #[serde(default)]
    html_url: String,
    title: String,
    body: Option<String>,
    state: String,
    state_reason: Option<String>,
    user: Option<User>,
    #[serde(default)]
    labels: Vec<Label>,
    created_at: String,
    updated_at: Instant,
    pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Named { name: Option<String> },
    Text(String),
}

impl Github {
    pub fn new(access: &Access) -> Result<Self> {
        let (project, labels) = sweep::project(&access.query, "acme/shop")?;
        let web = Web::new(access, Sign::Authorization, "GitHub", EXAMPLE)?;
        Ok(Self { web, project, labels, since: access.since })
    }
}

#[async_trait]
impl Source for Github {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        sweep::poll(self, cursor).await
    }
}

impl Tracker for Github {
    fn web(&self) -> &Web {
        &self.web
    }

    fn from(&self) -> Option<Instant> {
        self.since
    }

    fn list(&self, since: Option<Instant>, closed_too: bool) -> Result<String, PollError> {
        // GitHub counts in whole seconds.
        let since = since.map(|at| at.to_string());
        let mut query = vec![
            ("state", if closed_too { "all" } else { "open" }),
            ("sort", "updated"),
            ("direction", "asc"),
            ("per_page", "100"),
        ];
        query.extend(since.as_deref().map(|since| ("since", since)));
        if !self.labels.is_empty() {
            query.push(("labels", &self.labels));
        }
        self.web.url(&format!("/repos/{}/issues", self.project), &query)
    }

    fn read(&self, answer: &Answer) -> Result<Vec<Changed>, PollError> {
        let issues: Vec<Issue> = self.web.json(answer)?;
        Ok(issues.into_iter().map(Changed::from).collect())
    }
}

impl From<Issue> for Changed {
    fn from(issue: Issue) -> Self {
        let closed = (issue.state == "closed").then(|| match issue.state_reason.as_deref() {
            None | Some("") => "Closed on GitHub.".to_owned(),
            Some(reason) => format!("Closed on GitHub ({}).", reason.replace('_', " ")),
        });
        let labels = issue.labels.into_iter().filter_map(|label| match label {
            Label::Named { name } => name,
            Label::Text(name) => Some(name),
        });
        let id = issue.number.to_string();
        let item = Item {
            id: id.clone(),
            url: issue.html_url,
            title: issue.title,
            text: issue.body.unwrap_or_default(),
            from: Sender {
                name: issue.user.map(|user| user.login).unwrap_or_default(),
                ..Sender::default()
            },
            at: instant(&issue.created_at),
            labels: labels.map(|name| label(&name)).collect(),
            over: closed,
            ..Item::default()
        };
        let item = issue.pull_request.is_none().then_some(item);
        Self { at: issue.updated_at, item, id }
    }
}
