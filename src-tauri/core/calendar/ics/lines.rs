//! Content lines: folded bytes made into properties that know the line they began on (RFC 5545, 3.1).
//!
//! Lines are joined before they are decoded, because writers fold in the middle of a character.
//! Deliberately absent: every property that says nothing about time.

use super::Skipped;

/// One unfolded line: `NAME;PARAMETER=VALUE:value`.
#[derive(Clone, Debug)]
pub struct Property {
    pub line: usize,
    pub name: String,
    pub parameters: Vec<(String, String)>,
    pub value: String,
}

impl Property {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.as_str())
    }

    /// That this property is the reason why something is left out.
    pub fn refused(&self, why: impl std::fmt::Display) -> Skipped {
        Skipped { line: self.line, message: format!("{}: {why}", self.name) }
    }
}

/// What stands between BEGIN and END, without the alarms of events.
#[derive(Clone, Debug)]
pub struct Component {
    pub line: usize,
    pub name: String,
    pub properties: Vec<Property>,
    /// Observances of a time zone.
    pub parts: Vec<Component>,
}

impl Component {
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }

    /// The property of that name; twice is once too often.
    pub fn one<'a>(&'a self, name: &'a str) -> Result<Option<&'a Property>, Skipped> {
        let mut all = self.all(name);
        let first = all.next();
        match all.next() {
            Some(second) => Err(second.refused("It stands here twice.")),
            None => Ok(first),
        }
    }
}

/// So many places are told; a file with more has another trouble.
pub const MOST_TOLD: usize = 10_000;

/// What a file holds.
#[derive(Default)]
pub struct Found {
    /// Its time zones and events, and each calendar around them once it has ended.
    pub components: Vec<Component>,
    /// Whatever was begun was ended, and the other way round.
    pub whole: bool,
}

/// Takes a file apart; what cannot be read is told in `skipped`.
pub fn components(bytes: &[u8], skipped: &mut Vec<Skipped>) -> Found {
    let mut found = Found { components: Vec::new(), whole: true };
    let mut open: Vec<Component> = Vec::new();
    for (line, text) in unfold(bytes) {
        let Some(property) = property(line, &text) else {
            if !text.trim().is_empty() && skipped.len() < MOST_TOLD {
                let message = "This is not a property of the form NAME:value.".into();
                skipped.push(Skipped { line, message });
            }
            continue;
        };
        match property.name.as_str() {
            "BEGIN" => open.push(Component {
                line,
                name: property.value.trim().to_ascii_uppercase(),
                properties: Vec::new(),
                parts: Vec::new(),
            }),
            "END" => close(&property, &mut open, &mut found, skipped),
            _ => {
                if let Some(inside) = open.last_mut() {
                    inside.properties.push(property);
                }
            }
        }
    }
    for never in open {
        unended(&never, &mut found, skipped);
    }
    found
}

fn unended(component: &Component, found: &mut Found, skipped: &mut Vec<Skipped>) {
    found.whole = false;
    if skipped.len() < MOST_TOLD {
        let message = format!("{} has no end.", component.name);
        skipped.push(Skipped { line: component.line, message });
    }
}

fn close(end: &Property, open: &mut Vec<Component>, found: &mut Found, skipped: &mut Vec<Skipped>) {
    let name = end.value.trim().to_ascii_uppercase();
    if !open.iter().any(|one| one.name == name) {
        found.whole = false;
        if skipped.len() < MOST_TOLD {
            skipped.push(end.refused(format!("{name} was not begun.")));
        }
        return;
    }
    // What was begun inside and not ended cannot be trusted.
    while let Some(closed) = open.pop() {
        if closed.name != name {
            unended(&closed, found, skipped);
            continue;
        }
        match closed.name.as_str() {
            "VCALENDAR" | "VEVENT" | "VTIMEZONE" => found.components.push(closed),
            "STANDARD" | "DAYLIGHT" => {
                if let Some(zone) = open.last_mut() {
                    zone.parts.push(closed);
                }
            }
            _ => {}
        }
        return;
    }
}

/// Logical lines with the number of the first physical one, one after the other.
fn unfold(bytes: &[u8]) -> impl Iterator<Item = (usize, String)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .enumerate()
        .peekable();
    std::iter::from_fn(move || {
        let (index, first) = lines.next()?;
        let mut whole = first.to_vec();
        while let Some((_, more)) =
            lines.next_if(|(_, line)| matches!(line.first(), Some(b' ' | b'\t')))
        {
            whole.extend_from_slice(&more[1..]);
        }
        Some((index + 1, String::from_utf8_lossy(&whole).into_owned()))
    })
}

fn property(line: usize, text: &str) -> Option<Property> {
    let mut quoted = false;
    let mut cuts = Vec::new();
    let mut colon = None;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ';' if !quoted => cuts.push(at),
            ':' if !quoted => {
                colon = Some(at);
                break;
            }
            _ => {}
        }
    }
    let colon = colon?;
    let mut pieces = Vec::new();
    let mut from = 0;
    for cut in cuts.into_iter().chain([colon]) {
        pieces.push(&text[from..cut]);
        from = cut + 1;
    }
    let mut pieces = pieces.into_iter();
    let name = pieces.next()?.trim();
    // Apple groups properties as `item1.NAME`.
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let parameters = pieces
        .filter_map(|piece| piece.split_once('='))
        .map(|(name, value)| {
            (name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned())
        })
        .collect();
    Some(Property { line, name, parameters, value: text[colon + 1..].to_owned() })
}

/// Text without its escapes (RFC 5545, 3.3.11).
pub fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n' | 'N') => plain.push('\n'),
            Some(other @ ('\\' | ';' | ',')) => plain.push(other),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_in_the_middle_of_a_character_and_both_line_ends_are_read() {
        let mut bytes = b"\xef\xbb\xbfBEGIN:VEVENT\r\nUID:Z\xc3".to_vec();
        bytes.extend_from_slice(b"\r\n \xbcrich\nX-A;B=\"x;y:z\":v\\, w\nEND:VEVENT");
        let mut skipped = Vec::new();
        let found = components(&bytes, &mut skipped).components;
        assert!(skipped.is_empty());
        let uid = found[0].one("UID").unwrap().unwrap();
        assert_eq!((uid.line, uid.value.as_str()), (2, "Zürich"));
        let other = found[0].one("X-A").unwrap().unwrap();
        assert_eq!((other.line, other.parameter("B")), (4, Some("x;y:z")));
        assert_eq!(unescape(&other.value), "v, w");
    }

    #[test]
    fn what_is_not_closed_or_no_property_is_told_by_its_line() {
        let mut skipped = Vec::new();
        let text = b"BEGIN:VCALENDAR\nnonsense\nBEGIN:VEVENT\nUID:a\nEND:VCALENDAR\nEND:VEVENT\n";
        let found = components(text, &mut skipped);
        assert!(!found.whole, "it is known to lack what was not ended");
        assert_eq!((found.components.len(), found.components[0].name.as_str()), (1, "VCALENDAR"));
        let lines: Vec<_> = skipped.iter().map(|one| one.line).collect();
        assert_eq!(lines, [2, 3, 6]);
    }

    #[test]
    fn nonsense_without_end_is_told_up_to_a_limit() {
        let mut skipped = Vec::new();
        components("x\n".repeat(50_000).as_bytes(), &mut skipped);
        assert_eq!(skipped.len(), MOST_TOLD);
    }
}
