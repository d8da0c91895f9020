//! Reading a tracker in the order in which things changed, so that nothing slips by while it is read.
//!
//! Numbered pages shift when something on an earlier one changes: what slid over the border would
//! never be seen. So each page is asked for by where the last one stopped, that moment included, and
//! what was given at that very moment is left out. First what is open, however old; then whatever
//! changes, from the moment on (by the server's clock) at which the first reading began.

use super::{
    Item, Page, PollError, read_cursor,
    web::{Web, http_date, next_link},
    write_cursor,
};
use crate::{
    clock::Instant,
    error::{Error, Result},
};
use serde::{Deserialize, Serialize};

/// A tracker whose list is sorted by change, the oldest first.
pub trait Tracker {
    fn web(&self) -> &Web;

    /// The list of what changed at or after a moment; only what is open, or what was closed too.
    fn list(&self, since: Option<Instant>, closed_too: bool) -> Result<String, PollError>;

    /// What a page holds, each with the moment it changed.
    fn read(&self, answer: &crate::integrations::http::Answer) -> Result<Vec<Changed>, PollError>;

    /// Nothing that changed before is of interest.
    fn from(&self) -> Option<Instant>;
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

pub async fn poll(tracker: &impl Tracker, cursor: Option<&str>) -> Result<Page, PollError> {
    let mut cursor: Cursor = read_cursor(cursor);
    if cursor.since.is_none() {
        cursor.since = tracker.from();
    }
    let page = cursor.page.take().filter(|page| tracker.web().is_ours(page));
    let list = tracker.list(cursor.since, cursor.changes)?;
    let asked = match &page {
        Some(page) => tracker.web().get(page, &[]).await,
        None => {
            let etag = cursor.etag.as_deref().map(|etag| ("If-None-Match", etag));
            tracker.web().get(&list, etag.as_slice()).await
        }
    };
    let answer = match asked {
        // A page that the server has forgotten: the moment it stood at is still known.
        Err(error) if page.is_some() && error.lasting => tracker.web().get(&list, &[]).await?,
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
    let changed = tracker.read(&answer)?;
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
        whole: false,
    })
}

/// `owner/name`, and the labels that everything of interest carries.
pub fn project(query: &str, example: &str) -> Result<(String, String)> {
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
