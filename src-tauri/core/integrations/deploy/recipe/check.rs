//! Explains what is wrong with the text of a recipe, by line, as far as it can be told without
//! calling anybody.

use super::{CallBody, Problem, Recipe, RecipeCall, Section, template::Templates};
use serde::de::DeserializeOwned;
use serde_json_path::JsonPath;
use std::{collections::BTreeSet, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

const SECTIONS: [&str; 8] =
    ["start", "locate", "poll", "cancel", "logs", "rollback", "health", "version"];

pub(super) fn problems(text: &str) -> Vec<Problem> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut found = Found { text, problems: Vec::new() };
    for error in &errors {
        found.add(error.span().unwrap_or(0..0), error.message().to_string());
    }
    if errors.is_empty() {
        shape(table.get_ref(), &mut found);
    }
    if found.problems.is_empty() {
        match toml::from_str::<Recipe>(text) {
            Ok(recipe) => meaning(&recipe, table.get_ref(), &mut found),
            Err(error) => found.add(error.span().unwrap_or(0..0), error.message().to_string()),
        }
    }
    found.problems.sort_by(|a, b| (a.line, &a.message).cmp(&(b.line, &b.message)));
    found.problems.dedup();
    found.problems
}

struct Found<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.problems.push(Problem { line, message: message.into() });
    }
}

/// Reads the parts one by one: one mistake in each call is told at once, where the whole would
/// stop at the first.
fn shape(table: &DeTable, found: &mut Found) {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if SECTIONS.contains(&name) {
            section_shape(name, value, found);
        } else if matches!(name, "settings" | "secrets") {
            let items = value.get_ref().as_array().map(|array| array.iter().collect::<Vec<_>>());
            match items {
                Some(items) if name == "settings" => {
                    items.into_iter().for_each(|item| read::<super::Setting>(item, found));
                }
                Some(items) => {
                    items.into_iter().for_each(|item| read::<super::SecretName>(item, found));
                }
                None => found.add(value.span(), format!("Write each as [[{name}]].")),
            }
        } else if !matches!(name, "format" | "name" | "title" | "description") {
            found.add(key.span(), format!("A recipe has no “{name}”."));
        }
    }
}

fn section_shape(name: &str, value: &Spanned<DeValue>, found: &mut Found) {
    let Some(table) = value.get_ref().as_table() else {
        return found.add(value.span(), format!("“{name}” is a section: [[{name}.calls]]."));
    };
    let mut others = DeTable::new();
    for (key, value) in table.iter() {
        if key.get_ref() != "calls" {
            others.insert(key.clone(), value.clone());
            continue;
        }
        match value.get_ref().as_array() {
            Some(calls) => calls.iter().for_each(|call| read::<RecipeCall>(call, found)),
            None => found.add(value.span(), format!("Write each call as [[{name}.calls]].")),
        }
    }
    let empty = Spanned::new(0..0, DeValue::Array(toml::de::DeArray::new()));
    let key = Spanned::new(0..0, std::borrow::Cow::Borrowed("calls"));
    others.insert(key, empty);
    read::<Section>(&Spanned::new(value.span(), DeValue::Table(others)), found);
}

fn read<T: DeserializeOwned>(value: &Spanned<DeValue>, found: &mut Found) {
    if let Err(error) = T::deserialize(ValueDeserializer::from(value.clone())) {
        found.add(error.span().unwrap_or(value.span()), error.message().to_string());
    }
}

fn meaning(recipe: &Recipe, table: &DeTable, found: &mut Found) {
    if recipe.format != 1 {
        let span = span(table, &["format"]);
        found.add(span, format!("Format {} is not known; this version reads 1.", recipe.format));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if recipe.name.is_empty() || !recipe.name.chars().all(plain) {
        let span = span(table, &["name"]);
        found.add(span, "The name is made of lower-case letters, digits and hyphens.");
    }
    let mut names = BTreeSet::new();
    for (index, setting) in recipe.settings.iter().enumerate() {
        let span = span(table, &["settings", &index.to_string(), "name"]);
        if !is_name(&setting.name) || RESERVED.contains(&setting.name.as_str()) {
            found.add(span.clone(), format!("A setting cannot be called “{}”.", setting.name));
        }
        if !names.insert(&setting.name) {
            found.add(span, format!("The setting “{}” is there twice.", setting.name));
        }
    }
    let mut secrets = BTreeSet::new();
    for (index, secret) in recipe.secrets.iter().enumerate() {
        let span = span(table, &["secrets", &index.to_string(), "name"]);
        if !is_name(&secret.name) {
            found.add(span.clone(), format!("A secret cannot be called “{}”.", secret.name));
        }
        if !secrets.insert(&secret.name) {
            found.add(span, format!("The secret “{}” is there twice.", secret.name));
        }
    }
    for (name, section) in recipe.sections() {
        section_meaning(name, section, recipe, table, found);
    }
}

const RESERVED: &[&str] = &[
    "secret",
    "key",
    "run",
    "to",
    "after",
    "package",
    "product",
    "hotfix",
    "environment",
    "target",
    "state",
    "message",
    "text",
    "link",
];

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn section_meaning(
    name: &str,
    section: &Section,
    recipe: &Recipe,
    table: &DeTable,
    found: &mut Found,
) {
    let here = span(table, &[name]);
    if section.calls.is_empty() {
        found.add(here.clone(), format!("“{name}” makes no call."));
    }
    let given: &[&str] = match name {
        "start" => &["key", "product", "hotfix", "environment", "target", "package"],
        "rollback" => &["key", "product", "hotfix", "environment", "target", "run", "to"],
        "version" => &["product", "environment", "target"],
        "locate" => &["key"],
        "logs" => &["run", "after"],
        "poll" | "cancel" => &["run"],
        _ => &[],
    };
    if section.idempotency_header.is_some() && !given.contains(&"key") {
        let span = span(table, &[name, "idempotency_header"]);
        found.add(span, format!("“{name}” has no key that a header could carry."));
    }
    let mut known: BTreeSet<String> = given.iter().map(ToString::to_string).collect();
    known.extend(recipe.settings.iter().map(|setting| setting.name.clone()));
    known.extend(recipe.secrets.iter().map(|secret| format!("secret.{}", secret.name)));
    if name == "start" {
        known.extend(["package.name", "package.size", "package.sha256"].map(String::from));
    }
    for (index, call) in section.calls.iter().enumerate() {
        let index = index.to_string();
        call_meaning(&[name, "calls", &index], call, &known, table, found);
        known.extend(call.extract.keys().chain(call.extract_optional.keys()).cloned());
    }
    let extracted = |wanted: &str| section.calls.iter().any(|c| c.extract.contains_key(wanted));
    let wanted: &[&str] = match name {
        "start" => &["run"],
        "locate" => &["run", "state"],
        "poll" => &["state"],
        "logs" => &["text"],
        "version" => &["version"],
        _ => &[],
    };
    for wanted in wanted.iter().filter(|wanted| !extracted(wanted)) {
        let message =
            format!("“{name}” must extract {wanted}: extract = {{ {wanted} = \"$.…\" }}.");
        found.add(here.clone(), message);
    }
    if wanted.contains(&"state") && section.states.is_empty() {
        found.add(here, format!("“{name}” must say what the states mean: [{name}.states]."));
    }
}

fn call_meaning(
    path: &[&str],
    call: &RecipeCall,
    known: &BTreeSet<String>,
    table: &DeTable,
    found: &mut Found,
) {
    let at = |more: &[&str]| span(table, &[path, more].concat());
    let templates = Templates::default();
    let check =
        |place: Range<usize>, template: &str, found: &mut Found| match templates.names(template) {
            Err(why) => found.add(place, format!("The template cannot be read: {why}.")),
            Ok(names) => {
                for name in names.iter().filter(|name| !known.contains(*name)) {
                    found.add(place.clone(), format!("Nothing here is called “{name}”."));
                }
            }
        };
    check(at(&["url"]), &call.url, found);
    if !call.url.contains("{{") && !call.url.starts_with("http") {
        found.add(at(&["url"]), "The url begins with a setting of kind url, or with http.");
    }
    for (header, template) in &call.headers {
        check(at(&["headers", header]), template, found);
    }
    match &call.body {
        Some(CallBody::Text(text)) => check(at(&["body"]), text, found),
        Some(CallBody::Json(json)) => {
            texts(json).into_iter().for_each(|text| check(at(&["body"]), text, found));
        }
        Some(CallBody::Package) if path[0] != "start" => {
            found.add(at(&["body"]), "Only start has a package to send.");
        }
        Some(CallBody::Package) | None => {}
    }
    if call.body.is_some() && call.method.is_safe() {
        found.add(at(&["body"]), format!("{} carries no body.", call.method.as_str()));
    }
    if call.success.is_empty() {
        found.add(at(&["success"]), "No status would mean success.");
    }
    for status in call.success.iter().chain(&call.absent) {
        if !(100..=599).contains(status) {
            found.add(at(&["success"]), format!("{status} is not an HTTP status."));
        }
    }
    if !call.absent.is_empty() && !matches!(path[0], "locate" | "version") {
        found.add(at(&["absent"]), "Only locate and version can find nothing.");
    }
    if path[0] == "version" && !call.method.is_safe() {
        found.add(at(&["method"]), "What runs is asked with GET or HEAD, which change nothing.");
    }
    if call.timeout_seconds == Some(0) {
        found.add(at(&["timeout_seconds"]), "A timeout of 0 lets no call finish.");
    }
    for (table_name, sources) in
        [("extract", &call.extract), ("extract_optional", &call.extract_optional)]
    {
        for (name, source) in sources {
            let place = at(&[table_name, name]);
            if !is_name(name) {
                found.add(place.clone(), format!("“{name}” is not a name."));
            }
            if source == "body" || source.starts_with("header:") {
                continue;
            }
            if let Err(error) = JsonPath::parse(source) {
                found.add(
                    place,
                    format!("“{source}” is neither a JSONPath, header:NAME nor body: {error}."),
                );
            }
        }
    }
}

fn texts(json: &serde_json::Value) -> Vec<&str> {
    use serde_json::Value as Json;
    match json {
        Json::String(text) => vec![text],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Where the deepest part of a path that is there stands in the text.
fn span(table: &DeTable, path: &[&str]) -> Range<usize> {
    let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == path[0]) else {
        return 0..0;
    };
    let mut here = key.span();
    let mut value = value;
    for part in &path[1..] {
        let next = match value.get_ref() {
            DeValue::Array(items) => {
                part.parse().ok().and_then(|index: usize| items.get(index)).map(|v| (v.span(), v))
            }
            DeValue::Table(table) => {
                table.iter().find(|(key, _)| key.get_ref() == part).map(|(k, v)| (k.span(), v))
            }
            _ => None,
        };
        let Some((place, found)) = next else { break };
        (here, value) = (place, found);
    }
    here
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;

    fn generic() -> String {
        BUILT_IN[0].1.to_string()
    }

    fn line_of(text: &str, needle: &str) -> u32 {
        let index = text.lines().position(|line| line.contains(needle)).unwrap();
        u32::try_from(index + 1).unwrap()
    }

    #[test]
    fn every_recipe_that_ships_is_right_and_named_like_its_file() {
        for (name, text) in BUILT_IN {
            assert_eq!(problems(text), [], "{name}");
            assert_eq!(Recipe::built_in(name).unwrap().name, *name);
            let json = serde_json::to_string(&Recipe::built_in(name).unwrap()).unwrap();
            assert_eq!(
                serde_json::from_str::<Recipe>(&json).unwrap(),
                Recipe::parse(text).unwrap()
            );
        }
    }

    #[test]
    fn each_mistake_is_told_on_its_own_line() {
        let cases = [
            (
                "{{base_url}}/deployments/{{run}}\"",
                "{{base_url}}/deployments/{{rum}}\"",
                "rum",
                "rum",
            ),
            ("{{base_url}}/healthz", "{{base_url/healthz", "healthz", "template"),
            ("{ text = \"body\" }", "{ text = \"$.[\" }", "$.[", "JSONPath"),
            ("absent = [404]", "absent = [4040]", "url = \"{{base_url}}/deployments?key", "4040"),
            ("timeout_seconds = 10", "timeout_seconds = 0", "timeout_seconds = 0", "timeout"),
            (
                "method = \"POST\"\nurl = \"{{base_url}}/rollback\"",
                "method = \"SEND\"\nurl = \"{{base_url}}/rollback\"",
                "SEND",
                "SEND",
            ),
            ("format = 1", "format = 9", "format = 9", "9"),
            (
                "name = \"generic-http\"",
                "name = \"Generic HTTP\"",
                "name = \"Generic",
                "lower-case",
            ),
            ("[[secrets]]", "[[secret]]", "[[secret]]", "secret"),
        ];
        for (old, new, needle, word) in cases {
            let text = generic().replacen(old, new, 1);
            assert_ne!(text, generic(), "{old}");
            let found = problems(&text);
            assert!(found.iter().any(|p| p.message.contains(word)), "{new}: {found:?}");
            if needle.starts_with("url = ") {
                continue;
            }
            let line = line_of(&text, needle);
            assert!(found.iter().any(|p| p.line == line), "{new}: {found:?} not on {line}");
        }
    }

    #[test]
    fn several_mistakes_are_told_at_once() {
        let text = generic().replacen("method = \"POST\"", "methd = \"POST\"", 1).replacen(
            "timeout_seconds = 10",
            "timeout = 10",
            1,
        );
        let found = problems(&text);
        assert!(found.len() >= 2, "{found:?}");
        assert!(found.iter().any(|p| p.message.contains("methd")), "{found:?}");
    }

    #[test]
    fn a_section_that_leaves_out_what_the_engine_needs_is_wrong() {
        let text = generic().replacen("extract = { run = \"$.run\" }\n", "", 1);
        assert!(problems(&text)[0].message.contains("must extract run"));
        let text = generic().replacen(
            "[poll.states]\nrunning = \"running\"",
            "[poll.states]\nrunning = \"walking\"",
            1,
        );
        assert!(!problems(&text).is_empty());
    }

    #[test]
    fn what_runs_is_asked_by_a_call_that_changes_nothing_and_must_name_the_version() {
        let asks = "url = \"{{base_url}}/running\"";
        let posts = generic().replacen(
            &format!("method = \"GET\"\n{asks}"),
            &format!("method = \"POST\"\n{asks}"),
            1,
        );
        assert!(problems(&posts)[0].message.contains("change nothing"), "{:?}", problems(&posts));
        let text = generic().replacen("version = \"$.version\"", "v = \"$.version\"", 1);
        assert!(problems(&text)[0].message.contains("must extract version"));
    }

    #[test]
    fn loops_are_not_part_of_the_language() {
        let text = generic().replacen(
            "{{base_url}}/healthz",
            "{{base_url}}/{% for c in base_url %}{{c}}{% endfor %}",
            1,
        );
        assert!(problems(&text)[0].message.contains("nothing else"), "{:?}", problems(&text));
    }

    #[test]
    fn syntax_errors_have_their_line() {
        let found = problems("format = 1\nname = \n");
        assert_eq!(found[0].line, 2, "{found:?}");
    }
}
