//! The outside, wired: recipes with their secrets, packages out of the file, channels.

use super::Desk;
use crate::{
    engine::Outside,
    error::{Error, Result},
    event::words::*,
    integrations::{
        deploy::{self, http::RecipeEndpoint, recipe::Recipe},
        message::{self, desktop::Desktop},
        monitor::{self, http::HttpProbe},
    },
};
use secrecy::ExposeSecret as _;
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

/// An endpoint ready to be called. `params` are the target's own values.
pub fn recipe_endpoint(
    desk: &Desk,
    endpoint: &Endpoint,
    params: &BTreeMap<String, String>,
) -> Result<RecipeEndpoint> {
    let recipe = if endpoint.recipe == "custom" {
        Recipe::parse(&endpoint.recipe_text)?
    } else {
        Recipe::built_in(&endpoint.recipe).ok_or_else(|| {
            Error::invalid(format!("There is no recipe “{}”.", endpoint.recipe)).at("recipe")
        })?
    };
    let mut settings = params.clone();
    settings.entry("base_url".into()).or_insert_with(|| endpoint.base_url.clone());
    let mut secrets = BTreeMap::new();
    for name in &endpoint.secrets {
        if let Some(secret) = desk.0.secrets.get(&endpoint.id.0, name)? {
            secrets.insert(name.clone(), secret.expose_secret().to_owned());
        }
    }
    RecipeEndpoint::new(recipe, settings, secrets, &endpoint.hosts)
}

impl Outside for Wired {
    fn endpoint(&self, target: &Target) -> Result<Arc<dyn deploy::Endpoint>> {
        let catalog = self.desk.catalog()?;
        let endpoint = catalog.endpoint(&target.endpoint).ok_or_else(|| {
            Error::invalid(format!("There is no endpoint “{}”.", target.endpoint))
        })?;
        Ok(Arc::new(recipe_endpoint(&self.desk, endpoint, &target.params)?))
    }

    fn named_endpoint(&self, endpoint: &Endpoint) -> Result<Arc<dyn deploy::Endpoint>> {
        Ok(Arc::new(recipe_endpoint(&self.desk, endpoint, &BTreeMap::new())?))
    }

    fn package(&self, hash: &Digest) -> Result<deploy::Package> {
        let size = self.desk.store().blob_size(hash)?.ok_or_else(|| {
            Error::damaged(format!("The package {} is not in the workspace.", hash.short()))
        })?;
        let (desk, wanted) = (self.desk.clone(), hash.clone());
        Ok(deploy::Package::new(
            format!("{}.tar.zst", hash.short()),
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
        Ok(Arc::new(HttpProbe::new(
            &spec.method,
            &spec.url,
            &spec.body,
            spec.expect_status,
            &spec.expect_text,
            spec.max_millis,
        )?))
    }

    fn channel(&self, channel: MessageChannel) -> Option<Arc<dyn message::Channel>> {
        match channel {
            MessageChannel::Desktop => Some(Arc::clone(&self.desktop) as Arc<dyn message::Channel>),
            MessageChannel::Clipboard => None,
        }
    }
}
