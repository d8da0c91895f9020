//! What the texts of a change say: its risks, and the issues they name.
//!
//! Read out of commit messages and pull requests as people write them: headings of Markdown, bold
//! words, `Risk: …` and trailers. "None" is an answer; nothing, an empty section and what a template
//! left there are not. Nothing in a fence of code or in a comment counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What was written about risks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "is", content = "text", rename_all = "snake_case")]
pub enum Risks {
    /// Nobody wrote about them.
    #[default]
    Missing,
    /// Somebody wrote that there are none, in these words.
    None(String),
    Told(String),
}

impl Risks {
    /// What says more: risks, then that there are none.
    pub fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Told(_), _) | (Self::None(_), Self::None(_) | Self::Missing) => self,
            _ => other,
        }
    }
}

/// The risks that a text tells.
pub fn risks(text: &str) -> Risks {
    let lines = readable(text);
    let mut found = Risks::Missing;
    let mut at = 0;
    while at < lines.len() {
        let next = lines.get(at + 1).map_or("", String::as_str);
        let Some(begin) = Begin::of(&lines[at], next) else {
            at += 1;
            continue;
        };
        at += if begin.underlined { 2 } else { 1 };
        let mut section = vec![begin.rest.clone()];
        while let Some(line) = lines.get(at) {
            let next = lines.get(at + 1).map_or("", String::as_str);
            if begin.ends_at(line, next, &section) {
                break;
            }
            section.push(line.clone());
            at += 1;
        }
        found = found.or(answer(&section));
    }
    found
}

/// Where a section about risks begins.
struct Begin {
    /// The level of its heading; `None` for a bold or a plain label.
    level: Option<usize>,
    underlined: bool,
    /// What stands on the same line.
    rest: String,
}

impl Begin {
    fn of(line: &str, next: &str) -> Option<Self> {
        let text = line.trim();
        if let Some((level, title)) = heading(text) {
            let (title, rest) = title.split_once(':').unwrap_or((title, ""));
            return is_risk(title).then(|| Self {
                level: Some(level),
                underlined: false,
                rest: rest.trim().to_owned(),
            });
        }
        if let Some(level) = underline(next)
            && is_risk(text)
        {
            return Some(Self { level: Some(level), underlined: true, rest: String::new() });
        }
        let bold = ["**", "__"].iter().find_map(|mark| {
            let (title, rest) = text.strip_prefix(mark)?.split_once(mark)?;
            is_risk(title).then(|| rest.trim().trim_start_matches(':').trim().to_owned())
        });
        let plain = || {
            let (title, rest) = text.split_once(':')?;
            is_risk(title).then(|| rest.trim().to_owned())
        };
        let rest = bold.or_else(plain)?;
        Some(Self { level: None, underlined: false, rest })
    }

    fn ends_at(&self, line: &str, next: &str, section: &[String]) -> bool {
        let text = line.trim();
        if let Some((level, _)) = heading(text) {
            return self.level.is_none_or(|own| level <= own);
        }
        if !text.is_empty()
            && let Some(level) = underline(next)
        {
            return self.level.is_none_or(|own| level <= own);
        }
        if self.level.is_some() {
            return is_trailer(text) && section.last().is_some_and(|line| line.trim().is_empty());
        }
        let begun = section.iter().any(|line| !line.trim().is_empty());
        // A label's text is a paragraph, or the list below it.
        let item = text.starts_with(['-', '*', '+']) && !text.starts_with("**");
        (text.is_empty() && begun) || is_trailer(text) || (!item && is_label(text))
    }
}

/// `## Title`: its level and its words.
fn heading(text: &str) -> Option<(usize, &str)> {
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &text[level..];
    ((1..=6).contains(&level) && (rest.starts_with(' ') || rest.is_empty()))
        .then(|| (level, rest.trim().trim_end_matches('#').trim()))
}

fn underline(text: &str) -> Option<usize> {
    let text = text.trim();
    let all = |byte: u8| text.len() >= 3 && text.bytes().all(|one| one == byte);
    if all(b'=') {
        Some(1)
    } else if all(b'-') {
        Some(2)
    } else {
        None
    }
}

fn is_risk(title: &str) -> bool {
    let words: String = title
        .chars()
        .map(|c| if c.is_alphabetic() { c.to_ascii_lowercase() } else { ' ' })
        .collect();
    let mut words = words.split_whitespace();
    let own = |word: &str| matches!(word, "risk" | "risks" | "risiko" | "risiken");
    let beside = |word: &str| {
        matches!(
            word,
            "and"
                | "or"
                | "mitigation"
                | "mitigations"
                | "impact"
                | "assessment"
                | "analysis"
                | "level"
                | "known"
                | "possible"
                | "potential"
                | "rollback"
                | "of"
                | "this"
                | "change"
                | "side"
                | "effects"
                | "und"
                | "the"
        )
    };
    let mut any = false;
    words.all(|word| {
        any |= own(word);
        own(word) || beside(word)
    }) && any
}

/// `Word: …` at the beginning of a line, as labels and trailers are written.
fn is_label(text: &str) -> bool {
    let title = text.strip_prefix("**").unwrap_or(text);
    title.split_once(':').is_some_and(|(word, _)| {
        (1..=30).contains(&word.len())
            && word.starts_with(char::is_uppercase)
            && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | ' ' | '*'))
    })
}

fn is_trailer(text: &str) -> bool {
    let known = [
        "signed-off-by",
        "co-authored-by",
        "reviewed-by",
        "acked-by",
        "fixes",
        "closes",
        "refs",
        "change-id",
        "cc",
    ];
    text.split_once(": ").is_some_and(|(word, _)| known.contains(&word.to_lowercase().as_str()))
}

/// The lines that are meant: without comments and fences of code, empty where they stood.
fn readable(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut fence: Option<&str> = None;
    let mut comment = false;
    for line in text.lines() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        if !comment && let Some(mark) = mark {
            fence = match fence {
                Some(open) if open == mark => None,
                None => Some(mark),
                other => other,
            };
            lines.push(String::new());
            continue;
        }
        if fence.is_some() {
            lines.push(String::new());
            continue;
        }
        let mut out = String::new();
        let mut rest = line;
        loop {
            if comment {
                let Some(end) = rest.find("-->") else { break };
                rest = &rest[end + 3..];
                comment = false;
            } else {
                let Some(begin) = rest.find("<!--") else {
                    out.push_str(rest);
                    break;
                };
                out.push_str(&rest[..begin]);
                out.push(' ');
                rest = &rest[begin + 4..];
                comment = true;
            }
        }
        lines.push(out);
    }
    lines
}

/// What a section says, once what a template left in it is taken out.
fn answer(section: &[String]) -> Risks {
    let mut kept: Vec<String> = Vec::new();
    for line in section {
        let text = line.trim_end();
        let bare = text.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
        // A box that nobody ticked says nothing.
        if bare.starts_with("[ ]") {
            continue;
        }
        let ticked = bare.strip_prefix("[x]").or_else(|| bare.strip_prefix("[X]"));
        kept.push(ticked.map_or_else(|| text.to_owned(), |text| format!("- {}", text.trim())));
    }
    let text = kept.join("\n").trim().to_owned();
    let said: String = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '/')
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match said.as_str() {
        "" if text.chars().any(|c| matches!(c, '-' | '–' | '—')) && text.len() < 4 => {
            Risks::None(text)
        }
        "" | "tbd" | "tba" | "todo" | "to do" | "unknown" | "text" => Risks::Missing,
        "none"
        | "none known"
        | "no"
        | "no risk"
        | "no risks"
        | "no known risk"
        | "no known risks"
        | "none that is known"
        | "none that are known"
        | "none expected"
        | "nothing"
        | "nil"
        | "na"
        | "n/a"
        | "not applicable"
        | "keine"
        | "kein"
        | "keines"
        | "no risk known"
        | "no risks known"
        | "none identified" => Risks::None(text),
        _ => Risks::Told(text),
    }
}

/// The keys of issues that a text names, each once, in the order in which they stand there: `ISS-12`
/// of ours, `#123` and `acme/shop#123` of a forge, `PROJ-4` of another tracker.
pub fn issue_keys(text: &str) -> Vec<String> {
    let text = readable(text).join("\n");
    let mut keys: Vec<String> = Vec::new();
    let bytes = text.as_bytes();
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | '&' | '@');
    let mut at = 0;
    while let Some(offset) = text[at..].find(['#', '-']) {
        let mark = at + offset;
        at = mark + 1;
        let digits = bytes[mark + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = mark + 1 + digits;
        if digits == 0 || digits > 9 || bytes[mark + 1] == b'0' {
            continue;
        }
        // A longer word, a version or a hash goes on behind it.
        let mut behind = text[end..].chars();
        let stays = match behind.next() {
            Some(c) if c.is_alphanumeric() || matches!(c, '-' | '_') => false,
            Some('.') => !behind.next().is_some_and(|c| c.is_ascii_digit()),
            _ => true,
        };
        if !stays {
            continue;
        }
        let begin = text[..mark]
            .rfind(|c: char| !inside(c))
            .map_or(0, |space| space + text[space..].chars().next().map_or(1, char::len_utf8));
        let word = &text[begin..mark];
        let key = if bytes[mark] == b'#' {
            let repository = word.split('/').count() == 2
                && !word.starts_with('/')
                && !word.ends_with('/')
                && !word.contains(['&', '@']);
            if word.is_empty() || repository { Some(&text[begin..end]) } else { None }
        } else {
            is_project(word).then(|| &text[begin..end])
        };
        if let Some(key) = key
            && !keys.iter().any(|known| known == key)
        {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// Two to ten capitals and digits, and none of the names that are written like one.
fn is_project(word: &str) -> bool {
    const OTHER: &[&str] = &[
        "UTF", "UCS", "ISO", "IEC", "IEEE", "RFC", "SHA", "MD", "AES", "RSA", "DES", "HMAC", "CRC",
        "CVE", "CWE", "GHSA", "HTTP", "TLS", "SSL", "IPV", "US", "ECMA", "GPL", "LGPL", "AGPL",
        "BSD", "MIT", "APACHE", "MPL", "CC", "ANSI", "ASCII", "EN", "DIN", "CP", "UTC", "GMT", "X",
        "P", "HF", "DEP", "MSG", "COVID", "BASE", "ED", "PKCS", "FIPS", "WINDOWS",
    ];
    (2..=10).contains(&word.len())
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !OTHER.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(text: &str) -> Risks {
        Risks::Told(text.into())
    }

    #[test]
    fn a_section_is_found_however_it_is_headed() {
        for text in [
            "Mend it\n\n## Risks\n\nThe price of each order changes.\n\n## Tests\n\nAll.",
            "# Risk:\nThe price of each order changes.\n# Next",
            "Risks\n-----\nThe price of each order changes.\n\nTests\n-----\nAll.",
            "Mend it\n\n**Risks:** The price of each order changes.\n\nMore text.",
            "Mend it\n\nRisk: The price of each order changes.\nTested: yes\n",
            "### Risks and mitigation\r\nThe price of each order changes.\r\n",
            "Risk assessment:\n\nThe price of each order changes.\n\nSigned-off-by: Dana <d@x>",
        ] {
            assert_eq!(risks(text), told("The price of each order changes."), "{text}");
        }
        let list = "Risks:\n- one\n- two\n\nOther";
        assert_eq!(risks(list), told("- one\n- two"));
        let deep = "## Risks\none\n### Of which\ntwo\n## Else";
        assert_eq!(risks(deep), told("one\n### Of which\ntwo"));
    }

    #[test]
    fn none_is_an_answer_and_missing_is_not() {
        for text in [
            "Risk: none",
            "## Risks\n\nNone.",
            "**Risk** – n/a",
            "## Risks\n- No known risks",
            "Risks: keine",
            "Risk: –",
        ] {
            assert!(matches!(risks(text), Risks::None(_)), "{text}: {:?}", risks(text));
        }
        for text in [
            "",
            "Mend it",
            "## Risks\n\n## Tests",
            "## Risks\n<!-- What may break? None? -->\n",
            "## Risks\n- [ ] None\n- [ ] Some\n",
            "Risk: TBD",
            "```\n## Risks\nin code\n```",
            "The risky path is gone",
            "Risk it: we may",
        ] {
            assert_eq!(risks(text), Risks::Missing, "{text}");
        }
        assert_eq!(risks("## Risks\n- [x] The cache grows\n- [ ] None"), told("- The cache grows"));
        assert_eq!(risks("Risk: none\n\n## Risks\nSome"), told("Some"));
    }

    #[test]
    fn keys_are_read_once_each_and_look_alikes_are_not() {
        let text = "ISS-12: mend it (#123), see PROJ-4, acme/shop#7 and ISS-12.\nFixes PROJ-5; #8.";
        assert_eq!(issue_keys(text), ["ISS-12", "#123", "PROJ-4", "acme/shop#7", "PROJ-5", "#8"]);
        let none = "UTF-8 SHA-256 CVE-2024-1234 RFC-2119 &#123; a#1 x-1 v1-2 #0 #12ab ISS-1.5 \
            release-2024 ISO-8859-1 FOO-1-2 #123456789012 https://x.y/a/b#3 lower-3 `a-b`";
        assert_eq!(issue_keys(none), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_without_a_fall(text in "\\PC*") {
            let _ = risks(&text);
            for key in issue_keys(&text) {
                prop_assert!(text.contains(&key));
            }
        }

        #[test]
        fn lines_of_marks_are_read_without_a_fall(text in "([#*_=\\-<!>` \n:x\\[\\]]|Risk|none|ISS-1){0,60}") {
            let _ = risks(&text);
            let _ = issue_keys(&text);
        }

        #[test]
        fn a_key_among_words_is_found(number in 1_u32..1_000_000, before in "[a-z ]{0,20} ", after in "[ ,;:)]") {
            let text = format!("{before}ISS-{number}{after}");
            prop_assert_eq!(issue_keys(&text), vec![format!("ISS-{number}")]);
        }
    }
}
