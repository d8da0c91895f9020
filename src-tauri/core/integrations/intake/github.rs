//! Issues of a GitHub repository, by its REST API (2022-11-28).
//!
//! `address` is https://api.github.com, or https://HOST/api/v3 of one's own server; `query` is
//! `owner/name`, and may go on with `labels=bug,production`. Pull requests are left out.

use super::{
    Item, Sender, instant, label,
    sweep::{Changed, Dialect, Tracker},
    web::Sign,
};
use crate::clock::Instant;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Issue {
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

pub type Github = Tracker<Hub>;

pub enum Hub {}

impl Dialect for Hub {
    const NAME: &'static str = "GitHub";
    const EXAMPLES: [&'static str; 2] = ["https://api.github.com", "acme/shop"];
    const SIGN: Sign = Sign::Authorization;
    const SINCE: &'static str = "since";
    type Issue = Issue;

    fn path(project: &str) -> String {
        format!("/repos/{project}/issues")
    }

    fn query(closed_too: bool) -> Vec<(&'static str, &'static str)> {
        vec![
            ("state", if closed_too { "all" } else { "open" }),
            ("sort", "updated"),
            ("direction", "asc"),
            ("per_page", "100"),
        ]
    }

    fn changed(issue: Issue) -> Changed {
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
        Changed { at: issue.updated_at, item, id }
    }
}
