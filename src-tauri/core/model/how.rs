//! Whether what is written of an automatic check can be asked and judged. Places are relative to it:
//! `url`, `assertions.0.path`.

use crate::{
    error::{Error, Result},
    event::words::*,
    web::is_header_name,
};
use serde_json_path::JsonPath;
use std::path::{Component, Path};
use url::Url;

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// One check asks one thing.
const MOST_ASSERTIONS: usize = 20;
const MOST_BODY: usize = 64 << 10;

/// Refused with the field that is wrong and what to write there.
pub fn check(how: &CheckHow) -> Result<()> {
    match how {
        CheckHow::Manual => Ok(()),
        CheckHow::Http { method, url, body, assertions, .. } => {
            if !METHODS.contains(&method.as_str()) {
                return Err(Error::field("method", format!("“{method}” is not asked with."))
                    .hint(format!("One of {}.", METHODS.join(", "))));
            }
            address(url, "https://shop.example.com/healthz")?;
            if body.len() > MOST_BODY {
                return Err(Error::field("body", "The body is longer than 64 KiB.")
                    .hint("A check sends a small request; put large data where it is asked for."));
            }
            if assertions.is_empty() {
                return Err(Error::field("assertions", "Nothing is expected of the answer.")
                    .hint("Add at least one: the status is a good start."));
            }
            if assertions.len() > MOST_ASSERTIONS {
                return Err(Error::field(
                    "assertions",
                    format!("More than {MOST_ASSERTIONS} assertions are not one check."),
                )
                .hint("Make two checks of it."));
            }
            for (index, assertion) in assertions.iter().enumerate() {
                expected(assertion, &|field| format!("assertions.{index}.{field}"))?;
            }
            Ok(())
        }
        CheckHow::Prometheus { url, query, at_least, at_most, .. } => {
            address(url, "https://prometheus.example.com")?;
            filled("query".into(), query, "The query is missing.", "Write it in PromQL: up == 1.")?;
            match (at_least, at_most) {
                (None, None) => Err(Error::field("at_most", "The query has no limit.")
                    .hint("Say what the number must be at least, or at most.")),
                (Some(least), Some(most)) if least > most => {
                    Err(Error::field("at_most", format!("{most} is less than {least}."))
                        .hint("No number is at least the one and at most the other."))
                }
                _ => Ok(()),
            }
        }
        CheckHow::Command(command) => {
            let report = command.report.as_ref();
            let path = report.map_or("", |report| report.path.as_str());
            program(&command.argv, path, command.timeout_minutes).map_err(|error| {
                match error.location.as_deref() {
                    Some("report") => error.at("report.path"),
                    _ => error,
                }
            })?;
            if command.exits.is_empty() || command.exits.iter().any(|end| !(0..=255).contains(end))
            {
                return Err(Error::field("exits", "Say with which numbers it may end.")
                    .hint("A program ends with a number from 0 to 255; 0 is well."));
            }
            match report {
                Some(report) => {
                    filled(
                        "report.path".into(),
                        &report.path,
                        "The report that it writes is missing.",
                        "Write it as report.xml, below the folder, or leave the report out.",
                    )?;
                    tests(report).map_err(|error| error.within("report"))
                }
                None => Ok(()),
            }
        }
        CheckHow::Junit(report) => tests(report),
    }
}

fn tests(report: &CheckReport) -> Result<()> {
    if report.at_least == 0 {
        return Err(Error::field("at_least", "No test at all proves nothing.")
            .hint("Write how many have to have run, 1 or more."));
    }
    Ok(())
}

/// Whether a program of this machine can be run so, and what it writes be found: `argv`, `report`,
/// `timeout_minutes`.
pub fn program(argv: &[String], report: &str, timeout_minutes: u32) -> Result<()> {
    if argv.first().is_none_or(|program| program.trim().is_empty()) {
        return Err(Error::field("argv", "Say which program runs.")
            .hint("One word a line: pytest, then --junitxml=report.xml."));
    }
    if argv.iter().any(|word| word.contains('\0')) {
        return Err(Error::field("argv", "A word of a command cannot hold a zero.")
            .hint("No system could hand it on: take it out."));
    }
    let below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(report).components().all(below) {
        return Err(Error::field("report", "The report has to be below that folder.")
            .hint("Write it as target/surefire-reports or report.xml."));
    }
    if !(1..=24 * 60).contains(&timeout_minutes) {
        let wrong = "A command may take from a minute to a day.";
        return Err(Error::field("timeout_minutes", wrong).hint("Write it like 5 min or 2 h."));
    }
    Ok(())
}

fn expected(assertion: &Assertion, at: &dyn Fn(&str) -> String) -> Result<()> {
    match assertion {
        Assertion::Status { is } if !(100..=599).contains(is) => {
            Err(Error::field(at("is"), format!("{is} is no status of HTTP."))
                .hint("One is a number from 100 to 599, such as 200."))
        }
        Assertion::Status { .. } => Ok(()),
        Assertion::Header { name, value, .. } => {
            if !is_header_name(name) {
                return Err(Error::field(at("name"), format!("“{name}” is no header's name."))
                    .hint("Write it like Content-Type."));
            }
            filled(
                at("value"),
                value,
                "The header's value is missing.",
                "Write it like application/json.",
            )
        }
        Assertion::Json { path, equals } => {
            JsonPath::parse(path).map_err(|error| {
                let why = match path.starts_with('$') {
                    true => error.to_string(),
                    false => "it does not begin with $".into(),
                };
                Error::field(at("path"), format!("“{path}” is no JSONPath: {why}."))
                    .hint("Write it like $.items[0].price.")
            })?;
            filled(
                at("equals"),
                equals,
                "What it should be is missing.",
                "Write a text, a number, true, false or null; \"\" is an empty text.",
            )
        }
        Assertion::Text { contains } => filled(
            at("contains"),
            contains,
            "The text is missing.",
            "Write what the answer has to contain.",
        ),
        Assertion::Millis { at_most: 0 } => {
            Err(Error::field(at("at_most"), "No answer takes no time.")
                .hint("Write milliseconds, such as 800."))
        }
        Assertion::Millis { .. } => Ok(()),
    }
}

fn filled(place: String, text: &str, wrong: &str, hint: &str) -> Result<()> {
    match text.trim().is_empty() {
        true => Err(Error::field(place, wrong).hint(hint)),
        false => Ok(()),
    }
}

fn address(url: &str, example: &str) -> Result<()> {
    let wrong = |why: &str| Error::field("url", why).hint(format!("Write it like {example}."));
    let parsed = Url::parse(url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .filter(|url| url.host_str().is_some_and(|host| !host.is_empty()))
        .ok_or_else(|| wrong("This is no web address."))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(wrong("The address holds a user or a password, which everybody could read."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn refused(how: Value) -> Option<String> {
        let how: CheckHow = serde_json::from_value(how).unwrap();
        check(&how).err().map(|error| {
            assert!(error.hint.is_some(), "{error} says what to do");
            error.location.unwrap()
        })
    }

    fn http(more: Value) -> Value {
        let mut how = json!({
            "by": "http", "url": "https://shop.example.com/healthz",
            "assertions": [{ "on": "status", "is": 200 }],
        });
        for (name, value) in more.as_object().unwrap() {
            how[name] = value.clone();
        }
        how
    }

    #[test]
    fn what_can_be_asked_and_judged_is_taken() {
        assert_eq!(refused(json!({ "by": "manual" })), None);
        assert_eq!(refused(http(json!({}))), None);
        let all = json!({ "method": "POST", "body": "{}", "assertions": [
            { "on": "status", "is": 201 },
            { "on": "header", "name": "Content-Type", "like": "contains", "value": "json" },
            { "on": "header", "name": "X-Version", "value": "1.0" },
            { "on": "json", "path": "$.items[?@.price > 3].name", "equals": "pen" },
            { "on": "text", "contains": "total" },
            { "on": "millis", "at_most": 800 },
        ] });
        assert_eq!(refused(http(all)), None);
        let limits = json!({
            "by": "prometheus", "url": "http://p:9090", "query": "up", "at_least": 1, "at_most": 1,
        });
        assert_eq!(refused(limits), None);
        assert_eq!(refused(json!({ "by": "command", "argv": ["./smoke", "--fast"] })), None);
        let report = json!({ "path": "out/report.xml", "at_least": 5, "only": "cart" });
        let both =
            json!({ "by": "command", "argv": ["pytest"], "exits": [0, 3], "report": report });
        assert_eq!(refused(both), None);
        assert_eq!(refused(json!({ "by": "junit" })), None, "a person gives the file");
        assert_eq!(refused(json!({ "by": "junit", "path": "/srv/ci/report.xml" })), None);
    }

    #[test]
    fn a_program_or_report_that_could_prove_nothing_is_refused_at_its_field() {
        let wrong = [
            (json!({ "argv": [] }), "argv"),
            (json!({ "argv": [" "] }), "argv"),
            (json!({ "argv": ["a\0"] }), "argv"),
            (json!({ "argv": ["a"], "exits": [] }), "exits"),
            (json!({ "argv": ["a"], "exits": [256] }), "exits"),
            (json!({ "argv": ["a"], "timeout_minutes": 0 }), "timeout_minutes"),
            (json!({ "argv": ["a"], "report": { "path": "" } }), "report.path"),
            (json!({ "argv": ["a"], "report": { "path": "../r.xml" } }), "report.path"),
            (
                json!({ "argv": ["a"], "report": { "path": "r.xml", "at_least": 0 } }),
                "report.at_least",
            ),
        ];
        for (mut how, field) in wrong {
            how["by"] = json!("command");
            assert_eq!(refused(how).as_deref(), Some(field));
        }
        assert_eq!(refused(json!({ "by": "junit", "at_least": 0 })).as_deref(), Some("at_least"));
    }

    #[test]
    fn what_cannot_is_refused_where_it_is_written() {
        for url in ["", "shop", "ftp://shop/", "file:///etc/passwd", "https://me:secret@shop/"] {
            assert_eq!(refused(http(json!({ "url": url }))).as_deref(), Some("url"), "{url}");
        }
        assert_eq!(refused(http(json!({ "method": "BREW" }))).as_deref(), Some("method"));
        assert_eq!(refused(http(json!({ "body": "x".repeat(70_000) }))).as_deref(), Some("body"));
        assert_eq!(refused(http(json!({ "assertions": [] }))).as_deref(), Some("assertions"));
        let wrong = [
            (json!({ "on": "status", "is": 99 }), "is"),
            (json!({ "on": "header", "name": "", "value": "x" }), "name"),
            (json!({ "on": "header", "name": "Content Type", "value": "x" }), "name"),
            (json!({ "on": "header", "name": "ETag", "value": " " }), "value"),
            (json!({ "on": "json", "path": "items[0]", "equals": "1" }), "path"),
            (json!({ "on": "json", "path": "", "equals": "1" }), "path"),
            (json!({ "on": "json", "path": "$.a", "equals": "" }), "equals"),
            (json!({ "on": "text", "contains": "" }), "contains"),
            (json!({ "on": "millis", "at_most": 0 }), "at_most"),
        ];
        for (assertion, field) in wrong {
            let fine = json!({ "on": "status", "is": 200 });
            let how = http(json!({ "assertions": [fine, assertion] }));
            assert_eq!(refused(how), Some(format!("assertions.1.{field}")));
        }
        let many = vec![json!({ "on": "status", "is": 200 }); 21];
        assert_eq!(refused(http(json!({ "assertions": many }))).as_deref(), Some("assertions"));
        let query = |query: &str, least: Value, most: Value| {
            refused(json!({
                "by": "prometheus", "url": "http://p/", "query": query,
                "at_least": least, "at_most": most,
            }))
        };
        assert_eq!(query(" ", json!(1), Value::Null).as_deref(), Some("query"));
        assert_eq!(query("up", Value::Null, Value::Null).as_deref(), Some("at_most"));
        assert_eq!(query("up", json!(2), json!(1)).as_deref(), Some("at_most"));
    }
}
