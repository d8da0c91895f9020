//! Everything that happened to one thing, from the journal.

use super::{Question, Read, fold, limit};
use crate::{clock::Instant, event::words::*};
use crate::{
    error::Result,
    event::{Event, stream},
    gates::words,
    journal::{Record, sqlite},
    model::catalog::Catalog,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The events of an issue, a hot fix with its deployments and messages, or a deployment.
#[derive(Clone, Debug, Serialize, Deserialize, TS, JsonSchema)]
pub struct AskTimeline {
    pub key: String,
    /// Older than this sequence number.
    #[serde(default)]
    #[ts(type = "number | null", optional)]
    pub before: Option<u64>,
    #[serde(default)]
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TimelineEntry {
    #[ts(type = "number")]
    pub seq: u64,
    pub stream: String,
    pub kind: String,
    pub at: Instant,
    pub occurred_at: Instant,
    pub actor: PersonId,
    pub actor_name: String,
    /// One sentence that says what happened.
    pub text: String,
    /// What was typed, if anything.
    pub note: String,
    /// `ok`, `bad`, `wait`, `unknown` or empty.
    pub tone: String,
}

impl Question for AskTimeline {
    type Answer = Vec<TimelineEntry>;

    fn ask(&self, read: &Read) -> Result<Vec<TimelineEntry>> {
        let limit = limit(self.limit, 200, 2000) as usize;
        let before = self.before.unwrap_or(u64::MAX);
        let mut records = records(read, &self.key)?;
        records.retain(|record| record.seq < before);
        records.sort_unstable_by_key(|record| std::cmp::Reverse(record.seq));
        records.truncate(limit);
        records.iter().map(|record| entry(record, &read.catalog)).collect()
    }
}

/// Everything that happened to a thing and to what belongs to it, from the first day on and up to a
/// record.
pub fn all(read: &Read, key: &str, until: u64) -> Result<Vec<TimelineEntry>> {
    entries(read, records(read, key)?, |record| record.seq <= until)
}

/// What happened after a record to a hot fix and what belongs to it, and to its issues as far as it
/// changes how they stand.
pub fn since(
    read: &Read,
    key: &HotfixKey,
    issues: &[IssueKey],
    after: u64,
) -> Result<Vec<TimelineEntry>> {
    let mut all = records(read, &key.0)?;
    let mut of_issues = Vec::new();
    for issue in issues {
        of_issues.extend(records(read, &issue.0)?);
    }
    of_issues.retain(|record| {
        matches!(
            record.kind.as_str(),
            "issue_reopened"
                | "issue_came_back"
                | "issue_taken_into_hotfix"
                | "issue_resolved"
                | "issue_closed"
                | "person_affected"
                | "redacted"
        )
    });
    all.extend(of_issues);
    entries(read, all, |record| record.seq > after)
}

fn entries(
    read: &Read,
    mut records: Vec<Record>,
    which: impl Fn(&Record) -> bool,
) -> Result<Vec<TimelineEntry>> {
    records.retain(which);
    records.sort_unstable_by_key(|record| record.seq);
    records.iter().map(|record| entry(record, &read.catalog)).collect()
}

/// The messages of a hot fix, the oldest first.
pub fn messages_of(db: &rusqlite::Connection, hotfix: &str) -> Result<Vec<String>> {
    let mut statement =
        db.prepare_cached("SELECT key FROM messages WHERE hotfix = ?1 ORDER BY num")?;
    let keys = statement.query_map([hotfix], |row| row.get(0))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// The records of a thing and of what belongs to it: a hot fix's deployments, targets and messages.
fn records(read: &Read, key: &str) -> Result<Vec<Record>> {
    let mut all = sqlite::read_stream(read.db, key, 0, u64::MAX)?;
    match stream::topic(key) {
        "hotfix" => {
            let hotfix = read.judge(|state| Ok(state.hotfix(&HotfixKey(key.into()))?.clone()))?;
            for deployment in &hotfix.deployments {
                all.extend(sqlite::read_stream(read.db, &deployment.0, 0, u64::MAX)?);
                all.extend(sqlite::read_prefix(read.db, &format!("{deployment}/"))?);
            }
            for message in messages_of(read.db, key)? {
                all.extend(sqlite::read_stream(read.db, &message, 0, u64::MAX)?);
            }
        }
        "deployment" if !key.contains('/') => {
            all.extend(sqlite::read_prefix(read.db, &format!("{key}/"))?);
        }
        _ => {}
    }
    fold::fill(&mut all)?;
    Ok(all)
}

fn entry(record: &Record, catalog: &Catalog) -> Result<TimelineEntry> {
    let event = fold::decode(record)?;
    let (text, tone) = sentence(record, &event, catalog);
    let actor = PersonId(record.actor.clone());
    Ok(TimelineEntry {
        seq: record.seq,
        stream: record.stream.clone(),
        kind: record.kind.clone(),
        at: record.recorded_at,
        occurred_at: record.occurred_at,
        actor_name: catalog.name_of(&actor),
        actor,
        text,
        note: note(&event),
        tone: tone.into(),
    })
}

/// ", by mail"; nothing where nobody has said how it came.
fn came(source: Option<SignOffSource>) -> String {
    source.map(|source| format!(", {}", source.words())).unwrap_or_default()
}

/// What was typed, if the event carries a text.
fn note(event: &Event) -> String {
    let Ok(encoded) = event.encode() else { return String::new() };
    let private: serde_json::Value =
        encoded.private.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    ["text", "what", "subject", "description", "install"]
        .iter()
        .find_map(|field| {
            private.get(field).and_then(|value| value.as_str()).filter(|text| !text.is_empty())
        })
        .unwrap_or_default()
        .to_owned()
}

/// One sentence for every kind of event, and its tone.
pub fn sentence(record: &Record, event: &Event, catalog: &Catalog) -> (String, &'static str) {
    let target = record.stream.split_once('/').map_or("", |(_, target)| target);
    let who = |person: &Option<PersonId>| {
        person.as_ref().map_or("nobody".into(), |one| catalog.name_of(one))
    };
    match event {
        Event::IssueReported { private, origin: Some(origin), .. } => {
            (format!("reported “{}”, from {}", private.title, origin.source), "")
        }
        Event::IssueReported { private, .. } => (format!("reported “{}”", private.title), ""),
        Event::IssueSeenAgain { times: 1, .. } => ("saw it again".into(), ""),
        Event::IssueSeenAgain { times, .. } => (format!("saw it {times} times more"), ""),
        Event::OriginTaken { issue, .. } => (format!("became {issue}"), ""),
        Event::OriginSeen { .. } => ("was seen there again".into(), ""),
        Event::ReporterWrote { private, .. } => {
            (format!("took in a mail of {}", private.from.name), "")
        }
        Event::IssueEdited { .. } => ("corrected the report".into(), ""),
        Event::IssueAttached { attachment } => (format!("attached {}", attachment.name), ""),
        Event::PersonAffected { private, .. } => {
            (format!("added {}, who is affected too", private.contact.name), "")
        }
        Event::IssueCommented { internal: true, .. } => ("noted internally".into(), ""),
        Event::IssueCommented { .. } => ("wrote to the reporter".into(), ""),
        Event::IssueTriaged { priority, .. } => {
            (format!("triaged as {priority:?} {}", priority.name()), "")
        }
        Event::IssueAssigned { person, team, .. } | Event::HotfixAssigned { person, team, .. } => {
            let team = team
                .as_ref()
                .filter(|_| person.is_none())
                .map(|id| catalog.team(id).map_or_else(|| id.0.clone(), |team| team.name.clone()));
            (format!("assigned it to {}", team.unwrap_or_else(|| who(person))), "")
        }
        Event::IssueDeferred { .. } => ("deferred it to the next release".into(), ""),
        Event::IssueRejected { .. } => ("rejected it".into(), ""),
        Event::IssueMarkedDuplicate { of, .. } => (format!("marked it as a duplicate of {of}"), ""),
        Event::DuplicateCounted { duplicate, .. } => {
            (format!("counted {duplicate} as the same"), "")
        }
        Event::DuplicateReleased { duplicate, .. } => {
            (format!("released {duplicate}: not the same"), "")
        }
        Event::NotTheSame { other } => (format!("said that {other} is not the same"), ""),
        Event::InfoRequested { .. } => ("asked the reporter".into(), "wait"),
        Event::InfoReceived { .. } => ("recorded the reporter's answer".into(), ""),
        Event::IssueTakenIntoHotfix { hotfix } => (format!("took it into {hotfix}"), ""),
        Event::IssueLeftHotfix { hotfix } => (format!("took it out of {hotfix}"), ""),
        Event::IssueResolved { .. } => ("resolved it".into(), "ok"),
        Event::IssueClosed { .. } => ("closed it".into(), "ok"),
        Event::IssueReopened { .. } => ("reopened it".into(), "bad"),
        Event::IssueCameBack { of } => (format!("confirmed that what {of} mended is back"), "bad"),
        Event::DecisionUndone { .. } => ("took the decision back".into(), ""),
        Event::MentionSeen {} => ("read what was said to them".into(), ""),
        Event::OwnerReminded { what, missed, .. } => {
            let promise = match what {
                ClockWhat::Respond => "respond",
                ClockWhat::Resolve => "resolve",
            };
            match missed {
                true => (format!("reminded of it: the time to {promise} is over"), "bad"),
                false => (format!("reminded of it: the time to {promise} runs out"), "wait"),
            }
        }
        Event::HotfixStarted { issues, .. } => (
            format!("started the hot fix from {}", list(issues.iter().map(|key| key.0.as_str()))),
            "",
        ),
        Event::IssueJoined { issue, .. } => (format!("took {issue} in"), ""),
        Event::IssueReleased { issue, .. } => (format!("took {issue} out again"), ""),
        Event::PriorityChanged { priority, .. } => {
            (format!("changed the priority to {priority:?}"), "")
        }
        Event::CauseRecorded { .. } => ("recorded the root cause".into(), ""),
        Event::SolutionRecorded { .. } => ("recorded the solution".into(), ""),
        Event::RiskRecorded { .. } => ("assessed the risk".into(), ""),
        Event::ChangeClassified { change, .. } => (
            match change {
                ChangeKind::Standard => "made it a standard change".into(),
                ChangeKind::Normal => "made it a normal change".into(),
                ChangeKind::Emergency => "made it an emergency change".into(),
            },
            if *change == ChangeKind::Emergency { "bad" } else { "" },
        ),
        Event::RollbackPlanRecorded { .. } => ("described the way back".into(), ""),
        Event::ChangeAdded { change, private } => {
            (format!("added the change {} “{}”", short(&change.commit), private.subject), "")
        }
        Event::ChangeRemoved { commit } => (format!("removed the change {}", short(commit)), ""),
        Event::BranchesChecked { commit, branches } => {
            let there = branches.iter().filter(|one| one.is_there()).count();
            let text = format!(
                "looked on which branches the change {} is: on {there} of {}",
                short(commit),
                branches.len()
            );
            (text, if there == branches.len() { "ok" } else { "bad" })
        }
        Event::ReviewLinked { commit, private } => {
            let link = if private.link.is_empty() { "its text" } else { &private.link };
            (format!("recorded the review of {}: {link}", short(commit)), "")
        }
        Event::ConfigurationRecorded { private, .. } => {
            (format!("recorded the configuration change “{}”", private.name), "")
        }
        Event::ConfigurationRemoved { id } => {
            (format!("removed the configuration change {id}"), "")
        }
        Event::PackageCompared { contains, .. } => {
            let text = match contains.len() {
                1 => "found that the package contains a change that runs".to_owned(),
                many => format!("found that the package contains {many} changes that run"),
            };
            (text, "")
        }
        Event::TestsRecorded { evidence, .. } => (
            format!(
                "{} {}: {} passed, {} failed{}",
                if evidence.from == EvidenceFrom::Command { "ran" } else { "recorded" },
                if evidence.suite.is_empty() { "tests" } else { &evidence.suite },
                evidence.passed,
                evidence.failed,
                match evidence.compared.as_ref().map_or(0, |compared| compared.newly) {
                    0 => String::new(),
                    newly => format!(", {newly} of them newly"),
                }
            ),
            if evidence.failed == 0 { "ok" } else { "bad" },
        ),
        Event::PackageBuilt { package, .. } => {
            let signed = match &package.signature {
                Some(signature) => format!(", signed with {}", signature.key),
                None => String::new(),
            };
            let built = format!("built package r{}, {}", package.revision, package.hash.short());
            (built + &signed, "")
        }
        Event::SigningKeyChosen { id, .. } => (format!("chose the signing key {id}"), ""),
        Event::RolloutStarted { revision } => (format!("started the rollout of r{revision}"), ""),
        Event::ReturnedToDevelopment { .. } => ("sent it back to Development".into(), "bad"),
        Event::ApprovalRequested { environment, people, .. } if people.is_empty() => {
            (format!("asked for approval for {environment}"), "wait")
        }
        Event::ApprovalRequested { environment, people, .. } => {
            let names: Vec<_> = people.iter().map(|one| catalog.name_of(one)).collect();
            (format!("asked {} for approval for {environment}", names.join(" and ")), "wait")
        }
        Event::ApprovalWithdrawn { environment, .. } => {
            (format!("took the answer for {environment} back"), "bad")
        }
        Event::GateOverridden { blocker, environment, .. }
            if blocker == crate::gates::approval::MISSING =>
        {
            let place = environment.as_deref().unwrap_or("the next step");
            (format!("broke the glass: {place} goes without approval; a review is open"), "bad")
        }
        Event::Approved { environment, hash, .. } => {
            (format!("approved {} for {environment}", hash.short()), "ok")
        }
        Event::ApprovalDeclined { environment, .. } => {
            (format!("declined it for {environment}"), "bad")
        }
        Event::GateOverridden { blocker, .. } => {
            (format!("overrode “{}”; a review is open", words::called(blocker)), "bad")
        }
        Event::ReviewDone { .. } => ("reviewed an override".into(), "ok"),
        Event::DeploymentAdded { deployment } => (format!("planned {deployment}"), ""),
        Event::MonitoringStarted { environment, .. } => {
            (format!("began to watch {environment}"), "wait")
        }
        Event::MonitoringExtended { .. } => ("changed how long it is watched".into(), ""),
        Event::BreachOpened { probe, deed, .. } => {
            let then = match deed {
                BreachDeed::Notified => String::new(),
                BreachDeed::Reopened { issues, .. } => {
                    let issues: Vec<_> = issues.iter().map(IssueKey::as_str).collect();
                    format!(", and opened {} again", issues.join(", "))
                }
                BreachDeed::RolledBack { deployment } => {
                    format!(", and began to roll {deployment} back")
                }
                BreachDeed::Refused { wanted: OnBreach::RollBack, .. } => {
                    ", and could not roll it back".into()
                }
                BreachDeed::Refused { .. } => ", and could not open its issues again".into(),
            };
            (format!("saw {probe} over its limit{then}"), "bad")
        }
        Event::BreachClosed { breach, .. } => (format!("closed the breach {breach}"), "ok"),
        Event::DoubtRaised { probe, .. } => (format!("could not tell from {probe}"), "wait"),
        Event::DoubtSettled { doubt, breach: true, .. } => {
            (format!("said that {doubt} is a breach"), "bad")
        }
        Event::DoubtSettled { doubt, .. } => (format!("said that {doubt} is well"), "ok"),
        Event::RecurrenceConfirmed { issue, .. } => {
            (format!("confirmed that it came back in {issue}"), "bad")
        }
        Event::PeopleTold { recipients, dry_run, .. } => {
            (format!("told {recipients} people{}", if *dry_run { " (dry run)" } else { "" }), "ok")
        }
        Event::CallBackDone { .. } => ("called somebody back".into(), "ok"),
        Event::FeedbackAsked { .. } => ("asked for feedback".into(), ""),
        Event::FeedbackRecorded { score, .. } => (format!("recorded feedback: {score} of 5"), ""),
        Event::SupportNoted { .. } | Event::SupportAsked { .. } => ("noted a question".into(), ""),
        Event::SupportAnswered { number, .. } => (format!("answered question {number}"), "ok"),
        Event::PublicWordsWritten { answers, .. } => match answers.len() {
            0 => ("wrote what people are told".into(), ""),
            _ => ("turned answers into instructions".into(), "ok"),
        },
        Event::UpdateReminded { .. } => ("reminded that people wait for a word".into(), "wait"),
        Event::LessonsRecorded { .. } => ("wrote down the lessons".into(), ""),
        Event::HotfixClosed { .. } => ("closed the hot fix".into(), "ok"),
        Event::HotfixCancelled { .. } => ("cancelled the hot fix".into(), "bad"),
        Event::DeploymentPlanned { environment, revision, .. } => {
            (format!("planned r{revision} into {environment}"), "")
        }
        Event::DeploymentMoved { .. } => ("moved the deployment".into(), ""),
        Event::DeploymentCancelled { .. } => ("called the deployment off".into(), "bad"),
        Event::TimeAnswered { answer, private, .. } => match answer {
            TimeAnswer::Confirmed => {
                (format!("recorded that the time suits {}", private.name), "ok")
            }
            TimeAnswer::NotNow => (format!("recorded “not now” of {}", private.name), "bad"),
        },
        Event::DeploymentReminded { notices, .. } if !notices.is_empty() => {
            ("reminded that people are to be told".into(), "")
        }
        Event::DeploymentReminded { .. } => ("reminded of it".into(), ""),
        Event::NoticeGiven { notice, message, private, .. } => {
            let about = match notice.occasion {
                Occasion::Before => "the coming start",
                Occasion::Start => "the start",
                Occasion::End => "the end",
                Occasion::Delay => "the other time",
                Occasion::Cancel => "its calling off",
            };
            match message {
                Some(message) => (format!("told {} of {about} ({message})", notice.audience), ""),
                None => (
                    format!("did not tell {} of {about}: {}", notice.audience, private.text),
                    "wait",
                ),
            }
        }
        Event::DeploymentMissed {} => ("saw its window pass without a start".into(), "bad"),
        Event::ProcedureTicked { item, ticked } => {
            (format!("{} “{item}”", if *ticked { "ticked" } else { "took back" }), "")
        }
        Event::DeploymentStarted { targets, .. } => (
            format!(
                "started the deployment to {}",
                list(targets.iter().map(|one| one.id.as_str()))
            ),
            "wait",
        ),
        Event::DeploymentPaused {} => ("paused the run".into(), "wait"),
        Event::DeploymentResumed {} => ("resumed the run".into(), ""),
        Event::RunCancelled { private } => (format!("cancelled the run: {}", private.text), "bad"),
        Event::GateEnded { wave, gate, verdict, private, .. } => (
            match private.text.trim() {
                "" => format!("measured {gate} after wave {wave}: {}", super::word(verdict)),
                text => {
                    format!("measured {gate} after wave {wave}: {} ({text})", super::word(verdict))
                }
            },
            if *verdict == GateVerdict::Passed { "ok" } else { "bad" },
        ),
        Event::WaveLetOn { wave, .. } => (format!("let the run go on after wave {wave}"), ""),
        Event::DeploymentHeld { gate: Some(gate), .. } => {
            (format!("held the run for a person: {} is shut", gate.gate), "bad")
        }
        Event::DeploymentHeld { target, unknown, .. } => (
            format!(
                "held the run for a person: {target} {}",
                if *unknown { "is unknown" } else { "failed" }
            ),
            if *unknown { "unknown" } else { "bad" },
        ),
        Event::DecisionClaimed {} => ("claimed the decision".into(), ""),
        Event::DecisionMade { target, decision, .. } if target.is_empty() => {
            (format!("decided about the gate: {}", super::word(decision).replace('_', " ")), "")
        }
        Event::DecisionMade { target, decision, .. } => {
            (format!("decided for {target}: {}", super::word(decision).replace('_', " ")), "")
        }
        Event::DeploymentDeployed {} => ("finished deploying".into(), "ok"),
        Event::DeploymentFailed { .. } => ("ended the deployment as failed".into(), "bad"),
        Event::RollbackStarted { .. } => ("started the rollback".into(), "bad"),
        Event::DeploymentRolledBack {} => ("finished the rollback".into(), "ok"),
        Event::CheckRecorded { check, result, by_machine, .. } => (
            format!(
                "{} {check}: {}",
                if *by_machine { "ran the automatic check" } else { "answered" },
                super::word(result)
            ),
            if *result == CheckResult::Passed { "ok" } else { "bad" },
        ),
        Event::CheckAdded { private, .. } => (format!("added the check “{}”", private.text), ""),
        Event::SignedOff { person: Some(person), .. } if person.0 == record.actor => {
            ("signed off".into(), "ok")
        }
        Event::SignedOff { private, source, .. } => {
            (format!("recorded the sign-off of {}{}", private.name, came(*source)), "ok")
        }
        Event::SignOffRefused { person: Some(person), .. } if person.0 == record.actor => {
            ("refused to sign off".into(), "bad")
        }
        Event::SignOffRefused { private, source, .. } => (
            format!("recorded that {} does not sign off{}", private.name, came(Some(*source))),
            "bad",
        ),
        Event::DeploymentValidated {} => ("finished the validation".into(), "ok"),
        Event::ValidationFailed { .. } => ("rejected the deployment".into(), "bad"),
        Event::StepIntended { step, attempt, .. } => {
            (format!("{target}: {} (attempt {attempt})", step.replace('_', " ")), "")
        }
        Event::StepEnded { step, result, .. } => {
            let (word, tone) = match result {
                StepOutcome::Accepted { run } => (format!("accepted as run {run}"), ""),
                StepOutcome::Succeeded => ("succeeded".into(), "ok"),
                StepOutcome::Failed { reason } => (format!("failed: {reason}"), "bad"),
                StepOutcome::Refused { reason, .. } => (format!("refused: {reason}"), ""),
                StepOutcome::Cancelled => ("cancelled".into(), "bad"),
                StepOutcome::Unknown { reason } => (format!("unknown: {reason}"), "unknown"),
            };
            (format!("{target}: {} {word}", step.replace('_', " ")), tone)
        }
        Event::MessageQueued { purpose, .. } => {
            (format!("queued a message: {}", super::word(purpose).replace('_', " ")), "")
        }
        Event::MessageCancelled {} => ("took the message back".into(), ""),
        Event::MessageSent { .. } => ("sent the message".into(), "ok"),
        Event::MessageFailed { reached, .. } if !reached.is_empty() => {
            (format!("could not send the message to all: it reached {}", reached.len()), "bad")
        }
        Event::MessageFailed { .. } => ("could not send the message".into(), "bad"),
        Event::MessageRetried { .. } => ("tried the message again".into(), ""),
        Event::Redacted { attachments, .. } if !attachments.is_empty() => {
            ("erased an attachment".into(), "")
        }
        Event::Redacted { .. } => ("erased text, or a person".into(), ""),
        other => {
            (other.encode().map(|encoded| encoded.kind.replace('_', " ")).unwrap_or_default(), "")
        }
    }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
