//! Learns the weights of `views/similar/rank.rs` from files of real duplicate reports:
//! `train_similar TRAIN.jsonl[.gz]… [--test FILE]…` prints the table and how good it is.
//!
//! Of a file that is trained on, the first half of its duplicates is learned from and the last half
//! is a test; a `--test` file is a test as a whole. The model is linear; its loss is listwise: the
//! negative logarithm of the share that a softmax over a query's candidates gives to its true twins
//! (Cao et al. 2007). Adam, 250 rounds over everything, L2. The last weights are a logistic regression over the
//! best candidate of reports in the first half of the trained files, twins and others weighing the same:
//! whether it is the same at all.

use hotfix_core::views::similar::{
    index::{Index, Report, Scratch},
    rank::{self, FEATURES, Features, Query},
    words,
};
use hotfix_tests::reports;
use std::{collections::HashMap, path::Path};

const N: usize = FEATURES.len();
const ROUNDS: i32 = 250;
const L2: f32 = 0.003;

/// One duplicate: its candidates, the group of each, and which are true.
struct Case {
    features: Vec<Features>,
    groups: Vec<u32>,
    twins: Vec<bool>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut learned, mut tests, mut best) = (Vec::new(), Vec::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let whole = argument == "--test";
        let file = if whole { arguments.next().ok_or("--test FILE")? } else { argument };
        let (mut cases, tops) = replay(&reports::read(Path::new(&file))?)?;
        if whole {
            tests.push((file, cases));
        } else {
            best.extend(tops);
            let last = cases.split_off(cases.len() / 2);
            learned.extend(cases);
            tests.push((format!("{file}, last half"), last));
        }
    }
    let all = learn(&learned, &[]);
    // What tells of time, for the list of fixed ones.
    let timed: Vec<usize> = (0..N).filter(|feature| FEATURES[*feature].2 == 0.0).collect();
    let timeless = learn(&learned, &timed);
    let (same, bias) = tell(&best, &timed);
    for (feature, (name, ..)) in FEATURES.iter().enumerate() {
        let (all, timeless, same) = (all[feature], timeless[feature], same[feature]);
        println!("    (\"{name}\", {all:.4}, {timeless:.4}, {same:.4}),");
    }
    println!("const SAME: f32 = {bias:.4};");
    for (name, cases) in &tests {
        let [one, ten, mrr] = judge(cases, &all);
        println!("{name}: R@1 {one:.3}, R@10 {ten:.3}, MRR {mrr:.3}");
    }
    Ok(())
}

/// The best candidate of a report, and whether it is the same.
type Best = (Features, bool);

/// Of the reports without a twin, one in so many is looked at, once there are so many to compare with.
const ONE_IN: usize = 4;
const ENOUGH: usize = 500;

fn replay(all: &[reports::Reported]) -> Result<(Vec<Case>, Vec<Best>), Box<dyn std::error::Error>> {
    let (mut index, mut scratch) = (Index::default(), Scratch::default());
    let mut originals: HashMap<&str, u32> = HashMap::new();
    let (mut cases, mut tops) = (Vec::new(), Vec::new());
    for (place, report) in all.iter().enumerate() {
        let number = u32::try_from(place)?;
        let read = |text: &str, bounds| -> Vec<words::Word> {
            words::words(text, bounds).into_iter().map(|found| found.word).collect()
        };
        let title = read(&report.title, words::TITLE);
        let body = read(report.description.as_deref().unwrap_or_default(), words::BODY);
        let component = words::name(report.component.as_deref().unwrap_or_default());
        let at = report.created.parse::<hotfix_core::clock::Instant>()?.micros() / 1_000_000;
        let twin = report.duplicate_of.as_deref().and_then(|of| originals.get(of).copied());
        let early = place < all.len() / 2;
        if twin.is_some() || early && place > ENOUGH && place.is_multiple_of(ONE_IN) {
            let query =
                Query { title: title.clone(), body: body.clone(), component, at, except: None };
            let found = rank::candidates(&index, &query, &mut scratch);
            let order = |one: &&rank::Candidate, other: &&rank::Candidate| {
                among_fixed(&one.features).total_cmp(&among_fixed(&other.features))
            };
            if let Some(best) = found.iter().max_by(order).filter(|_| early) {
                tops.push((best.features, twin == Some(best.scored.original)));
            }
            if let Some(original) = twin {
                cases.push(Case {
                    features: found.iter().map(|one| one.features).collect(),
                    groups: found.iter().map(|one| one.scored.original).collect(),
                    twins: found.iter().map(|one| one.scored.original == original).collect(),
                });
            }
        }
        let original = twin.unwrap_or(number);
        originals.insert(&report.id, original);
        index.put(number, &Report { title, body, component, at, original, fixed: false });
    }
    Ok((cases, tops))
}

fn among_fixed(features: &Features) -> f32 {
    FEATURES.iter().zip(features).map(|((_, _, weight, _), value)| weight * value).sum()
}

/// Tells the same from others: weights, of features as they are, and what is added to them.
fn tell(best: &[Best], without: &[usize]) -> ([f32; N], f32) {
    let twins = best.iter().filter(|(_, twin)| *twin).count();
    let weight = |twin: bool| 0.5 / (if twin { twins } else { best.len() - twins }).max(1) as f32;
    let spread = spread(|| best.iter().map(|(features, _)| features));
    let (mut weights, mut bias) = ([0.0_f32; N], 0.0_f32);
    for round in 1..=ROUNDS * 20 {
        let (mut slope, mut bias_slope) = ([0.0_f32; N], 0.0_f32);
        for (features, twin) in best {
            let sum: f32 = (0..N).map(|j| weights[j] * features[j] / spread[j]).sum();
            let pull = (1.0 / (1.0 + (-sum - bias).exp()) - f32::from(*twin)) * weight(*twin);
            bias_slope += pull;
            for j in 0..N {
                slope[j] += pull * features[j] / spread[j];
            }
        }
        let rate = 0.5 * (1.0 - round as f32 / (ROUNDS * 20 + 1) as f32).max(0.05);
        bias -= rate * bias_slope;
        for j in (0..N).filter(|j| !without.contains(j)) {
            weights[j] -= rate * (slope[j] + L2 * weights[j]);
        }
    }
    (std::array::from_fn(|j| weights[j] / spread[j]), bias)
}

/// How far each feature is spread, so that none weighs more for its unit.
fn spread<'a, F: Iterator<Item = &'a Features>>(all: impl Fn() -> F) -> [f32; N] {
    let count = all().count().max(1) as f64;
    std::array::from_fn(|feature| {
        let values = || all().map(|features| f64::from(features[feature]));
        let mean = values().sum::<f64>() / count;
        let square = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        (square.sqrt() as f32).max(1e-4)
    })
}

/// The weights, of features as they are; those in `without` stay 0.
fn learn(cases: &[Case], without: &[usize]) -> [f32; N] {
    let spread = spread(|| cases.iter().flat_map(|case| &case.features));
    let mut weights = [0.0_f32; N];
    let (mut first, mut second) = ([0.0_f32; N], [0.0_f32; N]);
    let found: Vec<&Case> = cases.iter().filter(|case| case.twins.contains(&true)).collect();
    for round in 1..=ROUNDS {
        let mut slope = [0.0_f32; N];
        for case in &found {
            let scores: Vec<f32> = case
                .features
                .iter()
                .map(|f| (0..N).map(|j| weights[j] * f[j] / spread[j]).sum())
                .collect();
            let most = scores.iter().copied().fold(f32::MIN, f32::max);
            let parts: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
            let whole: f32 = parts.iter().sum();
            let true_part: f32 = parts
                .iter()
                .zip(&case.twins)
                .filter(|(_, twin)| **twin)
                .map(|(part, _)| part)
                .sum();
            for ((features, part), twin) in case.features.iter().zip(&parts).zip(&case.twins) {
                let wanted = if *twin { part / true_part.max(1e-12) } else { 0.0 };
                let pull = part / whole - wanted;
                for j in 0..N {
                    slope[j] += pull * features[j] / spread[j];
                }
            }
        }
        let rate = 0.05 * (1.0 - round as f32 / (ROUNDS as f32 + 1.0)).max(0.05);
        for j in (0..N).filter(|j| !without.contains(j)) {
            let slope = slope[j] / found.len().max(1) as f32 + L2 * weights[j];
            first[j] = 0.9 * first[j] + 0.1 * slope;
            second[j] = 0.99 * second[j] + 0.01 * slope * slope;
            let (one, two) = (1.0 - 0.9_f32.powi(round), 1.0 - 0.99_f32.powi(round));
            weights[j] -= rate * (first[j] / one) / ((second[j] / two).sqrt() + 1e-8);
        }
    }
    std::array::from_fn(|j| weights[j] / spread[j])
}

/// R@1, R@10 and the mean reciprocal rank.
fn judge(cases: &[Case], weights: &[f32; N]) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for case in cases {
        let mut order: Vec<(f32, u32, bool)> = case
            .features
            .iter()
            .zip(&case.groups)
            .zip(&case.twins)
            .map(|((f, group), twin)| ((0..N).map(|j| weights[j] * f[j]).sum(), *group, *twin))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut seen = std::collections::HashSet::new();
        order.retain(|(_, group, _)| seen.insert(*group));
        if let Some(place) = order.iter().position(|(.., twin)| *twin) {
            sums[0] += f64::from(u8::from(place < 1));
            sums[1] += f64::from(u8::from(place < 10));
            sums[2] += 1.0 / (place as f64 + 1.0);
        }
    }
    sums.map(|sum| sum / cases.len().max(1) as f64)
}
