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
    if let Some(rule) = &section.retry {
        let place = span(table, &[name, "retry"]);
        if !matches!(name, "start" | "rollback") {
            found.add(place.clone(), format!("“{name}” is asked again anyway: it has no retry."));
        }
        let refusals = rule.statuses.iter().all(|status| (400..600).contains(status));
        if rule.statuses.is_empty() || !refusals {
            let message = "“retry” names statuses from 400 to 599: statuses = [429, 503].";
            found.add(place.clone(), message);
        }
        if !(1..=10).contains(&rule.times) || !(1..=60).contains(&rule.minutes) {
            found.add(place, "“retry” is 1 to 10 times, within 1 to 60 minutes.");
        }
    }
    let mut known: BTreeSet<String> = given.iter().map(ToString::to_string).collect();
    known.extend(recipe.settings.iter().map(|setting| setting.name.clone()));
    known.extend(recipe.secrets.iter().map(|secret| format!("secret.{}", secret.name)));
    if name == "start" {
        known.extend(["package.name", "package.size", "package.sha256"].map(String::from));
    }
    for (number, call) in section.calls.iter().enumerate() {
        let index = number.to_string();
        call_meaning(&[name, "calls", &index], call, &known, table, found);
        let earlier: BTreeSet<&String> =
            section.calls[..number].iter().flat_map(RecipeCall::extracted).collect();
        for (place, wanted) in
            [("only_with", &call.only_with), ("only_without", &call.only_without)]
        {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| !earlier.contains(wanted)) {
                let span = span(table, &[name, "calls", &index, place]);
                found.add(span, format!("No earlier call of “{name}” extracts “{wanted}”."));
            }
        }
        for (nth, sign) in call.sign.iter().enumerate() {
            if !recipe.secrets.iter().any(|secret| secret.name == sign.secret) {
                let span = span(table, &[name, "calls", &index, "sign", &nth.to_string()]);
                found.add(span, format!("There is no secret “{}” to sign with.", sign.secret));
            }
        }
        known.extend(call.extract.keys().chain(call.extract_optional.keys()).cloned());
    }
    let templates = Templates::default();
    for (value, template) in &section.values {
        let place = span(table, &[name, "values", value]);
        if !is_name(value) {
            found.add(place.clone(), format!("“{value}” is not a name."));
        }
        names_known(&templates, template, &known, &place, found);
    }
    let extracted = |wanted: &str| {
        section.values.contains_key(wanted)
            || section.calls.iter().any(|call| call.extract.contains_key(wanted))
    };
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

/// A template that can be read, and names nothing that is not there.
fn names_known(
    templates: &Templates,
    template: &str,
    known: &BTreeSet<String>,
    place: &Range<usize>,
    found: &mut Found,
) {
    match templates.names(template) {
        Err(why) => found.add(place.clone(), format!("The template cannot be read: {why}.")),
        Ok(names) => {
            for name in names.iter().filter(|name| !known.contains(*name)) {
                found.add(place.clone(), format!("Nothing here is called “{name}”."));
            }
            if let Some(why) = templates.unknown(template, known) {
                found.add(place.clone(), format!("The template cannot be used: {why}."));
            }
        }
    }
}

/// A JSONPath without its templates: what they put in stands within quotes, or is a number.
fn without_templates(source: &str) -> Result<String, String> {
    let (mut plain, mut quote, mut rest) = (String::new(), None, source);
    while let Some(char) = rest.chars().next() {
        if let Some(inside) = rest.strip_prefix("{{") {
            let (expression, after) =
                inside.split_once("}}").ok_or("a template in it does not end")?;
            if quote.is_none() && expression.rsplit('|').next().map(str::trim) != Some("number") {
                return Err(format!(
                    "write '{{{{{expression}}}}}' within quotes, or {{{{{} | number}}}}",
                    expression.trim()
                ));
            }
            plain.push('0');
            rest = after;
            continue;
        }
        match (quote, char) {
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            _ => {}
        }
        let mut length = char.len_utf8();
        if char == '\\' {
            length += rest[length..].chars().next().map_or(0, char::len_utf8);
        }
        plain.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    Ok(plain)
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
    let check = |place: Range<usize>, template: &str, found: &mut Found| {
        names_known(&templates, template, known, &place, found);
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
        Some(CallBody::Form(fields)) => {
            fields.values().for_each(|text| check(at(&["body"]), text, found));
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
            if source == "body" || source == "cookies" || source.starts_with("header:") {
                continue;
            }
            check(place.clone(), source, found);
            let parsed = without_templates(source)
                .and_then(|path| JsonPath::parse(&path).map_err(|error| error.to_string()));
            if let Err(error) = parsed {
                let message = format!(
                    "“{source}” is neither a JSONPath, header:NAME, cookies nor body: {error}."
                );
                found.add(place, message);
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
mod tests;
