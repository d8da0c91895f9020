//! What a deployment says in a calendar that others read. Pure; nothing changes by it.
//!
//! It is tentative until it may go, confirmed from then on, and cancelled once it was called off or
//! missed its time. How it ended stands in its text: that it took place is not undone by its end.

use crate::{
    calendar::ics::publish::{Published, Status},
    clock::Instant,
    event::words::*,
    gates,
    model::{Judge, State, deployment::Deployment},
};
use std::time::Duration;

/// The event of a deployment; none if it is not published to this calendar.
pub fn published(
    state: &State,
    calendar: &PublishedCalendar,
    key: &DeploymentKey,
    now: Instant,
) -> Judge<Option<Published>> {
    let deployment = state.deployment(key)?;
    let Deployment { product, environment, production, .. } = deployment;
    let (Some(start), true) =
        (deployment.starts_at, calendar.covers(product, environment, *production))
    else {
        return Ok(None);
    };
    let hotfix = state.hotfix(&deployment.hotfix)?;
    let approved = deployment.state != DeploymentState::Planned || {
        let stand = gates::approvals(&state.facts(now), hotfix, environment)?;
        let current = hotfix.current().map(|built| &built.package.hash);
        (stand.complete || stand.broken.is_some()) && current == Some(&deployment.hash)
    };
    let known = state.catalog.product(product);
    let product = known.map_or(product.as_str(), |known| known.name.as_str());
    let place = known.and_then(|known| known.environment(environment));
    let place = place.map_or(environment.as_str(), |place| place.name.as_str());
    Ok(Some(Published {
        key: key.0.clone(),
        version: deployment.version,
        start,
        end: end(deployment, start),
        summary: format!("{} r{} → {product} {place}", hotfix.key, deployment.revision),
        description: description(state, deployment, &hotfix.title, approved),
        location: place.to_owned(),
        status: status(deployment.state, approved),
    }))
}

fn status(state: DeploymentState, approved: bool) -> Status {
    match state {
        DeploymentState::Cancelled | DeploymentState::Missed => Status::Cancelled,
        DeploymentState::Planned if !approved => Status::Tentative,
        _ => Status::Confirmed,
    }
}

/// When it will be over: as long as somebody expects it to take, else as long as it may wait.
fn end(deployment: &Deployment, start: Instant) -> Instant {
    let minutes = u64::from(deployment.expected.duration_minutes);
    match (minutes, deployment.window_ends_at) {
        (0, Some(end)) if end > start => end,
        (0, _) => start.plus(Duration::from_secs(60)),
        (minutes, _) => start.plus(Duration::from_secs(minutes * 60)),
    }
}

fn description(state: &State, deployment: &Deployment, title: &str, approved: bool) -> String {
    let how = if deployment.automatic { "starts by itself" } else { "started by a person" };
    let stands = match deployment.state {
        DeploymentState::Planned if approved => format!("planned and approved, {how}"),
        DeploymentState::Planned => format!("planned, not approved yet, {how}"),
        DeploymentState::Deploying => "deploying".into(),
        DeploymentState::Validating => "deployed, being validated".into(),
        DeploymentState::Done => "done".into(),
        DeploymentState::Failed => "failed".into(),
        DeploymentState::RolledBack => "rolled back".into(),
        DeploymentState::Missed => "missed its time".into(),
        DeploymentState::Cancelled => "called off".into(),
    };
    let on_duty: Vec<String> = deployment
        .expected
        .on_duty
        .iter()
        .map(|person| {
            state.object("person", &person.0);
            state.catalog.name_of(person)
        })
        .collect();
    let on_duty = if on_duty.is_empty() { "nobody yet".into() } else { on_duty.join(", ") };
    let disruption = match deployment.expected.disruption {
        Disruption::Unsaid => "not said",
        Disruption::None => "none",
        Disruption::Brief => "brief, some requests fail or are slow for seconds",
        Disruption::Degraded => "degraded, one function is away or slow for minutes",
        Disruption::Outage => "outage, the whole service is away",
    };
    format!(
        "{title}\nState: {stands}\nOn duty: {on_duty}\nDisruption: {disruption}\n\n{} is kept by Hotfix Desk: \
         what is changed here is written anew.",
        deployment.key
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tentative_until_it_may_go_and_cancelled_when_it_does_not_take_place() {
        use DeploymentState::{Cancelled, Done, Failed, Missed, Planned};
        assert_eq!(status(Planned, false), Status::Tentative);
        assert_eq!(status(Planned, true), Status::Confirmed);
        assert_eq!(status(Done, true), Status::Confirmed);
        assert_eq!(status(Failed, true), Status::Confirmed, "it took place");
        assert_eq!(status(Missed, true), Status::Cancelled);
        assert_eq!(status(Cancelled, true), Status::Cancelled);
    }

    #[test]
    fn it_lasts_as_long_as_expected_else_as_its_window_and_never_no_time() {
        let start: Instant = "2026-12-01T20:00:00Z".parse().unwrap();
        let later = |minutes: u64| start.plus(Duration::from_secs(minutes * 60));
        let mut deployment =
            Deployment { window_ends_at: Some(later(120)), ..Deployment::default() };
        assert_eq!(end(&deployment, start), later(120));
        deployment.expected.duration_minutes = 30;
        assert_eq!(end(&deployment, start), later(30));
        deployment = Deployment { window_ends_at: Some(start), ..Deployment::default() };
        assert_eq!(end(&deployment, start), later(1));
    }
}
