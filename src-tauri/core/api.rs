//! The one list: every command, query and action by name. The router, the TypeScript, the
//! permissions and the schemas come from it.
//!
//! - a **command** decides about events (`stages`);
//! - a **judgement** runs a pure function over folded states and changes nothing;
//! - a **query** reads views;
//! - an **action** does what needs the outside (files, git, endpoints) and then calls commands.
//!
//! `window` says that the window may call it; what only the engine or the command line may call is
//! kept from it.

use crate::{
    desk::{
        Call, access, actions, breach, calendar, change, checks, develop, diff, emergency,
        evidence as ev, import, messengers, package, probes, publish, reach, report, signing,
        sources,
    },
    error::{Error, Result},
    gates, stages, views,
};
use schemars::SchemaGenerator;
use serde_json::Value;
use ts_rs::TS;

/// How an entry acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Command,
    Judgement,
    Query,
    Action,
}

/// Who may call an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum For {
    /// The window and the command line.
    Everyone,
    /// The command line alone.
    Terminal,
    /// The engine alone.
    Engine,
}

/// One line of the list.
pub struct Entry {
    pub name: &'static str,
    pub kind: Kind,
    pub who: For,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// Which changes make its answer stale (see `event::stream::topic`).
    pub topics: &'static [&'static str],
    pub run: fn(&Call, Value) -> Result<Value>,
    pub request_type: fn(&ts_rs::Config) -> String,
    pub response_type: fn(&ts_rs::Config) -> String,
    pub export: fn(&ts_rs::Config, &mut Types),
    pub schema: fn(&mut SchemaGenerator) -> (schemars::Schema, schemars::Schema),
}

/// TypeScript declarations by name, each once.
pub type Types = std::collections::BTreeMap<String, String>;

struct Collect<'a> {
    config: &'a ts_rs::Config,
    types: &'a mut Types,
}

impl ts_rs::TypeVisitor for Collect<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only types of our own have a file to be exported to; the others are spelled in place.
        if T::output_path().is_some() {
            let name = T::ident(self.config);
            let declaration = T::decl(self.config);
            if let Some(known) = self.types.get(&name) {
                assert_eq!(known, &declaration, "two types of the api are called {name}");
            } else {
                self.types.insert(name, declaration);
                T::visit_dependencies(self);
            }
        }
        T::visit_generics(self);
    }
}

fn export<T: TS + 'static>(config: &ts_rs::Config, types: &mut Types) {
    use ts_rs::TypeVisitor as _;
    Collect { config, types }.visit::<T>();
    T::visit_dependencies(&mut Collect { config, types });
}

fn read<T: serde::de::DeserializeOwned>(name: &str, request: Value) -> Result<T> {
    let request = if request.is_null() { Value::Object(serde_json::Map::new()) } else { request };
    serde_path_to_error::deserialize(request).map_err(|error| {
        let said = error.inner().to_string();
        let place = place(&error.path().to_string(), &said);
        let error = Error::invalid(format!("{name}: {said}."))
            .hint(format!("`hotfix schema {name}` shows what it takes."));
        // What is wrong with all of it has no place inside.
        error.at(if place.is_empty() { "request".into() } else { place })
    })
}

/// Where a request is wrong: the path ends at what lacks a field, so the field is added.
fn place(path: &str, said: &str) -> String {
    let around = if path == "." { "" } else { path };
    let missing = said.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    match (around, missing) {
        (around, None) => around.to_owned(),
        ("", Some(field)) => field.to_owned(),
        (around, Some(field)) => format!("{around}.{field}"),
    }
}

macro_rules! entries {
    ($($kind:ident $who:ident $name:ident ($request:ty) -> $response:ty, [$($topic:literal),*], $about:literal;)*) => {
        /// Every command, judgement, query and action.
        pub const ENTRIES: &[Entry] = &[$(Entry {
            name: stringify!($name),
            kind: Kind::$kind,
            who: For::$who,
            about: $about,
            topics: &[$($topic),*],
            run: |call, request| {
                let request: $request = read(stringify!($name), request)?;
                let answer: $response = entries!(@run $kind call request);
                Ok(serde_json::to_value(answer)?)
            },
            request_type: |config| <$request as TS>::name(config),
            response_type: |config| <$response as TS>::name(config),
            export: |config, types| {
                export::<$request>(config, types);
                export::<$response>(config, types);
            },
            schema: |generator| (
                generator.subschema_for::<$request>(),
                generator.subschema_for::<$response>(),
            ),
        }),*];
    };
    (@run Command $call:ident $request:ident) => { $call.command(&$request)? };
    (@run Judgement $call:ident $request:ident) => { $call.judge(|state, by| $request.judge(state, by))? };
    (@run Query $call:ident $request:ident) => { $call.ask(&$request)? };
    (@run Action $call:ident $request:ident) => { actions::Action::run($request, $call)? };
}

use stages::{
    DecidedIssues, Done, Made, MadeHotfix, announce as an, approve as ap, close as cl,
    configure as co, deploy as de, develop as dv, monitor as mo, package as pa, redact as rd,
    report as re, schedule as sc, triage as tr, validate as va,
};

entries! {
    // The workspace and its catalog.
    Query Everyone workspace_show(actions::AskWorkspace) -> actions::WorkspaceView, ["workspace", "catalog"], "The workspace, who sits here, and what it runs on.";
    Query Everyone catalog_list(actions::ListCatalog) -> Vec<actions::CatalogRow>, ["catalog"], "The catalog's objects, of one kind or all.";
    Action Everyone catalog_save(co::SaveObject) -> Done, [], "Save a catalog object, new or changed.";
    Judgement Everyone calendar_next(co::PreviewRule) -> Vec<crate::calendar::Span>, [], "When a rule takes place next.";
    Action Everyone calendar_import(calendar::ImportCalendar) -> co::calendar::TakenCalendar, [], "Take in the events of a calendar file, or say what would come of it.";
    Action Everyone calendar_try(calendar::TryCalendar) -> co::calendar::TakenCalendar, [], "Show what a calendar at an address would bring; nothing is kept.";
    Action Everyone calendar_export(calendar::ExportCalendar) -> calendar::ExportedCalendar, [], "Write calendar entries to a file that other programs read.";
    Action Terminal calendar_write(calendar::WriteCalendar) -> calendar::ExportedCalendar, [], "The calendar entries as other programs read them.";
    Action Everyone calendar_publish(publish::PublishCalendars) -> Vec<publish::PublishOutcome>, [], "Publish the deployments to calendars elsewhere now, or say what would be done.";
    Action Everyone calendar_publish_try(publish::TryPublishing) -> crate::engine::publisher::PublishTrial, [], "Ask a calendar elsewhere whether it can be published to; nothing is changed.";
    Action Everyone calendar_take_away(publish::TakeAway) -> crate::engine::publisher::PublishRun, [], "Take everything that was published to a calendar away there.";
    Action Everyone calendar_password(publish::AskPassword) -> publish::KeptPassword, [], "Whether this machine has the password of a published calendar.";
    Action Everyone calendar_password_set(publish::SetPassword) -> Done, [], "Keep the password of a published calendar in the keychain.";
    Query Everyone calendar_published(views::published::ListPublished) -> Vec<views::published::PublishedRow>, ["catalog", "published"], "The calendars that are published to, and how that stands.";
    Action Everyone calendar_holidays(calendar::ReadHolidays) -> calendar::HolidaysRead, [], "The days off in a calendar file, as business hours list them.";
    Query Everyone calendar_duty(views::duty::AskDuty) -> views::duty::DutyView, ["catalog"], "Who is on duty, until when, who comes next, and what is wrong with the weeks ahead.";
    Command Everyone calendar_rota(co::rota::MakeRota) -> co::rota::MadeRota, [], "Put people on duty one after the other.";
    Judgement Everyone calendar_rota_next(co::rota::PreviewRota) -> Vec<crate::model::duty::Turn>, [], "Which turns a rotation would have next.";
    Command Everyone calendar_take(co::rota::TakeDuty) -> Made, [], "Put somebody on duty for a while, in place of whoever the rota names then.";
    Query Everyone hand_over_draft(views::handover::AskHandOver) -> views::handover::HandOverDraft, ["deployment", "hotfix", "issue", "catalog"], "Who comes on duty next, and what is under way.";
    Command Everyone hand_over(sc::handover::HandOver) -> Made, [], "Hand over to the next shift.";
    Command Everyone hand_over_read(sc::handover::ReadHandOver) -> Done, [], "Say that one has read a hand-over note.";
    Query Everyone hand_over_list(views::handover::ListHandOvers) -> views::Page<views::handover::HandOverRow>, ["hand_over", "catalog", "workspace"], "Hand-over notes, the newest first.";
    Query Everyone hand_over_show(views::handover::ShowHandOver) -> crate::model::handover::HandOverNote, ["hand_over"], "One hand-over note, whole.";
    Command Everyone catalog_retire(co::RetireObject) -> Done, [], "Take a catalog object out of use.";
    Action Everyone profile_choose(actions::ChooseProfile) -> Done, [], "Say who sits at this desk.";
    Command Everyone dry_run_set(co::SetDryRun) -> Done, [], "Let messages leave the building, or keep them in.";
    Command Everyone quiet_hours_set(co::SetQuietHours) -> Done, [], "When people are left alone.";
    Action Everyone signing_key_show(signing::AskSigning) -> signing::SigningView, [], "The keys that packages are signed with, and whether this machine can sign.";
    Action Everyone signing_key_make(signing::MakeSigningKey) -> signing::SigningView, [], "Make a signing key, in place of the one before.";
    Action Everyone signing_key_adopt(signing::AdoptSigningKey) -> signing::SigningView, [], "Sign with a key that was made elsewhere.";
    Action Everyone signing_key_give(signing::GiveSigningKey) -> signing::SigningView, [], "Keep the secret half of the signing key on this machine.";
    Action Everyone signing_key_export(signing::ExportSigningKey) -> Done, [], "Write the public signing key to a file.";
    Command Terminal signing_key_record(co::signing::ChooseSigningKey) -> Done, [], "Record which key packages are signed with.";
    Command Everyone tests_allow(co::AllowTestCommands) -> Done, [], "Let test commands be run from here, or not.";
    Command Terminal workspace_create(co::CreateWorkspace) -> Done, [], "The first event of a workspace.";

    // Report and triage.
    Command Everyone issue_log(re::LogIssue) -> re::Logged, [], "Log an issue.";
    Command Everyone issue_seen(re::SeeAgain) -> Done, [], "Count that a machine saw the same again.";
    Action Everyone issue_import_look(import::LookAtFile) -> import::FileLook, [], "Look into a file of issues before it is imported.";
    Action Everyone issue_import(import::ImportFile) -> import::Imported, [], "Import a file of issues.";
    Action Everyone issue_import_progress(import::AskImport) -> import::ImportProgress, [], "How far the import is, or how the last one ended.";
    Action Everyone issue_import_cancel(import::CancelImport) -> Done, [], "Stop the import that is under way.";
    Command Everyone issue_edit(re::EditIssue) -> Done, [], "Correct what an issue says.";
    Command Everyone issue_add_person(re::AddPerson) -> Done, [], "One more person has the same trouble.";
    Command Everyone issue_comment(re::AddComment) -> Done, [], "Say something on an issue.";
    Command Everyone issue_read(re::ReadMention) -> Done, [], "One has read where one was mentioned.";
    Command Everyone issue_attach(re::Attach) -> Done, [], "Attach stored bytes to an issue.";
    Action Everyone issue_redact(rd::RedactIssue) -> rd::Redacted, [], "Erase a text or an attachment for good.";
    Action Everyone person_erase(rd::ErasePerson) -> rd::Redacted, [], "Erase a person's name and address for good.";
    Command Everyone issue_not_same(re::NotTheSame) -> Done, [], "These two are not the same.";
    Judgement Everyone issue_triage_preview(tr::PreviewTriage) -> tr::TriagePreview, ["issue", "catalog"], "Priority and deadlines for each cell of the matrix.";
    Command Everyone issue_triage(tr::TriageIssues) -> tr::TriagedIssues, [], "Triage one or more issues.";
    Command Everyone issue_assign(tr::Assign) -> DecidedIssues, [], "Give issues to a person or a team.";
    Command Everyone issue_defer(tr::Defer) -> DecidedIssues, [], "The next release will carry it.";
    Command Everyone issue_reject(tr::Reject) -> DecidedIssues, [], "Not a fault, not ours, or not reproducible.";
    Command Everyone issue_ask(tr::AskReporter) -> DecidedIssues, [], "Ask the reporter; the clocks stand still.";
    Judgement Everyone issue_question(tr::QuestionPreview) -> tr::AskedReporter, ["issue", "catalog"], "The question to a reporter before it is asked.";
    Command Engine issue_remind(tr::RemindOwners) -> Done, [], "A deadline is at risk, or has passed.";
    Command Everyone issue_answer(tr::RecordAnswer) -> DecidedIssues, [], "The reporter answered.";
    Command Everyone issue_reopen(tr::Reopen) -> DecidedIssues, [], "It is not over after all.";
    Command Everyone issue_close(tr::CloseIssue) -> DecidedIssues, [], "Close by hand.";
    Command Everyone issue_merge(tr::Merge) -> DecidedIssues, [], "These issues are the same as another.";
    Command Everyone issue_undo(tr::UndoDecision) -> DecidedIssues, [], "Take a decision about issues back.";
    Command Everyone issue_unmerge(tr::Unmerge) -> Done, [], "Undo a merge.";
    Query Everyone issue_list(views::inbox::ListIssues) -> views::Page<views::inbox::IssueRow>, ["issue"], "List issues.";
    Query Everyone issue_keys(views::inbox::ListKeys) -> views::inbox::Keys, ["issue"], "The keys of all issues that a filter lets through.";
    Query Everyone issue_show(views::inbox::ShowIssue) -> views::inbox::IssueView, ["issue"], "One issue, exactly as it was entered.";
    Query Everyone report_defaults(views::inbox::AskDefaults) -> views::inbox::Defaults, ["issue"], "What was reported last by this desk, this caller, on this product.";
    Query Everyone issue_similar(views::similar::FindSimilar) -> Vec<views::similar::SimilarIssue>, ["issue", "deployment"], "The issues most like a report that is being typed.";
    Query Everyone issue_fixed_before(views::similar::fixed::FindFixed) -> Vec<views::similar::fixed::FixedBefore>, ["issue", "hotfix", "deployment"], "Shipped hot fixes that mended something like it.";
    Query Everyone search(views::search::Search) -> views::search::Found, ["issue", "hotfix", "message"], "Search over everything.";
    Query Everyone search_suggest(views::search::suggest::SuggestFields) -> Vec<views::search::suggest::Suggestion>, ["issue", "catalog"], "Fields and values that the end of a search may become.";
    Query Everyone count_all(views::inbox::CountAll) -> views::inbox::Counts, ["issue", "hotfix", "deployment", "message"], "The numbers beside the navigation.";
    Query Everyone waiting(views::waiting::AskWaiting) -> Vec<views::waiting::WaitingItem>, ["issue", "hotfix", "deployment", "message", "environment", "catalog", "workspace", "source", "published"], "Everything I can clear.";
    Query Everyone timeline(views::timeline::AskTimeline) -> Vec<views::timeline::TimelineEntry>, ["issue", "hotfix", "deployment", "message"], "Everything that happened to one thing.";

    // Development.
    Command Everyone fix_new(dv::StartHotfix) -> MadeHotfix, [], "Start a hot fix from issues.";
    Command Everyone fix_join(dv::JoinIssues) -> DecidedIssues, [], "Take more issues into a hot fix.";
    Command Everyone fix_assign(dv::AssignHotfix) -> Done, [], "Who takes it.";
    Query Everyone load(views::load::AskLoad) -> views::load::Load, ["issue", "hotfix", "deployment", "environment", "catalog"], "Who is busy with how much, and who is there now.";
    Command Everyone fix_priority(dv::ChangePriority) -> Done, [], "Change the priority by hand.";
    Action Everyone fix_cause(develop::SaveCause) -> develop::CauseSaved, [], "Record the root cause; a commit is looked up in the product's repository.";
    Command Terminal fix_cause_record(dv::RecordCause) -> Done, [], "Record the root cause as it is told.";
    Action Everyone commit_find(develop::FindCommit) -> develop::FoundCommit, [], "The commit of the product's repository that a hash, tag or branch means.";
    Command Everyone fix_solution(dv::RecordSolution) -> Done, [], "Record the solution.";
    Command Everyone fix_risk(dv::RecordRisk) -> Done, [], "Record what shipping it may break.";
    Command Everyone fix_classify(ap::ClassifyChange) -> Done, [], "How the change is authorised: standard, normal, emergency.";
    Command Everyone fix_rollback_plan(dv::RecordRollbackPlan) -> Done, [], "Record the way back.";
    Action Everyone fix_change_add(change::AddChange) -> change::AddedChanges, [], "Read commits from a repository and record them.";
    Command Terminal fix_change_record(dv::RecordChange) -> Done, [], "Record a commit as read elsewhere.";
    Command Terminal fix_changes_record(dv::RecordChanges) -> Done, [], "Record several commits as read elsewhere.";
    Command Everyone fix_change_remove(dv::RemoveChange) -> Done, [], "A change that does not belong to it.";
    Command Everyone fix_change_review(dv::LinkReview) -> Done, [], "Where a change was reviewed, and what was written there.";
    Command Everyone fix_configuration(dv::RecordConfiguration) -> dv::RecordedConfiguration, [], "Record a configuration change that is in no repository.";
    Command Everyone fix_configuration_remove(dv::RemoveConfiguration) -> Done, [], "A configuration change that does not belong to it.";
    Action Everyone fix_branches_check(change::CheckBranches) -> change::BranchMatrix, [], "Look on which living branches the changes are.";
    Action Everyone fix_branches_cancel(change::CancelBranches) -> Done, [], "Stop looking on branches.";
    Command Terminal fix_branches_record(dv::RecordBranches) -> Done, [], "Record on which branches a change was found.";
    Action Everyone fix_package_compare(change::AskContained) -> change::FoundContained, [], "Look again which running changes the package contains.";
    Command Terminal fix_package_compared(dv::ComparePackage) -> Done, [], "Record which running commits a package contains.";
    Action Everyone git_branches(change::ListBranches) -> Vec<change::BranchView>, [], "The branches of a local repository.";
    Action Everyone git_log(change::ReadGit) -> Vec<change::Commit>, [], "The newest commits of a local repository.";
    Action Everyone diff_open(diff::OpenDiff) -> diff::DiffView, [], "Open a diff, or look how far it is.";
    Action Everyone diff_read(diff::ReadDiff) -> diff::DiffPage, [], "Some lines of a diff.";
    Action Everyone diff_hunk(diff::FindHunk) -> diff::FoundHunk, [], "The next or the last place of a diff that was changed.";
    Action Everyone diff_close(diff::CloseDiff) -> Done, [], "Stop reading a diff and forget it.";
    Command Everyone fix_tests_add(dv::RecordTests) -> Done, [], "Record proof that tests ran.";
    Action Everyone fix_package_preview(package::PreviewPackage) -> package::PackagePreview, [], "What would go into the package, and what would not and why.";
    Action Everyone fix_package_build(package::BuildPackage) -> pa::Revision, [], "Build the package from files or a commit.";
    Action Everyone fix_package_progress(package::AskPackaging) -> package::Packaging, [], "How far the work on a package is, or how the last one ended.";
    Action Everyone fix_package_cancel(package::CancelPackaging) -> Done, [], "Stop the work on a package that is under way.";
    Action Everyone tests_look(ev::LookAtTests) -> ev::TestsLook, [], "Look into test reports before they are recorded.";
    Action Everyone tests_reading(ev::AskReading) -> ev::ReadingProgress, [], "How far the report is that is read now.";
    Action Everyone tests_reading_cancel(ev::CancelReading) -> Done, [], "Stop reading a report.";
    Action Everyone fix_evidence_add(ev::AddTests) -> ev::TestsAdded, [], "Record a test report, or numbers, as proof that tests ran.";
    Action Everyone fix_evidence_show(ev::ShowTests) -> ev::TestsView, [], "One run of tests.";
    Action Everyone fix_evidence_tests(ev::ListTests) -> ev::TestRows, [], "The tests of a run, those that fail first.";
    Action Everyone fix_evidence_issue(ev::IssueFromTest) -> ev::TestIssue, [], "Make an issue of a test that failed.";
    Action Everyone fix_evidence_fetch(ev::FetchChecks) -> ev::TestsAdded, [], "Ask the CI system how the checks of a commit stand, and record it.";
    Action Everyone fix_evidence_commands(ev::ListTestCommands) -> Vec<ev::TestCommandView>, [], "The test commands that can be run for a hot fix.";
    Action Everyone fix_evidence_run(ev::RunTests) -> ev::TestsRan, [], "Run a test command and record what comes of it.";
    Action Everyone fix_evidence_output(ev::AskTestRun) -> ev::TestRun, [], "How far the test command is, and what it printed since.";
    Action Everyone fix_evidence_cancel(ev::CancelTestRun) -> Done, [], "Stop the test command that runs.";
    Action Everyone issue_from_tests(ev::IssuesFromReport) -> ev::TestIssues, [], "Make issues of tests that failed, out of a report.";
    Command Terminal fix_package_record(pa::RecordPackage) -> pa::Revision, [], "Record built bytes as a revision.";
    Action Everyone fix_package_export(package::ExportPackage) -> package::Exported, [], "Write a package and its signature to files.";
    Action Everyone fix_package_verify(package::check::VerifyPackage) -> package::check::VerifiedPackage, [], "Verify a package file and its signature.";
    Action Everyone fix_package_diff(package::compare::ComparePackages) -> package::compare::PackageComparison, [], "What a revision changes in an earlier one, or in what runs.";
    Action Everyone fix_package_diff_text(package::compare::ComparePackageText) -> package::compare::TextDifference, [], "The text of one file in two packages, compared.";
    Query Everyone fix_package_list(views::packages::ListRevisions) -> Vec<views::packages::RevisionRow>, ["hotfix", "environment", "workspace"], "The revisions of a hot fix's package.";
    Query Everyone fix_package_files(views::packages::ListPackageFiles) -> views::packages::PackageFiles, ["hotfix"], "The files of a revision.";
    Command Everyone fix_rollout(pa::StartRollout) -> Done, [], "Development to Rollout.";
    Command Everyone fix_return(dv::ReturnToDevelopment) -> Done, [], "Back to Development.";
    Command Everyone fix_cancel(dv::CancelHotfix) -> Done, [], "Give a hot fix up.";
    Query Everyone fix_list(views::board::ListHotfixes) -> views::Page<views::board::HotfixRow>, ["hotfix", "deployment", "environment", "catalog"], "List hot fixes.";
    Query Everyone fix_show(views::board::ShowHotfix) -> views::board::HotfixView, ["hotfix", "issue", "deployment", "environment", "duty", "catalog", "health"], "One hot fix.";
    Query Everyone fix_blockers(views::board::AskBlockers) -> gates::Ship, ["hotfix", "issue", "deployment", "environment", "duty", "catalog", "health"], "Can I ship now?";

    // Approval.
    Command Everyone fix_ask_approval(ap::RequestApproval) -> Done, [], "Ask for approval.";
    Command Everyone fix_approve(ap::Approve) -> ap::Approved, [], "Approve the revision one has looked at.";
    Command Everyone fix_decline(ap::Decline) -> Done, [], "Say no, with the reason.";
    Command Everyone fix_withdraw(ap::Withdraw) -> Done, [], "Take one's own answer back.";
    Command Everyone fix_break_glass(ap::BreakGlass) -> Done, [], "Go without the wanted approvals; a review opens.";
    Query Everyone fix_approvals(views::board::AskApprovals) -> views::board::ApprovalView, ["hotfix", "deployment", "catalog"], "What is wanted, whose approvals stand, and why others do not.";
    Command Everyone fix_override(ap::OverrideBlocker) -> Done, [], "Go through a shut gate with a reason.";
    Judgement Everyone fix_emergency(ap::AskEmergency) -> gates::Emergency, ["hotfix", "issue", "deployment", "environment", "duty", "catalog", "health"], "What is left before the next step, and what of it the policy lets go.";
    Action Everyone fix_go_through(emergency::GoThrough) -> emergency::WentThrough, [], "Override everything that may go with one reason, and take the next step.";
    Command Everyone fix_review(ap::Review) -> Done, [], "Look back at an override.";

    // Schedule and deployment.
    Command Everyone deploy_plan(sc::PlanDeployment) -> Made, [], "Plan the current revision into an environment.";
    Command Everyone deploy_move(sc::MoveDeployment) -> Done, [], "Move a deployment that has not started.";
    Command Everyone deploy_call_off(sc::CancelDeployment) -> Done, [], "Call a planned deployment off.";
    Command Engine deploy_miss(sc::MissDeployment) -> Done, [], "Its window has passed.";
    Command Everyone deploy_answer(sc::AnswerTime) -> Done, [], "A stakeholder's answer to a planned time.";
    Judgement Everyone notice_list(sc::AskNotices) -> Vec<crate::model::notice::NoticeStand>, ["deployment", "message"], "What is to be told of a deployment, and what was.";
    Judgement Everyone notice_audiences(sc::AskAudiences) -> Vec<crate::event::words::NoticePlan>, ["catalog"], "Whom a deployment is told to, as the catalog has it.";
    Command Everyone notice_skip(sc::SkipNotice) -> Done, [], "Leave a notice out, for a reason.";
    Command Everyone procedure_tick(sc::TickProcedure) -> Done, [], "Tick a step of the procedure.";
    Judgement Everyone calendar_free(sc::FreeSlots) -> Vec<gates::FreeSlot>, ["hotfix", "deployment", "environment", "duty", "catalog"], "The next free slots.";
    Judgement Everyone deploy_conflicts(crate::stages::AskConflicts) -> gates::Conflicts, ["hotfix", "deployment", "environment", "duty", "catalog"], "What stands against a time, with each remedy and the next free slot.";
    Query Everyone schedule(views::schedule::AskSchedule) -> views::schedule::Schedule, ["deployment", "environment", "catalog"], "Everything on the calendar.";
    Query Everyone runs_where(views::runs_where::AskRunsWhere) -> Vec<views::runs_where::RunsWhereRow>, ["environment", "catalog"], "What runs where.";
    Command Everyone deploy_start(de::StartDeployment) -> Done, [], "Start a planned deployment.";
    Command Everyone deploy_pause(de::PauseDeployment) -> Done, [], "Begin no further target.";
    Command Everyone deploy_cancel(de::CancelRun) -> Done, [], "Stop what runs at the endpoints, begin nothing more, and ask what becomes of it.";
    Command Everyone deploy_resume(de::ResumeDeployment) -> Done, [], "Go on.";
    Command Everyone deploy_claim(de::ClaimDecision) -> Done, [], "Say that one takes the decision.";
    Command Everyone deploy_decide(de::DecideHold) -> Done, [], "Decide what becomes of a run that holds.";
    Command Everyone deploy_rollback(de::RollBack) -> Done, [], "Roll back a deployment that has ended.";
    Command Everyone deploy_record(de::RecordRelease) -> Done, [], "Record an ordinary release.";
    Action Everyone runs_where_ask(actions::AskVersion) -> actions::VersionAsked, [], "Ask the endpoints of an environment which version runs there.";
    Command Engine runs_where_hear(de::HearVersion) -> de::Heard, [], "What endpoints said that runs there.";
    Command Engine step_intend(de::IntendStep) -> de::Intended, [], "Journal the intent to call an endpoint.";
    Command Engine step_end(de::EndStep) -> Done, [], "Journal what came of a call.";
    Command Engine run_hold(de::HoldRun) -> Done, [], "Ask a person about a target.";
    Command Everyone deploy_let_on(de::LetWaveOn) -> Done, [], "Let the next wave begin: no more pause, no more waiting.";
    Command Engine gate_end(de::EndGate) -> Done, [], "How a health gate ended.";
    Command Engine gate_hold(de::HoldGate) -> Done, [], "Ask a person about a gate.";
    Command Engine run_answer(de::AnswerHold) -> Done, [], "What the environment's policy answers to a failure.";
    Command Engine run_finish(de::FinishRun) -> Done, [], "Every target is done.";
    Query Everyone deploy_list(views::deployments::ListDeployments) -> views::Page<views::deployments::DeploymentRow>, ["deployment"], "List deployments.";
    Query Everyone deploy_show(views::deployments::ShowDeployment) -> views::deployments::DeploymentView, ["deployment", "environment"], "One deployment, live.";
    Query Everyone markdown_read(views::markdown::ReadMarkdown) -> views::markdown::MarkdownHtml, [], "Instructions in Markdown, as HTML that may be shown.";
    Query Everyone deploy_log(views::deployments::ReadLog) -> Vec<views::deployments::LogLine>, ["log"], "Log lines of a deployment.";
    Action Everyone endpoint_try(reach::TryEndpoint) -> reach::Tried, [], "Ask an endpoint a question that changes nothing, and show the calls.";
    Action Everyone endpoint_secrets(reach::secrets::ListSecrets) -> Vec<reach::secrets::SecretRow>, [], "Which of an endpoint's secrets are kept here.";
    Action Everyone endpoint_secret_set(reach::secrets::SetSecret) -> Done, [], "Keep a secret of an endpoint in the keychain.";
    Action Everyone endpoint_command(reach::commands::AskEndpointCommand) -> reach::commands::EndpointCommandView, [], "Whether an endpoint's command may run on this machine.";
    Action Everyone endpoint_command_allow(reach::commands::AllowEndpointCommand) -> Done, [], "Let an endpoint's command run on this machine, or not any more.";
    Action Everyone recipe_list(reach::ListRecipes) -> Vec<reach::RecipeView>, [], "The systems that an endpoint can be.";
    Action Everyone recipe_check(reach::CheckRecipe) -> reach::RecipeView, [], "Read a recipe that is being written.";

    // Validation.
    Command Everyone validate_check(va::RecordCheck) -> Done, [], "Answer a check, with evidence.";
    Command Engine validate_ran(va::RecordRun) -> Done, [], "What the program found when it answered a check.";
    Action Everyone validate_run(checks::RunChecks) -> checks::ChecksRan, [], "Ask what automatic checks ask, and answer them.";
    Action Everyone validate_running(checks::AskChecksRunning) -> checks::ChecksRunning, [], "Which automatic checks of a deployment are being run.";
    Action Everyone validate_run_cancel(checks::CancelChecks) -> Done, [], "Stop the automatic checks of a deployment that are being run.";
    Action Everyone validate_try(checks::TryCheck) -> checks::TriedCheck, [], "Run an automatic check that is being written; nothing is recorded.";
    Action Everyone validate_command(checks::AskCheckCommand) -> checks::CheckCommandView, [], "Whether the command of a check may run on this machine.";
    Action Everyone validate_command_allow(checks::AllowCheckCommand) -> Done, [], "Let the command of a check run on this machine, or not any more.";
    Command Everyone validate_add(va::AddCheck) -> va::AddedCheck, [], "Add a check that no checklist has.";
    Query Everyone validate_suggest(views::checks::SuggestChecks) -> Vec<views::checks::SuggestedCheck>, [], "Checks that failed before and are worth doing again.";
    Command Everyone validate_sign_off(va::RecordSignOff) -> Done, [], "Somebody says that it is over for them, or that it is not.";
    Query Everyone validate_sign_offs(views::signing::AskSignOffs) -> views::signing::SignOffsView, ["deployment", "catalog", "issue"], "Who has to sign off a deployment, and who has.";
    Command Everyone validate_finish(va::FinishValidation) -> Done, [], "Validating to Done.";
    Command Everyone validate_fail(va::FailValidation) -> Done, [], "It is deployed and not good.";

    // Messages.
    Judgement Everyone message_preview(an::PreviewMessage) -> an::MessagePreview, ["hotfix", "issue", "catalog", "workspace"], "Show a message before it is sent.";
    Judgement Everyone template_try(an::TryTemplate) -> an::TemplateTrial, [], "Fill a template in while it is being written.";
    Command Everyone message_send(an::SendMessage) -> Made, [], "Queue a message.";
    Command Everyone message_cancel(an::CancelMessage) -> Done, [], "Take a queued message back.";
    Command Everyone message_retry(an::RetryMessage) -> Done, [], "Try a failed message again, or send one now that waits.";
    Query Everyone support_instructions(views::support::AskInstructions) -> views::support::Instructions, ["hotfix"], "The public words with the answers to some questions as instructions.";
    Command Everyone public_words_write(an::WritePublicWords) -> Done, [], "What people outside are told of a hot fix.";
    Command Engine update_remind(an::remind::RemindOfUpdates) -> Done, [], "Remind of hot fixes of which people wait to hear.";
    Command Engine message_end(an::EndMessage) -> Done, [], "What came of sending.";
    Command Everyone call_back(an::CallBack) -> Done, [], "Somebody has been called back.";
    Query Everyone message_list(views::messages::ListMessages) -> views::Page<views::messages::MessageRow>, ["message"], "List messages.";
    Query Everyone message_show(views::messages::ShowMessage) -> views::messages::MessageView, ["message"], "One message with its attempts.";
    Query Everyone call_back_list(views::messages::ListCallBacks) -> Vec<views::messages::CallBackRow>, ["issue", "hotfix"], "Who waits for a call.";

    // Monitoring and closing.
    Command Everyone monitor_extend(mo::ExtendMonitoring) -> Done, [], "Watch longer, or end the watch earlier.";
    Command Engine breach_open(breach::ActOnBreach) -> Done, [], "A probe crossed its limit.";
    Command Everyone breach_close(mo::CloseBreach) -> Done, [], "Close a breach with what was found.";
    Command Engine doubt_raise(mo::RaiseDoubt) -> Done, [], "A probe says neither yes nor no, over its limit.";
    Command Everyone doubt_settle(mo::SettleDoubt) -> Done, [], "Say what is behind a probe that says neither yes nor no.";
    Action Everyone probe_try(probes::TryProbe) -> probes::TriedProbe, [], "Ask a probe that is being written once; nothing is recorded.";
    Action Everyone probe_command(probes::AskProbeCommand) -> probes::ProbeCommandView, [], "Whether the command of a probe may run on this machine.";
    Action Everyone probe_command_allow(probes::AllowProbeCommand) -> Done, [], "Let the command of a probe run on this machine, or not any more.";
    Command Everyone recurrence_confirm(mo::ConfirmRecurrence) -> mo::Recurred, [], "It came back.";
    Query Everyone recurrence_suspects(views::similar::suspects::ListSuspects) -> Vec<views::similar::suspects::Suspect>, ["issue", "hotfix", "deployment", "environment", "catalog"], "Reports since a hot fix shipped in which it may have come back.";
    Command Everyone feedback_ask(mo::AskFeedback) -> Done, [], "People have been asked how it went.";
    Command Everyone feedback_record(mo::RecordFeedback) -> Done, [], "What somebody said about the fix.";
    Command Everyone support_note(mo::NoteSupport) -> mo::NotedQuestion, [], "A question that reached support.";
    Command Everyone support_answer(mo::AnswerSupport) -> Done, [], "What a question to support is answered.";
    Query Everyone monitor_list(views::monitoring::ListMonitoring) -> Vec<views::monitoring::MonitoringView>, ["hotfix", "sample"], "Hot fixes that are being watched.";
    Query Everyone monitor_show(views::monitoring::ShowMonitoring) -> views::monitoring::MonitoringView, ["hotfix", "sample"], "One hot fix under watch.";
    Command Everyone fix_lessons(cl::RecordLessons) -> Done, [], "What is to be done differently.";
    Command Everyone fix_close(cl::CloseHotfix) -> Done, [], "Monitoring to Closed.";
    Query Everyone report(views::report::AskReport) -> views::report::Report, ["hotfix", "issue", "deployment", "message"], "The report of one hot fix.";

    // What all of it comes to.
    Query Everyone metrics(views::metrics::AskMetrics) -> views::metrics::Metrics, ["issue", "hotfix", "deployment", "environment", "catalog", "workspace"], "How fast, how safely and how well hot fixes are made: each measure with its formula and series.";
    Query Everyone metric_rows(views::metrics::AskMetricRows) -> views::metrics::MetricRows, ["issue", "hotfix", "deployment", "environment", "catalog"], "The rows behind a measure.";
    Query Terminal metrics_csv(views::metrics::AskMetricsCsv) -> views::metrics::MetricsCsv, [], "The measures, or the rows behind one, as CSV.";
    Action Everyone metrics_save(actions::SaveMetrics) -> Done, [], "Write the measures, or the rows behind one, to a CSV file.";

    // Sources.
    Query Everyone source_list(views::sources::ListSources) -> Vec<views::sources::SourceRow>, ["catalog", "source"], "What is read from elsewhere, and how that stands.";
    Action Everyone source_run(sources::RunSource) -> crate::engine::poller::SourceRun, [], "Read a source now.";
    Action Everyone source_try(sources::TrySource) -> Vec<sources::WouldBe>, [], "Show what a source would bring; nothing is logged.";
    Action Everyone source_secret(sources::AskSourceSecret) -> sources::SourceSecret, [], "Whether this machine has a source's secret.";
    Action Everyone source_secret_set(sources::SetSourceSecret) -> Done, [], "Keep a source's secret in the keychain.";
    Action Everyone messenger_try(messengers::TryMessenger) -> messengers::MessengerTrial, [], "Try a messenger out: let a mail server answer, or send a test message.";
    Action Everyone messenger_secret(messengers::AskMessengerSecret) -> messengers::MessengerSecret, [], "Whether this machine has a messenger's secret.";
    Action Everyone messenger_secret_set(messengers::SetMessengerSecret) -> Done, [], "Keep a messenger's secret in the keychain.";
    Query Everyone access_list(views::access::ListAccess) -> Vec<views::access::AccessRow>, ["catalog"], "Ways to reach hosts, those for an address first, and who uses them.";
    Action Everyone access_secret(access::AskAccessSecret) -> access::AccessSecret, [], "Whether this machine has an access's secret, and where.";
    Action Everyone access_secret_set(access::SetAccessSecret) -> Done, [], "Keep an access's secret in the keychain.";
    Command Engine source_take(re::elsewhere::TakeIn) -> re::elsewhere::TakenIn, [], "What a source tells of one thing.";

    // Drafts and files.
    Action Everyone draft_save(actions::SaveDraft) -> Done, [], "Keep what is being typed.";
    Query Everyone draft_load(actions::LoadDraft) -> actions::Draft, [], "What was being typed.";
    Action Everyone blob_put_file(actions::PutFile) -> crate::event::words::Attachment, [], "Store a chosen file's bytes.";
    Action Everyone deploy_log_save(actions::SaveLog) -> Done, [], "Write the log of a deployment to a file.";
    Action Everyone report_save(report::SaveReport) -> Done, [], "Write a report to a file.";
    Action Everyone bundle_save(report::SaveBundle) -> report::Bundled, [], "Write everything about a hot fix to a zip that an auditor can check.";
    Action Everyone report_progress(report::AskReporting) -> report::Reporting, [], "How far a report or a bundle is that is being written.";
    Action Everyone report_cancel(report::CancelReporting) -> Done, [], "Stop writing a report or a bundle.";

    // The file itself.
    Action Everyone audit_verify(actions::VerifyAudit) -> actions::AuditResult, [], "Prove the chain from the first record to the last.";
    Action Everyone audit_export(actions::ExportAudit) -> Done, [], "Write the journal as JSON lines.";
    Action Everyone rebuild(actions::Rebuild) -> actions::Rebuilt, [], "Make all views anew from the journal.";
    Action Everyone restore(actions::Restore) -> crate::desk::erasures::Restored, [], "Make a new workspace out of a backup, without what was erased since.";
    Action Everyone backup(actions::Backup) -> Done, [], "Write a verified copy of the workspace.";
}

/// The entry with this name.
pub fn entry(name: &str) -> Result<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| {
        Error::field("name", format!("There is no command or query “{name}”."))
            .hint("`hotfix schema` lists them.")
    })
}

/// Refuses what the window may not call: the engine's own steps, and what only a terminal needs.
pub fn window_may_call(name: &str) -> Result<()> {
    match entry(name)?.who {
        For::Everyone => Ok(()),
        _ => Err(Error::denied(format!("The window may not call “{name}”."))),
    }
}

/// All types and entries as one TypeScript module: `ui/src/rpc/generated.ts`.
pub fn typescript() -> String {
    let config = ts_rs::Config::new().with_large_int("number");
    let mut types = Types::new();
    for entry in ENTRIES {
        (entry.export)(&config, &mut types);
    }
    let mut out = String::from(
        "// Generated from src-tauri/core/api.rs by `make generate`; a test fails when it is stale.\n\n",
    );
    for declaration in types.values() {
        out.push_str(&format!("export {declaration}\n\n"));
    }
    out.push_str("export interface Api {\n");
    for entry in ENTRIES.iter().filter(|entry| entry.who == For::Everyone) {
        out.push_str(&format!(
            "  /** {} */\n  {}: {{ request: {}; response: {}; kind: '{}' }};\n",
            entry.about,
            entry.name,
            (entry.request_type)(&config),
            (entry.response_type)(&config),
            format!("{:?}", entry.kind).to_lowercase(),
        ));
    }
    out.push_str("}\n\n/** Which changes make an answer stale. */\nexport const topics: Record<string, string[]> = {\n");
    for entry in
        ENTRIES.iter().filter(|entry| entry.who == For::Everyone && !entry.topics.is_empty())
    {
        let list: Vec<_> = entry.topics.iter().map(|topic| format!("'{topic}'")).collect();
        out.push_str(&format!("  {}: [{}],\n", entry.name, list.join(", ")));
    }
    out.push_str("};\n\n/** Blockers that a policy may treat, by the code that the gates give them. */\nexport const blockers: Record<string, string> = {\n");
    for (code, name) in gates::words::BLOCKERS {
        out.push_str(&format!("  {code}: {name:?},\n"));
    }
    out.push_str("};\n");
    out
}

/// Every entry with the JSON schema of its request and answer.
pub fn schema() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let entries: Vec<Value> = ENTRIES
        .iter()
        .filter(|entry| entry.who != For::Engine)
        .map(|entry| {
            let (request, response) = (entry.schema)(&mut generator);
            serde_json::json!({
                "name": entry.name, "kind": entry.kind, "about": entry.about,
                "request": request, "response": response,
            })
        })
        .collect();
    serde_json::json!({ "entries": entries, "$defs": generator.definitions() })
}
