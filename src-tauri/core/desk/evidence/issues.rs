//! A failing test becomes an issue, and the same test never two: its origin is its name within its
//! product. That it fails on another commit counts as seeing it again.

use super::{super::Call, Files, lists::origin, load, run_of};
use crate::{
    desk::actions::Action,
    error::{Error, Result},
    event::{ReportText, words::*},
    evidence::{Case, Outcome},
    stages::report::{
        LogIssue,
        elsewhere::{Became, Seen, TakeIn, TakenIn},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Issues that one report may become without naming the tests.
const MOST_ISSUES: usize = 500;
const MOST_TITLE: usize = 200;

/// Make an issue of a test that failed in a run of a hot fix.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct IssueFromTest {
    pub key: HotfixKey,
    #[serde(default)]
    pub run: Option<u32>,
    /// As `fix_evidence_tests` names it.
    pub test: String,
}

/// Make issues of tests that failed, out of a report and without a hot fix.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct IssuesFromReport {
    pub paths: Vec<String>,
    pub stored: Vec<Attachment>,
    pub product: Option<CatalogId>,
    pub commit: String,
    pub version: String,
    /// Which tests; all that failed if empty.
    pub tests: Vec<String>,
    /// Find out what would happen, and change nothing.
    pub dry_run: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestIssue {
    pub test: String,
    /// Nothing yet in a dry run.
    pub key: Option<IssueKey>,
    /// It was an issue before.
    pub known: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TestIssues {
    pub imported: u32,
    pub known: u32,
    pub issues: Vec<TestIssue>,
    pub dry_run: bool,
}

/// Where a test failed.
struct Where<'a> {
    product: Option<&'a CatalogId>,
    suite: &'a str,
    commit: &'a str,
    version: &'a str,
    hotfix: Option<&'a HotfixKey>,
}

fn take_in(case: &Case, at: &Where) -> TakeIn {
    let mut title = format!("Test fails: {}", case.name);
    if let Some((cut, _)) = title.char_indices().nth(MOST_TITLE) {
        title.truncate(cut);
        title.push('…');
    }
    let mut lines = vec![format!("The test {} fails.", case.id())];
    let mut say = |what: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("{what}: {value}"));
        }
    };
    say("Suite", at.suite);
    say("Commit", at.commit);
    say("Found in", at.hotfix.map_or("", |key| key.as_str()));
    let mut description = lines.join("\n");
    if !case.message.is_empty() {
        description.push_str("\n\n");
        description.push_str(&case.message);
    }
    // A commit it fails on is one happening; whether another it fails on is, cannot be told without.
    let seen = match at.commit {
        "" => Seen::Once,
        commit => Seen::Now { marks: vec![commit.chars().take(40).collect()], last_at: None },
    };
    TakeIn {
        report: LogIssue {
            text: ReportText { title, description, ..ReportText::default() },
            channel: Channel::Testing,
            product: at.product.cloned(),
            version: at.version.to_owned(),
            origin: Some(origin(at.product, &case.id())),
            ..LogIssue::default()
        },
        seen,
        ..TakeIn::default()
    }
}

impl Action for IssueFromTest {
    type Answer = TestIssue;

    fn run(self, call: &Call) -> Result<TestIssue> {
        call.desk().writable()?;
        let (_, recorded) = run_of(call, &self.key, self.run)?;
        let evidence = &recorded.evidence;
        let unknown = || {
            Error::field("test", "No test of that name failed in this run.")
                .hint("`hotfix fix evidence show` lists those that did.")
        };
        let list = evidence.list.as_ref().ok_or_else(unknown)?;
        let report = load(call, &list.hash)?;
        let mut failed = report.cases.iter().filter(|case| case.outcome == Outcome::Failed);
        let case = failed.find(|case| case.id() == self.test).ok_or_else(unknown)?;
        let product = call.judge(|state, _| Ok(state.hotfix(&self.key)?.product.clone()))?;
        let request = take_in(
            case,
            &Where {
                product: Some(&product),
                suite: &evidence.suite,
                commit: &evidence.commit,
                version: "",
                hotfix: Some(&self.key),
            },
        );
        let TakenIn { key, became } = call.command(&request)?;
        Ok(TestIssue { test: self.test, key, known: became != Became::Issue })
    }
}

impl Action for IssuesFromReport {
    type Answer = TestIssues;

    fn run(self, call: &Call) -> Result<TestIssues> {
        if !self.dry_run {
            call.desk().writable()?;
        }
        if let Some(product) = &self.product
            && call.desk().catalog()?.product(product).is_none()
        {
            return Err(Error::field("product", format!("There is no product “{product}”.")));
        }
        let job = call.desk().0.tests.reading.keep();
        let files = Files::open(call, &job, &self.paths, &self.stored)?;
        let (report, _) = files.read(&job)?;
        let failed: Vec<&Case> =
            report.cases.iter().filter(|case| case.outcome == Outcome::Failed).collect();
        let wanted: Vec<&Case> = match self.tests.as_slice() {
            [] => failed,
            names => names
                .iter()
                .map(|name| {
                    failed.iter().copied().find(|case| &case.id() == name).ok_or_else(|| {
                        let name: String = name.chars().take(200).collect();
                        Error::field("tests", format!("No test “{name}” failed in this report."))
                    })
                })
                .collect::<Result<_>>()?,
        };
        if wanted.len() > MOST_ISSUES {
            return Err(Error::denied(format!(
                "{} tests failed; that is one trouble rather than as many issues.",
                wanted.len()
            ))
            .hint(format!("Name those that become issues, at most {MOST_ISSUES} at once.")));
        }
        let at = Where {
            product: self.product.as_ref(),
            suite: report.suite.trim(),
            commit: self.commit.trim(),
            version: self.version.trim(),
            hotfix: None,
        };
        let mut answer = TestIssues { dry_run: self.dry_run, ..TestIssues::default() };
        for case in wanted {
            let request = take_in(case, &at);
            let (key, known) = if self.dry_run {
                let origin = origin(at.product, &case.id());
                let known = call.judge(|state, _| Ok(state.taken(&origin)?.cloned()))?;
                (known.clone(), known.is_some())
            } else {
                let TakenIn { key, became } = call.command(&request)?;
                (key, became != Became::Issue)
            };
            answer.imported += u32::from(!known);
            answer.known += u32::from(known);
            answer.issues.push(TestIssue { test: case.id(), key, known });
        }
        Ok(answer)
    }
}
