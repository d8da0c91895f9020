//! Every word of the index in memory, with how many rows have it: what a beginning may become, what
//! a misspelt word may have meant, and how common each is.
//!
//! FTS5 would read every row of every word that begins in a certain way before it showed the first;
//! the words themselves, looked for one beside the other, are found newest first. The counts are for
//! planning: an edit may leave one a little high until the next start.

use super::{rows, text};
use crate::{
    error::Result,
    event::stream,
    views::background::{self, Kept},
};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// So many streams later it is quicker to read everything anew.
const MOST_BEHIND: usize = 20_000;

#[derive(Default)]
pub struct Vocabulary {
    seq: u64,
    /// How many issues there are, about.
    issues: i64,
    /// All words of the file, in the order of their bytes, one behind the other.
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
    counts: Vec<u32>,
    /// Which letters it has; 0 for what nobody misspells: numbers, identifiers, fields.
    letters: Vec<u64>,
    /// Words that came later.
    young: BTreeMap<String, (u32, u64)>,
}

/// A word that is almost what was typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    pub distance: usize,
    pub rare: std::cmp::Reverse<u32>,
    pub word: String,
}

impl Kept for Vocabulary {
    const NAME: &'static str = "search";

    fn load(db: &Connection) -> Result<Self> {
        let mut all = Self { seq: background::last(db)?, issues: issues(db)?, ..Self::default() };
        let mut statement = db.prepare("SELECT term, doc FROM search_words")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let word = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            // Beyond four gigabytes of words, the rarest way to be incomplete.
            let Ok(end) = u32::try_from(all.text.len() + word.len()) else { break };
            all.text.push_str(word);
            all.ends.push(end);
            all.counts.push(row.get::<_, i64>(1)?.try_into().unwrap_or(u32::MAX));
            all.letters.push(letters(word));
        }
        Ok(all)
    }

    fn catch_up(&mut self, db: &Connection) -> Result<bool> {
        let now = background::last(db)?;
        if now <= self.seq {
            return Ok(true);
        }
        let mut statement = db.prepare_cached(
            "SELECT DISTINCT stream, kind = 'redacted' FROM journal WHERE seq > ?1",
        )?;
        let changed: Vec<(String, bool)> = statement
            .query_map([self.seq.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        // What was erased must not be suggested any more.
        if changed.len() > MOST_BEHIND || changed.iter().any(|(_, redacted)| *redacted) {
            return Ok(false);
        }
        let mut one =
            db.prepare_cached(
            "SELECT title, body, fields FROM search_rows JOIN search_texts USING (id) WHERE id = ?1",
        )?;
        for (name, _) in changed {
            if !matches!(stream::topic(&name), "issue" | "hotfix" | "message") {
                continue;
            }
            for id in rows::ids(&name).unwrap_or_default() {
                let mut found = one.query([id])?;
                if let Some(row) = found.next()? {
                    self.take(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
                    self.take(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
                    self.take_words(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?);
                }
            }
        }
        self.issues = issues(db)?;
        self.seq = now;
        Ok(true)
    }
}

fn issues(db: &Connection) -> Result<i64> {
    let last: Option<i64> = db
        .prepare_cached("SELECT max(id) FROM search_rows WHERE id <= ?1")?
        .query_row([rows::ISSUES_END], |row| row.get(0))?;
    Ok(last.unwrap_or(0))
}

impl Vocabulary {
    fn take(&mut self, text: &str) {
        let mut words = BTreeSet::new();
        text::each(text, text::Reading::Index, |word, _| {
            words.insert(word.to_owned());
            true
        });
        words.into_iter().for_each(|word| self.count_one(word));
    }

    fn take_words(&mut self, words: &str) {
        let words: BTreeSet<&str> = words.split_whitespace().collect();
        words.into_iter().for_each(|word| self.count_one(word.to_owned()));
    }

    fn count_one(&mut self, word: String) {
        match self.find(&word) {
            Ok(index) => self.counts[index] = self.counts[index].saturating_add(1),
            Err(_) => {
                let letters = letters(&word);
                self.young.entry(word).or_insert((0, letters)).0 += 1;
            }
        }
    }

    fn word(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    fn find(&self, word: &str) -> std::result::Result<usize, usize> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.word(middle).as_bytes().cmp(word.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(middle),
            }
        }
        Err(low)
    }

    /// How many issues there are, about.
    pub fn issues(&self) -> u64 {
        self.issues.unsigned_abs()
    }

    pub fn count(&self) -> usize {
        self.ends.len() + self.young.len()
    }

    pub fn bytes(&self) -> usize {
        let young: usize = self.young.keys().map(|word| word.len() + 64).sum();
        self.text.capacity()
            + 4 * (self.ends.capacity() + self.counts.capacity())
            + 8 * self.letters.capacity()
            + young
    }

    /// How many rows have this word.
    pub fn rows_with(&self, word: &str) -> u64 {
        match self.find(word) {
            Ok(index) => self.counts[index].into(),
            Err(_) => self.young.get(word).map_or(0, |(count, _)| (*count).into()),
        }
    }

    /// The most common words that begin like this (the word itself first, if it is one), and how
    /// many rows all that begin like this have together.
    pub fn completions(&self, beginning: &str, most: usize) -> (Vec<String>, u64) {
        let from = self.find(beginning).unwrap_or_else(|place| place);
        let old = (from..self.ends.len())
            .map(|index| (self.word(index), self.counts[index]))
            .take_while(|(word, _)| word.starts_with(beginning));
        let young = self
            .young
            .range(beginning.to_owned()..)
            .map(|(word, (count, _))| (word.as_str(), *count))
            .take_while(|(word, _)| word.starts_with(beginning));
        let mut total: u64 = 0;
        let mut all: Vec<(u32, &str)> = Vec::new();
        for (word, count) in old.chain(young) {
            total += u64::from(count);
            all.push((if word == beginning { u32::MAX } else { count }, word));
        }
        let by_count = |a: &(u32, &str), b: &(u32, &str)| b.cmp(a);
        if all.len() > most {
            all.select_nth_unstable_by(most, by_count);
            all.truncate(most);
        }
        all.sort_unstable_by(by_count);
        (all.into_iter().map(|(_, word)| word.to_owned()).collect(), total)
    }

    /// The words nearest to one that may be misspelt: one letter of four to seven, two of more.
    /// `begins`: only its beginning was typed.
    pub fn near(&self, typed: &str, begins: bool, most: usize) -> Vec<Near> {
        let wanted: Vec<char> = typed.chars().collect();
        let allowed = match wanted.len() {
            0..4 => return Vec::new(),
            4..8 => 1,
            _ => 2,
        };
        let mask = letters(typed);
        if mask == 0 {
            return Vec::new();
        }
        let mut found: Vec<Near> = Vec::new();
        let mut rows = Rows::default();
        let mut look = |word: &str, count: u32, have: u64| {
            // Letters that only one of them has: each error explains two at most.
            let strange = if begins { mask & !have } else { mask ^ have };
            let bound = if begins { allowed } else { 2 * allowed };
            if have == 0 || count == 0 || strange.count_ones() as usize > bound {
                return;
            }
            if let Some(distance) = rows.distance(&wanted, word, allowed, begins)
                && distance > 0
            {
                let rare = std::cmp::Reverse(count);
                found.push(Near { distance, rare, word: word.to_owned() });
            }
        };
        for (index, have) in self.letters.iter().enumerate() {
            let strange = if begins { mask & !have } else { mask ^ have };
            if strange.count_ones() as usize <= 2 * allowed {
                look(self.word(index), self.counts[index], *have);
            }
        }
        for (word, (count, have)) in &self.young {
            look(word, *count, *have);
        }
        found.sort_unstable();
        found.truncate(most);
        found
    }
}

/// A bit for each letter; 0 for what is not spelt with letters, or too short.
fn letters(word: &str) -> u64 {
    let mut bits = 0;
    for (place, c) in word.chars().enumerate() {
        let fits = c.is_alphabetic() && !text::is_dense(c) && place < 40;
        if !fits {
            return 0;
        }
        bits |= 1_u64
            << match c {
                'a'..='z' => u32::from(c) - u32::from('a'),
                _ => 26 + u32::from(c) % 38,
            };
    }
    bits
}

/// The rows of the table that edit distances are worked out in.
#[derive(Default)]
struct Rows {
    word: Vec<char>,
    before: Vec<usize>,
    last: Vec<usize>,
    this: Vec<usize>,
}

impl Rows {
    /// How many letters have to be put in, left out, replaced or swapped with their neighbour (the
    /// optimal string alignment distance), if it is so many at most. `begins`: to become the
    /// beginning of the word.
    fn distance(&mut self, typed: &[char], word: &str, most: usize, begins: bool) -> Option<usize> {
        self.word.clear();
        self.word.extend(word.chars().take(typed.len() + most + 1));
        if self.word.len() + most < typed.len() || !begins && self.word.len() > typed.len() + most {
            return None;
        }
        let width = self.word.len();
        self.last.clear();
        self.last.extend(0..=width);
        self.before.clear();
        self.before.resize(width + 1, usize::MAX / 2);
        for (row, letter) in typed.iter().enumerate() {
            self.this.clear();
            self.this.push(row + 1);
            for (column, other) in self.word.iter().enumerate() {
                let mut cost = (self.last[column] + usize::from(letter != other))
                    .min(self.last[column + 1] + 1)
                    .min(self.this[column] + 1);
                if row > 0
                    && column > 0
                    && typed[row - 1] == *other
                    && *letter == self.word[column - 1]
                {
                    cost = cost.min(self.before[column - 1] + 1);
                }
                self.this.push(cost);
            }
            if self.this.iter().min()? > &most {
                return None;
            }
            std::mem::swap(&mut self.before, &mut self.last);
            std::mem::swap(&mut self.last, &mut self.this);
        }
        let distance = match begins {
            true => *self.last.iter().min()?,
            false => *self.last.last()?,
        };
        (distance <= most).then_some(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[(&str, u32)]) -> Vocabulary {
        let mut all = Vocabulary::default();
        let mut sorted = words.to_vec();
        sorted.sort_unstable();
        for (word, count) in sorted {
            all.text.push_str(word);
            all.ends.push(all.text.len() as u32);
            all.counts.push(count);
            all.letters.push(letters(word));
        }
        all
    }

    fn near(all: &Vocabulary, typed: &str, begins: bool) -> Vec<String> {
        all.near(typed, begins, 3).into_iter().map(|near| near.word).collect()
    }

    #[test]
    fn one_error_is_forgiven_from_four_letters_on_and_two_from_eight() {
        let all = of(&[("checkout", 50), ("card", 9), ("invoice", 3), ("оплата", 2), ("4711", 5)]);
        assert_eq!(near(&all, "cart", false), ["card"]);
        assert_eq!(near(&all, "cadr", false), ["card"], "neighbours swapped");
        assert_eq!(near(&all, "chekcot", false), [""; 0], "seven letters, two errors");
        assert_eq!(near(&all, "chekcotu", false), ["checkout"]);
        assert_eq!(near(&all, "checkoutt", false), ["checkout"]);
        assert_eq!(near(&all, "onvoice", false), ["invoice"]);
        assert_eq!(near(&all, "опата", false), ["оплата"]);
        assert_eq!(near(&all, "4712", false), [""; 0], "numbers mean what they say");
        assert_eq!(near(&all, "crd", false), [""; 0]);
    }

    #[test]
    fn a_beginning_may_be_misspelt_too() {
        let all = of(&[("checkout", 50), ("chemistry", 1)]);
        assert_eq!(near(&all, "chcko", true), ["checkout"]);
        assert_eq!(near(&all, "chekc", true), ["checkout"]);
    }

    #[test]
    fn beginnings_become_their_most_common_words_wherever_those_came_from() {
        let mut all = of(&[("pay", 5), ("payment", 40), ("payments", 2), ("paypal", 7)]);
        all.take("Payroll payroll PAY payment");
        assert_eq!(all.completions("pay", 3).0, ["pay", "payment", "paypal"]);
        assert_eq!(all.completions("payr", 3), (vec!["payroll".into()], 1));
        assert_eq!(all.rows_with("pay"), 6);
        assert_eq!(all.completions("x", 3), (Vec::new(), 0));
    }
}
