//! Any system that takes Standard Webhooks 1.0: one JSON document, signed, under a name that stays the same.
//!
//! No address and no name of a recipient goes there: how many are meant is enough for a machine.

use super::{Channel, Outgoing, SendError, TIMEOUT, Told, answered};
use crate::{
    error::Result,
    integrations::http::{AllowedHosts, Call, Http, Payload, sign},
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

pub struct Webhook {
    http: Http,
    address: String,
    secret: Option<SecretString>,
}

impl Webhook {
    /// `secret` signs; without one nothing is signed. Errors are at `address`.
    pub fn new(address: &str, secret: Option<SecretString>) -> Result<Self> {
        let address = address.trim().to_owned();
        let allowed = AllowedHosts::of_url(&address).map_err(|error| error.at("address"))?;
        Ok(Self { http: Http::new(allowed, None)?, address, secret })
    }
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, outgoing: &Outgoing, _: &dyn Told) -> Result<(), SendError> {
        let document = json!({
            "type": format!("hotfix.{}", outgoing.purpose),
            "timestamp": outgoing.queued_at,
            "data": {
                "message": outgoing.id,
                "hotfix": outgoing.hotfix,
                "purpose": outgoing.purpose,
                "subject": outgoing.subject,
                "text": outgoing.body,
                "recipients": outgoing.recipients.len(),
            },
        });
        let body = document.to_string().into_bytes();
        let headers = match &self.secret {
            Some(secret) => {
                let signing = sign::Signing::standard(secret.expose_secret(), outgoing.id.clone());
                let mut signing = signing.map_err(|why| {
                    SendError::lasting(format!("The secret that signs cannot be used: {why}."))
                })?;
                signing.update(&body);
                signing.headers()
            }
            None => vec![
                ("webhook-id".into(), outgoing.id.clone()),
                ("webhook-timestamp".into(), sign::now().to_string()),
            ],
        };
        let mut call = Call::new("POST", &self.address, TIMEOUT)
            .header("Content-Type", "application/json")
            .header("User-Agent", "Hotfix Desk");
        call.headers.extend(headers);
        call.body = Payload::Bytes(body);
        // As the specification has it: whatever is no 2xx is tried again, but 410 says never.
        answered(self.http.send(call).await, |status| status == 410)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Nobody, *};
    use crate::integrations::http::loopback::{Loopback, Reply, answer};
    use std::time::Duration;

    fn outgoing() -> Outgoing {
        Outgoing {
            id: "MSG-3.0190".into(),
            subject: "It is fixed".into(),
            body: "Please <reload>. 修复".into(),
            hotfix: "HF-7".into(),
            purpose: "fixed".into(),
            queued_at: "2026-11-30T12:00:00Z".into(),
            recipients: vec![super::super::Recipient {
                place: 0,
                name: "Ann Lee".into(),
                reach: "ann@example.com".into(),
            }],
        }
    }

    #[tokio::test]
    async fn one_document_under_one_name_signed_and_without_anybodys_address() {
        let server = Loopback::new([answer(204, "")]);
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let hook = Webhook::new(&format!("{}/in", server.url()), Some(secret)).unwrap();
        hook.send(&outgoing(), &Nobody).await.unwrap();
        let heard = server.requests();
        assert_eq!(heard.len(), 1);
        let text = String::from_utf8_lossy(&heard[0].body).into_owned();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["type"], "hotfix.fixed");
        assert_eq!(document["timestamp"], "2026-11-30T12:00:00Z");
        assert_eq!(document["data"]["text"], "Please <reload>. 修复");
        assert_eq!(document["data"]["recipients"], 1);
        assert!(!text.contains("ann@example.com") && !text.contains("Ann Lee"), "{text}");
        assert_eq!(heard[0].header("webhook-id"), Some("MSG-3.0190"));
        assert!(heard[0].header("webhook-signature").unwrap().starts_with("v1,"));
    }

    #[tokio::test]
    async fn gone_is_for_ever_and_everything_else_is_tried_again_when_it_is_asked_to() {
        let headers = vec![("Retry-After", "120".to_owned())];
        let busy = Reply::Answer { status: 503, headers, body: String::new() };
        let server = Loopback::new([busy, answer(404, ""), answer(410, "")]);
        let hook = Webhook::new(&format!("{}/in", server.url()), None).unwrap();
        let mut came = Vec::new();
        for _ in 0..3 {
            let error = hook.send(&outgoing(), &Nobody).await.unwrap_err();
            came.push((error.retryable, error.wait.map(|wait| wait.as_secs())));
        }
        assert_eq!(came, [(true, Some(120)), (true, None), (false, None)]);
        assert!(Duration::from_secs(15) <= TIMEOUT && TIMEOUT <= Duration::from_secs(30));
    }
}
