//! Every event the journal may hold: the contract between decisions, views, replicas and years.
//!
//! An event is past tense and never changes its meaning. A field is added with `#[serde(default)]`;
//! a variant is added, never renamed. What a person typed, and everything about a person, stands in
//! the variant's `private` field: the journal stores it apart, so that it can be erased while the
//! chain stays whole. Here are no rules and no I/O.

pub mod words;

use crate::{
    clock::Instant,
    error::{Error, Result},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;
use words::*;

/// Declares a private part: text that defaults to empty once it has been erased.
macro_rules! private {
    ($($name:ident { $($field:ident : $type:ty),* $(,)? })*) => {$(
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
        #[serde(default)]
        pub struct $name { $(pub $field: $type),* }
    )*};
}

private! {
    ReportText {
        title: String, description: String, steps: String, expected: String, actual: String,
        workaround: String, tell_caller: String, reporter: Contact,
    }
    Note { text: String }
    ContactNote { contact: Contact, text: String }
    AnswerText { from: Contact, text: String, quoted: String }
    ConfigurationText { name: String, before: String, after: String, note: String }
    CauseText { what: String, whys: Vec<String>, next: String }
    SolutionText { text: String, alternatives: String }
    PullRequestText { link: String, text: String }
    TestText { log: String, argv: Vec<String>, folder: String }
    BuildNotes { install: String, rollback: String }
    PersonText { name: String, mail: String }
    MessageText { subject: String, body: String, recipients: Vec<Recipient> }
    RefusalText { refused: Vec<Refusal> }
    EvidenceText { text: String, link: String }
    CheckText { text: String, expected: String }
    SignOffText { name: String, text: String }
    SignedText { name: String, text: String, link: String }
    FeedbackText { from: Contact, text: String }
    PublicText { title: String, what: String, instructions: String }
    SupportText { question: String, answer: String, from: Contact }
    TitleText { title: String }
    AttachmentText { name: String }
    RedactionText { text: String, replaced: Vec<Replaced> }
    StandingText { reason: String, note: String }
    HandOverText { text: String, under_way: Vec<UnderWay> }
}

/// What an erased record says from now on: its private part without what was taken out of it. The
/// text of another redaction is replaced in the same way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Replaced {
    #[ts(type = "number")]
    pub seq: u64,
    #[ts(type = "unknown")]
    pub private: Value,
}

/// One person a message goes to, and the report that made them a recipient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Recipient {
    pub contact: Contact,
    pub issue: Option<IssueKey>,
    /// Reported by telephone: somebody must call back.
    pub call_back: bool,
}

/// One recipient whom a message did not reach, for good.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Refusal {
    /// The recipient's place in the message's list, from 0.
    pub place: u32,
    /// In the other side's words.
    pub why: String,
}

/// Everything that can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "type", content = "body", rename_all = "snake_case")]
pub enum Event {
    // The workspace (stream `workspace`).
    WorkspaceCreated {
        name: String,
        zone: String,
    },
    ProfileChosen {
        person: PersonId,
    },
    DryRunSet {
        on: bool,
    },
    /// Packages are signed with this key from now on; those before stay known.
    SigningKeyChosen {
        id: String,
        public_key: String,
    },
    /// Whether test commands may be run from here.
    TestCommandsAllowed {
        on: bool,
    },
    /// When people are left alone, unless their audience has hours of its own; at no time, if none are named.
    QuietHoursSet {
        quiet: Option<QuietHours>,
    },
    /// The chain up to here was compared with a restored or imported history.
    WorkspaceRestored {
        from_seq: u64,
    },

    // The catalog (streams `catalog/KIND/ID`).
    CatalogSaved {
        object: CatalogObject,
        private: PersonText,
    },
    CatalogRetired {
        id: String,
    },

    // Issues (streams `ISS-n`).
    IssueReported {
        channel: Channel,
        product: Option<CatalogId>,
        component: String,
        version: String,
        environment: String,
        affected: u32,
        attachments: Vec<Attachment>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
        private: ReportText,
    },
    /// The same thing happened again, so often, and last then (an alert that fires, a crash report).
    IssueSeenAgain {
        times: u32,
        last_at: Instant,
    },
    IssueEdited {
        product: Option<CatalogId>,
        component: String,
        version: String,
        environment: String,
        private: ReportText,
    },
    IssueAttached {
        attachment: Attachment,
    },
    PersonAffected {
        affected: u32,
        channel: Channel,
        private: ContactNote,
    },
    /// Its attachments were attached to the issue right before it.
    IssueCommented {
        internal: bool,
        #[serde(default)]
        mentions: Vec<PersonId>,
        #[serde(default)]
        attachments: Vec<Digest>,
        private: Note,
    },
    /// Whoever was mentioned has read it.
    MentionSeen {},
    /// The reporter wrote, in a mail that answers what is known.
    ReporterWrote {
        /// Attached to the issue right before.
        #[serde(default)]
        attachments: Vec<Digest>,
        private: AnswerText,
    },
    IssueTriaged {
        impact_system: Level,
        impact_users: Level,
        impact_business: Level,
        urgency: Level,
        priority: Priority,
        respond_by: Option<Instant>,
        resolve_by: Option<Instant>,
        /// When four fifths of the open time are used up; unknown to older records.
        #[serde(default)]
        respond_risk_at: Option<Instant>,
        #[serde(default)]
        resolve_risk_at: Option<Instant>,
        /// Where the person wavered; the levels are the higher ones.
        #[serde(default)]
        unsure: Vec<Scale>,
        private: Note,
    },
    IssueAssigned {
        person: Option<PersonId>,
        team: Option<CatalogId>,
        private: Note,
    },
    IssueDeferred {
        private: Note,
    },
    IssueRejected {
        private: Note,
    },
    IssueMarkedDuplicate {
        of: IssueKey,
        private: Note,
    },
    /// The original counts the duplicate's affected people.
    DuplicateCounted {
        duplicate: IssueKey,
        affected: u32,
    },
    /// A merge was undone.
    DuplicateReleased {
        duplicate: IssueKey,
        affected: u32,
    },
    NotTheSame {
        other: IssueKey,
    },
    InfoRequested {
        private: Note,
    },
    /// The clocks run again. The deadlines have moved by the open time that the question took.
    InfoReceived {
        #[serde(default)]
        respond_by: Option<Instant>,
        #[serde(default)]
        resolve_by: Option<Instant>,
        #[serde(default)]
        respond_risk_at: Option<Instant>,
        #[serde(default)]
        resolve_risk_at: Option<Instant>,
        private: Note,
    },
    IssueTakenIntoHotfix {
        hotfix: HotfixKey,
    },
    IssueLeftHotfix {
        hotfix: HotfixKey,
    },
    IssueResolved {
        hotfix: Option<HotfixKey>,
    },
    IssueClosed {
        private: Note,
    },
    IssueReopened {
        private: Note,
    },
    /// What this shipped hot fix mended is back in the issue.
    IssueCameBack {
        of: HotfixKey,
    },
    /// A decision was taken back: the issue stands again as it stood before.
    DecisionUndone {
        before: Standing,
        private: StandingText,
    },
    /// Who answers for it was told that a deadline is near, or has passed.
    OwnerReminded {
        what: ClockWhat,
        missed: bool,
        due: Instant,
    },

    // What came from elsewhere (streams `origin/HASH`): one stream a thing, so that nothing is two issues.
    OriginTaken {
        origin: Origin,
        issue: IssueKey,
    },
    /// What the source said of it later: which happenings of it began and ended, how often it counted
    /// them itself, and whether it is over there.
    OriginSeen {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        began: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ended: Vec<String>,
        #[serde(default)]
        total: u64,
        #[serde(default)]
        over: Option<bool>,
    },

    // Hot fixes (streams `HF-n`).
    HotfixStarted {
        issues: Vec<IssueKey>,
        product: CatalogId,
        priority: Priority,
        resolve_by: Option<Instant>,
        recurrence_of: Option<HotfixKey>,
        private: TitleText,
    },
    IssueJoined {
        issue: IssueKey,
        priority: Priority,
    },
    /// An issue that had joined was taken out again.
    IssueReleased {
        issue: IssueKey,
        priority: Priority,
    },
    HotfixAssigned {
        person: Option<PersonId>,
        team: Option<CatalogId>,
        private: Note,
    },
    PriorityChanged {
        priority: Priority,
        private: Note,
    },
    CauseRecorded {
        cause: CauseKind,
        since_version: String,
        since_commit: String,
        private: CauseText,
    },
    SolutionRecorded {
        private: SolutionText,
    },
    RiskRecorded {
        risk: Level,
        private: Note,
    },
    /// How it is authorised; `template` is the checklist of the standard change, and only of one.
    ChangeClassified {
        change: ChangeKind,
        template: Option<CatalogId>,
        private: Note,
    },
    RollbackPlanRecorded {
        private: Note,
    },
    ChangeAdded {
        change: Change,
        private: ChangeText,
    },
    ChangeRemoved {
        commit: String,
    },
    BranchesChecked {
        commit: String,
        branches: Vec<BranchPresence>,
    },
    /// The link and the text of a change's review.
    ReviewLinked {
        commit: String,
        private: PullRequestText,
    },
    /// A setting that is not in a repository, as it was and as it is to be. Recorded again under its
    /// id, it replaces what was recorded.
    ConfigurationRecorded {
        id: String,
        /// Empty: in every environment.
        environment: String,
        private: ConfigurationText,
    },
    ConfigurationRemoved {
        id: String,
    },
    /// Which commits that run somewhere the package with this hash contains besides those it was
    /// known to contain when it was built.
    PackageCompared {
        hash: Digest,
        contains: Vec<String>,
    },
    TestsRecorded {
        evidence: TestEvidence,
        private: TestText,
    },
    PackageBuilt {
        package: Package,
        private: BuildNotes,
    },
    RolloutStarted {
        revision: u32,
    },
    ReturnedToDevelopment {
        private: Note,
    },
    ApprovalRequested {
        environment: String,
        hash: Digest,
        /// Who is asked by name; nobody in particular means everybody who may.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<PersonId>,
        private: Note,
    },
    Approved {
        environment: String,
        hash: Digest,
        expires_at: Instant,
        private: Note,
    },
    ApprovalDeclined {
        environment: String,
        hash: Digest,
        private: Note,
    },
    /// Whoever approved or declined takes the answer back.
    ApprovalWithdrawn {
        environment: String,
        hash: Digest,
        private: Note,
    },
    /// A gate was passed with a reason. The review stays open until somebody has done it.
    GateOverridden {
        gate: String,
        blocker: String,
        environment: Option<String>,
        hash: Option<Digest>,
        /// What was in the way, by its ids; what is none of it is not overridden. Empty: all of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        about: Vec<String>,
        private: Note,
    },
    ReviewDone {
        override_seq: u64,
        private: Note,
    },
    DeploymentAdded {
        deployment: DeploymentKey,
    },
    MonitoringStarted {
        until: Instant,
        environment: String,
    },
    MonitoringExtended {
        until: Instant,
        private: Note,
    },
    BreachOpened {
        breach: String,
        probe: String,
        environment: String,
        /// What was done by itself.
        #[serde(default)]
        deed: BreachDeed,
        private: Note,
    },
    BreachClosed {
        breach: String,
        private: Note,
    },
    /// A probe says neither yes nor no: a person has to.
    DoubtRaised {
        doubt: String,
        probe: String,
        environment: String,
        private: Note,
    },
    DoubtSettled {
        doubt: String,
        /// It counts as a breach.
        breach: bool,
        private: Note,
    },
    RecurrenceConfirmed {
        issue: IssueKey,
        hotfix: HotfixKey,
        /// How whoever confirmed it knows.
        private: Note,
    },
    PeopleTold {
        purpose: Purpose,
        message: MessageKey,
        recipients: u32,
        dry_run: bool,
    },
    CallBackDone {
        issue: IssueKey,
        index: u32,
        private: Note,
    },
    FeedbackAsked {
        private: Note,
    },
    FeedbackRecorded {
        score: u8,
        private: FeedbackText,
    },
    /// A question and its answer in one text, as they were noted first.
    SupportNoted {
        private: Note,
    },
    /// A question about the fix reached support; its answer, if it could be given at once.
    SupportAsked {
        /// It was answered at once, which stays true when the answer is erased. Of older records the answer
        /// itself says so.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        answered: bool,
        private: SupportText,
    },
    /// What was answered, or is answered from now on.
    SupportAnswered {
        /// The question's place in the log, from 1.
        number: u32,
        private: Note,
    },
    /// What people outside are told of it: another wording than what colleagues read.
    PublicWordsWritten {
        /// Questions of the support log that the instructions answer from now on, by their place.
        #[serde(default)]
        answers: Vec<u32>,
        private: PublicText,
    },
    /// Whoever has it was reminded that affected people have waited for a word until then.
    UpdateReminded {
        due: Instant,
    },
    LessonsRecorded {
        private: Note,
    },
    HotfixClosed {
        private: Note,
    },
    HotfixCancelled {
        private: Note,
    },

    // Deployments (streams `DEP-n`).
    DeploymentPlanned {
        hotfix: HotfixKey,
        product: CatalogId,
        environment: String,
        production: bool,
        revision: u32,
        hash: Digest,
        starts_at: Instant,
        window_ends_at: Instant,
        /// Starts by itself at `starts_at` if the gates are open; otherwise a person starts it.
        automatic: bool,
        targets: Vec<Target>,
        /// The environment's other targets, if it is for some of them only.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
        procedures: Vec<CheckItem>,
        checks: Vec<CheckItem>,
        sign_offs: u32,
        #[serde(default, skip_serializing_if = "SignOffBy::is_empty")]
        sign_off_by: SignOffBy,
        #[serde(default)]
        expected: Expected,
        private: Note,
    },
    DeploymentMoved {
        starts_at: Instant,
        window_ends_at: Instant,
        automatic: bool,
        /// None: what was expected before.
        #[serde(default)]
        expected: Option<Expected>,
        private: Note,
    },
    DeploymentCancelled {
        private: Note,
    },
    DeploymentMissed {},
    ProcedureTicked {
        item: String,
        ticked: bool,
    },
    /// A stakeholder said whether this start suits them.
    TimeAnswered {
        person: Option<PersonId>,
        answer: TimeAnswer,
        starts_at: Instant,
        private: SignOffText,
    },
    /// It was said that it starts so many minutes later.
    DeploymentReminded {
        starts_at: Instant,
        minutes: Vec<u32>,
        /// That these notices are due.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notices: Vec<Notice>,
    },
    /// An audience was told by a message, or was not told, for a reason.
    NoticeGiven {
        notice: Notice,
        message: Option<MessageKey>,
        /// Who told them, or left them out: a message leaves by the engine.
        by: PersonId,
        private: Note,
    },
    /// The plan is frozen: what runs, where, with which bytes, under which idempotency keys.
    DeploymentStarted {
        run: u32,
        hash: Digest,
        targets: Vec<Target>,
        #[serde(default)]
        rollout: Rollout,
    },
    DeploymentPaused {},
    DeploymentResumed {},
    /// A person wants it to stop where it is: what is under way is asked to stop, nothing more begins.
    RunCancelled {
        private: Note,
    },
    /// A gate after a wave has been measured to its end.
    GateEnded {
        run: u32,
        wave: u32,
        gate: String,
        verdict: GateVerdict,
        measured: Measured,
        /// What was seen last.
        private: Note,
    },
    /// A person lets the next wave begin: no more pause, no more waiting.
    WaveLetOn {
        run: u32,
        wave: u32,
        private: Note,
    },
    /// The run waits for a person: `target` failed or its outcome is unknown, or a gate failed.
    DeploymentHeld {
        target: String,
        unknown: bool,
        /// The gate that failed; `target` is empty then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gate: Option<GateRef>,
        private: Note,
    },
    DecisionClaimed {},
    DecisionMade {
        target: String,
        decision: Decision,
        private: Note,
    },
    DeploymentDeployed {},
    DeploymentFailed {
        private: Note,
    },
    RollbackStarted {
        run: u32,
        to: Option<Digest>,
        targets: Vec<Target>,
        private: Note,
    },
    DeploymentRolledBack {},
    CheckRecorded {
        check: String,
        result: CheckResult,
        hash: Digest,
        attachments: Vec<Attachment>,
        /// The program asked and judged; whoever made it do so is the actor.
        #[serde(default)]
        by_machine: bool,
        private: EvidenceText,
    },
    /// A check of a person, beside those that were copied from the checklists.
    CheckAdded {
        check: String,
        kind: CheckKind,
        required: bool,
        #[serde(default)]
        how: CheckHow,
        private: CheckText,
    },
    SignedOff {
        person: Option<PersonId>,
        hash: Digest,
        /// How it reached us; nothing where nobody has said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SignOffSource>,
        /// They reported one of the hot fix's issues.
        #[serde(default)]
        reporter: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
        private: SignedText,
    },
    /// Somebody says that it is not over for them.
    SignOffRefused {
        person: Option<PersonId>,
        hash: Digest,
        source: SignOffSource,
        reporter: bool,
        attachments: Vec<Attachment>,
        private: SignedText,
    },
    DeploymentValidated {},
    ValidationFailed {
        private: Note,
    },

    // One target of a deployment (streams `DEP-n/TARGET`).
    StepIntended {
        run: u32,
        step: String,
        attempt: u32,
        key: String,
    },
    StepEnded {
        run: u32,
        step: String,
        attempt: u32,
        key: String,
        result: StepOutcome,
    },

    // What runs where (streams `env/PRODUCT/ENVIRONMENT`).
    SlotTaken {
        deployment: DeploymentKey,
        hotfix: HotfixKey,
        starts_at: Instant,
        ends_at: Instant,
    },
    SlotReleased {
        deployment: DeploymentKey,
    },
    EnvironmentHeld {
        deployment: DeploymentKey,
    },
    EnvironmentReleased {
        deployment: DeploymentKey,
    },
    /// By a deployment of ours, by an endpoint that tells what it runs, or else as somebody recorded
    /// it.
    RunningChanged {
        running: Running,
        deployment: Option<DeploymentKey>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        endpoint: Option<CatalogId>,
    },

    // Who is on duty when (streams `duty/PERSON`).
    DutyTaken {
        deployment: DeploymentKey,
        hotfix: HotfixKey,
        starts_at: Instant,
        ends_at: Instant,
    },
    DutyReleased {
        deployment: DeploymentKey,
    },

    // Hand-over notes between shifts (streams `HO-n`).
    DutyHandedOver {
        to: PersonId,
        products: Vec<CatalogId>,
        private: HandOverText,
    },
    /// Whom it is for has read it.
    HandOverRead {},

    // Messages (streams `MSG-n`).
    MessageQueued {
        hotfix: Option<HotfixKey>,
        purpose: Purpose,
        channel: MessageChannel,
        /// By which messenger of the catalog, where the channel wants one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        messenger: Option<CatalogId>,
        audience: Option<CatalogId>,
        dry_run: bool,
        send_at: Instant,
        /// The notice of a deployment that it gives.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<NoticeOf>,
        private: MessageText,
    },
    MessageCancelled {},
    MessageSent {
        attempt: u32,
        private: RefusalText,
    },
    MessageFailed {
        attempt: u32,
        /// Whom it had reached before it was given up, by their place among the recipients, from 0.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reached: Vec<u32>,
        private: Note,
    },
    MessageRetried {
        send_at: Instant,
    },

    /// Text or a person was erased from earlier records of this stream (by sequence number), and
    /// the bytes of attachments with them.
    Redacted {
        records: Vec<u64>,
        #[serde(default)]
        attachments: Vec<Digest>,
        private: RedactionText,
    },
}

impl Event {
    /// The event's data and private parts as the journal stores them.
    pub fn encode(&self) -> Result<Encoded> {
        let Value::Object(mut tagged) = serde_json::to_value(self)? else {
            return Err(Error::internal("An event did not become a JSON object."));
        };
        let Some(Value::String(kind)) = tagged.remove("type") else {
            return Err(Error::internal("An event has no type."));
        };
        let mut body = match tagged.remove("body") {
            Some(Value::Object(body)) => body,
            _ => Map::new(),
        };
        let mut private = body.remove("private");
        // What is personal is typed inside the object; it is stored apart from it.
        if kind == "catalog_saved" {
            private = None;
            if let Some(Value::Object(object)) = body.get_mut("object") {
                let fields = personal(object);
                if !fields.is_empty() {
                    let parts: Map<String, Value> = fields
                        .iter()
                        .map(|field| {
                            ((*field).to_owned(), object.remove(*field).unwrap_or_default())
                        })
                        .collect();
                    private = Some(Value::Object(parts));
                }
            }
        }
        Ok(Encoded {
            kind,
            data: serde_json::to_vec(&Value::Object(body))?,
            private: private.map(|value| serde_json::to_vec(&value)).transpose()?,
        })
    }

    /// Reads an event back. A private part that was erased reads as empty text.
    pub fn decode(kind: &str, data: &[u8], private: Option<&[u8]>) -> Result<Self> {
        // Put together and read once, where nothing has to be moved within it.
        if kind != "catalog_saved"
            && let Some(fields) = data.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"))
        {
            let comma: &[u8] = if fields.is_empty() { b"" } else { b"," };
            let parts: [&[u8]; 7] = [
                b"{\"type\":",
                &serde_json::to_vec(kind)?,
                b",\"body\":{",
                fields,
                comma,
                b"\"private\":",
                private.unwrap_or(b"{}"),
            ];
            let mut whole = parts.concat();
            whole.extend_from_slice(b"}}");
            if let Ok(event) = serde_json::from_slice(&whole) {
                return Ok(event);
            }
        }
        let mut body: Map<String, Value> = serde_json::from_slice(data)?;
        let private: Value = match private {
            Some(bytes) => serde_json::from_slice(bytes)?,
            None => Value::Object(Map::new()),
        };
        if let Some(Value::Object(object)) = body.get_mut("object") {
            for field in personal(object) {
                if let Some(text) = private.get(*field) {
                    object.insert((*field).into(), text.clone());
                }
            }
        }
        body.insert("private".into(), private);
        let tagged = serde_json::json!({ "type": kind, "body": body });
        serde_json::from_value(tagged).map_err(|error| {
            Error::damaged(format!("A record of type “{kind}” cannot be read: {error}."))
        })
    }
}

/// The fields of a catalog object that are personal.
fn personal(object: &Map<String, Value>) -> &'static [&'static str] {
    let is = |field: &str, value: &str| object.get(field).and_then(Value::as_str) == Some(value);
    if is("kind", "person") {
        return &["name", "mail"];
    }
    match (is("kind", "calendar"), is("purpose", "absence") || is("purpose", "duty")) {
        (true, true) => &["name", "note"],
        (true, false) => &["note"],
        _ => &[],
    }
}

/// An event as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    pub kind: String,
    pub data: Vec<u8>,
    pub private: Option<Vec<u8>>,
}

/// Names of streams. A stream is what versions count and read sets name.
pub mod stream {
    use super::words::{CatalogId, DeploymentKey, Origin, PersonId};
    use sha2::{Digest as _, Sha256};

    pub const WORKSPACE: &str = "workspace";

    pub fn catalog(kind: &str, id: &str) -> String {
        format!("catalog/{kind}/{id}")
    }

    pub fn environment(product: &CatalogId, environment: &str) -> String {
        format!("env/{product}/{environment}")
    }

    pub fn duty(person: &PersonId) -> String {
        format!("duty/{person}")
    }

    pub fn target(deployment: &DeploymentKey, target: &str) -> String {
        format!("{deployment}/{target}")
    }

    /// Of fixed length, whatever things are called elsewhere: 128 bits of SHA-256 over both names.
    pub fn origin(origin: &Origin) -> String {
        let mut hash = Sha256::new();
        hash.update((origin.source.len() as u64).to_be_bytes());
        hash.update(&origin.source);
        hash.update(&origin.id);
        let mut name = String::from("origin/");
        for byte in &hash.finalize()[..16] {
            name.push_str(&format!("{byte:02x}"));
        }
        name
    }

    /// What the window must read again when this stream changes.
    pub fn topic(stream: &str) -> &'static str {
        match stream.split(['-', '/']).next() {
            Some("ISS") => "issue",
            Some("HF") => "hotfix",
            Some("DEP") => "deployment",
            Some("MSG") => "message",
            Some("HO") => "hand_over",
            Some("env") => "environment",
            Some("duty") => "duty",
            Some("catalog") => "catalog",
            Some("origin") => "origin",
            _ => "workspace",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Event {
        Event::IssueCommented {
            internal: true,
            mentions: Vec::new(),
            attachments: Vec::new(),
            private: Note { text: text.into() },
        }
    }

    #[test]
    fn what_a_person_typed_is_stored_apart_and_comes_back() {
        let event = said("the password is hunter2");
        let encoded = event.encode().unwrap();
        assert!(!String::from_utf8_lossy(&encoded.data).contains("hunter2"));
        let back = Event::decode(&encoded.kind, &encoded.data, encoded.private.as_deref());
        assert_eq!(back.unwrap(), event);
    }

    #[test]
    fn an_erased_event_still_reads_with_empty_text() {
        let event = said("x");
        let encoded = event.encode().unwrap();
        let erased = Event::decode(&encoded.kind, &encoded.data, None).unwrap();
        assert_eq!(erased, said(""));
    }

    #[test]
    fn a_persons_name_is_private_although_it_is_part_of_the_catalog() {
        let person = Person { id: "rita".into(), name: "Rita Marsh".into(), ..Person::default() };
        let event = Event::CatalogSaved {
            object: CatalogObject::Person(person),
            private: PersonText::default(),
        };
        let encoded = event.encode().unwrap();
        assert!(!String::from_utf8_lossy(&encoded.data).contains("Marsh"));
        let back = Event::decode(&encoded.kind, &encoded.data, encoded.private.as_deref()).unwrap();
        let Event::CatalogSaved { object, .. } = back else { panic!("another event") };
        assert_eq!(object.name(), "Rita Marsh");
    }

    #[test]
    fn why_somebody_is_away_is_private_and_what_a_freeze_is_called_is_not() {
        let entry = |purpose: &str| {
            let object = serde_json::json!({
                "kind": "calendar", "id": "one", "name": "Surgery", "purpose": purpose,
                "people": ["rita"], "note": "The left knee",
                "rule": { "start": "2026-12-01T00:00", "zone": "UTC", "duration_minutes": 60 },
            });
            let object = serde_json::from_value(object).unwrap();
            Event::CatalogSaved { object, private: PersonText::default() }
        };
        for (purpose, hidden) in [("absence", true), ("duty", true), ("freeze", false)] {
            let event = entry(purpose);
            let encoded = event.encode().unwrap();
            let data = String::from_utf8_lossy(&encoded.data).into_owned();
            assert_eq!(data.contains("Surgery"), !hidden);
            assert!(!data.contains("knee"));
            let back = Event::decode(&encoded.kind, &encoded.data, encoded.private.as_deref());
            let Event::CatalogSaved { object, .. } = back.unwrap() else { panic!("another event") };
            let Event::CatalogSaved { object: before, .. } = event else { panic!("another event") };
            assert_eq!(object, before);
            // Erased, it still says when somebody is away.
            let erased = Event::decode(&encoded.kind, &encoded.data, None).unwrap();
            let Event::CatalogSaved { object, .. } = erased else { panic!("another event") };
            assert_eq!(object.name(), if hidden { "" } else { "Surgery" });
        }
    }
}
