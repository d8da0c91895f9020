//! Waiting for me: everything one person can clear, the most urgent first.

use super::{Question, Read, board, inbox, messages, published, sources};
use crate::{calendar::SlaState, clock::Instant, event::words::*};
use crate::{
    error::Result,
    gates,
    model::{
        Judge, State,
        hotfix::Hotfix,
        notice::{NoticeState, notices},
    },
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
    /// A probe says neither yes nor no.
    Doubt,
    Approval,
    Missed,
    /// Somebody has to be told of a deployment.
    Notice,
    /// Affected people wait to hear how it goes.
    Update,
    /// Nobody in person has it.
    Unassigned,
    Check,
    /// Whether it is over for me.
    SignOff,
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
    /// A calendar elsewhere that cannot be published to.
    Published,
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
        for row in published::failing(read)? {
            let error = row.error.map(|error| error.message).unwrap_or_default();
            items.push(WaitingItem {
                kind: WaitingKind::Published,
                key: row.calendar.id.0,
                hotfix: None,
                priority: None,
                title: row.calendar.name,
                what: format!("Cannot be published to: {error}"),
                section: "published".into(),
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

/// Who asked is waited for, in person: named in a request, or one of those who may approve.
pub(super) fn asked_of(state: &State, hotfix: &Hotfix, now: Instant) -> Judge<Vec<PersonId>> {
    let facts = state.facts(now);
    let mut all = Vec::new();
    for environment in asked_in(hotfix) {
        let stand = gates::approvals(&facts, hotfix, environment)?;
        for person in stand.asked.into_iter().flat_map(|asked| asked.waits_for) {
            if !all.contains(&person) {
                all.push(person);
            }
        }
    }
    Ok(all)
}

/// The environments in which approval of the current bytes was asked for.
fn asked_in(hotfix: &Hotfix) -> Vec<&str> {
    let hash = hotfix.current().map(|built| &built.package.hash);
    let open = matches!(hotfix.phase, Phase::Development | Phase::Rollout);
    let mut all: Vec<&str> = Vec::new();
    for request in hotfix.approval_requests.iter().filter(|one| open && Some(&one.hash) == hash) {
        if !all.contains(&request.environment.as_str()) {
            all.push(&request.environment);
        }
    }
    all
}

/// Whether somebody can do something about where it stands; waiting for the clock is nothing that a
/// person can clear.
pub(super) fn for_a_person(ship: &gates::Ship) -> bool {
    match (ship.gate, ship.blockers.first()) {
        (gates::Gate::Deployed, _) => false,
        (gates::Gate::Close, Some(first)) => ship.blockers.len() > 1 || first.until.is_none(),
        _ => true,
    }
}

/// Whether it is mine to move on: I have it; or nobody in person has it, and I am in the team that has
/// it. What no team has is for the product's team, or for everybody where there is none.
fn is_mine(state: &State, hotfix: &Hotfix, me: &PersonId) -> bool {
    if let Some(owner) = &hotfix.owner {
        return owner == me;
    }
    let product = state.catalog.product(&hotfix.product);
    let team = hotfix.team.as_ref().or_else(|| product.and_then(|one| one.team.as_ref()));
    let member =
        team.and_then(|team| state.catalog.team(team)).is_none_or(|team| team.members.contains(me));
    let manages = || {
        let person = state.catalog.person(me);
        person.is_some_and(|person| person.roles.contains(&Role::ReleaseManager))
    };
    member || (hotfix.team.is_none() && manages())
}

fn of_hotfix(
    state: &State,
    key: &HotfixKey,
    me: &PersonId,
    now: Instant,
) -> Judge<Vec<WaitingItem>> {
    let hotfix = state.hotfix(key)?;
    let mine = is_mine(state, hotfix, me);
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
    let facts = state.facts(now);
    for deployment in facts.deployments(hotfix)? {
        if let Some(hold) = deployment.run.as_ref().and_then(|run| run.hold.as_ref())
            && hold.claimed_by.as_ref().is_none_or(|person| person == me)
        {
            let what = format!("{} waits for a decision: {}", hold.target, hold.reason);
            add(WaitingKind::Decision, &deployment.key.0, what, "deploy", None, Some(hold.at));
        }
        if deployment.state == DeploymentState::Validating {
            let open =
                gates::signing::wanted(&facts, hotfix, deployment)?.into_iter().find(|one| {
                    one.state == gates::signing::SignOffState::Open && one.people.contains(me)
                });
            if let Some(open) = open {
                let (place, revision) = (&deployment.environment, deployment.revision);
                let what = match open.before {
                    Some(before) => format!(
                        "Sign off r{revision} in {place}: you have not looked at it since r{before}"
                    ),
                    None => format!("Sign off r{revision} in {place}, or say why not"),
                };
                let since = deployment.deployed_at;
                add(WaitingKind::SignOff, &deployment.key.0, what, "validate", None, since);
            }
        }
        let tells = mine || deployment.expected.on_duty.contains(me);
        let stands = if tells { notices(deployment, now) } else { Vec::new() };
        for stand in stands.into_iter().filter(|stand| stand.state == NoticeState::Due) {
            let audience = state.catalog.audience_name(&stand.notice.audience);
            let about = match stand.notice.occasion {
                Occasion::Before => "when it starts",
                Occasion::Start => "that it has started",
                Occasion::End => "how it ended",
                Occasion::Delay => "that the time has changed",
                Occasion::Cancel => "that it was called off",
            };
            let what = format!("Tell {audience} {about} ({})", deployment.environment);
            let due = deployment.starts_at.filter(|_| stand.notice.occasion == Occasion::Before);
            add(WaitingKind::Notice, &deployment.key.0, what, "schedule", due, stand.due_at);
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
    let probe = |environment: &str, id: &str| {
        let product = state.catalog.product(&hotfix.product);
        let place = product.and_then(|product| product.environment(environment));
        let spec = place.and_then(|place| place.probes.iter().find(|one| one.id == id));
        spec.map_or_else(|| id.to_owned(), |spec| spec.name.clone())
    };
    for breach in hotfix.breaches.iter().filter(|breach| breach.closed_at.is_none()) {
        let name = probe(&breach.environment, &breach.probe);
        let mut what = format!("{name} is over its limit: {}", breach.detail);
        if let BreachDeed::Refused { wanted, why } = &breach.deed {
            let wanted = match wanted {
                OnBreach::RollBack => "rolled back",
                OnBreach::Reopen | OnBreach::Notify => "reopened",
            };
            what = format!("{what}. It was not {wanted}: {why}");
        }
        add(WaitingKind::Breach, &key.0, what, "monitor", None, Some(breach.at));
    }
    for doubt in hotfix.doubts.iter().filter(|doubt| doubt.settled_at.is_none()) {
        let name = probe(&doubt.environment, &doubt.probe);
        let what = format!("{name} says neither yes nor no: {}", doubt.detail);
        add(WaitingKind::Doubt, &key.0, what, "monitor", None, Some(doubt.at));
    }
    for review in hotfix.overrides.iter().filter(|one| one.reviewed_at.is_none() && &one.by != me) {
        let what = if review.blocker == gates::approval::MISSING {
            let place = review.environment.as_deref().unwrap_or_default();
            format!("Review that it went without approval ({place}): {}", review.reason)
        } else {
            format!(
                "Review the override of “{}”: {}",
                gates::words::called(&review.blocker),
                review.reason
            )
        };
        add(WaitingKind::Review, &key.0, what, "review", None, Some(review.at));
    }
    for environment in asked_in(hotfix) {
        let stand = gates::approvals(&facts, hotfix, environment)?;
        let start = facts
            .deployments(hotfix)?
            .into_iter()
            .filter(|one| one.environment == environment && one.state == DeploymentState::Planned)
            .filter_map(|one| one.starts_at)
            .min();
        let due = match (start, hotfix.resolve_by) {
            (Some(start), Some(promised)) => Some(start.min(promised)),
            (start, promised) => start.or(promised),
        };
        let lapsed = stand
            .answers
            .iter()
            .rev()
            .find(|one| &one.by == me)
            .is_some_and(|one| one.state == gates::approval::AnswerState::Expired);
        let waits: Vec<_> =
            stand.asked.iter().filter(|asked| !asked.waits_for.is_empty()).collect();
        let of_me = waits.iter().find(|asked| asked.waits_for.contains(me));
        if let Some(asked) = of_me {
            let what = if lapsed {
                format!("Your approval for {environment} has expired: approve it again, or decline")
            } else {
                let by = state.catalog.name_of(&asked.by);
                format!("{by} asks you to approve it for {environment}")
            };
            add(WaitingKind::Approval, &key.0, what, "approve", due, Some(asked.at));
        } else if let Some(asked) = waits.first().filter(|_| mine) {
            let names: Vec<_> =
                asked.waits_for.iter().map(|one| state.catalog.name_of(one)).collect();
            let what = format!(
                "Nobody has approved it for {environment} yet: remind {}",
                gates::one_of(&names)
            );
            add(WaitingKind::Approval, &key.0, what, "approve", due, Some(asked.at));
        }
    }
    if let Some(update) = state.update_due(hotfix)?.filter(|one| mine && one.due <= now) {
        let what = match update.told {
            true => "Tell affected people how it goes: they wait for a word",
            false => "Tell affected people that it is worked on: they have heard nothing yet",
        };
        add(WaitingKind::Update, &key.0, what.into(), "announce", Some(update.due), None);
    }
    if mine && hotfix.owner.is_none() {
        let what = match hotfix.team.as_ref().map(|team| state.catalog.team(team)) {
            Some(team) => {
                let name = team.map_or("The team", |team| team.name.as_str());
                format!("{name} has it, and nobody in person: take it")
            }
            None => "Nobody has it: take it, or give it to somebody".into(),
        };
        add(WaitingKind::Unassigned, &key.0, what, "", hotfix.resolve_by, hotfix.started_at);
    }
    let ship = gates::ship(&facts, key, None)?;
    let held = items.iter().any(|item| item.kind == WaitingKind::Decision);
    if !mine || held || !for_a_person(&ship) {
        return Ok(items);
    }
    let place = ship.environment.clone().unwrap_or_default();
    let (kind, what, section) = match (ship.gate, ship.blockers.first()) {
        (gates::Gate::Done, Some(first)) => {
            (WaitingKind::Check, first.message.clone(), first.section.clone())
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
