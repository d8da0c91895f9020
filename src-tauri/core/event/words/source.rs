//! A place where reports are kept by others, and what of it becomes which field of an issue.

use super::{CalendarScope, CatalogId, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceSystem {
    #[default]
    Alertmanager,
    Imap,
    Github,
    Gitlab,
    Sentry,
    Prometheus,
    /// A calendar (.ics), whose events become calendar entries and no issues.
    Ics,
}

/// Something that is read every so often. Its secret, if it has one, is kept in the keychain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Source {
    pub id: CatalogId,
    pub name: String,
    pub system: SourceSystem,
    /// https://alerts.example.com, imaps://mail.example.com; of a calendar also a file of the machine
    /// that reads it.
    pub address: String,
    /// `host` or `host:port` that may be reached; empty means the address's own.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What is asked: a repository, a project, a folder, matchers, PromQL.
    #[serde(default)]
    pub query: String,
    #[serde(default)]
    pub user: String,
    /// It wants a secret: a token, a password.
    #[serde(default)]
    pub secret: bool,
    /// What an issue gets that no label says otherwise for.
    #[serde(default)]
    pub product: Option<CatalogId>,
    #[serde(default)]
    pub component: String,
    #[serde(default)]
    pub environment: String,
    /// Which label gives which field.
    #[serde(default)]
    pub labels: Vec<LabelRule>,
    /// Alerts and series that agree in these labels are one trouble.
    #[serde(default)]
    pub group_by: Vec<String>,
    pub every_seconds: u32,
    /// What began before is left where it is.
    #[serde(default)]
    pub since: Option<Instant>,
    #[serde(default)]
    pub paused: bool,
    /// What the events of a calendar become.
    #[serde(default)]
    pub calendar: Box<CalendarScope>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LabelRule {
    pub label: String,
    pub field: LabelField,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelField {
    Product,
    Component,
    Version,
    Environment,
}

impl Source {
    /// The whole path of the calendar file that it names, as typed (`/…`, `~/…`, `C:\…`, `file:///…`);
    /// none where it names an address.
    pub fn file(&self) -> Option<String> {
        let typed = self.address.trim();
        let of_windows = |path: &str| {
            let mut letters = path.chars();
            letters.next().is_some_and(|drive| drive.is_ascii_alphabetic())
                && letters.next() == Some(':')
                && matches!(letters.next(), Some('\\' | '/'))
                && !path.contains("://")
        };
        if self.system != SourceSystem::Ics {
            None
        } else if typed.starts_with('/') || typed.starts_with("~/") || of_windows(typed) {
            Some(typed.to_owned())
        } else {
            let url = url::Url::parse(typed).ok().filter(|url| url.scheme() == "file")?;
            Some(url.to_file_path().ok()?.to_str()?.to_owned())
        }
    }

    /// What names things uniquely there (`Origin::source`). Two sources that read the same place
    /// have the same name for it, so that nothing becomes two issues by being read twice.
    pub fn place(&self) -> String {
        let query = self.query.split_whitespace().next().unwrap_or_default().trim_matches('/');
        let host = url::Url::parse(&self.address)
            .ok()
            .and_then(|url| {
                let host = url.host_str()?.to_owned();
                Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
            })
            .unwrap_or_default();
        let on = |public: &[&str], system: &str| match public.contains(&host.as_str()) {
            true => format!("{system}:{query}"),
            false => format!("{system}:{host}/{query}"),
        };
        match self.system {
            SourceSystem::Github => on(&["api.github.com", "github.com"], "github"),
            SourceSystem::Gitlab => on(&["gitlab.com"], "gitlab"),
            SourceSystem::Sentry => on(&["sentry.io", "us.sentry.io", "de.sentry.io"], "sentry"),
            SourceSystem::Imap if self.user.contains('@') => format!("mail:{}", self.user),
            SourceSystem::Imap => format!("mail:{}@{host}", self.user),
            SourceSystem::Alertmanager => format!("alertmanager:{}", self.id),
            SourceSystem::Prometheus => format!("prometheus:{}", self.id),
            SourceSystem::Ics => format!("calendar:{}", self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_may_be_a_file_however_its_path_is_written() {
        let of = |system, address: &str| {
            Source { system, address: address.into(), ..Source::default() }.file()
        };
        for (address, path) in [
            ("/home/me/team.ics", Some("/home/me/team.ics")),
            (" ~/team.ics ", Some("~/team.ics")),
            ("file:///home/me/our%20team.ics", Some("/home/me/our team.ics")),
            ("C:\\Users\\me\\team.ics", Some("C:\\Users\\me\\team.ics")),
            ("file://server/team.ics", None),
            ("team.ics", None),
            ("c://host/team.ics", None),
            ("https://calendar.example.com/team.ics", None),
        ] {
            assert_eq!(of(SourceSystem::Ics, address).as_deref(), path, "{address}");
        }
        assert_eq!(of(SourceSystem::Github, "/home/me/team.ics"), None);
    }

    #[test]
    fn the_same_place_has_the_same_name_and_another_server_has_another() {
        let of = |address: &str, query: &str| {
            let source = Source {
                system: SourceSystem::Github,
                address: address.into(),
                query: query.into(),
                ..Source::default()
            };
            source.place()
        };
        assert_eq!(of("https://api.github.com", "acme/shop"), "github:acme/shop");
        assert_eq!(of("https://api.github.com/", "acme/shop labels=bug"), "github:acme/shop");
        assert_eq!(
            of("https://git.acme.example/api/v3", "acme/shop"),
            "github:git.acme.example/acme/shop"
        );
    }
}
