//! Templates of a recipe: strict, without loops, and escaped for the place they are put into.

use minijinja::{
    AutoEscape, Environment, Output, State, UndefinedBehavior, Value, escape_formatter,
    value::ValueKind,
};
use std::collections::{BTreeMap, BTreeSet};

/// The values templates see.
#[derive(Clone, Debug, Default)]
pub struct Scope(BTreeMap<String, Value>);

impl Scope {
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_string(), value.into());
    }

    fn value(&self) -> Value {
        Value::from_pairs(self.0.iter().map(|(name, value)| (name.clone(), value.clone())))
    }
}

/// Renders the templates of one recipe.
pub struct Templates {
    environment: Environment<'static>,
}

impl Default for Templates {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_recursion_limit(50);
        environment.set_auto_escape_callback(|name| match name {
            "url" | "path" => AutoEscape::Custom(name.to_owned().into()),
            _ => AutoEscape::None,
        });
        environment.set_formatter(format);
        environment.add_filter("base64", |text: String| {
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text)
        });
        environment.add_filter("between", |text: &Value, start: String, end: String| {
            between(text, &start, &end)
        });
        environment.add_filter("number", |text: &Value| number(text));
        environment.add_filter("percent", |text: &Value| percent(&text.to_string()));
        environment.add_filter("pattern", |text: &Value| pattern(&text.to_string()));
        Self { environment }
    }
}

/// What stands after `start` and before the next `end`; nothing if either is not there.
fn between(text: &Value, start: &str, end: &str) -> String {
    let text = text.to_string();
    let after = text.split_once(start).map_or("", |(_, after)| after);
    after.split_once(end).map_or("", |(inside, _)| inside).to_owned()
}

/// The regular expression (RFC 9485, as JSONPath's `search` takes it) that matches this text only.
fn pattern(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, char| {
        match char {
            // The one that RFC 9485 has no escape for.
            '$' => return out + "[$]",
            char if r"\.*+?()[]{}|^".contains(char) => out.push('\\'),
            _ => {}
        }
        out.push(char);
        out
    })
}

/// A whole number, the one value that a JSONPath may hold outside of quotes.
fn number(text: &Value) -> Result<i64, minijinja::Error> {
    text.to_string().trim().parse().map_err(|_| {
        let kind = minijinja::ErrorKind::InvalidOperation;
        minijinja::Error::new(kind, format!("“{text}” is not a whole number"))
    })
}

impl Templates {
    /// Values are escaped as one part of a URL, except settings of kind `url`.
    pub fn url(&self, template: &str, scope: &Scope) -> Result<String, String> {
        self.render("url", template, scope)
    }

    /// A JSONPath; values are put into its quoted texts and cannot break out of them.
    pub fn path(&self, template: &str, scope: &Scope) -> Result<String, String> {
        self.render("path", template, scope)
    }

    pub fn text(&self, template: &str, scope: &Scope) -> Result<String, String> {
        self.render("text", template, scope)
    }

    pub fn json(
        &self,
        template: &serde_json::Value,
        scope: &Scope,
    ) -> Result<serde_json::Value, String> {
        use serde_json::Value as Json;
        Ok(match template {
            Json::String(text) => match sole_expression(text) {
                Some(expression) => self.value(expression, scope)?,
                None => Json::String(self.text(text, scope)?),
            },
            Json::Array(items) => Json::Array(
                items.iter().map(|item| self.json(item, scope)).collect::<Result<_, _>>()?,
            ),
            Json::Object(map) => Json::Object(
                map.iter()
                    .map(|(name, item)| Ok((name.clone(), self.json(item, scope)?)))
                    .collect::<Result<_, String>>()?,
            ),
            other => other.clone(),
        })
    }

    /// The names a template uses, or why it is not one.
    pub fn names(&self, template: &str) -> Result<Vec<String>, String> {
        let parsed = self.environment.template_from_str(template).map_err(explain)?;
        if ["{% for", "{%- for", "{% macro", "{% include", "{% import", "{% extends", "{% set"]
            .iter()
            .any(|word| template.contains(word))
        {
            return Err("Templates of a recipe hold values and {% if %}, nothing else.".into());
        }
        let mut names: Vec<String> = parsed.undeclared_variables(true).into_iter().collect();
        names.sort();
        Ok(names)
    }

    /// A filter or function that there is not: rendering alone would tell, and too late. Both ways
    /// of an {% if %} are tried.
    pub fn unknown(&self, template: &str, names: &BTreeSet<String>) -> Option<String> {
        use minijinja::ErrorKind::{UnknownFilter, UnknownFunction, UnknownTest};
        ["1", ""].iter().find_map(|sample| {
            let (mut scope, mut parts) = (Scope::default(), BTreeMap::new());
            for name in names {
                match name.split_once('.') {
                    Some((whole, part)) => {
                        let part = (part.to_owned(), Value::from(*sample));
                        parts.entry(whole).or_insert_with(Vec::new).push(part);
                    }
                    None => scope.set(name, *sample),
                }
            }
            parts.into_iter().for_each(|(whole, all)| scope.set(whole, Value::from_pairs(all)));
            let error = self.environment.render_str(template, scope.value()).err()?;
            let no_such = matches!(error.kind(), UnknownFilter | UnknownFunction | UnknownTest);
            no_such.then(|| explain(error))
        })
    }

    fn render(&self, place: &str, template: &str, scope: &Scope) -> Result<String, String> {
        self.environment.render_named_str(place, template, scope.value()).map_err(explain)
    }

    fn value(&self, expression: &str, scope: &Scope) -> Result<serde_json::Value, String> {
        let value = self
            .environment
            .compile_expression(expression)
            .and_then(|expression| expression.eval(scope.value()))
            .map_err(explain)?;
        if value.is_undefined() {
            return Err(format!("{expression} has no value."));
        }
        serde_json::to_value(value).map_err(|error| error.to_string())
    }
}

fn sole_expression(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then_some(inner.trim())
}

fn explain(error: minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

fn format(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    // What is missing is nothing, not the word "none".
    if value.is_none() {
        return Ok(());
    }
    let place = match state.auto_escape() {
        AutoEscape::Custom(place) if !matches!(value.kind(), ValueKind::Undefined) => place,
        _ => return escape_formatter(out, state, value),
    };
    if place == "path" {
        // JSONPath has these escapes in both of its kinds of quotes.
        let escaped: String =
            value.to_string().chars().fold(String::new(), |out, char| match char {
                '\'' | '"' | '\\' => out + &format!("\\u{:04x}", u32::from(char)),
                char if char.is_control() => out + &format!("\\u{:04x}", u32::from(char)),
                char => out + char.encode_utf8(&mut [0; 4]),
            });
        return out.write_str(&escaped).map_err(minijinja::Error::from);
    }
    if !value.is_safe() {
        let text = value.to_string();
        // "." and ".." are left alone by percent-encoding and would climb out of their part.
        let escaped = match text.as_str() {
            "." => "%2E".to_string(),
            ".." => "%2E%2E".to_string(),
            _ => percent(&text),
        };
        return out.write_str(&escaped).map_err(minijinja::Error::from);
    }
    out.write_str(&value.to_string()).map_err(minijinja::Error::from)
}

/// Everything but RFC 3986's unreserved characters.
pub fn percent(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(name: &str, value: &str) -> Scope {
        let mut scope = Scope::default();
        scope.set(name, value);
        scope
    }

    #[test]
    fn a_value_cannot_break_out_of_a_jsonpath() {
        let templates = Templates::default();
        let items = serde_json::json!([{ "k": "mine" }, { "k": "it's \"x\" \\ ü" }]);
        for (value, finds) in [("mine", 1), ("' || @.k != '", 0), ("it's \"x\" \\ ü", 1), ("\n", 0)]
        {
            for path in ["$[?@.k == '{{v}}']", "$[?@.k == \"{{v}}\"]"] {
                let path = templates.path(path, &scope("v", value)).unwrap();
                let parsed = serde_json_path::JsonPath::parse(&path).unwrap();
                assert_eq!(parsed.query(&items).len(), finds, "{path}");
            }
            let path = templates.path("$[?search(@.k, '{{v | pattern}}')]", &scope("v", value));
            let parsed = serde_json_path::JsonPath::parse(&path.unwrap()).unwrap();
            assert_eq!(parsed.query(&items).len(), finds, "{value}");
        }
        let odd = templates.path("$[?@.n == {{v | number}}]", &scope("v", "1 || 1 == 1"));
        assert!(odd.is_err(), "{odd:?}");
    }

    #[test]
    fn what_stands_between_two_texts_is_taken_out_and_null_is_nothing() {
        let templates = Templates::default();
        let place = "{{place | between('/queue/item/', '/')}}";
        let item = scope("place", "https://ci/queue/item/39/");
        assert_eq!(templates.text(place, &item).unwrap(), "39");
        assert_eq!(templates.text(place, &scope("place", "https://ci/job/x/")).unwrap(), "");
        let mut scope = Scope::default();
        scope.set("gone", ());
        assert_eq!(templates.text("{{gone}}|{{gone}}", &scope).unwrap(), "|");
        assert_eq!(templates.url("/{{gone}}", &scope).unwrap(), "/");
    }
}
