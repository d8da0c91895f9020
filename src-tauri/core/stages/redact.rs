//! Redaction: a text that should never have been typed, or a person who asks to be forgotten, is
//! taken out of everything that was recorded, for good.
//!
//! An owner or a release manager may do it, with a reason. A record's private part is dropped whole;
//! the redaction, itself a record of the same stream, carries what else stood there and the
//! replacement. Where a text was given by the part of an issue it stands in, each former version of
//! that part goes with it; wherever else the text was quoted (comments, messages, hot fixes, drafts,
//! logs) it is replaced. What stands in a record's data, which the chain covers, cannot go, and
//! neither can copies made before: the answer names both.

use super::{Command, required, unchanged};
use crate::{
    error::Error,
    event::{Event, RedactionText, Replaced, words::*},
    model::{Actor, Decide, Decided, Judge, State, issue::Issue},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use ts_rs::TS;

const REDACTED: &str = "redacted";
/// A shorter passage would be found inside half of all words.
const SHORTEST: usize = 3;
/// A shorter text is replaced where it is all that was written, not inside other texts.
const QUOTED: usize = 8;

/// Where on an issue the text stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Place {
    /// Wherever the passage is found.
    Anywhere,
    Title,
    Description,
    Steps,
    Expected,
    Actual,
    Workaround,
    TellCaller,
    /// By its place among the issue's comments.
    Comment {
        index: u32,
    },
    /// What an affected person said, by their place among the issue's people.
    Said {
        index: u32,
    },
    Attachment {
        hash: Digest,
    },
}

/// Erase a text, or a passage of it, wherever it was recorded. It cannot be undone.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RedactIssue {
    pub key: IssueKey,
    #[ts(type = "number | null")]
    #[serde(default)]
    pub base: Option<u64>,
    pub place: Place,
    /// Only this; the whole text if empty.
    #[serde(default)]
    pub passage: String,
    /// What is read in its place; “redacted” if empty.
    #[serde(default)]
    pub replacement: String,
    pub reason: String,
}

/// Erase a person of an issue (`key` and `contact`) or of the catalog (`person`). It cannot be
/// undone.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ErasePerson {
    pub key: Option<IssueKey>,
    pub contact: Contact,
    pub person: Option<PersonId>,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Redacted {
    /// From how many records something was erased.
    pub records: u32,
    /// The things they belong to.
    pub places: Vec<String>,
    /// What still holds it, in sentences.
    pub stays: Vec<String>,
    /// The file was written anew, so that no free page of it holds a copy.
    pub clean: bool,
}

/// A record that was erased in a later file of this workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Again {
    pub seq: u64,
    pub stream: String,
    /// What was left of its private part; none if nobody knows.
    pub left: Option<Value>,
}

/// Erase once more what a backup has brought back. Whoever restores it need not be allowed to erase:
/// somebody was, and did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EraseAgain {
    pub records: Vec<Again>,
    /// Bytes, each with the stream they belonged to.
    pub blobs: Vec<(String, Digest)>,
}

impl Command for EraseAgain {
    type Answer = Redacted;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Redacted> {
        let mut decided = Decided::new(Redacted::default());
        let streams: BTreeSet<&String> = self
            .records
            .iter()
            .map(|again| &again.stream)
            .chain(self.blobs.iter().map(|(stream, _)| stream))
            .collect();
        for name in streams {
            let mut replaced = Vec::new();
            for past in &state.history(name)?.records {
                let again = self.records.iter().find(|again| again.seq == past.seq);
                let Some(again) = again.filter(|_| !past.private.is_null()) else { continue };
                let private = again.left.clone().unwrap_or_else(|| {
                    let mut private = past.private.clone();
                    each_text(&mut private, &|text| {
                        if !text.is_empty() {
                            REDACTED.clone_into(text);
                        }
                    });
                    private
                });
                replaced.push(Replaced { seq: past.seq, private });
            }
            let attachments: Vec<Digest> = self
                .blobs
                .iter()
                .filter(|(stream, _)| stream == name)
                .map(|(_, hash)| hash.clone())
                .collect();
            if replaced.is_empty() && attachments.is_empty() {
                continue;
            }
            let records: Vec<u64> = replaced.iter().map(|one| one.seq).collect();
            decided.answer.records += records.len() as u32;
            decided.answer.places.push(name.clone());
            decided.erase.records.extend(&records);
            decided.erase.blobs.extend(attachments.iter().cloned());
            let text = "It was erased before; the backup was older.".into();
            let private = RedactionText { text, replaced };
            decided.push(name, Event::Redacted { records, attachments, private });
        }
        Ok(decided)
    }
}

fn may_erase(state: &State, by: &Actor, reason: &str) -> Judge<()> {
    let allowed = state.catalog.person(&by.person).is_some_and(|person| {
        person.roles.iter().any(|role| matches!(role, Role::Owner | Role::ReleaseManager))
    });
    if !allowed {
        return Err(Error::denied("Only an owner or a release manager may erase something.")
            .hint("Ask one of them; Settings, People shows who they are.")
            .into());
    }
    required("reason", reason, "The reason, which stays on the timeline,")?;
    Ok(())
}

/// Looks at each record of some streams and collects what `change` changed.
fn erase(
    state: &State,
    streams: &BTreeSet<String>,
    reason: &str,
    change: &dyn Fn(&str, &str, &mut Value),
) -> Judge<Decided<Redacted>> {
    let mut decided = Decided::new(Redacted::default());
    for name in streams {
        let history = state.history(name)?;
        let kinds: HashMap<u64, &str> =
            history.records.iter().map(|past| (past.seq, past.kind.as_str())).collect();
        let mut replaced = Vec::new();
        for past in &history.records {
            let mut private = past.private.clone();
            change_record(&kinds, &past.kind, &mut private, &|kind, value| {
                change(name, kind, value)
            });
            if private != past.private {
                replaced.push(Replaced { seq: past.seq, private });
            }
        }
        if replaced.is_empty() {
            continue;
        }
        let records: Vec<u64> = replaced.iter().map(|one| one.seq).collect();
        decided.answer.records += records.len() as u32;
        decided.answer.places.push(name.clone());
        decided.erase.records.extend(&records);
        let private = RedactionText { text: reason.trim().to_owned(), replaced };
        decided.push(name, Event::Redacted { records, attachments: Vec::new(), private });
    }
    Ok(decided)
}

/// An earlier redaction holds what other records say now; each is changed as what it stands for.
fn change_record(
    kinds: &HashMap<u64, &str>,
    kind: &str,
    private: &mut Value,
    change: &dyn Fn(&str, &mut Value),
) {
    if let Some(held) = private.get_mut("replaced").and_then(Value::as_array_mut) {
        for one in held {
            let of = one.get("seq").and_then(Value::as_u64);
            let kind = of.and_then(|seq| kinds.get(&seq)).copied().unwrap_or_default();
            if let Some(inner) = one.get_mut("private") {
                change_record(kinds, kind, inner, change);
            }
        }
        // Only the reason is left to look at: what it holds has been.
        if let Some(reason) = private.get_mut("text") {
            change("", reason);
        }
        return;
    }
    change(kind, private);
}

/// Every string within a value.
fn each_text(value: &mut Value, change: &dyn Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(values) => values.iter_mut().for_each(|one| each_text(one, change)),
        Value::Object(fields) => fields.values_mut().for_each(|one| each_text(one, change)),
        _ => {}
    }
}

fn note_copies(state: &State, decided: &mut Decided<Redacted>, texts: &[&str]) -> Judge<()> {
    let files = unsearched(state, decided)?;
    let stays = &mut decided.answer.stays;
    stays.push(
        "Backups, exports and reports made before still hold it, as does what was sent; a backup that \
         is restored on this machine loses it again."
            .into(),
    );
    if !files.is_empty() {
        stays.push(format!(
            "Files are not searched and may still hold it: {}. Look into them; an attachment of an \
             issue can be erased by itself.",
            files.join("; ")
        ));
    }
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let fixed = &state.mentions(text)?.fixed;
        if let Some(first) = fixed.first() {
            stays.push(format!(
                "{} records hold it in a field the journal cannot erase (a component, a version, a \
                 file's name, an id); the first is record {first}.",
                fixed.len()
            ));
        }
    }
    Ok(())
}

/// The files that belong to what was erased, in words: nobody looks into their bytes.
fn unsearched(state: &State, decided: &Decided<Redacted>) -> Judge<Vec<String>> {
    let mut files = Vec::new();
    for place in &decided.answer.places {
        if place.starts_with("ISS-") {
            let all = &state.issue(&IssueKey(place.clone()))?.attachments;
            let left: Vec<&str> = all
                .iter()
                .filter(|one| !decided.erase.blobs.contains(&one.hash))
                .map(|one| one.name.as_str())
                .collect();
            if let Some(first) = left.first() {
                let more = match left.len() {
                    1 => String::new(),
                    all => format!(" and {} more", all - 1),
                };
                files.push(format!("“{first}”{more} of {place}"));
            }
        } else if place.starts_with("HF-") {
            let tests = &state.hotfix(&HotfixKey(place.clone()))?.tests;
            let runs = tests
                .iter()
                .map(|one| &one.evidence)
                .filter(|one| {
                    one.attachment.is_some() || one.list.is_some() || one.output.is_some()
                })
                .count();
            if runs > 0 {
                let word = if runs == 1 { "run" } else { "runs" };
                files.push(format!("reports and output of {runs} test {word} of {place}"));
            }
        } else if place.starts_with("DEP-") {
            let deployment = state.deployment(&DeploymentKey(place.clone()))?;
            let checks = deployment.checks.iter().map(|check| check.attachments.len());
            let said = deployment.sign_offs.iter().chain(&deployment.refusals);
            let evidence: usize = checks.chain(said.map(|one| one.attachments.len())).sum();
            if evidence > 0 {
                let word = if evidence == 1 { "file" } else { "files" };
                files.push(format!("{evidence} {word} of evidence of {place}"));
            }
        }
    }
    Ok(files)
}

impl Place {
    /// The field of a report, in the journal's words.
    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Steps => "steps",
            Self::Expected => "expected",
            Self::Actual => "actual",
            Self::Workaround => "workaround",
            Self::TellCaller => "tell_caller",
            _ => return None,
        })
    }

    fn text<'a>(&self, issue: &'a Issue) -> Option<&'a str> {
        let text = &issue.text;
        Some(match self {
            Self::Title => &text.title,
            Self::Description => &text.description,
            Self::Steps => &text.steps,
            Self::Expected => &text.expected,
            Self::Actual => &text.actual,
            Self::Workaround => &text.workaround,
            Self::TellCaller => &text.tell_caller,
            Self::Comment { index } => &issue.comments.get(*index as usize)?.text,
            Self::Said { index } => &issue.people.get(*index as usize)?.said,
            Self::Anywhere | Self::Attachment { .. } => "",
        })
    }
}

impl Command for RedactIssue {
    type Answer = Redacted;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Redacted> {
        may_erase(state, by, &self.reason)?;
        let issue = state.issue(&self.key)?;
        unchanged(self.base, issue.version, &self.key.0)?;
        if let Place::Attachment { hash } = &self.place {
            return self.attachment(state, issue, hash);
        }
        let there = self.place.text(issue).ok_or_else(|| {
            Error::field("place", format!("{} has no such text.", self.key))
                .hint("`hotfix issue show` lists comments and people, counted from 0.")
        })?;
        let passage = self.passage.as_str();
        let whole = passage.is_empty();
        if whole && there.is_empty() {
            return Err(Error::field("passage", "There is no text here to erase.").into());
        }
        if !whole && passage.trim().chars().count() < SHORTEST {
            return Err(Error::field(
                "passage",
                "The passage is too short to be told from others.",
            )
            .hint("Name at least three characters, or erase the whole text.")
            .into());
        }
        if self.place != Place::Anywhere && !there.contains(passage) {
            return Err(Error::field("passage", "This passage does not stand in that text.").into());
        }
        let needle = if whole { there } else { passage };
        let replacement =
            if self.replacement.trim().is_empty() { REDACTED } else { self.replacement.as_str() };
        if replacement.contains(needle) || self.reason.contains(needle) {
            return Err(Error::field(
                "reason",
                "The reason and the replacement must not repeat what is to be erased.",
            )
            .into());
        }
        let mut streams: BTreeSet<String> =
            state.mentions(needle)?.streams.iter().cloned().collect();
        streams.insert(self.key.0.clone());
        let inside = !whole || needle.chars().count() >= QUOTED;
        let field = self.place.field().filter(|_| whole);
        let mut decided = erase(state, &streams, &self.reason, &|stream, kind, private| {
            each_text(private, &|text| {
                if text == needle || (inside && text.contains(needle)) {
                    *text = text.replace(needle, replacement);
                }
            });
            // Former versions of this issue's text may have said it in other words.
            if let (Some(field), "issue_reported" | "issue_edited") = (field, kind)
                && stream == self.key.0
                && let Some(Value::String(text)) = private.get_mut(field)
                && !text.is_empty()
            {
                replacement.clone_into(text);
            }
        })?;
        if decided.events.is_empty() {
            return Err(Error::field("passage", format!("{} does not hold this text.", self.key))
                .hint("Copy it exactly as it is shown.")
                .into());
        }
        if inside {
            decided.erase.texts.push((needle.to_owned(), replacement.to_owned()));
        }
        note_copies(state, &mut decided, &[needle])?;
        Ok(decided)
    }
}

impl RedactIssue {
    fn attachment(&self, state: &State, issue: &Issue, hash: &Digest) -> Decide<Redacted> {
        let Some(attachment) = issue.attachments.iter().find(|one| &one.hash == hash) else {
            return Err(Error::field("place.hash", "The issue has no such attachment.").into());
        };
        let mut decided = Decided::new(Redacted::default());
        let private = RedactionText { text: self.reason.trim().to_owned(), replaced: Vec::new() };
        decided.push(
            &self.key.0,
            Event::Redacted { records: Vec::new(), attachments: vec![hash.clone()], private },
        );
        decided.erase.blobs.push(hash.clone());
        decided.answer.places.push(self.key.0.clone());
        note_copies(state, &mut decided, &[])?;
        decided.answer.stays.push(format!(
            "The journal keeps the file's name “{}”, its size and its SHA-256.",
            attachment.name
        ));
        Ok(decided)
    }
}

impl Command for ErasePerson {
    type Answer = Redacted;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Redacted> {
        may_erase(state, by, &self.reason)?;
        let mut streams = BTreeSet::new();
        let (name, reach) = match (&self.key, &self.person) {
            (Some(key), None) => {
                let issue = state.issue(key)?;
                let known = issue.people.iter().any(|one| one.contact == self.contact)
                    || issue.text.reporter == self.contact
                    || issue.comments.iter().any(|one| one.from.as_ref() == Some(&self.contact));
                if !known || self.contact == Contact::default() {
                    return Err(Error::field("contact", format!("{key} knows no such person."))
                        .hint("Name them exactly as `hotfix issue show` does: \"Name <address>\".")
                        .into());
                }
                streams.insert(key.0.clone());
                streams.extend(
                    issue.duplicate_of.iter().chain(&issue.duplicates).map(|k| k.0.clone()),
                );
                streams.extend(issue.hotfix.iter().map(|key| key.0.clone()));
                (self.contact.name.clone(), self.contact.reach.clone())
            }
            (None, Some(id)) => {
                let person = state.person(id)?;
                streams.insert(crate::event::stream::catalog("person", &id.0));
                (person.name.clone(), person.mail.clone())
            }
            _ => {
                return Err(Error::field(
                    "person",
                    "Name one person: of an issue, or of the catalog.",
                )
                .into());
            }
        };
        if name.is_empty() && reach.is_empty() {
            return Err(Error::field("person", "This person was erased already.").into());
        }
        if mentions_alone(&self.reason, &name) || mentions_alone(&self.reason, &reach) {
            return Err(
                Error::field("reason", "The reason must not name who is to be erased.").into()
            );
        }
        // An address is one person's; a name may be another's as well, so it is looked for only
        // where the address, or this issue, has led.
        if !reach.is_empty() {
            streams.extend(state.mentions(&reach)?.streams.iter().cloned());
        } else {
            let messages = state.mentions(&name)?.streams.iter();
            streams.extend(messages.filter(|one| one.starts_with("MSG-")).cloned());
        }
        // Where colleagues write about each other, a name is a colleague's: on the rota and in what one
        // shift tells the next.
        if self.person.is_some() && !name.is_empty() {
            let theirs =
                |one: &&String| one.starts_with("HO-") || one.starts_with("catalog/calendar/");
            streams.extend(state.mentions(&name)?.streams.iter().filter(theirs).cloned());
        }
        let mut decided = erase(state, &streams, &self.reason, &|_, _, private| {
            forget(private, &name, &reach);
            each_text(private, &|text| {
                for known in [&reach, &name] {
                    if mentions_alone(text, known) {
                        *text = replace_alone(text, known);
                    }
                }
            });
        })?;
        if decided.events.is_empty() {
            return Err(Error::field("person", "Nothing is recorded about this person.").into());
        }
        note_copies(state, &mut decided, &[&name, &reach])?;
        if reach.chars().count() >= SHORTEST {
            decided.erase.texts.push((reach, REDACTED.into()));
        }
        if name.contains(char::is_whitespace) || name.chars().count() >= QUOTED {
            decided.erase.texts.push((name, REDACTED.into()));
        } else if !name.is_empty() {
            let kept = "Drafts and logs were not searched for so short a name.";
            decided.answer.stays.push(kept.into());
        }
        if let Some(id) = &self.person {
            let kept = format!("The journal keeps the id “{id}”, which signs what they did.");
            decided.answer.stays.push(kept);
        }
        Ok(decided)
    }
}

/// Empties contacts, and takes the person off the lists of recipients.
fn forget(value: &mut Value, name: &str, reach: &str) {
    let is_them = |fields: &serde_json::Map<String, Value>| {
        let text = |field: &str| fields.get(field).and_then(Value::as_str);
        let (Some(called), Some(at)) = (text("name"), text("reach").or_else(|| text("mail")))
        else {
            return false;
        };
        (!reach.is_empty() && at == reach) || (called == name && (at.is_empty() || at == reach))
    };
    match value {
        Value::Object(fields) if is_them(fields) => {
            // A contact keeps its place among an issue's people; a catalog's person has an id.
            let contact = fields.contains_key("reach");
            for (field, text) in fields.iter_mut() {
                match field.as_str() {
                    "name" => *text = if contact { REDACTED } else { "" }.into(),
                    "reach" | "mail" => *text = "".into(),
                    _ => {}
                }
            }
        }
        Value::Object(fields) => {
            if let Some(Value::Array(recipients)) = fields.get_mut("recipients") {
                recipients.retain(|one| {
                    !one.get("contact").and_then(Value::as_object).is_some_and(is_them)
                });
            }
            fields.values_mut().for_each(|one| forget(one, name, reach));
        }
        Value::Array(values) => values.iter_mut().for_each(|one| forget(one, name, reach)),
        _ => {}
    }
}

/// The places where a name stands by itself, not inside a longer word.
fn alone<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !name.is_empty()
            && !before.is_some_and(char::is_alphanumeric)
            && !after.is_some_and(char::is_alphanumeric)
    })
}

fn mentions_alone(text: &str, name: &str) -> bool {
    alone(text, name).next().is_some()
}

fn replace_alone(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for at in alone(text, name) {
        out.push_str(&text[from..at]);
        out.push_str(REDACTED);
        from = at + name.len();
    }
    out.push_str(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_inside_a_longer_word_is_somebody_elses() {
        assert_eq!(replace_alone("Sam and Samuel: Sam.", "Sam"), "redacted and Samuel: redacted.");
        assert_eq!(replace_alone("اتصل علي اليوم", "علي"), "اتصل redacted اليوم");
    }

    #[test]
    fn a_person_goes_from_contacts_and_recipients_and_a_namesake_stays() {
        let contact = |name: &str, reach: &str| serde_json::json!({ "name": name, "reach": reach });
        let mut text = serde_json::json!({
            "reporter": contact("Ann", "ann@example.org"),
            "recipients": [
                { "contact": contact("Ann", "ann@example.org") },
                { "contact": contact("Ann", "another@example.org") },
            ],
        });
        forget(&mut text, "Ann", "ann@example.org");
        assert_eq!(text["reporter"], contact("redacted", ""));
        assert_eq!(text["recipients"].as_array().map(Vec::len), Some(1));
        assert_eq!(text["recipients"][0]["contact"]["reach"], "another@example.org");
    }
}
