//! The rule of four eyes: decided over states in memory, without a file or a clock, through the same
//! commands as everywhere.

use super::states::States;
use crate::{
    clock::Instant,
    error::{Error, Kind, Result},
    event::{BuildNotes, Event, SolutionText, TitleText, words::*},
    gates::{self, approval::AnswerState},
    stages::{approve, develop, package, schedule},
};
use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};

/// Monday, in the middle of the day.
const START: &str = "2026-11-23T12:00:00Z";
const PEOPLE: [&str; 5] = ["ann", "ben", "cem", "dee", "eva"];
const HF: &str = "HF-1";
const P: &str = "production";

struct World {
    states: States,
    revisions: u64,
}

impl std::ops::Deref for World {
    type Target = States;

    fn deref(&self) -> &States {
        &self.states
    }
}

impl std::ops::DerefMut for World {
    fn deref_mut(&mut self) -> &mut States {
        &mut self.states
    }
}

/// Nothing but approvals stands in the way.
fn policy(approvals: u32) -> Policy {
    let waived = [
        "cause_missing",
        "solution_missing",
        "change_missing",
        "tests_missing",
        "tests_failed",
        "risk_missing",
        "rollback_plan_missing",
        "package_missing",
    ];
    Policy {
        approvals,
        approver_roles: vec![Role::Approver],
        not_applicable: waived.map(Into::into).into(),
        tell_before: false,
        ..Policy::default()
    }
}

impl World {
    fn new(policy: Policy) -> Self {
        let mut world = Self { states: States::at(START.parse().unwrap()), revisions: 0 };
        for person in PEOPLE {
            world.person(person, &[Role::Approver]);
        }
        world.save(CatalogObject::Policy(policy));
        world.save(CatalogObject::Product(Product {
            id: "shop".into(),
            name: "Shop".into(),
            components: Vec::new(),
            versions: Vec::new(),
            branches: Vec::new(),
            repository: String::new(),
            environments: vec![Environment {
                id: P.into(),
                name: "Production".into(),
                production: true,
                soak_minutes: 0,
                targets: Vec::new(),
                probes: Vec::new(),
                rollout: Default::default(),
            }],
            team: None,
            tests: Vec::new(),
            checks: None,
            depends_on: Vec::new(),
        }));
        world.happen(
            HF,
            "ann",
            Event::HotfixStarted {
                issues: Vec::new(),
                product: "shop".into(),
                priority: Priority::P2,
                resolve_by: None,
                recurrence_of: None,
                private: TitleText { title: "x".into() },
            },
        );
        world
    }

    fn person(&mut self, id: &str, roles: &[Role]) {
        self.save(CatalogObject::Person(Person {
            id: id.into(),
            name: id.into(),
            mail: format!("{id}@example.org"),
            roles: roles.to_vec(),
            zone: "UTC".into(),
            hours: None,
            calendar: None,
        }));
    }

    fn approve(&mut self, person: &str) -> Result<approve::Approved> {
        let (key, environment) = (HF.into(), P.to_owned());
        self.by(person, &approve::Approve { key, environment, hash: None, note: String::new() })
    }

    fn decline(&mut self, person: &str) -> Result<()> {
        let (key, environment, reason) = (HF.into(), P.to_owned(), "no".to_owned());
        self.by(person, &approve::Decline { key, environment, hash: None, reason }).map(drop)
    }

    fn withdraw(&mut self, person: &str) -> Result<()> {
        let (key, environment) = (HF.into(), P.to_owned());
        let request = approve::Withdraw { key, environment, hash: None, reason: String::new() };
        self.by(person, &request).map(drop)
    }

    fn ask(&mut self, people: &[&str]) -> Result<()> {
        let people = people.iter().map(|one| PersonId::from(*one)).collect();
        let (key, environment) = (HF.into(), P.to_owned());
        let request = approve::RequestApproval { key, environment, people, note: String::new() };
        self.by("ann", &request).map(drop)
    }

    fn break_glass(&mut self, person: &str) -> Result<()> {
        let (key, environment, reason) = (HF.into(), P.to_owned(), "It burns".to_owned());
        self.by(person, &approve::BreakGlass { key, environment, hash: None, reason }).map(drop)
    }

    fn solve(&mut self, person: &str) {
        let text = SolutionText { text: format!("by {person}"), alternatives: String::new() };
        let request = develop::RecordSolution { key: HF.into(), base: None, text };
        self.by(person, &request).unwrap();
    }

    /// A new revision, with a change that git says is by `claim`; planned for production.
    fn revise(&mut self, builder: &str, claim: Option<&str>) {
        let key: HotfixKey = HF.into();
        if self.hotfix().phase == Phase::Rollout {
            let back = develop::ReturnToDevelopment { key: key.clone(), reason: "again".into() };
            self.by(builder, &back).unwrap();
        }
        self.revisions += 1;
        let commit = format!("{:040x}", self.revisions);
        if let Some(author) = claim {
            let change = Change {
                commit: commit.clone(),
                branch: String::new(),
                authored_at: None,
                files: Vec::new(),
                branches: Vec::new(),
            };
            let reach = format!("{}@EXAMPLE.org", author.to_uppercase());
            let author = Contact { name: "git".into(), reach };
            let text = ChangeText { author, ..ChangeText::default() };
            self.happen(HF, "engine", Event::ChangeAdded { change, private: text });
        }
        let file = |path: &str, content: u64| PackagedFile {
            path: path.into(),
            mode: 0o644,
            size: 1,
            sha256: Digest(format!("{content:064x}")),
            role: FileRole::File,
            source_commit: None,
        };
        let record = package::RecordPackage {
            key: key.clone(),
            hash: Digest(format!("{:064x}", self.revisions)),
            size: 1,
            files: vec![file("same", 0), file("a", self.revisions)],
            commits: vec![commit],
            notes: BuildNotes::default(),
            format: PackageFormat::TarZst,
            removed: Vec::new(),
            signature: None,
            revision: None,
        };
        self.by(builder, &record).unwrap();
        self.by(builder, &package::StartRollout { key: key.clone() }).unwrap();
        let plan = schedule::PlanDeployment {
            key,
            environment: P.into(),
            targets: None,
            starts_at: self.at.plus(Duration::from_secs(60)),
            window_ends_at: self.at.plus(Duration::from_secs(3600)),
            automatic: false,
            expected: Expected::default(),
            note: String::new(),
        };
        self.by(builder, &plan).unwrap();
    }

    fn pass(&mut self, hours: u64) {
        self.at = self.at.plus(Duration::from_secs(hours * 3600));
    }

    fn hotfix(&self) -> crate::model::hotfix::Hotfix {
        self.judge(|state| Ok(state.hotfix(&HF.into())?.clone())).unwrap()
    }

    fn stand(&self) -> gates::Approvals {
        self.judge(|state| gates::approvals(&state.facts(self.at), state.hotfix(&HF.into())?, P))
            .unwrap()
    }

    fn states(&self) -> Vec<AnswerState> {
        self.stand().answers.into_iter().map(|one| one.state).collect()
    }

    /// What the gate before a start says about approvals: nothing, or why not.
    fn in_the_way(&self) -> Vec<String> {
        let ship = self
            .judge(|state| {
                let hotfix = state.hotfix(&HF.into())?;
                let facts = state.facts(self.at).about(&"shop".into(), P, hotfix.priority)?;
                let all = facts.deployments(hotfix)?;
                let hash = hotfix.current().map(|built| &built.package.hash);
                let planned =
                    all.iter().rfind(|one| Some(&one.hash) == hash).expect("it is planned");
                gates::start(hotfix, planned, &all, &facts)
            })
            .unwrap();
        let codes = ship.blockers.into_iter().map(|blocker| blocker.code);
        let asked = ["approval_missing", "declined", "standard_change"];
        codes.filter(|code| asked.contains(&code.as_str())).collect()
    }

    fn assess(&mut self, risk: Level) {
        let request =
            develop::RecordRisk { key: HF.into(), base: None, risk, text: "Prices".into() };
        self.by("ann", &request).unwrap();
    }

    fn classify(&mut self, person: &str, change: ChangeKind, reason: &str) -> Result<()> {
        let template = (change == ChangeKind::Standard).then(|| "prices".into());
        let request =
            approve::ClassifyChange { key: HF.into(), change, template, reason: reason.into() };
        self.by(person, &request).map(drop)
    }

    /// The procedure of a standard change, approved beforehand for low risks.
    fn pre_approve(&mut self, until: Option<Instant>) {
        let step = |id: &str, required| CheckItem {
            id: id.into(),
            kind: CheckKind::Procedure,
            text: id.into(),
            expected: String::new(),
            instructions: String::new(),
            required,
            how: CheckHow::Manual,
            components: Vec::new(),
        };
        self.save(CatalogObject::Checklist(Checklist {
            id: "prices".into(),
            name: "Correct the price list".into(),
            product: Some("shop".into()),
            environment: None,
            priorities: Vec::new(),
            standard: Some(StandardChange {
                covers: "Prices".into(),
                most_risk: Level::Low,
                until,
            }),
            items: vec![step("read", true), step("cache", false)],
        }));
    }

    fn state(&self) -> gates::ChangeState {
        self.judge(|state| {
            let hotfix = state.hotfix(&HF.into())?;
            let facts = state.facts(self.at);
            let all = facts.deployments(hotfix)?;
            let next = gates::approvals(&facts, hotfix, P)?;
            Ok(gates::change_state(hotfix, &all, Some(&next)))
        })
        .unwrap()
    }
}

fn denied(result: Result<impl std::fmt::Debug>) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.kind, Kind::Denied, "{error:?}");
    error
}

#[test]
fn an_author_cannot_approve_nor_whom_git_names_as_one() {
    let mut world = World::new(policy(1));
    world.revise("ann", Some("ben"));
    world.solve("cem");
    assert!(denied(world.approve("ann")).message.contains("package r1"));
    let claimed = denied(world.approve("ben")).message;
    assert!(claimed.contains("by git’s claim"), "{claimed}");
    assert!(denied(world.approve("cem")).message.contains("the solution"));
    assert_eq!(world.in_the_way(), ["approval_missing"]);
    world.approve("dee").unwrap();
    assert!(world.in_the_way().is_empty());
    // Who writes a part of it later is no stranger to it any more.
    world.solve("dee");
    assert_eq!(world.states(), [AnswerState::Author]);
    assert_eq!(world.in_the_way(), ["approval_missing"]);
}

#[test]
fn a_policy_may_let_authors_approve() {
    let mut world = World::new(Policy { authors_may_approve: true, ..policy(1) });
    world.revise("ann", None);
    world.approve("ann").unwrap();
    assert!(world.in_the_way().is_empty());
}

#[test]
fn a_standard_change_needs_no_approval_as_long_as_its_template_covers_it() {
    let mut world = World::new(policy(2));
    assert_eq!(world.state(), gates::ChangeState::New);
    let refused = world.classify("ann", ChangeKind::Standard, "").unwrap_err();
    assert_eq!(refused.location.as_deref(), Some("template"));
    let until = world.at.plus(Duration::from_secs(3 * 3600));
    world.pre_approve(Some(until));
    world.assess(Level::Low);
    assert_eq!(world.state(), gates::ChangeState::Assess);
    // Whoever does not follow the template has none of its steps.
    world.revise("ann", None);
    let planned = |world: &World| {
        let key = world.hotfix().deployments.pop().unwrap();
        world.judge(|state| Ok(state.deployment(&key)?.procedures.clone())).unwrap()
    };
    assert!(planned(&world).is_empty());
    assert_eq!(world.state(), gates::ChangeState::Authorize);
    assert_eq!(world.in_the_way(), ["approval_missing"]);

    world.classify("ann", ChangeKind::Standard, "").unwrap();
    assert!(denied(world.classify("ann", ChangeKind::Standard, "")).message.contains("already"));
    assert_eq!((world.in_the_way(), world.stand().wanted), (Vec::new(), 0));
    assert_eq!(world.state(), gates::ChangeState::Scheduled);
    world.revise("ann", None);
    let steps: Vec<_> =
        planned(&world).iter().map(|one| (one.item.id.clone(), one.item.required)).collect();
    assert_eq!(steps, [("prices.read".to_owned(), true), ("prices.cache".to_owned(), false)]);

    // A no still counts; a higher risk, the end of its time and a template that is none do as well.
    world.decline("ben").unwrap();
    assert_eq!(world.in_the_way(), ["declined"]);
    world.withdraw("ben").unwrap();
    world.assess(Level::Medium);
    assert_eq!(world.in_the_way(), ["standard_change", "approval_missing"]);
    world.assess(Level::Low);
    assert!(world.in_the_way().is_empty());
    world.at = until;
    assert_eq!(world.in_the_way(), ["standard_change", "approval_missing"]);
    world.classify("ann", ChangeKind::Normal, "").unwrap();
    assert_eq!(world.in_the_way(), ["approval_missing"]);
}

#[test]
fn an_emergency_change_needs_fewer_approvals_and_a_review() {
    let each_role = vec![Role::Approver, Role::ReleaseManager];
    let mut world = World::new(Policy { emergency_approvals: Some(1), each_role, ..policy(2) });
    world.person("eva", &[Role::ReleaseManager]);
    world.revise("ann", None);
    assert_eq!(world.stand().wanted, 2);
    let error = world.classify("eva", ChangeKind::Emergency, " ").unwrap_err();
    assert_eq!(error.location.as_deref(), Some("reason"));
    assert!(denied(world.classify("ben", ChangeKind::Emergency, "x")).message.contains("ben"));
    world.classify("eva", ChangeKind::Emergency, "Nobody can pay").unwrap();
    assert_eq!(world.stand().wanted, 1);
    assert_eq!(world.in_the_way(), ["approval_missing"]);
    world.approve("ben").unwrap();
    assert!(world.in_the_way().is_empty());
    let hotfix = world.hotfix();
    let review = &hotfix.overrides[0];
    assert_eq!((review.blocker.as_str(), review.reviewed_at), ("emergency_change", None));
    let seq = review.seq;
    let look = |world: &mut World, person: &str| {
        let request = approve::Review { key: HF.into(), seq, finding: "It was one".into() };
        world.by(person, &request).map(drop)
    };
    denied(look(&mut world, "eva"));
    look(&mut world, "ben").unwrap();
}

#[test]
fn one_person_cannot_stand_for_two_roles() {
    let each_role = vec![Role::Approver, Role::ReleaseManager];
    let mut world = World::new(Policy { each_role, approver_roles: Vec::new(), ..policy(0) });
    world.person("dee", &[Role::Approver, Role::ReleaseManager]);
    world.person("eva", &[Role::Support]);
    world.revise("ann", None);
    world.approve("dee").unwrap();
    assert!(denied(world.approve("eva")).hint.unwrap().contains("release manager"));
    let missing = world.stand().missing;
    assert!(missing.contains("1 of 2 approvals given"), "{missing}");
    assert_eq!(world.in_the_way(), ["approval_missing"]);
    // Ben is an approver only: Dee then stands for the release manager.
    world.approve("ben").unwrap();
    assert!(world.in_the_way().is_empty());
    // Who no longer has the role counts no more.
    world.person("ben", &[Role::Developer]);
    assert_eq!(world.states(), [AnswerState::Standing, AnswerState::NoRole]);
    assert_eq!(world.in_the_way(), ["approval_missing"]);
}

#[test]
fn a_new_revision_voids_what_stood_and_says_what_changed_since() {
    let mut world = World::new(policy(1));
    world.revise("ann", None);
    world.approve("ben").unwrap();
    world.revise("ann", None);
    let stand = world.stand();
    assert_eq!(stand.answers[0].state, AnswerState::Void);
    assert!(stand.answers[0].why.contains("for r1"), "{}", stand.answers[0].why);
    assert!(stand.answers[0].why.contains("r2 by now"), "{}", stand.answers[0].why);
    let since = stand.since.unwrap();
    let files: Vec<&str> = since.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((since.revision, since.total, files), (1, 1, vec!["a"]));
    assert_eq!(world.in_the_way(), ["approval_missing"]);
}

#[test]
fn an_approval_expires_and_says_so() {
    let mut world = World::new(Policy { approval_hours: 2, ..policy(1) });
    world.revise("ann", None);
    world.approve("ben").unwrap();
    assert_eq!(world.stand().until, Some(world.at.plus(Duration::from_secs(2 * 3600))));
    world.pass(1);
    assert!(world.in_the_way().is_empty());
    world.pass(1);
    assert_eq!(world.states(), [AnswerState::Expired]);
    assert!(world.stand().missing.contains("1 expired"));
    assert_eq!(world.in_the_way(), ["approval_missing"]);
    world.approve("ben").unwrap();
    assert_eq!(world.states(), [AnswerState::Replaced, AnswerState::Standing]);
}

#[test]
fn ones_own_answer_can_be_taken_back_and_only_ones_own() {
    let mut world = World::new(policy(1));
    world.revise("ann", None);
    denied(world.withdraw("ben"));
    world.approve("ben").unwrap();
    denied(world.withdraw("dee"));
    world.withdraw("ben").unwrap();
    denied(world.withdraw("ben"));
    assert_eq!(world.states(), [AnswerState::Withdrawn]);
    assert_eq!(world.in_the_way(), ["approval_missing"]);
    // A no that is taken back stands in nobody's way; what was said before it does not come back.
    world.approve("ben").unwrap();
    world.decline("ben").unwrap();
    assert_eq!(
        world.in_the_way(),
        ["approval_missing", "declined"]
            .map(String::from)
            .iter()
            .rev()
            .cloned()
            .collect::<Vec<_>>()
    );
    world.withdraw("ben").unwrap();
    assert_eq!(world.in_the_way(), ["approval_missing"]);
}

#[test]
fn a_request_names_people_who_may_answer_and_waits_for_them_alone() {
    let mut world = World::new(policy(1));
    world.revise("ann", None);
    let error = world.ask(&["ben", "ann"]).unwrap_err();
    assert_eq!(error.location.as_deref(), Some("people.1"), "{error:?}");
    world.ask(&["dee", "dee"]).unwrap();
    let waits = |world: &World| world.stand().asked[0].waits_for.clone();
    assert_eq!(waits(&world), ["dee".into()]);
    world.decline("dee").unwrap();
    assert!(waits(&world).is_empty());
    world.ask(&[]).unwrap();
    assert_eq!(world.stand().asked[1].waits_for.len(), 3, "all but the author and who answered");
    world.approve("ben").unwrap();
    assert!(world.stand().asked[1].waits_for.is_empty(), "it makes no difference any more");
    world.revise("ann", None);
    assert!(world.stand().asked.iter().all(|asked| asked.void && asked.waits_for.is_empty()));
}

#[test]
fn breaking_the_glass_goes_past_a_no_and_leaves_a_review_that_somebody_else_does() {
    let mut world = World::new(policy(2));
    world.person("cem", &[Role::ReleaseManager]);
    world.revise("ann", None);
    world.approve("ben").unwrap();
    world.decline("dee").unwrap();
    denied(world.break_glass("ben"));
    world.break_glass("cem").unwrap();
    assert!(world.in_the_way().is_empty());
    let broken = world.stand().broken.unwrap();
    assert_eq!((broken.by, broken.reviewed_by), ("cem".into(), None));
    // A no that is said after it stands again.
    world.pass(1);
    world.decline("eva").unwrap();
    assert_eq!(world.in_the_way(), ["declined"]);
    let review = approve::Review { key: HF.into(), seq: broken.seq, finding: "Fine".into() };
    denied(world.by("cem", &review));
    world.by("ben", &review).unwrap();
    assert_eq!(world.stand().broken.unwrap().reviewed_by, Some("ben".into()));
    // It was for those bytes.
    world.revise("ann", None);
    assert_eq!(world.in_the_way(), ["approval_missing"]);
    assert!(world.stand().broken.is_none());
}

#[test]
fn a_policy_may_let_nobody_break_the_glass() {
    let mut world = World::new(Policy { hard: vec!["approval_missing".into()], ..policy(1) });
    world.person("cem", &[Role::Owner]);
    world.revise("ann", None);
    assert!(denied(world.break_glass("cem")).message.contains("nobody"));
    world.approve("ben").unwrap();
    denied(world.break_glass("cem"));
}

#[test]
fn taking_it_from_somebody_needs_a_note_and_who_had_it_is_kept() {
    let mut world = World::new(policy(1));
    world.save(CatalogObject::Team(Team {
        id: "web".into(),
        name: "Web".into(),
        members: vec!["ann".into(), "ben".into()],
    }));
    let mut give = |person: Option<&str>, team: Option<&str>, note: &str| {
        let (person, team) = (person.map(PersonId::from), team.map(CatalogId::from));
        let key = HF.into();
        world.by("dee", &develop::AssignHotfix { key, person, team, note: note.into() })
    };
    let place = |result: Result<_>| -> Option<String> { result.err().and_then(|e| e.location) };
    assert_eq!(place(give(None, Some("nobody"), "")).as_deref(), Some("team"));
    give(None, Some("web"), "").unwrap();
    // Within the team somebody takes it without a word; another needs one.
    assert_eq!(place(give(Some("cem"), None, "")).as_deref(), Some("note"));
    give(Some("ann"), Some("web"), "").unwrap();
    assert_eq!(place(give(Some("ben"), Some("web"), "  ")).as_deref(), Some("note"));
    give(Some("ben"), Some("web"), "Ann is ill.").unwrap();
    give(Some("ben"), Some("web"), "").unwrap();
    assert_eq!(place(give(None, None, "")).as_deref(), Some("note"));
    let history = world.hotfix().assignments;
    let who: Vec<_> = history.iter().map(|one| one.person.clone()).collect();
    assert_eq!(who, [None, Some("ann".into()), Some("ben".into())]);
    assert_eq!(history[2].note, "Ann is ill.");
}

#[test]
fn each_text_is_refused_with_both_only_when_that_very_text_has_moved() {
    let mut world = World::new(policy(1));
    let key = || HotfixKey::from(HF);
    let plan =
        |base, text: &str| develop::RecordRollbackPlan { key: key(), base, text: text.into() };
    let risk = |base, text: &str| {
        let text = text.into();
        develop::RecordRisk { key: key(), base, risk: Level::High, text }
    };
    let solution = |base, text: &str| develop::RecordSolution {
        key: key(),
        base,
        text: SolutionText { text: text.into(), alternatives: String::new() },
    };
    let cause = |base, what: &str| develop::RecordCause {
        key: key(),
        base,
        cause: CauseKind::Data,
        since_version: String::new(),
        since_commit: String::new(),
        text: crate::event::CauseText { what: what.into(), ..Default::default() },
    };
    let start = world.hotfix().version;
    // Each was opened at the start; the first of each is saved, and moves none of the others.
    world.by("ann", &plan(Some(start), "one")).unwrap();
    world.by("ann", &risk(Some(start), "one")).unwrap();
    world.by("ann", &solution(Some(start), "one")).unwrap();
    world.by("ann", &cause(Some(start), "one")).unwrap();
    let conflict = |result: Result<_>| {
        let error: Error = result.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict);
        let hint = error.hint.unwrap();
        assert!(hint.contains("one") && hint.contains("two"), "{hint}");
    };
    conflict(world.by("ben", &plan(Some(start), "two")));
    conflict(world.by("ben", &risk(Some(start), "two")));
    conflict(world.by("ben", &solution(Some(start), "two")));
    conflict(world.by("ben", &cause(Some(start), "two")));
    // The same words again are no conflict, nor is an edit that has seen what is there.
    world.by("ben", &plan(Some(start), "one")).unwrap();
    let seen = world.hotfix().version;
    world.by("ben", &cause(Some(seen), "two")).unwrap();
    world.by("ben", &solution(None, "two")).unwrap();
}

#[derive(Clone, Debug)]
enum Deed {
    Approve(usize),
    Decline(usize),
    Withdraw(usize),
    Revise(usize, Option<usize>),
    Solve(usize),
    Pass(u64),
    Roles(usize, Vec<Role>),
}

fn who() -> std::ops::Range<usize> {
    0..PEOPLE.len()
}

fn some_roles() -> impl Strategy<Value = Vec<Role>> {
    prop::collection::vec(
        prop::sample::select(vec![Role::Approver, Role::ReleaseManager, Role::Owner]),
        0..3,
    )
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        5 => who().prop_map(Deed::Approve),
        2 => who().prop_map(Deed::Decline),
        2 => who().prop_map(Deed::Withdraw),
        1 => (0..2_usize, prop::option::of(who())).prop_map(|(by, claim)| Deed::Revise(by, claim)),
        1 => who().prop_map(Deed::Solve),
        2 => (1..9_u64).prop_map(Deed::Pass),
        1 => (who(), some_roles()).prop_map(|(one, roles)| Deed::Roles(one, roles)),
    ]
}

/// The rule again, said in another way: what each person said last on the bytes that would start.
struct Oracle {
    policy: Policy,
    said: BTreeMap<usize, Option<Instant>>,
    wrote: Vec<usize>,
    roles: Vec<Vec<Role>>,
}

impl Oracle {
    fn counts(&self, one: usize) -> bool {
        let counted = |role| {
            self.policy.approver_roles.contains(role) || self.policy.each_role.contains(role)
        };
        (self.policy.authors_may_approve || !self.wrote.contains(&one))
            && self.roles[one].iter().any(counted)
    }

    fn lets_through(&self, now: Instant) -> bool {
        if self.said.values().any(Option::is_none) {
            return false;
        }
        let yes: Vec<usize> = self
            .said
            .iter()
            .filter(|(one, until)| until.is_some_and(|at| at > now) && self.counts(**one))
            .map(|(one, _)| *one)
            .collect();
        yes.len() >= self.policy.approvals as usize && self.fills(&self.policy.each_role, &yes)
    }

    /// Every way of giving each role a person of its own is tried.
    fn fills(&self, roles: &[Role], people: &[usize]) -> bool {
        let Some((role, rest)) = roles.split_first() else { return true };
        (0..people.len()).any(|index| {
            let mut left = people.to_vec();
            let one = left.remove(index);
            self.roles[one].contains(role) && self.fills(rest, &left)
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No order of answers, revisions and hours lets a start through without the approvals that the
    /// policy wants by people who wrote nothing of it; and nothing else is in the way of approval.
    #[test]
    fn no_order_of_deeds_lets_a_start_through_without_its_approvals(
        approvals in 0..3_u32,
        each_role in some_roles(),
        authors_may_approve in prop::bool::weighted(0.2),
        hours in 1..24_u32,
        deeds in prop::collection::vec(deed(), 1..30),
    ) {
        let policy =
            Policy { each_role, authors_may_approve, approval_hours: hours, ..policy(approvals) };
        let mut world = World::new(policy.clone());
        let mut oracle = Oracle {
            policy,
            said: BTreeMap::new(),
            wrote: vec![0],
            roles: vec![vec![Role::Approver]; PEOPLE.len()],
        };
        world.revise(PEOPLE[0], None);
        for deed in deeds {
            match deed.clone() {
                Deed::Approve(one) => {
                    let answered = world.approve(PEOPLE[one]);
                    prop_assert_eq!(answered.is_ok(), oracle.counts(one), "{:?}", answered);
                    if let Ok(given) = answered {
                        oracle.said.insert(one, Some(given.expires_at));
                    }
                }
                Deed::Decline(one) => {
                    if world.decline(PEOPLE[one]).is_ok() {
                        oracle.said.insert(one, None);
                    }
                }
                Deed::Withdraw(one) => {
                    let taken = world.withdraw(PEOPLE[one]).is_ok();
                    prop_assert_eq!(taken, oracle.said.remove(&one).is_some());
                }
                Deed::Revise(by, claim) => {
                    world.revise(PEOPLE[by], claim.map(|one| PEOPLE[one]));
                    oracle.said.clear();
                    oracle.wrote.push(by);
                    oracle.wrote.extend(claim);
                }
                Deed::Solve(one) => {
                    world.solve(PEOPLE[one]);
                    oracle.wrote.push(one);
                }
                Deed::Pass(hours) => world.pass(hours),
                Deed::Roles(one, roles) => {
                    world.person(PEOPLE[one], &roles);
                    oracle.roles[one] = roles;
                }
            }
            let through = world.in_the_way().is_empty();
            prop_assert_eq!(through, oracle.lets_through(world.at), "after {:?}", deed);
            prop_assert_eq!(through, world.stand().complete);
        }
    }
}
