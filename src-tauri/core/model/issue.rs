//! An issue as its events made it. No rules: whether a change is allowed is decided in `stages`.

use super::hotfix::Assignment;
use crate::{
    clock::Instant,
    event::{Event, Note, ReportText, StandingText, words::*},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Issue {
    pub key: IssueKey,
    pub state: IssueState,
    /// The version an edit is based on.
    #[ts(type = "number")]
    pub version: u64,
    /// The version at which what was reported was last written, or something was erased: an edit
    /// based on an older one has not seen it.
    #[serde(default)]
    #[ts(type = "number")]
    pub edited: u64,
    pub channel: Channel,
    pub product: Option<CatalogId>,
    pub component: String,
    pub product_version: String,
    pub environment: String,
    pub text: ReportText,
    pub reported_by: PersonId,
    pub reported_at: Option<Instant>,
    /// How many are affected, duplicates' people included.
    pub affected: u32,
    pub people: Vec<AffectedPerson>,
    pub attachments: Vec<Attachment>,
    /// Where it came from, if it was not logged by hand.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// How often it was seen again since it was reported.
    #[serde(default)]
    #[ts(type = "number")]
    pub seen_again: u64,
    #[serde(default)]
    pub last_seen_at: Option<Instant>,
    pub comments: Vec<Comment>,
    pub triage: Option<Triage>,
    pub owner: Option<PersonId>,
    pub team: Option<CatalogId>,
    /// Who had it, one after the other; the last one has it now.
    pub assignments: Vec<Assignment>,
    pub hotfix: Option<HotfixKey>,
    /// The hot fixes it was in before, or whose fault is back in it; a new one is linked to the last of them
    /// that shipped.
    pub former_hotfixes: Vec<HotfixKey>,
    pub duplicate_of: Option<IssueKey>,
    pub duplicates: Vec<IssueKey>,
    pub not_the_same: Vec<IssueKey>,
    /// Why it was deferred, rejected, marked, or closed.
    pub reason: String,
    pub reopened: u32,
    /// When the answer the reporter was waiting for was first given (the respond clock stops).
    pub responded_at: Option<Instant>,
    pub resolved_at: Option<Instant>,
    /// Spans in which the clocks stood still, waiting for the reporter.
    pub pauses: Vec<Pause>,
    /// Who was named in the conversation and has not looked yet.
    pub mentions: Vec<Mention>,
    /// Of what its owner was reminded.
    pub reminded: Vec<Reminded>,
    pub changed_at: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct AffectedPerson {
    pub contact: Contact,
    pub channel: Channel,
    pub said: String,
    pub at: Instant,
    pub called_back: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Comment {
    pub by: PersonId,
    pub at: Instant,
    pub internal: bool,
    pub text: String,
    pub mentions: Vec<PersonId>,
    /// Hashes among the issue's attachments; an erased one is not there any more.
    pub attachments: Vec<Digest>,
    /// Whoever wrote from outside; then `by` is only who took it in.
    #[serde(default)]
    pub from: Option<Contact>,
    /// What it repeats of earlier messages.
    #[serde(default)]
    pub quoted: String,
}

/// A person was named in a comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Mention {
    pub person: PersonId,
    pub by: PersonId,
    pub at: Instant,
    /// The comment's place among the issue's.
    pub comment: u32,
}

/// What was promised, until when, and from when on that is at risk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    pub what: ClockWhat,
    pub due: Instant,
    pub risk_at: Instant,
}

/// One reminder, of one promise and one deadline.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Reminded {
    pub what: ClockWhat,
    pub missed: bool,
    pub due: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Triage {
    pub impact_system: Level,
    pub impact_users: Level,
    pub impact_business: Level,
    pub urgency: Level,
    pub priority: Priority,
    pub respond_by: Option<Instant>,
    pub resolve_by: Option<Instant>,
    pub respond_risk_at: Option<Instant>,
    pub resolve_risk_at: Option<Instant>,
    /// Where the person wavered; the levels are the higher ones.
    pub unsure: Vec<Scale>,
    pub note: String,
    pub by: PersonId,
    pub at: Instant,
}

impl Triage {
    /// The highest of the three impacts counts.
    pub fn impact(&self) -> Level {
        self.impact_system.max(self.impact_users).max(self.impact_business)
    }
}

impl Issue {
    pub fn priority(&self) -> Option<Priority> {
        self.triage.as_ref().map(|triage| triage.priority)
    }

    /// Work is still expected on it.
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            IssueState::New | IssueState::NeedsInfo | IssueState::Triaged | IssueState::InHotFix
        )
    }

    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        self.changed_at = Some(meta.at);
        match event {
            Event::IssueReported {
                channel,
                product,
                component,
                version,
                environment,
                affected,
                attachments,
                origin,
                private,
            } => {
                self.key = IssueKey(meta.stream.clone());
                self.channel = *channel;
                self.product = product.clone();
                self.component.clone_from(component);
                self.product_version.clone_from(version);
                self.environment.clone_from(environment);
                self.affected = *affected;
                self.attachments.clone_from(attachments);
                self.origin.clone_from(origin);
                self.text = private.clone();
                self.edited = meta.version;
                self.reported_by = meta.actor.clone();
                self.reported_at = Some(meta.occurred_at);
                if !private.reporter.is_nobody() {
                    self.people.push(AffectedPerson {
                        contact: private.reporter.clone(),
                        channel: *channel,
                        said: String::new(),
                        at: meta.occurred_at,
                        called_back: false,
                    });
                }
            }
            Event::IssueEdited { product, component, version, environment, private } => {
                self.product = product.clone();
                self.component.clone_from(component);
                self.product_version.clone_from(version);
                self.environment.clone_from(environment);
                self.text = private.clone();
                self.edited = meta.version;
            }
            Event::IssueSeenAgain { times, last_at } => {
                self.seen_again = self.seen_again.saturating_add(u64::from(*times));
                self.last_seen_at = self.last_seen_at.max(Some(*last_at));
            }
            Event::IssueAttached { attachment } => self.attachments.push(attachment.clone()),
            Event::PersonAffected { affected, channel, private } => {
                self.affected = self.affected.saturating_add(*affected);
                self.people.push(AffectedPerson {
                    contact: private.contact.clone(),
                    channel: *channel,
                    said: private.text.clone(),
                    at: meta.occurred_at,
                    called_back: false,
                });
            }
            Event::IssueCommented { internal, mentions, attachments, private } => {
                // Who answers has read what was said to them.
                self.mentions.retain(|one| one.person != meta.actor);
                self.mentions.extend(mentions.iter().map(|person| Mention {
                    person: person.clone(),
                    by: meta.actor.clone(),
                    at: meta.at,
                    comment: self.comments.len() as u32,
                }));
                self.comments.push(Comment {
                    by: meta.actor.clone(),
                    at: meta.occurred_at,
                    internal: *internal,
                    text: private.text.clone(),
                    mentions: mentions.clone(),
                    attachments: attachments.clone(),
                    from: None,
                    quoted: String::new(),
                });
                if !internal {
                    self.responded(meta.occurred_at);
                }
            }
            Event::ReporterWrote { attachments, private } => self.comments.push(Comment {
                by: meta.actor.clone(),
                at: meta.occurred_at,
                internal: false,
                text: private.text.clone(),
                mentions: Vec::new(),
                attachments: attachments.clone(),
                from: Some(private.from.clone()),
                quoted: private.quoted.clone(),
            }),
            Event::IssueTriaged {
                impact_system,
                impact_users,
                impact_business,
                urgency,
                priority,
                respond_by,
                resolve_by,
                respond_risk_at,
                resolve_risk_at,
                unsure,
                private,
            } => {
                // Other deadlines are other promises, of which nobody was reminded.
                if self.priority() != Some(*priority) {
                    self.reminded.clear();
                }
                self.triage = Some(Triage {
                    impact_system: *impact_system,
                    impact_users: *impact_users,
                    impact_business: *impact_business,
                    urgency: *urgency,
                    priority: *priority,
                    respond_by: *respond_by,
                    resolve_by: *resolve_by,
                    respond_risk_at: *respond_risk_at,
                    resolve_risk_at: *resolve_risk_at,
                    unsure: unsure.clone(),
                    note: private.text.clone(),
                    by: meta.actor.clone(),
                    at: meta.at,
                });
                self.responded(meta.at);
                if matches!(self.state, IssueState::New | IssueState::NeedsInfo) {
                    self.enter(IssueState::Triaged, meta.at);
                }
            }
            Event::IssueAssigned { person, team, private } => {
                self.assigned(person, team, meta, &private.text);
            }
            Event::IssueDeferred { private } => self.decide(IssueState::Deferred, private, meta.at),
            Event::IssueRejected { private } => self.decide(IssueState::Rejected, private, meta.at),
            Event::IssueMarkedDuplicate { of, private } => {
                self.duplicate_of = Some(of.clone());
                self.decide(IssueState::Duplicate, private, meta.at);
            }
            Event::DuplicateCounted { duplicate, affected } => {
                self.duplicates.push(duplicate.clone());
                self.affected = self.affected.saturating_add(*affected);
            }
            Event::DuplicateReleased { duplicate, affected } => {
                self.duplicates.retain(|key| key != duplicate);
                self.affected = self.affected.saturating_sub(*affected);
            }
            Event::NotTheSame { other } => self.not_the_same.push(other.clone()),
            Event::InfoRequested { private } => {
                self.decide(IssueState::NeedsInfo, private, meta.at);
                self.responded(meta.at);
                self.pauses.push(Pause { from: meta.at, until: None });
            }
            Event::InfoReceived {
                respond_by,
                resolve_by,
                respond_risk_at,
                resolve_risk_at,
                private,
            } => {
                if let Some(triage) = &mut self.triage {
                    triage.respond_risk_at = respond_risk_at.or(triage.respond_risk_at);
                    triage.resolve_risk_at = resolve_risk_at.or(triage.resolve_risk_at);
                    triage.respond_by = respond_by.or(triage.respond_by);
                    triage.resolve_by = resolve_by.or(triage.resolve_by);
                }
                let next =
                    if self.triage.is_some() { IssueState::Triaged } else { IssueState::New };
                self.enter(next, meta.at);
                if !private.text.is_empty() {
                    self.comments.push(Comment {
                        by: meta.actor.clone(),
                        at: meta.occurred_at,
                        internal: false,
                        text: private.text.clone(),
                        mentions: Vec::new(),
                        attachments: Vec::new(),
                        from: None,
                        quoted: String::new(),
                    });
                }
            }
            Event::IssueTakenIntoHotfix { hotfix } => {
                self.hotfix = Some(hotfix.clone());
                self.enter(IssueState::InHotFix, meta.at);
            }
            Event::IssueLeftHotfix { hotfix } => {
                self.hotfix = None;
                self.former_hotfixes.push(hotfix.clone());
                self.enter(IssueState::Triaged, meta.at);
            }
            Event::IssueResolved { .. } => {
                self.resolved_at = Some(meta.at);
                self.enter(IssueState::Resolved, meta.at);
            }
            Event::IssueClosed { private } => {
                self.resolved_at.get_or_insert(meta.at);
                self.decide(IssueState::Closed, private, meta.at);
            }
            Event::IssueReopened { private } => {
                self.reminded.clear();
                self.reopened += 1;
                self.resolved_at = None;
                self.duplicate_of = None;
                if let Some(hotfix) = self.hotfix.take() {
                    self.former_hotfixes.push(hotfix);
                }
                self.decide(IssueState::Triaged, private, meta.at);
                if self.triage.is_none() {
                    self.state = IssueState::New;
                }
            }
            Event::IssueCameBack { of } => {
                self.former_hotfixes.retain(|one| one != of);
                self.former_hotfixes.push(of.clone());
            }
            Event::DecisionUndone { before, private } => {
                // It went back to whoever had it.
                if (&self.owner, &self.team) != (&before.owner, &before.team) {
                    self.assigned(&before.owner, &before.team, meta, "");
                }
                self.stand(before, private);
            }
            Event::MentionSeen {} => self.mentions.retain(|one| one.person != meta.actor),
            Event::OwnerReminded { what, missed, due } => {
                self.reminded.push(Reminded { what: *what, missed: *missed, due: *due });
            }
            Event::Redacted { attachments, .. } => {
                self.edited = meta.version;
                self.attachments.retain(|one| !attachments.contains(&one.hash));
            }
            Event::CallBackDone { index, .. } => {
                if let Some(person) = self.people.get_mut(*index as usize) {
                    person.called_back = true;
                }
            }
            _ => {}
        }
    }

    fn assigned(
        &mut self,
        person: &Option<PersonId>,
        team: &Option<CatalogId>,
        meta: &super::Meta,
        note: &str,
    ) {
        self.owner.clone_from(person);
        self.team.clone_from(team);
        self.assignments.push(Assignment {
            person: person.clone(),
            team: team.clone(),
            by: meta.actor.clone(),
            at: meta.at,
            note: note.to_owned(),
        });
    }

    /// The promise that runs now: respond until somebody has, then resolve.
    pub fn promise(&self) -> Option<Promise> {
        let triage = self.triage.as_ref()?;
        let (what, due, risk_at) = match self.responded_at {
            None => (ClockWhat::Respond, triage.respond_by?, triage.respond_risk_at),
            Some(_) => (ClockWhat::Resolve, triage.resolve_by?, triage.resolve_risk_at),
        };
        let from = self.reported_at.unwrap_or(due).micros();
        // Older records do not say; then all hours count.
        let risk_at =
            risk_at.unwrap_or_else(|| Instant::from_micros(from + (due.micros() - from) / 5 * 4));
        Some(Promise { what, due, risk_at })
    }

    /// When its owner is to be reminded next: once of the risk, once when the deadline has passed.
    pub fn remind_at(&self) -> Option<Instant> {
        let promise = self.promise().filter(|_| self.is_open() && !self.paused())?;
        let was = |missed: bool| {
            self.reminded.iter().any(|one| one.what == promise.what && one.missed == missed)
        };
        match (was(false), was(true)) {
            (_, true) => None,
            (true, false) => Some(promise.due),
            (false, false) => Some(promise.risk_at.min(promise.due)),
        }
    }

    /// Who answers for it: its owner, else its team.
    pub fn answers(&self, catalog: &super::catalog::Catalog) -> Vec<PersonId> {
        catalog.answers(self.owner.as_ref(), self.team.as_ref())
    }

    /// The clocks stand still, waiting for the reporter.
    pub fn paused(&self) -> bool {
        self.pauses.last().is_some_and(|pause| pause.until.is_none())
    }

    /// All that a decision may change, with the texts that belong to it.
    pub fn standing(&self) -> (Standing, StandingText) {
        let judged = self.triage.as_ref().map(|triage| Judged {
            impact_system: triage.impact_system,
            impact_users: triage.impact_users,
            impact_business: triage.impact_business,
            urgency: triage.urgency,
            unsure: triage.unsure.clone(),
            priority: triage.priority,
            respond_by: triage.respond_by,
            resolve_by: triage.resolve_by,
            respond_risk_at: triage.respond_risk_at,
            resolve_risk_at: triage.resolve_risk_at,
            by: triage.by.clone(),
            at: triage.at,
        });
        let note = self.triage.as_ref().map(|triage| triage.note.clone()).unwrap_or_default();
        let standing = Standing {
            state: self.state,
            judged,
            owner: self.owner.clone(),
            team: self.team.clone(),
            hotfix: self.hotfix.clone(),
            former_hotfixes: self.former_hotfixes.clone(),
            duplicate_of: self.duplicate_of.clone(),
            reopened: self.reopened,
            responded_at: self.responded_at,
            resolved_at: self.resolved_at,
            pauses: self.pauses.clone(),
        };
        (standing, StandingText { reason: self.reason.clone(), note })
    }

    fn stand(&mut self, before: &Standing, text: &StandingText) {
        let before = before.clone();
        self.state = before.state;
        self.triage = before.judged.map(|judged| Triage {
            impact_system: judged.impact_system,
            impact_users: judged.impact_users,
            impact_business: judged.impact_business,
            urgency: judged.urgency,
            priority: judged.priority,
            respond_by: judged.respond_by,
            resolve_by: judged.resolve_by,
            respond_risk_at: judged.respond_risk_at,
            resolve_risk_at: judged.resolve_risk_at,
            unsure: judged.unsure,
            note: text.note.clone(),
            by: judged.by,
            at: judged.at,
        });
        self.owner = before.owner;
        self.team = before.team;
        self.hotfix = before.hotfix;
        self.former_hotfixes = before.former_hotfixes;
        self.duplicate_of = before.duplicate_of;
        self.reopened = before.reopened;
        self.responded_at = before.responded_at;
        self.resolved_at = before.resolved_at;
        self.pauses = before.pauses;
        self.reason.clone_from(&text.reason);
    }

    fn decide(&mut self, state: IssueState, note: &Note, at: Instant) {
        self.reason.clone_from(&note.text);
        self.enter(state, at);
    }

    /// Leaving Needs info ends the pause.
    fn enter(&mut self, state: IssueState, at: Instant) {
        if self.state == IssueState::NeedsInfo
            && let Some(pause) = self.pauses.last_mut()
            && pause.until.is_none()
        {
            pause.until = Some(at);
        }
        self.state = state;
    }

    fn responded(&mut self, at: Instant) {
        self.responded_at.get_or_insert(at);
    }
}
