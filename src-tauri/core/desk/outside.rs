//! The outside, wired: recipes with their secrets, packages out of the file, channels.

use super::{
    Desk,
    files::typed,
    reach::{For, endpoint_for},
};
use crate::{
    calendar::ics::entries,
    engine::Outside,
    error::{Error, Result},
    event::words::*,
    integrations::{
        deploy,
        intake::{
            self, Access, alertmanager::Alertmanager, file::CalendarFile, github::Github,
            gitlab::Gitlab, ics::Calendar, imap::Mailbox, prometheus::Prometheus, sentry::Sentry,
        },
        message::{self, desktop::Desktop},
        monitor,
        publish::{self, caldav},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// What the engine sees of this desk's surroundings.
pub struct Wired {
    desk: Desk,
    desktop: Arc<Desktop>,
}

impl Wired {
    pub fn new(desk: Desk) -> Self {
        Self { desk, desktop: Arc::default() }
    }
}

/// The name of the one secret that a source has.
pub const SOURCE_SECRET: &str = "secret";

/// Under what the keychain holds a source's secret: no endpoint can be called so.
pub fn source_secrets(id: &CatalogId) -> String {
    format!("source+{id}")
}

/// Under what the keychain holds a published calendar's password: by server, so that it goes to no
/// other when somebody changes the address.
pub fn publish_secret(mark: &str, address: &str) -> Result<(String, String)> {
    let url = url::Url::parse(address.trim()).ok();
    let server =
        url.and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
    let server = server.ok_or_else(|| {
        Error::field("address", "Write the address first: a password is kept for its server.")
    })?;
    Ok((format!("publish+{mark}"), server))
}

/// A calendar ready to be published to.
fn publishable(desk: &Desk, calendar: &PublishedCalendar) -> Result<Arc<dyn publish::Collection>> {
    let mut password = None;
    if !calendar.user.trim().is_empty() {
        caldav::base(&calendar.address, true)?;
        let (place, server) = publish_secret(&calendar.mark, &calendar.address)?;
        password = desk.0.secrets.get(&place, &server)?;
        if password.is_none() {
            return Err(Error::offline(format!("This machine has no password for {server}."))
                .hint("Give it in Settings, Published calendars.")
                .at("password"));
        }
    }
    let (address, user) = (calendar.address.clone(), calendar.user.clone());
    Ok(Arc::new(caldav::Calendar::new(&publish::Access { address, user, password })?))
}

/// A source ready to be read.
fn readable(desk: &Desk, source: &Source) -> Result<Arc<dyn intake::Source>> {
    // A file asks for no secret, whatever an address that stood there before did.
    if let Some(path) = source.file() {
        let machine = &desk.options().device;
        let file = CalendarFile::new(typed(&path), entries::MOST_BYTES, machine)?;
        return Ok(Arc::new(file));
    }
    let secret = match source.secret {
        true => desk.0.secrets.get(&source_secrets(&source.id), SOURCE_SECRET)?,
        false => None,
    };
    if source.secret && secret.is_none() {
        return Err(Error::offline(format!("This machine has no secret for {}.", source.name))
            .hint("Enter it in Settings, Sources.")
            .at("secret"));
    }
    let access = Access {
        address: source.address.clone(),
        hosts: source.hosts.clone(),
        query: source.query.clone(),
        user: source.user.clone(),
        secret,
        group_by: source.group_by.clone(),
        since: source.since,
    };
    Ok(match source.system {
        SourceSystem::Alertmanager => Arc::new(Alertmanager::new(&access)?),
        SourceSystem::Imap => Arc::new(Mailbox::new(&access)?),
        SourceSystem::Github => Arc::new(Github::new(&access)?),
        SourceSystem::Gitlab => Arc::new(Gitlab::new(&access)?),
        SourceSystem::Sentry => Arc::new(Sentry::new(&access)?),
        SourceSystem::Prometheus => Arc::new(Prometheus::new(&access)?),
        SourceSystem::Ics => Arc::new(Calendar::new(&access)?),
    })
}

impl Outside for Wired {
    fn endpoint(&self, target: &Target) -> Result<Arc<dyn deploy::Endpoint>> {
        let catalog = self.desk.catalog()?;
        let endpoint = catalog.endpoint(&target.endpoint).ok_or_else(|| {
            Error::invalid(format!("There is no endpoint “{}”.", target.endpoint))
        })?;
        endpoint_for(&self.desk, endpoint, &For::Target(&target.params))
    }

    fn named_endpoint(&self, endpoint: &Endpoint) -> Result<Arc<dyn deploy::Endpoint>> {
        endpoint_for(&self.desk, endpoint, &For::Question(&BTreeMap::new()))
    }

    fn package(&self, hash: &Digest) -> Result<deploy::Package> {
        let size = self.desk.store().blob_size(hash)?.ok_or_else(|| {
            Error::damaged(format!("The package {} is not in the workspace.", hash.short()))
        })?;
        let (desk, wanted) = (self.desk.clone(), hash.clone());
        let ending = match self.desk.blob_start(&hash.0, 4)?.0.as_slice() {
            b"PK\x03\x04" => PackageFormat::Zip.ending(),
            _ => PackageFormat::TarZst.ending(),
        };
        Ok(deploy::Package::new(
            format!("{}.{ending}", hash.short()),
            size,
            hash.0.clone(),
            move || {
                // The reader borrows the file's connections; a copy of a package is small enough to
                // spool, and spooling keeps the file free while a slow endpoint takes its time.
                let mut spool = tempfile::tempfile()?;
                let mut source = desk.store().blob(&wanted).map_err(std::io::Error::other)?;
                std::io::copy(&mut source, &mut spool)?;
                std::io::Seek::rewind(&mut spool)?;
                Ok(Box::new(spool))
            },
        ))
    }

    fn probe(&self, spec: &ProbeSpec) -> Result<Arc<dyn monitor::Probe>> {
        super::probes::ready(&self.desk, spec)
    }

    fn source(&self, source: &Source) -> Result<Arc<dyn intake::Source>> {
        readable(&self.desk, source)
    }

    fn calendar(&self, calendar: &PublishedCalendar) -> Result<Arc<dyn publish::Collection>> {
        publishable(&self.desk, calendar)
    }

    fn desktop(&self) -> Arc<dyn message::Channel> {
        Arc::clone(&self.desktop) as Arc<dyn message::Channel>
    }

    fn messenger(&self, messenger: &Messenger) -> Result<Arc<dyn message::Channel>> {
        super::messengers::channel(&self.desk, messenger)
    }
}
