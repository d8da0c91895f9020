//! The signature over a call to an endpoint, the bytes of a package included.

use super::super::{
    Package,
    recipe::{Signature, SignatureScheme},
};
use crate::integrations::http::{Payload, sign::Signing};

/// The headers that carry the signature. A package's bytes are read once more for it.
pub(super) async fn headers(
    signature: &Signature,
    secret: &str,
    body: &Payload,
    package: Option<&Package>,
    key: Option<&str>,
) -> Result<Vec<(String, String)>, String> {
    let mut signing = match signature.scheme {
        SignatureScheme::HubSha256 => Signing::hub(secret)?,
        SignatureScheme::StandardWebhooks => {
            let id = key.map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned);
            Signing::standard(secret, id).map_err(|why| {
                format!("The secret “{}” cannot be used: {why}.", signature.secret)
            })?
        }
    };
    match (body, package) {
        (Payload::Empty, _) => {}
        (Payload::Bytes(bytes), _) => signing.update(bytes),
        (Payload::Stream { .. }, Some(package)) => {
            signing = over(signing, package.clone()).await?;
        }
        (Payload::Stream { .. }, None) => return Err("What is sent cannot be signed.".into()),
    }
    Ok(signing.headers())
}

async fn over(mut signing: Signing, package: Package) -> Result<Signing, String> {
    let summed = tokio::task::spawn_blocking(move || {
        let mut source = package.open()?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = source.read(&mut buffer)?;
            if read == 0 {
                return Ok(signing);
            }
            signing.update(&buffer[..read]);
        }
    });
    let summed: std::io::Result<_> = summed.await.map_err(|error| error.to_string())?;
    summed.map_err(|error| format!("The package cannot be read: {error}."))
}
