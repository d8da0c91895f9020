//! WRITE: a file per stage with its requests and its decisions.
//!
//! A decision is pure: it sees the state, the catalog and dated facts through [`State`], and answers
//! with events or a refusal. No I/O, no clock, no SQL, and no stage imports its sibling.

pub mod announce;
pub mod approve;
pub mod close;
pub mod configure;
pub mod deploy;
pub mod develop;
pub mod monitor;
pub mod package;
pub mod redact;
pub mod report;
pub mod schedule;
pub mod triage;
pub mod validate;
mod wanted;

use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{Event, MessageText, Recipient, TitleText, words::*},
    model::{Actor, Decide, Judge, State, Stop, issue::Issue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ts_rs::TS;

pub use wanted::AskConflicts;
use wanted::{check_length, check_window};

/// A request that changes something, and the decision about it.
pub trait Command: DeserializeOwned {
    type Answer: Serialize + DeserializeOwned;

    /// Events, or a refusal with its remedy. Runs again when a stream it looked at has moved.
    fn decide(&self, state: &State, by: &Actor) -> Decide<Self::Answer>;
}

/// The answer of a command that has nothing more to say than that it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Done {}

/// A key for what was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Made {
    pub key: String,
}

impl Made {
    fn new(key: impl ToString) -> Self {
        Self { key: key.to_string() }
    }
}

/// An issue that a decision changed, from one version to another: what an undo takes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Changed {
    pub key: IssueKey,
    #[ts(type = "number")]
    pub before: u64,
    #[ts(type = "number")]
    pub after: u64,
}

/// An issue that could not be decided about, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Left {
    pub key: IssueKey,
    pub why: String,
}

/// What a decision about issues did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct DecidedIssues {
    pub changed: Vec<Changed>,
    pub left: Vec<Left>,
}

/// A hot fix was started, from these issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct MadeHotfix {
    pub key: HotfixKey,
    pub changed: Vec<Changed>,
}

/// Events with the streams they belong to, in order.
type Events = Vec<(String, Event)>;

/// How many issues one decision may be about: what one transaction carries without anybody waiting.
const MOST_ISSUES: usize = 2000;

/// The issues that a request names, each once, loaded together.
fn named<'a>(state: &State, field: &str, keys: &'a [IssueKey]) -> Judge<Vec<&'a IssueKey>> {
    if keys.is_empty() {
        return Err(Error::field(field, "Name at least one issue.").into());
    }
    if keys.len() > MOST_ISSUES {
        return Err(Error::field(
            field,
            format!("{} issues are too many for one decision.", keys.len()),
        )
        .hint(format!("Decide about at most {MOST_ISSUES} at once."))
        .into());
    }
    let mut seen = std::collections::HashSet::new();
    let keys: Vec<&IssueKey> = keys.iter().filter(|key| seen.insert(*key)).collect();
    state.expect(keys.iter().filter(|key| key.0.starts_with("ISS-")).map(|key| key.as_str()))?;
    Ok(keys)
}

/// One decision over several issues, in one append. What cannot be decided refuses all of it, or, if
/// `partly`, is left and named.
fn each(
    state: &State,
    keys: &[IssueKey],
    partly: bool,
    decide: impl Fn(&Issue) -> Judge<Events>,
) -> Judge<(Events, Vec<Left>)> {
    let (mut events, mut left) = (Vec::new(), Vec::new());
    let mut first = None;
    for key in named(state, "keys", keys)? {
        match state.issue(key).and_then(&decide) {
            Ok(decided) => events.extend(decided),
            Err(Stop::Refuse(error)) if partly => {
                left.push(Left { key: key.clone(), why: error.message.clone() });
                first.get_or_insert(error);
            }
            Err(stop) => return Err(stop),
        }
    }
    match first {
        Some(error) if events.is_empty() => Err(error.into()),
        _ => Ok((events, left)),
    }
}

/// Which issues these events change, and from which version to which.
fn changed(state: &State, events: &[(String, Event)]) -> Judge<Vec<Changed>> {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (stream, _) in events.iter().filter(|(stream, _)| stream.starts_with("ISS-")) {
        let place = *places.entry(stream.as_str()).or_insert_with(|| {
            counts.push((stream, 0));
            counts.len() - 1
        });
        counts[place].1 += 1;
    }
    counts
        .into_iter()
        .map(|(key, count)| {
            let key = IssueKey(key.to_owned());
            let before = state.issue(&key)?.version;
            Ok(Changed { key, before, after: before + count })
        })
        .collect()
}

/// What starts a hot fix from issues that may be taken: first the hot fix, then each of them.
fn begin(
    state: &State,
    key: &HotfixKey,
    issues: Vec<IssueKey>,
    product: CatalogId,
    title: String,
    recurrence_of: Option<HotfixKey>,
) -> Judge<Events> {
    let mut priority = Priority::P5;
    let mut resolve_by = None;
    for issue in &issues {
        if let Some(triage) = &state.issue(issue)?.triage {
            priority = priority.min(triage.priority);
            resolve_by = match (resolve_by, triage.resolve_by) {
                (Some(a), Some(b)) => Some(std::cmp::min(a, b)),
                (a, b) => a.or(b),
            };
        }
    }
    let taken: Events = issues
        .iter()
        .map(|issue| (issue.0.clone(), Event::IssueTakenIntoHotfix { hotfix: key.clone() }))
        .collect();
    let private = TitleText { title };
    let started =
        Event::HotfixStarted { issues, product, priority, resolve_by, recurrence_of, private };
    Ok([vec![(key.0.clone(), started)], taken].concat())
}

/// A reminder to people of the catalog, shown at a time. It stays on this desk, and is shown in a dry run, too.
fn reminder<'a>(
    state: &State,
    at: Instant,
    people: impl IntoIterator<Item = &'a PersonId>,
    subject: String,
    body: String,
) -> Event {
    let recipients = people.into_iter().map(|id| Recipient {
        contact: Contact {
            name: state.catalog.name_of(id),
            reach: state.catalog.person(id).map(|one| one.mail.clone()).unwrap_or_default(),
        },
        issue: None,
        call_back: false,
    });
    Event::MessageQueued {
        hotfix: None,
        purpose: Purpose::Reminder,
        channel: MessageChannel::Desktop,
        messenger: None,
        audience: None,
        dry_run: false,
        send_at: at,
        notice: None,
        private: MessageText { subject, body, recipients: recipients.collect() },
    }
}

/// The longest time ahead of a start at which somebody is reminded or told, in minutes.
const LONGEST_LEAD: u32 = 28 * 24 * 60;
const MOST_LEADS: usize = 8;

/// Lead times that can be kept.
fn check_leads(field: &str, minutes: &[u32]) -> Result<()> {
    if minutes.iter().any(|one| *one > LONGEST_LEAD) || minutes.len() > MOST_LEADS {
        let message = "Up to eight times, four weeks ahead at most.";
        return Err(Error::field(field, message));
    }
    Ok(())
}

/// A text that must hold more than white space.
fn required(field: &str, text: &str, what: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::field(field, format!("{what} is missing.")));
    }
    Ok(())
}

/// An edit that names the version it is based on is refused once somebody else changed the thing.
fn unchanged(base: Option<u64>, version: u64, what: &str) -> Result<()> {
    match base {
        Some(base) if base != version => Err(Error::conflict(format!(
            "{what} was changed by somebody else while you were editing."
        ))
        .hint("Look at both texts, then save again.")
        .at("version")),
        _ => Ok(()),
    }
}

/// How much of a text a refusal repeats.
const EXCERPT: usize = 2000;

/// An edit based on an older version is refused where this very text was written since, with both
/// texts. Who writes the same again, and who names no version, is let through.
fn not_moved(base: Option<u64>, moved: u64, what: &str, theirs: &str, mine: &str) -> Result<()> {
    if base.is_none_or(|base| base >= moved) || theirs == mine {
        return Ok(());
    }
    let short = |text: &str| match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    Err(Error::conflict(format!("{what} was changed by somebody else while you were editing."))
        .hint(format!(
            "It says: “{}” You wrote: “{}” Look at both, then save again.",
            short(theirs),
            short(mine)
        ))
        .at("version"))
}

fn phase_is(hotfix: &crate::model::hotfix::Hotfix, allowed: &[Phase], what: &str) -> Result<()> {
    if allowed.contains(&hotfix.phase) {
        return Ok(());
    }
    Err(Error::denied(format!("{} is {}: {what}.", hotfix.key, phase_name(hotfix.phase))))
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Development => "in Development",
        Phase::Rollout => "in Rollout",
        Phase::Monitoring => "in Monitoring",
        Phase::Closed => "closed",
        Phase::Cancelled => "cancelled",
    }
}
