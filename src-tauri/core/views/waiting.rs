//! Waiting for me: everything one person can clear, the most urgent first.

use super::{Question, Read, board, inbox, messages, sources};
use crate::{calendar::SlaState, clock::Instant, event::words::*};
use crate::{
    error::Result,
    gates,
    model::{Judge, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything I can clear.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskWaiting {}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    Decision,
    Breach,
    Approval,
    Missed,
    Check,
    Blocker,
    Start,
    /// A deadline of an issue that I answer for is at risk, or was missed.
    Deadline,
    /// I was named in a conversation.
    Mention,
    Triage,
    CallBack,
    Review,
    Failed,
    /// What is read from elsewhere, and cannot be.
    Source,
    Close,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WaitingItem {
    pub kind: WaitingKind,
    /// The thing it is about: ISS-, HF-, DEP- or MSG-.
    pub key: String,
    pub hotfix: Option<HotfixKey>,
    pub priority: Option<Priority>,
    pub title: String,
    /// What is to be done.
    pub what: String,
    /// The section of the hot fix's page, as in a blocker.
    pub section: String,
    pub due: Option<Instant>,
    pub since: Option<Instant>,
}

/// How many untriaged issues are named one by one.
const MOST_ISSUES: u32 = 20;

impl Question for AskWaiting {
    type Answer = Vec<WaitingItem>;

    fn ask(&self, read: &Read) -> Result<Vec<WaitingItem>> {
        let mut items = Vec::new();
        for key in board::keys(read, board::OPEN)? {
            items.extend(read.judge(|state| of_hotfix(state, &key, &read.me, read.now))?);
        }
        for row in inbox::at_risk_of(read, MOST_ISSUES)? {
            let Some(clock) = row.clock else { continue };
            let promise = match clock.what {
                ClockWhat::Respond => "respond",
                ClockWhat::Resolve => "resolve",
            };
            let what = match clock.state {
                SlaState::Breached => format!("The time to {promise} is over"),
                _ => format!("The time to {promise} runs out"),
            };
            items.push(WaitingItem {
                kind: WaitingKind::Deadline,
                key: row.key.0,
                hotfix: row.hotfix,
                priority: row.priority,
                title: row.title,
                what,
                section: "triage".into(),
                due: Some(clock.due),
                since: None,
            });
        }
        for (row, by, at) in inbox::mentions(read, MOST_ISSUES)? {
            items.push(WaitingItem {
                kind: WaitingKind::Mention,
                key: row.key.0,
                hotfix: row.hotfix,
                priority: row.priority,
                title: row.title,
                what: format!("{} asks for you", read.catalog.name_of(&by)),
                section: "triage".into(),
                due: None,
                since: Some(at),
            });
        }
        let untriaged = inbox::ListIssues {
            untriaged: true,
            limit: Some(MOST_ISSUES),
            ..inbox::ListIssues::default()
        };
        for row in untriaged.ask(read)?.rows {
            items.push(WaitingItem {
                kind: WaitingKind::Triage,
                key: row.key.0,
                hotfix: None,
                priority: row.priority,
                title: row.title,
                what: "Triage it".into(),
                section: "triage".into(),
                due: row.clock.map(|clock| clock.due),
                since: Some(row.reported_at),
            });
        }
        for row in (messages::ListCallBacks { hotfix: None }).ask(read)? {
            if row.done {
                continue;
            }
            items.push(WaitingItem {
                kind: WaitingKind::CallBack,
                key: row.issue.0,
                hotfix: Some(row.hotfix),
                priority: None,
                title: row.title,
                what: format!("Call {} back", row.contact.name),
                section: "announce".into(),
                due: None,
                since: None,
            });
        }
        let failed = messages::ListMessages {
            state: Some(MessageState::Failed),
            limit: Some(20),
            ..messages::ListMessages::default()
        };
        // What a reminder would have said stands here anyway.
        for row in
            failed.ask(read)?.rows.into_iter().filter(|row| row.purpose != Some(Purpose::Reminder))
        {
            items.push(WaitingItem {
                kind: WaitingKind::Failed,
                key: row.key.0,
                hotfix: row.hotfix,
                priority: None,
                title: row.subject,
                what: format!("Could not be sent: {}", row.error),
                section: "announce".into(),
                due: None,
                since: Some(row.queued_at),
            });
        }
        for row in sources::failing(read)? {
            let error = row.error.map(|error| error.message).unwrap_or_default();
            items.push(WaitingItem {
                kind: WaitingKind::Source,
                key: row.source.id.0,
                hotfix: None,
                priority: None,
                title: row.source.name,
                what: format!("Cannot be read: {error}"),
                section: "sources".into(),
                due: None,
                since: row.good_at,
            });
        }
        items.sort_by_key(|item| {
            (
                item.kind,
                item.priority.map_or(9, Priority::rank),
                item.due.or(item.since),
                item.key.clone(),
            )
        });
        Ok(items)
    }
}

fn of_hotfix(
    state: &State,
    key: &HotfixKey,
    me: &PersonId,
    now: Instant,
) -> Judge<Vec<WaitingItem>> {
    let hotfix = state.hotfix(key)?;
    let mine = hotfix.owner.as_ref().is_none_or(|owner| owner == me);
    let person = state.catalog.person(me);
    let may = |roles: &[Role]| {
        person.is_some_and(|person| roles.iter().any(|role| person.roles.contains(role)))
    };
    let mut items = Vec::new();
    let mut add = |kind, about: &str, what: String, section: &str, due, since| {
        items.push(WaitingItem {
            kind,
            key: about.to_owned(),
            hotfix: Some(key.clone()),
            priority: hotfix.priority,
            title: hotfix.title.clone(),
            what,
            section: section.into(),
            due,
            since,
        });
    };
    for deployment in gates::deployments(state, hotfix)? {
        if let Some(hold) = deployment.run.as_ref().and_then(|run| run.hold.as_ref())
            && hold.claimed_by.as_ref().is_none_or(|person| person == me)
        {
            let what = format!("{} waits for a decision: {}", hold.target, hold.reason);
            add(WaitingKind::Decision, &deployment.key.0, what, "deploy", None, Some(hold.at));
        }
        if deployment.state == DeploymentState::Missed && mine {
            let what =
                format!("It missed its window in {}: plan a new one", deployment.environment);
            add(
                WaitingKind::Missed,
                &deployment.key.0,
                what,
                "schedule",
                None,
                deployment.window_ends_at,
            );
        }
    }
    for breach in hotfix.breaches.iter().filter(|breach| breach.closed_at.is_none()) {
        add(
            WaitingKind::Breach,
            &key.0,
            format!("{} is over its limit: {}", breach.probe, breach.detail),
            "monitor",
            None,
            Some(breach.at),
        );
    }
    for review in hotfix.overrides.iter().filter(|one| one.reviewed_at.is_none() && &one.by != me) {
        add(
            WaitingKind::Review,
            &key.0,
            format!("Review the override of “{}”: {}", review.blocker, review.reason),
            "review",
            None,
            Some(review.at),
        );
    }
    let hash = hotfix.current().map(|built| &built.package.hash);
    for request in &hotfix.approval_requests {
        let policy = state.catalog.policy(&hotfix.product, &request.environment, hotfix.priority);
        let answered = hotfix.approvals.iter().any(|one| {
            &one.by == me && one.environment == request.environment && one.hash == request.hash
        });
        let standing = hotfix
            .approvals_for(&request.environment, &request.hash)
            .into_iter()
            .filter(|one| one.expires_at.is_some_and(|at| at > now))
            .count();
        if Some(&request.hash) == hash
            && !answered
            && standing < policy.approvals as usize
            && !hotfix.authors.contains(me)
            && may(&policy.approver_roles)
        {
            add(
                WaitingKind::Approval,
                &key.0,
                format!("Approve it for {}", request.environment),
                "approve",
                hotfix.resolve_by,
                Some(request.at),
            );
        }
    }
    let ship = gates::ship(state, key, None, now)?;
    let held = items.iter().any(|item| item.kind == WaitingKind::Decision);
    if !mine || held || ship.gate == gates::Gate::Deployed {
        return Ok(items);
    }
    let place = ship.environment.clone().unwrap_or_default();
    let (kind, what, section) = match (ship.gate, ship.blockers.first()) {
        (gates::Gate::Done, Some(first)) => {
            (WaitingKind::Check, first.message.clone(), first.section.clone())
        }
        // Waiting for the clock is nothing that a person can clear.
        (gates::Gate::Close, Some(first)) if ship.blockers.len() == 1 && first.until.is_some() => {
            return Ok(items);
        }
        (_, Some(first)) => {
            let more = match ship.blockers.len() {
                1 => String::new(),
                count => format!(" (and {} more)", count - 1),
            };
            (WaitingKind::Blocker, format!("{}{more}", first.message), first.section.clone())
        }
        (gates::Gate::Start, None) => {
            (WaitingKind::Start, format!("Deploy to {place}"), "deploy".into())
        }
        (gates::Gate::Done, None) => {
            (WaitingKind::Check, format!("Finish the validation in {place}"), "validate".into())
        }
        (gates::Gate::Close, None) => (WaitingKind::Close, "Close it".into(), "close".into()),
        (gates::Gate::Plan, None) => {
            (WaitingKind::Start, format!("Plan the deployment to {place}"), "schedule".into())
        }
        (_, None) => (WaitingKind::Start, "Start the rollout".into(), "package".into()),
    };
    items.push(WaitingItem {
        kind,
        key: key.0.clone(),
        hotfix: Some(key.clone()),
        priority: hotfix.priority,
        title: hotfix.title.clone(),
        what,
        section,
        due: hotfix.resolve_by,
        since: hotfix.started_at,
    });
    Ok(items)
}
