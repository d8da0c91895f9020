//! Words inside text that is written without spaces: Chinese, Japanese, Korean.
//!
//! The tokenizer takes a whole run of such characters for one word, so only its beginning would be
//! found. Beside the text, a column of its own therefore holds each run in pairs of neighbours
//! (検索結果 → 検索 索結 結果 果), and what is looked for becomes the phrase of its pairs. Pairs
//! rather than FTS5's trigrams: most words of these languages have two characters, which trigrams
//! cannot find, and text in other scripts costs nothing here.

/// Whether words of this character's script are written without spaces (or, in Korean, with
/// endings that hide them).
fn runs_on(c: char) -> bool {
    matches!(u32::from(c),
        0x3005..=0x3007        // 々〆〇
        | 0x3041..=0x309F      // Hiragana
        | 0x30A1..=0x30FA | 0x30FC..=0x30FF | 0x31F0..=0x31FF // Katakana, without its middle dot
        | 0xFF66..=0xFF9D      // half-width Katakana
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF // Han
        | 0xAC00..=0xD7A3      // Hangul
    )
}

/// The stretches of a text, each of one kind.
fn stretches(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let kind = runs_on(rest.chars().next()?);
        let end = rest.find(|c| runs_on(c) != kind).unwrap_or(rest.len());
        let (stretch, after) = rest.split_at(end);
        rest = after;
        Some((kind, stretch))
    })
}

fn pairs(run: &str, out: &mut Vec<String>) {
    let characters: Vec<char> = run.chars().collect();
    out.extend(characters.windows(2).map(String::from_iter));
}

/// What the column holds for a text; empty for text in other scripts. A word that mixes them
/// (VPN接続) gives its other stretches too.
pub fn spread(texts: [&str; 2]) -> String {
    let mut words = Vec::new();
    let mixed =
        texts.into_iter().flat_map(str::split_whitespace).filter(|word| word.contains(runs_on));
    for (runs_on, stretch) in mixed.flat_map(stretches) {
        if !runs_on {
            words.push(stretch.to_owned());
            continue;
        }
        pairs(stretch, &mut words);
        // The last character begins no pair, and may be a word of its own.
        words.extend(stretch.chars().last().map(String::from));
    }
    words.join(" ")
}

/// How a word without quotes in it is looked for: by its beginning or, for the stretches that are
/// written without spaces, anywhere. None if it has no such stretch.
pub fn expression(word: &str) -> Option<String> {
    let mut parts = Vec::new();
    for (runs_on, stretch) in stretches(word) {
        if !runs_on {
            if stretch.chars().any(char::is_alphanumeric) {
                parts.push(format!("\"{stretch}\"*"));
            }
            continue;
        }
        let mut words = Vec::new();
        pairs(stretch, &mut words);
        parts.push(match words.is_empty() {
            true => format!("inside : \"{stretch}\"*"),
            false => format!("inside : \"{}\"", words.join(" ")),
        });
    }
    stretches(word)
        .any(|(runs_on, _)| runs_on)
        .then(|| format!("(\"{word}\"* OR ({}))", parts.join(" AND ")))
}

/// Text around the first place where one of these words is, with the marks of a snippet.
pub fn excerpt(text: &str, words: &[String]) -> String {
    const AROUND: usize = 24;
    let Some((at, word)) = words.iter().find_map(|word| Some((text.find(word.as_str())?, word)))
    else {
        return text.chars().take(2 * AROUND).collect();
    };
    let (before, rest) = text.split_at(at);
    let (found, after) = rest.split_at(word.len());
    let skipped = before.chars().count().saturating_sub(AROUND);
    format!(
        "{}{}\u{2068}{found}\u{2069}{}{}",
        if skipped > 0 { "…" } else { "" },
        before.chars().skip(skipped).collect::<String>(),
        after.chars().take(AROUND).collect::<String>(),
        if after.chars().count() > AROUND { "…" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_spread_into_pairs_and_other_scripts_into_nothing() {
        assert_eq!(spread(["検索結果 ok", "空"]), "検索 索結 結果 果 空");
        assert_eq!(spread(["Checkout", "Rückgabe الأحمر"]), "");
        assert_eq!(spread(["VPN接続", ""]), "VPN 接続 続");
    }

    #[test]
    fn only_words_that_run_on_are_looked_for_inside() {
        assert_eq!(expression("checkout"), None);
        assert_eq!(expression("空").unwrap(), "(\"空\"* OR (inside : \"空\"*))");
        assert_eq!(
            expression("VPN接続先").unwrap(),
            "(\"VPN接続先\"* OR (\"VPN\"* AND inside : \"接続 続先\"))"
        );
    }

    #[test]
    fn the_excerpt_marks_what_was_found() {
        assert_eq!(excerpt("検索結果が空", &["結果".into()]), "検索\u{2068}結果\u{2069}が空");
    }
}
