//! What happened before anything was deployed: the reports, the cause, the change, the package, the answers.

use super::*;
use crate::{
    gates::{approval::MISSING, time::overridden_time, words},
    model::{
        difference,
        hotfix::{BuiltPackage, Override, RecordedTests},
        issue::Issue,
    },
};

pub fn head(case: &Case, out: &mut Blocks) {
    let hotfix = &case.hotfix;
    let mut facts = Table::of_facts();
    let product = case.catalog.product(&hotfix.product);
    let product = product.map_or_else(|| hotfix.product.0.clone(), |one| one_line(&one.name));
    facts.fact("Product", product);
    facts.fact("Phase", said(hotfix.phase));
    if let Some(priority) = hotfix.priority {
        facts.fact("Priority", format!("{priority:?} {}", priority.name()));
    }
    let affected: u32 = of_hotfix(case).map(|issue| issue.affected).sum();
    facts.fact(
        "Affected",
        format!(
            "{}, in {}",
            counted(affected as usize, "person", "people"),
            counted(hotfix.issues.len(), "report", "reports")
        ),
    );
    let change = &hotfix.change;
    facts.fact(
        "Change",
        format!(
            "{}{}{}{}",
            said(change.kind),
            change.template.as_ref().map_or_else(String::new, |id| {
                let list = case.catalog.checklist(id);
                format!(" by “{}”", list.map_or_else(|| id.0.clone(), |list| one_line(&list.name)))
            }),
            change.by.as_ref().map_or_else(String::new, |by| format!(", said {}", case.person(by))),
            because(&change.reason)
        ),
    );
    if let Some(owner) = &hotfix.owner {
        facts.fact("Owner", case.person(owner));
    }
    if let Some(team) = &hotfix.team {
        facts.fact("Team", case.team(team));
    }
    if hotfix.assignments.len() > 1 {
        let had = hotfix.assignments.iter().map(|one| {
            let who = match (&one.person, &one.team) {
                (Some(person), _) => case.person(person),
                (None, Some(team)) => case.team(team),
                (None, None) => "nobody".into(),
            };
            match one.note.is_empty() {
                true => who,
                false => format!("{who} ({})", one_line(&one.note)),
            }
        });
        facts.fact("Had by", had.collect::<Vec<_>>().join(" → "));
    }
    if let Some(at) = hotfix.started_at {
        facts.fact("Started", format!("{} by {}", time(at), case.person(&hotfix.started_by)));
    }
    let live =
        case.deployments.iter().filter(|one| one.production).filter_map(|one| one.done_at).next();
    if let Some(at) = live {
        facts.fact("In production", time(at));
    }
    if let Some(due) = hotfix.resolve_by {
        let kept = match live {
            Some(at) if at <= due => " (kept)",
            Some(_) => " (missed)",
            None => "",
        };
        facts.fact("To be resolved by", format!("{}{kept}", time(due)));
    }
    if let Some(at) = hotfix.closed_at {
        let what = if hotfix.phase == Phase::Cancelled { "Cancelled" } else { "Closed" };
        facts.fact(what, format!("{}{}", time(at), because(&hotfix.reason)));
    }
    if let Some(built) = hotfix.current() {
        facts.fact(
            "Package",
            vec![
                plain(format!("r{}, SHA-256 ", built.package.revision)),
                mono(built.package.hash.0.as_str()),
            ],
        );
    }
    if let Some(before) = &hotfix.recurrence_of {
        facts.fact("Recurrence of", before.0.as_str());
    }
    facts.fact("Came back in", join(hotfix.recurrences.iter().map(|key| key.0.clone())));
    out.table(facts);
}

/// The issues of the hot fix itself, in its order.
fn of_hotfix(case: &Case) -> impl Iterator<Item = &Issue> {
    case.hotfix.issues.iter().filter_map(|key| case.issues.get(key))
}

pub fn wrong(case: &Case, out: &mut Blocks) {
    out.part(2, "What was wrong, and for whom", |out| {
        for issue in of_hotfix(case) {
            report(case, issue, out);
        }
    });
}

fn report(case: &Case, issue: &Issue, out: &mut Blocks) {
    out.heading(3, format!("{} {}", issue.key, one_line(&issue.text.title)));
    out.prose(&issue.text.description);
    for (label, text) in [
        ("Steps", &issue.text.steps),
        ("Expected", &issue.text.expected),
        ("Seen", &issue.text.actual),
        ("Meanwhile", &issue.text.workaround),
    ] {
        out.labelled(label, text);
    }
    let mut facts = Table::of_facts();
    if let Some(at) = issue.reported_at {
        let by = case.person(&issue.reported_by);
        facts.fact("Reported", format!("{}, {}, taken in by {by}", time(at), said(issue.channel)));
    }
    if let Some(origin) = &issue.origin {
        facts.fact("From", format!("{} {} {}", origin.source, origin.id, origin.url));
    }
    facts.fact(
        "Where",
        join([
            issue.component.clone(),
            match issue.product_version.as_str() {
                "" => String::new(),
                version => format!("version {version}"),
            },
            case.environment(&issue.environment),
        ]),
    );
    if issue.seen_again > 0 {
        let last = issue.last_seen_at.map_or_else(String::new, |at| format!(", last {}", time(at)));
        facts.fact("Seen again", format!("{} times{last}", issue.seen_again));
    }
    facts.fact("Affected", counted(issue.affected as usize, "person", "people"));
    facts.fact("State", format!("{}{}", said(issue.state), because(&issue.reason)));
    out.table(facts);
    let mut people =
        Table::new(&[("Who was affected", 23), ("Since", 27), ("How", 11), ("What they said", 39)]);
    let duplicates: Vec<&Issue> =
        issue.duplicates.iter().filter_map(|key| case.issues.get(key)).collect();
    for from in std::iter::once(issue).chain(duplicates.iter().copied()) {
        for one in &from.people {
            let through = match from.key == issue.key {
                true => String::new(),
                false => format!(" ({})", from.key),
            };
            people.row(vec![
                format!("{}{through}", named(&one.contact)).into(),
                time(one.at).into(),
                said(one.channel).into(),
                one.said.trim().into(),
            ]);
        }
    }
    out.table(people);
    let same = duplicates.iter().map(|one| {
        let title = one_line(&one.text.title);
        Item::new(format!("{} {title}: counted as the same{}", one.key, because(&one.reason)))
    });
    out.list(same.collect());
    out.list(issue.attachments.iter().map(|one| Item::new(file(one))).collect());
}

pub fn priority(case: &Case, out: &mut Blocks) {
    let hotfix = &case.hotfix;
    let Some(priority) = hotfix.priority else { return };
    out.heading(2, "Priority, and why");
    let why = match hotfix.priority_reason.trim() {
        "" => "it is the highest of its reports".into(),
        reason => reason.to_owned(),
    };
    out.paragraph(vec![
        strong(format!("{priority:?} {}", priority.name())),
        plain(format!(": {why}.")),
    ]);
    let mut triaged = Table::new(&[
        ("Report", 11),
        ("System", 10),
        ("Users", 10),
        ("Business", 12),
        ("Urgency", 11),
        ("Gives", 8),
        ("Who, when, why", 42),
    ]);
    for issue in of_hotfix(case) {
        let Some(one) = &issue.triage else { continue };
        let mut how = format!("{}, {}", case.person(&one.by), time(one.at));
        if !one.unsure.is_empty() {
            how.push_str(&format!("; unsure of {}", join(one.unsure.iter().map(said))));
        }
        how.push_str(&because(&one.note));
        for (what, due, met) in [
            ("respond", one.respond_by, issue.responded_at),
            ("resolve", one.resolve_by, issue.resolved_at),
        ] {
            let Some(due) = due else { continue };
            let kept = match met {
                Some(at) if at <= due => ", kept",
                Some(_) => ", missed",
                None => "",
            };
            how.push_str(&format!("\nto {what} by {}{kept}", minute(due)));
        }
        triaged.row(vec![
            issue.key.0.as_str().into(),
            said(one.impact_system).into(),
            said(one.impact_users).into(),
            said(one.impact_business).into(),
            said(one.urgency).into(),
            format!("{:?}", one.priority).into(),
            how.into(),
        ]);
    }
    out.table(triaged);
}

pub fn cause(case: &Case, out: &mut Blocks) {
    let Some(cause) = &case.hotfix.cause else { return };
    out.heading(2, format!("Root cause ({})", said(cause.kind)));
    out.prose(&cause.text.what);
    let whys = cause.text.whys.iter().filter(|why| !why.trim().is_empty());
    let whys = whys.enumerate().map(|(at, why)| {
        Item::new(one_line(why)).marked(super::super::document::Mark::Number(at + 1))
    });
    out.list(whys.collect());
    if !cause.since_version.is_empty() || !cause.since_commit.is_empty() {
        out.paragraph(vec![
            plain("Since "),
            plain(one_line(&cause.since_version)),
            plain(if cause.since_commit.is_empty() { "" } else { " " }),
            mono(one_line(&cause.since_commit)),
            plain("."),
        ]);
    }
    out.paragraph(format!("Found by {} on {}.", case.person(&cause.by), time(cause.at)));
}

pub fn solution(case: &Case, out: &mut Blocks) {
    out.part(2, "Solution, risk and way back", |out| {
        if let Some(solution) = &case.hotfix.solution {
            out.prose(&solution.text);
            out.labelled("Considered and not taken", &solution.alternatives);
        }
        if let Some(risk) = &case.hotfix.risk {
            out.labelled(&format!("Risk ({})", said(risk.level)), &format!("{}\n", risk.text));
        }
        out.labelled("Way back", &case.hotfix.rollback_plan);
    });
}

pub fn changes(case: &Case, out: &mut Blocks) {
    let hotfix = &case.hotfix;
    out.part(2, "Changes", |out| {
        let mut changes =
            Table::new(&[("Commit", 41), ("What", 31), ("Claimed author", 19), ("Files", 9)]);
        for one in &hotfix.changes {
            changes.row(vec![
                mono(one.change.commit.as_str()).into(),
                one_line(&one.text.subject).into(),
                one_line(&one.text.author.name).into(),
                one.change.files.len().to_string().into(),
            ]);
        }
        out.table(changes);
        for one in &hotfix.changes {
            let commit = short(&one.change.commit);
            let files = one.change.files.iter().map(|file| {
                Item::new(vec![
                    mono(file.path.as_str()),
                    plain(format!(" +{} −{}", file.additions, file.deletions)),
                ])
            });
            if !one.change.files.is_empty() {
                out.paragraph(vec![plain("Files of "), mono(commit), plain(":")]);
            }
            out.list(files.collect());
            let (link, text) = (&one.text.pull_request, &one.text.pull_request_text);
            if !link.is_empty() || !text.trim().is_empty() {
                out.labelled(
                    &format!("Review of {commit}"),
                    &format!("{}\n\n{text}", one_line(link)),
                );
            }
            let branches = one.change.branches.iter().map(|there| {
                Item::new(format!(
                    "{commit} on {}: {}. {}",
                    one_line(&there.branch),
                    said(there.presence),
                    there.sentence()
                ))
            });
            out.list(branches.collect());
        }
        for one in &hotfix.configurations {
            let place = match one.environment.as_str() {
                "" => "everywhere".to_owned(),
                place => case.environment(place),
            };
            let name = one_line(&one.text.name);
            out.heading(3, format!("Configuration {}: {name} ({place})", one.id));
            out.prose(&one.text.note);
            let diff = difference::unified(&one.text.name, &one.text.before, &one.text.after);
            // What it is called stands above.
            out.code(diff.lines().skip(3).collect::<Vec<_>>().join("\n"));
        }
        if !hotfix.tests.is_empty() {
            out.heading(3, "Tests");
            out.list(hotfix.tests.iter().map(|one| tests(case, one)).collect());
        }
    });
}

fn tests(case: &Case, one: &RecordedTests) -> Item {
    let evidence = &one.evidence;
    let suite = match evidence.suite.as_str() {
        "" => String::new(),
        suite => format!(" “{}”", one_line(suite)),
    };
    let mut item = Item::new(vec![
        plain(format!("Tests{suite} on ")),
        mono(short(&evidence.commit)),
        plain(format!(
            ": {} passed, {} failed, {} skipped (by {}, {})",
            evidence.passed,
            evidence.failed,
            evidence.skipped,
            case.person(&one.by),
            time(one.at)
        )),
    ]);
    if case.hotfix.to_test().is_some_and(|commit| commit != evidence.commit) {
        item.under(vec![strong("Void"), plain(": another commit ships.")]);
    }
    if !one.argv.is_empty() {
        item.under(vec![plain("Command: "), mono(one_line(&one.argv.join(" ")))]);
    }
    let compared = evidence.compared.as_ref();
    for name in compared.iter().flat_map(|compared| &compared.newly_failing) {
        item.under(format!("newly failing: {}", one_line(name)));
    }
    for name in &evidence.failing {
        item.under(format!("failing: {}", one_line(name)));
    }
    if evidence.failing_more > 0 {
        item.under(format!("and {} more failing", evidence.failing_more));
    }
    for attached in [&evidence.attachment, &evidence.list, &evidence.output].into_iter().flatten() {
        item.under(file(attached));
    }
    item
}

pub fn packages(case: &Case, out: &mut Blocks) {
    for built in &case.hotfix.packages {
        package(case, built, out);
    }
}

fn package(case: &Case, built: &BuiltPackage, out: &mut Blocks) {
    let package = &built.package;
    out.heading(2, format!("Package r{}", package.revision));
    let mut facts = Table::of_facts();
    facts.fact("SHA-256", mono(package.hash.0.as_str()));
    facts.fact("Size", format!("{} bytes, {}", package.size, package.format.ending()));
    facts
        .fact("Built", format!("{} by {}", time(package.built_at), case.person(&package.built_by)));
    match &package.signature {
        Some(signature) => facts.fact("Signed", vec![plain("with key "), mono(&*signature.key)]),
        None => facts.fact("Signed", "no"),
    }
    if let Some(current) = case.hotfix.current().filter(|one| one.package.hash != package.hash) {
        let text = format!("by r{}; what was said of it is void", current.package.revision);
        facts.fact("Superseded", text);
    }
    out.table(facts);
    out.labelled("To install", &built.notes.install);
    out.labelled("To go back", &built.notes.rollback);
    let mut files = Table::new(&[("File", 38), ("Role", 12), ("Bytes", 10), ("SHA-256", 40)]);
    for file in &package.files {
        files.row(vec![
            mono(file.path.as_str()).into(),
            said(file.role).into(),
            file.size.to_string().into(),
            mono(file.sha256.0.as_str()).into(),
        ]);
    }
    out.table(files);
    let removed =
        package.removed.iter().map(|path| Item::new(vec![plain("removes "), mono(path.as_str())]));
    out.list(removed.collect());
}

pub fn approvals(case: &Case, out: &mut Blocks) {
    let hotfix = &case.hotfix;
    if hotfix.approvals.is_empty() && hotfix.approval_requests.is_empty() {
        return;
    }
    out.heading(2, "Approvals");
    let authors = case.authors.iter().map(|author| {
        let claim = if author.claimed { " (as git claims)" } else { "" };
        Item::new(format!(
            "Author: {}, {}{claim}",
            case.person(&author.person),
            author.wrote.join(", ")
        ))
    });
    out.list(authors.collect());
    let asked = hotfix.approval_requests.iter().map(|one| {
        let of = join(one.people.iter().map(|person| case.person(person)));
        let of = if of.is_empty() { String::new() } else { format!(" {of}") };
        let mut item = Item::new(format!(
            "{} asked{of} about {} for {} on {}{}",
            case.person(&one.by),
            revision(hotfix, &one.hash),
            case.environment(&one.environment),
            time(one.at),
            because(&one.note)
        ));
        if let Some(void) = case.void(&one.hash) {
            item.under(void);
        }
        item
    });
    out.list(asked.collect());
    let answered = hotfix.approvals.iter().map(|one| {
        let verdict = if one.expires_at.is_some() { " approved " } else { " declined " };
        let until =
            one.expires_at.map_or_else(String::new, |at| format!(", valid until {}", time(at)));
        let mut item = Item::new(vec![
            plain(case.person(&one.by)),
            strong(verdict.trim()),
            plain(format!(
                " {} for {} on {}{until}{}",
                revision(hotfix, &one.hash),
                case.environment(&one.environment),
                time(one.at),
                because(&one.note)
            )),
        ]);
        item.text.insert(1, plain(" "));
        if let Some(at) = one.withdrawn_at {
            item.under(format!("Taken back on {}{}", time(at), because(&one.withdrawn_why)));
        }
        if let Some(void) = case.void(&one.hash) {
            item.under(void);
        }
        item
    });
    out.list(answered.collect());
}

pub fn overrides(case: &Case, out: &mut Blocks) {
    out.part(2, "Overrides, and their reviews", |out| {
        let all = case.hotfix.overrides.iter().map(|one| {
            let place = one.environment.as_deref().map(|place| case.environment(place));
            let what = match (one.blocker == MISSING, &place) {
                (true, Some(place)) => format!("broke the glass: no approval for {place}"),
                (true, None) => "broke the glass: no approval".into(),
                (false, Some(place)) => {
                    format!("overrode “{}” for {place}", words::called(&one.blocker))
                }
                (false, None) => format!("overrode “{}”", words::called(&one.blocker)),
            };
            let by = case.person(&one.by);
            let mut item =
                Item::new(format!("{by} {what} on {}{}", time(one.at), because(&one.reason)));
            for said in in_the_way(case, one, place.as_deref().unwrap_or_default()) {
                item.under(said);
            }
            if let Some(hash) = &one.hash {
                item.under(format!("For {}", revision(&case.hotfix, hash)));
            }
            item.under(match (&one.reviewed_by, one.reviewed_at) {
                (Some(reviewer), Some(at)) => {
                    let by = case.person(reviewer);
                    format!("Reviewed by {by} on {}{}", time(at), because(&one.review))
                }
                _ => "The review is open.".into(),
            });
            item
        });
        out.list(all.collect());
    });
}

/// What an override went through, in the gate's own sentences where it names more than ids.
fn in_the_way(case: &Case, over: &Override, place: &str) -> Vec<String> {
    let (mut said, mut names) = (Vec::new(), Vec::new());
    for id in &over.about {
        match (overridden_time(id), case.catalog.entry("calendar", id)) {
            (Some((_, span)), _) => {
                let when = format!("{} to {}", minute(span.start), minute(span.end));
                said.push(words::outside_maintenance(&when, place));
            }
            (None, Some((_, entry))) => names.push(one_line(entry.name())),
            (None, None) => names.push(match case.catalog.person(&PersonId(id.clone())) {
                Some(person) => one_line(&person.name),
                None => id.clone(),
            }),
        }
    }
    if !names.is_empty() {
        said.push(
            words::holds(&over.blocker, &names, place)
                .unwrap_or_else(|| format!("In the way was: {}", join(names.into_iter()))),
        );
    }
    said
}
