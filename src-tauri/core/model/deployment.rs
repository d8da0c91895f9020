//! A deployment, its targets, an environment and a message as their events made them. No rules.

use super::bookings::{Bookings, Slot};
use crate::{
    clock::Instant,
    event::{Event, EvidenceText, MessageText, Recipient, Refusal, SignedText, words::*},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Deployment {
    pub key: DeploymentKey,
    #[ts(type = "number")]
    pub version: u64,
    pub state: DeploymentState,
    pub hotfix: HotfixKey,
    pub product: CatalogId,
    pub environment: String,
    pub production: bool,
    pub revision: u32,
    pub hash: Digest,
    pub starts_at: Option<Instant>,
    pub window_ends_at: Option<Instant>,
    pub automatic: bool,
    #[serde(default)]
    pub expected: Expected,
    pub targets: Vec<Target>,
    /// The environment's other targets when it was planned, if it is for some of them only.
    #[serde(default)]
    pub left_out: Vec<String>,
    pub note: String,
    pub planned_by: PersonId,
    pub procedures: Vec<Procedure>,
    pub checks: Vec<Check>,
    pub sign_offs_wanted: u32,
    #[serde(default)]
    pub sign_off_by: SignOffBy,
    /// Those that stand: who refuses later has not signed.
    pub sign_offs: Vec<SignOff>,
    /// Who has said that it is not over for them, and not signed since.
    #[serde(default)]
    pub refusals: Vec<SignOff>,
    /// What stakeholders said of its time, the newest last.
    #[serde(default)]
    pub answers: Vec<Answered>,
    /// Of which start it was reminded, how many minutes before it.
    #[serde(default)]
    pub reminded: Vec<(Instant, u32)>,
    /// The notices that were given, or left out, in that order.
    #[serde(default)]
    pub told: Vec<Given>,
    /// The notices somebody was reminded to give.
    #[serde(default)]
    pub called: Vec<Notice>,
    /// When it was last moved to another time, missed, or called off.
    #[serde(default)]
    pub moved_at: Option<Instant>,
    #[serde(default)]
    pub planned_at: Option<Instant>,
    /// The run that acts now, or acted last. Each start and each rollback is a run of its own.
    pub run: Option<Run>,
    pub finished_runs: Vec<Run>,
    pub reason: String,
    pub deployed_at: Option<Instant>,
    pub done_at: Option<Instant>,
    pub changed_at: Option<Instant>,
}

/// One pass over the targets. Its plan is frozen when it starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Run {
    pub number: u32,
    pub kind: RunKind,
    /// The bytes that go out; for a rollback the package that comes back, if one is kept.
    pub hash: Option<Digest>,
    pub targets: Vec<Target>,
    /// As the catalog had it at the start; a rollback goes through without waves' rules.
    #[serde(default)]
    pub rollout: Rollout,
    /// The gates that were measured to their end, in that order.
    #[serde(default)]
    pub gates: Vec<GateEnd>,
    /// The waves after which a person said that it goes on.
    #[serde(default)]
    pub let_on: Vec<LetOn>,
    pub started_by: PersonId,
    pub started_at: Instant,
    pub ended_at: Option<Instant>,
    pub paused: bool,
    /// A person wants it to stop where it is.
    #[serde(default)]
    pub cancelled: Option<Cancelled>,
    pub hold: Option<Hold>,
    /// Decisions in the order they were made.
    pub decisions: Vec<Decided>,
}

/// Who cancelled a run, until somebody decides that it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Cancelled {
    pub by: PersonId,
    pub reason: String,
    pub at: Instant,
}

/// How a gate ended. A gate that is measured again has several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct GateEnd {
    pub wave: u32,
    pub gate: String,
    pub verdict: GateVerdict,
    pub measured: Measured,
    pub detail: String,
    pub at: Instant,
}

/// Who let a run go on after a wave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LetOn {
    pub wave: u32,
    pub by: PersonId,
    pub reason: String,
    pub at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    Deploy,
    Rollback,
}

/// The run waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Hold {
    pub target: String,
    pub unknown: bool,
    /// The gate that failed, where no target did.
    #[serde(default)]
    pub gate: Option<GateRef>,
    pub reason: String,
    pub at: Instant,
    pub claimed_by: Option<PersonId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Decided {
    pub target: String,
    #[serde(default)]
    pub gate: Option<GateRef>,
    pub decision: Decision,
    pub reason: String,
    pub by: PersonId,
    pub at: Instant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Procedure {
    pub item: CheckItem,
    pub ticked_by: Option<PersonId>,
    pub ticked_at: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Check {
    pub item: CheckItem,
    pub result: Option<CheckResult>,
    /// The bytes the result is about.
    pub hash: Option<Digest>,
    pub evidence: EvidenceText,
    pub attachments: Vec<Attachment>,
    pub by: Option<PersonId>,
    /// The program asked and judged, because `by` made it do so.
    #[serde(default)]
    pub by_machine: bool,
    pub at: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SignOff {
    pub person: Option<PersonId>,
    pub name: String,
    pub text: String,
    pub hash: Digest,
    /// How it reached us; nothing where nobody has said.
    #[serde(default)]
    pub source: Option<SignOffSource>,
    /// They reported one of the hot fix's issues.
    #[serde(default)]
    pub reporter: bool,
    #[serde(default)]
    pub link: String,
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    pub recorded_by: PersonId,
    pub at: Instant,
}

impl SignOff {
    /// Somebody of the catalog, or whoever has this name, about these bytes.
    pub fn is_of(&self, person: Option<&PersonId>, name: &str, hash: &Digest) -> bool {
        let same = match (self.person.as_ref(), person) {
            (None, None) => self.name.trim().to_lowercase() == name.trim().to_lowercase(),
            (one, other) => one == other,
        };
        same && &self.hash == hash
    }
}

/// A stakeholder's answer to a start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Answered {
    pub person: Option<PersonId>,
    pub name: String,
    pub answer: TimeAnswer,
    pub text: String,
    pub starts_at: Instant,
    pub recorded_by: PersonId,
    pub at: Instant,
}

/// A notice that was given, or deliberately not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Given {
    pub notice: Notice,
    /// Absent where nobody was told.
    pub message: Option<MessageKey>,
    /// Why nobody was told.
    pub reason: String,
    pub by: PersonId,
    pub at: Instant,
}

/// The targets of an environment that none of these deployments was for: of those that are done on one
/// package, what it has still to reach. `None` if there is no such deployment at all.
pub fn left_out_by_all<'a>(
    place: &Environment,
    mut deployments: impl Iterator<Item = &'a Deployment>,
) -> Option<Vec<String>> {
    let mut left = deployments.next()?.left_out.clone();
    for other in deployments {
        left.retain(|target| other.left_out.contains(target));
    }
    // A target that has been removed since is waited for by nobody.
    left.retain(|target| place.targets.iter().any(|one| &one.id == target));
    Some(left)
}

impl Deployment {
    /// The last answer of each stakeholder to the start that is planned now.
    pub fn answers_now(&self) -> impl Iterator<Item = &Answered> {
        self.answers.iter().enumerate().filter_map(|(index, one)| {
            let later = self.answers[index + 1..]
                .iter()
                .any(|other| other.person == one.person && other.name == one.name);
            (!later && Some(one.starts_at) == self.starts_at).then_some(one)
        })
    }

    /// The reminders that are due and were not said, in minutes before the start.
    pub fn reminders_due(&self, now: Instant) -> Vec<u32> {
        self.reminders().filter(|(at, _)| *at <= now).map(|(_, minutes)| minutes).collect()
    }

    /// When somebody has to be reminded next: of the start, or of a notice.
    pub fn remind_at(&self) -> Option<Instant> {
        self.reminders().map(|(at, _)| at).chain(super::notice::calls(self).map(|(at, _)| at)).min()
    }

    fn reminders(&self) -> impl Iterator<Item = (Instant, u32)> {
        let start = self.starts_at.filter(|_| self.state == DeploymentState::Planned);
        self.expected.remind_minutes.iter().filter_map(move |minutes| {
            let start = start.filter(|start| !self.reminded.contains(&(*start, *minutes)))?;
            let ahead = std::time::Duration::from_secs(u64::from(*minutes) * 60);
            Some((start.minus(ahead), *minutes))
        })
    }

    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        self.changed_at = Some(meta.at);
        match event {
            Event::DeploymentPlanned {
                hotfix,
                product,
                environment,
                production,
                revision,
                hash,
                starts_at,
                window_ends_at,
                automatic,
                targets,
                left_out,
                procedures,
                checks,
                sign_offs,
                sign_off_by,
                expected,
                private,
            } => {
                self.key = DeploymentKey(meta.stream.clone());
                self.hotfix = hotfix.clone();
                self.product = product.clone();
                self.environment.clone_from(environment);
                self.production = *production;
                self.revision = *revision;
                self.hash = hash.clone();
                self.starts_at = Some(*starts_at);
                self.window_ends_at = Some(*window_ends_at);
                self.automatic = *automatic;
                self.targets.clone_from(targets);
                self.left_out.clone_from(left_out);
                self.planned_at = Some(meta.at);
                self.sign_offs_wanted = *sign_offs;
                self.sign_off_by.clone_from(sign_off_by);
                self.expected.clone_from(expected);
                self.note.clone_from(&private.text);
                self.planned_by = meta.actor.clone();
                self.procedures = procedures
                    .iter()
                    .map(|item| Procedure { item: item.clone(), ticked_by: None, ticked_at: None })
                    .collect();
                self.checks = checks.iter().map(Check::open).collect();
            }
            Event::DeploymentMoved { starts_at, window_ends_at, automatic, expected, private } => {
                if self.starts_at != Some(*starts_at) {
                    self.moved(meta);
                }
                self.state = DeploymentState::Planned;
                self.starts_at = Some(*starts_at);
                self.window_ends_at = Some(*window_ends_at);
                self.automatic = *automatic;
                self.reason.clone_from(&private.text);
                if let Some(expected) = expected {
                    self.expected.clone_from(expected);
                }
            }
            Event::DeploymentCancelled { private } => {
                self.moved_at = Some(meta.at);
                self.end(DeploymentState::Cancelled, &private.text, meta)
            }
            Event::TimeAnswered { person, answer, starts_at, private } => {
                self.answers.push(Answered {
                    person: person.clone(),
                    name: private.name.clone(),
                    answer: *answer,
                    text: private.text.clone(),
                    starts_at: *starts_at,
                    recorded_by: meta.actor.clone(),
                    at: meta.at,
                });
            }
            Event::DeploymentReminded { starts_at, minutes, notices } => {
                self.reminded.extend(minutes.iter().map(|minutes| (*starts_at, *minutes)));
                self.called.extend_from_slice(notices);
            }
            Event::NoticeGiven { notice, message, by, private } => self.told.push(Given {
                notice: notice.clone(),
                message: message.clone(),
                reason: private.text.clone(),
                by: by.clone(),
                at: meta.at,
            }),
            Event::DeploymentMissed {} => {
                self.state = DeploymentState::Missed;
                self.moved(meta);
            }
            Event::ProcedureTicked { item, ticked } => {
                for step in self.procedures.iter_mut().filter(|step| &step.item.id == item) {
                    step.ticked_by = ticked.then(|| meta.actor.clone());
                    step.ticked_at = ticked.then_some(meta.at);
                }
            }
            Event::DeploymentStarted { run, hash, targets, rollout } => {
                self.state = DeploymentState::Deploying;
                self.begin(*run, RunKind::Deploy, Some(hash.clone()), targets, rollout, meta);
            }
            Event::RollbackStarted { run, to, targets, private } => {
                self.state = DeploymentState::Deploying;
                self.reason.clone_from(&private.text);
                let rollout = self.run.as_ref().map(|run| Rollout {
                    waves: Vec::new(),
                    on_failure: OnFailure::Ask,
                    ..run.rollout.clone()
                });
                let rollout = rollout.unwrap_or_default();
                self.begin(*run, RunKind::Rollback, to.clone(), targets, &rollout, meta);
            }
            Event::GateEnded { run: number, wave, gate, verdict, measured, private } => {
                self.with_run(|run| {
                    if run.number == *number {
                        run.gates.push(GateEnd {
                            wave: *wave,
                            gate: gate.clone(),
                            verdict: *verdict,
                            measured: *measured,
                            detail: private.text.clone(),
                            at: meta.at,
                        });
                    }
                });
            }
            Event::WaveLetOn { run: number, wave, private } => self.with_run(|run| {
                if run.number == *number {
                    run.let_on.push(LetOn {
                        wave: *wave,
                        by: meta.actor.clone(),
                        reason: private.text.clone(),
                        at: meta.at,
                    });
                }
            }),
            Event::DeploymentPaused {} => self.with_run(|run| run.paused = true),
            Event::DeploymentResumed {} => self.with_run(|run| run.paused = false),
            Event::RunCancelled { private } => self.with_run(|run| {
                run.cancelled = Some(Cancelled {
                    by: meta.actor.clone(),
                    reason: private.text.clone(),
                    at: meta.at,
                });
            }),
            Event::DeploymentHeld { target, unknown, gate, private } => self.with_run(|run| {
                run.hold = Some(Hold {
                    target: target.clone(),
                    unknown: *unknown,
                    gate: gate.clone(),
                    reason: private.text.clone(),
                    at: meta.at,
                    claimed_by: None,
                });
            }),
            Event::DecisionClaimed {} => self.with_run(|run| {
                if let Some(hold) = &mut run.hold {
                    hold.claimed_by = Some(meta.actor.clone());
                }
            }),
            Event::DecisionMade { target, decision, private } => self.with_run(|run| {
                let hold = run.hold.take();
                if matches!(decision, Decision::Retry | Decision::Skip) {
                    run.cancelled = None;
                }
                run.decisions.push(Decided {
                    target: target.clone(),
                    gate: hold.and_then(|hold| hold.gate),
                    decision: *decision,
                    reason: private.text.clone(),
                    by: meta.actor.clone(),
                    at: meta.at,
                });
            }),
            Event::DeploymentDeployed {} => {
                self.state = DeploymentState::Validating;
                self.deployed_at = Some(meta.at);
                self.with_run(|run| run.ended_at = Some(meta.at));
            }
            Event::DeploymentFailed { private } => {
                self.end(DeploymentState::Failed, &private.text, meta)
            }
            Event::DeploymentRolledBack {} => {
                let reason = self.reason.clone();
                self.end(DeploymentState::RolledBack, &reason, meta);
            }
            Event::CheckRecorded { check, result, hash, attachments, by_machine, private } => {
                for one in self.checks.iter_mut().filter(|one| &one.item.id == check) {
                    one.result = Some(*result);
                    one.hash = Some(hash.clone());
                    one.evidence = private.clone();
                    one.attachments.clone_from(attachments);
                    one.by = Some(meta.actor.clone());
                    one.by_machine = *by_machine;
                    one.at = Some(meta.at);
                }
            }
            Event::CheckAdded { check, kind, required, how, private } => {
                self.checks.push(Check::open(&CheckItem {
                    id: check.clone(),
                    kind: *kind,
                    text: private.text.clone(),
                    expected: private.expected.clone(),
                    instructions: String::new(),
                    required: *required,
                    how: how.clone(),
                    components: Vec::new(),
                }));
            }
            Event::SignedOff { person, hash, source, reporter, attachments, private } => {
                let said = said(person, hash, *source, *reporter, attachments, private, meta);
                self.refusals.retain(|one| !one.is_of(person.as_ref(), &said.name, hash));
                self.sign_offs.push(said);
            }
            Event::SignOffRefused { person, hash, source, reporter, attachments, private } => {
                let said = said(person, hash, Some(*source), *reporter, attachments, private, meta);
                for all in [&mut self.sign_offs, &mut self.refusals] {
                    all.retain(|one| !one.is_of(person.as_ref(), &said.name, hash));
                }
                self.refusals.push(said);
            }
            Event::DeploymentValidated {} => {
                self.state = DeploymentState::Done;
                self.done_at = Some(meta.at);
            }
            Event::ValidationFailed { private } => {
                self.end(DeploymentState::Failed, &private.text, meta)
            }
            _ => {}
        }
    }

    /// The time has changed: whoever had been told of one has to hear of it, whatever was said before.
    fn moved(&mut self, meta: &super::Meta) {
        self.moved_at = Some(meta.at);
        self.called.retain(|notice| notice.occasion != Occasion::Delay);
    }

    fn begin(
        &mut self,
        number: u32,
        kind: RunKind,
        hash: Option<Digest>,
        targets: &[Target],
        rollout: &Rollout,
        meta: &super::Meta,
    ) {
        if let Some(mut finished) = self.run.take() {
            finished.ended_at.get_or_insert(meta.at);
            self.finished_runs.push(finished);
        }
        self.run = Some(Run {
            number,
            kind,
            hash,
            targets: targets.to_vec(),
            rollout: rollout.clone(),
            gates: Vec::new(),
            let_on: Vec::new(),
            cancelled: None,
            started_by: meta.actor.clone(),
            started_at: meta.at,
            ended_at: None,
            paused: false,
            hold: None,
            decisions: Vec::new(),
        });
    }

    fn end(&mut self, state: DeploymentState, reason: &str, meta: &super::Meta) {
        self.state = state;
        self.reason = reason.to_owned();
        self.with_run(|run| {
            run.ended_at.get_or_insert(meta.at);
            run.hold = None;
        });
    }

    fn with_run(&mut self, change: impl FnOnce(&mut Run)) {
        if let Some(run) = &mut self.run {
            change(run);
        }
    }
}

fn said(
    person: &Option<PersonId>,
    hash: &Digest,
    source: Option<SignOffSource>,
    reporter: bool,
    attachments: &[Attachment],
    private: &SignedText,
    meta: &super::Meta,
) -> SignOff {
    SignOff {
        person: person.clone(),
        name: private.name.clone(),
        text: private.text.clone(),
        hash: hash.clone(),
        source,
        reporter,
        link: private.link.clone(),
        attachments: attachments.to_vec(),
        recorded_by: meta.actor.clone(),
        at: meta.at,
    }
}

impl Check {
    fn open(item: &CheckItem) -> Self {
        Self {
            item: item.clone(),
            result: None,
            hash: None,
            evidence: EvidenceText::default(),
            attachments: Vec::new(),
            by: None,
            by_machine: false,
            at: None,
        }
    }

    /// It was answered about the bytes that this deployment brought.
    pub fn stands(&self, deployment: &Deployment) -> bool {
        self.result.is_some() && self.hash.as_ref() == Some(&deployment.hash)
    }
}

/// The steps of one target, in order. A step without a result is an intent whose outcome is not
/// known to us yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TargetRun {
    #[ts(type = "number")]
    pub version: u64,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Step {
    pub run: u32,
    pub step: String,
    pub attempt: u32,
    /// The idempotency key that was sent.
    pub key: String,
    pub intended_at: Instant,
    pub result: Option<StepOutcome>,
    pub ended_at: Option<Instant>,
    /// The endpoint's own name for what it runs, once it has accepted.
    pub endpoint_run: Option<String>,
}

impl TargetRun {
    /// The last step of a run.
    pub fn last(&self, run: u32) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.run == run)
    }

    /// The step of whichever run of which nobody knows what became of it.
    pub fn in_doubt(&self) -> Option<&Step> {
        let unknown = |step: &&Step| matches!(step.result, Some(StepOutcome::Unknown { .. }));
        self.steps.iter().rev().find(unknown)
    }

    /// When a step that was refused is sent again by itself; `None` if it was not, or has been often or
    /// long enough.
    pub fn again(&self, step: &Step) -> Option<Instant> {
        let Some(StepOutcome::Refused { again_at, times, minutes, .. }) = &step.result else {
            return None;
        };
        let refused = self
            .steps
            .iter()
            .rev()
            .skip_while(|one| one.key != step.key)
            .filter(|one| one.run == step.run && one.step == step.step)
            .take_while(|one| matches!(one.result, Some(StepOutcome::Refused { .. })));
        let (many, first) =
            refused.fold((0, *again_at), |(many, _), one| (many + 1, one.intended_at));
        let last = first.plus(std::time::Duration::from_secs(u64::from(*minutes) * 60));
        (many <= *times && *again_at <= last).then_some(*again_at)
    }

    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        match event {
            Event::StepIntended { run, step, attempt, key } => self.steps.push(Step {
                run: *run,
                step: step.clone(),
                attempt: *attempt,
                key: key.clone(),
                intended_at: meta.at,
                result: None,
                ended_at: None,
                endpoint_run: None,
            }),
            Event::StepEnded { key, result, .. } => {
                for step in self.steps.iter_mut().filter(|step| &step.key == key) {
                    // A step that was Unknown and is found to be running has not ended after all.
                    step.ended_at = match result {
                        StepOutcome::Accepted { run } => {
                            step.endpoint_run = Some(run.clone());
                            None
                        }
                        _ => Some(meta.at),
                    };
                    step.result = Some(result.clone());
                }
            }
            _ => {}
        }
    }
}

/// What runs in an environment, who holds it, and what is booked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct EnvironmentState {
    #[ts(type = "number")]
    pub version: u64,
    pub running: Option<Running>,
    /// Who said so.
    pub source: Option<RunningSource>,
    pub history: Vec<Running>,
    #[ts(as = "Vec<Slot>")]
    #[schemars(with = "Vec<Slot>")]
    pub slots: Bookings,
    /// The deployment that runs now. Parallel ones are impossible.
    pub held_by: Option<DeploymentKey>,
}

/// How it is known what runs somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "by", content = "who", rename_all = "snake_case")]
pub enum RunningSource {
    Deployment(DeploymentKey),
    Person(PersonId),
    Endpoint(CatalogId),
}

/// What the endpoints of an environment said when they were last asked what runs there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LastTold {
    pub at: Instant,
    /// Since when that ran which was believed to run at the time.
    pub since: Option<Instant>,
    pub targets: Vec<TargetTold>,
}

/// What the endpoint of one target said: a version, why there was no answer, or nothing at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TargetTold {
    pub target: String,
    pub endpoint: CatalogId,
    pub version: String,
    pub commit: String,
    /// The SHA-256 of the package that runs, if it knows it.
    pub package: String,
    pub error: String,
}

impl TargetTold {
    /// Its recipe does not say how to ask, or it does not know.
    pub fn is_silent(&self) -> bool {
        self.version.is_empty() && self.error.is_empty()
    }

    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.version == other.version
            && self.commit == other.commit
            && self.package == other.package
            && self.error == other.error
    }
}

impl EnvironmentState {
    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        match event {
            Event::SlotTaken { deployment, hotfix, starts_at, ends_at } => {
                self.slots.take(Slot {
                    deployment: deployment.clone(),
                    hotfix: hotfix.clone(),
                    starts_at: *starts_at,
                    ends_at: *ends_at,
                });
            }
            Event::SlotReleased { deployment } => {
                self.slots.release(deployment);
            }
            Event::EnvironmentHeld { deployment } => self.held_by = Some(deployment.clone()),
            Event::EnvironmentReleased { deployment } => {
                if self.held_by.as_ref() == Some(deployment) {
                    self.held_by = None;
                }
                self.slots.release(deployment);
            }
            Event::RunningChanged { running, deployment, endpoint } => {
                self.source = Some(match (deployment, endpoint) {
                    (Some(key), _) => RunningSource::Deployment(key.clone()),
                    (None, Some(endpoint)) => RunningSource::Endpoint(endpoint.clone()),
                    (None, None) => RunningSource::Person(meta.actor.clone()),
                });
                let before = self.running.replace(running.clone());
                // The same package by another name, or on more or fewer targets, is nothing that one
                // could go back to.
                let renamed = |before: &Running| {
                    before.hash.is_some()
                        && before.hash == running.hash
                        && (endpoint.is_some() || before.left_out != running.left_out)
                };
                self.history.extend(before.filter(|before| !renamed(before)));
            }
            _ => {}
        }
    }
}

/// For which deployments somebody is on duty, and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Duties {
    pub version: u64,
    pub duties: Bookings,
}

/// Duties that ended longer ago are forgotten, so that the state does not grow with the years.
const FORGOTTEN: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);

impl Duties {
    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        match event {
            Event::DutyTaken { deployment, hotfix, starts_at, ends_at } => {
                let oldest = meta.at.minus(FORGOTTEN);
                self.duties.keep(|one| one.ends_at > oldest);
                self.duties.take(Slot {
                    deployment: deployment.clone(),
                    hotfix: hotfix.clone(),
                    starts_at: *starts_at,
                    ends_at: *ends_at,
                });
            }
            Event::DutyReleased { deployment } => {
                self.duties.release(deployment);
            }
            _ => {}
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Message {
    pub key: MessageKey,
    #[ts(type = "number")]
    pub version: u64,
    pub state: MessageState,
    pub hotfix: Option<HotfixKey>,
    pub purpose: Option<Purpose>,
    pub channel: Option<MessageChannel>,
    /// By which messenger of the catalog it leaves, where the channel wants one.
    #[serde(default)]
    pub messenger: Option<CatalogId>,
    pub audience: Option<CatalogId>,
    /// The notice of a deployment that it gives.
    #[serde(default)]
    pub notice: Option<NoticeOf>,
    pub dry_run: bool,
    pub text: MessageText,
    pub queued_by: PersonId,
    pub queued_at: Option<Instant>,
    pub send_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    pub attempts: u32,
    pub error: String,
    /// Whom it did not reach, although it reached others.
    #[serde(default)]
    pub refused: Vec<Refusal>,
    /// Whom it had reached when it was given up, by their place among the recipients: they do not get it again.
    #[serde(default)]
    pub reached: Vec<u32>,
}

impl Message {
    /// "It reached Ann and Bob, and not Carl."; none unless it was given up in between.
    pub fn reach(&self) -> Option<String> {
        if self.reached.is_empty() {
            return None;
        }
        let (mut there, mut not) = (Vec::new(), Vec::new());
        for (place, Recipient { contact, .. }) in (0..).zip(&self.text.recipients) {
            let name = [&contact.name, &contact.reach].into_iter().find(|part| !part.is_empty());
            let name = name.map_or("somebody without a name", String::as_str);
            let reached = self.reached.contains(&place);
            if reached { &mut there } else { &mut not }.push(name);
        }
        let there = named(&there);
        Some(match not.is_empty() {
            true => format!("It reached {there}."),
            false => format!("It reached {there}, and not {}.", named(&not)),
        })
    }

    pub(super) fn apply(&mut self, event: &Event, meta: &super::Meta) {
        self.version = meta.version;
        match event {
            Event::MessageQueued {
                hotfix,
                purpose,
                channel,
                messenger,
                audience,
                dry_run,
                send_at,
                notice,
                private,
            } => {
                self.notice.clone_from(notice);
                self.key = MessageKey(meta.stream.clone());
                self.hotfix.clone_from(hotfix);
                self.purpose = Some(*purpose);
                self.channel = Some(*channel);
                self.messenger.clone_from(messenger);
                self.audience.clone_from(audience);
                self.dry_run = *dry_run;
                self.send_at = Some(*send_at);
                self.text = private.clone();
                self.queued_by = meta.actor.clone();
                self.queued_at = Some(meta.at);
            }
            Event::MessageCancelled {} => {
                self.state = MessageState::Cancelled;
                self.ended_at = Some(meta.at);
            }
            Event::MessageSent { attempt, private } => {
                self.refused.clone_from(&private.refused);
                self.reached.clear();
                self.state = MessageState::Sent;
                self.attempts = *attempt;
                self.ended_at = Some(meta.at);
                self.error.clear();
            }
            Event::MessageFailed { attempt, reached, private } => {
                self.reached.clone_from(reached);
                self.state = MessageState::Failed;
                self.attempts = *attempt;
                self.ended_at = Some(meta.at);
                self.error.clone_from(&private.text);
            }
            Event::MessageRetried { send_at } => {
                self.state = MessageState::Queued;
                self.send_at = Some(*send_at);
                self.ended_at = None;
            }
            _ => {}
        }
    }
}

/// "Ann", "Ann and Bob", "Ann, Bob and Carl"; of more than five, the first four and how many more.
fn named(names: &[&str]) -> String {
    const MOST: usize = 5;
    let more = format!("{} more", names.len().saturating_sub(MOST - 1));
    let shown: Vec<&str> = match names.len() > MOST {
        true => names[..MOST - 1].iter().copied().chain([more.as_str()]).collect(),
        false => names.to_vec(),
    };
    match shown.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
