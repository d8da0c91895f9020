//! By which way a host is reached: its own proxy, its own certificate authority; and what is sent along.
//!
//! All of it is said for one endpoint, or for the hosts of one access, and holds there alone. Deliberately absent: a switch that
//! turns the verification of certificates off, a proxy of the environment, and a proxy's password
//! (it would stand in the workspace).

use super::{AllowedHosts, Http, record::Mask};
use crate::error::{Error, Result};
use reqwest::Certificate;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use tokio_rustls::rustls;
use url::Url;

/// More than this is no list of authorities.
const MOST_PEM: usize = 256 << 10;

/// Both empty: directly, trusting what this machine trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Way {
    /// `http://host:port`, or empty.
    pub proxy: String,
    /// Certificates as PEM. Where there are any, only these authorities are trusted.
    pub ca: String,
}

impl Way {
    /// Errors are at `proxy`, with the remedy.
    pub fn proxy(&self) -> Result<Option<Url>> {
        let text = self.proxy.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |why: &str| {
            Error::field("proxy", format!("The proxy's address cannot be used: {why}."))
                .hint("Write it like http://proxy.example.com:3128.")
        };
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(&format!("{} is not http or https", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("a user or a password in it would stand in the workspace"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it goes on after the port"));
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        AllowedHosts::new([format!("{host}:{port}")])
            .map_err(|error| wrong(error.message.trim_end_matches('.')))?
            .check(url.as_str())
            .map_err(|why| wrong(why.trim_end_matches('.')))?;
        Ok(Some(url))
    }

    /// Errors are at `ca`, with the remedy.
    pub fn authorities(&self) -> Result<Vec<Certificate>> {
        let all = self.certificates()?;
        let made = all.iter().map(|one| Certificate::from_der(one));
        made.collect::<Result<_, _>>().map_err(|error| no_authority(&super::root_cause(&error)))
    }

    /// The same for whoever judges certificates by itself; none where this machine's are trusted.
    pub fn roots(&self) -> Result<Option<rustls::RootCertStore>> {
        let all = self.certificates()?;
        if all.is_empty() {
            return Ok(None);
        }
        let mut roots = rustls::RootCertStore::empty();
        for one in all {
            roots.add(one).map_err(|error| no_authority(&error.to_string()))?;
        }
        Ok(Some(roots))
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let text = self.ca.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if text.len() > MOST_PEM {
            return Err(no_authority("it is longer than 256 KiB"));
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(no_authority(
                "there is a private key in it, which belongs to the server alone",
            ));
        }
        let found = CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| no_authority(&error.to_string()))?;
        if found.is_empty() {
            return Err(no_authority("there is no certificate in it"));
        }
        Ok(found)
    }
}

fn no_authority(why: &str) -> Error {
    let why = why.trim_end_matches('.');
    Error::field("ca", format!("This is no certificate of an authority: {why}.")).hint(
        "Paste the PEM text: it begins with -----BEGIN CERTIFICATE----- and ends with \
         -----END CERTIFICATE-----.",
    )
}

/// How a look reaches its host. The usual one: directly, with nothing sent along.
#[derive(Clone, Default)]
pub struct Reach {
    pub way: Way,
    /// What is sent along, and to which hosts alone.
    pub along: Option<Along>,
    /// Takes the secret among it out of what is told.
    pub mask: Mask,
}

/// Headers that are meant for some hosts.
#[derive(Clone)]
pub struct Along {
    pub hosts: AllowedHosts,
    pub headers: Vec<(String, String)>,
}

impl Reach {
    /// A client that reaches the host of this address and no other. Errors are at `url`, `proxy` and `ca`.
    pub fn client(&self, address: &str) -> Result<Http> {
        let allowed = AllowedHosts::of_url(address).map_err(|error| error.at("url"))?;
        let wrong = |why| Error::field("url", why);
        allowed.check(address).map_err(wrong)?;
        let http = Http::by(allowed, &self.way)?;
        match &self.along {
            None => Ok(http),
            Some(along) => {
                along.hosts.check(address).map_err(wrong)?;
                Ok(http.sending(along.clone()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
