//! Matchers of alerts, as Alertmanager writes them: `severity="critical", team=~"shop.*"`.

use crate::error::{Error, Result};

/// Splits matchers at commas and line ends that stand outside of quotes, and out of braces.
pub fn matchers(text: &str) -> Result<Vec<String>> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let (mut found, mut one, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for letter in text.chars() {
        if !quoted && matches!(letter, ',' | '\n') {
            found.push(std::mem::take(&mut one));
            continue;
        }
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        one.push(letter);
    }
    found.push(one);
    let found: Vec<String> =
        found.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
    if quoted || found.iter().any(|one| !one.contains('=') && !one.contains('~')) {
        return Err(Error::field("query", "The matchers cannot be read.")
            .hint("Write them like severity=\"critical\", team=~\"shop.*\"."));
    }
    Ok(found)
}
