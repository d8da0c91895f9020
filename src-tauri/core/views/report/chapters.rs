//! The chapters of a report, in the order in which one reads them. Pure: states in, text out.

mod after;
mod before;
mod deployment;

use super::{
    super::word,
    case::Case,
    document::{Blocks, Document, Item, Spans, Table, mono, plain, strong},
};
use crate::{clock::Instant, event::words::*, model::hotfix::Hotfix};
use serde::Serialize;

pub fn write(case: &Case) -> Document {
    let mut out = Blocks::default();
    before::head(case, &mut out);
    before::wrong(case, &mut out);
    before::priority(case, &mut out);
    before::cause(case, &mut out);
    before::solution(case, &mut out);
    before::changes(case, &mut out);
    before::packages(case, &mut out);
    before::approvals(case, &mut out);
    before::overrides(case, &mut out);
    deployment::deployments(case, &mut out);
    after::messages(case, &mut out);
    after::monitoring(case, &mut out);
    after::feedback(case, &mut out);
    after::lessons(case, &mut out);
    after::timeline(case, &mut out);
    after::later(case, &mut out);
    Document {
        key: case.hotfix.key.0.clone(),
        title: one_line(&case.hotfix.title),
        state: state(case),
        blocks: out.0,
    }
}

/// What happened, without what the chapters say of it.
pub fn timeline_alone(
    whole: &Document,
    entries: &[super::super::timeline::TimelineEntry],
) -> Document {
    let mut out = Blocks::default();
    out.table(after::entries(entries));
    Document { blocks: out.0, ..whole.clone() }
}

fn state(case: &Case) -> String {
    let (at, seq) = (time(case.at), case.seq);
    let how = match case.hotfix.phase {
        Phase::Closed => "closed",
        Phase::Cancelled => "cancelled",
        phase => {
            return format!(
                "As of {at} (record {seq}), with the hot fix in {}. It is frozen when the hot fix closes.",
                said(phase)
            );
        }
    };
    format!(
        "As it stood when the hot fix was {how} on {at} (record {seq}). What came later is at the end."
    )
}

fn time(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Of a window: to the minute.
fn minute(at: Instant) -> String {
    at.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// An enum's word as a person reads it.
fn said(value: impl Serialize) -> String {
    word(value).replace('_', " ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn join(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// "1 person", "3 people".
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// " for a reason", or nothing.
fn because(reason: &str) -> String {
    match reason.trim() {
        "" => String::new(),
        reason => format!(": {reason}"),
    }
}

/// Somebody outside by name. Of whom was erased no name is left.
fn named(contact: &Contact) -> String {
    match contact.name.trim() {
        "" => "somebody without a name".into(),
        name => one_line(name),
    }
}

/// What a file is and where its bytes can be told by.
fn file(one: &Attachment) -> Vec<super::document::Span> {
    vec![
        plain(format!("{}, {} bytes, SHA-256 ", one_line(&one.name), one.size)),
        mono(one.hash.0.as_str()),
    ]
}

impl Case {
    fn person(&self, id: &PersonId) -> String {
        one_line(&self.catalog.name_of(id))
    }

    fn team(&self, id: &CatalogId) -> String {
        self.catalog.team(id).map_or_else(|| id.0.clone(), |one| one_line(&one.name))
    }

    fn environment(&self, id: &str) -> String {
        let product = self.catalog.product(&self.hotfix.product);
        product
            .and_then(|product| product.environment(id))
            .map_or_else(|| id.to_owned(), |one| one_line(&one.name))
    }

    /// Why an answer about these bytes is void, if it is.
    fn void(&self, hash: &Digest) -> Option<String> {
        let current = self.hotfix.current()?;
        if &current.package.hash == hash {
            return None;
        }
        let about = match self.hotfix.package(hash) {
            Some(built) => format!("r{}", built.package.revision),
            None => hash.short().to_owned(),
        };
        Some(format!(
            "Void: it is about {about}, and the package is r{}.",
            current.package.revision
        ))
    }
}

/// "r2 (0123456789)".
fn revision(hotfix: &Hotfix, hash: &Digest) -> String {
    match hotfix.package(hash) {
        Some(built) => format!("r{} ({})", built.package.revision, hash.short()),
        None => hash.short().to_owned(),
    }
}
