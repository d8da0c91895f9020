//! Texts of messages with names in them: one way to fill them in, for the one who writes a template
//! and for the one who sends it. Strict: a name without a value is a mistake, not a gap.
//!
//! Deliberately absent: what the values are (the stage that announces knows), and files, includes
//! and macros.

use crate::error::{Error, Result};

/// The names a template may use. From `deployment` on they are empty in a message that is not about one.
pub const NAMES: [&str; 18] = [
    "key",
    "title",
    "product",
    "priority",
    "issues",
    "affected",
    "workaround",
    "cause",
    "solution",
    "revision",
    "owner",
    "deployment",
    "environment",
    "starts",
    "duration",
    "disruption",
    "reason",
    "on_duty",
];

/// Fills `text` in. A mistake is refused at `field`, with the names that are known.
pub fn render(field: &str, text: &str, values: &minijinja::Value) -> Result<String> {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_fuel(Some(100_000));
    environment.render_str(text, values.clone()).map_err(|error| {
        let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
        Error::field(field, format!("The template cannot be filled in: {what}{line}."))
            .hint(format!("Known names: {}.", NAMES.join(", ")))
    })
}

/// A made-up hot fix, so that a template can be tried where there is none yet.
pub fn example() -> minijinja::Value {
    minijinja::context! {
        key => "HF-12",
        title => "Checkout shows error 500 after “Pay”",
        product => "Shop",
        priority => "P1",
        issues => ["ISS-482", "ISS-478"],
        affected => 31,
        workaround => "Guest checkout works.",
        cause => "A rate is missing for carts that are older than a day.",
        solution => "The rate is looked up again before paying.",
        revision => 2,
        owner => "Rita Marsh",
        deployment => "DEP-7",
        environment => "Production",
        starts => "Tue, 1 Dec 2026, 14:00 CET",
        duration => "20 min",
        disruption => "some requests fail for seconds",
        reason => "",
        on_duty => ["Mara Kovac"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_a_value_for_every_known_name() {
        for name in NAMES {
            render("body", &format!("{{{{ {name} }}}}"), &example()).unwrap();
        }
    }

    #[test]
    fn an_unknown_name_is_refused_at_its_field_with_the_known_ones() {
        let error = render("subject", "{{ customer }}", &example()).unwrap_err();
        assert_eq!(error.location.as_deref(), Some("subject"));
        assert!(error.message.contains("`customer`") && error.message.contains("(line 1)"));
        assert!(error.hint.unwrap().contains("workaround"));
    }
}
