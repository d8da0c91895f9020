//! Signatures over what is sent: Standard Webhooks 1.0 and X-Hub-Signature-256.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as the receiver counts them.
#[expect(
    clippy::disallowed_methods,
    reason = "a receiver compares it with the time of day: the journal's clock may be a test's"
)]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A signature that is being made: it is fed the body, piece by piece, and gives the headers.
pub struct Signing {
    mac: Hmac<Sha256>,
    scheme: Scheme,
}

enum Scheme {
    Hub,
    Standard { id: String, at: u64 },
}

impl Signing {
    /// As GitHub signs what it sends.
    pub fn hub(secret: &str) -> Result<Self, String> {
        Ok(Self { mac: keyed(secret.as_bytes())?, scheme: Scheme::Hub })
    }

    /// Standard Webhooks 1.0. `secret` is base64, usually behind `whsec_`; `id` stays the same when the
    /// same is sent again.
    pub fn standard(secret: &str, id: String) -> Result<Self, String> {
        Self::standard_at(secret, id, now())
    }

    fn standard_at(secret: &str, id: String, at: u64) -> Result<Self, String> {
        let text = secret.trim().trim_start_matches("whsec_");
        let bytes = STANDARD.decode(text).map_err(|_| "it is not base64 (whsec_…)".to_owned())?;
        let mut mac = keyed(&bytes)?;
        mac.update(format!("{id}.{at}.").as_bytes());
        Ok(Self { mac, scheme: Scheme::Standard { id, at } })
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.mac.update(bytes);
    }

    /// The headers that carry it.
    pub fn headers(self) -> Vec<(String, String)> {
        let sum = self.mac.finalize().into_bytes();
        match self.scheme {
            Scheme::Hub => {
                vec![("X-Hub-Signature-256".into(), format!("sha256={}", hex::encode(sum)))]
            }
            Scheme::Standard { id, at } => vec![
                ("webhook-id".into(), id),
                ("webhook-timestamp".into(), at.to_string()),
                ("webhook-signature".into(), format!("v1,{}", STANDARD.encode(sum))),
            ],
        }
    }
}

fn keyed(key: &[u8]) -> Result<Hmac<Sha256>, String> {
    Hmac::new_from_slice(key).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key, the name, the time and the body that the specification's own libraries test with.
    #[test]
    fn a_webhook_is_signed_over_its_name_its_time_and_its_body() {
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let mut signing = Signing::standard_at(secret, id.into(), 1_614_265_330).unwrap();
        signing.update(b"{\"test\": ");
        signing.update(b"2432232314}");
        let expected = [
            ("webhook-id", id),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        assert_eq!(signing.headers(), expected.map(|(name, value)| (name.into(), value.into())));
        assert!(Signing::standard("whsec_not base64", id.into()).is_err());
    }
}
