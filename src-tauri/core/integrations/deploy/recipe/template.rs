//! Templates of a recipe: strict, without loops, and escaped for the place they are put into.

use minijinja::{
    AutoEscape, Environment, Output, State, UndefinedBehavior, Value, escape_formatter,
    value::ValueKind,
};
use std::collections::BTreeMap;

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
            "url" => AutoEscape::Custom("url".into()),
            _ => AutoEscape::None,
        });
        environment.set_formatter(format);
        environment.add_filter("base64", |text: String| {
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text)
        });
        Self { environment }
    }
}

impl Templates {
    /// Values are escaped as one part of a URL, except settings of kind `url`.
    pub fn url(&self, template: &str, scope: &Scope) -> Result<String, String> {
        self.render("url", template, scope)
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
    if matches!(state.auto_escape(), AutoEscape::Custom(place) if place == "url")
        && !value.is_safe()
        && !matches!(value.kind(), ValueKind::Undefined)
    {
        let text = value.to_string();
        // "." and ".." are left alone by percent-encoding and would climb out of their part.
        let escaped = match text.as_str() {
            "." => "%2E".to_string(),
            ".." => "%2E%2E".to_string(),
            _ => percent(&text),
        };
        return out.write_str(&escaped).map_err(minijinja::Error::from);
    }
    escape_formatter(out, state, value)
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
