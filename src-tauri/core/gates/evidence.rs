//! Test evidence at the gate: the newest run of every suite, on the commit that ships, or on the very
//! bytes of the package. A hot fix without a commit (configuration alone) can only be tested as those
//! bytes.

use super::{Ledger, Missing, count, fails, names, owner, when};
use crate::model::hotfix::{Hotfix, RecordedTests};
use std::collections::BTreeMap;

/// A shorter hash could be that of many commits.
const SHORTEST: usize = 7;

/// The newest change's commit, and the one that the package was made from if that is another; the
/// package itself where there is no commit.
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
    let wanted: Vec<&str> = newest.into_iter().chain(package).collect();
    if wanted.is_empty() { hotfix.hash().into_iter().collect() } else { wanted }
}

/// The newest run of each suite on a commit, or on the package that is made of it.
fn on<'a>(hotfix: &'a Hotfix, commit: &str) -> Vec<&'a RecordedTests> {
    let mut newest: BTreeMap<&str, &RecordedTests> = BTreeMap::new();
    for tests in &hotfix.tests {
        let tested = tests.evidence.commit.as_str();
        let ran = tests.evidence.passed > 0 || tests.evidence.failed > 0;
        let is = |whole: &str| {
            tested == whole || (tested.len() >= SHORTEST && whole.starts_with(tested))
        };
        let same = is(commit) || hotfix.hash().is_some_and(is);
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
    let mut runs: Vec<&RecordedTests> = Vec::new();
    for run in wanted.iter().flat_map(|commit| on(hotfix, commit)) {
        // One on the package counts for each commit, and once.
        if !runs.iter().any(|known| std::ptr::eq(*known, run)) {
            runs.push(run);
        }
    }
    let newest = wanted.first().copied();
    let short = |hash: &str| hash.get(..10).unwrap_or(hash).to_owned();
    let (lacking, remedy) = match (untested.first(), hotfix.current()) {
        (None, _) if hotfix.configurations.is_empty() => (
            "No test result for the newest change.".to_owned(),
            "Run the tests on that commit and record the result.",
        ),
        (None, _) => (
            "No test result, and no package to test: there is no commit.".to_owned(),
            "Build the package, test what it installs, and record the result for its hash.",
        ),
        (Some(hash), Some(built)) if hotfix.hash() == Some(*hash) => (
            format!(
                "No test result for r{} ({}): it has no commit, so the package itself has to be tested.",
                built.package.revision,
                short(hash)
            ),
            "Test what the package installs, and record the result for its hash.",
        ),
        (Some(commit), _) if Some(*commit) != newest => (
            format!(
                "No test result for {}, the commit that the package is made of.",
                short(commit)
            ),
            "Run the tests on that commit and record the result.",
        ),
        (Some(_), _) => (
            "No test result for the newest change.".to_owned(),
            "Run the tests on that commit and record the result.",
        ),
    };
    let passed = runs.iter().fold(0_u32, |sum, run| sum.saturating_add(run.evidence.passed));
    ledger.want(
        "tests_missing",
        when(
            !wanted.is_empty() && untested.is_empty(),
            format!("{} passed on the change.", count(passed as usize, "test")),
            Missing::new("develop", lacking, remedy).who(owner(hotfix)),
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

#[cfg(test)]
mod tests {
    use super::super::Gate;
    use super::*;
    use crate::{
        clock::Instant,
        event::{BuildNotes, ConfigurationText, words::*},
        model::hotfix::{BuiltPackage, Configuration},
    };

    const HASH: &str = "3f2a91c03f2a91c03f2a91c03f2a91c03f2a91c03f2a91c03f2a91c03f2a91c0";

    fn tested(commit: &str) -> RecordedTests {
        let evidence = TestEvidence { commit: commit.into(), passed: 3, ..Default::default() };
        RecordedTests {
            evidence,
            log: String::new(),
            argv: Vec::new(),
            folder: String::new(),
            by: "dana".into(),
            at: Instant::from_micros(0),
        }
    }

    fn built() -> BuiltPackage {
        BuiltPackage {
            package: Package {
                revision: 1,
                hash: Digest(HASH.into()),
                size: 1,
                files: Vec::new(),
                commits: Vec::new(),
                built_by: "dana".into(),
                built_at: Instant::from_micros(0),
                format: PackageFormat::TarZst,
                removed: Vec::new(),
                signature: None,
            },
            notes: BuildNotes::default(),
        }
    }

    /// What a hot fix of configuration alone is told.
    fn told(packages: Vec<BuiltPackage>, tests: Vec<RecordedTests>) -> Vec<(String, String)> {
        let configurations = vec![Configuration {
            id: "C1".into(),
            environment: String::new(),
            text: ConfigurationText::default(),
            moved: 1,
            by: "dana".into(),
            at: Instant::from_micros(0),
        }];
        let hotfix = Hotfix { configurations, packages, tests, ..Hotfix::default() };
        let policy = Policy::default();
        let mut ledger = Ledger::new(&hotfix, &policy, Gate::Rollout, None);
        ask(&mut ledger);
        ledger.ship.blockers.into_iter().map(|one| (one.message, one.remedy)).collect()
    }

    #[test]
    fn configuration_alone_is_tested_as_the_bytes_of_its_package() {
        let nothing = told(Vec::new(), Vec::new());
        assert!(nothing[0].0.contains("no package to test"), "{nothing:?}");
        assert!(nothing[0].1.starts_with("Build the package"), "{nothing:?}");
        let untested = told(vec![built()], vec![tested("c13c13c13c")]);
        assert!(untested[0].0.contains("r1 (3f2a91c03f)"), "{untested:?}");
        assert!(untested[0].1.contains("for its hash"), "{untested:?}");
        assert_eq!(told(vec![built()], vec![tested(&HASH[..12])]), []);
        assert_eq!(told(vec![built()], vec![tested(&HASH[..4])]).len(), 1, "too short for a hash");
    }
}
