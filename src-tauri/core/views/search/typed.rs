//! What a person typed, in pieces: words, “phrases”, beginnings (`word*`), what must not be there
//! (`-word`), fields. Nothing that is typed is an error.

use super::fields;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands in what was typed.
    pub at: Range<usize>,
    /// It must not be there.
    pub without: bool,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Words {
        text: String,
        begins: bool,
        quoted: bool,
    },
    /// A field by its full name.
    Field {
        name: &'static str,
        value: String,
        quoted: bool,
    },
    /// Something like a field whose name is none: its words are looked for.
    NoField {
        name: String,
        text: String,
        begins: bool,
    },
}

/// Quotes as keyboards and editors write them.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '＂')
}

/// The pieces, in order. The last word is still being typed unless a space follows it.
pub fn pieces(typed: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < typed.len() {
        let rest = &typed[at..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
            continue;
        }
        let end = at + length(rest);
        let last = end == typed.len();
        pieces.extend(piece(&typed[at..end], last).map(|(without, what)| Piece {
            at: at..end,
            without,
            what,
        }));
        at = end;
    }
    pieces
}

/// How far a piece reaches: to the first blank that is not between quotes.
fn length(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        if is_quote(c) {
            quoted = !quoted;
        } else if c.is_whitespace() && !quoted {
            return at;
        }
    }
    text.len()
}

fn piece(token: &str, last: bool) -> Option<(bool, What)> {
    let (without, token) = match token.strip_prefix(['-', '−', '!']) {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, token),
    };
    let unquoted = |text: &str| -> String { text.chars().filter(|c| !is_quote(*c)).collect() };
    let closed = token.chars().next_back().is_some_and(is_quote) && token.chars().count() > 1;
    if let Some((name, value)) = token.split_once([':', '：'])
        && !name.is_empty()
        && name.chars().all(char::is_alphabetic)
        && !value.starts_with("//")
    {
        let quoted = value.starts_with(is_quote) && closed;
        let value = unquoted(value.trim_end_matches('*'));
        if let Some(name) = fields::name(name) {
            // Its value is yet to come.
            return (!value.trim().is_empty())
                .then_some((without, What::Field { name, value, quoted }));
        }
        if !value.is_empty() {
            let text = format!("{name} {value}");
            return Some((
                without,
                What::NoField { name: name.into(), text, begins: last && !quoted },
            ));
        }
    }
    let quoted = token.starts_with(is_quote);
    let begins = token.ends_with('*') || last && !(quoted && closed);
    let text = unquoted(token);
    Some((without, What::Words { text, begins, quoted }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, begins: bool, quoted: bool) -> What {
        What::Words { text: text.into(), begins, quoted }
    }

    fn read(typed: &str) -> Vec<(bool, What)> {
        pieces(typed).into_iter().map(|piece| (piece.without, piece.what)).collect()
    }

    #[test]
    fn fields_phrases_and_the_word_being_typed_are_told_apart() {
        let field = |name, value: &str, quoted| What::Field { name, value: value.into(), quoted };
        assert_eq!(
            read("state:new reporter:\"Ann Petrov\" \"saved card\" -slow err* checko"),
            [
                (false, field("state", "new", false)),
                (false, field("reporter", "Ann Petrov", true)),
                (false, words("saved card", false, true)),
                (true, words("slow", false, false)),
                (false, words("err*", true, false)),
                (false, words("checko", true, false)),
            ]
        );
        assert_eq!(read("checkout "), [(false, words("checkout", false, false))]);
        assert_eq!(read("-state:closed")[0], (true, field("state", "closed", false)));
        assert_eq!(read("“saved card”"), [(false, words("saved card", false, true))]);
    }

    #[test]
    fn what_only_looks_like_a_field_stays_words() {
        let read = read("error:500 http://x.example 12:30 state: -");
        assert!(
            matches!(&read[0].1, What::NoField { name, text, .. } if name == "error" && text == "error 500")
        );
        assert_eq!(read[1].1, words("http://x.example", false, false));
        assert_eq!(read[2].1, words("12:30", false, false));
        assert_eq!(read.len(), 4, "a field without its value is nothing yet");
        assert_eq!(read[3], (false, words("-", true, false)));
    }

    #[test]
    fn each_piece_says_where_it_stands() {
        let typed = "  état  state:new “a b";
        let places: Vec<&str> = pieces(typed).into_iter().map(|piece| &typed[piece.at]).collect();
        assert_eq!(places, ["état", "state:new", "“a b"]);
    }
}
