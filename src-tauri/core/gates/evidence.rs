//! Test evidence at the gate: the newest run of every suite, on the commit that ships.

use super::{Ledger, Missing, count, fails, names, owner, when};
use crate::model::hotfix::{Hotfix, RecordedTests};
use std::collections::BTreeMap;

/// A shorter hash could be that of many commits.
const SHORTEST: usize = 7;

/// The newest change's commit, and the one that the package was made from if that is another.
fn wanted(hotfix: &Hotfix) -> Vec<&str> {
    let newest = hotfix.changes.last().map(|recorded| recorded.change.commit.as_str());
    let mut sources: Vec<&str> = hotfix
        .current()
        .into_iter()
        .flat_map(|built| &built.package.files)
        .filter_map(|file| file.source_commit.as_deref())
        .collect();
    sources.sort_unstable();
    sources.dedup();
    // Files of several commits were tested together nowhere; the change's own commit counts then.
    let package = match sources[..] {
        [one] if Some(one) != newest => Some(one),
        _ => None,
    };
    newest.into_iter().chain(package).collect()
}

/// The newest run of each suite on a commit.
fn on<'a>(hotfix: &'a Hotfix, commit: &str) -> Vec<&'a RecordedTests> {
    let mut newest: BTreeMap<&str, &RecordedTests> = BTreeMap::new();
    for tests in &hotfix.tests {
        let tested = tests.evidence.commit.as_str();
        let ran = tests.evidence.passed > 0 || tests.evidence.failed > 0;
        let same = tested == commit || (tested.len() >= SHORTEST && commit.starts_with(tested));
        if ran && same {
            newest.insert(tests.evidence.suite.trim(), tests);
        }
    }
    newest.into_values().collect()
}

pub(super) fn ask(ledger: &mut Ledger) {
    let hotfix = ledger.hotfix;
    let wanted = wanted(hotfix);
    let untested: Vec<&str> =
        wanted.iter().copied().filter(|commit| on(hotfix, commit).is_empty()).collect();
    let runs: Vec<&RecordedTests> = wanted.iter().flat_map(|commit| on(hotfix, commit)).collect();
    let newest = wanted.first().copied();
    let lacking = match untested.first() {
        Some(commit) if Some(*commit) != newest => {
            let short = commit.get(..10).unwrap_or(commit);
            format!("No test result for {short}, the commit that the package is made of.")
        }
        _ => "No test result for the newest change.".to_owned(),
    };
    let passed = runs.iter().fold(0_u32, |sum, run| sum.saturating_add(run.evidence.passed));
    ledger.want(
        "tests_missing",
        when(
            !wanted.is_empty() && untested.is_empty(),
            format!("{} passed on the change.", count(passed as usize, "test")),
            Missing::new("develop", lacking, "Run the tests on that commit and record the result.")
                .who(owner(hotfix)),
        ),
    );
    if runs.is_empty() {
        return;
    }
    let failed = runs.iter().fold(0_u32, |sum, run| sum.saturating_add(run.evidence.failed));
    ledger.want(
        "tests_failed",
        when(
            failed == 0,
            "No test fails.",
            Missing::new(
                "develop",
                format!("{} on the newest change.{}", fails(failed), named(&runs)),
                "Mend them and run the suite again, or say why they do not matter.",
            )
            .who(owner(hotfix)),
        ),
    );
}

/// Which tests fail, those first that did not fail before.
fn named(runs: &[&RecordedTests]) -> String {
    let newly: Vec<&str> = runs
        .iter()
        .filter_map(|run| run.evidence.compared.as_ref())
        .flat_map(|compared| compared.newly_failing.iter().map(String::as_str))
        .collect();
    let all = runs.iter().filter_map(|run| run.evidence.compared.as_ref());
    let many: u32 = all.fold(0, |sum, compared| sum.saturating_add(compared.newly));
    if many > 0 {
        let verb = if many == 1 { "fails" } else { "fail" };
        return format!(" {many} newly {verb}: {}.", listed(&newly, many as usize));
    }
    let failing: Vec<&str> =
        runs.iter().flat_map(|run| run.evidence.failing.iter().map(String::as_str)).collect();
    if failing.is_empty() {
        return String::new();
    }
    let more: u32 = runs.iter().fold(0, |sum, run| sum.saturating_add(run.evidence.failing_more));
    format!(" {}.", listed(&failing, failing.len() + more as usize))
}

/// The first three of so many.
fn listed(known: &[&str], many: usize) -> String {
    let shown = known.iter().take(3).copied();
    match many.saturating_sub(known.len().min(3)) {
        0 => names(shown),
        more => format!("{}; and {more} more", names(shown)),
    }
}
