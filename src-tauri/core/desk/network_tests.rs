//! Ten thousand runs over a network that does as it likes, in memory and with a clock of their own: calls
//! that never leave, that arrive and are not answered, that arrive a moment late; systems that refuse, are
//! cut off, take for ever or lie; processes that die between any two of their waits, disks that are full,
//! machines that sleep for hours, also between what they journal and what they send while another takes over,
//! and clocks that are set back. The worker, the deployer and the commands
//! are those of the program; only the endpoint and the file are not.

use super::planning_tests::{Dice, World, expected, minutes};
use crate::{
    clock::Instant,
    engine::{
        deployer::{self, Effect},
        runner::worker::{Absent, Followed, Host, Worker},
    },
    error::{Error, Result},
    event::words::*,
    integrations::deploy::{
        CallError, Endpoint, Health, Located, Logs, Package, Place, RetryRule, Rollback,
        RolledBack, RunState, RunStatus, Start, Started, ToldVersion,
    },
    model::deployment::{Deployment, RunKind, Step, TargetRun},
    stages::deploy,
};
use async_trait::async_trait;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant as Moment, sleep},
};

/// What arrives later than this after its line was cut is beyond what can be asked for.
const LATEST: u64 = 900;

/// A run at the system that deploys.
struct Job {
    key: String,
    target: String,
    ends: Option<Moment>,
    end: RunState,
    undoes: bool,
}

impl Job {
    fn state(&self) -> RunState {
        match self.ends {
            Some(at) if at <= Moment::now() => self.end,
            _ => RunState::Running,
        }
    }
}

/// What the endpoint can do, and how it behaves.
#[derive(Clone, Copy, Debug)]
struct Manner {
    locates: bool,
    one_run_a_key: bool,
    cancels: bool,
    /// What it refuses is sent again by itself.
    retries: bool,
    /// It says of a run whatever comes to its mind.
    lies: bool,
    /// Of a hundred calls so many do not come through well.
    trouble: u64,
}

/// Everything outside and around a process.
struct Around {
    world: World,
    dice: Dice,
    manner: Manner,
    jobs: Vec<Job>,
    /// How often a call arrived, by its key.
    arrived: BTreeMap<String, u32>,
    /// No run ends by itself.
    endless: bool,
    /// The token of the lease: it grows with each process that takes over.
    token: u64,
    /// Calls that were not made because another had taken over.
    stood_back: u64,
    /// Calls that nobody waits for any more, and that will arrive.
    on_its_way: BTreeSet<String>,
    cut_until: Moment,
    begun: Moment,
    /// What the machine's clock shows beyond the time that has passed.
    ahead: i64,
    start: Instant,
    /// What went wrong in a task of its own.
    broken: Vec<String>,
}

impl Around {
    fn clock(&self) -> Instant {
        let passed = self.begun.elapsed().as_micros() as i64;
        Instant::from_micros(self.start.micros() + passed + self.ahead)
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.dice.roll(many) == 0
    }

    fn engine<C: crate::stages::Command>(&mut self, command: &C) -> Result<C::Answer> {
        self.world.at = self.clock();
        self.world.by("engine", command)
    }

    /// A call has come to the system: the number of its run.
    fn arrive(&mut self, key: &str, target: &str, undoes: bool) -> usize {
        *self.arrived.entry(key.to_owned()).or_default() += 1;
        self.on_its_way.remove(key);
        if let Some(index) = self.jobs.iter().position(|job| job.key == key) {
            if !self.manner.one_run_a_key {
                self.broken.push(format!("{key} was sent twice"));
            }
            return index;
        }
        let busy = self.jobs.iter().find(|job| {
            job.target == target && job.state() == RunState::Running && !self.manner.lies
        });
        if let Some(job) = busy {
            self.broken.push(format!("{key} runs beside {}", job.key));
        }
        let takes = match self.dice.roll(40) {
            _ if self.endless => None,
            0 => None,
            1..4 => Some(20 + self.dice.roll(200)),
            _ => Some(self.dice.roll(8)),
        };
        let end = match self.dice.roll(10) {
            0 => RunState::Failed,
            1 if self.dice.roll(3) == 0 => RunState::Cancelled,
            _ => RunState::Succeeded,
        };
        let ends = takes.map(|seconds| Moment::now() + Duration::from_secs(seconds));
        let (key, target) = (key.to_owned(), target.to_owned());
        self.jobs.push(Job { key, target, ends, end, undoes });
        self.jobs.len() - 1
    }
}

type Shared = Arc<Mutex<Around>>;

fn lock(shared: &Shared) -> MutexGuard<'_, Around> {
    shared.lock().unwrap()
}

/// How far a call gets.
enum Fate {
    NotSent,
    Refused,
    Lost,
    /// Nobody waits for it any more when it arrives.
    Late(Duration),
    Unanswered,
    Answered,
}

#[derive(Clone)]
struct System {
    shared: Shared,
    target: String,
}

impl System {
    async fn travel(&self) -> Fate {
        let (fate, takes) = {
            let mut around = lock(&self.shared);
            let trouble = around.manner.trouble;
            let cut = Moment::now() < around.cut_until;
            let fate = match around.dice.roll(100) {
                roll if cut && roll < 50 => Fate::NotSent,
                _ if cut => Fate::Lost,
                roll if roll >= trouble => Fate::Answered,
                _ => match around.dice.roll(6) {
                    0 => Fate::NotSent,
                    1 => Fate::Refused,
                    2 => Fate::Lost,
                    3 => Fate::Late(Duration::from_millis(around.dice.roll(LATEST))),
                    _ => Fate::Unanswered,
                },
            };
            (fate, Duration::from_millis(1 + around.dice.roll(400)))
        };
        sleep(takes).await;
        fate
    }

    fn refused() -> CallError {
        CallError::Refused { status: 503, message: "busy".into(), retry_after: Some(30) }
    }

    /// A call that makes a run, unless it never arrives.
    async fn send(&self, key: &str, undoes: bool) -> Result<usize, CallError> {
        let arrive = {
            let (shared, key, target) = (self.shared.clone(), key.to_owned(), self.target.clone());
            move || lock(&shared).arrive(&key, &target, undoes)
        };
        match self.travel().await {
            Fate::NotSent => Err(CallError::not_sent("no connection")),
            Fate::Refused => Err(Self::refused()),
            Fate::Lost => self.wait_in_vain().await,
            Fate::Late(after) => {
                lock(&self.shared).on_its_way.insert(key.to_owned());
                tokio::spawn(async move {
                    sleep(after).await;
                    arrive();
                });
                Err(CallError::unclear("cut"))
            }
            Fate::Unanswered => {
                arrive();
                self.wait_in_vain().await
            }
            Fate::Answered => {
                let run = arrive();
                // The process may die here, with the answer on its way.
                sleep(Duration::from_millis(20)).await;
                Ok(run)
            }
        }
    }

    async fn wait_in_vain<T>(&self) -> Result<T, CallError> {
        let takes = lock(&self.shared).dice.roll(30);
        sleep(Duration::from_secs(takes)).await;
        Err(CallError::unclear("no answer"))
    }

    /// A call that only asks.
    async fn ask<T>(&self, answer: impl FnOnce(&mut Around) -> T) -> Result<T, CallError> {
        match self.travel().await {
            Fate::Answered => Ok(answer(&mut lock(&self.shared))),
            Fate::NotSent => Err(CallError::not_sent("no connection")),
            Fate::Refused => Err(Self::refused()),
            _ => self.wait_in_vain().await,
        }
    }
}

#[async_trait]
impl Endpoint for System {
    async fn start(&self, start: &Start) -> Result<Started, CallError> {
        let run = self.send(&start.key, false).await?;
        Ok(Started { run: run.to_string(), link: None })
    }

    async fn locate(&self, key: &str) -> Result<Option<Located>, CallError> {
        self.ask(|around| {
            let index = around.jobs.iter().position(|job| job.key == key)?;
            let status = RunStatus { state: around.jobs[index].state(), message: None };
            Some(Located { run: index.to_string(), status })
        })
        .await
    }

    async fn poll(&self, run: &str) -> Result<RunStatus, CallError> {
        let index: usize = run.parse().expect("a run of ours");
        self.ask(|around| {
            use RunState::*;
            let truth = around.jobs[index].state();
            let state = match around.manner.lies {
                true => {
                    [Running, Succeeded, Failed, Cancelled, truth][around.dice.roll(5) as usize]
                }
                false => truth,
            };
            RunStatus { state, message: None }
        })
        .await
    }

    async fn cancel(&self, run: &str) -> Result<(), CallError> {
        let index: usize = run.parse().expect("a run of ours");
        self.ask(|around| {
            let job = &mut around.jobs[index];
            if job.state() == RunState::Running {
                (job.ends, job.end) = (Some(Moment::now()), RunState::Cancelled);
            }
        })
        .await
    }

    async fn logs(&self, _: &str, after: u64, _: bool) -> Result<Logs, CallError> {
        let mut around = lock(&self.shared);
        match around.one_in(9) {
            true => Err(CallError::unclear("no logs")),
            false => Ok(Logs {
                text: "a line\nand another".into(),
                next: after + 2,
                // Some have no end.
                more: around.manner.lies || around.one_in(3),
            }),
        }
    }

    async fn rollback(&self, rollback: &Rollback) -> Result<RolledBack, CallError> {
        let run = self.send(&rollback.key, true).await?;
        Ok(RolledBack { run: Some(run.to_string()) })
    }

    async fn version(&self, _: &Place) -> Result<Option<ToldVersion>, CallError> {
        Ok(None)
    }

    async fn health(&self) -> Result<Health, CallError> {
        let ok = self.ask(|around| !around.one_in(8)).await?;
        Ok(Health { ok, detail: "as it is".into(), milliseconds: 1 })
    }

    fn can_locate(&self) -> bool {
        lock(&self.shared).manner.locates
    }

    fn can_cancel(&self) -> bool {
        lock(&self.shared).manner.cancels
    }

    fn can_roll_back(&self) -> bool {
        true
    }

    fn start_is_idempotent(&self) -> bool {
        lock(&self.shared).manner.one_run_a_key
    }

    fn retry_start(&self) -> Option<RetryRule> {
        let retries = lock(&self.shared).manner.retries;
        retries.then(|| RetryRule { statuses: vec![503], times: 2, minutes: 3 })
    }

    fn retry_rollback(&self) -> Option<RetryRule> {
        self.retry_start()
    }

    fn rollback_is_idempotent(&self) -> bool {
        self.start_is_idempotent()
    }
}

#[derive(Clone)]
struct Process {
    shared: Shared,
    token: u64,
    asleep_until: Arc<Mutex<Moment>>,
}

impl Process {
    fn new(shared: &Shared) -> Self {
        let token = lock(shared).token;
        let asleep_until = Arc::new(Mutex::new(Moment::now()));
        Self { shared: shared.clone(), token, asleep_until }
    }

    /// Waits while the machine sleeps.
    async fn awake(&self) {
        loop {
            let until = *self.asleep_until.lock().unwrap();
            if until <= Moment::now() {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    fn still_holds_the_lease(&self) -> Result<()> {
        match lock(&self.shared).token == self.token {
            true => Ok(()),
            false => Err(Error::conflict("Another program runs the deployments by now.")),
        }
    }
}

#[async_trait]
impl Host for Process {
    fn now(&self) -> Instant {
        lock(&self.shared).clock()
    }

    fn stops(&self) -> bool {
        false
    }

    fn cancels(&self, key: &DeploymentKey, number: u32) -> bool {
        let run = lock(&self.shared).world.deployment(key).run;
        run.is_some_and(|run| run.number == number && run.cancelled.is_some())
    }

    async fn may_send(&self) -> Result<()> {
        self.awake().await;
        let held = self.still_holds_the_lease();
        lock(&self.shared).stood_back += u64::from(held.is_err());
        held
    }

    async fn endpoint(&self, target: &Target) -> Result<Arc<dyn Endpoint>> {
        self.awake().await;
        Ok(Arc::new(System { shared: self.shared.clone(), target: target.id.clone() }))
    }

    async fn package(&self, hash: &Digest) -> Result<Package> {
        Ok(Package::new("fix", 0, hash.0.clone(), || Ok(Box::new(std::io::empty()))))
    }

    async fn log(&self, _: &DeploymentKey, _: &str, _: &'static str, _: Vec<String>) -> Result<()> {
        sleep(Duration::from_micros(200)).await;
        self.awake().await;
        Ok(())
    }

    async fn log_read(
        &self,
        _: &DeploymentKey,
        _: &str,
        _: &str,
        _: Vec<String>,
        _: u64,
    ) -> Result<()> {
        self.log(&DeploymentKey::default(), "", "endpoint", Vec::new()).await
    }

    async fn followed(&self, _: &str) -> Result<Followed> {
        self.awake().await;
        Ok(Followed::default())
    }

    async fn silent(&self, _: &str, _: Option<Instant>) -> Result<()> {
        Ok(())
    }

    async fn follow_is_over(&self, _: &str) -> Result<()> {
        Ok(())
    }

    async fn end(&self, outcome: deploy::EndStep) -> Result<()> {
        sleep(Duration::from_millis(2)).await;
        self.awake().await;
        self.still_holds_the_lease()?;
        let mut around = lock(&self.shared);
        if around.one_in(60) {
            return Err(Error::internal("The disk is full."));
        }
        around.engine(&outcome).map(drop)
    }
}

struct Sim {
    shared: Shared,
    key: DeploymentKey,
    process: Process,
    working: JoinSet<()>,
    /// Work of processes that slept through their lease.
    sleepers: JoinSet<()>,
    busy: Arc<Mutex<BTreeSet<String>>>,
}

impl Sim {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let manner = Manner {
            locates: dice.roll(4) > 0,
            one_run_a_key: dice.roll(2) == 0,
            cancels: dice.roll(3) > 0,
            retries: dice.roll(2) == 0,
            lies: dice.roll(12) == 0,
            trouble: [0, 5, 20, 60][dice.roll(4) as usize],
        };
        let mut world = World::new();
        let agent = json!({
            "kind": "endpoint", "id": "agent", "name": "Agent", "recipe": "generic-http",
            "base_url": "http://127.0.0.1:9/",
        });
        world.save(serde_json::from_value(agent).unwrap());
        let waves = 1 + dice.roll(2);
        let targets: Vec<_> = (0..1 + dice.roll(4))
            .map(|n| json!({ "id": format!("t{n}"), "wave": n % waves + 1, "endpoint": "agent" }))
            .collect();
        let on_failure = ["ask", "abort", "roll_back"][dice.roll(3) as usize];
        let product = json!({
            "kind": "product", "id": "shop", "name": "Shop",
            "environments": [{
                "id": "production", "name": "Production", "production": true, "soak_minutes": 0,
                "targets": targets,
                "rollout": {
                    "at_once": 1 + dice.roll(3), "on_failure": on_failure, "step_minutes": 1,
                    "health_seconds": 5,
                },
            }],
        });
        world.save(serde_json::from_value(product).unwrap());
        let key = world.plan(1, minutes(0, 600), expected(30, &[])).unwrap();
        world.by("ann", &deploy::StartDeployment { key: key.clone() }).unwrap();
        let (now, start) = (Moment::now(), world.at);
        let around = Around {
            world,
            dice,
            manner,
            jobs: Vec::new(),
            arrived: BTreeMap::new(),
            endless: false,
            token: 1,
            stood_back: 0,
            on_its_way: BTreeSet::new(),
            cut_until: now,
            begun: now,
            ahead: 0,
            start,
            broken: Vec::new(),
        };
        let shared = Arc::new(Mutex::new(around));
        Self {
            process: Process::new(&shared),
            shared,
            key,
            working: JoinSet::new(),
            sleepers: JoinSet::new(),
            busy: Arc::default(),
        }
    }

    fn roll(&self, sides: u64) -> u64 {
        lock(&self.shared).dice.roll(sides)
    }

    fn stands(&self) -> (Deployment, BTreeMap<String, TargetRun>) {
        lock(&self.shared).world.stands(&self.key)
    }

    fn engine<C: crate::stages::Command>(&self, command: &C) -> Result<C::Answer> {
        lock(&self.shared).engine(command)
    }

    fn work<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        target: &str,
        work: impl FnOnce(Worker<Process>) -> F,
        deployment: &Deployment,
        key: String,
    ) {
        let worker = Worker::new(
            self.process.clone(),
            &Arc::new(deployment.clone()),
            target.to_owned(),
            key,
        );
        let (busy, name, work) = (self.busy.clone(), target.to_owned(), work(worker));
        busy.lock().unwrap().insert(name.clone());
        self.working.spawn(async move {
            work.await;
            busy.lock().unwrap().remove(&name);
        });
    }

    fn carry_out(&mut self, deployment: &Deployment, effect: Effect) {
        let key = self.key.clone();
        match effect {
            Effect::Begin { target, step, attempt } => {
                let run = deployment.run.as_ref().unwrap().number;
                let step_name = step.clone();
                let intend = deploy::IntendStep { key, target: target.clone(), run, step, attempt };
                // Somebody may have decided in this very moment.
                let Ok(intended) = self.engine(&intend) else { return };
                let begin = |worker: Worker<Process>| async move { worker.begin(&step_name).await };
                self.work(&target, begin, deployment, intended.key);
            }
            Effect::Resume { target, key, step } => {
                let look = |worker: Worker<Process>| async move {
                    worker.locate(&step, Absent::Resume).await;
                };
                self.work(&target, look, deployment, key);
            }
            Effect::LookAgain { target, key, step } => {
                let look = |worker: Worker<Process>| async move {
                    worker.locate(&step, Absent::AskPerson).await;
                };
                self.work(&target, look, deployment, key);
            }
            Effect::Follow { target, key, run, since } => {
                let follow =
                    |worker: Worker<Process>| async move { worker.follow(&run, since).await };
                self.work(&target, follow, deployment, key);
            }
            Effect::CheckHealth { target, key } => {
                let look = |worker: Worker<Process>| async move { worker.health().await };
                self.work(&target, look, deployment, key);
            }
            Effect::Hold { target, unknown, reason } => {
                drop(self.engine(&deploy::HoldRun { key, target, unknown, reason }));
            }
            Effect::Answer { .. } => drop(self.engine(&deploy::AnswerHold { key })),
            Effect::Finish => drop(self.engine(&deploy::FinishRun { key })),
            Effect::Measure { .. } | Effect::HoldGate { .. } => panic!("there are no gates"),
        }
    }

    /// Somebody looks at the run, and decides by what is true at the system.
    fn person(&self, deployment: &Deployment, targets: &BTreeMap<String, TargetRun>) {
        let Some(run) = &deployment.run else { return };
        let Some(hold) = &run.hold else { return };
        let mut around = lock(&self.shared);
        let steps = targets.get(&hold.target);
        let step = steps.and_then(|steps| steps.in_doubt().or(steps.last(run.number)));
        let job = step.and_then(|step| around.jobs.iter().position(|job| job.key == step.key));
        let truth = job.map(|index| around.jobs[index].state());
        // Nobody is as fast as that.
        if step.is_some_and(|step| around.on_its_way.contains(&step.key)) {
            return;
        }
        use Decision::*;
        let decision = match (hold.unknown, around.dice.roll(8)) {
            (true, 0 | 1) => LookAgain,
            (true, _) => match (truth, step) {
                (Some(RunState::Running), _) => {
                    // What runs for ever is stopped where it runs.
                    let job = &mut around.jobs[job.unwrap()];
                    if job.ends.is_none() {
                        (job.ends, job.end) = (Some(Moment::now()), RunState::Cancelled);
                    }
                    return;
                }
                (Some(RunState::Succeeded), _) => ItWorked,
                _ => ItDidNot,
            },
            (false, 0..=3) => Retry,
            (false, 4) => Skip,
            (false, 5 | 6) if run.kind == RunKind::Deploy => RollBack,
            (false, _) => Stop,
        };
        around.world.at = around.clock();
        let (key, reason) = (self.key.clone(), "so it is".to_owned());
        drop(around.world.by("ben", &deploy::DecideHold { key, decision, reason }));
    }

    async fn die(&mut self) {
        self.working.shutdown().await;
        self.busy.lock().unwrap().clear();
        let down = self.roll(30);
        sleep(Duration::from_secs(down)).await;
        self.take_over();
    }

    /// The machine falls asleep, and wakes up when another process goes on, or has ended, with its work.
    async fn sleep_through_the_lease(&mut self) {
        let lease = Duration::from_secs(8);
        let wakes = lease + Duration::from_secs(1 + self.roll(40));
        *self.process.asleep_until.lock().unwrap() = Moment::now() + wakes;
        let mut left = std::mem::take(&mut self.working);
        self.sleepers.spawn(async move { while left.join_next().await.is_some() {} });
        sleep(lease).await;
        self.busy = Arc::default();
        self.take_over();
    }

    fn take_over(&mut self) {
        lock(&self.shared).token += 1;
        self.process = Process::new(&self.shared);
    }

    /// What is true at the end, whatever happened on the way.
    fn judge(&self, deployment: &Deployment, targets: &BTreeMap<String, TargetRun>) {
        let around = lock(&self.shared);
        assert_eq!(around.broken, [""; 0], "{targets:#?}");
        let runs = deployment.finished_runs.iter().chain(&deployment.run);
        let rollbacks = runs.filter(|run| run.kind == RunKind::Rollback).count();
        assert!(rollbacks <= 1, "rolled back {rollbacks} times");
        if around.manner.lies {
            return;
        }
        let truth =
            |step: &Step| around.jobs.iter().find(|job| job.key == step.key).map(Job::state);
        for (target, steps) in targets {
            for step in steps.steps.iter().filter(|step| !step.step.ends_with("health")) {
                match step.result {
                    Some(StepOutcome::Succeeded) => {
                        assert_eq!(truth(step), Some(RunState::Succeeded), "{target}: {step:?}");
                    }
                    Some(StepOutcome::Refused { .. }) => {
                        assert_eq!(truth(step), None, "{target}: {step:?}");
                    }
                    Some(StepOutcome::Failed { .. } | StepOutcome::Cancelled) => {
                        assert!(
                            !matches!(truth(step), Some(RunState::Succeeded | RunState::Running)),
                            "{target}: {step:?}"
                        );
                    }
                    _ => {}
                }
            }
        }
        let running: Vec<_> = around
            .jobs
            .iter()
            .filter(|job| job.state() == RunState::Running)
            .map(|job| (&job.key, job.undoes))
            .collect();
        assert_eq!(running, [], "the environment is free, and something still runs there");
    }

    /// How it ends.
    async fn run(&mut self) -> DeploymentState {
        for _ in 0..4000 {
            let (deployment, targets) = self.stands();
            if deployment.state != DeploymentState::Deploying {
                // Whoever still sleeps wakes up to a run that is over.
                while self.sleepers.join_next().await.is_some() {}
                self.judge(&deployment, &targets);
                return deployment.state;
            }
            let now = lock(&self.shared).clock();
            let busy = self.busy.lock().unwrap().clone();
            let due = deployer::next(&deployment, &targets, now, |name| busy.contains(name));
            let idle = due.is_empty() && self.working.is_empty();
            let before = deployment.run.as_ref().map(|run| run.number);
            for effect in due {
                self.carry_out(&deployment, effect);
                let after =
                    lock(&self.shared).world.deployment(&self.key).run.map(|run| run.number);
                if after != before {
                    break;
                }
            }
            match self.roll(40) {
                0..3 => self.die().await,
                3 => {
                    let lasts = Duration::from_secs(self.roll(90));
                    lock(&self.shared).cut_until = Moment::now() + lasts;
                }
                4 => {
                    let by = self.roll(4 * 3600) as i64 * 1_000_000;
                    let back = self.roll(4) == 0;
                    lock(&self.shared).ahead += if back { -by / 60 } else { by };
                }
                5 => self.sleep_through_the_lease().await,
                6 if self.roll(3) == 0 => {
                    let (key, reason) = (self.key.clone(), "not now".to_owned());
                    let mut around = lock(&self.shared);
                    around.world.at = around.clock();
                    drop(around.world.by("ben", &deploy::CancelRun { key, reason }));
                }
                _ => {}
            }
            if idle || self.roll(8) == 0 {
                let (deployment, targets) = self.stands();
                self.person(&deployment, &targets);
            }
            let pause = Duration::from_millis(1 + self.roll(3000));
            if self.roll(2) == 0 {
                // Not when something ends, but in the midst of it.
                sleep(pause).await;
                while self.working.try_join_next().is_some() {}
            } else {
                let _ = tokio::time::timeout(pause, self.working.join_next()).await;
            }
        }
        panic!("it neither ended nor asked: {:#?}", self.stands());
    }
}

fn on_paused_time() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap()
}

/// How it ends, and how many calls were not made because another process had taken over.
fn simulate(seed: u64) -> (DeploymentState, u64) {
    on_paused_time().block_on(async {
        let mut sim = Sim::new(seed);
        let end = sim.run().await;
        let stood_back = lock(&sim.shared).stood_back;
        (end, stood_back)
    })
}

#[test]
fn ten_thousand_runs_over_a_network_that_does_as_it_likes() {
    let seed: Option<u64> = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    if let Some(seed) = seed {
        simulate(seed);
        return;
    }
    let halves = [0..5000, 5000..10_000_u64].map(|seeds| {
        std::thread::spawn(move || {
            let (mut ends, mut stood_back) = (BTreeMap::<String, u32>::new(), 0);
            for seed in seeds {
                let run = std::panic::AssertUnwindSafe(|| simulate(seed));
                let end = std::panic::catch_unwind(run);
                let (end, calls) = end.unwrap_or_else(|_| panic!("run it again with SEED={seed}"));
                stood_back += calls;
                *ends.entry(format!("{end:?}")).or_default() += 1;
            }
            (ends, stood_back)
        })
    });
    for half in halves {
        let (ends, stood_back) = half.join().expect("a run broke; its seed is above");
        println!("{ends:?}, and {stood_back} calls left to who took over");
        assert!(stood_back > 50, "{stood_back} slept between intent and call");
        for end in ["Validating", "RolledBack", "Failed"] {
            assert!(ends.get(end).is_some_and(|many| *many > 300), "{ends:?}");
        }
    }
}

#[test]
fn a_step_ends_at_its_limit_however_often_its_process_dies() {
    on_paused_time().block_on(async {
        let mut sim = Sim::new(7);
        let calm = Manner {
            locates: true,
            one_run_a_key: true,
            cancels: false,
            retries: false,
            lies: false,
            trouble: 0,
        };
        {
            let mut around = lock(&sim.shared);
            (around.manner, around.endless) = (calm, true);
        }
        let (begun, mut deaths) = (Moment::now(), 0);
        let hold = loop {
            let (deployment, targets) = sim.stands();
            if let Some(hold) = deployment.run.as_ref().and_then(|run| run.hold.clone()) {
                break hold;
            }
            let now = lock(&sim.shared).clock();
            for effect in deployer::next(&deployment, &targets, now, |_| false) {
                sim.carry_out(&deployment, effect);
            }
            sleep(Duration::from_secs(7)).await;
            sim.die().await;
            deaths += 1;
            assert!(deaths < 60, "the limit begins anew with each process");
        };
        assert!(hold.unknown && hold.reason.contains("1 min"), "{hold:?}");
        // A minute, and at most a death and what came before it.
        let took = begun.elapsed().as_secs();
        assert!(deaths > 1 && (60..60 + 7 + 30 + 2).contains(&took), "{took} s, {deaths} deaths");
    });
}
