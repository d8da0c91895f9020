//! What an endpoint needs before it is saved. What its recipe, its certificates and its hosts want
//! beyond that is looked at where recipes are known (`desk/reach.rs`).

use super::required;
use crate::{
    error::{Error, Result},
    event::words::*,
};
use std::{collections::BTreeSet, path::Path};

/// Values that a word of a command may stand for, by what is run.
const VALUES: [(&str, &[&str]); 4] = [
    (
        "argv",
        &[
            "key",
            "product",
            "hotfix",
            "environment",
            "target",
            "package",
            "package.name",
            "package.size",
            "package.sha256",
        ],
    ),
    ("rollback", &["key", "product", "hotfix", "environment", "target", "to"]),
    ("health", &[]),
    ("version", &["product", "environment", "target"]),
];
const MOST_WORDS: usize = 200;

pub fn check(endpoint: &Endpoint) -> Result<()> {
    required("recipe", &endpoint.recipe, "The system")?;
    if endpoint.recipe == COMMAND {
        let Some(command) = &endpoint.command else {
            return Err(Error::field("command.argv", "Say which program deploys.")
                .hint("One word a line: /usr/local/bin/deploy, then {{package}}."));
        };
        return check_command(command);
    }
    if !endpoint.base_url.is_empty() {
        check_url("base_url", &endpoint.base_url)?;
    }
    if endpoint.recipe == CUSTOM {
        required("recipe_text", &endpoint.recipe_text, "The recipe")?;
    }
    Ok(())
}

pub fn check_url(field: &str, text: &str) -> Result<()> {
    let url = url::Url::parse(text).map_err(|error| {
        Error::field(field, format!("This is not a web address: {error}."))
            .hint("It looks like https://deploy.example.org.")
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(Error::field(field, "The address must start with http:// or https://."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::field(field, "The address holds a user or a password.")
            .hint("Leave them out and name a secret instead: its value stays in the keychain."));
    }
    Ok(())
}

fn check_command(command: &EndpointCommand) -> Result<()> {
    for (part, values) in VALUES {
        let words = match part {
            "argv" => &command.argv,
            "rollback" => &command.rollback,
            "health" => &command.health,
            _ => &command.version,
        };
        check_words(&format!("command.{part}"), words, values, part == "argv")?;
    }
    if !Path::new(command.folder.trim()).is_absolute() {
        return Err(Error::field("command.folder", "Say in which folder it runs, from the root.")
            .hint("Write it like /srv/deploy."));
    }
    let mut seen = BTreeSet::new();
    for (row, name) in command.environment.iter().enumerate() {
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain || !seen.insert(name) {
            return Err(Error::field(
                format!("command.environment.{row}"),
                format!("“{name}” is not the name of a variable, or is there twice."),
            )
            .hint(
                "Only its name, like KUBECONFIG; its value is taken from where this program runs.",
            ));
        }
    }
    if !(1..=24 * 60).contains(&command.timeout_minutes) {
        return Err(Error::field(
            "command.timeout_minutes",
            "A command may take from a minute to a day.",
        ));
    }
    Ok(())
}

fn check_words(at: &str, words: &[String], values: &[&str], wanted: bool) -> Result<()> {
    let Some(program) = words.first() else {
        return match wanted {
            false => Ok(()),
            true => Err(Error::field(at, "Say which program runs.")
                .hint("One word a line: /usr/local/bin/deploy, then {{package}}.")),
        };
    };
    if program.trim().is_empty() || program.trim() != program {
        return Err(Error::field(at, "Its first word is no program.")
            .hint("One word a line, the program first, without spaces around it."));
    }
    if program.contains('/') && !program.starts_with('/') {
        return Err(Error::field(at, format!("“{program}” is neither a name nor a whole path."))
            .hint("Write /srv/deploy/run, or the name of a program that is on the path."));
    }
    if words.len() > MOST_WORDS {
        return Err(Error::field(at, format!("More than {MOST_WORDS} words are no command.")));
    }
    for (index, word) in words.iter().enumerate() {
        let place = index + 1;
        if word.contains('\0') {
            return Err(Error::field(at, format!("Word {place} holds a zero.")));
        }
        if !word.contains("{{") && !word.contains("}}") {
            continue;
        }
        let name = word.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
        let known = name.is_some_and(|name| {
            let own = name.strip_prefix("param.").is_some_and(|name| !name.is_empty());
            values.contains(&name) || (own && values.contains(&"key"))
        });
        if index == 0 || !known {
            let given: Vec<String> = values.iter().map(|name| format!("{{{{{name}}}}}")).collect();
            let all = match given.is_empty() {
                true => "No value can be given here.".to_owned(),
                false => {
                    let own = match values.contains(&"key") {
                        true => ", or {{param.NAME}} for a target's parameter",
                        false => "",
                    };
                    let all = given.join(", ");
                    format!("A value is a word of its own, after the program: {all}{own}.")
                }
            };
            return Err(
                Error::field(at, format!("Word {place}, “{word}”, stands for no value.")).hint(all)
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(argv: &[&str]) -> Endpoint {
        Endpoint {
            recipe: COMMAND.into(),
            command: Some(EndpointCommand {
                argv: argv.iter().map(|word| (*word).to_owned()).collect(),
                folder: "/srv".into(),
                timeout_minutes: 10,
                ..EndpointCommand::default()
            }),
            ..Endpoint::default()
        }
    }

    #[test]
    fn an_endpoint_of_an_older_journal_reads_with_nothing_new_in_it() {
        let old = r#"{"id":"agent","name":"Agent","recipe":"generic-http","base_url":"http://127.0.0.1:9"}"#;
        let endpoint: Endpoint = serde_json::from_str(old).unwrap();
        assert_eq!(
            endpoint,
            Endpoint {
                id: "agent".into(),
                name: "Agent".into(),
                recipe: "generic-http".into(),
                base_url: "http://127.0.0.1:9".into(),
                ..Endpoint::default()
            }
        );
        check(&endpoint).unwrap();
    }

    #[test]
    fn values_are_words_of_their_own_and_the_program_is_fixed() {
        check(&command(&["/srv/run", "{{package}}", "{{ target }}", "{{param.region}}", "$HOME"]))
            .unwrap();
        for words in [
            &["{{target}}"][..],
            &["run", "--to={{target}}"],
            &["run", "{{secret.token}}"],
            &["run", "{{to}}"],
            &["run", "{{param.}}"],
            &["bin/run"],
            &[" run"],
            &[""],
            &[],
        ] {
            let error = check(&command(words)).unwrap_err();
            assert_eq!(error.location.as_deref(), Some("command.argv"), "{words:?}");
            assert!(error.hint.is_some(), "{words:?}: {error}");
        }
        let mut health = command(&["run"]);
        health.command.as_mut().unwrap().health = vec!["check".into(), "{{target}}".into()];
        assert_eq!(check(&health).unwrap_err().location.as_deref(), Some("command.health"));
    }

    #[test]
    fn an_address_with_a_password_is_refused() {
        let endpoint = Endpoint {
            recipe: "generic-http".into(),
            base_url: "https://rita:pw@deploy.example.org".into(),
            ..Endpoint::default()
        };
        let error = check(&endpoint).unwrap_err();
        assert!(error.message.contains("password") && error.hint.is_some(), "{error}");
    }
}
