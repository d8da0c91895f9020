//! How a change is authorised, by the words of ITIL 4 (change enablement): a standard change is approved
//! beforehand by its template, a normal one by itself, an emergency one by fewer and looked back at.

use super::{Approvals, Ledger, Missing, when};
use crate::{
    event::words::*,
    model::{deployment::Deployment, facts::Facts, hotfix::Hotfix},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where a change stands, as ITIL tools call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// Nothing is known of it yet.
    New,
    /// Cause, solution and risk are looked for.
    Assess,
    /// Approvals are wanted for where it goes next.
    Authorize,
    /// It may go, and waits for its time.
    Scheduled,
    /// It is being deployed or validated.
    Implement,
    /// It is watched, and looked back at.
    Review,
    Closed,
    Canceled,
}

impl ChangeState {
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Assess => "Assess",
            Self::Authorize => "Authorize",
            Self::Scheduled => "Scheduled",
            Self::Implement => "Implement",
            Self::Review => "Review",
            Self::Closed => "Closed",
            Self::Canceled => "Canceled",
        }
    }
}

/// The state of a change; `next` is how approval stands for the environment that it goes to next.
pub fn change_state(
    hotfix: &Hotfix,
    deployments: &[&Deployment],
    next: Option<&Approvals>,
) -> ChangeState {
    let any =
        |states: &[DeploymentState]| deployments.iter().any(|one| states.contains(&one.state));
    match hotfix.phase {
        Phase::Development => {
            let known = hotfix.cause.is_some()
                || hotfix.solution.is_some()
                || hotfix.risk.is_some()
                || !hotfix.changes.is_empty()
                || !hotfix.configurations.is_empty();
            if known { ChangeState::Assess } else { ChangeState::New }
        }
        Phase::Rollout if any(&[DeploymentState::Deploying, DeploymentState::Validating]) => {
            ChangeState::Implement
        }
        Phase::Rollout => match next {
            Some(next) if next.wanted > 0 && !next.complete => ChangeState::Authorize,
            _ => ChangeState::Scheduled,
        },
        Phase::Monitoring => ChangeState::Review,
        Phase::Closed => ChangeState::Closed,
        Phase::Cancelled => ChangeState::Canceled,
    }
}

/// The template that a standard change names, and why it does not cover the hot fix (any more).
fn template(facts: &Facts, hotfix: &Hotfix) -> Option<(String, Option<String>)> {
    if hotfix.change.kind != ChangeKind::Standard {
        return None;
    }
    let id = hotfix.change.template.clone().unwrap_or_default();
    let Some(list) = facts.checklist(&id) else {
        return Some((id.0, Some("it is no longer in the catalog".into())));
    };
    let Some(standard) = &list.standard else {
        return Some((list.name.clone(), Some("it is no longer pre-approved".into())));
    };
    let why = if list.product.as_ref().is_some_and(|product| product != &hotfix.product) {
        Some("it is for another product".into())
    } else if !list.priorities.is_empty()
        && !hotfix.priority.is_some_and(|priority| list.priorities.contains(&priority))
    {
        Some("it is for other priorities".into())
    } else if standard.until.is_some_and(|until| until <= facts.at) {
        Some("its approval has run out".into())
    } else {
        match &hotfix.risk {
            None => Some("the risk is not assessed".into()),
            Some(risk) if risk.level > standard.most_risk => Some(format!(
                "the risk is {}, and it covers {} at most",
                risk.level.name(),
                standard.most_risk.name()
            )),
            Some(_) => None,
        }
    };
    Some((list.name.clone(), why))
}

/// The policy of an environment as it holds for how this change is authorised.
pub(super) fn policy(facts: &Facts, hotfix: &Hotfix, environment: &str) -> Policy {
    let mut policy = facts.policy(&hotfix.product, environment, hotfix.priority);
    let wanted = match (hotfix.change.kind, template(facts, hotfix)) {
        (ChangeKind::Standard, Some((_, None))) => Some(0),
        (ChangeKind::Emergency, _) => policy.emergency_approvals,
        _ => None,
    };
    if let Some(wanted) = wanted {
        if policy.approver_roles.is_empty() {
            policy.approver_roles = std::mem::take(&mut policy.each_role);
        }
        policy.each_role.clear();
        policy.approvals = wanted;
    }
    policy
}

/// A standard change is covered by its template, or has to be approved like any other.
pub(super) fn covered(ledger: &mut Ledger, facts: &Facts) {
    let Some((name, why)) = template(facts, ledger.hotfix) else { return };
    ledger.want(
        "standard_change",
        when(
            why.is_none(),
            format!("Pre-approved as the standard change “{name}”."),
            Missing::new(
                "approve",
                format!(
                    "The standard change “{name}” does not cover it: {}.",
                    why.unwrap_or_default()
                ),
                "Make it a normal change, and have it approved.",
            )
            .who(super::owner(ledger.hotfix)),
        ),
    );
}
