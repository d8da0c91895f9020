//! Why something was found: the part of its text that has most of the words, with marks.

use super::{
    plan::Group,
    rows::BETWEEN,
    text::{self, Reading},
};
use std::ops::Range;

/// What is looked through, in bytes, and what is shown, in characters.
const LOOKED_AT: usize = 256 << 10;
const SHOWN: usize = 160;
const BEFORE: usize = 40;

/// The marks around a match: they isolate it, whichever way its script runs.
const MARKS: (char, char) = ('\u{2068}', '\u{2069}');

/// Where the words stand, and which each is; neighbours that touch are one place.
fn places(text: &str, groups: &[Group]) -> Vec<(Range<usize>, usize)> {
    let mut places: Vec<(Range<usize>, usize)> = Vec::new();
    text::each(text, Reading::Index, |word, at| {
        let which = groups.iter().position(|group| group.iter().any(|mark| mark.is(word)));
        if let Some(which) = which {
            match places.last_mut() {
                Some((last, _)) if last.end >= at.start => last.end = last.end.max(at.end),
                _ => places.push((at, which)),
            }
        }
        places.len() < 1_000
    });
    places
}

/// The parts of a title that match, as they stand there.
pub fn marks(title: &str, groups: &[Group]) -> Vec<String> {
    let mut marks: Vec<String> = Vec::new();
    for (at, _) in places(title, groups) {
        let part = title.get(at).unwrap_or_default();
        if !marks.iter().any(|mark| mark == part) {
            marks.push(part.to_owned());
        }
    }
    marks
}

/// The best part of a text; its beginning if no word is in it.
pub fn excerpt(body: &str, groups: &[Group]) -> String {
    let mut end = body.len().min(LOOKED_AT);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    let body = &body[..end];
    let places = places(body, groups);
    // The place from which on most different words stand near each other.
    let reach = |from: usize| {
        let mut seen: Vec<usize> = places[from..]
            .iter()
            .take_while(|(at, _)| at.start < places[from].0.start + 2 * SHOWN)
            .map(|(_, which)| *which)
            .take(64)
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };
    let best = (0..places.len()).max_by_key(|from| (reach(*from), std::cmp::Reverse(*from)));
    let first = best.map_or(0, |from| places[from].0.start);
    let start = back(body, first, BEFORE);
    let mut out = String::new();
    if start > 0 {
        out.push('…');
    }
    let mut shown = 0;
    let mut blank = true;
    let mut inside = None;
    let mut next = best.unwrap_or(0);
    // A place before the best one may have begun within what is shown.
    while next > 0 && places[next - 1].0.end > start {
        next -= 1;
    }
    for (offset, c) in body[start..].char_indices() {
        let at = start + offset;
        if inside.is_some_and(|end| at >= end) {
            out.push(MARKS.1);
            inside = None;
        }
        if shown >= SHOWN && inside.is_none() && (c.is_whitespace() || shown > SHOWN + 30) {
            trim(&mut out);
            out.push('…');
            return out;
        }
        while places.get(next).is_some_and(|(place, _)| place.end <= at) {
            next += 1;
        }
        if let Some((place, _)) = places.get(next)
            && inside.is_none()
            && place.contains(&at)
        {
            out.push(MARKS.0);
            inside = Some(place.end);
        }
        if c == BETWEEN {
            trim(&mut out);
            if !out.is_empty() && out != "…" {
                out.push_str(" · ");
                shown += 3;
            }
            blank = true;
        } else if c.is_whitespace() || c.is_control() {
            if !blank {
                out.push(' ');
                shown += 1;
            }
            blank = true;
        } else if c != MARKS.0 && c != MARKS.1 {
            out.push(c);
            shown += 1;
            blank = false;
        }
    }
    if inside.is_some() {
        out.push(MARKS.1);
    }
    trim(&mut out);
    out
}

fn trim(out: &mut String) {
    out.truncate(out.trim_end_matches([' ', '·']).len());
}

/// So many characters before a place, or a little fewer so as to begin with a word.
fn back(text: &str, place: usize, most: usize) -> usize {
    let mut start = place;
    let mut word = place;
    for (steps, (at, c)) in text[..place].char_indices().rev().enumerate() {
        if steps == most {
            // Text without spaces may be cut anywhere.
            return if word == place { start } else { word };
        }
        if c.is_whitespace() || c == BETWEEN {
            word = start;
        }
        start = at;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::{super::plan::Mark, *};
    use proptest::prelude::*;

    fn groups(words: &[&str]) -> Vec<Group> {
        let mark = |word: &&str| {
            let (begins, word) = (word.ends_with('*'), word.trim_end_matches('*').to_owned());
            vec![Mark { word, begins }]
        };
        words.iter().map(mark).collect()
    }

    fn shown(body: &str, words: &[&str]) -> String {
        excerpt(body, &groups(words)).replace('\u{2068}', "[").replace('\u{2069}', "]")
    }

    #[test]
    fn the_words_are_marked_where_most_of_them_stand() {
        let far = "one word ".repeat(60);
        let text = format!("A saved thing. {far} The saved\n\ncard is Saved. {far}");
        let found = shown(&text, &["saved", "card"]);
        assert!(found.starts_with("…") && found.ends_with('…'), "{found}");
        assert!(found.contains("The [saved] [card] is [Saved]."), "{found}");
        assert_eq!(shown("Checkout hängt", &["hang*"]), "Checkout [hängt]");
        assert_eq!(shown("検索結果が空になる", &["検索", "索結"]), "[検索結]果が空になる");
        assert_eq!(shown("كَتَبَ شيئا", &["كتب"]), "[كَتَبَ] شيئا");
        assert_eq!(shown("one\u{1F}two\u{1F}", &["two"]), "one · [two]");
        assert_eq!(shown("nothing of it", &["else"]), "nothing of it");
        assert_eq!(shown("", &["else"]), "");
    }

    #[test]
    fn a_title_says_which_of_its_parts_match() {
        assert_eq!(
            marks("Saved card, saved Card", &groups(&["card", "saved"])),
            ["Saved", "card", "saved", "Card"]
        );
    }

    proptest! {
        #[test]
        fn any_text_has_an_excerpt_with_marks_in_pairs(body in any::<String>(), word in "[a-z]{1,2}") {
            let found = excerpt(&body, &groups(&[&format!("{word}*")]));
            let count = |mark| found.matches(mark).count();
            prop_assert_eq!(count('\u{2068}'), count('\u{2069}'));
        }
    }
}
