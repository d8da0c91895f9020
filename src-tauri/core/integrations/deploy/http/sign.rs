//! Signatures over a body: Standard Webhooks 1.0 and X-Hub-Signature-256.

use super::super::{
    Package,
    recipe::{Signature, SignatureScheme},
};
use crate::integrations::http::Payload;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as the receiver counts them.
#[expect(
    clippy::disallowed_methods,
    reason = "a receiver compares it with the time of day: the journal's clock may be a test's"
)]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The headers that carry the signature. A package's bytes are read once more for it.
pub(super) async fn headers(
    signature: &Signature,
    secret: &str,
    body: &Payload,
    package: Option<&Package>,
    key: Option<&str>,
) -> Result<Vec<(String, String)>, String> {
    let now = now();
    let id = key.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned);
    let (bytes, before) = match signature.scheme {
        SignatureScheme::HubSha256 => (secret.as_bytes().to_vec(), String::new()),
        SignatureScheme::StandardWebhooks => {
            let text = secret.trim().trim_start_matches("whsec_");
            let bytes = STANDARD.decode(text).map_err(|_| {
                format!("The secret “{}” is not base64 (whsec_…).", signature.secret)
            })?;
            (bytes, format!("{id}.{now}."))
        }
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).map_err(|error| error.to_string())?;
    mac.update(before.as_bytes());
    match (body, package) {
        (Payload::Empty, _) => {}
        (Payload::Bytes(bytes), _) => mac.update(bytes),
        (Payload::Stream { .. }, Some(package)) => mac = over(mac, package.clone()).await?,
        (Payload::Stream { .. }, None) => return Err("What is sent cannot be signed.".into()),
    }
    let sum = mac.finalize().into_bytes();
    Ok(match signature.scheme {
        SignatureScheme::HubSha256 => {
            vec![("X-Hub-Signature-256".into(), format!("sha256={}", hex::encode(sum)))]
        }
        SignatureScheme::StandardWebhooks => vec![
            ("webhook-id".into(), id),
            ("webhook-timestamp".into(), now.to_string()),
            ("webhook-signature".into(), format!("v1,{}", STANDARD.encode(sum))),
        ],
    })
}

async fn over(mut mac: Hmac<Sha256>, package: Package) -> Result<Hmac<Sha256>, String> {
    let summed = tokio::task::spawn_blocking(move || {
        let mut source = package.open()?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = source.read(&mut buffer)?;
            if read == 0 {
                return Ok(mac);
            }
            mac.update(&buffer[..read]);
        }
    });
    let summed: std::io::Result<_> = summed.await.map_err(|error| error.to_string())?;
    summed.map_err(|error| format!("The package cannot be read: {error}."))
}
