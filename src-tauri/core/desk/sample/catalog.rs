//! Who works in the sample, on what, by which rules and within which times.

use super::{Maker, watch};
use crate::{
    calendar::{BusinessHours, OpenHours},
    error::Result,
    event::words::*,
    stages::configure,
};
use std::collections::BTreeMap;

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

/// Where an automatic check asks, when somebody makes it; nobody answers there.
pub(super) const FRONT: &str = "staging.acme.example";

pub(super) const PRODUCTS: &[(&str, &str, &[&str], &[&str])] = &[
    ("shop", "Shop", &["Checkout", "Cart", "Returns", "Catalogue"], &["4.8.1", "4.8.0", "4.7.9"]),
    ("billing", "Billing", &["Invoices", "Tax", "Exports"], &["2.3", "2.2.4"]),
    ("accounts", "Accounts", &["Sign-in", "Profile", "Mail"], &["7.0", "6.9"]),
];

pub(super) fn catalog(maker: &Maker) -> Result<()> {
    let save = |object: CatalogObject| {
        maker.by("rita", &configure::SaveObject { object, base: None }).map(drop)
    };
    for (id, name, roles) in PEOPLE {
        save(CatalogObject::Person(Person {
            id: PersonId((*id).into()),
            name: (*name).into(),
            mail: format!("{id}@acme.example"),
            roles: roles.to_vec(),
            zone: if *id == "ines" { "Europe/Lisbon" } else { "Europe/Berlin" }.into(),
            hours: hours(id).map(Box::new),
            calendar: None,
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
    save(team("identity", "Identity", &["lena", "sam"]))?;
    save(team("release", "Release", &["rita", "marc", "ines"]))?;
    save(CatalogObject::Endpoint(Endpoint {
        id: "deploy-agent".into(),
        name: "Deploy agent".into(),
        recipe: "generic-http".into(),
        base_url: "http://127.0.0.1:9/".into(),
        ..Endpoint::default()
    }))?;
    // The last first: one that depends on another is saved after it.
    for (id, name, components, versions) in PRODUCTS.iter().rev() {
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
                        params: BTreeMap::from([("app".into(), (*id).into())]),
                    })
                    .collect(),
                probes: watch::probes(id, production),
                rollout: if production { rollout(id) } else { Rollout::default() },
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
            team: Some(if *id == "accounts" { "identity" } else { "payments" }.into()),
            tests: Vec::new(),
            checks: None,
            depends_on: if *id == "shop" { vec!["accounts".into()] } else { Vec::new() },
        }))?;
    }
    save(CatalogObject::Policy(Policy {
        id: "standard".into(),
        name: "Standard".into(),
        sign_off_by: SignOffBy { teams: vec!["support".into()], ..SignOffBy::default() },
        ..Policy::default()
    }))?;
    save(CatalogObject::Policy(Policy {
        id: "production".into(),
        name: "Production".into(),
        environment: Some("production".into()),
        hard: vec!["drops_what_runs".into()],
        ..Policy::default()
    }))?;
    save(CatalogObject::Policy(Policy {
        id: "production-critical".into(),
        name: "Production, critical".into(),
        environment: Some("production".into()),
        priorities: vec![Priority::P1],
        approvals: 2,
        each_role: vec![Role::Approver, Role::ReleaseManager],
        approval_hours: 8,
        hard: vec!["drops_what_runs".into()],
        ..Policy::default()
    }))?;
    save(CatalogObject::Policy(Policy {
        id: "production-minor".into(),
        name: "Production, can wait".into(),
        environment: Some("production".into()),
        priorities: vec![Priority::P4, Priority::P5],
        approval_hours: 12,
        hard: vec!["drops_what_runs".into(), "approval_missing".into()],
        ..Policy::default()
    }))?;
    save(CatalogObject::BusinessCalendar(BusinessCalendar {
        id: "berlin".into(),
        name: "Berlin office".into(),
        hours: BusinessHours {
            holidays: [
                "01-01 New Year",
                "05-01 Labour Day",
                "10-03 Unity Day",
                "12-25 Christmas Day",
            ]
            .map(String::from)
            .to_vec(),
            ..BusinessHours::office("Europe/Berlin")
        },
    }))?;
    save(CatalogObject::Rubric(Rubric {
        id: "standard".into(),
        name: "Standard".into(),
        hours: BusinessHours::office("Europe/Berlin"),
        ..Rubric::default()
    }))?;
    let item = |id: &str, kind: CheckKind, text: &str| CheckItem {
        id: id.into(),
        kind,
        text: text.into(),
        expected: String::new(),
        instructions: String::new(),
        required: true,
        how: CheckHow::Manual,
        components: Vec::new(),
    };
    save(CatalogObject::Checklist(Checklist {
        id: "procedure".into(),
        name: "Before production".into(),
        product: None,
        environment: Some("production".into()),
        priorities: Vec::new(),
        standard: None,
        items: vec![
            CheckItem {
                instructions: "1. Open the [backups](https://backup.acme.example/jobs) and look for \
                    *orders* and *payments*.\n2. Older than an hour: press **Back up now** and wait \
                    for the green mark.\n3. It fails: write to \
                    [the database team](mailto:databases@acme.example)."
                    .into(),
                ..item(
                    "backup",
                    CheckKind::Procedure,
                    "The database was backed up within the last hour",
                )
            },
            item("duty", CheckKind::Procedure, "Somebody of the team is on duty until the end"),
        ],
    }))?;
    save(CatalogObject::Checklist(Checklist {
        id: "validation".into(),
        name: "After a deployment".into(),
        product: None,
        environment: None,
        priorities: Vec::new(),
        standard: None,
        items: vec![
            item("fixed", CheckKind::Functional, "What was reported no longer happens"),
            item("orders", CheckKind::Regression, "An order can be placed and paid"),
            item("sign-in", CheckKind::Regression, "Signing in and out works"),
            CheckItem {
                how: CheckHow::Http {
                    method: "GET".into(),
                    url: format!("https://{FRONT}/"),
                    access: None,
                    body: String::new(),
                    assertions: vec![
                        Assertion::Status { is: 200 },
                        Assertion::Millis { at_most: 800 },
                    ],
                },
                ..item("front", CheckKind::Regression, "The front page answers")
            },
        ],
    }))?;
    save(CatalogObject::Checklist(Checklist {
        id: "price-list".into(),
        name: "Correct the price list".into(),
        product: Some("shop".into()),
        environment: None,
        priorities: Vec::new(),
        standard: Some(StandardChange {
            covers: "Prices and texts of the list, nothing that is computed from them".into(),
            most_risk: Level::Low,
            until: None,
        }),
        items: vec![
            item("checked", CheckKind::Procedure, "Somebody else has read the new list"),
            CheckItem {
                required: false,
                ..item("cache", CheckKind::Procedure, "The cache of the shop was emptied")
            },
            item("price", CheckKind::Functional, "A corrected price shows in the shop"),
        ],
    }))?;
    save(CatalogObject::Audience(Audience {
        id: "affected".into(),
        name: "Affected people and support".into(),
        product: None,
        environments: Vec::new(),
        tell: Telling::default(),
        affected: true,
        people: Vec::new(),
        teams: vec!["support".into()],
        readers: None,
        quiet: Quiet::Workspace,
    }))?;
    save(CatalogObject::Audience(Audience {
        id: "stakeholders".into(),
        name: "Stakeholders".into(),
        product: None,
        environments: vec!["production".into()],
        tell: Telling {
            before_minutes: vec![24 * 60, 60],
            start: true,
            end: true,
            delay: true,
            cancel: true,
        },
        affected: false,
        people: vec!["karim".into(), "marc".into()],
        teams: vec!["support".into()],
        readers: None,
        quiet: Quiet::Never,
    }))?;
    save(CatalogObject::Template(Template {
        id: "fixed".into(),
        name: "It is fixed".into(),
        purpose: Purpose::Fixed,
        readers: Some(Readers::Public),
        subject: "Fixed: {{ title }}".into(),
        body: "Good news: “{{ title }}” is fixed in {{ product }}.\n\n{% if solution %}{{ solution }}\n\n{% endif %}{% if instructions %}{{ instructions }}{% else %}You need not do anything.{% endif %} Please tell us if you still see it.\n\nYour Acme support ({{ key }})".into(),
        // A notification has room for a line.
        texts: [(
            MessageChannel::Desktop,
            ChannelText { subject: String::new(), text: "“{{ title }}” is fixed in {{ product }}.".into() },
        )]
        .into(),
    }))?;
    save(CatalogObject::Template(Template {
        id: "fixed-inside".into(),
        name: "It is fixed, for colleagues".into(),
        purpose: Purpose::Fixed,
        readers: Some(Readers::Internal),
        subject: "{{ key }} is fixed: {{ title }}".into(),
        body: "{{ product }}, {{ priority }}, {{ affected }} affected.\n\nWhat it was: {{ cause }}\nWhat was done: {{ solution }}\n{% if public or instructions %}\nWhat to tell who asks: {{ public }} {{ instructions }}\n{% endif %}\n{{ owner }} knows more.".into(),
        texts: std::collections::BTreeMap::new(),
    }))?;
    let rule = |start: &str, minutes: u32, rrule: Option<&str>| crate::calendar::Rule {
        start: start.into(),
        zone: "Europe/Berlin".into(),
        duration_minutes: minutes,
        rrule: rrule.map(Into::into),
        ..crate::calendar::Rule::default()
    };
    let entry = |id: &str, name: &str, purpose, rule| CalendarEntry {
        id: id.into(),
        name: name.into(),
        purpose,
        products: Vec::new(),
        environments: vec!["production".into()],
        components: Vec::new(),
        targets: Vec::new(),
        people: Vec::new(),
        replaces: Vec::new(),
        rule,
        note: String::new(),
        origin: None,
    };
    save(CatalogObject::Calendar(CalendarEntry {
        products: vec!["billing".into()],
        ..entry(
            "payroll",
            "Payroll run",
            CalendarKind::Freeze,
            rule("2026-01-28T12:00", 330, Some("FREQ=MONTHLY;BYMONTHDAY=28")),
        )
    }))?;
    save(CatalogObject::Calendar(entry(
        "friday",
        "No changes before the weekend",
        CalendarKind::Freeze,
        rule("2026-01-02T16:00", 480, Some("FREQ=WEEKLY;BYDAY=FR")),
    )))?;
    save(CatalogObject::Calendar(CalendarEntry {
        products: vec!["billing".into(), "accounts".into()],
        ..entry(
            "maintenance",
            "Maintenance of the databases",
            CalendarKind::Maintenance,
            rule("2026-01-06T20:00", 150, Some("FREQ=WEEKLY;BYDAY=TU,TH")),
        )
    }))?;
    save(CatalogObject::Calendar(CalendarEntry {
        environments: Vec::new(),
        people: vec!["ines".into()],
        note: "Back after New Year.".into(),
        ..entry(
            "ines-away",
            "Holiday",
            CalendarKind::Absence,
            crate::calendar::Rule {
                zone: "Europe/Lisbon".into(),
                wall_clock: true,
                ..rule("2026-12-21T00:00", 14 * 1440, None)
            },
        )
    }))?;
    sources(&save)?;
    messengers(&save)?;
    maker.by("rita", &configure::SetDryRun { on: false })?;
    Ok(())
}

/// Nobody answers at these addresses, and no machine has their secrets: what is sent by them comes back.
fn messengers(save: &dyn Fn(CatalogObject) -> Result<()>) -> Result<()> {
    save(CatalogObject::Messenger(Messenger {
        id: "support-mail".into(),
        name: "Support mail".into(),
        system: MessengerSystem::Mail,
        address: "smtps://mail.acme.example".into(),
        user: "support".into(),
        from: "Acme support <support@acme.example>".into(),
        ..Messenger::default()
    }))?;
    save(CatalogObject::Messenger(Messenger {
        id: "releases".into(),
        name: "#releases".into(),
        system: MessengerSystem::Slack,
        ..Messenger::default()
    }))
}

/// Paused: nobody answers at these addresses.
fn sources(save: &dyn Fn(CatalogObject) -> Result<()>) -> Result<()> {
    save(CatalogObject::Source(Source {
        id: "alerts".into(),
        name: "Production alerts".into(),
        system: SourceSystem::Alertmanager,
        address: "https://alerts.acme.example".into(),
        query: r#"severity="critical""#.into(),
        environment: "production".into(),
        labels: vec![LabelRule { label: "service".into(), field: LabelField::Component }],
        every_seconds: 60,
        paused: true,
        ..Source::default()
    }))?;
    save(CatalogObject::Source(Source {
        id: "support".into(),
        name: "Support mailbox".into(),
        system: SourceSystem::Imap,
        address: "imaps://mail.acme.example".into(),
        user: "support@acme.example".into(),
        secret: true,
        every_seconds: 120,
        paused: true,
        ..Source::default()
    }))
}

/// Who works at other times than the workspace does.
fn hours(person: &str) -> Option<BusinessHours> {
    let week = |days: [&[(&str, &str)]; 7]| BusinessHours {
        zone: "Europe/Berlin".into(),
        days: days
            .map(|day| day.iter().map(|(open, close)| OpenHours::new(*open, *close)).collect()),
        holidays: Vec::new(),
    };
    let split: &[(&str, &str)] = &[("10:00", "13:00"), ("14:00", "19:00")];
    let late: &[(&str, &str)] = &[("12:00", "22:00")];
    let noon: &[(&str, &str)] = &[("08:00", "12:00")];
    match person {
        "dana" => Some(week([split, split, split, split, split, &[], &[]])),
        "lena" => Some(week([noon, noon, noon, noon, noon, &[], &[]])),
        // Somebody answers the telephone at the weekend.
        "noor" => Some(week([&[], &[], late, late, late, late, late])),
        _ => None,
    }
}

/// One machine first, two minutes of quiet, three good answers, then the others.
fn rollout(product: &str) -> Rollout {
    let front = HealthGate {
        id: "front".into(),
        name: "Front page".into(),
        url: format!("http://127.0.0.1:9/{product}/front"),
        max_millis: Some(500),
        good: 3,
        ..HealthGate::default()
    };
    let wave = |wave: u32, name: &str, pause_minutes: u32, gates: Vec<HealthGate>| WaveRule {
        wave,
        name: name.into(),
        share: 0,
        pause_minutes,
        wait: false,
        gates,
    };
    Rollout {
        waves: vec![wave(1, "Canary", 2, vec![front]), wave(2, "Everyone else", 0, Vec::new())],
        at_once: 2,
        ..Rollout::default()
    }
}
