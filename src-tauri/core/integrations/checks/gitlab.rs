//! GitLab's statuses of a commit, by its REST API v4: its jobs, and what others reported.

use super::{Check, Standing, Web, between};
use crate::error::Result;
use serde::Deserialize;

#[derive(Deserialize)]
struct Status {
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    allow_failure: bool,
    description: Option<String>,
    target_url: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
    #[serde(rename = "ref")]
    branch: Option<String>,
}

pub async fn read(web: &Web, project: &str, commit: &str) -> Result<Vec<Check>> {
    let project: String =
        url::form_urlencoded::byte_serialize(project.trim_matches('/').as_bytes()).collect();
    let path = format!("/api/v4/projects/{project}/repository/commits/{commit}/statuses");
    let statuses: Vec<Status> = web.pages(&path, |page| page).await?;
    Ok(statuses.into_iter().map(check).collect())
}

fn check(status: Status) -> Check {
    let standing = match (status.status.as_str(), status.allow_failure) {
        ("success", _) => Standing::Passed,
        ("skipped" | "manual", _) | ("failed" | "canceled", true) => Standing::Skipped,
        ("failed" | "canceled" | "canceling", false) => Standing::Failed,
        _ => Standing::Open,
    };
    let allowed = status.allow_failure && status.status == "failed";
    let told = allowed.then(|| "It failed, and is allowed to.".to_owned());
    let text = [told, status.description, status.target_url];
    Check {
        group: status.branch.unwrap_or_default(),
        name: status.name,
        standing,
        millis: between(status.started_at.as_deref(), status.finished_at.as_deref()),
        text: text.into_iter().flatten().collect::<Vec<_>>().join("\n"),
    }
}
