//! Which access a probe, a gate or a check may name, and who names one. Pure; asked when something is saved,
//! and again when something is sent.

use super::{State, catalog::Catalog};
use crate::{
    error::{Error, Result},
    event::words::*,
    web::{Hosts, is_private, place},
};
use url::Url;

/// Why an access is not for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsuited {
    /// It does not name that host.
    Host,
    /// Its secret could be read on its way.
    Readable,
    /// It goes through a proxy, and this is looked at directly.
    Proxy,
}

/// Something of the catalog that names an access.
pub struct Use<'a> {
    /// "The probe “Health” of Shop, Staging".
    pub whose: String,
    pub reached: Reached<'a>,
}

/// Whether an access names the host of an address; hosts that cannot be read are none.
pub fn covers(access: &Access, url: &Url) -> bool {
    Hosts::new(&access.hosts).is_ok_and(|hosts| hosts.covers(url))
}

/// Whether an access may be used for that.
pub fn unsuited(access: &Access, reached: &Reached) -> Option<Unsuited> {
    let Ok(url) = Url::parse(reached.url) else { return Some(Unsuited::Host) };
    if !covers(access, &url) {
        return Some(Unsuited::Host);
    }
    if access.wants_secret() && !is_private(&url) {
        return Some(Unsuited::Readable);
    }
    (reached.directly && !access.proxy.trim().is_empty()).then_some(Unsuited::Proxy)
}

/// Refused at `access` or `url` where what is named does not exist, or is not for that address.
pub fn suits(reached: Option<Reached>, state: &State) -> Result<()> {
    let Some(reached) = reached else { return Ok(()) };
    // What it is decided by: an access that moved meanwhile is looked at again.
    state.object("access", &reached.access.0);
    named(&state.catalog, &reached).map(drop)
}

/// The access that is named, if it is for that address.
pub fn named<'a>(catalog: &'a Catalog, reached: &Reached) -> Result<&'a Access> {
    let access = catalog.access(reached.access).ok_or_else(|| {
        Error::field("access", format!("There is no access “{}”.", reached.access))
            .hint("Settings, Access lists them.")
    })?;
    let at = Url::parse(reached.url).map(|url| place(&url)).unwrap_or_default();
    let name = &access.name;
    match unsuited(access, reached) {
        None => Ok(access),
        Some(Unsuited::Host) => Err(Error::field("access", format!("“{name}” is not for {at}."))
            .hint(format!("Choose another, or add {at} to its hosts in Settings, Access."))),
        Some(Unsuited::Readable) => {
            let what = access.secret_word();
            let message =
                format!("Without https:// the {what} of “{name}” could be read on its way.");
            Err(Error::field("url", message).hint("Use https://, or an access without a login."))
        }
        Some(Unsuited::Proxy) => {
            let message = format!("A certificate is looked at directly, and “{name}” has a proxy.");
            Err(Error::field("access", message).hint("Choose an access without one."))
        }
    }
}

/// Who names an access, in the order of the catalog.
pub fn uses<'a>(catalog: &'a Catalog, id: &str) -> impl Iterator<Item = Use<'a>> {
    let of_products = catalog.products().flat_map(|product| {
        product.environments.iter().flat_map(move |environment| {
            let place = format!("{}, {}", product.name, environment.name);
            let of = place.clone();
            let probes = environment.probes.iter().filter_map(move |probe| {
                let whose = format!("The probe “{}” of {of}", probe.name);
                Some(Use { whose, reached: probe.reached_by()? })
            });
            let gates = environment.rollout.waves.iter().flat_map(|wave| &wave.gates);
            let gates = gates.filter_map(move |gate| {
                let whose = format!("The gate “{}” of {place}", gate.name);
                Some(Use { whose, reached: gate.reached_by()? })
            });
            probes.chain(gates)
        })
    });
    let of_checklists = catalog.every_checklist().flat_map(|list| {
        list.items.iter().filter_map(move |item| {
            let whose = format!("The check “{}” of {}", item.text, list.name);
            Some(Use { whose, reached: item.how.reached_by()? })
        })
    });
    of_products.chain(of_checklists).filter(move |used| used.reached.access.0 == id)
}
