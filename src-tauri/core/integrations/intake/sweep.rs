//! Reading a tracker in the order in which things changed, so that nothing slips by while it is read.
//!
//! Numbered pages shift when something on an earlier one changes: what slid over the border would
//! never be seen. So each page is asked for by where the last one stopped, that moment included, and
//! what was given at that very moment is left out. First what is open, however old; then whatever
//! changes, from the moment on (by the server's clock) at which the first reading began.

use super::{
    Access, Item, Page, PollError, Source, read_cursor,
    web::{Sign, Web, http_date, next_link},
    write_cursor,
};
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fmt, marker::PhantomData};

/// What tells one tracker from another. Its list is sorted by change, the oldest first.
pub trait Dialect: Send + Sync + 'static {
    const NAME: &'static str;
    /// Of an address, and of a project.
    const EXAMPLES: [&'static str; 2];
    const SIGN: Sign;
    /// The parameter that asks for what changed at or after a moment.
    const SINCE: &'static str;
    type Issue: DeserializeOwned;

    fn path(project: &str) -> String;
    /// What asks for what is open, or for what was closed too.
    fn query(closed_too: bool) -> Vec<(&'static str, &'static str)>;
    fn changed(issue: Self::Issue) -> Changed;
}

/// A tracker's project.
pub struct Tracker<D> {
    web: Web,
    project: String,
    labels: String,
    /// Nothing that changed before is of interest.
    since: Option<Instant>,
    dialect: PhantomData<D>,
}

pub struct Changed {
    pub at: Instant,
    /// Nothing for what the list holds beside issues.
    pub item: Option<Item>,
    /// The tracker's own name of it.
    pub id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// Where the last page stopped.
    since: Option<Instant>,
    /// What was given of that very moment.
    given: Vec<String>,
    /// The server's next page, where one moment holds more than a page.
    page: Option<String>,
    /// What is open has been read to its end.
    changes: bool,
    /// When that reading began.
    began: Option<Instant>,
    /// What the server called its last answer.
    etag: Option<String>,
}

impl<D: Dialect> Tracker<D> {
    pub fn new(access: &Access) -> Result<Self> {
        let [address, example] = D::EXAMPLES;
        let (project, labels) = project(&access.query, example)?;
        let web = Web::new(access, D::SIGN, D::NAME, address)?;
        Ok(Self { web, project, labels, since: access.since, dialect: PhantomData })
    }

    fn list(&self, since: Option<Instant>, closed_too: bool) -> Result<String, PollError> {
        let since = since.map(|at| at.to_string());
        let mut query = D::query(closed_too);
        query.extend(since.as_deref().map(|since| (D::SINCE, since)));
        if !self.labels.is_empty() {
            query.push(("labels", &self.labels));
        }
        self.web.url(&D::path(&self.project), &query)
    }

    fn read(&self, answer: &crate::integrations::http::Answer) -> Result<Vec<Changed>, PollError> {
        let issues: Vec<D::Issue> = self.web.json(answer)?;
        Ok(issues.into_iter().map(D::changed).collect())
    }
}

impl<D> fmt::Debug for Tracker<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracker").field("web", &self.web).finish_non_exhaustive()
    }
}

#[async_trait]
impl<D: Dialect> Source for Tracker<D> {
    async fn poll(&self, cursor: Option<&str>) -> Result<Page, PollError> {
        let mut cursor: Cursor = read_cursor(cursor);
        if cursor.since.is_none() {
            cursor.since = self.since;
        }
        let page = cursor.page.take().filter(|page| self.web.is_ours(page));
        let list = self.list(cursor.since, cursor.changes)?;
        let asked = match &page {
            Some(page) => self.web.get(page, &[]).await,
            None => {
                let etag = cursor.etag.as_deref().map(|etag| ("If-None-Match", etag));
                self.web.get(&list, etag.as_slice()).await
            }
        };
        let answer = match asked {
            // A page that the server has forgotten: the moment it stood at is still known.
            Err(error) if page.is_some() && error.lasting => self.web.get(&list, &[]).await?,
            other => other?,
        };
        let Some(answer) = answer else {
            let cursor = write_cursor(&cursor)?;
            return Ok(Page { cursor, ..Page::default() });
        };
        if !cursor.changes && cursor.began.is_none() {
            let date = answer.header("date").and_then(http_date);
            cursor.began = date.map(|seconds| Instant::from_micros(seconds as i64 * 1_000_000));
        }
        let changed = self.read(&answer)?;
        let next = next_link(&answer).filter(|next| !next.empty);
        let old = |one: &Changed| Some(one.at) == cursor.since && cursor.given.contains(&one.id);
        let (given, fresh): (Vec<_>, Vec<_>) = changed.into_iter().partition(old);
        let last = fresh.iter().chain(&given).map(|one| one.at).max().max(cursor.since);
        let here = |one: &&Changed| Some(one.at) == last;
        let mut names: Vec<String> = fresh.iter().filter(here).map(|one| one.id.clone()).collect();
        if last == cursor.since {
            names.append(&mut cursor.given);
        }
        let stood_still = last == cursor.since;
        let mut then = Cursor { since: last, given: names, etag: None, ..cursor };
        match &next {
            Some(next) if stood_still => then.page = Some(next.url.clone()),
            Some(_) => {}
            None if !then.changes => {
                then.changes = true;
                then.since = then.began.take().min(last).or(last);
                then.given.clear();
            }
            // The same question will be asked again: is the answer still the same?
            None if stood_still && page.is_none() => {
                then.etag = answer.header("etag").map(str::to_owned);
            }
            None => {}
        }
        Ok(Page {
            items: fresh.into_iter().filter_map(|one| one.item).collect(),
            cursor: write_cursor(&then)?,
            more: next.is_some(),
            ..Page::default()
        })
    }
}

/// `owner/name`, and the labels that everything of interest carries.
fn project(query: &str, example: &str) -> Result<(String, String)> {
    let mut words = query.split_whitespace();
    let project = words.next().unwrap_or_default().trim_matches('/').to_owned();
    let rest = words.collect::<Vec<_>>().join(" ");
    let labels = rest.strip_prefix("labels=").unwrap_or_default().trim_matches('"');
    let wrong = !project.contains('/') || project.contains(['?', '#', '%', '\\']);
    if wrong || labels.is_empty() != rest.is_empty() {
        return Err(Error::field("query", "The project cannot be read.").hint(format!(
            "Write it like {example}; labels=bug,production after it leaves out everything else."
        )));
    }
    let labels = labels.to_owned();
    Ok((project, labels))
}
