//! Two runs of a suite, one after the other: what fails since, still, or no longer, and what is gone.

use super::{Case, Outcome};
use std::collections::HashMap;

/// Places of tests: `missing` in the run before, all others in the newer one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// They fail, and did not fail before: they passed, did not run, or are new.
    pub newly: Vec<usize>,
    pub still: Vec<usize>,
    /// They failed before, and pass.
    pub mended: Vec<usize>,
    /// They ran before, and did not run now.
    pub missing: Vec<usize>,
}

/// What the same test did, by its name: of several of one name the worst.
fn by_name(cases: &[Case]) -> HashMap<String, (usize, Outcome)> {
    let mut known: HashMap<String, (usize, Outcome)> = HashMap::with_capacity(cases.len());
    for (place, case) in cases.iter().enumerate() {
        let entry = known.entry(case.id()).or_insert((place, case.outcome));
        if case.outcome > entry.1 {
            *entry = (place, case.outcome);
        }
    }
    known
}

pub fn compare(before: &[Case], now: &[Case]) -> Comparison {
    let (earlier, later) = (by_name(before), by_name(now));
    let mut found = Comparison::default();
    for (name, (place, outcome)) in &later {
        let was = earlier.get(name).map(|(_, outcome)| *outcome);
        match (was, outcome) {
            (Some(Outcome::Failed), Outcome::Failed) => found.still.push(*place),
            (_, Outcome::Failed) => found.newly.push(*place),
            (Some(Outcome::Failed), Outcome::Passed) => found.mended.push(*place),
            _ => {}
        }
    }
    for (name, (place, outcome)) in &earlier {
        let ran = *outcome != Outcome::Skipped;
        let runs = later.get(name).is_some_and(|(_, outcome)| *outcome != Outcome::Skipped);
        if ran && !runs {
            found.missing.push(*place);
        }
    }
    for places in [&mut found.newly, &mut found.still, &mut found.mended, &mut found.missing] {
        places.sort_unstable();
    }
    found
}
