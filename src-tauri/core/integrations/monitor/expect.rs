//! What is expected of an HTTP answer, and what of it is not so. Pure: the one way of judging an answer,
//! for probes, health gates and automatic checks.

use crate::integrations::http::Answer;
use serde_json::Value;
use serde_json_path::{JsonPath, ParseError};
use std::cell::OnceCell;

/// Of what was found so much is told.
const SHOWN: usize = 120;

#[derive(Clone, Debug)]
pub enum Expect {
    Status(u16),
    /// Of several headers of that name, one is enough.
    Header {
        name: String,
        value: String,
        whole: bool,
    },
    /// Everything that the path finds, and something has to be found.
    Json {
        source: String,
        path: JsonPath,
        equals: String,
    },
    /// Anywhere in the body.
    Text(String),
    /// Milliseconds until the end of the answer.
    Millis(u32),
}

impl Expect {
    /// `path` as in RFC 9535. `equals` is a text by itself, or a value as JSON has it.
    pub fn json(path: &str, equals: &str) -> Result<Self, ParseError> {
        let (source, equals) = (path.to_owned(), equals.to_owned());
        Ok(Self::Json { path: JsonPath::parse(path)?, source, equals })
    }

    /// What a probe's fields say; an empty text is any.
    pub fn of_probe(status: u16, text: &str, millis: Option<u32>) -> Vec<Self> {
        let text = (!text.is_empty()).then(|| Self::Text(text.to_owned()));
        [Self::Status(status)].into_iter().chain(text).chain(millis.map(Self::Millis)).collect()
    }
}

/// What of an answer is not as expected, a few words each: what it is, and what it should be.
pub fn judge(expects: &[Expect], answer: &Answer) -> Vec<String> {
    let read = Read { answer, text: OnceCell::new(), json: OnceCell::new() };
    expects.iter().filter_map(|expect| read.wrong(expect)).collect()
}

/// An answer whose body is made text and JSON once, if somebody asks for it.
struct Read<'a> {
    answer: &'a Answer,
    text: OnceCell<String>,
    json: OnceCell<Option<Value>>,
}

impl Read<'_> {
    fn wrong(&self, expect: &Expect) -> Option<String> {
        match expect {
            Expect::Status(wanted) => (self.answer.status != *wanted)
                .then(|| format!("answers {} instead of {wanted}", self.answer.status)),
            Expect::Header { name, value, whole } => self.header(name, value, *whole),
            Expect::Json { source, path, equals } => self.found(source, path, equals),
            Expect::Text(wanted) => {
                let text = self.text.get_or_init(|| self.answer.text());
                (!text.contains(wanted)).then(|| format!("the answer lacks “{wanted}”"))
            }
            Expect::Millis(most) => {
                let millis = self.answer.took.as_secs_f64() * 1000.0;
                (millis > f64::from(*most))
                    .then(|| format!("took {millis:.0} ms instead of at most {most} ms"))
            }
        }
    }

    fn header(&self, name: &str, wanted: &str, whole: bool) -> Option<String> {
        let all = self.answer.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let values: Vec<&str> = all.map(|(_, value)| value.trim()).collect();
        let wanted = wanted.trim();
        let fits = |value: &&str| if whole { *value == wanted } else { value.contains(wanted) };
        if values.iter().any(fits) {
            return None;
        }
        let found: Vec<String> = values.iter().map(|value| format!("“{}”", short(value))).collect();
        Some(match (found.is_empty(), whole) {
            (true, _) => format!("there is no header {name}"),
            (_, true) => {
                format!("the header {name} is {} instead of “{wanted}”", found.join(" and "))
            }
            (_, false) => {
                format!("the header {name} is {}, which lacks “{wanted}”", found.join(" and "))
            }
        })
    }

    fn found(&self, source: &str, path: &JsonPath, equals: &str) -> Option<String> {
        let json = self.json.get_or_init(|| serde_json::from_slice(&self.answer.body).ok());
        let Some(json) = json else {
            return Some(format!("the answer is no JSON, so no {source}"));
        };
        let found = path.query(json).all();
        if found.is_empty() {
            return Some(format!("{source} finds nothing in the answer"));
        }
        let other = found.into_iter().find(|value| !is(value, equals))?;
        Some(format!("{source} is {} instead of {equals}", short(&other.to_string())))
    }
}

/// Whether a value is what somebody wrote: a text by itself, or anything as JSON has it. Numbers are the
/// same when they have the same value: `1` and `1.0`.
fn is(value: &Value, written: &str) -> bool {
    if value.as_str() == Some(written) {
        return true;
    }
    match (serde_json::from_str::<Value>(written), value) {
        (Ok(Value::Number(wanted)), Value::Number(found)) => {
            wanted == *found
                || wanted.as_f64() == found.as_f64() && wanted.is_f64() != found.is_f64()
        }
        (Ok(wanted), found) => wanted == *found,
        (Err(_), _) => false,
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn answer(body: &[u8]) -> Answer {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Answer {
            status: 200,
            headers: vec![
                header("content-type", "application/json; charset=utf-8"),
                header("Set-Cookie", "a=1"),
                header("set-cookie", "b=2"),
            ],
            body: body.to_vec().into(),
            more: false,
            took: Duration::from_millis(120),
        }
    }

    fn wrong(expect: Expect, body: &[u8]) -> Option<String> {
        judge(&[expect], &answer(body)).pop()
    }

    fn json(path: &str, equals: &str, body: &str) -> Option<String> {
        wrong(Expect::json(path, equals).unwrap(), body.as_bytes())
    }

    #[test]
    fn a_status_and_a_time_are_what_they_should_be() {
        assert_eq!(wrong(Expect::Status(200), b""), None);
        assert_eq!(wrong(Expect::Status(204), b"").unwrap(), "answers 200 instead of 204");
        assert_eq!(wrong(Expect::Millis(120), b""), None);
        let slow = wrong(Expect::Millis(100), b"").unwrap();
        assert_eq!(slow, "took 120 ms instead of at most 100 ms");
    }

    #[test]
    fn a_header_is_found_in_any_letters_and_one_of_several_is_enough() {
        let header = |name: &str, value: &str, whole| {
            wrong(Expect::Header { name: name.into(), value: value.into(), whole }, b"")
        };
        assert_eq!(header("Content-Type", "json", false), None);
        assert_eq!(header("CONTENT-TYPE", "application/json; charset=utf-8", true), None);
        assert_eq!(header("Set-Cookie", "b=2", true), None);
        assert_eq!(
            header("Content-Type", "json", true).unwrap(),
            "the header Content-Type is “application/json; charset=utf-8” instead of “json”"
        );
        assert_eq!(
            header("Set-Cookie", "c", false).unwrap(),
            "the header Set-Cookie is “a=1” and “b=2”, which lacks “c”"
        );
        assert_eq!(header("ETag", "x", true).unwrap(), "there is no header ETag");
    }

    #[test]
    fn a_text_is_looked_for_in_whatever_bytes_come() {
        let text = |wanted: &str, body: &[u8]| wrong(Expect::Text(wanted.into()), body);
        assert_eq!(text("total", b"the total is 3"), None);
        assert_eq!(
            text("total", b"\xff\xfetotal\0"),
            None,
            "no text, and it is there all the same"
        );
        assert_eq!(text("total", b"").unwrap(), "the answer lacks “total”");
        let huge = [vec![b'x'; 5 << 20], b"total".to_vec()].concat();
        assert_eq!(text("total", &huge), None);
    }

    #[test]
    fn a_value_of_json_is_held_against_what_somebody_wrote() {
        let body = r#"{"ok":true,"n":1.0,"s":"shipped","z":"42","items":[{"p":3},{"p":3}],"none":null,"big":9007199254740993}"#;
        for (path, equals) in [
            ("$.ok", "true"),
            ("$.n", "1"),
            ("$.s", "shipped"),
            ("$.s", r#""shipped""#),
            ("$.z", "42"),
            ("$.items[*].p", "3"),
            ("$.none", "null"),
            ("$.items[0]", r#"{ "p": 3 }"#),
            ("$.big", "9007199254740993"),
        ] {
            assert_eq!(json(path, equals, body), None, "{path}");
        }
        assert_eq!(json("$.ok", "false", body).unwrap(), "$.ok is true instead of false");
        assert_eq!(json("$.s", "sent", body).unwrap(), "$.s is \"shipped\" instead of sent");
        assert_eq!(json("$.gone", "1", body).unwrap(), "$.gone finds nothing in the answer");
        assert!(json("$.big", "9007199254740992", body).is_some(), "not rounded");
        let two = json("$.items[*].p", "3", r#"{"items":[{"p":3},{"p":4}]}"#);
        assert_eq!(two.unwrap(), "$.items[*].p is 4 instead of 3", "each of them");
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        for body in ["", "<html>", "{\"ok\":tru", "nul"] {
            let said = json("$.ok", "true", body).unwrap();
            assert_eq!(said, "the answer is no JSON, so no $.ok");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(json("$[0]", "1", &deep).unwrap().contains("no JSON"), "refused, not overflown");
        let long = format!(r#"{{"s":"{}"}}"#, "ä".repeat(1 << 20));
        let said = json("$.s", "x", &long).unwrap();
        assert!(said.chars().count() < 200 && said.contains('…'), "a sentence is kept short");
    }
}
