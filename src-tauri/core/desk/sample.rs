//! The sample workspace: realistic, from a seed, made through the same commands as anything else.
//!
//! A clock that is moved by hand lets the past happen in order. The same seed gives the same
//! content; only ids, salts and the day it is made on differ.

mod catalog;
mod duty;
mod fixes;
mod plans;
mod watch;
mod words;

use super::{Desk, Options};
use crate::{
    clock::{Clock, Instant, ManualClock},
    error::Result,
    event::{ReportText, words::*},
    stages::{Command, configure, deploy, report, triage},
};
use fixes::Step;
use plans::{End, PLANS, Plan};
use std::{path::Path, sync::Arc, time::Duration};
use words::{TROUBLES, Trouble};

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

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;
/// Long enough for closed hot fixes and an inbox with a history.
const WEEKS: u64 = 28 * DAY;

struct Maker {
    desk: Desk,
    clock: Arc<ManualClock>,
    dice: Dice,
    /// Where the past ends.
    until: Instant,
    /// A message that is still being tried, and since when.
    undelivered: Option<(MessageKey, Instant)>,
}

impl Maker {
    fn by<C: Command>(&self, person: &str, command: &C) -> Result<C::Answer> {
        self.desk.as_person(&PersonId(person.into())).command(command)
    }

    fn pass(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    /// Lets time pass up to so many minutes before now.
    fn reach(&self, ago: u64) {
        let then = self.until.minus(Duration::from_secs(ago * 60));
        self.clock.advance(then.since(self.clock.now().min(then)));
    }

    /// A version of a product: 0 is the newest.
    fn version(&self, product: &str, age: usize) -> &'static str {
        let versions = catalog::PRODUCTS.iter().find(|one| one.0 == product).map(|one| one.3);
        versions.and_then(|versions| versions.get(age).or(versions.last())).copied().unwrap_or("")
    }
}

/// What becomes of a report.
#[derive(Clone, Copy)]
enum Fate {
    /// Nobody has looked at it yet.
    New,
    /// Judged, and its clock runs.
    Open,
    /// Judged, and the reporter was asked.
    Asked,
    Closed,
    Deferred,
    Rejected,
    Fixed(&'static Plan),
    /// The same trouble as a hot fix's.
    Same(&'static Plan),
}

struct Report {
    ago: u64,
    trouble: &'static Trouble,
    with: &'static str,
    /// P1 to P5.
    priority: usize,
    fate: Fate,
}

enum What {
    Report(usize),
    Judge(usize),
    Settle(usize),
    Fix(usize, Step),
    Release,
}

/// Minutes before now at which the open issues came, with their priority: two are late, three are
/// at risk, the others have time, whichever day of the week it is.
const OPEN: &[(u64, usize)] = &[
    (560, 2),
    (205, 1),
    (400, 2),
    (95, 2),
    (240, 3),
    (900, 4),
    (650, 2),
    (420, 2),
    (310, 3),
    (480, 3),
    (620, 3),
    (760, 3),
    (1_000, 4),
    (1_150, 3),
    (1_400, 4),
    (1_700, 5),
    (1_900, 4),
    (2_100, 4),
    (2_500, 5),
    (2_900, 5),
    (3_400, 5),
    (3_900, 5),
    (4_500, 5),
];
const ASKED: &[(u64, usize)] = &[(1_500, 3), (2_700, 4)];
const NEW: &[u64] = &[4, 11, 19, 32, 41, 58, 77, 90, 118, 151, 187, 236];

/// What came in so many minutes ago came from a machine, which has seen it ten thousand times.
const STORM: u64 = 32;

/// Makes the file and opens it with the given options.
pub fn make(path: &Path, issues: usize, seed: u64, options: Options) -> Result<Desk> {
    let now = options.clock.now();
    // The top of the hour, four weeks ago.
    let start = Instant::from_micros(now.micros() / 3_600_000_000 * 3_600_000_000)
        .minus(Duration::from_secs(WEEKS * 60));
    let clock = Arc::new(ManualClock::at(start));
    let made = Options {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        device: options.device.clone(),
        ..Options::default()
    };
    let desk = Desk::create_in_zone(path, "Acme Shop", "Europe/Berlin", made)?;
    let mut maker = Maker { desk, clock, dice: Dice(seed), until: now, undelivered: None };
    catalog::catalog(&maker)?;
    duty::rotas(&maker)?;
    for (product, ..) in catalog::PRODUCTS {
        release(&maker, product, maker.version(product, 1), Vec::new())?;
    }
    history(&mut maker, issues)?;
    duty::handed_over(&maker)?;
    // Who tries the sample out mails nobody.
    maker.by("rita", &configure::SetDryRun { on: true })?;
    drop(maker);
    let desk = Desk::open(path, options)?;
    desk.store().set_setting("profile", "rita")?;
    Ok(desk)
}

/// Everything that happened, in its order.
fn history(maker: &mut Maker, issues: usize) -> Result<()> {
    let plans = &PLANS[..PLANS.len().min(issues / 3)];
    let reports = reports(maker, issues, plans);
    let mut all = vec![(6 * DAY + 3 * HOUR, What::Release)];
    for (index, report) in reports.iter().enumerate() {
        all.push((report.ago, What::Report(index)));
        if !matches!(report.fate, Fate::New) {
            let soon = (2 + maker.dice.below(9) as u64).min(report.ago);
            all.push((report.ago - soon, What::Judge(index)));
        }
        let patience = match report.fate {
            Fate::Closed | Fate::Deferred | Fate::Rejected => 40 + maker.dice.below(900) as u64,
            Fate::Asked | Fate::Same(_) => 25,
            _ => continue,
        };
        all.push((report.ago.saturating_sub(patience), What::Settle(index)));
    }
    for (index, plan) in plans.iter().enumerate() {
        all.extend(plan.steps().into_iter().map(|(ago, step)| (ago, What::Fix(index, step))));
    }
    // A stable order: what is due at one minute happens as it was thought of.
    all.sort_by_key(|(ago, _)| std::cmp::Reverse(*ago));
    let mut keys: Vec<Option<IssueKey>> = vec![None; reports.len()];
    let mut fixes: Vec<Option<HotfixKey>> = vec![None; plans.len()];
    let first = |plan: &Plan| {
        reports.iter().position(|one| matches!(one.fate, Fate::Fixed(of) if std::ptr::eq(of, plan)))
    };
    for (ago, what) in all {
        maker.reach(ago);
        match what {
            What::Report(index) => keys[index] = Some(log(maker, &reports[index])?),
            What::Judge(index) => {
                if let Some(key) = &keys[index] {
                    judge(maker, key, &reports[index])?;
                }
            }
            What::Settle(index) => {
                let report = &reports[index];
                let Some(key) = keys[index].clone() else { continue };
                let into = match report.fate {
                    Fate::Same(plan) => first(plan).and_then(|at| keys[at].clone()),
                    _ => None,
                };
                settle(maker, key, report, into)?;
            }
            What::Fix(index, Step::Start) => {
                let issue = first(&plans[index]).and_then(|at| keys[at].clone());
                if let Some(issue) = issue {
                    fixes[index] = Some(fixes::start(maker, &plans[index], &issue)?);
                }
            }
            What::Fix(index, step) => {
                if let Some(key) = &fixes[index] {
                    fixes::go_on(maker, &plans[index], key, step)?;
                }
            }
            What::Release => {
                for (product, ..) in catalog::PRODUCTS {
                    let shipped = plans.iter().zip(&fixes).filter(|(plan, _)| {
                        plan.product == *product
                            && plan.end == End::Closed
                            && plan.shipped.is_some_and(|then| then > ago)
                    });
                    let contains = shipped.filter_map(|(_, key)| key.clone()).collect();
                    release(maker, product, maker.version(product, 0), contains)?;
                }
            }
        }
    }
    maker.reach(0);
    for (plan, key) in plans.iter().zip(&fixes) {
        if let (true, Some(key)) = (plan.is_watched(), key) {
            watch::until_now(maker, key, maker.until, plan.end == End::Burning)?;
        }
    }
    Ok(())
}

/// An ordinary release, everywhere.
fn release(maker: &Maker, product: &str, version: &str, contains: Vec<HotfixKey>) -> Result<()> {
    for environment in ["staging", "production"] {
        let record = deploy::RecordRelease {
            product: product.into(),
            environment: environment.into(),
            version: version.into(),
            contains: contains.clone(),
            commit: String::new(),
        };
        maker.by("rita", &record)?;
    }
    Ok(())
}

/// What is reported, by whom it will be decided later on. Every trouble comes with everything it is
/// seen with once before any comes again.
fn reports(maker: &mut Maker, issues: usize, plans: &'static [Plan]) -> Vec<Report> {
    let mut all = Vec::new();
    for plan in plans {
        let Some(trouble) = TROUBLES.iter().find(|one| {
            one.product == plan.product
                && (one.title.starts_with(plan.trouble)
                    || one.title.replace("{}", plan.with).starts_with(plan.trouble))
        }) else {
            continue;
        };
        let report =
            |ago, fate| Report { ago, trouble, with: plan.with, priority: plan.priority, fate };
        all.push(report(plan.started + 12, Fate::Fixed(plan)));
        if issues >= 100 {
            all.push(report(plan.started.saturating_sub(35), Fate::Same(plan)));
        }
    }
    let mut pool: Vec<(&Trouble, &str)> = Vec::new();
    let draw = |maker: &mut Maker, pool: &mut Vec<(&'static Trouble, &'static str)>| {
        if pool.is_empty() {
            for trouble in TROUBLES {
                pool.extend(trouble.with.iter().map(|with| (trouble, *with)));
            }
            pool.retain(|(trouble, with)| {
                !plans.iter().any(|plan| {
                    plan.with == *with
                        && trouble.title.replace("{}", with).starts_with(plan.trouble)
                })
            });
        }
        pool.swap_remove(maker.dice.below(pool.len()))
    };
    let mut add = |maker: &mut Maker, ago, priority, fate| {
        let (trouble, with) = draw(maker, &mut pool);
        all.push(Report { ago, trouble, with, priority, fate });
        all.len()
    };
    for ago in NEW.iter().take(issues / 5) {
        add(maker, *ago, 3, Fate::New);
    }
    for (ago, priority) in OPEN.iter().take(issues / 5) {
        add(maker, *ago, *priority, Fate::Open);
    }
    let mut count = 0;
    for (ago, priority) in ASKED.iter().take(issues / 20) {
        count = add(maker, *ago, *priority, Fate::Asked);
    }
    while count < issues {
        let ago = 2 * DAY + maker.dice.below((25 * DAY) as usize) as u64;
        let fate = *maker.dice.of(&[
            Fate::Closed,
            Fate::Closed,
            Fate::Closed,
            Fate::Deferred,
            Fate::Rejected,
        ]);
        let priority = 3 + maker.dice.below(3);
        count = add(maker, ago, priority, fate);
    }
    all.truncate(issues);
    all
}

fn log(maker: &mut Maker, report: &Report) -> Result<IssueKey> {
    let (caller, line) = *maker.dice.of(words::CALLERS);
    let phone = maker.dice.below(3) == 0;
    let first = caller.split(' ').next().unwrap_or(caller).to_lowercase();
    let reach = if phone {
        format!("{line}{:02}", 10 + maker.dice.below(90))
    } else {
        format!("{first}@customer.example")
    };
    let trouble = report.trouble;
    let filled = |text: &str| text.replace("{}", report.with);
    let machine = matches!(report.fate, Fate::New) && report.ago == STORM;
    let mut request = report::LogIssue {
        text: ReportText {
            title: filled(trouble.title),
            description: filled(trouble.description),
            steps: filled(trouble.steps),
            workaround: filled(trouble.workaround),
            reporter: Contact { name: caller.into(), reach },
            ..ReportText::default()
        },
        channel: if phone { Channel::Phone } else { Channel::Mail },
        product: Some(trouble.product.into()),
        component: trouble.component.into(),
        version: maker.version(trouble.product, usize::from(report.ago > 6 * DAY)).into(),
        environment: "production".into(),
        affected: Some(1 + maker.dice.below(12) as u32),
        attachments: Vec::new(),
        origin: None,
    };
    let by = *maker.dice.of(&["sam", "lena", "noor"]);
    if !machine {
        return Ok(IssueKey(maker.by(by, &request)?.key));
    }
    request.channel = Channel::Monitoring;
    request.text.reporter = Contact::default();
    request.origin = Some(Origin {
        source: "alertmanager:alerts".into(),
        id: "alertname=ShopErrors".into(),
        url: "https://prometheus.acme.example/graph".into(),
    });
    let key = IssueKey(maker.by("engine", &request)?.key);
    let last_at = maker.desk.now();
    maker.by("engine", &report::SeeAgain { key: key.clone(), times: 9_999, last_at })?;
    Ok(key)
}

/// What support thinks of an issue, who takes it, and what is said about it.
fn judge(maker: &mut Maker, key: &IssueKey, report: &Report) -> Result<()> {
    let (impact, urgency) = match report.priority {
        1 => (Level::High, Level::High),
        2 => (Level::High, Level::Medium),
        3 => (Level::Medium, Level::Medium),
        4 => (Level::Medium, Level::Low),
        _ => (Level::Low, Level::Low),
    };
    let keys = vec![key.clone()];
    let request = triage::TriageIssues {
        keys: keys.clone(),
        impact_system: Level::Low,
        impact_users: impact,
        impact_business: Level::Low,
        urgency,
        unsure: Vec::new(),
        note: String::new(),
        partly: false,
    };
    let by = *maker.dice.of(&["sam", "lena", "noor"]);
    maker.by(by, &request)?;
    if matches!(report.fate, Fate::Open | Fate::Asked) {
        let person = Some(PersonId(by.into()));
        maker.by(
            by,
            &triage::Assign { keys, person, team: None, note: String::new(), partly: false },
        )?;
    }
    let talks = maker.dice.below(6);
    for (text, internal) in words::SAID.iter().skip(talks).take(2) {
        let comment = report::AddComment {
            key: key.clone(),
            text: (*text).into(),
            internal: *internal,
            attachments: Vec::new(),
        };
        maker.by(by, &comment)?;
    }
    Ok(())
}

/// What was decided about an issue that needs no hot fix of its own.
fn settle(
    maker: &mut Maker,
    key: IssueKey,
    report: &Report,
    same_as: Option<IssueKey>,
) -> Result<()> {
    let keys = vec![key];
    match report.fate {
        Fate::Asked => {
            let question = (*maker.dice.of(words::QUESTIONS)).into();
            maker
                .by("sam", &triage::AskReporter { keys, question, fill: false, partly: false })
                .map(drop)
        }
        Fate::Closed => {
            let reason = (*maker.dice.of(words::CLOSED)).into();
            maker.by("sam", &triage::CloseIssue { keys, reason, partly: false }).map(drop)
        }
        Fate::Deferred => {
            let reason = (*maker.dice.of(words::DEFERRED)).into();
            maker.by("rita", &triage::Defer { keys, reason, partly: false }).map(drop)
        }
        Fate::Rejected => {
            let reason = (*maker.dice.of(words::REJECTED)).into();
            maker.by("sam", &triage::Reject { keys, reason, partly: false }).map(drop)
        }
        Fate::Same(_) => match same_as {
            Some(into) => maker
                .by(
                    "noor",
                    &triage::Merge { keys, into, note: "The same trouble.".into(), partly: false },
                )
                .map(drop),
            None => Ok(()),
        },
        Fate::New | Fate::Open | Fate::Fixed(_) => Ok(()),
    }
}
