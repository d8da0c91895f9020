//! Which hosts and addresses a call may go to.

use crate::{
    error::Error,
    web::{Hosts, place},
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};
use url::{Host, Url};

/// The hosts one endpoint may reach. Private and loopback hosts may be listed; a link-local one stays refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Hosts);

impl AllowedHosts {
    /// Errors name the entry that cannot be read.
    pub fn new<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        Hosts::new(hosts).map(Self)
    }

    /// The host of a URL, for an endpoint whose base address is its whole list.
    pub fn of_url(url: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::field("base_url", format!("“{url}” is not an address of a web server."))
                .hint("Write it like https://deploy.example.com.")
        };
        let parsed = Url::parse(url).map_err(|_| wrong())?;
        if parsed.host_str().is_none() || parsed.port_or_known_default().is_none() {
            return Err(wrong());
        }
        Self::new([place(&parsed)])
    }

    /// The parsed URL if it may be called, else the sentence that says why not.
    pub(crate) fn check(&self, text: &str) -> Result<Url, String> {
        let url =
            Url::parse(text).map_err(|_| "The address of the call is not a URL.".to_string())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("Calls go to http and https, not to {}.", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "The address holds a user or a password; use a header with a secret.".into()
            );
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        if literal.is_some_and(|address| forbidden(address).is_some()) {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Err(Refusal { host }.to_string());
        }
        if !self.0.covers(&url) {
            return Err(format!(
                "{} is not among the hosts this endpoint may reach. Add it in Settings.",
                place(&url)
            ));
        }
        Ok(url)
    }
}

/// A name or a literal that leads to an address which is never called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    host: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is a link-local or metadata address, which is never called.", self.host)
    }
}

impl std::error::Error for Refusal {}

/// Resolves with the system's resolver and refuses a name if *any* of its addresses is forbidden:
/// an honest host has none.
pub(super) struct CheckedResolver;

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_string();
        Box::pin(async move { Ok(Box::new(resolve(&host, 0).await?.into_iter()) as Addrs) })
    }
}

/// Where a host is, by the same rule; for what is dialled without HTTP.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    if found.iter().any(|address| forbidden(address.ip()).is_some()) {
        return Err(Refusal { host: host.to_owned() }.into());
    }
    Ok(found)
}

/// Why an address may never be called, if so. An IPv4 address inside an IPv6 one is looked at too.
fn forbidden(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<&'static str> {
    const METADATA: [Ipv4Addr; 2] =
        [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192)];
    if address.is_link_local() {
        return Some("link-local");
    }
    if METADATA.contains(&address) {
        return Some("metadata");
    }
    // 0.0.0.0 is the machine itself under another name, so a list could not be read literally.
    (address.octets()[0] == 0 || address.is_broadcast() || address.is_multicast())
        .then_some("not a host")
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static str> {
    const METADATA: [Ipv6Addr; 2] = [
        Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
        Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
    ];
    if METADATA.contains(&address) {
        return Some("metadata");
    }
    if address.is_unicast_link_local() {
        return Some("link-local");
    }
    if address.is_unspecified() || address.is_multicast() {
        return Some("not a host");
    }
    let s = address.segments();
    let low = || {
        let [a, b] = s[6].to_be_bytes();
        let [c, d] = s[7].to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    if address.to_ipv4_mapped().is_some() || s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return forbidden_v4(low());
    }
    // 2002::/16 (6to4) carries the IPv4 address in its second and third groups.
    if s[0] == 0x2002 {
        let [a, b] = s[1].to_be_bytes();
        let [c, d] = s[2].to_be_bytes();
        return forbidden_v4(Ipv4Addr::new(a, b, c, d));
    }
    // ::a.b.c.d, long deprecated, is still dialled by some stacks; ::1 is loopback.
    (s[..6] == [0; 6] && !address.is_loopback()).then(|| forbidden_v4(low())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hosts: &[&str], url: &str) -> Result<String, String> {
        AllowedHosts::new(hosts).unwrap().check(url).map(|url| url.to_string())
    }

    #[test]
    fn only_listed_hosts_are_called() {
        assert!(check(&["ci.example.com"], "https://ci.example.com/x").is_ok());
        assert!(check(&["ci.example.com"], "https://CI.example.com/x").is_ok());
        assert!(check(&["ci.example.com"], "https://ci.example.com:8443/x").is_err());
        assert!(check(&["ci.example.com:8443"], "https://ci.example.com:8443/x").is_ok());
        assert!(check(&["ci.example.com:8443"], "https://ci.example.com/x").is_err());
        assert!(check(&["ci.example.com"], "https://evil.ci.example.com/").is_err());
        assert!(check(&["ci.example.com"], "https://ci.example.com.evil.org/").is_err());
        assert!(check(&["ci.example.com"], "https://ci.example.com@evil.org/").is_err());
        assert!(check(&["ci.example.com"], "file:///etc/passwd").is_err());
        assert!(check(&[], "https://ci.example.com/").is_err());
    }

    #[test]
    fn a_listed_loopback_or_private_host_is_legitimate() {
        assert!(check(&["127.0.0.1:8080"], "http://127.0.0.1:8080/").is_ok());
        assert!(check(&["[::1]:8080"], "http://[::1]:8080/").is_ok());
        assert!(check(&["[::1]"], "http://[::1]/").is_ok());
        assert!(check(&["10.1.2.3"], "http://10.1.2.3/").is_ok());
        assert!(check(&["localhost:9"], "http://localhost:9/").is_ok());
    }

    #[test]
    fn metadata_and_link_local_literals_are_refused_even_when_listed() {
        for host in [
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "0.0.0.0",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[::ffff:169.254.169.254]",
            "[::169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:a9fe:a9fe::1]",
            // Other spellings of 169.254.169.254 that a URL parser normalises.
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
        ] {
            let answer = check(&[host], &format!("http://{host}/latest/meta-data/"));
            assert!(answer.is_err_and(|why| why.contains("never called")), "{host}");
        }
    }

    #[test]
    fn a_name_that_resolves_to_a_forbidden_address_is_refused_by_the_same_rule() {
        for (text, refused) in
            [("169.254.169.254", true), ("fe80::1", true), ("127.0.0.1", false), ("::1", false)]
        {
            assert_eq!(forbidden(text.parse().unwrap()).is_some(), refused, "{text}");
        }
    }

    #[test]
    fn a_host_list_explains_its_mistakes() {
        for wrong in ["https://x.example.com", "x/y", "u@x", "x?y", "", "x:99999"] {
            assert!(AllowedHosts::new([wrong]).is_err(), "{wrong}");
        }
    }
}
