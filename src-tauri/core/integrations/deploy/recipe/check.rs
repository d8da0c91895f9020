//! Every mistake in a recipe's text, by line.

use super::{Problem, Recipe, template::Templates};

/// What templates of every section may name beside settings and extractions.
const NAMES: &[&str] = &[
    "secret",
    "key",
    "product",
    "hotfix",
    "environment",
    "target",
    "package",
    "run",
    "after",
    "to",
];

pub fn problems(text: &str) -> Vec<Problem> {
    let recipe: Recipe = match toml::from_str(text) {
        Ok(recipe) => recipe,
        Err(error) => {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            return vec![Problem {
                line,
                message: format!("{}.", error.message().trim_end_matches('.')),
            }];
        }
    };
    let mut found = Vec::new();
    if recipe.format != 1 {
        let message = format!("This program knows format 1, not {}.", recipe.format);
        found.push(Problem { line: line_of(text, "format"), message });
    }
    let templates = Templates::default();
    for (name, section) in recipe.sections() {
        let line =
            line_of(text, &format!("[{name}")).min(line_of(text, &format!("[[{name}.calls")));
        let mut problem = |message: String| found.push(Problem { line, message });
        if section.calls.is_empty() {
            problem(format!("{name} has no calls."));
        }
        let wanted: &[&str] = match name {
            "start" => &["run"],
            "locate" => &["run", "state"],
            "poll" => &["state"],
            "logs" => &["text"],
            _ => &[],
        };
        for value in wanted {
            if !section.calls.iter().any(|call| call.extract.contains_key(*value)) {
                problem(format!("{name} must extract {value}."));
            }
        }
        if matches!(name, "locate" | "poll") && section.states.is_empty() {
            problem(format!("{name} must say what each state means ([{name}.states])."));
        }
        let mut known: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
        known.extend(recipe.settings.iter().map(|setting| setting.name.clone()));
        for call in &section.calls {
            for template in std::iter::once(&call.url).chain(call.headers.values()) {
                match templates.names(template) {
                    Ok(names) => {
                        for used in names {
                            let first = used.split('.').next().unwrap_or(&used);
                            if !known.iter().any(|name| name == first) {
                                problem(format!("{name} uses “{used}”, which has no value here."));
                            }
                        }
                    }
                    Err(error) => problem(format!("{name}: “{template}”: {error}")),
                }
            }
            for (value, path) in call.extract.iter().chain(&call.extract_optional) {
                if path.starts_with('$') && serde_json_path::JsonPath::parse(path).is_err() {
                    problem(format!(
                        "{name} extracts {value} by “{path}”, which is not a JSONPath."
                    ));
                }
                known.push(value.clone());
            }
        }
    }
    found.sort_by_key(|problem| problem.line);
    found
}

fn line_at(text: &str, place: usize) -> u32 {
    text.as_bytes()[..place.min(text.len())].iter().filter(|byte| **byte == b'\n').count() as u32
        + 1
}

fn line_of(text: &str, start: &str) -> u32 {
    text.lines()
        .position(|line| line.trim_start().starts_with(start))
        .map_or(u32::MAX, |line| line as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_that_ships_has_no_mistake() {
        for (name, text) in super::super::BUILT_IN {
            assert_eq!(problems(text), [], "{name}");
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let text = include_str!("../recipes/generic-http.toml")
            .replace("extract = { run = \"$.run\" }\n", "");
        let found = problems(&text);
        assert!(
            found.iter().any(|problem| problem.message == "start must extract run."),
            "{found:?}"
        );
        let text = "format = 1\nname = \"x\"\ntitle = 7\n";
        assert_eq!(problems(text)[0].line, 3);
    }
}
