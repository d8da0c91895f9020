//! Channels of chat systems, by the address that such a channel gives out for writing to it: Slack, Teams
//! (Workflows), Mattermost, Discord.
//!
//! What people wrote stays text: nobody is called by a name in it, and nothing in it becomes a link or a
//! mention that the writer did not see.

use super::{Channel, Outgoing, SendError, TIMEOUT, Told, answered, cut};
use crate::{
    error::{Error, Result},
    integrations::http::{AllowedHosts, Call, Http, Payload},
    web::is_loopback,
};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Slack,
    Teams,
    Mattermost,
    Discord,
}

pub struct Chat {
    http: Http,
    system: System,
    address: SecretString,
}

impl Chat {
    /// `address` as the chat system gave it out. Errors are at `secret`.
    pub fn new(system: System, address: SecretString) -> Result<Self> {
        let wrong = |why: &str| {
            Error::field("secret", format!("The address that was given {why}."))
                .hint("Copy it whole from the channel’s webhook, and give it again.")
        };
        let text = address.expose_secret().trim();
        let url = url::Url::parse(text).map_err(|_| wrong("is no address"))?;
        if url.scheme() != "https" && !(is_loopback(&url) && url.scheme() == "http") {
            return Err(wrong("does not begin with https://"));
        }
        // Its own sentence would repeat the address.
        let allowed = AllowedHosts::of_url(text).map_err(|_| wrong("cannot be called"))?;
        let address = SecretString::from(text.to_owned());
        Ok(Self { http: Http::new(allowed, None)?, system, address })
    }
}

#[async_trait]
impl Channel for Chat {
    async fn send(&self, outgoing: &Outgoing, _: &dyn Told) -> Result<(), SendError> {
        let mut call = Call::new("POST", self.address.expose_secret(), TIMEOUT)
            .header("Content-Type", "application/json");
        let document = payload(self.system, &outgoing.subject, &outgoing.body);
        call.body = Payload::Bytes(document.to_string().into_bytes());
        // A wrong address or a channel that is gone does not mend itself.
        answered(self.http.send(call).await, |status| {
            (400..500).contains(&status) && !matches!(status, 408 | 425 | 429)
        })
    }
}

fn payload(system: System, subject: &str, body: &str) -> Value {
    match system {
        System::Slack => slack(subject, body),
        System::Teams => teams(subject, body),
        System::Mattermost => mattermost(subject, body),
        System::Discord => discord(subject, body),
    }
}

/// Blocks of plain text: at most 150 characters of a header, 3,000 of a section, 50 blocks
/// (docs.slack.dev/reference/block-kit). The text beside them is what a notification shows.
fn slack(subject: &str, body: &str) -> Value {
    const SECTION: usize = 3_000;
    const MOST: usize = 40;
    let plain = |text: String| json!({ "type": "plain_text", "text": text, "emoji": false });
    let letters: Vec<char> = body.chars().take(SECTION * MOST).collect();
    let mut blocks = vec![json!({ "type": "header", "text": plain(cut(subject, 150)) })];
    for part in letters.chunks(SECTION) {
        let part: String = part.iter().collect();
        if !part.trim().is_empty() {
            blocks.push(json!({ "type": "section", "text": plain(part) }));
        }
    }
    let escaped = subject.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({ "text": escaped, "blocks": blocks })
}

/// An Adaptive Card 1.4 as the trigger “When a Teams webhook request is received” takes it; 28 KB at most. Rich
/// text, in which nothing is read as Markdown.
fn teams(subject: &str, body: &str) -> Value {
    const MOST: usize = 6_000;
    let line = |text: &str, extra: Value| {
        let mut run = json!({ "type": "TextRun", "text": text });
        if let (Some(run), Value::Object(extra)) = (run.as_object_mut(), extra) {
            run.extend(extra);
        }
        json!({ "type": "RichTextBlock", "inlines": [run] })
    };
    let mut lines = vec![line(&cut(subject, 300), json!({ "weight": "Bolder", "size": "Medium" }))];
    let body = cut(body, MOST);
    lines.extend(body.lines().filter(|one| !one.trim().is_empty()).map(|one| line(one, json!({}))));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": lines,
            },
        }],
    })
}

/// Markdown, at most 16,383 characters of a post. A mark that nobody sees keeps @all and the like from
/// calling anybody; a mail address stays as it is.
fn mattermost(subject: &str, body: &str) -> Value {
    let text = format!("#### {}\n\n{body}", subject.replace('\n', " "));
    let mut calm = String::new();
    let mut before = ' ';
    for letter in cut(&text, 12_000).chars() {
        calm.push(letter);
        if letter == '@' && !before.is_alphanumeric() {
            calm.push('\u{200b}');
        }
        before = letter;
    }
    json!({ "text": cut(&calm, 16_000) })
}

/// An embed: 256 characters of title, 4,096 of description; mentions are off whatever the text says.
fn discord(subject: &str, body: &str) -> Value {
    json!({
        "embeds": [{ "title": cut(subject, 256), "description": cut(body, 4_096) }],
        "allowed_mentions": { "parse": [] },
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Nobody, *};
    use crate::integrations::http::loopback::{Loopback, Reply, answer};

    const SYSTEMS: [System; 4] =
        [System::Slack, System::Teams, System::Mattermost, System::Discord];

    #[test]
    fn nobody_is_called_by_what_people_wrote() {
        let body = "<!channel> @all @here <@U1> ann@example.com [x](https://evil.example)";
        let slack = payload(System::Slack, "a <!everyone> b", body);
        assert_eq!(slack["text"], "a &lt;!everyone&gt; b");
        assert_eq!(slack["blocks"][1]["text"]["type"], "plain_text");
        let teams = payload(System::Teams, "s", body);
        let block = &teams["attachments"][0]["content"]["body"][1];
        assert_eq!(
            (block["type"].as_str(), block["inlines"][0]["text"].as_str()),
            (Some("RichTextBlock"), Some(body))
        );
        let mattermost = payload(System::Mattermost, "s", body)["text"].to_string();
        assert!(!mattermost.contains("@all") && !mattermost.contains("@here"), "{mattermost}");
        assert!(mattermost.contains("ann@example.com"));
        let discord = payload(System::Discord, "s", body);
        assert_eq!(discord["allowed_mentions"]["parse"], json!([]));
    }

    #[test]
    fn what_is_long_stays_within_what_each_system_takes() {
        let long = "grün 修复 ".repeat(20_000);
        for system in SYSTEMS {
            let document = payload(system, &long, &long);
            match system {
                System::Slack => {
                    let blocks = document["blocks"].as_array().unwrap();
                    assert!(blocks.len() <= 50);
                    let most = blocks
                        .iter()
                        .map(|one| one["text"]["text"].as_str().unwrap().chars().count());
                    assert!(most.max() <= Some(3_000));
                }
                System::Teams => assert!(document.to_string().len() < 28_000),
                System::Mattermost => {
                    assert!(document["text"].as_str().unwrap().chars().count() <= 16_383);
                }
                System::Discord => {
                    let text = document["embeds"][0]["description"].as_str().unwrap();
                    assert!(text.chars().count() <= 4_096);
                }
            }
        }
    }

    #[tokio::test]
    async fn an_address_that_is_gone_is_for_ever_and_a_busy_channel_is_not_and_neither_tells_it() {
        let headers = vec![("Retry-After", "30".to_owned())];
        let busy = Reply::Answer { status: 429, headers, body: "slow down".into() };
        let server = Loopback::new([busy, answer(404, "no_service")]);
        let address = format!("{}/services/T0/B0/s3cret", server.url());
        let chat = Chat::new(System::Slack, address.into()).unwrap();
        let outgoing = Outgoing { subject: "s".into(), body: "b".into(), ..Outgoing::default() };
        let busy = chat.send(&outgoing, &Nobody).await.unwrap_err();
        assert_eq!((busy.retryable, busy.wait.map(|wait| wait.as_secs())), (true, Some(30)));
        let gone = chat.send(&outgoing, &Nobody).await.unwrap_err();
        assert!(!gone.retryable);
        assert!(!busy.message.contains("s3cret") && !gone.message.contains("s3cret"));
    }

    #[test]
    fn an_address_goes_over_https_or_to_this_machine_and_is_never_repeated() {
        for wrong in ["", "s3cret", "http://hooks.example.com/s3cret", "file:///s3cret"] {
            let error = Chat::new(System::Teams, wrong.to_owned().into()).err().unwrap();
            assert_eq!(error.location.as_deref(), Some("secret"));
            assert!(!error.message.contains("s3cret"), "{}", error.message);
        }
        assert!(Chat::new(System::Teams, "https://hooks.example.com/x".to_owned().into()).is_ok());
    }
}
