//! How many days the certificates that a TLS server presents are still good for, and (unless it is not wanted)
//! whether this machine trusts them for that name.
//!
//! Nothing is sent after the handshake. Of what is presented, whatever runs out first counts: a chain
//! is as good as its first gap.

use super::{Outcome, Probe, Sample};
use crate::{
    error::{Error, Result},
    integrations::http::{AllowedHosts, CONNECT_TIMEOUT, address::resolve},
};
use async_trait::async_trait;
use jiff::{Timestamp, civil, tz::TimeZone};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls};
use url::Url;

/// For the whole look.
const TIMEOUT: Duration = Duration::from_secs(15);
const DAY: f64 = 86_400.0;

pub struct CertificateProbe {
    host: String,
    port: u16,
    at_least: f64,
    verified: bool,
}

impl CertificateProbe {
    /// `address` is an https URL, whatever is spoken there; no other host is reached. Errors are at `url`.
    pub fn new(address: &str, at_least: f64, verified: bool) -> Result<Self> {
        let allowed = AllowedHosts::of_url(address).map_err(|error| error.at("url"))?;
        let url = allowed.check(address).map_err(|why| Error::field("url", why))?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port: port(&url), at_least, verified })
    }

    async fn look(&self) -> Result<Sample, String> {
        let places = resolve(&self.host, self.port).await.map_err(|error| error.to_string())?;
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(&*places)).await;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(format!("cannot be reached: {error}")),
            Err(_) => return Err("does not answer".into()),
        };
        let name = ServerName::try_from(self.host.clone()).map_err(|error| error.to_string())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let seen = Arc::new(Seen::new(&provider)?);
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&seen) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let presented = seen.take();
        if presented.ends.is_empty() {
            let why = shaken.err().map_or_else(|| "none".into(), |error| error.to_string());
            return Err(format!("presents no certificate: {why}"));
        }
        Ok(self.judge(&presented, crate::clock::now().timestamp()))
    }

    fn judge(&self, presented: &Presented, now: Timestamp) -> Sample {
        let Some(end) = presented.ends.iter().min() else {
            let detail = "its certificate cannot be read".into();
            return Sample { result: Outcome::Error, value: None, detail };
        };
        let days = (end.as_second() - now.as_second()) as f64 / DAY;
        let day = TimeZone::UTC.to_datetime(*end).date();
        let whole = days.floor();
        let (result, detail) = if days < 0.0 {
            (Outcome::Failure, format!("has been out of date since {day}"))
        } else if let Some(why) = presented.refused.as_ref().filter(|_| self.verified) {
            (Outcome::Failure, format!("is not trusted: {why}"))
        } else if days < self.at_least {
            let least = self.at_least;
            (Outcome::Failure, format!("good until {day}: {whole} days, {least} at least"))
        } else {
            (Outcome::Success, format!("good until {day}: {whole} days"))
        };
        Sample { result, value: Some(whole), detail }
    }
}

fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or(443)
}

#[async_trait]
impl Probe for CertificateProbe {
    async fn sample(&self) -> Sample {
        let place = format!("{}:{}", self.host, self.port);
        let error = |why: String| Sample {
            result: Outcome::Error,
            value: None,
            detail: format!("{place} {why}"),
        };
        match tokio::time::timeout(TIMEOUT, self.look()).await {
            Ok(Ok(sample)) => sample,
            Ok(Err(why)) => error(why),
            Err(_) => error(format!("took longer than {} s", TIMEOUT.as_secs())),
        }
    }
}

#[derive(Debug, Default)]
struct Presented {
    /// When each certificate runs out.
    ends: Vec<Timestamp>,
    /// Why this machine does not trust them for that name.
    refused: Option<String>,
}

/// Lets the handshake go on whatever is presented, and remembers it with what this machine says of it. Nothing is
/// ever sent over such a connection.
#[derive(Debug)]
struct Seen {
    platform: rustls_platform_verifier::Verifier,
    presented: Mutex<Presented>,
}

impl Seen {
    fn new(provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let platform = rustls_platform_verifier::Verifier::new(Arc::clone(provider))
            .map_err(|error| error.to_string())?;
        Ok(Self { platform, presented: Mutex::default() })
    }

    fn take(&self) -> Presented {
        std::mem::take(&mut self.presented.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        first: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let refused = self.platform.verify_server_cert(first, others, name, ocsp, now).err();
        let refused = refused.map(|error| match error {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                "nobody whom this machine trusts has signed it".into()
            }
            rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => "it is for another name".into(),
            rustls::Error::InvalidCertificate(CertificateError::Other(why)) => why.to_string(),
            other => other.to_string(),
        });
        let ends = std::iter::once(first).chain(others).filter_map(|one| good_until(one)).collect();
        *self.presented.lock().unwrap_or_else(PoisonError::into_inner) =
            Presented { ends, refused };
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.platform.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.platform.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}

/// The notAfter of a certificate (RFC 5280, 4.1): version, serial, algorithm and issuer come before it.
fn good_until(certificate: &[u8]) -> Option<Timestamp> {
    let (_, whole, _) = element(certificate)?;
    let (_, mut rest, _) = element(whole)?;
    if rest.first() == Some(&0xa0) {
        rest = element(rest)?.2;
    }
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, rest) = element(validity)?;
    let (tag, text, _) = element(rest)?;
    let text = std::str::from_utf8(text).ok()?;
    // A UTCTime has two digits of the year, which are those of 1950 to 2049.
    let text = match tag {
        0x17 if text.get(..2)? < "50" => format!("20{text}"),
        0x17 => format!("19{text}"),
        0x18 => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize| part(from, from + 2).and_then(|number| i8::try_from(number).ok());
    if text.get(14..) != Some("Z") {
        return None;
    }
    let at = civil::DateTime::new(
        part(0, 4)?,
        small(4)?,
        small(6)?,
        small(8)?,
        small(10)?,
        small(12)?,
        0,
    )
    .ok()?;
    TimeZone::UTC.to_timestamp(at).ok()
}

/// The first element of DER: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = (*bytes.first()?, *bytes.get(1)?, bytes.get(2..)?);
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests;
