//! What was sent and what came back, kept for people's eyes, with secrets masked.
//!
//! A header is hidden by its name and by its value: a token may travel in one that nobody thought
//! of. Deliberately absent: keeping any of it.

use crate::web::proves_who_calls;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What stands for a secret wherever people can see it.
pub const MASK: &str = "••••••";
/// What of a body is shown.
const SHOWN: usize = 16 << 10;
/// Shorter secrets would be found in everything.
const SHORTEST: usize = 4;
/// A shorter line of a secret is not looked for by itself.
const LINE: usize = 12;

/// One call and its answer, as they were.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    pub method: String,
    pub address: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// None if there was no answer.
    pub status: Option<u16>,
    pub answer_headers: Vec<(String, String)>,
    pub answer_body: String,
    pub took: Duration,
    /// Why there was no answer.
    pub failure: Option<String>,
}

/// Where a client notes its exchanges.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<Vec<Exchange>>>);

impl Record {
    pub(super) fn add(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }

    /// What was noted, masked, in the order in which it was sent.
    pub fn shown(&self, mask: &Mask) -> Vec<Exchange> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.iter().map(|one| one.shown(mask)).collect()
    }
}

impl Exchange {
    fn shown(&self, mask: &Mask) -> Self {
        let headers = |all: &[(String, String)]| {
            all.iter().map(|(name, value)| (name.clone(), mask.header(name, value))).collect()
        };
        Self {
            method: self.method.clone(),
            address: mask.text(&self.address),
            headers: headers(&self.headers),
            body: mask.text(&self.body),
            status: self.status,
            answer_headers: headers(&self.answer_headers),
            answer_body: mask.text(&self.answer_body),
            took: self.took,
            failure: self.failure.as_deref().map(|text| mask.text(text)),
        }
    }
}

/// The beginning of a body as text; what is no text is only counted.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(SHOWN)];
    let text = String::from_utf8_lossy(head);
    if text.chars().any(|c| c == '\0') {
        return format!("({} bytes that are no text)", bytes.len());
    }
    if bytes.len() > SHOWN {
        return format!("{text}\n… and {} bytes more", bytes.len() - SHOWN);
    }
    text.into_owned()
}

/// Takes secrets out of texts, in every spelling that a call or an answer gives them.
#[derive(Clone, Default)]
pub struct Mask(Vec<String>);

impl Mask {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spellings: Vec<String> = secrets
            .into_iter()
            .filter(|secret| secret.len() >= SHORTEST)
            .flat_map(|secret| [secret].into_iter().chain(own_lines(secret)))
            .flat_map(spellings)
            .collect();
        // The longest first, so that none leaves a rest of another.
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self(spellings)
    }

    pub fn text(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, spelling| {
            if text.contains(spelling.as_str()) {
                text.replace(spelling.as_str(), MASK)
            } else {
                text
            }
        })
    }

    /// As [`Mask::text`], and where a text was cut within a secret (at an ellipsis, or at the end of a line)
    /// its beginning goes too.
    pub fn cut(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let masked = self.text(text);
        let pieces = masked.split_inclusive(['…', '\n']).map(|piece| {
            let kept = piece.trim_end_matches(['…', '\n']);
            let begun = self.0.iter().filter_map(|spelling| {
                let lengths = (SHORTEST..spelling.len()).rev();
                lengths
                    .filter_map(|length| spelling.get(..length))
                    .find(|beginning| kept.ends_with(beginning))
            });
            match begun.map(str::len).max() {
                Some(length) => {
                    format!("{}{MASK}{}", &kept[..kept.len() - length], &piece[kept.len()..])
                }
                None => piece.to_owned(),
            }
        });
        pieces.collect()
    }

    /// The value of a header: of one that proves who calls, nothing but the scheme.
    pub fn header(&self, name: &str, value: &str) -> String {
        if !proves_who_calls(name) || value.is_empty() {
            return self.text(value);
        }
        let name = name.to_ascii_lowercase();
        if name == "www-authenticate" || name == "proxy-authenticate" {
            return self.text(value);
        }
        let scheme = value.split_once(' ').map(|(scheme, _)| scheme).filter(|scheme| {
            ["bearer", "basic", "token", "apikey", "digest", "negotiate"]
                .contains(&scheme.to_ascii_lowercase().as_str())
        });
        match scheme {
            Some(scheme) if name.ends_with("authorization") => format!("{scheme} {MASK}"),
            _ => MASK.to_owned(),
        }
    }
}

/// The lines of a secret that has several, as a key has: a log may print them one by one. What frames a key is
/// no secret.
fn own_lines(secret: &str) -> impl Iterator<Item = &str> {
    let lines = secret.trim_end().contains('\n').then(|| secret.lines().map(str::trim));
    lines.into_iter().flatten().filter(|line| line.len() >= LINE && !line.starts_with("-----"))
}

/// As it is; escaped for a URL, a form and JSON; in base64, also as a part of a longer text.
fn spellings(secret: &str) -> Vec<String> {
    let percent = |upper: bool| {
        secret.bytes().fold(String::new(), |mut out, byte| {
            let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let _ = match (plain, upper) {
                (true, _) => write!(out, "{}", char::from(byte)),
                (false, true) => write!(out, "%{byte:02X}"),
                (false, false) => write!(out, "%{byte:02x}"),
            };
            out
        })
    };
    let json = serde_json::to_string(secret).unwrap_or_default();
    let mut all = vec![
        secret.to_owned(),
        percent(true),
        percent(false),
        percent(true).replace("%20", "+"),
        json.trim_matches('"').to_owned(),
    ];
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(secret.as_bytes());
        let whole = bytes.len() * 8 / 6;
        let first = [0, 2, 3][before];
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&bytes);
            // Its edges depend on what stands beside it.
            all.extend(text.get(first..whole).map(str::to_owned));
        }
    }
    all.retain(|text| text.len() >= SHORTEST);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn a_secret_is_masked_in_every_spelling_and_nothing_else_is() {
        let mask = Mask::new(["t0p \"s3cret\"/ä"]);
        for text in [
            "token=t0p \"s3cret\"/ä;".to_owned(),
            "?t=t0p%20%22s3cret%22%2F%C3%A4".into(),
            "?t=t0p%20%22s3cret%22%2f%c3%a4".into(),
            "t=t0p+%22s3cret%22%2F%C3%A4".into(),
            r#"{"t":"t0p \"s3cret\"/ä"}"#.into(),
            STANDARD.encode("t0p \"s3cret\"/ä"),
        ] {
            let shown = mask.text(&text);
            assert!(shown.contains(MASK) && !shown.contains("s3cret"), "{text} → {shown}");
        }
        for user in ["", "a", "ab", "abc", "rita", "jenkins"] {
            let both = STANDARD.encode(format!("{user}:t0p \"s3cret\"/ä:x"));
            assert!(mask.text(&both).contains(MASK), "{user}: {both}");
        }
        assert_eq!(mask.text("nothing to hide"), "nothing to hide");
    }

    #[test]
    fn a_secret_that_was_cut_leaves_no_beginning() {
        let mask = Mask::new(["s3cret-token-1234"]);
        for (text, shown) in [
            ("key s3cret-tok", "key ••••••"),
            ("is “s3cret-token…” instead", "is “••••••…” instead"),
            ("s3cret\nmore", "••••••\nmore"),
            ("all s3cret-token-1234 of it", "all •••••• of it"),
            ("nothing s3c", "nothing s3c"),
        ] {
            assert_eq!(mask.cut(text), shown, "{text}");
        }
        assert_eq!(Mask::default().cut("s3cret"), "s3cret");
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_line_by_line_too() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\n9w0BAQEFAASCBKcwggSj\n-----END PRIVATE KEY-----\n";
        let mask = Mask::new([key]);
        assert_eq!(mask.text("read MIIEvQIBADANBgkqhkiG"), format!("read {MASK}"));
        assert_eq!(mask.text("9w0BAQEFAASCBKcwggSj"), MASK);
        assert_eq!(mask.text("-----BEGIN PRIVATE KEY-----"), "-----BEGIN PRIVATE KEY-----");
    }

    #[test]
    fn headers_that_prove_who_calls_are_hidden_whatever_they_hold() {
        let mask = Mask::new(["abc"]);
        assert_eq!(mask.header("Authorization", "Bearer abc"), format!("Bearer {MASK}"));
        assert_eq!(mask.header("authorization", "abc"), MASK);
        for name in ["PRIVATE-TOKEN", "X-Rundeck-Auth-Token", "X-Octopus-ApiKey", "Set-Cookie"] {
            assert_eq!(mask.header(name, "abc def"), MASK, "{name}");
        }
        assert_eq!(mask.header("Content-Type", "text/plain"), "text/plain");
    }
}
