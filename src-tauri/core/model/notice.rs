//! What is to be told of a deployment, to whom and when: it follows from the plan, from what has
//! happened, and from what was told. Nothing is sent here, and nobody is told by a clock.

use super::{
    State,
    deployment::{Deployment, Given, RunKind},
};
use crate::{clock::Instant, event::words::*};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

/// The audiences that want to hear of deployments into an environment.
pub fn usual(state: &State, product: &CatalogId, environment: &str) -> Vec<NoticePlan> {
    let concerned = state.catalog.audiences().filter(|audience| {
        !audience.tell.is_empty()
            && audience.product.as_ref().is_none_or(|one| one == product)
            && (audience.environments.is_empty()
                || audience.environments.iter().any(|one| one == environment))
    });
    concerned.map(|one| NoticePlan { audience: one.id.clone(), tell: one.tell.clone() }).collect()
}

/// How one notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Its time has not come.
    Coming,
    /// Somebody has to tell them now.
    Due,
    Told,
    /// Left out on purpose.
    Skipped,
    /// Its time went by, or something newer takes its place.
    Passed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct NoticeStand {
    pub notice: Notice,
    pub state: NoticeState,
    /// What a message says that gives it.
    pub purpose: Purpose,
    /// When it was or will be due; absent where that depends on what happens.
    pub due_at: Option<Instant>,
    pub told: Option<Given>,
}

/// All notices of a deployment as they stand, those of earlier starts first.
pub fn notices(deployment: &Deployment, now: Instant) -> Vec<NoticeStand> {
    let listed = listed(deployment);
    let earlier = deployment
        .told
        .iter()
        .filter(|told| !listed.iter().any(|(notice, _)| notice == &told.notice));
    let stands = earlier.map(|told| NoticeStand {
        notice: told.notice.clone(),
        state: said(told),
        purpose: purpose(told.notice.occasion, deployment.state),
        due_at: None,
        told: Some(told.clone()),
    });
    let current = listed.iter().map(|(notice, due_at)| NoticeStand {
        notice: notice.clone(),
        state: stand(deployment, notice, *due_at, now),
        purpose: purpose(notice.occasion, deployment.state),
        due_at: *due_at,
        told: told(deployment, notice).cloned(),
    });
    stands.chain(current).collect()
}

fn purpose(occasion: Occasion, state: DeploymentState) -> Purpose {
    match (occasion, state) {
        (Occasion::Before, _) => Purpose::Scheduled,
        (Occasion::Start, _) => Purpose::InProgress,
        (Occasion::End, DeploymentState::RolledBack) => Purpose::RolledBack,
        (Occasion::End, DeploymentState::Failed) | (Occasion::Delay, _) => Purpose::Delayed,
        (Occasion::End, _) => Purpose::Deployed,
        (Occasion::Cancel, _) => Purpose::CalledOff,
    }
}

/// What somebody has to be reminded of and was not, each with its time.
pub fn calls(deployment: &Deployment) -> impl Iterator<Item = (Instant, Notice)> {
    listed(deployment).into_iter().filter_map(|(notice, due_at)| {
        let at = due_at?;
        let open = match notice.occasion {
            Occasion::Before => {
                deployment.state == DeploymentState::Planned && told(deployment, &notice).is_none()
            }
            _ => stand(deployment, &notice, due_at, at) == NoticeState::Due,
        };
        (open && !deployment.called.contains(&notice)).then_some((at, notice))
    })
}

/// The notices that the plan asks for about the start that is planned now.
fn listed(deployment: &Deployment) -> Vec<(Notice, Option<Instant>)> {
    let (Some(starts_at), Some(plans)) = (deployment.starts_at, &deployment.expected.notices)
    else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for plan in plans {
        let mut add = |occasion, minutes, due_at| {
            let audience = plan.audience.clone();
            all.push((Notice { audience, occasion, minutes, starts_at }, due_at));
        };
        for minutes in &plan.tell.before_minutes {
            add(Occasion::Before, *minutes, Some(ahead(starts_at, *minutes)));
        }
        if plan.tell.start {
            add(Occasion::Start, 0, began_at(deployment));
        }
        if plan.tell.end {
            add(Occasion::End, 0, ended_at(deployment));
        }
        let heard = heard(deployment, &plan.audience);
        let otherwise = match deployment.state {
            DeploymentState::Planned => heard.is_some_and(|start| start != starts_at),
            DeploymentState::Missed => heard == Some(starts_at),
            _ => false,
        };
        let audience = plan.audience.clone();
        let delay = Notice { audience, occasion: Occasion::Delay, minutes: 0, starts_at };
        if plan.tell.delay && (otherwise || told(deployment, &delay).is_some()) {
            add(Occasion::Delay, 0, deployment.moved_at);
        }
        let cancelled = deployment.state == DeploymentState::Cancelled;
        if plan.tell.cancel && cancelled && heard.is_some() {
            add(Occasion::Cancel, 0, deployment.moved_at);
        }
    }
    all
}

fn stand(
    deployment: &Deployment,
    notice: &Notice,
    due_at: Option<Instant>,
    now: Instant,
) -> NoticeState {
    use DeploymentState as D;
    if let Some(told) = told(deployment, notice) {
        return said(told);
    }
    match (notice.occasion, deployment.state) {
        (Occasion::Before, D::Planned) => before(deployment, notice, now),
        (Occasion::Start, D::Planned | D::Missed) => NoticeState::Coming,
        (Occasion::Start, D::Deploying | D::Validating) => NoticeState::Due,
        (Occasion::End, D::Planned | D::Missed | D::Deploying | D::Validating) => {
            NoticeState::Coming
        }
        (Occasion::End, _) if due_at.is_some() => NoticeState::Due,
        (Occasion::Delay | Occasion::Cancel, _) => NoticeState::Due,
        _ => NoticeState::Passed,
    }
}

/// Of several lead times only the last that has come is told, and none that something newer has told.
fn before(deployment: &Deployment, notice: &Notice, now: Instant) -> NoticeState {
    let due_at = ahead(notice.starts_at, notice.minutes);
    if due_at > now {
        return NoticeState::Coming;
    }
    // Also when the start has come: until it really starts, hearing of it helps.
    if overtaken(deployment, notice, due_at, now) { NoticeState::Passed } else { NoticeState::Due }
}

/// Something newer is told instead of a notice that has come, or was told since.
fn overtaken(deployment: &Deployment, notice: &Notice, due_at: Instant, now: Instant) -> bool {
    let others = listed(deployment);
    let newer = others.iter().any(|(other, at)| {
        other.audience == notice.audience
            && match other.occasion {
                Occasion::Before => {
                    other.minutes < notice.minutes && at.is_some_and(|at| at <= now)
                }
                Occasion::Delay => told(deployment, other).is_none(),
                _ => false,
            }
    });
    let since = deployment.told.iter().any(|told| {
        (told.message.is_some() || told.notice.occasion == Occasion::Delay)
            && told.notice.audience == notice.audience
            && told.notice.starts_at == notice.starts_at
            && told.at >= due_at
    });
    newer || since
}

/// How those who are to hear of the start beforehand have heard of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Beforehand {
    /// The plan has nobody told beforehand.
    Nobody,
    /// What has come and was neither told nor left out: also after the start has come, and that it
    /// starts at another time than they were told.
    Untold(Vec<Notice>),
    /// All that has come was told or left out; here it is, the newest last.
    Answered(Vec<Given>),
}

pub fn beforehand(deployment: &Deployment, now: Instant) -> Beforehand {
    let listed = listed(deployment);
    if !listed.iter().any(|(notice, _)| notice.occasion == Occasion::Before) {
        return Beforehand::Nobody;
    }
    let untold: Vec<Notice> = listed
        .into_iter()
        .filter(|(notice, due_at)| {
            told(deployment, notice).is_none()
                && match notice.occasion {
                    Occasion::Before => due_at
                        .is_some_and(|at| at <= now && !overtaken(deployment, notice, at, now)),
                    Occasion::Delay => true,
                    _ => false,
                }
        })
        .map(|(notice, _)| notice)
        .collect();
    if !untold.is_empty() {
        return Beforehand::Untold(untold);
    }
    let about_it = |given: &&Given| {
        Some(given.notice.starts_at) == deployment.starts_at
            && matches!(given.notice.occasion, Occasion::Before | Occasion::Delay)
    };
    Beforehand::Answered(deployment.told.iter().filter(about_it).cloned().collect())
}

/// How a notice was given. What was said of another time holds until the time changes again, also back.
pub fn told<'a>(deployment: &'a Deployment, notice: &Notice) -> Option<&'a Given> {
    deployment.told.iter().rfind(|told| {
        &told.notice == notice
            && (notice.occasion != Occasion::Delay || Some(told.at) >= deployment.moved_at)
    })
}

fn said(told: &Given) -> NoticeState {
    if told.message.is_some() { NoticeState::Told } else { NoticeState::Skipped }
}

/// The start that an audience was told of last.
fn heard(deployment: &Deployment, audience: &CatalogId) -> Option<Instant> {
    let about_a_start = |told: &&Given| {
        told.message.is_some()
            && &told.notice.audience == audience
            && matches!(told.notice.occasion, Occasion::Before | Occasion::Delay)
    };
    deployment.told.iter().rev().find(about_a_start).map(|told| told.notice.starts_at)
}

fn ahead(starts_at: Instant, minutes: u32) -> Instant {
    starts_at.minus(Duration::from_secs(u64::from(minutes) * 60))
}

fn began_at(deployment: &Deployment) -> Option<Instant> {
    let runs = deployment.finished_runs.iter().chain(&deployment.run);
    runs.filter(|run| run.kind == RunKind::Deploy).map(|run| run.started_at).min()
}

fn ended_at(deployment: &Deployment) -> Option<Instant> {
    let over = matches!(
        deployment.state,
        DeploymentState::Done | DeploymentState::Failed | DeploymentState::RolledBack
    );
    let ended = || deployment.run.as_ref().and_then(|run| run.ended_at);
    over.then(|| deployment.done_at.or_else(ended)).flatten()
}
