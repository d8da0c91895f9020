//! One deployment after the other: its schedule, its procedure, its course step by step, its validation.

use super::super::{case::runs, document::Mark};
use super::*;
use crate::model::deployment::{Check, Deployment, Run, RunKind, Step};

pub fn deployments(case: &Case, out: &mut Blocks) {
    for one in &case.deployments {
        let place = case.environment(&one.environment);
        out.heading(2, format!("{} r{} into {place}", one.key, one.revision));
        schedule(case, one, out);
        out.part(3, "Procedure", |out| out.list(procedure(case, one)));
        for run in runs(one) {
            course(case, one, run, out);
        }
        out.part(3, "Validation", |out| {
            out.list(one.checks.iter().map(|check| answer(case, check)).collect());
            out.list(sign_offs(case, one));
        });
    }
}

fn schedule(case: &Case, one: &Deployment, out: &mut Blocks) {
    let mut facts = Table::of_facts();
    facts.fact("State", format!("{}{}", said(one.state), because(&one.reason)));
    facts.fact("Package", vec![plain(format!("r{}, SHA-256 ", one.revision)), mono(&*one.hash.0)]);
    if let (Some(from), Some(to)) = (one.starts_at, one.window_ends_at) {
        let how = if one.automatic { "by itself" } else { "by hand" };
        facts.fact("Window", format!("{} to {}, started {how}", minute(from), minute(to)));
    }
    if let Some(at) = one.planned_at {
        let by = case.person(&one.planned_by);
        facts.fact("Planned", format!("{} by {by}{}", time(at), because(&one.note)));
    }
    let moved = case.timeline.iter().filter(|entry| {
        entry.stream == one.key.0
            && matches!(
                entry.kind.as_str(),
                "deployment_moved" | "deployment_missed" | "deployment_cancelled"
            )
    });
    let moved = moved.map(|entry| {
        let (at, by) = (time(entry.at), &entry.actor_name);
        format!("{at}: {by} {}{}", entry.text, because(&entry.note))
    });
    facts.fact("Changed", moved.collect::<Vec<_>>().join("\n"));
    let expected = &one.expected;
    if expected.duration_minutes > 0 {
        facts.fact("Expected to take", format!("{} min", expected.duration_minutes));
    }
    if expected.disruption != Disruption::Unsaid {
        facts.fact("Expected disruption", said(expected.disruption));
    }
    facts.fact("On duty", join(expected.on_duty.iter().map(|person| case.person(person))));
    facts.fact(
        "Targets",
        join(one.targets.iter().map(|target| format!("{} (wave {})", target.id, target.wave))),
    );
    facts.fact("Left out", join(one.left_out.iter().cloned()));
    let answers = one.answers.iter().map(|answer| {
        let how = match answer.answer {
            TimeAnswer::Confirmed => "it suits",
            TimeAnswer::NotNow => "not now",
        };
        let start = minute(answer.starts_at);
        format!("{}: {how} ({start}){}", one_line(&answer.name), because(&answer.text))
    });
    facts.fact("Asked of the time", answers.collect::<Vec<_>>().join("\n"));
    let reminded = one
        .reminded
        .iter()
        .map(|(start, minutes)| format!("{minutes} min before {}", minute(*start)));
    facts.fact("Reminded", join(reminded));
    let told = one.told.iter().map(|given| {
        let who = one_line(&case.catalog.audience_name(&given.notice.audience));
        let of = match given.notice.occasion {
            Occasion::Before => format!("the start, {} min ahead", given.notice.minutes),
            Occasion::Start => "the start".into(),
            Occasion::End => "the end".into(),
            Occasion::Delay => "the other time".into(),
            Occasion::Cancel => "its calling off".into(),
        };
        match &given.message {
            Some(message) => format!("{}: {who} of {of} ({message})", time(given.at)),
            None => format!("{}: {who} not, of {of}{}", time(given.at), because(&given.reason)),
        }
    });
    facts.fact("Told", told.collect::<Vec<_>>().join("\n"));
    for (name, at) in [("Deployed", one.deployed_at), ("Done", one.done_at)] {
        if let Some(at) = at {
            facts.fact(name, time(at));
        }
    }
    out.table(facts);
}

fn procedure(case: &Case, one: &Deployment) -> Vec<Item> {
    let step = |step: &crate::model::deployment::Procedure| {
        let text = one_line(&step.item.text);
        match (&step.ticked_by, step.ticked_at) {
            (Some(by), Some(at)) => {
                Item::new(format!("{text} ({}, {})", case.person(by), time(at)))
                    .marked(Mark::Ticked)
            }
            _ if step.item.required => Item::new(text).marked(Mark::Unticked),
            _ => Item::new(format!("{text} (optional)")).marked(Mark::Unticked),
        }
    };
    one.procedures.iter().map(step).collect()
}

/// What a run did, target by target and step by step, and what people decided in it.
fn course(case: &Case, one: &Deployment, run: &Run, out: &mut Blocks) {
    let what = match run.kind {
        RunKind::Deploy => "Run",
        RunKind::Rollback => "Rollback, run",
    };
    out.heading(3, format!("{what} {}", run.number));
    let ended = match run.ended_at {
        Some(at) => format!(", ended {}", time(at)),
        None => String::new(),
    };
    let bytes = run
        .hash
        .as_ref()
        .map_or_else(String::new, |hash| format!(", with {}", revision(&case.hotfix, hash)));
    out.paragraph(format!(
        "Started {} by {}{bytes}{ended}.",
        time(run.started_at),
        case.person(&run.started_by)
    ));
    let mut steps = Table::new(&[
        ("Wave", 9),
        ("Target", 16),
        ("Step", 13),
        ("Try", 6),
        ("Begun", 19),
        ("Ended", 19),
        ("Outcome", 28),
    ]);
    for target in &run.targets {
        let known = case.targets.get(&(one.key.clone(), target.id.clone()));
        let mut begun = known
            .iter()
            .flat_map(|known| &known.steps)
            .filter(|step| step.run == run.number)
            .peekable();
        if begun.peek().is_none() {
            let mut row: Vec<Spans> =
                vec![target.wave.to_string().into(), target.id.as_str().into()];
            row.extend((0..4).map(|_| Spans::from("")));
            row.push("nothing was begun".into());
            steps.row(row);
        }
        for step in begun {
            steps.row(vec![
                target.wave.to_string().into(),
                target.id.as_str().into(),
                step.step.replace('_', " ").into(),
                step.attempt.to_string().into(),
                time(step.intended_at).into(),
                step.ended_at.map_or_else(String::new, time).into(),
                outcome(step).into(),
            ]);
        }
    }
    out.table(steps);
    let mut points: Vec<(Instant, Item)> = Vec::new();
    for gate in &run.gates {
        let text = format!(
            "{}: health gate {} after wave {} {}{}",
            time(gate.at),
            gate.gate,
            gate.wave,
            said(gate.verdict),
            because(&gate.detail)
        );
        points.push((gate.at, Item::new(text)));
    }
    for let_on in &run.let_on {
        let text = format!(
            "{}: {} let it go on after wave {}{}",
            time(let_on.at),
            case.person(&let_on.by),
            let_on.wave,
            because(&let_on.reason)
        );
        points.push((let_on.at, Item::new(text)));
    }
    if let Some(cancelled) = &run.cancelled {
        let by = case.person(&cancelled.by);
        let text =
            format!("{}: {by} cancelled the run{}", time(cancelled.at), because(&cancelled.reason));
        points.push((cancelled.at, Item::new(text)));
    }
    for decided in &run.decisions {
        let about = match (&decided.gate, decided.target.as_str()) {
            (Some(gate), _) => format!("about the health gate {}", gate.gate),
            (None, target) => format!("for {target}"),
        };
        let text = format!(
            "{}: {} decided {about}: {}{}",
            time(decided.at),
            case.person(&decided.by),
            said(decided.decision),
            because(&decided.reason)
        );
        points.push((decided.at, Item::new(text)));
    }
    if let Some(hold) = &run.hold {
        let text = format!("{}: it waits for a person{}", time(hold.at), because(&hold.reason));
        points.push((hold.at, Item::new(text)));
    }
    points.sort_by_key(|(at, _)| *at);
    out.list(points.into_iter().map(|(_, item)| item).collect());
}

fn outcome(step: &Step) -> String {
    let run = step.endpoint_run.as_ref().map_or_else(String::new, |run| format!(" (run {run})"));
    match &step.result {
        None => "not known".into(),
        Some(StepOutcome::Accepted { run }) => format!("accepted (run {run})"),
        Some(StepOutcome::Succeeded) => format!("succeeded{run}"),
        Some(StepOutcome::Failed { reason }) => format!("failed{run}{}", because(reason)),
        Some(StepOutcome::Refused { reason, .. }) => format!("refused{}", because(reason)),
        Some(StepOutcome::Cancelled) => format!("cancelled{run}"),
        Some(StepOutcome::Unknown { reason }) => format!("unknown{run}{}", because(reason)),
    }
}

fn answer(case: &Case, check: &Check) -> Item {
    let text = one_line(&check.item.text);
    let kind = said(check.item.kind);
    let (Some(result), Some(by), Some(at)) = (check.result, &check.by, check.at) else {
        let must = if check.item.required { "" } else { ", optional" };
        return Item::new(format!("{text} ({kind}{must}): not answered"));
    };
    let machine = if check.by_machine { ", by machine" } else { "" };
    let mut item = Item::new(vec![
        plain(format!("{text} ({kind}): ")),
        strong(said(result)),
        plain(format!(", {}{machine}, {}", case.person(by), time(at))),
    ]);
    if let Some(void) = check.hash.as_ref().and_then(|hash| case.void(hash)) {
        item.under(void);
    }
    if !check.item.expected.trim().is_empty() {
        item.under(format!("Expected: {}", check.item.expected.trim()));
    }
    let label = match result {
        CheckResult::Waived | CheckResult::Blocked => "Why",
        CheckResult::Passed | CheckResult::Failed => "Evidence",
    };
    if !check.evidence.text.trim().is_empty() {
        item.under(format!("{label}: {}", check.evidence.text.trim()));
    }
    if !check.evidence.link.trim().is_empty() {
        item.under(vec![plain("Link: "), mono(check.evidence.link.trim())]);
    }
    for one in &check.attachments {
        item.under(file(one));
    }
    item
}

fn sign_offs(case: &Case, one: &Deployment) -> Vec<Item> {
    let given = one.sign_offs.iter().map(|sign_off| {
        let mut item = Item::new(format!(
            "Signed off by {} on {}, recorded by {}{}",
            one_line(&sign_off.name),
            time(sign_off.at),
            case.person(&sign_off.recorded_by),
            because(&sign_off.text)
        ));
        if let Some(void) = case.void(&sign_off.hash) {
            item.under(void);
        }
        item
    });
    let mut all: Vec<Item> = given.collect();
    all.extend(one.refusals.iter().map(|refused| {
        let mut item = Item::new(format!(
            "Not signed off by {} on {}, recorded by {}{}",
            one_line(&refused.name),
            time(refused.at),
            case.person(&refused.recorded_by),
            because(&refused.text)
        ));
        if let Some(void) = case.void(&refused.hash) {
            item.under(void);
        }
        item
    }));
    let (wanted, given) = (one.sign_offs_wanted, one.sign_offs.len());
    if wanted > 0 {
        all.push(Item::new(format!("Sign-offs wanted: {wanted}, given: {given}")));
    }
    all
}
