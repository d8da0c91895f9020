//! Planned → Deploying: approvals, its window, the time itself (`time`), procedures, people told,
//! endpoints answering, and "keeps what runs".

use super::{
    EnvironmentFacts, Gate, Ledger, Missing, Passed, Ship,
    approval::{AnswerState, DECLINED, MISSING},
    count, keep, owner, plan,
    time::Wanted,
    when,
};
use crate::{
    event::words::*,
    model::{
        Judge,
        deployment::{Deployment, Given, Run, RunKind, TargetRun},
        hotfix::Hotfix,
        notice::{Beforehand, beforehand},
    },
};
use std::time::Duration;

/// Every reason why a deployment may not start at `facts.at`.
pub fn start(
    hotfix: &Hotfix,
    deployment: &Deployment,
    deployments: &[&Deployment],
    facts: &EnvironmentFacts,
) -> Judge<Ship> {
    let mut ledger = Ledger::new(hotfix, &facts.policy, Gate::Start, Some(&facts.environment.id));
    ledger.ship.deployment = Some(deployment.key.clone());
    // What had to hold for planning must still hold: a revision may have failed meanwhile.
    let planned = plan(hotfix, deployments, facts, facts.at);
    ledger.ship.blockers.extend(planned.blockers);
    ledger.ship.passed.extend(planned.passed);
    approvals(&mut ledger, facts)?;
    window(&mut ledger, deployment, facts);
    let wanted = Wanted {
        span: super::time::from_now(facts.at, &deployment.expected),
        own: Some(&deployment.key),
        on_duty: &deployment.expected.on_duty,
        planned: super::time::planned(deployment, facts.at),
    };
    super::time::ask(&mut ledger, facts, &wanted)?;
    alone(&mut ledger, deployment, facts);
    procedures(&mut ledger, deployment);
    told(&mut ledger, deployment, facts);
    stakeholders(&mut ledger, deployment);
    endpoints(&mut ledger, facts);
    keep::keeps_what_runs(&mut ledger, deployment, facts);
    Ok(ledger.ship)
}

fn approvals(ledger: &mut Ledger, facts: &EnvironmentFacts) -> Judge<()> {
    let stand = super::approvals(facts, ledger.hotfix, &facts.environment.id)?;
    let no = stand.answers.iter().rfind(|one| one.state == AnswerState::Declined);
    if let Some(no) = no {
        let who = facts.name_of(&no.by);
        let message = format!("{who} declined: {}", no.note);
        // Going without approvals after the no is going without this one as well.
        match stand.broken.as_ref().filter(|broken| broken.at >= no.at) {
            Some(broken) if !ledger.policy.hard.iter().any(|code| code == DECLINED) => {
                ledger.ship.passed.push(Passed {
                    code: DECLINED.into(),
                    message: format!("{message} Overridden: {}", broken.reason),
                    overridden: true,
                });
            }
            _ => {
                let remedy = "Talk to them, or build a revision that answers the objection.";
                ledger.want(DECLINED, Err(Missing::new("approve", message, remedy).who(who)));
            }
        }
    }
    super::change::covered(ledger, facts);
    if stand.wanted == 0 {
        return Ok(());
    }
    let given: Vec<_> =
        stand.answers.iter().filter(|one| one.state == AnswerState::Standing).collect();
    let names: Vec<_> = given.iter().map(|one| facts.name_of(&one.by)).collect();
    // A no is told apart: what is asked here is whether enough people said yes.
    let author = if stand.authors_may { "" } else { "is no author and " };
    ledger.want(
        MISSING,
        when(
            stand.enough,
            format!("Approved by {}.", names.join(" and ")),
            Missing::new(
                "approve",
                stand.missing,
                format!("Ask somebody who {author}is {}.", super::approval::either(&stand.roles)),
            )
            .who(super::roles(&stand.roles)),
        ),
    );
    Ok(())
}

fn window(ledger: &mut Ledger, deployment: &Deployment, facts: &EnvironmentFacts) {
    let now = facts.at;
    let (start, end) = (deployment.starts_at, deployment.window_ends_at);
    let inside = start.is_some_and(|at| at <= now) && end.is_some_and(|at| now < at);
    let missed = end.is_some_and(|at| at <= now);
    ledger.want(
        "outside_window",
        when(
            inside && deployment.state != DeploymentState::Missed,
            "It is inside its window.",
            Missing::new(
                "schedule",
                if missed || deployment.state == DeploymentState::Missed {
                    "Its window has passed without a start."
                } else {
                    "Its window has not begun."
                },
                if missed { "Plan a new window." } else { "Wait for the window, or move it." },
            )
            .who(owner(ledger.hotfix))
            .until(if missed { None } else { start }),
        ),
    );
}

fn alone(ledger: &mut Ledger, deployment: &Deployment, facts: &EnvironmentFacts) {
    // Two deployments into one environment would overwrite each other: nobody can override it.
    ledger.insist(
        "environment_busy",
        match facts.held_by.as_ref().filter(|key| *key != &deployment.key) {
            None => Ok(format!("Nothing else runs in {}.", facts.environment.name)),
            Some(other) => Err(Missing::new(
                "deploy",
                format!("{other} is deploying to {}.", facts.environment.name),
                "Wait until it ends.",
            )),
        },
    );
}

fn procedures(ledger: &mut Ledger, deployment: &Deployment) {
    if deployment.procedures.is_empty() {
        return;
    }
    let open: Vec<_> = deployment
        .procedures
        .iter()
        .filter(|step| step.item.required && step.ticked_at.is_none())
        .collect();
    ledger.want(
        "procedure_open",
        when(
            open.is_empty(),
            format!("{} of the procedure ticked.", count(deployment.procedures.len(), "step")),
            Missing::new(
                "procedure",
                format!("{} of the procedure open.", count(open.len(), "step")),
                format!("Tick: {}.", super::names(open.iter().map(|step| step.item.text.as_str()))),
            )
            .who(owner(ledger.hotfix)),
        ),
    );
}

/// A stakeholder's "not now" to this very start; a move asks them again.
fn stakeholders(ledger: &mut Ledger, deployment: &Deployment) {
    let answers: Vec<_> = deployment.answers_now().collect();
    if answers.is_empty() {
        return;
    }
    let against: Vec<_> = answers.iter().filter(|one| one.answer == TimeAnswer::NotNow).collect();
    let said: Vec<String> =
        against.iter().map(|one| format!("{}: “{}”", one.name, one.text)).collect();
    ledger.want(
        "stakeholder_objects",
        when(
            against.is_empty(),
            format!(
                "The time suits {}.",
                super::names(answers.iter().map(|one| one.name.as_str()))
            ),
            Missing::new(
                "schedule",
                format!("Not now, says {}.", said.join("; ")),
                "Move it, or record that they agree after all.",
            )
            .who(super::names(against.iter().map(|one| one.name.as_str()))),
        ),
    );
}

/// People have heard of this very start: whoever the plan has told beforehand, or, where it has nobody,
/// by a message about this hot fix since its time was set.
fn told(ledger: &mut Ledger, deployment: &Deployment, facts: &EnvironmentFacts) {
    if !facts.policy.tell_before {
        return;
    }
    let name = |audience: &CatalogId| facts.audience_name(audience);
    let found = match beforehand(deployment, facts.at) {
        Beforehand::Nobody => message_since(ledger.hotfix, deployment).ok_or_else(|| {
            Missing::new(
                "announce",
                "The stakeholders have not been told.",
                "Send them a message: it is scheduled.",
            )
        }),
        Beforehand::Untold(notices) => {
            let mut audiences: Vec<_> = notices.iter().map(|one| name(&one.audience)).collect();
            audiences.dedup();
            Err(Missing::new(
                "schedule",
                format!("Not told of this start: {}.", audiences.join(", ")),
                format!("Tell them at {}, or say there why they are left out.", deployment.key),
            ))
        }
        Beforehand::Answered(given) => Ok(answered(ledger.hotfix, &given, name)),
    };
    let found = found.map_err(|missing| missing.who(owner(ledger.hotfix)));
    ledger.want("stakeholders_untold", found);
}

const DRY: &str = " (dry run: nothing left the building)";

fn message_since(hotfix: &Hotfix, deployment: &Deployment) -> Option<String> {
    let since = deployment.moved_at.or(deployment.planned_at);
    let told = hotfix.told.iter().rev().find(|one| {
        matches!(one.purpose, Purpose::Scheduled | Purpose::InProgress | Purpose::Delayed)
            && since.is_none_or(|since| one.at >= since)
    })?;
    let people = match told.recipients {
        1 => "1 person".to_owned(),
        number => format!("{number} people"),
    };
    Some(format!("{people} told{}.", if told.dry_run { DRY } else { "" }))
}

/// "The stores told; Finance left out: they know."
fn answered(hotfix: &Hotfix, given: &[Given], name: impl Fn(&CatalogId) -> String) -> String {
    if given.is_empty() {
        return "Nobody has to be told of it yet.".into();
    }
    let mut said: Vec<String> = Vec::new();
    for (index, one) in given.iter().enumerate() {
        let audience = &one.notice.audience;
        if given[index + 1..].iter().any(|later| &later.notice.audience == audience) {
            continue;
        }
        said.push(match &one.message {
            None => format!("{} left out: {}", name(audience), one.reason),
            Some(message) => {
                let dry = hotfix.told.iter().any(|told| &told.message == message && told.dry_run);
                format!("{} told{}", name(audience), if dry { DRY } else { "" })
            }
        });
    }
    format!("{}.", said.join("; "))
}

fn endpoints(ledger: &mut Ledger, facts: &EnvironmentFacts) {
    if facts.environment.targets.is_empty() {
        ledger.insist(
            "no_targets",
            Err(Missing::new(
                "endpoint",
                format!("{} of {} has no targets.", facts.environment.name, facts.product.name),
                "Settings, Products: add a target with its endpoint.",
            )
            .object("product", &facts.product.id)),
        );
    }
    for missing in &facts.missing_endpoints {
        ledger.insist(
            "endpoint_missing",
            Err(Missing::new(
                "endpoint",
                format!("There is no endpoint “{missing}”."),
                "Settings, Endpoints: add it, or change the target.",
            )
            .object("product", &facts.product.id)),
        );
    }
    for (endpoint, health) in &facts.endpoints {
        let found = match health {
            Some(health) if health.is_old(facts.at) => Err(format!(
                "{} was last asked {} ago: too long ago to go by.",
                endpoint.name,
                in_words(facts.at.since(health.at))
            )),
            Some(health) if health.ok => Ok(format!("{} answers.", endpoint.name)),
            Some(health) => Err(format!("{} does not answer: {}", endpoint.name, health.detail)),
            None => Err(format!("{} has not been asked yet.", endpoint.name)),
        };
        ledger.want(
            "endpoint_silent",
            found.map_err(|message| {
                Missing::new("endpoint", message, "Ask it again, or mend its address.")
                    .object("endpoint", &endpoint.id)
            }),
        );
    }
}

/// "25 minutes", "3 hours", "12 days".
fn in_words(long: Duration) -> String {
    let minutes = long.as_secs() / 60;
    let (number, what) = match minutes {
        0..120 => (minutes, "minute"),
        120..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    count(usize::try_from(number).unwrap_or(usize::MAX), what)
}

/// A target has nothing more to do in this run: the last step of its kind of run succeeded.
pub fn target_is_done(steps: &TargetRun, run: &Run) -> bool {
    let last = match run.kind {
        RunKind::Deploy => "health",
        RunKind::Rollback => "rollback_health",
    };
    steps
        .last(run.number)
        .is_some_and(|step| step.step == last && step.result == Some(StepOutcome::Succeeded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Instant,
        event::{Event, PersonText},
        model::{
            Folded, State,
            catalog::Catalog,
            facts::{EndpointHealth, HEALTH_AGE},
        },
    };
    use std::{collections::BTreeMap, sync::Arc};

    /// What the gate says of the one endpoint, that was heard so long ago.
    fn said(ago: Duration) -> Result<String, String> {
        let mut catalog = Catalog::default();
        let mut save = |object: serde_json::Value| {
            let object: CatalogObject = serde_json::from_value(object).unwrap();
            let stream = crate::event::stream::catalog(object.kind(), object.id());
            catalog.apply(
                &stream,
                1,
                &Event::CatalogSaved { object, private: PersonText::default() },
            );
        };
        save(serde_json::json!({ "kind": "endpoint", "id": "agent", "name": "Agent",
            "recipe": "generic-http", "base_url": "http://127.0.0.1:1" }));
        save(
            serde_json::json!({ "kind": "product", "id": "shop", "name": "Shop", "environments": [
            { "id": "p", "name": "Production", "production": true, "soak_minutes": 0,
              "targets": [{ "id": "eu", "wave": 1, "endpoint": "agent" }] }] }),
        );
        let now = Instant::from_micros(1_800_000_000_000_000);
        let health = EndpointHealth { ok: true, detail: String::new(), at: now.minus(ago) };
        let mut state = State::new(Arc::new(catalog), BTreeMap::from([("agent".into(), health)]));
        let name = crate::event::stream::environment(&"shop".into(), "p");
        let empty = Folded::empty(&name);
        state.load(name, empty);
        let facts = state.facts(now).about(&"shop".into(), "p", None).unwrap();
        let hotfix = Hotfix::default();
        let mut ledger = Ledger::new(&hotfix, &facts.policy, Gate::Start, Some("p"));
        endpoints(&mut ledger, &facts);
        match ledger.ship.blockers.pop() {
            Some(blocker) => Err(blocker.message),
            None => Ok(ledger.ship.passed.pop().unwrap().message),
        }
    }

    #[test]
    fn what_an_endpoint_said_goes_out_of_date_and_the_gate_says_how_old_it_is() {
        assert_eq!(said(Duration::ZERO), Ok("Agent answers.".into()));
        assert_eq!(said(HEALTH_AGE), Ok("Agent answers.".into()));
        let old =
            |words: &str| Err(format!("Agent was last asked {words} ago: too long ago to go by."));
        assert_eq!(said(HEALTH_AGE + Duration::from_secs(1)), old("10 minutes"));
        assert_eq!(said(Duration::from_secs(3 * 3600)), old("3 hours"));
        assert_eq!(said(Duration::from_secs(12 * 24 * 3600)), old("12 days"));
    }
}
