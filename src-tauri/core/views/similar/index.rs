//! The inverted index in memory: which reports hold a word, and how they score against a query.
//!
//! What it answers is a function of what was put last under each number: the order of puts and
//! removals leaves no trace. Scores are BM25F over title and description (Robertson, Zaragoza,
//! Taylor 2004). The time of a query is bounded: rare words are looked up first, and once
//! [`MOST_POSTINGS`] were read, the more common ones only count when the best reports are compared
//! in full.

use super::words::Word;
use std::collections::HashMap;

/// One report, as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub title: Vec<Word>,
    pub body: Vec<Word>,
    /// Hash of the component's name; 0 if none.
    pub component: Word,
    /// When it was reported, in seconds.
    pub at: i64,
    /// The report that this one is a duplicate of; its own number if of none.
    pub original: u32,
    /// Its hot fix has shipped.
    pub fixed: bool,
}

/// How often a word stands in the title and in the description of a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub title: u32,
    pub body: u32,
}

/// A word's place in the index.
pub type Term = u32;
/// A report's place in the index.
pub type Slot = u32;

/// The best matches by words alone.
#[derive(Default)]
pub struct Candidates {
    /// By title and description, best first, then some by title alone.
    pub any: Vec<Slot>,
    /// Among those whose hot fix has shipped.
    pub fixed: Vec<Slot>,
}

/// Memory that queries reuse.
#[derive(Default)]
pub struct Scratch {
    whole: Vec<f32>,
    title: Vec<f32>,
}

const BY_WORDS: usize = 100;
const BY_TITLE: usize = 30;
const FIXED: usize = 30;
/// Bounds the time of a query at a million reports; a hundred thousand stay below it.
const MOST_POSTINGS: usize = 1_500_000;
/// Words in more than this share of the reports do not find any.
const COMMON: f32 = 0.25;
/// Below this many reports, none is common yet.
const FEW: usize = 40;

/// Places to count pairs of words in: 8 MB.
const PAIRS: usize = 1 << 21;
/// Only so many words of a title are paired with each other.
pub const PAIRED: usize = 16;

pub const TITLE_WEIGHT: f32 = 5.0;
const K1: f32 = 2.6;
const K3: f32 = 8.0;
const B_TITLE: f32 = 0.5;
const B_BODY: f32 = 0.7;
pub const IDF_POWER: f32 = 1.3;

/// The index.
#[derive(Default)]
pub struct Index {
    terms: HashMap<Word, Term, Hashed>,
    postings: Vec<Posting>,
    docs: Vec<Doc>,
    /// The lengths of all reports once more, side by side: they are looked at for every posting.
    sizes: Vec<(u16, u16)>,
    /// The words of all reports as terms, title before body, in variable length.
    texts: Vec<u8>,
    slots: HashMap<u32, Slot, Hashed>,
    groups: HashMap<u32, Group, Hashed>,
    live: usize,
    /// How many reports have two words side by side, or both in the title; pairs that fall on the
    /// same place are counted together.
    pairs: Vec<u32>,
    title_words: u64,
    body_words: u64,
}

#[derive(Default)]
struct Posting {
    word: Word,
    /// Reports that hold the word; those that were replaced are not counted.
    held: u32,
    last: Slot,
    bytes: Vec<u8>,
}

/// What is known of a report beside its words.
#[derive(Clone, Debug)]
pub struct Doc {
    pub number: u32,
    pub original: u32,
    pub at: i64,
    pub component: Word,
    pub title_len: u16,
    pub body_len: u16,
    pub fixed: bool,
    live: bool,
    text: usize,
}

#[derive(Default)]
struct Group {
    members: Vec<u32>,
    last: i64,
}

/// Words are hashes already.
#[derive(Clone, Copy, Default)]
pub struct Hashed;

pub struct Mixed(u64);

impl std::hash::BuildHasher for Hashed {
    type Hasher = Mixed;
    fn build_hasher(&self) -> Mixed {
        Mixed(0)
    }
}

impl std::hash::Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }
    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

impl Index {
    /// How many reports there are.
    pub fn count(&self) -> usize {
        self.live
    }

    /// Puts a report, in the place of what was there under its number.
    pub fn put(&mut self, number: u32, report: &Report) {
        self.remove(number);
        let slot = self.docs.len() as Slot;
        let text = self.texts.len();
        let mut counts: Vec<(Term, Asked)> =
            Vec::with_capacity(report.title.len() + report.body.len());
        for (index, word) in report.title.iter().chain(&report.body).enumerate() {
            let term = self.term_for(*word);
            let in_title = index < report.title.len();
            counts.push((term, Asked { title: in_title.into(), body: (!in_title).into() }));
            push_number(&mut self.texts, u64::from(term));
        }
        self.count_pairs(&report.title, &report.body, |count| *count += 1);
        counts.sort_unstable_by_key(|(term, _)| *term);
        counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1.title += next.1.title;
                kept.1.body += next.1.body;
            }
            same
        });
        for (term, count) in counts {
            self.postings[term as usize].add(slot, count);
        }
        let size = |words: &[Word]| u16::try_from(words.len()).unwrap_or(u16::MAX);
        self.sizes.push((size(&report.title), size(&report.body)));
        self.docs.push(Doc {
            number,
            original: report.original,
            at: report.at,
            component: report.component,
            title_len: size(&report.title),
            body_len: size(&report.body),
            fixed: report.fixed,
            live: true,
            text,
        });
        self.slots.insert(number, slot);
        let group = self.groups.entry(report.original).or_default();
        group.members.push(number);
        group.last = if group.members.len() == 1 { report.at } else { group.last.max(report.at) };
        self.live += 1;
        self.title_words += report.title.len() as u64;
        self.body_words += report.body.len() as u64;
    }

    /// Takes a report out.
    pub fn remove(&mut self, number: u32) {
        let Some(slot) = self.slots.remove(&number) else { return };
        let mut terms = self.terms_of(slot);
        let words: Vec<Word> =
            terms.iter().map(|term| self.postings[*term as usize].word).collect();
        let (title, body) = words.split_at(self.docs[slot as usize].title_len.into());
        self.count_pairs(title, body, |count| *count -= 1);
        let doc = &mut self.docs[slot as usize];
        doc.live = false;
        self.live -= 1;
        self.title_words -= u64::from(doc.title_len);
        self.body_words -= u64::from(doc.body_len);
        let original = doc.original;
        terms.sort_unstable();
        terms.dedup();
        for term in terms {
            self.postings[term as usize].held -= 1;
        }
        if let Some(group) = self.groups.get_mut(&original) {
            group.members.retain(|member| *member != number);
            let slots = &self.slots;
            let times = group.members.iter().filter_map(|member| slots.get(member));
            match times.map(|slot| self.docs[*slot as usize].at).max() {
                Some(last) => group.last = last,
                None => drop(self.groups.remove(&original)),
            }
        }
        if self.docs.len() > 1024 && self.docs.len() > 2 * self.live {
            self.compact();
        }
    }

    /// Forgets what was replaced.
    fn compact(&mut self) {
        let mut fresh = Self::default();
        for slot in 0..self.docs.len() as Slot {
            let doc = &self.docs[slot as usize];
            if doc.live {
                let terms = self.terms_of(slot);
                let all: Vec<Word> =
                    terms.iter().map(|term| self.postings[*term as usize].word).collect();
                let (title, body) = all.split_at(doc.title_len.into());
                fresh.put(
                    doc.number,
                    &Report {
                        title: title.to_vec(),
                        body: body.to_vec(),
                        component: doc.component,
                        at: doc.at,
                        original: doc.original,
                        fixed: doc.fixed,
                    },
                );
            }
        }
        *self = fresh;
    }

    /// The memory that it holds, in bytes, without what the allocator adds.
    pub fn bytes(&self) -> usize {
        let postings: usize = self.postings.iter().map(|posting| posting.bytes.capacity()).sum();
        let maps = (self.terms.capacity() + self.slots.capacity()) * 9
            + self.groups.capacity() * (size_of::<Group>() + 12)
            + self.groups.values().map(|group| group.members.capacity() * 4).sum::<usize>();
        postings
            + maps
            + self.postings.capacity() * size_of::<Posting>()
            + self.docs.capacity() * (size_of::<Doc>() + 4)
            + self.texts.capacity()
            + self.pairs.capacity() * 4
    }

    pub fn doc(&self, slot: Slot) -> &Doc {
        &self.docs[slot as usize]
    }

    pub fn slot(&self, number: u32) -> Option<Slot> {
        self.slots.get(&number).copied()
    }

    /// A word that some report has.
    pub fn term(&self, word: Word) -> Option<Term> {
        // One that only replaced reports had is as unknown as one that nobody ever wrote.
        self.terms.get(&word).copied().filter(|term| self.held(*term) > 0)
    }

    /// How many reports hold a word.
    pub fn held(&self, term: Term) -> u32 {
        self.postings[term as usize].held
    }

    /// The reports known to be the same as this original, itself included.
    pub fn group(&self, original: u32) -> &[u32] {
        self.groups.get(&original).map_or(&[], |group| &group.members)
    }

    /// When the last of a group was reported.
    pub fn last_of(&self, original: u32) -> i64 {
        self.groups.get(&original).map_or(0, |group| group.last)
    }

    /// A report's words in order, the title's first.
    pub fn terms_of(&self, slot: Slot) -> Vec<Term> {
        let doc = &self.docs[slot as usize];
        let count = usize::from(doc.title_len) + usize::from(doc.body_len);
        let mut terms = Vec::with_capacity(count);
        let mut at = doc.text;
        for _ in 0..count {
            terms.push(read_number(&self.texts, &mut at) as Term);
        }
        terms
    }

    /// How many reports have these words side by side.
    pub fn neighbours(&self, one: Word, next: Word) -> u32 {
        self.pairs.get(side_by_side(one, next)).copied().unwrap_or(0)
    }

    /// How many reports have both words in the title.
    pub fn together(&self, one: Word, other: Word) -> u32 {
        self.pairs.get(in_one_title(one, other)).copied().unwrap_or(0)
    }

    /// Counts each pair of a report once.
    fn count_pairs(&mut self, title: &[Word], body: &[Word], count: impl Fn(&mut u32)) {
        if self.pairs.is_empty() {
            self.pairs = vec![0; PAIRS];
        }
        let mut places: Vec<usize> = title
            .windows(2)
            .chain(body.windows(2))
            .map(|two| side_by_side(two[0], two[1]))
            .collect();
        let title = &title[..title.len().min(PAIRED)];
        for (place, one) in title.iter().enumerate() {
            places.extend(title[..place].iter().map(|other| in_one_title(*one, *other)));
        }
        places.sort_unstable();
        places.dedup();
        for place in places {
            count(&mut self.pairs[place]);
        }
    }

    /// How much a word tells: 0 if every report has it.
    pub fn rarity(&self, held: u32) -> f32 {
        ((self.live as f32 + 1.0) / (held as f32 + 0.5)).ln().max(0.0)
    }

    pub fn lengths(&self) -> Lengths {
        let live = self.live.max(1) as f32;
        Lengths {
            title: (self.title_words as f32 / live).max(1.0),
            body: (self.body_words as f32 / live).max(1.0),
        }
    }

    /// The reports that match best by words alone.
    pub fn find(&self, asked: &[(Word, Asked)], scratch: &mut Scratch) -> Candidates {
        let mut order: Vec<(u32, Word, Term, Asked)> = asked
            .iter()
            .filter_map(|(word, asked)| {
                let term = self.term(*word)?;
                Some((self.held(term), *word, term, *asked))
            })
            .collect();
        // Sums of floats depend on their order: it is the words' own, not that of their coming in.
        order.sort_unstable_by_key(|(held, word, ..)| (*held, *word));
        scratch.whole.clear();
        scratch.whole.resize(self.docs.len(), 0.0);
        scratch.title.clear();
        scratch.title.resize(self.docs.len(), 0.0);
        let norms = Norms::new(self.lengths());
        let common = if self.live < FEW { u32::MAX } else { (self.live as f32 * COMMON) as u32 };
        let mut read = 0;
        for (held, _, term, asked) in order {
            if held > common {
                break;
            }
            read += held as usize;
            if read > MOST_POSTINGS {
                break;
            }
            let rarity = self.rarity(held).powf(IDF_POWER);
            let often = TITLE_WEIGHT * asked.title as f32 + asked.body as f32;
            let weight = rarity * query_saturation(often);
            self.postings[term as usize].each(|slot, count| {
                let (title_len, body_len) = self.sizes[slot as usize];
                let in_title = TITLE_WEIGHT * count.title as f32 * norms.title(title_len);
                let tf = in_title + count.body as f32 * norms.body(body_len);
                scratch.whole[slot as usize] += weight * body_saturation(tf);
                if asked.title > 0 && count.title > 0 {
                    scratch.title[slot as usize] += rarity * body_saturation(in_title);
                }
            });
        }
        let mut any = self.best(&scratch.whole, BY_WORDS, |doc| doc.live);
        for slot in self.best(&scratch.title, BY_TITLE, |doc| doc.live) {
            if !any.contains(&slot) {
                any.push(slot);
            }
        }
        Candidates { any, fixed: self.best(&scratch.whole, FIXED, |doc| doc.live && doc.fixed) }
    }

    fn best(&self, scores: &[f32], most: usize, of: impl Fn(&Doc) -> bool) -> Vec<Slot> {
        let mut best: Vec<(f32, u32, Slot)> = Vec::with_capacity(4 * most);
        let mut least = 0.0;
        let better =
            |a: &(f32, u32, Slot), b: &(f32, u32, Slot)| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1));
        for (slot, score) in scores.iter().enumerate() {
            if *score > least {
                let doc = &self.docs[slot];
                if of(doc) {
                    best.push((*score, doc.number, slot as Slot));
                    if best.len() == 4 * most {
                        best.select_nth_unstable_by(most, better);
                        best.truncate(most);
                        // An equal score may still win by its number.
                        least = best
                            .iter()
                            .map(|(score, ..)| *score)
                            .fold(f32::MAX, f32::min)
                            .next_down();
                    }
                }
            }
        }
        best.sort_unstable_by(better);
        best.truncate(most);
        best.into_iter().map(|(_, _, slot)| slot).collect()
    }

    fn term_for(&mut self, word: Word) -> Term {
        let next = self.postings.len() as Term;
        let term = *self.terms.entry(word).or_insert(next);
        if term == next {
            self.postings.push(Posting { word, ..Posting::default() });
        }
        term
    }
}

/// Average lengths, in words.
#[derive(Clone, Copy)]
pub struct Lengths {
    pub title: f32,
    pub body: f32,
}

impl Lengths {
    /// What a title of this length makes of one occurrence.
    pub fn title_norm(self, len: u16) -> f32 {
        1.0 / (1.0 - B_TITLE + B_TITLE * f32::from(len) / self.title)
    }

    pub fn body_norm(self, len: u16) -> f32 {
        1.0 / (1.0 - B_BODY + B_BODY * f32::from(len) / self.body)
    }
}

/// The norms of all usual lengths, worked out once a query.
struct Norms {
    lengths: Lengths,
    title: Vec<f32>,
    body: Vec<f32>,
}

impl Norms {
    fn new(lengths: Lengths) -> Self {
        Self {
            lengths,
            title: (0..=64).map(|len| lengths.title_norm(len)).collect(),
            body: (0..=400).map(|len| lengths.body_norm(len)).collect(),
        }
    }

    fn title(&self, len: u16) -> f32 {
        self.title.get(usize::from(len)).copied().unwrap_or_else(|| self.lengths.title_norm(len))
    }

    fn body(&self, len: u16) -> f32 {
        self.body.get(usize::from(len)).copied().unwrap_or_else(|| self.lengths.body_norm(len))
    }
}

impl Posting {
    /// A step to the next report, doubled; odd when counts other than once in the body follow.
    fn add(&mut self, slot: Slot, count: Asked) {
        let step = u64::from(slot - self.last);
        let usual = count.title == 0 && count.body == 1;
        push_number(&mut self.bytes, step << 1 | u64::from(!usual));
        if !usual {
            self.bytes.push((count.title.min(7) << 5 | count.body.min(31)) as u8);
        }
        self.last = slot;
        self.held += 1;
    }

    fn each(&self, mut visit: impl FnMut(Slot, Asked)) {
        let (mut at, mut slot) = (0, 0);
        while at < self.bytes.len() {
            let step = read_number(&self.bytes, &mut at);
            slot += (step >> 1) as Slot;
            let mut count = Asked { title: 0, body: 1 };
            if step & 1 == 1 {
                let byte = u32::from(self.bytes[at]);
                at += 1;
                count = Asked { title: byte >> 5, body: byte & 31 };
            }
            visit(slot, count);
        }
    }
}

fn side_by_side(one: Word, next: Word) -> usize {
    let both = u64::from(one) << 32 | u64::from(next);
    (both.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - PAIRS.ilog2())) as usize
}

fn in_one_title(one: Word, other: Word) -> usize {
    side_by_side(one.min(other) ^ 0x5bd1_e995, one.max(other))
}

/// How much of a word's weight so many occurrences are worth.
pub fn body_saturation(occurs: f32) -> f32 {
    occurs / (K1 + occurs)
}

/// How much more a word weighs that the query has so often.
pub fn query_saturation(often: f32) -> f32 {
    often * (K3 + 1.0) / (K3 + often)
}

/// Seven bits a byte, the highest says whether more follow.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_number(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report(title: &[Word], body: &[Word]) -> Report {
        Report { title: title.to_vec(), body: body.to_vec(), ..Report::default() }
    }

    fn found(index: &Index, words: &[Word]) -> Vec<u32> {
        let asked: Vec<_> = words.iter().map(|word| (*word, Asked { title: 1, body: 0 })).collect();
        let candidates = index.find(&asked, &mut Scratch::default());
        candidates.any.into_iter().map(|slot| index.doc(slot).number).collect()
    }

    #[test]
    fn the_report_with_more_of_the_words_comes_first() {
        let mut index = Index::default();
        index.put(1, &report(&[10, 11], &[]));
        index.put(2, &report(&[10, 11, 12], &[]));
        index.put(3, &report(&[13], &[]));
        assert_eq!(found(&index, &[10, 11, 12]), [2, 1]);
    }

    #[test]
    fn what_is_taken_out_or_replaced_is_found_no_more() {
        let mut index = Index::default();
        index.put(1, &report(&[10], &[20]));
        index.put(2, &report(&[10], &[21]));
        index.put(1, &report(&[11], &[]));
        assert_eq!(found(&index, &[10]), [2]);
        assert_eq!(found(&index, &[11]), [1]);
        index.remove(2);
        assert_eq!(found(&index, &[10, 21]), [] as [u32; 0]);
        assert_eq!(index.count(), 1);
    }

    #[test]
    fn a_group_knows_its_members_and_its_last_report() {
        let mut index = Index::default();
        for (number, at) in [(1, 100), (2, 300), (3, 200)] {
            index.put(number, &Report { original: 1, at, ..report(&[10], &[]) });
        }
        assert_eq!((index.group(1).len(), index.last_of(1)), (3, 300));
        index.put(2, &Report { original: 2, at: 300, ..report(&[10], &[]) });
        assert_eq!((index.group(1).len(), index.last_of(1)), (2, 200));
        assert_eq!(index.group(2), [2]);
    }

    #[test]
    fn much_replacing_does_not_make_it_grow() {
        let mut index = Index::default();
        for round in 0..40 {
            for number in 0..100 {
                index.put(number, &report(&[number, round], &[7; 50]));
            }
        }
        assert!(index.docs.len() <= 1124);
        assert_eq!(index.count(), 100);
        assert_eq!(found(&index, &[42]).first(), Some(&42));
    }

    #[derive(Clone, Debug)]
    enum Act {
        Put(u32, Report),
        Remove(u32),
    }

    fn act() -> impl Strategy<Value = Act> {
        let words = || proptest::collection::vec(1..30_u32, 0..8);
        let put = (0..12_u32, words(), words(), 0..1000_i64, 0..3_u32, any::<bool>()).prop_map(
            |(number, title, body, at, original, fixed)| {
                let original = if original == 0 { number } else { original };
                Act::Put(number, Report { title, body, component: 0, at, original, fixed })
            },
        );
        prop_oneof![4 => put, 1 => (0..12_u32).prop_map(Act::Remove)]
    }

    proptest! {
        /// However an index came about, it answers as one built from what is left.
        #[test]
        fn an_index_moved_forward_equals_one_built_from_scratch(
            acts in proptest::collection::vec(act(), 0..60),
            asked in proptest::collection::vec(1..30_u32, 1..6),
        ) {
            let mut moved = Index::default();
            let mut left = std::collections::BTreeMap::new();
            for act in acts {
                match act {
                    Act::Put(number, report) => {
                        moved.put(number, &report);
                        left.insert(number, report);
                    }
                    Act::Remove(number) => {
                        moved.remove(number);
                        left.remove(&number);
                    }
                }
            }
            let mut built = Index::default();
            for (number, report) in &left {
                built.put(*number, report);
            }
            prop_assert_eq!(moved.count(), built.count());
            let mut asked = asked;
            asked.dedup();
            asked.sort_unstable();
            asked.dedup();
            prop_assert_eq!(found(&moved, &asked), found(&built, &asked));
            for (number, report) in &left {
                prop_assert_eq!(moved.last_of(report.original), built.last_of(report.original));
                let terms = |index: &Index| index.terms_of(index.slot(*number).unwrap()).len();
                prop_assert_eq!(terms(&moved), terms(&built));
            }
            for one in 1..30 {
                let held = |index: &Index| index.term(one).map_or(0, |term| index.held(term));
                prop_assert_eq!(held(&moved), held(&built));
                for other in 1..30 {
                    prop_assert_eq!(moved.neighbours(one, other), built.neighbours(one, other));
                    prop_assert_eq!(moved.together(one, other), built.together(one, other));
                }
            }
            let query = super::super::rank::Query { title: asked.clone(), body: asked, at: 2000, ..Default::default() };
            let scores = |index: &Index| {
                let ranked = super::super::rank::rank(index, &query, &mut Scratch::default());
                let mut scores: Vec<f32> = ranked.known.iter().chain(&ranked.fixed).map(|one| one.score).collect();
                scores.sort_by(f32::total_cmp);
                scores
            };
            let (one, other) = (scores(&moved), scores(&built));
            prop_assert_eq!(one.len(), other.len());
            for (one, other) in one.iter().zip(&other) {
                prop_assert!((one - other).abs() < 1e-2, "{} {}", one, other);
            }
        }
    }
}
