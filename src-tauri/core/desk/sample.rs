//! The sample workspace: realistic, from a seed, made through the same commands as anything else.
//!
//! A clock that is moved by hand lets the past happen in order. The same seed gives the same
//! content; only ids, salts and the day it is made on differ.

mod watch;

use super::{Desk, Options};
use crate::{
    clock::{Clock, Instant, ManualClock},
    error::Result,
    event::{BuildNotes, CauseText, ReportText, SolutionText, words::*},
    integrations::archive,
    stages::{
        Command, announce, approve, close, configure, deploy, develop, monitor, package, report,
        schedule, triage, validate,
    },
};
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

/// A small generator with a fixed algorithm (SplitMix64): the same seed gives the same numbers for
/// ever, which no library promises.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const PEOPLE: &[(&str, &str, &[Role])] = &[
    ("rita", "Rita Marsh", &[Role::ReleaseManager, Role::Owner]),
    ("dana", "Dana Novak", &[Role::Developer]),
    ("marc", "Marc Weber", &[Role::Approver, Role::ReleaseManager]),
    ("ines", "Inês Duarte", &[Role::Approver]),
    ("sam", "Sam Okafor", &[Role::Support]),
    ("lena", "Lena Fritz", &[Role::Support, Role::Developer]),
    ("noor", "Noor Haddad", &[Role::Support]),
    ("karim", "Karim Aziz", &[Role::Stakeholder]),
];

const PRODUCTS: &[(&str, &str, &[&str], &[&str])] = &[
    ("shop", "Shop", &["Checkout", "Cart", "Returns", "Catalogue"], &["4.8.1", "4.8.0", "4.7.9"]),
    ("billing", "Billing", &["Invoices", "Tax", "Exports"], &["2.3", "2.2.4"]),
    ("accounts", "Accounts", &["Sign-in", "Profile", "Mail"], &["7.0", "6.9"]),
];

const TROUBLES: &[(&str, &str, &str)] = &[
    (
        "Checkout shows error 500 after “Pay”",
        "Since about 14:00 customers with a saved card get an error page after “Pay”. The order is not created, the card is not charged.",
        "Guest checkout works.",
    ),
    (
        "Invoices carry the wrong VAT rate",
        "Invoices for customers in Portugal show 19 % instead of 23 %.",
        "",
    ),
    (
        "Password reset mail arrives twice",
        "The second mail makes the link of the first one invalid.",
        "Use the newer mail.",
    ),
    ("المتصفح يتجمد عند فتح السلة", "يتوقف المتصفح عن الاستجابة بعد إضافة أكثر من عشرين منتجًا.", ""),
    (
        "Export to CSV loses the last line",
        "Every export lacks its last row, also with one row.",
        "Add an empty row before exporting.",
    ),
    (
        "Dark mode: totals are unreadable",
        "Grey on grey in the order summary.",
        "Switch to light mode.",
    ),
    ("Typo on the returns page", "“Recieve” instead of “Receive” in the second paragraph.", ""),
    (
        "Coupon can be used twice within a second",
        "Two tabs, one coupon, both orders get the discount.",
        "",
    ),
    ("検索結果が空になる", "全角スペースを入れると結果が0件になります。", "半角スペースを使う。"),
    (
        "Search takes more than ten seconds",
        "p99 of /search over 4 s for ten minutes, since the index was rebuilt.",
        "",
    ),
    (
        "Saved address is lost after sign-out",
        "The address form is empty after the next sign-in.",
        "Copy the address before.",
    ),
    ("Order confirmation shows the wrong currency", "Prices in CHF are shown with a € sign.", ""),
    (
        "Sign-in loops on Safari 18",
        "After the code the first page comes again.",
        "Use another browser.",
    ),
    ("Images do not load on slow connections", "Placeholders stay grey for minutes on 3G.", ""),
    ("Rückgabe ohne Etikett möglich", "Der Knopf „Etikett drucken“ kann übersprungen werden.", ""),
    (
        "Download of older invoices answers 404",
        "Everything before March is gone from the list’s links.",
        "Ask support for a copy.",
    ),
];

const CALLERS: &[&str] = &[
    "Ann Petrov",
    "João Silva",
    "Mia Schneider",
    "Omar Farouk",
    "Yuki Tanaka",
    "Chloé Martin",
    "Piotr Kowalski",
    "Zoë Visser",
];

struct Maker {
    desk: Desk,
    clock: Arc<ManualClock>,
    dice: Dice,
}

impl Maker {
    fn by<C: Command>(&self, person: &str, command: &C) -> Result<C::Answer> {
        self.desk.as_person(&PersonId(person.into())).command(command)
    }

    fn pass(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }
}

/// The hot fixes (by age, as `hotfix` takes it) that are still being watched.
const WATCHED: [usize; 2] = [3, 4];

/// Makes the file and opens it with the given options.
pub fn make(path: &Path, issues: usize, seed: u64, options: Options) -> Result<Desk> {
    let now = options.clock.now();
    // The top of the hour, four weeks ago: long enough for closed hot fixes and an old inbox.
    let start = Instant::from_micros(now.micros() / 3_600_000_000 * 3_600_000_000)
        .minus(Duration::from_secs(28 * 24 * 3600));
    let clock = Arc::new(ManualClock::at(start));
    let made =
        Options { clock: Arc::clone(&clock) as Arc<dyn Clock>, device: options.device.clone() };
    let desk = Desk::create_in_zone(path, "Acme Shop", "Europe/Berlin", made)?;
    let mut maker = Maker { desk, clock, dice: Dice(seed) };
    catalog(&maker)?;
    let hotfixes = 7;
    let span = now.since(start).as_secs() / 60;
    let step = (span / (issues as u64 + 1)).max(1);
    let mut triaged = Vec::new();
    let mut watched = Vec::new();
    for index in 0..issues {
        if maker.clock.now().plus(Duration::from_secs(step * 60)) < now {
            maker.pass(step);
        }
        let key = log(&mut maker, index)?;
        // The newest few stay new; some of the others were answered in other ways.
        if index + 12 < issues || issues <= 12 && index % 2 == 0 {
            triaged.extend(judge(&mut maker, key)?);
        }
        // Hot fixes are spread over the weeks, so that some are closed and some have just begun.
        let due = (index + 1) * hotfixes / issues.max(1);
        if due > index * hotfixes / issues.max(1) && !triaged.is_empty() {
            let chosen = triaged.swap_remove(maker.dice.below(triaged.len()));
            let age = hotfixes - due;
            let key = hotfix(&mut maker, chosen, age)?;
            if WATCHED.contains(&age) {
                watched.push(key);
            }
        }
    }
    for (index, key) in watched.iter().enumerate() {
        watch::until_now(&mut maker, key, now, index == 0)?;
    }
    // Who tries the sample out mails nobody.
    maker.by("rita", &configure::SetDryRun { on: true })?;
    drop(maker);
    let desk = Desk::open(path, options)?;
    desk.store().set_setting("profile", "rita")?;
    Ok(desk)
}

fn catalog(maker: &Maker) -> Result<()> {
    let save =
        |object: CatalogObject| maker.by("rita", &configure::SaveObject { object, base: None });
    for (id, name, roles) in PEOPLE {
        save(CatalogObject::Person(Person {
            id: PersonId((*id).into()),
            name: (*name).into(),
            mail: format!("{id}@acme.example"),
            roles: roles.to_vec(),
            zone: "Europe/Berlin".into(),
        }))?;
    }
    let team = |id: &str, name: &str, members: &[&str]| {
        CatalogObject::Team(Team {
            id: id.into(),
            name: name.into(),
            members: members.iter().map(|one| PersonId((*one).into())).collect(),
        })
    };
    save(team("support", "Support", &["sam", "lena", "noor"]))?;
    save(team("payments", "Payments", &["dana", "karim"]))?;
    save(CatalogObject::Endpoint(Endpoint {
        id: "deploy-agent".into(),
        name: "Deploy agent".into(),
        recipe: "generic-http".into(),
        recipe_text: String::new(),
        base_url: "http://127.0.0.1:9/".into(),
        hosts: Vec::new(),
        secrets: Vec::new(),
    }))?;
    for (id, name, components, versions) in PRODUCTS {
        let environment =
            |env: &str, label: &str, production: bool, targets: &[&str]| Environment {
                id: env.into(),
                name: label.into(),
                production,
                soak_minutes: if production { 0 } else { 15 },
                targets: targets
                    .iter()
                    .enumerate()
                    .map(|(index, target)| Target {
                        id: (*target).into(),
                        wave: u32::from(index > 0) + 1,
                        endpoint: "deploy-agent".into(),
                        params: BTreeMap::new(),
                    })
                    .collect(),
                probes: watch::probes(id, production),
            };
        save(CatalogObject::Product(Product {
            id: CatalogId((*id).into()),
            name: (*name).into(),
            components: components.iter().map(|one| (*one).into()).collect(),
            versions: versions.iter().map(|one| (*one).into()).collect(),
            branches: vec!["main".into(), "release/current".into()],
            repository: String::new(),
            environments: vec![
                environment("staging", "Staging", false, &["staging-1"]),
                environment(
                    "production",
                    "Production",
                    true,
                    &["eu-west-1", "eu-west-2", "eu-west-3"],
                ),
            ],
            team: Some("payments".into()),
        }))?;
    }
    save(CatalogObject::Policy(Policy {
        id: "standard".into(),
        name: "Standard".into(),
        ..Policy::default()
    }))?;
    save(CatalogObject::Policy(Policy {
        id: "production".into(),
        name: "Production".into(),
        environment: Some("production".into()),
        hard: vec!["drops_what_runs".into()],
        ..Policy::default()
    }))?;
    save(CatalogObject::Rubric(Rubric {
        id: "standard".into(),
        name: "Standard".into(),
        hours: crate::calendar::BusinessHours::office("Europe/Berlin"),
        ..Rubric::default()
    }))?;
    let item = |id: &str, kind: CheckKind, text: &str| CheckItem {
        id: id.into(),
        kind,
        text: text.into(),
        expected: String::new(),
        required: true,
    };
    save(CatalogObject::Checklist(Checklist {
        id: "procedure".into(),
        name: "Before production".into(),
        product: None,
        environment: Some("production".into()),
        items: vec![
            item("backup", CheckKind::Procedure, "The database was backed up within the last hour"),
            item("duty", CheckKind::Procedure, "Somebody of the team is on duty until the end"),
        ],
    }))?;
    save(CatalogObject::Checklist(Checklist {
        id: "validation".into(),
        name: "After a deployment".into(),
        product: None,
        environment: None,
        items: vec![
            item("fixed", CheckKind::Functional, "What was reported no longer happens"),
            item("orders", CheckKind::Regression, "An order can be placed and paid"),
            item("sign-in", CheckKind::Regression, "Signing in and out works"),
        ],
    }))?;
    save(CatalogObject::Audience(Audience {
        id: "affected".into(),
        name: "Affected people and support".into(),
        product: None,
        affected: true,
        people: Vec::new(),
        teams: vec!["support".into()],
    }))?;
    save(CatalogObject::Audience(Audience {
        id: "stakeholders".into(),
        name: "Stakeholders".into(),
        product: None,
        affected: false,
        people: vec!["karim".into(), "marc".into()],
        teams: vec!["support".into()],
    }))?;
    save(CatalogObject::Template(Template {
        id: "fixed".into(),
        name: "It is fixed".into(),
        purpose: Purpose::Fixed,
        subject: "Fixed: {{ title }}".into(),
        body: "Good news: “{{ title }}” is fixed in {{ product }}.\n\n{{ solution }}\n\nYou need not do anything. Please tell us if you still see it.\n\nYour Acme support ({{ key }})".into(),
    }))?;
    let rule = |start: &str, minutes: u32, rrule: Option<&str>| crate::calendar::Rule {
        start: start.into(),
        zone: "Europe/Berlin".into(),
        duration_minutes: minutes,
        rrule: rrule.map(Into::into),
        exdates: Vec::new(),
    };
    save(CatalogObject::Calendar(CalendarEntry {
        id: "payroll".into(),
        name: "Payroll run".into(),
        purpose: CalendarKind::Freeze,
        products: vec!["billing".into()],
        environments: vec!["production".into()],
        rule: rule("2026-01-28T12:00", 330, Some("FREQ=MONTHLY;BYMONTHDAY=28")),
    }))?;
    save(CatalogObject::Calendar(CalendarEntry {
        id: "friday".into(),
        name: "No changes before the weekend".into(),
        purpose: CalendarKind::Freeze,
        products: Vec::new(),
        environments: vec!["production".into()],
        rule: rule("2026-01-02T16:00", 480, Some("FREQ=WEEKLY;BYDAY=FR")),
    }))?;
    maker.by("rita", &configure::SetDryRun { on: false })?;
    Ok(())
}

fn log(maker: &mut Maker, index: usize) -> Result<IssueKey> {
    let (title, description, workaround) = *maker.dice.of(TROUBLES);
    let (product, _, components, versions) = *maker.dice.of(PRODUCTS);
    let caller = *maker.dice.of(CALLERS);
    let phone = maker.dice.below(3) == 0;
    let component = *maker.dice.of(components);
    // Only the first of each kind keeps the bare title; the others say where they were seen.
    let title =
        if index < TROUBLES.len() { title.to_owned() } else { format!("{title} ({component})") };
    let first = caller.split(' ').next().unwrap_or(caller).to_lowercase();
    let request = report::LogIssue {
        text: ReportText {
            title,
            description: description.into(),
            workaround: workaround.into(),
            reporter: Contact {
                name: caller.into(),
                reach: if phone {
                    format!("+49 30 5550{:03}", maker.dice.below(1000))
                } else {
                    format!("{first}@customer.example")
                },
            },
            ..ReportText::default()
        },
        channel: if phone { Channel::Phone } else { Channel::Mail },
        product: Some(product.into()),
        component: component.into(),
        version: (*maker.dice.of(versions)).into(),
        environment: "production".into(),
        affected: Some(1 + maker.dice.below(12) as u32),
        attachments: Vec::new(),
    };
    let by = *maker.dice.of(&["sam", "lena", "noor"]);
    Ok(IssueKey(maker.by(by, &request)?.key))
}

/// What support decided about an issue; the ones that may become a hot fix come back.
fn judge(maker: &mut Maker, key: IssueKey) -> Result<Option<IssueKey>> {
    let level =
        |dice: &mut Dice| *dice.of(&[Level::Low, Level::Medium, Level::Medium, Level::High]);
    let request = triage::TriageIssues {
        keys: vec![key.clone()],
        impact_system: level(&mut maker.dice),
        impact_users: level(&mut maker.dice),
        impact_business: Level::Low,
        urgency: level(&mut maker.dice),
        note: String::new(),
    };
    let keys = vec![key.clone()];
    match maker.dice.below(10) {
        0 => {
            maker.by(
                "sam",
                &triage::AskReporter {
                    keys,
                    question: "Which browser was it, and does it happen again after signing out?"
                        .into(),
                },
            )?;
            Ok(None)
        }
        1 => {
            maker.by(
                "sam",
                &triage::Reject {
                    keys,
                    reason: "Works as described in the manual; we answered the question.".into(),
                },
            )?;
            Ok(None)
        }
        2..=3 => {
            maker.by("lena", &request)?;
            maker.by(
                "rita",
                &triage::Defer { keys, reason: "Small, and the next release is near.".into() },
            )?;
            Ok(None)
        }
        4..=6 => {
            maker.by("lena", &request)?;
            maker.by(
                "sam",
                &triage::CloseIssue {
                    keys,
                    reason: "Solved with the customer on the telephone.".into(),
                },
            )?;
            Ok(None)
        }
        _ => {
            maker.by("lena", &request)?;
            Ok(Some(key))
        }
    }
}

/// One hot fix, taken as far as its age allows: 0 and 1 are under way, older ones closed.
fn hotfix(maker: &mut Maker, issue: IssueKey, age: usize) -> Result<HotfixKey> {
    let key = HotfixKey(
        maker
            .by(
                "rita",
                &develop::StartHotfix {
                    issues: vec![issue.clone()],
                    title: String::new(),
                    product: None,
                },
            )?
            .key,
    );
    maker.by(
        "rita",
        &develop::AssignHotfix {
            key: key.clone(),
            base: None,
            person: Some("rita".into()),
            team: None,
            note: String::new(),
        },
    )?;
    if age == 0 {
        return Ok(key);
    }
    if WATCHED.contains(&age) {
        watch::callers(maker, &issue)?;
    }
    maker.by(
        "dana",
        &develop::RecordCause {
            key: key.clone(),
            base: None,
            cause: CauseKind::Code,
            since_version: "4.8.0".into(),
            since_commit: String::new(),
            text: CauseText {
                what: "The rate is read from the profile before the profile has been migrated."
                    .into(),
                whys: vec![
                    "The profile has no rate.".into(),
                    "The migration runs at the next sign-in.".into(),
                    "Nobody tested with an old profile.".into(),
                ],
                next: "Everything else that reads the profile before the migration.".into(),
            },
        },
    )?;
    maker.by(
        "dana",
        &develop::RecordSolution {
            key: key.clone(),
            base: None,
            text: SolutionText {
                text: "Read the rate where it is, and fall back to the country’s.".into(),
                alternatives: "Migrate all profiles at once: too slow for a hot fix.".into(),
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
        "dana",
        &develop::RecordChange {
            key: key.clone(),
            base: None,
            change: Change {
                commit: commit.clone(),
                branch: "release/current".into(),
                authored_at: Some(maker.clock.now()),
                files: vec![ChangedFile {
                    path: "cart/price.py".into(),
                    additions: 18,
                    deletions: 4,
                }],
                branches: vec![on("main"), on("release/current")],
            },
            text: ChangeText {
                repository: String::new(),
                subject: "cart: read the rate where it is, fall back to the country's".into(),
                message: String::new(),
                author: Contact { name: "Dana Novak".into(), reach: "dana@acme.example".into() },
            },
        },
    )?;
    maker.by(
        "dana",
        &develop::RecordTests {
            key: key.clone(),
            base: None,
            evidence: TestEvidence {
                commit: commit.clone(),
                suite: "cart, pay, end-to-end".into(),
                passed: 1204,
                failed: 0,
                skipped: 3,
                attachment: None,
            },
            log: String::new(),
        },
    )?;
    maker.by(
        "dana",
        &develop::RecordRisk {
            key: key.clone(),
            base: None,
            risk: Level::Medium,
            text: "Touches the price of every order.".into(),
        },
    )?;
    maker.by(
        "dana",
        &develop::RecordRollbackPlan {
            key: key.clone(),
            base: None,
            text: "Redeploy the package that runs now; it is kept.".into(),
        },
    )?;
    let (product, running) = maker.desk.as_person(&"rita".into()).judge(|state, _| {
        let product = state.hotfix(&key)?.product.clone();
        let running = state.environment(&product, "production")?.running.clone();
        Ok((product, running))
    })?;
    // A package keeps what runs: the other hot fixes' commits and files are in it.
    let mut commits = vec![commit.clone()];
    let mut files = vec!["cart/price.py".to_owned()];
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
            source: archive::Source::Bytes(
                format!("# {key}\nRATE = profile.rate or country.rate\n").into_bytes(),
            ),
            source_commit: Some(commit.clone()),
        })
        .collect();
    let built =
        archive::build(&product.0, &key.0, entries, "Restart the shop.", "", &mut |_| true)?;
    let (hash, size) = maker.desk.put_blob(built.file.reopen()?)?;
    maker.by(
        "dana",
        &package::RecordPackage {
            key: key.clone(),
            hash,
            size,
            files: built.manifest.files.into_iter().map(super::files::packaged).collect(),
            commits,
            notes: BuildNotes { install: "Restart the shop.".into(), rollback: String::new() },
        },
    )?;
    if age == 1 {
        return Ok(key);
    }
    maker.by("rita", &package::StartRollout { key: key.clone() })?;
    ship(maker, &key, "staging", age)?;
    if age == 2 {
        maker.by(
            "rita",
            &approve::RequestApproval {
                key: key.clone(),
                environment: "production".into(),
                note: "Staging looks good.".into(),
            },
        )?;
        return Ok(key);
    }
    maker.pass(20);
    ship(maker, &key, "production", age)?;
    if age == WATCHED[1] {
        watch::taken_back(maker, &key)?;
        watch::looked_into(maker, &key)?;
        watch::undelivered(maker, &key)?;
    }
    watch::tell(maker, &key, Purpose::Fixed)?;
    if WATCHED.contains(&age) {
        return Ok(key);
    }
    finish(maker, &key)?;
    Ok(key)
}

/// Approves, plans, tells, deploys and validates in one environment.
fn ship(maker: &Maker, key: &HotfixKey, environment: &str, _age: usize) -> Result<()> {
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
    let now = maker.clock.now();
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
    let engine = maker.desk.as_engine(None);
    let targets = planned(maker)?.targets;
    for (index, target) in targets.iter().enumerate() {
        for step in ["start", "health"] {
            let intended = engine.command(&deploy::IntendStep {
                key: deployment.clone(),
                target: target.id.clone(),
                run: 1,
                step: step.into(),
                attempt: 1,
            })?;
            maker.clock.advance(Duration::from_secs(6 + index as u64));
            if step == "start" {
                engine.command(&deploy::EndStep {
                    deployment: deployment.clone(),
                    target: target.id.clone(),
                    key: intended.key.clone(),
                    result: StepOutcome::Accepted { run: format!("{}", 88_100 + index) },
                    hold: None,
                })?;
            }
            maker.desk.store().add_log(
                &deployment.0,
                maker.clock.now(),
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
    engine.command(&deploy::FinishRun { key: deployment.clone() })?;
    maker.pass(4);
    for check in planned(maker)?.checks {
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
    maker.by("rita", &validate::FinishValidation { key: deployment })?;
    Ok(())
}

/// Watches to the end and closes.
fn finish(maker: &Maker, key: &HotfixKey) -> Result<()> {
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
            text: "Test with profiles from before the migration.".into(),
        },
    )?;
    let until = maker.clock.now();
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
