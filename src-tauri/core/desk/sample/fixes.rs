//! The hot fixes of the sample, each taken as far as its plan says, a step at a time.

use super::{
    Maker,
    plans::{End, Plan},
    watch,
};
use crate::{
    error::Result,
    event::{BuildNotes, CauseText, SolutionText, words::*},
    integrations::archive,
    stages::{
        announce, approve, close, deploy, develop, monitor, package, schedule, triage, validate,
    },
};
use std::time::Duration;

/// What happens at one time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Start,
    Develop,
    Stage,
    Ship,
    /// What a night later had to be said about it.
    After,
    End,
}

impl Plan {
    /// Its steps, and how many minutes before now each takes place.
    pub fn steps(&self) -> Vec<(u64, Step)> {
        let mut steps = vec![(self.started, Step::Start)];
        steps.extend(self.staged.map(|ago| (ago + 25, Step::Develop)));
        steps.extend(self.staged.map(|ago| (ago, Step::Stage)));
        steps.extend(self.shipped.map(|ago| (ago, Step::Ship)));
        if self.end == End::Quiet {
            steps.extend(self.shipped.map(|ago| (ago.saturating_sub(600), Step::After)));
        }
        steps.extend(self.ended.map(|ago| (ago, Step::End)));
        steps
    }

    pub fn is_watched(&self) -> bool {
        matches!(self.end, End::Quiet | End::Burning)
    }

    fn folder(&self) -> &str {
        self.file.split('/').next().unwrap_or(self.file)
    }

    fn restart(&self) -> String {
        format!("Restart {}, one machine after the other.", self.product)
    }

    fn developer(&self) -> &'static str {
        if self.product == "accounts" { "lena" } else { "dana" }
    }

    fn author(&self) -> &'static str {
        if self.product == "accounts" { "Lena Fritz" } else { "Dana Novak" }
    }
}

pub(super) fn start(maker: &Maker, plan: &Plan, issue: &IssueKey) -> Result<HotfixKey> {
    let start = develop::StartHotfix {
        issues: vec![issue.clone()],
        title: plan.title.into(),
        product: None,
    };
    let key = maker.by("rita", &start)?.key;
    let assign = develop::AssignHotfix {
        key: key.clone(),
        base: None,
        person: Some(plan.developer().into()),
        team: None,
        note: String::new(),
    };
    maker.by("rita", &assign)?;
    if plan.is_watched() {
        watch::callers(maker, issue)?;
    }
    Ok(key)
}

/// Takes a hot fix that has begun one step further.
pub(super) fn go_on(maker: &mut Maker, plan: &Plan, key: &HotfixKey, step: Step) -> Result<()> {
    match step {
        Step::Start => Ok(()),
        Step::Develop => develop(maker, plan, key),
        Step::Stage => stage(maker, plan, key),
        Step::Ship => {
            let taken_back = plan.end == End::RolledBack;
            let deployment = ship(maker, key, "production", !taken_back)?;
            if taken_back {
                maker.pass(20);
                let reason = "Workers are all busy, mails wait for half an hour.".into();
                maker.by("rita", &deploy::RollBack { key: deployment.clone(), reason })?;
                return run(maker, &deployment, 2);
            }
            if plan.end == End::Quiet {
                watch::taken_back(maker, key)?;
                watch::looked_into(maker, key)?;
                maker.undelivered = Some(watch::undelivered(maker, key)?);
            }
            watch::tell(maker, key, Purpose::Fixed)
        }
        Step::After => match maker.undelivered.take() {
            Some((message, at)) => watch::given_up(maker, message, at),
            None => Ok(()),
        },
        Step::End => match plan.end {
            End::Closed => finish(maker, plan, key),
            End::Cancelled => cancel(maker, key, "The next release is on Thursday and carries it."),
            _ => cancel(maker, key, "Needs a larger change; planned for the next release."),
        },
    }
}

fn cancel(maker: &Maker, key: &HotfixKey, reason: &str) -> Result<()> {
    let keys = maker
        .desk
        .as_person(&"rita".into())
        .judge(|state, _| Ok(state.hotfix(key)?.issues.clone()))?;
    let reason: String = reason.into();
    maker.by("rita", &develop::CancelHotfix { key: key.clone(), reason: reason.clone() })?;
    // Its issues are open again, and wait for that release.
    maker.by("rita", &triage::Defer { keys, reason, partly: false }).map(drop)
}

/// Into staging; and where production is planned, that.
fn stage(maker: &Maker, plan: &Plan, key: &HotfixKey) -> Result<()> {
    maker.by("rita", &package::StartRollout { key: key.clone() })?;
    ship(maker, key, "staging", plan.end != End::Validating)?;
    let End::Planned(ahead) = plan.end else { return Ok(()) };
    maker.by(
        plan.developer(),
        &approve::RequestApproval {
            key: key.clone(),
            environment: "production".into(),
            note: "Staging looks good.".into(),
        },
    )?;
    if plan.priority < 3 {
        maker.by(
            "marc",
            &approve::Approve {
                key: key.clone(),
                environment: "production".into(),
                hash: None,
                note: "Looked at the change and at staging.".into(),
            },
        )?;
        watch::tell(maker, key, Purpose::Scheduled)?;
    }
    // What is in staging has to stand there for a while first.
    maker.pass(16);
    // The next quarter of an hour that no freeze forbids.
    let quarter = 900_000_000;
    let from = maker.until.plus(Duration::from_secs(ahead * 60)).micros();
    let ask = schedule::FreeSlots {
        product: plan.product.into(),
        environment: "production".into(),
        minutes: 90,
        from: Some(crate::clock::Instant::from_micros((from / quarter + 1) * quarter)),
        count: Some(1),
    };
    let slots = maker.desk.as_person(&"rita".into()).judge(|state, by| ask.judge(state, by))?;
    let Some(slot) = slots.first() else { return Ok(()) };
    let plan = schedule::PlanDeployment {
        key: key.clone(),
        environment: "production".into(),
        starts_at: slot.start,
        window_ends_at: slot.start.plus(Duration::from_secs(90 * 60)),
        automatic: false,
        note: String::new(),
    };
    maker.by("rita", &plan).map(drop)
}

/// From the cause to a package.
fn develop(maker: &mut Maker, plan: &Plan, key: &HotfixKey) -> Result<()> {
    maker.by(
        plan.developer(),
        &develop::RecordCause {
            key: key.clone(),
            base: None,
            cause: CauseKind::Code,
            since_version: maker.version(plan.product, 1).into(),
            since_commit: String::new(),
            text: CauseText {
                what: plan.what.into(),
                whys: plan.whys.iter().map(|why| (*why).into()).collect(),
                next: "The same place in the other services.".into(),
            },
        },
    )?;
    maker.by(
        plan.developer(),
        &develop::RecordSolution {
            key: key.clone(),
            base: None,
            text: SolutionText {
                text: plan.solution.into(),
                alternatives: "Wait for the next release: too late for those who see it.".into(),
            },
        },
    )?;
    let commit = format!(
        "{:016x}{:016x}{:08x}",
        maker.dice.next(),
        maker.dice.next(),
        maker.dice.next() as u32
    );
    let on = |branch: &str| BranchPresence { branch: branch.into(), presence: Presence::Commit };
    maker.by(
        plan.developer(),
        &develop::RecordChange {
            key: key.clone(),
            base: None,
            change: Change {
                commit: commit.clone(),
                branch: "release/current".into(),
                authored_at: Some(maker.desk.now()),
                files: vec![ChangedFile { path: plan.file.into(), additions: 18, deletions: 4 }],
                branches: vec![on("main"), on("release/current")],
            },
            text: ChangeText {
                repository: String::new(),
                subject: format!(
                    "{}: {}",
                    plan.folder(),
                    plan.solution.trim_end_matches('.').to_lowercase()
                ),
                message: String::new(),
                author: Contact {
                    name: plan.author().into(),
                    reach: format!("{}@acme.example", plan.developer()),
                },
            },
        },
    )?;
    let passed = 900 + maker.dice.below(600) as u32;
    maker.by(
        plan.developer(),
        &develop::RecordTests {
            key: key.clone(),
            base: None,
            evidence: TestEvidence {
                commit: commit.clone(),
                suite: format!("{}, end-to-end", plan.folder()),
                passed,
                failed: 0,
                skipped: 3,
                attachment: None,
            },
            log: String::new(),
        },
    )?;
    maker.by(
        plan.developer(),
        &develop::RecordRisk {
            key: key.clone(),
            base: None,
            risk: if plan.priority < 3 { Level::Medium } else { Level::Low },
            text: plan.risk.into(),
        },
    )?;
    maker.by(
        plan.developer(),
        &develop::RecordRollbackPlan {
            key: key.clone(),
            base: None,
            text: "Redeploy the package that runs now; it is kept.".into(),
        },
    )?;
    let (product, running) = maker.desk.as_person(&"rita".into()).judge(|state, _| {
        let product = state.hotfix(key)?.product.clone();
        let running = state.environment(&product, "production")?.running.clone();
        Ok((product, running))
    })?;
    // A package keeps what runs: the other hot fixes' commits and files are in it.
    let mut commits = vec![commit.clone()];
    let mut files = vec![plan.file.to_owned()];
    for other in running.iter().flat_map(|running| &running.hotfixes) {
        commits.extend(other.commits.iter().cloned());
        files.extend(other.files.iter().cloned());
    }
    files.sort_unstable();
    files.dedup();
    let entries = files
        .into_iter()
        .map(|path| archive::Entry {
            path,
            executable: false,
            role: "file".into(),
            source: archive::Source::Bytes(format!("# {key}: {}\n", plan.solution).into_bytes()),
            source_commit: Some(commit.clone()),
        })
        .collect();
    let packed = archive::Plan {
        product: product.0.clone(),
        hotfix: key.0.clone(),
        entries,
        install_notes: plan.restart(),
        ..archive::Plan::default()
    };
    let built = archive::build(packed, &mut (), None, &mut |_| true)?;
    let (hash, size) = maker.desk.put_blob(built.reader())?;
    maker.by(
        plan.developer(),
        &package::RecordPackage {
            key: key.clone(),
            hash,
            size,
            files: built.manifest.files.into_iter().map(crate::desk::package::packaged).collect(),
            commits,
            notes: BuildNotes { install: plan.restart(), rollback: String::new() },
            format: PackageFormat::TarZst,
            removed: Vec::new(),
            signature: None,
            revision: None,
        },
    )?;
    Ok(())
}

/// Approves, plans, tells, deploys and validates in one environment, if all of its checks are done.
fn ship(maker: &Maker, key: &HotfixKey, environment: &str, whole: bool) -> Result<DeploymentKey> {
    maker.by(
        "marc",
        &approve::Approve {
            key: key.clone(),
            environment: environment.into(),
            hash: None,
            note: "Looked at the change.".into(),
        },
    )?;
    watch::tell(maker, key, Purpose::Scheduled)?;
    let now = maker.desk.now();
    let plan = schedule::PlanDeployment {
        key: key.clone(),
        environment: environment.into(),
        starts_at: now,
        window_ends_at: now.plus(Duration::from_secs(7200)),
        automatic: false,
        note: String::new(),
    };
    let deployment = DeploymentKey(maker.by("rita", &plan)?.key);
    let planned = |maker: &Maker| {
        maker
            .desk
            .as_person(&"rita".into())
            .judge(|state, _| Ok(state.deployment(&deployment)?.clone()))
    };
    for step in planned(maker)?.procedures {
        maker.by(
            "rita",
            &schedule::TickProcedure { key: deployment.clone(), item: step.item.id, ticked: true },
        )?;
    }
    // History has no endpoint to ask and may fall into a freeze: what stood in the way then was
    // overridden and reviewed, as such things are.
    loop {
        let blockers = maker.desk.as_person(&"rita".into()).judge(|state, by| {
            Ok(crate::gates::ship(state, key, Some(environment), by.at)?.blockers)
        })?;
        let Some(first) = blockers.first() else { break };
        maker.by(
            "rita",
            &approve::OverrideBlocker {
                key: key.clone(),
                gate: "start".into(),
                blocker: first.code.clone(),
                environment: Some(environment.into()),
                reason: "Checked by hand on the machine.".into(),
            },
        )?;
    }
    let overrides = maker
        .desk
        .as_person(&"rita".into())
        .judge(|state, _| Ok(state.hotfix(key)?.overrides.clone()))?;
    for open in overrides.iter().filter(|one| one.reviewed_at.is_none()) {
        maker.by(
            "marc",
            &approve::Review {
                key: key.clone(),
                seq: open.seq,
                finding: "Understandable; nothing went wrong.".into(),
            },
        )?;
    }
    maker.by("rita", &deploy::StartDeployment { key: deployment.clone() })?;
    run(maker, &deployment, 1)?;
    maker.pass(4);
    let checks = planned(maker)?.checks;
    let done = if whole { checks.len() } else { checks.len() / 2 };
    for check in checks.into_iter().take(done) {
        maker.by(
            "lena",
            &validate::RecordCheck {
                key: deployment.clone(),
                check: check.item.id,
                result: CheckResult::Passed,
                evidence: crate::event::EvidenceText {
                    text: "Tried it in the browser.".into(),
                    link: String::new(),
                },
                attachments: Vec::new(),
            },
        )?;
    }
    if whole {
        maker.by("rita", &validate::FinishValidation { key: deployment.clone() })?;
    }
    Ok(deployment)
}

/// What the deploy agent answers: every target in its turn, with nothing to complain about.
fn run(maker: &Maker, deployment: &DeploymentKey, number: u32) -> Result<()> {
    // The first run deploys, the second takes back; the engine names their steps so.
    let (first, health) =
        if number == 1 { ("start", "health") } else { ("rollback", "rollback_health") };
    let engine = maker.desk.as_engine(None);
    let targets = maker
        .desk
        .as_person(&"rita".into())
        .judge(|state, _| Ok(state.deployment(deployment)?.targets.clone()))?;
    for (index, target) in targets.iter().enumerate() {
        for step in [first, health] {
            let intended = engine.command(&deploy::IntendStep {
                key: deployment.clone(),
                target: target.id.clone(),
                run: number,
                step: step.into(),
                attempt: 1,
            })?;
            maker.clock.advance(Duration::from_secs(6 + index as u64));
            if step == first {
                engine.command(&deploy::EndStep {
                    deployment: deployment.clone(),
                    target: target.id.clone(),
                    key: intended.key.clone(),
                    result: StepOutcome::Accepted {
                        run: format!("{}", 88_100 + 10 * number as usize + index),
                    },
                    hold: None,
                })?;
            }
            maker.desk.store().add_log(
                &deployment.0,
                maker.desk.now(),
                &[(target.id.clone(), "endpoint", format!("{step} ok"))],
            )?;
            engine.command(&deploy::EndStep {
                deployment: deployment.clone(),
                target: target.id.clone(),
                key: intended.key,
                result: StepOutcome::Succeeded,
                hold: None,
            })?;
        }
    }
    engine.command(&deploy::FinishRun { key: deployment.clone() }).map(drop)
}

/// Watches to the end and closes.
fn finish(maker: &Maker, plan: &Plan, key: &HotfixKey) -> Result<()> {
    maker.by("sam", &monitor::AskFeedback { key: key.clone(), note: String::new() })?;
    maker.by(
        "sam",
        &monitor::RecordFeedback {
            key: key.clone(),
            score: 4,
            from: Contact { name: "Ann Petrov".into(), reach: String::new() },
            text: "Quick. A word in between would have been nice.".into(),
        },
    )?;
    let people = maker.desk.as_person(&"sam".into()).judge(|state, _| {
        let mut open = Vec::new();
        for issue in &state.hotfix(key)?.issues {
            for (index, person) in state.issue(issue)?.people.iter().enumerate() {
                if person.channel == Channel::Phone && !person.called_back {
                    open.push((issue.clone(), index as u32));
                }
            }
        }
        Ok(open)
    })?;
    for (issue, index) in people {
        maker.by("sam", &announce::CallBack { issue, index, note: String::new() })?;
    }
    maker.by(
        "rita",
        &close::RecordLessons {
            key: key.clone(),
            text: format!(
                "It began with this: {} A check for it now runs every night.",
                plan.whys[2]
            ),
        },
    )?;
    let until = maker.desk.now();
    maker.by(
        "rita",
        &monitor::ExtendMonitoring {
            key: key.clone(),
            until,
            reason: "Quiet for two days on the dashboards.".into(),
        },
    )?;
    maker.by("rita", &close::CloseHotfix { key: key.clone(), note: String::new() })?;
    Ok(())
}
