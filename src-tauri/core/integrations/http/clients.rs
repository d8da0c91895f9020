//! The clients that are made, one for each way: making one reads all authorities that this machine trusts,
//! which costs more than most calls. Each call still makes a connection of its own.

use super::{CONNECT_TIMEOUT, address, reach::Way, root_cause};
use crate::error::{Error, Result};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// After that a client is made anew: an authority that was installed meanwhile is trusted, one that was
/// taken out is not any more.
const LASTS: Duration = Duration::from_secs(60);

static MADE: LazyLock<Mutex<HashMap<Way, (Instant, reqwest::Client)>>> =
    LazyLock::new(Mutex::default);

/// Errors are at `proxy` and `ca`, with the remedy.
pub fn by(way: &Way) -> Result<reqwest::Client> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    // Here goes whatever nobody asks for any more, too.
    made.retain(|_, (at, _)| at.elapsed() < LASTS);
    if let Some((_, client)) = made.get(way) {
        return Ok(client.clone());
    }
    let client = make(way)?;
    made.insert(way.clone(), (Instant::now(), client.clone()));
    Ok(client)
}

fn make(way: &Way) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(0)
        .referer(false)
        .user_agent(concat!("hotfix-desk/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(address::CheckedResolver);
    builder = match way.proxy()? {
        Some(url) => builder.proxy(reqwest::Proxy::all(url).map_err(|_| {
            Error::field("proxy", "The proxy's address cannot be used.")
                .hint("Write it like http://proxy.example.com:3128.")
        })?),
        None => builder.no_proxy(),
    };
    let authorities = way.authorities()?;
    let own = !authorities.is_empty();
    if own {
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(|error| {
        let cause = root_cause(&error);
        if own {
            return Error::field("ca", format!("No authority can be made of this: {cause}."))
                .hint("Paste the certificate of the authority itself, as PEM.");
        }
        Error::internal(format!("The HTTP client could not be made: {cause}."))
    })
}
