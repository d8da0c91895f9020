//! GitHub's check runs of a commit, by its REST API (2022-11-28): the newest of each name.

use super::{Check, Standing, Web, between};
use crate::error::{Error, Result};
use serde::Deserialize;

#[derive(Deserialize)]
struct Page {
    check_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    name: String,
    #[serde(default)]
    status: String,
    conclusion: Option<String>,
    started_at: Option<String>,
    completed_at: Option<String>,
    html_url: Option<String>,
    app: Option<App>,
    output: Option<Output>,
}

#[derive(Deserialize)]
struct App {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Output {
    title: Option<String>,
    summary: Option<String>,
}

pub async fn read(web: &Web, project: &str, commit: &str) -> Result<Vec<Check>> {
    let fine = |part: &str| {
        !part.is_empty()
            && ![".", ".."].contains(&part)
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let parts: Vec<&str> = project.split('/').collect();
    if parts.len() != 2 || !parts.iter().all(|part| fine(part)) {
        return Err(Error::field("project", "A repository is named owner/name."));
    }
    let path = format!("/repos/{project}/commits/{commit}/check-runs?filter=latest");
    let runs: Vec<Run> = web.pages(&path, |page: Page| page.check_runs).await?;
    Ok(runs.into_iter().map(check).collect())
}

fn check(run: Run) -> Check {
    let standing = match (run.status.as_str(), run.conclusion.as_deref()) {
        ("completed", Some("success")) => Standing::Passed,
        ("completed", Some("neutral" | "skipped")) => Standing::Skipped,
        ("completed", _) => Standing::Failed,
        _ => Standing::Open,
    };
    let output = run.output.unwrap_or(Output { title: None, summary: None });
    let said =
        [run.conclusion.filter(|_| standing == Standing::Failed), output.title, output.summary];
    let text: Vec<String> = said.into_iter().flatten().chain(run.html_url).collect();
    Check {
        group: run.app.map(|app| app.name).unwrap_or_default(),
        name: run.name,
        standing,
        millis: between(run.started_at.as_deref(), run.completed_at.as_deref()),
        text: text.join("\n"),
    }
}
