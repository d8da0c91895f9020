//! GitLab's statuses of a commit, by its REST API v4: its jobs, and what others reported; and each test
//! of the reports that the jobs of its newest pipeline left, if the server and the token let them be
//! read.

use super::{Check, Standing, Web, between};
use crate::error::Result;
use serde::Deserialize;
use std::collections::HashSet;

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

#[derive(Deserialize)]
struct Pipeline {
    id: u64,
}

#[derive(Deserialize)]
struct TestReport {
    #[serde(default)]
    test_suites: Vec<TestSuite>,
}

#[derive(Deserialize)]
struct TestSuite {
    #[serde(default)]
    name: String,
    /// A report that GitLab could not read.
    suite_error: Option<String>,
    #[serde(default)]
    test_cases: Vec<TestCase>,
}

#[derive(Deserialize)]
struct TestCase {
    #[serde(default)]
    status: String,
    #[serde(default)]
    name: String,
    classname: Option<String>,
    execution_time: Option<f64>,
    /// A text, or whatever the report's attributes became.
    #[serde(default)]
    system_output: serde_json::Value,
    stack_trace: Option<String>,
}

pub async fn read(web: &Web, project: &str, commit: &str) -> Result<Vec<Check>> {
    let project: String =
        url::form_urlencoded::byte_serialize(project.trim_matches('/').as_bytes()).collect();
    let path = format!("/api/v4/projects/{project}/repository/commits/{commit}/statuses");
    let statuses: Vec<Status> = web.pages(&path, |page| page).await?;
    let may_fail: HashSet<String> = statuses
        .iter()
        .filter(|status| status.allow_failure)
        .map(|status| status.name.clone())
        .collect();
    let mut checks: Vec<Check> = statuses.into_iter().map(check).collect();
    // While jobs run their reports are not all there; nothing is recorded then anyhow.
    if checks.iter().all(|check| check.standing != Standing::Open) {
        checks.extend(tests(web, &project, commit, &may_fail).await?);
    }
    Ok(checks)
}

/// Every test of the newest pipeline on the commit. A suite bears the name of its job, and the tests
/// of a job that may fail may fail as well.
async fn tests(
    web: &Web,
    project: &str,
    commit: &str,
    may_fail: &HashSet<String>,
) -> Result<Vec<Check>> {
    let newest = format!(
        "/api/v4/projects/{project}/pipelines?sha={commit}&order_by=id&sort=desc&per_page=1"
    );
    let pipelines: Option<Vec<Pipeline>> = web.find(&newest).await?;
    let Some(pipeline) = pipelines.and_then(|found| found.into_iter().next()) else {
        return Ok(Vec::new());
    };
    let path = format!("/api/v4/projects/{project}/pipelines/{}/test_report", pipeline.id);
    let Some(report): Option<TestReport> = web.find(&path).await? else { return Ok(Vec::new()) };
    let mut checks = Vec::new();
    for suite in report.test_suites {
        let failed =
            if may_fail.contains(&suite.name) { Standing::Skipped } else { Standing::Failed };
        if let Some(why) = suite.suite_error {
            checks.push(Check {
                group: suite.name.clone(),
                name: "(the report)".into(),
                standing: failed,
                millis: None,
                text: format!("GitLab could not read it: {why}"),
            });
        }
        checks.extend(suite.test_cases.into_iter().map(|case| test(&suite.name, case, failed)));
    }
    Ok(checks)
}

fn test(suite: &str, case: TestCase, failed: Standing) -> Check {
    let output = match case.system_output {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    let millis = case.execution_time.filter(|seconds| (0.0..1e9).contains(seconds));
    Check {
        group: case.classname.filter(|name| !name.is_empty()).unwrap_or_else(|| suite.to_owned()),
        name: case.name,
        standing: match case.status.as_str() {
            "success" => Standing::Passed,
            "skipped" => Standing::Skipped,
            _ => failed,
        },
        millis: millis.map(|seconds| (seconds * 1000.0).round() as u64),
        text: [output, case.stack_trace].into_iter().flatten().collect::<Vec<_>>().join("\n"),
    }
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
