//! Texts of messages with names in them: one way to fill them in, for the one who writes a template
//! and for the one who sends it. Strict: a name without a value is a mistake, not a gap.
//!
//! Deliberately absent: what the values are (the stage that announces knows), and files, includes
//! and macros.

use crate::{
    error::{Error, Result},
    event::words::{ChannelText, MessageChannel, Readers, Template},
};
use std::collections::BTreeMap;

/// The names a template may use. From `deployment` on they are empty in a message that is not about one.
pub const NAMES: [&str; 20] = [
    "key",
    "title",
    "product",
    "priority",
    "issues",
    "affected",
    "workaround",
    "cause",
    "solution",
    "public",
    "instructions",
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

/// The names that stay inside: no public text can use them.
const INTERNAL: [&str; 8] =
    ["priority", "issues", "affected", "cause", "public", "owner", "reason", "on_duty"];

/// The names that a text for these readers may use; all of them, where it is for whomever.
pub fn names(readers: Option<Readers>) -> impl Iterator<Item = &'static str> {
    let public = readers == Some(Readers::Public);
    NAMES.into_iter().filter(move |name| !public || !INTERNAL.contains(name))
}

/// What the names of a template stand for.
#[derive(Clone, Debug)]
pub struct Values {
    all: minijinja::Value,
    readers: Readers,
}

impl Values {
    /// A value for each of [`NAMES`]; what stays inside is left out of a public text.
    pub fn new(mut all: BTreeMap<&'static str, minijinja::Value>, readers: Readers) -> Self {
        if readers == Readers::Public {
            all.retain(|name, _| !INTERNAL.contains(name));
        }
        Self { all: minijinja::Value::from(all), readers }
    }
}

/// Fills `text` in. A mistake is refused at `field`, with the names that are known.
pub fn render(field: &str, text: &str, values: &Values) -> Result<String> {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_fuel(Some(100_000));
    environment.render_str(text, values.all.clone()).map_err(|error| {
        let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
        let known = names(Some(values.readers)).collect::<Vec<_>>().join(", ");
        let hint = match INTERNAL
            .iter()
            .find(|name| values.readers == Readers::Public && what.contains(&format!("`{name}`")))
        {
            Some(name) => {
                format!("“{name}” is for colleagues, not for the public. Known here: {known}.")
            }
            None => format!("Known names: {known}."),
        };
        Error::field(field, format!("The template cannot be filled in: {what}{line}.")).hint(hint)
    })
}

/// What is said, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub subject: String,
    pub body: String,
}

/// The words that a template has for a channel alone; none where it says its main ones there.
pub fn own(template: &Template, channel: MessageChannel) -> Option<&ChannelText> {
    let written = |part: &str| !part.trim().is_empty();
    template.texts.get(&channel).filter(|text| written(&text.subject) || written(&text.text))
}

/// What a template says on a channel, or without one its main words. A mistake is refused at the
/// field where it is mended: `texts.desktop.text`.
pub fn said(template: &Template, channel: Option<MessageChannel>, values: &Values) -> Result<Said> {
    let own = channel.and_then(|channel| own(template, channel).map(|text| (channel, text)));
    let part = |name: &str, main: &'static str, whole: &str, of: fn(&ChannelText) -> &str| match own
    {
        Some((channel, text)) if !of(text).trim().is_empty() => {
            render(&format!("texts.{}.{name}", channel.name()), of(text), values)
        }
        _ => render(main, whole, values),
    };
    Ok(Said {
        subject: part("subject", "subject", &template.subject, |text| &text.subject)?,
        body: part("text", "body", &template.body, |text| &text.text)?,
    })
}

/// A made-up hot fix, so that a template can be tried where there is none yet.
pub fn example(readers: Readers) -> Values {
    use minijinja::Value;
    let solution = match readers {
        Readers::Public => "Paying works again, for carts of any age.",
        Readers::Internal => "The rate is looked up again before paying.",
    };
    let text = |name, text: &str| (name, Value::from(text));
    Values::new(
        BTreeMap::from([
            text("key", "HF-12"),
            text("title", "Checkout shows error 500 after “Pay”"),
            text("product", "Shop"),
            text("priority", "P1"),
            ("issues", Value::from(vec!["ISS-482", "ISS-478"])),
            ("affected", Value::from(31)),
            text("workaround", "Guest checkout works."),
            text("cause", "A rate is missing for carts that are older than a day."),
            text("solution", solution),
            text("public", "Paying works again, for carts of any age."),
            text("instructions", "Open the cart again and pay as usual."),
            ("revision", Value::from(2)),
            text("owner", "Rita Marsh"),
            text("deployment", "DEP-7"),
            text("environment", "Production"),
            text("starts", "Tue, 1 Dec 2026, 14:00 CET"),
            text("duration", "20 min"),
            text("disruption", "some requests fail for seconds"),
            text("reason", ""),
            ("on_duty", Value::from(vec!["Mara Kovac"])),
        ]),
        readers,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::words::{MessageChannel::*, Purpose};

    #[test]
    fn the_example_has_a_value_for_every_known_name() {
        for readers in [Readers::Internal, Readers::Public] {
            for name in names(Some(readers)) {
                render("body", &format!("{{{{ {name} }}}}"), &example(readers)).unwrap();
            }
        }
        assert_eq!(names(None).count(), NAMES.len());
    }

    #[test]
    fn what_is_for_colleagues_is_refused_in_a_public_text_however_it_is_asked_for() {
        for name in INTERNAL {
            for text in [format!("{{{{ {name} }}}}"), format!("{{% if {name} %}}x{{% endif %}}")] {
                render("body", &text, &example(Readers::Internal)).unwrap();
                let error = render("body", &text, &example(Readers::Public)).unwrap_err();
                assert_eq!(error.location.as_deref(), Some("body"), "{text}");
            }
        }
        let said = render("body", "{{ cause }}", &example(Readers::Public)).unwrap_err();
        assert!(said.hint.unwrap().starts_with("“cause” is for colleagues"), "{}", said.message);
    }

    #[test]
    fn a_channel_says_its_own_words_and_the_main_ones_where_it_has_none() {
        let mut template = Template {
            id: "fixed".into(),
            name: "Fixed".into(),
            purpose: Purpose::Fixed,
            readers: None,
            subject: "Fixed: {{ title }}".into(),
            body: "{{ solution }}".into(),
            texts: [
                (Desktop, text("", "{{ key }} is over.")),
                (MailDraft, text("[{{ product }}] over", "  ")),
                (Clipboard, text(" ", "")),
            ]
            .into(),
        };
        let on = |template: &Template, channel| {
            said(template, channel, &example(Readers::Internal))
                .map(|said| (said.subject, said.body))
        };
        let main = on(&template, None).unwrap();
        assert_eq!(main.1, "The rate is looked up again before paying.");
        let desktop = on(&template, Some(Desktop)).unwrap();
        assert_eq!(desktop, (main.0.clone(), "HF-12 is over.".into()));
        let mail = on(&template, Some(MailDraft)).unwrap();
        assert_eq!(mail, ("[Shop] over".into(), main.1.clone()));
        // Nothing but space is nothing of its own.
        assert_eq!(on(&template, Some(Clipboard)).unwrap(), main);
        assert_eq!(own(&template, Clipboard), None);

        template.texts.insert(Desktop, text("", "Dear all,\n{{ customer }}"));
        let wrong = on(&template, Some(Desktop)).unwrap_err();
        assert_eq!(wrong.location.as_deref(), Some("texts.desktop.text"));
        assert!(wrong.message.contains("(line 2)"), "{}", wrong.message);
        assert_eq!(on(&template, Some(MailDraft)).unwrap(), mail, "the others can still be said");
    }

    fn text(subject: &str, text: &str) -> ChannelText {
        ChannelText { subject: subject.into(), text: text.into() }
    }

    #[test]
    fn an_unknown_name_is_refused_at_its_field_with_the_known_ones() {
        let error = render("subject", "{{ customer }}", &example(Readers::Internal)).unwrap_err();
        assert_eq!(error.location.as_deref(), Some("subject"));
        assert!(error.message.contains("`customer`") && error.message.contains("(line 1)"));
        assert!(error.hint.unwrap().contains("workaround"));
    }
}
