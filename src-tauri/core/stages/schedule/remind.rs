//! Whoever owns, approves or stands by for a deployment is reminded before its start, at the times that its
//! plan names: once each, also after a sleep or a restart, because what was said and the message that
//! says it are one append. Of several that were slept through only the last is said.

use crate::{
    event::{Event, words::*},
    gates::{self, approval::AnswerState},
    model::{
        Actor, Decide, Decided, State,
        deployment::Deployment,
        notice::{NoticeStand, NoticeState, calls, notices},
    },
    stages::{Command, Done, reminder},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// Remind of these deployments, where a reminder is due. Only the engine asks for it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct RemindOfDeployments {
    pub keys: Vec<DeploymentKey>,
}

impl Command for RemindOfDeployments {
    type Answer = Done;

    fn decide(&self, state: &State, by: &Actor) -> Decide<Done> {
        let mut decided = Decided::new(Done {});
        state.expect(self.keys.iter().map(DeploymentKey::as_str))?;
        let mut people = BTreeSet::new();
        let mut lines = Vec::new();
        for key in &self.keys {
            let deployment = state.deployment(key)?;
            let due = deployment.reminders_due(by.at);
            let called: Vec<Notice> =
                calls(deployment).filter(|(at, _)| *at <= by.at).map(|(_, one)| one).collect();
            let reminds = !due.is_empty() || !called.is_empty();
            let Some(starts_at) = deployment.starts_at.filter(|_| reminds) else {
                continue;
            };
            let starts = !due.is_empty() && starts_at > by.at;
            let tell: Vec<NoticeStand> = notices(deployment, by.at)
                .into_iter()
                .filter(|one| one.state == NoticeState::Due && called.contains(&one.notice))
                .collect();
            decided.push(
                &key.0,
                Event::DeploymentReminded { starts_at, minutes: due, notices: called },
            );
            // What has begun or was missed is told elsewhere.
            if !starts && tell.is_empty() {
                continue;
            }
            let hotfix = state.hotfix(&deployment.hotfix)?;
            let stand_by: Vec<_> =
                hotfix.owner.iter().chain(&deployment.expected.on_duty).cloned().collect();
            // Where nobody has it and nobody stands by, who planned it has to tell people.
            if stand_by.is_empty() && !tell.is_empty() {
                people.insert(deployment.planned_by.clone());
            }
            people.extend(stand_by);
            lines.extend(tell.iter().map(|one| {
                let audience = state.catalog.audience_name(&one.notice.audience);
                (format!("Tell {audience}"), what_to_tell(deployment, &one.notice))
            }));
            if !starts {
                continue;
            }
            let stand = gates::approvals(&state.facts(by.at), hotfix, &deployment.environment)?;
            // Whoever approved has to know as well that what they answer for begins.
            let approved = stand.answers.iter().filter(|one| one.state == AnswerState::Standing);
            people.extend(approved.map(|one| one.by.clone()));
            people.extend(stand.asked.into_iter().flat_map(|asked| asked.waits_for));
            lines.push(says(deployment, starts_at.since(by.at).as_secs(), &hotfix.title));
        }
        let (Some(first), false) = (lines.first(), people.is_empty()) else { return Ok(decided) };
        let (subject, body) = match lines.as_slice() {
            [_] => (first.0.clone(), first.1.clone()),
            several => {
                let all: Vec<_> =
                    several.iter().map(|(what, which)| format!("{what}: {which}")).collect();
                (format!("{} deployments want you", several.len()), all.join("\n"))
            }
        };
        // A start waits for nobody's hours.
        let event = reminder(state, by.at, &people, subject, body);
        decided.push(&state.next_message()?.0, event);
        Ok(decided)
    }
}

/// "that DEP-3 starts: HF-9 r2 into production".
fn what_to_tell(deployment: &Deployment, notice: &Notice) -> String {
    let happens = match notice.occasion {
        Occasion::Before => "starts soon",
        Occasion::Start => "has started",
        Occasion::End if deployment.state == DeploymentState::Done => "is done",
        Occasion::End => "did not work",
        Occasion::Delay if deployment.state == DeploymentState::Missed => "did not start in time",
        Occasion::Delay => "comes at another time",
        Occasion::Cancel => "was called off",
    };
    format!(
        "that {} {happens}: {} r{} into {}",
        deployment.key, deployment.hotfix, deployment.revision, deployment.environment
    )
}

/// "DEP-3 starts in 15 min" and "HF-9 r2 into production: Pictures of lamps stay grey".
fn says(deployment: &Deployment, seconds: u64, title: &str) -> (String, String) {
    let minutes = seconds.div_ceil(60);
    let ahead = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours @ 1..48, 0) => format!("{hours} h"),
        (hours @ 1..48, minutes) => format!("{hours} h {minutes} min"),
        (hours, _) => format!("{} days", hours / 24),
    };
    (
        format!("{} starts in {ahead}", deployment.key),
        format!(
            "{} r{} into {}: {title}",
            deployment.hotfix, deployment.revision, deployment.environment
        ),
    )
}
