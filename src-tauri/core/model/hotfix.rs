//! A hot fix as its events made it. No rules: they live in `stages` and `gates`.

use crate::{
    clock::Instant,
    error::{Error, Result},
    event::{
        BuildNotes, CauseText, ConfigurationText, Event, PublicText, SolutionText, SupportText,
        words::*,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Hotfix {
    pub key: HotfixKey,
    #[ts(type = "number")]
    pub version: u64,
    pub phase: Phase,
    pub title: String,
    pub product: CatalogId,
    pub priority: Option<Priority>,
    pub priority_reason: String,
    pub resolve_by: Option<Instant>,
    pub issues: Vec<IssueKey>,
    pub recurrence_of: Option<HotfixKey>,
    pub started_by: PersonId,
    pub started_at: Option<Instant>,
    pub owner: Option<PersonId>,
    pub team: Option<CatalogId>,
    /// Who had it, one after the other; the last one has it now.
    pub assignments: Vec<Assignment>,
    pub cause: Option<Cause>,
    pub solution: Option<SolutionText>,
    pub risk: Option<Risk>,
    #[serde(default)]
    pub change: Classified,
    pub rollback_plan: String,
    pub changes: Vec<RecordedChange>,
    /// What changes besides, in no repository.
    #[serde(default)]
    pub configurations: Vec<Configuration>,
    /// How many were ever recorded: ids are not given twice.
    #[serde(default)]
    pub configured: u32,
    pub tests: Vec<RecordedTests>,
    pub packages: Vec<BuiltPackage>,
    pub approval_requests: Vec<ApprovalRequest>,
    pub approvals: Vec<Approval>,
    pub overrides: Vec<Override>,
    pub deployments: Vec<DeploymentKey>,
    pub told: Vec<Told>,
    /// What people outside are told of it.
    #[serde(default)]
    pub public: Option<PublicWords>,
    /// For which wait for a word whoever has it was reminded last.
    #[serde(default)]
    pub update_reminded: Option<Instant>,
    pub monitoring: Option<Monitoring>,
    pub breaches: Vec<Breach>,
    #[serde(default)]
    pub doubts: Vec<WatchDoubt>,
    pub recurrences: Vec<IssueKey>,
    pub feedback_asked_at: Option<Instant>,
    pub feedback: Vec<Feedback>,
    pub support_notes: Vec<SupportNote>,
    pub lessons: String,
    pub closed_at: Option<Instant>,
    /// Why it was closed, cancelled or sent back to Development.
    pub reason: String,
    /// Everybody who recorded a change, a package or the solution. Whom git names as an author as
    /// well is found by `gates::authors`, which knows people's mail addresses.
    pub authors: Vec<Authored>,
    /// At which version of the hot fix each of its texts was last written.
    pub moved: Moved,
    pub changed_at: Option<Instant>,
}

/// It was given to somebody, or to nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Assignment {
    pub person: Option<PersonId>,
    pub team: Option<CatalogId>,
    pub by: PersonId,
    pub at: Instant,
    pub note: String,
}

/// How the change is authorised, and who said so: nobody, of a normal one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Classified {
    pub kind: ChangeKind,
    /// The checklist of the standard change.
    pub template: Option<CatalogId>,
    pub reason: String,
    pub by: Option<PersonId>,
    pub at: Option<Instant>,
}

/// Versions: 0 where nothing was written yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Moved {
    #[ts(type = "number")]
    pub cause: u64,
    #[ts(type = "number")]
    pub solution: u64,
    #[ts(type = "number")]
    pub risk: u64,
    #[ts(type = "number")]
    pub rollback_plan: u64,
    #[serde(default)]
    #[ts(type = "number")]
    pub public: u64,
}

/// Somebody recorded a part of what ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Authored {
    pub person: PersonId,
    pub what: Wrote,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "part", content = "named", rename_all = "snake_case")]
pub enum Wrote {
    Solution,
    /// By its commit.
    Change(String),
    /// By its id.
    Configuration(String),
    /// By its revision.
    Package(u32),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Cause {
    pub kind: CauseKind,
    pub since_version: String,
    pub since_commit: String,
    pub text: CauseText,
    pub by: PersonId,
    pub at: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Risk {
    pub level: Level,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordedChange {
    pub change: Change,
    pub text: ChangeText,
    pub by: PersonId,
    pub at: Instant,
    /// When it was last looked for on the living branches.
    #[serde(default)]
    pub looked_at: Option<Instant>,
}

/// A setting that is in no repository, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Configuration {
    pub id: String,
    /// Empty: in every environment.
    pub environment: String,
    pub text: ConfigurationText,
    /// The version of the hot fix in which it was last written.
    #[ts(type = "number")]
    pub moved: u64,
    pub by: PersonId,
    pub at: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RecordedTests {
    pub evidence: TestEvidence,
    pub log: String,
    /// The command that was run, and where; empty if none was.
    #[serde(default)]
    pub argv: Vec<String>,
    #[serde(default)]
    pub folder: String,
    pub by: PersonId,
    pub at: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BuiltPackage {
    pub package: Package,
    pub notes: BuildNotes,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ApprovalRequest {
    pub environment: String,
    pub hash: Digest,
    /// Who is asked by name; nobody in particular means everybody who may.
    pub people: Vec<PersonId>,
    pub by: PersonId,
    pub at: Instant,
    pub note: String,
}

/// A yes or a no, bound to a hash and an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Approval {
    pub environment: String,
    pub hash: Digest,
    pub by: PersonId,
    pub at: Instant,
    /// `None` for a decline.
    pub expires_at: Option<Instant>,
    pub note: String,
    /// Taken back by whoever gave it.
    pub withdrawn_at: Option<Instant>,
    pub withdrawn_why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Override {
    /// The record that opened the review.
    #[ts(type = "number")]
    pub seq: u64,
    pub gate: String,
    pub blocker: String,
    pub environment: Option<String>,
    pub hash: Option<Digest>,
    /// What was in the way, by its ids (of the freeze, of the deployment, of the person). What comes
    /// into the way later is not overridden. Empty: whatever has this name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    pub reason: String,
    pub by: PersonId,
    pub at: Instant,
    pub reviewed_by: Option<PersonId>,
    pub reviewed_at: Option<Instant>,
    pub review: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Told {
    pub purpose: Purpose,
    pub message: MessageKey,
    pub recipients: u32,
    pub dry_run: bool,
    pub at: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Monitoring {
    pub environment: String,
    pub from: Instant,
    pub until: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Breach {
    pub id: String,
    pub probe: String,
    pub environment: String,
    pub detail: String,
    pub at: Instant,
    /// What was done by itself when it opened.
    #[serde(default)]
    pub deed: BreachDeed,
    pub closed_at: Option<Instant>,
    pub closed_by: Option<PersonId>,
    pub resolution: String,
}

impl Breach {
    pub fn of(&self, environment: &str, probe: &str) -> bool {
        self.environment == environment && self.probe == probe
    }
}

/// A probe that says neither yes nor no, until a person does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct WatchDoubt {
    pub id: String,
    pub probe: String,
    pub environment: String,
    pub detail: String,
    pub at: Instant,
    pub settled_at: Option<Instant>,
    pub settled_by: Option<PersonId>,
    /// What was found, and whether it counted as a breach.
    pub finding: String,
    pub breach: bool,
}

impl WatchDoubt {
    pub fn of(&self, environment: &str, probe: &str) -> bool {
        self.environment == environment && self.probe == probe
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Feedback {
    pub score: u8,
    pub from: Contact,
    pub text: String,
    pub by: PersonId,
    pub at: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SupportNote {
    /// The question; of older entries, with its answer.
    pub text: String,
    pub by: PersonId,
    pub at: Instant,
    #[serde(default)]
    pub from: Contact,
    /// Empty while nobody has answered it, and once the answer was erased: `answered_at` tells them apart.
    #[serde(default)]
    pub answer: String,
    #[serde(default)]
    pub answered_by: Option<PersonId>,
    /// When it was answered last, whatever was erased since; none while it waits for an answer.
    #[serde(default)]
    pub answered_at: Option<Instant>,
    /// Since when what people are told to do says it as well.
    #[serde(default)]
    pub instructed_at: Option<Instant>,
}

/// What people outside are told: never the words that colleagues wrote for each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PublicWords {
    pub text: PublicText,
    pub by: PersonId,
    pub at: Instant,
}

impl SupportNote {
    fn new(text: &SupportText, answered: bool, meta: &super::Meta) -> Self {
        Self {
            text: text.question.clone(),
            by: meta.actor.clone(),
            at: meta.at,
            from: text.from.clone(),
            answer: text.answer.clone(),
            answered_by: answered.then(|| meta.actor.clone()),
            answered_at: answered.then_some(meta.at),
            instructed_at: None,
        }
    }
}

impl Hotfix {
    /// A question of the support log, by its number from 1.
    pub fn question(&self, number: u32) -> Option<&SupportNote> {
        self.support_notes.get((number as usize).checked_sub(1)?)
    }

    fn question_mut(&mut self, number: u32) -> Option<&mut SupportNote> {
        self.support_notes.get_mut((number as usize).checked_sub(1)?)
    }

    /// A question whose answer can be read; refused as the field `answers` of a request.
    pub fn answered_question(&self, number: u32) -> Result<&SupportNote> {
        self.question(number).filter(|note| !note.answer.is_empty()).ok_or_else(|| {
            Error::field("answers", format!("Question {number} has no answer."))
                .hint("Answer it in the support log first.")
        })
    }

    /// What people have to do, as it is written, with the answers to these questions after it.
    pub fn instructions_with(&self, answers: &[u32]) -> Result<String> {
        let there = self.public.as_ref().map(|public| public.text.instructions.trim().to_owned());
        let mut parts: Vec<String> = there.filter(|text| !text.is_empty()).into_iter().collect();
        for number in answers {
            let note = self.answered_question(*number)?;
            parts.push(format!("{}\n{}", note.text, note.answer));
        }
        Ok(parts.join("\n\n"))
    }

    /// Who answers for it: its owner, else its team, else whoever began it.
    pub fn answers(&self, catalog: &super::catalog::Catalog) -> Vec<PersonId> {
        let people = catalog.answers(self.owner.as_ref(), self.team.as_ref());
        if people.is_empty() { vec![self.started_by.clone()] } else { people }
    }

    /// The newest revision, which is the only one that may go further.
    pub fn current(&self) -> Option<&BuiltPackage> {
        self.packages.last()
    }

    /// The hash of the newest revision.
    pub fn hash(&self) -> Option<&str> {
        self.current().map(|built| built.package.hash.0.as_str())
    }

    /// What a test has to have run on: the newest change's commit, or the package where there is none.
    pub fn to_test(&self) -> Option<&str> {
        self.changes.last().map(|recorded| recorded.change.commit.as_str()).or(self.hash())
    }

    pub fn package(&self, hash: &Digest) -> Option<&BuiltPackage> {
        self.packages.iter().find(|built| &built.package.hash == hash)
    }

    pub fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Closed | Phase::Cancelled)
    }

    /// The commits that the fix itself consists of.
    pub fn commits(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|recorded| recorded.change.commit.as_str())
    }

    /// The last word of each person on these bytes for this environment. One that was taken back is
    /// among them: nothing that was said before it comes back.
    pub fn approvals_for<'a>(&'a self, environment: &str, hash: &Digest) -> Vec<&'a Approval> {
        let mut last: Vec<&Approval> = Vec::new();
        for approval in &self.approvals {
            if approval.environment == environment && &approval.hash == hash {
                last.retain(|earlier| earlier.by != approval.by);
                last.push(approval);
            }
        }
        last
    }

    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        self.changed_at = Some(meta.at);
        let by = || meta.actor.clone();
        match event {
            Event::HotfixStarted {
                issues,
                product,
                priority,
                resolve_by,
                recurrence_of,
                private,
            } => {
                self.key = HotfixKey(meta.stream.clone());
                self.issues.clone_from(issues);
                self.product = product.clone();
                self.priority = Some(*priority);
                self.resolve_by = *resolve_by;
                self.recurrence_of.clone_from(recurrence_of);
                self.title.clone_from(&private.title);
                self.started_by = by();
                self.started_at = Some(meta.at);
            }
            Event::IssueJoined { issue, priority } => {
                self.issues.push(issue.clone());
                self.priority = Some(*priority);
            }
            Event::IssueReleased { issue, priority } => {
                self.issues.retain(|one| one != issue);
                self.priority = Some(*priority);
            }
            Event::HotfixAssigned { person, team, private } => {
                self.owner.clone_from(person);
                self.team.clone_from(team);
                self.assignments.push(Assignment {
                    person: person.clone(),
                    team: team.clone(),
                    by: by(),
                    at: meta.at,
                    note: private.text.clone(),
                });
            }
            Event::PriorityChanged { priority, private } => {
                self.priority = Some(*priority);
                self.priority_reason.clone_from(&private.text);
            }
            Event::CauseRecorded { cause, since_version, since_commit, private } => {
                self.cause = Some(Cause {
                    kind: *cause,
                    since_version: since_version.clone(),
                    since_commit: since_commit.clone(),
                    text: private.clone(),
                    by: by(),
                    at: meta.at,
                });
                self.moved.cause = meta.version;
            }
            Event::SolutionRecorded { private } => {
                self.solution = Some(private.clone());
                self.moved.solution = meta.version;
                self.authored(&meta.actor, Wrote::Solution);
            }
            Event::RiskRecorded { risk, private } => {
                self.risk = Some(Risk { level: *risk, text: private.text.clone() });
                self.moved.risk = meta.version;
            }
            Event::ChangeClassified { change, template, private } => {
                self.change = Classified {
                    kind: *change,
                    template: template.clone(),
                    reason: private.text.clone(),
                    by: Some(by()),
                    at: Some(meta.at),
                };
            }
            Event::RollbackPlanRecorded { private } => {
                self.rollback_plan.clone_from(&private.text);
                self.moved.rollback_plan = meta.version;
            }
            Event::ChangeAdded { change, private } => {
                self.changes.retain(|recorded| recorded.change.commit != change.commit);
                self.changes.push(RecordedChange {
                    change: change.clone(),
                    text: private.clone(),
                    by: by(),
                    at: meta.at,
                    looked_at: (!change.branches.is_empty()).then_some(meta.at),
                });
                self.authored(&meta.actor, Wrote::Change(change.commit.clone()));
            }
            Event::ChangeRemoved { commit } => {
                self.changes.retain(|recorded| &recorded.change.commit != commit);
            }
            Event::BranchesChecked { commit, branches } => {
                for recorded in &mut self.changes {
                    if &recorded.change.commit == commit {
                        recorded.change.branches.clone_from(branches);
                        recorded.looked_at = Some(meta.at);
                    }
                }
            }
            Event::ReviewLinked { commit, private } => {
                for recorded in &mut self.changes {
                    if &recorded.change.commit == commit {
                        recorded.text.pull_request.clone_from(&private.link);
                        recorded.text.pull_request_text.clone_from(&private.text);
                    }
                }
            }
            Event::ConfigurationRecorded { id, environment, private } => {
                let recorded = Configuration {
                    id: id.clone(),
                    environment: environment.clone(),
                    text: private.clone(),
                    moved: meta.version,
                    by: by(),
                    at: meta.at,
                };
                match self.configurations.iter_mut().find(|one| &one.id == id) {
                    Some(before) => *before = recorded,
                    None => {
                        self.configurations.push(recorded);
                        self.configured += 1;
                    }
                }
                self.authored(&meta.actor, Wrote::Configuration(id.clone()));
            }
            Event::ConfigurationRemoved { id } => {
                self.configurations.retain(|one| &one.id != id);
            }
            Event::PackageCompared { hash, contains } => {
                for built in &mut self.packages {
                    if &built.package.hash == hash {
                        let known = &mut built.package.commits;
                        for commit in contains {
                            if !known.contains(commit) {
                                known.push(commit.clone());
                            }
                        }
                    }
                }
            }
            Event::TestsRecorded { evidence, private } => self.tests.push(RecordedTests {
                evidence: named_shortly(evidence),
                log: private.log.clone(),
                argv: private.argv.clone(),
                folder: private.folder.clone(),
                by: by(),
                at: meta.at,
            }),
            Event::PackageBuilt { package, private } => {
                self.packages
                    .push(BuiltPackage { package: package.clone(), notes: private.clone() });
                self.authored(&package.built_by, Wrote::Package(package.revision));
            }
            Event::RolloutStarted { .. } => self.phase = Phase::Rollout,
            Event::DeploymentAdded { deployment } => self.deployments.push(deployment.clone()),
            Event::ReturnedToDevelopment { private } => {
                self.phase = Phase::Development;
                self.reason.clone_from(&private.text);
            }
            Event::ApprovalRequested { environment, hash, people, private } => {
                self.approval_requests.push(ApprovalRequest {
                    environment: environment.clone(),
                    hash: hash.clone(),
                    people: people.clone(),
                    by: by(),
                    at: meta.at,
                    note: private.text.clone(),
                });
            }
            Event::Approved { environment, hash, expires_at, private } => {
                self.approvals.push(Approval {
                    environment: environment.clone(),
                    hash: hash.clone(),
                    by: by(),
                    at: meta.at,
                    expires_at: Some(*expires_at),
                    note: private.text.clone(),
                    withdrawn_at: None,
                    withdrawn_why: String::new(),
                });
            }
            Event::ApprovalDeclined { environment, hash, private } => {
                self.approvals.push(Approval {
                    environment: environment.clone(),
                    hash: hash.clone(),
                    by: by(),
                    at: meta.at,
                    expires_at: None,
                    note: private.text.clone(),
                    withdrawn_at: None,
                    withdrawn_why: String::new(),
                });
            }
            Event::ApprovalWithdrawn { environment, hash, private } => {
                let last = self.approvals.iter_mut().rev().find(|one| {
                    one.by == meta.actor && &one.environment == environment && &one.hash == hash
                });
                if let Some(last) = last {
                    last.withdrawn_at = Some(meta.at);
                    last.withdrawn_why.clone_from(&private.text);
                }
            }
            Event::GateOverridden { gate, blocker, environment, hash, about, private } => {
                self.overrides.push(Override {
                    seq: meta.seq,
                    gate: gate.clone(),
                    blocker: blocker.clone(),
                    environment: environment.clone(),
                    hash: hash.clone(),
                    about: about.clone(),
                    reason: private.text.clone(),
                    by: by(),
                    at: meta.at,
                    reviewed_by: None,
                    reviewed_at: None,
                    review: String::new(),
                });
            }
            Event::ReviewDone { override_seq, private } => {
                for done in self.overrides.iter_mut().filter(|one| one.seq == *override_seq) {
                    done.reviewed_by = Some(meta.actor.clone());
                    done.reviewed_at = Some(meta.at);
                    done.review.clone_from(&private.text);
                }
            }
            _ => self.apply_after_rollout(event, meta),
        }
    }

    fn apply_after_rollout(&mut self, event: &Event, meta: &super::Meta) {
        match event {
            Event::PeopleTold { purpose, message, recipients, dry_run } => self.told.push(Told {
                purpose: *purpose,
                message: message.clone(),
                recipients: *recipients,
                dry_run: *dry_run,
                at: meta.at,
            }),
            Event::MonitoringStarted { until, environment } => {
                self.phase = Phase::Monitoring;
                self.monitoring = Some(Monitoring {
                    environment: environment.clone(),
                    from: meta.at,
                    until: *until,
                });
            }
            Event::MonitoringExtended { until, .. } => {
                if let Some(monitoring) = &mut self.monitoring {
                    monitoring.until = *until;
                }
            }
            Event::BreachOpened { breach, probe, environment, deed, private } => {
                self.breaches.push(Breach {
                    id: breach.clone(),
                    probe: probe.clone(),
                    environment: environment.clone(),
                    detail: private.text.clone(),
                    at: meta.at,
                    deed: deed.clone(),
                    closed_at: None,
                    closed_by: None,
                    resolution: String::new(),
                });
            }
            Event::BreachClosed { breach, private } => {
                for closed in self.breaches.iter_mut().filter(|one| &one.id == breach) {
                    closed.closed_at = Some(meta.at);
                    closed.closed_by = Some(meta.actor.clone());
                    closed.resolution.clone_from(&private.text);
                }
            }
            Event::DoubtRaised { doubt, probe, environment, private } => {
                self.doubts.push(WatchDoubt {
                    id: doubt.clone(),
                    probe: probe.clone(),
                    environment: environment.clone(),
                    detail: private.text.clone(),
                    at: meta.at,
                    settled_at: None,
                    settled_by: None,
                    finding: String::new(),
                    breach: false,
                });
            }
            Event::DoubtSettled { doubt, breach, private } => {
                for settled in self.doubts.iter_mut().filter(|one| &one.id == doubt) {
                    settled.settled_at = Some(meta.at);
                    settled.settled_by = Some(meta.actor.clone());
                    settled.finding.clone_from(&private.text);
                    settled.breach = *breach;
                }
            }
            Event::RecurrenceConfirmed { issue, .. } => {
                // Once for each issue, however often it comes back in it.
                self.recurrences.retain(|one| one != issue);
                self.recurrences.push(issue.clone());
            }
            Event::FeedbackAsked { .. } => {
                self.feedback_asked_at.get_or_insert(meta.at);
            }
            Event::FeedbackRecorded { score, private } => self.feedback.push(Feedback {
                score: *score,
                from: private.from.clone(),
                text: private.text.clone(),
                by: meta.actor.clone(),
                at: meta.at,
            }),
            Event::SupportNoted { private } => {
                let text = SupportText { question: private.text.clone(), ..SupportText::default() };
                self.support_notes.push(SupportNote::new(&text, true, meta));
            }
            Event::SupportAsked { answered, private } => {
                let answered = *answered || !private.answer.is_empty();
                self.support_notes.push(SupportNote::new(private, answered, meta));
            }
            Event::SupportAnswered { number, private } => {
                if let Some(note) = self.question_mut(*number) {
                    note.answer.clone_from(&private.text);
                    note.answered_by = Some(meta.actor.clone());
                    note.answered_at = Some(meta.at);
                }
            }
            Event::PublicWordsWritten { answers, private } => {
                self.public = Some(PublicWords {
                    text: private.clone(),
                    by: meta.actor.clone(),
                    at: meta.at,
                });
                self.moved.public = meta.version;
                for number in answers {
                    if let Some(note) = self.question_mut(*number) {
                        note.instructed_at.get_or_insert(meta.at);
                    }
                }
            }
            Event::UpdateReminded { due } => self.update_reminded = Some(*due),
            Event::LessonsRecorded { private } => self.lessons.clone_from(&private.text),
            Event::HotfixClosed { private } => {
                self.phase = Phase::Closed;
                self.closed_at = Some(meta.at);
                self.reason.clone_from(&private.text);
            }
            Event::HotfixCancelled { private } => {
                self.phase = Phase::Cancelled;
                self.closed_at = Some(meta.at);
                self.reason.clone_from(&private.text);
            }
            _ => {}
        }
    }

    fn authored(&mut self, person: &PersonId, what: Wrote) {
        let one = Authored { person: person.clone(), what };
        if !self.authors.contains(&one) {
            self.authors.push(one);
        }
    }
}

/// How many failing tests of a run a folded hot fix names; the list beside the event has them all.
const NAMED: usize = 20;

fn named_shortly(evidence: &TestEvidence) -> TestEvidence {
    let mut evidence = evidence.clone();
    let more = evidence.failing.len().saturating_sub(NAMED);
    evidence.failing.truncate(NAMED);
    evidence.failing_more =
        evidence.failing_more.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
    if let Some(compared) = &mut evidence.compared {
        compared.newly_failing.truncate(NAMED);
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Note;

    /// The log as these events make it: of each question, whether it was answered.
    fn answered(events: &[Event]) -> Vec<bool> {
        let mut hotfix = Hotfix::default();
        for event in events {
            let meta = crate::model::Meta {
                seq: 1,
                stream: "HF-1".into(),
                version: 1,
                actor: "rita".into(),
                at: Instant::from_micros(1),
                occurred_at: Instant::from_micros(1),
            };
            hotfix.apply(event, &meta);
        }
        hotfix.support_notes.iter().map(|note| note.answered_at.is_some()).collect()
    }

    #[test]
    fn whether_a_question_was_answered_is_known_of_older_records_and_without_their_text() {
        let asked = |answered, answer: &str| Event::SupportAsked {
            answered,
            private: SupportText { answer: answer.into(), ..SupportText::default() },
        };
        let log = [
            Event::SupportNoted { private: Note { text: "Question and answer.".into() } },
            asked(false, ""),
            asked(false, "Of an older record."),
            asked(true, ""),
            asked(false, ""),
            Event::SupportAnswered { number: 5, private: Note::default() },
        ];
        assert_eq!(answered(&log), [true, false, true, true, true]);
    }
}
