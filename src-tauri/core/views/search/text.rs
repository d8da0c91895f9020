//! Text as the words that are searched for.
//!
//! Words are lower-cased and bare of accents and vowel marks, so that each is found however it is
//! typed. Text without spaces between its words (Chinese, Japanese, Korean, Thai, …) is cut into
//! pairs of neighbours (検索結果 → 検索 索結 結果 果), and what is looked for becomes the phrase of
//! its pairs: pairs rather than FTS5's trigrams, since most words of these languages have two
//! characters. A sign such as an emoji is a word of its own.
//!
//! Everything is decided here and nothing by FTS5's tokenizer, which would part Arabic at its vowel
//! marks and leave emoji out: so what marks a match in a text is what found it.

use crate::views::similar::words::bare;
use std::{borrow::Cow, ops::Range};

/// The first of the characters (for private use) that begin the words of fields: see `fields.rs`.
pub const PRIVATE: char = '\u{F0000}';

/// Longer words are cut: nobody types them, and they are the weight of pasted base64.
const LONGEST: usize = 64;

/// What a text is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// To be found: the last character of a run is a word as well.
    Index,
    /// To find: the last character of a run is in its last pair already.
    Typed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A part of a word.
    Letter,
    /// A character of a script without spaces.
    Dense,
    /// A word by itself.
    Sign,
    /// Nothing: it is read over.
    Mute,
    Other,
}

fn kind(c: char) -> Kind {
    match u32::from(c) {
        0..=0x7F => match c.is_ascii_alphanumeric() {
            true => Kind::Letter,
            false => Kind::Other,
        },
        // Marks on Latin letters; Hebrew points; Arabic vowel marks and the stretching line; joiners
        // and variants of signs.
        0x300..=0x36F
        | 0x591..=0x5BD
        | 0x5BF
        | 0x5C1
        | 0x5C2
        | 0x5C4
        | 0x5C5
        | 0x5C7
        | 0x610..=0x61A
        | 0x640
        | 0x64B..=0x65F
        | 0x670
        | 0x6D6..=0x6DC
        | 0x6DF..=0x6E4
        | 0x200C..=0x200F
        | 0x20E3
        | 0x2060..=0x206F
        | 0xFE00..=0xFE0F
        | 0x1_F3FB..=0x1_F3FF
        | 0xE_0020..=0xE_007F
        | 0xE_0100..=0xE_01EF => Kind::Mute,
        // Thai, Lao, Myanmar, Khmer; kana; Han; Hangul, whose endings hide its words.
        0xE01..=0xE3A
        | 0xE40..=0xE4E
        | 0xE81..=0xEDF
        | 0x1000..=0x109F
        | 0x1780..=0x17D3
        | 0x3005..=0x3007
        | 0x3041..=0x309F
        | 0x30A1..=0x30FA
        | 0x30FC..=0x30FF
        | 0x31F0..=0x31FF
        | 0xFF66..=0xFF9D
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x2_0000..=0x3_FFFF
        | 0xAC00..=0xD7A3 => Kind::Dense,
        0xA9
        | 0xAE
        | 0x203C
        | 0x2049
        | 0x2122
        | 0x2190..=0x2BFF
        | 0x3030
        | 0x303D
        | 0x3297
        | 0x3299
        | 0x1_F000..=0x1_FBEF => Kind::Sign,
        // Words of fields begin with these: a text must not be taken for one.
        0xF_0000..=0xF_FFFF => Kind::Other,
        // The scripts of India, with their vowel signs but not their full stops.
        0x964 | 0x965 | 0x970 => Kind::Other,
        0x900..=0xDFF => Kind::Letter,
        _ if c.is_alphanumeric() => Kind::Letter,
        _ => Kind::Other,
    }
}

fn push_folded(out: &mut String, c: char) {
    if c.is_ascii() {
        return out.push(c.to_ascii_lowercase());
    }
    for lower in c.to_lowercase() {
        if let Some(plain) = bare(lower) {
            out.push_str(plain);
            continue;
        }
        let digit = |zero: u32| char::from_digit(u32::from(lower) - zero, 10);
        out.push(match u32::from(lower) {
            // Full-width Latin.
            code @ 0xFF10..=0xFF5A => char::from_u32(code - 0xFEE0).unwrap_or(lower),
            0x660..=0x669 => digit(0x660).unwrap_or(lower),
            0x6F0..=0x6F9 => digit(0x6F0).unwrap_or(lower),
            // Arabic letters that are typed one for another.
            0x622 | 0x623 | 0x625 | 0x671 => '\u{627}',
            0x649 | 0x6CC => '\u{64A}',
            0x629 => '\u{647}',
            0x6A9 => '\u{643}',
            // Vietnamese; Greek with an accent.
            0x1EA0..=0x1EB7 => 'a',
            0x1EB8..=0x1EC7 => 'e',
            0x1EC8..=0x1ECB => 'i',
            0x1ECC..=0x1EE3 | 0x1A1 => 'o',
            0x1EE4..=0x1EF1 | 0x1B0 => 'u',
            0x1EF2..=0x1EF9 => 'y',
            0x3AC => 'α',
            0x3AD => 'ε',
            0x3AE => 'η',
            0x3AF | 0x3CA | 0x390 => 'ι',
            0x3CC => 'ο',
            0x3CD | 0x3CB | 0x3B0 => 'υ',
            0x3CE => 'ω',
            0x3C2 => 'σ',
            _ => lower,
        });
    }
}

/// Hands over each word of a text, folded, with its place; `false` ends it.
pub fn each(text: &str, reading: Reading, mut word: impl FnMut(&str, Range<usize>) -> bool) {
    let mut folded = String::new();
    let mut start = 0;
    let mut length = 0;
    // The character before, if it may begin a pair, and whether a pair has ended with it.
    let mut dense: Option<(char, usize, bool)> = None;
    for (at, c) in text.char_indices() {
        let kind = kind(c);
        if kind == Kind::Mute {
            continue;
        }
        if kind != Kind::Letter && !folded.is_empty() {
            if !word(&folded, start..at) {
                return;
            }
            folded.clear();
            length = 0;
        }
        if let Some((before, from, _)) = dense {
            let mut pair = String::from(before);
            if kind == Kind::Dense {
                pair.push(c);
                if !word(&pair, from..at + c.len_utf8()) {
                    return;
                }
                dense = Some((c, at, true));
                continue;
            }
            dense = None;
            if !word(&pair, from..from + before.len_utf8()) {
                return;
            }
        }
        match kind {
            Kind::Letter => {
                if folded.is_empty() {
                    start = at;
                }
                if length < LONGEST {
                    push_folded(&mut folded, c);
                }
                length += 1;
            }
            Kind::Dense => dense = Some((c, at, false)),
            Kind::Sign => {
                if !word(c.encode_utf8(&mut [0; 4]), at..at + c.len_utf8()) {
                    return;
                }
            }
            Kind::Mute | Kind::Other => {}
        }
    }
    if !folded.is_empty() {
        word(&folded, start..text.len());
    } else if let Some((before, from, paired)) = dense
        && !(paired && reading == Reading::Typed)
    {
        word(before.encode_utf8(&mut [0; 4]), from..from + before.len_utf8());
    }
}

/// The words of what was typed.
pub fn typed(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each(text, Reading::Typed, |word, _| {
        words.push(word.to_owned());
        true
    });
    words
}

/// A text as the index takes it in. The tokenizer reads ASCII as this file does.
pub fn indexed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !has_long_word(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    each(text, Reading::Index, |word, _| {
        out.push_str(word);
        out.push(' ');
        true
    });
    Cow::Owned(out)
}

fn has_long_word(text: &str) -> bool {
    text.len() > LONGEST
        && text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()).any(|w| w.len() > LONGEST)
}

/// Whether words of this character's script are written without spaces.
pub fn is_dense(c: char) -> bool {
    kind(c) == Kind::Dense
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(text: &str) -> String {
        let mut words = Vec::new();
        each(text, Reading::Index, |word, _| {
            words.push(word.to_owned());
            true
        });
        words.join(" ")
    }

    #[test]
    fn words_are_folded_in_every_script() {
        for (text, words) in [
            ("Checkout-Page v4.8.1", "checkout page v4 8 1"),
            ("Rückgabe Ñandú naïve Straße", "ruckgabe nandu naive strasse"),
            ("Ru\u{308}ckgabe", "ruckgabe"),
            ("Thanh toán thất bại", "thanh toan that bai"),
            ("كَتَبَ الأَوَّلُ", "كتب الاول"),
            ("שָׁלוֹם", "שלום"),
            ("हिन्दी में", "हिन्दी में"),
            ("ＶＰＮ １２", "vpn 12"),
            ("Όλα καλά", "ολα καλα"),
            ("a🦊b 👩‍💻", "a 🦊 b 👩 💻"),
            ("検索結果 ok", "検索 索結 結果 果 ok"),
            ("VPN接続", "vpn 接続 続"),
            ("ชำระเงิน", "ชำ ำร ระ ะเ เง งิ ิน น"),
            ("empty — “quotes”", "empty quotes"),
        ] {
            assert_eq!(index(text), words, "{text}");
        }
        assert_eq!(typed("検索結果").join(" "), "検索 索結 結果");
        assert_eq!(typed("空").join(" "), "空");
        assert_eq!(typed("接続VPN").join(" "), "接続 続 vpn");
    }

    proptest! {
        #[test]
        fn the_tokenizer_reads_what_is_read_here(text in any::<String>()) {
            let db = rusqlite::Connection::open_in_memory().unwrap();
            db.execute_batch(include_str!("../search.sql")).unwrap();
            db.execute(
                "INSERT INTO search (rowid, title, body, fields) VALUES (1, ?1, '', '')",
                [indexed(&text)],
            ).unwrap();
            let mut found: Vec<String> = db
                .prepare("SELECT term FROM search_words").unwrap()
                .query_map([], |row| row.get(0)).unwrap()
                .collect::<Result<_, _>>().unwrap();
            found.sort();
            let mut read: Vec<String> = index(&text).split(' ').filter(|w| !w.is_empty()).map(String::from).collect();
            read.sort();
            read.dedup();
            prop_assert_eq!(found, read);
        }
    }
}
