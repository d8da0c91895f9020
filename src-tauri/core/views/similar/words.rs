//! Text as the words that two reports are compared by.
//!
//! Words are lower-cased, bare of accents and stemmed; identifiers (`camelCase`, `snake_case`) are
//! kept whole and split besides; scripts written without spaces (Chinese, Japanese, Thai, …) give
//! pairs of characters. A word is kept as a hash of 32 bits: nobody can read a report back out of
//! the index, and two words that share a hash by chance (one pair in 4,000 words' company of a
//! million) cost a little precision and nothing else.
//!
//! The time is bounded: so many words and so many bytes of a text are looked at, and no more.

use rust_stemmers::{Algorithm, Stemmer};
use std::ops::Range;

/// A word's hash.
pub type Word = u32;

/// How much of a text is looked at.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub words: usize,
    pub bytes: usize,
}

pub const TITLE: Bounds = Bounds { words: 64, bytes: 4 << 10 };
pub const BODY: Bounds = Bounds { words: 400, bytes: 16 << 10 };

/// The longest word, in characters; what follows is cut off.
const LONGEST: usize = 64;

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub word: Word,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// It looks like an identifier, a number or a version rather than like a word of a language.
    pub code: bool,
}

/// The words of a text, in order; an identifier comes before its parts.
pub fn words(text: &str, bounds: Bounds) -> Vec<Found> {
    let mut reader = Reader::new(bounds);
    let mut end = text.len().min(bounds.bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let mut start = None;
    let mut before = Kind::Other;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let mut kind = Kind::of(letter);
        // Between digits, a stop belongs to a version: 4.8.1.
        if letter == '.'
            && before == Kind::Digit
            && letters.peek().is_some_and(|(_, next)| next.is_ascii_digit())
        {
            kind = Kind::Digit;
        }
        if letter == '-'
            && before == Kind::Letter
            && letters.peek().is_some_and(|(_, next)| next.is_ascii_alphabetic())
        {
            kind = Kind::Mark;
        }
        let joins = match (before, kind) {
            (Kind::Other, _) | (_, Kind::Other) => false,
            (Kind::Dense, Kind::Dense) => true,
            (Kind::Dense, Kind::Mark) | (_, Kind::Mark) => true,
            (Kind::Dense, _) | (_, Kind::Dense) => false,
            _ => true,
        };
        if !joins && let Some(start) = start.take() {
            reader.run(text, start..at, before == Kind::Dense);
            if reader.full() {
                return reader.found;
            }
        }
        if kind != Kind::Other && start.is_none() {
            start = Some(at);
        }
        // A mark belongs to what it stands on.
        if kind != Kind::Mark || before == Kind::Other {
            before = kind;
        }
    }
    if let Some(start) = start {
        reader.run(text, start..text.len(), before == Kind::Dense);
    }
    reader.found.truncate(bounds.words);
    reader.found
}

/// The hash of something that is compared as a whole, such as a component's name. Never 0 unless
/// it is empty.
pub fn name(text: &str) -> Word {
    let text = text.trim().to_lowercase();
    if text.is_empty() { 0 } else { hash(&text).max(1) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    /// A letter of a script without spaces between words.
    Dense,
    /// A combining mark, or an underscore.
    Mark,
    Other,
}

impl Kind {
    fn of(letter: char) -> Self {
        match letter {
            'a'..='z' | 'A'..='Z' => Self::Letter,
            '0'..='9' => Self::Digit,
            '_' => Self::Mark,
            '\0'..='\u{7f}' => Self::Other,
            // Thai, Lao, Myanmar, Khmer; kana; Han; Hangul, whose particles cling to their words.
            '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e80}'..='\u{eff}' => Self::Dense,
            '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}' => Self::Dense,
            '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' => {
                Self::Dense
            }
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => {
                Self::Dense
            }
            '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}' => Self::Dense,
            // Marks of Latin, Hebrew, Arabic and the scripts of India.
            '\u{300}'..='\u{36f}' | '\u{5b0}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{65f}' => {
                Self::Mark
            }
            '\u{900}'..='\u{dff}' if !letter.is_alphanumeric() => match letter {
                '\u{964}' | '\u{965}' | '\u{970}' => Self::Other,
                _ => Self::Mark,
            },
            _ if letter.is_numeric() => Self::Digit,
            _ if letter.is_alphabetic() => Self::Letter,
            _ => Self::Other,
        }
    }
}

struct Reader {
    bounds: Bounds,
    found: Vec<Found>,
    english: Stemmer,
    plain: String,
}

impl Reader {
    fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            found: Vec::new(),
            english: Stemmer::create(Algorithm::English),
            plain: String::new(),
        }
    }

    fn full(&self) -> bool {
        self.found.len() >= self.bounds.words
    }

    fn run(&mut self, text: &str, at: Range<usize>, dense: bool) {
        if dense {
            self.pairs(text, at);
        } else if text.as_bytes()[at.clone()].iter().all(u8::is_ascii_lowercase) {
            self.word(text, at, false);
        } else {
            self.identifier(text, at);
        }
    }

    /// Each two neighbours; a single character stands for itself.
    fn pairs(&mut self, text: &str, at: Range<usize>) {
        let places: Vec<usize> =
            text[at.clone()].char_indices().map(|(i, _)| at.start + i).collect();
        if places.len() == 1 {
            return self.push(hash(&text[at.clone()]), at, false);
        }
        for (index, start) in places.iter().enumerate().take(places.len() - 1) {
            let end = places.get(index + 2).copied().unwrap_or(at.end);
            self.push(hash(&text[*start..end]), *start..end, false);
            if self.full() {
                return;
            }
        }
    }

    /// The whole, and the parts between underscores and humps.
    fn identifier(&mut self, text: &str, at: Range<usize>) {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut start = at.start;
        let mut before = '_';
        let mut letters = text[at.clone()].char_indices().peekable();
        while let Some((offset, letter)) = letters.next() {
            let here = at.start + offset;
            let next = letters.peek().map(|(_, next)| *next);
            // fooBar, and the B of FOOBar.
            let hump = letter.is_uppercase()
                && (before.is_lowercase()
                    || before.is_uppercase() && next.is_some_and(char::is_lowercase));
            if letter == '_' || letter == '-' || hump {
                if start < here {
                    parts.push(start..here);
                }
                start = if hump { here } else { here + 1 };
            }
            before = letter;
        }
        if start < at.end {
            parts.push(start..at.end);
        }
        if parts.len() == 1 {
            return self.word(text, parts.remove(0), false);
        }
        let several = parts.len() > 1;
        if several {
            self.whole(text, at);
        }
        for part in parts {
            if self.full() {
                return;
            }
            self.word(text, part, true);
        }
    }

    fn whole(&mut self, text: &str, at: Range<usize>) {
        let mut plain = std::mem::take(&mut self.plain);
        fold(&text[at.clone()], &mut plain);
        self.push(hash(&plain), at, true);
        self.plain = plain;
    }

    fn word(&mut self, text: &str, at: Range<usize>, part: bool) {
        let mut plain = std::mem::take(&mut self.plain);
        fold(&text[at.clone()], &mut plain);
        let ascii = plain.is_ascii();
        let digits = plain.bytes().any(|byte| byte.is_ascii_digit());
        if plain.len() > 1 && STOP.binary_search(&plain.as_str()).is_err() {
            let word = match plain.chars().next() {
                Some('a'..='z') if ascii && !digits && plain.len() > 2 => {
                    hash(&self.english.stem(&plain))
                }
                Some('\u{400}'..='\u{4ff}') => {
                    hash(&Stemmer::create(Algorithm::Russian).stem(&plain))
                }
                Some('\u{370}'..='\u{3ff}') => {
                    hash(&Stemmer::create(Algorithm::Greek).stem(&plain))
                }
                Some('\u{600}'..='\u{6ff}') => {
                    hash(&Stemmer::create(Algorithm::Arabic).stem(&plain))
                }
                _ => hash(&plain),
            };
            self.push(word, at, digits && !part);
        }
        self.plain = plain;
    }

    fn push(&mut self, word: Word, at: Range<usize>, code: bool) {
        self.found.push(Found { word, at, code });
    }
}

/// Lower case, without accents, underscores and what is too long.
fn fold(text: &str, plain: &mut String) {
    plain.clear();
    if text.is_ascii() {
        plain.extend(
            text.bytes()
                .filter(|byte| !b"_-".contains(byte))
                .take(LONGEST)
                .map(|b| b.to_ascii_lowercase() as char),
        );
        return;
    }
    for letter in text.chars().flat_map(char::to_lowercase).take(LONGEST) {
        match bare(letter) {
            Some(plainly) => plain.push_str(plainly),
            None => plain.push(letter),
        }
    }
}

/// A lower-case letter without its accent, if it has one; nothing for a mark by itself.
pub fn bare(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ł' | 'ĺ' | 'ļ' | 'ľ' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ё' => "е",
        '_' | '-' | '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{65f}' => "",
        _ => return None,
    })
}

/// FNV-1a over 64 bits, folded: the same on every machine and in every version, for the hashes are
/// kept in the file.
fn hash(text: &str) -> Word {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (hash >> 32) as Word
}

/// Words too common to tell two reports apart, in the languages whose stop words do not mean
/// something in another of them. What is common in one project is found by counting.
const STOP: &[&str] = &[
    "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "aren", "as", "at",
    "auf", "be", "because", "been", "before", "being", "but", "by", "can", "cannot", "could",
    "das", "dem", "den", "der", "des", "did", "didn", "die", "do", "does", "doesn", "doing", "don",
    "ein", "eine", "einen", "einer", "el", "en", "est", "et", "for", "from", "get", "gets", "had",
    "has", "have", "having", "he", "her", "here", "him", "his", "how", "if", "im", "in", "into",
    "is", "isn", "ist", "it", "its", "just", "la", "las", "le", "les", "like", "los", "may", "me",
    "might", "mit", "more", "most", "my", "nicht", "no", "not", "now", "of", "off", "on", "only",
    "or", "other", "our", "out", "over", "own", "que", "same", "seems", "she", "should", "sich",
    "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "too", "und", "une", "up", "us", "very", "von", "was", "wasn", "we",
    "were", "what", "when", "where", "which", "while", "who", "why", "will", "wird", "with",
    "would", "you", "your", "zu", "zum", "zur",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(one: &str, other: &str) -> bool {
        let read = |text| words(text, BODY).iter().map(|found| found.word).collect::<Vec<_>>();
        read(one) == read(other)
    }

    fn texts(text: &str) -> Vec<&str> {
        words(text, BODY).into_iter().map(|found| &text[found.at]).collect()
    }

    #[test]
    fn a_word_is_the_same_in_every_form_case_and_with_or_without_accents() {
        assert!(same("Payments failing", "payment FAILED"));
        assert!(same("Größe hängt", "grosse hangt"));
        assert!(same("cafe\u{301}", "CAFÉ"));
        assert!(same("Оплаты картой", "оплата картой"));
        assert!(!same("payment", "shipment"));
    }

    #[test]
    fn words_that_say_nothing_are_left_out() {
        assert_eq!(texts("The order is not created, and it should be"), ["order", "created"]);
        assert!(STOP.is_sorted(), "it is searched by halves");
    }

    #[test]
    fn an_identifier_is_kept_whole_and_in_its_parts() {
        assert_eq!(texts("vat_rate"), ["vat_rate", "vat", "rate"]);
        assert_eq!(texts("readHTTPBody"), ["readHTTPBody", "read", "HTTP", "Body"]);
        assert!(same("fooBar", "foo_bar"));
        assert_eq!(texts("seg-fault"), ["seg-fault", "seg", "fault"]);
        assert_eq!(words("seg-fault", TITLE)[0].word, words("segfault", TITLE)[0].word);
    }

    #[test]
    fn a_version_is_one_word() {
        assert_eq!(texts("Since 4.8.1."), ["Since", "4.8.1"]);
        assert!(!same("4.8.1", "4.8.2"));
    }

    #[test]
    fn scripts_without_spaces_are_compared_by_pairs_of_characters() {
        assert_eq!(texts("支付失败 500"), ["支付", "付失", "失败", "500"]);
        assert_eq!(texts("ログイン"), ["ログ", "グイ", "イン"]);
        assert_eq!(texts("ล็อก").len(), 3);
        assert_eq!(texts("店"), ["店"]);
        assert_eq!(texts("المتصفح يتجمد").len(), 2);
    }

    #[test]
    fn a_hostile_text_is_read_to_its_bounds_only() {
        let begun = std::time::Instant::now();
        for text in [
            "a ".repeat(100_000),
            "x".repeat(100_000),
            "ab_".repeat(100_000),
            "支".repeat(100_000),
            "\u{301}".repeat(100_000),
        ] {
            assert!(words(&text, BODY).len() <= BODY.words);
        }
        assert!(begun.elapsed().as_secs() < 2);
    }

    proptest! {
        #[test]
        fn any_text_gives_words_that_stand_in_it(text in ".{0,300}") {
            for found in words(&text, BODY) {
                prop_assert!(text.get(found.at).is_some_and(|part| !part.is_empty()));
            }
        }
    }
}
