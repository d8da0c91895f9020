//! Issues of a GitLab project, by its REST API v4.
//!
//! `address` is https://gitlab.com or one's own server; `query` is the project's path, groups
//! included, and may go on with `labels=bug,production`.

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

pub type Gitlab = Tracker<Lab>;

pub enum Lab {}

impl Dialect for Lab {
    const NAME: &'static str = "GitLab";
    const EXAMPLES: [&'static str; 2] = ["https://gitlab.com", "acme/web/shop"];
    const SIGN: Sign = Sign::Header("PRIVATE-TOKEN");
    const SINCE: &'static str = "updated_after";
    type Issue = Issue;

    fn path(project: &str) -> String {
        let project: String = url::form_urlencoded::byte_serialize(project.as_bytes()).collect();
        format!("/api/v4/projects/{project}/issues")
    }

    fn query(closed_too: bool) -> Vec<(&'static str, &'static str)> {
        vec![
            ("state", if closed_too { "all" } else { "opened" }),
            ("scope", "all"),
            ("order_by", "updated_at"),
            ("sort", "asc"),
            ("per_page", "100"),
        ]
    }

    fn changed(issue: Issue) -> Changed {
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
        Changed { at: issue.updated_at, item: Some(item), id }
    }
}
