//! Fields of the search: `state:new`, `reporter:"Ann Petrov"`, `after:2026-11`.
//!
//! A field's value lies in the index as words that begin with a character of the field's own, out of
//! those for private use, so no text is ever taken for one. What was typed is read here into an
//! expression over such words, or into the sentence that says what would fit.

use super::{rows, text};
use crate::{
    clock::Instant,
    event::words::*,
    model::catalog::Catalog,
    views::{unword, word},
};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Kind = 1,
    State,
    Priority,
    Product,
    Component,
    Version,
    Environment,
    Owner,
    Team,
    Channel,
    Reporter,
    /// When it was reported, started, closed or queued; typed as `before:` and `after:`.
    Day,
}

/// The fields as they are typed, with what each is, in the order in which they are suggested.
pub const NAMES: [(&str, &str); 14] = [
    ("state", "new, triaged, closed, open…"),
    ("priority", "1 to 5, or none"),
    ("product", "a product of the catalog"),
    ("component", "a part of a product"),
    ("version", "as reported: 4.8 finds 4.8.1"),
    ("environment", "where it was seen"),
    ("reporter", "who reported it, or is affected"),
    ("owner", "who takes it; me, or none"),
    ("team", "a team, or none"),
    ("channel", "phone, mail, chat…"),
    ("kind", "issue, hotfix, message, report"),
    ("key", "ISS-12, HF-7"),
    ("after", "a day, month or year, included"),
    ("before", "a day, month or year, left out"),
];

const ISSUE_STATES: [IssueState; 9] = [
    IssueState::New,
    IssueState::NeedsInfo,
    IssueState::Triaged,
    IssueState::InHotFix,
    IssueState::Resolved,
    IssueState::Closed,
    IssueState::Deferred,
    IssueState::Duplicate,
    IssueState::Rejected,
];
const PHASES: [Phase; 5] =
    [Phase::Development, Phase::Rollout, Phase::Monitoring, Phase::Closed, Phase::Cancelled];
const MESSAGE_STATES: [MessageState; 4] =
    [MessageState::Queued, MessageState::Sent, MessageState::Failed, MessageState::Cancelled];
const CHANNELS: [Channel; 7] = [
    Channel::Phone,
    Channel::Mail,
    Channel::Chat,
    Channel::InPerson,
    Channel::Monitoring,
    Channel::Testing,
    Channel::Import,
];

impl Field {
    fn letter(self) -> char {
        char::from_u32(u32::from(text::PRIVATE) + self as u32).unwrap_or(text::PRIVATE)
    }

    /// A value's words in the index.
    pub fn words(self, value: &str) -> Vec<String> {
        // Of ids and states, the whole is one word.
        let whole =
            !matches!(self, Self::Component | Self::Version | Self::Environment | Self::Reporter);
        let words = match whole {
            true => vec![
                value
                    .bytes()
                    .map(|b| char::from(b.to_ascii_lowercase()))
                    .filter(char::is_ascii_alphanumeric)
                    .collect(),
            ],
            false => text::typed(value),
        };
        // An id may be written in any script; what is left of it must still tell it from others.
        let words = match whole && !value.is_ascii() {
            true => vec![text::typed(value).concat()],
            false => words,
        };
        let words = match self {
            // 4.8.1 is 4, 4x8 and 4x8x1: what one looks for is one word.
            Self::Version => (1..=words.len()).map(|count| words[..count].join("x")).collect(),
            _ => words,
        };
        words.into_iter().map(|word| format!("{}{word}", self.letter())).collect()
    }

    /// The expression for one value as a whole.
    fn expression(self, value: &str) -> String {
        format!("\"{}\"", self.words(value).join(" "))
    }
}

/// A field as it was understood.
pub enum Read {
    /// An expression over the index.
    Expression(String),
    /// Exactly these.
    Ids(Vec<i64>),
    /// It fits nothing: what would, in a sentence.
    Wrong(String),
}

/// What values may be looked up in.
pub struct Known<'a> {
    pub catalog: &'a Catalog,
    pub me: &'a PersonId,
    pub now: Instant,
    /// The words of the index that are this one or begin with it, once they are known.
    pub complete: Option<&'a Complete<'a>>,
}

/// Finds words that are this one, or begin with it.
pub type Complete<'a> = dyn Fn(&str, bool) -> Vec<String> + 'a;

/// The name in full, of a name or its beginning (`prio`); nothing if there is none, or several.
pub fn name(typed: &str) -> Option<&'static str> {
    let typed = typed.to_lowercase();
    let typed = match typed.as_str() {
        "is" | "status" | "phase" => "state",
        "env" => "environment",
        "from" | "since" => "after",
        "until" => "before",
        "type" => "kind",
        "by" => "reporter",
        other => other,
    };
    let mut fit = NAMES.iter().map(|(name, _)| *name).filter(|name| name.starts_with(typed));
    let first = fit.next().filter(|_| typed.len() > 1)?;
    (first == typed || fit.next().is_none()).then_some(first)
}

/// Reads a value. `begins`: it may still be being typed.
pub fn read(name: &str, value: &str, begins: bool, known: &Known) -> Read {
    let field = match name {
        "state" => Field::State,
        "priority" => Field::Priority,
        "product" => Field::Product,
        "component" => Field::Component,
        "version" => Field::Version,
        "environment" => Field::Environment,
        "owner" => Field::Owner,
        "team" => Field::Team,
        "channel" => Field::Channel,
        "reporter" => Field::Reporter,
        "kind" => Field::Kind,
        "key" => {
            return match rows::ids(value) {
                Some(ids) => Read::Ids(ids),
                None => Read::Wrong(format!(
                    "“{value}” is no key; keys are such as ISS-12, HF-7 and MSG-3."
                )),
            };
        }
        _ => return day(name, value, known.now),
    };
    if matches!(field, Field::Component | Field::Version | Field::Environment | Field::Reporter) {
        return free(field, name, value, begins, known);
    }
    let values = values(name, known);
    let wanted = plain(value);
    let exact = |one: &&Value| plain(&one.id) == wanted || plain(&one.label) == wanted;
    let fit: Vec<&Value> = match values.iter().find(exact) {
        Some(one) => vec![one],
        None => values
            .iter()
            .filter(|one| {
                !wanted.is_empty()
                    && (plain(&one.id).starts_with(&wanted)
                        || text::typed(&one.label).iter().any(|word| word.starts_with(&wanted))
                        || plain(&one.label).starts_with(&wanted))
            })
            .collect(),
    };
    if fit.is_empty() {
        return Read::Wrong(none_fits(name, value, &values));
    }
    let expressions: BTreeSet<String> =
        fit.into_iter().map(|one| field.expression(&one.id)).collect();
    Read::Expression(expressions.into_iter().collect::<Vec<_>>().join(" OR "))
}

fn none_fits(name: &str, value: &str, values: &[Value]) -> String {
    const MOST: usize = 12;
    if values.is_empty() {
        return format!("There is no {name} “{value}”, and the catalog names none.");
    }
    let mut labels: Vec<&str> = values.iter().take(MOST).map(|one| one.label.as_str()).collect();
    let end = match labels.len() < values.len() {
        true => "…",
        false => ".",
    };
    labels.dedup();
    format!("There is no {name} “{value}”; there are: {}{end}", labels.join(", "))
}

/// A value that people write as they like.
fn free(field: Field, name: &str, value: &str, begins: bool, known: &Known) -> Read {
    let mut words = field.words(value);
    if field == Field::Version {
        // The last has the others in it.
        words.drain(..words.len().saturating_sub(1));
    }
    let Some((last, before)) = words.split_last() else {
        return Read::Wrong(format!("“{name}:” wants a word after it."));
    };
    let Some(complete) = known.complete else {
        let star = if begins { "*" } else { "" };
        return Read::Expression(format!("\"{}\"{star}", words.join(" ")));
    };
    let missing = before.iter().any(|word| complete(word, false).is_empty());
    let mut ends = complete(last, begins);
    if field == Field::Version && ends.first() == Some(last) {
        ends.truncate(1);
    }
    if missing || ends.is_empty() {
        return Read::Wrong(match field {
            Field::Reporter => format!("Nobody who reported anything is called “{value}”."),
            _ => none_fits(name, value, &values(name, known)),
        });
    }
    let phrase = |end: &String| {
        let words: Vec<&String> = before.iter().chain([end]).collect();
        let words: Vec<&str> = words.into_iter().map(String::as_str).collect();
        format!("\"{}\"", words.join(" "))
    };
    Read::Expression(ends.iter().map(phrase).collect::<Vec<_>>().join(" OR "))
}

/// A value of a field: what is typed for it, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub id: String,
    pub label: String,
}

impl Value {
    fn new(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { id: id.into(), label: label.into() }
    }

    fn word(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { label: id.clone(), id }
    }
}

/// The values that a field may have, as far as the catalog or the program knows them.
pub fn values(name: &str, known: &Known) -> Vec<Value> {
    let catalog = known.catalog;
    let mut values: Vec<Value> = match name {
        "state" => {
            let mut words: Vec<String> = vec!["open".into()];
            words.extend(ISSUE_STATES.map(word));
            words.extend(PHASES.map(word));
            words.extend(MESSAGE_STATES.map(word));
            words.into_iter().map(Value::word).collect()
        }
        "priority" => {
            let mut values: Vec<Value> =
                Priority::ALL.map(|priority| Value::word(word(priority))).into();
            values.push(Value::word("none"));
            values
        }
        "kind" => rows::Kind::ALL.iter().map(|kind| Value::word(kind.name())).collect(),
        "channel" => {
            let mut words: Vec<String> = CHANNELS.map(word).into();
            words.extend(MessageChannel::ALL.map(word));
            words.into_iter().map(Value::word).collect()
        }
        "product" => catalog.products().map(|one| Value::new(&one.id.0, &one.name)).collect(),
        "team" => {
            let mut values: Vec<Value> = catalog
                .of_kind("team")
                .filter_map(|object| match object {
                    CatalogObject::Team(team) => Some(Value::new(&team.id.0, &team.name)),
                    _ => None,
                })
                .collect();
            values.push(Value::word("none"));
            values
        }
        "owner" => {
            let mut values = vec![Value::new(&known.me.0, "me")];
            values.extend(catalog.people().map(|one| Value::new(&one.id.0, &one.name)));
            values.push(Value::word("none"));
            values
        }
        "component" => {
            catalog.products().flat_map(|one| &one.components).map(Value::word).collect()
        }
        "version" => catalog.products().flat_map(|one| &one.versions).map(Value::word).collect(),
        "environment" => catalog
            .products()
            .flat_map(|one| &one.environments)
            .map(|one| Value::new(&one.id, &one.name))
            .collect(),
        "after" | "before" => ["today", "yesterday", "7d", "30d"].map(Value::word).into(),
        _ => Vec::new(),
    };
    let mut seen = BTreeSet::new();
    values.retain(|one| seen.insert((one.id.clone(), one.label.clone())));
    values
}

/// A word as values are compared: `needs info`, `Needs-Info` and `needs_info` are one.
fn plain(value: &str) -> String {
    let words = text::typed(value).concat();
    match unword::<Priority>(&format!("P{words}")) {
        Some(_) => format!("p{words}"),
        None => words,
    }
}

/// Days as numbers such as 20261124; a month's end is 99, a year's 9999, so that they compare.
fn day(name: &str, value: &str, now: Instant) -> Read {
    let Some((year, month, day)) = date(value, now) else {
        return Read::Wrong(format!(
            "“{value}” is no day for “{name}:”; write 2026-11-24, 2026-11, 2026, today, yesterday or 7d."
        ));
    };
    // What is named belongs to “after” and not to “before”.
    let mut terms = Vec::new();
    let mut add = |digits: String| terms.push(Field::Day.expression(&digits));
    let years = (1990, day_of(now).year() + 1);
    if name == "after" {
        (year + 1..=years.1).for_each(|year| add(format!("{year:04}")));
        match (month, day) {
            (None, _) => add(format!("{year:04}")),
            (Some(month), day) => {
                (month + 1..=12).for_each(|month| add(format!("{year:04}{month:02}")));
                match day {
                    None => add(format!("{year:04}{month:02}")),
                    Some(day) => {
                        (day..=31).for_each(|day| add(format!("{year:04}{month:02}{day:02}")))
                    }
                }
            }
        }
    } else {
        (years.0..year).rev().for_each(|year| add(format!("{year:04}")));
        if let Some(month) = month {
            (1..month).for_each(|month| add(format!("{year:04}{month:02}")));
            if let Some(day) = day {
                (1..day).for_each(|day| add(format!("{year:04}{month:02}{day:02}")));
            }
        }
    }
    Read::Expression(terms.join(" OR "))
}

fn day_of(at: Instant) -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(at.timestamp()).date()
}

/// A year, perhaps a month, perhaps a day, in UTC.
fn date(value: &str, now: Instant) -> Option<(i16, Option<i8>, Option<i8>)> {
    let value = value.trim().to_lowercase();
    let ago = match value.as_str() {
        "today" => Some(0),
        "yesterday" => Some(1),
        other => match other.strip_suffix('d') {
            Some(days) => Some(days.parse::<u32>().ok().filter(|days| *days < 100_000)?),
            None => None,
        },
    };
    if let Some(days) = ago {
        let at = now.minus(std::time::Duration::from_secs(u64::from(days) * 86_400));
        let date = day_of(at);
        return Some((date.year(), Some(date.month()), Some(date.day())));
    }
    let mut parts = value.split('-');
    let number = |part: Option<&str>, digits: usize| -> Option<Option<i16>> {
        let Some(part) = part else { return Some(None) };
        let fits =
            !part.is_empty() && part.len() <= digits && part.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| part.parse().ok()).flatten().map(Some)
    };
    let year = number(parts.next(), 4)??;
    let month = number(parts.next(), 2)?.map(|month| month as i8);
    let day = number(parts.next(), 2)?.map(|day| day as i8);
    let fits = parts.next().is_none()
        && year >= 1000
        && month.is_none_or(|month| (1..=12).contains(&month))
        && day.is_none_or(|day| (1..=31).contains(&day));
    fits.then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(name: &str, value: &str) -> Read {
        let (catalog, me) = (Catalog::default(), PersonId("rita".into()));
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        read(name, value, false, &Known { catalog: &catalog, me: &me, now, complete: None })
    }

    fn expression(name: &str, value: &str) -> String {
        match read_as(name, value) {
            Read::Expression(text) => text.chars().filter(|c| *c < text::PRIVATE).collect(),
            Read::Ids(ids) => format!("{ids:?}"),
            Read::Wrong(sentence) => sentence,
        }
    }

    #[test]
    fn names_are_known_by_their_beginnings_and_other_words_for_them() {
        assert_eq!(name("prio"), Some("priority"));
        assert_eq!(name("State"), Some("state"));
        assert_eq!(name("is"), Some("state"));
        assert_eq!(name("env"), Some("environment"));
        assert_eq!(name("http"), None);
        assert_eq!(name("p"), None);
    }

    #[test]
    fn values_are_read_however_they_are_typed() {
        assert_eq!(expression("priority", "1"), "\"p1\"");
        assert_eq!(expression("priority", "P2"), "\"p2\"");
        assert_eq!(expression("state", "Needs-Info"), "\"needsinfo\"");
        assert_eq!(expression("state", "mon"), "\"monitoring\"");
        assert_eq!(expression("owner", "me"), "\"rita\"");
        assert_eq!(expression("key", "iss12"), "[12]");
        assert_eq!(expression("version", "4.8"), "\"4x8\"");
    }

    #[test]
    fn what_fits_nothing_says_what_would() {
        assert!(
            expression("state", "xyz")
                .starts_with("There is no state “xyz”; there are: open, new, ")
        );
        assert_eq!(
            expression("priority", "9"),
            "There is no priority “9”; there are: P1, P2, P3, P4, P5, none."
        );
        assert!(expression("after", "soon").contains("2026-11-24"));
        assert!(expression("key", "12").contains("ISS-12"));
    }

    #[test]
    fn days_are_read_as_spans_of_days_months_and_years() {
        assert_eq!(expression("before", "2026-01-03").split(" OR ").last(), Some("\"20260102\""));
        let after = expression("after", "2026-11-24");
        assert!(
            after.contains("\"20261124\"")
                && after.contains("\"202612\"")
                && after.contains("\"2027\"")
        );
        assert!(
            !after.contains("\"20261123\"")
                && !after.contains("\"202611\" ")
                && !after.contains("\"2026\" ")
        );
        assert!(expression("after", "yesterday").contains("\"20261123\""));
        assert_eq!(expression("after", "2026").matches("\"2026").count(), 1);
    }
}
