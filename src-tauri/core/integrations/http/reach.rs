//! By which way an endpoint is reached: its own proxy, its own certificate authority.
//!
//! Both are said for one endpoint and hold for that one alone. Deliberately absent: a switch that
//! turns the verification of certificates off, a proxy of the environment, and a proxy's password
//! (it would stand in the workspace).

use super::AllowedHosts;
use crate::error::{Error, Result};
use reqwest::Certificate;
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
        let text = self.ca.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let wrong = |why: &str| {
            Error::field("ca", format!("This is no certificate of an authority: {why}.")).hint(
                "Paste the PEM text: it begins with -----BEGIN CERTIFICATE----- and ends with \
                 -----END CERTIFICATE-----.",
            )
        };
        if text.len() > MOST_PEM {
            return Err(wrong("it is longer than 256 KiB"));
        }
        if text.contains("PRIVATE KEY-----") {
            return Err(wrong("there is a private key in it, which belongs to the server alone"));
        }
        let found = Certificate::from_pem_bundle(text.as_bytes())
            .map_err(|error| wrong(super::root_cause(&error).trim_end_matches('.')))?;
        if found.is_empty() {
            return Err(wrong("there is no certificate in it"));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
