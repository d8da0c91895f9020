//! The gates: every reason why a hot fix may not go further, who clears it, and how.
//!
//! Pure. The window's "Can I ship now?", the command line and the engine ask the same functions,
//! and a decision asks again at the moment it is made. A gate sees the hot fix, its deployments and
//! dated [`Facts`]; nothing else (the tidy test holds it to that).

use crate::{
    clock::Instant,
    error::{Error, Result},
    event::words::*,
    model::{
        Judge,
        deployment::{Deployment, left_out_by_all},
        facts::{EnvironmentFacts, Facts},
        hotfix::Hotfix,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use ts_rs::TS;

mod ahead;
pub mod approval;
mod change;
mod close;
pub mod emergency;
mod evidence;
pub mod free;
mod keep;
pub mod signing;
mod start;
pub mod time;
pub mod watch;
pub mod wave;
pub mod words;

pub use ahead::{Later, whole};
pub use approval::{Approvals, approvals, authors};
pub use change::{ChangeState, change_state};
pub use close::close;
pub use emergency::{Emergency, checklist_items, emergency};
pub use free::{FreeSlot, SlotPart, SlotTime, free_path};
pub use keep::{Kept, kept};
pub use start::start;
pub use time::{Conflicts, conflicts};

/// Where a hot fix stands still until something is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Development → Rollout.
    Rollout,
    /// Planning into an environment.
    Plan,
    /// Planned → Deploying.
    Start,
    /// Deploying → Validating.
    Deployed,
    /// Validating → Done.
    Done,
    /// Monitoring → Closed.
    Close,
}

impl Gate {
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Plan => "plan",
            Self::Start => "start",
            Self::Deployed => "deployed",
            Self::Done => "done",
            Self::Close => "close",
        }
    }
}

/// One reason why a gate is shut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Blocker {
    pub code: String,
    pub message: String,
    /// Who can clear it: names or roles.
    pub who: Vec<String>,
    pub remedy: String,
    /// Where in the window it is cleared: `develop`, `package`, `approve`, `schedule`, `procedure`,
    /// `announce`, `deploy`, `validate`, `monitor`, `close`, `endpoint`, `review`.
    pub section: String,
    /// Nobody may override it.
    pub hard: bool,
    pub override_roles: Vec<Role>,
    /// When it clears by itself.
    pub until: Option<Instant>,
    /// What is in the way, by its ids: the calendar entries, deployments or people. An override
    /// covers these and no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub about: Vec<String>,
    /// The object of the catalog to mend, as `KIND/ID`: `endpoint/deployer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub object: Option<String>,
}

/// Something that a gate wants and that is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Passed {
    pub code: String,
    pub message: String,
    /// Passed only because somebody overrode it.
    pub overridden: bool,
}

/// The answer to "Can I ship now?".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Ship {
    pub hotfix: HotfixKey,
    pub gate: Gate,
    pub environment: Option<String>,
    pub deployment: Option<DeploymentKey>,
    pub blockers: Vec<Blocker>,
    pub passed: Vec<Passed>,
    /// The next span in which nothing is in the way of a start.
    pub next_slot: Option<FreeSlot>,
    /// What the gates after this one would ask now, up to the start; only [`whole`] looks that far.
    #[serde(default)]
    pub later: Vec<Later>,
}

impl Ship {
    /// Nothing is in the way, or an error that names everything that is.
    pub fn pass(&self) -> Result<()> {
        if self.blockers.is_empty() {
            return Ok(());
        }
        let reasons: Vec<_> = self.blockers.iter().map(|one| one.message.as_str()).collect();
        let remedies: Vec<_> = self.blockers.iter().map(|one| one.remedy.as_str()).collect();
        Err(Error::denied(reasons.join(" ")).hint(remedies.join(" ")).at(self.gate.name()))
    }
}

/// Names of roles, for people.
pub fn roles(roles: &[Role]) -> String {
    let names: Vec<_> = roles
        .iter()
        .map(|role| match role {
            Role::Owner => "owner",
            Role::ReleaseManager => "release manager",
            Role::Developer => "developer",
            Role::Approver => "approver",
            Role::Support => "support",
            Role::Stakeholder => "stakeholder",
        })
        .collect();
    if names.is_empty() { "nobody".into() } else { names.join(", ") }
}

/// "Marc Weber", "Marc Weber or Inês Duarte", "one of 12".
pub fn one_of(names: &[String]) -> String {
    match names {
        [] => "nobody".into(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= 3 => format!("{} or {last}", first.join(", ")),
        more => format!("one of {}", more.len()),
    }
}

/// The policy of the first environment on a hot fix's path: it rules the gate before all of them.
pub fn first_policy(facts: &Facts, hotfix: &Hotfix) -> Judge<Policy> {
    let product = facts.product(&hotfix.product)?;
    let environment = product.environments.first().map_or("", |first| first.id.as_str());
    Ok(facts.policy(&product.id, environment, hotfix.priority))
}

/// Collects what is there and what is missing.
struct Ledger<'a> {
    hotfix: &'a Hotfix,
    policy: &'a Policy,
    ship: Ship,
}

/// What is missing, before the policy has been asked whether it matters.
struct Missing {
    message: String,
    who: Vec<String>,
    remedy: String,
    section: &'static str,
    until: Option<Instant>,
    what: Box<What>,
}

/// What is in the way, by ids, and what of the catalog is to be mended.
#[derive(Default)]
struct What {
    about: Vec<String>,
    object: Option<String>,
}

impl Missing {
    fn new(section: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            who: Vec::new(),
            remedy: remedy.into(),
            section,
            until: None,
            what: Box::default(),
        }
    }

    fn about(mut self, ids: impl Iterator<Item = impl ToString>) -> Self {
        for id in ids.map(|id| id.to_string()) {
            if !self.what.about.contains(&id) {
                self.what.about.push(id);
            }
        }
        self
    }

    fn who(mut self, who: impl Into<String>) -> Self {
        self.who.push(who.into());
        self
    }

    fn object(mut self, kind: &str, id: &CatalogId) -> Self {
        self.what.object = Some(format!("{kind}/{id}"));
        self
    }

    fn until(mut self, until: Option<Instant>) -> Self {
        self.until = until;
        self
    }
}

impl<'a> Ledger<'a> {
    fn new(hotfix: &'a Hotfix, policy: &'a Policy, gate: Gate, environment: Option<&str>) -> Self {
        Self {
            hotfix,
            policy,
            ship: Ship {
                hotfix: hotfix.key.clone(),
                gate,
                environment: environment.map(str::to_owned),
                deployment: None,
                blockers: Vec::new(),
                passed: Vec::new(),
                next_slot: None,
                later: Vec::new(),
            },
        }
    }

    /// Who went through this for these bytes and this environment, the last one first.
    fn overrides(&self, code: &str) -> impl Iterator<Item = &'a crate::model::hotfix::Override> {
        let hash = self.hotfix.current().map(|built| &built.package.hash);
        self.hotfix.overrides.iter().rev().filter(move |one| {
            one.blocker == code
                && one.environment == self.ship.environment
                && one.hash.as_ref() == hash
        })
    }

    /// Somebody went through all of what is in the way.
    fn overridden(
        &self,
        code: &str,
        about: &[String],
    ) -> Option<&'a crate::model::hotfix::Override> {
        let spared = self.spared(code);
        let each = !about.is_empty() && about.iter().all(|id| spared.contains(&id.as_str()));
        self.overrides(code).find(|one| one.about.is_empty() || each)
    }

    /// Whether this could shut the gate: the policy asks for it, and nobody went through it whatever
    /// it is.
    fn asks(&self, code: &str) -> bool {
        !self.policy.not_applicable.iter().any(|not| not == code)
            && !self.overrides(code).any(|one| one.about.is_empty())
    }

    /// What shuts the gate no more, by its ids: somebody went through just that.
    fn spared(&self, code: &str) -> Vec<&'a str> {
        self.overrides(code).flat_map(|one| &one.about).map(String::as_str).collect()
    }

    /// Asks for one thing: `Ok` says what is there, `Err` what is missing. What the policy rules
    /// out is not asked; what was overridden for these bytes and this environment passes, marked.
    fn want(&mut self, code: &str, found: Result<String, Missing>) {
        if self.policy.not_applicable.iter().any(|not| not == code) {
            return;
        }
        match found {
            Ok(message) => {
                self.ship.passed.push(Passed { code: code.into(), message, overridden: false });
            }
            Err(missing) => {
                if let Some(by) = self.overridden(code, &missing.what.about) {
                    let message = format!("{} Overridden: {}", missing.message, by.reason);
                    self.ship.passed.push(Passed { code: code.into(), message, overridden: true });
                    return;
                }
                let hard = self.policy.hard.iter().any(|one| one == code);
                self.ship.blockers.push(Blocker {
                    code: code.into(),
                    message: missing.message,
                    who: missing.who,
                    remedy: missing.remedy,
                    section: missing.section.into(),
                    hard,
                    override_roles: if hard {
                        Vec::new()
                    } else {
                        self.policy.override_roles.clone()
                    },
                    until: missing.until,
                    about: missing.what.about,
                    object: missing.what.object,
                });
            }
        }
    }

    /// Like `want`, for what no policy lets anybody override: facts about the outside.
    fn insist(&mut self, code: &str, found: Result<String, Missing>) {
        let before = self.ship.blockers.len();
        self.want(code, found);
        for blocker in self.ship.blockers.iter_mut().skip(before) {
            blocker.hard = true;
            blocker.override_roles.clear();
        }
    }
}

/// `Ok(there)` if the condition holds.
fn when(holds: bool, there: impl Into<String>, missing: Missing) -> Result<String, Missing> {
    if holds { Ok(there.into()) } else { Err(missing) }
}

/// Development → Rollout: cause, solution, a change, proof of tests, risk, way back, a package.
pub fn rollout(hotfix: &Hotfix, policy: &Policy) -> Ship {
    let mut ledger = Ledger::new(hotfix, policy, Gate::Rollout, None);
    let who = owner(hotfix);
    let missing = |section, message: &str, remedy: &str| {
        Missing::new(section, message, remedy).who(who.clone())
    };
    ledger.want(
        "cause_missing",
        when(
            hotfix.cause.is_some(),
            "The root cause is known.",
            missing("develop", "The root cause is not recorded.", "Record what happened and why."),
        ),
    );
    ledger.want(
        "solution_missing",
        when(
            hotfix.solution.is_some(),
            "The solution is described.",
            missing(
                "develop",
                "The solution is not described.",
                "Say what was changed to mend it.",
            ),
        ),
    );
    let changes = hotfix.changes.len() + hotfix.configurations.len();
    ledger.want(
        "change_missing",
        when(
            changes > 0,
            format!("{} recorded.", count(changes, "change")),
            missing(
                "develop",
                "No change is recorded.",
                "Add the commit that mends it, or the configuration that changes.",
            ),
        ),
    );
    evidence::ask(&mut ledger);
    ledger.want(
        "risk_missing",
        when(
            hotfix.risk.is_some(),
            "The risk is assessed.",
            missing("develop", "The risk is not assessed.", "Say what shipping it may break."),
        ),
    );
    ledger.want(
        "rollback_plan_missing",
        when(
            !hotfix.rollback_plan.trim().is_empty(),
            "The way back is described.",
            missing("develop", "There is no rollback plan.", "Describe the way back."),
        ),
    );
    // A package that lacks the newest change would ship something else than what was tested.
    let package = hotfix.current();
    let fresh = package.is_some_and(|built| {
        hotfix.commits().all(|commit| built.package.commits.iter().any(|one| one == commit))
    });
    let (message, remedy) = match package {
        None => ("No package is built.".to_owned(), "Build the package."),
        Some(built) => (
            format!("Package r{} does not contain every change.", built.package.revision),
            "Build a new revision.",
        ),
    };
    ledger.want(
        "package_missing",
        when(
            fresh,
            package
                .map(|b| format!("Package r{}, {}.", b.package.revision, b.package.hash.short()))
                .unwrap_or_default(),
            missing("package", &message, remedy),
        ),
    );
    ledger.ship
}

/// How long these bytes have to have been in the environment before this one.
struct Soak<'a> {
    before: &'a Environment,
    /// What the environment asks for, or the policy, whichever is longer.
    minutes: u32,
    /// When it has soaked; none while it is not Done there on these bytes.
    until: Option<Instant>,
}

fn soak_of<'a>(
    hotfix: &Hotfix,
    deployments: &[&Deployment],
    facts: &'a EnvironmentFacts,
) -> Option<Soak<'a>> {
    let before = facts.predecessor.as_ref()?;
    let hash = hotfix.current().map(|built| &built.package.hash);
    let done = deployments.iter().rev().find(|deployment| {
        deployment.environment == before.id
            && Some(&deployment.hash) == hash
            && deployment.state == DeploymentState::Done
    });
    let minutes = before.soak_minutes.max(facts.policy.soak_minutes);
    let until = done
        .filter(|_| without(before, hash, deployments).is_some_and(|left| left.is_empty()))
        .and_then(|deployment| deployment.done_at)
        .map(|at| at.plus(Duration::from_secs(u64::from(minutes) * 60)));
    Some(Soak { before, minutes, until })
}

/// The targets that these bytes have still to reach where they are done on others; `None` where they
/// are done on none.
fn without(
    place: &Environment,
    hash: Option<&Digest>,
    deployments: &[&Deployment],
) -> Option<Vec<String>> {
    let done = deployments.iter().copied().filter(|one| {
        one.environment == place.id && Some(&one.hash) == hash && one.state == DeploymentState::Done
    });
    left_out_by_all(place, done)
}

/// The targets that the current package has still to reach where it is done on others; none where it is
/// done on none of them, or on all.
pub fn left(place: &Environment, hotfix: &Hotfix, deployments: &[&Deployment]) -> Vec<String> {
    let hash = hotfix.current().map(|built| &built.package.hash);
    without(place, hash, deployments).unwrap_or_default()
}

/// Planning into an environment: the one before it is Done on this very hash, and soaked by then.
pub fn plan(
    hotfix: &Hotfix,
    deployments: &[&Deployment],
    facts: &EnvironmentFacts,
    then: Instant,
) -> Ship {
    let mut ledger = Ledger::new(hotfix, &facts.policy, Gate::Plan, Some(&facts.environment.id));
    if let Some(Soak { before, minutes, until }) = soak_of(hotfix, deployments, facts) {
        let hash = hotfix.current().map(|built| &built.package.hash);
        let (message, remedy) = match without(before, hash, deployments) {
            Some(left) if !left.is_empty() => (
                format!("{} of {} have not got these bytes yet.", left.join(", "), before.name),
                format!("Plan {} for the rest of its targets.", before.name),
            ),
            _ => (
                format!("{} has not been deployed and validated with these bytes.", before.name),
                format!("Ship it to {} first.", before.name),
            ),
        };
        ledger.want(
            "predecessor_open",
            when(
                until.is_some(),
                format!("{} is done on these bytes.", before.name),
                Missing::new("validate", message, remedy).who(owner(hotfix)),
            ),
        );
        if let Some(soaked) = until {
            ledger.want(
                "soaking",
                when(
                    then >= soaked,
                    format!("Soaked in {} for {minutes} minutes.", before.name),
                    Missing::new(
                        "schedule",
                        format!("It has to soak in {} for {minutes} minutes.", before.name),
                        "Wait, or override with a reason.",
                    )
                    .until(Some(soaked)),
                ),
            );
        }
    }
    ledger.ship
}

/// Deploying → Validating: every target done, or skipped by a person.
pub fn deployed(
    hotfix: &Hotfix,
    facts: &EnvironmentFacts,
    deployment: &Deployment,
    open: &[String],
) -> Ship {
    let mut ledger =
        Ledger::new(hotfix, &facts.policy, Gate::Deployed, Some(&deployment.environment));
    ledger.ship.deployment = Some(deployment.key.clone());
    let missing = match deployment.run.as_ref().and_then(|run| run.hold.as_ref()) {
        Some(hold) => Missing::new(
            "deploy",
            format!("{} waits for a decision: {}", hold.target, hold.reason),
            "Decide: retry, skip, roll back or stop.",
        )
        .who(hold.claimed_by.as_ref().map_or_else(|| owner(hotfix), |person| person.0.clone())),
        None => Missing::new(
            "deploy",
            format!("{} to go: {}.", count(open.len(), "target"), open.join(", ")),
            "Wait until the run ends.",
        ),
    };
    ledger.insist("targets_open", when(open.is_empty(), "Every target is done.", missing));
    ledger.ship
}

/// Validating → Done: checks passed or waived on these bytes, sign-offs given.
pub fn done(hotfix: &Hotfix, facts: &EnvironmentFacts, deployment: &Deployment) -> Judge<Ship> {
    let mut ledger = Ledger::new(hotfix, &facts.policy, Gate::Done, Some(&deployment.environment));
    ledger.ship.deployment = Some(deployment.key.clone());
    let answered = |check: &crate::model::deployment::Check| check.stands(deployment);
    let failed: Vec<_> = deployment
        .checks
        .iter()
        .filter(|check| answered(check))
        .filter(|check| matches!(check.result, Some(CheckResult::Failed | CheckResult::Blocked)))
        .collect();
    let open: Vec<_> =
        deployment.checks.iter().filter(|check| check.item.required && !answered(check)).collect();
    ledger.want(
        "checks_open",
        when(
            open.is_empty(),
            format!("{} answered.", count(deployment.checks.len(), "check")),
            Missing::new(
                "validate",
                format!("{} open in {}.", count(open.len(), "check"), facts.environment.name),
                format!("Answer: {}.", names(open.iter().map(|check| check.item.text.as_str()))),
            )
            .who(owner(hotfix)),
        ),
    );
    ledger.want(
        "checks_failed",
        when(
            failed.is_empty(),
            "No check fails.",
            Missing::new(
                "validate",
                format!(
                    "{} in {}: {}.",
                    fails_check(failed.len()),
                    facts.environment.name,
                    names(failed.iter().map(|check| check.item.text.as_str()))
                ),
                "Deploy again, go back to Development, or roll back.",
            )
            .who(owner(hotfix)),
        ),
    );
    signing::ask(&mut ledger, facts, hotfix, deployment)?;
    Ok(ledger.ship)
}

/// The gate a hot fix stands before now, for an environment if one is named.
pub fn ship(known: &Facts, key: &HotfixKey, environment: Option<&str>) -> Judge<Ship> {
    let hotfix = known.hotfix(key)?;
    match hotfix.phase {
        Phase::Development => Ok(rollout(hotfix, &first_policy(known, hotfix)?)),
        Phase::Monitoring | Phase::Closed | Phase::Cancelled => close(known, hotfix),
        Phase::Rollout => {
            let deployments = known.deployments(hotfix)?;
            let environment = match environment {
                Some(named) => named.to_owned(),
                None => next_environment(known.product(&hotfix.product)?, hotfix, &deployments),
            };
            let mut facts =
                known.about(&hotfix.product, &environment, hotfix.priority)?.for_hotfix(hotfix)?;
            let hash = hotfix.current().map(|built| &built.package.hash);
            let left = left(&facts.environment, hotfix, &deployments);
            let deployment = deployments
                .iter()
                .rev()
                .find(|deployment| {
                    deployment.environment == environment && Some(&deployment.hash) == hash
                })
                // It is over, and the rest of the targets stand before a plan of their own.
                .filter(|one| one.state != DeploymentState::Done || left.is_empty());
            facts = match deployment {
                Some(planned) => facts.for_deployment(planned)?,
                None => facts.for_targets(&left)?,
            };
            let mut ship = match deployment.map(|deployment| (deployment.state, deployment)) {
                Some((DeploymentState::Planned | DeploymentState::Missed, deployment)) => {
                    start(hotfix, deployment, &deployments, &facts)?
                }
                Some((DeploymentState::Deploying, deployment)) => {
                    let open = open_targets(known, deployment)?;
                    deployed(hotfix, &facts, deployment, &open)
                }
                Some((DeploymentState::Validating | DeploymentState::Done, deployment)) => {
                    done(hotfix, &facts, deployment)?
                }
                _ => plan(hotfix, &deployments, &facts, known.at),
            };
            if matches!(ship.gate, Gate::Plan | Gate::Start) {
                let expected = deployment.map(|one| one.expected.clone()).unwrap_or_default();
                let search = free::Search {
                    from: known.at,
                    minutes: expected.duration_minutes.max(30),
                    count: 1,
                    disruption: Disruption::None,
                    on_duty: expected.on_duty,
                    own: ship.deployment.clone(),
                };
                ship.next_slot = free::free(hotfix, &deployments, &facts, &search)?.pop();
            }
            Ok(ship)
        }
    }
}

/// Targets of the current run that are neither done nor skipped.
pub fn open_targets(facts: &Facts, deployment: &Deployment) -> Judge<Vec<String>> {
    let Some(run) = &deployment.run else { return Ok(Vec::new()) };
    facts.expect_targets(&deployment.key, &run.targets)?;
    let mut open = Vec::new();
    for target in &run.targets {
        let steps = facts.target(&deployment.key, &target.id)?;
        if !wave::is_over(run, &target.id, steps) {
            open.push(target.id.clone());
        }
    }
    Ok(open)
}

/// The first environment of the path that is not Done on the current bytes.
pub fn next_environment(product: &Product, hotfix: &Hotfix, deployments: &[&Deployment]) -> String {
    let hash = hotfix.current().map(|built| &built.package.hash);
    product
        .environments
        .iter()
        .find(|environment| {
            without(environment, hash, deployments).is_none_or(|left| !left.is_empty())
        })
        .or(product.environments.last())
        .map(|environment| environment.id.clone())
        .unwrap_or_default()
}

fn owner(hotfix: &Hotfix) -> String {
    match (&hotfix.owner, &hotfix.team) {
        (Some(person), _) => person.0.clone(),
        (None, Some(_)) => "whoever of its team takes it".into(),
        (None, None) => "whoever takes it".into(),
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn fails(number: u32) -> String {
    if number == 1 { "1 test fails".into() } else { format!("{number} tests fail") }
}

fn fails_check(number: usize) -> String {
    if number == 1 { "1 check failed".into() } else { format!("{number} checks failed") }
}

fn names<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<_> = items.collect();
    match all.len() {
        0..=3 => all.join("; "),
        more => format!("{}; and {} more", all[..3].join("; "), more - 3),
    }
}
