//! Proof after the deployment: checks with evidence and sign-offs, bound to hash and environment.
//!
//! A check is answered by a person, or by the program when a person makes it (`to_run`, `RecordRun`). The
//! program says passed or failed; blocked and waived are a person's words, and so is anything that it could
//! not find out.

mod sign;

pub use sign::RecordSignOff;

use super::{Command, Done, required};
use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{CheckText, Event, EvidenceText, Note, words::*},
    gates,
    model::{
        Actor, Decide, Decided, State,
        deployment::{Check, Deployment, left_out_by_all},
        how, reached,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// Answer a check, with evidence. It counts for the bytes that are deployed now.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordCheck {
    pub key: DeploymentKey,
    pub check: String,
    pub result: CheckResult,
    #[serde(default)]
    pub evidence: EvidenceText,
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

fn validating(deployment: &Deployment) -> Result<()> {
    if deployment.state == DeploymentState::Validating {
        return Ok(());
    }
    Err(Error::denied(format!("{} is not being validated.", deployment.key))
        .hint("Checks are answered once everything is deployed."))
}

fn check_of<'a>(deployment: &'a Deployment, id: &str) -> Result<&'a Check> {
    deployment.checks.iter().find(|check| check.item.id == id).ok_or_else(|| {
        Error::field("check", format!("There is no check “{id}”."))
            .hint(format!("`hotfix fix validate list {}` names them.", deployment.key))
    })
}

impl Command for RecordCheck {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        validating(deployment)?;
        let check = check_of(deployment, &self.check)?;
        if matches!(self.result, CheckResult::Waived | CheckResult::Failed | CheckResult::Blocked) {
            let what = if self.result == CheckResult::Waived {
                "Why it is waived"
            } else {
                "What was seen"
            };
            required("evidence.text", &self.evidence.text, what)?;
        }
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::CheckRecorded {
                check: check.item.id.clone(),
                result: self.result,
                hash: deployment.hash.clone(),
                attachments: self.attachments.clone(),
                by_machine: false,
                private: self.evidence.clone(),
            },
        ))
    }
}

/// The checks that the program is to answer: the one that is named, or every automatic one without an
/// answer that stands, except those that wait for a file. `given` says that one comes along. Refused where a
/// person could not answer either.
pub fn to_run(deployment: &Deployment, named: Option<&str>, given: bool) -> Result<Vec<Check>> {
    validating(deployment)?;
    if let Some(id) = named {
        let check = check_of(deployment, id)?;
        by_the_program(check)?;
        let how = &check.item.how;
        if given && !matches!(how, CheckHow::Junit(_)) {
            let message = format!("“{}” is not answered by a file.", check.item.text);
            return Err(Error::field("file", message).hint("Only a report of tests is given."));
        }
        if !given && how.waits_for_a_file() {
            let message = format!("“{}” waits for a report of tests.", check.item.text);
            return Err(Error::field("file", message).hint(format!(
                "Drop it on the check, or give it with `hotfix fix validate run {} --check {id} --file \
                 FILE`.",
                deployment.key
            )));
        }
        return Ok(vec![check.clone()]);
    }
    if given {
        return Err(Error::field("check", "Say which check the file answers."));
    }
    let automatic = || deployment.checks.iter().filter(|check| check.item.how.is_automatic());
    if automatic().next().is_none() {
        return Err(Error::denied(format!("{} has no automatic check.", deployment.key)).hint(
            "Settings, Checklists: a step can be a request, a query, a command or a report.",
        ));
    }
    let open = |check: &&Check| !check.stands(deployment) && !check.item.how.waits_for_a_file();
    Ok(automatic().filter(open).cloned().collect())
}

fn by_the_program(check: &Check) -> Result<()> {
    if check.item.how.is_automatic() {
        return Ok(());
    }
    Err(Error::denied(format!("“{}” is answered by hand.", check.item.text))
        .hint("Only a check that says what is asked can be run."))
}

/// What the program found when somebody made it answer a check. What was answered since it asked stays.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordRun {
    pub key: DeploymentKey,
    pub check: String,
    pub passed: bool,
    /// What was asked, what came back, and what of it is not as expected.
    pub evidence: EvidenceText,
    /// All of what it printed, or the report.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// When it had been answered last, as it was when the program asked.
    #[serde(default)]
    pub seen: Option<Instant>,
}

impl Command for RecordRun {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        validating(deployment)?;
        let check = check_of(deployment, &self.check)?;
        by_the_program(check)?;
        if check.at != self.seen {
            return Err(Error::conflict(format!(
                "“{}” was answered while it was run; that answer stays.",
                check.item.text
            ))
            .hint("Run it again if what was found now is wanted.")
            .into());
        }
        required("evidence.text", &self.evidence.text, "What was found")?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::CheckRecorded {
                check: check.item.id.clone(),
                result: if self.passed { CheckResult::Passed } else { CheckResult::Failed },
                hash: deployment.hash.clone(),
                attachments: self.attachments.clone(),
                by_machine: true,
                private: self.evidence.clone(),
            },
        ))
    }
}

/// Add a check that no checklist has: for this deployment alone.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddCheck {
    pub key: DeploymentKey,
    pub kind: CheckKind,
    pub text: String,
    #[serde(default)]
    pub expected: String,
    /// Without an answer the validation does not end.
    pub required: bool,
    /// By hand, if left out.
    #[serde(default)]
    pub how: CheckHow,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AddedCheck {
    /// The check's id.
    pub check: String,
}

impl Command for AddCheck {
    type Answer = AddedCheck;

    fn decide(&self, state: &State, _: &Actor) -> Decide<AddedCheck> {
        let deployment = state.deployment(&self.key)?;
        if deployment.state.is_over() {
            return Err(Error::denied(format!("{} is over.", self.key))
                .hint("Checks are added until the validation has ended.")
                .into());
        }
        if self.kind == CheckKind::Procedure {
            return Err(Error::field(
                "kind",
                "A step before the start is not a check: it belongs to a checklist.",
            )
            .hint("Functional, regression or acceptance.")
            .into());
        }
        required("text", &self.text, "What is checked")?;
        how::check(&self.how)
            .and_then(|()| reached::suits(self.how.reached_by(), state))
            .map_err(|error| error.within("how"))?;
        let text = self.text.trim();
        let same = |check: &&Check| check.item.text.trim().to_lowercase() == text.to_lowercase();
        if deployment.checks.iter().any(|check| same(&check)) {
            return Err(Error::field("text", "There is such a check already.").into());
        }
        let check = format!("added.{}", deployment.checks.len() + 1);
        Ok(Decided::new(AddedCheck { check: check.clone() }).with(
            &self.key.0,
            Event::CheckAdded {
                check,
                kind: self.kind,
                required: self.required,
                how: self.how.clone(),
                private: CheckText { text: text.into(), expected: self.expected.trim().into() },
            },
        ))
    }
}

/// Validating → Done. After the last environment of the path, Monitoring begins.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FinishValidation {
    pub key: DeploymentKey,
}

impl Command for FinishValidation {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        validating(deployment)?;
        let hotfix = state.hotfix(&deployment.hotfix)?;
        let facts = state.facts(by.at).about(
            &deployment.product,
            &deployment.environment,
            hotfix.priority,
        )?;
        gates::done(hotfix, &facts, deployment)?.pass()?;
        let mut decided = Decided::new(Done {}).with(&self.key.0, Event::DeploymentValidated {});
        let last = facts.product.environments.last().map(|environment| environment.id.as_str());
        let all = facts.deployments(hotfix)?;
        let done = all.into_iter().filter(|one| {
            one.environment == deployment.environment
                && one.hash == deployment.hash
                && (one.key == deployment.key || one.state == DeploymentState::Done)
        });
        // The rest of the targets is still to come.
        let whole = left_out_by_all(&facts.environment, done).is_none_or(|left| left.is_empty());
        let ends = whole && last == Some(deployment.environment.as_str());
        if ends && hotfix.phase == Phase::Rollout {
            let minutes = facts.policy.watch_minutes(hotfix.priority);
            let period = Duration::from_secs(u64::from(minutes) * 60);
            decided.push(
                &hotfix.key.0,
                Event::MonitoringStarted {
                    until: by.at.plus(period),
                    environment: deployment.environment.clone(),
                },
            );
            for key in &hotfix.issues {
                if state.issue(key)?.state == IssueState::InHotFix {
                    decided.push(&key.0, Event::IssueResolved { hotfix: Some(hotfix.key.clone()) });
                }
            }
        }
        Ok(decided)
    }
}

/// It is deployed and not good. What follows is a decision of its own: the same revision again,
/// back to Development, or roll back.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct FailValidation {
    pub key: DeploymentKey,
    pub reason: String,
}

impl Command for FailValidation {
    type Answer = Done;

    fn decide(&self, state: &State, _: &Actor) -> Decide<Done> {
        let deployment = state.deployment(&self.key)?;
        validating(deployment)?;
        required("reason", &self.reason, "What is wrong")?;
        Ok(Decided::new(Done {}).with(
            &self.key.0,
            Event::ValidationFailed { private: Note { text: self.reason.clone() } },
        ))
    }
}
