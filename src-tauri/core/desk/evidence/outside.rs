//! Check runs of a commit, asked of the CI system that a product names.

use super::{
    super::{Call, actions::wait},
    About, TestsAdded, commit_of, record,
};
use crate::{
    desk::{Desk, actions::Action, reach::Tried},
    error::{Error, Result},
    event::words::*,
    evidence::{Case, Outcome, Report},
    integrations::checks::{Check, Place, Standing, System, TOKEN},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant as Stopwatch;
use ts_rs::TS;

/// The suite that check runs are, unless it is called otherwise.
const SUITE: &str = "checks";

/// Ask the product's CI system how the checks of a commit stand, and record it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FetchChecks {
    pub key: HotfixKey,
    /// The newest change's, if left out.
    #[serde(default)]
    pub commit: String,
    #[serde(default)]
    pub suite: String,
}

/// An endpoint's system, if it is one that is asked for checks.
pub fn check_place(
    desk: &Desk,
    endpoint: &Endpoint,
    project: &str,
) -> Result<Option<(&'static System, Place)>> {
    let Some(system) = System::find(&endpoint.recipe) else { return Ok(None) };
    let place = Place {
        address: endpoint.base_url.clone(),
        hosts: endpoint.hosts.clone(),
        token: match endpoint.secrets.iter().any(|name| name == TOKEN) {
            true => desk.0.secrets.get(&endpoint.id.0, TOKEN)?,
            false => None,
        },
        project: project.to_owned(),
    };
    Ok(Some((system, place)))
}

/// Asks such an endpoint whether it answers.
pub fn checks_tried(system: &System, place: &Place) -> Tried {
    let started = Stopwatch::now();
    let asked = wait(system.ping(place));
    let millis = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
    match asked {
        Ok((request, answer)) => Tried {
            ok: true,
            detail: format!("It answers {}.", answer.status),
            request,
            answer: answer.excerpt(),
            millis,
            ..Tried::default()
        },
        Err(error) => Tried {
            ok: false,
            detail: error.message.clone(),
            hint: error.hint,
            request: format!("GET {}", place.address),
            millis,
            ..Tried::default()
        },
    }
}

impl Action for FetchChecks {
    type Answer = TestsAdded;

    fn run(self, call: &Call) -> Result<TestsAdded> {
        call.desk().writable()?;
        let commit = commit_of(call, &self.key, &self.commit)?;
        let product =
            call.judge(|state, _| Ok(state.product(&state.hotfix(&self.key)?.product)?.clone()))?;
        let checks = product.checks.as_ref().ok_or_else(|| {
            Error::denied(format!("Nobody has said where the checks of {} are.", product.name))
                .hint("Name an endpoint and a project in Settings, Products.")
        })?;
        let catalog = call.desk().catalog()?;
        let endpoint = catalog.endpoint(&checks.endpoint).ok_or_else(|| {
            Error::field("endpoint", format!("There is no endpoint “{}”.", checks.endpoint))
                .hint("Name another one in Settings, Products.")
        })?;
        let (system, place) =
            check_place(call.desk(), endpoint, &checks.project)?.ok_or_else(|| {
                Error::denied(format!(
                    "{} is not an endpoint that is asked for checks.",
                    endpoint.name
                ))
                .hint("Its recipe has to be github-checks or gitlab-checks.")
            })?;
        let found = wait(system.read(&place, &commit))?;
        let open: Vec<&str> = found
            .iter()
            .filter(|check| check.standing == Standing::Open)
            .map(|check| check.name.as_str())
            .collect();
        if let Some(first) = open.first() {
            let more = match open.len() {
                1 => String::new(),
                many => format!(" and {} more", many - 1),
            };
            return Err(Error::denied(format!("{first}{more} has not ended yet."))
                .hint("Fetch the checks again when all of them have."));
        }
        if found.is_empty() {
            return Err(Error::denied(format!(
                "{} keeps no checks of {}.",
                system.title,
                commit.get(..10).unwrap_or(&commit)
            ))
            .hint("Look at the project, and whether the commit was pushed."));
        }
        let suite = match self.suite.trim() {
            "" => SUITE.to_owned(),
            given => given.to_owned(),
        };
        let report = report(found, &suite)?;
        record(call, &self.key, &report, About { commit, suite, ..About::default() })
    }
}

fn report(found: Vec<Check>, suite: &str) -> Result<Report> {
    let mut report = Report::new(EvidenceFrom::CheckRuns);
    suite.clone_into(&mut report.suite);
    for check in found {
        report.push(Case {
            group: check.group,
            name: check.name,
            outcome: match check.standing {
                Standing::Passed => Outcome::Passed,
                Standing::Skipped => Outcome::Skipped,
                Standing::Failed | Standing::Open => Outcome::Failed,
            },
            millis: check.millis,
            message: if check.standing == Standing::Passed { String::new() } else { check.text },
        })?;
    }
    let sum = report.cases.iter().filter_map(|case| case.millis);
    report.millis = sum.fold(None, |all, one| Some(one.saturating_add(all.unwrap_or(0))));
    Ok(report)
}
