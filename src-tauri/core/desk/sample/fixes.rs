//! The hot fixes of the sample, each taken as far as its plan says, a step at a time.

use super::{
    Maker,
    catalog::FRONT,
    plans::{End, Plan},
    watch,
};
use crate::{
    desk::{actions::Action as _, evidence::AddTests},
    error::Result,
    event::{BuildNotes, CauseText, ConfigurationText, SolutionText, words::*},
    integrations::archive,
    model::deployment::{Deployment, Run},
    stages::{
        announce, approve, close, deploy, develop, monitor, package, schedule, triage, validate,
    },
    store::telemetry::Sample,
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

    /// Its first package was approved, and then built anew.
    fn is_built_twice(&self) -> bool {
        matches!(self.end, End::Planned(ahead) if ahead > 1000 && self.product == "accounts")
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

    fn test_file(&self) -> String {
        let (name, ending) = self.file.rsplit_once('.').unwrap_or((self.file, "txt"));
        format!("{name}_test.{ending}")
    }

    fn pull_request(&self) -> String {
        let number = 300 + self.started % 977;
        format!("https://git.acme.example/{}/pulls/{number}", self.product)
    }

    /// Where its change is: on both branches once it is closed, and till then as such things stand.
    fn branches(&self, commit: &str) -> Vec<BranchPresence> {
        let other: String = commit.chars().rev().collect();
        let on = |branch: &str, presence, doubt, commit: &str| BranchPresence {
            branch: branch.into(),
            presence,
            commit: commit.into(),
            doubt,
            other: String::new(),
        };
        let main = match self.end {
            End::Burning => on("main", Presence::Uncertain, Some(Doubt::Squashed), other.as_str()),
            End::Quiet => on("main", Presence::Missing, None, ""),
            End::Validating => on("main", Presence::Uncertain, Some(Doubt::Resolved), &other),
            End::Planned(_) => on("main", Presence::PatchId, None, &other),
            _ => on("main", Presence::Commit, None, commit),
        };
        vec![main, on("release/current", Presence::Commit, None, commit)]
    }

    /// What is changed besides, in no repository: as it was, and as it is to be.
    fn setting(&self) -> Option<(&'static str, &'static str, &'static str)> {
        Some(match self.file {
            "checkout/wallet.py" => (
                "checkout.toml",
                "[wallet]\ncertificates = \"packed\"\nretries = 3\n",
                "[wallet]\ncertificates = \"provider\"\nkeep_minutes = 60\nretries = 3\n",
            ),
            "cart/cookie.py" => (
                "Cache in front of the shop",
                "pass_headers:\n  - Accept-Language\n",
                "pass_headers:\n  - Accept-Language\n  - Set-Cookie\n",
            ),
            "images/address.py" => {
                ("images.toml", "sign_for_minutes = 10\n", "sign_for_minutes = 1440\n")
            }
            "mail/queue.go" => ("mail.yaml", "smtp:\n  timeout: 10s\n", "smtp:\n  timeout: 60s\n"),
            _ => return None,
        })
    }

    fn developer(&self) -> &'static str {
        if self.product == "accounts" { "lena" } else { "dana" }
    }

    fn team(&self) -> &'static str {
        if self.product == "accounts" { "identity" } else { "payments" }
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
    let give = |person: Option<&str>, team: Option<&str>, note: &str| {
        let (person, team) = (person.map(PersonId::from), team.map(CatalogId::from));
        let request = develop::AssignHotfix { key: key.clone(), person, team, note: note.into() };
        maker.by("rita", &request).map(drop)
    };
    match plan.end {
        // Nobody in person has it yet.
        End::Open => give(None, Some(plan.team()), "Whoever is free first.")?,
        End::Validating => {
            give(Some("lena"), None, "")?;
            give(Some(plan.developer()), Some(plan.team()), "Lena is in the office until noon.")?;
        }
        _ => give(Some(plan.developer()), None, "")?,
    }
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
            let glass = plan.end == End::Burning;
            let deployment = ship(maker, key, "production", !taken_back, glass)?;
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
            watch::public_words(maker, key, plan.public)?;
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
    ship(maker, key, "staging", plan.end != End::Validating, false)?;
    let End::Planned(ahead) = plan.end else { return Ok(()) };
    // What burns is asked of both approvers by name, what can wait of one.
    let people: &[&str] = if plan.priority < 3 { &["marc", "ines"] } else { &["ines"] };
    maker.by(
        plan.developer(),
        &approve::RequestApproval {
            key: key.clone(),
            environment: "production".into(),
            people: people.iter().map(|one| PersonId::from(*one)).collect(),
            note: "Staging looks good.".into(),
        },
    )?;
    if plan.priority < 3 {
        for (person, note) in
            [("marc", "Looked at the change and at staging."), ("ines", "Paid with my own card.")]
        {
            approve(maker, key, person, note)?;
        }
        watch::tell(maker, key, Purpose::Scheduled)?;
    } else if !plan.is_built_twice() {
        // Long enough ago that it has expired.
        approve(maker, key, "ines", "Small, and easy to take back.")?;
    }
    // What is in staging has to stand there for a while first.
    maker.pass(16);
    // The next quarter of an hour that no freeze forbids.
    let quarter = 900_000_000;
    let from = maker.until.plus(Duration::from_secs(ahead * 60)).micros();
    let ask = schedule::FreeSlots {
        product: plan.product.into(),
        environment: "production".into(),
        targets: None,
        minutes: 90,
        from: Some(crate::clock::Instant::from_micros((from / quarter + 1) * quarter)),
        count: Some(1),
        path: false,
        hotfix: None,
        deployment: None,
        disruption: Disruption::Brief,
        on_duty: Vec::new(),
    };
    let slots = maker.desk.as_person(&"rita".into()).judge(|state, by| ask.judge(state, by))?;
    let Some(slot) = slots.first() else { return Ok(()) };
    let plan = schedule::PlanDeployment {
        key: key.clone(),
        environment: "production".into(),
        targets: None,
        starts_at: slot.start,
        window_ends_at: slot.start.plus(Duration::from_secs(90 * 60)),
        automatic: false,
        expected: Expected {
            remind_minutes: vec![24 * 60, 15],
            duration_minutes: 20,
            disruption: Disruption::Brief,
            on_duty: Vec::new(),
            notices: None,
        },
        note: String::new(),
    };
    maker.by("rita", &plan).map(drop)
}

fn approve(maker: &Maker, key: &HotfixKey, person: &str, note: &str) -> Result<()> {
    let request = approve::Approve {
        key: key.clone(),
        environment: "production".into(),
        hash: None,
        note: note.into(),
    };
    maker.by(person, &request).map(drop)
}

/// From the cause to a package.
fn develop(maker: &mut Maker, plan: &Plan, key: &HotfixKey) -> Result<()> {
    maker.by(
        plan.developer(),
        &develop::RecordCause {
            key: key.clone(),
            base: None,
            cause: plan.cause,
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
    let issues = maker
        .desk
        .as_person(&"rita".into())
        .judge(|state, _| Ok(state.hotfix(key)?.issues.clone()))?;
    let issues: Vec<&str> = issues.iter().map(IssueKey::as_str).collect();
    let mends = format!("Fixes {}.", issues.join(", "));
    let solution = plan.solution.trim_end_matches('.').to_lowercase();
    maker.by(
        plan.developer(),
        &develop::RecordChange {
            key: key.clone(),
            base: None,
            change: Change {
                commit: commit.clone(),
                branch: "release/current".into(),
                authored_at: Some(maker.desk.now()),
                files: vec![
                    ChangedFile { path: plan.file.into(), additions: 18, deletions: 4 },
                    ChangedFile { path: plan.test_file(), additions: 41, deletions: 0 },
                ],
                branches: plan.branches(&commit),
            },
            text: ChangeText {
                repository: String::new(),
                subject: format!("{}: {solution}", plan.folder()),
                message: format!("{}: {solution}\n\n{}\n\n{mends}\n", plan.folder(), plan.what),
                author: Contact {
                    name: plan.author().into(),
                    reach: format!("{}@acme.example", plan.developer()),
                },
                pull_request: plan.pull_request(),
                pull_request_text: format!(
                    "{}\n\n## Why\n\n{}\n\n## Risks\n\n{}\n\n{mends}\n",
                    plan.solution, plan.what, plan.risk
                ),
            },
        },
    )?;
    if let Some((name, before, after)) = plan.setting() {
        maker.by(
            plan.developer(),
            &develop::RecordConfiguration {
                key: key.clone(),
                base: None,
                id: None,
                environment: "production".into(),
                text: ConfigurationText {
                    name: name.into(),
                    before: before.into(),
                    after: after.into(),
                    note: "Rolled out with the machines’ next restart.".into(),
                },
            },
        )?;
    }
    let tests = 150 + maker.dice.below(600) / 6;
    // The test that shows the trouble fails first, and what the first try broke; then nothing does.
    for (run, failing) in [3, 1, 0].into_iter().enumerate() {
        let report = tests_of(plan, tests + 4 * run, failing);
        let (hash, size) = maker.desk.put_blob(report.as_bytes())?;
        let (name, media) = ("TEST-report.xml".into(), "application/xml".into());
        let add = AddTests {
            key: key.clone(),
            commit: commit.clone(),
            suite: format!("{}, end-to-end", plan.folder()),
            paths: Vec::new(),
            stored: vec![Attachment { hash, size, name, media }],
            counts: None,
            log: String::new(),
        };
        add.run(&maker.desk.as_person(&plan.developer().into()))?;
        maker.pass(u64::from(failing > 0));
    }
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
    pack(maker, plan, key, &commit, plan.solution)?;
    if plan.is_built_twice() {
        approve(maker, key, "marc", "Small and clear.")?;
        maker.pass(9);
        pack(maker, plan, key, &commit, "Regions that were merged keep their old names too.")?;
    }
    Ok(())
}

/// A package of the change and of what runs.
fn pack(maker: &Maker, plan: &Plan, key: &HotfixKey, commit: &str, text: &str) -> Result<()> {
    let (product, running) = maker.desk.as_person(&"rita".into()).judge(|state, _| {
        let product = state.hotfix(key)?.product.clone();
        let running = state.environment(&product, "production")?.running.clone();
        Ok((product, running))
    })?;
    // A package keeps what runs: the other hot fixes' commits and files are in it.
    let mut commits = vec![commit.to_owned()];
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
            source: archive::Source::Bytes(format!("# {key}: {text}\n").into_bytes()),
            source_commit: Some(commit.to_owned()),
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

/// Approves, plans, tells, deploys and validates in one environment, if all of its checks are done. With
/// `glass` it went without an approval, and nobody has looked back at that yet.
fn ship(
    maker: &Maker,
    key: &HotfixKey,
    environment: &str,
    whole: bool,
    glass: bool,
) -> Result<DeploymentKey> {
    let (key_, place) = (key.clone(), environment.to_owned());
    if glass {
        let reason = "Carts are lost by the minute, and neither approver answers the telephone.";
        maker.by(
            "rita",
            &approve::BreakGlass {
                key: key_,
                environment: place,
                hash: None,
                reason: reason.into(),
            },
        )?;
    } else {
        let note = "Looked at the change.".into();
        maker.by("marc", &approve::Approve { key: key_, environment: place, hash: None, note })?;
    }
    let now = maker.desk.now();
    let plan = schedule::PlanDeployment {
        key: key.clone(),
        environment: environment.into(),
        targets: None,
        starts_at: now,
        window_ends_at: now.plus(Duration::from_secs(7200)),
        automatic: false,
        // It goes at once: a message about it is what people hear beforehand.
        expected: Expected { notices: Some(Vec::new()), ..Expected::default() },
        note: String::new(),
    };
    let deployment = DeploymentKey(maker.by("rita", &plan)?.key);
    watch::tell(maker, key, Purpose::Scheduled)?;
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
            Ok(crate::gates::ship(&state.facts(by.at), key, Some(environment))?.blockers)
        })?;
        let Some(first) = blockers.first() else { break };
        maker.by(
            "rita",
            &approve::OverrideBlocker {
                key: key.clone(),
                gate: "start".into(),
                blocker: first.code.clone(),
                environment: Some(environment.into()),
                time: None,
                about: Vec::new(),
                reason: "Checked by hand on the machine.".into(),
            },
        )?;
    }
    let overrides = maker
        .desk
        .as_person(&"rita".into())
        .judge(|state, _| Ok(state.hotfix(key)?.overrides.clone()))?;
    let kept = |one: &crate::model::hotfix::Override| {
        glass && one.blocker == crate::gates::approval::MISSING
    };
    for open in overrides.iter().filter(|one| one.reviewed_at.is_none() && !kept(one)) {
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
    prove(maker, &planned(maker)?, whole)?;
    Ok(deployment)
}

/// Answers the checks, or half of them, and signs off what is whole.
fn prove(maker: &Maker, planned: &Deployment, whole: bool) -> Result<()> {
    let (deployment, checks) = (&planned.key, &planned.checks);
    let done = if whole { checks.len() } else { checks.len() / 2 };
    for check in checks.iter().take(done) {
        if check.item.how.is_automatic() {
            let text = format!("GET https://{FRONT}/ answered 200 in 84 ms");
            maker.by(
                "lena",
                &validate::RecordRun {
                    key: deployment.clone(),
                    check: check.item.id.clone(),
                    passed: true,
                    evidence: crate::event::EvidenceText { text, link: String::new() },
                    attachments: Vec::new(),
                    seen: None,
                },
            )?;
            continue;
        }
        maker.by(
            "lena",
            &validate::RecordCheck {
                key: deployment.clone(),
                check: check.item.id.clone(),
                result: CheckResult::Passed,
                evidence: crate::event::EvidenceText {
                    text: "Tried it in the browser.".into(),
                    link: String::new(),
                },
                attachments: Vec::new(),
            },
        )?;
    }
    if whole && !planned.sign_off_by.is_empty() {
        maker.by(
            "rita",
            &validate::RecordSignOff {
                key: deployment.clone(),
                person: Some("sam".into()),
                name: String::new(),
                refused: false,
                source: Some(SignOffSource::Chat),
                text: "Callers do not see it any more.".into(),
                link: String::new(),
                attachments: Vec::new(),
            },
        )?;
    }
    if whole {
        maker.by("rita", &validate::FinishValidation { key: deployment.clone() })?;
    }
    Ok(())
}

/// What the deploy agent answers: every target in its turn, with nothing to complain about.
fn run(maker: &Maker, deployment: &DeploymentKey, number: u32) -> Result<()> {
    // The first run deploys, the second takes back; the engine names their steps so.
    let (first, health) =
        if number == 1 { ("start", "health") } else { ("rollback", "rollback_health") };
    let engine = maker.desk.as_engine(None);
    let running = maker
        .desk
        .as_person(&"rita".into())
        .judge(|state, _| Ok(state.deployment(deployment)?.run.clone()))?;
    let Some(running) = running else { return Ok(()) };
    for (index, target) in running.targets.iter().enumerate() {
        if index > 0 && running.targets[index - 1].wave < target.wave {
            between_waves(maker, deployment, &running, running.targets[index - 1].wave)?;
        }
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
                vec![(target.id.clone(), "endpoint", format!("{step} ok"))],
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

/// The pause after a wave, and its gates: each answer is good.
fn between_waves(maker: &Maker, deployment: &DeploymentKey, run: &Run, wave: u32) -> Result<()> {
    let Some(rule) = run.rollout.wave(wave) else { return Ok(()) };
    maker.pass(u64::from(rule.pause_minutes));
    for gate in &rule.gates {
        for good in 1..=gate.good {
            let millis = 80.0 + f64::from(good * 13);
            let at = maker.desk.now();
            let sample = Sample {
                at,
                result: "success".into(),
                value: Some(millis),
                detail: format!("200 in {millis:.0} ms"),
            };
            let store = maker.desk.store();
            store.add_sample(&format!("{deployment}/{}/{wave}", run.number), &gate.id, &sample)?;
            let line =
                format!("gate {}: {} ({good} good of {})", gate.name, sample.detail, gate.good);
            store.add_log(&deployment.0, at, vec![(String::new(), "health", line)])?;
            maker.clock.advance(Duration::from_secs(gate.every_seconds.into()));
        }
        maker.desk.as_engine(None).command(&deploy::EndGate {
            key: deployment.clone(),
            run: run.number,
            wave,
            gate: gate.id.clone(),
            verdict: GateVerdict::Passed,
            measured: Measured { good: gate.good, ..Measured::default() },
            detail: String::new(),
        })?;
    }
    Ok(())
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
                plan.whys.last().unwrap_or(&plan.what)
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

/// A report of so many tests as a build leaves it, of which so many fail: first of all the one that
/// shows the trouble.
fn tests_of(plan: &Plan, tests: usize, failing: usize) -> String {
    const WHAT: [&str; 8] =
        ["adds", "removes", "rounds", "saves", "retries", "times_out", "refuses", "restores"];
    const OF: [&str; 6] = ["cart", "order", "invoice", "account", "voucher", "payment"];
    let class = |of: &str| format!("{}.{of}_test", plan.folder());
    let failure = format!(
        "<failure message=\"expected 200 but was 500\">AssertionError: expected 200 but was 500\n    \
         at {} line 41</failure>",
        plan.file
    );
    let shown = if failing > 0 { failure.as_str() } else { "" };
    let mut cases = String::new();
    for n in 0..tests {
        let (what, of) = (WHAT[n % WHAT.len()], OF[n / WHAT.len() % OF.len()]);
        let ended = match n {
            n if n + 1 < failing => failure.as_str(),
            n if n % 71 == 70 => "<skipped message=\"needs the sandbox\"/>",
            _ => "",
        };
        cases.push_str(&format!(
            "<testcase classname=\"{}\" name=\"{what}_{of}_{n}\" time=\"0.{:03}\">{ended}</testcase>\n",
            class(of),
            n * 7 % 400,
        ));
    }
    format!(
        "<testsuite name=\"{0}\">\n{cases}<testcase classname=\"{1}\" name=\"shows_the_trouble\" \
         time=\"1.204\">{shown}</testcase>\n</testsuite>\n",
        plan.folder(),
        class("trouble"),
    )
}
