//! What a source needs before it can be read. Whether it answers, trying it shows.

use crate::{
    error::{Error, Result},
    event::words::*,
    model::State,
};
use std::collections::BTreeSet;

/// Others' servers are not asked more often.
const SHORTEST: u32 = 5;
const LONGEST: u32 = 7 * 86_400;

pub fn check(source: &Source, state: &State) -> Result<()> {
    use SourceSystem::{Alertmanager, Github, Gitlab, Ics, Imap, Prometheus, Sentry};
    let (schemes, example, query): (&[&str], _, _) = match source.system {
        Alertmanager => (&["https", "http"], "https://alerts.example.com", ""),
        Prometheus => (
            &["https", "http"],
            "https://prometheus.example.com",
            "PromQL that finds trouble: up == 0.",
        ),
        Github => (&["https", "http"], "https://api.github.com", "A repository: acme/shop."),
        Gitlab => (&["https", "http"], "https://gitlab.com", "A project: acme/web/shop."),
        Sentry => (&["https", "http"], "https://sentry.io", "Organization and project: acme/shop."),
        Imap => (&["imaps", "imap"], "imaps://mail.example.com", ""),
        Ics => (
            &["https", "http", "webcal"],
            "https://calendar.example.com/holidays.ics, or name a file with its whole path: \
             /home/me/holidays.ics",
            "",
        ),
    };
    let url = url::Url::parse(&source.address).ok();
    if source.file().is_none()
        && url.is_none_or(|url| !schemes.contains(&url.scheme()) || url.host_str().is_none())
    {
        return Err(Error::field("address", "This is no address that could be read.")
            .hint(format!("Write it like {example}.")));
    }
    if !query.is_empty() && source.query.trim().is_empty() {
        return Err(Error::field("query", "Say what is to be read there.").hint(query));
    }
    if source.system == Imap && source.user.trim().is_empty() {
        return Err(Error::field("user", "The user of the mailbox is missing."));
    }
    if !(SHORTEST..=LONGEST).contains(&source.every_seconds) {
        return Err(Error::field("every_seconds", "It cannot be read so often, or so seldom.")
            .hint(format!("Between {SHORTEST} seconds and a week.")));
    }
    if source.system == Ics {
        super::calendar::check_scope(&source.calendar, state)
            .map_err(|error| error.within("calendar"))?;
    }
    if let Some(product) = &source.product {
        state.product(product).map_err(|_| {
            Error::field("product", format!("There is no product “{product}”."))
                .hint("Settings, Products lists them.")
        })?;
    }
    let mut fields = BTreeSet::new();
    for (row, rule) in source.labels.iter().enumerate() {
        if rule.label.trim().is_empty() {
            return Err(Error::field(format!("labels.{row}.label"), "Name the label."));
        }
        if !fields.insert(rule.label.trim()) {
            return Err(Error::field(
                format!("labels.{row}.label"),
                format!("Two rules are about the label “{}”.", rule.label),
            ));
        }
    }
    Ok(())
}
