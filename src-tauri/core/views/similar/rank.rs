//! The order of the candidates: about thirty things in which a report and a candidate may agree,
//! weighed by a table that was learned from other projects' confirmed duplicates.
//!
//! A candidate is a report; of those known to be the same, the best one speaks for all, and what is
//! said about any of them counts. What is compared is relative to the best candidate wherever it
//! can be, so that the weights hold for projects of any size, language and custom. Fixed reports
//! are ranked a second time without regard to time: a fault that comes back has often been away for
//! a year.
//!
//! The weights come from `tests/src/bin/train_similar.rs`.

use super::{
    index::{Asked, Hashed, IDF_POWER, Index, Lengths, Scratch, Slot, TITLE_WEIGHT, Term},
    index::{PAIRED, body_saturation, query_saturation},
    words::Word,
};
use std::collections::HashMap;

/// A report as it is being typed.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub title: Vec<Word>,
    pub body: Vec<Word>,
    pub component: Word,
    /// Now, in seconds.
    pub at: i64,
    /// The number of the report itself, if it is one already: it does not find itself.
    pub except: Option<u32>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranked {
    pub known: Vec<Scored>,
    pub fixed: Vec<Scored>,
}

/// A group of reports known to be the same, by the one that matches best.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The report that matches best.
    pub number: u32,
    /// The original of its group.
    pub original: u32,
    pub score: f32,
    /// How probable it is that it is the same, where half of what comes in is the same as something fixed: 0 to 1.
    pub same: f32,
    /// The share of what the query's title tells that occurs in it, 0 to 1.
    pub covered: f32,
    /// The words that both have, the rarest first.
    pub shared: Vec<Word>,
    pub same_component: bool,
    /// When the last of its group was reported, in seconds.
    pub last: i64,
}

/// What each feature is, and its weights: among all candidates, among fixed ones, and for whether the best of
/// the fixed ones is the same at all.
pub const FEATURES: &[(&str, f32, f32, f32)] = &[
    ("score, logarithm of its share of the best", 0.3600, 0.3702, -3.4421),
    ("rank by score, logarithm", -0.3832, -0.3800, -0.6093),
    ("title in description, share of the best", 0.4470, 0.3826, -0.2067),
    ("description in title, share of the best", 1.3161, 1.3129, 0.0811),
    ("neighbours of the title, share of the best", -0.7831, -0.7619, -0.5671),
    ("neighbours, share of the best", -2.6677, -2.8084, -2.3027),
    ("days since the group's last report, logarithm", -0.0700, 0.0000, 0.0000),
    ("active within half a year", -0.0092, 0.0000, 0.0000),
    ("active within three years", 3.0286, 0.0000, 0.0000),
    ("rank by the group's last report, logarithm", -0.3225, 0.0000, 0.0000),
    ("cosine of the titles", -1.7971, -1.8818, -5.1295),
    ("the rarest word in common", 1.8701, 2.3683, 0.2431),
    ("words of its title, logarithm", -0.4758, -0.3829, -0.1937),
    ("words of its description, logarithm", -0.5737, -0.6188, -0.2807),
    ("cosine of all words, logarithm", -0.2999, -0.3581, 0.3284),
    ("score, logarithm", 0.3610, 0.3760, 0.3758),
    ("rare neighbours, share of the best", 2.4850, 2.7775, 3.3350),
    ("rare neighbours, logarithm", -0.1546, -0.1565, 0.3574),
    ("the rarest two neighbours in common", 1.5383, 1.4990, -0.3659),
    ("titles in common (Jaccard), best of the group", 2.9338, 3.6732, 3.6283),
    ("query's title covered, best of the group", 2.7058, 2.7945, 3.0209),
    ("rank by title, logarithm", 0.1104, 0.0942, -0.2541),
    ("rank by rare neighbours, logarithm", -0.2565, -0.3226, 0.1484),
    ("the rarest two words that both titles have", 0.7956, 0.8218, 0.6733),
    ("rank by rare pairs of the titles, logarithm", -0.2164, -0.1922, -0.0346),
    ("title in title, logarithm of its share of the best", 0.1905, 0.1760, 0.2230),
    ("cosine of all words, logarithm of its share of the best", -0.3248, -0.3915, 0.9579),
    ("rare neighbours, logarithm of its share of the best", -0.1548, -0.1736, -0.2009),
    ("rare pairs of the titles, logarithm of its share of the best", -0.3319, -0.3638, -0.3103),
    ("description in description, logarithm of its share of the best", 0.2849, 0.4008, 0.2511),
    ("query's title covered, share of the best", 0.6461, 0.6255, 0.3043),
    ("query covered, share of the best", 0.9424, 1.4097, 0.6182),
    ("rank by how much of its title the query covers, logarithm", -0.2316, -0.2049, -0.3065),
];

/// Beside the last weights of [`FEATURES`].
const SAME: f32 = -3.2872;

/// Set by hand, because the public data has no components: as much as half a year's recency.
const SAME_COMPONENT: f32 = 0.35;

pub type Features = [f32; 33];

/// A candidate with what the weights are applied to.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub scored: Scored,
    pub features: Features,
}

/// Ranks the reports that match, best first.
pub fn rank(index: &Index, query: &Query, scratch: &mut Scratch) -> Ranked {
    let question = Question::new(index, query);
    let found = index.find(&question.asked, scratch);
    let order = |slots: &[Slot], weight: fn(&(&str, f32, f32, f32)) -> f32| {
        let mut scored: Vec<Scored> = question
            .compare(slots)
            .into_iter()
            .map(|mut candidate| {
                candidate.scored.score = weighed(&candidate.features, weight)
                    + if candidate.scored.same_component { SAME_COMPONENT } else { 0.0 };
                let same = weighed(&candidate.features, |(.., weight)| *weight) + SAME;
                candidate.scored.same = 1.0 / (1.0 + (-same).exp());
                candidate.scored
            })
            .collect();
        best_of_groups(&mut scored);
        for one in scored.iter_mut().take(MOST_EXPLAINED) {
            one.shared = question.shared(one.number);
        }
        scored
    };
    Ranked {
        known: order(&found.any, |(_, weight, ..)| *weight),
        fixed: order(&found.fixed, |(_, _, weight, _)| *weight),
    }
}

/// No list is shown any longer.
const MOST_EXPLAINED: usize = 20;

/// The candidates with their features, for learning the weights.
pub fn candidates(index: &Index, query: &Query, scratch: &mut Scratch) -> Vec<Candidate> {
    let question = Question::new(index, query);
    let found = index.find(&question.asked, scratch);
    question.compare(&found.any)
}

fn weighed(features: &Features, weight: fn(&(&str, f32, f32, f32)) -> f32) -> f32 {
    FEATURES.iter().zip(features).map(|(feature, value)| weight(feature) * value).sum()
}

/// Sorts, and keeps the best of each group.
fn best_of_groups(scored: &mut Vec<Scored>) {
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.number.cmp(&a.number)));
    let mut seen = std::collections::HashSet::with_hasher(Hashed);
    scored.retain(|one| seen.insert(one.original));
}

type Map<K, V> = HashMap<K, V, Hashed>;

/// A query, prepared for comparing.
struct Question<'a> {
    index: &'a Index,
    query: &'a Query,
    lengths: Lengths,
    /// The rarity of a word that no report has, by which rarities are measured.
    most: f32,
    asked: Vec<(Word, Asked)>,
    /// Its words that some report has, and where each stands in `words`.
    places: Map<Term, u16>,
    words: Vec<Known>,
    neighbours: Map<u64, Pair>,
    title_pairs: Map<u64, f32>,
    title_words: f32,
    /// Rarities summed over the title and over all words, and squared for the cosines.
    title_rarity: f32,
    all_rarity: f32,
    title_square: f32,
    all_square: f32,
}

struct Known {
    word: Word,
    asked: Asked,
    rarity: f32,
    /// Its rarity as BM25F weighs it.
    weight: f32,
}

struct Pair {
    rarity: f32,
    /// The rarities of its two words.
    parts: f32,
    in_title: bool,
    in_body: bool,
}

/// What two reports have in common.
#[derive(Clone, Default)]
struct Common {
    slot: Slot,
    score: f32,
    title_title: f32,
    body_body: f32,
    title_body: f32,
    body_title: f32,
    title_neighbours: f32,
    neighbours: f32,
    rare_neighbours: f32,
    rarest_neighbours: f32,
    rare_pairs: f32,
    rarest_pair: f32,
    jaccard: f32,
    /// The shares of the query's title, of the whole query, and of the candidate's title.
    covers_title: f32,
    covers_all: f32,
    covered: f32,
    title_cosine: f32,
    cosine: f32,
    rarest: f32,
}

/// Keeps quotients finite.
const TINY: f32 = 1e-6;

/// Neighbours count for less than words do.
const NEIGHBOURS: f32 = 0.25;

fn both(a: Term, b: Term) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

fn often(asked: Asked) -> f32 {
    TITLE_WEIGHT * asked.title as f32 + asked.body as f32
}

impl<'a> Question<'a> {
    fn new(index: &'a Index, query: &'a Query) -> Self {
        let mut counts: Map<Word, Asked> = Map::default();
        for word in &query.title {
            counts.entry(*word).or_default().title += 1;
        }
        for word in &query.body {
            counts.entry(*word).or_default().body += 1;
        }
        let mut asked: Vec<(Word, Asked)> = counts.into_iter().collect();
        asked.sort_unstable_by_key(|(word, _)| *word);
        let mut question = Self {
            index,
            query,
            lengths: index.lengths(),
            most: (index.count() as f32 + 1.0).ln().max(1.0),
            asked: Vec::new(),
            places: Map::default(),
            words: Vec::with_capacity(asked.len()),
            neighbours: Map::default(),
            title_pairs: Map::default(),
            title_words: 0.0,
            title_rarity: TINY,
            all_rarity: TINY,
            title_square: TINY,
            all_square: TINY,
        };
        for (word, count) in &asked {
            let term = index.term(*word);
            let rarity = index.rarity(term.map_or(0, |term| index.held(term)));
            if count.title > 0 {
                question.title_rarity += rarity;
                question.title_square += rarity * rarity;
            }
            question.all_rarity += rarity;
            question.all_square += ((1.0 + often(*count).ln()) * rarity).powi(2);
            if let Some(term) = term {
                if count.title > 0 {
                    question.title_words += 1.0;
                }
                question.places.insert(term, question.words.len() as u16);
                let weight = rarity.powf(IDF_POWER);
                question.words.push(Known { word: *word, asked: *count, rarity, weight });
            }
        }
        question.asked = asked;
        question.pair_up();
        question
    }

    fn rarity_of(&self, term: Term) -> f32 {
        self.places.get(&term).map_or(0.0, |place| self.words[usize::from(*place)].rarity)
    }

    fn pair_up(&mut self) {
        let (index, query) = (self.index, self.query);
        for (text, in_title) in [(&query.title, true), (&query.body, false)] {
            for two in text.windows(2) {
                let (Some(a), Some(b)) = (index.term(two[0]), index.term(two[1])) else { continue };
                let parts = self.rarity_of(a) + self.rarity_of(b);
                let rarity = index.rarity(index.neighbours(two[0], two[1]));
                let pair = self.neighbours.entry(both(a, b)).or_insert(Pair {
                    rarity,
                    parts,
                    in_title: false,
                    in_body: false,
                });
                pair.in_title |= in_title;
                pair.in_body |= !in_title;
            }
        }
        let title = &query.title[..query.title.len().min(PAIRED)];
        for (place, one) in title.iter().enumerate() {
            for other in &title[..place] {
                let (Some(a), Some(b)) = (index.term(*one), index.term(*other)) else { continue };
                if a != b {
                    let rarity = index.rarity(index.together(*one, *other));
                    self.title_pairs.insert(both(a.min(b), a.max(b)), rarity);
                }
            }
        }
    }

    /// The words that a report shares with the query, the rarest first.
    fn shared(&self, number: u32) -> Vec<Word> {
        let Some(slot) = self.index.slot(number) else { return Vec::new() };
        let mut places: Vec<u16> = self
            .index
            .terms_of(slot)
            .iter()
            .filter_map(|term| self.places.get(term).copied())
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut shared: Vec<&Known> =
            places.into_iter().map(|place| &self.words[usize::from(place)]).collect();
        shared.sort_by(|a, b| b.rarity.total_cmp(&a.rarity).then(a.word.cmp(&b.word)));
        shared.into_iter().map(|known| known.word).collect()
    }

    fn compare(&self, slots: &[Slot]) -> Vec<Candidate> {
        let mut counts = vec![Asked::default(); self.words.len()];
        let mut all: Vec<Common> = slots
            .iter()
            .filter(|slot| self.query.except != Some(self.index.doc(**slot).number))
            .map(|slot| self.common(*slot, &mut counts))
            .collect();
        let number = |common: &Common| self.index.doc(common.slot).number;
        all.sort_by(|a, b| b.score.total_cmp(&a.score).then(number(b).cmp(&number(a))));
        let mut groups: Map<u32, Group> = Map::default();
        for common in &all {
            let next = groups.len();
            let group = groups.entry(self.index.doc(common.slot).original).or_insert(Group {
                rank: next,
                jaccard: 0.0,
                covers_title: 0.0,
            });
            group.jaccard = group.jaccard.max(common.jaccard);
            group.covers_title = group.covers_title.max(common.covers_title);
        }
        let ranks =
            Ranks::new(&all, |common| self.index.last_of(self.index.doc(common.slot).original));
        let best = Best::new(&all);
        all.iter()
            .enumerate()
            .map(|(place, common)| {
                let group = &groups[&self.index.doc(common.slot).original];
                self.candidate(common, group, &best, &ranks, place)
            })
            .collect()
    }

    fn candidate(
        &self,
        common: &Common,
        group: &Group,
        best: &Best,
        ranks: &Ranks,
        place: usize,
    ) -> Candidate {
        let doc = self.index.doc(common.slot);
        let last = self.index.last_of(doc.original);
        let days = (self.query.at - last).max(0) as f32 / 86_400.0;
        let share = |part: f32, whole: f32| (part / whole + 0.05).ln();
        let features = [
            (common.score / best.score).max(1e-3).ln(),
            (group.rank as f32 + 1.0).ln(),
            common.title_body / best.title_body,
            common.body_title / best.body_title,
            common.title_neighbours / best.title_neighbours,
            common.neighbours / best.neighbours,
            days.ln_1p(),
            (-days / 180.0).exp(),
            (-days / 1000.0).exp(),
            ranks.recent[place],
            common.title_cosine,
            common.rarest,
            f32::from(doc.title_len).ln_1p(),
            f32::from(doc.body_len).ln_1p(),
            common.cosine.max(1e-3).ln(),
            common.score.ln_1p(),
            common.rare_neighbours / best.rare_neighbours,
            common.rare_neighbours.ln_1p(),
            common.rarest_neighbours,
            group.jaccard,
            group.covers_title,
            ranks.title[place],
            ranks.neighbours[place],
            common.rarest_pair,
            ranks.pairs[place],
            share(common.title_title, best.title_title),
            share(common.cosine, best.cosine),
            share(common.rare_neighbours, best.rare_neighbours),
            share(common.rare_pairs, best.rare_pairs),
            share(common.body_body, best.body_body),
            common.covers_title / best.covers_title,
            common.covers_all / best.covers_all,
            ranks.covered[place],
        ];
        Candidate {
            scored: Scored {
                number: doc.number,
                original: doc.original,
                score: 0.0,
                same: 0.0,
                covered: common.covers_title,
                shared: Vec::new(),
                same_component: doc.component != 0 && doc.component == self.query.component,
                last,
            },
            features,
        }
    }

    /// `counts` is all zero, before and after.
    fn common(&self, slot: Slot, counts: &mut [Asked]) -> Common {
        let index = self.index;
        let doc = index.doc(slot);
        let terms = index.terms_of(slot);
        let (title, body) = terms.split_at(doc.title_len.into());
        let mut common = Common { slot, ..Common::default() };
        self.words_in_common(doc.title_len, doc.body_len, title, body, counts, &mut common);
        let norms = (self.lengths.title_norm(doc.title_len), self.lengths.body_norm(doc.body_len));
        self.neighbours_in_common(norms, title, body, &mut common);
        let mut unique: Vec<Term> = title[..title.len().min(PAIRED)].to_vec();
        unique.retain(|term| self.places.contains_key(term));
        unique.sort_unstable();
        unique.dedup();
        let mut rare_pairs = 0.0;
        for (place, high) in unique.iter().enumerate() {
            for low in &unique[..place] {
                if let Some(rarity) = self.title_pairs.get(&both(*low, *high)) {
                    rare_pairs += f64::from(rarity * rarity);
                    common.rarest_pair = common.rarest_pair.max(rarity / self.most);
                }
            }
        }
        common.rare_pairs = rare_pairs as f32;
        common
    }

    fn words_in_common(
        &self,
        title_len: u16,
        body_len: u16,
        title: &[Term],
        body: &[Term],
        counts: &mut [Asked],
        common: &mut Common,
    ) {
        let norms = (self.lengths.title_norm(title_len), self.lengths.body_norm(body_len));
        // The terms' order is that of their coming in: summed up in f64, it leaves no trace.
        let (mut title_square, mut all_square, mut their_rarity) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut theirs = 0.0;
        // Each word once, with how often it stands where.
        let mut sorted: Vec<(Term, bool)> = title.iter().map(|term| (*term, true)).collect();
        sorted.extend(body.iter().map(|term| (*term, false)));
        sorted.sort_unstable();
        for run in sorted.chunk_by(|a, b| a.0 == b.0) {
            let in_title = run.iter().filter(|(_, in_title)| *in_title).count();
            let count = Asked { title: in_title as u32, body: (run.len() - in_title) as u32 };
            let rarity = self.index.rarity(self.index.held(run[0].0));
            let weight = (1.0 + often(count).ln()) * rarity;
            all_square += f64::from(weight * weight);
            if count.title > 0 {
                title_square += f64::from(rarity * rarity);
                their_rarity += f64::from(rarity);
                theirs += 1.0;
            }
            if let Some(place) = self.places.get(&run[0].0) {
                counts[usize::from(*place)] = count;
            }
        }
        let mut title_both = 0.0;
        for (known, count) in self.words.iter().zip(counts) {
            let count = std::mem::take(count);
            if count == Asked::default() {
                continue;
            }
            let (asked, rarity) = (known.asked, known.rarity);
            let in_title = TITLE_WEIGHT * count.title as f32 * norms.0;
            let in_body = count.body as f32 * norms.1;
            common.score +=
                known.weight * query_saturation(often(asked)) * body_saturation(in_title + in_body);
            if asked.title > 0 {
                common.covers_title += rarity;
                common.title_body +=
                    if count.body > 0 { known.weight * in_body / (in_body + 1.0) } else { 0.0 };
                if count.title > 0 {
                    common.title_title += known.weight;
                    common.title_cosine += rarity * rarity;
                    title_both += 1.0;
                }
            }
            if asked.body > 0 {
                let asked = asked.body as f32;
                if count.body > 0 {
                    common.body_body +=
                        known.weight * asked / (asked + 3.0) * in_body / (in_body + 2.0);
                }
                if count.title > 0 {
                    common.body_title += known.weight;
                }
            }
            common.covers_all += rarity;
            if count.title > 0 {
                common.covered += rarity;
            }
            common.cosine +=
                (1.0 + often(asked).ln()) * (1.0 + often(count).ln()) * rarity * rarity;
            common.rarest = common.rarest.max(rarity / self.most);
        }
        common.jaccard = title_both / (self.title_words + theirs - title_both).max(1.0);
        common.covers_title /= self.title_rarity;
        common.covers_all /= self.all_rarity;
        common.covered /= their_rarity as f32 + TINY;
        common.title_cosine /= (self.title_square * (title_square as f32 + TINY)).sqrt();
        common.cosine /= (self.all_square * (all_square as f32 + TINY)).sqrt();
    }

    fn neighbours_in_common(
        &self,
        norms: (f32, f32),
        title: &[Term],
        body: &[Term],
        common: &mut Common,
    ) {
        let mut found: Vec<(u64, bool)> = Vec::new();
        for (text, in_title) in [(title, true), (body, false)] {
            found.extend(
                text.windows(2)
                    .map(|two| both(two[0], two[1]))
                    .filter(|pair| self.neighbours.contains_key(pair))
                    .map(|pair| (pair, in_title)),
            );
        }
        found.sort_unstable();
        let (mut parts, mut rare, mut in_title, mut score) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
        for run in found.chunk_by(|a, b| a.0 == b.0) {
            let pair = &self.neighbours[&run[0].0];
            let title = run.iter().filter(|(_, in_title)| *in_title).count();
            let body = run.len() - title;
            for (times, weight) in [(title, 2.0), (body, 1.0)] {
                if times > 0 {
                    parts += f64::from(pair.parts);
                    rare += f64::from(pair.rarity * pair.rarity);
                    if pair.in_title {
                        in_title += f64::from(weight * pair.parts);
                    }
                }
            }
            common.rarest_neighbours = common.rarest_neighbours.max(pair.rarity / self.most);
            let asked = often(Asked { title: pair.in_title.into(), body: pair.in_body.into() });
            let occurs = TITLE_WEIGHT * title as f32 * norms.0 + body as f32 * norms.1;
            let more = NEIGHBOURS
                * pair.rarity.powf(IDF_POWER)
                * query_saturation(asked)
                * body_saturation(occurs);
            score += f64::from(more);
        }
        common.neighbours = parts as f32;
        common.rare_neighbours = rare as f32;
        common.title_neighbours = in_title as f32;
        common.score += score as f32;
    }
}

/// What is known of a group among the candidates.
struct Group {
    rank: usize,
    jaccard: f32,
    covers_title: f32,
}

/// The best that any candidate reaches.
type Best = Common;

impl Best {
    fn new(all: &[Common]) -> Self {
        let best = |of: fn(&Common) -> f32| all.iter().map(of).fold(TINY, f32::max);
        Self {
            score: best(|one| one.score),
            title_title: best(|one| one.title_title),
            body_body: best(|one| one.body_body),
            title_body: best(|one| one.title_body),
            body_title: best(|one| one.body_title),
            title_neighbours: best(|one| one.title_neighbours),
            neighbours: best(|one| one.neighbours),
            rare_neighbours: best(|one| one.rare_neighbours),
            rare_pairs: best(|one| one.rare_pairs),
            covers_title: best(|one| one.covers_title),
            covers_all: best(|one| one.covers_all),
            cosine: best(|one| one.cosine),
            ..Self::default()
        }
    }
}

/// The logarithm of each candidate's rank by one thing alone; equal ones share a rank.
struct Ranks {
    title: Vec<f32>,
    neighbours: Vec<f32>,
    pairs: Vec<f32>,
    covered: Vec<f32>,
    recent: Vec<f32>,
}

impl Ranks {
    fn new(all: &[Common], last: impl Fn(&Common) -> i64) -> Self {
        let by = |of: fn(&Common) -> f32| ranks(&all.iter().map(of).collect::<Vec<f32>>());
        Self {
            title: by(|one| one.title_title),
            neighbours: by(|one| one.rare_neighbours),
            pairs: by(|one| one.rare_pairs),
            covered: by(|one| one.covered),
            recent: ranks(&all.iter().map(last).collect::<Vec<i64>>()),
        }
    }
}

fn ranks<T: PartialOrd>(values: &[T]) -> Vec<f32> {
    let better = |value: &T| values.iter().filter(|other| *other > value).count();
    values.iter().map(|value| (1.0 + better(value) as f32).ln()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::index::Report;
    use super::*;

    const DAY: i64 = 86_400;

    fn index(reports: &[(u32, &[Word], i64, u32, bool)]) -> Index {
        let mut index = Index::default();
        for (number, title, day, original, fixed) in reports {
            index.put(
                *number,
                &Report {
                    title: title.to_vec(),
                    body: vec![90, 91, 92],
                    component: 5,
                    at: day * DAY,
                    original: *original,
                    fixed: *fixed,
                },
            );
        }
        index
    }

    fn ask(index: &Index, title: &[Word], day: i64) -> Ranked {
        let query = Query { title: title.to_vec(), at: day * DAY, ..Query::default() };
        rank(index, &query, &mut Scratch::default())
    }

    fn order(scored: &[Scored]) -> Vec<u32> {
        scored.iter().map(|one| one.original).collect()
    }

    #[test]
    fn of_two_alike_the_one_that_was_active_lately_comes_first() {
        let index = index(&[(1, &[10, 11, 12], 900, 1, false), (2, &[10, 11, 12], 100, 2, false)]);
        assert_eq!(order(&ask(&index, &[10, 11, 12], 900).known), [1, 2]);
    }

    #[test]
    fn reports_known_to_be_the_same_are_one_suggestion_and_count_together() {
        let reports: &[(u32, &[Word], i64, u32, bool)] = &[
            (1, &[20, 21], 10, 1, false),
            (2, &[10, 11, 12], 11, 1, false),
            (3, &[10, 30, 31], 12, 3, false),
        ];
        let ranked = ask(&index(reports), &[10, 11, 12], 13);
        assert_eq!(order(&ranked.known), [1, 3]);
        assert_eq!(ranked.known[0].number, 2, "the duplicate is why");
    }

    #[test]
    fn what_was_fixed_is_ranked_without_regard_to_time() {
        let reports: &[(u32, &[Word], i64, u32, bool)] = &[
            (1, &[10, 11, 12], 10, 1, true),
            (2, &[10, 40, 41], 2000, 2, true),
            (3, &[10, 11, 13], 2000, 3, false),
        ];
        let index = index(reports);
        let then = ask(&index, &[10, 11, 12], 20).fixed;
        let now = ask(&index, &[10, 11, 12], 2001).fixed;
        assert_eq!(order(&now), [1, 2]);
        assert_eq!(then[0].score, now[0].score);
    }

    #[test]
    fn the_same_component_counts_in_favour() {
        let index = index(&[(1, &[10, 11], 10, 1, false)]);
        let score = |component| {
            let query = Query { title: vec![10], at: 11 * DAY, component, ..Query::default() };
            rank(&index, &query, &mut Scratch::default()).known[0].score
        };
        assert!(score(5) > score(6));
    }

    #[test]
    fn a_report_does_not_find_itself_and_nothing_finds_nothing() {
        let index = index(&[(1, &[10, 11], 10, 1, false)]);
        let query = Query { title: vec![10, 11], except: Some(1), ..Query::default() };
        assert_eq!(rank(&index, &query, &mut Scratch::default()), Ranked::default());
        assert_eq!(ask(&index, &[], 1), Ranked::default());
        assert_eq!(ask(&Index::default(), &[10], 1), Ranked::default());
        assert_eq!(ask(&index, &[77], 1), Ranked::default());
    }

    #[test]
    fn shared_words_come_rarest_first() {
        let mut reports: Vec<(u32, &[Word], i64, u32, bool)> =
            (2..9).map(|number| (number, &[10_u32][..], 1, number, false)).collect();
        reports.push((1, &[10, 11], 1, 1, false));
        assert_eq!(ask(&index(&reports), &[10, 11], 2).known[0].shared, [11, 10]);
    }
}
