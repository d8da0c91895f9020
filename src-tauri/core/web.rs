//! What can be told of web addresses, hosts and headers by looking at them: rules that decisions and
//! integrations share. Nothing is asked or resolved here.

use crate::error::Error;
use std::collections::BTreeSet;
use url::{Host, Url};

/// Hosts that are named, each `host` (the scheme's own port) or `host:port`, compared exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// Errors are at `hosts` and name the entry that cannot be read.
    pub fn new<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let mut named = BTreeSet::new();
        for host in hosts {
            let host = host.as_ref().trim();
            let wrong = || {
                Error::field("hosts", format!("“{host}” is not a host."))
                    .hint("Write host or host:port, without https:// and without a path.")
            };
            let url = Url::parse(&format!("https://{host}")).map_err(|_| wrong())?;
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            if !bare || !url.username().is_empty() || url.password().is_some() {
                return Err(wrong());
            }
            let name = url.host_str().ok_or_else(wrong)?;
            // A written port is kept even where it is the scheme's own, so `host:443` admits both
            // https://host and http://host:443, and plain `host` admits 80 and 443.
            match host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
                Some((_, port)) => named.insert(format!("{name}:{port}")),
                None => {
                    named.insert(format!("{name}:80"));
                    named.insert(format!("{name}:443"))
                }
            };
        }
        Ok(Self(named))
    }

    pub fn covers(&self, url: &Url) -> bool {
        self.0.contains(&place(url))
    }
}

/// `host:port` of an address.
pub fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port_or_known_default().unwrap_or_default())
}

/// Whether an address is one of this very machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether what is sent there cannot be read on its way.
pub fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Whether a header can be called so (RFC 9110, 5.6.2).
pub fn is_header_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(letter)
}

/// Whether a header of that name proves who calls, so that its value is nobody's to see.
pub fn proves_who_calls(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "auth",
        "cookie",
        "token",
        "secret",
        "password",
        "api-key",
        "apikey",
        "crumb",
        "session",
        "signature",
    ];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Whether the client itself writes a header of that name.
pub fn is_the_clients(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "range",
    ];
    NAMES.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_covers_its_own_ports_and_no_other_host() {
        let covers =
            |host: &str, url: &str| Hosts::new([host]).unwrap().covers(&Url::parse(url).unwrap());
        assert!(covers("shop.example.org", "https://SHOP.example.org/cart"));
        assert!(covers("shop.example.org", "http://shop.example.org/"));
        assert!(!covers("shop.example.org", "https://shop.example.org:8443/"));
        assert!(covers("shop.example.org:8443", "https://shop.example.org:8443/"));
        assert!(!covers("shop.example.org", "https://shop.example.org.evil.example/"));
        assert!(!covers("example.org", "https://shop.example.org/"));
        assert!(covers("[::1]:9", "http://[::1]:9/"));
    }

    #[test]
    fn headers_that_carry_a_secret_or_are_the_clients_are_known_in_any_letters() {
        for name in ["Authorization", "Proxy-Authorization", "COOKIE", "X-Api-Key", "X-Auth-Token"]
        {
            assert!(proves_who_calls(name), "{name}");
        }
        assert!(is_the_clients("Host") && is_the_clients("Content-Length"));
        for name in ["Accept-Language", "X-Tenant", "User-Agent"] {
            assert!(!proves_who_calls(name) && !is_the_clients(name) && is_header_name(name));
        }
        assert!(!is_header_name("X Tenant") && !is_header_name("") && !is_header_name("a:b"));
    }
}
