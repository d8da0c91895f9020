//! Checks of a commit as a CI system keeps them: GitHub's check runs, GitLab's statuses and the test
//! cases of its newest pipeline. Only read.
//!
//! It is Rust and not a recipe because the answer comes in pages and every check has a name of its
//! own; set up like any endpoint all the same: an address, the hosts that may be reached, a token in
//! the keychain.

mod github;
mod gitlab;

use super::http::{AllowedHosts, Answer, Call, Http, without_query};
use crate::error::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);
/// What a page of a hundred checks with their summaries may have.
const PAGE_LIMIT: usize = 16 << 20;
/// What the test cases of a pipeline may have: they come on one page.
const REPORT_LIMIT: usize = 64 << 20;
/// Pages that are read of one commit's checks.
const MOST_PAGES: u32 = 50;

/// The name of the one secret.
pub const TOKEN: &str = "token";

/// How a check stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Passed,
    Failed,
    /// It did not run, or does not matter by its own account.
    Skipped,
    /// It waits or runs.
    Open,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The application or the stage that ran it.
    pub group: String,
    pub name: String,
    pub standing: Standing,
    pub millis: Option<u64>,
    /// What it says of itself, and where it can be looked at.
    pub text: String,
}

/// Where checks are asked for.
pub struct Place {
    pub address: String,
    pub hosts: Vec<String>,
    pub token: Option<SecretString>,
    /// `owner/name`, or the path of a project.
    pub project: String,
}

/// A system that can be asked, as an endpoint's recipe names it.
pub struct System {
    pub recipe: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub address: &'static str,
    dialect: Dialect,
}

#[derive(Clone, Copy)]
enum Dialect {
    Github,
    Gitlab,
}

pub const SYSTEMS: [System; 2] = [
    System {
        recipe: "github-checks",
        title: "GitHub check runs",
        description: "Reads the check runs of a commit, as evidence of tests. It deploys nothing.",
        address: "https://api.github.com",
        dialect: Dialect::Github,
    },
    System {
        recipe: "gitlab-checks",
        title: "GitLab commit statuses",
        description: "Reads the jobs and test reports of a commit, as evidence of tests. It deploys nothing.",
        address: "https://gitlab.com",
        dialect: Dialect::Gitlab,
    },
];

impl System {
    pub fn find(recipe: &str) -> Option<&'static Self> {
        SYSTEMS.iter().find(|system| system.recipe == recipe)
    }

    /// Whether it answers, and lets the token in: what it was asked, and what it said.
    pub async fn ping(&self, place: &Place) -> Result<(String, Answer)> {
        let web = Web::new(self, place)?;
        let path = match self.dialect {
            Dialect::Github => "/rate_limit",
            Dialect::Gitlab => "/api/v4/version",
        };
        let url = web.url(path);
        let answer = web.get(&url).await?;
        Ok((format!("GET {url}"), answer))
    }

    /// Every check of a commit, the newest of each name.
    pub async fn read(&self, place: &Place, commit: &str) -> Result<Vec<Check>> {
        if place.project.trim().is_empty() {
            return Err(Error::field("project", "Say of which project the checks are.")
                .hint("Name it in Settings, Products, as owner/name."));
        }
        if commit.len() < 7 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::field("commit", "Checks are kept by the hash of a commit."));
        }
        let web = Web::new(self, place)?;
        match self.dialect {
            Dialect::Github => github::read(&web, place.project.trim(), commit).await,
            Dialect::Gitlab => gitlab::read(&web, place.project.trim(), commit).await,
        }
    }
}

struct Web {
    http: Http,
    base: String,
    headers: Vec<(String, String)>,
    title: &'static str,
}

impl Web {
    fn new(system: &System, place: &Place) -> Result<Self> {
        let url = url::Url::parse(&place.address).map_err(|error| {
            Error::field("base_url", format!("This is not a web address: {error}."))
                .hint(format!("It looks like {}.", system.address))
        })?;
        let allowed = match place.hosts.is_empty() {
            true => AllowedHosts::of_url(url.as_str()).map_err(|error| error.at("base_url"))?,
            false => AllowedHosts::new(&place.hosts)?,
        };
        allowed.check(url.as_str()).map_err(|why| Error::field("base_url", why))?;
        let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        if let Dialect::Github = system.dialect {
            headers.push(("X-GitHub-Api-Version".to_owned(), "2022-11-28".to_owned()));
        }
        if let Some(token) = &place.token {
            let token = token.expose_secret();
            headers.push(match system.dialect {
                Dialect::Github => ("Authorization".to_owned(), format!("Bearer {token}")),
                Dialect::Gitlab => ("PRIVATE-TOKEN".to_owned(), token.to_owned()),
            });
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http: Http::new(allowed, None)?, base, headers, title: system.title })
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn get(&self, url: &str) -> Result<Answer> {
        let answer = self.ask(url, PAGE_LIMIT).await?;
        if answer.status == 200 { Ok(answer) } else { Err(Self::refused(url, &answer)) }
    }

    /// What may not be there, or not for this token.
    async fn find<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let url = self.url(path);
        let answer = self.ask(&url, REPORT_LIMIT).await?;
        match answer.status {
            200 => self.read(&answer).map(Some),
            403 | 404 => Ok(None),
            _ => Err(Self::refused(&url, &answer)),
        }
    }

    async fn ask(&self, url: &str, limit: usize) -> Result<Answer> {
        let mut call = Call::new("GET", url, TIMEOUT);
        call.answer_limit = limit;
        call.headers.clone_from(&self.headers);
        Ok(self.http.send(call).await?)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, answer: &Answer) -> Result<T> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let title = self.title;
            Error::vendor(format!("{title} answered something else than checks: {error}."))
        })
    }

    fn refused(url: &str, answer: &Answer) -> Error {
        let said = match answer.excerpt() {
            empty if empty.is_empty() => String::new(),
            said => format!(" It says: {said}"),
        };
        let hint = match answer.status {
            401 | 403 => {
                "Enter the token again in Settings, Endpoints: it may have run out, or lacks the right to read."
            }
            404 | 422 => {
                "Look at the project and the commit; without a right to read, some servers say the same."
            }
            429 => "It wants to be left alone for a while.",
            301 | 302 | 307 | 308 => {
                "Calls follow no redirection: enter the new address in Settings, Endpoints."
            }
            _ => "Try again.",
        };
        let place = without_query(url);
        Error::vendor(format!("{place} answers {}.{said}", answer.status)).hint(hint)
    }

    /// Reads page after page, a hundred each, until one is not full.
    async fn pages<T, P: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        rows: impl Fn(P) -> Vec<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let join = if path.contains('?') { '&' } else { '?' };
            let url = self.url(&format!("{path}{join}per_page=100&page={page}"));
            let answer = self.get(&url).await?;
            let rows = rows(self.read(&answer)?);
            let full = rows.len() >= 100;
            all.extend(rows);
            if !full {
                return Ok(all);
            }
        }
        Err(Error::vendor(format!(
            "The commit has more than {} checks, which are not read.",
            MOST_PAGES * 100
        )))
    }
}

/// Milliseconds between two moments of RFC 3339.
fn between(from: Option<&str>, to: Option<&str>) -> Option<u64> {
    let moment = |text: Option<&str>| text?.parse::<jiff::Timestamp>().ok();
    let (from, to) = (moment(from)?, moment(to)?);
    u64::try_from(to.as_millisecond() - from.as_millisecond()).ok()
}
