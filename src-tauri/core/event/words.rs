//! The words events, states and requests share: keys, levels, and the values a person enters.
//!
//! Nothing here decides anything; the rules live in `stages` and `gates`.

mod access;
mod calendar;
mod check;
mod endpoint;
mod evidence;
mod handover;
mod message;
mod messenger;
mod plan;
mod probe;
mod publish;
mod rollout;
mod signing;
mod source;

pub use access::*;
pub use calendar::*;
pub use check::*;
pub use endpoint::*;
pub use evidence::*;
pub use handover::*;
pub use message::*;
pub use messenger::*;
pub use plan::*;
pub use probe::*;
pub use publish::*;
pub use rollout::*;
pub use signing::*;
pub use source::*;

use crate::clock::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use ts_rs::TS;

/// Declares keys: text that is never mixed up with another kind of text.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, JsonSchema)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

keys! {
    /// `ISS-12`, numbered by the journal.
    IssueKey
    /// `HF-3`, numbered by the journal.
    HotfixKey
    /// `DEP-5`, numbered by the journal.
    DeploymentKey
    /// `MSG-7`, numbered by the journal.
    MessageKey
    /// `HO-4`, numbered by the journal.
    HandOverKey
    /// A catalog object's key: a short slug such as `shop`.
    CatalogId
    /// A person in the catalog, such as `rita`.
    PersonId
    /// SHA-256 of some bytes in lower-case hexadecimal. A package *is* this hash.
    Digest
}

impl Digest {
    /// The first ten digits: enough to tell two apart on a screen.
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }
}

/// How much, on the scales of impact, urgency and risk.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Low,
    Medium,
    High,
}

impl Level {
    pub fn name(self) -> &'static str {
        ["low", "medium", "high"][self as usize]
    }

    /// The next higher one; the highest stays.
    #[must_use]
    pub fn higher(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }
}

/// What is judged in a triage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    System,
    Users,
    Business,
    Urgency,
}

/// A span in which the clocks stand still, waiting for the reporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Pause {
    pub from: Instant,
    pub until: Option<Instant>,
}

/// Which of the two promises: somebody looks at it, and it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockWhat {
    Respond,
    Resolve,
}

/// A triage without its note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Judged {
    pub impact_system: Level,
    pub impact_users: Level,
    pub impact_business: Level,
    pub urgency: Level,
    pub unsure: Vec<Scale>,
    pub priority: Priority,
    pub respond_by: Option<Instant>,
    pub resolve_by: Option<Instant>,
    pub respond_risk_at: Option<Instant>,
    pub resolve_risk_at: Option<Instant>,
    pub by: PersonId,
    pub at: Instant,
}

/// How an issue stands: all that a decision about it may change, and nothing that it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Standing {
    pub state: IssueState,
    pub judged: Option<Judged>,
    pub owner: Option<PersonId>,
    pub team: Option<CatalogId>,
    pub hotfix: Option<HotfixKey>,
    pub former_hotfixes: Vec<HotfixKey>,
    pub duplicate_of: Option<IssueKey>,
    pub reopened: u32,
    pub responded_at: Option<Instant>,
    pub resolved_at: Option<Instant>,
    pub pauses: Vec<Pause>,
}

/// P1 Critical, P2 High, P3 Moderate, P4 Low, P5 Planning (ServiceNow's names).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, JsonSchema,
)]
pub enum Priority {
    P1,
    P2,
    P3,
    P4,
    P5,
}

impl Priority {
    pub const ALL: [Self; 5] = [Self::P1, Self::P2, Self::P3, Self::P4, Self::P5];

    /// 1 for P1 … 5 for P5; the order in which lists are sorted.
    pub fn rank(self) -> u8 {
        self as u8 + 1
    }

    pub fn name(self) -> &'static str {
        ["Critical", "High", "Moderate", "Low", "Planning"][self as usize]
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueState {
    #[default]
    New,
    NeedsInfo,
    Triaged,
    InHotFix,
    Resolved,
    Closed,
    Deferred,
    Duplicate,
    Rejected,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Development,
    Rollout,
    Monitoring,
    Closed,
    Cancelled,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentState {
    #[default]
    Planned,
    Deploying,
    Validating,
    Done,
    Failed,
    RolledBack,
    Missed,
    Cancelled,
}

impl DeploymentState {
    /// Nothing more will happen in it.
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Failed | Self::RolledBack | Self::Missed | Self::Cancelled
        )
    }
}

/// How a report reached us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    #[default]
    Phone,
    Mail,
    Chat,
    InPerson,
    Monitoring,
    Testing,
    Import,
}

/// What a mark of feedback goes from (useless) and to (perfect).
pub const SCORES: std::ops::RangeInclusive<u8> = 1..=5;

/// Who reported, or who is affected. Lives only in private parts of events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Contact {
    pub name: String,
    /// A mail address, a telephone number, or empty.
    pub reach: String,
}

impl Contact {
    pub fn is_nobody(&self) -> bool {
        self.name.is_empty() && self.reach.is_empty()
    }
}

/// Where a report was kept before it came here: an issue of GitHub, a mail, an alert, a line of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct Origin {
    /// What names things uniquely there: `github:acme/shop`, `mail:support@acme.example`, `csv`.
    pub source: String,
    /// The thing's own name in it; at most 1,000 characters.
    pub id: String,
    /// Where a person can look at it; empty if nowhere.
    pub url: String,
}

/// Stored bytes that belong to something: a screenshot, a log, a package, a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Attachment {
    pub hash: Digest,
    #[ts(type = "number")]
    pub size: u64,
    pub name: String,
    /// The media type as claimed; never trusted to decide how bytes are opened.
    pub media: String,
}

/// Why something broke (the categories of the root cause form).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    Code,
    Configuration,
    Data,
    Dependency,
    Infrastructure,
    Process,
}

impl CauseKind {
    pub fn name(self) -> &'static str {
        ["code", "configuration", "data", "dependency", "infrastructure", "process"][self as usize]
    }
}

/// A commit of a git repository, as read on the day it was added. Authorship is git's claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Change {
    /// Full commit hash.
    pub commit: String,
    pub branch: String,
    pub authored_at: Option<Instant>,
    pub files: Vec<ChangedFile>,
    /// On which of the product's living branches the change was found, and how.
    #[serde(default)]
    pub branches: Vec<BranchPresence>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ChangedFile {
    pub path: String,
    pub additions: u32,
    pub deletions: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct BranchPresence {
    pub branch: String,
    pub presence: Presence,
    /// The commit on the branch that is the change, or might be.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// Why it is uncertain or missing, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// What reverted it, or the merge that took nothing of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub other: String,
}

impl BranchPresence {
    pub fn is_there(&self) -> bool {
        matches!(self.presence, Presence::Commit | Presence::PatchId)
    }

    /// What is known of it, in a sentence.
    pub fn sentence(&self) -> String {
        let short = |sha: &str| sha.get(..10).unwrap_or(sha).to_owned();
        let (at, other) = (short(&self.commit), short(&self.other));
        match (self.presence, self.doubt) {
            (Presence::Commit, _) => "The very commit is there.".into(),
            (Presence::PatchId, _) if at.is_empty() => "Its patch is there.".into(),
            (Presence::PatchId, _) => format!("Picked there as {at}, with the same patch."),
            (_, Some(Doubt::Squashed)) if at.is_empty() => {
                "Its lines are there, but no commit of its own: perhaps squashed.".into()
            }
            (_, Some(Doubt::Squashed)) => format!("Perhaps squashed there into {at}."),
            (_, Some(Doubt::Resolved)) => {
                format!("{at} was picked from it, with another patch: conflicts were resolved.")
            }
            (_, Some(Doubt::Surroundings)) => {
                format!("{at} changes the same lines, in other surroundings.")
            }
            (_, Some(Doubt::Reverted)) => format!("{other} reverted it there ({at})."),
            (_, Some(Doubt::Reapplied)) => {
                format!("{other} reverted it there, and {at} applied it again.")
            }
            (_, Some(Doubt::NotTaken)) => {
                format!("The merge {other} has it in its history and took nothing of it over.")
            }
            (_, Some(Doubt::NoBranch)) => "The repository has no such branch.".into(),
            (_, Some(Doubt::NoCommit)) => "The repository does not have the commit.".into(),
            (_, Some(Doubt::Shallow)) => {
                "The clone is shallow: what is before its edge cannot be told.".into()
            }
            (_, Some(Doubt::Unreadable)) => {
                "The clone lacks files of the past: patches cannot be held against each other."
                    .into()
            }
            (Presence::Missing, None) => "Nothing of it is there.".into(),
            (Presence::Uncertain, None) => "It could not be told.".into(),
        }
    }
}

/// Why a change is not known to be on a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Its lines are there, or a message names it, but no commit of its own is.
    Squashed,
    /// A pick of it is there with another patch.
    Resolved,
    /// A pick of it changes the same lines, in other surroundings.
    Surroundings,
    Reverted,
    Reapplied,
    /// A merge has it in its history and took nothing of it over.
    NotTaken,
    NoBranch,
    /// The repository does not have the commit.
    NoCommit,
    Shallow,
    /// The clone lacks what patches are made of.
    Unreadable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// The very commit is an ancestor of the branch.
    Commit,
    /// A commit with the same patch-id is on the branch (cherry-picked).
    PatchId,
    /// Could not be told.
    Uncertain,
    Missing,
}

/// What of a change is a person's text: the message, the repository's path, the claimed author.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(default)]
pub struct ChangeText {
    pub repository: String,
    pub subject: String,
    pub message: String,
    pub author: Contact,
    /// Where it was reviewed, and what was written there.
    pub pull_request: String,
    pub pull_request_text: String,
}

/// What a file in a package is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FileRole {
    File,
    Script,
    Configuration,
}

/// One line of a package's manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackagedFile {
    pub path: String,
    pub mode: u32,
    #[ts(type = "number")]
    pub size: u64,
    pub sha256: Digest,
    pub role: FileRole,
    #[serde(default)]
    pub source_commit: Option<String>,
}

/// The file format of a package.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PackageFormat {
    #[default]
    TarZst,
    Zip,
}

impl PackageFormat {
    /// How a file of this format ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::TarZst => "tar.zst",
            Self::Zip => "zip",
        }
    }
}

/// A signature in minisign's format. It says in itself which revision it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PackageSignature {
    /// The key's number, as minisign shows it.
    pub key: String,
    /// The line that names the key.
    pub public_key: String,
    /// What stands in the `.minisig` file.
    pub text: String,
}

/// A key that packages are signed with. The secret half is in keychains alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SigningKey {
    /// The key's number, as minisign shows it.
    pub id: String,
    /// The line that names the key.
    pub public_key: String,
    pub chosen_by: PersonId,
    pub chosen_at: Instant,
}

/// An immutable revision of a hot fix's package. Its identity is `hash`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Package {
    pub revision: u32,
    pub hash: Digest,
    #[ts(type = "number")]
    pub size: u64,
    pub files: Vec<PackagedFile>,
    /// The commits whose changes are in it, those of other hot fixes it keeps included.
    pub commits: Vec<String>,
    pub built_by: PersonId,
    pub built_at: Instant,
    #[serde(default)]
    pub format: PackageFormat,
    /// Paths that the changes took away.
    #[serde(default)]
    pub removed: Vec<String>,
    /// None: it was built where no key was.
    #[serde(default)]
    pub signature: Option<PackageSignature>,
}

/// What a check proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A step of the organisation's procedure, ticked before the start.
    Procedure,
    /// Is it fixed?
    Functional,
    /// Is nothing else broken?
    Regression,
    /// Do the people who complained agree?
    Acceptance,
}

/// One line of a checklist. Copied onto a deployment when it is planned: later edits of the
/// template do not change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct CheckItem {
    pub id: String,
    pub kind: CheckKind,
    pub text: String,
    #[serde(default)]
    pub expected: String,
    /// How it is done, in Markdown; its links lead to web pages and mail addresses.
    #[serde(default)]
    pub instructions: String,
    /// Who answers it: a person, or the program.
    #[serde(default)]
    pub how: CheckHow,
    /// Only for hot fixes that touch one of these components, or might; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub components: Vec<String>,
    pub required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    Passed,
    Failed,
    Blocked,
    Waived,
}

/// A machine, a cluster, a region: something one deploys to. Targets of lower waves go first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Target {
    pub id: String,
    pub wave: u32,
    pub endpoint: CatalogId,
    /// Values for the recipe's templates, beside the endpoint's own.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

/// The path a product's hot fix takes: staging first, production last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Environment {
    pub id: String,
    pub name: String,
    pub production: bool,
    /// How long a revision must have been Done here before it may go to the next environment.
    pub soak_minutes: u32,
    pub targets: Vec<Target>,
    #[serde(default)]
    pub probes: Vec<ProbeSpec>,
    /// Its waves, gates and limits.
    #[serde(default)]
    pub rollout: Rollout,
}

#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May change the catalog and roles.
    Owner,
    ReleaseManager,
    Developer,
    Approver,
    Support,
    Stakeholder,
}

/// What the catalog holds. The kind of an object is the kind of its stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CatalogObject {
    Person(Person),
    Team(Team),
    Product(Product),
    Endpoint(Endpoint),
    Policy(Policy),
    Rubric(Rubric),
    Checklist(Checklist),
    Template(Template),
    Audience(Audience),
    Calendar(CalendarEntry),
    BusinessCalendar(BusinessCalendar),
    Source(Source),
    PublishedCalendar(PublishedCalendar),
    Messenger(Messenger),
    Access(Access),
}

impl CatalogObject {
    /// The kind's name, as in JSON and in stream names.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Team(_) => "team",
            Self::Product(_) => "product",
            Self::Endpoint(_) => "endpoint",
            Self::Policy(_) => "policy",
            Self::Rubric(_) => "rubric",
            Self::Checklist(_) => "checklist",
            Self::Template(_) => "template",
            Self::Audience(_) => "audience",
            Self::Calendar(_) => "calendar",
            Self::BusinessCalendar(_) => "business_calendar",
            Self::Source(_) => "source",
            Self::PublishedCalendar(_) => "published_calendar",
            Self::Messenger(_) => "messenger",
            Self::Access(_) => "access",
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Person(o) => &o.id.0,
            Self::Team(o) => &o.id.0,
            Self::Product(o) => &o.id.0,
            Self::Endpoint(o) => &o.id.0,
            Self::Policy(o) => &o.id.0,
            Self::Rubric(o) => &o.id.0,
            Self::Checklist(o) => &o.id.0,
            Self::Template(o) => &o.id.0,
            Self::Audience(o) => &o.id.0,
            Self::Calendar(o) => &o.id.0,
            Self::BusinessCalendar(o) => &o.id.0,
            Self::Source(o) => &o.id.0,
            Self::PublishedCalendar(o) => &o.id.0,
            Self::Messenger(o) => &o.id.0,
            Self::Access(o) => &o.id.0,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Person(o) => &o.name,
            Self::Team(o) => &o.name,
            Self::Product(o) => &o.name,
            Self::Endpoint(o) => &o.name,
            Self::Policy(o) => &o.name,
            Self::Rubric(o) => &o.name,
            Self::Checklist(o) => &o.name,
            Self::Template(o) => &o.name,
            Self::Audience(o) => &o.name,
            Self::Calendar(o) => &o.name,
            Self::BusinessCalendar(o) => &o.name,
            Self::Source(o) => &o.name,
            Self::PublishedCalendar(o) => &o.name,
            Self::Messenger(o) => &o.name,
            Self::Access(o) => &o.name,
        }
    }
}

/// Name and mail are personal: the journal keeps them in the event's private part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Person {
    pub id: PersonId,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub mail: String,
    pub roles: Vec<Role>,
    /// IANA zone, such as Europe/Berlin.
    pub zone: String,
    /// When they are there; left out, the workspace's days and hours on the clock of their own zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub hours: Option<Box<crate::calendar::hours::BusinessHours>>,
    /// The business calendar they work by, where they have no hours of their own.
    #[serde(default)]
    pub calendar: Option<CatalogId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Team {
    pub id: CatalogId,
    pub name: String,
    pub members: Vec<PersonId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Product {
    pub id: CatalogId,
    pub name: String,
    #[serde(default)]
    pub components: Vec<String>,
    #[serde(default)]
    pub versions: Vec<String>,
    /// Branches that will be released again, so every change must be on them.
    #[serde(default)]
    pub branches: Vec<String>,
    /// Path of a local git repository, or empty.
    #[serde(default)]
    pub repository: String,
    /// In the order of the path.
    pub environments: Vec<Environment>,
    #[serde(default)]
    pub team: Option<CatalogId>,
    /// How its tests are run from here.
    #[serde(default)]
    pub tests: Vec<TestCommand>,
    #[serde(default)]
    pub checks: Option<ChecksPlace>,
    /// Products that it needs while it runs: neither is changed while the other is.
    #[serde(default)]
    pub depends_on: Vec<CatalogId>,
}

impl Product {
    pub fn environment(&self, id: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.id == id)
    }
}

/// What must be true before something may happen, by product, priority and environment. The most
/// specific policy that matches applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Policy {
    pub id: CatalogId,
    pub name: String,
    #[serde(default)]
    pub product: Option<CatalogId>,
    #[serde(default)]
    pub environment: Option<String>,
    #[serde(default)]
    pub priorities: Vec<Priority>,
    /// How many people other than the authors must approve.
    pub approvals: u32,
    /// Who may approve: any of these roles.
    pub approver_roles: Vec<Role>,
    /// One approval of each of these roles, each by a person of its own.
    #[serde(default)]
    pub each_role: Vec<Role>,
    /// Whoever wrote the change, the solution or the package may approve it too.
    #[serde(default)]
    pub authors_may_approve: bool,
    /// For how long an approval holds.
    pub approval_hours: u32,
    /// How long it is watched, where nothing is said for its priority.
    pub monitoring_minutes: u32,
    /// How long it is watched, by priority.
    #[serde(default)]
    pub monitoring_by_priority: BTreeMap<Priority, u32>,
    /// Whether stakeholders must be told before the start (a dry-run message counts).
    pub tell_before: bool,
    /// How many must approve an emergency change instead, of the same roles.
    #[serde(default)]
    pub emergency_approvals: Option<u32>,
    /// Sign-offs wanted before a deployment is Done.
    #[serde(default)]
    pub sign_offs: u32,
    /// Whose they have to be, beside the number.
    #[serde(default)]
    pub sign_off_by: SignOffBy,
    /// How long a revision must have been Done in the environment before this one, at least; what
    /// that environment itself asks for may be longer.
    #[serde(default)]
    pub soak_minutes: u32,
    /// Blockers (by code) that nobody may override.
    #[serde(default)]
    pub hard: Vec<String>,
    /// Blockers (by code) that do not apply.
    #[serde(default)]
    pub not_applicable: Vec<String>,
    /// Who may override the others.
    pub override_roles: Vec<Role>,
}

/// How priority follows from impact and urgency, and the deadlines that priority gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Rubric {
    pub id: CatalogId,
    pub name: String,
    #[serde(default)]
    pub product: Option<CatalogId>,
    /// Rows: impact high, medium, low; columns: urgency high, medium, low.
    pub matrix: [[Priority; 3]; 3],
    /// One line a priority, in the order P1…P5.
    pub targets: Vec<SlaTarget>,
    pub hours: crate::calendar::hours::BusinessHours,
    /// The business calendar whose hours count instead of its own.
    #[serde(default)]
    pub calendar: Option<CatalogId>,
    #[serde(default)]
    pub guide: Box<Guide>,
}

/// Words that help to choose a level, three a question: high, medium, low.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Guide {
    pub system: [String; 3],
    pub users: [String; 3],
    pub business: [String; 3],
    pub urgency: [String; 3],
}

impl Default for Guide {
    /// What most severity guides say, in one line each.
    fn default() -> Self {
        let words = |high: &str, medium: &str, low: &str| [high.into(), medium.into(), low.into()];
        Self {
            system: words(
                "Down, or data is lost or exposed",
                "One function fails or is slow",
                "Cosmetic, or there is a way around",
            ),
            users: words("Most users, or a whole customer", "A group of users", "One or a few"),
            business: words(
                "Money, law or reputation, now",
                "A deadline or a customer is in danger",
                "An annoyance",
            ),
            urgency: words(
                "It gets worse by the hour",
                "It has to be over in a day or two",
                "It can wait for the next release",
            ),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SlaTarget {
    pub priority: Priority,
    pub respond_minutes: u32,
    pub resolve_minutes: u32,
    /// How long people who are affected may be left without a word while a hot fix is under way; 0 for as
    /// long as one likes.
    #[serde(default)]
    pub update_minutes: u32,
    /// Counted around the clock, not in business hours.
    pub around_the_clock: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Checklist {
    pub id: CatalogId,
    pub name: String,
    #[serde(default)]
    pub product: Option<CatalogId>,
    #[serde(default)]
    pub environment: Option<String>,
    #[serde(default)]
    pub priorities: Vec<Priority>,
    /// It is the procedure of a standard change: only hot fixes that name it follow it.
    #[serde(default)]
    pub standard: Option<StandardChange>,
    pub items: Vec<CheckItem>,
}

/// How a change is authorised (ITIL 4, change enablement).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Approved beforehand, because a template says what is done and how.
    Standard,
    /// Assessed and approved by itself.
    #[default]
    Normal,
    /// Approved by fewer, because it cannot wait; reviewed afterwards.
    Emergency,
}

/// What was approved beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct StandardChange {
    /// In words, for whoever decides whether a hot fix is one of these.
    pub covers: String,
    /// The highest risk that it covers.
    pub most_risk: Level,
    /// From when on it covers nothing.
    #[serde(default)]
    pub until: Option<Instant>,
}

/// Where a shipped version runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Running {
    pub version: String,
    #[serde(default)]
    pub hotfix: Option<HotfixKey>,
    #[serde(default)]
    pub revision: Option<u32>,
    #[serde(default)]
    pub hash: Option<Digest>,
    /// Hot fixes whose changes run here, the newest last.
    pub hotfixes: Vec<RunningHotfix>,
    /// The commit that the version was released from, if it is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// Targets that it has not reached: what ran before still runs there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub left_out: Vec<String>,
    pub since: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RunningHotfix {
    pub hotfix: HotfixKey,
    pub revision: u32,
    pub commits: Vec<String>,
    pub files: Vec<String>,
}

/// What a step of a deployment ended in, as the endpoint told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum StepOutcome {
    /// The endpoint took it on, under this run id.
    Accepted {
        run: String,
    },
    Succeeded,
    Failed {
        reason: String,
    },
    /// Nothing was begun, and the endpoint's recipe lets it be sent again by itself: then, so many times,
    /// within so many minutes of the first attempt.
    Refused {
        reason: String,
        again_at: Instant,
        times: u32,
        minutes: u32,
    },
    Cancelled,
    /// What was sent is known, what became of it is not. A person decides.
    Unknown {
        reason: String,
    },
}

/// What a person decides when a run holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Retry,
    Skip,
    RollBack,
    Stop,
    /// For an unknown outcome: ask the endpoint again.
    LookAgain,
    /// For an unknown outcome: a person has seen that it worked.
    ItWorked,
    /// For an unknown outcome: a person has seen that it did not.
    ItDidNot,
}
