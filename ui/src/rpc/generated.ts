// Generated from src-tauri/core/api.rs by `make generate`; a test fails when it is stale.

export type Access = { id: CatalogId, name: string, 
/**
 * `host` or `host:port` that it is for, one at least. Nothing of it goes to any other.
 */
hosts: Array<string>, headers: Array<AccessHeader>, login: AccessLogin, 
/**
 * `http://host:port` of the proxy that its calls go through; empty for none.
 */
proxy: string, 
/**
 * Certificates (PEM) of the authorities that alone are trusted here; empty for this machine's.
 */
ca: string, };

export type AccessHeader = { name: string, value: string, };

export type AccessLogin = { "by": "nobody" } | { "by": "bearer" } | { "by": "basic", user: string, } | { "by": "header", name: string, };

export type AccessRow = { access: CatalogId, name: string, hosts: Array<string>, login: AccessLogin, 
/**
 * It names the address's host; false where no address is given.
 */
covers: boolean, 
/**
 * "The probe “Health” of Shop, Staging".
 */
used_by: Array<string>, };

export type AccessSecret = { kept: boolean, 
/**
 * Where it is, if it is kept.
 */
place: KeptIn | null, };

export type ActOnBreach = OpenBreach;

export type AddChange = { key: HotfixKey, 
/**
 * A commit, tag or branch; or a range `A..B`: all that is in B and not in A, without merges.
 */
commit: string, 
/**
 * More of them.
 */
commits: Array<string>, 
/**
 * The product's repository, if left out.
 */
repository: string | null, branch: string, 
/**
 * Where they were reviewed, and what was written there.
 */
pull_request: string, pull_request_text: string, };

export type AddCheck = { key: DeploymentKey, kind: CheckKind, text: string, expected: string, 
/**
 * Without an answer the validation does not end.
 */
required: boolean, 
/**
 * By hand, if left out.
 */
how: CheckHow, };

export type AddComment = { key: IssueKey, text: string, internal: boolean, 
/**
 * Stored bytes (see `blob_put_file`) that go with it.
 */
attachments: Array<Attachment>, };

export type AddPerson = { key: IssueKey, contact: Contact, channel: Channel, 
/**
 * How many more are affected through this person.
 */
affected: number, said: string, };

export type AddTests = { key: HotfixKey, 
/**
 * Or a package's hash. The newest change's commit, if left out, or the package's hash if there
 * is no change with a commit.
 */
commit: string, suite: string, 
/**
 * Files or folders of this machine.
 */
paths: Array<string>, 
/**
 * Bytes that are stored already: dropped or pasted.
 */
stored: Array<Attachment>, 
/**
 * Instead of a report.
 */
counts: TestCounts | null, 
/**
 * What the run printed.
 */
log: string, };

export type AddedChanges = { 
/**
 * Full hashes, the oldest first.
 */
added: Array<string>, 
/**
 * How many had been recorded before, and were left as they are.
 */
known: number, };

export type AddedCheck = { 
/**
 * The check's id.
 */
check: string, };

export type AdoptSigningKey = { public_key: string, };

export type AffectedPerson = { contact: Contact, channel: Channel, said: string, at: string, called_back: boolean, };

export type AllowCheckCommand = { how: CheckHow, product: CatalogId | null, on: boolean, };

export type AllowEndpointCommand = { endpoint: CatalogId, on: boolean, };

export type AllowProbeCommand = { argv: Array<string>, folder: string, on: boolean, };

export type AllowTestCommands = { on: boolean, };

export type Answer = { by: PersonId, 
/**
 * A yes; else a no.
 */
approved: boolean, state: AnswerState, 
/**
 * Why it does not count; empty if it does.
 */
why: string, hash: Digest, revision: number | null, at: string, expires_at: string | null, note: string, };

export type AnswerHold = { key: DeploymentKey, };

export type AnswerState = "standing" | "declined" | "expired" | "void" | "withdrawn" | "replaced" | "author" | "no_role";

export type AnswerSupport = { key: HotfixKey, 
/**
 * Its place in the log, from 1.
 */
number: number, answer: string, };

export type AnswerTime = { key: DeploymentKey, 
/**
 * Somebody of the catalog; empty for somebody else.
 */
person: PersonId | null, name: string, answer: TimeAnswer, 
/**
 * What they said, and how it reached us.
 */
text: string, };

export type Answered = { person: PersonId | null, name: string, answer: TimeAnswer, text: string, starts_at: string, recorded_by: PersonId, at: string, };

export type Approval = { environment: string, hash: Digest, by: PersonId, at: string, 
/**
 * `None` for a decline.
 */
expires_at: string | null, note: string, 
/**
 * Taken back by whoever gave it.
 */
withdrawn_at: string | null, withdrawn_why: string, };

export type ApprovalRequest = { environment: string, hash: Digest, 
/**
 * Who is asked by name; nobody in particular means everybody who may.
 */
people: Array<PersonId>, by: PersonId, at: string, note: string, };

export type ApprovalView = { revision: number | null, hash: Digest | null, authors: Array<Author>, environments: Array<Approvals>, };

export type Approvals = { environment: string, policy: string, 
/**
 * How many people have to approve.
 */
wanted: number, 
/**
 * One of each of these among them, each a person of its own.
 */
each_role: Array<Role>, roles: Array<Role>, hours: number, authors_may: boolean, 
/**
 * What is wanted, in a sentence.
 */
wants: string, given: number, 
/**
 * Enough people approved, of the roles that are wanted.
 */
enough: boolean, 
/**
 * Enough people approved, and nobody's no stands.
 */
complete: boolean, 
/**
 * Until when it stays so if nothing else happens.
 */
until: string | null, 
/**
 * What is missing, in a sentence; empty if nothing is.
 */
missing: string, 
/**
 * In the order they were given.
 */
answers: Array<Answer>, asked: Array<Asked>, 
/**
 * Who may approve.
 */
may: Array<PersonId>, 
/**
 * Who may go without.
 */
may_break: Array<PersonId>, 
/**
 * Nobody may go without.
 */
hard: boolean, broken: Broken | null, since: Since | null, };

export type Approve = { key: HotfixKey, environment: string, 
/**
 * The hash one has looked at; refused if the package has changed since.
 */
hash: Digest | null, note: string, };

export type Approved = { expires_at: string, };

export type AskAccessSecret = { access: CatalogId, };

export type AskApprovals = { key: HotfixKey, environment: string | null, };

export type AskAudiences = { product: CatalogId, environment: string, };

export type AskBlockers = { key: HotfixKey, environment: string | null, };

export type AskCheckCommand = { how: CheckHow, 
/**
 * Whose repository a folder without a beginning is below.
 */
product: CatalogId | null, };

export type AskChecksRunning = { key: DeploymentKey, };

export type AskConflicts = { 
/**
 * What is moved; else `key` and `environment` say what is planned.
 */
deployment: DeploymentKey | null, key: HotfixKey | null, environment: string | null, 
/**
 * For these targets; as planned, or for all, if left out.
 */
targets: Array<string> | null, starts_at: string, window_ends_at: string, 
/**
 * As planned, if left out.
 */
expected: Expected | null, };

export type AskContained = { key: HotfixKey, };

export type AskDefaults = { product: CatalogId | null, 
/**
 * The caller's name, as it was given before.
 */
caller: string, };

export type AskDuty = { at: string | null, 
/**
 * Until when turns are told; eight weeks after `at` if left out.
 */
to: string | null, product: CatalogId | null, };

export type AskEmergency = { key: HotfixKey, environment: string | null, };

export type AskEndpointCommand = { endpoint: CatalogId, };

export type AskFeedback = { key: HotfixKey, note: string, };

export type AskHandOver = { 
/**
 * What it is about; everything where none is named.
 */
products: Array<CatalogId>, };

export type AskImport = Record<symbol, never>;

export type AskInstructions = { key: HotfixKey, 
/**
 * Questions of the support log, by their place from 1.
 */
answers: Array<number>, };

export type AskLoad = { team: CatalogId | null, };

export type AskMessengerSecret = { messenger: Messenger, };

export type AskMetricRows = { measure: Metric, from: string | null, to: string | null, product: CatalogId | null, team: CatalogId | null, 
/**
 * Of a share only those that count.
 */
counting: boolean, 
/**
 * Only those of this part, by its `id`.
 */
part: string | null, after: string | null, limit: number | null, };

export type AskMetrics = { 
/**
 * The first instant of the period.
 */
from: string | null, 
/**
 * Its end, which is not part of it.
 */
to: string | null, product: CatalogId | null, 
/**
 * What was given to this team; what was given to none is the product's team's.
 */
team: CatalogId | null, 
/**
 * What the series are made of; months by default where the period is longer than half a year.
 */
every: Every | null, };

export type AskMetricsCsv = { metrics: AskMetrics, 
/**
 * The rows behind this one.
 */
rows_of: Metric | null, 
/**
 * Of a share only those that count.
 */
counting: boolean, 
/**
 * Only the rows of this part.
 */
part: string | null, };

export type AskNotices = { key: DeploymentKey, };

export type AskPackaging = Record<symbol, never>;

export type AskPassword = { mark: string, address: string, };

export type AskProbeCommand = { argv: Array<string>, folder: string, };

export type AskReading = Record<symbol, never>;

export type AskReport = { key: HotfixKey, format: ReportFormat, };

export type AskReporter = { keys: Array<IssueKey>, question: string, fill: boolean, 
/**
 * Leave and name those that cannot be decided about, instead of refusing all of it.
 */
partly: boolean, };

export type AskReporting = Record<symbol, never>;

export type AskRunsWhere = { product: CatalogId | null, };

export type AskSchedule = { from: string, to: string, product: CatalogId | null, };

export type AskSignOffs = { key: DeploymentKey, };

export type AskSigning = Record<symbol, never>;

export type AskSourceSecret = { source: CatalogId, };

export type AskTestRun = { 
/**
 * The last line that is known.
 */
after: number, };

export type AskTimeline = { key: string, 
/**
 * Older than this sequence number.
 */
before?: number | null, limit: number | null, };

export type AskVersion = { product: CatalogId, environment: string, };

export type AskWaiting = Record<symbol, never>;

export type AskWorkspace = Record<symbol, never>;

export type Asked = { by: PersonId, at: string, note: string, revision: number | null, 
/**
 * By name; nobody in particular means everybody who may.
 */
people: Array<PersonId>, 
/**
 * Who has not answered yet and still would make a difference.
 */
waits_for: Array<PersonId>, 
/**
 * It was about other bytes.
 */
void: boolean, };

export type AskedReporter = { text: string, 
/**
 * The words with their names not filled in: for several issues at once.
 */
words: string, template: CatalogId | null, };

export type Assertion = { "on": "status", is: number, } | { "on": "header", 
/**
 * In small or capital letters.
 */
name: string, like: Like, value: string, } | { "on": "json", 
/**
 * JSONPath (RFC 9535): `$.items[0].price`.
 */
path: string, 
/**
 * A text by itself, or any value as JSON has it: `shipped`, `42`, `true`, `null`, `"42"`.
 */
equals: string, } | { "on": "text", contains: string, } | { "on": "millis", at_most: number, };

export type Assign = { keys: Array<IssueKey>, person: PersonId | null, team: CatalogId | null, note: string, 
/**
 * Leave and name those that cannot be decided about, instead of refusing all of it.
 */
partly: boolean, };

export type AssignHotfix = { key: HotfixKey, person: PersonId | null, team: CatalogId | null, note: string, };

export type Assignment = { person: PersonId | null, team: CatalogId | null, by: PersonId, at: string, note: string, };

export type Attach = { key: IssueKey, attachment: Attachment, };

export type Attachment = { hash: Digest, size: number, name: string, 
/**
 * The media type as claimed; never trusted to decide how bytes are opened.
 */
media: string, };

export type Attempt = { attempt: number, at: string, outcome: string, detail: string, next_at: string | null, };

export type Audience = { id: CatalogId, name: string, product: CatalogId | null, 
/**
 * Only of these environments; none named means all.
 */
environments: Array<string>, 
/**
 * What they are told of each deployment.
 */
tell: Telling, 
/**
 * Everybody who reported or was added to the hot fix's issues.
 */
affected: boolean, people: Array<PersonId>, teams: Array<CatalogId>, 
/**
 * Who they are; left out, whoever is affected reads public words, everybody else internal ones.
 */
readers: Readers | null, quiet: Quiet, };

export type AuditResult = { ok: boolean, records: number, 
/**
 * The head's hash: anchor it elsewhere.
 */
head: string, 
/**
 * The first damaged record.
 */
seq?: number | null, reason?: string, };

export type Author = { person: PersonId, 
/**
 * In words: "the solution", "change 1a2b3c4d5e", "package r2".
 */
wrote: Array<string>, 
/**
 * Only git says so, by a mail address: a claim, and held against them all the same.
 */
claimed: boolean, };

export type Authored = { person: PersonId, what: Wrote, };

export type Backup = { path: string, };

export type BadLine = { line: number, message: string, };

export type Became = "issue" | "comment" | "count" | "note" | "known" | "nothing";

export type Better = "less" | "more" | "neither";

export type Blocker = { code: string, message: string, 
/**
 * Who can clear it: names or roles.
 */
who: Array<string>, remedy: string, 
/**
 * Where in the window it is cleared: `develop`, `package`, `approve`, `schedule`, `procedure`,
 * `announce`, `deploy`, `validate`, `monitor`, `close`, `endpoint`, `review`.
 */
section: string, 
/**
 * Nobody may override it.
 */
hard: boolean, override_roles: Array<Role>, 
/**
 * When it clears by itself.
 */
until: string | null, 
/**
 * What is in the way, by its ids: the calendar entries, deployments or people. An override
 * covers these and no others.
 */
about?: Array<string>, 
/**
 * The object of the catalog to mend, as `KIND/ID`: `endpoint/deployer`.
 */
object?: string, };

export type BranchMatrix = { rows: Array<BranchRow>, 
/**
 * Repositories that could not be read here; what was known of their changes stays.
 */
unread: Array<UnreadRepository>, 
/**
 * Every change is on every branch.
 */
complete: boolean, };

export type BranchPresence = { branch: string, presence: Presence, 
/**
 * The commit on the branch that is the change, or might be.
 */
commit?: string, 
/**
 * Why it is uncertain or missing, where that is known.
 */
doubt?: Doubt | null, 
/**
 * What reverted it, or the merge that took nothing of it.
 */
other?: string, };

export type BranchRow = { commit: string, subject: string, repository: string, branch: string, presence: Presence, doubt: Doubt | null, 
/**
 * The commit on the branch that is it, or might be.
 */
there: string, why: string, };

export type BranchView = { name: string, commit: string, 
/**
 * As it was when it was last fetched from elsewhere.
 */
remote: boolean, };

export type Breach = { id: string, probe: string, environment: string, detail: string, at: string, 
/**
 * What was done by itself when it opened.
 */
deed: BreachDeed, closed_at: string | null, closed_by: PersonId | null, resolution: string, };

export type BreachDeed = { "did": "notified" } | { "did": "reopened", issues: Array<IssueKey>, 
/**
 * The one that begins, or in which they are already; none while they have to be triaged first.
 */
hotfix: HotfixKey | null, } | { "did": "rolled_back", deployment: DeploymentKey, } | { "did": "refused", wanted: OnBreach, why: string, };

export type BreakGlass = { key: HotfixKey, environment: string, hash: Digest | null, reason: string, };

export type Broken = { seq: number, by: PersonId, at: string, reason: string, reviewed_by: PersonId | null, };

export type BuildNotes = { install: string, rollback: string, };

export type BuildPackage = { key: HotfixKey, from: Array<PackageSource>, 
/**
 * Files of the commit besides the sources.
 */
take: CommitFiles | null, 
/**
 * Another commit than the newest change; `changed` then means what that commit touched.
 */
commit: string | null, 
/**
 * Patterns as in a .gitignore, on paths in the package; all files if there are none.
 */
include: Array<string>, exclude: Array<string>, format: PackageFormat, notes: BuildNotes, };

export type BuiltPackage = { package: Package, notes: BuildNotes, };

export type Bundled = { path: string, files: number, bytes: number, 
/**
 * The SHA-256 of the list of files in it: who keeps it knows the bundle again.
 */
manifest: string, packages: boolean, 
/**
 * What of the case is not in it, and why.
 */
absent: Array<string>, 
/**
 * Records of the case, and of everything else.
 */
own: number, others: number, 
/**
 * What whoever hands it on has to know.
 */
note: string, };

export type BusinessCalendar = { id: CatalogId, name: string, hours: BusinessHours, };

export type BusinessHours = { 
/**
 * An IANA name, such as `Europe/Berlin`.
 */
zone: string, 
/**
 * Monday first; a closed day is an empty list.
 */
days: [Array<OpenHours>, Array<OpenHours>, Array<OpenHours>, Array<OpenHours>, Array<OpenHours>, Array<OpenHours>, Array<OpenHours>], 
/**
 * Days on which nobody is there: `2026-12-25`, or `12-25` for every year; a name may follow,
 * as in `12-25 Christmas Day`.
 */
holidays: Array<string>, };

export type CalendarEntry = { id: CatalogId, name: string, purpose: CalendarKind, products: Array<CatalogId>, environments: Array<string>, components: Array<string>, targets: Array<string>, 
/**
 * Of an absence, who is away; of a lock, who holds it; of a duty, who is on duty.
 */
people: Array<PersonId>, 
/**
 * Of a duty, the duties that it stands in for, for as long as it takes place.
 */
replaces: Array<CatalogId>, rule: Rule, note: string, 
/**
 * Where it came from, if it was not made here.
 */
origin: CalendarOrigin | null, };

export type CalendarKind = "freeze" | "maintenance" | "lock" | "absence" | "duty";

export type CalendarOrigin = { 
/**
 * The source that keeps it in step; none if it came in a file.
 */
source: CatalogId | null, 
/**
 * Its UID, with `#` and the RECURRENCE-ID for an instance that stands alone.
 */
uid: string, 
/**
 * Of what the event said when it was taken in: the same again changes nothing here.
 */
digest: string, };

export type CalendarScope = { purpose: CalendarKind, products: Array<CatalogId>, environments: Array<string>, components: Array<string>, targets: Array<string>, people: Array<PersonId>, };

export type CallBack = { issue: IssueKey, 
/**
 * The person's place among the issue's affected people.
 */
index: number, note: string, };

export type CallBackRow = { issue: IssueKey, index: number, hotfix: HotfixKey, 
/**
 * The title of the hot fix that answers them.
 */
answer: string, contact: Contact, title: string, 
/**
 * What they said when they called, and when that was.
 */
said: string, reported_at: string, 
/**
 * What to tell them: what the others were told in writing, where that has happened.
 */
say: string, done: boolean, };

export type CancelBranches = Record<symbol, never>;

export type CancelChecks = { key: DeploymentKey, };

export type CancelDeployment = { key: DeploymentKey, reason: string, };

export type CancelHotfix = { key: HotfixKey, reason: string, };

export type CancelImport = Record<symbol, never>;

export type CancelMessage = { key: MessageKey, };

export type CancelPackaging = Record<symbol, never>;

export type CancelReading = Record<symbol, never>;

export type CancelReporting = Record<symbol, never>;

export type CancelRun = { key: DeploymentKey, reason: string, };

export type CancelTestRun = Record<symbol, never>;

export type Cancelled = { by: PersonId, reason: string, at: string, };

export type CatalogId = string;

export type CatalogObject = { "kind": "person" } & Person | { "kind": "team" } & Team | { "kind": "product" } & Product | { "kind": "endpoint" } & Endpoint | { "kind": "policy" } & Policy | { "kind": "rubric" } & Rubric | { "kind": "checklist" } & Checklist | { "kind": "template" } & Template | { "kind": "audience" } & Audience | { "kind": "calendar" } & CalendarEntry | { "kind": "business_calendar" } & BusinessCalendar | { "kind": "source" } & Source | { "kind": "published_calendar" } & PublishedCalendar | { "kind": "messenger" } & Messenger | { "kind": "access" } & Access;

export type CatalogRow = { object: CatalogObject, version: number, };

export type Cause = { kind: CauseKind, since_version: string, since_commit: string, text: CauseText, by: PersonId, at: string, };

export type CauseKind = "code" | "configuration" | "data" | "dependency" | "infrastructure" | "process";

export type CauseSaved = { 
/**
 * In full where it was found; as it was typed where there is no repository to look into.
 */
since_commit: string, };

export type CauseText = { what: string, whys: Array<string>, next: string, };

export type Change = { 
/**
 * Full commit hash.
 */
commit: string, branch: string, authored_at: string | null, files: Array<ChangedFile>, 
/**
 * On which of the product's living branches the change was found, and how.
 */
branches: Array<BranchPresence>, };

export type ChangeKind = "standard" | "normal" | "emergency";

export type ChangePriority = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, priority: Priority, reason: string, };

export type ChangeReading = { commit: string, risks: Risks, keys: Array<NamedKey>, };

export type ChangeState = "new" | "assess" | "authorize" | "scheduled" | "implement" | "review" | "closed" | "canceled";

export type ChangeText = { repository: string, subject: string, message: string, author: Contact, 
/**
 * Where it was reviewed, and what was written there.
 */
pull_request: string, pull_request_text: string, };

export type Changed = { key: IssueKey, before: number, after: number, };

export type ChangedFile = { path: string, additions: number, deletions: number, };

export type ChangedSince = { path: string, change: FileChange, };

export type Channel = "phone" | "mail" | "chat" | "in_person" | "monitoring" | "testing" | "import";

export type ChannelText = { subject: string, text: string, };

export type ChannelTrial = { channel: MessageChannel, subject: string, body: string, 
/**
 * The template has words of its own for it.
 */
own: boolean, };

export type Check = { item: CheckItem, result: CheckResult | null, 
/**
 * The bytes the result is about.
 */
hash: Digest | null, evidence: EvidenceText, attachments: Array<Attachment>, by: PersonId | null, 
/**
 * The program asked and judged, because `by` made it do so.
 */
by_machine: boolean, at: string | null, };

export type CheckBranches = { key: HotfixKey, };

export type CheckCommand = { 
/**
 * The program and its words, as they are.
 */
argv: Array<string>, 
/**
 * Where it runs: absolute, or below the product's repository, which it is if empty.
 */
folder: string, 
/**
 * What it may end with.
 */
exits: Array<number>, 
/**
 * What has to be among what it prints; empty for anything.
 */
contains: string, 
/**
 * Then it is stopped, and has failed.
 */
timeout_minutes: number, 
/**
 * The report that it writes, below its folder: that judges then, and not how the program ends.
 */
report: CheckReport | null, };

export type CheckCommandView = { 
/**
 * The workspace lets programs of this machine be run.
 */
workspace: boolean, 
/**
 * This machine lets these very words be run there.
 */
machine: boolean, 
/**
 * Where it runs.
 */
folder: string, 
/**
 * Why that cannot be told.
 */
problem: string | null, };

export type CheckHow = { "by": "manual" } | { "by": "http", method: string, 
/**
 * http:// or https://, without a user or a password.
 */
url: string, 
/**
 * How its host is reached; absent, as this machine reaches it.
 */
access: CatalogId | null, 
/**
 * JSON that is sent; empty for none.
 */
body: string, assertions: Array<Assertion>, } | { "by": "prometheus", 
/**
 * That of the server.
 */
url: string, 
/**
 * How its host is reached; absent, as this machine reaches it.
 */
access: CatalogId | null, 
/**
 * PromQL that gives numbers of one moment.
 */
query: string, at_least: number | null, at_most: number | null, } | { "by": "command" } & CheckCommand | { "by": "junit" } & CheckReport;

export type CheckItem = { id: string, kind: CheckKind, text: string, expected: string, 
/**
 * How it is done, in Markdown; its links lead to web pages and mail addresses.
 */
instructions: string, 
/**
 * Who answers it: a person, or the program.
 */
how: CheckHow, 
/**
 * Only for hot fixes that touch one of these components, or might; empty for all.
 */
components?: Array<string>, required: boolean, };

export type CheckKind = "procedure" | "functional" | "regression" | "acceptance";

export type CheckRecipe = { text: string, };

export type CheckReport = { 
/**
 * A file or a folder: absolute, or below the product's repository. Empty: a person gives the file.
 */
path: string, 
/**
 * So many tests have to have passed or failed; skipped ones did not run.
 */
at_least: number, 
/**
 * Only tests whose suite or name has this in it, in small or capital letters; empty for all.
 */
only: string, };

export type CheckResult = "passed" | "failed" | "blocked" | "waived";

export type Checklist = { id: CatalogId, name: string, product: CatalogId | null, environment: string | null, priorities: Array<Priority>, 
/**
 * It is the procedure of a standard change: only hot fixes that name it follow it.
 */
standard: StandardChange | null, items: Array<CheckItem>, };

export type ChecksPlace = { 
/**
 * An endpoint of the recipe `github-checks` or `gitlab-checks`.
 */
endpoint: CatalogId, 
/**
 * `owner/name`; for GitLab the project's path, groups included.
 */
project: string, };

export type ChecksRan = { 
/**
 * In the order of the checklist, without those that were stopped.
 */
ran: Array<RanCheck>, 
/**
 * Somebody stopped it; what had been answered stays.
 */
cancelled: boolean, };

export type ChecksRunning = { 
/**
 * Those without an outcome yet.
 */
checks: Array<string>, 
/**
 * Of those that were begun together with them.
 */
done: number, of: number, };

export type ChooseProfile = { person: PersonId, };

export type ChooseSigningKey = { 
/**
 * The key's number: sixteen hexadecimal digits.
 */
id: string, 
/**
 * The line that names the key in minisign's format.
 */
public_key: string, };

export type ClaimDecision = { key: DeploymentKey, };

export type Classified = { kind: ChangeKind, 
/**
 * The checklist of the standard change.
 */
template: CatalogId | null, reason: string, by: PersonId | null, at: string | null, };

export type ClassifyChange = { key: HotfixKey, change: ChangeKind, template: CatalogId | null, reason: string, };

export type ClockRow = { what: ClockWhat, state: SlaState, due: string, 
/**
 * When four fifths of its time are used up.
 */
risk_at: string | null, };

export type ClockWhat = "respond" | "resolve";

export type CloseBreach = { key: HotfixKey, breach: string, finding: string, };

export type CloseDiff = { diff: DiffOf, };

export type CloseHotfix = { key: HotfixKey, note: string, };

export type CloseIssue = { keys: Array<IssueKey>, reason: string, 
/**
 * Leave and name those that cannot be decided about, instead of refusing all of it.
 */
partly: boolean, };

export type ClosedElsewhere = "import" | "skip";

export type Comment = { by: PersonId, at: string, internal: boolean, text: string, mentions: Array<PersonId>, 
/**
 * Hashes among the issue's attachments; an erased one is not there any more.
 */
attachments: Array<Digest>, 
/**
 * Whoever wrote from outside; then `by` is only who took it in.
 */
from: Contact | null, 
/**
 * What it repeats of earlier messages.
 */
quoted: string, };

export type Commit = { commit: string, subject: string, message: string, author: string, authored_at: string | null, 
/**
 * It has several parents.
 */
merge: boolean, additions: number, deletions: number, 
/**
 * The first of them.
 */
files: Array<ChangedFile>, file_count: number, 
/**
 * Branches that end in it.
 */
branches: Array<string>, };

export type CommitFiles = "changed" | "all";

export type ComparePackage = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, hash: Digest, contains: Array<string>, };

export type ComparePackageText = { key: HotfixKey, revision: number | null, with: ComparedWith, path: string, };

export type ComparePackages = { key: HotfixKey, 
/**
 * The newest, if left out.
 */
revision: number | null, with: ComparedWith, offset: number, limit: number | null, };

export type Compared = { 
/**
 * The run before: of this hot fix, else of the newest one of the same product.
 */
hotfix: HotfixKey, 
/**
 * From 1, in the order they were recorded.
 */
run: number, 
/**
 * They fail, and did not fail before.
 */
newly: number, still: number, 
/**
 * They failed before, and pass.
 */
mended: number, 
/**
 * They ran before, and did not run now.
 */
missing: number, 
/**
 * The first of those that newly fail.
 */
newly_failing: Array<string>, };

export type ComparedFile = { path: string, change: PackageDifference, before: PackagedSide | null, after: PackagedSide | null, };

export type ComparedRevision = { hotfix: HotfixKey, revision: number, hash: Digest, };

export type ComparedWith = { "what": "revision", revision: number, } | { "what": "environment", environment: string, };

export type Configuration = { id: string, 
/**
 * Empty: in every environment.
 */
environment: string, text: ConfigurationText, 
/**
 * The version of the hot fix in which it was last written.
 */
moved: number, by: PersonId, at: string, };

export type ConfigurationText = { name: string, before: string, after: string, note: string, };

export type ConfirmRecurrence = { key: HotfixKey, 
/**
 * The issue in which it came back: one of its own, or a new report.
 */
issue: IssueKey, reason: string, };

export type Conflicts = { 
/**
 * Until when the environment and the people are taken: the last moment to start, or the
 * expected end of a start at the first.
 */
ends_at: string, blockers: Array<Blocker>, 
/**
 * What is in the way and was overridden for these bytes.
 */
overridden: Array<Passed>, 
/**
 * The first time from then on against which nothing stands.
 */
next: FreeSlot | null, };

export type Contact = { name: string, 
/**
 * A mail address, a telephone number, or empty.
 */
reach: string, };

export type CountAll = Record<symbol, never>;

export type Counted = { failures: number, inconclusive: number, 
/**
 * In a row.
 */
errors: number, };

export type Counts = { untriaged: number, open: number, mine: number, at_risk: number, hotfixes: number, deployments: number, messages: number, monitoring: number, waiting: number, };

export type CreateWorkspace = { name: string, zone: string, };

export type DecideHold = { key: DeploymentKey, decision: Decision, reason: string, };

export type Decided = { target: string, gate: GateRef | null, decision: Decision, reason: string, by: PersonId, at: string, };

export type DecidedIssues = { changed: Array<Changed>, left: Array<Left>, };

export type Decision = "retry" | "skip" | "roll_back" | "stop" | "look_again" | "it_worked" | "it_did_not";

export type Decline = { key: HotfixKey, environment: string, hash: Digest | null, reason: string, };

export type Defaults = { product: CatalogId | null, version: string, environment: string, component: string, channel: Channel | null, };

export type Defer = { keys: Array<IssueKey>, reason: string, 
/**
 * Leave and name those that cannot be decided about, instead of refusing all of it.
 */
partly: boolean, };

export type Deployment = { key: DeploymentKey, version: number, state: DeploymentState, hotfix: HotfixKey, product: CatalogId, environment: string, production: boolean, revision: number, hash: Digest, starts_at: string | null, window_ends_at: string | null, automatic: boolean, expected: Expected, targets: Array<Target>, 
/**
 * The environment's other targets when it was planned, if it is for some of them only.
 */
left_out: Array<string>, note: string, planned_by: PersonId, procedures: Array<Procedure>, checks: Array<Check>, sign_offs_wanted: number, sign_off_by: SignOffBy, 
/**
 * Those that stand: who refuses later has not signed.
 */
sign_offs: Array<SignOff>, 
/**
 * Who has said that it is not over for them, and not signed since.
 */
refusals: Array<SignOff>, 
/**
 * What stakeholders said of its time, the newest last.
 */
answers: Array<Answered>, 
/**
 * Of which start it was reminded, how many minutes before it.
 */
reminded: Array<[string, number]>, 
/**
 * The notices that were given, or left out, in that order.
 */
told: Array<Given>, 
/**
 * The notices somebody was reminded to give.
 */
called: Array<Notice>, 
/**
 * When it was last moved to another time, missed, or called off.
 */
moved_at: string | null, planned_at: string | null, 
/**
 * The run that acts now, or acted last. Each start and each rollback is a run of its own.
 */
run: Run | null, finished_runs: Array<Run>, reason: string, deployed_at: string | null, done_at: string | null, changed_at: string | null, };

export type DeploymentKey = string;

export type DeploymentRow = { key: DeploymentKey, hotfix: HotfixKey, title: string, product: CatalogId, environment: string, revision: number, state: DeploymentState, starts_at: string, window_ends_at: string, 
/**
 * Starts by itself.
 */
automatic: boolean, expected: Expected, 
/**
 * The run holds for a person.
 */
held: boolean, started_at: string | null, ended_at: string | null, };

export type DeploymentState = "planned" | "deploying" | "validating" | "done" | "failed" | "rolled_back" | "missed" | "cancelled";

export type DeploymentView = { deployment: Deployment, title: string, product_name: string, environment_name: string, targets: Array<TargetView>, done: number, waves: Array<WaveView>, 
/**
 * What will hold when it starts, or what the run was started with.
 */
rollout: Rollout, 
/**
 * From the median of earlier runs into this environment; absent without any.
 */
expected_end: string | null, 
/**
 * That median, in seconds.
 */
usual_seconds: number | null, 
/**
 * Endpoints of the targets by their names.
 */
endpoints: Array<[CatalogId, string]>, 
/**
 * What a rollback would bring back, in words.
 */
rolls_back_to: string, };

export type DiffFile = { path: string, 
/**
 * What it was called before.
 */
before: string | null, status: FileStatus, 
/**
 * No text.
 */
binary: boolean, additions: number, deletions: number, 
/**
 * The line on which it begins, once it has come.
 */
line: number | null, };

export type DiffLine = { kind: DiffLineKind, old: number | null, new: number | null, text: string, 
/**
 * How many bytes of a long line are left out.
 */
cut: number, };

export type DiffLineKind = "file" | "about" | "hunk" | "context" | "added" | "removed" | "note";

export type DiffOf = { "of": "commit", repository: string, commit: string, from: string | null, } | { "of": "change", key: HotfixKey, commit: string, } | { "of": "configuration", key: HotfixKey, id: string, };

export type DiffPage = { lines: Array<DiffLine>, };

export type DiffView = { files: Array<DiffFile>, 
/**
 * How many lines have come.
 */
lines: number, 
/**
 * All that will come has come.
 */
done: boolean, 
/**
 * There is more than is shown.
 */
cut: boolean, };

export type Digest = string;

export type Disruption = "unsaid" | "none" | "brief" | "degraded" | "outage";

export type Doing = "looking" | "packing" | "storing" | "verifying" | "writing";

export type Done = Record<symbol, never>;

export type Doubt = "squashed" | "resolved" | "surroundings" | "reverted" | "reapplied" | "not_taken" | "no_branch" | "no_commit" | "shallow" | "unreadable";

export type Draft = { text: string, };

export type DutyClash = { person: PersonId, span: Span, };

export type DutyRow = { 
/**
 * None of them named: all there are, or there is none.
 */
products: Array<CatalogId>, 
/**
 * "Shop, Billing"; empty if it holds for everything.
 */
name: string, 
/**
 * Somebody is on duty for it at some time; else nobody has made a rota for it.
 */
has_rota: boolean, now: Array<OnDuty>, 
/**
 * Everybody who comes on duty at the next time that anybody does.
 */
next: Array<OnDuty>, 
/**
 * The turns up to `to`, the earliest first.
 */
turns: Array<Turn>, 
/**
 * When nobody is on duty in the weeks ahead; none where there is no rota.
 */
gaps: Array<Span>, 
/**
 * How many there are in all.
 */
all_gaps: number, 
/**
 * Who is on duty and away at once.
 */
clashes: Array<DutyClash>, };

export type DutyView = { at: string, 
/**
 * The workspace's zone.
 */
zone: string, rows: Array<DutyRow>, };

export type EditIssue = { key: IssueKey, base: number | null, text: ReportText, product: CatalogId | null, component: string, version: string, environment: string, };

export type Emergency = { hotfix: HotfixKey, 
/**
 * `rollout` or `start`.
 */
gate: Gate, environment: string | null, 
/**
 * The targets that have still to get it, where the others have it; empty for all of them.
 */
targets: Array<string>, 
/**
 * What is planned there already.
 */
deployment: DeploymentKey | null, 
/**
 * It will be planned, or moved, to now.
 */
moves: boolean, 
/**
 * It becomes an emergency change: fewer approvals, and a review.
 */
declares: boolean, 
/**
 * What the policy lets go, and whoever asks may.
 */
lets_go: Array<Blocker>, 
/**
 * What the policy lets go, but not by whoever asks.
 */
others: Array<Blocker>, 
/**
 * What nobody may override.
 */
stays: Array<Blocker>, passed: Array<Passed>, };

export type EndGate = { key: DeploymentKey, run: number, wave: number, gate: string, verdict: GateVerdict, measured: Measured, detail: string, };

export type EndMessage = { key: MessageKey, attempt: number, 
/**
 * Why it failed for good; empty when it was sent.
 */
error: string, 
/**
 * Whom it did not reach, although it reached others.
 */
refused: Array<Refusal>, 
/**
 * Whom it reached, although it failed: by their place among the recipients.
 */
reached: Array<number>, };

export type EndStep = { deployment: DeploymentKey, target: string, 
/**
 * The idempotency key of the step.
 */
key: string, result: StepOutcome, 
/**
 * Hold the run for a person, with this sentence.
 */
hold: string | null, };

export type Endpoint = { id: CatalogId, name: string, 
/**
 * A recipe that ships with the program (`generic-http`), `custom`, or `command`.
 */
recipe: string, 
/**
 * The text of a custom recipe; empty otherwise.
 */
recipe_text: string, 
/**
 * The recipe's setting of that name; empty where the recipe has none, or one of its own.
 */
base_url: string, 
/**
 * The recipe's other settings. A target's own value goes before.
 */
settings: { [key in string]: string }, 
/**
 * `host` or `host:port` that calls may reach; empty means those of its addresses.
 */
hosts: Array<string>, secrets: Array<string>, 
/**
 * `http://host:port` of the proxy that its calls go through; empty for none.
 */
proxy: string, 
/**
 * Certificates (PEM) of the authorities that alone are trusted here; empty for this machine's.
 */
ca: string, 
/**
 * What the recipe `command` runs.
 */
command: EndpointCommand | null, };

export type EndpointCommand = { 
/**
 * What a deployment runs.
 */
argv: Array<string>, 
/**
 * What a rollback runs; empty if it cannot roll back.
 */
rollback: Array<string>, 
/**
 * Ends with 0 if all is well; empty if nothing is asked.
 */
health: Array<string>, 
/**
 * Prints the version that runs, on its first line; empty if nothing is asked.
 */
version: Array<string>, 
/**
 * An absolute path.
 */
folder: string, 
/**
 * Names of variables of this program's surroundings that it sees too.
 */
environment: Array<string>, timeout_minutes: number, };

export type EndpointCommandView = { 
/**
 * The workspace lets programs of this machine be run.
 */
workspace: boolean, 
/**
 * This machine lets these very words be run.
 */
machine: boolean, 
/**
 * What secrets are called among its variables.
 */
variables: Array<string>, };

export type Environment = { id: string, name: string, production: boolean, 
/**
 * How long a revision must have been Done here before it may go to the next environment.
 */
soak_minutes: number, targets: Array<Target>, probes: Array<ProbeSpec>, 
/**
 * Its waves, gates and limits.
 */
rollout: Rollout, };

export type ErasePerson = { key: IssueKey | null, contact: Contact, person: PersonId | null, reason: string, };

export type Error = { kind: Kind, message: string, hint?: string, where?: string, };

export type EventBecame = "added" | "changed" | "known" | "retired";

export type Every = "week" | "month";

export type EvidenceFrom = "hand" | "junit" | "tap" | "check_runs" | "command";

export type EvidenceText = { text: string, link: string, };

export type Expected = { 
/**
 * From the start to the end of the run; 0 where nobody has said.
 */
duration_minutes: number, disruption: Disruption, 
/**
 * Who is on duty while it runs.
 */
on_duty: Array<PersonId>, 
/**
 * How many minutes before the start those are reminded who own, approve or stand by for it.
 */
remind_minutes: Array<number>, 
/**
 * Who is told of it, and when. In a request, left out: whom the catalog's audiences name.
 */
notices: Array<NoticePlan> | null, };

export type ExportAudit = { path: string, };

export type ExportCalendar = { path: string, 
/**
 * Only of these kinds; none named means all.
 */
purposes: Array<CalendarKind>, 
/**
 * Only what concerns this product.
 */
product: CatalogId | null, };

export type ExportPackage = { key: HotfixKey, 
/**
 * The newest, if left out.
 */
revision: number | null, path: string, };

export type ExportSigningKey = { path: string, };

export type Exported = { path: string, 
/**
 * The file with the signature, if the revision is signed.
 */
signature: string | null, };

export type ExportedCalendar = { entries: number, never: Array<string>, 
/**
 * The calendar, if it was not written to a file.
 */
text: string, };

export type ExtendMonitoring = { key: HotfixKey, until: string, reason: string, };

export type FailValidation = { key: DeploymentKey, reason: string, };

export type Fate = "refused" | "in" | "removed" | "out";

export type Feedback = { score: number, from: Contact, text: string, by: PersonId, at: string, };

export type FetchChecks = { key: HotfixKey, 
/**
 * The newest change's, if left out.
 */
commit: string, suite: string, };

export type Figure = { measure: Metric, name: string, 
/**
 * What is counted, from when to when, and what is not, in words.
 */
formula: string, unit: MetricUnit, better: Better, 
/**
 * None where nothing has a value.
 */
value: number | null, 
/**
 * Of how many rows the value is made.
 */
of: number, 
/**
 * Of a share: how many of them count.
 */
part: number | null, 
/**
 * Rows of the period without a value, because a milestone was skipped or is still ahead.
 */
without: number, 
/**
 * The value of the period before.
 */
before: number | null, before_of: number, points: Array<MetricPoint>, };

export type FileChange = "added" | "changed" | "removed";

export type FileColumn = { name: string, sample: string, };

export type FileFormat = "csv" | "jsonl" | "github" | "gitlab" | "jira" | "zendesk";

export type FileLook = { format: FileFormat, encoding: string, 
/**
 * None for JSON.
 */
separator: string | null, bytes: number, columns: Array<FileColumn>, mapping: Array<MappedField>, day_first: boolean, 
/**
 * 03/04 occurs, and nothing in the file tells which month it is in.
 */
dates_ambiguous: boolean, rows: Array<RowLook>, };

export type FileRole = "file" | "script" | "configuration";

export type FileStatus = "added" | "deleted" | "changed" | "renamed" | "copied" | "turned" | "mode";

export type Filter = { 
/**
 * As it stands in what was typed.
 */
text: string, 
/**
 * Its full name.
 */
field: string, value: string, 
/**
 * What must not be.
 */
without: boolean, 
/**
 * It was left out because its value fits nothing; a note says what would.
 */
left_out: boolean, };

export type FindCommit = { product: CatalogId, revision: string, };

export type FindFixed = { title: string, description: string, component: string, product: CatalogId | null, 
/**
 * The version in which it is seen now.
 */
version: string, 
/**
 * The environment in which it is seen, by id or name.
 */
environment: string, 
/**
 * The issue being looked at; its own hot fix is left out.
 */
except: IssueKey | null, 
/**
 * At most 10; 3 if left out.
 */
top: number | null, 
/**
 * Only what a person would look at twice.
 */
likely: boolean, 
/**
 * Wait for the index to be loaded, however long it takes.
 */
wait: boolean, };

export type FindHunk = { diff: DiffOf, line: number, 
/**
 * Before the line instead of after it.
 */
back: boolean, };

export type FindSimilar = { title: string, description: string, component: string, 
/**
 * Leave this one out (it is the one being looked at), and what is known not to be the same.
 */
except: IssueKey | null, 
/**
 * At most 20; 5 if left out.
 */
top: number | null, 
/**
 * When it is reported; now if left out.
 */
at: string | null, 
/**
 * Only what a person would look at twice, even if nothing is left.
 */
likely: boolean, 
/**
 * Wait for the index to be loaded, however long it takes.
 */
wait: boolean, };

export type FinishRun = { key: DeploymentKey, };

export type FinishValidation = { key: DeploymentKey, };

export type FixedBefore = { hotfix: HotfixKey, title: string, 
/**
 * The issue of that hot fix which is most like the report.
 */
issue: IssueKey, issue_title: string, 
/**
 * How probable it is that it is the same, 0 to 1, judged by other projects.
 */
score: number, 
/**
 * Words that both have, as they stand in the title of that issue.
 */
shared: Array<string>, 
/**
 * When it was last put into production, so far as is recorded.
 */
shipped_at: string | null, 
/**
 * The newest version in which it was seen then; empty if nobody said.
 */
seen_in: string, recurrence: Recurrence, 
/**
 * The same in words.
 */
label: string, 
/**
 * Like enough, and where the fix should be: a person is asked whether it came back.
 */
suspected: boolean, 
/**
 * How it was solved that time, as far as it was written down.
 */
cause: string, solution: string, lessons: string, };

export type Found = { hits: Array<Hit>, 
/**
 * There are more than these.
 */
more: boolean, 
/**
 * Words that nothing has, and what was shown for them.
 */
instead: Array<Instead>, 
/**
 * The fields that were typed.
 */
filters: Array<Filter>, 
/**
 * What was not understood, each with what would be.
 */
notes: Array<string>, };

export type FoundCommit = { commit: string, subject: string, 
/**
 * As git claims.
 */
author: string, authored_at: string | null, };

export type FoundContained = { 
/**
 * Commits that were not known to be contained.
 */
found: Array<string>, 
/**
 * Commits that run somewhere and are not contained.
 */
lacking: Array<string>, };

export type FoundHunk = { line: number | null, };

export type FreeSlot = { start: string, end: string, 
/**
 * A sentence without times: those are shown in the reader's zone.
 */
why: string, time: SlotTime, 
/**
 * One part for each environment of the path; empty for a single environment.
 */
parts: Array<SlotPart>, };

export type FreeSlots = { product: CatalogId, 
/**
 * Left out with `path`: all of them, one after the other.
 */
environment: string, 
/**
 * For these targets of the environment; for all, if left out.
 */
targets: Array<string> | null, minutes: number, from: string | null, count: number | null, 
/**
 * Slots for the rest of the path: each environment, what it has to soak, and the next.
 */
path: boolean, 
/**
 * The hot fix they are for: what it overrode is not in its way.
 */
hotfix: HotfixKey | null, 
/**
 * The deployment that is moved.
 */
deployment: DeploymentKey | null, disruption: Disruption, on_duty: Array<PersonId>, };

export type Gate = "rollout" | "plan" | "start" | "deployed" | "done" | "close";

export type GateEnd = { wave: number, gate: string, verdict: GateVerdict, measured: Measured, detail: string, at: string, };

export type GateRef = { wave: number, gate: string, };

export type GateSample = { at: string, result: string, detail: string, };

export type GateVerdict = "passed" | "failed" | "inconclusive" | "error";

export type GateView = { gate: HealthGate, end: GateEnd | null, 
/**
 * The newest measurements, the oldest first: `success`, `failure`, `inconclusive` or `error`.
 */
samples: Array<GateSample>, };

export type GiveSigningKey = { 
/**
 * As minisign writes it, without a password.
 */
secret: string, session: boolean, };

export type Given = { notice: Notice, 
/**
 * Absent where nobody was told.
 */
message: MessageKey | null, 
/**
 * Why nobody was told.
 */
reason: string, by: PersonId, at: string, };

export type GoThrough = { key: HotfixKey, environment: string | null, reason: string, 
/**
 * The blockers that whoever decided has seen, by code: anything else refuses it.
 */
blockers: Array<string>, };

export type Guide = { system: [string, string, string], users: [string, string, string], business: [string, string, string], urgency: [string, string, string], };

export type HandOver = { text: string, 
/**
 * Whom it is for; whoever comes on duty next if left out.
 */
to: PersonId | null, 
/**
 * What it is about; everything where none is named.
 */
products: Array<CatalogId>, under_way: Array<UnderWay>, };

export type HandOverDraft = { 
/**
 * Who comes on duty next, without who asks.
 */
next: Array<PersonId>, 
/**
 * When the next shift is, if anybody has planned it.
 */
shift: Span | null, under_way: Array<UnderWay>, };

export type HandOverKey = string;

export type HandOverNote = { key: HandOverKey, version: number, from: PersonId, to: PersonId, 
/**
 * What it is about; everything where none is named.
 */
products: Array<CatalogId>, text: HandOverText, at: string | null, 
/**
 * When whom it is for said that they have read it.
 */
read_at: string | null, };

export type HandOverRow = { key: HandOverKey, from: PersonId, from_name: string, to: PersonId, to_name: string, at: string, read_at: string | null, products: Array<CatalogId>, 
/**
 * How it begins.
 */
excerpt: string, 
/**
 * It goes on after that.
 */
more: boolean, under_way: number, };

export type HandOverText = { text: string, under_way: Array<UnderWay>, };

export type HealthGate = { id: string, name: string, by: Measure, 
/**
 * Of an HTTP probe, the address; of a query, that of the Prometheus server.
 */
url: string, 
/**
 * How its host is reached; absent, as this machine reaches it.
 */
access: CatalogId | null, expect_status: number, expect_text: string, max_millis: number | null, 
/**
 * PromQL that gives one number.
 */
query: string, at_least: number | null, at_most: number | null, every_seconds: number, 
/**
 * How many good measurements pass it.
 */
good: number, failure_limit: number, inconclusive_limit: number, error_limit: number, 
/**
 * It is measured and shown, and decides nothing.
 */
dry_run: boolean, };

export type HearVersion = { product: CatalogId, environment: string, 
/**
 * Since when that ran which was believed to run when they were asked.
 */
since: string | null, 
/**
 * Nothing had been heard from them since then.
 */
first: boolean, told: Array<TargetTold>, };

export type Heard = "recorded" | "as_known" | "unclear" | "silent" | "moved_on";

export type Hit = { key: string, 
/**
 * `issue`, `hotfix`, `report` (of a closed hot fix) or `message`.
 */
kind: string, title: string, 
/**
 * Parts of the title that match, as they stand there.
 */
marks: Array<string>, 
/**
 * Plain text around the match, the words that matched between U+2068 and U+2069.
 */
snippet: string, 
/**
 * Of an issue or a message its state, of a hot fix its phase.
 */
state: string, priority: Priority | null, product: CatalogId | null, 
/**
 * When it was reported, started, closed or queued.
 */
at: string, };

export type Hold = { target: string, unknown: boolean, 
/**
 * The gate that failed, where no target did.
 */
gate: GateRef | null, reason: string, at: string, claimed_by: PersonId | null, };

export type HoldGate = { key: DeploymentKey, wave: number, gate: string, };

export type HoldRun = { key: DeploymentKey, target: string, unknown: boolean, reason: string, };

export type HolidaysRead = { 
/**
 * Such as `2026-12-25 Christmas Day`.
 */
days: Array<string>, skipped: Array<SkippedLine>, };

export type Hotfix = { key: HotfixKey, version: number, phase: Phase, title: string, product: CatalogId, priority: Priority | null, priority_reason: string, resolve_by: string | null, issues: Array<IssueKey>, recurrence_of: HotfixKey | null, started_by: PersonId, started_at: string | null, owner: PersonId | null, team: CatalogId | null, 
/**
 * Who had it, one after the other; the last one has it now.
 */
assignments: Array<Assignment>, cause: Cause | null, solution: SolutionText | null, risk: Risk | null, change: Classified, rollback_plan: string, changes: Array<RecordedChange>, 
/**
 * What changes besides, in no repository.
 */
configurations: Array<Configuration>, 
/**
 * How many were ever recorded: ids are not given twice.
 */
configured: number, tests: Array<RecordedTests>, packages: Array<BuiltPackage>, approval_requests: Array<ApprovalRequest>, approvals: Array<Approval>, overrides: Array<Override>, deployments: Array<DeploymentKey>, told: Array<Told>, 
/**
 * What people outside are told of it.
 */
public: PublicWords | null, 
/**
 * For which wait for a word whoever has it was reminded last.
 */
update_reminded: string | null, monitoring: Monitoring | null, breaches: Array<Breach>, doubts: Array<WatchDoubt>, recurrences: Array<IssueKey>, feedback_asked_at: string | null, feedback: Array<Feedback>, support_notes: Array<SupportNote>, lessons: string, closed_at: string | null, 
/**
 * Why it was closed, cancelled or sent back to Development.
 */
reason: string, 
/**
 * Everybody who recorded a change, a package or the solution. Whom git names as an author as
 * well is found by `gates::authors`, which knows people's mail addresses.
 */
authors: Array<Authored>, 
/**
 * At which version of the hot fix each of its texts was last written.
 */
moved: Moved, changed_at: string | null, };

export type HotfixKey = string;

export type HotfixRow = { key: HotfixKey, title: string, phase: Phase, 
/**
 * The environment it is in or goes to next; empty in Development.
 */
environment: string, priority: Priority | null, product: CatalogId, owner: PersonId | null, revision: number | null, affected: number, issues: number, started_at: string, resolve_by: string | null, 
/**
 * What its gate lacks, in words; empty when it may go on.
 */
blockers: Array<string>, 
/**
 * Somebody has to decide now: a run holds, a breach is open, or a probe says neither yes nor no.
 */
waits: boolean, };

export type HotfixView = { hotfix: Hotfix, product: Product, issues: Array<IssueRow>, deployments: Array<Deployment>, affected: number, ship: Ship, 
/**
 * By when affected people have to hear how it goes.
 */
update_due: UpdateDue | null, 
/**
 * Where the change stands, as ITIL tools call it.
 */
change_state: ChangeState, 
/**
 * The stations of the rail, in order.
 */
rail: Array<Station>, 
/**
 * How approval stands, an environment each.
 */
approval: ApprovalView, 
/**
 * What the texts of each change say, in the order of the changes.
 */
readings: Array<ChangeReading>, };

export type ImportCalendar = { path: string, 
/**
 * What they become.
 */
scope: CalendarScope, 
/**
 * Find out what would happen, and change nothing.
 */
dry_run: boolean, };

export type ImportField = "title" | "description" | "steps" | "expected" | "actual" | "workaround" | "tell_caller" | "reporter" | "reach" | "product" | "component" | "version" | "environment" | "affected" | "at" | "state" | "closed_at" | "id" | "url" | "channel" | "labels";

export type ImportFile = { path: string, how: ImportHow, 
/**
 * Keep the good rows, although there are bad ones.
 */
skip_bad: boolean, 
/**
 * Find out what would happen, and change nothing.
 */
dry_run: boolean, };

export type ImportHow = { format: FileFormat | null, 
/**
 * A name such as `utf-8`, `windows-1252`, `shift_jis`.
 */
encoding: string | null, 
/**
 * One character.
 */
separator: string | null, 
/**
 * Which columns are these fields; a field with no column is not imported.
 */
map: Array<MappedField>, 
/**
 * 03/04 is the third of April.
 */
day_first: boolean | null, 
/**
 * What times without a zone mean; the workspace's zone if left out.
 */
zone: string | null, 
/**
 * The product of rows that name none.
 */
product: CatalogId | null, 
/**
 * What names the rows' ids uniquely, if two systems write files alike.
 */
source: string | null, closed: ClosedElsewhere, };

export type ImportProgress = { path: string, 
/**
 * Nothing is under way (any more).
 */
done: boolean, 
/**
 * The rows are only being checked as yet.
 */
checking: boolean, rows: number, bytes: number, of_bytes: number, bad: number, result: Imported | null, error: Error | null, };

export type Imported = { imported: number, skipped: number, 
/**
 * Of the skipped: those that were taken in before, or twice in the file.
 */
known: number, 
/**
 * Of the imported: those that are over elsewhere.
 */
closed: number, 
/**
 * How many rows are bad; `errors` tells the first thousand.
 */
bad: number, errors: Array<BadLine>, dry_run: boolean, format: FileFormat | null, 
/**
 * The first and the last of the new issues.
 */
first: IssueKey | null, last: IssueKey | null, };

export type Instead = { typed: string, shown: Array<string>, };

export type Instructions = { text: PublicText, 
/**
 * The version of the hot fix that they are based on; none where nothing was written yet.
 */
base: number | null, };

export type IntendStep = { key: DeploymentKey, target: string, run: number, step: string, attempt: number, };

export type Intended = { key: string, };

export type Issue = { key: IssueKey, state: IssueState, 
/**
 * The version an edit is based on.
 */
version: number, 
/**
 * The version at which what was reported was last written, or something was erased: an edit
 * based on an older one has not seen it.
 */
edited: number, channel: Channel, product: CatalogId | null, component: string, product_version: string, environment: string, text: ReportText, reported_by: PersonId, reported_at: string | null, 
/**
 * How many are affected, duplicates' people included.
 */
affected: number, people: Array<AffectedPerson>, attachments: Array<Attachment>, 
/**
 * Where it came from, if it was not logged by hand.
 */
origin: Origin | null, 
/**
 * How often it was seen again since it was reported.
 */
seen_again: number, last_seen_at: string | null, comments: Array<Comment>, triage: Triage | null, owner: PersonId | null, team: CatalogId | null, 
/**
 * Who had it, one after the other; the last one has it now.
 */
assignments: Array<Assignment>, hotfix: HotfixKey | null, 
/**
 * The hot fixes it was in before, or whose fault is back in it; a new one is linked to the last of them
 * that shipped.
 */
former_hotfixes: Array<HotfixKey>, duplicate_of: IssueKey | null, duplicates: Array<IssueKey>, not_the_same: Array<IssueKey>, 
/**
 * Why it was deferred, rejected, marked, or closed.
 */
reason: string, reopened: number, 
/**
 * When the answer the reporter was waiting for was first given (the respond clock stops).
 */
responded_at: string | null, resolved_at: string | null, 
/**
 * Spans in which the clocks stood still, waiting for the reporter.
 */
pauses: Array<Pause>, 
/**
 * Who was named in the conversation and has not looked yet.
 */
mentions: Array<Mention>, 
/**
 * Of what its owner was reminded.
 */
reminded: Array<Reminded>, changed_at: string | null, };

export type IssueFromTest = { key: HotfixKey, run: number | null, 
/**
 * As `fix_evidence_tests` names it.
 */
test: string, };

export type IssueKey = string;

export type IssueRow = { key: IssueKey, title: string, state: IssueState, priority: Priority | null, product: CatalogId | null, component: string, version: string, environment: string, affected: number, reporter: string, owner: PersonId | null, team: CatalogId | null, hotfix: HotfixKey | null, reported_at: string, changed_at: string, 
/**
 * The clock that runs now; none once everything was met or nothing was promised.
 */
clock: ClockRow | null, };

export type IssueState = "new" | "needs_info" | "triaged" | "in_hot_fix" | "resolved" | "closed" | "deferred" | "duplicate" | "rejected";

export type IssueView = { issue: Issue, clock: ClockRow | null, 
/**
 * The description, steps and comments as sanitised HTML.
 */
description_html: string, };

export type IssuesFromReport = { paths: Array<string>, stored: Array<Attachment>, product: CatalogId | null, commit: string, version: string, 
/**
 * Which tests; all that failed if empty.
 */
tests: Array<string>, 
/**
 * Find out what would happen, and change nothing.
 */
dry_run: boolean, };

export type JoinIssues = { key: HotfixKey, keys: Array<IssueKey>, 
/**
 * Leave and name those that cannot join, instead of refusing all of it.
 */
partly: boolean, };

export type KeptIn = "session" | "credentials" | "keychain";

export type KeptPassword = { kept: boolean, };

export type Keys = { keys: Array<IssueKey>, 
/**
 * There are more than one decision can be about.
 */
more: boolean, };

export type Kind = "invalid" | "denied" | "conflict" | "offline" | "vendor" | "damaged" | "internal";

export type KnownRevision = { hotfix: HotfixKey, revision: number, 
/**
 * It is the newest, and would be deployed.
 */
current: boolean, };

export type LabelField = "product" | "component" | "version" | "environment";

export type LabelRule = { label: string, field: LabelField, };

export type LastTold = { at: string, 
/**
 * Since when that ran which was believed to run at the time.
 */
since: string | null, targets: Array<TargetTold>, };

export type Later = { gate: Gate, environment: string, blockers: Array<Blocker>, };

export type Left = { key: IssueKey, why: string, };

export type LetOn = { wave: number, by: PersonId, reason: string, at: string, };

export type LetWaveOn = { key: DeploymentKey, reason: string, };

export type Level = "low" | "medium" | "high";

export type Like = "is" | "contains";

export type LinkReview = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, commit: string, link: string, text: string, };

export type ListAccess = { url: string | null, };

export type ListBranches = { repository: string, };

export type ListCallBacks = { hotfix: HotfixKey | null, };

export type ListCatalog = { kind: string | null, };

export type ListDeployments = { state: DeploymentState | null, product: CatalogId | null, environment: string | null, hotfix: HotfixKey | null, 
/**
 * Only those that are planned or under way.
 */
open: boolean, after: string | null, limit: number | null, };

export type ListHandOvers = { 
/**
 * Only those for me that I have not read.
 */
waiting: boolean, after: string | null, limit: number | null, };

export type ListHotfixes = { phase: Phase | null, product: CatalogId | null, all: boolean, after: string | null, limit: number | null, };

export type ListIssues = { state: IssueState | null, priority: Priority | null, product: CatalogId | null, owner: PersonId | null, team: CatalogId | null, 
/**
 * Words that must occur.
 */
text: string, 
/**
 * Closed, rejected, deferred and duplicate ones too.
 */
all: boolean, untriaged: boolean, 
/**
 * Only those whose clock is at risk or breached.
 */
at_risk: boolean, sort: Sort, after: string | null, 
/**
 * At most 500; 100 if left out.
 */
limit: number | null, };

export type ListKeys = { filter: ListIssues, };

export type ListMessages = { hotfix: HotfixKey | null, state: MessageState | null, after: string | null, limit: number | null, };

export type ListMonitoring = Record<symbol, never>;

export type ListPackageFiles = { key: HotfixKey, 
/**
 * The newest, if left out.
 */
revision: number | null, offset: number, limit: number | null, 
/**
 * Only paths with this in them.
 */
text: string, };

export type ListPublished = { calendar: CatalogId | null, };

export type ListRecipes = Record<symbol, never>;

export type ListRevisions = { key: HotfixKey, };

export type ListSecrets = { endpoint: CatalogId, };

export type ListSources = { source: CatalogId | null, };

export type ListSuspects = { key: HotfixKey, 
/**
 * Wait for the index to be loaded, however long it takes.
 */
wait: boolean, };

export type ListTestCommands = { key: HotfixKey, };

export type ListTests = { key: HotfixKey, 
/**
 * From 1; the newest if left out.
 */
run: number | null, which: TestFilter, 
/**
 * Words that its name or message holds.
 */
text: string, offset: number, limit: number | null, };

export type Load = { 
/**
 * Who is there first, the least busy of them first.
 */
people: Array<PersonLoad>, teams: Array<TeamLoad>, };

export type LoadDraft = { name: string, };

export type LogIssue = { text: ReportText, channel: Channel, product: CatalogId | null, component: string, version: string, environment: string, 
/**
 * How many people are affected, as far as is known. At least one.
 */
affected: number | null, attachments: Array<Attachment>, 
/**
 * Where it comes from. What was taken in before is not logged again.
 */
origin: Origin | null, };

export type LogLine = { id: number, at: string, target: string, 
/**
 * `call`, `endpoint`, `health` or `error`; `left_out` says how many earlier ones were not kept.
 */
stream: string, text: string, };

export type Logged = { key: string, 
/**
 * It was taken in before, and nothing was logged.
 */
known?: boolean, };

export type LookAtFile = { path: string, how: ImportHow, };

export type LookAtTests = { 
/**
 * Files or folders of this machine.
 */
paths: Array<string>, 
/**
 * Bytes that are stored already: dropped or pasted.
 */
stored: Array<Attachment>, 
/**
 * The hot fix that it would be compared in.
 */
key: HotfixKey | null, suite: string, };

export type Made = { key: string, };

export type MadeHotfix = { key: HotfixKey, changed: Array<Changed>, };

export type MadeRota = { entries: Array<CatalogId>, };

export type MakeRota = { rota: Rota, };

export type MakeSigningKey = { session: boolean, };

export type MappedField = { field: ImportField, columns: Array<string>, };

export type MarkdownHtml = { html: string, };

export type MatchedBy = "mail" | "name" | "said";

export type Measure = "http" | "prometheus" | "endpoint" | "alertmanager" | "certificate" | "command";

export type Measured = { good: number, failures: number, inconclusive: number, 
/**
 * All errors; the limit is about those in a row.
 */
errors: number, };

export type Mention = { person: PersonId, by: PersonId, at: string, 
/**
 * The comment's place among the issue's.
 */
comment: number, };

export type Merge = { keys: Array<IssueKey>, into: IssueKey, note: string, partly: boolean, };

export type Message = { key: MessageKey, version: number, state: MessageState, hotfix: HotfixKey | null, purpose: Purpose | null, channel: MessageChannel | null, 
/**
 * By which messenger of the catalog it leaves, where the channel wants one.
 */
messenger: CatalogId | null, audience: CatalogId | null, 
/**
 * The notice of a deployment that it gives.
 */
notice: NoticeOf | null, dry_run: boolean, text: MessageText, queued_by: PersonId, queued_at: string | null, send_at: string | null, ended_at: string | null, attempts: number, error: string, 
/**
 * Whom it did not reach, although it reached others.
 */
refused: Array<Refusal>, 
/**
 * Whom it had reached when it was given up, by their place among the recipients: they do not get it again.
 */
reached: Array<number>, };

export type MessageChannel = "desktop" | "clipboard" | "mail_draft" | "mail" | "slack" | "teams" | "mattermost" | "discord" | "webhook";

export type MessageKey = string;

export type MessagePreview = { subject: string, body: string, recipients: Array<Recipient>, 
/**
 * Who is meant, and is not reached by this channel.
 */
out_of_reach: Array<Recipient>, dry_run: boolean, template: CatalogId | null, 
/**
 * The channels for which the template has words of their own.
 */
own: Array<MessageChannel>, 
/**
 * Whose words they read.
 */
readers: Readers, 
/**
 * What is written for people outside, if anything is.
 */
public: PublicText | null, 
/**
 * When it leaves, if the people are left alone until then.
 */
quiet_until: string | null, };

export type MessageRow = { key: MessageKey, hotfix: HotfixKey | null, purpose: Purpose | null, channel: MessageChannel | null, state: MessageState, subject: string, recipients: number, dry_run: boolean, queued_at: string, send_at: string | null, error: string, messenger: CatalogId | null, };

export type MessageState = "queued" | "sent" | "failed" | "cancelled";

export type MessageText = { subject: string, body: string, recipients: Array<Recipient>, };

export type MessageView = { message: Message, attempts: Array<Attempt>, 
/**
 * Whom it reached and whom not, in a sentence, where it was given up after it had reached some.
 */
reach: string | null, };

export type Messenger = { id: CatalogId, name: string, system: MessengerSystem, 
/**
 * smtps://mail.example.com, smtp://mail.example.com:587 (STARTTLS), https://hooks.example.com/in; empty
 * for a chat system.
 */
address: string, 
/**
 * Who logs in at the mail server; empty where it wants nobody to.
 */
user: string, 
/**
 * Whom mails come from: support@example.com, or Support <support@example.com>.
 */
from: string, 
/**
 * Where answers to mails go; empty means back to `from`.
 */
reply_to: string, 
/**
 * A webhook's calls are signed.
 */
signed: boolean, };

export type MessengerSecret = { kept: boolean, };

export type MessengerSystem = "mail" | "slack" | "teams" | "mattermost" | "discord" | "webhook";

export type MessengerTrial = { said: string, };

export type Metric = "lead_time" | "deployment_frequency" | "change_fail_rate" | "recovery_time" | "rework_rate" | "acknowledge_time" | "sla_kept" | "recurrence_rate" | "first_contact_duplicates" | "feedback";

export type MetricPart = { id: string, name: string, of: number, };

export type MetricPoint = { from: string, to: string, 
/**
 * None where nothing has a value; of a frequency, how many there were.
 */
value: number | null, of: number, part: number | null, };

export type MetricRow = { 
/**
 * `DEP-3`, `ISS-12` or `HF-2`; of a release its version.
 */
key: string, hotfix: HotfixKey | null, issue: IssueKey | null, title: string, product: CatalogId | null, team: CatalogId | null, 
/**
 * By which it belongs to the period.
 */
at: string, began_at: string | null, ended_at: string | null, 
/**
 * Of a duration.
 */
seconds: number | null, 
/**
 * Whether it has a value, or counts in the share.
 */
counts: boolean, 
/**
 * Of what fails or comes back, why; of a deadline which one; of feedback the score.
 */
why: string, };

export type MetricRows = { measure: Metric, name: string, unit: MetricUnit, 
/**
 * What the two milestones are called; empty where there is none.
 */
began: string, ended: string, 
/**
 * How the rows of the period spread, whichever part is asked for; empty where the measure has no parts,
 * and on every page but the first.
 */
parts: Array<MetricPart>, rows: Array<MetricRow>, 
/**
 * The place to go on from; absent at the end.
 */
next: string | null, 
/**
 * How many there are in all, counted up to ten thousand.
 */
total: number, };

export type MetricUnit = "seconds" | "per_week" | "share" | "score";

export type Metrics = { from: string, to: string, 
/**
 * Where the period before begins, which is as long and ends at `from`.
 */
before_from: string, every: Every, 
/**
 * In which weeks and months begin.
 */
zone: string, figures: Array<Figure>, };

export type MetricsCsv = { text: string, };

export type MissDeployment = { key: DeploymentKey, };

export type Monitoring = { environment: string, from: string, until: string, };

export type MonitoringView = { hotfix: HotfixKey, title: string, priority: Priority | null, phase: Phase, product: CatalogId, period: Monitoring | null, deployed_at: string | null, probes: Array<ProbeView>, 
/**
 * How long a hot fix of its priority is watched, and which policy says so.
 */
policy: WatchPolicy, breaches: Array<Breach>, doubts: Array<WatchDoubt>, recurrences: Array<IssueKey>, feedback_asked_at: string | null, feedback: Array<Feedback>, support_notes: Array<SupportNote>, };

export type MoveDeployment = { key: DeploymentKey, starts_at: string, window_ends_at: string, automatic: boolean, 
/**
 * As before, if left out.
 */
expected: Expected | null, note: string, };

export type Moved = { cause: number, solution: number, risk: number, rollback_plan: number, public: number, };

export type MovedInstance = { 
/**
 * The start it would have, on the wall clock of the series.
 */
from: string, 
/**
 * The start it has.
 */
to: string, 
/**
 * How long it lasts, if not as long as the others.
 */
duration_minutes: number | null, };

export type NamedKey = { key: string, 
/**
 * It is an issue of this workspace.
 */
known: boolean, 
/**
 * It is part of the hot fix.
 */
joined: boolean, 
/**
 * It could be taken in.
 */
joinable: boolean, };

export type NamedSpan = { id: CatalogId, name: string, purpose: CalendarKind, start: string, end: string, 
/**
 * What it is limited to; empty is everything.
 */
components: Array<string>, targets: Array<string>, 
/**
 * Who is away, or who holds it.
 */
people: Array<PersonId>, };

export type Nearness = "file" | "component" | "folder" | "product";

export type NewChange = { change: Change, text: ChangeText, };

export type NotTheSame = { key: IssueKey, other: IssueKey, };

export type NoteSupport = { key: HotfixKey, 
/**
 * The question.
 */
text: string, answer: string, 
/**
 * Who asked.
 */
from: Contact, };

export type NotedQuestion = { 
/**
 * Its place in the log, from 1.
 */
number: number, };

export type Notice = { audience: CatalogId, occasion: Occasion, 
/**
 * How many minutes before the start; 0 for every other occasion.
 */
minutes: number, starts_at: string, };

export type NoticeOf = { deployment: DeploymentKey, notice: Notice, };

export type NoticePlan = { audience: CatalogId, tell: Telling, };

export type NoticeStand = { notice: Notice, state: NoticeState, 
/**
 * What a message says that gives it.
 */
purpose: Purpose, 
/**
 * When it was or will be due; absent where that depends on what happens.
 */
due_at: string | null, told: Given | null, };

export type NoticeState = "coming" | "due" | "told" | "skipped" | "passed";

export type Occasion = "before" | "start" | "end" | "delay" | "cancel";

export type OnBreach = "notify" | "reopen" | "roll_back";

export type OnDuty = { person: PersonId, from: string, 
/**
 * None if that is further ahead than was looked.
 */
until: string | null, };

export type OnFailure = "ask" | "abort" | "roll_back";

export type OpenBreach = { key: HotfixKey, probe: string, environment: string, detail: string, };

export type OpenDiff = { diff: DiffOf, };

export type OpenHours = { open: string, close: string, };

export type Origin = { 
/**
 * What names things uniquely there: `github:acme/shop`, `mail:support@acme.example`, `csv`.
 */
source: string, 
/**
 * The thing's own name in it; at most 1,000 characters.
 */
id: string, 
/**
 * Where a person can look at it; empty if nowhere.
 */
url: string, };

export type Outcome = "skipped" | "passed" | "failed";

export type OutputLine = { id: number, text: string, 
/**
 * It was printed as an error.
 */
error: boolean, };

export type Override = { 
/**
 * The record that opened the review.
 */
seq: number, gate: string, blocker: string, environment: string | null, hash: Digest | null, 
/**
 * What was in the way, by its ids (of the freeze, of the deployment, of the person). What comes
 * into the way later is not overridden. Empty: whatever has this name.
 */
about?: Array<string>, reason: string, by: PersonId, at: string, reviewed_by: PersonId | null, reviewed_at: string | null, review: string, };

export type OverrideBlocker = { key: HotfixKey, gate: string, blocker: string, environment: string | null, 
/**
 * A time that is planned: what stands against it is overridden, and not what shuts the gate now.
 */
time: AskConflicts | null, 
/**
 * Of several with this code, the one about just this; the first if left out.
 */
about: Array<string>, reason: string, };

export type Package = { revision: number, hash: Digest, size: number, files: Array<PackagedFile>, 
/**
 * The commits whose changes are in it, those of other hot fixes it keeps included.
 */
commits: Array<string>, built_by: PersonId, built_at: string, format: PackageFormat, 
/**
 * Paths that the changes took away.
 */
removed: Array<string>, 
/**
 * None: it was built where no key was.
 */
signature: PackageSignature | null, };

export type PackageComparison = { before: ComparedRevision, after: ComparedRevision, added: number, removed: number, changed: number, same: number, rows: Array<ComparedFile>, };

export type PackageDifference = "added" | "removed" | "changed" | "mode";

export type PackageFiles = { revision: number, files: Array<PackagedFile>, 
/**
 * How many there are of those that are wanted.
 */
total: number, removed: Array<string>, };

export type PackageFormat = "tar_zst" | "zip";

export type PackagePreview = { 
/**
 * Refused ones first, then what goes in, what is removed, and what stays out; each by path.
 */
rows: Array<PreviewRow>, 
/**
 * How many rows there are of those that are shown.
 */
total: number, files: number, bytes: number, left_out: number, 
/**
 * What cannot go in and nobody excluded: the build refuses.
 */
refused: number, removed: number, notes: Array<string>, };

export type PackageSignature = { 
/**
 * The key's number, as minisign shows it.
 */
key: string, 
/**
 * The line that names the key.
 */
public_key: string, 
/**
 * What stands in the `.minisig` file.
 */
text: string, };

export type PackageSource = { 
/**
 * A file or folder on this machine; or a path inside the commit if `from_commit` (empty: all).
 */
path: string, from_commit: boolean, 
/**
 * Told from the file's name, if left out.
 */
role: FileRole | null, };

export type PackagedFile = { path: string, mode: number, size: number, sha256: Digest, role: FileRole, source_commit: string | null, };

export type PackagedSide = { size: number, mode: number, sha256: Digest, };

export type Packaging = { 
/**
 * The hot fix, or the file.
 */
subject: string, doing: Doing, 
/**
 * Nothing is under way (any more).
 */
done: boolean, 
/**
 * Files looked at so far.
 */
files: number, bytes: number, 
/**
 * Zero while it is not known.
 */
of_bytes: number, built: Revision | null, error: Error | null, };

export type Page<T> = { rows: Array<T>, next: string | null, 
/**
 * How many there are in all, up to a bound above which counting is not worth its time.
 */
total: number, };

export type Passed = { code: string, message: string, 
/**
 * Passed only because somebody overrode it.
 */
overridden: boolean, };

export type Pause = { from: string, until: string | null, };

export type PauseDeployment = { key: DeploymentKey, };

export type Person = { id: PersonId, name: string, mail: string, roles: Array<Role>, 
/**
 * IANA zone, such as Europe/Berlin.
 */
zone: string, 
/**
 * When they are there; left out, the workspace's days and hours on the clock of their own zone.
 */
hours?: BusinessHours | null, 
/**
 * The business calendar they work by, where they have no hours of their own.
 */
calendar: CatalogId | null, };

export type PersonId = string;

export type PersonLoad = { person: PersonId, name: string, roles: Array<Role>, teams: Array<CatalogId>, 
/**
 * Open hot fixes that they have.
 */
hotfixes: number, 
/**
 * Open issues that they have, counted up to a thousand.
 */
issues: number, 
/**
 * Of those, how many are at risk or late, counted up to a thousand.
 */
at_risk: number, 
/**
 * What waits for them and for nobody else: their approvals, gates, deadlines and mentions.
 */
waiting: number, 
/**
 * They are there now.
 */
there: boolean, 
/**
 * Until when they are there; none around the clock.
 */
until: string | null, 
/**
 * When they are back; none while they are there, or if that is not in sight.
 */
back_at: string | null, zone: string, };

export type PersonRow = { person: PersonId, name: string, 
/**
 * The earliest first.
 */
spans: Array<PersonSpan>, };

export type PersonSpan = { 
/**
 * The calendar entry that says so.
 */
entry: CatalogId, 
/**
 * Why they are away, or the rota; empty if nobody has said.
 */
name: string, 
/**
 * `absence` or `duty`.
 */
purpose: CalendarKind, start: string, end: string, 
/**
 * Of whole days, the first and the last of them, such as `2026-11-30`, in the zone of the entry.
 */
days: [string, string] | null, 
/**
 * They stand in for whoever the rota names then.
 */
stands_in: boolean, };

export type Phase = "development" | "rollout" | "monitoring" | "closed" | "cancelled";

export type Place = { "of": "anywhere" } | { "of": "title" } | { "of": "description" } | { "of": "steps" } | { "of": "expected" } | { "of": "actual" } | { "of": "workaround" } | { "of": "tell_caller" } | { "of": "comment", index: number, } | { "of": "said", index: number, } | { "of": "attachment", hash: Digest, };

export type PlanDeployment = { key: HotfixKey, environment: string, 
/**
 * The environment's targets that it is for; all of them, if left out.
 */
targets: Array<string> | null, starts_at: string, 
/**
 * The last moment at which it may start.
 */
window_ends_at: string, 
/**
 * Start by itself as soon as the window begins and nothing is in the way.
 */
automatic: boolean, expected: Expected, note: string, };

export type Policy = { id: CatalogId, name: string, product: CatalogId | null, environment: string | null, priorities: Array<Priority>, 
/**
 * How many people other than the authors must approve.
 */
approvals: number, 
/**
 * Who may approve: any of these roles.
 */
approver_roles: Array<Role>, 
/**
 * One approval of each of these roles, each by a person of its own.
 */
each_role: Array<Role>, 
/**
 * Whoever wrote the change, the solution or the package may approve it too.
 */
authors_may_approve: boolean, 
/**
 * For how long an approval holds.
 */
approval_hours: number, 
/**
 * How long it is watched, where nothing is said for its priority.
 */
monitoring_minutes: number, 
/**
 * How long it is watched, by priority.
 */
monitoring_by_priority: { [key in Priority]?: number }, 
/**
 * Whether stakeholders must be told before the start (a dry-run message counts).
 */
tell_before: boolean, 
/**
 * How many must approve an emergency change instead, of the same roles.
 */
emergency_approvals: number | null, 
/**
 * Sign-offs wanted before a deployment is Done.
 */
sign_offs: number, 
/**
 * Whose they have to be, beside the number.
 */
sign_off_by: SignOffBy, 
/**
 * How long a revision must have been Done in the environment before this one, at least; what
 * that environment itself asks for may be longer.
 */
soak_minutes: number, 
/**
 * Blockers (by code) that nobody may override.
 */
hard: Array<string>, 
/**
 * Blockers (by code) that do not apply.
 */
not_applicable: Array<string>, 
/**
 * Who may override the others.
 */
override_roles: Array<Role>, };

export type Presence = "commit" | "patch_id" | "uncertain" | "missing";

export type PreviewMessage = { hotfix: HotfixKey, purpose: Purpose, audience: CatalogId | null, 
/**
 * A template of the catalog; the first for the purpose if left out.
 */
template: CatalogId | null, 
/**
 * The deployment it is about.
 */
deployment: DeploymentKey | null, 
/**
 * How it will leave; without one the template's main words are shown.
 */
channel: MessageChannel | null, };

export type PreviewPackage = { build: BuildPackage, 
/**
 * The row to begin at.
 */
offset: number, limit: number | null, show: PreviewRows, 
/**
 * Only paths with this in them.
 */
text: string, 
/**
 * Look at the sources again, although the same was asked just now.
 */
again: boolean, };

export type PreviewRota = { rota: Rota, 
/**
 * At most 50; 6 if left out.
 */
count: number | null, };

export type PreviewRow = { path: string, fate: Fate, size: number, role: FileRole, executable: boolean, commit: string | null, 
/**
 * Why it does not go in.
 */
why: string, };

export type PreviewRows = "all" | "in" | "out";

export type PreviewRule = { rule: Rule, 
/**
 * At most 50; 5 if left out.
 */
count: number | null, };

export type PreviewTriage = { key: IssueKey, };

export type Priority = "P1" | "P2" | "P3" | "P4" | "P5";

export type ProbeCommandView = { 
/**
 * The workspace lets programs of this machine be run.
 */
workspace: boolean, 
/**
 * This machine lets these very words be run.
 */
machine: boolean, };

export type ProbeSpec = { id: string, name: string, 
/**
 * An endpoint's own health is asked for anyway, and is no probe.
 */
by: Measure, 
/**
 * Of an HTTP probe, the address; of a query or of alerts, that of the server; of a certificate, that of
 * whoever presents it, such as `https://mail.example.org:993`.
 */
url: string, 
/**
 * How its host is reached; absent, as this machine reaches it.
 */
access: CatalogId | null, 
/**
 * PromQL that gives one number; or matchers of alerts, as Alertmanager writes them.
 */
query: string, 
/**
 * Of a certificate: so many days are left.
 */
at_least: number | null, 
/**
 * Of alerts: so many may be active (0 if nothing is said).
 */
at_most: number | null, 
/**
 * By how many per cent it may be above what it was before the deployment; absent, that is not looked at.
 */
above_before: number | null, method: string, body: string, expect_status: number, expect_text: string, max_millis: number | null, 
/**
 * Who signed a certificate, and for which name, is not looked at.
 */
unverified: boolean, 
/**
 * The program and its words; no shell sees them.
 */
argv: Array<string>, 
/**
 * Where it runs; empty for the folder of temporary files.
 */
folder: string, timeout_seconds: number, every_seconds: number, 
/**
 * How soon it is asked again after an error, where the interval is longer.
 */
retry_seconds: number, failure_limit: number, inconclusive_limit: number, 
/**
 * Errors count in a row.
 */
error_limit: number, 
/**
 * Failures and inconclusive answers count within so many of the newest samples; absent, in a row.
 */
within: number | null, 
/**
 * What happens by itself when a limit is crossed.
 */
on_breach: OnBreach, 
/**
 * It is measured and shown, and decides nothing.
 */
dry_run: boolean, };

export type ProbeView = { spec: ProbeSpec, environment: string, 
/**
 * The newest samples, the oldest first.
 */
samples: Array<Sample>, last: Sample | null, 
/**
 * What counts towards its limits now.
 */
counted: Counted, 
/**
 * The whole watch for a chart: as long before the deployment as after it (an hour at least),
 * where there are samples.
 */
chart: Array<Stretch>, 
/**
 * When the hot fix came into its environment.
 */
deployed_at: string | null, 
/**
 * Above this it is not as it should be, by its own limit or by what was usual before the deployment.
 */
limit: number | null, 
/**
 * All samples of the chart before the deployment, and all after it.
 */
before: Stretch | null, after: Stretch | null, };

export type Problem = { 
/**
 * From 1.
 */
line: number, message: string, };

export type Procedure = { item: CheckItem, ticked_by: PersonId | null, ticked_at: string | null, };

export type Product = { id: CatalogId, name: string, components: Array<string>, versions: Array<string>, 
/**
 * Branches that will be released again, so every change must be on them.
 */
branches: Array<string>, 
/**
 * Path of a local git repository, or empty.
 */
repository: string, 
/**
 * In the order of the path.
 */
environments: Array<Environment>, team: CatalogId | null, 
/**
 * How its tests are run from here.
 */
tests: Array<TestCommand>, checks: ChecksPlace | null, 
/**
 * Products that it needs while it runs: neither is changed while the other is.
 */
depends_on: Array<CatalogId>, };

export type PublicText = { title: string, what: string, instructions: string, };

export type PublicWords = { text: PublicText, by: PersonId, at: string, };

export type PublishCalendars = { calendar: CatalogId | null, 
/**
 * Find out what would be done, and change nothing.
 */
dry_run: boolean, };

export type PublishOutcome = { run: PublishRun, 
/**
 * Why it did not come to its end; what was done before stays done.
 */
error: Error | null, };

export type PublishRun = { calendar: CatalogId, name: string, added: number, changed: number, removed: number, 
/**
 * They say what they should.
 */
kept: number, 
/**
 * What was or would be done, by deployment.
 */
events: Array<PublishedEvent>, };

export type PublishTrial = { 
/**
 * What it is called there; empty if it does not say.
 */
name: string, 
/**
 * None if its server does not say.
 */
may_write: boolean | null, would: PublishRun, };

export type PublishedBecame = "added" | "changed" | "removed" | "left_alone";

export type PublishedCalendar = { id: CatalogId, name: string, 
/**
 * Of the collection: https://dav.example.com/calendars/team/releases/.
 */
address: string, 
/**
 * Empty where the server wants nobody to log in.
 */
user: string, 
/**
 * Chosen at random once, and never again: by it our events are known there, whatever else is in
 * the calendar and whoever else publishes to it.
 */
mark: string, products: Array<CatalogId>, environments: Array<string>, production_only: boolean, paused: boolean, };

export type PublishedEvent = { key: DeploymentKey, 
/**
 * "HF-12 r2 → Shop Production"; empty for what is not published any more.
 */
summary: string, became: PublishedBecame, };

export type PublishedRow = { calendar: PublishedCalendar, version: number, 
/**
 * When publishing last came to its end, well or not.
 */
last_at: string | null, 
/**
 * When it last ended well.
 */
good_at: string | null, 
/**
 * None while it is paused.
 */
next_at: string | null, 
/**
 * Why the last time failed, and what to do.
 */
error: Error | null, 
/**
 * It will not pass by itself.
 */
lasting: boolean, 
/**
 * How often in a row it failed.
 */
failures: number, 
/**
 * How many events of ours are there.
 */
events: number, 
/**
 * Whether some program publishes by itself just now.
 */
published_here: boolean, };

export type Purpose = "known_issue" | "scheduled" | "in_progress" | "fixed" | "delayed" | "rolled_back" | "closed" | "feedback" | "deployed" | "called_off" | "question" | "reminder";

export type PutFile = { path: string, };

export type QuestionPreview = { key: IssueKey, 
/**
 * A template of the catalog; the first one for questions if left out.
 */
template: CatalogId | null, };

export type Quiet = { "when": "workspace" } | { "when": "never" } | { "when": "own" } & QuietHours;

export type QuietHours = { 
/**
 * The business calendar within whose hours messages leave.
 */
calendar: CatalogId, 
/**
 * Of a hot fix this urgent, or more urgent, people hear at any hour.
 */
except: Priority | null, };

export type RaiseDoubt = { key: HotfixKey, probe: string, environment: string, detail: string, };

export type RanCheck = { check: string, text: string, 
/**
 * Passed or failed; none if nothing was recorded.
 */
result: CheckResult | null, 
/**
 * What was asked and what came back: the evidence.
 */
said: string, 
/**
 * Why nothing was recorded.
 */
problem: Error | null, };

export type ReadDiff = { diff: DiffOf, from: number, count: number, 
/**
 * What is taken for the encoding of bytes that are no UTF-8; windows-1252 if left out.
 */
encoding: string | null, };

export type ReadGit = { repository: string, 
/**
 * A branch or range; HEAD if left out.
 */
range: string, 
/**
 * Only commits whose message has this.
 */
text: string, skip: number | null, limit: number | null, };

export type ReadHandOver = { key: HandOverKey, };

export type ReadHolidays = { path: string, };

export type ReadLog = { key: DeploymentKey, target: string | null, after?: number | null, limit: number | null, 
/**
 * Only lines that contain this, whatever the case.
 */
text: string | null, };

export type ReadMarkdown = { text: string, };

export type ReadMention = { key: IssueKey, };

export type Readers = "public" | "internal";

export type ReadingProgress = { running: boolean, bytes: number, of_bytes: number, };

export type Rebuild = Record<symbol, never>;

export type Rebuilt = { events: number, seconds: number, };

export type RecipeView = { name: string, title: string, description: string, settings: Array<Setting>, secrets: Array<SecretName>, 
/**
 * What can be asked to try it.
 */
questions: Array<string>, 
/**
 * Its text, to start one of one's own from; empty where it is no recipe's.
 */
text: string, problems: Array<Problem>, };

export type Recipient = { contact: Contact, issue: IssueKey | null, 
/**
 * Reported by telephone: somebody must call back.
 */
call_back: boolean, };

export type RecordAnswer = { keys: Array<IssueKey>, answer: string, partly: boolean, };

export type RecordBranches = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, commit: string, branches: Array<BranchPresence>, };

export type RecordCause = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, cause: CauseKind, since_version: string, since_commit: string, text: CauseText, };

export type RecordChange = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, change: Change, text: ChangeText, };

export type RecordChanges = { key: HotfixKey, changes: Array<NewChange>, };

export type RecordCheck = { key: DeploymentKey, check: string, result: CheckResult, evidence: EvidenceText, attachments: Array<Attachment>, };

export type RecordConfiguration = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, id: string | null, 
/**
 * Empty: in every environment.
 */
environment: string, text: ConfigurationText, };

export type RecordFeedback = { key: HotfixKey, score: number, from: Contact, text: string, };

export type RecordLessons = { key: HotfixKey, text: string, };

export type RecordPackage = { key: HotfixKey, hash: Digest, size: number, files: Array<PackagedFile>, commits: Array<string>, notes: BuildNotes, format: PackageFormat, removed: Array<string>, 
/**
 * It names the revision: refused if the next one has become another.
 */
signature: PackageSignature | null, 
/**
 * The revision that the signature names.
 */
revision: number | null, };

export type RecordRelease = { product: CatalogId, environment: string, version: string, 
/**
 * Hot fixes whose changes are part of the release.
 */
contains: Array<HotfixKey>, 
/**
 * The commit it was released from, if it is known: a package that has it in its history keeps
 * all that the release brought.
 */
commit: string, };

export type RecordRisk = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, risk: Level, text: string, };

export type RecordRollbackPlan = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, text: string, };

export type RecordRun = { key: DeploymentKey, check: string, passed: boolean, 
/**
 * What was asked, what came back, and what of it is not as expected.
 */
evidence: EvidenceText, 
/**
 * All of what it printed, or the report.
 */
attachments: Array<Attachment>, 
/**
 * When it had been answered last, as it was when the program asked.
 */
seen: string | null, };

export type RecordSignOff = { key: DeploymentKey, 
/**
 * Somebody of the catalog; empty for a customer.
 */
person: PersonId | null, name: string, 
/**
 * They do not sign.
 */
refused: boolean, 
/**
 * How it reached us. Of oneself it is here, if left out.
 */
source: SignOffSource | null, 
/**
 * What they said; why not.
 */
text: string, link: string, attachments: Array<Attachment>, };

export type RecordSolution = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, text: SolutionText, };

export type RecordTests = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, evidence: TestEvidence, log: string, 
/**
 * The command that was run, if one was, and where.
 */
argv: Array<string>, folder: string, };

export type RecordedChange = { change: Change, text: ChangeText, by: PersonId, at: string, 
/**
 * When it was last looked for on the living branches.
 */
looked_at: string | null, };

export type RecordedConfiguration = { id: string, };

export type RecordedTests = { evidence: TestEvidence, log: string, 
/**
 * The command that was run, and where; empty if none was.
 */
argv: Array<string>, folder: string, by: PersonId, at: string, };

export type Recurred = { 
/**
 * The new hot fix, or the one that the issue is in already; none while it has to be triaged first.
 */
hotfix: HotfixKey | null, };

export type Recurrence = "possible" | "not_carried_over" | "older_version" | "not_there_yet" | "unknown" | "other_product";

export type RedactIssue = { key: IssueKey, base: number | null, place: Place, 
/**
 * Only this; the whole text if empty.
 */
passage: string, 
/**
 * What is read in its place; “redacted” if empty.
 */
replacement: string, reason: string, };

export type Redacted = { 
/**
 * From how many records something was erased.
 */
records: number, 
/**
 * The things they belong to.
 */
places: Array<string>, 
/**
 * What still holds it, in sentences.
 */
stays: Array<string>, 
/**
 * The file was written anew, so that no free page of it holds a copy.
 */
clean: boolean, };

export type Refusal = { 
/**
 * The recipient's place in the message's list, from 0.
 */
place: number, 
/**
 * In the other side's words.
 */
why: string, };

export type Reject = { keys: Array<IssueKey>, reason: string, 
/**
 * Leave and name those that cannot be decided about, instead of refusing all of it.
 */
partly: boolean, };

export type RemindOfUpdates = { keys: Array<HotfixKey>, };

export type RemindOwners = { keys: Array<IssueKey>, };

export type Reminded = { what: ClockWhat, missed: boolean, due: string, };

export type RemoveChange = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, commit: string, };

export type RemoveConfiguration = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, id: string, };

export type Reopen = { keys: Array<IssueKey>, reason: string, 
/**
 * Leave and name those that cannot be decided about, instead of refusing all of it.
 */
partly: boolean, };

export type Report = { key: HotfixKey, text: string, };

export type ReportFormat = "md" | "html" | "fragment" | "pdf";

export type ReportStep = "reading" | "setting" | "packing";

export type ReportText = { title: string, description: string, steps: string, expected: string, actual: string, workaround: string, tell_caller: string, reporter: Contact, };

export type Reporting = { subject: string, doing: ReportStep, 
/**
 * Nothing is under way (any more).
 */
done: boolean, at: number, 
/**
 * Zero while it is not known.
 */
of: number, };

export type RequestApproval = { key: HotfixKey, environment: string, people: Array<PersonId>, note: string, };

export type Restore = { backup: string, path: string, };

export type Restored = { 
/**
 * Records from which something was erased after the backup was made, and now again.
 */
erased_again: number, 
/**
 * What follows from that, in sentences.
 */
notes: Array<string>, };

export type ResumeDeployment = { key: DeploymentKey, };

export type RetireObject = { kind: string, id: string, };

export type RetryMessage = { key: MessageKey, };

export type ReturnToDevelopment = { key: HotfixKey, reason: string, };

export type Review = { key: HotfixKey, seq: number, finding: string, };

export type Revision = { key: HotfixKey, revision: number, hash: Digest, size: number, 
/**
 * The very bytes were built before: nothing new was recorded.
 */
unchanged: boolean, 
/**
 * The number of the key that it is signed with.
 */
signed: string | null, 
/**
 * Why it is not signed.
 */
unsigned: string | null, };

export type RevisionRow = { revision: number, hash: Digest, size: number, format: PackageFormat, files: number, removed: number, built_by: PersonId, built_at: string, 
/**
 * The number of the key that it is signed with.
 */
signed: string | null, 
/**
 * What is signed with the bytes.
 */
comment: string | null, 
/**
 * It is the newest; the others are void.
 */
current: boolean, 
/**
 * The environments in which it runs now, by name.
 */
running: Array<string>, };

export type Risk = { level: Level, text: string, };

export type Risks = { "is": "missing" } | { "is": "none", "text": string } | { "is": "told", "text": string };

export type Role = "owner" | "release_manager" | "developer" | "approver" | "support" | "stakeholder";

export type RollBack = { key: DeploymentKey, reason: string, };

export type Rollout = { 
/**
 * What is said of waves, by their number. A wave that nobody says anything of has neither pause
 * nor gate.
 */
waves: Array<WaveRule>, 
/**
 * The most targets that are worked on at once.
 */
at_once: number, 
/**
 * How long one step at an endpoint may take before its outcome counts as unknown.
 */
step_minutes: number, 
/**
 * Pause between two looks at the health of a target that was deployed to.
 */
health_seconds: number, 
/**
 * What happens by itself when a target or a gate has failed. An unknown outcome always asks.
 */
on_failure: OnFailure, };

export type Rota = { name: string, 
/**
 * In their order. Somebody may come twice.
 */
people: Array<PersonId>, 
/**
 * Only for these; all where none is named.
 */
products: Array<CatalogId>, 
/**
 * When the first turn begins on the wall clock of `zone`, such as `2026-11-30T09:00`.
 */
start: string, zone: string, 
/**
 * How many days a turn has: 1 hands over every day, 7 every week.
 */
days: number, note: string, };

export type RowLook = { line: number, log: LogIssue | null, at: string | null, 
/**
 * Its state elsewhere, if it is over there.
 */
closed: string | null, 
/**
 * The issue that it became before.
 */
known: IssueKey | null, 
/**
 * Why it is left out, though nothing is wrong with it.
 */
left_out: string | null, error: string | null, };

export type Rubric = { id: CatalogId, name: string, product: CatalogId | null, 
/**
 * Rows: impact high, medium, low; columns: urgency high, medium, low.
 */
matrix: [[Priority, Priority, Priority], [Priority, Priority, Priority], [Priority, Priority, Priority]], 
/**
 * One line a priority, in the order P1…P5.
 */
targets: Array<SlaTarget>, hours: BusinessHours, 
/**
 * The business calendar whose hours count instead of its own.
 */
calendar: CatalogId | null, guide: Guide, };

export type Rule = { 
/**
 * The first start on the wall clock of `zone`, such as `2026-11-24T22:00`.
 */
start: string, 
/**
 * An IANA name, such as `Europe/Berlin`.
 */
zone: string, 
/**
 * Time that really passes, also across a change of the clock, unless `wall_clock` says otherwise.
 */
duration_minutes: number, 
/**
 * The duration is read off the wall clock: a night from 22:00 to 06:00 ends at 06:00, and a day
 * at midnight, also when the clock changes.
 */
wall_clock: boolean, 
/**
 * The value of an RFC 5545 RRULE, such as `FREQ=WEEKLY;BYDAY=TU,TH`; absent for once.
 */
rrule?: string, 
/**
 * Starts that do not take place, on the same wall clock; a bare date excludes that day.
 */
exdates: Array<string>, 
/**
 * Starts that take place besides, on the same wall clock.
 */
rdates: Array<string>, 
/**
 * Single instances that take place at another time, or for longer or shorter.
 */
moved: Array<MovedInstance>, };

export type Run = { number: number, kind: RunKind, 
/**
 * The bytes that go out; for a rollback the package that comes back, if one is kept.
 */
hash: Digest | null, targets: Array<Target>, 
/**
 * As the catalog had it at the start; a rollback goes through without waves' rules.
 */
rollout: Rollout, 
/**
 * The gates that were measured to their end, in that order.
 */
gates: Array<GateEnd>, 
/**
 * The waves after which a person said that it goes on.
 */
let_on: Array<LetOn>, started_by: PersonId, started_at: string, ended_at: string | null, paused: boolean, 
/**
 * A person wants it to stop where it is.
 */
cancelled: Cancelled | null, hold: Hold | null, 
/**
 * Decisions in the order they were made.
 */
decisions: Array<Decided>, };

export type RunChecks = { key: DeploymentKey, 
/**
 * This one, answered or not; left out, every automatic check that is open.
 */
check: string | null, 
/**
 * The report that answers it, a file of this machine.
 */
file: string | null, 
/**
 * Or bytes that are stored already: dropped or pasted.
 */
stored: Array<Attachment>, };

export type RunKind = "deploy" | "rollback";

export type RunSource = { source: CatalogId, };

export type RunTests = { key: HotfixKey, 
/**
 * The suite; the only one if left out.
 */
command: string | null, 
/**
 * What its folder must stand at; where it is no repository, what was tested.
 */
commit: string, };

export type Running = { version: string, hotfix: HotfixKey | null, revision: number | null, hash: Digest | null, 
/**
 * Hot fixes whose changes run here, the newest last.
 */
hotfixes: Array<RunningHotfix>, 
/**
 * The commit that the version was released from, if it is known.
 */
commit?: string, 
/**
 * Targets that it has not reached: what ran before still runs there.
 */
left_out?: Array<string>, since: string, };

export type RunningHotfix = { hotfix: HotfixKey, revision: number, commits: Array<string>, files: Array<string>, };

export type RunningSource = { "by": "deployment", "who": DeploymentKey } | { "by": "person", "who": PersonId } | { "by": "endpoint", "who": CatalogId };

export type RunsWhereRow = { product: CatalogId, product_name: string, environment: string, environment_name: string, production: boolean, running: Running | null, 
/**
 * How that is known.
 */
source: RunningSource | null, 
/**
 * What its endpoints said when they were last asked what runs there.
 */
told: LastTold | null, 
/**
 * It has targets, so somebody can be asked.
 */
targets: number, held_by: DeploymentKey | null, slots: Array<Slot>, };

export type Sample = { at: string, result: SampleResult, 
/**
 * Milliseconds until the answer; of a query, the number.
 */
value: number | null, detail: string, };

export type SampleResult = "success" | "failure" | "inconclusive" | "error";

export type SaveBundle = { key: HotfixKey, path: string, 
/**
 * With the packages' bytes. Left out: if they have less than 100 MiB together.
 */
packages: boolean | null, };

export type SaveCause = { key: HotfixKey, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, cause: CauseKind, since_version: string, 
/**
 * A commit, tag or branch.
 */
since_commit: string, text: CauseText, };

export type SaveDraft = { name: string, 
/**
 * Empty removes the draft.
 */
text: string, };

export type SaveLog = { key: DeploymentKey, path: string, };

export type SaveMetrics = { csv: AskMetricsCsv, path: string, };

export type SaveObject = { object: CatalogObject, base?: number | null, };

export type SaveReport = { key: HotfixKey, format: ReportFormat, path: string, };

export type Scale = "system" | "users" | "business" | "urgency";

export type Schedule = { zone: string, rows: Array<ScheduleRow>, 
/**
 * Everybody who is away or on duty in this time, by name.
 */
people: Array<PersonRow>, };

export type ScheduleRow = { product: CatalogId, product_name: string, environment: string, environment_name: string, deployments: Array<DeploymentRow>, spans: Array<NamedSpan>, };

export type Search = { text: string, 
/**
 * At most 100; 20 if left out.
 */
limit: number | null, 
/**
 * Wait for the known words to be loaded, however long it takes: until they are, nothing
 * misspelt is forgiven.
 */
wait: boolean, };

export type SecretName = { name: string, label: string, optional: boolean, };

export type SecretRow = { name: string, kept: boolean, 
/**
 * Where it is, if it is kept.
 */
place: KeptIn | null, 
/**
 * Why it cannot be told, with the remedy.
 */
problem: string | null, };

export type SeeAgain = { key: IssueKey, 
/**
 * How often; at least once.
 */
times: number, last_at: string, };

export type Seen = { "how": "once" } | { "how": "total", times: number, last_at: string | null, } | { "how": "now", marks: Array<string>, last_at: string | null, };

export type SendMessage = { hotfix: HotfixKey, purpose: Purpose, channel: MessageChannel, 
/**
 * By which messenger of the catalog, where the channel wants one; its only one if left out.
 */
messenger: CatalogId | null, audience: CatalogId | null, subject: string, body: string, 
/**
 * The notice of a deployment that it gives.
 */
notice: NoticeOf | null, 
/**
 * At once, also where the people are left alone at this hour.
 */
now: boolean, };

export type SetAccessSecret = { access: CatalogId, value: string, 
/**
 * Keep it until the program ends, and not in the keychain.
 */
session: boolean, };

export type SetDryRun = { on: boolean, };

export type SetMessengerSecret = { 
/**
 * As it is saved, or about to be: the secret is kept for its server alone.
 */
messenger: Messenger, value: string, 
/**
 * Keep it until the program ends, and not in the keychain.
 */
session: boolean, };

export type SetPassword = { 
/**
 * Of the published calendar, which need not be saved yet.
 */
mark: string, address: string, value: string, 
/**
 * Keep it until the program ends, and not in the keychain.
 */
session: boolean, };

export type SetQuietHours = { quiet: QuietHours | null, };

export type SetSecret = { endpoint: CatalogId, name: string, value: string, 
/**
 * Keep it until the program ends, and not in the keychain.
 */
session: boolean, };

export type SetSourceSecret = { source: CatalogId, value: string, 
/**
 * Keep it until the program ends, and not in the keychain.
 */
session: boolean, };

export type Setting = { name: string, label: string, kind: SettingKind, default?: string, optional: boolean, };

export type SettingKind = "text" | "url";

export type SettleDoubt = { key: HotfixKey, doubt: string, 
/**
 * It is not well: a breach opens, and nothing else happens by itself.
 */
breach: boolean, finding: string, };

export type Ship = { hotfix: HotfixKey, gate: Gate, environment: string | null, deployment: DeploymentKey | null, blockers: Array<Blocker>, passed: Array<Passed>, 
/**
 * The next span in which nothing is in the way of a start.
 */
next_slot: FreeSlot | null, 
/**
 * What the gates after this one would ask now, up to the start; only [`whole`] looks that far.
 */
later: Array<Later>, };

export type Ships = { 
/**
 * When the next deployment to production starts; or, once done, when the last one was.
 */
at: string, done: boolean, 
/**
 * The environment's name.
 */
environment: string, };

export type ShowDeployment = { key: DeploymentKey, };

export type ShowHandOver = { key: HandOverKey, };

export type ShowHotfix = { key: HotfixKey, };

export type ShowIssue = { key: IssueKey, };

export type ShowMessage = { key: MessageKey, };

export type ShowMonitoring = { key: HotfixKey, };

export type ShowTests = { key: HotfixKey, run: number | null, };

export type SignOff = { person: PersonId | null, name: string, text: string, hash: Digest, 
/**
 * How it reached us; nothing where nobody has said.
 */
source: SignOffSource | null, 
/**
 * They reported one of the hot fix's issues.
 */
reporter: boolean, link: string, attachments: Array<Attachment>, recorded_by: PersonId, at: string, };

export type SignOffBy = { 
/**
 * Each of them.
 */
people: Array<PersonId>, 
/**
 * Somebody of each.
 */
teams: Array<CatalogId>, 
/**
 * Somebody with each.
 */
roles: Array<Role>, 
/**
 * Somebody who reported one of the hot fix's issues.
 */
reporters: boolean, };

export type SignOffSource = "app" | "mail" | "call" | "chat" | "in_person";

export type SignOffState = "open" | "signed" | "refused";

export type SignOffsView = { wanted: Array<WantedSignOff>, 
/**
 * Who reported the hot fix's issues, by name: whose answers are recorded most often.
 */
reporters: Array<string>, };

export type SignatureCheck = { state: SignatureState, 
/**
 * The key's number.
 */
key: string | null, 
/**
 * What was signed with the bytes: hot fix, revision and hash. Proved only if it is valid.
 */
comment: string | null, 
/**
 * Whose key it is, in a sentence.
 */
who: string, };

export type SignatureState = "valid" | "absent" | "unknown";

export type SigningKey = { 
/**
 * The key's number, as minisign shows it.
 */
id: string, 
/**
 * The line that names the key.
 */
public_key: string, chosen_by: PersonId, chosen_at: string, };

export type SigningView = { 
/**
 * The present one last.
 */
keys: Array<SigningKey>, 
/**
 * Packages that are built here are signed.
 */
here: boolean, 
/**
 * Why they are not.
 */
why: string, };

export type SimilarIssue = { key: IssueKey, title: string, 
/**
 * Between 0 and 1: how probable it is that both are the same, judged by other projects.
 */
score: number, 
/**
 * Why it is suggested, in words.
 */
why: string, 
/**
 * Words that both have, as they stand in the title of this one.
 */
shared: Array<string>, state: IssueState, priority: Priority | null, affected: number, hotfix: HotfixKey | null, 
/**
 * When that hot fix ships, or shipped, to production; none where nothing is planned.
 */
ships: Ships | null, workaround: string, 
/**
 * When the last report of it came in.
 */
last_reported_at: string, 
/**
 * The index was not loaded yet: better ones may appear in a moment.
 */
provisional: boolean, };

export type Since = { revision: number, 
/**
 * By path, the first two hundred.
 */
files: Array<ChangedSince>, total: number, };

export type SkipNotice = { key: DeploymentKey, notice: Notice, reason: string, };

export type SkippedLine = { line: number, message: string, };

export type SlaState = "on_track" | "at_risk" | "breached" | "met" | "paused";

export type SlaTarget = { priority: Priority, respond_minutes: number, resolve_minutes: number, 
/**
 * How long people who are affected may be left without a word while a hot fix is under way; 0 for as
 * long as one likes.
 */
update_minutes: number, 
/**
 * Counted around the clock, not in business hours.
 */
around_the_clock: boolean, };

export type Slot = { deployment: DeploymentKey, hotfix: HotfixKey, starts_at: string, ends_at: string, };

export type SlotPart = { environment: string, start: string, end: string, };

export type SlotTime = "maintenance" | "off_hours" | "office_hours";

export type SolutionText = { text: string, alternatives: string, };

export type Sort = "clock" | "priority" | "oldest" | "newest" | "affected" | "changed";

export type Source = { id: CatalogId, name: string, system: SourceSystem, 
/**
 * https://alerts.example.com, imaps://mail.example.com; of a calendar also a file of the machine
 * that reads it.
 */
address: string, 
/**
 * `host` or `host:port` that may be reached; empty means the address's own.
 */
hosts: Array<string>, 
/**
 * What is asked: a repository, a project, a folder, matchers, PromQL.
 */
query: string, user: string, 
/**
 * It wants a secret: a token, a password.
 */
secret: boolean, 
/**
 * What an issue gets that no label says otherwise for.
 */
product: CatalogId | null, component: string, environment: string, 
/**
 * Which label gives which field.
 */
labels: Array<LabelRule>, 
/**
 * Alerts and series that agree in these labels are one trouble.
 */
group_by: Array<string>, every_seconds: number, 
/**
 * What began before is left where it is.
 */
since: string | null, paused: boolean, 
/**
 * What the events of a calendar become.
 */
calendar: CalendarScope, };

export type SourceRow = { source: Source, version: number, 
/**
 * When a reading last came to its end, well or not.
 */
last_at: string | null, 
/**
 * When one last ended well.
 */
good_at: string | null, 
/**
 * None while it is paused.
 */
next_at: string | null, 
/**
 * Why the last reading failed, and what to do.
 */
error: Error | null, 
/**
 * It will not pass by itself.
 */
lasting: boolean, 
/**
 * How often in a row it failed.
 */
failures: number, logged: number, counted: number, answered: number, 
/**
 * How many troubles go on there at this moment, where it can be told.
 */
going_on: number, 
/**
 * How many calendar entries it keeps in step.
 */
entries: number, 
/**
 * What of a calendar was not understood when it was last read; the first of it.
 */
skipped: Array<SkippedLine>, 
/**
 * Whether some program reads sources by itself just now.
 */
read_here: boolean, };

export type SourceRun = { 
/**
 * New issues.
 */
logged: number, 
/**
 * Known troubles that happened again.
 */
counted: number, 
/**
 * Answers of reporters.
 */
answered: number, 
/**
 * Notes on known issues: over there, or open again.
 */
noted: number, 
/**
 * Nothing new.
 */
known: number, 
/**
 * Of a calendar: new entries.
 */
added: number, changed: number, 
/**
 * Called off, or gone.
 */
retired: number, 
/**
 * Not understood, and left out.
 */
skipped: number, };

export type SourceSecret = { kept: boolean, };

export type SourceSystem = "alertmanager" | "imap" | "github" | "gitlab" | "sentry" | "prometheus" | "ics";

export type Span = { start: string, end: string, };

export type StandardChange = { 
/**
 * In words, for whoever decides whether a hot fix is one of these.
 */
covers: string, 
/**
 * The highest risk that it covers.
 */
most_risk: Level, 
/**
 * From when on it covers nothing.
 */
until: string | null, };

export type StartDeployment = { key: DeploymentKey, };

export type StartHotfix = { issues: Array<IssueKey>, 
/**
 * The first issue's sentence, if left empty.
 */
title: string, 
/**
 * Needed only where no issue names a product.
 */
product: CatalogId | null, };

export type StartRollout = { key: HotfixKey, };

export type Station = { id: string, name: string, state: StationState, 
/**
 * One line under the name: "deployed 15:31 · 9 of 9 checks".
 */
detail: string, 
/**
 * How much it still lacks.
 */
lacks: number, };

export type StationState = "done" | "now" | "ahead" | "failed";

export type Step = { run: number, step: string, attempt: number, 
/**
 * The idempotency key that was sent.
 */
key: string, intended_at: string, result: StepOutcome | null, ended_at: string | null, 
/**
 * The endpoint's own name for what it runs, once it has accepted.
 */
endpoint_run: string | null, };

export type StepOutcome = { "outcome": "accepted", run: string, } | { "outcome": "succeeded" } | { "outcome": "failed", reason: string, } | { "outcome": "refused", reason: string, again_at: string, times: number, minutes: number, } | { "outcome": "cancelled" } | { "outcome": "unknown", reason: string, };

export type Stretch = { at: string, 
/**
 * Milliseconds of the slowest answer, which is what a limit looks at; else the highest number.
 */
slowest: number | null, lowest: number | null, mean: number | null, count: number, 
/**
 * Answers that were not as expected, and questions without an answer.
 */
bad: number, failures: number, inconclusive: number, errors: number, };

export type SuggestChecks = { key: DeploymentKey, };

export type SuggestFields = { text: string, };

export type SuggestedCheck = { kind: CheckKind, text: string, expected: string, how: CheckHow, near: Nearness, 
/**
 * Why, in a few words: "cart/total.py, also in HF-7, where it failed".
 */
why: string, 
/**
 * At how many deployments it was not good; 0 for one of a checklist that never failed.
 */
times: number, 
/**
 * Where it failed nearest and last, and its hot fix.
 */
deployment: DeploymentKey | null, hotfix: HotfixKey | null, 
/**
 * What it and this hot fix both touch; empty if nothing is known to be.
 */
components: Array<string>, };

export type Suggestion = { 
/**
 * The whole text, if this is taken.
 */
text: string, 
/**
 * `state:` or `New`.
 */
label: string, hint: string, };

export type SupportNote = { 
/**
 * The question; of older entries, with its answer.
 */
text: string, by: PersonId, at: string, from: Contact, 
/**
 * Empty while nobody has answered it, and once the answer was erased: `answered_at` tells them apart.
 */
answer: string, answered_by: PersonId | null, 
/**
 * When it was answered last, whatever was erased since; none while it waits for an answer.
 */
answered_at: string | null, 
/**
 * Since when what people are told to do says it as well.
 */
instructed_at: string | null, };

export type Suspect = { issue: IssueKey, title: string, reported_at: string, state: IssueState, 
/**
 * Between 0 and 1.
 */
score: number, 
/**
 * The issue of the hot fix which it is like.
 */
like: IssueKey, 
/**
 * Words that both have, as they stand in the title of the report.
 */
shared: Array<string>, recurrence: Recurrence, 
/**
 * The same in words.
 */
label: string, };

export type TakeAway = { calendar: CatalogId, };

export type TakeDuty = { person: PersonId, starts_at: string, ends_at: string, 
/**
 * The duties they take the place of. None: the one that takes place then.
 */
replaces: Array<CatalogId>, 
/**
 * Only for this product.
 */
product: CatalogId | null, note: string, };

export type TakeIn = { 
/**
 * The issue that it becomes if it is new. Its origin names the thing.
 */
report: LogIssue, 
/**
 * What it repeats of earlier messages.
 */
quoted: string, seen: Seen, 
/**
 * What it may be an answer to: names at the same place, the nearest first.
 */
answers: Array<string>, 
/**
 * A machine wrote it in answer.
 */
automatic: boolean, 
/**
 * It is not to become an issue: silenced there, or older than what is of interest.
 */
passed_over: boolean, 
/**
 * It is over there, in the source's words.
 */
over: string | null, };

export type TakenCalendar = { added: number, changed: number, 
/**
 * Nothing new.
 */
known: number, 
/**
 * Called off, or gone.
 */
retired: number, 
/**
 * They were over before they were first seen, and are left where they are.
 */
over: number, events: Array<TakenEvent>, 
/**
 * What was not understood, or cannot be kept.
 */
skipped: Array<SkippedLine>, };

export type TakenEvent = { 
/**
 * The entry's key.
 */
id: CatalogId, 
/**
 * Where it stands in the file; 0 for what is not there any more.
 */
line: number, name: string, purpose: CalendarKind, became: EventBecame, 
/**
 * When it takes place next.
 */
next: Span | null, rrule: string | null, 
/**
 * Who is away, holds it or is on duty.
 */
people: Array<PersonId>, 
/**
 * How it was found out who is on duty; none where nothing had to be.
 */
matched: MatchedBy | null, };

export type TakenIn = { key: IssueKey | null, became: Became, };

export type Target = { id: string, wave: number, endpoint: CatalogId, 
/**
 * Values for the recipe's templates, beside the endpoint's own.
 */
params: { [key in string]: string }, };

export type TargetState = "waiting" | "running" | "done" | "failed" | "unknown" | "skipped" | "rolled_back";

export type TargetTold = { target: string, endpoint: CatalogId, version: string, commit: string, 
/**
 * The SHA-256 of the package that runs, if it knows it.
 */
package: string, error: string, };

export type TargetView = { id: string, wave: number, state: TargetState, detail: string, steps: Array<Step>, started_at: string | null, ended_at: string | null, 
/**
 * When what was refused is sent again by itself.
 */
again_at: string | null, 
/**
 * Since when its endpoint does not say how its run stands.
 */
silent_since: string | null, };

export type Team = { id: CatalogId, name: string, members: Array<PersonId>, };

export type TeamLoad = { team: CatalogId, name: string, members: Array<PersonId>, 
/**
 * How many of its members are there now.
 */
there: number, 
/**
 * Open hot fixes that it has and none of its members.
 */
hotfixes: number, 
/**
 * Open issues that it has and none of its members, counted up to a thousand.
 */
issues: number, };

export type Telling = { 
/**
 * Lead times, in minutes before the start.
 */
before_minutes: Array<number>, start: boolean, 
/**
 * Done, failed or rolled back.
 */
end: boolean, 
/**
 * Moved or missed, where they had been told of a start.
 */
delay: boolean, 
/**
 * Called off, where they had been told of a start.
 */
cancel: boolean, };

export type Template = { id: CatalogId, name: string, purpose: Purpose, 
/**
 * Whom it may be said to; to whomever, where nothing is said.
 */
readers: Readers | null, subject: string, body: string, 
/**
 * The words of a channel that has its own; every other channel says subject and body.
 */
texts: { [key in MessageChannel]?: ChannelText }, };

export type TemplateTrial = { subject: string, body: string, 
/**
 * What is said on each channel there is.
 */
channels: Array<ChannelTrial>, 
/**
 * The names a template may use.
 */
names: Array<string>, };

export type TestCommand = { 
/**
 * The suite that it is.
 */
name: string, argv: Array<string>, 
/**
 * Where it runs; the product's repository if empty.
 */
folder: string, 
/**
 * The report that it writes (a file or a folder, seen from there); without one, TAP on its
 * standard output, else how it ends.
 */
report: string, timeout_minutes: number, };

export type TestCommandView = { name: string, argv: Array<string>, folder: string, report: string, timeout_minutes: number, 
/**
 * The workspace allows it.
 */
allowed: boolean, 
/**
 * The commit that the folder stands at.
 */
commit: string | null, 
/**
 * Why it cannot be run.
 */
problem: string | null, };

export type TestCounts = { passed: number, failed: number, skipped: number, };

export type TestEvidence = { commit: string, suite: string, passed: number, failed: number, skipped: number, 
/**
 * The report as it was written.
 */
attachment: Attachment | null, from: EvidenceFrom, millis: number | null, 
/**
 * The tests that failed, as far as they are few; `list` has them all, with their messages.
 */
failing: Array<string>, 
/**
 * How many failed beyond those.
 */
failing_more: number, 
/**
 * Every test with its outcome, compressed.
 */
list: Attachment | null, 
/**
 * What a command printed.
 */
output: Attachment | null, 
/**
 * With what a command ended; nothing if it was not a command, or was killed.
 */
exit: number | null, compared: Compared | null, };

export type TestFilter = "all" | "failed" | "passed" | "skipped" | "newly" | "still" | "mended" | "missing";

export type TestIssue = { test: string, 
/**
 * Nothing yet in a dry run.
 */
key: IssueKey | null, 
/**
 * It was an issue before.
 */
known: boolean, };

export type TestIssues = { imported: number, known: number, issues: Array<TestIssue>, dry_run: boolean, };

export type TestRow = { 
/**
 * What tells it from all others of its product.
 */
id: string, group: string, name: string, outcome: Outcome, millis: number | null, 
/**
 * The beginning of why it failed.
 */
message: string, 
/**
 * Newly failing, still failing, mended or missing; nothing if neither.
 */
change: TestFilter | null, 
/**
 * The issue that it became.
 */
issue: IssueKey | null, };

export type TestRows = { rows: Array<TestRow>, total: number, };

export type TestRun = { running: boolean, key: HotfixKey | null, name: string, argv: Array<string>, folder: string, started_at: string | null, lines: Array<OutputLine>, 
/**
 * Lines that were gone before they were asked for.
 */
dropped: number, };

export type TestsAdded = { 
/**
 * Its number among the hot fix's runs.
 */
run: number, commit: string, suite: string, from: EvidenceFrom, passed: number, failed: number, skipped: number, millis: number | null, failing: Array<string>, failing_more: number, compared: Compared | null, 
/**
 * Files of a folder that are no reports.
 */
left_out: Array<string>, };

export type TestsLook = { from: EvidenceFrom, 
/**
 * What it calls itself, if no suite was given.
 */
suite: string, files: number, passed: number, failed: number, skipped: number, millis: number | null, 
/**
 * Files of a folder that are no reports.
 */
left_out: Array<string>, 
/**
 * The first that fail.
 */
failing: Array<TestRow>, compared: Compared | null, };

export type TestsRan = { added: TestsAdded, exit: number | null, 
/**
 * How it ended, in words.
 */
ended: string, };

export type TestsView = { run: number, recorded: RecordedTests, 
/**
 * Its tests can be listed.
 */
listed: boolean, };

export type TextDifference = { 
/**
 * A unified diff; empty if there is none to show.
 */
diff: string, 
/**
 * Why there is none.
 */
why: string, };

export type TickProcedure = { key: DeploymentKey, item: string, ticked: boolean, };

export type TimeAnswer = "confirmed" | "not_now";

export type TimelineEntry = { seq: number, stream: string, kind: string, at: string, occurred_at: string, actor: PersonId, actor_name: string, 
/**
 * One sentence that says what happened.
 */
text: string, 
/**
 * What was typed, if anything.
 */
note: string, 
/**
 * `ok`, `bad`, `wait`, `unknown` or empty.
 */
tone: string, };

export type Told = { purpose: Purpose, message: MessageKey, recipients: number, dry_run: boolean, at: string, };

export type Triage = { impact_system: Level, impact_users: Level, impact_business: Level, urgency: Level, priority: Priority, respond_by: string | null, resolve_by: string | null, respond_risk_at: string | null, resolve_risk_at: string | null, 
/**
 * Where the person wavered; the levels are the higher ones.
 */
unsure: Array<Scale>, note: string, by: PersonId, at: string, };

export type TriageIssues = { keys: Array<IssueKey>, impact_system: Level, impact_users: Level, impact_business: Level, urgency: Level, 
/**
 * Where one wavers between the named level and the next: the higher counts.
 */
unsure: Array<Scale>, note: string, 
/**
 * Leave and name those that cannot be triaged, instead of refusing all of it.
 */
partly: boolean, };

export type TriagePreview = { cells: Array<Array<Triaged>>, 
/**
 * Words for each level, of the product's own rubric.
 */
guide: Guide, };

export type Triaged = { priority: Priority, 
/**
 * Why, in words.
 */
reason: string, respond_by: string | null, resolve_by: string | null, };

export type TriagedIssues = { changed: Array<Changed>, left: Array<Left>, priority: Priority, 
/**
 * Why, in words.
 */
reason: string, respond_by: string | null, resolve_by: string | null, };

export type Tried = { ok: boolean, detail: string, 
/**
 * What to do about it.
 */
hint: string | null, 
/**
 * The last call, as text.
 */
request: string, answer: string, millis: number, calls: Array<TriedCall>, };

export type TriedCall = { method: string, address: string, headers: Array<TriedHeader>, body: string, 
/**
 * None if there was no answer.
 */
status: number | null, answer_headers: Array<TriedHeader>, answer_body: string, millis: number, 
/**
 * Why there was no answer.
 */
failure: string | null, };

export type TriedCheck = { passed: boolean, said: string, };

export type TriedHeader = { name: string, value: string, };

export type TriedProbe = { result: SampleResult, 
/**
 * Milliseconds until the answer, or the number that was measured.
 */
value: number | null, detail: string, };

export type TryCalendar = { 
/**
 * A source as it is being written.
 */
draft: Source, };

export type TryCheck = { how: CheckHow, 
/**
 * Whose repository a path without a beginning is below.
 */
product: CatalogId | null, };

export type TryEndpoint = { endpoint: CatalogId, 
/**
 * What a target would give: its parameters, and `product`, `environment`, `target`; for `locate`
 * also `key`, for `poll` and `logs` `run`.
 */
params: { [key in string]: string }, 
/**
 * `health` (the usual one), `version`, `locate`, `poll` or `logs`.
 */
question?: string | null, };

export type TryMessenger = { draft: Messenger, 
/**
 * Of a mail server: to whom a test mail goes.
 */
to: string | null, };

export type TryProbe = { spec: ProbeSpec, };

export type TryPublishing = { 
/**
 * A published calendar as it is being written.
 */
draft: PublishedCalendar, };

export type TrySource = { 
/**
 * A source of the catalog.
 */
source: CatalogId | null, 
/**
 * One that is being written.
 */
draft: Source | null, };

export type TryTemplate = { subject: string, body: string, texts: { [key in MessageChannel]?: ChannelText }, hotfix: HotfixKey | null, 
/**
 * For whom it is written; for whomever, as internal readers see it.
 */
readers: Readers | null, };

export type Turn = { span: Span, person: PersonId, 
/**
 * The calendar entry that says so.
 */
entry: CatalogId, 
/**
 * They stand in for whoever the rota names then.
 */
stands_in: boolean, };

export type UnderWay = { kind: UnderWayKind, 
/**
 * ISS-, HF- or DEP-.
 */
key: string, title: string, 
/**
 * Where it stands: "P1, in hot fix".
 */
what: string, };

export type UnderWayKind = "deployment" | "starts" | "monitoring" | "issue" | "call_back";

export type UndoDecision = { issues: Array<Changed>, };

export type Unmerge = { key: IssueKey, };

export type UnreadRepository = { repository: string, why: string, };

export type UpdateDue = { 
/**
 * When they heard last; when it was begun, if they never did.
 */
since: string, told: boolean, 
/**
 * In the hours that the rubric counts in.
 */
due: string, };

export type VerifiedPackage = { product: string, hotfix: string, sha256: Digest, size: number, count: number, bytes: number, 
/**
 * The first thousand.
 */
files: Array<PackagedFile>, removed: Array<string>, install_notes: string, rollback_notes: string, signature: SignatureCheck, 
/**
 * The revision of this workspace that it is.
 */
known: KnownRevision | null, };

export type VerifyAudit = Record<symbol, never>;

export type VerifyPackage = { path: string, 
/**
 * A file with a public key, instead of the keys of this workspace.
 */
key: string | null, };

export type VersionAsked = { heard: Heard, targets: Array<TargetTold>, };

export type WaitingItem = { kind: WaitingKind, 
/**
 * The thing it is about: ISS-, HF-, DEP- or MSG-.
 */
key: string, hotfix: HotfixKey | null, priority: Priority | null, title: string, 
/**
 * What is to be done.
 */
what: string, 
/**
 * The section of the hot fix's page, as in a blocker.
 */
section: string, due: string | null, since: string | null, };

export type WaitingKind = "decision" | "breach" | "doubt" | "approval" | "missed" | "notice" | "update" | "unassigned" | "check" | "sign_off" | "blocker" | "start" | "deadline" | "mention" | "triage" | "call_back" | "review" | "failed" | "source" | "published" | "close";

export type WantedSignOff = { 
/**
 * `person/mia`, `team/support`, `role/stakeholder`, `reporters`.
 */
id: string, 
/**
 * "Mia Stone", "Somebody of Support", "A stakeholder", "Whoever reported it".
 */
who: string, 
/**
 * Who of the catalog can give it.
 */
people: Array<PersonId>, 
/**
 * Who else can: reporters that the catalog does not have.
 */
others: Array<string>, state: SignOffState, 
/**
 * Who gave or refused it.
 */
by: string, at: string | null, 
/**
 * The newest other revision that they signed in this environment: this one has not been looked at.
 */
before: number | null, };

export type WatchDoubt = { id: string, probe: string, environment: string, detail: string, at: string, settled_at: string | null, settled_by: PersonId | null, 
/**
 * What was found, and whether it counted as a breach.
 */
finding: string, breach: boolean, };

export type WatchPolicy = { name: string, minutes: number, };

export type WaveRule = { wave: number, name: string, 
/**
 * Which share of all targets belongs to it, in per cent, in the order of the targets. Where no
 * wave has one, each target says itself to which it belongs.
 */
share: number, 
/**
 * How long nothing happens after its targets are done, before its gates.
 */
pause_minutes: number, 
/**
 * After its gates the next wave begins only when a person says so.
 */
wait: boolean, gates: Array<HealthGate>, };

export type WaveStand = { "is": "open" } | { "is": "pausing", until: string, } | { "is": "measuring", gates: Array<string>, } | { "is": "failed", gate: string, } | { "is": "waits" } | { "is": "passed" };

export type WaveView = { wave: number, name: string, stand: WaveStand, gates: Array<GateView>, };

export type WentThrough = { 
/**
 * Each of them opened a review.
 */
overridden: Array<string>, deployment: DeploymentKey | null, 
/**
 * The step was taken.
 */
done: boolean, 
/**
 * What is in the way all the same.
 */
left: Array<Blocker>, };

export type Withdraw = { key: HotfixKey, environment: string, hash: Digest | null, reason: string, };

export type WorkspaceView = { name: string, zone: string, path: string, dry_run: boolean, 
/**
 * Whether test commands may be run from here.
 */
test_commands: boolean, 
/**
 * When people are left alone.
 */
quiet: QuietHours | null, me: Person | null, 
/**
 * The file may only be read, and why.
 */
read_only: string | null, records: number, 
/**
 * Whether this program runs deployments, messages and probes, or another one does.
 */
runs_engine: boolean, program_version: string, };

export type WouldBe = { became: Became, id: string, url: string, title: string, 
/**
 * The beginning of it.
 */
text: string, reporter: string, product: CatalogId | null, component: string, version: string, environment: string, 
/**
 * How often it happened, as the source tells.
 */
times: number, };

export type WriteCalendar = { purposes: Array<CalendarKind>, product: CatalogId | null, };

export type WritePublicWords = { key: HotfixKey, text: PublicText, 
/**
 * Questions of the support log, by their place from 1, whose answers the instructions give.
 */
answers: Array<number>, 
/**
 * The version of the hot fix that the edit is based on.
 */
base?: number | null, };

export type Wrote = { "part": "solution" } | { "part": "change", "named": string } | { "part": "configuration", "named": string } | { "part": "package", "named": number };

export interface Api {
  /** The workspace, who sits here, and what it runs on. */
  workspace_show: { request: AskWorkspace; response: WorkspaceView; kind: 'query' };
  /** The catalog's objects, of one kind or all. */
  catalog_list: { request: ListCatalog; response: Array<CatalogRow>; kind: 'query' };
  /** Save a catalog object, new or changed. */
  catalog_save: { request: SaveObject; response: Done; kind: 'action' };
  /** When a rule takes place next. */
  calendar_next: { request: PreviewRule; response: Array<Span>; kind: 'judgement' };
  /** Take in the events of a calendar file, or say what would come of it. */
  calendar_import: { request: ImportCalendar; response: TakenCalendar; kind: 'action' };
  /** Show what a calendar at an address would bring; nothing is kept. */
  calendar_try: { request: TryCalendar; response: TakenCalendar; kind: 'action' };
  /** Write calendar entries to a file that other programs read. */
  calendar_export: { request: ExportCalendar; response: ExportedCalendar; kind: 'action' };
  /** Publish the deployments to calendars elsewhere now, or say what would be done. */
  calendar_publish: { request: PublishCalendars; response: Array<PublishOutcome>; kind: 'action' };
  /** Ask a calendar elsewhere whether it can be published to; nothing is changed. */
  calendar_publish_try: { request: TryPublishing; response: PublishTrial; kind: 'action' };
  /** Take everything that was published to a calendar away there. */
  calendar_take_away: { request: TakeAway; response: PublishRun; kind: 'action' };
  /** Whether this machine has the password of a published calendar. */
  calendar_password: { request: AskPassword; response: KeptPassword; kind: 'action' };
  /** Keep the password of a published calendar in the keychain. */
  calendar_password_set: { request: SetPassword; response: Done; kind: 'action' };
  /** The calendars that are published to, and how that stands. */
  calendar_published: { request: ListPublished; response: Array<PublishedRow>; kind: 'query' };
  /** The days off in a calendar file, as business hours list them. */
  calendar_holidays: { request: ReadHolidays; response: HolidaysRead; kind: 'action' };
  /** Who is on duty, until when, who comes next, and what is wrong with the weeks ahead. */
  calendar_duty: { request: AskDuty; response: DutyView; kind: 'query' };
  /** Put people on duty one after the other. */
  calendar_rota: { request: MakeRota; response: MadeRota; kind: 'command' };
  /** Which turns a rotation would have next. */
  calendar_rota_next: { request: PreviewRota; response: Array<Turn>; kind: 'judgement' };
  /** Put somebody on duty for a while, in place of whoever the rota names then. */
  calendar_take: { request: TakeDuty; response: Made; kind: 'command' };
  /** Who comes on duty next, and what is under way. */
  hand_over_draft: { request: AskHandOver; response: HandOverDraft; kind: 'query' };
  /** Hand over to the next shift. */
  hand_over: { request: HandOver; response: Made; kind: 'command' };
  /** Say that one has read a hand-over note. */
  hand_over_read: { request: ReadHandOver; response: Done; kind: 'command' };
  /** Hand-over notes, the newest first. */
  hand_over_list: { request: ListHandOvers; response: Page<HandOverRow>; kind: 'query' };
  /** One hand-over note, whole. */
  hand_over_show: { request: ShowHandOver; response: HandOverNote; kind: 'query' };
  /** Take a catalog object out of use. */
  catalog_retire: { request: RetireObject; response: Done; kind: 'command' };
  /** Say who sits at this desk. */
  profile_choose: { request: ChooseProfile; response: Done; kind: 'action' };
  /** Let messages leave the building, or keep them in. */
  dry_run_set: { request: SetDryRun; response: Done; kind: 'command' };
  /** When people are left alone. */
  quiet_hours_set: { request: SetQuietHours; response: Done; kind: 'command' };
  /** The keys that packages are signed with, and whether this machine can sign. */
  signing_key_show: { request: AskSigning; response: SigningView; kind: 'action' };
  /** Make a signing key, in place of the one before. */
  signing_key_make: { request: MakeSigningKey; response: SigningView; kind: 'action' };
  /** Sign with a key that was made elsewhere. */
  signing_key_adopt: { request: AdoptSigningKey; response: SigningView; kind: 'action' };
  /** Keep the secret half of the signing key on this machine. */
  signing_key_give: { request: GiveSigningKey; response: SigningView; kind: 'action' };
  /** Write the public signing key to a file. */
  signing_key_export: { request: ExportSigningKey; response: Done; kind: 'action' };
  /** Let test commands be run from here, or not. */
  tests_allow: { request: AllowTestCommands; response: Done; kind: 'command' };
  /** Log an issue. */
  issue_log: { request: LogIssue; response: Logged; kind: 'command' };
  /** Count that a machine saw the same again. */
  issue_seen: { request: SeeAgain; response: Done; kind: 'command' };
  /** Look into a file of issues before it is imported. */
  issue_import_look: { request: LookAtFile; response: FileLook; kind: 'action' };
  /** Import a file of issues. */
  issue_import: { request: ImportFile; response: Imported; kind: 'action' };
  /** How far the import is, or how the last one ended. */
  issue_import_progress: { request: AskImport; response: ImportProgress; kind: 'action' };
  /** Stop the import that is under way. */
  issue_import_cancel: { request: CancelImport; response: Done; kind: 'action' };
  /** Correct what an issue says. */
  issue_edit: { request: EditIssue; response: Done; kind: 'command' };
  /** One more person has the same trouble. */
  issue_add_person: { request: AddPerson; response: Done; kind: 'command' };
  /** Say something on an issue. */
  issue_comment: { request: AddComment; response: Done; kind: 'command' };
  /** One has read where one was mentioned. */
  issue_read: { request: ReadMention; response: Done; kind: 'command' };
  /** Attach stored bytes to an issue. */
  issue_attach: { request: Attach; response: Done; kind: 'command' };
  /** Erase a text or an attachment for good. */
  issue_redact: { request: RedactIssue; response: Redacted; kind: 'action' };
  /** Erase a person's name and address for good. */
  person_erase: { request: ErasePerson; response: Redacted; kind: 'action' };
  /** These two are not the same. */
  issue_not_same: { request: NotTheSame; response: Done; kind: 'command' };
  /** Priority and deadlines for each cell of the matrix. */
  issue_triage_preview: { request: PreviewTriage; response: TriagePreview; kind: 'judgement' };
  /** Triage one or more issues. */
  issue_triage: { request: TriageIssues; response: TriagedIssues; kind: 'command' };
  /** Give issues to a person or a team. */
  issue_assign: { request: Assign; response: DecidedIssues; kind: 'command' };
  /** The next release will carry it. */
  issue_defer: { request: Defer; response: DecidedIssues; kind: 'command' };
  /** Not a fault, not ours, or not reproducible. */
  issue_reject: { request: Reject; response: DecidedIssues; kind: 'command' };
  /** Ask the reporter; the clocks stand still. */
  issue_ask: { request: AskReporter; response: DecidedIssues; kind: 'command' };
  /** The question to a reporter before it is asked. */
  issue_question: { request: QuestionPreview; response: AskedReporter; kind: 'judgement' };
  /** The reporter answered. */
  issue_answer: { request: RecordAnswer; response: DecidedIssues; kind: 'command' };
  /** It is not over after all. */
  issue_reopen: { request: Reopen; response: DecidedIssues; kind: 'command' };
  /** Close by hand. */
  issue_close: { request: CloseIssue; response: DecidedIssues; kind: 'command' };
  /** These issues are the same as another. */
  issue_merge: { request: Merge; response: DecidedIssues; kind: 'command' };
  /** Take a decision about issues back. */
  issue_undo: { request: UndoDecision; response: DecidedIssues; kind: 'command' };
  /** Undo a merge. */
  issue_unmerge: { request: Unmerge; response: Done; kind: 'command' };
  /** List issues. */
  issue_list: { request: ListIssues; response: Page<IssueRow>; kind: 'query' };
  /** The keys of all issues that a filter lets through. */
  issue_keys: { request: ListKeys; response: Keys; kind: 'query' };
  /** One issue, exactly as it was entered. */
  issue_show: { request: ShowIssue; response: IssueView; kind: 'query' };
  /** What was reported last by this desk, this caller, on this product. */
  report_defaults: { request: AskDefaults; response: Defaults; kind: 'query' };
  /** The issues most like a report that is being typed. */
  issue_similar: { request: FindSimilar; response: Array<SimilarIssue>; kind: 'query' };
  /** Shipped hot fixes that mended something like it. */
  issue_fixed_before: { request: FindFixed; response: Array<FixedBefore>; kind: 'query' };
  /** Search over everything. */
  search: { request: Search; response: Found; kind: 'query' };
  /** Fields and values that the end of a search may become. */
  search_suggest: { request: SuggestFields; response: Array<Suggestion>; kind: 'query' };
  /** The numbers beside the navigation. */
  count_all: { request: CountAll; response: Counts; kind: 'query' };
  /** Everything I can clear. */
  waiting: { request: AskWaiting; response: Array<WaitingItem>; kind: 'query' };
  /** Everything that happened to one thing. */
  timeline: { request: AskTimeline; response: Array<TimelineEntry>; kind: 'query' };
  /** Start a hot fix from issues. */
  fix_new: { request: StartHotfix; response: MadeHotfix; kind: 'command' };
  /** Take more issues into a hot fix. */
  fix_join: { request: JoinIssues; response: DecidedIssues; kind: 'command' };
  /** Who takes it. */
  fix_assign: { request: AssignHotfix; response: Done; kind: 'command' };
  /** Who is busy with how much, and who is there now. */
  load: { request: AskLoad; response: Load; kind: 'query' };
  /** Change the priority by hand. */
  fix_priority: { request: ChangePriority; response: Done; kind: 'command' };
  /** Record the root cause; a commit is looked up in the product's repository. */
  fix_cause: { request: SaveCause; response: CauseSaved; kind: 'action' };
  /** The commit of the product's repository that a hash, tag or branch means. */
  commit_find: { request: FindCommit; response: FoundCommit; kind: 'action' };
  /** Record the solution. */
  fix_solution: { request: RecordSolution; response: Done; kind: 'command' };
  /** Record what shipping it may break. */
  fix_risk: { request: RecordRisk; response: Done; kind: 'command' };
  /** How the change is authorised: standard, normal, emergency. */
  fix_classify: { request: ClassifyChange; response: Done; kind: 'command' };
  /** Record the way back. */
  fix_rollback_plan: { request: RecordRollbackPlan; response: Done; kind: 'command' };
  /** Read commits from a repository and record them. */
  fix_change_add: { request: AddChange; response: AddedChanges; kind: 'action' };
  /** A change that does not belong to it. */
  fix_change_remove: { request: RemoveChange; response: Done; kind: 'command' };
  /** Where a change was reviewed, and what was written there. */
  fix_change_review: { request: LinkReview; response: Done; kind: 'command' };
  /** Record a configuration change that is in no repository. */
  fix_configuration: { request: RecordConfiguration; response: RecordedConfiguration; kind: 'command' };
  /** A configuration change that does not belong to it. */
  fix_configuration_remove: { request: RemoveConfiguration; response: Done; kind: 'command' };
  /** Look on which living branches the changes are. */
  fix_branches_check: { request: CheckBranches; response: BranchMatrix; kind: 'action' };
  /** Stop looking on branches. */
  fix_branches_cancel: { request: CancelBranches; response: Done; kind: 'action' };
  /** Look again which running changes the package contains. */
  fix_package_compare: { request: AskContained; response: FoundContained; kind: 'action' };
  /** The branches of a local repository. */
  git_branches: { request: ListBranches; response: Array<BranchView>; kind: 'action' };
  /** The newest commits of a local repository. */
  git_log: { request: ReadGit; response: Array<Commit>; kind: 'action' };
  /** Open a diff, or look how far it is. */
  diff_open: { request: OpenDiff; response: DiffView; kind: 'action' };
  /** Some lines of a diff. */
  diff_read: { request: ReadDiff; response: DiffPage; kind: 'action' };
  /** The next or the last place of a diff that was changed. */
  diff_hunk: { request: FindHunk; response: FoundHunk; kind: 'action' };
  /** Stop reading a diff and forget it. */
  diff_close: { request: CloseDiff; response: Done; kind: 'action' };
  /** Record proof that tests ran. */
  fix_tests_add: { request: RecordTests; response: Done; kind: 'command' };
  /** What would go into the package, and what would not and why. */
  fix_package_preview: { request: PreviewPackage; response: PackagePreview; kind: 'action' };
  /** Build the package from files or a commit. */
  fix_package_build: { request: BuildPackage; response: Revision; kind: 'action' };
  /** How far the work on a package is, or how the last one ended. */
  fix_package_progress: { request: AskPackaging; response: Packaging; kind: 'action' };
  /** Stop the work on a package that is under way. */
  fix_package_cancel: { request: CancelPackaging; response: Done; kind: 'action' };
  /** Look into test reports before they are recorded. */
  tests_look: { request: LookAtTests; response: TestsLook; kind: 'action' };
  /** How far the report is that is read now. */
  tests_reading: { request: AskReading; response: ReadingProgress; kind: 'action' };
  /** Stop reading a report. */
  tests_reading_cancel: { request: CancelReading; response: Done; kind: 'action' };
  /** Record a test report, or numbers, as proof that tests ran. */
  fix_evidence_add: { request: AddTests; response: TestsAdded; kind: 'action' };
  /** One run of tests. */
  fix_evidence_show: { request: ShowTests; response: TestsView; kind: 'action' };
  /** The tests of a run, those that fail first. */
  fix_evidence_tests: { request: ListTests; response: TestRows; kind: 'action' };
  /** Make an issue of a test that failed. */
  fix_evidence_issue: { request: IssueFromTest; response: TestIssue; kind: 'action' };
  /** Ask the CI system how the checks of a commit stand, and record it. */
  fix_evidence_fetch: { request: FetchChecks; response: TestsAdded; kind: 'action' };
  /** The test commands that can be run for a hot fix. */
  fix_evidence_commands: { request: ListTestCommands; response: Array<TestCommandView>; kind: 'action' };
  /** Run a test command and record what comes of it. */
  fix_evidence_run: { request: RunTests; response: TestsRan; kind: 'action' };
  /** How far the test command is, and what it printed since. */
  fix_evidence_output: { request: AskTestRun; response: TestRun; kind: 'action' };
  /** Stop the test command that runs. */
  fix_evidence_cancel: { request: CancelTestRun; response: Done; kind: 'action' };
  /** Make issues of tests that failed, out of a report. */
  issue_from_tests: { request: IssuesFromReport; response: TestIssues; kind: 'action' };
  /** Write a package and its signature to files. */
  fix_package_export: { request: ExportPackage; response: Exported; kind: 'action' };
  /** Verify a package file and its signature. */
  fix_package_verify: { request: VerifyPackage; response: VerifiedPackage; kind: 'action' };
  /** What a revision changes in an earlier one, or in what runs. */
  fix_package_diff: { request: ComparePackages; response: PackageComparison; kind: 'action' };
  /** The text of one file in two packages, compared. */
  fix_package_diff_text: { request: ComparePackageText; response: TextDifference; kind: 'action' };
  /** The revisions of a hot fix's package. */
  fix_package_list: { request: ListRevisions; response: Array<RevisionRow>; kind: 'query' };
  /** The files of a revision. */
  fix_package_files: { request: ListPackageFiles; response: PackageFiles; kind: 'query' };
  /** Development to Rollout. */
  fix_rollout: { request: StartRollout; response: Done; kind: 'command' };
  /** Back to Development. */
  fix_return: { request: ReturnToDevelopment; response: Done; kind: 'command' };
  /** Give a hot fix up. */
  fix_cancel: { request: CancelHotfix; response: Done; kind: 'command' };
  /** List hot fixes. */
  fix_list: { request: ListHotfixes; response: Page<HotfixRow>; kind: 'query' };
  /** One hot fix. */
  fix_show: { request: ShowHotfix; response: HotfixView; kind: 'query' };
  /** Can I ship now? */
  fix_blockers: { request: AskBlockers; response: Ship; kind: 'query' };
  /** Ask for approval. */
  fix_ask_approval: { request: RequestApproval; response: Done; kind: 'command' };
  /** Approve the revision one has looked at. */
  fix_approve: { request: Approve; response: Approved; kind: 'command' };
  /** Say no, with the reason. */
  fix_decline: { request: Decline; response: Done; kind: 'command' };
  /** Take one's own answer back. */
  fix_withdraw: { request: Withdraw; response: Done; kind: 'command' };
  /** Go without the wanted approvals; a review opens. */
  fix_break_glass: { request: BreakGlass; response: Done; kind: 'command' };
  /** What is wanted, whose approvals stand, and why others do not. */
  fix_approvals: { request: AskApprovals; response: ApprovalView; kind: 'query' };
  /** Go through a shut gate with a reason. */
  fix_override: { request: OverrideBlocker; response: Done; kind: 'command' };
  /** What is left before the next step, and what of it the policy lets go. */
  fix_emergency: { request: AskEmergency; response: Emergency; kind: 'judgement' };
  /** Override everything that may go with one reason, and take the next step. */
  fix_go_through: { request: GoThrough; response: WentThrough; kind: 'action' };
  /** Look back at an override. */
  fix_review: { request: Review; response: Done; kind: 'command' };
  /** Plan the current revision into an environment. */
  deploy_plan: { request: PlanDeployment; response: Made; kind: 'command' };
  /** Move a deployment that has not started. */
  deploy_move: { request: MoveDeployment; response: Done; kind: 'command' };
  /** Call a planned deployment off. */
  deploy_call_off: { request: CancelDeployment; response: Done; kind: 'command' };
  /** A stakeholder's answer to a planned time. */
  deploy_answer: { request: AnswerTime; response: Done; kind: 'command' };
  /** What is to be told of a deployment, and what was. */
  notice_list: { request: AskNotices; response: Array<NoticeStand>; kind: 'judgement' };
  /** Whom a deployment is told to, as the catalog has it. */
  notice_audiences: { request: AskAudiences; response: Array<NoticePlan>; kind: 'judgement' };
  /** Leave a notice out, for a reason. */
  notice_skip: { request: SkipNotice; response: Done; kind: 'command' };
  /** Tick a step of the procedure. */
  procedure_tick: { request: TickProcedure; response: Done; kind: 'command' };
  /** The next free slots. */
  calendar_free: { request: FreeSlots; response: Array<FreeSlot>; kind: 'judgement' };
  /** What stands against a time, with each remedy and the next free slot. */
  deploy_conflicts: { request: AskConflicts; response: Conflicts; kind: 'judgement' };
  /** Everything on the calendar. */
  schedule: { request: AskSchedule; response: Schedule; kind: 'query' };
  /** What runs where. */
  runs_where: { request: AskRunsWhere; response: Array<RunsWhereRow>; kind: 'query' };
  /** Start a planned deployment. */
  deploy_start: { request: StartDeployment; response: Done; kind: 'command' };
  /** Begin no further target. */
  deploy_pause: { request: PauseDeployment; response: Done; kind: 'command' };
  /** Stop what runs at the endpoints, begin nothing more, and ask what becomes of it. */
  deploy_cancel: { request: CancelRun; response: Done; kind: 'command' };
  /** Go on. */
  deploy_resume: { request: ResumeDeployment; response: Done; kind: 'command' };
  /** Say that one takes the decision. */
  deploy_claim: { request: ClaimDecision; response: Done; kind: 'command' };
  /** Decide what becomes of a run that holds. */
  deploy_decide: { request: DecideHold; response: Done; kind: 'command' };
  /** Roll back a deployment that has ended. */
  deploy_rollback: { request: RollBack; response: Done; kind: 'command' };
  /** Record an ordinary release. */
  deploy_record: { request: RecordRelease; response: Done; kind: 'command' };
  /** Ask the endpoints of an environment which version runs there. */
  runs_where_ask: { request: AskVersion; response: VersionAsked; kind: 'action' };
  /** Let the next wave begin: no more pause, no more waiting. */
  deploy_let_on: { request: LetWaveOn; response: Done; kind: 'command' };
  /** List deployments. */
  deploy_list: { request: ListDeployments; response: Page<DeploymentRow>; kind: 'query' };
  /** One deployment, live. */
  deploy_show: { request: ShowDeployment; response: DeploymentView; kind: 'query' };
  /** Instructions in Markdown, as HTML that may be shown. */
  markdown_read: { request: ReadMarkdown; response: MarkdownHtml; kind: 'query' };
  /** Log lines of a deployment. */
  deploy_log: { request: ReadLog; response: Array<LogLine>; kind: 'query' };
  /** Ask an endpoint a question that changes nothing, and show the calls. */
  endpoint_try: { request: TryEndpoint; response: Tried; kind: 'action' };
  /** Which of an endpoint's secrets are kept here. */
  endpoint_secrets: { request: ListSecrets; response: Array<SecretRow>; kind: 'action' };
  /** Keep a secret of an endpoint in the keychain. */
  endpoint_secret_set: { request: SetSecret; response: Done; kind: 'action' };
  /** Whether an endpoint's command may run on this machine. */
  endpoint_command: { request: AskEndpointCommand; response: EndpointCommandView; kind: 'action' };
  /** Let an endpoint's command run on this machine, or not any more. */
  endpoint_command_allow: { request: AllowEndpointCommand; response: Done; kind: 'action' };
  /** The systems that an endpoint can be. */
  recipe_list: { request: ListRecipes; response: Array<RecipeView>; kind: 'action' };
  /** Read a recipe that is being written. */
  recipe_check: { request: CheckRecipe; response: RecipeView; kind: 'action' };
  /** Answer a check, with evidence. */
  validate_check: { request: RecordCheck; response: Done; kind: 'command' };
  /** Ask what automatic checks ask, and answer them. */
  validate_run: { request: RunChecks; response: ChecksRan; kind: 'action' };
  /** Which automatic checks of a deployment are being run. */
  validate_running: { request: AskChecksRunning; response: ChecksRunning; kind: 'action' };
  /** Stop the automatic checks of a deployment that are being run. */
  validate_run_cancel: { request: CancelChecks; response: Done; kind: 'action' };
  /** Run an automatic check that is being written; nothing is recorded. */
  validate_try: { request: TryCheck; response: TriedCheck; kind: 'action' };
  /** Whether the command of a check may run on this machine. */
  validate_command: { request: AskCheckCommand; response: CheckCommandView; kind: 'action' };
  /** Let the command of a check run on this machine, or not any more. */
  validate_command_allow: { request: AllowCheckCommand; response: Done; kind: 'action' };
  /** Add a check that no checklist has. */
  validate_add: { request: AddCheck; response: AddedCheck; kind: 'command' };
  /** Checks that failed before and are worth doing again. */
  validate_suggest: { request: SuggestChecks; response: Array<SuggestedCheck>; kind: 'query' };
  /** Somebody says that it is over for them, or that it is not. */
  validate_sign_off: { request: RecordSignOff; response: Done; kind: 'command' };
  /** Who has to sign off a deployment, and who has. */
  validate_sign_offs: { request: AskSignOffs; response: SignOffsView; kind: 'query' };
  /** Validating to Done. */
  validate_finish: { request: FinishValidation; response: Done; kind: 'command' };
  /** It is deployed and not good. */
  validate_fail: { request: FailValidation; response: Done; kind: 'command' };
  /** Show a message before it is sent. */
  message_preview: { request: PreviewMessage; response: MessagePreview; kind: 'judgement' };
  /** Fill a template in while it is being written. */
  template_try: { request: TryTemplate; response: TemplateTrial; kind: 'judgement' };
  /** Queue a message. */
  message_send: { request: SendMessage; response: Made; kind: 'command' };
  /** Take a queued message back. */
  message_cancel: { request: CancelMessage; response: Done; kind: 'command' };
  /** Try a failed message again, or send one now that waits. */
  message_retry: { request: RetryMessage; response: Done; kind: 'command' };
  /** The public words with the answers to some questions as instructions. */
  support_instructions: { request: AskInstructions; response: Instructions; kind: 'query' };
  /** What people outside are told of a hot fix. */
  public_words_write: { request: WritePublicWords; response: Done; kind: 'command' };
  /** Somebody has been called back. */
  call_back: { request: CallBack; response: Done; kind: 'command' };
  /** List messages. */
  message_list: { request: ListMessages; response: Page<MessageRow>; kind: 'query' };
  /** One message with its attempts. */
  message_show: { request: ShowMessage; response: MessageView; kind: 'query' };
  /** Who waits for a call. */
  call_back_list: { request: ListCallBacks; response: Array<CallBackRow>; kind: 'query' };
  /** Watch longer, or end the watch earlier. */
  monitor_extend: { request: ExtendMonitoring; response: Done; kind: 'command' };
  /** Close a breach with what was found. */
  breach_close: { request: CloseBreach; response: Done; kind: 'command' };
  /** Say what is behind a probe that says neither yes nor no. */
  doubt_settle: { request: SettleDoubt; response: Done; kind: 'command' };
  /** Ask a probe that is being written once; nothing is recorded. */
  probe_try: { request: TryProbe; response: TriedProbe; kind: 'action' };
  /** Whether the command of a probe may run on this machine. */
  probe_command: { request: AskProbeCommand; response: ProbeCommandView; kind: 'action' };
  /** Let the command of a probe run on this machine, or not any more. */
  probe_command_allow: { request: AllowProbeCommand; response: Done; kind: 'action' };
  /** It came back. */
  recurrence_confirm: { request: ConfirmRecurrence; response: Recurred; kind: 'command' };
  /** Reports since a hot fix shipped in which it may have come back. */
  recurrence_suspects: { request: ListSuspects; response: Array<Suspect>; kind: 'query' };
  /** People have been asked how it went. */
  feedback_ask: { request: AskFeedback; response: Done; kind: 'command' };
  /** What somebody said about the fix. */
  feedback_record: { request: RecordFeedback; response: Done; kind: 'command' };
  /** A question that reached support. */
  support_note: { request: NoteSupport; response: NotedQuestion; kind: 'command' };
  /** What a question to support is answered. */
  support_answer: { request: AnswerSupport; response: Done; kind: 'command' };
  /** Hot fixes that are being watched. */
  monitor_list: { request: ListMonitoring; response: Array<MonitoringView>; kind: 'query' };
  /** One hot fix under watch. */
  monitor_show: { request: ShowMonitoring; response: MonitoringView; kind: 'query' };
  /** What is to be done differently. */
  fix_lessons: { request: RecordLessons; response: Done; kind: 'command' };
  /** Monitoring to Closed. */
  fix_close: { request: CloseHotfix; response: Done; kind: 'command' };
  /** The report of one hot fix. */
  report: { request: AskReport; response: Report; kind: 'query' };
  /** How fast, how safely and how well hot fixes are made: each measure with its formula and series. */
  metrics: { request: AskMetrics; response: Metrics; kind: 'query' };
  /** The rows behind a measure. */
  metric_rows: { request: AskMetricRows; response: MetricRows; kind: 'query' };
  /** Write the measures, or the rows behind one, to a CSV file. */
  metrics_save: { request: SaveMetrics; response: Done; kind: 'action' };
  /** What is read from elsewhere, and how that stands. */
  source_list: { request: ListSources; response: Array<SourceRow>; kind: 'query' };
  /** Read a source now. */
  source_run: { request: RunSource; response: SourceRun; kind: 'action' };
  /** Show what a source would bring; nothing is logged. */
  source_try: { request: TrySource; response: Array<WouldBe>; kind: 'action' };
  /** Whether this machine has a source's secret. */
  source_secret: { request: AskSourceSecret; response: SourceSecret; kind: 'action' };
  /** Keep a source's secret in the keychain. */
  source_secret_set: { request: SetSourceSecret; response: Done; kind: 'action' };
  /** Try a messenger out: let a mail server answer, or send a test message. */
  messenger_try: { request: TryMessenger; response: MessengerTrial; kind: 'action' };
  /** Whether this machine has a messenger's secret. */
  messenger_secret: { request: AskMessengerSecret; response: MessengerSecret; kind: 'action' };
  /** Keep a messenger's secret in the keychain. */
  messenger_secret_set: { request: SetMessengerSecret; response: Done; kind: 'action' };
  /** Ways to reach hosts, those for an address first, and who uses them. */
  access_list: { request: ListAccess; response: Array<AccessRow>; kind: 'query' };
  /** Whether this machine has an access's secret, and where. */
  access_secret: { request: AskAccessSecret; response: AccessSecret; kind: 'action' };
  /** Keep an access's secret in the keychain. */
  access_secret_set: { request: SetAccessSecret; response: Done; kind: 'action' };
  /** Keep what is being typed. */
  draft_save: { request: SaveDraft; response: Done; kind: 'action' };
  /** What was being typed. */
  draft_load: { request: LoadDraft; response: Draft; kind: 'query' };
  /** Store a chosen file's bytes. */
  blob_put_file: { request: PutFile; response: Attachment; kind: 'action' };
  /** Write the log of a deployment to a file. */
  deploy_log_save: { request: SaveLog; response: Done; kind: 'action' };
  /** Write a report to a file. */
  report_save: { request: SaveReport; response: Done; kind: 'action' };
  /** Write everything about a hot fix to a zip that an auditor can check. */
  bundle_save: { request: SaveBundle; response: Bundled; kind: 'action' };
  /** How far a report or a bundle is that is being written. */
  report_progress: { request: AskReporting; response: Reporting; kind: 'action' };
  /** Stop writing a report or a bundle. */
  report_cancel: { request: CancelReporting; response: Done; kind: 'action' };
  /** Prove the chain from the first record to the last. */
  audit_verify: { request: VerifyAudit; response: AuditResult; kind: 'action' };
  /** Write the journal as JSON lines. */
  audit_export: { request: ExportAudit; response: Done; kind: 'action' };
  /** Make all views anew from the journal. */
  rebuild: { request: Rebuild; response: Rebuilt; kind: 'action' };
  /** Make a new workspace out of a backup, without what was erased since. */
  restore: { request: Restore; response: Restored; kind: 'action' };
  /** Write a verified copy of the workspace. */
  backup: { request: Backup; response: Done; kind: 'action' };
}

/** Which changes make an answer stale. */
export const topics: Record<string, string[]> = {
  workspace_show: ['workspace', 'catalog'],
  catalog_list: ['catalog'],
  calendar_published: ['catalog', 'published'],
  calendar_duty: ['catalog'],
  hand_over_draft: ['deployment', 'hotfix', 'issue', 'catalog'],
  hand_over_list: ['hand_over', 'catalog', 'workspace'],
  hand_over_show: ['hand_over'],
  issue_triage_preview: ['issue', 'catalog'],
  issue_question: ['issue', 'catalog'],
  issue_list: ['issue'],
  issue_keys: ['issue'],
  issue_show: ['issue'],
  report_defaults: ['issue'],
  issue_similar: ['issue', 'deployment'],
  issue_fixed_before: ['issue', 'hotfix', 'deployment'],
  search: ['issue', 'hotfix', 'message'],
  search_suggest: ['issue', 'catalog'],
  count_all: ['issue', 'hotfix', 'deployment', 'message'],
  waiting: ['issue', 'hotfix', 'deployment', 'message', 'environment', 'catalog', 'workspace', 'source', 'published'],
  timeline: ['issue', 'hotfix', 'deployment', 'message'],
  load: ['issue', 'hotfix', 'deployment', 'environment', 'catalog'],
  fix_package_list: ['hotfix', 'environment', 'workspace'],
  fix_package_files: ['hotfix'],
  fix_list: ['hotfix', 'deployment', 'environment', 'catalog'],
  fix_show: ['hotfix', 'issue', 'deployment', 'environment', 'duty', 'catalog', 'health'],
  fix_blockers: ['hotfix', 'issue', 'deployment', 'environment', 'duty', 'catalog', 'health'],
  fix_approvals: ['hotfix', 'deployment', 'catalog'],
  fix_emergency: ['hotfix', 'issue', 'deployment', 'environment', 'duty', 'catalog', 'health'],
  notice_list: ['deployment', 'message'],
  notice_audiences: ['catalog'],
  calendar_free: ['hotfix', 'deployment', 'environment', 'duty', 'catalog'],
  deploy_conflicts: ['hotfix', 'deployment', 'environment', 'duty', 'catalog'],
  schedule: ['deployment', 'environment', 'catalog'],
  runs_where: ['environment', 'catalog'],
  deploy_list: ['deployment'],
  deploy_show: ['deployment', 'environment'],
  deploy_log: ['log'],
  validate_sign_offs: ['deployment', 'catalog', 'issue'],
  message_preview: ['hotfix', 'issue', 'catalog', 'workspace'],
  support_instructions: ['hotfix'],
  message_list: ['message'],
  message_show: ['message'],
  call_back_list: ['issue', 'hotfix'],
  recurrence_suspects: ['issue', 'hotfix', 'deployment', 'environment', 'catalog'],
  monitor_list: ['hotfix', 'sample'],
  monitor_show: ['hotfix', 'sample'],
  report: ['hotfix', 'issue', 'deployment', 'message'],
  metrics: ['issue', 'hotfix', 'deployment', 'environment', 'catalog', 'workspace'],
  metric_rows: ['issue', 'hotfix', 'deployment', 'environment', 'catalog'],
  source_list: ['catalog', 'source'],
  access_list: ['catalog'],
};

/** Blockers that a policy may treat, by the code that the gates give them. */
export const blockers: Record<string, string> = {
  cause_missing: "Root cause missing",
  solution_missing: "Solution missing",
  change_missing: "No change recorded",
  tests_missing: "No proof of tests",
  tests_failed: "Tests failed",
  risk_missing: "Risk missing",
  rollback_plan_missing: "Way back missing",
  package_missing: "Package missing",
  branches_unread: "Living branches not read since the last change",
  branch_missing: "Not on every living branch",
  predecessor_open: "Environment before it not done",
  soaking: "Still soaking before it",
  approval_missing: "Approval missing",
  declined: "Declined",
  stakeholder_objects: "A stakeholder says: not now",
  standard_change: "Standard change does not cover it",
  outside_window: "Outside its window",
  freeze: "Freeze",
  lock: "Environment locked",
  outside_maintenance: "Outside maintenance",
  environment_busy: "Environment busy",
  conflict: "Conflict with another deployment",
  target_booked: "Target booked elsewhere",
  component_booked: "Component booked",
  dependency_booked: "Dependency booked",
  person_absent: "Somebody on duty is away",
  person_off_hours: "Somebody on duty does not work then",
  person_booked: "Somebody on duty is booked",
  approval_expires: "Approval expires before the start",
  procedure_open: "Procedure not ticked",
  stakeholders_untold: "Stakeholders not told",
  endpoint_silent: "Endpoint does not answer",
  drops_what_runs: "Would remove what runs",
  checks_open: "Checks open",
  checks_failed: "Checks failed",
  sign_off_missing: "Sign-off missing",
  named_sign_off_missing: "Named sign-off missing",
  sign_off_refused: "Sign-off refused",
  people_untold: "Affected people not told",
  call_backs_open: "Call-backs open",
  feedback_unasked: "Feedback not asked",
  lessons_missing: "Lessons missing",
  review_open: "Review open",
  breach_open: "Breach open",
  doubt_open: "A probe says neither yes nor no",
  recurred: "It came back",
  still_monitoring: "Still being watched",
};
