//! How many days the certificates that a TLS server presents are still good for, and (unless it is not wanted)
//! whether they are trusted for that name: by this machine, or by the authorities that are named.
//!
//! Nothing is sent after the handshake. Of what is presented, whatever runs out first counts: a chain
//! is as good as its first gap.

use super::{Outcome, Probe, Sample};
use crate::{
    error::{Error, Result},
    integrations::http::{AllowedHosts, CONNECT_TIMEOUT, Way, address::resolve},
};
use async_trait::async_trait;
use jiff::{Timestamp, tz::TimeZone};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
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
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

/// For the whole look.
const TIMEOUT: Duration = Duration::from_secs(15);
const DAY: f64 = 86_400.0;

pub struct CertificateProbe {
    host: String,
    port: u16,
    at_least: f64,
    verified: bool,
    /// Those that alone are trusted; none: whom this machine trusts.
    roots: Option<Arc<RootCertStore>>,
}

impl CertificateProbe {
    /// `address` is an https URL, whatever is spoken there; no other host is reached, and no proxy
    /// asked. Errors are at `url` and `ca`.
    pub fn new(address: &str, at_least: f64, verified: bool, way: &Way) -> Result<Self> {
        let allowed = AllowedHosts::of_url(address).map_err(|error| error.at("url"))?;
        let url = allowed.check(address).map_err(|why| Error::field("url", why))?;
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let roots = way.roots()?.map(Arc::new);
        Ok(Self { host, port: port(&url), at_least, verified, roots })
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
        let seen = Arc::new(Seen::new(&provider, self.roots.as_ref())?);
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
    /// Why they are not trusted for that name.
    refused: Option<String>,
}

/// Lets the handshake go on whatever is presented, and remembers it with what whoever is trusted says of it.
/// Nothing is ever sent over such a connection.
#[derive(Debug)]
struct Seen {
    judge: Arc<dyn ServerCertVerifier>,
    nobody: &'static str,
    presented: Mutex<Presented>,
}

impl Seen {
    fn new(
        provider: &Arc<CryptoProvider>,
        roots: Option<&Arc<RootCertStore>>,
    ) -> Result<Self, String> {
        let (judge, nobody): (Arc<dyn ServerCertVerifier>, _) = match roots {
            Some(roots) => (
                WebPkiServerVerifier::builder_with_provider(
                    Arc::clone(roots),
                    Arc::clone(provider),
                )
                .build()
                .map_err(|error| error.to_string())?,
                "none of the authorities of its access has signed it",
            ),
            None => (
                Arc::new(
                    rustls_platform_verifier::Verifier::new(Arc::clone(provider))
                        .map_err(|error| error.to_string())?,
                ),
                "nobody whom this machine trusts has signed it",
            ),
        };
        Ok(Self { judge, nobody, presented: Mutex::default() })
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
        let refused = self.judge.verify_server_cert(first, others, name, ocsp, now).err();
        let refused = refused.map(|error| match error {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                self.nobody.into()
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
        self.judge.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// The notAfter of a certificate.
fn good_until(certificate: &[u8]) -> Option<Timestamp> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    Timestamp::from_second(read.validity().not_after.timestamp()).ok()
}

#[cfg(test)]
mod tests;
